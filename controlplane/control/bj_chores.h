#ifndef BJ_CHORES_H
#define BJ_CHORES_H

/* bj_chores - what bijli-control does by itself now and then, on a thread of its own: seal what is
 * in clear or under an old key (bj_reseal.h), renew keys (bj_renewal.h), and take away what is over
 * its time (bj_retention.h).
 *
 * Rule     a little at a time and with a pause, so that nobody waits for it; whatever fails is
 *          tried again at the next turn.  Several processes may do it at once. */
#include "controlplane/control/bj_app.h"

typedef struct bj_chores bj_chores_t;

/* rotate_days: bj_renewal_step's.  NULL: no memory or no thread */
bj_chores_t *bj_chores_new(const bj_app_t *app, uint32_t rotate_days);
void bj_chores_free(bj_chores_t *chores); /* NULL is allowed; waits for the step under way */

#endif /* BJ_CHORES_H */
