/* Goal: percentiles against sorting, for values of every size; merging is the same as adding
 * everything to one; and stamps measure what the clock measures. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hist.h"
#include "dataplane/base/bj_stamp.h"
#include "dataplane/base/bj_test.h"

enum { VALUES_MAX = 20000 };
static uint64_t values[VALUES_MAX], rng = 88172645463325252;
static bj_hist_t hist, half, other;

static uint64_t any(void) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return rng * UINT64_C(2685821657736338717);
}

static int by_number(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Of all sizes: as many of one power of two as of another. */
static uint64_t of_any_size(void) { return any() >> (24 + any() % 40); }
static uint64_t of_a_latency(void) {
    return 800 + any() % 400 + (any() % 997 ? 0 : any() % 900000);
}
static uint64_t always_seven(void) { return 7; }

static void check_against_sorting(uint64_t (*draw)(void), uint32_t cnt) {
    static const uint32_t ppms[] = {0, 1, 1000, 250000, 500000, 900000, 990000, 999000, 999900,
                                    999999, 1000000};
    uint64_t sum = 0;
    memset(&hist, 0, sizeof hist);
    for (uint32_t i = 0; i < cnt; i++) {
        values[i] = draw();
        sum += values[i];
        bj_hist_add(&hist, values[i]);
    }
    qsort(values, cnt, sizeof *values, by_number);
    BJ_CHECK(hist.cnt == cnt && hist.sum == sum && hist.max == values[cnt - 1] &&
             hist.above_min == values[0] + 1);
    for (size_t i = 0; i < BJ_COUNT(ppms); i++) {
        uint64_t rank = ((uint64_t)cnt * ppms[i] + 999999) / 1000000;
        uint64_t want = values[rank ? rank - 1 : 0], got = bj_hist_at(&hist, ppms[i]);
        bool close = got >= want && got <= want + want / BJ_HIST_SUBS && got <= hist.max;
        BJ_CHECK(close);
        if (!close) fprintf(stderr, "  %u ppm of %u: %lu, sorted %lu\n", ppms[i], cnt, got, want);
    }
}

static void test_percentiles(void) {
    static const uint32_t cnts[] = {1, 2, 3, 99, 100, 101, 1000, VALUES_MAX};
    BJ_CHECK(bj_hist_at(&hist, 500000) == 0);
    for (size_t i = 0; i < BJ_COUNT(cnts); i++) {
        check_against_sorting(of_any_size, cnts[i]);
        check_against_sorting(of_a_latency, cnts[i]);
        check_against_sorting(always_seven, cnts[i]);
    }
}

/* Every bucket begins where the one before it ends. */
static void test_buckets(void) {
    uint32_t idx = 0;
    for (uint64_t v = 0; v < 1 << 20; v++) {
        uint32_t at = bj_hist_index(v);
        BJ_CHECK(at == idx || at == idx + 1);
        if (at != idx && at != idx + 1) break;
        idx = at;
    }
    for (uint32_t bits = BJ_HIST_SUB_BITS; bits < BJ_HIST_VALUE_BITS; bits++) {
        uint64_t edge = UINT64_C(1) << bits;
        BJ_CHECK(bj_hist_index(edge) == bj_hist_index(edge - 1) + 1);
    }
    BJ_CHECK(bj_hist_index(bj_hist_value_max) == BJ_HIST_BUCKETS - 1);
    memset(&hist, 0, sizeof hist);
    bj_hist_add(&hist, UINT64_MAX); /* beyond all: it counts, and max is exact */
    BJ_CHECK(hist.cnt == 1 && hist.max == UINT64_MAX && bj_hist_at(&hist, 500000) == UINT64_MAX);
}

static void test_merge(void) {
    memset(&hist, 0, sizeof hist), memset(&half, 0, sizeof half), memset(&other, 0, sizeof other);
    bj_hist_merge(&hist, &half); /* of nothing */
    BJ_CHECK(hist.cnt == 0 && hist.above_min == 0);
    for (int i = 0; i < 10000; i++) {
        uint64_t v = of_any_size();
        bj_hist_add(&hist, v);
        bj_hist_add(i % 3 ? &half : &other, v);
    }
    bj_hist_merge(&half, &other);
    BJ_CHECK(memcmp(&half, &hist, sizeof hist) == 0);
}

static void test_stamps(void) {
    static const bj_stamp_source_t sources[] = {BJ_STAMP_TSC, BJ_STAMP_CLOCK};
    BJ_CHECK(bj_stamp() == 0 && bj_stamp_ns(0, 5) == 0); /* before it is started there is none */
    for (size_t i = 0; i < BJ_COUNT(sources); i++) {
        const struct timespec wait = {.tv_nsec = 30000000};
        bj_stamp_start_with(sources[i]);
        int64_t from_ns = bj_clock_mono_ns();
        uint64_t from = bj_stamp();
        nanosleep(&wait, NULL);
        uint64_t to = bj_stamp();
        int64_t clock_ns = bj_clock_mono_ns() - from_ns;
        int64_t off_ns = (int64_t)bj_stamp_ns(from, to) - clock_ns;
        BJ_CHECK(off_ns > -clock_ns / 100 && off_ns < clock_ns / 100);
        BJ_CHECK(bj_stamp_ns(to, from) == 0 && bj_stamp_ns(0, to) == 0);
    }
    BJ_CHECK(bj_stamp_ns(1, UINT64_MAX) > UINT64_C(1000000000)); /* far too long, and no less */
    bj_stamp_start();
    BJ_CHECK(bj_stamp_clock.source != BJ_STAMP_OFF && bj_stamp() > 0);
    bj_stamp_clock.source = BJ_STAMP_OFF;
}

int main(void) {
    test_percentiles();
    test_buckets();
    test_merge();
    test_stamps();
    return bj_test_end("test_bj_hist");
}
