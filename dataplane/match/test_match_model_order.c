/* docs/matching.md, sections 2 to 5: orders, matching, modify, stops; and cancels. */
#include "dataplane/match/test_match_model_priv.h"

#include <stdlib.h>

/* --- section 3: matching */

static void trade_count(model_t *m, model_instrument_t *ins, int32_t price, int32_t qty) {
    ins->last = price;
    ins->window_value += (model_wide_t)price * (model_wide_t)qty;
    ins->window_qty += (uint64_t)qty;
    m->trade_cnt++;
    m->traded_qty += (uint64_t)qty;
}

/* Takes the quantity from both and tells it.  Who has nothing left is gone. */
bj_match_event_t *m_trade(model_t *m, model_order_t *o, model_order_t *contra, int32_t price,
                          int32_t qty) {
    model_instrument_t *ins = &m->instrument[o->instrument_idx];
    o->leaves -= qty, o->cum += qty;
    contra->leaves -= qty, contra->cum += qty;
    trade_count(m, ins, price, qty);
    bj_match_event_t *e = m_tell(m, o, BJ_MEV_TRADE, 0);
    if (ins->def.flags & BJ_MATCH_TRADE_TO_TRADE) e->flags |= BJ_MEF_TRADE_TO_TRADE;
    e->contra_id = contra->order_id;
    e->price_paise = price;
    e->qty = qty;
    e->contra_leaves_qty = contra->leaves;
    e->contra_cum_qty = contra->cum;
    if (!o->leaves) o->live = false;
    if (!contra->leaves) contra->live = false;
    return e;
}

static void trade_with_maker(model_t *m, model_order_t *maker, model_order_t *taker,
                             model_range_t *traded) {
    int32_t qty = m_min_i32(maker->shown, taker->leaves);
    int32_t price = maker->price;
    traded->lo = traded->lo ? m_min_i32(traded->lo, price) : price;
    traded->hi = traded->hi > price ? traded->hi : price;
    maker->shown -= qty;
    bj_match_event_t *e = m_trade(m, maker, taker, price, qty);
    if (!maker->live || maker->shown) return;
    e->flags |= BJ_MEF_MORE;
    maker->shown = m_fresh_slice(maker);
    maker->place = m->place++;
    m_tell(m, maker, BJ_MEV_REPLENISHED, BJ_MEF_RESTS);
}

/* False: the taker has ended. */
static bool end_self_trade(model_t *m, model_order_t *maker, model_order_t *taker) {
    bool taker_ends = taker->flags & BJ_MATCH_STP_ACTIVE;
    m_end(m, taker_ends ? taker : maker, BJ_END_SELF_TRADE);
    return !taker_ends;
}

static void rest_in_level(model_t *m, model_order_t *o) {
    o->where = MODEL_LEVEL;
    o->shown = m_fresh_slice(o);
    o->place = m->place++;
}

static void rest_in_queue(model_t *m, model_order_t *o) {
    o->where = MODEL_QUEUE;
    o->shown = o->leaves;
    o->place = m->place++;
}

static bool crosses(const model_t *m, const model_order_t *o) {
    const model_order_t *maker = m_first(m, o->instrument_idx, MODEL_LEVEL, m_other_side(o->side));
    return maker && !m_is_beyond(o->side, maker->price, m_taker_limit(m, o));
}

/* Matches it and says what became of the rest. */
static model_range_t take(model_t *m, model_order_t *o) {
    model_range_t traded = {0, 0};
    int64_t limit = m_taker_limit(m, o); /* one trade does not move it for the next */
    uint8_t side = m_other_side(o->side);
    model_order_t *maker;
    while (o->live && (maker = m_first(m, o->instrument_idx, MODEL_LEVEL, side)) &&
           !m_is_beyond(o->side, maker->price, limit)) {
        if (!m_is_same_owner(maker, o)) trade_with_maker(m, maker, o, &traded);
        else if (!end_self_trade(m, maker, o)) break;
    }
    if (!o->live) return traded;
    if (o->type == BJ_MARKET) {
        m_end(m, o, m_first(m, o->instrument_idx, MODEL_LEVEL, side) ? BJ_END_PROTECTION
                                                                   : BJ_END_NO_LIQUIDITY);
    } else if (o->tif == BJ_IOC) {
        m_end(m, o, BJ_END_IOC);
    } else {
        rest_in_level(m, o);
        m_tell(m, o, BJ_MEV_RESTED, BJ_MEF_RESTS);
    }
    return traded;
}

