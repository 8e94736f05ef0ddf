#include "controlplane/identity/bj_people.h"

#include "controlplane/audit/bj_entry.h"
#include <stdio.h>
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_person.h"

static const char list_sql[] =
    "SELECT user_id, account_id, role, branch_id, segments, coalesce(order_max_paise, 0),"
    " from_minute, to_minute, array_to_string(segments, ','),"
    " confirmed_at IS NOT NULL, (extract(epoch FROM created_at) * 1000000)::bigint,"
    " phone_sealed, phone_due, coalesce(suspended_by, ''), coalesce(suspend_reason, ''),"
    " coalesce((extract(epoch FROM suspended_at) * 1000000)::bigint, 0),"
    " " BJ_PERSON_COLS " FROM users u"
    " WHERE ($1 = 0 OR user_id = $1) AND user_id > $2 AND ($3::text IS NULL OR role::text = $3)"
    " AND ($4 = 0 OR branch_id = $4) ORDER BY user_id LIMIT $5";
enum {
    COL_USER,
    COL_ACCOUNT,
    COL_ROLE,
    COL_BRANCH,
    COL_SEGMENTS,
    COL_MAX,
    COL_FROM,
    COL_TO,
    COL_SEGMENTS_TEXT,
    COL_CONFIRMED,
    COL_CREATED,
    COL_PHONE,
    COL_PHONE_DUE,
    COL_SUSPENDED_BY,
    COL_SUSPEND_REASON,
    COL_SUSPENDED,
    COL_PERSON
};

static bool read_row(const bj_db_result_t *rows, size_t i, bj_person_t *p) {
    char role[16];
    const char *segments = bj_db_get_ref(rows, i, COL_SEGMENTS);
    bool ok = bj_db_get_u64(rows, i, COL_USER, &p->user_id) &&
              bj_db_get_u32(rows, i, COL_ACCOUNT, &p->account_id) &&
              bj_db_get_str(rows, i, COL_ROLE, role, sizeof role) &&
              bj_db_get_u32(rows, i, COL_BRANCH, &p->rights.branch_id) && segments &&
              bj_segments_read(segments, &p->rights.segments) &&
              bj_db_get_i64(rows, i, COL_MAX, &p->rights.order_max_paise) &&
              bj_db_get_i32(rows, i, COL_FROM, &p->rights.from_minute) &&
              bj_db_get_i32(rows, i, COL_TO, &p->rights.to_minute) &&
              bj_db_get_str(rows, i, COL_SEGMENTS_TEXT, p->segments, sizeof p->segments) &&
              bj_db_get_bool(rows, i, COL_CONFIRMED, &p->confirmed) &&
              bj_db_get_i64(rows, i, COL_CREATED, &p->created_us) &&
              bj_db_get_bool(rows, i, COL_PHONE_DUE, &p->rights.phone_due) &&
              bj_db_get_str(rows, i, COL_SUSPENDED_BY, p->suspended_by, sizeof p->suspended_by) &&
              bj_db_get_str(rows, i, COL_SUSPEND_REASON, p->suspend_reason,
                            sizeof p->suspend_reason) &&
              bj_db_get_i64(rows, i, COL_SUSPENDED, &p->suspended_us);
    if (ok) p->role = bj_role_of(role);
    return ok;
}

/* phone: "" if there is none. */
static bj_status_t read_phone(bj_keys_t *keys, const bj_db_result_t *rows, size_t i, size_t col,
                              uint64_t user_id, char phone[BJ_PHONE_BYTES]) {
    phone[0] = '\0';
    if (bj_db_null(rows, i, col)) return BJ_OK;
    return bj_cell_open(keys, BJ_KEYS_CONTACT, "users.phone", user_id, rows, i, col, phone,
                        BJ_PHONE_BYTES);
}

/* No more than its first letter, or its last two digits; "?": it does not open, and the log says of
 * whom. */
static bj_status_t read_hint(bj_keys_t *keys, const bj_db_result_t *rows, size_t i,
                             bj_person_t *p) {
    char email[BJ_EMAIL_BYTES] = "", name[BJ_NAME_BYTES], phone[BJ_PHONE_BYTES];
    bj_status_t status = bj_person_read(keys, p->user_id, rows, i, COL_PERSON, email, name);
    snprintf(p->email_hint, sizeof p->email_hint, "%.1s***", email[0] ? email : "?");
    explicit_bzero(email, sizeof email);
    explicit_bzero(name, sizeof name);
    if (status != BJ_OK && status != BJ_ERR_CORRUPT) return status;
    status = read_phone(keys, rows, i, COL_PHONE, p->user_id, phone);
    p->phone_hint[0] = '\0';
    if (!bj_db_null(rows, i, COL_PHONE)) bj_phone_hint(status == BJ_OK ? phone : "", p->phone_hint);
    explicit_bzero(phone, sizeof phone);
    return status == BJ_ERR_CORRUPT ? BJ_OK : status;
}

