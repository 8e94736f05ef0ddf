/* Goal: the matching engine and the plainest possible reference agree on every figure and every
 * digest, on the flows worked out by hand and on generated ones of every kind. */
#include "dataplane/replay/bj_replay.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "sim/flow/bj_flow_gen.h"
#include "sim/flow/bj_flow_ref.h"
#include "sim/flow/test_flow_cases.h"

enum { OPS = 20000, LIVE = 250, ORDER_MAX = OPS };

static bool agree(const bj_flow_record_t *records, size_t cnt, const bj_flow_ref_result_t *want) {
    unsigned fails = bj_fail_cnt;
    const bj_replay_options_t options = {0};
    bj_replay_result_t got;
    BJ_CHECK(bj_replay_run(records, cnt, &options, &got) == BJ_OK);
    BJ_CHECK(got.ops == want->ops);
    BJ_CHECK(got.rejects == want->rejects);
    BJ_CHECK(got.trades == want->trades && got.traded_qty == want->traded_qty);
    BJ_CHECK(got.live_orders == want->live_orders);
    BJ_CHECK(got.digest == want->digest);
    BJ_CHECK(got.bbo_digest == want->bbo_digest);
    BJ_CHECK(got.depth_digest == want->depth_digest);
    return bj_fail_cnt == fails;
}

static void test_rules(void) {
    for (size_t i = 0; i < BJ_COUNT(flow_cases); i++) {
        bj_flow_ref_result_t want = case_want(&flow_cases[i]);
        if (agree(flow_cases[i].flow, case_cnt(&flow_cases[i]), &want)) continue;
        fprintf(stderr, "  in case: %s\n", flow_cases[i].name);
    }
}

static void make_flow(const bj_flow_gen_config_t *config, bj_flow_record_t *records) {
    bj_flow_gen_t *gen = bj_flow_gen_new(config);
    if (!gen || bj_flow_gen_fill(gen, records, OPS) != config->op_cnt) abort();
    bj_flow_gen_free(gen);
}

static bj_flow_ref_result_t run_reference(const bj_flow_record_t *records, size_t cnt) {
    bj_flow_ref_t *ref = bj_flow_ref_new(ORDER_MAX);
    if (!ref) abort();
    for (size_t i = 0; i < cnt; i++) bj_flow_ref_apply(ref, &records[i]);
    bj_flow_ref_result_t result = bj_flow_ref_result(ref);
    bj_flow_ref_free(ref);
    return result;
}

static void check_flow(const bj_flow_gen_config_t *config) {
    static bj_flow_record_t records[OPS];
    make_flow(config, records);
    bj_flow_ref_result_t want = run_reference(records, config->op_cnt);
    if (agree(records, config->op_cnt, &want)) return;
    fprintf(stderr, "  seed %lu, %u symbols, path %d, ids %d, modify %d\n", config->seed,
            config->symbol_cnt, (int)config->path, (int)config->ids, (int)config->modify);
}

/* Every path with both kinds of ids and of modifies, in one book, in a few and in many. */
static void test_every_kind(void) {
    static const uint32_t symbol_cnts[] = {1, 8, 100};
    static const uint32_t op_cnts[] = {OPS, OPS / 2, OPS / 4}; /* the reference is slow on many */
    uint64_t seed = 0;
    for (size_t size = 0; size < BJ_COUNT(symbol_cnts); size++) {
        for (unsigned kind = 0; kind < 4 * BJ_FLOW_PATH_CNT; kind++) {
            bj_flow_gen_config_t config = {
                .seed = ++seed, .op_cnt = op_cnts[size], .symbol_cnt = symbol_cnts[size],
                .live_target = LIVE, .path = (bj_flow_path_t)(kind / 4),
                .ids = (bj_flow_ids_t)(kind % 2), .modify = (bj_flow_modify_mix_t)(kind / 2 % 2),
                .stale_ppm = 20000, .jump_ppm = 500};
            check_flow(&config);
        }
    }
}

/* Many short flows: each seed's books are thin, empty sides and whole sweeps are common. */
static void test_many_seeds(void) {
    for (uint64_t seed = 100; seed < 200; seed++) {
        bj_flow_gen_config_t config = {
            .seed = seed, .op_cnt = 1000, .symbol_cnt = 1 + (uint32_t)seed % 4, .live_target = 20,
            .path = (bj_flow_path_t)(seed % BJ_FLOW_PATH_CNT), .ids = (bj_flow_ids_t)(seed / 5 % 2),
            .modify = BJ_FLOW_FULL, .stale_ppm = 100000, .jump_ppm = 5000};
        check_flow(&config);
    }
}

int main(void) {
    test_rules();
    test_every_kind();
    test_many_seeds();
    return bj_test_end("test_bj_flow_replay");
}
