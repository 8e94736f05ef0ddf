#include "controlplane/identity/bj_change.h"

#include <stdio.h>
#include "controlplane/store/bj_bytea.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/identity/bj_prove.h"
#include "controlplane/identity/bj_tries.h"

static const bj_tries_limit_t mail_limit = {.burst = 3, .fill_s = 3600};
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text

void bj_change_tell(bj_identity_t *identity, const char *email) {
    char text[512];
    snprintf(text, sizeof text,
             "The password of your Bijli account was changed just now, and other devices were "
             "logged out.\n\nIf it was not you, set a new one at %s/forgot and look at your "
             "orders and at your passkeys: %s/account/security\n",
             identity->config.origin, identity->config.origin);
    bool sent = identity->config.mail &&
                bj_mail_send(identity->config.mail, email, "Your password was changed", text);
    (void)sent; /* the change stands, mail or no mail */
}

bj_status_t bj_change_end_old(bj_db_t *db, const bj_trail_who_t *who, const char *name,
                              uint64_t user_id, const uint8_t *keep, bj_sessions_ended_t *ended) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[64];
    bj_status_t status = bj_login_clear(db, user_id, keep == NULL);
    if (status == BJ_OK) status = bj_sessions_end(db, user_id, keep, ended);
    if (status != BJ_OK) return status;
    snprintf(now, sizeof now, "{\"password\":\"set\",\"sessions_ended\":%zu}",
             ended->live_cnt);
    const bj_trail_act_t act = {.act = name, .subject = bj_user_subject(user_id, subject),
                                .outcome = "done", .after_json = now};
    return bj_entry_commit(db, who, &act);
}

/* Two changes at once: the one that saw the old password first. */
static const char change_sql[] =
    "SELECT 1 FROM user_set_password($1, $2, $3) AS was WHERE was";

