#include "controlplane/apps/bj_apps.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/apps/bj_pkce.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/audit/bj_entry.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { PROOFS_MAX = 1000000 };

bj_apps_t *bj_apps_new(const bj_apps_config_t *config) {
    char error[160];
    bj_apps_t *apps = calloc(1, sizeof *apps);
    if (!apps) return NULL;
    apps->config = *config;
    apps->proofs = bj_proofs_new(config->db, config->proofs_max ? config->proofs_max : PROOFS_MAX);
    apps->key =
        bj_jwt_key_load(config->token_key_file, config->token_signature, error, sizeof error);
    if (apps->key && apps->proofs) return apps;
    if (!apps->key) BJ_ERROR("apps.token_key_file: %s", error);
    bj_apps_free(apps);
    return NULL;
}

void bj_apps_free(bj_apps_t *apps) {
    if (!apps) return;
    bj_jwt_key_free(apps->key); /* NULL is allowed */
    bj_proofs_free(apps->proofs);
    free(apps);
}

bool bj_apps_bound_demanded(const bj_apps_t *apps) { return apps->config.bound_demanded; }

/* What sql/0011_apps.sql takes, and says why not. */
const char *bj_api_url_refused(const char *url) {
    static const char *const starts[] = {"https://", "http://127.0.0.1", "http://localhost",
                                         "http://[::1]"};
    static const char host[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-";
    size_t i = 0;
    while (i < BJ_COUNT(starts) && strncmp(url, starts[i], strlen(starts[i])) != 0)
        i++;
    if (i == BJ_COUNT(starts)) return "must begin with https://, or http:// of this machine";
    const char *at = url + strlen(starts[i]);
    size_t host_bytes = i == 0 ? strspn(at, host) : 0;
    if (i == 0 && host_bytes == 0) return "must name a host";
    at += host_bytes;
    if (*at == ':') {
        size_t port_bytes = strspn(at + 1, "0123456789");
        if (port_bytes < 1 || port_bytes > 5) return "has a port that is none";
        at += 1 + port_bytes;
    }
    if (*at && *at != '/') return "must have a / behind the host";
    for (; *at; at++) {
        if (*at <= ' ' || *at > '~' || *at == '#') return "must not hold blanks, # or other signs";
    }
    return NULL;
}

void bj_api_checksum(const char *api_key, const char *token, const char *secret,
                     char out[BJ_API_CHECKSUM_BYTES]) {
    char text[BJ_API_KEY_BYTES + BJ_JWT_BYTES + BJ_TOKEN_BYTES];
    uint8_t hash[BJ_HASH_BYTES];
    int n = snprintf(text, sizeof text, "%.16s%.767s%.43s", api_key, token, secret);
    SHA256((const unsigned char *)text, (size_t)n, hash);
    bj_hash_hex(hash, out);
    explicit_bzero(text, sizeof text);
}

/* --- a request token becomes an access token */

static const char secret_sql[] =
    "SELECT key_id, secret, app_id, (extract(epoch FROM secret_at) * 1000000)::bigint FROM apps"
    " WHERE api_key = $1 AND revoked_at IS NULL";

/* BJ_ERR_DENIED: no such app, or the checksum was not made with its secret. */
static bj_status_t check_secret(bj_apps_t *apps, const char *api_key, const char *token,
                                const char *checksum, uint64_t *app_id, int64_t *secret_us) {
    BJ_DB_RESULT rows = NULL;
    bj_sealed_t sealed;
    uint32_t key_id;
    char what[40], secret[BJ_TOKEN_BYTES] = "", expected[BJ_API_CHECKSUM_BYTES];
    bj_status_t status = bj_db_query(apps->config.db, secret_sql, BJ_DB_PARAMS(api_key), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_DENIED;
    if (!bj_db_get_u32(rows, 0, 0, &key_id) || !bj_db_get_u64(rows, 0, 2, app_id) ||
        !bj_db_get_i64(rows, 0, 3, secret_us) ||
        !bj_bytea_get(rows, 0, 1, sealed.data, sizeof sealed.data, &sealed.data_bytes)) {
        return BJ_ERR_BAD_FIELD;
    }
    sealed.key_id = (uint16_t)key_id;
    snprintf(what, sizeof what, "app %s", api_key);
    status =
        bj_keys_open(apps->config.keys, BJ_KEYS_APPS, what, &sealed, secret, BJ_TOKEN_BYTES - 1);
    if (status == BJ_OK) {
        bj_api_checksum(api_key, token, secret, expected);
        status = bj_same_secret(checksum, expected) ? BJ_OK : BJ_ERR_DENIED;
    } else {
        BJ_ERROR("the secret of app %s does not open: %s", api_key, bj_status_text(status));
        status = BJ_ERR_UNAVAILABLE;
    }
    explicit_bzero(secret, sizeof secret);
    explicit_bzero(expected, sizeof expected);
    return status;
}

/* The person first, then the app: a change of the password, a new secret or the app's end each end
 * what was let in before, and whichever comes second sees the other. */
static const char person_sql[] =
    "SELECT 1 FROM users WHERE user_id ="
    " (SELECT user_id FROM app_requests WHERE token_hash = $1::bytea) FOR SHARE";
static const char app_sql[] = "SELECT 1 FROM apps WHERE app_id = $1 FOR SHARE";
static const char use_sql[] =
    "WITH used AS (DELETE FROM app_requests WHERE token_hash = $1::bytea AND app_id = $2"
    "  AND expires_at > now() RETURNING user_id, challenge)"
    " SELECT u.user_id, u.account_id, u.role, g.scopes, used.challenge, a.kite_library, a.bound,"
    "  " BJ_PERSON_COLS " FROM used JOIN users u USING (user_id)"
    "  JOIN apps a ON a.app_id = $2 AND a.revoked_at IS NULL"
    "   AND (extract(epoch FROM a.secret_at) * 1000000)::bigint = $3"
    "  JOIN app_grants g ON g.app_id = a.app_id AND g.user_id = u.user_id";
enum { COL_CHALLENGE = 4, COL_LIBRARY, COL_BOUND, COL_PERSON };
static const char replace_sql[] =
    "DELETE FROM app_tokens WHERE app_id = $1 AND user_id = $2 RETURNING token_hash";
static const char token_sql[] =
    "INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at, request_hash)"
    " VALUES ($1, $2, $3::bytea, $4::timestamptz, $5::bytea)";

static bj_status_t hold(bj_db_t *db, const uint8_t *request_hash, uint64_t app_id) {
    bj_status_t status = bj_db_ask(db, person_sql, BJ_DB_PARAMS(BJ_HASH_SQL(request_hash)), NULL);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, app_sql, BJ_DB_PARAMS(bj_db_u64(app_id).text), NULL);
}

/* Whether the app has proved that it began the log-in, or need not. */
static bj_status_t check_proof(const bj_apps_t *apps, const bj_db_result_t *rows,
                               const bj_api_exchange_t *exchange, const char **why) {
    uint8_t challenge[BJ_PKCE_BYTES];
    size_t challenge_bytes = 0;
    bool kite_library, bound, has = bj_db_get_ref(rows, 0, COL_CHALLENGE) != NULL;
    if (!bj_db_get_bool(rows, 0, COL_LIBRARY, &kite_library) ||
        !bj_db_get_bool(rows, 0, COL_BOUND, &bound)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (has && (!bj_bytea_get(rows, 0, COL_CHALLENGE, challenge, sizeof challenge,
                              &challenge_bytes) ||
                challenge_bytes != sizeof challenge)) {
        return BJ_ERR_BAD_FIELD;
    }
    *why = "without a proof of its key";
    if ((bound || apps->config.bound_demanded) && !exchange->key[0]) return BJ_ERR_DENIED;
    *why = "not with the verifier of the log-in";
    /* The app may have been said to be none of Kite's since. */
    if (!has && !kite_library) return BJ_ERR_DENIED;
    return bj_pkce_met(exchange->verifier, has ? challenge : NULL) ? BJ_OK : BJ_ERR_DENIED;
}

/* secret_us: of the secret that the checksum was made with. */
static bj_status_t use_request(const bj_apps_t *apps, bj_db_t *db,
                               const bj_api_exchange_t *exchange, int64_t secret_us,
                               bj_caller_t *caller, const char **why) {
    BJ_DB_RESULT rows = NULL;
    uint8_t hash[BJ_HASH_BYTES];
    char role[16];
    bj_token_hash(exchange->request_token, hash);
    bj_status_t status = hold(db, hash, caller->app_id);
    if (status != BJ_OK) return status;
    status = bj_db_ask(db, use_sql,
                       BJ_DB_PARAMS(BJ_HASH_SQL(hash), bj_db_u64(caller->app_id).text,
                                    bj_db_i64(secret_us).text),
                       &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_DENIED;
    status = check_proof(apps, rows, exchange, why);
    if (status != BJ_OK) return status;
    if (!bj_db_get_u64(rows, 0, 0, &caller->user_id) ||
        !bj_db_get_u32(rows, 0, 1, &caller->account_id) ||
        !bj_db_get_str(rows, 0, 2, role, sizeof role) ||
        !bj_api_scopes_get(rows, 0, 3, &caller->scopes)) {
        return BJ_ERR_BAD_FIELD;
    }
    caller->role = bj_role_of(role);
    return bj_person_read(apps->config.keys, caller->user_id, rows, 0, COL_PERSON, caller->email,
                          caller->name);
}

/* The hash that bj_apps_caller looks for: of key and token. */
static void credential_hash(const char *api_key, const char *token, uint8_t out[BJ_HASH_BYTES]) {
    char text[BJ_API_KEY_BYTES + BJ_JWT_BYTES];
    snprintf(text, sizeof text, "%.16s:%.767s", api_key, token);
    bj_token_hash(text, out);
    explicit_bzero(text, sizeof text);
}

static bj_status_t keep_token(bj_db_t *db, const char *api_key, const char *request_token,
                              const bj_caller_t *caller, const char *token,
                              bj_db_result_t **ended) {
    uint8_t hash[BJ_HASH_BYTES], request_hash[BJ_HASH_BYTES];
    credential_hash(api_key, token, hash);
    bj_token_hash(request_token, request_hash);
    bj_status_t status = bj_db_ask(
        db, replace_sql,
        BJ_DB_PARAMS(bj_db_u64(caller->app_id).text, bj_db_u64(caller->user_id).text), ended);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, token_sql,
                     BJ_DB_PARAMS(bj_db_u64(caller->app_id).text, bj_db_u64(caller->user_id).text,
                                  BJ_HASH_SQL(hash), bj_db_time(caller->expires_ns).text,
                                  BJ_HASH_SQL(request_hash)),
                     NULL);
}

static bj_status_t session_in(bj_apps_t *apps, const char *address,
                              const bj_api_exchange_t *exchange, int64_t secret_us,
                              bj_caller_t *caller, char access_token[BJ_JWT_BYTES],
                              const char **why) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT ended = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    int64_t now_s = bj_clock_wall_ns() / BJ_NS_PER_S;
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK) status = use_request(apps, db, exchange, secret_us, caller, why);
    if (status != BJ_OK) return status;
    bj_jwt_t jwt = {.user_id = caller->user_id,
                    .app_id = caller->app_id,
                    .made_s = now_s,
                    .scopes = caller->scopes,
                    .ends_s = bj_jwt_day_end(now_s)};
    snprintf(jwt.key, sizeof jwt.key, "%s", exchange->key);
    caller->expires_ns = jwt.ends_s * BJ_NS_PER_S;
    if (!bj_jwt_make(apps->key, &jwt, access_token)) return BJ_ERR_UNAVAILABLE;
    status = keep_token(db, exchange->api_key, exchange->request_token, caller, access_token,
                        &ended);
    if (status != BJ_OK) return status;
    bj_trail_who_t who = bj_trail_user(caller->user_id, caller->role, address);
    const bj_trail_act_t act = {
        .act = "app.session", .outcome = "done",
        .subject = bj_api_subject(exchange->api_key, subject)};
    status = bj_entry_commit(db, &who, &act);
    if (status == BJ_OK) bj_api_uncache_all(apps, ended);
    return status;
}

