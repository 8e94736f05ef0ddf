#include "controlplane/apps/bj_jwt.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "controlplane/text/bj_text.h"

enum {
    SIG_BYTES = BJ_SIG_BYTES,
    SIG_TEXT_BYTES = 86,
    DAY_S = 86400,
    DAY_END_S = 1800 /* 06:00 in India */
};
enum { CLAIMS_MAX_BYTES = 400, SKEW_S = 5, NAME_BYTES = 8, HEAD_BYTES = 96 };

static const char audience[] = "bijli-api";
/* Of tokens from before keys had names, until they end: {"alg":"EdDSA","typ":"JWT"}. */
static const char old_head[] = "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.";
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* --- base64url */

static size_t write_digits(const uint8_t *data, size_t data_bytes, char *out) {
    size_t at = 0;
    for (size_t bit = 0; bit < data_bytes * 8; bit += 6) {
        unsigned pair = (unsigned)data[bit / 8] << 8;
        if (bit / 8 + 1 < data_bytes) pair |= data[bit / 8 + 1];
        out[at++] = digits[(pair >> (10 - bit % 8)) & 63];
    }
    out[at] = '\0';
    return at;
}

/* The one form only: a token has one text.  False: another digit, or bits left over that are not
 * zero. */
static bool read_digits(const char *text, size_t text_bytes, uint8_t *out, size_t *out_bytes) {
    unsigned held = 0, held_bits = 0;
    *out_bytes = 0;
    for (size_t i = 0; i < text_bytes; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit) return false;
        held = (held << 6 | (unsigned)(digit - digits)) & 0xffff;
        held_bits += 6;
        if (held_bits < 8) continue;
        held_bits -= 8;
        out[(*out_bytes)++] = (uint8_t)(held >> held_bits);
    }
    return held_bits < 6 && (held & ((1u << held_bits) - 1)) == 0;
}

/* --- keys */

typedef struct one {
    EVP_PKEY *pkey;
    bj_sig_alg_t alg;
    char head[HEAD_BYTES]; /* with its dot: names algorithm and key */
} one_t;

struct bj_jwt_key {
    const one_t *signs;
    size_t key_cnt;
    one_t key[BJ_JWT_KEYS_MAX];
};

/* The name is of the key and its kind: one of another algorithm has another. */
static bool write_head(one_t *key) {
    uint8_t hash[SHA256_DIGEST_LENGTH], *der = NULL;
    char name[16], json[64];
    int der_bytes = i2d_PUBKEY(key->pkey, &der);
    if (der_bytes <= 0) return false;
    SHA256(der, (size_t)der_bytes, hash);
    OPENSSL_free(der);
    write_digits(hash, NAME_BYTES, name);
    int n = snprintf(json, sizeof json, "{\"alg\":\"%s\",\"kid\":\"%s\",\"typ\":\"JWT\"}",
                     bj_sig_name(key->alg), name);
    size_t at = write_digits((const uint8_t *)json, (size_t)n, key->head);
    key->head[at] = '.';
    key->head[at + 1] = '\0';
    return true;
}

/* The next block that is said to be a private key, NULL: no more.  *damaged: there is one that is
 * none: PEM_read_PrivateKey does not tell that from the end. */
static EVP_PKEY *next_key(FILE *in, bool *damaged) {
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long der_bytes = 0;
    EVP_PKEY *pkey = NULL;
    bool is_key = false;
    ERR_clear_error();
    while (!is_key && PEM_read(in, &name, &header, &der, &der_bytes) == 1) {
        const unsigned char *at = der;
        is_key = strstr(name, "PRIVATE KEY") != NULL;
        if (is_key && !*header) pkey = d2i_AutoPrivateKey(NULL, &at, der_bytes);
        *damaged = is_key && !pkey;
        OPENSSL_free(name), OPENSSL_free(header), OPENSSL_clear_free(der, (size_t)der_bytes);
    }
    if (!is_key) *damaged = ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE;
    ERR_clear_error();
    return pkey;
}

/* NULL, or what is wrong with the file. */
static const char *read_keys(FILE *in, bj_jwt_key_t *key) {
    EVP_PKEY *pkey;
    bool damaged = false;
    while ((pkey = next_key(in, &damaged))) {
        one_t *one = &key->key[key->key_cnt];
        if (key->key_cnt == BJ_JWT_KEYS_MAX) EVP_PKEY_free(pkey);
        if (key->key_cnt == BJ_JWT_KEYS_MAX) return "holds too many keys";
        one->pkey = pkey;
        key->key_cnt++;
        if (!bj_sig_of_key(pkey, &one->alg) || !write_head(one)) {
            return "holds a private key that is not of Ed25519 or P-256";
        }
    }
    return damaged ? "holds a key that cannot be read" : NULL;
}

bj_jwt_key_t *bj_jwt_key_load(const char *file, bj_sig_alg_t alg, char *error, size_t error_bytes) {
    FILE *in = fopen(file, "re");
    bj_jwt_key_t *key = calloc(1, sizeof *key);
    const char *wrong = in && key ? read_keys(in, key) : "cannot be read";
    if (in) fclose(in);
    for (size_t i = key && !wrong ? key->key_cnt : 0; i-- > 0;) {
        if (key->key[i].alg == alg) key->signs = &key->key[i];
    }
    if (key && key->signs) return key;
    if (wrong)
        snprintf(error, error_bytes, "%.100s %s", file, wrong);
    else
        snprintf(error, error_bytes, "%.100s holds no private key for %s", file, bj_sig_name(alg));
    bj_jwt_key_free(key);
    return NULL;
}

