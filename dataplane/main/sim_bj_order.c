/* Goal: under any interleaving of gateway, engine and journal, with stalls and crashes that lose
 * what was not synced, nothing a client was told is lost or changed, nothing is done twice, and the
 * state is what the disk alone gives. Method: the production steps, tiny rings, a simulated disk
 * and a seeded dice.  A failure prints its seed; the same seed replays the same run, step for step.
 */
#include <inttypes.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/gateway/gateway_test.h"
#include "dataplane/tile/bj_engine_tile.h"
#include "dataplane/tile/bj_journal_tile.h"

enum {
    DISK_MAX = 1 << 13,
    TOLD_MAX = 1 << 14,
    STEPS = 4000,
    SESSION = 1, /* an admin's: it acts for both accounts, which trade with each other */
    TOKEN = 2885,
    PRICE_PAISE = 100000,
    TICK_PAISE = 5,
};
static const bj_engine_config_t engine_config = {
    .instrument_max = 4, .account_max = 8, .order_max = 4096};

typedef struct sim {
    uint64_t rng, trace; /* trace: hash of everything a client was told */
    world_t world;       /* gateway, its rings, the event log as readers see it */
    uint64_t kept_cnt;   /* events written to the log; world.log_cnt of them are published */
    bj_cmd_t *disk;
    uint64_t disk_cnt, synced_cnt;
    bool disk_broken, disk_failed;
    void *engine_mem;
    bj_pipe_t pipe;
    bj_engine_tile_t engine;
    bj_journal_tile_t journal;
    client_t client;
    bool logged_in;
    uint64_t sent_seq;    /* last sequence the client used */
    bj_oe_report_t *told; /* report n at [n - 1] */
    uint64_t told_cnt, crash_cnt, trade_cnt;
} sim_t;

static uint64_t dice(sim_t *sim, uint64_t sides) {
    sim->rng ^= sim->rng << 13, sim->rng ^= sim->rng >> 7, sim->rng ^= sim->rng << 17;
    return sim->rng % sides;
}

/* --- the simulated disk and log --- */
static bj_status_t disk_append(void *ctx, const bj_cmd_t *cmd) {
    sim_t *sim = (sim_t *)ctx;
    BJ_CHECK(cmd->seq == sim->disk_cnt + 1 && sim->disk_cnt < DISK_MAX);
    sim->disk[sim->disk_cnt++] = *cmd;
    return BJ_OK;
}
static bj_status_t disk_commit(void *ctx) {
    sim_t *sim = (sim_t *)ctx;
    BJ_CHECK(!sim->disk_failed); /* a disk that has lost a write may well say yes the next time */
    if (sim->disk_broken) {
        sim->disk_failed = true;
        return BJ_ERR_IO;
    }
    sim->synced_cnt = sim->disk_cnt;
    return BJ_OK;
}
static bj_status_t log_keep(void *ctx, const bj_event_t *event) {
    sim_t *sim = (sim_t *)ctx;
    BJ_CHECK(event->seq == sim->kept_cnt + 1 && sim->kept_cnt < WORLD_EVENTS_MAX);
    if (sim->kept_cnt) BJ_CHECK(event->time_ns >= sim->world.log[sim->kept_cnt - 1].time_ns);
    sim->world.log[sim->kept_cnt++] = *event;
    return BJ_OK;
}
static void log_publish(void *ctx, uint64_t event_seq) {
    sim_t *sim = (sim_t *)ctx;
    BJ_CHECK(event_seq >= sim->world.log_cnt && event_seq <= sim->kept_cnt);
    BJ_CHECK(sim->world.log[event_seq - 1].cmd_seq <= sim->synced_cnt);
    sim->world.log_cnt = event_seq;
}

/* --- start, as bj_recover.c does it --- */
static void replay(sim_t *sim, bj_engine_t *engine, bool tell) {
    for (uint64_t i = 0; i < sim->synced_cnt; i++) {
        bj_cmd_t cmd = sim->disk[i];
        size_t event_cnt;
        const bj_event_t *events = bj_engine_apply(engine, &cmd, &event_cnt);
        for (size_t k = 0; tell && k < event_cnt; k++) {
            log_keep(sim, &events[k]);
            bj_gateway_recover_event(sim->world.gateway, &events[k]);
        }
        if (tell) sim->engine.last_time_ns = cmd.time_ns;
    }
    if (tell) sim->world.log_cnt = sim->kept_cnt;
}

