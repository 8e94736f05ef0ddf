#include "controlplane/identity/bj_prove.h"

#include <stdio.h>
#include "controlplane/identity/bj_entry.h"
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_tries.h"

static const bj_tries_limit_t password_limit = {.burst = 10, .fill_s = 900};

/* Counted by session: whoever has found one open somewhere does not use up the owner's tries. */
bj_status_t bj_prove_password(bj_identity_t *identity, const bj_caller_t *caller,
                              const char *password_hash, const char *password,
                              uint32_t *retry_s) {
    char key[32 + BJ_HASH_HEX_BYTES], hex[BJ_HASH_HEX_BYTES];
    snprintf(key, sizeof key, "proof %s", bj_hash_hex(caller->token_hash, hex));
    bj_status_t status = bj_tries_take(identity->config.db, key, password_limit, retry_s);
    if (status != BJ_OK) return status;
    if (!bj_password_verify(password_hash, password)) return BJ_ERR_DENIED;
    bj_tries_give(identity->config.db, key, password_limit);
    return BJ_OK;
}

bj_status_t bj_identity_prove(bj_identity_t *identity, const bj_caller_t *caller,
                              bj_proof_t *proof, uint32_t *retry_s) {
    bj_user_t user;
    bj_db_pool_t *db = identity->config.db;
    bj_trail_who_t who = bj_trail_who(caller, proof->address);
    *retry_s = 0;
    proof->wants = "password";
    bj_status_t status = bj_user_by_id(db, caller->user_id, &user);
    if (status != BJ_OK) return status;
    if (user.has_factor) proof->wants = "code";
    const char *given = user.has_factor ? proof->code : proof->password;
    if (!given[0]) return BJ_ERR_BAD_FIELD;
    status = user.has_factor
                 ? bj_factor_check(identity, &who, user.user_id, proof->device, given, retry_s)
                 : bj_prove_password(identity, caller, user.password_hash, given, retry_s);
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    if (status == BJ_ERR_DENIED && !*retry_s) {
        const char *why = user.has_factor ? "wrong code" : "wrong password";
        return bj_entry_refused(db, &who, user.user_id, "auth.prove", why, status);
    }
    if (status != BJ_OK) return status;
    status = bj_session_proved(db, &who, caller->user_id, caller->token_hash);
    if (status == BJ_OK) bj_identity_uncache(identity, caller->token_hash);
    return status;
}