/* --- section 5: stops */

static void wake_one(model_t *m, model_order_t *o) {
    o->where = MODEL_LINE;
    o->place = m->place++;
    m_tell(m, o, BJ_MEV_TRIGGERED, 0);
}

static void wake(model_t *m, uint32_t instrument_idx, model_range_t traded) {
    if (!traded.hi) return;
    model_order_t *o;
    while ((o = m_first(m, instrument_idx, MODEL_WAITING, BJ_BUY)) && o->trigger <= traded.hi) {
        wake_one(m, o);
    }
    while ((o = m_first(m, instrument_idx, MODEL_WAITING, BJ_SELL)) && o->trigger >= traded.lo) {
        wake_one(m, o);
    }
}

void m_run_line(model_t *m, uint32_t instrument_idx, model_range_t traded) {
    wake(m, instrument_idx, traded);
    const bj_match_instrument_t *def = &m->instrument[instrument_idx].def;
    model_order_t *o;
    while ((o = m_first(m, instrument_idx, MODEL_LINE, 0))) {
        o->where = MODEL_NOWHERE;
        if (o->type == BJ_LIMIT && m_is_outside(o->price, def->band_lo_paise, def->band_hi_paise)) {
            m_end(m, o, BJ_END_BAND);
        } else {
            wake(m, instrument_idx, take(m, o));
        }
    }
}

static bool is_reached(const model_order_t *o, int32_t last) {
    if (!last) return false;
    return o->side == BJ_BUY ? last >= o->trigger : last <= o->trigger;
}

/* --- section 2: a new order, or one that lost its place, comes.  event: ACCEPTED or MODIFIED */

static void come_to_wait(model_t *m, model_order_t *o, uint8_t event) {
    o->where = MODEL_WAITING;
    o->place = m->place++;
    m_tell(m, o, event, BJ_MEF_WAITS);
    if (!is_reached(o, m->instrument[o->instrument_idx].last)) return;
    wake_one(m, o);
    m_run_line(m, o->instrument_idx, (model_range_t){0, 0});
}

static void come_to_book(model_t *m, model_order_t *o, uint8_t event) {
    if (o->type == BJ_LIMIT && o->tif != BJ_IOC && !crosses(m, o)) {
        rest_in_level(m, o);
        m_tell(m, o, event, BJ_MEF_RESTS);
        return;
    }
    uint32_t instrument_idx = o->instrument_idx;
    m_tell(m, o, event, 0);
    m_run_line(m, instrument_idx, take(m, o));
}

static void come_to_auction(model_t *m, model_order_t *o, uint8_t event) {
    if (o->type == BJ_LIMIT) rest_in_level(m, o);
    else rest_in_queue(m, o);
    o->arrival = o->place;
    m_tell(m, o, event, o->type == BJ_LIMIT ? BJ_MEF_RESTS : BJ_MEF_QUEUED);
}

static void come_after_close(model_t *m, model_order_t *o, uint8_t event) {
    uint8_t side = m_other_side(o->side);
    int32_t closing = m->instrument[o->instrument_idx].closing;
    model_order_t *maker = m_first(m, o->instrument_idx, MODEL_QUEUE, side);
    o->type = BJ_LIMIT;
    o->price = closing;
    if (!maker) {
        rest_in_queue(m, o);
        m_tell(m, o, event, BJ_MEF_QUEUED);
        return;
    }
    m_tell(m, o, event, 0);
    for (; o->live && maker; maker = m_first(m, o->instrument_idx, MODEL_QUEUE, side)) {
        if (m_is_same_owner(maker, o)) {
            end_self_trade(m, maker, o);
            continue;
        }
        m_trade(m, maker, o, closing, m_min_i32(maker->leaves, o->leaves));
        maker->shown = maker->leaves;
    }
    if (!o->live) return;
    rest_in_queue(m, o);
    m_tell(m, o, BJ_MEV_RESTED, BJ_MEF_QUEUED);
}

