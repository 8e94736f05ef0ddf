#ifndef BJ_SCOPE_H
#define BJ_SCOPE_H

/* bj_scope - what an API app may do for somebody, as bits so that a set of scopes is their sum.
 *
 * Shape    texts as the API has them: "orders.read profile".
 * Threads  any; nothing is kept here. */
#include "dataplane/base/bj_base.h"

typedef enum bj_scope {
    BJ_SCOPE_NONE = 0, /* of a route: no app may ever call it */
    BJ_SCOPE_PROFILE = 1 << 0,
    BJ_SCOPE_ORDERS_READ = 1 << 1,
    BJ_SCOPE_ORDERS_WRITE = 1 << 2,
    BJ_SCOPE_PORTFOLIO_READ = 1 << 3,
    BJ_SCOPE_MARKET_READ = 1 << 4,
} bj_scope_t;

enum { BJ_SCOPE_CNT = 5, BJ_SCOPES_TEXT_BYTES = 96 };

/* "orders.read" and the like; "none" for what is no single scope. */
const char *bj_scope_name(unsigned scope);
/* The names with a blank between them, in the order above.  Returns out. */
const char *bj_scopes_write(unsigned scopes, char out[BJ_SCOPES_TEXT_BYTES]);
/* False: a word that is none of ours, one that comes twice, none at all, or other blanks. */
BJ_MUST_USE bool bj_scopes_read(const char *text, unsigned *scopes);

#endif /* BJ_SCOPE_H */
