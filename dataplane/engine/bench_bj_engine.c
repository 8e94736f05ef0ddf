/* What a command costs in the engine alone: no journal, no gateway.  Each figure is the mean over
 * many commands of one kind, after the tables were touched once; the mixed flow is seeded. */
#include "dataplane/engine/bj_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/risk/bj_risk.h"

enum { SYMBOLS = 64, ACCOUNTS = 256, LIVE = 19000, ROUNDS = 400000, MID_PAISE = 100000 };

static const bj_engine_config_t config = {.instrument_max = SYMBOLS, .account_max = ACCOUNTS,
                                          .order_max = 65536, .message_rate_per_s = 1000000000,
                                          .message_burst = 4000000};
static const bj_cmd_instrument_t instrument = {
    .symbol = "BENCH", .tick_paise = 5, .lot_qty = 1, .band_lo_paise = 80000,
    .band_hi_paise = 120000, .prev_close_paise = MID_PAISE, .freeze_qty = 1000000};
static const bj_cmd_account_t limits = {
    .order_value_max_paise = INT64_MAX, .open_value_max_paise = INT64_MAX,
    .position_max_qty = INT64_MAX, .open_orders_max = UINT32_MAX};
static bj_engine_t *engine;
static uint64_t rng = 88172645463325252, client_order_id, time_ns = 1;

static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

static const bj_event_t *apply(bj_cmd_t *cmd) {
    size_t event_cnt;
    cmd->time_ns = (int64_t)(time_ns += 1000);
    return bj_engine_apply(engine, cmd, &event_cnt);
}

static void set_up(void) {
    for (uint32_t i = 0; i < SYMBOLS; i++) {
        bj_cmd_t cmd = {.type = BJ_CMD_INSTRUMENT, .token = 1000 + i,
                        .body.instrument = instrument};
        apply(&cmd);
    }
    for (uint32_t i = 1; i <= ACCOUNTS; i++) {
        bj_cmd_t cmd = {.type = BJ_CMD_ACCOUNT, .account_id = i,
                        .body.account = limits};
        apply(&cmd);
    }
}

/* ticks: how far behind the middle; negative crosses. */
static bj_cmd_t order(int32_t ticks, int32_t qty) {
    bool buy = any(2);
    return (bj_cmd_t){.type = BJ_CMD_NEW, .session_id = 1, .account_id = 1 + any(ACCOUNTS),
                      .token = 1000 + any(SYMBOLS), .qty = qty,
                      .client_order_id = ++client_order_id,
                      .price_paise = MID_PAISE + 5 * (buy ? -ticks : ticks),
                      .side = buy ? BJ_BUY : BJ_SELL,
                      .order_type = BJ_LIMIT,
                      .tif = BJ_DAY};
}

/* Live orders: enough to cancel one as its id. */
static struct {
    uint64_t order_id;
    uint32_t account_id;
    int32_t away; /* -1 a bid, 1 an offer */
} live[LIVE];

static void rest_one(uint32_t i) {
    bj_cmd_t cmd = order(1 + (int32_t)any(60), 1 + (int32_t)any(100));
    live[i].account_id = cmd.account_id;
    live[i].away = cmd.side == BJ_BUY ? -1 : 1;
    live[i].order_id = apply(&cmd)->order_id;
}

static bj_cmd_t cancel_of(uint32_t i) {
    return (bj_cmd_t){.type = BJ_CMD_CANCEL, .session_id = 1, .account_id = live[i].account_id,
                      .order_id = live[i].order_id};
}

static void bench_new_cancel(void) {
    int64_t from_ns = bj_clock_mono_ns();
    for (uint32_t k = 0; k < ROUNDS; k++) {
        uint32_t i = any(LIVE);
        bj_cmd_t cmd = cancel_of(i);
        apply(&cmd);
        rest_one(i);
    }
    printf("engine_new_cancel_ns %.1f ns\n",
           (double)(bj_clock_mono_ns() - from_ns) / (2.0 * ROUNDS));
}

static void bench_modify(void) {
    int64_t from_ns = bj_clock_mono_ns();
    for (uint32_t k = 0; k < ROUNDS; k++) {
        uint32_t i = any(LIVE);
        bj_cmd_t cmd = cancel_of(i);
        cmd.type = BJ_CMD_MODIFY;
        cmd.qty = 1 + (int32_t)any(100);
        cmd.price_paise = MID_PAISE + 5 * live[i].away * (1 + (int32_t)any(60));
        apply(&cmd);
    }
    printf("engine_modify_ns %.1f ns\n", (double)(bj_clock_mono_ns() - from_ns) / ROUNDS);
}

