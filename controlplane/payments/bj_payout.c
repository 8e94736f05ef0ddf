/* Payouts as their owner asks for them, and how all of them are read. */
#include "controlplane/payments/bj_payout.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_login_repo.h"

#define ID(id) bj_db_u64(id).text
#define US(col) "coalesce((extract(epoch FROM " col ") * 1000000)::bigint, 0)"
#define TIMES US("p.asked_at") ", " US("p.approved_at") ", " US("p.taken_at") ", " US("p.ended_at")
#define APPROVED_BY                                                                                \
    "CASE WHEN p.state <> 'pending' OR p.taken_by IS NOT NULL OR money_decides(p.approved_by)"     \
    " THEN coalesce(p.approved_by, '') ELSE '' END"
#define COLUMNS                                                                                    \
    "SELECT p.payout_id, p.user_id, p.bank_id, u.account_id, p.amount_paise, p.state,"             \
    " p.two_people, " APPROVED_BY ", coalesce(p.ended_by, ''), coalesce(p.utr, ''),"               \
    " coalesce(p.reason, ''), coalesce(p.taken_by, ''), b.is_primary, b.ifsc, b.number_sealed,"    \
    " " TIMES " FROM payouts p JOIN users u USING (user_id) JOIN bank_accounts b USING (bank_id)"
enum { COL_SEALED = 14 };

static bool read_row(const bj_db_result_t *rows, size_t i, bj_payout_t *p) {
    *p = (bj_payout_t){.hint = ""};
    return bj_db_get_str(rows, i, 0, p->id, sizeof p->id) &&
           bj_db_get_u64(rows, i, 1, &p->user_id) && bj_db_get_u64(rows, i, 2, &p->bank_id) &&
           bj_db_get_u32(rows, i, 3, &p->account_id) &&
           bj_db_get_i64(rows, i, 4, &p->amount_paise) &&
           bj_db_get_str(rows, i, 5, p->state, sizeof p->state) &&
           bj_db_get_bool(rows, i, 6, &p->two_people) &&
           bj_db_get_str(rows, i, 7, p->approved_by, sizeof p->approved_by) &&
           bj_db_get_str(rows, i, 8, p->ended_by, sizeof p->ended_by) &&
           bj_db_get_str(rows, i, 9, p->utr, sizeof p->utr) &&
           bj_db_get_str(rows, i, 10, p->reason, sizeof p->reason) &&
           bj_db_get_str(rows, i, 11, p->taken_by, sizeof p->taken_by) &&
           bj_db_get_bool(rows, i, 12, &p->primary) &&
           bj_db_get_str(rows, i, 13, p->ifsc, sizeof p->ifsc) &&
           bj_db_get_i64(rows, i, 15, &p->asked_us) &&
           bj_db_get_i64(rows, i, 16, &p->approved_us) &&
           bj_db_get_i64(rows, i, 17, &p->taken_us) && bj_db_get_i64(rows, i, 18, &p->ended_us);
}

static const char list_sql[] =
    COLUMNS " WHERE ($1::bigint = 0 OR p.user_id = $1) AND (NOT $2 OR p.state = 'pending')"
            " ORDER BY CASE WHEN $2 THEN p.asked_at END, p.asked_at DESC, p.payout_id LIMIT $3";

bj_status_t bj_payout_list(const bj_payments_t *payments, uint64_t user_id, bool pending_only,
                           bj_payout_t *rows, size_t rows_max, size_t *cnt) {
    BJ_DB_RESULT got = NULL;
    *cnt = 0;
    bj_status_t status = bj_db_query(
        payments->db, list_sql,
        BJ_DB_PARAMS(ID(user_id), pending_only ? "t" : "f", bj_db_u64(rows_max).text), &got);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(got); i++) {
        if (!read_row(got, i, &rows[i])) return BJ_ERR_BAD_FIELD;
        status = bj_bank_hint_of(payments->keys, rows[i].bank_id, got, i, COL_SEALED, rows[i].hint);
        *cnt = i + 1;
    }
    return status;
}

