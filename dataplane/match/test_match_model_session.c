/* docs/matching.md, sections 6 to 8: auctions, phases, bands, the day. */
#include "dataplane/match/test_match_model_priv.h"

#include <stdlib.h>

/* --- section 6: auctions */

static void willing(const model_t *m, uint32_t instrument_idx, int64_t price,
                    bj_match_equilibrium_t *at) {
    *at = (bj_match_equilibrium_t){.price_paise = (int32_t)price};
    for (uint32_t i = 0; i < m->order_max; i++) {
        const model_order_t *o = &m->order[i];
        if (!o->live || o->instrument_idx != instrument_idx) continue;
        bool limit = o->where == MODEL_LEVEL && !m_is_beyond(o->side, price, o->price);
        if (!limit && o->where != MODEL_QUEUE) continue;
        *(o->side == BJ_BUY ? &at->buy_qty : &at->sell_qty) += o->leaves;
    }
    at->qty = m_min_i64(at->buy_qty, at->sell_qty);
}

static int64_t apart(int64_t a, int64_t b) {
    return a > b ? a - b : b - a;
}

/* < 0: a is the better price of the two by rules 1 to 3; 0: they are equal by these */
static int compare(const bj_match_equilibrium_t *a, const bj_match_equilibrium_t *b,
                   int32_t reference) {
    if (a->qty != b->qty) return a->qty > b->qty ? -1 : 1;
    int64_t imbalance_a = apart(a->buy_qty, a->sell_qty);
    int64_t imbalance_b = apart(b->buy_qty, b->sell_qty);
    if (imbalance_a != imbalance_b) return imbalance_a < imbalance_b ? -1 : 1;
    int64_t far_a = apart(a->price_paise, reference), far_b = apart(b->price_paise, reference);
    return far_a == far_b ? 0 : far_a < far_b ? -1 : 1;
}

bj_match_equilibrium_t model_equilibrium(const model_t *m, uint32_t instrument_idx) {
    const bj_match_equilibrium_t none = {0};
    if (!m_is_defined(m, instrument_idx) || !m->instrument[instrument_idx].auction) return none;
    const model_instrument_t *ins = &m->instrument[instrument_idx];
    bj_match_equilibrium_t best = none, at;
    int64_t lo, hi;
    bool both_sides = false;
    m_band(ins, true, &lo, &hi);
    for (uint32_t i = 0; i < m->order_max; i++) {
        const model_order_t *o = &m->order[i];
        if (!o->live || o->instrument_idx != instrument_idx || o->where != MODEL_LEVEL) continue;
        willing(m, instrument_idx, m_max_i64(lo, m_min_i64(hi, o->price)), &at);
        if (!at.qty) continue;
        int order = compare(&at, &best, ins->reference);
        if (order == 0 && at.price_paise != best.price_paise) both_sides = true;
        if (order < 0) best = at, both_sides = false;
    }
    if (both_sides) willing(m, instrument_idx, ins->reference, &best);
    return best;
}

/* The head of a side's line.  price 0: market orders only. */
static model_order_t *head(const model_t *m, uint32_t instrument_idx, uint8_t side, int32_t price,
                           bool market_first) {
    model_order_t *limit = m_first(m, instrument_idx, MODEL_LEVEL, side);
    model_order_t *market = m_first(m, instrument_idx, MODEL_QUEUE, side);
    if (limit && (!price || m_is_beyond(side, price, limit->price))) limit = NULL;
    if (!limit || (market_first && market)) return market;
    return limit;
}

/* Goes through the lines with a copy of the orders.  NULL, or of the first two heads of one owner
 * the later arrival (if neither arrived in an auction: the seller). */
