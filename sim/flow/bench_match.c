/* What matching costs: whole flows of many kinds, single kinds of commands, two shards beside each
 * other.  One pinned core (but for the shards); generated flows, the same on any machine.  What a
 * run matched is checked against the generator's own books.
 *
 *   BENCH_QUICK=1   everything once and small, in a few seconds: does it run at all? */
#include "sim/flow/bench_match.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/replay/bj_replay.h"

/* --- figures */
bool bench_quick(void) {
    return getenv("BENCH_QUICK") != NULL;
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double bench_median(double *values, size_t cnt) {
    qsort(values, cnt, sizeof *values, by_value);
    return values[cnt / 2];
}

void bench_say(const char *name, const char *unit, double *values, size_t cnt) {
    double median = bench_median(values, cnt);
    printf("%s_min %.1f %s\n", name, values[0], unit);
    printf("%s_median %.1f %s\n", name, median, unit);
    fflush(stdout);
}

_Noreturn void bench_give_up(const char *why) {
    fprintf(stderr, "bench_match: %s\n", why);
    exit(1);
}

void *bench_alloc(size_t bytes) {
    void *mem = aligned_alloc(BJ_PAIR_BYTES, (bytes + BJ_PAIR_BYTES - 1) & ~(BJ_PAIR_BYTES - 1ul));
    if (!mem) bench_give_up("no memory");
    return mem;
}

/* --- cores: those this process may use, in order */
static cpu_set_t allowed_cores(void) {
    static cpu_set_t set; /* as it was before anything was pinned */
    if (!CPU_COUNT(&set) && sched_getaffinity(0, sizeof set, &set))
        bench_give_up("no core to pin to");
    return set;
}

size_t bench_core_cnt(void) {
    cpu_set_t set = allowed_cores();
    return (size_t)CPU_COUNT(&set);
}

void bench_pin(size_t core) {
    cpu_set_t set = allowed_cores(), one;
    size_t cpu = 0;
    for (size_t seen = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &set) && seen++ == core) break;
    }
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    if (sched_setaffinity(0, sizeof one, &one)) bench_give_up("cannot pin to a core");
}

/* --- flows */
bench_flow_t bench_flow_new(const bj_flow_gen_config_t *config) {
    bench_flow_t flow = {.records = bench_alloc(config->op_cnt * sizeof(bj_flow_record_t))};
    bj_flow_gen_t *gen = bj_flow_gen_new(config);
    if (!gen) bench_give_up("no flow");
    flow.cnt = bj_flow_gen_fill(gen, flow.records, config->op_cnt);
    flow.stats = bj_flow_gen_stats(gen);
    bj_flow_gen_free(gen);
    return flow;
}

static bj_replay_result_t replay(const bench_flow_t *flow, bool latency) {
    bj_replay_options_t options = {.latency = latency,
                                   .quiet = true,
                                   .skip_cnt = flow->stats.warm_cnt,
                                   /* all that ever rest, and the one on its way */
                                   .order_max = (uint32_t)flow->stats.live_peak + 1};
    bj_replay_result_t result;
    bj_status_t status = bj_replay_run(flow->records, flow->cnt, &options, &result);
    if (status != BJ_OK) bench_give_up(bj_status_text(status));
    bool same = result.trades == flow->stats.trade_cnt &&
                result.live_orders == flow->stats.live_cnt &&
                result.rejects == flow->stats.stale_cnt;
    if (!same) bench_give_up("the engine and the generator do not agree");
    return result;
}

double bench_replay_ns(const bench_flow_t *flow) {
    return replay(flow, false).ns_per_op;
}

typedef struct row {
    const char *name;
    uint32_t symbol_cnt, live_target;
    uint32_t op_cnt, runs;
    bj_flow_path_t path;
    bj_flow_ids_t ids;
    bool bare; /* beside the plain ladder */
} row_t;

static const row_t rows[] = {
    {"match_1sym", 1, 1000, 2000000, 7, BJ_FLOW_CALM, BJ_FLOW_DENSE, true},
    {"match_64sym_sparse", 64, 19000, 2000000, 7, BJ_FLOW_CALM, BJ_FLOW_SPARSE, false},
    {"match_64sym_942k", 64, 942000, 4000000, 5, BJ_FLOW_CALM, BJ_FLOW_DENSE, false},
    {"match_2000sym_187k", 2000, 187000, 2500000, 5, BJ_FLOW_CALM, BJ_FLOW_DENSE, false},
    {"match_2000sym_4m", 2000, 4000000, 9000000, 3, BJ_FLOW_CALM, BJ_FLOW_DENSE, false},
};

