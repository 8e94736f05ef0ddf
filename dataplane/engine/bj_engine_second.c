/* What loosens takes two people: a command that one alone stands behind is held against what is in
 * force, and its refusal says what that is. */
#include "dataplane/base/bj_hash.h"
#include "dataplane/engine/bj_engine_priv.h"

/* --- what people did to an instrument's phase, in risk's word of it */

enum { BY_PEOPLE = BJ_FLAG_ONE_PERSON | BJ_FLAG_TWO_PEOPLE };
#define HELD (UINT32_C(1) << 31) /* beside how often they set it */

void bj_engine_note_people(bj_engine_t *engine, uint32_t instrument_idx, uint32_t phase) {
    uint32_t *word = bj_risk_word(engine->risk, instrument_idx);
    if (!(engine->cmd->flags & BY_PEOPLE)) return;
    bool held = phase == BJ_STATE_HALTED || (phase == BJ_STATE_CLOSED && *word & HELD);
    *word = ((*word + 1) & ~HELD) | (held ? HELD : 0);
}

bool bj_engine_held(const bj_engine_t *engine, uint32_t instrument_idx) {
    return *bj_risk_word(engine->risk, instrument_idx) & HELD;
}

bool bj_engine_is_clock(const bj_cmd_t *cmd) {
    return cmd->session_id == BJ_SESSION_INTERNAL && !(cmd->flags & BY_PEOPLE);
}

/* --- what loosens */

#define MARK_MAX ((UINT64_C(1) << 48) - 1) /* of phases: JSON's readers take so much */

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

/* How much an instrument lets through: nothing and no change; the same, but the day goes on; orders
 * at the closing price; orders. */
static unsigned open_to(uint32_t phase) {
    static const uint8_t rank[BJ_STATE_CNT] = {
        [BJ_STATE_CLOSED] = 0,       [BJ_STATE_HALTED] = 0, [BJ_STATE_BUFFER] = 1,
        [BJ_STATE_POST_CLOSE] = 2,   [BJ_STATE_OPEN] = 3,   [BJ_STATE_AUCTION] = 3,
        [BJ_STATE_AUCTION_LIMIT] = 3};
    return rank[phase];
}

/* An auction that begins: at a reference that is not its own, or beyond the day's band. */
static bool auction_loosens(const bj_engine_t *engine, const bj_cmd_phase_t *phase, uint32_t idx) {
    int32_t lo_paise, hi_paise, day_lo_paise, day_hi_paise;
    bool known = phase->auction >= BJ_AUCTION_OPEN && phase->auction <= BJ_AUCTION_CLOSE;
    if (!known || phase->band_bp > 10000) return false; /* matching says so */
    int32_t own_paise = bj_match_reference(engine->match, idx, phase->auction);
    int32_t then_paise = phase->reference_paise > 0 ? phase->reference_paise : own_paise;
    if (then_paise != own_paise) return true;
    if (!phase->band_bp || !bj_match_day_band(engine->match, idx, &day_lo_paise, &day_hi_paise))
        return false;
    bj_match_auction_band(then_paise, phase->band_bp, &lo_paise, &hi_paise);
    return lo_paise < day_lo_paise || hi_paise > day_hi_paise;
}

/* A closing price that is not what the market made; of an auction that ends, that is not known yet.
 * The closing auction makes its own. */
static bool close_loosens(const bj_engine_t *engine, const bj_cmd_t *cmd, uint32_t idx,
                          const bj_match_view_t *view) {
    int32_t stated_paise = cmd->body.phase.reference_paise;
    bool ends = cmd->type == BJ_CMD_UNCROSS;
    if (stated_paise <= 0 || view->closing_paise) return false;
    if (ends) return view->auction != BJ_AUCTION_CLOSE;
    if (view->auction && cmd->body.phase.phase == BJ_STATE_POST_CLOSE) return false; /* refused */
    return stated_paise != bj_match_reference(engine->match, idx, BJ_AUCTION_CLOSE);
}

static bool one_loosens(const bj_engine_t *engine, const bj_cmd_t *cmd, uint32_t idx, uint32_t then,
                        const bj_match_view_t *view) {
    bool ends = cmd->type == BJ_CMD_UNCROSS;
    if (ends && !view->auction) return false; /* it has none to end */
    if (open_to(then) > open_to(view->phase)) return true;
    if (cmd->type == BJ_CMD_INSTRUMENT_STATE) return false; /* it states no price */
    if (then == BJ_STATE_CLOSED || then == BJ_STATE_POST_CLOSE)
        return close_loosens(engine, cmd, idx, view);
    bool begins = then == BJ_STATE_AUCTION || then == BJ_STATE_AUCTION_LIMIT;
    return begins && !ends && !view->auction && auction_loosens(engine, &cmd->body.phase, idx);
}

/* All that it would loosen, so that no yes is for what came after it was asked for: which, in what
 * phase, and how often people had set that. */
static void note_loosened(bj_engine_t *engine, uint32_t idx, uint32_t phase, bool all,
                          bj_event_t *is) {
    const uint32_t one[] = {engine->token[idx], phase, *bj_risk_word(engine->risk, idx)};
    bool first = !is->client_order_id;
    if (first) is->value = phase;
    is->client_order_id = bj_fnv1a(first ? BJ_FNV_OFFSET : is->client_order_id, one, sizeof one);
    if (!all) return;
    is->leaves_qty += phase == BJ_STATE_HALTED;
    is->cum_qty += phase == BJ_STATE_CLOSED;
}

/* Not from one stop to the other: the day may end while all is halted. */
static bool phase_loosens(bj_engine_t *engine, const bj_cmd_t *cmd, bj_event_t *is) {
    bool state = cmd->type == BJ_CMD_INSTRUMENT_STATE;
    uint32_t cnt = bj_risk_instrument_cnt(engine->risk);
    uint32_t then = state ? cmd->body.state : cmd->body.phase.phase;
    if (state && !cmd->token) return false; /* of none: the handler says so */
    if (then >= (state ? BJ_STATE_HALTED : BJ_STATE_CNT)) return false;
    for (uint32_t i = 0; i < cnt; i++) {
        bj_match_view_t view;
        if (cmd->token && engine->token[i] != cmd->token) continue;
        if (!bj_match_view(engine->match, i, &view)) continue;
        if (one_loosens(engine, cmd, i, then, &view))
            note_loosened(engine, i, view.phase, !cmd->token, is);
    }
    bool loosens = is->client_order_id != 0;
    is->client_order_id &= MARK_MAX;
    return loosens;
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
    bool loosens =
        cmd->type < BJ_COUNT(rules) && rules[cmd->type] && rules[cmd->type](engine, cmd, &is);
    if (!loosens) return false;
    bj_event_t *event = bj_engine_refuse(engine, BJ_REJ_SECOND_PERSON, NULL);
    event->value = is.value;
    event->qty = is.qty;
    event->leaves_qty = is.leaves_qty;
    event->cum_qty = is.cum_qty;
    event->price_paise = is.price_paise;
    event->last_price_paise = is.last_price_paise;
    if (is.client_order_id) event->client_order_id = is.client_order_id;
    return true;
}