static bj_status_t change_in(bj_db_pool_t *pool, const bj_trail_who_t *who,
                             bj_rotation_t *rotation, const bj_user_t *user, const char *hash,
                             bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_user_lock(db, user->user_id);
    /* Before the trigger of the new password does it, which says nobody which they were. */
    if (status == BJ_OK) status = bj_app_tokens_end(db, user->user_id, false, ended);
    if (status == BJ_OK) {
        status = bj_db_ask(
            db, change_sql,
            BJ_DB_PARAMS(bj_db_u64(user->user_id).text, user->password_hash, hash), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_DENIED;
    /* Sequence: the session that asks for the change has ended meanwhile. */
    status = bj_rotate_in(db, rotation);
    if (status != BJ_OK) return status;
    return bj_change_end_old(db, who, "auth.password", user->user_id,
                             rotation->caller->session_hash, ended);
}

static bj_status_t change(bj_identity_t *identity, const bj_trail_who_t *who,
                          bj_rotation_t *rotation, const bj_user_t *user,
                          const char *password) {
    char hash[BJ_PASSWORD_HASH_BYTES];
    BJ_SESSIONS_ENDED ended = {0};
    if (!bj_password_hash(password, hash)) return BJ_ERR_FULL;
    bj_status_t status = change_in(identity->config.db, who, rotation, user, hash, &ended);
    bj_rotated(identity, rotation, status);
    if (status != BJ_OK) return status;
    bj_identity_ended(identity, &ended);
    bj_change_tell(identity, user->email);
    return BJ_OK;
}

bj_status_t bj_change_password(bj_identity_t *identity, bj_rotation_t *rotation,
                               const char *address, const char *old_password,
                               const char *new_password, const char **refused,
                               uint32_t *retry_s) {
    bj_user_t user = {.role = BJ_ROLE_NONE};
    const bj_caller_t *caller = rotation->caller;
    bj_trail_who_t who = bj_trail_who(caller, address);
    *retry_s = 0;
    bj_status_t status =
        bj_user_by_id(identity->config.db, identity->config.keys, caller->user_id, &user);
    if (status == BJ_OK) {
        status = bj_prove_password(identity, caller, user.password_hash, old_password, retry_s);
    }
    if (status == BJ_OK) {
        *refused = strcmp(old_password, new_password) == 0
                       ? "must be another one than before"
                       : bj_password_refused(new_password, user.email);
        status = *refused ? BJ_ERR_BAD_FIELD
                          : change(identity, &who, rotation, &user, new_password);
    }
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    if (status == BJ_ERR_SEQUENCE) bj_identity_uncache(identity, caller->token_hash);
    if (status != BJ_ERR_DENIED || *retry_s) return status;
    return bj_entry_refused(identity->config.db, &who, caller->user_id, "auth.password",
                            "wrong password", status);
}

/* The first part writes a row whether there is such a user or not: both wait for the disk. */
static const char forgot_sql[] =
    "WITH mark AS (UPDATE auth_tries SET full_at = full_at WHERE key_hash = $3::bytea)"
    " INSERT INTO mail_tokens (token_hash, user_id, purpose, expires_at)"
    " SELECT $4::bytea, u.user_id, 'reset', now() + interval '1 hour' FROM users u"
    "  WHERE " BJ_PERSON_WHERE " AND u.confirmed_at IS NOT NULL AND u.suspended_at IS NULL"
    " RETURNING user_id";

/* *user_id: 0 if nobody has that address; the entry is there all the same. */
static bj_status_t forgot_in(const bj_identity_t *identity, const bj_trail_who_t *who,
                             const char *email, const char *key, const char *token,
                             uint64_t *user_id) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    uint8_t key_hash[BJ_HASH_BYTES], token_hash[BJ_HASH_BYTES];
    bj_person_hash_t hash;
    bj_token_hash(key, key_hash);
    bj_token_hash(token, token_hash);
    bj_status_t status = bj_person_hash(identity->config.keys, email, &hash);
    if (status == BJ_OK) status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, forgot_sql,
                           BJ_DB_PARAMS(hash.any, email, HASH(key_hash), HASH(token_hash)), &rows);
    }
    if (status != BJ_OK) return status;
    bool found = bj_db_rows(rows) > 0;
    *user_id = 0;
    if (found && !bj_db_get_u64(rows, 0, 0, user_id)) return BJ_ERR_BAD_FIELD;
    const bj_trail_act_t act = {.act = "auth.forgot", .outcome = found ? "done" : "refused",
                                .reason = found ? NULL : "no such user, or suspended",
                                .subject = bj_user_subject(*user_id, subject)};
    return bj_entry_commit(db, who, &act);
}

static bj_status_t mail_reset(bj_identity_t *identity, const char *email, const char *token) {
    char text[1024];
    snprintf(text, sizeof text,
             "Somebody, most likely you, asked for a new password of your Bijli account.\n\nOpen "
             "this link to choose one; it works once, for an hour:\n\n%s/reset#token=%s\n\nIf it "
             "was not you, do nothing: your password stays as it is.\n",
             identity->config.origin, token);
    bool ok = identity->config.mail &&
              bj_mail_send(identity->config.mail, email, "A new password for Bijli", text);
    explicit_bzero(text, sizeof text);
    return ok ? BJ_OK : BJ_ERR_FULL;
}

bj_status_t bj_change_forgot(bj_identity_t *identity, const bj_trail_who_t *who,
                             const char *email) {
    char key[BJ_EMAIL_BYTES + 16], token[BJ_TOKEN_BYTES];
    uint32_t retry_s;
    uint64_t user_id = 0;
    snprintf(key, sizeof key, "reset %s", email);
    bj_status_t status = bj_tries_take(identity->config.db, key, mail_limit, &retry_s);
    if (status != BJ_OK) return status == BJ_ERR_DENIED ? BJ_OK : status;
    bj_token_make(token);
    status = forgot_in(identity, who, email, key, token, &user_id);
    /* A queue that is full is said to nobody either: the link can be asked for again. */
    if (status == BJ_OK && user_id) {
        bj_status_t sent = mail_reset(identity, email, token);
        (void)sent;
    }
    explicit_bzero(token, sizeof token);
    return status;
}
