#ifndef BJ_FACTOR_DROP_H
#define BJ_FACTOR_DROP_H

/* bj_factor_drop - staff takes all second factors of somebody away who has lost them and the
 * recovery codes too.
 *
 * Rule     takes two people: the right is lent (elevation), and the database looks.  Asked for, all
 *          sessions end, and the owner is told by mail and text message; after
 *          identity.factor_drop_hours (24) the factors and the password go, and the owner chooses
 *          another one by mail.  Until then the link in the mail says no.
 * Trail    auth.factor.drop asked, done; auth.factor.keep.
 * Threads  any worker; bj_factor_drop_due hashes a password.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_identity.h"

/* BJ_ERR_NOT_FOUND  nobody of that number
 * BJ_ERR_EXISTS     it was asked for already
 * BJ_ERR_BAD_FIELD  one's own, or no such right was lent */
BJ_MUST_USE bj_status_t bj_factor_drop_ask(bj_identity_t *identity, const bj_trail_who_t *who,
                                           uint64_t user_id, const char *reason, int64_t *due_us);
/* The owner's link.  BJ_ERR_NOT_FOUND: no such link, used, or too late; without an entry. */
BJ_MUST_USE bj_status_t bj_factor_drop_keep(bj_identity_t *identity, const bj_trail_who_t *who,
                                            const char *token);
/* One that is due.  BJ_ERR_NOT_FOUND: there is none. */
BJ_MUST_USE bj_status_t bj_factor_drop_due(bj_identity_t *identity, const bj_trail_who_t *who);

#endif /* BJ_FACTOR_DROP_H */
