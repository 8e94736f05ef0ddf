#ifndef BJ_NNF_SOCK_H
#define BJ_NNF_SOCK_H

/* bj_nnf_sock - bj_nnf_server over the kernel's TCP: a port for boxes, and one for the gateway
 * router, which speaks TLS 1.3 and nothing older.
 *
 * Threads    one.
 * Ownership  the server is the caller's and outlives this.
 * Errors     NULL with a sentence in the log; a connection that fails is closed.
 * Cost       one epoll_wait(0) a step, one read and one write per busy connection; OpenSSL takes
 *            heap for a TLS connection, which lives for one query. */
#include "dataplane/nnf/bj_nnf_server.h"

typedef struct bj_nnf_sock_config {
    const char *host;        /* both ports listen there; also what 2401 says, see bj_nnf_config_t */
    uint16_t    port, router_port;
    const char *cert_file, *key_file; /* PEM, of the gateway router */
} bj_nnf_sock_config_t;

typedef struct bj_nnf_sock bj_nnf_sock_t;

bj_nnf_sock_t *bj_nnf_sock_new(const bj_nnf_sock_config_t *config, bj_nnf_server_t *server);
void bj_nnf_sock_free(bj_nnf_sock_t *sock, bj_now_t now);
uint32_t bj_nnf_sock_step(bj_nnf_sock_t *sock, bj_now_t now);
/* To be polled for input by who sleeps between two steps. */
int bj_nnf_sock_fd(const bj_nnf_sock_t *sock);

/* --- faults, for the exchange simulator --- */
/* Every connection ends here and now, what it was still to be told with it. */
void bj_nnf_sock_drop(bj_nnf_sock_t *sock, bj_now_t now);
/* From now on whoever connects is closed at once; or is taken again. */
void bj_nnf_sock_refuse(bj_nnf_sock_t *sock, bool refuse);

#endif /* BJ_NNF_SOCK_H */
