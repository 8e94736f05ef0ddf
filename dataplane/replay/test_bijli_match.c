/* Goal: the shared library, loaded as any harness would, plays a flow to the same trades and state
 * as the engine inside; only what its header names is visible; bad shapes are refused. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/replay/bijli_match.h"
#include "dataplane/replay/bj_replay.h"

enum { OPS = 20000, SYMBOLS = 3 };

static void *lib;
/* What dlsym gives is an object pointer; POSIX says it may be a function's. */
#define LOAD(name)                                                                                 \
    __typeof__(name) *name##_fn;                                                                   \
    *(void **)&name##_fn = dlsym(lib, #name)

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

static bj_flow_record_t record_of(uint64_t no) {
    uint8_t op = (uint8_t)(any(10) < 5 ? BJ_FLOW_ADD : any(5));
    bool names = op == BJ_FLOW_CANCEL || op == BJ_FLOW_MODIFY;
    uint64_t id = names && no > 1 ? 1 + any((uint32_t)no - 1) : no;
    return (bj_flow_record_t){.op = op,
                              .side = (uint8_t)any(2),
                              .symbol = (uint16_t)(id % SYMBOLS),
                              .price_ticks = 90 + any(20),
                              .qty = 1 + any(50),
                              .order_id = id};
}

static bijli_match_command_t command_of(const bj_flow_record_t *r) {
    static const uint8_t ops[] = {BIJLI_NEW, BIJLI_CANCEL, BIJLI_MODIFY, BIJLI_NEW, BIJLI_NEW};
    bool market = r->op == BJ_FLOW_MARKET, ioc = r->op == BJ_FLOW_IOC;
    return (bijli_match_command_t){.order_id = r->order_id,
                                   .instrument = r->symbol,
                                   .price = market ? 0 : (int32_t)r->price_ticks,
                                   .qty = (int32_t)r->qty,
                                   .op = ops[r->op],
                                   .side = r->op == BJ_FLOW_MODIFY ? 0
                                           : r->side               ? 'S'
                                                                   : 'B',
                                   .type = r->op == BJ_FLOW_MODIFY ? 0
                                           : market                ? BIJLI_MARKET
                                                                   : BIJLI_LIMIT,
                                   .tif = r->op == BJ_FLOW_MODIFY ? 0
                                          : market || ioc         ? BIJLI_IOC
                                                                  : BIJLI_DAY};
}

typedef struct drained {
    bijli_match_t *engine;
    __typeof__(bijli_match_events) *events;
    __typeof__(bijli_match_release) *release;
    uint64_t digest, trades;
} drained_t;

static void drain(void *ctx) {
    drained_t *d = ctx;
    const bijli_match_event_t *event;
    for (size_t cnt; (cnt = d->events(d->engine, &event)); d->release(d->engine, cnt)) {
        for (size_t i = 0; i < cnt; i++) {
            if (event[i].type != BIJLI_TRADE) continue;
            d->digest = bj_fnv1a(d->digest, &event[i].order_id, 16);
            d->digest = bj_fnv1a(d->digest, &event[i].price, 8);
            d->trades++;
        }
    }
}

