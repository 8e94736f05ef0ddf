/* Payouts as staff approves, sends and returns them. */
#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/payments/bj_payout.h"

static bool is_own(const bj_payout_t *row, const bj_trail_who_t *who) {
    char owner[BJ_TRAIL_SUBJECT_BYTES];
    return strcmp(bj_user_subject(row->user_id, owner), who->actor) == 0;
}

static bj_status_t denied(bj_payout_why_t *why, bj_payout_why_t is) {
    *why = is;
    return BJ_ERR_DENIED;
}

/* The payout, held, if it still waits and is somebody else's.  user_id: its owner, held before, so
 * that neither its bank accounts nor its suspension change meanwhile; 0: that does not matter. */
static bj_status_t hold(const bj_payments_t *payments, const bj_trail_who_t *who, const char *id,
                        uint64_t user_id, bj_db_t **db, bj_payout_t *row, bj_payout_why_t *why) {
    *why = BJ_PAYOUT_FINE;
    bj_status_t status = bj_entry_begin(payments->db, db);
    if (status == BJ_OK && user_id) status = bj_user_lock(*db, user_id);
    if (status == BJ_OK) status = bj_payout_hold(*db, id, row);
    if (status != BJ_OK) return status;
    if (strcmp(row->state, "pending") != 0) return denied(why, BJ_PAYOUT_ENDED);
    return is_own(row, who) ? denied(why, BJ_PAYOUT_OWN) : BJ_OK;
}

static const char approve_sql[] =
    "UPDATE payouts SET approved_by = $2, approved_at = now() WHERE payout_id = $1";

bj_status_t bj_payout_approve(const bj_payments_t *payments, const bj_trail_who_t *who,
                              const char *id, bj_payout_why_t *why) {
    BJ_DB_CONN db = NULL;
    bj_payout_t row;
    bj_status_t status = hold(payments, who, id, 0, &db, &row, why);
    if (status != BJ_OK) return status;
    if (!row.two_people) return denied(why, BJ_PAYOUT_NO_NEED);
    if (row.approved_by[0]) return denied(why, BJ_PAYOUT_ENDED);
    status = bj_db_ask(db, approve_sql, BJ_DB_PARAMS(id, who->actor), NULL);
    if (status == BJ_ERR_BAD_FIELD) return denied(why, BJ_PAYOUT_BLOCKED);
    if (status != BJ_OK) return status;
    return bj_payout_entry(db, who, "payout.approve", &row, "pending", ",\"approved\":true");
}

/* --- taking: the last look */

static const char take_sql[] =
    "UPDATE payouts SET taken_by = $2, taken_at = now() WHERE payout_id = $1";

static bj_status_t judge_people(const bj_payout_t *row, const bj_trail_who_t *who,
                                bj_payout_why_t *why) {
    if (row->taken_by[0]) return denied(why, BJ_PAYOUT_ANOTHERS);
    if (row->two_people && !row->approved_by[0]) return denied(why, BJ_PAYOUT_UNAPPROVED);
    if (strcmp(row->approved_by, who->actor) == 0) return denied(why, BJ_PAYOUT_OWN);
    return row->primary ? BJ_OK : denied(why, BJ_PAYOUT_NOT_PRIMARY);
}

/* What was free when it was asked for may be in an order's way by now. */
static bj_status_t still_free(bj_db_t *db, const bj_payout_t *row, bj_funds_t *funds,
                              bj_payout_why_t *why) {
    bj_status_t status = bj_funds_left(db, row->account_id, funds);
    if (status != BJ_OK) return status;
    return bj_funds_over_paise(funds) < 0 ? denied(why, BJ_PAYOUT_USED) : BJ_OK;
}

static bj_status_t take_in(bj_db_t *db, const bj_trail_who_t *who, const bj_payout_t *row,
                           bj_payout_why_t *why) {
    bj_status_t status = bj_db_ask(db, take_sql, BJ_DB_PARAMS(row->id, who->actor), NULL);
    /* Everything else that the rules refuse was looked at before. */
    if (status == BJ_ERR_BAD_FIELD) return denied(why, BJ_PAYOUT_BLOCKED);
    if (status != BJ_OK) return status;
    return bj_payout_entry(db, who, "payout.take", row, "pending", ",\"taken\":true");
}

bj_status_t bj_payout_take(const bj_payments_t *payments, const bj_trail_who_t *who, const char *id,
                           bj_payout_why_t *why) {
    BJ_DB_CONN db = NULL;
    bj_payout_t row;
    bj_funds_t funds;
    *why = BJ_PAYOUT_FINE;
    bj_status_t status = bj_payout_get(payments, id, &row);
    if (status == BJ_OK && row.taken_by[0] && strcmp(row.state, "pending") == 0 &&
        strcmp(row.taken_by, who->actor) == 0) {
        return BJ_OK; /* a double click */
    }
    if (status == BJ_OK) status = bj_payout_funds(payments, row.account_id, &funds, why);
    if (status == BJ_OK) status = hold(payments, who, id, row.user_id, &db, &row, why);
    if (status == BJ_OK) status = judge_people(&row, who, why);
    if (status == BJ_OK) status = still_free(db, &row, &funds, why);
    return status == BJ_OK ? take_in(db, who, &row, why) : status;
}

