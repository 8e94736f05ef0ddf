#include "tests/simulation/sim_node.h"

#include "tests/simulation/sim_crowd.h"
#include "tests/simulation/sim_disk.h"
#include "tests/simulation/sim_sock.h"

sim_pair_t sim_pair;

void sim_node_new(uint32_t no) {
    sim_node_t *node = &sim_pair.node[no];
    const bj_config_t *config = sim_config_of(no, &sim_pair.policy);
    node->no = no;
    node->process.state = SIM_DOWN, node->process.config = config;
    node->standby.state = node->fencer.state = SIM_DOWN;
    node->standby.config = node->fencer.config = config;
    sim_relay_new(&node->relay);
    node->process.proc.machine = node->standby.proc.machine = node->fencer.proc.machine =
        node->relay.proc.machine = no;
    node->runs = no ? SIM_RUNS_STANDBY : SIM_RUNS_DATAPLANE;
    node->fence_wanted = node->checked = node->power_next = false;
    node->astray = false;
    node->hits_before = node->fault_step = 0;
}

void sim_node_free(sim_node_t *node) {
    sim_process_dead(&node->process);
    sim_standby_dead(&node->standby);
    sim_standby_dead(&node->fencer);
    sim_proc_kill(&node->relay.proc), node->relay.reader = NULL;
}

bool sim_node_serves(const sim_node_t *node) {
    return node->process.state == SIM_UP && node->checked && node->process.proc.alive;
}

/* --- ends */

static void machine_off(sim_node_t *node) {
    sim_process_dead(&node->process);
    sim_standby_dead(&node->standby);
    sim_standby_dead(&node->fencer);
    sim_relay_kill(&node->relay);
    sim_machine = node->no;
    sim_disk_power_loss();
    sim_machine = 0;
    node->relay.torn = true;
    sim_pair.totals->power_losses++;
}

void sim_node_gone(sim_node_t *node) {
    bool power = node->power_next;
    sim_note(power ? "the power fails" : "killed", node->no, node->runs);
    sim_pair.totals->crashes++;
    node->power_next = node->checked = false;
    sim_net_server_gone(&node->process, !power || sim_one_in(2));
    if (power) machine_off(node);
    else if (node->runs == SIM_RUNS_DATAPLANE) sim_process_dead(&node->process);
    else sim_standby_dead(&node->standby);
}

/* --- starts */

void sim_node_faults_end(sim_node_t *node) {
    sim_machine = node->no;
    sim_faults_end();
    sim_machine = 0;
    node->fault_step = 0;
}

/* What was met until now explains nothing that comes. */
static void faults_forget(sim_node_t *node) {
    sim_node_faults_end(node);
    sim_machine = node->no;
    node->hits_before = sim_faults()->hit_cnt;
    sim_machine = 0;
}

static bool faults_met(const sim_node_t *node) {
    sim_machine = node->no;
    bool met = sim_faults()->hit_cnt > node->hits_before;
    sim_machine = 0;
    return met;
}

static void before_start(sim_node_t *node, sim_proc_t *proc, void (*start)(sim_node_t *)) {
    if (sim_pair.calm || !sim_one_in(4)) faults_forget(node);
    if (sim_one_in(3)) sim.now.wall_ns -= (int64_t)sim_roll(2000) * BJ_NS_PER_MS;
    start(node);
    node->power_next = !sim_pair.calm && sim_pair.power && sim_one_in(2);
    if (!sim_pair.calm && sim_one_in(4)) sim_proc_dies_soon(proc, 4);
}

static void dataplane_begin(sim_node_t *node) {
    node->checked = false;
    sim_process_start(&node->process);
}

static void standby_begin(sim_node_t *node) {
    node->digests = node->state_hashes = 0;
    sim_standby_start(&node->standby, false);
}

/* Whose turn it is, as the machine's disk has it. */
typedef struct turn {
    bool primary, is_written;
} turn_t;

static turn_t turn_of(const sim_node_t *node) {
    bj_epoch_t epoch;
    sim_pair.truth.proc.machine = node->no;
    sim_proc_now = &sim_pair.truth.proc;
    bj_status_t status = bj_epoch_read("/sim", &epoch);
    sim_proc_now = NULL;
    SIM_CHECK(status == BJ_OK || status == BJ_ERR_NOT_FOUND);
    return (turn_t){.primary = epoch.primary, .is_written = status == BJ_OK};
}

