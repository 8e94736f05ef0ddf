#include "dataplane/libbijli/bijli_priv.h"

#include <stdlib.h>

static_assert((int)BIJLI_LEVELS == (int)BJ_MARKET_LEVELS, "levels are copied one by one");
static_assert(sizeof(bijli_level_t) == sizeof(bj_market_level_t), "a level is the same");
static_assert((int)BIJLI_SYMBOL_BYTES == (int)BJ_MARKET_SYMBOL_BYTES, "a symbol is the same");
static_assert((int)BIJLI_SYMBOL_BYTES == (int)BJ_INDEX_NAME_BYTES, "an index's name too");
static_assert((int)BIJLI_CM == (int)BJ_SEGMENT_CM && (int)BIJLI_CO == (int)BJ_SEGMENT_CO &&
                  (int)BIJLI_TOP == (int)BJ_TICK_TOP && (int)BIJLI_TRADE == (int)BJ_TICK_TRADE &&
                  (int)BIJLI_TICK_STALE == (int)BJ_TICK_STALE &&
                  (int)BIJLI_STALE_BOOK == (int)BJ_MARKET_STALE &&
                  (int)BIJLI_CANDLE_LATE == (int)BJ_CANDLE_LATE &&
                  (int)BIJLI_CANDLE_OPEN == (int)BJ_CANDLE_OPEN,
              "numbers that are passed on as they are");

/* --- instruments */
static int found(uint32_t idx, uint32_t *out) {
    if (idx == UINT32_MAX) return BIJLI_ERR_NOT_FOUND;
    *out = idx;
    return BIJLI_OK;
}

int bijli_find_symbol(bijli_t *b, const char *symbol, uint32_t *instrument) {
    if (!b || !symbol || !instrument) return BIJLI_ERR_ARG;
    return found(bj_market_find_symbol(b->market, symbol), instrument);
}

int bijli_find_token(bijli_t *b, uint32_t segment, uint32_t token, int spread,
                     uint32_t *instrument) {
    if (!b || !instrument || segment < BIJLI_CM || segment > BIJLI_CO) return BIJLI_ERR_ARG;
    return found(bj_market_find_in(b->market, (bj_segment_t)segment, token, spread != 0),
                 instrument);
}

static bool is_instrument(const bijli_t *b, uint32_t instrument) {
    return b && instrument < bj_market_head(b->market)->instrument_cnt;
}

int bijli_instrument(bijli_t *b, uint32_t instrument, bijli_instrument_t *out) {
    bj_market_row_t row;
    if (!is_instrument(b, instrument) || !out) return BIJLI_ERR_ARG;
    if (!bj_market_read(b->market, instrument, &row)) return BIJLI_ERR_TORN;
    bijli_instrument_t spare, *is = BIJLI_ROOM(out, spare);
    const uint32_t bytes = out->struct_bytes;
    *is = (bijli_instrument_t){.token = row.token,
                             .segment = row.segment,
                             .spread = row.spread,
                             .leg_token = {row.leg_token[0], row.leg_token[1]},
                             .units_per_rupee = row.units_per_rupee,
                             .tick = row.tick_paise,
                             .lot = row.lot_qty,
                             .prev_close = row.prev_close_paise,
                             .band_lo = row.band_lo_paise,
                             .band_hi = row.band_hi_paise};
    memcpy(is->symbol, row.symbol, sizeof is->symbol);
    return bijli_give(out, bytes, is, sizeof *is) ? BIJLI_OK : BIJLI_ERR_ARG;
}

/* --- books */
/* Word by word, as they were just stored: a wider load would wait for those stores. */
static void copy_levels(bijli_level_t *to, const bj_market_level_t *from) {
    for (size_t i = 0; i < BIJLI_LEVELS * sizeof *to / sizeof(uint64_t); i++)
        ((volatile uint64_t *)to)[i] = ((const volatile uint64_t *)from)[i];
}

