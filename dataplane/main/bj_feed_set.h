#ifndef BJ_FEED_SET_H
#define BJ_FEED_SET_H

/* bj_feed_set - the feed with all that it fills and needs but its ports: market table, candles,
 * index values, the broadcast, connections to the exchange's recovery and snapshot services.
 *
 * Keys     bj_feed_day.h: what it carries.  feed.queue_messages (64 bytes each) are held behind
 *          holes, feed.hole_messages is the longest hole that recovery is asked for, feed.retry_s
 *          the pause after both services failed.  feed.snapshot_after_switch: a stream that begins
 *          again at 1 does not send its live orders anew, so they are asked for.
 *          dataplane.feed_order_max: of all segments.
 * Memory   the feed's is asked for in huge pages and touched at start.
 * Threads  one: the feed tile's.
 * Errors   a sentence in the log; false.  bj_feed_set_close in any case. */
#include "dataplane/feed/bj_feed.h"
#include "dataplane/main/bj_feed_bcast.h"
#include "dataplane/main/bj_feed_day.h"
#include "dataplane/main/bj_feed_parts.h"
#include "dataplane/main/bj_feed_tcp.h"

/* Who listens in (bj_hw_tile.h): told of the day before the feed is made, then of each message. */
typedef struct bj_feed_tap {
    bool (*day)(void *ctx, const bj_config_t *config, const bj_feed_day_t *day);
    bj_feed_observe_fn *observe;
    void *ctx;
} bj_feed_tap_t;

typedef struct bj_feed_set {
    bj_feed_tap_t   tap; /* zeros: nobody */
    bj_feed_t      *feed; /* frames go here */
    void           *feed_mem;
    bj_market_t    *market;
    bj_feed_parts_t parts;
    bj_feed_bcast_t bcast;
    bj_feed_tcp_t   tcp;
} bj_feed_set_t;

/* Zeroed at first, but for the tap. */
bool bj_feed_set_open(bj_feed_set_t *set, const bj_config_t *config);
void bj_feed_set_close(bj_feed_set_t *set);
/* Once a turn, after its frames: work done beside them. */
uint32_t bj_feed_set_step(bj_feed_set_t *set, int64_t now_ns);

#endif /* BJ_FEED_SET_H */
