/* Goal: averages and unrealised profit by hand, and the rule that nothing is lost in rounding. */
#include "controlplane/portfolio/bj_portfolio.h"
#include "dataplane/base/bj_test.h"

static const struct {
    const char *name;
    int64_t open_qty, cost_paise;
    int32_t last_paise;
    int64_t average_paise, unrealised_paise;
    bool    fits;
} cases[] = {
    {"flat", 0, 0, 10050, 0, 0, true},
    {"long, up", 10, 100000, 10050, 10000, 500, true},
    {"long, down", 10, 100000, 9950, 10000, -500, true},
    {"short, up", -10, -100000, 10050, 10000, -500, true},
    {"short, down", -10, -100000, 9950, 10000, 500, true},
    {"average rounds up", 3, 1000, 400, 333, 200, true},
    {"half rounds away from nought", 2, 1001, 400, 501, -201, true},
    {"short rounds the same", -2, -1001, 400, 501, 201, true},
    {"no price yet", 10, 100000, 0, 10000, 0, true},
    {"too large", INT64_MAX / 2, 1, INT32_MAX, 0, 0, false},
    {"difference too large", -2147483647, INT64_MAX, INT32_MAX, 4294967298, 0, false},
};

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_position_row_t row = {.open_qty = cases[i].open_qty, .cost_paise = cases[i].cost_paise};
        int64_t unrealised;
        unsigned fails = bj_fail_cnt;
        bool fits = bj_position_unrealised(&row, cases[i].last_paise, &unrealised);
        BJ_CHECK(fits == cases[i].fits);
        if (fits) BJ_CHECK(unrealised == cases[i].unrealised_paise);
        BJ_CHECK(bj_position_average_paise(&row) == cases[i].average_paise);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cases[i].name);
    }
}

/* realised + unrealised = sold - bought + open * last, whatever the prices were. */
static void test_nothing_lost(void) {
    uint64_t seed = 20261124;
    for (int i = 0; i < 10000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        bj_position_row_t row = {.buy_qty = (int64_t)(seed >> 50),
                                 .sell_qty = (int64_t)(seed >> 33 & 8191)};
        row.buy_value_paise = row.buy_qty * (int64_t)(1000 + (seed >> 20 & 1023));
        row.sell_value_paise = row.sell_qty * (int64_t)(1000 + (seed >> 10 & 1023));
        row.open_qty = row.buy_qty - row.sell_qty;
        row.cost_paise = row.open_qty * 1234 + (int64_t)(seed & 7);
        row.realised_paise = row.sell_value_paise - row.buy_value_paise + row.cost_paise;
        int64_t unrealised;
        BJ_CHECK(bj_position_unrealised(&row, 1500, &unrealised));
        BJ_CHECK(row.realised_paise + unrealised ==
                 row.sell_value_paise - row.buy_value_paise + row.open_qty * 1500);
    }
}

int main(void) {
    test_cases();
    test_nothing_lost();
    return bj_test_end("test_bj_portfolio");
}
