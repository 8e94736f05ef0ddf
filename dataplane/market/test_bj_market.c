/* Goal: what readers see is whole or not at all.  A writer thread fills every field of a row from
 * one number; readers check that the fields still belong together.  A reader that is lapped learns
 * exactly how many ticks it missed.  A reader in another process finds the file of a restarted
 * writer. */
#include "dataplane/market/bj_market_part.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"

enum { INSTRUMENT_CNT = 5, RING_DEPTH = 64, ROUNDS = 100000 };
/* One token in two segments, and as a spread in one of them. */
static const bj_market_instrument_t instruments[INSTRUMENT_CNT] = {
    {2885, "RELIANCE", 10, 1, 131600, 105280, 157920, BJ_SEGMENT_CM, false, {0, 0}},
    {1594, "INFY", 10, 1, 112100, 89680, 134520, 0, false, {0, 0}},
    {25, "EXACTLY31CHARS-EXACTLY31CHARS-A", 5, 1, 1000, 800, 1200, BJ_SEGMENT_CD, false, {0, 0}},
    {2885, "NIFTY26NOV24500CE", 5, 75, 1000, 5, 9000, BJ_SEGMENT_FO, false, {0, 0}},
    {2885, "NIFTY26NOV-26DEC", 5, 75, 0, -9000, 9000, BJ_SEGMENT_FO, true, {35001, 35002}},
};
static char dir[] = "/tmp/bj_market_XXXXXX", file[64];

static void write_in_place(bj_market_row_t *shared, const bj_market_row_t *row) {
    bj_market_stamp_t stamp = {row->exch_ns, row->update_cnt};
    bj_market_enter(shared);
    for (uint32_t i = 0; i < BJ_MARKET_LEVELS; i++) {
        bj_market_put_level(&bj_market_side(shared, 0)[i], row->bid[i]);
        bj_market_put_level(&bj_market_side(shared, 1)[i], row->ask[i]);
    }
    bj_market_put_figures(shared, row);
    bj_market_put_total(shared, 0, row->total_buy_qty);
    bj_market_put_total(shared, 1, row->total_sell_qty);
    bj_market_leave(shared, &stamp);
}

static void write_row(bj_market_t *market, uint32_t idx, int64_t k) {
    bj_market_row_t *row = bj_market_begin(market, idx);
    row->volume_qty = k * 3;
    row->last_price_paise = (int32_t)k;
    for (int i = 0; i < BJ_MARKET_LEVELS; i++) {
        row->bid[i] = (bj_market_level_t){(int32_t)k - i, (uint32_t)i, k + i};
        row->ask[i] = (bj_market_level_t){(int32_t)k + i, (uint32_t)i, k - i};
    }
    row->exch_ns = k;
    row->update_cnt = (uint64_t)k;
    if (k & 1) write_in_place(bj_market_shared(market) + idx, row);
    else bj_market_end(market, idx);
}

static bool belongs_together(const bj_market_row_t *row) {
    int64_t k = row->exch_ns;
    bool ok =
        row->update_cnt == (uint64_t)k && row->volume_qty == k * 3 && row->last_price_paise == k;
    for (int i = 0; i < BJ_MARKET_LEVELS && k; i++) {
        ok &= row->bid[i].price_paise == k - i && row->bid[i].qty == k + i;
        ok &= row->ask[i].price_paise == k + i && row->ask[i].qty == k - i;
    }
    return ok;
}

static void write_tick(bj_market_t *market, int64_t k) {
    bj_market_tick_t tick = {.exch_ns = k,
                             .instrument_idx = (uint32_t)k,
                             .kind = BJ_TICK_TRADE,
                             .price_paise = (int32_t)k,
                             .qty = 1,
                             .bid_qty = k * 5,
                             .ask_qty = k * 7};
    bj_market_tick(market, &tick);
}

static void *writer(void *arg) {
    bj_market_t *market = arg;
    for (int64_t k = 1; k <= ROUNDS; k++) {
        write_row(market, (uint32_t)(k % INSTRUMENT_CNT), k);
        write_tick(market, k);
    }
    return NULL;
}

typedef struct look {
    unsigned torn, refused, backwards;
    uint64_t got, missed, last;
} look_t;

