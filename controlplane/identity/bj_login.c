#include "controlplane/identity/bj_login.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_argon.h"
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_login_priv.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_staff_device.h"
#include "controlplane/identity/bj_tell.h"
#include "controlplane/identity/bj_totp.h"
#include "controlplane/identity/bj_tries.h"

enum { KEY_BYTES = 400, KEYS_MAX = 2 };
/* Of wrong passwords: so many at once, and all of them again after a quarter of an hour. */
static const bj_tries_limit_t limits[KEYS_MAX] = {{.burst = 10, .fill_s = 900},
                                                  {.burst = 60, .fill_s = 900}};

typedef struct tries {
    size_t cnt; /* taken */
    char key[KEYS_MAX][KEY_BYTES];
} tries_t;

/* A device that this user has logged in with has tries of its own; every other one shares them with
 * its address.  None of them is the user's alone, so nobody can use up what the owner needs. */
static bj_status_t take_tries(bj_identity_t *identity, const char *email, const bj_device_t *device,
                              bj_login_t *login, tries_t *tries) {
    char network[BJ_ADDRESS_BYTES], hex[BJ_HASH_HEX_BYTES];
    bj_status_t status = BJ_OK;
    size_t key_cnt = device->known ? 1 : KEYS_MAX;
    bj_access_network(login->client, network);
    snprintf(tries->key[0], KEY_BYTES, "password %s %s", email,
             device->known ? bj_hash_hex(device->hash, hex) : network);
    snprintf(tries->key[1], KEY_BYTES, "passwords from %s", network);
    for (tries->cnt = 0; status == BJ_OK && tries->cnt < key_cnt; tries->cnt++) {
        status = bj_tries_take(identity->config.db, tries->key[tries->cnt], limits[tries->cnt],
                               &login->retry_s);
    }
    return status;
}

static void give_tries(bj_identity_t *identity, const tries_t *tries) {
    for (size_t i = 0; i < tries->cnt; i++) {
        bj_tries_give(identity->config.db, tries->key[i], limits[i]);
    }
}

bj_status_t bj_login_denied(bj_identity_t *identity, const bj_login_t *login, uint64_t user_id,
                            const char *why, bj_status_t status) {
    const bj_caller_t nobody = {.role = BJ_ROLE_NONE};
    bj_trail_who_t who = bj_trail_who(&nobody, login->client);
    if (login->retry_s) why = NULL;
    return bj_entry_refused(identity->config.db, &who, user_id, "auth.login", why, status);
}

/* What was made when hashes were cheaper is made anew while the password is at hand.  Whoever comes
 * second finds it made, and looks again. */
static bj_status_t rehash(bj_identity_t *identity, bj_user_t *user, const char *password) {
    char hash[BJ_PASSWORD_HASH_BYTES];
    bj_db_pool_t *db = identity->config.db;
    if (!bj_argon_weaker(user->password_hash) || !bj_password_hash(password, hash)) return BJ_OK;
    bj_status_t status = bj_user_rehash(db, user, hash);
    if (status != BJ_ERR_NOT_FOUND) return status;
    status = bj_user_by_id(db, identity->config.keys, user->user_id, user);
    if (status != BJ_OK) return status;
    return bj_password_verify(user->password_hash, password) ? BJ_OK : BJ_ERR_DENIED;
}

static bj_status_t check_password(bj_identity_t *identity, const char *email, const char *password,
                                  bj_user_t *user, bj_device_t *device, bj_login_t *login) {
    tries_t tries;
    bj_status_t status = bj_user_by_email(identity->config.db, identity->config.keys, email, user);
    if (status != BJ_OK && status != BJ_ERR_NOT_FOUND) return status;
    const char *password_hash = status == BJ_OK ? user->password_hash : NULL;
    *device = bj_factor_device(identity, user->user_id, login->device);
    status = take_tries(identity, email, device, login, &tries);
    if (status != BJ_OK) return status;
    /* Also for nobody, so that the time says nothing. */
    bool same = bj_password_verify(password_hash, password);
    if (!same || !user->confirmed || user->suspended) return BJ_ERR_DENIED;
    give_tries(identity, &tries);
    return rehash(identity, user, password);
}

