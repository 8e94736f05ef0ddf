#include "controlplane/access/bj_account.h"

static const char select_sql[] =
    "SELECT CASE role WHEN 'client' THEN branch_id ELSE 0 END,"
    " CASE WHEN suspended_at IS NULL THEN segments ELSE '{}' END FROM users"
    " WHERE account_id = $1 AND confirmed_at IS NOT NULL";

bj_status_t bj_account_select(bj_db_pool_t *db, bj_object_t *object) {
    BJ_DB_RESULT rows = NULL;
    object->branch_id = 0;
    object->segments = 0;
    bj_status_t status =
        bj_db_query(db, select_sql, BJ_DB_PARAMS(bj_db_u64(object->account_id).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    const char *segments = bj_db_get_ref(rows, 0, 1);
    return bj_db_get_u32(rows, 0, 0, &object->branch_id) && segments &&
                   bj_segments_read(segments, &object->segments)
               ? BJ_OK
               : BJ_ERR_BAD_FIELD;
}