/* Reads until the last tick: 1, 2, ... with the holes it was told of. */
static void *read_ticks(void *arg) {
    look_t *look = arg;
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_tick_t tick;
    uint64_t next = 1, missed;
    while (reader && look->last < ROUNDS) {
        if (!bj_market_next(reader, &next, &tick, &missed)) continue;
        look->got++;
        look->missed += missed;
        look->torn += tick.exch_ns != (int64_t)tick.seq || tick.bid_qty != tick.exch_ns * 5 ||
                      tick.ask_qty != tick.exch_ns * 7 || tick.price_paise != tick.exch_ns;
        look->backwards += tick.seq != look->last + missed + 1 || next != tick.seq + 1;
        look->last = tick.seq;
    }
    bj_market_close(reader);
    return NULL;
}

static void *read_rows(void *arg) {
    look_t *look = arg;
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_row_t row;
    int64_t before[INSTRUMENT_CNT] = {0};
    for (uint32_t i = 0; reader && look->last < ROUNDS; i = (i + 1) % INSTRUMENT_CNT) {
        if (!bj_market_read(reader, i, &row)) {
            look->refused++;
            continue;
        }
        look->got++;
        look->torn += !belongs_together(&row) || row.token != instruments[i].token;
        look->backwards += row.exch_ns < before[i];
        before[i] = row.exch_ns;
        if ((uint64_t)row.exch_ns > look->last) look->last = (uint64_t)row.exch_ns;
    }
    bj_market_close(reader);
    return NULL;
}

static void test_threads(void) {
    /* The smallest ring: the reader is lapped in the middle of a tick as often as can be. */
    bj_market_t *market = bj_market_create(file, instruments, INSTRUMENT_CNT, 2, 1);
    pthread_t thread[4];
    look_t look[3] = {{0}};
    pthread_create(&thread[0], NULL, read_ticks, &look[0]);
    pthread_create(&thread[1], NULL, read_rows, &look[1]);
    pthread_create(&thread[2], NULL, read_rows, &look[2]);
    pthread_create(&thread[3], NULL, writer, market);
    for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
    for (int i = 0; i < 3; i++) {
        BJ_CHECK(look[i].torn == 0 && look[i].refused == 0 && look[i].backwards == 0);
        BJ_CHECK(look[i].got > 0 && look[i].last == ROUNDS);
    }
    BJ_CHECK(look[0].got + look[0].missed == ROUNDS);
    bj_market_destroy(market);
}

/* Levels move as told, and nothing else of the row does. */
static void test_levels_in_place(void) {
    enum { CNT = BJ_MARKET_LEVELS };
    bj_market_t *market = bj_market_create(file, instruments, INSTRUMENT_CNT, 2, 1);
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_row_t *shared = bj_market_shared(market) + 1, row;
    static const struct { uint32_t side, from, to; } cases[] = {
        {0, 0, 0}, {0, 0, CNT - 1}, {1, 0, CNT - 1}, {0, 3, 9}, {1, CNT - 2, CNT - 1}, {1, 5, 5}};
    for (size_t k = 0; k < 2 * BJ_COUNT(cases); k++) {
        bool down = k & 1;
        uint32_t side = cases[k / 2].side, from = cases[k / 2].from, to = cases[k / 2].to;
        bj_market_stamp_t stamp = {5 + (int64_t)k, 9};
        write_row(market, 1, 1001);
        bj_market_row_t was = *shared;
        bj_market_enter(shared);
        bj_market_level_t *levels = bj_market_side(shared, side);
        if (down) bj_market_move_down(levels, from, to);
        else bj_market_move_up(levels, from, to);
        bj_market_put_level(&levels[down ? from : to], (bj_market_level_t){-7, 3, 1});
        bj_market_put_total(shared, side, 100);
        bj_market_leave(shared, &stamp);
        bj_market_level_t *want = bj_market_side(&was, side);
        if (down) memmove(want + from + 1, want + from, (to - from) * sizeof *want);
        else memmove(want + from, want + from + 1, (to - from) * sizeof *want);
        want[down ? from : to] = (bj_market_level_t){-7, 3, 1};
        BJ_CHECK(bj_market_read(reader, 1, &row) && row.version == was.version + 2);
        BJ_CHECK(!memcmp(row.bid, was.bid, sizeof row.bid + sizeof row.ask));
        BJ_CHECK(row.exch_ns == 5 + (int64_t)k && row.update_cnt == 9);
        BJ_CHECK(row.total_buy_qty == (side ? was.total_buy_qty : 100));
        BJ_CHECK(row.total_sell_qty == (side ? 100 : was.total_sell_qty));
        BJ_CHECK(row.volume_qty == was.volume_qty && !strcmp(row.symbol, was.symbol));
    }
    bj_market_close(reader);
    bj_market_destroy(market);
}

