#ifndef SIM_STANDBY_H
#define SIM_STANDBY_H

/* sim_standby - bijli-standby on a fiber: the one that follows, and the one that fences. */
#include "dataplane/replica/bj_standby_run.h"
#include "tests/simulation/sim_process.h"

typedef struct sim_standby {
    sim_proc_t  proc;
    sim_state_t state; /* REFUSED: it did not open, and will end */
    bool        fences, stopping;
    const bj_config_t *config; /* stays over starts */
    bj_standby_run_t run;
} sim_standby_t;

void sim_standby_start(sim_standby_t *standby, bool fences);
void sim_standby_run(sim_standby_t *standby);
void sim_standby_dead(sim_standby_t *standby); /* killed, or ended: bury it */
/* It is up, and not about to end. */
bool sim_standby_up(const sim_standby_t *standby);
/* The operator's words; true: ok. */
bool sim_standby_tell(sim_standby_t *standby, const char *words);
bj_follow_status_t sim_standby_status(const sim_standby_t *standby); /* it is up */

#endif /* SIM_STANDBY_H */
