#include "dataplane/main/bj_feed_tile.h"

#include <inttypes.h>
#include "dataplane/base/bj_log.h"

static const int64_t fresh_max_ns = 3 * BJ_NS_PER_S;

bool bj_feed_tile_ports(bj_feed_tile_t *tile, const bj_config_t *config) {
    static const char *const names[BJ_FEED_PORTS] = {"feed_a", "feed_b"};
    static const char *const iface_keys[BJ_FEED_PORTS] = {"feed.iface_a", "feed.iface_b"};
    tile->driver = bj_config_str(config, "feed.driver");
    for (unsigned i = 0; i < BJ_FEED_PORTS; i++) {
        bj_nic_config_t nic = {.driver = tile->driver,
                               .iface = bj_config_str_or(config, iface_keys[i], ""),
                               .memif_socket = bj_config_str_or(config, "feed.memif_socket", ""),
                               .memif_id = i};
        if (!(tile->nics[i] = bj_nic_open(names[i], &nic))) return false;
    }
    tile->driver = bj_nic_driver(tile->nics[0]);
    BJ_INFO("feed: two sources over %s", tile->driver);
    return true;
}

bool bj_feed_tile_open(bj_feed_tile_t *tile, const bj_config_t *config, bj_hw_tile_t *card) {
    tile->card = card->on ? card : NULL;
    if (tile->card) tile->set.tap = (bj_feed_tap_t){bj_hw_tile_day, bj_hw_tile_observe, card};
    bool ok = bj_feed_set_open(&tile->set, config);
    for (unsigned i = 0; i < BJ_FEED_PORTS; i++) bj_nic_drain(tile->nics[i]);
    return ok;
}

void bj_feed_tile_close(bj_feed_tile_t *tile) {
    for (unsigned i = 0; i < BJ_FEED_PORTS; i++)
        bj_nic_close(tile->nics[i]);
    bj_feed_set_close(&tile->set);
}

static void take(bj_feed_tile_t *tile, uint32_t source, const bj_nic_frame_t *frames,
                 uint32_t cnt) {
    bj_feed_packet_t packets[BJ_NIC_BURST];
    for (uint32_t i = 0; tile->card && i < cnt; i++)
        bj_hw_tile_frame(tile->card, frames[i].data, frames[i].data_bytes);
    for (uint32_t i = 0; i < cnt; i++)
        packets[i] = (bj_feed_packet_t){frames[i].data, frames[i].data_bytes};
    bj_feed_frames(tile->set.feed, source, packets, cnt, tile->feed_ns);
}
static void take_a(void *tile, const bj_nic_frame_t *frames, uint32_t cnt) {
    take(tile, 0, frames, cnt);
}
static void take_b(void *tile, const bj_nic_frame_t *frames, uint32_t cnt) {
    take(tile, 1, frames, cnt);
}

/* The wall's clock, but that it never goes back, and goes on where that one was set back: the feed
 * measures its waits on it. */
static void set_time(bj_feed_tile_t *tile, bj_now_t now) {
    int64_t on_ns = tile->feed_ns + (now.mono_ns - tile->mono_ns);
    tile->feed_ns = on_ns > now.wall_ns ? on_ns : now.wall_ns;
    tile->mono_ns = now.mono_ns;
}

uint32_t bj_feed_tile_step(void *ctx, bj_now_t now) {
    bj_feed_tile_t *tile = (bj_feed_tile_t *)ctx;
    set_time(tile, now);
    uint32_t done = bj_nic_poll_burst(tile->nics[0], take_a, tile) +
                    bj_nic_poll_burst(tile->nics[1], take_b, tile);
    if (done) tile->frame_ns = (uint64_t)now.wall_ns;
    if (tile->card) bj_hw_tile_rows(tile->card, tile->set.feed);
    return done + bj_feed_set_step(&tile->set, tile->feed_ns);
}

/* Holes and what became of them, a line a second at most. */
static void tell(bj_feed_tile_t *tile, bj_now_t now) {
    const bj_feed_counters_t *counters = bj_feed_counters(tile->set.feed);
    bj_feed_counters_t *told = &tile->told;
    if (now.mono_ns < tile->tell_ns) return;
    tile->tell_ns = now.mono_ns + BJ_NS_PER_S;
    if (counters->recoveries != told->recoveries || counters->snapshots != told->snapshots)
        BJ_INFO("feed: %" PRIu64 " holes recovered, %" PRIu64 " snapshots taken",
                counters->recoveries - told->recoveries, counters->snapshots - told->snapshots);
    if (counters->gaps != told->gaps || counters->recovery_failures != told->recovery_failures)
        BJ_WARN("feed: %" PRIu64 " holes given up, %" PRIu64 " messages; %" PRIu64
                " recoveries or snapshots did not come",
                counters->gaps - told->gaps, counters->gap_messages - told->gap_messages,
                counters->recovery_failures - told->recovery_failures);
    if (counters->resets != told->resets)
        BJ_INFO("feed: %" PRIu64 " streams began again", counters->resets - told->resets);
    *told = *counters;
}

void bj_feed_tile_housekeep(void *ctx, bj_now_t now) {
    bj_feed_tile_t *tile = (bj_feed_tile_t *)ctx;
    for (unsigned i = 0; i < BJ_FEED_PORTS; i++) bj_nic_tend(tile->nics[i], now.mono_ns);
    bj_feed_tile_counters_t counters = {.feed = *bj_feed_counters(tile->set.feed),
                                        .frame_ns = tile->frame_ns};
    bj_feed_parts_figures(&tile->set.parts, &counters.parts);
    bj_feed_bcast_counters(&tile->set.bcast, &counters.bcast);
    bj_metrics_publish(&tile->metrics, &counters, sizeof counters, now);
    tell(tile, now);
}

bool bj_feed_tile_fresh(const bj_feed_tile_t *tile, int64_t wall_ns) {
    bj_feed_tile_counters_t counters;
    bj_metrics_read(&tile->metrics, &counters, sizeof counters);
    return counters.frame_ns && wall_ns - (int64_t)counters.frame_ns < fresh_max_ns;
}
