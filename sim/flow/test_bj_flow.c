/* Goal: the generator is the same every time, says nothing that is not allowed, names orders that
 * rest, and moves prices as its paths promise; the reference gets every rule of docs/flow.md right
 * where the result was worked out by hand. */
#include "sim/flow/bj_flow_gen.h"

#include <inttypes.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "sim/flow/bj_flow_ref.h"
#include "sim/flow/test_flow_cases.h"

enum { PRICE_MAX = 131071, ORDER_MAX = 20000 };

static bj_flow_gen_t *new_gen(const bj_flow_gen_config_t *config) {
    bj_flow_gen_t *gen = bj_flow_gen_new(config);
    if (!gen) abort();
    return gen;
}

static bj_flow_ref_t *new_ref(void) {
    bj_flow_ref_t *ref = bj_flow_ref_new(ORDER_MAX);
    if (!ref) abort();
    return ref;
}

/* --- the reference, by hand */
static void test_rules(void) {
    for (size_t i = 0; i < BJ_COUNT(flow_cases); i++) {
        const flow_case_t *row = &flow_cases[i];
        bj_flow_ref_t *ref = new_ref();
        for (size_t k = 0; k < case_cnt(row); k++) bj_flow_ref_apply(ref, &row->flow[k]);
        bj_flow_ref_result_t got = bj_flow_ref_result(ref), want = case_want(row);
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(got.ops == want.ops && got.rejects == want.rejects);
        BJ_CHECK(got.trades == want.trades && got.traded_qty == want.traded_qty);
        BJ_CHECK(got.live_orders == want.live_orders);
        BJ_CHECK(got.digest == want.digest);
        BJ_CHECK(got.bbo_digest == want.bbo_digest);
        BJ_CHECK(got.depth_digest == want.depth_digest);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", row->name);
        bj_flow_ref_free(ref);
    }
}

/* --- the generator: the same bytes */
static uint64_t flow_hash(const bj_flow_gen_config_t *config, size_t block) {
    bj_flow_record_t records[512];
    bj_flow_gen_t *gen = new_gen(config);
    uint64_t hash = BJ_FNV_OFFSET, op_cnt = 0;
    for (size_t cnt; (cnt = bj_flow_gen_fill(gen, records, block)); op_cnt += cnt) {
        hash = bj_fnv1a(hash, records, cnt * sizeof records[0]);
    }
    BJ_CHECK(op_cnt == config->op_cnt);
    BJ_CHECK(bj_flow_gen_fill(gen, records, block) == 0);
    bj_flow_gen_free(gen);
    return hash;
}

static void test_same_bytes(void) {
    static const uint64_t want[BJ_FLOW_PATH_CNT][2] = {
        [BJ_FLOW_CALM] = {0xa6f43ac1f96869cd, 0x2e5c698db960f62c},
        [BJ_FLOW_TREND] = {0xaef616a514ac8d63, 0x999f08f3998ae4a4},
        [BJ_FLOW_SWING25] = {0x5a84cad5da51d8ba, 0x4466ad3c7bf2b1ef},
        [BJ_FLOW_SWING40] = {0x5c113cfe367430a8, 0x7b62e8db1515ddc0},
        [BJ_FLOW_CRASH] = {0x17220273428a88fc, 0xabb3a0d9c961ee7f},
    };
    for (int path = 0; path < BJ_FLOW_PATH_CNT; path++) {
        for (int other = 0; other < 2; other++) { /* other ids, other modifies */
            bj_flow_gen_config_t config = {
                .seed = 1, .op_cnt = 20000, .symbol_cnt = 5, .live_target = 500,
                .path = (bj_flow_path_t)path, .ids = (bj_flow_ids_t)other,
                .modify = (bj_flow_modify_mix_t)other, .stale_ppm = 10000, .jump_ppm = 100};
            uint64_t got = flow_hash(&config, 512);
            BJ_CHECK(got == want[path][other]);
            if (got != want[path][other]) {
                fprintf(stderr, "  path %d, other %d: 0x%016" PRIx64 "\n", path, other, got);
            }
            BJ_CHECK(got == flow_hash(&config, 7)); /* whatever the blocks */
            config.seed = 2;
            BJ_CHECK(got != flow_hash(&config, 512));
        }
    }
}

