#ifndef SIM_CROWD_H
#define SIM_CROWD_H

/* sim_crowd - all the clients, in the world of one machine or in that of two.
 *
 * World    what it is to them: how a step of it goes, when all else rests, which relay sees what
 *          they are told of.
 * End      each asks once more, and is told all; then they leave for good, and somebody who asks
 *          for all reports from the first on is told the same.
 * Errors   a check that fails is counted here; false says so.
 * Threads  one, and one world at a time. */
#include "tests/simulation/sim_client.h"
#include "tests/simulation/sim_readers.h"

typedef struct sim_crowd_world {
    void (*step)(bool mishaps);
    bool (*at_rest)(void);
    const sim_relay_t *relay;
    uint32_t rest_steps; /* within so many it comes to rest */
} sim_crowd_world_t;

typedef struct sim_crowd {
    sim_client_t clients[SIM_SESSIONS];
    sim_client_t again; /* who asks for all that one of them was told */
    const sim_crowd_world_t *world; /* the caller's, for as long as the crowd is there */
} sim_crowd_t;
extern sim_crowd_t sim_crowd;

void sim_crowd_new(const sim_crowd_world_t *world);
void sim_crowd_free(void);
void sim_crowd_turn(bool mishaps); /* one of them: asks and leaves only if there are any */
void sim_crowd_leave(void); /* all hang up, and call again at about the same time */

/* Steps without mishaps until it is so; false: a check failed, or rest_steps were too few. */
bool sim_run_until(bool (*done)(void));
bool sim_crowd_answered(void);
bool sim_crowd_told_again(void); /* after this nobody is connected */

#endif /* SIM_CROWD_H */
