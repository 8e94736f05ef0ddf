/* Goal: each term that does not fit the others is named, with what it may be; and a modify says all
 * terms as they shall be, those that nobody mentioned as they were. */
#include "controlplane/orders/bj_order_check.h"
#include "dataplane/base/bj_test.h"

enum { TODAY = 20668 };

static const struct {
    bj_new_order_t order;
    const char    *field; /* NULL: good */
    const char    *words; /* of the text */
} news[] = {
    {{.order_type = BJ_LIMIT, .price_paise = 100}, NULL, ""},
    {{.order_type = BJ_LIMIT}, "price_paise", "missing: a LIMIT or SL order"},
    {{.order_type = BJ_MARKET}, NULL, ""},
    {{.order_type = BJ_MARKET, .price_paise = 100}, "price_paise", "must be absent"},
    {{.order_type = BJ_LIMIT, .price_paise = 100, .trigger_price_paise = 90},
     "trigger_price_paise", "only an SL or SL-M"},
    {{.order_type = BJ_SL, .price_paise = 100, .trigger_price_paise = 90}, NULL, ""},
    {{.order_type = BJ_SL, .price_paise = 100, .trigger_price_paise = 100}, NULL, ""},
    {{.order_type = BJ_SL, .price_paise = 100, .trigger_price_paise = 101}, "price_paise",
     "BUY SL order must be trigger_price_paise or above"},
    {{.order_type = BJ_SL, .side = BJ_SELL, .price_paise = 100, .trigger_price_paise = 101}, NULL,
     ""},
    {{.order_type = BJ_SL, .side = BJ_SELL, .price_paise = 100, .trigger_price_paise = 99},
     "price_paise", "SELL SL order must be trigger_price_paise or below"},
    {{.order_type = BJ_SL, .price_paise = 100}, "trigger_price_paise", "missing"},
    {{.order_type = BJ_SL, .trigger_price_paise = 100}, "price_paise", "missing"},
    {{.order_type = BJ_SL_M, .trigger_price_paise = 100}, NULL, ""},
    {{.order_type = BJ_SL_M}, "trigger_price_paise", "missing"},
    {{.order_type = BJ_SL_M, .price_paise = 1, .trigger_price_paise = 100}, "price_paise",
     "must be absent"},
    {{.order_type = BJ_MARKET, .disclosed_qty = 10}, NULL, ""},
    {{.order_type = BJ_MARKET, .disclosed_qty = 11}, "disclosed_qty", "at most qty"},
    {{.order_type = BJ_MARKET, .tif = BJ_GTC}, NULL, ""},
    {{.order_type = BJ_MARKET, .tif = BJ_GTC, .expiry_day = TODAY}, "expiry", "only a GTD"},
    {{.order_type = BJ_MARKET, .expiry_day = TODAY}, "expiry", "must be absent"},
    {{.order_type = BJ_MARKET, .tif = BJ_GTD}, "expiry", "missing"},
    {{.order_type = BJ_MARKET, .tif = BJ_GTD, .expiry_day = TODAY}, NULL, ""},
    {{.order_type = BJ_MARKET, .tif = BJ_GTD, .expiry_day = TODAY - 1}, "expiry", "today or later"},
};

static bool said(const char *field, const char *text, const char *want, const char *words) {
    if (!want || !field) return want == field;
    return strcmp(field, want) == 0 && strstr(text, words) != NULL;
}

static void test_new(void) {
    for (size_t i = 0; i < BJ_COUNT(news); i++) {
        const char *text = "";
        bj_new_order_t order = news[i].order;
        order.qty = 10;
        if (!order.side) order.side = BJ_BUY;
        if (!order.tif) order.tif = BJ_DAY;
        const char *field = bj_order_check_new(&order, TODAY, &text);
        BJ_CHECK(said(field, text, news[i].field, news[i].words));
    }
}

/* Of a waiting SL buy, 10 at 100 from 90 on, 4 shown. */
static const struct {
    bj_order_change_t change;
    const char       *field;
    const char       *words;
    bj_order_terms_t  want;
} changes[] = {
    {{.disclosed_qty = -1}, "qty", "missing", {0}},
    {{.qty = 20, .disclosed_qty = -1}, NULL, "", {100, 20, 90, 4}},
    {{.qty = 3, .disclosed_qty = -1}, NULL, "", {100, 3, 90, 3}}, /* shown shrinks with it */
    {{.price_paise = 95, .disclosed_qty = -1}, NULL, "", {95, 10, 90, 4}},
    {{.price_paise = 89, .disclosed_qty = -1}, "price_paise", "or above", {0}},
    {{.trigger_price_paise = 101, .disclosed_qty = -1}, "price_paise", "or above", {0}},
    {{.trigger_price_paise = 99, .disclosed_qty = -1}, NULL, "", {100, 10, 99, 4}},
    {{.disclosed_qty = 0}, NULL, "", {100, 10, 90, 0}},
    {{.disclosed_qty = 10}, NULL, "", {100, 10, 90, 10}},
    {{.disclosed_qty = 11}, "disclosed_qty", "at most qty", {0}},
};

static void test_changes(void) {
    const bj_order_view_t view = {.side = BJ_BUY, .order_type = BJ_SL, .waiting = true,
                                  .price_paise = 100, .qty = 10, .leaves_qty = 10,
                                  .trigger_price_paise = 90, .disclosed_qty = 4};
    for (size_t i = 0; i < BJ_COUNT(changes); i++) {
        const char *text = "";
        bj_order_terms_t terms = {0};
        const char *field = bj_order_check_change(&view, &changes[i].change, &terms, &text);
        BJ_CHECK(said(field, text, changes[i].field, changes[i].words));
        if (!field) BJ_CHECK(memcmp(&terms, &changes[i].want, sizeof terms) == 0);
    }
}

static void test_changes_of_others(void) {
    const char *text = "";
    bj_order_terms_t terms;
    bj_order_view_t view = {.side = BJ_BUY, .order_type = BJ_SL, .price_paise = 100, .qty = 10,
                            .filled_qty = 4, .leaves_qty = 6, .trigger_price_paise = 90};
    bj_order_change_t change = {.trigger_price_paise = 95, .disclosed_qty = -1};
    /* It has woken: its trigger price is only remembered, and its limit is free of it. */
    const char *field = bj_order_check_change(&view, &change, &terms, &text);
    BJ_CHECK(said(field, text, "trigger_price_paise", "does not wait"));
    change = (bj_order_change_t){.price_paise = 80, .disclosed_qty = -1};
    BJ_CHECK(!bj_order_check_change(&view, &change, &terms, &text));
    BJ_CHECK(terms.price_paise == 80 && terms.trigger_price_paise == 90 && terms.qty == 10);
    view.order_type = BJ_MARKET, view.price_paise = view.trigger_price_paise = 0;
    field = bj_order_check_change(&view, &change, &terms, &text);
    BJ_CHECK(said(field, text, "price_paise", "must be absent"));
    change = (bj_order_change_t){.qty = 12, .disclosed_qty = -1};
    BJ_CHECK(!bj_order_check_change(&view, &change, &terms, &text) && terms.price_paise == 0);
}

int main(void) {
    test_new();
    test_changes();
    test_changes_of_others();
    return bj_test_end("test_bj_order_check");
}
