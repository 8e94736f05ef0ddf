#ifndef BJ_RESTORE_H
#define BJ_RESTORE_H

/* bj_restore - from what lies on the disk back to where we were: the newest good snapshot, the
 * journal behind it, and the event log that both come to.
 *
 * Order      The journal is read and checked before anything is changed: where it is refused, it
 *            and the event log are as they were found.  A snapshot that is torn, of another journal
 *            or shape, or with an event log that is not whole up to it, is named in the log and
 *            passed over for the one before it, in the end for the journal from its beginning.
 * Events     kept is told all of them in order, those before the snapshot too, out of the event log
 *            that is there; those after it are written behind them.  Readers are shown nothing
 *            new: the caller publishes, once whoever must have the commands has them.
 * Errors     false, with a sentence in the log. */
#include "dataplane/engine/bj_engine.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/journal/bj_snap.h"
#include "dataplane/main/bj_event_lane.h"

typedef struct bj_restore {
    /* given */
    const char *journal_dir, *evlog_dir;
    bool        durable;
    void       *engine_mem;
    bj_engine_config_t config;
    bj_engine_t *engine; /* new, in engine_mem */
    void (*events)(void *ctx, const bj_event_t *events, size_t event_cnt);
    void *ctx;
    /* made: the caller's, also after false */
    bj_journal_t *journal;
    bj_evlog_t   *evlog;
    /* said */
    bj_snap_info_t info; /* the snapshot's, and what came after it; state_hash is not kept up */
    uint64_t snap_seq, snap_event_seq; /* where replay began; 0: at the beginning */
    uint64_t cmd_cnt, event_cnt; /* replayed */
    uint64_t torn_bytes, refused_seq;
    /* its own */
    uint64_t whole_seq; /* of the event log that was found */
    bj_event_lane_t lane;
} bj_restore_t;

BJ_MUST_USE bool bj_restore_run(bj_restore_t *restore);

#endif /* BJ_RESTORE_H */
