/* Apps in PostgreSQL (sql/0011_apps.sql): each function is one transaction with its entry. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/audit/bj_entry.h"

bool bj_api_key_formed(const char *api_key) {
    return strlen(api_key) == BJ_API_KEY_BYTES - 1 &&
           strspn(api_key, "abcdefghijklmnopqrstuvwxyz234567") == BJ_API_KEY_BYTES - 1;
}

const char *bj_api_subject(const char *api_key, char out[BJ_TRAIL_SUBJECT_BYTES]) {
    snprintf(out, BJ_TRAIL_SUBJECT_BYTES, "app:%s",
             bj_api_key_formed(api_key) ? api_key : "unknown");
    return out;
}

bool bj_api_ips_read(const char *text, char ips[BJ_CALLER_IPS][BJ_ADDRESS_BYTES]) {
    memset(ips, 0, BJ_CALLER_IPS * sizeof ips[0]);
    for (size_t i = 0; *text; i++) {
        size_t n = strcspn(text, " ");
        if (i == BJ_CALLER_IPS || n == 0 || n >= BJ_ADDRESS_BYTES) return false;
        memcpy(ips[i], text, n);
        text += n + (text[n] == ' ');
    }
    return true;
}

bool bj_api_scopes_get(const bj_db_result_t *rows, size_t i, size_t col, unsigned *scopes) {
    const char *text = bj_db_get_ref(rows, i, col);
    *scopes = BJ_SCOPE_NONE;
    return text && (!*text || bj_scopes_read(text, scopes));
}

bool bj_api_row(const bj_db_result_t *rows, size_t i, size_t col, bj_api_app_t *app) {
    const char *scopes = bj_db_get_ref(rows, i, col + 5), *ips = bj_db_get_ref(rows, i, col + 6);
    *app = (bj_api_app_t){.app_id = 0};
    return bj_db_get_u64(rows, i, col, &app->app_id) &&
           bj_db_get_u64(rows, i, col + 1, &app->user_id) &&
           bj_db_get_str(rows, i, col + 2, app->api_key, sizeof app->api_key) &&
           bj_db_get_str(rows, i, col + 3, app->name, sizeof app->name) &&
           bj_db_get_str(rows, i, col + 4, app->redirect_url, sizeof app->redirect_url) && scopes &&
           bj_scopes_read(scopes, &app->scopes) && ips && bj_api_ips_read(ips, app->ips) &&
           bj_db_get_bool(rows, i, col + 7, &app->ips_for_all) &&
           bj_db_get_i64(rows, i, col + 8, &app->created_us) &&
           bj_db_get_i64(rows, i, col + 9, &app->secret_us) &&
           bj_db_get_i64(rows, i, col + 10, &app->ips_us) &&
           bj_db_get_i64(rows, i, col + 11, &app->revoked_us) &&
           bj_db_get_bool(rows, i, col + 12, &app->kite_library) &&
           bj_db_get_bool(rows, i, col + 13, &app->bound);
}

static const char list_sql[] =
    "SELECT " BJ_API_COLUMNS ", EXISTS (SELECT 1 FROM app_tokens t WHERE t.app_id = a.app_id"
    "   AND t.user_id = $1 AND t.expires_at > now()) AS granted, coalesce(g.scopes, '') FROM apps a"
    " LEFT JOIN app_grants g ON g.app_id = a.app_id AND g.user_id = $1"
    " WHERE $1::bigint = 0 OR (a.revoked_at IS NULL AND (a.user_id = $1 OR EXISTS"
    "  (SELECT 1 FROM app_tokens t WHERE t.app_id = a.app_id AND t.user_id = $1"
    "    AND t.expires_at > now())))"
    " ORDER BY a.app_id DESC LIMIT $2";

bj_status_t bj_apps_list(bj_apps_t *apps, uint64_t user_id, bj_api_app_t *rows, size_t rows_max,
                         size_t *cnt) {
    BJ_DB_RESULT result = NULL;
    *cnt = 0;
    bj_status_t status =
        bj_db_query(apps->config.db, list_sql,
                    BJ_DB_PARAMS(bj_db_u64(user_id).text, bj_db_u64(rows_max).text), &result);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(result); i++, ++*cnt) {
        if (!bj_api_row(result, i, 0, &rows[i]) ||
            !bj_db_get_bool(result, i, BJ_API_COLS, &rows[i].granted) ||
            !bj_api_scopes_get(result, i, BJ_API_COLS + 1, &rows[i].granted_scopes)) {
            return BJ_ERR_BAD_FIELD;
        }
    }
    return status;
}

static const char find_sql[] =
    "SELECT " BJ_API_COLUMNS ", coalesce(g.scopes, '') FROM apps a"
    " LEFT JOIN app_grants g ON g.app_id = a.app_id AND g.user_id = $2"
    " WHERE api_key = $1 AND revoked_at IS NULL";

bj_status_t bj_apps_find_for(bj_apps_t *apps, uint64_t user_id, const char *api_key,
                             bj_api_app_t *app) {
    BJ_DB_RESULT rows = NULL;
    if (!bj_api_key_formed(api_key)) return BJ_ERR_NOT_FOUND;
    bj_status_t status = bj_db_query(apps->config.db, find_sql,
                                     BJ_DB_PARAMS(api_key, bj_db_u64(user_id).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    bool ok = bj_api_row(rows, 0, 0, app) &&
              bj_api_scopes_get(rows, 0, BJ_API_COLS, &app->granted_scopes);
    return ok ? BJ_OK : BJ_ERR_BAD_FIELD;
}

bj_status_t bj_apps_find(bj_apps_t *apps, const char *api_key, bj_api_app_t *app) {
    return bj_apps_find_for(apps, 0, api_key, app);
}

/* As a PostgreSQL array: addresses have been read, so nothing in them needs quotes. */
static const char *ips_array(const bj_api_app_t *app, char out[2 * BJ_ADDRESS_BYTES + 4]) {
    snprintf(out, 2 * BJ_ADDRESS_BYTES + 4, "{%s%s%s}", app->ips[0], app->ips[1][0] ? "," : "",
             app->ips[1]);
    return out;
}

