#ifndef BJ_RESEAL_H
#define BJ_RESEAL_H

/* bj_reseal - what is in clear, or under an old key, is sealed under the newest, a few rows at a
 * time.
 *
 * Rule     a step is one transaction with one entry in the trail: it may end between any two
 *          steps, by whatever, and the next one goes on from what the rows say.  Rows in use are
 *          passed over and come in the next round.  Several processes may do it at once.
 *          Asked for by somebody (with a reason) there is an entry also of nothing done.
 * Threads  any.
 * Errors   bj_db's and bj_keys's. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/keys/bj_keys.h"

enum { BJ_RESEAL_STEP_MAX = 100 };

typedef struct bj_reseal {
    uint64_t after; /* user: where the next step goes on; 0: at the beginning */
    size_t done;    /* rows, in the last step */
    size_t failed;  /* of those that cannot be: they stay, and the log says which */
    bool round;     /* the last step came to the end */
} bj_reseal_t;

/* At most max (1 to BJ_RESEAL_STEP_MAX) users, links and factors each. */
BJ_MUST_USE bj_status_t bj_reseal_step(bj_db_pool_t *db, bj_keys_t *keys, const bj_trail_who_t *who,
                                       const char *reason, size_t max, bj_reseal_t *reseal);
/* How many rows there are yet to do, and how many stay under older keys since they lie for days
 * only: links, codes' addresses, ways back. */
typedef struct bj_reseal_left {
    uint64_t rows, passing;
} bj_reseal_left_t;
BJ_MUST_USE bj_status_t bj_reseal_left(bj_db_pool_t *db, bj_keys_t *keys, bj_reseal_left_t *left);

#endif /* BJ_RESEAL_H */
