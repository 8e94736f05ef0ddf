#ifndef BJ_JWT_H
#define BJ_JWT_H

/* bj_jwt - access tokens of API apps: a JSON Web Token signed with EdDSA or ES256.
 *
 * Purpose    Make a token and read one back; nothing here knows whether it was revoked.
 * Shape      HEADER.CLAIMS.SIGNATURE in base64url without padding.  A header names algorithm and
 *            key, and each key has one, byte for byte: no other algorithm, no "none", no key of the
 *            token's own choosing.  The signature is looked at before a byte of the claims is read
 *            as JSON.
 * Keys       a file of private keys, of Ed25519 or P-256, the newest first: the first one of the
 *            algorithm that is asked for signs, all of them are believed.  So algorithm and key
 *            change while what was handed out goes on until it ends.
 * Units      times are seconds since 1970; a token ends at the next 06:00 in India.
 * Threads    any; nothing changes after bj_jwt_key_load.
 * Why ours   Debian's libjwt (1.10) takes the algorithm from the token, and knows no EdDSA.
 * Sources    RFC 7515, RFC 7519, RFC 8037; RFC 8725 3.1 (one algorithm a key). */
#include "controlplane/apps/bj_sig.h"
#include "controlplane/access/bj_scope.h"
#include "dataplane/base/bj_status.h"

enum { BJ_JWT_BYTES = 768, BJ_JWT_ID_BYTES = 23, BJ_JWT_KEY_BYTES = 44, BJ_JWT_KEYS_MAX = 8 };

typedef struct bj_jwt_key bj_jwt_key_t;

typedef struct bj_jwt {
    uint64_t user_id, app_id;
    unsigned scopes;
    int64_t made_s, ends_s;
    char id[BJ_JWT_ID_BYTES]; /* 128 random bits in base64url */
    char key[BJ_JWT_KEY_BYTES]; /* "": nobody's; else the key it is bound to (bj_dpop.h), as cnf */
} bj_jwt_t;

/* Reads private keys (PEM, one behind the other); alg: signs from now on.  NULL: error (at least
 * 160 bytes) says why. */
bj_jwt_key_t *bj_jwt_key_load(const char *file, bj_sig_alg_t alg, char *error, size_t error_bytes);
void bj_jwt_key_free(bj_jwt_key_t *key); /* NULL is allowed */

/* The next 06:00 in India after now_s. */
int64_t bj_jwt_day_end(int64_t now_s);

/* False: no random bytes or no memory.  jwt->id is made here. */
BJ_MUST_USE bool bj_jwt_make(const bj_jwt_key_t *key, bj_jwt_t *jwt, char out[BJ_JWT_BYTES]);
/*   BJ_ERR_CORRUPT  not a token, not signed by one of these keys, or not for this server
 *   BJ_ERR_TIMEOUT  it has ended, or begins in the future */
BJ_MUST_USE bj_status_t bj_jwt_read(const bj_jwt_key_t *key, const char *text, int64_t now_s,
                                    bj_jwt_t *jwt);

#endif /* BJ_JWT_H */
