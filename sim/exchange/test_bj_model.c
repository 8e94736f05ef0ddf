/* Goal: what the model publishes is a market and a whole story.  A listener that knows only the
 * messages ends with the very books of the model; prices stay on their tick and in their band;
 * books are deep, uncrossed and move; the same seed tells the same story. */
#include "sim/exchange/bj_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include "dataplane/wire/bj_wire_mtbt.h"

enum { ROWS_MAX = 100, STREAMS = 5, PER_S = 400, ORDER_MAX = 1 << 14 };
#define NOW_NS (INT64_C(1746157500) * BJ_NS_PER_S)

typedef struct listener {
    const bj_universe_row_t *rows;
    size_t      row_cnt;
    bj_books_t *books;
    uint32_t    seq[STREAMS];
    int64_t     last_ns;
    uint64_t    digest, message_cnt, trade_cnt;
    unsigned    bad_seq, bad_time, bad_price, bad_order, bad_trade;
} listener_t;

static size_t row_of(const listener_t *listener, int32_t token) {
    for (size_t i = 0; i < listener->row_cnt; i++) {
        if (listener->rows[i].token == (uint32_t)token) return i;
    }
    abort();
}

static void hear_order(listener_t *listener, const bj_mtbt_order_t *wire) {
    size_t i = row_of(listener, wire->token);
    const bj_universe_row_t *row = &listener->rows[i];
    uint64_t id = (uint64_t)wire->order_id;
    bj_order_t *order = bj_books_find(listener->books, id);
    listener->bad_price += wire->price_paise % row->tick_paise ||
                           wire->price_paise < row->band_lo_paise ||
                           wire->price_paise > row->band_hi_paise;
    listener->bad_order += (order != NULL) == (wire->type == 'N') || wire->qty <= 0 ||
                           wire->qty > row->freeze_qty || wire->header.stream_id != row->stream;
    if (wire->type == 'N') {
        listener->bad_order += bj_books_add(listener->books, (uint32_t)i, id, (bj_side_t)wire->side,
                                            wire->price_paise, wire->qty, 0, &order) != BJ_OK;
    } else if (order && wire->type == 'X') {
        bj_books_remove(listener->books, order);
    } else if (order && wire->price_paise == bj_books_price_of(listener->books, order) &&
               wire->qty <= order->qty) {
        bj_books_set_qty(listener->books, order, wire->qty);
    } else if (order) {
        listener->bad_order +=
            bj_books_move(listener->books, order, wire->price_paise, wire->qty) != BJ_OK;
    }
}

/* At least one side rests; a known side trades at a price it agreed to, no more than it has. */
static void hear_trade(listener_t *listener, const bj_mtbt_trade_t *wire) {
    const double ids[] = {wire->buy_order_id, wire->sell_order_id};
    unsigned known = 0;
    for (int side = 0; side < 2; side++) {
        bj_order_t *order =
            ids[side] > 0 ? bj_books_find(listener->books, (uint64_t)ids[side]) : NULL;
        if (!order) continue;
        known++;
        int32_t limit_paise = bj_books_price_of(listener->books, order);
        bool agreed = side == 0 ? limit_paise >= wire->price_paise
                                : limit_paise <= wire->price_paise;
        listener->bad_trade += !agreed || order->qty < wire->qty;
        if (order->qty >= wire->qty) {
            bj_books_set_qty(listener->books, order, order->qty - wire->qty);
        }
    }
    listener->bad_trade += known == 0;
    listener->trade_cnt++;
}

static void hear(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes) {
    listener_t *listener = ctx;
    bj_mtbt_order_t order;
    bj_mtbt_trade_t trade;
    memcpy(&order, wire, sizeof order);
    if (order.header.seq == 1 && listener->seq[stream_idx]) { /* begins again: forget */
        for (uint32_t i = 0; i < listener->row_cnt; i++) {
            if (listener->rows[i].stream == stream_idx + 1) bj_books_clear(listener->books, i);
        }
        listener->seq[stream_idx] = 0;
    }
    listener->message_cnt++;
    listener->bad_seq += order.header.seq != ++listener->seq[stream_idx] ||
                         order.header.len_bytes != wire_bytes ||
                         order.header.stream_id != stream_idx + 1;
    listener->bad_time += order.exch_ts_ns <= listener->last_ns;
    listener->last_ns = order.exch_ts_ns;
    listener->digest = bj_fnv1a(listener->digest, wire, wire_bytes);
    if (order.type == 'T') {
        memcpy(&trade, wire, sizeof trade);
        hear_trade(listener, &trade);
    } else {
        hear_order(listener, &order);
    }
}

typedef struct world {
    bj_universe_row_t rows[ROWS_MAX];
    listener_t  listener;
    bj_model_t *model;
    int64_t     now_ns;
} world_t;

static uint32_t member_order_max;

