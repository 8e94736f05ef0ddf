#include "dataplane/engine/test_bj_model.h"

/* --- events */

bj_event_t *say(model_t *m, bj_event_type_t type) {
    bj_event_t *e = &m->event[m->event_cnt++];
    *e = (bj_event_t){.seq = ++m->event_seq,
                      .cmd_seq = m->cmd_seq,
                      .time_ns = m->cmd->time_ns,
                      .type = (uint16_t)type,
                      .session_id = m->cmd->session_id,
                      .session_seq = m->cmd->session_seq,
                      .account_id = m->cmd->account_id,
                      .token = m->cmd->token};
    return e;
}

bj_event_t *say_order(model_t *m, bj_event_type_t type, const plain_t *o) {
    bj_event_t *e = say(m, type);
    e->order_id = o->order_id, e->client_order_id = o->client_order_id,
    e->account_id = o->account_id;
    e->token = o->token, e->session_id = o->session_id, e->price_paise = o->price_paise,
    e->qty = o->qty;
    e->cum_qty = o->cum_qty, e->leaves_qty = leaves(o);
    e->side = o->side, e->order_type = o->order_type, e->tif = o->tif, e->flags = o->flags;
    e->trigger_price_paise = o->trigger_paise, e->disclosed_qty = o->disclosed_qty;
    e->value = o->day;
    if (type == BJ_EV_ACCEPTED) e->app = m->cmd->body.opened.app;
    if (o->order_id != m->active) e->session_seq = 0;
    return e;
}

void refuse(model_t *m, bj_status_t reason, const plain_t *o) {
    bj_event_t *e =
        o ? say_order(m, BJ_EV_REQUEST_REJECTED, o) : say(m, BJ_EV_REQUEST_REJECTED);
    bool ids = !o && m->cmd->type != BJ_CMD_ACCOUNT; /* there its reason lies */
    if (ids) e->order_id = m->cmd->order_id, e->client_order_id = m->cmd->client_order_id;
    e->session_id = m->cmd->session_id, e->session_seq = m->cmd->session_seq;
    e->reason = (uint16_t)reason;
}

/* --- orders */

plain_t *find(model_t *m, uint64_t order_id) {
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        if (m->order[i].order_id == order_id) return &m->order[i];
    }
    return NULL;
}

void drop(model_t *m, uint64_t order_id) {
    uint32_t i = (uint32_t)(find(m, order_id) - m->order);
    memmove(&m->order[i], &m->order[i + 1], (--m->order_cnt - i) * sizeof m->order[0]);
}

void end(model_t *m, uint64_t order_id, bj_status_t reason) {
    bj_event_t *e = say_order(m, BJ_EV_CANCELLED, find(m, order_id));
    e->leaves_qty = 0, e->reason = (uint16_t)reason;
    drop(m, order_id);
}

/* --- checks, in the order of the design */

static bj_status_t check_who(model_t *m, const plain_t *n, const plain_t *old) {
    uint32_t account_id = n->account_id, token = n->token;
    if (!token || token > TOKENS || !m->row[token].known) return BJ_REJ_INSTRUMENT_UNKNOWN;
    if (m->row[token].phase == BJ_STATE_CLOSED) return BJ_REJ_SESSION_CLOSED;
    if (m->row[token].phase == BJ_STATE_HALTED) return BJ_REJ_INSTRUMENT_HALTED;
    if (m->row[token].phase == BJ_STATE_BUFFER) return BJ_REJ_PHASE;
    if (m->row[token].blocked) return BJ_REJ_INSTRUMENT_BLOCKED;
    if (!account_id || account_id > ACCOUNTS || !m->holder[BJ_LEVEL_ACCOUNT][account_id].known)
        return BJ_REJ_ACCOUNT_UNKNOWN;
    if (!m->holder[BJ_LEVEL_DESK][n->session_id].known) return BJ_ERR_FULL;
    return model_check_permission(m, n, old);
}

/* What a market order counts at. */
static int32_t counted(const row_t *r, uint8_t side) {
    if (r->phase == BJ_STATE_POST_CLOSE) return r->closing;
    return side == BJ_BUY || is_auction(r->phase) ? highest(r) : lowest(r);
}

