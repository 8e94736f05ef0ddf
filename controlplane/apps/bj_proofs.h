#ifndef BJ_PROOFS_H
#define BJ_PROOFS_H

/* bj_proofs - that no proof of an app's key is taken twice (RFC 9449 11.1), by whichever server.
 *
 * Where    PostgreSQL (sql/0035_app_proofs.sql), in a table that is not logged: nothing pushes a
 *          proof out before its time, as it would in Redis, and what a crash empties is known to be
 *          empty: a proof from before that is refused.
 * Full     this process puts at most so many into it within the time that one is kept.
 * Threads  any worker.
 * Cost     one statement, which waits for no disk. */
#include "controlplane/apps/bj_dpop.h"
#include "controlplane/store/bj_db.h"

typedef struct bj_proofs bj_proofs_t;

bj_proofs_t *bj_proofs_new(bj_db_pool_t *db, uint32_t at_once_max); /* NULL: out of memory */
void bj_proofs_free(bj_proofs_t *proofs); /* NULL is allowed */

/* BJ_DPOP_GOOD: it had not come, and has now; BJ_DPOP_REPLAY, or for now: BJ_DPOP_YOUNG,
 * BJ_DPOP_FULL, BJ_DPOP_AWAY. */
bj_dpop_wrong_t bj_proofs_use(bj_proofs_t *proofs, const bj_dpop_t *dpop);
/* Those whose time is over go; now and then. */
BJ_MUST_USE bj_status_t bj_proofs_tidy(bj_proofs_t *proofs);

#endif /* BJ_PROOFS_H */
