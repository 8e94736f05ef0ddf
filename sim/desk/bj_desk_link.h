#ifndef BJ_DESK_LINK_H
#define BJ_DESK_LINK_H

/* bj_desk_link - a desk's kernel TCP connection to the gateway, around bj_oe_client: under TLS
 * where the session has a certificate, else in clear.
 *
 * Use      bj_desk_link_open once, then bj_desk_link_step in a loop: it connects, reconnects with a
 *          growing pause (50 ms to 1 s), moves bytes, and calls back through the client's
 *          callbacks.
 * Errors   a lost connection is not an error: it is logged and made again.  bj_desk_link_open exits
 *          like bj_config when the configuration lacks the session.
 * Threads  one. */
#include "dataplane/base/bj_config.h"
#include "dataplane/wire/bj_oe_client.h"
#include "dataplane/wire/bj_oe_sock.h"
#include "dataplane/wire/bj_oe_way.h"

typedef struct bj_desk_link {
    bj_oe_client_t *client;
    bj_oe_way_t way;
    uint32_t account_id;
    bj_oe_sock_t sock; /* .fd -1: none */
    bool     connected;
    int64_t  dialled_ns, next_try_ns, pause_ns;
} bj_desk_link_t;

/* wish: everything of the client's configuration but session and key, which come from config. */
void bj_desk_link_open(bj_desk_link_t *link, const bj_config_t *config, const char *session,
                       const bj_oe_client_config_t *wish);
void bj_desk_link_close(bj_desk_link_t *link);
/* Waits up to wait_ms for something to happen (0: only looks). */
void bj_desk_link_step(bj_desk_link_t *link, int wait_ms);

#endif /* BJ_DESK_LINK_H */
