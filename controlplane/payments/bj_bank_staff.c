/* Bank accounts as staff sees them, and the list of both. */
#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/keys/bj_cell.h"
#include "controlplane/payments/bj_bank.h"
#include "dataplane/base/bj_log.h"

static const char column[] = "bank_accounts.number";
#define ID(id) bj_db_u64(id).text
#define US(col) "coalesce((extract(epoch FROM " col ") * 1000000)::bigint, 0)"

static const char list_sql[] =
    "SELECT b.bank_id, b.user_id, b.ifsc, b.number_sealed, b.is_primary,"
    " CASE WHEN b.checked_at IS NULL THEN 0 WHEN NOT b.checked_ok THEN 1"
    "  WHEN b.usable_at > now() THEN 2 ELSE 3 END, coalesce(b.checked_by, ''),"
    " coalesce(b.check_ref, ''), " US("b.added_at") ", " US("b.usable_at") ", " US(
        "b.checked_at") ", EXISTS (SELECT 1 FROM bank_accounts o WHERE o.number_hash = "
                        "b.number_hash"
                        "   AND o.user_id <> b.user_id) FROM bank_accounts b WHERE b.removed_at IS "
                        "NULL"
                        " AND CASE WHEN $1::bigint = 0 THEN b.checked_at IS NULL ELSE b.user_id = "
                        "$1 END"
                        " ORDER BY b.is_primary DESC, b.bank_id LIMIT $2";

static bool read_row(const bj_db_result_t *rows, size_t i, bj_bank_t *bank) {
    uint32_t state;
    bool ok =
        bj_db_get_u64(rows, i, 0, &bank->bank_id) && bj_db_get_u64(rows, i, 1, &bank->user_id) &&
        bj_db_get_str(rows, i, 2, bank->ifsc, sizeof bank->ifsc) &&
        bj_db_get_bool(rows, i, 4, &bank->primary) && bj_db_get_u32(rows, i, 5, &state) &&
        bj_db_get_str(rows, i, 6, bank->checked_by, sizeof bank->checked_by) &&
        bj_db_get_str(rows, i, 7, bank->check_ref, sizeof bank->check_ref) &&
        bj_db_get_i64(rows, i, 8, &bank->added_us) && bj_db_get_i64(rows, i, 9, &bank->usable_us) &&
        bj_db_get_i64(rows, i, 10, &bank->checked_us) &&
        bj_db_get_bool(rows, i, 11, &bank->anothers);
    if (ok) bank->state = (bj_bank_state_t)state;
    return ok;
}

bj_status_t bj_bank_list(const bj_payments_t *payments, uint64_t user_id, bj_bank_t *rows,
                         size_t rows_max, size_t *cnt) {
    BJ_DB_RESULT got = NULL;
    *cnt = 0;
    bj_status_t status = bj_db_query(payments->db, list_sql,
                                     BJ_DB_PARAMS(ID(user_id), bj_db_u64(rows_max).text), &got);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(got); i++) {
        if (!read_row(got, i, &rows[i])) return BJ_ERR_BAD_FIELD;
        status = bj_bank_hint_of(payments->keys, rows[i].bank_id, got, i, 3, rows[i].hint);
        *cnt = i + 1;
    }
    return status;
}

static const char check_sql[] =
    "UPDATE bank_accounts SET checked_at = now(), checked_by = $2, checked_ok = $3, check_ref = $4,"
    " is_primary = is_primary AND $3 WHERE bank_id = $1 AND checked_at IS NULL"
    " AND removed_at IS NULL RETURNING user_id";

static void tell_checked(const bj_payments_t *payments, uint64_t user_id, bool ok) {
    bj_payments_tell(
        payments, user_id,
        ok ? "Your bank account is confirmed" : "Your bank account was not confirmed",
        ok ? "We have made sure that the bank account you added is yours: money may go "
             "there once its wait is over."
           : "We could not make sure that the bank account you added is yours, so no "
             "money goes there. The page Funds says why.");
}

bj_status_t bj_bank_check(const bj_payments_t *payments, const bj_trail_who_t *who,
                          uint64_t bank_id, bool ok, const char *reference) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id;
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[80];
    bj_status_t status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, check_sql,
                           BJ_DB_PARAMS(ID(bank_id), who->actor, ok ? "t" : "f", reference), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &user_id)) return BJ_ERR_BAD_FIELD;
    snprintf(after, sizeof after, "{\"bank\":\"%" PRIu64 "\",\"ok\":%s}", bank_id,
             ok ? "true" : "false");
    const bj_trail_act_t act = {.act = "bank.check",
                                .outcome = "done",
                                .reason = reference,
                                .after_json = after,
                                .subject = bj_user_subject(user_id, subject)};
    status = bj_entry_commit(db, who, &act);
    if (status == BJ_OK) tell_checked(payments, user_id, ok);
    return status;
}

