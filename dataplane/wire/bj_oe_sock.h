#ifndef BJ_OE_SOCK_H
#define BJ_OE_SOCK_H

/* bj_oe_sock - the bytes of a client's connection to the gateway, or of one between two of our own
 * processes: in clear, or under TLS.
 *
 * Use        bj_oe_sock_open once it is connected, then _recv and _send, which are recv(2) and
 *            send(2) of a socket that does not block; _close.  Under TLS _recv shakes hands on
 *            the way: until then both say EAGAIN.  Read until EAGAIN before you wait for the
 *            socket, or ask _waits: what has come may lie here already.
 * Send       what got EAGAIN is offered again from the same byte on, as much or more of it.
 * Errors     -1 and errno; under TLS EPROTO, and bj_oe_sock_why has the words; never a signal.
 * Ownership  the descriptor is the socket's from _open on, also if that fails; the context is the
 *            caller's.
 * Threads    one at a time. */
#include <openssl/ssl.h>
#include <sys/types.h>
#include "dataplane/wire/bj_oe_tls.h"

typedef struct bj_oe_sock {
    int  fd;  /* -1: none */
    SSL *tls; /* NULL: in clear */
} bj_oe_sock_t;

/* tls NULL: in clear.  False: no memory; it is closed. */
BJ_MUST_USE bool bj_oe_sock_open(bj_oe_sock_t *sock, int fd, SSL_CTX *tls); /* to the gateway */
/* As either side, with one whose certificate is for the DNS name peer. */
BJ_MUST_USE bool bj_oe_sock_open_as(bj_oe_sock_t *sock, int fd, SSL_CTX *tls,
                                    bj_oe_tls_side_t side, const char *peer);
bool bj_oe_sock_shaken(const bj_oe_sock_t *sock); /* sending may be of use; always in clear */
bool bj_oe_sock_waits(const bj_oe_sock_t *sock);  /* bytes lie here that poll does not see */
void bj_oe_sock_close(bj_oe_sock_t *sock);
ssize_t bj_oe_sock_recv(bj_oe_sock_t *sock, void *data, size_t data_bytes);
ssize_t bj_oe_sock_send(bj_oe_sock_t *sock, const void *data, size_t data_bytes);
/* After -1: what to write into a log; of this thread, valid until its next call. */
const char *bj_oe_sock_why(void);

#endif /* BJ_OE_SOCK_H */
