#ifndef BJ_TRIES_H
#define BJ_TRIES_H

/* bj_tries - how often something may be tried, counted in PostgreSQL: a restart forgets nothing,
 * and all replicas count together.
 *
 * Purpose  Slow down who guesses a password or a code.  What is counted (a user, a device, an
 *          address) is in the key, of which only the hash is kept.
 * Shape    a bucket of `burst` tries that is filled in fill_s; one is taken before each try, and
 *          given back when the try was right, so that only wrong ones count.
 * Errors   bj_db's; BJ_ERR_DENIED: none left, and *retry_s says when the next one comes.
 * Cost     one statement; buckets that have been full for an hour are swept by the way. */
#include "controlplane/store/bj_db.h"

typedef struct bj_tries_limit {
    int64_t burst, fill_s;
} bj_tries_limit_t;

BJ_MUST_USE bj_status_t bj_tries_take(bj_db_pool_t *db, const char *key, bj_tries_limit_t limit,
                                      uint32_t *retry_s);
void bj_tries_give(bj_db_pool_t *db, const char *key, bj_tries_limit_t limit);

#endif /* BJ_TRIES_H */
