#ifndef BJ_INDEX_H
#define BJ_INDEX_H

/* bj_index - from a number that somebody else chose (token, account) to our dense index.
 *
 * Shape      keys above 0; nothing is ever taken out; at most half full.
 * Ownership  the caller owns the slots, zeroed: bj_index_slots(cnt_max) of them. */
#include "dataplane/base/bj_base.h"

typedef struct bj_index_slot {
    uint32_t key, idx; /* key 0: empty */
} bj_index_slot_t;

static inline uint32_t bj_index_slots(uint32_t cnt_max) {
    uint32_t cnt = 8;
    while (cnt < 2 * cnt_max) cnt *= 2;
    return cnt;
}

/* The slot of key, or the empty one where it belongs. */
static inline bj_index_slot_t *bj_index_find(bj_index_slot_t *slot, uint32_t slot_cnt,
                                             uint32_t key) {
    uint32_t i = (key * UINT32_C(2654435769)) >> 7;
    while (slot[i &= slot_cnt - 1].key && slot[i].key != key) i++;
    return &slot[i];
}

#endif /* BJ_INDEX_H */
