#ifndef BJ_MARKET_H
#define BJ_MARKET_H

/* bj_market - what readers see of the market: one shared-memory file, one writer (the feed tile),
 * any number of readers that need no lock and cannot slow the writer.
 *
 * Shape      a header, a table of rows (one per instrument, latest wins), a ring of ticks (every
 *            trade and every change of the best prices, in order, oldest overwritten).
 * Units      shares or contracts, ns since the UNIX epoch.  Prices are in the segment's own unit:
 *            paise in CM, FO and CO, 1e-7 rupee in CD; a row says how many make a rupee.
 * Spreads    a spread is an instrument of its own: flagged, with the tokens of its two legs.  Its
 *            prices are differences: they may be 0 or below, so there `order_cnt` 0 is what says
 *            that a level is not there.
 * Reading    a row: copy, and try again if its version was odd or changed (bj_market_read).
 *            the ring: keep your own next sequence; if the writer has lapped you,
 *            bj_market_next says how many ticks you missed, exactly.
 * Ownership  the writer creates the file anew at each start; `start_ns` tells a reader that it must
 *            open it again (its heartbeat stands still).  Layout version in the header.
 * Cost       write: the words that changed, and one ring line a tick; no syscall. */
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/wire/bj_wire_mtbt.h"

#define BJ_MARKET_MAGIC UINT64_C(0x314b544d494a4942) /* "BIJIMTK1" */
enum {
    BJ_MARKET_VERSION = 2, /* 2: symbols of 32, segments, spreads, the directory behind the ticks */
    BJ_MARKET_LEVELS = 20,
    BJ_MARKET_SYMBOL_BYTES = 32, /* NUL included */
};

typedef struct bj_market_level {
    int32_t  price_paise; /* 0: no such level, but see Spreads */
    uint32_t order_cnt;   /* 0: no such level */
    int64_t  qty;
} bj_market_level_t;

enum {
    /* The stream has a hole, or the feed is silent: do not trust the book. */
    BJ_MARKET_STALE = 1 << 0,
    /* From the broadcast, not from the book: 5 levels, about once a second. */
    BJ_MARKET_BROADCAST = 1 << 1,
};

typedef struct bj_market_row { /* what each message changes lies on the first line */
    alignas(64) _Atomic uint32_t version; /* odd while the writer is inside */
    uint32_t token;         /* unique in its segment, spreads apart */
    uint8_t  segment;       /* bj_segment_t */
    uint8_t  spread;        /* 1: prices are leg 1's less leg 0's */
    uint8_t  reserved_0[2];
    uint32_t flags;
    int64_t  exch_ns;   /* time of the last message, by the exchange */
    uint64_t update_cnt;
    int64_t  total_buy_qty, total_sell_qty; /* all open orders of a side */
    int32_t  last_price_paise, last_qty;    /* 0 until the first trade */
    int64_t  last_trade_ns;
    int32_t  open_paise, high_paise, low_paise, average_paise; /* of today's trades; 0 until one */
    int64_t  volume_qty, value_paise;
    uint64_t trade_cnt;
    uint32_t leg_token[2];    /* a spread's two, of the same segment; else 0 */
    int32_t  units_per_rupee; /* of every price in the row: 100, or 10,000,000 in CD */
    int32_t  tick_paise, lot_qty, prev_close_paise, band_lo_paise, band_hi_paise;
    uint8_t  reserved_1[56];
    bj_market_level_t bid[BJ_MARKET_LEVELS], ask[BJ_MARKET_LEVELS]; /* best first */
    char     symbol[BJ_MARKET_SYMBOL_BYTES];
    uint8_t  reserved[160];
} bj_market_row_t;
BJ_WIRE_SIZE(bj_market_row_t, 1024);
BJ_WIRE_AT(bj_market_row_t, open_paise, 64);
BJ_WIRE_AT(bj_market_row_t, bid, 192); /* a side begins on a line */
BJ_WIRE_AT(bj_market_row_t, symbol, 832);

typedef enum bj_tick_kind { BJ_TICK_TOP = 1, BJ_TICK_TRADE = 2, BJ_TICK_STALE = 3 } bj_tick_kind_t;

typedef struct bj_market_tick {
    alignas(64) _Atomic uint64_t seq; /* from 1; the slot holds seq when it is whole */
    int64_t  exch_ns;
    uint32_t instrument_idx;
    uint16_t kind; /* bj_tick_kind_t */
    uint16_t flags;
    int32_t  price_paise, qty; /* TRADE */
    int32_t  bid_paise, ask_paise;
    int64_t  bid_qty, ask_qty;
    uint8_t  reserved[8];
} bj_market_tick_t;
BJ_WIRE_SIZE(bj_market_tick_t, 64);

