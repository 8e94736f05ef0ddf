/* Goal: the cost that is chosen, by a clock that is told what to say; hashes of another cost are
 * still right, and known to be cheaper; the threads give the answers that whoever asks himself
 * gets. */
#include <pthread.h>
#include "controlplane/identity/bj_argon.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

static const char password[] = "correct horse battery";

/* So many nanoseconds a KiB and pass; 0: no memory for more than the least. */
static int64_t timer(void *ns_per_kib, bj_argon_cost_t cost) {
    int64_t each_ns = *(const int64_t *)ns_per_kib;
    if (each_ns == 0) return cost.memory_kib > 19456 ? INT64_MAX : 1;
    return each_ns * cost.memory_kib * cost.passes;
}

static void test_choose(void) {
    static const struct {
        int64_t  each_ns, target_ms;
        uint32_t memory_max_kib, memory_kib, passes;
    } cases[] = {
        {1000, 25, 65536, 19456, 2},       /* 39 ms: slower than wished, and no cheaper for it */
        {1000, 1, 1024, 19456, 2},         /* nor for want of memory */
        {500, 25, 65536, 24576, 2},        /* 24.6 ms */
        {500, 20, 65536, 19456, 2},
        {100, 25, 65536, 65536, 3},        /* 19.7 ms, and no more memory */
        {100, 13, 65536, 47104, 2},        /* 65536 x 2 would be 13.1 */
        {100, 25, 262144, 65536, 3},       /* 98304 x 3 would be 29.5 */
        {1, 1000, 262144, 262144, 4},
        {1, 1000, 60000, 47104, 2},
        {0, 1000, 262144, 19456, 2},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        int64_t each_ns = cases[i].each_ns, took_ns = -1;
        bj_argon_cost_t cost =
            bj_argon_choose(cases[i].target_ms * BJ_NS_PER_MS, cases[i].memory_max_kib, timer,
                            &each_ns, &took_ns);
        BJ_CHECK(cost.memory_kib == cases[i].memory_kib && cost.passes == cases[i].passes);
        BJ_CHECK(took_ns == timer(&each_ns, cost));
    }
    BJ_CHECK(bj_argon_time(NULL, BJ_ARGON_LEAST) > 0);
    BJ_CHECK(bj_argon_time(NULL, (bj_argon_cost_t){1, 2}) == INT64_MAX); /* Argon2 refuses it */
}

static void test_cost_changes(void) {
    char old[BJ_ARGON_TEXT_BYTES], new[BJ_ARGON_TEXT_BYTES];
    BJ_CHECK(bj_argon_hash(password, old) && !bj_argon_weaker(old));
    bj_argon_use((bj_argon_cost_t){24576, 2});
    BJ_CHECK(bj_argon_hash(password, new) && !strncmp(new, "$argon2id$v=19$m=24576,t=2,p=1$", 31));
    BJ_CHECK(bj_argon_weaker(old) && !bj_argon_weaker(new));
    BJ_CHECK(bj_argon_verify(old, password) && bj_argon_verify(new, password));
    BJ_CHECK(!bj_argon_verify(old, "else") && !bj_argon_verify(NULL, password));
    bj_argon_use((bj_argon_cost_t){24576, 3});
    BJ_CHECK(bj_argon_weaker(new));
    bj_argon_use(BJ_ARGON_LEAST);
    BJ_CHECK(!bj_argon_weaker(old) && !bj_argon_weaker(new)); /* dearer is left as it is */
    BJ_CHECK(bj_argon_weaker("$argon2id$v=19$m=65536,t=1,p=1$AAAA$AAAA"));
    BJ_CHECK(bj_argon_weaker("") && bj_argon_weaker("$argon2i$v=19$m=65536,t=3,p=1$AAAA$AAAA"));
}

/* What is wrong costs the same work whatever its hash was made with: whoever guesses cannot tell an
 * older hash from nobody's. */
static void test_rest(void) {
    static const struct {
        const char *text;
        bj_argon_cost_t used, rest;
    } cases[] = {
        {"$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA", {65536, 2}, {46080, 2}},
        {"$argon2id$v=19$m=65536,t=2,p=1$AAAA$AAAA", {65536, 3}, {32768, 2}},
        {"$argon2id$v=19$m=65536,t=3,p=1$AAAA$AAAA", {131072, 4}, {163840, 2}},
        {"$argon2id$v=19$m=65536,t=2,p=1$AAAA$AAAA", {65536, 2}, {0, 0}},
        {"$argon2id$v=19$m=65536,t=3,p=1$AAAA$AAAA", {65536, 2}, {0, 0}},
        {"$argon2id$v=19$m=19455,t=2,p=1$AAAA$AAAA", {19456, 2}, {0, 0}}, /* below its least */
        {"nonsense", {19456, 2}, {19456, 2}},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_argon_use(cases[i].used);
        bj_argon_cost_t rest = bj_argon_rest(cases[i].text);
        BJ_CHECK(rest.memory_kib == cases[i].rest.memory_kib);
        BJ_CHECK(rest.passes == cases[i].rest.passes);
    }
    bj_argon_use(BJ_ARGON_LEAST);
}

typedef struct asker {
    const char *text;
    unsigned    wrong_cnt;
} asker_t;

static void *ask(void *arg) {
    asker_t *asker = arg;
    for (int i = 0; i < 3; i++) {
        asker->wrong_cnt += !bj_argon_verify(asker->text, password);
        asker->wrong_cnt += bj_argon_verify(asker->text, "something else");
        asker->wrong_cnt += bj_argon_verify(NULL, password);
    }
    return NULL;
}

static void test_threads(void) {
    char text[BJ_ARGON_TEXT_BYTES];
    pthread_t thread[6];
    asker_t asker[BJ_COUNT(thread)];
    BJ_CHECK(bj_argon_start());
    BJ_CHECK(bj_argon_hash(password, text));
    for (size_t i = 0; i < BJ_COUNT(thread); i++) {
        asker[i] = (asker_t){.text = text};
        pthread_create(&thread[i], NULL, ask, &asker[i]);
    }
    for (size_t i = 0; i < BJ_COUNT(thread); i++) {
        pthread_join(thread[i], NULL);
        BJ_CHECK(asker[i].wrong_cnt == 0);
    }
}

int main(void) {
    test_choose();
    test_cost_changes();
    test_rest();
    test_threads();
    return bj_test_end("test_bj_argon");
}
