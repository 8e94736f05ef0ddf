/* Goal: the engine gives, event for event and byte for byte, what the plainest model of the same
 * rules gives: one array of orders searched from end to end, exposure counted again for each check.
 * Seeded random commands of every kind, through all phases, bad ones among them.  Twice over the
 * same commands, at other addresses: the same events and the same state hash. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/engine/test_bj_model.h"

enum { COMMANDS = 600000, STRETCH = 4000, DISCONNECT_COMMANDS = 20000 };
static bool disconnects; /* in this run, by each setting of a session */

static uint64_t rng;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

/* --- random commands */

static void random_tables(bj_cmd_t *c) {
    c->type = any(2) ? BJ_CMD_INSTRUMENT : BJ_CMD_ACCOUNT;
    if (any(10) == 0) c->token += TOKENS, c->account_id += ACCOUNTS;
    if (c->type == BJ_CMD_INSTRUMENT) {
        int32_t lo = 80 + (int32_t)any(8), hi = 105 + (int32_t)any(20);
        c->body.instrument = (bj_cmd_instrument_t){
            .symbol = "ANY", .tick_paise = 1 + (int32_t)any(2), .lot_qty = 1 + (int32_t)any(3),
            .band_lo_paise = lo, .band_hi_paise = hi, .prev_close_paise = 95,
            .freeze_qty = 25 + (int32_t)any(20), .protection_bp = any(2) ? (uint16_t)any(1500) : 0,
            .protection_min_paise = (int32_t)any(5), .disclosed_min_pct = any(2) ? 0 : 10,
            .rules = LONG_ORDERS | (uint8_t)(any(3) ? 0 : any(RULES + 2))};
        if (any(20) == 0) (&c->body.instrument.tick_paise)[any(6)] = -(int32_t)any(2);
    } else {
        c->body.account = (bj_cmd_account_t){
            .order_value_max_paise = 3000 + any(9000), .open_value_max_paise = 6000 + any(30000),
            .position_max_qty = 40 + any(400), .open_orders_max = 4 + any(20),
            .blocked = any(8) == 0, .first = any(3) == 0, .author = any(100),
            .pan_key = any(3) ? 0 : 7 + any(2)};
        if (any(20) == 0) c->body.account.position_max_qty = -1;
        if (any(20) == 0) c->body.account.first = 2;
    }
}

/* Limits near what orders need: a few hundred of anything, so that they bite and let go. */
static void random_limit(bj_cmd_t *c) {
    static const uint32_t most[BJ_LIMIT_END] = {
        [BJ_LIMIT_BLOCKED] = 2, [BJ_LIMIT_BARRED] = 3, [BJ_LIMIT_SEGMENTS] = 4,
        [BJ_LIMIT_ORDER_QTY] = 60, [BJ_LIMIT_ORDER_VALUE] = 6000, [BJ_LIMIT_RATE] = 200,
        [BJ_LIMIT_BURST] = 20, [BJ_LIMIT_OPEN_ORDERS] = 16, [BJ_LIMIT_OPEN_VALUE] = 30000,
        [BJ_LIMIT_NET_QTY] = 300, [BJ_LIMIT_GROSS_QTY] = 4000, [BJ_LIMIT_UNDERLYING_NET] = 250,
        [BJ_LIMIT_UNDERLYING_GROSS] = 2500, [BJ_LIMIT_MARGIN] = 4000,
        [BJ_LIMIT_EXECUTIONS] = 8, [BJ_LIMIT_SEGMENT] = 2, [BJ_LIMIT_UNDERLYING] = 4,
        [BJ_LIMIT_INVERSE] = 2, [BJ_LIMIT_MARGIN_BUY] = 30, [BJ_LIMIT_MARGIN_SELL] = 40,
        [BJ_LIMIT_PRICE_LO] = 90, [BJ_LIMIT_PRICE_HI] = 120, [BJ_LIMIT_BANNED] = 2,
        [BJ_LIMIT_CLIENT_QTY] = 300, [BJ_LIMIT_PROTECTION_BP] = 1500,
        [BJ_LIMIT_PROTECTION_MIN] = 15};
    bj_cmd_limit_t *l = &c->body.limit;
    c->type = BJ_CMD_LIMIT;
    l->level = (uint8_t)(1 + any(4));
    bool own = l->level == BJ_LEVEL_INSTRUMENT;
    l->limit = (uint16_t)(!own ? 1 + any(15) : any(8) ? BJ_LIMIT_SEGMENT + any(11)
                                                      : BJ_LIMIT_BLOCKED);
    bool bars = l->limit <= BJ_LIMIT_SEGMENTS || l->limit == BJ_LIMIT_PRICE_LO ||
                l->limit == BJ_LIMIT_PRICE_HI || l->limit == BJ_LIMIT_BANNED;
    bool set = any(bars ? 8 : 2) == 0; /* mostly let go, so that there is trade */
    l->value = set ? (int64_t)any(most[l->limit] ? most[l->limit] : 5) : BJ_LIMIT_NONE;
    l->desk = l->level == BJ_LEVEL_DESK ? any(SESSIONS) : 0;
    l->author = any(9);
    if (l->level != BJ_LEVEL_ACCOUNT) c->account_id = 0;
    if (l->limit == BJ_LIMIT_UNDERLYING && any(3)) l->value = 1; /* mostly one, and summed */
    if (!own && l->limit != BJ_LIMIT_BARRED) c->token = 0;
    switch (any(60)) {
    case 0: l->value = -2; break;
    case 1: l->value = INT64_MAX; break;
    case 2: l->limit = (uint16_t)any(60); break;
    case 3: l->level = (uint8_t)any(6); break;
    case 4: l->desk = any(1200); break;
    case 5: c->token = any(TOKENS + 2); break;
    case 6: c->account_id = any(ACCOUNTS + 3); break;
    case 7: l->reserved = (uint8_t)any(2), l->reason[23] = (char)any(2); break;
    }
}