/* Figures are the draft's, and who the row is stays. */
static void test_figures_in_place(void) {
    bj_market_t *market = bj_market_create(file, instruments, INSTRUMENT_CNT, 2, 1);
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_row_t *draft = bj_market_begin(market, 1), *shared = bj_market_shared(market) + 1;
    bj_market_row_t row;
    draft->flags = BJ_MARKET_STALE;
    draft->volume_qty = 77;
    draft->bid[0] = (bj_market_level_t){1, 1, 1}; /* is not a figure */
    bj_market_enter(shared);
    bj_market_put_figures(shared, draft);
    bj_market_leave(shared, &(bj_market_stamp_t){.exch_ns = 5, .update_cnt = 9});
    BJ_CHECK(bj_market_read(reader, 1, &row) && row.volume_qty == 77 && row.exch_ns == 5);
    BJ_CHECK(row.token == instruments[1].token && row.tick_paise == instruments[1].tick_paise);
    BJ_CHECK(row.flags == BJ_MARKET_STALE && row.segment == draft->segment);
    BJ_CHECK(row.bid[0].order_cnt == 0);
    bj_market_close(reader);
    bj_market_destroy(market);
}

static void test_lapped(void) {
    bj_market_t *market = bj_market_create(file, instruments, INSTRUMENT_CNT, RING_DEPTH, 1);
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_tick_t tick;
    uint64_t next = 0, missed;
    BJ_CHECK(!bj_market_next(reader, &next, &tick, &missed) && next == 1); /* from now */
    static const struct { int writes; uint64_t missed; } cases[] = {
        {1, 0}, {RING_DEPTH, 0}, {RING_DEPTH + 1, 1}, {3 * RING_DEPTH + 7, 2 * RING_DEPTH + 7}};
    int64_t k = 0;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        for (int n = 0; n < cases[i].writes; n++) write_tick(market, ++k);
        BJ_CHECK(bj_market_next(reader, &next, &tick, &missed) && missed == cases[i].missed);
        while (bj_market_next(reader, &next, &tick, &missed)) BJ_CHECK(missed == 0);
        BJ_CHECK(next == (uint64_t)k + 1 && tick.exch_ns == k);
    }
    next = 0;
    write_tick(market, ++k);
    BJ_CHECK(!bj_market_next(reader, &next, &tick, &missed) && next == (uint64_t)k + 1);
    bj_market_close(reader);
    bj_market_destroy(market);
}

static void test_lookups(void) {
    bj_market_t *market = bj_market_create(file, instruments, INSTRUMENT_CNT, RING_DEPTH, 77);
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_row_t row;
    BJ_CHECK(bj_market_find_symbol(reader, "INFY") == 1 && bj_market_find_token(reader, 1594) == 1);
    BJ_CHECK(bj_market_find_symbol(reader, "EXACTLY31CHARS-EXACTLY31CHARS-A") == 2);
    BJ_CHECK(bj_market_find_symbol(reader, "EXACTLY31CHARS-EXACTLY31CHARS-") == UINT32_MAX);
    BJ_CHECK(bj_market_find_symbol(reader, "NIFTY26NOV24500CE") == 3);
    BJ_CHECK(bj_market_find_symbol(reader, "NIFTY26NOV24500") == UINT32_MAX);
    BJ_CHECK(bj_market_find_symbol(reader, "") == UINT32_MAX);
    BJ_CHECK(bj_market_find_symbol(reader, "INF") == UINT32_MAX);
    BJ_CHECK(bj_market_find_token(reader, 0) == UINT32_MAX);
    BJ_CHECK(bj_market_read(reader, 0, &row) && row.band_hi_paise == 157920 &&
             row.tick_paise == 10);
    BJ_CHECK(!bj_market_read(reader, INSTRUMENT_CNT, &row));
    static const struct {
        bj_segment_t segment; uint32_t token; bool spread; uint32_t want;
    } in[] = {
        {BJ_SEGMENT_CM, 2885, false, 0}, {BJ_SEGMENT_FO, 2885, false, 3},
        {BJ_SEGMENT_FO, 2885, true, 4},  {BJ_SEGMENT_CM, 2885, true, UINT32_MAX},
        {BJ_SEGMENT_CM, 1594, false, 1}, {BJ_SEGMENT_CD, 25, false, 2},
        {BJ_SEGMENT_CM, 25, false, UINT32_MAX}, {BJ_SEGMENT_CO, 2885, false, UINT32_MAX}};
    for (size_t i = 0; i < BJ_COUNT(in); i++)
        BJ_CHECK(bj_market_find_in(reader, in[i].segment, in[i].token, in[i].spread) == in[i].want);
    BJ_CHECK(bj_market_find_token(reader, 2885) == 0);
    BJ_CHECK(bj_market_read(reader, 4, &row) && row.spread && row.segment == BJ_SEGMENT_FO);
    BJ_CHECK(row.leg_token[0] == 35001 && row.leg_token[1] == 35002 && row.band_lo_paise == -9000);
    BJ_CHECK(row.units_per_rupee == 100);
    BJ_CHECK(bj_market_read(reader, 2, &row) && row.units_per_rupee == 10000000 && !row.spread);
    bj_feed_counters_t counters = {.datagrams_a = 5, .heartbeats = 9};
    bj_market_beat(market, 100, 90, &counters);
    const bj_market_header_t *head = bj_market_head(reader);
    BJ_CHECK(head->counters.datagrams_a == 5 && head->counters.heartbeats == 9);
    BJ_CHECK(head->heartbeat_ns == 100 && head->feed_ns == 90 && head->start_ns == 77);
    bj_market_close(reader);
    bj_market_destroy(market);
}

