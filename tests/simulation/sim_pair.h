#ifndef SIM_PAIR_H
#define SIM_PAIR_H

/* sim_pair - two machines, one of which follows the other: one seed is one run.
 *
 * Turns    as in sim_world.h, and besides: a standby, a fence, the operator; the net between the
 *          machines is cut, stands still, is split; either machine's processes are killed, its
 *          power fails, its disk refuses.
 * Policy   from the seed: durability, what becomes of it when the standby is lost, whether the
 *          standby syncs.
 * End      no more faults: all rests, both machines have the same journal, state and events; a
 *          difference that is made on purpose is found; the other machine takes over once more.
 * Threads  one. */
#include "tests/simulation/sim_node.h"

uint64_t sim_pair_run(uint64_t seed, bool verbose, sim_pair_totals_t *totals);
void sim_pair_free(void);
void sim_pair_print(const sim_pair_totals_t *totals, uint64_t seeds, uint64_t failed);
/* What it is about did happen: what 100 pairs come to some twenty times at least, and what takes
 * 400 to be sure of. */
bool sim_pair_often_ok(const sim_pair_totals_t *totals);
bool sim_pair_seldom_ok(const sim_pair_totals_t *totals);

#endif /* SIM_PAIR_H */
