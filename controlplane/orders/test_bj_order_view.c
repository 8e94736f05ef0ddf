/* Goal: what each report makes of an order, that old reports and unseen fills never make a wrong
 * sum, and that the JSON is word for word what docs/protocols/api.md says. */
#include <stdlib.h>
#include "controlplane/orders/bj_order_json.h"
#include "dataplane/base/bj_test.h"

static bj_oe_report_t report(char type, uint64_t event_seq, int32_t cum_qty, int32_t leaves_qty) {
    return (bj_oe_report_t){.header.type = (uint8_t)type,
                            .time_ns = INT64_C(1795518289000000000) + (int64_t)event_seq * 1000000,
                            .order_id = 330,
                            .client_order_id = 77,
                            .event_seq = event_seq,
                            .account_id = 1000,
                            .token = 1594,
                            .price_paise = 108700,
                            .qty = 10,
                            .cum_qty = cum_qty,
                            .leaves_qty = leaves_qty,
                            .side = 'B',
                            .order_type = BJ_LIMIT,
                            .tif = BJ_DAY};
}

static bj_oe_report_t fill(uint64_t event_seq, int32_t cum_qty, int32_t last_qty, int32_t paise) {
    bj_oe_report_t r = report('t', event_seq, cum_qty, 10 - cum_qty);
    r.last_qty = last_qty;
    r.last_price_paise = paise;
    r.match_id = 5;
    r.flags = BJ_FLAG_MAKER;
    return r;
}

static void test_life(void) {
    bj_order_view_t v;
    bj_oe_report_t r = report('a', 10, 0, 10);
    bj_order_begin(&r, &v);
    BJ_CHECK(v.state == BJ_ORDER_OPEN && v.leaves_qty == 10 && v.value_paise == 0);
    r = fill(11, 4, 4, 108700);
    bj_order_apply(&r, &v);
    BJ_CHECK(v.state == BJ_ORDER_OPEN && v.filled_qty == 4 && v.leaves_qty == 6);
    BJ_CHECK(bj_order_average_paise(&v) == 108700);
    bj_order_apply(&r, &v); /* the same again */
    BJ_CHECK(v.filled_qty == 4 && v.value_paise == 4 * 108700);
    r = fill(12, 10, 6, 108600);
    bj_order_apply(&r, &v);
    BJ_CHECK(v.state == BJ_ORDER_FILLED && v.leaves_qty == 0);
    BJ_CHECK(bj_order_average_paise(&v) == 108640 && v.event_seq == 12);
    BJ_CHECK(v.created_ns < v.updated_ns);
    r = report('c', 11, 4, 0); /* late: from before the fill */
    bj_order_apply(&r, &v);
    BJ_CHECK(v.state == BJ_ORDER_FILLED);
}

static void test_ends(void) {
    bj_order_view_t v;
    bj_oe_report_t r = report('a', 10, 0, 10);
    bj_order_begin(&r, &v);
    r = report('m', 11, 0, 7);
    r.qty = 7, r.price_paise = 108800;
    bj_order_apply(&r, &v);
    BJ_CHECK(v.qty == 7 && v.price_paise == 108800 && v.state == BJ_ORDER_OPEN);
    r = report('c', 12, 0, 0);
    r.reason = BJ_END_USER;
    bj_order_apply(&r, &v);
    BJ_CHECK(v.state == BJ_ORDER_CANCELLED && v.reason == BJ_END_USER && v.leaves_qty == 0);
    r = report('r', 13, 0, 0);
    r.reason = BJ_REJ_TICK;
    bj_order_begin(&r, &v);
    BJ_CHECK(v.state == BJ_ORDER_REJECTED && v.reason == BJ_REJ_TICK);
    r = report('c', 14, 3, 0); /* the rest of an order that was partly filled */
    bj_order_begin(&r, &v);
    BJ_CHECK(v.state == BJ_ORDER_CANCELLED && v.filled_qty == 3);
}

