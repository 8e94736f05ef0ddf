#ifndef BJ_FEED_ARBITER_H
#define BJ_FEED_ARBITER_H

/* bj_feed_arbiter - two sources of the same streams in, each message once and in order out.
 *
 * Copies     the first of two copies wins; the second is counted and dropped.
 * Order      a message that comes early is held, up to BJ_FEED_WINDOW ahead, until the messages
 *            before it come from either source.  If they have not come gap_wait_ns after it did, or
 *            it lies further ahead than the window, they are given up: one gap, so many messages
 *            lost.  A heartbeat that names a sequence not yet seen starts the same wait.
 * Restart    a sequence below the next one whose exchange time is later than any seen on the stream
 *            is not a late copy: the exchange has begun the stream again (a new day, a switch to
 *            the other site).  Copies from before, which a slower source may still bring, are told
 *            by their time and dropped.  The exchange's times must not run backwards within a
 *            stream.
 * Start      the first sequence expected is 1: whoever starts late has a gap.
 * Ownership  the caller owns the memory (aligned to 64); nothing is allocated later.
 * Threads    one.  Time comes in as an argument, ns since the UNIX epoch.
 * Cost       in order: a few compares; early: one 64-byte copy. */
#include "dataplane/base/bj_base.h"
#include "dataplane/feed/bj_feed_decode.h"

enum { BJ_FEED_WINDOW = 1024 };

typedef struct bj_feed_arbiter bj_feed_arbiter_t;

/* What comes out.  reset comes before the first message of the new
 * run, gap before the first message behind the hole. */
typedef struct bj_feed_arbiter_ops {
    void (*apply)(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg);
    void (*gap)(void *ctx, uint32_t stream_idx, uint32_t lost_cnt);
    void (*reset)(void *ctx, uint32_t stream_idx);
} bj_feed_arbiter_ops_t;

size_t bj_feed_arbiter_footprint(uint32_t stream_cnt); /* 0: not in [1, BJ_FEED_STREAM_MAX] */
bj_feed_arbiter_t *bj_feed_arbiter_new(void *mem, uint32_t stream_cnt, int64_t gap_wait_ns,
                                       const bj_feed_arbiter_ops_t *ops, void *ctx);

/* stream_idx in [0, stream_cnt).  False: it was a second or a late copy. */
bool bj_feed_arbiter_offer(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t stream_idx,
                           const bj_feed_msg_t *msg, int64_t now_ns);
/* Gives up holes that have waited long enough. */
void bj_feed_arbiter_step(bj_feed_arbiter_t *arbiter, int64_t now_ns);

#endif /* BJ_FEED_ARBITER_H */
