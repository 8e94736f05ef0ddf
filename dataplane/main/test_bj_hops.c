/* Goal: an order's way through gateway, engine and journal is stamped at each hop, once; and with
 * stamps or without, the journal has the same bytes and the engine the same state. */
#include <stdio.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_stamp.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/gateway_test.h"
#include "dataplane/tile/bj_engine_tile.h"
#include "dataplane/tile/bj_journal_tile.h"
#include "dataplane/wire/bj_slot.h"

enum { ORDERS = 500, BARE = 20 };

typedef struct way {
    world_t world; /* its rings and its clock; the gateway is made here */
    bj_pipe_t pipe;
    void *engine_mem;
    bj_engine_tile_t engine;
    bj_journal_tile_t journal;
    uint64_t journal_digest, appended;
    client_t client;
    uint32_t reports;
} way_t;

static way_t way;

static bj_status_t append(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    way.appended++;
    way.journal_digest = bj_fnv1a(way.journal_digest, cmd, sizeof *cmd);
    return BJ_OK;
}
static bj_status_t commit(void *ctx) {
    (void)ctx;
    return BJ_OK;
}
static bj_status_t keep(void *ctx, const bj_event_t *event) {
    (void)ctx, (void)event;
    return BJ_OK;
}
static void publish(void *ctx, uint64_t event_seq) { (void)ctx, (void)event_seq; }

static bj_ring_t *ring_of(uint64_t depth, uint64_t slot_bytes) {
    return bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(depth, slot_bytes)), depth,
                       slot_bytes);
}

static void way_open(void) {
    static const bj_engine_config_t shape = {.instrument_max = 4, .account_max = 4,
                                             .order_max = 4096, .message_rate_per_s = 1000000,
                                             .message_burst = 1000000};
    memset(&way, 0, sizeof way);
    way.journal_digest = BJ_FNV_OFFSET;
    way.world.now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = 1700000000 * BJ_NS_PER_S};
    way.pipe.cmds = ring_of(64, sizeof(bj_cmd_slot_t));
    way.pipe.events = ring_of(1024, sizeof(bj_event_slot_t));
    way.pipe.records = ring_of(1024, sizeof(bj_record_t));
    way.engine_mem = aligned_alloc(64, (bj_engine_footprint(&shape) + 63) / 64 * 64);
    way.engine.engine = bj_engine_new(way.engine_mem, &shape);
    way.engine.pipe = way.journal.pipe = &way.pipe;
    way.journal.store = (bj_journal_store_t){
        .append = append, .commit = commit, .keep = keep, .publish = publish};
    way.world.sessions = test_sessions, way.world.session_cnt = BJ_COUNT(test_sessions);
    bj_gateway_config_t config = {
        .sessions = test_sessions, .session_cnt = BJ_COUNT(test_sessions), .report_max = 4096,
        .cmds = way.pipe.cmds, .events = way.pipe.events, .durable_seq = &way.pipe.durable_seq,
        .durable_stamp = &way.pipe.durable_stamp, .journal_lost = &way.pipe.journal_lost,
        .event_at = world_event_at, .nonce = world_nonce, .ctx = &way.world};
    way.world.gateway = bj_gateway_new(&config);
}

static void way_close(void) {
    client_close(&way.client);
    bj_gateway_free(way.world.gateway);
    free(way.engine_mem), free(way.pipe.cmds), free(way.pipe.events), free(way.pipe.records);
}

static void turn(void) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    way.world.now.mono_ns += 1000, way.world.now.wall_ns += 1000;
    (void)bj_engine_tile_step(&way.engine, way.world.now);
    (void)bj_journal_tile_step(&way.journal, way.world.now);
    (void)bj_gateway_step(way.world.gateway, way.world.now);
    while (client_next(&way.client, msg))
        way.reports += msg[offsetof(bj_oe_header_t, type)] == 'a';
}

/* What the dataplane itself issues is pushed bare: no stamps, whoever's slot it gets. */
static void set_up(int times) {
    bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT, .token = 2885, .time_ns = 1,
                           .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                                               .band_lo_paise = 1000, .band_hi_paise = 1000000,
                                               .prev_close_paise = 290000, .freeze_qty = 1000}};
    bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .account_id = 901, .time_ns = 1,
                        .body.account = {INT64_MAX / 4, INT64_MAX / 4, INT32_MAX, 4096}};
    while (times--) {
        BJ_CHECK(bj_ring_push(way.pipe.cmds, &instrument, sizeof instrument));
        BJ_CHECK(bj_ring_push(way.pipe.cmds, &account, sizeof account));
        turn();
    }
}

static uint64_t run(bj_stamp_source_t source) {
    bj_oe_login_reply_t reply;
    bj_stamp_clock.source = BJ_STAMP_OFF;
    if (source != BJ_STAMP_OFF) bj_stamp_start_with(source);
    way_open();
    BJ_CHECK(client_login(&way.client, &way.world, 3, 1, &reply) == BJ_OK);
    set_up(1);
    for (uint64_t seq = 1; seq <= ORDERS; seq++) {
        bj_oe_new_t order = good_new(seq);
        bj_gateway_arrived(way.world.gateway);
        client_send(&way.client, &order, sizeof order);
        turn();
        if (seq % (ORDERS / BARE) == 0) set_up(1);
    }
    BJ_CHECK(way.reports == ORDERS && way.appended == ORDERS + 2 + 2 * BARE);
    return bj_engine_hash(way.engine.engine);
}

static void check_hops(uint64_t want_cnt) {
    uint64_t parts = 0;
    for (int hop = 0; hop < BJ_GATEWAY_HOP_CNT; hop++) {
        const bj_hist_t *hist = bj_gateway_hop(way.world.gateway, (bj_gateway_hop_t)hop);
        BJ_CHECK(hist->cnt == want_cnt);
        if (hop != BJ_GATEWAY_HOP_TOTAL) parts += hist->sum;
    }
    BJ_CHECK(way.engine.hops[BJ_ENGINE_HOP_RING].cnt == want_cnt);
    bool all = want_cnt > 0; /* the engine and the journal see the bare ones too */
    BJ_CHECK(way.engine.hops[BJ_ENGINE_HOP_ENGINE].cnt == (all ? way.appended : 0));
    BJ_CHECK(way.journal.durable_hop.cnt == (all ? way.appended : 0));
    /* The parts of one order's way, one after the other, are no longer than the whole. */
    parts += way.engine.hops[BJ_ENGINE_HOP_RING].sum;
    BJ_CHECK(parts <= bj_gateway_hop(way.world.gateway, BJ_GATEWAY_HOP_TOTAL)->sum);
}

int main(void) {
    uint64_t bare_hash = run(BJ_STAMP_OFF), bare_digest = way.journal_digest;
    check_hops(0);
    way_close();
    static const bj_stamp_source_t sources[] = {BJ_STAMP_TSC, BJ_STAMP_CLOCK};
    for (size_t i = 0; i < BJ_COUNT(sources); i++) {
        BJ_CHECK(run(sources[i]) == bare_hash && way.journal_digest == bare_digest);
        check_hops(ORDERS);
        bj_hist_figures_t total =
            bj_hist_figures(bj_gateway_hop(way.world.gateway, BJ_GATEWAY_HOP_TOTAL));
        BJ_CHECK(total.p50 > 0 && total.p50 <= total.p99 && total.p99 <= total.p999 &&
                 total.p999 <= total.max);
        way_close();
    }
    return bj_test_end("test_bj_hops");
}
