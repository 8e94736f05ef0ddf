#ifndef BJ_BUCKET_H
#define BJ_BUCKET_H

/* bj_bucket - token buckets by key: how often a client may try.
 *
 * Purpose  Slow down guessing; keys are hashed, no address or e-mail is kept.
 * Shape    a table of fixed size; when it is full the bucket that has rested longest makes room, so
 *          that a flood of new keys cannot take memory.
 * Threads  any (one lock).
 * Cost     one hash and at most 8 slots looked at. */
#include "dataplane/base/bj_base.h"

typedef struct bj_bucket bj_bucket_t;

bj_bucket_t *bj_bucket_new(void); /* exits the process if there is no memory: start-up only */
void bj_bucket_free(bj_bucket_t *buckets);

/* bj_bucket_take takes one token from the bucket of key; it holds `burst` and is filled with
 * `burst` a minute.  False: none left; *retry_s is when the next one comes. */
BJ_MUST_USE bool bj_bucket_take(bj_bucket_t *buckets, const char *key, uint32_t burst,
                                int64_t now_ns, uint32_t *retry_s);

#endif /* BJ_BUCKET_H */