/* Not a machine on which there is nothing yet. */
static bool took_over(const sim_node_t *node) {
    turn_t turn = turn_of(node);
    return turn.is_written && turn.primary;
}

static uint64_t journal_end(const sim_node_t *node) {
    bj_journal_report_t report;
    sim_pair.truth.proc.machine = node->no;
    sim_proc_now = &sim_pair.truth.proc;
    SIM_CHECK(bj_journal_scan(SIM_JOURNAL_DIR, NULL, NULL, &report) == BJ_OK);
    sim_proc_now = NULL;
    return report.last_seq;
}

/* --- the dataplane */

/* The journal may be shorter than at an earlier start, but not than what was told. */
static void owner_look(sim_node_t *node) {
    sim_truth_t *truth = &sim_pair.truth;
    truth->proc.machine = node->no;
    if (truth->cmd_cnt > sim_pair.acked) truth->cmd_cnt = sim_pair.acked;
    sim_truth_started(truth, &node->process, sim_crowd.clients, &node->relay);
    SIM_CHECK(truth->cmd_cnt >= sim_pair.acked);
    sim_truth_relay(truth, &sim_other(node)->relay);
}

static void dataplane_look(sim_node_t *node) {
    sim_process_t *p = &node->process;
    if (p->state != SIM_UP) return;
    bool is_owner = node == sim_owner();
    uint64_t durable_seq = atomic_load(&p->pipe.durable_seq);
    if (!node->checked) {
        node->checked = true;
        node->relay.torn = false;
        p->proc.dies_in = 0;
        if (is_owner) owner_look(node);
    }
    if (is_owner && durable_seq > sim_pair.acked) sim_pair.acked = durable_seq;
    /* Words of the standby that were still under way; what they are about, the owner has. */
    if (!is_owner && sim_pair.strict) SIM_CHECK(durable_seq <= sim_pair.taken_seq);
}

static void dataplane_turn(sim_node_t *node) {
    sim_process_t *p = &node->process;
    if (p->state == SIM_DOWN) {
        if (sim_one_in(8)) before_start(node, &p->proc, dataplane_begin);
        return;
    }
    sim_process_run(p);
    if (p->state != SIM_DOWN && !p->proc.alive) {
        sim_node_gone(node);
        return;
    }
    if (p->state == SIM_REFUSED) {
        bool mine = turn_of(node).primary;
        SIM_CHECK(!mine || faults_met(node)); /* why else? */
        if (!mine) node->runs = SIM_RUNS_STANDBY, sim_process_dead(p);
    }
    dataplane_look(node);
}

/* --- the standby */

static void compared_count(sim_node_t *node) {
    bj_follow_status_t status = sim_standby_status(&node->standby);
    sim_pair.totals->digests += status.digests - node->digests;
    sim_pair.totals->state_hashes += status.state_hashes - node->state_hashes;
    node->digests = status.digests, node->state_hashes = status.state_hashes;
}

static void standby_turn(sim_node_t *node) {
    sim_standby_t *s = &node->standby;
    if (s->state == SIM_DOWN) {
        if (sim_one_in(8)) before_start(node, &s->proc, standby_begin);
        return;
    }
    sim_standby_run(s);
    if (!s->proc.alive) {
        sim_node_gone(node);
        return;
    }
    if (sim_standby_up(s)) compared_count(node);
    if (s->state == SIM_REFUSED && !turn_of(node).primary) SIM_CHECK(faults_met(node));
    if (sim_proc_ended(&s->proc)) sim_standby_dead(s);
}

void sim_node_wipe(sim_node_t *node) {
    sim_note("begins anew", node->no, 0);
    sim_pair.totals->wiped++;
    sim_process_dead(&node->process);
    sim_standby_dead(&node->standby);
    sim_relay_kill(&node->relay);
    sim_machine = node->no;
    sim_disk_wipe();
    sim_machine = 0;
    node->runs = SIM_RUNS_STANDBY;
    node->astray = false;
}

