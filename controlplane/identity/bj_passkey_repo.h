#ifndef BJ_PASSKEY_REPO_H
#define BJ_PASSKEY_REPO_H

/* bj_passkey_repo - passkeys and their challenges in PostgreSQL (sql/0009_passkeys.sql).
 *
 * Order   as in bj_login_repo.h: what adds or removes one locks the user's row first.
 * Errors  bj_db's, and those that are named; what changes something writes an entry of the audit
 *         trail in its transaction, but not that a passkey was used. */
#include "controlplane/identity/bj_factor_repo.h"
#include "controlplane/identity/bj_webauthn.h"

enum {
    BJ_PASSKEYS_MAX = 20, /* a user */
    BJ_PASSKEY_NAME_MAX = 40,
    BJ_USER_HANDLE_BYTES = 32,
    BJ_CHALLENGE_S = 300,
};

typedef enum bj_passkey_purpose {
    BJ_PASSKEY_ADD,
    BJ_PASSKEY_LOGIN,  /* without a password; bound to nothing */
    BJ_PASSKEY_FACTOR, /* the second step; bound to the log-in under way */
    BJ_PASSKEY_PROVE,  /* a fresh proof; as ADD bound to the session */
} bj_passkey_purpose_t;

/* Keeps a challenge for BJ_CHALLENGE_S; one from before with the same bound_hash ends. */
BJ_MUST_USE bj_status_t bj_challenge_insert(bj_db_pool_t *db, bj_passkey_purpose_t purpose,
                                            const uint8_t *bound_hash,
                                            const uint8_t challenge_hash[BJ_HASH_BYTES]);
/* Uses it up.  BJ_ERR_NOT_FOUND: not given for this, used, or too old. */
BJ_MUST_USE bj_status_t bj_challenge_take(bj_db_pool_t *db, bj_passkey_purpose_t purpose,
                                          const uint8_t *bound_hash,
                                          const uint8_t challenge_hash[BJ_HASH_BYTES]);

typedef struct bj_passkey_row {
    uint64_t id;
    char name[4 * BJ_PASSKEY_NAME_MAX + 1];
    int64_t created_us, used_us; /* used_us 0: never */
    size_t credential_bytes;
    uint8_t credential[BJ_PASSKEY_ID_MAX_BYTES];
} bj_passkey_row_t;

/* Oldest first; rows holds BJ_PASSKEYS_MAX. */
BJ_MUST_USE bj_status_t bj_passkeys_list(bj_db_pool_t *db, uint64_t user_id, bj_passkey_row_t *rows,
                                         size_t *cnt);
BJ_MUST_USE bj_status_t bj_user_handle(bj_db_pool_t *db, uint64_t user_id,
                                       uint8_t handle[BJ_USER_HANDLE_BYTES]);

/* What judges an assertion of one. */
typedef struct bj_passkey_held {
    uint64_t id, user_id;
    uint8_t handle[BJ_USER_HANDLE_BYTES]; /* its user's */
    bj_passkey_key_t key;
} bj_passkey_held_t;

/* BJ_ERR_NOT_FOUND: nobody has it. */
BJ_MUST_USE bj_status_t bj_passkey_select(bj_db_pool_t *db, const uint8_t *credential,
                                          size_t credential_bytes, bj_passkey_held_t *held);
/* Keeps that it was used, and its counter.  BJ_ERR_DENIED: the counter has not moved on, so there
 * may be a copy; or it was removed meanwhile. */
BJ_MUST_USE bj_status_t bj_passkey_use(bj_db_pool_t *db, uint64_t id, uint32_t sign_count);

typedef struct bj_passkey_insert {
    uint64_t                user_id;
    const bj_passkey_new_t *made;
    const char             *name;
    uint8_t               (*hashes)[BJ_HASH_BYTES]; /* BJ_RECOVERY_CNT, for who has none yet */
    bj_rotation_t *rotation; /* of the session that adds it */
    bool                    full;  /* out: BJ_PASSKEYS_MAX */
    bool                    first; /* out: there was no factor; the hashes are kept */
    uint64_t                id;    /* out */
    bj_db_result_t         *stale; /* out, to be freed: sessions whose proof counts no more */
} bj_passkey_insert_t;

/* BJ_ERR_EXISTS: that credential is known already, whosoever it is; or this user has
 * BJ_PASSKEYS_MAX, and insert->full is true. */
BJ_MUST_USE bj_status_t bj_passkey_insert(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          bj_passkey_insert_t *insert);
/* BJ_ERR_NOT_FOUND: this user has no such. */
BJ_MUST_USE bj_status_t bj_passkey_rename(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          uint64_t user_id, uint64_t id, const char *name);
/* With the recovery codes if it was the last factor.  BJ_ERR_NOT_FOUND: this user has no such. */
BJ_MUST_USE bj_status_t bj_passkey_delete(bj_db_pool_t *db, const bj_trail_who_t *who,
                                          bj_rotation_t *rotation, uint64_t id);

#endif /* BJ_PASSKEY_REPO_H */
