#ifndef BJ_FOLLOW_H
#define BJ_FOLLOW_H

/* bj_follow - the standby's end of replication: commands in, into its own journal and engine, and
 * the word of how far it has come out.  It never touches a socket or a clock.
 *
 * Protocol   docs/replica.md, dataplane/wire/bj_wire_replica.h.
 * Use        per connection: _connected, _input, _output/_sent, _step, _disconnected, as with
 *            bj_oe_client.  False from _input or _step: close the socket; bj_follow_status says
 *            why.
 * Order      what came is applied, then committed once, then acknowledged (in _step): whatever the
 *            primary was told is in this journal.
 * Stops      at the first difference (a sequence, a checksum, a digest, a state hash, an error of
 *            its own disk) for good: nothing is applied or acknowledged after it.
 * Threads    one. */
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/replica/bj_digest.h"
#include "dataplane/wire/bj_wire_replica.h"

/* X(name, text) */
#define BJ_FOLLOW_STATE_LIST(X)                                         \
    X(BJ_FOLLOW_AWAY, "the primary is not reached")                     \
    X(BJ_FOLLOW_GREETING, "connected, not yet welcome")                 \
    X(BJ_FOLLOW_FOLLOWING, "following")                                 \
    X(BJ_FOLLOW_FENCED, "the primary has stopped, and all of it is here") \
    X(BJ_FOLLOW_STOPPED, "stopped for good: see why")

typedef enum bj_follow_state {
#define X(name, text) name,
    BJ_FOLLOW_STATE_LIST(X)
#undef X
} bj_follow_state_t;

typedef struct bj_follow_ops {
    /* The first welcome: make a journal with that id.  Never asked where there is one. */
    bj_status_t (*begin)(void *ctx, uint64_t journal_id);
    /* Into journal and engine; its events into the digest (bj_digest_event). */
    bj_status_t (*apply)(void *ctx, const bj_cmd_t *cmd, bj_digest_t *digest);
    bj_status_t (*commit)(void *ctx); /* all that was applied is as durable as was promised */
    uint64_t (*state_hash)(void *ctx);
    bj_status_t (*epoch)(void *ctx, uint64_t epoch); /* the primary's is higher: write it down */
    void (*nonce)(void *ctx, uint8_t *out, size_t out_bytes);
    /* All up to seq was committed here, and the primary says that its clients were told of it:
     * readers may be.  NULL: there are none. */
    void (*told)(void *ctx, uint64_t seq);
    /* The first time that all is committed here that the primary's clients were told of.  NULL:
     * nobody asks. */
    bj_status_t (*whole)(void *ctx);
} bj_follow_ops_t;

typedef struct bj_follow_config {
    uint8_t  key[128];
    size_t   key_bytes;
    bool     durable; /* what commit means: on the disk, or with the kernel */
    int64_t  silent_ns; /* a primary that says nothing for so long is gone; > 0 */
    bj_engine_config_t shape; /* must be the primary's */
    /* what there is already */
    uint64_t journal_id, have_seq, epoch;
    uint32_t have_check;
    bj_follow_ops_t ops;
    void *ctx;
} bj_follow_config_t;

typedef struct bj_follow_status {
    bj_follow_state_t state;
    bj_status_t why;       /* of the last connection's end, or of the stop */
    const char *why_text;  /* lives forever */
    uint64_t    stop_seq;  /* STOPPED: at which sequence */
    uint64_t journal_id, epoch, have_seq;    /* have_seq: applied; all of it committed in _step */
    uint64_t primary_seq, acknowledged_seq;  /* the primary's word: written; told to clients */
    uint64_t batches, digests, state_hashes; /* received; compared and equal */
} bj_follow_status_t;

typedef struct bj_follow bj_follow_t;

bj_follow_t *bj_follow_new(const bj_follow_config_t *config); /* NULL: a field, or no memory */
void bj_follow_free(bj_follow_t *follow);

void bj_follow_connected(bj_follow_t *follow, bj_now_t now);
void bj_follow_disconnected(bj_follow_t *follow);
BJ_MUST_USE bool bj_follow_input(bj_follow_t *follow, const uint8_t *data, size_t data_bytes,
                                 bj_now_t now);
BJ_MUST_USE bool bj_follow_step(bj_follow_t *follow, bj_now_t now);
size_t bj_follow_output(const bj_follow_t *follow, const uint8_t **data);
void bj_follow_sent(bj_follow_t *follow, size_t sent_bytes);

/* Asks the primary to stop for a higher epoch; again after each connect, until FENCED.
 * BJ_ERR_BAD_FIELD: not higher than what was heard of. */
BJ_MUST_USE bj_status_t bj_follow_fence(bj_follow_t *follow, uint64_t epoch);
/* It is not asked any more.  A primary that has heard already has stopped all the same: its word
 * for it (FENCED) is still taken. */
void bj_follow_unfence(bj_follow_t *follow);

bj_follow_status_t bj_follow_status(const bj_follow_t *follow);
const char *bj_follow_state_text(bj_follow_state_t state);

#endif /* BJ_FOLLOW_H */
