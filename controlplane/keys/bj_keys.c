#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "controlplane/keys/bj_keys_priv.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

/* How long another process's new key may go unseen where only writing is done. */
#define LOOK_AGAIN_NS (60 * BJ_NS_PER_S)
/* Of lookup: rows may be under it by then, and a hash under an older one finds them no more. */
#define LOOKUP_AGAIN_NS (5 * BJ_NS_PER_S)

static const bj_trail_who_t server = {.actor = "server", .role = "none", .address = "local"};

bj_keys_t *bj_keys_new(const bj_keys_config_t *config) {
    if (!config->seal && !config->vault) return NULL;
    bj_keys_t *keys = calloc(1, sizeof *keys);
    if (!keys) return NULL;
    keys->config = *config;
    pthread_mutex_init(&keys->load_lock, NULL);
    pthread_rwlock_init(&keys->lock, NULL);
    return keys;
}

void bj_keys_free(bj_keys_t *keys) {
    if (!keys) return;
    pthread_mutex_destroy(&keys->load_lock);
    pthread_rwlock_destroy(&keys->lock);
    explicit_bzero(keys, sizeof *keys);
    free(keys);
}

bool bj_keys_find(bj_keys_t *keys, bj_keys_category_t category, uint16_t id, uint16_t before,
                  bj_keys_key_t *out) {
    bool found = false;
    pthread_rwlock_rdlock(&keys->lock);
    for (size_t i = keys->key_cnt; i-- > 0 && !found;) { /* in order of id */
        const bj_keys_key_t *key = &keys->key[i];
        found = key->category == category && (id == 0 || key->id == id) &&
                (before == 0 || key->id < before);
        if (found) *out = *key;
    }
    pthread_rwlock_unlock(&keys->lock);
    return found;
}

static bool find(bj_keys_t *keys, bj_keys_category_t category, uint16_t id, bj_keys_key_t *out) {
    return bj_keys_find(keys, category, id, 0, out);
}

/* Kept in order: of two made at once the later number may be read first. */
static bool keep(bj_keys_t *keys, const bj_keys_key_t *key) {
    pthread_rwlock_wrlock(&keys->lock);
    bool room = keys->key_cnt < BJ_KEYS_MAX;
    size_t at = keys->key_cnt;
    while (room && at > 0 && keys->key[at - 1].id > key->id) {
        keys->key[at] = keys->key[at - 1];
        at--;
    }
    if (room) keys->key[at] = *key, keys->key_cnt++;
    pthread_rwlock_unlock(&keys->lock);
    if (!room) BJ_ERROR("there are more than %d data keys", BJ_KEYS_MAX);
    return room;
}

static bj_status_t learn(void *ctx, const bj_keys_row_t *row) {
    bj_keys_t *keys = ctx;
    bj_keys_key_t key;
    bj_status_t status = BJ_OK;
    if (!find(keys, row->category, row->id, &key)) {
        key = (bj_keys_key_t){.id = row->id, .category = row->category};
        status = bj_keys_unwrap(keys, row, &key);
        if (status == BJ_OK && !keep(keys, &key)) status = BJ_ERR_FULL;
    }
    explicit_bzero(&key, sizeof key);
    /* The last one says. */
    if (row->category == BJ_KEYS_LOOKUP) keys->newest_lost = status != BJ_OK;
    /* One that is of no use takes no other away; one that cannot be asked for now does. */
    return status == BJ_ERR_NOT_FOUND || status == BJ_ERR_CORRUPT ? BJ_OK : status;
}