static model_order_t *self_trader(const model_t *m, uint32_t instrument_idx, int32_t price,
                                  bool market_first) {
    model_t dry = *m;
    model_order_t *buy, *sell, *later = NULL;
    dry.order = malloc(m->order_max * sizeof *dry.order);
    memcpy(dry.order, m->order, m->order_max * sizeof *dry.order);
    while (!later && (buy = head(&dry, instrument_idx, BJ_BUY, price, market_first)) &&
           (sell = head(&dry, instrument_idx, BJ_SELL, price, market_first))) {
        int32_t qty = m_min_i32(buy->leaves, sell->leaves);
        if (m_is_same_owner(buy, sell)) {
            later = &m->order[(buy->arrival > sell->arrival ? buy : sell) - dry.order];
        }
        buy->live = (buy->leaves -= qty) > 0;
        sell->live = (sell->leaves -= qty) > 0;
    }
    free(dry.order);
    return later;
}

/* What the reference is where a price is needed: within the auction's band. */
static int32_t reference_price(const model_instrument_t *ins) {
    int64_t lo, hi;
    m_band(ins, true, &lo, &hi);
    return (int32_t)m_max_i64(lo, m_min_i64(hi, ins->reference));
}

static void show_what_is_left(model_t *m, model_order_t *o) {
    o->shown = o->where == MODEL_LEVEL ? m_fresh_slice(o) : o->leaves;
    if (o->live && o->leaves && o->where == MODEL_LEVEL && o->disclosed)
        m_tell(m, o, BJ_MEV_REPLENISHED, BJ_MEF_RESTS | BJ_MEF_KEPT);
}

/* After the matching: if some buyer still pays what some seller asks, who stands outside ends. */
static void end_crossed(model_t *m, uint32_t instrument_idx) {
    const model_order_t *buy = m_first(m, instrument_idx, MODEL_LEVEL, BJ_BUY);
    const model_order_t *sell = m_first(m, instrument_idx, MODEL_LEVEL, BJ_SELL);
    if (!buy || !sell || buy->price < sell->price) return;
    int64_t lo, hi;
    uint32_t cnt;
    m_band(&m->instrument[instrument_idx], true, &lo, &hi);
    model_order_t **list = m_list_all(m, instrument_idx, &cnt);
    for (uint32_t i = 0; i < cnt; i++) {
        if (list[i]->where == MODEL_LEVEL && m_is_outside(list[i]->price, lo, hi))
            m_end(m, list[i], BJ_END_BAND);
    }
    free(list);
}

/* Trades until a line is empty; returns the quantity.  price 0: market orders, at the reference. */
static int64_t auction_match(model_t *m, uint32_t instrument_idx, int32_t price,
                             bool market_first) {
    int32_t at = price ? price : reference_price(&m->instrument[instrument_idx]);
    int64_t executed_qty = 0;
    model_order_t *buy, *sell;
    while ((buy = head(m, instrument_idx, BJ_BUY, price, market_first)) &&
           (sell = head(m, instrument_idx, BJ_SELL, price, market_first))) {
        int32_t qty = m_min_i32(buy->leaves, sell->leaves);
        m_trade(m, buy, sell, at, qty)->flags |= BJ_MEF_AUCTION;
        show_what_is_left(m, buy);
        show_what_is_left(m, sell);
        executed_qty += qty;
    }
    return executed_qty;
}

/* Its place is before the first of the level that arrived later in an auction. */
static void price_market_order(model_t *m, model_order_t *o, int32_t price) {
    const model_order_t *later = NULL;
    for (uint32_t i = 0; i < m->order_max; i++) {
        const model_order_t *it = &m->order[i];
        if (!it->live || it->instrument_idx != o->instrument_idx) continue;
        if (it->where != MODEL_LEVEL || it->side != o->side || it->price != price) continue;
        if (it->arrival <= o->arrival) continue;
        if (!later || it->place < later->place) later = it;
    }
    uint64_t place = later ? later->place : m->place;
    for (uint32_t i = 0; i < m->order_max; i++) {
        model_order_t *it = &m->order[i];
        if (it->live && it->where == MODEL_LEVEL && it->place >= place) it->place++;
    }
    m->place++;
    o->type = BJ_LIMIT;
    o->price = price;
    o->where = MODEL_LEVEL;
    o->shown = m_fresh_slice(o);
    o->place = place;
    m_tell(m, o, BJ_MEV_PRICED, BJ_MEF_RESTS);
}

