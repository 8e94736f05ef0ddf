/* Goal: what a strategy sees through libbijli is what the writer wrote, it knows exactly what it
 * missed, it hears of a dead or restarted writer, and the library keeps its promises to programs
 * older and newer than itself.  Method: the dataplane's own writers in this program, the shared
 * library as desks get it; readers in threads; the compiler and nm asked about header and symbols;
 * bijli-watch run as a user would. */
#include "dataplane/libbijli/bijli.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/market/bj_candle.h"
#include "dataplane/market/bj_index.h"
#include "dataplane/market/bj_market.h"

enum { INSTRUMENTS = 3, RING_DEPTH = 64 };
#define MINUTE_NS ((int64_t)BJ_CANDLE_NS)
#define DAY_NS (INT64_C(1795651200) * BJ_NS_PER_S + 13500 * BJ_NS_PER_S)
static char dir[] = "/tmp/bijli_XXXXXX";
static const bj_market_instrument_t instruments[INSTRUMENTS] = {
    {2885, "RELIANCE", 10, 1, 131600, 105280, 157920, BJ_SEGMENT_CM, false, {0, 0}},
    {35001, "NIFTY26NOV24500CE", 5, 75, 1000, 5, 9000, BJ_SEGMENT_FO, false, {0, 0}},
    {7, "NIFTY26NOV-26DEC", 5, 75, 0, -9000, 9000, BJ_SEGMENT_FO, true, {35001, 35002}},
};

/* --- the writer's side */
typedef struct world {
    bj_market_t  *market;
    bj_candles_t *candles;
    bj_indices_t *indices;
} world_t;

static const char *path(const char *name) {
    static char text[3][64];
    static int  at;
    at = (at + 1) % 3;
    snprintf(text[at], sizeof text[at], "%s/%s", dir, name);
    return text[at];
}

static void beat(world_t *w, int64_t ago_ns, int64_t feed_ago_ns) {
    static const bj_feed_counters_t counters;
    int64_t now_ns = bj_clock_wall_ns();
    bj_market_beat(w->market, now_ns - ago_ns, now_ns - feed_ago_ns, &counters);
}

static void world_open(world_t *w, int64_t start_ns, uint64_t ring_depth) {
    static const bj_index_part_t part = {0, 131600, 1, 10000, 10000};
    bj_index_def_t def = {.name = "BIJLI 1", .base_value_x100 = 131600, .parts = &part,
                          .part_cnt = 1};
    w->market = bj_market_create(path("market.shm"), instruments, INSTRUMENTS, ring_depth,
                                 start_ns);
    w->candles = bj_candles_create(path("candles.shm"), INSTRUMENTS, ring_depth, start_ns);
    w->indices = bj_indices_create(path("indices.shm"), &def, 1, INSTRUMENTS, 64, 0, start_ns);
    beat(w, 0, 0);
}

static void world_close(world_t *w) {
    bj_market_destroy(w->market);
    bj_candles_destroy(w->candles);
    bj_indices_destroy(w->indices);
}

static void trade(world_t *w, uint32_t idx, int64_t exch_ns, int32_t price, int32_t qty) {
    bj_market_row_t *row = bj_market_begin(w->market, idx);
    row->exch_ns = row->last_trade_ns = exch_ns;
    row->last_price_paise = price;
    row->last_qty = qty;
    row->trade_cnt++;
    row->volume_qty += qty;
    row->bid[0] = (bj_market_level_t){price - 5, 2, 70};
    row->ask[19] = (bj_market_level_t){price + 5, 3, 80};
    bj_market_end(w->market, idx);
    bj_market_tick(w->market, &(bj_market_tick_t){.exch_ns = exch_ns, .instrument_idx = idx,
                                                  .kind = BJ_TICK_TRADE, .price_paise = price,
                                                  .qty = qty, .bid_paise = price - 5,
                                                  .bid_qty = 70});
    bj_candles_trade(w->candles, idx, exch_ns, price, qty);
    bj_indices_trade(w->indices, idx, price);
    (void)bj_indices_step(w->indices, exch_ns);
}