static void test_flow(void) {
    LOAD(bijli_match_footprint);
    LOAD(bijli_match_create);
    LOAD(bijli_match_define);
    LOAD(bijli_match_submit);
    LOAD(bijli_match_events);
    LOAD(bijli_match_release);
    LOAD(bijli_match_state_hash);
    LOAD(bijli_match_live_orders);
    LOAD(bijli_match_destroy);
    static bj_flow_record_t records[OPS];
    for (uint64_t i = 0; i < OPS; i++)
        records[i] = record_of(i + 1);
    drained_t d = {.events = bijli_match_events_fn,
                   .release = bijli_match_release_fn,
                   .digest = BJ_FNV_OFFSET};
    bijli_match_config_t config = {
        .instruments = SYMBOLS, .orders = OPS, .events = 64, .on_full = drain, .ctx = &d};
    size_t bytes = bijli_match_footprint_fn(&config);
    void *mem = aligned_alloc(128, bytes);
    d.engine = bijli_match_create_fn(mem, bytes, &config);
    bijli_match_instrument_t any_price = {1, 1, INT32_MAX, 1, 0, 0, 0, 0, 0};
    for (uint32_t i = 0; i < SYMBOLS; i++)
        BJ_CHECK(bijli_match_define_fn(d.engine, i, &any_price) == 0);
    static bijli_match_command_t commands[OPS];
    for (size_t i = 0; i < OPS; i++)
        commands[i] = command_of(&records[i]);
    for (size_t at = 0; at < OPS; at += 100)
        bijli_match_submit_fn(d.engine, commands + at, 100);
    drain(&d);
    bj_replay_options_t options = {.order_max = OPS};
    bj_replay_result_t result;
    BJ_CHECK(bj_replay_run(records, OPS, &options, &result) == BJ_OK);
    BJ_CHECK(d.digest == result.digest && d.trades == result.trades && d.trades > 1000);
    BJ_CHECK(bijli_match_state_hash_fn(d.engine) == result.state_hash);
    BJ_CHECK(bijli_match_live_orders_fn(d.engine) == result.live_orders);
    bijli_match_destroy_fn(d.engine);
    free(mem);
}

/* Orders as far apart as prices go: every one rests, with the pages that takes; or it is said. */
static void test_far_apart(void) {
    enum { FAR = 20000 };
    static bj_flow_record_t records[FAR];
    bj_replay_result_t result;
    for (uint64_t i = 0; i < FAR; i++) {
        records[i] = (bj_flow_record_t){
            .price_ticks = 1 + any(INT32_MAX), .qty = 1, .order_id = i + 1};
    }
    BJ_CHECK(bj_replay_run(records, FAR, &(bj_replay_options_t){.quiet = true}, &result) == BJ_OK);
    BJ_CHECK(result.live_orders == FAR && result.rejects == 0);
    bj_replay_options_t few = {.quiet = true, .page_max = 100};
    BJ_CHECK(bj_replay_run(records, FAR, &few, &result) == BJ_ERR_FULL);
    bj_replay_options_t small = {.quiet = true, .order_max = 100};
    BJ_CHECK(bj_replay_run(records, FAR, &small, &result) == BJ_ERR_FULL);
}

static void test_shapes(void) {
    LOAD(bijli_match_footprint);
    LOAD(bijli_match_create);
    LOAD(bijli_match_reason);
    LOAD(bijli_match_version);
    bijli_match_config_t good = {.instruments = 1, .orders = 8, .events = 64}, bad = good;
    size_t bytes = bijli_match_footprint_fn(&good);
    uint8_t *mem = aligned_alloc(128, bytes + 128);
    BJ_CHECK(bytes > 0 && bijli_match_create_fn(mem, bytes, &good));
    BJ_CHECK(!bijli_match_create_fn(mem, bytes - 1, &good));
    BJ_CHECK(!bijli_match_create_fn(mem + 64, bytes, &good));
    bad.events = 100;
    BJ_CHECK(bijli_match_footprint_fn(&bad) == 0 && !bijli_match_create_fn(mem, bytes, &bad));
    BJ_CHECK(bijli_match_version_fn() == BIJLI_MATCH_VERSION);
    BJ_CHECK(strcmp(bijli_match_reason_fn(120), bj_status_text(BJ_REJ_DUPLICATE)) == 0);
    free(mem);
}

int main(void) {
    lib = dlopen(BIJLI_MATCH_SO, RTLD_NOW | RTLD_LOCAL);
    if (!lib) fprintf(stderr, "%s\n", dlerror());
    BJ_CHECK(lib != NULL);
    if (lib) {
        test_flow();
        test_shapes();
        test_far_apart();
        BJ_CHECK(!dlsym(lib, "bj_match_apply")); /* the inside stays inside */
    }
    return bj_test_end("test_bijli_match");
}
