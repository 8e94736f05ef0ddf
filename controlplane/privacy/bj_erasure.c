#include "controlplane/privacy/bj_erasure.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/privacy/bj_held.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_log.h"

#define ID(user_id) bj_db_u64(user_id).text
enum { BATCH = 1000 };

static void mail(bj_identity_t *identity, const char *email, const char *subject,
                 const char *text) {
    bool sent = identity->config.mail && bj_mail_send(identity->config.mail, email, subject, text);
    if (!sent) BJ_WARN("a mail about an erasure could not be sent");
}

#define US(column) "(extract(epoch FROM " column ") * 1000000)::bigint"
static const char state_sql[] =
    "SELECT " US("asked_at") ", " US("due_at") " FROM erasures WHERE user_id = $1"
                                               " AND withdrawn_at IS NULL AND done_at IS NULL";

static bj_status_t read_state(const bj_db_result_t *rows, bj_erasure_t *erasure) {
    *erasure = (bj_erasure_t){.asked = bj_db_rows(rows) > 0};
    if (!erasure->asked) return BJ_OK;
    return bj_db_get_i64(rows, 0, 0, &erasure->asked_us) &&
                   bj_db_get_i64(rows, 0, 1, &erasure->due_us)
               ? BJ_OK
               : BJ_ERR_BAD_FIELD;
}

bj_status_t bj_erasure_state(bj_db_pool_t *db, uint64_t user_id, bj_erasure_t *erasure) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(db, state_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    return status == BJ_OK ? read_state(rows, erasure) : status;
}

#define OPEN_SQL                                                                                   \
    "(EXISTS (SELECT 1 FROM orders o WHERE o.account_id = u.account_id"                            \
    "   AND o.state = 'open') OR"                                                                  \
    " EXISTS (SELECT 1 FROM positions p WHERE p.account_id = u.account_id"                         \
    "   AND p.open_qty <> 0) OR"                                                                   \
    " EXISTS (SELECT 1 FROM ledger_accounts l WHERE l.account_id = u.account_id"                   \
    "   AND (l.credits_posted, l.debits_pending) <> (l.debits_posted, 0)) OR"                      \
    " EXISTS (SELECT 1 FROM receipts r WHERE r.user_id = u.user_id AND r.decided_at IS NULL))"
static const char open_sql[] = "SELECT " OPEN_SQL " FROM users u WHERE u.user_id = $1 FOR UPDATE";
static const char ask_sql[] =
    "INSERT INTO erasures (user_id, due_at) VALUES ($1, now() + keep_for('erasure_notice'))"
    " RETURNING " US("asked_at") ", " US("due_at");

static bj_status_t ask_in(bj_db_t *db, uint64_t user_id, bj_erasure_t *erasure) {
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT made = NULL;
    bool open;
    bj_status_t status = bj_db_ask(db, open_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (!bj_db_get_bool(rows, 0, 0, &open)) return BJ_ERR_BAD_FIELD;
    if (open) return BJ_ERR_DENIED;
    status = bj_db_ask(db, ask_sql, BJ_DB_PARAMS(ID(user_id)), &made);
    return status == BJ_OK ? read_state(made, erasure) : status;
}

bj_status_t bj_erasure_ask(bj_identity_t *identity, const bj_caller_t *caller, const char *address,
                           bj_erasure_t *erasure) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], due[BJ_TIME_TEXT_BYTES], after[64], text[1024];
    bj_trail_who_t who = bj_trail_who(caller, address);
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = ask_in(db, caller->user_id, erasure);
    if (status == BJ_ERR_DENIED) {
        return bj_entry_refused(identity->config.db, &who, caller->user_id, "privacy.erase",
                                "orders or positions are open, or there is money", status);
    }
    if (status != BJ_OK) return status;
    bj_time_text(erasure->due_us * BJ_NS_PER_US, due);
    snprintf(after, sizeof after, "{\"due\":\"%s\"}", due);
    const bj_trail_act_t act = {.act = "privacy.erase",
                                .outcome = "asked",
                                .after_json = after,
                                .subject = bj_user_subject(caller->user_id, subject)};
    status = bj_entry_commit(db, &who, &act);
    if (status != BJ_OK) return status;
    snprintf(
        text, sizeof text,
        "You have asked us to erase your Bijli account. We do it after %.10s %.5s UTC.\n\nUntil "
        "then you can take it back at %s/account/privacy, and take a copy of what we hold.\n"
        "\nIf it was not you, take it back there and set a new password.\n",
        due, due + 11, identity->config.origin);
    mail(identity, caller->email, "Your account will be erased", text);
    return BJ_OK;
}

