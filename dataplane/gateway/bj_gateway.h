#ifndef BJ_GATEWAY_H
#define BJ_GATEWAY_H

/* bj_gateway - order-entry sessions: bytes in, commands out; events in, bytes out.  It never
 * touches a socket, so the DPDK transport, the kernel's and the tests all drive this same code.
 *
 * Protocol   docs/protocols/order-entry.md, dataplane/wire/bj_wire_oe.h.
 * Shape      up to BJ_GATEWAY_CONNS_MAX connections, BJ_GATEWAY_SESSIONS_MAX sessions, one
 *            connection a session; a second login takes the session over.
 * Durability an event waits in its ring until durable_seq reaches the command behind it.
 * Memory     all of it at bj_gateway_new: some 12 MB, 36 KB of it for each connection's buffers,
 *            touched when they are used.  A session remembers which events were its reports (8
 *            bytes each, address space set aside for report_max); the reports themselves are read
 *            again from the event log when a client wants them again.
 * Threads    one.
 * Fairness   a client that does not read, says half a message or says too much costs the others
 *            nothing: it is looked at again when it moves, and whoever waits for room towards the
 *            engine is asked in turn.
 * Cost       per message: a table row, one copy into the command ring; no syscall, no
 *            allocation.  A step costs what is to be done, not how many are logged in. */
#include "dataplane/audit/bj_audit.h"
#include "dataplane/base/bj_hist.h"
#include "dataplane/base/bj_ring.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include "dataplane/wire/bj_wire_oe.h"

enum {
    BJ_GATEWAY_CONNS_MAX = 320, /* a multiple of 64: bj_bits */
    BJ_GATEWAY_SESSIONS_MAX = 256,
    BJ_GATEWAY_SESSION_ID_MAX = 1023, /* BJ_ENGINE_SESSION_MAX - 1 */
    BJ_GATEWAY_ACCOUNTS_MAX = 64, /* of one session; for more it gets all */
    BJ_GATEWAY_SOURCES_MAX = 8,
    BJ_GATEWAY_KEY_MAX_BYTES = 128,
    BJ_GATEWAY_NONE = 0xffff, /* no connection */
};

/* X(field, text): counts since start, in the order they are shown. */
#define BJ_GATEWAY_COUNTER_LIST(X)                                            \
    X(connections, "connections open now")                                    \
    X(sessions, "sessions logged in now")                                     \
    X(logins, "logins that succeeded")                                        \
    X(login_failures, "logins refused: unknown session, wrong key, too late") \
    X(messages, "whole messages received")                                    \
    X(commands, "commands handed to the engine")                              \
    X(reports, "reports queued to clients, repeated ones included")           \
    X(resent, "reports read again from the event log")                        \
    X(duplicates, "messages with a sequence already used: ignored")           \
    X(bad_sequence, "messages that skipped a sequence: connection closed")    \
    X(malformed, "messages refused for a field")                              \
    X(garbage, "connections closed for bytes that are no message")            \
    X(not_permitted, "messages refused because the session may not: the next two") \
    X(denied_accounts, "messages for an account that is not the session's")   \
    X(denied_kinds, "messages of a kind that the session may not send")       \
    X(denied_sources, "logins with the right key from an address not allowed") \
    X(denied_clear, "logins with the right key in clear, of a session that must use TLS") \
    X(denied_names, "logins with the right key under the certificate of another session") \
    X(throttle_warnings, "times a session had used most of its messages") \
    X(throttled, "messages refused because there were too many")             \
    X(throttle_cuts, "connections cut because they would not stop")          \
    X(unavailable, "messages refused because the journal cannot be written")  \
    X(held, "times a message waited for room towards the engine")             \
    X(slow, "times a client's reports waited for it to read")                 \
    X(cut, "connections cut: silent or stuck")                                \
    X(refused, "connections refused: the table is full, or another took over")  \
    X(crowded, "connections refused: too many of that address are not logged in") \
    X(audit_missed, "records that found the audit log's ring full")