/* Everything is let go, one after the other, at the beginning of each stretch of commands; its
 * second half sets limits.  False: all is done. */
static bool let_go(bj_cmd_t *c, uint32_t i) {
    enum { ITS_OWN = BJ_LIMIT_END - BJ_LIMIT_SEGMENT + 1 };
    enum { HOLDERS_SET = ACCOUNTS + (SESSIONS - 1) + 1 }; /* session 0 is nobody's desk */
    bj_cmd_limit_t *l = &c->body.limit;
    uint32_t of_holders = HOLDERS_SET * (BJ_LIMIT_EXECUTIONS + TOKENS);
    *c = (bj_cmd_t){.time_ns = c->time_ns, .type = BJ_CMD_LIMIT, .session_seq = c->session_seq};
    l->value = BJ_LIMIT_NONE;
    if (i < of_holders) {
        uint32_t who = i % HOLDERS_SET, which = i / HOLDERS_SET;
        l->limit = (uint16_t)(which < BJ_LIMIT_EXECUTIONS ? which + 1 : BJ_LIMIT_BARRED);
        if (l->limit == BJ_LIMIT_BARRED) c->token = which % TOKENS + 1;
        l->level = who < ACCOUNTS ? BJ_LEVEL_ACCOUNT : who + 1 < HOLDERS_SET ? BJ_LEVEL_DESK
                                                                            : BJ_LEVEL_MEMBER;
        if (l->level == BJ_LEVEL_ACCOUNT) c->account_id = who + 1;
        if (l->level == BJ_LEVEL_DESK) l->desk = who - ACCOUNTS + 1;
        return true;
    }
    i -= of_holders;
    l->level = BJ_LEVEL_INSTRUMENT;
    l->limit = (uint16_t)(i / TOKENS ? BJ_LIMIT_SEGMENT + i / TOKENS - 1 : BJ_LIMIT_BLOCKED);
    c->token = i % TOKENS + 1;
    return i < TOKENS * ITS_OWN;
}