int bijli_read(bijli_t *b, uint32_t instrument, bijli_row_t *out) {
    bj_market_row_t row;
    if (!is_instrument(b, instrument) || !out) return BIJLI_ERR_ARG;
    if (bijli_tend(b) == BIJLI_REOPENED) return BIJLI_REOPENED;
    if (!bj_market_read(b->market, instrument, &row)) return BIJLI_ERR_TORN;
    bijli_row_t spare, *now = BIJLI_ROOM(out, spare);
    const uint32_t bytes = out->struct_bytes;
    *now = (bijli_row_t){.instrument = instrument,
                       .stale = (row.flags & BJ_MARKET_STALE) | bijli_stale(b),
                       .flags = row.flags & BJ_MARKET_BROADCAST ? BIJLI_BROADCAST : 0,
                       .exch_ns = row.exch_ns,
                       .updates = row.update_cnt,
                       .last = row.last_price_paise,
                       .last_qty = row.last_qty,
                       .last_trade_ns = row.last_trade_ns,
                       .open = row.open_paise,
                       .high = row.high_paise,
                       .low = row.low_paise,
                       .average = row.average_paise,
                       .volume = row.volume_qty,
                       .value = row.value_paise,
                       .trades = row.trade_cnt,
                       .total_buy = row.total_buy_qty,
                       .total_sell = row.total_sell_qty};
    copy_levels(now->bid, row.bid);
    copy_levels(now->ask, row.ask);
    const uint32_t stale = now->stale;
    if (!bijli_give(out, bytes, now, sizeof *now)) return BIJLI_ERR_ARG;
    return stale ? BIJLI_STALE : BIJLI_OK;
}

/* --- what happens, in order */
static void count(bijli_place_t *place, uint64_t *missed) {
    *missed += place->carried;
    place->carried = 0;
    place->missed += *missed;
}

int bijli_next(bijli_t *b, bijli_tick_t *out, uint64_t *missed) {
    bj_market_tick_t tick;
    if (!b || !out || !missed || out->struct_bytes < STRUCT_BYTES_MIN) return BIJLI_ERR_ARG;
    if (!bj_market_next(b->market, &b->tick.next_seq, &tick, missed)) {
        if (bijli_tend(b) == BIJLI_REOPENED) return BIJLI_REOPENED;
        return bijli_stale(b) ? BIJLI_STALE : BIJLI_NONE;
    }
    count(&b->tick, missed);
    bijli_tick_t spare, *is = BIJLI_ROOM(out, spare);
    const uint32_t bytes = out->struct_bytes;
    *is = (bijli_tick_t){.instrument = tick.instrument_idx,
                       .kind = tick.kind,
                       .stale = tick.flags & BJ_MARKET_STALE,
                       .flags = tick.flags & BJ_MARKET_BROADCAST ? BIJLI_BROADCAST : 0,
                       .seq = tick.seq,
                       .exch_ns = tick.exch_ns,
                       .price = tick.price_paise,
                       .qty = tick.qty,
                       .bid = tick.bid_paise,
                       .ask = tick.ask_paise,
                       .bid_qty = tick.bid_qty,
                       .ask_qty = tick.ask_qty};
    return bijli_give(out, bytes, is, sizeof *is) ? BIJLI_OK : BIJLI_ERR_ARG;
}

/* --- candles */
static bijli_candle_t candle_of(const bj_candle_t *c) {
    return (bijli_candle_t){.instrument = c->instrument_idx,
                            .seq = c->seq,
                            .start_ns = c->start_ns,
                            .open = c->open_paise,
                            .high = c->high_paise,
                            .low = c->low_paise,
                            .close = c->close_paise,
                            .volume = c->volume_qty,
                            .value = c->value_paise,
                            .trades = c->trade_cnt,
                            .revision = c->revision,
                            .flags = c->flags};
}

int bijli_candle(bijli_t *b, uint32_t instrument, bijli_candle_t *out) {
    bj_candle_t candle;
    if (!is_instrument(b, instrument) || !out) return BIJLI_ERR_ARG;
    if (bijli_tend(b) == BIJLI_REOPENED) return BIJLI_REOPENED;
    if (!bijli_candles_of(b)) return BIJLI_ERR_ABSENT;
    if (!bj_candles_now(b->candles, instrument, &candle)) return BIJLI_NONE;
    bijli_candle_t spare, *is = BIJLI_ROOM(out, spare);
    const uint32_t bytes = out->struct_bytes;
    *is = candle_of(&candle);
    return bijli_give(out, bytes, is, sizeof *is) ? BIJLI_OK : BIJLI_ERR_ARG;
}

