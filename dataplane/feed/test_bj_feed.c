/* Goal: from frames to rows.  What each message means for the book, by small scripts; then a seeded
 * stream of any messages against a model so plain that it cannot share our mistakes; then datagrams
 * and frames that lie, with every truncation; then holes, restarts and silence. */
#include "dataplane/feed/bj_feed.h"

#include <inttypes.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/feed/test_feed_bed.h"

static bool level_is(const bj_market_level_t *level, int32_t price_paise, uint32_t order_cnt,
                     int64_t qty) {
    return level->price_paise == price_paise && level->order_cnt == order_cnt && level->qty == qty;
}

static void test_orders(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    bed_send_order(&bed, 'N', 0, 12, 'B', 131500, 20);
    bed_send_order(&bed, 'N', 0, 13, 'B', 131400, 5);
    bed_send_order(&bed, 'N', 0, 14, 'S', 131700, 7);
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(level_is(&row.bid[0], 131500, 2, 30) && level_is(&row.bid[1], 131400, 1, 5));
    BJ_CHECK(level_is(&row.bid[2], 0, 0, 0) && level_is(&row.ask[0], 131700, 1, 7));
    BJ_CHECK(row.total_buy_qty == 35 && row.total_sell_qty == 7 && row.update_cnt >= 4);
    BJ_CHECK(row.exch_ns == bed.now_ns && !(row.flags & BJ_MARKET_STALE));

    bed_send_order(&bed, 'M', 0, 12, 'B', 131450, 20); /* another price */
    bed_send_order(&bed, 'M', 0, 13, 'B', 131400, 50); /* more */
    bed_send_order(&bed, 'M', 0, 77, 'S', 131800, 9);  /* never seen: a new one */
    bed_send_order(&bed, 'X', 0, 11, 'B', 1, 1);       /* by the id alone */
    bed_send_order(&bed, 'X', 0, 999, 'B', 131500, 1); /* never seen */
    row = bed_row(&bed, 0);
    BJ_CHECK(level_is(&row.bid[0], 131450, 1, 20) && level_is(&row.bid[1], 131400, 1, 50));
    BJ_CHECK(level_is(&row.ask[1], 131800, 1, 9));
    BJ_CHECK(bj_feed_counters(bed.feed)->unknown_orders == 1);

    bed_send_order(&bed, 'M', 0, 12, 'B', 131450, 0);  /* to nothing */
    bed_send_order(&bed, 'N', 0, 13, 'S', 131900, 3);  /* a live id again: it replaces */
    bed_send_order(&bed, 'N', 1, 21, 'B', 112000, 1);  /* a neighbour */
    row = bed_row(&bed, 0);
    BJ_CHECK(level_is(&row.bid[0], 0, 0, 0) && level_is(&row.ask[2], 131900, 1, 3));
    row = bed_row(&bed, 1);
    BJ_CHECK(level_is(&row.bid[0], 112000, 1, 1));
    BJ_CHECK(bj_feed_counters(bed.feed)->bad_messages == 0);
    bed_close(&bed);
}

static void test_trades(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    bed_send_order(&bed, 'N', 0, 14, 'S', 131700, 7);
    bed_send_trade(&bed, 0, 11, 0, 131500, 4); /* against a market order */
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(level_is(&row.bid[0], 131500, 1, 6) && level_is(&row.ask[0], 131700, 1, 7));
    BJ_CHECK(row.last_price_paise == 131500 && row.last_qty == 4 && row.open_paise == 131500);
    BJ_CHECK(bj_feed_counters(bed.feed)->unknown_orders == 0);

    bed_send_trade(&bed, 0, 555, 14, 131700, 2); /* the buyer was never seen */
    row = bed_row(&bed, 0);
    BJ_CHECK(level_is(&row.ask[0], 131700, 1, 5) &&
             bj_feed_counters(bed.feed)->unknown_orders == 1);

    bed_send_order(&bed, 'N', 0, 15, 'B', 131700, 5); /* aggressive: crossed, then both go */
    bed_send_trade(&bed, 0, 15, 14, 131700, 5);
    row = bed_row(&bed, 0);
    BJ_CHECK(level_is(&row.bid[0], 131500, 1, 6) && level_is(&row.ask[0], 0, 0, 0));
    BJ_CHECK(row.volume_qty == 11 && row.trade_cnt == 3 && row.high_paise == 131700);
    BJ_CHECK(row.value_paise == 131500 * 4 + INT64_C(131700) * 7 && row.low_paise == 131500);
    BJ_CHECK(row.average_paise == (131500 * 4 + INT64_C(131700) * 7) / 11);

    bed_send_trade(&bed, 0, 11, 0, 131500, 100); /* more than is open: to nothing, not below */
    row = bed_row(&bed, 0);
    BJ_CHECK(level_is(&row.bid[0], 0, 0, 0) && bj_feed_counters(bed.feed)->trades == 4);

    /* An id of another instrument or side is not reduced. */
    bed_send_order(&bed, 'N', 1, 31, 'B', 112000, 10);
    bed_send_trade(&bed, 0, 31, 0, 131500, 1);
    bed_send_trade(&bed, 1, 0, 31, 112000, 1);
    row = bed_row(&bed, 1);
    BJ_CHECK(level_is(&row.bid[0], 112000, 1, 10));
    bed_close(&bed);
}

