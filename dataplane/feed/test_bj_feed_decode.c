/* Goal: each way a message can be good or bad, one row each; a row changes one field of a good
 * message. Then every truncation in a block of exactly that size, because the edge of valid is
 * where parsers break. */
#include "dataplane/feed/bj_feed_decode.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

/* 2025-05-02T09:15:00+05:30, by the exchange's count. */
#define EXCH_NS ((INT64_C(1746157500) + 19800 - 315532800) * BJ_NS_PER_S)

static const bj_mtbt_order_t order = {
    .header = {38, 3, 7}, .type = 'N', .exch_ts_ns = EXCH_NS, .order_id = 1100000000012345.0,
    .token = 2885, .side = 'B', .price_paise = 131600, .qty = 10};
static const bj_mtbt_order_t cancel = {
    .header = {38, 3, 7}, .type = 'X', .exch_ts_ns = EXCH_NS, .order_id = 1100000000012345.0,
    .token = 2885, .side = 'B', .price_paise = 0, .qty = 0};
static const bj_mtbt_order_t spread = {
    .header = {38, 3, 7}, .type = 'G', .exch_ts_ns = EXCH_NS, .order_id = 1100000000012345.0,
    .token = 2885, .side = 'S', .price_paise = -5, .qty = 10};
static const bj_mtbt_trade_t spread_trade = {
    .header = {45, 3, 8}, .type = 'K', .exch_ts_ns = EXCH_NS, .buy_order_id = 1100000000012345.0,
    .sell_order_id = 0, .token = 2885, .price_paise = -5, .qty = 4};
static const bj_mtbt_trade_t trade = {
    .header = {45, 3, 8}, .type = 'T', .exch_ts_ns = EXCH_NS, .buy_order_id = 1100000000012345.0,
    .sell_order_id = 0, .token = 2885, .price_paise = 131600, .qty = 4};
static const bj_mtbt_heartbeat_t heartbeat = {.header = {13, 3, 0}, .type = 'Z', .last_seq = 99};

typedef union value { uint64_t u; double d; } value_t;
#define SET(T, f, v) offsetof(T, f), sizeof(((T *)0)->f), {.u = (uint64_t)(v)}
#define SETD(T, f, v) offsetof(T, f), sizeof(((T *)0)->f), {.d = (v)}
#define O(f, v) &order, 38, SET(bj_mtbt_order_t, f, v)
#define OD(f, v) &order, 38, SETD(bj_mtbt_order_t, f, v)
#define T(f, v) &trade, 45, SET(bj_mtbt_trade_t, f, v)
#define TD(f, v) &trade, 45, SETD(bj_mtbt_trade_t, f, v)
#define X(f, v) &cancel, 38, SET(bj_mtbt_order_t, f, v)
#define G(f, v) &spread, 38, SET(bj_mtbt_order_t, f, v)
#define K(f, v) &spread_trade, 45, SET(bj_mtbt_trade_t, f, v)
#define Z(f, v) &heartbeat, 13, SET(bj_mtbt_heartbeat_t, f, v)
enum { FRAMED = 1 }; /* refused, but the length holds: the next message can be read */

