#include "dataplane/engine/test_bj_model.h"

static bool in_level(const plain_t *o) { return !o->waits && !o->queued; }
static int32_t slice(const plain_t *o) {
    return o->disclosed_qty && o->disclosed_qty < leaves(o) ? o->disclosed_qty : leaves(o);
}
static row_t *row_of(model_t *m, const plain_t *o) { return &m->row[o->token]; }

/* --- what is checked */

static bj_status_t check_kind(const row_t *r, const plain_t *o, const plain_t *old) {
    bool calm = o->tif != BJ_IOC &&
                (!o->disclosed_qty || (old && o->disclosed_qty == old->disclosed_qty));
    if (r->phase == BJ_STATE_OPEN) return BJ_OK;
    if (r->phase == BJ_STATE_POST_CLOSE && old && !old->queued) return BJ_REJ_PHASE;
    if (!calm || o->waits || (old && old->waits)) return BJ_REJ_PHASE;
    if (r->phase == BJ_STATE_AUCTION_LIMIT && (is_market(o->order_type) ||
                                               (old && old->order_type == BJ_MARKET)))
        return BJ_REJ_PHASE;
    return BJ_OK;
}

bj_status_t market_check(const model_t *m, const plain_t *o, const plain_t *old) {
    const row_t *r = &m->row[o->token];
    bool buy = o->side == BJ_BUY, after = r->phase == BJ_STATE_POST_CLOSE;
    bj_status_t status = check_kind(r, o, old);
    if (status != BJ_OK) return status;
    if (old && !old->waits && o->trigger_paise && o->trigger_paise != old->trigger_paise)
        return BJ_REJ_MODIFY;
    bool lasts = o->tif == BJ_GTD || o->tif == BJ_GTC;
    if (lasts && !(r->def.rules & LONG_ORDERS)) return BJ_REJ_TIF;
    if (o->tif == BJ_GTD && o->day < m->today) return BJ_REJ_TIF;
    if (!old && (o->flags & BJ_FLAG_INTRADAY) && (r->def.rules & TRADE_TO_TRADE))
        return BJ_REJ_TRADE_TO_TRADE;
    if (after && o->price_paise && o->price_paise != r->closing) return BJ_REJ_CLOSING_PRICE;
    if (o->price_paise && (o->price_paise < lowest(r) || o->price_paise > highest(r)))
        return BJ_REJ_PRICE_BAND;
    if (o->waits && (o->trigger_paise < lowest(r) || o->trigger_paise > highest(r)))
        return BJ_REJ_PRICE_BAND;
    if (o->waits && is_market(o->order_type) && (r->def.rules & NO_STOP_MARKET))
        return BJ_REJ_TRIGGER;
    if (o->waits && !is_market(o->order_type) &&
        (buy ? o->price_paise < o->trigger_paise : o->price_paise > o->trigger_paise))
        return BJ_REJ_TRIGGER;
    bool same = old && o->disclosed_qty == old->disclosed_qty;
    if (o->disclosed_qty && !(same && leaves(o) <= leaves(old))) {
        int32_t shown = same && o->disclosed_qty > leaves(o) ? leaves(o) : o->disclosed_qty;
        bool enough = (int64_t)shown * 100 >= (int64_t)leaves(o) * r->def.disclosed_min_pct;
        if (shown > leaves(o) || !enough) return BJ_REJ_DISCLOSED;
    }
    bool blind = is_market(o->order_type) && !o->waits && r->phase == BJ_STATE_OPEN &&
                 !r->last && (r->def.rules & NEEDS_LAST);
    return blind ? BJ_REJ_NO_REFERENCE : BJ_OK;
}

bool market_lets_go(const model_t *m, const plain_t *o) {
    uint32_t phase = m->row[o->token].phase;
    return phase != BJ_STATE_BUFFER && !(phase == BJ_STATE_AUCTION_LIMIT && o->queued);
}