static void test_ticks(void) {
    bed_t bed;
    bed_open(&bed, 100);
    uint64_t next = 1, missed;
    bj_market_tick_t tick;
    bj_feed_step(bed.feed, bed.now_ns);
    for (int i = 0; i < BED_INSTRUMENTS; i++) { /* before anything is heard: stale */
        BJ_CHECK(bj_market_next(bed.reader, &next, &tick, &missed) && tick.kind == BJ_TICK_STALE);
        BJ_CHECK(tick.flags == BJ_MARKET_STALE);
    }
    BJ_CHECK(!bj_market_next(bed.reader, &next, &tick, &missed));
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    bed_send_order(&bed, 'N', 0, 14, 'S', 131700, 7);
    bed_send_order(&bed, 'N', 0, 12, 'B', 131400, 10); /* not at the top: no tick */
    bed_send_order(&bed, 'N', 0, 15, 'B', 131700, 3);  /* crossed: no tick */
    bed_send_trade(&bed, 0, 15, 14, 131700, 3);
    BJ_CHECK(!bj_market_next(bed.reader, &next, &tick, &missed)); /* nothing before the step */
    bj_feed_step(bed.feed, bed.now_ns);
    static const struct { bj_tick_kind_t kind; int32_t price, qty, bid, ask; int64_t ask_qty; }
        want[] = {{BJ_TICK_STALE, 0, 0, 0, 0, 0},           {BJ_TICK_STALE, 0, 0, 0, 0, 0},
                  {BJ_TICK_TOP, 0, 0, 131500, 0, 0},        {BJ_TICK_TOP, 0, 0, 131500, 131700, 7},
                  {BJ_TICK_TRADE, 131700, 3, 131500, 131700, 4},
                  {BJ_TICK_TOP, 0, 0, 131500, 131700, 4}};
    for (size_t i = 0; i < BJ_COUNT(want); i++) {
        BJ_CHECK(bj_market_next(bed.reader, &next, &tick, &missed) && tick.kind == want[i].kind);
        BJ_CHECK(tick.price_paise == want[i].price && tick.qty == want[i].qty);
        BJ_CHECK(tick.bid_paise == want[i].bid && tick.ask_paise == want[i].ask);
        BJ_CHECK(tick.ask_qty == want[i].ask_qty);
    }
    BJ_CHECK(!bj_market_next(bed.reader, &next, &tick, &missed));
    bed_close(&bed);
}

/* A crossed row is held back for 1 ms and no longer. */
static void test_crossed(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 11, 'S', 131500, 10);
    bj_market_row_t row = bed_row(&bed, 0);
    bed_send_order(&bed, 'N', 0, 12, 'B', 131600, 10);
    row = bed_row(&bed, 0);
    BJ_CHECK(row.bid[0].price_paise == 0 && row.ask[0].price_paise == 131500);
    bed.now_ns += 999999;
    row = bed_row(&bed, 0);
    BJ_CHECK(row.bid[0].price_paise == 0);
    bed.now_ns += 1;
    row = bed_row(&bed, 0);
    BJ_CHECK(row.bid[0].price_paise == 131600);
    bed_close(&bed);
}

