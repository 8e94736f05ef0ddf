#ifndef BJ_INDEX_H
#define BJ_INDEX_H

/* bj_index - index values from their constituents' trades, or as somebody else says them, in a
 * shared-memory file of their own.
 *
 * Value      sum(last price * shares * free float * cap factor) / divisor.  Whole numbers all the
 *            way: factors in bp, the sum in 128 bits of paise * shares * bp * bp, the value in
 *            1/100 point, rounded half up.  Until a constituent's first trade its previous close
 *            counts.  The index's previous close is what all previous closes give.
 * Divisor    given (paise of weighted capitalisation a point), or by base value and base
 *            capitalisation (the value is the base's times the growth of the capitalisation since),
 *            or by the base value alone: then the previous closes are the base.
 * Figures    open, high and low are those of published values: a step that sees ten trades
 *            publishes one value, and a value is published once in interval_ns at most.  A trade
 *            cancel does not take a price back (see bj_candle.h).
 * Stale      while the book of any constituent is stale the row is flagged: a price is missing.
 * Outside    an index without constituents has the values that bj_indices_outside brings: from
 *            the exchange's broadcast.  Flagged; stale until the first one, and while that is
 *            silent.
 * Shape      a header; a row an index; a ring of ticks, one for each value published.
 * Threads    one writer; readers without locks that cannot slow it.
 * Errors     NULL and errno; EINVAL: see bj_index_def_check for the words.
 * Cost       a trade: one multiply and an add of 128 bits for each index that holds the
 *            instrument, about 2 ns; none: a look at one line.  A step: one 128-bit division for
 *            each index that changed (chosen over one a trade). */
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/market/bj_share.h"

#define BJ_INDEX_MAGIC UINT64_C(0x31584449494a4942) /* "BIJIIDX1" */
enum {
    BJ_INDEX_VERSION = 1,
    BJ_INDEX_NAME_BYTES = 32,
    BJ_INDEX_MAX = 256,
    BJ_INDEX_PARTS_MAX = 1024, /* of one index */
    BJ_INDEX_BP_ONE = 10000,
};
#define BJ_INDEX_SHARES_MAX INT64_C(90000000000) /* shares * bp * bp stays below 2^63 */
#define BJ_INDEX_BASE_MAX INT64_C(1000000000)    /* 1/100 point */

__extension__ typedef __int128 bj_int128_t; /* not ISO C: gcc and clang have it on 64 bits */

enum {
    BJ_INDEX_STALE = 1 << 0,     /* a constituent's book is stale; outside: its source is silent */
    BJ_INDEX_BROADCAST = 1 << 1, /* outside: not computed here; about a second old */
};

typedef struct bj_index_row {
    alignas(64) uint64_t version; /* odd while the writer is inside */
    int64_t  exch_ns;             /* when it was computed, 0: nothing has traded */
    char     name[BJ_INDEX_NAME_BYTES];
    /* Before any trade the value is the previous close and open, high and low are 0. */
    int64_t  value_x100, open_x100, high_x100, low_x100, prev_close_x100;
    int64_t  change_x100; /* value less previous close */
    int64_t  change_bp;   /* of the previous close, towards 0 */
    uint64_t update_cnt;  /* values published */
    uint32_t part_cnt, traded_cnt; /* constituents; those that traded today */
    uint32_t flags;
    uint32_t stale_cnt; /* constituents whose book is stale */
} bj_index_row_t;
BJ_WIRE_SIZE(bj_index_row_t, 128);

typedef struct bj_index_tick {
    alignas(64) uint64_t seq; /* from 1 */
    int64_t  exch_ns;
    uint32_t index_idx, flags;
    int64_t  value_x100, change_x100;
    uint8_t  reserved[24];
} bj_index_tick_t;
BJ_WIRE_SIZE(bj_index_tick_t, 64);

typedef struct bj_index_header {
    uint64_t magic;
    uint32_t layout_version;
    uint32_t index_cnt;
    uint64_t ring_depth;           /* ticks, a power of two */
    int64_t  start_ns;             /* the market file's: both were made together */
    alignas(64) uint64_t last_seq; /* last tick published */
} bj_index_header_t;

/* --- what an index is --- */
typedef struct bj_index_part {
    uint32_t instrument_idx; /* of the market, once in an index */
    int32_t  prev_close_paise;          /* > 0 */
    int64_t  shares;                    /* in [1, BJ_INDEX_SHARES_MAX] */
    int32_t  float_bp, cap_bp;          /* in [1, 10000] */
} bj_index_part_t;

typedef struct bj_index_def {
    char    name[BJ_INDEX_NAME_BYTES];
    int64_t base_value_x100; /* in [1, BJ_INDEX_BASE_MAX]; 0 with a divisor */
    int64_t base_cap_paise;  /* weighted; 0: what the previous closes give */
    int64_t divisor_paise;   /* a point; 0: by the base */
    const bj_index_part_t *parts;
    uint32_t part_cnt;
    /* Not empty: outside, under this name there; no base, no divisor and no parts. */
    char     outside_name[BJ_INDEX_NAME_BYTES];
    uint32_t outside_segment;
} bj_index_def_t;

