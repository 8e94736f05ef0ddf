/* Goal: whatever the messages, in whatever bursts, of streams and spreads whose tokens and order
 * ids collide, rows say what an array of orders, searched from end to end, says: 20 levels with
 * counts, totals of a side, the day's figures.  And what trades tell who listens. */
#include "dataplane/feed/bj_feed_books_priv.h"
#include "dataplane/feed/bj_feed_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { STREAMS = 4, INSTRUMENTS = 14, ORDERS_MAX = 6000, ID_MAX = 1800, BURST_MAX = 80 };
#define NOW_NS (INT64_C(1746157500) * BJ_NS_PER_S)

static const bj_feed_stream_t streams[STREAMS] = {{.segment = BJ_SEGMENT_CM, .stream_id = 1},
                                                  {.segment = BJ_SEGMENT_CM, .stream_id = 2},
                                                  {.segment = BJ_SEGMENT_FO, .stream_id = 1},
                                                  {.segment = BJ_SEGMENT_CD, .stream_id = 7}};
/* Tokens are taken again in the other segments, and for spreads. */
static const bj_feed_instrument_t instruments[INSTRUMENTS] = {
    {7, 0, false}, {8, 0, false}, {9, 1, false}, {10, 1, false}, {7, 2, false},
    {8, 2, false}, {7, 2, true},  {8, 2, true},  {9, 2, false},  {7, 3, false},
    {8, 3, false}, {7, 3, true},  {11, 3, true}, {12, 3, false}};
static const int32_t ticks_paise[INSTRUMENTS] = {5, 10, 1, 5, 5, 5, 5, 1, 10, 25, 25, 25, 1, 0};

/* --- the model */
typedef struct order {
    uint64_t id;
    uint32_t idx, side; /* side: 0 buys */
    int32_t price, qty;
} order_t;
typedef struct figures {
    int64_t volume, value, trades;
    int32_t last, open, high, low;
} figures_t;
typedef struct model {
    order_t order[ORDERS_MAX];
    size_t cnt;
    figures_t figures[INSTRUMENTS];
    uint64_t unknown_cnt, told_cnt, cancel_cnt;
    int64_t told_qty, cancel_value;
} model_t;

static bj_segment_t segment_of(uint32_t idx) {
    return streams[instruments[idx].stream_idx].segment;
}

static order_t *model_find(model_t *model, uint32_t idx, uint64_t id) {
    for (size_t i = 0; i < model->cnt; i++) {
        order_t *order = &model->order[i];
        bool same = instruments[order->idx].stream_idx == instruments[idx].stream_idx;
        if (order->id == id && same) return order;
    }
    return NULL;
}
static void model_drop(model_t *model, order_t *order) { *order = model->order[--model->cnt]; }

static void model_order(model_t *model, char type, order_t order) {
    order_t *old = model_find(model, order.idx, order.id);
    if (type == 'X' && !old) model->unknown_cnt++;
    if (old) model_drop(model, old);
    if (type != 'X' && order.qty) model->order[model->cnt++] = order;
}

static void model_reduce(model_t *model, uint32_t idx, uint64_t id, uint32_t side, int32_t qty) {
    if (!id) return;
    order_t *order = model_find(model, idx, id);
    if (!order || order->idx != idx || order->side != side) {
        model->unknown_cnt++;
        return;
    }
    order->qty -= qty;
    if (order->qty <= 0) model_drop(model, order);
}

static void model_trade(model_t *model, uint32_t idx, const uint64_t id[2], int32_t price,
                        int32_t qty) {
    figures_t *f = &model->figures[idx];
    model_reduce(model, idx, id[0], 0, qty);
    model_reduce(model, idx, id[1], 1, qty);
    if (!f->trades) f->open = f->high = f->low = price;
    if (price > f->high) f->high = price;
    if (price < f->low) f->low = price;
    f->last = price;
    f->trades++;
    f->volume += qty;
    f->value += (int64_t)price * qty;
    model->told_cnt++;
    model->told_qty += qty;
}

static void model_trade_cancel(model_t *model, uint32_t idx, int32_t price, int32_t qty) {
    figures_t *f = &model->figures[idx];
    if (!f->trades || f->volume < qty) return;
    f->trades--;
    f->volume -= qty;
    f->value -= (int64_t)price * qty;
    model->cancel_cnt++;
    model->cancel_value += (int64_t)price * qty * (idx + 1);
}

