#ifndef BJ_HIST_H
#define BJ_HIST_H

/* bj_hist - how often which value: a histogram of fixed size, in the manner of HdrHistogram.
 *
 * Shape    values in [0, 2^40): exact below 128, above in 128 buckets for each power of two.  What
 *          is larger counts as the largest; max and min are exact.
 * Error    a percentile is the upper end of its bucket: at most 1/128 (0.8 %) above the value that
 *          sorting gives, never below it, and never above max.
 * Memory   BJ_HIST_BYTES, no pointers; all 0 is empty.
 * Threads  one writer; others see what it publishes.
 * Cost     add: a count of leading zeros and three lines of memory; at: a walk over the buckets. */
#include "dataplane/base/bj_base.h"

enum {
    BJ_HIST_SUB_BITS = 7,
    BJ_HIST_VALUE_BITS = 40,
    BJ_HIST_SUBS = 1 << BJ_HIST_SUB_BITS,
    BJ_HIST_BUCKETS = (BJ_HIST_VALUE_BITS - BJ_HIST_SUB_BITS + 1) * BJ_HIST_SUBS,
};
static const uint64_t bj_hist_value_max = (UINT64_C(1) << BJ_HIST_VALUE_BITS) - 1;

typedef struct bj_hist {
    uint64_t cnt, sum, max;
    uint64_t above_min; /* 0: empty; else the smallest value + 1 */
    uint64_t bucket[BJ_HIST_BUCKETS];
} bj_hist_t;
enum { BJ_HIST_BYTES = sizeof(bj_hist_t) };
static_assert(BJ_HIST_BYTES == 34848, "34 KB");

static inline uint32_t bj_hist_index(uint64_t value) {
    if (value < BJ_HIST_SUBS) return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - BJ_HIST_SUB_BITS;
    return shift * BJ_HIST_SUBS + (uint32_t)(value >> shift);
}

static inline void bj_hist_add(bj_hist_t *hist, uint64_t value) {
    uint64_t kept = value > bj_hist_value_max ? bj_hist_value_max : value;
    hist->bucket[bj_hist_index(kept)]++;
    hist->cnt++;
    hist->sum += value;
    if (value > hist->max) hist->max = value;
    if (!hist->above_min || value < hist->above_min - 1) hist->above_min = value + 1;
}

/* into has what both had. */
void bj_hist_merge(bj_hist_t *into, const bj_hist_t *from);
/* The value that ppm of a million are not above: 500000, 990000, 999000; 0 if empty. */
uint64_t bj_hist_at(const bj_hist_t *hist, uint32_t ppm);

typedef struct bj_hist_figures { /* what is shown of it; ns if it holds ns */
    uint64_t cnt, p50, p99, p999, max;
} bj_hist_figures_t;
bj_hist_figures_t bj_hist_figures(const bj_hist_t *hist);

#endif /* BJ_HIST_H */