/* --- what is there */
static void test_data(void) {
    world_t w;
    bijli_t *b;
    uint32_t who, idx;
    uint64_t missed;
    world_open(&w, 1000, RING_DEPTH);
    BJ_CHECK(bijli_open(dir, &b) == BIJLI_OK);
    BJ_CHECK(bijli_find_symbol(b, "NIFTY26NOV24500CE", &who) == BIJLI_OK && who == 1);
    BJ_CHECK(bijli_find_symbol(b, "NIFTY", &who) == BIJLI_ERR_NOT_FOUND);
    BJ_CHECK(bijli_find_token(b, BIJLI_FO, 7, 1, &who) == BIJLI_OK && who == 2);
    BJ_CHECK(bijli_find_token(b, BIJLI_FO, 7, 0, &who) == BIJLI_ERR_NOT_FOUND);
    BJ_CHECK(bijli_find_token(b, 0, 7, 0, &who) == BIJLI_ERR_ARG);
    bijli_instrument_t is = {.struct_bytes = sizeof is};
    BJ_CHECK(bijli_instrument(b, 2, &is) == BIJLI_OK && is.spread && is.leg_token[1] == 35002);
    BJ_CHECK(is.segment == BIJLI_FO && is.units_per_rupee == 100 && is.band_lo == -9000);
    BJ_CHECK(!strcmp(is.symbol, "NIFTY26NOV-26DEC") && is.lot == 75 && is.tick == 5);
    BJ_CHECK(bijli_instrument(b, 3, &is) == BIJLI_ERR_ARG);

    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    bijli_row_t row = {.struct_bytes = sizeof row};
    bijli_candle_t candle = {.struct_bytes = sizeof candle}, day[4] = {candle};
    bijli_index_t index = {.struct_bytes = sizeof index};
    size_t cnt;
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_NONE && missed == 0);
    BJ_CHECK(bijli_candle(b, 2, &candle) == BIJLI_NONE);
    BJ_CHECK(bijli_candles(b, 2, day, 4, &cnt) == BIJLI_NONE && cnt == 0);
    trade(&w, 2, DAY_NS, -120, 75);
    trade(&w, 0, DAY_NS, 144760, 3); /* + 10 % */
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && missed == 0 && tick.seq == 1);
    BJ_CHECK(tick.instrument == 2 && tick.kind == BIJLI_TRADE && tick.price == -120);
    BJ_CHECK(tick.qty == 75 && tick.bid == -125 && tick.bid_qty == 70 && tick.exch_ns == DAY_NS);
    BJ_CHECK(bijli_read(b, 2, &row) == BIJLI_OK && row.last == -120 && row.volume == 75);
    BJ_CHECK(row.bid[0].price == -125 && row.bid[0].orders == 2 && row.bid[0].qty == 70);
    BJ_CHECK(row.ask[19].price == -115 && row.ask[0].orders == 0 && row.instrument == 2);
    BJ_CHECK(bijli_candle(b, 2, &candle) == BIJLI_OK && candle.flags == BIJLI_CANDLE_OPEN);
    BJ_CHECK(candle.close == -120 && candle.value == -9000 && candle.trades == 1);
    BJ_CHECK(bijli_next_candle(b, &candle, &missed) == BIJLI_NONE);
    trade(&w, 2, DAY_NS + MINUTE_NS, -100, 75);
    BJ_CHECK(bijli_next_candle(b, &candle, &missed) == BIJLI_OK && candle.seq == 1 && !missed);
    BJ_CHECK(candle.instrument == 2 && candle.start_ns == DAY_NS && candle.revision == 1);
    BJ_CHECK(bijli_candles(b, 2, day, 4, &cnt) == BIJLI_OK && cnt == 2);
    BJ_CHECK(day[0].open == -120 && day[1].open == -100 && day[1].start_ns == DAY_NS + MINUTE_NS);
    BJ_CHECK(bijli_find_index(b, "BIJLI 1", &idx) == BIJLI_OK);
    BJ_CHECK(bijli_index(b, idx, &index) == BIJLI_OK && index.value == 144760);
    BJ_CHECK(index.change == 13160 && index.change_bp == 1000 && index.traded == 1);
    BJ_CHECK(!strcmp(index.name, "BIJLI 1") && bijli_index(b, 1, &index) == BIJLI_ERR_ARG);
    bijli_close(b);
    world_close(&w);
}

