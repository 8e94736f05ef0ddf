#include "dataplane/risk/bj_risk.h"

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/risk/bj_risk_priv.h"

enum { INSTRUMENT_MAX = 1 << 16, ACCOUNT_MAX = 1 << 20, POSITION_MAX = 1 << 28 };

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

static size_t position_cnt(const bj_risk_config_t *config) {
    return (size_t)config->instrument_max * config->account_max;
}

size_t bj_risk_footprint(const bj_risk_config_t *config) {
    bool ok = config->instrument_max && config->instrument_max <= INSTRUMENT_MAX &&
              config->account_max && config->account_max <= ACCOUNT_MAX &&
              position_cnt(config) <= POSITION_MAX && config->message_burst &&
              config->message_rate_per_s && config->message_rate_per_s <= BJ_NS_PER_S;
    if (!ok) return 0;
    return line_up(sizeof(bj_risk_t)) +
           line_up(bj_index_slots(config->instrument_max) * sizeof(bj_index_slot_t)) +
           line_up(bj_index_slots(config->account_max) * sizeof(bj_index_slot_t)) +
           line_up(config->instrument_max * sizeof(uint32_t)) +
           line_up(config->account_max * sizeof(uint32_t)) +
           line_up(config->instrument_max * sizeof(instrument_t)) +
           line_up(config->account_max * sizeof(account_t)) +
           line_up(position_cnt(config) * sizeof(position_t));
}

static void *carve(uint8_t **at, size_t bytes) {
    void *mem = *at;
    *at += line_up(bytes);
    return mem;
}

bj_risk_t *bj_risk_new(void *mem, const bj_risk_config_t *config) {
    size_t bytes = bj_risk_footprint(config);
    if (!bytes) return NULL;
    memset(mem, 0, bytes);
    uint8_t *at = mem;
    bj_risk_t *risk = carve(&at, sizeof *risk);
    risk->config = *config;
    risk->message_ns = BJ_NS_PER_S / config->message_rate_per_s;
    risk->credit_max_ns = risk->message_ns * config->message_burst;
    risk->token_slots = bj_index_slots(config->instrument_max);
    risk->account_slots = bj_index_slots(config->account_max);
    risk->token_idx = carve(&at, risk->token_slots * sizeof(bj_index_slot_t));
    risk->account_idx = carve(&at, risk->account_slots * sizeof(bj_index_slot_t));
    risk->token = carve(&at, config->instrument_max * sizeof(uint32_t));
    risk->account_id = carve(&at, config->account_max * sizeof(uint32_t));
    risk->instrument = carve(&at, config->instrument_max * sizeof(instrument_t));
    risk->account = carve(&at, config->account_max * sizeof(account_t));
    risk->position = carve(&at, position_cnt(config) * sizeof(position_t));
    return risk;
}

/* --- the tables */

/* What goes into the database as well: sql/ has the same rules as constraints. */
static bool definition_ok(uint32_t token, const bj_cmd_instrument_t *d) {
    return token && d->symbol[0] && !d->symbol[sizeof d->symbol - 1] && d->tick_paise > 0 &&
           d->lot_qty > 0 && d->band_lo_paise > 0 && d->band_hi_paise > d->band_lo_paise &&
           d->prev_close_paise > 0 && d->freeze_qty > 0;
}

bj_status_t bj_risk_try_instrument(const bj_risk_t *risk, uint32_t token,
                                   const bj_cmd_instrument_t *definition,
                                   uint32_t *instrument_idx) {
    if (!definition_ok(token, definition)) return BJ_REJ_FIELD;
    const bj_index_slot_t *slot = bj_index_find(risk->token_idx, risk->token_slots, token);
    if (!slot->key && risk->instrument_cnt == risk->config.instrument_max) return BJ_ERR_FULL;
    *instrument_idx = slot->key ? slot->idx : risk->instrument_cnt;
    return BJ_OK;
}

bj_status_t bj_risk_set_instrument(bj_risk_t *risk, uint32_t token,
                                   const bj_cmd_instrument_t *definition) {
    uint32_t idx;
    bj_status_t status = bj_risk_try_instrument(risk, token, definition, &idx);
    if (status != BJ_OK) return status;
    instrument_t *instrument = &risk->instrument[idx];
    if (idx == risk->instrument_cnt) {
        *bj_index_find(risk->token_idx, risk->token_slots, token) = (bj_index_slot_t){token, idx};
        risk->instrument_cnt++;
        risk->token[idx] = token;
        instrument->session.state = BJ_STATE_OPEN;
    }
    instrument->definition = *definition;
    instrument->session.band_lo_paise = definition->band_lo_paise;
    instrument->session.band_hi_paise = definition->band_hi_paise;
    return BJ_OK;
}

bj_risk_session_t bj_risk_session(const bj_risk_t *risk, uint32_t instrument_idx) {
    return risk->instrument[instrument_idx].session;
}

void bj_risk_set_session(bj_risk_t *risk, uint32_t instrument_idx,
                         const bj_risk_session_t *session) {
    risk->instrument[instrument_idx].session = *session;
}

uint32_t bj_risk_instrument_idx(const bj_risk_t *risk, uint32_t token) {
    const bj_index_slot_t *slot = bj_index_find(risk->token_idx, risk->token_slots, token);
    return token && slot->key ? slot->idx : BJ_RISK_NONE;
}

