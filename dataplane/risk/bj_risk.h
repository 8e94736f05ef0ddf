#ifndef BJ_RISK_H
#define BJ_RISK_H

/* bj_risk - pre-trade checks, and the exposure they check against.
 *
 * Purpose    Say yes or no to an order before it meets the book; keep what each account has open
 *            and holds.  After any history the exposure is exactly what a recount of the open
 *            orders and the trades gives.
 * Shape      instrument_max instruments, account_max accounts, each given a dense index in order
 *            of first mention; a position for each pair: instrument_max * account_max <= 2^28.
 * Units      paise, shares, ns.  value is price * quantity.
 * Ownership  the caller owns the memory (aligned to 64); bj_risk_new formats it.
 * Threads    one.
 * Errors     bj_status_t: the reason for the refusal; BJ_ERR_OVERFLOW where a sum does not fit.  A
 *            refusal changes no exposure.
 * Order      session and state of the instrument; account known, blocked; order's form; tick; lot;
 *            price; band; quantity; freeze; order value; message rate; open orders; open value;
 *            position.
 * Cost       two index probes, one line each of instrument, account and position. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_risk bj_risk_t;

typedef struct bj_risk_config {
    uint32_t instrument_max, account_max;
    uint32_t message_rate_per_s; /* new orders and modifies of an account, [1, 10^9] */
    uint32_t message_burst;      /* how many may come at once, >= 1 */
} bj_risk_config_t;

/* What an open order counts for.  The caller keeps it with the order; the calls below change it. */
typedef struct bj_risk_order {
    uint32_t account_idx, instrument_idx;
    int32_t  price_paise; /* its limit; a market order's is the end of the band it may trade to */
    int32_t  qty;         /* open now */
    uint8_t  side;        /* bj_side_t */
    uint8_t  reserved[3];
} bj_risk_order_t;

typedef struct bj_risk_exposure { /* of one account, and of it in one instrument */
    int64_t  open_value_paise, net_qty, open_buy_qty, open_sell_qty;
    uint32_t open_orders;
} bj_risk_exposure_t;

size_t bj_risk_footprint(const bj_risk_config_t *config); /* 0: a shape is not allowed */
bj_risk_t *bj_risk_new(void *mem, const bj_risk_config_t *config);

/* The tables.  A new instrument is open; a known one keeps its state.
 *   BJ_REJ_FIELD              a field is outside its range
 *   BJ_ERR_FULL               no room for another one
 *   BJ_REJ_INSTRUMENT_UNKNOWN state of an instrument never defined */
BJ_MUST_USE bj_status_t bj_risk_set_instrument(bj_risk_t *risk, uint32_t token,
                                               const bj_cmd_instrument_t *definition);
BJ_MUST_USE bj_status_t bj_risk_set_state(bj_risk_t *risk, uint32_t token, uint32_t state);
BJ_MUST_USE bj_status_t bj_risk_set_account(bj_risk_t *risk, uint32_t account_id,
                                            const bj_cmd_account_t *limits);
/* False: no such token. */
bool bj_risk_instrument(const bj_risk_t *risk, uint32_t token, bj_cmd_instrument_t *definition,
                        bj_instrument_state_t *state);

/* bj_risk_check_new fills *order when it returns BJ_OK; nothing is open until bj_risk_open.
 * cmd's side, order type and validity must be in their tables (bj_risk_is_order). */
BJ_MUST_USE bj_status_t bj_risk_check_new(bj_risk_t *risk, const bj_cmd_t *cmd,
                                          bj_risk_order_t *order);
/* bj_risk_check_modify: order as it is, cum_qty traded already, cmd with the new price and whole
 * quantity.  A limit never refuses a change that lowers what that limit counts. */
BJ_MUST_USE bj_status_t bj_risk_check_modify(bj_risk_t *risk, const bj_cmd_t *cmd,
                                             const bj_risk_order_t *order, int32_t cum_qty,
                                             bj_risk_order_t *changed);
/* Has this command the form of an order at all?  If not, it cannot be written down as rejected. */
bool bj_risk_is_order(const bj_cmd_t *cmd);

/* Each order: one open, then changes and fills, one close or a fill of all that is left. */
void bj_risk_open(bj_risk_t *risk, const bj_risk_order_t *order);
void bj_risk_change(bj_risk_t *risk, bj_risk_order_t *order, const bj_risk_order_t *changed);
void bj_risk_fill(bj_risk_t *risk, bj_risk_order_t *order, int32_t qty);
void bj_risk_close(bj_risk_t *risk, bj_risk_order_t *order);

uint32_t bj_risk_instrument_cnt(const bj_risk_t *risk);
uint32_t bj_risk_account_cnt(const bj_risk_t *risk);
bj_risk_exposure_t bj_risk_exposure(const bj_risk_t *risk, uint32_t account_idx,
                                    uint32_t instrument_idx);
uint64_t bj_risk_hash(const bj_risk_t *risk, uint64_t hash);

#endif /* BJ_RISK_H */
