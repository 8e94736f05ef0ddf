#include "controlplane/privacy/bj_export.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/identity/bj_person.h"
#include "controlplane/privacy/bj_held.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

enum { PHONE_BYTES = 32, BANK_NUMBER_BYTES = 19 };

static const char person_sql[] = "SELECT u.phone_sealed, " BJ_PERSON_COLS " FROM users u"
                                 " WHERE u.user_id = $1 AND u.erased_at IS NULL";

static const char contacts_sql[] =
    "SELECT sealed, kind, 'waits', (extract(epoch FROM asked_at) * 1000000)::bigint"
    " FROM contact_changes WHERE user_id = $1 UNION ALL"
    " SELECT sealed, kind, 'before', (extract(epoch FROM made_at) * 1000000)::bigint"
    " FROM contact_undos WHERE user_id = $1 ORDER BY 4";

static bj_status_t put_contact(bj_keys_t *keys, uint64_t user_id, const bj_db_result_t *rows,
                               size_t row, json_t *list) {
    char value[BJ_EMAIL_BYTES], at[BJ_TIME_TEXT_BYTES];
    int64_t at_us;
    const char *kind = bj_db_get_ref(rows, row, 1), *state = bj_db_get_ref(rows, row, 2);
    if (!kind || !state || !bj_db_get_i64(rows, row, 3, &at_us)) return BJ_ERR_BAD_FIELD;
    const char *column = strcmp(kind, "email") == 0 ? "users.email" : "users.phone";
    bj_status_t status = bj_cell_open(keys, BJ_KEYS_CONTACT, column, user_id, rows, row, 0, value,
                                      sizeof value);
    if (status != BJ_OK) return status;
    json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "state", state, "value", value,
                             "since", bj_time_text(at_us * BJ_NS_PER_US, at));
    explicit_bzero(value, sizeof value);
    return json_array_append_new(list, json) == 0 ? BJ_OK : BJ_ERR_FULL;
}

/* Those that wait for their code, and those of before. */
static bj_status_t put_contacts(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, json_t *list) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, contacts_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        status = put_contact(keys, user_id, rows, i, list);
    }
    return status;
}

static const char banks_sql[] =
    "SELECT number_sealed, bank_id, ifsc FROM bank_accounts WHERE user_id = $1"
    " AND number_sealed IS NOT NULL ORDER BY bank_id";

static bj_status_t put_banks(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, json_t *list) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, banks_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        char number[BANK_NUMBER_BYTES];
        uint64_t bank_id;
        const char *ifsc = bj_db_get_ref(rows, i, 2);
        if (!ifsc || !bj_db_get_u64(rows, i, 1, &bank_id)) return BJ_ERR_BAD_FIELD;
        status = bj_cell_open(keys, BJ_KEYS_KYC, "bank_accounts.number", bank_id, rows, i, 0,
                              number, sizeof number);
        if (status != BJ_OK) return status;
        json_array_append_new(list, json_pack("{s:s, s:s}", "number", number, "ifsc", ifsc));
        explicit_bzero(number, sizeof number);
    }
    return status;
}

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
    json_t *contacts = json_array(), *banks = json_array();
    json_t *json = json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", name, "email", email, "phone",
                             phone, "contacts", contacts, "banks", banks);
    if (json_object_set_new(out, "person", json) != 0) return BJ_ERR_FULL;
    status = put_contacts(db, keys, user_id, contacts);
    return status == BJ_OK ? put_banks(db, keys, user_id, banks) : status;
}

static const char rule_sql[] =
    "SELECT keep::text, basis FROM retention_rules WHERE what = $1 AND from_date <= current_date"
    " ORDER BY from_date DESC LIMIT 1";

/* What a section says of itself, without its rows. */
static json_t *about(const bj_held_t *held, const bj_db_result_t *rule) {
    const char *keep = bj_db_get_ref(rule, 0, 0), *basis = bj_db_get_ref(rule, 0, 1);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?}", "table", held->table, "title", held->title,
                     "why", held->why, "kept", keep ? keep : "as long as the account", "rule",
                     basis ? basis : "", "brief", held->brief);
}

/* Where it goes: a tree, of so many rows a table, or a text, of all of them as they come. */
typedef struct sink {
    json_t     *list;
    FILE       *text;
    const char *limit; /* of rows; NULL: all */
} sink_t;

static bool put_tree(sink_t *sink, json_t *json, const char *rows) {
    json_t *array = json_loads(rows, 0, NULL);
    return json_object_set_new(json, "rows", array) == 0 &&
           json_array_append(sink->list, json) == 0;
}

