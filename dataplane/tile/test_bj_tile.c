/* Goal: the loop's policy and the topology table, without a thread; then the bell and a whole loop
 * with one. */
#include "dataplane/tile/bj_tile.h"

#include <pthread.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/tile/bj_pipe.h"
#include "dataplane/tile/bj_topo.h"

/* --- topology --- */
static const struct {
    const char *cores;
    bool        ok;
    uint32_t    loop_cnt;
} cores_cases[] = {
    {"", true, 2},           {"2,3", true, 2},   {"2,3,4,5", true, 4}, {"5,4,3,2", true, 4},
    {"2", false, 0},         {"2,3,4", false, 0}, {"2,2", false, 0},    {"2,3,4,2", false, 0},
    {"2,3,4,5,6", false, 0}, {"2,", false, 0},   {",2", false, 0},     {"a,b", false, 0},
    {"2;3", false, 0},       {"-1,2", false, 0}, {"2000,1", false, 0}, {"2-5", false, 0},
};

static void test_cores(void) {
    for (size_t i = 0; i < BJ_COUNT(cores_cases); i++) {
        bj_topo_t topo;
        unsigned fails = bj_fail_cnt;
        const char *why = bj_topo_make(cores_cases[i].cores, &topo);
        BJ_CHECK((why == NULL) == cores_cases[i].ok);
        if (!why) BJ_CHECK(topo.loop_cnt == cores_cases[i].loop_cnt);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: \"%s\"\n", cores_cases[i].cores);
    }
    bj_topo_t topo;
    BJ_CHECK(!bj_topo_make("", &topo) && topo.cores[0] == -1 && topo.cores[1] == -1);
    BJ_CHECK(!bj_topo_make("5,4,3,2", &topo) && topo.cores[BJ_TILE_JOURNAL] == 2);
}

static void test_topo_check(void) {
    bj_topo_t topo = bj_topo_shared;
    BJ_CHECK(!bj_topo_check(&bj_topo_shared, bj_topo_links, BJ_LINK_CNT));
    BJ_CHECK(!bj_topo_check(&bj_topo_spread, bj_topo_links, BJ_LINK_CNT));
    topo.tiles[BJ_TILE_ENGINE].loop_idx = 1;
    BJ_CHECK(bj_topo_check(&topo, bj_topo_links, BJ_LINK_CNT)); /* with the journal */
    topo = bj_topo_shared, topo.tiles[BJ_TILE_FEED].loop_idx = 2;
    BJ_CHECK(bj_topo_check(&topo, bj_topo_links, BJ_LINK_CNT));
    topo = bj_topo_shared, topo.loop_cnt = 3;
    BJ_CHECK(bj_topo_check(&topo, bj_topo_links, BJ_LINK_CNT)); /* a loop with no tile */
    topo = bj_topo_shared, topo.tiles[BJ_TILE_FEED].name = NULL;
    BJ_CHECK(bj_topo_check(&topo, bj_topo_links, BJ_LINK_CNT));

    bj_topo_link_t link = bj_topo_links[BJ_LINK_CMDS];
    BJ_CHECK(!bj_topo_check(&bj_topo_shared, &link, 1));
    link.to = link.from;
    BJ_CHECK(bj_topo_check(&bj_topo_shared, &link, 1));
    link.to = BJ_TILE_CNT;
    BJ_CHECK(bj_topo_check(&bj_topo_shared, &link, 1));
    link = bj_topo_links[BJ_LINK_CMDS], link.depth = 1000;
    BJ_CHECK(bj_topo_check(&bj_topo_shared, &link, 1));
    link = bj_topo_links[BJ_LINK_CMDS], link.slot_bytes = 100;
    BJ_CHECK(bj_topo_check(&bj_topo_shared, &link, 1));
}

/* --- idle policy --- */
static bj_now_t at_us(int64_t us) { return (bj_now_t){.mono_ns = us * 1000, .wall_ns = us * 1000}; }

