#ifndef BJ_REPLICA_H
#define BJ_REPLICA_H

/* bj_replica - the primary's end of replication: what the journal has goes to a standby, and what
 * the standby says it has comes back.  It never touches a socket or a clock.
 *
 * Protocol   docs/replica.md, dataplane/wire/bj_wire_replica.h.
 * Shape      up to BJ_REPLICA_CONNS_MAX connections, one of them followed: a later proven hello
 *            takes the place of the earlier one.
 * Source     commands are read from the journal's files, far behind and live alike: a standby that
 *            is slow or dead holds nobody's memory and nobody's ring.
 * Lost       no standby has had all of the journal for lost_ns, or none is there: status.lost.
 *            What that means for acknowledgements is the caller's (bj_replica_tile.h).
 * Fence      a higher epoch, from whoever has the key, ends this primary: ops.fence must write it
 *            down and stop the journal; the standby then gets all that is in it, and the word of
 *            where it ends.
 * Threads    one.
 * Errors     a connection that says anything wrong is closed, and counted; nothing else changes. */
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/replica/bj_digest.h"
#include "dataplane/wire/bj_wire_replica.h"

enum { BJ_REPLICA_CONNS_MAX = 4, BJ_REPLICA_NONE = 0xffff, BJ_REPLICA_KEY_MAX_BYTES = 128 };

/* X(field, text): counts since start. */
#define BJ_REPLICA_COUNTER_LIST(X)                                       \
    X(hellos, "standbys that proved themselves")                         \
    X(denied, "hellos refused: wrong key, another journal, gone astray") \
    X(garbage, "connections closed for bytes that are no message")       \
    X(refused, "connections refused: the table is full")                 \
    X(sent, "commands sent")                                             \
    X(hashes, "digests and state hashes sent")                           \
    X(differs, "standbys that stopped because their state differed")     \
    X(cut, "standbys cut: silent")                                       \
    X(losses, "times the standby was lost")

typedef struct bj_replica_counters {
#define X(field, text) uint64_t field;
    BJ_REPLICA_COUNTER_LIST(X)
#undef X
} bj_replica_counters_t;

typedef struct bj_replica_ops {
    /* Commands from from_seq on, at most `max`, none behind written_seq; *cnt 0 is an error too. */
    bj_status_t (*read)(void *ctx, uint64_t from_seq, bj_cmd_t *cmds, uint32_t max, uint32_t *cnt);
    /* A higher epoch was heard: write it down, then stop the journal.  False: not written down. */
    bool (*fence)(void *ctx, uint64_t epoch);
    void (*nonce)(void *ctx, uint8_t *out, size_t out_bytes); /* unpredictable bytes */
} bj_replica_ops_t;

typedef struct bj_replica_config {
    uint8_t  key[BJ_REPLICA_KEY_MAX_BYTES];
    size_t   key_bytes;
    uint64_t journal_id, epoch;
    uint32_t hash_every; /* > 0 */
    int64_t  lost_ns;    /* > 0; also how long a standby may be silent */
    bj_engine_config_t shape;
    bj_replica_ops_t   ops;
    void *ctx;
} bj_replica_config_t;

/* What the rest of the process has come to; never goes back. */
typedef struct bj_replica_reach {
    uint64_t written_seq; /* in the journal's files */
    uint64_t durable_seq; /* acknowledged to clients */
    bool     stopped;     /* the journal heard of the fence: written_seq is its end */
} bj_replica_reach_t;

typedef struct bj_replica_status {
    bool     following;  /* a standby is connected and proven */
    bool     whole;      /* ... and has all that was written at the last step */
    bool     lost;       /* see above */
    bool     fenced;     /* a higher epoch was heard */
    bool     durable;    /* the standby's acknowledgements mean its disk */
    uint64_t have_seq;   /* what the standby has; 0 without one */
    uint64_t epoch;      /* the highest heard */
    uint64_t differs_seq; /* where a standby's state was found to differ; 0: nowhere */
    uint64_t ahead_seq;   /* a proven standby of this journal had more: this much; 0: none */
} bj_replica_status_t;

typedef struct bj_replica bj_replica_t;

bj_replica_t *bj_replica_new(const bj_replica_config_t *config); /* NULL: a field, or no memory */
void bj_replica_free(bj_replica_t *replica);

/* --- the transport's side, as in bj_gateway.h --- */
uint32_t bj_replica_connect(bj_replica_t *replica, bj_now_t now);
/* False: nothing more is heard from it; bj_replica_finished says when what is left was sent. */
bool bj_replica_input(bj_replica_t *replica, uint32_t conn_idx, const uint8_t *data,
                      size_t data_bytes, bj_now_t now);
size_t bj_replica_output(bj_replica_t *replica, uint32_t conn_idx, const uint8_t **data);
void bj_replica_sent(bj_replica_t *replica, uint32_t conn_idx, size_t sent_bytes);
bool bj_replica_finished(const bj_replica_t *replica, uint32_t conn_idx, bj_now_t now);
void bj_replica_disconnect(bj_replica_t *replica, uint32_t conn_idx, bj_now_t now);

/* --- the process's side --- */
/* Queues commands that were written and hashes that fit where the standby is; runs the clocks.
 * Returns work done. */
uint32_t bj_replica_step(bj_replica_t *replica, const bj_replica_reach_t *reach, bj_now_t now);
/* A stretch's digest, also one that is under way; sent if the standby is not past it. */
void bj_replica_digest(bj_replica_t *replica, const bj_digest_t *digest);
/* bj_engine_hash behind command seq; sent if the standby has been sent just that much. */
void bj_replica_state(bj_replica_t *replica, uint64_t seq, uint64_t state_hash);

bj_replica_status_t bj_replica_status(const bj_replica_t *replica);
const bj_replica_counters_t *bj_replica_counters(const bj_replica_t *replica);

#endif /* BJ_REPLICA_H */