static const char one_sql[] = COLUMNS " WHERE p.payout_id = $1";
static const char hold_sql[] = COLUMNS " WHERE p.payout_id = $1 FOR NO KEY UPDATE OF p";

static bj_status_t read_one(bj_db_result_t *rows, bj_payout_t *row) {
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    return read_row(rows, 0, row) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

bj_status_t bj_payout_get(const bj_payments_t *payments, const char *id, bj_payout_t *row) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(payments->db, one_sql, BJ_DB_PARAMS(id), &rows);
    if (status == BJ_OK) status = read_one(rows, row);
    if (status != BJ_OK) return status;
    return bj_bank_hint_of(payments->keys, row->bank_id, rows, 0, COL_SEALED, row->hint);
}

bj_status_t bj_payout_hold(bj_db_t *db, const char *id, bj_payout_t *row) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, hold_sql, BJ_DB_PARAMS(id), &rows);
    return status == BJ_OK ? read_one(rows, row) : status;
}

bj_status_t bj_payout_entry(bj_db_t *db, const bj_trail_who_t *who, const char *act,
                            const bj_payout_t *row, const char *state, const char *more) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], before[128], after[256];
    snprintf(before, sizeof before, "{\"payout\":\"%s\",\"state\":\"%s\"}", row->id, row->state);
    snprintf(after, sizeof after,
             "{\"payout\":\"%s\",\"state\":\"%s\",\"amount_paise\":%" PRId64 ",\"bank\":\"%" PRIu64
             "\"%s}",
             row->id, state, row->amount_paise, row->bank_id, more);
    const bj_trail_act_t entry = {.act = act,
                                  .outcome = "done",
                                  .after_json = after,
                                  .before_json = row->state[0] ? before : NULL,
                                  .reason = row->reason[0] ? row->reason : NULL,
                                  .subject = bj_user_subject(row->user_id, subject)};
    return bj_entry_commit(db, who, &entry);
}

/* --- asking */

static const char bank_sql[] = "SELECT bank_id, checked_ok, usable_at <= now() FROM bank_accounts"
                               " WHERE user_id = $1 AND is_primary";

