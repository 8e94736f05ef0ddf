#ifndef BJ_FUNDS_H
#define BJ_FUNDS_H

/* bj_funds - what a client has, and how much of it may be paid out now.
 *
 * Rule     free = balance of the ledger - what is held for payouts - what trades and open orders
 *          may yet take (bj_blocked.h); never below zero.
 * Cost     a few queries, and a walk over the account's orders. */
#include "controlplane/ledger/bj_ledger.h"
#include "controlplane/payments/bj_payments.h"

typedef struct bj_funds {
    int64_t balance_paise;              /* the ledger's, posted */
    int64_t held_paise;                 /* for payouts under way */
    int64_t trades_paise, orders_paise; /* blocked by each */
    int64_t free_paise;
} bj_funds_t;

/* The blocked parts of *funds, from what this process and the database know of the account.
 * BJ_ERR_FULL  it has too many open orders or positions to be sure */
BJ_MUST_USE bj_status_t bj_funds_blocked(const bj_payments_t *payments, uint32_t account_id,
                                         bj_funds_t *funds);
/* The rest of *funds, in db's transaction; the blocked parts are there. */
BJ_MUST_USE bj_status_t bj_funds_left(bj_db_t *db, uint32_t account_id, bj_funds_t *funds);
/* Both. */
BJ_MUST_USE bj_status_t bj_funds_of(const bj_payments_t *payments, uint32_t account_id,
                                    bj_funds_t *funds);
/* What is left when everything blocked is taken away: below zero if trades and orders may cost more
 * than is there. */
int64_t bj_funds_over_paise(const bj_funds_t *funds);

#endif /* BJ_FUNDS_H */
