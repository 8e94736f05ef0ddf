/* With a PostgreSQL (BJ_TEST_PG as its owner, the server's role in BJ_TEST_PG_CONTROL;
 * tests/with-pg starts one): what the engine refuses of one waits for another, is sent once with
 * what was asked for, and not when something else is in force by then; the operator decides alone
 * while nobody else could.  The gateway is played here. */
#include <inttypes.h>
#include <stdlib.h>
#include "controlplane/admin/bj_admin_msg.h"
#include "controlplane/admin/bj_admin_second_http.h"
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/keys/keys_test.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/orders/bj_orders_http.h"
#include "controlplane/server/bj_routes.h"
#include "dataplane/base/bj_test.h"

#define TCS 11536

static bj_app_t app;
static bj_db_pool_t *owner;
static bj_caller_t admin, risk, compliance;
static const bj_caller_t machine = {.role = BJ_ROLE_ADMIN, .is_operator = true};

/* --- the engine: one limit, whose raise takes two */

static int64_t       in_force;
static uint64_t      mark = 77; /* of phases */
static int32_t       halted = 1;
static bj_oe_admin_t got;
static uint64_t      got_author;
static unsigned      got_cnt;
static bool          up = true;
static bj_status_t   says;

bj_status_t bj_orders_command(bj_orders_t *orders, const bj_oe_admin_t *command, uint64_t author,
                              const char *reason, bj_oe_report_t *report) {
    (void)orders;
    BJ_CHECK(strcmp(reason, "why") == 0);
    got = *command, got_author = author, got_cnt++;
    *report = (bj_oe_report_t){.event_seq = 9, .client_order_id = (uint64_t)in_force};
    bool is_limit = command->kind == BJ_OE_ADMIN_LIMIT;
    bool more = is_limit ? command->order_value_max_paise > in_force : true;
    if (!is_limit) {
        report->value = BJ_STATE_HALTED, report->client_order_id = mark;
        if (!command->token) report->leaves_qty = halted, report->cum_qty = 2;
    }
    if (more && command->how != BJ_OE_HOW_TWO) return BJ_REJ_SECOND_PERSON;
    if (says == BJ_OK && is_limit) in_force = command->order_value_max_paise;
    return says;
}

bool bj_orders_up(bj_orders_t *orders) {
    (void)orders;
    return up;
}

void bj_orders_refuse(bj_http_resp_t *resp, bj_status_t status) {
    bj_http_fail(resp, 422, "rejected", NULL, "%s", bj_status_text(status));
}

bj_status_t bj_trail_log(bj_trail_keeper_t *keeper, const bj_trail_who_t *who,
                         const bj_trail_act_t *act) {
    (void)keeper;
    return bj_trail_add(app.db, who, act);
}

/* --- requests */

static void run(const char *sql) {
    BJ_DB_CONN conn = NULL;
    BJ_CHECK(bj_db_take(owner, &conn) == BJ_OK && bj_db_script(conn, sql) == BJ_OK);
}

static bj_caller_t person(const char *email, bj_role_t role) {
    BJ_DB_RESULT rows = NULL;
    bj_caller_t caller = {.role = role};
    static const char sql[] =
        "WITH e AS (SELECT audit_append('setup', 'none', 'user.put', 'user:1', 'done', NULL, NULL,"
        " NULL, 'local', NULL)), made AS (INSERT INTO users (email, name, password_hash, role,"
        " confirmed_at) VALUES ($1, 'A', '$argon2id$x', $2::user_role, now()) RETURNING user_id)"
        " SELECT user_id FROM made, e";
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_PARAMS(email, bj_role_name(role)), &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &caller.user_id));
    return caller;
}

/* The answer's code; *resp is the caller's to drop. */
static int ask(const bj_caller_t *caller, const char *path, const char *body,
               bj_http_resp_t *resp) {
    static const bj_route_t *const lists[] = {bj_admin_engine_routes, bj_elevation_routes, NULL};
    char param[BJ_HTTP_PARAM_BYTES], text[256];
    int code;
    snprintf(text, sizeof text, "%s", body);
    for (char *p = text; *p; p++) *p = *p == '\'' ? '"' : *p;
    bj_http_req_t req = {.method = "POST", .path = path, .query = "", .param = param, .body = text,
                         .body_bytes = strlen(text), .caller = caller, .client = "::1"};
    const bj_route_t *route = bj_route_find(lists, "POST", path, param, &code);
    BJ_CHECK(route);
    req.act = route->act;
    *resp = (bj_http_resp_t){.code = 0};
    route->run(&app, &req, resp);
    return resp->code;
}

