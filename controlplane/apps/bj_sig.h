#ifndef BJ_SIG_H
#define BJ_SIG_H

/* bj_sig - signatures of JSON Web Signatures: EdDSA with Ed25519, and ES256 with P-256.
 *
 * Shape    64 bytes either way: of ES256 the two numbers, not OpenSSL's DER.
 * Rule     a key is of one algorithm, and that is what its signatures are judged by: what a
 *          message says of itself chooses nothing (RFC 8725, 3.1).
 * Threads  any.
 * Sources  RFC 7518, 3.4; RFC 8037, 3.1. */
#include <openssl/evp.h>
#include "dataplane/base/bj_base.h"

enum { BJ_SIG_BYTES = 64 };

typedef enum bj_sig_alg { BJ_SIG_EDDSA, BJ_SIG_ES256, BJ_SIG_CNT } bj_sig_alg_t;

const char *bj_sig_name(bj_sig_alg_t alg); /* "EdDSA", "ES256" */
/* False: it is none of these. */
BJ_MUST_USE bool bj_sig_of(const char *name, bj_sig_alg_t *alg);
/* False: a key of another kind or curve. */
BJ_MUST_USE bool bj_sig_of_key(const EVP_PKEY *pkey, bj_sig_alg_t *alg);

/* False: no memory, or no private key. */
BJ_MUST_USE bool bj_sig_make(bj_sig_alg_t alg, EVP_PKEY *pkey, const char *text, size_t text_bytes,
                             uint8_t out[BJ_SIG_BYTES]);
BJ_MUST_USE bool bj_sig_good(bj_sig_alg_t alg, EVP_PKEY *pkey, const char *text, size_t text_bytes,
                             const uint8_t sig[BJ_SIG_BYTES]);

#endif /* BJ_SIG_H */
