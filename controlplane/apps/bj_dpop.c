#include "controlplane/apps/bj_dpop.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/sha.h>
#include <stdio.h>
#include "controlplane/apps/bj_sig.h"
#include "controlplane/identity/bj_base64url.h"

enum { NUMBER_BYTES = 32, SIG_BYTES = BJ_SIG_BYTES, POINT_BYTES = 1 + 2 * NUMBER_BYTES };
enum { NUMBER_TEXT = 43, JTI_MIN = 8, JTI_MAX = 128, PART_BYTES = BJ_DPOP_BYTES };

static const struct {
    const char *name, *text;
} words[] = {
#define X(wrong, name, text) [wrong] = {name, text},
    BJ_DPOP_LIST(X)
#undef X
};

const char *bj_dpop_name(bj_dpop_wrong_t wrong) { return words[wrong].name; }
const char *bj_dpop_text(bj_dpop_wrong_t wrong) { return words[wrong].text; }

/* text up to dot, decoded.  False: not base64url. */
static bool read_part(const char *text, size_t text_bytes, uint8_t *out, size_t *out_bytes) {
    char copy[PART_BYTES];
    if (text_bytes >= sizeof copy) return false;
    memcpy(copy, text, text_bytes);
    copy[text_bytes] = '\0';
    return bj_base64url_read(copy, out, PART_BYTES, out_bytes);
}

static json_t *read_json(const char *text, size_t text_bytes) {
    uint8_t raw[PART_BYTES];
    size_t raw_bytes;
    if (!read_part(text, text_bytes, raw, &raw_bytes)) return NULL;
    return json_loadb((const char *)raw, raw_bytes, JSON_REJECT_DUPLICATES, NULL);
}

static bool read_number(const char *text, uint8_t out[NUMBER_BYTES]) {
    size_t n;
    return strlen(text) == NUMBER_TEXT && bj_base64url_read(text, out, NUMBER_BYTES, &n) &&
           n == NUMBER_BYTES;
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *p256_new(const uint8_t x[NUMBER_BYTES], const uint8_t y[NUMBER_BYTES]) {
    char group[] = "prime256v1";
    uint8_t point[POINT_BYTES] = {0x04};
    EVP_PKEY *pkey = NULL;
    memcpy(point + 1, x, NUMBER_BYTES);
    memcpy(point + 1 + NUMBER_BYTES, y, NUMBER_BYTES);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    bool ok = ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
              EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1;
    EVP_PKEY_CTX_free(ctx);
    return ok ? pkey : NULL;
}

static void print_of(const char *canonical, uint8_t print[BJ_DPOP_PRINT_BYTES]) {
    SHA256((const unsigned char *)canonical, strlen(canonical), print);
}

/* A public key and nothing else: who sends a private one has none any more. */
static EVP_PKEY *read_p256(json_t *jwk, uint8_t print[BJ_DPOP_PRINT_BYTES]) {
    const char *kty, *crv, *x, *y;
    uint8_t x_bytes[NUMBER_BYTES], y_bytes[NUMBER_BYTES];
    char canonical[160];
    bool ok = json_unpack_ex(jwk, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:s}", "kty", &kty, "crv",
                             &crv, "x", &x, "y", &y) == 0 &&
              strcmp(kty, "EC") == 0 && strcmp(crv, "P-256") == 0 && read_number(x, x_bytes) &&
              read_number(y, y_bytes);
    if (!ok) return NULL;
    snprintf(canonical, sizeof canonical,
             "{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
    print_of(canonical, print);
    return p256_new(x_bytes, y_bytes);
}

static EVP_PKEY *read_ed25519(json_t *jwk, uint8_t print[BJ_DPOP_PRINT_BYTES]) {
    const char *kty, *crv, *x;
    uint8_t x_bytes[NUMBER_BYTES];
    char canonical[120];
    bool ok = json_unpack_ex(jwk, NULL, JSON_STRICT, "{s:s, s:s, s:s}", "kty", &kty, "crv", &crv,
                             "x", &x) == 0 &&
              strcmp(kty, "OKP") == 0 && strcmp(crv, "Ed25519") == 0 && read_number(x, x_bytes);
    if (!ok) return NULL;
    snprintf(canonical, sizeof canonical, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%s\"}", x);
    print_of(canonical, print);
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x_bytes, sizeof x_bytes);
}

