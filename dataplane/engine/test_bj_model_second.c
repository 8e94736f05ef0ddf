/* What one person alone may not do: each limit in words of its own, and stops that would end. */
#include "dataplane/base/bj_hash.h"
#include "dataplane/engine/test_bj_model.h"

static const int64_t none = INT64_MAX;

typedef struct turn { /* a value, as it is in force and as it would be */
    int64_t now, then;
} turn_t;

static bool up(turn_t t) { return t.then > t.now; }
static bool down(turn_t t) { return t.then < t.now; }
static bool other(turn_t t) { return t.then != t.now; }
static bool lifted(turn_t t) { return t.now == 1 && t.then != 1; }

/* All is barred, then what does not bring a position down, then nothing. */
static bool unbarred(turn_t t) {
    static const int64_t open[] = {[0] = 2, [1] = 0, [2] = 1};
    return open[t.then] > open[t.now];
}

static bool more_segments(turn_t t) {
    for (unsigned bit = 0; bit < 8; bit++)
        if (t.then >> bit & 1 && !(t.now >> bit & 1)) return true;
    return false;
}

static bool of_row(const row_t *r, const bj_cmd_limit_t *l, turn_t *t) {
    bool gone = l->value < 0;
    int64_t zero = gone ? 0 : l->value, far = gone ? none : l->value;
    bool by_bp = l->limit == BJ_LIMIT_PROTECTION_BP;
    int64_t bp = by_bp ? zero : r->protection_bp, min = by_bp ? r->protection_min : zero;
    switch (l->limit) {
    case BJ_LIMIT_BLOCKED: *t = (turn_t){r->blocked, zero}; return lifted(*t);
    case BJ_LIMIT_BANNED: *t = (turn_t){r->banned, zero}; return lifted(*t);
    case BJ_LIMIT_SEGMENT: *t = (turn_t){r->segment, zero}; return other(*t);
    case BJ_LIMIT_INVERSE: *t = (turn_t){r->inverse, zero}; return other(*t);
    case BJ_LIMIT_UNDERLYING: *t = (turn_t){r->underlying, zero}; return other(*t);
    case BJ_LIMIT_MARGIN_BUY: *t = (turn_t){r->margin_buy, zero}; return down(*t);
    case BJ_LIMIT_MARGIN_SELL: *t = (turn_t){r->margin_sell, zero}; return down(*t);
    case BJ_LIMIT_PRICE_LO: *t = (turn_t){r->price_lo, zero}; return down(*t);
    case BJ_LIMIT_PRICE_HI:
        *t = (turn_t){r->price_hi, gone ? INT32_MAX : zero};
        return up(*t);
    case BJ_LIMIT_CLIENT_QTY: *t = (turn_t){r->client_qty, far}; return up(*t);
    case BJ_LIMIT_PROTECTION_BP:
    case BJ_LIMIT_PROTECTION_MIN:
        *t = (turn_t){by_bp ? r->protection_bp : r->protection_min, zero};
        if (!r->protection_bp && !r->protection_min) return false; /* the first */
        return (!bp && !min) || up(*t);
    default: return false;
    }
}

static bool of_holder(const holder_t *h, const bj_cmd_limit_t *l, uint32_t token, turn_t *t) {
    bool gone = l->value < 0, account = l->level == BJ_LEVEL_ACCOUNT;
    int64_t rate = h->limit[BJ_LIMIT_RATE];
    switch (l->limit) {
    case BJ_LIMIT_BLOCKED:
        *t = (turn_t){h->limit[l->limit] > 0, gone ? 0 : l->value};
        return lifted(*t);
    case BJ_LIMIT_BARRED: *t = (turn_t){h->barred[token], gone ? 0 : l->value}; return unbarred(*t);
    case BJ_LIMIT_SEGMENTS:
        *t = (turn_t){h->segments, gone ? 255 : l->value};
        return more_segments(*t);
    case BJ_LIMIT_RATE:
        *t = (turn_t){h->rate ? h->rate : none, gone ? account ? RATE_PER_S : none : l->value};
        return up(*t);
    case BJ_LIMIT_BURST:
        *t = (turn_t){h->burst ? h->burst : none, gone ? account ? BURST : rate : l->value};
        if (h->limit[BJ_LIMIT_BURST] != none) t->now = h->limit[BJ_LIMIT_BURST];
        return up(*t);
    default: *t = (turn_t){h->limit[l->limit], gone ? none : l->value}; return up(*t);
    }
}

