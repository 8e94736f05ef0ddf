/* Goal: each fault does what its name says, as often as it was told, to whom it was told, and to
 * nobody else; what waits goes out when it is due and in that order; the same seed, the same
 * faults.  Datagrams carry their number, so that a plain table of what came out is the oracle. */
#include "sim/exchange/bj_fault.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_late.h"

enum { STREAMS = 3, CNT = 20000, DATA_BYTES = 38 };

/* What came out of a source of a stream. */
typedef struct heard {
    uint32_t cnt, copies[CNT], number[2 * CNT];
    int64_t  due_ns[2 * CNT];
    uint32_t wrong; /* bytes are not those that went in */
} heard_t;
static heard_t heard[BJ_SOURCES][STREAMS];
static int64_t last_due_ns[BJ_SOURCES];
static bool in_order;

static void fill(uint8_t *data, uint32_t stream_idx, uint32_t number) {
    for (uint32_t i = 0; i < DATA_BYTES; i++) {
        data[i] = (uint8_t)(number * 7 + (number >> 8) * 11 + i + stream_idx);
    }
    memcpy(data, &number, sizeof number);
}

static void hear(void *ctx, uint32_t source, uint32_t stream_idx, const void *data,
                 size_t data_bytes, int64_t due_ns) {
    (void)ctx;
    heard_t *to = &heard[source][stream_idx];
    uint8_t want[DATA_BYTES];
    uint32_t number;
    memcpy(&number, data, sizeof number);
    fill(want, stream_idx, number);
    bool same = data_bytes == DATA_BYTES && number < CNT && !memcmp(want, data, DATA_BYTES);
    to->wrong += !same;
    if (same) to->copies[number]++;
    if (to->cnt == 2 * CNT) abort();
    to->number[to->cnt] = number;
    to->due_ns[to->cnt++] = due_ns;
    in_order &= due_ns >= last_due_ns[source];
    last_due_ns[source] = due_ns;
}

static bj_faults_t *begin(uint64_t seed, int64_t b_delay_ns) {
    memset(heard, 0, sizeof heard);
    memset(last_due_ns, 0, sizeof last_due_ns);
    in_order = true;
    return bj_faults_new(&(bj_faults_config_t){.stream_cnt = STREAMS, .seed = seed, .send = hear,
                                               .delay_ns = {0, b_delay_ns}});
}

/* cnt datagrams on every stream, a microsecond apart. */
static void run(bj_faults_t *faults, uint32_t from, uint32_t cnt) {
    uint8_t data[DATA_BYTES];
    for (uint32_t n = from; n < from + cnt; n++) {
        for (uint32_t i = 0; i < STREAMS; i++) {
            fill(data, i, n);
            bj_faults_put(faults, i, data, sizeof data, (n + 1) * BJ_NS_PER_US);
        }
        bj_faults_due(faults, (n + 1) * BJ_NS_PER_US);
    }
}

static uint32_t lost(uint32_t source, uint32_t stream_idx, uint32_t from, uint32_t cnt) {
    uint32_t lost_cnt = 0;
    for (uint32_t n = from; n < from + cnt; n++) {
        lost_cnt += heard[source][stream_idx].copies[n] == 0;
    }
    return lost_cnt;
}

/* Every stream and source but the one that is meant is whole, each datagram once, in order. */
static bool others_whole(uint32_t source, uint32_t stream_idx, uint32_t cnt) {
    bool whole = true;
    for (uint32_t s = 0; s < BJ_SOURCES; s++) {
        for (uint32_t i = 0; i < STREAMS; i++) {
            if (s == source && i == stream_idx) continue;
            whole &= heard[s][i].cnt == cnt && heard[s][i].wrong == 0;
            for (uint32_t n = 0; n < heard[s][i].cnt; n++) whole &= heard[s][i].number[n] == n;
        }
    }
    return whole;
}

