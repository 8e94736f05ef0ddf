#include "controlplane/identity/bj_prove.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_login_priv.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_totp.h"
#include "controlplane/identity/bj_tries.h"

static const bj_tries_limit_t proof_limit = {.burst = 10, .fill_s = 900};

/* Counted by session: whoever has found one open somewhere does not use up the owner's tries. */
bj_status_t bj_prove_password(bj_identity_t *identity, const bj_caller_t *caller,
                              const char *password_hash, const char *password, uint32_t *retry_s) {
    char key[32 + BJ_HASH_HEX_BYTES], hex[BJ_HASH_HEX_BYTES];
    snprintf(key, sizeof key, "proof %s", bj_hash_hex(caller->session_hash, hex));
    bj_status_t status = bj_tries_take(identity->config.db, key, proof_limit, retry_s);
    if (status != BJ_OK) return status;
    if (!bj_password_verify(password_hash, password)) return BJ_ERR_DENIED;
    bj_tries_give(identity->config.db, key, proof_limit);
    return BJ_OK;
}

static bj_status_t by_passkey(bj_identity_t *identity, const bj_caller_t *caller,
                              const bj_user_t *user, const bj_assertion_t *assertion,
                              uint32_t *retry_s, const char **why) {
    char key[32 + BJ_HASH_HEX_BYTES], hex[BJ_HASH_HEX_BYTES];
    bj_passkey_held_t held;
    const bj_passkey_ask_t ask = {
        .purpose = BJ_PASSKEY_PROVE, .bound_hash = caller->session_hash, .user_id = user->user_id};
    snprintf(key, sizeof key, "passkey proof %s", bj_hash_hex(caller->session_hash, hex));
    bj_status_t status = bj_tries_take(identity->config.db, key, proof_limit, retry_s);
    if (status != BJ_OK) return status;
    status = bj_passkey_find(identity, &ask, assertion, &held, why);
    if (status == BJ_OK) status = bj_passkey_judge(identity, user, &held, assertion, why);
    if (status == BJ_OK) bj_tries_give(identity->config.db, key, proof_limit);
    return status;
}

/* What this user is to prove by, given what came: a recovery code is a code, whatever the factor.
 */
static const char *proof_of(const bj_identity_t *identity, const bj_user_t *user,
                            const bj_proof_t *proof) {
    if (!user->factors[0]) return "password";
    bool code_does = !bj_totp_formed(proof->code) && proof->code[0];
    if (bj_passkey_only(identity, user)) return code_does ? "code" : "passkey";
    if (user->has_passkey && (proof->passkey || (!user->has_totp && !proof->code[0]))) {
        return "passkey";
    }
    return "code";
}

static bj_status_t judge(bj_identity_t *identity, const bj_caller_t *caller,
                         const bj_trail_who_t *who, const bj_user_t *user, bj_proof_t *proof,
                         uint32_t *retry_s, const char **why) {
    proof->wants = proof_of(identity, user, proof);
    bool code = strcmp(proof->wants, "code") == 0, password = strcmp(proof->wants, "password") == 0;
    proof->missing = code ? !proof->code[0] : password ? !proof->password[0] : !proof->passkey;
    if (proof->missing) return BJ_ERR_BAD_FIELD;
    *why = code ? "wrong code" : "wrong password";
    if (password) {
        return bj_prove_password(identity, caller, user->password_hash, proof->password, retry_s);
    }
    if (!code) return by_passkey(identity, caller, user, proof->passkey, retry_s, why);
    bj_device_t device = bj_factor_device(identity, user->user_id, proof->device);
    return bj_factor_check(identity, who, user->user_id, &device, proof->code, retry_s);
}

static bj_proof_by_t by_of(const bj_proof_t *proof) {
    if (strcmp(proof->wants, "passkey") == 0) return BJ_PROOF_PASSKEY;
    if (strcmp(proof->wants, "password") == 0) return BJ_PROOF_PASSWORD;
    return bj_totp_formed(proof->code) ? BJ_PROOF_CODE : BJ_PROOF_RECOVERY;
}

bj_status_t bj_identity_prove(bj_identity_t *identity, bj_rotation_t *rotation, bj_proof_t *proof,
                              uint32_t *retry_s) {
    const bj_caller_t *caller = rotation->caller;
    bj_user_t user = {.role = BJ_ROLE_NONE};
    bj_db_pool_t *db = identity->config.db;
    bj_trail_who_t who = bj_trail_who(caller, proof->address);
    const char *why = NULL;
    *retry_s = 0;
    proof->wants = "password";
    bj_status_t status = bj_user_by_id(db, identity->config.keys, caller->user_id, &user);
    if (status == BJ_OK) status = judge(identity, caller, &who, &user, proof, retry_s, &why);
    if (status == BJ_OK) {
        rotation->by = by_of(proof);
        status = bj_session_proved(db, &who, &user, rotation);
        why = bj_login_changed;
    }
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    bj_rotated(identity, rotation, status);
    /* Sequence: it ended while it asked, and a copy of it is what let it in. */
    bool ended = status == BJ_ERR_NOT_FOUND || status == BJ_ERR_SEQUENCE;
    if (ended) bj_identity_uncache(identity, caller->token_hash);
    if (status != BJ_ERR_DENIED || *retry_s) return status;
    return bj_entry_refused(db, &who, user.user_id, "auth.prove", why, status);
}
