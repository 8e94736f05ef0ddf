#ifndef BJ_MATCH_H
#define BJ_MATCH_H

/* bj_match - the matching engine: a command in, its events out, the same on any machine.
 *
 * Purpose    Price-time priority, order kinds, session phases, call auctions, stops, disclosed
 *            quantity, self-trade prevention.  No money and no accounts' limits: those are risk's.
 * Shape      instrument_idx in [0, instrument_max); order_max live orders in all, stops included.
 * Units      paise (or any whole unit the caller likes), shares, days since 1970-01-01.
 * Ownership  the caller owns the memory (aligned to 64) and the ring; nothing is allocated later.
 * Threads    one applies; the ring's reader may be another.
 * Errors     none to the caller: a refused command is an event with a reason, and changed nothing.
 * Order      no clock, no floating point, no order by address or hash: the same commands give the
 *            same events and the same state hash.
 * Cost       an order: what it fills, cancels and triggers, and nothing that grows with the book.
 *            UNCROSS: the orders of the instrument, once more for each self-trade it takes out;
 *            MASS_CANCEL, BAND, DAY_END, define: what they look at.
 * Rules      docs/matching.md, with their sources. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_parts.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/match/bj_match_ring.h"
#include "dataplane/wire/bj_wire_cmd.h" /* sides, order types, validities */

typedef struct bj_match bj_match_t;

typedef struct bj_match_config {
    uint32_t instrument_max; /* [1, 2^18] */
    uint32_t order_max;      /* [1, 2^26]: live orders */
    uint32_t page_max;       /* pages of 64 prices in use at once; 0: enough for usual books */
    uint32_t fetch_depth;    /* ahead in a burst: 1 nothing, 2 orders, 3 levels too; 0: by size */
} bj_match_config_t;

/* X(name, value, text).  AUCTION and AUCTION_LIMIT collect orders; BUFFER takes nothing. */
#define BJ_PHASE_LIST(X)                                                    \
    X(BJ_PHASE_CLOSED, 0, "closed")                                         \
    X(BJ_PHASE_CONTINUOUS, 1, "continuous")                                 \
    X(BJ_PHASE_HALTED, 2, "halted")                                         \
    X(BJ_PHASE_AUCTION, 3, "auction: limit and market orders")              \
    X(BJ_PHASE_AUCTION_LIMIT, 4, "auction: limit orders only")              \
    X(BJ_PHASE_BUFFER, 5, "between auction and trading: nothing is taken")  \
    X(BJ_PHASE_POST_CLOSE, 6, "after the close, at the closing price")

typedef enum bj_phase {
#define X(name, value, text) name = (value),
    BJ_PHASE_LIST(X)
#undef X
    BJ_PHASE_CNT
} bj_phase_t;

typedef enum bj_auction {
    BJ_AUCTION_OPEN = 1,
    BJ_AUCTION_RESUME = 2,
    BJ_AUCTION_CLOSE = 3
} bj_auction_t;

enum { BJ_MATCH_SLICE_MAX = 1000 }; /* slices a disclosed order may have: bounds one command */
#define BJ_MATCH_ALL UINT32_MAX /* instrument_idx: every instrument, or not stated */

enum { /* bj_match_instrument_t.flags */
    BJ_MATCH_TRADE_TO_TRADE = 1 << 0,   /* intraday orders are refused, trades are marked */
    BJ_MATCH_NO_STOP_MARKET = 1 << 1,   /* a stop must have a limit */
    BJ_MATCH_NEEDS_LAST = 1 << 2,       /* a market order without a last price is refused */
    BJ_MATCH_ACCOUNT_MAY_CHANGE = 1 << 3, /* in a modify */
    BJ_MATCH_LONG_ORDERS = 1 << 4,      /* GTD and GTC are taken */
};

typedef struct bj_match_instrument {
    int32_t  tick_paise; /* > 0; what a VWAP is rounded to */
    int32_t  band_lo_paise, band_hi_paise; /* inclusive, 0 < lo <= hi */
    int32_t  prev_close_paise;     /* > 0 */
    uint32_t protection_bp;        /* market orders: how far from the last price; 0: the band */
    int32_t  protection_min_paise; /* but at least so far; >= 0 */
    uint32_t disclosed_min_pct;    /* of an order's quantity, [0, 100] */
    int32_t  stop_gap_max_paise;   /* between trigger and limit; 0: any */
    uint32_t flags;
} bj_match_instrument_t;

