#ifndef BIJLI_MATCH_H
#define BIJLI_MATCH_H

/* libbijli_match - Bijli's matching engine for any harness: commands in, events out.
 *
 *   bijli_match_config_t config = {.instruments = 64, .orders = 1 << 20, .events = 1 << 16,
 *                                  .on_full = read_events, .ctx = &me};
 *   size_t bytes = bijli_match_footprint(&config);
 *   void *mem = aligned_alloc(128, bytes);                  // huge pages are better
 *   bijli_match_t *engine = bijli_match_create(mem, bytes, &config);
 *   bijli_match_define(engine, 0, &instrument);
 *   bijli_match_submit(engine, commands, count);
 *   read_events(&me): for (size_t n; (n = bijli_match_events(engine, &event)); )
 *                         { ...; bijli_match_release(engine, n); }
 *   bijli_match_destroy(engine); free(mem);
 *
 * Rules      docs/matching.md: limit, market, stop, immediate-or-cancel, disclosed orders,
 *            sessions, call auctions, self-trade prevention.  docs/flow.md is the plain part of it.
 * Units      prices are int32 in whatever whole unit you like, above 0; quantities int32.
 * Ownership  memory is yours, aligned to 128 bytes; nothing is allocated, every page is touched by
 *            create.
 * Threads    one submits, defines and looks; events and release may be called by one other.
 * Errors     a refused command is an event with a reason (a bj_status number, bijli_match_reason
 *            gives its words); it changes nothing.
 * Cost       about 20 to 50 ns a command, in bursts; see `make bench`.  The ends of auctions look
 *            at every order of the instrument, once more for each self-trade.  Ids are yours, and
 *            may be anything; ids chosen against the hash make it slow.
 * Stable     version 1: what is here keeps its place and its number. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BIJLI_MATCH_VERSION 1
#define BIJLI_MATCH_ALL UINT32_MAX

typedef struct bijli_match bijli_match_t;

typedef struct bijli_match_config {
    uint32_t instruments; /* numbered from 0; at most 2^18 */
    uint32_t orders;      /* live at once; at most 2^26 */
    uint32_t events;      /* the ring's depth: a power of two in [64, 2^24] */
    uint32_t pages; /* pages of 64 prices in use at once, at most 2^22; 0: enough for usual books */
    /* Called by submit whenever the ring is full, in the middle of a command: it must release
     * events before it returns and may call nothing else.  NULL: only with another thread that
     * reads; submit waits for it. */
    void (*on_full)(void *ctx);
    void *ctx;
} bijli_match_config_t;

typedef struct bijli_match_instrument {
    int32_t  tick, band_lo, band_hi, prev_close; /* all above 0, lo <= hi */
    uint32_t protection_bp; /* market orders: how far from the last price; 0: the band */
    int32_t  protection_min;
    uint32_t disclosed_min_pct;
    int32_t  stop_gap_max;
    uint32_t flags; /* 1 trade to trade, 2 no market stops, 4 market orders need a last price,
                       8 the account may change, 16 GTD and GTC are taken */
} bijli_match_instrument_t;

enum { /* op */
    BIJLI_NEW = 1, BIJLI_MODIFY, BIJLI_CANCEL, BIJLI_MASS_CANCEL, BIJLI_PHASE, BIJLI_UNCROSS,
    BIJLI_BAND, BIJLI_WINDOW, BIJLI_DAY_END
};
enum { BIJLI_LIMIT = 1, BIJLI_MARKET = 2 };                      /* type */
enum { BIJLI_DAY = 1, BIJLI_IOC = 2, BIJLI_GTD = 3, BIJLI_GTC = 4 }; /* tif */
enum { /* phase */
    BIJLI_CLOSED, BIJLI_CONTINUOUS, BIJLI_HALTED, BIJLI_AUCTION, BIJLI_AUCTION_LIMIT,
    BIJLI_BUFFER, BIJLI_POST_CLOSE
};

enum { BIJLI_AT_OPEN = 1, BIJLI_AT_RESUME, BIJLI_AT_CLOSE }; /* auction */

/* 64 bytes.  NEW states all terms.  MODIFY states all terms as they shall be: type, tif, side,
 * account 0 are as before, but trigger 0 and disclosed 0 are changes.  Where an instrument is not
 * meant write BIJLI_MATCH_ALL: 0 is the first one. */