static void end_day_orders(model_t *m, uint32_t instrument_idx, uint8_t side) {
    uint32_t cnt;
    model_order_t **list = m_list_all(m, instrument_idx, &cnt);
    for (uint32_t i = 0; i < cnt; i++) {
        const model_order_t *o = list[i];
        if (o->where == MODEL_LEVEL && o->side == side && o->tif == BJ_DAY) {
            m_end(m, list[i], BJ_END_AUCTION);
        }
    }
    free(list);
}

static void uncross(model_t *m, uint32_t instrument_idx, bool market_first) {
    model_instrument_t *ins = &m->instrument[instrument_idx];
    bool close = ins->auction == BJ_AUCTION_CLOSE;
    int32_t price = model_equilibrium(m, instrument_idx).price_paise;
    model_order_t *later;
    while ((later = self_trader(m, instrument_idx, price, market_first))) {
        m_end(m, later, BJ_END_SELF_TRADE);
        price = model_equilibrium(m, instrument_idx).price_paise;
    }
    int64_t executed_qty = auction_match(m, instrument_idx, price, market_first);
    int32_t at = price ? price : reference_price(ins);
    end_crossed(m, instrument_idx);
    for (int i = 0; i < 2; i++) {
        uint8_t side = i ? BJ_SELL : BJ_BUY;
        model_order_t *o;
        while ((o = m_first(m, instrument_idx, MODEL_QUEUE, side))) {
            if (close) m_end(m, o, BJ_END_AUCTION);
            else price_market_order(m, o, at);
        }
        if (close) end_day_orders(m, instrument_idx, side);
    }
    if (close) ins->closing = at;
    bj_match_event_t *e = m_event_add(m, BJ_MEV_UNCROSSED, instrument_idx);
    e->price_paise = executed_qty ? at : price;
    e->qty = (int32_t)m_min_i64(executed_qty, INT32_MAX);
    e->leaves_qty = ins->auction;
    e->cum_qty = close ? at : 0;
    ins->auction = 0;
}

/* --- section 7: phases */

static void enter_phase(model_t *m, uint32_t instrument_idx, uint8_t phase, int32_t price) {
    model_instrument_t *ins = &m->instrument[instrument_idx];
    if ((phase == BJ_PHASE_CLOSED || phase == BJ_PHASE_POST_CLOSE) && !ins->closing) {
        ins->closing = price;
        if (!ins->closing) ins->closing = m_window_price(ins);
        if (!ins->closing) ins->closing = ins->last;
        if (!ins->closing) ins->closing = ins->def.prev_close_paise;
    }
    ins->phase = phase;
    bj_match_event_t *e = m_event_add(m, BJ_MEV_PHASE, instrument_idx);
    e->qty = phase;
    e->leaves_qty = ins->auction;
    e->price_paise = m_in_auction(ins) ? ins->reference : ins->closing;
    if (phase == BJ_PHASE_CONTINUOUS) {
        m_run_line(m, instrument_idx, (model_range_t){ins->last, ins->last});
    }
}

static void begin_auction(model_instrument_t *ins, const bj_match_cmd_t *cmd) {
    ins->auction = cmd->auction;
    ins->reference = cmd->price_paise;
    if (!ins->reference && cmd->auction == BJ_AUCTION_CLOSE) {
        ins->reference = m_window_price(ins);
        if (!ins->reference) ins->reference = ins->last;
    }
    if (!ins->reference) ins->reference = ins->def.prev_close_paise;
    ins->auction_lo = ins->auction_hi = 0;
    if (!cmd->band_bp) return;
    ins->auction_lo = ((int64_t)ins->reference * (10000 - cmd->band_bp) + 9999) / 10000;
    ins->auction_hi = (int64_t)ins->reference * (10000 + cmd->band_bp) / 10000;
}

