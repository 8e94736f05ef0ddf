#include "controlplane/apps/bj_jwt.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "controlplane/text/bj_text.h"

enum { SIG_BYTES = 64, SIG_TEXT_BYTES = 86, DAY_S = 86400, DAY_END_S = 1800 /* 06:00 in India */ };
enum { CLAIMS_MAX_BYTES = 400, SKEW_S = 5 };

static const char audience[] = "bijli-api";
static const char head[] =
    "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9."; /* {"alg":"EdDSA","typ":"JWT"} */
static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

struct bj_jwt_key {
    EVP_PKEY *pkey;
};

bj_jwt_key_t *bj_jwt_key_load(const char *file, char *error, size_t error_bytes) {
    FILE *in = fopen(file, "r");
    EVP_PKEY *pkey = in ? PEM_read_PrivateKey(in, NULL, NULL, NULL) : NULL;
    if (in) fclose(in);
    bj_jwt_key_t *key = malloc(sizeof *key);
    if (pkey && key && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519) {
        key->pkey = pkey;
        return key;
    }
    snprintf(error, error_bytes, "%.100s is not a private key of Ed25519", file);
    EVP_PKEY_free(pkey);
    free(key);
    return NULL;
}

void bj_jwt_key_free(bj_jwt_key_t *key) {
    if (key) EVP_PKEY_free(key->pkey);
    free(key);
}

int64_t bj_jwt_day_end(int64_t now_s) {
    return (now_s - DAY_END_S + DAY_S) / DAY_S * DAY_S + DAY_END_S;
}

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

/* --- signature */

static bool sign(const bj_jwt_key_t *key, const char *text, size_t text_bytes,
                 uint8_t out[SIG_BYTES]) {
    size_t out_bytes = SIG_BYTES;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestSign(ctx, out, &out_bytes, (const unsigned char *)text, text_bytes) == 1;
    EVP_MD_CTX_free(ctx);
    return ok && out_bytes == SIG_BYTES;
}

static bool is_signed(const bj_jwt_key_t *key, const char *text, size_t text_bytes,
                      const uint8_t sig[SIG_BYTES]) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
              EVP_DigestVerify(ctx, sig, SIG_BYTES, (const unsigned char *)text, text_bytes) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
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
    bool ok = json &&
              json_unpack_ex(json, NULL, JSON_STRICT,
                             "{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s?{s:s}}", "aud", &aud, "sub",
                             &sub, "app", &app, "scope", &scope, "jti", &id, "iat", &made_s, "exp",
                             &ends_s, "cnf", "jkt", &key) == 0 &&
              strcmp(aud, audience) == 0 && bj_parse_u64(sub, &jwt->user_id) && jwt->user_id &&
              bj_parse_u64(app, &jwt->app_id) && jwt->app_id &&
              bj_scopes_read(scope, &jwt->scopes) && strlen(id) == BJ_JWT_ID_BYTES - 1 &&
              (!*key || strlen(key) == BJ_JWT_KEY_BYTES - 1);
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
    size_t claims_bytes = write_claims(jwt, claims), at = sizeof head - 1;
    if (!claims_bytes) return false;
    memcpy(out, head, sizeof head);
    at += write_digits((const uint8_t *)claims, claims_bytes, out + at);
    if (!sign(key, out, at, sig)) return false;
    out[at++] = '.';
    write_digits(sig, sizeof sig, out + at);
    return true;
}

bj_status_t bj_jwt_read(const bj_jwt_key_t *key, const char *text, int64_t now_s, bj_jwt_t *jwt) {
    uint8_t sig[SIG_TEXT_BYTES], claims[BJ_JWT_BYTES];
    size_t sig_bytes, claims_bytes, head_bytes = sizeof head - 1;
    *jwt = (bj_jwt_t){.user_id = 0};
    const char *dot = strrchr(text, '.');
    if (strlen(text) >= BJ_JWT_BYTES || strncmp(text, head, head_bytes) != 0) return BJ_ERR_CORRUPT;
    if (dot < text + head_bytes || strlen(dot + 1) != SIG_TEXT_BYTES) return BJ_ERR_CORRUPT;
    if (!read_digits(dot + 1, SIG_TEXT_BYTES, sig, &sig_bytes) || sig_bytes != SIG_BYTES ||
        !is_signed(key, text, (size_t)(dot - text), sig)) {
        return BJ_ERR_CORRUPT;
    }
    const char *claims_text = text + head_bytes;
    if (!read_digits(claims_text, (size_t)(dot - claims_text), claims, &claims_bytes) ||
        !read_claims((const char *)claims, claims_bytes, jwt)) {
        return BJ_ERR_CORRUPT;
    }
    return now_s < jwt->ends_s && jwt->made_s <= now_s + SKEW_S ? BJ_OK : BJ_ERR_TIMEOUT;
}
