/* Commands about instruments, accounts and the day: who may send them is the gateway's to say. */
#include "dataplane/engine/bj_engine_priv.h"

static bj_event_t *answer(bj_engine_t *engine, bj_event_type_t type, bj_status_t status,
                          uint32_t value) {
    if (status != BJ_OK) return bj_engine_refuse(engine, status, NULL);
    bj_event_t *event = bj_engine_emit_answer(engine, type);
    event->value = value;
    return event;
}

/* --- tables */

void bj_engine_sync(bj_engine_t *engine, uint32_t instrument_idx) {
    bj_match_view_t view;
    bj_risk_session_t session = {0};
    bool known = bj_match_view(engine->match, instrument_idx, &view) &&
                 bj_match_band(engine->match, instrument_idx, &session.band_lo_paise,
                               &session.band_hi_paise);
    assert(known), (void)known; /* an instrument is in both tables or in none */
    session.state = view.phase;
    if (view.phase == BJ_PHASE_POST_CLOSE)
        session.band_lo_paise = session.band_hi_paise = view.closing_paise;
    bj_risk_set_session(engine->risk, instrument_idx, &session);
}

static bj_status_t define(bj_engine_t *engine, const bj_cmd_t *cmd, uint32_t *instrument_idx) {
    const bj_cmd_instrument_t *d = &cmd->body.instrument;
    bj_match_instrument_t definition = {
        .tick_paise = d->tick_paise, .band_lo_paise = d->band_lo_paise,
        .band_hi_paise = d->band_hi_paise, .prev_close_paise = d->prev_close_paise,
        .protection_bp = d->protection_bp, .protection_min_paise = d->protection_min_paise,
        .disclosed_min_pct = d->disclosed_min_pct, .flags = d->rules};
    bj_status_t status = bj_risk_try_instrument(engine->risk, cmd->token, d, instrument_idx);
    if (status != BJ_OK) return status;
    status = bj_match_define(engine->match, *instrument_idx, &definition);
    return status != BJ_OK ? status : bj_risk_set_instrument(engine->risk, cmd->token, d);
}

void bj_engine_on_instrument(bj_engine_t *engine, const bj_cmd_t *cmd) {
    uint32_t idx = 0, state = BJ_STATE_CLOSED;
    bj_status_t status = define(engine, cmd, &idx);
    if (status == BJ_OK) {
        bj_engine_sync(engine, idx);
        state = bj_risk_session(engine->risk, idx).state;
    }
    bj_event_t *event = answer(engine, BJ_EV_INSTRUMENT, status, state);
    if (status == BJ_OK) event->last_price_paise = cmd->body.instrument.prev_close_paise;
}

void bj_engine_on_account(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_status_t status = bj_risk_set_account(engine->risk, cmd->account_id, &cmd->body.account);
    answer(engine, BJ_EV_ACCOUNT, status, bj_risk_account_blocked(engine->risk, cmd->account_id));
}

/* --- phases, bands, the day */

/* Matching's command for the token's instrument; token 0, where that is allowed: for all.  False:
 * it was refused. */
static bool address(bj_engine_t *engine, const bj_cmd_t *cmd, bool all_ok, bj_match_cmd_t *out) {
    out->instrument_idx = bj_risk_instrument_idx(engine->risk, cmd->token);
    if (out->instrument_idx != BJ_RISK_NONE) return true;
    if (!cmd->token && all_ok) {
        out->instrument_idx = BJ_MATCH_ALL;
        return true;
    }
    bj_engine_refuse(engine, BJ_REJ_INSTRUMENT_UNKNOWN, NULL);
    return false;
}

void bj_engine_on_instrument_state(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_match_cmd_t out = {.op = BJ_OP_PHASE, .phase = (uint8_t)cmd->body.state};
    if (!address(engine, cmd, false, &out)) return;
    if (cmd->body.state > BJ_STATE_HALTED) bj_engine_refuse(engine, BJ_REJ_FIELD, NULL);
    else bj_engine_match(engine, &out);
}

/* Something for all that people's halts stand against?  Not a close: that is a stop too, and fixes
 * the closing price.  What matching would refuse whole, it refuses whole. */
static bool passes_over(const bj_engine_t *engine, const bj_cmd_t *cmd) {
    const bj_cmd_phase_t *body = &cmd->body.phase;
    bool sound = body->phase < BJ_STATE_CNT && !body->reference_paise && body->band_bp <= 10000;
    if (cmd->type == BJ_CMD_UNCROSS) {
        bool again = body->phase == BJ_STATE_AUCTION || body->phase == BJ_STATE_AUCTION_LIMIT;
        sound = sound && !again && body->market_first <= 1;
    }
    if (cmd->token || !bj_engine_is_clock(cmd) || !sound) return false;
    if (cmd->type == BJ_CMD_PHASE && body->phase == BJ_STATE_CLOSED) return false;
    for (uint32_t i = 0; i < bj_risk_instrument_cnt(engine->risk); i++)
        if (bj_engine_held(engine, i)) return true;
    return false;
}

