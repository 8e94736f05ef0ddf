#ifndef BJ_PORTFOLIO_H
#define BJ_PORTFOLIO_H

/* bj_portfolio - an account's positions, valued at the last price.
 *
 * Units  paise and shares; cost has the sign of the open quantity.
 * Rule   realised + unrealised = sold - bought + open quantity * last price, to the paisa: rounding
 *        of the average is for display and enters no sum. */
#include "controlplane/store/bj_db.h"

enum { BJ_POSITIONS_MAX = 1024 };

typedef struct bj_position_row {
    uint32_t token;
    int64_t  buy_qty, buy_value_paise, sell_qty, sell_value_paise, open_qty, cost_paise,
        realised_paise;
} bj_position_row_t;

/* BJ_ERR_FULL: more than rows_max. */
BJ_MUST_USE bj_status_t bj_positions_of(bj_db_pool_t *db, uint32_t account_id,
                                        bj_position_row_t *rows, size_t rows_max, size_t *row_cnt);

/* Average price of the open quantity, the nearest paisa; 0 if flat. */
int64_t bj_position_average_paise(const bj_position_row_t *row);
/* False: it does not fit int64_t.  last_paise 0 (no price): 0. */
BJ_MUST_USE bool bj_position_unrealised(const bj_position_row_t *row, int32_t last_paise,
                                        int64_t *unrealised_paise);

#endif /* BJ_PORTFOLIO_H */
