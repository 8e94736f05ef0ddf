#ifndef BJ_ROTATION_H
#define BJ_ROTATION_H

/* bj_rotation - another token for a session that may more from now on, or whose password or factors
 * are others (docs/identity.md).
 *
 * Purpose  Whoever has an earlier token of the session, found or planted, has nothing of what
 * comes. Shape    one statement in the transaction of the change: the old token opens nothing from
 * the commit on, here and, by a mark in Redis, elsewhere.  The session stays what it was: its name,
 * place in the list, CSRF token, sockets, tries and challenges. Threads  any worker. Errors
 * bj_db's. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_identity.h"

typedef struct bj_rotation {
    const bj_caller_t *caller;  /* whose session, as it asked */
    bj_proof_by_t by; /* what it has just been proved by; something lesser takes nothing away */
    char token[BJ_TOKEN_BYTES]; /* out: the new one, to be wiped; "": there is none */
} bj_rotation_t;

/* In a transaction that has an entry.  BJ_ERR_SEQUENCE: the session has ended, or its token is
 * another by now. */
BJ_MUST_USE bj_status_t bj_rotate_in(bj_db_t *db, bj_rotation_t *rotation);
/* After the transaction, whatever became of it: no copy of the old token serves any more, or, if it
 * was not committed, there is no new one. */
void bj_rotated(bj_identity_t *identity, bj_rotation_t *rotation, bj_status_t status);

/* By itself, with an entry that says why: for an elevation that has begun since the token was made.
 * BJ_ERR_SEQUENCE: as above; the request, which was let in before, may go on. */
BJ_MUST_USE bj_status_t bj_rotate(bj_identity_t *identity, const bj_trail_who_t *who,
                                  bj_rotation_t *rotation);

#endif /* BJ_ROTATION_H */
