#include "controlplane/ledger/bj_ledger.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"

static const char *const kinds[] = {
    [BJ_LEDGER_CLIENT] = "client", [BJ_LEDGER_BANK] = "bank", [BJ_LEDGER_SUSPENSE] = "suspense"};
static const char *const hows[] = {[BJ_LEDGER_POSTED] = "posted", [BJ_LEDGER_VOIDED] = "voided"};

bool bj_uuid_formed(const char *text) {
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    for (size_t i = 0; i < sizeof form; i++) {
        bool ok =
            form[i] == 'x' ? text[i] && strchr("0123456789abcdef", text[i]) : text[i] == form[i];
        if (!ok) return false;
    }
    return true;
}

/* A house's account has no number. */
static const char *number(bj_ledger_side_t side, bj_db_text_t *text) {
    *text = bj_db_u64(side.account_id);
    return side.kind == BJ_LEDGER_CLIENT ? text->text : NULL;
}

static const char transfer_sql[] =
    "SELECT ledger_transfer($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

bj_status_t bj_ledger_transfer(bj_db_t *db, const bj_ledger_transfer_t *transfer, bool *made) {
    BJ_DB_RESULT rows = NULL;
    bj_db_text_t debit, credit;
    bj_status_t status = bj_db_ask(
        db, transfer_sql,
        BJ_DB_PARAMS(transfer->id, transfer->what, kinds[transfer->debit.kind],
                     number(transfer->debit, &debit), kinds[transfer->credit.kind],
                     number(transfer->credit, &credit), bj_db_i64(transfer->amount_paise).text,
                     transfer->two_phase ? "t" : "f",
                     transfer->expires_us ? bj_db_time(transfer->expires_us * 1000).text : NULL,
                     transfer->corrects),
        &rows);
    if (status != BJ_OK) return status;
    const char *said = bj_db_get_ref(rows, 0, 0);
    if (!said) return BJ_ERR_BAD_FIELD;
    if (made) *made = strcmp(said, "made") == 0;
    return strcmp(said, "other") == 0 ? BJ_ERR_EXISTS : BJ_OK;
}

bj_status_t bj_ledger_end(bj_db_t *db, const char *id, bj_ledger_how_t how) {
    BJ_DB_RESULT rows = NULL;
    bool ended;
    bj_status_t status =
        bj_db_ask(db, "SELECT ledger_end($1, $2)", BJ_DB_PARAMS(id, hows[how]), &rows);
    if (status != BJ_OK) return status;
    if (!bj_db_get_bool(rows, 0, 0, &ended)) return BJ_ERR_BAD_FIELD;
    return ended ? BJ_OK : BJ_ERR_NOT_FOUND;
}

bj_status_t bj_ledger_expire_due(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t *cnt) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char after[48];
    *cnt = 0;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, "SELECT ledger_expire()", BJ_DB_NO_PARAMS, &rows);
    }
    if (status != BJ_OK) return status;
    if (!bj_db_get_u64(rows, 0, 0, cnt)) return BJ_ERR_BAD_FIELD;
    if (*cnt == 0) return BJ_OK;
    snprintf(after, sizeof after, "{\"expired\":%" PRIu64 "}", *cnt);
    const bj_trail_act_t act = {
        .act = "ledger.expire", .subject = "ledger", .outcome = "done", .after_json = after};
    return bj_entry_commit(db, who, &act);
}

static const char balance_sql[] =
    "SELECT debits_posted, credits_posted, debits_pending, credits_pending FROM ledger_accounts"
    " WHERE kind = $1 AND account_id IS NOT DISTINCT FROM $2";

bj_status_t bj_ledger_balance(bj_db_t *db, bj_ledger_side_t side, bj_ledger_balance_t *balance) {
    BJ_DB_RESULT rows = NULL;
    bj_db_text_t account;
    *balance = (bj_ledger_balance_t){0};
    bj_status_t status =
        bj_db_ask(db, balance_sql, BJ_DB_PARAMS(kinds[side.kind], number(side, &account)), &rows);
    if (status != BJ_OK || bj_db_rows(rows) == 0) return status;
    bool ok = bj_db_get_i64(rows, 0, 0, &balance->debits_paise) &&
              bj_db_get_i64(rows, 0, 1, &balance->credits_paise) &&
              bj_db_get_i64(rows, 0, 2, &balance->held_debits_paise) &&
              bj_db_get_i64(rows, 0, 3, &balance->held_credits_paise);
    return ok ? BJ_OK : BJ_ERR_BAD_FIELD;
}

#define US(column) "coalesce((extract(epoch FROM " column ") * 1000000)::bigint, 0)"
/* A client's account grows by its credits, the bank's by its debits. */
static const char lines_sql[] =
    "SELECT t.transfer_id, coalesce(t.corrects::text, ''), t.what, t.state,"
    " CASE WHEN (t.debit_id = a.ledger_id) = (a.kind = 'bank') THEN t.amount_paise"
    "  ELSE -t.amount_paise END, " US("t.made_at") ", " US(
        "t.ended_at") " FROM ledger_accounts a JOIN ledger_transfers t ON a.ledger_id IN "
                      "(t.debit_id, t.credit_id)"
                      " WHERE a.kind = $1 AND a.account_id IS NOT DISTINCT FROM $2"
                      " ORDER BY t.made_at DESC, t.transfer_id LIMIT $3";

static bool read_line(const bj_db_result_t *rows, size_t i, bj_ledger_line_t *line) {
    return bj_db_get_str(rows, i, 0, line->id, sizeof line->id) &&
           bj_db_get_str(rows, i, 1, line->corrects, sizeof line->corrects) &&
           bj_db_get_str(rows, i, 2, line->what, sizeof line->what) &&
           bj_db_get_str(rows, i, 3, line->state, sizeof line->state) &&
           bj_db_get_i64(rows, i, 4, &line->amount_paise) &&
           bj_db_get_i64(rows, i, 5, &line->made_us) && bj_db_get_i64(rows, i, 6, &line->ended_us);
}

bj_status_t bj_ledger_lines(bj_db_pool_t *pool, bj_ledger_side_t side, bj_ledger_line_t *lines,
                            size_t lines_max, size_t *cnt) {
    BJ_DB_RESULT rows = NULL;
    bj_db_text_t account;
    *cnt = 0;
    bj_status_t status = bj_db_query(
        pool, lines_sql,
        BJ_DB_PARAMS(kinds[side.kind], number(side, &account), bj_db_u64(lines_max).text), &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        if (!read_line(rows, i, &lines[i])) return BJ_ERR_BAD_FIELD;
        *cnt = i + 1;
    }
    return status;
}

bj_status_t bj_ledger_wrong(bj_db_pool_t *pool, uint64_t *cnt) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_query(pool, "SELECT count(*) FROM ledger_wrong()", BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) return status;
    return bj_db_get_u64(rows, 0, 0, cnt) ? BJ_OK : BJ_ERR_BAD_FIELD;
}