static int raise(const bj_caller_t *caller, int64_t value, bj_http_resp_t *resp) {
    char body[128];
    snprintf(body, sizeof body,
             "{'level':'account','limit':'order_qty','account_id':'1001','value':%" PRId64
             ",'reason':'why'}", value);
    return ask(caller, "/admin/limit", body, resp);
}

static int decide(const bj_caller_t *caller, const char *id, const char *word,
                  bj_http_resp_t *resp) {
    char path[64];
    snprintf(path, sizeof path, "/elevations/%s/%s", id, word);
    return ask(caller, path, strcmp(word, "refuse") == 0 ? "{'reason':'no'}" : "{}", resp);
}

/* Asks, and keeps the ask's number. */
static void waits(const bj_caller_t *caller, int64_t value, char id[24]) {
    bj_http_resp_t resp;
    BJ_CHECK(raise(caller, value, &resp) == 202);
    json_t *row = json_object_get(resp.json, "waits");
    const char *text = json_string_value(json_object_get(row, "id"));
    snprintf(id, 24, "%s", text ? text : "0");
    json_decref(resp.json);
}

static int decided(const bj_caller_t *caller, const char *id, const char *word) {
    bj_http_resp_t resp;
    int code = decide(caller, id, word, &resp);
    json_decref(resp.json);
    return code;
}