/* The order as it shall be; old: as it is.  A trigger counts only for one that waits. */
static bj_status_t check_terms(const model_t *m, const plain_t *o, const plain_t *old,
                               bool changes) {
    const row_t *r = &m->row[o->token];
    const bj_cmd_instrument_t *d = &r->def;
    bool market = is_market(o->order_type), any = r->phase == BJ_STATE_POST_CLOSE;
    int32_t trigger = o->waits ? o->trigger_paise : 0;
    if (!market && o->price_paise % d->tick_paise != 0) return BJ_REJ_TICK;
    if (trigger % d->tick_paise != 0) return BJ_REJ_TICK;
    if (o->qty % d->lot_qty != 0 || o->disclosed_qty % d->lot_qty != 0) return BJ_REJ_LOT;
    if (market != (o->price_paise == 0) || o->price_paise < 0) return BJ_REJ_PRICE;
    if (!market && !any && (o->price_paise < lowest(r) || o->price_paise > highest(r)))
        return BJ_REJ_PRICE_BAND;
    if (trigger && !any && (trigger < lowest(r) || trigger > highest(r))) return BJ_REJ_PRICE_BAND;
    if (!market && !trigger && model_far(m, r, o->price_paise)) return BJ_REJ_PRICE_PROTECTION;
    if (o->qty <= 0) return BJ_REJ_QTY;
    if (o->qty > d->freeze_qty) return BJ_REJ_FREEZE_QTY;
    if (old && o->qty <= o->cum_qty) return BJ_REJ_LEAVES;
    return old && !changes ? BJ_REJ_UNCHANGED : BJ_OK;
}

/* All slices there may be; an order that shows all has none. */
static int32_t slices_of(const plain_t *o) {
    return o->disclosed_qty ? (leaves(o) + o->disclosed_qty - 1) / o->disclosed_qty : 0;
}

static bj_status_t check_slices(const model_t *m, const plain_t *n, const plain_t *old) {
    int32_t sum = slices_of(n);
    if (slices_of(n) <= (old ? old->slices : 0)) return BJ_OK;
    if (slices_of(n) > 50) return BJ_REJ_DISCLOSED;
    for (uint32_t i = 0; i < m->order_cnt; i++)
        if (&m->order[i] != old) sum += m->order[i].slices;
    return sum > ORDERS ? BJ_REJ_ENGINE_FULL : BJ_OK;
}

/* --- commands */

static bool client_id_open(const model_t *m) {
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        if (m->order[i].account_id == m->cmd->account_id &&
            m->order[i].client_order_id == m->cmd->client_order_id) return true;
    }
    return false;
}

static bool day_ok(const bj_cmd_t *c) {
    return c->tif != BJ_GTD || (c->body.expiry_day >= 1 && c->body.expiry_day <= 65535);
}

static bool fields_ok(const bj_cmd_t *c) {
    const uint8_t flags = BJ_FLAG_CANCEL_ON_DISCONNECT | BJ_FLAG_STP_ACTIVE | BJ_FLAG_INTRADAY;
    bool stop = c->order_type == BJ_SL || c->order_type == BJ_SL_M;
    return c->client_order_id && !(c->flags & ~flags) && stop == (c->trigger_price_paise > 0) &&
           day_ok(c);
}

static bj_status_t check_new(model_t *m, const bj_cmd_t *c, plain_t *o) {
    bj_status_t status = check_who(m, o, NULL);
    if (status != BJ_OK) return status;
    if (!fields_ok(c)) return BJ_REJ_FIELD;
    const bj_cmd_account_t *a = &m->account[c->account_id];
    o->limit_paise =
        is_market(o->order_type) ? counted(&m->row[c->token], c->side) : c->price_paise;
    o->owner = a->pan_key ? a->pan_key : c->account_id | 1u << 31;
    status = check_terms(m, o, NULL, true);
    if (status == BJ_OK) status = model_check_limits(m, o, NULL);
    if (status == BJ_OK && m->order_cnt == ORDERS) status = BJ_REJ_ENGINE_FULL;
    if (status == BJ_OK && client_id_open(m)) status = BJ_REJ_DUPLICATE;
    if (status == BJ_OK) status = check_slices(m, o, NULL);
    return status == BJ_OK ? market_check(m, o, NULL) : status;
}

