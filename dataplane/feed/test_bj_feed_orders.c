/* Goal: whatever comes and goes, every live order is found where it was put and no other is, though
 * buckets run over, onto each other and over the table's end, and their counts reach their own. */
#include "dataplane/feed/bj_feed_orders.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { ID_MAX = 4000, ORDER_MAX = 700, STEPS = 60000 };

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

typedef struct bed {
    bj_feed_orders_t orders;
    bj_feed_order_t *place[ID_MAX + 1]; /* of the live */
    uint32_t home_max;                  /* homes are below this: a few run over at once */
    uint32_t plain_cnt;
} bed_t;

static uint32_t home_of(const bed_t *bed, uint64_t key) {
    uint32_t home = bj_feed_order_home(&bed->orders, key);
    BJ_CHECK(home < bed->orders.bucket_cnt);
    return bed->orders.bucket_cnt - 1 - home % bed->home_max;
}

static void add(bed_t *bed, uint32_t id) {
    uint64_t key = bj_feed_order_key(id, 2);
    uint32_t home = home_of(bed, key);
    bj_feed_order_t *order = bj_feed_order_add_plain(&bed->orders, home, key);
    bed->plain_cnt += order != NULL;
    if (!order) order = bj_feed_order_add(&bed->orders, home, key);
    bj_feed_order_move(order, id * 7);
    order->qty = (int32_t)id;
    bed->place[id] = order;
}

static void drop(bed_t *bed, uint32_t id) {
    bj_feed_order_remove(&bed->orders, home_of(bed, bj_feed_order_key(id, 2)), bed->place[id]);
    bed->place[id] = NULL;
}

static void check(const bed_t *bed, uint32_t id) {
    uint64_t key = bj_feed_order_key(id, 2);
    bj_feed_order_t *found = bj_feed_order_find(&bed->orders, home_of(bed, key), key);
    BJ_CHECK(found == bed->place[id]);
    if (found) BJ_CHECK(found->qty == (int32_t)id && bj_feed_order_where(found) == id * 7);
    const bj_feed_order_t *guess = bj_feed_order_guess(&bed->orders, home_of(bed, key), key);
    BJ_CHECK(guess->key != key || guess == found);
}

static void test_all(uint32_t home_max) {
    bed_t *bed = calloc(1, sizeof *bed);
    void *mem = aligned_alloc(64, bj_feed_orders_footprint(ORDER_MAX));
    bj_feed_orders_new(&bed->orders, mem, ORDER_MAX);
    bed->home_max = home_max ? home_max : bed->orders.bucket_cnt;
    uint32_t live = 0;
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t id = 1 + any(ID_MAX), fill = step / 10000 % 2 ? 4 : 1; /* full, then thin */
        if (bed->place[id]) drop(bed, id), live--;
        else if (live < ORDER_MAX && any(fill) == 0) add(bed, id), live++;
        check(bed, id);
        check(bed, 1 + any(ID_MAX));
    }
    BJ_CHECK(bed->orders.order_cnt == live && live > 0 && bed->plain_cnt > 0);
    for (uint32_t id = 1; id <= ID_MAX; id++) check(bed, id);
    BJ_CHECK(!bj_feed_order_find(&bed->orders, 0, bj_feed_order_key(1, 3)));
    free(mem);
    free(bed);
}

int main(void) {
    test_all(0);
    test_all(40); /* each runs over */
    test_all(3);  /* one long run, counts at their end */
    return bj_test_end("test_bj_feed_orders");
}
