#include "dataplane/replay/bj_replay.h"

#include <stdlib.h>
#include <sys/mman.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/replay/bj_flow.h"

enum { BLOCK = 256, RING_DEPTH = 512, HUGE_BYTES = 1 << 21 };

/* --- memory */

/* What lies before the first whole huge page, or after the last, is in small ones: that would be
 * the levels, and the ring. */
static size_t huge_up(size_t bytes) {
    return (bytes + HUGE_BYTES - 1) & ~(size_t)(HUGE_BYTES - 1);
}

void *bj_replay_map(size_t bytes) {
    size_t whole = huge_up(bytes), more = whole + HUGE_BYTES;
    uint8_t *mem = mmap(NULL, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED) return NULL;
    size_t before = huge_up((uintptr_t)mem) - (uintptr_t)mem;
    if (before) munmap(mem, before);
    munmap(mem + before + whole, HUGE_BYTES - before);
    madvise(mem + before, whole, MADV_HUGEPAGE); /* refused: ordinary pages, slower */
    return mem + before;                         /* bj_match_new writes every page */
}

void bj_replay_unmap(void *mem, size_t bytes) {
    munmap(mem, huge_up(bytes));
}

/* --- a run */

typedef struct run {
    const bj_replay_options_t *options;
    bj_replay_result_t *result;
    bj_match_t *match;
    bj_match_ring_t *ring;
    uint64_t *took_ticks; /* latency: of each command */
    uint64_t timed_cnt, engine_ns;
    uint64_t away_ns, away_ticks; /* in the reader's work while the ring was full */
    uint64_t live_max;
    bool full; /* an order found no room */
    alignas(BJ_LINE_BYTES) bj_match_cmd_t block[BLOCK]; /* none across two lines */
} run_t;

/* What reads the ring: trades into the digest and to who wants them. */
static void drain(run_t *run) {
    const bj_match_event_t *event;
    for (size_t cnt; (cnt = bj_match_ring_look(run->ring, &event));) {
        for (size_t i = 0; i < cnt; i++) {
            run->full |= event[i].reason == BJ_REJ_ENGINE_FULL;
            if (event[i].type != BJ_MEV_TRADE || run->options->quiet) continue;
            run->result->digest = bj_flow_digest(run->result->digest, &event[i]);
            if (run->options->on_trade) run->options->on_trade(run->options->ctx, &event[i]);
        }
        bj_match_ring_release(run->ring, cnt);
    }
}

static inline uint64_t ticks_now(void) {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc(); /* not ordered: half the cost, and what blurs averages out */
#else
    return (uint64_t)bj_clock_mono_ns();
#endif
}

static void on_full(void *ctx) {
    run_t *run = ctx;
    int64_t from_ns = bj_clock_mono_ns();
    uint64_t from = ticks_now();
    drain(run);
    run->away_ticks += ticks_now() - from;
    run->away_ns += (uint64_t)(bj_clock_mono_ns() - from_ns);
}

/* From the end of the command before to the end of this one. */
static void block_each_timed(run_t *run, size_t cnt) {
    uint64_t last = ticks_now();
    bj_match_burst_begin(run->match, run->block, cnt);
    for (size_t i = 0; i < cnt; i++) {
        run->away_ticks = 0;
        bj_match_burst_one(run->match, run->block, cnt, i);
        uint64_t now = ticks_now();
        run->took_ticks[run->timed_cnt + i] = now - last - run->away_ticks;
        last = now;
    }
    bj_match_burst_end(run->match);
}

static void block_run(run_t *run, const bj_flow_record_t *records, size_t cnt, bool timed) {
    int64_t from_ns = bj_clock_mono_ns();
    run->away_ns = 0;
    for (size_t i = 0; i < cnt; i++)
        bj_flow_decode(&records[i], &run->block[i]);
    if (timed && run->took_ticks)
        block_each_timed(run, cnt);
    else
        bj_match_apply(run->match, run->block, cnt);
    if (timed) {
        run->engine_ns += (uint64_t)(bj_clock_mono_ns() - from_ns) - run->away_ns;
        run->timed_cnt += cnt;
    }
    drain(run);
}

