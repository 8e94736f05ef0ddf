#ifndef TEST_JOURNAL_FLOW_H
#define TEST_JOURNAL_FLOW_H

/* Commands as they may come, for tests: orders that trade, some that are no plain ones, phases; the
 * first five make two instruments and three accounts. */
#include "dataplane/engine/bj_engine.h"
#include "dataplane/match/bj_match.h"

static const bj_engine_config_t flow_config = {.instrument_max = 4, .account_max = 4,
                                               .order_max = 64};

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

/* Limits of all levels, near what the orders need, and some taken away again. */
static void limit_make(bj_cmd_t *cmd) {
    static const struct {
        bj_limit_t limit;
        bj_limit_level_t level;
        int64_t most;
    } limits[] = {
        {BJ_LIMIT_OPEN_ORDERS, BJ_LEVEL_ACCOUNT, 30},
        {BJ_LIMIT_UNDERLYING_NET, BJ_LEVEL_ACCOUNT, 2000},
        {BJ_LIMIT_BARRED, BJ_LEVEL_ACCOUNT, 1},
        {BJ_LIMIT_EXECUTIONS, BJ_LEVEL_DESK, 400},
        {BJ_LIMIT_GROSS_QTY, BJ_LEVEL_DESK, 90000},
        {BJ_LIMIT_RATE, BJ_LEVEL_MEMBER, 2000},
        {BJ_LIMIT_MARGIN, BJ_LEVEL_MEMBER, 90000},
        {BJ_LIMIT_UNDERLYING, BJ_LEVEL_INSTRUMENT, 9},
        {BJ_LIMIT_MARGIN_SELL, BJ_LEVEL_INSTRUMENT, 5},
        {BJ_LIMIT_PROTECTION_BP, BJ_LEVEL_INSTRUMENT, 2000},
    };
    uint32_t i = any((uint32_t)BJ_COUNT(limits));
    bool instrument = limits[i].level == BJ_LEVEL_INSTRUMENT;
    cmd->type = BJ_CMD_LIMIT;
    if (limits[i].level != BJ_LEVEL_ACCOUNT) cmd->account_id = 0;
    if (!instrument && limits[i].limit != BJ_LIMIT_BARRED) cmd->token = 0;
    cmd->body.limit = (bj_cmd_limit_t){
        .limit = (uint16_t)limits[i].limit, .level = (uint8_t)limits[i].level,
        .desk = limits[i].level == BJ_LEVEL_DESK,
        .value = any(3) ? 1 + (int64_t)any((uint32_t)limits[i].most) : BJ_LIMIT_NONE};
}

/* Now and then what is no plain order: a stop, a disclosed one, one that stays; and phases. */
static void dress(bj_cmd_t *cmd) {
    switch (any(60)) {
    case 0: cmd->order_type = BJ_SL, cmd->trigger_price_paise = cmd->price_paise; break;
    case 1: cmd->disclosed_qty = 1 + cmd->qty / 4; break;
    case 2: cmd->tif = BJ_GTC; break;
    case 3: cmd->order_type = BJ_MARKET, cmd->price_paise = 0; break;
    case 4: cmd->type = BJ_CMD_PHASE, cmd->token = 0;
        cmd->body.phase = (bj_cmd_phase_t){.phase = BJ_STATE_AUCTION, .auction = 1}; break;
    case 5:
    case 6: cmd->type = BJ_CMD_PHASE, cmd->token = 0;
        cmd->body.phase = (bj_cmd_phase_t){.phase = BJ_STATE_OPEN}; break;
    case 7: cmd->type = any(8) ? BJ_CMD_WINDOW : BJ_CMD_KILL, cmd->side = 0; break;
    case 8: limit_make(cmd); break;
    default: break;
    }
    if (cmd->type == BJ_CMD_PHASE) cmd->session_id = BJ_SESSION_INTERNAL;
}

static bj_cmd_t some_command(uint64_t k) {
    bj_cmd_t cmd = {.time_ns = (int64_t)k * 1000000, .session_id = 1, .session_seq = k,
                    .account_id = 1 + any(3), .token = 1 + any(2), .client_order_id = k + 1,
                    .type = any(10) ? BJ_CMD_NEW : BJ_CMD_CANCEL, .order_id = any(500),
                    .price_paise = 90 + (int32_t)any(20), .qty = 1 + (int32_t)any(50),
                    .side = any(2) ? BJ_BUY : BJ_SELL, .order_type = BJ_LIMIT, .tif = BJ_DAY};
    if (k < 2) {
        cmd.type = BJ_CMD_INSTRUMENT, cmd.token = (uint32_t)k + 1;
        cmd.body.instrument = (bj_cmd_instrument_t){
            .symbol = "REPLAY", .tick_paise = 1, .lot_qty = 1, .band_lo_paise = 80,
            .band_hi_paise = 120, .prev_close_paise = 100, .freeze_qty = 1000,
            .rules = BJ_MATCH_LONG_ORDERS};
    } else if (k < 5) {
        cmd.type = BJ_CMD_ACCOUNT, cmd.account_id = (uint32_t)k - 1;
        cmd.body.account = (bj_cmd_account_t){
            .order_value_max_paise = 100000, .open_value_max_paise = 1000000,
            .position_max_qty = 100000, .open_orders_max = 50};
    }
    if (k >= 5) dress(&cmd);
    return cmd;
}

#endif /* TEST_JOURNAL_FLOW_H */
