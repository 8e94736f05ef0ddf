#ifndef BJ_ERASURE_H
#define BJ_ERASURE_H

/* bj_erasure - to be forgotten, as far as the law lets us.
 *
 * Steps    the person asks, and is told by mail; 48 hours later (retention_rules, a constraint in
 *          SQL) the server does it, unless it was taken back.
 * Goes     e-mail address, phone number, password, sessions, devices, factors, links: all that
 *          bj_held.h has a statement for.  Nobody can log in any more, and the address is free.
 * Stays    orders, trades and the audit trail, under the account's number; the name of who has
 *          traded, sealed, until the rule `trader_identity` has run out; the ledger of consents.
 * Waits    as long as an order is open or a position is not closed.
 * Errors   bj_db's and bj_keys's. */
#include "controlplane/identity/bj_identity.h"

typedef struct bj_erasure {
    bool asked;
    int64_t asked_us, due_us;
} bj_erasure_t;

BJ_MUST_USE bj_status_t bj_erasure_state(bj_db_pool_t *db, uint64_t user_id, bj_erasure_t *erasure);
/* BJ_ERR_EXISTS: it is asked for already.  BJ_ERR_DENIED: orders or positions are
 * open, or there is money in the ledger. */
BJ_MUST_USE bj_status_t bj_erasure_ask(bj_identity_t *identity, const bj_caller_t *caller,
                                       const char *address, bj_erasure_t *erasure);
/* BJ_ERR_NOT_FOUND: it was not asked for, or is done. */
BJ_MUST_USE bj_status_t bj_erasure_withdraw(bj_identity_t *identity, const bj_caller_t *caller,
                                            const char *address);
/* Those that are due, one transaction a person; *done_cnt people, *waiting_cnt have something
 * open, or cannot be erased (the log says whom and why): nobody else waits for them. */
BJ_MUST_USE bj_status_t bj_erasure_run(bj_identity_t *identity, const bj_trail_who_t *who,
                                       size_t *done_cnt, size_t *waiting_cnt);

#endif /* BJ_ERASURE_H */
