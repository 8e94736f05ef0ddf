#include <stdlib.h>
#include "sim/exchange/bj_model_priv.h"

/* A trading year: 252 days of 6 h 15 min.  Volatility is per root of it. */
#define YEAR_S (252.0 * 6.25 * 3600.0)
enum { SIDE_LEVELS = 8 }; /* prices filled at the start */

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
        instrument->stream_idx = row->stream - 1u;
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
            bj_model_tell_order(model, 'N', order);
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
