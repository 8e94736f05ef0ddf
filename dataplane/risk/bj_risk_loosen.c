/* What would let more through than what is in force: docs/risk.md. */
#include "dataplane/risk/bj_risk_priv.h"

/* NULL: nothing was ever set of it. */
static const holder_t *holder_by(const bj_risk_t *risk, uint32_t account_id,
                                 const bj_cmd_limit_t *limit) {
    const bj_index_slot_t *slot;
    switch ((bj_limit_level_t)limit->level) {
    case BJ_LEVEL_ACCOUNT:
        slot = bj_index_find(risk->account_idx, risk->account_slots, account_id);
        return slot->key ? &risk->account[slot->idx] : NULL;
    case BJ_LEVEL_DESK:
        return risk->desk_of[limit->desk] ? &risk->desk[risk->desk_of[limit->desk] - 1] : NULL;
    default: return risk->member;
    }
}

/* As bj_risk_set_rate takes them. */
static int64_t rate_of(const bj_risk_t *risk, const holder_t *holder, bj_limit_t limit,
                       int64_t stored) {
    bool account = holder >= risk->account;
    if (stored) return stored;
    if (limit == BJ_LIMIT_RATE) return account ? risk->config.message_rate_per_s : INT64_MAX;
    if (account) return risk->config.message_burst;
    return holder->limit[BJ_LIMIT_RATE] ? holder->limit[BJ_LIMIT_RATE] : INT64_MAX;
}

static bool holder_loosens(const bj_risk_t *risk, uint32_t account_id, uint32_t token,
                           const bj_cmd_limit_t *limit, int64_t *in_force) {
    bj_limit_t kind = (bj_limit_t)limit->limit;
    bool barred = kind == BJ_LIMIT_BARRED;
    const holder_t *holder = holder_by(risk, account_id, limit);
    uint32_t row = barred ? bj_risk_instrument_idx(risk, token) : 0;
    if (!holder || row == BJ_RISK_NONE) return false;
    int64_t from = barred ? rares_of(risk, holder)[row].barred : holder->limit[kind];
    int64_t to = limit->value == BJ_LIMIT_NONE ? bj_risk_unset(kind) : limit->value;
    if (kind == BJ_LIMIT_RATE || kind == BJ_LIMIT_BURST) {
        from = rate_of(risk, holder, kind, from);
        to = rate_of(risk, holder, kind, to);
    }
    *in_force = from;
    return bj_limit_looser(kind, from, to);
}

/* Without both there is no protection by reference: whatever is far then is not too far. */
static int64_t reach(int64_t own, int64_t other) { return own || other ? own : INT64_MAX; }

static int64_t term_now(const terms_t *terms, bj_limit_t limit) {
    switch (limit) {
    case BJ_LIMIT_BLOCKED: return terms->blocked;
    case BJ_LIMIT_BANNED: return terms->banned;
    case BJ_LIMIT_SEGMENT: return terms->segment;
    case BJ_LIMIT_INVERSE: return terms->inverse;
    case BJ_LIMIT_UNDERLYING: return terms->underlying;
    case BJ_LIMIT_MARGIN_BUY: return terms->margin_paise[BUY_SIDE];
    case BJ_LIMIT_MARGIN_SELL: return terms->margin_paise[SELL_SIDE];
    case BJ_LIMIT_PRICE_LO: return terms->price_lo_paise;
    case BJ_LIMIT_PRICE_HI: return terms->price_hi_paise;
    case BJ_LIMIT_PROTECTION_BP: return reach(terms->protection_bp, terms->protection_min_paise);
    case BJ_LIMIT_PROTECTION_MIN: return reach(terms->protection_min_paise, terms->protection_bp);
    case BJ_LIMIT_CLIENT_QTY: return terms->client_qty;
    default: return 0;
    }
}

static int64_t term_then(const terms_t *terms, const bj_cmd_limit_t *limit) {
    bool none = limit->value == BJ_LIMIT_NONE;
    int64_t value = none ? 0 : limit->value;
    switch ((bj_limit_t)limit->limit) {
    case BJ_LIMIT_PRICE_HI: return none ? INT32_MAX : value;
    case BJ_LIMIT_CLIENT_QTY: return none ? INT64_MAX : value;
    case BJ_LIMIT_PROTECTION_BP: return reach(value, terms->protection_min_paise);
    case BJ_LIMIT_PROTECTION_MIN: return reach(value, terms->protection_bp);
    default: return value;
    }
}

bool bj_risk_loosens(const bj_risk_t *risk, uint32_t account_id, uint32_t token,
                     const bj_cmd_limit_t *limit, int64_t *in_force) {
    if (bj_limit_wrong(limit, account_id, token) || limit->desk >= BJ_RISK_SESSION_MAX)
        return false;
    if (limit->level != BJ_LEVEL_INSTRUMENT)
        return holder_loosens(risk, account_id, token, limit, in_force);
    uint32_t idx = bj_risk_instrument_idx(risk, token);
    if (idx == BJ_RISK_NONE) return false;
    const terms_t *terms = &risk->instrument[idx].terms;
    *in_force = term_now(terms, (bj_limit_t)limit->limit);
    return bj_limit_looser((bj_limit_t)limit->limit, *in_force, term_then(terms, limit));
}

bool bj_risk_account_loosens(const bj_risk_t *risk, uint32_t account_id,
                             const bj_cmd_account_t *limits, unsigned *which, int64_t *in_force) {
    const bj_index_slot_t *slot = bj_index_find(risk->account_idx, risk->account_slots, account_id);
    const struct {
        bj_limit_t limit;
        int64_t    to;
    } parts[] = {{BJ_LIMIT_BLOCKED, limits->blocked},
                 {BJ_LIMIT_ORDER_VALUE, limits->order_value_max_paise},
                 {BJ_LIMIT_OPEN_VALUE, limits->open_value_max_paise},
                 {BJ_LIMIT_NET_QTY, limits->position_max_qty},
                 {BJ_LIMIT_OPEN_ORDERS, limits->open_orders_max}};
    if (!account_id || !slot->key || limits->first) return false;
    const holder_t *account = &risk->account[slot->idx];
    for (size_t i = 0; i < BJ_COUNT(parts); i++) {
        *which = parts[i].limit;
        *in_force = account->limit[parts[i].limit];
        if (bj_limit_looser(parts[i].limit, *in_force, parts[i].to)) return true;
    }
    /* Whose orders do not meet: neither way is tighter. */
    *which = 0;
    *in_force = risk->owner[slot->idx];
    return *in_force != (limits->pan_key ? limits->pan_key : account_id | UINT32_C(1) << 31);
}
