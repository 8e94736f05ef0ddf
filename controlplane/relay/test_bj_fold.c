/* Batches against a plain replay of the same events, one by one; bars against hand-worked ones. */
#include "controlplane/relay/bj_fold.h"

#include <stdlib.h>

#include "controlplane/relay/bj_candles.h"
#include "dataplane/base/bj_test.h"

static bj_fold_t fold;

static bj_event_t event(uint64_t seq, uint16_t type, uint64_t order_id, int32_t qty, int32_t cum,
                        int32_t leaves) {
    return (bj_event_t){.seq = seq, .type = type, .time_ns = (int64_t)seq * 1000,
                        .order_id = order_id, .account_id = 1001, .token = 1333,
                        .price_paise = 100, .qty = qty,
                        .cum_qty = cum, .leaves_qty = leaves, .side = BJ_BUY,
                        .order_type = BJ_LIMIT, .tif = BJ_DAY};
}

static bj_event_t trade(uint64_t seq, uint64_t order_id, int32_t qty, int32_t cum, int32_t last) {
    bj_event_t ev = event(seq, BJ_EV_TRADE, order_id, qty, cum, qty - cum);
    ev.match_id = seq;
    ev.last_qty = last;
    ev.last_price_paise = 101;
    return ev;
}

static void test_one_row_an_order(void) {
    bj_event_t events[] = {
        event(5, BJ_EV_ACCEPTED, 1, 10, 0, 10),  event(6, BJ_EV_ACCEPTED, 2, 7, 0, 7),
        trade(7, 1, 10, 4, 4),                   event(8, BJ_EV_MODIFIED, 1, 12, 4, 8),
        event(9, BJ_EV_REQUEST_REJECTED, 1, 0, 0, 0), trade(10, 2, 7, 7, 7),
        event(11, BJ_EV_CANCELLED, 1, 12, 4, 8), event(12, BJ_EV_REJECTED, 3, -5, 0, -5),
    };
    events[7].account_id = 1002;
    BJ_CHECK(bj_fold_batch(&fold, events, BJ_COUNT(events)) == BJ_OK);
    BJ_CHECK(fold.order_cnt == 3 && fold.trade_cnt == 2 && fold.account_cnt == 2);
    const bj_fold_order_t *o = fold.orders;
    BJ_CHECK(o[0].state == BJ_ROW_CANCELLED && o[0].last.leaves_qty == 0 && o[0].last.qty == 12);
    BJ_CHECK(o[0].created_ns == 5000 && o[0].last.time_ns == 11000 && o[0].value_paise == 404);
    BJ_CHECK(o[1].state == BJ_ROW_FILLED && o[1].last.seq == 10 && o[1].value_paise == 707);
    BJ_CHECK(o[2].state == BJ_ROW_REJECTED && o[2].last.leaves_qty == 0);
    BJ_CHECK(fold.accounts[0].account_id == 1001 && fold.accounts[0].event_seq == 11);
    BJ_CHECK(fold.accounts[1].account_id == 1002 && fold.accounts[1].event_seq == 12);
}

static bj_event_t stop(uint64_t seq, uint16_t type, uint64_t order_id) {
    bj_event_t ev = event(seq, type, order_id, 10, 0, 10);
    ev.order_type = BJ_SL;
    ev.trigger_price_paise = 99;
    ev.disclosed_qty = 3;
    return ev;
}

/* A row waits only if nothing in the batch woke the order. */
static void test_stops(void) {
    bj_event_t events[] = {
        stop(1, BJ_EV_ACCEPTED, 1), stop(2, BJ_EV_ACCEPTED, 2),  stop(3, BJ_EV_MODIFIED, 1),
        stop(4, BJ_EV_TRIGGERED, 2), stop(5, BJ_EV_MODIFIED, 2), stop(6, BJ_EV_ACCEPTED, 3),
        stop(7, BJ_EV_CANCELLED, 3), stop(8, BJ_EV_MODIFIED, 4),
        event(9, BJ_EV_ACCEPTED, 5, 1, 0, 1),
    };
    events[6].leaves_qty = 0;
    events[7].tif = BJ_GTD, events[7].value = 20668;
    BJ_CHECK(bj_fold_batch(&fold, events, BJ_COUNT(events)) == BJ_OK && fold.order_cnt == 5);
    static const bool waits[] = {true, false, false, true, false};
    for (size_t i = 0; i < BJ_COUNT(waits); i++) BJ_CHECK(fold.orders[i].waiting == waits[i]);
    BJ_CHECK(fold.orders[1].state == BJ_ROW_OPEN && fold.orders[1].last.seq == 5);
    BJ_CHECK(fold.orders[3].expiry_day == 20668 && fold.orders[0].expiry_day == 0);
}

