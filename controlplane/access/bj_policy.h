#ifndef BJ_POLICY_H
#define BJ_POLICY_H

/* bj_policy - what may be done, by whom: every route names a policy, the table in bj_policy.c says
 * what it asks, and bj_access_check is the one place that judges; bj_access_object goes on where it
 * is known whose thing it is.
 *
 * Purpose  Read one table to know who may do what; what no row allows is refused.
 * Elevated a caller may have been given more for a while: all that a role may, or one policy
 *          (bj_elevation.h).  The gate puts what there is into the caller, for this one request.
 * Shape    a policy is a row; docs/access.md is the same table for people, and a test compares
 *          them.
 * Threads  any; nothing is kept here. */
#include "controlplane/access/bj_access.h"

/* X(name): the row's name; docs and commands write it in lower case. */
#define BJ_POLICY_LIST(X)                                                         \
    X(PUBLIC)         /* before anybody is known: log-in, registration, health */ \
    X(SELF)           /* one's own profile, sessions, watchlist */                \
    X(PROFILE_READ)   /* who one is */                                            \
    X(SELF_ENTER)     /* what one needs to get in and out: proof, sessions, codes of contacts */ \
    X(SELF_END)       /* ending one's sessions but the one that asks */           \
    X(SELF_ENROL)     /* adding a second factor */                                \
    X(SELF_SECURE)    /* how one logs in: password, factors that go */            \
    X(MARKET_READ)    /* instruments, prices, the state of the system */          \
    X(STATUS_DETAIL)  /* the figures of its parts */                              \
    X(BOOK_READ)      /* an account's orders, trades and positions */             \
    X(ORDER_PLACE)    /* placing, changing and cancelling an account's orders */  \
    X(ORDER_READ_ALL) /* the orders of all accounts one may see */                \
    X(SESSION_READ)   /* who is logged in where */                                \
    X(SESSION_REVOKE) /* ending somebody's session */                             \
    X(SESSION_END_ALL) /* ending everybody's sessions, or those of a role */      \
    X(MARKET_SET)     /* halts, phases, bands, auctions */                        \
    X(LIMIT_SET)      /* risk limits */                                           \
    X(LIMIT_LIFT)     /* taking a limit or a block away; releasing an order */    \
    X(KILL)           /* an account's, a desk's or a share's orders, all of them */ \
    X(KILL_MEMBER)    /* everybody's */                                           \
    X(DAY_END)        /* the end of the trading day */                            \
    X(USER_READ)      /* people without their names: role, branch, rights */      \
    X(USER_REVEAL)    /* somebody's name and address of mail */                   \
    X(USER_SET)       /* somebody's role and rights */                            \
    X(USER_SUSPEND)   /* letting nobody in by an account, and letting in again */ \
    X(FACTOR_DROP)    /* taking somebody's second factors away who has lost them */ \
    X(ELEVATION_READ) /* who asked for what, and who gave it */                   \
    X(ELEVATION_ASK)  /* asking for an elevation, and ending one's own */         \
    X(ELEVATION_DECIDE) /* giving or refusing what somebody else asked for */     \
    X(AUDIT_READ)     /* the audit trail and its proofs */                        \
    X(KEY_READ)       /* which keys people's data is sealed under */              \
    X(KEY_SET)        /* new ones, and sealing anew */                            \
    X(DEVICE_READ)    /* staff's computers */                                     \
    X(DEVICE_ASK)     /* asking that somebody may work with one */                \
    X(DEVICE_DECIDE)  /* saying yes or no to what somebody else asked for */      \
    X(DEVICE_REVOKE)  /* that one may not be used any more */                     \
    X(RETENTION_RUN)  /* taking away what is over its time */                     \
    X(BANK_SET)       /* where one's money goes */                                \
    X(PAYOUT_ASK)     /* having it paid out */                                    \
    X(FUNDS_READ)     /* everybody's money, bank accounts and payouts */          \
    X(FUNDS_HANDLE)   /* confirming bank accounts, money in, money out */

typedef enum bj_policy {
    BJ_POLICY_NONE = 0, /* a route that names none: refused to everybody */
#define X(name) BJ_POLICY_##name,
    BJ_POLICY_LIST(X)
#undef X
    BJ_POLICY_CNT
} bj_policy_t;

/* What somebody may before the second factor that is demanded (bj_demand.h). */
typedef enum bj_early {
    BJ_EARLY_NOT,
    BJ_EARLY_ENROL, /* while there is none to prove by */
    BJ_EARLY,       /* always; apps never */
} bj_early_t;

/* A row.  All of it is asked.  own, branch and all are sets of roles: on one's own account, on
 * those of one's branch, on any or where there is no account.  A route lets in who is in one of
 * them; bj_access_object tells the three apart. */