/* A program built with an older header has smaller structs, one with a newer header larger ones. */
static void test_struct_bytes(void) {
    world_t w;
    bijli_t *b;
    uint64_t missed;
    world_open(&w, 1000, RING_DEPTH);
    BJ_CHECK(bijli_open(dir, &b) == BIJLI_OK);
    trade(&w, 0, DAY_NS, 131700, 3);
    trade(&w, 0, DAY_NS, 131800, 4);
    struct { bijli_tick_t tick; uint8_t more[40]; } is;
    memset(&is, 0xaa, sizeof is);
    is.tick.struct_bytes = offsetof(bijli_tick_t, price);
    BJ_CHECK(bijli_next(b, &is.tick, &missed) == BIJLI_OK && is.tick.seq == 1);
    BJ_CHECK(is.tick.exch_ns == DAY_NS && is.tick.price == (int32_t)0xaaaaaaaa);
    BJ_CHECK(is.tick.struct_bytes == offsetof(bijli_tick_t, price));
    is.tick.struct_bytes = sizeof is;
    BJ_CHECK(bijli_next(b, &is.tick, &missed) == BIJLI_OK && is.tick.price == 131800);
    BJ_CHECK(is.tick.struct_bytes == sizeof is);
    for (size_t i = 0; i < sizeof is.more; i++) BJ_CHECK(is.more[i] == 0);
    struct { bijli_candle_t candle; uint8_t more[24]; } day[3];
    size_t cnt;
    day[0].candle.struct_bytes = sizeof day[0];
    trade(&w, 0, DAY_NS + MINUTE_NS, 131900, 4);
    BJ_CHECK(bijli_candles(b, 0, &day[0].candle, 3, &cnt) == BIJLI_OK && cnt == 2);
    BJ_CHECK(day[1].candle.open == 131900 && day[1].candle.struct_bytes == sizeof day[0]);

    /* Nothing is read where there is no room for it: the tick is still there afterwards. */
    is.tick.struct_bytes = 7;
    BJ_CHECK(bijli_next(b, &is.tick, &missed) == BIJLI_ERR_ARG);
    is.tick.struct_bytes = sizeof is;
    BJ_CHECK(bijli_next(b, &is.tick, &missed) == BIJLI_OK && is.tick.price == 131900 && !missed);
    BJ_CHECK(bijli_next(NULL, &is.tick, &missed) == BIJLI_ERR_ARG);
    BJ_CHECK(bijli_next(b, NULL, &missed) == BIJLI_ERR_ARG);
    BJ_CHECK(bijli_read(b, 0, NULL) == BIJLI_ERR_ARG && bijli_open(dir, NULL) == BIJLI_ERR_ARG);
    bijli_close(b);
    bijli_close(NULL);
    world_close(&w);
    BJ_CHECK(sizeof(bijli_row_t) == 744 && sizeof(bijli_tick_t) == 72);
    BJ_CHECK(sizeof(bijli_candle_t) == 72 && sizeof(bijli_index_t) == 128);
    BJ_CHECK(sizeof(bijli_instrument_t) == 80 && sizeof(bijli_status_t) == 72);
}

