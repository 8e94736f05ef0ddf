/* ns of one core a message, 5.5 million messages that lie ready in memory (bench_feed_flow.h), one
 * a datagram, in bursts of 32 with a step after each: decoding alone; then with arbitration and
 * order-by-order books; then with rows of 20 levels, figures and candles; then with the ring of
 * ticks; the second copy; both sources.  And how long after it was handed in a message can be
 * read in the ring of ticks. */
#include "dataplane/feed/bench_feed_flow.h"
#include "dataplane/market/bj_candle.h"

#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { BURST = 32, MESSAGES = 5500000, ROUNDS = 4, CANDLE_RING = 1 << 20, TICK_RING = 1 << 16 };

/* What comes on top of the books. */
typedef enum top { BOOKS_ALONE, ROWS, ROWS_AND_TICKS } top_t;

/* Time on the core, not on the wall: who shares the machine is not counted. */
static int64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * BJ_NS_PER_S + t.tv_nsec;
}

/* --- a feed over a market of its own */
typedef struct bed {
    bj_market_t *market;
    bj_market_reader_t *reader;
    bj_candles_t *candles;
    bj_feed_t *feed;
    size_t bytes;
    uint32_t symbol_cnt;
    int64_t now_ns;
} bed_t;

static void on_trade(void *candles, uint32_t idx, int64_t exch_ns, int32_t price, int32_t qty) {
    bj_candles_trade(candles, idx, exch_ns, price, qty);
}

static bj_candles_t *candles_make(uint32_t symbol_cnt) {
    char file[] = "/dev/shm/bj_bench_candles_XXXXXX";
    close(mkstemp(file));
    bj_candles_t *candles = bj_candles_create(file, symbol_cnt, CANDLE_RING, FLOW_NOW_NS);
    unlink(file);
    if (!candles) abort();
    return candles;
}

static bj_market_t *market_make(uint32_t symbol_cnt, uint64_t ring_depth,
                                bj_market_reader_t **reader) {
    char file[] = "/dev/shm/bj_bench_feed_XXXXXX";
    bj_market_instrument_t *is = calloc(symbol_cnt, sizeof *is);
    for (uint32_t i = 0; i < symbol_cnt; i++)
        is[i] = (bj_market_instrument_t){.token = flow_token(i), .tick_paise = FLOW_TICK_PAISE,
                                         .lot_qty = 25};
    close(mkstemp(file));
    bj_market_t *market = bj_market_create(file, is, symbol_cnt, ring_depth, FLOW_NOW_NS);
    *reader = bj_market_open(file);
    if (!market || !*reader) abort();
    unlink(file);
    free(is);
    return market;
}

static void *map(size_t bytes) {
    void *mem = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED) abort();
    madvise(mem, bytes, MADV_HUGEPAGE);
    return mem;
}

static void bed_open(bed_t *bed, const flow_t *flow, top_t top) {
    bj_feed_instrument_t *is = calloc(flow->symbol_cnt, sizeof *is);
    bj_feed_stream_t streams[FLOW_STREAMS] = {0};
    for (uint32_t i = 0; i < FLOW_STREAMS; i++)
        streams[i] = (bj_feed_stream_t){.segment = BJ_SEGMENT_FO, .stream_id = (uint16_t)(i + 1)};
    for (uint32_t i = 0; i < flow->symbol_cnt; i++)
        is[i] = (bj_feed_instrument_t){.token = flow_token(i),
                                       .stream_idx = (uint16_t)flow_stream(i)};
    int32_t *ticks_paise = calloc(flow->symbol_cnt, sizeof *ticks_paise);
    for (uint32_t i = 0; i < flow->symbol_cnt; i++) ticks_paise[i] = FLOW_TICK_PAISE;
    *bed = (bed_t){.symbol_cnt = flow->symbol_cnt, .now_ns = FLOW_NOW_NS};
    uint64_t ring_depth = top == ROWS ? BJ_MARKET_NO_TICKS : TICK_RING;
    if (top) bed->market = market_make(flow->symbol_cnt, ring_depth, &bed->reader);
    if (top) bed->candles = candles_make(flow->symbol_cnt);
    bj_feed_config_t config = {.instruments = is, .instrument_cnt = flow->symbol_cnt,
                               .streams = streams, .stream_cnt = FLOW_STREAMS,
                               .order_max = flow->live_target + flow->live_target / 40 + 1024,
                               .gap_wait_ns = 1000000, .ticks_paise = ticks_paise,
                               .market = bed->market,
                               .on_trade = top ? on_trade : NULL, .on_trade_ctx = bed->candles};
    bed->bytes = bj_feed_footprint(&config);
    bed->feed = bj_feed_new(map(bed->bytes), &config);
    if (!bed->feed) abort();
    free(is), free(ticks_paise);
}