static void no(model_t *m, uint32_t value, uint32_t desk, int64_t in_force) {
    refuse(m, BJ_REJ_SECOND_PERSON, NULL);
    bj_event_t *e = &m->event[m->event_cnt - 1];
    e->value = value, e->qty = (int32_t)desk;
    if (in_force) e->client_order_id = (uint64_t)in_force;
}

static bool limit_wants(model_t *m, const bj_cmd_t *c) {
    const bj_cmd_limit_t *l = &c->body.limit;
    turn_t t = {0, 0};
    bool known = c->token && c->token <= TOKENS && m->row[c->token].known;
    bool looser = false;
    if (bj_limit_wrong(l, c->account_id, c->token) || l->desk >= HOLDERS) return false;
    if ((l->level == BJ_LEVEL_INSTRUMENT || l->limit == BJ_LIMIT_BARRED) && !known) return false;
    if (l->level == BJ_LEVEL_INSTRUMENT) {
        looser = of_row(&m->row[c->token], l, &t);
    } else {
        uint32_t who = l->level == BJ_LEVEL_ACCOUNT ? c->account_id : l->desk;
        const holder_t *h = who < HOLDERS ? &m->holder[l->level][who] : NULL;
        looser = h && h->known && of_holder(h, l, c->token, &t);
    }
    if (looser) no(m, l->limit + 65536u * l->level, l->desk, t.now);
    return looser;
}

static bool account_wants(model_t *m, const bj_cmd_t *c) {
    const bj_cmd_account_t *a = &c->body.account;
    if (!c->account_id || c->account_id > ACCOUNTS || a->first) return false;
    const holder_t *h = &m->holder[BJ_LEVEL_ACCOUNT][c->account_id];
    const uint32_t level = 65536u * BJ_LEVEL_ACCOUNT;
    const uint32_t alone = c->account_id + 2147483648u, pan = m->account[c->account_id].pan_key;
    int64_t owner = pan ? pan : alone, then = a->pan_key ? a->pan_key : alone;
    const struct {
        uint32_t limit;
        bool looser;
    } parts[] = {
        {BJ_LIMIT_BLOCKED, h->limit[BJ_LIMIT_BLOCKED] && !a->blocked},
        {BJ_LIMIT_ORDER_VALUE, a->order_value_max_paise > h->limit[BJ_LIMIT_ORDER_VALUE]},
        {BJ_LIMIT_OPEN_VALUE, a->open_value_max_paise > h->limit[BJ_LIMIT_OPEN_VALUE]},
        {BJ_LIMIT_NET_QTY, a->position_max_qty > h->limit[BJ_LIMIT_NET_QTY]},
        {BJ_LIMIT_OPEN_ORDERS, a->open_orders_max > h->limit[BJ_LIMIT_OPEN_ORDERS]}};
    if (!h->known) return false;
    for (size_t i = 0; i < BJ_COUNT(parts); i++) {
        if (!parts[i].looser) continue;
        no(m, parts[i].limit + level, 0, h->limit[parts[i].limit]);
        return true;
    }
    if (owner != then) no(m, level, 0, owner);
    return owner != then;
}

/* From what takes nothing, on the way to trade, each lets more through than those before it. */
static bool lets_more(uint32_t now, uint32_t then) {
    static const uint32_t order[] = {BJ_STATE_CLOSED, BJ_STATE_HALTED, BJ_STATE_BUFFER,
                                     BJ_STATE_POST_CLOSE, BJ_STATE_OPEN};
    size_t at = 0, to = 0;
    while (at < BJ_COUNT(order) - 1 && order[at] != now) at++;
    while (to < BJ_COUNT(order) - 1 && order[to] != then) to++;
    return to > at && to > 1; /* a halt lets through what a close does */
}

