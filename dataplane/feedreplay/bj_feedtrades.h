#ifndef BJ_FEEDTRADES_H
#define BJ_FEEDTRADES_H

/* bj_feedtrades - the trades of a replay and what can be made of them: a list and one-minute
 * candles.
 *
 * Input      messages as the feed applies them; trades of instruments that it does not know are
 *            left out.
 * Cancels    a trade cancel marks the latest trade of that instrument with the same orders, price
 *            and quantity; such a trade stays in the list, marked, and is in no candle.
 * Time       the exchange's; minutes of Indian time.
 * Ownership  its own memory, the heap, all of it before the clock runs. */
#include <stdio.h>
#include "dataplane/feedreplay/bj_feedscan.h"

typedef struct bj_feedtrade {
    int64_t exch_ns;
    uint64_t buy_id, sell_id;
    size_t no;    /* in the order they were applied */
    size_t under; /* while cancels are settled: 1 + the equal one before it that stands; 0: none */
    uint32_t token;
    int32_t price_paise, qty;
    uint8_t segment, spread;
    bool cancel, cancelled; /* a cancel is no trade */
} bj_feedtrade_t;

typedef struct bj_feedtrades {
    const bj_feedscan_t *scan;
    bj_feedtrade_t *trade;
    size_t cnt, room;
} bj_feedtrades_t;

void bj_feedtrades_new(bj_feedtrades_t *trades, const bj_feedscan_t *scan);
void bj_feedtrades_free(bj_feedtrades_t *trades);
/* A bj_feed_observe_fn. */
void bj_feedtrades_observe(void *trades, const bj_feed_stream_t *stream, const bj_feed_msg_t *msg);
/* Once, after the run: finds what was cancelled. */
void bj_feedtrades_settle(bj_feedtrades_t *trades);
void bj_feedtrades_write(bj_feedtrades_t *trades, FILE *file);
void bj_feedtrades_write_candles(bj_feedtrades_t *trades, FILE *file);

#endif /* BJ_FEEDTRADES_H */
