#include "controlplane/identity/bj_staff_device.h"

#include <stdio.h>
#include <stdlib.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_base64url.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/identity/bj_tell.h"
#include "controlplane/store/bj_bytea.h"

#define ID(id) bj_db_u64(id).text
enum { HEX_BYTES = 2 * BJ_DEVICE_CERT_MAX_BYTES + 8 };

/* --- lists */

#define TIME(column) "to_char(" column " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
static const char list_sql[] =
    "SELECT coalesce(json_agg(t), '[]') FROM (SELECT device_id::text AS id, user_id::text, name,"
    " CASE WHEN decided_by IS NULL THEN CASE WHEN asked_at < now() - interval '7 days'"
    "       THEN 'lapsed' ELSE 'waits' END"
    "  WHEN serial IS NULL THEN 'refused' WHEN revoked_at IS NOT NULL THEN 'revoked'"
    "  WHEN expires_at <= now() THEN 'over' ELSE 'good' END AS state,"
    " asked_by, " TIME(
        "asked_at") " AS asked, reason, coalesce(decided_by, '') AS decided_by,"
                    " coalesce(" TIME(
                        "decided_at") ", '') AS decided, coalesce(serial, '') AS serial,"
                                      " coalesce(" TIME(
                                          "expires_at") ", '') AS expires,"
                                                        " coalesce(" TIME(
                                                            "revoked_at") ", '') AS revoked, "
                                                                          "coalesce(revoked_by, "
                                                                          "'') AS revoked_by,"
                                                                          " CASE WHEN $2::bigint > "
                                                                          "0 THEN "
                                                                          "coalesce(translate("
                                                                          "encode(certificate, "
                                                                          "'base64'), E'+/=\\n',"
                                                                          "  '-_'), '') END AS "
                                                                          "certificate"
                                                                          " FROM staff_devices "
                                                                          "WHERE ($1::bigint = 0 "
                                                                          "OR user_id = $1)"
                                                                          " AND ($2::bigint = 0 OR "
                                                                          "device_id = $2) ORDER "
                                                                          "BY device_id DESC LIMIT "
                                                                          "200) t";

bj_status_t bj_staff_devices_json(bj_db_pool_t *db, uint64_t user_id, uint64_t device_id,
                                  char **json) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(db, list_sql, BJ_DB_PARAMS(ID(user_id), ID(device_id)), &rows);
    if (status != BJ_OK) return status;
    const char *text = bj_db_get_ref(rows, 0, 0);
    *json = text ? strdup(text) : NULL;
    return *json ? BJ_OK : BJ_ERR_FULL;
}

/* --- asked for */

static const char ask_sql[] =
    "INSERT INTO staff_devices (user_id, name, request, key_hash, asked_by, reason)"
    " VALUES ($1, $2, $3::bytea, $4::bytea, $5, $6) RETURNING device_id";

static bj_status_t commit(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id,
                          const bj_trail_act_t *what) {
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_trail_act_t act = *what;
    act.subject = bj_user_subject(user_id, subject);
    return bj_entry_commit(db, who, &act);
}

bj_status_t bj_staff_device_ask(bj_identity_t *identity, const bj_trail_who_t *who,
                                uint64_t user_id, const char *name, const char *request_base64url,
                                const char *reason, uint64_t *device_id) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    uint8_t der[BJ_DEVICE_REQUEST_MAX_BYTES], key_hash[BJ_HASH_BYTES];
    char hex[HEX_BYTES], after[64];
    size_t der_bytes;
    if (!bj_base64url_read(request_base64url, der, sizeof der, &der_bytes) ||
        !bj_device_request_good(der, der_bytes, key_hash)) {
        return BJ_ERR_BAD_FIELD;
    }
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, ask_sql,
                           BJ_DB_PARAMS(ID(user_id), name, bj_bytea_write(der, der_bytes, hex),
                                        bj_bytea(key_hash, BJ_HASH_BYTES).text, who->actor, reason),
                           &rows);
        if (status == BJ_ERR_BAD_FIELD) return BJ_ERR_NOT_FOUND; /* device_of_staff */
    }
    if (status != BJ_OK) return status;
    if (!bj_db_get_u64(rows, 0, 0, device_id)) return BJ_ERR_BAD_FIELD;
    snprintf(after, sizeof after, "{\"device\":\"%s\"}", ID(*device_id));
    return commit(
        db, who, user_id,
        &(bj_trail_act_t){
            .act = "staff.device.ask", .outcome = "asked", .reason = reason, .after_json = after});
}

/* --- decided */

typedef struct asked {
    uint64_t user_id;
    uint8_t request[BJ_DEVICE_REQUEST_MAX_BYTES];
    size_t request_bytes;
} asked_t;

