#ifndef BJ_APPS_PRIV_H
#define BJ_APPS_PRIV_H

/* What the files of this domain share. */
#include "controlplane/apps/bj_apps.h"
#include "controlplane/apps/bj_proofs.h"
#include "controlplane/store/bj_bytea.h"

struct bj_apps {
    bj_apps_config_t config;
    bj_jwt_key_t *key;
    bj_proofs_t *proofs;
    _Atomic int64_t refused_cnt[BJ_DPOP_WRONG_CNT];
};

enum { BJ_API_COPY_BYTES = 6144 };

#define BJ_HASH_SQL(hash) bj_bytea(hash, BJ_HASH_BYTES).text

/* "app:KEY"; "app:unknown" for what has no key's form. */
const char *bj_api_subject(const char *api_key, char out[BJ_TRAIL_SUBJECT_BYTES]);
bool bj_api_key_formed(const char *api_key);

/* --- bj_apps_repo.c: columns of an app, and one row of them from column `col` on */
#define BJ_API_COLUMNS                                                                             \
    "a.app_id, a.user_id, a.api_key, a.name, a.redirect_url, a.scopes,"                            \
    " (SELECT coalesce(string_agg(host(i), ' '), '') FROM unnest(a.ips) i), a.ips_for_all,"        \
    " (extract(epoch FROM a.created_at) * 1000000)::bigint,"                                       \
    " (extract(epoch FROM a.secret_at) * 1000000)::bigint,"                                        \
    " coalesce(extract(epoch FROM a.ips_at) * 1000000, 0)::bigint,"                                \
    " coalesce(extract(epoch FROM a.revoked_at) * 1000000, 0)::bigint, a.kite_library,"            \
    " a.bound"
enum { BJ_API_COLS = 14 };
BJ_MUST_USE bool bj_api_row(const bj_db_result_t *rows, size_t i, size_t col, bj_api_app_t *app);
/* Scopes as text; "" is none of them. */
BJ_MUST_USE bool bj_api_scopes_get(const bj_db_result_t *rows, size_t i, size_t col,
                                   unsigned *scopes);
/* "10.0.0.1 10.0.0.2" into two places.  False: more, or too long. */
BJ_MUST_USE bool bj_api_ips_read(const char *text, char ips[BJ_CALLER_IPS][BJ_ADDRESS_BYTES]);

/* --- bj_app_copy.c */
/* As JSON for Redis.  False: does not fit. */
BJ_MUST_USE bool bj_api_copy_write(const bj_caller_t *caller, char out[BJ_API_COPY_BYTES]);
BJ_MUST_USE bool bj_api_copy_read(const char *text, size_t text_bytes, bj_caller_t *caller);
/* Copies of the tokens whose hashes are in column 0 give way to a mark. */
void bj_api_uncache_all(bj_apps_t *apps, const bj_db_result_t *rows);

#endif /* BJ_APPS_PRIV_H */