/* Does it state a price, or a band, that the market would not have come to? */
static bool own_price(const row_t *r, const bj_cmd_t *c) {
    const bj_cmd_phase_t *p = &c->body.phase;
    bool closes = p->phase == BJ_STATE_CLOSED || p->phase == BJ_STATE_POST_CLOSE;
    if (c->type == BJ_CMD_INSTRUMENT_STATE || p->band_bp > 10000) return false;
    if (c->type == BJ_CMD_UNCROSS)
        return closes && p->reference_paise > 0 && !r->closing && r->auction != CLOSING;
    if (p->phase == BJ_STATE_POST_CLOSE && r->auction) return false;
    if (closes)
        return p->reference_paise > 0 && !r->closing && p->reference_paise != market_close(r);
    if (!is_auction(p->phase) || r->auction || p->auction < OPENING || p->auction > CLOSING)
        return false;
    row_t as_told = *r, by_itself = *r;
    as_told.phase = by_itself.phase = p->phase;
    market_begin(&as_told, p->auction, p->reference_paise, p->band_bp);
    market_begin(&by_itself, p->auction, 0, 0);
    return as_told.reference != by_itself.reference || lowest(&as_told) < r->band_lo ||
           highest(&as_told) > r->band_hi;
}

static bool phase_wants(model_t *m, const bj_cmd_t *c) {
    bool state = c->type == BJ_CMD_INSTRUMENT_STATE;
    uint32_t then = state ? c->body.state : c->body.phase.phase;
    if (state && (!c->token || then > BJ_STATE_OPEN)) return false;
    if (then > BJ_STATE_POST_CLOSE) return false;
    uint64_t mark = BJ_FNV_OFFSET;
    uint32_t first = BJ_STATE_CNT;
    int32_t halted = 0, closed = 0;
    for (uint32_t t = 1; t <= TOKENS; t++) {
        const row_t *r = &m->row[t];
        bool touched = r->known && (!c->token || c->token == t) &&
                       (c->type != BJ_CMD_UNCROSS || r->auction);
        if (!touched || !(lets_more(r->phase, then) || own_price(r, c))) continue;
        const uint32_t is[] = {t, r->phase, r->people + (r->held ? 2147483648u : 0)};
        mark = bj_fnv1a(mark, is, sizeof is);
        if (first == BJ_STATE_CNT) first = r->phase;
        if (!c->token && r->phase == BJ_STATE_HALTED) halted++;
        if (!c->token && r->phase == BJ_STATE_CLOSED) closed++;
    }
    if (first == BJ_STATE_CNT) return false;
    no(m, first, 0, (int64_t)(mark % 281474976710656));
    m->event[m->event_cnt - 1].leaves_qty = halted;
    m->event[m->event_cnt - 1].cum_qty = closed;
    return true;
}

static bool band_wants(model_t *m, const bj_cmd_t *c) {
    const bj_cmd_band_t *b = &c->body.band;
    if (!c->token || c->token > TOKENS || !m->row[c->token].known) return false;
    const row_t *r = &m->row[c->token];
    if (b->lo_paise >= r->band_lo && b->hi_paise <= r->band_hi) return false;
    no(m, 0, 0, 0);
    m->event[m->event_cnt - 1].price_paise = r->band_lo;
    m->event[m->event_cnt - 1].last_price_paise = r->band_hi;
    return true;
}

bool model_wants_second(model_t *m, const bj_cmd_t *c) {
    switch (c->type) {
    case BJ_CMD_LIMIT: return limit_wants(m, c);
    case BJ_CMD_ACCOUNT: return account_wants(m, c);
    case BJ_CMD_INSTRUMENT_STATE:
    case BJ_CMD_PHASE:
    case BJ_CMD_UNCROSS: return phase_wants(m, c);
    case BJ_CMD_BAND: return band_wants(m, c);
    case BJ_CMD_RELEASE: no(m, 0, 0, 0); return true;
    default: return false;
    }
}
