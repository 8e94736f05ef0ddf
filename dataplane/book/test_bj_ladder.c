/* Goal: ladders and the id map at their edges: every price of an int32, units that change under
 * resting orders, pages and nodes that run out, ids that share a bucket, ladders that run both
 * ways; each against a plain array. */
#include "dataplane/book/bj_idmap.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { ORDERS = 300 };

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

typedef struct bed {
    bj_ladders_t l;
    bj_ladder_t *ladder;
    void *mem;
    struct {
        int32_t price;
        bj_order_t *order;
    } rest[ORDERS]; /* in order of arrival */
    uint32_t cnt;
    bool higher;
} bed_t;

static bed_t *bed_new(uint32_t order_max, uint32_t page_max, bool higher) {
    bj_ladders_config_t config = {.ladder_cnt = 2, .order_max = order_max, .page_max = page_max};
    bed_t *bed = calloc(1, sizeof *bed);
    bed->mem = aligned_alloc(64, bj_ladders_footprint(&config));
    bj_ladders_new(&bed->l, bed->mem, &config);
    bj_ladder_init(&bed->l, 0, !higher);
    bj_ladder_init(&bed->l, 1, higher);
    bed->ladder = &bed->l.ladder[1];
    bed->higher = higher;
    return bed;
}

static void bed_free(bed_t *bed) {
    free(bed->mem);
    free(bed);
}

/* False: refused, and nothing may have changed. */
static bool bed_add(bed_t *bed, int32_t price) {
    if (!bj_ladder_fits(bed->ladder, price) && !bj_ladder_admit(&bed->l, bed->ladder, price))
        return false;
    uint32_t key = bj_ladder_key(bed->ladder, price);
    BJ_CHECK(bj_ladder_price(bed->ladder, key) == price);
    if (!bed->l.free_order_cnt || !bj_ladder_room(&bed->l, bed->ladder, key)) return false;
    bj_order_t *order = bj_order_take(&bed->l);
    *order = (bj_order_t){.order_id = bed->cnt, .qty = 1};
    bj_ladder_push(&bed->l, bed->ladder, key, order, bj_order_ref(&bed->l, order));
    bed->rest[bed->cnt].price = price;
    bed->rest[bed->cnt++].order = order;
    return true;
}

static void bed_remove(bed_t *bed, uint32_t i) {
    bj_ladder_pull(&bed->l, bed->rest[i].order);
    bj_order_give(&bed->l, bed->rest[i].order);
    memmove(&bed->rest[i], &bed->rest[i + 1], (--bed->cnt - i) * sizeof bed->rest[0]);
}

/* The best price worse than `than`; false: none. */
static bool plain_worse(const bed_t *bed, int64_t than, int32_t *price) {
    bool found = false;
    for (uint32_t i = 0; i < bed->cnt; i++) {
        int32_t p = bed->rest[i].price;
        bool worse = bed->higher ? p < than : p > than;
        if (!worse || (found && (bed->higher ? p <= *price : p >= *price))) continue;
        *price = p;
        found = true;
    }
    return found;
}

static unsigned level_differs(const bed_t *bed, uint32_t level_ref, int32_t price) {
    uint32_t ref = bj_ladder_at(&bed->l, level_ref)->next;
    unsigned bad = bj_level_price(&bed->l, level_ref) != price;
    for (uint32_t i = 0; i < bed->cnt; i++) {
        if (bed->rest[i].price != price) continue;
        bad += ref == level_ref || bj_ladder_order(&bed->l, ref) != bed->rest[i].order;
        ref = bj_ladder_at(&bed->l, ref)->next;
    }
    return bad + (ref != level_ref);
}

/* Best to worst, and back again. */
static unsigned differs(const bed_t *bed) {
    unsigned bad = 0;
    uint32_t ref = bed->ladder->best_ref, last = BJ_NIL;
    int32_t price = 0;
    int64_t than = bed->higher ? INT64_MAX : INT64_MIN;
    for (; plain_worse(bed, than, &price); than = price) {
        if (ref == BJ_NIL) return 1;
        bad += level_differs(bed, ref, price);
        uint32_t key = bj_level_key(&bed->l, ref);
        bad += bj_ladder_better(&bed->l, bed->ladder, key) != last;
        last = ref;
        ref = bj_ladder_worse(&bed->l, bed->ladder, key);
    }
    return bad + (ref != BJ_NIL) + (bj_ladder_better(&bed->l, bed->ladder, BJ_NIL) != last);
}

static int32_t random_price(int32_t around, int32_t span, int32_t step) {
    switch (any(40)) {
    case 0:
        return INT32_MAX - (int32_t)any(3);
    case 1:
        return -INT32_MAX + (int32_t)any(3);
    case 2:
        return (int32_t)any(UINT32_MAX) | 1;
    default:
        return around + step * (int32_t)any((uint32_t)span);
    }
}

