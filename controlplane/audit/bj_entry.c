#include "controlplane/audit/bj_entry.h"

#include <inttypes.h>
#include <stdio.h>

bj_status_t bj_entry_begin(bj_db_pool_t *pool, bj_db_t **db) {
    bj_status_t status = bj_db_take(pool, db);
    return status == BJ_OK ? bj_db_begin(*db) : status;
}

bj_status_t bj_entry_commit(bj_db_t *db, const bj_trail_who_t *who, const bj_trail_act_t *act) {
    bj_status_t status = bj_trail_append(db, who, act);
    return status == BJ_OK ? bj_db_commit(db) : status;
}

const char *bj_user_subject(uint64_t user_id, char out[BJ_TRAIL_SUBJECT_BYTES]) {
    snprintf(out, BJ_TRAIL_SUBJECT_BYTES, user_id ? "user:%" PRIu64 : "user:unknown", user_id);
    return out;
}

bj_status_t bj_entry_one(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t user_id,
                         const bj_trail_act_t *act, const char *sql, size_t param_cnt,
                         const char *const *params) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_trail_act_t entry = *act;
    entry.subject = bj_user_subject(user_id, subject);
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_db_ask(db, sql, param_cnt, params, &rows);
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) > 0 ? bj_entry_commit(db, who, &entry) : BJ_ERR_NOT_FOUND;
}

bj_status_t bj_entry_refused(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t user_id,
                             const char *act, const char *why, bj_status_t status) {
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_trail_act_t entry = {.act = act, .subject = bj_user_subject(user_id, subject),
                                  .outcome = "refused", .reason = why};
    bj_status_t kept = why ? bj_trail_add(pool, who, &entry) : BJ_OK;
    return kept == BJ_OK ? status : kept;
}
