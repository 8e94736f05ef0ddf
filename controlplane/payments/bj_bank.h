#ifndef BJ_BANK_H
#define BJ_BANK_H

/* bj_bank - a client's bank accounts: where payouts go, and where money may come from.
 *
 * Shape    sql/0033_payments.sql.  Its number is sealed (category kyc) and shown as its last four
 *          digits, to its owner too; whole only by bj_bank_reveal, which is in the trail.
 * Life     added by its owner; no payout before its wait is over and staff has found that it is
 *          the owner's (a penny drop, and the name the bank gave back).  One is primary: the first,
 *          or another one, which then waits anew.
 * Source   IFSC: RBI's form, four letters, a zero, six letters or digits.  Numbers of Indian banks
 *          have 9 to 18 digits (NPCI's NACH format).
 * Errors   bj_db's, bj_keys's, and those that are named. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/payments/bj_payments.h"

enum { BJ_BANK_NUMBER_BYTES = 19, BJ_IFSC_BYTES = 12, BJ_BANKS_MAX = 5, BJ_BANK_TYPED_MAX = 40 };

#define BJ_BANK_NUMBER_WANTED "number is the account's: 9 to 18 digits"
#define BJ_IFSC_WANTED "ifsc is eleven characters, like HDFC0001234: four letters, 0, six more"

/* Spaces and dashes are passed over.  False: it is no such number. */
BJ_MUST_USE bool bj_bank_number_read(const char *text, char out[BJ_BANK_NUMBER_BYTES]);
/* Small letters are taken for capitals. */
BJ_MUST_USE bool bj_ifsc_read(const char *text, char out[BJ_IFSC_BYTES]);
/* "********1234" */
const char *bj_bank_hint(const char *number, char out[BJ_BANK_NUMBER_BYTES]);

/* In order: the first that fits is what stands in the way of a payout. */
typedef enum bj_bank_state {
    BJ_BANK_UNCHECKED, /* staff has not looked yet */
    BJ_BANK_REFUSED,   /* it is not the client's, or could not be paid to */
    BJ_BANK_WAITING,   /* for its time */
    BJ_BANK_READY,
} bj_bank_state_t;
const char *bj_bank_state_name(bj_bank_state_t state); /* "unchecked" and the like */

typedef struct bj_bank {
    uint64_t bank_id, user_id;
    char ifsc[BJ_IFSC_BYTES], hint[BJ_BANK_NUMBER_BYTES]; /* hint "": the number is gone */
    bool primary;
    bool anothers; /* somebody else has the same number: seen by who sees all */
    bj_bank_state_t state;
    char checked_by[BJ_TRAIL_ACTOR_BYTES], check_ref[BJ_PAYMENT_REASON_BYTES]; /* "": not yet */
    int64_t added_us, usable_us, checked_us;
} bj_bank_t;

/* One's own, primary first.  address: for the trail.
 * BJ_ERR_EXISTS  that one is there already      BJ_ERR_FULL  there are BJ_BANKS_MAX */
BJ_MUST_USE bj_status_t bj_bank_add(const bj_payments_t *payments, const bj_caller_t *caller,
                                    const char *address, const char *number, const char *ifsc,
                                    uint64_t *bank_id);
/* BJ_ERR_NOT_FOUND  no such one of the caller's      BJ_ERR_SEQUENCE  it is that already
 * BJ_ERR_DENIED  staff has refused it */
BJ_MUST_USE bj_status_t bj_bank_make_primary(const bj_payments_t *payments,
                                             const bj_caller_t *caller, const char *address,
                                             uint64_t bank_id);
/* BJ_ERR_NOT_FOUND  likewise      BJ_ERR_BAD_FIELD  a payout is on its way there */
BJ_MUST_USE bj_status_t bj_bank_remove(const bj_payments_t *payments, const bj_caller_t *caller,
                                       const char *address, uint64_t bank_id);

/* user_id 0: those of everybody that wait for staff, the oldest first.  Not those removed. */
BJ_MUST_USE bj_status_t bj_bank_list(const bj_payments_t *payments, uint64_t user_id,
                                     bj_bank_t *rows, size_t rows_max, size_t *cnt);

/* Staff: it is the client's, by this reference; or it is not, and why.
 * BJ_ERR_NOT_FOUND  none that waits to be looked at      BJ_ERR_BAD_FIELD  one's own */
BJ_MUST_USE bj_status_t bj_bank_check(const bj_payments_t *payments, const bj_trail_who_t *who,
                                      uint64_t bank_id, bool ok, const char *reference);
/* Staff: the whole number, to look at it or to pay to it.  The reason goes to the trail before the
 * number comes.  BJ_ERR_DENIED  it was looked at, and no payout to it is taken by who asks */
BJ_MUST_USE bj_status_t bj_bank_reveal(const bj_payments_t *payments, const bj_trail_who_t *who,
                                       uint64_t bank_id, const char *reason,
                                       char number[BJ_BANK_NUMBER_BYTES]);

/* The hint of a sealed number in a result; "" where there is none, or it does not open (the log
 * says which). */
BJ_MUST_USE bj_status_t bj_bank_hint_of(bj_keys_t *keys, uint64_t bank_id,
                                        const bj_db_result_t *rows, size_t row, size_t col,
                                        char out[BJ_BANK_NUMBER_BYTES]);

/* Numbers under an old key are sealed, and found, under the newest: at most max; *done of them. */
BJ_MUST_USE bj_status_t bj_bank_reseal(bj_db_pool_t *pool, bj_keys_t *keys,
                                       const bj_trail_who_t *who, size_t max, size_t *done);

#endif /* BJ_BANK_H */
