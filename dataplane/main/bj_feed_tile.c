#include "dataplane/main/bj_feed_tile.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_universe.h"

enum { UNIVERSE_MAX = 4096, TICK_RING_DEPTH = 1 << 16, PATH_BYTES = 512 };
static const int64_t fresh_max_ns = 3 * BJ_NS_PER_S;

typedef struct universe {
    bj_universe_row_t *rows;
    bj_feed_instrument_t *feed;
    bj_market_instrument_t *market;
    size_t cnt;
} universe_t;

static void universe_free(universe_t *universe) {
    free(universe->rows), free(universe->feed), free(universe->market);
}

static bool universe_load(universe_t *universe, const char *file) {
    char error[1024] = "";
    universe->rows = calloc(UNIVERSE_MAX, sizeof *universe->rows);
    universe->feed = calloc(UNIVERSE_MAX, sizeof *universe->feed);
    universe->market = calloc(UNIVERSE_MAX, sizeof *universe->market);
    if (!universe->rows || !universe->feed || !universe->market) return false;
    bj_status_t status =
        bj_universe_load(file, universe->rows, UNIVERSE_MAX, &universe->cnt, error, sizeof error);
    if (status != BJ_OK) BJ_ERROR("universe_csv %s: %s %s", file, bj_status_text(status), error);
    for (size_t i = 0; i < universe->cnt; i++) {
        const bj_universe_row_t *row = &universe->rows[i];
        bj_market_instrument_t *market = &universe->market[i];
        universe->feed[i] = (bj_feed_instrument_t){.token = row->token,
                                                   .stream_idx = (uint16_t)(row->stream - 1)};
        *market = (bj_market_instrument_t){.token = row->token,
                                           .tick_paise = row->tick_paise,
                                           .lot_qty = row->lot_qty,
                                           .prev_close_paise = row->prev_close_paise,
                                           .band_lo_paise = row->band_lo_paise,
                                           .band_hi_paise = row->band_hi_paise};
        memcpy(market->symbol, row->symbol, sizeof row->symbol);
    }
    return status == BJ_OK;
}

/* Stream s of the source goes to the group's address + s - 1, on the port + s - 1. */
static bool source_read(const bj_config_t *config, unsigned source, bj_segment_t segment,
                        bj_feed_stream_t *streams, uint32_t stream_cnt) {
    static const char *const group_keys[] = {"feed.group_a", "feed.group_b"};
    static const char *const port_keys[] = {"feed.port_a", "feed.port_b"};
    struct in_addr group;
    const char *text = bj_config_str(config, group_keys[source]);
    int64_t port = bj_config_int(config, port_keys[source], 1, UINT16_MAX - BJ_FEED_STREAM_MAX);
    if (inet_pton(AF_INET, text, &group) != 1 || !IN_MULTICAST(ntohl(group.s_addr))) {
        BJ_ERROR("%s: %s is not a multicast group", group_keys[source], text);
        return false;
    }
    for (uint32_t i = 0; i < stream_cnt; i++) {
        streams[i].segment = segment;
        streams[i].stream_id = (uint16_t)(i + 1);
        streams[i].source[source] =
            (bj_feed_group_t){ntohl(group.s_addr) + i, (uint16_t)(port + i)};
    }
    return true;
}

/* The feed is one segment's. */
static bool segment_read(const bj_config_t *config, bj_segment_t *segment) {
    static const char *const names[] = {
        [BJ_SEGMENT_CM] = "CM", [BJ_SEGMENT_FO] = "FO", [BJ_SEGMENT_CD] = "CD",
        [BJ_SEGMENT_CO] = "CO"};
    const char *text = bj_config_str_or(config, "feed.segment", "CM");
    for (*segment = BJ_SEGMENT_CM; *segment <= BJ_SEGMENT_CNT; ++*segment) {
        if (strcmp(text, names[*segment]) == 0) return true;
    }
    BJ_ERROR("feed.segment: %s is not CM, FO, CD or CO", text);
    return false;
}

static bool service_read(bj_feed_tile_t *tile, const bj_config_t *config, bj_feed_config_t *feed,
                         bj_segment_t segment, bj_feed_service_t service) {
    static const char *const host_keys[] = {"feed.recovery_host", "feed.snapshot_host"};
    static const char *const port_keys[] = {"feed.recovery_port", "feed.snapshot_port"};
    struct in_addr host;
    int64_t port = bj_config_int_or(config, port_keys[service], 0, UINT16_MAX, 0);
    if (!port) return true;
    const char *text = bj_config_str(config, host_keys[service]);
    if (inet_pton(AF_INET, text, &host) != 1) {
        BJ_ERROR("%s: %s is not a numeric IPv4 address", host_keys[service], text);
        return false;
    }
    tile->tcp.address[segment][service] =
        (bj_feed_tcp_address_t){ntohl(host.s_addr), (uint16_t)port};
    feed->services[segment][service] = true;
    return true;
}

static bool recovery_read(bj_feed_tile_t *tile, const bj_config_t *config, bj_feed_config_t *feed,
                          bj_segment_t segment) {
    feed->queue_max =
        (uint32_t)bj_config_int_or(config, "feed.queue_messages", 1, 1 << 22, 1 << 18);
    feed->hole_max =
        (uint32_t)bj_config_int_or(config, "feed.hole_messages", 1, 1 << 22, BJ_MTBT_RECOVERY_MAX);
    feed->retry_ns = bj_config_int_or(config, "feed.retry_s", 1, 3600, 30) * BJ_NS_PER_S;
    feed->snapshot_restart = bj_config_bool_or(config, "feed.snapshot_after_switch", false);
    feed->connections = &bj_feed_tcp_ops;
    feed->connections_ctx = &tile->tcp;
    return service_read(tile, config, feed, segment, BJ_FEED_SERVICE_RECOVERY) &&
           service_read(tile, config, feed, segment, BJ_FEED_SERVICE_SNAPSHOT);
}

