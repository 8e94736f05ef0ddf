#include "sim/exchange/bj_model.h"

#include <math.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include "dataplane/wire/bj_wire_mtbt.h"

/* A trading year: 252 days of 6 h 15 min.  Volatility is per root of it. */
#define YEAR_S (252.0 * 6.25 * 3600.0)
enum {
    SIDE_ORDERS = 24,   /* what a side of a book is kept at */
    SIDE_LEVELS = 8,    /* prices filled at the start */
    LEVELS_LEAST = 5,   /* fewer, and the next order opens another */
    LIST_MAX = 4 * SIDE_ORDERS,
    MEAN_TICKS_BEHIND = 2,
};

typedef struct instrument {
    bj_universe_row_t row;
    uint32_t stream_idx;
    double   fair_paise, step_vol; /* step_vol: of one step, as a fraction */
    double   order_qty;            /* mean */
    double   weight_to;            /* cumulated share of the messages, the last is 1 */
    uint32_t list_cnt;
    bj_order_t *list[LIST_MAX]; /* live orders in no order; order->user is the place here */
} instrument_t;

typedef struct stream {
    uint32_t seq;
    bool     open; /* published at least once */
    uint64_t order_cnt;
} stream_t;

struct bj_model {
    bj_model_config_t config;
    bj_model_stats_t  stats;
    uint64_t      rng;
    int64_t       now_ns, stamp_ns;
    bj_books_t   *books;
    uint64_t      act_cnt, told_cnt; /* what traders did, and the messages it took */
    uint32_t      instrument_cnt;
    stream_t      stream[BJ_UNIVERSE_STREAM_MAX];
    instrument_t  instrument[];
};

