#include <stdlib.h>
#include "sim/exchange/bj_model_priv.h"

/* A trading year: 252 days of 6 h 15 min.  Volatility is per root of it. */
#define YEAR_S (252.0 * 6.25 * 3600.0)
enum { SIDE_LEVELS = 8 }; /* prices filled at the start */

/* --- the fair price: a random walk, drawn softly to the close, kept off the band's edges */
static void keep_inside(instrument_t *instrument, double fair) {
    const bj_universe_row_t *row = &instrument->row;
    double room = 0.1 * (row->band_hi_paise - row->band_lo_paise);
    instrument->fair_paise = fmin(fmax(fair, row->band_lo_paise + room), row->band_hi_paise - room);
}

/* A far leg: its near one's price in the proportion of their closes, and a basis of some 5 bp. */
static void follow(bj_model_t *model, instrument_t *instrument) {
    const instrument_t *near = &model->instrument[instrument->follows_idx];
    double proportion = (double)instrument->row.prev_close_paise / near->row.prev_close_paise;
    instrument->basis = 0.9999 * instrument->basis + 7e-6 * normal(model);
    keep_inside(instrument, near->fair_paise * proportion * exp(instrument->basis));
}

static void wander(bj_model_t *model, instrument_t *instrument) {
    const bj_model_row_t *of = &instrument->of;
    if (of->spread) {
        double far = model->instrument[of->far_idx].fair_paise;
        keep_inside(instrument,
                    far - model->instrument[of->near_idx].fair_paise + of->bias_paise);
        return;
    }
    if (instrument->follows_idx != NO_IDX) {
        follow(model, instrument);
        return;
    }
    double pull = 1e-6 * log(instrument->row.prev_close_paise / instrument->fair_paise);
    keep_inside(instrument,
                instrument->fair_paise * exp(instrument->step_vol * normal(model) + pull));
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
    return stats->news + stats->modifies + stats->cancels + stats->trades + stats->trade_cancels;
}

void bj_model_step(bj_model_t *model, int64_t now_ns) {
    model->now_ns = now_ns;
    for (uint32_t i = 0; i < model->instrument_cnt; i++) wander(model, &model->instrument[i]);
    /* An act is a message or a few: the rate that is asked for is of messages. */
    double share = (double)(model->act_cnt + 1) / (double)(model->told_cnt + 1);
    double mean = model->config.messages_per_s * ((double)BJ_MODEL_STEP_NS / (double)BJ_NS_PER_S);
    uint64_t told_cnt = message_cnt(model);
    for (uint32_t n = poisson(model, mean * share); n; n--, model->act_cnt++) {
        bj_model_act(model, pick(model));
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
        instrument->fair_paise = row->prev_close_paise;
        instrument->step_vol = row->annual_vol_bp / 10000.0 *
                               sqrt((double)BJ_MODEL_STEP_NS / (double)BJ_NS_PER_S / YEAR_S);
        instrument->order_qty = 2.0 * (double)row->avg_daily_qty / (double)row->avg_daily_trades;
        instrument->weight_to = (sum += (double)row->avg_daily_trades) / all;
        for (uint32_t n = 0; n < SIDE_ORDERS; n++) {
            uint32_t behind = n < SIDE_LEVELS ? n : bj_model_ticks_behind(model);
            bj_model_place(model, i, BJ_BUY, behind);
            bj_model_place(model, i, BJ_SELL, behind);
        }
    }
}

/* What the model cannot work with; else the instruments as they stand in the configuration. */
static bool take_rows(bj_model_t *model) {
    const bj_model_config_t *config = &model->config;
    for (uint32_t i = 0; i < config->row_cnt; i++) {
        const bj_model_row_t *of = &config->rows[i];
        if (of->stream_idx >= config->stream_cnt) return false;
        if (of->spread && (of->near_idx >= config->row_cnt || of->far_idx >= config->row_cnt)) {
            return false;
        }
        model->instrument[i].of = *of;
        model->instrument[i].row = of->row;
        model->instrument[i].follows_idx = NO_IDX;
    }
    for (uint32_t i = 0; i < config->row_cnt; i++) {
        const bj_model_row_t *of = &config->rows[i];
        if (of->spread && of->far_idx != of->near_idx) {
            model->instrument[of->far_idx].follows_idx = of->near_idx;
        }
    }
    model->instrument_cnt = config->row_cnt;
    return true;
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
    bool taken = take_rows(model);
    uint32_t order_max = model->instrument_cnt * LIST_MAX + config->member_order_max;
    size_t books_bytes = taken ? bj_books_footprint(model->instrument_cnt, order_max) : 0;
    void *mem = books_bytes ? aligned_alloc(BJ_LINE_BYTES, (books_bytes + 63) / 64 * 64) : NULL;
    if (!mem) {
        free(model);
        return NULL;
    }
    model->books = bj_books_new(mem, model->instrument_cnt, order_max);
    if (!bj_model_owned_new(model) || !set_ticks(model)) {
        bj_model_free(model);
        return NULL;
    }
    set_up(model);
    return model;
}

