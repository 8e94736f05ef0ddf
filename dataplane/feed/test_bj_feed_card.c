/* Goal: a card's row stays as readers know it until the card has said the same as the book, or its
 * time is over; a wrong answer changes nothing; without the card rows follow at once again. Whoever
 * observes hears of emptied books and knows a snapshot's orders. */
#include "dataplane/feed/test_feed_bed.h"

#include "dataplane/base/bj_test.h"
#include "dataplane/feed/bj_feed_books.h"

static bj_market_row_t row_of(const bed_t *bed, uint32_t idx) {
    bj_market_row_t row;
    BJ_CHECK(bj_market_read(bed->reader, idx, &row));
    return row;
}

static void step(bed_t *bed, int64_t later_ns) {
    bed->now_ns += later_ns;
    bj_feed_step(bed->feed, bed->now_ns);
}

static uint32_t top_ticks(const bed_t *bed, uint64_t *next_seq) {
    bj_market_tick_t tick;
    uint64_t missed;
    uint32_t tops = 0;
    while (bj_market_next(bed->reader, next_seq, &tick, &missed))
        tops += tick.kind == BJ_TICK_TOP;
    return tops;
}

static void test_waits(void) {
    bed_t bed;
    uint64_t seen = 0;
    bj_feed_card_depth_t depth = {{{{5, 1000}}, {{9, 1020}}}};
    bed_open(&bed, 100);
    bed_send_order(&bed, 'N', 0, 1, 'B', 1000, 5);
    step(&bed, 1000);
    (void)top_ticks(&bed, &seen);
    bj_feed_card(bed.feed, 0, true);
    bed_send_order(&bed, 'N', 0, 4, 'B', 990, 3); /* of no interest to the top, but the card's */
    BJ_CHECK(row_of(&bed, 0).bid[1].order_cnt == 0);
    bed_send_order(&bed, 'X', 0, 4, 'B', 990, 3);
    bed_send_order(&bed, 'N', 0, 2, 'S', 1020, 9);
    bed_send_order(&bed, 'N', 1, 3, 'B', 900, 4);
    step(&bed, 1000);
    BJ_CHECK(row_of(&bed, 0).ask[0].order_cnt == 0 && row_of(&bed, 1).bid[0].qty == 4);
    BJ_CHECK(top_ticks(&bed, &seen) == 1);
    depth.side[1][0].qty = 8;
    BJ_CHECK(!bj_feed_card_row(bed.feed, 0, &depth));
    step(&bed, 1000);
    BJ_CHECK(row_of(&bed, 0).ask[0].order_cnt == 0);
    depth.side[1][0].qty = 9;
    BJ_CHECK(bj_feed_card_row(bed.feed, 0, &depth));
    step(&bed, 1000);
    BJ_CHECK(row_of(&bed, 0).ask[0].price_paise == 1020 && row_of(&bed, 0).bid[0].qty == 5);
    BJ_CHECK(top_ticks(&bed, &seen) == 1 && bj_feed_card_late(bed.feed) == 0);
    bed_close(&bed);
}

static void test_late_and_off(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bj_feed_card(bed.feed, 0, true);
    bed_send_order(&bed, 'N', 0, 1, 'B', 1000, 5);
    step(&bed, BJ_FEED_CARD_NS / 2);
    bed_send_order(&bed, 'M', 0, 1, 'B', 1000, 6); /* time counts from the first */
    BJ_CHECK(row_of(&bed, 0).bid[0].order_cnt == 0);
    step(&bed, BJ_FEED_CARD_NS / 2 + 1);
    BJ_CHECK(row_of(&bed, 0).bid[0].qty == 6 && bj_feed_card_late(bed.feed) == 1);
    bed_send_order(&bed, 'N', 0, 2, 'B', 1010, 7);
    step(&bed, 1000);
    BJ_CHECK(row_of(&bed, 0).bid[0].qty == 6);
    bj_feed_card(bed.feed, 0, false);
    step(&bed, 1000);
    BJ_CHECK(row_of(&bed, 0).bid[0].qty == 7);
    bed_send_order(&bed, 'N', 0, 3, 'B', 1020, 8);
    step(&bed, 1000);
    bed_send_order(&bed, 'N', 0, 4, 'B', 1030, 9);
    BJ_CHECK(row_of(&bed, 0).bid[0].qty == 9); /* message by message again */
    bed_close(&bed);
}

