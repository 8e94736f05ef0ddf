#include "dataplane/base/bj_hist.h"

enum { PPM = 1000000 };

void bj_hist_merge(bj_hist_t *into, const bj_hist_t *from) {
    for (uint32_t i = 0; i < BJ_HIST_BUCKETS; i++)
        into->bucket[i] += from->bucket[i];
    into->cnt += from->cnt;
    into->sum += from->sum;
    if (from->max > into->max) into->max = from->max;
    if (from->above_min && (!into->above_min || from->above_min < into->above_min))
        into->above_min = from->above_min;
}

/* The largest value that belongs there. */
static uint64_t bucket_end(uint32_t idx) {
    if (idx < 2 * BJ_HIST_SUBS) return idx;
    uint32_t shift = idx / BJ_HIST_SUBS - 1;
    uint64_t from = (uint64_t)(idx - shift * BJ_HIST_SUBS) << shift;
    return from + (UINT64_C(1) << shift) - 1;
}

/* ppm of cnt, rounded up, without leaving 64 bits. */
static uint64_t rank_of(uint64_t cnt, uint32_t ppm) {
    uint64_t whole = cnt / PPM * ppm, rest = (cnt % PPM * ppm + PPM - 1) / PPM;
    return whole + rest ? whole + rest : 1;
}

uint64_t bj_hist_at(const bj_hist_t *hist, uint32_t ppm) {
    if (!hist->cnt) return 0;
    uint64_t rank = rank_of(hist->cnt, ppm > PPM ? PPM : ppm), seen = 0;
    for (uint32_t i = 0; i < BJ_HIST_BUCKETS; i++) {
        seen += hist->bucket[i];
        if (seen < rank) continue;
        uint64_t end = bucket_end(i);
        return end > hist->max || i == BJ_HIST_BUCKETS - 1 ? hist->max : end;
    }
    return hist->max;
}

bj_hist_figures_t bj_hist_figures(const bj_hist_t *hist) {
    return (bj_hist_figures_t){.cnt = hist->cnt, .p50 = bj_hist_at(hist, 500000),
                               .p99 = bj_hist_at(hist, 990000),
                               .p999 = bj_hist_at(hist, 999000), .max = hist->max};
}