static void model_clear(model_t *model, uint32_t stream_idx) {
    for (size_t i = model->cnt; i-- > 0;) {
        if (instruments[model->order[i].idx].stream_idx == stream_idx)
            model_drop(model, &model->order[i]);
    }
}

/* The best level behind a price; order_cnt 0: there is none. */
static bj_market_level_t model_level(const model_t *model, uint32_t idx, uint32_t side,
                                     int64_t behind) {
    bj_market_level_t best = {0};
    for (size_t i = 0; i < model->cnt; i++) {
        const order_t *order = &model->order[i];
        if (order->idx != idx || order->side != side) continue;
        if (side ? order->price <= behind : order->price >= behind) continue;
        bool better = side ? order->price < best.price_paise : order->price > best.price_paise;
        if (!best.order_cnt || better) best = (bj_market_level_t){order->price, 0, 0};
        if (order->price != best.price_paise) continue;
        best.order_cnt++;
        best.qty += order->qty;
    }
    return best;
}

static bool model_agrees(const model_t *model, uint32_t idx, uint32_t side,
                         const bj_market_level_t *levels, int64_t total) {
    int64_t behind = side ? INT64_MIN : INT64_MAX;
    bool ok = true;
    for (int i = 0; i < BJ_MARKET_LEVELS; i++) {
        bj_market_level_t want = model_level(model, idx, side, behind);
        ok &= want.price_paise == levels[i].price_paise && want.qty == levels[i].qty &&
              want.order_cnt == levels[i].order_cnt;
        behind = want.order_cnt ? want.price_paise : side ? INT64_MAX : INT64_MIN;
    }
    for (size_t i = 0; i < model->cnt; i++) {
        const order_t *order = &model->order[i];
        if (order->idx == idx && order->side == side) total -= order->qty;
    }
    return ok && total == 0;
}

/* --- the feed, and what waits to be handed in */
typedef struct bed {
    bj_market_t *market;
    bj_market_reader_t *reader;
    bj_feed_t *feed;
    int64_t now_ns;
    uint32_t seq[STREAMS];
    uint8_t bytes[BURST_MAX][64];
    bj_feed_packet_t packet[BURST_MAX];
    uint32_t packet_cnt;
    bj_segment_t segment; /* of what waits */
    uint64_t told_cnt, cancel_cnt;
    int64_t told_qty, cancel_value;
} bed_t;

static void on_trade(void *ctx, uint32_t idx, int64_t exch_ns, int32_t price, int32_t qty) {
    bed_t *bed = ctx;
    (void)idx, (void)exch_ns, (void)price;
    bed->told_cnt++;
    bed->told_qty += qty;
}

static void on_trade_cancel(void *ctx, uint32_t idx, int64_t exch_ns, int32_t price, int32_t qty) {
    bed_t *bed = ctx;
    bed->cancel_cnt += exch_ns >= NOW_NS;
    bed->cancel_value += (int64_t)price * qty * (idx + 1);
}

static void bed_open(bed_t *bed, bool rows) {
    char file[] = "/tmp/bj_feed_books_XXXXXX";
    bj_market_instrument_t is[INSTRUMENTS] = {0};
    for (uint32_t i = 0; i < INSTRUMENTS; i++) is[i].token = instruments[i].token;
    *bed = (bed_t){.now_ns = NOW_NS};
    if (rows) {
        close(mkstemp(file));
        bed->market = bj_market_create(file, is, INSTRUMENTS, 4096, NOW_NS);
        bed->reader = bj_market_open(file);
        unlink(file);
    }
    bj_feed_config_t config = {.instruments = instruments, .instrument_cnt = INSTRUMENTS,
                               .streams = streams, .stream_cnt = STREAMS,
                               .order_max = ORDERS_MAX, .gap_wait_ns = BJ_NS_PER_MS,
                               .ticks_paise = ticks_paise, .market = bed->market,
                               .on_trade = on_trade, .on_trade_cancel = on_trade_cancel,
                               .on_trade_ctx = bed};
    bed->feed = bj_feed_new(aligned_alloc(64, (bj_feed_footprint(&config) + 63) / 64 * 64),
                            &config);
    if (!bed->feed || (rows && !bed->reader)) abort();
}

static void bed_close(bed_t *bed) {
    bj_market_close(bed->reader);
    bj_market_destroy(bed->market);
    free(bed->feed);
}

static void hand_in(bed_t *bed) {
    if (bed->packet_cnt)
        bj_feed_datagrams(bed->feed, 0, bed->segment, bed->packet, bed->packet_cnt, bed->now_ns);
    bed->packet_cnt = 0;
}

