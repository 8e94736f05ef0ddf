#include "controlplane/payments/bj_bank.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/keys/bj_cell.h"
#include "dataplane/base/bj_log.h"

static const char column[] = "bank_accounts.number";
#define ID(id) bj_db_u64(id).text

bool bj_bank_number_read(const char *text, char out[BJ_BANK_NUMBER_BYTES]) {
    size_t n = 0;
    for (; *text; text++) {
        if (*text == ' ' || *text == '-') continue;
        if (*text < '0' || *text > '9' || n == BJ_BANK_NUMBER_BYTES - 1) return false;
        out[n++] = *text;
    }
    out[n] = '\0';
    return n >= 9 && strspn(out, "0") != n;
}

bool bj_ifsc_read(const char *text, char out[BJ_IFSC_BYTES]) {
    size_t n = 0;
    for (; text[n] && n < BJ_IFSC_BYTES - 1; n++) {
        char c = text[n];
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        bool letter = c >= 'A' && c <= 'Z', digit = c >= '0' && c <= '9';
        if (n < 4 ? !letter : n == 4 ? c != '0' : !letter && !digit) return false;
        out[n] = c;
    }
    out[n] = '\0';
    return n == BJ_IFSC_BYTES - 1 && text[n] == '\0';
}

const char *bj_bank_hint(const char *number, char out[BJ_BANK_NUMBER_BYTES]) {
    size_t n = strlen(number);
    snprintf(out, BJ_BANK_NUMBER_BYTES, "%s", number);
    if (n > 4) memset(out, '*', n - 4);
    return out;
}

const char *bj_bank_state_name(bj_bank_state_t state) {
    static const char *const names[] = {"unchecked", "refused", "waiting", "ready"};
    return (size_t)state < BJ_COUNT(names) ? names[state] : "";
}

bj_status_t bj_bank_hint_of(bj_keys_t *keys, uint64_t bank_id, const bj_db_result_t *rows,
                            size_t row, size_t col, char out[BJ_BANK_NUMBER_BYTES]) {
    char number[BJ_BANK_NUMBER_BYTES];
    out[0] = '\0';
    if (bj_db_null(rows, row, col)) return BJ_OK;
    bj_status_t status =
        bj_cell_open(keys, BJ_KEYS_KYC, column, bank_id, rows, row, col, number, sizeof number);
    if (status == BJ_OK) bj_bank_hint(number, out);
    explicit_bzero(number, sizeof number);
    if (status == BJ_OK || status == BJ_ERR_UNAVAILABLE) return status;
    BJ_ERROR("the number of bank account %" PRIu64 " does not open: %s", bank_id,
             bj_status_text(status));
    return BJ_OK; /* the others are to be seen all the same */
}

/* --- its owner's */

/* Those of refused ones that are still listed count too: whoever tries many is somebody else. */
static const char room_sql[] =
    "SELECT count(*), count(*) FILTER (WHERE is_primary), nextval('bank_accounts_bank_id_seq')"
    " FROM bank_accounts WHERE user_id = $1 AND removed_at IS NULL";
static const char add_sql[] =
    "INSERT INTO bank_accounts (bank_id, user_id, ifsc, number_sealed, number_hash, is_primary,"
    " usable_at) VALUES ($1, $2, $3, $4::bytea, $5::bytea, $6,"
    " now() + make_interval(hours => $7::int))";

/* Under the key before too, which the unique index does not see; the person's row is locked. */
static const char own_sql[] = "SELECT 1 FROM bank_accounts WHERE user_id = $1 AND ifsc = $2"
                              " AND number_hash = ANY($3::bytea[]) AND removed_at IS NULL";