/* Both sides of an auction's trade are rows, neither is the maker's; what else an auction says
 * changes no row. */
static void test_auction(void) {
    bj_event_t events[] = {
        trade(1, 1, 10, 4, 4), trade(2, 2, 10, 4, 4),
        {.seq = 3, .type = BJ_EV_UNCROSSED, .token = 7, .price_paise = 101, .value = 1},
        {.seq = 4, .type = BJ_EV_BAND, .token = 7, .price_paise = 1, .last_price_paise = 2},
        {.seq = 5, .type = BJ_EV_INSTRUMENT, .token = 7, .value = BJ_STATE_POST_CLOSE},
    };
    events[0].flags = events[1].flags = BJ_FLAG_AUCTION;
    events[1].side = BJ_SELL;
    BJ_CHECK(bj_fold_batch(&fold, events, BJ_COUNT(events)) == BJ_OK);
    BJ_CHECK(fold.trade_cnt == 2 && fold.order_cnt == 2 && fold.instrument_cnt == 1);
    BJ_CHECK(fold.band_cnt == 1 && fold.bands[0]->seq == 4);
    events[3].last_price_paise = 0;
    BJ_CHECK(bj_fold_batch(&fold, events, BJ_COUNT(events)) == BJ_ERR_BAD_FIELD);
    events[3].last_price_paise = 2;
    events[1].flags |= BJ_FLAG_MAKER;
    BJ_CHECK(bj_fold_batch(&fold, events, BJ_COUNT(events)) == BJ_ERR_BAD_FIELD);
    bj_event_t none = {.seq = 1, .type = BJ_EV_INSTRUMENT, .token = 7, .value = BJ_STATE_CNT};
    BJ_CHECK(bj_fold_batch(&fold, &none, 1) == BJ_ERR_BAD_FIELD);
}

/* What an auction left of a market order is a limit order now, and nobody asked. */
static void test_priced(void) {
    bj_event_t events[] = {event(1, BJ_EV_ACCEPTED, 1, 10, 0, 10),
                           event(2, BJ_EV_MODIFIED, 1, 10, 0, 10)};
    events[0].order_type = BJ_MARKET, events[0].price_paise = 0;
    BJ_CHECK(bj_fold_batch(&fold, events, 2) == BJ_OK && fold.order_cnt == 1);
    BJ_CHECK(fold.orders[0].last.order_type == BJ_LIMIT && fold.orders[0].last.price_paise > 0);
}

static void test_instruments(void) {
    bj_event_t events[] = {
        {.seq = 1, .type = BJ_EV_INSTRUMENT, .token = 7, .value = BJ_STATE_OPEN},
        {.seq = 2, .type = BJ_EV_INSTRUMENT, .token = 8, .value = BJ_STATE_OPEN},
        {.seq = 3, .type = BJ_EV_INSTRUMENT, .token = 7, .value = BJ_STATE_HALTED},
    };
    BJ_CHECK(bj_fold_batch(&fold, events, 3) == BJ_OK);
    BJ_CHECK(fold.instrument_cnt == 2 && fold.instruments[0]->value == BJ_STATE_HALTED);
}