static void setup_issue(sim_t *sim) {
    bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT,
                           .token = TOKEN,
                           .time_ns = 1,
                           .body.instrument = {.symbol = "RELIANCE",
                                               .tick_paise = TICK_PAISE,
                                               .lot_qty = 1,
                                               .band_lo_paise = PRICE_PAISE / 2,
                                               .band_hi_paise = PRICE_PAISE * 2,
                                               .prev_close_paise = PRICE_PAISE,
                                               .freeze_qty = 100000}};
    bj_cmd_t account = {.type = BJ_CMD_ACCOUNT,
                        .time_ns = 1,
                        .body.account = {.order_value_max_paise = INT64_MAX / 4,
                                         .open_value_max_paise = INT64_MAX / 4,
                                         .position_max_qty = INT32_MAX,
                                         .open_orders_max = 4096}};
    BJ_CHECK(bj_ring_push(sim->pipe.cmds, &instrument, sizeof instrument));
    for (account.account_id = 900; account.account_id <= 901; account.account_id++) {
        BJ_CHECK(bj_ring_push(sim->pipe.cmds, &account, sizeof account));
    }
}

static bj_ring_t *ring_open(uint64_t depth, uint64_t slot_bytes) {
    return bj_ring_new(aligned_alloc(BJ_PAIR_BYTES, bj_ring_footprint(depth, slot_bytes)), depth,
                       slot_bytes);
}

static void sim_start(sim_t *sim) {
    world_t *world = &sim->world;
    world->cmds = ring_open(4, sizeof(bj_cmd_t));
    world->events = ring_open(8, sizeof(bj_event_t)); /* a sweep makes more */
    world->log_cnt = sim->kept_cnt = 0;
    world->sessions = test_sessions, world->session_cnt = BJ_COUNT(test_sessions);
    atomic_store(&world->journal_lost, false);
    sim->disk_failed = false;
    world->gateway = world_gateway(world, TOLD_MAX);
    sim->pipe = (bj_pipe_t){
        .cmds = world->cmds, .events = world->events, .records = ring_open(4, sizeof(bj_record_t))};
    sim->engine_mem = aligned_alloc(64, (bj_engine_footprint(&engine_config) + 63) / 64 * 64);
    sim->engine = (bj_engine_tile_t){.engine = bj_engine_new(sim->engine_mem, &engine_config),
                                     .pipe = &sim->pipe};
    sim->journal = (bj_journal_tile_t){
        .store = {disk_append, disk_commit, log_keep, log_publish, sim}, .pipe = &sim->pipe};
    replay(sim, sim->engine.engine, true);
    sim->journal.kept_seq = sim->kept_cnt;
    atomic_store(&sim->pipe.durable_seq, sim->synced_cnt);
    atomic_store(&world->durable_seq, sim->synced_cnt);
    bj_gateway_recover_seq(world->gateway, SESSION,
                           bj_engine_session_seq(sim->engine.engine, SESSION));
    if (!sim->synced_cnt) setup_issue(sim);
}

static void sim_stop(sim_t *sim) {
    if (sim->logged_in) client_close(&sim->client);
    sim->logged_in = false;
    bj_gateway_free(sim->world.gateway);
    free(sim->world.cmds), free(sim->world.events), free(sim->pipe.records), free(sim->engine_mem);
}

/* The state is what the disk alone gives: a second engine, fed from the disk, agrees. */
static void state_check(sim_t *sim) {
    void *mem = aligned_alloc(64, (bj_engine_footprint(&engine_config) + 63) / 64 * 64);
    bj_engine_t *engine = bj_engine_new(mem, &engine_config);
    replay(sim, engine, false);
    BJ_CHECK(bj_engine_hash(engine) == bj_engine_hash(sim->engine.engine));
    free(mem);
}

/* Power fails: what was synced stays, and as much of the rest as had reached the disk by chance. */
static void sim_crash(sim_t *sim) {
    sim_stop(sim);
    sim->synced_cnt += dice(sim, sim->disk_cnt - sim->synced_cnt + 1);
    sim->disk_cnt = sim->synced_cnt;
    sim->crash_cnt++;
    sim_start(sim);
    state_check(sim);
}

