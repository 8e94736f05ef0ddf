#include "controlplane/identity/bj_factor_repo.h"

#include <stdio.h>
#include "controlplane/store/bj_bytea.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_login_repo.h"

#define ID(user_id) bj_db_u64(user_id).text
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text
#define SECRET(sealed) bj_bytea((sealed)->data, (sealed)->data_bytes).text

/* A statement that must have touched rows, or else `otherwise`. */
static bj_status_t touch(bj_db_pool_t *db, bj_status_t otherwise, const char *sql,
                         size_t param_cnt, const char *const *params) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(db, sql, param_cnt, params, &rows);
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) > 0 ? BJ_OK : otherwise;
}

static const char totp_sql[] =
    "SELECT confirmed_at IS NOT NULL, last_step, key_id, secret FROM totp_factors"
    " WHERE user_id = $1";

bj_status_t bj_totp_select(bj_db_pool_t *db, uint64_t user_id, bj_totp_row_t *row) {
    BJ_DB_RESULT rows = NULL;
    uint32_t key_id;
    bj_status_t status = bj_db_query(db, totp_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_bool(rows, 0, 0, &row->confirmed) ||
        !bj_db_get_u64(rows, 0, 1, &row->last_step) || !bj_db_get_u32(rows, 0, 2, &key_id) ||
        !bj_bytea_get(rows, 0, 3, row->secret.data, sizeof row->secret.data,
                      &row->secret.data_bytes)) {
        return BJ_ERR_BAD_FIELD;
    }
    row->secret.key_id = (uint16_t)key_id;
    return BJ_OK;
}

static const char totp_put_sql[] =
    "INSERT INTO totp_factors AS f (user_id, key_id, secret) VALUES ($1, $2, $3::bytea)"
    " ON CONFLICT (user_id) DO UPDATE SET key_id = $2, secret = $3::bytea, created_at = now()"
    "  WHERE f.confirmed_at IS NULL";

bj_status_t bj_totp_put(bj_db_pool_t *db, const bj_trail_who_t *who, uint64_t user_id,
                        const bj_sealed_t *secret) {
    const bj_trail_act_t act = {.act = "auth.factor.enrol", .outcome = "done",
                                .after_json = "{\"confirmed\":false}"};
    bj_status_t status = bj_entry_one(
        db, who, user_id, &act, totp_put_sql,
        BJ_DB_PARAMS(ID(user_id), bj_db_u64(secret->key_id).text, SECRET(secret)));
    return status == BJ_ERR_NOT_FOUND ? BJ_ERR_EXISTS : status;
}

/* As a PostgreSQL array of bytea. */
typedef struct hashes_text {
    char text[BJ_RECOVERY_CNT * (BJ_HASH_HEX_BYTES + 6) + 3];
} hashes_text_t;

static hashes_text_t hashes_text(uint8_t (*hashes)[BJ_HASH_BYTES]) {
    hashes_text_t out;
    char hex[BJ_HASH_HEX_BYTES];
    size_t at = 0;
    for (size_t i = 0; i < BJ_RECOVERY_CNT; i++) {
        at += (size_t)snprintf(out.text + at, sizeof out.text - at, "%s\"\\\\x%s\"", i ? "," : "{",
                               bj_hash_hex(hashes[i], hex));
    }
    snprintf(out.text + at, sizeof out.text - at, "}");
    return out;
}

static const char confirm_sql[] =
    "WITH ok AS (UPDATE totp_factors SET confirmed_at = now(), last_step = $3"
    "  WHERE user_id = $1 AND confirmed_at IS NULL AND secret = $2::bytea RETURNING user_id),"
    " gone AS (DELETE FROM recovery_codes WHERE user_id IN (SELECT user_id FROM ok))"
    " INSERT INTO recovery_codes (user_id, code_hash)"
    "  SELECT ok.user_id, h FROM ok, unnest($4::bytea[]) h";

static const char stale_sql[] =
    "UPDATE sessions SET proved_at = 'epoch' WHERE user_id = $1 AND session_hash <> $2::bytea"
    " RETURNING token_hash";

bj_status_t bj_sessions_stale(bj_db_t *db, bj_rotation_t *rotation, bj_db_result_t **stale) {
    const bj_caller_t *caller = rotation->caller;
    bj_status_t status = bj_rotate_in(db, rotation);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, stale_sql, BJ_DB_PARAMS(ID(caller->user_id), HASH(caller->session_hash)),
                     stale);
}

