#ifndef BJ_POLICY_H
#define BJ_POLICY_H

/* bj_policy - what may be done, by whom: every route names a policy, the table in bj_policy.c says
 * what it asks, and bj_access_check is the one place that judges.
 *
 * Purpose  Read one table to know who may do what; what no row allows is refused.
 * Shape    a policy is a row of columns; zeros of a column ask nothing.
 * Threads  any; nothing is kept here. */
#include "controlplane/access/bj_access.h"

/* X(name): the row's name, in lower case what docs and commands call it. */
#define BJ_POLICY_LIST(X)                                                           \
    X(PUBLIC)         /* before anybody is known: log-in, registration, health */   \
    X(SELF)           /* one's own profile, sessions, watchlist */                  \
    X(SELF_SECURE)    /* how one logs in: password, factors */                      \
    X(MARKET_READ)    /* instruments, prices, the state of the system */            \
    X(BOOK_READ)      /* one's own orders, trades and positions */                  \
    X(ORDER_PLACE)    /* placing, changing and cancelling orders */                 \
    X(ORDER_READ_ALL) /* the orders of all accounts */                              \
    X(SESSION_READ)   /* who is logged in where */                                  \
    X(SESSION_REVOKE) /* ending somebody's session */                               \
    X(ENGINE)         /* halts, phases, bands, kills, limits, the end of the day */ \
    X(AUDIT_READ)     /* the audit trail and its proofs */

typedef enum bj_policy {
    BJ_POLICY_NONE = 0, /* a route that names none: refused to everybody */
#define X(name) BJ_POLICY_##name,
    BJ_POLICY_LIST(X)
#undef X
    BJ_POLICY_CNT
} bj_policy_t;

/* A row.  All of it is asked; zeros ask nothing, but that roles 0 without `anyone` lets nobody. */
typedef struct bj_policy_rule {
    const char *name;     /* "order_place" */
    bool        anyone;   /* also who is not logged in */
    unsigned    roles;    /* who may */
    unsigned    scopes;   /* an app of the API needs one of these; 0: no app may */
    int32_t     fresh_s;  /* the proof of who it is must be younger; 0: any age */
} bj_policy_rule_t;

/* Never NULL: what is no policy has a row that lets nobody. */
const bj_policy_rule_t *bj_policy_rule(bj_policy_t policy);

typedef enum bj_verdict {
    BJ_MAY,
    BJ_MUST_LOG_IN,  /* 401 */
    BJ_MUST_NOT,     /* 403 not_allowed */
    BJ_CSRF_MISSING, /* 403 csrf */
    BJ_MUST_PROVE,   /* 403 step_up_required */
} bj_verdict_t;

/* bj_access_check judges one request.  changes: the method is neither GET nor HEAD; csrf: what the
 * request's header says, or NULL; now_ns: wall clock.  The operator's token lies in a file that
 * only the server's own user reads: to have it is its proof, each time. */
bj_verdict_t bj_access_check(bj_policy_t policy, const bj_caller_t *caller, bool changes,
                             const char *csrf, int64_t now_ns);

#endif /* BJ_POLICY_H */
