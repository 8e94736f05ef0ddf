#ifndef SIM_READERS_H
#define SIM_READERS_H

/* sim_readers - the two processes that read beside the dataplane: a relay, which follows the event
 * log as bijli-relay does, and the maker of snapshots, which follows the journal.
 *
 * Relay       goes on by sequence, opens again when the log was replaced; keeps every event it saw.
 *             Never a hole, never the same number twice, never another event under a number.
 * Snapshotter the real bj_snapshotter on a fiber: killed at any of its system calls. */
#include "dataplane/market/bj_evlog.h"
#include "tests/simulation/sim_proc.h"

enum { SIM_EVENTS_MAX = 1 << 14 };

typedef struct sim_relay {
    sim_proc_t proc;
    bj_evlog_reader_t *reader;
    uint64_t   journal_id, published; /* as it saw them last */
    bool       torn; /* the power failed, and the writer has not looked at its log yet */
    uint64_t   seen_cnt;
    bj_event_t seen[SIM_EVENTS_MAX];  /* event n at [n - 1] */
} sim_relay_t;

void sim_relay_new(sim_relay_t *relay);
void sim_relay_step(sim_relay_t *relay);
void sim_relay_kill(sim_relay_t *relay); /* what it saw is in its database, and stays */

typedef struct sim_snapshotter {
    sim_proc_t proc;
    uint64_t   saved_cnt;
} sim_snapshotter_t;

void sim_snapshotter_start(sim_snapshotter_t *snapshotter);
void sim_snapshotter_run(sim_snapshotter_t *snapshotter);
void sim_snapshotter_kill(sim_snapshotter_t *snapshotter);

#endif /* SIM_READERS_H */
