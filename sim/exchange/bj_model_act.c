#include "sim/exchange/bj_model_priv.h"

enum {
    LEVELS_LEAST = 5, /* fewer, and the next order opens another */
    MEAN_TICKS_BEHIND = 2,
};

/* --- prices and quantities */
static int32_t on_tick(const instrument_t *instrument, double paise) {
    const bj_universe_row_t *row = &instrument->row;
    double ticks = floor(paise / row->tick_paise);
    double price = ticks * row->tick_paise;
    if (price < row->band_lo_paise) return row->band_lo_paise;
    if (price > row->band_hi_paise) return row->band_hi_paise;
    return (int32_t)price;
}

/* Half the spread: a tick, and more where a tick is small against the price. */
static double half_spread(const instrument_t *instrument) {
    return 0.4 * instrument->row.tick_paise + instrument->fair_paise * 0.00002;
}

static int32_t best_price(const bj_model_t *model, uint32_t idx, bj_side_t side) {
    bj_level_t best; /* zeros where there is none */
    bj_books_best(model->books, idx, side, &best);
    return best.price_paise;
}

/* A price ticks_behind the touch that the fair price asks for, and never across the other side; 0
 * if the band leaves no room for it. */
static int32_t passive_price(const bj_model_t *model, uint32_t idx, bj_side_t side,
                             uint32_t ticks_behind) {
    const instrument_t *instrument = &model->instrument[idx];
    int32_t tick = instrument->row.tick_paise, sign = side == BJ_BUY ? -1 : 1;
    double touch = instrument->fair_paise + sign * half_spread(instrument);
    if (side == BJ_SELL) touch += tick - 1; /* on_tick rounds down */
    int32_t price = on_tick(instrument, touch + sign * (double)ticks_behind * tick);
    int32_t other = best_price(model, idx, side == BJ_BUY ? BJ_SELL : BJ_BUY);
    if (other && side == BJ_BUY && price >= other) price = other - tick;
    if (other && side == BJ_SELL && price <= other) price = other + tick;
    bool inside = price >= instrument->row.band_lo_paise && price <= instrument->row.band_hi_paise;
    return inside ? price : 0;
}

static int32_t some_qty(bj_model_t *model, const instrument_t *instrument) {
    int32_t lot = instrument->row.lot_qty;
    double qty = 1 + exponential(model, instrument->order_qty);
    if (qty > instrument->row.freeze_qty) qty = instrument->row.freeze_qty;
    int32_t lots = (int32_t)qty / lot;
    return (lots ? lots : 1) * lot;
}

/* --- what traders do */
void bj_model_place(bj_model_t *model, uint32_t idx, bj_side_t side, uint32_t ticks_behind) {
    int32_t price_paise = passive_price(model, idx, side, ticks_behind);
    if (!price_paise) return;
    (void)bj_model_add(model, idx, side, price_paise, some_qty(model, &model->instrument[idx]));
}

uint32_t bj_model_ticks_behind(bj_model_t *model) {
    double ticks = exponential(model, MEAN_TICKS_BEHIND);
    return ticks < 40 ? (uint32_t)ticks : 40;
}

/* The aggressor rests for the moment between its N and its trades, as it does on the feed. */
static void take_limit(bj_model_t *model, uint32_t idx, bj_side_t side, int32_t price_paise) {
    bj_side_t other = side == BJ_BUY ? BJ_SELL : BJ_BUY;
    bj_order_t *taker =
        bj_model_add(model, idx, side, price_paise, some_qty(model, &model->instrument[idx]));
    for (bj_level_t level; taker && bj_books_best(model->books, idx, other, &level);) {
        bool crosses = side == BJ_BUY ? level.price_paise <= price_paise
                                      : level.price_paise >= price_paise;
        if (!crosses) return;
        bj_order_t *maker = bj_books_first(model->books, &level);
        int32_t qty = maker->qty < taker->qty ? maker->qty : taker->qty;
        bj_model_trade(model, maker, taker->order_id, BJ_MODEL_NOBODY, qty);
        bool done = qty == taker->qty;
        bj_model_reduce(model, maker, qty);
        bj_model_reduce(model, taker, qty);
        if (done) return;
    }
}

/* At the best price only: no one sends a market order through a book. */
static void take_market(bj_model_t *model, uint32_t idx, bj_side_t side) {
    bj_side_t other = side == BJ_BUY ? BJ_SELL : BJ_BUY;
    instrument_t *instrument = &model->instrument[idx];
    bj_level_t level;
    if (!bj_books_best(model->books, idx, other, &level)) return;
    bj_order_t *maker = bj_books_first(model->books, &level);
    int32_t qty = some_qty(model, instrument);
    if (qty > maker->qty) qty = maker->qty;
    uint64_t taker_id = below(model, 2) ? bj_model_next_id(model, instrument) : 0;
    bj_model_trade(model, maker, taker_id, BJ_MODEL_NOBODY, qty);
    bj_model_reduce(model, maker, qty);
}

static bj_order_t *some_order(bj_model_t *model, const instrument_t *instrument) {
    return instrument->list_cnt ? instrument->list[below(model, instrument->list_cnt)] : NULL;
}

