/* Goal: where a second factor is demanded, what somebody without it reaches: each route of the
 * product, written here once more by hand; the stream; and that a new route does not slip by. */
#include "controlplane/server/bj_gate.h"
#include "controlplane/server/bj_routes.h"
#include "dataplane/base/bj_test.h"

#define CSRF "ccccccccccccccccccccccccccccccccccccccccccc"

static const char *const people[] = {"client",     "dealer",  "risk",    "admin",
                                     "compliance", "support", "auditor"};
static bj_demand_t holds;

static bj_status_t session(void *ctx, const char *token, bj_caller_t *caller) {
    (void)ctx;
    caller->role = bj_role_of(token);
    caller->account_id = 1000;
    caller->rights =
        (bj_rights_t){.branch_id = 1, .to_minute = BJ_DAY_MINUTES, .held = holds};
    caller->proved_ns = bj_clock_wall_ns();
    memcpy(caller->csrf, CSRF, BJ_CSRF_BYTES - 1);
    return BJ_OK;
}

static bj_status_t app_caller(void *ctx, const char *credential, bj_caller_t *caller) {
    bj_status_t status = session(ctx, "client", caller);
    (void)credential;
    caller->is_app = true;
    caller->scopes = ~0U;
    return status;
}

static bj_gate_t gate = {.session = session, .app_caller = app_caller, .routes = bj_routes,
                         .kite_routes = bj_kite_routes, .notes = bj_route_notes,
                         .operator_token = "operator"};

static void stub(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app, (void)req;
    resp->code = 200;
}

/* The code, or 1403 if the answer says that a factor is required.  who: of people, or a header. */
static int ask(const bj_route_t *route, const char *who) {
    char cookie[64], csrf[BJ_CSRF_BYTES] = CSRF;
    bool by_header = strchr(who, ' ') != NULL;
    snprintf(cookie, sizeof cookie, "__Host-bj_session=%s", who);
    bj_gate_headers_t headers = {.cookie = by_header ? NULL : cookie,
                                 .authorization = by_header ? who : NULL,
                                 .csrf = csrf};
    bj_http_req_t req = {.method = route->method, .path = "", .query = "", .client = "10.0.0.1"};
    bj_http_resp_t resp = {.code = 0};
    const char *word = "";
    bj_route_t tame = *route;
    tame.run = stub;
    tame.per_min = 0;
    bj_gate_run(&gate, &tame, &headers, &req, &resp);
    json_unpack(resp.json, "{s:{s:s}}", "error", "code", &word);
    int code = resp.code + (strcmp(word, "factor_required") == 0 ? 1000 : 0);
    json_decref(resp.json);
    return code;
}

static const char *const early[] = {
    "POST /auth/logout", "POST /auth/prove", "POST /auth/prove/challenge", "GET /auth/security",
    "GET /auth/passkeys", "GET /me", "GET /me/sessions", "DELETE /me/sessions",
    "PATCH /me/sessions/*", "DELETE /me/sessions/*", "GET /me/contact", "DELETE /me/contact/*",
    "POST /me/contact/*/code", "POST /me/contact/*/confirm", "GET /me/work-devices"};
/* Only while there is none to prove by. */
static const char *const enrol[] = {"POST /auth/totp", "POST /auth/totp/confirm",
                                    "POST /auth/recovery", "POST /auth/passkeys/challenge",
                                    "POST /auth/passkeys"};

static bool is_in(const char *const *list, size_t cnt, const bj_route_t *route) {
    char name[120];
    snprintf(name, sizeof name, "%s %s", route->method, route->path);
    for (size_t i = 0; i < cnt; i++) {
        if (strcmp(list[i], name) == 0) return true;
    }
    return false;
}

static void walk(const char *who, bool may_enrol) {
    for (bj_route_list_t *list = bj_routes; *list; list++) {
        for (const bj_route_t *route = *list; route->method; route++) {
            gate.demands = (bj_demands_t){BJ_DEMAND_NONE, BJ_DEMAND_NONE};
            int without = ask(route, who);
            gate.demands = (bj_demands_t){BJ_DEMAND_FACTOR, BJ_DEMAND_PASSKEY};
            bool goes_on = bj_policy_rule(route->policy)->anyone ||
                           is_in(early, BJ_COUNT(early), route) ||
                           (may_enrol && is_in(enrol, BJ_COUNT(enrol), route));
            unsigned fails = bj_fail_cnt;
            BJ_CHECK(ask(route, who) == (goes_on || without != 200 ? without : 1403));
            if (bj_fail_cnt != fails) {
                fprintf(stderr, "  %s %s as %s\n", route->method, route->path, who);
            }
        }
    }
}

static void test_walk(void) {
    for (size_t i = 0; i < BJ_COUNT(people); i++) walk(people[i], true);
    /* A session that has not proved what its person holds: a stolen password adds nothing. */
    holds = BJ_DEMAND_PASSKEY;
    for (size_t i = 0; i < BJ_COUNT(people); i++) walk(people[i], false);
    holds = BJ_DEMAND_NONE;
}

static const bj_route_t *find(const char *method, const char *path) {
    char param[BJ_HTTP_PARAM_BYTES];
    int code;
    return bj_route_find(bj_routes, method, path, param, &code);
}

/* An app is asked for what its person holds, and nothing is early for it; the operator's token is
 * asked for nothing. */
static void test_others(void) {
    gate.demands = (bj_demands_t){BJ_DEMAND_FACTOR, BJ_DEMAND_PASSKEY};
    const bj_route_t *me = find("GET", "/me"), *orders = find("POST", "/orders");
    const bj_route_t *halt = find("POST", "/admin/instruments/INFY/halt");
    BJ_CHECK(ask(me, "token x") == 1403 && ask(orders, "token x") == 1403);
    for (bj_route_list_t *list = bj_kite_routes; *list; list++) {
        for (const bj_route_t *route = *list; route->method; route++) {
            int code = ask(route, "token x");
            BJ_CHECK(code == 1403 || bj_policy_rule(route->policy)->anyone);
        }
    }
    holds = BJ_DEMAND_FACTOR;
    BJ_CHECK(ask(me, "token x") == 200 && ask(orders, "token x") == 200);
    holds = BJ_DEMAND_NONE;
    BJ_CHECK(ask(halt, "Bearer operator") == 200 && ask(halt, "admin") == 1403);
}

/* The order updates' stream. */
static void test_stream(void) {
    bj_caller_t caller;
    bj_gate_headers_t headers = {.cookie = "__Host-bj_session=client"};
    BJ_CHECK(bj_gate_stream(&gate, &headers, "10.0.0.1", &caller) == BJ_ERR_DENIED);
    gate.demands.client = BJ_DEMAND_NONE;
    BJ_CHECK(bj_gate_stream(&gate, &headers, "10.0.0.1", &caller) == BJ_OK);
}

int main(void) {
    gate.buckets = bj_bucket_new();
    test_walk();
    test_others();
    test_stream();
    bj_bucket_free(gate.buckets);
    return bj_test_end("test_bj_gate_demand");
}