void bj_jwt_key_free(bj_jwt_key_t *key) {
    for (size_t i = 0; key && i < key->key_cnt; i++)
        EVP_PKEY_free(key->key[i].pkey);
    free(key);
}

int64_t bj_jwt_day_end(int64_t now_s) {
    return (now_s - DAY_END_S + DAY_S) / DAY_S * DAY_S + DAY_END_S;
}

/* --- claims */

static size_t write_claims(const bj_jwt_t *jwt, char out[CLAIMS_MAX_BYTES]) {
    char scopes[BJ_SCOPES_TEXT_BYTES], sub[BJ_ID_TEXT_BYTES], app[BJ_ID_TEXT_BYTES];
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "aud", audience, "sub",
                             bj_id_text(jwt->user_id, sub), "app", bj_id_text(jwt->app_id, app),
                             "scope", bj_scopes_write(jwt->scopes, scopes), "jti", jwt->id, "iat",
                             (json_int_t)jwt->made_s, "exp", (json_int_t)jwt->ends_s);
    /* RFC 9449, 6.1. */
    if (json && jwt->key[0]) {
        json_object_set_new(json, "cnf", json_pack("{s:s}", "jkt", jwt->key));
    }
    size_t n = json ? json_dumpb(json, out, CLAIMS_MAX_BYTES, JSON_COMPACT) : 0;
    json_decref(json);
    return n <= CLAIMS_MAX_BYTES ? n : 0;
}

static bool read_claims(const char *text, size_t text_bytes, bj_jwt_t *jwt) {
    const char *aud, *sub, *app, *scope, *id, *key = "";
    json_int_t made_s, ends_s;
    *jwt = (bj_jwt_t){.user_id = 0};
    json_t *json = json_loadb(text, text_bytes, JSON_REJECT_DUPLICATES, NULL);
    bool ok =
        json &&
        json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s?{s:s}}",
                       "aud", &aud, "sub", &sub, "app", &app, "scope", &scope, "jti", &id, "iat",
                       &made_s, "exp", &ends_s, "cnf", "jkt", &key) == 0 &&
        strcmp(aud, audience) == 0 && bj_parse_u64(sub, &jwt->user_id) && jwt->user_id &&
        bj_parse_u64(app, &jwt->app_id) && jwt->app_id && bj_scopes_read(scope, &jwt->scopes) &&
        strlen(id) == BJ_JWT_ID_BYTES - 1 && (!*key || strlen(key) == BJ_JWT_KEY_BYTES - 1);
    if (ok) {
        snprintf(jwt->key, sizeof jwt->key, "%s", key);
        memcpy(jwt->id, id, BJ_JWT_ID_BYTES);
        jwt->made_s = made_s;
        jwt->ends_s = ends_s;
    }
    json_decref(json);
    return ok;
}

bool bj_jwt_make(const bj_jwt_key_t *key, bj_jwt_t *jwt, char out[BJ_JWT_BYTES]) {
    char claims[CLAIMS_MAX_BYTES];
    uint8_t sig[SIG_BYTES], random[16];
    if (getrandom(random, sizeof random, 0) != sizeof random) return false;
    write_digits(random, sizeof random, jwt->id);
    size_t claims_bytes = write_claims(jwt, claims), at = strlen(key->signs->head);
    if (!claims_bytes) return false;
    memcpy(out, key->signs->head, at);
    at += write_digits((const uint8_t *)claims, claims_bytes, out + at);
    if (!bj_sig_make(key->signs->alg, key->signs->pkey, out, at, sig)) return false;
    out[at++] = '.';
    write_digits(sig, sizeof sig, out + at);
    return true;
}

/* Its head, byte for byte, is that of a key, which then judges; *head_bytes: how long it is. */
static bool is_ours(const bj_jwt_key_t *key, const char *text, size_t signed_bytes,
                    const uint8_t sig[SIG_BYTES], size_t *head_bytes) {
    for (size_t i = 0; i < key->key_cnt; i++) {
        const one_t *one = &key->key[i];
        bool old = one->alg == BJ_SIG_EDDSA && strncmp(text, old_head, sizeof old_head - 1) == 0;
        *head_bytes = old ? sizeof old_head - 1 : strlen(one->head);
        if (!old && strncmp(text, one->head, *head_bytes) != 0) continue;
        if (*head_bytes > signed_bytes) continue;
        if (bj_sig_good(one->alg, one->pkey, text, signed_bytes, sig)) return true;
    }
    return false;
}

bj_status_t bj_jwt_read(const bj_jwt_key_t *key, const char *text, int64_t now_s, bj_jwt_t *jwt) {
    uint8_t sig[SIG_TEXT_BYTES], claims[BJ_JWT_BYTES];
    size_t sig_bytes, claims_bytes, head_bytes;
    *jwt = (bj_jwt_t){.user_id = 0};
    const char *dot = strrchr(text, '.');
    if (!dot || strlen(text) >= BJ_JWT_BYTES || strlen(dot + 1) != SIG_TEXT_BYTES) {
        return BJ_ERR_CORRUPT;
    }
    if (!read_digits(dot + 1, SIG_TEXT_BYTES, sig, &sig_bytes) || sig_bytes != SIG_BYTES ||
        !is_ours(key, text, (size_t)(dot - text), sig, &head_bytes)) {
        return BJ_ERR_CORRUPT;
    }
    const char *claims_text = text + head_bytes;
    if (!read_digits(claims_text, (size_t)(dot - claims_text), claims, &claims_bytes) ||
        !read_claims((const char *)claims, claims_bytes, jwt)) {
        return BJ_ERR_CORRUPT;
    }
    return now_s < jwt->ends_s && jwt->made_s <= now_s + SKEW_S ? BJ_OK : BJ_ERR_TIMEOUT;
}
