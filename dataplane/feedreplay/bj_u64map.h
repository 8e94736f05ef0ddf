#ifndef BJ_U64MAP_H
#define BJ_U64MAP_H

/* bj_u64map - from a number that is not 0 to a number; it grows, nothing is ever taken out.
 * For the first pass over a capture only: it uses the heap, and ends the program (exit 2, with a
 * sentence) when there is none left. */
#include "dataplane/base/bj_base.h"

typedef struct bj_u64map_slot {
    uint64_t key; /* 0: an empty slot */
    int64_t value;
} bj_u64map_slot_t;

typedef struct bj_u64map { /* zeros: empty */
    bj_u64map_slot_t *slots;
    size_t cnt, slot_cnt; /* slot_cnt: a power of two, more than cnt */
} bj_u64map_t;

/* Where key is or would be; only of a map that has slots. */
static inline bj_u64map_slot_t *bj_u64map_slot(const bj_u64map_t *map, uint64_t key) {
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->slot_cnt - 1);
    while (map->slots[i].key && map->slots[i].key != key)
        i = (i + 1) & (map->slot_cnt - 1);
    return &map->slots[i];
}

/* The value of key, 0 if it was not there; the pointer is good until the next call. */
int64_t *bj_u64map_at(bj_u64map_t *map, uint64_t key);
/* NULL: not there. */
static inline const int64_t *bj_u64map_find(const bj_u64map_t *map, uint64_t key) {
    if (!map->cnt) return NULL;
    const bj_u64map_slot_t *slot = bj_u64map_slot(map, key);
    return slot->key ? &slot->value : NULL;
}
void bj_u64map_free(bj_u64map_t *map);

/* What this room allocates with: never NULL.  grow also doubles *room as needed.  large: zeros on
 * large pages where the system gives them, every page touched; for free(). */
void *bj_need(void *mem);
void *bj_grow(void *mem, size_t *room, size_t cnt, size_t item_bytes);
void *bj_need_large(size_t bytes);

#endif /* BJ_U64MAP_H */
