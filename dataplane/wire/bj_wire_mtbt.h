#ifndef BJ_WIRE_MTBT_H
#define BJ_WIRE_MTBT_H

/* The exchange's tick-by-tick multicast feed, byte for byte: little-endian, packed, no padding.
 * Source: NSE MTBT API specification v6.7 (June 2025), message tables.  That document wins over
 * this file.  Structs are copied out with memcpy, never passed around by pointer into a
 * datagram. */
#include "dataplane/base/bj_wire_check.h"

typedef struct __attribute__((packed)) bj_mtbt_header {
    uint16_t len_bytes; /* whole message, this header included */
    uint16_t stream_id; /* stream within the segment, from 1 */
    uint32_t seq;       /* per stream, from 1 each day; 0 on a heartbeat */
} bj_mtbt_header_t;
BJ_WIRE_SIZE(bj_mtbt_header_t, 8);

/* Order new 'N', modify 'M', cancel 'X'; the same for spreads 'G', 'H', 'J'. */
typedef struct __attribute__((packed)) bj_mtbt_order {
    bj_mtbt_header_t header;
    uint8_t type;
    int64_t exch_ts_ns;   /* since 1980-01-01T00:00:00 IST: see bj_time.h */
    double  order_id;     /* a whole number below 2^53 held in a double */
    int32_t token;        /* instrument, > 0 */
    uint8_t side;         /* 'B' or 'S' */
    int32_t price_paise;  /* > 0; a spread's may be negative */
    int32_t qty;          /* shares or contracts open now, not lots; >= 0 */
} bj_mtbt_order_t;
BJ_WIRE_SIZE(bj_mtbt_order_t, 38);
BJ_WIRE_AT(bj_mtbt_order_t, type, 8);
BJ_WIRE_AT(bj_mtbt_order_t, exch_ts_ns, 9);
BJ_WIRE_AT(bj_mtbt_order_t, order_id, 17);
BJ_WIRE_AT(bj_mtbt_order_t, token, 25);
BJ_WIRE_AT(bj_mtbt_order_t, side, 29);
BJ_WIRE_AT(bj_mtbt_order_t, price_paise, 30);
BJ_WIRE_AT(bj_mtbt_order_t, qty, 34);

/* Trade 'T', spread trade 'K', trade cancel 'C'. */
typedef struct __attribute__((packed)) bj_mtbt_trade {
    bj_mtbt_header_t header;
    uint8_t type;
    int64_t exch_ts_ns;
    double  buy_order_id;  /* 0 if that order was never published; never both 0 */
    double  sell_order_id;
    int32_t token;
    int32_t price_paise;
    int32_t qty;
} bj_mtbt_trade_t;
BJ_WIRE_SIZE(bj_mtbt_trade_t, 45);
BJ_WIRE_AT(bj_mtbt_trade_t, type, 8);
BJ_WIRE_AT(bj_mtbt_trade_t, exch_ts_ns, 9);
BJ_WIRE_AT(bj_mtbt_trade_t, buy_order_id, 17);
BJ_WIRE_AT(bj_mtbt_trade_t, sell_order_id, 25);
BJ_WIRE_AT(bj_mtbt_trade_t, token, 33);
BJ_WIRE_AT(bj_mtbt_trade_t, price_paise, 37);
BJ_WIRE_AT(bj_mtbt_trade_t, qty, 41);

/* Heartbeat 'Z': header.seq is 0. */
typedef struct __attribute__((packed)) bj_mtbt_heartbeat {
    bj_mtbt_header_t header;
    uint8_t  type;
    uint32_t last_seq; /* last data sequence sent on the stream */
} bj_mtbt_heartbeat_t;
BJ_WIRE_SIZE(bj_mtbt_heartbeat_t, 13);
BJ_WIRE_AT(bj_mtbt_heartbeat_t, type, 8);
BJ_WIRE_AT(bj_mtbt_heartbeat_t, last_seq, 9);

enum { BJ_MTBT_TYPE_AT = 8, BJ_MTBT_LEAST_BYTES = 9 };

/* Largest order id a double carries exactly. */
#define BJ_MTBT_ORDER_ID_MAX ((UINT64_C(1) << 53) - 1)

#endif /* BJ_WIRE_MTBT_H */