static void end_queues(model_t *m, uint32_t instrument_idx) {
    model_order_t *o;
    while ((o = m_first(m, instrument_idx, MODEL_QUEUE, BJ_BUY))) m_end(m, o, BJ_END_DAY);
    while ((o = m_first(m, instrument_idx, MODEL_QUEUE, BJ_SELL))) m_end(m, o, BJ_END_DAY);
}

static bool is_auction_phase(uint8_t phase) {
    return phase == BJ_PHASE_AUCTION || phase == BJ_PHASE_AUCTION_LIMIT;
}

static void phase_of_one(model_t *m, const bj_match_cmd_t *cmd, uint32_t instrument_idx) {
    model_instrument_t *ins = &m->instrument[instrument_idx];
    bool begins = is_auction_phase(cmd->phase) && !ins->auction;
    if (cmd->phase == BJ_PHASE_POST_CLOSE && ins->auction) {
        m_request_rejected(m, cmd, instrument_idx, NULL, BJ_REJ_PHASE);
        return;
    }
    if (begins && (cmd->auction < BJ_AUCTION_OPEN || cmd->auction > BJ_AUCTION_CLOSE)) {
        m_request_rejected(m, cmd, instrument_idx, NULL, BJ_REJ_FIELD);
        return;
    }
    if (ins->phase == BJ_PHASE_POST_CLOSE && cmd->phase != BJ_PHASE_POST_CLOSE) {
        end_queues(m, instrument_idx);
    }
    if (begins) begin_auction(ins, cmd);
    if (cmd->phase == BJ_PHASE_CONTINUOUS && ins->auction) uncross(m, instrument_idx, false);
    enter_phase(m, instrument_idx, cmd->phase, cmd->price_paise);
}

static void uncross_of_one(model_t *m, const bj_match_cmd_t *cmd, uint32_t instrument_idx) {
    uncross(m, instrument_idx, cmd->market_first);
    enter_phase(m, instrument_idx, cmd->phase, cmd->price_paise);
}