/* Asleep while 1000 ticks and 30 candles go by; then again across a restart. */
static void test_missed(void) {
    world_t w;
    bijli_t *b;
    uint64_t missed;
    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    bijli_candle_t candle = {.struct_bytes = sizeof candle};
    bijli_status_t status = {.struct_bytes = sizeof status};
    world_open(&w, 1000, 16);
    BJ_CHECK(bijli_open(dir, &b) == BIJLI_OK);
    for (int i = 0; i < 1000; i++) trade(&w, 0, DAY_NS + i / 20 * MINUTE_NS, 1000 + i, 1);
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && missed == 984 && tick.price == 1984);
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && missed == 0 && tick.price == 1985);
    BJ_CHECK(bijli_next_candle(b, &candle, &missed) == BIJLI_OK && missed == 49 - 16);
    BJ_CHECK(bijli_rewind(b) == BIJLI_OK);
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && missed == 0 && tick.price == 1984);

    /* 15 are unread when the writer dies and another begins; it writes 20 before we look. */
    world_close(&w);
    world_open(&w, 2000, 16);
    for (int i = 0; i < 20; i++) trade(&w, 1, DAY_NS + i, 5000 + i, 1);
    for (int i = 0; i < 15; i++) BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && !missed);
    BJ_CHECK(tick.price == 1999);
    usleep(420000); /* the old heart stands still, and that is looked at */
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_REOPENED && missed == 0);
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && missed == 4 && tick.price == 5004);
    BJ_CHECK(tick.seq == 5);

    /* Who only reads rows hears of it too, and loses what he had not read: 15 here, 7 there. */
    world_close(&w);
    world_open(&w, 3000, 16);
    for (int i = 0; i < 23; i++) trade(&w, 1, DAY_NS + i, 6000 + i, 1);
    usleep(420000);
    bijli_row_t row = {.struct_bytes = sizeof row};
    BJ_CHECK(bijli_read(b, 1, &row) == BIJLI_REOPENED);
    beat(&w, 0, 0);
    BJ_CHECK(bijli_read(b, 1, &row) == BIJLI_OK && row.last == 6022);
    BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && missed == 15 + 7 && tick.price == 6007);
    BJ_CHECK(bijli_status(b, &status) == BIJLI_OK && status.reopened == 2);
    BJ_CHECK(status.ticks_missed == 984 + 4 + 22 && status.start_ns == 3000);
    BJ_CHECK(status.instruments == 3 && status.indices == 1 && status.last_tick == 23);
    /* Those before the rewind, and those unread when the first writer died. */
    BJ_CHECK(status.candles_missed == 33 + 16);
    bijli_close(b);
    world_close(&w);
}

/* --- what is not there, or not alive */
static void test_stale(void) {
    static const struct { int64_t beat_ns, feed_ns; bool book; uint32_t want; } cases[] = {
        {0, 0, false, 0},
        {500 * BJ_NS_PER_MS, 0, false, 0},
        {2 * BJ_NS_PER_S, 0, false, BIJLI_STALE_WRITER},
        {0, 4 * BJ_NS_PER_S, false, 0},
        {0, 6 * BJ_NS_PER_S, false, BIJLI_STALE_FEED},
        {0, 0, true, BIJLI_STALE_BOOK},
        {2 * BJ_NS_PER_S, 6 * BJ_NS_PER_S, true, 7},
    };
    world_t w;
    bijli_t *b;
    uint64_t missed;
    bijli_row_t row = {.struct_bytes = sizeof row};
    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    bijli_index_t index = {.struct_bytes = sizeof index};
    world_open(&w, 1000, RING_DEPTH);
    BJ_CHECK(bijli_open(dir, &b) == BIJLI_OK);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        beat(&w, cases[i].beat_ns, cases[i].feed_ns);
        bj_market_begin(w.market, 0)->flags = cases[i].book ? BJ_MARKET_STALE : 0;
        bj_market_end(w.market, 0);
        bj_indices_stale(w.indices, 0, cases[i].book);
        (void)bj_indices_step(w.indices, 1);
        int want = cases[i].want ? BIJLI_STALE : BIJLI_OK;
        BJ_CHECK(bijli_read(b, 0, &row) == want && row.stale == cases[i].want);
        BJ_CHECK(bijli_index(b, 0, &index) == want && index.stale == cases[i].want);
        bool quiet = (cases[i].want & ~(uint32_t)BIJLI_STALE_BOOK) != 0;
        BJ_CHECK(bijli_next(b, &tick, &missed) == (quiet ? BIJLI_STALE : BIJLI_NONE));
    }
    bijli_close(b);
    world_close(&w);
}

