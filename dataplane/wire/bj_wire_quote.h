#ifndef BJ_WIRE_QUOTE_H
#define BJ_WIRE_QUOTE_H

/* A quote between our own processes (NATS md.cm.SYMBOL): latest wins, 272 bytes, little-endian.
 * Ours, version 1; the length is the version. */
#include "dataplane/base/bj_wire_check.h"

enum { BJ_QUOTE_LEVELS = 5 };

typedef struct bj_quote_level {
    int32_t  price_paise;
    uint32_t order_cnt;
    int64_t  qty;
} bj_quote_level_t;

typedef struct bj_quote {
    uint64_t
        update_cnt; /* grows with each change of this instrument: an older one is to be ignored */
    int64_t  exch_ns;
    uint32_t token;
    uint32_t flags; /* BJ_MARKET_STALE */
    char     symbol[16];
    int32_t  last_price_paise, last_qty;
    int64_t  last_trade_ns;
    int32_t  open_paise, high_paise, low_paise, prev_close_paise;
    int32_t  average_paise, reserved;
    int64_t  volume_qty, total_buy_qty, total_sell_qty;
    bj_quote_level_t bid[BJ_QUOTE_LEVELS], ask[BJ_QUOTE_LEVELS];
    int64_t  relay_ns; /* when the relay sent it: delivery is measured from here */
} bj_quote_t;
BJ_WIRE_SIZE(bj_quote_t, 272);
BJ_WIRE_AT(bj_quote_t, symbol, 24);
BJ_WIRE_AT(bj_quote_t, bid, 104);
BJ_WIRE_AT(bj_quote_t, relay_ns, 264);

#endif /* BJ_WIRE_QUOTE_H */
