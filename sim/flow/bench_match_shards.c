/* Two shards, each with its engine, its flow and its core, beside one alone: they share nothing but
 * the machine's memory. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "sim/flow/bench_match.h"

enum { SHARDS = 2, RUNS = 7, OPS = 2000000 };

typedef struct shard {
    size_t       core;
    bench_flow_t flow;
    double       ops_per_s; /* median */
} shard_t;

static void *run_shard(void *ctx) {
    shard_t *shard = ctx;
    double ops_per_s[RUNS];
    size_t runs = bench_quick() ? 1 : RUNS;
    bench_pin(shard->core);
    for (size_t i = 0; i < runs; i++) ops_per_s[i] = 1e9 / bench_replay_ns(&shard->flow);
    shard->ops_per_s = bench_median(ops_per_s, runs);
    return NULL;
}

/* Each in a thread of its own; returns what they did together. */
static double run_together(shard_t *shards, size_t cnt) {
    pthread_t threads[SHARDS];
    double sum = 0;
    for (size_t i = 0; i < cnt; i++) {
        if (pthread_create(&threads[i], NULL, run_shard, &shards[i])) abort();
    }
    for (size_t i = 0; i < cnt; i++) {
        pthread_join(threads[i], NULL);
        sum += shards[i].ops_per_s;
    }
    return sum;
}

void bench_shards(void) {
    shard_t shards[SHARDS];
    if (bench_core_cnt() < SHARDS) {
        fputs("bench_match: one core: no figures of two shards\n", stderr);
        return;
    }
    for (size_t i = 0; i < SHARDS; i++) {
        bj_flow_gen_config_t config = {.seed = 1 + i, .op_cnt = bench_quick() ? OPS / 40 : OPS,
                                       .symbol_cnt = 64, .live_target = 19000,
                                       .stale_ppm = 10000, .jump_ppm = 4};
        shards[i] = (shard_t){.core = i, .flow = bench_flow_new(&config)};
    }
    double alone = run_together(shards, 1), both = run_together(shards, SHARDS);
    printf("match_shard_alone %.0f ops_per_s\n", alone);
    for (size_t i = 0; i < SHARDS; i++) {
        printf("match_shard_%zu_of_%d %.0f ops_per_s\n", i + 1, SHARDS, shards[i].ops_per_s);
        free(shards[i].flow.records);
    }
    printf("match_shards_together %.0f ops_per_s\n", both);
    printf("match_shards_speedup %.2f times_alone\n", both / alone);
}
