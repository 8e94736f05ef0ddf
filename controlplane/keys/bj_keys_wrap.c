#include <stdio.h>
#include <stdlib.h>
#include "controlplane/keys/bj_keys_priv.h"
#include "dataplane/base/bj_log.h"

/* What is wrapped says which key it is: a row put in another's place is found out. */
enum { NAME_BYTES = 40, PLAIN_BYTES = NAME_BYTES + BJ_SEAL_KEY_BYTES };
static_assert((int)PLAIN_BYTES <= (int)BJ_WRAP_PLAIN_MAX_BYTES,
              "a data key and its name can be wrapped");

/* And which algorithm it is for: the first ones, from before there were others, say nothing. */
static const char *const ciphers[] = {[BJ_CIPHER_AES_256_GCM] = "",
                                      [BJ_CIPHER_CHACHA20_POLY1305] = " chacha20"};
static const char *const macs[] = {
    [BJ_MAC_SHA256] = "", [BJ_MAC_SHA3_256] = " sha3-256", [BJ_MAC_SHA512] = " sha512"};
static_assert(BJ_COUNT(ciphers) == BJ_CIPHER_CNT && BJ_COUNT(macs) == BJ_MAC_CNT, "all have one");

static size_t alg_cnt(const bj_keys_row_t *row) {
    return row->category == BJ_KEYS_LOOKUP ? BJ_COUNT(macs) : BJ_COUNT(ciphers);
}

static void name_of(const bj_keys_row_t *row, uint8_t alg, char out[NAME_BYTES]) {
    const char *const *marks = row->category == BJ_KEYS_LOOKUP ? macs : ciphers;
    memset(out, 0, NAME_BYTES);
    snprintf(out, NAME_BYTES, "bijli-key %s %u%s", bj_keys_category_name(row->category), row->id,
             marks[alg]);
}

static bool is_named(const bj_keys_row_t *row, const uint8_t plain[PLAIN_BYTES], uint8_t *alg) {
    char name[NAME_BYTES];
    for (uint8_t i = 0; i < alg_cnt(row); i++) {
        name_of(row, i, name);
        if (memcmp(name, plain, sizeof name) != 0) continue;
        *alg = i;
        return true;
    }
    return false;
}

static bool by_file(const bj_seal_t *seal, const uint8_t plain[PLAIN_BYTES],
                    char out[BJ_WRAPPED_BYTES]) {
    bj_sealed_t sealed;
    if (!bj_seal_close(seal, "data key", plain, PLAIN_BYTES, &sealed)) return false;
    int n = snprintf(out, BJ_WRAPPED_BYTES, "file:%u:", sealed.key_id);
    bj_base64_write(sealed.data, sealed.data_bytes, out + n);
    return true;
}

static bj_status_t from_file(const bj_seal_t *seal, const char *wrapped,
                             uint8_t plain[PLAIN_BYTES]) {
    char *end;
    bj_sealed_t sealed = {.data_bytes = PLAIN_BYTES + BJ_SEAL_MORE_BYTES};
    unsigned long id = strtoul(wrapped + 5, &end, 10);
    if (id == 0 || id > UINT16_MAX || *end != ':') return BJ_ERR_CORRUPT;
    if (!bj_base64_read(end + 1, sealed.data, sealed.data_bytes)) return BJ_ERR_CORRUPT;
    sealed.key_id = (uint16_t)id;
    return bj_seal_open(seal, "data key", &sealed, plain, PLAIN_BYTES);
}

bj_status_t bj_keys_wrap(const bj_keys_t *keys, bj_keys_row_t *row,
                         const uint8_t key[BJ_SEAL_KEY_BYTES]) {
    uint8_t plain[PLAIN_BYTES];
    name_of(row, row->alg, (char *)plain);
    memcpy(plain + NAME_BYTES, key, BJ_SEAL_KEY_BYTES);
    bj_status_t status = BJ_ERR_UNAVAILABLE;
    if (keys->config.vault) {
        status = bj_vault_wrap(keys->config.vault, plain, sizeof plain, row->wrapped);
    } else if (by_file(keys->config.seal, plain, row->wrapped)) {
        status = BJ_OK;
    }
    explicit_bzero(plain, sizeof plain);
    return status == BJ_OK ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

bj_status_t bj_keys_unwrap(const bj_keys_t *keys, const bj_keys_row_t *row, bj_keys_key_t *key) {
    uint8_t plain[PLAIN_BYTES];
    bool vault = strncmp(row->wrapped, "vault:", 6) == 0;
    bj_status_t status = BJ_ERR_NOT_FOUND; /* what wrapped it is not configured */
    if (vault && keys->config.vault) {
        status = bj_vault_unwrap(keys->config.vault, row->wrapped, plain, sizeof plain);
    } else if (!vault && keys->config.seal) {
        status = from_file(keys->config.seal, row->wrapped, plain);
    }
    if (status == BJ_OK && !is_named(row, plain, &key->alg)) status = BJ_ERR_CORRUPT;
    if (status == BJ_OK)
        memcpy(key->key, plain + NAME_BYTES, BJ_SEAL_KEY_BYTES);
    else
        BJ_ERROR("key %u (%s) cannot be unwrapped by %s: %s", row->id,
                 bj_keys_category_name(row->category), vault ? "Vault" : "the key file",
                 bj_status_text(status));
    explicit_bzero(plain, sizeof plain);
    return status;
}
