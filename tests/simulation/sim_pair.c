#include "tests/simulation/sim_pair.h"

#include <inttypes.h>
#include "tests/simulation/sim_crowd.h"
#include "tests/simulation/sim_disk.h"
#include "tests/simulation/sim_sock.h"
#include "tests/simulation/sim_wrap.h"

enum { STEPS_MIN = 2000, STEPS_MORE = 3000, REST_STEPS = 40000 };
static sim_pair_t *const w = &sim_pair;

/* --- what happens to machines */

static sim_node_t *any_node(void) { return &w->node[sim_roll(SIM_MACHINES)]; }

static sim_proc_t *program_of(sim_node_t *node) {
    if (node->runs == SIM_RUNS_DATAPLANE && node->process.state == SIM_UP)
        return &node->process.proc;
    if (node->runs == SIM_RUNS_STANDBY && node->standby.state == SIM_UP) return &node->standby.proc;
    return NULL;
}

static void crash_arm(sim_node_t *node) {
    sim_proc_t *proc = program_of(node);
    if (!proc || proc->dies_in) return;
    node->power_next = w->power && sim_one_in(2);
    if (sim_one_in(3)) sim_node_gone(node);
    else sim_proc_dies_soon(proc, 1);
}

static void fault_begin(sim_node_t *node) {
    if (!w->faults || node->fault_step || !program_of(node)) return;
    node->fault_step = sim.step;
    sim_machine = node->no;
    sim_fault_drawn_t drawn = sim_faults_draw();
    sim_machine = 0;
    sim_note("the disk refuses", node->no, drawn.kind);
}

/* In the end somebody looks after a disk that refuses, and after who lost its journal. */
static void fault_look(sim_node_t *node) {
    sim_process_t *p = &node->process;
    if (node->fault_step && sim.step > node->fault_step + SIM_FAULT_STEPS)
        sim_node_faults_end(node);
    bool lost = p->state == SIM_UP && p->lost_at != UINT64_MAX;
    if (!lost) return;
    SIM_CHECK(atomic_load(&p->pipe.durable_seq) == p->lost_at);
    if (w->calm || (!node->fault_step && sim_one_in(100))) sim_node_gone(node);
}

static void short_writes(sim_node_t *node) {
    sim_machine = node->no;
    sim_faults()->short_writes = sim_one_in(2);
    sim_machine = 0;
}

/* While a take-over that may lose something is under way, nothing else happens. */
static void mishap(void) {
    if (w->taking && !w->strict) return;
    switch (sim_roll(20)) {
    case 0: case 1: sim_net_cut_one(); break;
    case 2: sim_net_still_one(); break;
    case 3: case 4: sim_sock_cut(); break;
    case 5: sim_sock_still(); break;
    case 6: sim_sock_split(true); break;
    case 7: case 8: sim_sock_split(false); break;
    case 9: case 10: crash_arm(sim_owner()); break;
    case 11: case 12: crash_arm(any_node()); break;
    case 13: fault_begin(any_node()); break;
    case 14: short_writes(any_node()); break;
    case 15: sim_relay_kill(&any_node()->relay); break;
    case 16: case 17: (void)sim_take_over_ask(sim_other(sim_owner())); break;
    case 18: /* dead, and not coming back at once */
        sim_node_gone(sim_owner());
        (void)sim_take_over_ask(sim_other(sim_owner()));
        break;
    default: sim_crowd_leave();
    }
}

/* --- turns */

/* The dataplane of a machine that lost the address runs on until it is fenced. */
static sim_node_t *any_server(void) {
    sim_node_t *node = sim_one_in(8) ? any_node() : sim_owner();
    return sim_node_serves(node) ? node : NULL;
}

static void engine_turn(void) {
    sim_node_t *node = any_server();
    if (!node) return;
    sim_process_engine(&node->process);
    if (node == sim_owner() && sim_one_in(16))
        sim_truth_sample(&w->truth, node->process.engine.engine);
}

/* Who reads where somebody traded alone, behind the owner's back, reads another world. */
static void relay_turn(void) {
    sim_node_t *node = any_node();
    if (!node->astray) sim_relay_step(&node->relay);
}

static void step(bool mishaps) {
    uint64_t who = sim_roll(40);
    sim_node_t *server = any_server();
    sim.step++;
    sim_time_goes();
    if (who < 5 && server) sim_net_serve(&server->process);
    if (who >= 5 && who < 10 && server) sim_process_gateway(&server->process);
    if (who >= 10 && who < 14) engine_turn();
    if (who >= 14 && who < 22) sim_node_turn(sim_owner());
    if (who >= 22 && who < 30) sim_node_turn(sim_other(sim_owner()));
    if (who >= 30 && who < 36) sim_crowd_turn(mishaps);
    if (who == 36) relay_turn();
    if (who == 37) sim_operator_turn();
    if (who == 38 && mishaps && sim_one_in(3)) mishap();
    fault_look(&w->node[0]), fault_look(&w->node[1]);
}