/* --- who observes */
typedef struct seen {
    uint32_t messages, placeless, cleared;
} seen_t;

static void observe(void *ctx, const bj_feed_stream_t *stream, const bj_feed_msg_t *msg) {
    seen_t *seen = ctx;
    BJ_CHECK(stream->stream_id == 1);
    seen->cleared += !msg;
    seen->messages += msg && msg->seq;
    seen->placeless += msg && !msg->seq;
}

static void test_observer(void) {
    bed_t bed;
    seen_t seen = {0};
    bed_open(&bed, 100);
    bj_feed_config_t config = bed_config(bed.market, 100);
    config.observe = observe;
    config.observe_ctx = &seen;
    free(bed.feed);
    void *mem = aligned_alloc(64, (bj_feed_footprint(&config) + 63) / 64 * 64);
    bed.feed = bj_feed_new(mem, &config);
    for (uint64_t id = 1; id <= 20; id++)
        bed_send_order(&bed, 'N', 0, id, 'B', 1000, 5);
    BJ_CHECK(seen.messages == 20 && seen.cleared == 0);
    bed.seq[0] = 0;
    bed.now_ns += BJ_NS_PER_S;
    bed_send_order(&bed, 'N', 0, 1, 'B', 1000, 5);
    BJ_CHECK(seen.messages == 21 && seen.cleared == 1 && seen.placeless == 0);
    bed_close(&bed);
}

/* --- books alone, as they stand beside a card */
typedef struct sum {
    uint32_t orders, qty, room;
} sum_t;
static bool add(void *ctx, uint64_t order_id, bool ask, int32_t price_paise, int32_t qty) {
    sum_t *sum = ctx;
    if (sum->orders == sum->room) return false;
    sum->orders++;
    sum->qty += (uint32_t)qty;
    BJ_CHECK(order_id >= 1 && ask == (price_paise > 1000));
    return true;
}

static void test_orders(void) {
    bj_feed_config_t config = bed_config(NULL, 100);
    bj_feed_counters_t counters = {0};
    void *mem = aligned_alloc(64, bj_feed_line_up(bj_feed_books_footprint(&config)));
    bj_feed_books_t *books = bj_feed_books_new(mem, &config, &counters);
    for (uint32_t i = 0; i < 12; i++) {
        bj_feed_item_t item = {.stream_idx = i % 3 == 2};
        item.msg = (bj_feed_msg_t){.kind = BJ_FEED_NEW,
                                   .order_id = i + 1,
                                   .qty = 10,
                                   .token = bed_tokens[i % 3].token,
                                   .price_paise = 1000 + (i & 1 ? 7 : -10) * (int32_t)i,
                                   .side = i & 1 ? BJ_SELL : BJ_BUY};
        BJ_CHECK(bj_feed_books_apply(books, &item, 1, 0) == 0);
    }
    sum_t sum = {.room = 100}, few = {.room = 2};
    BJ_CHECK(bj_feed_books_orders(books, 0, add, &sum) && sum.orders == 4 && sum.qty == 40);
    BJ_CHECK(!bj_feed_books_orders(books, 0, add, &few));
    bj_feed_card_level_t levels[3];
    bj_feed_books_levels(books, 0, 0, levels, 3);
    BJ_CHECK(levels[0].price_paise == 1000 && levels[1].price_paise == 940 && !levels[2].qty);
    free(mem);
}

int main(void) {
    test_waits();
    test_late_and_off();
    test_observer();
    test_orders();
    return bj_test_end("test_bj_feed_card");
}
