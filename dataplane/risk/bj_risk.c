#include "dataplane/risk/bj_risk.h"

#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/risk/bj_risk_priv.h"

enum {
    INSTRUMENT_MAX = 1 << 16,
    ACCOUNT_MAX = 1 << 20,
    UNDERLYING_MAX = 1 << 16,
    POSITION_MAX = 1 << 28
};

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

static bool between(uint64_t value, uint64_t most) { return value && value <= most; }

size_t bj_risk_footprint(const bj_risk_config_t *config) {
    bool ok = between(config->instrument_max, INSTRUMENT_MAX) &&
              between(config->account_max, ACCOUNT_MAX) &&
              between(config->desk_max, BJ_RISK_SESSION_MAX) &&
              between(config->underlying_max, UNDERLYING_MAX) &&
              position_cnt(config) <= POSITION_MAX && config->message_burst &&
              between(config->message_rate_per_s, BJ_NS_PER_S) && config->executions_ns > 0;
    if (!ok) return 0;
    size_t bytes = line_up(sizeof(bj_risk_t));
#define X(member, type, cnt) bytes += line_up((cnt) * sizeof(type));
    BJ_RISK_TABLES(X)
#undef X
    return bytes;
}

bj_risk_t *bj_risk_new(void *mem, const bj_risk_config_t *config) {
    size_t bytes = bj_risk_footprint(config);
    if (!bytes) return NULL;
    memset(mem, 0, bytes);
    bj_risk_t *risk = mem;
    uint8_t *at = (uint8_t *)mem + line_up(sizeof *risk);
#define X(member, type, cnt) risk->member = (type *)(void *)at, at += line_up((cnt) * sizeof(type));
    BJ_RISK_TABLES(X)
#undef X
    risk->config = *config;
    risk->now_ns = INT64_MIN;
    risk->token_slots = bj_index_slots(config->instrument_max);
    risk->account_slots = bj_index_slots(config->account_max);
    risk->underlying_slots = bj_index_slots(config->underlying_max);
    risk->row_max = config->instrument_max + config->underlying_max;
    risk->desk = risk->member + 1;
    risk->account = risk->desk + config->desk_max;
    for (size_t i = 0; i < holder_cnt(config); i++) {
        risk->member[i].limit[ROW] = (int64_t)i * risk->row_max;
    }
    bj_risk_holder_begin(risk, risk->member);
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
        instrument->terms = (terms_t){.client_qty = INT64_MAX, .price_hi_paise = INT32_MAX,
                                      .underlying_idx = BJ_RISK_NONE};
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

uint32_t *bj_risk_word(bj_risk_t *risk, uint32_t instrument_idx) {
    return &risk->instrument[instrument_idx].word;
}

uint32_t bj_risk_instrument_idx(const bj_risk_t *risk, uint32_t token) {
    const bj_index_slot_t *slot = bj_index_find(risk->token_idx, risk->token_slots, token);
    return token && slot->key ? slot->idx : BJ_RISK_NONE;
}

const uint32_t *bj_risk_tokens(const bj_risk_t *risk) { return risk->token; }
const uint32_t *bj_risk_account_ids(const bj_risk_t *risk) { return risk->account_id; }

uint32_t bj_risk_owner(const bj_risk_t *risk, uint32_t account_idx) {
    return risk->owner[account_idx];
}

static void set_limits(holder_t *account, const bj_cmd_account_t *limits) {
    account->limit[BJ_LIMIT_BLOCKED] = limits->blocked;
    account->limit[BJ_LIMIT_ORDER_VALUE] = limits->order_value_max_paise;
    account->limit[BJ_LIMIT_OPEN_VALUE] = limits->open_value_max_paise;
    account->limit[BJ_LIMIT_NET_QTY] = limits->position_max_qty;
    account->limit[BJ_LIMIT_OPEN_ORDERS] = limits->open_orders_max;
}

bj_status_t bj_risk_set_account(bj_risk_t *risk, uint32_t account_id,
                                const bj_cmd_account_t *limits) {
    bool ok = account_id && account_id <= INT32_MAX && limits->pan_key <= INT32_MAX &&
              limits->order_value_max_paise >= 0 && limits->open_value_max_paise >= 0 &&
              limits->position_max_qty >= 0 && limits->blocked <= 1 && limits->first <= 1;
    if (!ok) return BJ_REJ_FIELD;
    bj_index_slot_t *slot = bj_index_find(risk->account_idx, risk->account_slots, account_id);
    if (slot->key && limits->first) return BJ_OK; /* what an operator set since stays */
    if (!slot->key) {
        if (risk->account_cnt == risk->config.account_max) return BJ_ERR_FULL;
        *slot = (bj_index_slot_t){account_id, risk->account_cnt++};
        risk->account_id[slot->idx] = account_id;
        bj_risk_holder_begin(risk, &risk->account[slot->idx]);
    }
    set_limits(&risk->account[slot->idx], limits);
    risk->owner[slot->idx] = limits->pan_key ? limits->pan_key : account_id | UINT32_C(1) << 31;
    return BJ_OK;
}

bool bj_risk_account_blocked(const bj_risk_t *risk, uint32_t account_id) {
    const bj_index_slot_t *slot = bj_index_find(risk->account_idx, risk->account_slots, account_id);
    return slot->key && risk->account[slot->idx].limit[BJ_LIMIT_BLOCKED];
}

holder_t *bj_risk_desk(bj_risk_t *risk, uint32_t session_id) {
    if (BJ_UNLIKELY(session_id >= BJ_RISK_SESSION_MAX)) return NULL;
    if (BJ_LIKELY(risk->desk_of[session_id])) return &risk->desk[risk->desk_of[session_id] - 1];
    if (risk->desk_cnt == risk->config.desk_max) return NULL;
    risk->desk_of[session_id] = (uint16_t)++risk->desk_cnt;
    bj_risk_holder_begin(risk, &risk->desk[risk->desk_cnt - 1]);
    return &risk->desk[risk->desk_cnt - 1];
}

bool bj_risk_instrument(const bj_risk_t *risk, uint32_t token, bj_cmd_instrument_t *definition,
                        bj_instrument_state_t *state) {
    uint32_t idx = bj_risk_instrument_idx(risk, token);
    if (idx == BJ_RISK_NONE) return false;
    *definition = risk->instrument[idx].definition;
    *state = (bj_instrument_state_t)risk->instrument[idx].session.state;
    return true;
}

void bj_risk_set_time(bj_risk_t *risk, int64_t now_ns) { risk->now_ns = now_ns; }

uint32_t bj_risk_instrument_cnt(const bj_risk_t *risk) { return risk->instrument_cnt; }
uint32_t bj_risk_account_cnt(const bj_risk_t *risk) { return risk->account_cnt; }
uint32_t bj_risk_desk_cnt(const bj_risk_t *risk) { return risk->desk_cnt; }

/* The clock stands in the command, not in the state. */
uint64_t bj_risk_hash(const bj_risk_t *risk, uint64_t hash) {
    hash = bj_fnv1a(hash, risk->token, risk->instrument_cnt * sizeof *risk->token);
    hash = bj_fnv1a(hash, risk->account_id, risk->account_cnt * sizeof *risk->account_id);
    hash = bj_fnv1a(hash, risk->owner, risk->account_cnt * sizeof *risk->owner);
    hash = bj_fnv1a(hash, risk->desk_of, BJ_RISK_SESSION_MAX * sizeof *risk->desk_of);
    hash = bj_fnv1a(hash, risk->instrument, risk->instrument_cnt * sizeof *risk->instrument);
    hash = bj_fnv1a(hash, risk->member, sizeof *risk->member);
    hash = bj_fnv1a(hash, risk->desk, risk->desk_cnt * sizeof *risk->desk);
    hash = bj_fnv1a(hash, risk->account, risk->account_cnt * sizeof *risk->account);
    for (const holder_t *h = risk->member; h < risk->account + risk->account_cnt; h++) {
        const position_t *p = positions_of(risk, h);
        const rare_t *rare = rares_of(risk, h);
        for (uint32_t i = 0; i < risk->instrument_cnt; i++) {
            static const position_t none;
            if (memcmp(&p[i], &none, sizeof none) == 0 && !rare[i].barred) continue;
            const uint64_t where[] = {(uint64_t)(h - risk->member), i};
            hash = bj_fnv1a(hash, where, sizeof where);
            hash = bj_fnv1a(hash, &p[i], sizeof p[i]);
            hash = bj_fnv1a(hash, &rare[i], sizeof rare[i]);
        }
    }
    return hash;
}