/* As the policy table has said (bj_access_due), of what is there now. */
static const char enrols_sql[] =
    "SELECT 1 FROM sessions WHERE user_id = $1 AND session_hash = $2::bytea"
    " AND (user_held($1) < $3::integer OR proved_by = $4::smallint OR proved_by >= $5::smallint)";

bj_status_t bj_demand_enrols(bj_db_t *db, const bj_caller_t *caller) {
    BJ_DB_RESULT rows = NULL;
    if (caller->demanded == BJ_DEMAND_NONE) return BJ_OK;
    bj_proof_by_t least =
        caller->demanded == BJ_DEMAND_PASSKEY ? BJ_PROOF_PASSKEY : BJ_PROOF_RECOVERY;
    bj_status_t status = bj_db_ask(
        db, enrols_sql,
        BJ_DB_PARAMS(ID(caller->user_id), HASH(caller->session_hash),
                     bj_db_u64(caller->demanded).text, bj_db_u64(BJ_PROOF_RECOVERY).text,
                     bj_db_u64(least).text),
        &rows);
    return status == BJ_OK && bj_db_rows(rows) == 0 ? BJ_ERR_SEQUENCE : status;
}

static bj_status_t confirm_in(bj_db_t *db, const bj_totp_confirm_t *confirm,
                              bj_db_result_t **stale) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_user_lock(db, confirm->user_id);
    if (status == BJ_OK) status = bj_demand_enrols(db, confirm->rotation->caller);
    if (status != BJ_OK) return status;
    status = bj_db_ask(db, confirm_sql,
                       BJ_DB_PARAMS(ID(confirm->user_id), SECRET(confirm->secret),
                                    bj_db_u64(confirm->step).text,
                                    hashes_text(confirm->hashes).text),
                       &rows);
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    return bj_sessions_stale(db, confirm->rotation, stale);
}

bj_status_t bj_totp_confirm(bj_db_pool_t *pool, const bj_trail_who_t *who,
                            const bj_totp_confirm_t *confirm, bj_db_result_t **stale) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[64];
    snprintf(now, sizeof now, "{\"confirmed\":true,\"recovery_left\":%d}", BJ_RECOVERY_CNT);
    const bj_trail_act_t act = {.act = "auth.factor.confirm", .outcome = "done",
                                .before_json = "{\"confirmed\":false}", .after_json = now,
                                .subject = bj_user_subject(confirm->user_id, subject)};
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = confirm_in(db, confirm, stale);
    return status == BJ_OK ? bj_entry_commit(db, who, &act) : status;
}

static const char use_sql[] =
    "UPDATE totp_factors SET last_step = $2"
    " WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_step < $2";

bj_status_t bj_totp_use(bj_db_pool_t *db, uint64_t user_id, uint64_t step) {
    return touch(db, BJ_ERR_DENIED, use_sql, BJ_DB_PARAMS(ID(user_id), bj_db_u64(step).text));
}

static const char reseal_sql[] =
    "UPDATE totp_factors SET key_id = $3, secret = $4::bytea WHERE user_id = $1 AND key_id = $2";

bj_status_t bj_totp_reseal(bj_db_pool_t *db, uint64_t user_id, uint16_t old_key_id,
                           const bj_sealed_t *secret) {
    const bj_trail_who_t server = {.actor = "server", .role = "none", .address = "local"};
    char was[32], now[32];
    snprintf(was, sizeof was, "{\"key\":%u}", old_key_id);
    snprintf(now, sizeof now, "{\"key\":%u}", secret->key_id);
    const bj_trail_act_t act = {.act = "auth.factor.reseal", .outcome = "done",
                                .before_json = was, .after_json = now};
    return bj_entry_one(db, &server, user_id, &act, reseal_sql,
                        BJ_DB_PARAMS(ID(user_id), bj_db_u64(old_key_id).text,
                                     bj_db_u64(secret->key_id).text, SECRET(secret)));
}

static bj_status_t demand_kept(bj_db_t *db, const bj_caller_t *caller) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_ask(db, "SELECT 1 WHERE user_held($1) >= $2::integer",
                  BJ_DB_PARAMS(ID(caller->user_id), bj_db_u64(caller->demanded).text), &rows);
    return status == BJ_OK && bj_db_rows(rows) == 0 ? BJ_ERR_DENIED : status;
}

