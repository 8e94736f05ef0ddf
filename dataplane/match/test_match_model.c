/* Readings, where docs/matching.md leaves room:
 *  - MODIFY, disclosed quantity: whether it "is as it was" is asked of what the command states,
 *    before it is lowered.
 *  - POST_CLOSE: an order without a price of its own is not looked at for the band.
 *  - A place lost outside an AUCTION phase makes an order one that "counts as earlier" again.
 *  - Stops wake in CONTINUOUS only.
 *  - An IOC stop that waits ends with the day, as a DAY order does.
 *  - GTD in a queue, due: END_DAY.
 *  - UNCROSSED: a quantity that does not fit is the largest there is. */
#include "dataplane/match/test_match_model_priv.h"

#include <stdlib.h>


model_t *model_new(uint32_t instrument_max, uint32_t order_max) {
    model_t *m = calloc(1, sizeof *m);
    m->instrument_max = instrument_max;
    m->order_max = order_max;
    m->instrument = calloc(instrument_max, sizeof *m->instrument);
    m->order = calloc(order_max, sizeof *m->order);
    m->place = 1;
    return m;
}

void model_free(model_t *m) {
    free(m->instrument);
    free(m->order);
    free(m->event);
    free(m);
}

bool m_in_auction(const model_instrument_t *ins) {
    return ins->phase == BJ_PHASE_AUCTION || ins->phase == BJ_PHASE_AUCTION_LIMIT;
}

bool m_is_defined(const model_t *m, uint32_t instrument_idx) {
    return instrument_idx < m->instrument_max && m->instrument[instrument_idx].defined;
}

bj_status_t model_define(model_t *m, uint32_t instrument_idx, const bj_match_instrument_t *def) {
    const uint32_t known = BJ_MATCH_TRADE_TO_TRADE | BJ_MATCH_NO_STOP_MARKET |
                           BJ_MATCH_NEEDS_LAST | BJ_MATCH_ACCOUNT_MAY_CHANGE |
                           BJ_MATCH_LONG_ORDERS;
    if (instrument_idx >= m->instrument_max) return BJ_REJ_FIELD;
    if (def->tick_paise <= 0 || def->prev_close_paise <= 0) return BJ_REJ_FIELD;
    if (def->band_lo_paise <= 0 || def->band_lo_paise > def->band_hi_paise) return BJ_REJ_FIELD;
    if (def->protection_min_paise < 0 || def->stop_gap_max_paise < 0) return BJ_REJ_FIELD;
    if (def->disclosed_min_pct > 100 || (def->flags & ~known)) return BJ_REJ_FIELD;
    model_instrument_t *ins = &m->instrument[instrument_idx];
    if (!ins->defined) ins->phase = BJ_PHASE_CONTINUOUS;
    ins->defined = true;
    ins->def = *def;
    return BJ_OK;
}

/* --- events */

bj_match_event_t *m_event_add(model_t *m, uint8_t type, uint32_t instrument_idx) {
    if (m->event_cnt == m->event_max) {
        m->event_max = m->event_max ? 2 * m->event_max : 64;
        m->event = realloc(m->event, m->event_max * sizeof *m->event);
    }
    bj_match_event_t *e = &m->event[m->event_cnt++];
    *e = (bj_match_event_t){.cmd_no = m->cmd_cnt, .instrument_idx = instrument_idx, .type = type,
                            .handle = BJ_HANDLE_NONE, .contra_handle = BJ_HANDLE_NONE};
    return e;
}

/* Most events of an order say the same: how it stands. */
bj_match_event_t *m_tell(model_t *m, const model_order_t *o, uint8_t type, uint8_t flags) {
    bj_match_event_t *e = m_event_add(m, type, o->instrument_idx);
    e->order_id = o->order_id;
    e->price_paise = o->price;
    e->qty = e->leaves_qty = o->leaves;
    e->cum_qty = o->cum;
    e->contra_leaves_qty = o->shown;
    e->contra_cum_qty = o->trigger;
    e->side = o->side;
    e->flags = flags;
    return e;
}

void m_end(model_t *m, model_order_t *o, bj_status_t reason) {
    bj_match_event_t *e = m_tell(m, o, BJ_MEV_CANCELLED, 0);
    e->leaves_qty = e->contra_leaves_qty = 0;
    e->reason = (uint8_t)reason;
    o->live = false;
}

void m_request_rejected(model_t *m, const bj_match_cmd_t *cmd, uint32_t instrument_idx,
                        const model_order_t *o, bj_status_t reason) {
    bj_match_event_t *e = m_event_add(m, BJ_MEV_REQUEST_REJECTED, instrument_idx);
    e->order_id = cmd->order_id;
    e->reason = (uint8_t)reason;
    m->reject_cnt++;
    if (!o) return;
    e->instrument_idx = o->instrument_idx;
    e->side = o->side;
    e->price_paise = o->price;
    e->leaves_qty = o->leaves;
    e->cum_qty = o->cum;
}

