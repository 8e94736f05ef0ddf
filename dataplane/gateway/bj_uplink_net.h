#ifndef BJ_UPLINK_NET_H
#define BJ_UPLINK_NET_H

/* bj_uplink_net - the kernel's sockets for an NNF client: TLS 1.3 to the gateway router, plain TCP
 * to the box (its packets are encrypted by NNF itself).
 *
 * Shape      one connection at a time, the one that bj_nnf_client_want asks for.
 * Ownership  the client is the caller's and outlives this; OpenSSL's objects are the heap's.
 * Threads    one.  Nothing blocks: a step does what can be done now.  The process ignores SIGPIPE:
 *            OpenSSL may write to a connection that the router has closed.
 * Errors     a connection that cannot be made or ends is told to the client, which tries again; the
 *            router's certificate must be signed by ca_file, else there is no connection.
 * Cost       a step without traffic: one recv, and poll while a connection is being made.
 * Source     NSE's trimmed NNF protocols, FO v9.46 and CM v6.3, chapter 10. */
#include "dataplane/nnf/bj_nnf_client.h"

typedef struct bj_uplink_net bj_uplink_net_t;

/* ca_file: PEM.  NULL: *error says why. */
bj_uplink_net_t *bj_uplink_net_new(bj_nnf_client_t *client, const char *ca_file,
                                   const char **error);
void bj_uplink_net_free(bj_uplink_net_t *net);
/* Bytes moved and connections made, so 0 is idle.  The client's own step is the caller's. */
uint32_t bj_uplink_net_step(bj_uplink_net_t *net, bj_now_t now);
/* Connections that could not be made: refused, timed out, or a certificate that is not good. */
uint64_t bj_uplink_net_failed(const bj_uplink_net_t *net);

#endif /* BJ_UPLINK_NET_H */
