/* Logging in by a passkey: alone, or as the second step. */
#include <inttypes.h>
#include <stdio.h>
#include "controlplane/identity/bj_login.h"
#include "controlplane/identity/bj_login_priv.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_tell.h"
#include "controlplane/identity/bj_tries.h"

enum { KEY_BYTES = 160 };
/* A signature cannot be guessed: this is for the work that it makes, and for the trail. */
static const bj_tries_limit_t limit = {.burst = 60, .fill_s = 900};

/* As with passwords: a device that this user has logged in with has tries of its own, so that
 * nobody in the same network can use them up. */
static void tries_key(const bj_login_t *login, uint64_t user_id, const bj_device_t *device,
                      char out[KEY_BYTES]) {
    char network[BJ_ADDRESS_BYTES], hex[BJ_HASH_HEX_BYTES];
    bj_access_network(login->client, network);
    if (device->known) {
        snprintf(out, KEY_BYTES, "passkey %" PRIu64 " %s", user_id, bj_hash_hex(device->hash, hex));
    } else {
        snprintf(out, KEY_BYTES, "passkeys from %s", network);
    }
}

/* Somebody who has not confirmed yet has no passkey; whoever cannot be found is nobody. */
static bj_status_t user_of(bj_identity_t *identity, const bj_passkey_held_t *held, bj_user_t *user,
                           const char **why) {
    bj_status_t status =
        bj_user_by_id(identity->config.db, identity->config.keys, held->user_id, user);
    if (status != BJ_ERR_NOT_FOUND) return status;
    *why = "no such user";
    return BJ_ERR_DENIED;
}

static bj_status_t check(bj_identity_t *identity, const bj_assertion_t *assertion, bj_user_t *user,
                         bj_device_t *device, bj_login_t *login, const char **why) {
    const bj_passkey_ask_t ask = {.purpose = BJ_PASSKEY_LOGIN};
    char key[KEY_BYTES];
    bj_passkey_held_t held;
    bj_db_pool_t *db = identity->config.db;
    bj_status_t found = bj_passkey_find(identity, &ask, assertion, &held, why);
    if (found == BJ_OK) found = user_of(identity, &held, user, why);
    if (found != BJ_OK && found != BJ_ERR_DENIED) return found;
    if (found == BJ_OK) *device = bj_factor_device(identity, user->user_id, login->device);
    tries_key(login, user->user_id, device, key);
    bj_status_t status = bj_tries_take(db, key, limit, &login->retry_s);
    if (status != BJ_OK) return status;
    status = found == BJ_OK ? bj_passkey_judge(identity, user, &held, assertion, why) : found;
    if (status == BJ_OK) bj_tries_give(db, key, limit);
    return status;
}

bj_status_t bj_login_passkey(bj_identity_t *identity, const bj_assertion_t *assertion,
                             bj_login_t *login) {
    bj_user_t user = {.role = BJ_ROLE_NONE};
    bj_device_t device = {.known = false};
    const char *why = NULL;
    login->by = "passkey";
    bj_status_t status = check(identity, assertion, &user, &device, login, &why);
    if (status == BJ_OK) {
        why = bj_login_changed;
        status = bj_login_begin(identity, &user, &device, NULL, login);
    }
    if (status == BJ_ERR_DENIED) {
        status = bj_login_denied(identity, login, user.user_id, why, status);
    }
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    return status;
}

bj_status_t bj_login_factor_challenge(bj_identity_t *identity, const char *pending,
                                      char challenge[BJ_TOKEN_BYTES], uint64_t *user_id) {
    uint8_t hash[BJ_HASH_BYTES];
    if (!bj_token_formed(pending)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(pending, hash);
    bj_status_t status = bj_pending_user(identity->config.db, hash, user_id);
    if (status != BJ_OK) return status;
    return bj_passkey_challenge(identity, BJ_PASSKEY_FACTOR, hash, challenge);
}

/* Once a try of the log-in under way is taken: whose it is, and whether the passkey is theirs. */
static bj_status_t check_factor(bj_identity_t *identity, const uint8_t hash[BJ_HASH_BYTES],
                                const bj_assertion_t *assertion, bj_user_t *user,
                                bj_device_t *device, bj_login_t *login, const char **why) {
    bj_passkey_held_t held;
    bj_db_pool_t *db = identity->config.db;
    bj_status_t status = bj_pending_try(db, hash, &user->user_id);
    if (status == BJ_OK) status = bj_user_by_id(db, identity->config.keys, user->user_id, user);
    if (status != BJ_OK) return status;
    const bj_passkey_ask_t ask = {
        .purpose = BJ_PASSKEY_FACTOR, .bound_hash = hash, .user_id = user->user_id};
    status = bj_passkey_find(identity, &ask, assertion, &held, why);
    if (status == BJ_OK) status = bj_passkey_judge(identity, user, &held, assertion, why);
    *device = bj_factor_device(identity, user->user_id, login->device);
    if (status == BJ_ERR_DENIED && !device->known) {
        bj_tell_half(identity, user->user_id, user->email, login->client);
    }
    return status;
}

bj_status_t bj_login_factor_passkey(bj_identity_t *identity, const char *pending,
                                    const bj_assertion_t *assertion, bj_login_t *login) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_user_t user = {.role = BJ_ROLE_NONE};
    bj_device_t device = {.known = false};
    const char *why = NULL;
    if (!bj_token_formed(pending)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(pending, hash);
    login->by = "passkey";
    bj_status_t status = check_factor(identity, hash, assertion, &user, &device, login, &why);
    if (status == BJ_OK) {
        why = bj_login_changed;
        status = bj_login_begin(identity, &user, &device, hash, login);
    }
    if (status == BJ_ERR_NOT_FOUND) why = "no such log-in, or too late";
    if (status == BJ_ERR_DENIED || status == BJ_ERR_NOT_FOUND) {
        status = bj_login_denied(identity, login, user.user_id, why, status);
    }
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    return status;
}
