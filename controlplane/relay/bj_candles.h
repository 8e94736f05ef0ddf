#ifndef BJ_CANDLES_H
#define BJ_CANDLES_H

/* bj_candles - trades into five-second bars that wait to be stored.
 *
 * Purpose    Holds what the database has not got yet: bars hold only trades since they were last
 *            taken, and are merged into what is stored, together with how far that reaches in the
 *            ring of ticks: a restart, or a dead database, neither loses a trade nor counts it
 *            twice as long as the ring still has it.
 * Shape      BJ_CANDLES_MAX bars; when a dead database lets it fill, new bars are dropped, counted.
 * Threads    one. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_time.h"

enum { BJ_CANDLES_MAX = 65536, BJ_CANDLES_INSTRUMENTS_MAX = 4096 };
#define BJ_CANDLE_NS (5 * BJ_NS_PER_S)

typedef struct bj_candle {
    uint32_t token;
    uint32_t before; /* private: index + 1 of this instrument's bar before this one in the list */
    int64_t  start_ns;
    int32_t  open_paise, high_paise, low_paise, close_paise;
    int64_t  volume_qty;
} bj_candle_t;

typedef struct bj_candles_place {
    int64_t  market_ns; /* start_ns of the market file; 0: none */
    uint64_t tick_seq;  /* its last tick that was looked at */
} bj_candles_place_t;

typedef struct bj_candles {
    bj_candles_place_t place; /* the bars reach up to here */
    size_t      bar_cnt;
    uint64_t    dropped_cnt;
    uint32_t    last[BJ_CANDLES_INSTRUMENTS_MAX]; /* index + 1 of the newest bar; 0: none */
    bj_candle_t bars[BJ_CANDLES_MAX];
} bj_candles_t;

/* Zeroed memory is an empty one.  instrument_idx below BJ_CANDLES_INSTRUMENTS_MAX; a trade with a
 * price, quantity or time not above 0 is ignored. */
void bj_candles_trade(bj_candles_t *candles, uint32_t instrument_idx, uint32_t token,
                      int64_t time_ns, int32_t price_paise, int32_t qty);
/* All bars are stored: forget them. */
void bj_candles_clear(bj_candles_t *candles);

#endif /* BJ_CANDLES_H */
