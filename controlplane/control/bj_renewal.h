#ifndef BJ_RENEWAL_H
#define BJ_RENEWAL_H

/* bj_renewal - data keys renew themselves (docs/crypto.md): each category gets another key once its
 * newest is older than keys.rotate_days, and all are wrapped by the newest root key.  What is
 * sealed and hashed follows by bj_reseal.
 *
 * Rule     a key at a time, each in a transaction of its own with its entry in the trail; of
 * several processes one does it; broken off anywhere, the next step goes on from what is there.
 * Threads  one. */
#include "controlplane/keys/bj_keys.h"

enum { BJ_RENEWAL_DAYS = 365, BJ_RENEWAL_DAYS_MIN = 90, BJ_RENEWAL_DAYS_MAX = 3650 };

/* How many categories got another key; the log says which could not, and the next turn tries. */
size_t bj_renewal_step(bj_keys_t *keys, const bj_trail_who_t *who, uint32_t days);
/* BJ_OK also where there was nothing to do; else bj_keys_rewrap's. */
BJ_MUST_USE bj_status_t bj_renewal_rewrap(bj_keys_t *keys, const bj_trail_who_t *who);

#endif /* BJ_RENEWAL_H */
