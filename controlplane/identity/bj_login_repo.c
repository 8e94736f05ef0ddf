#include "controlplane/identity/bj_login_repo.h"

#include <stdio.h>
#include "controlplane/store/bj_bytea.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_session_repo.h"

#define ID(user_id) bj_db_u64(user_id).text
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text

/* A statement that must have touched rows, or else `otherwise`. */
static bj_status_t touch(bj_db_t *db, bj_status_t otherwise, const char *sql, size_t param_cnt,
                         const char *const *params) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, sql, param_cnt, params, &rows);
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) > 0 ? BJ_OK : otherwise;
}

/* Two statements: the second sees what whoever held the lock before has done to other tables. */
static const char hold_sql[] =
    "SELECT 1 FROM user_holds($1, $2) AS held WHERE held";
static const char factors_sql[] = "SELECT 1 WHERE user_factors($1) = $2";

bj_status_t bj_user_hold(bj_db_t *db, const bj_user_t *user) {
    BJ_DB_RESULT held = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_ask(db, hold_sql, BJ_DB_PARAMS(ID(user->user_id), user->password_hash), &held);
    if (status != BJ_OK) return status;
    if (bj_db_rows(held) == 0) return BJ_ERR_DENIED;
    status = bj_db_ask(db, factors_sql, BJ_DB_PARAMS(ID(user->user_id), user->factors), &rows);
    if (status != BJ_OK) return status;
    return bj_db_rows(rows) > 0 ? BJ_OK : BJ_ERR_DENIED;
}

bj_status_t bj_user_lock(bj_db_t *db, uint64_t user_id) {
    return bj_db_ask(db, "SELECT 1 FROM users WHERE user_id = $1 FOR NO KEY UPDATE",
                     BJ_DB_PARAMS(ID(user_id)), NULL);
}

static const char rehash_sql[] =
    "SELECT 1 FROM user_rehash($1, $2, $3) AS was WHERE was";

bj_status_t bj_user_rehash(bj_db_pool_t *pool, bj_user_t *user, const char *new_hash) {
    const bj_trail_who_t server = {.actor = "server", .role = "none", .address = "local"};
    char was[64], now[64];
    unsigned memory_kib[2] = {0}, passes[2] = {0};
    static const char form[] = "$argon2id$v=19$m=%u,t=%u,";
    if (sscanf(user->password_hash, form, &memory_kib[0], &passes[0]) != 2 ||
        sscanf(new_hash, form, &memory_kib[1], &passes[1]) != 2) {
        return BJ_ERR_BAD_FIELD;
    }
    snprintf(was, sizeof was, "{\"memory_kib\":%u,\"passes\":%u}", memory_kib[0], passes[0]);
    snprintf(now, sizeof now, "{\"memory_kib\":%u,\"passes\":%u}", memory_kib[1], passes[1]);
    const bj_trail_act_t act = {.act = "auth.password.rehash", .outcome = "done",
                                .before_json = was, .after_json = now};
    bj_status_t status =
        bj_entry_one(pool, &server, user->user_id, &act, rehash_sql,
                     BJ_DB_PARAMS(ID(user->user_id), user->password_hash, new_hash));
    if (status == BJ_OK) {
        snprintf(user->password_hash, sizeof user->password_hash, "%s", new_hash);
    }
    return status;
}

/* The user's older ones that nobody ended go by the way. */
static const char pending_sql[] =
    "WITH old AS (DELETE FROM login_pending WHERE user_id = $1 AND expires_at < now())"
    " INSERT INTO login_pending (token_hash, user_id, expires_at)"
    " VALUES ($2::bytea, $1, now() + make_interval(secs => $3::float8))";

bj_status_t bj_pending_insert(bj_db_pool_t *pool, const bj_trail_who_t *who,
                              const bj_user_t *user, const uint8_t token_hash[BJ_HASH_BYTES]) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_trail_act_t act = {.act = "auth.login", .outcome = "asked",
                                .after_json = "{\"next\":\"factor\"}",
                                .subject = bj_user_subject(user->user_id, subject)};
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_user_hold(db, user);
    if (status == BJ_OK) {
        status = bj_db_ask(
            db, pending_sql,
            BJ_DB_PARAMS(ID(user->user_id), HASH(token_hash), bj_db_i64(BJ_PENDING_S).text), NULL);
    }
    return status == BJ_OK ? bj_entry_commit(db, who, &act) : status;
}

static const char try_sql[] =
    "UPDATE login_pending SET tries = tries + 1"
    " WHERE token_hash = $1::bytea AND expires_at > now() AND tries < $2 RETURNING user_id";

static const char whose_sql[] =
    "SELECT user_id FROM login_pending"
    " WHERE token_hash = $1::bytea AND expires_at > now() AND tries < $2";

