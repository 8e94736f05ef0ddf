#include "controlplane/identity/bj_change.h"

#include <stdio.h>
#include "controlplane/identity/bj_bytea.h"
#include "controlplane/identity/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_prove.h"
#include "controlplane/identity/bj_tries.h"

static const bj_tries_limit_t mail_limit = {.burst = 3, .fill_s = 3600};
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text

static void tell_changed(bj_identity_t *identity, const char *email) {
    char text[512];
    snprintf(text, sizeof text,
             "The password of your Bijli account was changed just now, and other devices were "
             "logged out.\n\nIf it was not you, set a new one at %s/forgot and look at your orders."
             "\n",
             identity->config.origin);
    bool sent = identity->config.mail &&
                bj_mail_send(identity->config.mail, email, "Your password was changed", text);
    (void)sent; /* the change stands, mail or no mail */
}

/* Column `col` holds the hashes of sessions that are in the record no more. */
static void end_sessions(bj_identity_t *identity, const bj_db_result_t *rows, size_t col) {
    uint8_t hash[BJ_HASH_BYTES];
    size_t hash_bytes;
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        if (!bj_bytea_get(rows, i, col, hash, sizeof hash, &hash_bytes)) continue;
        bj_identity_uncache(identity, hash);
        bj_notify_end(&identity->config.notify, hash);
    }
}

/* The entry of a new password: column 0 is its user, column 1 the hashes of ended sessions. */
static bj_status_t commit(bj_db_t *db, const bj_trail_who_t *who, const char *name,
                          const bj_db_result_t *rows) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[64];
    uint64_t user_id;
    size_t ended_cnt = 0;
    if (!bj_db_get_u64(rows, 0, 0, &user_id)) return BJ_ERR_BAD_FIELD;
    for (size_t i = 0; i < bj_db_rows(rows); i++) ended_cnt += bj_db_get_ref(rows, i, 1) != NULL;
    snprintf(now, sizeof now, "{\"password\":\"set\",\"sessions_ended\":%zu}", ended_cnt);
    const bj_trail_act_t act = {.act = name, .subject = bj_user_subject(user_id, subject),
                                .outcome = "done", .after_json = now};
    return bj_entry_commit(db, who, &act);
}

/* Two changes at once: the one that saw the old password first. */
static const char change_sql[] =
    "WITH changed AS (UPDATE users SET password_hash = $3"
    "  WHERE user_id = $1 AND password_hash = $2 RETURNING user_id),"
    " pending AS (DELETE FROM login_pending WHERE user_id IN (SELECT user_id FROM changed)),"
    " ended AS (DELETE FROM sessions WHERE user_id IN (SELECT user_id FROM changed)"
    "  AND token_hash <> $4::bytea RETURNING token_hash)"
    " SELECT changed.user_id, ended.token_hash FROM changed LEFT JOIN ended ON true";

static bj_status_t change_in(bj_db_pool_t *pool, const bj_trail_who_t *who,
                             const bj_caller_t *caller, const bj_user_t *user, const char *hash,
                             bj_db_result_t **rows) {
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, change_sql,
                           BJ_DB_PARAMS(bj_db_u64(user->user_id).text, user->password_hash, hash,
                                        HASH(caller->token_hash)),
                           rows);
    }
    if (status != BJ_OK) return status;
    return bj_db_rows(*rows) > 0 ? commit(db, who, "auth.password", *rows) : BJ_ERR_DENIED;
}

static bj_status_t change(bj_identity_t *identity, const bj_trail_who_t *who,
                          const bj_caller_t *caller, const bj_user_t *user,
                          const char *password) {
    char hash[BJ_PASSWORD_HASH_BYTES];
    BJ_DB_RESULT rows = NULL;
    if (!bj_password_hash(password, hash)) return BJ_ERR_FULL;
    bj_status_t status = change_in(identity->config.db, who, caller, user, hash, &rows);
    if (status != BJ_OK) return status;
    end_sessions(identity, rows, 1);
    tell_changed(identity, user->email);
    return BJ_OK;
}

bj_status_t bj_change_password(bj_identity_t *identity, const bj_caller_t *caller,
                               const char *address, const char *old_password,
                               const char *new_password, const char **refused,
                               uint32_t *retry_s) {
    bj_user_t user;
    bj_trail_who_t who = bj_trail_who(caller, address);
    *retry_s = 0;
    bj_status_t status = bj_user_by_id(identity->config.db, caller->user_id, &user);
    if (status == BJ_OK) {
        status = bj_prove_password(identity, caller, user.password_hash, old_password, retry_s);
    }
    if (status == BJ_OK) {
        *refused = strcmp(old_password, new_password) == 0
                       ? "must be another one than before"
                       : bj_password_refused(new_password, user.email);
        status = *refused ? BJ_ERR_BAD_FIELD
                          : change(identity, &who, caller, &user, new_password);
    }
    if (status != BJ_ERR_DENIED || *retry_s) return status;
    return bj_entry_refused(identity->config.db, &who, caller->user_id, "auth.password",
                            "wrong password", status);
}

/* The first part writes a row whether there is such a user or not: both wait for the disk. */
static const char forgot_sql[] =
    "WITH mark AS (UPDATE auth_tries SET full_at = full_at WHERE key_hash = $3::bytea)"
    " INSERT INTO mail_tokens (token_hash, user_id, purpose, expires_at)"
    " SELECT $1::bytea, user_id, 'reset', now() + interval '1 hour' FROM users"
    "  WHERE email = $2 AND confirmed_at IS NOT NULL RETURNING user_id";

