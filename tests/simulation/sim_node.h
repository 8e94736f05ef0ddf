#ifndef SIM_NODE_H
#define SIM_NODE_H

/* sim_node - the two machines of a pair, and the operator who says what runs on them.
 *
 * Machine   a disk, at most one of bijli-dataplane and bijli-standby, a bijli-standby --fence
 *           beside the dataplane of who took over, a relay that reads the event log.
 * Operator  as docs/replica.md has it: restarts what died, or lets the standby take over and sees
 *           that the old primary is fenced; moves the gateway's address; makes the old primary a
 *           standby, with its data or, if that went another way, with none.  Where the policy
 *           allows an acknowledged order to be lost he does not let it: there he takes over from a
 *           dead primary only if nothing is missing (the simulation knows), from one that lives
 *           only over a sound connection.
 * Owner     who has the gateway's address.
 * Threads   one. */
#include "tests/simulation/sim_config.h"
#include "tests/simulation/sim_standby.h"
#include "tests/simulation/sim_truth.h"

typedef enum sim_runs { SIM_RUNS_NOTHING, SIM_RUNS_DATAPLANE, SIM_RUNS_STANDBY } sim_runs_t;

typedef struct sim_node {
    uint32_t      no;
    sim_process_t process;
    sim_standby_t standby, fencer;
    sim_relay_t   relay;
    sim_runs_t    runs;
    bool          fence_wanted; /* until the other has heard */
    bool          checked;      /* the process that is up was looked at */
    bool          power_next;   /* what is to kill it takes the machine */
    bool          astray;       /* it may have shown what the owner never did */
    uint64_t      hits_before;  /* disk faults met before this start */
    uint64_t      digests, state_hashes; /* that were equal, of the standby that is up */
    uint64_t      fault_step;   /* since when the disk refuses; 0: it does not */
} sim_node_t;

/* X(field): counts over all seeds. */
#define SIM_PAIR_TOTALS_LIST(X)                                                                  \
    X(checks) X(steps) X(commands) X(told) X(crashes) X(power_losses) X(take_overs) X(handed_over) \
    X(given_up) X(fenced) X(wiped) X(ahead) X(standby_stops) X(digests) X(state_hashes) X(spoiled) \
    X(differs_told)

typedef struct sim_pair_totals {
#define X(field) uint64_t field;
    SIM_PAIR_TOTALS_LIST(X)
#undef X
} sim_pair_totals_t;

typedef struct sim_pair {
    sim_node_t   node[SIM_MACHINES];
    sim_truth_t  truth;
    sim_policy_t policy;
    bool         strict; /* nothing acknowledged is lost with one machine, whatever happens */
    bool         power, faults; /* what this seed is about */
    bool         calm;          /* the end: nothing bad happens any more */
    uint32_t     owner;
    uint64_t     acked;         /* the most that anybody was told of */
    uint64_t     taken_seq;     /* the end of the owner's journal when it took over */
    bool         taking;        /* the other one was told to take over */
    bool         reached;       /* and the owner was there then */
    bool         spoils;        /* the standby's state is changed on purpose */
    const bj_engine_t *spoiled; /* by an order that is to be another one here; NULL: it was */
    sim_pair_totals_t *totals;
} sim_pair_t;
extern sim_pair_t sim_pair;

void sim_node_new(uint32_t no);
void sim_node_free(sim_node_t *node);
void sim_node_turn(sim_node_t *node);
void sim_node_wipe(sim_node_t *node); /* its data is moved away: it begins anew, as a standby */
void sim_node_gone(sim_node_t *node); /* killed, or with power_next the machine's power */
void sim_node_faults_end(sim_node_t *node); /* its disk does what it should again */
void sim_operator_turn(void);
bool sim_take_over_ask(sim_node_t *node); /* true: it was told to */

static inline sim_node_t *sim_owner(void) { return &sim_pair.node[sim_pair.owner]; }
static inline sim_node_t *sim_other(const sim_node_t *node) { return &sim_pair.node[!node->no]; }
bool sim_node_serves(const sim_node_t *node); /* clients may talk to it */

#endif /* SIM_NODE_H */
