/* The dice: commands of every op and kind, sensible ones and spoiled ones. */
#include "dataplane/match/test_match_random.h"

enum { ID_CNT = 60 }; /* of order ids */

static uint64_t dice;

static uint32_t roll(uint32_t sides) { /* [0, sides) */
    uint64_t z = dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((z ^ (z >> 31)) >> 32) * sides >> 32);
}

static bool chance(uint32_t percent) {
    return roll(100) < percent;
}

static int32_t between(int32_t lo, int32_t hi) {
    return hi <= lo ? lo : (int32_t)(lo + (int64_t)roll((uint32_t)(hi - lo) + 1));
}

#define PICK(...) \
    ((const int32_t[]){__VA_ARGS__}[roll(sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))])

static uint64_t id_of(uint32_t no) { /* not in order, and with the ends of the range among them */
    if (no < 3) return (uint64_t)no - 1;
    return no * UINT64_C(0x9e3779b97f4a7c15);
}

shape_t shape_roll(uint64_t seed) {
    dice = seed * UINT64_C(0x2545f4914f6cdd1d);
    shape_t s = {.instrument_cnt = 1 + roll(4), .order_max = 6 + roll(35), .qty_max = 20};
    switch (roll(6)) {
    case 0: /* thousands of ticks, several pages */
        s.base = 5000, s.spread = 2500, s.band_lo = 1000, s.band_hi = 9000;
        break;
    case 1: /* where a page ends */
        s.base = 64 * 20, s.spread = 5, s.band_lo = 1100, s.band_hi = 1400;
        break;
    case 2: /* the ends of what a price can be */
        s.spread = 7;
        if (chance(50)) s.base = 8, s.band_lo = 1, s.band_hi = 100;
        else s.base = INT32_MAX - 8, s.band_lo = INT32_MAX - 900, s.band_hi = INT32_MAX;
        break;
    default:
        s.base = 100, s.spread = 5, s.band_lo = 80, s.band_hi = 120;
    }
    s.large = chance(5);
    if (s.large) s.qty_max = INT32_MAX;
    return s;
}

static int32_t price_roll(const shape_t *s) {
    int32_t spread = chance(70) ? (s->spread < 5 ? s->spread : 5) : s->spread;
    return between(s->base - spread, s->base > INT32_MAX - spread ? INT32_MAX : s->base + spread);
}

static int32_t qty_roll(const shape_t *s) {
    if (s->large && chance(30)) return between(INT32_MAX / 2, INT32_MAX);
    return chance(90) ? between(1, 20) : between(1, 200);
}

static uint32_t instrument_roll(const shape_t *s) {
    if (chance(98)) return roll(s->instrument_cnt);
    return (uint32_t)PICK(INSTRUMENT_MAX - 1, INSTRUMENT_MAX, INSTRUMENT_MAX + 1, 1 << 20, -1);
}

static const model_instrument_t *instrument_at(const model_t *m, uint32_t instrument_idx) {
    return &m->instrument[instrument_idx < INSTRUMENT_MAX ? instrument_idx : 0];
}

static step_t define_roll(const shape_t *s, uint32_t instrument_idx) {
    bj_match_instrument_t d = {
        .tick_paise = PICK(1, 1, 5), .band_lo_paise = s->band_lo, .band_hi_paise = s->band_hi,
        .prev_close_paise = price_roll(s), .protection_bp = (uint32_t)PICK(0, 0, 100, 300, 20000),
        .protection_min_paise = PICK(0, 1, 3),
        .disclosed_min_pct = (uint32_t)PICK(0, 10, 50, 100), .stop_gap_max_paise = PICK(0, 0, 2, 4),
        .flags = roll(32) | (chance(60) ? BJ_MATCH_LONG_ORDERS : 0),
    };
    if (s->band_lo < 10) d.tick_paise = 1;
    if (chance(50)) d.flags &= ~(uint32_t)(BJ_MATCH_TRADE_TO_TRADE | BJ_MATCH_NEEDS_LAST);
    if (chance(10)) d.band_lo_paise = s->base - 3, d.band_hi_paise = s->base + 3;
    if (chance(6)) {
        switch (roll(7)) {
        case 0: d.tick_paise = PICK(0, -1); break;
        case 1: d.band_lo_paise = PICK(0, -5, s->band_hi); d.band_hi_paise = s->band_lo; break;
        case 2: d.prev_close_paise = PICK(0, -1); break;
        case 3: d.protection_min_paise = -1; break;
        case 4: d.disclosed_min_pct = 101; break;
        case 5: d.stop_gap_max_paise = -1; break;
        default: instrument_idx = (uint32_t)PICK(INSTRUMENT_MAX, -1);
        }
    }
    return (step_t){.defines = true, .instrument_idx = instrument_idx, .definition = d};
}