/* A part that nobody saw: no average is better than a wrong one. */
static void test_unseen_fill(void) {
    bj_order_view_t v;
    bj_oe_report_t r = fill(20, 7, 2, 108700);
    bj_order_begin(&r, &v);
    BJ_CHECK(v.value_paise == BJ_VALUE_UNKNOWN && bj_order_average_paise(&v) == 0);
    r = fill(21, 8, 1, 108700);
    bj_order_apply(&r, &v);
    BJ_CHECK(v.value_paise == BJ_VALUE_UNKNOWN && v.filled_qty == 8);
    r = report('a', 30, 0, 10);
    bj_order_begin(&r, &v);
    r = fill(32, 5, 2, 108700); /* three were filled between */
    bj_order_apply(&r, &v);
    BJ_CHECK(v.value_paise == BJ_VALUE_UNKNOWN && v.filled_qty == 5);
    r = fill(20, 2, 2, 108700); /* the first thing seen is the first fill */
    bj_order_begin(&r, &v);
    BJ_CHECK(v.value_paise == 2 * 108700);
}

static void test_average_rounds(void) {
    bj_order_view_t v = {.filled_qty = 3, .value_paise = 1000};
    BJ_CHECK(bj_order_average_paise(&v) == 333);
    v.value_paise = 1001;
    BJ_CHECK(bj_order_average_paise(&v) == 334);
    v = (bj_order_view_t){.filled_qty = 2, .value_paise = 1001};
    BJ_CHECK(bj_order_average_paise(&v) == 501);
    v = (bj_order_view_t){.filled_qty = INT32_MAX, .value_paise = (int64_t)INT32_MAX * INT32_MAX};
    BJ_CHECK(bj_order_average_paise(&v) == INT32_MAX);
}

static void test_which_reports(void) {
    for (int c = 0; c < 256; c++) {
        bj_oe_report_t r = report((char)c, 1, 0, 1);
        BJ_CHECK(bj_report_touches(&r) == (c && strchr("armctw", c)));
        r.order_id = 0;
        BJ_CHECK(!bj_report_touches(&r));
    }
}

static bool json_is(json_t *json, const char *want) {
    char *text = json_dumps(json, JSON_COMPACT);
    bool same = text && strcmp(text, want) == 0;
    if (!same) fprintf(stderr, "  got %s\n", text ? text : "nothing");
    free(text);
    json_decref(json);
    return same;
}

static bool field_is(const bj_order_view_t *v, const char *key, const char *want) {
    json_t *json = bj_order_json(v, "INFY", json_null());
    const char *text = json_string_value(json_object_get(json, key));
    bool same = text && strcmp(text, want) == 0;
    json_decref(json);
    return same;
}

static bj_oe_report_t stop_report(char type, uint64_t event_seq, int32_t cum_qty) {
    bj_oe_report_t r = report(type, event_seq, cum_qty, 10 - cum_qty);
    r.order_type = BJ_SL, r.trigger_price_paise = 108600, r.disclosed_qty = 4;
    r.tif = BJ_GTD, r.value = 20668;
    return r;
}

/* A stop waits from its acceptance until it is triggered, and never again. */
static void test_stop(void) {
    bj_order_view_t v;
    bj_oe_report_t r = stop_report('a', 10, 0);
    bj_order_begin(&r, &v);
    BJ_CHECK(v.waiting && v.state == BJ_ORDER_OPEN && v.trigger_price_paise == 108600);
    BJ_CHECK(v.disclosed_qty == 4 && v.expiry_day == 20668);
    BJ_CHECK(field_is(&v, "state", "trigger_pending") && field_is(&v, "type", "SL"));
    BJ_CHECK(field_is(&v, "tif", "GTD") && field_is(&v, "expiry", "2026-08-03"));
    r = stop_report('m', 11, 0);
    r.trigger_price_paise = 108650, r.value = 0; /* a report that does not say the day again */
    bj_order_apply(&r, &v);
    BJ_CHECK(v.waiting && v.trigger_price_paise == 108650 && v.expiry_day == 20668);
    r = stop_report('w', 12, 0);
    bj_order_apply(&r, &v);
    BJ_CHECK(!v.waiting && v.state == BJ_ORDER_OPEN && field_is(&v, "state", "open"));
    r = stop_report('m', 13, 0); /* its trigger price is only remembered */
    bj_order_apply(&r, &v);
    BJ_CHECK(!v.waiting && v.trigger_price_paise == 108600);
    r = stop_report('a', 20, 0);
    bj_order_begin(&r, &v);
    r = stop_report('c', 21, 0);
    r.leaves_qty = 0;
    bj_order_apply(&r, &v);
    BJ_CHECK(!v.waiting && field_is(&v, "state", "cancelled"));
    r = stop_report('a', 30, 0);
    bj_order_begin(&r, &v);
    r = stop_report('m', 31, 0);
    r.order_type = BJ_LIMIT, r.trigger_price_paise = 0; /* made a plain order */
    bj_order_apply(&r, &v);
    BJ_CHECK(!v.waiting && field_is(&v, "type", "LIMIT"));
    r = stop_report('m', 40, 3); /* never seen before, and has traded */
    bj_order_begin(&r, &v);
    BJ_CHECK(!v.waiting);
}

