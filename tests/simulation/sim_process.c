#include "tests/simulation/sim_process.h"

#include <stdlib.h>
#include "tests/simulation/sim_sock.h"

enum { REPORT_MAX = 1 << 13, CMDS_DEPTH = 16, DEPTH_MIN = 8 };

const bj_engine_config_t sim_engine_config = {.instrument_max = 2, .account_max = 8,
                                              .order_max = 256, .desk_max = 8,
                                              .underlying_max = 2};

const bj_gateway_session_config_t sim_sessions[SIM_SESSIONS] = {
    {.id = 1, .clear = true, .name = "control", .all_accounts = true,
     .may = BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_ADMIN | BJ_GATEWAY_MAY_SECOND,
     .key = "key of control", .key_bytes = 14},
    {.id = 2, .clear = true, .name = "maker", .accounts = {900}, .account_cnt = 1,
     .may = BJ_GATEWAY_MAY_TRADE, .key = "key of maker", .key_bytes = 12},
    {.id = 3, .clear = true, .name = "desk", .accounts = {901}, .account_cnt = 1,
     .may = BJ_GATEWAY_MAY_TRADE, .on_disconnect = BJ_DISCONNECT_ALL,
     .throttle = {.rate_per_s = 100, .burst = 12, .cancel_rate_per_s = 50, .cancel_burst = 4,
                  .warn_pct = 80, .cut_cnt = 40},
     .key = "key of desk", .key_bytes = 11},
    {.id = 4, .clear = true, .name = "quiet", .accounts = {902, 901}, .account_cnt = 2,
     .may = BJ_GATEWAY_MAY_TRADE, .on_disconnect = BJ_DISCONNECT_NEVER, .key = "key of quiet",
     .key_bytes = 12},
};

/* --- what bj_world.c gives to gateway and journal */

static bool event_at(void *ctx, uint64_t event_seq, bj_event_t *event) {
    const sim_process_t *process = (const sim_process_t *)ctx;
    size_t cnt;
    bj_status_t status = bj_evlog_read(process->reader, event_seq, event, 1, &cnt);
    return status == BJ_OK && cnt == 1 && event->seq == event_seq;
}

static void nonce(void *ctx, uint8_t *out, size_t out_bytes) {
    (void)ctx;
    for (size_t i = 0; i < out_bytes; i++) out[i] = (uint8_t)sim_roll(256);
}

static bj_status_t store_append(void *ctx, const bj_cmd_t *cmd) {
    return bj_journal_append(((sim_process_t *)ctx)->restore.journal, cmd);
}
static bj_status_t store_commit(void *ctx) {
    return bj_journal_commit(((sim_process_t *)ctx)->restore.journal);
}
static bj_status_t store_keep(void *ctx, const bj_event_t *event) {
    return bj_evlog_append(((sim_process_t *)ctx)->restore.evlog, event, 1);
}
static void store_publish(void *ctx, uint64_t event_seq) {
    bj_evlog_publish(((sim_process_t *)ctx)->restore.evlog, event_seq);
}

static bj_status_t store_write(void *ctx, uint64_t cmd_seq) {
    sim_process_t *p = (sim_process_t *)ctx;
    bj_status_t status = bj_journal_write(p->restore.journal);
    if (status == BJ_OK) bj_replica_tile_written(&p->replica, cmd_seq);
    return status;
}
static void store_digest(void *ctx, const bj_digest_t *digest) {
    bj_replica_tile_digest(&((sim_process_t *)ctx)->replica, digest);
}

/* --- made */

static bj_ring_t *ring_make(void **mem, uint64_t depth, uint64_t slot_bytes) {
    size_t bytes = bj_ring_footprint(depth, slot_bytes);
    bytes = (bytes + BJ_PAIR_BYTES - 1) / BJ_PAIR_BYTES * BJ_PAIR_BYTES;
    *mem = aligned_alloc(BJ_PAIR_BYTES, bytes);
    return bj_ring_new(*mem, depth, slot_bytes);
}

