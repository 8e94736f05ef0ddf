#ifndef BJ_ENTRY_H
#define BJ_ENTRY_H

/* bj_entry - a change of tables with its entry in the audit trail, in one transaction:
 * begin, ask, commit.  Whoever leaves before the commit rolls back by giving the connection back.
 * Errors are bj_db's. */
#include "controlplane/audit/bj_trail.h"

/* Takes a connection and begins. */
BJ_MUST_USE bj_status_t bj_entry_begin(bj_db_pool_t *pool, bj_db_t **db);
/* The entry of what the transaction did, and its end. */
BJ_MUST_USE bj_status_t bj_entry_commit(bj_db_t *db, const bj_trail_who_t *who,
                                        const bj_trail_act_t *act);
/* One statement and its entry, act->subject being the user.  BJ_ERR_NOT_FOUND: it touched no row,
 * and there is no entry. */
BJ_MUST_USE bj_status_t bj_entry_one(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                     uint64_t user_id, const bj_trail_act_t *act, const char *sql,
                                     size_t param_cnt, const char *const *params);
/* An entry of what was refused to user_id, and why; status comes back unless that fails.  NULL why:
 * no entry. */
BJ_MUST_USE bj_status_t bj_entry_refused(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                         uint64_t user_id, const char *act, const char *why,
                                         bj_status_t status);

/* "user:1001"; 0: somebody we do not know. */
const char *bj_user_subject(uint64_t user_id, char out[BJ_TRAIL_SUBJECT_BYTES]);

#endif /* BJ_ENTRY_H */
