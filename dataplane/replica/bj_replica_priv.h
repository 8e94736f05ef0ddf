#ifndef BJ_REPLICA_PRIV_H
#define BJ_REPLICA_PRIV_H

/* What the two files of bj_replica share: bj_replica.c (connections, clocks, what is heard) and
 * bj_replica_out.c (what is sent). */
#include "dataplane/replica/bj_replica.h"

enum {
    CONN_IN_BYTES = 512,                                  /* a standby says nothing long */
    CONN_OUT_BYTES = 4 * BJ_REPLICA_MESSAGE_MAX_BYTES,
    CONN_REPLY_BYTES = 512, /* of the out-buffer: kept free of commands, for answers */
    HASHES_MAX = 64,
};

typedef enum conn_state { CONN_FREE, CONN_CHALLENGED, CONN_FOLLOWING, CONN_CLOSING } conn_state_t;

typedef struct conn {
    conn_state_t state;
    uint32_t in_cnt, out_at, out_cnt; /* out[out_at .. out_at + out_cnt) is to be sent */
    uint64_t sent_seq, have_seq;      /* queued to it; acknowledged by it */
    int64_t  since_ns, heard_ns, pulse_ns;
    bool     durable, fence_due; /* fence_due: it is to be told where the journal ends */
    uint8_t  nonce[BJ_REPLICA_NONCE_BYTES];
    uint8_t  in[CONN_IN_BYTES];
    uint8_t *out;
} conn_t;

struct bj_replica {
    bj_replica_config_t config;
    bj_replica_reach_t  reach; /* as of the last step */
    conn_t   conns[BJ_REPLICA_CONNS_MAX];
    uint32_t follower_idx; /* BJ_REPLICA_NONE: nobody */
    uint64_t epoch;
    bool     fenced, lost;
    int64_t  whole_ns; /* last time a standby had all, or moved forward */
    uint64_t moved_seq;
    uint64_t differs_seq, ahead_seq;
    bj_replica_hash_t hashes[HASHES_MAX]; /* to come; a ring, the oldest goes first */
    uint32_t hash_at, hash_cnt;
    bj_cmd_t cmds[BJ_REPLICA_BATCH_MAX];
    bj_replica_counters_t counters;
    uint8_t *buffers;
};

static inline uint32_t conn_room(const conn_t *conn) { return CONN_OUT_BYTES - conn->out_cnt; }

/* bj_replica_out.c; all of them seal what they send */
uint8_t *peer_reserve(conn_t *conn, size_t msg_bytes); /* room was checked */
void peer_say(conn_t *conn, const void *msg, size_t msg_bytes);
uint32_t peer_feed(bj_replica_t *replica, conn_t *conn, bj_now_t now);

#define BJ_REPLICA_HEAD(T, letter)                                                                 \
    { .len_bytes = sizeof(T), .type = (letter), .version = BJ_REPLICA_VERSION }

#endif /* BJ_REPLICA_PRIV_H */