/* Under load_lock.  What failed lately fails at once: else a storm of log-ins would ask Vault. */
static bj_status_t load(bj_keys_t *keys) {
    int64_t now_ns = bj_clock_mono_ns();
    if (now_ns < keys->pause_ns) return BJ_ERR_UNAVAILABLE;
    keys->newest_lost = false;
    bj_status_t status = bj_keys_rows(keys->config.db, learn, keys);
    now_ns = bj_clock_mono_ns();
    if (status == BJ_OK || keys->newest_lost) keys->behind = keys->newest_lost;
    if (status == BJ_OK)
        keys->loaded_ns = now_ns;
    else
        keys->pause_ns = now_ns + BJ_KEYS_PAUSE_MS * BJ_NS_PER_MS;
    return status == BJ_OK ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

bj_status_t bj_keys_draw(bj_keys_t *keys, bj_keys_category_t category, bool only_first,
                         bj_keys_row_t *row, uint8_t key[BJ_SEAL_KEY_BYTES]) {
    const bj_keys_config_t *config = &keys->config;
    uint8_t alg =
        category == BJ_KEYS_LOOKUP ? (uint8_t)config->mac : (uint8_t)config->cipher;
    *row = (bj_keys_row_t){.category = category, .alg = alg};
    if (getrandom(key, BJ_SEAL_KEY_BYTES, 0) != BJ_SEAL_KEY_BYTES) return BJ_ERR_UNAVAILABLE;
    bj_status_t status = bj_keys_next_id(config->db, category, only_first, &row->id);
    return status == BJ_OK ? bj_keys_wrap(keys, row, key) : status;
}

/* after: as bj_keys_insert's; no error if another process has made the first one meanwhile. */
static bj_status_t make(bj_keys_t *keys, const bj_trail_who_t *who, bj_keys_category_t category,
                        const uint16_t *after, const char *reason, uint16_t *key_id) {
    bool only_first = after && *after == 0;
    bj_keys_row_t row;
    uint8_t key[BJ_SEAL_KEY_BYTES];
    bj_status_t status = bj_keys_draw(keys, category, only_first, &row, key);
    explicit_bzero(key, sizeof key);
    if (status == BJ_OK) {
        status = bj_keys_insert(keys->config.db, who, &row, after, reason);
    }
    if (only_first && status == BJ_ERR_EXISTS) status = BJ_OK;
    *key_id = row.id;
    return status;
}

/* The newest key, once there is one; load_lock makes one of this process's threads make it. */
bj_status_t bj_keys_newest_key(bj_keys_t *keys, bj_keys_category_t category, bj_keys_key_t *out) {
    static const uint16_t none = 0;
    uint16_t id;
    int64_t again_ns = category == BJ_KEYS_LOOKUP ? LOOKUP_AGAIN_NS : LOOK_AGAIN_NS;
    if (find(keys, category, 0, out)) {
        if (pthread_mutex_trylock(&keys->load_lock) != 0) return BJ_OK;
        bool old = bj_clock_mono_ns() - keys->loaded_ns > again_ns;
        bj_status_t again = old ? load(keys) : BJ_OK;
        (void)again; /* what there is will do */
        pthread_mutex_unlock(&keys->load_lock);
        return find(keys, category, 0, out) ? BJ_OK : BJ_ERR_UNAVAILABLE;
    }
    pthread_mutex_lock(&keys->load_lock);
    bj_status_t status = load(keys);
    if (status == BJ_OK && !find(keys, category, 0, out)) {
        status = make(keys, &server, category, &none, NULL, &id);
        if (status == BJ_OK) status = load(keys);
    }
    /* There are some, and none of use: as if Vault were away. */
    if (status == BJ_OK && !find(keys, category, 0, out)) {
        keys->pause_ns = bj_clock_mono_ns() + BJ_KEYS_PAUSE_MS * BJ_NS_PER_MS;
        status = BJ_ERR_UNAVAILABLE;
    }
    pthread_mutex_unlock(&keys->load_lock);
    return status == BJ_OK ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

bj_status_t bj_keys_reload(bj_keys_t *keys) {
    pthread_mutex_lock(&keys->load_lock);
    bj_status_t status = load(keys);
    pthread_mutex_unlock(&keys->load_lock);
    return status;
}

static bj_status_t named(bj_keys_t *keys, bj_keys_category_t category, uint16_t id,
                         bj_keys_key_t *out) {
    if (find(keys, category, id, out)) return BJ_OK;
    bj_status_t status = bj_keys_reload(keys);
    if (find(keys, category, id, out)) return BJ_OK;
    return status == BJ_OK ? BJ_ERR_NOT_FOUND : status;
}

bj_status_t bj_keys_close(bj_keys_t *keys, bj_keys_category_t category, const char *what,
                          const void *plain, size_t plain_bytes, bj_sealed_t *out) {
    bj_keys_key_t key;
    bj_status_t status = bj_keys_newest_key(keys, category, &key);
    if (status != BJ_OK) return status;
    bool ok = bj_seal_close_by((bj_cipher_t)key.alg, key.key, what, plain, plain_bytes, out);
    out->key_id = key.id;
    explicit_bzero(&key, sizeof key);
    return ok ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

bj_status_t bj_keys_open(bj_keys_t *keys, bj_keys_category_t category, const char *what,
                         const bj_sealed_t *sealed, void *plain, size_t plain_bytes) {
    bj_keys_key_t key;
    bool old = category == BJ_KEYS_FACTORS || category == BJ_KEYS_APPS;
    bj_status_t status = named(keys, category, sealed->key_id, &key);
    if (status == BJ_ERR_NOT_FOUND && old && keys->config.seal) {
        return bj_seal_open(keys->config.seal, what, sealed, plain, plain_bytes);
    }
    if (status != BJ_OK) return status;
    status = bj_seal_open_by((bj_cipher_t)key.alg, key.key, what, sealed, plain, plain_bytes);
    explicit_bzero(&key, sizeof key);
    return status;
}

bj_status_t bj_keys_newest(bj_keys_t *keys, bj_keys_category_t category, uint16_t *key_id) {
    bj_keys_key_t key;
    bj_status_t status = bj_keys_newest_key(keys, category, &key);
    if (status == BJ_OK) *key_id = key.id;
    explicit_bzero(&key, sizeof key);
    return status;
}

bj_status_t bj_keys_rotate(bj_keys_t *keys, const bj_trail_who_t *who, bj_keys_category_t category,
                           const char *reason, uint16_t *key_id) {
    if (category == BJ_KEYS_LOOKUP) return BJ_ERR_DENIED;
    bj_status_t status = make(keys, who, category, NULL, reason, key_id);
    return status == BJ_OK ? bj_keys_reload(keys) : status;
}

bj_status_t bj_keys_renew(bj_keys_t *keys, const bj_trail_who_t *who, bj_keys_category_t category,
                          uint16_t was, const char *reason) {
    uint16_t key_id;
    if (category == BJ_KEYS_LOOKUP) return BJ_ERR_DENIED;
    bj_status_t status = make(keys, who, category, &was, reason, &key_id);
    return status == BJ_OK ? bj_keys_reload(keys) : status;
}

typedef struct rewrap {
    bj_keys_t *keys;
    const bj_trail_who_t *who;
    const char *reason;
    size_t done_cnt;
    bj_status_t lost; /* of a key that nothing unwraps: the others go on */
} rewrap_t;

static void newest_file(const bj_keys_t *keys, char out[24]) {
    out[0] = '\0';
    if (keys->config.seal) snprintf(out, 24, "file:%u:", bj_seal_key_id(keys->config.seal));
}

static bj_status_t rewrap_one(void *ctx, const bj_keys_row_t *row) {
    rewrap_t *work = ctx;
    bj_keys_t *keys = work->keys;
    bj_keys_row_t fresh = *row;
    bj_keys_key_t key;
    char newest[24];
    bj_status_t status;
    newest_file(keys, newest);
    if (keys->config.vault && strncmp(row->wrapped, "vault:", 6) == 0) {
        status = bj_vault_rewrap(keys->config.vault, row->wrapped, fresh.wrapped);
    } else if (!keys->config.vault &&
               strncmp(row->wrapped, newest, strlen(newest)) == 0) {
        return BJ_OK;
    } else {
        status = named(keys, row->category, row->id, &key);
        fresh.alg = key.alg;
        if (status == BJ_OK) status = bj_keys_wrap(keys, &fresh, key.key);
        explicit_bzero(&key, sizeof key);
    }
    if (status == BJ_OK) {
        status = bj_keys_update(keys->config.db, work->who, &fresh, row->wrapped, work->reason);
    }
    work->done_cnt += status == BJ_OK;
    if (status == BJ_ERR_EXISTS) return BJ_OK;
    if (status != BJ_ERR_NOT_FOUND && status != BJ_ERR_CORRUPT) return status;
    work->lost = status;
    return BJ_OK;
}

/* Vault's own new versions are not seen: it keeps them, and says in `vault:vN` which it was. */
static bj_status_t is_under_old(void *ctx, const bj_keys_row_t *row) {
    bj_keys_t *keys = ctx;
    char newest[24];
    newest_file(keys, newest);
    bool vault = strncmp(row->wrapped, "vault:", 6) == 0;
    if (keys->config.vault) return vault ? BJ_OK : BJ_ERR_EXISTS;
    return !vault && strncmp(row->wrapped, newest, strlen(newest)) != 0 ? BJ_ERR_EXISTS : BJ_OK;
}

bool bj_keys_rewrap_due(bj_keys_t *keys) {
    return bj_keys_rows(keys->config.db, is_under_old, keys) == BJ_ERR_EXISTS;
}

bj_status_t bj_keys_rewrap(bj_keys_t *keys, const bj_trail_who_t *who, const char *reason,
                           size_t *done_cnt) {
    rewrap_t work = {.keys = keys, .who = who, .reason = reason};
    char after[40];
    bj_status_t status = bj_keys_rows(keys->config.db, rewrap_one, &work);
    if (status == BJ_OK) status = work.lost;
    *done_cnt = work.done_cnt;
    snprintf(after, sizeof after, "{\"keys\":%zu}", work.done_cnt);
    const bj_trail_act_t act = {.act = "keys.rewrap",
                                .subject = "keys",
                                .reason = reason,
                                .outcome = status == BJ_OK ? "done" : "refused",
                                .after_json = after};
    bj_status_t kept = bj_trail_add(keys->config.db, who, &act);
    return status == BJ_OK ? kept : status;
}