void m_refuse(model_t *m, const bj_match_cmd_t *cmd, bj_status_t reason) {
    m_request_rejected(m, cmd, cmd->instrument_idx, NULL, reason);
}

void m_done(model_t *m, uint32_t instrument_idx, int32_t cnt, bj_status_t reason,
            uint8_t side) {
    bj_match_event_t *e = m_event_add(m, BJ_MEV_DONE, instrument_idx);
    e->qty = cnt;
    e->reason = (uint8_t)reason;
    e->side = side;
}

/* --- finding orders */

int32_t m_min_i32(int32_t a, int32_t b) {
    return a < b ? a : b;
}

int32_t m_fresh_slice(const model_order_t *o) {
    return o->disclosed ? m_min_i32(o->disclosed, o->leaves) : o->leaves;
}

/* What comes first among those of one side that are at one kind of place: best price, or the
 * trigger that wakes first. */
static int64_t rank(const model_order_t *o) {
    int64_t buy = o->side == BJ_BUY ? 1 : -1;
    if (o->where == MODEL_LEVEL) return -buy * o->price;
    if (o->where == MODEL_WAITING) return buy * o->trigger;
    return 0;
}

static bool is_ahead(const model_order_t *a, const model_order_t *b) {
    return rank(a) < rank(b) || (rank(a) == rank(b) && a->place < b->place);
}

/* side 0: of both */
model_order_t *m_first(const model_t *m, uint32_t instrument_idx, model_where_t where,
                       uint8_t side) {
    model_order_t *best = NULL;
    for (uint32_t i = 0; i < m->order_max; i++) {
        model_order_t *o = &m->order[i];
        if (!o->live || o->instrument_idx != instrument_idx || o->where != where) continue;
        if (side && o->side != side) continue;
        if (!best || is_ahead(o, best)) best = o;
    }
    return best;
}

model_order_t *m_find(const model_t *m, uint64_t order_id) {
    for (uint32_t i = 0; i < m->order_max; i++) {
        if (m->order[i].live && m->order[i].order_id == order_id) return &m->order[i];
    }
    return NULL;
}

uint32_t model_live(const model_t *m) {
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < m->order_max; i++) cnt += m->order[i].live;
    return cnt;
}

uint8_t m_other_side(uint8_t side) {
    return side == BJ_BUY ? BJ_SELL : BJ_BUY;
}

bool m_is_same_owner(const model_order_t *a, const model_order_t *b) {
    return a->owner != 0 && a->owner == b->owner;
}

/* --- every order, in the order of bj_match_each */

static bool is_before(const model_order_t *a, const model_order_t *b) {
    if (a->instrument_idx != b->instrument_idx) return a->instrument_idx < b->instrument_idx;
    if (a->where != b->where) return a->where < b->where;
    if (a->side != b->side) return a->side == BJ_BUY;
    return is_ahead(a, b);
}

/* The caller frees the list. */
model_order_t **m_list_all(const model_t *m, uint32_t instrument_idx, uint32_t *cnt) {
    model_order_t **list = malloc(m->order_max * sizeof *list);
    *cnt = 0;
    for (uint32_t i = 0; i < m->order_max; i++) {
        model_order_t *o = &m->order[i];
        if (!o->live) continue;
        if (instrument_idx != BJ_MATCH_ALL && o->instrument_idx != instrument_idx) continue;
        uint32_t at = (*cnt)++;
        for (; at > 0 && is_before(o, list[at - 1]); at--) list[at] = list[at - 1];
        list[at] = o;
    }
    return list;
}

/* --- bands and limits */

void m_band(const model_instrument_t *ins, bool of_auction, int64_t *lo, int64_t *hi) {
    bool own = of_auction && ins->auction_hi;
    *lo = own ? ins->auction_lo : ins->def.band_lo_paise;
    *hi = own ? ins->auction_hi : ins->def.band_hi_paise;
}

bool m_is_outside(int64_t price, int64_t lo, int64_t hi) {
    return price < lo || price > hi;
}

int64_t m_max_i64(int64_t a, int64_t b) {
    return a > b ? a : b;
}