const uint32_t *bj_risk_tokens(const bj_risk_t *risk) { return risk->token; }
const uint32_t *bj_risk_account_ids(const bj_risk_t *risk) { return risk->account_id; }

uint32_t bj_risk_owner(const bj_risk_t *risk, uint32_t account_idx) {
    return risk->account[account_idx].owner;
}

bj_status_t bj_risk_set_account(bj_risk_t *risk, uint32_t account_id,
                                const bj_cmd_account_t *limits) {
    bool ok = account_id && account_id <= INT32_MAX && limits->pan_key <= INT32_MAX &&
              limits->order_value_max_paise >= 0 && limits->open_value_max_paise >= 0 &&
              limits->position_max_qty >= 0 && limits->blocked <= 1;
    if (!ok) return BJ_REJ_FIELD;
    bj_index_slot_t *slot = bj_index_find(risk->account_idx, risk->account_slots, account_id);
    if (!slot->key) {
        if (risk->account_cnt == risk->config.account_max) return BJ_ERR_FULL;
        *slot = (bj_index_slot_t){account_id, risk->account_cnt++};
        risk->account_id[slot->idx] = account_id;
        risk->account[slot->idx].credit_ns = risk->credit_max_ns;
        risk->account[slot->idx].credit_at_ns = INT64_MIN;
    }
    risk->account[slot->idx].limits = *limits;
    risk->account[slot->idx].owner =
        limits->pan_key ? limits->pan_key : account_id | UINT32_C(1) << 31;
    return BJ_OK;
}

bool bj_risk_instrument(const bj_risk_t *risk, uint32_t token, bj_cmd_instrument_t *definition,
                        bj_instrument_state_t *state) {
    uint32_t idx = bj_risk_instrument_idx(risk, token);
    if (idx == BJ_RISK_NONE) return false;
    *definition = risk->instrument[idx].definition;
    *state = (bj_instrument_state_t)risk->instrument[idx].session.state;
    return true;
}

/* --- exposure.  The checks have made sure that no sum below can overflow, but an auction may price
 * a market order above what it was counted at: then a sum may wrap, and comes back with its end. */

static void add_open(bj_risk_t *risk, const bj_risk_order_t *order, int32_t qty) {
    position_t *position = position_of(risk, order->account_idx, order->instrument_idx);
    int64_t *value_paise = &risk->account[order->account_idx].open_value_paise;
    *(order->side == BJ_BUY ? &position->open_buy_qty : &position->open_sell_qty) += qty;
    (void)__builtin_add_overflow(*value_paise, value_of(order->price_paise, qty), value_paise);
}

void bj_risk_open(bj_risk_t *risk, const bj_risk_order_t *order) {
    risk->account[order->account_idx].open_orders++;
    add_open(risk, order, order->qty);
}

void bj_risk_change(bj_risk_t *risk, bj_risk_order_t *order, const bj_risk_order_t *changed) {
    add_open(risk, order, -order->qty);
    *order = *changed;
    add_open(risk, order, order->qty);
}

void bj_risk_fill(bj_risk_t *risk, bj_risk_order_t *order, int32_t qty) {
    assert(qty > 0 && qty <= order->qty);
    position_t *position = position_of(risk, order->account_idx, order->instrument_idx);
    position->net_qty += order->side == BJ_BUY ? qty : -qty;
    add_open(risk, order, -qty);
    order->qty -= qty;
    if (!order->qty) risk->account[order->account_idx].open_orders--;
}

void bj_risk_close(bj_risk_t *risk, bj_risk_order_t *order) {
    assert(order->qty > 0);
    add_open(risk, order, -order->qty);
    order->qty = 0;
    risk->account[order->account_idx].open_orders--;
}

/* --- looking */

uint32_t bj_risk_instrument_cnt(const bj_risk_t *risk) { return risk->instrument_cnt; }
uint32_t bj_risk_account_cnt(const bj_risk_t *risk) { return risk->account_cnt; }

bj_risk_exposure_t bj_risk_exposure(const bj_risk_t *risk, uint32_t account_idx,
                                    uint32_t instrument_idx) {
    const account_t *account = &risk->account[account_idx];
    const position_t *position = position_of(risk, account_idx, instrument_idx);
    return (bj_risk_exposure_t){account->open_value_paise, position->net_qty,
                                position->open_buy_qty, position->open_sell_qty,
                                account->open_orders};
}

uint64_t bj_risk_hash(const bj_risk_t *risk, uint64_t hash) {
    static_assert(sizeof(account_t) == 80, "no padding is hashed");
    hash = bj_fnv1a(hash, risk->token, risk->instrument_cnt * sizeof *risk->token);
    hash = bj_fnv1a(hash, risk->account_id, risk->account_cnt * sizeof *risk->account_id);
    hash = bj_fnv1a(hash, risk->instrument, risk->instrument_cnt * sizeof *risk->instrument);
    hash = bj_fnv1a(hash, risk->account, risk->account_cnt * sizeof *risk->account);
    for (uint32_t a = 0; a < risk->account_cnt; a++) {
        for (uint32_t i = 0; i < risk->instrument_cnt; i++) {
            const position_t *p = position_of(risk, a, i);
            if (!p->net_qty && !p->open_buy_qty && !p->open_sell_qty) continue;
            hash = bj_fnv1a(hash, &a, sizeof a);
            hash = bj_fnv1a(hash, &i, sizeof i);
            hash = bj_fnv1a(hash, p, sizeof *p);
        }
    }
    return hash;
}
