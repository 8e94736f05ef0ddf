#ifndef BJ_PAYOUT_H
#define BJ_PAYOUT_H

/* bj_payout - money out: a client asks, staff sends it from the bank and says so.
 *
 * Shape    sql/0033_payments.sql; the ledger's transfer has the same id, and is pending as long as
 *          the payout is: the money is held from the moment of asking.
 * Life     pending, taken, then sent (posted, with the bank's UTR); or returned or cancelled
 *          (voided).  Once.
 * Taken    who pays at the bank takes it first: there everything is judged, and from there on
 *          nobody else may pay, return or cancel it, and the bank's reference is recorded whatever
 *          has changed.  It can be given back, unpaid.
 * Who      its owner, with a proof that is fresh (the policy payout_ask); of staff one who is not
 *          its owner takes and sends it, and another one has to approve before, if it and what
 *          was asked for that day are above rules.one_person_max_paise, or nothing was ever sent to
 *          the bank account.
 * Again    the id is made by who asks: the same request again is the same payout.
 * Errors   bj_db's, bj_keys's, and BJ_ERR_DENIED, where *why says why: nothing has changed. */
#include "controlplane/payments/bj_bank.h"
#include "controlplane/payments/bj_funds.h"

#define BJ_PAYOUT_MIN_PAISE INT64_C(100)

typedef enum bj_payout_why {
    BJ_PAYOUT_FINE,
    BJ_PAYOUT_NO_BANK, /* there is no primary bank account, or staff has not confirmed it */
    BJ_PAYOUT_BANK_WAITS,
    BJ_PAYOUT_OVER_FREE, /* funds says what there is */
    BJ_PAYOUT_DAY_CNT,
    BJ_PAYOUT_DAY_PAISE,
    BJ_PAYOUT_ID_TAKEN, /* by another request */
    BJ_PAYOUT_BUSY,     /* too many open orders to be sure what is free */
    BJ_PAYOUT_ENDED,    /* it is sent, returned or cancelled; or approved already */
    BJ_PAYOUT_OWN,      /* of who decides; or approved by the same person */
    BJ_PAYOUT_UNAPPROVED,
    BJ_PAYOUT_NO_NEED, /* one person is enough */
    BJ_PAYOUT_UTR_TAKEN,
    BJ_PAYOUT_USED,     /* by now trades and orders may take what is held */
    BJ_PAYOUT_BLOCKED,  /* the owner is suspended, or the bank account gone */
    BJ_PAYOUT_UNSURE,   /* nobody knows just now what orders may take */
    BJ_PAYOUT_MIN,      /* under BJ_PAYOUT_MIN_PAISE, and not all that is free */
    BJ_PAYOUT_TAKEN,    /* so that it cannot be cancelled */
    BJ_PAYOUT_ANOTHERS, /* another one of staff has taken it */
    BJ_PAYOUT_UNTAKEN,
    BJ_PAYOUT_NOT_PRIMARY, /* money goes to another bank account by now */
} bj_payout_why_t;

typedef struct bj_payout {
    char id[BJ_UUID_BYTES];
    uint64_t user_id, bank_id;
    uint32_t account_id;
    int64_t amount_paise;
    char state[BJ_LEDGER_WORD_BYTES]; /* "pending", "sent", "returned", "cancelled" */
    bool two_people;
    bool primary; /* its bank account, still */
    /* "": nobody, or (approved_by) nobody who may say so any more */
    char approved_by[BJ_TRAIL_ACTOR_BYTES], taken_by[BJ_TRAIL_ACTOR_BYTES],
        ended_by[BJ_TRAIL_ACTOR_BYTES];
    char utr[BJ_UTR_BYTES], reason[BJ_PAYMENT_REASON_BYTES];
    char ifsc[BJ_IFSC_BYTES], hint[BJ_BANK_NUMBER_BYTES]; /* of the bank account */
    int64_t asked_us, approved_us, taken_us, ended_us;
} bj_payout_t;

/* BJ_OK: it is there, made now or before.  *funds: as it was judged by. */
BJ_MUST_USE bj_status_t bj_payout_ask(const bj_payments_t *payments, const bj_caller_t *caller,
                                      const char *address, const char *id, int64_t amount_paise,
                                      bj_funds_t *funds, bj_payout_why_t *why);
/* BJ_ERR_NOT_FOUND: no such one of the caller's. */
BJ_MUST_USE bj_status_t bj_payout_cancel(const bj_payments_t *payments, const bj_caller_t *caller,
                                         const char *address, const char *id, bj_payout_why_t *why);

/* Staff.  BJ_ERR_NOT_FOUND: there is no such payout. */
BJ_MUST_USE bj_status_t bj_payout_approve(const bj_payments_t *payments, const bj_trail_who_t *who,
                                          const char *id, bj_payout_why_t *why);
BJ_MUST_USE bj_status_t bj_payout_take(const bj_payments_t *payments, const bj_trail_who_t *who,
                                       const char *id, bj_payout_why_t *why);
/* Not paid; by who took it, or by anybody of staff when that one is no more. */
BJ_MUST_USE bj_status_t bj_payout_untake(const bj_payments_t *payments, const bj_trail_who_t *who,
                                         const char *id, const char *reason, bj_payout_why_t *why);
/* By who took it. */
BJ_MUST_USE bj_status_t bj_payout_send(const bj_payments_t *payments, const bj_trail_who_t *who,
                                       const char *id, const char *utr, bj_payout_why_t *why);
/* By who took it, if somebody did.  The reason is told to the client. */
BJ_MUST_USE bj_status_t bj_payout_return(const bj_payments_t *payments, const bj_trail_who_t *who,
                                         const char *id, const char *reason, bj_payout_why_t *why);

/* Newest first.  user_id 0: everybody's; pending_only: the oldest first. */
BJ_MUST_USE bj_status_t bj_payout_list(const bj_payments_t *payments, uint64_t user_id,
                                       bool pending_only, bj_payout_t *rows, size_t rows_max,
                                       size_t *cnt);
BJ_MUST_USE bj_status_t bj_payout_get(const bj_payments_t *payments, const char *id,
                                      bj_payout_t *row);

/* The blocked parts of *funds; before a transaction, since it asks by connections of its own. */
BJ_MUST_USE bj_status_t bj_payout_funds(const bj_payments_t *payments, uint32_t account_id,
                                        bj_funds_t *funds, bj_payout_why_t *why);
/* In db's transaction, the row held: as it is now. */
BJ_MUST_USE bj_status_t bj_payout_hold(bj_db_t *db, const char *id, bj_payout_t *row);
/* Ends the transaction with the entry that this act on a payout has. */
BJ_MUST_USE bj_status_t bj_payout_entry(bj_db_t *db, const bj_trail_who_t *who, const char *act,
                                        const bj_payout_t *row, const char *state,
                                        const char *more);

#endif /* BJ_PAYOUT_H */
