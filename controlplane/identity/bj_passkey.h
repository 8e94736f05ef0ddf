#ifndef BJ_PASSKEY_H
#define BJ_PASSKEY_H

/* bj_passkey - passkeys (WebAuthn): add, list, name, remove, and judge what one has signed.
 *
 * Purpose     A key pair in somebody's device that shows that its owner was there and was verified:
 *             both factors at once, so it logs in without a password, is a second step after one,
 *             and a fresh proof.
 * Challenges  random, good once, for BJ_CHALLENGE_S, for what and for whom they were given; kept in
 *             PostgreSQL as SHA-256.
 * Copies      a signature counter that does not move on means that there may be a copy of the key:
 *             it is refused, the trail says so, and the owner is told.
 * Recovery    whoever has a factor has recovery codes: they come with the first one and go with the
 *             last.
 * Threads     any worker.
 * Errors      bj_db's, and those that are named. */
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_passkey_repo.h"

/* What a browser gives for an assertion; borrowed. */
typedef struct bj_assertion {
    const uint8_t *credential, *handle; /* handle: the user's, if the browser has said it */
    size_t credential_bytes, handle_bytes;
    bj_webauthn_said_t said;
} bj_assertion_t;

BJ_MUST_USE bj_status_t bj_passkey_challenge(bj_identity_t *identity, bj_passkey_purpose_t purpose,
                                             const uint8_t *bound_hash,
                                             char challenge[BJ_TOKEN_BYTES]);

/* For what and for whom an assertion is to be. */
typedef struct bj_passkey_ask {
    bj_passkey_purpose_t purpose;
    const uint8_t *bound_hash; /* as the challenge's */
    uint64_t user_id;          /* 0: whoever the passkey says */
} bj_passkey_ask_t;

/* Uses up the challenge and finds the passkey; nothing is verified yet.
 * BJ_ERR_DENIED: *why says it for the trail. */
BJ_MUST_USE bj_status_t bj_passkey_find(bj_identity_t *identity, const bj_passkey_ask_t *ask,
                                        const bj_assertion_t *assertion, bj_passkey_held_t *held,
                                        const char **why);
/* Verifies it and moves the counter on.  user was read before: so that whoever compares it later
 * (bj_user_hold) sees whether this passkey was removed meanwhile.
 * BJ_ERR_DENIED: *why says it for the trail. */
BJ_MUST_USE bj_status_t bj_passkey_judge(bj_identity_t *identity, const bj_user_t *user,
                                         const bj_passkey_held_t *held,
                                         const bj_assertion_t *assertion, const char **why);

typedef struct bj_passkey_add {
    const char *name;
    bj_webauthn_said_t said;   /* no signature */
    uint64_t id;               /* out */
    bool full;                 /* out */
    bool first;                /* out: there was no factor, codes are new */
    bj_recovery_codes_t codes; /* out */
} bj_passkey_add_t;

/* From then on the caller's other sessions have proved nothing, as with bj_factor_confirm; the
 * owner is told by mail.
 * BJ_ERR_DENIED  not what we can take, or for another challenge
 * BJ_ERR_EXISTS  it is known already or, with full, this user has BJ_PASSKEYS_MAX */
BJ_MUST_USE bj_status_t bj_passkey_add(bj_identity_t *identity, const bj_trail_who_t *who,
                                       bj_rotation_t *rotation, bj_passkey_add_t *add);
/* BJ_ERR_NOT_FOUND: this user has no such. */
BJ_MUST_USE bj_status_t bj_passkey_name(bj_identity_t *identity, const bj_trail_who_t *who,
                                        uint64_t user_id, uint64_t id, const char *name);
/* With a mail.  BJ_ERR_NOT_FOUND: this user has no such.  BJ_ERR_DENIED: as bj_factor_remove. */
BJ_MUST_USE bj_status_t bj_passkey_remove(bj_identity_t *identity, const bj_trail_who_t *who,
                                          bj_rotation_t *rotation, uint64_t id);

#endif /* BJ_PASSKEY_H */