/* What an auction leaves of a market order becomes a limit order, unasked; nobody was the maker. */
static void test_auction(void) {
    bj_order_view_t v;
    bj_trade_view_t t;
    bj_oe_report_t r = report('a', 10, 0, 10);
    r.order_type = BJ_MARKET, r.price_paise = 0;
    bj_order_begin(&r, &v);
    r = fill(11, 4, 4, 108700);
    r.order_type = BJ_MARKET, r.price_paise = 0, r.flags = BJ_FLAG_AUCTION;
    bj_order_apply(&r, &v);
    bj_trade_of(&r, &t);
    BJ_CHECK(t.auction && !t.maker && field_is(&v, "type", "MARKET"));
    r = report('m', 12, 4, 6);
    bj_order_apply(&r, &v);
    BJ_CHECK(v.order_type == BJ_LIMIT && v.price_paise == 108700 && v.leaves_qty == 6);
    BJ_CHECK(bj_order_average_paise(&v) == 108700);
}

static void test_json(void) {
    bj_order_view_t v;
    bj_trade_view_t t;
    bj_oe_report_t r = report('a', 10, 0, 10);
    r.app = 17; /* said once, with the first report */
    bj_order_begin(&r, &v);
    r = fill(11, 4, 4, 108700);
    bj_order_apply(&r, &v);
    BJ_CHECK(v.app_id == 17);
    BJ_CHECK(json_is(
        bj_order_json(&v, "INFY", json_null()),
        "{\"order_id\":\"330\",\"client_order_id\":\"77\",\"account_id\":\"1000\","
        "\"symbol\":\"INFY\",\"token\":1594,\"side\":\"BUY\",\"type\":\"LIMIT\",\"tif\":\"DAY\","
        "\"expiry\":\"\",\"price_paise\":108700,\"trigger_price_paise\":0,\"qty\":10,"
        "\"disclosed_qty\":0,\"filled_qty\":4,\"leaves_qty\":6,"
        "\"average_paise\":108700,\"state\":\"open\",\"reason\":\"\",\"reason_text\":\"\","
        "\"created\":\"2026-11-24T11:04:49.010Z\",\"updated\":\"2026-11-24T11:04:49.011Z\","
        "\"app\":null}"));
    bj_trade_of(&r, &t);
    BJ_CHECK(json_is(bj_trade_json(&t, "INFY"),
                     "{\"trade_id\":\"5\",\"order_id\":\"330\",\"symbol\":\"INFY\","
                     "\"side\":\"BUY\",\"price_paise\":108700,\"qty\":4,"
                     "\"time\":\"2026-11-24T11:04:49.011Z\",\"maker\":true,\"auction\":false}"));
    r = report('r', 12, 0, 0);
    r.reason = BJ_REJ_TICK, r.side = 'S', r.order_type = BJ_MARKET, r.tif = BJ_IOC;
    bj_order_begin(&r, &v);
    json_t *json = bj_order_json(&v, "M&M", json_null());
    BJ_CHECK(strcmp(json_string_value(json_object_get(json, "reason")), "BJ_REJ_TICK") == 0);
    BJ_CHECK(strcmp(json_string_value(json_object_get(json, "side")), "SELL") == 0);
    BJ_CHECK(strcmp(json_string_value(json_object_get(json, "type")), "MARKET") == 0);
    BJ_CHECK(strcmp(json_string_value(json_object_get(json, "tif")), "IOC") == 0);
    json_decref(json);
}

int main(void) {
    test_life();
    test_ends();
    test_unseen_fill();
    test_average_rounds();
    test_which_reports();
    test_stop();
    test_auction();
    test_json();
    return bj_test_end("test_bj_order_view");
}
