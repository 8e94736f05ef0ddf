#include "controlplane/identity/bj_session_repo.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/store/bj_bytea.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity.h"

bool bj_session_id_formed(const char *text) {
    return strlen(text) == BJ_SESSION_ID_BYTES - 1 &&
           strspn(text, "0123456789abcdef") == BJ_SESSION_ID_BYTES - 1;
}

const char *bj_session_id(const uint8_t *session_hash, char out[BJ_SESSION_ID_BYTES]) {
    char hex[BJ_HASH_HEX_BYTES];
    snprintf(out, BJ_SESSION_ID_BYTES, "%.16s", bj_hash_hex(session_hash, hex));
    return out;
}

const char *bj_session_subject(const uint8_t *session_hash, char out[BJ_TRAIL_SUBJECT_BYTES]) {
    char id[BJ_SESSION_ID_BYTES];
    snprintf(out, BJ_TRAIL_SUBJECT_BYTES, "session:%s", bj_session_id(session_hash, id));
    return out;
}

#define ALIVE " expires_at > now() AND seen_at > now() - make_interval(secs => $2::float8)"
static const char list_sql[] =
    "SELECT user_id, left(encode(session_hash, 'hex'), 16), name, user_agent, address,"
    "  (extract(epoch FROM created_at) * 1000000)::bigint,"
    "  (extract(epoch FROM seen_at) * 1000000)::bigint,"
    "  (extract(epoch FROM expires_at) * 1000000)::bigint"
    " FROM sessions WHERE ($1::bigint = 0 OR user_id = $1) AND" ALIVE
    " ORDER BY seen_at DESC LIMIT $3";
enum { COL_USER, COL_ID, COL_NAME, COL_AGENT, COL_ADDRESS, COL_CREATED, COL_SEEN, COL_EXPIRES };

static bool read_row(const bj_db_result_t *result, size_t i, bj_session_row_t *row) {
    return bj_db_get_u64(result, i, COL_USER, &row->user_id) &&
           bj_db_get_str(result, i, COL_ID, row->id, sizeof row->id) &&
           bj_db_get_str(result, i, COL_NAME, row->name, sizeof row->name) &&
           bj_db_get_str(result, i, COL_AGENT, row->user_agent, sizeof row->user_agent) &&
           bj_db_get_str(result, i, COL_ADDRESS, row->address, sizeof row->address) &&
           bj_db_get_i64(result, i, COL_CREATED, &row->created_us) &&
           bj_db_get_i64(result, i, COL_SEEN, &row->seen_us) &&
           bj_db_get_i64(result, i, COL_EXPIRES, &row->expires_us);
}

bj_status_t bj_sessions_list(bj_db_pool_t *db, uint64_t user_id, bj_session_row_t *rows,
                             size_t rows_max, size_t *cnt) {
    BJ_DB_RESULT result = NULL;
    bj_status_t status = bj_db_query(db, list_sql,
                                     BJ_DB_PARAMS(bj_db_u64(user_id).text,
                                                  bj_db_i64(BJ_SESSION_IDLE_NS / BJ_NS_PER_S).text,
                                                  bj_db_u64(rows_max).text),
                                     &result);
    *cnt = 0;
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(result); i++) {
        if (!read_row(result, i, &rows[i])) return BJ_ERR_BAD_FIELD;
        ++*cnt;
    }
    return status;
}

static const char lives_sql[] =
    "SELECT 1 FROM sessions WHERE user_id = $1 AND session_hash = $2::bytea AND expires_at > now()";

bj_status_t bj_session_lives(bj_db_pool_t *db, uint64_t user_id,
                             const uint8_t session_hash[BJ_HASH_BYTES]) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(
        db, lives_sql,
        BJ_DB_PARAMS(bj_db_u64(user_id).text, bj_bytea(session_hash, BJ_HASH_BYTES).text), &rows);
    return status == BJ_OK && bj_db_rows(rows) == 0 ? BJ_ERR_NOT_FOUND : status;
}

/* The id's sessions lie side by side in the index. */
#define OF_ID                                                                     \
    " ($1::bigint = 0 OR user_id = $1) AND session_hash >= decode($2 || repeat('0', 48), 'hex')" \
    " AND session_hash <= decode($2 || repeat('f', 48), 'hex')"
static const char rename_sql[] =
    "UPDATE sessions s SET name = $3 FROM (SELECT user_id, session_hash, name FROM sessions"
    "  WHERE" OF_ID " FOR UPDATE) old"
    " WHERE s.user_id = old.user_id AND s.session_hash = old.session_hash"
    " RETURNING json_build_object('name', old.name), json_build_object('name', s.name)";
static const char revoke_sql[] = "DELETE FROM sessions WHERE" OF_ID
                                 " RETURNING token_hash, session_hash, user_id";

bj_status_t bj_session_rename(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t user_id,
                              const char *id, const char *name) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, rename_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text, id, name), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    snprintf(subject, sizeof subject, "session:%s", id);
    bj_trail_act_t act = {.act = "session.name", .subject = subject, .outcome = "done",
                          .before_json = bj_db_get_ref(rows, 0, 0),
                          .after_json = bj_db_get_ref(rows, 0, 1)};
    return bj_entry_commit(db, who, &act);
}

