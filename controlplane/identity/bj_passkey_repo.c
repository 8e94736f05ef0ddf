#include "controlplane/identity/bj_passkey_repo.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/store/bj_bytea.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_login_repo.h"

#define ID(id) bj_db_u64(id).text
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text
#define HASH_OR_NULL(hash) ((hash) ? HASH(hash) : NULL)

/* --- challenges */

static const char *const purposes[] = {[BJ_PASSKEY_ADD] = "add",
                                       [BJ_PASSKEY_LOGIN] = "login",
                                       [BJ_PASSKEY_FACTOR] = "factor",
                                       [BJ_PASSKEY_PROVE] = "prove"};

/* What nobody used goes by the way, a few at a time. */
static const char challenge_sql[] =
    "WITH old AS (DELETE FROM passkey_challenges WHERE challenge_hash IN"
    "  (SELECT challenge_hash FROM passkey_challenges WHERE expires_at < now()"
    "    AND (bound_hash IS NULL OR bound_hash IS DISTINCT FROM $2::bytea)"
    "    LIMIT 20 FOR UPDATE SKIP LOCKED))"
    " INSERT INTO passkey_challenges AS c (purpose, bound_hash, challenge_hash, expires_at)"
    "  VALUES ($1, $2::bytea, $3::bytea, now() + make_interval(secs => $4::float8))"
    "  ON CONFLICT (purpose, bound_hash)"
    "  DO UPDATE SET challenge_hash = excluded.challenge_hash, expires_at = excluded.expires_at";
static const char take_sql[] =
    "DELETE FROM passkey_challenges WHERE challenge_hash = $3::bytea AND purpose = $1"
    "  AND bound_hash IS NOT DISTINCT FROM $2::bytea AND expires_at > now()";

bj_status_t bj_challenge_insert(bj_db_pool_t *db, bj_passkey_purpose_t purpose,
                                const uint8_t *bound_hash,
                                const uint8_t challenge_hash[BJ_HASH_BYTES]) {
    return bj_db_query(db, challenge_sql,
                       BJ_DB_PARAMS(purposes[purpose], HASH_OR_NULL(bound_hash),
                                    HASH(challenge_hash), bj_db_i64(BJ_CHALLENGE_S).text),
                       NULL);
}

bj_status_t bj_challenge_take(bj_db_pool_t *db, bj_passkey_purpose_t purpose,
                              const uint8_t *bound_hash,
                              const uint8_t challenge_hash[BJ_HASH_BYTES]) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(
        db, take_sql,
        BJ_DB_PARAMS(purposes[purpose], HASH_OR_NULL(bound_hash), HASH(challenge_hash)), &rows);
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) > 0 ? BJ_OK : BJ_ERR_NOT_FOUND;
}

/* --- reading */

static const char list_sql[] =
    "SELECT passkey_id, name, (extract(epoch FROM created_at) * 1000000)::bigint,"
    "  coalesce((extract(epoch FROM used_at) * 1000000)::bigint, 0), credential_id"
    " FROM passkeys WHERE user_id = $1 ORDER BY passkey_id LIMIT $2";

bj_status_t bj_passkeys_list(bj_db_pool_t *db, uint64_t user_id, bj_passkey_row_t *rows,
                             size_t *cnt) {
    BJ_DB_RESULT result = NULL;
    *cnt = 0;
    bj_status_t status = bj_db_query(
        db, list_sql, BJ_DB_PARAMS(ID(user_id), bj_db_i64(BJ_PASSKEYS_MAX).text), &result);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(result); i++) {
        bj_passkey_row_t *row = &rows[i];
        if (!bj_db_get_u64(result, i, 0, &row->id) ||
            !bj_db_get_str(result, i, 1, row->name, sizeof row->name) ||
            !bj_db_get_i64(result, i, 2, &row->created_us) ||
            !bj_db_get_i64(result, i, 3, &row->used_us) ||
            !bj_bytea_get(result, i, 4, row->credential, sizeof row->credential,
                          &row->credential_bytes)) {
            return BJ_ERR_BAD_FIELD;
        }
        ++*cnt;
    }
    return status;
}

