#include "controlplane/identity/bj_passkey.h"

#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_tell.h"

bj_status_t bj_passkey_challenge(bj_identity_t *identity, bj_passkey_purpose_t purpose,
                                 const uint8_t *bound_hash, char challenge[BJ_TOKEN_BYTES]) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(challenge);
    bj_token_hash(challenge, hash);
    return bj_challenge_insert(identity->config.db, purpose, bound_hash, hash);
}

static bj_status_t deny(const char **why, const char *text) {
    *why = text;
    return BJ_ERR_DENIED;
}

/* Is what our page said right, and was it asked to? */
static bj_status_t take_client(bj_identity_t *identity, const bj_passkey_ask_t *ask,
                               const bj_webauthn_said_t *said, const char **why) {
    char challenge[BJ_TOKEN_BYTES];
    uint8_t hash[BJ_HASH_BYTES];
    const char *type = ask->purpose == BJ_PASSKEY_ADD ? "webauthn.create" : "webauthn.get";
    *why = bj_webauthn_client(said->client, said->client_bytes, type, identity->config.origin,
                              challenge);
    if (*why) return BJ_ERR_DENIED;
    bj_token_hash(challenge, hash);
    bj_status_t status =
        bj_challenge_take(identity->config.db, ask->purpose, ask->bound_hash, hash);
    return status == BJ_ERR_NOT_FOUND ? deny(why, "no such challenge, used, or too late") : status;
}

bj_status_t bj_passkey_find(bj_identity_t *identity, const bj_passkey_ask_t *ask,
                            const bj_assertion_t *assertion, bj_passkey_held_t *held,
                            const char **why) {
    held->user_id = 0;
    bj_status_t status = take_client(identity, ask, &assertion->said, why);
    if (status == BJ_OK) {
        status = bj_passkey_select(identity->config.db, assertion->credential,
                                   assertion->credential_bytes, held);
    }
    if (status == BJ_ERR_NOT_FOUND) return deny(why, "no such passkey");
    if (status != BJ_OK) return status;
    /* Who has said no name yet must be named by the authenticator (WebAuthn 7.2, step 6). */
    bool named = assertion->handle_bytes > 0;
    bool same = assertion->handle_bytes == sizeof held->handle &&
                memcmp(assertion->handle, held->handle, sizeof held->handle) == 0;
    if (ask->user_id ? named && !same : !same) return deny(why, "another user's handle");
    if (ask->user_id && ask->user_id != held->user_id) return deny(why, "another user's passkey");
    return BJ_OK;
}

bj_status_t bj_passkey_judge(bj_identity_t *identity, const bj_user_t *user,
                             const bj_passkey_held_t *held, const bj_assertion_t *assertion,
                             const char **why) {
    uint32_t sign_count;
    *why = bj_webauthn_verify(identity->rp_id, &held->key, &assertion->said, &sign_count);
    if (*why) return BJ_ERR_DENIED;
    bj_status_t status = bj_passkey_use(identity->config.db, held->id, sign_count);
    if (status != BJ_ERR_DENIED) return status;
    bj_tell(identity, user->email, "A passkey was refused",
         "A passkey of your Bijli account was refused just now: its counter has gone back, as if "
         "there were a copy of it. Or it was removed at the same moment.");
    return deny(why, "the passkey's counter went back");
}

static bj_status_t add(bj_identity_t *identity, const bj_trail_who_t *who,
                       bj_rotation_t *rotation, bj_passkey_add_t *add, const char **why) {
    const bj_caller_t *caller = rotation->caller;
    bj_passkey_new_t made;
    bj_recovery_hashes_t hashes;
    const bj_passkey_ask_t ask = {.purpose = BJ_PASSKEY_ADD, .bound_hash = caller->session_hash};
    bj_status_t status = take_client(identity, &ask, &add->said, why);
    if (status != BJ_OK) return status;
    *why = bj_webauthn_new(identity->rp_id, identity->config.passkey_rsa, add->said.auth,
                           add->said.auth_bytes, &made);
    if (*why) return BJ_ERR_DENIED;
    bj_recovery_make(add->codes, hashes);
    rotation->by = BJ_PROOF_PASSKEY;
    bj_passkey_insert_t insert = {.user_id = caller->user_id,
                                  .made = &made,
                                  .name = add->name,
                                  .hashes = hashes,
                                  .rotation = rotation};
    status = bj_passkey_insert(identity->config.db, who, &insert);
    bj_rotated(identity, rotation, status);
    if (status == BJ_OK) bj_identity_uncache_all(identity, insert.stale);
    bj_db_result_free(insert.stale);
    add->id = insert.id;
    add->first = insert.first;
    add->full = insert.full;
    if (status == BJ_ERR_EXISTS) *why = insert.full ? "there are too many" : "it is known already";
    return status;
}

bj_status_t bj_passkey_add(bj_identity_t *identity, const bj_trail_who_t *who,
                           bj_rotation_t *rotation, bj_passkey_add_t *passkey) {
    const char *why = NULL;
    const bj_caller_t *caller = rotation->caller;
    bj_status_t status = add(identity, who, rotation, passkey, &why);
    if (status == BJ_OK) {
        bj_tell(identity, caller->email, "A passkey was added",
             "A passkey was added to your Bijli account just now: whoever has it can log in "
             "without your password.");
        return BJ_OK;
    }
    return bj_entry_refused(identity->config.db, who, caller->user_id, "auth.passkey.add", why,
                            status);
}

/* Of one that is not there: an entry says so. */
static bj_status_t missing(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                           const char *act, bj_status_t status) {
    const char *why = status == BJ_ERR_NOT_FOUND ? "there is no such passkey"
                      : status == BJ_ERR_DENIED  ? bj_demand_why
                                                 : NULL;
    return bj_entry_refused(identity->config.db, who, user_id, act, why, status);
}

bj_status_t bj_passkey_name(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                            uint64_t id, const char *name) {
    bj_status_t status = bj_passkey_rename(identity->config.db, who, user_id, id, name);
    return missing(identity, who, user_id, "auth.passkey.name", status);
}

bj_status_t bj_passkey_remove(bj_identity_t *identity, const bj_trail_who_t *who,
                              bj_rotation_t *rotation, uint64_t id) {
    const bj_caller_t *caller = rotation->caller;
    bj_status_t status = bj_passkey_delete(identity->config.db, who, rotation, id);
    bj_rotated(identity, rotation, status);
    if (status == BJ_OK) {
        bj_tell(identity, caller->email, "A passkey was removed",
             "A passkey was removed from your Bijli account just now.");
    }
    return missing(identity, who, caller->user_id, "auth.passkey.remove", status);
}