static void bed_close(bed_t *bed) {
    munmap(bed->feed, bed->bytes);
    bj_market_close(bed->reader);
    bj_market_destroy(bed->market);
    bj_candles_destroy(bed->candles);
}

/* --- handing in messages [at, end) of the flow.  Bit 0 of sources: A; bit 1: B, right behind. */
static void hand_in(bed_t *bed, const flow_t *flow, uint64_t at, uint64_t end, unsigned sources,
                    uint32_t burst) {
    while (at < end) {
        uint32_t cnt = end - at < burst ? (uint32_t)(end - at) : burst;
        bed->now_ns += 150 * cnt;
        for (uint32_t source = 0; source < BJ_FEED_SOURCES; source++) {
            if (sources >> source & 1)
                bj_feed_datagrams(bed->feed, source, BJ_SEGMENT_FO, flow->packet + at, cnt,
                                  bed->now_ns);
        }
        bj_feed_step(bed->feed, bed->now_ns);
        if (bed->candles) bj_candles_step(bed->candles, bed->now_ns);
        at += cnt;
    }
}

/* --- what is measured */
static double parse_ns(const flow_t *flow) {
    uint64_t sum = 0;
    int64_t from_ns = cpu_ns();
    for (size_t at = flow->start_bytes, used; at < flow->byte_cnt; at += used) {
        bj_feed_msg_t msg;
        if (bj_feed_decode(flow->bytes + at, flow->byte_cnt - at, &msg, &used) != BJ_OK) abort();
        sum += msg.order_id ^ (uint32_t)msg.price_paise ^ (uint32_t)msg.qty ^ msg.token;
    }
    int64_t took_ns = cpu_ns() - from_ns;
    if (sum == 1) puts("");
    return (double)took_ns / (double)(flow->message_cnt - flow->start_cnt);
}

static double feed_ns(const flow_t *flow, top_t top, unsigned sources, double *copy_ns) {
    bed_t bed;
    bed_open(&bed, flow, top);
    hand_in(&bed, flow, 0, flow->start_cnt, 1, BURST);
    int64_t from_ns = cpu_ns();
    hand_in(&bed, flow, flow->start_cnt, flow->message_cnt, sources, BURST);
    double cnt = (double)(flow->message_cnt - flow->start_cnt);
    double ns = (double)(cpu_ns() - from_ns) / cnt;
    const bj_feed_counters_t *counters = bj_feed_counters(bed.feed);
    if (counters->messages != flow->message_cnt || counters->unknown_orders || counters->gaps)
        printf("# %lu messages, %lu unknown orders, %lu gaps\n",
               (unsigned long)counters->messages, (unsigned long)counters->unknown_orders,
               (unsigned long)counters->gaps);
    if (copy_ns) {
        from_ns = cpu_ns();
        hand_in(&bed, flow, flow->start_cnt, flow->message_cnt, 2, BURST);
        *copy_ns = (double)(cpu_ns() - from_ns) / cnt;
    }
    bed_close(&bed);
    return ns;
}

static void least(double *best, double ns) {
    if (*best == 0 || ns < *best) *best = ns;
}

typedef struct figures {
    double top[ROWS_AND_TICKS + 1], second_copy, both;
} figures_t;

