#ifndef BJ_IDENTITY_REPO_H
#define BJ_IDENTITY_REPO_H

/* bj_identity_repo - users, mail tokens and sessions in PostgreSQL (sql/0001_identity.sql).
 * Errors are bj_db's; every function is one statement or one transaction, and what changes
 * something writes who did it into the audit trail in that transaction. */
#include "controlplane/access/bj_access.h"
#include "controlplane/audit/bj_trail.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_rotation.h"
#include "controlplane/identity/bj_session_repo.h"
#include "controlplane/keys/bj_keys.h"
#include "controlplane/store/bj_db.h"

typedef struct bj_user {
    uint64_t  user_id;
    uint32_t  account_id;
    bj_role_t role;
    bool confirmed, has_totp, has_passkey, phone_due, suspended;
    char      factors[33]; /* all of them in a few letters, "" for none: user_factors, sql/0009 */
    char      email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES], password_hash[BJ_PASSWORD_HASH_BYTES];
} bj_user_t;

/* What the user u may within the role, and holds: seven columns; a row of them from column col on.
 */
#define BJ_RIGHTS_SQL                                                                              \
    " u.branch_id, u.segments, coalesce(u.order_max_paise, 0), u.from_minute, u.to_minute,"        \
    " u.phone_due, user_held(u.user_id)"
BJ_MUST_USE bool bj_rights_row(const bj_db_result_t *rows, size_t row, size_t col,
                               bj_rights_t *rights);

/* The strongest factor of a user as it was read. */
bj_demand_t bj_user_held(const bj_user_t *user);

/* BJ_ERR_NOT_FOUND: no such user. */
BJ_MUST_USE bj_status_t bj_user_by_email(bj_db_pool_t *db, bj_keys_t *keys, const char *email,
                                         bj_user_t *user);
/* BJ_ERR_NOT_FOUND: no such user, or not confirmed. */
BJ_MUST_USE bj_status_t bj_user_by_id(bj_db_pool_t *db, bj_keys_t *keys, uint64_t user_id,
                                      bj_user_t *user);

typedef struct bj_user_new {
    const char *email, *name, *password_hash, *watchlist;
    const char *phone; /* bj_user_register's; NULL: none was given */
    bj_role_t role;      /* bj_user_put's */
    bool first_password; /* bj_user_put's: nobody knows it, the first one comes by a link alone */
} bj_user_new_t;

/* A user who has not confirmed yet, and a link that would confirm this name and password.  Several
 * links of one address may be under way, each with its own; the first that is followed counts.
 * BJ_ERR_EXISTS: a confirmed user of that address is there. */
BJ_MUST_USE bj_status_t bj_user_register(bj_db_pool_t *db, bj_keys_t *keys,
                                         const bj_trail_who_t *who, const bj_user_new_t *user,
                                         const uint8_t *token_hash);
/* BJ_ERR_NOT_FOUND: no such token, used, or too old. */
BJ_MUST_USE bj_status_t bj_user_confirm(bj_db_pool_t *db, const bj_trail_who_t *who,
                                        const uint8_t *token_hash, uint64_t *user_id);
/* Makes or changes a confirmed user and ends the sessions, and all else that the old password had
 * begun. */
BJ_MUST_USE bj_status_t bj_user_put(bj_db_pool_t *db, bj_keys_t *keys, const bj_trail_who_t *who,
                                    const bj_user_new_t *user, uint32_t *account_id,
                                    bj_sessions_ended_t *ended);

/* Also moves seen_at on.  BJ_ERR_NOT_FOUND: no such session, too old, or idle too long. */
BJ_MUST_USE bj_status_t bj_session_select(bj_db_pool_t *db, bj_keys_t *keys,
                                          const uint8_t *token_hash, bj_caller_t *caller);
/* It has proved who it is just now, and has another token; user: as it was judged.
 * BJ_ERR_SEQUENCE: it has ended.  BJ_ERR_DENIED: password or factor are others by now. */
BJ_MUST_USE bj_status_t bj_session_proved(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          const bj_user_t *user, bj_rotation_t *rotation);
/* The caller's session, also if its token is another by now; no rows in *ended: it had ended. */
BJ_MUST_USE bj_status_t bj_session_delete(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          const bj_caller_t *caller, bj_sessions_ended_t *ended);

#endif /* BJ_IDENTITY_REPO_H */
