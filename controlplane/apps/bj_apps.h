#ifndef BJ_APPS_H
#define BJ_APPS_H

/* bj_apps - API apps: a program that acts for a person who said yes to it.
 *
 * Purpose    Register apps, let people say yes, hand out access tokens by the Kite log-in, and say
 *            who a token stands for.
 * Secrets    an app's secret is sealed (bj_keys); request and access tokens are kept as SHA-256.
 *            None of them is in a log, an entry of the trail or an error.
 * Tokens     PostgreSQL is the record; Redis holds a copy for at most 60 s, whose place a mark
 *            takes when the token ends, as with sessions (bj_identity.h).  Without both nobody can
 *            say, and apps wait.
 * Grants     what a person has said yes to; a token may what it was made for, of that.
 * Trail      every change in its transaction, and what was refused; docs/audit-trail.md.
 * Threads    any worker.
 * Errors     bj_db's, and what is said at each.
 * Sources    ../shared/spec/kite.md 1.2; NSE's standards for retail algorithms of 5 May 2025
 *            (addresses, daily end). */
#include "controlplane/access/bj_access.h"
#include "controlplane/apps/bj_dpop.h"
#include "controlplane/apps/bj_jwt.h"
#include "controlplane/audit/bj_trail.h"
#include "controlplane/keys/bj_keys.h"
#include "controlplane/identity/bj_token.h"
#include "controlplane/notify/bj_notify.h"
#include "controlplane/store/bj_cache.h"
#include "controlplane/store/bj_db.h"

enum {
    BJ_API_KEY_BYTES = 17,
    BJ_API_NAME_MAX = 40, /* characters */
    BJ_API_URL_BYTES = 301,
    BJ_API_APPS_MAX = 10, /* a person */
    BJ_API_LIST_MAX = 200,
    BJ_API_REQUEST_S = 60,
    BJ_API_REQUEST_LIBRARY_S = 180, /* with a library of Kite's: some paste it by hand */
    BJ_API_CACHE_S = 60,
    BJ_API_CHECKSUM_BYTES = BJ_HASH_HEX_BYTES,
};

typedef struct bj_apps bj_apps_t;

typedef struct bj_apps_config {
    bj_db_pool_t *db;
    bj_cache_t *cache;
    bj_keys_t *keys;
    uint32_t proofs_max; /* of keys, that are remembered at once (bj_proofs.h); 0: a million */
    bool bound_demanded; /* of every app: there is no token that is bound to no key */
    bj_notify_t notify;
    const char *token_key_file;   /* bj_jwt.h */
    bj_sig_alg_t token_signature; /* of new tokens */
    const char *own_url, *kite_url; /* what stands before a request's path; proofs name it */
} bj_apps_config_t;

/* One app as everybody but itself may see it. */
typedef struct bj_api_app {
    uint64_t app_id, user_id;
    char api_key[BJ_API_KEY_BYTES], name[4 * BJ_API_NAME_MAX + 1];
    char redirect_url[BJ_API_URL_BYTES];
    unsigned scopes;
    char ips[BJ_CALLER_IPS][BJ_ADDRESS_BYTES];         /* "" behind the last */
    bool ips_for_all;                                  /* not for orders only */
    bool kite_library; /* made with one: no PKCE, and its tokens end without its secret */
    bool bound; /* its tokens are bound to a key of its own (bj_dpop.h); not with a library */
    int64_t created_us, secret_us, ips_us, revoked_us; /* since 1970; 0: never */
    bool granted; /* of a list: the asking person's token of it is in force */
    unsigned granted_scopes; /* of a list, and of who is asked: what was said yes to; or none */
} bj_api_app_t;

/* NULL: the log says why. */
bj_apps_t *bj_apps_new(const bj_apps_config_t *config);
void bj_apps_free(bj_apps_t *apps);

/* --- apps of a person */

/* NULL, or what is wrong with it, as in "redirect_url ...". */
const char *bj_api_url_refused(const char *url);
/* An address of IPv4 or IPv6 in the form that it is compared in.  False: none. */
BJ_MUST_USE bool bj_api_address_read(const char *text, char out[BJ_ADDRESS_BYTES]);

/* Makes app->user_id's app of the other fields; fills in the rest and secret.
 * BJ_ERR_FULL: there are BJ_API_APPS_MAX.  BJ_ERR_BAD_FIELD: it is none that may be here
 * (bj_apps_bound_demanded). */
BJ_MUST_USE bj_status_t bj_apps_create(bj_apps_t *apps, const bj_trail_who_t *who,
                                       bj_api_app_t *app, char secret[BJ_TOKEN_BYTES]);
/* A new secret; all tokens of the app end.  BJ_ERR_NOT_FOUND: not that person's, or ended. */
BJ_MUST_USE bj_status_t bj_apps_rotate(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                                       const char *api_key, char secret[BJ_TOKEN_BYTES]);
/* From where it may come.  BJ_ERR_DENIED: they were changed within a week. */
BJ_MUST_USE bj_status_t bj_apps_set_ips(bj_apps_t *apps, const bj_trail_who_t *who,
                                        const bj_api_app_t *app);
/* Whether it is made with one of Kite's libraries, and whether its tokens are bound, in which case
 * those that are not end; user_id 0: whosesoever it is.  reason may be NULL. */
typedef struct bj_api_proofs {
    bool kite_library, bound;
} bj_api_proofs_t;
BJ_MUST_USE bj_status_t bj_apps_set_proofs(bj_apps_t *apps, const bj_trail_who_t *who,
                                           uint64_t user_id, const char *api_key,
                                           bj_api_proofs_t proofs, const char *reason);