static const model_order_t *live_roll(const model_t *m) {
    uint32_t at = roll(m->order_max);
    for (uint32_t i = 0; i < m->order_max; i++) {
        const model_order_t *o = &m->order[(at + i) % m->order_max];
        if (o->live) return o;
    }
    return NULL;
}

/* One field is spoiled: what a client's mistake or malice looks like. */
static void spoil(const shape_t *s, bj_match_cmd_t *c) {
    switch (roll(13)) {
    case 0: c->side = (uint8_t)PICK(0, 'b', 255, 'S', 'B'); break;
    case 1: c->type = (uint8_t)PICK(0, 3, 255); break;
    case 2: c->tif = (uint8_t)PICK(0, 5, 255); break;
    case 3: c->qty = PICK(0, -1, INT32_MIN); break;
    case 4: c->price_paise = PICK(0, -1, INT32_MIN, 1, INT32_MAX); break;
    case 5: c->trigger_paise = PICK(-1, INT32_MIN, 1, INT32_MAX); break;
    case 6: c->disclosed_qty = PICK(-1, INT32_MIN, 1, c->qty, INT32_MAX); break;
    case 7: c->flags = (uint8_t)PICK(4, 0x80, 1, 2, 3); break;
    case 8: c->instrument_idx = chance(50) ? roll(4 * INSTRUMENT_MAX) : UINT32_MAX - roll(3); break;
    case 9: c->order_id = id_of(roll(ID_CNT)); break;
    case 10: c->price_paise = price_roll(s); break;
    case 11: c->account = roll(6); break;
    default: c->day = (uint16_t)roll(3); break;
    }
}

static void new_terms_roll(const shape_t *s, const model_instrument_t *ins, bj_match_cmd_t *c) {
    bool auction = is_auction_phase(ins->phase), post_close = ins->phase == BJ_PHASE_POST_CLOSE;
    bool narrow = (auction || post_close) && chance(95);
    c->type = (uint8_t)PICK(1, 1, 1, 1, 2);
    if (auction && chance(25)) c->type = BJ_MARKET;
    if (ins->phase == BJ_PHASE_AUCTION_LIMIT && chance(90)) c->type = BJ_LIMIT;
    c->price_paise = c->type == BJ_LIMIT ? price_roll(s) : 0;
    if (post_close && c->type == BJ_LIMIT && chance(90)) c->price_paise = ins->closing;
    c->tif = (uint8_t)PICK(BJ_DAY, BJ_DAY, BJ_DAY, BJ_IOC, BJ_GTD, BJ_GTC, BJ_GTC);
    if (!(ins->def.flags & BJ_MATCH_LONG_ORDERS) && c->tif > BJ_IOC && chance(90)) c->tif = BJ_DAY;
    if (narrow && c->tif == BJ_IOC) c->tif = BJ_DAY;
    if (!narrow && chance(25)) c->disclosed_qty = between(1, c->qty);
    if (narrow || !chance(22)) return;
    c->trigger_paise = price_roll(s);
    if (c->type == BJ_LIMIT && chance(90)) {
        int64_t gap = between(0, 4), price = c->trigger_paise + (c->side == BJ_BUY ? gap : -gap);
        c->price_paise = (int32_t)(price > INT32_MAX ? INT32_MAX : price < 1 ? 1 : price);
    }
}

