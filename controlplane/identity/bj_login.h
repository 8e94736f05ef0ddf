#ifndef BJ_LOGIN_H
#define BJ_LOGIN_H

/* bj_login - logging in: a password, then the second factor of who has one; or a passkey, which is
 * both.
 *
 * Shape    what comes between the two is no session: it is a token of its own table, good for one
 *          more step, five tries and five minutes.  The session begins after the last step, with a
 *          token that nobody has seen before.
 * Threads  any worker.
 * Errors   BJ_ERR_DENIED     wrong: the password, the code, the passkey, or there is no such user,
 *                            or not confirmed; nobody learns which.  retry_s > 0: too many tries
 *          BJ_ERR_NOT_FOUND  the second step came too late, or too often: log in again
 *          else bj_db's. */
#include "controlplane/identity/bj_passkey.h"

typedef struct bj_login {
    const char *client, *device, *user_agent; /* of the request; device "" if it has none */
    const char *serial; /* of the device's certificate (bj_staff_device.h); NULL: none */
    /* Filled by a step: */
    char        pending[BJ_TOKEN_BYTES]; /* not "": a factor is to come, together with this */
    bool        by_code, by_passkey;     /* which factors this user has, if one is to come */
    char        token[BJ_TOKEN_BYTES];   /* not "": logged in, this is the session's */
    char        new_device[BJ_TOKEN_BYTES]; /* not "": what this device shall be known by */
    const char *by; /* the last step: "password", "code", "recovery code", "passkey" */
    uint32_t    retry_s;
    bj_caller_t caller;
} bj_login_t;

BJ_MUST_USE bj_status_t bj_login_password(bj_identity_t *identity, const char *email,
                                          const char *password, bj_login_t *login);
BJ_MUST_USE bj_status_t bj_login_factor(bj_identity_t *identity, const char *pending,
                                        const char *code, bj_login_t *login);
/* A passkey in place of both steps; its challenge is one of BJ_PASSKEY_LOGIN. */
BJ_MUST_USE bj_status_t bj_login_passkey(bj_identity_t *identity, const bj_assertion_t *assertion,
                                         bj_login_t *login);
/* A challenge for the second step, and whose passkeys may answer it. */
BJ_MUST_USE bj_status_t bj_login_factor_challenge(bj_identity_t *identity, const char *pending,
                                                  char challenge[BJ_TOKEN_BYTES],
                                                  uint64_t *user_id);
/* The second step by a passkey. */
BJ_MUST_USE bj_status_t bj_login_factor_passkey(bj_identity_t *identity, const char *pending,
                                                const bj_assertion_t *assertion, bj_login_t *login);
void bj_login_wipe(bj_login_t *login);

#endif /* BJ_LOGIN_H */