/* --- dice: splitmix64, and what is made of it */
static uint64_t roll(bj_model_t *model) {
    uint64_t z = model->rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static double unit(bj_model_t *model) { /* in (0, 1] */
    return (double)((roll(model) >> 11) + 1) * 0x1p-53;
}
static uint32_t below(bj_model_t *model, uint32_t sides) {
    return (uint32_t)(roll(model) >> 32) % sides;
}
static double normal(bj_model_t *model) {
    double radius = sqrt(-2 * log(unit(model)));
    return radius * cos(6.283185307179586 * unit(model));
}
static double exponential(bj_model_t *model, double mean) { return -mean * log(unit(model)); }
static uint32_t poisson(bj_model_t *model, double mean) {
    if (mean > 30) { /* near enough to normal */
        double n = mean + sqrt(mean) * normal(model);
        return n > 0 ? (uint32_t)(n + 0.5) : 0;
    }
    uint32_t n = 0;
    for (double left = exp(-mean), p = unit(model); p > left; p *= unit(model)) n++;
    return n;
}

/* --- messages out */
static int64_t stamp(bj_model_t *model) {
    model->stamp_ns = model->now_ns > model->stamp_ns ? model->now_ns : model->stamp_ns + 1;
    return bj_time_to_exch_ns(model->stamp_ns);
}

static instrument_t *instrument_of(bj_model_t *model, const bj_order_t *order) {
    return &model->instrument[bj_books_book_of(model->books, order)];
}

static int32_t price_of(const bj_model_t *model, const bj_order_t *order) {
    return bj_books_price_of(model->books, order);
}

static void publish_order(bj_model_t *model, uint8_t type, const bj_order_t *order) {
    const instrument_t *instrument = instrument_of(model, order);
    stream_t *stream = &model->stream[instrument->stream_idx];
    if (!stream->open) return;
    bj_mtbt_order_t wire = {
        .header = {sizeof wire, instrument->row.stream, ++stream->seq}, .type = type,
        .exch_ts_ns = stamp(model), .order_id = (double)order->order_id,
        .token = (int32_t)instrument->row.token,
        .side = (uint8_t)bj_books_side_of(model->books, order),
        .price_paise = price_of(model, order), .qty = order->qty};
    uint64_t *count = type == 'N' ? &model->stats.news
                      : type == 'M' ? &model->stats.modifies : &model->stats.cancels;
    ++*count;
    model->config.sink(model->config.ctx, instrument->stream_idx, &wire, sizeof wire);
}

static void publish_trade(bj_model_t *model, uint32_t idx, uint64_t buy_id, uint64_t sell_id,
                          int32_t price_paise, int32_t qty) {
    const instrument_t *instrument = &model->instrument[idx];
    stream_t *stream = &model->stream[instrument->stream_idx];
    if (!stream->open) return;
    bj_mtbt_trade_t wire = {
        .header = {sizeof wire, instrument->row.stream, ++stream->seq}, .type = 'T',
        .exch_ts_ns = stamp(model), .buy_order_id = (double)buy_id,
        .sell_order_id = (double)sell_id, .token = (int32_t)instrument->row.token,
        .price_paise = price_paise, .qty = qty};
    model->stats.trades++;
    model->config.sink(model->config.ctx, instrument->stream_idx, &wire, sizeof wire);
}

/* --- the book and the list beside it */
/* Sixteen digits as the exchange makes them: two for the stream, fourteen that count. */
static uint64_t next_id(bj_model_t *model, const instrument_t *instrument) {
    uint64_t count = ++model->stream[instrument->stream_idx].order_cnt;
    return (10 + instrument->row.stream) * UINT64_C(100000000000000) + count;
}

static bj_order_t *add(bj_model_t *model, uint32_t idx, bj_side_t side, int32_t price_paise,
                       int32_t qty) {
    instrument_t *instrument = &model->instrument[idx];
    bj_order_t *order;
    if (instrument->list_cnt == LIST_MAX) return NULL;
    if (bj_books_add(model->books, idx, next_id(model, instrument), side, price_paise, qty,
                     instrument->list_cnt, &order) != BJ_OK) {
        return NULL;
    }
    instrument->list[instrument->list_cnt++] = order;
    publish_order(model, 'N', order);
    return order;
}

static void unlist(instrument_t *instrument, const bj_order_t *order) {
    bj_order_t *last = instrument->list[--instrument->list_cnt];
    last->user = order->user;
    instrument->list[last->user] = last;
}

static void cancel(bj_model_t *model, bj_order_t *order) {
    publish_order(model, 'X', order);
    unlist(instrument_of(model, order), order);
    bj_books_remove(model->books, order);
}

static void reduce(bj_model_t *model, bj_order_t *order, int32_t qty) {
    if (order->qty == qty) unlist(instrument_of(model, order), order);
    bj_books_set_qty(model->books, order, order->qty - qty);
}

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
static void place(bj_model_t *model, uint32_t idx, bj_side_t side, uint32_t ticks_behind) {
    int32_t price_paise = passive_price(model, idx, side, ticks_behind);
    if (!price_paise) return;
    (void)add(model, idx, side, price_paise, some_qty(model, &model->instrument[idx]));
}

static uint32_t ticks_behind(bj_model_t *model) {
    double ticks = exponential(model, MEAN_TICKS_BEHIND);
    return ticks < 40 ? (uint32_t)ticks : 40;
}

/* The aggressor rests for the moment between its N and its trades, as it does on the feed. */
static void take_limit(bj_model_t *model, uint32_t idx, bj_side_t side, int32_t price_paise) {
    bj_side_t other = side == BJ_BUY ? BJ_SELL : BJ_BUY;
    bj_order_t *taker =
        add(model, idx, side, price_paise, some_qty(model, &model->instrument[idx]));
    for (bj_level_t level; taker && bj_books_best(model->books, idx, other, &level);) {
        bool crosses = side == BJ_BUY ? level.price_paise <= price_paise
                                      : level.price_paise >= price_paise;
        if (!crosses) return;
        bj_order_t *maker = bj_books_first(model->books, &level);
        int32_t qty = maker->qty < taker->qty ? maker->qty : taker->qty;
        publish_trade(model, idx, side == BJ_BUY ? taker->order_id : maker->order_id,
                      side == BJ_BUY ? maker->order_id : taker->order_id, level.price_paise, qty);
        bool done = qty == taker->qty;
        reduce(model, maker, qty);
        reduce(model, taker, qty);
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
    uint64_t taker_id = below(model, 2) ? next_id(model, instrument) : 0;
    publish_trade(model, idx, side == BJ_BUY ? taker_id : maker->order_id,
                  side == BJ_BUY ? maker->order_id : taker_id, level.price_paise, qty);
    reduce(model, maker, qty);
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
    cancel(model, a_off > b_off ? a : b);
}

static void reprice(bj_model_t *model, bj_order_t *order) {
    int32_t price_paise = passive_price(model, bj_books_book_of(model->books, order),
                                        bj_books_side_of(model->books, order), ticks_behind(model));
    if (!price_paise || price_paise == price_of(model, order)) return;
    if (bj_books_move(model->books, order, price_paise, order->qty) == BJ_OK) {
        publish_order(model, 'M', order);
    }
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
    publish_order(model, 'M', order);
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
    if (how < 6) reprice(model, order);
    else if (how < 8) cancel(model, order);
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
    if (!inside || below(model, 4) == 0) place(model, idx, side, 0);
    else (void)add(model, idx, side, price_paise, some_qty(model, instrument));
    return true;
}

static void act(bj_model_t *model, uint32_t idx) {
    instrument_t *instrument = &model->instrument[idx];
    bj_side_t side = below(model, 2) ? BJ_BUY : BJ_SELL, late = late_side(model, idx);
    uint32_t how = below(model, 100);
    if (late && how < 80) answer_late(model, idx, late);
    else if (refill(model, idx, side)) return;
    else if (instrument->list_cnt >= 2 * SIDE_ORDERS && how < 50) cancel_some(model, instrument);
    else if (how < 45) place(model, idx, side, ticks_behind(model));
    else if (how < 65) cancel_some(model, instrument);
    else if (how < 85) modify_some(model, instrument);
    else if (how < 93) {
        int32_t price = best_price(model, idx, side == BJ_BUY ? BJ_SELL : BJ_BUY);
        if (price) take_limit(model, idx, side, price);
    } else take_market(model, idx, side);
}

/* --- the fair price: a random walk, drawn softly to the close, kept off the band's edges */
static void wander(bj_model_t *model, instrument_t *instrument) {
    const bj_universe_row_t *row = &instrument->row;
    double pull = 1e-6 * log(row->prev_close_paise / instrument->fair_paise);
    double fair = instrument->fair_paise * exp(instrument->step_vol * normal(model) + pull);
    double room = 0.1 * (row->band_hi_paise - row->band_lo_paise);
    instrument->fair_paise = fmin(fmax(fair, row->band_lo_paise + room), row->band_hi_paise - room);
}

static uint32_t pick(bj_model_t *model) {
    double at = unit(model);
    uint32_t lo = 0, hi = model->instrument_cnt - 1;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (model->instrument[mid].weight_to < at) lo = mid + 1;
        else hi = mid;
    }
    return lo;
}

static uint64_t message_cnt(const bj_model_t *model) {
    const bj_model_stats_t *stats = &model->stats;
    return stats->news + stats->modifies + stats->cancels + stats->trades;
}

void bj_model_step(bj_model_t *model, int64_t now_ns) {
    model->now_ns = now_ns;
    for (uint32_t i = 0; i < model->instrument_cnt; i++) wander(model, &model->instrument[i]);
    /* An act is a message or a few: the rate that is asked for is of messages. */
    double share = (double)(model->act_cnt + 1) / (double)(model->told_cnt + 1);
    double mean = model->config.messages_per_s * ((double)BJ_MODEL_STEP_NS / (double)BJ_NS_PER_S);
    uint64_t told_cnt = message_cnt(model);
    for (uint32_t n = poisson(model, mean * share); n; n--, model->act_cnt++) {
        act(model, pick(model));
    }
    model->told_cnt += message_cnt(model) - told_cnt;
}

/* --- start */
static void set_up(bj_model_t *model) {
    double sum = 0, all = 0;
    for (uint32_t i = 0; i < model->instrument_cnt; i++) {
        all += (double)model->instrument[i].row.avg_daily_trades;
    }
    for (uint32_t i = 0; i < model->instrument_cnt; i++) {
        instrument_t *instrument = &model->instrument[i];
        const bj_universe_row_t *row = &instrument->row;
        instrument->stream_idx = row->stream - 1u;
        instrument->fair_paise = row->prev_close_paise;
        instrument->step_vol = row->annual_vol_bp / 10000.0 *
                               sqrt((double)BJ_MODEL_STEP_NS / (double)BJ_NS_PER_S / YEAR_S);
        instrument->order_qty = 2.0 * (double)row->avg_daily_qty / (double)row->avg_daily_trades;
        instrument->weight_to = (sum += (double)row->avg_daily_trades) / all;
        for (uint32_t n = 0; n < SIDE_ORDERS; n++) {
            uint32_t behind = n < SIDE_LEVELS ? n : ticks_behind(model);
            place(model, i, BJ_BUY, behind);
            place(model, i, BJ_SELL, behind);
        }
    }
}

static bool set_ticks(bj_model_t *model) {
    for (uint32_t i = 0; i < model->instrument_cnt; i++) {
        int32_t tick_paise = model->instrument[i].row.tick_paise;
        if (bj_books_set_tick(model->books, i, tick_paise) != BJ_OK) return false;
    }
    return true;
}

bj_model_t *bj_model_new(const bj_model_config_t *config) {
    if (!config->row_cnt || config->stream_cnt > BJ_UNIVERSE_STREAM_MAX) return NULL;
    bj_model_t *model = calloc(1, sizeof *model + config->row_cnt * sizeof(instrument_t));
    if (!model) return NULL;
    model->config = *config;
    model->rng = config->seed;
    for (uint32_t i = 0; i < config->row_cnt; i++) {
        if (config->rows[i].stream > config->stream_cnt) continue;
        model->instrument[model->instrument_cnt++].row = config->rows[i];
    }
    uint32_t order_max = model->instrument_cnt * LIST_MAX;
    size_t books_bytes = bj_books_footprint(model->instrument_cnt, order_max);
    void *mem = books_bytes ? aligned_alloc(BJ_LINE_BYTES, (books_bytes + 63) / 64 * 64) : NULL;
    if (!mem) {
        free(model);
        return NULL;
    }
    model->books = bj_books_new(mem, model->instrument_cnt, order_max);
    if (!set_ticks(model)) {
        bj_model_free(model);
        return NULL;
    }
    set_up(model);
    return model;
}

void bj_model_free(bj_model_t *model) {
    if (!model) return;
    free(model->books); /* the books are the block they were made in */
    free(model);
}

static void republish_side(bj_model_t *model, uint32_t idx, bj_side_t side) {
    bj_level_t level;
    bool more = bj_books_best(model->books, idx, side, &level);
    for (; more; more = bj_books_worse(model->books, idx, side, &level)) {
        const bj_order_t *order = bj_books_first(model->books, &level);
        for (; order; order = bj_books_behind(model->books, order))
            publish_order(model, 'N', order);
    }
}

void bj_model_republish(bj_model_t *model, uint32_t stream_idx, int64_t now_ns) {
    model->now_ns = now_ns;
    model->stream[stream_idx].seq = 0;
    model->stream[stream_idx].open = true;
    for (uint32_t i = 0; i < model->instrument_cnt; i++) {
        if (model->instrument[i].stream_idx != stream_idx) continue;
        republish_side(model, i, BJ_BUY);
        republish_side(model, i, BJ_SELL);
    }
}

uint32_t bj_model_last_seq(const bj_model_t *model, uint32_t stream_idx) {
    return model->stream[stream_idx].seq;
}
bj_model_stats_t bj_model_stats(const bj_model_t *model) { return model->stats; }
const bj_books_t *bj_model_books(const bj_model_t *model) { return model->books; }
