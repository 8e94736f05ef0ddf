#ifndef BJ_SHARE_H
#define BJ_SHARE_H

/* bj_share - how this room writes to shared memory that others read without locks.
 *
 * Words      memory is touched in 8-byte words: stores release, loads acquire, plain moves on x86.
 *            Whoever has seen a new word also sees what was stored before it: the odd version of a
 *            seqlock, the emptied seq of a ring's slot.
 * Records    a ring of 64-byte records whose first word is their sequence, from 1, stored last;
 *            depth is a power of two; the oldest is overwritten.
 * Threads    one writer; any number of readers.
 * Cost       put: one line; no syscall, no fence. */
#include "dataplane/base/bj_base.h"

enum { BJ_SHARE_WORDS = 8 };
typedef struct bj_share_record {
    alignas(BJ_LINE_BYTES) uint64_t word[BJ_SHARE_WORDS];
} bj_share_record_t;

static inline uint64_t bj_word_load(const void *base, size_t idx) {
    return __atomic_load_n((const uint64_t *)base + idx, __ATOMIC_ACQUIRE);
}
static inline void bj_word_store(void *base, size_t idx, uint64_t value) {
    __atomic_store_n((uint64_t *)base + idx, value, __ATOMIC_RELEASE);
}

/* The writer: seq is the last one + 1; word 0 of the record is set here. */
static inline void bj_share_put(bj_share_record_t *ring, uint64_t depth, uint64_t *last_seq,
                                uint64_t seq, const void *record) {
    bj_share_record_t *slot = &ring[seq & (depth - 1)];
    bj_word_store(slot, 0, 0);
    for (size_t i = 1; i < BJ_SHARE_WORDS; i++)
        bj_word_store(slot, i, ((const uint64_t *)record)[i]);
    bj_word_store(slot, 0, seq);
    __atomic_store_n(last_seq, seq, __ATOMIC_RELEASE);
}

/* False: not there, or no longer. */
static inline bool bj_share_get(const bj_share_record_t *ring, uint64_t depth, uint64_t seq,
                                void *record) {
    const bj_share_record_t *slot = &ring[seq & (depth - 1)];
    uint64_t *to = record;
    if (bj_word_load(slot, 0) != seq) return false;
    for (size_t i = 1; i < BJ_SHARE_WORDS; i++) to[i] = bj_word_load(slot, i);
    to[0] = seq;
    return __atomic_load_n(&slot->word[0], __ATOMIC_RELAXED) == seq;
}

/* As bj_market_next: the record *next_seq or the oldest one left; 0 means "from now". */
BJ_MUST_USE bool bj_share_next(const bj_share_record_t *ring, uint64_t depth,
                               const uint64_t *last_seq, uint64_t *next_seq, void *record,
                               uint64_t *missed_cnt);

#endif /* BJ_SHARE_H */