static void wait_in_line(bed_t *bed, uint32_t idx, const void *message, size_t bytes) {
    if (bed->packet_cnt == BURST_MAX || segment_of(idx) != bed->segment) hand_in(bed);
    bed->segment = segment_of(idx);
    memcpy(bed->bytes[bed->packet_cnt], message, bytes);
    bed->packet[bed->packet_cnt] = (bj_feed_packet_t){bed->bytes[bed->packet_cnt], bytes};
    bed->packet_cnt++;
}

static bj_mtbt_header_t header_of(bed_t *bed, uint32_t idx, size_t bytes) {
    uint32_t stream_idx = instruments[idx].stream_idx;
    bed->now_ns += 1000;
    return (bj_mtbt_header_t){(uint16_t)bytes, streams[stream_idx].stream_id,
                              ++bed->seq[stream_idx]};
}

static char spread_type(char type) {
    return type == 'N' ? 'G' : type == 'M' ? 'H' : type == 'X' ? 'J' : 'K';
}

static void send_order(bed_t *bed, char type, const order_t *order) {
    const bj_feed_instrument_t *instrument = &instruments[order->idx];
    bj_mtbt_order_t wire = {.header = header_of(bed, order->idx, sizeof wire),
                            .type = (uint8_t)(instrument->spread ? spread_type(type) : type),
                            .exch_ts_ns = bj_time_to_exch_ns(bed->now_ns),
                            .order_id = (double)order->id, .token = (int32_t)instrument->token,
                            .side = order->side ? 'S' : 'B', .price_paise = order->price,
                            .qty = order->qty};
    wait_in_line(bed, order->idx, &wire, sizeof wire);
}

static void send_trade(bed_t *bed, char type, uint32_t idx, const uint64_t id[2], int32_t price,
                       int32_t qty) {
    const bj_feed_instrument_t *instrument = &instruments[idx];
    bool spread = instrument->spread && type == 'T';
    bj_mtbt_trade_t wire = {.header = header_of(bed, idx, sizeof wire),
                            .type = (uint8_t)(spread ? 'K' : type),
                            .exch_ts_ns = bj_time_to_exch_ns(bed->now_ns),
                            .buy_order_id = (double)id[0], .sell_order_id = (double)id[1],
                            .token = (int32_t)instrument->token, .price_paise = price,
                            .qty = qty};
    wait_in_line(bed, idx, &wire, sizeof wire);
}

/* --- the dice */
static uint64_t rng;
static uint32_t dice(uint32_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((rng >> 32) * sides >> 32);
}

/* Some prices off the tick; a spread's on both sides of zero, now and then at the ends of int32. */
static int32_t any_price(uint32_t idx) {
    int32_t tick = ticks_paise[idx] ? ticks_paise[idx] : 1;
    int32_t price = ((int32_t)dice(60) - 30) * tick;
    if (dice(60) == 0) price += 1 + (int32_t)dice(4);
    if (instruments[idx].spread)
        return dice(300) ? price : dice(2) ? INT32_MAX : -INT32_MAX;
    return dice(300) ? 100000 + price : 1 + (int32_t)dice(1 << 30);
}

static void any_trade(bed_t *bed, model_t *model, uint32_t idx) {
    int32_t price = any_price(idx), qty = 1 + (int32_t)dice(60);
    uint64_t id[2] = {1 + dice(ID_MAX), 1 + dice(ID_MAX)};
    if (dice(3) == 0) id[dice(2)] = 0;
    if (id[0] == id[1]) id[1]++;
    if (model->cnt && dice(3)) { /* sure to meet one order */
        const order_t *order = &model->order[dice((uint32_t)model->cnt)];
        idx = order->idx;
        id[order->side] = order->id;
        if (id[!order->side] == order->id) id[!order->side] = 0;
    }
    if (dice(5) == 0 && !instruments[idx].spread && price > 0) {
        send_trade(bed, 'C', idx, id, price, qty);
        model_trade_cancel(model, idx, price, qty);
        return;
    }
    if (!instruments[idx].spread && price <= 0) price = 1;
    send_trade(bed, 'T', idx, id, price, qty);
    model_trade(model, idx, id, price, qty);
}