static const char replay_sql[] = "DELETE FROM app_tokens WHERE app_id = $1"
                                 " AND request_hash = $2::bytea RETURNING token_hash";

/* used: a request token that came with the right checksum and is good for nothing.  Two had it, and
 * one of them is not the app: what it gave ends, and nobody tries verifiers on it. */
static bj_status_t end_used(bj_db_t *db, uint64_t app_id, const char *used,
                            bj_db_result_t **ended) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_hash(used, hash);
    bj_status_t status = bj_db_ask(
        db, "DELETE FROM app_requests WHERE app_id = $1 AND token_hash = $2::bytea",
        BJ_DB_PARAMS(bj_db_u64(app_id).text, BJ_HASH_SQL(hash)), NULL);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, replay_sql, BJ_DB_PARAMS(bj_db_u64(app_id).text, BJ_HASH_SQL(hash)),
                     ended);
}

/* The entry of what an app was refused; used may be NULL. */
static bj_status_t refused(bj_apps_t *apps, const char *address, const char *name,
                           const char *api_key, uint64_t app_id, const char *used,
                           const char *why) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_caller_t nobody = {.role = BJ_ROLE_NONE};
    bj_trail_who_t who = bj_trail_who(&nobody, address);
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK && used) status = end_used(db, app_id, used, &rows);
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {
        .act = name,
        .outcome = "refused",
        .reason = rows && bj_db_rows(rows) > 0 ? "a request token twice: what it gave ends" : why,
        .subject = bj_api_subject(api_key, subject)};
    status = bj_entry_commit(db, &who, &act);
    if (status == BJ_OK && rows) bj_api_uncache_all(apps, rows);
    return status == BJ_OK ? BJ_ERR_DENIED : status;
}

