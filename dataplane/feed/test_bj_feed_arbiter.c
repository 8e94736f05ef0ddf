/* Goal: whatever two sources do to a stream - lose, double, delay, reorder - each message comes out
 * once and in order; only what both lost is missing, and it is counted.  Method: a table of small
 * scripts, then a seeded simulation with a fake clock.  A failure prints its seed; the same seed
 * replays the same run. */
#include "dataplane/feed/bj_feed_arbiter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { GAP_WAIT_NS = 1000, OUT_MAX = 1 << 14 };

/* What came out: a sequence, or minus the number lost, or 0 for a reset. */
typedef struct out {
    int64_t  at[OUT_MAX];
    int64_t  time_ns[OUT_MAX];
    size_t   cnt;
} out_t;

static void put(out_t *out, int64_t value, int64_t time_ns) {
    if (out->cnt == OUT_MAX) return;
    out->time_ns[out->cnt] = time_ns;
    out->at[out->cnt++] = value;
}
static void on_apply(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    BJ_CHECK(stream_idx == 0); put(ctx, msg->seq, msg->exch_ns); }
static void on_gap(void *ctx, uint32_t stream_idx, uint32_t lost_cnt) {
    BJ_CHECK(stream_idx == 0);
    put(ctx, -(int64_t)lost_cnt, 0);
}
static void on_reset(void *ctx, uint32_t stream_idx) {
    BJ_CHECK(stream_idx == 0);
    put(ctx, 0, 0);
}
static void on_whole(void *ctx, uint32_t stream_idx, bool whole) {
    (void)ctx, (void)stream_idx, (void)whole;
}
static const bj_feed_arbiter_ops_t ops = {
    .apply = on_apply, .gap = on_gap, .reset = on_reset, .whole = on_whole};
static const bj_feed_arbiter_config_t bare = {
    .stream_cnt = 1, .queue_max = 2048, .hole_max = 1023, .gap_wait_ns = GAP_WAIT_NS};

static bj_feed_msg_t message(uint32_t seq, int64_t exch_ns) {
    return (bj_feed_msg_t){.seq = seq, .exch_ns = exch_ns, .kind = BJ_FEED_NEW, .stream_id = 1};
}

/* A step: data or a heartbeat from a source, or the wait passes.  DUP: it must be dropped. */
typedef struct step { char what; uint32_t seq; int64_t exch_ns; bool dropped; } step_t;
#define A(seq, ns) {'a', seq, ns, false}
#define B(seq, ns) {'b', seq, ns, false}
#define DUP_A(seq, ns) {'a', seq, ns, true}
#define DUP_B(seq, ns) {'b', seq, ns, true}
#define BEAT_A(last) {'A', last, 0, false}
#define BEAT_B(last) {'B', last, 0, false}
#define WAIT {'w', 0, 0, false}
static const struct {
    const char *name;
    step_t  steps[12];
    int64_t want[12];
    size_t  want_cnt;
} cases[] = {
    {"in order", {A(1, 1), A(2, 2), B(3, 3)}, {1, 2, 3}, 3},
    {"second copies", {A(1, 1), DUP_B(1, 1), B(2, 2), DUP_A(2, 2)}, {1, 2}, 2},
    {"the other source fills the hole", {A(1, 1), A(3, 3), B(2, 2), DUP_B(3, 3)}, {1, 2, 3}, 3},
    {"early copy twice", {A(2, 2), DUP_B(2, 2), A(1, 1)}, {1, 2}, 2},
    {"turned round", {A(3, 3), A(2, 2), A(1, 1)}, {1, 2, 3}, 3},
    {"a hole nobody fills", {A(1, 1), A(4, 4), WAIT}, {1, -2, 4}, 3},
    {"two holes, each by its own time", {A(1, 1), A(3, 3), A(5, 5), WAIT}, {1, -1, 3, -1, 5}, 5},
    {"a straggler after the hole was given up",
     {A(1, 1), A(3, 3), WAIT, DUP_B(2, 2)}, {1, -1, 3}, 3},
    {"late starter", {A(5, 5), WAIT, A(6, 6)}, {-4, 5, 6}, 3},
    {"far ahead: no wait", {A(1, 1), A(5000, 9), B(5000, 9)}, {1, -4998, 5000}, 3},
    {"far ahead and alone",
     {A(1, 1), A(5000, 9), WAIT, A(2, 2), A(9000, 9), A(3, 3)}, {1, 2, 3}, 3},
    {"just inside the window: wait", {A(1, 1), A(1025, 9)}, {1}, 1},
    {"just outside the window", {A(1, 1), A(1026, 9), B(1026, 9)}, {1, -1024, 1026}, 3},
    {"held ones wait for their own holes",
     {A(1, 1), A(3, 3), A(1026, 9), WAIT}, {1, -1, 3, -1022, 1026}, 5},
    {"beyond the reach of the queue",
     {A(1, 1), A(3, 3), A(9998, 8), A(9999, 9)}, {1, -1, 3, -9995, 9999}, 5},
    {"a heartbeat shows a loss", {A(1, 1), BEAT_A(3), WAIT, A(4, 4)}, {1, -2, 4}, 3},
    {"a heartbeat, then the message", {A(1, 1), BEAT_A(2), B(2, 2), WAIT}, {1, 2}, 2},
    {"the slower source's heartbeat", {A(1, 1), A(2, 2), BEAT_B(1), WAIT}, {1, 2}, 2},
    {"begins again", {A(1, 1), A(2, 2), A(1, 10), A(2, 11)}, {1, 2, 0, 1, 2}, 5},
    {"begins again after one", {A(1, 1), A(1, 10)}, {1, 0, 1}, 3},
    {"begins again, the first one lost",
     {A(1, 1), A(2, 2), A(3, 3), A(2, 11), WAIT}, {1, 2, 3, 0, -1, 2}, 6},
    {"begins again, turned round",
     {A(1, 1), A(2, 2), A(3, 3), A(2, 11), A(1, 10)}, {1, 2, 3, 0, 1, 2}, 6},
    {"old copies after it began again",
     {A(1, 1), A(2, 2), A(1, 10), DUP_B(2, 2), DUP_B(1, 10), B(2, 11)}, {1, 2, 0, 1, 2}, 5},
    {"an old heartbeat after it began again",
     {A(1, 1), A(2, 2), A(1, 10), BEAT_B(900), WAIT, B(2, 11)}, {1, 2, 0, 1, 2}, 5},
    {"begins again over held ones", {A(1, 1), A(9, 9), A(1, 10), WAIT, A(2, 11)}, {1, 0, 1, 2}, 4},
    {"the largest sequence",
     {A(UINT32_MAX - 1, 1), B(UINT32_MAX - 1, 1), A(UINT32_MAX, 2)},
     {-(int64_t)(UINT32_MAX - 2), UINT32_MAX - 1, UINT32_MAX}, 3},
};

