#ifndef BJ_OE_TLS_H
#define BJ_OE_TLS_H

/* bj_oe_tls - how an order-entry connection is encrypted: the same rules for both sides.
 *
 * Rules      TLS 1.3 and nothing else; both sides show a certificate of one authority, which is for
 *            this and nothing else, and sign by ECDSA P-256; keys are agreed on X25519 or P-256.
 *            No resumption, no early data, no renegotiation: each connection proves anew who it is.
 * Limits     a hello's lists have at most 64 entries each, its key shares 2 KB, a chain of
 *            certificates 8 KB: more is refused before anything is made of it.
 * Names      the gateway's certificate is for the DNS name bijli-gateway; a client's has exactly
 *            one URI of ours, bijli:session:NAME, and is good for the session NAME alone.
 * Elsewhere  primary and standby speak by the same rules, with an authority of theirs; the names
 *            are bijli-primary and bijli-standby, both of DNS.
 * Ownership  the caller frees the context with SSL_CTX_free; connections made of it keep it.
 * Threads    any; a context is not changed once it is made.
 * Errors     NULL, and *error says which file is not as it should be; never what is in it.
 * Cost       some 300 us and three files: when a process starts, dials, or files have changed.
 * Source     RFC 8446; RFC 5280 4.2.1.6; SSL_CTX_new(3) of OpenSSL 3.0. */
#include <openssl/ssl.h>
#include "dataplane/base/bj_base.h"
#include "dataplane/wire/bj_wire_oe.h"

#define BJ_OE_TLS_HOST "bijli-gateway"
#define BJ_OE_TLS_PRIMARY "bijli-primary"
#define BJ_OE_TLS_STANDBY "bijli-standby"
#define BJ_OE_TLS_SESSION "bijli:session:"

typedef enum bj_oe_tls_side { BJ_OE_TLS_CLIENT, BJ_OE_TLS_GATEWAY } bj_oe_tls_side_t;

typedef struct bj_oe_tls_files { /* PEM */
    const char *ca, *cert, *key;
} bj_oe_tls_files_t;

BJ_MUST_USE SSL_CTX *bj_oe_tls_context(const bj_oe_tls_files_t *files, bj_oe_tls_side_t side,
                                       const char **error);

/* Another number, another day: one of the files has been replaced or written.  Three stat(2). */
uint64_t bj_oe_tls_stamp(const bj_oe_tls_files_t *files);

/* Whose the certificate is, padded with NUL; false: it names no session, or more than one. */
BJ_MUST_USE bool bj_oe_tls_session(X509 *cert, char name[BJ_OE_NAME_BYTES]);

#endif /* BJ_OE_TLS_H */
