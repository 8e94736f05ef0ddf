#ifndef BJ_TRAIL_SPOOL_H
#define BJ_TRAIL_SPOOL_H

/* bj_trail_spool - entries that had to be written while the database was away, in a file, until it
 * is back: an operator can halt and kill without a database, and not unseen.
 *
 * Shape    a JSON object a line.  Each comes into the trail once, with "spooled": {"at", "id"} in
 *          its after_json, and then the file goes.
 * Threads  any (one lock).
 * Errors   BJ_ERR_IO: the disk refused: nothing was kept. */
#include "controlplane/audit/bj_trail.h"

typedef struct bj_trail_spool bj_trail_spool_t;

/* file is copied.  NULL: no memory. */
bj_trail_spool_t *bj_trail_spool_new(const char *file);
void bj_trail_spool_free(bj_trail_spool_t *spool);

/* On the disk when it returns BJ_OK. */
BJ_MUST_USE bj_status_t bj_trail_spool_put(bj_trail_spool_t *spool, const bj_trail_who_t *who,
                                           const bj_trail_act_t *act);
/* Into the trail with what there is; *cnt: how many came in.  BJ_ERR_BAD_FIELD: there was a line
 * that it does not take; the file was put aside as FILE.refused.TIME.  Another error: the rest
 * stays for the next time. */
BJ_MUST_USE bj_status_t bj_trail_spool_drain(bj_trail_spool_t *spool, bj_db_pool_t *pool,
                                             size_t *cnt);

#endif /* BJ_TRAIL_SPOOL_H */
