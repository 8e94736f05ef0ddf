/* Limits are set here. */
#include "dataplane/base/bj_time.h"
#include "dataplane/risk/bj_risk_priv.h"

enum { ALL_SEGMENTS = 255 };

int64_t bj_risk_unset(bj_limit_t limit) {
    if (limit == BJ_LIMIT_BLOCKED || limit == BJ_LIMIT_BARRED || limit == BJ_LIMIT_RATE ||
        limit == BJ_LIMIT_BURST)
        return 0;
    return limit == BJ_LIMIT_SEGMENTS ? ALL_SEGMENTS : INT64_MAX;
}

/* A rate alone lets one second's messages come at once.  Credit does not grow by a new rate: it is
 * cut to the new maximum. */
void bj_risk_set_rate(const bj_risk_t *risk, holder_t *holder) {
    bool account = holder >= risk->account;
    int64_t rate = holder->limit[BJ_LIMIT_RATE], burst = holder->limit[BJ_LIMIT_BURST];
    if (!rate && account) rate = risk->config.message_rate_per_s;
    if (!burst) burst = account ? risk->config.message_burst : rate;
    holder->message_ns = rate ? BJ_NS_PER_S / rate : 0;
    holder->credit_max_ns = holder->message_ns * burst;
    if (holder->credit_ns > holder->credit_max_ns) holder->credit_ns = holder->credit_max_ns;
}

void bj_risk_holder_begin(const bj_risk_t *risk, holder_t *holder) {
    for (bj_limit_t l = BJ_LIMIT_BLOCKED; l <= BJ_LIMIT_EXECUTIONS; l++) {
        holder->limit[l] = bj_risk_unset(l);
    }
    holder->credit_ns = INT64_MAX; /* full, whatever the rate will be */
    holder->credit_at_ns = INT64_MIN;
    holder->executions_from_ns = INT64_MIN;
    bj_risk_set_rate(risk, holder);
}

/* --- of an instrument */

static bj_status_t set_underlying(bj_risk_t *risk, terms_t *terms, uint32_t token) {
    uint32_t idx = BJ_RISK_NONE;
    if (token) {
        bj_index_slot_t *slot =
            bj_index_find(risk->underlying_idx, risk->underlying_slots, token);
        if (!slot->key) {
            if (risk->underlying_cnt == risk->config.underlying_max) return BJ_ERR_FULL;
            *slot = (bj_index_slot_t){token, risk->underlying_cnt++};
        }
        idx = slot->idx;
    }
    terms->underlying = token;
    terms->underlying_idx = idx;
    return BJ_OK;
}

static bj_status_t set_terms(bj_risk_t *risk, uint32_t token, const bj_cmd_limit_t *limit) {
    uint32_t idx = bj_risk_instrument_idx(risk, token);
    if (idx == BJ_RISK_NONE) return BJ_REJ_INSTRUMENT_UNKNOWN;
    terms_t *terms = &risk->instrument[idx].terms;
    bool none = limit->value == BJ_LIMIT_NONE;
    int32_t value = none ? 0 : (int32_t)limit->value;
    bj_status_t status = BJ_OK;
    switch ((bj_limit_t)limit->limit) {
    case BJ_LIMIT_BLOCKED: terms->blocked = (uint8_t)value; break;
    case BJ_LIMIT_BANNED: terms->banned = (uint8_t)value; break;
    case BJ_LIMIT_SEGMENT: terms->segment = (uint8_t)value; break;
    case BJ_LIMIT_INVERSE: terms->inverse = (uint8_t)value; break;
    case BJ_LIMIT_UNDERLYING: status = set_underlying(risk, terms, (uint32_t)value); break;
    case BJ_LIMIT_MARGIN_BUY: terms->margin_paise[BUY_SIDE] = value; break;
    case BJ_LIMIT_MARGIN_SELL: terms->margin_paise[SELL_SIDE] = value; break;
    case BJ_LIMIT_PRICE_LO: terms->price_lo_paise = value; break;
    case BJ_LIMIT_PRICE_HI: terms->price_hi_paise = none ? INT32_MAX : value; break;
    case BJ_LIMIT_PROTECTION_BP: terms->protection_bp = value; break;
    case BJ_LIMIT_PROTECTION_MIN: terms->protection_min_paise = value; break;
    case BJ_LIMIT_CLIENT_QTY: terms->client_qty = none ? INT64_MAX : limit->value; break;
    default: return BJ_REJ_FIELD;
    }
    if (limit->limit == BJ_LIMIT_MARGIN_BUY || limit->limit == BJ_LIMIT_MARGIN_SELL)
        bj_risk_recount_margin(risk, idx);
    bool summed = limit->limit == BJ_LIMIT_UNDERLYING || limit->limit == BJ_LIMIT_INVERSE;
    if (summed && bj_risk_is_held(risk, idx)) bj_risk_recount_underlyings(risk);
    return status;
}

