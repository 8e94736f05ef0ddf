#include "controlplane/admin/bj_elevation.h"

#include <inttypes.h>
#include <stdio.h>
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_person.h"

/* Roles of staff that can be lent; an auditor's independence cannot. */
static const bj_role_t lent[] = {BJ_ROLE_DEALER, BJ_ROLE_RISK, BJ_ROLE_COMPLIANCE, BJ_ROLE_SUPPORT,
                                 BJ_ROLE_ADMIN};

const char *bj_elevation_state_name(bj_elevation_state_t state) {
    static const char *const names[] = {"asked", "active", "refused", "ended", "lapsed"};
    return names[state];
}

static unsigned stands_as(const bj_caller_t *caller) {
    return caller->is_operator ? BJ_ROLE_OPERATOR : caller->role;
}

/* The operator has no role that another could be added to. */
void bj_elevation_each_askable(const bj_caller_t *caller, void (*each)(void *ctx, const char *what),
                               void *ctx) {
    char what[BJ_ELEVATION_WHAT_BYTES];
    if (caller->role == BJ_ROLE_CLIENT || caller->role == BJ_ROLE_AUDITOR) return;
    for (int p = BJ_POLICY_NONE + 1; p < BJ_POLICY_CNT; p++) {
        const bj_policy_rule_t *rule = bj_policy_rule((bj_policy_t)p);
        if (!(rule->elevated & stands_as(caller))) continue;
        snprintf(what, sizeof what, "right:%s", rule->name);
        each(ctx, what);
    }
    for (size_t i = 0; i < BJ_COUNT(lent) && !caller->is_operator; i++) {
        if (lent[i] == caller->role) continue;
        snprintf(what, sizeof what, "role:%s", bj_role_name(lent[i]));
        each(ctx, what);
    }
}

typedef struct wanted {
    const char *what;
    bool        found;
} wanted_t;

static void compare(void *ctx, const char *what) {
    wanted_t *wanted = ctx;
    wanted->found |= strcmp(what, wanted->what) == 0;
}

bool bj_elevation_askable(const bj_caller_t *caller, const char *what) {
    wanted_t wanted = {.what = what};
    bj_elevation_each_askable(caller, compare, &wanted);
    return wanted.found;
}

static const char *subject(uint64_t id, char out[BJ_TRAIL_SUBJECT_BYTES]) {
    snprintf(out, BJ_TRAIL_SUBJECT_BYTES, "elevation:%" PRIu64, id);
    return out;
}

const char *const bj_elevation_checks[] = {"call_back",          "mail_word",     "video_document",
                                           "in_person_document", "account_facts", NULL};

static const char ask_sql[] =
    "INSERT INTO elevations (asker, what, minutes, reason, about, checks, act, in_force)"
    " VALUES ($1, $2, $3, $4, nullif($5, '0')::bigint, string_to_array($6, ','), $7, $8)"
    " RETURNING elevation_id, json_strip_nulls(json_build_object('what', what, 'minutes', minutes,"
    "  'about', about::text, 'checks', checks, 'act', act)), in_force";

bj_status_t bj_elevation_ask(bj_db_pool_t *pool, const bj_trail_who_t *who,
                             const bj_elevation_ask_t *ask, uint64_t *id) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char text[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, ask_sql,
                           BJ_DB_PARAMS(who->actor, ask->what, bj_db_u64(ask->minutes).text,
                                        ask->reason, bj_db_u64(ask->about).text, ask->checks,
                                        ask->act_json, ask->in_force_json),
                           &rows);
    }
    if (status != BJ_OK) return status;
    if (!bj_db_get_u64(rows, 0, 0, id)) return BJ_ERR_BAD_FIELD;
    const bj_trail_act_t act = {.act = "elevation.ask", .subject = subject(*id, text),
                                .outcome = "asked", .reason = ask->reason,
                                .before_json = bj_db_get_ref(rows, 0, 2),
                                .after_json = bj_db_get_ref(rows, 0, 1)};
    return bj_entry_commit(db, who, &act);
}

