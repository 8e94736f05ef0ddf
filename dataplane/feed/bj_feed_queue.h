#ifndef BJ_FEED_QUEUE_H
#define BJ_FEED_QUEUE_H

/* bj_feed_queue - messages that came before their turn, of all streams, in one pool.
 *
 * Shape      chunks of BJ_FEED_CHUNK consecutive sequences of one stream, one cache line a message;
 *            a stream reaches span_max sequences from its lowest chunk on.
 * Ownership  the caller owns the memory (aligned to 64); nothing is allocated later.
 * Threads    one.
 * Cost       put, find, drop: a table look-up and a bit; first: the same, but for the first call
 *            after a chunk has emptied.  Memory: 64 bytes a message, 4 bytes a stream and 64
 *            sequences of span. */
#include "dataplane/base/bj_base.h"
#include "dataplane/feed/bj_feed_decode.h"

enum { BJ_FEED_CHUNK = 64 };

typedef struct bj_feed_held {
    alignas(BJ_LINE_BYTES) bj_feed_msg_t msg;
    int64_t recv_ns;
} bj_feed_held_t;
static_assert(sizeof(bj_feed_held_t) == BJ_LINE_BYTES, "one held message is one line");

typedef struct bj_feed_queue bj_feed_queue_t;

typedef enum bj_feed_put {
    BJ_FEED_PUT_HELD,
    BJ_FEED_PUT_COPY, /* it is held already */
    BJ_FEED_PUT_LOW,  /* below the stream's lowest chunk: it can no longer be held */
    BJ_FEED_PUT_FAR,  /* beyond the stream's reach */
    BJ_FEED_PUT_FULL, /* the pool has no chunk left */
} bj_feed_put_t;

/* message_max in the pool; 0: a shape is not allowed. */
size_t bj_feed_queue_footprint(uint32_t stream_cnt, uint32_t message_max, uint32_t span_max);
bj_feed_queue_t *bj_feed_queue_new(void *mem, uint32_t stream_cnt, uint32_t message_max,
                                   uint32_t span_max);

/* low_seq <= msg->seq: below it the stream needs nothing more. */
bj_feed_put_t bj_feed_queue_put(bj_feed_queue_t *queue, uint32_t stream_idx,
                                const bj_feed_msg_t *msg, uint64_t low_seq, int64_t now_ns);
/* Valid until the next put, drop or cut; NULL: not held. */
const bj_feed_held_t *bj_feed_queue_find(const bj_feed_queue_t *queue, uint32_t stream_idx,
                                         uint64_t seq);
/* The lowest held sequence of at least from_seq; NULL: none. */
const bj_feed_held_t *bj_feed_queue_next(const bj_feed_queue_t *queue, uint32_t stream_idx,
                                         uint64_t from_seq);
const bj_feed_held_t *bj_feed_queue_first(const bj_feed_queue_t *queue, uint32_t stream_idx);
/* seq must be held. */
void bj_feed_queue_drop(bj_feed_queue_t *queue, uint32_t stream_idx, uint64_t seq);
/* Drops all below seq; UINT64_MAX: all. */
void bj_feed_queue_cut(bj_feed_queue_t *queue, uint32_t stream_idx, uint64_t seq);

uint32_t bj_feed_queue_cnt(const bj_feed_queue_t *queue, uint32_t stream_idx);
uint32_t bj_feed_queue_all(const bj_feed_queue_t *queue); /* of all streams */

#endif /* BJ_FEED_QUEUE_H */
