#include "controlplane/apps/bj_sig.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>

enum { NUMBER_BYTES = BJ_SIG_BYTES / 2, DER_BYTES = 80 };

static const struct {
    const char *name, *kind, *group; /* as OpenSSL calls its key; group NULL: it has none */
    const EVP_MD *(*hash)(void);     /* NULL: it hashes by itself */
} algs[BJ_SIG_CNT] = {
    [BJ_SIG_EDDSA] = {"EdDSA", "ED25519", NULL, NULL},
    [BJ_SIG_ES256] = {"ES256", "EC", "prime256v1", EVP_sha256},
};

static const EVP_MD *hash_of(bj_sig_alg_t alg) {
    return algs[alg].hash ? algs[alg].hash() : NULL;
}

const char *bj_sig_name(bj_sig_alg_t alg) {
    return algs[alg].name;
}

bool bj_sig_of(const char *name, bj_sig_alg_t *alg) {
    for (unsigned i = 0; i < BJ_SIG_CNT; i++) {
        if (strcmp(name, algs[i].name) != 0) continue;
        *alg = (bj_sig_alg_t)i;
        return true;
    }
    return false;
}

bool bj_sig_of_key(const EVP_PKEY *pkey, bj_sig_alg_t *alg) {
    char group[32];
    for (unsigned i = 0; i < BJ_SIG_CNT; i++) {
        if (!EVP_PKEY_is_a(pkey, algs[i].kind)) continue;
        *alg = (bj_sig_alg_t)i;
        return !algs[i].group || (EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
                                  strcmp(group, algs[i].group) == 0);
    }
    return false;
}

/* Two numbers as OpenSSL wants them; 0: it cannot be. */
static size_t write_der(const uint8_t sig[BJ_SIG_BYTES], uint8_t der[DER_BYTES]) {
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(sig, NUMBER_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(sig + NUMBER_BYTES, NUMBER_BYTES, NULL);
    unsigned char *at = der;
    int n = 0;
    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = s = NULL; /* pair's now */
        n = i2d_ECDSA_SIG(pair, NULL) <= DER_BYTES ? i2d_ECDSA_SIG(pair, &at) : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return n > 0 ? (size_t)n : 0;
}

static bool read_der(const uint8_t *der, size_t der_bytes, uint8_t sig[BJ_SIG_BYTES]) {
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der_bytes);
    bool ok =
        pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), sig, NUMBER_BYTES) == NUMBER_BYTES &&
        BN_bn2binpad(ECDSA_SIG_get0_s(pair), sig + NUMBER_BYTES, NUMBER_BYTES) == NUMBER_BYTES;
    ECDSA_SIG_free(pair);
    return ok;
}

bool bj_sig_make(bj_sig_alg_t alg, EVP_PKEY *pkey, const char *text, size_t text_bytes,
                 uint8_t out[BJ_SIG_BYTES]) {
    uint8_t made[DER_BYTES];
    size_t made_bytes = sizeof made;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && EVP_DigestSignInit(ctx, NULL, hash_of(alg), NULL, pkey) == 1 &&
              EVP_DigestSign(ctx, made, &made_bytes, (const unsigned char *)text, text_bytes) == 1;
    EVP_MD_CTX_free(ctx);
    if (!ok) return false;
    if (alg == BJ_SIG_ES256) return read_der(made, made_bytes, out);
    memcpy(out, made, BJ_SIG_BYTES);
    return made_bytes == BJ_SIG_BYTES;
}

bool bj_sig_good(bj_sig_alg_t alg, EVP_PKEY *pkey, const char *text, size_t text_bytes,
                 const uint8_t sig[BJ_SIG_BYTES]) {
    uint8_t der[DER_BYTES];
    bool pair = alg == BJ_SIG_ES256;
    size_t der_bytes = pair ? write_der(sig, der) : BJ_SIG_BYTES;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && der_bytes > 0 &&
              EVP_DigestVerifyInit(ctx, NULL, hash_of(alg), NULL, pkey) == 1 &&
              EVP_DigestVerify(ctx, pair ? der : sig, der_bytes, (const unsigned char *)text,
                               text_bytes) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}
