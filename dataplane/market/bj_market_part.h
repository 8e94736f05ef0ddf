#ifndef BJ_MARKET_PART_H
#define BJ_MARKET_PART_H

/* bj_market_part - a row changed in place, word by word, by a writer that knows what of it has
 * changed: no draft of its levels, nothing else is looked at or stored.
 *
 * Use        bj_market_enter, whatever changes, bj_market_leave or bj_market_exit.  In between
 *            readers wait, so the writer calls nobody there.
 * Ownership  rows are those of bj_market_shared.  Who writes a row this way leaves bj_market_end
 *            alone: it would bring the draft's levels back.
 * Threads    the market's writer.
 * Cost       two words of a version, two of a stamp, one a total, two a level; no call. */
#include "dataplane/market/bj_market.h"

typedef struct bj_market_stamp { /* what every message changes */
    int64_t  exch_ns;
    uint64_t update_cnt;
} bj_market_stamp_t;

enum {
    BJ_MARKET_WORD = sizeof(uint64_t), /* rows are stored by the word: see bj_market.c */
    BJ_MARKET_AT_FLAGS = 1,
    BJ_MARKET_AT_TRADE = offsetof(bj_market_row_t, last_price_paise) / BJ_MARKET_WORD,
    BJ_MARKET_AT_LEGS = offsetof(bj_market_row_t, leg_token) / BJ_MARKET_WORD,
};
static_assert(offsetof(bj_market_row_t, flags) == BJ_MARKET_AT_FLAGS * BJ_MARKET_WORD + 4 &&
                  sizeof(bj_market_level_t) == 2 * BJ_MARKET_WORD &&
                  offsetof(bj_market_level_t, order_cnt) == 4 &&
                  offsetof(bj_market_level_t, qty) == BJ_MARKET_WORD &&
                  offsetof(bj_market_row_t, last_price_paise) % BJ_MARKET_WORD == 0 &&
                  offsetof(bj_market_row_t, leg_token) % BJ_MARKET_WORD == 0,
              "by the word");
static_assert(offsetof(bj_market_row_t, ask) ==
                  offsetof(bj_market_row_t, bid) + sizeof((bj_market_row_t *)0)->bid,
              "the asks follow the bids");

static inline void bj_market_enter(bj_market_row_t *shared) {
    uint32_t version = atomic_load_explicit(&shared->version, memory_order_relaxed);
    atomic_store_explicit(&shared->version, version + 1, memory_order_relaxed);
}

static inline void bj_market_exit(bj_market_row_t *shared) {
    uint32_t version = atomic_load_explicit(&shared->version, memory_order_relaxed);
    atomic_store_explicit(&shared->version, version + 1, memory_order_release);
}

/* Exit with a stamp. */
static inline void bj_market_leave(bj_market_row_t *shared, const bj_market_stamp_t *stamp) {
    __atomic_store_n(&shared->exch_ns, stamp->exch_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&shared->update_cnt, stamp->update_cnt, __ATOMIC_RELEASE);
    bj_market_exit(shared);
}

/* --- between the two */

/* A row's bids or asks: by adding, a branch would be a toss. */
static inline bj_market_level_t *bj_market_side(bj_market_row_t *row, uint32_t side) {
    return (bj_market_level_t *)(void *)((uint8_t *)row->bid + side * sizeof row->bid);
}

/* All open orders of a side. */
static inline void bj_market_put_total(bj_market_row_t *shared, uint32_t side, int64_t qty) {
    __atomic_store_n(&shared->total_buy_qty + side, qty, __ATOMIC_RELEASE);
}
static_assert(offsetof(bj_market_row_t, total_sell_qty) ==
                  offsetof(bj_market_row_t, total_buy_qty) + BJ_MARKET_WORD,
              "by adding");

static inline void bj_market_put_level(bj_market_level_t *shared, bj_market_level_t level) {
    uint64_t first = (uint32_t)level.price_paise | (uint64_t)level.order_cnt << 32;
    __atomic_store_n((uint64_t *)(void *)shared, first, __ATOMIC_RELEASE);
    __atomic_store_n(&shared->qty, level.qty, __ATOMIC_RELEASE);
}

/* A level's first word: its price, above it its count. */
static inline uint64_t bj_market_level_head(const bj_market_level_t *shared) {
    return __atomic_load_n((const uint64_t *)(const void *)shared, __ATOMIC_RELAXED);
}
/* A level of the same shape, as its two words. */
static inline void bj_market_put_level_words(bj_market_level_t *shared, uint64_t price_and_cnt,
                                             uint64_t qty) {
    __atomic_store_n((uint64_t *)(void *)shared, price_and_cnt, __ATOMIC_RELEASE);
    __atomic_store_n((uint64_t *)&shared->qty, qty, __ATOMIC_RELEASE);
}

