#ifndef BJ_FEED_PRIV_H
#define BJ_FEED_PRIV_H

/* What the files of bj_feed share: bj_feed.c (its parts, and what they tell each other) and
 * bj_feed_receive.c (what comes in). */
#include "dataplane/feed/bj_feed.h"
#include "dataplane/feed/bj_feed_arbiter.h"
#include "dataplane/feed/bj_feed_books.h"

enum {
    GROUP_SLOTS = 4 * BJ_FEED_STREAM_MAX,
    ASIDE_AT = BJ_FEED_STREAM_MAX, /* a group's stream_idx from here on: an aside's */
};

typedef struct stream {
    bj_feed_stream_t is;
    int64_t snapshot_ns; /* exchange time of the newest order of the snapshot that comes in */
    bool    part;     /* the arbiter: something is missing */
    bool    no_room;  /* the books lack an order */
} stream_t;

typedef struct group { /* ip 0: an empty slot */
    uint32_t ip;
    uint16_t port, stream_idx;
} group_t;

struct bj_feed {
    bj_feed_config_t   config;
    bj_feed_counters_t counters;
    bj_feed_arbiter_t *arbiter;
    bj_feed_head_t    *heads; /* the arbiter's */
    bj_feed_books_t   *books;
    bj_feed_recovery_t *recovery; /* NULL: no segment has a service */
    int64_t  now_ns, feed_ns, beat_ns;
    uint8_t  by_id[BJ_SEGMENT_CNT + 1][BJ_FEED_STREAM_MAX + 1]; /* stream_idx, or STREAM_MAX */
    group_t  group[BJ_FEED_SOURCES][GROUP_SLOTS];
    stream_t stream[BJ_FEED_STREAM_MAX];
    uint32_t batch_cnt; /* what recovery brings between calls waits for the next */
    bj_feed_item_t batch[BJ_FEED_BATCH];
};

static inline uint32_t bj_feed_group_slot(uint32_t ip, uint16_t port) {
    return ((ip ^ port) * UINT32_C(0x9e3779b1) >> 16) % GROUP_SLOTS;
}

/* What waits goes into the books: before anything is said about a stream, and before the caller has
 * the feed back. */
void bj_feed_settle(bj_feed_t *feed);
/* What is wrong with a stream, from now on; its rows are told if that changes what they say. */
void bj_feed_set_stale(bj_feed_t *feed, uint32_t stream_idx, bool part, bool no_room, bool silent);

/* --- the batch: messages wait in it, and each is decoded where it will wait */
static inline bj_feed_msg_t *bj_feed_next_msg(bj_feed_t *feed) {
    return &feed->batch[feed->batch_cnt].msg;
}

static inline void bj_feed_observe(bj_feed_t *feed, const bj_feed_item_t *item) {
    feed->config.observe(feed->config.observe_ctx, &feed->stream[item->stream_idx].is, &item->msg);
}

/* What lies in next_msg is one more. */
static inline void bj_feed_take_next(bj_feed_t *feed, uint32_t stream_idx) {
    bj_feed_item_t *item = &feed->batch[feed->batch_cnt];
    item->stream_idx = stream_idx;
    if (BJ_UNLIKELY(feed->config.observe != NULL)) bj_feed_observe(feed, item);
    if (++feed->batch_cnt == BJ_FEED_BATCH) bj_feed_settle(feed);
}

#endif /* BJ_FEED_PRIV_H */
