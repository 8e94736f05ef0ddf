#ifndef BJ_PASSKEY_TEST_H
#define BJ_PASSKEY_TEST_H

/* passkey_test - an authenticator of our own, for tests only: it makes credentials and assertions
 * with OpenSSL and by hand, out of the standard's text, and shares no code with what judges them.
 *
 * Source  W3C Web Authentication Level 2, 6.1, 6.5.1; RFC 9052 and RFC 9053 for the keys. */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "controlplane/identity/bj_webauthn.h"

enum { ES256 = -7, EDDSA = -8, RS256 = -257 };
enum { FLAG_UP = 1, FLAG_UV = 4, FLAG_BE = 8, FLAG_BS = 16, FLAG_AT = 64, FLAG_ED = 128 };

typedef struct passkey {
    int alg;
    EVP_PKEY *pkey;
    uint8_t id[32];
    uint32_t count; /* moved on by each message; 0 and still: it has none */
    bool still;
    uint8_t flags;
    const char *rp_id, *origin, *type; /* type NULL: the right one */
    const char *more;                  /* extensions, in CBOR */
    size_t more_bytes;
} passkey_t;

typedef struct passkey_said {
    char client[512];
    uint8_t auth[1024], sig[512];
    size_t client_bytes, auth_bytes, sig_bytes;
} passkey_said_t;

static inline passkey_t passkey_make(int alg) {
    passkey_t key = {.alg = alg,
                     .flags = FLAG_UP | FLAG_UV,
                     .rp_id = "localhost",
                     .origin = "https://localhost"};
    key.pkey = alg == ES256   ? EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256")
               : alg == EDDSA ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                              : EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    if (!key.pkey || getrandom(key.id, sizeof key.id, 0) != sizeof key.id) abort();
    return key;
}

static inline void passkey_put(passkey_said_t *said, const void *data, size_t data_bytes) {
    if (said->auth_bytes + data_bytes > sizeof said->auth) abort();
    memcpy(said->auth + said->auth_bytes, data, data_bytes);
    said->auth_bytes += data_bytes;
}
#define PASSKEY_PUT(said, text) passkey_put(said, text, sizeof text - 1)

static inline void passkey_put_cose(const passkey_t *key, passkey_said_t *said) {
    uint8_t raw[512];
    size_t raw_bytes = sizeof raw;
    if (key->alg == ES256) {
        if (!EVP_PKEY_get_octet_string_param(key->pkey, "pub", raw, sizeof raw, &raw_bytes))
            abort();
        if (raw_bytes != 65) abort(); /* 4, x, y */
        PASSKEY_PUT(said, "\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20");
        passkey_put(said, raw + 1, 32);
        PASSKEY_PUT(said, "\x22\x58\x20");
        passkey_put(said, raw + 33, 32);
    } else if (key->alg == EDDSA) {
        if (!EVP_PKEY_get_raw_public_key(key->pkey, raw, &raw_bytes)) abort();
        PASSKEY_PUT(said, "\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20");
        passkey_put(said, raw, raw_bytes);
    } else {
        BIGNUM *n = NULL;
        if (!EVP_PKEY_get_bn_param(key->pkey, "n", &n) || BN_bn2binpad(n, raw, 256) != 256) abort();
        BN_free(n);
        PASSKEY_PUT(said, "\xa4\x01\x03\x03\x39\x01\x00\x20\x59\x01\x00");
        passkey_put(said, raw, 256);
        PASSKEY_PUT(said, "\x21\x43\x01\x00\x01");
    }
}

static inline void passkey_head(passkey_t *key, uint8_t flags, passkey_said_t *said) {
    uint8_t hash[32];
    SHA256((const unsigned char *)key->rp_id, strlen(key->rp_id), hash);
    if (!key->still) key->count++;
    if (key->more) flags |= FLAG_ED;
    const uint8_t rest[5] = {flags, (uint8_t)(key->count >> 24), (uint8_t)(key->count >> 16),
                             (uint8_t)(key->count >> 8), (uint8_t)key->count};
    said->auth_bytes = 0;
    passkey_put(said, hash, sizeof hash);
    passkey_put(said, rest, sizeof rest);
}

static inline void passkey_client(const passkey_t *key, const char *type, const char *challenge,
                                  passkey_said_t *said) {
    said->client_bytes = (size_t)snprintf(
        said->client, sizeof said->client,
        "{\"type\":\"%s\",\"challenge\":\"%s\",\"origin\":\"%s\",\"crossOrigin\":false}",
        key->type ? key->type : type, challenge, key->origin);
}

/* navigator.credentials.create */
static inline passkey_said_t passkey_create(passkey_t *key, const char *challenge) {
    passkey_said_t said = {.sig_bytes = 0};
    passkey_client(key, "webauthn.create", challenge, &said);
    passkey_head(key, key->flags | FLAG_AT, &said);
    PASSKEY_PUT(&said, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x20"); /* whose make; 32 */
    passkey_put(&said, key->id, sizeof key->id);
    passkey_put_cose(key, &said);
    if (key->more) passkey_put(&said, key->more, key->more_bytes);
    return said;
}

/* navigator.credentials.get */
static inline passkey_said_t passkey_get(passkey_t *key, const char *challenge) {
    passkey_said_t said = {.sig_bytes = sizeof said.sig};
    uint8_t what[1024 + 32];
    passkey_client(key, "webauthn.get", challenge, &said);
    passkey_head(key, key->flags, &said);
    if (key->more) passkey_put(&said, key->more, key->more_bytes);
    memcpy(what, said.auth, said.auth_bytes);
    SHA256((const unsigned char *)said.client, said.client_bytes, what + said.auth_bytes);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (!ctx ||
        EVP_DigestSignInit_ex(ctx, NULL, key->alg == EDDSA ? NULL : "SHA256", NULL, NULL, key->pkey,
                              NULL) != 1 ||
        EVP_DigestSign(ctx, said.sig, &said.sig_bytes, what, said.auth_bytes + 32) != 1) {
        abort();
    }
    EVP_MD_CTX_free(ctx);
    return said;
}

static inline bj_webauthn_said_t passkey_as_sent(const passkey_said_t *said) {
    return (bj_webauthn_said_t){.client = (const uint8_t *)said->client,
                                .client_bytes = said->client_bytes,
                                .auth = said->auth,
                                .auth_bytes = said->auth_bytes,
                                .sig = said->sig,
                                .sig_bytes = said->sig_bytes};
}

#endif /* BJ_PASSKEY_TEST_H */