/* NULL, or what is wrong with it in words that live forever. */
const char *bj_index_def_check(const bj_index_def_t *def, uint32_t instrument_cnt);

/* --- the writer: one thread --- */
typedef struct bj_index_use { /* private: one instrument in one index */
    uint32_t index_idx;
    int32_t  last_paise;
    int64_t  weight; /* shares * bp * bp */
    bool     traded, stale;
} bj_index_use_t;

typedef struct bj_index_sum { /* private */
    bj_int128_t cap; /* sum of price * weight */
    bj_int128_t div;
    int64_t  mul;
    int64_t  due_ns;
    uint32_t traded_cnt, stale_cnt;
    bool     dirty;
} bj_index_sum_t;

typedef struct bj_index_outside { /* an index's value as it is told */
    int64_t  exch_ns, value_x100, open_x100, high_x100, low_x100, prev_close_x100;
    char     name[BJ_INDEX_NAME_BYTES]; /* outside; empty: the index is computed */
    uint32_t segment;
    bool     stale;
} bj_index_outside_t;

typedef struct bj_indices {
    bj_index_use_t *use;   /* the rest is private */
    uint32_t       *first; /* instrument_cnt + 1: an instrument's uses are [first, next's first) */
    bj_index_sum_t *sum;
    bj_index_outside_t *outside;
    bj_index_row_t *row;
    bj_share_record_t    *ring;
    bj_index_header_t *header;
    uint32_t index_cnt, dirty_cnt;
    int64_t  interval_ns;
} bj_indices_t;

/* defs are copied.  interval_ns >= 0; ring_depth a power of two in [2, 2^24]. */
bj_indices_t *bj_indices_create(const char *file, const bj_index_def_t *defs, uint32_t index_cnt,
                                uint32_t instrument_cnt, uint64_t ring_depth, int64_t interval_ns,
                                int64_t market_start_ns);
void bj_indices_destroy(bj_indices_t *indices);

static inline void bj_indices_mark(bj_indices_t *indices, bj_index_sum_t *sum) {
    indices->dirty_cnt += !sum->dirty;
    sum->dirty = true;
}

/* instrument_idx in range.  A price that is not above 0 changes nothing. */
static inline void bj_indices_trade(bj_indices_t *indices, uint32_t instrument_idx,
                                    int32_t price_paise) {
    uint32_t end = indices->first[instrument_idx + 1];
    for (uint32_t i = indices->first[instrument_idx]; BJ_UNLIKELY(i < end); i++) {
        bj_index_use_t *use = &indices->use[i];
        bj_index_sum_t *sum = &indices->sum[use->index_idx];
        if (BJ_UNLIKELY(price_paise <= 0)) return;
        sum->cap += (bj_int128_t)((int64_t)price_paise - use->last_paise) * use->weight;
        sum->traded_cnt += !use->traded;
        use->last_paise = price_paise;
        use->traded = true;
        bj_indices_mark(indices, sum);
    }
}
/* Is the instrument in any index? */
static inline bool bj_indices_has(const bj_indices_t *indices, uint32_t instrument_idx) {
    return indices->first[instrument_idx] < indices->first[instrument_idx + 1];
}
/* The instrument's book is stale, or no longer. */
void bj_indices_stale(bj_indices_t *indices, uint32_t instrument_idx, bool stale);
/* A value from outside, found by its segment and name there.  False: no such index, or it is older
 * than the last by up to 60 s (more: the exchange's clock was set back). */
bool bj_indices_outside(bj_indices_t *indices, const bj_index_outside_t *value);
/* All of the segment are stale until their next value. */
void bj_indices_outside_stale(bj_indices_t *indices, uint32_t segment);
/* Publishes what changed and is due; once a turn of the loop.  How many. */
uint32_t bj_indices_step(bj_indices_t *indices, int64_t now_ns);

/* --- a reader: one thread each --- */
typedef struct bj_indices_reader bj_indices_reader_t;

bj_indices_reader_t *bj_indices_open(const char *file);
void bj_indices_close(bj_indices_reader_t *reader);
const bj_index_header_t *bj_indices_head(const bj_indices_reader_t *reader);
/* The index of a name, or UINT32_MAX. */
uint32_t bj_indices_find(const bj_indices_reader_t *reader, const char *name);
BJ_MUST_USE bool bj_indices_read(const bj_indices_reader_t *reader, uint32_t index_idx,
                                 bj_index_row_t *row);
/* As bj_market_next. */
BJ_MUST_USE bool bj_indices_next(const bj_indices_reader_t *reader, uint64_t *next_seq,
                                 bj_index_tick_t *tick, uint64_t *missed_cnt);

#endif /* BJ_INDEX_H */
