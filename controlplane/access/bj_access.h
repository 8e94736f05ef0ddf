#ifndef BJ_ACCESS_H
#define BJ_ACCESS_H

/* bj_access - who is asking: roles, and what is known of a caller.  What a caller may is in
 * bj_policy.h.
 *
 * Shape    roles are bits, so that a set of roles is their sum.
 * Threads  any; nothing is kept here. */
#include "controlplane/access/bj_demand.h"
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_time.h"

typedef enum bj_role {
    BJ_ROLE_NONE = 0, /* not logged in */
    BJ_ROLE_CLIENT = 1 << 0,
    BJ_ROLE_DEALER = 1 << 1, /* places orders for the clients of its branch */
    BJ_ROLE_ADMIN = 1 << 2,
    BJ_ROLE_AUDITOR = 1 << 3,    /* reads the audit trail */
    BJ_ROLE_COMPLIANCE = 1 << 4, /* reads all there is, and approves what others ask for */
    BJ_ROLE_RISK = 1 << 5,       /* limits and kills */
    BJ_ROLE_SUPPORT = 1 << 6,    /* sees who is logged in where, and ends it */
    BJ_ROLE_OPERATOR = 1 << 7,   /* in sets only: who has bijlictl's token; its role is admin */
} bj_role_t;

/* How long a proof (log-in, or POST /auth/prove) is good for an act that asks for a fresh one. */
#define BJ_PROOF_NS (15 * 60 * BJ_NS_PER_S)

enum { BJ_EMAIL_BYTES = 255, BJ_NAME_BYTES = 321, BJ_CSRF_BYTES = 44, BJ_TOKEN_HASH_BYTES = 32 };
enum { BJ_CALLER_IPS = 2, BJ_ADDRESS_BYTES = 46, BJ_CALLER_KEY_BYTES = 44 };

/* What may be traded: segments as bits. */
enum { BJ_TRADES_CM = 1 << 0, BJ_TRADES_ALL = 0xf };

enum { BJ_DAY_MINUTES = 1440, BJ_INDIA_MINUTES = 330 }; /* the latter: before UTC */

/* What a person may do within a role (users, sql/0010_access.sql). */
typedef struct bj_rights {
    uint32_t branch_id;
    unsigned segments;        /* bits */
    int64_t  order_max_paise; /* of one order; 0: no limit of its own */
    int32_t  from_minute, to_minute; /* of India's day: staff's hours */
    bool phone_due; /* a phone number is to be verified first (sql/0018_contact.sql) */
    bj_demand_t held; /* the strongest factor that this person has */
} bj_rights_t;

enum { BJ_ELEVATION_BYTES = 24, BJ_CALLER_DEVICE_BYTES = 33 };

/* What a request says besides who asks, as nginx and the browser have it; NULL: nobody said. */
typedef struct bj_context {
    const char *client; /* its address */
    const char *device; /* the serial of the certificate that was shown and is of our CA */
    const char *agent, *brands; /* User-Agent, Sec-CH-UA */
} bj_context_t;

typedef struct bj_caller {
    bj_role_t role;
    bool      is_operator; /* came with the operator's token: no cookie, no CSRF token */
    bool      is_app;      /* came with an app's access token: likewise, and only for its scopes */
    unsigned  scopes;      /* BJ_SCOPE_* (bj_scope.h) that the person has granted it */
    uint64_t  user_id;
    uint32_t  account_id; /* what the engine knows this person as; 0: none */
    bj_rights_t rights;
    /* The elevation that this request is under, if it needs one: its id, for the audit trail, and
     * what it gives: a role, or the policy of this number. */
    char      elevation[BJ_ELEVATION_BYTES]; /* "": none */
    bj_role_t elevated_role;
    int       elevated_policy;
    int64_t   elevated_ns; /* since when it lasts, by the database's clock */
    int64_t   created_ns, expires_ns, seen_ns; /* of the session */
    bj_proof_by_t proved_by; /* the best that this session was proved by; of an app nothing */
    bj_demand_t demanded; /* of this person, by the configuration; the gate says it */
    int64_t   proved_ns; /* when it last proved a factor, or the password of who has none */
    char      email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES], csrf[BJ_CSRF_BYTES];
    uint8_t   token_hash[BJ_TOKEN_HASH_BYTES]; /* of the session's token, as it is now */
    /* Of the token that the session began with: what it is known by, whatever its token. */
    uint8_t   session_hash[BJ_TOKEN_HASH_BYTES];
    int64_t   rotated_ns; /* when its token was made, by the database's clock */
    /* Where the session was begun or last proved itself, "": nobody knows; and since when it was
     * seen elsewhere and has not, 0: it was not. */
    char    home[BJ_ADDRESS_BYTES];
    int64_t home_ns, moved_ns;
    /* How this request stands to it (bj_context.h); what is changed from elsewhere wants a fresh
     * proof, and so does what is read, unless reads_elsewhere. */
    bool is_elsewhere, reads_elsewhere;
    /* Of staff: the device that the session was begun by, "": none, and until when that holds; and
     * that this request does not show it, or comes from a browser that is too old. */
    char    device[BJ_CALLER_DEVICE_BYTES];
    int64_t device_to_ns;
    bool    device_due, browser_old;
    /* Of the app, if it is one. */
    uint64_t app_id;
    char     key[BJ_CALLER_KEY_BYTES]; /* that its token is bound to (bj_dpop.h); "": to none */
    uint8_t  proof[BJ_TOKEN_HASH_BYTES]; /* of that key, which came with the request */
    int64_t  proof_s;                    /* when it was made; 0: none came */
    bool     ips_for_all; /* where ips are listed: not only orders must come from there */
    char     ips[BJ_CALLER_IPS][BJ_ADDRESS_BYTES]; /* "": none */
} bj_caller_t;

/* "client" and the like; "none" for a value that is no role. */
const char *bj_role_name(bj_role_t role);
/* All of a person's, NULL-ended. */
extern const char *const bj_role_words[];
/* BJ_ROLE_NONE for a name that is none of ours. */
bj_role_t bj_role_of(const char *name);
/* The bit of "CM", "FO", "CD" or "CO"; 0 for anything else. */
unsigned bj_segment_of(const char *name);
/* "{CM,FO}", as PostgreSQL writes an array, into bits; false: something else is in it. */
BJ_MUST_USE bool bj_segments_read(const char *text, unsigned *segments);

/* A client's network: an address of IPv4, the first 64 bits of IPv6 (all 2^64 of it are one
 * person's).  What is no address is itself. */
const char *bj_access_network(const char *client, char out[BJ_ADDRESS_BYTES]);

/* Compares two secrets in time that depends only on their length. */
bool bj_same_secret(const char *a, const char *b);

#endif /* BJ_ACCESS_H */
