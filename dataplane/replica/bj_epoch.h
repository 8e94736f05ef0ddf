#ifndef BJ_EPOCH_H
#define BJ_EPOCH_H

/* bj_epoch - whose turn it is: data_dir/replica.json, {"epoch": N, "role": "primary"|"standby"|
 * "behind"}.
 *
 * Rule     a dataplane trades from this data only as "primary".  A take-over makes the epoch one
 *          higher; who hears of a higher one than its own is "standby" from then on.
 * Behind   a standby that has not yet had all that a primary acknowledged: one that begins, or a
 *          primary that was fenced, whose own journal need not have been synced.  "standby" once it
 *          has.
 * No file  epoch 1, primary: data that never had a standby.
 * Writing  whole under another name, synced, renamed, synced: there after a crash or as before.
 * Errors   bj_status_t; what is wrong stands in the log with the file's name. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

typedef struct bj_epoch {
    uint64_t epoch; /* [1, 2^62] */
    bool     primary, behind;
} bj_epoch_t;

/* BJ_ERR_NOT_FOUND: no file, and *epoch is what that means.  BJ_ERR_CORRUPT: it says nothing
 * sensible. */
BJ_MUST_USE bj_status_t bj_epoch_read(const char *data_dir, bj_epoch_t *epoch);
BJ_MUST_USE bj_status_t bj_epoch_write(const char *data_dir, const bj_epoch_t *epoch);

#endif /* BJ_EPOCH_H */
