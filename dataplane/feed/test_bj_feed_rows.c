/* Goal: a row follows its book message by message, and at no moment, in the middle of a call
 * either, does a reader find it crossed, or short of an order without the flag that says so. */
#include "dataplane/feed/test_feed_bed.h"

#include "dataplane/base/bj_test.h"

/* Who listens to trades is called in the middle of a burst: what readers can see then. */
typedef struct look {
    bed_t bed;
    uint32_t idx, cnt; /* whose row; how often it was looked at */
    bj_market_row_t row;
} look_t;

static void on_trade(void *ctx, uint32_t idx, int64_t exch_ns, int32_t price_paise, int32_t qty) {
    look_t *look = ctx;
    (void)idx, (void)exch_ns, (void)price_paise, (void)qty;
    look->cnt++;
    BJ_CHECK(bj_market_read(look->bed.reader, look->idx, &look->row));
}

static void look_open(look_t *look, uint32_t idx, uint32_t order_max) {
    bed_open(&look->bed, order_max);
    look->idx = idx;
    look->cnt = 0;
    bj_feed_config_t config = bed_config(look->bed.market, order_max);
    config.on_trade = on_trade;
    config.on_trade_ctx = look;
    free(look->bed.feed);
    void *mem = aligned_alloc(64, (bj_feed_footprint(&config) + 63) / 64 * 64);
    look->bed.feed = bj_feed_new(mem, &config);
    BJ_CHECK(look->bed.feed != NULL);
}

/* The orders, then a trade of an instrument of the same stream, in one call. */
static void burst(look_t *look, bj_mtbt_order_t *orders, uint32_t cnt, uint32_t trade_idx) {
    bed_t *bed = &look->bed;
    bj_feed_packet_t packets[8];
    for (uint32_t i = 0; i < cnt; i++) {
        orders[i].header.seq = ++bed->seq[bed_tokens[look->idx].stream_idx];
        packets[i] = (bj_feed_packet_t){(const uint8_t *)&orders[i], sizeof orders[i]};
    }
    bj_mtbt_trade_t trade = bed_trade(++bed->seq[bed_tokens[look->idx].stream_idx], bed->now_ns,
                                      trade_idx, 77, 0, 100, 1);
    packets[cnt] = (bj_feed_packet_t){(const uint8_t *)&trade, sizeof trade};
    bj_feed_datagrams(bed->feed, 0, BJ_SEGMENT_CM, packets, cnt + 1, bed->now_ns);
}

static void test_follows(void) {
    look_t look;
    look_open(&look, 0, 100);
    bj_mtbt_order_t orders[] = {bed_order('N', 0, look.bed.now_ns, 0, 1, 'B', 1000, 5),
                                bed_order('N', 0, look.bed.now_ns, 0, 2, 'B', 1010, 7),
                                bed_order('N', 0, look.bed.now_ns, 0, 3, 'S', 1020, 9)};
    burst(&look, orders, 3, 1);
    BJ_CHECK(look.cnt == 1 && look.row.exch_ns == look.bed.now_ns);
    BJ_CHECK(look.row.bid[0].price_paise == 1010 && look.row.bid[0].qty == 7);
    BJ_CHECK(look.row.bid[1].price_paise == 1000 && look.row.bid[2].order_cnt == 0);
    BJ_CHECK(look.row.ask[0].price_paise == 1020 && look.row.total_buy_qty == 12);
    bed_close(&look.bed);
}

/* With the trade, not with the step; an order that takes all of itself leaves the row following. */
static void test_figures_follow(void) {
    look_t look;
    look_open(&look, 0, 100);
    bj_mtbt_order_t maker = bed_order('N', 0, look.bed.now_ns, 0, 1, 'S', 100, 5);
    burst(&look, &maker, 1, 0);
    BJ_CHECK(look.cnt == 1 && look.row.last_price_paise == 100 && look.row.volume_qty == 1);
    uint64_t first_cnt = look.row.update_cnt;
    bj_mtbt_order_t taker = bed_order('N', 0, look.bed.now_ns, 0, 77, 'B', 100, 1);
    burst(&look, &taker, 1, 0);
    BJ_CHECK(look.cnt == 2 && look.row.volume_qty == 2 && look.row.value_paise == 200);
    BJ_CHECK(look.row.trade_cnt == 2 && look.row.average_paise == 100);
    BJ_CHECK(look.row.ask[0].qty == 5 && look.row.bid[0].order_cnt == 0);
    BJ_CHECK(look.row.update_cnt == first_cnt + 2);
    bed_close(&look.bed);
}

/* Crossed by an order and by one that is moved; what comes after waits with it. */
static void test_never_crossed(void) {
    for (int moved = 0; moved < 2; moved++) {
        look_t look;
        look_open(&look, 0, 100);
        bed_send_order(&look.bed, 'N', 0, 1, 'B', 1000, 5);
        bed_send_order(&look.bed, 'N', 0, 2, 'S', 1010, 5);
        bj_market_row_t was = bed_row(&look.bed, 0);
        BJ_CHECK(was.bid[0].qty == 5 && was.ask[0].qty == 5);
        bj_mtbt_order_t orders[] = {
            bed_order(moved ? 'M' : 'N', 0, look.bed.now_ns, 0, moved ? 1 : 3, 'B', 1010, 2),
            bed_order('N', 0, look.bed.now_ns, 0, 4, 'B', 990, 8)};
        burst(&look, orders, 2, 1);
        BJ_CHECK(look.cnt == 1 && !memcmp(&look.row, &was, sizeof was));
        bed_send_order(&look.bed, 'X', 0, moved ? 1 : 3, 'B', 1010, 2);
        bj_market_row_t row = bed_row(&look.bed, 0);
        BJ_CHECK(row.bid[0].price_paise == (moved ? 990 : 1000) && row.ask[0].price_paise == 1010);
        BJ_CHECK(row.bid[1].order_cnt == !moved && row.total_buy_qty == (moved ? 8 : 13));
        bed_close(&look.bed);
    }
}

/* No room for the second order: who looks before the call is over is told. */
static void test_lost_is_told(void) {
    look_t look;
    look_open(&look, 0, 1);
    bed_send_order(&look.bed, 'N', 0, 1, 'B', 1000, 5);
    BJ_CHECK(!(bed_row(&look.bed, 0).flags & BJ_MARKET_STALE));
    bj_mtbt_order_t order = bed_order('N', 0, look.bed.now_ns, 0, 2, 'B', 990, 5);
    burst(&look, &order, 1, 1);
    BJ_CHECK(look.cnt == 1 && (look.row.flags & BJ_MARKET_STALE));
    bj_market_row_t row; /* and the other row of the stream, before any step */
    BJ_CHECK(bj_market_read(look.bed.reader, 1, &row) && (row.flags & BJ_MARKET_STALE));
    BJ_CHECK(bj_market_read(look.bed.reader, 2, &row) && row.version % 2 == 0);
    bed_close(&look.bed);
}

int main(void) {
    test_follows();
    test_figures_follow();
    test_never_crossed();
    test_lost_is_told();
    return bj_test_end("test_bj_feed_rows");
}