void bj_model_free(bj_model_t *model) {
    if (!model) return;
    free(model->owned);
    free(model->books); /* the books are the block they were made in */
    free(model);
}

/* --- all that is live: by instrument, buys before sells, best price first, first in first */
typedef void order_fn(bj_model_t *model, const bj_order_t *order, void *ctx);

static void each_of_side(bj_model_t *model, uint32_t idx, bj_side_t side, order_fn *fn, void *ctx) {
    bj_level_t level;
    bool more = bj_books_best(model->books, idx, side, &level);
    for (; more; more = bj_books_worse(model->books, idx, side, &level)) {
        const bj_order_t *order = bj_books_first(model->books, &level);
        for (; order; order = bj_books_behind(model->books, order)) fn(model, order, ctx);
    }
}

static void each(bj_model_t *model, uint32_t stream_idx, order_fn *fn, void *ctx) {
    for (uint32_t i = 0; i < model->instrument_cnt; i++) {
        if (model->instrument[i].of.stream_idx != stream_idx) continue;
        each_of_side(model, i, BJ_BUY, fn, ctx);
        each_of_side(model, i, BJ_SELL, fn, ctx);
    }
}

static void republish(bj_model_t *model, const bj_order_t *order, void *ctx) {
    (void)ctx;
    bj_model_tell_order(model, 'N', order);
}

void bj_model_republish(bj_model_t *model, uint32_t stream_idx, int64_t now_ns) {
    model->now_ns = now_ns;
    bj_model_restart(model, stream_idx);
    each(model, stream_idx, republish, NULL);
}

void bj_model_restart(bj_model_t *model, uint32_t stream_idx) {
    model->stream[stream_idx].seq = 0;
    model->stream[stream_idx].open = true;
    model->stream[stream_idx].recent_cnt = 0;
}

typedef struct visit {
    bj_model_order_fn *fn;
    void *ctx;
} visit_t;

static void show(bj_model_t *model, const bj_order_t *order, void *ctx) {
    const visit_t *visit = ctx;
    const instrument_t *instrument = instrument_of(model, order);
    visit->fn(visit->ctx, &(bj_mtbt_snapshot_order_t){
        .type = instrument->of.spread ? 'G' : 'N',
        .exch_ts_ns = *bj_model_placed(model, order), .order_id = (double)order->order_id,
        .token = (int32_t)instrument->row.token,
        .side = (uint8_t)bj_books_side_of(model->books, order),
        .price_paise = price_of(model, order) - instrument->of.bias_paise, .qty = order->qty});
}

/* The walk above is shared with republish, which counts as it goes; this one changes nothing. */
void bj_model_each_order(const bj_model_t *model, uint32_t stream_idx, bj_model_order_fn *fn,
                         void *ctx) {
    each((bj_model_t *)(uintptr_t)model, stream_idx, show, &(visit_t){fn, ctx});
}

uint32_t bj_model_order_cnt(const bj_model_t *model, uint32_t stream_idx) {
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < model->instrument_cnt; i++) {
        const instrument_t *instrument = &model->instrument[i];
        if (instrument->of.stream_idx == stream_idx)
            cnt += instrument->list_cnt + instrument->owned_cnt;
    }
    return cnt;
}

uint32_t bj_model_last_seq(const bj_model_t *model, uint32_t stream_idx) {
    return model->stream[stream_idx].seq;
}
bj_model_stats_t bj_model_stats(const bj_model_t *model) { return model->stats; }
const bj_books_t *bj_model_books(const bj_model_t *model) { return model->books; }
