#include "dataplane/tile/bj_tile.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include "dataplane/base/bj_log.h"

static const int64_t housekeep_every_ns = 100 * BJ_NS_PER_MS;
static const int64_t busy_look_ns = 50 * BJ_NS_PER_US; /* about two round trips on one machine */
static const int64_t sleep_first_ns = 50 * BJ_NS_PER_US;

static void loop_housekeep(bj_loop_t *loop, bj_now_t now) {
    for (uint32_t i = 0; i < loop->tile_cnt; i++) {
        bj_tile_t *tile = &loop->tiles[i];
        if (tile->housekeep) tile->housekeep(tile->ctx, now);
    }
    loop->housekeep_ns = now.mono_ns + housekeep_every_ns;
}

uint32_t bj_loop_step(bj_loop_t *loop, bj_now_t now, bool *eager) {
    uint32_t work = 0;
    *eager = false;
    for (uint32_t i = 0; i < loop->tile_cnt; i++) {
        uint32_t done = loop->tiles[i].step(loop->tiles[i].ctx, now);
        work += done;
        if (done && loop->tiles[i].eager) *eager = true;
    }
    if (now.mono_ns >= loop->housekeep_ns) loop_housekeep(loop, now);
    return work;
}

int64_t bj_loop_wait_ns(bj_loop_t *loop, uint32_t work, bool eager, bj_now_t now) {
    if (loop->idle == BJ_IDLE_SPIN) return 0;
    if (eager) {
        loop->busy_ns = now.mono_ns;
        loop->wait_ns = 0;
    }
    if (now.mono_ns - loop->busy_ns < busy_look_ns) return 0;
    /* Work that nobody waits for (a tick) keeps the pace: a trickle must not keep the core awake.
     */
    loop->wait_ns = loop->wait_ns ? loop->wait_ns + (work ? 0 : loop->wait_ns) : sleep_first_ns;
    if (loop->wait_ns > loop->sleep_max_ns) loop->wait_ns = loop->sleep_max_ns;
    return loop->wait_ns;
}

static void thread_setup(const bj_loop_t *loop) {
    char name[16];
    strncpy(name, loop->name, sizeof name - 1);
    name[sizeof name - 1] = '\0';
    pthread_setname_np(pthread_self(), name);
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL); /* the default adds 50 us to every wait */
    if (loop->core < 0) return;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET((size_t)loop->core, &cpus);
    if (pthread_setaffinity_np(pthread_self(), sizeof cpus, &cpus) != 0) {
        BJ_WARN("loop %s: core %d cannot be had, it floats", loop->name, loop->core);
    }
}

bool bj_loop_run(bj_loop_t *loop, const _Atomic bool *stop) {
    thread_setup(loop);
    if (loop->enter && !loop->enter()) {
        BJ_ERROR("loop %s cannot run", loop->name);
        return false;
    }
    while (!atomic_load_explicit(stop, memory_order_relaxed)) {
        bool eager;
        uint32_t seen_cnt = bj_bell_seen(&loop->bell);
        bj_now_t now = bj_clock_now();
        uint32_t work = bj_loop_step(loop, now, &eager);
        int64_t wait_ns = bj_loop_wait_ns(loop, work, eager, now);
        if (wait_ns)
            bj_bell_sleep(&loop->bell, seen_cnt, wait_ns);
        else if (!work)
            bj_cpu_pause();
    }
    loop_housekeep(loop, bj_clock_now()); /* last words: the final counters are published */
    if (loop->leave) loop->leave();
    return true;
}

void bj_metrics_publish(bj_metrics_t *metrics, const void *counters, size_t counters_bytes,
                        bj_now_t now) {
    const uint64_t *value = (const uint64_t *)counters;
    size_t cnt = counters_bytes / sizeof *value;
    assert(cnt <= BJ_METRICS_MAX);
    for (size_t i = 0; i < cnt; i++) {
        atomic_store_explicit(&metrics->value[i], value[i], memory_order_relaxed);
    }
    atomic_store_explicit(&metrics->heartbeat_ns, now.mono_ns, memory_order_release);
}

void bj_metrics_read(const bj_metrics_t *metrics, void *counters, size_t counters_bytes) {
    uint64_t *value = (uint64_t *)counters;
    size_t cnt = counters_bytes / sizeof *value;
    assert(cnt <= BJ_METRICS_MAX);
    for (size_t i = 0; i < cnt; i++) {
        value[i] = atomic_load_explicit(&metrics->value[i], memory_order_relaxed);
    }
}
