#ifndef BIJLI_H
#define BIJLI_H

/* libbijli - Bijli's market data for strategies on one machine: books, ticks, candles, indices.
 *
 *   bijli_t *b;
 *   if (bijli_open("/run/bijli", &b) != BIJLI_OK) ...
 *   uint32_t who;
 *   if (bijli_find_symbol(b, "RELIANCE", &who) != BIJLI_OK) ...
 *   bijli_tick_t tick = {.struct_bytes = sizeof tick};
 *   for (uint64_t missed;;) {
 *       switch (bijli_next(b, &tick, &missed)) {
 *       case BIJLI_OK: ...; break;            // missed: ticks lost before this one, exactly
 *       case BIJLI_NONE: ...; break;          // nothing new: spin, or sleep
 *       case BIJLI_STALE: ...; break;         // nothing new, and writer or exchange are silent
 *       case BIJLI_REOPENED: ...; break;      // the writer began again: find your symbols again
 *       }
 *   }
 *
 * Purpose    Everything is read from shared memory that one process writes; reading takes no lock
 *            and cannot slow it.  docs/market-data.md says what the fields mean.
 * Units      prices are whole numbers, `units_per_rupee` of them a rupee (100: paise; CD 10^7).
 *            Quantities in shares or contracts.  Times in ns since the UNIX epoch.  Index values in
 *            1/100 point.
 * Structs    set struct_bytes to sizeof before each call: the library writes no further, and zeros
 *            what it does not know.  Fields are only ever added at the end.
 * Results    0: done; above 0: done, and something to know; below 0: not done, nothing was written.
 * Threads    a handle is one thread's; open as many as you like.
 * Ownership  bijli_close frees all.  Only open, a reopening and the first bijli_candles of a size
 *            allocate.
 * Cost       a tick 11 ns; nothing new 18 ns; a candle 41 ns; a row 111 ns (bench_bijli).  No
 *            system call, but for some ten a second while the writer is silent.
 * Stable     soname libbijli.so.1: what is here keeps its place and its number. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BIJLI_VERSION 1
#define BIJLI_API __attribute__((visibility("default")))

enum {
    BIJLI_OK = 0,
    BIJLI_NONE = 1,     /* nothing new; or there is none (no trade yet) */
    BIJLI_STALE = 2,    /* done, but do not trade on it: `stale` says why */
    BIJLI_REOPENED = 3, /* nothing was read: the writer began again and the handle followed it.
                           Instruments and indices may have other numbers: find them again. */
    BIJLI_ERR_ABSENT = -1,    /* no such file (yet) */
    BIJLI_ERR_LAYOUT = -2,    /* the writer is of another version than this library */
    BIJLI_ERR_ARG = -3,       /* NULL, struct_bytes too small, a number out of range */
    BIJLI_ERR_NOT_FOUND = -4, /* no such symbol, token or index */
    BIJLI_ERR_TORN = -5,      /* the writer died inside it, or is off its core for some 30 ms */
    BIJLI_ERR_MEMORY = -6,
};

enum { BIJLI_CM = 1, BIJLI_FO, BIJLI_CD, BIJLI_CO };               /* segment */
enum { BIJLI_TOP = 1, BIJLI_TRADE = 2, BIJLI_TICK_STALE = 3 };     /* tick.kind */
enum { BIJLI_LEVELS = 20, BIJLI_SYMBOL_BYTES = 32 };
enum { /* stale, bits */
    BIJLI_STALE_BOOK = 1,   /* the exchange's messages have a hole, or its stream is silent */
    BIJLI_STALE_WRITER = 2, /* no heartbeat for a second: the writer is dead or away */
    BIJLI_STALE_FEED = 4,   /* nothing from the exchange for five seconds */
};
enum { /* flags of a row, a tick, an index, bits */
    BIJLI_BROADCAST = 1, /* not from tick-by-tick: five levels, about a second old; a trade stands
                            for all since the record before.  An index: as the exchange says it. */
};
enum { /* candle.flags, bits */
    BIJLI_CANDLE_LATE = 1, /* corrects a minute when a later one was already there */
    BIJLI_CANDLE_OPEN = 2, /* more trades may come */
};

typedef struct bijli bijli_t;

typedef struct bijli_instrument {
    uint32_t struct_bytes;
    uint32_t token;        /* the exchange's, unique in its segment, spreads apart */
    uint32_t segment;      /* BIJLI_CM ... */
    uint32_t spread;       /* 1: prices are leg 1's less leg 0's, and may be 0 or below */
    uint32_t leg_token[2]; /* of a spread */
    int32_t  units_per_rupee;
    int32_t  tick, lot, prev_close, band_lo, band_hi;
    char     symbol[BIJLI_SYMBOL_BYTES];
} bijli_instrument_t;

typedef struct bijli_level {
    int32_t  price;
    uint32_t orders; /* 0: no such level */
    int64_t  qty;
} bijli_level_t;