/* The head says by what it is signed: one of two, each with its own kind of key. */
static bj_dpop_wrong_t read_head(json_t *head, const char *text, size_t text_bytes,
                             const uint8_t sig[SIG_BYTES], bj_dpop_t *dpop) {
    const char *typ, *alg;
    json_t *jwk;
    if (json_unpack_ex(head, NULL, JSON_STRICT, "{s:s, s:s, s:o}", "typ", &typ, "alg", &alg, "jwk",
                       &jwk) != 0 ||
        strcmp(typ, "dpop+jwt") != 0) {
        return BJ_DPOP_FORM;
    }
    bj_sig_alg_t by;
    if (!bj_sig_of(alg, &by)) return BJ_DPOP_ALG;
    EVP_PKEY *pkey =
        by == BJ_SIG_ES256 ? read_p256(jwk, dpop->print) : read_ed25519(jwk, dpop->print);
    if (!pkey) return BJ_DPOP_JWK;
    bool good = bj_sig_good(by, pkey, text, text_bytes, sig);
    EVP_PKEY_free(pkey);
    return good ? BJ_DPOP_GOOD : BJ_DPOP_SIGNATURE;
}

static bool hash_fits(const char *ath, const char *access_token) {
    uint8_t hash[SHA256_DIGEST_LENGTH], got[NUMBER_BYTES];
    if (!access_token) return true;
    SHA256((const unsigned char *)access_token, strlen(access_token), hash);
    return ath && read_number(ath, got) && CRYPTO_memcmp(got, hash, sizeof hash) == 0;
}

static int hex_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    return (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

/* As it is, but for a query or a fragment; %26 is &, as in the path of a request that was read. */
static bool url_fits(const char *htu, const char *url) {
    for (const char *end = htu + strcspn(htu, "?#"); htu < end; url++) {
        int c = (unsigned char)*htu++;
        if (c == '%' && hex_of(htu[0]) >= 0 && hex_of(htu[1]) >= 0) {
            c = hex_of(htu[0]) * 16 + hex_of(htu[1]);
            htu += 2;
        }
        if (!c || c != (unsigned char)*url) return false;
    }
    return !*url;
}

static void keep_once(const char *jti, bj_dpop_t *dpop) {
    char text[BJ_DPOP_PRINT_BYTES + JTI_MAX];
    size_t n = strlen(jti);
    memcpy(text, dpop->print, sizeof dpop->print);
    memcpy(text + sizeof dpop->print, jti, n);
    SHA256((const unsigned char *)text, sizeof dpop->print + n, dpop->once);
}

static bj_dpop_wrong_t read_claims(json_t *claims, const bj_dpop_want_t *want,
                                   bj_dpop_t *dpop) {
    const char *jti, *htm, *htu, *ath = NULL;
    json_int_t iat;
    /* Others may be there (RFC 9449 4.2), a nonce of ours there is none. */
    if (json_unpack(claims, "{s:s, s:s, s:s, s:I, s?s}", "jti", &jti, "htm", &htm, "htu", &htu,
                    "iat", &iat, "ath", &ath) != 0) {
        return BJ_DPOP_FORM;
    }
    if (strlen(jti) < JTI_MIN || strlen(jti) > JTI_MAX) return BJ_DPOP_JTI;
    if (strcmp(htm, want->method) != 0) return BJ_DPOP_HTM;
    if (!url_fits(htu, want->url)) return BJ_DPOP_HTU;
    if (iat < want->now_s - BJ_DPOP_WINDOW_S || iat > want->now_s + BJ_DPOP_WINDOW_S) {
        return BJ_DPOP_IAT;
    }
    if (!hash_fits(ath, want->access_token)) return BJ_DPOP_ATH;
    keep_once(jti, dpop);
    dpop->made_s = iat;
    return BJ_DPOP_GOOD;
}

bj_dpop_wrong_t bj_dpop_refused(const char *proof, const bj_dpop_want_t *want, bj_dpop_t *dpop) {
    uint8_t sig[PART_BYTES];
    size_t sig_bytes;
    *dpop = (bj_dpop_t){.print = {0}};
    if (!proof) return BJ_DPOP_MISSING;
    const char *claims_text = strchr(proof, '.'), *sig_text = strrchr(proof, '.');
    if (!claims_text || claims_text == sig_text || strlen(proof) >= BJ_DPOP_BYTES) {
        return BJ_DPOP_FORM;
    }
    size_t head_bytes = (size_t)(claims_text - proof);
    if (!read_part(sig_text + 1, strlen(sig_text + 1), sig, &sig_bytes) || sig_bytes != SIG_BYTES) {
        return BJ_DPOP_FORM;
    }
    json_t *head = read_json(proof, head_bytes);
    bj_dpop_wrong_t wrong = read_head(head, proof, (size_t)(sig_text - proof), sig, dpop);
    json_decref(head);
    if (wrong) return wrong;
    json_t *claims = read_json(claims_text + 1, (size_t)(sig_text - claims_text) - 1);
    wrong = read_claims(claims, want, dpop);
    json_decref(claims);
    return wrong;
}
