#ifndef BJ_TCP_H
#define BJ_TCP_H

/* bj_tcp - the kernel's TCP, where several parts of the dataplane listen.
 *
 * Threads  any. */
#include <stdint.h>

/* A listener that does not block, host an IPv4 address; -1: errno says why (EINVAL: no address). */
int bj_tcp_listen(const char *host, uint16_t port, int backlog);

#endif /* BJ_TCP_H */
