/* What loosens takes two people: a command that one alone stands behind is held against what is in
 * force, and its refusal says what that is. */
#include "dataplane/engine/bj_engine_priv.h"

static bool limit_loosens(bj_engine_t *engine, const bj_cmd_t *cmd, bj_event_t *is) {
    const bj_cmd_limit_t *limit = &cmd->body.limit;
    int64_t in_force = 0;
    if (!bj_risk_loosens(engine->risk, cmd->account_id, cmd->token, limit, &in_force)) return false;
    is->value = limit->limit | (uint32_t)limit->level << 16;
    is->qty = (int32_t)limit->desk;
    is->client_order_id = (uint64_t)in_force;
    return true;
}

static bool account_loosens(bj_engine_t *engine, const bj_cmd_t *cmd, bj_event_t *is) {
    unsigned limit = 0;
    int64_t in_force = 0;
    if (!bj_risk_account_loosens(engine->risk, cmd->account_id, &cmd->body.account, &limit,
                                 &in_force))
        return false;
    is->value = limit | (uint32_t)BJ_LEVEL_ACCOUNT << 16;
    is->client_order_id = (uint64_t)in_force;
    return true;
}

static bool is_stopped(uint32_t phase) {
    return phase == BJ_STATE_CLOSED || phase == BJ_STATE_HALTED;
}

/* From a stop to anything else; not to another stop: the day may end while all is halted. */
static bool phase_loosens(bj_engine_t *engine, const bj_cmd_t *cmd, bj_event_t *is) {
    bool ends = cmd->type == BJ_CMD_UNCROSS, state = cmd->type == BJ_CMD_INSTRUMENT_STATE;
    uint32_t cnt = bj_risk_instrument_cnt(engine->risk);
    uint32_t then = state ? cmd->body.state : cmd->body.phase.phase;
    if (state && !cmd->token) return false; /* of none: the handler says so */
    if (is_stopped(then) || then >= (state ? BJ_STATE_HALTED : BJ_STATE_CNT)) return false;
    for (uint32_t i = 0; i < cnt; i++) {
        bj_match_view_t view;
        if (cmd->token && engine->token[i] != cmd->token) continue;
        if (!bj_match_view(engine->match, i, &view) || !is_stopped(view.phase)) continue;
        if (ends && !view.auction) continue; /* it has none to end */
        is->value = view.phase;
        return true;
    }
    return false;
}

static bool band_loosens(bj_engine_t *engine, const bj_cmd_t *cmd, bj_event_t *is) {
    uint32_t idx = bj_risk_instrument_idx(engine->risk, cmd->token);
    int32_t lo_paise, hi_paise;
    if (idx == BJ_RISK_NONE) return false;
    if (!bj_match_day_band(engine->match, idx, &lo_paise, &hi_paise)) return false;
    is->price_paise = lo_paise;
    is->last_price_paise = hi_paise;
    return cmd->body.band.lo_paise < lo_paise || cmd->body.band.hi_paise > hi_paise;
}

static bool release_loosens(bj_engine_t *engine, const bj_cmd_t *cmd, bj_event_t *is) {
    (void)engine, (void)cmd, (void)is;
    return true; /* what it frees may have been traded */
}

static bool (*const rules[])(bj_engine_t *engine, const bj_cmd_t *cmd, bj_event_t *is) = {
    [BJ_CMD_INSTRUMENT_STATE] = phase_loosens,
    [BJ_CMD_ACCOUNT] = account_loosens,
    [BJ_CMD_PHASE] = phase_loosens,
    [BJ_CMD_UNCROSS] = phase_loosens,
    [BJ_CMD_BAND] = band_loosens,
    [BJ_CMD_LIMIT] = limit_loosens,
    [BJ_CMD_RELEASE] = release_loosens,
};

bool bj_engine_wants_second(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_event_t is = {0};
    bool loosens = cmd->type < BJ_COUNT(rules) && rules[cmd->type] &&
                   rules[cmd->type](engine, cmd, &is);
    if (!loosens) return false;
    bj_event_t *event = bj_engine_refuse(engine, BJ_REJ_SECOND_PERSON, NULL);
    event->value = is.value;
    event->qty = is.qty;
    event->price_paise = is.price_paise;
    event->last_price_paise = is.last_price_paise;
    if (is.client_order_id) event->client_order_id = is.client_order_id;
    return true;
}