static const char waits_sql[] =
    "SELECT user_id, request FROM staff_devices WHERE device_id = $1 AND decided_by IS NULL"
    " AND asked_at > now() - interval '7 days' FOR UPDATE";

static bj_status_t read_asked(bj_db_t *db, uint64_t device_id, asked_t *asked) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, waits_sql, BJ_DB_PARAMS(ID(device_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    bool ok =
        bj_db_get_u64(rows, 0, 0, &asked->user_id) &&
        bj_bytea_get(rows, 0, 1, asked->request, sizeof asked->request, &asked->request_bytes);
    return ok ? BJ_OK : BJ_ERR_CORRUPT;
}

static const char refuse_sql[] =
    "UPDATE staff_devices SET decided_by = $2, decided_at = now() WHERE device_id = $1";
static const char approve_sql[] =
    "UPDATE staff_devices SET decided_by = $2, decided_at = now(), serial = $3,"
    " certificate = $4::bytea, expires_at = to_timestamp($5::float8) WHERE device_id = $1";

static bj_status_t approve(bj_identity_t *identity, bj_db_t *db, const bj_trail_who_t *who,
                           uint64_t device_id, const asked_t *asked, bj_device_cert_t *cert) {
    char hex[HEX_BYTES];
    if (!identity->config.device_ca) return BJ_ERR_UNAVAILABLE;
    if (!bj_device_sign(identity->config.device_ca, asked->request, asked->request_bytes, device_id,
                        bj_clock_wall_ns() / BJ_NS_PER_S, cert)) {
        return BJ_ERR_CORRUPT;
    }
    return bj_db_ask(db, approve_sql,
                     BJ_DB_PARAMS(ID(device_id), who->actor, cert->serial,
                                  bj_bytea_write(cert->der, cert->der_bytes, hex),
                                  bj_db_i64(cert->expires_s).text),
                     NULL);
}

static bj_status_t decide_in(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t device_id,
                             bool yes, const char *reason, asked_t *asked) {
    BJ_DB_CONN db = NULL;
    bj_device_cert_t cert = {.serial = ""};
    char after[128];
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = read_asked(db, device_id, asked);
    if (status == BJ_OK && yes) {
        status = approve(identity, db, who, device_id, asked, &cert);
    } else if (status == BJ_OK) {
        status = bj_db_ask(db, refuse_sql, BJ_DB_PARAMS(ID(device_id), who->actor), NULL);
    }
    if (status != BJ_OK) return status;
    snprintf(after, sizeof after, "{\"device\":\"%s\",\"serial\":\"%s\"}", ID(device_id),
             cert.serial);
    return commit(db, who, asked->user_id,
                  &(bj_trail_act_t){.act = yes ? "staff.device.approve" : "staff.device.refuse",
                                    .outcome = "done",
                                    .reason = reason,
                                    .after_json = after});
}

static const char owner_sql[] = "SELECT " BJ_PERSON_COLS " FROM users u WHERE u.user_id = $1";

static void tell(bj_identity_t *identity, uint64_t user_id, const char *subject, const char *text) {
    BJ_DB_RESULT rows = NULL;
    char email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES];
    bj_status_t status =
        bj_db_query(identity->config.db, owner_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status == BJ_OK && bj_db_rows(rows) == 0) status = BJ_ERR_NOT_FOUND;
    if (status == BJ_OK) {
        status = bj_person_read(identity->config.keys, user_id, rows, 0, 0, email, name);
    }
    if (status == BJ_OK) bj_tell(identity, email, subject, text);
}

bj_status_t bj_staff_device_decide(bj_identity_t *identity, const bj_trail_who_t *who,
                                   uint64_t device_id, bool yes, const char *reason) {
    asked_t asked = {.user_id = 0};
    bj_status_t status = decide_in(identity, who, device_id, yes, reason, &asked);
    if (status == BJ_ERR_BAD_FIELD) { /* device_by_two, device_by_people, device_decider */
        return bj_entry_refused(identity->config.db, who, asked.user_id, "staff.device.approve",
                                "it is for somebody else to say", BJ_ERR_DENIED);
    }
    if (status == BJ_OK && yes) {
        tell(identity, asked.user_id, "A computer may be used for your work",
             "A computer was enrolled for your work at Bijli: whoever has it, and logs in as you, "
             "may do what you may.");
    }
    return status;
}

/* --- revoked */

static const char revoke_sql[] =
    "UPDATE staff_devices SET revoked_at = now(), revoked_by = $2 WHERE device_id = $1"
    " AND serial IS NOT NULL AND revoked_at IS NULL RETURNING user_id";
static const char sessions_sql[] =
    "DELETE FROM sessions WHERE device_id = $1 RETURNING token_hash, session_hash";

