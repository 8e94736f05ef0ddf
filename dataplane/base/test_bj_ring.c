/* Goal: a ring loses, doubles and reorders nothing between two threads, and full means full.  Run
 * under ThreadSanitizer it also shows that the four acquire/release orders are enough. */
#include "dataplane/base/bj_base.h"

#include <pthread.h>
#include <stdlib.h>
#include "dataplane/base/bj_ring.h"
#include "dataplane/base/bj_test.h"

enum { DEPTH = 64, SLOT_BYTES = 128, MSG_CNT = 200000 };

typedef struct msg {
    uint64_t seq, twice;
} msg_t;

static void *produce(void *arg) {
    bj_ring_t *ring = arg;
    for (uint64_t i = 0; i < MSG_CNT;) {
        msg_t msg = {i, i * 2};
        if (bj_ring_push(ring, &msg, sizeof msg)) i++;
        else bj_cpu_pause();
    }
    return NULL;
}

static void test_shapes(void) {
    BJ_CHECK(bj_ring_footprint(0, 64) == 0 && bj_ring_footprint(1, 64) == 0);
    BJ_CHECK(bj_ring_footprint(3, 64) == 0 && bj_ring_footprint(UINT64_C(1) << 21, 64) == 0);
    BJ_CHECK(bj_ring_footprint(2, 63) == 0 && bj_ring_footprint(2, 0) == 0);
    BJ_CHECK(bj_ring_footprint(2, 2048) == 0);
    BJ_CHECK(bj_ring_footprint(2, 128) == sizeof(bj_ring_t) + 256);
}

static void test_full(bj_ring_t *ring) {
    msg_t msg = {7, 14};
    BJ_CHECK(bj_ring_peek(ring) == NULL);
    for (int i = 0; i < DEPTH; i++) BJ_CHECK(bj_ring_push(ring, &msg, sizeof msg));
    BJ_CHECK(!bj_ring_push(ring, &msg, sizeof msg) && bj_ring_room(ring) == 0);
    BJ_CHECK(bj_ring_reserve(ring) == NULL);
    for (int i = 0; i < DEPTH; i++) {
        const msg_t *got = bj_ring_peek(ring);
        BJ_CHECK(got && got->twice == 14);
        bj_ring_release(ring);
    }
    BJ_CHECK(bj_ring_room(ring) == DEPTH);
}

static void test_two_threads(bj_ring_t *ring) {
    pthread_t thread;
    BJ_CHECK(pthread_create(&thread, NULL, produce, ring) == 0);
    for (uint64_t want = 0; want < MSG_CNT;) {
        const msg_t *msg = bj_ring_peek(ring);
        if (!msg) { bj_cpu_pause(); continue; }
        BJ_CHECK(msg->seq == want && msg->twice == want * 2);
        bj_ring_release(ring);
        want++;
    }
    pthread_join(thread, NULL);
    BJ_CHECK(bj_ring_peek(ring) == NULL);
}

int main(void) {
    test_shapes();
    void *mem = aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(DEPTH, SLOT_BYTES));
    bj_ring_t *ring = bj_ring_new(mem, DEPTH, SLOT_BYTES);
    BJ_CHECK(ring && !bj_ring_new(mem, 5, SLOT_BYTES));
    if (ring) {
        test_full(ring);
        test_two_threads(ring);
    }
    free(mem);
    return bj_test_end("test_bj_ring");
}
