/* Goal: each rule of matching, one readable row each: what rests, who comes, what it meets.  An
 * order is written "account side quantity @ price"; the log of a row is what the taker met, in
 * order. */
#include "dataplane/match/bj_match.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

typedef struct plain {
    uint32_t account;
    bj_side_t side;
    int32_t qty, price_paise;
} plain_t;

static const struct {
    const char *name;
    plain_t rests[5]; /* ids 1.. in order of arrival */
    plain_t taker;
    const char *met; /* "f ID QTY @PRICE" fill, "s ID" self */
    int32_t left_qty;
} cases[] = {
    {"an empty book", {{0}}, {1, BJ_BUY, 5, 100}, "", 5},
    {"does not reach", {{2, BJ_SELL, 5, 101}}, {1, BJ_BUY, 5, 100}, "", 5},
    {"its own side is no partner", {{2, BJ_BUY, 5, 100}}, {1, BJ_BUY, 5, 100}, "", 5},
    {"the very price", {{2, BJ_SELL, 5, 100}}, {1, BJ_BUY, 5, 100}, "f1 5@100 ", 0},
    {"a trade is at the maker's price", {{2, BJ_SELL, 5, 90}}, {1, BJ_BUY, 5, 100}, "f1 5@90 ", 0},
    {"the same for a seller", {{2, BJ_BUY, 5, 110}}, {1, BJ_SELL, 5, 100}, "f1 5@110 ", 0},
    {"a seller does not reach", {{2, BJ_BUY, 5, 99}}, {1, BJ_SELL, 5, 100}, "", 5},
    {"best price first", {{2, BJ_SELL, 5, 100}, {2, BJ_SELL, 5, 99}}, {1, BJ_BUY, 6, 100},
     "f2 5@99 f1 1@100 ", 0},
    {"then first come", {{2, BJ_SELL, 5, 100}, {3, BJ_SELL, 5, 100}}, {1, BJ_BUY, 7, 100},
     "f1 5@100 f2 2@100 ", 0},
    {"stops at its limit", {{2, BJ_SELL, 5, 100}, {3, BJ_SELL, 5, 102}}, {1, BJ_BUY, 9, 101},
     "f1 5@100 ", 4},
    {"the passive of its own account goes", {{1, BJ_SELL, 5, 99}, {2, BJ_SELL, 5, 100}},
     {1, BJ_BUY, 3, 100}, "s1 f2 3@100 ", 0},
    {"even if nothing else is there", {{1, BJ_SELL, 5, 99}}, {1, BJ_BUY, 3, 100}, "s1 ", 3},
    {"but not beyond its limit or need", {{2, BJ_SELL, 3, 99}, {1, BJ_SELL, 5, 99}},
     {1, BJ_BUY, 3, 100}, "f1 3@99 ", 0},
    {"the largest there is", {{2, BJ_SELL, INT32_MAX, 1}}, {1, BJ_BUY, INT32_MAX, INT32_MAX},
     "f1 2147483647@1 ", 0},
};

static char met[256];
static size_t met_bytes;

static uint32_t owner(void *ctx, const bj_order_t *maker) {
    const plain_t *rests = ctx;
    return rests[maker->user].account;
}

static void fill(void *ctx, const bj_order_t *maker, int32_t price_paise, int32_t qty) {
    (void)ctx;
    BJ_CHECK(maker->qty >= qty); /* still whole */
    met_bytes += (size_t)snprintf(met + met_bytes, sizeof met - met_bytes, "f%u %d@%d ",
                                  (unsigned)maker->order_id, qty, price_paise);
}

static void self(void *ctx, const bj_order_t *maker) {
    (void)ctx;
    met_bytes += (size_t)snprintf(met + met_bytes, sizeof met - met_bytes, "s%u ",
                                  (unsigned)maker->order_id);
}

static void test_cases(void) {
    static const bj_match_ops_t ops = {owner, fill, self};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        plain_t rests[5];
        memcpy(rests, cases[i].rests, sizeof rests);
        void *mem = aligned_alloc(64, bj_books_footprint(1, 8));
        bj_books_t *books = bj_books_new(mem, 1, 8);
        bj_order_t *order;
        int64_t before_qty = 0;
        for (uint32_t k = 0; k < 5 && rests[k].qty; k++) {
            before_qty += rests[k].qty;
            BJ_CHECK(bj_books_add(books, 0, k + 1, rests[k].side, rests[k].price_paise,
                                  rests[k].qty, k, &order) == BJ_OK);
        }
        const plain_t *t = &cases[i].taker;
        bj_taker_t taker = {0, t->account, t->side, t->price_paise, t->qty};
        unsigned fails = bj_fail_cnt;
        met_bytes = 0, met[0] = 0;
        int32_t left_qty = bj_match_take(books, &taker, &ops, rests);
        BJ_CHECK(strcmp(met, cases[i].met) == 0);
        BJ_CHECK(left_qty == cases[i].left_qty);
        if (!strchr(met, 's')) { /* what the taker got, the book gave */
            BJ_CHECK(before_qty - bj_books_side_qty(books, 0, BJ_BUY) -
                         bj_books_side_qty(books, 0, BJ_SELL) == t->qty - left_qty);
        }
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s: met %s\n", cases[i].name, met);
        free(mem);
    }
}

static void test_limits_and_rests(void) {
    BJ_CHECK(bj_match_limit(BJ_LIMIT, BJ_BUY, 100, 80, 120) == 100);
    BJ_CHECK(bj_match_limit(BJ_MARKET, BJ_BUY, 0, 80, 120) == 120);
    BJ_CHECK(bj_match_limit(BJ_MARKET, BJ_SELL, 0, 80, 120) == 80);
    BJ_CHECK(bj_match_rest(BJ_LIMIT, BJ_DAY) == BJ_OK);
    BJ_CHECK(bj_match_rest(BJ_LIMIT, BJ_IOC) == BJ_END_IOC);
    BJ_CHECK(bj_match_rest(BJ_MARKET, BJ_DAY) == BJ_END_NO_LIQUIDITY);
    BJ_CHECK(bj_match_rest(BJ_MARKET, BJ_IOC) == BJ_END_NO_LIQUIDITY);
}

int main(void) {
    test_cases();
    test_limits_and_rests();
    return bj_test_end("test_bj_match");
}
