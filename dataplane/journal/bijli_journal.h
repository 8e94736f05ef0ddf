#ifndef BIJLI_JOURNAL_H
#define BIJLI_JOURNAL_H

/* The part of bijli-journal that makes snapshots: once, or as the process that follows a dataplane.
 * Both return the exit code of the program. */
#include "dataplane/engine/bj_engine.h"

typedef struct bj_snapshot_asked {
    const char *events_dir; /* with prune: the event log to be synced first */
    bool        prune;
} bj_snapshot_asked_t;

int bj_snapshot_once(const char *dir, const bj_engine_config_t *config,
                     const bj_snapshot_asked_t *asked);
/* From the dataplane's configuration: data_dir, dataplane.instrument_max, account_max, order_max,
 * snapshot_every (commands; 0: none are made), journal_prune.  Says that it lives in run_dir; ends
 * with SIGTERM or SIGINT. */
int bj_snapshot_follow(const char *config_file);

#endif /* BIJLI_JOURNAL_H */
