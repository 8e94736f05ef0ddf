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
 * Replay   dpop->once must not come twice within BJ_DPOP_ONCE_S: the caller's to see to
 *          (bj_proofs.h).
 * Threads  any; nothing is kept here.
 * Sources  RFC 9449 4.2, 4.3; RFC 7638 (the key's name), RFC 7518 3.4 and 6.2, RFC 8037. */
#include "dataplane/base/bj_base.h"

enum {
    BJ_DPOP_BYTES = 1024, /* of the header, with its NUL */
    BJ_DPOP_PRINT_BYTES = 32,
    BJ_DPOP_WINDOW_S = 60, /* that iat may be off, either way */
    BJ_DPOP_ONCE_S = 2 * BJ_DPOP_WINDOW_S + 10,
};

/* What is wrong with one; name and text live for ever.  At the end those that are so for now only,
 * which another part says. */
#define BJ_DPOP_LIST(X)                                                                            \
    X(BJ_DPOP_GOOD, "good", "")                                                                    \
    X(BJ_DPOP_MISSING, "missing", "a proof of the key is wanted in the header DPoP")               \
    X(BJ_DPOP_FORM, "form", "it is no proof (RFC 9449)")                                           \
    X(BJ_DPOP_ALG, "alg", "alg must be ES256 or EdDSA")                                            \
    X(BJ_DPOP_JWK, "jwk", "jwk must be a public key of P-256 or Ed25519 and nothing else")         \
    X(BJ_DPOP_SIGNATURE, "signature", "it is not signed by its key")                               \
    X(BJ_DPOP_JTI, "jti", "jti must have 8 to 128 characters")                                     \
    X(BJ_DPOP_HTM, "htm", "htm is not the request's method")                                       \
    X(BJ_DPOP_HTU, "htu", "htu is not the request's address")                                      \
    X(BJ_DPOP_IAT, "iat", "iat is more than a minute off")                                         \
    X(BJ_DPOP_ATH, "ath", "ath is not of this access token")                                       \
    X(BJ_DPOP_KEY, "key", "it is by another key than the access token is bound to")                \
    X(BJ_DPOP_REPLAY, "replay", "it came before")                                                  \
    X(BJ_DPOP_YOUNG, "young", "proofs are remembered since a moment ago only; wait a minute")      \
    X(BJ_DPOP_FULL, "full", "more proofs came than can be remembered; try again soon")             \
    X(BJ_DPOP_AWAY, "away", "nobody can say whether it came before; try again soon")

typedef enum bj_dpop_wrong {
#define X(name, word, text) name,
    BJ_DPOP_LIST(X)
#undef X
        BJ_DPOP_WRONG_CNT
} bj_dpop_wrong_t;

const char *bj_dpop_name(bj_dpop_wrong_t wrong);
const char *bj_dpop_text(bj_dpop_wrong_t wrong);
static inline bool bj_dpop_for_now(bj_dpop_wrong_t wrong) { return wrong >= BJ_DPOP_YOUNG; }

typedef struct bj_dpop_want {
    const char *method, *url;
    const char *access_token; /* NULL: there is none yet */
    int64_t now_s;
} bj_dpop_want_t;

typedef struct bj_dpop {
    uint8_t print[BJ_DPOP_PRINT_BYTES]; /* of the key: RFC 7638 */
    uint8_t once[BJ_DPOP_PRINT_BYTES];  /* of key and jti together */
    int64_t made_s;
} bj_dpop_t;

/* BJ_DPOP_GOOD, 0: dpop is whose proof it is; or what is wrong with it.  proof may be NULL. */
bj_dpop_wrong_t bj_dpop_refused(const char *proof, const bj_dpop_want_t *want, bj_dpop_t *dpop);

#endif /* BJ_DPOP_H */
