#ifndef BJ_FACTOR_H
#define BJ_FACTOR_H

/* bj_factor - the second factor: an authenticator app, and recovery codes for who has lost it.
 *
 * Purpose  Enrol and confirm, judge a code, renew recovery codes, remove.
 * Codes    six digits from the app: the step of now, the one before or after, each once, and none
 *          before one that was used.  Or a recovery code: 128 random bits, shown once, good once.
 * Tries    of the app's codes ten an hour a user; a device that the user has logged in with has ten
 *          of its own, so that nobody else can use them up.  Recovery codes cannot be guessed, so
 *          nothing is counted there: they are the way in while somebody guesses.
 * At rest  the app's secret sealed (bj_seal), recovery codes as SHA-256.
 * Trail    each change is in it, and each that was refused; not one past the tries, which would let
 *          anybody fill it.  Secrets and codes never are.
 * Threads  any worker.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/identity/bj_factor_repo.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_totp.h"

enum { BJ_RECOVERY_BYTES = 31, BJ_RECOVERY_RAW_BYTES = 16 }; /* "ABCDE-FGHIJ-KLMNO-PQRST-UVWXYZ" */

typedef char bj_recovery_codes_t[BJ_RECOVERY_CNT][BJ_RECOVERY_BYTES];

BJ_MUST_USE bj_status_t bj_factor_state(bj_identity_t *identity, uint64_t user_id,
                                        bj_factor_state_t *state);

/* A new secret, yet to be confirmed; one from before that was not confirmed is forgotten.
 * BJ_ERR_EXISTS: there is a confirmed one. */
BJ_MUST_USE bj_status_t bj_factor_enrol(bj_identity_t *identity, const bj_trail_who_t *who,
                                        uint64_t user_id, char secret_text[BJ_TOTP_TEXT_BYTES]);
/* What follows gives the session that asks another token.  BJ_ERR_SEQUENCE: it has ended, or has
 * another already.
 *
 * From then on the caller's other sessions have proved nothing: by the password alone was enough
 * until now.
 * BJ_ERR_DENIED     wrong code; *retry_s > 0: too many of them
 * BJ_ERR_NOT_FOUND  nothing waits to be confirmed */
BJ_MUST_USE bj_status_t bj_factor_confirm(bj_identity_t *identity, const bj_trail_who_t *who,
                                          bj_rotation_t *rotation, const char *device,
                                          const char *code, bj_recovery_codes_t codes,
                                          uint32_t *retry_s);
/* A code of the app or a recovery code, which is used up by it.  device: the browser's.
 * Writes no entry of a wrong one: the caller knows what it was for.
 * BJ_ERR_DENIED     wrong code; *retry_s > 0: too many of them */
BJ_MUST_USE bj_status_t bj_factor_check(bj_identity_t *identity, const bj_trail_who_t *who,
                                        uint64_t user_id, const bj_device_t *device,
                                        const char *code, uint32_t *retry_s);
/* BJ_ERR_NOT_FOUND: there is no factor, neither app nor passkey. */
BJ_MUST_USE bj_status_t bj_factor_renew(bj_identity_t *identity, const bj_trail_who_t *who,
                                        bj_rotation_t *rotation, bj_recovery_codes_t codes);
/* BJ_ERR_NOT_FOUND: there is no factor.  BJ_ERR_DENIED: without it there is none left of the kind
 * that is demanded of the caller; so says the trail (bj_demand_why). */
extern const char bj_demand_why[];
BJ_MUST_USE bj_status_t bj_factor_remove(bj_identity_t *identity, const bj_trail_who_t *who,
                                         bj_rotation_t *rotation);

/* Ten new ones, and what is kept of them. */
void bj_recovery_make(bj_recovery_codes_t codes, uint8_t (*hashes)[BJ_HASH_BYTES]);
/* The hash under which a recovery code is kept; blanks, dashes and case do not matter.
 * False: text does not have the form of one. */
BJ_MUST_USE bool bj_recovery_hash(const char *text, uint8_t out[BJ_HASH_BYTES]);
/* Writes a code of these bits. */
void bj_recovery_write(const uint8_t raw[BJ_RECOVERY_RAW_BYTES], char out[BJ_RECOVERY_BYTES]);

#endif /* BJ_FACTOR_H */