static void begin(world_t *world, uint64_t seed) {
    char error[256];
    size_t row_cnt;
    memset(world, 0, sizeof *world);
    bj_status_t got = bj_universe_load("sim/data/universe.csv", world->rows, ROWS_MAX, &row_cnt,
                                       error, sizeof error);
    if (got != BJ_OK) abort();
    size_t all = row_cnt; /* but what only the broadcast has */
    for (size_t i = row_cnt = 0; i < all; i++)
        if (world->rows[i].stream) world->rows[row_cnt++] = world->rows[i];
    size_t mem_bytes = (bj_books_footprint((uint32_t)row_cnt, ORDER_MAX) + 63) / 64 * 64;
    world->now_ns = NOW_NS;
    world->listener = (listener_t){.rows = world->rows, .row_cnt = row_cnt};
    world->listener.books =
        bj_books_new(aligned_alloc(64, mem_bytes), (uint32_t)row_cnt, ORDER_MAX);
    for (uint32_t i = 0; i < row_cnt; i++) {
        int32_t tick_paise = world->rows[i].tick_paise;
        if (bj_books_set_tick(world->listener.books, i, tick_paise) != BJ_OK) abort();
    }
    bj_model_row_t rows[ROWS_MAX] = {0};
    for (size_t i = 0; i < row_cnt; i++) {
        rows[i] = (bj_model_row_t){.row = world->rows[i], .stream_idx = world->rows[i].stream - 1u};
    }
    world->model = bj_model_new(&(bj_model_config_t){
        .rows = rows, .row_cnt = (uint32_t)row_cnt, .stream_cnt = STREAMS, .seed = seed,
        .messages_per_s = PER_S, .sink = hear, .ctx = &world->listener,
        .member_order_max = member_order_max});
    for (uint32_t s = 0; s < STREAMS; s++) bj_model_republish(world->model, s, world->now_ns);
}

static void end(world_t *world) {
    free(world->listener.books);
    bj_model_free(world->model);
}

static void steps(world_t *world, int cnt) {
    while (cnt--) bj_model_step(world->model, world->now_ns += BJ_MODEL_STEP_NS);
}

static int32_t best_bid(const bj_books_t *books, uint32_t idx) {
    bj_level_t level;
    bj_books_best(books, idx, BJ_BUY, &level);
    return level.price_paise;
}

static unsigned depth_of(const bj_books_t *books, uint32_t idx, bj_side_t side) {
    unsigned cnt = 0;
    bj_level_t level;
    bool more = bj_books_best(books, idx, side, &level);
    for (; more; more = bj_books_worse(books, idx, side, &level)) cnt++;
    return cnt;
}

/* Deep on both sides, not crossed, the spread a few ticks or a few hundredths of a percent. */
static void check_books(const world_t *world, unsigned *thin, unsigned *wide) {
    const bj_books_t *books = bj_model_books(world->model);
    for (uint32_t i = 0; i < world->listener.row_cnt; i++) {
        bj_level_t bid, ask;
        bool both = bj_books_best(books, i, BJ_BUY, &bid) & bj_books_best(books, i, BJ_SELL, &ask);
        BJ_CHECK(both && bid.price_paise < ask.price_paise);
        if (!both) continue;
        int32_t spread = ask.price_paise - bid.price_paise;
        *wide += spread > 8 * world->rows[i].tick_paise + bid.price_paise / 1000;
        *thin += depth_of(books, i, BJ_BUY) < 5 || depth_of(books, i, BJ_SELL) < 5;
    }
}

static void test_story(uint64_t seed) {
    static world_t world;
    unsigned thin = 0, wide = 0, looks = 0, moved = 0, fails = bj_fail_cnt;
    int32_t first[ROWS_MAX];
    begin(&world, seed);
    const listener_t *listener = &world.listener;
    check_books(&world, &thin, &wide);
    BJ_CHECK(thin == 0 && wide == 0); /* full from the start */
    uint64_t at_start = listener->message_cnt;
    for (uint32_t i = 0; i < listener->row_cnt; i++) {
        first[i] = best_bid(listener->books, i);
    }
    for (int s = 0; s < 120; s++) {
        steps(&world, 100);
        if (s % 40 == 20) bj_model_republish(world.model, (uint32_t)s / 40, world.now_ns);
        BJ_CHECK(bj_books_hash(listener->books, BJ_FNV_OFFSET) ==
                 bj_books_hash(bj_model_books(world.model), BJ_FNV_OFFSET));
        check_books(&world, &thin, &wide);
        looks += (unsigned)listener->row_cnt;
    }
    for (uint32_t i = 0; i < listener->row_cnt; i++) {
        moved += best_bid(listener->books, i) != first[i];
    }
    double per_s = (double)(listener->message_cnt - at_start) / 120;
    BJ_CHECK(listener->bad_seq == 0 && listener->bad_time == 0 && listener->bad_price == 0);
    BJ_CHECK(listener->bad_order == 0 && listener->bad_trade == 0);
    BJ_CHECK(per_s > PER_S * 0.9 && per_s < PER_S * 1.1);
    BJ_CHECK((double)listener->trade_cnt > (double)listener->message_cnt * 0.05);
    BJ_CHECK(moved > listener->row_cnt * 8 / 10);
    BJ_CHECK(thin < looks / 20 && wide < looks / 20);
    if (bj_fail_cnt != fails) {
        fprintf(stderr,
                "  seed %" PRIu64 ": %.0f/s, %" PRIu64 " trades, %u moved, %u thin, %u wide of"
                " %u\n",
                seed, per_s, listener->trade_cnt, moved, thin, wide, looks);
    }
    end(&world);
}

static uint64_t digest_of(uint64_t seed) {
    static world_t world;
    begin(&world, seed);
    steps(&world, 500);
    uint64_t digest = world.listener.digest;
    end(&world);
    return digest;
}

int main(void) {
    for (uint64_t seed = 1; seed <= 4; seed++) test_story(seed);
    uint64_t digest = digest_of(7);
    BJ_CHECK(digest == digest_of(7));
    BJ_CHECK(digest != digest_of(8));
    member_order_max = 1000; /* who do nothing change nothing */
    BJ_CHECK(digest == digest_of(7));
    return bj_test_end("test_bj_model");
}
