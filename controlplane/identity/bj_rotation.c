#include "controlplane/identity/bj_rotation.h"

#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/store/bj_bytea.h"

#define HASH(hash) bj_bytea(hash, BJ_HASH_BYTES).text

static const char rotate_sql[] =
    "UPDATE sessions SET token_hash = $3::bytea, proved_by = greatest(proved_by, $4::smallint)"
    " WHERE user_id = $1 AND token_hash = $2::bytea";

bj_status_t bj_rotate_in(bj_db_t *db, bj_rotation_t *rotation) {
    BJ_DB_RESULT rows = NULL;
    const bj_caller_t *caller = rotation->caller;
    uint8_t hash[BJ_HASH_BYTES];
    bj_token_make(rotation->token);
    bj_token_hash(rotation->token, hash);
    bj_status_t status = bj_db_ask(
        db, rotate_sql,
        BJ_DB_PARAMS(bj_db_u64(caller->user_id).text, HASH(caller->token_hash), HASH(hash),
                     bj_db_u64(rotation->by).text),
        &rows);
    if (status == BJ_OK && bj_db_changed(rows) == 0) status = BJ_ERR_SEQUENCE;
    if (status != BJ_OK) explicit_bzero(rotation->token, sizeof rotation->token);
    return status;
}

void bj_rotated(bj_identity_t *identity, bj_rotation_t *rotation, bj_status_t status) {
    if (status != BJ_OK) explicit_bzero(rotation->token, sizeof rotation->token);
    else if (rotation->token[0]) bj_identity_dead(identity, rotation->caller->token_hash);
}

bj_status_t bj_rotate(bj_identity_t *identity, const bj_trail_who_t *who, bj_rotation_t *rotation) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES];
    const bj_trail_act_t act = {.act = "session.rotate",
                                .outcome = "done",
                                .reason = "an elevation has begun",
                                .subject =
                                    bj_session_subject(rotation->caller->session_hash, subject)};
    bj_status_t status = bj_entry_begin(identity->config.db, &db);
    if (status == BJ_OK) status = bj_rotate_in(db, rotation);
    if (status == BJ_OK) status = bj_entry_commit(db, who, &act);
    bj_rotated(identity, rotation, status);
    return status;
}