bj_status_t bj_session_revoke(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t user_id,
                              const char *id, const char *reason, bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], before[64];
    uint64_t owner;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status =
            bj_db_ask(db, revoke_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text, id), &ended->rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(ended->rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(ended->rows, 0, 2, &owner)) return BJ_ERR_BAD_FIELD;
    snprintf(subject, sizeof subject, "session:%s", id);
    snprintf(before, sizeof before, "{\"user\":\"%" PRIu64 "\"}", owner);
    bj_trail_act_t act = {.act = "session.revoke", .subject = subject, .outcome = "done",
                          .reason = reason, .before_json = before};
    return bj_entry_commit(db, who, &act);
}

/* Those that had run out go with the rest, uncounted. */
static const char end_sql[] =
    "DELETE FROM sessions WHERE user_id = $1 AND session_hash IS DISTINCT FROM $3::bytea"
    " RETURNING token_hash, session_hash," ALIVE;

static bj_status_t end_of(bj_db_t *db, const char *sql, const char *whose, const uint8_t *keep,
                          bj_sessions_ended_t *ended) {
    bj_status_t status =
        bj_db_ask(db, sql,
                  BJ_DB_PARAMS(whose, bj_db_i64(BJ_SESSION_IDLE_NS / BJ_NS_PER_S).text,
                               keep ? bj_bytea(keep, BJ_HASH_BYTES).text : NULL),
                  &ended->rows);
    ended->live_cnt = 0;
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(ended->rows); i++) {
        bool live;
        if (!bj_db_get_bool(ended->rows, i, 2, &live)) return BJ_ERR_BAD_FIELD;
        ended->live_cnt += live;
    }
    return status;
}

bj_status_t bj_sessions_end(bj_db_t *db, uint64_t user_id, const uint8_t *keep,
                            bj_sessions_ended_t *ended) {
    return end_of(db, end_sql, bj_db_u64(user_id).text, keep, ended);
}

/* Requests first: whoever turns one into a token at this moment holds its row (sql/0016). */
#define APPS_OF            \
    " WHERE user_id = $1"  \
    " OR ($2::boolean AND app_id IN (SELECT app_id FROM apps WHERE user_id = $1))"
static const char requests_end_sql[] = "DELETE FROM app_requests" APPS_OF;
static const char tokens_end_sql[] = "DELETE FROM app_tokens" APPS_OF " RETURNING token_hash";
static const char tokens_sql[] = "SELECT token_hash FROM app_tokens WHERE user_id = $1";

bj_status_t bj_app_tokens_end(bj_db_t *db, uint64_t user_id, bool goes,
                              bj_sessions_ended_t *ended) {
    const bj_db_text_t who = bj_db_u64(user_id);
    const char *others = goes ? "true" : "false";
    bj_status_t status = bj_db_ask(db, requests_end_sql, BJ_DB_PARAMS(who.text, others), NULL);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, tokens_end_sql, BJ_DB_PARAMS(who.text, others), &ended->apps);
}

bj_status_t bj_app_tokens_stale(bj_db_t *db, uint64_t user_id, bj_sessions_ended_t *ended) {
    return bj_db_ask(db, tokens_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &ended->apps);
}

bj_status_t bj_sessions_revoke_others(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                      uint64_t user_id, const uint8_t *keep,
                                      bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[64];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_sessions_end(db, user_id, keep, ended);
    if (status != BJ_OK) return status;
    snprintf(after, sizeof after, "{\"sessions_ended\":%zu}", ended->live_cnt);
    bj_trail_act_t act = {.act = "session.revoke.others", .outcome = "done", .after_json = after,
                          .subject = bj_user_subject(user_id, subject)};
    return bj_entry_commit(db, who, &act);
}

/* In the order of bj_app_tokens_end; who logs in meanwhile begins after it. */
#define OF_ROLE \
    " ($1::text IS NULL OR user_id IN (SELECT user_id FROM users WHERE role::text = $1))"
static const char all_under_way_sql[] =
    "WITH requests AS (DELETE FROM app_requests WHERE" OF_ROLE ")"
    " DELETE FROM login_pending WHERE" OF_ROLE;
static const char all_tokens_sql[] = "DELETE FROM app_tokens WHERE" OF_ROLE
                                     " RETURNING token_hash";
static const char all_sql[] =
    "DELETE FROM sessions WHERE" OF_ROLE " AND session_hash IS DISTINCT FROM $3::bytea"
    " RETURNING token_hash, session_hash," ALIVE;

bj_status_t bj_sessions_revoke_all(bj_db_pool_t *pool, const bj_trail_who_t *who, const char *role,
                                   const uint8_t *keep, const char *reason,
                                   bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[96];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_db_ask(db, all_under_way_sql, BJ_DB_PARAMS(role), NULL);
    if (status == BJ_OK) status = bj_db_ask(db, all_tokens_sql, BJ_DB_PARAMS(role), &ended->apps);
    if (status == BJ_OK) status = end_of(db, all_sql, role, keep, ended);
    if (status != BJ_OK) return status;
    snprintf(subject, sizeof subject, "sessions:%s", role ? role : "all");
    snprintf(after, sizeof after, "{\"sessions_ended\":%zu,\"apps_ended\":%zu}", ended->live_cnt,
             bj_db_rows(ended->apps));
    const bj_trail_act_t act = {.act = "session.revoke.all", .outcome = "done", .reason = reason,
                                .subject = subject, .after_json = after};
    return bj_entry_commit(db, who, &act);
}
