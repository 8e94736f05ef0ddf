#ifndef BJ_ACCESS_H
#define BJ_ACCESS_H

/* bj_access - who is asking, and whether that is enough.
 *
 * Purpose  One answer, in one place, for every route: the route's `who` is a set of roles, and says
 *          whether it wants a fresh proof of who it is.
 * Shape    roles are bits, so that a set of roles is their sum; BJ_WHO_ANYONE asks nothing.
 * Threads  any; nothing is kept here. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_time.h"

typedef enum bj_role {
    BJ_ROLE_NONE = 0, /* not logged in */
    BJ_ROLE_CLIENT = 1 << 0,
    BJ_ROLE_BROKER = 1 << 1,
    BJ_ROLE_ADMIN = 1 << 2,
    BJ_ROLE_AUDITOR = 1 << 3,    /* reads the audit trail */
    BJ_ROLE_COMPLIANCE = 1 << 4, /* the same */
} bj_role_t;

enum {
    BJ_WHO_ANYONE = 0,
    BJ_WHO_USER = BJ_ROLE_CLIENT | BJ_ROLE_BROKER | BJ_ROLE_ADMIN | BJ_ROLE_AUDITOR |
                  BJ_ROLE_COMPLIANCE,
    BJ_WHO_TRADER = BJ_ROLE_CLIENT | BJ_ROLE_BROKER,
    BJ_WHO_STAFF = BJ_ROLE_BROKER | BJ_ROLE_ADMIN,
    BJ_WHO_ADMIN = BJ_ROLE_ADMIN,
    BJ_WHO_AUDIT = BJ_ROLE_ADMIN | BJ_ROLE_AUDITOR | BJ_ROLE_COMPLIANCE,
    BJ_WHO_FRESH = 1 << 8, /* with a set of roles: who has proved it within BJ_PROOF_NS */
};

/* How long a proof (log-in, or POST /auth/prove) is good for an act that asks for a fresh one. */
#define BJ_PROOF_NS (15 * 60 * BJ_NS_PER_S)

enum { BJ_EMAIL_BYTES = 255, BJ_NAME_BYTES = 321, BJ_CSRF_BYTES = 44, BJ_TOKEN_HASH_BYTES = 32 };

typedef struct bj_caller {
    bj_role_t role;
    bool      is_operator; /* came with the operator's token: no cookie, no CSRF token */
    uint64_t  user_id;
    uint32_t  account_id; /* what the engine knows this person as; 0: none */
    int64_t   created_ns, expires_ns, seen_ns; /* of the session */
    int64_t   proved_ns; /* when it last proved a factor, or the password of who has none */
    char      email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES], csrf[BJ_CSRF_BYTES];
    uint8_t   token_hash[BJ_TOKEN_HASH_BYTES]; /* of the session's token */
} bj_caller_t;

/* "client" and the like; "none" for a value that is no role. */
const char *bj_role_name(bj_role_t role);
/* BJ_ROLE_NONE for a name that is none of ours. */
bj_role_t bj_role_of(const char *name);

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
bj_verdict_t bj_access_check(unsigned who, const bj_caller_t *caller, bool changes,
                             const char *csrf, int64_t now_ns);

/* Compares two secrets in time that depends only on their length. */
bool bj_same_secret(const char *a, const char *b);

#endif /* BJ_ACCESS_H */