int64_t m_min_i64(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/* The worst price a taker trades at. */
int64_t m_taker_limit(const model_t *m, const model_order_t *o) {
    const model_instrument_t *ins = &m->instrument[o->instrument_idx];
    const bj_match_instrument_t *def = &ins->def;
    if (o->type == BJ_LIMIT) return o->price;
    if (!def->protection_bp) return o->side == BJ_BUY ? def->band_hi_paise : def->band_lo_paise;
    int64_t reference = ins->last ? ins->last : def->prev_close_paise;
    int64_t distance = m_max_i64(reference * def->protection_bp / 10000, def->protection_min_paise);
    return o->side == BJ_BUY ? m_min_i64(reference + distance, def->band_hi_paise)
                             : m_max_i64(reference - distance, def->band_lo_paise);
}

bool m_is_beyond(uint8_t taker_side, int64_t price, int64_t limit) {
    return taker_side == BJ_BUY ? price > limit : price < limit;
}

/* 0: the window has no trade */
int32_t m_window_price(const model_instrument_t *ins) {
    if (!ins->window_qty) return 0;
    model_wide_t tick = (model_wide_t)ins->def.tick_paise;
    model_wide_t qty = ins->window_qty;
    return (int32_t)((2 * ins->window_value + qty * tick) / (2 * qty * tick) * tick);
}

void model_apply(model_t *m, const bj_match_cmd_t *cmd) {
    m->cmd_cnt++;
    m->event_cnt = 0;
    switch (cmd->op) {
    case BJ_OP_NEW: m_apply_new(m, cmd); break;
    case BJ_OP_MODIFY: m_apply_modify(m, cmd); break;
    case BJ_OP_CANCEL: m_apply_cancel(m, cmd); break;
    case BJ_OP_MASS_CANCEL: m_apply_mass_cancel(m, cmd); break;
    case BJ_OP_PHASE: m_apply_phase(m, cmd); break;
    case BJ_OP_UNCROSS: m_apply_uncross(m, cmd); break;
    case BJ_OP_BAND: m_apply_band(m, cmd); break;
    case BJ_OP_WINDOW: m_apply_window(m, cmd); break;
    case BJ_OP_DAY_END: m_apply_day_end(m, cmd); break;
    default: m_refuse(m, cmd, BJ_ERR_UNKNOWN_TYPE); break;
    }
}

/* --- looking */

bj_match_top_t model_top(const model_t *m, uint32_t instrument_idx) {
    bj_match_top_t top = {0};
    const model_order_t *bid = m_first(m, instrument_idx, MODEL_LEVEL, BJ_BUY);
    const model_order_t *ask = m_first(m, instrument_idx, MODEL_LEVEL, BJ_SELL);
    if (bid) top.bid_paise = bid->price;
    if (ask) top.ask_paise = ask->price;
    for (uint32_t i = 0; i < m->order_max; i++) {
        const model_order_t *o = &m->order[i];
        if (!o->live || o->instrument_idx != instrument_idx || o->where != MODEL_LEVEL) continue;
        if (o->side == BJ_BUY && o->price == top.bid_paise) top.bid_qty += o->shown;
        if (o->side == BJ_SELL && o->price == top.ask_paise) top.ask_qty += o->shown;
    }
    return top;
}

bool model_view(const model_t *m, uint32_t instrument_idx, bj_match_view_t *view) {
    if (!m_is_defined(m, instrument_idx)) return false;
    const model_instrument_t *ins = &m->instrument[instrument_idx];
    *view = (bj_match_view_t){.definition = ins->def, .phase = (bj_phase_t)ins->phase,
                              .auction = (bj_auction_t)ins->auction, .last_paise = ins->last,
                              .closing_paise = ins->closing};
    return true;
}

static bj_match_order_t seen(const model_order_t *o) {
    return (bj_match_order_t){
        .order_id = o->order_id, .instrument_idx = o->instrument_idx, .owner = o->owner,
        .account = o->account, .handle = BJ_HANDLE_NONE, .price_paise = o->price,
        .shown_qty = o->shown, .leaves_qty = o->leaves, .cum_qty = o->cum,
        .trigger_paise = o->trigger, .disclosed_qty = o->disclosed, .desk = o->desk,
        .day = o->day, .side = o->side, .type = o->type, .tif = o->tif, .flags = o->flags,
        .dormant = o->where == MODEL_WAITING,
    };
}

bool model_find(const model_t *m, uint64_t order_id, bj_match_order_t *order) {
    const model_order_t *o = m_find(m, order_id);
    if (o) *order = seen(o);
    return o != NULL;
}

void model_each(const model_t *m, uint32_t instrument_idx,
                void (*fn)(void *ctx, const bj_match_order_t *order), void *ctx) {
    uint32_t cnt;
    model_order_t **list = m_list_all(m, instrument_idx, &cnt);
    for (uint32_t i = 0; i < cnt; i++) {
        bj_match_order_t order = seen(list[i]);
        fn(ctx, &order);
    }
    free(list);
}
