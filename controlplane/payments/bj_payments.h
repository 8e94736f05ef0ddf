#ifndef BJ_PAYMENTS_H
#define BJ_PAYMENTS_H

/* bj_payments - what the parts of this folder share: whom they ask, and the rules that the
 * configuration sets.  docs/funds.md.
 *
 * Purpose  Money goes out to a client's own bank account and comes in from it: bj_bank, bj_receipt,
 *          bj_payout, bj_funds.
 * Rules    sql/0033_payments.sql, whose constraints refuse what is wrong whoever asks; what depends
 *          on the configuration is judged here, before.
 * Who      a client acts for itself alone, and of staff two people; what each may, the policies
 *          say (bj_policy.h), and the database once more.
 * Trail    every change has its entry, about "user:N", in its transaction.
 * Mail     the owner is told of what happens to bank accounts and payouts; it stands, mail or no
 *          mail.
 * Threads  any worker. */
#include "controlplane/identity/bj_identity.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/orders/bj_orders.h"

typedef struct bj_payments_rules {
    uint32_t new_bank_hours; /* no money goes to a new or newly primary account before */
    uint32_t day_max_cnt;    /* payouts a client and day of India's, cancelled ones not counted */
    int64_t day_max_paise;   /* and what they are worth together */
    int64_t one_person_max_paise; /* above it two of staff look at a payout */
} bj_payments_rules_t;

typedef struct bj_payments { /* all borrowed */
    bj_db_pool_t *db;
    bj_keys_t *keys;
    bj_identity_t *identity; /* NULL: nobody is told */
    bj_instruments_t *instruments;
    bj_orders_t *orders;
    bool (*orders_whole)(bj_orders_t *orders); /* bj_orders_whole */
    bj_payments_rules_t rules;
} bj_payments_t;

/* "INR 1234.50" */
enum { BJ_RUPEES_BYTES = 32 };
const char *bj_rupees_text(int64_t paise, char out[BJ_RUPEES_BYTES]);

/* The bank's reference of a transfer (UTR of NEFT and RTGS, RRN of IMPS and UPI): 10 to 22 letters
 * and digits, as the bank's statement has it. */
enum { BJ_UTR_BYTES = 23, BJ_PAYMENT_REASON_BYTES = 801, BJ_PAYMENTS_LIST_MAX = 200 };
#define BJ_UTR_WANTED "utr is the bank's reference: 10 to 22 capital letters and digits"
BJ_MUST_USE bool bj_utr_formed(const char *text);

/* A mail to a user about money, with what to do if it was somebody else. */
void bj_payments_tell(const bj_payments_t *payments, uint64_t user_id, const char *subject,
                      const char *what);

#endif /* BJ_PAYMENTS_H */
