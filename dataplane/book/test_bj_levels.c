/* Goal: ladders of levels alone: quantities and counts are what a plain array of orders says, best
 * to worst, though the unit changes under them again and again, and orders follow their levels late
 * or never. */
#include "dataplane/book/bj_ladder.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { ORDERS = 200, PAGES = 4 * ORDERS + 1, STEPS = 20000 };

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

typedef struct order {
    int32_t price, qty;
    uint32_t where;
} order_t;

typedef struct bed {
    bj_ladders_t l;
    bj_ladder_t *ladder;
    order_t order[ORDERS];
    uint32_t cnt, refused_cnt, followed_cnt;
    bool higher;
} bed_t;

static const bj_ladders_config_t shape = {.ladder_cnt = 2, .page_max = PAGES, .totals = true};

static void add(bed_t *bed, int32_t price, int32_t qty) {
    bj_ladder_t *ladder = bed->ladder;
    if (!bj_ladder_fits(ladder, price) && !bj_ladder_admit(&bed->l, ladder, price)) {
        bed->refused_cnt++;
        return;
    }
    uint32_t key = bj_ladder_key(ladder, price);
    if (!bj_ladder_room(&bed->l, ladder, key)) {
        bed->refused_cnt++;
        return;
    }
    uint32_t ref = bj_ladder_level(&bed->l, ladder, key);
    bj_ladder_count(&bed->l, ladder, ref, qty, 1);
    bed->order[bed->cnt++] = (order_t){price, qty, ref};
}

static void drop(bed_t *bed, uint32_t i) {
    order_t *order = &bed->order[i];
    bed->followed_cnt += bj_level_has_moved(&bed->l, order->where);
    uint32_t ref = bj_level_follow(&bed->l, order->where);
    BJ_CHECK(bj_level_price(&bed->l, ref) == order->price);
    bj_ladder_count(&bed->l, bed->ladder, ref, -(int64_t)order->qty, -1);
    if (!bed->l.total[ref].order_cnt) bj_ladder_emptied(&bed->l, ref);
    *order = bed->order[--bed->cnt];
}

/* The level behind a price, as the array has it; order_cnt 0: none. */
static bj_level_total_t plain_level(const bed_t *bed, int64_t than, int32_t *price) {
    bj_level_total_t level = {0};
    for (uint32_t i = 0; i < bed->cnt; i++) {
        const order_t *o = &bed->order[i];
        if (bed->higher ? o->price >= than : o->price <= than) continue;
        if (!level.order_cnt || (bed->higher ? o->price > *price : o->price < *price)) {
            *price = o->price;
            level = (bj_level_total_t){0};
        }
        level.qty += o->price == *price ? o->qty : 0;
        level.order_cnt += o->price == *price;
    }
    return level;
}

static bool agrees(const bed_t *bed) {
    int64_t than = bed->higher ? INT64_MAX : INT64_MIN;
    uint32_t ref = bed->ladder->best_ref;
    int32_t price = 0;
    for (;;) {
        bj_level_total_t want = plain_level(bed, than, &price);
        if (!want.order_cnt) return ref == BJ_NIL;
        if (ref == BJ_NIL || bj_level_price(&bed->l, ref) != price) return false;
        const bj_level_total_t *is = &bed->l.total[ref];
        if (is->qty != want.qty || is->order_cnt != want.order_cnt) return false;
        ref = bj_ladder_worse(&bed->l, bed->ladder, bj_level_key(&bed->l, ref));
        than = price;
    }
}

/* Every page is back, as it was taken. */
static bool is_clean(const bed_t *bed) {
    bool clean = bed->l.free_page_cnt == PAGES && bed->l.free_node_cnt == bed->l.node_max;
    for (uint32_t i = 0; i < PAGES * 64; i++)
        clean &= bed->l.total[i].qty == 0 && bed->l.total[i].order_cnt == 0;
    for (uint32_t i = 0; i < PAGES; i++) clean &= bed->l.page[i].moved_cnt == 0;
    return clean && bed->ladder->best_ref == BJ_NIL && bed->ladder->qty == 0;
}

static void empty(bed_t *bed, bool at_once) {
    if (at_once) { /* they follow, and then are forgotten all together */
        while (bed->cnt) (void)bj_level_follow(&bed->l, bed->order[--bed->cnt].where);
        bj_ladder_clear(&bed->l, bed->ladder);
    }
    while (bed->cnt) drop(bed, any(bed->cnt));
    BJ_CHECK(is_clean(bed));
}

static void test_random(bool higher, int32_t around, int32_t unit) {
    bed_t *bed = calloc(1, sizeof *bed);
    void *mem = aligned_alloc(64, bj_ladders_footprint(&shape));
    bj_ladders_new(&bed->l, mem, &shape);
    bj_ladder_init(&bed->l, 1, higher);
    bed->ladder = &bed->l.ladder[1];
    bed->higher = higher;
    for (uint32_t k = 0; k < STEPS; k++) {
        int32_t step = unit >> any(9); /* finer and finer: each halves the unit at most */
        if (bed->cnt && any(100) < 48) drop(bed, any(bed->cnt));
        else if (bed->cnt < ORDERS)
            add(bed, around + (step ? step : 1) * (int32_t)any(300), 1 + (int32_t)any(99));
        if (k % 16 == 0) BJ_CHECK(agrees(bed));
        if (any(400) != 0) continue;
        empty(bed, any(2));
        BJ_CHECK(bj_ladder_fit(&bed->l, bed->ladder, (uint32_t)unit));
    }
    empty(bed, true);
    BJ_CHECK(bed->followed_cnt > 0 && bed->refused_cnt == 0);
    free(mem);
    free(bed);
}

static void test_shapes(void) {
    bj_ladders_config_t bad = shape;
    bad.totals = false;
    BJ_CHECK(bj_ladders_footprint(&bad) == 0);
    bad = shape, bad.page_max = 0;
    BJ_CHECK(bj_ladders_footprint(&bad) == 0);
    bad = shape, bad.queue_cnt = 1;
    BJ_CHECK(bj_ladders_footprint(&bad) == 0);
}

int main(void) {
    test_shapes();
    for (int higher = 0; higher < 2; higher++) {
        test_random(higher, 25600, 256);
        test_random(higher, -1024, 32);
        test_random(higher, INT32_MAX / 256 * 256 - 256 * 600, 256);
    }
    return bj_test_end("test_bj_levels");
}
