#ifndef SIM_WORLD_H
#define SIM_WORLD_H

/* sim_world - everything together, and who is next: one seed is one run.
 *
 * Turns    each step the dice says who moves: net, gateway, engine, journal, a client, the relay,
 *          the snapshotter; now and then a connection is cut, the disk begins to refuse, a process
 *          is killed within its next few system calls, or the power fails.
 * Start    whoever was killed starts again after a while, also from a crash within recovery; a disk
 *          that refuses is replaced with the next start.
 * End      no more faults: all must come to rest, every answer be there; then a second look at all
 *          reports, the end of all connections, a stop in good order and a last start.
 * Cost     some milliseconds a seed.  Threads: one. */
#include "tests/simulation/sim_truth.h"

/* X(field): counts over all seeds. */
#define SIM_TOTALS_LIST(X)                                                                  \
    X(checks) X(steps) X(commands) X(trades) X(told) X(rejects) X(resent) X(cuts) X(crashes) \
    X(power_losses) X(recovery_crashes) X(refused) X(journal_lost) X(snapshots) X(from_snapshot) \
    X(torn)

typedef struct sim_totals {
#define X(field) uint64_t field;
    SIM_TOTALS_LIST(X)
#undef X
} sim_totals_t;

/* Returns how many checks failed; sim.trace is the run's. */
uint64_t sim_world_run(uint64_t seed, bool verbose, sim_totals_t *totals);
void sim_world_free(void);
void sim_totals_print(const sim_totals_t *totals, uint64_t seeds, uint64_t failed);

#endif /* SIM_WORLD_H */