static const char wrong_checksum[] = "no such app, or a wrong checksum";

bj_status_t bj_apps_session(bj_apps_t *apps, const char *address,
                            const bj_api_exchange_t *exchange, bj_caller_t *caller,
                            char access_token[BJ_JWT_BYTES]) {
    int64_t secret_us = 0;
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    access_token[0] = '\0';
    const char *why = wrong_checksum, *used = NULL;
    bj_status_t status = BJ_ERR_DENIED;
    if (bj_api_key_formed(exchange->api_key) && bj_token_formed(exchange->request_token)) {
        status = check_secret(apps, exchange->api_key, exchange->request_token,
                              exchange->checksum, &caller->app_id, &secret_us);
        /* Only with the right checksum is it used up: nobody else can spoil it. */
        if (status == BJ_OK) {
            why = "no such request token";
            used = exchange->request_token;
            status = session_in(apps, address, exchange, secret_us, caller, access_token, &why);
        }
    }
    if (status == BJ_OK) return BJ_OK;
    explicit_bzero(access_token, BJ_JWT_BYTES);
    if (status != BJ_ERR_DENIED) return status;
    uint64_t app_id = caller->app_id;
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    return refused(apps, address, "app.session", exchange->api_key, app_id, used, why);
}

/* --- the end of a token */

