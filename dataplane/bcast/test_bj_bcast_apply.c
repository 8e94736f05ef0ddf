/* Broadcast records into rows and ticks: the whole of a row, what makes a tick, what is passed
 * over, and random records against a model that keeps the last one of each instrument. */
#include <unistd.h>

#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/bcast/test_bcast_bed.h"

enum { ROWS = 4 };

typedef struct world {
    bj_market_t *market;
    bj_market_reader_t *reader;
    bj_bcast_apply_t *apply;
    size_t index_cnt;
    uint64_t tick_seq;
    uint32_t traded_qty; /* as the function of the caller heard */
} world_t;

static void count_index(void *ctx, const bj_bcast_index_t *index) {
    world_t *world = ctx;
    world->index_cnt += index->value_x100 > 0;
}
static void count_trade(void *ctx, uint32_t instrument_idx, int64_t exch_ns, int32_t price_paise,
                        int32_t qty) {
    world_t *world = ctx;
    BJ_CHECK(instrument_idx < ROWS && exch_ns >= BED_NS && price_paise > 0 && qty > 0);
    world->traded_qty += (uint32_t)qty;
}

/* The same token in two segments: rows 1 and 2. */
static const bj_bcast_instrument_t table[] = {
    {.token = 101, .instrument_idx = 1, .segment = BJ_SEGMENT_CM},
    {.token = 101, .instrument_idx = 2, .segment = BJ_SEGMENT_FO},
    {.token = 102, .instrument_idx = 3, .segment = BJ_SEGMENT_CM}};

static void open_world(world_t *world) {
    char file[] = "/tmp/bj_bcast_XXXXXX";
    bj_market_instrument_t instruments[ROWS] = {0};
    for (uint32_t i = 0; i < ROWS; i++) {
        instruments[i].token = 500 + i;
        snprintf(instruments[i].symbol, sizeof instruments[i].symbol, "S%u", i);
        instruments[i].tick_paise = 5, instruments[i].lot_qty = 1;
    }
    close(mkstemp(file));
    *world = (world_t){.market = bj_market_create(file, instruments, ROWS, 1024, BED_NS)};
    world->reader = bj_market_open(file);
    unlink(file);
    bj_bcast_apply_config_t config = {.instruments = table, .instrument_cnt = BJ_COUNT(table),
                                      .market = world->market, .index = count_index,
                                      .trade = count_trade, .ctx = world};
    void *mem = aligned_alloc(64, bj_bcast_apply_footprint(BJ_COUNT(table)));
    world->apply = bj_bcast_apply_new(mem, &config);
    BJ_CHECK(world->reader && world->apply);
    bj_market_tick_t tick;
    uint64_t missed;
    BJ_CHECK(!bj_market_next(world->reader, &world->tick_seq, &tick, &missed)); /* from now on */
}

static void close_world(world_t *world) {
    bj_market_close(world->reader);
    bj_market_destroy(world->market);
    free(world->apply);
}

static bj_market_row_t row_of(const world_t *world, uint32_t idx) {
    bj_market_row_t row;
    BJ_CHECK(bj_market_read(world->reader, idx, &row));
    return row;
}

static bool next_tick(world_t *world, bj_market_tick_t *tick) {
    uint64_t missed;
    return bj_market_next(world->reader, &world->tick_seq, tick, &missed);
}

static bj_bcast_mbp_t record(uint32_t token, bj_segment_t segment) {
    bj_bcast_mbp_t mbp = {.exch_ns = BED_NS, .last_trade_ns = BED_NS - BJ_NS_PER_S,
                          .volume_qty = 1000, .total_buy_qty = 70, .total_sell_qty = 80,
                          .token = token, .last_paise = 15000, .last_qty = 5,
                          .average_paise = 14950, .open_paise = 14900, .high_paise = 15100,
                          .low_paise = 14850, .prev_close_paise = 14800, .book_type = 1,
                          .segment = (uint8_t)segment};
    mbp.bid[0] = (bj_market_level_t){.price_paise = 14995, .order_cnt = 2, .qty = 50};
    mbp.bid[1] = (bj_market_level_t){.price_paise = 14990, .order_cnt = 1, .qty = 20};
    mbp.ask[0] = (bj_market_level_t){.price_paise = 15005, .order_cnt = 3, .qty = 80};
    return mbp;
}

static void give(world_t *world, const bj_bcast_mbp_t *mbp) {
    bj_bcast_apply_ops.mbp(world->apply, mbp);
}