static bj_feed_arbiter_t *make(out_t *out) {
    size_t mem_bytes = bj_feed_arbiter_footprint(&bare);
    void *mem = aligned_alloc(64, (mem_bytes + 63) / 64 * 64);
    out->cnt = 0;
    return bj_feed_arbiter_new(mem, &bare, &ops, out);
}

static void run_step(bj_feed_arbiter_t *arbiter, const step_t *step, int64_t *now_ns) {
    uint32_t source = step->what == 'b' || step->what == 'B';
    bj_feed_msg_t msg = message(step->seq, step->exch_ns);
    if (step->what == 'A' || step->what == 'B') msg.kind = BJ_FEED_HEARTBEAT;
    if (step->what == 'w') *now_ns += GAP_WAIT_NS;
    else BJ_CHECK(bj_feed_arbiter_offer(arbiter, source, 0, &msg, *now_ns) == !step->dropped);
    bj_feed_arbiter_step(arbiter, *now_ns);
}

static void test_cases(void) {
    static out_t out;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_feed_arbiter_t *arbiter = make(&out);
        int64_t now_ns = 77;
        unsigned fails = bj_fail_cnt;
        for (const step_t *step = cases[i].steps; step->what; step++) {
            now_ns++;
            run_step(arbiter, step, &now_ns);
        }
        BJ_CHECK(out.cnt == cases[i].want_cnt);
        BJ_CHECK(memcmp(out.at, cases[i].want, cases[i].want_cnt * sizeof out.at[0]) == 0);
        if (bj_fail_cnt != fails) {
            fprintf(stderr, "  in case: %s; got", cases[i].name);
            for (size_t k = 0; k < out.cnt; k++) fprintf(stderr, " %" PRId64, out.at[k]);
            fputc('\n', stderr);
        }
        free(arbiter);
    }
}

/* One step before the wait is over nothing is given up; at it, it is. */
static void test_wait_is_exact(void) {
    static out_t out;
    bj_feed_arbiter_t *arbiter = make(&out);
    bj_feed_msg_t one = message(1, 1), three = message(3, 3);
    BJ_CHECK(bj_feed_arbiter_offer(arbiter, 0, 0, &one, 10) &&
             bj_feed_arbiter_offer(arbiter, 0, 0, &three, 20));
    bj_feed_arbiter_step(arbiter, 20 + GAP_WAIT_NS - 1);
    BJ_CHECK(out.cnt == 1);
    bj_feed_arbiter_step(arbiter, 20 + GAP_WAIT_NS);
    BJ_CHECK(out.cnt == 3 && out.at[1] == -1 && out.at[2] == 3);
    free(arbiter);
    static const bj_feed_arbiter_config_t bad[] = {
        {.stream_cnt = 0, .queue_max = 1, .hole_max = 1},
        {.stream_cnt = BJ_FEED_STREAM_MAX + 1, .queue_max = 1, .hole_max = 1},
        {.stream_cnt = 1, .queue_max = 0, .hole_max = 1},
        {.stream_cnt = 1, .queue_max = 1, .hole_max = 0},
        {.stream_cnt = 1, .queue_max = 1, .hole_max = 1, .gap_wait_ns = -1},
        {.stream_cnt = 1, .queue_max = 1, .hole_max = 1, .retry_ns = -1}};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) BJ_CHECK(!bj_feed_arbiter_footprint(&bad[i]));
}