/* --- trading */

/* The worst price it may trade at. */
static int32_t limit_of(model_t *m, const plain_t *o) {
    const row_t *r = row_of(m, o);
    bool buy = o->side == BJ_BUY;
    if (!is_market(o->order_type)) return o->price_paise;
    int64_t far = buy ? r->band_hi : r->band_lo, from = r->last ? r->last : r->prev_close;
    if (!r->def.protection_bp) return (int32_t)far;
    int64_t reach = from * r->def.protection_bp / 10000;
    if (reach < r->def.protection_min_paise) reach = r->def.protection_min_paise;
    int64_t limit = buy ? from + reach : from - reach;
    return (int32_t)(buy ? (limit < far ? limit : far) : limit > far ? limit : far);
}

/* Whom an order meets next, in the levels or in the queue; NULL: nobody. */
static plain_t *partner(model_t *m, const plain_t *o, bool queue, int64_t limit) {
    plain_t *best = NULL;
    int64_t sign = o->side == BJ_BUY ? 1 : -1;
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        plain_t *p = &m->order[i];
        if (p == o || p->token != o->token || p->side == o->side || p->waits || p->queued != queue)
            continue;
        if (!p->shown_qty) continue; /* a stop that woke and waits in the line: in no book yet */
        if (sign * p->price_paise > sign * limit) continue;
        if (!best || sign * p->price_paise < sign * best->price_paise ||
            (p->price_paise == best->price_paise && p->place < best->place)) best = p;
    }
    return best;
}

static void trade(model_t *m, plain_t *first, plain_t *second, int32_t price, int32_t qty,
                  bool auction) {
    plain_t *both[] = {first, second};
    row_t *r = row_of(m, first);
    m->match_id++;
    model_protection(m, r, price, qty);
    r->window_value += (int64_t)price * qty;
    r->window_qty += qty;
    for (int i = 0; i < 2; i++) {
        both[i]->cum_qty += qty;
        model_traded(m, both[i], qty);
        bj_event_t *e = say_order(m, BJ_EV_TRADE, both[i]);
        e->match_id = m->match_id, e->contra_order_id = both[!i]->order_id;
        e->last_price_paise = price, e->last_qty = qty;
        if (auction) e->flags |= BJ_FLAG_AUCTION;
        else if (i == 0) e->flags |= BJ_FLAG_MAKER;
        if (r->def.rules & TRADE_TO_TRADE) e->flags |= BJ_FLAG_TRADE_TO_TRADE;
    }
}

/* Meets a list as long as it can; the price it traded at last, or 0. */
static int32_t meet_once(model_t *m, plain_t *o, plain_t *p) {
    int32_t price = p->price_paise, qty = leaves(o) < p->shown_qty ? leaves(o) : p->shown_qty;
    if (o->owner == p->owner) {
        end(m, o->flags & BJ_FLAG_STP_ACTIVE ? o->order_id : p->order_id, BJ_END_SELF_TRADE);
        return 0;
    }
    trade(m, p, o, price, qty, false);
    row_of(m, o)->last = price;
    p->shown_qty -= qty;
    if (!leaves(p)) {
        drop(m, p->order_id);
    } else if (!p->shown_qty) {
        p->shown_qty = p->queued ? leaves(p) : slice(p);
        p->place = ++m->place;
    }
    return price;
}

static void rest(model_t *m, plain_t *o, bool queued) {
    o->queued = queued;
    o->shown_qty = queued ? leaves(o) : slice(o);
    o->place = ++m->place;
    if (m->active == o->order_id) m->active = 0;
}

