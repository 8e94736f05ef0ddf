/* Goal: the engine gives, event for event and byte for byte, what the plainest model of the same
 * rules gives: one array of orders searched from end to end, exposure counted again for each check.
 * Seeded random commands of every kind, bad ones among them.  Twice over the same commands, at
 * other addresses: the same events and the same state hash. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"

enum { TOKENS = 3, ACCOUNTS = 4, SESSIONS = 4, ORDERS = 20, COMMANDS = 250000 };
enum { RATE_PER_S = 80, BURST = 10, EVENTS = 2 * ORDERS + 64 };

typedef struct plain { /* an open order */
    uint64_t order_id, client_order_id, place; /* place: who came first to the price */
    uint32_t account_id, token;
    uint16_t session_id;
    uint8_t  side, order_type, tif, flags;
    int32_t  price_paise, limit_paise, qty, cum_qty; /* price as sent; limit it may trade to */
} plain_t;

typedef struct model {
    bool known_token[TOKENS + 1], known_account[ACCOUNTS + 1];
    uint32_t state[TOKENS + 1];
    bj_cmd_instrument_t instrument[TOKENS + 1];
    bj_cmd_account_t account[ACCOUNTS + 1];
    int64_t net_qty[ACCOUNTS + 1][TOKENS + 1];
    int64_t paid_ns[ACCOUNTS + 1]; /* rate: the moment up to which messages are paid for */
    plain_t order[ORDERS]; /* in order of arrival */
    uint32_t order_cnt;
    uint64_t cmd_seq, event_seq, match_id, order_id, place;
    bj_event_t event[EVENTS];
    size_t event_cnt;
    const bj_cmd_t *cmd;
} model_t;

static uint64_t rng;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

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

static void model_apply(model_t *m, const bj_cmd_t *c) {
    m->cmd = c, m->event_cnt = 0, m->cmd_seq++;
    if (c->session_id >= 1024) refuse(m, BJ_REJ_NOT_PERMITTED, NULL);
    else if (c->type == BJ_CMD_NEW) on_new(m, c);
    else if (c->type == BJ_CMD_MODIFY) on_modify(m, c);
    else if (c->type == BJ_CMD_CANCEL) on_cancel(m, c);
    else if (c->type == BJ_CMD_MASS_CANCEL || c->type == BJ_CMD_DISCONNECT) on_many(m, c);
    else if (c->type >= BJ_CMD_INSTRUMENT && c->type <= BJ_CMD_ACCOUNT) on_admin(m, c);
    else refuse(m, BJ_ERR_UNKNOWN_TYPE, NULL);
}

/* --- random commands */

static void random_admin(bj_cmd_t *c) {
    c->type = (uint16_t)(BJ_CMD_INSTRUMENT + any(3));
    if (any(10) == 0) c->token += TOKENS, c->account_id += ACCOUNTS;
    if (c->type == BJ_CMD_INSTRUMENT) {
        int32_t lo = 80 + (int32_t)any(8), hi = 105 + (int32_t)any(20);
        c->body.instrument = (bj_cmd_instrument_t){
            "ANY", 1 + (int32_t)any(2), 1 + (int32_t)any(3), lo, hi, 95, 25 + (int32_t)any(20)};
        if (any(20) == 0) (&c->body.instrument.tick_paise)[any(6)] = -(int32_t)any(2);
    } else if (c->type == BJ_CMD_INSTRUMENT_STATE) {
        c->body.state = any(8) ? BJ_STATE_OPEN : any(4);
    } else {
        c->body.account = (bj_cmd_account_t){3000 + any(9000), 6000 + any(30000), 40 + any(400),
                                             4 + any(20),      any(8) == 0,       any(100)};
        if (any(20) == 0) c->body.account.position_max_qty = -1;
    }
}

