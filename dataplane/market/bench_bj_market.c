/* What a change of a row and a tick cost the writer, and a row the reader. */
#include "dataplane/market/bj_market.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"

enum { INSTRUMENT_CNT = 60, ROUNDS = 1000000 };

static double ns_each(int64_t from_ns) { return (double)(bj_clock_mono_ns() - from_ns) / ROUNDS; }

int main(void) {
    static bj_market_instrument_t instruments[INSTRUMENT_CNT];
    char file[] = "/tmp/bj_market_bench_XXXXXX";
    int fd = mkstemp(file);
    close(fd);
    bj_market_t *market = bj_market_create(file, instruments, INSTRUMENT_CNT, 65536, 1);
    bj_market_reader_t *reader = market ? bj_market_open(file) : NULL;
    if (!reader) return 1;

    int64_t from_ns = bj_clock_mono_ns();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        bj_market_row_t *row = bj_market_begin(market, i % INSTRUMENT_CNT);
        row->exch_ns = i;
        row->bid[0].qty = i;
        bj_market_end(market, i % INSTRUMENT_CNT);
    }
    printf("market_row_write_ns %.1f ns\n", ns_each(from_ns));

    from_ns = bj_clock_mono_ns();
    for (uint32_t i = 0; i < ROUNDS; i++) {
        bj_market_tick(market, &(bj_market_tick_t){.exch_ns = i, .instrument_idx = i});
    }
    printf("market_tick_write_ns %.1f ns\n", ns_each(from_ns));

    bj_market_row_t row;
    unsigned got = 0;
    from_ns = bj_clock_mono_ns();
    for (uint32_t i = 0; i < ROUNDS; i++) got += bj_market_read(reader, i % INSTRUMENT_CNT, &row);
    printf("market_row_read_ns %.1f ns\n", ns_each(from_ns));
    bj_market_close(reader);
    bj_market_destroy(market);
    unlink(file);
    return got != ROUNDS;
}
