/* Goal: what trades and open orders may yet take, by hand: always on the safe side. */
#include "controlplane/payments/bj_bank.h"
#include "controlplane/payments/bj_blocked.h"
#include "dataplane/base/bj_test.h"

static int32_t highest(void *ctx, uint32_t token) {
    (void)ctx;
    return token == 9 ? 0 : 11000; /* nobody knows 9 */
}

static void test_trades(void) {
    static const struct {
        const char *name;
        bj_position_row_t rows[2];
        int64_t want; /* -1: it does not fit */
    } cases[] = {
        {"flat, no gain", {{.token = 1}}, 0},
        {"held at what it cost", {{.open_qty = 10, .cost_paise = 100000}}, 100000},
        {"short at what it brought", {{.open_qty = -10, .cost_paise = -100000}}, 100000},
        {"a gain brings nothing", {{.realised_paise = 5000}}, 0},
        {"a loss counts in full", {{.realised_paise = -5000}}, 5000},
        {"gains of one share do not make up for another's losses",
         {{.realised_paise = 9000}, {.realised_paise = -5000, .cost_paise = 700}},
         5700},
        {"too large", {{.cost_paise = INT64_MAX}, {.cost_paise = 1}}, -1},
        {"the smallest there is", {{.cost_paise = INT64_MIN}}, -1},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int64_t got = 0;
        bool fits = bj_blocked_trades(cases[i].rows, 2, &got);
        BJ_CHECK(fits == (cases[i].want >= 0) && (!fits || got == cases[i].want));
        if (fits && got != cases[i].want) fprintf(stderr, "  %s\n", cases[i].name);
    }
}

#define OPEN(s, t, kind, leaves, price)                                                            \
    {                                                                                              \
        .token = (t), .side = (s), .order_type = (kind), .leaves_qty = (leaves),                   \
        .price_paise = (price), .state = BJ_ORDER_OPEN                                             \
    }

static void test_orders(void) {
    static const bj_position_row_t held = {.token = 1, .open_qty = 10};
    static const struct {
        const char *name;
        bj_order_view_t open[3];
        bj_order_view_t recent;
        int64_t want;
    } cases[] = {
        {"a purchase at its price", {OPEN(BJ_BUY, 1, BJ_LIMIT, 5, 10000)}, {0}, 50000},
        {"a stop that becomes a market order", {OPEN(BJ_BUY, 1, BJ_SL_M, 5, 0)}, {0}, 55000},
        {"a sale of what is held", {OPEN(BJ_SELL, 1, BJ_LIMIT, 10, 10000)}, {0}, 0},
        {"all sales together are more than is held",
         {OPEN(BJ_SELL, 1, BJ_LIMIT, 8, 10000), OPEN(BJ_SELL, 1, BJ_LIMIT, 8, 9000)},
         {0},
         66000},
        {"a sale of another share", {OPEN(BJ_SELL, 2, BJ_LIMIT, 2, 10000)}, {0}, 22000},
        {"each share by itself",
         {OPEN(BJ_SELL, 1, BJ_LIMIT, 10, 1), OPEN(BJ_SELL, 2, BJ_LIMIT, 1, 1),
          OPEN(BJ_BUY, 2, BJ_LIMIT, 1, 7)},
         {0},
         11007},
        {"filled, and not in the positions yet",
         {{0}},
         {.token = 1, .side = BJ_BUY, .filled_qty = 3, .value_paise = 30000, .event_seq = 101},
         30000},
        {"of which a part was not seen",
         {{0}},
         {.token = 1,
          .side = BJ_BUY,
          .filled_qty = 3,
          .value_paise = BJ_VALUE_UNKNOWN,
          .event_seq = 101},
         33000},
        {"in the positions by now",
         {{0}},
         {.token = 1, .side = BJ_BUY, .filled_qty = 3, .value_paise = 30000, .event_seq = 100},
         0},
        {"no price is known", {OPEN(BJ_BUY, 9, BJ_SL_M, 5, 0)}, {0}, -1},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int64_t got = 0;
        size_t open_cnt = 0;
        while (open_cnt < 3 && cases[i].open[open_cnt].side)
            open_cnt++;
        const bj_blocked_asks_t asks = {.open = cases[i].open,
                                        .open_cnt = open_cnt,
                                        .recent = &cases[i].recent,
                                        .recent_cnt = 1,
                                        .rows = &held,
                                        .row_cnt = 1,
                                        .event_seq = 100,
                                        .highest = highest};
        bool fits = bj_blocked_orders(&asks, &got);
        BJ_CHECK(fits == (cases[i].want >= 0) && (!fits || got == cases[i].want));
        if (fits && got != cases[i].want)
            fprintf(stderr, "  %s: %lld\n", cases[i].name, (long long)got);
    }
}

static void test_words(void) {
    static const struct {
        const char *typed, *number;
    } numbers[] = {
        {"50100012345678", "50100012345678"},
        {"5010 0012-345678", "50100012345678"},
        {"123456789", "123456789"},
        {"012345678901234567", "012345678901234567"},
        {"12345678", NULL},
        {"0123456789012345678", NULL},
        {"12345678a", NULL},
        {"000000000", NULL},
        {"", NULL},
        {"+123456789", NULL},
    };
    static const struct {
        const char *typed, *ifsc;
    } ifscs[] = {
        {"HDFC0001234", "HDFC0001234"}, {"sbin0rrmlgb", "SBIN0RRMLGB"},
        {"HDFC1001234", NULL},          {"HDFC000123", NULL},
        {"HDFC00012345", NULL},         {"HD1C0001234", NULL},
        {"HDFC000123-", NULL},          {"", NULL},
    };
    char out[BJ_BANK_NUMBER_BYTES], ifsc[BJ_IFSC_BYTES], sum[BJ_RUPEES_BYTES];
    for (size_t i = 0; i < BJ_COUNT(numbers); i++) {
        bool ok = bj_bank_number_read(numbers[i].typed, out);
        BJ_CHECK(ok == (numbers[i].number != NULL) && (!ok || !strcmp(out, numbers[i].number)));
    }
    for (size_t i = 0; i < BJ_COUNT(ifscs); i++) {
        bool ok = bj_ifsc_read(ifscs[i].typed, ifsc);
        BJ_CHECK(ok == (ifscs[i].ifsc != NULL) && (!ok || !strcmp(ifsc, ifscs[i].ifsc)));
    }
    BJ_CHECK(strcmp(bj_bank_hint("50100012345678", out), "**********5678") == 0);
    BJ_CHECK(bj_utr_formed("HDFCN52026112812345678") && bj_utr_formed("633312345678"));
    BJ_CHECK(!bj_utr_formed("HDFCN5202") && !bj_utr_formed("hdfcn520261128") &&
             !bj_utr_formed("HDFCN520261128123456789") && !bj_utr_formed("HDFCN 520261128"));
    BJ_CHECK(strcmp(bj_rupees_text(123450, sum), "INR 1234.50") == 0);
    BJ_CHECK(strcmp(bj_rupees_text(-5, sum), "INR -0.05") == 0);
}

int main(void) {
    test_trades();
    test_orders();
    test_words();
    return bj_test_end("test_bj_blocked");
}
