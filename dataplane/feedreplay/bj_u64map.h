#ifndef BJ_U64MAP_H
#define BJ_U64MAP_H

/* bj_u64map - from a number that is not 0 to a number; it grows, nothing is ever taken out.
 * For the first pass over a capture only: it uses the heap, and ends the program (exit 2, with a
 * sentence) when there is none left. */
#include "dataplane/base/bj_base.h"

typedef struct bj_u64map { /* zeros: empty */
    uint64_t *keys;        /* 0: an empty slot */
    int64_t *values;
    size_t cnt, slot_cnt;
} bj_u64map_t;

/* The value of key, 0 if it was not there; the pointer is good until the next call. */
int64_t *bj_u64map_at(bj_u64map_t *map, uint64_t key);
/* NULL: not there. */
const int64_t *bj_u64map_find(const bj_u64map_t *map, uint64_t key);
void bj_u64map_free(bj_u64map_t *map);

/* What this room's first pass allocates with: never NULL.  grow also doubles *room as needed. */
void *bj_need(void *mem);
void *bj_grow(void *mem, size_t *room, size_t cnt, size_t item_bytes);

#endif /* BJ_U64MAP_H */
