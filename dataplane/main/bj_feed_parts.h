#ifndef BJ_FEED_PARTS_H
#define BJ_FEED_PARTS_H

/* bj_feed_parts - what readers see beside the market file, made from the feed's trades: candles and
 * index values.
 *
 * Shape      run_dir/candles.shm, run_dir/indices.shm, of the market file's instruments and start.
 * Threads    one: the feed tile.  A trade's functions have the form of the feed's callback.
 * Errors     logged; false.
 * Cost       bench_bj_market: some 3 ns a trade each. */
#include "dataplane/base/bj_config.h"
#include "dataplane/market/bj_candle.h"
#include "dataplane/market/bj_index.h"
#include "dataplane/market/bj_market.h"

typedef struct bj_feed_parts {
    bj_candles_t *candles;
    bj_indices_t *indices;
    bj_market_t  *market;
    uint32_t     *shares; /* instruments that are in an index */
    uint32_t      share_cnt;
    int64_t       looked_ns;
} bj_feed_parts_t;

/* What they have done; of uint64_t only.  X(field) */
#define BJ_FEED_PARTS_FIGURE_LIST(X) \
    X(candles_closed) X(candles_late) X(candles_cancels) X(candles_lost) X(index_values)
typedef struct bj_feed_parts_figures {
#define X(field) uint64_t field;
    BJ_FEED_PARTS_FIGURE_LIST(X)
#undef X
} bj_feed_parts_figures_t;

/* From run_dir and indices_json (no such key: no indices). */
bool bj_feed_parts_open(bj_feed_parts_t *parts, const bj_config_t *config, bj_market_t *market,
                        const bj_market_instrument_t *instruments, uint32_t instrument_cnt,
                        int64_t market_start_ns);
void bj_feed_parts_close(bj_feed_parts_t *parts);
void bj_feed_parts_trade(void *parts, uint32_t instrument_idx, int64_t exch_ns,
                         int32_t price_paise, int32_t qty);
void bj_feed_parts_cancel(void *parts, uint32_t instrument_idx, int64_t exch_ns,
                          int32_t price_paise, int32_t qty);
/* Once a turn of the loop.  Ten times a second it looks whether the books of indices' shares are
 * stale. */
void bj_feed_parts_step(bj_feed_parts_t *parts, int64_t now_ns);
void bj_feed_parts_figures(const bj_feed_parts_t *parts, bj_feed_parts_figures_t *figures);

#endif /* BJ_FEED_PARTS_H */