/* What comes from the broadcast says so, in a row and in a tick; what does not, does not. */
static void test_broadcast(void) {
    world_t w;
    bijli_t *b;
    uint64_t missed;
    bijli_row_t row = {.struct_bytes = sizeof row};
    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    world_open(&w, 1000, RING_DEPTH);
    BJ_CHECK(bijli_open(dir, &b) == BIJLI_OK);
    for (uint32_t i = 0; i < 2; i++) {
        uint32_t flags = i ? BJ_MARKET_BROADCAST : 0;
        bj_market_begin(w.market, i)->flags = flags;
        bj_market_end(w.market, i);
        bj_market_tick(w.market, &(bj_market_tick_t){.exch_ns = DAY_NS, .instrument_idx = i,
                                                     .kind = BJ_TICK_TOP,
                                                     .flags = (uint16_t)flags});
        BJ_CHECK(bijli_read(b, i, &row) == BIJLI_OK && row.stale == 0);
        BJ_CHECK(row.flags == (i ? BIJLI_BROADCAST : 0));
        BJ_CHECK(bijli_next(b, &tick, &missed) == BIJLI_OK && tick.instrument == i);
        BJ_CHECK(tick.flags == (i ? BIJLI_BROADCAST : 0) && tick.stale == 0);
    }
    bijli_close(b);
    world_close(&w);
}

static void test_absent(void) {
    world_t w;
    bijli_t *b = (bijli_t *)&w;
    bijli_candle_t candle = {.struct_bytes = sizeof candle};
    uint32_t idx;
    BJ_CHECK(bijli_open("/nonexistent", &b) == BIJLI_ERR_ABSENT && b == NULL);
    BJ_CHECK(bijli_open(NULL, &b) == BIJLI_ERR_ARG);
    world_open(&w, 1000, RING_DEPTH);
    /* No candles and indices at first, then those of another start, then ours. */
    unlink(path("candles.shm")), unlink(path("indices.shm"));
    BJ_CHECK(bijli_open(dir, &b) == BIJLI_OK);
    BJ_CHECK(bijli_candle(b, 0, &candle) == BIJLI_ERR_ABSENT);
    BJ_CHECK(bijli_find_index(b, "BIJLI 1", &idx) == BIJLI_ERR_ABSENT);
    bj_candles_destroy(w.candles);
    w.candles = bj_candles_create(path("candles.shm"), INSTRUMENTS, 16, 999);
    usleep(120000);
    BJ_CHECK(bijli_candle(b, 0, &candle) == BIJLI_ERR_ABSENT);
    bj_candles_destroy(w.candles);
    w.candles = bj_candles_create(path("candles.shm"), INSTRUMENTS, 16, 1000);
    usleep(120000);
    BJ_CHECK(bijli_candle(b, 0, &candle) == BIJLI_NONE);
    bijli_close(b);
    world_close(&w);
    static const struct { long at; uint8_t value; int want; } bad[] = {
        {8, BJ_MARKET_VERSION, BIJLI_OK}, {8, BJ_MARKET_VERSION + 1, BIJLI_ERR_LAYOUT},
        {8, 1, BIJLI_ERR_LAYOUT}, {0, 'X', BIJLI_ERR_ABSENT}, {12, 9, BIJLI_ERR_ABSENT}};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        uint8_t was;
        world_open(&w, 1000, RING_DEPTH);
        FILE *inout = fopen(path("market.shm"), "r+");
        BJ_CHECK(fseek(inout, bad[i].at, SEEK_SET) == 0 && fread(&was, 1, 1, inout) == 1);
        BJ_CHECK(fseek(inout, bad[i].at, SEEK_SET) == 0);
        BJ_CHECK(fwrite(&bad[i].value, 1, 1, inout) == 1 && fflush(inout) == 0);
        BJ_CHECK(bijli_open(dir, &b) == bad[i].want && (b != NULL) == (bad[i].want == BIJLI_OK));
        bijli_close(b);
        BJ_CHECK(fseek(inout, bad[i].at, SEEK_SET) == 0 && fwrite(&was, 1, 1, inout) == 1);
        fclose(inout);
        world_close(&w);
    }
    for (int r = -7; r < 5; r++) BJ_CHECK(bijli_result_text(r)[0] != '\0');
}

