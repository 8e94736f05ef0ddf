#ifndef BJ_IDENTITY_H
#define BJ_IDENTITY_H

/* bj_identity - users, passwords, sessions.
 *
 * Purpose    Register and confirm, log in and out, and say who a session's token belongs to.
 * Sessions   32 random bytes; PostgreSQL is the record, by SHA-256; Redis holds a copy for at most
 *            60 s; this process remembers those it saw lately, and believes that memory for
 *            BJ_SESSION_FRESH_NS, and while PostgreSQL cannot be asked for BJ_SESSION_AWAY_NS.
 * Threads    any worker.
 * Errors     bj_status_t. */
#include "controlplane/access/bj_access.h"
#include "controlplane/access/bj_bucket.h"
#include "controlplane/identity/bj_context.h"
#include "controlplane/identity/bj_device_ca.h"
#include "controlplane/identity/bj_places.h"
#include "controlplane/keys/bj_keys.h"
#include "controlplane/identity/bj_token.h"
#include "controlplane/notify/bj_mail.h"
#include "controlplane/notify/bj_sms.h"
#include "controlplane/notify/bj_notify.h"
#include "controlplane/store/bj_cache.h"
#include "controlplane/store/bj_db.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"

#define BJ_SESSION_IDLE_NS (12 * 3600 * BJ_NS_PER_S)
#define BJ_SESSION_LIFE_NS (7 * 24 * 3600 * BJ_NS_PER_S)
#define BJ_SESSION_AWAY_NS (30 * 60 * BJ_NS_PER_S)
enum { BJ_SESSION_CACHE_S = 60 };

typedef struct bj_identity bj_identity_t;

typedef struct bj_identity_config {
    bj_db_pool_t *db;
    bj_cache_t   *cache;
    bj_mail_t    *mail;
    bj_sms_t *sms; /* NULL: no text message goes out */
    bj_bucket_t  *buckets;
    bj_keys_t *keys; /* for what is sealed: names, addresses, second factors */
    bj_notify_t   notify;
    const bj_places_t *places; /* where addresses are; NULL: nobody knows */
    const char   *origin; /* of the page: where the mail's link leads, and what passkeys are for */
    const char   *rp_id;  /* the name that passkeys are bound to; NULL or "": the origin's host */
    bj_demands_t demands; /* which second factor of whom */
    bj_context_rules_t context; /* what is asked of a request besides */
    const bj_device_ca_t *device_ca; /* of staff's devices; NULL: none is given */
    bool passkey_rsa; /* new passkeys may have an RSA key: bj_webauthn_new */
    uint32_t totp_late_steps; /* bj_totp_find's */
    uint32_t factor_drop_hours; /* bj_factor_drop's wait; 0: as it says */
    uint32_t codes_per_network;       /* of bj_contact's codes, at once; 0: as it says */
    const char *const *first_symbols; /* a new user's watchlist, NULL-ended */
} bj_identity_config_t;

/* NULL: no memory, or rp_id is no name of the origin's (the log says which). */
bj_identity_t *bj_identity_new(const bj_identity_config_t *config);
void bj_identity_free(bj_identity_t *identity);

/* bj_identity_session: bj_session_fn of the server's gate. */
bj_status_t bj_identity_session(void *identity, const char *token, bj_caller_t *caller);
/* The same without waiting for anybody: BJ_ERR_NOT_FOUND where this process does not know by
 * itself. */
bj_status_t bj_identity_session_known(void *identity, const char *token, bj_caller_t *caller);
/* The same from PostgreSQL only: what it says now. */
bj_status_t bj_identity_session_again(void *identity, const char *token, bj_caller_t *caller);

/* bj_context_fn of the gate. */
void bj_identity_context(void *identity, const bj_context_t *context, bj_caller_t *caller);
/* bj_moved_fn of the gate: in the trail, and by mail to its owner. */
void bj_identity_moved(void *identity, const bj_context_t *context, const bj_caller_t *caller);

/* bj_unfit_fn of the gate: in the trail. */
void bj_identity_unfit(void *identity, const bj_context_t *context, const bj_caller_t *caller,
                       const char *why);

/* bj_seen_fn of the gate. */
bool bj_identity_seen(void *identity, const char *token);
/* bj_lives_fn of the gate. */
bj_status_t bj_identity_lives(void *identity, const bj_caller_t *caller);
/* Another process says so: this one's memory of it is worth nothing any more. */
void bj_identity_heard_stale(bj_identity_t *identity, const uint8_t token_hash[BJ_HASH_BYTES]);
/* What others ended was not heard of for a while: nothing confirmed before now counts while
 * PostgreSQL is away. */
void bj_identity_doubt(bj_identity_t *identity);

/* True if text may be an e-mail address; out gets it in lower case. */
BJ_MUST_USE bool bj_email_read(const char *text, char out[BJ_EMAIL_BYTES]);

/* bj_identity_add makes a confirmed user, or gives the one there is this name, role and password;
 * NULL: one that nobody knows, so that the next one comes by mail.  For set-up only: no phone
 * number is owed.  Ends all sessions of that user. */
BJ_MUST_USE bj_status_t bj_identity_add(bj_identity_t *identity, const char *email,
                                        const char *name, bj_role_t role, const char *password,
                                        uint32_t *account_id);

#endif /* BJ_IDENTITY_H */