static void on_new(model_t *m, const bj_cmd_t *c) {
    if ((c->side != 'B' && c->side != 'S') || c->order_type < 1 || c->order_type > 4 ||
        c->tif < 1 || c->tif > 4) {
        refuse(m, BJ_REJ_ORDER_TYPE, NULL);
        return;
    }
    if (c->price_paise < 0 || c->trigger_price_paise < 0 || c->disclosed_qty < 0 ||
        !c->account_id) {
        refuse(m, BJ_REJ_FIELD, NULL);
        return;
    }
    plain_t o = {.order_id = ++m->order_id,
                 .client_order_id = c->client_order_id,
                 .account_id = c->account_id,
                 .token = c->token,
                 .session_id = c->session_id,
                 .side = c->side,
                 .order_type = c->order_type,
                 .tif = c->tif,
                 .flags = c->flags,
                 .price_paise = c->price_paise,
                 .trigger_paise = c->trigger_price_paise,
                 .disclosed_qty = c->disclosed_qty,
                 .day = c->tif == BJ_GTD ? (uint16_t)c->body.expiry_day : 0,
                 .waits = c->trigger_price_paise > 0,
                 .qty = c->qty};
    bool known = c->account_id <= ACCOUNTS && m->holder[BJ_LEVEL_ACCOUNT][c->account_id].known;
    if (known && model_desk(m, c->session_id)) m->unpaid = model_pay(m, &o);
    bj_status_t status = check_new(m, c, &o);
    if (status != BJ_OK) {
        m->active = o.order_id;
        bj_event_t *e = say_order(m, BJ_EV_REJECTED, &o);
        e->leaves_qty = 0, e->reason = (uint16_t)status;
        e->value = c->tif == BJ_GTD ? c->body.expiry_day : 0;
        e->app = c->body.opened.app;
        return;
    }
    o.slices = slices_of(&o);
    m->order[m->order_cnt++] = o;
    market_enter(m, o.order_id, BJ_EV_ACCEPTED);
}

static bj_status_t may_touch(const bj_cmd_t *c, const plain_t *o) {
    if (!o || o->account_id != c->account_id || (c->token && c->token != o->token))
        return BJ_REJ_ORDER_UNKNOWN;
    return o->session_id == c->session_id ? BJ_OK : BJ_REJ_NOT_PERMITTED;
}

/* The order as the command wants it; its trigger as the command says it. */
static plain_t wish_of(const bj_cmd_t *c, const plain_t *o) {
    plain_t n = *o;
    bool market = is_market(c->order_type ? c->order_type : o->order_type);
    bool stop = (o->order_type == BJ_SL || o->order_type == BJ_SL_M) &&
                (!o->waits || c->trigger_price_paise);
    n.order_type = (uint8_t)((market ? BJ_MARKET : BJ_LIMIT) + (stop ? 2 : 0));
    n.price_paise = c->price_paise, n.qty = c->qty, n.disclosed_qty = c->disclosed_qty;
    n.waits = o->waits && c->trigger_price_paise;
    n.trigger_paise = c->trigger_price_paise;
    if (c->tif) n.tif = c->tif, n.day = c->tif == BJ_GTD ? (uint16_t)c->body.expiry_day : 0;
    return n;
}

static bool differs(const plain_t *n, const plain_t *o) {
    bool trigger = o->waits || n->trigger_paise ? n->trigger_paise != o->trigger_paise : false;
    return n->price_paise != o->price_paise || n->qty != o->qty || trigger ||
           n->disclosed_qty != o->disclosed_qty || n->order_type != o->order_type ||
           n->tif != o->tif || n->day != o->day;
}

