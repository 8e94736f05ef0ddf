#ifndef BJ_LEDGER_H
#define BJ_LEDGER_H

/* bj_ledger - the double-entry ledger of clients' money.  docs/funds.md.
 *
 * Purpose  Every paisa that we owe or hold is in one place, and moves from one account to another:
 *          never made, never lost, never changed afterwards.
 * Shape    sql/0032_ledger.sql, whose constraints carry the rules: no client below zero, what is
 *          pending counted; a transfer ends once; a mistake is put right by a transfer the other
 *          way.  Here are words for it, and no rule.
 * Ids      made by whoever asks (RFC 9562, 128 bits, as text): the same one again is the same
 *          transfer, so a request may be sent again.
 * Units    paise, > 0.
 * Entry    a transfer is made or ended in the caller's transaction, which has an entry of the audit
 *          trail (bj_entry.h); without one it does not commit.
 * Row security  who acts for itself alone may hold its own money for a payout, let that go, and
 *          see what is its own.
 * Threads  any.
 * Errors   bj_db's, and those that are named. */
#include "controlplane/audit/bj_trail.h"
#include "controlplane/store/bj_db.h"

enum { BJ_UUID_BYTES = 37, BJ_LEDGER_WORD_BYTES = 12, BJ_LEDGER_LIST_MAX = 200 };

/* "0190f5c8-....": lower case, with its dashes. */
BJ_MUST_USE bool bj_uuid_formed(const char *text);

/* One side of a transfer. */
typedef enum bj_ledger_kind {
    BJ_LEDGER_CLIENT,
    BJ_LEDGER_BANK,
    BJ_LEDGER_SUSPENSE
} bj_ledger_kind_t;
typedef struct bj_ledger_side {
    bj_ledger_kind_t kind;
    uint32_t account_id; /* of a client; else 0 */
} bj_ledger_side_t;

typedef struct bj_ledger_transfer {
    const char *id, *what; /* what: "receipt", "payout", "settlement", "correction" */
    bj_ledger_side_t debit, credit;
    int64_t amount_paise;
    bool two_phase;       /* pending, until bj_ledger_end */
    int64_t expires_us;   /* 0: it waits as long as it takes */
    const char *corrects; /* of a correction: which transfer; else NULL */
} bj_ledger_transfer_t;

/* BJ_OK          it is there, made now or before; *made says which (may be NULL)
 * BJ_ERR_EXISTS  the id is another transfer's
 * BJ_ERR_BAD_FIELD  a rule says no: an account would be below zero, a correction gives back too
 *                much
 * BJ_ERR_NOT_FOUND  there is no such client
 * BJ_ERR_DENIED  not for who is acting
 * After any of them the transaction can only be rolled back. */
BJ_MUST_USE bj_status_t bj_ledger_transfer(bj_db_t *db, const bj_ledger_transfer_t *transfer,
                                           bool *made);

typedef enum bj_ledger_how { BJ_LEDGER_POSTED, BJ_LEDGER_VOIDED } bj_ledger_how_t;
/* BJ_ERR_NOT_FOUND: no such transfer that waits. */
BJ_MUST_USE bj_status_t bj_ledger_end(bj_db_t *db, const char *id, bj_ledger_how_t how);

/* Those whose time is over expire, with one entry in the trail if there are any: *cnt of them. */
BJ_MUST_USE bj_status_t bj_ledger_expire_due(bj_db_pool_t *pool, const bj_trail_who_t *who,
                                             uint64_t *cnt);

typedef struct bj_ledger_balance {
    int64_t debits_paise, credits_paise;           /* posted */
    int64_t held_debits_paise, held_credits_paise; /* pending */
} bj_ledger_balance_t;

/* Zeros for an account that nothing has moved yet. */
BJ_MUST_USE bj_status_t bj_ledger_balance(bj_db_t *db, bj_ledger_side_t side,
                                          bj_ledger_balance_t *balance);
/* What a client has, less what is held. */
static inline int64_t bj_ledger_left_paise(const bj_ledger_balance_t *balance) {
    return balance->credits_paise - balance->debits_paise - balance->held_debits_paise;
}

typedef struct bj_ledger_line {
    char id[BJ_UUID_BYTES], corrects[BJ_UUID_BYTES]; /* corrects: "" of nothing */
    char what[BJ_LEDGER_WORD_BYTES], state[BJ_LEDGER_WORD_BYTES];
    int64_t amount_paise;      /* what it brings the account; of what it takes, < 0 */
    int64_t made_us, ended_us; /* ended 0: not yet */
} bj_ledger_line_t;

/* An account's transfers, newest first. */
BJ_MUST_USE bj_status_t bj_ledger_lines(bj_db_pool_t *pool, bj_ledger_side_t side,
                                        bj_ledger_line_t *lines, size_t lines_max, size_t *cnt);

/* How many accounts have sums that are not those of their transfers: 0, or somebody has been at
 * the tables.  Reads all there is. */
BJ_MUST_USE bj_status_t bj_ledger_wrong(bj_db_pool_t *pool, uint64_t *cnt);

#endif /* BJ_LEDGER_H */
