#include "dataplane/main/bj_feed_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { TICK_RING_DEPTH = 1 << 16, PATH_BYTES = 512, HUGE_BYTES = 1 << 21 };

static bool market_make(bj_feed_set_t *set, const bj_config_t *config, const bj_feed_day_t *day) {
    char file[PATH_BYTES];
    int64_t start_ns = bj_clock_wall_ns();
    snprintf(file, sizeof file, "%s/market.shm", bj_config_str(config, "run_dir"));
    set->market =
        bj_market_create(file, day->market, day->row_cnt, TICK_RING_DEPTH, start_ns);
    if (!set->market) BJ_ERROR("%s cannot be made", file);
    return set->market &&
           bj_feed_parts_open(&set->parts, config, set->market, day->market, day->row_cnt,
                              start_ns) &&
           bj_feed_bcast_open(&set->bcast, day, set->market, &set->parts);
}

static bj_feed_config_t config_of(bj_feed_set_t *set, const bj_config_t *config,
                                  const bj_feed_day_t *day) {
    bj_feed_config_t feed = {
        .streams = day->streams,
        .stream_cnt = day->stream_cnt,
        .instruments = day->feed,
        .instrument_cnt = day->row_cnt,
        .order_max = (uint32_t)bj_config_int(config, "dataplane.feed_order_max", 1, 1 << 26),
        .gap_wait_ns = bj_config_int(config, "feed.gap_wait_us", 1, 1000000) * BJ_NS_PER_US,
        .market = set->market,
        .on_trade = bj_feed_parts_trade,
        .on_trade_cancel = bj_feed_parts_cancel,
        .on_trade_ctx = &set->parts,
        .observe = set->tap.observe,
        .observe_ctx = set->tap.ctx,
        .on_aside = bj_feed_bcast_take,
        .on_aside_ctx = &set->bcast,
        .queue_max =
            (uint32_t)bj_config_int_or(config, "feed.queue_messages", 1, 1 << 22, 1 << 18),
        .hole_max = (uint32_t)bj_config_int_or(config, "feed.hole_messages", 1, 1 << 22,
                                               BJ_MTBT_RECOVERY_MAX),
        .retry_ns = bj_config_int_or(config, "feed.retry_s", 1, 3600, 30) * BJ_NS_PER_S,
        .snapshot_restart = bj_config_bool_or(config, "feed.snapshot_after_switch", false),
        .connections = &bj_feed_tcp_ops,
        .connections_ctx = &set->tcp};
    for (unsigned segment = 1; segment <= BJ_SEGMENT_CNT; segment++) {
        for (unsigned service = 0; service < BJ_FEED_SERVICES; service++)
            feed.services[segment][service] = day->service[segment][service].port != 0;
    }
    return feed;
}

static bool feed_make(bj_feed_set_t *set, const bj_config_t *config, const bj_feed_day_t *day) {
    bj_feed_aside_t asides[BJ_FEED_BROADCAST_MAX];
    bj_feed_config_t feed = config_of(set, config, day);
    for (uint32_t i = 0; i < day->broadcast_cnt; i++) asides[i] = day->broadcast[i].groups;
    feed.asides = asides;
    feed.aside_cnt = day->broadcast_cnt;
    size_t bytes = bj_feed_footprint(&feed);
    bytes = (bytes + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES;
    if (bytes) set->feed_mem = aligned_alloc(HUGE_BYTES, bytes);
    if (set->feed_mem) {
        madvise(set->feed_mem, bytes, MADV_HUGEPAGE); /* refused: ordinary pages, slower */
        memset(set->feed_mem, 0, bytes);              /* no page fault while messages come */
        set->feed = bj_feed_new(set->feed_mem, &feed);
    }
    if (!set->feed) {
        BJ_ERROR("feed: more streams, instruments, orders or held messages than are possible "
                 "here, or two segments, broadcasts or instruments with one group and port or "
                 "one token");
        return false;
    }
    memcpy(set->tcp.address, day->service, sizeof set->tcp.address);
    set->tcp.recovery = bj_feed_recovery(set->feed);
    return true;
}

bool bj_feed_set_open(bj_feed_set_t *set, const bj_config_t *config) {
    bj_feed_day_t day = {0};
    bool ok = bj_feed_day_read(&day, config) &&
              (!set->tap.day || set->tap.day(set->tap.ctx, config, &day)) &&
              market_make(set, config, &day) && feed_make(set, config, &day);
    if (ok) BJ_INFO("feed: %u instruments on %u streams", day.row_cnt, day.stream_cnt);
    bj_feed_day_free(&day);
    return ok;
}

void bj_feed_set_close(bj_feed_set_t *set) {
    bj_feed_bcast_close(&set->bcast);
    bj_feed_parts_close(&set->parts);
    bj_feed_tcp_end(&set->tcp);
    if (set->market) bj_market_destroy(set->market);
    free(set->feed_mem);
    set->feed = NULL, set->feed_mem = NULL, set->market = NULL;
}

uint32_t bj_feed_set_step(bj_feed_set_t *set, int64_t now_ns) {
    bj_feed_step(set->feed, now_ns);
    bj_feed_bcast_step(&set->bcast, now_ns);
    bj_feed_parts_step(&set->parts, now_ns);
    return bj_feed_tcp_step(&set->tcp, now_ns);
}
