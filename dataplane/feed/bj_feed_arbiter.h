#ifndef BJ_FEED_ARBITER_H
#define BJ_FEED_ARBITER_H

/* bj_feed_arbiter - two sources of the same streams in, each message once and in order out.
 *
 * Copies     the first of two copies wins; the second is counted and dropped.
 * Order      a message that comes early is held until the messages before it come from either
 *            source.  A heartbeat that names a sequence not yet seen opens a hole too.
 * Holes      1 the other copy is waited for, gap_wait_ns from when the hole was seen;
 *            2 then the missing messages are asked for (want), live ones are held meanwhile; what
 *              is recovered closes the hole in order.  Holes close to each other are one request;
 *            3 a hole of more than hole_max messages, one that could not be recovered, or a queue
 *              that is full: the stream's order book is asked for (want_snapshot), and what is held
 *              behind its last sequence follows;
 *            4 where neither is to be had, or both failed: the hole is given up (gap), and the
 *              stream is not whole until it begins again, or until a snapshot, asked for again
 *              every retry_ns, is there.
 *            From 2 on the stream is not whole; whole says so, and when it is again.  A snapshot
 *            ahead of all that was heard is taken, but the stream is whole only when the feed has
 *            come that far; if late_ns later it has not, the snapshot was another run's.
 * Restart    a sequence not above the highest seen, with an exchange time later than any seen on
 *            the stream, is not a late copy: the exchange has begun the stream again (a new day, a
 *            switch to the other site).  So have two heartbeats of one source, BJ_FEED_BEATS_NS
 *            apart, that name less than the source had sent, and nothing else from it between.
 *            Copies from before, which a slower source may still bring, are told by their time and
 *            dropped.  The exchange's times must not run backwards within a stream.
 * Strays     a sequence more than hole_max ahead of all known ones, a message's or a heartbeat's,
 *            is believed only once another one comes near it.
 * Start      the first sequence expected is 1: whoever starts late has a hole.
 * Ownership  the caller owns the memory (aligned to 64); nothing is allocated later.
 * Threads    one.  Time comes in as an argument, ns since the UNIX epoch.
 * Cost       in order, and second copies: three compares and one line (bj_feed_arbiter_glance);
 *            early: one 64-byte copy.  What was held comes out BJ_FEED_DRAIN messages a call. */
#include "dataplane/base/bj_base.h"
#include "dataplane/feed/bj_feed_decode.h"

enum {
    BJ_FEED_DRAIN = 1024,
    BJ_FEED_MERGE = 1024, /* holes with fewer messages between them are asked for together */
    BJ_FEED_HOLE_MAX = 300000, /* one request's; more is possible, in several requests */
};
#define BJ_FEED_BEATS_NS INT64_C(100000000)

typedef struct bj_feed_arbiter bj_feed_arbiter_t;

typedef struct bj_feed_arbiter_config {
    uint32_t stream_cnt; /* in [1, BJ_FEED_STREAM_MAX] */
    uint32_t queue_max;  /* messages held, of all streams together; >= 1 */
    uint32_t hole_max;   /* >= 1 */
    int64_t  gap_wait_ns, retry_ns;
    int64_t  late_ns; /* how far the feed may run behind what a snapshot already holds */
    uint64_t recovered, snapshotted; /* bit stream_idx: the service is there */
    bool     snapshot_restart; /* orders live before a restart are not sent again: ask for them */
} bj_feed_arbiter_config_t;

/* What comes out.  None of these may call back into the arbiter. */
typedef struct bj_feed_arbiter_ops {
    void (*apply)(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg);
    /* Given up; before the first message behind the hole. */
    void (*gap)(void *ctx, uint32_t stream_idx, uint32_t lost_cnt);
    /* Before the first message of the new run, which is whole. */
    void (*reset)(void *ctx, uint32_t stream_idx);
    void (*whole)(void *ctx, uint32_t stream_idx, bool whole);
    /* May be NULL where no stream has the service.  Answered by bj_feed_arbiter_answer, once, if
     * not cancelled or asked again before. */
    void (*want)(void *ctx, uint32_t stream_idx, uint32_t from_seq, uint32_t to_seq);
    void (*want_snapshot)(void *ctx, uint32_t stream_idx);
    void (*cancel)(void *ctx, uint32_t stream_idx);
} bj_feed_arbiter_ops_t;

