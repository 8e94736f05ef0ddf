#ifndef BJ_NNF_SERVER_H
#define BJ_NNF_SERVER_H

/* bj_nnf_server - NNF's server side: bytes in, commands out; events in, bytes out.  It never
 * touches a socket, so the gateway's transport, the simulator's exchange and the tests drive this
 * same code.
 *
 * Protocol   docs/protocols/nnf.md, dataplane/wire/bj_wire_nnf.h.
 * Shape      one segment; up to BJ_NNF_CONNS_MAX connections, each the gateway router's (one query
 *            and its answer) or a box's; a box has one connection, a user is on one box at a time.
 * Back end   a bj_cmd_t for each request that is in order, with the user's session_id and a
 *            session_seq that rises; bj_nnf_server_event for each event, in sequence, and only once
 *            the user may be told (durable).  Every user needs a session_id of his own.
 * Memory     all of it at bj_nnf_server_new; the record of an order stays as long as the server.
 *            What NNF says about an order and no event carries (PAN, account text, participant,
 *            remarks, NNF id, algo id, open/close) is there and nowhere else.  After a restart
 *            records are made again from events and those fields are blank; the client's reference
 *            is not: it travels in client_order_id.
 * Threads    one.
 * Errors     a request that is refused is answered with the exchange's error, is counted, and has
 *            changed nothing.
 * Cost       per message: OpenSSL's passes, one decode, one or two hash look-ups; no heap. */
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/nnf/bj_nnf_frame.h"
#include "dataplane/nnf/bj_nnf_instrument.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum {
    BJ_NNF_CONNS_MAX = 64,
    BJ_NNF_STRANGERS_MAX = 24, /* connections that are no signed-on box */
    BJ_NNF_BOXES_MAX = 32,
    BJ_NNF_USERS_MAX = 64,
    BJ_NNF_NONE = 0xffff,
    BJ_NNF_HASH_BYTES = 32,
};

#define BJ_NNF_COUNTER_LIST(X)                                              \
    X(connections, "connections open now")                                  \
    X(boxes, "boxes signed on now")                                         \
    X(users, "users signed on now")                                         \
    X(routed, "gateway router queries answered")                            \
    X(sign_ons, "users signed on")                                          \
    X(sign_on_failures, "boxes and users refused")                          \
    X(messages, "whole messages received")                                  \
    X(commands, "commands handed to the back end")                          \
    X(reports, "messages about orders sent, downloads included")            \
    X(rejected, "requests refused here")                                    \
    X(rate_rejected, "requests refused for the box's rate")                 \
    X(rate_cut, "boxes cut for their rate")                                 \
    X(garbage, "boxes cut for a packet that is none or whose check failed") \
    X(silent, "boxes cut for missing heartbeats")                           \
    X(surplus_beats, "heartbeats too many")                                 \
    X(held, "times a request waited for room towards the back end")         \
    X(slow, "times a client's messages waited for it to read")              \
    X(stuck, "connections cut because nothing was read")                    \
    X(full, "orders refused because the table of the day is full")          \
    X(refused, "connections refused: the table is full")

typedef struct bj_nnf_counters {
#define X(field, text) uint64_t field;
    BJ_NNF_COUNTER_LIST(X)
#undef X
} bj_nnf_counters_t;

typedef struct bj_nnf_box {
    int16_t  id; /* > 0 */
    char     broker_id[6];
    uint32_t rate_per_s; /* messages in any second, heartbeats aside; > 0 */
    char     ip[17];     /* the only address it may come from; "": any.  The gateway router gives
                            keys to whoever names a box and its broker: outside a closed network
                            this is what stands in the way */
} bj_nnf_box_t;

typedef struct bj_nnf_user {
    int32_t  id;     /* > 0 */
    int16_t  box_id; /* the only one it may sign on from; 0: any of its broker's */
    int16_t  branch_id, user_type;
    char     broker_id[6], name[27];
    uint8_t  password_hash[BJ_NNF_HASH_BYTES]; /* see bj_nnf_password_hash */
    uint16_t session_id; /* [1, 255] */
    uint32_t account_id; /* whose orders: > 0 */
    char     account[11]; /* client orders must name this one; "": any text will do */
    bool     cancel_on_logoff; /* all its orders; FO has a flag an order besides */
    bool     disabled;
} bj_nnf_user_t;

/* What the documents leave open, and what differs from house to house. */
typedef struct bj_nnf_settings {
    bool     volume_is_total;  /* a modification's quantity: the whole order's, not what is open */
    bool     lost_is_logoff;   /* a lost connection cancels what a logoff would */
    bool     check_activity;   /* modify and cancel must echo the latest activity_ref */
    bool     pan_required;     /* ABCDE1234F, or PAN_EXEMPT */
    bool     algo_market_refused;
    uint8_t  stream;           /* [1, 79]: in order numbers and in downloads */
    uint32_t cut_pct;          /* of the box's rate: above it is cut; 0: never */
    uint32_t burst_per_100ms;  /* 0: no second cap */
    uint32_t surplus_beats_max;
    int64_t  heartbeat_ns;
    int32_t  version_min;      /* of the client; 0: any */
    int32_t  tick_paise, lot_qty; /* as 1601 says them */
    int16_t  disclosed_min_pct;
} bj_nnf_settings_t;
extern const bj_nnf_settings_t bj_nnf_settings_usual;