static void fencer_turn(sim_node_t *node) {
    sim_standby_t *s = &node->fencer;
    if (!node->fence_wanted) {
        if (s->state != SIM_DOWN) sim_standby_dead(s);
        return;
    }
    if (s->state == SIM_DOWN) {
        if (sim_one_in(8)) sim_standby_start(s, true);
        return;
    }
    sim_standby_run(s);
    if (s->run.done) node->fence_wanted = false, sim_pair.totals->fenced++;
    bool refused = s->state == SIM_UP && s->proc.alive && sim_proc_ended(&s->proc) && !s->run.done;
    if (!s->proc.alive || sim_proc_ended(&s->proc)) sim_standby_dead(s);
    if (!refused) return;
    /* The other has heard of a later epoch than ours: of a take-over that the owner has not. */
    node->fence_wanted = false;
    sim_node_wipe(sim_other(node));
}

void sim_node_turn(sim_node_t *node) {
    if (sim_one_in(4)) fencer_turn(node);
    else if (node->runs == SIM_RUNS_DATAPLANE) dataplane_turn(node);
    else if (node->runs == SIM_RUNS_STANDBY) standby_turn(node);
}

/* --- the operator */

static bool enough(const sim_node_t *node) {
    return !node->astray && sim_standby_status(&node->standby).have_seq >= sim_pair.acked;
}

bool sim_take_over_ask(sim_node_t *node) {
    sim_standby_t *s = &node->standby;
    if (sim_pair.taking || node->runs != SIM_RUNS_STANDBY || !sim_standby_up(s)) return false;
    bj_follow_status_t status = sim_standby_status(s);
    sim_node_t *other = sim_other(node);
    bool waits = other->process.state == SIM_STARTING && other->process.waits;
    bool alive = other->process.state != SIM_DOWN && other->runs == SIM_RUNS_DATAPLANE && !waits;
    bool sound = status.state == BJ_FOLLOW_FOLLOWING && sim_sock_sound();
    bool lacks = bj_standby_lacks(&s->run.standby) != NULL;
    if (!lacks && sim_pair.strict) SIM_CHECK(enough(node));
    if (!sim_pair.strict && (alive ? !sound : !enough(node))) return false;
    if (!sim_pair.strict && alive) {
        bool well = !other->fault_step && other->process.lost_at == UINT64_MAX;
        if (!well || node->fault_step) return false;
        other->process.proc.dies_in = s->proc.dies_in = 0; /* a quiet moment */
    }
    sim_pair.reached = status.state == BJ_FOLLOW_FOLLOWING;
    /* He knows better than a standby that has not been told yet that it has all. */
    bool force = lacks && !sim_pair.reached && status.journal_id && enough(node);
    if (!sim_standby_tell(s, force ? "take-over force" : "take-over")) return false;
    sim_pair.taking = true;
    if (waits && !sim_pair.strict) sim_process_dead(&other->process);
    if (other->process.state == SIM_DOWN) other->runs = SIM_RUNS_NOTHING; /* it is kept down */
    return true;
}

/* The old primary: what it is now is on its disk. */
static void old_one(sim_node_t *old) {
    sim_node_t *fresh = sim_other(old);
    bool runs = old->runs == SIM_RUNS_DATAPLANE && old->process.state != SIM_DOWN;
    fresh->fence_wanted = old->fence_wanted = false;
    if (!turn_of(old).primary) {
        if (runs) sim_process_dead(&old->process);
        old->runs = SIM_RUNS_STANDBY;
    } else if (sim_one_in(2) || runs) {
        old->runs = SIM_RUNS_DATAPLANE; /* if it was away it comes back by itself */
        fresh->fence_wanted = true;
        old->astray = !sim_pair.strict;
    } else {
        sim_node_wipe(old);
    }
}

static void taken_over(sim_node_t *fresh) {
    sim_node_t *old = sim_other(fresh);
    sim_note("the address moves to", fresh->no, 0);
    sim_pair.taking = false;
    sim_pair.owner = fresh->no;
    sim_pair.totals->take_overs++;
    sim_standby_dead(&fresh->standby);
    fresh->runs = SIM_RUNS_DATAPLANE;
    fresh->astray = false;
    sim_pair.taken_seq = journal_end(fresh);
    sim_truth_forget(&sim_pair.truth, sim_pair.taken_seq);
    sim_net_move(&old->process, fresh->no);
    sim_pair.totals->handed_over += atomic_load(&old->process.pipe.replica.fenced);
    old_one(old);
}

