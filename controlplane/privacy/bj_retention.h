#ifndef BJ_RETENTION_H
#define BJ_RETENTION_H

/* bj_retention - what is kept no longer than its rule says (retention_rules, sql/0013), and the
 * erasures that are due.
 *
 * Rule     one transaction with one entry in the trail that has the counts, if there were any, or
 *          if somebody asked (reason).  Several processes may do it at once.
 * Errors   bj_db's and bj_keys's. */
#include "controlplane/identity/bj_identity.h"

typedef struct bj_retention {
    size_t erased, waiting;                                               /* people */
    size_t sessions, links, logins, history, devices, unconfirmed, names,
        contacts, numbers; /* rows that went */
} bj_retention_t;

BJ_MUST_USE bj_status_t bj_retention_run(bj_identity_t *identity, const bj_trail_who_t *who,
                                         const char *reason, bj_retention_t *out);

#endif /* BJ_RETENTION_H */
