#include "controlplane/identity/bj_factor_drop.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/identity/bj_phone.h"
#include "controlplane/store/bj_bytea.h"

enum { HOURS = 24 };
#define ID(user_id) bj_db_u64(user_id).text
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text

/* Whom it is about, and how it reaches the owner. */
typedef struct owner {
    uint64_t user_id;
    char email[BJ_EMAIL_BYTES], phone[BJ_PHONE_BYTES]; /* "": none */
    bj_sessions_ended_t ended;
} owner_t;

static void owner_free(owner_t *o) {
    bj_sessions_ended_free(&o->ended);
    explicit_bzero(o, sizeof *o);
}
#define OWNER __attribute__((cleanup(owner_free))) owner_t

static const char owner_sql[] = "SELECT " BJ_PERSON_COLS ", u.phone_sealed FROM users u"
                                " WHERE u.user_id = $1 AND u.erased_at IS NULL"
                                " FOR NO KEY UPDATE";

static bj_status_t read_owner(bj_db_t *db, bj_keys_t *keys, owner_t *o) {
    BJ_DB_RESULT rows = NULL;
    char name[BJ_NAME_BYTES];
    bj_status_t status = bj_db_ask(db, owner_sql, BJ_DB_PARAMS(ID(o->user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    status = bj_person_read(keys, o->user_id, rows, 0, 0, o->email, name);
    if (status != BJ_OK || bj_db_null(rows, 0, BJ_PERSON_COL_CNT)) return status;
    return bj_cell_open(keys, BJ_KEYS_CONTACT, "users.phone", o->user_id, rows, 0,
                        BJ_PERSON_COL_CNT, o->phone, sizeof o->phone);
}

static bj_status_t end_all(bj_db_t *db, owner_t *o, bool devices) {
    bj_status_t status = bj_app_tokens_end(db, o->user_id, false, &o->ended);
    if (status == BJ_OK) status = bj_login_clear(db, o->user_id, devices);
    return status == BJ_OK ? bj_sessions_end(db, o->user_id, NULL, &o->ended) : status;
}

static bj_status_t commit(bj_db_t *db, const bj_trail_who_t *who, const owner_t *o,
                          const bj_trail_act_t *what) {
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_trail_act_t act = *what;
    act.subject = bj_user_subject(o->user_id, subject);
    return bj_entry_commit(db, who, &act);
}

static void mail(bj_identity_t *identity, const owner_t *o, const char *subject,
                 const char *text) {
    bool sent = identity->config.mail &&
                bj_mail_send(identity->config.mail, o->email, subject, text);
    (void)sent; /* a mail that is lost stops no wait; the text message goes besides */
}

/* --- asked for */

static const char ask_sql[] =
    "INSERT INTO factor_drops (user_id, token_hash, asked_by, due_at)"
    " VALUES ($1, $2::bytea, $3, now() + make_interval(hours => $4::integer))"
    " RETURNING (extract(epoch FROM due_at) * 1000000)::bigint, elevation_id,"
    "  array_to_json(checks)";

static uint32_t hours_of(const bj_identity_t *identity) {
    return identity->config.factor_drop_hours ? identity->config.factor_drop_hours : HOURS;
}

static bj_status_t ask_in(bj_identity_t *identity, const bj_trail_who_t *who, const char *reason,
                          const char *token, owner_t *o, int64_t *due_us) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    uint8_t hash[BJ_HASH_BYTES];
    char after[256], elevation[24] = "";
    bj_token_hash(token, hash);
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = read_owner(db, identity->config.keys, o);
    if (status == BJ_OK) {
        status = bj_db_ask(db, ask_sql,
                           BJ_DB_PARAMS(ID(o->user_id), HASH(hash), who->actor,
                                        bj_db_u64(hours_of(identity)).text),
                           &rows);
    }
    if (status == BJ_OK && !bj_db_get_i64(rows, 0, 0, due_us)) status = BJ_ERR_BAD_FIELD;
    if (status == BJ_OK) status = end_all(db, o, false);
    if (status != BJ_OK) return status;
    /* Of several that the asker has, the one for this person. */
    bj_trail_who_t under = *who;
    const char *checks = bj_db_get_ref(rows, 0, 2);
    if (!checks || !bj_db_get_str(rows, 0, 1, elevation, sizeof elevation)) return BJ_ERR_BAD_FIELD;
    under.elevation = elevation;
    snprintf(after, sizeof after, "{\"hours\":%u,\"sessions_ended\":%zu,\"checks\":%s}",
             hours_of(identity), o->ended.live_cnt, checks);
    return commit(db, &under, o,
                  &(bj_trail_act_t){.act = "auth.factor.drop", .outcome = "asked",
                                    .reason = reason, .after_json = after});
}

static void tell_asked(bj_identity_t *identity, const owner_t *o, const char *token) {
    char text[1024];
    snprintf(text, sizeof text,
             "Our support was asked to take the second factors of your Bijli account away: "
             "authenticator app, passkeys and recovery codes. Every device was logged out. In %u "
             "hours they will be gone, and the password too; then you set a new one at "
             "%s/forgot.\n\nIf it was not you, open this link before: everything stays as it "
             "is.\n\n%s/undo#what=factors&token=%s\n",
             hours_of(identity), identity->config.origin, identity->config.origin, token);
    mail(identity, o, "Your second factors will be taken away", text);
    explicit_bzero(text, sizeof text);
    bool sent = o->phone[0] && identity->config.sms &&
                bj_sms_send(identity->config.sms, BJ_SMS_FACTORS, o->phone, "");
    (void)sent;
}

bj_status_t bj_factor_drop_ask(bj_identity_t *identity, const bj_trail_who_t *who,
                               uint64_t user_id, const char *reason, int64_t *due_us) {
    OWNER o = {.user_id = user_id};
    char token[BJ_TOKEN_BYTES];
    bj_token_make(token);
    bj_status_t status = ask_in(identity, who, reason, token, &o, due_us);
    if (status == BJ_OK) {
        bj_identity_ended(identity, &o.ended);
        tell_asked(identity, &o, token);
    }
    explicit_bzero(token, sizeof token);
    return status;
}

/* --- the owner says no */

static const char whose_sql[] = "SELECT user_id FROM factor_drops WHERE token_hash = $1::bytea";
static const char keep_sql[] =
    "DELETE FROM factor_drops WHERE token_hash = $1::bytea AND due_at > now()";

static bj_status_t keep_in(bj_identity_t *identity, const bj_trail_who_t *who,
                           const uint8_t *hash, owner_t *o) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = read_owner(db, identity->config.keys, o);
    if (status == BJ_OK) status = bj_db_ask(db, keep_sql, BJ_DB_PARAMS(HASH(hash)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    return commit(db, who, o, &(bj_trail_act_t){.act = "auth.factor.keep", .outcome = "done"});
}

bj_status_t bj_factor_drop_keep(bj_identity_t *identity, const bj_trail_who_t *who,
                                const char *token) {
    BJ_DB_RESULT rows = NULL;
    OWNER o = {.user_id = 0};
    uint8_t hash[BJ_HASH_BYTES];
    if (!bj_token_formed(token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(token, hash);
    bj_status_t status =
        bj_db_query(identity->config.db, whose_sql, BJ_DB_PARAMS(HASH(hash)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &o.user_id)) return BJ_ERR_BAD_FIELD;
    status = keep_in(identity, who, hash, &o);
    if (status != BJ_OK) return status;
    mail(identity, &o, "Your second factors stay",
         "Nothing is taken away from your Bijli account: its second factors and its password stay "
         "as they are. Somebody asked our support for it in your name; tell us what you know.\n");
    return BJ_OK;
}

/* --- due */

static const char due_sql[] = "SELECT user_id FROM factor_drops WHERE due_at <= now()"
                              " ORDER BY random() LIMIT 1"; /* one that fails stops no other */
/* None: another server was quicker, or the owner. */
static const char take_sql[] =
    "DELETE FROM factor_drops WHERE user_id = $1 AND due_at <= now()";
static const char factors_sql[] =
    "WITH apps AS (DELETE FROM totp_factors WHERE user_id = $1),"
    " keys AS (DELETE FROM passkeys WHERE user_id = $1),"
    " codes AS (DELETE FROM recovery_codes WHERE user_id = $1)"
    " UPDATE users SET password_hash = $2, first_password_until = now() + interval '7 days'"
    " WHERE user_id = $1";

static bj_status_t take_in(bj_db_t *db, const bj_trail_who_t *who, const char *hash, owner_t *o) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, take_sql, BJ_DB_PARAMS(ID(o->user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    /* Before the trigger of the new password does it, which says nobody which they were. */
    status = end_all(db, o, true);
    if (status == BJ_OK) {
        status = bj_db_ask(db, factors_sql, BJ_DB_PARAMS(ID(o->user_id), hash), NULL);
    }
    if (status != BJ_OK) return status;
    return commit(db, who, o,
                  &(bj_trail_act_t){.act = "auth.factor.drop", .outcome = "done",
                                    .after_json = "{\"factors\":\"none\",\"password\":\"none\"}"});
}

static bj_status_t due_in(bj_identity_t *identity, const bj_trail_who_t *who, owner_t *o) {
    BJ_DB_CONN db = NULL;
    char hash[BJ_PASSWORD_HASH_BYTES];
    if (!bj_password_nobodys(hash)) return BJ_ERR_FULL;
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = read_owner(db, identity->config.keys, o);
    return status == BJ_OK ? take_in(db, who, hash, o) : status;
}

bj_status_t bj_factor_drop_due(bj_identity_t *identity, const bj_trail_who_t *who) {
    BJ_DB_RESULT rows = NULL;
    OWNER o = {.user_id = 0};
    char text[512];
    bj_status_t status = bj_db_query(identity->config.db, due_sql, BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &o.user_id)) return BJ_ERR_BAD_FIELD;
    status = due_in(identity, who, &o);
    if (status != BJ_OK) return status;
    bj_identity_ended(identity, &o.ended);
    snprintf(text, sizeof text,
             "The second factors of your Bijli account are gone, as our support was asked, and "
             "the password works no more. Set a new one at %s/forgot, then an authenticator app "
             "or a passkey at %s/account/security.\n",
             identity->config.origin, identity->config.origin);
    mail(identity, &o, "Your second factors are gone", text);
    return BJ_OK;
}