static void flow_run(run_t *run, const bj_flow_record_t *records, size_t cnt) {
    for (size_t at = 0; at < cnt;) {
        size_t block = cnt - at < BLOCK ? cnt - at : BLOCK;
        uint64_t skip_cnt = run->options->skip_cnt;
        if (at < skip_cnt && block > skip_cnt - at) block = skip_cnt - at;
        block_run(run, records + at, block, at >= skip_cnt);
        at += block;
        uint64_t live = bj_match_stats(run->match).live_orders;
        if (live > run->live_max) run->live_max = live;
    }
}

/* --- before it */

static bj_status_t look_over(const bj_flow_record_t *records, size_t cnt,
                             bj_replay_result_t *result, uint64_t *add_cnt) {
    for (size_t i = 0; i < cnt; i++) {
        const char *bad = bj_flow_bad(&records[i]);
        if (bad) {
            result->bad_record = i;
            result->bad_field = bad;
            return BJ_ERR_BAD_FIELD;
        }
        *add_cnt += records[i].op != BJ_FLOW_CANCEL && records[i].op != BJ_FLOW_MODIFY;
        if (records[i].symbol >= result->symbol_cnt) result->symbol_cnt = records[i].symbol + 1u;
    }
    return BJ_OK;
}

typedef struct engine {
    void *mem;
    size_t bytes, ring_at;
} engine_t;

static bool engine_make(engine_t *engine, run_t *run, const bj_match_config_t *config) {
    size_t match_bytes = bj_match_footprint(config);
    if (!match_bytes) return false;
    engine->ring_at = (match_bytes + BJ_PAIR_BYTES - 1) / BJ_PAIR_BYTES * BJ_PAIR_BYTES;
    engine->bytes = engine->ring_at + bj_match_ring_footprint(RING_DEPTH);
    engine->mem = bj_replay_map(engine->bytes);
    if (!engine->mem) return false;
    run->match = bj_match_new(engine->mem, config);
    run->ring = bj_match_ring_new((uint8_t *)engine->mem + engine->ring_at, RING_DEPTH);
    bj_match_out(run->match, run->ring, on_full, run);
    bj_match_instrument_t any = bj_flow_instrument();
    for (uint32_t i = 0; i < config->instrument_max; i++) {
        if (bj_match_define(run->match, i, &any) != BJ_OK) return false;
    }
    return true;
}

/* The flow, untimed, through an engine of this shape: how many orders it ever has open.
 * BJ_ERR_FULL: no such engine, or an order found no room. */
static bj_status_t try_out(const bj_flow_record_t *records, size_t cnt,
                           const bj_match_config_t *config, uint32_t *live_max) {
    static const bj_replay_options_t quiet = {.quiet = true, .skip_cnt = UINT64_MAX};
    bj_replay_result_t ignored = {0};
    engine_t engine;
    run_t *run = aligned_alloc(alignof(run_t), sizeof *run);
    if (!run) return BJ_ERR_FULL;
    *run = (run_t){.options = &quiet, .result = &ignored};
    bool made = engine_make(&engine, run, config);
    if (made) {
        flow_run(run, records, cnt);
        *live_max = (uint32_t)run->live_max;
        bj_replay_unmap(engine.mem, engine.bytes);
    }
    bool full = run->full;
    free(run);
    return made && !full ? BJ_OK : BJ_ERR_FULL;
}

/* What nobody has said about the engine's shape, the flow says in a run of its own.  Prices that
 * lie very far apart get a second one, with more pages. */
static bj_status_t size_up(const bj_flow_record_t *records, size_t cnt, uint64_t add_cnt,
                           bj_match_config_t *config) {
    enum { ORDERS_MOST = 1 << 26, PAGES_MORE = 1 << 18 };
    uint32_t live_max = 0;
    if (config->order_max) return BJ_OK;
    config->order_max = add_cnt < ORDERS_MOST ? (uint32_t)add_cnt : (uint32_t)ORDERS_MOST;
    if (!config->order_max) config->order_max = 1;
    bj_status_t status = try_out(records, cnt, config, &live_max);
    if (status != BJ_OK && !config->page_max) {
        config->page_max = PAGES_MORE;
        status = try_out(records, cnt, config, &live_max);
    }
    config->order_max = live_max + BLOCK; /* it was looked at between blocks */
    return status;
}

