#include "controlplane/keys/bj_seal.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

enum { KEY_BYTES = BJ_SEAL_KEY_BYTES, NONCE_BYTES = 12, TAG_BYTES = 16 };
static_assert(NONCE_BYTES + TAG_BYTES == BJ_SEAL_MORE_BYTES, "what a sealed secret has more");

static const struct {
    const char *name;
    const EVP_CIPHER *(*evp)(void);
} ciphers[BJ_CIPHER_CNT] = {
    [BJ_CIPHER_AES_256_GCM] = {"aes-256-gcm", EVP_aes_256_gcm},
    [BJ_CIPHER_CHACHA20_POLY1305] = {"chacha20-poly1305", EVP_chacha20_poly1305},
};

const char *bj_cipher_name(bj_cipher_t cipher) {
    return ciphers[cipher].name;
}

bool bj_cipher_of(const char *name, bj_cipher_t *cipher) {
    for (size_t i = 0; i < BJ_CIPHER_CNT; i++) {
        if (strcmp(name, ciphers[i].name) != 0) continue;
        *cipher = (bj_cipher_t)i;
        return true;
    }
    return false;
}

struct bj_seal {
    size_t key_cnt;
    struct {
        uint16_t id;
        uint8_t key[KEY_BYTES];
    } keys[BJ_SEAL_KEYS_MAX];
};

static bool key_read(const char *hex, uint8_t key[KEY_BYTES]) {
    if (strspn(hex, "0123456789abcdefABCDEF") != 2 * KEY_BYTES || hex[2 * KEY_BYTES]) return false;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        key[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
    return true;
}

/* NULL, or what is wrong with the line. */
static const char *line_read(bj_seal_t *seal, char *line) {
    char *end;
    line[strcspn(line, "\r\n")] = '\0';
    if (line[0] == '\0') return NULL;
    unsigned long id = strtoul(line, &end, 10);
    if (line[0] < '0' || line[0] > '9' || *end != ' ' || id == 0 || id > UINT16_MAX) {
        return "must begin with a number from 1 to 65535 and a blank";
    }
    if (seal->key_cnt == BJ_SEAL_KEYS_MAX) return "is one key too many";
    for (size_t i = 0; i < seal->key_cnt; i++) {
        if (seal->keys[i].id == id) return "has the number of another key";
    }
    if (!key_read(end + 1, seal->keys[seal->key_cnt].key)) return "must have 64 hexadecimal digits";
    seal->keys[seal->key_cnt++].id = (uint16_t)id;
    return NULL;
}

static bool file_read(bj_seal_t *seal, FILE *file, const char *name, char *error,
                      size_t error_bytes) {
    char line[128];
    const char *wrong = NULL;
    unsigned line_cnt = 0;
    while (!wrong && fgets(line, sizeof line, file))
        line_cnt++, wrong = line_read(seal, line);
    explicit_bzero(line, sizeof line);
    if (wrong)
        snprintf(error, error_bytes, "%.90s: line %u %s", name, line_cnt, wrong);
    else if (!seal->key_cnt)
        snprintf(error, error_bytes, "%.90s: holds no key", name);
    return !wrong && seal->key_cnt;
}

bj_seal_t *bj_seal_new(const char *key_file, char *error, size_t error_bytes) {
    bj_seal_t *seal = calloc(1, sizeof *seal);
    FILE *file = seal ? fopen(key_file, "re") : NULL;
    bool ok = file && file_read(seal, file, key_file, error, error_bytes);
    if (!file) snprintf(error, error_bytes, "%.90s: cannot be read", key_file);
    if (file) fclose(file);
    if (ok) return seal;
    bj_seal_free(seal);
    return NULL;
}

void bj_seal_free(bj_seal_t *seal) {
    if (seal) explicit_bzero(seal, sizeof *seal);
    free(seal);
}

uint16_t bj_seal_key_id(const bj_seal_t *seal) {
    return seal->keys[0].id;
}

bool bj_seal_close_by(bj_cipher_t cipher, const uint8_t key[BJ_SEAL_KEY_BYTES], const char *what,
                      const void *plain, size_t plain_bytes, bj_sealed_t *out) {
    int n;
    uint8_t *body = out->data + NONCE_BYTES;
    if (plain_bytes > BJ_SEAL_PLAIN_MAX_BYTES) return false;
    if (getrandom(out->data, NONCE_BYTES, 0) != NONCE_BYTES) return false;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx && EVP_EncryptInit_ex(ctx, ciphers[cipher].evp(), NULL, key, out->data) &&
              EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) &&
              EVP_EncryptUpdate(ctx, body, &n, plain, (int)plain_bytes) &&
              EVP_EncryptFinal_ex(ctx, body + n, &n) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, body + plain_bytes);
    EVP_CIPHER_CTX_free(ctx);
    out->data_bytes = plain_bytes + BJ_SEAL_MORE_BYTES;
    return ok;
}

bool bj_seal_close(const bj_seal_t *seal, const char *what, const void *plain, size_t plain_bytes,
                   bj_sealed_t *out) {
    out->key_id = seal->keys[0].id;
    return bj_seal_close_by(BJ_CIPHER_AES_256_GCM, seal->keys[0].key, what, plain, plain_bytes,
                            out);
}

static bool decrypt(bj_cipher_t cipher, const uint8_t *key, const char *what,
                    const bj_sealed_t *sealed, void *plain, size_t plain_bytes) {
    int n;
    const uint8_t *body = sealed->data + NONCE_BYTES;
    uint8_t tag[TAG_BYTES], last[16];
    memcpy(tag, body + plain_bytes, TAG_BYTES);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool ok = ctx && EVP_DecryptInit_ex(ctx, ciphers[cipher].evp(), NULL, key, sealed->data) &&
              EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)what, (int)strlen(what)) &&
              EVP_DecryptUpdate(ctx, plain, &n, body, (int)plain_bytes) &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_BYTES, tag) &&
              EVP_DecryptFinal_ex(ctx, last, &n) > 0;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

bj_status_t bj_seal_open_by(bj_cipher_t cipher, const uint8_t key[BJ_SEAL_KEY_BYTES],
                            const char *what, const bj_sealed_t *sealed, void *plain,
                            size_t plain_bytes) {
    if (sealed->data_bytes != plain_bytes + BJ_SEAL_MORE_BYTES) return BJ_ERR_CORRUPT;
    if (plain_bytes > BJ_SEAL_PLAIN_MAX_BYTES) return BJ_ERR_CORRUPT;
    if (decrypt(cipher, key, what, sealed, plain, plain_bytes)) return BJ_OK;
    explicit_bzero(plain, plain_bytes); /* either gives the text before it knows the tag */
    return BJ_ERR_CORRUPT;
}

bj_status_t bj_seal_open(const bj_seal_t *seal, const char *what, const bj_sealed_t *sealed,
                         void *plain, size_t plain_bytes) {
    for (size_t i = 0; i < seal->key_cnt; i++) {
        if (seal->keys[i].id != sealed->key_id) continue;
        return bj_seal_open_by(BJ_CIPHER_AES_256_GCM, seal->keys[i].key, what, sealed, plain,
                               plain_bytes);
    }
    return BJ_ERR_NOT_FOUND;
}
