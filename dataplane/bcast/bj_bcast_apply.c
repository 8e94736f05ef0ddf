#include "dataplane/bcast/bj_bcast_apply.h"

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"

enum { INSTRUMENT_MAX = 1 << 18 };
#define LATE_NS_MAX (60 * BJ_NS_PER_S)

typedef struct slot {
    uint32_t segment, token; /* token 0: empty */
    uint32_t instrument_idx;
} slot_t;

struct bj_bcast_apply {
    bj_bcast_apply_config_t config;
    bj_bcast_apply_counters_t m;
    uint32_t slot_mask;
    slot_t   slot[];
};

static uint32_t slots_for(uint32_t instrument_cnt) {
    uint32_t cnt = 16;
    while (cnt < instrument_cnt * 2) cnt *= 2;
    return cnt;
}

size_t bj_bcast_apply_footprint(uint32_t instrument_cnt) {
    if (instrument_cnt > INSTRUMENT_MAX) return 0;
    size_t bytes = sizeof(bj_bcast_apply_t) + slots_for(instrument_cnt) * sizeof(slot_t);
    return (bytes + BJ_LINE_BYTES - 1) / BJ_LINE_BYTES * BJ_LINE_BYTES;
}

/* The slot of the instrument, or the empty one where it belongs. */
static slot_t *find(bj_bcast_apply_t *apply, uint32_t segment, uint32_t token) {
    uint32_t key[2] = {segment, token};
    uint32_t at = bj_crc32c(0, key, sizeof key) & apply->slot_mask;
    while (apply->slot[at].token &&
           (apply->slot[at].token != token || apply->slot[at].segment != segment)) {
        at = (at + 1) & apply->slot_mask;
    }
    return &apply->slot[at];
}

bj_bcast_apply_t *bj_bcast_apply_new(void *mem, const bj_bcast_apply_config_t *config) {
    size_t bytes = bj_bcast_apply_footprint(config->instrument_cnt);
    if (!bytes || !config->market) return NULL;
    bj_bcast_apply_t *apply = mem;
    memset(apply, 0, bytes);
    apply->config = *config;
    apply->slot_mask = slots_for(config->instrument_cnt) - 1;
    for (uint32_t i = 0; i < config->instrument_cnt; i++) {
        const bj_bcast_instrument_t *from = &config->instruments[i];
        bool segment_ok = from->segment == BJ_SEGMENT_CM || from->segment == BJ_SEGMENT_FO;
        if (!segment_ok || !from->token || from->token > INT32_MAX) return NULL;
        slot_t *slot = find(apply, from->segment, from->token);
        if (slot->token) return NULL;
        *slot = (slot_t){from->segment, from->token, from->instrument_idx};
        bj_market_begin(config->market, from->instrument_idx)->flags =
            BJ_MARKET_BROADCAST | BJ_MARKET_STALE;
        bj_market_end(config->market, from->instrument_idx);
    }
    apply->config.instruments = NULL;
    return apply;
}

const bj_bcast_apply_counters_t *bj_bcast_apply_counters(const bj_bcast_apply_t *apply) {
    return &apply->m;
}

/* Average price times volume; INT64_MAX if that cannot be counted. */
static int64_t value_of(const bj_bcast_mbp_t *mbp) {
    int64_t value_paise;
    bool over = __builtin_mul_overflow(mbp->volume_qty, (int64_t)mbp->average_paise, &value_paise);
    return over ? INT64_MAX : value_paise;
}

static int64_t time_of(const bj_bcast_mbp_t *mbp) {
    return mbp->exch_ns ? mbp->exch_ns : mbp->last_trade_ns;
}

static void fill_row(bj_market_row_t *row, const bj_bcast_mbp_t *mbp) {
    row->flags &= ~(uint32_t)BJ_MARKET_STALE;
    row->exch_ns = time_of(mbp);
    row->update_cnt++;
    row->last_price_paise = mbp->last_paise;
    row->last_qty = mbp->last_qty;
    row->last_trade_ns = mbp->last_trade_ns;
    row->open_paise = mbp->open_paise;
    row->high_paise = mbp->high_paise;
    row->low_paise = mbp->low_paise;
    row->average_paise = mbp->average_paise;
    if (mbp->prev_close_paise) row->prev_close_paise = mbp->prev_close_paise;
    row->volume_qty = mbp->volume_qty;
    row->value_paise = value_of(mbp);
    row->total_buy_qty = mbp->total_buy_qty;
    row->total_sell_qty = mbp->total_sell_qty;
    memset(row->bid, 0, sizeof row->bid);
    memset(row->ask, 0, sizeof row->ask);
    memcpy(row->bid, mbp->bid, sizeof mbp->bid);
    memcpy(row->ask, mbp->ask, sizeof mbp->ask);
}

