#ifndef BJ_PKCE_H
#define BJ_PKCE_H

/* bj_pkce - proof that who exchanges a request token is who began the log-in.
 *
 * Purpose  The app makes a random verifier and sends its SHA-256, the challenge, along with the
 *          person's browser; whoever then brings the token brings the verifier too.  A token that
 *          was seen on its way, or put into somebody else's log-in, is worth nothing.
 * Shape    verifier: 43 to 128 of A-Z a-z 0-9 - . _ ~; challenge: 32 bytes, in base64url without
 *          padding (43 characters).  S256 alone: by "plain" who sees the one sees the other.
 * Threads  any; nothing is kept here.
 * Source   RFC 7636, 4.1, 4.2, 4.6; RFC 9700, 2.1.1 (a verifier without a challenge is refused). */
#include "dataplane/base/bj_base.h"

enum { BJ_PKCE_BYTES = 32, BJ_PKCE_VERIFIER_MIN = 43, BJ_PKCE_VERIFIER_MAX = 128 };

/* NULL, or what is wrong with what an app has sent; either may be NULL: it was not sent.  With
 * both, challenge_bytes has it. */
const char *bj_pkce_challenge_refused(const char *challenge, const char *method,
                                      uint8_t challenge_bytes[BJ_PKCE_BYTES]);
BJ_MUST_USE bool bj_pkce_verifier_formed(const char *verifier);
/* verifier: NULL: none came.  challenge: NULL: there was none, and then no verifier may come. */
BJ_MUST_USE bool bj_pkce_met(const char *verifier, const uint8_t *challenge);

#endif /* BJ_PKCE_H */