typedef struct bj_nnf_ops {
    /* BJ_OK: taken.  BJ_ERR_FULL: no room now, it is offered again.  Anything else: refused, and
     * the client is told so. */
    bj_status_t (*order)(void *ctx, const bj_cmd_t *cmd);
    /* An event that was given to bj_nnf_server_event; false: it cannot be read just now. */
    bool (*event_at)(void *ctx, uint64_t event_seq, bj_event_t *event);
    void (*random)(void *ctx, uint8_t *out, size_t out_bytes); /* unpredictable bytes */
} bj_nnf_ops_t;

/* Each message of a connection, as the server sees it, for a log (docs/audit.md). */
typedef enum bj_nnf_kept_kind {
    BJ_NNF_KEPT_CONNECTED,
    BJ_NNF_KEPT_IN,      /* before anything is decided about it; once, however long it waits */
    BJ_NNF_KEPT_OUT,     /* handed to the connection */
    BJ_NNF_KEPT_GARBAGE, /* no packet, or its check failed: its first bytes */
    BJ_NNF_KEPT_CLOSED,
} bj_nnf_kept_kind_t;

typedef struct bj_nnf_kept {
    bj_nnf_kept_kind_t kind;
    uint32_t conn;       /* counts this server's connections */
    uint32_t peer_ip;    /* host byte order; 0: not known */
    int16_t  box_id;
    int32_t  user_id;    /* as the message says it; 0: it names none */
    uint16_t session_id; /* once the user has signed on here, like account_id */
    uint32_t account_id;
    uint64_t client_order_id, order_id; /* the back end's; 0: none */
    uint32_t value;      /* CLOSED: bytes unsent; else the length, if not all of it is here */
    uint16_t msg_bytes;
    const uint8_t *msg;  /* plain, without prefix, masked (bj_nnf_mask.h); for the call only */
} bj_nnf_kept_t;

typedef struct bj_nnf_config {
    bj_nnf_segment_t segment;
    bj_nnf_cipher_t  cipher;   /* what the gateway router hands out; not CLEAR */
    uint8_t          iv_bytes; /* STREAM: 12 or 16 */
    const bj_nnf_box_t  *boxes; /* this and the next two: copied */
    const bj_nnf_user_t *users;
    const bj_nnf_instrument_t *instruments;
    uint32_t box_cnt, user_cnt, instrument_cnt;
    uint32_t order_max;  /* orders since the journal began, [1, 2^24] */
    uint32_t report_max; /* messages a user since then; past it he signs on no more */
    char     ip[17];     /* where the gateway router sends a box */
    uint16_t port;
    bj_nnf_settings_t settings;
    const bj_nnf_ops_t *ops;
    void (*keep)(void *ctx, const bj_nnf_kept_t *kept, bj_now_t now); /* NULL: nothing is kept */
    void    *ctx;
} bj_nnf_config_t;

typedef struct bj_nnf_server bj_nnf_server_t;

/* SHA-256 of "nnf:USER:PASSWORD": what a configuration holds instead of the password. */
BJ_MUST_USE bool bj_nnf_password_hash(int32_t user_id, const char *password,
                                      uint8_t hash[BJ_NNF_HASH_BYTES]);

/* NULL: *error says which value may not be so. */
bj_nnf_server_t *bj_nnf_server_new(const bj_nnf_config_t *config, const char **error);
void bj_nnf_server_free(bj_nnf_server_t *server);

/* At start, in sequence: events of an earlier run; the last session_seq the engine
 * saw of a session. */
void bj_nnf_server_recover_event(bj_nnf_server_t *server, const bj_event_t *event);
void bj_nnf_server_recover_seq(bj_nnf_server_t *server, uint16_t session_id, uint64_t last_seq);

/* --- the transport's side: as of bj_gateway --- */
typedef enum bj_nnf_port { BJ_NNF_PORT_BOX, BJ_NNF_PORT_ROUTER } bj_nnf_port_t;
uint32_t bj_nnf_server_connect(bj_nnf_server_t *server, bj_nnf_port_t port, bj_now_t now);
/* Where it comes from, as text; a connection of which this is not said comes from "". */
void bj_nnf_server_peer(bj_nnf_server_t *server, uint32_t conn_idx, const char *ip);
size_t bj_nnf_server_input(bj_nnf_server_t *server, uint32_t conn_idx, const uint8_t *data,
                           size_t data_bytes, bj_now_t now);
size_t bj_nnf_server_output(bj_nnf_server_t *server, uint32_t conn_idx, const uint8_t **data);
void bj_nnf_server_sent(bj_nnf_server_t *server, uint32_t conn_idx, size_t sent_bytes,
                        bj_now_t now);
bool bj_nnf_server_finished(const bj_nnf_server_t *server, uint32_t conn_idx, bj_now_t now);
void bj_nnf_server_disconnect(bj_nnf_server_t *server, uint32_t conn_idx, bj_now_t now);

/* --- the back end's side --- */
void bj_nnf_server_event(bj_nnf_server_t *server, const bj_event_t *event, bj_now_t now);
/* Waiting requests are tried again, downloads go on, clocks run.  Returns work done. */
uint32_t bj_nnf_server_step(bj_nnf_server_t *server, bj_now_t now);
/* Every connection ends, what waits in it without an answer: another takes over from here on. */
void bj_nnf_server_hang_up(bj_nnf_server_t *server, bj_now_t now);

const bj_nnf_counters_t *bj_nnf_server_counters(const bj_nnf_server_t *server);

#endif /* BJ_NNF_SERVER_H */