static void test_refusals(void) {
    bj_event_t gap[] = {event(5, BJ_EV_ACCEPTED, 1, 10, 0, 10),
                        event(7, BJ_EV_ACCEPTED, 2, 7, 0, 7)};
    BJ_CHECK(bj_fold_batch(&fold, gap, 2) == BJ_ERR_SEQUENCE);
    struct {
        bj_event_t  ev;
        bj_status_t status;
    } cases[] = {
        {event(1, 99, 1, 1, 0, 1), BJ_ERR_UNKNOWN_TYPE},
        {event(1, BJ_EV_ACCEPTED, 0, 1, 0, 1), BJ_ERR_BAD_FIELD},
        {event(1, BJ_EV_ACCEPTED, 1, 0, 0, 0), BJ_ERR_BAD_FIELD},
        {event(1, BJ_EV_ACCEPTED, 1, 1, 2, 1), BJ_ERR_BAD_FIELD},
        {event(1, BJ_EV_MODIFIED, 1, 5, 2, 0), BJ_ERR_BAD_FIELD}, /* says filled and is not */
        {trade(1, 1, 5, 5, 0), BJ_ERR_BAD_FIELD},
        {event(1, BJ_EV_ACCEPTED, UINT64_MAX, 1, 0, 1), BJ_ERR_BAD_FIELD},
        {event(1, BJ_EV_ACCEPTED, 1, 1, 0, 1), BJ_OK},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        BJ_CHECK(bj_fold_batch(&fold, &cases[i].ev, 1) == cases[i].status);
    }
}

/* As many different orders as a batch may have, and the same number over few orders. */
static void test_full_batches(void) {
    static bj_event_t events[BJ_FOLD_EVENTS_MAX];
    for (uint64_t order_cnt = 3; order_cnt <= BJ_FOLD_EVENTS_MAX; order_cnt = order_cnt * 7 + 1) {
        for (uint64_t i = 0; i < BJ_FOLD_EVENTS_MAX; i++) {
            events[i] = event(i + 1, BJ_EV_MODIFIED, 1 + i % order_cnt, 10, 0, 10);
            events[i].account_id = (uint32_t)(1 + i % order_cnt);
        }
        BJ_CHECK(bj_fold_batch(&fold, events, BJ_FOLD_EVENTS_MAX) == BJ_OK);
        BJ_CHECK(fold.order_cnt == order_cnt && fold.account_cnt == order_cnt);
        for (size_t i = 0; i < fold.order_cnt; i++) {
            uint64_t last = fold.orders[i].last.seq;
            BJ_CHECK(last > BJ_FOLD_EVENTS_MAX - order_cnt && (last - 1) % order_cnt == i);
        }
    }
}

static void test_candles(void) {
    static bj_candles_t c;
    const int64_t t = 1785577500 * BJ_NS_PER_S;
    bj_candles_trade(&c, 0, 1333, t + 1, 100, 5);
    bj_candles_trade(&c, 1, 7, t + 1, 900, 1);
    bj_candles_trade(&c, 0, 1333, t + 2, 110, 5);
    bj_candles_trade(&c, 0, 1333, t + BJ_CANDLE_NS, 90, 1);
    bj_candles_trade(&c, 0, 1333, t + BJ_CANDLE_NS - 1, 95, 2); /* late: into its own bar */
    bj_candles_trade(&c, 0, 1333, t, 0, 2);                     /* no price: not a trade */
    bj_candles_trade(&c, BJ_CANDLES_INSTRUMENTS_MAX, 1, t, 1, 1);
    BJ_CHECK(c.bar_cnt == 3);
    const bj_candle_t *b = c.bars;
    BJ_CHECK(b[0].token == 1333 && b[0].start_ns == t && b[0].volume_qty == 12);
    BJ_CHECK(b[0].open_paise == 100 && b[0].high_paise == 110 && b[0].low_paise == 95 &&
             b[0].close_paise == 95);
    BJ_CHECK(b[2].start_ns == t + BJ_CANDLE_NS && b[2].open_paise == 90 && b[2].volume_qty == 1);
    bj_candles_clear(&c);
    BJ_CHECK(c.bar_cnt == 0);
    for (int64_t i = 0; i < BJ_CANDLES_MAX + 3; i++) {
        bj_candles_trade(&c, (uint32_t)(i % 2000), 1, t + i / 2000 * BJ_CANDLE_NS, 1, 1);
    }
    BJ_CHECK(c.bar_cnt == BJ_CANDLES_MAX && c.dropped_cnt == 3);
}

int main(void) {
    test_one_row_an_order();
    test_stops();
    test_auction();
    test_priced();
    test_instruments();
    test_refusals();
    test_full_batches();
    test_candles();
    return bj_test_end("test_bj_fold");
}