static void come(model_t *m, model_order_t *o, uint8_t event, bool is_stop) {
    const model_instrument_t *ins = &m->instrument[o->instrument_idx];
    o->where = MODEL_NOWHERE;
    o->shown = 0;
    o->arrival = 0;
    if (m_in_auction(ins)) come_to_auction(m, o, event);
    else if (ins->phase == BJ_PHASE_POST_CLOSE) come_after_close(m, o, event);
    else if (is_stop) come_to_wait(m, o, event);
    else come_to_book(m, o, event);
}

/* --- checks that new orders and modifies share; want holds the terms as they shall be */

static bj_status_t check_phase(const model_instrument_t *ins) {
    if (ins->phase == BJ_PHASE_CLOSED) return BJ_REJ_SESSION_CLOSED;
    if (ins->phase == BJ_PHASE_HALTED) return BJ_REJ_INSTRUMENT_HALTED;
    if (ins->phase == BJ_PHASE_BUFFER) return BJ_REJ_PHASE;
    return BJ_OK;
}

static bj_status_t check_fields(const model_order_t *want, const bj_match_cmd_t *cmd) {
    if (want->type != BJ_LIMIT && want->type != BJ_MARKET) return BJ_REJ_ORDER_TYPE;
    if (want->tif < BJ_DAY || want->tif > BJ_GTC) return BJ_REJ_ORDER_TYPE;
    if (cmd->qty <= 0) return BJ_REJ_QTY;
    if (want->type == BJ_LIMIT ? cmd->price_paise <= 0 : cmd->price_paise != 0) {
        return BJ_REJ_PRICE;
    }
    if (cmd->trigger_paise < 0 || cmd->disclosed_qty < 0) return BJ_REJ_FIELD;
    if (cmd->flags & ~BJ_MATCH_ORDER_FLAGS) return BJ_REJ_FIELD;
    return BJ_OK;
}

static bj_status_t check_tif(const model_t *m, const model_order_t *want) {
    bool is_long = m->instrument[want->instrument_idx].def.flags & BJ_MATCH_LONG_ORDERS;
    if ((want->tif == BJ_GTD || want->tif == BJ_GTC) && !is_long) return BJ_REJ_TIF;
    if (want->tif == BJ_GTD && want->day < m->today) return BJ_REJ_TIF;
    return BJ_OK;
}

static bj_status_t check_price(const model_instrument_t *ins, const model_order_t *want,
                               bool is_stop) {
    if (ins->phase == BJ_PHASE_POST_CLOSE && want->type == BJ_LIMIT &&
        want->price != ins->closing) {
        return BJ_REJ_CLOSING_PRICE;
    }
    int64_t lo, hi;
    m_band(ins, m_in_auction(ins), &lo, &hi);
    if (want->type == BJ_LIMIT && m_is_outside(want->price, lo, hi)) return BJ_REJ_PRICE_BAND;
    if (is_stop && m_is_outside(want->trigger, lo, hi)) return BJ_REJ_PRICE_BAND;
    return BJ_OK;
}

static bj_status_t check_stop(const bj_match_instrument_t *def, const model_order_t *want) {
    if (want->type == BJ_MARKET) {
        return def->flags & BJ_MATCH_NO_STOP_MARKET ? BJ_REJ_TRIGGER : BJ_OK;
    }
    int64_t gap = want->side == BJ_BUY ? (int64_t)want->price - want->trigger
                                       : (int64_t)want->trigger - want->price;
    if (gap < 0) return BJ_REJ_TRIGGER;
    if (def->stop_gap_max_paise && gap > def->stop_gap_max_paise) return BJ_REJ_TRIGGER;
    return BJ_OK;
}