typedef struct bijli_row {
    uint32_t struct_bytes;
    uint32_t instrument, stale, flags;
    int64_t  exch_ns; /* the last message's, by the exchange */
    uint64_t updates;
    int32_t  last, last_qty; /* 0 until the day's first trade, as the next six */
    int64_t  last_trade_ns;
    int32_t  open, high, low, average;
    int64_t  volume, value;
    uint64_t trades;
    int64_t  total_buy, total_sell; /* of all open orders of a side */
    bijli_level_t bid[BIJLI_LEVELS], ask[BIJLI_LEVELS]; /* best first */
} bijli_row_t;

typedef struct bijli_tick {
    uint32_t struct_bytes;
    uint32_t instrument, kind, stale;
    uint64_t seq; /* from 1, by 1, until the writer begins again */
    int64_t  exch_ns;
    int32_t  price, qty; /* a trade's */
    int32_t  bid, ask;   /* the best after it; qty 0: that side is empty */
    int64_t  bid_qty, ask_qty;
    uint32_t flags, reserved;
} bijli_tick_t;

typedef struct bijli_candle {
    uint32_t struct_bytes;
    uint32_t instrument;
    uint64_t seq; /* of bijli_next_candle; 0 from the other two calls where it is open */
    int64_t  start_ns; /* of the minute */
    int32_t  open, high, low, close;
    int64_t  volume, value;
    uint32_t trades, revision; /* of two of one minute the higher revision holds */
    uint32_t flags, reserved;
} bijli_candle_t;

typedef struct bijli_index {
    uint32_t struct_bytes;
    uint32_t index, stale, flags;
    int64_t  exch_ns; /* 0: no constituent has traded: the value is the previous close */
    int64_t  value, open, high, low, prev_close, change, change_bp;
    uint32_t constituents, traded;
    uint64_t updates;
    char     name[BIJLI_SYMBOL_BYTES];
} bijli_index_t;

typedef struct bijli_status {
    uint32_t struct_bytes;
    uint32_t stale; /* of all: WRITER, FEED */
    int64_t  start_ns, heartbeat_ns, feed_ns;
    uint32_t instruments, indices;
    uint64_t last_tick;                             /* newest there is */
    uint64_t ticks_missed, candles_missed, reopened; /* of this handle */
} bijli_status_t;

BIJLI_API uint32_t bijli_version(void);
/* A sentence for a result; never NULL. */
BIJLI_API const char *bijli_result_text(int result);

/* run_dir is the dataplane's (its configuration's run_dir).  Ticks and candles are followed from
 * now on. */
BIJLI_API int bijli_open(const char *run_dir, bijli_t **out);
BIJLI_API void bijli_close(bijli_t *b); /* NULL is fine */
BIJLI_API int bijli_status(bijli_t *b, bijli_status_t *status);
/* Follow from the oldest that is left, not from now. */
BIJLI_API int bijli_rewind(bijli_t *b);

/* Instruments are numbered from 0 to status.instruments - 1. */
BIJLI_API int bijli_find_symbol(bijli_t *b, const char *symbol, uint32_t *instrument);
BIJLI_API int bijli_find_token(bijli_t *b, uint32_t segment, uint32_t token, int spread,
                               uint32_t *instrument);
BIJLI_API int bijli_instrument(bijli_t *b, uint32_t instrument, bijli_instrument_t *out);

/* The newest book and figures of one instrument, whole.  OK, STALE (it is written), REOPENED. */
BIJLI_API int bijli_read(bijli_t *b, uint32_t instrument, bijli_row_t *row);

/* The next tick of all instruments.  OK: *missed says how many before it were overwritten unread.
 * NONE: nothing new.  STALE: nothing new, and writer or exchange are silent (bijli_status).
 * REOPENED: what was left unread of the old ones is counted into the next one's *missed. */
BIJLI_API int bijli_next(bijli_t *b, bijli_tick_t *tick, uint64_t *missed);

/* The instrument's newest candle, open or not; NONE: no trade yet. */
BIJLI_API int bijli_candle(bijli_t *b, uint32_t instrument, bijli_candle_t *candle);
/* Its newest candles, at most max, oldest first, the last one may be open; struct_bytes set in the
 * first.  *count is how many.  STALE: there were older ones that are overwritten by now. */
BIJLI_API int bijli_candles(bijli_t *b, uint32_t instrument, bijli_candle_t *candles, size_t max,
                            size_t *count);
/* The next closed, or corrected, candle of all instruments; as bijli_next. */
BIJLI_API int bijli_next_candle(bijli_t *b, bijli_candle_t *candle, uint64_t *missed);

/* Indices are numbered from 0 to status.indices - 1. */
BIJLI_API int bijli_find_index(bijli_t *b, const char *name, uint32_t *index);
BIJLI_API int bijli_index(bijli_t *b, uint32_t index, bijli_index_t *out);

#ifdef __cplusplus
}
#endif

#endif /* BIJLI_H */
