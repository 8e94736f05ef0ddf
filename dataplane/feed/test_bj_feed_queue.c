/* Goal: the queue holds what was put into it, gives it out by sequence, and says what it cannot
 * hold.  Method: random puts, drops and cuts on some streams against a plain array; a failure
 * prints its seed. */
#include "dataplane/feed/bj_feed_queue.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"

enum { STREAMS = 3, SEQS = 4096 };
static struct model { int64_t recv_ns[SEQS]; uint32_t cnt; } model[STREAMS]; /* 0: not held */
static uint64_t rng;
static uint64_t dice(uint64_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (rng >> 33) % sides;
}

static uint64_t model_next(uint32_t s, uint64_t from) {
    while (from < SEQS && !model[s].recv_ns[from]) from++;
    return from; /* SEQS: none */
}

static void put(bj_feed_queue_t *queue, uint32_t s, uint32_t seq, uint64_t low, int64_t ns) {
    bj_feed_msg_t msg = {.seq = seq, .token = seq * 7 + s};
    int64_t reach = model[s].cnt ? (int64_t)seq - (int64_t)model_next(s, 0) : seq - (int64_t)low;
    switch (bj_feed_queue_put(queue, s, &msg, low, ns)) {
    case BJ_FEED_PUT_HELD:
        BJ_CHECK(!model[s].recv_ns[seq] && reach < 1024);
        model[s].recv_ns[seq] = ns;
        model[s].cnt++;
        break;
    case BJ_FEED_PUT_COPY: BJ_CHECK(model[s].recv_ns[seq]); break;
    case BJ_FEED_PUT_LOW: BJ_CHECK(model[s].cnt && seq < model_next(s, 0)); break;
    case BJ_FEED_PUT_FAR: BJ_CHECK(seq - low > 512 || seq > model_next(s, 0) + 512); break;
    case BJ_FEED_PUT_FULL: BJ_CHECK(bj_feed_queue_all(queue) > 0); break;
    }
}

static void check(const bj_feed_queue_t *queue) {
    uint32_t all = 0;
    for (uint32_t s = 0; s < STREAMS; s++) {
        uint64_t from = dice(SEQS), want = model_next(s, from), first = model_next(s, 0);
        const bj_feed_held_t *held = bj_feed_queue_next(queue, s, from);
        BJ_CHECK((held ? held->msg.seq : SEQS) == want);
        held = bj_feed_queue_first(queue, s);
        BJ_CHECK((held ? held->msg.seq : SEQS) == first);
        held = bj_feed_queue_find(queue, s, from);
        BJ_CHECK((held != NULL) == (model[s].recv_ns[from] != 0));
        if (held) BJ_CHECK(held->recv_ns == model[s].recv_ns[from] && held->msg.seq == from);
        if (held) BJ_CHECK(held->msg.token == (uint32_t)from * 7 + s);
        BJ_CHECK(bj_feed_queue_cnt(queue, s) == model[s].cnt);
        all += model[s].cnt;
    }
    BJ_CHECK(bj_feed_queue_all(queue) == all);
}

static void cut(bj_feed_queue_t *queue, uint32_t s, uint64_t seq) {
    bj_feed_queue_cut(queue, s, seq);
    for (uint64_t i = 0; i < SEQS && i < seq; i++) {
        model[s].cnt -= model[s].recv_ns[i] != 0;
        model[s].recv_ns[i] = 0;
    }
}

static void run_seed(uint64_t seed) {
    unsigned fails = bj_fail_cnt;
    rng = seed * 2 + 1;
    memset(model, 0, sizeof model);
    uint32_t message_max = 1 + (uint32_t)dice(600), low[STREAMS] = {1, 1, 1};
    size_t mem_bytes = bj_feed_queue_footprint(STREAMS, message_max, 512);
    void *mem = aligned_alloc(64, (mem_bytes + 63) / 64 * 64);
    bj_feed_queue_t *queue = bj_feed_queue_new(mem, STREAMS, message_max, 512);
    for (int i = 1; i < 3000; i++) {
        uint32_t s = (uint32_t)dice(STREAMS), what = (uint32_t)dice(100);
        uint64_t first = model_next(s, 0);
        if (what < 80) {
            uint32_t seq = low[s] + (uint32_t)dice(what < 70 ? 200 : 2500);
            uint64_t from = what < 10 ? low[s] + dice(seq - low[s] + 1) : low[s];
            if (seq < SEQS) put(queue, s, seq, from, i);
        } else if (what < 97 && first < SEQS) { /* what is held first comes out, as a drain does */
            bj_feed_queue_drop(queue, s, first);
            model[s].recv_ns[first] = 0;
            model[s].cnt--;
            low[s] = (uint32_t)first + 1;
        } else if (what == 98) {
            low[s] += (uint32_t)dice(300);
            cut(queue, s, low[s]);
        } else if (what == 99) cut(queue, s, UINT64_MAX);
        check(queue);
    }
    for (uint32_t s = 0; s < STREAMS; s++) cut(queue, s, UINT64_MAX);
    check(queue);
    for (uint32_t i = 0; i < message_max && low[0] + 500 < SEQS; i++)
        put(queue, 0, low[0] + i % 500, low[0], 1);
    if (message_max <= 500 && low[0] + 500 < SEQS) BJ_CHECK(model[0].cnt == message_max);
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    free(mem);
}

int main(void) {
    BJ_CHECK(!bj_feed_queue_footprint(0, 1, 1) && !bj_feed_queue_footprint(1, 0, 1));
    BJ_CHECK(!bj_feed_queue_footprint(1, 1, 0));
    BJ_CHECK(!bj_feed_queue_footprint(BJ_FEED_STREAM_MAX + 1, 1, 1));
    for (uint64_t seed = 0; seed < 100; seed++) run_seed(seed);
    return bj_test_end("test_bj_feed_queue");
}
