/* Goal: the engine gives, event for event and byte for byte, what the plainest model of the same
 * rules gives: one array of orders searched from end to end, exposure counted again for each check.
 * Seeded random commands of every kind, bad ones among them.  Twice over the same commands, at
 * other addresses: the same events and the same state hash. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/engine/test_bj_model.h"

enum { COMMANDS = 250000 };

static uint64_t rng;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
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
