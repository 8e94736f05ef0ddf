/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): what is asked for is given by somebody else, lasts for so long, is
 * found for the policies that it gives and for no others, and ends. */
#include <stdlib.h>
#include "controlplane/admin/bj_elevation.h"
#include "controlplane/keys/keys_test.h"
#include "dataplane/base/bj_test.h"

static bj_db_pool_t *db, *owner;
static const bj_trail_who_t operator_ = {.actor = "operator", .role = "admin", .address = "::1"};
static bj_keys_t *keys;
static bj_trail_who_t admin, support, client;

static void run(const char *sql) {
    BJ_DB_CONN conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK && bj_db_script(conn, sql) == BJ_OK);
}

static bj_trail_who_t person(const char *email, bj_role_t role) {
    BJ_DB_RESULT rows = NULL;
    uint64_t user_id = 0;
    static const char sql[] =
        "WITH e AS (SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL,"
        " NULL, 'local', NULL)), made AS (INSERT INTO users (email, name, password_hash, role)"
        " VALUES ($1, 'A', '$argon2id$x', $2::user_role) RETURNING user_id)"
        " SELECT user_id FROM made, e";
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(email, bj_role_name(role)), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &user_id));
    return bj_trail_user(user_id, role, "::1");
}

static bj_caller_t caller_of(const bj_trail_who_t *who) {
    bj_caller_t caller = {.role = bj_role_of(who->role),
                          .is_operator = strcmp(who->actor, "operator") == 0};
    if (!caller.is_operator) caller.user_id = strtoull(who->actor + 5, NULL, 10);
    return caller;
}

static uint64_t asked(const bj_trail_who_t *who, const char *what) {
    uint64_t id = 0;
    const bj_elevation_ask_t ask = {.what = what, .minutes = 30, .reason = "because"};
    BJ_CHECK(bj_elevation_ask(db, who, &ask, &id) == BJ_OK && id > 0);
    return id;
}

static bj_elevation_t got(uint64_t id) {
    bj_elevation_t row = {.id = 0};
    BJ_CHECK(bj_elevation_get(db, keys, id, &row) == BJ_OK);
    return row;
}

/* Whether this policy is found for who now. */
static bool has(const bj_trail_who_t *who, bj_policy_t policy) {
    bj_caller_t caller = caller_of(who);
    bj_elevation_give(db, policy, &caller);
    return caller.elevation[0] != '\0';
}

static void test_askable(void) {
    static const struct {
        bj_role_t   role;
        bool        is_operator;
        const char *what;
        bool        want;
    } rows[] = {
        {BJ_ROLE_ADMIN, false, "right:day_end", true},
        {BJ_ROLE_ADMIN, false, "right:limit_set", false}, /* has it */
        {BJ_ROLE_ADMIN, false, "role:risk", true},
        {BJ_ROLE_ADMIN, false, "role:admin", false}, /* is it */
        {BJ_ROLE_ADMIN, false, "role:client", false},
        {BJ_ROLE_ADMIN, false, "role:auditor", false},
        {BJ_ROLE_SUPPORT, false, "right:day_end", false},
        {BJ_ROLE_SUPPORT, false, "right:user_reveal", true},
        {BJ_ROLE_SUPPORT, false, "role:admin", true},
        {BJ_ROLE_AUDITOR, false, "role:admin", false},
        {BJ_ROLE_CLIENT, false, "role:dealer", false},
        {BJ_ROLE_ADMIN, true, "right:user_set", true},
        {BJ_ROLE_ADMIN, true, "role:risk", false},
        {BJ_ROLE_ADMIN, false, "", false},
        {BJ_ROLE_ADMIN, false, "right:none", false},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_caller_t caller = {.role = rows[i].role, .is_operator = rows[i].is_operator};
        bool may = bj_elevation_askable(&caller, rows[i].what);
        BJ_CHECK(may == rows[i].want);
        if (may != rows[i].want) fprintf(stderr, "  %s\n", rows[i].what);
    }
}

static void test_by_two(void) {
    uint64_t id = asked(&support, "right:user_reveal");
    BJ_CHECK(got(id).state == BJ_ELEVATION_ASKED && !has(&support, BJ_POLICY_USER_REVEAL));
    BJ_CHECK(bj_elevation_decide(db, &support, id, true, NULL) == BJ_ERR_DENIED);
    BJ_CHECK(bj_elevation_decide(db, &support, id, false, "no") == BJ_ERR_DENIED);
    /* The gate lets neither come here; the database does not either. */
    BJ_CHECK(bj_elevation_decide(db, &client, id, true, NULL) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(!has(&support, BJ_POLICY_USER_REVEAL));
    BJ_CHECK(bj_elevation_decide(db, &admin, id, true, NULL) == BJ_OK);
    BJ_CHECK(got(id).state == BJ_ELEVATION_ACTIVE && has(&support, BJ_POLICY_USER_REVEAL));
    BJ_CHECK(!has(&support, BJ_POLICY_USER_SET) && !has(&admin, BJ_POLICY_USER_REVEAL));
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, false, "late") == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_elevation_decide(db, &admin, 999999, true, NULL) == BJ_ERR_NOT_FOUND);
}

