#ifndef BJ_RISK_PRIV_H
#define BJ_RISK_PRIV_H

/* What bj_risk.c (tables, exposure) and bj_risk_check.c (the checks) share. */
#include "dataplane/risk/bj_index.h"
#include "dataplane/risk/bj_risk.h"

typedef struct instrument {
    alignas(BJ_LINE_BYTES) bj_cmd_instrument_t definition; /* as it was set */
    bj_risk_session_t session;
    uint32_t reserved;
} instrument_t;
static_assert(sizeof(instrument_t) == BJ_LINE_BYTES, "one line, and no padding to hash");

typedef struct account {
    bj_cmd_account_t limits;
    uint32_t owner; /* PAN key, or the account's own number above those */
    uint32_t open_orders;
    int64_t  open_value_paise;
    int64_t  credit_ns;    /* message rate: a message costs message_ns of it, time gives it back */
    int64_t  credit_at_ns; /* when it was last counted */
} account_t;

typedef struct position {
    int64_t net_qty, open_buy_qty, open_sell_qty;
} position_t;

struct bj_risk {
    bj_risk_config_t config;
    int64_t  message_ns, credit_max_ns;
    uint32_t instrument_cnt, account_cnt;
    uint32_t token_slots, account_slots;
    bj_index_slot_t *token_idx, *account_idx;
    uint32_t *token, *account_id; /* by index */
    instrument_t *instrument;
    account_t    *account;
    position_t   *position; /* [account_idx][instrument_idx] */
};

static inline position_t *position_of(const bj_risk_t *risk, uint32_t account_idx,
                                      uint32_t instrument_idx) {
    return &risk->position[(size_t)account_idx * risk->config.instrument_max + instrument_idx];
}

/* Two int32 multiplied always fit. */
static inline int64_t value_of(int32_t price_paise, int32_t qty) {
    return (int64_t)price_paise * qty;
}

#endif /* BJ_RISK_PRIV_H */