static const char untake_sql[] =
    "UPDATE payouts SET taken_by = NULL, taken_at = NULL WHERE payout_id = $1"
    " AND (taken_by = $2 OR NOT money_handler(taken_by))";

bj_status_t bj_payout_untake(const bj_payments_t *payments, const bj_trail_who_t *who,
                             const char *id, const char *reason, bj_payout_why_t *why) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_payout_t row;
    bj_status_t status = hold(payments, who, id, 0, &db, &row, why);
    if (status == BJ_OK && !row.taken_by[0]) status = denied(why, BJ_PAYOUT_UNTAKEN);
    if (status == BJ_OK) status = bj_db_ask(db, untake_sql, BJ_DB_PARAMS(id, who->actor), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return denied(why, BJ_PAYOUT_ANOTHERS);
    snprintf(row.reason, sizeof row.reason, "%s", reason);
    return bj_payout_entry(db, who, "payout.untake", &row, "pending", ",\"taken\":false");
}

/* --- what came of it */

static const char send_sql[] =
    "UPDATE payouts SET state = 'sent', utr = $3, ended_by = $2, ended_at = now()"
    " WHERE payout_id = $1";

static bj_status_t send_in(bj_db_t *db, const bj_trail_who_t *who, const bj_payout_t *row,
                           const char *utr, bj_payout_why_t *why) {
    bj_status_t status = bj_db_ask(db, send_sql, BJ_DB_PARAMS(row->id, who->actor, utr), NULL);
    if (status == BJ_ERR_EXISTS) return denied(why, BJ_PAYOUT_UTR_TAKEN);
    return status == BJ_OK ? bj_ledger_end(db, row->id, BJ_LEDGER_POSTED) : status;
}

static void tell(const bj_payments_t *payments, const bj_payout_t *row, const char *subject,
                 const char *form, const char *word) {
    char sum[BJ_RUPEES_BYTES], what[512];
    int n = snprintf(what, sizeof what, "%s %s. ", form, bj_rupees_text(row->amount_paise, sum));
    snprintf(what + n, sizeof what - (size_t)n, "%.400s", word);
    bj_payments_tell(payments, row->user_id, subject, what);
}

bj_status_t bj_payout_send(const bj_payments_t *payments, const bj_trail_who_t *who, const char *id,
                           const char *utr, bj_payout_why_t *why) {
    BJ_DB_CONN db = NULL;
    bj_payout_t row;
    char more[64], word[64];
    bj_status_t status = hold(payments, who, id, 0, &db, &row, why);
    if (status == BJ_OK && !row.taken_by[0]) status = denied(why, BJ_PAYOUT_UNTAKEN);
    if (status == BJ_OK && strcmp(row.taken_by, who->actor) != 0) {
        status = denied(why, BJ_PAYOUT_ANOTHERS);
    }
    if (status == BJ_OK) status = send_in(db, who, &row, utr, why);
    if (status != BJ_OK) return status;
    snprintf(more, sizeof more, ",\"utr\":\"%s\"", utr);
    status = bj_payout_entry(db, who, "payout.send", &row, "sent", more);
    snprintf(word, sizeof word, "The bank's reference is %s.", utr);
    if (status == BJ_OK) tell(payments, &row, "Your money is on its way", "We have sent", word);
    return status;
}

static const char return_sql[] =
    "UPDATE payouts SET state = 'returned', reason = $3, ended_by = $2, ended_at = now()"
    " WHERE payout_id = $1";

bj_status_t bj_payout_return(const bj_payments_t *payments, const bj_trail_who_t *who,
                             const char *id, const char *reason, bj_payout_why_t *why) {
    BJ_DB_CONN db = NULL;
    bj_payout_t row;
    bj_status_t status = hold(payments, who, id, 0, &db, &row, why);
    if (status == BJ_OK && row.taken_by[0] && strcmp(row.taken_by, who->actor) != 0) {
        status = denied(why, BJ_PAYOUT_ANOTHERS);
    }
    if (status != BJ_OK) return status;
    status = bj_db_ask(db, return_sql, BJ_DB_PARAMS(id, who->actor, reason), NULL);
    if (status == BJ_OK) status = bj_ledger_end(db, id, BJ_LEDGER_VOIDED);
    if (status != BJ_OK) return status;
    snprintf(row.reason, sizeof row.reason, "%s", reason);
    status = bj_payout_entry(db, who, "payout.return", &row, "returned", "");
    if (status == BJ_OK) {
        tell(payments, &row, "A payout was not sent", "We could not send", reason);
    }
    return status;
}