static bj_status_t primary_of(bj_db_t *db, uint64_t user_id, uint64_t *bank_id,
                              bj_payout_why_t *why) {
    BJ_DB_RESULT rows = NULL;
    bool checked, usable;
    bj_status_t status = bj_db_ask(db, bank_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    *why = BJ_PAYOUT_NO_BANK;
    if (bj_db_rows(rows) == 0 || !bj_db_get_bool(rows, 0, 1, &checked) || !checked) {
        return BJ_ERR_DENIED;
    }
    if (!bj_db_get_bool(rows, 0, 2, &usable) || !bj_db_get_u64(rows, 0, 0, bank_id)) {
        return BJ_ERR_BAD_FIELD;
    }
    *why = usable ? BJ_PAYOUT_FINE : BJ_PAYOUT_BANK_WAITS;
    return usable ? BJ_OK : BJ_ERR_DENIED;
}

/* India's day; what was given up or came back is as if it had not been asked for. */
static const char day_sql[] =
    "SELECT count(*), coalesce(sum(amount_paise), 0)::bigint, NOT EXISTS (SELECT 1 FROM payouts"
    "  WHERE bank_id = $2 AND state = 'sent') FROM payouts WHERE user_id = $1 AND state IN"
    "  ('pending', 'sent') AND (asked_at AT TIME ZONE 'Asia/Kolkata')::date ="
    "  (now() AT TIME ZONE 'Asia/Kolkata')::date";

/* One large payout is not made one person's by asking for several; and who confirmed the bank
 * account does not send alone the first money that goes there. */
static bj_status_t judge_day(bj_db_t *db, const bj_payments_rules_t *rules, bj_payout_t *row,
                             bj_payout_why_t *why) {
    BJ_DB_RESULT rows = NULL;
    uint64_t cnt;
    int64_t paise;
    bool first;
    bj_status_t status =
        bj_db_ask(db, day_sql, BJ_DB_PARAMS(ID(row->user_id), ID(row->bank_id)), &rows);
    if (status != BJ_OK) return status;
    if (!bj_db_get_u64(rows, 0, 0, &cnt) || !bj_db_get_i64(rows, 0, 1, &paise) ||
        !bj_db_get_bool(rows, 0, 2, &first)) {
        return BJ_ERR_BAD_FIELD;
    }
    row->two_people = first || row->amount_paise > rules->one_person_max_paise - paise;
    if (cnt >= rules->day_max_cnt)
        *why = BJ_PAYOUT_DAY_CNT;
    else if (row->amount_paise > rules->day_max_paise - paise)
        *why = BJ_PAYOUT_DAY_PAISE;
    return *why == BJ_PAYOUT_FINE ? BJ_OK : BJ_ERR_DENIED;
}

/* The request that was made before with this id: the same one, or another. */
static bj_status_t find_before(bj_db_t *db, const bj_caller_t *caller, const char *id,
                               int64_t amount_paise, bool *found, bj_payout_why_t *why) {
    bj_payout_t row;
    bj_status_t status = bj_payout_hold(db, id, &row);
    *found = status == BJ_OK;
    if (!*found) return status == BJ_ERR_NOT_FOUND ? BJ_OK : status;
    if (row.user_id == caller->user_id && row.amount_paise == amount_paise) return BJ_OK;
    *why = BJ_PAYOUT_ID_TAKEN;
    return BJ_ERR_DENIED;
}

static const char ask_sql[] =
    "INSERT INTO payouts (payout_id, user_id, bank_id, amount_paise, two_people, proved_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)";

static bj_status_t ask_in(bj_db_t *db, const bj_caller_t *caller, const bj_payout_t *row) {
    bj_status_t status = bj_db_ask(
        db, ask_sql,
        BJ_DB_PARAMS(row->id, ID(row->user_id), ID(row->bank_id), bj_db_i64(row->amount_paise).text,
                     row->two_people ? "t" : "f", bj_db_time(caller->proved_ns).text),
        NULL);
    if (status != BJ_OK) return status;
    const bj_ledger_transfer_t transfer = {
        .id = row->id,
        .what = "payout",
        .amount_paise = row->amount_paise,
        .two_phase = true,
        .debit = {.kind = BJ_LEDGER_CLIENT, .account_id = row->account_id},
        .credit = {.kind = BJ_LEDGER_BANK}};
    return bj_ledger_transfer(db, &transfer, NULL);
}

/* In a transaction in which the user's row is held: of two at once the second sees the first. */
static bj_status_t judge(bj_db_t *db, const bj_payments_t *payments, bj_payout_t *row,
                         bj_funds_t *funds, bj_payout_why_t *why) {
    bj_status_t status = primary_of(db, row->user_id, &row->bank_id, why);
    if (status == BJ_OK) {
        status = judge_day(db, &payments->rules, row, why);
    }
    if (status == BJ_OK) status = bj_funds_left(db, row->account_id, funds);
    if (status != BJ_OK) return status;
    if (row->amount_paise > funds->free_paise)
        *why = BJ_PAYOUT_OVER_FREE;
    else if (row->amount_paise < BJ_PAYOUT_MIN_PAISE && row->amount_paise < funds->free_paise)
        *why = BJ_PAYOUT_MIN;
    return *why == BJ_PAYOUT_FINE ? BJ_OK : BJ_ERR_DENIED;
}

static void tell_asked(const bj_payments_t *payments, const bj_payout_t *row) {
    char sum[BJ_RUPEES_BYTES], what[256];
    snprintf(what, sizeof what,
             "A payout of %s to your bank account was asked for just now. It can be cancelled on "
             "the page Funds until we pay it.",
             bj_rupees_text(row->amount_paise, sum));
    bj_payments_tell(payments, row->user_id, "A payout was asked for", what);
}

bj_status_t bj_payout_funds(const bj_payments_t *payments, uint32_t account_id, bj_funds_t *funds,
                            bj_payout_why_t *why) {
    *funds = (bj_funds_t){0};
    *why = BJ_PAYOUT_UNSURE;
    if (!payments->orders_whole(payments->orders)) return BJ_ERR_DENIED;
    *why = BJ_PAYOUT_BUSY;
    bj_status_t status = bj_funds_blocked(payments, account_id, funds);
    if (status == BJ_ERR_FULL) return BJ_ERR_DENIED;
    *why = BJ_PAYOUT_FINE;
    return status;
}

/* The proof, on the way: as payouts_step_up has it. */
static bool grew_old(const bj_caller_t *caller) {
    return bj_clock_wall_ns() - caller->proved_ns > 15 * 60 * BJ_NS_PER_S;
}

bj_status_t bj_payout_ask(const bj_payments_t *payments, const bj_caller_t *caller,
                          const char *address, const char *id, int64_t amount_paise,
                          bj_funds_t *funds, bj_payout_why_t *why) {
    BJ_DB_CONN db = NULL;
    bool found = false;
    bj_trail_who_t who = bj_trail_who(caller, address);
    bj_payout_t row = {
        .user_id = caller->user_id, .account_id = caller->account_id, .amount_paise = amount_paise};
    snprintf(row.id, sizeof row.id, "%s", id);
    bj_status_t status = bj_payout_funds(payments, caller->account_id, funds, why);
    if (status == BJ_OK) status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) status = bj_user_lock(db, caller->user_id);
    if (status == BJ_OK) status = find_before(db, caller, id, amount_paise, &found, why);
    if (status != BJ_OK || found) return status;
    status = judge(db, payments, &row, funds, why);
    if (status == BJ_OK) status = ask_in(db, caller, &row);
    if (status == BJ_ERR_EXISTS) { /* somebody else's, which row security does not show */
        *why = BJ_PAYOUT_ID_TAKEN;
        return BJ_ERR_DENIED;
    }
    if (status == BJ_ERR_BAD_FIELD && !grew_old(caller)) {
        *why = BJ_PAYOUT_BLOCKED;
        return BJ_ERR_DENIED;
    }
    if (status == BJ_OK) status = bj_payout_entry(db, &who, "payout.ask", &row, "pending", "");
    if (status == BJ_OK) tell_asked(payments, &row);
    return status;
}