/* In turns, so that what the machine does meanwhile is done to all of them. */
static figures_t figures_of(const flow_t *flow) {
    figures_t best = {0};
    for (int round = 0; round < ROUNDS; round++) {
        double copy;
        least(&best.top[BOOKS_ALONE], feed_ns(flow, BOOKS_ALONE, 1, &copy));
        least(&best.second_copy, copy);
        least(&best.top[ROWS], feed_ns(flow, ROWS, 1, NULL));
        least(&best.top[ROWS_AND_TICKS], feed_ns(flow, ROWS_AND_TICKS, 1, NULL));
        least(&best.both, feed_ns(flow, ROWS_AND_TICKS, 3, NULL));
    }
    return best;
}

static int by_size(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* From before the burst is handed in until after the step that has put its ticks into the ring:
 * for every message that made one. */
static void tick_ns(const flow_t *flow, uint32_t burst) {
    enum { SAMPLES = 200000 };
    int64_t *took_ns = malloc(SAMPLES * sizeof *took_ns);
    bed_t bed;
    bed_open(&bed, flow, ROWS_AND_TICKS);
    hand_in(&bed, flow, 0, flow->start_cnt, 1, BURST);
    const bj_market_header_t *head = bj_market_head(bed.reader);
    size_t cnt = 0;
    for (uint64_t at = flow->start_cnt; cnt < SAMPLES && at + burst <= flow->message_cnt;
         at += burst) {
        uint64_t seq = head->tick_seq;
        bed.now_ns += 150 * burst;
        int64_t from_ns = bj_clock_mono_ns();
        bj_feed_datagrams(bed.feed, 0, BJ_SEGMENT_FO, flow->packet + at, burst, bed.now_ns);
        bj_feed_step(bed.feed, bed.now_ns);
        int64_t ns = bj_clock_mono_ns() - from_ns;
        if (head->tick_seq != seq) took_ns[cnt++] = ns;
    }
    qsort(took_ns, cnt, sizeof *took_ns, by_size);
    printf("mtbt_tick_to_ring_p50_ns_burst_%u %ld ns\nmtbt_tick_to_ring_p99_ns_burst_%u %ld ns\n",
           burst, (long)took_ns[cnt / 2], burst, (long)took_ns[cnt * 99 / 100]);
    bed_close(&bed);
    free(took_ns);
}

static void shape(uint32_t symbols, uint32_t live) {
    flow_t flow;
    double parse = 0;
    flow_make(&flow, symbols, live, MESSAGES);
    for (int round = 0; round < ROUNDS; round++) least(&parse, parse_ns(&flow));
    figures_t got = figures_of(&flow);
    printf("mtbt_parse_ns_%u %.1f ns\n", symbols, parse);
    printf("mtbt_books_ns_%u %.1f ns\n", symbols, got.top[BOOKS_ALONE]);
    printf("mtbt_rows_ns_%u %.1f ns\n", symbols, got.top[ROWS]);
    printf("mtbt_full_ns_%u %.1f ns\n", symbols, got.top[ROWS_AND_TICKS]);
    printf("mtbt_rows_on_top_ns_%u %.1f ns\n", symbols, got.top[ROWS] - got.top[BOOKS_ALONE]);
    printf("mtbt_second_copy_ns_%u %.1f ns\n", symbols, got.second_copy);
    printf("mtbt_both_sources_ns_%u %.1f ns\n", symbols, got.both);
    if (symbols == 2000) {
        tick_ns(&flow, 1);
        tick_ns(&flow, BURST);
    }
    fflush(stdout);
    flow_free(&flow);
}

static void many(void) {
    flow_t flow;
    flow_make(&flow, 100000, 5000000, MESSAGES);
    printf("mtbt_full_ns_5m %.1f ns\n", feed_ns(&flow, ROWS_AND_TICKS, 1, NULL));
    flow_free(&flow);
}

/* Of the names given, or all. */
int main(int argc, char **argv) {
    bool all = argc < 2;
    for (int i = 1; i <= argc; i++) {
        const char *name = i < argc ? argv[i] : "";
        if (all || !strcmp(name, "64")) shape(64, 19000);
        if (all || !strcmp(name, "2000")) shape(2000, 187000);
        if (all || !strcmp(name, "5m")) many();
    }
    return 0;
}
