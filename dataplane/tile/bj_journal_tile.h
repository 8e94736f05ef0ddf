#ifndef BJ_JOURNAL_TILE_H
#define BJ_JOURNAL_TILE_H

/* bj_journal_tile - makes commands durable, then shows their events to readers, then says so.
 *
 * Order      append the commands that are there, commit once (group commit), publish their events
 *            in the event log, move durable_seq: an acknowledgement that leaves the gateway is on
 *            the disk and in the log.
 * Standby    pipe->replica.durable_by says who must have a command first: the disk, a standby, or
 *            both.  What waits for the standby is kept as pairs of sequences, up to
 *            BJ_WAITING_MAX, then more coarsely; matching goes on.  A standby that is given
 *            up (durable_by becomes BJ_BY_DISK) costs one sync, and all of it is durable.
 * Memory     with pipe->in_memory nobody waits for it: the engine has moved durable_seq, and
 *            clients may know of events that are not yet in the log.
 * Fence      once pipe->replica.fenced is seen nothing is appended; what was may still be
 *            acknowledged when the standby has it.
 * Errors     the first error of the disk is the last thing it does: journal_lost is set,
 *            durable_seq stands still, and the gateway refuses new commands.  Records are still
 *            taken off the ring, so that the engine does not wait for ever. */
#include "dataplane/base/bj_hist.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/journal/bj_waiting.h"
#include "dataplane/replica/bj_digest.h"
#include "dataplane/tile/bj_pipe.h"
#include "dataplane/tile/bj_tile.h"

/* Where it writes: bj_journal and bj_evlog, or a simulated disk. */
typedef struct bj_journal_store {
    bj_status_t (*append)(void *ctx, const bj_cmd_t *cmd);
    bj_status_t (*commit)(void *ctx);
    bj_status_t (*keep)(void *ctx, const bj_event_t *event); /* not visible before publish */
    void (*publish)(void *ctx, uint64_t event_seq);
    void *ctx;
    /* With a standby, else NULL: what was appended can be read by others, up to cmd_seq; a stretch
     * of events, ended or at rest (digest.every is 0: none are made). */
    bj_status_t (*write)(void *ctx, uint64_t cmd_seq);
    void (*digest)(void *ctx, const bj_digest_t *digest);
} bj_journal_store_t;

/* X(field, text) */
#define BJ_JOURNAL_COUNTER_LIST(X)                           \
    X(appended, "commands written since start")              \
    X(commits, "syncs since start: commands share them")     \
    X(commit_max_us, "longest sync since start")             \
    X(durable, "last command acknowledged")                   \
    X(published, "last event in the event log")              \
    X(waiting, "batches that wait for the standby")          \
    X(lost, "1: the disk refused, nothing is acknowledged")

typedef struct bj_journal_counters {
#define X(field, text) uint64_t field;
    BJ_JOURNAL_COUNTER_LIST(X)
#undef X
    bj_hist_figures_t durable_hop; /* the engine was done -> the command is durable, ns */
} bj_journal_counters_t;

enum { BJ_JOURNAL_COMMIT_MAX = 4096 }; /* commands in one commit */
enum { BJ_JOURNAL_STAMPS = 2 * BJ_JOURNAL_COMMIT_MAX }; /* that are kept while commands wait */

typedef struct bj_journal_tile {
    bj_journal_store_t store;
    bj_pipe_t         *pipe;
    uint64_t           kept_seq; /* last event handed to keep */
    uint64_t           written_seq, disk_seq; /* last command written; synced */
    bool               stopped;               /* fenced */
    bj_digest_t        digest, digest_whole; /* whole: as it was behind its last command */
    uint64_t           digest_said_seq;
    bj_waiting_t       waiting; /* for the standby */
    bj_journal_counters_t counters;
    bj_hist_t             durable_hop;
    uint64_t              done_stamp[BJ_JOURNAL_STAMPS]; /* by sequence; 0: none */
    bj_metrics_t          metrics;
} bj_journal_tile_t;

uint32_t bj_journal_tile_step(void *tile, bj_now_t now);
void bj_journal_tile_housekeep(void *tile, bj_now_t now);

#endif /* BJ_JOURNAL_TILE_H */
