/* What it costs to see where the time goes: a stamp, and a value into a histogram. */
#include <stdio.h>
#include "dataplane/base/bj_hist.h"
#include "dataplane/base/bj_stamp.h"

enum { ROUNDS = 20000000 };
static bj_hist_t hist;

static double stamp_cost_ns(bj_stamp_source_t source) {
    uint64_t sum = 0;
    bj_stamp_start_with(source);
    int64_t from_ns = bj_clock_mono_ns();
    for (int i = 0; i < ROUNDS; i++)
        sum += bj_stamp();
    int64_t took_ns = bj_clock_mono_ns() - from_ns;
    return (double)took_ns / ROUNDS + (double)(sum & 1) * 1e-9;
}

int main(void) {
    double tsc_ns = stamp_cost_ns(BJ_STAMP_TSC), clock_ns = stamp_cost_ns(BJ_STAMP_CLOCK);
    uint64_t rng = 88172645463325252;
    int64_t from_ns = bj_clock_mono_ns();
    for (int i = 0; i < ROUNDS; i++) {
        rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
        bj_hist_add(&hist, 800 + (rng & 1023));
    }
    double add_ns = (double)(bj_clock_mono_ns() - from_ns) / ROUNDS;
    from_ns = bj_clock_mono_ns();
    uint64_t p999 = bj_hist_at(&hist, 999000);
    double at_us = (double)(bj_clock_mono_ns() - from_ns) / 1000;
    printf("stamp %.1f ns by the counter, %.1f ns by the clock; into a histogram %.1f ns; "
           "a percentile %.1f us (%lu)\n",
           tsc_ns, clock_ns, add_ns, at_us, p999);
    return 0;
}