/* --- after it */

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Ticks to ns: counted against the system's clock. */
static double ns_per_tick(void) {
    int64_t from_ns = bj_clock_mono_ns(), now_ns;
    uint64_t from = ticks_now();
    do
        now_ns = bj_clock_mono_ns();
    while (now_ns - from_ns < 20000000);
    return (double)(now_ns - from_ns) / (double)(ticks_now() - from);
}

static uint64_t timer_ticks(void) {
    uint64_t took[1001];
    for (size_t i = 0; i < BJ_COUNT(took); i++) {
        uint64_t from = ticks_now();
        took[i] = ticks_now() - from;
    }
    qsort(took, BJ_COUNT(took), sizeof took[0], by_size);
    return took[BJ_COUNT(took) / 2];
}

static void percentiles(run_t *run) {
    bj_replay_result_t *result = run->result;
    uint64_t *took = run->took_ticks, cnt = run->timed_cnt;
    if (!cnt) return;
    double ns = ns_per_tick();
    qsort(took, cnt, sizeof *took, by_size);
    result->p50_ns = (uint64_t)((double)took[cnt / 2] * ns);
    result->p99_ns = (uint64_t)((double)took[cnt * 99 / 100] * ns);
    result->p999_ns = (uint64_t)((double)took[cnt * 999 / 1000] * ns);
    result->max_ns = (uint64_t)((double)took[cnt - 1] * ns);
    result->timer_ns = (uint64_t)((double)timer_ticks() * ns);
}

static void sum_up(run_t *run, size_t cnt) {
    bj_replay_result_t *result = run->result;
    bj_match_stats_t stats = bj_match_stats(run->match);
    result->ops = cnt;
    result->trades = stats.trade_cnt;
    result->traded_qty = stats.traded_qty;
    result->rejects = stats.reject_cnt;
    result->live_orders = stats.live_orders;
    result->ns_per_op = run->timed_cnt ? (double)run->engine_ns / (double)run->timed_cnt : 0;
    if (run->took_ticks) percentiles(run);
    if (run->options->quiet) return;
    result->bbo_digest = bj_flow_bbo_digest(run->match, result->symbol_cnt);
    result->depth_digest = bj_flow_depth_digest(run->match, result->symbol_cnt);
    result->state_hash = bj_match_hash(run->match);
}

/* Room for the times, every page written: a first touch would be taken for a slow command. */
static uint64_t *touched(size_t cnt) {
    uint64_t *ticks = malloc((cnt + 1) * sizeof *ticks);
    if (ticks) memset(ticks, 0xff, (cnt + 1) * sizeof *ticks);
    return ticks;
}

/* One timed run; then the engine goes, or is handed over. */
static bj_status_t run_timed(const bj_flow_record_t *records, size_t cnt,
                             const bj_match_config_t *config, const bj_replay_options_t *options,
                             bj_replay_result_t *result) {
    engine_t engine = {0};
    run_t *run = aligned_alloc(alignof(run_t), sizeof *run);
    if (!run) return BJ_ERR_FULL;
    *run = (run_t){.options = options, .result = result};
    if (options->latency) run->took_ticks = touched(cnt);
    bool made = (!options->latency || run->took_ticks) && engine_make(&engine, run, config);
    if (made) {
        flow_run(run, records, cnt);
        sum_up(run, cnt);
        result->mem_bytes = engine.bytes;
    }
    bool good = made && !run->full;
    if (good && options->keep) {
        *options->keep = run->match;
        *options->keep_mem = engine.mem;
    } else if (engine.mem) {
        bj_replay_unmap(engine.mem, engine.bytes);
    }
    free(run->took_ticks);
    free(run);
    return good ? BJ_OK : BJ_ERR_FULL;
}

bj_status_t bj_replay_run(const bj_flow_record_t *records, size_t cnt,
                          const bj_replay_options_t *options, bj_replay_result_t *result) {
    uint64_t add_cnt = 0;
    *result = (bj_replay_result_t){.digest = options->quiet ? 0 : BJ_FNV_OFFSET};
    bj_status_t status = look_over(records, cnt, result, &add_cnt);
    if (status != BJ_OK) return status;
    if (!result->symbol_cnt) result->symbol_cnt = 1;
    bj_match_config_t config = {.instrument_max = result->symbol_cnt,
                                .order_max = options->order_max,
                                .page_max = options->page_max};
    status = size_up(records, cnt, add_cnt, &config);
    return status == BJ_OK ? run_timed(records, cnt, &config, options, result) : status;
}