static bj_cmd_t random_command(const model_t *m, int64_t *now_ns) {
    *now_ns += any(6000000) - (any(100) == 0 ? 4000000 : 0); /* the clock may step back */
    bj_cmd_t c = {.time_ns = *now_ns,
                  .session_id = (uint16_t)any(SESSIONS),
                  .session_seq = m->cmd_seq + 5,
                  .account_id = 1 + any(ACCOUNTS),
                  .token = 1 + any(TOKENS),
                  .client_order_id = 1 + any(60),
                  .side = any(2) ? BJ_BUY : BJ_SELL,
                  .order_type = any(10) ? BJ_LIMIT : BJ_MARKET,
                  .tif = any(10) ? BJ_DAY : BJ_IOC,
                  .flags = any(4) ? 0 : BJ_FLAG_CANCEL_ON_DISCONNECT,
                  .price_paise = 84 + (int32_t)any(30),
                  .qty = 1 + (int32_t)any(40)};
    if (any(8))
        c.price_paise &= ~1, c.qty = 6 * (1 + (int32_t)any(7)); /* mostly in ticks and lots */
    uint32_t dice = any(1000);
    if (dice < 8) random_admin(&c);
    else if (dice < 12) c.type = any(2) ? BJ_CMD_MASS_CANCEL : BJ_CMD_DISCONNECT;
    else if (dice < 550 || !m->order_cnt) c.type = BJ_CMD_NEW;
    else c.type = dice < 920 ? BJ_CMD_MODIFY : BJ_CMD_CANCEL;
    if (c.type == BJ_CMD_NEW && c.order_type == BJ_MARKET && any(10)) c.price_paise = 0;
    if (c.type == BJ_CMD_MASS_CANCEL && any(2))
        c.side = 0, c.token *= any(2), c.account_id *= any(2);
    if ((c.type == BJ_CMD_MODIFY || c.type == BJ_CMD_CANCEL) &&
        any(20)) { /* mostly what is there */
        const plain_t *o = &m->order[any(m->order_cnt)];
        c.order_id = o->order_id, c.account_id = o->account_id, c.session_id = o->session_id;
        c.token = any(2) ? o->token : 0;
        if (any(3) == 0) c.price_paise = o->price_paise;
        if (any(3) == 0) c.qty = o->qty;
    }
    switch (any(400)) { /* one field bad */
    case 0: c.side = (uint8_t)any(256); break;
    case 1: c.order_type = (uint8_t)any(5); break;
    case 2: c.tif = (uint8_t)any(5); break;
    case 3: c.flags = (uint8_t)any(256); break;
    case 4: c.price_paise = (int32_t)any(2) - 1; break;
    case 5: c.qty = (int32_t)any(3) - 2; break;
    case 6: c.token = any(2) * 77; break;
    case 7: c.account_id = any(2) * 77; break;
    case 8: c.client_order_id = 0; break;
    case 9: c.type = (uint16_t)any(65536); break;
    case 10: c.session_id = (uint16_t)any(65536); break;
    case 11: c.trigger_price_paise = 5; break;
    case 12: c.disclosed_qty = 5; break;
    case 13: c.price_paise = INT32_MAX, c.qty = INT32_MAX; break;
    case 14: c.order_id++; break;
    case 15: c.session_id ^= 1; break;
    }
    return c;
}

/* The tables are full before the dice begin: anything beyond is refused. */
static bj_cmd_t first_command(int k) {
    bj_cmd_t c = {.time_ns = k};
    if (k < TOKENS) {
        c.type = BJ_CMD_INSTRUMENT, c.token = (uint32_t)k + 1;
        c.body.instrument = (bj_cmd_instrument_t){"ANY", 1, 1, 80, 120, 100, 90};
    } else {
        c.type = BJ_CMD_ACCOUNT, c.account_id = (uint32_t)(k - TOKENS) + 1;
        c.body.account = (bj_cmd_account_t){12000, 50000, 440, 24, 0, 0};
    }
    return c;
}

/* --- both together */

typedef struct outcome {
    uint64_t event_digest, state_hash;
    uint64_t by_reason[256], by_type[16];
    bool agreed;
} outcome_t;

static void show_difference(const bj_cmd_t *c, const bj_event_t *got, size_t got_cnt,
                            const model_t *m) {
    fprintf(stderr, "  command %lu type %u: %zu events, model %zu\n", c->seq, c->type, got_cnt,
            m->event_cnt);
    for (size_t i = 0; i < got_cnt && i < m->event_cnt; i++) {
        const bj_event_t *g = &got[i], *w = &m->event[i];
        if (memcmp(g, w, sizeof *g) == 0) continue;
        fprintf(stderr, "  event %zu: type %u/%u order %lu/%lu leaves %d/%d reason %s/%s\n", i,
                g->type, w->type, g->order_id, w->order_id, g->leaves_qty, w->leaves_qty,
                bj_status_name((bj_status_t)g->reason), bj_status_name((bj_status_t)w->reason));
        return;
    }
}