typedef struct bj_gateway_counters {
#define X(field, text) uint64_t field;
    BJ_GATEWAY_COUNTER_LIST(X)
#undef X
} bj_gateway_counters_t;

/* What a session may send.  Who may trade may cancel too. */
enum {
    BJ_GATEWAY_MAY_TRADE = 1 << 0,  /* new orders, modifies, cancels */
    BJ_GATEWAY_MAY_CANCEL = 1 << 1, /* cancels and mass cancels */
    BJ_GATEWAY_MAY_ADMIN = 1 << 2,  /* administrative messages, which name any account */
    BJ_GATEWAY_MAY_SECOND = 1 << 3, /* ... and its word counts that two people stand behind one */
};

typedef struct bj_gateway_source { /* ip & mask == of; host byte order */
    uint32_t of, mask;
} bj_gateway_source_t;

/* How many messages it may send; heartbeats and repeated ones do not count. */
typedef struct bj_gateway_throttle {
    uint32_t rate_per_s, burst; /* both in [1, BJ_BUCKET_MAX]; rate 0: as many as it likes */
    uint32_t cancel_rate_per_s, cancel_burst; /* for cancels, beyond these; as above, not 0 */
    uint32_t warn_pct; /* of the burst: the client is warned, [1, 100] */
    uint32_t cut_cnt;  /* refused ones within a second: its connection is cut; 0: never */
} bj_gateway_throttle_t;

typedef struct bj_gateway_session_config {
    uint16_t id; /* [1, BJ_GATEWAY_SESSION_ID_MAX]; 0 is the dataplane itself */
    char     name[BJ_OE_NAME_BYTES];
    uint32_t accounts[BJ_GATEWAY_ACCOUNTS_MAX]; /* it may act for these, */
    uint32_t account_cnt;
    bool     all_accounts;                      /* or for any */
    bool     clear;                             /* it may log in without TLS */
    uint8_t  may;                               /* BJ_GATEWAY_MAY_* */
    uint8_t  on_disconnect;                     /* bj_disconnect_t: which of its orders go */
    bj_gateway_throttle_t throttle;
    bj_gateway_source_t sources[BJ_GATEWAY_SOURCES_MAX]; /* where it may log in from; */
    uint32_t source_cnt;                                 /* 0: anywhere */
    uint8_t  key[BJ_GATEWAY_KEY_MAX_BYTES];
    size_t   key_bytes;
} bj_gateway_session_config_t;

typedef struct bj_gateway_config {
    const bj_gateway_session_config_t *sessions; /* copied */
    uint32_t   session_cnt;
    uint64_t   report_max; /* per session; past it the session takes no more logins */
    uint32_t   unproven_max; /* connections of one address that are not logged in; 0: any */
    bj_ring_t *cmds;       /* out; slots hold a bj_cmd_slot_t, or a bare bj_cmd_t */
    bj_ring_t *events;     /* in; a bj_event_slot_t or a bare bj_event_t, in sequence */
    bj_ring_t *audit;      /* out; slots hold a bj_audit_slot_t; NULL: nothing is kept */
    const _Atomic uint64_t *durable_seq;  /* last command that is on the disk */
    const _Atomic uint64_t *durable_stamp; /* when that was said; NULL: nobody stamps it */
    const _Atomic bool     *journal_lost; /* true: no new command may be taken */
    /* May be NULL.  True: another takes over, nothing is said or taken here any more.  Connections
     * are ended, not refused message by message: what was under way is said again over there. */
    const _Atomic bool     *handed_over;
    /* The published event with that sequence; false if it cannot be read just now. */
    bool (*event_at)(void *ctx, uint64_t event_seq, bj_event_t *event);
    void (*nonce)(void *ctx, uint8_t *out, size_t out_bytes); /* unpredictable bytes */
    /* Every event once it is durable, for another dialect beside this one; NULL: nobody asks. */
    void (*on_event)(void *ctx, const bj_event_t *event, bj_now_t now);
    void *ctx;
} bj_gateway_config_t;

/* Where the time goes, as far as the gateway sees it; counted only while bj_stamp runs.
 * X(name, word, text) */
