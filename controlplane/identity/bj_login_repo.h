#ifndef BJ_LOGIN_REPO_H
#define BJ_LOGIN_REPO_H

/* bj_login_repo - what a log-in reads and leaves in PostgreSQL: log-ins under way, sessions, known
 * devices (sql/0001_identity.sql, 0006_factors.sql); and how all of it ends with a password.
 *
 * Order    whoever begins something locks the user's row for sharing and looks whether password
 *          and factor are still those that were judged; whoever changes them locks it alone first.
 *          So nothing begins by what has just been changed.
 * Errors   bj_db's; every function with a pool is one transaction, and what says who writes an
 *          entry of the audit trail in it. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_history.h"
#include "controlplane/identity/bj_identity_repo.h"

enum { BJ_PENDING_TRIES = 5, BJ_PENDING_S = 300 };

/* In a transaction: this user's password and factor stay as they are until its end.  BJ_ERR_DENIED:
 * they are others by now than in user. */
BJ_MUST_USE bj_status_t bj_user_hold(bj_db_t *db, const bj_user_t *user);
/* In a transaction: nobody begins anything for this user until its end. */
BJ_MUST_USE bj_status_t bj_user_lock(bj_db_t *db, uint64_t user_id);

/* The same password, hashed anew by the server: new_hash in place of user's, which becomes it.
 * BJ_ERR_NOT_FOUND: it is another by now. */
BJ_MUST_USE bj_status_t bj_user_rehash(bj_db_pool_t *db, bj_user_t *user, const char *new_hash);

/* A log-in that has given its password, for BJ_PENDING_S.  BJ_ERR_DENIED: as bj_user_hold. */
BJ_MUST_USE bj_status_t bj_pending_insert(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          const bj_user_t *user,
                                          const uint8_t token_hash[BJ_HASH_BYTES]);
/* Takes one of its BJ_PENDING_TRIES.  BJ_ERR_NOT_FOUND: too old, ended, or none left. */
BJ_MUST_USE bj_status_t bj_pending_try(bj_db_pool_t *db, const uint8_t token_hash[BJ_HASH_BYTES],
                                       uint64_t *user_id);

/* Whose it is, without taking a try.  BJ_ERR_NOT_FOUND: as bj_pending_try. */
BJ_MUST_USE bj_status_t bj_pending_user(bj_db_pool_t *db, const uint8_t token_hash[BJ_HASH_BYTES],
                                        uint64_t *user_id);

typedef struct bj_session_new {
    const bj_caller_t *caller;
    const bj_user_t   *user;         /* as it was judged */
    const uint8_t     *pending_hash; /* of the log-in that this ends; NULL: there was one step */
    const uint8_t     *device_hash;  /* to be known from now on; NULL: it is already */
    const char        *user_agent;
    const char        *by; /* the last step, for the trail; may be NULL */
    const bj_history_t *history; /* as it was judged */
    uint64_t device_id; /* of staff's, that it is begun by; 0: none */
} bj_session_new_t;

/* BJ_ERR_DENIED     as bj_user_hold
 * BJ_ERR_NOT_FOUND  the log-in under way was ended */
BJ_MUST_USE bj_status_t bj_session_insert(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          const bj_session_new_t *session);

/* BJ_ERR_NOT_FOUND: this user has not logged in with it, or not for half a year.  Else it is seen
 * now. */
BJ_MUST_USE bj_status_t bj_device_seen(bj_db_pool_t *db, uint64_t user_id,
                                       const uint8_t device_hash[BJ_HASH_BYTES]);

/* What an old password had begun and is no session, in a transaction with the user's row locked:
 * links to set another one, log-ins under way, and known devices if they are to go. */
BJ_MUST_USE bj_status_t bj_login_clear(bj_db_t *db, uint64_t user_id, bool devices);

#endif /* BJ_LOGIN_REPO_H */
