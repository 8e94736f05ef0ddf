#include "controlplane/identity/bj_identity_repo.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_person.h"
#include "controlplane/store/bj_bytea.h"

/* bytea as PostgreSQL writes it. */
typedef struct hash_text {
    char text[2 + BJ_HASH_HEX_BYTES];
} hash_text_t;

static hash_text_t hash_text(const uint8_t *hash) {
    hash_text_t out = {"\\x"};
    bj_hash_hex(hash, out.text + 2);
    return out;
}

#define USER_SQL                                                                                   \
    "SELECT u.user_id, u.account_id, u.role, u.confirmed_at IS NOT NULL,"                          \
    " user_password(u.user_id),"                                                                   \
    " EXISTS (SELECT 1 FROM totp_factors f"                                                        \
    "          WHERE f.user_id = u.user_id AND f.confirmed_at IS NOT NULL),"                       \
    " EXISTS (SELECT 1 FROM passkeys p WHERE p.user_id = u.user_id),"                              \
    " user_factors(u.user_id), u.phone_due, u.suspended_at IS NOT NULL,"                           \
    " " BJ_PERSON_COLS " FROM users u "

static bj_status_t user_of(bj_keys_t *keys, const bj_db_result_t *rows, bj_user_t *user) {
    char role[16];
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &user->user_id) ||
        !bj_db_get_u32(rows, 0, 1, &user->account_id) ||
        !bj_db_get_str(rows, 0, 2, role, sizeof role) ||
        !bj_db_get_bool(rows, 0, 3, &user->confirmed) ||
        !bj_db_get_str(rows, 0, 4, user->password_hash, sizeof user->password_hash) ||
        !bj_db_get_bool(rows, 0, 5, &user->has_totp) ||
        !bj_db_get_bool(rows, 0, 6, &user->has_passkey) ||
        !bj_db_get_str(rows, 0, 7, user->factors, sizeof user->factors) ||
        !bj_db_get_bool(rows, 0, 8, &user->phone_due) ||
        !bj_db_get_bool(rows, 0, 9, &user->suspended)) {
        return BJ_ERR_BAD_FIELD;
    }
    user->role = bj_role_of(role);
    return bj_person_read(keys, user->user_id, rows, 0, 10, user->email, user->name);
}

bj_demand_t bj_user_held(const bj_user_t *user) {
    if (user->has_passkey) return BJ_DEMAND_PASSKEY;
    return user->has_totp ? BJ_DEMAND_FACTOR : BJ_DEMAND_NONE;
}

/* Of two the sealed one: a server from before sql/0012 does not see it, and registers it anew. */
static const char by_email_sql[] =
    USER_SQL "WHERE " BJ_PERSON_WHERE " ORDER BY u.email_hash IS NULL LIMIT 1";

bj_status_t bj_user_by_email(bj_db_pool_t *db, bj_keys_t *keys, const char *email,
                             bj_user_t *user) {
    BJ_DB_RESULT rows = NULL;
    bj_person_hash_t hash;
    bj_status_t status = bj_person_hash(keys, email, &hash);
    if (status == BJ_OK) {
        status = bj_db_query(db, by_email_sql, BJ_DB_PARAMS(hash.any, email), &rows);
    }
    return status == BJ_OK ? user_of(keys, rows, user) : status;
}

bj_status_t bj_user_by_id(bj_db_pool_t *db, bj_keys_t *keys, uint64_t user_id, bj_user_t *user) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_query(db, USER_SQL "WHERE u.user_id = $1 AND u.confirmed_at IS NOT NULL"
                             " AND u.suspended_at IS NULL",
                    BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    return status == BJ_OK ? user_of(keys, rows, user) : status;
}

/* An unconfirmed user stays as it is: what this link shall make of it lies with the link. */
static const char register_sql[] =
    "INSERT INTO users AS u (user_id, email_hash, email_sealed, name_sealed, password_hash,"
    "  watchlist) OVERRIDING SYSTEM VALUE"
    " SELECT $1, $2::bytea, $3::bytea, $4::bytea, $5, $6::text[]"
    "  WHERE NOT contact_reserved('email', $2::bytea, 0)"
    " ON CONFLICT (email_hash) DO UPDATE SET email_hash = excluded.email_hash"
    "  WHERE u.confirmed_at IS NULL RETURNING user_id";