/* One rests, one takes it: both sides of a fill. */
static void bench_match(void) {
    int64_t from_ns = bj_clock_mono_ns();
    for (uint32_t k = 0; k < ROUNDS; k++) {
        bj_cmd_t maker = order(0, 10), taker;
        taker = maker;
        taker.side = maker.side == BJ_BUY ? BJ_SELL : BJ_BUY;
        taker.account_id = maker.account_id % ACCOUNTS + 1;
        taker.client_order_id = ++client_order_id;
        apply(&maker);
        apply(&taker);
    }
    printf("engine_match_ns %.1f ns\n", (double)(bj_clock_mono_ns() - from_ns) / (2.0 * ROUNDS));
}

/* What desks send: mostly new and cancel, some that cross, each replaced so that the books stay
 * full. */
static void bench_mixed(void) {
    bj_engine_stats_t before = bj_engine_stats(engine);
    int64_t from_ns = bj_clock_mono_ns();
    for (uint32_t k = 0; k < ROUNDS; k++) {
        uint32_t i = any(LIVE);
        if (any(10) < 2) {
            bj_cmd_t cmd = order(-(int32_t)any(3), 1 + (int32_t)any(200));
            cmd.tif = BJ_IOC;
            apply(&cmd);
        } else {
            bj_cmd_t cmd = cancel_of(i);
            apply(&cmd);
            rest_one(i);
        }
    }
    int64_t took_ns = bj_clock_mono_ns() - from_ns;
    bj_engine_stats_t after = bj_engine_stats(engine);
    printf("engine_mixed_ns %.1f ns\n", (double)took_ns / (double)(after.cmd_seq - before.cmd_seq));
    printf("engine_mixed_live_orders %u orders\n", after.live_orders);
    printf("engine_mixed_matches %lu matches\n", after.match_cnt - before.match_cnt);
}

/* --- the check alone */

enum { WARM_SYMBOLS = 16, WARM_ACCOUNTS = 16, CHECKS = 1 << 20 };

static uint64_t ticks(void) { return __builtin_ia32_rdtsc(); }

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Every limit there is, at every level, none of them in the way. */
static unsigned set_every_limit(bj_risk_t *risk) {
    unsigned bad = 0;
    for (bj_limit_t l = BJ_LIMIT_SEGMENTS; l <= BJ_LIMIT_EXECUTIONS; l++) {
        bj_cmd_limit_t limit = {.limit = l, .level = BJ_LEVEL_MEMBER,
                                .value = l == BJ_LIMIT_SEGMENTS ? 255 : 1000000000};
        bad += bj_risk_set_limit(risk, 0, 0, &limit) != BJ_OK;
        limit.level = BJ_LEVEL_DESK, limit.desk = 1;
        bad += bj_risk_set_limit(risk, 0, 0, &limit) != BJ_OK;
        limit.level = BJ_LEVEL_ACCOUNT, limit.desk = 0;
        for (uint32_t i = 1; i <= WARM_ACCOUNTS; i++)
            bad += bj_risk_set_limit(risk, i, 0, &limit) != BJ_OK;
    }
    return bad;
}

/* What only derivatives have: margin and an underlying. */
static unsigned set_derivatives(bj_risk_t *risk) {
    static const struct { bj_limit_t limit; int64_t value; } terms[] = {
        {BJ_LIMIT_UNDERLYING, 26000}, {BJ_LIMIT_MARGIN_BUY, 100}, {BJ_LIMIT_MARGIN_SELL, 150}};
    unsigned bad = 0;
    for (uint32_t i = 0; i < WARM_SYMBOLS * BJ_COUNT(terms); i++) {
        bj_cmd_limit_t limit = {.limit = terms[i % BJ_COUNT(terms)].limit,
                                .level = BJ_LEVEL_INSTRUMENT,
                                .value = terms[i % BJ_COUNT(terms)].value};
        bad += bj_risk_set_limit(risk, 0, 1000 + i / (uint32_t)BJ_COUNT(terms), &limit) != BJ_OK;
    }
    return bad;
}

enum { GROUP = 16 }; /* checks between two looks at a clock that is coarse here */

