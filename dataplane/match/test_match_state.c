/* Goal: pictures of the state: what loads again, what is refused, whatever was done to the bytes;
 * shapes of the engine; its ring. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/match/bj_match_priv.h"

enum { DEPTH = 64 };

typedef struct bed {
    void *mem, *ring_mem;
    bj_match_t *match;
    bj_match_ring_t *ring;
    uint64_t event_cnt;
} bed_t;

static void drain(void *ctx) {
    bed_t *bed = ctx;
    const bj_match_event_t *event;
    for (size_t cnt; (cnt = bj_match_ring_look(bed->ring, &event));) {
        bed->event_cnt += cnt;
        bj_match_ring_release(bed->ring, cnt);
    }
}

static void bed_open(bed_t *bed, uint32_t instrument_max, uint32_t order_max, uint32_t page_max) {
    bj_match_config_t config = {instrument_max, order_max, page_max, 0};
    *bed = (bed_t){.mem = aligned_alloc(64, bj_match_footprint(&config)),
                   .ring_mem = aligned_alloc(128, bj_match_ring_footprint(DEPTH))};
    bed->match = bj_match_new(bed->mem, &config);
    bed->ring = bj_match_ring_new(bed->ring_mem, DEPTH);
    bj_match_out(bed->match, bed->ring, drain, bed);
}

static void bed_close(bed_t *bed) {
    free(bed->mem);
    free(bed->ring_mem);
}

static void apply(bed_t *bed, bj_match_cmd_t cmd) {
    bj_match_apply(bed->match, &cmd, 1);
    drain(bed);
}

/* Something in every place: levels, a waiting stop, a queue, a slice, a part filled. */
static void fill_up(bed_t *bed) {
    bj_match_instrument_t d = {.tick_paise = 5,
                               .band_lo_paise = 8000,
                               .band_hi_paise = 12000,
                               .prev_close_paise = 10000,
                               .flags = BJ_MATCH_LONG_ORDERS};
    for (uint32_t i = 0; i < 2; i++)
        BJ_CHECK(bj_match_define(bed->match, i, &d) == BJ_OK);
    bj_match_cmd_t order = {.op = BJ_OP_NEW,
                            .order_id = 1,
                            .price_paise = 10000,
                            .qty = 30,
                            .side = BJ_BUY,
                            .type = BJ_LIMIT,
                            .tif = BJ_GTD,
                            .day = 9,
                            .disclosed_qty = 10,
                            .account = 4,
                            .owner = 5,
                            .desk = 6};
    apply(bed, order);
    order = (bj_match_cmd_t){.op = BJ_OP_NEW,
                             .order_id = 2,
                             .price_paise = 10000,
                             .qty = 3,
                             .side = BJ_SELL,
                             .type = BJ_LIMIT,
                             .tif = BJ_DAY};
    apply(bed, order);
    order.order_id = 3, order.price_paise = 11000, order.trigger_paise = 10500;
    order.side = BJ_BUY;
    apply(bed, order);
    apply(bed, (bj_match_cmd_t){.op = BJ_OP_PHASE,
                                .instrument_idx = 1,
                                .phase = BJ_PHASE_AUCTION,
                                .auction = BJ_AUCTION_OPEN,
                                .band_bp = 300});
    apply(bed, (bj_match_cmd_t){.op = BJ_OP_NEW,
                                .order_id = 4,
                                .instrument_idx = 1,
                                .qty = 7,
                                .side = BJ_SELL,
                                .type = BJ_MARKET,
                                .tif = BJ_DAY});
    BJ_CHECK(bj_match_stats(bed->match).live_orders == 3 && !bj_match_broken(bed->match));
}