static void test_end(void) {
    uint64_t id = asked(&support, "role:risk");
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, true, NULL) == BJ_OK);
    BJ_CHECK(has(&support, BJ_POLICY_LIMIT_SET) && has(&support, BJ_POLICY_KILL_MEMBER));
    BJ_CHECK(!has(&support, BJ_POLICY_MARKET_SET) && !has(&support, BJ_POLICY_DAY_END));
    BJ_CHECK(!has(&support, BJ_POLICY_ELEVATION_DECIDE));
    BJ_CHECK(bj_elevation_end(db, &client, id, false) == BJ_ERR_NOT_FOUND); /* not its own */
    BJ_CHECK(bj_elevation_end(db, &support, id, false) == BJ_OK);
    BJ_CHECK(!has(&support, BJ_POLICY_LIMIT_SET) && got(id).state == BJ_ELEVATION_ENDED);
    BJ_CHECK(bj_elevation_end(db, &support, id, false) == BJ_ERR_NOT_FOUND);
    id = asked(&support, "role:risk");
    BJ_CHECK(bj_elevation_decide(db, &admin, id, false, "not today") == BJ_OK);
    BJ_CHECK(got(id).state == BJ_ELEVATION_REFUSED && !has(&support, BJ_POLICY_LIMIT_SET));
}

/* Moves what there is into the past; as if that much time had gone by. */
static void let_pass(const char *columns) {
    char sql[512];
    snprintf(sql, sizeof sql,
             "BEGIN; SET LOCAL session_replication_role = replica;"
             " UPDATE elevations SET %s; COMMIT", columns);
    run(sql);
}

static void test_time(void) {
    uint64_t id = asked(&admin, "right:day_end");
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, true, NULL) == BJ_OK);
    BJ_CHECK(has(&admin, BJ_POLICY_DAY_END));
    let_pass("decided_at = decided_at - interval '30 min', ends_at = ends_at - interval '30 min'");
    BJ_CHECK(!has(&admin, BJ_POLICY_DAY_END) && got(id).state == BJ_ELEVATION_ENDED);
    id = asked(&admin, "right:day_end");
    let_pass("asked_at = asked_at - interval '1 day'");
    BJ_CHECK(got(id).state == BJ_ELEVATION_LAPSED);
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, true, NULL) == BJ_ERR_NOT_FOUND);
}

static void test_list(void) {
    static bj_elevation_t rows[BJ_ELEVATIONS_LIST_MAX];
    size_t all, own, open;
    uint64_t id = asked(&operator_, "right:user_set");
    BJ_CHECK(bj_elevation_list(db, keys, NULL, false, rows, BJ_ELEVATIONS_LIST_MAX, &all) == BJ_OK);
    BJ_CHECK(rows[0].id == id && !strcmp(rows[0].asker, "operator") && !rows[0].asker_name[0]);
    BJ_CHECK(bj_elevation_list(db, keys, support.actor, false, rows, 100, &own) == BJ_OK &&
             own == 3);
    BJ_CHECK(!strcmp(rows[0].asker_name, "A") && !strcmp(rows[0].reason, "because"));
    BJ_CHECK(bj_elevation_list(db, keys, NULL, true, rows, 100, &open) == BJ_OK);
    BJ_CHECK(open == 1 && all > own);
}

/* For whom, and how it was made sure who asks. */
static void test_about(void) {
    const uint64_t whom = strtoull(client.actor + 5, NULL, 10);
    const struct {
        const bj_trail_who_t *who;
        bj_elevation_ask_t ask;
        bj_status_t want;
    } rows[] = {
        {&support, {.what = "right:factor_drop"}, BJ_ERR_BAD_FIELD},
        {&support, {.what = "right:factor_drop", .about = whom}, BJ_ERR_BAD_FIELD},
        {&support,
         {.what = "right:factor_drop", .about = whom, .checks = "call_back"},
         BJ_ERR_BAD_FIELD},
        {&support,
         {.what = "right:factor_drop", .about = whom, .checks = "call_back,mail"},
         BJ_ERR_BAD_FIELD},
        {&support,
         {.what = "right:factor_drop", .about = 999999, .checks = "in_person_document"},
         BJ_ERR_BAD_FIELD},
        {&client,
         {.what = "right:factor_drop", .about = whom, .checks = "in_person_document"},
         BJ_ERR_BAD_FIELD},
        {&support,
         {.what = "right:user_set", .about = whom, .checks = "in_person_document"},
         BJ_ERR_BAD_FIELD},
        {&support,
         {.what = "right:factor_drop", .about = whom, .checks = "in_person_document"},
         BJ_OK},
        {&support,
         {.what = "right:factor_drop", .about = whom, .checks = "call_back,mail_word"},
         BJ_OK},
    };
    uint64_t id = 0;
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_elevation_ask_t ask = rows[i].ask;
        ask.minutes = 5, ask.reason = "lost the phone";
        BJ_CHECK(bj_elevation_ask(db, rows[i].who, &ask, &id) == rows[i].want);
    }
    bj_elevation_t row = got(id);
    BJ_CHECK(row.about == whom && !strcmp(row.checks, "call_back,mail_word"));
    row = got(asked(&support, "role:risk"));
    BJ_CHECK(row.about == 0 && !row.checks[0]);
    /* Whom it is about does not decide on it. */
    const bj_elevation_ask_t of_admin = {.what = "right:factor_drop",
                                         .minutes = 5,
                                         .reason = "r",
                                         .about = strtoull(admin.actor + 5, NULL, 10),
                                         .checks = "in_person_document"};
    BJ_CHECK(bj_elevation_ask(db, &support, &of_admin, &id) == BJ_OK);
    BJ_CHECK(bj_elevation_decide(db, &admin, id, true, NULL) == BJ_ERR_DENIED);
    BJ_CHECK(got(id).state == BJ_ELEVATION_ASKED);
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, true, NULL) == BJ_OK);
}

