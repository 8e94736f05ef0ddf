#ifndef BJ_DPOP_H
#define BJ_DPOP_H

/* bj_dpop - proof that who brings an access token has the key that it is bound to (RFC 9449).
 *
 * Purpose  A token that was stolen is worth nothing without the key, which never leaves its
 *          program.
 * Shape    a JSON Web Token in the header DPoP, new for each request: {"typ": "dpop+jwt", "alg":
 *          "ES256" or "EdDSA" (Ed25519), "jwk": the public key and nothing else}, {"htm", "htu"
 *          without a query, "iat", "jti", "ath": SHA-256 of the access token, with one}.  The
 *          signature is judged before the claims are read.
 * Replay   dpop->once must not come twice within BJ_DPOP_ONCE_S: the caller's to see to.
 * Threads  any; nothing is kept here.
 * Sources  RFC 9449 4.2, 4.3; RFC 7638 (the key's name), RFC 7518 3.4 and 6.2, RFC 8037. */
#include "dataplane/base/bj_base.h"

enum {
    BJ_DPOP_BYTES = 1024, /* of the header, with its NUL */
    BJ_DPOP_PRINT_BYTES = 32,
    BJ_DPOP_WINDOW_S = 60, /* that iat may be off, either way */
    BJ_DPOP_ONCE_S = 2 * BJ_DPOP_WINDOW_S + 10,
};

typedef struct bj_dpop_want {
    const char *method, *url;
    const char *access_token; /* NULL: there is none yet */
    int64_t now_s;
} bj_dpop_want_t;

typedef struct bj_dpop {
    uint8_t print[BJ_DPOP_PRINT_BYTES]; /* of the key: RFC 7638 */
    uint8_t once[BJ_DPOP_PRINT_BYTES];  /* of key and jti together */
} bj_dpop_t;

/* NULL: dpop is whose proof it is; or what is wrong with it. */
const char *bj_dpop_refused(const char *proof, const bj_dpop_want_t *want, bj_dpop_t *dpop);

#endif /* BJ_DPOP_H */