static void test_row(void) {
    world_t world;
    open_world(&world);
    bj_bcast_mbp_t mbp = record(101, BJ_SEGMENT_CM);
    give(&world, &mbp);
    bj_market_row_t row = row_of(&world, 1);
    BJ_CHECK(row.flags == BJ_MARKET_BROADCAST && row.exch_ns == BED_NS && row.update_cnt == 1);
    BJ_CHECK(row.last_price_paise == 15000 && row.last_qty == 5 && row.average_paise == 14950);
    BJ_CHECK(row.open_paise == 14900 && row.high_paise == 15100 && row.low_paise == 14850);
    BJ_CHECK(row.prev_close_paise == 14800 && row.volume_qty == 1000 && row.trade_cnt == 0);
    BJ_CHECK(row.value_paise == 14950000 && row.total_buy_qty == 70 && row.total_sell_qty == 80);
    BJ_CHECK(row.bid[1].price_paise == 14990 && row.bid[2].price_paise == 0);
    BJ_CHECK(row.ask[0].qty == 80 && row.ask[1].order_cnt == 0);
    BJ_CHECK(row_of(&world, 2).update_cnt == 0 && row_of(&world, 0).update_cnt == 0);
    /* The other segment's instrument of that token. */
    mbp.segment = BJ_SEGMENT_FO, mbp.last_paise = 777;
    give(&world, &mbp);
    BJ_CHECK(row_of(&world, 2).last_price_paise == 777);
    BJ_CHECK(row_of(&world, 1).last_price_paise == 15000);
    close_world(&world);
}

static void test_ticks(void) {
    world_t world;
    bj_market_tick_t tick;
    open_world(&world);
    bj_bcast_mbp_t mbp = record(101, BJ_SEGMENT_CM);
    give(&world, &mbp);
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_STALE); /* no longer */
    BJ_CHECK(tick.flags == BJ_MARKET_BROADCAST && tick.instrument_idx == 1);
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_TOP && tick.bid_paise == 14995);
    BJ_CHECK(tick.ask_qty == 80 && tick.flags == BJ_MARKET_BROADCAST && tick.instrument_idx == 1);
    BJ_CHECK(!next_tick(&world, &tick)); /* the volume of the day so far is no trade of now */
    mbp.exch_ns += BJ_NS_PER_S;
    give(&world, &mbp);
    BJ_CHECK(!next_tick(&world, &tick)); /* nothing changed */
    mbp.exch_ns += BJ_NS_PER_S;
    mbp.volume_qty += 30, mbp.last_paise = 15005;
    give(&world, &mbp);
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_TRADE && tick.qty == 30);
    BJ_CHECK(tick.price_paise == 15005 && !next_tick(&world, &tick));
    BJ_CHECK(world.traded_qty == 30);
    mbp.exch_ns += BJ_NS_PER_S;
    mbp.ask[0].qty = 50, mbp.bid[1].qty = 1; /* the second level is no top */
    mbp.volume_qty += INT64_C(1) << 40;
    give(&world, &mbp);
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_TRADE && tick.qty == INT32_MAX);
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_TOP && tick.ask_qty == 50);
    mbp.volume_qty -= 10; /* a trade was cancelled */
    give(&world, &mbp);
    BJ_CHECK(!next_tick(&world, &tick) && row_of(&world, 1).volume_qty == mbp.volume_qty);
    close_world(&world);
}

/* Row 1 of CM and row 2 of FO speak, CM's falls silent and speaks again. */
static void test_stale(void) {
    const uint32_t both = BJ_MARKET_BROADCAST | BJ_MARKET_STALE;
    world_t world;
    bj_market_tick_t tick;
    open_world(&world);
    for (uint32_t i = 1; i < 4; i++) BJ_CHECK(row_of(&world, i).flags == both);
    BJ_CHECK(row_of(&world, 0).flags == 0); /* not in the table */
    bj_bcast_apply_stale(world.apply, BJ_SEGMENT_CM); /* they are already */
    bj_bcast_mbp_t cm = record(101, BJ_SEGMENT_CM), fo = record(101, BJ_SEGMENT_FO);
    BJ_CHECK(!next_tick(&world, &tick));
    give(&world, &cm), give(&world, &fo);
    while (next_tick(&world, &tick)) BJ_CHECK(tick.flags == BJ_MARKET_BROADCAST);
    bj_bcast_apply_stale(world.apply, BJ_SEGMENT_CM);
    BJ_CHECK(row_of(&world, 1).flags == both && row_of(&world, 2).flags == BJ_MARKET_BROADCAST);
    BJ_CHECK(row_of(&world, 1).bid[0].qty == 50); /* the last known stays */
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_STALE && tick.flags == both);
    BJ_CHECK(tick.instrument_idx == 1 && !next_tick(&world, &tick));
    bj_bcast_apply_stale(world.apply, BJ_SEGMENT_CM);
    BJ_CHECK(!next_tick(&world, &tick)); /* told once */
    cm.exch_ns += 9 * BJ_NS_PER_S;
    cm.volume_qty += 7;
    give(&world, &cm);
    BJ_CHECK(row_of(&world, 1).flags == BJ_MARKET_BROADCAST);
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_STALE);
    BJ_CHECK(tick.flags == BJ_MARKET_BROADCAST);
    BJ_CHECK(next_tick(&world, &tick) && tick.kind == BJ_TICK_TRADE && tick.qty == 7);
    close_world(&world);
}

