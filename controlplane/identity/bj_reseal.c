#include "controlplane/identity/bj_reseal.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_person.h"
#include "dataplane/base/bj_log.h"

enum { SECRET_MAX_BYTES = 64 };
#define OLD_SQL                                                                                    \
    "least(sealed_by(email_sealed), sealed_by(name_sealed), sealed_by(phone_sealed)) < $1"
/* Not before everybody knows the newest key: a hash under an older one would find nobody. */
#define OLD_HASH_SQL                                                                               \
    "least(sealed_by(email_hash), sealed_by(phone_hash)) < (SELECT max(key_id) FROM data_keys"     \
    "  WHERE category = 'lookup' AND created_at < now() - interval '15 s')"

static const char users_sql[] = "SELECT u.user_id, u.phone_sealed, " BJ_PERSON_COLS " FROM users u"
                                " WHERE u.user_id > $2 AND (u.email IS NOT NULL OR " OLD_SQL
                                " OR " OLD_HASH_SQL ")"
                                " ORDER BY u.user_id LIMIT $3 FOR UPDATE SKIP LOCKED";
static const char user_sql[] =
    "UPDATE users SET email_sealed = $2::bytea, name_sealed = $3::bytea,"
    "  phone_sealed = $4::bytea, email_hash = $5::bytea, phone_hash = $6::bytea"
    " WHERE user_id = $1 AND NOT EXISTS (SELECT 1 FROM users o WHERE o.user_id <> $1"
    "  AND (o.email_hash = $5::bytea OR o.phone_hash = $6::bytea))";
static const char links_sql[] =
    "SELECT t.user_id, encode(t.token_hash, 'hex'), t.name FROM mail_tokens t"
    " WHERE t.name IS NOT NULL LIMIT $1 FOR UPDATE SKIP LOCKED";
static const char link_sql[] = "UPDATE mail_tokens SET name = NULL, name_sealed = $2::bytea"
                               " WHERE token_hash = decode($1, 'hex')";
/* What has its key's number in a column of its own: who, number, cell. */
static const struct secret {
    bj_keys_category_t category;
    const char *what; /* that it is bound to, before whose it is */
    const char *select_sql, *update_sql;
} secrets[] = {
    {BJ_KEYS_FACTORS, "totp",
     "SELECT user_id::text, key_id, secret FROM totp_factors WHERE key_id < $1"
     " ORDER BY user_id LIMIT $2 FOR UPDATE SKIP LOCKED",
     "UPDATE totp_factors SET key_id = $2, secret = $3::bytea WHERE user_id::text = $1"},
    {BJ_KEYS_APPS, "app",
     "SELECT api_key, key_id, secret FROM apps WHERE key_id < $1 AND revoked_at IS NULL"
     " ORDER BY app_id LIMIT $2 FOR UPDATE SKIP LOCKED",
     "UPDATE apps SET key_id = $2, secret = $3::bytea WHERE api_key = $1"},
};

/* One that does not open, is longer than a cell, or has another's address: the others go on. */
static bool stays(bj_status_t status) {
    return status == BJ_ERR_CORRUPT || status == BJ_ERR_NOT_FOUND || status == BJ_ERR_BAD_FIELD ||
           status == BJ_ERR_EXISTS;
}

/* One column under the newest key, and what it is found by if hash is not NULL; no text where the
 * cell is NULL. */
static bj_status_t again(bj_keys_t *keys, const char *column, uint64_t user_id,
                         const bj_db_result_t *rows, size_t row, size_t col, bj_cell_t *out,
                         bj_person_hash_t *hash) {
    char text[BJ_NAME_BYTES];
    out->text[0] = '\0';
    if (hash) hash->text[0] = '\0';
    if (bj_db_null(rows, row, col)) return BJ_OK;
    bj_status_t status =
        bj_cell_open(keys, BJ_KEYS_CONTACT, column, user_id, rows, row, col, text, sizeof text);
    if (status == BJ_OK) {
        status = bj_cell_close(keys, BJ_KEYS_CONTACT, column, user_id, text, out);
    }
    if (status == BJ_OK && hash) status = bj_person_mac(keys, column, text, hash);
    explicit_bzero(text, sizeof text);
    return status;
}

static const char *text_of(const char *text) {
    return text[0] ? text : NULL;
}

