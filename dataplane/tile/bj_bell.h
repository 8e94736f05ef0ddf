#ifndef BJ_BELL_H
#define BJ_BELL_H

/* bj_bell - wakes a sleeping loop when another loop has put something in its ring.
 *
 * Use      the sleeper reads bj_bell_seen, looks for work, and only then sleeps with what it saw: a
 *          ring in between is never missed.
 * Threads  one sleeper, any number of ringers.
 * Cost     ring: one atomic add; a syscall only if the sleeper sleeps. */
#include "dataplane/base/bj_base.h"

typedef struct bj_bell {
    alignas(BJ_PAIR_BYTES) _Atomic uint32_t rung_cnt;
    _Atomic uint32_t asleep;
} bj_bell_t;

static inline uint32_t bj_bell_seen(bj_bell_t *bell) { return atomic_load(&bell->rung_cnt); }
void bj_bell_ring(bj_bell_t *bell); /* NULL: nobody to wake */
/* Returns at the next ring since seen_cnt, or after wait_ns at most. */
void bj_bell_sleep(bj_bell_t *bell, uint32_t seen_cnt, int64_t wait_ns);

#endif /* BJ_BELL_H */