/* Feed counters, published in the header.  X(field, text) */
#define BJ_FEED_COUNTER_LIST(X)                                            \
    X(datagrams_a, "datagrams from source A")                              \
    X(datagrams_b, "datagrams from source B")                              \
    X(messages, "distinct messages applied")                               \
    X(duplicates, "second copies dropped")                                 \
    X(gaps, "holes given up: nobody filled them")                          \
    X(gap_messages, "messages lost in those holes")                        \
    X(resets, "streams that began again at 1")                             \
    X(bad_datagrams, "datagrams that are not the feed's or are malformed") \
    X(bad_messages, "messages with a field outside its range")             \
    X(unknown_tokens, "messages for instruments not in the table")         \
    X(unknown_orders, "cancels and trades naming an order never seen")     \
    X(orders, "live orders in the books")                                  \
    X(trades, "trades seen")                                               \
    X(traded_qty, "their quantity, cancelled ones included")               \
    X(heartbeats, "heartbeats seen")                                       \
    X(recoveries, "holes filled by the recovery service")                  \
    X(recovered_messages, "messages that came from there")                 \
    X(snapshots, "order-book snapshots taken")                             \
    X(snapshot_orders, "orders that came in them")                         \
    X(recovery_failures, "recoveries and snapshots that did not come")     \
    X(held_messages, "messages held behind a hole now")

typedef struct bj_feed_counters {
#define X(field, text) uint64_t field;
    BJ_FEED_COUNTER_LIST(X)
#undef X
} bj_feed_counters_t;

typedef struct bj_market_header {
    uint64_t magic;
    uint32_t layout_version;
    uint32_t instrument_cnt;
    uint64_t ring_depth; /* ticks, a power of two */
    int64_t  start_ns;
    alignas(64) _Atomic int64_t heartbeat_ns; /* writer alive: at least every 200 ms */
    _Atomic int64_t feed_ns;                  /* last datagram of any source */
    alignas(64) _Atomic uint64_t tick_seq;    /* last tick published */
    alignas(64) bj_feed_counters_t counters;  /* relaxed copies, for display */
} bj_market_header_t;

typedef struct bj_market bj_market_t;               /* writer's view */
typedef struct bj_market_reader bj_market_reader_t; /* a reader's view */

typedef struct bj_market_instrument {
    uint32_t token;
    char     symbol[BJ_MARKET_SYMBOL_BYTES];
    int32_t  tick_paise, lot_qty, prev_close_paise, band_lo_paise, band_hi_paise;
    uint8_t  segment; /* bj_segment_t; 0: CM */
    bool     spread;
    uint32_t leg_token[2]; /* a spread's: the nearer month, the farther one */
} bj_market_instrument_t;

/* --- the writer: one thread --- */
/* NULL and errno: a shape is not allowed (1 to 2^17 instruments, depth a power of two in
 * [1, 2^24]), or the file cannot be made.  Depth BJ_MARKET_NO_TICKS: rows alone; no tick is kept,
 * and bj_market_next never has one. */
enum { BJ_MARKET_NO_TICKS = 1 };
bj_market_t *bj_market_create(const char *file, const bj_market_instrument_t *instruments,
                              uint32_t instrument_cnt, uint64_t ring_depth, int64_t now_ns);
void bj_market_destroy(bj_market_t *market);
/* The row to change, between begin and end; then one tick that says what changed (seq is set
 * here). */
bj_market_row_t *bj_market_begin(bj_market_t *market, uint32_t instrument_idx);
void bj_market_end(bj_market_t *market, uint32_t instrument_idx);
void bj_market_tick(bj_market_t *market, const bj_market_tick_t *tick);
/* The rows as readers see them: for bj_market_part.h and to be fetched ahead, nothing else. */
bj_market_row_t *bj_market_shared(const bj_market_t *market);
void bj_market_beat(bj_market_t *market, int64_t now_ns, int64_t feed_ns,
                    const bj_feed_counters_t *counters);

/* --- a reader: one thread each --- */
/* NULL: absent, another layout version, or not yet whole. */
bj_market_reader_t *bj_market_open(const char *file);
void bj_market_close(bj_market_reader_t *reader);
const bj_market_header_t *bj_market_head(const bj_market_reader_t *reader);
/* True once the writer has made a new file: close and open again. */
bool bj_market_replaced(const bj_market_reader_t *reader);
/* A whole, consistent copy.  False: index out of range, or the writer died inside the row. */
BJ_MUST_USE bool bj_market_read(const bj_market_reader_t *reader, uint32_t instrument_idx,
                                bj_market_row_t *row);
/* The index of an instrument, or UINT32_MAX; a hash table of the file, one probe.  Of two with one
 * name the first is found.  find_token: of the cash segment, no spread. */
uint32_t bj_market_find_symbol(const bj_market_reader_t *reader, const char *symbol);
uint32_t bj_market_find_token(const bj_market_reader_t *reader, uint32_t token);
uint32_t bj_market_find_in(const bj_market_reader_t *reader, bj_segment_t segment, uint32_t token,
                           bool spread);
/* The tick numbered *next_seq, or the oldest one left (start: 0 means "from now").  True: *tick is
 * it and *next_seq moved past it.  *missed_cnt is how many were overwritten before they could be
 * read, 0 nearly always.  After opening again start at 0. */
BJ_MUST_USE bool bj_market_next(const bj_market_reader_t *reader, uint64_t *next_seq,
                                bj_market_tick_t *tick, uint64_t *missed_cnt);

#endif /* BJ_MARKET_H */
