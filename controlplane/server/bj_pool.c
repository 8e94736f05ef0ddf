#include "controlplane/server/bj_pool.h"

#include <pthread.h>
#include <stdlib.h>

enum { THREADS_MAX = 32 };

struct bj_pool {
    pthread_mutex_t lock;
    pthread_cond_t  work;
    bj_pool_job_t  *first, **end;
    unsigned        queued, queue_max, thread_cnt;
    bool            stop;
    void (*run)(bj_pool_job_t *job);
    pthread_t thread[THREADS_MAX];
};

/* The next job, or NULL when the pool stops and nothing is left. */
static bj_pool_job_t *take(bj_pool_t *pool) {
    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->stop) pthread_cond_wait(&pool->work, &pool->lock);
    bj_pool_job_t *job = pool->first;
    if (job) {
        pool->first = job->next;
        if (!pool->first) pool->end = &pool->first;
        pool->queued--;
    }
    pthread_mutex_unlock(&pool->lock);
    return job;
}

static void *work(void *arg) {
    bj_pool_t *pool = arg;
    for (bj_pool_job_t *job; (job = take(pool));) pool->run(job);
    return NULL;
}

bj_pool_t *bj_pool_new(const char *name, unsigned thread_cnt, unsigned queue_max,
                       void (*run)(bj_pool_job_t *job)) {
    bj_pool_t *pool = calloc(1, sizeof *pool);
    if (!pool || thread_cnt > THREADS_MAX) {
        free(pool);
        return NULL;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pool->end = &pool->first;
    pool->queue_max = queue_max;
    pool->run = run;
    while (pool->thread_cnt < thread_cnt &&
           pthread_create(&pool->thread[pool->thread_cnt], NULL, work, pool) == 0) {
        pthread_setname_np(pool->thread[pool->thread_cnt++], name);
    }
    if (pool->thread_cnt == thread_cnt) return pool;
    bj_pool_free(pool);
    return NULL;
}

void bj_pool_free(bj_pool_t *pool) {
    if (!pool) return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->thread_cnt; i++) pthread_join(pool->thread[i], NULL);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

bool bj_pool_push(bj_pool_t *pool, bj_pool_job_t *job) {
    pthread_mutex_lock(&pool->lock);
    bool ok = pool->queued < pool->queue_max && !pool->stop;
    if (ok) {
        job->next = NULL;
        *pool->end = job;
        pool->end = &job->next;
        pool->queued++;
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return ok;
}
