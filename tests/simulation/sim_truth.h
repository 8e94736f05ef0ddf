#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

/* sim_truth - what must hold, looked at from outside: the journal, the event log, what clients and
 * the relay were told, and the state of the engine.
 *
 * Start      After each one: the journal begins with all that was there at the one before; a second
 *            engine, fed from its first command, has the hash of the one that was recovered (from a
 *            snapshot, if there was one) and of the one that ran before; exposure is what a recount
 *            gives; the event log has exactly those events, all published; every report and every
 *            event that anybody saw is in it, to the byte; no request of a client is in the journal
 *            twice, no client order id was accepted twice; a snapshot that has its name is whole.
 * End        Besides: each request was answered exactly once; each lost connection was told to the
 *            engine before anything else of its session; no order lives that had to go with its
 *            connection.
 * Threads    one. */
#include "tests/simulation/sim_client.h"
#include "tests/simulation/sim_readers.h"

enum { SIM_CMDS_MAX = 1 << 13, SIM_STARTS_MAX = 64, SIM_SAMPLES_MAX = 1024 };

typedef struct sim_truth {
    bj_cmd_t cmds[SIM_CMDS_MAX]; /* the journal, as the last start found it */
    uint64_t cmd_cnt;
    uint64_t starts[SIM_STARTS_MAX]; /* last command at each start */
    uint32_t start_cnt;
    struct { /* hashes of the live engine */
        uint64_t cmd_seq, hash;
    } samples[SIM_SAMPLES_MAX];
    uint32_t sample_cnt;
    /* of the check in hand */
    sim_proc_t proc;
    uint64_t   journal_id;
    bj_event_t events[SIM_EVENTS_MAX];
    uint64_t   event_cnt, cmd_seen;
} sim_truth_t;

void sim_truth_new(sim_truth_t *truth);
void sim_truth_sample(sim_truth_t *truth, const bj_engine_t *engine);
/* What the engine did behind this command came into no journal that counts. */
void sim_truth_forget(sim_truth_t *truth, uint64_t cmd_seq);
void sim_truth_started(sim_truth_t *truth, const sim_process_t *process,
                       const sim_client_t *clients, const sim_relay_t *relay);
/* What another reader saw is in the event log; in a log of a machine that begins anew it may be
 * ahead of it. */
void sim_truth_relay(const sim_truth_t *truth, const sim_relay_t *relay);
/* Both have the same journal just now. */
void sim_truth_same(sim_truth_t *truth, uint32_t machine, uint32_t other);
/* Everybody rests, and nobody is connected. */
void sim_truth_end(sim_truth_t *truth, const sim_process_t *process, const sim_client_t *clients,
                   const sim_relay_t *relay);

#endif /* SIM_TRUTH_H */