static bj_status_t check_modify(model_t *m, const bj_cmd_t *c, plain_t *n, const plain_t *o) {
    if (c->order_type > 4 || c->tif > 4) return BJ_REJ_ORDER_TYPE;
    if (!day_ok(c)) return BJ_REJ_FIELD;
    m->unpaid = model_pay(m, o);
    bj_status_t status = check_who(m, n, o);
    if (status != BJ_OK) return status;
    if ((o->waits && c->trigger_price_paise < 0) || c->disclosed_qty < 0) return BJ_REJ_FIELD;
    n->limit_paise =
        is_market(n->order_type) ? counted(&m->row[o->token], o->side) : c->price_paise;
    status = check_terms(m, n, o, differs(n, o));
    if (status == BJ_OK) status = model_check_limits(m, n, o);
    if (status == BJ_OK) status = check_slices(m, n, o);
    if (status == BJ_OK && c->trigger_price_paise < 0) status = BJ_REJ_FIELD;
    return status == BJ_OK ? market_check(m, n, o) : status;
}

static bool keeps_place(const plain_t *n, const plain_t *o, bool same_disclosed) {
    bool ioc = n->tif == BJ_IOC && o->tif != BJ_IOC;
    if (n->price_paise != o->price_paise || is_market(n->order_type) != is_market(o->order_type) ||
        ioc || leaves(n) > leaves(o))
        return false;
    if (o->waits) return n->waits && n->trigger_paise == o->trigger_paise;
    if (o->queued) return n->order_type != BJ_MARKET || leaves(n) == leaves(o);
    int32_t shows = n->disclosed_qty && n->disclosed_qty < leaves(n) ? n->disclosed_qty : leaves(n);
    return same_disclosed || shows <= o->shown_qty;
}

static void on_modify(model_t *m, const bj_cmd_t *c) {
    plain_t *o = find(m, c->order_id), n = {0};
    bj_status_t status = may_touch(c, o);
    bool own = status == BJ_OK, same_disclosed = own && c->disclosed_qty == o->disclosed_qty;
    if (own) n = wish_of(c, o), status = check_modify(m, c, &n, o);
    if (status != BJ_OK) {
        refuse(m, status, own ? o : NULL);
        return;
    }
    if (m->row[o->token].phase == BJ_STATE_POST_CLOSE)
        n.price_paise = n.limit_paise = m->row[o->token].closing, n.order_type = BJ_LIMIT;
    if (!o->waits) n.trigger_paise = o->trigger_paise; /* remembered */
    if (n.disclosed_qty > leaves(&n)) n.disclosed_qty = leaves(&n);
    n.slices = slices_of(&n);
    bool kept = keeps_place(&n, o, same_disclosed);
    int32_t slice = n.disclosed_qty && n.disclosed_qty < leaves(&n) ? n.disclosed_qty : leaves(&n);
    if (kept) n.shown_qty = same_disclosed && o->shown_qty < slice ? o->shown_qty : slice;
    if (kept && o->queued) n.shown_qty = leaves(&n);
    n.queued = kept && o->queued;
    *o = n;
    m->active = o->order_id;
    if (kept) say_order(m, BJ_EV_MODIFIED, o);
    else market_enter(m, o->order_id, BJ_EV_MODIFIED);
}

static void on_cancel(model_t *m, const bj_cmd_t *c) {
    const plain_t *o = find(m, c->order_id);
    bj_status_t status = may_touch(c, o);
    m->active = c->order_id;
    if (status != BJ_OK) refuse(m, status, NULL);
    else if (!market_lets_go(m, o)) refuse(m, BJ_REJ_PHASE, o);
    else end(m, c->order_id, BJ_END_USER);
}

/* The session's setting: 1 all, 2 none, else those that asked for it. */
static bool leaves_with_session(const bj_cmd_t *c, const plain_t *o) {
    bool marked = (o->flags & BJ_FLAG_CANCEL_ON_DISCONNECT) != 0;
    return c->body.disconnect == 1 || (c->body.disconnect != 2 && marked);
}

static void on_many(model_t *m, const bj_cmd_t *c) {
    bool mass = c->type == BJ_CMD_MASS_CANCEL;
    bj_status_t reason = mass ? BJ_END_MASS : BJ_END_DISCONNECT;
    uint32_t cnt = 0;
    if (mass && c->side && c->side != 'B' && c->side != 'S') {
        refuse(m, BJ_REJ_FIELD, NULL);
        return;
    }
    for (uint32_t i = 0; i < m->order_cnt;) {
        const plain_t *o = &m->order[i];
        bool hit = mass
                       ? (!c->account_id || c->account_id == o->account_id) &&
                             (!c->token || c->token == o->token) && (!c->side || c->side == o->side)
                       : leaves_with_session(c, o);
        hit = hit && o->session_id == c->session_id;
        m->active = mass ? o->order_id : 0;
        if (hit && market_lets_go(m, o)) {
            end(m, o->order_id, reason);
            cnt++;
        } else {
            if (hit) refuse(m, BJ_REJ_PHASE, o);
            i++;
        }
    }
    bj_event_t *e = say(m, BJ_EV_MASS_DONE);
    e->side = c->side, e->reason = (uint16_t)reason, e->value = cnt;
}