/* --- the model: an array of orders, searched from end to end */
enum { MODEL_MAX = 2000, ID_MAX = 400 };
typedef struct model_order {
    uint64_t id;
    uint32_t idx;
    uint8_t side;
    int32_t price, qty;
} model_order_t;
typedef struct model {
    model_order_t order[MODEL_MAX];
    size_t  cnt;
    int64_t volume[BED_INSTRUMENTS], value[BED_INSTRUMENTS];
    int32_t high[BED_INSTRUMENTS], low[BED_INSTRUMENTS], open[BED_INSTRUMENTS];
} model_t;

static model_order_t *model_find(model_t *model, uint32_t idx, uint64_t id) {
    for (size_t i = 0; i < model->cnt; i++) {
        bool same = bed_stream_id(model->order[i].idx) == bed_stream_id(idx);
        if (same && model->order[i].id == id) return &model->order[i];
    }
    return NULL;
}
static void model_drop(model_t *model, model_order_t *order) {
    if (order) *order = model->order[--model->cnt];
}
static void model_order(model_t *model, uint8_t type, const model_order_t *order) {
    model_drop(model, model_find(model, order->idx, order->id));
    if (type != 'X' && order->qty > 0) model->order[model->cnt++] = *order;
}
static void model_reduce(model_t *model, uint32_t idx, uint64_t id, uint8_t side, int32_t qty) {
    model_order_t *order = id ? model_find(model, idx, id) : NULL;
    if (!order || order->idx != idx || order->side != side) return;
    order->qty -= qty;
    if (order->qty <= 0) model_drop(model, order);
}
static void model_trade(model_t *model, uint32_t idx, uint64_t buy, uint64_t sell, int32_t price,
                        int32_t qty) {
    model_reduce(model, idx, buy, 'B', qty);
    model_reduce(model, idx, sell, 'S', qty);
    if (!model->volume[idx]) model->open[idx] = model->high[idx] = model->low[idx] = price;
    if (price > model->high[idx]) model->high[idx] = price;
    if (price < model->low[idx]) model->low[idx] = price;
    model->volume[idx] += qty;
    model->value[idx] += (int64_t)price * qty;
}

/* The side's levels by looking for the next best price again and again. */
static bool model_agrees(const model_t *model, uint32_t idx, uint8_t side,
                         const bj_market_level_t *levels, int64_t total) {
    int64_t sum = 0;
    int32_t behind = side == 'B' ? INT32_MAX : 0;
    for (size_t i = 0; i < model->cnt; i++) {
        if (model->order[i].idx == idx && model->order[i].side == side) sum += model->order[i].qty;
    }
    bool ok = sum == total;
    for (int l = 0; l < BJ_MARKET_LEVELS; l++) {
        bj_market_level_t want = {0};
        for (size_t i = 0; i < model->cnt; i++) {
            const model_order_t *order = &model->order[i];
            if (order->idx != idx || order->side != side) continue;
            bool worse = side == 'B' ? order->price >= behind : order->price <= behind;
            bool better = !want.price_paise || (side == 'B' ? order->price > want.price_paise
                                                            : order->price < want.price_paise);
            if (!worse && better) want = (bj_market_level_t){.price_paise = order->price};
        }
        for (size_t i = 0; i < model->cnt; i++) {
            const model_order_t *order = &model->order[i];
            if (order->idx != idx || order->side != side || order->price != want.price_paise)
                continue;
            want.order_cnt++;
            want.qty += order->qty;
        }
        ok &= level_is(&levels[l], want.price_paise, want.order_cnt, want.qty);
        if (!want.price_paise) want.price_paise = side == 'B' ? 0 : INT32_MAX;
        behind = want.price_paise;
    }
    return ok;
}

static uint64_t rng;
static uint64_t dice(uint64_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (rng >> 33) % sides;
}