static void test_none(void) {
    bj_faults_t *faults = begin(1, 200 * BJ_NS_PER_US);
    run(faults, 0, CNT);
    BJ_CHECK(heard[0][0].cnt == CNT && heard[1][0].cnt == CNT - 200); /* B is 200 us behind */
    BJ_CHECK(bj_faults_next_ns(faults) == (CNT + 1) * BJ_NS_PER_US);
    bj_faults_flush(faults);
    BJ_CHECK(bj_faults_next_ns(faults) == INT64_MAX);
    BJ_CHECK(others_whole(9, 9, CNT) && in_order);
    for (uint32_t n = 0; n < CNT; n++) {
        BJ_CHECK(heard[0][1].due_ns[n] == (n + 1) * BJ_NS_PER_US);
        BJ_CHECK(heard[1][1].due_ns[n] == (n + 201) * BJ_NS_PER_US);
    }
    bj_faults_free(faults);
}

static void test_permille(void) {
    static const bj_fault_kind_t kinds[] = {BJ_FAULT_DROP, BJ_FAULT_CORRUPT, BJ_FAULT_DUPLICATE,
                                            BJ_FAULT_REORDER};
    for (size_t k = 0; k < BJ_COUNT(kinds); k++) {
        for (uint32_t permille = 0; permille <= 1000; permille += 250) {
            bj_faults_t *faults = begin(k + permille, 50 * BJ_NS_PER_US);
            bj_faults_set(faults, &(bj_fault_t){.kind = kinds[k], .who = BJ_WHO_B, .streams = 2,
                                                .permille = permille, .depth = 2}, 0);
            run(faults, 0, CNT);
            bj_faults_flush(faults);
            uint64_t cnt = bj_faults_cnt(faults, 1, kinds[k]), mean = CNT * permille / 1000;
            const heard_t *to = &heard[1][1];
            bool exact = permille == 0 || permille == 1000;
            bool room = kinds[k] != BJ_FAULT_REORDER || permille < 750; /* for all who wait */
            BJ_CHECK(!room || (exact ? cnt == mean : cnt > mean - 400 && cnt < mean + 400));
            BJ_CHECK(to->cnt == CNT + (kinds[k] == BJ_FAULT_DUPLICATE ? cnt : 0) -
                                    (kinds[k] == BJ_FAULT_DROP ? cnt : 0));
            BJ_CHECK(to->wrong == (kinds[k] == BJ_FAULT_CORRUPT ? cnt : 0));
            BJ_CHECK(others_whole(1, 1, CNT) && bj_faults_cnt(faults, 0, kinds[k]) == 0);
            bj_faults_free(faults);
        }
    }
}

static void test_next(void) {
    bj_faults_t *faults = begin(3, 100 * BJ_NS_PER_US);
    run(faults, 0, 1000);
    bj_faults_set(faults, &(bj_fault_t){.kind = BJ_FAULT_DROP, .who = BJ_WHO_BOTH, .streams = 1,
                                        .next = 5}, 0);
    run(faults, 1000, 1000);
    bj_faults_flush(faults);
    /* The same five on both, though B was a hundred behind when it was told. */
    BJ_CHECK(lost(0, 0, 1000, 5) == 5 && lost(1, 0, 1000, 5) == 5);
    BJ_CHECK(lost(0, 0, 0, 2000) == 5 && lost(1, 0, 0, 2000) == 5 && lost(0, 1, 0, 2000) == 0);
    BJ_CHECK(bj_faults_cnt(faults, 0, BJ_FAULT_DROP) == 5);
    BJ_CHECK(bj_faults_cnt(faults, 1, BJ_FAULT_DROP) == 5);
    bj_faults_free(faults);
}

/* A and B by themselves seldom lose the same; both together always do. */
static void test_shared(void) {
    for (int together = 0; together < 2; together++) {
        bj_faults_t *faults = begin(4, 0);
        bj_fault_t fault = {.kind = BJ_FAULT_DROP, .who = together ? BJ_WHO_BOTH : BJ_WHO_A,
                            .streams = 1, .permille = 100};
        bj_faults_set(faults, &fault, 0);
        fault.who = BJ_WHO_B;
        if (!together) bj_faults_set(faults, &fault, 0);
        run(faults, 0, CNT);
        uint32_t both = 0;
        for (uint32_t n = 0; n < CNT; n++) {
            both += heard[0][0].copies[n] == 0 && heard[1][0].copies[n] == 0;
        }
        BJ_CHECK(together ? both == lost(0, 0, 0, CNT) && both == lost(1, 0, 0, CNT)
                          : both > CNT / 100 - 60 && both < CNT / 100 + 60);
        bj_faults_free(faults);
    }
}

