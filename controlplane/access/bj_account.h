#ifndef BJ_ACCOUNT_H
#define BJ_ACCOUNT_H

/* bj_account - what must be known of an account before somebody else may act for it. */
#include "controlplane/access/bj_policy.h"
#include "controlplane/store/bj_db.h"

/* Branch (0 of a member of staff: a dealer acts for clients) and segments of object->account_id.
 * BJ_ERR_NOT_FOUND: no such account; the object is nobody's then. */
BJ_MUST_USE bj_status_t bj_account_select(bj_db_pool_t *db, bj_object_t *object);

#endif /* BJ_ACCOUNT_H */