/* --- the end */

static bool follows(uint64_t cmd_seq) {
    const sim_node_t *other = sim_other(sim_owner());
    if (other->runs != SIM_RUNS_STANDBY || !sim_standby_up(&other->standby)) return false;
    bj_follow_status_t status = sim_standby_status(&other->standby);
    return status.state == BJ_FOLLOW_FOLLOWING && status.have_seq == cmd_seq &&
           status.acknowledged_seq == cmd_seq;
}

static bool at_rest(void) {
    const sim_node_t *owner = sim_owner();
    if (w->taking || !sim_node_serves(owner)) return false;
    bj_engine_stats_t stats = bj_engine_stats(owner->process.engine.engine);
    return atomic_load(&owner->process.pipe.durable_seq) == stats.cmd_seq &&
           !bj_ring_peek(owner->process.pipe.cmds) && follows(stats.cmd_seq) &&
           w->node[0].relay.seen_cnt == stats.event_seq &&
           w->node[1].relay.seen_cnt == stats.event_seq;
}

static void calm(void) {
    w->calm = true;
    sim_net_smooth();
    sim_sock_split(false);
    for (uint32_t i = 0; i < SIM_MACHINES; i++) {
        sim_node_t *node = &w->node[i];
        sim_node_faults_end(node);
        sim_machine = i;
        sim_faults()->short_writes = false;
        sim_machine = 0;
        node->process.proc.dies_in = node->standby.proc.dies_in = node->fencer.proc.dies_in = 0;
        node->power_next = false;
    }
}

/* The same state, and the same events shown, on both machines. */
static void same_check(void) {
    const sim_node_t *owner = sim_owner();
    bj_engine_t *engine = owner->process.engine.engine;
    bj_standby_t *standby = &sim_other(owner)->standby.run.standby;
    SIM_CHECK(bj_engine_hash(engine) == bj_engine_hash(standby->engine));
    SIM_CHECK(bj_engine_broken(standby->engine) == NULL);
    sim_truth_same(&w->truth, owner->no, !owner->no);
}

/* --- a difference on purpose */

/* One order has another quantity here than the journal says. */
const bj_event_t *__wrap_bj_engine_apply(bj_engine_t *engine, bj_cmd_t *cmd, size_t *event_cnt) {
    bool spoil = engine == w->spoiled && cmd->type == BJ_CMD_NEW;
    if (spoil) cmd->qty++;
    const bj_event_t *events = __real_bj_engine_apply(engine, cmd, event_cnt);
    if (spoil && events && events->type == BJ_EV_ACCEPTED) w->spoiled = NULL;
    return events;
}

/* Another one where the first made no difference that lasts. */
static bool spoil_found(void) {
    const sim_node_t *other = sim_other(sim_owner());
    if (!sim_standby_up(&other->standby)) return false;
    if (sim_standby_status(&other->standby).state == BJ_FOLLOW_STOPPED) return true;
    if (!w->spoiled && sim_one_in(200)) w->spoiled = other->standby.run.standby.engine;
    if (w->spoiled) sim_client_ask(&sim_crowd.clients[sim_roll(SIM_SESSIONS)]);
    return false;
}

/* The standby's last word may be lost with its connection. */
static bool spoil_told(void) {
    const sim_process_t *p = &sim_owner()->process;
    return p->state == SIM_UP && bj_replica_status(p->replica.replica).differs_seq > 0;
}

static void spoil(void) {
    if (!sim_one_in(4) || !SIM_CHECK(sim_run_until(at_rest))) return;
    sim_node_t *other = sim_other(sim_owner());
    sim_note("the standby is spoiled", other->no, 0);
    w->spoils = true;
    w->spoiled = other->standby.run.standby.engine;
    other->astray = true;
    SIM_CHECK(sim_run_until(spoil_found));
    w->totals->spoiled++;
    for (uint32_t i = 0; i < 400; i++) step(false);
    w->totals->differs_told += spoil_told();
    w->spoils = false, w->spoiled = NULL;
    sim_node_wipe(other);
}

/* The other machine, asked once more while all rests; then its old one follows. */
static uint32_t heir;
static bool moved(void) { return w->owner == heir && at_rest(); }

static bool asked(void) { return at_rest() && sim_take_over_ask(&w->node[heir]); }

static void change_places(void) {
    heir = !w->owner;
    if (SIM_CHECK(sim_run_until(asked))) SIM_CHECK(sim_run_until(moved));
}