static void random_message(bed_t *bed, model_t *model) {
    static const uint8_t types[] = {'N', 'N', 'N', 'M', 'M', 'X', 'T', 'T'};
    uint8_t type = types[dice(BJ_COUNT(types))], side = dice(2) ? 'B' : 'S';
    uint32_t idx = (uint32_t)dice(BED_INSTRUMENTS);
    int32_t price = (int32_t)(100000 + dice(40) * 10), qty = (int32_t)(dice(50) + (type != 'M'));
    uint64_t id = 1 + dice(ID_MAX), other = dice(3) ? 1 + dice(ID_MAX) : 0;
    if (type == 'T') {
        if (id == other) other = 0;
        bed_send_trade(bed, idx, id, other, price, qty);
        model_trade(model, idx, id, other, price, qty);
        return;
    }
    bed_send_order(bed, type, idx, id, side, price, qty);
    model_order(model, type, &(model_order_t){id, idx, side, price, qty});
}

static void check_model(bed_t *bed, const model_t *model) {
    for (uint32_t idx = 0; idx < BED_INSTRUMENTS; idx++) {
        bed->now_ns += 1100000; /* past the patience with a crossed book */
        bj_market_row_t row = bed_row(bed, idx);
        BJ_CHECK(model_agrees(model, idx, 'B', row.bid, row.total_buy_qty));
        BJ_CHECK(model_agrees(model, idx, 'S', row.ask, row.total_sell_qty));
        BJ_CHECK(row.volume_qty == model->volume[idx] && row.value_paise == model->value[idx]);
        BJ_CHECK(row.high_paise == model->high[idx] && row.low_paise == model->low[idx]);
        BJ_CHECK(row.open_paise == model->open[idx]);
    }
}

static void test_model(uint64_t seed) {
    static model_t model;
    bed_t bed;
    memset(&model, 0, sizeof model);
    rng = seed * 2 + 1;
    unsigned fails = bj_fail_cnt;
    bed_open(&bed, 1000);
    for (int i = 0; i < 3000; i++) {
        random_message(&bed, &model);
        if (dice(8) == 0) bj_feed_step(bed.feed, bed.now_ns);
        if (dice(50) == 0) check_model(&bed, &model);
    }
    check_model(&bed, &model);
    BJ_CHECK(bj_feed_counters(bed.feed)->messages == 3000 && model.cnt > 0);
    BJ_CHECK(bj_feed_counters(bed.feed)->gaps == 0);
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    bed_close(&bed);
}

/* --- datagrams */
static void test_datagrams(void) {
    bed_t bed;
    bed_open(&bed, 100);
    const bj_feed_counters_t *counters = bj_feed_counters(bed.feed);
    uint8_t data[256] = {0};
    int64_t t = bed.now_ns;
    bj_mtbt_order_t one = bed_order('N', 1, t, 0, 11, 'B', 131500, 10);
    bj_mtbt_order_t two = bed_order('N', 2, t + 1, 0, 12, 'B', 131400, 10);
    bj_mtbt_order_t three = bed_order('N', 3, t + 2, 0, 13, 'B', 131300, 10);

    memcpy(data, &one, 38), memcpy(data + 38, &two, 38);
    bj_feed_datagram(bed.feed, 0, BJ_SEGMENT_CM, data, 76 + 100, t); /* two messages and padding */
    BJ_CHECK(counters->messages == 2 && counters->bad_datagrams == 0);
    bj_feed_datagram(bed.feed, 1, BJ_SEGMENT_CM, data, 76 + 8, t); /* the other, short padding */
    BJ_CHECK(counters->messages == 2 && counters->duplicates == 2);
    BJ_CHECK(counters->datagrams_a == 1 && counters->datagrams_b == 1);

    /* A bad field: the framing holds, the next is read, and the other source's copy still
     * counts. */
    bj_mtbt_order_t bad = three;
    bad.price_paise = 0;
    bj_mtbt_order_t four = bed_order('N', 4, t + 3, 0, 14, 'B', 131200, 10);
    memcpy(data, &bad, 38), memcpy(data + 38, &four, 38);
    bj_feed_datagram(bed.feed, 0, BJ_SEGMENT_CM, data, 76, t);
    BJ_CHECK(counters->bad_messages == 1 && counters->messages == 2); /* 4 waits for 3 */
    bj_feed_datagram(bed.feed, 1, BJ_SEGMENT_CM, (const uint8_t *)&three, 38, t);
    BJ_CHECK(counters->messages == 4 && counters->gaps == 0);

    const struct { const char *name; bj_mtbt_order_t message; bool bad;
    } cases[] = {
        {"of a stream we do not have",
         {.header = {38, 3, 5}, .type = 'N', .exch_ts_ns = one.exch_ts_ns, .order_id = 9.0,
          .token = 2885, .side = 'B', .price_paise = 1, .qty = 1},
         true},
        {"two minutes ahead of our clock",
         bed_order('N', 5, t + 120 * BJ_NS_PER_S, 0, 15, 'B', 131100, 1), true},
        {"of the other stream's instrument", bed_order('N', 5, t + 4, 0, 16, 'B', 131100, 1),
         false},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_mtbt_order_t message = cases[i].message;
        if (!cases[i].bad) message.token = 1333;
        uint64_t was = counters->bad_messages;
        bj_feed_datagram(bed.feed, 0, BJ_SEGMENT_CM, (const uint8_t *)&message, 38, t);
        BJ_CHECK(counters->bad_messages == was + 1);
        BJ_CHECK(counters->messages == (cases[i].bad ? 4u : 5u)); /* the last has its sequence */
    }
    bj_mtbt_order_t strange = bed_order('N', 6, t + 5, 0, 17, 'B', 131100, 1);
    strange.token = 4242;
    bj_feed_datagram(bed.feed, 0, BJ_SEGMENT_CM, (const uint8_t *)&strange, 38, t);
    BJ_CHECK(counters->unknown_tokens == 1 && counters->messages == 6);
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(row.total_buy_qty == 40 && row.bid[3].price_paise == 131200);
    bed_close(&bed);
}

