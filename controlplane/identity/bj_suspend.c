/* Suspending an account, and letting it in again. */
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_people.h"
#include "controlplane/identity/bj_person.h"

/* The row first: what lets in waits for it, or was there before and is seen by what ends it. */
static const char find_sql[] =
    "SELECT u.suspended_at IS NOT NULL, " BJ_PERSON_COLS " FROM users u"
    " WHERE u.user_id = $1 AND u.erased_at IS NULL FOR NO KEY UPDATE";
static const char suspend_sql[] =
    "UPDATE users SET suspended_at = now(), suspended_by = $2, suspend_reason = $3"
    " WHERE user_id = $1";
static const char resume_sql[] =
    "UPDATE users SET suspended_at = NULL, suspended_by = NULL, suspend_reason = NULL"
    " WHERE user_id = $1";

static bj_status_t find(bj_db_t *db, bj_keys_t *keys, uint64_t user_id, bool suspended,
                        char email[BJ_EMAIL_BYTES]) {
    BJ_DB_RESULT rows = NULL;
    char name[BJ_NAME_BYTES];
    bool is;
    bj_status_t status =
        bj_db_ask(db, find_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_bool(rows, 0, 0, &is)) return BJ_ERR_BAD_FIELD;
    if (is == suspended) return BJ_ERR_SEQUENCE;
    return bj_person_read(keys, user_id, rows, 0, 1, email, name);
}

static bj_status_t end_all(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id,
                           bj_sessions_ended_t *ended) {
    bj_status_t status = bj_app_tokens_end(db, user_id, false, ended);
    if (status == BJ_OK) status = bj_login_clear(db, user_id, false);
    if (status == BJ_OK) status = bj_people_unlend(db, who, user_id);
    return status == BJ_OK ? bj_sessions_end(db, user_id, NULL, ended) : status;
}

static bj_status_t suspend_in(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id,
                              const char *reason, bj_sessions_ended_t *ended) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], now[96];
    bj_status_t status =
        bj_db_ask(db, suspend_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text, who->actor, reason), NULL);
    if (status == BJ_OK) status = end_all(db, who, user_id, ended);
    if (status != BJ_OK) return status;
    snprintf(now, sizeof now, "{\"suspended\":true,\"sessions_ended\":%zu,\"apps_ended\":%zu}",
             ended->live_cnt, bj_db_rows(ended->apps));
    const bj_trail_act_t act = {.act = "user.suspend", .outcome = "done", .reason = reason,
                                .subject = bj_user_subject(user_id, subject),
                                .before_json = "{\"suspended\":false}", .after_json = now};
    return bj_entry_commit(db, who, &act);
}

static bj_status_t resume_in(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id,
                             const char *reason) {
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status =
        bj_db_ask(db, resume_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), NULL);
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {.act = "user.resume", .outcome = "done", .reason = reason,
                                .subject = bj_user_subject(user_id, subject),
                                .before_json = "{\"suspended\":true}",
                                .after_json = "{\"suspended\":false}"};
    return bj_entry_commit(db, who, &act);
}

/* No reason: staff writes it for the trail, and the law may want it kept from the person. */
static const struct {
    const char *subject, *text;
} mails[] = {
    {"Your account is open again",
     "Your Bijli account is no longer suspended. Log in as before; apps that act for you have to "
     "be let in again.\n"},
    {"Your account is suspended",
     "Your Bijli account was suspended just now: it was logged out everywhere, and nobody can log "
     "in to it.\n\nOrders that are open stay so. If you do not know why, ask our support.\n"},
};

static void tell(bj_identity_t *identity, const char *email, bool suspended) {
    bool sent = identity->config.mail && email[0] &&
                bj_mail_send(identity->config.mail, email, mails[suspended].subject,
                             mails[suspended].text);
    (void)sent; /* it stands, mail or no mail */
}

bj_status_t bj_people_suspend(bj_identity_t *identity, const bj_trail_who_t *who,
                              uint64_t user_id, bool suspended, const char *reason) {
    BJ_DB_CONN db = NULL;
    BJ_SESSIONS_ENDED ended = {0};
    char email[BJ_EMAIL_BYTES] = "";
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = find(db, identity->config.keys, user_id, suspended, email);
    if (status == BJ_OK) {
        status = suspended ? suspend_in(db, who, user_id, reason, &ended)
                           : resume_in(db, who, user_id, reason);
    }
    if (status == BJ_OK) {
        bj_identity_ended(identity, &ended);
        tell(identity, email, suspended);
    }
    explicit_bzero(email, sizeof email);
    return status;
}