static bj_match_cmd_t new_roll(const shape_t *s, const model_t *m) {
    uint32_t owner = roll(5);
    bj_match_cmd_t c = {
        .op = BJ_OP_NEW, .instrument_idx = instrument_roll(s), .order_id = id_of(roll(ID_CNT)),
        .side = (uint8_t)PICK(BJ_BUY, BJ_SELL), .qty = qty_roll(s), .owner = owner,
        .account = chance(90) ? owner : roll(6), .desk = (uint16_t)roll(4),
    };
    for (int i = 0; i < 6 && chance(95); i++) { /* mostly one that is not live */
        bj_match_order_t order;
        if (!model_find(m, c.order_id, &order)) break;
        c.order_id = id_of(roll(ID_CNT));
    }
    if (chance(20)) c.flags |= BJ_MATCH_STP_ACTIVE;
    if (chance(15)) c.flags |= BJ_MATCH_INTRADAY;
    c.day = (uint16_t)(m->today + roll(3));
    if (chance(5) && c.day) c.day--;
    new_terms_roll(s, instrument_at(m, c.instrument_idx), &c);
    if (chance(5)) spoil(s, &c);
    return c;
}

static int32_t one_more(int32_t n) {
    return n == INT32_MAX ? n : n + 1;
}

static void modify_change(const shape_t *s, const model_order_t *o, bj_match_cmd_t *c) {
    switch (roll(11)) {
    case 0: c->qty = between(1, o->leaves); break;
    case 1: c->qty = o->leaves > 1 ? o->leaves - 1 : 1; break;
    case 2: c->qty = o->leaves > INT32_MAX - 10 ? INT32_MAX : o->leaves + between(1, 10); break;
    case 3: c->price_paise = c->price_paise ? price_roll(s) : 0; break;
    case 4:
        c->type = o->type == BJ_LIMIT ? BJ_MARKET : BJ_LIMIT;
        c->price_paise = c->type == BJ_LIMIT ? price_roll(s) : 0;
        break;
    case 5: c->tif = (uint8_t)PICK(BJ_DAY, BJ_IOC, BJ_GTD, BJ_GTC); break;
    case 6: c->disclosed_qty = PICK(0, between(1, o->leaves), one_more(o->disclosed)); break;
    case 7: c->trigger_paise = PICK(0, price_roll(s), one_more(o->trigger)); break;
    case 8: c->account = roll(6), c->owner = c->account; break;
    case 9: c->trigger_paise = 0; break;
    default: break;
    }
}

static bj_match_cmd_t modify_roll(const shape_t *s, const model_t *m) {
    const model_order_t *o = live_roll(m);
    if (!o || chance(2)) {
        return (bj_match_cmd_t){.op = BJ_OP_MODIFY, .order_id = id_of(roll(ID_CNT) + 1000),
                                .instrument_idx = (uint32_t)PICK(0, -1), .qty = 1,
                                .price_paise = s->base};
    }
    bj_match_cmd_t c = {
        .op = BJ_OP_MODIFY, .order_id = o->order_id, .price_paise = o->price, .qty = o->leaves,
        .instrument_idx = chance(50) ? o->instrument_idx : BJ_MATCH_ALL,
        .trigger_paise = o->where == MODEL_WAITING || chance(50) ? o->trigger : 0,
        .disclosed_qty = o->disclosed, .side = chance(50) ? o->side : 0, .flags = o->flags,
        .type = chance(50) ? o->type : 0, .tif = chance(50) ? o->tif : 0, .day = o->day,
        .account = chance(50) ? o->account : 0, .owner = o->owner,
    };
    if (chance(10)) c.day = (uint16_t)(m->today + roll(4));
    for (uint32_t i = roll(3); i > 0; i--) modify_change(s, o, &c);
    if (m->instrument[o->instrument_idx].phase == BJ_PHASE_POST_CLOSE && chance(60)) {
        c.type = (uint8_t)PICK(0, 1, 2);
        c.price_paise = c.type == BJ_MARKET ? 0 : m->instrument[o->instrument_idx].closing;
    }
    if (chance(6)) spoil(s, &c);
    if (c.qty > 0 && c.qty > INT32_MAX - o->cum) c.qty = INT32_MAX - o->cum;
    return c;
}

static bj_match_cmd_t cancel_roll(const model_t *m) {
    const model_order_t *o = live_roll(m);
    bj_match_cmd_t c = {.op = BJ_OP_CANCEL, .instrument_idx = BJ_MATCH_ALL,
                        .order_id = id_of(roll(ID_CNT))};
    if (o && chance(90)) c.order_id = o->order_id;
    if (o && chance(50)) c.instrument_idx = o->instrument_idx;
    if (chance(5)) c.instrument_idx = roll(4 * INSTRUMENT_MAX); /* none has such, mostly */
    return c;
}