bj_status_t bj_elevation_by_operator(bj_db_pool_t *pool, bool *may) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status =
        bj_db_query(pool, "SELECT elevation_by_operator()", BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) return status;
    return bj_db_get_bool(rows, 0, 0, may) ? BJ_OK : BJ_ERR_BAD_FIELD;
}

/* The row stays locked until the entry is there. */
static const char waits_sql[] = "SELECT CASE $2::text WHEN asker THEN 'one''s own'"
                                "  WHEN 'user:' || about THEN 'about oneself' END"
                                " FROM elevations WHERE elevation_id = $1 AND decider IS NULL"
                                " AND asked_at > now() - interval '1 day' FOR UPDATE";
static const char decide_sql[] =
    "UPDATE elevations SET decider = $2, approved = $3, decided_at = now(),"
    "  ends_at = CASE WHEN $3 AND act IS NOT NULL THEN now()"
    "   WHEN $3 THEN now() + make_interval(mins => minutes) END"
    " WHERE elevation_id = $1 RETURNING CASE WHEN act IS NOT NULL"
    "  THEN json_build_object('what', what, 'asker', asker, 'act', act)"
    " WHEN about IS NULL THEN json_build_object('what', what, 'asker', asker, 'ends', ends_at)"
    "  ELSE json_build_object('what', what, 'asker', asker, 'ends', ends_at, 'about', about::text,"
    "   'checks', checks) END";

bj_status_t bj_elevation_decide(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t id,
                                bool yes, const char *reason) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT waits = NULL;
    BJ_DB_RESULT rows = NULL;
    char text[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, waits_sql, BJ_DB_PARAMS(bj_db_u64(id).text, who->actor), &waits);
    }
    if (status != BJ_OK) return status;
    if (bj_db_rows(waits) == 0) return BJ_ERR_NOT_FOUND;
    const char *own = bj_db_get_ref(waits, 0, 0);
    if (!own) {
        status = bj_db_ask(db, decide_sql,
                           BJ_DB_PARAMS(bj_db_u64(id).text, who->actor, yes ? "true" : "false"),
                           &rows);
    }
    if (status != BJ_OK) return status;
    const bj_trail_act_t act = {.act = yes ? "elevation.approve" : "elevation.refuse",
                                .subject = subject(id, text),
                                .outcome = own ? "refused" : "done",
                                .reason = own ? own : reason,
                                .after_json = own ? NULL : bj_db_get_ref(rows, 0, 0)};
    status = bj_entry_commit(db, who, &act);
    return status == BJ_OK && own ? BJ_ERR_DENIED : status;
}

static const char done_sql[] =
    "UPDATE elevations SET outcome = $2 WHERE elevation_id = $1 AND outcome IS NULL";

bj_status_t bj_elevation_done(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t id,
                              const bj_trail_act_t *entry) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, done_sql, BJ_DB_PARAMS(bj_db_u64(id).text, entry->outcome), &rows);
    }
    if (status != BJ_OK) return status;
    return bj_db_changed(rows) ? bj_entry_commit(db, who, entry) : BJ_ERR_NOT_FOUND;
}

static const char end_sql[] =
    "UPDATE elevations SET ends_at = now() WHERE elevation_id = $1 AND ends_at > now()"
    " AND ($3 OR asker = $2)";

bj_status_t bj_elevation_end(bj_db_pool_t *pool, const bj_trail_who_t *who, uint64_t id,
                             bool anyones) {
    BJ_DB_CONN db = NULL;
    BJ_DB_RESULT rows = NULL;
    char text[BJ_TRAIL_SUBJECT_BYTES];
    bj_status_t status = bj_entry_begin(pool, &db);
    if (status == BJ_OK) {
        status = bj_db_ask(db, end_sql,
                           BJ_DB_PARAMS(bj_db_u64(id).text, who->actor, anyones ? "true" : "false"),
                           &rows);
    }
    if (status != BJ_OK) return status;
    if (bj_db_changed(rows) == 0) return BJ_ERR_NOT_FOUND;
    const bj_trail_act_t act = {.act = "elevation.end", .subject = subject(id, text),
                                .outcome = "done"};
    return bj_entry_commit(db, who, &act);
}