static const char withdraw_sql[] =
    "UPDATE erasures SET withdrawn_at = now() WHERE user_id = $1 AND withdrawn_at IS NULL"
    " AND done_at IS NULL";

bj_status_t bj_erasure_withdraw(bj_identity_t *identity, const bj_caller_t *caller,
                                const char *address) {
    bj_trail_who_t who = bj_trail_who(caller, address);
    const bj_trail_act_t act = {.act = "privacy.keep", .outcome = "done"};
    bj_status_t status = bj_entry_one(identity->config.db, &who, caller->user_id, &act,
                                      withdraw_sql, BJ_DB_PARAMS(ID(caller->user_id)));
    if (status == BJ_OK) {
        mail(identity, caller->email, "Your account stays",
             "You have taken it back: your Bijli account is not erased.\n");
    }
    return status;
}

/* --- when the time has come */

/* Who waits comes last: however many there are, they keep nobody else waiting. */
static const char due_sql[] =
    "SELECT u.user_id, " OPEN_SQL " AS open FROM erasures e JOIN users u USING (user_id)"
    " WHERE e.withdrawn_at IS NULL AND e.done_at IS NULL AND e.due_at <= now()"
    " ORDER BY open, e.due_at LIMIT $1";
/* Again, with the row locked: it may have been taken back, or done by another process. */
static const char lock_sql[] =
    "SELECT " OPEN_SQL ", " BJ_PERSON_COLS " FROM users u JOIN erasures e USING (user_id)"
    " WHERE u.user_id = $1 AND e.withdrawn_at IS NULL AND e.done_at IS NULL AND e.due_at <= now()"
    " FOR UPDATE";
/* A name in clear is sealed before. */
static const char erase_sql[] =
    "WITH traded AS (SELECT greatest((SELECT max(traded_at) FROM trades t WHERE t.account_id ="
    "   u.account_id), (SELECT max(updated_at) FROM orders o WHERE o.account_id = u.account_id),"
    "   (SELECT max(t.made_at) FROM ledger_accounts l JOIN ledger_transfers t ON l.ledger_id IN"
    "   (t.debit_id, t.credit_id) WHERE l.account_id = u.account_id))"
    "   AS last FROM users u WHERE u.user_id = $1)"
    " UPDATE users u SET email = NULL, name = NULL, email_hash = NULL, email_sealed = NULL,"
    "  phone_hash = NULL, phone_sealed = NULL, phone_verified_at = NULL, phone_due = false,"
    "  confirmed_at = NULL, watchlist = '{}',"
    "  password_hash = '$argon2id$erased', erased_at = now(),"
    "  identity_until = (traded.last + keep_for('trader_identity'))::date,"
    "  name_sealed = CASE WHEN traded.last IS NOT NULL THEN u.name_sealed END"
    " FROM traded WHERE u.user_id = $1 RETURNING u.identity_until";
static const char done_sql[] =
    "UPDATE erasures SET done_at = now() WHERE user_id = $1 AND withdrawn_at IS NULL"
    " AND done_at IS NULL";

static bj_status_t delete_rows(bj_db_t *db, uint64_t user_id) {
    bj_status_t status = BJ_OK;
    for (const bj_held_t *held = bj_held; status == BJ_OK && held->table; held++) {
        if (!held->erase) continue;
        status = bj_db_ask(db, held->erase, BJ_DB_PARAMS(ID(user_id)), NULL);
    }
    return status;
}

typedef struct gone {
    char email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES], until[16];
} gone_t;

