#include <stdio.h>
#include "controlplane/keys/bj_keys_priv.h"

struct bj_keys_lookup {
    bj_keys_row_t row;
    uint8_t key[BJ_SEAL_KEY_BYTES];
};

static bj_status_t hash_by(uint8_t alg, const uint8_t *key, const char *what, const char *text,
                           uint8_t out[BJ_KEYS_MAC_BYTES]) {
    char data[512];
    int n = snprintf(data, sizeof data, "%s:%s", what, text);
    if (n < 0 || (size_t)n >= sizeof data) return BJ_ERR_BAD_FIELD;
    bool ok = bj_mac_make((bj_mac_t)alg, key, data, (size_t)n, out);
    explicit_bzero(data, sizeof data);
    return ok ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

static bj_status_t hash_of(uint16_t key_id, uint8_t alg, const uint8_t *key, const char *what,
                           const char *text, bj_keys_hash_t *out) {
    out->data[0] = (uint8_t)(key_id >> 8);
    out->data[1] = (uint8_t)key_id;
    return hash_by(alg, key, what, text, out->data + 2);
}

bj_status_t bj_keys_mac(bj_keys_t *keys, const char *what, const char *text,
                        uint8_t out[BJ_KEYS_MAC_BYTES]) {
    bj_keys_key_t key;
    bj_status_t status = bj_keys_newest_key(keys, BJ_KEYS_LOOKUP, &key);
    if (status == BJ_OK) status = hash_by(key.alg, key.key, what, text, out);
    explicit_bzero(&key, sizeof key);
    return status;
}

/* While there is a newer key that cannot be had, nobody can say who is not there. */
bj_status_t bj_keys_hash(bj_keys_t *keys, const char *what, const char *text,
                         bj_keys_hash_t out[BJ_KEYS_LOOKUPS], size_t *cnt) {
    bj_keys_key_t key, old;
    *cnt = 0;
    bj_status_t status = bj_keys_newest_key(keys, BJ_KEYS_LOOKUP, &key);
    if (status == BJ_OK && keys->behind) status = BJ_ERR_UNAVAILABLE;
    if (status == BJ_OK) status = hash_of(key.id, key.alg, key.key, what, text, &out[(*cnt)++]);
    if (status == BJ_OK && bj_keys_find(keys, BJ_KEYS_LOOKUP, 0, key.id, &old)) {
        status = hash_of(old.id, old.alg, old.key, what, text, &out[(*cnt)++]);
        explicit_bzero(&old, sizeof old);
    }
    explicit_bzero(&key, sizeof key);
    return status;
}

bj_status_t bj_keys_lookup_hash(const bj_keys_lookup_t *lookup, const char *what, const char *text,
                                bj_keys_hash_t *out) {
    return hash_of(lookup->row.id, lookup->row.alg, lookup->key, what, text, out);
}

static const char change_sql[] = "SELECT hash_change($1)";

/* Nobody writes a hash from here to the commit. */
static bj_status_t begin(bj_db_t *db, uint16_t newest) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_begin(db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, change_sql, BJ_DB_PARAMS(bj_db_u64(newest).text), &rows);
    }
    if (status != BJ_OK) return status;
    const char *answer = bj_db_get_ref(rows, 0, 0);
    if (!answer || strcmp(answer, "busy") == 0) return BJ_ERR_UNAVAILABLE;
    return strcmp(answer, "ok") == 0 ? BJ_OK : BJ_ERR_EXISTS;
}

bj_status_t bj_keys_lookup_renew(bj_keys_t *keys, const bj_trail_who_t *who, const char *reason,
                                 bj_status_t (*again)(bj_keys_t *keys, bj_db_t *db,
                                                      const bj_keys_lookup_t *lookup),
                                 uint16_t *key_id) {
    BJ_DB_CONN db = NULL;
    bj_keys_lookup_t lookup;
    uint16_t newest;
    bj_status_t status = bj_keys_newest(keys, BJ_KEYS_LOOKUP, &newest);
    if (status == BJ_OK) {
        status = bj_keys_draw(keys, BJ_KEYS_LOOKUP, false, &lookup.row, lookup.key);
    }
    if (status == BJ_OK) status = bj_db_take(keys->config.db, &db);
    if (status == BJ_OK) status = begin(db, newest);
    if (status == BJ_OK) status = bj_keys_insert_in(db, &lookup.row, &newest);
    if (status == BJ_OK) status = again(keys, db, &lookup);
    if (status == BJ_OK) {
        status = bj_keys_commit(db, who, &lookup.row, "keys.rotate", NULL, reason);
        *key_id = lookup.row.id;
    }
    explicit_bzero(&lookup, sizeof lookup);
    return status == BJ_OK ? bj_keys_reload(keys) : status;
}
