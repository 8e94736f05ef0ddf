/* What a person has granted to an app: yes, less than that, and no more.  sql/0026. */
#include <stdio.h>
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/apps/bj_pkce.h"
#include "controlplane/audit/bj_entry.h"

static const char sweep_sql[] =
    "DELETE FROM app_requests WHERE (app_id = $1 AND user_id = $2) OR expires_at < now()";
static const char grant_sql[] =
    "INSERT INTO app_grants (app_id, user_id, scopes) SELECT app_id, $2, $3 FROM apps"
    "  WHERE app_id = $1 AND revoked_at IS NULL"
    " ON CONFLICT (app_id, user_id) DO UPDATE SET scopes = excluded.scopes";
static const char request_sql[] =
    "INSERT INTO app_requests (token_hash, app_id, user_id, expires_at, challenge)"
    " SELECT $1::bytea, app_id, $3, now() + make_interval(secs => $4::float8), $5::bytea FROM apps"
    "  WHERE app_id = $2 AND revoked_at IS NULL";

static const char *scopes_json(unsigned scopes, char out[BJ_SCOPES_TEXT_BYTES + 16]) {
    char text[BJ_SCOPES_TEXT_BYTES];
    snprintf(out, BJ_SCOPES_TEXT_BYTES + 16, "{\"scopes\":\"%s\"}",
             bj_scopes_write(scopes, text));
    return out;
}

/* Only once the change is there for all: what is copied from then on has it. */
static bj_status_t uncache(bj_apps_t *apps, const char *app_id, const char *user_id) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(
        apps->config.db, "SELECT token_hash FROM app_tokens WHERE app_id = $1 AND user_id = $2",
        BJ_DB_PARAMS(app_id, user_id), &rows);
    if (status == BJ_OK) bj_api_uncache_all(apps, rows);
    return status;
}

static bj_status_t keep_request(bj_db_t *db, const bj_api_app_t *app, const char *user_id,
                                const uint8_t *challenge, const char *request_token) {
    BJ_DB_RESULT rows = NULL;
    uint8_t hash[BJ_HASH_BYTES];
    bj_bytea_text_t sent;
    int64_t life_s = app->kite_library ? BJ_API_REQUEST_LIBRARY_S : BJ_API_REQUEST_S;
    bj_token_hash(request_token, hash);
    if (challenge) sent = bj_bytea(challenge, BJ_PKCE_BYTES);
    bj_status_t status =
        bj_db_ask(db, request_sql,
                  BJ_DB_PARAMS(BJ_HASH_SQL(hash), bj_db_u64(app->app_id).text, user_id,
                               bj_db_i64(life_s).text, challenge ? sent.text : NULL),
                  &rows);
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) > 0 ? BJ_OK : BJ_ERR_NOT_FOUND;
}

bj_status_t bj_apps_consent(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                            const bj_api_app_t *app, unsigned scopes, const uint8_t *challenge,
                            char request_token[BJ_TOKEN_BYTES]) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_db_text_t app_id = bj_db_u64(app->app_id), user = bj_db_u64(user_id);
    char subject[BJ_TRAIL_SUBJECT_BYTES], text[BJ_SCOPES_TEXT_BYTES];
    char now[BJ_SCOPES_TEXT_BYTES + 16];
    if (!challenge && !app->kite_library) return BJ_ERR_DENIED;
    if (apps->config.bound_demanded && app->kite_library) return BJ_ERR_DENIED;
    bj_token_make(request_token);
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, sweep_sql, BJ_DB_PARAMS(app_id.text, user.text), NULL);
    }
    if (status == BJ_OK) {
        status = bj_db_ask(db, grant_sql,
                           BJ_DB_PARAMS(app_id.text, user.text, bj_scopes_write(scopes, text)),
                           &rows);
    }
    if (status == BJ_OK) {
        status = keep_request(db, app, user.text, challenge, request_token);
    }
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {.act = "app.consent",
                                .outcome = "done",
                                .after_json = scopes_json(scopes, now),
                                .subject = bj_api_subject(app->api_key, subject)};
    status = bj_entry_commit(db, who, &act);
    return status == BJ_OK ? uncache(apps, app_id.text, user.text) : status;
}

