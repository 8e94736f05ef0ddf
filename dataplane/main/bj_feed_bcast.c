#include "dataplane/main/bj_feed_bcast.h"

#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

#define SILENT_NS (5 * BJ_NS_PER_S)

/* --- out of the records */
static void on_trade(void *ctx, uint32_t instrument_idx, int64_t exch_ns, int32_t price_paise,
                     int32_t qty) {
    bj_feed_parts_trade(((bj_feed_bcast_t *)ctx)->parts, instrument_idx, exch_ns, price_paise, qty);
}

static void on_index(void *ctx, const bj_bcast_index_t *index) {
    bj_feed_bcast_t *bcast = (bj_feed_bcast_t *)ctx;
    bj_index_outside_t value = {.exch_ns = index->exch_ns,
                                .value_x100 = index->value_x100,
                                .open_x100 = index->open_x100,
                                .high_x100 = index->high_x100,
                                .low_x100 = index->low_x100,
                                .prev_close_x100 = index->prev_close_x100,
                                .segment = index->segment};
    memcpy(value.name, index->name, sizeof index->name);
    if (bj_indices_outside(bcast->parts->indices, &value)) bcast->counters.index_values++;
    else bcast->counters.index_others++;
}

/* --- made */
static uint32_t rows_find(const bj_feed_day_t *day, bj_bcast_instrument_t *rows) {
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < day->row_cnt; i++) {
        if (day->feed[i].stream_idx != BJ_FEED_NO_STREAM) continue;
        rows[cnt++] = (bj_bcast_instrument_t){.token = day->market[i].token,
                                              .instrument_idx = i,
                                              .segment = day->market[i].segment};
    }
    return cnt;
}

bool bj_feed_bcast_open(bj_feed_bcast_t *bcast, const bj_feed_day_t *day, bj_market_t *market,
                        bj_feed_parts_t *parts) {
    bj_bcast_instrument_t *rows = calloc(day->row_cnt + 1, sizeof *rows);
    bcast->parts = parts;
    for (uint32_t i = 0; i < day->broadcast_cnt; i++)
        bcast->segment[bcast->segment_cnt++].segment = day->broadcast[i].segment;
    bj_bcast_apply_config_t config = {.instruments = rows,
                                      .instrument_cnt = rows ? rows_find(day, rows) : 0,
                                      .market = market,
                                      .index = on_index,
                                      .trade = on_trade,
                                      .ctx = bcast};
    size_t bytes = bj_bcast_apply_footprint(config.instrument_cnt);
    void *mem = rows && bytes ? aligned_alloc(BJ_LINE_BYTES, bytes) : NULL;
    if (mem) bcast->apply = bj_bcast_apply_new(mem, &config);
    if (!bcast->apply) {
        BJ_ERROR("feed.broadcast: no memory, or a token without a stream is there twice");
        free(mem);
    } else if (bcast->segment_cnt) {
        BJ_INFO("broadcast: %u segments, %u instruments have nothing else", bcast->segment_cnt,
                config.instrument_cnt);
    }
    free(rows);
    return bcast->apply != NULL;
}

void bj_feed_bcast_close(bj_feed_bcast_t *bcast) {
    free(bcast->apply); /* it is the block that it was made in */
    *bcast = (bj_feed_bcast_t){0};
}

/* --- running */
static bool is_copy(bj_feed_bcast_segment_t *segment, const uint8_t *data, size_t data_bytes) {
    uint64_t name = (uint64_t)data_bytes << 32 | bj_crc32c(0, data, data_bytes);
    for (uint32_t i = 0; i < BJ_FEED_BCAST_SEEN; i++)
        if (segment->seen[i] == name) return true;
    segment->seen[segment->seen_at++ % BJ_FEED_BCAST_SEEN] = name;
    return false;
}

void bj_feed_bcast_take(void *ctx, uint32_t source, uint32_t aside_idx, const uint8_t *data,
                        size_t data_bytes, int64_t now_ns) {
    bj_feed_bcast_t *bcast = (bj_feed_bcast_t *)ctx;
    bj_feed_bcast_segment_t *segment = &bcast->segment[aside_idx];
    (void)source;
    assert(aside_idx < bcast->segment_cnt);
    if (is_copy(segment, data, data_bytes)) {
        bcast->counters.copies++;
        return;
    }
    if (bj_bcast_datagram(&bcast->counters.decoded, data, data_bytes, &bj_bcast_apply_ops,
                          bcast->apply) != BJ_OK)
        return;
    if (segment->silent)
        BJ_INFO("broadcast: %s speaks again", bj_segment_name(segment->segment));
    segment->heard_ns = now_ns;
    segment->silent = false;
}

void bj_feed_bcast_step(bj_feed_bcast_t *bcast, int64_t now_ns) {
    for (uint32_t i = 0; i < bcast->segment_cnt; i++) {
        bj_feed_bcast_segment_t *segment = &bcast->segment[i];
        if (segment->silent || !segment->heard_ns || now_ns - segment->heard_ns <= SILENT_NS)
            continue;
        segment->silent = true;
        bcast->counters.silences++;
        BJ_WARN("broadcast: %s is silent", bj_segment_name(segment->segment));
        bj_bcast_apply_stale(bcast->apply, segment->segment);
        bj_indices_outside_stale(bcast->parts->indices, segment->segment);
    }
}

void bj_feed_bcast_counters(const bj_feed_bcast_t *bcast, bj_feed_bcast_counters_t *counters) {
    *counters = bcast->counters;
    counters->applied = *bj_bcast_apply_counters(bcast->apply);
}