static void test_idle(void) {
    bj_loop_t spin = {.idle = BJ_IDLE_SPIN, .sleep_max_ns = 500000};
    BJ_CHECK(bj_loop_wait_ns(&spin, 0, false, at_us(1000)) == 0);

    bj_loop_t loop = {.idle = BJ_IDLE_SLEEP, .sleep_max_ns = 500000};
    BJ_CHECK(bj_loop_wait_ns(&loop, 1, true, at_us(1000)) == 0);  /* work someone waits for */
    BJ_CHECK(bj_loop_wait_ns(&loop, 0, false, at_us(1049)) == 0); /* ... keeps it looking */
    int64_t last_ns = 0;
    for (int i = 0; i < 10; i++) { /* then waits grow, up to the bound */
        int64_t wait_ns = bj_loop_wait_ns(&loop, 0, false, at_us(1100 + i * 600));
        BJ_CHECK(wait_ns > last_ns || wait_ns == loop.sleep_max_ns);
        last_ns = wait_ns;
    }
    BJ_CHECK(last_ns == loop.sleep_max_ns);
    /* a tick does not keep it awake, an order does */
    BJ_CHECK(bj_loop_wait_ns(&loop, 5, false, at_us(9000)) == loop.sleep_max_ns);
    BJ_CHECK(bj_loop_wait_ns(&loop, 5, true, at_us(9500)) == 0);
}

/* --- a loop on a thread --- */
typedef struct counted {
    uint64_t steps, housekeeps;
    bool     entered, left;
    bj_metrics_t metrics;
} counted_t;
static counted_t counted;

static uint32_t count_step(void *ctx, bj_now_t now) {
    (void)ctx, (void)now;
    counted.steps++;
    return 0;
}
static void count_housekeep(void *ctx, bj_now_t now) {
    (void)ctx;
    counted.housekeeps++;
    bj_metrics_publish(&counted.metrics, &counted.steps, sizeof counted.steps, now);
}
static bool count_enter(void) { return counted.entered = true; }
static void count_leave(void) { counted.left = true; }
static bool never_enter(void) { return false; }

typedef struct run {
    bj_loop_t    loop;
    _Atomic bool stop;
    bool         ok;
} run_t;
static void *run_main(void *arg) {
    run_t *run = (run_t *)arg;
    run->ok = bj_loop_run(&run->loop, &run->stop);
    return NULL;
}

static void test_loop(void) {
    static run_t run = {.loop = {.name = "test", .core = -1, .tile_cnt = 1, .idle = BJ_IDLE_SLEEP,
                                 .sleep_max_ns = 10 * BJ_NS_PER_S, .enter = count_enter,
                                 .leave = count_leave}};
    run.loop.tiles[0] = (bj_tile_t){.name = "t", .step = count_step, .housekeep = count_housekeep};
    pthread_t thread;
    int64_t from_ns = bj_clock_mono_ns();
    BJ_CHECK(pthread_create(&thread, NULL, run_main, &run) == 0);
    while (!atomic_load(&run.loop.bell.asleep)) bj_cpu_pause();
    atomic_store(&run.stop, true);
    bj_bell_ring(&run.loop.bell); /* or it sleeps for seconds */
    pthread_join(thread, NULL);
    BJ_CHECK(bj_clock_mono_ns() - from_ns < 5 * BJ_NS_PER_S);
    BJ_CHECK(run.ok && counted.entered && counted.left && counted.housekeeps >= 1);
    uint64_t published = 0;
    bj_metrics_read(&counted.metrics, &published, sizeof published);
    BJ_CHECK(published == counted.steps && published > 0); /* the last words were said */
    run.loop.enter = never_enter;
    BJ_CHECK(!bj_loop_run(&run.loop, &run.stop));
}

/* --- the bell: two threads, each sleeping until the other rings; a lost ring would take 10 s
 * --- */
enum { ROUNDS = 2000 };
typedef struct court {
    bj_bell_t bell[2];
    alignas(BJ_PAIR_BYTES) _Atomic uint32_t ball;
} court_t;
static court_t court;

static void *play(void *arg) {
    uint32_t me = *(uint32_t *)arg;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (;;) {
            uint32_t seen_cnt = bj_bell_seen(&court.bell[me]);
            if (atomic_load(&court.ball) % 2 == me) break;
            bj_bell_sleep(&court.bell[me], seen_cnt, 10 * BJ_NS_PER_S);
        }
        atomic_fetch_add(&court.ball, 1);
        bj_bell_ring(&court.bell[1 - me]);
    }
    return NULL;
}

static void test_bell(void) {
    pthread_t threads[2];
    uint32_t who[2] = {0, 1};
    int64_t from_ns = bj_clock_mono_ns();
    for (int i = 0; i < 2; i++) BJ_CHECK(pthread_create(&threads[i], NULL, play, &who[i]) == 0);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    BJ_CHECK(atomic_load(&court.ball) == 2 * ROUNDS);
    BJ_CHECK(bj_clock_mono_ns() - from_ns < 9 * BJ_NS_PER_S);
    bj_bell_ring(NULL);
}

int main(void) {
    test_cores();
    test_topo_check();
    test_idle();
    test_loop();
    test_bell();
    return bj_test_end("test_bj_tile");
}