/* The day's course, in no order that a day would have, but mostly back to trading. */
static void random_phase(bj_cmd_t *c, const model_t *m) {
    static const uint8_t phases[] = {0, 1, 1, 1, 1, 1, 1, 2, 3, 3, 3, 4, 4, 5, 6, 6};
    bj_cmd_phase_t *p = &c->body.phase;
    if (any(4) == 0) c->token = 0;
    switch (any(12)) {
    case 0:
        c->type = BJ_CMD_INSTRUMENT_STATE;
        c->body.state = any(8) ? BJ_STATE_OPEN : any(4);
        break;
    case 1: c->type = BJ_CMD_WINDOW; break;
    case 2:
        c->type = BJ_CMD_KILL;
        c->body.kill.desk = (uint16_t)any(3);
        c->body.kill.block = any(6) ? 0 : (uint8_t)any(3);
        if (any(2)) c->token = 0;
        c->account_id *= any(2), c->side = any(2) ? 0 : c->side;
        break;
    case 3:
        c->type = BJ_CMD_BAND;
        c->body.band = (bj_cmd_band_t){.lo_paise = 80 + (int32_t)any(10),
                                        .hi_paise = 100 + (int32_t)any(20)};
        if (any(8) == 0) c->body.band.lo_paise = (int32_t)any(3) * 60 - 1;
        break;
    case 4:
        c->type = any(2) ? BJ_CMD_WINDOW : BJ_CMD_DAY_END;
        c->body.day.day = m->today + any(3) - (any(9) == 0);
        break;
    case 5:
    case 6:
        c->type = BJ_CMD_UNCROSS, p->phase = phases[any(sizeof phases)];
        p->market_first = any(20) ? any(3) == 0 : 2;
        p->reference_paise = any(3) ? 0 : 90 + (int32_t)any(12);
        break;
    default:
        c->type = BJ_CMD_PHASE, p->phase = any(40) ? phases[any(sizeof phases)] : 7;
        p->auction = any(12) ? (uint8_t)(1 + any(3)) : 0;
        p->reference_paise = any(3) ? 0 : 90 + (int32_t)any(12);
        p->band_bp = any(3) ? 0 : any(1200);
        break;
    }
}

static void random_kind(bj_cmd_t *c, const model_t *m) {
    if (any(10) == 0) c->order_type = BJ_MARKET;
    if (any(12) == 0) c->tif = BJ_IOC;
    if (any(8) == 0) c->order_type += 2, c->trigger_price_paise = 86 + (int32_t)any(24);
    if (c->trigger_price_paise && any(3)) {
        bool buy = c->side == BJ_BUY;
        c->trigger_price_paise = c->price_paise + (buy ? -2 : 2) * (int32_t)any(4);
    }
    if (any(8) == 0) c->disclosed_qty = 1 + (int32_t)any(12);
    if (any(8) == 0) c->tif = BJ_GTC;
    if (any(12) == 0) c->tif = BJ_GTD, c->body.expiry_day = m->today + any(4) - (any(5) == 0);
    if (any(6) == 0) c->body.opened.app = 1 + any(3);
    if (any(10) == 0) c->flags |= BJ_FLAG_STP_ACTIVE;
    if (any(10) == 0) c->flags |= BJ_FLAG_INTRADAY;
    if (is_market(c->order_type) && any(10)) c->price_paise = 0;
}

/* Mostly what is there, and most of it as it is. */
static void random_target(bj_cmd_t *c, const model_t *m) {
    const plain_t *o = &m->order[any(m->order_cnt)];
    c->order_id = o->order_id, c->account_id = o->account_id, c->session_id = o->session_id;
    c->token = any(2) ? o->token : 0;
    c->order_type = any(8) ? 0 : 1 + (uint8_t)any(4);
    c->tif = any(8) ? 0 : 1 + (uint8_t)any(4);
    if (c->tif == BJ_GTD) c->body.expiry_day = m->today + any(4);
    c->trigger_price_paise = any(4) ? o->trigger_paise : o->waits ? 86 + (int32_t)any(24) : 0;
    c->disclosed_qty = any(4) ? o->disclosed_qty : (int32_t)any(9);
    if (any(3) == 0 || is_market(o->order_type)) c->price_paise = o->price_paise;
    if (any(3) == 0) c->qty = o->qty;
}

/* Mostly as a clock's or an older one, which anybody may; else of one person, or of two. */
static void random_people(bj_cmd_t *c) {
    bool administers = c->type == BJ_CMD_ACCOUNT || c->type == BJ_CMD_INSTRUMENT_STATE ||
                       (c->type >= BJ_CMD_PHASE && c->type <= BJ_CMD_LIMIT);
    if (!administers) return;
    c->flags = any(4) ? 0 : any(4) ? BJ_FLAG_ONE_PERSON : BJ_FLAG_TWO_PEOPLE;
}

