#ifndef BJ_FEEDREPLAY_H
#define BJ_FEEDREPLAY_H

/* bj_feedreplay - captures through the feed, and what came of it.
 *
 * Run        frames in order of time through bj_feed_unwrap and bj_feed_arrivals, a bj_feed_step
 *            each BJ_FEEDREPLAY_BURST frames and before any frame that comes a gap wait or more
 *            after the last step: so a hole is given up at the same frame however large the
 *            bursts are.
 * Time       the capture's.  At the end it is moved on until nothing is held or waited for.
 * Memory     all of it is there and touched before the clock runs.
 * Digests    docs/feed-replay.md. */
#include "dataplane/feedreplay/bj_feedscan.h"
#include "dataplane/market/bj_market.h"

enum { BJ_FEEDREPLAY_BURST = 64 };

typedef struct bj_feedreplay_options {
    int64_t gap_wait_ns;
    uint32_t order_max; /* 0: as many as the scan found */
    bool pace;          /* as recorded, not as fast as it goes */
    bj_feed_observe_fn *observe;
    void *observe_ctx;
} bj_feedreplay_options_t;

typedef struct bj_feedreplay {
    bj_feed_counters_t counters;
    uint64_t cpu_ns, elapsed_ns; /* of the run */
    uint64_t bbo_digest, depth_digest;
    bj_market_reader_t *reader; /* rows as readers see them, in the order of scan->instruments */
    bj_market_t *market;
} bj_feedreplay_t;

/* False: error says which shape was not allowed, or that there is no memory. */
BJ_MUST_USE bool bj_feedreplay_run(bj_feedreplay_t *replay, const bj_feedscan_t *scan,
                                   const bj_capture_t *capture,
                                   const bj_feedreplay_options_t *options,
                                   char error[BJ_CAPTURE_TEXT_BYTES]);
void bj_feedreplay_close(bj_feedreplay_t *replay);

#endif /* BJ_FEEDREPLAY_H */
