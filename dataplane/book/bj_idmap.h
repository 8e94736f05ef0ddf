#ifndef BJ_IDMAP_H
#define BJ_IDMAP_H

/* bj_idmap - from an order's id, which somebody else chose, to the order.
 *
 * Shape      buckets of one cache line, eight ids each, at most three in use in the mean.  What
 *            does not fit goes to the next bucket; each bucket that was passed by knows how many.
 * Ownership  the caller owns the memory; the orders are the ladders'.
 * Threads    one.
 * Cost       one line for the bucket and one for the order, in the mean; both can be fetched ahead;
 *            nothing is ever moved.  Who chooses ids against the hash can make it the whole map:
 *            give such people ids of your own. */
#include "dataplane/book/bj_ladder.h"

#ifdef __SSSE3__
#include <tmmintrin.h>
#endif

enum { BJ_IDMAP_LANES = 8 };
#define BJ_ID_DISPLACED (UINT32_C(1) << 31) /* of bj_order_t.id_slot: not in its home bucket */

typedef struct bj_id_bucket {
    alignas(BJ_LINE_BYTES) uint16_t tag[BJ_IDMAP_LANES]; /* of the lane's id; 0: it is free */
    uint32_t ref[BJ_IDMAP_LANES];
    uint32_t passed_cnt; /* ids that belong here or before, and were put behind */
    uint32_t reserved[3];
} bj_id_bucket_t;
static_assert(sizeof(bj_id_bucket_t) == BJ_LINE_BYTES, "one line");

typedef struct bj_idmap {
    bj_id_bucket_t *bucket;
    uint64_t mask;
} bj_idmap_t;

static inline uint64_t bj_idmap_bucket_cnt(uint32_t id_max) {
    uint64_t cnt = 2;
    while (cnt * 3 < id_max)
        cnt *= 2;
    return cnt;
}
static inline size_t bj_idmap_footprint(uint32_t id_max) {
    return bj_idmap_bucket_cnt(id_max) * sizeof(bj_id_bucket_t);
}
static inline void bj_idmap_new(bj_idmap_t *map, void *mem, uint32_t id_max) {
    memset(mem, 0, bj_idmap_footprint(id_max));
    *map = (bj_idmap_t){mem, bj_idmap_bucket_cnt(id_max) - 1};
}

/* Sixteen ids in a row lie in buckets beside each other; the next sixteen anywhere else. */
static inline uint64_t bj_idmap_home(const bj_idmap_t *map, uint64_t order_id) {
    uint64_t far = (order_id >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
    return (far ^ order_id) & map->mask;
}

static inline uint32_t bj_id_tag(uint64_t order_id) { /* in its 16 low bits */
    return (uint32_t)order_id | 0x8000u;
}

/* The lanes that have this tag, two bits each: a lane is counted in the bytes of its tag. */
static inline uint32_t bj_id_bucket_hits(const bj_id_bucket_t *bucket, uint32_t tag) {
#ifdef __SSSE3__
    /* By hand: of two bytes gcc may make a copy in memory, and read four. */
    __m128i tags = _mm_load_si128((const __m128i *)(const void *)bucket->tag);
    __m128i all = _mm_shuffle_epi8(_mm_cvtsi32_si128((int)tag), _mm_set1_epi16(0x0100));
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi16(tags, all));
#else
    uint32_t hits = 0;
    for (uint32_t i = 0; i < BJ_IDMAP_LANES; i++)
        hits |= (bucket->tag[i] == (uint16_t)tag ? UINT32_C(3) : 0) << 2 * i;
    return hits;
#endif
}
static inline uint32_t bj_id_bucket_free(const bj_id_bucket_t *bucket) {
#ifdef __SSSE3__
    __m128i tags = _mm_load_si128((const __m128i *)(const void *)bucket->tag);
    return (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi16(tags, _mm_setzero_si128()));
#else
    return bj_id_bucket_hits(bucket, 0);
#endif
}
/* The first of them: twice its number, which is what its addresses are made of. */
static inline uint32_t bj_id_lane(uint32_t hits) { return (uint32_t)__builtin_ctz(hits); }
static inline uint16_t *bj_id_lane_tag(bj_id_bucket_t *bucket, uint32_t lane) {
    return (uint16_t *)(void *)((uint8_t *)bucket->tag + lane);
}
static inline uint32_t *bj_id_lane_ref(bj_id_bucket_t *bucket, uint32_t lane) {
    return (uint32_t *)(void *)((uint8_t *)bucket->ref + (size_t)2 * lane);
}