static bj_proof_by_t proof_by(const char *by) {
    static const char *const words[] = {[BJ_PROOF_RECOVERY] = "recovery code",
                                        [BJ_PROOF_CODE] = "code",
                                        [BJ_PROOF_PASSKEY] = "passkey"};
    for (unsigned i = BJ_PROOF_RECOVERY; by && i < BJ_COUNT(words); i++) {
        if (strcmp(words[i], by) == 0) return (bj_proof_by_t)i;
    }
    return BJ_PROOF_PASSWORD;
}

static bj_caller_t caller_of(const bj_identity_t *identity, const bj_user_t *user,
                             const char *by) {
    int64_t now_ns = bj_clock_wall_ns();
    bj_caller_t caller = {.role = user->role,
                          .rights = {.phone_due = user->phone_due, .held = bj_user_held(user)},
                          .proved_by = proof_by(by),
                          .demanded = bj_identity_demand(identity, user->role),
                          .user_id = user->user_id,
                          .account_id = user->account_id,
                          .created_ns = now_ns,
                          .seen_ns = now_ns,
                          .proved_ns = now_ns,
                          .expires_ns = now_ns + BJ_SESSION_LIFE_NS};
    memcpy(caller.email, user->email, sizeof caller.email);
    memcpy(caller.name, user->name, sizeof caller.name);
    static_assert(sizeof caller.csrf == BJ_TOKEN_BYTES, "a CSRF token is a token");
    bj_token_make(caller.csrf);
    return caller;
}

bj_status_t bj_login_begin(bj_identity_t *identity, const bj_user_t *user,
                           const bj_device_t *device, const uint8_t *pending_hash,
                           bj_login_t *login) {
    uint8_t device_hash[BJ_HASH_BYTES];
    bj_caller_t *caller = &login->caller;
    *caller = caller_of(identity, user, login->by);
    bj_token_make(login->token);
    bj_token_hash(login->token, caller->token_hash);
    memcpy(caller->session_hash, caller->token_hash, BJ_HASH_BYTES);
    snprintf(caller->home, sizeof caller->home, "%s", login->client);
    caller->home_ns = caller->created_ns;
    if (!device->known) {
        bj_token_make(login->new_device);
        bj_token_hash(login->new_device, device_hash);
    }
    bj_history_t history;
    uint64_t device_id = 0;
    bj_status_t status = bj_history_judge(identity->config.db, identity->config.places,
                                          user->user_id, login->client, device->known,
                                          caller->created_ns, &history);
    if (status == BJ_OK && login->serial && user->role != BJ_ROLE_CLIENT) {
        status = bj_staff_device_of(identity->config.db, login->serial, caller, &device_id);
    }
    /* Unlike the ones before: nothing that weighs heavily until it has proved itself once more. */
    if (history.suspicion.points >= BJ_SUSPECT_PROVE) caller->proved_ns = 0;
    bj_trail_who_t who = bj_trail_who(caller, login->client);
    const bj_session_new_t session = {.caller = caller,
                                      .user = user,
                                      .pending_hash = pending_hash,
                                      .device_hash = device->known ? NULL : device_hash,
                                      .user_agent = login->user_agent,
                                      .by = login->by,
                                      .device_id = device_id,
                                      .history = &history};
    if (status == BJ_OK) status = bj_session_insert(identity->config.db, &who, &session);
    if (status != BJ_OK) {
        login->token[0] = login->new_device[0] = '\0';
    } else if (history.tell) {
        bj_history_tell(identity->config.mail, identity->config.origin, user->email, login->client,
                        login->user_agent, &history);
    }
    return status;
}