static const char token_sql[] =
    "INSERT INTO mail_tokens (token_hash, user_id, purpose, name_sealed, password_hash,"
    "  phone_sealed, phone_hash, expires_at)"
    " VALUES ($1::bytea, $2, 'confirm', $3::bytea, $4, $5::bytea, $6::bytea,"
    "  now() + interval '1 day')";
static const char whose_sql[] = "SELECT u.user_id FROM users u WHERE " BJ_PERSON_WHERE;

/* *user_id: of the address; *made: it is, or was, an account not yet confirmed. */
static bj_status_t insert(bj_db_t *db, bj_keys_t *keys, const bj_user_new_t *user,
                          uint64_t *user_id, bool *made) {
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT old = NULL;
    bj_person_cells_t cells;
    bj_person_hash_t hash;
    bj_status_t status = bj_person_hash(keys, user->email, &hash);
    if (status == BJ_OK) status = bj_person_adopt(db, keys, user->email, &hash);
    if (status == BJ_OK) status = bj_person_next_id(db, user_id);
    if (status == BJ_OK) {
        status = bj_person_close(keys, *user_id, user->email, user->name, &hash, &cells);
    }
    if (status == BJ_OK) {
        status = bj_db_ask(db, register_sql,
                           BJ_DB_PARAMS(bj_db_u64(*user_id).text, cells.hash.text, cells.email.text,
                                        cells.name.text, user->password_hash, user->watchlist),
                           &rows);
    }
    if (status != BJ_OK) return status;
    *made = bj_db_rows(rows) > 0;
    if (*made) return bj_db_get_u64(rows, 0, 0, user_id) ? BJ_OK : BJ_ERR_BAD_FIELD;
    status = bj_db_ask(db, whose_sql, BJ_DB_PARAMS(cells.hash.any, user->email), &old);
    if (status == BJ_OK && !bj_db_get_u64(old, 0, 0, user_id)) *user_id = 0;
    return status;
}

static bj_status_t register_in(bj_db_t *db, bj_keys_t *keys, const bj_user_new_t *user,
                               const uint8_t *token_hash, uint64_t *user_id, bool *made) {
    bj_cell_t name, phone;
    bj_person_hash_t phone_hash;
    bj_status_t status = insert(db, keys, user, user_id, made);
    if (status != BJ_OK || !*made) return status;
    status = bj_person_name(keys, *user_id, user->name, &name);
    if (status == BJ_OK && user->phone) {
        status = bj_person_phone(keys, *user_id, user->phone, &phone_hash, &phone);
    }
    if (status != BJ_OK) return status;
    return bj_db_ask(db, token_sql,
                     BJ_DB_PARAMS(hash_text(token_hash).text, bj_db_u64(*user_id).text, name.text,
                                  user->password_hash, user->phone ? phone.text : NULL,
                                  user->phone ? phone_hash.text : NULL),
                     NULL);
}

bj_status_t bj_user_register(bj_db_pool_t *pool, bj_keys_t *keys, const bj_trail_who_t *who,
                             const bj_user_new_t *user, const uint8_t *token_hash) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    uint64_t user_id = 0;
    bool made = false;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = register_in(db, keys, user, token_hash, &user_id, &made);
    }
    if (status != BJ_OK) return status;
    bj_trail_act_t act = {.act = "auth.register", .subject = bj_user_subject(user_id, subject),
                          .outcome = made ? "done" : "refused",
                          .reason = made ? NULL : "the address has an account",
                          .after_json = made ? "{\"confirmed\":false}" : NULL};
    status = bj_entry_commit(db, who, &act);
    return status == BJ_OK && !made ? BJ_ERR_EXISTS : status;
}

static const char confirm_sql[] = "SELECT confirmed_id, made FROM user_confirm($1::bytea)";

static bj_status_t confirm_in(bj_db_pool_t *pool, const bj_trail_who_t *who,
                              const uint8_t *token_hash, uint64_t *out) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    uint64_t user_id = 0;
    bool made = false;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, confirm_sql, BJ_DB_PARAMS(hash_text(token_hash).text), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) > 0 && (!bj_db_get_u64(rows, 0, 0, &user_id) ||
                                 !bj_db_get_bool(rows, 0, 1, &made))) {
        return BJ_ERR_BAD_FIELD;
    }
    bj_trail_act_t act = {.act = "auth.confirm", .subject = bj_user_subject(user_id, subject),
                          .outcome = made ? "done" : "refused",
                          .reason = made ? NULL : user_id ? "confirmed already" : "no such link",
                          .before_json = made ? "{\"confirmed\":false}" : NULL,
                          .after_json = made ? "{\"confirmed\":true}" : NULL};
    *out = user_id;
    status = bj_entry_commit(db, who, &act);
    return status == BJ_OK && !made ? BJ_ERR_NOT_FOUND : status;
}

