#ifndef BJ_ORDER_LINK_H
#define BJ_ORDER_LINK_H

/* bj_order_link - this process's session with the gateway: one socket, one thread, many askers.
 *
 * Purpose    Send a request, wait for the durable report that answers it; hand every report on.
 * TLS        where the way says so; certificates are read at each connection, so that new ones are
 *            used from the next on.
 * Threads    bj_order_link_ask from any worker; the callbacks come on the link's own thread, which
 *            holds the link's lock: they must not ask.
 * Resume     none: a lost session gives up what was under way (its askers learn BJ_ERR_TIMEOUT,
 *            which means that nobody knows), and reports missed meanwhile come from the database.
 * Errors     of ask: BJ_ERR_UNAVAILABLE no session, nothing was sent; BJ_ERR_FULL too many under
 *            way, nothing was sent; BJ_ERR_TIMEOUT sent, and no answer came. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_oe_way.h"
#include "dataplane/wire/bj_wire_oe.h"

typedef struct bj_order_link bj_order_link_t;

typedef struct bj_order_link_config {
    bj_oe_way_t way; /* its strings must outlive the link */
    const char *session, *key;
    void (*on_report)(void *ctx, const bj_oe_report_t *report);
    void (*on_up)(void *ctx); /* logged in, anew: reports may have been missed */
    void *ctx;
} bj_order_link_config_t;

/* An answer: the report (BJ_OK), or the gateway's refusal (status its reason, text its words). */
typedef struct bj_order_answer {
    bj_status_t    refused; /* BJ_OK: report holds */
    char           text[41];
    bj_oe_report_t report;
} bj_order_answer_t;

/* NULL: the address is none, or no thread.  Connects in the background for ever. */
bj_order_link_t *bj_order_link_new(const bj_order_link_config_t *config);
void bj_order_link_free(bj_order_link_t *link);
bool bj_order_link_up(bj_order_link_t *link);

/* msg is one of bj_oe_client_request's.  A mass cancel's or an administrative command's answer is
 * the report about itself, not those of the orders that it ends or lets trade. */
BJ_MUST_USE bj_status_t bj_order_link_ask(bj_order_link_t *link, uint8_t type, void *msg,
                                          int64_t wait_ms, bj_order_answer_t *answer);

#endif /* BJ_ORDER_LINK_H */