static bool feed_make(bj_feed_tile_t *tile, const bj_config_t *config, const universe_t *universe) {
    bj_feed_stream_t streams[BJ_FEED_STREAM_MAX];
    bj_segment_t segment;
    bj_feed_config_t feed = {
        .streams = streams,
        .instruments = universe->feed,
        .instrument_cnt = (uint32_t)universe->cnt,
        .stream_cnt = (uint32_t)bj_config_int(config, "feed.stream_cnt", 1, BJ_UNIVERSE_STREAM_MAX),
        .order_max = (uint32_t)bj_config_int(config, "dataplane.feed_order_max", 1, 1 << 26),
        .gap_wait_ns = bj_config_int(config, "feed.gap_wait_us", 1, 1000000) * BJ_NS_PER_US,
        .market = tile->market};
    if (!segment_read(config, &segment)) return false;
    for (unsigned i = 0; i < BJ_FEED_SOURCES; i++) {
        if (!source_read(config, i, segment, streams, feed.stream_cnt)) return false;
    }
    if (!recovery_read(tile, config, &feed, segment)) return false;
    size_t bytes = bj_feed_footprint(&feed);
    if (bytes) tile->feed_mem = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (tile->feed_mem) tile->feed = bj_feed_new(tile->feed_mem, &feed);
    if (!tile->feed) {
        BJ_ERROR("feed: more streams, instruments, orders or held messages than are possible here");
        return false;
    }
    tile->tcp.recovery = bj_feed_recovery(tile->feed);
    return true;
}

static bool market_make(bj_feed_tile_t *tile, const bj_config_t *config) {
    char file[PATH_BYTES];
    universe_t universe = {0};
    snprintf(file, sizeof file, "%s/market.shm", bj_config_str(config, "run_dir"));
    bool ok = universe_load(&universe, bj_config_str(config, "universe_csv"));
    if (ok) {
        int64_t start_ns = bj_clock_wall_ns();
        tile->market = bj_market_create(file, universe.market, (uint32_t)universe.cnt,
                                        TICK_RING_DEPTH, start_ns);
        if (!tile->market) BJ_ERROR("%s cannot be made", file);
        ok = tile->market &&
             bj_feed_parts_open(&tile->parts, config, tile->market, universe.market,
                                (uint32_t)universe.cnt, start_ns) &&
             feed_make(tile, config, &universe);
    }
    universe_free(&universe);
    return ok;
}

static bool ports_open(bj_feed_tile_t *tile, const bj_config_t *config) {
    static const char *const names[BJ_FEED_PORTS] = {"feed_a", "feed_b"};
    static const char *const iface_keys[BJ_FEED_PORTS] = {"feed.iface_a", "feed.iface_b"};
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

bool bj_feed_tile_open(bj_feed_tile_t *tile, const bj_config_t *config) {
    tile->driver = bj_config_str(config, "feed.driver");
    return market_make(tile, config) && ports_open(tile, config);
}

void bj_feed_tile_close(bj_feed_tile_t *tile) {
    for (unsigned i = 0; i < BJ_FEED_PORTS; i++)
        bj_nic_close(tile->nics[i]);
    bj_feed_parts_close(&tile->parts);
    bj_feed_tcp_end(&tile->tcp);
    if (tile->market) bj_market_destroy(tile->market);
    free(tile->feed_mem);
}

static void take_a(void *ctx, const uint8_t *frame, size_t frame_bytes) {
    bj_feed_tile_t *tile = (bj_feed_tile_t *)ctx;
    bj_feed_frame(tile->feed, 0, frame, frame_bytes, tile->now.wall_ns);
}
static void take_b(void *ctx, const uint8_t *frame, size_t frame_bytes) {
    bj_feed_tile_t *tile = (bj_feed_tile_t *)ctx;
    bj_feed_frame(tile->feed, 1, frame, frame_bytes, tile->now.wall_ns);
}

uint32_t bj_feed_tile_step(void *ctx, bj_now_t now) {
    bj_feed_tile_t *tile = (bj_feed_tile_t *)ctx;
    tile->now = now;
    uint32_t done =
        bj_nic_poll(tile->nics[0], take_a, tile) + bj_nic_poll(tile->nics[1], take_b, tile);
    if (done) tile->frame_ns = (uint64_t)now.wall_ns;
    bj_feed_step(tile->feed, now.wall_ns);
    bj_feed_parts_step(&tile->parts, now.wall_ns);
    return done + bj_feed_tcp_step(&tile->tcp, now.wall_ns);
}

/* Holes and what became of them, a line a second at most. */
static void tell(bj_feed_tile_t *tile, bj_now_t now) {
    const bj_feed_counters_t *counters = bj_feed_counters(tile->feed);
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
    bj_feed_tile_counters_t counters = {*bj_feed_counters(tile->feed), tile->frame_ns};
    bj_metrics_publish(&tile->metrics, &counters, sizeof counters, now);
    tell(tile, now);
}

bool bj_feed_tile_fresh(const bj_feed_tile_t *tile, int64_t wall_ns) {
    bj_feed_tile_counters_t counters;
    bj_metrics_read(&tile->metrics, &counters, sizeof counters);
    return counters.frame_ns && wall_ns - (int64_t)counters.frame_ns < fresh_max_ns;
}