static bj_status_t check_disclosed(const bj_match_instrument_t *def, const model_order_t *want) {
    if (!want->disclosed) return BJ_OK;
    if (want->disclosed > want->leaves) return BJ_REJ_DISCLOSED;
    bool enough = (int64_t)want->disclosed * 100 >= (int64_t)want->leaves * def->disclosed_min_pct;
    if ((int64_t)want->disclosed * 1000 < want->leaves) return BJ_REJ_DISCLOSED;
    return enough ? BJ_OK : BJ_REJ_DISCLOSED;
}

static bj_status_t check_reference(const model_instrument_t *ins, const model_order_t *want,
                                   bool is_stop) {
    bool needs = want->type == BJ_MARKET && !is_stop && ins->phase == BJ_PHASE_CONTINUOUS &&
                 (ins->def.flags & BJ_MATCH_NEEDS_LAST);
    return needs && !ins->last ? BJ_REJ_NO_REFERENCE : BJ_OK;
}

/* --- NEW */

static bj_status_t check_new_phase(const model_instrument_t *ins, const model_order_t *want) {
    bj_status_t status = check_phase(ins);
    if (status) return status;
    if (m_in_auction(ins) || ins->phase == BJ_PHASE_POST_CLOSE) {
        if (want->tif == BJ_IOC || want->trigger || want->disclosed) return BJ_REJ_PHASE;
    }
    if (ins->phase == BJ_PHASE_AUCTION_LIMIT && want->type == BJ_MARKET) return BJ_REJ_PHASE;
    return BJ_OK;
}

static bj_status_t check_new(const model_t *m, const bj_match_cmd_t *cmd,
                             const model_order_t *want) {
    if (!m_is_defined(m, cmd->instrument_idx)) return BJ_REJ_INSTRUMENT_UNKNOWN;
    const model_instrument_t *ins = &m->instrument[cmd->instrument_idx];
    bj_status_t status;
    if (cmd->side != BJ_BUY && cmd->side != BJ_SELL) return BJ_REJ_ORDER_TYPE;
    if ((status = check_fields(want, cmd))) return status;
    if (m_find(m, cmd->order_id)) return BJ_REJ_DUPLICATE;
    if ((status = check_new_phase(ins, want))) return status;
    if ((status = check_tif(m, want))) return status;
    if ((cmd->flags & BJ_MATCH_INTRADAY) && (ins->def.flags & BJ_MATCH_TRADE_TO_TRADE)) {
        return BJ_REJ_TRADE_TO_TRADE;
    }
    if ((status = check_price(ins, want, want->trigger != 0))) return status;
    if (want->trigger && (status = check_stop(&ins->def, want))) return status;
    if ((status = check_disclosed(&ins->def, want))) return status;
    if ((status = check_reference(ins, want, want->trigger != 0))) return status;
    return model_live(m) == m->order_max ? BJ_REJ_ENGINE_FULL : BJ_OK;
}

void m_apply_new(model_t *m, const bj_match_cmd_t *cmd) {
    model_order_t want = {
        .live = true, .order_id = cmd->order_id, .instrument_idx = cmd->instrument_idx,
        .owner = cmd->owner, .account = cmd->account, .price = cmd->price_paise,
        .leaves = cmd->qty, .trigger = cmd->trigger_paise, .disclosed = cmd->disclosed_qty,
        .desk = cmd->desk, .day = cmd->day, .side = cmd->side, .type = cmd->type,
        .tif = cmd->tif, .flags = cmd->flags,
    };
    bj_status_t status = check_new(m, cmd, &want);
    if (status) {
        bj_match_event_t *e = m_tell(m, &want, BJ_MEV_REJECTED, 0);
        e->leaves_qty = 0;
        e->reason = (uint8_t)status;
        m->reject_cnt++;
        return;
    }
    uint32_t i = 0;
    while (m->order[i].live) i++;
    m->order[i] = want;
    come(m, &m->order[i], BJ_MEV_ACCEPTED, want.trigger != 0);
}

/* --- section 4: MODIFY */