/* Stops that these prices reach go to the line, the nearest trigger first. */
static void wake(model_t *m, uint32_t token, int32_t lo, int32_t hi) {
    for (int sell = 0; sell < 2;) {
        plain_t *best = NULL;
        int64_t sign = sell ? -1 : 1;
        for (uint32_t i = 0; i < m->order_cnt; i++) {
            plain_t *o = &m->order[i];
            if (o->token != token || !o->waits || (o->side == BJ_SELL) != sell) continue;
            if (sell ? o->trigger_paise < lo : o->trigger_paise > hi) continue;
            if (!best || sign * o->trigger_paise < sign * best->trigger_paise ||
                (o->trigger_paise == best->trigger_paise && o->place < best->place)) best = o;
        }
        if (!best) {
            sell++;
            continue;
        }
        best->waits = false, best->queued = true; /* in no level while it stands in line */
        say_order(m, BJ_EV_TRIGGERED, best);
        m->line[m->line_cnt++] = best->order_id;
    }
}

static void trade_in(model_t *m, uint64_t order_id, bj_event_type_t type) {
    plain_t *o = find(m, order_id), *p;
    uint32_t token = o->token;
    int32_t lo = INT32_MAX, hi = 0, limit = limit_of(m, o);
    const int64_t any_price = o->side == BJ_BUY ? INT64_MAX : 0;
    o->arrival = 0, o->queued = true; /* in no level while it trades */
    if (type) say_order(m, type, o);
    while ((o = find(m, order_id)) && leaves(o) && (p = partner(m, o, false, limit))) {
        int32_t price = meet_once(m, o, p);
        if (price && price < lo) lo = price;
        if (price > hi) hi = price;
    }
    if (o && !leaves(o)) drop(m, order_id);
    else if (o && is_market(o->order_type))
        end(m, order_id, partner(m, o, false, any_price) ? BJ_END_PROTECTION : BJ_END_NO_LIQUIDITY);
    else if (o && o->tif == BJ_IOC) end(m, order_id, BJ_END_IOC);
    else if (o) rest(m, o, false);
    if (hi) wake(m, token, lo, hi);
}

static void run_line(model_t *m) {
    while (m->line_cnt) {
        uint64_t order_id = m->line[0];
        memmove(m->line, m->line + 1, --m->line_cnt * sizeof m->line[0]);
        plain_t *o = find(m, order_id);
        const row_t *r = row_of(m, o);
        bool out = !is_market(o->order_type) &&
                   (o->price_paise < r->band_lo || o->price_paise > r->band_hi);
        if (out) end(m, order_id, BJ_END_BAND);
        else trade_in(m, order_id, 0);
    }
}

static void enter_after_close(model_t *m, uint64_t order_id, bj_event_type_t type) {
    plain_t *o = find(m, order_id), *p;
    o->price_paise = o->limit_paise = row_of(m, o)->closing;
    o->order_type = BJ_LIMIT;
    o->queued = false;
    say_order(m, type, o);
    while ((o = find(m, order_id)) && leaves(o) && (p = partner(m, o, true, o->price_paise)))
        (void)meet_once(m, o, p);
    if (o && !leaves(o)) drop(m, order_id);
    else if (o) rest(m, o, true);
    if (o) o->arrival = 0;
}

void market_enter(model_t *m, uint64_t order_id, bj_event_type_t type) {
    plain_t *o = find(m, order_id);
    row_t *r = row_of(m, o);
    m->active = order_id;
    if (is_auction(r->phase)) {
        o->arrival = ++m->arrival;
        say_order(m, type, o);
        rest(m, o, is_market(o->order_type));
    } else if (r->phase == BJ_STATE_POST_CLOSE) {
        enter_after_close(m, order_id, type);
    } else if (o->waits) {
        say_order(m, type, o);
        o->place = ++m->place, o->shown_qty = 0, o->arrival = 0;
        bool buy = o->side == BJ_BUY;
        bool reached = buy ? r->last >= o->trigger_paise : r->last <= o->trigger_paise;
        if (r->last && reached) wake(m, o->token, r->last, r->last);
    } else {
        trade_in(m, order_id, type);
    }
    run_line(m);
}

