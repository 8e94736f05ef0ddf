#ifndef BJ_POOL_H
#define BJ_POOL_H

/* bj_pool - a few threads that take jobs from one bounded queue.
 *
 * Ownership  the pool owns nothing of a job but its place in the queue.
 * Threads    bj_pool_push from any; run is called on the pool's threads.
 * Stop       bj_pool_free runs what is queued, then joins. */
#include "dataplane/base/bj_base.h"

typedef struct bj_pool_job {
    struct bj_pool_job *next;
} bj_pool_job_t;

typedef struct bj_pool bj_pool_t;

/* NULL if the threads cannot be made. */
bj_pool_t *bj_pool_new(const char *name, unsigned thread_cnt, unsigned queue_max,
                       void (*run)(bj_pool_job_t *job));
void bj_pool_free(bj_pool_t *pool);

/* False: queue_max jobs wait already; the job is still the caller's. */
BJ_MUST_USE bool bj_pool_push(bj_pool_t *pool, bj_pool_job_t *job);

#endif /* BJ_POOL_H */