static void test_random(bool higher, int32_t around, int32_t span, int32_t step) {
    bed_t *bed = bed_new(ORDERS, 0, higher);
    unsigned fails = bj_fail_cnt;
    for (int k = 0; k < 6000 && bj_fail_cnt == fails; k++) {
        if (bed->cnt && any(100) < 45)
            bed_remove(bed, any(bed->cnt));
        else if (bed->cnt < ORDERS)
            BJ_CHECK(bed_add(bed, random_price(around, span, step)));
        if (any(300) == 0) BJ_CHECK(bj_ladder_fit(&bed->l, bed->ladder, (uint32_t)step));
        if (any(700) == 0)
            while (bed->cnt)
                bed_remove(bed, any(bed->cnt));
        if (k % 8 == 0) BJ_CHECK(differs(bed) == 0);
    }
    if (bj_fail_cnt != fails) fprintf(stderr, "  around %d span %d step %d\n", around, span, step);
    bed_free(bed);
}

/* A limit between two prices of the grid reaches what it pays for and no further. */
static void test_limits(void) {
    static const struct {
        bool higher;
        int32_t unit, price, limit;
        bool reached;
    } cases[] = {
        {false, 5, 100, 100, true}, {false, 5, 100, 104, true}, {false, 5, 105, 104, false},
        {false, 5, 100, 99, false}, {true, 5, 100, 100, true},  {true, 5, 100, 96, true},
        {true, 5, 95, 96, false},   {true, 5, 100, 101, false}, {true, 1, 100, 100, true},
        {true, 1, 100, 101, false}, {false, 1, 100, 99, false}, {true, 7, -7, -8, true},
        {true, 7, -7, -6, false},   {false, 7, -7, -6, true},   {false, 7, -7, -8, false},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bed_t *bed = bed_new(4, 0, cases[i].higher);
        BJ_CHECK(bj_ladder_fit(&bed->l, bed->ladder, (uint32_t)cases[i].unit));
        BJ_CHECK(bed_add(bed, cases[i].price));
        bool reached = bed->ladder->best_key <= bj_ladder_limit_key(bed->ladder, cases[i].limit);
        BJ_CHECK(reached == cases[i].reached);
        if (reached != cases[i].reached) fprintf(stderr, "  case %zu\n", i);
        bed_free(bed);
    }
}

/* Pages run out: prices in pages that exist are still taken, and nothing is lost. */
static void test_no_pages(void) {
    bed_t *bed = bed_new(ORDERS, 3, true);
    for (int32_t i = 0; i < 3; i++)
        BJ_CHECK(bed_add(bed, 64 * i + 5));
    BJ_CHECK(bed->l.tight && !bed_add(bed, 1000));
    BJ_CHECK(bed_add(bed, 69) && bed_add(bed, 70) && differs(bed) == 0);
    BJ_CHECK(bj_ladder_fit(&bed->l, bed->ladder, 1)); /* nothing to do */
    bed_remove(bed, 0);                               /* alone in its page */
    BJ_CHECK(!bed->l.tight && bed_add(bed, 1000) && bed->l.tight);
    while (bed->cnt)
        bed_remove(bed, 0);
    BJ_CHECK(!bed->l.tight && bed_add(bed, 1000) && differs(bed) == 0);
    bed_free(bed);
}

/* In fives all prices share a page; in ones they would need five. */
static void test_no_room_for_finer(void) {
    bed_t *bed = bed_new(ORDERS, 3, false);
    BJ_CHECK(bj_ladder_fit(&bed->l, bed->ladder, 5));
    for (int32_t i = 0; i < 70; i++)
        BJ_CHECK(bed_add(bed, 100000 + 5 * i));
    BJ_CHECK(!bed_add(bed, 100001) && bed->ladder->unit == 5 && differs(bed) == 0);
    BJ_CHECK(bed_add(bed, 100000));
    bed_free(bed);
}

/* Nodes run out before pages do: far prices are refused, near ones taken. */
static void test_no_nodes(void) {
    bj_ladders_config_t config = {.ladder_cnt = 1, .order_max = 1 << 18};
    void *mem = aligned_alloc(64, bj_ladders_footprint(&config));
    bj_ladders_t l;
    bj_ladders_new(&l, mem, &config);
    bj_ladder_init(&l, 0, true);
    uint32_t taken = 0;
    for (int32_t i = 0; i < 30000; i++) {
        uint32_t key = bj_ladder_key(&l.ladder[0], i * 70000);
        if (!bj_ladder_room(&l, &l.ladder[0], key)) continue;
        bj_order_t *order = bj_order_take(&l);
        bj_ladder_push(&l, &l.ladder[0], key, order, bj_order_ref(&l, order));
        taken++;
    }
    BJ_CHECK(taken > 100 && taken < 30000 && l.tight && l.free_page_cnt > 0);
    free(mem);
}

/* --- ids */