static void spoil(bj_cmd_t *c) { /* one field bad */
    switch (any(400)) {
    case 0: c->side = (uint8_t)any(256); break;
    case 1: c->order_type = (uint8_t)any(7); break;
    case 2: c->tif = (uint8_t)any(7); break;
    case 3: c->flags = (uint8_t)any(256); break;
    case 4: c->price_paise = (int32_t)any(2) - 1; break;
    case 5: c->qty = (int32_t)any(3) - 2; break;
    case 6: c->token = any(2) * 77; break;
    case 7: c->account_id = any(2) * 77; break;
    case 8: c->client_order_id = 0; break;
    case 9: c->type = (uint16_t)any(65536); break;
    case 10: c->session_id = (uint16_t)any(65536); break;
    case 11: c->trigger_price_paise = (int32_t)any(3) * 5 - 5; break;
    case 12: c->disclosed_qty = (int32_t)any(3) * 50 - 50; break;
    case 13: c->price_paise = INT32_MAX, c->qty = INT32_MAX; break;
    case 14: c->order_id++; break;
    case 15: c->session_id ^= 1; break;
    case 16: c->body.expiry_day = any(3) * 65535; break;
    }
}

static bj_cmd_t random_command(const model_t *m, int64_t *now_ns) {
    if (any(20000) == 0) *now_ns += any(2000) * INT64_C(1000000000); /* a pause */
    *now_ns += any(6000000) - (any(100) == 0 ? 4000000 : 0); /* the clock may step back */
    bj_cmd_t c = {.time_ns = *now_ns,
                  .session_id = (uint16_t)any(SESSIONS),
                  .session_seq = m->cmd_seq + 5,
                  .account_id = 1 + any(ACCOUNTS),
                  .token = 1 + any(TOKENS),
                  .client_order_id = 1 + any(60),
                  .side = any(2) ? BJ_BUY : BJ_SELL,
                  .order_type = BJ_LIMIT,
                  .tif = BJ_DAY,
                  .flags = any(4) ? 0 : BJ_FLAG_CANCEL_ON_DISCONNECT,
                  .price_paise = 84 + (int32_t)any(30),
                  .qty = 1 + (int32_t)any(40)};
    if (any(8))
        c.price_paise &= ~1, c.qty = 6 * (1 + (int32_t)any(7)); /* mostly in ticks and lots */
    uint32_t dice = any(1000);
    if (dice < 12) random_tables(&c);
    else if (dice < 16) c.type = any(2) ? BJ_CMD_MASS_CANCEL : BJ_CMD_DISCONNECT;
    else if (dice < 46) random_phase(&c, m);
    else if (dice < 74 && m->cmd_seq % STRETCH > STRETCH / 2) random_limit(&c);
    else if (dice < 550 || !m->order_cnt) c.type = BJ_CMD_NEW;
    else c.type = dice < 920 ? BJ_CMD_MODIFY : BJ_CMD_CANCEL;
    if (c.type == BJ_CMD_NEW) random_kind(&c, m);
    if (disconnects && !any(50)) c.type = BJ_CMD_DISCONNECT, c.body.disconnect = (uint8_t)any(4);
    if (c.type == BJ_CMD_MASS_CANCEL && any(2))
        c.side = 0, c.token *= any(2), c.account_id *= any(2);
    if ((c.type == BJ_CMD_MODIFY || c.type == BJ_CMD_CANCEL) && any(20)) random_target(&c, m);
    random_people(&c);
    spoil(&c);
    return c;
}

