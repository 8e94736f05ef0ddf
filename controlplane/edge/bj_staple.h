#ifndef BJ_STAPLE_H
#define BJ_STAPLE_H

/* bj_staple - what the issuer of our certificate says of it (OCSP), shown at each TLS handshake
 * that asks for it.
 *
 * Purpose    A browser need ask nobody whether the certificate was taken back (ASVS 12.1.4).
 * File       in DER; somebody else asks the issuer and puts it there, a new one in the old one's
 *            place (deploy/dev/ocsp).  It is shown only if it is signed by the issuer, who is the
 *            certificate behind ours, is of ours, says that it is good, and until when; and no
 *            longer than that.
 * Threads    the one of the handshakes.
 * Cost       look: a stat of the file; of a new one a signature.
 * Source     RFC 6960 3.2, 4.2.2; RFC 8446 4.4.2.1. */
#include <openssl/ssl.h>

#include "dataplane/base/bj_base.h"

typedef struct bj_staple bj_staple_t;

/* tls has the certificate and those behind it.  NULL: out of memory. */
bj_staple_t *bj_staple_new(SSL_CTX *tls, const char *file);
void bj_staple_free(bj_staple_t *staple); /* after tls's last handshake; NULL is allowed */
/* Now and then: takes a new file, and drops what has ended.  The log says why one is not taken. */
void bj_staple_look(bj_staple_t *staple, int64_t now_s);
/* For how much longer something is shown; 0: nothing is. */
int64_t bj_staple_left_s(const bj_staple_t *staple, int64_t now_s);

#endif /* BJ_STAPLE_H */
