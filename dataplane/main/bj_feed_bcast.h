#ifndef BJ_FEED_BCAST_H
#define BJ_FEED_BCAST_H

/* bj_feed_bcast - the broadcast beside the feed: rows, candles and index values of what has no
 * tick-by-tick.
 *
 * Shape      one broadcast a segment, from both sources; rows: those of the day without a stream.
 * Copies     a datagram that is, byte by byte, one of the last BJ_FEED_BCAST_SEEN of its segment is
 *            the other source's and is counted.  Told by length and CRC: what else looks like it is
 *            lost for a second, once in some 10^8.
 * Stale      no datagram of a segment that could be read for 5 s: its rows and indices are stale,
 *            each until its next record (docs/refdata.md).
 * Threads    one: the feed tile's.
 * Errors     a sentence in the log; false.  bj_feed_bcast_close in any case.
 * Cost       bench_bj_bcast, and a CRC a datagram.  A step: one compare a segment. */
#include "dataplane/bcast/bj_bcast_apply.h"
#include "dataplane/main/bj_feed_day.h"
#include "dataplane/main/bj_feed_parts.h"

enum { BJ_FEED_BCAST_SEEN = 64 };

/* Beside those of bj_bcast.h.  X(field, text) */
#define BJ_FEED_BCAST_COUNTER_LIST(X)                                     \
    X(copies, "broadcast datagrams that the other source had brought")    \
    X(index_values, "values of indices taken from the broadcast")         \
    X(index_others, "index records that are late or of no index of ours") \
    X(silences, "times that a segment's broadcast fell silent")

typedef struct bj_feed_bcast_counters {
    bj_bcast_t                decoded;
    bj_bcast_apply_counters_t applied;
#define X(field, text) uint64_t field;
    BJ_FEED_BCAST_COUNTER_LIST(X)
#undef X
} bj_feed_bcast_counters_t;

typedef struct bj_feed_bcast_segment {
    bj_segment_t segment;
    int64_t  heard_ns; /* 0: not yet */
    bool     silent;
    uint32_t seen_at;
    uint64_t seen[BJ_FEED_BCAST_SEEN];
} bj_feed_bcast_segment_t;

typedef struct bj_feed_bcast {
    bj_bcast_apply_t *apply;
    bj_feed_parts_t  *parts;
    uint32_t segment_cnt;
    bj_feed_bcast_segment_t  segment[BJ_FEED_BROADCAST_MAX];
    bj_feed_bcast_counters_t counters;
} bj_feed_bcast_t;

bool bj_feed_bcast_open(bj_feed_bcast_t *bcast, const bj_feed_day_t *day, bj_market_t *market,
                        bj_feed_parts_t *parts); /* zeroed at first */
void bj_feed_bcast_close(bj_feed_bcast_t *bcast);
/* For bj_feed_config.on_aside: aside i is the day's broadcast i. */
void bj_feed_bcast_take(void *bcast, uint32_t source, uint32_t aside_idx, const uint8_t *data,
                        size_t data_bytes, int64_t now_ns);
void bj_feed_bcast_step(bj_feed_bcast_t *bcast, int64_t now_ns);
void bj_feed_bcast_counters(const bj_feed_bcast_t *bcast, bj_feed_bcast_counters_t *counters);

#endif /* BJ_FEED_BCAST_H */