/* Somebody who was erased may have a name and nothing else. */
static bj_status_t user(bj_db_t *db, bj_keys_t *keys, const bj_db_result_t *rows, size_t row,
                        uint64_t user_id) {
    bj_cell_t phone, email, name;
    bj_person_hash_t phone_hash, email_hash;
    BJ_DB_RESULT done = NULL;
    const char *clear = bj_db_get_ref(rows, row, 2), *clear_name = bj_db_get_ref(rows, row, 4);
    if (clear && clear_name) return bj_person_seal(db, keys, user_id, clear, clear_name);
    bj_status_t status = again(keys, "users.phone", user_id, rows, row, 1, &phone, &phone_hash);
    if (status == BJ_OK) {
        status = again(keys, "users.email", user_id, rows, row, 3, &email, &email_hash);
    }
    if (status == BJ_OK) status = again(keys, "users.name", user_id, rows, row, 5, &name, NULL);
    if (status == BJ_OK) {
        status = bj_db_ask(db, user_sql,
                           BJ_DB_PARAMS(bj_db_u64(user_id).text, text_of(email.text),
                                        text_of(name.text), text_of(phone.text),
                                        text_of(email_hash.text), text_of(phone_hash.text)),
                           &done);
    }
    return status == BJ_OK && bj_db_changed(done) == 0 ? BJ_ERR_EXISTS : status;
}

static bj_status_t count(bj_reseal_t *reseal, const char *whose, bj_status_t status) {
    if (status == BJ_OK) reseal->done++;
    if (!stays(status)) return status;
    reseal->failed++;
    BJ_ERROR("something of %s stays as it is: %s", whose, bj_status_text(status));
    return BJ_OK;
}

static bj_status_t users(bj_db_t *db, bj_keys_t *keys, size_t max, bj_reseal_t *reseal) {
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    uint16_t newest;
    bj_status_t status = bj_keys_newest(keys, BJ_KEYS_CONTACT, &newest);
    if (status == BJ_OK) {
        status = bj_db_ask(db, users_sql,
                           BJ_DB_PARAMS(bj_db_u64(newest).text, bj_db_u64(reseal->after).text,
                                        bj_db_u64(max).text),
                           &rows);
    }
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        if (!bj_db_get_u64(rows, i, 0, &reseal->after)) return BJ_ERR_BAD_FIELD;
        status = count(reseal, bj_user_subject(reseal->after, subject),
                       user(db, keys, rows, i, reseal->after));
    }
    reseal->round = status == BJ_OK && bj_db_rows(rows) < max;
    if (reseal->round) reseal->after = 0;
    return status;
}

static bj_status_t links(bj_db_t *db, bj_keys_t *keys, size_t max, bj_reseal_t *reseal) {
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id;
    bj_cell_t cell;
    bj_status_t status = bj_db_ask(db, links_sql, BJ_DB_PARAMS(bj_db_u64(max).text), &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        if (!bj_db_get_u64(rows, i, 0, &user_id)) return BJ_ERR_BAD_FIELD;
        status = bj_person_name(keys, user_id, bj_db_get_ref(rows, i, 2), &cell);
        if (status == BJ_OK) {
            status =
                bj_db_ask(db, link_sql, BJ_DB_PARAMS(bj_db_get_ref(rows, i, 1), cell.text), NULL);
        }
        reseal->done += status == BJ_OK;
    }
    reseal->round = reseal->round && bj_db_rows(rows) < max;
    return status;
}

static bj_status_t secret(bj_db_t *db, bj_keys_t *keys, const struct secret *kind,
                          const bj_db_result_t *rows, size_t row) {
    bj_sealed_t sealed;
    uint8_t plain[SECRET_MAX_BYTES];
    char what[80];
    uint32_t key_id;
    const char *whose = bj_db_get_ref(rows, row, 0);
    if (!bj_db_get_u32(rows, row, 1, &key_id) ||
        !bj_bytea_get(rows, row, 2, sealed.data, sizeof sealed.data, &sealed.data_bytes) ||
        sealed.data_bytes < BJ_SEAL_MORE_BYTES ||
        sealed.data_bytes > BJ_SEAL_MORE_BYTES + sizeof plain) {
        return BJ_ERR_CORRUPT;
    }
    size_t plain_bytes = sealed.data_bytes - BJ_SEAL_MORE_BYTES;
    sealed.key_id = (uint16_t)key_id;
    snprintf(what, sizeof what, "%s %.60s", kind->what, whose);
    bj_status_t status = bj_keys_open(keys, kind->category, what, &sealed, plain, plain_bytes);
    if (status == BJ_OK) {
        status = bj_keys_close(keys, kind->category, what, plain, plain_bytes, &sealed);
    }
    explicit_bzero(plain, sizeof plain);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, kind->update_sql,
                     BJ_DB_PARAMS(whose, bj_db_u64(sealed.key_id).text,
                                  bj_bytea(sealed.data, sealed.data_bytes).text),
                     NULL);
}

