#include "controlplane/privacy/bj_export.h"

#include <stdatomic.h>
#include "controlplane/identity/bj_person.h"
#include "controlplane/privacy/bj_held.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

enum { PHONE_BYTES = 32 };

static const char person_sql[] = "SELECT u.phone_sealed, " BJ_PERSON_COLS " FROM users u"
                                 " WHERE u.user_id = $1 AND u.erased_at IS NULL";

static bj_status_t person(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, json_t *out) {
    BJ_DB_RESULT rows = NULL;
    char email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES], phone[PHONE_BYTES] = "";
    bj_status_t status = bj_db_ask(db, person_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    status = bj_person_read(keys, user_id, rows, 0, 1, email, name);
    if (status == BJ_OK && !bj_db_null(rows, 0, 0)) {
        status = bj_cell_open(keys, BJ_KEYS_CONTACT, "users.phone", user_id, rows, 0, 0, phone,
                              sizeof phone);
    }
    if (status != BJ_OK) return status;
    json_t *json = json_pack("{s:s, s:s, s:s}", "name", name, "email", email, "phone", phone);
    return json_object_set_new(out, "person", json) == 0 ? BJ_OK : BJ_ERR_FULL;
}

static const char rule_sql[] =
    "SELECT keep::text, basis FROM retention_rules WHERE what = $1 AND from_date <= current_date"
    " ORDER BY from_date DESC LIMIT 1";

static bj_status_t section(bj_db_t *db, const bj_held_t *held, uint64_t user_id, json_t *list) {
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT rule = NULL;
    bj_status_t status = bj_db_ask(db, held->sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    if (status == BJ_OK && held->rule) {
        status = bj_db_ask(db, rule_sql, BJ_DB_PARAMS(held->rule), &rule);
    }
    if (status != BJ_OK) return status;
    const char *text = bj_db_get_ref(rows, 0, 0), *keep = bj_db_get_ref(rule, 0, 0);
    const char *basis = bj_db_get_ref(rule, 0, 1);
    json_t *array = text ? json_loads(text, 0, NULL) : NULL;
    if (!array) return BJ_ERR_BAD_FIELD;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:o}", "table", held->table, "title",
                  held->title, "why", held->why, "kept", keep ? keep : "as long as the account",
                  "rule", basis ? basis : "", "brief", held->brief, "rows", array);
    return json_array_append_new(list, json) == 0 ? BJ_OK : BJ_ERR_FULL;
}

static bj_status_t export_in(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, json_t *out) {
    json_t *list = json_array();
    json_object_set_new(out, "sections", list);
    bj_status_t status = person(db, keys, user_id, out);
    for (const bj_held_t *held = bj_held; status == BJ_OK && held->table; held++) {
        status = section(db, held, user_id, list);
    }
    return status;
}

static bj_status_t export_once(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t user_id,
                               json_t **out) {
    BJ_DB_CONN db = NULL;
    char made[BJ_TIME_TEXT_BYTES];
    json_t *json = json_pack("{s:s}", "made", bj_time_text(bj_clock_wall_ns(), made));
    bj_status_t status = json ? bj_db_take(pool, &db) : BJ_ERR_FULL;
    if (status == BJ_OK) status = bj_db_begin(db);
    if (status == BJ_OK) {
        status = bj_db_script(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    }
    if (status == BJ_OK) status = export_in(db, keys, user_id, json);
    *out = status == BJ_OK ? json : NULL;
    if (status != BJ_OK) json_decref(json);
    return status;
}

/* Somebody's years of trading are a gigabyte while they are put together. */
static atomic_flag making = ATOMIC_FLAG_INIT;

bj_status_t bj_export_json(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t user_id, json_t **out) {
    *out = NULL;
    if (atomic_flag_test_and_set(&making)) return BJ_ERR_FULL;
    bj_status_t status = export_once(pool, keys, user_id, out);
    atomic_flag_clear(&making);
    return status;
}