static void test_passed_over(void) {
    world_t world;
    open_world(&world);
    bj_bcast_mbp_t mbp = record(999, BJ_SEGMENT_CM);
    give(&world, &mbp);
    mbp = record(102, BJ_SEGMENT_FO); /* there only in the cash market */
    give(&world, &mbp);
    mbp = record(101, BJ_SEGMENT_CM);
    mbp.book_type = 7;
    give(&world, &mbp);
    const bj_bcast_apply_counters_t *m = bj_bcast_apply_counters(world.apply);
    BJ_CHECK(m->unknown_tokens == 2 && m->other_books == 1 && m->rows == 0);
    for (uint32_t i = 0; i < ROWS; i++) BJ_CHECK(row_of(&world, i).update_cnt == 0);
    static const struct { int64_t later_s; bool taken; } times[] = {
        {0, true}, {0, true}, {-1, false}, {-60, false}, {-61, true}, {0, true}, {5, true}};
    for (size_t i = 0; i < BJ_COUNT(times); i++) {
        uint64_t rows = m->rows, late = m->late;
        mbp = record(101, BJ_SEGMENT_CM);
        mbp.exch_ns += times[i].later_s * BJ_NS_PER_S;
        mbp.last_paise = 100 + (int32_t)i;
        give(&world, &mbp);
        BJ_CHECK(m->rows == rows + times[i].taken && m->late == late + !times[i].taken);
        BJ_CHECK((row_of(&world, 1).last_price_paise == 100 + (int32_t)i) == times[i].taken);
    }
    mbp.exch_ns = 0; /* not said: the last trade's time stands for it */
    mbp.last_trade_ns = BED_NS + 9 * BJ_NS_PER_S;
    give(&world, &mbp);
    BJ_CHECK(row_of(&world, 1).exch_ns == mbp.last_trade_ns);
    mbp.average_paise = INT32_MAX, mbp.volume_qty = INT64_MAX;
    give(&world, &mbp);
    BJ_CHECK(row_of(&world, 1).value_paise == INT64_MAX);
    close_world(&world);
}

/* Whole datagrams, to rows and to whoever keeps the indices. */
static void test_datagrams(void) {
    world_t world;
    uint8_t message[BED_ITEM_BYTES];
    bed_datagram_t datagram;
    bj_bcast_t bcast = {0};
    open_world(&world);
    bed_begin(&datagram, 4, 2);
    bed_item(&datagram, message, bed_mbp(message, BJ_SEGMENT_CM), true);
    bed_item(&datagram, message, bed_indices(message, BJ_SEGMENT_CM), true);
    BJ_CHECK(bj_bcast_datagram(&bcast, datagram.data, datagram.bytes, &bj_bcast_apply_ops,
                               world.apply) == BJ_OK);
    BJ_CHECK(row_of(&world, 1).last_price_paise == 152340 && world.index_cnt == 6);
    BJ_CHECK(row_of(&world, 3).bid[4].price_paise == 152280);
    BJ_CHECK(row_of(&world, 3).bid[5].order_cnt == 0);
    close_world(&world);
}

static void test_shapes(void) {
    world_t world;
    open_world(&world);
    void *mem = aligned_alloc(64, bj_bcast_apply_footprint(2));
    bj_bcast_instrument_t pair[2] = {table[0], table[1]};
    bj_bcast_apply_config_t config = {.instruments = pair, .instrument_cnt = 2,
                                      .market = world.market};
    BJ_CHECK(bj_bcast_apply_new(mem, &config) != NULL);
    pair[1] = pair[0];
    BJ_CHECK(bj_bcast_apply_new(mem, &config) == NULL); /* twice */
    pair[1].token = 0;
    BJ_CHECK(bj_bcast_apply_new(mem, &config) == NULL);
    pair[1] = (bj_bcast_instrument_t){.token = 1, .segment = BJ_SEGMENT_CD};
    BJ_CHECK(bj_bcast_apply_new(mem, &config) == NULL);
    config.market = NULL;
    BJ_CHECK(bj_bcast_apply_new(mem, &config) == NULL);
    BJ_CHECK(bj_bcast_apply_footprint((1 << 18) + 1) == 0);
    free(mem);
    close_world(&world);
}

