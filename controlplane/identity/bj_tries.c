#include "controlplane/identity/bj_tries.h"

#include "controlplane/store/bj_bytea.h"
#include "controlplane/identity/bj_token.h"
#include "dataplane/base/bj_time.h"

/* $2: seconds a try costs, $3: seconds an empty bucket takes. */
static const char take_sql[] =
    "WITH swept AS (DELETE FROM auth_tries WHERE key_hash IN"
    "  (SELECT key_hash FROM auth_tries WHERE full_at < now() - interval '1 hour'"
    "     AND key_hash <> $1::bytea LIMIT 4 FOR UPDATE SKIP LOCKED))"
    " INSERT INTO auth_tries AS t (key_hash, full_at)"
    " VALUES ($1::bytea, now() + make_interval(secs => $2::float8))"
    " ON CONFLICT (key_hash) DO UPDATE"
    "  SET full_at = greatest(t.full_at, now()) + make_interval(secs => $2::float8)"
    "  WHERE greatest(t.full_at, now()) + make_interval(secs => $2::float8)"
    "     <= now() + make_interval(secs => $3::float8)";
static const char retry_sql[] =
    "SELECT greatest(1, ceil(extract(epoch FROM full_at - now()) + $2::float8 - $3::float8))"
    " ::bigint FROM auth_tries WHERE key_hash = $1::bytea";
static const char give_sql[] =
    "UPDATE auth_tries SET full_at = full_at - make_interval(secs => $2::float8)"
    " WHERE key_hash = $1::bytea";

static bj_bytea_text_t key_text(const char *key) {
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_hash(key, hash);
    return bj_bytea(hash, sizeof hash);
}

/* What one try costs, in whole seconds: burst divides fill_s. */
static bj_db_text_t cost(bj_tries_limit_t limit) { return bj_db_i64(limit.fill_s / limit.burst); }

bj_status_t bj_tries_take(bj_db_pool_t *db, const char *key, bj_tries_limit_t limit,
                          uint32_t *retry_s) {
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT wait = NULL;
    *retry_s = 0;
    bj_status_t status = bj_db_query(db, take_sql,
                                     BJ_DB_PARAMS(key_text(key).text, cost(limit).text,
                                                  bj_db_i64(limit.fill_s).text),
                                     &rows);
    if (status != BJ_OK || bj_db_changed(rows) == 1) return status;
    status = bj_db_query(db, retry_sql,
                         BJ_DB_PARAMS(key_text(key).text, cost(limit).text,
                                      bj_db_i64(limit.fill_s).text),
                         &wait);
    if (status != BJ_OK) return status;
    if (!bj_db_get_u32(wait, 0, 0, retry_s)) *retry_s = 1; /* swept meanwhile */
    return BJ_ERR_DENIED;
}

void bj_tries_give(bj_db_pool_t *db, const char *key, bj_tries_limit_t limit) {
    bj_status_t status = bj_db_query(
        db, give_sql, BJ_DB_PARAMS(key_text(key).text, cost(limit).text), NULL);
    (void)status; /* then a right try counts as a wrong one: a little stricter, nothing else */
}