static void any_message(bed_t *bed, model_t *model) {
    static const char types[] = "NMXNMXNMXNNT";
    char type = types[dice(sizeof types - 1)];
    uint32_t idx = dice(INSTRUMENTS);
    if (type == 'T') {
        any_trade(bed, model, idx);
        return;
    }
    order_t order = {1 + dice(ID_MAX), idx, dice(2), any_price(idx), (int32_t)dice(60)};
    if (type == 'N') order.qty++;
    if (type == 'M' && model->cnt && dice(3)) { /* as it stands, with more or less */
        const order_t *old = &model->order[dice((uint32_t)model->cnt)];
        order.id = old->id, order.idx = old->idx, order.side = old->side;
        if (dice(2)) order.price = old->price;
        else order.price = any_price(order.idx);
    }
    send_order(bed, type, &order);
    model_order(model, type, order);
}

/* The exchange begins a stream again. */
static void begin_again(bed_t *bed, model_t *model) {
    uint32_t idx = dice(INSTRUMENTS), stream_idx = instruments[idx].stream_idx;
    if (bed->seq[stream_idx] < 2) return;
    model_clear(model, stream_idx);
    bed->seq[stream_idx] = 0;
    order_t order = {1 + dice(ID_MAX), idx, dice(2), any_price(idx), 5};
    send_order(bed, 'N', &order);
    model_order(model, 'N', order);
}

static void check_figures(const bj_market_row_t *row, const figures_t *f) {
    BJ_CHECK(row->volume_qty == f->volume && row->value_paise == f->value);
    BJ_CHECK((int64_t)row->trade_cnt == f->trades && row->last_price_paise == f->last);
    BJ_CHECK(row->open_paise == f->open && row->high_paise == f->high && row->low_paise == f->low);
    BJ_CHECK(row->average_paise == (f->volume ? (int32_t)(f->value / f->volume) : 0));
}

static void check_all(bed_t *bed, const model_t *model) {
    hand_in(bed);
    for (int i = 0; i < 2; i++) { /* past the patience with crossed and cleared books */
        bj_feed_step(bed->feed, bed->now_ns);
        bed->now_ns += 51 * BJ_NS_PER_MS;
    }
    bj_feed_step(bed->feed, bed->now_ns);
    for (uint32_t idx = 0; idx < INSTRUMENTS; idx++) {
        bj_market_row_t row;
        if (!bj_market_read(bed->reader, idx, &row)) abort();
        BJ_CHECK(model_agrees(model, idx, 0, row.bid, row.total_buy_qty));
        BJ_CHECK(model_agrees(model, idx, 1, row.ask, row.total_sell_qty));
        check_figures(&row, &model->figures[idx]);
    }
    BJ_CHECK(bed->told_cnt == model->told_cnt && bed->told_qty == model->told_qty);
    BJ_CHECK(bed->cancel_cnt == model->cancel_cnt);
    BJ_CHECK(bed->cancel_value == model->cancel_value);
    BJ_CHECK(bj_feed_counters(bed->feed)->unknown_orders == model->unknown_cnt);
}

static bool follows(const bj_feed_books_t *books, uint32_t idx, uint32_t side,
                    const bj_market_level_t *levels) {
    bj_feed_card_level_t own[BJ_MARKET_LEVELS];
    bool same = true;
    bj_feed_books_levels(books, idx, side, own, BJ_MARKET_LEVELS);
    for (uint32_t i = 0; i < BJ_MARKET_LEVELS; i++)
        same &= own[i].qty == levels[i].qty &&
                (!own[i].qty || own[i].price_paise == levels[i].price_paise);
    return same;
}

/* After any message: ladders say what their instrument says; a row that is not held is its book's
 * 20 levels, and not crossed. */
static void check_held(const bed_t *bed) {
    const bj_feed_books_t *books = bed->feed->books;
    for (uint32_t idx = 0; idx < INSTRUMENTS; idx++) {
        const bj_ladder_t *ladder = &books->ladders.ladder[2 * (size_t)idx];
        const bj_market_row_t *row = &books->shared[idx];
        bool held = is_held(&books->instrument[idx]);
        BJ_CHECK((ladder[BID].user_cnt >= DEPTH_HELD) == held);
        BJ_CHECK((ladder[ASK].user_cnt >= DEPTH_HELD) == held);
        if (held) continue;
        BJ_CHECK(follows(books, idx, BID, row->bid) && follows(books, idx, ASK, row->ask));
        bool both = row->bid[0].order_cnt && row->ask[0].order_cnt;
        BJ_CHECK(!both || row->bid[0].price_paise < row->ask[0].price_paise);
    }
}

