#include "dataplane/feedreplay/bj_u64map.h"

#include <stdio.h>
#include <stdlib.h>

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

static size_t slot_of(const bj_u64map_t *map, uint64_t key) {
    size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (map->slot_cnt - 1);
    while (map->keys[i] && map->keys[i] != key)
        i = (i + 1) & (map->slot_cnt - 1);
    return i;
}

static void grow(bj_u64map_t *map) {
    bj_u64map_t old = *map;
    map->slot_cnt = old.slot_cnt ? old.slot_cnt * 2 : 256;
    map->keys = bj_need(calloc(map->slot_cnt, sizeof *map->keys));
    map->values = bj_need(calloc(map->slot_cnt, sizeof *map->values));
    for (size_t i = 0; i < old.slot_cnt; i++) {
        if (!old.keys[i]) continue;
        size_t at = slot_of(map, old.keys[i]);
        map->keys[at] = old.keys[i];
        map->values[at] = old.values[i];
    }
    bj_u64map_free(&old);
}

int64_t *bj_u64map_at(bj_u64map_t *map, uint64_t key) {
    assert(key);
    if (map->cnt * 2 >= map->slot_cnt) grow(map);
    size_t i = slot_of(map, key);
    if (!map->keys[i]) map->cnt++;
    map->keys[i] = key;
    return &map->values[i];
}

const int64_t *bj_u64map_find(const bj_u64map_t *map, uint64_t key) {
    if (!map->cnt) return NULL;
    size_t i = slot_of(map, key);
    return map->keys[i] ? &map->values[i] : NULL;
}

void bj_u64map_free(bj_u64map_t *map) {
    free(map->keys);
    free(map->values);
}
