#ifndef BJ_PROVE_H
#define BJ_PROVE_H

/* bj_prove - step-up: somebody who is logged in proves once more who it is, for acts whose policy
 * asks for that (fresh_s of its policy).
 *
 * Rule     who has a second factor proves by it (a code, a recovery code, a passkey), everybody
 *          else by the password.  The session keeps when it last did, and gets another token.
 * Tries    codes as in bj_factor.h; passwords and passkeys ten each in a quarter of an hour a
 *          session.
 * Trail    a proof and a wrong one, but not one past the tries.
 * Threads  any worker. */
#include "controlplane/identity/bj_passkey.h"
#include "controlplane/identity/bj_rotation.h"

typedef struct bj_proof {
    const char *code, *password;   /* "" if not given */
    const bj_assertion_t *passkey; /* NULL if not given; for a challenge of BJ_PASSKEY_PROVE */
    const char *device;            /* the browser's token or "" */
    const char *address;           /* of the client */
    const char *wants;             /* out: "code", "passkey" or "password": by which it was, or is
                                    * to be */
    bool missing;                  /* out: with BJ_ERR_BAD_FIELD */
} bj_proof_t;

/* BJ_ERR_DENIED     wrong; *retry_s > 0: too many tries
 * BJ_ERR_BAD_FIELD  what this user proves by was not given
 * BJ_ERR_SEQUENCE   the session has ended meanwhile, or has another token
 * else bj_db's. */
BJ_MUST_USE bj_status_t bj_identity_prove(bj_identity_t *identity, bj_rotation_t *rotation,
                                          bj_proof_t *proof, uint32_t *retry_s);
/* The same without keeping it: is it really this user's password? */
BJ_MUST_USE bj_status_t bj_prove_password(bj_identity_t *identity, const bj_caller_t *caller,
                                          const char *password_hash, const char *password,
                                          uint32_t *retry_s);

#endif /* BJ_PROVE_H */