static bj_status_t pending(bj_db_pool_t *db, const char *sql,
                           const uint8_t token_hash[BJ_HASH_BYTES], uint64_t *user_id) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(
        db, sql, BJ_DB_PARAMS(HASH(token_hash), bj_db_i64(BJ_PENDING_TRIES).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    return bj_db_get_u64(rows, 0, 0, user_id) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

bj_status_t bj_pending_try(bj_db_pool_t *db, const uint8_t token_hash[BJ_HASH_BYTES],
                           uint64_t *user_id) {
    return pending(db, try_sql, token_hash, user_id);
}

bj_status_t bj_pending_user(bj_db_pool_t *db, const uint8_t token_hash[BJ_HASH_BYTES],
                            uint64_t *user_id) {
    return pending(db, whose_sql, token_hash, user_id);
}

static const char end_sql[] = "DELETE FROM login_pending WHERE token_hash = $1::bytea";
static const char insert_sql[] =
    "INSERT INTO sessions (user_id, token_hash, csrf, created_at, seen_at, proved_at, expires_at,"
    "  user_agent, address, proved_by, home, home_at,"
    "  device_id)"
    " VALUES ($1, $2::bytea, $3, $4, $4, $8, $5, left($6, 200), $7, $9::smallint, $7, $4, $10)";
/* At most twenty a user: the one seen longest ago gives way. */
static const char device_sql[] =
    "WITH old AS (DELETE FROM login_devices WHERE user_id = $1 AND device_hash IN"
    "  (SELECT device_hash FROM login_devices WHERE user_id = $1 ORDER BY seen_at DESC OFFSET 19))"
    " INSERT INTO login_devices (user_id, device_hash, user_agent, address)"
    " VALUES ($1, $2::bytea, left($3, 200), $4)";

static bj_status_t insert_in(bj_db_t *db, const bj_session_new_t *session, const char *address) {
    const bj_caller_t *caller = session->caller;
    bj_status_t status = bj_user_hold(db, session->user);
    if (status == BJ_OK && session->pending_hash) {
        status = touch(db, BJ_ERR_NOT_FOUND, end_sql, BJ_DB_PARAMS(HASH(session->pending_hash)));
    }
    if (status == BJ_OK) {
        status = bj_db_ask(db, insert_sql,
                           BJ_DB_PARAMS(ID(caller->user_id), HASH(caller->token_hash),
                                        caller->csrf, bj_db_time(caller->created_ns).text,
                                        bj_db_time(caller->expires_ns).text, session->user_agent,
                                        address, bj_db_time(caller->proved_ns).text,
                                        bj_db_u64(caller->proved_by).text,
                                        session->device_id ? ID(session->device_id) : NULL),
                           NULL);
    }
    if (status == BJ_OK) {
        status = bj_history_add(db, caller->user_id, address, session->history);
    }
    if (status != BJ_OK || !session->device_hash) return status;
    return bj_db_ask(db, device_sql,
                     BJ_DB_PARAMS(ID(caller->user_id), HASH(session->device_hash),
                                  session->user_agent, address),
                     NULL);
}

bj_status_t bj_session_insert(bj_db_pool_t *pool, const bj_trail_who_t *who,
                              const bj_session_new_t *session) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[320], suspect[BJ_SUSPECT_TEXT_BYTES];
    char device[40] = "";
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = insert_in(db, session, who->address);
    if (status != BJ_OK) return status;
    bj_suspect_text(session->history->suspicion.rules, suspect);
    const char *by = session->by ? session->by : "";
    if (session->device_id) {
        snprintf(device, sizeof device, ",\"device\":\"%.20s\"", ID(session->device_id));
    }
    snprintf(now, sizeof now, "{\"expires\":\"%s\"%s%s%s%s%s%s%s}",
             bj_db_time(session->caller->expires_ns).text, by[0] ? ",\"by\":\"" : "", by,
             by[0] ? "\"" : "", suspect[0] ? ",\"suspect\":\"" : "", suspect,
             suspect[0] ? "\"" : "", device);
    const bj_trail_act_t act = {
        .act = "auth.login", .outcome = "done", .after_json = now,
        .subject = bj_session_subject(session->caller->session_hash, subject)};
    return bj_entry_commit(db, who, &act);
}

static const char seen_sql[] =
    "UPDATE login_devices SET seen_at = now()"
    " WHERE user_id = $1 AND device_hash = $2::bytea AND seen_at > now() - interval '180 days'";

bj_status_t bj_device_seen(bj_db_pool_t *db, uint64_t user_id,
                           const uint8_t device_hash[BJ_HASH_BYTES]) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_query(db, seen_sql, BJ_DB_PARAMS(ID(user_id), HASH(device_hash)), &rows);
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) > 0 ? BJ_OK : BJ_ERR_NOT_FOUND;
}

static const char clear_sql[] =
    "WITH links AS (UPDATE mail_tokens SET used_at = now()"
    "  WHERE user_id = $1 AND purpose = 'reset' AND used_at IS NULL),"
    " devices AS (DELETE FROM login_devices WHERE user_id = $1 AND $2::boolean)"
    " DELETE FROM login_pending WHERE user_id = $1";

bj_status_t bj_login_clear(bj_db_t *db, uint64_t user_id, bool devices) {
    return bj_db_ask(db, clear_sql, BJ_DB_PARAMS(ID(user_id), devices ? "true" : "false"), NULL);
}
