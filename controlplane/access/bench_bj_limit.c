/* What a request limit costs a request: from the own bucket, under a lease, and with a Redis of its
 * own where every lease is one token. */
#include <pthread.h>
#include "controlplane/access/bj_limit.h"
#include "controlplane/store/child_test.h"

enum { TAKES = 2000000, TRIPS = 20000 };

static void run(const char *name, bj_limits_t *limits, unsigned cnt) {
    bj_limit_room_t room;
    int64_t from_ns = bj_clock_mono_ns();
    unsigned passed = 0;
    for (unsigned i = 0; i < cnt; i++) {
        passed +=
            bj_limits_take(limits, BJ_TIER_USER, BJ_LOAD_READ, "1001", bj_clock_mono_ns(), &room);
    }
    printf("%s %.0f ns\n", name, (double)(bj_clock_mono_ns() - from_ns) / cnt);
    if (passed < cnt) fprintf(stderr, "%s: %u of %u passed\n", name, passed, cnt);
}

static bj_limits_t *with(uint32_t burst, bj_cache_t *cache) {
    bj_limit_rate_t rates[BJ_TIER_CNT][BJ_LOAD_CNT];
    for (size_t i = 0; i < BJ_TIER_CNT * BJ_LOAD_CNT; i++) {
        rates[i / BJ_LOAD_CNT][i % BJ_LOAD_CNT] = (bj_limit_rate_t){1000000, burst};
    }
    return bj_limits_new(rates[0], cache);
}

int main(void) {
    char dir[64], socket[96];
    signal(SIGPIPE, SIG_IGN);
    if (!child_mkdir(dir, sizeof dir)) return 1;
    snprintf(socket, sizeof socket, "%s/redis.sock", dir);
    pid_t redis = child_start(
        (char *[]){"redis-server", "--port", "0", "--unixsocket", socket, "--save", "", NULL});
    bj_cache_t *cache = bj_cache_new(socket);
    while (bj_cache_set(cache, "x", "y", 1, 9) != BJ_OK)
        child_sleep_ms(10);
    bj_limits_t *leased = with(1000000, cache), *single = with(8, cache);
    run("limit_take_leased", leased, TAKES / 4);
    run("limit_take_asking_redis", single, TRIPS);
    bj_limits_free(leased);
    bj_limits_free(single);
    bj_cache_free(cache);
    child_stop(redis, SIGKILL);
    bj_limits_t *own = with(1000000, NULL);
    run("limit_take_without_redis", own, TAKES);
    bj_limits_free(own);
    child_rmdir(dir);
    return 0;
}
