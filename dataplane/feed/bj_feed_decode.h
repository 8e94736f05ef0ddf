#ifndef BJ_FEED_DECODE_H
#define BJ_FEED_DECODE_H

/* bj_feed_decode - one tick-by-tick message from bytes to a checked struct.
 *
 * Purpose    Nothing behind this module looks at wire bytes again: what it lets through is in
 *            range.
 * Units      paise (CD: 1e-7 rupee), shares or contracts, ns since the UNIX epoch.
 * Errors     BJ_ERR_TRUNCATED     the bytes end before the message does
 *            BJ_ERR_UNKNOWN_TYPE  not in the table; its length is not trusted
 *            BJ_ERR_BAD_FIELD     *used_bytes > 0: framed well, a field is out of range: skip it;
 *                                 *used_bytes == 0: the length lies, the rest cannot be framed
 * Cost       a table row, a copy, a few compares; no branch on history.  Many at once cost less. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_mtbt.h"

enum { BJ_FEED_SOURCES = 2, BJ_FEED_STREAM_MAX = 64 };

typedef enum bj_feed_kind {
    BJ_FEED_NEW = 1,
    BJ_FEED_MODIFY,
    BJ_FEED_CANCEL,
    BJ_FEED_TRADE,
    BJ_FEED_TRADE_CANCEL, /* corrects the day's figures, puts no quantity back */
    BJ_FEED_HEARTBEAT,
} bj_feed_kind_t;

typedef struct bj_feed_msg {
    int64_t  exch_ns;
    uint64_t order_id;      /* of a trade: the buyer's, 0 if never published */
    uint64_t sell_order_id; /* trades only */
    uint32_t seq;           /* heartbeat: the last one sent */
    uint32_t token;
    int32_t  price_paise; /* > 0; of a spread a difference, any but -2^31.  CD: 1e-7 rupee */
    int32_t  qty;         /* > 0; of a modify >= 0.  A cancel's price and quantity: anything */
    uint16_t stream_id;
    uint8_t  kind;   /* bj_feed_kind_t */
    uint8_t  side;   /* bj_side_t; orders only */
    uint8_t  spread; /* 1: G, H, J, K: the token is a spread's */
    uint8_t  reserved[3];
} bj_feed_msg_t;

typedef struct bj_feed_packet {
    const uint8_t *data;
    size_t         data_bytes;
} bj_feed_packet_t;

typedef struct bj_feed_item { /* a message on its way into the books */
    alignas(BJ_LINE_BYTES) bj_feed_msg_t msg;
    uint32_t stream_idx;
} bj_feed_item_t;
static_assert(sizeof(bj_feed_item_t) == BJ_LINE_BYTES, "one line");

/* *used_bytes is how far to move on; > 0 with BJ_OK. */
BJ_MUST_USE bj_status_t bj_feed_decode(const uint8_t *data, size_t data_bytes, bj_feed_msg_t *msg,
                                       size_t *used_bytes);
/* Datagrams of one good order or trade each, as most are: how many of them come first.  The one
 * behind them may have been written to its item too. */
uint32_t bj_feed_decode_run(const bj_feed_packet_t *datagrams, uint32_t cnt,
                            bj_feed_item_t *items);

#endif /* BJ_FEED_DECODE_H */
