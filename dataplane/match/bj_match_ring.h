#ifndef BJ_MATCH_RING_H
#define BJ_MATCH_RING_H

/* bj_match_ring - events out of the matching engine: one writer, one reader.
 *
 * Shape      depth slots of 64 bytes; depth is a power of two in [64, 2^24].
 * Ownership  the caller owns the memory, aligned to BJ_PAIR_BYTES; no pointers inside.
 * Ordering   release on publish, acquire on look.  The writer publishes every 64 events and at the
 *            end of each burst: a shared line moves that seldom. */
#include "dataplane/base/bj_base.h"

/* X(name, value, text) */
#define BJ_MATCH_EVENT_LIST(X)                                                                  \
    X(BJ_MEV_ACCEPTED, 1, "order is in; RESTS: all of it is in the book")                       \
    X(BJ_MEV_REJECTED, 2, "order was refused")                                                  \
    X(BJ_MEV_MODIFIED, 3, "new terms; KEPT: in its place; RESTS: at the back of its level")     \
    X(BJ_MEV_CANCELLED, 4, "what was open has ended")                                           \
    X(BJ_MEV_TRADE, 5, "order_id is the maker (auction: the buyer), contra the other")          \
    X(BJ_MEV_REQUEST_REJECTED, 6, "modify, cancel or control command was refused")              \
    X(BJ_MEV_TRIGGERED, 7, "a stop wakes")                                                      \
    X(BJ_MEV_RESTED, 8, "what did not trade is at the back of its level")                       \
    X(BJ_MEV_REPLENISHED, 9, "a new slice is shown, behind its level; KEPT: in its place")      \
    X(BJ_MEV_PRICED, 10, "an auction's market order became a limit order, by its time")         \
    X(BJ_MEV_PHASE, 11, "phase in qty, its auction in leaves_qty, reference or closing price")  \
    X(BJ_MEV_UNCROSSED, 12, "price (0: none), qty; kind in leaves_qty, closing price in cum_qty") \
    X(BJ_MEV_BAND, 13, "price_paise is the lower end, qty the upper")                           \
    X(BJ_MEV_DONE, 14, "last event of what is for many: qty orders ended, or instruments done")

typedef enum bj_match_event_type {
#define X(name, value, text) name = (value),
    BJ_MATCH_EVENT_LIST(X)
#undef X
} bj_match_event_type_t;

enum { /* bj_match_event_t.flags */
    BJ_MEF_RESTS = 1 << 0,
    BJ_MEF_KEPT = 1 << 1,
    BJ_MEF_WAITS = 1 << 2,   /* ACCEPTED, MODIFIED: a stop, not in the book yet */
    BJ_MEF_AUCTION = 1 << 3, /* TRADE: at the equilibrium price */
    BJ_MEF_TRADE_TO_TRADE = 1 << 4,
    BJ_MEF_QUEUED = 1 << 5,  /* ACCEPTED, MODIFIED: in the queue of market or post-close orders */
    BJ_MEF_MORE = 1 << 6,    /* TRADE: the maker's slice is used up, REPLENISHED follows */
};

typedef struct bj_match_event {
    uint64_t cmd_no;     /* the command that caused it, from 1 */
    uint64_t order_id;
    uint64_t contra_id;  /* TRADE: the taker (auction: the seller) */
    uint32_t instrument_idx;
    int32_t  price_paise; /* TRADE: the trade's; else the order's limit, 0 for market */
    int32_t  qty;         /* TRADE: traded; CANCELLED: what ended; else what is open */
    int32_t  leaves_qty;  /* of order_id, after this event */
    int32_t  cum_qty;     /* of order_id */
    int32_t  contra_leaves_qty; /* TRADE; else what the book shows of the order */
    int32_t  contra_cum_qty;    /* TRADE; else the trigger price, 0: none */
    uint32_t handle, contra_handle; /* inner names, valid until the orders end; NONE: no order */
    uint8_t  type;        /* bj_match_event_type_t */
    uint8_t  side;        /* of order_id */
    uint8_t  reason;      /* bj_status_t */
    uint8_t  flags;
} bj_match_event_t;
static_assert(sizeof(bj_match_event_t) == 64, "one line");

#define BJ_HANDLE_NONE UINT32_MAX

typedef struct bj_match_ring {
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t head; /* published; the writer writes */
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t tail; /* the reader writes */
    alignas(BJ_PAIR_BYTES) uint64_t mask;
    alignas(BJ_PAIR_BYTES) bj_match_event_t slot[];
} bj_match_ring_t;

static inline size_t bj_match_ring_footprint(uint64_t depth) {
    bool ok = depth >= 64 && depth <= (UINT64_C(1) << 24) && (depth & (depth - 1)) == 0;
    return ok ? sizeof(bj_match_ring_t) + depth * sizeof(bj_match_event_t) : 0;
}

/* Writes every page once, so that none is first touched while trading. */
static inline bj_match_ring_t *bj_match_ring_new(void *mem, uint64_t depth) {
    size_t bytes = bj_match_ring_footprint(depth);
    if (!bytes) return NULL;
    memset(mem, 0, bytes);
    bj_match_ring_t *ring = (bj_match_ring_t *)mem;
    ring->mask = depth - 1;
    return ring;
}

/* Reader only.  How many events lie at *from on: contiguous, up to the ring's end; valid until
 * released. */
static inline size_t bj_match_ring_look(const bj_match_ring_t *ring,
                                        const bj_match_event_t **from) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint64_t cnt = atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
    uint64_t at = tail & ring->mask;
    *from = &ring->slot[at];
    return cnt < ring->mask + 1 - at ? cnt : ring->mask + 1 - at;
}

static inline void bj_match_ring_release(bj_match_ring_t *ring, size_t cnt) {
    uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    atomic_store_explicit(&ring->tail, tail + cnt, memory_order_release);
}

#endif /* BJ_MATCH_RING_H */
