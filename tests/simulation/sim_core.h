#ifndef SIM_CORE_H
#define SIM_CORE_H

/* sim_core - what every part of the simulation shares: one dice, one clock, one trace, one verdict.
 *
 * Dice     splitmix64 from the seed: all that happens by chance comes from here.
 * Clock    sim_now moves only when the scheduler says so; clock_gettime of the code under test is
 *          linked to it.
 * Trace    a hash over every choice and every word that was told; with -v each is a line as well.
 *          The same seed gives the same trace.
 * Verdict  SIM_CHECK counts; the first failure of a seed is printed with where and when.
 * Threads  one. */
#include <stdio.h>
#include "dataplane/base/bj_time.h"

typedef struct sim_core {
    uint64_t dice, trace;
    bj_now_t now;
    uint64_t step, check_cnt, fail_cnt, error_cnt; /* error_cnt: lines of level error in the log */
    bool     verbose;
} sim_core_t;
extern sim_core_t sim;

void sim_core_new(uint64_t seed, bool verbose);

uint64_t sim_roll(uint64_t sides); /* [0, sides); sides >= 1 */
static inline bool sim_one_in(uint64_t n) { return sim_roll(n) == 0; }
void sim_time_goes(void); /* by what a turn takes; now and then by much more */

/* A thing that happened, with two numbers that say more. */
void sim_note(const char *what, uint64_t a, uint64_t b);
void sim_note_bytes(const char *what, const void *data, size_t data_bytes);

#define SIM_CHECK(c) sim_check((c), __FILE__, __LINE__, #c)
bool sim_check(bool ok, const char *file, int line, const char *what); /* returns ok */

#endif /* SIM_CORE_H */
