#ifndef BJ_NNF_SERVER_PRIV_H
#define BJ_NNF_SERVER_PRIV_H

/* What the files of bj_nnf_server share: bj_nnf_server.c (connections, buffers, clocks), _box.c
 * (router, box and user sessions), _order.c (requests about orders), _report.c (what is told about
 * orders), _download.c (what is told again), _keep.c (what is said to a log of it all). */
#include "dataplane/nnf/bj_nnf_book.h"
#include "dataplane/nnf/bj_nnf_codec.h"
#include "dataplane/nnf/bj_nnf_reason.h"
#include "dataplane/nnf/bj_nnf_server.h"
#include "dataplane/nnf/bj_nnf_time.h"

enum {
    CONN_IN_BYTES = 4096,
    CONN_OUT_BYTES = 65536,
    CONN_REPLY_BYTES = 2 * BJ_NNF_PACKET_MAX_BYTES, /* kept free of reports, for answers */
    NO_USER = 0xff,
    SIGN_ON_TRIES_MAX = 5,
    ASKED_MAX = 1024, /* requests that may be under way before an answer loses its number */
};

#define BJ_NNF_NUMBERS_A_STREAM UINT64_C(100000000000000) /* 14 digits of an order number */

typedef enum conn_state {
    CONN_FREE,
    CONN_ROUTER, /* a query may come */
    CONN_NEW,    /* the box must register */
    CONN_BOX,    /* registered: from here on encrypted; the box must sign on */
    CONN_OPEN,
    CONN_CLOSING
} conn_state_t;

typedef enum job { JOB_NONE, JOB_DOWNLOAD, JOB_LOCAL } job_t;

typedef struct conn {
    conn_state_t state;
    uint8_t  box_idx;
    char     ip[17]; /* of the other end */
    uint32_t peer_ip, serial;
    int16_t  box_id; /* that it registered as; 0: none yet */
    bool     kept;   /* the log has heard of it */
    int64_t  since_wall_ns;
    bool     held;   /* packet waits for room towards the back end */
    uint32_t in_cnt;
    uint32_t out_at, out_cnt;
    int64_t  since_ns, heard_ns, drained_ns, beat_ns;
    uint32_t surplus_beats;
    bj_nnf_seal_t in_seal, out_seal;
    bj_nnf_packet_t packet;
    uint8_t *in, *out;
} conn_t;

typedef struct box {
    bj_nnf_box_t config;
    bj_nnf_keys_t keys;
    uint8_t   session_key[8];
    bool      routed;   /* keys were handed out and not used yet */
    uint16_t  conn_idx;
    int64_t  *seen_ns;  /* ring of the latest messages' times */
    uint32_t  seen_max;
    uint64_t  seen_cnt;
} box_t;

typedef struct user {
    bj_nnf_user_t config;
    uint16_t conn_idx;
    bool     trimmed;   /* asked for the trimmed forms */
    bool     lost;      /* the engine is still to be told */
    bool     full;      /* messages were dropped for want of room: no more sign-ons */
    uint8_t  tries;
    int64_t  tries_ns;
    uint64_t ask_cnt;   /* requests handed to the back end */
    /* A manager's kill switch: the next user to do, who is not done yet, the answer's number. */
    uint32_t kill_at, kill_waits, kill_seq;
    int32_t  kill_trader;
    uint8_t  killed_by; /* a manager's index + 1, for request killed_ask */
    uint64_t killed_ask;
    uint32_t asked[ASKED_MAX]; /* prefix sequence of request n at [n % ASKED_MAX] */
    bj_nnf_told_t *told;
    uint64_t told_cnt, next; /* told[next] is the next to be sent live */
    job_t    job;
    uint64_t job_at, job_end;
    uint32_t job_seq;   /* prefix sequence of what asked for it */
} user_t;

struct bj_nnf_server {
    bj_nnf_config_t config;
    conn_t   conns[BJ_NNF_CONNS_MAX];
    box_t    boxes[BJ_NNF_BOXES_MAX];
    user_t   users[BJ_NNF_USERS_MAX];
    uint8_t  user_of[256]; /* session id -> index, NO_USER */
    uint8_t *buffers;
    bj_nnf_instrument_t *instruments;
    uint32_t *by_token, *by_name, instrument_mask; /* index + 1, open addressing */
    bj_nnf_book_t book;
    uint32_t conn_cnt;     /* connections so far */
    int64_t  jiffies;      /* of the latest event */
    int64_t  timers_ns;
    uint32_t market_state; /* bj_instrument_state_t, of the latest instrument that said one */
    bj_nnf_counters_t counters;
};

static inline uint32_t conn_room(const conn_t *conn) { return CONN_OUT_BYTES - conn->out_cnt; }
static inline bool report_fits(const conn_t *conn) {
    return conn_room(conn) >= CONN_REPLY_BYTES + BJ_NNF_PACKET_MAX_BYTES;
}
static inline bool is_fo(const bj_nnf_server_t *server) {
    return server->config.segment == BJ_NNF_FO;
}
static inline uint8_t user_idx_of(const bj_nnf_server_t *server, const user_t *user) {
    return (uint8_t)(user - server->users);
}

