#ifndef BJ_UPGRADE_H
#define BJ_UPGRADE_H

/* bj_upgrade - the one HTTP request a tick socket begins with (RFC 6455 section 4).
 *
 * Purpose    Read it, say what is wrong with it, and make the answer.
 * Ticket     Sec-WebSocket-Protocol: bijli.ticks, bijli.ticket.TICKET (a browser lets a page say
 *            nothing else there).  Not in the query: addresses end up in logs.
 * Limits     BJ_UPGRADE_BYTES_MAX; GET of "/" only; one each of the headers that matter.
 * Ownership  pointers are into the caller's bytes. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"

#define BJ_UPGRADE_PROTOCOL "bijli.ticks" /* what the answer chooses */

enum { BJ_UPGRADE_BYTES_MAX = 8192, BJ_UPGRADE_ACCEPT_BYTES = 29 };

typedef struct bj_upgrade_text { /* not ended by a NUL; NULL: not there */
    const char *at;
    size_t      n;
} bj_upgrade_text_t;

typedef struct bj_upgrade {
    int               http_status; /* 101, or why not: 400, 404, 405, 426, 431 */
    bj_upgrade_text_t ticket;      /* as it stands there */
    bj_upgrade_text_t origin, key;
    size_t            request_bytes; /* what was used up */
} bj_upgrade_t;

/* BJ_ERR_TRUNCATED: more has to come.  BJ_OK: read; http_status says what to answer. */
BJ_MUST_USE bj_status_t bj_upgrade_parse(const char *data, size_t data_bytes,
                                         bj_upgrade_t *upgrade);

/* Sec-WebSocket-Accept of a key, ended by a NUL (section 4.2.2). */
void bj_upgrade_accept(bj_upgrade_text_t key, char out[BJ_UPGRADE_ACCEPT_BYTES]);

#endif /* BJ_UPGRADE_H */
