#include "tests/simulation/sim_world.h"

#include <inttypes.h>
#include "tests/simulation/sim_crowd.h"
#include "tests/simulation/sim_disk.h"

enum { STEPS_MIN = 1000, STEPS_MORE = 2000, REST_STEPS = 20000, CRASH_STEPS = 50 };

static struct {
    sim_process_t     process;
    sim_snapshotter_t snapshotter;
    sim_relay_t       relay;
    sim_truth_t       truth;
    bool     snapshots, faults, power, slow; /* what this seed is about; slow: the disk */
    bool     checked;                  /* the process that is up was looked at */
    bool     power_next;               /* what is to kill it takes the machine */
    bool     calm;                     /* the end: nothing bad happens any more */
    uint64_t armed_step, fault_step, hits_before; /* hits_before: faults met before this start */
    sim_totals_t *totals;
} w;

/* --- ends and starts */

static void machine_off(void) {
    sim_snapshotter_kill(&w.snapshotter);
    sim_relay_kill(&w.relay);
    sim_disk_power_loss();
    w.relay.torn = true;
    w.totals->power_losses++;
    if (w.snapshots) sim_snapshotter_start(&w.snapshotter);
}

static void process_gone(void) {
    bool power = w.power_next;
    sim_note(power ? "the power fails" : "killed", atomic_load(&w.process.pipe.durable_seq), 0);
    w.totals->crashes++;
    w.totals->recovery_crashes += w.process.state == SIM_STARTING;
    sim_process_dead(&w.process);
    sim_net_server_gone(&w.process, !power || sim_one_in(2));
    if (power) machine_off();
}

/* Mostly on a disk that does what it should again; it may die before it is up. */
static void process_start(void) {
    if (!sim_one_in(4)) sim_faults_end(), w.fault_step = 0;
    w.hits_before = sim_faults()->hit_cnt;
    if (sim_one_in(3)) sim.now.wall_ns -= (int64_t)sim_roll(2000) * BJ_NS_PER_MS;
    w.checked = false;
    sim_process_start(&w.process);
    w.power_next = !w.calm && w.power && sim_one_in(2);
    if (!w.calm && sim_one_in(4)) sim_proc_dies_soon(&w.process.proc, 4);
    w.armed_step = UINT64_MAX;
}

static void started_look(void) {
    if (w.process.state != SIM_UP || w.checked) return;
    w.checked = true;
    w.relay.torn = false;
    w.process.proc.dies_in = 0;
    w.totals->from_snapshot += w.process.restore.snap_seq > 0;
    w.totals->torn += w.process.restore.torn_bytes > 0;
    sim_truth_started(&w.truth, &w.process, sim_crowd.clients, &w.relay);
}

/* Its threads move; what they come to is seen at once. */
static void process_run(void) {
    sim_process_run(&w.process);
    if (w.process.state != SIM_DOWN && !w.process.proc.alive) {
        process_gone();
        return;
    }
    if (w.process.state == SIM_REFUSED) {
        SIM_CHECK(sim_faults()->hit_cnt > w.hits_before); /* why else? */
        w.totals->refused++;
    }
    started_look();
}

/* Within its next few system calls; if it makes none, then soon. */
static void crash_arm(void) {
    if (w.armed_step != UINT64_MAX || w.process.state != SIM_UP) return;
    w.power_next = w.power && sim_one_in(2);
    sim_proc_dies_soon(&w.process.proc, 1);
    w.armed_step = sim.step;
}

static void crash_look(void) {
    bool due = w.armed_step != UINT64_MAX && sim.step > w.armed_step + CRASH_STEPS;
    if (due && w.process.state == SIM_UP) process_gone();
    if (due) w.armed_step = UINT64_MAX;
}

/* --- the disk refuses */

static void fault_begin(void) {
    if (!w.faults || w.fault_step || w.process.state != SIM_UP) return;
    w.fault_step = sim.step;
    sim_fault_drawn_t drawn = sim_faults_draw();
    sim_note("the disk refuses", drawn.kind, drawn.how);
}

/* Nothing is acknowledged from there on, and it was said; in the end somebody looks after it. */
static void fault_look(void) {
    sim_process_t *p = &w.process;
    bool lost = p->state == SIM_UP && p->lost_at != UINT64_MAX;
    if (lost) {
        SIM_CHECK(atomic_load(&p->pipe.durable_seq) == p->lost_at);
        SIM_CHECK(sim.error_cnt > 0 && sim_faults()->hit_cnt > 0);
        if (w.calm) process_gone();
    }
    if (!w.fault_step || sim.step < w.fault_step + SIM_FAULT_STEPS) return;
    w.fault_step = 0;
    sim_faults_end();
    w.totals->journal_lost += lost;
    if (lost) crash_arm();
}

/* --- turns */

static void engine_turn(void) {
    if (w.process.state != SIM_UP || !w.checked) return;
    sim_process_engine(&w.process);
    if (sim_one_in(16)) sim_truth_sample(&w.truth, w.process.engine.engine);
}

static void storm(void) {
    sim_note("all clients leave", 0, 0);
    sim_crowd_leave();
}

static void mishap(void) {
    switch (sim_roll(15)) {
    case 0: case 1: case 2: case 3:
        sim_net_cut_one();
        w.totals->cuts++;
        break;
    case 4: case 5: sim_net_still_one(); break;
    case 6: case 7: case 8: crash_arm(); break;
    case 9: case 13: fault_begin(); break;
    case 10: storm(); break;
    case 11: sim_relay_kill(&w.relay); break;
    case 12: sim_faults()->short_writes = sim_one_in(2); break;
    default:
        if (w.snapshots && w.snapshotter.proc.alive)
            sim_proc_dies_soon(&w.snapshotter.proc, 2);
    }
}

