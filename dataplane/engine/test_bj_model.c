#include "dataplane/engine/test_bj_model.h"

/* --- events */

static bj_event_t *say(model_t *m, bj_event_type_t type) {
    bj_event_t *e = &m->event[m->event_cnt++];
    *e = (bj_event_t){.seq = ++m->event_seq,
                      .cmd_seq = m->cmd_seq,
                      .time_ns = m->cmd->time_ns,
                      .type = type,
                      .session_id = m->cmd->session_id,
                      .session_seq = m->cmd->session_seq,
                      .account_id = m->cmd->account_id,
                      .token = m->cmd->token};
    return e;
}

static bj_event_t *say_order(model_t *m, bj_event_type_t type, const plain_t *o, bool open,
                             bool asked) {
    bj_event_t *e = say(m, type);
    e->order_id = o->order_id, e->client_order_id = o->client_order_id,
    e->account_id = o->account_id;
    e->token = o->token, e->session_id = o->session_id, e->price_paise = o->price_paise,
    e->qty = o->qty;
    e->cum_qty = o->cum_qty, e->leaves_qty = open ? o->qty - o->cum_qty : 0;
    e->side = o->side, e->order_type = o->order_type, e->tif = o->tif, e->flags = o->flags;
    if (!asked) e->session_seq = 0;
    return e;
}

static void refuse(model_t *m, bj_status_t reason, const plain_t *o) {
    bj_event_t *e =
        o ? say_order(m, BJ_EV_REQUEST_REJECTED, o, true, true) : say(m, BJ_EV_REQUEST_REJECTED);
    if (!o) e->order_id = m->cmd->order_id, e->client_order_id = m->cmd->client_order_id;
    e->reason = (uint16_t)reason;
}

/* --- orders */

static plain_t *find(model_t *m, uint64_t order_id) {
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        if (m->order[i].order_id == order_id) return &m->order[i];
    }
    return NULL;
}

static void drop(model_t *m, uint64_t order_id) {
    uint32_t i = (uint32_t)(find(m, order_id) - m->order);
    memmove(&m->order[i], &m->order[i + 1], (--m->order_cnt - i) * sizeof m->order[0]);
}

static void end(model_t *m, uint64_t order_id, bj_status_t reason, bool asked) {
    say_order(m, BJ_EV_CANCELLED, find(m, order_id), false, asked)->reason = (uint16_t)reason;
    drop(m, order_id);
}

/* Whom an order meets next; NULL: nobody. */
static plain_t *partner(model_t *m, const plain_t *o) {
    plain_t *best = NULL;
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        plain_t *p = &m->order[i];
        int64_t sign = o->side == BJ_BUY ? 1 : -1;
        if (p == o || p->token != o->token || p->side == o->side) continue;
        if (sign * p->limit_paise > sign * o->limit_paise) continue;
        if (!best || sign * p->limit_paise < sign * best->limit_paise ||
            (p->limit_paise == best->limit_paise && p->place < best->place)) best = p;
    }
    return best;
}

static void trade(model_t *m, plain_t *o, plain_t *p) {
    int32_t o_left = o->qty - o->cum_qty, p_left = p->qty - p->cum_qty,
            qty = o_left < p_left ? o_left : p_left;
    plain_t *both[] = {p, o};
    m->match_id++;
    for (int i = 0; i < 2; i++) {
        both[i]->cum_qty += qty;
        m->net_qty[both[i]->account_id][both[i]->token] += both[i]->side == BJ_BUY ? qty : -qty;
        bj_event_t *e = say_order(m, BJ_EV_TRADE, both[i], true, i == 1);
        e->match_id = m->match_id, e->contra_order_id = both[!i]->order_id;
        e->last_price_paise = p->limit_paise, e->last_qty = qty;
        if (i == 0) e->flags |= BJ_FLAG_MAKER;
    }
}

static void meet(model_t *m, uint64_t order_id) {
    for (plain_t *o; (o = find(m, order_id));) {
        if (o->cum_qty == o->qty) {
            drop(m, order_id);
            return;
        }
        plain_t *p = partner(m, o);
        if (!p) break;
        if (p->account_id == o->account_id) {
            end(m, p->order_id, BJ_END_SELF_TRADE, false);
            continue;
        }
        trade(m, o, p);
        if (p->cum_qty == p->qty) drop(m, p->order_id);
    }
    plain_t *o = find(m, order_id);
    o->place = ++m->place;
    if (o->order_type == BJ_MARKET) end(m, order_id, BJ_END_NO_LIQUIDITY, true);
    else if (o->tif == BJ_IOC) end(m, order_id, BJ_END_IOC, true);
}

/* --- checks, in the order of the design */

/* The same bucket told another way: a message moves the moment paid for; it may not run further
 * ahead of the clock than the burst. */
static bool pay(model_t *m, uint32_t account_id) {
    int64_t step_ns = 1000000000 / RATE_PER_S, *paid = &m->paid_ns[account_id],
            now = m->cmd->time_ns;
    int64_t from = *paid < now ? now : *paid;
    if (from + step_ns > now + BURST * step_ns) return false;
    *paid = from + step_ns;
    return true;
}