static bj_status_t ask_factor(bj_identity_t *identity, const bj_user_t *user, bj_login_t *login) {
    uint8_t hash[BJ_HASH_BYTES];
    const bj_caller_t nobody = {.role = BJ_ROLE_NONE};
    bj_trail_who_t who = bj_trail_who(&nobody, login->client);
    bj_token_make(login->pending);
    bj_token_hash(login->pending, hash);
    bj_status_t status = bj_pending_insert(identity->config.db, &who, user, hash);
    if (status != BJ_OK) login->pending[0] = '\0';
    login->by_code = user->has_totp && !bj_passkey_only(identity, user);
    login->by_passkey = user->has_passkey;
    return status;
}

bool bj_passkey_only(const bj_identity_t *identity, const bj_user_t *user) {
    return user->has_passkey &&
           bj_identity_demand(identity, user->role) == BJ_DEMAND_PASSKEY;
}

const char bj_login_changed[] = "password or factor was changed meanwhile";

bj_status_t bj_login_password(bj_identity_t *identity, const char *email, const char *password,
                              bj_login_t *login) {
    bj_user_t user = {.role = BJ_ROLE_NONE};
    bj_device_t device = {.known = false};
    login->by = "password";
    bj_status_t status = check_password(identity, email, password, &user, &device, login);
    const char *why = status == BJ_OK  ? bj_login_changed
                      : !user.user_id  ? "no such user"
                      : user.suspended ? "suspended"
                      : user.confirmed ? "wrong password"
                                       : "not confirmed";
    if (status == BJ_OK) {
        status = user.factors[0] ? ask_factor(identity, &user, login)
                                 : bj_login_begin(identity, &user, &device, NULL, login);
    }
    if (status == BJ_ERR_DENIED)
        status = bj_login_denied(identity, login, user.user_id, why, status);
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    return status;
}

/* Who it is, once a try of the pending log-in is taken, and whether the code is theirs. */
static bj_status_t check_factor(bj_identity_t *identity, const uint8_t hash[BJ_HASH_BYTES],
                                const char *code, bj_user_t *user, bj_device_t *device,
                                bj_login_t *login) {
    bj_db_pool_t *db = identity->config.db;
    bj_status_t status = bj_pending_try(db, hash, &user->user_id);
    if (status == BJ_OK) status = bj_user_by_id(db, identity->config.keys, user->user_id, user);
    if (status != BJ_OK) return status;
    bj_trail_who_t who = bj_trail_user(user->user_id, user->role, login->client);
    *device = bj_factor_device(identity, user->user_id, login->device);
    if (bj_totp_formed(code) && bj_passkey_only(identity, user)) return BJ_ERR_DENIED;
    status = bj_factor_check(identity, &who, user->user_id, device, code, &login->retry_s);
    if (status == BJ_ERR_DENIED && !device->known) {
        bj_tell_half(identity, user->user_id, user->email, login->client);
    } else if (status == BJ_OK && !bj_totp_formed(code)) {
        bj_tell(identity, user->email, "A recovery code was used",
                "Somebody logged in to your Bijli account just now with one of your recovery "
                "codes.");
    }
    return status;
}

bj_status_t bj_login_factor(bj_identity_t *identity, const char *pending, const char *code,
                            bj_login_t *login) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_user_t user = {.role = BJ_ROLE_NONE};
    bj_device_t device = {.known = false};
    if (!bj_token_formed(pending)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(pending, hash);
    login->by = bj_totp_formed(code) ? "code" : "recovery code";
    bj_status_t status = check_factor(identity, hash, code, &user, &device, login);
    const char *why = status == BJ_OK                       ? bj_login_changed
                      : bj_totp_formed(code) && user.user_id && bj_passkey_only(identity, &user)
                          ? "a passkey is demanded"
                          : "wrong code";
    if (status == BJ_OK) status = bj_login_begin(identity, &user, &device, hash, login);
    if (status == BJ_ERR_NOT_FOUND) why = "no such log-in, or too late";
    if (status == BJ_ERR_DENIED || status == BJ_ERR_NOT_FOUND) {
        status = bj_login_denied(identity, login, user.user_id, why, status);
    }
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    return status;
}

void bj_login_wipe(bj_login_t *login) {
    explicit_bzero(login, sizeof *login);
}
