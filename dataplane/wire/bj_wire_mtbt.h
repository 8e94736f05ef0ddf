#ifndef BJ_WIRE_MTBT_H
#define BJ_WIRE_MTBT_H

/* The exchange's tick-by-tick multicast feed, and the TCP services beside it, byte for byte:
 * little-endian, packed, no padding.
 * Source: NSE MTBT API specification v6.7 (June 2025), message tables; the snapshot of FO and CD:
 * v6.8 by its circulars.  That document wins over this file.  Structs are copied out with memcpy,
 * never passed around by pointer into a datagram. */
#include "dataplane/base/bj_wire_check.h"

/* A stream is numbered within its segment.  Prices: paise in CM, FO, CO; 1e-7 rupee in CD.
 * X(name, value, text) */
#define BJ_SEGMENT_LIST(X)     \
    X(BJ_SEGMENT_CM, 1, "CM")  \
    X(BJ_SEGMENT_FO, 2, "FO")  \
    X(BJ_SEGMENT_CD, 3, "CD")  \
    X(BJ_SEGMENT_CO, 4, "CO")

typedef enum bj_segment {
#define X(name, value, text) name = (value),
    BJ_SEGMENT_LIST(X)
#undef X
} bj_segment_t;
#define BJ_SEGMENT_CNT BJ_SEGMENT_CO /* counted from 1 */

/* "?": none of them. */
static inline const char *bj_segment_name(unsigned segment) {
    static const char *const names[] = {
        [0] = "?",
#define X(name, value, text) [name] = text,
        BJ_SEGMENT_LIST(X)
#undef X
    };
    return names[segment <= BJ_SEGMENT_CNT ? segment : 0];
}

/* 0: no segment is called so. */
static inline bj_segment_t bj_segment_named(const char *text) {
    for (unsigned i = 1; i <= BJ_SEGMENT_CNT; i++) {
        if (strcmp(text, bj_segment_name(i)) == 0) return (bj_segment_t)i;
    }
    return (bj_segment_t)0;
}

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

enum { BJ_MTBT_TYPE_AT = 8, BJ_MTBT_LEAST_BYTES = 9, BJ_MTBT_MOST_BYTES = 45 };

/* --- recovery and snapshot, TCP (1.3, 1.4): one request a connection, the server closes */

/* 'R': the messages from start_seq to end_seq, both included.  'O': the stream's order book; both
 * are 0. */
typedef struct __attribute__((packed)) bj_mtbt_request {
    uint8_t  type;
    uint16_t stream_id;
    uint32_t start_seq, end_seq;
} bj_mtbt_request_t;
BJ_WIRE_SIZE(bj_mtbt_request_t, 11);
BJ_WIRE_AT(bj_mtbt_request_t, stream_id, 1);
BJ_WIRE_AT(bj_mtbt_request_t, start_seq, 3);
BJ_WIRE_AT(bj_mtbt_request_t, end_seq, 7);

/* 'Y' answers R, 'B' answers O.  After Y and S the messages follow as they were sent; after B and S
 * the snapshot's header and records; after E nothing. */
typedef struct __attribute__((packed)) bj_mtbt_reply {
    bj_mtbt_header_t header; /* seq is 0 */
    uint8_t type;
    uint8_t status; /* 'S' or 'E' */
} bj_mtbt_reply_t;
BJ_WIRE_SIZE(bj_mtbt_reply_t, 10);
BJ_WIRE_AT(bj_mtbt_reply_t, type, 8);
BJ_WIRE_AT(bj_mtbt_reply_t, status, 9);

typedef struct __attribute__((packed)) bj_mtbt_snapshot {
    uint16_t transcode;  /* BJ_MTBT_SNAPSHOT_CODE */
    uint32_t size_bytes; /* of all, this header included */
    uint32_t record_cnt;
    uint32_t last_seq;   /* what comes after it is not in here */
    uint16_t stream_id;
} bj_mtbt_snapshot_t;
BJ_WIRE_SIZE(bj_mtbt_snapshot_t, 16);
BJ_WIRE_AT(bj_mtbt_snapshot_t, size_bytes, 2);
BJ_WIRE_AT(bj_mtbt_snapshot_t, record_cnt, 6);
BJ_WIRE_AT(bj_mtbt_snapshot_t, last_seq, 10);
BJ_WIRE_AT(bj_mtbt_snapshot_t, stream_id, 14);

typedef struct __attribute__((packed)) bj_mtbt_snapshot_order {
    uint8_t type; /* 'N', spreads 'G' */
    int64_t exch_ts_ns;
    double  order_id;
    int32_t token;
    uint8_t side;
    int32_t price_paise;
    int32_t qty; /* open now */
} bj_mtbt_snapshot_order_t;
BJ_WIRE_SIZE(bj_mtbt_snapshot_order_t, 30);
BJ_WIRE_AT(bj_mtbt_snapshot_order_t, exch_ts_ns, 1);
BJ_WIRE_AT(bj_mtbt_snapshot_order_t, order_id, 9);
BJ_WIRE_AT(bj_mtbt_snapshot_order_t, token, 17);
BJ_WIRE_AT(bj_mtbt_snapshot_order_t, side, 21);
BJ_WIRE_AT(bj_mtbt_snapshot_order_t, price_paise, 22);
BJ_WIRE_AT(bj_mtbt_snapshot_order_t, qty, 26);

enum {
    BJ_MTBT_SNAPSHOT_CODE = 10501,
    BJ_MTBT_RECOVERY_MAX = 300000,      /* messages a request */
    BJ_MTBT_CONNECTIONS_MAX = 13,       /* at once, of one address to one segment */
    BJ_MTBT_CONNECT_EVERY_MS = 10,      /* not more often */
};

/* Largest order id a double carries exactly. */
#define BJ_MTBT_ORDER_ID_MAX ((UINT64_C(1) << 53) - 1)

#endif /* BJ_WIRE_MTBT_H */