static bj_status_t check(model_t *m, uint32_t account_id, uint32_t token, uint8_t side, bool market,
                         bool paid, const plain_t *old) {
    const bj_cmd_t *c = m->cmd;
    if (!token || token > TOKENS || !m->known_token[token]) return BJ_REJ_INSTRUMENT_UNKNOWN;
    if (m->state[token] == BJ_STATE_CLOSED) return BJ_REJ_SESSION_CLOSED;
    if (m->state[token] == BJ_STATE_HALTED) return BJ_REJ_INSTRUMENT_HALTED;
    if (!account_id || account_id > ACCOUNTS || !m->known_account[account_id])
        return BJ_REJ_ACCOUNT_UNKNOWN;
    const bj_cmd_instrument_t *d = &m->instrument[token];
    const bj_cmd_account_t *a = &m->account[account_id];
    if (a->blocked) return BJ_REJ_ACCOUNT_BLOCKED;
    if (c->trigger_price_paise || c->disclosed_qty) return BJ_REJ_FIELD;
    if (!old && (!c->client_order_id || (c->flags & ~BJ_FLAG_CANCEL_ON_DISCONNECT)))
        return BJ_REJ_FIELD;
    int64_t limit = !market ? c->price_paise : side == BJ_BUY ? d->band_hi_paise : d->band_lo_paise;
    if (!market && c->price_paise % d->tick_paise != 0) return BJ_REJ_TICK;
    if (c->qty % d->lot_qty != 0) return BJ_REJ_LOT;
    if (market != (c->price_paise == 0) || c->price_paise < 0) return BJ_REJ_PRICE;
    if (limit < d->band_lo_paise || limit > d->band_hi_paise) return BJ_REJ_PRICE_BAND;
    if (c->qty <= 0) return BJ_REJ_QTY;
    if (c->qty > d->freeze_qty) return BJ_REJ_FREEZE_QTY;
    int32_t cum = old ? old->cum_qty : 0;
    if (old && c->qty <= cum) return BJ_REJ_LEAVES;
    if (old && c->qty == old->qty && c->price_paise == old->price_paise) return BJ_REJ_UNCHANGED;
    int64_t open_orders = 0, open_value = 0, open_qty = 0, left = c->qty - cum;
    for (uint32_t i = 0; i < m->order_cnt; i++) { /* everything but the order that is changed */
        const plain_t *o = &m->order[i];
        if (o->account_id != account_id || o == old) continue;
        open_orders++;
        open_value += (int64_t)o->limit_paise * (o->qty - o->cum_qty);
        if (o->token == token && o->side == side) open_qty += o->qty - o->cum_qty;
    }
    int64_t old_left = old ? old->qty - old->cum_qty : 0, old_price = old ? old->limit_paise : 0;
    bool value_up = limit * c->qty > old_price * (old ? old->qty : 0);
    if (value_up && limit * c->qty > a->order_value_max_paise) return BJ_REJ_ORDER_VALUE;
    if (!paid) return BJ_REJ_RATE;
    if (!old && open_orders + 1 > a->open_orders_max) return BJ_REJ_OPEN_ORDERS;
    bool more_value = limit * left > old_price * old_left;
    if (more_value && open_value + limit * left > a->open_value_max_paise) return BJ_REJ_OPEN_VALUE;
    int64_t net = m->net_qty[account_id][token] * (side == BJ_BUY ? 1 : -1);
    return left > old_left && net + open_qty + left > a->position_max_qty ? BJ_REJ_POSITION : BJ_OK;
}

/* --- commands */

static bool client_id_open(const model_t *m) {
    for (uint32_t i = 0; i < m->order_cnt; i++) {
        if (m->order[i].account_id == m->cmd->account_id &&
            m->order[i].client_order_id == m->cmd->client_order_id) return true;
    }
    return false;
}

static void on_new(model_t *m, const bj_cmd_t *c) {
    if ((c->side != 'B' && c->side != 'S') || c->order_type < 1 || c->order_type > 2 ||
        c->tif < 1 || c->tif > 2) {
        refuse(m, BJ_REJ_ORDER_TYPE, NULL);
        return;
    }
    if (c->price_paise < 0 || !c->account_id) {
        refuse(m, BJ_REJ_FIELD, NULL);
        return;
    }
    bool known = c->account_id <= ACCOUNTS && m->known_account[c->account_id],
         market = c->order_type == BJ_MARKET;
    bool paid = known && pay(m, c->account_id);
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
                 .qty = c->qty};
    bj_status_t status = check(m, c->account_id, c->token, c->side, market, paid, NULL);
    if (status == BJ_OK && m->order_cnt == ORDERS) status = BJ_REJ_ENGINE_FULL;
    if (status == BJ_OK && client_id_open(m)) status = BJ_REJ_DUPLICATE;
    if (status != BJ_OK) {
        bj_event_t *e = say_order(m, BJ_EV_REJECTED, &o, false, true);
        e->reason = (uint16_t)status;
        e->trigger_price_paise = c->trigger_price_paise, e->disclosed_qty = c->disclosed_qty;
        return;
    }
    const bj_cmd_instrument_t *d = &m->instrument[c->token];
    o.limit_paise = !market             ? c->price_paise
                    : c->side == BJ_BUY ? d->band_hi_paise
                                        : d->band_lo_paise;
    m->order[m->order_cnt++] = o;
    say_order(m, BJ_EV_ACCEPTED, &o, true, true);
    meet(m, o.order_id);
}