static const char cancel_sql[] =
    "UPDATE payouts SET state = 'cancelled', ended_at = now(), ended_by = $2 WHERE payout_id = $1";

bj_status_t bj_payout_cancel(const bj_payments_t *payments, const bj_caller_t *caller,
                             const char *address, const char *id, bj_payout_why_t *why) {
    BJ_DB_CONN db = NULL;
    bj_payout_t row;
    bj_trail_who_t who = bj_trail_who(caller, address);
    *why = BJ_PAYOUT_FINE;
    bj_status_t status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) status = bj_payout_hold(db, id, &row);
    if (status != BJ_OK) return status;
    if (row.user_id != caller->user_id) return BJ_ERR_NOT_FOUND;
    if (strcmp(row.state, "pending") != 0) {
        *why = BJ_PAYOUT_ENDED;
        return BJ_ERR_DENIED;
    }
    if (row.taken_by[0]) {
        *why = BJ_PAYOUT_TAKEN;
        return BJ_ERR_DENIED;
    }
    status = bj_db_ask(db, cancel_sql, BJ_DB_PARAMS(id, who.actor), NULL);
    if (status == BJ_OK) status = bj_ledger_end(db, id, BJ_LEDGER_VOIDED);
    return status == BJ_OK ? bj_payout_entry(db, &who, "payout.cancel", &row, "cancelled", "")
                           : status;
}
