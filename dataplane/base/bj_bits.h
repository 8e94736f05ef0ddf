#ifndef BJ_BITS_H
#define BJ_BITS_H

/* bj_bits - a set of small numbers, one bit each: who has something to do.
 *
 * Shape    numbers in [0, max); max a multiple of 64, the set max / 64 words, all 0 when empty.
 * Threads  one.
 * Cost     set, clear, has: one word; next: one word for every 64 numbers passed. */
#include "dataplane/base/bj_base.h"

static inline void bj_bits_set(uint64_t *set, uint32_t n) { set[n / 64] |= UINT64_C(1) << n % 64; }
static inline void bj_bits_clear(uint64_t *set, uint32_t n) {
    set[n / 64] &= ~(UINT64_C(1) << n % 64);
}
static inline bool bj_bits_has(const uint64_t *set, uint32_t n) {
    return set[n / 64] >> n % 64 & 1;
}

/* The first member at or above from; max if there is none. */
static inline uint32_t bj_bits_next(const uint64_t *set, uint32_t max, uint32_t from) {
    if (from >= max) return max;
    uint64_t word = set[from / 64] & (~UINT64_C(0) << from % 64);
    for (uint32_t at = from / 64;;) {
        if (word) return at * 64 + (uint32_t)__builtin_ctzll(word);
        if (++at == max / 64) return max;
        word = set[at];
    }
}

#endif /* BJ_BITS_H */