/* --- one writer, many readers */
enum { T_READERS = 4, T_ROUNDS = 40000, T_DEPTH = 256 };
typedef struct look {
    bool     slow;
    uint64_t got, missed, wrong;
} look_t;
static atomic_int t_ready;

/* A busy machine may keep the writer off its core for longer than a read waits for it. */
static int read_row(bijli_t *b, bijli_row_t *row) {
    int result;
    while ((result = bijli_read(b, 0, row)) == BIJLI_ERR_TORN) usleep(1000);
    return result;
}

static int read_candle(bijli_t *b, bijli_candle_t *candle) {
    int result;
    while ((result = bijli_candle(b, 0, candle)) == BIJLI_NONE) usleep(1000);
    return result;
}

static void *t_reader(void *arg) {
    look_t *look = arg;
    bijli_t *b = NULL;
    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    bijli_row_t row = {.struct_bytes = sizeof row};
    bijli_candle_t candle = {.struct_bytes = sizeof candle};
    uint64_t missed, last = 0;
    look->wrong += bijli_open(dir, &b) != BIJLI_OK;
    t_ready++;
    while (b && last < T_ROUNDS) {
        if (look->slow && look->got % 500 == 0) usleep(2000);
        int result = bijli_next(b, &tick, &missed);
        if (result < 0 || result == BIJLI_REOPENED) look->wrong++;
        if (result != BIJLI_OK) continue;
        look->wrong += tick.seq != last + missed + 1 || tick.price != (int32_t)tick.seq ||
                       tick.bid != tick.price - 5 || tick.exch_ns != DAY_NS + (int64_t)tick.seq;
        last = tick.seq;
        look->got++;
        look->missed += missed;
        if (look->got % 8) continue;
        look->wrong += read_row(b, &row) < 0 || row.bid[0].price != row.last - 5 ||
                       row.ask[19].price != row.last + 5 || row.volume != row.last;
        look->wrong += read_candle(b, &candle) != BIJLI_OK ||
                       candle.volume != candle.close || candle.trades != candle.volume;
    }
    bijli_close(b);
    return NULL;
}

static void test_threads(void) {
    world_t w;
    pthread_t thread[T_READERS];
    look_t look[T_READERS] = {{.slow = true}};
    world_open(&w, 1000, T_DEPTH);
    for (int i = 0; i < T_READERS; i++) pthread_create(&thread[i], NULL, t_reader, &look[i]);
    while (t_ready < T_READERS) usleep(1000);
    for (int k = 1; k <= T_ROUNDS; k++) {
        trade(&w, 0, DAY_NS + k, k, 1);
        if (k % 64 == 0) beat(&w, 0, 0);
    }
    for (int i = 0; i < T_READERS; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < T_READERS; i++) {
        BJ_CHECK(look[i].wrong == 0 && look[i].got > 0);
        BJ_CHECK(look[i].got + look[i].missed == T_ROUNDS);
    }
    BJ_CHECK(look[0].missed > 0); /* who sleeps misses some, and knows */
    world_close(&w);
}

/* --- the library and the header as they are handed out */
static bool runs(const char *command) { return system(command) == 0; }