/* All messages of a datagram are of one stream. */
static void test_mixed_streams(void) {
    bed_t bed;
    bed_open(&bed, 100);
    uint8_t data[76];
    bj_mtbt_order_t one = bed_order('N', 1, bed.now_ns, 0, 11, 'B', 131500, 10);
    bj_mtbt_order_t other = bed_order('N', 1, bed.now_ns, 2, 12, 'B', 72000, 10);
    memcpy(data, &one, 38), memcpy(data + 38, &other, 38);
    bj_feed_datagram(bed.feed, 0, BJ_SEGMENT_CM, data, 76, bed.now_ns);
    BJ_CHECK(bj_feed_counters(bed.feed)->messages == 1);
    BJ_CHECK(bj_feed_counters(bed.feed)->bad_messages == 1);
    bed_close(&bed);
}

/* Two messages cut at every byte, in a block of exactly that size. */
static void test_every_truncation(void) {
    for (size_t n = 0; n <= 76; n++) {
        bed_t bed;
        bed_open(&bed, 100);
        bj_mtbt_order_t two[2] = {bed_order('N', 1, bed.now_ns, 0, 11, 'B', 131500, 10),
                                  bed_order('N', 2, bed.now_ns, 0, 12, 'B', 131500, 10)};
        uint8_t *exact = malloc(n ? n : 1);
        memcpy(exact, two, n);
        bj_feed_datagram(bed.feed, 0, BJ_SEGMENT_CM, exact, n, bed.now_ns);
        BJ_CHECK(bj_feed_counters(bed.feed)->messages == n / 38);
        bool cut = n < 38 || (n % 38 >= BJ_MTBT_LEAST_BYTES);
        BJ_CHECK(bj_feed_counters(bed.feed)->bad_datagrams == cut);
        free(exact);
        bed_close(&bed);
    }
}

/* --- frames */
static const struct {
    const char *name;
    bool    taken, counted; /* counted: as a bad datagram */
    size_t  at;
    uint8_t value;
} frames[] = {
    {"good", true, false, 0, 1},
    {"ARP", false, false, 13, 6},
    {"IPv6 by its type", false, false, 12, 0x86},
    {"TCP", false, false, 14 + 9, 6},
    {"version 6", false, true, 14, 0x65},
    {"header of 16 bytes", false, true, 14, 0x44},
    {"header past the frame", false, true, 14, 0x4f},
    {"total length past the frame", false, true, 14 + 2, 1},
    {"total length below its headers", false, true, 14 + 3, 27},
    {"total length below its own header", false, true, 14 + 3, 19},
    {"more fragments", false, true, 14 + 6, 0x20},
    {"a later fragment", false, true, 14 + 7, 1},
    {"checksum does not hold", false, true, 14 + 11, 0},
    {"another group", false, true, 14 + 19, 99},
    {"the other stream's port", false, true, 14 + 20 + 3, 0x02},
    {"UDP length past the packet", false, true, 14 + 20 + 5, 47},
    {"UDP length below its header", false, true, 14 + 20 + 5, 7},
    {"may not be fragmented: fine", true, false, 14 + 6, 0x40},
};