static const char old_sql[] =
    "SELECT g.app_id, g.scopes FROM app_grants g JOIN apps a USING (app_id)"
    " WHERE a.api_key = $1 AND g.user_id = $2 AND a.revoked_at IS NULL FOR UPDATE OF g";
static const char narrow_sql[] =
    "UPDATE app_grants SET scopes = $3 WHERE app_id = $1 AND user_id = $2";

bj_status_t bj_apps_narrow(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                           const char *api_key, unsigned scopes) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    uint64_t app_id;
    unsigned old;
    bj_db_text_t user = bj_db_u64(user_id);
    char subject[BJ_TRAIL_SUBJECT_BYTES], text[BJ_SCOPES_TEXT_BYTES];
    char before[BJ_SCOPES_TEXT_BYTES + 16], after[BJ_SCOPES_TEXT_BYTES + 16];
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    if (status == BJ_OK) status = bj_db_ask(db, old_sql, BJ_DB_PARAMS(api_key, user.text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &app_id) || !bj_api_scopes_get(rows, 0, 1, &old)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (scopes & ~old) return BJ_ERR_DENIED;
    if (scopes == old) return BJ_OK;
    status = bj_db_ask(
        db, narrow_sql,
        BJ_DB_PARAMS(bj_db_u64(app_id).text, user.text, bj_scopes_write(scopes, text)), NULL);
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {.act = "app.narrow",
                                .outcome = "done",
                                .before_json = scopes_json(old, before),
                                .after_json = scopes_json(scopes, after),
                                .subject = bj_api_subject(api_key, subject)};
    status = bj_entry_commit(db, who, &act);
    return status == BJ_OK ? uncache(apps, bj_db_u64(app_id).text, user.text) : status;
}

/* Requests first: whoever makes a token of one at this moment holds its row, and is waited for. */
static const char *const forget_sqls[] = {
    "DELETE FROM app_requests r USING apps a WHERE r.app_id = a.app_id AND a.api_key = $1"
    " AND r.user_id = $2",
    "DELETE FROM app_grants g USING apps a WHERE g.app_id = a.app_id AND a.api_key = $1"
    " AND g.user_id = $2",
};
static const char end_sql[] = "DELETE FROM app_tokens t USING apps a WHERE t.app_id = a.app_id"
                              " AND a.api_key = $1 AND t.user_id = $2 RETURNING t.token_hash";

bj_status_t bj_apps_ungrant(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                            const char *api_key) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT ended = NULL;
    bj_db_text_t user = bj_db_u64(user_id);
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    size_t gone_cnt = 0;
    bj_status_t status = bj_entry_begin(apps->config.db, &db);
    for (size_t i = 0; status == BJ_OK && i < BJ_COUNT(forget_sqls); i++) {
        BJ_DB_RESULT rows = NULL;
        status = bj_db_ask(db, forget_sqls[i], BJ_DB_PARAMS(api_key, user.text), &rows);
        if (status == BJ_OK) gone_cnt += bj_db_changed(rows);
    }
    if (status == BJ_OK) status = bj_db_ask(db, end_sql, BJ_DB_PARAMS(api_key, user.text), &ended);
    if (status != BJ_OK) return status;
    if (gone_cnt + bj_db_rows(ended) == 0) return BJ_ERR_NOT_FOUND;
    const bj_trail_act_t act = {.act = "app.ungrant",
                                .outcome = "done",
                                .subject = bj_api_subject(api_key, subject)};
    status = bj_entry_commit(db, who, &act);
    if (status == BJ_OK) bj_api_uncache_all(apps, ended);
    return status;
}