/* --- auctions */

static int64_t willing(const model_t *m, uint32_t token, uint8_t side, int32_t price) {
    int64_t qty = 0;
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        const plain_t *o = &m->order[i];
        if (o->token != token || o->side != side || o->waits) continue;
        bool buy = side == BJ_BUY;
        bool takes = o->queued || (buy ? o->price_paise >= price : o->price_paise <= price);
        if (takes) qty += leaves(o);
    }
    return qty;
}

static int32_t into_band(const row_t *r, int32_t price) {
    int32_t lo = r->own_hi ? r->own_lo : r->band_lo, hi = r->own_hi ? r->own_hi : r->band_hi;
    return price < lo ? lo : price > hi ? hi : price;
}

static int32_t distance(int32_t a, int32_t b) { return a < b ? b - a : a - b; }

static int32_t equilibrium(const model_t *m, uint32_t token) {
    const row_t *r = &m->row[token];
    int32_t best = 0, reference = into_band(r, r->reference);
    int64_t best_qty = 0, best_gap = 0;
    bool both = false;
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        const plain_t *o = &m->order[i];
        if (o->token != token || !in_level(o)) continue;
        int32_t p = into_band(r, o->price_paise);
        int64_t buy = willing(m, token, BJ_BUY, p), sell = willing(m, token, BJ_SELL, p);
        int64_t qty = buy < sell ? buy : sell, gap = buy < sell ? sell - buy : buy - sell;
        if (!qty || p == best) continue;
        bool same = best && qty == best_qty && gap == best_gap;
        int32_t far = distance(p, reference), best_far = distance(best, reference);
        bool better = !best || qty > best_qty || (qty == best_qty && gap < best_gap) ||
                      (same && far < best_far);
        if (better) best = p, best_qty = qty, best_gap = gap, both = false;
        else if (same && far == best_far) both = true;
    }
    return both ? reference : best;
}

/* The head of a side's line at a price; 0: the market orders alone. */
static plain_t *head(model_t *m, uint32_t token, uint8_t side, int32_t price, bool market_first) {
    plain_t *best = NULL;
    int64_t sign = side == BJ_BUY ? -1 : 1;
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        plain_t *o = &m->order[i];
        if (o->token != token || o->side != side || o->waits) continue;
        if (!o->queued && (!price || sign * o->price_paise > sign * price)) continue;
        bool before = !best;
        if (best && o->queued != best->queued) before = o->queued == market_first;
        else if (best && !o->queued && o->price_paise != best->price_paise)
            before = sign * o->price_paise < sign * best->price_paise;
        else if (best) before = o->place < best->place;
        if (before) best = o;
    }
    return best;
}

/* Who would meet himself going through the lines: the later arrival of the two; 0: nobody. */
static uint64_t self_trade(const model_t *m, uint32_t token, int32_t price, bool market_first) {
    static model_t trial;
    plain_t *buy, *sell;
    trial = *m;
    while ((buy = head(&trial, token, BJ_BUY, price, market_first)) &&
           (sell = head(&trial, token, BJ_SELL, price, market_first))) {
        if (buy->owner == sell->owner)
            return (buy->arrival > sell->arrival ? buy : sell)->order_id;
        int32_t qty = leaves(buy) < leaves(sell) ? leaves(buy) : leaves(sell);
        uint64_t ids[] = {buy->order_id, sell->order_id};
        buy->cum_qty += qty, sell->cum_qty += qty;
        for (int i = 0; i < 2; i++)
            if (!leaves(find(&trial, ids[i]))) drop(&trial, ids[i]);
    }
    return 0;
}

