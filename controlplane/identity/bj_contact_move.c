/* A code that came back moves an address or number; a link moves it back. */
#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_contact_priv.h"
#include "controlplane/identity/bj_factor_repo.h"
#include "controlplane/identity/bj_login_repo.h"
#include "controlplane/identity/bj_password.h"

#define ID(user_id) bj_db_u64(user_id).text
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text

/* What moves. */
typedef struct move {
    bj_contact_changed_t said;
    uint64_t user_id;
    const char *kind; /* its name */
    bj_sessions_ended_t ended;
    bj_db_result_t *stale; /* sessions whose copies say what is no more */
    uint32_t factors_cnt;  /* apps and passkeys that went */
    const char *number;    /* what became of the number of an address that goes back */
} move_t;

static void move_free(move_t *m) {
    bj_sessions_ended_free(&m->ended);
    bj_db_result_free(m->stale);
    explicit_bzero(&m->said, sizeof m->said);
}
#define MOVE __attribute__((cleanup(move_free))) move_t

static move_t move_of(bj_contact_kind_t kind, uint64_t user_id) {
    return (move_t){.said = {.kind = kind}, .user_id = user_id, .kind = bj_contact_name(kind)};
}

static bj_status_t open_text(bj_keys_t *keys, const move_t *m, const bj_db_result_t *rows,
                             size_t col, char out[BJ_EMAIL_BYTES]) {
    return bj_cell_open(keys, BJ_KEYS_CONTACT, bj_contact_words[m->said.kind].column, m->user_id,
                        rows, 0, col, out, BJ_EMAIL_BYTES);
}

/* The entry says no more than hints. */
static bj_status_t commit(bj_db_t *db, const bj_trail_who_t *who, const move_t *m,
                          const char *act) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], hint[BJ_CONTACT_HINT_BYTES], before[64], after[160];
    bj_contact_kind_t kind = m->said.kind;
    snprintf(before, sizeof before, "{\"%s\":\"%s\"}", m->kind,
             m->said.old[0] ? bj_contact_hint(kind, m->said.old, hint) : "");
    snprintf(after, sizeof after,
             "{\"%s\":\"%s\",\"sessions_ended\":%zu,\"factors_removed\":%" PRIu32
             ",\"number\":\"%s\"}",
             m->kind, bj_contact_hint(kind, m->said.now, hint), m->ended.live_cnt, m->factors_cnt,
             m->number ? m->number : "stays");
    const bj_trail_act_t entry = {.act = act,
                                  .outcome = "done",
                                  .before_json = before,
                                  .after_json = after,
                                  .subject = bj_user_subject(m->user_id, subject)};
    return bj_entry_commit(db, who, &entry);
}

/* --- forth */

static const char try_sql[] =
    "UPDATE contact_changes SET tries = tries + 1 WHERE user_id = $1 AND kind = $2 AND tries < 5"
    " AND sent_at > now() - interval '10 minutes'"
    " RETURNING coalesce(code_hash = ANY($3::bytea[]), false), sealed, hash";
static const char move_sql[] = "SELECT 1 FROM contact_move($1, $2) AS moved WHERE moved";
static const char undo_sql[] =
    "INSERT INTO contact_undos (token_hash, user_id, kind, sealed, hash, verified_at)"
    " SELECT $1::bytea, $2, $3, $4::bytea, $5::bytea,"
    "  CASE $3 WHEN 'phone' THEN phone_verified_at END"
    " FROM users WHERE user_id = $2";
static const char hashes_sql[] = "SELECT token_hash FROM sessions WHERE user_id = $1";

/* What it was, with a way back to it; nothing for who had none. */
static bj_status_t keep_old(bj_db_t *db, bj_keys_t *keys, move_t *m) {
    BJ_DB_RESULT old = NULL;
    uint8_t token_hash[BJ_HASH_BYTES];
    bj_person_hash_t hash;
    bj_status_t status =
        bj_db_ask(db, bj_contact_words[m->said.kind].old_sql, BJ_DB_PARAMS(ID(m->user_id)), &old);
    if (status != BJ_OK || bj_db_rows(old) == 0) return status;
    status = open_text(keys, m, old, 1, m->said.old);
    if (status == BJ_OK) status = bj_contact_hash(keys, m->said.kind, m->said.old, &hash);
    if (status != BJ_OK) return status;
    bj_token_make(m->said.undo);
    bj_token_hash(m->said.undo, token_hash);
    return bj_db_ask(db, undo_sql,
                     BJ_DB_PARAMS(HASH(token_hash), ID(m->user_id), m->kind,
                                  bj_db_get_ref(old, 0, 1), hash.text),
                     NULL);
}