static bj_status_t may_touch(const bj_cmd_t *c, const plain_t *o) {
    if (!o || o->account_id != c->account_id || (c->token && c->token != o->token))
        return BJ_REJ_ORDER_UNKNOWN;
    return o->session_id == c->session_id ? BJ_OK : BJ_REJ_NOT_PERMITTED;
}

static void on_modify(model_t *m, const bj_cmd_t *c) {
    plain_t *o = find(m, c->order_id);
    bj_status_t status = may_touch(c, o);
    bool own = status == BJ_OK;
    if (own) status = check(m, o->account_id, o->token, o->side, false, pay(m, o->account_id), o);
    if (status != BJ_OK) {
        refuse(m, status, own ? o : NULL);
        return;
    }
    bool keeps = c->price_paise == o->price_paise && c->qty < o->qty;
    o->price_paise = o->limit_paise = c->price_paise;
    o->qty = c->qty;
    say_order(m, BJ_EV_MODIFIED, o, true, true);
    if (!keeps) meet(m, o->order_id);
}

static void on_cancel(model_t *m, const bj_cmd_t *c) {
    bj_status_t status = may_touch(c, find(m, c->order_id));
    if (status == BJ_OK) end(m, c->order_id, BJ_END_USER, true);
    else refuse(m, status, NULL);
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
                       : (o->flags & BJ_FLAG_CANCEL_ON_DISCONNECT) != 0;
        if (o->session_id == c->session_id && hit) {
            end(m, o->order_id, reason, mass);
            cnt++;
        } else {
            i++;
        }
    }
    bj_event_t *e = say(m, BJ_EV_MASS_DONE);
    e->side = c->side, e->reason = (uint16_t)reason, e->value = cnt;
}

static void on_admin(model_t *m, const bj_cmd_t *c) {
    const bj_cmd_instrument_t *d = &c->body.instrument;
    const bj_cmd_account_t *a = &c->body.account;
    bj_status_t status = BJ_OK;
    if (c->type == BJ_CMD_INSTRUMENT) {
        bool ok = c->token && d->symbol[0] && !d->symbol[15] && d->tick_paise > 0 &&
                  d->lot_qty > 0 && d->band_lo_paise > 0 && d->band_hi_paise > d->band_lo_paise &&
                  d->prev_close_paise > 0 && d->freeze_qty > 0;
        status = !ok ? BJ_REJ_FIELD : c->token > TOKENS ? BJ_ERR_FULL : BJ_OK;
        if (status == BJ_OK) {
            if (!m->known_token[c->token]) m->state[c->token] = BJ_STATE_OPEN;
            m->known_token[c->token] = true, m->instrument[c->token] = *d;
            say(m, BJ_EV_INSTRUMENT)->value = m->state[c->token];
        }
    } else if (c->type == BJ_CMD_INSTRUMENT_STATE) {
        bool known = c->token && c->token <= TOKENS && m->known_token[c->token];
        status = !known ? BJ_REJ_INSTRUMENT_UNKNOWN : c->body.state > 2 ? BJ_REJ_FIELD : BJ_OK;
        if (status == BJ_OK) say(m, BJ_EV_INSTRUMENT)->value = m->state[c->token] = c->body.state;
    } else {
        bool ok = c->account_id && a->order_value_max_paise >= 0 && a->open_value_max_paise >= 0 &&
                  a->position_max_qty >= 0 && a->blocked < 2;
        status = !ok ? BJ_REJ_FIELD : c->account_id > ACCOUNTS ? BJ_ERR_FULL : BJ_OK;
        if (status == BJ_OK) {
            m->known_account[c->account_id] = true, m->account[c->account_id] = *a;
            say(m, BJ_EV_ACCOUNT)->value = a->blocked;
        }
    }
    if (status != BJ_OK) refuse(m, status, NULL);
}

void model_apply(model_t *m, const bj_cmd_t *c) {
    m->cmd = c, m->event_cnt = 0, m->cmd_seq++;
    if (c->session_id >= 1024) refuse(m, BJ_REJ_NOT_PERMITTED, NULL);
    else if (c->type == BJ_CMD_NEW) on_new(m, c);
    else if (c->type == BJ_CMD_MODIFY) on_modify(m, c);
    else if (c->type == BJ_CMD_CANCEL) on_cancel(m, c);
    else if (c->type == BJ_CMD_MASS_CANCEL || c->type == BJ_CMD_DISCONNECT) on_many(m, c);
    else if (c->type >= BJ_CMD_INSTRUMENT && c->type <= BJ_CMD_ACCOUNT) on_admin(m, c);
    else refuse(m, BJ_ERR_UNKNOWN_TYPE, NULL);
}