static bj_status_t secrets_of(bj_db_t *db, bj_keys_t *keys, const struct secret *kind, size_t max,
                              bj_reseal_t *reseal) {
    BJ_DB_RESULT rows = NULL;
    uint16_t newest;
    bj_status_t status = bj_keys_newest(keys, kind->category, &newest);
    if (status == BJ_OK) {
        status = bj_db_ask(db, kind->select_sql,
                           BJ_DB_PARAMS(bj_db_u64(newest).text, bj_db_u64(max).text), &rows);
    }
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        status = count(reseal, bj_db_get_ref(rows, i, 0), secret(db, keys, kind, rows, i));
    }
    reseal->round = reseal->round && bj_db_rows(rows) < max;
    return status;
}

bj_status_t bj_reseal_step(bj_db_pool_t *pool, bj_keys_t *keys, const bj_trail_who_t *who,
                           const char *reason, size_t max, bj_reseal_t *reseal) {
    BJ_DB_CONN db = NULL;
    char after[48];
    uint64_t from = reseal->after;
    reseal->done = reseal->failed = 0;
    if (max == 0 || max > BJ_RESEAL_STEP_MAX) max = BJ_RESEAL_STEP_MAX;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = users(db, keys, max, reseal);
    if (status == BJ_OK) status = links(db, keys, max, reseal);
    for (size_t i = 0; status == BJ_OK && i < BJ_COUNT(secrets); i++) {
        status = secrets_of(db, keys, &secrets[i], max, reseal);
    }
    if (status == BJ_OK && reseal->done == 0 && !reason) return BJ_OK; /* nobody has asked */
    snprintf(after, sizeof after, "{\"rows\":%zu}", reseal->done);
    const bj_trail_act_t act = {.act = "keys.reseal",
                                .subject = "people",
                                .outcome = "done",
                                .reason = reason,
                                .after_json = after};
    if (status == BJ_OK) status = bj_entry_commit(db, who, &act);
    if (status != BJ_OK) reseal->after = from, reseal->done = 0;
    return status;
}

static const char left_sql[] =
    "SELECT (SELECT count(*) FROM users WHERE email IS NOT NULL OR " OLD_SQL
    "   OR least(sealed_by(email_hash), sealed_by(phone_hash)) < (SELECT max(key_id)"
    "    FROM data_keys WHERE category = 'lookup'))"
    " + (SELECT count(*) FROM mail_tokens WHERE name IS NOT NULL)"
    " + (SELECT count(*) FROM totp_factors WHERE key_id < $2)"
    " + (SELECT count(*) FROM apps WHERE key_id < $3 AND revoked_at IS NULL),"
    " (SELECT count(*) FROM mail_tokens"
    "   WHERE least(sealed_by(name_sealed), sealed_by(phone_sealed)) < $1)"
    " + (SELECT count(*) FROM contact_changes WHERE sealed_by(sealed) < $1)"
    " + (SELECT count(*) FROM contact_undos WHERE sealed_by(sealed) < $1)";

bj_status_t bj_reseal_left(bj_db_pool_t *db, bj_keys_t *keys, bj_reseal_left_t *left) {
    BJ_DB_RESULT rows = NULL;
    uint16_t contact, factors, apps;
    bj_status_t status = bj_keys_newest(keys, BJ_KEYS_CONTACT, &contact);
    if (status == BJ_OK) status = bj_keys_newest(keys, BJ_KEYS_FACTORS, &factors);
    if (status == BJ_OK) status = bj_keys_newest(keys, BJ_KEYS_APPS, &apps);
    if (status == BJ_OK) {
        status = bj_db_query(
            db, left_sql,
            BJ_DB_PARAMS(bj_db_u64(contact).text, bj_db_u64(factors).text, bj_db_u64(apps).text),
            &rows);
    }
    if (status != BJ_OK) return status;
    bool read =
        bj_db_get_u64(rows, 0, 0, &left->rows) && bj_db_get_u64(rows, 0, 1, &left->passing);
    return read ? BJ_OK : BJ_ERR_BAD_FIELD;
}
