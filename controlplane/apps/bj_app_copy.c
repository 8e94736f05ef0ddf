/* Who an access token stands for: the copy in Redis, and the record behind it. */
#include <jansson.h>
#include <stdio.h>
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/identity/bj_copy.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/identity/bj_session.h"
#include "dataplane/base/bj_time.h"

bool bj_api_copy_write(const bj_caller_t *caller, char out[BJ_API_COPY_BYTES]) {
    char person[BJ_SESSION_JSON_BYTES], scopes[BJ_SCOPES_TEXT_BYTES];
    char ips[2 * BJ_ADDRESS_BYTES + 2];
    snprintf(ips, sizeof ips, "%s%s%s", caller->ips[0], caller->ips[1][0] ? " " : "",
             caller->ips[1]);
    if (!bj_session_write(caller, person)) return false;
    json_t *json = json_pack("{s:s, s:I, s:s, s:s, s:b}", "person", person, "app_id",
                             (json_int_t)caller->app_id, "scopes",
                             bj_scopes_write(caller->scopes, scopes), "ips", ips, "ips_for_all",
                             caller->ips_for_all);
    size_t n = json ? json_dumpb(json, out, BJ_API_COPY_BYTES - 1, JSON_COMPACT) : 0;
    json_decref(json);
    if (n == 0 || n >= BJ_API_COPY_BYTES) return false;
    out[n] = '\0';
    return true;
}

bool bj_api_copy_read(const char *text, size_t text_bytes, bj_caller_t *caller) {
    const char *person, *scopes, *ips;
    json_int_t app_id;
    int for_all;
    bj_caller_t got;
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    json_t *json = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, NULL);
    bool ok = json &&
              json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:I, s:s, s:s, s:b}", "person",
                             &person, "app_id", &app_id, "scopes", &scopes, "ips", &ips,
                             "ips_for_all", &for_all) == 0 &&
              app_id > 0 && bj_session_read(person, strlen(person), &got) &&
              bj_api_ips_read(ips, got.ips) && bj_scopes_read(scopes, &got.scopes);
    if (ok) {
        got.is_app = true;
        got.app_id = (uint64_t)app_id;
        got.ips_for_all = for_all;
        *caller = got;
    }
    json_decref(json);
    return ok;
}

static void cache_key(const uint8_t *token_hash, char out[80]) {
    char hex[BJ_HASH_HEX_BYTES];
    snprintf(out, 80, BJ_APP_COPY_KEY, bj_hash_hex(token_hash, hex));
}

/* In place of a copy: there is none, and none is to be made of what was read before. */
static const char no_copy[] = "-";

void bj_api_uncache_all(bj_apps_t *apps, const bj_db_result_t *rows) {
    uint8_t hash[BJ_HASH_BYTES];
    size_t hash_bytes;
    char key[80];
    for (size_t i = 0; i < bj_db_rows(rows); i++) {
        if (!bj_bytea_get(rows, i, 0, hash, sizeof hash, &hash_bytes)) continue;
        cache_key(hash, key);
        bj_status_t status =
            bj_cache_set(apps->config.cache, key, no_copy, sizeof no_copy - 1, BJ_API_CACHE_S);
        (void)status; /* away: then it serves nobody, and its copy ends within a minute */
        bj_notify_app(&apps->config.notify, hash);
    }
}

/* The key in Redis is the hash of the whole token with its signature: a copy is there only because
 * that very token was found good. */
static bool from_cache(bj_apps_t *apps, const char *key, int64_t now_ns, bj_caller_t *caller) {
    char text[BJ_API_COPY_BYTES + BJ_COPY_MARK_BYTES];
    size_t text_bytes;
    return bj_cache_get(apps->config.cache, key, text, sizeof text, &text_bytes) == BJ_OK &&
           bj_copy_open(apps->config.keys, key, text) &&
           bj_api_copy_read(text, strlen(text), caller) &&
           now_ns < caller->expires_ns;
}

static const char record_sql[] =
    "SELECT " BJ_API_COLUMNS ", u.user_id, u.account_id, u.role,"
    " (extract(epoch FROM t.expires_at) * 1000000)::bigint, g.scopes, " BJ_PERSON_COLS
    "," BJ_RIGHTS_SQL
    " FROM app_tokens t JOIN apps a USING (app_id) JOIN users u ON u.user_id = t.user_id"
    " JOIN app_grants g ON g.app_id = t.app_id AND g.user_id = t.user_id"
    " WHERE t.token_hash = $1::bytea AND t.expires_at > now() AND a.revoked_at IS NULL";

