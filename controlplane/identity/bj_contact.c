#include "controlplane/identity/bj_contact_priv.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/access/bj_access.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_tries.h"

#define ID(user_id) bj_db_u64(user_id).text
#define US(column) "coalesce((extract(epoch FROM " column ") * 1000000)::bigint, 0)"

const bj_contact_words_t bj_contact_words[BJ_CONTACT_CNT] = {
    [BJ_CONTACT_EMAIL] =
        {"email", "users.email",
         "SELECT email_hash, email_sealed FROM users WHERE user_id = $1 AND email_hash IS NOT NULL",
         "UPDATE users SET email_hash = $2::bytea, email_sealed = $3::bytea,"
         " password_hash = $4 WHERE user_id = $1"},
    [BJ_CONTACT_PHONE] =
        {"phone", "users.phone",
         "SELECT phone_hash, phone_sealed FROM users WHERE user_id = $1 AND phone_hash IS NOT NULL",
         "UPDATE users SET phone_hash = $2::bytea, phone_sealed = $3::bytea, phone_due = false,"
         " phone_verified_at = coalesce((SELECT min(verified_at) FROM contact_undos"
         "  WHERE user_id = $1 AND hash = $2::bytea AND ended_at = now()), now()),"
         " password_hash = $4 WHERE user_id = $1"},
};
/* The narrower first: what is refused there takes nothing of what others share.  So whoever asks
 * from one network, by however many accounts, leaves room where it goes for its owner. */
enum { BY_WHO, BY_FROM_TO, BY_TO, BY_FROM, BY_CNT };
static const struct {
    const char *what;
    bj_tries_limit_t limit;
} send_limits[BY_CNT] = {[BY_WHO] = {"who", {.burst = 5, .fill_s = 6 * 3600}},
                         [BY_FROM_TO] = {"from to", {.burst = 5, .fill_s = 6 * 3600}},
                         [BY_TO] = {"to", {.burst = 20, .fill_s = 6 * 3600}},
                         [BY_FROM] = {"from", {.burst = 30, .fill_s = 6 * 3600}}};

const char *bj_contact_name(bj_contact_kind_t kind) {
    return bj_contact_words[kind].name;
}

const char *bj_contact_hint(bj_contact_kind_t kind, const char *text,
                            char out[BJ_CONTACT_HINT_BYTES]) {
    if (kind == BJ_CONTACT_PHONE) return bj_phone_hint(text, out);
    snprintf(out, BJ_CONTACT_HINT_BYTES, "%.1s***", text);
    return out;
}

/* Without the little that a remainder would prefer. */
void bj_contact_code_make(char out[BJ_CONTACT_CODE_BYTES]) {
    uint32_t word;
    do {
        if (RAND_bytes((unsigned char *)&word, sizeof word) != 1) abort();
    } while (word >= UINT32_MAX / 1000000 * 1000000);
    snprintf(out, BJ_CONTACT_CODE_BYTES, "%06u", word % 1000000);
}

bj_status_t bj_contact_code_hash(bj_keys_t *keys, uint64_t user_id, bj_contact_kind_t kind,
                                 const char *code, bj_person_hash_t *out) {
    char what[64];
    snprintf(what, sizeof what, "contact_changes.code %s %llu", bj_contact_name(kind),
             (unsigned long long)user_id);
    return bj_person_mac(keys, what, code, out);
}

/* --- what there is */

static const char get_sql[] =
    "SELECT u.phone_sealed, " US("u.phone_verified_at") ", u.phone_due, c.kind, c.sealed, " US(
        "c.sent_at") " FROM users u LEFT JOIN contact_changes c USING (user_id)"
                     " WHERE u.user_id = $1";

