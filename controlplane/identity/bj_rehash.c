#include "controlplane/identity/bj_rehash.h"

#include <jansson.h>
#include <stdlib.h>
#include "controlplane/access/bj_access.h"
#include "controlplane/keys/bj_cell.h"
#include "dataplane/base/bj_log.h"

/* Of each: its name, whose, the column that the cell is bound to, cell, hash. */
static const struct kind {
    const char *name, *select_sql;
} kinds[] = {
    {"links", "SELECT token_hash::text, user_id, 'users.phone', phone_sealed, phone_hash"
              " FROM mail_tokens WHERE phone_hash IS NOT NULL AND used_at IS NULL"
              "  AND expires_at > now() LIMIT $1"},
    {"changes", "SELECT user_id || ' ' || kind, user_id, 'users.' || kind, sealed, hash"
                " FROM contact_changes LIMIT $1"},
    {"undos", "SELECT token_hash::text, user_id, 'users.' || kind, sealed, hash"
              " FROM contact_undos WHERE ended_at IS NULL AND expires_at > now() LIMIT $1"},
};
static const char again_sql[] =
    "SELECT hash_again($1, v.id, v.was, v.fresh) FROM json_to_recordset($2::json)"
    " AS v (id text, was bytea, fresh bytea)";

static bj_status_t fresh_of(bj_keys_t *keys, const bj_keys_lookup_t *lookup,
                            const bj_db_result_t *rows, size_t row, json_t *list) {
    uint64_t user_id;
    char text[BJ_EMAIL_BYTES];
    bj_keys_hash_t hash;
    const char *column = bj_db_get_ref(rows, row, 2);
    if (!column || !bj_db_get_u64(rows, row, 1, &user_id)) return BJ_ERR_BAD_FIELD;
    bj_status_t status =
        bj_cell_open(keys, BJ_KEYS_CONTACT, column, user_id, rows, row, 3, text, sizeof text);
    if (status == BJ_OK) status = bj_keys_lookup_hash(lookup, column, text, &hash);
    explicit_bzero(text, sizeof text);
    if (status != BJ_OK) return status;
    json_t *one = json_pack("{s:s, s:s, s:s}", "id", bj_db_get_ref(rows, row, 0), "was",
                            bj_db_get_ref(rows, row, 4), "fresh",
                            bj_bytea(hash.data, sizeof hash.data).text);
    return json_array_append_new(list, one) == 0 ? BJ_OK : BJ_ERR_FULL;
}

/* One that does not open is of no use to anybody: it stays, and its owner asks anew. */
static bj_status_t again_of(bj_keys_t *keys, bj_db_t *db, const bj_keys_lookup_t *lookup,
                            const struct kind *kind, size_t *room) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_ask(db, kind->select_sql, BJ_DB_PARAMS(bj_db_u64(*room + 1).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) > *room) return BJ_ERR_UNAVAILABLE;
    *room -= bj_db_rows(rows);
    json_t *list = json_array();
    for (size_t row = 0; status == BJ_OK && row < bj_db_rows(rows); row++) {
        status = fresh_of(keys, lookup, rows, row, list);
        if (status != BJ_ERR_CORRUPT && status != BJ_ERR_NOT_FOUND) continue;
        BJ_ERROR("one of the %s does not open: %s", kind->name, bj_status_text(status));
        status = BJ_OK;
    }
    char *text = status == BJ_OK ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    if (status == BJ_OK && !text) status = BJ_ERR_FULL;
    if (status == BJ_OK) status = bj_db_ask(db, again_sql, BJ_DB_PARAMS(kind->name, text), NULL);
    free(text);
    return status;
}

/* All others wait meanwhile: of too many none is done, and the change is tried another time. */
static bj_status_t again(bj_keys_t *keys, bj_db_t *db, const bj_keys_lookup_t *lookup) {
    bj_status_t status = BJ_OK;
    size_t room = BJ_REHASH_MAX;
    for (size_t i = 0; status == BJ_OK && i < BJ_COUNT(kinds); i++)
        status = again_of(keys, db, lookup, &kinds[i], &room);
    return status;
}

bj_status_t bj_rehash_begin(bj_keys_t *keys, const bj_trail_who_t *who, const char *reason,
                            uint16_t *key_id) {
    return bj_keys_lookup_renew(keys, who, reason, again, key_id);
}