static int64_t cross(model_t *m, uint32_t token, int32_t price, int32_t at, bool market_first) {
    plain_t *buy, *sell;
    int64_t traded = 0;
    while ((buy = head(m, token, BJ_BUY, price, market_first)) &&
           (sell = head(m, token, BJ_SELL, price, market_first))) {
        int32_t qty = leaves(buy) < leaves(sell) ? leaves(buy) : leaves(sell);
        trade(m, buy, sell, at, qty, true);
        traded += qty;
        uint64_t ids[] = {buy->order_id, sell->order_id};
        for (int i = 0; i < 2; i++) {
            plain_t *o = find(m, ids[i]);
            o->shown_qty = o->queued ? leaves(o) : slice(o);
            if (!leaves(o)) drop(m, ids[i]);
        }
    }
    return traded;
}

static bool is_crossed(const model_t *m, uint32_t token) {
    int32_t bid = 0, ask = INT32_MAX;
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        const plain_t *o = &m->order[i];
        if (o->token != token || !in_level(o)) continue;
        if (o->side == BJ_BUY && o->price_paise > bid) bid = o->price_paise;
        if (o->side == BJ_SELL && o->price_paise < ask) ask = o->price_paise;
    }
    return bid >= ask;
}

/* A market order gets a price and its place in the level by arrival. */
static void price_it(model_t *m, plain_t *o, int32_t at) {
    const plain_t *before = NULL;
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        const plain_t *p = &m->order[i];
        if (p->token != o->token || p->side != o->side || !in_level(p) || p->price_paise != at ||
            p->arrival <= o->arrival)
            continue;
        if (!before || p->place < before->place) before = p;
    }
    uint64_t place = before ? before->place : ++m->place;
    for (uint32_t i = 0; before && i < m->order_cnt; i++)
        if (m->order[i].place >= place) m->order[i].place++;
    if (before) m->place++;
    o->place = place;
    o->order_type = BJ_LIMIT, o->queued = false;
    o->price_paise = o->limit_paise = at;
    o->shown_qty = slice(o);
    say_order(m, BJ_EV_MODIFIED, o);
}

/* All orders of a token in the order in which many are ended. */
static uint32_t each(model_t *m, uint32_t token, uint64_t ids[ORDERS]) {
    bool taken[ORDERS] = {false};
    uint32_t cnt = 0;
    for (;;) {
        uint32_t best = ORDERS;
        int64_t best_rank = 0, best_key = 0;
        for (uint32_t i = 0; i < m->order_cnt; i++) {
            const plain_t *o = &m->order[i];
            bool sell = o->side == BJ_SELL;
            if (o->token != token || taken[i]) continue;
            int64_t rank = 2 * (o->waits ? 2 : o->queued ? 1 : 0) + sell;
            int64_t key = o->waits ? (sell ? -1 : 1) * (int64_t)o->trigger_paise
                          : o->queued ? 0 : (sell ? 1 : -1) * (int64_t)o->price_paise;
            bool before = best == ORDERS || rank < best_rank ||
                          (rank == best_rank && (key < best_key ||
                           (key == best_key && o->place < m->order[best].place)));
            if (before) best = i, best_rank = rank, best_key = key;
        }
        if (best == ORDERS) return cnt;
        taken[best] = true;
        ids[cnt++] = m->order[best].order_id;
    }
}

/* What becomes of what is left, of one side. */
static void settle_side(model_t *m, uint32_t token, uint8_t side, int32_t at) {
    uint64_t ids[ORDERS];
    bool closing = m->row[token].auction == CLOSING;
    uint32_t cnt = each(m, token, ids);
    for (int queue = 1; queue >= 0; queue--) {
        for (uint32_t i = 0; i < cnt; i++) {
            plain_t *o = find(m, ids[i]);
            if (!o || o->side != side || o->waits || o->queued != queue) continue;
            if (!closing && queue) price_it(m, o, at);
            if (closing && (queue || o->tif == BJ_DAY)) end(m, ids[i], BJ_END_AUCTION);
        }
        if (!closing) return;
    }
}