/* To look at it, or by who has taken a payout that goes there. */
static const char one_sql[] =
    "SELECT user_id, number_sealed, checked_at IS NULL OR EXISTS (SELECT 1 FROM payouts p"
    "  WHERE p.bank_id = b.bank_id AND p.state = 'pending' AND p.taken_by = $2)"
    " FROM bank_accounts b WHERE bank_id = $1";

bj_status_t bj_bank_reveal(const bj_payments_t *payments, const bj_trail_who_t *who,
                           uint64_t bank_id, const char *reason,
                           char number[BJ_BANK_NUMBER_BYTES]) {
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id;
    bool may;
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[48];
    bj_status_t status =
        bj_db_query(payments->db, one_sql, BJ_DB_PARAMS(ID(bank_id), who->actor), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &user_id) || !bj_db_get_bool(rows, 0, 2, &may)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (!may) {
        return bj_entry_refused(payments->db, who, user_id, "bank.reveal",
                                "no payout to it is taken", BJ_ERR_DENIED);
    }
    snprintf(after, sizeof after, "{\"bank\":\"%" PRIu64 "\"}", bank_id);
    const bj_trail_act_t act = {.act = "bank.reveal",
                                .outcome = "done",
                                .reason = reason,
                                .after_json = after,
                                .subject = bj_user_subject(user_id, subject)};
    status = bj_trail_add(payments->db, who, &act);
    if (status != BJ_OK) return status;
    return bj_cell_open(payments->keys, BJ_KEYS_KYC, column, bank_id, rows, 0, 1, number,
                        BJ_BANK_NUMBER_BYTES);
}

static const char any_sql[] = "SELECT 1 FROM bank_accounts WHERE number_sealed IS NOT NULL LIMIT 1";
/* A hash not before every process knows the key that it is under (bj_reseal.c). */
static const char old_sql[] =
    "SELECT bank_id, number_sealed FROM bank_accounts WHERE sealed_by(number_sealed) < $1"
    " OR sealed_by(number_hash) < (SELECT max(key_id) FROM data_keys WHERE category = 'lookup'"
    "  AND created_at < now() - interval '15 s') ORDER BY bank_id LIMIT $2 FOR UPDATE SKIP LOCKED";
static const char seal_sql[] =
    "UPDATE bank_accounts SET number_sealed = $2::bytea, number_hash = $3::bytea"
    " WHERE bank_id = $1";

static bj_status_t reseal_one(bj_db_t *db, bj_keys_t *keys, const bj_db_result_t *rows, size_t i) {
    bj_cell_t cell;
    bj_person_hash_t hash;
    uint64_t bank_id;
    char number[BJ_BANK_NUMBER_BYTES];
    if (!bj_db_get_u64(rows, i, 0, &bank_id)) return BJ_ERR_BAD_FIELD;
    bj_status_t status =
        bj_cell_open(keys, BJ_KEYS_KYC, column, bank_id, rows, i, 1, number, sizeof number);
    if (status == BJ_OK) {
        status = bj_cell_close(keys, BJ_KEYS_KYC, column, bank_id, number, &cell);
    }
    if (status == BJ_OK) status = bj_person_mac(keys, column, number, &hash);
    explicit_bzero(number, sizeof number);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, seal_sql, BJ_DB_PARAMS(ID(bank_id), cell.text, hash.text), NULL);
}

bj_status_t bj_bank_reseal(bj_db_pool_t *pool, bj_keys_t *keys, const bj_trail_who_t *who,
                           size_t max, size_t *done) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT any = NULL;
    BJ_DB_RESULT rows = NULL;
    uint16_t newest;
    char after[48];
    *done = 0;
    /* A world without bank accounts needs no key for them. */
    bj_status_t status = bj_db_query(pool, any_sql, BJ_DB_NO_PARAMS, &any);
    if (status != BJ_OK || bj_db_rows(any) == 0) return status;
    status = bj_keys_newest(keys, BJ_KEYS_KYC, &newest);
    if (status == BJ_OK) status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, old_sql, BJ_DB_PARAMS(bj_db_u64(newest).text, bj_db_u64(max).text),
                           &rows);
    }
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        status = reseal_one(db, keys, rows, i);
        *done += status == BJ_OK;
        if (status != BJ_ERR_CORRUPT && status != BJ_ERR_NOT_FOUND) continue;
        BJ_ERROR("the number of bank account %s stays as it is: %s", bj_db_get_ref(rows, i, 0),
                 bj_status_text(status));
        status = BJ_OK;
    }
    if (status != BJ_OK || *done == 0) return status;
    snprintf(after, sizeof after, "{\"bank_accounts\":%zu}", *done);
    const bj_trail_act_t act = {
        .act = "keys.reseal", .subject = "people", .outcome = "done", .after_json = after};
    return bj_entry_commit(db, who, &act);
}
