#include "tests/simulation/sim_standby.h"

#include "tests/simulation/sim_sock.h"

static void *standby_main(void *arg) {
    sim_standby_t *s = (sim_standby_t *)arg;
    s->state = bj_standby_run_open(&s->run, s->config, s->fences) ? SIM_UP : SIM_REFUSED;
    sim_note(s->state == SIM_UP ? "standby up" : "standby refused", s->proc.machine, s->fences);
    sim_fiber_wait();
    while (s->state == SIM_UP && !s->stopping && !bj_standby_run_ended(&s->run))
        (void)bj_standby_run_turn(&s->run, -1);
    if (s->run.done) sim_note(s->fences ? "fenced" : "took over", s->proc.machine, 0);
    bj_standby_run_close(&s->run);
    return NULL;
}

void sim_standby_start(sim_standby_t *s, bool fences) {
    s->state = SIM_STARTING;
    s->fences = fences, s->stopping = false;
    memset(&s->run, 0, sizeof s->run);
    sim_proc_start(&s->proc, fences ? "fence" : "standby", standby_main, s);
}

void sim_standby_dead(sim_standby_t *s) {
    sim_sock_let_go(&s->proc, sim_one_in(2));
    sim_proc_kill(&s->proc);
    s->state = SIM_DOWN;
}

/* Who has ended in good order has given everything back. */
void sim_standby_run(sim_standby_t *s) {
    (void)sim_proc_run(&s->proc);
    if (s->proc.alive && sim_proc_ended(&s->proc)) SIM_CHECK(s->proc.mem_cnt == 0);
}

bool sim_standby_up(const sim_standby_t *s) {
    return s->state == SIM_UP && s->proc.alive && !s->run.done && s->run.standby.follow;
}

bool sim_standby_tell(sim_standby_t *s, const char *words) {
    char answer[BJ_CTL_ANSWER_BYTES];
    sim_proc_now = &s->proc;
    bj_standby_run_line(&s->run, words, answer);
    sim_proc_now = NULL;
    bool ok = strncmp(answer, "ok", 2) == 0;
    sim_note(ok ? "told to take over" : "does not take over", s->proc.machine, 0);
    if (sim.verbose) printf("       %s\n", answer);
    return ok;
}

bj_follow_status_t sim_standby_status(const sim_standby_t *s) {
    return bj_follow_status(s->run.standby.follow);
}