static void tell_stale(bj_bcast_apply_t *apply, uint32_t idx, const bj_market_row_t *row) {
    bj_market_tick_t tick = {.exch_ns = row->exch_ns, .instrument_idx = idx,
                             .kind = BJ_TICK_STALE, .flags = (uint16_t)row->flags,
                             .bid_paise = row->bid[0].price_paise,
                             .ask_paise = row->ask[0].price_paise,
                             .bid_qty = row->bid[0].qty, .ask_qty = row->ask[0].qty};
    bj_market_tick(apply->config.market, &tick);
}

void bj_bcast_apply_stale(bj_bcast_apply_t *apply, bj_segment_t segment) {
    for (uint32_t i = 0; i <= apply->slot_mask; i++) {
        const slot_t *slot = &apply->slot[i];
        if (!slot->token || slot->segment != segment) continue;
        bj_market_row_t *row = bj_market_begin(apply->config.market, slot->instrument_idx);
        if (row->flags & BJ_MARKET_STALE) continue;
        row->flags |= BJ_MARKET_STALE;
        row->update_cnt++;
        bj_market_end(apply->config.market, slot->instrument_idx);
        tell_stale(apply, slot->instrument_idx, row);
    }
}

static bool same_top(const bj_market_level_t *a, const bj_market_level_t *b) {
    return a->price_paise == b->price_paise && a->qty == b->qty;
}

static void publish(bj_bcast_apply_t *apply, uint32_t idx, const bj_bcast_mbp_t *mbp,
                    int64_t traded_qty, bool top) {
    bj_market_tick_t tick = {.exch_ns = time_of(mbp), .instrument_idx = idx,
                             .flags = BJ_MARKET_BROADCAST,
                             .bid_paise = mbp->bid[0].price_paise,
                             .ask_paise = mbp->ask[0].price_paise,
                             .bid_qty = mbp->bid[0].qty, .ask_qty = mbp->ask[0].qty};
    if (traded_qty > 0 && mbp->last_paise > 0) {
        bj_market_tick_t trade = tick;
        trade.kind = BJ_TICK_TRADE;
        trade.price_paise = mbp->last_paise;
        trade.qty = traded_qty > INT32_MAX ? INT32_MAX : (int32_t)traded_qty;
        bj_market_tick(apply->config.market, &trade);
        if (apply->config.trade)
            apply->config.trade(apply->config.ctx, idx, trade.exch_ns, trade.price_paise,
                                trade.qty);
    }
    tick.kind = BJ_TICK_TOP;
    if (top) bj_market_tick(apply->config.market, &tick);
}

static void on_mbp(void *ctx, const bj_bcast_mbp_t *mbp) {
    bj_bcast_apply_t *apply = ctx;
    const slot_t *slot = find(apply, mbp->segment, mbp->token);
    if (!slot->token || mbp->book_type != BJ_BCAST_BOOK_REGULAR) {
        if (slot->token) apply->m.other_books++;
        else apply->m.unknown_tokens++;
        return;
    }
    bj_market_row_t *row = bj_market_begin(apply->config.market, slot->instrument_idx);
    int64_t at_ns = time_of(mbp);
    if (at_ns && at_ns < row->exch_ns && row->exch_ns - at_ns <= LATE_NS_MAX) {
        apply->m.late++;
        return; /* the draft is as it was: nothing to end */
    }
    /* The volume of the day so far is no trade of now: the first record only sets it. */
    int64_t traded_qty = row->update_cnt ? mbp->volume_qty - row->volume_qty : 0;
    bool was_stale = row->flags & BJ_MARKET_STALE;
    bool top = !same_top(row->bid, mbp->bid) || !same_top(row->ask, mbp->ask);
    fill_row(row, mbp);
    bj_market_end(apply->config.market, slot->instrument_idx);
    apply->m.rows++;
    if (was_stale) tell_stale(apply, slot->instrument_idx, row);
    publish(apply, slot->instrument_idx, mbp, traded_qty, top);
}

static void on_index(void *ctx, const bj_bcast_index_t *index) {
    const bj_bcast_apply_t *apply = ctx;
    if (apply->config.index) apply->config.index(apply->config.ctx, index);
}

const bj_bcast_ops_t bj_bcast_apply_ops = {.mbp = on_mbp, .index = on_index};