static void test_model(uint64_t seed, bool rows) {
    static model_t model;
    static bed_t bed;
    memset(&model, 0, sizeof model);
    rng = seed * 2 + 1;
    unsigned fails = bj_fail_cnt;
    bed_open(&bed, rows);
    for (int i = 0; i < 8000 && bj_fail_cnt == fails; i++) {
        any_message(&bed, &model);
        if (dice(6) == 0) hand_in(&bed);
        if (dice(20) == 0) hand_in(&bed), bj_feed_step(bed.feed, bed.now_ns);
        if (rows) check_held(&bed);
        if (dice(1500) == 0) begin_again(&bed, &model);
        if (rows && dice(150) == 0) check_all(&bed, &model);
    }
    hand_in(&bed);
    if (rows) check_all(&bed, &model);
    bj_feed_step(bed.feed, bed.now_ns += 100 * BJ_NS_PER_MS);
    BJ_CHECK(bj_feed_counters(bed.feed)->orders == model.cnt && model.cnt > 50);
    BJ_CHECK(bj_feed_counters(bed.feed)->gaps == 0);
    BJ_CHECK(bj_feed_counters(bed.feed)->bad_messages == 0);
    if (bj_fail_cnt != fails)
        fprintf(stderr, "  replay with seed %" PRIu64 ", rows %d\n", seed, rows);
    bed_close(&bed);
}

/* --- more instruments than ticks of a turn: each says once that it is back */
static void many_news(bj_feed_t *feed, uint32_t cnt, int64_t now_ns) {
    for (uint32_t i = 0; i < cnt; i++) {
        bj_mtbt_order_t wire = {.header = {sizeof wire, 1, i + 1}, .type = 'N',
                                .exch_ts_ns = bj_time_to_exch_ns(now_ns + i),
                                .order_id = i + 1.0, .token = (int32_t)(i + 1), .side = 'S',
                                .price_paise = 500, .qty = 3};
        bj_feed_datagram(feed, 0, BJ_SEGMENT_CM, (const uint8_t *)&wire, sizeof wire, now_ns);
    }
}

static void test_many(void) {
    enum { MANY = 5000 };
    char file[] = "/tmp/bj_feed_many_XXXXXX";
    bj_market_instrument_t *is = calloc(MANY, sizeof *is);
    bj_feed_instrument_t *of = calloc(MANY, sizeof *of);
    for (uint32_t i = 0; i < MANY; i++) is[i].token = of[i].token = i + 1;
    close(mkstemp(file));
    bj_market_t *market = bj_market_create(file, is, MANY, 1 << 16, NOW_NS);
    bj_market_reader_t *reader = bj_market_open(file);
    unlink(file);
    bj_feed_config_t config = {.instruments = of, .instrument_cnt = MANY, .streams = streams,
                               .stream_cnt = 1, .order_max = MANY, .gap_wait_ns = 1,
                               .market = market};
    bj_feed_t *feed = bj_feed_new(aligned_alloc(64, (bj_feed_footprint(&config) + 63) / 64 * 64),
                                  &config);
    int64_t now_ns = NOW_NS;
    many_news(feed, MANY, now_ns);
    bj_feed_step(feed, now_ns);
    many_news(feed, MANY, now_ns += BJ_NS_PER_MS); /* the stream begins again */
    bj_feed_step(feed, now_ns);
    uint64_t next = bj_market_head(reader)->tick_seq + 1, missed, tops = 0;
    bj_feed_step(feed, now_ns += 50 * BJ_NS_PER_MS);
    for (bj_market_tick_t tick; bj_market_next(reader, &next, &tick, &missed); tops++)
        BJ_CHECK(tick.kind == BJ_TICK_TOP && tick.ask_paise == 500 && tick.ask_qty == 3);
    BJ_CHECK(tops == MANY && bj_feed_counters(feed)->resets == 1);
    bj_market_close(reader);
    bj_market_destroy(market);
    free(feed), free(is), free(of);
}

/* --- orders that have not followed their levels when the stream is cleared keep no page */
static uint64_t add(bj_feed_books_t *books, uint64_t id, int32_t price) {
    bj_feed_item_t item = {.msg = {.exch_ns = 1, .order_id = id, .token = instruments[0].token,
                                   .price_paise = price, .qty = 1, .kind = BJ_FEED_NEW,
                                   .side = BJ_BUY}};
    return bj_feed_books_apply(books, &item, 1, NOW_NS);
}

