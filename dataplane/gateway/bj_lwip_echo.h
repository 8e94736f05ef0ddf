#ifndef BJ_LWIP_ECHO_H
#define BJ_LWIP_ECHO_H

/* bj_lwip_echo - the least that lwIP can do with an order's bytes: for each bj_oe_new_t's worth
 * that came (56 bytes, whatever they say) a bj_oe_report_t's worth of zeros goes back (120), from
 * within lwIP's receive callback.
 *
 * Use        a measure only: what an order's acknowledgement takes beyond this is ours
 *            (docs/latency.md).  No login, no session; it touches nothing.
 * Shape      one a process, on the stack of a bj_lwip_t: made after it, freed before it.  At most
 *            BJ_LWIP_ECHO_CONNS_MAX connections at a time, a further one is reset.
 * Threads    bj_lwip's one.
 * Errors     NULL: the port is taken, or no memory.
 * Cost       one copy of the answer's bytes into lwIP; no allocation of ours. */
#include "dataplane/base/bj_base.h"

enum { BJ_LWIP_ECHO_CONNS_MAX = 4 };

typedef struct bj_lwip_echo bj_lwip_echo_t;

bj_lwip_echo_t *bj_lwip_echo_new(uint16_t port);
void bj_lwip_echo_free(bj_lwip_echo_t *echo); /* NULL: nothing; connections are reset */

#endif /* BJ_LWIP_ECHO_H */
