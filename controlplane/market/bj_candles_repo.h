#ifndef BJ_CANDLES_REPO_H
#define BJ_CANDLES_REPO_H

/* bj_candles_repo - candles of any length from the five-second ones the relay writes. */
#include "controlplane/store/bj_db.h"

typedef struct bj_candle {
    int64_t start_s; /* UNIX seconds */
    int32_t open_paise, high_paise, low_paise, close_paise;
    int64_t volume_qty;
} bj_candle_t;

enum { BJ_CANDLES_MAX = 1000 };

/* The last candles_max candles of interval_s seconds, oldest first; times without a trade have
 * none. */
BJ_MUST_USE bj_status_t bj_candles_of(bj_db_pool_t *db, uint32_t token, int64_t interval_s,
                                      int64_t candles_max, bj_candle_t *candles,
                                      size_t *candle_cnt);

#endif /* BJ_CANDLES_REPO_H */