static bj_match_cmd_t mass_cancel_roll(const shape_t *s) {
    bj_match_cmd_t c = {.op = BJ_OP_MASS_CANCEL, .instrument_idx = BJ_MATCH_ALL};
    if (chance(60)) c.account = 1 + roll(5);
    if (chance(40)) c.desk = (uint16_t)(1 + roll(3));
    if (chance(40)) c.side = (uint8_t)PICK(BJ_BUY, BJ_SELL);
    if (chance(60)) c.instrument_idx = instrument_roll(s);
    if (chance(50)) c.reason = (uint8_t)PICK(BJ_END_MASS, BJ_END_DISCONNECT, BJ_END_HALT);
    if (chance(4)) c.side = (uint8_t)PICK('b', 255);
    return c;
}

static bj_match_cmd_t band_roll(const shape_t *s) {
    bj_match_cmd_t c = {.op = BJ_OP_BAND, .instrument_idx = instrument_roll(s),
                        .lo_paise = s->band_lo, .hi_paise = s->band_hi};
    if (chance(50)) c.lo_paise = between(s->base - s->spread, s->base);
    if (chance(50)) c.hi_paise = chance(50) ? between(s->base, s->band_hi) : price_roll(s);
    if (chance(8)) c.lo_paise = PICK(0, -1, INT32_MIN);
    if (chance(8)) c.hi_paise = PICK(0, -1, 1, INT32_MAX);
    return c;
}

/* Where a session mostly goes from each phase. */
static void phase_next(const model_instrument_t *ins, bj_match_cmd_t *c) {
    switch (ins->phase) {
    case BJ_PHASE_CLOSED:
        c->phase = (uint8_t)PICK(BJ_PHASE_AUCTION, BJ_PHASE_AUCTION, BJ_PHASE_CONTINUOUS);
        c->auction = BJ_AUCTION_OPEN;
        break;
    case BJ_PHASE_AUCTION:
        c->phase = (uint8_t)PICK(BJ_PHASE_AUCTION_LIMIT, BJ_PHASE_AUCTION_LIMIT, BJ_PHASE_HALTED,
                                 BJ_PHASE_CONTINUOUS, BJ_PHASE_BUFFER);
        break;
    case BJ_PHASE_AUCTION_LIMIT:
        c->phase = (uint8_t)PICK(BJ_PHASE_BUFFER, BJ_PHASE_CONTINUOUS);
        break;
    case BJ_PHASE_CONTINUOUS:
        c->phase = (uint8_t)PICK(BJ_PHASE_HALTED, BJ_PHASE_AUCTION, BJ_PHASE_AUCTION,
                                 BJ_PHASE_AUCTION_LIMIT, BJ_PHASE_POST_CLOSE, BJ_PHASE_CLOSED);
        c->auction = (uint8_t)PICK(BJ_AUCTION_CLOSE, BJ_AUCTION_RESUME);
        break;
    case BJ_PHASE_HALTED:
        c->phase = (uint8_t)PICK(BJ_PHASE_AUCTION, BJ_PHASE_CONTINUOUS);
        c->auction = BJ_AUCTION_RESUME;
        break;
    default:
        c->phase = (uint8_t)PICK(BJ_PHASE_CONTINUOUS, BJ_PHASE_POST_CLOSE, BJ_PHASE_CLOSED);
    }
}