/* X(name, value, text) */
#define BJ_MATCH_OP_LIST(X)                                                                      \
    X(BJ_OP_NEW, 1, "new order")                                                                 \
    X(BJ_OP_MODIFY, 2, "modify: all terms as they shall be; qty is the new open quantity")       \
    X(BJ_OP_CANCEL, 3, "cancel one order")                                                       \
    X(BJ_OP_MASS_CANCEL, 4, "cancel by account, desk, instrument, side: 0 or ALL is any")        \
    X(BJ_OP_PHASE, 5, "an instrument's phase, or all instruments'")                              \
    X(BJ_OP_UNCROSS, 6, "the auction's matching, then a phase")                                  \
    X(BJ_OP_BAND, 7, "a new band: orders outside it are cancelled")                              \
    X(BJ_OP_WINDOW, 8, "the average price counts from here")                                     \
    X(BJ_OP_DAY_END, 9, "DAY and due GTD orders end; a new day begins")

typedef enum bj_match_op {
#define X(name, value, text) name = (value),
    BJ_MATCH_OP_LIST(X)
#undef X
    BJ_MATCH_OP_CNT
} bj_match_op_t;

enum { /* bj_match_cmd_t.flags, of an order */
    BJ_MATCH_STP_ACTIVE = 1 << 0, /* self-trade: cancel the incoming order, not the resting one */
    BJ_MATCH_INTRADAY = 1 << 1,
    BJ_MATCH_ORDER_FLAGS = BJ_MATCH_STP_ACTIVE | BJ_MATCH_INTRADAY,
};

typedef struct bj_match_cmd {
    uint64_t order_id;    /* NEW: not live yet; MODIFY, CANCEL: which */
    uint32_t instrument_idx;
    int32_t  price_paise; /* limit; 0 for a market order.  PHASE, UNCROSS: reference price or 0 */
    int32_t  qty;
    uint32_t owner;         /* whose money: a key for the PAN; 0: never a self-trade */
    int32_t  trigger_paise; /* > 0: a stop */
    int32_t  disclosed_qty; /* > 0: how much is shown at once */
    uint32_t account;       /* MODIFY: 0 is as before (owner then too) */
    uint16_t desk;
    uint16_t day;           /* GTD: the last day it is good for; DAY_END: the day that ends */
    uint8_t  op;            /* bj_match_op_t */
    uint8_t  side;          /* bj_side_t; MODIFY: 0 is not stated */
    uint8_t  type;          /* BJ_LIMIT, BJ_MARKET; MODIFY: 0 is as before */
    uint8_t  tif;           /* bj_tif_t; MODIFY: 0 is as before */
    uint8_t  flags;
    uint8_t  phase;         /* PHASE: to what; UNCROSS: what follows */
    uint8_t  auction;       /* PHASE to AUCTION*: bj_auction_t */
    uint8_t  market_first;  /* UNCROSS: 1: market orders before limit orders */
    int32_t  lo_paise, hi_paise; /* BAND */
    uint32_t band_bp; /* PHASE to AUCTION*: its own band around its reference; 0: the day's */
    uint8_t  reason;        /* MASS_CANCEL: bj_status_t of its events; 0: BJ_END_MASS */
    uint8_t  reserved[3];
} bj_match_cmd_t;
static_assert(sizeof(bj_match_cmd_t) == 64, "one line");

size_t bj_match_footprint(const bj_match_config_t *config); /* 0: a shape is not allowed */
bj_match_t *bj_match_new(void *mem, const bj_match_config_t *config);

/* Where events go.  When the ring is full, on_full must make room before it returns; NULL: wait
 * for the ring's reader, who is then another thread.  on_full may read and release events.  A
 * command is half done then: of the engine it may ask bj_match_view and bj_match_band of an
 * instrument whose PHASE or BAND it reads, which are as that event says, and nothing else. */
void bj_match_out(bj_match_t *match, bj_match_ring_t *ring, void (*on_full)(void *ctx), void *ctx);

/* Defines or redefines an instrument.  A new one is CONTINUOUS; a known one keeps its phase, last
 * price and orders.  BJ_REJ_FIELD: a field is outside its range; BJ_ERR_FULL: no pages to lay its
 * ladders out in the new tick; either way it is as it was.  Gives no event. */
BJ_MUST_USE bj_status_t bj_match_define(bj_match_t *match, uint32_t instrument_idx,
                                        const bj_match_instrument_t *definition);

/* Applies cnt commands in order.  Memory that later ones will need is fetched while earlier ones
 * run, so bursts are cheaper than single calls.  Every command gives at least one event. */
void bj_match_apply(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt);
/* The same for one command of a burst, cmd[idx]; 0, 1 .. cnt - 1 in turn, then bj_match_burst_end.
 * For those who look at the clock in between; nothing else is applied, and cmd stays as it is,
 * until the end. */