static bj_status_t add_in(bj_db_t *db, const bj_payments_t *payments, uint64_t user_id,
                          const char *number, const char *ifsc, uint64_t *bank_id, bool *primary) {
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT own = NULL;
    bj_cell_t cell;
    bj_person_hash_t hash;
    uint64_t cnt, primary_cnt;
    bj_status_t status = bj_user_lock(db, user_id);
    if (status == BJ_OK) status = bj_db_ask(db, room_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (!bj_db_get_u64(rows, 0, 0, &cnt) || !bj_db_get_u64(rows, 0, 1, &primary_cnt) ||
        !bj_db_get_u64(rows, 0, 2, bank_id)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (cnt >= BJ_BANKS_MAX) return BJ_ERR_FULL;
    *primary = primary_cnt == 0;
    status = bj_cell_close(payments->keys, BJ_KEYS_KYC, column, *bank_id, number, &cell);
    if (status == BJ_OK) status = bj_person_mac(payments->keys, column, number, &hash);
    if (status == BJ_OK) {
        status = bj_db_ask(db, own_sql, BJ_DB_PARAMS(ID(user_id), ifsc, hash.any), &own);
    }
    if (status == BJ_OK && bj_db_rows(own) > 0) status = BJ_ERR_EXISTS;
    if (status != BJ_OK) return status;
    return bj_db_ask(db, add_sql,
                     BJ_DB_PARAMS(ID(*bank_id), ID(user_id), ifsc, cell.text, hash.text,
                                  *primary ? "t" : "f",
                                  bj_db_u64(payments->rules.new_bank_hours).text),
                     NULL);
}

static void tell_added(const bj_payments_t *payments, uint64_t user_id, const char *number,
                       const char *ifsc) {
    char hint[BJ_BANK_NUMBER_BYTES], what[320];
    snprintf(what, sizeof what,
             "The bank account %s (%s) was added to your Bijli account just now. Money may go "
             "there once we have made sure that it is yours, and not within %" PRIu32 " hours.",
             bj_bank_hint(number, hint), ifsc, payments->rules.new_bank_hours);
    bj_payments_tell(payments, user_id, "A bank account was added", what);
}

bj_status_t bj_bank_add(const bj_payments_t *payments, const bj_caller_t *caller,
                        const char *address, const char *number, const char *ifsc,
                        uint64_t *bank_id) {
    BJ_DB_CONN db = NULL;
    bool primary;
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[128];
    bj_trail_who_t who = bj_trail_who(caller, address);
    bj_status_t status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) {
        status = add_in(db, payments, caller->user_id, number, ifsc, bank_id, &primary);
    }
    if (status != BJ_OK) return status;
    snprintf(after, sizeof after, "{\"bank\":\"%" PRIu64 "\",\"ifsc\":\"%s\",\"primary\":%s}",
             *bank_id, ifsc, primary ? "true" : "false");
    const bj_trail_act_t act = {.act = "bank.add",
                                .outcome = "done",
                                .after_json = after,
                                .subject = bj_user_subject(caller->user_id, subject)};
    status = bj_entry_commit(db, &who, &act);
    if (status == BJ_OK) tell_added(payments, caller->user_id, number, ifsc);
    return status;
}

static const char old_primary_sql[] =
    "UPDATE bank_accounts SET is_primary = false WHERE user_id = $1 AND is_primary"
    " AND bank_id <> $2 RETURNING bank_id";
static const char primary_sql[] =
    "UPDATE bank_accounts SET is_primary = true, usable_at = greatest(usable_at,"
    " now() + make_interval(hours => $3::int)) WHERE user_id = $1 AND bank_id = $2 AND NOT "
    "is_primary"
    " AND removed_at IS NULL AND checked_ok IS NOT FALSE";
static const char state_sql[] =
    "SELECT is_primary FROM bank_accounts WHERE user_id = $1 AND bank_id = $2"
    " AND removed_at IS NULL";

static bj_status_t primary_in(bj_db_t *db, const bj_payments_t *payments, uint64_t user_id,
                              uint64_t bank_id, uint64_t *was) {
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT old = NULL;
    BJ_DB_RESULT now = NULL;
    bool is;
    bj_status_t status = bj_user_lock(db, user_id);
    if (status == BJ_OK) {
        status = bj_db_ask(db, state_sql, BJ_DB_PARAMS(ID(user_id), ID(bank_id)), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_bool(rows, 0, 0, &is)) return BJ_ERR_BAD_FIELD;
    if (is) return BJ_ERR_SEQUENCE;
    status = bj_db_ask(db, old_primary_sql, BJ_DB_PARAMS(ID(user_id), ID(bank_id)), &old);
    if (status != BJ_OK) return status;
    if (!bj_db_get_u64(old, 0, 0, was)) *was = 0;
    status = bj_db_ask(
        db, primary_sql,
        BJ_DB_PARAMS(ID(user_id), ID(bank_id), bj_db_u64(payments->rules.new_bank_hours).text),
        &now);
    if (status != BJ_OK) return status;
    return bj_db_changed(now) == 1 ? BJ_OK : BJ_ERR_DENIED;
}

bj_status_t bj_bank_make_primary(const bj_payments_t *payments, const bj_caller_t *caller,
                                 const char *address, uint64_t bank_id) {
    BJ_DB_CONN db = NULL;
    uint64_t was = 0;
    char subject[BJ_TRAIL_SUBJECT_BYTES], before[48], after[48], what[256];
    bj_trail_who_t who = bj_trail_who(caller, address);
    bj_status_t status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) status = primary_in(db, payments, caller->user_id, bank_id, &was);
    if (status != BJ_OK) return status;
    snprintf(before, sizeof before, "{\"primary\":\"%" PRIu64 "\"}", was);
    snprintf(after, sizeof after, "{\"primary\":\"%" PRIu64 "\"}", bank_id);
    const bj_trail_act_t act = {.act = "bank.primary",
                                .outcome = "done",
                                .before_json = before,
                                .after_json = after,
                                .subject = bj_user_subject(caller->user_id, subject)};
    status = bj_entry_commit(db, &who, &act);
    if (status != BJ_OK) return status;
    snprintf(what, sizeof what,
             "Another bank account is the one that your money goes to from now on. No payout goes "
             "there within %" PRIu32 " hours.",
             payments->rules.new_bank_hours);
    bj_payments_tell(payments, caller->user_id, "Your money goes to another bank account", what);
    return BJ_OK;
}

/* Where money went to or came from is a record that the law wants kept. */
static const char remove_sql[] =
    "UPDATE bank_accounts b SET removed_at = now(), is_primary = false,"
    " number_sealed = CASE WHEN bank_used(b.bank_id) THEN number_sealed END,"
    " number_hash = CASE WHEN bank_used(b.bank_id) THEN number_hash END"
    " WHERE user_id = $1 AND bank_id = $2 AND removed_at IS NULL";

bj_status_t bj_bank_remove(const bj_payments_t *payments, const bj_caller_t *caller,
                           const char *address, uint64_t bank_id) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], before[48];
    bj_trail_who_t who = bj_trail_who(caller, address);
    snprintf(before, sizeof before, "{\"bank\":\"%" PRIu64 "\"}", bank_id);
    const bj_trail_act_t act = {.act = "bank.remove",
                                .outcome = "done",
                                .before_json = before,
                                .subject = bj_user_subject(caller->user_id, subject)};
    bj_status_t status = bj_entry_begin(payments->db, &db);
    if (status == BJ_OK) status = bj_user_lock(db, caller->user_id);
    if (status == BJ_OK) {
        status = bj_db_ask(db, remove_sql, BJ_DB_PARAMS(ID(caller->user_id), ID(bank_id)), &rows);
    }
    if (status == BJ_OK && bj_db_changed(rows) == 0) status = BJ_ERR_NOT_FOUND;
    if (status == BJ_OK) status = bj_entry_commit(db, &who, &act);
    if (status == BJ_OK) {
        bj_payments_tell(payments, caller->user_id, "A bank account was removed",
                         "A bank account was removed from your Bijli account just now.");
    }
    return status;
}
