#ifndef BJ_KSOCK_H
#define BJ_KSOCK_H

/* bj_ksock - the gateway over the kernel's TCP: for machines where DPDK may not be had.
 *
 * Memory     some 1.4 MB, 4 KB of it for each connection, and in the kernel at most 256 KB of what
 *            a client has not read.
 * Threads    one.
 * Ports      port in clear, tls_port under TLS; 0: that one is not listened on.
 * Cost       one epoll_wait(0) a step, one read and one write per busy connection; a connection
 *            with nothing to say, or that cannot be written to, costs no system call. */
#include "dataplane/gateway/bj_gateway_tls.h"

typedef struct bj_ksock bj_ksock_t;

/* NULL: host:port cannot be listened on; the log says why. */
bj_ksock_t *bj_ksock_new(const char *host, uint16_t port, uint16_t tls_port,
                         bj_gateway_tls_t *gateway);
void bj_ksock_free(bj_ksock_t *ksock);
uint32_t bj_ksock_step(bj_ksock_t *ksock, bj_now_t now);

#endif /* BJ_KSOCK_H */