static void test_library(void) {
    BJ_CHECK(bijli_version() == BIJLI_VERSION);
    BJ_CHECK(runs("nm -D --defined-only " BIJLI_SO " | awk '{print $3}' > /dev/null"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    BJ_CHECK(runs("! nm -D --defined-only " BIJLI_SO " | awk '{print $3}' | grep -v '^bijli_'"));
    BJ_CHECK(runs("objdump -p " BIJLI_SO " | grep -q 'SONAME *libbijli.so.1$'"));
    BJ_CHECK(runs("! objdump -p " BIJLI_SO " | grep NEEDED | grep -qv 'libc.so.6$'"));
    char build[256];
    snprintf(build, sizeof build,
             "PKG_CONFIG_PATH=" BIJLI_PC " sh -c 'cc -o %s/watch "
             "dataplane/libbijli/example_bijli_watch.c $(pkg-config --cflags --libs bijli)' && "
             "! %s/watch /nonexistent X 2>/dev/null && rm %s/watch", dir, dir, dir);
    BJ_CHECK(runs(build));
#endif
    BJ_CHECK(runs("echo '#include <bijli.h>' | cc -std=c11 -pedantic -Wall -Wextra -Werror "
                  "-Idataplane/libbijli -fsyntax-only -x c -"));
    /* As C++, by whichever compiler is here; g++ is not needed to build Bijli. */
    BJ_CHECK(runs("for cxx in g++ clang++; do command -v $cxx >/dev/null && break; cxx=; done; "
                  "[ -z \"$cxx\" ] || echo '#include <bijli.h>' | $cxx -std=c++11 -pedantic -Wall "
                  "-Wextra -Werror -Idataplane/libbijli -fsyntax-only -x c++ -"));
}

/* bijli-watch sees a trade, a hole and the writer's death. */
static void test_watch(void) {
    world_t w;
    char command[256], text[4096] = "";
    world_open(&w, 1000, 16);
    for (int i = 0; i < 40; i++) trade(&w, 2, DAY_NS + i * BJ_NS_PER_MS, i - 20, 75);
    trade(&w, 0, DAY_NS + BJ_NS_PER_S, 131605, 12);
    trade(&w, 2, DAY_NS + MINUTE_NS, -1, 75);
    snprintf(command, sizeof command, "%s --seconds 3 --from-oldest %s NIFTY26NOV-26DEC RELIANCE "
             "NOSUCH 'BIJLI 1'", BIJLI_WATCH, dir);
    FILE *in = popen(command, "r");
    for (int i = 0; i < 5; i++) beat(&w, 0, 0), usleep(50000);
    size_t n = in ? fread(text, 1, sizeof text - 1, in) : 0;
    BJ_CHECK(n > 0 && in && pclose(in) == 0);
    static const char *const want[] = {
        "BIJLI 1: an index", "09:15:01.000000 index BIJLI 1 1316.05 0.05\n",
        "NIFTY26NOV-26DEC: token 7 (spread)", "NOSUCH: no such symbol today",
        "09:15:00.026000 trade NIFTY26NOV-26DEC 0.06 75\n", " trade NIFTY26NOV-26DEC 0.00 75\n",
        "09:15:01.000000 trade RELIANCE 1316.05 12\n", " trade NIFTY26NOV-26DEC -0.01 75\n",
        "09:15 candle NIFTY26NOV-26DEC -0.20 0.19 -0.20 0.19 3000 40\n",
        "stale: the dataplane is silent\n"};
    for (size_t i = 0; i < BJ_COUNT(want); i++) {
        bool there = strstr(text, want[i]) != NULL || i == 5;
        BJ_CHECK(there);
        if (!there) fprintf(stderr, "  not there: %s\n%s", want[i], text);
    }
    world_close(&w);
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    test_data();
    test_struct_bytes();
    test_missed();
    test_stale();
    test_broadcast();
    test_absent();
    test_threads();
    test_library();
    test_watch();
    unlink(path("market.shm")), unlink(path("candles.shm")), unlink(path("indices.shm"));
    rmdir(dir);
    return bj_test_end("test_bijli");
}