/* An address is how one comes in: whoever was in by the old one is not any more. */
static bj_status_t end_others(bj_db_t *db, bj_rotation_t *rotation, move_t *m) {
    bj_status_t status = BJ_OK;
    if (m->said.kind == BJ_CONTACT_EMAIL) {
        status = bj_rotate_in(db, rotation);
        if (status == BJ_OK) status = bj_login_clear(db, m->user_id, false);
        if (status == BJ_OK) {
            status = bj_sessions_end(db, m->user_id, rotation->caller->session_hash, &m->ended);
        }
    }
    if (status != BJ_OK) return status;
    return bj_db_ask(db, hashes_sql, BJ_DB_PARAMS(ID(m->user_id)), &m->stale);
}

/* Whoever else has it is to be met in the unique index.  kept: what is going to be written; under a
 * newer key than we know, it is too early to say who that is. */
static bj_status_t adopt_new(bj_db_t *db, bj_keys_t *keys, const move_t *m, const char *kept) {
    bj_person_hash_t hash;
    bj_status_t status = bj_contact_hash(keys, m->said.kind, m->said.now, &hash);
    if (status == BJ_OK && (!kept || strcmp(kept, hash.text) != 0)) status = BJ_ERR_UNAVAILABLE;
    return status == BJ_OK ? bj_person_adopt_hash(db, m->kind, &hash) : status;
}

static bj_status_t moved_in(bj_db_t *db, bj_keys_t *keys, bj_rotation_t *rotation, move_t *m,
                            const char *kept) {
    BJ_DB_RESULT rows = NULL;
    bj_person_hash_t own;
    bj_status_t status = bj_person_hash(keys, rotation->caller->email, &own);
    if (status == BJ_OK) status = bj_person_adopt(db, keys, rotation->caller->email, &own);
    if (status == BJ_OK) status = adopt_new(db, keys, m, kept);
    if (status == BJ_OK) status = keep_old(db, keys, m);
    if (status == BJ_OK) {
        status = bj_db_ask(db, move_sql, BJ_DB_PARAMS(ID(m->user_id), m->kind), &rows);
    }
    if (status == BJ_OK && bj_db_rows(rows) == 0) status = BJ_ERR_NOT_FOUND;
    return status == BJ_OK ? end_others(db, rotation, m) : status;
}

static bj_status_t wrong(bj_db_t *db, const bj_trail_who_t *who, const move_t *m) {
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_trail_act_t entry = {.act = "contact.confirm",
                                  .outcome = "refused",
                                  .reason = "wrong code",
                                  .subject = bj_user_subject(m->user_id, subject)};
    bj_status_t status = bj_entry_commit(db, who, &entry);
    return status == BJ_OK ? BJ_ERR_DENIED : status;
}

static bj_status_t confirm_in(bj_identity_t *identity, const bj_trail_who_t *who,
                              bj_rotation_t *rotation, const char *code, move_t *m) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_person_hash_t hash;
    bool right;
    bj_keys_t *keys = identity->config.keys;
    bj_status_t status = bj_contact_code_hash(keys, m->user_id, m->said.kind, code, &hash);
    if (status == BJ_OK) status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = bj_user_lock(db, m->user_id);
    if (status == BJ_OK) {
        status = bj_db_ask(db, try_sql, BJ_DB_PARAMS(ID(m->user_id), m->kind, hash.any), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_bool(rows, 0, 0, &right)) return BJ_ERR_BAD_FIELD;
    if (!right) return wrong(db, who, m);
    status = open_text(keys, m, rows, 1, m->said.now);
    if (status == BJ_OK) status = moved_in(db, keys, rotation, m, bj_db_get_ref(rows, 0, 2));
    return status == BJ_OK ? commit(db, who, m, "contact.confirm") : status;
}