static void test_frames(void) {
    for (size_t i = 0; i < BJ_COUNT(frames); i++) {
        bed_t bed;
        bed_open(&bed, 100);
        uint8_t frame[128];
        bj_mtbt_order_t one = bed_order('N', 1, bed.now_ns, 0, 11, 'B', 131500, 10);
        size_t n = bed_frame(frame, BED_GROUP_A, 16641, &one, sizeof one);
        frame[frames[i].at] = frames[i].value;
        if (frames[i].at != 14 + 11) bed_sum(frame); /* so that only the named thing is wrong */
        unsigned fails = bj_fail_cnt;
        bj_feed_frame(bed.feed, 0, frame, n, bed.now_ns);
        BJ_CHECK(bj_feed_counters(bed.feed)->messages == frames[i].taken);
        BJ_CHECK(bj_feed_counters(bed.feed)->bad_datagrams == frames[i].counted);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", frames[i].name);
        bed_close(&bed);
    }
}

static void test_frame_sources(void) {
    bed_t bed;
    bed_open(&bed, 100);
    uint8_t frame[128];
    bj_mtbt_order_t one = bed_order('N', 1, bed.now_ns, 2, 11, 'B', 72000, 10); /* stream 2 */
    size_t n = bed_frame(frame, BED_GROUP_B + 1, 10632, &one, sizeof one);
    bj_feed_frame(bed.feed, 0, frame, n, bed.now_ns); /* B's group on A's port */
    BJ_CHECK(bj_feed_counters(bed.feed)->bad_datagrams == 1);
    bj_feed_frame(bed.feed, 1, frame, n, bed.now_ns);
    BJ_CHECK(bj_feed_counters(bed.feed)->messages == 1);
    n = bed_frame(frame, BED_GROUP_A, 16641, &one, sizeof one); /* stream 2 in stream 1's group */
    bj_feed_frame(bed.feed, 0, frame, n, bed.now_ns);
    BJ_CHECK(bj_feed_counters(bed.feed)->bad_messages == 1);
    for (size_t cut = 0; cut <= n; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        memcpy(exact, frame, cut);
        uint64_t was = bj_feed_counters(bed.feed)->bad_datagrams;
        bj_feed_frame(bed.feed, 0, exact, cut, bed.now_ns);
        bool counted = cut >= 34 && cut < n;
        BJ_CHECK(bj_feed_counters(bed.feed)->bad_datagrams == was + counted);
        free(exact);
    }
    bed_close(&bed);
}

/* --- holes, restarts, silence */
static void test_hole(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    bed_send_order(&bed, 'N', 2, 31, 'B', 72000, 10);
    bed.seq[0] += 3; /* three are lost on both */
    bed_send_order(&bed, 'N', 0, 12, 'B', 131400, 10);
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(!(row.flags & BJ_MARKET_STALE) && row.bid[1].price_paise == 0);
    bed.now_ns += BED_GAP_WAIT_NS;
    row = bed_row(&bed, 0);
    BJ_CHECK((row.flags & BJ_MARKET_STALE) && row.bid[1].price_paise == 131400);
    BJ_CHECK(bj_feed_counters(bed.feed)->gaps == 1 &&
             bj_feed_counters(bed.feed)->gap_messages == 3);
    row = bed_row(&bed, 1);
    BJ_CHECK(row.flags & BJ_MARKET_STALE); /* the same stream */
    row = bed_row(&bed, 2);
    BJ_CHECK(!(row.flags & BJ_MARKET_STALE) && row.bid[0].qty == 10); /* another one */

    bed_send_trade(&bed, 0, 11, 0, 131500, 1);
    bed.seq[0] = 0; /* the exchange begins again */
    bed_send_order(&bed, 'N', 0, 41, 'B', 131000, 5);
    row = bed_row(&bed, 0);
    BJ_CHECK(row.bid[0].price_paise == 131500); /* the book may still be half */
    bed.now_ns += 50 * BJ_NS_PER_MS;
    row = bed_row(&bed, 0);
    BJ_CHECK(!(row.flags & BJ_MARKET_STALE) && bj_feed_counters(bed.feed)->resets == 1);
    BJ_CHECK(level_is(&row.bid[0], 131000, 1, 5) && level_is(&row.bid[1], 0, 0, 0));
    BJ_CHECK(row.last_price_paise == 131500 && row.volume_qty == 1); /* the day goes on */
    uint64_t last = bj_market_head(bed.reader)->tick_seq, missed;
    bj_market_tick_t tick;
    BJ_CHECK(bj_market_next(bed.reader, &last, &tick, &missed) && tick.kind == BJ_TICK_TOP);
    BJ_CHECK(tick.bid_paise == 131000 && tick.flags == 0);
    bed_close(&bed);
}

