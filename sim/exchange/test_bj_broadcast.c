/* Goal: what the broadcast says of a row is what the model did: five levels of its books, the day's
 * figures of its trades, by a count of our own; every row and index in each saying, however many
 * datagrams it takes; messages numbered by one; an index that is the mean it says it is. */
#include "sim/exchange/bj_broadcast.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/bcast/bj_lzo1z.h"

enum { ROWS = 24, TICK_ROWS = 2, INDICES = 8, STREAMS = 2, ROUNDS = 20 };
#define NOW_NS (INT64_C(1785728700) * BJ_NS_PER_S)

typedef struct figures {
    int64_t qty, value, last_ns;
    int32_t open, high, low, last, last_qty;
} figures_t;

typedef struct world {
    bj_day_t day;
    bj_model_t *model;
    bj_broadcast_t *broadcast;
    bj_bcast_t decoded;
    int64_t   now_ns;
    figures_t figures[ROWS];
    uint32_t  seen_cnt[ROWS], index_cnt, datagram_cnt, seq, tick_messages;
    int32_t   index_value;
} world_t;

static void hear(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes) {
    world_t *world = ctx;
    bj_mtbt_trade_t trade;
    world->tick_messages += stream_idx == 0;
    if (stream_idx == 0) return;
    bj_broadcast_see(world->broadcast, stream_idx, wire, wire_bytes, world->now_ns);
    if (wire_bytes != sizeof trade) return;
    memcpy(&trade, wire, sizeof trade);
    figures_t *f = &world->figures[trade.token - 500];
    if (!f->qty) f->open = f->high = f->low = trade.price_paise;
    f->high = trade.price_paise > f->high ? trade.price_paise : f->high;
    f->low = trade.price_paise < f->low ? trade.price_paise : f->low;
    f->last = trade.price_paise, f->last_qty = trade.qty, f->last_ns = world->now_ns;
    f->qty += trade.qty, f->value += (int64_t)trade.price_paise * trade.qty;
}

static void check_side(const world_t *world, uint32_t idx, bj_side_t side,
                       const bj_market_level_t *said, int64_t said_total) {
    const bj_books_t *books = bj_model_books(world->model);
    bj_level_t level;
    int64_t total = 0;
    uint32_t at = 0;
    for (bool more = bj_books_best(books, idx, side, &level); more;
         more = bj_books_worse(books, idx, side, &level), at++) {
        total += level.qty;
        if (at < BJ_BCAST_LEVELS)
            BJ_CHECK(said[at].price_paise == level.price_paise && said[at].qty == level.qty &&
                     said[at].order_cnt == level.order_cnt);
    }
    BJ_CHECK(at > 0 && total == said_total);
}

static void on_mbp(void *ctx, const bj_bcast_mbp_t *mbp) {
    world_t *world = ctx;
    uint32_t idx = mbp->token - 500;
    BJ_CHECK(idx >= TICK_ROWS && idx < ROWS && mbp->segment == BJ_SEGMENT_CM);
    const figures_t *f = &world->figures[idx];
    world->seen_cnt[idx]++;
    BJ_CHECK(mbp->volume_qty == f->qty && mbp->last_paise == f->last);
    BJ_CHECK(mbp->last_qty == f->last_qty && mbp->open_paise == f->open);
    BJ_CHECK(mbp->high_paise == f->high && mbp->low_paise == f->low);
    BJ_CHECK(mbp->average_paise == (f->qty ? f->value / f->qty : 0));
    BJ_CHECK(mbp->last_trade_ns == f->last_ns / BJ_NS_PER_S * BJ_NS_PER_S);
    BJ_CHECK(mbp->prev_close_paise == 10000 && mbp->book_type == BJ_BCAST_BOOK_REGULAR);
    check_side(world, idx, BJ_BUY, mbp->bid, mbp->total_buy_qty);
    check_side(world, idx, BJ_SELL, mbp->ask, mbp->total_sell_qty);
}

static void on_index(void *ctx, const bj_bcast_index_t *index) {
    world_t *world = ctx;
    world->index_cnt++;
    if (index->name[6] != '0') return;
    long double sum = 0;
    for (uint32_t i = 0; i < ROWS; i++) {
        bj_level_t bid, ask;
        BJ_CHECK(bj_books_best(bj_model_books(world->model), i, BJ_BUY, &bid));
        BJ_CHECK(bj_books_best(bj_model_books(world->model), i, BJ_SELL, &ask));
        sum += (bid.price_paise + ask.price_paise) / 2.0L / 10000;
    }
    long double off = sum / ROWS * 2500000 - index->value_x100;
    BJ_CHECK(off > -5 && off < 5); /* whole millionths of each row */
    BJ_CHECK(index->prev_close_x100 == 2500000 && index->low_x100 <= index->value_x100);
    BJ_CHECK(index->high_x100 >= index->value_x100);
    world->index_value = index->value_x100;
}