static void test_reorder(void) {
    for (uint32_t depth = 1; depth <= 5; depth++) {
        bj_faults_t *faults = begin(5, 0);
        run(faults, 0, 10);
        bj_faults_set(faults, &(bj_fault_t){.kind = BJ_FAULT_REORDER, .who = BJ_WHO_A, .streams = 4,
                                            .next = 1, .depth = depth}, 0);
        run(faults, 10, 90);
        const heard_t *to = &heard[0][2];
        BJ_CHECK(to->cnt == 100 && to->number[10] == 11 && to->number[10 + depth] == 10);
        BJ_CHECK(others_whole(0, 2, 100));
        bj_faults_free(faults);
    }
    bj_faults_t *late = begin(6, 100 * BJ_NS_PER_US); /* B is behind: it swaps there just so */
    bj_faults_set(late, &(bj_fault_t){.kind = BJ_FAULT_REORDER, .who = BJ_WHO_B, .streams = 1,
                                      .next = 1, .depth = 2}, 0);
    run(late, 0, 10);
    BJ_CHECK(heard[1][0].cnt == 0);
    bj_faults_flush(late);
    BJ_CHECK(heard[1][0].number[0] == 1 && heard[1][0].number[2] == 0 && in_order);
    bj_faults_free(late);
    bj_faults_t *faults = begin(6, 0); /* nothing follows: it waits for the end, or for a clear */
    bj_faults_set(faults, &(bj_fault_t){.kind = BJ_FAULT_REORDER, .who = BJ_WHO_A, .streams = 1,
                                        .next = 3, .depth = 100}, 0);
    run(faults, 0, 3);
    BJ_CHECK(heard[0][0].cnt == 0);
    bj_faults_clear(faults, BJ_WHO_A, 1);
    run(faults, 3, 1);
    BJ_CHECK(heard[0][0].cnt == 4 && heard[0][0].number[0] == 3 && heard[0][0].number[3] == 2);
    bj_faults_free(faults);
}

static void test_delay_and_silence(void) {
    bj_faults_t *faults = begin(7, 0);
    bj_fault_t fault = {.kind = BJ_FAULT_DELAY, .who = BJ_WHO_A, .streams = 1,
                        .time_ns = 30 * BJ_NS_PER_US};
    bj_faults_set(faults, &fault, 0);
    run(faults, 0, 100);
    BJ_CHECK(heard[0][0].cnt == 70 && heard[0][0].due_ns[0] == 31 * BJ_NS_PER_US);
    BJ_CHECK(others_whole(0, 0, 100) && in_order);
    fault.time_ns = 0; /* what comes now overtakes what waits */
    bj_faults_set(faults, &fault, 0);
    run(faults, 100, 1);
    BJ_CHECK(heard[0][0].number[71] == 100 && heard[0][0].number[70] == 70);
    bj_faults_flush(faults);
    fault = (bj_fault_t){.kind = BJ_FAULT_SILENCE, .who = BJ_WHO_BOTH, .streams = UINT64_MAX,
                         .time_ns = 10 * BJ_NS_PER_US};
    bj_faults_set(faults, &fault, 102 * BJ_NS_PER_US); /* 101 to 110 are not heard */
    run(faults, 101, 99);
    BJ_CHECK(lost(0, 1, 101, 10) == 10 && lost(1, 2, 101, 10) == 10 && lost(0, 0, 111, 89) == 0);
    fault.time_ns = INT64_MAX;
    bj_faults_set(faults, &fault, 0);
    run(faults, 200, 100);
    BJ_CHECK(lost(0, 0, 200, 100) == 100);
    bj_faults_clear(faults, BJ_WHO_BOTH, 1);
    run(faults, 300, 100);
    BJ_CHECK(lost(0, 0, 300, 100) == 0 && lost(0, 1, 300, 100) == 100);
    bj_faults_free(faults);
}

