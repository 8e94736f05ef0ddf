/* Goal: what the engine's tables cannot reach from outside: the token bucket at the ends of time,
 * sums that do not fit, the tables when keys collide, and exposure after random histories against a
 * recount of what is open. */
#include "dataplane/risk/bj_risk.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { INSTRUMENTS = 300, ACCOUNTS = 5, ORDERS = 64, ROUNDS = 50000 };

static const bj_cmd_instrument_t definition = {
    .symbol = "ANY", .tick_paise = 5, .lot_qty = 1, .band_lo_paise = 8000, .band_hi_paise = 12000,
    .prev_close_paise = 10000, .freeze_qty = 1000};
static const bj_cmd_account_t open_limits = {
    .order_value_max_paise = INT64_MAX, .open_value_max_paise = INT64_MAX,
    .position_max_qty = INT64_MAX, .open_orders_max = UINT32_MAX};

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

static bj_risk_t *risk_new(uint32_t rate_per_s, uint32_t burst, void **mem) {
    bj_risk_config_t config = {.instrument_max = INSTRUMENTS, .account_max = ACCOUNTS,
                               .message_rate_per_s = rate_per_s, .message_burst = burst,
                               .desk_max = 2, .underlying_max = 2, .executions_ns = 1000};
    *mem = aligned_alloc(64, bj_risk_footprint(&config));
    bj_risk_t *risk = bj_risk_new(*mem, &config);
    unsigned bad = 0;
    for (uint32_t i = 1; i <= INSTRUMENTS; i++) { /* tokens that share their low bits */
        bad += bj_risk_set_instrument(risk, i << 22 | 7, &definition) != BJ_OK;
    }
    for (uint32_t i = 1; i <= ACCOUNTS; i++) {
        bad += bj_risk_set_account(risk, i, &open_limits) != BJ_OK;
    }
    BJ_CHECK(bad == 0);
    return risk;
}

static bj_cmd_t order_of(uint32_t account_id, uint32_t instrument_no, int64_t time_ns) {
    return (bj_cmd_t){.type = BJ_CMD_NEW, .time_ns = time_ns, .account_id = account_id, .qty = 1,
                      .token = instrument_no << 22 | 7, .client_order_id = 1, .price_paise = 10000,
                      .side = BJ_BUY, .order_type = BJ_LIMIT, .tif = BJ_DAY};
}

static void test_tables(void) {
    void *mem;
    bj_risk_t *risk = risk_new(1000, 1000, &mem);
    bj_cmd_instrument_t got;
    bj_instrument_state_t state;
    for (uint32_t i = 1; i <= INSTRUMENTS; i++) {
        BJ_CHECK(bj_risk_instrument(risk, i << 22 | 7, &got, &state) && state == BJ_STATE_OPEN);
        BJ_CHECK(!bj_risk_instrument(risk, i << 22 | 8, &got, &state));
    }
    BJ_CHECK(bj_risk_set_instrument(risk, 1, &definition) == BJ_ERR_FULL);
    BJ_CHECK(bj_risk_set_account(risk, ACCOUNTS + 1, &open_limits) == BJ_ERR_FULL);
    BJ_CHECK(bj_risk_instrument_cnt(risk) == INSTRUMENTS && bj_risk_account_cnt(risk) == ACCOUNTS);
    free(mem);
}

/* How many of a hundred messages at this moment pass. */
static unsigned passed_at(bj_risk_t *risk, int64_t time_ns) {
    unsigned cnt = 0;
    for (int i = 0; i < 100; i++) {
        bj_risk_order_t order;
        bj_cmd_t cmd = order_of(1, 1, time_ns);
        bj_risk_set_time(risk, time_ns);
        bj_status_t status = bj_risk_check_new(risk, &cmd, &order);
        BJ_CHECK(status == BJ_OK || status == BJ_REJ_RATE);
        cnt += status == BJ_OK;
    }
    return cnt;
}

static void test_rate(void) {
    static const struct { int64_t time_ns; unsigned passed; } steps[] = {
        {INT64_MIN, 20}, /* full at first, whatever the clock says */
        {INT64_MIN, 0},
        {0, 20},                  /* after an age: full, not more */
        {9999999, 0},             /* one costs 10 ms at 100 a second */
        {10000000, 1},
        {5, 0},                   /* a clock that goes back gives nothing */
        {10000000, 0},
        {45000000, 3},            /* and what is not a whole one is kept */
        {50000000, 1},
        {INT64_MAX, 20},
        {INT64_MAX, 0},
    };
    void *mem;
    bj_risk_t *risk = risk_new(100, 20, &mem);
    for (size_t i = 0; i < BJ_COUNT(steps); i++) {
        unsigned passed = passed_at(risk, steps[i].time_ns);
        BJ_CHECK(passed == steps[i].passed);
        if (passed != steps[i].passed) fprintf(stderr, "  step %zu: %u passed\n", i, passed);
    }
    free(mem);
}

/* --- sums at the end of what fits */

