#ifndef BJ_GATEWAY_PRIV_H
#define BJ_GATEWAY_PRIV_H

/* What the files of bj_gateway share: bj_gateway.c (connections and their buffers),
 * bj_gateway_in.c (what a client says), bj_gateway_rights.c (whether it may),
 * bj_gateway_throttle.c (how often), bj_gateway_out.c (what it is told), bj_gateway_step.c (whose
 * turn it is). */
#include "dataplane/base/bj_bits.h"
#include "dataplane/gateway/bj_bucket.h"
#include "dataplane/gateway/bj_gateway.h"
#include "dataplane/base/bj_stamp.h"
#include "dataplane/wire/bj_oe_codec.h"
#include "dataplane/wire/bj_slot.h"

enum {
    CONN_IN_BYTES = 4096,
    CONN_OUT_BYTES = 32768,
    CONN_REPLY_BYTES = 512, /* of the out-buffer: kept free of reports, for answers */
    NO_SESSION = 0xffff,
    HEARTBEAT_MIN_MS = 100,
    HEARTBEAT_MAX_MS = 60000,
};

typedef enum conn_state { CONN_FREE, CONN_CHALLENGED, CONN_OPEN, CONN_CLOSING } conn_state_t;

typedef struct conn {
    conn_state_t state;
    uint16_t session_idx; /* NO_SESSION until logged in */
    uint32_t in_cnt;
    uint32_t out_at, out_cnt; /* out[out_at .. out_at + out_cnt) is to be sent */
    uint64_t next_report;     /* number of the next report to send */
    int64_t  since_ns;        /* connected, or began to close */
    int64_t  heard_ns, sent_ns, drained_ns; /* last bytes in, last message out, last bytes taken */
    int64_t  heartbeat_ns;
    uint32_t peer_ip; /* 0: not known */
    bool     proven;  /* by a certificate, under TLS: it is that session */
    char     proven_name[BJ_OE_NAME_BYTES];
    bool     warn;    /* it asked for warnings */
    bool     head_kept;  /* the audit has the message that waits first */
    uint16_t session_id; /* of its login; stays when the session has left it */
    uint32_t serial;     /* counts connections */
    uint64_t in_stamp;         /* its last bytes came */
    uint64_t out_in, out_made; /* of the oldest report that TCP has not taken; 0: none */
    uint8_t  nonce[BJ_OE_NONCE_BYTES];
    uint8_t *in, *out;
} conn_t;

typedef struct throttle { /* outlives the connection: logging in again forgives nothing */
    bj_bucket_t all, cancels;
    int64_t  warned_ns, refused_ns; /* the last warning; the first refusal of this second */
    uint32_t refused_cnt;
} throttle_t;
typedef enum throttle_verdict { THROTTLE_PASS, THROTTLE_REFUSE, THROTTLE_CUT } throttle_verdict_t;

typedef struct session {
    bj_gateway_session_config_t config;
    throttle_t throttle;
    uint64_t  in_seq;     /* last sequence used */
    uint64_t *reports;    /* event sequence of report n at [n - 1] */
    uint64_t  report_cnt;
    uint16_t  conn_idx;   /* BJ_GATEWAY_NONE: not logged in */
    bool      full;       /* reports were dropped for want of room: no more logins */
} session_t;

struct bj_gateway {
    bj_gateway_config_t config;
    session_t  sessions[BJ_GATEWAY_SESSIONS_MAX];
    conn_t     conns[BJ_GATEWAY_CONNS_MAX];
    int64_t    timers_ns, timed_ns; /* first time anything may be due, last time it was looked at */
    uint32_t   turn;      /* who is asked first when there is not room for all */
    bool       congested; /* someone waits for room: who comes now waits for his turn too */
    uint64_t   lost[BJ_GATEWAY_SESSIONS_MAX / 64]; /* sessions: the engine is still to be told */
    /* Connections: input waits for room towards the engine; reports are behind and there is room
     * for them; something is to be sent, or it is to be closed. */
    uint64_t   held[BJ_GATEWAY_CONNS_MAX / 64];
    uint64_t   behind[BJ_GATEWAY_CONNS_MAX / 64];
    uint64_t   due[BJ_GATEWAY_CONNS_MAX / 64];
    uint16_t   session_of[BJ_GATEWAY_SESSION_ID_MAX + 1]; /* session id -> index, NO_SESSION */
    bj_gateway_counters_t counters;
    bj_audit_t audit;
    uint32_t   serial;
    uint64_t   in_stamp; /* last bytes of anyone came */
    bj_hist_t  hops[BJ_GATEWAY_HOP_CNT];
    uint8_t   *buffers;
};

