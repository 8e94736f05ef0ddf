#ifndef BJ_IDENTITY_PRIV_H
#define BJ_IDENTITY_PRIV_H

/* What identity's rules and its routes share. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_session.h"
#include "controlplane/identity/bj_session_repo.h"
#include "controlplane/identity/bj_webauthn.h"

struct bj_identity {
    bj_identity_config_t config;
    bj_session_memory_t *memory;
    char first_watchlist[1024]; /* as a PostgreSQL array */
    char rp_id[BJ_RP_ID_BYTES]; /* the name that passkeys are bound to */
};

/* who, address: for the audit trail.  A login that was refused is in it too.
 *
 * Makes a user who has yet to confirm, and a mail; or, for an address that has an account, another
 * mail. BJ_ERR_FULL: too many mails wait. */
BJ_MUST_USE bj_status_t bj_identity_register(bj_identity_t *identity, const bj_trail_who_t *who,
                                             const char *email, const char *name, const char *phone,
                                             const char *password);
/* Then a code goes to the phone. */
BJ_MUST_USE bj_status_t bj_identity_confirm(bj_identity_t *identity, const bj_trail_who_t *who,
                                            const char *token);
BJ_MUST_USE bj_status_t bj_identity_logout(bj_identity_t *identity, const bj_caller_t *caller,
                                           const char *address);
/* Which second factor the configuration demands of somebody of this role. */
bj_demand_t bj_identity_demand(const bj_identity_t *identity, bj_role_t role);
/* What copies there are of a session go, and none is made for BJ_SESSION_CACHE_S: requests ask
 * PostgreSQL.  For who has just read the record from before a change may still write a copy. */
void bj_identity_uncache(bj_identity_t *identity, const uint8_t *token_hash);
/* The same for all whose hashes are in column 0. */
void bj_identity_uncache_all(bj_identity_t *identity, const bj_db_result_t *rows);
/* A token that is in the record no more: its copies end. */
void bj_identity_dead(bj_identity_t *identity, const uint8_t *token_hash);
/* A session that is in the record no more: its copies and its streams end. */
void bj_identity_end(bj_identity_t *identity, const uint8_t *token_hash,
                     const uint8_t *session_hash);
/* Of sessions that are in the record no more: their copies and their streams end. */
void bj_identity_ended(bj_identity_t *identity, const bj_sessions_ended_t *ended);

/* A browser as a user knows it. */
typedef struct bj_device {
    bool    known; /* this user has logged in with it */
    uint8_t hash[BJ_HASH_BYTES]; /* of its token; only if known */
} bj_device_t;
/* Looks it up, and keeps that it was seen: once a request. */
bj_device_t bj_factor_device(bj_identity_t *identity, uint64_t user_id, const char *token);

/* Ends a session by its id, everywhere it is known; user_id 0: whosoever it is. */
BJ_MUST_USE bj_status_t bj_identity_revoke(bj_identity_t *identity, const bj_trail_who_t *who,
                                           uint64_t user_id, const char *id, const char *reason);
/* All of the caller's sessions but the one that asks. */
BJ_MUST_USE bj_status_t bj_identity_revoke_others(bj_identity_t *identity,
                                                  const bj_trail_who_t *who,
                                                  const bj_caller_t *caller, size_t *ended_cnt);

/* Everybody's but the caller's own, or all of a role (NULL: of all): bj_sessions_revoke_all. */
BJ_MUST_USE bj_status_t bj_identity_revoke_all(bj_identity_t *identity, const bj_trail_who_t *who,
                                               const bj_caller_t *caller, const char *role,
                                               const char *reason, size_t *ended_cnt,
                                               size_t *apps_cnt);

#endif /* BJ_IDENTITY_PRIV_H */
