#ifndef BJ_BLOCKED_H
#define BJ_BLOCKED_H

/* bj_blocked - how much of an account's money its trades and open orders may yet take.
 *
 * Purpose  Trades are not settled into the ledger yet, so a payout may not take what they cost.
 * Rule     on the safe side: what is held counts with what it cost, a short position with what it
 *          brought, losses in full; gains and sales bring nothing.  An open purchase counts at its
 *          price, or the highest that today's band allows; an open sale of what is not held
 *          likewise.  What was filled and is not in the positions yet counts once more.
 * Units    paise.
 * Errors   false: a sum does not fit.
 * Threads  any; nothing is kept. */
#include "controlplane/orders/bj_order_view.h"
#include "controlplane/portfolio/bj_portfolio.h"

BJ_MUST_USE bool bj_blocked_trades(const bj_position_row_t *rows, size_t row_cnt, int64_t *paise);

/* The highest price of an instrument today; 0: nobody knows it. */
typedef int32_t bj_highest_fn(void *ctx, uint32_t token);

typedef struct bj_blocked_asks {
    const bj_order_view_t *open; /* all that are open */
    size_t open_cnt;
    const bj_order_view_t *recent; /* of any state, to find what the positions do not have yet */
    size_t recent_cnt;
    const bj_position_row_t *rows;
    size_t row_cnt;
    uint64_t event_seq; /* up to which the positions are made */
    bj_highest_fn *highest;
    void *ctx;
} bj_blocked_asks_t;

/* False also: an order's price is not known. */
BJ_MUST_USE bool bj_blocked_orders(const bj_blocked_asks_t *asks, int64_t *paise);

#endif /* BJ_BLOCKED_H */