static void uncross(model_t *m, uint32_t token, bool market_first) {
    row_t *r = &m->row[token];
    uint64_t ids[ORDERS], self;
    int32_t price, at;
    do {
        price = equilibrium(m, token), at = price ? price : into_band(r, r->reference);
        self = self_trade(m, token, price, market_first);
        if (self) end(m, self, BJ_END_SELF_TRADE);
    } while (self);
    int64_t traded = cross(m, token, price, at, market_first);
    if (traded) r->last = at;
    uint32_t cnt = is_crossed(m, token) ? each(m, token, ids) : 0;
    for (uint32_t i = 0; i < cnt; i++) {
        const plain_t *o = find(m, ids[i]);
        if (in_level(o) && o->price_paise != into_band(r, o->price_paise))
            end(m, ids[i], BJ_END_BAND);
    }
    settle_side(m, token, BJ_BUY, at);
    settle_side(m, token, BJ_SELL, at);
    bool closing = r->auction == CLOSING;
    if (closing) r->closing = at;
    bj_event_t *e = say(m, BJ_EV_UNCROSSED);
    e->token = token, e->value = r->auction, e->last_qty = (int32_t)traded;
    e->last_price_paise = price || traded ? at : 0;
    e->price_paise = closing ? at : 0;
    r->auction = 0;
}

/* --- phases */

static int32_t closing_of(const row_t *r, int32_t stated) {
    int64_t tick = r->def.tick_paise;
    if (stated > 0) return stated;
    if (r->window_qty > 0) {
        int64_t whole = r->window_value / (r->window_qty * tick);
        int64_t rest_value = r->window_value - whole * r->window_qty * tick;
        return (int32_t)((whole + (2 * rest_value >= r->window_qty * tick)) * tick);
    }
    return r->last ? r->last : r->prev_close;
}

void market_begin(row_t *r, uint32_t kind, int32_t stated, uint32_t bp) {
    r->auction = kind;
    r->reference = stated > 0 ? stated : kind == CLOSING ? closing_of(r, 0) : r->prev_close;
    r->own_lo = r->own_hi = 0;
    if (!bp) return;
    int64_t low = (int64_t)r->reference * (10000 - bp);
    r->own_lo = (int32_t)(low / 10000 + (low % 10000 != 0));
    if (r->own_lo < 1) r->own_lo = 1;
    r->own_hi = (int32_t)((int64_t)r->reference * (10000 + bp) / 10000);
}

int32_t market_close(const row_t *r) { return closing_of(r, 0); }

static void set_phase(model_t *m, uint32_t token, uint32_t phase, int32_t stated) {
    row_t *r = &m->row[token];
    uint64_t ids[ORDERS];
    uint32_t cnt = each(m, token, ids);
    bool leaves_close = r->phase == BJ_STATE_POST_CLOSE && phase != BJ_STATE_POST_CLOSE;
    for (uint32_t i = 0; leaves_close && i < cnt; i++)
        if (find(m, ids[i])->queued) end(m, ids[i], BJ_END_DAY);
    bool closes = phase == BJ_STATE_CLOSED || phase == BJ_STATE_POST_CLOSE;
    if (closes && !r->closing) r->closing = closing_of(r, stated);
    r->phase = phase;
    if (m->cmd->flags & (BJ_FLAG_ONE_PERSON | BJ_FLAG_TWO_PEOPLE)) {
        r->people++;
        if (phase == BJ_STATE_HALTED) r->held = true;
        else if (phase != BJ_STATE_CLOSED) r->held = false;
    }
    bj_event_t *e = say(m, BJ_EV_INSTRUMENT);
    e->token = token, e->value = phase;
    e->price_paise = is_auction(phase) ? r->reference : r->closing;
    if (phase != BJ_STATE_OPEN || !r->last) return;
    wake(m, token, r->last, r->last);
    run_line(m);
}