static bj_status_t revoke_in(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t device_id,
                             const char *reason, uint64_t *user_id, bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char after[96];
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, revoke_sql, BJ_DB_PARAMS(ID(device_id), who->actor), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, user_id)) return BJ_ERR_CORRUPT;
    status = bj_db_ask(db, sessions_sql, BJ_DB_PARAMS(ID(device_id)), &ended->rows);
    if (status != BJ_OK) return status;
    snprintf(after, sizeof after, "{\"device\":\"%s\",\"sessions_ended\":%zu}", ID(device_id),
             bj_db_rows(ended->rows));
    return commit(db, who, *user_id,
                  &(bj_trail_act_t){.act = "staff.device.revoke",
                                    .outcome = "done",
                                    .reason = reason,
                                    .after_json = after});
}

bj_status_t bj_staff_device_revoke(bj_identity_t *identity, const bj_trail_who_t *who,
                                   uint64_t device_id, const char *reason) {
    BJ_SESSIONS_ENDED ended = {0};
    uint64_t user_id;
    bj_status_t status = revoke_in(identity, who, device_id, reason, &user_id, &ended);
    if (status != BJ_OK) return status;
    bj_identity_ended(identity, &ended);
    tell(
        identity, user_id, "A computer may no longer be used for your work",
        "A computer that was enrolled for your work at Bijli may no longer be used for it, and its "
        "sessions have ended.");
    return BJ_OK;
}

/* --- shown */

static const char of_sql[] =
    "SELECT device_id, (extract(epoch FROM expires_at) * 1000000)::bigint FROM staff_devices"
    " WHERE serial = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > now()";

bj_status_t bj_staff_device_of(bj_db_pool_t *db, const char *serial, bj_caller_t *caller,
                               uint64_t *device_id) {
    BJ_DB_RESULT rows = NULL;
    int64_t expires_us;
    *device_id = 0;
    bj_status_t status = bj_db_query(db, of_sql, BJ_DB_PARAMS(serial, ID(caller->user_id)), &rows);
    if (status != BJ_OK || bj_db_rows(rows) == 0) return status;
    if (!bj_db_get_u64(rows, 0, 0, device_id) || !bj_db_get_i64(rows, 0, 1, &expires_us)) {
        return BJ_ERR_CORRUPT;
    }
    snprintf(caller->device, sizeof caller->device, "%s", serial);
    caller->device_to_ns = expires_us * BJ_NS_PER_US;
    return BJ_OK;
}

/* --- soon over */

static const char soon_sql[] =
    "SELECT d.device_id, d.user_id, to_char(d.expires_at, 'YYYY-MM-DD'), d.name, " BJ_PERSON_COLS
    " FROM staff_devices d JOIN users u USING (user_id)"
    " WHERE d.told_at IS NULL AND d.revoked_at IS NULL AND d.expires_at > now()"
    "  AND d.expires_at < now() + make_interval(days => $1)"
    " ORDER BY d.expires_at LIMIT 1 FOR UPDATE OF d SKIP LOCKED";
static const char told_sql[] = "UPDATE staff_devices SET told_at = now() WHERE device_id = $1";
enum { SOON_DEVICE, SOON_USER, SOON_DAY, SOON_NAME, SOON_PERSON };

/* False: no mail was queued, and there is to be another try.  Whose address does not open cannot be
 * told, and keeps nobody else from it. */
static bool tell_soon(bj_identity_t *identity, const bj_db_result_t *rows, uint64_t user_id) {
    char email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES], text[320];
    snprintf(text, sizeof text,
             "The certificate of your work computer %.120s runs out on %s: ask for another one "
             "before, or you cannot work from then on.",
             bj_db_get_ref(rows, 0, SOON_NAME), bj_db_get_ref(rows, 0, SOON_DAY));
    bj_status_t status =
        bj_person_read(identity->config.keys, user_id, rows, 0, SOON_PERSON, email, name);
    if (status == BJ_ERR_UNAVAILABLE) return false;
    return status != BJ_OK ||
           bj_tell(identity, email, "Your work computer's certificate runs out", text);
}

/* Told once the mail is queued: two mails, after a crash in between, are better than none. */
bj_status_t bj_staff_device_tell(bj_identity_t *identity) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    uint64_t device_id, user_id;
    bj_status_t status = bj_db_take(identity->config.db, &db);
    if (status == BJ_OK) status = bj_db_begin(db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, soon_sql, BJ_DB_PARAMS(bj_db_i64(BJ_DEVICE_TELL_DAYS).text), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, SOON_DEVICE, &device_id) ||
        !bj_db_get_u64(rows, 0, SOON_USER, &user_id)) {
        return BJ_ERR_CORRUPT;
    }
    if (!tell_soon(identity, rows, user_id)) return BJ_ERR_UNAVAILABLE;
    status = bj_db_ask(db, told_sql, BJ_DB_PARAMS(ID(device_id)), NULL);
    return status == BJ_OK ? bj_db_commit(db) : status;
}
