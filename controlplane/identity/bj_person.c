#include "controlplane/identity/bj_person.h"

#include <inttypes.h>
#include <stdio.h>
#include "dataplane/base/bj_log.h"

static const char email_col[] = "users.email", name_col[] = "users.name",
                  phone_col[] = "users.phone";

/* To callers BJ_ERR_NOT_FOUND is a user that there is not. */
static bj_status_t open_cell(bj_keys_t *keys, const char *column, uint64_t user_id,
                             const bj_db_result_t *rows, size_t row, size_t col, char *out,
                             size_t out_bytes) {
    bj_status_t status =
        bj_cell_open(keys, BJ_KEYS_CONTACT, column, user_id, rows, row, col, out, out_bytes);
    if (status == BJ_OK || status == BJ_ERR_UNAVAILABLE) return status;
    BJ_ERROR("%s of user %" PRIu64 " does not open: %s", column, user_id, bj_status_text(status));
    return BJ_ERR_CORRUPT;
}

/* Of somebody who was erased: no address, and a name as long as the law wants to know who traded.
 */
static bj_status_t read_erased(bj_keys_t *keys, uint64_t user_id, const bj_db_result_t *rows,
                               size_t row, size_t col, char *email, char *name) {
    email[0] = name[0] = '\0';
    if (bj_db_null(rows, row, col + 3)) return BJ_OK;
    return open_cell(keys, name_col, user_id, rows, row, col + 3, name, BJ_NAME_BYTES);
}

bj_status_t bj_person_read(bj_keys_t *keys, uint64_t user_id, const bj_db_result_t *rows,
                           size_t row, size_t col, char email[BJ_EMAIL_BYTES],
                           char name[BJ_NAME_BYTES]) {
    if (!bj_db_null(rows, row, col)) {
        bool ok = bj_db_get_str(rows, row, col, email, BJ_EMAIL_BYTES) &&
                  bj_db_get_str(rows, row, col + 2, name, BJ_NAME_BYTES);
        return ok ? BJ_OK : BJ_ERR_BAD_FIELD;
    }
    if (bj_db_null(rows, row, col + 1)) {
        return read_erased(keys, user_id, rows, row, col, email, name);
    }
    bj_status_t status =
        open_cell(keys, email_col, user_id, rows, row, col + 1, email, BJ_EMAIL_BYTES);
    if (status != BJ_OK) return status;
    return open_cell(keys, name_col, user_id, rows, row, col + 3, name, BJ_NAME_BYTES);
}

bj_status_t bj_person_mac(bj_keys_t *keys, const char *what, const char *text,
                          bj_person_hash_t *out) {
    bj_keys_hash_t hash[BJ_KEYS_LOOKUPS];
    size_t cnt;
    bj_status_t status = bj_keys_hash(keys, what, text, hash, &cnt);
    if (status != BJ_OK) return status;
    memcpy(out->text, bj_bytea(hash[0].data, sizeof hash[0].data).text, sizeof out->text);
    memcpy(out->old, bj_bytea(hash[cnt - 1].data, sizeof hash[0].data).text, sizeof out->old);
    snprintf(out->any, sizeof out->any, "{\"\\%s\",\"\\%s\"}", out->text, out->old);
    return BJ_OK;
}

bj_status_t bj_person_hash(bj_keys_t *keys, const char *email, bj_person_hash_t *out) {
    return bj_person_mac(keys, email_col, email, out);
}

bj_status_t bj_person_phone(bj_keys_t *keys, uint64_t user_id, const char *phone,
                            bj_person_hash_t *hash, bj_cell_t *out) {
    bj_status_t status = bj_person_mac(keys, phone_col, phone, hash);
    if (status != BJ_OK) return status;
    return bj_cell_close(keys, BJ_KEYS_CONTACT, phone_col, user_id, phone, out);
}

bj_status_t bj_person_name(bj_keys_t *keys, uint64_t user_id, const char *name, bj_cell_t *out) {
    return bj_cell_close(keys, BJ_KEYS_CONTACT, name_col, user_id, name, out);
}

bj_status_t bj_person_close(bj_keys_t *keys, uint64_t user_id, const char *email, const char *name,
                            const bj_person_hash_t *hash, bj_person_cells_t *out) {
    out->hash = *hash;
    bj_status_t status =
        bj_cell_close(keys, BJ_KEYS_CONTACT, email_col, user_id, email, &out->email);
    return status == BJ_OK ? bj_person_name(keys, user_id, name, &out->name) : status;
}

bj_status_t bj_person_next_id(bj_db_t *db, uint64_t *user_id) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_ask(db, "SELECT nextval('users_user_id_seq')", BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) return status;
    return bj_db_get_u64(rows, 0, 0, user_id) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static const char seal_sql[] =
    "UPDATE users SET email = NULL, name = NULL, email_hash = $2::bytea, email_sealed = $3::bytea,"
    " name_sealed = $4::bytea WHERE user_id = $1"
    " AND NOT EXISTS (SELECT 1 FROM users WHERE email_hash = $2::bytea)";

bj_status_t bj_person_seal(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, const char *email,
                           const char *name) {
    BJ_DB_RESULT rows = NULL;
    bj_person_cells_t cells;
    bj_person_hash_t hash;
    bj_status_t status = bj_person_hash(keys, email, &hash);
    if (status == BJ_OK) status = bj_person_close(keys, user_id, email, name, &hash, &cells);
    if (status != BJ_OK) return status;
    status = bj_db_ask(
        db, seal_sql,
        BJ_DB_PARAMS(bj_db_u64(user_id).text, cells.hash.text, cells.email.text, cells.name.text),
        &rows);
    return status == BJ_OK && bj_db_changed(rows) == 0 ? BJ_ERR_EXISTS : status;
}

static const char clear_sql[] = "SELECT user_id, name FROM users WHERE email = $1 FOR UPDATE";

static const char adopt_sql[] = "SELECT hash_adopt($1, $2::bytea, $3::bytea)";

bj_status_t bj_person_adopt_hash(bj_db_t *db, const char *kind, const bj_person_hash_t *hash) {
    if (strcmp(hash->old, hash->text) == 0) return BJ_OK;
    return bj_db_ask(db, adopt_sql, BJ_DB_PARAMS(kind, hash->old, hash->text), NULL);
}

bj_status_t bj_person_adopt(bj_db_t *db, bj_keys_t *keys, const char *email,
                            const bj_person_hash_t *hash) {
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id;
    char name[BJ_NAME_BYTES];
    bj_status_t status = bj_person_adopt_hash(db, "email", hash);
    if (status == BJ_OK) status = bj_db_ask(db, clear_sql, BJ_DB_PARAMS(email), &rows);
    if (status != BJ_OK || bj_db_rows(rows) == 0) return status;
    if (!bj_db_get_u64(rows, 0, 0, &user_id) || !bj_db_get_str(rows, 0, 1, name, sizeof name)) {
        return BJ_ERR_BAD_FIELD;
    }
    return bj_person_seal(db, keys, user_id, email, name);
}