#define COLUMNS                                                                                    \
    "SELECT e.elevation_id, e.asker, coalesce(e.decider, ''), e.what,"                             \
    " e.reason, e.minutes, (extract(epoch FROM e.asked_at) * 1000000)::bigint,"                    \
    " coalesce((extract(epoch FROM e.decided_at) * 1000000)::bigint, 0),"                          \
    " coalesce((extract(epoch FROM e.ends_at) * 1000000)::bigint, 0),"                             \
    " CASE WHEN e.approved AND e.ends_at > now() THEN 1 WHEN e.approved THEN 3"                    \
    "  WHEN e.decider IS NOT NULL THEN 2 WHEN e.asked_at > now() - interval '1 day' THEN 0"        \
    "  ELSE 4 END, coalesce(e.about, 0), coalesce(array_to_string(e.checks, ','), ''),"            \
    " coalesce(e.act::text, ''), coalesce(e.in_force::text, ''), coalesce(e.outcome, ''),"         \
    " coalesce(u.user_id, 0), " BJ_PERSON_COLS                                                     \
    " FROM elevations e LEFT JOIN users u ON e.asker = 'user:' || u.user_id"
enum {
    COL_ID,
    COL_ASKER,
    COL_DECIDER,
    COL_WHAT,
    COL_REASON,
    COL_MINUTES,
    COL_ASKED,
    COL_DECIDED,
    COL_ENDS,
    COL_STATE,
    COL_ABOUT,
    COL_CHECKS,
    COL_ACT,
    COL_IN_FORCE,
    COL_OUTCOME,
    COL_USER,
    COL_PERSON
};

static bool read_row(const bj_db_result_t *rows, size_t i, bj_elevation_t *e) {
    uint32_t state;
    bool ok = bj_db_get_u64(rows, i, COL_ID, &e->id) &&
              bj_db_get_str(rows, i, COL_ASKER, e->asker, sizeof e->asker) &&
              bj_db_get_str(rows, i, COL_DECIDER, e->decider, sizeof e->decider) &&
              bj_db_get_str(rows, i, COL_WHAT, e->what, sizeof e->what) &&
              bj_db_get_str(rows, i, COL_REASON, e->reason, sizeof e->reason) &&
              bj_db_get_u32(rows, i, COL_MINUTES, &e->minutes) &&
              bj_db_get_i64(rows, i, COL_ASKED, &e->asked_us) &&
              bj_db_get_i64(rows, i, COL_DECIDED, &e->decided_us) &&
              bj_db_get_i64(rows, i, COL_ENDS, &e->ends_us) &&
              bj_db_get_u64(rows, i, COL_ABOUT, &e->about) &&
              bj_db_get_str(rows, i, COL_CHECKS, e->checks, sizeof e->checks) &&
              bj_db_get_str(rows, i, COL_ACT, e->act, sizeof e->act) &&
              bj_db_get_str(rows, i, COL_IN_FORCE, e->in_force, sizeof e->in_force) &&
              bj_db_get_str(rows, i, COL_OUTCOME, e->outcome, sizeof e->outcome) &&
              bj_db_get_u32(rows, i, COL_STATE, &state) && state <= BJ_ELEVATION_LAPSED;
    if (ok) e->state = (bj_elevation_state_t)state;
    return ok;
}

/* The operator has no name, nor has who was erased. */
static bj_status_t read_name(bj_keys_t *keys, const bj_db_result_t *rows, size_t i,
                             bj_elevation_t *e) {
    uint64_t user_id;
    char email[BJ_EMAIL_BYTES];
    e->asker_name[0] = '\0';
    if (!bj_db_get_u64(rows, i, COL_USER, &user_id)) return BJ_ERR_BAD_FIELD;
    if (user_id == 0) return BJ_OK;
    bj_status_t status = bj_person_read(keys, user_id, rows, i, COL_PERSON, email, e->asker_name);
    if (status != BJ_OK) e->asker_name[0] = '\0';
    return status == BJ_ERR_CORRUPT ? BJ_OK : status;
}