static void test_again(void) {
    bed_t bed, other, small;
    static uint8_t picture[4096];
    bed_open(&bed, 2, 8, 0);
    fill_up(&bed);
    size_t bytes = bj_match_save(bed.match, NULL, 0);
    BJ_CHECK(bytes < sizeof picture && bj_match_save(bed.match, picture, bytes - 1) == bytes);
    BJ_CHECK(picture[0] == 0); /* what does not fit is not begun */
    BJ_CHECK(bj_match_save(bed.match, picture, sizeof picture) == bytes);
    bed_open(&other, 3, 100, 0);
    BJ_CHECK(bj_match_load(other.match, picture, bytes) == BJ_OK && !bj_match_broken(other.match));
    BJ_CHECK(bj_match_hash(other.match) == bj_match_hash(bed.match));
    bj_match_order_t a, b;
    for (uint64_t id = 1; id <= 4; id++) {
        bool found = bj_match_find(bed.match, id, &a);
        BJ_CHECK(found == bj_match_find(other.match, id, &b) && found == (id != 2));
        a.handle = b.handle = 0;
        BJ_CHECK(memcmp(&a, &b, sizeof a) == 0);
    }
    BJ_CHECK(bj_match_load(other.match, picture, bytes) == BJ_ERR_EXISTS);
    bed_open(&small, 2, 2, 0);
    BJ_CHECK(bj_match_load(small.match, picture, bytes) == BJ_ERR_FULL);
    bed_close(&small);
    bed_open(&small, 1, 8, 0);
    BJ_CHECK(bj_match_load(small.match, picture, bytes) == BJ_ERR_FULL);
    bed_close(&small);
    bed_open(&small, 2, 8, 1); /* no page for the second price */
    BJ_CHECK(bj_match_load(small.match, picture, bytes) == BJ_ERR_FULL);
    bed_close(&small);
    bed_close(&other);
    bed_close(&bed);
}

/* Every truncation; every byte turned, with and without a checksum that agrees: never more than a
 * status, never an order outside its table. */
static void test_bad_bytes(void) {
    bed_t bed, other;
    static uint8_t good[4096], bad[4096];
    bed_open(&bed, 2, 8, 0);
    fill_up(&bed);
    size_t bytes = bj_match_save(bed.match, good, sizeof good);
    unsigned loaded = 0, refused = 0;
    for (size_t i = 0; i < bytes; i++) {
        uint8_t *exact = malloc(i ? i : 1);
        memcpy(exact, good, i);
        bed_open(&other, 2, 8, 0);
        bj_status_t status = bj_match_load(other.match, exact, i);
        BJ_CHECK(status == BJ_ERR_TRUNCATED);
        bed_close(&other);
        free(exact);
        for (int agrees = 0; agrees < 2; agrees++) {
            memcpy(bad, good, bytes);
            bad[i] ^= 0xa5;
            uint64_t hash = bj_fnv1a(BJ_FNV_OFFSET, bad, bytes - 8);
            if (agrees) memcpy(bad + bytes - 8, &hash, 8);
            bed_open(&other, 2, 8, 0);
            status = bj_match_load(other.match, bad, bytes);
            if (!agrees) BJ_CHECK(status != BJ_OK);
            *(status == BJ_OK ? &loaded : &refused) += 1;
            bed_close(&other);
        }
    }
    BJ_CHECK(loaded > 20 && refused > bytes);
    bed_close(&bed);
}

static void test_shapes(void) {
    static const struct {
        bj_match_config_t config;
        bool ok;
    } shapes[] = {
        {{1, 1, 0, 0}, true},
        {{0, 1, 0, 0}, false},
        {{1, 0, 0, 0}, false},
        {{1, 1, 1, 0}, true},
        {{(1 << 18) + 1, 1, 0, 0}, false},
        {{1, (1 << 26) + 1, 0, 0}, false},
        {{1, 1, 0, 3}, true},
        {{1, 1, UINT32_MAX, 0}, false},
        {{1, 1, 0, 4}, false},
    };
    for (size_t i = 0; i < BJ_COUNT(shapes); i++) {
        BJ_CHECK((bj_match_footprint(&shapes[i].config) > 0) == shapes[i].ok);
        if (!shapes[i].ok) BJ_CHECK(!bj_match_new(NULL, &shapes[i].config));
    }
    BJ_CHECK(!bj_match_ring_footprint(32) && !bj_match_ring_footprint(100) &&
             !bj_match_ring_new(NULL, 100) && bj_match_ring_footprint(64));
}

