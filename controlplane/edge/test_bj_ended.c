/* Goal: no ticket from before an end is good, however many ends there are; all newer ones are. */
#include "controlplane/edge/bj_ended.h"
#include "dataplane/base/bj_test.h"

static void name_of(uint64_t n, uint8_t who[BJ_PASS_WHO_BYTES]) {
    uint64_t mixed = n * UINT64_C(0x9e3779b97f4a7c15);
    memcpy(who, &mixed, sizeof mixed);
    memcpy(who + sizeof mixed, &n, sizeof n);
}

static bool put(bj_ended_t *ended, uint64_t n, int64_t now_s) {
    uint8_t who[BJ_PASS_WHO_BYTES];
    name_of(n, who);
    return bj_ended_put(ended, who, now_s);
}
static bool has(const bj_ended_t *ended, uint64_t n, int64_t made_s) {
    uint8_t who[BJ_PASS_WHO_BYTES];
    name_of(n, who);
    return bj_ended_has(ended, who, made_s);
}
static bool named(const bj_ended_t *ended, uint64_t n, int64_t made_s) {
    uint8_t who[BJ_PASS_WHO_BYTES];
    name_of(n, who);
    return bj_ended_named(ended, who, made_s);
}

static void test_one(void) {
    bj_ended_t *ended = bj_ended_new(1000);
    BJ_CHECK(has(ended, 1, 999) && !has(ended, 1, 1000)); /* from before the start */
    BJ_CHECK(put(ended, 1, 1010) && has(ended, 1, 1005) && has(ended, 1, 1011));
    BJ_CHECK(!has(ended, 1, 1012) && !has(ended, 2, 1005));
    BJ_CHECK(put(ended, 1, 1020) && has(ended, 1, 1012)); /* once more */
    /* It is there for as long as a ticket is good that was made before. */
    for (int64_t now_s = 1021; now_s < 1020 + BJ_ENDED_KEEP_S; now_s++) {
        BJ_CHECK(put(ended, 2, now_s) && has(ended, 1, 1012));
    }
    BJ_CHECK(put(ended, 2, 1020 + 3 * BJ_ENDED_KEEP_S) && !has(ended, 1, 1012));
    BJ_CHECK(put(ended, 2, 1020 + 9 * BJ_ENDED_KEEP_S) && has(ended, 2, 1600));
    bj_ended_free(ended);
}

/* Full: nothing is forgotten, all from before is doubted; what is open is asked about by name. */
static void test_full(void) {
    bj_ended_t *ended = bj_ended_new(1000);
    for (uint64_t n = 0; n < BJ_ENDED_MAX; n++) {
        if (!put(ended, n, 1010)) BJ_CHECK(!"not full yet");
    }
    BJ_CHECK(put(ended, 5, 1011) && !has(ended, BJ_ENDED_MAX, 1010));
    BJ_CHECK(!put(ended, BJ_ENDED_MAX, 1012) && has(ended, BJ_ENDED_MAX, 1011));
    BJ_CHECK(has(ended, BJ_ENDED_MAX + 1, 1011) && !has(ended, BJ_ENDED_MAX + 1, 1012));
    BJ_CHECK(named(ended, BJ_ENDED_MAX - 1, 1010) && !named(ended, BJ_ENDED_MAX, 1010));
    BJ_CHECK(put(ended, BJ_ENDED_MAX, 1012 + BJ_ENDED_KEEP_S)); /* room again */
    BJ_CHECK(has(ended, 7, 1010));
    bj_ended_free(ended);
}

static void test_doubt(void) {
    bj_ended_t *ended = bj_ended_new(1000);
    bj_ended_doubt(ended, 1050);
    bj_ended_doubt(ended, 1040); /* a clock that went back takes nothing back */
    BJ_CHECK(has(ended, 1, 1049) && !has(ended, 1, 1050) && !named(ended, 1, 1049));
    bj_ended_free(ended);
}

int main(void) {
    test_one();
    test_full();
    test_doubt();
    return bj_test_end("test_bj_ended");
}
