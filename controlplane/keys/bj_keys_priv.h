#ifndef BJ_KEYS_PRIV_H
#define BJ_KEYS_PRIV_H

/* What the files of controlplane/keys share. */
#include <pthread.h>
#include "controlplane/keys/bj_keys.h"

typedef struct bj_keys_key {
    uint16_t id;
    bj_keys_category_t category;
    uint8_t alg; /* of lookup a bj_mac_t, of all others a bj_cipher_t */
    uint8_t key[BJ_SEAL_KEY_BYTES];
} bj_keys_key_t;

struct bj_keys {
    bj_keys_config_t config;
    pthread_mutex_t load_lock; /* one asks the database and Vault; before lock */
    int64_t pause_ns;          /* under load_lock: not before then again */
    int64_t loaded_ns;         /* under load_lock */
    bool newest_lost;          /* under load_lock: of the keys of lookup read so far */
    _Atomic bool behind;       /* the newest key of lookup could not be had */
    pthread_rwlock_t lock;     /* keys */
    size_t key_cnt;
    bj_keys_key_t key[BJ_KEYS_MAX];
};

/* How data keys lie in the database. */
typedef struct bj_keys_row {
    uint16_t id;
    bj_keys_category_t category;
    uint8_t alg; /* of the key; only what is wrapped says it, so bj_keys_rows does not */
    char wrapped[BJ_WRAPPED_BYTES];
} bj_keys_row_t;

/* Calls each until it says no; category: -1 for all. */
BJ_MUST_USE bj_status_t bj_keys_rows(bj_db_pool_t *db,
                                     bj_status_t (*each)(void *ctx, const bj_keys_row_t *row),
                                     void *ctx);
/* Numbers do not come back.  only_first: BJ_ERR_EXISTS, and none is used up, if there is a key. */
BJ_MUST_USE bj_status_t bj_keys_next_id(bj_db_pool_t *db, bj_keys_category_t category,
                                        bool only_first, uint16_t *id);
/* after: the number of the category's newest key as it is expected, 0: there is none, NULL:
 * whichever it is.  BJ_ERR_EXISTS: it is another by now. */
BJ_MUST_USE bj_status_t bj_keys_insert(bj_db_pool_t *db, const bj_trail_who_t *who,
                                       const bj_keys_row_t *row, const uint16_t *after,
                                       const char *reason);
/* In a transaction, which the caller commits by bj_keys_commit. */
BJ_MUST_USE bj_status_t bj_keys_insert_in(bj_db_t *db, const bj_keys_row_t *row,
                                          const uint16_t *after);
BJ_MUST_USE bj_status_t bj_keys_commit(bj_db_t *db, const bj_trail_who_t *who,
                                       const bj_keys_row_t *row, const char *act,
                                       const char *before, const char *reason);
/* BJ_ERR_EXISTS: somebody else has wrapped it anew. */
BJ_MUST_USE bj_status_t bj_keys_update(bj_db_pool_t *db, const bj_trail_who_t *who,
                                       const bj_keys_row_t *row, const char *was,
                                       const char *reason);

/* A key for the category, with its number, wrapped; not in the database yet. */
BJ_MUST_USE bj_status_t bj_keys_draw(bj_keys_t *keys, bj_keys_category_t category, bool only_first,
                                     bj_keys_row_t *row, uint8_t key[BJ_SEAL_KEY_BYTES]);
/* All keys once more, as another process has made one. */
BJ_MUST_USE bj_status_t bj_keys_reload(bj_keys_t *keys);
/* id 0: the newest of the category; before: the newest below that number, if it is not 0. */
BJ_MUST_USE bool bj_keys_find(bj_keys_t *keys, bj_keys_category_t category, uint16_t id,
                              uint16_t before, bj_keys_key_t *out);
/* The newest, once there is one. */
BJ_MUST_USE bj_status_t bj_keys_newest_key(bj_keys_t *keys, bj_keys_category_t category,
                                           bj_keys_key_t *out);

/* Wrapped by whatever wraps now. */
BJ_MUST_USE bj_status_t bj_keys_wrap(const bj_keys_t *keys, bj_keys_row_t *row,
                                     const uint8_t key[BJ_SEAL_KEY_BYTES]);
/* By whatever it names; the key's algorithm too.  Logs why not. */
BJ_MUST_USE bj_status_t bj_keys_unwrap(const bj_keys_t *keys, const bj_keys_row_t *row,
                                       bj_keys_key_t *key);

#endif /* BJ_KEYS_PRIV_H */
