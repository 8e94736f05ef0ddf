/* What a change of a row, a tick and a trade cost the writer, alone and while eight readers follow;
 * and a row the reader.  The writer's own CPU time: on a small machine readers take its core. */
#include "dataplane/market/bj_market.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/market/bj_candle.h"
#include "dataplane/market/bj_index.h"

enum { INSTRUMENT_CNT = 60, ROUNDS = 1000000, RUNS = 7, READERS = 8, RING_DEPTH = 65536 };
static char file[64], candles_file[64], indices_file[64];
static atomic_bool stop;

static int64_t cpu_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec;
}

typedef struct bench {
    bj_market_t  *market;
    bj_market_reader_t *reader;
    bj_candles_t *candles;
    bj_indices_t *indices;
} bench_t;

/* A function for each figure, so that the compiler sees the loop as the feed's would be; the loop's
 * own instrument and price take less than half a nanosecond. */
#define ROUND(name, body)                                          \
    static void name(bench_t *b) {                                 \
        for (uint32_t i = 0, idx = 0; i < ROUNDS; i++) {           \
            body;                                                  \
            idx = idx + 1 == INSTRUMENT_CNT ? 0 : idx + 1;         \
        }                                                          \
    }

static void row_change(bench_t *b, uint32_t idx, uint32_t i) {
    bj_market_row_t *row = bj_market_begin(b->market, idx);
    row->exch_ns = i;
    row->bid[0].qty = i;
    bj_market_end(b->market, idx);
}
static void row_look(bench_t *b, uint32_t idx) {
    bj_market_row_t row;
    if (!bj_market_read(b->reader, idx, &row)) abort();
}
ROUND(row_write, row_change(b, idx, i))
ROUND(row_read, row_look(b, idx))
ROUND(tick_write,
      bj_market_tick(b->market, &(bj_market_tick_t){.exch_ns = i, .instrument_idx = idx}))
/* All in one minute; then over a day of minutes, with 44 trades in each of an instrument. */
ROUND(candle_trade,
      bj_candles_trade(b->candles, idx, INT64_C(86400000000000) + i, (int32_t)(i & 1023), 7))
static int64_t day_ns = INT64_C(2) * 86400 * BJ_NS_PER_S;
ROUND(candle_day,
      bj_candles_trade(b->candles, idx, day_ns += 22500000, (int32_t)(i & 1023), 7))
ROUND(index_trade, bj_indices_trade(b->indices, idx, 1 + (int32_t)(i & 1023)))
ROUND(index_step, bj_indices_trade(b->indices, idx, 1 + (int32_t)(i & 1023));
      (void)bj_indices_step(b->indices, (int64_t)i * BJ_NS_PER_S))

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Alone: the best run, others only make noise.  With readers: the middle one, for there the best
 * may be one in which they did not run. */
static double ns_of(bench_t *b, void (*all)(bench_t *), bool middle) {
    double ns[RUNS];
    for (int run = 0; run < RUNS; run++) {
        int64_t from_ns = cpu_ns();
        all(b);
        ns[run] = (double)(cpu_ns() - from_ns) / ROUNDS;
    }
    qsort(ns, RUNS, sizeof ns[0], by_size);
    return ns[middle ? RUNS / 2 : 0];
}
#define BEST(name, all) printf(name " %.1f ns\n", ns_of(b, all, false))
#define MIDDLE(name, all) printf(name " %.1f ns\n", ns_of(b, all, true))

/* Half of them follow the ticks, half look at rows and candles, as fast as they can. */
static void *reader_run(void *arg) {
    bj_market_reader_t *market = bj_market_open(file);
    bj_candles_reader_t *candles = bj_candles_open(candles_file);
    bj_market_tick_t tick;
    bj_market_row_t row;
    bj_candle_t candle;
    uint64_t next = 0, missed;
    uintptr_t got = 0;
    for (uint32_t i = 0; !stop; i++) {
        if ((uintptr_t)arg % 2) {
            got += bj_market_next(market, &next, &tick, &missed);
        } else {
            got += bj_market_read(market, i % INSTRUMENT_CNT, &row);
            got += bj_candles_now(candles, i % INSTRUMENT_CNT, &candle);
        }
    }
    bj_candles_close(candles);
    bj_market_close(market);
    return (void *)got;
}

static bool open_all(bench_t *b) {
    static bj_market_instrument_t instruments[INSTRUMENT_CNT];
    static bj_index_part_t parts[INSTRUMENT_CNT];
    for (uint32_t i = 0; i < INSTRUMENT_CNT; i++) {
        instruments[i].token = i + 1;
        parts[i] = (bj_index_part_t){i, 100, 1000000 + i, 10000, 10000};
    }
    bj_index_def_t def = {.name = "BENCH", .base_value_x100 = 100000, .parts = parts,
                          .part_cnt = INSTRUMENT_CNT};
    b->market = bj_market_create(file, instruments, INSTRUMENT_CNT, RING_DEPTH, 1);
    b->reader = b->market ? bj_market_open(file) : NULL;
    b->candles = bj_candles_create(candles_file, INSTRUMENT_CNT, RING_DEPTH, 1);
    b->indices = bj_indices_create(indices_file, &def, 1, INSTRUMENT_CNT, 1024, 0, 1);
    return b->reader && b->candles && b->indices;
}

static void bench_readers(bench_t *b) {
    pthread_t thread[READERS];
    for (uintptr_t i = 0; i < READERS; i++)
        pthread_create(&thread[i], NULL, reader_run, (void *)i);
    MIDDLE("market_tick_ns_8_readers", tick_write);
    MIDDLE("market_row_write_ns_8_readers", row_write);
    MIDDLE("market_candle_day_ns_8_readers", candle_day);
    stop = true;
    for (int i = 0; i < READERS; i++) pthread_join(thread[i], NULL);
}

int main(void) {
    char dir[] = "/tmp/bj_market_bench_XXXXXX";
    bench_t bench = {0}, *b = &bench;
    if (!mkdtemp(dir)) return 1;
    snprintf(file, sizeof file, "%s/market.shm", dir);
    snprintf(candles_file, sizeof candles_file, "%s/candles.shm", dir);
    snprintf(indices_file, sizeof indices_file, "%s/indices.shm", dir);
    if (!open_all(b)) return 1;
    BEST("market_row_write_ns", row_write);
    BEST("market_tick_ns_0_readers", tick_write);
    BEST("market_candle_trade_ns", candle_trade);
    BEST("market_candle_day_ns", candle_day);
    BEST("market_index_trade_ns", index_trade);
    BEST("market_index_step_ns", index_step);
    BEST("market_row_read_ns", row_read);
    bench_readers(b);
    bj_indices_destroy(b->indices);
    bj_candles_destroy(b->candles);
    bj_market_close(b->reader);
    bj_market_destroy(b->market);
    unlink(file), unlink(candles_file), unlink(indices_file), rmdir(dir);
    return 0;
}
