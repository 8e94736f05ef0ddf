#ifndef SIM_PROCESS_H
#define SIM_PROCESS_H

/* sim_process - the dataplane between its ports and its disk: bj_restore, bj_resume, the gateway,
 * the engine and journal tiles, as dataplane/main puts them together.  Recovery and the journal run
 * on a fiber, as on their own thread; gateway and engine are stepped by the scheduler.
 *
 * With a config (sim_config.h) it has the replica's thread too, as bj_world_replicate starts it,
 * and its policy: it is UP once it may let clients in. */
#include "dataplane/main/bj_replica_tile.h"
#include "dataplane/main/bj_resume.h"
#include "tests/simulation/sim_proc.h"

enum { SIM_SESSIONS = 4, SIM_TOKEN = 2885, SIM_PRICE_PAISE = 100000, SIM_TICK_PAISE = 5 };
enum { SIM_ADMIN, SIM_MAKER, SIM_DESK, SIM_QUIET }; /* index of a session */

#define SIM_JOURNAL_DIR "/sim/journal"
#define SIM_EVLOG_DIR "/sim/events"

extern const bj_gateway_session_config_t sim_sessions[SIM_SESSIONS];
extern const bj_engine_config_t sim_engine_config;

typedef enum sim_state { SIM_DOWN, SIM_STARTING, SIM_UP, SIM_REFUSED } sim_state_t;

typedef struct sim_process {
    sim_proc_t   proc;
    sim_state_t  state;
    bool         stopping; /* asked to end in good order */
    const bj_config_t *config; /* NULL: one machine, policy `disk`.  Stays over starts */
    bool         waits;    /* for a standby that has all */
    bj_replica_tile_t replica;
    bj_pipe_t    pipe;
    bj_restore_t restore;
    bj_gateway_t *gateway;
    bj_engine_tile_t  engine;
    bj_journal_tile_t journal;
    bj_evlog_reader_t *reader;
    void        *rings[3], *engine_mem;
    uint64_t     told_cnt; /* events that recovery handed out, all of them, in order */
    bool         account_known[SIM_SESSIONS];
    uint64_t     lost_at;  /* durable_seq when the journal was lost; UINT64_MAX: it is not */
} sim_process_t;

void sim_process_start(sim_process_t *process);
void sim_process_dead(sim_process_t *process); /* killed: bury it */
void sim_process_gateway(sim_process_t *process);
void sim_process_engine(sim_process_t *process);
/* Its fibers: recovery or the journal, the maker of spare files. */
void sim_process_run(sim_process_t *process);

#endif /* SIM_PROCESS_H */