static const struct {
    const char *name;
    bj_status_t want;
    int         framed;
    const void *good;
    size_t      bytes, off, field_bytes;
    value_t     value;
} cases[] = {
    {"a good order", BJ_OK, FRAMED, O(type, 'N')},
    {"a modify", BJ_OK, FRAMED, O(type, 'M')},
    {"a cancel", BJ_OK, FRAMED, O(type, 'X')},
    {"a cancel at no price", BJ_OK, FRAMED, X(type, 'X')},
    {"a cancel below zero", BJ_OK, FRAMED, X(price_paise, -7)},
    {"a cancel of less than nothing", BJ_OK, FRAMED, X(qty, -1)},
    {"a spread's cancel of less than nothing", BJ_OK, FRAMED, X(type, 'J')},
    {"a cancel of nobody", BJ_ERR_BAD_FIELD, FRAMED, X(order_id, 0)},
    {"a spread below zero", BJ_OK, FRAMED, G(type, 'G')},
    {"a spread at zero", BJ_OK, FRAMED, G(price_paise, 0)},
    {"a spread modified", BJ_OK, FRAMED, G(type, 'H')},
    {"a spread cancelled", BJ_OK, FRAMED, G(type, 'J')},
    {"a spread that cannot be negated", BJ_ERR_BAD_FIELD, FRAMED, G(price_paise, INT32_MIN)},
    {"no spread, but below zero", BJ_ERR_BAD_FIELD, FRAMED, G(type, 'N')},
    {"a new spread of nothing", BJ_ERR_BAD_FIELD, FRAMED, G(qty, 0)},

    {"type not in the table", BJ_ERR_UNKNOWN_TYPE, 0, O(type, 'Y')},
    {"type is zero", BJ_ERR_UNKNOWN_TYPE, 0, O(type, 0)},
    {"a trade by its type, an order by its length", BJ_ERR_BAD_FIELD, 0, O(type, 'T')},
    {"length one more", BJ_ERR_BAD_FIELD, 0, O(header.len_bytes, 39)},
    {"length zero", BJ_ERR_BAD_FIELD, 0, O(header.len_bytes, 0)},
    {"length 65535", BJ_ERR_BAD_FIELD, 0, O(header.len_bytes, 65535)},
    {"stream zero", BJ_ERR_BAD_FIELD, FRAMED, O(header.stream_id, 0)},
    {"sequence zero", BJ_ERR_BAD_FIELD, FRAMED, O(header.seq, 0)},
    {"largest sequence", BJ_OK, FRAMED, O(header.seq, UINT32_MAX)},
    {"time zero", BJ_ERR_BAD_FIELD, FRAMED, O(exch_ts_ns, 0)},
    {"time negative", BJ_ERR_BAD_FIELD, FRAMED, O(exch_ts_ns, INT64_MIN)},
    {"time past any day of ours", BJ_ERR_BAD_FIELD, FRAMED, O(exch_ts_ns, INT64_MAX)},
    {"order id zero", BJ_ERR_BAD_FIELD, FRAMED, OD(order_id, 0.0)},
    {"order id negative", BJ_ERR_BAD_FIELD, FRAMED, OD(order_id, -1.0)},
    {"order id not whole", BJ_ERR_BAD_FIELD, FRAMED, OD(order_id, 1.5)},
    {"order id the largest", BJ_OK, FRAMED, OD(order_id, 9007199254740991.0)},
    {"order id 2^53", BJ_ERR_BAD_FIELD, FRAMED, OD(order_id, 9007199254740992.0)},
    {"order id tiny", BJ_ERR_BAD_FIELD, FRAMED, OD(order_id, 4.9e-324)},
    {"order id infinite", BJ_ERR_BAD_FIELD, FRAMED, OD(order_id, (double)INFINITY)},
    {"order id not a number", BJ_ERR_BAD_FIELD, FRAMED, OD(order_id, (double)NAN)},
    {"token zero", BJ_ERR_BAD_FIELD, FRAMED, O(token, 0)},
    {"token negative", BJ_ERR_BAD_FIELD, FRAMED, O(token, -1)},
    {"side sell", BJ_OK, FRAMED, O(side, 'S')},
    {"side neither", BJ_ERR_BAD_FIELD, FRAMED, O(side, 'b')},
    {"price zero", BJ_ERR_BAD_FIELD, FRAMED, O(price_paise, 0)},
    {"price negative", BJ_ERR_BAD_FIELD, FRAMED, O(price_paise, -5)},
    {"new with quantity zero", BJ_ERR_BAD_FIELD, FRAMED, O(qty, 0)},
    {"quantity negative", BJ_ERR_BAD_FIELD, FRAMED, O(qty, -1)},
    {"a good trade", BJ_OK, FRAMED, T(type, 'T')},
    {"a trade cancel", BJ_OK, FRAMED, T(type, 'C')},
    {"a spread trade below zero", BJ_OK, FRAMED, K(type, 'K')},
    {"a spread trade of nothing", BJ_ERR_BAD_FIELD, FRAMED, K(qty, 0)},
    {"an order by its type, a trade by its length", BJ_ERR_BAD_FIELD, 0, T(type, 'N')},
    {"trade names nobody", BJ_ERR_BAD_FIELD, FRAMED, TD(buy_order_id, 0.0)},
    {"trade with itself", BJ_ERR_BAD_FIELD, FRAMED, TD(sell_order_id, 1100000000012345.0)},
    {"trade names half an order", BJ_ERR_BAD_FIELD, FRAMED, TD(sell_order_id, 7.25)},
    {"trade of nothing", BJ_ERR_BAD_FIELD, FRAMED, T(qty, 0)},
    {"trade for nothing", BJ_ERR_BAD_FIELD, FRAMED, T(price_paise, 0)},
    {"trade of no instrument", BJ_ERR_BAD_FIELD, FRAMED, T(token, 0)},
    {"trade at no time", BJ_ERR_BAD_FIELD, FRAMED, T(exch_ts_ns, -1)},
    {"a heartbeat", BJ_OK, FRAMED, Z(type, 'Z')},
    {"a heartbeat before the first message", BJ_OK, FRAMED, Z(last_seq, 0)},
    {"a heartbeat with a sequence", BJ_ERR_BAD_FIELD, FRAMED, Z(header.seq, 1)},
};