static bool has(const json_t *row, const char *name, const char *want) {
    char *text = json_dumps(json_object_get(row, name),
                            JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    for (char *p = text; p && *p; p++) *p = *p == '"' ? '\'' : *p;
    bool same = text && strcmp(text, want) == 0;
    if (!same) fprintf(stderr, "  %s: %s\n", name, text ? text : "none");
    free(text);
    return same;
}

/* --- what is seen */

static void test_waits_for_another(void) {
    bj_http_resp_t resp;
    char id[24];
    in_force = 5;
    BJ_CHECK(raise(&risk, 4, &resp) == 200 && in_force == 4); /* tighter: at once */
    json_decref(resp.json);
    BJ_CHECK(raise(&risk, 7, &resp) == 202 && in_force == 4);
    json_t *row = json_object_get(resp.json, "waits");
    BJ_CHECK(has(row, "what", "'act:limit'") && has(row, "state", "'asked'"));
    BJ_CHECK(has(row, "act", "{'account_id':'1001','level':'account','limit':'order_qty',"
                             "'value':7}"));
    BJ_CHECK(has(row, "in_force", "{'value':4}") && has(row, "own", "true"));
    snprintf(id, sizeof id, "%s", json_string_value(json_object_get(row, "id")));
    json_decref(resp.json);
    BJ_CHECK(decided(&risk, id, "approve") == 403 && in_force == 4);
    unsigned before = got_cnt;
    BJ_CHECK(decide(&compliance, id, "approve", &resp) == 200 && in_force == 7);
    row = json_object_get(resp.json, "elevation");
    BJ_CHECK(has(row, "outcome", "'done'") && has(row, "state", "'ended'"));
    json_decref(resp.json);
    BJ_CHECK(got_cnt == before + 2 && got_author == risk.user_id && got.how == BJ_OE_HOW_TWO);
    BJ_CHECK(got.account_id == 1001 && got.limit == BJ_LIMIT_ORDER_QTY);
    BJ_CHECK(decided(&admin, id, "approve") == 404 && got_cnt == before + 2);
}

static void test_refused_by_somebody(void) {
    char id[24];
    in_force = 5;
    waits(&admin, 9, id);
    BJ_CHECK(decided(&admin, id, "refuse") == 403);
    unsigned before = got_cnt;
    BJ_CHECK(decided(&compliance, id, "refuse") == 200 && in_force == 5 && got_cnt == before);
    BJ_CHECK(decided(&compliance, id, "approve") == 404 && in_force == 5);
}

/* Somebody has tightened it since; or raised it as far, so that it loosens nothing any more. */
static void test_changed_since(void) {
    char id[24];
    in_force = 5;
    waits(&risk, 9, id);
    in_force = 2;
    BJ_CHECK(decided(&compliance, id, "approve") == 409 && in_force == 2);
    BJ_CHECK(decided(&admin, id, "approve") == 404);
    waits(&risk, 9, id);
    in_force = 20;
    BJ_CHECK(decided(&compliance, id, "approve") == 200 && in_force == 9 && got.how == 0);
}

static void test_gateway(void) {
    char id[24];
    in_force = 5;
    waits(&risk, 9, id);
    up = false;
    BJ_CHECK(decided(&compliance, id, "approve") == 503);
    up = true, says = BJ_REJ_ACCOUNT_UNKNOWN;
    BJ_CHECK(decided(&compliance, id, "approve") == 422); /* the yes was not lost: it was used */
    says = BJ_OK;
    BJ_CHECK(decided(&compliance, id, "approve") == 404 && in_force == 5);
}

static void test_states(void) {
    static const struct {
        const char *path, *body, *what, *act;
    } rows[] = {
        {"/admin/instruments/TCS/resume", "{'reason':'why'}", "'act:state'",
         "{'state':'open','symbol':'TCS'}"},
        {"/admin/instruments/ALL/phase", 
         "{'phase':'auction','auction':'resume','reference_paise':5,'band_bp':300,'reason':'why'}",
         "'act:phase'", "{'auction':'resume','band_bp':300,'reference_paise':5,'state':'auction',"
         "'symbol':'ALL'}"},
        {"/admin/instruments/TCS/uncross", 
         "{'then':'open','market_first':true,'reason':'why'}", "'act:uncross'",
         "{'market_first':true,'state':'open','symbol':'TCS'}"},
        {"/admin/instruments/TCS/band", "{'lo_paise':100,'hi_paise':200,'reason':'why'}",
         "'act:band'", "{'hi_paise':200,'lo_paise':100,'symbol':'TCS'}"},
    };
    for (size_t i = 0; i < BJ_COUNT(rows); i++) {
        bj_http_resp_t resp;
        char id[24];
        BJ_CHECK(ask(&admin, rows[i].path, rows[i].body, &resp) == 202);
        bj_oe_admin_t asked = got;
        json_t *row = json_object_get(resp.json, "waits");
        BJ_CHECK(has(row, "what", rows[i].what) && has(row, "act", rows[i].act));
        if (i < 3)
            BJ_CHECK(has(row, "in_force", asked.token ? "{'mark':77,'state':'halted'}"
                                                      : "{'closed':2,'halted':1,'mark':77,"
                                                        "'state':'halted'}"));
        snprintf(id, sizeof id, "%s", json_string_value(json_object_get(row, "id")));
        json_decref(resp.json);
        BJ_CHECK(decided(&compliance, id, "approve") == 200);
        asked.how = BJ_OE_HOW_TWO;
        BJ_CHECK(memcmp(&got, &asked, sizeof got) == 0); /* all that was asked for */
    }
}

/* A yes is for what was stopped when it was asked for: not for what was halted since, nor for one
 * that was opened and halted again. */
static void test_stopped_since(void) {
    static const char *const symbols[] = {"ALL", "TCS"};
    for (size_t i = 0; i < BJ_COUNT(symbols); i++) {
        bj_http_resp_t resp;
        char path[64], id[24];
        snprintf(path, sizeof path, "/admin/instruments/%s/phase", symbols[i]);
        BJ_CHECK(ask(&admin, path, "{'phase':'open','reason':'why'}", &resp) == 202);
        json_t *row = json_object_get(resp.json, "waits");
        snprintf(id, sizeof id, "%s", json_string_value(json_object_get(row, "id")));
        json_decref(resp.json);
        unsigned before = got_cnt;
        mark++;
        BJ_CHECK(decided(&compliance, id, "approve") == 409 && got_cnt == before + 1);
        BJ_CHECK(decided(&compliance, id, "approve") == 404);
    }
}

/* The machine's token: not alone while two people can; alone before. */
static void test_operator(void) {
    bj_http_resp_t resp;
    char id[24];
    in_force = 5;
    waits(&machine, 6, id);
    BJ_CHECK(decided(&machine, id, "approve") == 403 && in_force == 5);
    BJ_CHECK(decided(&admin, id, "approve") == 200 && in_force == 6);
    run("BEGIN; SET LOCAL session_replication_role = replica;"
        " UPDATE users SET suspended_at = now(), suspended_by = 'operator', suspend_reason = 'r'"
        " WHERE role = 'compliance'; COMMIT");
    BJ_CHECK(raise(&machine, 8, &resp) == 202 && in_force == 6); /* suspending gains nothing */
    json_decref(resp.json);
    run("BEGIN; SET LOCAL session_replication_role = replica;"
        " UPDATE users SET role = 'support' WHERE role = 'compliance'; COMMIT");
    BJ_CHECK(raise(&machine, 8, &resp) == 200 && in_force == 8 && got.how == BJ_OE_HOW_TWO);
    json_decref(resp.json);
    waits(&risk, 9, id); /* people never alone */
    BJ_CHECK(decided(&machine, id, "approve") == 200 && in_force == 9);
}

/* What was in force, who asked, who said yes, under which ask. */
static void test_trail(void) {
    BJ_DB_RESULT rows = NULL;
    static const char sql[] =
        "SELECT count(*) FILTER (WHERE act = 'elevation.ask' AND before_json @> '{\"value\": 4}'),"
        " count(*) FILTER (WHERE act = 'elevation.approve' AND after_json -> 'act' IS NOT NULL),"
        " count(*) FILTER (WHERE act = 'limit.set' AND outcome = 'done' AND elevation = '1'),"
        " count(*) FILTER (WHERE act = 'limit.set' AND outcome = 'asked' AND elevation = '1'"
        "  AND before_json @> '{\"value\": 4}' AND after_json @> '{\"act\": {\"value\": 7}}'"
        "  AND after_json ->> 'asker' LIKE 'user:%'),"
        " count(*) FILTER (WHERE act = 'limit.set' AND outcome = 'refused'"
        "  AND elevation IS NOT NULL) FROM (SELECT act, outcome, elevation::text AS elevation,"
        "  before_json::jsonb, after_json::jsonb FROM audit_entries) e";
    static const int64_t want[] = {1, 12, 1, 1, 2};
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    for (size_t i = 0; i < BJ_COUNT(want); i++) {
        int64_t cnt = 0;
        BJ_CHECK(bj_db_get_i64(rows, 0, i, &cnt) && cnt == want[i]);
        if (cnt != want[i]) fprintf(stderr, "  count %zu: %" PRId64 "\n", i, cnt);
    }
}

/* What the database keeps is the command, field by field; other kinds never wait. */
static void test_kept(void) {
    const bj_oe_admin_t msgs[] = {
        {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_DESK, .limit = BJ_LIMIT_RATE, .value = 1023,
         .order_value_max_paise = -1},
        {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_ACCOUNT, .limit = BJ_LIMIT_OPEN_VALUE,
         .account_id = UINT32_MAX, .order_value_max_paise = INT64_MAX},
        {.kind = BJ_OE_ADMIN_PHASE, .value = BJ_STATE_AUCTION, .auction = 2, .band_bp = 10000,
         .reference_paise = INT32_MAX},
        {.kind = BJ_OE_ADMIN_UNCROSS, .token = INT32_MAX, .value = 1, .market_first = 1},
        {.kind = BJ_OE_ADMIN_BAND, .token = TCS, .reference_paise = 1, .hi_paise = INT32_MAX},
        {.kind = BJ_OE_ADMIN_INSTRUMENT_STATE, .token = TCS, .value = BJ_STATE_OPEN}};
    bj_oe_admin_t read;
    for (size_t i = 0; i < BJ_COUNT(msgs); i++) {
        json_t *json = bj_admin_msg_json(&msgs[i]);
        char *text = json_dumps(json, 0);
        BJ_CHECK(text && bj_admin_msg_read(text, &read));
        BJ_CHECK(memcmp(&read, &msgs[i], sizeof read) == 0);
        free(text);
        json_decref(json);
    }
    BJ_CHECK(!bj_admin_msg_read("", &read) && !bj_admin_msg_read("{}", &read));
    BJ_CHECK(!bj_admin_msg_read("{\"kind\":8}", &read)); /* a kill */
    BJ_CHECK(!bj_admin_msg_read("{\"kind\":10}", &read) &&
             !bj_admin_msg_read("{\"kind\":65535}", &read));
}

int main(void) {
    const char *conninfo = getenv("BJ_TEST_PG"), *control = getenv("BJ_TEST_PG_CONTROL");
    test_kept();
    if (!conninfo || !control) {
        fprintf(stderr, "test_bj_admin_second: SKIPPED: BJ_TEST_PG is not set; run it by "
                        "tests/with-pg\n");
        return bj_test_end("test_bj_admin_second (without BJ_TEST_PG)");
    }
    bj_seal_t *seal;
    owner = bj_db_pool_new(conninfo, 1, 3000);
    app = (bj_app_t){.db = bj_db_pool_new(control, 2, 3000),
                     .instruments = bj_instruments_new("sim/data/universe.csv")};
    app.keys = keys_test_new(app.db, "1 " KEYS_TEST_A "\n", &seal);
    if (!app.instruments) abort();
    admin = person("admin@b.in", BJ_ROLE_ADMIN);
    risk = person("risk@b.in", BJ_ROLE_RISK);
    compliance = person("compliance@b.in", BJ_ROLE_COMPLIANCE);
    test_waits_for_another();
    test_refused_by_somebody();
    test_changed_since();
    test_gateway();
    test_states();
    test_stopped_since();
    test_operator();
    test_trail();
    bj_keys_free(app.keys);
    bj_seal_free(seal);
    bj_instruments_free(app.instruments);
    bj_db_pool_free(app.db);
    bj_db_pool_free(owner);
    return bj_test_end("test_bj_admin_second");
}
