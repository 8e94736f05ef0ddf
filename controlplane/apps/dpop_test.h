#ifndef DPOP_TEST_H
#define DPOP_TEST_H
/* dpop_test.h - proofs of a key of Ed25519, made by the words of RFC 9449 and not by our code. */
#include <openssl/evp.h>
#include <stdio.h>
#include "controlplane/apps/bj_dpop.h"
#include "controlplane/identity/bj_base64url.h"
#include "dataplane/base/bj_test.h"

#define DPOP_JWK "'jwk':{'kty':'OKP','crv':'Ed25519','x':'%s'}"
#define DPOP_HEAD "{'typ':'dpop+jwt','alg':'EdDSA'," DPOP_JWK "}"

/* A proof by ed, of these words; ' for ", and %s in head is its x. */
static inline void dpop_sign(EVP_PKEY *ed, const char *head, const char *claims,
                             char out[BJ_DPOP_BYTES]) {
    uint8_t raw[32], sig[64];
    size_t n = sizeof raw, sig_bytes = sizeof sig;
    char x[BJ_BASE64URL_BYTES(sizeof raw)], text[512];
    BJ_CHECK(EVP_PKEY_get_raw_public_key(ed, raw, &n) == 1);
    bj_base64url_write(raw, sizeof raw, x);
    size_t at = 0;
    const char *const parts[] = {head, claims};
    for (size_t p = 0; p < 2; p++) {
        snprintf(text, sizeof text, parts[p], x);
        for (char *c = text; *c; c++) *c = *c == '\'' ? '"' : *c;
        bj_base64url_write((const uint8_t *)text, strlen(text), out + at);
        at += strlen(out + at);
        if (p == 0) out[at++] = '.';
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    BJ_CHECK(EVP_DigestSignInit(ctx, NULL, NULL, NULL, ed) == 1 &&
             EVP_DigestSign(ctx, sig, &sig_bytes, (const unsigned char *)out, at) == 1);
    EVP_MD_CTX_free(ctx);
    out[at++] = '.';
    bj_base64url_write(sig, sizeof sig, out + at);
}

#endif