static const char token_end_sql[] =
    "DELETE FROM app_tokens WHERE token_hash = $1::bytea RETURNING token_hash";

/* By the app, for whom the token was made. */
static bj_status_t end_one(bj_apps_t *apps, const char *address, const char *api_key,
                           const char *access_token) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_jwt_t jwt;
    uint8_t hash[BJ_HASH_BYTES];
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    int64_t now_s = bj_clock_wall_ns() / BJ_NS_PER_S;
    if (bj_jwt_read(apps->key, access_token, now_s, &jwt) != BJ_OK) return BJ_ERR_NOT_FOUND;
    credential_hash(api_key, access_token, hash);
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, token_end_sql, BJ_DB_PARAMS(BJ_HASH_SQL(hash)), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    bj_trail_who_t who = bj_trail_user(jwt.user_id, BJ_ROLE_CLIENT, address);
    who.role = "app";
    const bj_trail_act_t act = {
        .act = "app.logout", .outcome = "done", .subject = bj_api_subject(api_key, subject)};
    status = bj_entry_commit(db, &who, &act);
    if (status == BJ_OK) bj_api_uncache_all(apps, rows);
    return status;
}

bj_status_t bj_apps_logout(bj_apps_t *apps, const char *address, const char *api_key,
                           const char *access_token) {
    bj_api_app_t app;
    bj_status_t status = bj_apps_find(apps, api_key, &app);
    if (status != BJ_OK) return status;
    if (!app.kite_library) return BJ_ERR_DENIED;
    return end_one(apps, address, api_key, access_token);
}

bj_status_t bj_apps_end_token(bj_apps_t *apps, const char *address, const char *api_key,
                              const char *access_token, const char *checksum) {
    uint64_t app_id = 0;
    int64_t secret_us;
    bj_status_t status = BJ_ERR_DENIED;
    if (bj_api_key_formed(api_key)) {
        status = check_secret(apps, api_key, access_token, checksum, &app_id, &secret_us);
    }
    if (status == BJ_ERR_DENIED) {
        return refused(apps, address, "app.logout", api_key, 0, NULL, wrong_checksum);
    }
    if (status == BJ_OK) status = end_one(apps, address, api_key, access_token);
    return status == BJ_ERR_NOT_FOUND ? BJ_OK : status;
}
