#ifndef BJ_IDMAP_H
#define BJ_IDMAP_H

/* bj_idmap - from an order's id, which somebody else chose, to the order.
 *
 * Shape      buckets of one cache line, seven ids each, at most three in use in the mean.  What
 *            does not fit goes to the next bucket; each bucket that was passed by knows how many.
 * Ownership  the caller owns the memory; the orders are the ladders'.
 * Threads    one.
 * Cost       one line for the bucket and one for the order, in the mean; both can be fetched ahead;
 *            nothing is ever moved.  Who chooses ids against the hash can make it the whole map:
 *            give such people ids of your own. */
#include "dataplane/book/bj_ladder.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { BJ_IDMAP_LANES = 7 };
#define BJ_ID_DISPLACED (UINT32_C(1) << 31) /* of bj_order_t.id_slot: not in its home bucket */

typedef struct bj_id_bucket {
    alignas(BJ_LINE_BYTES) uint32_t tag[BJ_IDMAP_LANES]; /* the id's low half */
    uint32_t passed_cnt;              /* ids that belong here or before, and were put behind */
    uint32_t ref[BJ_IDMAP_LANES + 1]; /* the last: which lanes are in use, a bit each */
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
    return (far ^ (order_id & 15)) & map->mask;
}

static inline uint32_t bj_id_bucket_hits(const bj_id_bucket_t *bucket, uint32_t tag) {
#ifdef __SSE2__
    const __m128i *tags = (const __m128i *)(const void *)bucket->tag;
    __m128i want = _mm_set1_epi32((int)tag);
    int low = _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_load_si128(tags), want)));
    int high = _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpeq_epi32(_mm_load_si128(tags + 1), want)));
    return ((uint32_t)low | (uint32_t)high << 4) & bucket->ref[BJ_IDMAP_LANES];
#else
    uint32_t hits = 0;
    for (uint32_t i = 0; i < BJ_IDMAP_LANES; i++)
        hits |= (uint32_t)(bucket->tag[i] == tag) << i;
    return hits & bucket->ref[BJ_IDMAP_LANES];
#endif
}

/* Where the order most likely is; nobody_ref if the bucket does not say. */
static inline uint32_t bj_id_bucket_guess(const bj_id_bucket_t *bucket, uint64_t order_id,
                                          uint32_t nobody_ref) {
    uint32_t hits = bj_id_bucket_hits(bucket, (uint32_t)order_id);
    uint32_t ref = bucket->ref[__builtin_ctz(hits | 1u << BJ_IDMAP_LANES)];
    return hits ? ref : nobody_ref;
}

/* NULL: not live.  home is bj_idmap_home of the id. */
static inline bj_order_t *bj_idmap_find_at(const bj_idmap_t *map, const bj_ladders_t *ladders,
                                           uint64_t home, uint64_t order_id) {
    for (uint64_t i = home;; i = (i + 1) & map->mask) {
        const bj_id_bucket_t *bucket = &map->bucket[i];
        for (uint32_t hits = bj_id_bucket_hits(bucket, (uint32_t)order_id); hits;
             hits &= hits - 1) {
            bj_order_t *order = bj_ladder_order(ladders, bucket->ref[__builtin_ctz(hits)]);
            if (BJ_LIKELY(order->order_id == order_id)) return order;
        }
        if (BJ_LIKELY(!bucket->passed_cnt) || ((i + 1) & map->mask) == home) return NULL;
    }
}
static inline bj_order_t *bj_idmap_find(const bj_idmap_t *map, const bj_ladders_t *ladders,
                                        uint64_t order_id) {
    return bj_idmap_find_at(map, ladders, bj_idmap_home(map, order_id), order_id);
}

/* The id is not in the map, and fewer than id_max are. */
static inline void bj_idmap_add(bj_idmap_t *map, bj_order_t *order, uint32_t ref) {
    uint64_t home = bj_idmap_home(map, order->order_id), i = home;
    bj_id_bucket_t *bucket = &map->bucket[i];
    while (BJ_UNLIKELY(bucket->ref[BJ_IDMAP_LANES] == (1u << BJ_IDMAP_LANES) - 1)) {
        bucket->passed_cnt++;
        i = (i + 1) & map->mask;
        bucket = &map->bucket[i];
    }
    uint32_t lane = (uint32_t)__builtin_ctz(~bucket->ref[BJ_IDMAP_LANES]);
    bucket->tag[lane] = (uint32_t)order->order_id;
    bucket->ref[lane] = ref;
    bucket->ref[BJ_IDMAP_LANES] |= 1u << lane;
    order->id_slot = ((uint32_t)i * 8 + lane) | (i == home ? 0 : BJ_ID_DISPLACED);
}

/* The same where the home bucket alone says that the id is new and has room for it; false: it does
 * not say so, and nothing has changed. */
static inline bool bj_idmap_add_plain(bj_idmap_t *map, uint64_t home, bj_order_t *order,
                                      uint64_t order_id, uint32_t ref) {
    bj_id_bucket_t *bucket = &map->bucket[home];
    uint32_t used = bucket->ref[BJ_IDMAP_LANES], lane = (uint32_t)__builtin_ctz(~used);
    bool full = lane == BJ_IDMAP_LANES;
    if (BJ_UNLIKELY(bj_id_bucket_hits(bucket, (uint32_t)order_id) | bucket->passed_cnt | full))
        return false;
    bucket->tag[lane] = (uint32_t)order_id;
    bucket->ref[lane] = ref;
    bucket->ref[BJ_IDMAP_LANES] = used | 1u << lane;
    order->id_slot = (uint32_t)home * 8 + lane;
    return true;
}

static inline void bj_idmap_remove(bj_idmap_t *map, const bj_order_t *order) {
    uint64_t at = (order->id_slot & ~BJ_ID_DISPLACED) / 8;
    map->bucket[at].ref[BJ_IDMAP_LANES] &= ~(1u << order->id_slot % 8);
    if (BJ_LIKELY(!(order->id_slot & BJ_ID_DISPLACED))) return;
    for (uint64_t i = bj_idmap_home(map, order->order_id); i != at; i = (i + 1) & map->mask)
        map->bucket[i].passed_cnt--;
}

#endif /* BJ_IDMAP_H */
