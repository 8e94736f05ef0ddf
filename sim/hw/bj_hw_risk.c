#include "sim/hw/bj_hw_risk.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/risk/bj_risk.h"

enum { OPEN_MAX = 1 << 20 };

struct bj_hw_risk {
    bj_risk_t *risk;
    bj_risk_order_t *order; /* by ref */
    unsigned order_cnt;
    bool kill;
    bj_hw_desk_t desk[BJ_HW_DESKS];
    void *mem;
};

bj_hw_risk_t *bj_hw_risk_new(const bj_hw_token_t tokens[BJ_HW_TOKENS]) {
    const bj_risk_config_t config = {.instrument_max = BJ_HW_TOKENS,
                                     .account_max = BJ_HW_DESKS,
                                     .message_rate_per_s = 1000000000,
                                     .message_burst = 1,
                                     .desk_max = 2,
                                     .underlying_max = 1,
                                     .executions_ns = 1};
    bj_hw_risk_t *r = calloc(1, sizeof *r);
    if (r) r->mem = aligned_alloc(64, (bj_risk_footprint(&config) + 63) / 64 * 64);
    if (r) r->order = calloc(OPEN_MAX, sizeof *r->order);
    if (!r || !r->mem || !r->order) abort();
    r->risk = bj_risk_new(r->mem, &config);
    for (unsigned i = 0; i < BJ_HW_TOKENS; i++)
        bj_hw_risk_token(r, i, &tokens[i]);
    return r;
}

void bj_hw_risk_token(bj_hw_risk_t *risk, unsigned token, const bj_hw_token_t *limits) {
    const bj_cmd_instrument_t definition = {.symbol = "ANY",
                                            .tick_paise = 1,
                                            .lot_qty = 1,
                                            .band_lo_paise = limits->lo_paise,
                                            .band_hi_paise = limits->hi_paise,
                                            .prev_close_paise = limits->lo_paise,
                                            .freeze_qty = limits->freeze_qty};
    if (bj_risk_set_instrument(risk->risk, token + 1, &definition) != BJ_OK) abort();
}

void bj_hw_risk_free(bj_hw_risk_t *risk) {
    free(risk->order);
    free(risk->mem);
    free(risk);
}

static void limit(bj_hw_risk_t *risk, unsigned desk, bj_limit_t what, int64_t value) {
    const bj_cmd_limit_t cmd = {
        .level = BJ_LEVEL_ACCOUNT, .limit = (uint8_t)what, .value = value, .reason = "bench"};
    if (bj_risk_set_limit(risk->risk, desk + 1, 0, &cmd) != BJ_OK) abort();
}

static void set_account(bj_hw_risk_t *risk, unsigned desk) {
    const bj_hw_desk_t *limits = &risk->desk[desk];
    const bj_cmd_account_t account = {.order_value_max_paise = limits->value_max_paise,
                                      .open_value_max_paise = limits->open_max_paise,
                                      .position_max_qty = INT64_MAX,
                                      .open_orders_max = UINT32_MAX,
                                      .blocked = risk->kill || !limits->live};
    if (bj_risk_set_account(risk->risk, desk + 1, &account) != BJ_OK) abort();
}

void bj_hw_risk_kill(bj_hw_risk_t *risk, bool kill) {
    if (risk->kill == kill) return;
    risk->kill = kill;
    for (unsigned desk = 0; desk < BJ_HW_DESKS; desk++)
        set_account(risk, desk);
}

void bj_hw_risk_desk(bj_hw_risk_t *risk, unsigned desk, const bj_hw_desk_t *limits) {
    risk->desk[desk] = *limits;
    set_account(risk, desk);
    limit(risk, desk, BJ_LIMIT_ORDER_QTY, limits->qty_max);
    /* Three limits there, one here: nothing is cut on the way. */
    limit(risk, desk, BJ_LIMIT_BURST, 1000000000);
    limit(risk, desk, BJ_LIMIT_RATE, limits->rate_per_s);
    limit(risk, desk, BJ_LIMIT_BURST, limits->burst);
}

static int check_of(bj_status_t status) {
    static const struct {
        bj_status_t status;
        int check;
    } table[] = {{BJ_OK, BJ_HW_PASS},
                 {BJ_REJ_ACCOUNT_BLOCKED, BJ_HW_KILLED},
                 {BJ_REJ_PRICE, BJ_HW_BAND},
                 {BJ_REJ_PRICE_BAND, BJ_HW_BAND},
                 {BJ_REJ_QTY, BJ_HW_QTY},
                 {BJ_REJ_FREEZE_QTY, BJ_HW_QTY},
                 {BJ_REJ_ACCOUNT_ORDER_QTY, BJ_HW_QTY},
                 {BJ_REJ_ORDER_VALUE, BJ_HW_VALUE},
                 {BJ_REJ_OPEN_VALUE, BJ_HW_OPEN},
                 {BJ_REJ_RATE, BJ_HW_RATE}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].status == status) return table[i].check;
    return -1;
}

int bj_hw_risk_order(bj_hw_risk_t *risk, unsigned desk, unsigned token, bool sell,
                     int32_t price_paise, int32_t qty, int64_t now_ns, unsigned *ref) {
    const bj_cmd_t cmd = {.type = BJ_CMD_NEW,
                          .time_ns = now_ns,
                          .account_id = desk + 1,
                          .token = token + 1,
                          .client_order_id = 1,
                          .price_paise = price_paise,
                          .qty = qty,
                          .side = sell ? BJ_SELL : BJ_BUY,
                          .order_type = BJ_LIMIT,
                          .tif = BJ_DAY};
    bj_risk_order_t order;
    bj_risk_set_time(risk->risk, now_ns);
    bj_status_t status = bj_risk_check_new(risk->risk, &cmd, &order);
    if (status == BJ_OK) {
        if (risk->order_cnt == OPEN_MAX) abort();
        bj_risk_open(risk->risk, &order);
        *ref = risk->order_cnt;
        risk->order[risk->order_cnt++] = order;
    }
    return check_of(status);
}

int64_t bj_hw_risk_close(bj_hw_risk_t *risk, unsigned ref, unsigned *desk) {
    bj_risk_order_t *order = &risk->order[ref];
    int64_t value_paise = (int64_t)order->price_paise * order->qty;
    *desk = bj_risk_account_ids(risk->risk)[order->account_idx] - 1;
    bj_risk_close(risk->risk, order);
    return value_paise;
}

int64_t bj_hw_risk_open_value(const bj_hw_risk_t *risk, unsigned desk) {
    return bj_risk_exposure(risk->risk, BJ_LEVEL_ACCOUNT, desk, 0).open_value_paise;
}