bj_status_t bj_contact_confirm(bj_identity_t *identity, bj_rotation_t *rotation,
                               const char *address, bj_contact_kind_t kind, const char *code) {
    const bj_caller_t *caller = rotation->caller;
    MOVE m = move_of(kind, caller->user_id);
    bj_trail_who_t who = bj_trail_who(caller, address);
    bj_status_t status = confirm_in(identity, &who, rotation, code, &m);
    bj_rotated(identity, rotation, status);
    /* Somebody was quicker with the same address; what was done here is undone. */
    if (status == BJ_ERR_EXISTS) {
        return bj_entry_refused(identity->config.db, &who, caller->user_id, "contact.confirm",
                                "somebody else has it by now", BJ_ERR_DENIED);
    }
    if (status == BJ_ERR_SEQUENCE) bj_identity_uncache(identity, caller->token_hash);
    if (status != BJ_OK) return status;
    bj_identity_ended(identity, &m.ended);
    bj_identity_uncache_all(identity, m.stale);
    snprintf(m.said.email, sizeof m.said.email, "%s", caller->email);
    bj_contact_tell_changed(identity, &m.said);
    return BJ_OK;
}

/* --- back */

static const char whose_sql[] = "SELECT user_id, kind FROM contact_undos"
                                " WHERE token_hash = $1::bytea AND ended_at IS NULL"
                                " AND expires_at > now()";
/* Whatever came after it has no way back any more: that was somebody else's. */
static const char use_sql[] =
    "WITH used AS (UPDATE contact_undos SET ended_at = now() WHERE token_hash = $1::bytea"
    "   AND ended_at IS NULL AND expires_at > now() RETURNING *),"
    " later AS (UPDATE contact_undos l SET ended_at = now() FROM used WHERE l.kind = used.kind"
    "   AND l.user_id = used.user_id AND l.token_hash <> used.token_hash"
    "   AND l.made_at >= used.made_at AND l.ended_at IS NULL),"
    " waits AS (DELETE FROM contact_changes c USING used WHERE c.user_id = used.user_id),"
    " drops AS (DELETE FROM factor_drops d USING used WHERE d.user_id = used.user_id)"
    " SELECT hash, sealed FROM used";
/* Whoever took the account over adds what lets nobody else in, or lets in without the password. */
static const char factors_sql[] =
    "WITH way AS (SELECT made_at FROM contact_undos WHERE token_hash = $2::bytea),"
    " apps AS (DELETE FROM totp_factors f USING way WHERE f.user_id = $1"
    "   AND coalesce(f.confirmed_at, f.created_at) >= way.made_at RETURNING f.confirmed_at),"
    " keys AS (DELETE FROM passkeys k USING way WHERE k.user_id = $1"
    "   AND k.created_at >= way.made_at RETURNING 1)"
    " SELECT (SELECT count(confirmed_at) FROM apps) + (SELECT count(*) FROM keys)";
static const char clear_sql[] = "SELECT contact_clear($1, $2::bytea, $3)";
static const char email_sql[] = "SELECT " BJ_PERSON_COLS " FROM users u WHERE u.user_id = $1";

static bj_status_t whose(bj_identity_t *identity, const uint8_t *token_hash, move_t *m) {
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id;
    bj_status_t status =
        bj_db_query(identity->config.db, whose_sql, BJ_DB_PARAMS(HASH(token_hash)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &user_id)) return BJ_ERR_BAD_FIELD;
    bool phone = strcmp(bj_db_get_ref(rows, 0, 1), "phone") == 0;
    *m = move_of(phone ? BJ_CONTACT_PHONE : BJ_CONTACT_EMAIL, user_id);
    return BJ_OK;
}

/* As it is before, for the entry. */
static bj_status_t read_old(bj_db_t *db, bj_keys_t *keys, move_t *m) {
    BJ_DB_RESULT old = NULL;
    bj_status_t status =
        bj_db_ask(db, bj_contact_words[m->said.kind].old_sql, BJ_DB_PARAMS(ID(m->user_id)), &old);
    if (status != BJ_OK || bj_db_rows(old) == 0) return status;
    return open_text(keys, m, old, 1, m->said.old);
}