/* --- the simulation */
enum { RUNS_MAX = 3, RUN_LEN = 600, COPIES_MAX = 4 * RUNS_MAX * RUN_LEN };
typedef struct copy {
    int64_t arrive_ns;
    uint32_t source, seq;
    int64_t exch_ns;
    uint32_t order;
} copy_t;
typedef struct sim {
    uint64_t rng;
    copy_t   copy[COPIES_MAX];
    size_t   copy_cnt;
    bool     sent[RUNS_MAX][RUN_LEN + 1]; /* at least one copy was sent on */
} sim_t;

static uint64_t dice(sim_t *sim, uint64_t sides) {
    sim->rng = sim->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (sim->rng >> 33) % sides;
}

static int by_arrival(const void *a, const void *b) {
    const copy_t *x = a, *y = b;
    if (x->arrive_ns != y->arrive_ns) return x->arrive_ns < y->arrive_ns ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

/* Messages are 100 ns apart; a copy is late by up to 300 ns, so they pass each other; source B runs
 * 150 behind; the wait of 1000 is longer than any delay, so only what was lost twice may be
 * missing. */
static void plan(sim_t *sim, int runs, unsigned loss) {
    int64_t send_ns = 1000;
    sim->copy_cnt = 0;
    memset(sim->sent, 0, sizeof sim->sent);
    for (int run = 0; run < runs; run++, send_ns += 100000) {
        for (uint32_t seq = 1; seq <= RUN_LEN; seq++, send_ns += 100) {
            for (uint32_t source = 0; source < BJ_FEED_SOURCES; source++) {
                /* The two ends of a run always get through: the edge has cases of its own. */
                if (seq > 2 && seq < RUN_LEN && dice(sim, 100) < loss) continue;
                unsigned times = 1 + (dice(sim, 10) == 0);
                while (times--) {
                    int64_t late_ns = source * 150 + (int64_t)dice(sim, 300);
                    sim->copy[sim->copy_cnt] = (copy_t){send_ns + late_ns, source, seq, send_ns,
                                                        (uint32_t)sim->copy_cnt};
                    sim->copy_cnt++;
                }
                sim->sent[run][seq] = true;
            }
        }
    }
    qsort(sim->copy, sim->copy_cnt, sizeof sim->copy[0], by_arrival);
}

static void check_out(const sim_t *sim, const out_t *out, int runs) {
    size_t at = 0;
    for (int run = 0; run < runs; run++) {
        if (run) BJ_CHECK(out->at[at++] == 0);
        int64_t lost = 0;
        for (uint32_t seq = 1; seq <= RUN_LEN; seq++) {
            if (!sim->sent[run][seq]) {
                lost++;
                continue;
            }
            if (lost) BJ_CHECK(out->at[at++] == -lost);
            lost = 0;
            BJ_CHECK(out->at[at] == seq && out->time_ns[at] >= 1000);
            at++;
        }
    }
    BJ_CHECK(at == out->cnt);
}

static void run_seed(uint64_t seed) {
    static sim_t sim;
    static out_t out;
    sim.rng = seed * 2 + 1;
    unsigned fails = bj_fail_cnt;
    int runs = 1 + (int)dice(&sim, RUNS_MAX);
    plan(&sim, runs, (unsigned)(seed % 40));
    bj_feed_arbiter_t *arbiter = make(&out);
    for (size_t i = 0; i < sim.copy_cnt; i++) {
        const copy_t *copy = &sim.copy[i];
        bj_feed_msg_t msg = message(copy->seq, copy->exch_ns);
        bj_feed_arbiter_step(arbiter, copy->arrive_ns);
        (void)bj_feed_arbiter_offer(arbiter, copy->source, 0, &msg, copy->arrive_ns);
    }
    bj_feed_arbiter_step(arbiter, INT64_MAX - 1);
    check_out(&sim, &out, runs);
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    free(arbiter);
}

int main(void) {
    test_cases();
    test_wait_is_exact();
    for (uint64_t seed = 0; seed < 200; seed++) run_seed(seed);
    return bj_test_end("test_bj_feed_arbiter");
}