static bj_status_t lock(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, gone_t *gone) {
    BJ_DB_RESULT rows = NULL;
    bool open;
    bj_status_t status = bj_db_ask(db, lock_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_bool(rows, 0, 0, &open)) return BJ_ERR_BAD_FIELD;
    if (open) return BJ_ERR_DENIED;
    status = bj_person_read(keys, user_id, rows, 0, 1, gone->email, gone->name);
    if (status == BJ_ERR_CORRUPT) { /* no mail can be sent; what does not open goes all the same */
        gone->email[0] = '\0';
        return BJ_OK;
    }
    if (status != BJ_OK || bj_db_null(rows, 0, 1)) return status;
    return bj_person_seal(db, keys, user_id, gone->email, gone->name);
}

static bj_status_t erase_in(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, gone_t *gone,
                            bj_sessions_ended_t *ended) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = lock(db, keys, user_id, gone);
    if (status == BJ_OK) status = bj_sessions_end(db, user_id, NULL, ended);
    if (status == BJ_OK) status = bj_app_tokens_end(db, user_id, true, ended);
    if (status == BJ_OK) status = delete_rows(db, user_id);
    if (status == BJ_OK) status = bj_db_ask(db, erase_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status == BJ_OK) status = bj_db_ask(db, done_sql, BJ_DB_PARAMS(ID(user_id)), NULL);
    if (status != BJ_OK) return status;
    if (!bj_db_get_str(rows, 0, 0, gone->until, sizeof gone->until)) gone->until[0] = '\0';
    return BJ_OK;
}

static bj_status_t erase(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id) {
    BJ_DB_CONN db = NULL;
    BJ_SESSIONS_ENDED ended = {0};
    gone_t gone = {.until = ""};
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[96], text[1024];
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = erase_in(db, identity->config.keys, user_id, &gone, &ended);
    if (status != BJ_OK) return status;
    snprintf(after, sizeof after, "{\"erased\":true,\"identity_until\":\"%s\"}",
             gone.until[0] ? gone.until : "now");
    const bj_trail_act_t act = {.act = "privacy.erase",
                                .outcome = "done",
                                .after_json = after,
                                .subject = bj_user_subject(user_id, subject)};
    status = bj_entry_commit(db, who, &act);
    if (status != BJ_OK) return status;
    bj_identity_ended(identity, &ended);
    snprintf(text, sizeof text,
             "Your Bijli account is erased: your e-mail address, phone number, password, devices "
             "and factors are gone, and nobody can log in to it.\n\nWhat the law asks us to keep "
             "stays under the account's number: %s%s%sthe audit trail and what you have agreed "
             "to.\n",
             gone.until[0] ? "your orders and trades, and your name, sealed, until " : "",
             gone.until, gone.until[0] ? "; " : "");
    if (gone.email[0]) mail(identity, gone.email, "Your account is erased", text);
    explicit_bzero(&gone, sizeof gone);
    return BJ_OK;
}

bj_status_t bj_erasure_run(bj_identity_t *identity, const bj_trail_who_t *who, size_t *done_cnt,
                           size_t *waiting_cnt) {
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id;
    bool open;
    *done_cnt = *waiting_cnt = 0;
    bj_status_t status =
        bj_db_query(identity->config.db, due_sql, BJ_DB_PARAMS(bj_db_u64(BATCH).text), &rows);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        if (!bj_db_get_u64(rows, i, 0, &user_id) || !bj_db_get_bool(rows, i, 1, &open)) {
            return BJ_ERR_BAD_FIELD;
        }
        bj_status_t one = open ? BJ_ERR_DENIED : erase(identity, who, user_id);
        if (one == BJ_OK)
            ++*done_cnt;
        else if (one == BJ_ERR_DENIED)
            ++*waiting_cnt;
        else if (one == BJ_ERR_UNAVAILABLE || one == BJ_ERR_TIMEOUT)
            status = one; /* not now, for nobody */
        else if (one != BJ_ERR_NOT_FOUND) {
            ++*waiting_cnt;
            BJ_ERROR("user %" PRIu64 " is due and cannot be erased: %s", user_id,
                     bj_status_text(one));
        }
    }
    return status;
}