static bj_status_t drop_factors(bj_db_t *db, const uint8_t *token_hash, move_t *m) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_ask(db, factors_sql, BJ_DB_PARAMS(ID(m->user_id), HASH(token_hash)), &rows);
    if (status != BJ_OK) return status;
    if (!bj_db_get_u32(rows, 0, 0, &m->factors_cnt)) return BJ_ERR_BAD_FIELD;
    return bj_recovery_drop(db, m->user_id);
}

/* Nothing: the number is of before the address changed.  Else the one that was, or NULLs. */
static const char number_sql[] =
    "SELECT o.hash, o.sealed, o.verified_at FROM users u JOIN contact_undos way"
    "  ON way.token_hash = $2::bytea AND way.kind = 'email'"
    " LEFT JOIN LATERAL (SELECT * FROM contact_undos l WHERE l.user_id = $1 AND l.kind = 'phone'"
    "   AND l.ended_at IS NULL AND l.expires_at > now() AND l.made_at >= way.made_at"
    "   AND coalesce(l.verified_at < way.made_at, true) ORDER BY l.made_at LIMIT 1) o ON true"
    " WHERE u.user_id = $1 AND u.phone_verified_at >= way.made_at";
static const char number_back_sql[] =
    "UPDATE users SET phone_hash = $2::bytea, phone_sealed = $3::bytea, phone_due = false,"
    " phone_verified_at = coalesce($4::timestamptz, now()) WHERE user_id = $1";
static const char number_gone_sql[] =
    "UPDATE users SET phone_hash = NULL, phone_sealed = NULL, phone_verified_at = NULL,"
    " phone_due = role = 'client' WHERE user_id = $1";
static const char number_ways_sql[] =
    "UPDATE contact_undos l SET ended_at = now() FROM contact_undos way"
    " WHERE way.token_hash = $2::bytea AND way.kind = 'email' AND l.user_id = $1"
    " AND l.kind = 'phone' AND l.made_at >= way.made_at AND l.ended_at IS NULL";

/* Whoever took the address over may have changed the number too: the code of a new password would
 * go there. */
static bj_status_t number_back(bj_db_t *db, bj_keys_t *keys, const uint8_t *token_hash, move_t *m) {
    BJ_DB_RESULT rows = NULL;
    MOVE was = move_of(BJ_CONTACT_PHONE, m->user_id);
    bj_status_t status =
        bj_db_ask(db, number_sql, BJ_DB_PARAMS(ID(m->user_id), HASH(token_hash)), &rows);
    if (status != BJ_OK) return status;
    const char *hash = bj_db_rows(rows) ? bj_db_get_ref(rows, 0, 0) : NULL;
    if (bj_db_rows(rows) == 0) {
        return BJ_OK;
    } else if (!hash) {
        m->number = "gone";
        status = bj_db_ask(db, number_gone_sql, BJ_DB_PARAMS(ID(m->user_id)), NULL);
    } else {
        m->number = "back";
        status = open_text(keys, &was, rows, 1, was.said.now);
        if (status == BJ_OK) status = adopt_new(db, keys, &was, hash);
        if (status != BJ_OK) return status;
        status = bj_db_ask(db, number_back_sql,
                           BJ_DB_PARAMS(ID(m->user_id), hash, bj_db_get_ref(rows, 0, 1),
                                        bj_db_get_ref(rows, 0, 2)),
                           NULL);
    }
    if (status != BJ_OK) return status;
    return bj_db_ask(db, number_ways_sql, BJ_DB_PARAMS(ID(m->user_id), HASH(token_hash)), NULL);
}

