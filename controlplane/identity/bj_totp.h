#ifndef BJ_TOTP_H
#define BJ_TOTP_H

/* bj_totp - one-time codes by the clock, as authenticator apps make them: SHA-1, 30 s, 6 digits.
 *
 * Shape    a step is the number of 30-second spans since 1970; a code belongs to one step.
 * Threads  any; nothing is kept.
 * Cost     one HMAC-SHA-1 a step looked at.
 * Sources  RFC 4226 (the code), RFC 6238 (the step), RFC 4648 section 6 (base32); the address of
 *          the QR code as in the key URI format that the apps share. */
#include "dataplane/base/bj_base.h"

enum {
    BJ_TOTP_SECRET_BYTES = 20, /* RFC 4226, R6: the length of SHA-1's output */
    BJ_TOTP_STEP_S = 30,
    BJ_TOTP_DIGITS = 6,
    BJ_TOTP_LATE_MAX = 1, /* steps */
    BJ_TOTP_TEXT_BYTES = 33, /* the secret in base32, and NUL */
    BJ_TOTP_URI_BYTES = 1024,
};

/* The code of a step; digits 6 to 8. */
uint32_t bj_totp_code(const uint8_t *secret, size_t secret_bytes, uint64_t step, unsigned digits);

/* bj_totp_find looks for the step of a code: the one of now_s, and late_steps (0 to
 * BJ_TOTP_LATE_MAX) before it, but none up to last_step.  So a code lives 30 s, and 30 more for
 * each late one.  code is digits, blanks are skipped.  False: not a code of these. */
BJ_MUST_USE bool bj_totp_find(const uint8_t secret[BJ_TOTP_SECRET_BYTES], const char *code,
                              int64_t now_s, uint32_t late_steps, uint64_t last_step,
                              uint64_t *step);

/* True if text has a code's form: six digits and blanks. */
bool bj_totp_formed(const char *text);

/* Upper-case base32 without padding.  False: does not fit. */
BJ_MUST_USE bool bj_base32_write(const uint8_t *data, size_t data_bytes, char *out,
                                 size_t out_bytes);

/* What the QR code holds.  False: does not fit. */
BJ_MUST_USE bool bj_totp_uri(const char *secret_text, const char *email,
                             char out[BJ_TOTP_URI_BYTES]);

#endif /* BJ_TOTP_H */