/* --- the client --- */
static void told(sim_t *sim, const uint8_t *msg) {
    bj_oe_report_t report;
    memcpy(&report, msg, sizeof report);
    uint64_t n = report.header.seq;
    BJ_CHECK(n >= 1 && n <= sim->told_cnt + 1 && n < TOLD_MAX);
    if (n < 1 || n > sim->told_cnt + 1 || n >= TOLD_MAX) return;
    if (n <= sim->told_cnt) { /* told again: to the byte the same */
        BJ_CHECK(memcmp(&sim->told[n - 1], &report, sizeof report) == 0);
        return;
    }
    sim->told[sim->told_cnt++] = report;
    sim->trace = bj_fnv1a(sim->trace, &report, sizeof report);
    BJ_CHECK(report.event_seq <= sim->world.log_cnt);
    BJ_CHECK(sim->world.log[report.event_seq - 1].cmd_seq <=
             sim->synced_cnt); /* it is on the disk */
}

static void client_listen(sim_t *sim) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES], type;
    if (!sim->logged_in) return;
    client_read(&sim->client, dice(sim, 400));
    while ((type = client_next(&sim->client, msg))) {
        if (type == 'l' || type == 'h') continue;
        BJ_CHECK(type != BJ_OE_SESSION_REJECT || atomic_load(&sim->world.journal_lost));
        if (type != BJ_OE_SESSION_REJECT) told(sim, msg);
    }
}

static void client_enter(sim_t *sim) {
    bj_oe_login_reply_t reply = {0};
    uint64_t from = dice(sim, 3) ? sim->told_cnt + 1 : 1 + dice(sim, sim->told_cnt + 1);
    bj_status_t status = client_login(&sim->client, &sim->world, SESSION, from, &reply);
    BJ_CHECK(status == BJ_OK); /* also: never told more than is known now */
    sim->logged_in = status == BJ_OK;
    BJ_CHECK(reply.next_in_seq <= sim->sent_seq + 1);
    sim->sent_seq = reply.next_in_seq - 1;
}

static void client_order(sim_t *sim) {
    if (!sim->logged_in || sim->sent_seq > DISK_MAX / 2) return;
    bj_oe_new_t order = good_new(sim->sent_seq + 1);
    bool sweep = dice(sim, 40) == 0; /* takes a whole side: more events than any ring here holds */
    order.side = dice(sim, 2) ? 'B' : 'S';
    order.account_id = 900 + (uint32_t)dice(sim, 2);
    order.qty = sweep ? 100000 : 1 + (int32_t)dice(sim, 5);
    order.order_type = sweep ? BJ_MARKET : BJ_LIMIT;
    order.tif = sweep ? BJ_IOC : BJ_DAY;
    order.price_paise = sweep ? 0
                              : PRICE_PAISE + (order.side == 'B' ? -1 : 1) * TICK_PAISE *
                                                  ((int32_t)dice(sim, 9) - 1);
    order.flags = dice(sim, 8) ? 0 : BJ_FLAG_CANCEL_ON_DISCONNECT;
    if (client_send(&sim->client, &order, sizeof order) == sizeof order)
        sim->sent_seq++;
    else
        BJ_CHECK(false); /* one message at a time always fits the connection's buffer */
}

/* --- one turn --- */
static void sim_step(sim_t *sim) {
    sim->world.now.mono_ns += (int64_t)dice(sim, 100000);
    sim->world.now.wall_ns += (int64_t)dice(sim, 100000) - 20000; /* this one may jump back */
    switch (dice(sim, 8)) {
    case 0:
    case 1:
        /* At most a few unread: the gateway's buffer for a connection holds 73 of them. */
        if (sim->sent_seq < bj_engine_session_seq(sim->engine.engine, SESSION) + 60)
            client_order(sim);
        break;
    case 2:
        (void)bj_gateway_step(sim->world.gateway, sim->world.now);
        break;
    case 3:
        (void)bj_engine_tile_step(&sim->engine, sim->world.now);
        break;
    case 4:
        (void)bj_journal_tile_step(&sim->journal, sim->world.now);
        atomic_store(&sim->world.durable_seq, atomic_load(&sim->pipe.durable_seq));
        atomic_store(&sim->world.journal_lost, atomic_load(&sim->pipe.journal_lost));
        break;
    case 5:
        client_listen(sim);
        break;
    case 6:
        if (!sim->logged_in) client_enter(sim);
        break;
    default:
        if (dice(sim, 60) == 0 && sim->logged_in) {
            client_close(&sim->client);
            sim->logged_in = false;
        } else if (dice(sim, 150) == 0) {
            sim_crash(sim);
        }
    }
}

