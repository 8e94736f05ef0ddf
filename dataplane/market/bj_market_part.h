#ifndef BJ_MARKET_PART_H
#define BJ_MARKET_PART_H

/* bj_market_part - bj_market_end for a writer that knows what of a row has changed: nothing else is
 * looked at or stored.
 *
 * Threads    the market's writer.
 * Cost       six words and two a level; no call, the part is never in memory. */
#include "dataplane/market/bj_market.h"

typedef struct bj_market_part {
    bool     figures;      /* flags and what trades change */
    int64_t  exch_ns;
    uint64_t update_cnt;
    int64_t  total_qty[2]; /* buy, sell */
    uint64_t levels;       /* bit i: level i of the bids has changed; bit 20 + i: of the asks */
} bj_market_part_t;

enum {
    BJ_MARKET_WORD = sizeof(uint64_t), /* rows are stored by the word: see bj_market.c */
    BJ_MARKET_AT_FLAGS = 1,
    BJ_MARKET_AT_TRADE = offsetof(bj_market_row_t, last_price_paise) / BJ_MARKET_WORD,
    BJ_MARKET_AT_LEGS = offsetof(bj_market_row_t, leg_token) / BJ_MARKET_WORD,
};
static_assert(offsetof(bj_market_row_t, flags) == BJ_MARKET_AT_FLAGS * BJ_MARKET_WORD + 4 &&
                  sizeof(bj_market_level_t) == 2 * BJ_MARKET_WORD &&
                  offsetof(bj_market_row_t, last_price_paise) % BJ_MARKET_WORD == 0 &&
                  offsetof(bj_market_row_t, leg_token) % BJ_MARKET_WORD == 0,
              "by the word");
static_assert(offsetof(bj_market_row_t, ask) ==
                  offsetof(bj_market_row_t, bid) + sizeof((bj_market_row_t *)0)->bid,
              "the asks follow the bids");

static inline void bj_market_copy_word(bj_market_row_t *shared, const bj_market_row_t *draft,
                                       size_t at) {
    uint64_t word;
    memcpy(&word, (const uint8_t *)draft + at * BJ_MARKET_WORD, sizeof word);
    __atomic_store_n((uint64_t *)(void *)shared + at, word, __ATOMIC_RELEASE);
}

static inline void bj_market_copy_level(bj_market_row_t *shared, const bj_market_row_t *draft,
                                        uint32_t level) {
    size_t at = offsetof(bj_market_row_t, bid) / BJ_MARKET_WORD + 2 * (size_t)level;
    bj_market_copy_word(shared, draft, at);
    bj_market_copy_word(shared, draft, at + 1);
}

/* Two without a look at how many: that would be a toss.  Level 0 stands in for none. */
static inline void bj_market_copy_levels(bj_market_row_t *shared, const bj_market_row_t *draft,
                                         uint64_t levels) {
    uint64_t rest = levels & (levels - 1);
    const uint64_t none = UINT64_C(1) << 63;
    uint32_t first = (uint32_t)__builtin_ctzll(levels | none) & ~(uint32_t)-!levels;
    uint32_t second = (uint32_t)__builtin_ctzll(rest | none) & ~(uint32_t)-!rest;
    bj_market_copy_level(shared, draft, first);
    bj_market_copy_level(shared, draft, second);
    for (rest &= rest - 1; BJ_UNLIKELY(rest != 0); rest &= rest - 1)
        bj_market_copy_level(shared, draft, (uint32_t)__builtin_ctzll(rest));
}

static inline void bj_market_copy_figures(bj_market_row_t *shared, bj_market_row_t *draft,
                                          const bj_market_part_t *part) {
    draft->exch_ns = part->exch_ns;
    draft->update_cnt = part->update_cnt;
    draft->total_buy_qty = part->total_qty[0];
    draft->total_sell_qty = part->total_qty[1];
    bj_market_copy_word(shared, draft, BJ_MARKET_AT_FLAGS);
    for (size_t at = BJ_MARKET_AT_TRADE; at < BJ_MARKET_AT_LEGS; at++)
        bj_market_copy_word(shared, draft, at);
}

/* The row as readers see it (bj_market_shared) and as bj_market_begin hands it out; what a part
 * states itself need not be in the draft. */
static inline void bj_market_end_part(bj_market_row_t *shared, bj_market_row_t *draft,
                                      const bj_market_part_t *part) {
    uint32_t version = atomic_load_explicit(&shared->version, memory_order_relaxed);
    atomic_store_explicit(&shared->version, version + 1, memory_order_relaxed);
    __atomic_store_n(&shared->exch_ns, part->exch_ns, __ATOMIC_RELEASE);
    __atomic_store_n(&shared->update_cnt, part->update_cnt, __ATOMIC_RELEASE);
    __atomic_store_n(&shared->total_buy_qty, part->total_qty[0], __ATOMIC_RELEASE);
    __atomic_store_n(&shared->total_sell_qty, part->total_qty[1], __ATOMIC_RELEASE);
    bj_market_copy_levels(shared, draft, part->levels);
    if (BJ_UNLIKELY(part->figures)) bj_market_copy_figures(shared, draft, part);
    atomic_store_explicit(&shared->version, version + 2, memory_order_release);
}

#endif /* BJ_MARKET_PART_H */