/* Orders of one side as large as there are: the third one's sum does not fit. */
static void third_overflows(int32_t price_paise, int64_t margin_paise, bj_side_t side) {
    const bj_cmd_instrument_t wide = {
        .symbol = "WIDE", .tick_paise = 1, .lot_qty = 1, .band_lo_paise = 1,
        .band_hi_paise = INT32_MAX, .prev_close_paise = 1, .freeze_qty = INT32_MAX};
    bj_cmd_limit_t margin = {.level = BJ_LEVEL_INSTRUMENT, .value = margin_paise};
    void *mem;
    bj_risk_t *risk = risk_new(1000, 1000, &mem);
    bj_risk_order_t order;
    bj_cmd_t cmd = order_of(1, 1, 0);
    BJ_CHECK(bj_risk_set_instrument(risk, cmd.token, &wide) == BJ_OK);
    margin.limit = side == BJ_BUY ? BJ_LIMIT_MARGIN_BUY : BJ_LIMIT_MARGIN_SELL;
    BJ_CHECK(bj_risk_set_limit(risk, 0, cmd.token, &margin) == BJ_OK);
    cmd.qty = INT32_MAX, cmd.price_paise = price_paise, cmd.side = (uint8_t)side;
    for (int i = 0; i < 2; i++) {
        BJ_CHECK(bj_risk_check_new(risk, &cmd, &order) == BJ_OK);
        bj_risk_open(risk, &order);
    }
    BJ_CHECK(bj_risk_check_new(risk, &cmd, &order) == BJ_ERR_OVERFLOW);
    BJ_CHECK(!bj_risk_broken(risk));
    free(mem);
}

static void test_overflow(void) {
    static const bj_side_t sides[] = {BJ_BUY, BJ_SELL};
    for (size_t i = 0; i < BJ_COUNT(sides); i++) {
        third_overflows(1, INT32_MAX, sides[i]);
        third_overflows(INT32_MAX, 0, sides[i]);
    }
}

/* --- exposure */

static bj_risk_order_t open_order[ORDERS];
static int64_t net_qty[ACCOUNTS][INSTRUMENTS];

static unsigned recount_differs(const bj_risk_t *risk) {
    unsigned bad = 0;
    for (uint32_t a = 0; a < ACCOUNTS; a++) {
        for (uint32_t i = 0; i < 3; i++) {
            bj_risk_exposure_t want = {0};
            for (uint32_t k = 0; k < ORDERS; k++) {
                const bj_risk_order_t *o = &open_order[k];
                if (!o->qty || o->account_idx != a) continue;
                want.open_orders++;
                want.open_value_paise += (int64_t)o->price_paise * o->qty;
                if (o->instrument_idx != i) continue;
                *(o->side == BJ_BUY ? &want.open_buy_qty : &want.open_sell_qty) += o->qty;
            }
            bj_risk_exposure_t have = bj_risk_exposure(risk, BJ_LEVEL_ACCOUNT, a, i);
            bad += have.bought_qty - have.sold_qty != net_qty[a][i] ||
                   have.open_orders != want.open_orders ||
                   have.open_value_paise != want.open_value_paise ||
                   have.open_buy_qty != want.open_buy_qty ||
                   have.open_sell_qty != want.open_sell_qty;
        }
    }
    return bad;
}

static void random_step(bj_risk_t *risk, int64_t time_ns) {
    bj_risk_order_t *order = &open_order[any(ORDERS)], changed;
    bj_cmd_t cmd = order_of(1 + any(ACCOUNTS), 1 + any(3), time_ns);
    bj_risk_set_time(risk, time_ns);
    cmd.qty = 1 + (int32_t)any(900);
    cmd.price_paise = 8000 + 5 * (int32_t)any(801);
    cmd.side = any(2) ? BJ_BUY : BJ_SELL;
    if (!order->qty) {
        if (bj_risk_check_new(risk, &cmd, order) == BJ_OK) bj_risk_open(risk, order);
        else order->qty = 0;
    } else if (any(3) == 0) {
        bj_risk_terms_t terms = {.price_paise = cmd.price_paise, .qty = cmd.qty, .changes = true};
        bj_status_t status = bj_risk_check_modify(risk, &terms, order, &changed);
        if (status == BJ_OK) bj_risk_change(risk, order, &changed);
    } else if (any(3) == 0) {
        bj_risk_close(risk, order);
    } else {
        int32_t qty = 1 + (int32_t)any((uint32_t)order->qty);
        net_qty[order->account_idx][order->instrument_idx] += order->side == BJ_BUY ? qty : -qty;
        bj_risk_fill(risk, order, qty);
    }
}

static void test_exposure(void) {
    void *mem;
    bj_risk_t *risk = risk_new(1000000, 1000000, &mem);
    unsigned bad = 0;
    for (int k = 0; k < ROUNDS; k++) {
        random_step(risk, k * INT64_C(1000000));
        if (k % 16 == 0) bad += recount_differs(risk);
    }
    BJ_CHECK(bad == 0);
    for (uint32_t k = 0; k < ORDERS; k++) {
        if (open_order[k].qty) bj_risk_close(risk, &open_order[k]);
    }
    BJ_CHECK(recount_differs(risk) == 0);
    free(mem);
}

int main(void) {
    test_tables();
    test_rate();
    test_overflow();
    test_exposure();
    return bj_test_end("test_bj_risk");
}