bj_status_t bj_factor_gone(bj_db_t *db, const bj_trail_who_t *who, bj_rotation_t *rotation,
                           const bj_trail_act_t *act) {
    bj_status_t status = demand_kept(db, rotation->caller);
    if (status == BJ_OK) status = bj_recovery_drop(db, rotation->caller->user_id);
    if (status == BJ_OK) status = bj_rotate_in(db, rotation);
    return status == BJ_OK ? bj_entry_commit(db, who, act) : status;
}

static const char delete_sql[] =
    "DELETE FROM totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL";

bj_status_t bj_totp_delete(bj_db_pool_t *pool, const bj_trail_who_t *who,
                           bj_rotation_t *rotation) {
    uint64_t user_id = rotation->caller->user_id;
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_trail_act_t act = {.act = "auth.factor.remove", .outcome = "done",
                                .before_json = "{\"confirmed\":true}",
                                .subject = bj_user_subject(user_id, subject)};
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_user_lock(db, user_id);
    if (status == BJ_OK) status = bj_db_ask(db, delete_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    return bj_factor_gone(db, who, rotation, &act);
}

static const char drop_sql[] =
    "DELETE FROM recovery_codes WHERE user_id = $1 AND user_factors($1) = ''";

bj_status_t bj_recovery_drop(bj_db_t *db, uint64_t user_id) {
    return bj_db_ask(db, drop_sql, BJ_DB_PARAMS(ID(user_id)), NULL);
}

static const char clear_sql[] = "DELETE FROM recovery_codes WHERE user_id = $1";
static const char fill_sql[] =
    "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, h FROM unnest($2::bytea[]) h";

bj_status_t bj_recovery_fill(bj_db_t *db, uint64_t user_id, uint8_t (*hashes)[BJ_HASH_BYTES]) {
    bj_status_t status = bj_db_ask(db, clear_sql, BJ_DB_PARAMS(ID(user_id)), NULL);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, fill_sql, BJ_DB_PARAMS(ID(user_id), hashes_text(hashes).text), NULL);
}

static const char any_sql[] = "SELECT 1 WHERE user_factors($1) <> ''";

static bj_status_t recovery_put_in(bj_db_t *db, uint64_t user_id, bj_recovery_hashes_t hashes) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_user_lock(db, user_id);
    if (status == BJ_OK) status = bj_db_ask(db, any_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    return bj_recovery_fill(db, user_id, hashes);
}

/* Two at once would else leave the codes of both: each sees what was there before the other. */
bj_status_t bj_recovery_put(bj_db_pool_t *pool, const bj_trail_who_t *who,
                            bj_rotation_t *rotation, bj_recovery_hashes_t hashes) {
    uint64_t user_id = rotation->caller->user_id;
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[40];
    snprintf(now, sizeof now, "{\"recovery_left\":%d}", BJ_RECOVERY_CNT);
    const bj_trail_act_t act = {.act = "auth.factor.codes", .outcome = "done", .after_json = now,
                                .subject = bj_user_subject(user_id, subject)};
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = recovery_put_in(db, user_id, hashes);
    if (status == BJ_OK) status = bj_rotate_in(db, rotation);
    return status == BJ_OK ? bj_entry_commit(db, who, &act) : status;
}

static const char recovery_use_sql[] =
    "UPDATE recovery_codes SET used_at = now()"
    " WHERE user_id = $1 AND code_hash = $2::bytea AND used_at IS NULL";

bj_status_t bj_recovery_use(bj_db_pool_t *db, const bj_trail_who_t *who, uint64_t user_id,
                            const uint8_t code_hash[BJ_HASH_BYTES]) {
    const bj_trail_act_t act = {.act = "auth.factor.recover", .outcome = "done"};
    bj_status_t status = bj_entry_one(db, who, user_id, &act, recovery_use_sql,
                                      BJ_DB_PARAMS(ID(user_id), HASH(code_hash)));
    return status == BJ_ERR_NOT_FOUND ? BJ_ERR_DENIED : status;
}

static const char count_sql[] =
    "SELECT EXISTS (SELECT 1 FROM totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL),"
    " (SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL),"
    " (SELECT count(*) FROM passkeys WHERE user_id = $1)";

bj_status_t bj_factor_count(bj_db_pool_t *db, uint64_t user_id, bj_factor_state_t *state) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(db, count_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    bool ok = bj_db_get_bool(rows, 0, 0, &state->totp) &&
              bj_db_get_u32(rows, 0, 1, &state->recovery_cnt) &&
              bj_db_get_u32(rows, 0, 2, &state->passkey_cnt);
    return ok ? BJ_OK : BJ_ERR_BAD_FIELD;
}