static const char list_sql[] =
    COLUMNS " WHERE ($1::text IS NULL OR e.asker = $1) AND (NOT $2 OR e.ends_at > now()"
            "  OR (e.decider IS NULL AND e.asked_at > now() - interval '1 day'))"
            " ORDER BY e.elevation_id DESC LIMIT $3";

bj_status_t bj_elevation_list(bj_db_pool_t *pool, bj_keys_t *keys, const char *asker,
                              bool open_only, bj_elevation_t *rows, size_t rows_max, size_t *cnt) {
    BJ_DB_RESULT result = NULL;
    *cnt = 0;
    bj_status_t status = bj_db_query(
        pool, list_sql,
        BJ_DB_PARAMS(asker, open_only ? "true" : "false", bj_db_u64(rows_max).text), &result);
    for (size_t i = 0; status == BJ_OK && i < bj_db_rows(result); i++) {
        if (!read_row(result, i, &rows[i])) return BJ_ERR_BAD_FIELD;
        status = read_name(keys, result, i, &rows[i]);
        *cnt += status == BJ_OK;
    }
    return status;
}

bj_status_t bj_elevation_get(bj_db_pool_t *pool, bj_keys_t *keys, uint64_t id,
                             bj_elevation_t *row) {
    BJ_DB_RESULT result = NULL;
    bj_status_t status = bj_db_query(pool, COLUMNS " WHERE e.elevation_id = $1",
                                     BJ_DB_PARAMS(bj_db_u64(id).text), &result);
    if (status != BJ_OK) return status;
    if (bj_db_rows(result) == 0) return BJ_ERR_NOT_FOUND;
    return read_row(result, 0, row) ? read_name(keys, result, 0, row) : BJ_ERR_BAD_FIELD;
}

/* What would let the caller pass, as an array of PostgreSQL. */
static void wanted_of(bj_policy_t policy, const bj_caller_t *caller, char *out, size_t out_bytes) {
    const bj_policy_rule_t *rule = bj_policy_rule(policy);
    size_t at = (size_t)snprintf(out, out_bytes, "{");
    if (rule->elevated & stands_as(caller)) {
        at += (size_t)snprintf(out + at, out_bytes - at, "right:%s", rule->name);
    }
    for (size_t i = 0; i < BJ_COUNT(lent); i++) {
        if (!(bj_access_roles(policy) & lent[i])) continue;
        at += (size_t)snprintf(out + at, out_bytes - at, "%srole:%s", at > 1 ? "," : "",
                               bj_role_name(lent[i]));
    }
    snprintf(out + at, out_bytes - at, "}");
}

static const char find_sql[] =
    "SELECT elevation_id, what, (extract(epoch FROM decided_at) * 1000000)::bigint FROM elevations"
    " WHERE asker = $1 AND what = ANY ($2::text[])"
    " AND approved AND ends_at > now() ORDER BY ends_at DESC LIMIT 1";

void bj_elevation_give(void *pool, bj_policy_t policy, bj_caller_t *caller) {
    BJ_DB_RESULT rows = NULL;
    char wanted[256];
    bj_trail_who_t who = bj_trail_who(caller, "-");
    wanted_of(policy, caller, wanted, sizeof wanted);
    if (strcmp(wanted, "{}") == 0) return;
    if (bj_db_query(pool, find_sql, BJ_DB_PARAMS(who.actor, wanted), &rows) != BJ_OK) return;
    const char *what = bj_db_get_ref(rows, 0, 1);
    int64_t since_us;
    if (!what || !bj_db_get_i64(rows, 0, 2, &since_us) ||
        !bj_db_get_str(rows, 0, 0, caller->elevation, sizeof caller->elevation)) {
        return;
    }
    caller->elevated_ns = since_us * BJ_NS_PER_US;
    if (strncmp(what, "role:", 5) == 0) caller->elevated_role = bj_role_of(what + 5);
    else caller->elevated_policy = (int)bj_policy_of(what + 6);
}