static void ips_json(const bj_api_app_t *app, char *out, size_t out_bytes) {
    snprintf(out, out_bytes, "{\"ips\":\"%s%s%s\",\"ips_for_all\":%s}", app->ips[0],
             app->ips[1][0] ? " " : "", app->ips[1], app->ips_for_all ? "true" : "false");
}

static const char insert_sql[] =
    "INSERT INTO apps AS a (api_key, user_id, name, redirect_url, scopes, key_id, secret, ips,"
    " ips_for_all, kite_library, bound)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7::bytea, $8::inet[], $9, $10, $11)"
    " RETURNING " BJ_API_COLUMNS;

/* The key is public, and yet not to be guessed: 80 random bits. */
static void key_make(char out[BJ_API_KEY_BYTES]) {
    char token[BJ_TOKEN_BYTES];
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(token);
    bj_token_hash(token, hash);
    for (size_t i = 0; i < BJ_API_KEY_BYTES - 1; i++) {
        out[i] = "abcdefghijklmnopqrstuvwxyz234567"[hash[i] & 31];
    }
    out[BJ_API_KEY_BYTES - 1] = '\0';
}

/* Bound to its app: a row copied to another does not open. */
static bool seal_secret(const bj_apps_t *apps, const char *api_key, const char *secret,
                        bj_sealed_t *sealed) {
    char what[40];
    snprintf(what, sizeof what, "app %s", api_key);
    return bj_keys_close(apps->config.keys, BJ_KEYS_APPS, what, secret, BJ_TOKEN_BYTES - 1,
                         sealed) == BJ_OK;
}