/* Definitions that are none; looks at what is not there. */
static void test_looks(void) {
    bed_t bed;
    bj_match_view_t view;
    bj_match_order_t order;
    bed_open(&bed, 1, 4, 0);
    bj_match_instrument_t d = {
        .tick_paise = 5, .band_lo_paise = 1, .band_hi_paise = 9, .prev_close_paise = 5};
    BJ_CHECK(bj_match_define(bed.match, 1, &d) == BJ_REJ_FIELD);
    BJ_CHECK(!bj_match_view(bed.match, 0, &view) && !bj_match_view(bed.match, 7, &view));
    BJ_CHECK(bj_match_define(bed.match, 0, &d) == BJ_OK && bj_match_view(bed.match, 0, &view));
    BJ_CHECK(view.phase == BJ_PHASE_CONTINUOUS && view.definition.tick_paise == 5);
    BJ_CHECK(!bj_match_find(bed.match, 1, &order) && bj_match_top(bed.match, 9).bid_paise == 0);
    BJ_CHECK(bj_match_equilibrium(bed.match, 0).price_paise == 0);
    bj_match_each(bed.match, 9, NULL, NULL); /* nobody is called */
    bed_close(&bed);
}

/* A refit of levels that finds no page leaves the definition as it was. */
static void test_no_room_to_redefine(void) {
    bed_t bed;
    bed_open(&bed, 1, 200, 2);
    bj_match_instrument_t d = {
        .tick_paise = 50, .band_lo_paise = 1, .band_hi_paise = 100000, .prev_close_paise = 5};
    BJ_CHECK(bj_match_define(bed.match, 0, &d) == BJ_OK);
    bj_match_cmd_t cmd = {
        .op = BJ_OP_NEW, .qty = 1, .side = BJ_BUY, .type = BJ_LIMIT, .tif = BJ_DAY};
    for (int32_t i = 0; i < 60; i++) {
        cmd.order_id = (uint64_t)i + 1, cmd.price_paise = 6400 + 50 * i;
        apply(&bed, cmd);
    }
    uint32_t live = bj_match_stats(bed.match).live_orders;
    d.tick_paise = 1;
    BJ_CHECK(bj_match_define(bed.match, 0, &d) == BJ_ERR_FULL);
    BJ_CHECK(live > 40 && bj_match_stats(bed.match).live_orders == live);
    BJ_CHECK(!bj_match_broken(bed.match));
    cmd.order_id = 1000, cmd.price_paise = 6401; /* needs the finer unit too */
    uint64_t rejects = bj_match_stats(bed.match).reject_cnt;
    apply(&bed, cmd);
    BJ_CHECK(bj_match_stats(bed.match).reject_cnt == rejects + 1);
    bed_close(&bed);
}

/* Orders so far apart that nodes run out; one that only loses its place keeps its own. */
static void test_modify_when_tight(void) {
    bed_t bed;
    bj_match_order_t order;
    bed_open(&bed, 1, 1 << 18, 0);
    bj_match_instrument_t d = {.tick_paise = 1,
                               .band_lo_paise = 1,
                               .band_hi_paise = INT32_MAX,
                               .prev_close_paise = 5};
    BJ_CHECK(bj_match_define(bed.match, 0, &d) == BJ_OK);
    bj_match_cmd_t cmd = {
        .op = BJ_OP_NEW, .qty = 10, .side = BJ_BUY, .type = BJ_LIMIT, .tif = BJ_DAY};
    uint64_t id = 0;
    while (bed.match->ladders.free_node_cnt > 10 && id < 30000) {
        cmd.order_id = ++id;
        cmd.price_paise = (int32_t)(id * 5000);
        apply(&bed, cmd);
    }
    cmd.order_id = ++id, cmd.price_paise = INT32_MAX - 3; /* a path of its own */
    apply(&bed, cmd);
    cmd.order_id = ++id, cmd.price_paise = INT32_MAX / 2;
    apply(&bed, cmd);
    BJ_CHECK(bj_match_stats(bed.match).reject_cnt == 1); /* the last one found no nodes */
    cmd.op = BJ_OP_MODIFY, cmd.order_id = 101, cmd.price_paise = 101 * 5000;
    cmd.qty = 11, cmd.disclosed_qty = 5;
    apply(&bed, cmd);
    BJ_CHECK(bj_match_find(bed.match, 101, &order) && order.leaves_qty == 11);
    BJ_CHECK(order.shown_qty == 5 && !bj_match_broken(bed.match));
    bed_close(&bed);
}

int main(void) {
    test_shapes();
    test_looks();
    test_again();
    test_bad_bytes();
    test_no_room_to_redefine();
    test_modify_when_tight();
    return bj_test_end("test_match_state");
}