static unsigned check_some(bj_risk_t *risk, const bj_cmd_t *cmds, uint32_t cnt) {
    bj_risk_order_t passed;
    unsigned bad = 0;
    for (uint32_t i = 0; i < cnt; i++) {
        bj_risk_set_time(risk, (int64_t)(time_ns += 1000));
        bad += bj_risk_check_new(risk, &cmds[i], &passed) != BJ_OK;
    }
    return bad;
}

static unsigned time_groups(bj_risk_t *risk, const bj_cmd_t *cmds, uint32_t cmd_cnt, uint32_t group,
                            uint32_t *took) {
    unsigned bad = 0;
    for (uint32_t k = 0; k < CHECKS / GROUP; k++) {
        uint64_t at = ticks();
        bad += check_some(risk, &cmds[k * group % cmd_cnt], group);
        took[k] = (uint32_t)(ticks() - at);
    }
    qsort(took, CHECKS / GROUP, sizeof took[0], by_size);
    return bad;
}

/* The median of groups of checks; the tail of single ones, with the clock's own cost in it. */
static void time_checks(bj_risk_t *risk, const char *name) {
    static bj_cmd_t cmds[1024];
    static uint32_t took[CHECKS / GROUP];
    for (size_t i = 0; i < BJ_COUNT(cmds); i++) {
        cmds[i] = order((int32_t)any(60), 10);
        cmds[i].token = 1000 + any(WARM_SYMBOLS), cmds[i].account_id = 1 + any(WARM_ACCOUNTS);
    }
    int64_t from_ns = bj_clock_mono_ns();
    uint64_t from = ticks();
    unsigned bad = time_groups(risk, cmds, BJ_COUNT(cmds), GROUP, took);
    double tick_ns = (double)(bj_clock_mono_ns() - from_ns) / (double)(ticks() - from);
    printf("%s_p50_ns %.1f ns\n", name, took[CHECKS / GROUP / 2] * tick_ns / GROUP);
    bad += time_groups(risk, cmds, BJ_COUNT(cmds), 1, took);
    printf("%s_p99_ns %.1f ns\n", name, took[CHECKS / GROUP / 100 * 99] * tick_ns);
    if (bad) exit(1);
}

static void time_clock(void) {
    static uint32_t took[1 << 16];
    int64_t from_ns = bj_clock_mono_ns();
    uint64_t from = ticks();
    for (size_t k = 0; k < BJ_COUNT(took); k++) {
        uint64_t at = ticks();
        took[k] = (uint32_t)(ticks() - at);
    }
    double tick_ns = (double)(bj_clock_mono_ns() - from_ns) / (double)(ticks() - from);
    qsort(took, BJ_COUNT(took), sizeof took[0], by_size);
    printf("risk_clock_p50_ns %.1f ns\n", took[BJ_COUNT(took) / 2] * tick_ns);
}

static void bench_risk(void) {
    bj_risk_config_t shape = {.instrument_max = WARM_SYMBOLS, .account_max = WARM_ACCOUNTS,
                              .message_rate_per_s = 1000000000, .message_burst = 1000000000,
                              .desk_max = 1, .underlying_max = 1, .executions_ns = 1};
    void *mem = aligned_alloc(BJ_LINE_BYTES, bj_risk_footprint(&shape));
    bj_risk_t *risk = mem ? bj_risk_new(mem, &shape) : NULL;
    if (!risk) exit(1);
    unsigned bad = 0;
    for (uint32_t i = 0; i < WARM_SYMBOLS; i++) {
        bad += bj_risk_set_instrument(risk, 1000 + i, &instrument) != BJ_OK;
    }
    for (uint32_t i = 1; i <= WARM_ACCOUNTS; i++) {
        bad += bj_risk_set_account(risk, i, &limits) != BJ_OK;
    }
    bad += set_every_limit(risk);
    time_clock();
    time_checks(risk, "risk_check_cash");
    bad += set_derivatives(risk);
    time_checks(risk, "risk_check_derivative");
    if (bad) exit(1);
    free(mem);
}

int main(void) {
    size_t bytes = bj_engine_footprint(&config);
    void *mem = aligned_alloc(BJ_LINE_BYTES, bytes);
    engine = mem ? bj_engine_new(mem, &config) : NULL;
    if (!engine) return 1;
    set_up();
    for (uint32_t i = 0; i < LIVE; i++) rest_one(i);
    printf("engine_footprint_bytes %zu bytes\n", bytes);
    bench_new_cancel();
    bench_mixed();
    bench_modify();
    bench_match();
    bench_risk();
    free(mem);
    return 0;
}