/* What the way in order looks at; written here and by the arbiter only. */
typedef struct bj_feed_head {
    alignas(BJ_LINE_BYTES) uint64_t fast_seq; /* the one in order; 0: ask the arbiter */
    int64_t  newest_ns; /* exchange time of the newest live message */
    int64_t  floor_ns;  /* times up to here belong to the run before the last restart */
    uint64_t top_seq;   /* highest live one of this run */
    uint32_t heard_seq[BJ_FEED_SOURCES]; /* last one the source sent or named; 0: none this run */
    /* The feed's own, with those above: this line is at hand. */
    int64_t  heard_ns; /* last well-framed message; 0: none yet */
    bool     silent;
} bj_feed_head_t;
static_assert(sizeof(bj_feed_head_t) == BJ_LINE_BYTES, "one line");

size_t bj_feed_arbiter_footprint(const bj_feed_arbiter_config_t *config); /* 0: not allowed */
bj_feed_arbiter_t *bj_feed_arbiter_new(void *mem, const bj_feed_arbiter_config_t *config,
                                       const bj_feed_arbiter_ops_t *ops, void *ctx);

/* One a stream, BJ_FEED_STREAM_MAX of them, and one that stands for none: it is silent. */
bj_feed_head_t *bj_feed_arbiter_heads(bj_feed_arbiter_t *arbiter);

typedef enum bj_feed_glance { BJ_FEED_IN_ORDER, BJ_FEED_COPY, BJ_FEED_ASK } bj_feed_glance_t;

/* The quick look at a live message.  IN_ORDER: it is the next one and counts as applied: the caller
 * applies it.  COPY: a second copy.  ASK: bj_feed_arbiter_offer must be asked. */
static inline bj_feed_glance_t bj_feed_arbiter_glance(bj_feed_head_t *head, uint32_t source,
                                                      const bj_feed_msg_t *msg) {
    if (BJ_UNLIKELY(msg->kind == BJ_FEED_HEARTBEAT)) return BJ_FEED_ASK;
    if (msg->seq == head->fast_seq && BJ_LIKELY(msg->exch_ns >= head->newest_ns)) {
        head->fast_seq++;
        head->newest_ns = msg->exch_ns;
        head->top_seq = head->heard_seq[source] = msg->seq;
        return BJ_FEED_IN_ORDER;
    }
    if (msg->seq < head->fast_seq && msg->exch_ns <= head->newest_ns &&
        msg->exch_ns > head->floor_ns) {
        head->heard_seq[source] = msg->seq;
        return BJ_FEED_COPY;
    }
    return BJ_FEED_ASK;
}

/* stream_idx in [0, stream_cnt); source in [0, BJ_FEED_SOURCES).  False: it was a second or a late
 * copy. */
bool bj_feed_arbiter_offer(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t stream_idx,
                           const bj_feed_msg_t *msg, int64_t now_ns);
typedef enum bj_feed_recovered {
    BJ_FEED_TAKEN,
    BJ_FEED_KNOWN,   /* the live feed was quicker */
    BJ_FEED_FOREIGN, /* out of order or of another run: the answer is not to what was asked */
} bj_feed_recovered_t;
/* A message of the recovery service; kind 0: it is there, but nothing can be made of it. */
bj_feed_recovered_t bj_feed_arbiter_recovered(bj_feed_arbiter_t *arbiter, uint32_t stream_idx,
                                              const bj_feed_msg_t *msg, int64_t now_ns);
/* A snapshot up to last_seq is there.  True: it will do: forget the stream's orders and take the
 * snapshot's, then answer.  False: it is too old (or another run's): another one is needed. */
BJ_MUST_USE bool bj_feed_arbiter_snapshot(bj_feed_arbiter_t *arbiter, uint32_t stream_idx,
                                          uint32_t last_seq, int64_t now_ns);
/* After a restart a snapshot may still be the last of the run before.  False: the newest of its
 * orders, exch_ns (0: none), does not show that it is of this run. */
bool bj_feed_arbiter_same_run(const bj_feed_arbiter_t *arbiter, uint32_t stream_idx,
                              int64_t exch_ns);
/* What was wanted is there, or will not come. */
void bj_feed_arbiter_answer(bj_feed_arbiter_t *arbiter, uint32_t stream_idx, bool ok,
                            int64_t now_ns);
/* What is due by time; and the rest of what was held. */
void bj_feed_arbiter_step(bj_feed_arbiter_t *arbiter, int64_t now_ns);

uint32_t bj_feed_arbiter_held_cnt(const bj_feed_arbiter_t *arbiter);

#endif /* BJ_FEED_ARBITER_H */