static void test_ids(uint64_t step, uint32_t id_max) {
    bj_ladders_config_t config = {.ladder_cnt = 1, .order_max = id_max};
    void *mem = aligned_alloc(64, bj_ladders_footprint(&config));
    void *map_mem = aligned_alloc(64, bj_idmap_footprint(id_max));
    bj_order_t **live = calloc(id_max, sizeof *live);
    bj_ladders_t l;
    bj_idmap_t map;
    unsigned bad = 0;
    bj_ladders_new(&l, mem, &config);
    bj_idmap_new(&map, map_mem, id_max);
    for (int k = 0; k < 40000; k++) {
        uint32_t i = any(id_max);
        bad += bj_idmap_find(&map, &l, i * step) != live[i];
        if (live[i]) {
            bj_idmap_remove(&map, live[i]);
            bj_order_give(&l, live[i]);
            live[i] = NULL;
            continue;
        }
        live[i] = bj_order_take(&l);
        live[i]->order_id = i * step;
        live[i]->where = 0;
        bj_idmap_add(&map, live[i], bj_order_ref(&l, live[i]));
    }
    for (uint32_t i = 0; i < id_max; i++) {
        if (live[i]) bj_idmap_remove(&map, live[i]);
    }
    for (uint64_t b = 0; b <= map.mask; b++) {
        bad += map.bucket[b].passed_cnt || bj_id_bucket_free(&map.bucket[b]) != 0xffff;
    }
    BJ_CHECK(bad == 0);
    if (bad) fprintf(stderr, "  step %lu, %u ids: %u bad\n", step, id_max, bad);
    free(live);
    free(map_mem);
    free(mem);
}

/* Displaced ids in every bucket, though hardly any is live: whoever asks for another gets an
 * answer. */
static void test_all_passed(void) {
    enum { MAX = 12, BUCKETS = 4 };
    bj_idmap_t map;
    bj_ladders_t l;
    bj_ladders_config_t config = {.ladder_cnt = 1, .order_max = MAX * BUCKETS};
    void *map_mem = aligned_alloc(64, bj_idmap_footprint(MAX));
    void *mem = aligned_alloc(64, bj_ladders_footprint(&config));
    bj_idmap_new(&map, map_mem, MAX);
    bj_ladders_new(&l, mem, &config);
    BJ_CHECK(map.mask + 1 == BUCKETS);
    uint64_t id = 0;
    for (uint64_t b = 0; b < BUCKETS; b++) {
        bj_order_t *order[BJ_IDMAP_LANES + 1];
        const uint32_t cnt = b ? BJ_IDMAP_LANES : BJ_IDMAP_LANES + 1;
        for (uint32_t k = 0; k < cnt;) {
            if (bj_idmap_home(&map, ++id) != b) continue;
            order[k] = bj_order_take(&l);
            order[k]->order_id = id;
            bj_idmap_add(&map, order[k], bj_order_ref(&l, order[k]));
            k++;
        }
        for (uint32_t k = 0; k + 1 < cnt; k++)
            bj_idmap_remove(&map, order[k]);
    }
    for (uint64_t unknown = 1000; unknown < 1100; unknown++)
        BJ_CHECK(!bj_idmap_find(&map, &l, unknown * 77));
    free(map_mem);
    free(mem);
}

/* All ids in one bucket: the chain may be as long as the map. */
static void test_one_bucket(void) {
    bj_idmap_t shape;
    uint32_t max = 60, found = 0;
    void *probe = aligned_alloc(64, bj_idmap_footprint(max));
    uint64_t ids[60];
    bj_idmap_new(&shape, probe, max);
    for (uint64_t id = 1; found < max; id++) {
        if (bj_idmap_home(&shape, id) == 3) ids[found++] = id;
    }
    bj_ladders_config_t config = {.ladder_cnt = 1, .order_max = max};
    void *mem = aligned_alloc(64, bj_ladders_footprint(&config));
    bj_ladders_t l;
    bj_order_t *order[60];
    bj_ladders_new(&l, mem, &config);
    for (uint32_t i = 0; i < max; i++) {
        order[i] = bj_order_take(&l);
        order[i]->order_id = ids[i];
        bj_idmap_add(&shape, order[i], bj_order_ref(&l, order[i]));
    }
    unsigned bad = 0;
    for (uint32_t i = 0; i < max; i += 2)
        bj_idmap_remove(&shape, order[i]);
    for (uint32_t i = 0; i < max; i++) {
        bad += bj_idmap_find(&shape, &l, ids[i]) != (i % 2 ? order[i] : NULL);
    }
    BJ_CHECK(bad == 0);
    free(mem);
    free(probe);
}

int main(void) {
    test_limits();
    test_no_pages();
    test_no_room_for_finer();
    test_no_nodes();
    for (int higher = 0; higher < 2; higher++) {
        test_random(higher, 1000, 20, 1);
        test_random(higher, 100000, 5000, 5);
        test_random(higher, -300000, 300000, 7);
        test_random(higher, INT32_MAX - 300000, 3000, 100);
    }
    test_ids(1, 500);
    test_ids(UINT64_C(1) << 16, 500);
    test_ids(UINT64_C(1) << 40, 3000);
    test_ids(100000000000000 / 64, 1000);
    test_one_bucket();
    test_all_passed();
    return bj_test_end("test_bj_ladder");
}
