/* test_follower.h - what the tests of this room share: a market with shares, futures and spreads,
 * and someone who knows nothing but messages and keeps books from them, in the plainest way. */
#ifndef TEST_FOLLOWER_H
#define TEST_FOLLOWER_H

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_model.h"
#include "sim/exchange/bj_streams.h"

enum { FOLLOW_ROWS_MAX = 100, FOLLOW_ORDER_MAX = 1 << 14, FOLLOW_STREAMS = 3 };
#define FOLLOW_NOW_NS (INT64_C(1746157500) * BJ_NS_PER_S)

/* Streams: CM 1, CM 2, and FO 1 with a future in two months and their spread. */
static const bj_streams_t follow_streams = {
    FOLLOW_STREAMS,
    {{BJ_SEGMENT_CM, 1, {{0xef3c3c29, 16641}, {0xef3c3c1f, 10631}}},
     {BJ_SEGMENT_CM, 2, {{0xef3c3c2a, 16642}, {0xef3c3c20, 10632}}},
     {BJ_SEGMENT_FO, 1, {{0xef464629, 17741}, {0xef46461f, 10831}}}}, 0};

static inline bj_model_row_t follow_future(uint32_t token, int32_t close_paise) {
    bj_universe_row_t row = {.token = token, .stream = 1, .tick_paise = 5, .lot_qty = 100,
                             .freeze_qty = 10000, .prev_close_paise = close_paise,
                             .band_lo_paise = close_paise * 9 / 10 / 5 * 5,
                             .band_hi_paise = close_paise * 11 / 10 / 5 * 5,
                             .avg_daily_qty = 10000000, .avg_daily_trades = 100000,
                             .annual_vol_bp = 2000};
    return (bj_model_row_t){.row = row, .stream_idx = 2};
}

/* The far month is below the near one: the spread trades around -50 paise. */
static inline uint32_t follow_rows(bj_model_row_t *rows) {
    static bj_universe_row_t universe[FOLLOW_ROWS_MAX];
    char error[256];
    size_t all;
    uint32_t cnt = 0;
    if (bj_universe_load("sim/data/universe.csv", universe, FOLLOW_ROWS_MAX, &all, error,
                         sizeof error) != BJ_OK) {
        abort();
    }
    for (size_t i = 0; i < all; i++) {
        if (universe[i].stream < 1 || universe[i].stream > 2) continue;
        rows[cnt++] = (bj_model_row_t){.row = universe[i], .stream_idx = universe[i].stream - 1u};
    }
    rows[cnt] = follow_future(35001, 40500);
    rows[cnt + 1] = follow_future(35002, 40450);
    bj_model_row_t *spread = &rows[cnt + 2];
    *spread = follow_future(900001, 4000);
    spread->spread = true;
    spread->bias_paise = 4050;
    spread->near_idx = cnt;
    spread->far_idx = cnt + 1;
    spread->row.band_lo_paise = 2000;
    spread->row.band_hi_paise = 6000;
    return cnt + 3;
}

typedef struct follower {
    bj_model_row_t rows[FOLLOW_ROWS_MAX];
    uint32_t    row_cnt;
    bj_books_t *books;
    unsigned    bad;
    uint64_t    cnt[128];       /* by type */
    uint64_t    negative_cnt;   /* prices below zero */
} follower_t;

static inline void follow_begin(follower_t *follower) {
    memset(follower, 0, sizeof *follower);
    follower->row_cnt = follow_rows(follower->rows);
    size_t bytes = (bj_books_footprint(follower->row_cnt, FOLLOW_ORDER_MAX) + 63) / 64 * 64;
    follower->books = bj_books_new(aligned_alloc(64, bytes), follower->row_cnt, FOLLOW_ORDER_MAX);
    for (uint32_t i = 0; i < follower->row_cnt; i++) {
        int32_t tick_paise = follower->rows[i].row.tick_paise;
        if (bj_books_set_tick(follower->books, i, tick_paise) != BJ_OK) abort();
    }
}
static inline void follow_end(follower_t *follower) { free(follower->books); }

static inline uint32_t follow_row_of(const follower_t *follower, int32_t token, bool spread) {
    for (uint32_t i = 0; i < follower->row_cnt; i++) {
        const bj_model_row_t *row = &follower->rows[i];
        if (row->row.token == (uint32_t)token && row->spread == spread) return i;
    }
    abort();
}

static inline void follow_forget(follower_t *follower, uint32_t stream_idx) {
    for (uint32_t i = 0; i < follower->row_cnt; i++) {
        if (follower->rows[i].stream_idx == stream_idx) bj_books_clear(follower->books, i);
    }
}

static inline void follow_new(follower_t *follower, bool spread, int32_t token, double id,
                              uint8_t side, int32_t price_paise, int32_t qty) {
    uint32_t idx = follow_row_of(follower, token, spread);
    bj_order_t *order;
    follower->negative_cnt += price_paise < 0;
    price_paise += follower->rows[idx].bias_paise;
    follower->bad += bj_books_add(follower->books, idx, (uint64_t)id, (bj_side_t)side, price_paise,
                                  qty, 0, &order) != BJ_OK;
}

static inline void follow_change(follower_t *follower, const bj_mtbt_order_t *wire) {
    bj_order_t *order = bj_books_find(follower->books, (uint64_t)wire->order_id);
    if (!order) {
        follower->bad++;
        return;
    }
    uint32_t idx = bj_books_book_of(follower->books, order);
    int32_t price_paise = wire->price_paise + follower->rows[idx].bias_paise;
    if (wire->type == 'X' || wire->type == 'J') {
        bj_books_remove(follower->books, order);
    } else if (price_paise == bj_books_price_of(follower->books, order) &&
               wire->qty <= order->qty) {
        bj_books_set_qty(follower->books, order, wire->qty);
    } else {
        follower->bad += bj_books_move(follower->books, order, price_paise, wire->qty) != BJ_OK;
    }
}

static inline void follow_trade(follower_t *follower, const bj_mtbt_trade_t *wire) {
    const double ids[] = {wire->buy_order_id, wire->sell_order_id};
    for (int side = 0; side < 2; side++) {
        bj_order_t *order =
            ids[side] > 0 ? bj_books_find(follower->books, (uint64_t)ids[side]) : NULL;
        if (!order) continue;
        follower->bad += order->qty < wire->qty;
        if (order->qty >= wire->qty) {
            bj_books_set_qty(follower->books, order, order->qty - wire->qty);
        }
    }
}

static inline void follow_message(follower_t *follower, const void *data) {
    bj_mtbt_order_t order;
    bj_mtbt_trade_t trade;
    memcpy(&order, data, sizeof order);
    follower->cnt[order.type & 127]++;
    if (order.type == 'T' || order.type == 'K') {
        memcpy(&trade, data, sizeof trade);
        follow_trade(follower, &trade);
    } else if (order.type == 'N' || order.type == 'G') {
        follow_new(follower, order.type == 'G', order.token, order.order_id, order.side,
                   order.price_paise, order.qty);
    } else if (order.type != 'C') {
        follow_change(follower, &order);
    }
}

static inline uint64_t follow_hash(const bj_books_t *books) {
    return bj_books_hash(books, BJ_FNV_OFFSET);
}

#endif /* TEST_FOLLOWER_H */