static void stop_all(void) {
    for (uint32_t i = 0; i < SIM_MACHINES; i++) {
        sim_node_t *node = &w->node[i];
        node->process.stopping = node->standby.stopping = true;
        for (uint32_t k = 0; k < REST_STEPS && node->process.state != SIM_DOWN; k++) {
            sim.now.mono_ns += BJ_NS_PER_MS;
            sim_process_run(&node->process);
        }
        for (uint32_t k = 0; k < REST_STEPS && !sim_proc_ended(&node->standby.proc); k++) {
            sim.now.mono_ns += BJ_NS_PER_MS;
            sim_standby_run(&node->standby);
        }
        SIM_CHECK(node->process.state == SIM_DOWN);
    }
}

static void finish(void) {
    calm();
    spoil();
    if (sim.fail_cnt || !sim_crowd_answered()) return;
    same_check();
    if (!sim_crowd_told_again()) return;
    sim_truth_end(&w->truth, &sim_owner()->process, sim_crowd.clients, &sim_owner()->relay);
    change_places();
    if (sim.fail_cnt) return;
    same_check();
    stop_all();
}

/* --- one seed */

static const sim_crowd_world_t world = {.step = step, .at_rest = at_rest,
                                        .relay = &sim_pair.node[0].relay,
                                        .rest_steps = REST_STEPS};

/* Where one machine's power or the other's loss may cost what was acknowledged, the power stays. */
static void seed_choose(void) {
    static const char *const durabilities[] = {"disk", "replica", "replica", "replica+disk",
                                               "replica+disk", "memory"};
    uint64_t which = sim_roll(BJ_COUNT(durabilities));
    bool lost_to_disk = sim_one_in(3), in_memory = sim_one_in(4);
    w->policy = (sim_policy_t){.durability = durabilities[which],
                               .lost = lost_to_disk ? "disk" : "stop",
                               .standby = in_memory ? "memory" : "disk",
                               .lost_ms = 200 + (int64_t)sim_roll(1000),
                               .hash_every = 1 + (int64_t)sim_roll(40)};
    w->strict = which >= 1 && which <= 4 && !lost_to_disk;
    bool lossy = which == 5 || in_memory || (which <= 2 && which >= 1 && lost_to_disk);
    w->power = !lossy && !sim_one_in(4);
    w->faults = sim_one_in(2);
    sim_note(w->policy.durability, (uint64_t)lost_to_disk, (uint64_t)in_memory);
}

static void begin(uint64_t seed, bool verbose, sim_pair_totals_t *totals) {
    sim_core_new(seed, verbose);
    sim_disk_new();
    sim_net_new();
    sim_sock_new();
    sim_truth_new(&w->truth);
    w->totals = totals;
    w->calm = w->taking = w->spoils = false;
    w->spoiled = NULL;
    w->owner = 0, w->acked = 0;
    seed_choose();
    for (uint32_t i = 0; i < SIM_MACHINES; i++) sim_node_new(i);
    sim_crowd_new(&world);
}

static void end(void) {
    sim_pair_totals_t *t = w->totals;
    t->commands += w->truth.cmd_cnt;
    for (uint32_t i = 0; i < SIM_SESSIONS; i++) t->told += sim_crowd.clients[i].told_cnt;
    sim_crowd_free();
    for (uint32_t i = 0; i < SIM_MACHINES; i++) sim_node_free(&w->node[i]);
    sim_proc_kill(&w->truth.proc);
    sim_disk_free();
    t->steps += sim.step, t->checks += sim.check_cnt;
}

uint64_t sim_pair_run(uint64_t seed, bool verbose, sim_pair_totals_t *totals) {
    begin(seed, verbose, totals);
    uint64_t steps = STEPS_MIN + sim_roll(STEPS_MORE);
    while (sim.step < steps && !sim.fail_cnt) step(true);
    if (!sim.fail_cnt) finish();
    end();
    return sim.fail_cnt;
}

void sim_pair_free(void) {
    for (uint32_t i = 0; i < SIM_MACHINES; i++) {
        sim_proc_stacks_free(&w->node[i].process.proc);
        sim_proc_stacks_free(&w->node[i].standby.proc);
        sim_proc_stacks_free(&w->node[i].fencer.proc);
    }
}

bool sim_pair_often_ok(const sim_pair_totals_t *t) {
    return t->crashes && t->power_losses && t->take_overs && t->handed_over && t->wiped &&
           t->told && t->digests && t->state_hashes && t->spoiled;
}

bool sim_pair_seldom_ok(const sim_pair_totals_t *t) {
    return t->given_up && t->fenced && t->ahead && t->standby_stops && t->differs_told;
}

void sim_pair_print(const sim_pair_totals_t *totals, uint64_t seeds, uint64_t failed) {
    printf("sim_order, two machines: %" PRIu64 " seeds, %" PRIu64 " failed;", seeds, failed);
#define X(field) printf(" %s %" PRIu64, #field, totals->field);
    SIM_PAIR_TOTALS_LIST(X)
#undef X
    printf("\n");
}