static bj_status_t check_identity(const model_t *m, const bj_match_cmd_t *cmd,
                                  const model_order_t *o) {
    const bj_match_instrument_t *def = &m->instrument[o->instrument_idx].def;
    if (cmd->side && cmd->side != o->side) return BJ_REJ_MODIFY;
    if (cmd->instrument_idx != BJ_MATCH_ALL && cmd->instrument_idx != o->instrument_idx) {
        return BJ_REJ_MODIFY;
    }
    if ((cmd->flags & BJ_MATCH_ORDER_FLAGS) != o->flags) return BJ_REJ_MODIFY;
    if (cmd->account && cmd->account != o->account &&
        !(def->flags & BJ_MATCH_ACCOUNT_MAY_CHANGE)) {
        return BJ_REJ_MODIFY;
    }
    return BJ_OK;
}

static bj_status_t check_modify_phase(const model_instrument_t *ins, const bj_match_cmd_t *cmd,
                                      const model_order_t *o, const model_order_t *want) {
    bool post_close = ins->phase == BJ_PHASE_POST_CLOSE;
    if (post_close && o->where != MODEL_QUEUE) return BJ_REJ_PHASE;
    if (m_in_auction(ins) && o->where == MODEL_WAITING) return BJ_REJ_PHASE;
    if (ins->phase == BJ_PHASE_AUCTION_LIMIT &&
        (o->type == BJ_MARKET || want->type == BJ_MARKET)) {
        return BJ_REJ_PHASE;
    }
    if (m_in_auction(ins) || post_close) {
        if (want->tif == BJ_IOC) return BJ_REJ_PHASE;
        if (cmd->disclosed_qty && cmd->disclosed_qty != o->disclosed) return BJ_REJ_PHASE;
    }
    return BJ_OK;
}

static bj_status_t check_modify(const model_t *m, const bj_match_cmd_t *cmd,
                                const model_order_t *o, const model_order_t *want) {
    const model_instrument_t *ins = &m->instrument[o->instrument_idx];
    bool is_stop = o->where == MODEL_WAITING && cmd->trigger_paise > 0;
    bj_status_t status;
    if ((status = check_identity(m, cmd, o))) return status;
    if ((status = check_phase(ins))) return status;
    if ((status = check_fields(want, cmd))) return status;
    if ((int64_t)want->leaves + o->cum > INT32_MAX) return BJ_REJ_QTY;
    if ((status = check_modify_phase(ins, cmd, o, want))) return status;
    if (o->where != MODEL_WAITING && cmd->trigger_paise && cmd->trigger_paise != o->trigger) {
        return BJ_REJ_MODIFY;
    }
    if ((status = check_tif(m, want))) return status;
    if ((status = check_price(ins, want, is_stop))) return status;
    if (is_stop && (status = check_stop(&ins->def, want))) return status;
    if (cmd->disclosed_qty != o->disclosed || want->leaves > o->leaves) {
        model_order_t lowered = *want;
        if (cmd->disclosed_qty == o->disclosed)
            lowered.disclosed = m_min_i32(want->disclosed, want->leaves);
        if ((status = check_disclosed(&ins->def, &lowered))) return status;
    }
    return check_reference(ins, want, is_stop);
}

static model_order_t modified(const model_order_t *o, const bj_match_cmd_t *cmd) {
    model_order_t want = *o;
    want.price = cmd->price_paise;
    want.leaves = cmd->qty;
    want.disclosed = cmd->disclosed_qty;
    if (o->where == MODEL_WAITING) want.trigger = cmd->trigger_paise;
    if (cmd->type) want.type = cmd->type;
    if (cmd->tif) want.tif = cmd->tif;
    if (cmd->tif == BJ_GTD) want.day = cmd->day;
    if (cmd->account) want.account = cmd->account, want.owner = cmd->owner;
    return want;
}

static bool keeps_place(const model_order_t *o, const model_order_t *want, bool disclosed_as_was) {
    if (want->price != o->price || want->type != o->type) return false;
    if (want->leaves > o->leaves) return false;
    if (want->tif == BJ_IOC && o->tif != BJ_IOC) return false;
    if (o->where == MODEL_WAITING) return want->trigger == o->trigger;
    if (o->where == MODEL_QUEUE && o->type == BJ_MARKET) return want->leaves == o->leaves;
    return disclosed_as_was || m_fresh_slice(want) <= o->shown;
}