static uint64_t trace(uint64_t seed, bool busy_neighbour) {
    uint64_t hash = 0;
    bj_faults_t *faults = begin(seed, 0);
    for (bj_fault_kind_t kind = BJ_FAULT_DROP; kind <= BJ_FAULT_REORDER; kind++) {
        bj_faults_set(faults, &(bj_fault_t){.kind = kind, .who = BJ_WHO_A,
                                            .streams = busy_neighbour ? 3 : 1, .permille = 50,
                                            .depth = 3}, 0);
    }
    run(faults, 0, 5000);
    for (uint32_t n = 0; n < heard[0][0].cnt; n++) {
        hash = (hash ^ heard[0][0].number[n]) * UINT64_C(0x100000001b3);
    }
    bj_faults_free(faults);
    return hash;
}

/* The queue against the plainest one: the least of all, the earliest put of the least; and of every
 * size the bytes that went in. */
static void test_late(uint64_t seed) {
    enum { CAP = 64 };
    bj_late_datagram_t naive[CAP];
    uint32_t cnt = 0, puts = 0;
    unsigned bad = 0;
    static uint8_t data[CAP + BJ_LATE_BYTES_MAX];
    for (uint32_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7 + (i >> 8));
    bj_late_t *late = bj_late_new(CAP);
    for (int i = 0; i < 20000; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        bool full = bj_late_full(late);
        bad += full != (cnt == CAP);
        if (!full && seed >> 62) {
            naive[cnt] = (bj_late_datagram_t){.due_ns = (int64_t)(seed >> 40 & 31),
                                              .stream_idx = puts++,
                                              .data = data + cnt,
                                              .data_bytes = (uint32_t)(seed >> 20) %
                                                            (BJ_LATE_BYTES_MAX + 1)};
            if (seed >> 50 & 1) naive[cnt].data_bytes %= BJ_LATE_SMALL_BYTES + 2;
            bj_late_put(late, &naive[cnt++]);
            continue;
        }
        const bj_late_datagram_t *first = bj_late_first(late);
        bad += (first == NULL) != (cnt == 0);
        if (!first) continue;
        uint32_t least = 0;
        for (uint32_t n = 1; n < cnt; n++) {
            if (naive[n].due_ns < naive[least].due_ns) least = n;
        }
        bad += first->stream_idx != naive[least].stream_idx;
        bad += first->data_bytes != naive[least].data_bytes ||
               memcmp(first->data, naive[least].data, first->data_bytes);
        bj_late_drop(late);
        memmove(&naive[least], &naive[least + 1], (--cnt - least) * sizeof naive[0]);
    }
    BJ_CHECK(bad == 0);
    bj_late_free(late);
}

/* More of the broadcast than there is room for wait: the earliest go before time, none is lost. */
static void test_big(void) {
    static uint8_t data[BJ_LATE_BYTES_MAX];
    bj_late_t *late = bj_late_new(1024);
    uint32_t cnt = 0;
    for (; !bj_late_full(late); cnt++) {
        bj_late_put(late, &(bj_late_datagram_t){.due_ns = cnt, .data = data,
                                                .data_bytes = sizeof data});
    }
    BJ_CHECK(cnt == BJ_LATE_BIG_MAX);
    bj_late_drop(late);
    BJ_CHECK(!bj_late_full(late) && bj_late_first(late)->due_ns == 1);
    bj_late_free(late);
}

int main(void) {
    test_big();
    test_none();
    test_permille();
    test_next();
    test_shared();
    test_reorder();
    test_delay_and_silence();
    BJ_CHECK(trace(1, false) == trace(1, false) && trace(1, false) != trace(2, false));
    BJ_CHECK(trace(1, false) == trace(1, true));
    for (uint64_t seed = 1; seed <= 5; seed++) test_late(seed);
    return bj_test_end("test_bj_fault");
}