/* The handle's own memory, grown when more are asked for than ever before. */
static bj_candle_t *room_for(bijli_t *b, size_t cnt) {
    if (cnt <= b->day_max) return b->day;
    free(b->day);
    b->day = cnt <= SIZE_MAX / sizeof *b->day ? aligned_alloc(alignof(bj_candle_t),
                                                              cnt * sizeof *b->day)
                                              : NULL;
    b->day_max = b->day ? cnt : 0;
    return b->day;
}

int bijli_candles(bijli_t *b, uint32_t instrument, bijli_candle_t *out, size_t max,
                  size_t *cnt) {
    if (!is_instrument(b, instrument) || !out || !cnt || !max) return BIJLI_ERR_ARG;
    const uint32_t bytes = out->struct_bytes;
    if (bytes < STRUCT_BYTES_MIN) return BIJLI_ERR_ARG;
    if (bijli_tend(b) == BIJLI_REOPENED) return BIJLI_REOPENED;
    if (!bijli_candles_of(b)) return BIJLI_ERR_ABSENT;
    if (!room_for(b, max)) return BIJLI_ERR_MEMORY;
    bool cut;
    *cnt = bj_candles_history(b->candles, instrument, b->day, max, &cut);
    for (size_t i = 0; i < *cnt; i++) {
        bijli_candle_t is = candle_of(&b->day[i]);
        (void)bijli_give((uint8_t *)out + i * bytes, bytes, &is, sizeof is);
    }
    return !*cnt ? BIJLI_NONE : cut ? BIJLI_STALE : BIJLI_OK;
}

int bijli_next_candle(bijli_t *b, bijli_candle_t *out, uint64_t *missed) {
    bj_candle_t candle;
    if (!b || !out || !missed || out->struct_bytes < STRUCT_BYTES_MIN) return BIJLI_ERR_ARG;
    *missed = 0;
    if (!bijli_candles_of(b) ||
        !bj_candles_next(b->candles, &b->candle.next_seq, &candle, missed)) {
        if (bijli_tend(b) == BIJLI_REOPENED) return BIJLI_REOPENED;
        if (!b->candles) return BIJLI_ERR_ABSENT;
        return bijli_stale(b) ? BIJLI_STALE : BIJLI_NONE;
    }
    count(&b->candle, missed);
    bijli_candle_t spare, *is = BIJLI_ROOM(out, spare);
    const uint32_t bytes = out->struct_bytes;
    *is = candle_of(&candle);
    return bijli_give(out, bytes, is, sizeof *is) ? BIJLI_OK : BIJLI_ERR_ARG;
}

/* --- indices */
int bijli_find_index(bijli_t *b, const char *name, uint32_t *index) {
    if (!b || !name || !index) return BIJLI_ERR_ARG;
    if (!bijli_indices_of(b)) return BIJLI_ERR_ABSENT;
    return found(bj_indices_find(b->indices, name), index);
}

int bijli_index(bijli_t *b, uint32_t index, bijli_index_t *out) {
    bj_index_row_t row;
    if (!b || !out) return BIJLI_ERR_ARG;
    if (bijli_tend(b) == BIJLI_REOPENED) return BIJLI_REOPENED;
    if (!bijli_indices_of(b)) return BIJLI_ERR_ABSENT;
    if (index >= bj_indices_head(b->indices)->index_cnt) return BIJLI_ERR_ARG;
    if (!bj_indices_read(b->indices, index, &row)) return BIJLI_ERR_TORN;
    bijli_index_t spare, *is = BIJLI_ROOM(out, spare);
    const uint32_t bytes = out->struct_bytes;
    *is = (bijli_index_t){.index = index,
                        .stale = (row.flags & BJ_INDEX_STALE ? BIJLI_STALE_BOOK : 0u) |
                                 bijli_stale(b),
                        .flags = row.flags & BJ_INDEX_BROADCAST ? BIJLI_BROADCAST : 0,
                        .exch_ns = row.exch_ns,
                        .value = row.value_x100,
                        .open = row.open_x100,
                        .high = row.high_x100,
                        .low = row.low_x100,
                        .prev_close = row.prev_close_x100,
                        .change = row.change_x100,
                        .change_bp = row.change_bp,
                        .constituents = row.part_cnt,
                        .traded = row.traded_cnt,
                        .updates = row.update_cnt};
    memcpy(is->name, row.name, sizeof is->name);
    const uint32_t stale = is->stale;
    if (!bijli_give(out, bytes, is, sizeof *is)) return BIJLI_ERR_ARG;
    return stale ? BIJLI_STALE : BIJLI_OK;
}