static void modify_kept(model_t *m, model_order_t *o, const model_order_t *want,
                        bool disclosed_as_was) {
    int32_t shown = o->shown;
    uint8_t flags = BJ_MEF_KEPT;
    *o = *want;
    if (o->where == MODEL_WAITING) flags |= BJ_MEF_WAITS;
    if (o->where == MODEL_QUEUE) flags |= BJ_MEF_QUEUED, o->shown = o->leaves;
    if (o->where == MODEL_LEVEL) {
        o->shown = disclosed_as_was ? m_min_i32(shown, o->leaves) : m_fresh_slice(o);
    }
    m_tell(m, o, BJ_MEV_MODIFIED, flags);
}

void m_apply_modify(model_t *m, const bj_match_cmd_t *cmd) {
    model_order_t *o = m_find(m, cmd->order_id);
    if (!o) {
        m_refuse(m, cmd, BJ_REJ_ORDER_UNKNOWN);
        return;
    }
    const model_instrument_t *ins = &m->instrument[o->instrument_idx];
    model_order_t want = modified(o, cmd);
    bj_status_t status = check_modify(m, cmd, o, &want);
    if (status) {
        m_request_rejected(m, cmd, 0, o, status);
        return;
    }
    bool disclosed_as_was = cmd->disclosed_qty == o->disclosed;
    want.disclosed = m_min_i32(want.disclosed, want.leaves);
    if (ins->phase == BJ_PHASE_POST_CLOSE) want.type = BJ_LIMIT, want.price = ins->closing;
    if (keeps_place(o, &want, disclosed_as_was)) {
        modify_kept(m, o, &want, disclosed_as_was);
        return;
    }
    bool is_stop = o->where == MODEL_WAITING && want.trigger;
    *o = want;
    come(m, o, BJ_MEV_MODIFIED, is_stop);
}

/* --- CANCEL, MASS_CANCEL */

void m_apply_cancel(model_t *m, const bj_match_cmd_t *cmd) {
    model_order_t *o = m_find(m, cmd->order_id);
    if (!o) {
        m_refuse(m, cmd, BJ_REJ_ORDER_UNKNOWN);
        return;
    }
    uint8_t phase = m->instrument[o->instrument_idx].phase;
    if (cmd->instrument_idx != BJ_MATCH_ALL && cmd->instrument_idx != o->instrument_idx) {
        m_request_rejected(m, cmd, 0, o, BJ_REJ_MODIFY);
    } else if (phase == BJ_PHASE_BUFFER ||
               (phase == BJ_PHASE_AUCTION_LIMIT && o->where == MODEL_QUEUE)) {
        m_request_rejected(m, cmd, 0, o, BJ_REJ_PHASE);
    } else {
        m_end(m, o, BJ_END_USER);
    }
}

void m_apply_mass_cancel(model_t *m, const bj_match_cmd_t *cmd) {
    bj_status_t reason = cmd->reason ? (bj_status_t)cmd->reason : BJ_END_MASS;
    if (cmd->instrument_idx != BJ_MATCH_ALL && !m_is_defined(m, cmd->instrument_idx)) {
        m_refuse(m, cmd, BJ_REJ_INSTRUMENT_UNKNOWN);
        return;
    }
    if (cmd->side && cmd->side != BJ_BUY && cmd->side != BJ_SELL) {
        m_refuse(m, cmd, BJ_REJ_FIELD);
        return;
    }
    uint32_t cnt;
    int32_t ended = 0;
    model_order_t **list = m_list_all(m, cmd->instrument_idx, &cnt);
    for (uint32_t i = 0; i < cnt; i++) {
        const model_order_t *o = list[i];
        if (cmd->account && cmd->account != o->account) continue;
        if (cmd->desk && cmd->desk != o->desk) continue;
        if (cmd->side && cmd->side != o->side) continue;
        m_end(m, list[i], reason);
        ended++;
    }
    free(list);
    m_done(m, cmd->instrument_idx, ended, reason, cmd->side);
}

