#ifndef BJ_STAMP_H
#define BJ_STAMP_H

/* bj_stamp - moments on the processor's own clock, to see where the time goes.
 *
 * Clock    the time stamp counter where it runs at one rate on all cores (CPUID 0x80000007, EDX bit
 *          8: Intel SDM volume 3, "Invariant TSC"), else CLOCK_MONOTONIC.
 * Use      bj_stamp_start once, before the threads that stamp; until then every stamp is 0, which
 *          means none: tests and simulations see no clock.  Stamps go beside what they belong to,
 *          never into it: no journal, no hash, no decision has one.
 * Cost     some 7 to 20 ns by the counter, some 20 to 50 by the clock. */
#include "dataplane/base/bj_time.h"
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

typedef enum bj_stamp_source { BJ_STAMP_OFF, BJ_STAMP_TSC, BJ_STAMP_CLOCK } bj_stamp_source_t;

typedef struct bj_stamp_clock {
    bj_stamp_source_t source;
    uint32_t ns_per_tick_q24; /* ns of a tick, in 2^-24 */
} bj_stamp_clock_t;

extern bj_stamp_clock_t bj_stamp_clock; /* written by bj_stamp_start alone */

/* Takes some 20 ms: the counter is held against the clock. */
void bj_stamp_start(void);
void bj_stamp_start_with(bj_stamp_source_t source); /* the same, but not by choice: for tests */

static inline uint64_t bj_stamp(void) {
#if defined(__x86_64__)
    if (BJ_LIKELY(bj_stamp_clock.source == BJ_STAMP_TSC)) return __rdtsc();
#endif
    return bj_stamp_clock.source == BJ_STAMP_OFF ? 0 : (uint64_t)bj_clock_mono_ns();
}

/* 0 if either is none, or if they are the wrong way round: cores may differ by some ticks.  Up to
 * 2^40 ticks, some minutes. */
static inline uint64_t bj_stamp_ns(uint64_t from, uint64_t to) {
    if (!from || to <= from) return 0;
    uint64_t ticks = to - from;
    if (ticks >> 39) ticks = UINT64_C(1) << 39;
    return ticks * bj_stamp_clock.ns_per_tick_q24 >> 24;
}

#endif /* BJ_STAMP_H */