/* Where the order most likely is; some reference if the bucket does not say. */
static inline uint32_t bj_id_bucket_guess(bj_id_bucket_t *bucket, uint64_t order_id) {
    uint32_t hits = bj_id_bucket_hits(bucket, bj_id_tag(order_id));
    return *bj_id_lane_ref(bucket, bj_id_lane(hits | 1u << (2 * BJ_IDMAP_LANES - 1)) & ~1u);
}

/* NULL: not live.  home is bj_idmap_home of the id. */
static inline bj_order_t *bj_idmap_find_at(const bj_idmap_t *map, const bj_ladders_t *ladders,
                                           uint64_t home, uint64_t order_id) {
    for (uint64_t i = home;; i = (i + 1) & map->mask) {
        bj_id_bucket_t *bucket = &map->bucket[i];
        for (uint32_t hits = bj_id_bucket_hits(bucket, bj_id_tag(order_id)); hits;) {
            uint32_t lane = bj_id_lane(hits);
            bj_order_t *order = bj_ladder_order(ladders, *bj_id_lane_ref(bucket, lane));
            if (BJ_LIKELY(order->order_id == order_id)) return order;
            hits &= ~(UINT32_C(3) << lane);
        }
        if (BJ_LIKELY(!bucket->passed_cnt) || ((i + 1) & map->mask) == home) return NULL;
    }
}
static inline bj_order_t *bj_idmap_find(const bj_idmap_t *map, const bj_ladders_t *ladders,
                                        uint64_t order_id) {
    return bj_idmap_find_at(map, ladders, bj_idmap_home(map, order_id), order_id);
}

/* Into a free lane of bucket i; returns the slot: where its tag lies, in bytes. */
static inline uint32_t bj_idmap_put(bj_id_bucket_t *bucket, uint64_t i, uint32_t lane,
                                    uint64_t order_id, uint32_t ref) {
    *bj_id_lane_tag(bucket, lane) = (uint16_t)bj_id_tag(order_id);
    *bj_id_lane_ref(bucket, lane) = ref;
    return (uint32_t)i * (uint32_t)sizeof *bucket + lane;
}

/* The id is not in the map, and fewer than id_max are. */
static inline void bj_idmap_add(bj_idmap_t *map, bj_order_t *order, uint32_t ref) {
    uint64_t home = bj_idmap_home(map, order->order_id), i = home;
    uint32_t free;
    while (BJ_UNLIKELY(!(free = bj_id_bucket_free(&map->bucket[i])))) {
        map->bucket[i].passed_cnt++;
        i = (i + 1) & map->mask;
    }
    uint32_t slot = bj_idmap_put(&map->bucket[i], i, bj_id_lane(free), order->order_id, ref);
    order->id_slot = slot | (i == home ? 0 : BJ_ID_DISPLACED);
}

/* The lanes of its home bucket where a new id may be put; 0: that bucket alone does not say that
 * the id is new, or has no room. */
static inline uint32_t bj_idmap_room_at(const bj_id_bucket_t *home, uint64_t order_id) {
    if (BJ_UNLIKELY(bj_id_bucket_hits(home, bj_id_tag(order_id)) | home->passed_cnt)) return 0;
    return bj_id_bucket_free(home);
}

static inline void bj_idmap_remove(bj_idmap_t *map, const bj_order_t *order) {
    uint32_t slot = order->id_slot & ~BJ_ID_DISPLACED;
    *(uint16_t *)(void *)((uint8_t *)map->bucket + slot) = 0;
    if (BJ_LIKELY(!(order->id_slot & BJ_ID_DISPLACED))) return;
    uint64_t at = slot / sizeof(bj_id_bucket_t);
    for (uint64_t i = bj_idmap_home(map, order->order_id); i != at; i = (i + 1) & map->mask)
        map->bucket[i].passed_cnt--;
}

#endif /* BJ_IDMAP_H */