static bj_match_cmd_t phase_roll(const shape_t *s, const model_t *m, uint32_t instrument_idx) {
    const model_instrument_t *ins = &m->instrument[instrument_idx];
    bj_match_cmd_t c = {.instrument_idx = instrument_idx};
    if (chance(25)) c.price_paise = price_roll(s);
    if (ins->auction ? chance(50) : chance(2)) {
        c.op = BJ_OP_UNCROSS;
        c.phase = (uint8_t)PICK(BJ_PHASE_CONTINUOUS, BJ_PHASE_CONTINUOUS, BJ_PHASE_BUFFER,
                                BJ_PHASE_POST_CLOSE, BJ_PHASE_HALTED, BJ_PHASE_CLOSED);
        c.market_first = (uint8_t)roll(2);
        if (chance(5)) c.phase = (uint8_t)roll(BJ_PHASE_CNT + 1);
        if (chance(2)) c.instrument_idx = (uint32_t)PICK(-1, INSTRUMENT_MAX, INSTRUMENT_MAX - 1);
        return c;
    }
    c.op = BJ_OP_PHASE;
    c.market_first = (uint8_t)roll(2); /* of no effect: limit orders are first */
    c.band_bp = (uint32_t)PICK(0, 0, 100, 300, 500, 20000);
    phase_next(ins, &c);
    if (chance(12)) c.phase = (uint8_t)roll(BJ_PHASE_CNT), c.auction = (uint8_t)roll(4);
    if (chance(3)) c.phase = (uint8_t)PICK(BJ_PHASE_CNT, 255);
    if (chance(3)) c.auction = (uint8_t)PICK(0, 4, 255);
    if (chance(12)) c.instrument_idx = BJ_MATCH_ALL;
    if (chance(2)) c.instrument_idx = (uint32_t)PICK(INSTRUMENT_MAX, INSTRUMENT_MAX - 1);
    if (chance(2)) c.price_paise = -1;
    return c;
}

static bj_match_cmd_t day_end_roll(const model_t *m) {
    bj_match_cmd_t c = {.op = BJ_OP_DAY_END, .instrument_idx = (uint32_t)PICK(0, -1, 7)};
    c.day = (uint16_t)(m->today + (chance(70) ? 0 : roll(4)));
    if (chance(10) && m->today) c.day = (uint16_t)(m->today - 1);
    return c;
}

static bj_match_cmd_t control_roll(const shape_t *s, const model_t *m) {
    uint32_t dice_sum = roll(100);
    if (dice_sum < 35) return phase_roll(s, m, roll(s->instrument_cnt));
    if (dice_sum < 55) return mass_cancel_roll(s);
    if (dice_sum < 75) return band_roll(s);
    if (dice_sum < 85) {
        uint32_t instrument_idx = chance(30) ? BJ_MATCH_ALL : instrument_roll(s);
        return (bj_match_cmd_t){.op = BJ_OP_WINDOW, .instrument_idx = instrument_idx};
    }
    if (dice_sum < 95) return day_end_roll(m);
    return (bj_match_cmd_t){.op = (uint8_t)PICK(0, BJ_MATCH_OP_CNT, 255),
                            .instrument_idx = instrument_roll(s)};
}

/* How soon a phase ends, in percent of commands. */
static uint32_t haste(uint8_t phase) {
    static const uint8_t haste_of[BJ_PHASE_CNT] = {25, 1, 25, 4, 6, 25, 5};
    return haste_of[phase];
}

static step_t command_roll(const shape_t *s, const model_t *m) {
    step_t step = {.joined = chance(60)};
    if (chance(15)) step.look |= LOOK_BOOK;
    if (chance(10)) step.look |= LOOK_HASH;
    if (chance(1)) step.look |= LOOK_SAVE;
    if (m->cmd_cnt % 16 == 15) step.look |= LOOK_BROKEN, step.joined = false;
    if (chance(1) && chance(50)) return define_roll(s, roll(s->instrument_cnt));
    uint32_t hurries = roll(s->instrument_cnt);
    uint32_t dice_sum = roll(100);
    if (chance(haste(m->instrument[hurries].phase))) step.cmd = phase_roll(s, m, hurries);
    else if (dice_sum < 3) step.cmd = control_roll(s, m);
    else if (dice_sum < 28) step.cmd = modify_roll(s, m);
    else if (dice_sum < 35) step.cmd = cancel_roll(m);
    else step.cmd = new_roll(s, m);
    /* a slice of one share of thousands of millions would be as many trades */
    if (s->large && step.cmd.disclosed_qty > 0) step.cmd.disclosed_qty = 0;
    return step;
}

step_t step_roll(const shape_t *s, const model_t *m, size_t no) {
    return no < s->instrument_cnt ? define_roll(s, (uint32_t)no) : command_roll(s, m);
}