typedef struct bijli_match_command {
    uint64_t order_id;   /* yours, unique among live orders */
    uint32_t instrument; /* ALL: MODIFY, CANCEL whatever it is; MASS_CANCEL, PHASE, UNCROSS, WINDOW
                            every one; not for NEW, BAND */
    int32_t  price;      /* 0 for a market order; PHASE, UNCROSS: reference, closing price, or 0 */
    int32_t  qty;        /* MODIFY: the new open quantity */
    uint32_t owner;    /* orders of one owner do not trade with each other; 0: they may */
    int32_t  trigger;  /* above 0: a stop */
    int32_t  disclosed;
    uint32_t account;
    uint16_t desk, day; /* days since 1970-01-01: GTD its last one, DAY_END the one that ends */
    uint8_t  op;
    uint8_t  side;     /* 'B', 'S' */
    uint8_t  type, tif;
    uint8_t  flags;    /* 1: a self-trade ends the incoming order; 2: intraday */
    uint8_t  phase;        /* PHASE: to what; UNCROSS: what follows */
    uint8_t  auction;      /* PHASE to an auction: BIJLI_AT_* */
    uint8_t  market_first; /* UNCROSS: 1 market orders before limit orders */
    int32_t  lo, hi;       /* BAND, inclusive */
    uint32_t band_bp;      /* PHASE to an auction: its own band, in 1/100 %; 0 the day's */
    uint8_t  reason;       /* MASS_CANCEL: what its events say; 0: 201 */
    uint8_t  reserved[3];
} bijli_match_command_t;

enum { /* event type */
    BIJLI_ACCEPTED = 1, BIJLI_REJECTED, BIJLI_MODIFIED, BIJLI_CANCELLED, BIJLI_TRADE,
    BIJLI_REQUEST_REJECTED, BIJLI_TRIGGERED, BIJLI_RESTED, BIJLI_REPLENISHED, BIJLI_PRICED,
    BIJLI_PHASE_SET, BIJLI_UNCROSSED, BIJLI_BAND_SET, BIJLI_DONE
};
enum { /* event flags */
    BIJLI_RESTS = 1, BIJLI_KEPT = 2, BIJLI_WAITS = 4, BIJLI_AT_AUCTION = 8,
    BIJLI_TRADE_TO_TRADE = 16, BIJLI_QUEUED = 32, BIJLI_MORE = 64
};

typedef struct bijli_match_event { /* 64 bytes */
    uint64_t command_no; /* from 1, in the order of submission */
    uint64_t order_id;   /* TRADE: the maker; at an auction the buyer */
    uint64_t contra_id;  /* TRADE: the taker; at an auction the seller */
    uint32_t instrument;
    int32_t  price;      /* TRADE: the trade's; else the order's */
    int32_t  qty;        /* TRADE: traded; CANCELLED: ended; DONE: how many; PHASE_SET: the phase;
                            BAND_SET: upper end; UNCROSSED: traded; else open */
    int32_t  leaves, cum; /* of order_id, after this event; UNCROSSED: auction, closing price */
    int32_t  contra_leaves_or_shown, contra_cum_or_trigger;
    uint32_t handle, contra_handle; /* small numbers naming live orders, reused after their end;
                                       UINT32_MAX: none */
    uint8_t  type, side, reason, flags;
} bijli_match_event_t;

typedef struct bijli_match_top { /* zeros: that side is empty */
    int32_t bid, ask;
    int64_t bid_qty, ask_qty;
} bijli_match_top_t;

uint32_t bijli_match_version(void);
size_t bijli_match_footprint(const bijli_match_config_t *config); /* 0: not allowed */
/* NULL: the configuration is not allowed, or mem is too small or not aligned. */
bijli_match_t *bijli_match_create(void *mem, size_t mem_bytes, const bijli_match_config_t *config);
/* 0, or the reason as a number.  A new instrument trades at once. */
int bijli_match_define(bijli_match_t *engine, uint32_t instrument,
                       const bijli_match_instrument_t *definition);
/* Applies commands in order; bursts are cheaper than single calls. */
void bijli_match_submit(bijli_match_t *engine, const bijli_match_command_t *commands, size_t count);
/* How many events lie at *first on; 0: none now. */
size_t bijli_match_events(bijli_match_t *engine, const bijli_match_event_t **first);
void bijli_match_release(bijli_match_t *engine, size_t count); /* at most what events said */
bijli_match_top_t bijli_match_top(const bijli_match_t *engine, uint32_t instrument);
uint32_t bijli_match_live_orders(const bijli_match_t *engine);
/* The same definitions and commands, with the same orders and pages, give the same number, on any
 * machine. */
uint64_t bijli_match_state_hash(const bijli_match_t *engine);
const char *bijli_match_reason(int reason);
/* Ends its use of the memory, which is yours again. */
void bijli_match_destroy(bijli_match_t *engine);

#ifdef __cplusplus
}
#endif

#endif /* BIJLI_MATCH_H */