bj_status_t bj_user_confirm(bj_db_pool_t *pool, const bj_trail_who_t *who,
                            const uint8_t *token_hash, uint64_t *out) {
    bj_status_t status = confirm_in(pool, who, token_hash, out);
    if (status != BJ_ERR_EXISTS) return status;
    /* Signed up in the moment in which its owner changed it, and may change it back. */
    return bj_entry_refused(pool, who, 0, "auth.confirm", "its owner may take it back",
                            BJ_ERR_NOT_FOUND);
}

/* Whoever was quicker with this address has another number than what is sealed here is bound to. */
static const char put_sql[] =
    "INSERT INTO users AS u (user_id, email_hash, email_sealed, name_sealed, role, password_hash,"
    "  confirmed_at, watchlist, first_password_until) OVERRIDING SYSTEM VALUE"
    " VALUES ($1, $2::bytea, $3::bytea, $4::bytea, $5::user_role, $6, now(), $7::text[],"
    "  CASE WHEN $8::boolean THEN now() + interval '7 days' END)"
    " ON CONFLICT (email_hash) DO UPDATE SET name_sealed = $4::bytea, role = $5::user_role,"
    "  password_hash = $6, confirmed_at = coalesce(u.confirmed_at, now()), phone_due = false,"
    "  first_password_until = excluded.first_password_until"
    "  WHERE u.user_id = excluded.user_id"
    " RETURNING user_id, account_id";
static const char put_old_sql[] =
    "SELECT u.user_id, u.role FROM users u WHERE " BJ_PERSON_WHERE " FOR UPDATE";