/* A phase or an uncross, for all but what people hold. */
static void match_others(bj_engine_t *engine, const bj_match_cmd_t *cmd) {
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < bj_risk_instrument_cnt(engine->risk); i++) {
        bj_match_view_t view;
        bj_match_cmd_t one = *cmd;
        one.instrument_idx = i;
        if (bj_engine_held(engine, i) || !bj_match_view(engine->match, i, &view)) continue;
        if (cmd->op == BJ_OP_UNCROSS && !view.auction) continue;
        bj_engine_match(engine, &one);
        cnt++;
    }
    bj_engine_emit_answer(engine, BJ_EV_MASS_DONE)->value = cnt;
}

static void match_or_others(bj_engine_t *engine, const bj_cmd_t *cmd, const bj_match_cmd_t *out) {
    if (passes_over(engine, cmd)) match_others(engine, out);
    else bj_engine_match(engine, out);
}

void bj_engine_on_phase(bj_engine_t *engine, const bj_cmd_t *cmd) {
    const bj_cmd_phase_t *body = &cmd->body.phase;
    bj_match_cmd_t out = {.op = BJ_OP_PHASE, .phase = body->phase, .auction = body->auction,
                          .price_paise = body->reference_paise, .band_bp = body->band_bp};
    if (address(engine, cmd, true, &out)) match_or_others(engine, cmd, &out);
}

void bj_engine_on_uncross(bj_engine_t *engine, const bj_cmd_t *cmd) {
    const bj_cmd_phase_t *body = &cmd->body.phase;
    bj_match_cmd_t out = {.op = BJ_OP_UNCROSS, .phase = body->phase,
                          .market_first = body->market_first,
                          .price_paise = body->reference_paise};
    if (address(engine, cmd, true, &out)) match_or_others(engine, cmd, &out);
}

void bj_engine_on_band(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_match_cmd_t out = {.op = BJ_OP_BAND, .lo_paise = cmd->body.band.lo_paise,
                          .hi_paise = cmd->body.band.hi_paise};
    if (address(engine, cmd, false, &out)) bj_engine_match(engine, &out);
}

void bj_engine_on_window(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_match_cmd_t out = {.op = BJ_OP_WINDOW};
    if (address(engine, cmd, true, &out)) bj_engine_match(engine, &out);
}

void bj_engine_on_day_end(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_match_cmd_t out = {.op = BJ_OP_DAY_END, .instrument_idx = BJ_MATCH_ALL,
                          .day = (uint16_t)cmd->body.day.day};
    if (cmd->body.day.day > UINT16_MAX) bj_engine_refuse(engine, BJ_REJ_FIELD, NULL);
    else bj_engine_match(engine, &out);
}

/* --- limits */

static bj_status_t set_limit(bj_engine_t *engine, const bj_cmd_t *cmd, uint32_t token,
                             const bj_cmd_limit_t *limit) {
    bj_status_t status = bj_risk_set_limit(engine->risk, cmd->account_id, token, limit);
    if (status != BJ_OK) return status;
    bj_event_t *event = bj_engine_emit_answer(engine, BJ_EV_LIMIT);
    event->value = limit->limit | (uint32_t)limit->level << 16;
    event->qty = (int32_t)limit->desk;
    event->client_order_id = (uint64_t)limit->value;
    return BJ_OK;
}

void bj_engine_on_limit(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_status_t status = set_limit(engine, cmd, cmd->token, &cmd->body.limit);
    if (status != BJ_OK) bj_engine_refuse(engine, status, NULL);
}

/* What a kill that blocks sets: BLOCKED for whom it names, BARRED for an account in an instrument.
 * False: it names two that are not this pair. */
static bool block_of(const bj_cmd_t *cmd, bj_cmd_limit_t *limit) {
    bool account = cmd->account_id, desk = cmd->body.kill.desk, instrument = cmd->token;
    *limit = (bj_cmd_limit_t){.limit = account && instrument ? BJ_LIMIT_BARRED : BJ_LIMIT_BLOCKED,
                              .level = account      ? BJ_LEVEL_ACCOUNT
                                       : desk       ? BJ_LEVEL_DESK
                                       : instrument ? BJ_LEVEL_INSTRUMENT
                                                    : BJ_LEVEL_MEMBER,
                              .desk = cmd->body.kill.desk, .value = 1};
    return !cmd->side && !(desk && (account || instrument));
}

void bj_engine_on_kill(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_match_cmd_t out = {.op = BJ_OP_MASS_CANCEL, .account = cmd->account_id,
                          .desk = cmd->body.kill.desk, .side = cmd->side};
    bj_cmd_limit_t limit;
    bj_status_t status = BJ_OK;
    if (!address(engine, cmd, true, &out)) return;
    if (cmd->body.kill.block > 1) status = BJ_REJ_FIELD;
    else if (cmd->body.kill.block && !block_of(cmd, &limit)) status = BJ_REJ_FIELD;
    else if (cmd->body.kill.block) status = set_limit(engine, cmd, cmd->token, &limit);
    if (status != BJ_OK) bj_engine_refuse(engine, status, NULL);
    else if (engine->venue) bj_engine_venue_kill(engine, cmd);
    else bj_engine_match(engine, &out);
}
