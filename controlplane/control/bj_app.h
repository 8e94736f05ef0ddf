#ifndef BJ_APP_H
#define BJ_APP_H

/* bj_app - the parts that bijli-control is made of, for the handlers.  Made once by main; every
 * part may be used from any worker. */
#include "controlplane/access/bj_bucket.h"
#include "controlplane/store/bj_cache.h"
#include "controlplane/store/bj_db.h"

typedef struct bj_identity    bj_identity_t;
typedef struct bj_keys bj_keys_t;
typedef struct bj_instruments bj_instruments_t;
typedef struct bj_quotes      bj_quotes_t;
typedef struct bj_orders      bj_orders_t;
typedef struct bj_admin       bj_admin_t;
typedef struct bj_trail_keeper bj_trail_keeper_t;
typedef struct bj_apps bj_apps_t;
typedef struct bj_payments bj_payments_t;

typedef struct bj_app {
    bj_db_pool_t     *db;
    bj_cache_t       *cache;
    bj_bucket_t      *buckets;
    bj_keys_t *keys;
    bj_identity_t    *identity;
    bj_instruments_t *instruments;
    bj_quotes_t      *quotes;
    bj_orders_t      *orders;
    bj_admin_t       *admin;
    bj_trail_keeper_t *trail;
    bj_apps_t        *apps;
    const bj_payments_t *payments;
    const char *origin, *edge_url, *kite_url, *venue;
    bool        simulated; /* whatever the venue: no order reaches a real market */
    char        ticket_key[129]; /* shared with bijli-edge */
} bj_app_t;

#endif /* BJ_APP_H */