int64_t bj_risk_instrument_limit(const bj_risk_t *risk, uint32_t token, bj_limit_t limit) {
    uint32_t idx = bj_risk_instrument_idx(risk, token);
    if (idx == BJ_RISK_NONE) return BJ_LIMIT_NONE;
    const terms_t *terms = &risk->instrument[idx].terms;
    switch (limit) {
    case BJ_LIMIT_SEGMENT: return terms->segment;
    case BJ_LIMIT_INVERSE: return terms->inverse;
    case BJ_LIMIT_UNDERLYING: return terms->underlying;
    default: return BJ_LIMIT_NONE;
    }
}

/* --- of a holder */

static holder_t *holder_by(bj_risk_t *risk, uint32_t account_id, const bj_cmd_limit_t *limit,
                           bj_status_t *status) {
    const bj_index_slot_t *slot;
    switch ((bj_limit_level_t)limit->level) {
    case BJ_LEVEL_ACCOUNT:
        slot = bj_index_find(risk->account_idx, risk->account_slots, account_id);
        *status = slot->key ? BJ_OK : BJ_REJ_ACCOUNT_UNKNOWN;
        return slot->key ? &risk->account[slot->idx] : NULL;
    case BJ_LEVEL_DESK: {
        holder_t *desk = bj_risk_desk(risk, limit->desk);
        *status = desk ? BJ_OK : BJ_ERR_FULL;
        return desk;
    }
    default: return risk->member;
    }
}

static void set_barred(const bj_risk_t *risk, holder_t *holder, uint32_t row, uint32_t barred) {
    rare_t *rare = &rares_of(risk, holder)[row];
    holder->limit[BARS] += (barred != 0) - (rare->barred != 0);
    rare->barred = barred;
}

bj_status_t bj_risk_set_limit(bj_risk_t *risk, uint32_t account_id, uint32_t token,
                              const bj_cmd_limit_t *limit) {
    bj_status_t status = BJ_OK;
    if (bj_limit_wrong(limit, account_id, token) || limit->desk >= BJ_RISK_SESSION_MAX)
        return BJ_REJ_FIELD;
    if (limit->level == BJ_LEVEL_INSTRUMENT) return set_terms(risk, token, limit);
    bool barred = limit->limit == BJ_LIMIT_BARRED, none = limit->value == BJ_LIMIT_NONE;
    uint32_t row = barred ? bj_risk_instrument_idx(risk, token) : 0;
    if (row == BJ_RISK_NONE) return BJ_REJ_INSTRUMENT_UNKNOWN;
    holder_t *holder = holder_by(risk, account_id, limit, &status);
    if (!holder) return status;
    int64_t value = none ? bj_risk_unset((bj_limit_t)limit->limit) : limit->value;
    if (barred) set_barred(risk, holder, row, none ? 0 : (uint32_t)limit->value);
    else holder->limit[limit->limit] = value;
    if (limit->limit == BJ_LIMIT_RATE || limit->limit == BJ_LIMIT_BURST)
        bj_risk_set_rate(risk, holder);
    return BJ_OK;
}