typedef enum verdict { USED, HELD } verdict_t;

/* bj_nnf_server.c */
/* Room was checked.  False: the message cannot be encoded; nothing was sent. */
bool nnf_conn_say(bj_nnf_server_t *server, conn_t *conn, uint32_t seq, const bj_nnf_msg_t *msg,
                  bj_now_t now);
/* The same, of an order that is known. */
bool nnf_conn_say_of(bj_nnf_server_t *server, conn_t *conn, uint32_t seq, const bj_nnf_msg_t *msg,
                     uint64_t client_order_id, bj_now_t now);
/* wire is about `about`. */
bool nnf_conn_say_bytes(bj_nnf_server_t *server, conn_t *conn, uint32_t seq,
                        const bj_nnf_msg_t *about, uint64_t client_order_id, const uint8_t *wire,
                        size_t wire_bytes, bj_now_t now);
void nnf_conn_end(bj_nnf_server_t *server, conn_t *conn, bj_now_t now);
void nnf_user_leave(bj_nnf_server_t *server, user_t *user, bool cancel, bj_now_t now);
bool nnf_user_tell_lost(bj_nnf_server_t *server, user_t *user, bj_now_t now);
const bj_nnf_instrument_t *nnf_instrument_of(const bj_nnf_server_t *server, uint32_t token);
const bj_nnf_instrument_t *nnf_instrument_named(const bj_nnf_server_t *server,
                                                const bj_nnf_msg_t *msg);

/* bj_nnf_server_box.c: one message of a connection. */
verdict_t nnf_conn_message(bj_nnf_server_t *server, conn_t *conn, bj_now_t now);
/* 20322 with the reason, then the end. */
void nnf_box_off(bj_nnf_server_t *server, conn_t *conn, int32_t error, bj_now_t now);
user_t *nnf_user_with_id(bj_nnf_server_t *server, int64_t id);
/* The answer that says no, in the form that the request's code asks for. */
void nnf_refuse(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *asked, int32_t error,
                bj_now_t now);

/* bj_nnf_server_order.c */
verdict_t nnf_on_order(bj_nnf_server_t *server, conn_t *conn, user_t *user, const bj_nnf_msg_t *msg,
                       bj_now_t now);
verdict_t nnf_on_change(bj_nnf_server_t *server, conn_t *conn, user_t *user,
                        const bj_nnf_msg_t *msg, bj_now_t now);
verdict_t nnf_on_kill(bj_nnf_server_t *server, conn_t *conn, user_t *user, const bj_nnf_msg_t *msg,
                      bj_now_t now);
uint64_t nnf_order_number_base(const bj_nnf_server_t *server);

/* bj_nnf_server_report.c */
/* Records, and who is to be told. */
void nnf_event_note(bj_nnf_server_t *server, const bj_event_t *event);
/* The message of an event; false: nothing is said about it. */
bool nnf_event_message(bj_nnf_server_t *server, const user_t *user, const bj_event_t *event,
                       const bj_nnf_told_t *told, bool full, bj_nnf_msg_t *msg);
void nnf_record_message(const bj_nnf_server_t *server, const bj_nnf_record_t *record,
                        bj_nnf_msg_t *msg);
uint32_t nnf_user_catch_up(bj_nnf_server_t *server, user_t *user, bj_now_t now);

/* bj_nnf_server_download.c */
void nnf_download_start(bj_nnf_server_t *server, conn_t *conn, user_t *user,
                        const bj_nnf_msg_t *msg, bj_now_t now);
void nnf_local_start(bj_nnf_server_t *server, conn_t *conn, user_t *user, const bj_nnf_msg_t *msg,
                     bj_now_t now);
uint32_t nnf_job_step(bj_nnf_server_t *server, user_t *user, bj_now_t now);

/* bj_nnf_server_keep.c */
void nnf_keep_connected(bj_nnf_server_t *server, conn_t *conn);
void nnf_keep_closed(bj_nnf_server_t *server, conn_t *conn, bj_now_t now);
void nnf_keep_garbage(bj_nnf_server_t *server, conn_t *conn, const uint8_t *data,
                      size_t data_bytes, bj_now_t now);
/* The id that a new order gets if it is taken; 0: msg is none. */
uint64_t nnf_kept_new_id(bj_nnf_server_t *server, const conn_t *conn, const bj_nnf_msg_t *msg);
void nnf_keep_in(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *msg, bj_now_t now);
void nnf_keep_out(bj_nnf_server_t *server, conn_t *conn, const bj_nnf_msg_t *about,
                  uint64_t client_order_id, const uint8_t *wire, size_t wire_bytes, bj_now_t now);

#endif /* BJ_NNF_SERVER_PRIV_H */
