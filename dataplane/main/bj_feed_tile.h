#ifndef BJ_FEED_TILE_H
#define BJ_FEED_TILE_H

/* bj_feed_tile - the feed on its two ports.
 *
 * Keys     feed.driver, feed.iface_a and _b, feed.memif_socket; and those of bj_feed_set.h.
 * Cost     a burst of each port a turn, handed in as one. */
#include "dataplane/gateway/bj_nic.h"
#include "dataplane/main/bj_feed_set.h"
#include "dataplane/main/bj_hw_tile.h"
#include "dataplane/tile/bj_tile.h"

enum { BJ_FEED_PORTS = 2 }; /* source A, source B */

typedef struct bj_feed_tile_counters {
    bj_feed_counters_t feed;
    bj_feed_parts_figures_t parts;
    bj_feed_bcast_counters_t bcast;
    uint64_t frame_ns; /* wall clock of the last frame; 0: none yet */
} bj_feed_tile_counters_t;

typedef struct bj_feed_tile {
    bj_feed_set_t set;
    bj_hw_tile_t *card; /* NULL: the books are our own alone */
    bj_nic_t    *nics[BJ_FEED_PORTS];
    const char  *driver;
    int64_t      feed_ns, mono_ns; /* of the step we are in: the feed's clock, the monotonic one */
    uint64_t     frame_ns;
    bj_feed_counters_t told; /* as the log has it */
    int64_t      tell_ns;    /* when the log may be told again */
    bj_metrics_t metrics;
} bj_feed_tile_t;

/* DPDK must have been started; first of all. */
BJ_MUST_USE bool bj_feed_tile_ports(bj_feed_tile_t *tile, const bj_config_t *config);
/* What came to the ports until now is not looked at.  card: opened; with backend `software` it is
 * left alone. */
bool bj_feed_tile_open(bj_feed_tile_t *tile, const bj_config_t *config, bj_hw_tile_t *card);
void bj_feed_tile_close(bj_feed_tile_t *tile);
uint32_t bj_feed_tile_step(void *tile, bj_now_t now);
void bj_feed_tile_housekeep(void *tile, bj_now_t now);
/* From any thread: a frame came within the last three seconds. */
bool bj_feed_tile_fresh(const bj_feed_tile_t *tile, int64_t wall_ns);

#endif /* BJ_FEED_TILE_H */