#define BJ_GATEWAY_HOP_LIST(X)                                                     \
    X(BJ_GATEWAY_HOP_PARSED, "parsed", "bytes came -> command in the engine's ring") \
    X(BJ_GATEWAY_HOP_REPORT, "report", "command durable -> report made")             \
    X(BJ_GATEWAY_HOP_SENT, "sent", "report made -> taken by TCP")                    \
    X(BJ_GATEWAY_HOP_TOTAL, "total", "bytes came -> report taken by TCP")
typedef enum bj_gateway_hop {
#define X(name, word, text) name,
    BJ_GATEWAY_HOP_LIST(X)
#undef X
    BJ_GATEWAY_HOP_CNT
} bj_gateway_hop_t;

typedef struct bj_gateway bj_gateway_t;

/* NULL: a session twice, an id or key out of range, or no memory. */
bj_gateway_t *bj_gateway_new(const bj_gateway_config_t *config);
void bj_gateway_free(bj_gateway_t *gateway);

/* At start, in sequence: an event of an earlier run; the last sequence the engine saw of a
 * session. */
void bj_gateway_recover_event(bj_gateway_t *gateway, const bj_event_t *event);
void bj_gateway_recover_seq(bj_gateway_t *gateway, uint16_t session_id, uint64_t last_seq);

/* --- the transport's side --- */
/* A client connected from that IPv4 address (host byte order; 0: the transport does not know): its
 * number, or BJ_GATEWAY_NONE (close it).  The number is the transport's
 * until it calls bj_gateway_disconnect: it may index a table of its own by it. */
uint32_t bj_gateway_connect(bj_gateway_t *gateway, uint32_t peer_ip, bj_now_t now);
/* Under TLS, before any of its bytes: the client's certificate is of that session, and it may log
 * in as no other; or it is of none, which the audit keeps with why, and the connection ends. */
void bj_gateway_proven(bj_gateway_t *gateway, uint32_t conn_idx,
                       const char session[BJ_OE_NAME_BYTES]);
void bj_gateway_unproven(bj_gateway_t *gateway, uint32_t conn_idx, const char *why, bj_now_t now);
/* Bytes have come in: call it before bj_gateway_input, for the stamps. */
void bj_gateway_arrived(bj_gateway_t *gateway);
/* Returns how many bytes were taken; offer the rest again later. */
size_t bj_gateway_input(bj_gateway_t *gateway, uint32_t conn_idx, const uint8_t *data,
                        size_t data_bytes, bj_now_t now);
/* What is to be sent; valid until the next call for this connection. */
size_t bj_gateway_output(bj_gateway_t *gateway, uint32_t conn_idx, const uint8_t **data);
void bj_gateway_sent(bj_gateway_t *gateway, uint32_t conn_idx, size_t sent_bytes, bj_now_t now);
/* The connections that have something to send or are to be closed, as bj_bits: a transport visits
 * these and those it has something for. */
const uint64_t *bj_gateway_due(const bj_gateway_t *gateway);
/* True: what the client says is not heard any more. */
bool bj_gateway_ending(const bj_gateway_t *gateway, uint32_t conn_idx);
/* True: nothing more will come, close it and call bj_gateway_disconnect. */
bool bj_gateway_finished(const bj_gateway_t *gateway, uint32_t conn_idx, bj_now_t now);
void bj_gateway_disconnect(bj_gateway_t *gateway, uint32_t conn_idx, bj_now_t now);

/* Durable events become reports, waiting input is tried again, clocks run.  Returns work done. */
uint32_t bj_gateway_step(bj_gateway_t *gateway, bj_now_t now);
/* The first of these only: nothing is due but what the engine has just done. */
uint32_t bj_gateway_answer(bj_gateway_t *gateway, bj_now_t now);

const bj_gateway_counters_t *bj_gateway_counters(const bj_gateway_t *gateway);
const bj_hist_t *bj_gateway_hop(const bj_gateway_t *gateway, bj_gateway_hop_t hop); /* in ns */

#endif /* BJ_GATEWAY_H */
