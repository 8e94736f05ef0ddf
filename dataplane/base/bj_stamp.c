#include "dataplane/base/bj_stamp.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

bj_stamp_clock_t bj_stamp_clock;

enum { ONE_Q24 = 1 << 24, TRIES = 4, INVARIANT_TSC_BIT = 8 };


#if defined(__x86_64__)
static const unsigned invariant_tsc_leaf = 0x80000007;

static bool tsc_steady(void) {
    unsigned a, b, c, d;
    return __get_cpuid(invariant_tsc_leaf, &a, &b, &c, &d) && d >> INVARIANT_TSC_BIT & 1;
}

/* Of some short races of both clocks the one that was interrupted least counts: the shortest. */
static uint32_t ns_per_tick_q24(void) {
    const struct timespec wait = {.tv_nsec = 5000000};
    int64_t best_ns = INT64_MAX;
    uint64_t best_ticks = 1;
    for (int i = 0; i < TRIES; i++) {
        int64_t from_ns = bj_clock_mono_ns();
        uint64_t from = __rdtsc();
        nanosleep(&wait, NULL);
        uint64_t ticks = __rdtsc() - from;
        int64_t ns = bj_clock_mono_ns() - from_ns;
        if (ns < best_ns) best_ns = ns, best_ticks = ticks;
    }
    return (uint32_t)(((uint64_t)best_ns * ONE_Q24 + best_ticks / 2) / best_ticks);
}
#endif

void bj_stamp_start_with(bj_stamp_source_t source) {
    bj_stamp_clock = (bj_stamp_clock_t){source, ONE_Q24};
#if defined(__x86_64__)
    if (source == BJ_STAMP_TSC) bj_stamp_clock.ns_per_tick_q24 = ns_per_tick_q24();
#endif
}

void bj_stamp_start(void) {
#if defined(__x86_64__)
    bj_stamp_start_with(tsc_steady() ? BJ_STAMP_TSC : BJ_STAMP_CLOCK);
#else
    bj_stamp_start_with(BJ_STAMP_CLOCK);
#endif
}
