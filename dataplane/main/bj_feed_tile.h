#ifndef BJ_FEED_TILE_H
#define BJ_FEED_TILE_H

/* bj_feed_tile - the feed on its two ports, with the market table it fills, and its connections to
 * the exchange's recovery and snapshot services.
 *
 * Keys     feed.recovery_host and _port, feed.snapshot_host and _port: numeric IPv4; no port: that
 *          service is not used.  feed.queue_messages (64 bytes each) are held behind holes,
 *          feed.hole_messages is the longest hole that recovery is asked for,
 *          feed.retry_s the pause after both services failed.  feed.snapshot_after_switch: a
 *          stream that begins again at 1 does not send its live orders anew, so they are asked for.
 */
#include "dataplane/base/bj_config.h"
#include "dataplane/feed/bj_feed.h"
#include "dataplane/gateway/bj_nic.h"
#include "dataplane/main/bj_feed_parts.h"
#include "dataplane/main/bj_feed_tcp.h"
#include "dataplane/market/bj_market.h"
#include "dataplane/tile/bj_tile.h"

enum { BJ_FEED_PORTS = 2 }; /* source A, source B */

typedef struct bj_feed_tile_counters {
    bj_feed_counters_t feed;
    uint64_t frame_ns; /* wall clock of the last frame; 0: none yet */
} bj_feed_tile_counters_t;

typedef struct bj_feed_tile {
    bj_feed_t   *feed;
    void        *feed_mem;
    bj_market_t *market;
    bj_feed_parts_t parts;
    bj_nic_t    *nics[BJ_FEED_PORTS];
    bj_feed_tcp_t tcp; /* to the exchange's recovery and snapshot services */
    const char  *driver;
    bj_now_t     now; /* of the step we are in, for the frame callbacks */
    uint64_t     frame_ns;
    bj_feed_counters_t told; /* as the log has it */
    int64_t      tell_ns;    /* when the log may be told again */
    bj_metrics_t metrics;
} bj_feed_tile_t;

/* From feed.*, universe_csv, indices_json and run_dir; DPDK must have been started. */
bool bj_feed_tile_open(bj_feed_tile_t *tile, const bj_config_t *config);
void bj_feed_tile_close(bj_feed_tile_t *tile);
uint32_t bj_feed_tile_step(void *tile, bj_now_t now);
void bj_feed_tile_housekeep(void *tile, bj_now_t now);
/* From any thread: a frame came within the last three seconds. */
bool bj_feed_tile_fresh(const bj_feed_tile_t *tile, int64_t wall_ns);

#endif /* BJ_FEED_TILE_H */
