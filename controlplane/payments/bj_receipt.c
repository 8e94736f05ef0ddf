#include "controlplane/payments/bj_receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"

#define ID(id) bj_db_u64(id).text
#define US(col) "coalesce((extract(epoch FROM " col ") * 1000000)::bigint, 0)"

static const char record_sql[] =
    "INSERT INTO receipts (receipt_id, user_id, bank_id, amount_paise, utr, paid_on, asked_by)"
    " SELECT $6, user_id, bank_id, $2, $3, $4, $5 FROM bank_accounts"
    " WHERE bank_id = $1 RETURNING user_id";

static bj_status_t entry(bj_db_t *db, const bj_trail_who_t *who, const char *act, uint64_t user_id,
                         const char *id, const bj_receipt_new_t *receipt, const char *reason) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[256];
    snprintf(after, sizeof after,
             "{\"receipt\":\"%s\",\"amount_paise\":%" PRId64 ",\"utr\":\"%s\",\"bank\":\"%" PRIu64
             "\"}",
             id, receipt->amount_paise, receipt->utr, receipt->bank_id);
    const bj_trail_act_t row = {.act = act,
                                .outcome = "done",
                                .after_json = after,
                                .reason = reason,
                                .subject = bj_user_subject(user_id, subject)};
    return bj_entry_commit(db, who, &row);
}

bj_status_t bj_receipt_record(const bj_payments_t *payments, const bj_trail_who_t *who,
                              const bj_receipt_new_t *receipt) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id;
    bj_status_t status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, record_sql,
                           BJ_DB_PARAMS(ID(receipt->bank_id), bj_db_i64(receipt->amount_paise).text,
                                        receipt->utr, receipt->paid_on, who->actor, receipt->id),
                           &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &user_id)) return BJ_ERR_BAD_FIELD;
    return entry(db, who, "receipt.record", user_id, receipt->id, receipt, NULL);
}

static const char decide_sql[] =
    "UPDATE receipts r SET approved = $3::text IS NULL, reason = $3, decided_by = $2,"
    " decided_at = now() FROM users u WHERE r.receipt_id = $1 AND r.decided_at IS NULL"
    " AND u.user_id = r.user_id"
    " RETURNING r.user_id, u.account_id, r.amount_paise, r.bank_id, r.utr";

typedef struct decided {
    uint64_t user_id;
    uint32_t account_id;
    bj_receipt_new_t receipt;
} decided_t;

static bj_status_t decide_in(bj_db_t *db, const bj_trail_who_t *who, const char *id,
                             const char *reason, bj_db_result_t **rows, decided_t *out) {
    bj_status_t status = bj_db_ask(db, decide_sql, BJ_DB_PARAMS(id, who->actor, reason), rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(*rows) == 0) return BJ_ERR_NOT_FOUND;
    out->receipt.utr = bj_db_get_ref(*rows, 0, 4);
    if (!bj_db_get_u64(*rows, 0, 0, &out->user_id) ||
        !bj_db_get_u32(*rows, 0, 1, &out->account_id) ||
        !bj_db_get_i64(*rows, 0, 2, &out->receipt.amount_paise) ||
        !bj_db_get_u64(*rows, 0, 3, &out->receipt.bank_id)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (reason) return BJ_OK;
    const bj_ledger_transfer_t transfer = {
        .id = id,
        .what = "receipt",
        .amount_paise = out->receipt.amount_paise,
        .debit = {.kind = BJ_LEDGER_BANK},
        .credit = {.kind = BJ_LEDGER_CLIENT, .account_id = out->account_id}};
    return bj_ledger_transfer(db, &transfer, NULL);
}

bj_status_t bj_receipt_decide(const bj_payments_t *payments, const bj_trail_who_t *who,
                              const char *id, const char *reason) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    decided_t got;
    char sum[BJ_RUPEES_BYTES], what[200];
    bj_status_t status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) status = decide_in(db, who, id, reason, &rows, &got);
    if (status != BJ_OK) return status;
    status = entry(db, who, reason ? "receipt.refuse" : "receipt.approve", got.user_id, id,
                   &got.receipt, reason);
    if (status != BJ_OK || reason) return status;
    snprintf(what, sizeof what, "We have received %s from your bank account.",
             bj_rupees_text(got.receipt.amount_paise, sum));
    bj_payments_tell(payments, got.user_id, "Your money has arrived", what);
    return BJ_OK;
}

static const char list_sql[] =
    "SELECT r.receipt_id, r.user_id, r.bank_id, u.account_id, r.amount_paise, r.utr, r.paid_on,"
    " r.asked_by, coalesce(r.decided_by, ''), CASE WHEN r.decided_at IS NULL THEN 'waiting'"
    "  WHEN r.approved THEN 'approved' ELSE 'refused' END, coalesce(r.reason, ''), b.ifsc,"
    " " US("r.asked_at") ", " US("r.decided_at") ", b.number_sealed"
                                                 " FROM receipts r JOIN users u USING (user_id) "
                                                 "JOIN bank_accounts b USING (bank_id)"
                                                 " WHERE ($1::bigint = 0 OR r.user_id = $1) AND "
                                                 "(NOT $2 OR r.decided_at IS NULL)"
                                                 " ORDER BY r.asked_at DESC, r.receipt_id LIMIT $3";

static bool read_row(const bj_db_result_t *rows, size_t i, bj_receipt_t *r) {
    return bj_db_get_str(rows, i, 0, r->id, sizeof r->id) &&
           bj_db_get_u64(rows, i, 1, &r->user_id) && bj_db_get_u64(rows, i, 2, &r->bank_id) &&
           bj_db_get_u32(rows, i, 3, &r->account_id) &&
           bj_db_get_i64(rows, i, 4, &r->amount_paise) &&
           bj_db_get_str(rows, i, 5, r->utr, sizeof r->utr) &&
           bj_db_get_str(rows, i, 6, r->paid_on, sizeof r->paid_on) &&
           bj_db_get_str(rows, i, 7, r->asked_by, sizeof r->asked_by) &&
           bj_db_get_str(rows, i, 8, r->decided_by, sizeof r->decided_by) &&
           bj_db_get_str(rows, i, 9, r->state, sizeof r->state) &&
           bj_db_get_str(rows, i, 10, r->reason, sizeof r->reason) &&
           bj_db_get_str(rows, i, 11, r->ifsc, sizeof r->ifsc) &&
           bj_db_get_i64(rows, i, 12, &r->asked_us) && bj_db_get_i64(rows, i, 13, &r->decided_us);
}

bj_status_t bj_receipt_list(const bj_payments_t *payments, uint64_t user_id, bool waiting_only,
                            bj_receipt_t *rows, size_t rows_max, size_t *cnt) {
    BJ_DB_RESULT got = NULL;
    *cnt = 0;
    bj_status_t status = bj_db_query(
        payments->db, list_sql,
        BJ_DB_PARAMS(ID(user_id), waiting_only ? "t" : "f", bj_db_u64(rows_max).text), &got);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(got); i++) {
        if (!read_row(got, i, &rows[i])) return BJ_ERR_BAD_FIELD;
        status = bj_bank_hint_of(payments->keys, rows[i].bank_id, got, i, 14, rows[i].hint);
        *cnt = i + 1;
    }
    return status;
}