/* The rows are JSON already, and many: they are not taken apart. */
static bool put_text(sink_t *sink, json_t *json, const char *rows, bool first) {
    char *head = json_dumps(json, JSON_COMPACT);
    if (!head) return false;
    size_t head_bytes = strlen(head) - 1; /* without its closing brace */
    int n = fprintf(sink->text, "%s%.*s,\"rows\":", first ? "" : ",", (int)head_bytes, head);
    free(head);
    return n > 0 && fputs(rows, sink->text) >= 0 && fputs("}", sink->text) >= 0;
}

static bj_status_t section(bj_db_t *db, const bj_held_t *held, uint64_t user_id, sink_t *sink) {
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT rule = NULL;
    bj_status_t status =
        bj_db_ask(db, held->sql, BJ_DB_PARAMS(bj_db_u64(user_id).text, sink->limit), &rows);
    if (status == BJ_OK && held->rule) {
        status = bj_db_ask(db, rule_sql, BJ_DB_PARAMS(held->rule), &rule);
    }
    if (status != BJ_OK) return status;
    const char *text = bj_db_get_ref(rows, 0, 0);
    json_t *json = text ? about(held, rule) : NULL;
    bool ok = json && (sink->text ? put_text(sink, json, text, held == bj_held)
                                  : put_tree(sink, json, text));
    json_decref(json);
    if (!ok) return BJ_ERR_BAD_FIELD;
    return sink->text && ftell(sink->text) > BJ_EXPORT_MAX_BYTES ? BJ_ERR_OVERFLOW : BJ_OK;
}

static bj_status_t sections(bj_db_t *db, uint64_t user_id, sink_t *sink) {
    bj_status_t status = BJ_OK;
    for (const bj_held_t *held = bj_held; status == BJ_OK && held->table; held++) {
        status = section(db, held, user_id, sink);
    }
    return status;
}

/* Of one moment, whatever happens meanwhile. */
static bj_status_t begin(bj_db_pool_t *pool, bj_db_t **db) {
    bj_status_t status = bj_db_take(pool, db);
    if (status == BJ_OK) status = bj_db_begin(*db);
    if (status != BJ_OK) return status;
    return bj_db_script(*db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
}

static bj_status_t head_of(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, json_t **out) {
    char made[BJ_TIME_TEXT_BYTES];
    *out = json_pack("{s:s}", "made", bj_time_text(bj_clock_wall_ns(), made));
    return *out ? person(db, keys, user_id, *out) : BJ_ERR_FULL;
}

static bj_status_t tree_once(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t user_id, json_t **out) {
    BJ_DB_CONN db = NULL;
    const bj_db_text_t limit = bj_db_i64(BJ_EXPORT_TREE_ROWS);
    sink_t sink = {.list = json_array(), .limit = limit.text};
    bj_status_t status = begin(pool, &db);
    if (status == BJ_OK) status = head_of(db, keys, user_id, out);
    if (status == BJ_OK) status = sections(db, user_id, &sink);
    if (status == BJ_OK) json_object_set(*out, "sections", sink.list);
    json_decref(sink.list);
    if (status == BJ_OK) return status;
    json_decref(*out);
    *out = NULL;
    return status;
}

static bj_status_t text_in(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, FILE *text) {
    json_t *json = NULL;
    sink_t sink = {.text = text};
    bj_status_t status = head_of(db, keys, user_id, &json);
    char *head = status == BJ_OK ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (!head) return status == BJ_OK ? BJ_ERR_FULL : status;
    fprintf(text, "{\"export\":%.*s,\"sections\":[", (int)strlen(head) - 1, head);
    free(head);
    status = sections(db, user_id, &sink);
    fputs("]}}", text);
    return status;
}

static bj_status_t text_once(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t user_id, char **out) {
    BJ_DB_CONN db = NULL;
    size_t out_bytes;
    FILE *text = open_memstream(out, &out_bytes);
    if (!text) return BJ_ERR_FULL;
    bj_status_t status = begin(pool, &db);
    if (status == BJ_OK) status = text_in(db, keys, user_id, text);
    bool whole = !ferror(text);
    if (fclose(text) != 0 || !whole) status = BJ_ERR_FULL; /* no memory */
    if (status == BJ_OK) return status;
    free(*out);
    *out = NULL;
    return status;
}

/* Somebody's years of trading are some hundred megabytes while they are put together. */
static atomic_flag making = ATOMIC_FLAG_INIT;

bj_status_t bj_export_json(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t user_id, json_t **out) {
    *out = NULL;
    if (atomic_flag_test_and_set(&making)) return BJ_ERR_FULL;
    bj_status_t status = tree_once(pool, keys, user_id, out);
    atomic_flag_clear(&making);
    return status;
}

bj_status_t bj_export_text(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t user_id, char **out) {
    *out = NULL;
    if (atomic_flag_test_and_set(&making)) return BJ_ERR_FULL;
    bj_status_t status = text_once(pool, keys, user_id, out);
    atomic_flag_clear(&making);
    return status;
}