bj_status_t bj_people_list(bj_db_pool_t *pool, bj_keys_t *keys, const bj_people_filter_t *filter,
                           bj_person_t *rows, size_t rows_max, size_t *cnt) {
    BJ_DB_RESULT result = NULL;
    *cnt = 0;
    bj_status_t status = bj_db_query(
        pool, list_sql,
        BJ_DB_PARAMS(bj_db_u64(filter->user_id).text, bj_db_u64(filter->after).text, filter->role,
                     bj_db_u64(filter->branch_id).text, bj_db_u64(rows_max).text),
        &result);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(result); i++) {
        if (!read_row(result, i, &rows[i])) return BJ_ERR_BAD_FIELD;
        status = read_hint(keys, result, i, &rows[i]);
        *cnt += status == BJ_OK;
    }
    return status;
}

static const char reveal_sql[] =
    "SELECT " BJ_PERSON_COLS ", u.phone_sealed FROM users u WHERE u.user_id = $1";

/* The entry first: who cannot be noted sees nothing. */
bj_status_t bj_people_reveal(bj_db_pool_t *pool, bj_keys_t *keys, const bj_trail_who_t *who,
                             uint64_t user_id, const char *reason, char email[BJ_EMAIL_BYTES],
                             char name[BJ_NAME_BYTES], char phone[BJ_PHONE_BYTES]) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, reveal_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    const bj_trail_act_t act = {.act = "user.reveal", .outcome = "done", .reason = reason,
                                .subject = bj_user_subject(user_id, subject)};
    status = bj_entry_commit(db, who, &act);
    if (status != BJ_OK) return status;
    status = bj_person_read(keys, user_id, rows, 0, 0, email, name);
    return status == BJ_OK ? read_phone(keys, rows, 0, BJ_PERSON_COL_CNT, user_id, phone) : status;
}

#define AS_JSON(t)                                                                          \
    "json_build_object('role', " t ".role, 'branch_id', " t ".branch_id, 'segments', " t     \
    ".segments, 'order_max_paise', " t ".order_max_paise, 'from_minute', " t ".from_minute," \
    " 'to_minute', " t ".to_minute)"
static const char set_sql[] =
    "UPDATE users u SET role = coalesce($2::user_role, u.role),"
    "  branch_id = coalesce(nullif($3::bigint, -1)::integer, u.branch_id),"
    "  segments = coalesce($4::text[], u.segments),"
    "  order_max_paise = CASE $5::bigint WHEN -1 THEN u.order_max_paise WHEN 0 THEN NULL"
    "   ELSE $5::bigint END,"
    "  from_minute = coalesce(nullif($6::bigint, -1)::smallint, u.from_minute),"
    "  to_minute = coalesce(nullif($7::bigint, -1)::smallint, u.to_minute)"
    " FROM (SELECT user_id, role, branch_id, segments, order_max_paise, from_minute, to_minute"
    "  FROM users WHERE user_id = $1 FOR UPDATE) old WHERE u.user_id = old.user_id"
    " RETURNING " AS_JSON("old") ", " AS_JSON("u");
static const char lent_sql[] =
    "UPDATE elevations SET ends_at = now() WHERE asker = $1 AND ends_at > now()";
/* Who said yes later would think of what the asker was when it asked. */
static const char asked_sql[] =
    "UPDATE elevations SET decider = $2, approved = false, decided_at = now()"
    " WHERE asker = $1 AND decider IS NULL AND asked_at > now() - interval '1 day'";

bj_status_t bj_people_unlend(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id) {
    char asker[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status =
        bj_db_ask(db, lent_sql, BJ_DB_PARAMS(bj_user_subject(user_id, asker)), NULL);
    if (status != BJ_OK) return status;
    return bj_db_ask(db, asked_sql, BJ_DB_PARAMS(asker, who->actor), NULL);
}

static bj_status_t set_in(bj_db_t *db, const bj_trail_who_t *who, uint64_t user_id,
                          const bj_people_change_t *change, bj_db_result_t **rows,
                          bj_sessions_ended_t *ended) {
    bj_status_t status = bj_db_ask(
        db, set_sql,
        BJ_DB_PARAMS(bj_db_u64(user_id).text,
                     change->role == BJ_ROLE_NONE ? NULL : bj_role_name(change->role),
                     bj_db_i64(change->branch_id).text, change->segments,
                     bj_db_i64(change->order_max_paise).text, bj_db_i64(change->from_minute).text,
                     bj_db_i64(change->to_minute).text),
        rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(*rows) == 0) return BJ_ERR_NOT_FOUND;
    status = bj_people_unlend(db, who, user_id);
    if (status == BJ_OK) status = bj_sessions_end(db, user_id, NULL, ended);
    return status == BJ_OK ? bj_app_tokens_stale(db, user_id, ended) : status;
}

bj_status_t bj_people_set(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                          const bj_people_change_t *change, const char *reason) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    BJ_SESSIONS_ENDED ended = {0};
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = set_in(db, who, user_id, change, &rows, &ended);
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {.act = "user.set", .outcome = "done", .reason = reason,
                                .subject = bj_user_subject(user_id, subject),
                                .before_json = bj_db_get_ref(rows, 0, 0),
                                .after_json = bj_db_get_ref(rows, 0, 1)};
    status = bj_entry_commit(db, who, &act);
    if (status == BJ_OK) bj_identity_ended(identity, &ended);
    return status;
}
