/* What the library costs a strategy: nothing new, a tick, a row, a candle, an index. */
#include "dataplane/libbijli/bijli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/market/bj_candle.h"
#include "dataplane/market/bj_market.h"

enum { INSTRUMENTS = 60, ROUNDS = 1 << 20, RUNS = 5 };
static char dir[] = "/tmp/bijli_bench_XXXXXX", market_file[64], candles_file[64];
static bijli_t *b;
static bj_market_t *market;

/* Our own time: on a busy machine others take the core. */
static int64_t cpu_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec;
}

static void beat(void) {
    static const bj_feed_counters_t counters;
    bj_market_beat(market, bj_clock_wall_ns(), bj_clock_wall_ns(), &counters);
}

static void nothing_new(uint32_t i) {
    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    uint64_t missed;
    (void)i;
    if (bijli_next(b, &tick, &missed) != BIJLI_NONE) abort();
}
static void one_tick(uint32_t i) {
    bijli_tick_t tick = {.struct_bytes = sizeof tick};
    uint64_t missed;
    (void)i;
    if (bijli_next(b, &tick, &missed) != BIJLI_OK) abort();
}
static void one_row(uint32_t i) {
    bijli_row_t row = {.struct_bytes = sizeof row};
    if (bijli_read(b, i % INSTRUMENTS, &row) < 0) abort();
}
static void one_candle(uint32_t i) {
    bijli_candle_t candle = {.struct_bytes = sizeof candle};
    if (bijli_candle(b, i % INSTRUMENTS, &candle) != BIJLI_OK) abort();
}

static void bench(const char *name, void (*one)(uint32_t)) {
    double best = 1e9;
    for (int run = 0; run < RUNS; run++) {
        beat();
        bijli_rewind(b);
        for (uint32_t i = 0; one == nothing_new && i < ROUNDS; i++) one_tick(i);
        int64_t from_ns = cpu_ns();
        for (uint32_t i = 0; i < ROUNDS; i++) one(i);
        double ns = (double)(cpu_ns() - from_ns) / ROUNDS;
        if (ns < best) best = ns;
    }
    printf("%s %.1f ns\n", name, best);
}

int main(void) {
    static bj_market_instrument_t instruments[INSTRUMENTS];
    for (uint32_t i = 0; i < INSTRUMENTS; i++) instruments[i].token = i + 1;
    if (!mkdtemp(dir)) return 1;
    snprintf(market_file, sizeof market_file, "%s/market.shm", dir);
    snprintf(candles_file, sizeof candles_file, "%s/candles.shm", dir);
    market = bj_market_create(market_file, instruments, INSTRUMENTS, ROUNDS, 1);
    bj_candles_t *candles = bj_candles_create(candles_file, INSTRUMENTS, 1024, 1);
    if (!market || !candles || bijli_open(dir, &b) != BIJLI_OK) return 1;
    for (uint32_t i = 0; i < ROUNDS; i++)
        bj_market_tick(market, &(bj_market_tick_t){.exch_ns = i, .instrument_idx = i % 60});
    for (uint32_t i = 0; i < INSTRUMENTS; i++) bj_candles_trade(candles, i, 90 * BJ_NS_PER_S, 1, 1);
    bench("bijli_nothing_new_ns", nothing_new);
    bench("bijli_tick_ns", one_tick);
    bench("bijli_row_ns", one_row);
    bench("bijli_candle_ns", one_candle);
    bijli_close(b);
    bj_candles_destroy(candles);
    bj_market_destroy(market);
    unlink(market_file), unlink(candles_file), rmdir(dir);
    return 0;
}