static void sim_settle(sim_t *sim) {
    for (int i = 0; i < 3000; i++) {
        (void)bj_gateway_step(sim->world.gateway, sim->world.now);
        (void)bj_engine_tile_step(&sim->engine, sim->world.now);
        (void)bj_journal_tile_step(&sim->journal, sim->world.now);
        atomic_store(&sim->world.durable_seq, atomic_load(&sim->pipe.durable_seq));
        client_listen(sim);
        if (!sim->logged_in) client_enter(sim);
    }
}

/* Every order that was used is answered, once; every event of the session was told. */
static void answers_check(sim_t *sim) {
    static uint8_t answered[DISK_MAX];
    uint64_t own = 0;
    memset(answered, 0, sizeof answered);
    for (uint64_t i = 0; i < sim->told_cnt; i++) {
        const bj_oe_report_t *report = &sim->told[i];
        bool answer = report->header.type == 'a' || report->header.type == 'r';
        if (answer && report->request_seq < DISK_MAX) answered[report->request_seq]++;
    }
    for (uint64_t seq = 1; seq <= sim->sent_seq; seq++)
        BJ_CHECK(answered[seq] == 1);
    for (uint64_t i = 0; i < sim->world.log_cnt; i++)
        own += sim->world.log[i].session_id == SESSION;
    BJ_CHECK(own == sim->told_cnt);
    sim->trade_cnt += bj_engine_stats(sim->engine.engine).match_cnt;
    BJ_CHECK(sim->synced_cnt == sim->disk_cnt);
}

typedef struct totals {
    uint64_t crashes, trades, backpressure;
} totals_t;

static uint64_t run_seed(uint64_t seed, bool break_disk, totals_t *totals) {
    static sim_t sim;
    unsigned fails = bj_fail_cnt;
    memset(&sim, 0, sizeof sim);
    sim.rng = seed * 2 + 1;
    sim.trace = BJ_FNV_OFFSET;
    sim.world.now = (bj_now_t){.mono_ns = BJ_NS_PER_S, .wall_ns = 1700000000 * BJ_NS_PER_S};
    sim.world.log = calloc(WORLD_EVENTS_MAX, sizeof *sim.world.log);
    sim.disk = calloc(DISK_MAX, sizeof *sim.disk);
    sim.told = calloc(TOLD_MAX, sizeof *sim.told);
    sim_start(&sim);
    for (int step = 0; step < STEPS; step++) {
        if (break_disk && step == STEPS / 2) sim.disk_broken = true;
        sim_step(&sim);
    }
    if (break_disk) { /* nothing that was not synced was ever told; a new disk goes on from there */
        sim.disk_broken = false;
        sim_crash(&sim);
    }
    sim_settle(&sim);
    answers_check(&sim);
    state_check(&sim);
    sim_stop(&sim);
    totals->crashes += sim.crash_cnt, totals->trades += sim.trade_cnt;
    totals->backpressure += sim.engine.counters.backpressure;
    free(sim.world.log), free(sim.disk), free(sim.told);
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %" PRIu64 "\n", seed);
    return sim.trace;
}

int main(void) {
    totals_t totals = {0};
    for (uint64_t seed = 1; seed <= 100; seed++) {
        uint64_t trace = run_seed(seed, false, &totals);
        BJ_CHECK(run_seed(seed, false, &totals) == trace); /* repeatable */
        (void)run_seed(seed, true, &totals);
    }
    /* What it is about did happen. */
    BJ_CHECK(totals.crashes > 300 && totals.trades > 3000 && totals.backpressure > 3000);
    return bj_test_end("sim_bj_order");
}