/* Calm first: it is also the plain figure, and what the others are held against. */
static const row_t paths[] = {
    {"match_64sym", 64, 19000, 2000000, 7, BJ_FLOW_CALM, BJ_FLOW_DENSE, true},
    {"match_64sym_trend", 64, 19000, 2000000, 7, BJ_FLOW_TREND, BJ_FLOW_DENSE, true},
    {"match_64sym_swing25", 64, 19000, 2000000, 7, BJ_FLOW_SWING25, BJ_FLOW_DENSE, true},
    {"match_64sym_swing40", 64, 19000, 2000000, 7, BJ_FLOW_SWING40, BJ_FLOW_DENSE, true},
    {"match_64sym_crash", 64, 19000, 2000000, 7, BJ_FLOW_CRASH, BJ_FLOW_DENSE, true},
};

static bench_flow_t row_flow(const row_t *row) {
    bj_flow_gen_config_t config = {.seed = 1,
                                   .op_cnt = bench_quick() ? row->op_cnt / 40 : row->op_cnt,
                                   .symbol_cnt = row->symbol_cnt,
                                   .live_target = row->live_target,
                                   .ids = row->ids,
                                   .path = row->path,
                                   .stale_ppm = 10000,
                                   .jump_ppm = 4};
    return bench_flow_new(&config);
}

/* Returns the median.  Engine and plain ladder take turns: what else the machine does meets both.
 */
static double bench_row(const row_t *row) {
    char name[64];
    double ns[BENCH_RUNS_MAX], bare_ns[BENCH_RUNS_MAX];
    uint32_t runs = bench_quick() ? 1 : row->runs;
    bench_flow_t flow = row_flow(row);
    for (uint32_t i = 0; i < runs; i++) {
        ns[i] = bench_replay_ns(&flow);
        if (row->bare) bare_ns[i] = bench_plain_ns(&flow, row->symbol_cnt);
    }
    free(flow.records);
    snprintf(name, sizeof name, "%s_ns", row->name);
    bench_say(name, "ns_per_op", ns, runs);
    snprintf(name, sizeof name, "%s_plain_ladder_ns", row->name);
    if (row->bare) bench_say(name, "ns_per_op", bare_ns, runs);
    return bench_median(ns, runs);
}

static void bench_paths(void) {
    double calm_ns = 0, worst_ns = 0;
    for (size_t i = 0; i < BJ_COUNT(paths); i++) {
        double median_ns = bench_row(&paths[i]);
        if (paths[i].path == BJ_FLOW_CALM) calm_ns = median_ns;
        if (median_ns > worst_ns) worst_ns = median_ns;
    }
    printf("match_64sym_worst_path %.2f times_calm\n", worst_ns / calm_ns);
}

/* Each command timed alone, over the plain flow; the timer's own cost is in every figure. */
static void bench_latency(void) {
    enum { FIGURES = 5 };
    static const char *const names[FIGURES] = {
        "match_64sym_p50", "match_64sym_p99", "match_64sym_p999", "match_64sym_max", "match_timer"};
    double ns[FIGURES][BENCH_RUNS_MAX];
    uint32_t runs = bench_quick() ? 1 : paths[0].runs;
    bench_flow_t flow = row_flow(&paths[0]);
    for (uint32_t i = 0; i < runs; i++) {
        bj_replay_result_t result = replay(&flow, true);
        const uint64_t got[FIGURES] = {result.p50_ns, result.p99_ns, result.p999_ns, result.max_ns,
                                       result.timer_ns};
        for (size_t k = 0; k < FIGURES; k++)
            ns[k][i] = (double)got[k];
    }
    free(flow.records);
    for (size_t k = 0; k < FIGURES; k++)
        bench_say(names[k], "ns", ns[k], runs);
}

int main(void) {
    if (bench_quick()) fputs("bench_match: BENCH_QUICK: these figures mean nothing\n", stderr);
    bench_pin(bench_core_cnt() - 1); /* the last: the first has most of the interrupts */
    bench_paths();
    for (size_t i = 0; i < BJ_COUNT(rows); i++)
        bench_row(&rows[i]);
    bench_latency();
    bench_commands();
    bench_shards();
    return 0;
}