/* The number of each message, at 14 behind the 8 bytes that are skipped. */
static void check_seq(world_t *world, const uint8_t *data, size_t data_bytes) {
    for (size_t at = 4; at + 2 <= data_bytes;) {
        uint8_t plain[BJ_BCAST_ITEM_MAX];
        size_t item_bytes = (size_t)data[at] << 8 | data[at + 1], plain_bytes = sizeof plain;
        at += 2;
        if (bj_lzo1z_decompress(data + at, item_bytes, plain, &plain_bytes) != BJ_OK) abort();
        const uint8_t *seq = plain + BJ_BCAST_SKIP_BYTES + 14;
        world->seq++;
        BJ_CHECK(((uint32_t)seq[0] << 24 | (uint32_t)seq[1] << 16 | (uint32_t)seq[2] << 8 |
                  seq[3]) == world->seq);
        at += item_bytes;
    }
}

static void take(void *ctx, uint32_t stream_idx, const void *data, size_t data_bytes) {
    static const bj_bcast_ops_t ops = {.mbp = on_mbp, .index = on_index};
    world_t *world = ctx;
    BJ_CHECK(stream_idx == 1 && data_bytes <= BJ_BCAST_DATAGRAM_MAX);
    BJ_CHECK(bj_bcast_datagram(&world->decoded, data, data_bytes, &ops, world) == BJ_OK);
    world->datagram_cnt++;
    check_seq(world, data, data_bytes);
}

static void begin(world_t *world) {
    bj_day_t *day = &world->day;
    day->streams.cnt = STREAMS, day->streams.broadcast_cnt = 1;
    day->streams.stream[0] = (bj_stream_t){.segment = BJ_SEGMENT_CM, .stream_id = 1};
    day->streams.stream[1] = (bj_stream_t){.segment = BJ_SEGMENT_CM};
    day->row_cnt = ROWS;
    for (uint32_t i = 0; i < ROWS; i++) {
        day->row[i] = (bj_model_row_t){
            .row = {.token = 500 + i, .stream = i < TICK_ROWS, .tick_paise = 5, .lot_qty = 1,
                    .freeze_qty = 1000, .prev_close_paise = 10000, .band_lo_paise = 8000,
                    .band_hi_paise = 12000, .avg_daily_qty = 100000, .avg_daily_trades = 10000,
                    .annual_vol_bp = 3000},
            .stream_idx = i >= TICK_ROWS};
    }
    world->now_ns = NOW_NS;
    world->model = bj_model_new(&(bj_model_config_t){
        .rows = day->row, .row_cnt = ROWS, .stream_cnt = STREAMS, .seed = 7,
        .messages_per_s = 20000, .sink = hear, .ctx = world});
    world->broadcast = bj_broadcast_new(day, world->model, take, world);
    bj_model_restart(world->model, 0);
    bj_model_restart(world->model, 1);
}

int main(void) {
    static world_t world;
    begin(&world);
    for (uint32_t i = 0; i < INDICES; i++) {
        char name[22];
        snprintf(name, sizeof name, "Index %u of all", i);
        BJ_CHECK(bj_broadcast_index(world.broadcast, BJ_SEGMENT_CM, name, 2500000));
    }
    BJ_CHECK(!bj_broadcast_index(world.broadcast, BJ_SEGMENT_FO, "no broadcast", 1));
    int32_t first = 0;
    for (uint32_t round = 1; round <= ROUNDS; round++) {
        for (int i = 0; i < 100; i++)
            bj_model_step(world.model, world.now_ns += BJ_MODEL_STEP_NS);
        bj_broadcast_say(world.broadcast, world.now_ns);
        for (uint32_t i = 0; i < ROWS; i++)
            BJ_CHECK(world.seen_cnt[i] == (i < TICK_ROWS ? 0 : round));
        BJ_CHECK(world.index_cnt == INDICES * round);
        if (round == 1) first = world.index_value;
    }
    BJ_CHECK(world.index_value != first && world.tick_messages > 1000);
    BJ_CHECK(world.datagram_cnt > ROUNDS);
    BJ_CHECK(world.datagram_cnt == bj_broadcast_cnt(world.broadcast));
    BJ_CHECK(world.seq == ROUNDS * ((ROWS - TICK_ROWS) / 2 + 2)); /* 8 indices are two messages */
    BJ_CHECK(!world.decoded.bad_records && !world.decoded.bad_items);
    bj_broadcast_free(world.broadcast);
    bj_model_free(world.model);
    return bj_test_end("test_bj_broadcast");
}