static bool step(bj_engine_t *engine, model_t *m, bj_cmd_t *c, outcome_t *out) {
    size_t cnt;
    model_apply(m, c);
    const bj_event_t *got = bj_engine_apply(engine, c, &cnt);
    bool same = cnt == m->event_cnt && memcmp(got, m->event, cnt * sizeof *got) == 0;
    if (!same) show_difference(c, got, cnt, m);
    out->event_digest = bj_fnv1a(out->event_digest, got, cnt * sizeof *got);
    for (size_t i = 0; i < cnt; i++) {
        out->by_reason[got[i].reason & 255]++;
        out->by_type[got[i].type & 15]++;
    }
    return same;
}

static void run(uint64_t seed, size_t shift, outcome_t *out) {
    static const bj_engine_config_t config = {TOKENS, ACCOUNTS, ORDERS, RATE_PER_S, BURST};
    size_t bytes = bj_engine_footprint(&config);
    uint8_t *mem = aligned_alloc(64, bytes + shift);
    memset(mem, 0xee, bytes + shift);
    bj_engine_t *engine = bj_engine_new(mem + shift, &config);
    model_t *m = calloc(1, sizeof *m);
    int64_t now_ns = 1000000000;
    *out = (outcome_t){.event_digest = BJ_FNV_OFFSET, .agreed = true};
    rng = seed;
    for (int k = 0; k < COMMANDS && out->agreed; k++) {
        bj_cmd_t c = random_command(m, &now_ns);
        if (k < TOKENS + ACCOUNTS) c = first_command(k);
        out->agreed = step(engine, m, &c, out);
        if (k % 64) continue;
        const char *why = bj_engine_broken(engine);
        if (why) fprintf(stderr, "  command %d: %s\n", k, why);
        out->agreed &= !why;
    }
    if (!out->agreed) fprintf(stderr, "  seed %lu\n", seed);
    out->state_hash = bj_engine_hash(engine);
    free(m);
    free(mem);
}

int main(void) {
    static const bj_status_t reached[] = {BJ_ERR_UNKNOWN_TYPE,
                                          BJ_ERR_FULL,
                                          BJ_REJ_SESSION_CLOSED,
                                          BJ_REJ_INSTRUMENT_UNKNOWN,
                                          BJ_REJ_INSTRUMENT_HALTED,
                                          BJ_REJ_ACCOUNT_UNKNOWN,
                                          BJ_REJ_ACCOUNT_BLOCKED,
                                          BJ_REJ_NOT_PERMITTED,
                                          BJ_REJ_TICK,
                                          BJ_REJ_LOT,
                                          BJ_REJ_PRICE_BAND,
                                          BJ_REJ_QTY,
                                          BJ_REJ_FREEZE_QTY,
                                          BJ_REJ_ORDER_VALUE,
                                          BJ_REJ_OPEN_ORDERS,
                                          BJ_REJ_OPEN_VALUE,
                                          BJ_REJ_POSITION,
                                          BJ_REJ_RATE,
                                          BJ_REJ_ORDER_UNKNOWN,
                                          BJ_REJ_ORDER_TYPE,
                                          BJ_REJ_PRICE,
                                          BJ_REJ_ENGINE_FULL,
                                          BJ_REJ_DUPLICATE,
                                          BJ_REJ_FIELD,
                                          BJ_REJ_UNCHANGED,
                                          BJ_REJ_LEAVES,
                                          BJ_END_USER,
                                          BJ_END_MASS,
                                          BJ_END_IOC,
                                          BJ_END_NO_LIQUIDITY,
                                          BJ_END_DISCONNECT,
                                          BJ_END_SELF_TRADE};
    outcome_t once, again, other;
    run(88172645463325252, 0, &once);
    run(88172645463325252, 64 * 131, &again);
    run(1234567, 0, &other);
    BJ_CHECK(once.agreed && again.agreed && other.agreed);
    BJ_CHECK(once.state_hash == again.state_hash && once.event_digest == again.event_digest);
    BJ_CHECK(once.state_hash != other.state_hash);
    for (size_t i = 0; i < BJ_COUNT(reached); i++) { /* the dice come everywhere */
        BJ_CHECK(once.by_reason[reached[i]] > 0);
        if (!once.by_reason[reached[i]])
            fprintf(stderr, "  never: %s\n", bj_status_name(reached[i]));
    }
    BJ_CHECK(once.by_type[BJ_EV_TRADE] > COMMANDS / 20 &&
             once.by_type[BJ_EV_MODIFIED] > COMMANDS / 50);
    return bj_test_end("test_bj_engine_model");
}
