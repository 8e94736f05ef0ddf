#include <stdio.h>
#include "controlplane/keys/bj_keys_priv.h"

static const char *const names[BJ_KEYS_CATEGORY_CNT] = {"factors", "contact", "kyc", "apps",
                                                        "lookup"};

const char *bj_keys_category_name(bj_keys_category_t category) {
    return category < BJ_KEYS_CATEGORY_CNT ? names[category] : "none";
}

static bool category_of(const char *name, bj_keys_category_t *category) {
    for (size_t i = 0; name && i < BJ_KEYS_CATEGORY_CNT; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *category = (bj_keys_category_t)i;
        return true;
    }
    return false;
}

static const char rows_sql[] = "SELECT key_id, category, wrapped FROM data_keys ORDER BY key_id";

bj_status_t bj_keys_rows(bj_db_pool_t *db, bj_status_t (*each)(void *ctx, const bj_keys_row_t *row),
                         void *ctx) {
    BJ_DB_RESULT rows = NULL;
    bj_keys_row_t row;
    uint32_t id;
    bj_status_t status = bj_db_query(db, rows_sql, BJ_DB_NO_PARAMS, &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        if (!bj_db_get_u32(rows, i, 0, &id) || id > UINT16_MAX ||
            !category_of(bj_db_get_ref(rows, i, 1), &row.category) ||
            !bj_db_get_str(rows, i, 2, row.wrapped, sizeof row.wrapped)) {
            return BJ_ERR_BAD_FIELD;
        }
        row.id = (uint16_t)id;
        status = each(ctx, &row);
    }
    return status;
}

static const char due_sql[] =
    "SELECT key_id, (extract(epoch FROM now() - created_at) / 86400)::integer,"
    "  created_at < now() - make_interval(days => $2)"
    " FROM data_keys WHERE category = $1 ORDER BY key_id DESC LIMIT 1";

bj_status_t bj_keys_due(bj_keys_t *keys, bj_keys_category_t category, uint32_t days, uint16_t *was,
                        uint32_t *age_days) {
    BJ_DB_RESULT rows = NULL;
    uint32_t id;
    bool due;
    bj_status_t status =
        bj_db_query(keys->config.db, due_sql,
                    BJ_DB_PARAMS(bj_keys_category_name(category), bj_db_u64(days).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u32(rows, 0, 0, &id) || id > UINT16_MAX ||
        !bj_db_get_u32(rows, 0, 1, age_days) || !bj_db_get_bool(rows, 0, 2, &due)) {
        return BJ_ERR_BAD_FIELD;
    }
    *was = (uint16_t)id;
    return due ? BJ_OK : BJ_ERR_NOT_FOUND;
}

/* The number is part of what is wrapped, so it is there first. */
static const char next_sql[] =
    "SELECT nextval('data_keys_key_id_seq')"
    " WHERE NOT $2::boolean OR NOT EXISTS (SELECT 1 FROM data_keys WHERE category = $1)";

bj_status_t bj_keys_next_id(bj_db_pool_t *db, bj_keys_category_t category, bool only_first,
                            uint16_t *id) {
    BJ_DB_RESULT rows = NULL;
    uint32_t next;
    bj_status_t status = bj_db_query(
        db, next_sql, BJ_DB_PARAMS(bj_keys_category_name(category), only_first ? "t" : "f"), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_EXISTS;
    if (!bj_db_get_u32(rows, 0, 0, &next) || next > UINT16_MAX) return BJ_ERR_BAD_FIELD;
    *id = (uint16_t)next;
    return BJ_OK;
}

bj_status_t bj_keys_commit(bj_db_t *db, const bj_trail_who_t *who, const bj_keys_row_t *row,
                           const char *act, const char *before, const char *reason) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[96];
    size_t by_bytes = strcspn(row->wrapped, ":"); /* "file" or "vault" */
    snprintf(subject, sizeof subject, "key:%s/%u", bj_keys_category_name(row->category), row->id);
    snprintf(after, sizeof after, "{\"wrapped_by\":\"%.*s\"}", (int)by_bytes, row->wrapped);
    const bj_trail_act_t entry = {.act = act,
                                  .subject = subject,
                                  .outcome = "done",
                                  .reason = reason,
                                  .before_json = before,
                                  .after_json = after};
    bj_status_t status = bj_trail_append(db, who, &entry);
    return status == BJ_OK ? bj_db_commit(db) : status;
}

/* Two processes that both find none: the lock lets one of them make it. */
static const char lock_sql[] = "SELECT pg_advisory_xact_lock(hashtext('bijli data_keys'))";
static const char insert_sql[] =
    "INSERT INTO data_keys (key_id, category, wrapped) SELECT $1, $2, $3"
    " WHERE $4::integer IS NULL"
    "  OR $4 = (SELECT coalesce(max(key_id), 0) FROM data_keys WHERE category = $2)";

bj_status_t bj_keys_insert_in(bj_db_t *db, const bj_keys_row_t *row, const uint16_t *after) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, lock_sql, BJ_DB_NO_PARAMS, NULL);
    if (status == BJ_OK) {
        status =
            bj_db_ask(db, insert_sql,
                      BJ_DB_PARAMS(bj_db_u64(row->id).text, bj_keys_category_name(row->category),
                                   row->wrapped, after ? bj_db_u64(*after).text : NULL),
                      &rows);
    }
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) == 0 ? BJ_ERR_EXISTS : BJ_OK;
}

bj_status_t bj_keys_insert(bj_db_pool_t *pool, const bj_trail_who_t *who, const bj_keys_row_t *row,
                           const uint16_t *after, const char *reason) {
    BJ_DB_CONN db = NULL;
    bool first = after && *after == 0;
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = bj_db_begin(db);
    if (status == BJ_OK) status = bj_keys_insert_in(db, row, after);
    if (status != BJ_OK) return status;
    return bj_keys_commit(db, who, row, first ? "keys.make" : "keys.rotate", NULL, reason);
}

static const char update_sql[] =
    "UPDATE data_keys SET wrapped = $2 WHERE key_id = $1 AND wrapped = $3";

bj_status_t bj_keys_update(bj_db_pool_t *pool, const bj_trail_who_t *who, const bj_keys_row_t *row,
                           const char *was, const char *reason) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char before[96];
    snprintf(before, sizeof before, "{\"wrapped_by\":\"%.*s\"}", (int)strcspn(was, ":"), was);
    bj_status_t status = bj_db_take(pool, &db);
    if (status == BJ_OK) status = bj_db_begin(db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, update_sql, BJ_DB_PARAMS(bj_db_u64(row->id).text, row->wrapped, was),
                           &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_EXISTS;
    return bj_keys_commit(db, who, row, "keys.rewrap", before, reason);
}
