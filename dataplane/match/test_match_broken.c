/* Goal: bj_match_broken sees each invariant that it names: the engine's memory is spoiled on
 * purpose in one place at a time, and the sentence is the one for it. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/match/bj_match_priv.h"

enum { DEPTH = 256 };

static void *mem, *ring_mem;
static bj_match_t *match;

static void new_order(uint64_t id, uint8_t side, int32_t price, int32_t qty, int32_t disclosed,
                      int32_t trigger) {
    bj_match_cmd_t cmd = {.op = BJ_OP_NEW,
                          .order_id = id,
                          .side = side,
                          .price_paise = price,
                          .qty = qty,
                          .disclosed_qty = disclosed,
                          .trigger_paise = trigger,
                          .type = BJ_LIMIT,
                          .tif = BJ_DAY,
                          .account = 1};
    bj_match_apply(match, &cmd, 1);
}

/* Bids 1, 2 at 100 and 3 at 90, offer 4 at 110 in slices, 5 a waiting buy, 6 a waiting sell; last
 * 105. */
static void set_up(void) {
    static const bj_match_config_t config = {.instrument_max = 1, .order_max = 16};
    bj_match_instrument_t d = {
        .tick_paise = 1, .band_lo_paise = 1, .band_hi_paise = 1000, .prev_close_paise = 100};
    mem = aligned_alloc(64, bj_match_footprint(&config));
    ring_mem = aligned_alloc(128, bj_match_ring_footprint(DEPTH));
    match = bj_match_new(mem, &config);
    bj_match_out(match, bj_match_ring_new(ring_mem, DEPTH), NULL, NULL);
    BJ_CHECK(bj_match_define(match, 0, &d) == BJ_OK);
    new_order(8, BJ_SELL, 105, 1, 0, 0);
    new_order(9, BJ_BUY, 105, 1, 0, 0);
    new_order(1, BJ_BUY, 100, 5, 0, 0);
    new_order(2, BJ_BUY, 100, 6, 0, 0);
    new_order(3, BJ_BUY, 90, 7, 0, 0);
    new_order(4, BJ_SELL, 110, 30, 10, 0);
    new_order(5, BJ_BUY, 130, 5, 0, 120);
    new_order(6, BJ_SELL, 70, 5, 0, 80);
}

static bj_order_t *order(uint64_t id) {
    return bj_idmap_find(&match->ids, &match->ladders, id);
}
static cold_t *cold(uint64_t id) {
    return &match->cold[bj_order_handle(&match->ladders, order(id))];
}

static void spoil_where(void) {
    order(2)->where = order(3)->where;
}
static void spoil_place(void) {
    match->ladders.page[bj_order_where(order(3)) >> 6].ladder_idx = 1;
}
static void spoil_id(void) {
    order(2)->order_id = 77;
}
static void spoil_qty(void) {
    order(2)->qty = 0;
}
static void spoil_hidden(void) {
    cold(4)->hidden_qty = -1;
}
static void spoil_cum(void) {
    cold(2)->cum_qty = -1;
}
static void spoil_slice(void) {
    cold(4)->disclosed_qty = 5;
}
static void spoil_stop(void) {
    cold(5)->hidden_qty = 1;
}
static void spoil_tif(void) {
    cold(2)->tif = BJ_IOC;
}
static void spoil_type(void) {
    cold(2)->type = BJ_MARKET;
}
static void spoil_prev(void) {
    order(2)->link.prev = order(2)->where & ~BJ_ORDER_MARK;
}
static void spoil_tail(void) {
    bj_ladder_at(&match->ladders, bj_order_where(order(2)))->prev =
        bj_order_ref(&match->ladders, order(1));
}
static void spoil_best(void) {
    ladder_of(match, 0, false)->best_ref = BJ_NIL;
}
static void spoil_best_key(void) {
    ladder_of(match, 0, false)->best_key++;
}
static void spoil_levels(void) {
    match->ladders.page[bj_order_where(order(3)) >> 6].key = 0;
}
static void spoil_empty(void) {
    bj_ladder_t *offers = ladder_of(match, 0, true);
    match->ladders.node[offers->hot_node_idx].at[bj_ladder_key(offers, 111) >> 6 & 63].used |=
        UINT64_C(1) << (bj_ladder_key(offers, 111) & 63);
}
static void spoil_crossed(void) {
    bj_ladder_t *bids = ladder_of(match, 0, false);
    match->instrument[0].auction = BJ_AUCTION_OPEN;
    bj_order_t *last = order(3);
    bj_ladder_pull(&match->ladders, last);
    bj_ladder_push(&match->ladders, bids, bj_ladder_key(bids, 115), last,
                   bj_order_ref(&match->ladders, last));
    match->instrument[0].auction = 0;
}
static void spoil_nearest(void) {
    match->instrument[0].wake_buy_paise = 7;
}
static void spoil_last(void) {
    match->instrument[0].last_paise = 125;
}
static void spoil_last_low(void) {
    match->instrument[0].last_paise = 79;
}
static void spoil_line(void) {
    bj_order_t *o = order(3);
    bj_ladder_pull(&match->ladders, o);
    bj_list_push(&match->ladders, line_ref(match), o, bj_order_ref(&match->ladders, o));
}
static void spoil_pool(void) {
    bj_order_take(&match->ladders);
}

static const struct {
    void (*spoil)(void);
    const char *sentence;
} cases[] = {
    {spoil_where, "an order is in another list than it says"},
    {spoil_place, "an order is in another place than it says"},
    {spoil_id, "an order is not found by its id"},
    {spoil_qty, "an order rests with nothing to show"},
    {spoil_hidden, "an order rests with nothing to show"},
    {spoil_cum, "an order rests with nothing to show"},
    {spoil_slice, "an order shows more than it discloses"},
    {spoil_stop, "an order hides something where nothing is shown"},
    {spoil_tif, "an IOC order rests"},
    {spoil_type, "a market order rests"},
    {spoil_prev, "a list's links do not agree"},
    {spoil_tail, "a list's end is lost"},
    {spoil_best, "a ladder lost its best level"},
    {spoil_best_key, "a ladder's best price is not its best level's"},
    {spoil_levels, NULL}, /* whichever sees it first */
    {spoil_empty, "a level without orders"},
    {spoil_crossed, "a book is crossed"},
    {spoil_nearest, "the nearest trigger is not known"},
    {spoil_last, "a stop missed its trigger"},
    {spoil_last_low, "a stop missed its trigger"},
    {spoil_line, "a woken stop was left in the line"},
    {spoil_pool, "orders are taken from the pool and in no list"},
};

int main(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        set_up();
        BJ_CHECK(!bj_match_broken(match));
        cases[i].spoil();
        const char *why = bj_match_broken(match);
        BJ_CHECK(why && (!cases[i].sentence || strcmp(why, cases[i].sentence) == 0));
        if (!why || (cases[i].sentence && strcmp(why, cases[i].sentence)))
            fprintf(stderr, "  case %zu: %s\n", i, why ? why : "nothing seen");
        free(mem);
        free(ring_mem);
    }
    return bj_test_end("test_match_broken");
}
