#ifndef BJ_GATEWAY_CERTS_H
#define BJ_GATEWAY_CERTS_H

/* bj_gateway_certs - the certificate that the gateway shows, and whom it trusts: read when it
 * opens, and again when a file has changed, so that nobody is cut for a certificate's sake.
 *
 * Use        _open once; _look about once a second from a thread that may wait for the disk, never
 *            the gateway's.  Connections that are there go on; the next one sees what is new.
 * Errors     _open: false, and the log says which file.  _look: the log says it and the old one
 *            stays; the files are read again a second later, until they fit each other.
 * Threads    one for _open and _look. */
#include <sys/types.h>
#include "dataplane/gateway/bj_gateway_tls.h"
#include "dataplane/wire/bj_oe_tls.h"

typedef struct bj_gateway_certs {
    bj_oe_tls_files_t files; /* the configuration's; ca NULL: no TLS */
    uint64_t          stamp; /* of the files as they were read */
    bool              said;  /* that they do not fit */
} bj_gateway_certs_t;

BJ_MUST_USE bool bj_gateway_certs_open(bj_gateway_certs_t *certs, const bj_oe_tls_files_t *files,
                                       bj_gateway_tls_t *tls);
void bj_gateway_certs_look(bj_gateway_certs_t *certs, bj_gateway_tls_t *tls);

#endif /* BJ_GATEWAY_CERTS_H */