static void taking_look(void) {
    sim_node_t *fresh = sim_other(sim_owner());
    sim_standby_t *s = &fresh->standby;
    bool under_way = sim_standby_up(s) && s->run.taking_over;
    bool starts = s->state == SIM_STARTING && s->proc.alive;
    if (under_way || starts) return;
    /* Done, given up, or killed on the way: its disk knows. */
    if (took_over(fresh)) {
        taken_over(fresh);
        return;
    }
    sim_note("not taken over", fresh->no, 0);
    sim_pair.totals->given_up++;
    sim_pair.taking = false;
    if (sim_owner()->runs == SIM_RUNS_NOTHING) sim_owner()->runs = SIM_RUNS_DATAPLANE;
}

/* The standby was refused: what it has is another way, or what the owner lost. */
static void refused_look(sim_node_t *node) {
    const sim_process_t *p = &sim_owner()->process;
    bj_status_t why = sim_standby_status(&node->standby).why;
    bool refused = why == BJ_ERR_SEQUENCE || why == BJ_ERR_EXISTS || why == BJ_ERR_NOT_FOUND;
    if (!refused || sim_owner()->runs != SIM_RUNS_DATAPLANE) return;
    if (p->state == SIM_STARTING && p->waits) {
        sim_pair.totals->ahead++;
        if (!sim_take_over_ask(node) && !enough(node)) sim_node_wipe(node);
    } else if (p->state == SIM_UP) {
        sim_node_wipe(node);
    }
}

static void stopped_look(sim_node_t *node) {
    bj_follow_status_t status = sim_standby_status(&node->standby);
    bool differs = status.why == BJ_ERR_CORRUPT || status.why == BJ_ERR_SEQUENCE;
    if (sim_pair.spoils && differs) return; /* it was made to */
    SIM_CHECK(faults_met(node) && !differs);
    sim_pair.totals->standby_stops++;
    sim_note("the standby stopped", node->no, status.stop_seq);
    sim_standby_dead(&node->standby);
    faults_forget(node);
}

/* A fenced dataplane is stopped, and becomes a standby. */
static void old_look(sim_node_t *old) {
    sim_process_t *p = &old->process;
    bool fenced = p->state == SIM_UP || p->waits ? atomic_load(&p->pipe.replica.fenced) : false;
    if (old->runs == SIM_RUNS_DATAPLANE && fenced && !turn_of(old).primary) {
        sim_process_dead(p);
        old->runs = SIM_RUNS_STANDBY;
        sim_other(old)->fence_wanted = false;
    }
}

void sim_operator_turn(void) {
    sim_node_t *other = sim_other(sim_owner());
    if (sim_pair.taking) {
        taking_look();
        return;
    }
    old_look(other);
    if (other->runs == SIM_RUNS_STANDBY && other->standby.state == SIM_DOWN &&
        took_over(other)) {
        taken_over(other); /* it was killed when it had just taken over */
        return;
    }
    if (other->runs == SIM_RUNS_STANDBY && sim_standby_up(&other->standby)) {
        bj_follow_state_t state = sim_standby_status(&other->standby).state;
        if (state == BJ_FOLLOW_STOPPED) stopped_look(other);
        else if (state == BJ_FOLLOW_AWAY) refused_look(other);
        else if (state == BJ_FOLLOW_FOLLOWING && !sim_pair.spoils) other->astray = false;
    }
    /* Nobody trades: the owner was fenced, and what it was fenced for was given up. */
    sim_node_t *owner = sim_owner();
    old_look(owner);
    if (owner->runs == SIM_RUNS_DATAPLANE) return;
    if (sim_take_over_ask(other)) return;
    if (!sim_standby_up(&owner->standby) || !enough(owner)) return;
    sim_pair.owner = other->no; /* for the time being: the take-over is the other's */
    if (!sim_take_over_ask(owner)) sim_pair.owner = owner->no;
}