enum { COL_PERSON = BJ_API_COLS + 5 };

static bool read_record(const bj_db_result_t *rows, bj_caller_t *caller) {
    bj_api_app_t app;
    char role[16];
    unsigned granted;
    int64_t expires_us;
    size_t col = BJ_API_COLS;
    if (!bj_api_row(rows, 0, 0, &app) || !bj_db_get_u64(rows, 0, col, &caller->user_id) ||
        !bj_db_get_u32(rows, 0, col + 1, &caller->account_id) ||
        !bj_db_get_str(rows, 0, col + 2, role, sizeof role) ||
        !bj_db_get_i64(rows, 0, col + 3, &expires_us) ||
        !bj_api_scopes_get(rows, 0, col + 4, &granted) ||
        !bj_rights_row(rows, 0, COL_PERSON + BJ_PERSON_COL_CNT, &caller->rights)) {
        return false;
    }
    caller->role = bj_role_of(role);
    caller->is_app = true;
    caller->app_id = app.app_id;
    caller->scopes = app.scopes & granted;
    caller->ips_for_all = app.ips_for_all;
    memcpy(caller->ips, app.ips, sizeof caller->ips);
    caller->expires_ns = expires_us * 1000;
    return caller->role != BJ_ROLE_NONE;
}

static bj_status_t from_record(bj_apps_t *apps, const uint8_t *hash, const char *key,
                               const bj_jwt_t *jwt, bj_caller_t *caller) {
    BJ_DB_RESULT rows = NULL;
    char text[BJ_API_COPY_BYTES + BJ_COPY_MARK_BYTES];
    bj_status_t status =
        bj_db_query(apps->config.db, record_sql, BJ_DB_PARAMS(BJ_HASH_SQL(hash)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!read_record(rows, caller)) return BJ_ERR_BAD_FIELD;
    status = bj_person_read(apps->config.keys, caller->user_id, rows, 0, COL_PERSON, caller->email,
                            caller->name);
    if (status != BJ_OK) return status;
    /* And no more than the token was made for, whatever is granted by now. */
    caller->scopes &= jwt->scopes;
    if (caller->user_id != jwt->user_id || caller->app_id != jwt->app_id || !caller->scopes) {
        return BJ_ERR_NOT_FOUND;
    }
    if (bj_api_copy_write(caller, text) &&
        bj_copy_seal(apps->config.keys, key, text, sizeof text)) {
        status = bj_cache_set_new(apps->config.cache, key, text, strlen(text), BJ_API_CACHE_S);
    }
    (void)status; /* a cache that is away costs time, nothing else */
    return BJ_OK;
}

bj_status_t bj_apps_caller(void *ctx, const char *credential, bj_caller_t *caller) {
    bj_apps_t *apps = ctx;
    bj_jwt_t jwt;
    char key[80];
    uint8_t hash[BJ_HASH_BYTES];
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    const char *token = strchr(credential, ':');
    if (!token || token - credential != BJ_API_KEY_BYTES - 1) return BJ_ERR_NOT_FOUND;
    int64_t now_ns = bj_clock_wall_ns();
    /* With the key before it: the same token beside another app's key is another text. */
    bj_token_hash(credential, hash);
    cache_key(hash, key);
    /* What we have not signed nobody is asked about. */
    if (bj_jwt_read(apps->key, token + 1, now_ns / BJ_NS_PER_S, &jwt) != BJ_OK) {
        return BJ_ERR_NOT_FOUND;
    }
    /* One from before it was demanded. */
    if (apps->config.bound_demanded && !jwt.key[0]) return BJ_ERR_NOT_FOUND;
    if (!from_cache(apps, key, now_ns, caller)) {
        bj_status_t status = from_record(apps, hash, key, &jwt, caller);
        if (status != BJ_OK) return status;
    }
    memcpy(caller->token_hash, hash, BJ_HASH_BYTES);
    memcpy(caller->key, jwt.key, sizeof caller->key);
    return BJ_OK;
}