/* Every token in both segments, a table as full as it gets: each finds its own row.  Small tables,
 * many of them: in a large one few keys meet. */
static void test_many(uint32_t seed) {
    enum { TOKENS = 4 };
    static bj_market_instrument_t instruments[2 * TOKENS];
    static bj_bcast_instrument_t many[2 * TOKENS];
    char file[] = "/tmp/bj_bcast_XXXXXX";
    close(mkstemp(file));
    for (uint32_t i = 0; i < 2 * TOKENS; i++) {
        instruments[i].token = i + 1;
        many[i] = (bj_bcast_instrument_t){.token = 1 + (i / 2 + 7 * seed) * 40503 % 65521 * 31991,
                                          .instrument_idx = i,
                                          .segment = i % 2 ? BJ_SEGMENT_CM : BJ_SEGMENT_FO};
    }
    world_t world = {.market = bj_market_create(file, instruments, 2 * TOKENS, 1024, BED_NS)};
    world.reader = bj_market_open(file);
    unlink(file);
    bj_bcast_apply_config_t config = {.instruments = many, .instrument_cnt = 2 * TOKENS,
                                      .market = world.market};
    void *mem = aligned_alloc(64, bj_bcast_apply_footprint(2 * TOKENS));
    world.apply = bj_bcast_apply_new(mem, &config);
    for (uint32_t i = 0; i < 2 * TOKENS; i++) {
        bj_bcast_mbp_t mbp = record(many[i].token, (bj_segment_t)many[i].segment);
        mbp.last_paise = 1000 + (int32_t)i;
        give(&world, &mbp);
    }
    for (uint32_t i = 0; i < 2 * TOKENS; i++) {
        BJ_CHECK(row_of(&world, i).last_price_paise == 1000 + (int32_t)i);
    }
    close_world(&world);
}

static void test_random(uint64_t seed) {
    world_t world;
    uint64_t rng = seed * 2 + 1, traded[ROWS] = {0}, in_ticks[ROWS] = {0};
    bj_bcast_mbp_t last[ROWS] = {0};
    unsigned fails = bj_fail_cnt;
    open_world(&world);
    for (int i = 0; i < 500; i++) {
        rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t r = (uint32_t)(rng >> 33), which = r % BJ_COUNT(table);
        uint32_t idx = table[which].instrument_idx;
        bj_bcast_mbp_t mbp = record(table[which].token, (bj_segment_t)table[which].segment);
        mbp.exch_ns = BED_NS + i * BJ_NS_PER_S;
        mbp.volume_qty = last[idx].volume_qty + (r >> 8) % 3 * 10;
        mbp.last_paise = 15000 + (int32_t)(r >> 12) % 100;
        mbp.bid[0].qty = 1 + (r >> 20) % 3;
        if (last[idx].token) traded[idx] += (uint64_t)(mbp.volume_qty - last[idx].volume_qty);
        last[idx] = mbp;
        give(&world, &mbp);
        bj_market_row_t row = row_of(&world, idx);
        BJ_CHECK(row.last_price_paise == mbp.last_paise && row.volume_qty == mbp.volume_qty);
        BJ_CHECK(!memcmp(row.bid, mbp.bid, sizeof mbp.bid));
        for (bj_market_tick_t tick; next_tick(&world, &tick);) {
            BJ_CHECK(tick.instrument_idx == idx);
            if (tick.kind == BJ_TICK_TRADE) in_ticks[idx] += (uint64_t)tick.qty;
        }
    }
    for (int i = 0; i < ROWS; i++) BJ_CHECK(traded[i] == in_ticks[i]);
    if (bj_fail_cnt != fails) fprintf(stderr, "  seed %llu\n", (unsigned long long)seed);
    close_world(&world);
}

int main(void) {
    test_row();
    test_ticks();
    test_stale();
    test_passed_over();
    test_datagrams();
    test_shapes();
    for (uint32_t seed = 1; seed <= 200; seed++) test_many(seed);
    for (uint64_t seed = 1; seed <= 20; seed++) test_random(seed);
    return bj_test_end("test_bj_bcast_apply");
}