static void test_cases(void) {
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        uint8_t data[64];
        memcpy(data, cases[i].good, cases[i].bytes);
        memcpy(data + cases[i].off, &cases[i].value, cases[i].field_bytes);
        unsigned fails = bj_fail_cnt;
        bj_feed_msg_t msg;
        size_t used = SIZE_MAX;
        BJ_CHECK(bj_feed_decode(data, cases[i].bytes, &msg, &used) == cases[i].want);
        BJ_CHECK(used == (cases[i].framed ? cases[i].bytes : 0));
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cases[i].name);
    }
}

static void test_fields(void) {
    bj_feed_msg_t msg;
    size_t used;
    BJ_CHECK(bj_feed_decode((const uint8_t *)&order, 38, &msg, &used) == BJ_OK);
    BJ_CHECK(msg.kind == BJ_FEED_NEW && msg.side == BJ_BUY && msg.seq == 7 && msg.stream_id == 3);
    BJ_CHECK(msg.order_id == 1100000000012345 && msg.token == 2885 && msg.qty == 10);
    BJ_CHECK(msg.price_paise == 131600 && msg.exch_ns == INT64_C(1746157500) * BJ_NS_PER_S);
    BJ_CHECK(bj_feed_decode((const uint8_t *)&trade, 45, &msg, &used) == BJ_OK);
    BJ_CHECK(msg.kind == BJ_FEED_TRADE && msg.order_id == 1100000000012345 &&
             msg.sell_order_id == 0);
    BJ_CHECK(msg.price_paise == 131600 && msg.qty == 4 && msg.seq == 8);
    BJ_CHECK(!msg.spread);
    BJ_CHECK(bj_feed_decode((const uint8_t *)&spread, 38, &msg, &used) == BJ_OK);
    BJ_CHECK(msg.kind == BJ_FEED_NEW && msg.spread == 1 && msg.price_paise == -5);
    BJ_CHECK(msg.side == BJ_SELL);
    BJ_CHECK(bj_feed_decode((const uint8_t *)&heartbeat, 13, &msg, &used) == BJ_OK);
    BJ_CHECK(msg.kind == BJ_FEED_HEARTBEAT && msg.seq == 99);
}

static void test_every_truncation(void) {
    static const struct { const void *good; size_t bytes; } all[] = {
        {&order, 38}, {&trade, 45}, {&spread, 38}, {&spread_trade, 45}, {&heartbeat, 13}};
    for (size_t i = 0; i < BJ_COUNT(all); i++) {
        for (size_t n = 0; n < all[i].bytes; n++) {
            uint8_t *exact = malloc(n ? n : 1); /* exactly n bytes: the sanitizer sees byte n + 1 */
            memcpy(exact, all[i].good, n);
            bj_feed_msg_t msg;
            size_t used = SIZE_MAX;
            BJ_CHECK(bj_feed_decode(exact, n, &msg, &used) == BJ_ERR_TRUNCATED && used == 0);
            free(exact);
        }
    }
}

/* A run goes on over what is one good order or trade, and ends before all else: each case stands
 * between others, as it is, with bytes behind it and cut by one. */
static void test_run(void) {
    for (size_t i = 0; i < BJ_COUNT(cases) * 3; i++) {
        uint8_t data[64] = {0};
        bj_feed_msg_t alone;
        size_t c = i / 3, used, bytes = cases[c].bytes + (i % 3 == 1) - (i % 3 == 2);
        memcpy(data, cases[c].good, cases[c].bytes);
        memcpy(data + cases[c].off, &cases[c].value, cases[c].field_bytes);
        bj_status_t status = bj_feed_decode(data, bytes, &alone, &used);
        bool goes_on = status == BJ_OK && used == bytes && alone.kind != BJ_FEED_HEARTBEAT;
        const bj_feed_packet_t datagrams[] = {{(const uint8_t *)&order, 38},
                                              {data, bytes},
                                              {(const uint8_t *)&trade, 45}};
        bj_feed_item_t items[3];
        BJ_CHECK(bj_feed_decode_run(datagrams, 3, items) == (goes_on ? 3u : 1u));
        BJ_CHECK(bj_feed_decode_run(datagrams, 1, items) == 1 && items[0].msg.kind == BJ_FEED_NEW);
        if (goes_on) BJ_CHECK(!memcmp(&items[1].msg, &alone, sizeof alone));
        if (goes_on) BJ_CHECK(items[2].msg.kind == BJ_FEED_TRADE && items[2].msg.seq == 8);
    }
}

int main(void) {
    test_cases();
    test_run();
    test_fields();
    test_every_truncation();
    return bj_test_end("test_bj_feed_decode");
}
