#ifndef BJ_POSITION_H
#define BJ_POSITION_H

/* bj_position - one account's position in one instrument: what trades make of it.
 *
 * Rule     Average cost.  A trade on the side of the position adds to it at its own price.  A trade
 *          against it closes at average cost: the cost of what is closed is cost * closed / open,
 *          cut towards 0, and the remainder stays with the part still open, so that no paisa is
 *          lost: realised = sold - bought + cost, after every trade.  What is left of a trade that
 *          closes everything opens the other side at the trade's price.
 * Units    paise, shares.  cost_paise has the sign of the open quantity.
 * Errors   BJ_ERR_OVERFLOW, BJ_ERR_BAD_FIELD (a quantity or price not above 0, an unknown side);
 *          the position has not changed. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

typedef struct bj_position {
    int64_t buy_qty, buy_value_paise, sell_qty, sell_value_paise;
    int64_t cost_paise, realised_paise;
} bj_position_t;

static inline int64_t bj_position_open_qty(const bj_position_t *position) {
    return position->buy_qty - position->sell_qty;
}

BJ_MUST_USE bj_status_t bj_position_trade(bj_position_t *position, uint8_t side, int64_t qty,
                                          int64_t price_paise);

#endif /* BJ_POSITION_H */