/* Small rings wait for each other; large ones make large groups. */
static void parts_make(sim_process_t *p) {
    p->pipe.cmds = ring_make(&p->rings[0], CMDS_DEPTH, sizeof(bj_cmd_t));
    p->pipe.records = ring_make(&p->rings[1], DEPTH_MIN << 2 * sim_roll(3), sizeof(bj_record_t));
    p->pipe.events = ring_make(&p->rings[2], DEPTH_MIN << 2 * sim_roll(3), sizeof(bj_event_t));
    size_t bytes = bj_engine_footprint(&sim_engine_config);
    p->engine_mem = aligned_alloc(BJ_LINE_BYTES, bytes);
    bj_gateway_config_t config = {.sessions = sim_sessions, .session_cnt = SIM_SESSIONS,
                                  .report_max = REPORT_MAX, .cmds = p->pipe.cmds,
                                  .events = p->pipe.events, .durable_seq = &p->pipe.durable_seq,
                                  .journal_lost = &p->pipe.journal_lost,
                                  .handed_over = &p->pipe.replica.fenced, .event_at = event_at,
                                  .nonce = nonce, .ctx = p};
    p->gateway = bj_gateway_new(&config);
    p->engine.pipe = p->journal.pipe = &p->pipe;
    p->journal.store =
        (bj_journal_store_t){.append = store_append, .commit = store_commit, .keep = store_keep,
                             .publish = store_publish, .ctx = p};
}

/* --- recovered */

static void events_seen(void *ctx, const bj_event_t *events, size_t event_cnt) {
    sim_process_t *p = (sim_process_t *)ctx;
    for (size_t i = 0; i < event_cnt; i++) {
        SIM_CHECK(events[i].seq == ++p->told_cnt);
        for (uint32_t s = 0; s < SIM_SESSIONS && events[i].type == BJ_EV_ACCOUNT; s++)
            if (sim_sessions[s].accounts[0] == events[i].account_id) p->account_known[s] = true;
    }
    bj_resume_events(p->gateway, events, event_cnt);
}

static void issue(sim_process_t *p, bj_cmd_t *cmd) {
    cmd->session_id = BJ_SESSION_INTERNAL;
    cmd->time_ns = sim.now.wall_ns;
    if (!bj_ring_push(p->pipe.cmds, cmd, sizeof *cmd)) abort();
}

/* As bj_recover.c: what the configuration asks for and the journal does not know. */
static void setup_issue(sim_process_t *p) {
    bj_cmd_instrument_t known;
    bj_instrument_state_t state;
    bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT, .token = SIM_TOKEN,
                           .body.instrument = {.symbol = "RELIANCE", .tick_paise = SIM_TICK_PAISE,
                                               .lot_qty = 1, .band_lo_paise = SIM_PRICE_PAISE / 2,
                                               .band_hi_paise = SIM_PRICE_PAISE * 2,
                                               .prev_close_paise = SIM_PRICE_PAISE,
                                               .freeze_qty = 100000}};
    if (!bj_engine_instrument(p->restore.engine, SIM_TOKEN, &known, &state)) issue(p, &instrument);
    for (uint32_t s = 0; s < SIM_SESSIONS; s++) {
        bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .account_id = sim_sessions[s].accounts[0],
                            .body.account = {.order_value_max_paise = INT64_MAX / 4,
                                             .open_value_max_paise = INT64_MAX / 4,
                                             .position_max_qty = INT32_MAX,
                                             .open_orders_max = 4096}};
        if (account.account_id && !p->account_known[s]) issue(p, &account);
    }
}

static bool recover(sim_process_t *p) {
    bool durable = !p->config || strcmp(bj_config_str(p->config, "dataplane.durability"), "memory");
    p->restore = (bj_restore_t){.journal_dir = SIM_JOURNAL_DIR, .evlog_dir = SIM_EVLOG_DIR,
                                .durable = durable, .engine_mem = p->engine_mem,
                                .config = sim_engine_config,
                                .engine = bj_engine_new(p->engine_mem, &sim_engine_config),
                                .events = events_seen, .ctx = p};
    if (!bj_restore_run(&p->restore)) return false;
    bj_resume_tiles(&(bj_resume_t){.gateway = p->gateway, .sessions = sim_sessions,
                                   .session_cnt = SIM_SESSIONS, .engine_tile = &p->engine,
                                   .journal_tile = &p->journal, .pipe = &p->pipe},
                    &p->restore);
    p->reader = bj_evlog_open(SIM_EVLOG_DIR);
    if (!SIM_CHECK(p->reader)) return false;
    setup_issue(p);
    return true;
}

/* --- with a standby: as bj_world_replicate and bijli_dataplane.c do it */

