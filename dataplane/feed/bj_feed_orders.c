#include "dataplane/feed/bj_feed_orders.h"

static uint32_t behind(const bj_feed_orders_t *orders, uint32_t bucket_idx) {
    return bucket_idx + 1 == orders->bucket_cnt ? 0 : bucket_idx + 1;
}

bj_feed_order_t *bj_feed_order_find(const bj_feed_orders_t *orders, uint32_t home, uint64_t key) {
    uint32_t i = home;
    do {
        bj_feed_bucket_t *bucket = &orders->bucket[i];
        uint32_t hits = bj_feed_bucket_hits(bucket, key);
        if (hits) return &bucket->order[__builtin_ctz(hits)];
        if (!bj_feed_bucket_passed(bucket)) return NULL;
        i = behind(orders, i);
    } while (i != home);
    return NULL;
}

bj_feed_order_t *bj_feed_order_add(bj_feed_orders_t *orders, uint32_t home, uint64_t key) {
    assert(orders->order_cnt < orders->order_max);
    bj_feed_bucket_t *bucket = &orders->bucket[home];
    uint32_t empty;
    for (uint32_t i = home; !(empty = bj_feed_bucket_hits(bucket, 0));) {
        if (bj_feed_bucket_passed(bucket) < BJ_FEED_PASSED_MAX)
            bucket->order[0].where += BJ_FEED_PASSED;
        i = behind(orders, i);
        bucket = &orders->bucket[i];
    }
    bj_feed_order_t *order = &bucket->order[__builtin_ctz(empty)];
    orders->order_cnt++;
    order->key = key;
    return order;
}

/* A count that has reached its end no longer says how many: it stays. */
void bj_feed_order_unpass(const bj_feed_orders_t *orders, uint32_t home,
                          const bj_feed_order_t *order) {
    uint32_t last = (uint32_t)((order - orders->bucket->order) / BJ_FEED_LANES);
    for (uint32_t i = home; i != last; i = behind(orders, i)) {
        bj_feed_bucket_t *bucket = &orders->bucket[i];
        if (bj_feed_bucket_passed(bucket) < BJ_FEED_PASSED_MAX)
            bucket->order[0].where -= BJ_FEED_PASSED;
    }
}

uint32_t bj_feed_orders_sweep(bj_feed_orders_t *orders, uint32_t bucket_idx, uint32_t cnt,
                              const uint64_t runs[BJ_FEED_RUNS / 64]) {
    uint32_t was_cnt = orders->order_cnt;
    for (; cnt; cnt--, bucket_idx = behind(orders, bucket_idx)) {
        bj_feed_order_t *order = orders->bucket[bucket_idx].order;
        for (bj_feed_order_t *end = order + BJ_FEED_LANES; order < end; order++) {
            if (order->key && bj_feed_run_in(runs, order->key))
                bj_feed_order_remove(orders, bj_feed_order_home(orders, order->key), order);
        }
    }
    return was_cnt - orders->order_cnt;
}