void bj_match_burst_begin(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt);
void bj_match_burst_one(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt, size_t idx);
void bj_match_burst_end(bj_match_t *match);

/* --- looking: none of these changes anything */

typedef struct bj_match_stats {
    uint64_t cmd_cnt, trade_cnt, traded_qty, reject_cnt; /* reject_cnt: refused requests, orders */
    uint32_t live_orders;
} bj_match_stats_t;

typedef struct bj_match_top { /* 0, 0: that side is empty */
    int32_t bid_paise, ask_paise;
    int64_t bid_qty, ask_qty; /* shown */
} bj_match_top_t;

typedef struct bj_match_view { /* of an instrument */
    bj_match_instrument_t definition;
    bj_phase_t   phase;
    bj_auction_t auction; /* 0: none is being collected */
    int32_t      last_paise, closing_paise; /* 0: none today */
} bj_match_view_t;

typedef struct bj_match_equilibrium {
    int32_t price_paise; /* 0: no price */
    int64_t qty;         /* executable there */
    int64_t buy_qty, sell_qty; /* willing there */
} bj_match_equilibrium_t;

typedef struct bj_match_order {
    uint64_t order_id;
    uint32_t instrument_idx, owner, account, handle;
    int32_t  price_paise, shown_qty, leaves_qty, cum_qty, trigger_paise, disclosed_qty;
    uint16_t desk, day;
    uint8_t  side, type, tif, flags;
    bool     dormant; /* a stop that waits */
} bj_match_order_t;

bj_match_stats_t bj_match_stats(const bj_match_t *match);
bj_match_top_t   bj_match_top(const bj_match_t *match, uint32_t instrument_idx);
bool bj_match_view(const bj_match_t *match, uint32_t instrument_idx, bj_match_view_t *view);
/* What an order's price must lie in now: the day's band, in AUCTION* the auction's. */
bool bj_match_band(const bj_match_t *match, uint32_t instrument_idx, int32_t *lo_paise,
                   int32_t *hi_paise);
/* The day's, whatever the phase. */
bool bj_match_day_band(const bj_match_t *match, uint32_t instrument_idx, int32_t *lo_paise,
                       int32_t *hi_paise);
/* What an auction of that kind takes as its reference where none is stated, if it began now; of
 * BJ_AUCTION_CLOSE also the closing price that closing now would fix. */
int32_t bj_match_reference(const bj_match_t *match, uint32_t instrument_idx, uint32_t auction);
/* An auction's own band. */
void bj_match_auction_band(int32_t reference_paise, uint32_t band_bp, int32_t *lo_paise,
                           int32_t *hi_paise);
bool bj_match_find(const bj_match_t *match, uint64_t order_id, bj_match_order_t *order);
uint32_t bj_match_handle(const bj_match_t *match, uint64_t order_id); /* BJ_HANDLE_NONE: not live */
/* What an uncross would find now. */
bj_match_equilibrium_t bj_match_equilibrium(const bj_match_t *match, uint32_t instrument_idx);
/* Every live order: instruments ascending; in each the bids best first, the offers best first, the
 * queue of market (or post-close) buys, that of sells, then waiting buy stops, sell stops. */
void bj_match_each(const bj_match_t *match, uint32_t instrument_idx, /* or BJ_MATCH_ALL */
                   void (*fn)(void *ctx, const bj_match_order_t *order), void *ctx);
/* NULL, or the sentence of the first invariant that does not hold.  Asserted after each command
 * with -DBJ_CHECK_INVARIANTS; it costs the whole book. */
const char *bj_match_broken(const bj_match_t *match);
uint64_t bj_match_hash(const bj_match_t *match); /* the whole state, handles apart */

/* Adds what is state, between two commands: see bj_parts.h.  Unlike a picture it is bound to this
 * build and this config, and it has how ladders lay their pages out. */
void bj_match_parts(bj_match_t *match, bj_parts_t *parts);

/* A picture of the whole state, little-endian, checked on the way back.  save: bytes needed; writes
 * only if they fit.  load: into a new engine of any config that is large enough; after an error
 * only bj_match_new helps.  (How ladders lay their pages out is not in it: with few pages left, one
 * of the two may refuse an order that the other takes.)
 *   BJ_ERR_TRUNCATED, BJ_ERR_CORRUPT: not a picture; BJ_ERR_FULL: the config is too small;
 *   BJ_ERR_EXISTS: the engine is not new */
size_t bj_match_save(const bj_match_t *match, void *buf, size_t buf_bytes);
BJ_MUST_USE bj_status_t bj_match_load(bj_match_t *match, const void *buf, size_t buf_bytes);

#endif /* BJ_MATCH_H */
