#ifndef BJ_FEED_ORDERS_H
#define BJ_FEED_ORDERS_H

/* bj_feed_orders - the exchange's live orders, each in the table that finds it: by its id.
 *
 * Shape      buckets of one cache line, four orders each, 1.33 in use in the mean when all are
 *            live.  What does not fit goes to the next bucket; each bucket that was passed by knows
 *            how often, up to 15, which then stays.
 * Key        the exchange's id, below 2^53, and above it the run of its stream: a number that the
 *            stream has until it begins again.  Then no message names the orders of the run that
 *            was: they are forgotten at once, and swept out by and by.  Never 0, which is an empty
 *            place.
 * Ownership  the caller owns the memory.  Nothing is ever moved: a place is good until its order is
 *            removed.
 * Threads    one.
 * Cost       one line, in the mean, and it is the order; it can be fetched ahead.  Memory: 48 bytes
 *            an order.  Who chooses ids against the hash can make it the whole table: the
 *            exchange does not. */
#include "dataplane/base/bj_base.h"

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

enum { BJ_FEED_LANES = 4 };
#define BJ_FEED_PASSED (UINT32_C(1) << 28) /* one, in `where` of a bucket's first order */
#define BJ_FEED_PASSED_MAX (15 * BJ_FEED_PASSED)

typedef struct bj_feed_order {
    uint64_t key;   /* 0: none */
    int32_t  qty;   /* > 0 */
    uint32_t where; /* its level's reference, below 2^28; above that see BJ_FEED_PASSED */
} bj_feed_order_t;

typedef struct bj_feed_bucket {
    alignas(BJ_LINE_BYTES) bj_feed_order_t order[BJ_FEED_LANES];
} bj_feed_bucket_t;
static_assert(sizeof(bj_feed_bucket_t) == BJ_LINE_BYTES, "one line");

typedef struct bj_feed_orders {
    bj_feed_bucket_t *bucket;
    uint32_t bucket_cnt;
    uint32_t order_cnt, order_max;
} bj_feed_orders_t;

static inline uint32_t bj_feed_bucket_cnt(uint32_t order_max) {
    return (uint32_t)((uint64_t)order_max * 3 / 4 + 1);
}
static inline size_t bj_feed_orders_footprint(uint32_t order_max) {
    return bj_feed_bucket_cnt(order_max) * sizeof(bj_feed_bucket_t);
}
static inline void bj_feed_orders_new(bj_feed_orders_t *orders, void *mem, uint32_t order_max) {
    memset(mem, 0, bj_feed_orders_footprint(order_max));
    *orders = (bj_feed_orders_t){mem, bj_feed_bucket_cnt(order_max), 0, order_max};
}

enum { BJ_FEED_RUN_AT = 53, BJ_FEED_RUNS = 1 << (64 - BJ_FEED_RUN_AT) };

static inline uint64_t bj_feed_order_key(uint64_t order_id, uint32_t run) {
    return order_id | (uint64_t)run << BJ_FEED_RUN_AT;
}
static inline bool bj_feed_run_in(const uint64_t runs[BJ_FEED_RUNS / 64], uint64_t key) {
    return runs[key >> (BJ_FEED_RUN_AT + 6)] >> (key >> BJ_FEED_RUN_AT & 63) & 1;
}

/* Ids count up, in several streams side by side.  A CRC spreads such runs more evenly than dice
 * would; else mixed twice: after one product the runs fall upon each other. */
static inline uint32_t bj_feed_order_home(const bj_feed_orders_t *orders, uint64_t key) {
#ifdef __SSE4_2__
    uint64_t mixed = _mm_crc32_u64(0, key);
#else
    uint64_t mixed = key * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 32) * UINT64_C(0x9e3779b97f4a7c15) >> 32;
#endif
    return (uint32_t)(mixed * orders->bucket_cnt >> 32);
}

