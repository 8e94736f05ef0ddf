#ifndef BJ_LIMIT_H
#define BJ_LIMIT_H

/* bj_limit - how many requests somebody may send: token buckets by tier, shared by all replicas.
 *
 * Purpose  Nobody uses up what is there for everybody: by address for who is not logged in, by
 *          user, by app; orders and everything else apart.
 * Shape    a bucket holds `burst` and is filled with per_s a second.  This process keeps one of
 *          each, which refuses by itself; what it lets pass it has leased from the bucket that all
 *          replicas share in Redis, several tokens at once, good for a second.
 * Away     without Redis the own buckets go on alone: each replica then lets as much pass as all of
 *          them should.  Never without a limit; counted in figures.local.
 * Threads  any (one lock, which nobody holds while Redis is asked).
 * Cost     one hash and at most 8 slots looked at; a round trip to Redis once a lease. */
#include "controlplane/store/bj_cache.h"

typedef enum bj_tier { BJ_TIER_ADDRESS, BJ_TIER_USER, BJ_TIER_APP, BJ_TIER_CNT } bj_tier_t;
typedef enum bj_load { BJ_LOAD_READ, BJ_LOAD_ORDER, BJ_LOAD_CNT } bj_load_t; /* READ: all else */

typedef struct bj_limit_rate {
    uint32_t per_s, burst; /* from 1 */
} bj_limit_rate_t;

typedef struct bj_limit_room {
    uint32_t burst, left; /* of this process's bucket */
    uint32_t retry_s;     /* refused: when the next token comes, from 1 */
} bj_limit_room_t;

typedef struct bj_limit_figures {
    int64_t refused, local, leases;
} bj_limit_figures_t;

typedef struct bj_limits bj_limits_t;

extern const bj_limit_rate_t bj_limit_rates[BJ_TIER_CNT][BJ_LOAD_CNT]; /* where nobody says else */
const char *bj_tier_name(bj_tier_t tier); /* "address", "user", "app" */
const char *bj_load_name(bj_load_t load); /* "read", "order" */

/* rates: BJ_TIER_CNT times BJ_LOAD_CNT.  cache may be NULL: own buckets only.  Exits the process if
 * there is no memory. */
bj_limits_t *bj_limits_new(const bj_limit_rate_t *rates, bj_cache_t *cache);
void bj_limits_free(bj_limits_t *limits); /* NULL is allowed */

/* Takes one token of who's bucket; false: none left.  now_ns: monotonic. */
BJ_MUST_USE bool bj_limits_take(bj_limits_t *limits, bj_tier_t tier, bj_load_t load,
                                const char *who, int64_t now_ns, bj_limit_room_t *room);
/* The same where nobody may wait: 1 taken, 0 refused, -1: it cannot be said here, nothing was
 * taken. */
BJ_MUST_USE int bj_limits_take_now(bj_limits_t *limits, bj_tier_t tier, bj_load_t load,
                                   const char *who, int64_t now_ns, bj_limit_room_t *room);
/* Takes nothing and asks nobody: false if this process's bucket is empty. */
BJ_MUST_USE bool bj_limits_left(bj_limits_t *limits, bj_tier_t tier, bj_load_t load,
                                const char *who, int64_t now_ns, bj_limit_room_t *room);
bj_limit_figures_t bj_limits_figures(bj_limits_t *limits);

#endif /* BJ_LIMIT_H */