/* Of two, the one farther from the fair price goes: books do not keep a tail of the forgotten. */
static void cancel_some(bj_model_t *model, const instrument_t *instrument) {
    bj_order_t *a = some_order(model, instrument), *b = some_order(model, instrument);
    if (!a) return;
    double a_off = fabs(price_of(model, a) - instrument->fair_paise);
    double b_off = fabs(price_of(model, b) - instrument->fair_paise);
    bj_model_cancel(model, a_off > b_off ? a : b);
}

static void reprice(bj_model_t *model, bj_order_t *order) {
    int32_t price_paise = passive_price(model, bj_books_book_of(model->books, order),
                                        bj_books_side_of(model->books, order),
                                        bj_model_ticks_behind(model));
    if (!price_paise || price_paise == price_of(model, order)) return;
    if (bj_books_move(model->books, order, price_paise, order->qty) != BJ_OK) return;
    bj_model_tell_order(model, 'M', order);
    instrument_of(model, order)->placed_ns[order->user] = bj_time_to_exch_ns(model->stamp_ns);
}

static void modify_some(bj_model_t *model, const instrument_t *instrument) {
    bj_order_t *order = some_order(model, instrument);
    if (!order) return;
    int32_t lot = instrument->row.lot_qty, fewer = order->qty / 2 / lot * lot;
    if (below(model, 2) || fewer == 0) {
        reprice(model, order);
        return;
    }
    bj_books_set_qty(model->books, order, fewer);
    bj_model_tell_order(model, 'M', order);
}

/* The side whose best price the fair price has passed, 0 if none: someone there is too late. */
static bj_side_t late_side(const bj_model_t *model, uint32_t idx) {
    double fair = model->instrument[idx].fair_paise;
    int32_t bid = best_price(model, idx, BJ_BUY), ask = best_price(model, idx, BJ_SELL);
    if (bid && bid > fair) return BJ_BUY;
    if (ask && ask < fair) return BJ_SELL;
    return (bj_side_t)0;
}

static void answer_late(bj_model_t *model, uint32_t idx, bj_side_t late) {
    bj_level_t level;
    if (!bj_books_best(model->books, idx, late, &level)) return;
    bj_order_t *order = bj_books_first(model->books, &level);
    uint32_t how = below(model, 10);
    if (owned_of(model, order)) how = 9; /* somebody else's: it can only be taken */
    if (how < 6) reprice(model, order);
    else if (how < 8) bj_model_cancel(model, order);
    else take_limit(model, idx, late == BJ_BUY ? BJ_SELL : BJ_BUY, level.price_paise);
}

/* How many of the first LEVELS_LEAST levels of a side there are, and the worst one's price. */
static uint32_t levels_of(const bj_model_t *model, uint32_t idx, bj_side_t side,
                          int32_t *worst_paise) {
    bj_level_t level;
    uint32_t level_cnt = 0;
    bool more = bj_books_best(model->books, idx, side, &level);
    for (*worst_paise = 0; more && level_cnt < LEVELS_LEAST; level_cnt++) {
        *worst_paise = level.price_paise;
        more = bj_books_worse(model->books, idx, side, &level);
    }
    return level_cnt;
}

/* A thin side is filled first: at the touch, or a tick or two behind its last level. */
static bool refill(bj_model_t *model, uint32_t idx, bj_side_t side) {
    const instrument_t *instrument = &model->instrument[idx];
    int32_t worst_paise;
    if (levels_of(model, idx, side, &worst_paise) >= LEVELS_LEAST) return false;
    int32_t off = (int32_t)(1 + below(model, 2)) * instrument->row.tick_paise;
    int32_t price_paise = !worst_paise ? 0 : worst_paise + (side == BJ_BUY ? -off : off);
    bool inside = price_paise >= instrument->row.band_lo_paise &&
                  price_paise <= instrument->row.band_hi_paise;
    if (!inside || below(model, 4) == 0) bj_model_place(model, idx, side, 0);
    else (void)bj_model_add(model, idx, side, price_paise, some_qty(model, instrument));
    return true;
}

void bj_model_act(bj_model_t *model, uint32_t idx) {
    instrument_t *instrument = &model->instrument[idx];
    bj_side_t side = below(model, 2) ? BJ_BUY : BJ_SELL, late = late_side(model, idx);
    uint32_t how = below(model, 100);
    if (late && how < 80) answer_late(model, idx, late);
    else if (refill(model, idx, side)) return;
    else if (instrument->list_cnt >= 2 * SIDE_ORDERS && how < 50) cancel_some(model, instrument);
    else if (how < 45) bj_model_place(model, idx, side, bj_model_ticks_behind(model));
    else if (how < 65) cancel_some(model, instrument);
    else if (how < 85) modify_some(model, instrument);
    else if (how < 93) {
        int32_t price = best_price(model, idx, side == BJ_BUY ? BJ_SELL : BJ_BUY);
        if (price) take_limit(model, idx, side, price);
    } else take_market(model, idx, side);
}