/* Levels [from, to) become [from + 1, to + 1): what was at `to` is gone. */
static inline void bj_market_move_down(bj_market_level_t *levels, uint32_t from, uint32_t to) {
    for (uint32_t i = to; i > from; i--) bj_market_put_level(&levels[i], levels[i - 1]);
}
/* Levels [from + 1, to + 1) become [from, to): what was at `from` is gone. */
static inline void bj_market_move_up(bj_market_level_t *levels, uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; i++) bj_market_put_level(&levels[i], levels[i + 1]);
}

static inline void bj_market_put_word(bj_market_row_t *shared, const bj_market_row_t *draft,
                                      size_t at) {
    uint64_t word;
    memcpy(&word, (const uint8_t *)draft + at * BJ_MARKET_WORD, sizeof word);
    __atomic_store_n((uint64_t *)(void *)shared + at, word, __ATOMIC_RELEASE);
}

static inline void bj_market_put_flags(bj_market_row_t *shared, const bj_market_row_t *draft) {
    bj_market_put_word(shared, draft, BJ_MARKET_AT_FLAGS);
}
/* Flags and what trades change, as the draft has them. */
static inline void bj_market_put_figures(bj_market_row_t *shared, const bj_market_row_t *draft) {
    bj_market_put_flags(shared, draft);
    for (size_t at = BJ_MARKET_AT_TRADE; at < BJ_MARKET_AT_LEGS; at++)
        bj_market_put_word(shared, draft, at);
}

/* --- the ring of ticks.  A tick is put where it will lie; who reads sees it from the next
 * bj_market_ring_publish on, or bj_market_tick. */
typedef struct bj_market_ring {
    bj_market_tick_t *tick;
    uint64_t mask, seq; /* mask 0: none are kept; seq: of the last one put */
} bj_market_ring_t;
bj_market_ring_t *bj_market_ring(bj_market_t *market);
void bj_market_ring_publish(bj_market_t *market);

typedef struct bj_market_top {
    int32_t price_paise[2]; /* bid, ask */
    int64_t qty[2];         /* 0: no such side */
} bj_market_top_t;

static inline uint64_t bj_market_two(uint32_t low, uint32_t high) {
    return (uint64_t)high << 32 | low;
}
/* kind_flags: the tick's kind, its flags above. */
static inline void bj_market_ring_put(bj_market_ring_t *ring, int64_t exch_ns,
                                      uint32_t instrument_idx, uint32_t kind_flags,
                                      uint64_t price_qty, const bj_market_top_t *top) {
    if (!ring->mask) return;
    uint64_t seq = ++ring->seq;
    uint64_t *words = (uint64_t *)(void *)&ring->tick[seq & ring->mask];
    __atomic_store_n(&words[0], 0, __ATOMIC_RELEASE);
    __atomic_store_n(&words[1], (uint64_t)exch_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&words[2], bj_market_two(instrument_idx, kind_flags), __ATOMIC_RELEASE);
    __atomic_store_n(&words[3], price_qty, __ATOMIC_RELEASE);
    __atomic_store_n(&words[4],
                     bj_market_two((uint32_t)top->price_paise[0], (uint32_t)top->price_paise[1]),
                     __ATOMIC_RELEASE);
    __atomic_store_n(&words[5], (uint64_t)top->qty[0], __ATOMIC_RELEASE);
    __atomic_store_n(&words[6], (uint64_t)top->qty[1], __ATOMIC_RELEASE);
    __atomic_store_n(&words[0], seq, __ATOMIC_RELEASE);
}
static_assert(offsetof(bj_market_tick_t, exch_ns) == 8 &&
                  offsetof(bj_market_tick_t, instrument_idx) == 16 &&
                  offsetof(bj_market_tick_t, kind) == 20 &&
                  offsetof(bj_market_tick_t, flags) == 22 &&
                  offsetof(bj_market_tick_t, price_paise) == 24 &&
                  offsetof(bj_market_tick_t, qty) == 28 &&
                  offsetof(bj_market_tick_t, bid_paise) == 32 &&
                  offsetof(bj_market_tick_t, ask_paise) == 36 &&
                  offsetof(bj_market_tick_t, bid_qty) == 40 &&
                  offsetof(bj_market_tick_t, ask_qty) == 48,
              "by the word");

#endif /* BJ_MARKET_PART_H */
