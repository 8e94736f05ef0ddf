#ifndef BJ_BCAST_APPLY_H
#define BJ_BCAST_APPLY_H

/* bj_bcast_apply - rows of the market from the broadcast, for instruments without tick-by-tick.
 *
 * Purpose    Broadcast records into rows of bj_market, indices to whoever keeps them.
 * Rows       have 5 levels, the day's figures as the exchange sums them, and the flag
 *            BJ_MARKET_BROADCAST: about a second old, no order-by-order book, no trade count.  A
 *            TOP tick when the best prices changed; a TRADE tick when the volume grew, of all that
 *            was traded since the last record, at the last price.
 * Which      only those in the configuration, one each: what has tick-by-tick must not be there.
 *            Only records of the normal market (book type 1).
 * Stale      a row is from the start, and from bj_bcast_apply_stale on, until its next record: what
 *            changed meanwhile nobody sends again.  A STALE tick tells of it, and of its end.
 * Older      than the row by up to 60 s: a copy that came late, counted and dropped.  By more: the
 *            exchange's clock was set back, and is believed.
 * Ownership  the caller's memory (aligned to 64) and market; nothing is allocated later.
 * Threads    the one that writes the market.
 * Cost       one hash probe and one row. */
#include "dataplane/bcast/bj_bcast.h"

typedef struct bj_bcast_apply bj_bcast_apply_t;

typedef struct bj_bcast_instrument {
    uint32_t token; /* once in its segment */
    uint32_t instrument_idx; /* of the market */
    uint8_t  segment; /* bj_segment_t: CM or FO */
} bj_bcast_instrument_t;

typedef struct bj_bcast_apply_config {
    const bj_bcast_instrument_t *instruments; /* read by bj_bcast_apply_new only */
    uint32_t instrument_cnt;
    bj_market_t *market;
    void (*index)(void *ctx, const bj_bcast_index_t *index); /* may be NULL */
    /* What a TRADE tick says; may be NULL.  Qty beyond int32 is cut. */
    void (*trade)(void *ctx, uint32_t instrument_idx, int64_t exch_ns, int32_t price_paise,
                  int32_t qty);
    void *ctx; /* of both */
} bj_bcast_apply_config_t;

/* X(field, text) */
#define BJ_BCAST_APPLY_COUNTER_LIST(X)                               \
    X(rows, "rows written from the broadcast")                       \
    X(unknown_tokens, "records of instruments not in the table")     \
    X(other_books, "records of another book than the normal market") \
    X(late, "records older than the row")

typedef struct bj_bcast_apply_counters {
#define X(field, text) uint64_t field;
    BJ_BCAST_APPLY_COUNTER_LIST(X)
#undef X
} bj_bcast_apply_counters_t;

size_t bj_bcast_apply_footprint(uint32_t instrument_cnt); /* 0: more than 2^18 */
/* NULL: a shape is not allowed, or a token is there twice. */
bj_bcast_apply_t *bj_bcast_apply_new(void *mem, const bj_bcast_apply_config_t *config);

/* For bj_bcast_datagram: these with the bj_bcast_apply_t as ctx. */
extern const bj_bcast_ops_t bj_bcast_apply_ops;
/* The segment's broadcast is silent: its rows are stale. */
void bj_bcast_apply_stale(bj_bcast_apply_t *apply, bj_segment_t segment);
const bj_bcast_apply_counters_t *bj_bcast_apply_counters(const bj_bcast_apply_t *apply);

#endif /* BJ_BCAST_APPLY_H */