/* Whoever follows ticks hears of a top that went with the run before, though the book stays
 * empty. */
static void test_gone_with_the_run(void) {
    bed_t bed;
    bj_market_tick_t tick, last = {0};
    uint64_t next = 1, missed;
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    (void)bed_row(&bed, 0);
    bed.seq[0] = 0;
    bed.now_ns += BJ_NS_PER_MS;
    bed_send_order(&bed, 'N', 1, 13, 'B', 112000, 10);
    BJ_CHECK(bj_feed_counters(bed.feed)->resets == 1);
    for (int i = 0; i < 3; i++) {
        bed.now_ns += 30 * BJ_NS_PER_MS;
        (void)bed_row(&bed, 0);
    }
    while (bj_market_next(bed.reader, &next, &tick, &missed)) {
        if (tick.instrument_idx == 0 && tick.kind == BJ_TICK_TOP) last = tick;
    }
    BJ_CHECK(last.seq > 1 && last.bid_paise == 0 && last.bid_qty == 0);
    bed_close(&bed);
}

/* Of a cancel the id counts alone. */
static void test_cancel_at_no_price(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    bed_send_order(&bed, 'X', 0, 11, 'B', 0, -1);
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(row.bid[0].order_cnt == 0 && bj_feed_counters(bed.feed)->bad_messages == 0);
    bed_close(&bed);
}

/* Somebody sets the clock back: silence is heard all the same. */
static void test_clock_set_back(void) {
    bed_t bed;
    bj_market_row_t row;
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    row = bed_row(&bed, 0);
    BJ_CHECK(!(row.flags & BJ_MARKET_STALE));
    bed.now_ns -= 3600 * BJ_NS_PER_S;
    for (int i = 0; i < 40; i++) {
        bed.now_ns += 100 * BJ_NS_PER_MS;
        row = bed_row(&bed, 0);
    }
    BJ_CHECK(row.flags & BJ_MARKET_STALE);
    bed_close(&bed);
}

/* A row that is held back says at once that it is stale. */
static void test_stale_while_held(void) {
    bed_t bed;
    bed_open(&bed, 1);
    bed_send_order(&bed, 'N', 0, 11, 'B', 131500, 10);
    (void)bed_row(&bed, 0);
    bed.seq[0] = 0;
    bed.now_ns += BJ_NS_PER_MS;
    bed_send_order(&bed, 'N', 0, 12, 'B', 131400, 10); /* a new run: the row is held for 50 ms */
    bed_send_order(&bed, 'N', 0, 13, 'B', 131300, 10); /* and there is no room */
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(row.flags & BJ_MARKET_STALE);
    bed.now_ns += 60 * BJ_NS_PER_MS;
    row = bed_row(&bed, 0);
    BJ_CHECK((row.flags & BJ_MARKET_STALE) && row.bid[0].price_paise == 131400);
    bed_close(&bed);
}

static void test_no_room(void) {
    bed_t bed;
    bed_open(&bed, 3);
    for (uint64_t id = 1; id <= 4; id++) bed_send_order(&bed, 'N', 0, id, 'B', 131500, 10);
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(row.bid[0].qty == 30 && (row.flags & BJ_MARKET_STALE));
    BJ_CHECK(bj_feed_counters(bed.feed)->gap_messages == 1);
    bed_close(&bed);
}