static void change_phase(model_t *m, uint32_t token, const bj_cmd_phase_t *p) {
    row_t *r = &m->row[token];
    bj_status_t status = BJ_OK;
    if (is_auction(p->phase) && !r->auction && (p->auction < 1 || p->auction > 3))
        status = BJ_REJ_FIELD;
    if (p->phase == BJ_STATE_POST_CLOSE && r->auction) status = BJ_REJ_PHASE;
    if (status != BJ_OK) {
        refuse(m, status, NULL);
        m->event[m->event_cnt - 1].token = token;
        return;
    }
    if (is_auction(p->phase) && !r->auction)
        market_begin(r, p->auction, p->reference_paise, p->band_bp);
    if (p->phase == BJ_STATE_OPEN && r->auction) uncross(m, token, false);
    set_phase(m, token, p->phase, p->reference_paise);
}

static void done(model_t *m, uint32_t cnt, bj_status_t reason) {
    bj_event_t *e = say(m, BJ_EV_MASS_DONE);
    e->value = cnt, e->reason = (uint16_t)reason;
}

static bool known(const model_t *m, uint32_t token) {
    return token && token <= TOKENS && m->row[token].known;
}

static void on_phase(model_t *m, const bj_cmd_t *c, const bj_cmd_phase_t *p) {
    uint32_t cnt = 0;
    bool state = c->type == BJ_CMD_INSTRUMENT_STATE, ends = c->type == BJ_CMD_UNCROSS;
    bool bad = p->phase >= BJ_STATE_CNT || p->reference_paise < 0 ||
               (ends ? is_auction(p->phase) || p->market_first > 1 : p->band_bp > 10000);
    /* The calendar's, which states no price. */
    bool clock = !c->token && !c->session_id && !p->reference_paise &&
                 !(c->flags & (BJ_FLAG_ONE_PERSON | BJ_FLAG_TWO_PEOPLE));
    if ((c->token || state) && !known(m, c->token)) {
        refuse(m, BJ_REJ_INSTRUMENT_UNKNOWN, NULL);
    } else if (bad) {
        refuse(m, BJ_REJ_FIELD, NULL);
    } else if (c->token && ends && !m->row[c->token].auction) {
        refuse(m, BJ_REJ_PHASE, NULL);
    } else {
        for (uint32_t t = 1; t <= TOKENS; t++) {
            bool wanted = m->row[t].known && (!c->token || c->token == t);
            if (!wanted || (ends && !m->row[t].auction)) continue;
            if (clock && m->row[t].held && (ends || p->phase != BJ_STATE_CLOSED)) continue;
            if (ends) uncross(m, t, p->market_first), set_phase(m, t, p->phase, p->reference_paise);
            else change_phase(m, t, p);
            cnt++;
        }
        if (!c->token) done(m, cnt, BJ_OK);
    }
}

static void on_band(model_t *m, const bj_cmd_t *c) {
    int32_t lo = c->body.band.lo_paise, hi = c->body.band.hi_paise;
    uint64_t ids[ORDERS];
    if (!known(m, c->token)) {
        refuse(m, BJ_REJ_INSTRUMENT_UNKNOWN, NULL);
        return;
    }
    if (lo <= 0 || hi < lo) {
        refuse(m, BJ_REJ_FIELD, NULL);
        return;
    }
    m->row[c->token].band_lo = lo, m->row[c->token].band_hi = hi;
    bj_event_t *e = say(m, BJ_EV_BAND);
    e->price_paise = lo, e->last_price_paise = hi;
    uint32_t cnt = each(m, c->token, ids);
    for (uint32_t i = 0; i < cnt; i++) {
        const plain_t *o = find(m, ids[i]);
        bool out = (o->price_paise && (o->price_paise < lo || o->price_paise > hi)) ||
                   (o->waits && (o->trigger_paise < lo || o->trigger_paise > hi));
        if (out) end(m, ids[i], BJ_END_BAND);
    }
}

