#include "dataplane/main/bj_feed_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/market/bj_index_load.h"

enum { PATH_BYTES = 512, DAY_MINUTES = 512, CANDLES_MAX = 1 << 22, INDEX_TICKS = 1 << 14 };
#define INDEX_EVERY_NS (100 * BJ_NS_PER_MS)

/* A day of an instrument that trades each minute, for all of them up to 8192. */
static uint64_t candle_cnt(uint32_t instrument_cnt) {
    uint64_t cnt = DAY_MINUTES;
    while (cnt < CANDLES_MAX && cnt < (uint64_t)instrument_cnt * DAY_MINUTES) cnt *= 2;
    return cnt;
}

static bool indices_open(bj_feed_parts_t *parts, const bj_config_t *config,
                         const bj_market_instrument_t *instruments, uint32_t instrument_cnt,
                         int64_t market_start_ns) {
    char file[PATH_BYTES], error[256] = "";
    const char *json = bj_config_str_or(config, "indices_json", "");
    bj_index_set_t set = {0};
    if (json[0] && bj_index_load(json, instruments, instrument_cnt, &set, error, sizeof error) !=
                       BJ_OK) {
        BJ_ERROR("indices_json: %s", error);
        return false;
    }
    snprintf(file, sizeof file, "%s/indices.shm", bj_config_str(config, "run_dir"));
    parts->indices = bj_indices_create(file, set.defs, set.def_cnt, instrument_cnt, INDEX_TICKS,
                                       INDEX_EVERY_NS, market_start_ns);
    if (!parts->indices) BJ_ERROR("%s cannot be made", file);
    bj_index_set_free(&set);
    return parts->indices != NULL;
}

static bool shares_find(bj_feed_parts_t *parts, uint32_t instrument_cnt) {
    parts->shares = calloc(instrument_cnt, sizeof *parts->shares);
    for (uint32_t i = 0; parts->shares && i < instrument_cnt; i++)
        if (bj_indices_has(parts->indices, i)) parts->shares[parts->share_cnt++] = i;
    return parts->shares != NULL;
}

bool bj_feed_parts_open(bj_feed_parts_t *parts, const bj_config_t *config, bj_market_t *market,
                        const bj_market_instrument_t *instruments, uint32_t instrument_cnt,
                        int64_t market_start_ns) {
    char file[PATH_BYTES];
    parts->market = market;
    snprintf(file, sizeof file, "%s/candles.shm", bj_config_str(config, "run_dir"));
    parts->candles =
        bj_candles_create(file, instrument_cnt, candle_cnt(instrument_cnt), market_start_ns);
    if (!parts->candles) BJ_ERROR("%s cannot be made", file);
    return parts->candles &&
           indices_open(parts, config, instruments, instrument_cnt, market_start_ns) &&
           shares_find(parts, instrument_cnt);
}

void bj_feed_parts_close(bj_feed_parts_t *parts) {
    bj_candles_destroy(parts->candles);
    bj_indices_destroy(parts->indices);
    free(parts->shares);
    *parts = (bj_feed_parts_t){0};
}

void bj_feed_parts_trade(void *ctx, uint32_t instrument_idx, int64_t exch_ns, int32_t price_paise,
                         int32_t qty) {
    bj_feed_parts_t *parts = (bj_feed_parts_t *)ctx;
    bj_candles_trade(parts->candles, instrument_idx, exch_ns, price_paise, qty);
    bj_indices_trade(parts->indices, instrument_idx, price_paise);
}

void bj_feed_parts_cancel(void *ctx, uint32_t instrument_idx, int64_t exch_ns,
                          int32_t price_paise, int32_t qty) {
    bj_feed_parts_t *parts = (bj_feed_parts_t *)ctx;
    bj_candles_cancel(parts->candles, instrument_idx, exch_ns, price_paise, qty);
}

static void look_at_books(bj_feed_parts_t *parts) {
    for (uint32_t i = 0; i < parts->share_cnt; i++) {
        uint32_t idx = parts->shares[i];
        bool stale = bj_market_begin(parts->market, idx)->flags & BJ_MARKET_STALE;
        bj_indices_stale(parts->indices, idx, stale);
    }
}

void bj_feed_parts_step(bj_feed_parts_t *parts, int64_t now_ns) {
    if (now_ns - parts->looked_ns >= INDEX_EVERY_NS) {
        parts->looked_ns = now_ns;
        look_at_books(parts);
    }
    (void)bj_candles_step(parts->candles, now_ns);
    (void)bj_indices_step(parts->indices, now_ns);
}

/* The writer's own words, read by the writer.  Lost: a trade whose minute was no longer there, a
 * cancel without its trade. */
void bj_feed_parts_figures(const bj_feed_parts_t *parts, bj_feed_parts_figures_t *figures) {
    const bj_candle_header_t *candles = parts->candles->header;
    const bj_candle_counters_t *counters = &candles->counters;
    *figures = (bj_feed_parts_figures_t){
        .candles_closed = candles->last_seq,
        .candles_late = counters->late,
        .candles_cancels = counters->cancels,
        .candles_lost = counters->late_lost + counters->cancels_unmatched,
        .index_values = parts->indices->header->last_seq};
}