/* The machine's token gives until there are two people who can, and refuses at any time. */
static void test_by_people(void) {
    bool may = false;
    uint64_t id = asked(&support, "role:risk"), other = asked(&support, "role:risk");
    run("BEGIN; SET LOCAL session_replication_role = replica;"
        " UPDATE users SET confirmed_at = now() WHERE role = 'admin'; COMMIT");
    BJ_CHECK(bj_elevation_by_operator(db, &may) == BJ_OK && may);
    person("compliance@b.in", BJ_ROLE_COMPLIANCE);
    BJ_CHECK(bj_elevation_by_operator(db, &may) == BJ_OK && may); /* has not confirmed yet */
    run("BEGIN; SET LOCAL session_replication_role = replica;"
        " UPDATE users SET confirmed_at = now() WHERE role = 'compliance'; COMMIT");
    BJ_CHECK(bj_elevation_by_operator(db, &may) == BJ_OK && !may);
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, true, NULL) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_elevation_decide(db, &operator_, other, false, "no") == BJ_OK);
    run("BEGIN; SET LOCAL session_replication_role = replica;"
        " UPDATE users SET suspended_at = now(), suspended_by = 'operator', suspend_reason = 'r'"
        " WHERE role = 'compliance'; COMMIT");
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, true, NULL) == BJ_ERR_BAD_FIELD);
    run("BEGIN; SET LOCAL session_replication_role = replica;"
        " UPDATE users SET suspended_at = now() - interval '8 days', suspended_by = 'user:999'"
        " WHERE role = 'compliance'; COMMIT");
    BJ_CHECK(bj_elevation_decide(db, &operator_, id, true, NULL) == BJ_OK);
}

/* Asked, given, refused, ended: all of it is in the trail, with who it was. */
static void test_trail(void) {
    BJ_DB_RESULT rows = NULL;
    static const char sql[] =
        "SELECT count(*) FILTER (WHERE act = 'elevation.ask' AND outcome = 'asked'),"
        " count(*) FILTER (WHERE act LIKE 'elevation.%' AND outcome = 'refused'),"
        " count(*) FILTER (WHERE act = 'elevation.approve' AND outcome = 'done'),"
        " count(*) FILTER (WHERE act = 'elevation.end') FROM audit_entries";
    static const int64_t want[] = {6, 2, 3, 1};
    BJ_CHECK(bj_db_query(db, sql, BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    for (size_t i = 0; i < BJ_COUNT(want); i++) {
        int64_t cnt = 0;
        BJ_CHECK(bj_db_get_i64(rows, 0, i, &cnt) && cnt == want[i]);
    }
}

int main(void) {
    const char *conninfo = getenv("BJ_TEST_PG"), *control = getenv("BJ_TEST_PG_CONTROL");
    test_askable();
    if (!conninfo || !control) {
        fprintf(stderr, "test_bj_elevation: SKIPPED: BJ_TEST_PG is not set; run it by "
                        "tests/with-pg\n");
        return bj_test_end("test_bj_elevation (without BJ_TEST_PG)");
    }
    db = bj_db_pool_new(control, 2, 3000);
    owner = bj_db_pool_new(conninfo, 1, 3000);
    bj_seal_t *seal;
    keys = keys_test_new(db, "1 " KEYS_TEST_A "\n", &seal);
    admin = person("admin@b.in", BJ_ROLE_ADMIN);
    support = person("support@b.in", BJ_ROLE_SUPPORT);
    client = person("client@b.in", BJ_ROLE_CLIENT);
    test_by_two();
    test_end();
    test_time();
    test_list();
    test_trail();
    test_about();
    test_by_people();
    bj_keys_free(keys);
    bj_seal_free(seal);
    bj_db_pool_free(db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_elevation");
}
