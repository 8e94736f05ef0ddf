#include "controlplane/identity/bj_prove.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_tries.h"

static const bj_tries_limit_t password_limit = {.burst = 10, .fill_s = 900};

/* Counted by session: whoever has found one open somewhere does not use up the owner's tries. */
bj_status_t bj_prove_password(bj_identity_t *identity, const bj_caller_t *caller,
                              const char *password_hash, const char *password, uint32_t *retry_s) {
    char key[32 + BJ_HASH_HEX_BYTES], hex[BJ_HASH_HEX_BYTES];
    snprintf(key, sizeof key, "proof %s", bj_hash_hex(caller->token_hash, hex));
    bj_status_t status = bj_tries_take(identity->config.db, key, password_limit, retry_s);
    if (status != BJ_OK) return status;
    if (!bj_password_verify(password_hash, password)) return BJ_ERR_DENIED;
    bj_tries_give(identity->config.db, key, password_limit);
    return BJ_OK;
}

static bj_status_t judge(bj_identity_t *identity, const bj_caller_t *caller,
                         const bj_trail_who_t *who, const bj_user_t *user, bj_proof_t *proof,
                         uint32_t *retry_s) {
    proof->wants = user->has_factor ? "code" : "password";
    const char *given = user->has_factor ? proof->code : proof->password;
    if (!given[0]) return BJ_ERR_BAD_FIELD;
    bj_status_t status;
    if (user->has_factor) {
        bj_device_t device = bj_factor_device(identity, user->user_id, proof->device);
        status = bj_factor_check(identity, who, user->user_id, &device, given, retry_s);
    } else {
        status = bj_prove_password(identity, caller, user->password_hash, given, retry_s);
    }
    if (status != BJ_OK) return status;
    return bj_session_proved(identity->config.db, who, user, caller->token_hash);
}

bj_status_t bj_identity_prove(bj_identity_t *identity, const bj_caller_t *caller, bj_proof_t *proof,
                              uint32_t *retry_s) {
    bj_user_t user = {.role = BJ_ROLE_NONE};
    bj_db_pool_t *db = identity->config.db;
    bj_trail_who_t who = bj_trail_who(caller, proof->address);
    *retry_s = 0;
    proof->wants = "password";
    bj_status_t status = bj_user_by_id(db, caller->user_id, &user);
    if (status == BJ_OK) status = judge(identity, caller, &who, &user, proof, retry_s);
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    /* Not found: it ended while it asked, and a copy of it is what let it in. */
    if (status == BJ_OK || status == BJ_ERR_NOT_FOUND) {
        bj_identity_uncache(identity, caller->token_hash);
    }
    if (status != BJ_ERR_DENIED || *retry_s) return status;
    const char *why = user.has_factor ? "wrong code" : "wrong password";
    return bj_entry_refused(db, &who, user.user_id, "auth.prove", why, status);
}