/* *user_id: 0 if nobody has that address; the entry is there all the same. */
static bj_status_t forgot_in(bj_db_pool_t *pool, const bj_trail_who_t *who, const char *email,
                             const char *key, const char *token, uint64_t *user_id) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    uint8_t key_hash[BJ_HASH_BYTES], token_hash[BJ_HASH_BYTES];
    bj_token_hash(key, key_hash);
    bj_token_hash(token, token_hash);
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, forgot_sql, BJ_DB_PARAMS(HASH(token_hash), email, HASH(key_hash)),
                           &rows);
    }
    if (status != BJ_OK) return status;
    bool found = bj_db_rows(rows) > 0;
    *user_id = 0;
    if (found && !bj_db_get_u64(rows, 0, 0, user_id)) return BJ_ERR_BAD_FIELD;
    const bj_trail_act_t act = {.act = "auth.forgot", .outcome = found ? "done" : "refused",
                                .reason = found ? NULL : "no such user",
                                .subject = bj_user_subject(*user_id, subject)};
    return bj_entry_commit(db, who, &act);
}

static bj_status_t mail_reset(bj_identity_t *identity, const char *email, const char *token) {
    char text[1024];
    snprintf(text, sizeof text,
             "Somebody, most likely you, asked for a new password of your Bijli account.\n\nOpen "
             "this link to choose one; it works once, for an hour:\n\n%s/reset?token=%s\n\nIf it "
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
    status = forgot_in(identity->config.db, who, email, key, token, &user_id);
    /* A queue that is full is said to nobody either: the link can be asked for again. */
    if (status == BJ_OK && user_id) {
        bj_status_t sent = mail_reset(identity, email, token);
        (void)sent;
    }
    explicit_bzero(token, sizeof token);
    return status;
}

static const char whose_sql[] =
    "SELECT u.email FROM mail_tokens t JOIN users u USING (user_id)"
    " WHERE t.token_hash = $1::bytea AND t.purpose = 'reset' AND t.used_at IS NULL"
    "   AND t.expires_at > now()";

static bj_status_t whose(bj_identity_t *identity, const uint8_t *token_hash,
                         char email[BJ_EMAIL_BYTES]) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_query(identity->config.db, whose_sql, BJ_DB_PARAMS(HASH(token_hash)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    return bj_db_get_str(rows, 0, 0, email, BJ_EMAIL_BYTES) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static const char reset_sql[] =
    "WITH used AS (UPDATE mail_tokens SET used_at = now() WHERE token_hash = $1::bytea"
    "  AND purpose = 'reset' AND used_at IS NULL AND expires_at > now() RETURNING user_id),"
    " changed AS (UPDATE users u SET password_hash = $2 FROM used"
    "  WHERE u.user_id = used.user_id),"
    " others AS (UPDATE mail_tokens t SET used_at = now() FROM used"
    "  WHERE t.user_id = used.user_id AND t.purpose = 'reset' AND t.used_at IS NULL"
    "    AND t.token_hash <> $1::bytea),"
    " pending AS (DELETE FROM login_pending WHERE user_id IN (SELECT user_id FROM used)),"
    " devices AS (DELETE FROM login_devices WHERE user_id IN (SELECT user_id FROM used)),"
    " ended AS (DELETE FROM sessions WHERE user_id IN (SELECT user_id FROM used)"
    "  RETURNING token_hash)"
    " SELECT used.user_id, ended.token_hash FROM used LEFT JOIN ended ON true";

static bj_status_t reset_in(bj_db_pool_t *pool, const bj_trail_who_t *who,
                            const uint8_t *token_hash, const char *hash, bj_db_result_t **rows) {
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, reset_sql, BJ_DB_PARAMS(HASH(token_hash), hash), rows);
    }
    if (status != BJ_OK) return status;
    return bj_db_rows(*rows) > 0 ? commit(db, who, "auth.reset", *rows) : BJ_ERR_NOT_FOUND;
}

static bj_status_t reset(bj_identity_t *identity, const bj_trail_who_t *who,
                         const uint8_t *token_hash, const char *password, const char **refused) {
    char email[BJ_EMAIL_BYTES], hash[BJ_PASSWORD_HASH_BYTES];
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = whose(identity, token_hash, email);
    if (status != BJ_OK) return status;
    if ((*refused = bj_password_refused(password, email))) return BJ_ERR_BAD_FIELD;
    if (!bj_password_hash(password, hash)) return BJ_ERR_FULL;
    status = reset_in(identity->config.db, who, token_hash, hash, &rows);
    if (status != BJ_OK) return status;
    end_sessions(identity, rows, 1);
    tell_changed(identity, email);
    return BJ_OK;
}

bj_status_t bj_change_reset(bj_identity_t *identity, const bj_trail_who_t *who,
                            const char *token, const char *password, const char **refused) {
    uint8_t token_hash[BJ_HASH_BYTES];
    if (!bj_token_formed(token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(token, token_hash);
    bj_status_t status = reset(identity, who, token_hash, password, refused);
    if (status != BJ_ERR_NOT_FOUND) return status;
    return bj_entry_refused(identity->config.db, who, 0, "auth.reset", "no such link", status);
}