static inline uint32_t conn_index(const bj_gateway_t *gateway, const conn_t *conn) {
    return (uint32_t)(conn - gateway->conns);
}
static inline uint32_t session_index(const bj_gateway_t *gateway, const session_t *session) {
    return (uint32_t)(session - gateway->sessions);
}
static inline session_t *session_by_id(bj_gateway_t *gateway, uint16_t session_id) {
    if (session_id > BJ_GATEWAY_SESSION_ID_MAX) return NULL;
    uint16_t idx = gateway->session_of[session_id];
    return idx == NO_SESSION ? NULL : &gateway->sessions[idx];
}
static inline uint32_t conn_room(const conn_t *conn) { return CONN_OUT_BYTES - conn->out_cnt; }
static inline session_t *conn_session(bj_gateway_t *gateway, const conn_t *conn) {
    return &gateway->sessions[conn->session_idx];
}

static inline void hop_add(bj_gateway_t *gateway, bj_gateway_hop_t hop, uint64_t from,
                           uint64_t to) {
    if (from) bj_hist_add(&gateway->hops[hop], bj_stamp_ns(from, to));
}

/* Another takes over: nothing is said or taken here any more. */
static inline bool handed_over(const bj_gateway_t *gateway) {
    const _Atomic bool *over = gateway->config.handed_over;
    return over && atomic_load_explicit(over, memory_order_acquire);
}

/* bj_gateway.c */
/* Room was checked. */
void conn_say(bj_gateway_t *gateway, conn_t *conn, const void *msg, size_t msg_bytes, bj_now_t now);
void conn_keep(bj_gateway_t *gateway, const conn_t *conn, bj_audit_kind_t kind, uint32_t value,
               const void *msg, size_t msg_bytes, bj_now_t now);
void conn_end(bj_gateway_t *gateway, conn_t *conn, bj_now_t now);

/* bj_gateway_in.c: works through conn->in; stops at what must wait. */
void conn_parse(bj_gateway_t *gateway, conn_t *conn, bj_now_t now);
bool session_tell_lost(bj_gateway_t *gateway, session_t *session, bj_now_t now);

/* bj_gateway_rights.c: NULL, or what is not allowed, counted; at most BJ_OE_TEXT_MAX long. */
const char *rights_source(bj_gateway_t *gateway, const session_t *session, uint32_t peer_ip);
const char *rights_wire(bj_gateway_t *gateway, const session_t *session, const conn_t *conn);
const char *rights_command(bj_gateway_t *gateway, const session_t *session, uint8_t type,
                           const bj_cmd_t *cmd);

/* bj_gateway_throttle.c */
void throttle_setup(session_t *session);
/* May warn: there is room for two answers. */
throttle_verdict_t throttle_take(bj_gateway_t *gateway, conn_t *conn, session_t *session,
                                 const bj_oe_header_t *header, bj_now_t now);

/* bj_gateway_out.c */
void session_remember(bj_gateway_t *gateway, session_t *session, uint64_t event_seq);
uint32_t release_durable(bj_gateway_t *gateway, bj_now_t now);
uint32_t conn_catch_up(bj_gateway_t *gateway, conn_t *conn, bj_now_t now);
bool conn_may_catch_up(bj_gateway_t *gateway, const conn_t *conn);

/* bj_gateway_step.c */
void conn_timer(bj_gateway_t *gateway, const conn_t *conn); /* its times have changed */

#endif /* BJ_GATEWAY_PRIV_H */
