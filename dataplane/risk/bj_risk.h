#ifndef BJ_RISK_H
#define BJ_RISK_H

/* bj_risk - pre-trade checks, and the exposure they check against.
 *
 * Purpose    Say yes or no to an order before it meets the book; keep what each account, each desk
 *            (the session that sends) and the member (everybody) has open and holds.  After any
 *            history the exposure is exactly what a recount of the open orders and the trades
 *            gives.
 * Shape      instrument_max instruments, account_max accounts, desk_max desks, underlying_max
 *            underlyings, each given a dense index in order of first mention; a position for each
 *            holder in each instrument and underlying: (1 + desks + accounts) * (instruments +
 *            underlyings) <= 2^28.
 * Units      paise, shares, ns.  value is price * quantity.
 * Ownership  the caller owns the memory (aligned to 64); bj_risk_new formats it.
 * Threads    one.
 * Errors     bj_status_t: the reason for the refusal; BJ_ERR_OVERFLOW where a sum does not fit,
 *            BJ_ERR_FULL where there is no room for another desk.  A refusal changes no exposure.
 * Order      session and state of the instrument; instrument blocked; account known; permission
 *            (segment, barred); blocked; order's form; tick; lot; price; band; limit price
 *            protection; quantity; freeze quantity; quantity of an order; its value; message rate;
 *            open orders; open value; net position; ban; client position; gross position; the
 *            underlying's net and gross; margin; executions.  Each for account, desk, member, in
 *            this order, each with its own reason; the first that fails is the reason.  A trigger
 *            price and a disclosed quantity are looked at where price and quantity are.  What a
 *            phase takes, and of which kind, and self-trades are for matching to say.
 * Margin     margin_buy or margin_sell of the instrument times the quantity that position and open
 *            orders of that side may come to; the larger side counts; summed over instruments.
 * Protection an order's limit lies between price_lo and price_hi, and no further from the reference
 *            than protection_bp of it, or protection_min if that is more.  The reference is the
 *            average price of 30 s of trades, made anew when they are over; none for 15 min: there
 *            is no reference.  (NSE: limit price protection; the exchange's own goes on with a
 *            theoretical price.)  Stops and market orders are not held to it.
 * Cost       bench_bj_engine (risk_check_ns): two index probes; one line of the instrument, two or
 *            three of each holder, one of each position. */
#include "dataplane/base/bj_parts.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_risk bj_risk_t;

typedef struct bj_risk_config {
    uint32_t instrument_max, account_max;
    uint32_t message_rate_per_s; /* new orders and modifies of an account, [1, 10^9] */
    uint32_t message_burst;      /* how many may come at once, >= 1 */
    uint32_t desk_max, underlying_max; /* >= 1 */
    int64_t  executions_ns;      /* the window that executions are counted in, > 0 */
} bj_risk_config_t;

enum { BJ_RISK_SESSION_MAX = 1024 }; /* session_id of an order is below */

/* What an open order counts for.  The caller keeps it with the order; the calls below change it. */
typedef struct bj_risk_order {
    uint32_t account_idx : 24;
    uint32_t side : 8; /* bj_side_t */
    uint16_t instrument_idx, desk_idx;
    int32_t  price_paise; /* its limit, a stop's too; a market order's is the end of the band it may
                           * trade to (in an auction the upper end); after the close the closing
                           * price */
    int32_t  qty;         /* open now */
} bj_risk_order_t;

typedef struct bj_risk_exposure { /* of one holder, and of it in one instrument */
    int64_t  open_value_paise, margin_paise;
    int64_t  bought_qty, sold_qty; /* since the day began, what was held then included */
    int64_t  open_buy_qty, open_sell_qty;
    uint32_t open_orders;
} bj_risk_exposure_t;

size_t bj_risk_footprint(const bj_risk_config_t *config); /* 0: a shape is not allowed */
bj_risk_t *bj_risk_new(void *mem, const bj_risk_config_t *config);

/* The tables.  A new instrument is open; a known one keeps its state; the band is the definition's
 * until bj_risk_set_session.
 *   BJ_REJ_FIELD   a field is outside its range; accounts and PAN keys are below 2^31
 *   BJ_ERR_FULL    no room for another one */
BJ_MUST_USE bj_status_t bj_risk_set_instrument(bj_risk_t *risk, uint32_t token,
                                               const bj_cmd_instrument_t *definition);
BJ_MUST_USE bj_status_t bj_risk_set_account(bj_risk_t *risk, uint32_t account_id,
                                            const bj_cmd_account_t *limits);
bool bj_risk_account_blocked(const bj_risk_t *risk, uint32_t account_id);
/* A limit, see bj_wire_limit.h.  What it changes (margin, underlying) is counted again for all.
 *   BJ_REJ_FIELD                 bj_limit_wrong says what
 *   BJ_REJ_ACCOUNT_UNKNOWN, BJ_REJ_INSTRUMENT_UNKNOWN
 *   BJ_ERR_FULL                  no room for another desk or underlying */
BJ_MUST_USE bj_status_t bj_risk_set_limit(bj_risk_t *risk, uint32_t account_id, uint32_t token,
                                          const bj_cmd_limit_t *limit);
/* Would it let more through than what is in force, *in_force?  What is wrong with it, or is of
 * nobody known, would not; nor does what is set where nothing was. */
bool bj_risk_loosens(const bj_risk_t *risk, uint32_t account_id, uint32_t token,
                     const bj_cmd_limit_t *limit, int64_t *in_force);