static void snapshotter_turn(void) {
    if (!w.snapshots) return;
    if (w.snapshotter.proc.alive) {
        sim_snapshotter_run(&w.snapshotter);
    } else {
        sim_snapshotter_kill(&w.snapshotter);
        sim_snapshotter_start(&w.snapshotter);
    }
}

static void process_turn(void) {
    if (w.process.state == SIM_DOWN) {
        if (sim_one_in(8)) process_start();
    } else if (!w.slow || w.process.state != SIM_UP || sim_one_in(6)) {
        process_run();
    }
}

static void step(bool mishaps) {
    uint64_t who = sim_roll(32);
    bool up = w.process.state == SIM_UP && w.checked;
    sim.step++;
    sim_time_goes();
    if (who < 6 && up) sim_net_serve(&w.process);
    if (who >= 6 && who < 11 && up) sim_process_gateway(&w.process);
    if (who >= 11 && who < 15) engine_turn();
    if (who >= 15 && who < 22) process_turn();
    if (who >= 22 && who < 28) sim_crowd_turn(mishaps);
    if (who == 28) sim_relay_step(&w.relay);
    if (who == 29 || who == 30) snapshotter_turn();
    if (who == 31 && mishaps && sim_one_in(3)) mishap();
    crash_look();
    fault_look();
}

/* --- the end */

static bool at_rest(void) {
    if (w.process.state != SIM_UP || !w.checked) return false;
    bj_engine_stats_t stats = bj_engine_stats(w.process.engine.engine);
    return atomic_load(&w.process.pipe.durable_seq) == stats.cmd_seq &&
           w.relay.seen_cnt == stats.event_seq && !bj_ring_peek(w.process.pipe.cmds);
}

static void calm(void) {
    w.calm = true;
    sim_faults_end();
    sim_faults()->short_writes = false;
    w.fault_step = 0, w.armed_step = UINT64_MAX;
    w.process.proc.dies_in = 0;
    w.snapshotter.proc.dies_in = 0;
    w.power_next = false;
    sim_net_smooth();
}

static void client_count(const sim_client_t *client) {
    bj_oe_client_stats_t stats = bj_oe_client_stats(client->oe);
    w.totals->told += client->told_cnt, w.totals->rejects += client->reject_cnt;
    w.totals->resent += stats.resent;
}

static void end_in_good_order(void) {
    w.process.stopping = true;
    for (uint32_t i = 0; i < REST_STEPS && w.process.state != SIM_DOWN; i++)
        sim_process_run(&w.process);
    SIM_CHECK(w.process.state == SIM_DOWN);
    sim_net_server_gone(&w.process, true);
}

static void finish(void) {
    calm();
    if (!sim_crowd_answered() || !sim_crowd_told_again()) return;
    sim_truth_end(&w.truth, &w.process, sim_crowd.clients, &w.relay);
    end_in_good_order();
    process_start();
    SIM_CHECK(sim_run_until(at_rest));
}

/* --- one seed */

static const sim_crowd_world_t world = {.step = step, .at_rest = at_rest, .relay = &w.relay,
                                        .rest_steps = REST_STEPS};

static void begin(uint64_t seed, bool verbose, sim_totals_t *totals) {
    sim_core_new(seed, verbose);
    sim_disk_new();
    sim_net_new();
    sim_relay_new(&w.relay);
    sim_truth_new(&w.truth);
    w.snapshots = sim_one_in(2), w.faults = sim_one_in(2), w.power = !sim_one_in(4);
    w.slow = sim_one_in(3);
    w.totals = totals;
    w.fault_step = 0, w.armed_step = UINT64_MAX, w.calm = false;
    w.process.state = SIM_DOWN, w.power_next = false;
    w.snapshotter.saved_cnt = 0;
    if (w.snapshots) sim_snapshotter_start(&w.snapshotter);
    sim_crowd_new(&world);
}

static void end(void) {
    sim_totals_t *t = w.totals;
    if (w.process.state == SIM_UP) {
        bj_engine_stats_t stats = bj_engine_stats(w.process.engine.engine);
        t->commands += stats.cmd_seq, t->trades += stats.match_cnt;
    }
    sim_process_dead(&w.process);
    sim_snapshotter_kill(&w.snapshotter);
    sim_proc_kill(&w.relay.proc), w.relay.reader = NULL;
    sim_proc_kill(&w.truth.proc);
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) client_count(&sim_crowd.clients[i]);
    sim_crowd_free();
    sim_disk_free();
    t->snapshots += w.snapshotter.saved_cnt;
    t->steps += sim.step, t->checks += sim.check_cnt;
}

uint64_t sim_world_run(uint64_t seed, bool verbose, sim_totals_t *totals) {
    begin(seed, verbose, totals);
    uint64_t steps = STEPS_MIN + sim_roll(STEPS_MORE);
    while (sim.step < steps && !sim.fail_cnt) step(true);
    if (!sim.fail_cnt) finish();
    end();
    return sim.fail_cnt;
}

void sim_world_free(void) {
    sim_proc_stacks_free(&w.process.proc);
    sim_proc_stacks_free(&w.snapshotter.proc);
}

void sim_totals_print(const sim_totals_t *totals, uint64_t seeds, uint64_t failed) {
    printf("sim_order: %" PRIu64 " seeds, %" PRIu64 " failed;", seeds, failed);
#define X(field) printf(" %s %" PRIu64, #field, totals->field);
    SIM_TOTALS_LIST(X)
#undef X
    printf("\n");
}
