#ifndef BJ_BCAST_H
#define BJ_BCAST_H

/* bj_bcast - the exchange's broadcast, from a datagram to checked structs.
 *
 * Purpose    A second source of prices, five levels about once a second, for instruments and
 *            indices that have no tick-by-tick: messages 7208 (market by price) and 7207 (indices).
 *            Others are counted and passed over.
 * Shape      segments CM and FO; the layouts of the others are not known to us.
 * Units      paise, shares or contracts, ns since the UNIX epoch; indices in hundredths of a point.
 * Ownership  bj_bcast_t is the caller's, all zeros to begin with; structs live during the call.
 * Threads    one per bj_bcast_t.
 * Bad input  is counted and changes nothing.  A bad record is dropped alone; an item that does not
 *            decompress, or whose length lies, is dropped alone if the next can still be found.
 * Errors     of the datagram: BJ_ERR_TRUNCATED, BJ_ERR_BAD_FIELD: no item of it could be framed, or
 *            not all; what came before was handed on.  BJ_ERR_UNKNOWN_TYPE: another segment's.
 * Cost       bench_bj_bcast; nothing is allocated, decompression is bounded on both sides. */
#include "dataplane/base/bj_status.h"
#include "dataplane/market/bj_market.h"
#include "dataplane/wire/bj_wire_bcast.h"
#include "dataplane/wire/bj_wire_mtbt.h"

typedef struct bj_bcast_mbp {
    int64_t  exch_ns;       /* when the exchange sent it, whole seconds; 0: not said */
    int64_t  last_trade_ns; /* whole seconds; 0: none today */
    int64_t  volume_qty, total_buy_qty, total_sell_qty;
    uint32_t token;
    int32_t  last_paise, last_qty, average_paise;     /* 0 until the first trade */
    int32_t  open_paise, high_paise, low_paise;       /* the same */
    int32_t  prev_close_paise, indicative_close_paise; /* the latter CM only, else 0 */
    uint16_t book_type, trading_status;               /* as sent */
    uint8_t  segment; /* bj_segment_t */
    uint8_t  bits;    /* last trade more 0x80, less 0x40; buy 0x20, sell 0x10 */
    /* Best first, strictly: bids go down, asks up; those that are not there come last, all 0. */
    bj_market_level_t bid[BJ_BCAST_LEVELS], ask[BJ_BCAST_LEVELS];
} bj_bcast_mbp_t;

typedef struct bj_bcast_index {
    int64_t exch_ns;  /* as above */
    char    name[22]; /* without the blanks behind it; printable, not empty */
    uint8_t segment;
    int32_t value_x100, open_x100, high_x100, low_x100, prev_close_x100; /* >= 0, value > 0 */
    int32_t change_x100; /* percent of the previous close, signed */
    int32_t year_high_x100, year_low_x100;
    int32_t up_cnt, down_cnt; /* moves up and down since the day began */
} bj_bcast_index_t;

typedef struct bj_bcast_ops { /* either may be NULL */
    void (*mbp)(void *ctx, const bj_bcast_mbp_t *mbp);
    void (*index)(void *ctx, const bj_bcast_index_t *index);
} bj_bcast_ops_t;

/* X(field, text) */
#define BJ_BCAST_COUNTER_LIST(X)                                                 \
    X(datagrams, "broadcast datagrams")                                          \
    X(bad_datagrams, "datagrams that are malformed or of no segment we read")    \
    X(items, "items in them")                                                    \
    X(bad_items, "items that do not decompress or whose length lies")            \
    X(mbp_records, "records of market by price")                                 \
    X(index_records, "records of indices")                                       \
    X(bad_records, "records with a field outside its range")                     \
    X(other_messages, "messages of codes we do not read")

typedef struct bj_bcast {
#define X(field, text) uint64_t field;
    BJ_BCAST_COUNTER_LIST(X)
#undef X
} bj_bcast_t;

/* A UDP payload. */
bj_status_t bj_bcast_datagram(bj_bcast_t *bcast, const uint8_t *data, size_t data_bytes,
                              const bj_bcast_ops_t *ops, void *ctx);

/* One message as it is after decompression and the 8 bytes that are skipped; data_bytes may be
 * longer than it.  For tests and tools; bj_bcast_datagram calls it.
 *   BJ_ERR_TRUNCATED   its header or its length says more bytes than there are
 *   BJ_ERR_BAD_FIELD   its length is not its code's, or it has too many records */
bj_status_t bj_bcast_message(bj_bcast_t *bcast, bj_segment_t segment, const uint8_t *data,
                             size_t data_bytes, const bj_bcast_ops_t *ops, void *ctx);

#endif /* BJ_BCAST_H */