/* The same of an account that is known: *which, 0: its PAN key, is the first that would. */
bool bj_risk_account_loosens(const bj_risk_t *risk, uint32_t account_id,
                             const bj_cmd_account_t *limits, unsigned *which, int64_t *in_force);
/* What bj_risk_set_instrument would say, and the index that the token has or would get. */
BJ_MUST_USE bj_status_t bj_risk_try_instrument(const bj_risk_t *risk, uint32_t token,
                                               const bj_cmd_instrument_t *definition,
                                               uint32_t *instrument_idx);
/* False: no such token.  The definition is as it was set. */
bool bj_risk_instrument(const bj_risk_t *risk, uint32_t token, bj_cmd_instrument_t *definition,
                        bj_instrument_state_t *state);

/* What SEGMENT, UNDERLYING or INVERSE has said of an instrument; BJ_LIMIT_NONE: of another limit,
 * or there is no such token. */
int64_t bj_risk_instrument_limit(const bj_risk_t *risk, uint32_t token, bj_limit_t limit);

#define BJ_RISK_NONE UINT32_MAX
uint32_t bj_risk_instrument_idx(const bj_risk_t *risk, uint32_t token); /* or BJ_RISK_NONE */
/* The outside's names by index; they stay where they are. */
const uint32_t *bj_risk_tokens(const bj_risk_t *risk);
const uint32_t *bj_risk_account_ids(const bj_risk_t *risk);
/* Whose money it is: the account's PAN key, or a number of its own. */
uint32_t bj_risk_owner(const bj_risk_t *risk, uint32_t account_idx);

typedef struct bj_risk_session { /* how an instrument trades now */
    uint32_t state; /* bj_instrument_state_t */
    int32_t  band_lo_paise, band_hi_paise; /* in force; after the close both the closing price */
} bj_risk_session_t;
bj_risk_session_t bj_risk_session(const bj_risk_t *risk, uint32_t instrument_idx);
void bj_risk_set_session(bj_risk_t *risk, uint32_t instrument_idx,
                         const bj_risk_session_t *session);
/* A word of the engine's, kept with the instrument; 0 in a new one, and in what was saved before
 * there was a use for it. */
uint32_t *bj_risk_word(bj_risk_t *risk, uint32_t instrument_idx);

/* The engine's clock, before each command. */
void bj_risk_set_time(bj_risk_t *risk, int64_t now_ns);
/* One fill, once for both sides: the reference of limit price protection is made of these. */
void bj_risk_traded(bj_risk_t *risk, uint32_t instrument_idx, int32_t price_paise, int32_t qty);
/* Gross positions begin again with what is held. */
void bj_risk_new_day(bj_risk_t *risk);

/* bj_risk_check_new fills *order when it returns BJ_OK; nothing is open until bj_risk_open.
 * cmd's side, order type and validity must be in their tables (bj_risk_is_order). */
BJ_MUST_USE bj_status_t bj_risk_check_new(bj_risk_t *risk, const bj_cmd_t *cmd,
                                          bj_risk_order_t *order);
typedef struct bj_risk_terms { /* an order as it shall be */
    int32_t price_paise;   /* 0: a market order */
    int32_t qty;           /* whole */
    int32_t cum_qty;       /* of it traded already */
    int32_t trigger_paise; /* of a stop that waits; else 0 */
    int32_t disclosed_qty;
    bool    market;
    bool    changes; /* anything at all */
} bj_risk_terms_t;
/* bj_risk_check_modify: order as it is now.  A limit never refuses a change that lowers what that
 * limit counts. */
BJ_MUST_USE bj_status_t bj_risk_check_modify(bj_risk_t *risk, const bj_risk_terms_t *terms,
                                             const bj_risk_order_t *order,
                                             bj_risk_order_t *changed);
/* Has this command the form of an order at all?  If not, it cannot be written down as rejected. */
bool bj_risk_is_order(const bj_cmd_t *cmd);

/* Each order: one open, then changes and fills, one close or a fill of all that is left. */
void bj_risk_open(bj_risk_t *risk, const bj_risk_order_t *order);
void bj_risk_change(bj_risk_t *risk, bj_risk_order_t *order, const bj_risk_order_t *changed);
void bj_risk_fill(bj_risk_t *risk, bj_risk_order_t *order, int32_t qty);
void bj_risk_close(bj_risk_t *risk, bj_risk_order_t *order);
/* Asks memory for what these will touch, while something else is done. */
void bj_risk_fetch(const bj_risk_t *risk, const bj_risk_order_t *order);

uint32_t bj_risk_instrument_cnt(const bj_risk_t *risk);
uint32_t bj_risk_account_cnt(const bj_risk_t *risk);
uint32_t bj_risk_desk_cnt(const bj_risk_t *risk);
/* level ACCOUNT or DESK with the index, or MEMBER with 0. */
bj_risk_exposure_t bj_risk_exposure(const bj_risk_t *risk, bj_limit_level_t level, uint32_t idx,
                                    uint32_t instrument_idx);
/* NULL, or the sentence of the first that does not hold: margins and underlyings are what positions
 * give; what accounts, and what desks, have adds up to the member's. */
const char *bj_risk_broken(const bj_risk_t *risk);
uint64_t bj_risk_hash(const bj_risk_t *risk, uint64_t hash);
/* Adds what is state: see bj_parts.h. */
void bj_risk_parts(bj_risk_t *risk, bj_parts_t *parts);

#endif /* BJ_RISK_H */