bj_status_t bj_apps_create(bj_apps_t *apps, const bj_trail_who_t *who, bj_api_app_t *app,
                           char secret[BJ_TOKEN_BYTES]) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_sealed_t sealed;
    char ips[2 * BJ_ADDRESS_BYTES + 4], scopes[BJ_SCOPES_TEXT_BYTES], now[320];
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    if (apps->config.bound_demanded && app->kite_library) return BJ_ERR_BAD_FIELD;
    app->bound |= apps->config.bound_demanded;
    key_make(app->api_key);
    bj_token_make(secret);
    if (!seal_secret(apps, app->api_key, secret, &sealed)) return BJ_ERR_UNAVAILABLE;
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status != BJ_OK) return status;
    status = bj_db_ask(db, insert_sql,
                       BJ_DB_PARAMS(app->api_key, bj_db_u64(app->user_id).text, app->name,
                                    app->redirect_url, bj_scopes_write(app->scopes, scopes),
                                    bj_db_u64(sealed.key_id).text,
                                    bj_bytea(sealed.data, sealed.data_bytes).text,
                                    ips_array(app, ips), app->ips_for_all ? "true" : "false",
                                    app->kite_library ? "true" : "false",
                                    app->bound ? "true" : "false"),
                       &rows);
    /* What else could be wrong with the row has been looked at. */
    if (status == BJ_ERR_BAD_FIELD) return BJ_ERR_FULL;
    if (status != BJ_OK) return status;
    if (!bj_api_row(rows, 0, 0, app)) return BJ_ERR_BAD_FIELD;
    snprintf(now, sizeof now,
             "{\"owner\":\"%" PRIu64
             "\",\"scopes\":\"%s\",\"ips\":\"%s%s%s\",\"kite_library\":%s,\"bound\":%s}",
             app->user_id, scopes, app->ips[0], app->ips[1][0] ? " " : "", app->ips[1],
             app->kite_library ? "true" : "false", app->bound ? "true" : "false");
    const bj_trail_act_t act = {.act = "app.create",
                                .outcome = "done",
                                .after_json = now,
                                .subject = bj_api_subject(app->api_key, subject)};
    return bj_entry_commit(db, who, &act);
}

static const char end_sql[] = "DELETE FROM app_tokens WHERE app_id = $1 RETURNING token_hash";
static const char forget_sql[] = "DELETE FROM app_requests WHERE app_id = $1";

/* In a transaction that has the app's row: its tokens and requests go, *ended are the tokens.
 * Requests first: whoever makes a token of one at this moment holds its row, and is waited for. */
static bj_status_t end_tokens(bj_db_t *db, const char *app_id, bj_db_result_t **ended) {
    bj_status_t status = bj_db_ask(db, forget_sql, BJ_DB_PARAMS(app_id), NULL);
    return status == BJ_OK ? bj_db_ask(db, end_sql, BJ_DB_PARAMS(app_id), ended) : status;
}

/* sql changes one app and returns its id; then its tokens end, and the entry says so. */
static bj_status_t change_and_end(bj_apps_t *apps, const bj_trail_who_t *who, const char *name,
                                  const char *api_key, const char *reason, const char *sql,
                                  size_t param_cnt, const char *const *params) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT ended = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[48];
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK) status = bj_db_ask(db, sql, param_cnt, params, &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    status = end_tokens(db, bj_db_get_ref(rows, 0, 0), &ended);
    if (status != BJ_OK) return status;
    snprintf(now, sizeof now, "{\"tokens_ended\":%zu}", bj_db_rows(ended));
    const bj_trail_act_t act = {.act = name,
                                .outcome = "done",
                                .after_json = now,
                                .reason = reason,
                                .subject = bj_api_subject(api_key, subject)};
    status = bj_entry_commit(db, who, &act);
    if (status == BJ_OK) bj_api_uncache_all(apps, ended);
    return status;
}

static const char rotate_sql[] =
    "UPDATE apps SET key_id = $3, secret = $4::bytea, secret_at = now()"
    " WHERE api_key = $1 AND user_id = $2 AND revoked_at IS NULL RETURNING app_id";

bj_status_t bj_apps_rotate(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                           const char *api_key, char secret[BJ_TOKEN_BYTES]) {
    bj_sealed_t sealed;
    bj_token_make(secret);
    if (!seal_secret(apps, api_key, secret, &sealed)) return BJ_ERR_UNAVAILABLE;
    return change_and_end(apps, who, "app.rotate", api_key, NULL, rotate_sql,
                          BJ_DB_PARAMS(api_key, bj_db_u64(user_id).text,
                                       bj_db_u64(sealed.key_id).text,
                                       bj_bytea(sealed.data, sealed.data_bytes).text));
}

static const char revoke_sql[] =
    "UPDATE apps SET revoked_at = now() WHERE api_key = $1 AND ($2::bigint = 0 OR user_id = $2)"
    " AND revoked_at IS NULL RETURNING app_id";