/* Ends an app and all its tokens; user_id 0: whosoever it is.  reason may be NULL. */
BJ_MUST_USE bj_status_t bj_apps_revoke(bj_apps_t *apps, const bj_trail_who_t *who, uint64_t user_id,
                                       const char *api_key, const char *reason);
/* Those of user_id, and those that user_id has said yes to; 0: all there are, newest first. */
BJ_MUST_USE bj_status_t bj_apps_list(bj_apps_t *apps, uint64_t user_id, bj_api_app_t *rows,
                                     size_t rows_max, size_t *cnt);
/* BJ_ERR_NOT_FOUND: no such app, or ended. */
BJ_MUST_USE bj_status_t bj_apps_find(bj_apps_t *apps, const char *api_key, bj_api_app_t *app);
/* The same for whom it asks: with what that person granted it last. */
BJ_MUST_USE bj_status_t bj_apps_find_for(bj_apps_t *apps, uint64_t user_id, const char *api_key,
                                         bj_api_app_t *app);

/* Where a key is demanded of every app, each is bound, none is made with a library of Kite's, which
 * has no key, and one that is gets no token. */
bool bj_apps_bound_demanded(const bj_apps_t *apps);

/* --- the log-in of an app */

/* A person says yes to scopes, some of the app's, which is from then on what is granted: a request
 * token for the app.  challenge: BJ_PKCE_BYTES, or NULL.  BJ_ERR_DENIED: the app owes one. */
BJ_MUST_USE bj_status_t bj_apps_consent(bj_apps_t *apps, const bj_trail_who_t *who,
                                        uint64_t user_id, const bj_api_app_t *app, unsigned scopes,
                                        const uint8_t *challenge,
                                        char request_token[BJ_TOKEN_BYTES]);
/* A person leaves an app fewer scopes, of a token that is out too.  BJ_ERR_NOT_FOUND: it has none;
 * BJ_ERR_DENIED: that would be more. */
BJ_MUST_USE bj_status_t bj_apps_narrow(bj_apps_t *apps, const bj_trail_who_t *who,
                                       uint64_t user_id, const char *api_key, unsigned scopes);
/* A person takes it back: the app's token for user_id ends, and a request token that it has not
 * used yet.  BJ_ERR_NOT_FOUND: there is neither. */
BJ_MUST_USE bj_status_t bj_apps_ungrant(bj_apps_t *apps, const bj_trail_who_t *who,
                                        uint64_t user_id, const char *api_key);
/* The checksum that an app makes: hex(SHA256(api_key + token + secret)); token: of a request, or
 * the access token that it ends. */
void bj_api_checksum(const char *api_key, const char *token, const char *secret,
                     char out[BJ_API_CHECKSUM_BYTES]);

typedef struct bj_api_exchange {
    const char *api_key, *request_token, *checksum;
    const char *verifier; /* NULL: none came (bj_pkce.h) */
    const char *key;      /* "": no proof of one came; else what the token is bound to */
} bj_api_exchange_t;

/* An access token for a request token, which is used up; an older one of that person ends.
 * BJ_ERR_DENIED: app, request token, checksum or verifier is wrong, or it came too late. */
BJ_MUST_USE bj_status_t bj_apps_session(bj_apps_t *apps, const char *address,
                                        const bj_api_exchange_t *exchange, bj_caller_t *caller,
                                        char access_token[BJ_JWT_BYTES]);
/* The token ends itself, in Kite's way, which proves nothing.  BJ_ERR_NOT_FOUND: it has ended
 * already, or never was.  BJ_ERR_DENIED: its app is none of Kite's libraries. */
BJ_MUST_USE bj_status_t bj_apps_logout(bj_apps_t *apps, const char *address, const char *api_key,
                                       const char *access_token);
/* An app ends a token of its own.  BJ_OK too if it is none, or has ended (RFC 7009, 2.2).
 * BJ_ERR_DENIED: no such app, or a wrong checksum. */
BJ_MUST_USE bj_status_t bj_apps_end_token(bj_apps_t *apps, const char *address,
                                          const char *api_key, const char *access_token,
                                          const char *checksum);

/* A request with its proof (bj_dpop.h); credential: of the token beside it, or NULL. */
typedef struct bj_api_shown {
    const char *method, *path, *proof, *credential;
    bool kite; /* at Kite's port */
} bj_api_shown_t;
/* Whose proof that is, if it is one and key, where that is not "", is by the same; then key is by
 * whom, and it is to be used up by the next one before it counts. */
bj_dpop_wrong_t bj_apps_key_of(bj_apps_t *apps, const bj_api_shown_t *shown,
                               char key[BJ_JWT_KEY_BYTES], bj_dpop_t *dpop);
/* None came where one is demanded. */
bj_dpop_wrong_t bj_apps_no_proof(bj_apps_t *apps);
bj_dpop_wrong_t bj_apps_use_proof(bj_apps_t *apps, const bj_dpop_t *dpop);
/* How many proofs were refused so, since this process began. */
int64_t bj_apps_refused_cnt(const bj_apps_t *apps, bj_dpop_wrong_t wrong);
/* What is over its time goes; now and then. */
BJ_MUST_USE bj_status_t bj_apps_tidy(bj_apps_t *apps);

/* bj_session_fn of the gate: credential is "API_KEY:ACCESS_TOKEN". */
bj_status_t bj_apps_caller(void *apps, const char *credential, bj_caller_t *caller);

#endif /* BJ_APPS_H */