static bool replicate(sim_process_t *p) {
    uint64_t last_seq = atomic_load(&p->pipe.durable_seq);
    if (!p->config) return true;
    p->journal.written_seq = p->journal.disk_seq = p->journal.digest_said_seq = last_seq;
    bj_digest_begin(&p->journal.digest, p->replica.hash_every, last_seq);
    p->journal.store.write = store_write;
    p->journal.store.digest = store_digest;
    return bj_replica_tile_start(&p->replica, p->config,
                                 &(bj_replica_tile_start_t){
                                     .pipe = &p->pipe, .journal_dir = SIM_JOURNAL_DIR,
                                     .journal_id = bj_evlog_journal_id(p->reader),
                                     .shape = sim_engine_config});
}

static bool ready_wait(sim_process_t *p) {
    p->waits = true;
    while (p->config && !atomic_load(&p->replica.ready) && !p->stopping) sim_fiber_wait();
    p->waits = false;
    return !p->stopping;
}

/* Readers see what the replay made when clients may hear of it. */
static bool start(sim_process_t *p) {
    if (p->config && !bj_replica_tile_read(&p->replica, p->config, "/sim")) return false;
    if (!recover(p) || !replicate(p) || !ready_wait(p)) return false;
    bj_evlog_publish(p->restore.evlog, bj_engine_stats(p->restore.engine).event_seq);
    return true;
}

/* --- runs */

static void close_all(sim_process_t *p) {
    bj_replica_tile_stop(&p->replica);
    bj_evlog_reader_close(p->reader);
    bj_evlog_close(p->restore.evlog);
    bj_journal_close(p->restore.journal);
    bj_gateway_free(p->gateway);
    free(p->engine_mem);
    for (size_t i = 0; i < BJ_COUNT(p->rings); i++) free(p->rings[i]);
}

static void lost_note(sim_process_t *p) {
    if (!atomic_load(&p->pipe.journal_lost) || p->lost_at != UINT64_MAX) return;
    p->lost_at = atomic_load(&p->pipe.durable_seq);
    sim_note("journal lost", p->lost_at, 0);
}

static void *process_main(void *arg) {
    sim_process_t *p = (sim_process_t *)arg;
    parts_make(p);
    p->state = start(p) ? SIM_UP : SIM_REFUSED;
    sim_note(p->state == SIM_UP ? "up, last command" : "refused to start",
             p->restore.engine ? bj_engine_stats(p->restore.engine).cmd_seq : 0,
             p->restore.snap_seq);
    sim_fiber_wait();
    while (p->state == SIM_UP && !p->stopping) {
        (void)bj_journal_tile_step(&p->journal, sim.now);
        if (p->config && sim_one_in(4)) bj_journal_tile_housekeep(&p->journal, sim.now);
        lost_note(p);
        sim_fiber_wait();
    }
    close_all(p);
    return NULL;
}

void sim_process_start(sim_process_t *p) {
    void *stacks[SIM_FIBERS_MAX];
    for (int i = 0; i < SIM_FIBERS_MAX; i++) stacks[i] = p->proc.fibers[i].stack;
    *p = (sim_process_t){.state = SIM_STARTING, .lost_at = UINT64_MAX, .config = p->config,
                         .proc.machine = p->proc.machine};
    for (int i = 0; i < SIM_FIBERS_MAX; i++) p->proc.fibers[i].stack = stacks[i];
    sim_proc_start(&p->proc, "process", process_main, p);
}

void sim_process_dead(sim_process_t *p) {
    if (p->config) sim_sock_let_go(&p->proc, sim_one_in(2));
    sim_proc_kill(&p->proc);
    p->state = SIM_DOWN;
}

void sim_process_gateway(sim_process_t *p) {
    sim_proc_now = &p->proc;
    (void)bj_gateway_step(p->gateway, sim.now);
    sim_proc_now = NULL;
}

void sim_process_engine(sim_process_t *p) {
    sim_proc_now = &p->proc;
    (void)bj_engine_tile_step(&p->engine, sim.now);
    if (p->config && sim_one_in(8)) bj_engine_tile_housekeep(&p->engine, sim.now);
    sim_proc_now = NULL;
}

/* Who has ended in good order has given everything back. */
void sim_process_run(sim_process_t *p) {
    (void)sim_proc_run(&p->proc);
    if (!p->proc.alive || !sim_proc_ended(&p->proc)) return;
    SIM_CHECK(p->proc.mem_cnt == 0);
    sim_process_dead(p);
}