/* Every one of many is found, and nothing else; then two of one name. */
static void test_many(void) {
    enum { CNT = 5000 };
    bj_market_instrument_t *many = calloc(CNT, sizeof *many);
    for (uint32_t i = 0; i < CNT; i++) {
        many[i].token = i / 2 * 7 + 1;
        many[i].segment = (uint8_t)(i % 2 + BJ_SEGMENT_FO);
        snprintf(many[i].symbol, sizeof many[i].symbol, "SYMBOL%uCE", i);
    }
    many[CNT - 1] = many[10];
    bj_market_t *market = bj_market_create(file, many, CNT, RING_DEPTH, 1);
    bj_market_reader_t *reader = bj_market_open(file);
    for (uint32_t i = 0; i < CNT - 1; i++) {
        bj_segment_t segment = (bj_segment_t)many[i].segment;
        BJ_CHECK(bj_market_find_in(reader, segment, many[i].token, false) == i);
        BJ_CHECK(bj_market_find_symbol(reader, many[i].symbol) == i);
        BJ_CHECK(bj_market_find_in(reader, segment, many[i].token + 1, false) == UINT32_MAX);
    }
    BJ_CHECK(bj_market_find_symbol(reader, "SYMBOL4999CE") == UINT32_MAX);
    bj_market_close(reader);
    bj_market_destroy(market);
    free(many);
}

/* A writer that died inside a row: that row is refused in bounded time, its neighbour is served. */
static void test_died_inside(void) {
    bj_market_destroy(bj_market_create(file, instruments, INSTRUMENT_CNT, RING_DEPTH, 1));
    FILE *out = fopen(file, "r+");
    uint32_t odd = 7;
    fseek(out, (long)sizeof(bj_market_header_t), SEEK_SET);
    BJ_CHECK(fwrite(&odd, sizeof odd, 1, out) == 1);
    fclose(out);
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_row_t row;
    BJ_CHECK(!bj_market_read(reader, 0, &row));
    BJ_CHECK(bj_market_read(reader, 1, &row) && row.token == instruments[1].token);
    bj_market_close(reader);
}