void m_apply_phase(model_t *m, const bj_match_cmd_t *cmd) {
    bool all = cmd->instrument_idx == BJ_MATCH_ALL;
    int32_t cnt = 0;
    if (!all && !m_is_defined(m, cmd->instrument_idx)) {
        m_refuse(m, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    if (cmd->phase >= BJ_PHASE_CNT || cmd->price_paise < 0 || cmd->band_bp > 10000) {
        m_refuse(m, cmd, BJ_REJ_FIELD);
        return;
    }
    for (uint32_t i = 0; i < m->instrument_max; i++) {
        if (!m->instrument[i].defined || (!all && i != cmd->instrument_idx)) continue;
        phase_of_one(m, cmd, i);
        cnt++;
    }
    if (all) m_done(m, BJ_MATCH_ALL, cnt, BJ_OK, 0);
}

void m_apply_uncross(model_t *m, const bj_match_cmd_t *cmd) {
    bool all = cmd->instrument_idx == BJ_MATCH_ALL;
    int32_t cnt = 0;
    if (!all && !m_is_defined(m, cmd->instrument_idx)) {
        m_refuse(m, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    if (cmd->phase >= BJ_PHASE_CNT || is_auction_phase(cmd->phase) || cmd->market_first > 1 ||
        cmd->price_paise < 0) {
        m_refuse(m, cmd, BJ_REJ_FIELD);
        return;
    }
    for (uint32_t i = 0; i < m->instrument_max; i++) {
        if (!m->instrument[i].auction || (!all && i != cmd->instrument_idx)) continue;
        uncross_of_one(m, cmd, i);
        cnt++;
    }
    if (all) m_done(m, BJ_MATCH_ALL, cnt, BJ_OK, 0);
    else if (!cnt) m_refuse(m, cmd, BJ_REJ_PHASE);
}

void m_apply_window(model_t *m, const bj_match_cmd_t *cmd) {
    if (cmd->instrument_idx != BJ_MATCH_ALL && !m_is_defined(m, cmd->instrument_idx)) {
        m_refuse(m, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    for (uint32_t i = 0; i < m->instrument_max; i++) {
        if (cmd->instrument_idx != BJ_MATCH_ALL && cmd->instrument_idx != i) continue;
        m->instrument[i].window_value = 0;
        m->instrument[i].window_qty = 0;
    }
    m_done(m, cmd->instrument_idx, 0, BJ_OK, 0);
}

/* --- section 8: band, day */

void m_apply_band(model_t *m, const bj_match_cmd_t *cmd) {
    int32_t lo = cmd->lo_paise, hi = cmd->hi_paise;
    if (!m_is_defined(m, cmd->instrument_idx)) {
        m_refuse(m, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    if (lo <= 0 || lo > hi) {
        m_refuse(m, cmd, BJ_REJ_FIELD);
        return;
    }
    m->instrument[cmd->instrument_idx].def.band_lo_paise = lo;
    m->instrument[cmd->instrument_idx].def.band_hi_paise = hi;
    bj_match_event_t *e = m_event_add(m, BJ_MEV_BAND, cmd->instrument_idx);
    e->price_paise = lo;
    e->qty = hi;
    uint32_t cnt;
    model_order_t **list = m_list_all(m, cmd->instrument_idx, &cnt);
    for (uint32_t i = 0; i < cnt; i++) {
        const model_order_t *o = list[i];
        bool limit = o->type == BJ_LIMIT && m_is_outside(o->price, lo, hi);
        bool trigger = o->where == MODEL_WAITING && m_is_outside(o->trigger, lo, hi);
        if (limit || trigger) m_end(m, list[i], BJ_END_BAND);
    }
    free(list);
}

/* 0: it lives on */
static bj_status_t end_of_day(const model_order_t *o, uint16_t day) {
    if (o->where == MODEL_QUEUE || o->tif == BJ_DAY || o->tif == BJ_IOC) return BJ_END_DAY;
    return o->tif == BJ_GTD && o->day <= day ? BJ_END_EXPIRED : BJ_OK;
}

static bool is_crossed(const model_t *m, uint32_t instrument_idx) {
    const model_order_t *bid = m_first(m, instrument_idx, MODEL_LEVEL, BJ_BUY);
    const model_order_t *ask = m_first(m, instrument_idx, MODEL_LEVEL, BJ_SELL);
    return bid && ask && bid->price >= ask->price;
}

static void new_day(model_t *m, uint32_t instrument_idx) {
    model_instrument_t *ins = &m->instrument[instrument_idx];
    if (ins->closing) ins->def.prev_close_paise = ins->closing;
    ins->closing = ins->last = 0;
    ins->window_value = 0, ins->window_qty = 0;
    ins->phase = BJ_PHASE_CLOSED;
    if (!is_crossed(m, instrument_idx)) ins->auction = 0;
}

void m_apply_day_end(model_t *m, const bj_match_cmd_t *cmd) {
    if (cmd->day < m->today) {
        m_refuse(m, cmd, BJ_REJ_FIELD);
        return;
    }
    uint32_t cnt;
    int32_t ended = 0;
    model_order_t **list = m_list_all(m, BJ_MATCH_ALL, &cnt);
    for (uint32_t i = 0; i < cnt; i++) {
        bj_status_t reason = end_of_day(list[i], cmd->day);
        if (!reason) continue;
        m_end(m, list[i], reason);
        ended++;
    }
    free(list);
    for (uint32_t i = 0; i < m->instrument_max; i++) {
        if (m->instrument[i].defined) new_day(m, i);
    }
    m->today = cmd->day + 1U;
    m_done(m, BJ_MATCH_ALL, ended, BJ_END_DAY, 0);
}
