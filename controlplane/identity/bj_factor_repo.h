#ifndef BJ_FACTOR_REPO_H
#define BJ_FACTOR_REPO_H

/* bj_factor_repo - second factors and recovery codes in PostgreSQL (sql/0006_factors.sql).
 * Errors are bj_db's; every function is one statement or one transaction, and what says who writes
 * an entry of the audit trail in it. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/keys/bj_seal.h"
#include "controlplane/identity/bj_rotation.h"
#include "controlplane/store/bj_db.h"

enum { BJ_RECOVERY_CNT = 10 };

typedef struct bj_totp_row {
    bool        confirmed;
    uint64_t    last_step;
    bj_sealed_t secret;
} bj_totp_row_t;

typedef uint8_t bj_recovery_hashes_t[BJ_RECOVERY_CNT][BJ_HASH_BYTES];

/* BJ_ERR_NOT_FOUND: this user has none, confirmed or not. */
BJ_MUST_USE bj_status_t bj_totp_select(bj_db_pool_t *db, uint64_t user_id, bj_totp_row_t *row);
/* A secret that is yet to be confirmed, in place of another such.  BJ_ERR_EXISTS: there is a
 * confirmed one. */
BJ_MUST_USE bj_status_t bj_totp_put(bj_db_pool_t *db, const bj_trail_who_t *who, uint64_t user_id,
                                    const bj_sealed_t *secret);
typedef struct bj_totp_confirm {
    uint64_t             user_id;
    const bj_sealed_t   *secret;
    uint64_t             step;
    uint8_t            (*hashes)[BJ_HASH_BYTES]; /* BJ_RECOVERY_CNT of them */
    bj_rotation_t *rotation; /* of the session that has given the code */
} bj_totp_confirm_t;

/* Confirms that secret and gives its user these recovery codes.  All other sessions have proved
 * nothing any more: *stale, to be freed, has their hashes in column 0.  BJ_ERR_NOT_FOUND: the
 * secret is not there any more, or confirmed already. */
BJ_MUST_USE bj_status_t bj_totp_confirm(bj_db_pool_t *db, const bj_trail_who_t *who,
                                        const bj_totp_confirm_t *confirm, bj_db_result_t **stale);
/* Uses up a step of a confirmed factor.  BJ_ERR_DENIED: it or a later one was used before. */
BJ_MUST_USE bj_status_t bj_totp_use(bj_db_pool_t *db, uint64_t user_id, uint64_t step);
/* The same secret under another key; the entry says that the server did it.  BJ_ERR_NOT_FOUND:
 * somebody else was faster. */
BJ_MUST_USE bj_status_t bj_totp_reseal(bj_db_pool_t *db, uint64_t user_id, uint16_t old_key_id,
                                       const bj_sealed_t *secret);
/* With the recovery codes if it was the last factor.  BJ_ERR_NOT_FOUND: there was no confirmed
 * one. */
BJ_MUST_USE bj_status_t bj_totp_delete(bj_db_pool_t *db, const bj_trail_who_t *who,
                                       bj_rotation_t *rotation);

/* In a transaction with the user locked, before a factor comes.  BJ_ERR_SEQUENCE: there is one of
 * the demanded kind by now, and the caller's session has not been proved by it. */
BJ_MUST_USE bj_status_t bj_demand_enrols(bj_db_t *db, const bj_caller_t *caller);
/* Ends a transaction that has taken a factor of rotation's caller away: recovery codes of nothing
 * go with it, the session gets another token.  BJ_ERR_DENIED: what is left is not what is demanded
 * of the caller. */
BJ_MUST_USE bj_status_t bj_factor_gone(bj_db_t *db, const bj_trail_who_t *who,
                                       bj_rotation_t *rotation, const bj_trail_act_t *act);
/* In a transaction: what other sessions have proved was proved without a factor that has just come.
 * *stale, to be freed, has the hashes of their tokens in column 0.  That of rotation gets another
 * token. */
BJ_MUST_USE bj_status_t bj_sessions_stale(bj_db_t *db, bj_rotation_t *rotation,
                                          bj_db_result_t **stale);
/* In a transaction that holds the user: these BJ_RECOVERY_CNT recovery codes and no others. */
BJ_MUST_USE bj_status_t bj_recovery_fill(bj_db_t *db, uint64_t user_id,
                                         uint8_t (*hashes)[BJ_HASH_BYTES]);
/* In a transaction that has taken a factor away: recovery codes of nothing go with it. */
BJ_MUST_USE bj_status_t bj_recovery_drop(bj_db_t *db, uint64_t user_id);
/* All new ones; the old ones are gone.  BJ_ERR_NOT_FOUND: no factor at all. */
BJ_MUST_USE bj_status_t bj_recovery_put(bj_db_pool_t *db, const bj_trail_who_t *who,
                                        bj_rotation_t *rotation, bj_recovery_hashes_t hashes);
/* BJ_ERR_DENIED: not one of this user's, or used before. */
BJ_MUST_USE bj_status_t bj_recovery_use(bj_db_pool_t *db, const bj_trail_who_t *who,
                                        uint64_t user_id, const uint8_t code_hash[BJ_HASH_BYTES]);
typedef struct bj_factor_state {
    bool totp;                          /* confirmed */
    uint32_t recovery_cnt, passkey_cnt; /* codes not used */
} bj_factor_state_t;
BJ_MUST_USE bj_status_t bj_factor_count(bj_db_pool_t *db, uint64_t user_id,
                                        bj_factor_state_t *state);

#endif /* BJ_FACTOR_REPO_H */