static void test_check(void) {
    const bj_flow_gen_config_t good = {.op_cnt = 1, .symbol_cnt = 1, .live_target = 1};
    BJ_CHECK(!bj_flow_gen_check(&good));
#define BAD(field, value)                                                        \
    do {                                                                         \
        bj_flow_gen_config_t bad = good;                                         \
        bad.field = (value);                                                     \
        const char *said = bj_flow_gen_check(&bad);                              \
        BJ_CHECK(said && strncmp(said, #field ":", sizeof #field) == 0);         \
        BJ_CHECK(!bj_flow_gen_new(&bad));                                        \
    } while (0)
    BAD(op_cnt, 0);
    BAD(op_cnt, UINT64_C(1) << 31);
    BAD(symbol_cnt, 0);
    BAD(symbol_cnt, 65536);
    BAD(live_target, 0);
    BAD(live_target, BJ_FLOW_LIVE_MAX + 1u);
    BAD(ids, BJ_FLOW_IDS_CNT);
    BAD(modify, BJ_FLOW_MODIFY_CNT);
    BAD(path, BJ_FLOW_PATH_CNT);
    BAD(stale_ppm, 1000001);
    BAD(jump_ppm, 1000001);
#undef BAD
}

/* --- the generator: every record makes sense */
typedef struct watch {
    const bj_flow_gen_config_t *config;
    bj_flow_ref_t *ref;
    uint64_t last_id[8]; /* by stream: new ids only grow */
    uint64_t stale_cnt, op_cnt[BJ_FLOW_OP_CNT];
    uint64_t repriced, lowered, raised; /* modifies */
} watch_t;

static void watch_new_id(watch_t *watch, uint64_t order_id) {
    if (watch->config->ids == BJ_FLOW_DENSE) {
        BJ_CHECK(order_id == ++watch->last_id[0]);
        return;
    }
    uint64_t stream = order_id / UINT64_C(100000000000000) - 11;
    BJ_CHECK(stream < 8 && order_id > watch->last_id[stream]);
    if (stream < 8) watch->last_id[stream] = order_id;
}

static void watch_named(watch_t *watch, const bj_flow_record_t *record) {
    const bj_flow_ref_order_t *order = bj_flow_ref_find(watch->ref, record->order_id);
    if (!order) {
        watch->stale_cnt++;
        return;
    }
    BJ_CHECK(order->symbol == record->symbol && order->side == record->side);
    if (record->op == BJ_FLOW_CANCEL) return;
    if (record->price_ticks != order->price_ticks) watch->repriced++;
    else if (record->qty > order->qty) watch->raised++;
    else watch->lowered++;
}

static void watch_record(watch_t *watch, const bj_flow_record_t *record) {
    bool has_price = record->op != BJ_FLOW_CANCEL && record->op != BJ_FLOW_MARKET;
    bool is_new = record->op != BJ_FLOW_CANCEL && record->op != BJ_FLOW_MODIFY;
    BJ_CHECK(record->op < BJ_FLOW_OP_CNT && record->side <= SELL);
    BJ_CHECK(record->symbol < watch->config->symbol_cnt);
    if (has_price) BJ_CHECK(record->price_ticks >= 1 && record->price_ticks <= PRICE_MAX);
    if (record->op != BJ_FLOW_CANCEL) BJ_CHECK(record->qty >= 1 && record->qty <= 1000000);
    if (is_new) watch_new_id(watch, record->order_id);
    else watch_named(watch, record);
    watch->op_cnt[record->op]++;
}

static void check_figures(const watch_t *watch, const bj_flow_gen_stats_t *stats) {
    bj_flow_ref_result_t result = bj_flow_ref_result(watch->ref);
    BJ_CHECK(result.trades == stats->trade_cnt && result.live_orders == stats->live_cnt);
    BJ_CHECK(result.rejects == stats->stale_cnt && watch->stale_cnt == stats->stale_cnt);
    BJ_CHECK(memcmp(watch->op_cnt, stats->op_cnt, sizeof watch->op_cnt) == 0);
    BJ_CHECK(watch->repriced > 0);
    bool full = watch->config->modify == BJ_FLOW_FULL;
    BJ_CHECK((watch->lowered > 0) == full && (watch->raised > 0) == full);
    BJ_CHECK((stats->stale_cnt > 0) == (watch->config->stale_ppm > 0));
}

static bj_flow_gen_stats_t watch_flow(const bj_flow_gen_config_t *config) {
    bj_flow_gen_t *gen = new_gen(config);
    watch_t watch = {.config = config, .ref = new_ref()};
    for (bj_flow_record_t record; bj_flow_gen_fill(gen, &record, 1);) {
        watch_record(&watch, &record);
        bj_flow_ref_apply(watch.ref, &record);
    }
    bj_flow_gen_stats_t stats = bj_flow_gen_stats(gen);
    check_figures(&watch, &stats);
    bj_flow_ref_free(watch.ref);
    bj_flow_gen_free(gen);
    return stats;
}

static void test_records(void) {
    static const uint32_t symbol_cnts[] = {1, 7, 60};
    unsigned kinds = BJ_FLOW_PATH_CNT * 2 * 2 * BJ_COUNT(symbol_cnts);
    for (unsigned kind = 0; kind < kinds; kind++) {
        unsigned rest = kind / BJ_FLOW_PATH_CNT;
        bj_flow_gen_config_t config = {
            .seed = kind, .op_cnt = 5000, .live_target = 300,
            .path = (bj_flow_path_t)(kind % BJ_FLOW_PATH_CNT),
            .ids = (bj_flow_ids_t)(rest % 2), .modify = (bj_flow_modify_mix_t)(rest / 2 % 2),
            .symbol_cnt = symbol_cnts[rest / 4], .stale_ppm = kind % 4 ? 50000 : 0,
            .jump_ppm = 200};
        watch_flow(&config);
    }
}

static void test_live_orders(void) {
    for (uint32_t target = 100; target <= 1600; target *= 4) {
        bj_flow_gen_config_t config = {.seed = target, .op_cnt = 12000, .symbol_cnt = 4,
                                       .live_target = target, .stale_ppm = 10000};
        bj_flow_gen_stats_t stats = watch_flow(&config);
        BJ_CHECK(stats.live_cnt > target * 3 / 4 && stats.live_cnt < target * 5 / 4);
        BJ_CHECK(stats.warm_cnt > target - 8 && stats.warm_cnt <= target);
    }
    bj_flow_gen_config_t one = {.op_cnt = 1, .symbol_cnt = BJ_FLOW_SYMBOLS_MAX, .live_target = 1,
                                .stale_ppm = BJ_FLOW_PPM_MAX, .jump_ppm = BJ_FLOW_PPM_MAX};
    flow_hash(&one, 1);
}

/* --- the generator: prices go where the path says */
typedef struct track { /* the middle of the touch, twice over, so that it is whole */
    uint32_t start, lo, hi;
    uint32_t extreme, turn_cnt; /* a turn is a move of turn_ticks back from the last extreme */
    int32_t  turn_ticks, way;
    uint32_t sample_cnt, home_cnt; /* home: within 60 ticks of the start */
} track_t;

static void track_turns(track_t *track, uint32_t at) {
    int32_t gone = (int32_t)at - (int32_t)track->extreme; /* since the extreme, in half ticks */
    if (gone * track->way >= 0) {
        track->extreme = at;
    } else if (abs(gone) >= 2 * track->turn_ticks) {
        track->turn_cnt++;
        track->way = -track->way;
        track->extreme = at;
    }
}

static void track_top(track_t *track, const bj_flow_ref_top_t *top) {
    if (!top->bid_ticks || !top->ask_ticks) return;
    uint32_t at = top->bid_ticks + top->ask_ticks;
    if (!track->sample_cnt++) track->start = track->lo = track->hi = track->extreme = at;
    if (at < track->lo) track->lo = at;
    if (at > track->hi) track->hi = at;
    track->home_cnt += abs((int32_t)at - (int32_t)track->start) < 2 * 60;
    track_turns(track, at);
}

static track_t track_flow(const bj_flow_gen_config_t *config, int32_t turn_ticks) {
    track_t track = {.turn_ticks = turn_ticks, .way = 1};
    bj_flow_gen_t *gen = new_gen(config);
    bj_flow_ref_t *ref = new_ref();
    bj_flow_record_t records[4];
    for (size_t cnt; (cnt = bj_flow_gen_fill(gen, records, BJ_COUNT(records)));) {
        for (size_t i = 0; i < cnt; i++) bj_flow_ref_apply(ref, &records[i]);
        bj_flow_ref_top_t top = bj_flow_ref_top(ref, 0);
        track_top(&track, &top);
    }
    bj_flow_ref_free(ref);
    bj_flow_gen_free(gen);
    track.lo /= 2;
    track.hi /= 2;
    return track;
}

static void test_paths(void) {
    static const struct {
        bj_flow_path_t path;
        uint32_t jump_ppm;
        uint32_t range_min, range_max; /* ticks between the lowest and the highest */
        int32_t  turn_ticks;
        uint32_t turns_min, turns_max;
        uint32_t home_percent_min, home_percent_max;
    } rows[] = {
        {BJ_FLOW_CALM, 0, 3, 50, 50, 0, 0, 100, 100},
        {BJ_FLOW_CALM, 1000, 200, 4000, 15, 4, 100, 0, 60},
        {BJ_FLOW_TREND, 0, 3500, 9000, 500, 1, 3, 0, 5},
        {BJ_FLOW_SWING25, 0, 25, 60, 18, 40, 120, 100, 100},
        {BJ_FLOW_SWING40, 0, 40, 80, 30, 40, 120, 50, 100},
        {BJ_FLOW_CRASH, 0, 1800, 5100, 1000, 2, 40, 60, 95},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_flow_gen_config_t config = {.seed = 3, .op_cnt = 24000, .symbol_cnt = 1,
                                       .live_target = 250, .path = rows[i].path,
                                       .jump_ppm = rows[i].jump_ppm};
        track_t track = track_flow(&config, rows[i].turn_ticks);
        uint32_t range = track.hi - track.lo;
        uint32_t home_percent = track.home_cnt * 100 / track.sample_cnt;
        unsigned fails = bj_fail_cnt;
        BJ_CHECK(range >= rows[i].range_min && range <= rows[i].range_max);
        BJ_CHECK(track.turn_cnt >= rows[i].turns_min && track.turn_cnt <= rows[i].turns_max);
        BJ_CHECK(home_percent >= rows[i].home_percent_min);
        BJ_CHECK(home_percent <= rows[i].home_percent_max);
        if (bj_fail_cnt == fails) continue;
        fprintf(stderr, "  in row %zu: range %u, turns %u, home %u %%\n", i, range,
                track.turn_cnt, home_percent);
    }
}

int main(void) {
    test_rules();
    test_same_bytes();
    test_check();
    test_records();
    test_live_orders();
    test_paths();
    return bj_test_end("test_bj_flow");
}
