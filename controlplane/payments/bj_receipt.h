#ifndef BJ_RECEIPT_H
#define BJ_RECEIPT_H

/* bj_receipt - money in: a line of the bank's statement that staff records, and another person of
 * staff approves; then it is in the ledger.
 *
 * Rule     from the client's own confirmed bank account, and no other: third parties' money and
 *          cash are refused (SEBI).  The bank's reference counts once.
 * Shape    sql/0033_payments.sql.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/payments/bj_bank.h"
#include "controlplane/ledger/bj_ledger.h"

typedef struct bj_receipt {
    char id[BJ_UUID_BYTES]; /* and of the ledger's transfer */
    uint64_t user_id, bank_id;
    uint32_t account_id;
    int64_t amount_paise;
    char utr[BJ_UTR_BYTES], paid_on[11];                                   /* "2026-11-28" */
    char asked_by[BJ_TRAIL_ACTOR_BYTES], decided_by[BJ_TRAIL_ACTOR_BYTES]; /* "": nobody yet */
    char state[BJ_LEDGER_WORD_BYTES]; /* "waiting", "approved", "refused" */
    char reason[BJ_PAYMENT_REASON_BYTES];
    char ifsc[BJ_IFSC_BYTES], hint[BJ_BANK_NUMBER_BYTES];
    int64_t asked_us, decided_us;
} bj_receipt_t;

typedef struct bj_receipt_new {
    const char *id; /* made by who records it */
    uint64_t bank_id;
    int64_t amount_paise;
    const char *utr, *paid_on; /* all formed */
} bj_receipt_new_t;

/* BJ_ERR_EXISTS     the id, or the bank's reference, was recorded before
 * BJ_ERR_BAD_FIELD  a rule says no: the bank account is not confirmed, or one's own; or the day is
 *                   to come
 * BJ_ERR_NOT_FOUND  there is no such bank account */
BJ_MUST_USE bj_status_t bj_receipt_record(const bj_payments_t *payments, const bj_trail_who_t *who,
                                          const bj_receipt_new_t *receipt);
/* reason NULL: yes.
 * BJ_ERR_NOT_FOUND  none that waits      BJ_ERR_BAD_FIELD  by who recorded it, or whose it is */
BJ_MUST_USE bj_status_t bj_receipt_decide(const bj_payments_t *payments, const bj_trail_who_t *who,
                                          const char *id, const char *reason);
/* Newest first.  user_id 0: everybody's. */
BJ_MUST_USE bj_status_t bj_receipt_list(const bj_payments_t *payments, uint64_t user_id,
                                        bool waiting_only, bj_receipt_t *rows, size_t rows_max,
                                        size_t *cnt);

#endif /* BJ_RECEIPT_H */