static void test_silence(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bj_market_row_t row = bed_row(&bed, 0);
    BJ_CHECK(row.flags & BJ_MARKET_STALE); /* nothing heard yet */
    bj_mtbt_heartbeat_t beat = {.header = {13, 1, 0}, .type = 'Z', .last_seq = 0};
    bj_feed_datagram(bed.feed, 0, BJ_SEGMENT_CM, (const uint8_t *)&beat, sizeof beat, bed.now_ns);
    row = bed_row(&bed, 0);
    BJ_CHECK(!(row.flags & BJ_MARKET_STALE) && bj_feed_counters(bed.feed)->heartbeats == 1);
    bed.now_ns += 3 * BJ_NS_PER_S;
    row = bed_row(&bed, 0);
    BJ_CHECK(!(row.flags & BJ_MARKET_STALE));
    bed.now_ns += BJ_NS_PER_S;
    row = bed_row(&bed, 0);
    BJ_CHECK(row.flags & BJ_MARKET_STALE);
    bj_feed_datagram(bed.feed, 1, BJ_SEGMENT_CM, (const uint8_t *)&beat, sizeof beat, bed.now_ns);
    row = bed_row(&bed, 0);
    BJ_CHECK(!(row.flags & BJ_MARKET_STALE));
    const bj_market_header_t *head = bj_market_head(bed.reader);
    bed.now_ns += BJ_NS_PER_S;
    bj_feed_step(bed.feed, bed.now_ns);
    BJ_CHECK(head->heartbeat_ns == bed.now_ns && head->feed_ns == bed.now_ns - BJ_NS_PER_S);
    BJ_CHECK(head->counters.heartbeats == 2);
    bed_close(&bed);
}

static void test_shapes(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bj_feed_config_t good = bed_config(bed.market, 100), config = good;
    config.instrument_cnt = 0;
    BJ_CHECK(bj_feed_footprint(&good) && !bj_feed_footprint(&config));
    config = good, config.stream_cnt = 0;
    BJ_CHECK(!bj_feed_footprint(&config));
    config = good, config.order_max = 0;
    BJ_CHECK(!bj_feed_footprint(&config));
    config = good, config.gap_wait_ns = -1;
    BJ_CHECK(!bj_feed_footprint(&config));
    static const bj_feed_instrument_t twice[] = {{7, 0, false}, {7, 1, false}},
                                      nowhere[] = {{7, 0, false}, {8, 2, false}},
                                      both[] = {{7, 0, false}, {7, 0, true}};
    bj_feed_stream_t same_id[] = {bed_streams[0], bed_streams[1]},
                     same_group[] = {bed_streams[0], bed_streams[1]};
    void *mem = aligned_alloc(64, (bj_feed_footprint(&good) + 63) / 64 * 64);
    config = good, config.instrument_cnt = 2, config.instruments = twice;
    BJ_CHECK(!bj_feed_new(mem, &config));
    config.instruments = nowhere;
    BJ_CHECK(!bj_feed_new(mem, &config));
    config.instruments = both; /* a spread's token is its own */
    BJ_CHECK(bj_feed_new(mem, &config));
    same_id[1].stream_id = 1;
    config.streams = same_id;
    BJ_CHECK(!bj_feed_new(mem, &config));
    same_id[1].segment = BJ_SEGMENT_FO;
    BJ_CHECK(bj_feed_new(mem, &config));
    same_group[1].source[1] = same_group[0].source[1];
    config.streams = same_group;
    BJ_CHECK(!bj_feed_new(mem, &config));
    free(mem);
    bed_close(&bed);
}

int main(void) {
    test_orders();
    test_trades();
    test_ticks();
    test_crossed();
    for (uint64_t seed = 0; seed < 20; seed++) test_model(seed);
    test_datagrams();
    test_mixed_streams();
    test_every_truncation();
    test_frames();
    test_frame_sources();
    test_hole();
    test_no_room();
    test_gone_with_the_run();
    test_cancel_at_no_price();
    test_clock_set_back();
    test_stale_while_held();
    test_silence();
    test_shapes();
    return bj_test_end("test_bj_feed");
}