bj_status_t bj_apps_revoke(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                           const char *api_key, const char *reason) {
    return change_and_end(apps, who, "app.revoke", api_key, reason, revoke_sql,
                          BJ_DB_PARAMS(api_key, bj_db_u64(user_id).text));
}

static const char proofs_sql[] =
    "UPDATE apps SET kite_library = $3, bound = $4 WHERE api_key = $1"
    " AND ($2::bigint = 0 OR user_id = $2) AND revoked_at IS NULL RETURNING app_id";

bj_status_t bj_apps_set_proofs(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                               const char *api_key, bj_api_proofs_t proofs, const char *reason) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT ended = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[48];
    const char *library = proofs.kite_library ? "true" : "false";
    const char *bound = proofs.bound ? "true" : "false";
    bool demanded = apps->config.bound_demanded;
    if (demanded && (proofs.kite_library || !proofs.bound)) return BJ_ERR_BAD_FIELD;
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, proofs_sql,
                           BJ_DB_PARAMS(api_key, bj_db_u64(user_id).text, library, bound), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    /* Some of them may be bound already: they begin anew like the others. */
    if (proofs.bound) status = end_tokens(db, bj_db_get_ref(rows, 0, 0), &ended);
    if (status != BJ_OK) return status;
    snprintf(now, sizeof now, "{\"kite_library\":%s,\"bound\":%s}", library, bound);
    const bj_trail_act_t act = {.act = "app.library",
                                .outcome = "done",
                                .after_json = now,
                                .reason = reason,
                                .subject = bj_api_subject(api_key, subject)};
    status = bj_entry_commit(db, who, &act);
    if (status == BJ_OK && ended) bj_api_uncache_all(apps, ended);
    return status;
}

/* Copies of its tokens have the old addresses. */
static bj_status_t uncache_app(bj_apps_t *apps, const char *app_id) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_query(apps->config.db, "SELECT token_hash FROM app_tokens WHERE app_id = $1",
                    BJ_DB_PARAMS(app_id), &rows);
    if (status == BJ_OK) bj_api_uncache_all(apps, rows);
    return status;
}

static const char old_sql[] =
    "SELECT " BJ_API_COLUMNS ", coalesce(a.ips_at > now() - interval '7 days', false) FROM apps a"
    " WHERE api_key = $1 AND user_id = $2 AND revoked_at IS NULL FOR UPDATE";
static const char ips_sql[] =
    "UPDATE apps SET ips = $2::inet[], ips_for_all = $3 WHERE app_id = $1";

bj_status_t bj_apps_set_ips(bj_apps_t *apps, const bj_trail_who_t *who, const bj_api_app_t *app) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_api_app_t old;
    bool within_week;
    char before[160], after[160], ips[2 * BJ_ADDRESS_BYTES + 4], subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK) {
        status =
            bj_db_ask(db, old_sql, BJ_DB_PARAMS(app->api_key, bj_db_u64(app->user_id).text), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_api_row(rows, 0, 0, &old) || !bj_db_get_bool(rows, 0, BJ_API_COLS, &within_week)) {
        return BJ_ERR_BAD_FIELD;
    }
    ips_json(&old, before, sizeof before);
    ips_json(app, after, sizeof after);
    if (strcmp(before, after) == 0) return BJ_OK;
    status = bj_db_ask(db, ips_sql,
                       BJ_DB_PARAMS(bj_db_u64(old.app_id).text, ips_array(app, ips),
                                    app->ips_for_all ? "true" : "false"),
                       NULL);
    if (status == BJ_ERR_BAD_FIELD && within_week) return BJ_ERR_DENIED;
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {.act = "app.addresses",
                                .outcome = "done",
                                .before_json = before,
                                .after_json = after,
                                .subject = bj_api_subject(app->api_key, subject)};
    status = bj_entry_commit(db, who, &act);
    return status == BJ_OK ? uncache_app(apps, bj_db_u64(old.app_id).text) : status;
}

bool bj_api_address_read(const char *text, char out[BJ_ADDRESS_BYTES]) {
    unsigned char raw[16];
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    return inet_pton(family, text, raw) == 1 && inet_ntop(family, raw, out, BJ_ADDRESS_BYTES);
}
