#include "controlplane/identity/bj_reset.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_contact_priv.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/store/bj_bytea.h"

#define ID(user_id) bj_db_u64(user_id).text
#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text

/* Whose link it is. */
typedef struct owner {
    uint64_t user_id;
    char email[BJ_EMAIL_BYTES], phone[BJ_EMAIL_BYTES], way[8];
    uint8_t token_hash[BJ_HASH_BYTES];
} owner_t;

static const char whose_sql[] =
    "SELECT u.user_id, reset_way(u.user_id), u.phone_sealed, " BJ_PERSON_COLS
    " FROM mail_tokens t JOIN users u USING (user_id)"
    " WHERE t.token_hash = $1::bytea AND t.purpose = 'reset' AND t.used_at IS NULL"
    "   AND t.expires_at > now() AND u.suspended_at IS NULL";

static bj_status_t whose(bj_identity_t *identity, owner_t *o) {
    BJ_DB_RESULT rows = NULL;
    char name[BJ_NAME_BYTES];
    bj_keys_t *keys = identity->config.keys;
    bj_status_t status =
        bj_db_query(identity->config.db, whose_sql, BJ_DB_PARAMS(HASH(o->token_hash)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u64(rows, 0, 0, &o->user_id) ||
        !bj_db_get_str(rows, 0, 1, o->way, sizeof o->way)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (!bj_db_null(rows, 0, 2)) {
        status = bj_cell_open(keys, BJ_KEYS_CONTACT, "users.phone", o->user_id, rows, 0, 2,
                              o->phone, sizeof o->phone);
    }
    return status == BJ_OK ? bj_person_read(keys, o->user_id, rows, 0, 3, o->email, name) : status;
}

static bj_status_t refused(bj_identity_t *identity, const bj_trail_who_t *who, const owner_t *o,
                           const char *why, bj_status_t status) {
    return bj_entry_refused(identity->config.db, who, o->user_id, "auth.reset", why, status);
}

/* --- the code */

static bj_status_t code_hash(bj_keys_t *keys, const owner_t *o, const char *code,
                             bj_person_hash_t *out) {
    char what[64];
    snprintf(what, sizeof what, "mail_tokens.code %llu", (unsigned long long)o->user_id);
    return bj_person_mac(keys, what, code, out);
}

static const char send_sql[] =
    "UPDATE mail_tokens SET code_hash = $2::bytea, code_tries = 0, code_sent_at = now(),"
    "  code_right_at = NULL WHERE token_hash = $1::bytea AND used_at IS NULL";

static bj_status_t send_in(bj_identity_t *identity, const bj_trail_who_t *who, const owner_t *o,
                           const char *code) {
    bj_person_hash_t hash;
    char after[64], hint[BJ_CONTACT_HINT_BYTES];
    snprintf(after, sizeof after, "{\"phone\":\"%s\"}",
             bj_contact_hint(BJ_CONTACT_PHONE, o->phone, hint));
    const bj_trail_act_t act = {.act = "auth.reset", .outcome = "asked", .after_json = after};
    bj_status_t status = code_hash(identity->config.keys, o, code, &hash);
    if (status != BJ_OK) return status;
    return bj_entry_one(identity->config.db, who, o->user_id, &act, send_sql,
                        BJ_DB_PARAMS(HASH(o->token_hash), hash.text));
}

static bj_status_t send_code(bj_identity_t *identity, const bj_trail_who_t *who, const owner_t *o,
                             bj_reset_t *reset) {
    char code[BJ_CONTACT_CODE_BYTES];
    bj_person_hash_t to;
    bj_status_t status = bj_contact_hash(identity->config.keys, BJ_CONTACT_PHONE, o->phone, &to);
    if (status == BJ_OK) {
        status = bj_contact_take_sends(identity, "reset", o->user_id, to.text, who->address,
                                       &reset->retry_s);
    }
    if (status != BJ_OK) return status;
    bj_contact_code_make(code);
    status = send_in(identity, who, o, code);
    if (status == BJ_OK) bj_contact_send_code(identity, BJ_CONTACT_PHONE, o->phone, code);
    explicit_bzero(code, sizeof code);
    if (status != BJ_OK) return status;
    reset->next = BJ_RESET_CODE;
    bj_phone_hint(o->phone, reset->sent_to);
    return BJ_OK;
}

static const char try_sql[] =
    "UPDATE mail_tokens SET code_tries = code_tries + 1,"
    "  code_right_at = CASE WHEN code_hash = ANY($2::bytea[]) THEN now() END"
    " WHERE token_hash = $1::bytea AND used_at IS NULL AND code_tries < 5"
    "   AND code_sent_at > now() - interval '10 minutes'"
    " RETURNING code_right_at IS NOT NULL";

static bj_status_t try_code(bj_identity_t *identity, const bj_trail_who_t *who, const owner_t *o,
                            const char *code) {
    BJ_DB_RESULT rows = NULL;
    bj_person_hash_t hash;
    bool right;
    bj_status_t status = code_hash(identity->config.keys, o, code, &hash);
    if (status == BJ_OK) {
        status = bj_db_query(identity->config.db, try_sql,
                             BJ_DB_PARAMS(HASH(o->token_hash), hash.any), &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_DENIED; /* without an entry: else the trail fills */
    if (!bj_db_get_bool(rows, 0, 0, &right)) return BJ_ERR_BAD_FIELD;
    return right ? BJ_OK : refused(identity, who, o, "wrong code", BJ_ERR_DENIED);
}

/* --- the password */

/* The user first, as in a change: who takes the two in another order may wait for ever. */
static const char lock_sql[] =
    "SELECT 1 FROM users WHERE user_id = $1 AND suspended_at IS NULL FOR NO KEY UPDATE";
/* Of two that come at once with one link, the second finds it used here. */
static const char reset_sql[] = "SELECT 1 FROM reset_password($1::bytea, $2) AS was WHERE was";

static bj_status_t reset_in(bj_db_pool_t *pool, const bj_trail_who_t *who, const owner_t *o,
                            const char *hash, bj_sessions_ended_t *ended) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    BJ_DB_RESULT done = NULL;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = bj_db_ask(db, lock_sql, BJ_DB_PARAMS(ID(o->user_id)), &rows);
    if (status == BJ_OK && bj_db_rows(rows) == 0) status = BJ_ERR_NOT_FOUND;
    /* Before the trigger of the new password does it, which says nobody which they were. */
    if (status == BJ_OK) status = bj_app_tokens_end(db, o->user_id, false, ended);
    if (status == BJ_OK) {
        status = bj_db_ask(db, reset_sql, BJ_DB_PARAMS(HASH(o->token_hash), hash), &done);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(done) == 0) return BJ_ERR_NOT_FOUND;
    return bj_change_end_old(db, who, "auth.reset", o->user_id, NULL, ended);
}

static bj_status_t set(bj_identity_t *identity, const bj_trail_who_t *who, const owner_t *o,
                       const char *password) {
    char hash[BJ_PASSWORD_HASH_BYTES];
    BJ_SESSIONS_ENDED ended = {0};
    if (!bj_password_hash(password, hash)) return BJ_ERR_FULL;
    bj_status_t status = reset_in(identity->config.db, who, o, hash, &ended);
    if (status != BJ_OK) return status;
    bj_identity_ended(identity, &ended);
    bj_change_tell(identity, o->email);
    return BJ_OK;
}

static bj_status_t go(bj_identity_t *identity, const bj_trail_who_t *who, owner_t *o,
                      bj_reset_t *reset) {
    bj_status_t status = whose(identity, o);
    if (status != BJ_OK) return status;
    reset->refused = bj_password_refused(reset->password, o->email);
    if (reset->refused) return BJ_ERR_BAD_FIELD;
    if (strcmp(o->way, "none") == 0) {
        reset->next = BJ_RESET_HELP;
        return refused(identity, who, o, "no second factor and no number", BJ_OK);
    }
    if (strcmp(o->way, "code") == 0) {
        if (!reset->code[0]) return send_code(identity, who, o, reset);
        status = try_code(identity, who, o, reset->code);
    }
    return status == BJ_OK ? set(identity, who, o, reset->password) : status;
}

bj_status_t bj_reset_password(bj_identity_t *identity, const bj_trail_who_t *who,
                              bj_reset_t *reset) {
    owner_t o = {.user_id = 0};
    reset->next = BJ_RESET_DONE;
    reset->retry_s = 0;
    if (!bj_token_formed(reset->token)) return BJ_ERR_NOT_FOUND;
    bj_token_hash(reset->token, o.token_hash);
    bj_status_t status = go(identity, who, &o, reset);
    explicit_bzero(o.phone, sizeof o.phone);
    if (status != BJ_ERR_NOT_FOUND) return status;
    return bj_entry_refused(identity->config.db, who, 0, "auth.reset", "no such link", status);
}