bj_status_t bj_user_handle(bj_db_pool_t *db, uint64_t user_id,
                           uint8_t handle[BJ_USER_HANDLE_BYTES]) {
    BJ_DB_RESULT rows = NULL;
    size_t handle_bytes;
    bj_status_t status = bj_db_query(db, "SELECT handle FROM users WHERE user_id = $1",
                                     BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    bool ok = bj_bytea_get(rows, 0, 0, handle, BJ_USER_HANDLE_BYTES, &handle_bytes);
    return ok ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static const char select_sql[] =
    "SELECT p.passkey_id, p.user_id, u.handle, p.alg, p.public_key"
    " FROM passkeys p JOIN users u USING (user_id) WHERE p.credential_id = $1::bytea";

bj_status_t bj_passkey_select(bj_db_pool_t *db, const uint8_t *credential, size_t credential_bytes,
                              bj_passkey_held_t *held) {
    BJ_DB_RESULT rows = NULL;
    char text[BJ_BYTEA_TEXT_BYTES(BJ_PASSKEY_ID_MAX_BYTES)];
    size_t handle_bytes;
    if (credential_bytes > BJ_PASSKEY_ID_MAX_BYTES) return BJ_ERR_NOT_FOUND;
    bj_status_t status = bj_db_query(
        db, select_sql, BJ_DB_PARAMS(bj_bytea_write(credential, credential_bytes, text)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    bool ok = bj_db_get_u64(rows, 0, 0, &held->id) && bj_db_get_u64(rows, 0, 1, &held->user_id) &&
              bj_bytea_get(rows, 0, 2, held->handle, sizeof held->handle, &handle_bytes) &&
              bj_db_get_i32(rows, 0, 3, &held->key.alg) &&
              bj_bytea_get(rows, 0, 4, held->key.key, sizeof held->key.key, &held->key.key_bytes);
    return ok ? BJ_OK : BJ_ERR_BAD_FIELD;
}

/* An authenticator that does not count says 0 each time (WebAuthn 7.2, step 21). */
static const char use_sql[] =
    "UPDATE passkeys SET sign_count = $2, used_at = now()"
    " WHERE passkey_id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))";

bj_status_t bj_passkey_use(bj_db_pool_t *db, uint64_t id, uint32_t sign_count) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_query(db, use_sql, BJ_DB_PARAMS(ID(id), bj_db_u64(sign_count).text), &rows);
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) > 0 ? BJ_OK : BJ_ERR_DENIED;
}

/* --- changes */

static const char free_sql[] =
    "SELECT min(s), user_factors($1) = '' FROM generate_series(1, $2::integer) s"
    " WHERE NOT EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1 AND slot = s)";
static const char insert_sql[] =
    "INSERT INTO passkeys (user_id, slot, credential_id, alg, public_key, sign_count, name)"
    " VALUES ($1, $2, $3::bytea, $4, $5::bytea, $6, $7)"
    " ON CONFLICT (credential_id) DO NOTHING RETURNING passkey_id";

static bj_status_t put(bj_db_t *db, bj_passkey_insert_t *insert, const char *slot) {
    BJ_DB_RESULT rows = NULL;
    char credential[BJ_BYTEA_TEXT_BYTES(BJ_PASSKEY_ID_MAX_BYTES)];
    char key[BJ_BYTEA_TEXT_BYTES(BJ_PASSKEY_KEY_MAX_BYTES)];
    const bj_passkey_new_t *made = insert->made;
    bj_status_t status =
        bj_db_ask(db, insert_sql,
                  BJ_DB_PARAMS(ID(insert->user_id), slot,
                               bj_bytea_write(made->id, made->id_bytes, credential),
                               bj_db_i64(made->key.alg).text,
                               bj_bytea_write(made->key.key, made->key.key_bytes, key),
                               bj_db_u64(made->sign_count).text, insert->name),
                  &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_EXISTS;
    return bj_db_get_u64(rows, 0, 0, &insert->id) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static bj_status_t insert_in(bj_db_t *db, bj_passkey_insert_t *insert) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_user_lock(db, insert->user_id);
    if (status == BJ_OK) status = bj_demand_enrols(db, insert->rotation->caller);
    if (status == BJ_OK) {
        status =
            bj_db_ask(db, free_sql,
                      BJ_DB_PARAMS(ID(insert->user_id), bj_db_i64(BJ_PASSKEYS_MAX).text), &rows);
    }
    if (status != BJ_OK) return status;
    insert->full = bj_db_null(rows, 0, 0);
    if (insert->full) return BJ_ERR_EXISTS;
    if (!bj_db_get_bool(rows, 0, 1, &insert->first)) return BJ_ERR_BAD_FIELD;
    status = put(db, insert, bj_db_get_ref(rows, 0, 0));
    if (status == BJ_OK && insert->first) {
        status = bj_recovery_fill(db, insert->user_id, insert->hashes);
    }
    if (status != BJ_OK) return status;
    return bj_sessions_stale(db, insert->rotation, &insert->stale);
}

bj_status_t bj_passkey_insert(bj_db_pool_t *pool, const bj_trail_who_t *who,
                              bj_passkey_insert_t *insert) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[96];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = insert_in(db, insert);
    if (status != BJ_OK) return status;
    int n = snprintf(now, sizeof now, "{\"passkey\":\"%" PRIu64 "\"", insert->id);
    snprintf(now + n, sizeof now - (size_t)n, insert->first ? ",\"recovery_left\":%d}" : "}",
             BJ_RECOVERY_CNT);
    const bj_trail_act_t act = {.act = "auth.passkey.add",
                                .outcome = "done",
                                .after_json = now,
                                .subject = bj_user_subject(insert->user_id, subject)};
    return bj_entry_commit(db, who, &act);
}

static const char rename_sql[] =
    "UPDATE passkeys p SET name = $3 FROM (SELECT passkey_id, name FROM passkeys"
    "  WHERE user_id = $1 AND passkey_id = $2 FOR UPDATE) old WHERE p.passkey_id = old.passkey_id"
    " RETURNING json_build_object('passkey', old.passkey_id::text, 'name', old.name),"
    "  json_build_object('name', p.name)";

bj_status_t bj_passkey_rename(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t user_id,
                              uint64_t id, const char *name) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, rename_sql, BJ_DB_PARAMS(ID(user_id), ID(id), name), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    const bj_trail_act_t act = {.act = "auth.passkey.name",
                                .outcome = "done",
                                .before_json = bj_db_get_ref(rows, 0, 0),
                                .after_json = bj_db_get_ref(rows, 0, 1),
                                .subject = bj_user_subject(user_id, subject)};
    return bj_entry_commit(db, who, &act);
}

static const char delete_sql[] = "DELETE FROM passkeys WHERE user_id = $1 AND passkey_id = $2";

bj_status_t bj_passkey_delete(bj_db_pool_t *pool, const bj_trail_who_t *who,
                              bj_rotation_t *rotation, uint64_t id) {
    uint64_t user_id = rotation->caller->user_id;
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], was[64];
    snprintf(was, sizeof was, "{\"passkey\":\"%" PRIu64 "\"}", id);
    const bj_trail_act_t act = {.act = "auth.passkey.remove",
                                .outcome = "done",
                                .before_json = was,
                                .subject = bj_user_subject(user_id, subject)};
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_user_lock(db, user_id);
    if (status == BJ_OK) {
        status = bj_db_ask(db, delete_sql, BJ_DB_PARAMS(ID(user_id), ID(id)), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    return bj_factor_gone(db, who, rotation, &act);
}