/* The tables are full before the dice begin: anything beyond is refused. */
static bj_cmd_t first_command(int k) {
    bj_cmd_t c = {.time_ns = k};
    if (k < TOKENS) {
        c.type = BJ_CMD_INSTRUMENT, c.token = (uint32_t)k + 1;
        c.body.instrument = (bj_cmd_instrument_t){
            .symbol = "ANY", .tick_paise = 1, .lot_qty = 1, .band_lo_paise = 80,
            .band_hi_paise = 120, .prev_close_paise = 100, .freeze_qty = 90, .rules = LONG_ORDERS};
    } else {
        c.type = BJ_CMD_ACCOUNT, c.account_id = (uint32_t)(k - TOKENS) + 1;
        c.body.account = (bj_cmd_account_t){.order_value_max_paise = 12000,
                                            .open_value_max_paise = 50000,
                                            .position_max_qty = 440, .open_orders_max = 24};
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
        fprintf(stderr, "  price %d/%d last %dx%d/%dx%d kind %u/%u value %u/%u asked %lu/%lu\n",
                g->price_paise, w->price_paise, g->last_qty, g->last_price_paise, w->last_qty,
                w->last_price_paise, g->order_type, w->order_type, g->value, w->value,
                g->session_seq, w->session_seq);
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

static const bj_engine_config_t config = {
    .instrument_max = TOKENS, .account_max = ACCOUNTS, .order_max = ORDERS,
    .message_rate_per_s = RATE_PER_S, .message_burst = BURST, .desk_max = DESKS,
    .underlying_max = UNDERLYINGS, .executions_ns = WINDOW_NS};

/* The same engine in other memory, made of its parts alone; of the old one nothing is left. */
static bj_engine_t *move(bj_engine_t *engine, uint8_t *from, uint8_t *to, size_t bytes) {
    bj_parts_t old, new;
    bj_engine_t *moved = bj_engine_new(to, &config);
    bj_engine_parts(engine, &old);
    bj_engine_parts(moved, &new);
    BJ_CHECK(old.cnt == new.cnt && old.covered_bytes == bytes);
    for (uint32_t i = 0; i < old.cnt; i++)
        memcpy(new.part[i].mem, old.part[i].mem, old.part[i].bytes);
    memset(from, 0xdd, bytes);
    return moved;
}

static void run(uint64_t seed, size_t shift, outcome_t *out) {
    size_t bytes = bj_engine_footprint(&config);
    uint8_t *mem = aligned_alloc(64, bytes + shift), *other = aligned_alloc(64, bytes);
    uint8_t *here = mem + shift;
    memset(mem, 0xee, bytes + shift);
    bj_engine_t *engine = bj_engine_new(here, &config);
    model_t *m = calloc(1, sizeof *m);
    int64_t now_ns = 1000000000;
    *out = (outcome_t){.event_digest = BJ_FNV_OFFSET, .agreed = true};
    rng = seed;
    int command_cnt = disconnects ? DISCONNECT_COMMANDS : COMMANDS;
    for (int k = 0; k < command_cnt && out->agreed; k++) {
        bj_cmd_t c = random_command(m, &now_ns);
        bj_cmd_t free = c;
        if (let_go(&free, (uint32_t)k % STRETCH)) c = free;
        if (k < TOKENS + ACCOUNTS) c = first_command(k);
        out->agreed = step(engine, m, &c, out);
        if (shift && k % 97 == 0) { /* state is what its parts say: no more, no less */
            uint8_t *there = here == other ? mem + shift : other;
            engine = move(engine, here, there, bytes);
            here = there;
        }
        if (k % 64) continue;
        const char *why = bj_engine_broken(engine);
        if (why) fprintf(stderr, "  command %d: %s\n", k, why);
        out->agreed &= !why;
    }
    if (!out->agreed) fprintf(stderr, "  seed %lu\n", seed);
    out->state_hash = bj_engine_hash(engine);
    free(m);
    free(mem);
    free(other);
}

int main(void) {
    static const bj_status_t reached[] = {
        BJ_ERR_UNKNOWN_TYPE, BJ_ERR_FULL, BJ_REJ_SESSION_CLOSED, BJ_REJ_INSTRUMENT_UNKNOWN,
        BJ_REJ_INSTRUMENT_HALTED, BJ_REJ_ACCOUNT_UNKNOWN, BJ_REJ_ACCOUNT_BLOCKED,
        BJ_REJ_NOT_PERMITTED, BJ_REJ_TICK, BJ_REJ_LOT, BJ_REJ_PRICE_BAND, BJ_REJ_QTY,
        BJ_REJ_FREEZE_QTY, BJ_REJ_ORDER_VALUE, BJ_REJ_OPEN_ORDERS, BJ_REJ_OPEN_VALUE,
        BJ_REJ_POSITION, BJ_REJ_RATE, BJ_REJ_ORDER_UNKNOWN, BJ_REJ_ORDER_TYPE, BJ_REJ_PRICE,
        BJ_REJ_ENGINE_FULL, BJ_REJ_DUPLICATE, BJ_REJ_FIELD, BJ_REJ_UNCHANGED, BJ_REJ_LEAVES,
        BJ_REJ_PHASE, BJ_REJ_TRIGGER, BJ_REJ_DISCLOSED, BJ_REJ_TIF, BJ_REJ_NO_REFERENCE,
        BJ_REJ_MODIFY, BJ_REJ_TRADE_TO_TRADE, BJ_REJ_CLOSING_PRICE, BJ_END_USER, BJ_END_MASS,
        BJ_END_IOC, BJ_END_NO_LIQUIDITY, BJ_END_DISCONNECT, BJ_END_SELF_TRADE, BJ_END_DAY,
        BJ_END_EXPIRED, BJ_END_BAND, BJ_END_PROTECTION, BJ_END_AUCTION, BJ_REJ_INSTRUMENT_BLOCKED,
        BJ_REJ_PRICE_PROTECTION, BJ_REJ_BANNED, BJ_REJ_CLIENT_QTY, BJ_REJ_ACCOUNT_SEGMENT,
        BJ_REJ_ACCOUNT_BARRED, BJ_REJ_ACCOUNT_ORDER_QTY, BJ_REJ_ACCOUNT_GROSS,
        BJ_REJ_ACCOUNT_UNDERLYING_NET, BJ_REJ_ACCOUNT_UNDERLYING_GROSS, BJ_REJ_ACCOUNT_MARGIN,
        BJ_REJ_ACCOUNT_EXECUTIONS, BJ_REJ_DESK_BLOCKED, BJ_REJ_DESK_SEGMENT, BJ_REJ_DESK_BARRED,
        BJ_REJ_DESK_ORDER_QTY, BJ_REJ_DESK_ORDER_VALUE, BJ_REJ_DESK_RATE, BJ_REJ_DESK_OPEN_ORDERS,
        BJ_REJ_DESK_OPEN_VALUE, BJ_REJ_DESK_NET, BJ_REJ_DESK_GROSS, BJ_REJ_DESK_UNDERLYING_NET,
        BJ_REJ_DESK_UNDERLYING_GROSS, BJ_REJ_DESK_MARGIN, BJ_REJ_DESK_EXECUTIONS,
        BJ_REJ_MEMBER_BLOCKED, BJ_REJ_MEMBER_SEGMENT, BJ_REJ_MEMBER_BARRED,
        BJ_REJ_MEMBER_ORDER_QTY, BJ_REJ_MEMBER_ORDER_VALUE, BJ_REJ_MEMBER_RATE,
        BJ_REJ_MEMBER_OPEN_ORDERS, BJ_REJ_MEMBER_OPEN_VALUE, BJ_REJ_MEMBER_NET,
        BJ_REJ_MEMBER_GROSS, BJ_REJ_MEMBER_UNDERLYING_NET, BJ_REJ_MEMBER_UNDERLYING_GROSS,
        BJ_REJ_MEMBER_MARGIN, BJ_REJ_MEMBER_EXECUTIONS, BJ_REJ_SECOND_PERSON};
    outcome_t once, again, other, lost;
    run(88172645463325252, 0, &once);
    run(88172645463325252, 64 * 131, &again);
    run(1234567, 0, &other);
    BJ_CHECK(once.agreed && again.agreed && other.agreed);
    disconnects = true;
    run(4101842887655102017, 0, &lost);
    BJ_CHECK(lost.agreed && lost.by_reason[BJ_END_DISCONNECT] > DISCONNECT_COMMANDS / 50);
    BJ_CHECK(once.state_hash == again.state_hash && once.event_digest == again.event_digest);
    BJ_CHECK(once.state_hash != other.state_hash);
    for (size_t i = 0; i < BJ_COUNT(reached); i++) { /* the dice come everywhere */
        BJ_CHECK(once.by_reason[reached[i]] > 0);
        if (!once.by_reason[reached[i]])
            fprintf(stderr, "  never: %s\n", bj_status_name(reached[i]));
    }
    BJ_CHECK(once.by_type[BJ_EV_TRADE] > COMMANDS / 25 &&
             once.by_type[BJ_EV_MODIFIED] > COMMANDS / 50);
    BJ_CHECK(once.by_type[BJ_EV_TRIGGERED] > COMMANDS / 500 &&
             once.by_type[BJ_EV_UNCROSSED] > COMMANDS / 500 && once.by_type[BJ_EV_BAND] > 0);
    return bj_test_end("test_bj_engine_model");
}
