#ifndef BJ_BUCKET_H
#define BJ_BUCKET_H

/* bj_bucket - an allowance of messages: burst at once, rate_per_s for ever.
 *
 * Units    the level is counted in parts of a message, 10^9 of them, of which a nanosecond brings
 *          rate_per_s: whole numbers, nothing lost to rounding.
 * Shape    rate_per_s, burst in [1, 1000000].  The first look fills it.
 * Threads  one.  Cost: a multiplication. */
#include "dataplane/base/bj_time.h"

enum { BJ_BUCKET_MAX = 1000000 };

typedef struct bj_bucket {
    uint32_t rate_per_s, burst;
    int64_t  level; /* what is left */
    int64_t  at_ns; /* when that was; 0: never */
} bj_bucket_t;

static inline int64_t bj_bucket_full(const bj_bucket_t *bucket) {
    return (int64_t)bucket->burst * BJ_NS_PER_S;
}

/* True: there was room for one, and it is taken. */
static inline bool bj_bucket_take(bj_bucket_t *bucket, int64_t now_ns) {
    int64_t full = bj_bucket_full(bucket), gone_ns = now_ns - bucket->at_ns;
    bool filled = !bucket->at_ns || gone_ns > full / bucket->rate_per_s;
    if (gone_ns < 0) gone_ns = 0;
    bucket->level = filled ? full : bucket->level + gone_ns * bucket->rate_per_s;
    if (bucket->level > full) bucket->level = full;
    bucket->at_ns = now_ns;
    if (bucket->level < BJ_NS_PER_S) return false;
    bucket->level -= BJ_NS_PER_S;
    return true;
}

/* How much of the allowance is used up, in percent, rounded down. */
static inline uint32_t bj_bucket_used_pct(const bj_bucket_t *bucket) {
    int64_t full = bj_bucket_full(bucket);
    return (uint32_t)((full - bucket->level) / (full / 100));
}

#endif /* BJ_BUCKET_H */