static void test_clear_moved(void) {
    enum { FEW = 10, AGAIN = 50, APART = 5 * 64 };
    bj_feed_counters_t counters = {0};
    bj_feed_config_t config = {.instruments = instruments, .instrument_cnt = INSTRUMENTS,
                               .streams = streams, .stream_cnt = STREAMS, .order_max = FEW,
                               .ticks_paise = ticks_paise};
    void *mem = aligned_alloc(64, (bj_feed_books_footprint(&config) + 63) / 64 * 64);
    bj_feed_books_t *books = bj_feed_books_new(mem, &config, &counters);
    bj_ladder_t *ladder = &books->ladders.ladder[BID];
    for (int k = 0; k < AGAIN; k++) {
        BJ_CHECK(bj_ladder_fit(&books->ladders, ladder, 5) && ladder->unit == 5);
        for (uint64_t id = 1; id < FEW; id++) BJ_CHECK(!add(books, id, (int32_t)id * APART));
        BJ_CHECK(!add(books, FEW, APART + 1) && ladder->unit == 1);
        bj_feed_books_clear(books, 0, NOW_NS);
        BJ_CHECK(books->ladders.free_page_cnt == books->ladders.page_max);
        BJ_CHECK(bj_feed_books_order_cnt(books) == 0 && ladder->qty == 0);
    }
    free(mem);
}

/* --- orders of a run that was: nobody finds them, their ids may come again, and their places are
 * there for others by the time they are needed */
static bj_feed_books_t *plain_books(uint32_t order_max, bj_feed_counters_t *counters) {
    bj_feed_config_t config = {.instruments = instruments, .instrument_cnt = INSTRUMENTS,
                               .streams = streams, .stream_cnt = STREAMS, .order_max = order_max,
                               .ticks_paise = ticks_paise};
    void *mem = aligned_alloc(64, (bj_feed_books_footprint(&config) + 63) / 64 * 64);
    return bj_feed_books_new(mem, &config, counters);
}

static void cancel(bj_feed_books_t *books, uint64_t id) {
    bj_feed_item_t item = {.msg = {.exch_ns = 1, .order_id = id, .token = instruments[0].token,
                                   .kind = BJ_FEED_CANCEL, .side = BJ_BUY}};
    BJ_CHECK(!bj_feed_books_apply(books, &item, 1, NOW_NS));
}

static void test_runs(void) {
    enum { FULL = 20000, TURNS = FULL * 3 / 4 / SWEEP + 1 };
    bj_feed_counters_t counters = {0};
    bj_feed_books_t *books = plain_books(FULL, &counters);
    for (uint64_t id = 1; id <= FULL; id++) BJ_CHECK(!add(books, id, 100));
    BJ_CHECK(add(books, FULL + 1, 100));
    bj_feed_books_clear(books, 0, NOW_NS);
    BJ_CHECK(bj_feed_books_order_cnt(books) == 0 && books->orders.order_cnt == FULL);
    cancel(books, 1);
    BJ_CHECK(counters.unknown_orders == 1);
    for (uint64_t id = 1; id <= FULL; id++) BJ_CHECK(!add(books, id, 100)); /* all at once */
    BJ_CHECK(bj_feed_books_order_cnt(books) == FULL && add(books, FULL + 1, 100));
    bj_feed_books_clear(books, 0, NOW_NS);
    for (int turn = 0; turn < TURNS; turn++) bj_feed_books_tidy(books);
    BJ_CHECK(books->orders.order_cnt == 0 && books->sweep_left == 0);
    free(books);
}

/* Numbers of runs are taken again, but never while orders of that run may lie in the table. */
static void test_many_runs(void) {
    enum { ROOM = 2 * BJ_FEED_RUNS };
    bj_feed_counters_t counters = {0};
    bj_feed_books_t *books = plain_books(ROOM, &counters);
    for (uint32_t k = 1; k <= 3 * BJ_FEED_RUNS; k++) {
        BJ_CHECK(!add(books, 1, 100) && bj_feed_books_order_cnt(books) == 1);
        bj_feed_books_clear(books, 0, NOW_NS);
        cancel(books, 1);
        BJ_CHECK(bj_feed_books_order_cnt(books) == 0 && counters.unknown_orders == k);
    }
    free(books);
}

int main(int argc, char **argv) {
    uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 16;
    for (uint64_t seed = 0; seed < seeds; seed++) test_model(seed, true);
    test_model(seeds, false);
    test_many();
    test_clear_moved();
    test_runs();
    test_many_runs();
    return bj_test_end("test_bj_feed_books");
}