/* Every bad file reads as "not there". */
static void test_bad_files(void) {
    char bad[80];
    snprintf(bad, sizeof bad, "%s/bad", dir);
    BJ_CHECK(!bj_market_open(bad));
    bj_market_destroy(bj_market_create(file, instruments, INSTRUMENT_CNT, RING_DEPTH, 1));
    FILE *in = fopen(file, "r");
    static uint8_t good[64 * 1024];
    size_t n = fread(good, 1, sizeof good, in);
    fclose(in);
    static const struct { size_t at, cut; uint8_t value; bool opens; } cases[] = {
        {0, 0, 'B', true},  {0, 0, 'X', false}, {8, 0, 9, false},  {12, 0, 6, false},
        {12, 0, 0, false},  {16, 0, 65, false}, {16, 0, 32, false}, {23, 0, 1, false},
        {0, 1, 'B', false}, {0, 60000, 'B', false}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        FILE *out = fopen(bad, "w");
        uint8_t was = good[cases[i].at];
        good[cases[i].at] = cases[i].value;
        BJ_CHECK(fwrite(good, 1, n > cases[i].cut ? n - cases[i].cut : 7, out) > 0);
        good[cases[i].at] = was;
        fclose(out);
        bj_market_reader_t *reader = bj_market_open(bad);
        BJ_CHECK((reader != NULL) == cases[i].opens);
        if ((reader != NULL) != cases[i].opens) fprintf(stderr, "  in case %zu\n", i);
        bj_market_close(reader);
    }
    unlink(bad);
    BJ_CHECK(!bj_market_create(file, instruments, 0, RING_DEPTH, 1));
    BJ_CHECK(!bj_market_create(file, instruments, 1, 48, 1));
    BJ_CHECK(!bj_market_create("/nonexistent/market", instruments, 1, 64, 1));
}

/* A market that keeps no ticks has rows as any other. */
static void test_no_ticks(void) {
    bj_market_t *market =
        bj_market_create(file, instruments, INSTRUMENT_CNT, BJ_MARKET_NO_TICKS, 1000);
    bj_market_reader_t *reader = bj_market_open(file);
    bj_market_row_t row;
    bj_market_tick_t tick;
    uint64_t next_seq = 1, missed_cnt = 7;
    for (int64_t ns = 11; ns <= 13; ns++) {
        write_row(market, 1, ns);
        bj_market_tick(market, &(bj_market_tick_t){.exch_ns = ns, .kind = BJ_TICK_TOP});
    }
    BJ_CHECK(reader && bj_market_read(reader, 1, &row) && row.exch_ns == 13);
    BJ_CHECK(!bj_market_next(reader, &next_seq, &tick, &missed_cnt) && missed_cnt == 0);
    BJ_CHECK(next_seq == 1 && bj_market_head(reader)->tick_seq == 0);
    bj_market_close(reader);
    bj_market_destroy(market);
}

static void wait_byte(int fd) {
    char byte;
    BJ_CHECK(read(fd, &byte, 1) == 1);
}

/* Another process reads, the writer begins again, the reader notices and finds the new figures. */
static void test_restart(void) {
    int up[2], down[2];
    BJ_CHECK(pipe(up) == 0 && pipe(down) == 0);
    bj_market_t *market = bj_market_create(file, instruments, INSTRUMENT_CNT, RING_DEPTH, 1000);
    write_row(market, 1, 11);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        bj_fail_cnt = 0;
        bj_market_row_t row;
        bj_market_reader_t *reader = bj_market_open(file);
        BJ_CHECK(reader && bj_market_read(reader, 1, &row) && row.exch_ns == 11);
        BJ_CHECK(!bj_market_replaced(reader));
        BJ_CHECK(write(up[1], "x", 1) == 1);
        wait_byte(down[0]);
        BJ_CHECK(bj_market_replaced(reader));
        /* The old world stands still. */
        BJ_CHECK(bj_market_read(reader, 1, &row) && row.exch_ns == 11);
        bj_market_close(reader);
        reader = bj_market_open(file);
        BJ_CHECK(reader && !bj_market_replaced(reader));
        BJ_CHECK(bj_market_read(reader, 1, &row) && row.exch_ns == 22);
        bj_market_close(reader);
        _exit(bj_fail_cnt != 0);
    }
    wait_byte(up[0]);
    bj_market_destroy(market);
    market = bj_market_create(file, instruments, INSTRUMENT_CNT, RING_DEPTH, 2000);
    write_row(market, 1, 22);
    BJ_CHECK(write(down[1], "x", 1) == 1);
    int status = -1;
    BJ_CHECK(waitpid(child, &status, 0) == child && status == 0);
    bj_market_destroy(market);
    for (int i = 0; i < 2; i++) close(up[i]), close(down[i]);
}

int main(void) {
    if (!mkdtemp(dir)) return 1;
    snprintf(file, sizeof file, "%s/market.shm", dir);
    test_restart();
    test_levels_in_place();
    test_figures_in_place();
    test_lapped();
    test_lookups();
    test_many();
    test_died_inside();
    test_bad_files();
    test_no_ticks();
    test_threads();
    unlink(file);
    rmdir(dir);
    return bj_test_end("test_bj_market");
}
