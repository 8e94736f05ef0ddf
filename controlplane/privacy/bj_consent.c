#include "controlplane/privacy/bj_consent.h"

#include <stdio.h>
#include "controlplane/audit/bj_entry.h"

/* Of each purpose the newest notice that has begun. */
#define NOTICES                                                                                    \
    "(SELECT DISTINCT ON (purpose) * FROM notices WHERE from_date <= current_date"                 \
    "  ORDER BY purpose, version DESC) n"

static const char list_sql[] =
    "SELECT coalesce(json_agg(t ORDER BY t.required DESC, t.purpose), '[]') FROM ("
    "SELECT n.purpose, n.version, n.title, n.words, n.required,"
    "  n.required OR coalesce(c.given AND c.version = n.version, false) AS given, c.at"
    " FROM " NOTICES " LEFT JOIN LATERAL (SELECT given, version, at FROM consents"
    "  WHERE user_id = $1 AND purpose = n.purpose ORDER BY consent_id DESC LIMIT 1) c ON true) t";

bj_status_t bj_consent_list(bj_db_pool_t *db, uint64_t user_id, json_t **out) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(db, list_sql, BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    if (status != BJ_OK) return status;
    const char *text = bj_db_get_ref(rows, 0, 0);
    *out = text ? json_loads(text, 0, NULL) : NULL;
    return *out ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static const char notice_sql[] =
    "SELECT n.version, n.required FROM " NOTICES " WHERE n.purpose = $1";
static const char put_sql[] =
    "INSERT INTO consents (user_id, purpose, version, given) VALUES ($1, $2, $3, $4::boolean)";

static bj_status_t put_in(bj_db_t *db, uint64_t user_id, const char *purpose, uint32_t version,
                          bool given) {
    BJ_DB_RESULT rows = NULL;
    uint32_t now;
    bool required;
    bj_status_t status = bj_db_ask(db, notice_sql, BJ_DB_PARAMS(purpose), &rows);
    if (status != BJ_OK) return status;
    if (bj_db_rows(rows) == 0) return BJ_ERR_NOT_FOUND;
    if (!bj_db_get_u32(rows, 0, 0, &now) || !bj_db_get_bool(rows, 0, 1, &required)) {
        return BJ_ERR_BAD_FIELD;
    }
    if (required) return BJ_ERR_DENIED;
    if (version != now) return BJ_ERR_NOT_FOUND;
    return bj_db_ask(
        db, put_sql,
        BJ_DB_PARAMS(bj_db_u64(user_id).text, purpose, bj_db_u64(version).text, given ? "t" : "f"),
        NULL);
}

bj_status_t bj_consent_put(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t user_id,
                           const char *purpose, uint32_t version, bool given) {
    BJ_DB_CONN db = NULL;
    char subject[BJ_TRAIL_SUBJECT_BYTES], after[96];
    snprintf(after, sizeof after, "{\"purpose\":\"%.40s\",\"version\":%u,\"given\":%s}", purpose,
             version, given ? "true" : "false");
    const bj_trail_act_t act = {.act = "privacy.consent",
                                .outcome = "done",
                                .subject = bj_user_subject(user_id, subject),
                                .after_json = after};
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) status = put_in(db, user_id, purpose, version, given);
    return status == BJ_OK ? bj_entry_commit(db, who, &act) : status;
}