static bj_status_t read_wait(bj_keys_t *keys, uint64_t user_id, const bj_db_result_t *rows,
                             size_t row, bj_contact_t *contact) {
    char text[BJ_EMAIL_BYTES];
    const char *kind = bj_db_get_ref(rows, row, 3);
    if (!kind) return BJ_OK;
    bj_contact_kind_t k = strcmp(kind, "email") == 0 ? BJ_CONTACT_EMAIL : BJ_CONTACT_PHONE;
    bj_contact_wait_t *wait = &contact->wait[k];
    bj_status_t status = bj_cell_open(keys, BJ_KEYS_CONTACT, bj_contact_words[k].column, user_id,
                                      rows, row, 4, text, sizeof text);
    if (status != BJ_OK) return status;
    wait->waits = true;
    if (k == BJ_CONTACT_EMAIL)
        memcpy(wait->to, text, sizeof text);
    else
        bj_phone_hint(text, wait->to);
    return bj_db_get_i64(rows, row, 5, &wait->sent_us) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

bj_status_t bj_contact_get(bj_identity_t *identity, uint64_t user_id, bj_contact_t *contact) {
    BJ_DB_RESULT rows = NULL;
    char phone[BJ_PHONE_BYTES];
    bj_keys_t *keys = identity->config.keys;
    *contact = (bj_contact_t){.phone_due = false};
    bj_status_t status =
        bj_db_query(identity->config.db, get_sql, BJ_DB_PARAMS(ID(user_id)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_i64(rows, 0, 1, &contact->verified_us) ||
        !bj_db_get_bool(rows, 0, 2, &contact->phone_due)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (!bj_db_null(rows, 0, 0)) {
        status = bj_cell_open(keys, BJ_KEYS_CONTACT, "users.phone", user_id, rows, 0, 0, phone,
                              sizeof phone);
        if (status == BJ_OK) bj_phone_hint(phone, contact->phone_hint);
    }
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(rows); i++) {
        status = read_wait(keys, user_id, rows, i, contact);
    }
    return status;
}

/* --- a code on its way */

bj_status_t bj_contact_hash(bj_keys_t *keys, bj_contact_kind_t kind, const char *to,
                            bj_person_hash_t *out) {
    return bj_person_mac(keys, bj_contact_words[kind].column, to, out);
}

bj_status_t bj_contact_take_sends(bj_identity_t *identity, const char *what, uint64_t user_id,
                                  const char *hash, const char *address, uint32_t *retry_s) {
    char key[256], who[24], network[BJ_ADDRESS_BYTES], from_to[192];
    snprintf(who, sizeof who, "%llu", (unsigned long long)user_id);
    const char *from = bj_access_network(address, network);
    snprintf(from_to, sizeof from_to, "%s %s", from, hash);
    const char *const by[BY_CNT] = {who, from_to, hash, from};
    bj_status_t status = BJ_OK;
    for (size_t i = 0; status == BJ_OK && i < BY_CNT; i++) {
        bj_tries_limit_t limit = send_limits[i].limit;
        if (i == BY_FROM && identity->config.codes_per_network) {
            limit.burst = identity->config.codes_per_network;
        }
        snprintf(key, sizeof key, "%s %s %s", what, send_limits[i].what, by[i]);
        status = bj_tries_take(identity->config.db, key, limit, retry_s);
    }
    return status;
}

/* Whose it is, where it goes, and what it is, for one code. */
typedef struct sending {
    uint64_t user_id;
    bj_contact_kind_t kind;
    char to[BJ_EMAIL_BYTES], code[BJ_CONTACT_CODE_BYTES];
    bj_person_hash_t hash, code_hash;
    bool taken;
} sending_t;

static const char taken_sql[] = "SELECT contact_taken($1, $2::bytea, $3, $4)";

/* In a transaction: a code, unless somebody else has that address or number. */
static bj_status_t make_code(bj_db_t *db, bj_keys_t *keys, sending_t *s) {
    BJ_DB_RESULT rows = NULL;
    bj_contact_code_make(s->code);
    bj_status_t status = bj_contact_code_hash(keys, s->user_id, s->kind, s->code, &s->code_hash);
    if (status == BJ_OK) status = bj_person_adopt_hash(db, bj_contact_name(s->kind), &s->hash);
    if (status == BJ_OK) {
        status = bj_db_ask(
            db, taken_sql,
            BJ_DB_PARAMS(bj_contact_name(s->kind), s->hash.text, s->to, ID(s->user_id)), &rows);
    }
    if (status != BJ_OK) return status;
    return bj_db_get_bool(rows, 0, 0, &s->taken) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static bj_status_t commit(bj_db_t *db, const bj_trail_who_t *who, const sending_t *s,
                          const char *act) {
    char subject[BJ_TRAIL_SUBJECT_BYTES], hint[BJ_CONTACT_HINT_BYTES], after[64];
    snprintf(after, sizeof after, "{\"%s\":\"%s\"}", bj_contact_name(s->kind),
             bj_contact_hint(s->kind, s->to, hint));
    const bj_trail_act_t entry = {.act = act,
                                  .outcome = "asked",
                                  .after_json = after,
                                  .subject = bj_user_subject(s->user_id, subject)};
    return bj_entry_commit(db, who, &entry);
}

static void send(bj_identity_t *identity, sending_t *s) {
    bj_contact_send_code(identity, s->kind, s->to, s->taken ? NULL : s->code);
}

static const char ask_sql[] =
    "INSERT INTO contact_changes AS c (user_id, kind, sealed, hash, code_hash, sent_at)"
    " VALUES ($1, $2, $3::bytea, $4::bytea, $5::bytea, now()) ON CONFLICT (user_id, kind)"
    " DO UPDATE SET sealed = excluded.sealed, hash = excluded.hash, tries = 0,"
    "  code_hash = excluded.code_hash, asked_at = now(), sent_at = now()";

static bj_status_t ask_in(bj_identity_t *identity, const bj_trail_who_t *who, sending_t *s) {
    BJ_DB_CONN db = NULL;
    bj_cell_t cell;
    bj_keys_t *keys = identity->config.keys;
    bj_status_t status = bj_cell_close(keys, BJ_KEYS_CONTACT, bj_contact_words[s->kind].column,
                                       s->user_id, s->to, &cell);
    if (status == BJ_OK) status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = make_code(db, keys, s);
    if (status == BJ_OK) {
        status = bj_db_ask(db, ask_sql,
                           BJ_DB_PARAMS(ID(s->user_id), bj_contact_name(s->kind), cell.text,
                                        s->hash.text, s->taken ? NULL : s->code_hash.text),
                           NULL);
    }
    return status == BJ_OK ? commit(db, who, s, "contact.ask") : status;
}

static const char room_sql[] =
    "SELECT count(*) >= 2, coalesce(ceil(extract(epoch FROM max(made_at) + interval '7 days'"
    "  - now())), 1)::bigint, EXISTS (SELECT 1 FROM users WHERE user_id = $1"
    "   AND (email_hash = ANY($3::bytea[]) OR phone_hash = ANY($3::bytea[])))"
    " FROM contact_undos WHERE user_id = $1 AND kind = $2 AND made_at > now() - interval '7 days'";

/* BJ_ERR_EXISTS: it is so already.  BJ_ERR_DENIED: changed too often. */
static bj_status_t may_ask(bj_identity_t *identity, const sending_t *s, uint32_t *retry_s) {
    BJ_DB_RESULT rows = NULL;
    bool full, own;
    uint32_t wait_s;
    bj_status_t status =
        bj_db_query(identity->config.db, room_sql,
                    BJ_DB_PARAMS(ID(s->user_id), bj_contact_name(s->kind), s->hash.any), &rows);
    if (status != BJ_OK) return status;
    if (!bj_db_get_bool(rows, 0, 0, &full) || !bj_db_get_u32(rows, 0, 1, &wait_s) ||
        !bj_db_get_bool(rows, 0, 2, &own)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (own) return BJ_ERR_EXISTS;
    *retry_s = full ? wait_s : 0;
    return full ? BJ_ERR_DENIED : BJ_OK;
}

bj_status_t bj_contact_ask(bj_identity_t *identity, const bj_caller_t *caller, const char *address,
                           bj_contact_kind_t kind, const char *to, uint32_t *retry_s) {
    sending_t s = {.user_id = caller->user_id, .kind = kind};
    bj_trail_who_t who = bj_trail_who(caller, address);
    *retry_s = 0;
    snprintf(s.to, sizeof s.to, "%s", to);
    bj_status_t status = bj_contact_hash(identity->config.keys, kind, to, &s.hash);
    if (status == BJ_OK) status = may_ask(identity, &s, retry_s);
    if (status == BJ_OK) {
        status = bj_contact_take_sends(identity, "contact", s.user_id, s.hash.text, address,
                                       retry_s);
    }
    if (status == BJ_OK) status = ask_in(identity, &who, &s);
    if (status == BJ_OK) send(identity, &s);
    explicit_bzero(&s, sizeof s);
    return status;
}

static const char wait_sql[] =
    "SELECT sealed FROM contact_changes WHERE user_id = $1 AND kind = $2";
static const char again_sql[] =
    "UPDATE contact_changes SET code_hash = $4::bytea, tries = 0, sent_at = now()"
    " WHERE user_id = $1 AND kind = $2 AND hash = $3::bytea";

static bj_status_t who_waits(bj_identity_t *identity, sending_t *s) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(identity->config.db, wait_sql,
                                     BJ_DB_PARAMS(ID(s->user_id), bj_contact_name(s->kind)), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    status = bj_cell_open(identity->config.keys, BJ_KEYS_CONTACT, bj_contact_words[s->kind].column,
                          s->user_id, rows, 0, 0, s->to, sizeof s->to);
    return status == BJ_OK ? bj_contact_hash(identity->config.keys, s->kind, s->to, &s->hash)
                           : status;
}

static bj_status_t again_in(bj_identity_t *identity, const bj_trail_who_t *who, sending_t *s) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = make_code(db, identity->config.keys, s);
    if (status == BJ_OK) {
        status = bj_db_ask(db, again_sql,
                           BJ_DB_PARAMS(ID(s->user_id), bj_contact_name(s->kind), s->hash.text,
                                        s->taken ? NULL : s->code_hash.text),
                           &rows);
    }
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) ? commit(db, who, s, "contact.code") : BJ_ERR_NOT_FOUND;
}

bj_status_t bj_contact_again(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                             bj_contact_kind_t kind, uint32_t *retry_s) {
    sending_t s = {.user_id = user_id, .kind = kind};
    *retry_s = 0;
    bj_status_t status = who_waits(identity, &s);
    if (status == BJ_OK) {
        status = bj_contact_take_sends(identity, "contact", user_id, s.hash.text, who->address,
                                       retry_s);
    }
    if (status == BJ_OK) status = again_in(identity, who, &s);
    if (status == BJ_OK) send(identity, &s);
    explicit_bzero(&s, sizeof s);
    return status;
}

static const char drop_sql[] = "DELETE FROM contact_changes WHERE user_id = $1 AND kind = $2";

bj_status_t bj_contact_drop(bj_identity_t *identity, const bj_trail_who_t *who, uint64_t user_id,
                            bj_contact_kind_t kind) {
    char before[32];
    snprintf(before, sizeof before, "{\"%s\":\"asked\"}", bj_contact_name(kind));
    const bj_trail_act_t act = {.act = "contact.drop", .outcome = "done", .before_json = before};
    return bj_entry_one(identity->config.db, who, user_id, &act, drop_sql,
                        BJ_DB_PARAMS(ID(user_id), bj_contact_name(kind)));
}