static bj_status_t back_in(bj_db_t *db, bj_keys_t *keys, const uint8_t *token_hash,
                           const char *password_hash, move_t *m) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_ask(db, use_sql, BJ_DB_PARAMS(HASH(token_hash)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    status = open_text(keys, m, rows, 1, m->said.now);
    if (status == BJ_OK) status = adopt_new(db, keys, m, bj_db_get_ref(rows, 0, 0));
    if (status == BJ_OK) {
        status = bj_db_ask(db, clear_sql,
                           BJ_DB_PARAMS(m->kind, bj_db_get_ref(rows, 0, 0), ID(m->user_id)), NULL);
    }
    /* Before the trigger of the new password does it, which says nobody which they were. */
    if (status == BJ_OK) status = bj_app_tokens_end(db, m->user_id, false, &m->ended);
    if (status == BJ_OK) {
        status = bj_db_ask(db, bj_contact_words[m->said.kind].back_sql,
                           BJ_DB_PARAMS(ID(m->user_id), bj_db_get_ref(rows, 0, 0),
                                        bj_db_get_ref(rows, 0, 1), password_hash),
                           NULL);
    }
    if (status == BJ_OK) status = number_back(db, keys, token_hash, m);
    if (status == BJ_OK) status = drop_factors(db, token_hash, m);
    if (status == BJ_OK) status = bj_login_clear(db, m->user_id, true);
    return status == BJ_OK ? bj_sessions_end(db, m->user_id, NULL, &m->ended) : status;
}

static bj_status_t undo_in(bj_identity_t *identity, const bj_trail_who_t *who,
                           const uint8_t *token_hash, move_t *m) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char name[BJ_NAME_BYTES], hash[BJ_PASSWORD_HASH_BYTES];
    bj_keys_t *keys = identity->config.keys;
    /* Whoever made the change knows the old one. */
    if (!bj_password_nobodys(hash)) return BJ_ERR_FULL;
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = bj_user_lock(db, m->user_id);
    if (status == BJ_OK) status = read_old(db, keys, m);
    if (status == BJ_OK) status = back_in(db, keys, token_hash, hash, m);
    if (status == BJ_OK) {
        status = bj_db_ask(db, email_sql, BJ_DB_PARAMS(ID(m->user_id)), &rows);
    }
    if (status == BJ_OK) {
        status = bj_person_read(keys, m->user_id, rows, 0, 0, m->said.email, name);
    }
    return status == BJ_OK ? commit(db, who, m, "auth.undo") : status;
}

bj_status_t bj_contact_undo(bj_identity_t *identity, const bj_trail_who_t *who, const char *token,
                            bj_contact_kind_t *kind) {
    MOVE m = {.user_id = 0};
    uint8_t token_hash[BJ_HASH_BYTES];
    if (!bj_token_formed(token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(token, token_hash);
    bj_status_t status = whose(identity, token_hash, &m);
    if (status == BJ_OK) status = undo_in(identity, who, token_hash, &m);
    if (status == BJ_ERR_NOT_FOUND) {
        return bj_entry_refused(identity->config.db, who, 0, "auth.undo", "no such link", status);
    }
    if (status == BJ_ERR_EXISTS) {
        return bj_entry_refused(identity->config.db, who, m.user_id, "auth.undo",
                                "somebody else has it by now", status);
    }
    if (status != BJ_OK) return status;
    *kind = m.said.kind;
    bj_identity_ended(identity, &m.ended);
    bj_contact_tell_undone(identity, m.said.kind, m.said.email);
    return BJ_OK;
}

/* --- by set-up */

static const char vouch_sql[] =
    "WITH adopted AS (SELECT hash_adopt('phone', $4::bytea, $2::bytea))"
    " UPDATE users SET phone_hash = $2::bytea, phone_sealed = $3::bytea, phone_verified_at = now(),"
    " phone_due = false FROM adopted WHERE user_id = $1";

bj_status_t bj_contact_vouch(bj_identity_t *identity, const bj_trail_who_t *who, const char *email,
                             const char *phone) {
    bj_user_t user;
    bj_cell_t cell;
    bj_person_hash_t hash;
    bj_keys_t *keys = identity->config.keys;
    bj_status_t status = bj_user_by_email(identity->config.db, keys, email, &user);
    if (status != BJ_OK) return status;
    explicit_bzero(user.password_hash, sizeof user.password_hash);
    status = bj_person_phone(keys, user.user_id, phone, &hash, &cell);
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {
        .act = "contact.confirm", .outcome = "done", .after_json = "{\"phone\":\"vouched for\"}"};
    return bj_entry_one(identity->config.db, who, user.user_id, &act, vouch_sql,
                        BJ_DB_PARAMS(ID(user.user_id), hash.text, cell.text, hash.old));
}
