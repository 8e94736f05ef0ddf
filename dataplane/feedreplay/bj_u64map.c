#include "dataplane/feedreplay/bj_u64map.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *bj_need(void *mem) {
    if (mem) return mem;
    fputs("bijli-feedreplay: there is not enough memory for these captures\n", stderr);
    exit(2);
}

void *bj_grow(void *mem, size_t *room, size_t cnt, size_t item_bytes) {
    if (cnt <= *room) return mem;
    while (*room < cnt)
        *room = *room ? *room * 2 : 64;
    return bj_need(realloc(mem, *room * item_bytes));
}

void *bj_need_large(size_t bytes) {
    enum { LARGE_BYTES = 2 << 20 };
    size_t all_bytes = (bytes / LARGE_BYTES + 1) * LARGE_BYTES;
    void *mem = bj_need(aligned_alloc(LARGE_BYTES, all_bytes));
    (void)madvise(mem, all_bytes, MADV_HUGEPAGE);
    memset(mem, 0, all_bytes);
    return mem;
}

static void grow(bj_u64map_t *map) {
    bj_u64map_t old = *map;
    map->slot_cnt = old.slot_cnt ? old.slot_cnt * 2 : 256;
    map->slots = bj_need(calloc(map->slot_cnt, sizeof *map->slots));
    for (size_t i = 0; i < old.slot_cnt; i++) {
        if (old.slots[i].key) *bj_u64map_slot(map, old.slots[i].key) = old.slots[i];
    }
    bj_u64map_free(&old);
}

int64_t *bj_u64map_at(bj_u64map_t *map, uint64_t key) {
    assert(key);
    if (map->cnt * 2 >= map->slot_cnt) grow(map);
    bj_u64map_slot_t *slot = bj_u64map_slot(map, key);
    if (!slot->key) map->cnt++;
    slot->key = key;
    return &slot->value;
}

void bj_u64map_free(bj_u64map_t *map) {
    free(map->slots);
}