static void on_window(model_t *m, const bj_cmd_t *c) {
    if (c->token && !known(m, c->token)) {
        refuse(m, BJ_REJ_INSTRUMENT_UNKNOWN, NULL);
        return;
    }
    for (uint32_t t = 1; t <= TOKENS; t++)
        if (!c->token || c->token == t) m->row[t].window_value = m->row[t].window_qty = 0;
    done(m, 0, BJ_OK);
}

static void on_day_end(model_t *m, const bj_cmd_t *c) {
    uint32_t cnt = 0, before[TOKENS + 1], day = c->body.day.day;
    uint64_t ids[ORDERS];
    if (day > UINT16_MAX || day < m->today) {
        refuse(m, BJ_REJ_FIELD, NULL);
        return;
    }
    for (uint32_t t = 1; t <= TOKENS; t++) {
        row_t *r = &m->row[t];
        before[t] = r->phase;
        uint32_t order_cnt = each(m, t, ids);
        for (uint32_t i = 0; i < order_cnt; i++) {
            const plain_t *o = find(m, ids[i]);
            bool lasts = (o->tif == BJ_GTC || o->tif == BJ_GTD) && !o->queued;
            if (lasts && (o->tif == BJ_GTC || o->day > day)) continue;
            end(m, ids[i], lasts ? BJ_END_EXPIRED : BJ_END_DAY);
            cnt++;
        }
        if (r->closing) r->prev_close = r->closing;
        r->last = r->closing = 0;
        r->window_value = r->window_qty = 0;
        if (!is_crossed(m, t)) r->auction = 0;
        r->phase = BJ_STATE_CLOSED;
    }
    m->today = day + 1;
    model_new_day(m);
    for (uint32_t t = 1; t <= TOKENS; t++)
        if (m->row[t].known && before[t] != BJ_STATE_CLOSED) say(m, BJ_EV_INSTRUMENT)->token = t;
    done(m, cnt, BJ_END_DAY);
}

static void on_kill(model_t *m, const bj_cmd_t *c) {
    uint32_t cnt = 0;
    uint64_t ids[ORDERS];
    if (c->token && !known(m, c->token)) {
        refuse(m, BJ_REJ_INSTRUMENT_UNKNOWN, NULL);
        return;
    }
    if (c->side && c->side != BJ_BUY && c->side != BJ_SELL) {
        refuse(m, BJ_REJ_FIELD, NULL);
        return;
    }
    if (!model_block(m, c)) return;
    for (uint32_t t = 1; t <= TOKENS; t++) {
        uint32_t order_cnt = c->token && c->token != t ? 0 : each(m, t, ids);
        for (uint32_t i = 0; i < order_cnt; i++) {
            const plain_t *o = find(m, ids[i]);
            bool hit = (!c->account_id || c->account_id == o->account_id) &&
                       (!c->body.kill.desk || c->body.kill.desk == o->session_id) &&
                       (!c->side || c->side == o->side);
            if (!hit) continue;
            end(m, ids[i], BJ_END_MASS);
            cnt++;
        }
    }
    done(m, cnt, BJ_END_MASS);
    m->event[m->event_cnt - 1].side = c->side;
}

void market_command(model_t *m, const bj_cmd_t *c) {
    bj_cmd_phase_t state = {.phase = c->body.state > 2 ? BJ_STATE_CNT : (uint8_t)c->body.state};
    switch (c->type) {
    case BJ_CMD_INSTRUMENT_STATE: on_phase(m, c, &state); break;
    case BJ_CMD_PHASE:
    case BJ_CMD_UNCROSS: on_phase(m, c, &c->body.phase); break;
    case BJ_CMD_BAND: on_band(m, c); break;
    case BJ_CMD_WINDOW: on_window(m, c); break;
    case BJ_CMD_DAY_END: on_day_end(m, c); break;
    case BJ_CMD_KILL: on_kill(m, c); break;
    default: break;
    }
}
