#include "controlplane/privacy/bj_correct.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_person.h"

/* A row that is still in clear is sealed before, so that there is one way only. */
static const char name_sql[] =
    "UPDATE users SET name_sealed = $2::bytea WHERE user_id = $1 AND confirmed_at IS NOT NULL";
static const char hashes_sql[] = "SELECT token_hash FROM sessions WHERE user_id = $1";

static bj_status_t name_in(bj_db_t *db, bj_keys_t *keys, const bj_caller_t *caller,
                           const char *name, bj_db_result_t **sessions) {
    BJ_DB_RESULT rows = NULL;
    bj_cell_t cell;
    bj_person_hash_t hash;
    bj_status_t status = bj_person_hash(keys, caller->email, &hash);
    if (status == BJ_OK) status = bj_person_adopt(db, keys, caller->email, &hash);
    if (status == BJ_OK) status = bj_person_name(keys, caller->user_id, name, &cell);
    if (status == BJ_OK) {
        status = bj_db_ask(db, name_sql, BJ_DB_PARAMS(bj_db_u64(caller->user_id).text, cell.text),
                           &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    return bj_db_ask(db, hashes_sql, BJ_DB_PARAMS(bj_db_u64(caller->user_id).text), sessions);
}

bj_status_t bj_correct_name(bj_identity_t *identity, const bj_caller_t *caller, const char *address,
                            const char *name) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT sessions = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], text[512];
    bj_trail_who_t who = bj_trail_who(caller, address);
    const bj_trail_act_t act = {.act = "privacy.correct",
                                .outcome = "done",
                                .subject = bj_user_subject(caller->user_id, subject),
                                .after_json = "{\"name\":\"changed\"}"};
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) {
        status = name_in(db, identity->config.keys, caller, name, &sessions);
    }
    if (status == BJ_OK) status = bj_entry_commit(db, &who, &act);
    if (status != BJ_OK) return status;
    bj_identity_uncache_all(identity, sessions);
    snprintf(text, sizeof text,
             "The name of your Bijli account was changed just now.\n\nIf it was not you, set a new "
             "password at %s/forgot.\n",
             identity->config.origin);
    bool sent = identity->config.mail &&
                bj_mail_send(identity->config.mail, caller->email, "Your name was changed", text);
    (void)sent; /* the change stands, mail or no mail */
    return BJ_OK;
}