static bool definition_ok(uint32_t token, const bj_cmd_instrument_t *d) {
    return token && d->symbol[0] && !d->symbol[15] && d->tick_paise > 0 && d->lot_qty > 0 &&
           d->band_lo_paise > 0 && d->band_hi_paise > d->band_lo_paise && d->prev_close_paise > 0 &&
           d->freeze_qty > 0;
}

static void on_tables(model_t *m, const bj_cmd_t *c) {
    const bj_cmd_instrument_t *d = &c->body.instrument;
    const bj_cmd_account_t *a = &c->body.account;
    bj_status_t status = BJ_OK;
    if (c->type == BJ_CMD_INSTRUMENT) {
        bool ok = d->rules <= RULES && d->disclosed_min_pct <= 100 && d->protection_min_paise >= 0;
        status = !definition_ok(c->token, d) ? BJ_REJ_FIELD
                 : c->token > TOKENS         ? BJ_ERR_FULL
                 : !ok                       ? BJ_REJ_FIELD : BJ_OK;
        if (status == BJ_OK) {
            row_t *r = &m->row[c->token];
            if (!r->known) r->phase = BJ_STATE_OPEN;
            r->known = true, r->def = *d, r->prev_close = d->prev_close_paise;
            r->band_lo = d->band_lo_paise, r->band_hi = d->band_hi_paise;
            bj_event_t *e = say(m, BJ_EV_INSTRUMENT);
            e->value = r->phase;
            e->last_price_paise = d->prev_close_paise;
        }
    } else {
        bool ok = c->account_id && c->account_id <= INT32_MAX && a->order_value_max_paise >= 0 &&
                  a->open_value_max_paise >= 0 && a->position_max_qty >= 0 && a->blocked < 2 &&
                  a->first < 2 && a->pan_key <= INT32_MAX;
        status = !ok ? BJ_REJ_FIELD : c->account_id > ACCOUNTS ? BJ_ERR_FULL : BJ_OK;
        if (status == BJ_OK) {
            model_account(m, c->account_id, a);
            const holder_t *h = &m->holder[BJ_LEVEL_ACCOUNT][c->account_id];
            say(m, BJ_EV_ACCOUNT)->value = h->limit[BJ_LIMIT_BLOCKED] != 0;
        }
    }
    if (status != BJ_OK) refuse(m, status, NULL);
}

void model_apply(model_t *m, const bj_cmd_t *c) {
    m->cmd = c, m->event_cnt = 0, m->cmd_seq++;
    m->active = 0;
    model_begin(m);
    if (c->session_id >= 1024) refuse(m, BJ_REJ_NOT_PERMITTED, NULL);
    else if (c->flags & BJ_FLAG_ONE_PERSON && model_wants_second(m, c)) return;
    else if (c->type == BJ_CMD_NEW) on_new(m, c);
    else if (c->type == BJ_CMD_MODIFY) on_modify(m, c);
    else if (c->type == BJ_CMD_CANCEL) on_cancel(m, c);
    else if (c->type == BJ_CMD_MASS_CANCEL || c->type == BJ_CMD_DISCONNECT) on_many(m, c);
    else if (c->type == BJ_CMD_INSTRUMENT || c->type == BJ_CMD_ACCOUNT) on_tables(m, c);
    else if (c->type >= BJ_CMD_INSTRUMENT_STATE && c->type <= BJ_CMD_KILL) market_command(m, c);
    else if (c->type == BJ_CMD_LIMIT)
        (void)model_limit(m, &c->body.limit, c->account_id, c->token);
    else refuse(m, BJ_ERR_UNKNOWN_TYPE, NULL);
}