typedef struct bj_policy_rule {
    const char *name;    /* "order_place" */
    bool        anyone;  /* also who is not logged in */
    unsigned    own, branch, all;
    unsigned    elevated; /* who may only while an elevation to it lasts; then on any account */
    bool        standing; /* an elevation to a role does not give it */
    unsigned    scopes;  /* an app of the API needs one of these (and its route's); 0: no app may */
    int32_t     fresh_s; /* the proof of who it is must be younger; 0: any age */
    bool        limits;  /* the person's segments and order value are asked */
    bool        phone;   /* not before a phone number is verified, if one is owed */
    bool        hours;   /* staff: only in the person's hours */
    bj_early_t  early; /* before the demanded factor: never, unless it says so */
} bj_policy_rule_t;

/* Never NULL: what is no policy has a row that lets nobody. */
const bj_policy_rule_t *bj_policy_rule(bj_policy_t policy);

/* X(verdict, code of HTTP, the API's word, text) */
#define BJ_VERDICT_LIST(X)                                                                      \
    X(BJ_MAY, 200, "", "")                                                                      \
    X(BJ_MUST_LOG_IN, 401, "not_logged_in", "log in first")                                     \
    X(BJ_MUST_NOT, 403, "not_allowed", "your role may not do this")                             \
    X(BJ_CSRF_MISSING, 403, "csrf", "the X-CSRF-Token header is missing or not yours")          \
    X(BJ_MUST_PROVE, 403, "step_up_required",                                                   \
      "prove that it is you: POST /auth/prove, then send this again")                           \
    X(BJ_MUST_PROVE_HERE, 403, "step_up_required",                                              \
      "you are in another place than before, so prove that it is you: POST /auth/prove, then "  \
      "send this again")                                                                        \
    X(BJ_MUST_VERIFY, 403, "phone_unverified",                                                  \
      "verify your phone number first, by the code that we sent to it")                         \
    X(BJ_MUST_FACTOR, 403, "factor_required",                                                   \
      "a second factor is demanded first: add one, or prove by it (GET /me says which)")        \
    X(BJ_MUST_DEVICE, 403, "device_required",                                                   \
      "this is for a computer that was enrolled for you and that you logged in with: its "      \
      "certificate is missing, another's, or over")                                             \
    X(BJ_MUST_UPDATE, 403, "browser_too_old",                                                   \
      "your browser is older than staff may use, or another kind: update it")                   \
    X(BJ_MUST_ASK, 403, "elevation_required",                                                   \
      "this needs an elevation: ask for it, and somebody else has to approve")                  \
    X(BJ_NOT_NOW, 403, "not_now", "your hours of work do not allow this now")                   \
    X(BJ_NOT_YOURS, 404, "not_found", "there is no such account that you may act for")          \
    X(BJ_NOT_IN_SEGMENT, 403, "not_allowed", "you, or the account, may not trade this segment") \
    X(BJ_OVER_AMOUNT, 403, "not_allowed", "the order is worth more than you may place")

typedef enum bj_verdict {
#define X(verdict, code, word, text) verdict,
    BJ_VERDICT_LIST(X)
#undef X
    BJ_VERDICT_CNT
} bj_verdict_t;

/* bj_access_check judges one request.  changes: the method is neither GET nor HEAD; csrf: what the
 * request's header says, or NULL; now_ns: wall clock.  The operator's token lies in a file that
 * only the server's own user reads: to have it is its proof, each time. */
bj_verdict_t bj_access_check(bj_policy_t policy, const bj_caller_t *caller, bool changes,
                             const char *csrf, int64_t now_ns);

/* What still stands between the caller and what its role may: a factor of the demanded kind is to
 * be added, or there is one and this session is to be proved by it.  Who came in by a recovery code
 * may have lost it, and adds another. */
typedef enum bj_due { BJ_DUE_NOTHING, BJ_DUE_ENROL, BJ_DUE_PROVE } bj_due_t;
bj_due_t bj_access_due(const bj_caller_t *caller);
/* "", "enrol", "prove". */
const char *bj_due_name(bj_due_t due);

/* The roles that would let the caller pass, were they given: 0 for one that none can. */
unsigned bj_access_roles(bj_policy_t policy);
/* The policy of that name; BJ_POLICY_NONE. */
bj_policy_t bj_policy_of(const char *name);

/* How far what is done by this policy reaches, for the database's row security too: a client's
 * and an app's never beyond its own; server: nobody is asking. */
typedef enum bj_reach { BJ_REACH_SERVER, BJ_REACH_ALL, BJ_REACH_BRANCH, BJ_REACH_OWN } bj_reach_t;
bj_reach_t bj_access_reach(bj_policy_t policy, const bj_caller_t *caller);

/* What a request is about, once that is known; zeros ask nothing. */
typedef struct bj_object {
    uint32_t account_id;  /* whose it is */
    uint32_t branch_id;   /* of the account; 0: nobody's branch */
    unsigned segment;     /* its bit */
    unsigned segments;    /* that the account may trade; only with another's account */
    int64_t  value_paise; /* what the order is worth */
} bj_object_t;

/* For who has passed bj_access_check. */
bj_verdict_t bj_access_object(bj_policy_t policy, const bj_caller_t *caller,
                              const bj_object_t *object);

/* The branch whose things the caller may see by this policy: 0: all there are. */
uint32_t bj_access_branch(bj_policy_t policy, const bj_caller_t *caller);

#endif /* BJ_POLICY_H */