/* A bit for each order of the bucket with this key; of key 0: each empty place. */
static inline uint32_t bj_feed_bucket_hits(const bj_feed_bucket_t *bucket, uint64_t key) {
#ifdef __SSE4_2__
    const __m128i *at = (const __m128i *)(const void *)bucket, want = _mm_set1_epi64x((int64_t)key);
    __m128i low = _mm_unpacklo_epi64(_mm_load_si128(at), _mm_load_si128(at + 1));
    __m128i high = _mm_unpacklo_epi64(_mm_load_si128(at + 2), _mm_load_si128(at + 3));
    int hits = _mm_movemask_pd(_mm_castsi128_pd(_mm_cmpeq_epi64(low, want))) |
               _mm_movemask_pd(_mm_castsi128_pd(_mm_cmpeq_epi64(high, want))) << 2;
    return (uint32_t)hits;
#else
    uint32_t hits = 0;
    for (uint32_t i = 0; i < BJ_FEED_LANES; i++)
        hits |= (uint32_t)(bucket->order[i].key == key) << i;
    return hits;
#endif
}

/* Where the order is if it is in its home bucket; else any place of that. */
static inline bj_feed_order_t *bj_feed_order_guess(const bj_feed_orders_t *orders, uint32_t home,
                                                   uint64_t key) {
    bj_feed_bucket_t *bucket = &orders->bucket[home];
    uint32_t hits = bj_feed_bucket_hits(bucket, key);
    return &bucket->order[__builtin_ctz(hits | 1u << BJ_FEED_LANES) % BJ_FEED_LANES];
}

static inline uint32_t bj_feed_order_where(const bj_feed_order_t *order) {
    return order->where & (BJ_FEED_PASSED - 1);
}
static inline void bj_feed_order_move(bj_feed_order_t *order, uint32_t level_ref) {
    order->where = (order->where & BJ_FEED_PASSED_MAX) | level_ref;
}
static inline uint32_t bj_feed_bucket_passed(const bj_feed_bucket_t *bucket) {
    return bucket->order[0].where & BJ_FEED_PASSED_MAX;
}

/* NULL: not live. */
bj_feed_order_t *bj_feed_order_find(const bj_feed_orders_t *orders, uint32_t home, uint64_t key);
/* A place for a key that is not live; order_cnt < order_max.  The caller fills in the rest. */
bj_feed_order_t *bj_feed_order_add(bj_feed_orders_t *orders, uint32_t home, uint64_t key);
/* An order that is not in its home bucket: those it passed forget it. */
void bj_feed_order_unpass(const bj_feed_orders_t *orders, uint32_t home,
                          const bj_feed_order_t *order);

/* The same where the home bucket alone says that the id is new and has room for it; NULL: it does
 * not say so. */
static inline bj_feed_order_t *bj_feed_order_add_plain(bj_feed_orders_t *orders, uint32_t home,
                                                       uint64_t key) {
    bj_feed_bucket_t *bucket = &orders->bucket[home];
    uint32_t empty = bj_feed_bucket_hits(bucket, 0);
    uint32_t unsure = bj_feed_bucket_hits(bucket, key) | bj_feed_bucket_passed(bucket);
    if (BJ_UNLIKELY(unsure | !empty | (orders->order_cnt == orders->order_max))) return NULL;
    bj_feed_order_t *order = &bucket->order[__builtin_ctz(empty)];
    orders->order_cnt++;
    order->key = key;
    return order;
}

static inline void bj_feed_order_remove(bj_feed_orders_t *orders, uint32_t home,
                                        bj_feed_order_t *order) {
    uint64_t lane = (uint64_t)(order - orders->bucket[home].order);
    if (BJ_UNLIKELY(lane >= BJ_FEED_LANES)) bj_feed_order_unpass(orders, home, order);
    order->key = 0;
    orders->order_cnt--;
}

/* Removes the orders of these runs that lie in cnt buckets from one on: how many. */
uint32_t bj_feed_orders_sweep(bj_feed_orders_t *orders, uint32_t bucket_idx, uint32_t cnt,
                              const uint64_t runs[BJ_FEED_RUNS / 64]);

#endif /* BJ_FEED_ORDERS_H */
