#include "controlplane/relay/bj_position.h"

#include <stdlib.h>

#include "dataplane/base/bj_test.h"

typedef struct step {
    char    side;
    int64_t qty, price_paise;
    int64_t open_qty, cost_paise, realised_paise; /* after it */
} step_t;

typedef struct story {
    const char *name;
    step_t      steps[6]; /* ends at qty 0 */
} story_t;

/* Worked by hand. */
static const story_t stories[] = {
    {"partial close of a long",
     {{'B', 10, 100, 10, 1000, 0}, {'B', 10, 200, 20, 3000, 0}, {'S', 5, 180, 15, 2250, 150}}},
    {"close all, at a loss", {{'B', 10, 100, 10, 1000, 0}, {'S', 10, 90, 0, 0, -100}}},
    {"flip long to short",
     {{'B', 10, 100, 10, 1000, 0}, {'S', 15, 120, -5, -600, 200}, {'B', 5, 110, 0, 0, 250}}},
    {"flip short to long",
     {{'S', 4, 500, -4, -2000, 0}, {'B', 10, 450, 6, 2700, 200}, {'S', 6, 460, 0, 0, 260}}},
    {"partial close of a short",
     {{'S', 10, 100, -10, -1000, 0}, {'S', 10, 90, -20, -1900, 0}, {'B', 5, 80, -15, -1425, 75}}},
    /* 3 shares cost 301; one costs 100.33: 100 go, 201 stay; then 100 of 201; then all 101. */
    {"remainder stays in the open part",
     {{'B', 1, 101, 1, 101, 0},
      {'B', 2, 100, 3, 301, 0},
      {'S', 1, 100, 2, 201, 0},
      {'S', 1, 100, 1, 101, 0},
      {'S', 1, 100, 0, 0, -1}}},
    {"the same, short",
     {{'S', 1, 101, -1, -101, 0},
      {'S', 2, 100, -3, -301, 0},
      {'B', 1, 100, -2, -201, 0},
      {'B', 1, 100, -1, -101, 0},
      {'B', 1, 100, 0, 0, 1}}},
};

static void test_stories(void) {
    for (size_t i = 0; i < BJ_COUNT(stories); i++) {
        bj_position_t p = {0};
        for (const step_t *s = stories[i].steps; s->qty; s++) {
            BJ_CHECK(bj_position_trade(&p, (uint8_t)s->side, s->qty, s->price_paise) == BJ_OK);
            bool ok = bj_position_open_qty(&p) == s->open_qty && p.cost_paise == s->cost_paise &&
                      p.realised_paise == s->realised_paise;
            if (!ok) fprintf(stderr, "%s, step %d\n", stories[i].name, (int)(s - stories[i].steps));
            BJ_CHECK(ok);
        }
    }
}

/* Money is neither made nor lost: whatever the trades, sold - bought + cost is the profit; nothing
 * open costs nothing; and the sign of the cost is that of the position. */
static void test_conservation(void) {
    srandom(20261124);
    for (int run = 0; run < 200; run++) {
        bj_position_t p = {0};
        int64_t bought = 0, sold = 0, net = 0;
        for (int i = 0; i < 200; i++) {
            int64_t qty = 1 + random() % 1000, price = 5 * (1 + random() % 100000);
            bool buy = random() % 2;
            if (bj_position_trade(&p, buy ? 'B' : 'S', qty, price) != BJ_OK) BJ_CHECK(false);
            *(buy ? &bought : &sold) += qty * price;
            net += buy ? qty : -qty;
            BJ_CHECK(p.realised_paise == sold - bought + p.cost_paise);
            BJ_CHECK(bj_position_open_qty(&p) == net && (net != 0 || p.cost_paise == 0));
            BJ_CHECK(net == 0 || (net > 0) == (p.cost_paise > 0));
        }
    }
}

static void test_refusals(void) {
    static const struct {
        bj_position_t at;
        char          side;
        int64_t       qty, price_paise;
        bj_status_t   status;
    } cases[] = {
        {{0}, 'B', 0, 1, BJ_ERR_BAD_FIELD},
        {{0}, 'B', -1, 1, BJ_ERR_BAD_FIELD},
        {{0}, 'B', 1, 0, BJ_ERR_BAD_FIELD},
        {{0}, 'X', 1, 1, BJ_ERR_BAD_FIELD},
        {{0}, 'B', INT64_MAX, 2, BJ_ERR_OVERFLOW},
        {{.buy_qty = INT64_MAX}, 'B', 1, 1, BJ_ERR_OVERFLOW},
        {{.buy_qty = 1, .buy_value_paise = INT64_MAX, .cost_paise = INT64_MAX}, 'B', 1, 1,
         BJ_ERR_OVERFLOW},
        {{.buy_qty = 1, .realised_paise = INT64_MAX}, 'S', 1, 1, BJ_ERR_OVERFLOW},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_position_t p = cases[i].at;
        BJ_CHECK(bj_position_trade(&p, (uint8_t)cases[i].side, cases[i].qty,
                                   cases[i].price_paise) == cases[i].status);
        BJ_CHECK(memcmp(&p, &cases[i].at, sizeof p) == 0);
    }
    bj_position_t big = {.buy_qty = INT64_C(1) << 32, .buy_value_paise = INT64_C(1) << 62,
                         .cost_paise = INT64_C(1) << 62};
    BJ_CHECK(bj_position_trade(&big, 'S', INT64_C(1) << 31, INT64_C(1) << 30) == BJ_OK);
    BJ_CHECK(big.cost_paise == INT64_C(1) << 61 && big.realised_paise == 0);
}

int main(void) {
    test_stories();
    test_conservation();
    test_refusals();
    return bj_test_end("test_bj_position");
}