/* *old: the row that there was, if any. */
static bj_status_t put_row(bj_db_t *db, bj_keys_t *keys, const bj_user_new_t *user,
                           bj_person_hash_t *hash, uint64_t *user_id, bj_db_result_t **old) {
    bj_status_t status = bj_person_hash(keys, user->email, hash);
    if (status == BJ_OK) status = bj_person_adopt(db, keys, user->email, hash);
    if (status == BJ_OK) {
        status = bj_db_ask(db, put_old_sql, BJ_DB_PARAMS(hash->any, user->email), old);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(*old) == 0) return bj_person_next_id(db, user_id);
    return bj_db_get_u64(*old, 0, 0, user_id) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static bj_status_t put_in(bj_db_t *db, bj_keys_t *keys, const bj_user_new_t *user, bj_user_t *out,
                          bj_db_result_t **old, bj_sessions_ended_t *ended) {
    BJ_DB_RESULT rows = NULL;
    bj_person_cells_t cells;
    bj_person_hash_t hash;
    bj_status_t status = put_row(db, keys, user, &hash, &out->user_id, old);
    if (status == BJ_OK) status = bj_app_tokens_end(db, out->user_id, false, ended);
    if (status == BJ_OK) {
        status = bj_person_close(keys, out->user_id, user->email, user->name, &hash, &cells);
    }
    if (status == BJ_OK) {
        status = bj_db_ask(db, put_sql,
                           BJ_DB_PARAMS(bj_db_u64(out->user_id).text, cells.hash.text,
                                        cells.email.text, cells.name.text, bj_role_name(user->role),
                                        user->password_hash, user->watchlist,
                                        user->first_password ? "t" : "f"),
                           &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_EXISTS;
    if (!bj_db_get_u64(rows, 0, 0, &out->user_id) || !bj_db_get_u32(rows, 0, 1, &out->account_id)) {
        return BJ_ERR_BAD_FIELD;
    }
    status = bj_login_clear(db, out->user_id, true);
    return status == BJ_OK ? bj_sessions_end(db, out->user_id, NULL, ended) : status;
}

bj_status_t bj_user_put(bj_db_pool_t *pool, bj_keys_t *keys, const bj_trail_who_t *who,
                        const bj_user_new_t *user, uint32_t *account_id,
                        bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT old = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], was[64], now[128];
    bj_user_t put = {.user_id = 0};
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = put_in(db, keys, user, &put, &old, ended);
    if (status != BJ_OK) return status;
    *account_id = put.account_id;
    const char *old_role = bj_db_get_ref(old, 0, 1);
    snprintf(was, sizeof was, "{\"role\":\"%s\"}", old_role ? old_role : "");
    snprintf(now, sizeof now, "{\"role\":\"%s\",\"password\":\"set\",\"sessions_ended\":%zu}",
             bj_role_name(user->role), ended->live_cnt);
    bj_trail_act_t act = {.act = "user.put",
                          .subject = bj_user_subject(put.user_id, subject),
                          .outcome = "done",
                          .before_json = old_role ? was : NULL,
                          .after_json = now};
    return bj_entry_commit(db, who, &act);
}

bool bj_rights_row(const bj_db_result_t *rows, size_t row, size_t col, bj_rights_t *rights) {
    uint32_t held;
    if (!bj_db_get_u32(rows, row, col + 6, &held) || held > BJ_DEMAND_PASSKEY) return false;
    rights->held = (bj_demand_t)held;
    const char *segments = bj_db_get_ref(rows, row, col + 1);
    return segments && bj_segments_read(segments, &rights->segments) &&
           bj_db_get_u32(rows, row, col, &rights->branch_id) &&
           bj_db_get_i64(rows, row, col + 2, &rights->order_max_paise) &&
           bj_db_get_i32(rows, row, col + 3, &rights->from_minute) &&
           bj_db_get_i32(rows, row, col + 4, &rights->to_minute) &&
           bj_db_get_bool(rows, row, col + 5, &rights->phone_due);
}

/* The idle limit is judged before seen_at moves on. */
static const char select_sql[] =
    "UPDATE sessions s SET seen_at = now() FROM users u"
    " WHERE s.token_hash = $1::bytea AND u.user_id = s.user_id AND u.confirmed_at IS NOT NULL"
    "   AND s.expires_at > now() AND s.seen_at > now() - make_interval(secs => $2::float8)"
    " RETURNING s.user_id, u.account_id, u.role, s.csrf,"
    "  (extract(epoch FROM s.created_at) * 1000000)::bigint,"
    "  (extract(epoch FROM s.expires_at) * 1000000)::bigint,"
    "  (extract(epoch FROM s.proved_at) * 1000000)::bigint, s.session_hash,"
    "  (extract(epoch FROM s.rotated_at) * 1000000)::bigint, s.proved_by, left(s.home, 45),"
    "  (extract(epoch FROM s.home_at) * 1000000)::bigint,"
    "  coalesce((extract(epoch FROM s.moved_at) * 1000000)::bigint, 0),"
    "  coalesce((SELECT d.serial FROM staff_devices d WHERE d.device_id = s.device_id), ''),"
    "  coalesce((SELECT (extract(epoch FROM d.expires_at) * 1000000)::bigint FROM staff_devices d"
    "   WHERE d.device_id = s.device_id AND d.revoked_at IS NULL), 0),"
    " " BJ_PERSON_COLS "," BJ_RIGHTS_SQL;
enum {
    COL_USER,
    COL_ACCOUNT,
    COL_ROLE,
    COL_CSRF,
    COL_CREATED,
    COL_EXPIRES,
    COL_PROVED,
    COL_SESSION,
    COL_ROTATED,
    COL_PROVED_BY,
    COL_HOME,
    COL_HOME_AT,
    COL_MOVED,
    COL_DEVICE,
    COL_DEVICE_TO,
    COL_PERSON,
    COL_RIGHTS = COL_PERSON + BJ_PERSON_COL_CNT
};

bj_status_t bj_session_select(bj_db_pool_t *db, bj_keys_t *keys, const uint8_t *token_hash,
                              bj_caller_t *caller) {
    BJ_DB_RESULT rows = NULL;
    char role[16];
    int64_t created_us, expires_us, proved_us, rotated_us, home_us, moved_us, device_us;
    size_t hash_bytes;
    uint32_t proved_by;
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    bj_status_t status = bj_db_query(
        db, select_sql,
        BJ_DB_PARAMS(hash_text(token_hash).text, bj_db_i64(BJ_SESSION_IDLE_NS / BJ_NS_PER_S).text),
        &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, COL_USER, &caller->user_id) ||
        !bj_db_get_u32(rows, 0, COL_ACCOUNT, &caller->account_id) ||
        !bj_db_get_str(rows, 0, COL_ROLE, role, sizeof role) ||
        !bj_db_get_str(rows, 0, COL_CSRF, caller->csrf, sizeof caller->csrf) ||
        !bj_db_get_i64(rows, 0, COL_CREATED, &created_us) ||
        !bj_db_get_i64(rows, 0, COL_EXPIRES, &expires_us) ||
        !bj_db_get_i64(rows, 0, COL_PROVED, &proved_us) ||
        !bj_bytea_get(rows, 0, COL_SESSION, caller->session_hash, BJ_HASH_BYTES, &hash_bytes) ||
        !bj_db_get_i64(rows, 0, COL_ROTATED, &rotated_us) ||
        !bj_db_get_u32(rows, 0, COL_PROVED_BY, &proved_by) || proved_by >= BJ_PROOF_BY_CNT ||
        !bj_db_get_str(rows, 0, COL_HOME, caller->home, sizeof caller->home) ||
        !bj_db_get_i64(rows, 0, COL_HOME_AT, &home_us) ||
        !bj_db_get_i64(rows, 0, COL_MOVED, &moved_us) ||
        !bj_db_get_str(rows, 0, COL_DEVICE, caller->device, sizeof caller->device) ||
        !bj_db_get_i64(rows, 0, COL_DEVICE_TO, &device_us) ||
        !bj_rights_row(rows, 0, COL_RIGHTS, &caller->rights)) {
        return BJ_ERR_BAD_FIELD;
    }
    caller->role = bj_role_of(role);
    caller->created_ns = created_us * BJ_NS_PER_US;
    caller->expires_ns = expires_us * BJ_NS_PER_US;
    caller->proved_ns = proved_us * BJ_NS_PER_US;
    caller->rotated_ns = rotated_us * BJ_NS_PER_US;
    caller->home_ns = home_us * BJ_NS_PER_US;
    caller->moved_ns = moved_us * BJ_NS_PER_US;
    caller->device_to_ns = device_us * BJ_NS_PER_US;
    caller->proved_by = (bj_proof_by_t)proved_by;
    caller->seen_ns = bj_clock_wall_ns();
    memcpy(caller->token_hash, token_hash, BJ_HASH_BYTES);
    return bj_person_read(keys, caller->user_id, rows, 0, COL_PERSON, caller->email, caller->name);
}

static const char proved_sql[] =
    "UPDATE sessions SET proved_at = $3, home = $4, home_at = $3, moved_at = NULL"
    " WHERE user_id = $1 AND session_hash = $2::bytea";
static const char delete_sql[] =
    "DELETE FROM sessions WHERE user_id = $1 AND session_hash = $2::bytea"
    " RETURNING token_hash, session_hash";

static bj_status_t commit(bj_db_t *db, const bj_trail_who_t *who, const char *act,
                          const bj_caller_t *caller) {
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_trail_act_t entry = {.act = act, .outcome = "done",
                                  .subject = bj_session_subject(caller->session_hash, subject)};
    return bj_entry_commit(db, who, &entry);
}

/* By this machine's clock, as a log-in is: whoever judges the age has the same. */
bj_status_t bj_session_proved(bj_db_pool_t *pool, const bj_trail_who_t *who, const bj_user_t *user,
                              bj_rotation_t *rotation) {
    BJ_DB_CONN db = NULL;
    const bj_caller_t *caller = rotation->caller;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_user_hold(db, user);
    if (status == BJ_OK) status = bj_rotate_in(db, rotation);
    if (status == BJ_OK) {
        status = bj_db_ask(db, proved_sql,
                           BJ_DB_PARAMS(bj_db_u64(user->user_id).text,
                                        hash_text(caller->session_hash).text,
                                        bj_db_time(bj_clock_wall_ns()).text, who->address),
                           NULL);
    }
    return status == BJ_OK ? commit(db, who, "auth.prove", caller) : status;
}

bj_status_t bj_session_delete(bj_db_pool_t *pool, const bj_trail_who_t *who,
                              const bj_caller_t *caller, bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, delete_sql,
                           BJ_DB_PARAMS(bj_db_u64(caller->user_id).text,
                                        hash_text(caller->session_hash).text),
                           &ended->rows);
    }
    if (status != BJ_OK || bj_db_changed(ended->rows) == 0) return status; /* ended already */
    return commit(db, who, "auth.logout", caller);
}
