/* Goal: what an app's token reaches: of every route of the product only what the table here says,
 * and that with its scope alone; from which addresses, how often, and what it is told of old
 * routes. */
#include "controlplane/access/bj_scope.h"
#include "controlplane/server/gate_test.h"

/* What an app may ever call, written once more by hand, and with which scope; in our way and, where
 * the path is only there, in Kite's. */
static const struct {
    const char *method, *path;
    unsigned scope;
    bool kite;
} app_api[] = {
    {"GET", "/me", BJ_SCOPE_PROFILE, false},
    {"GET", "/instruments", BJ_SCOPE_MARKET_READ, false},
    {"GET", "/market/quotes", BJ_SCOPE_MARKET_READ, false},
    {"GET", "/market/book/INFY", BJ_SCOPE_MARKET_READ, false},
    {"GET", "/market/candles/INFY", BJ_SCOPE_MARKET_READ, false},
    {"GET", "/market/ticket", BJ_SCOPE_MARKET_READ, false},
    {"POST", "/orders", BJ_SCOPE_ORDERS_WRITE, false},
    {"GET", "/orders", BJ_SCOPE_ORDERS_READ, false},
    {"PATCH", "/orders/7", BJ_SCOPE_ORDERS_WRITE, false},
    {"DELETE", "/orders/7", BJ_SCOPE_ORDERS_WRITE, false},
    {"GET", "/trades", BJ_SCOPE_ORDERS_READ, false},
    {"GET", "/positions", BJ_SCOPE_PORTFOLIO_READ, false},
    {"GET", "/user/profile", BJ_SCOPE_PROFILE, true},
};

static bj_caller_t app_caller; /* what the app's token stands for; app_id 0: it is no good */

static bj_status_t app_session(void *ctx, const char *credential, bj_caller_t *caller) {
    if (*(const bool *)ctx) return BJ_ERR_UNAVAILABLE;
    if (!app_caller.app_id || strcmp(credential, "key:token") != 0) return BJ_ERR_NOT_FOUND;
    *caller = app_caller;
    return BJ_OK;
}

static void app_of(unsigned scopes) {
    app_caller = (bj_caller_t){.role = BJ_ROLE_CLIENT,
                               .is_app = true,
                               .app_id = 7,
                               .user_id = 1001,
                               .account_id = 1000,
                               .scopes = scopes};
    gate.app_caller = app_session;
    gate.app_ctx = &away;
    gate.notes = bj_route_notes;
}

/* With a session's cookie beside the token, which must not matter. */
static bj_http_resp_t app_ask(const bj_route_t *route, const char *authorization,
                              const char *client, const char *kite) {
    bj_gate_headers_t headers = {.cookie = "__Host-bj_session=admin",
                                 .authorization = authorization};
    bj_http_req_t req = {
        .method = route->method, .path = "", .query = "", .client = client, .kite = kite};
    bj_http_resp_t resp = {.code = 0};
    bj_route_t tame = *route;
    tame.run = stub;
    tame.per_min = 0;
    bj_gate_run(&gate, &tame, &headers, &req, &resp);
    json_decref(resp.json);
    resp.json = NULL;
    return resp;
}

static const bj_route_t *kite_find(const char *method, const char *path) {
    char param[BJ_HTTP_PARAM_BYTES];
    int code;
    return bj_route_find(bj_kite_routes, method, path, param, &code);
}

static const bj_route_t *app_find(size_t i) {
    return (app_api[i].kite ? kite_find : find)(app_api[i].method, app_api[i].path);
}

/* One that is for anybody takes no notice of the token. */
static void walk_one(const bj_route_t *route, unsigned scope) {
    bool open = route->policy == BJ_POLICY_PUBLIC, may = open;
    for (size_t a = 0; a < BJ_COUNT(app_api); a++)
        may |= app_find(a) == route && app_api[a].scope == scope;
    unsigned fails = bj_fail_cnt;
    int code = app_ask(route, "token key:token", "10.0.0.1", NULL).code;
    BJ_CHECK(code == (may ? 200 : 403));
    BJ_CHECK(!may || open || (seen.app_id == 7 && !seen.is_operator));
    if (open) BJ_CHECK(seen.role == BJ_ROLE_NONE);
    if (bj_fail_cnt != fails) fprintf(stderr, "  %s %s\n", route->method, route->path);
}

/* Every route there is, with every scope alone: those of the table with theirs, and no other. */
static void test_app_walk(void) {
    for (unsigned scope = 1; scope < 1u << BJ_SCOPE_CNT; scope <<= 1) {
        app_of(scope);
        for (bj_route_list_t *list = bj_routes; *list; list++) {
            for (const bj_route_t *route = *list; route->method; route++)
                walk_one(route, scope);
        }
        const bj_route_t *profile = kite_find("GET", "/user/profile");
        int code = app_ask(profile, "token key:token", "10.0.0.1", "3").code;
        BJ_CHECK(code == (scope == BJ_SCOPE_PROFILE ? 200 : 403));
    }
    for (const bj_route_note_t *note = bj_route_notes; note->method; note++) {
        BJ_CHECK(find(note->method, note->path) || kite_find(note->method, note->path));
    }
}

static void test_app_token(void) {
    const bj_route_t *me = find("GET", "/me"), *profile = kite_find("GET", "/user/profile");
    app_of(BJ_SCOPE_PROFILE);
    static const char *const bad[] = {"token key:other", "token ",           "token",
                                      "Token key:token", "Bearer key:token", ""};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        /* In our own way the cookie beside what is no app's token at all still counts. */
        bool is_token = strncmp(bad[i], "token ", 6) == 0;
        int code = app_ask(me, bad[i], "10.0.0.1", NULL).code;
        BJ_CHECK(is_token || !strncmp(bad[i], "Bearer", 6) ? code == 401 : code == 200);
        BJ_CHECK(app_ask(profile, bad[i], "10.0.0.1", "3").code == 401);
    }
    BJ_CHECK(app_ask(profile, NULL, "10.0.0.1", "").code == 401); /* the cookie is none there */
    BJ_CHECK(app_ask(profile, "token key:token", "10.0.0.1", "").code == 200);
    BJ_CHECK(app_ask(profile, "token key:token", "10.0.0.1", "2").code == 400);
    BJ_CHECK(app_ask(profile, "Bearer operator", "10.0.0.1", "3").code == 401);
    away = true;
    BJ_CHECK(app_ask(me, "token key:token", "10.0.0.1", NULL).code == 503);
    away = false;
    /* An app's proof is never fresh, whatever its caller says. */
    app_caller.proved_ns = bj_clock_wall_ns();
    app_caller.role = BJ_ROLE_ADMIN;
    BJ_CHECK(app_ask(find("POST", "/admin/kill"), "token key:token", "10.0.0.1", NULL).code == 403);
}

static void test_app_addresses(void) {
    const bj_route_t *order = find("POST", "/orders"), *list = find("GET", "/orders");
    app_of(BJ_SCOPE_ORDERS_READ | BJ_SCOPE_ORDERS_WRITE);
    BJ_CHECK(app_ask(order, "token key:token", "10.0.0.9", NULL).code == 200);
    snprintf(app_caller.ips[0], BJ_ADDRESS_BYTES, "10.0.0.1");
    snprintf(app_caller.ips[1], BJ_ADDRESS_BYTES, "2001:db8::1");
    BJ_CHECK(app_ask(order, "token key:token", "10.0.0.1", NULL).code == 200);
    BJ_CHECK(app_ask(order, "token key:token", "2001:db8::1", NULL).code == 200);
    BJ_CHECK(app_ask(order, "token key:token", "10.0.0.11", NULL).code == 403);
    BJ_CHECK(app_ask(order, "token key:token", "", NULL).code == 403);
    BJ_CHECK(app_ask(list, "token key:token", "10.0.0.9", NULL).code == 200);
    app_caller.ips_for_all = true;
    BJ_CHECK(app_ask(list, "token key:token", "10.0.0.9", NULL).code == 403);
    BJ_CHECK(app_ask(list, "token key:token", "10.0.0.1", NULL).code == 200);
}

static bool key_shown, key_fresh;
static unsigned spent_cnt;
static bool app_key(void *ctx, const char *credential, bj_caller_t *caller,
                    const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)ctx, (void)req;
    BJ_CHECK(strcmp(credential, "key:token") == 0 && caller->app_id == 7);
    caller->proof_s = 1;
    if (!key_shown) bj_http_fail(resp, 401, "not_logged_in", "DPoP", "DPoP: no");
    return key_shown;
}
static bool app_spend(void *ctx, const bj_caller_t *caller, bj_http_resp_t *resp) {
    (void)ctx, (void)caller;
    spent_cnt++;
    if (!key_fresh) bj_http_fail(resp, 503, "unavailable", "DPoP", "DPoP: full");
    return key_fresh;
}

/* A token that is bound to a key is none without it, and nothing is done by a proof that came
 * before. */
static void test_app_key(void) {
    static const struct {
        bool     shown, fresh;
        int      code;
        unsigned spent_cnt;
    } cases[] = {{true, true, 200, 1}, {true, false, 503, 1}, {false, true, 401, 0}};
    app_of(BJ_SCOPE_PROFILE);
    gate.app_key = app_key;
    gate.app_spend = app_spend;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        key_shown = cases[i].shown;
        key_fresh = cases[i].fresh;
        spent_cnt = 0;
        int code = app_ask(find("GET", "/me"), "token key:token", "10.0.0.1", NULL).code;
        BJ_CHECK(code == cases[i].code && spent_cnt == cases[i].spent_cnt);
    }
    gate.app_key = NULL;
}

/* cnt requests at once: how many go through. */
static unsigned through(const bj_route_t *route, const char *authorization, const char *client,
                        unsigned cnt, bj_http_resp_t *last) {
    unsigned ok_cnt = 0;
    for (unsigned i = 0; i < cnt; i++) {
        *last = app_ask(route, authorization, client, NULL);
        ok_cnt += last->code == 200;
        BJ_CHECK(last->code == 200 || (last->code == 429 && last->retry_s > 0));
    }
    return ok_cnt;
}

static void test_limits(void) {
    static const bj_limit_rate_t rates[BJ_TIER_CNT][BJ_LOAD_CNT] = {
        {{1, 5}, {1, 1}}, {{1, 30}, {1, 9}}, {{1, 8}, {1, 3}}};
    const bj_route_t *me = find("GET", "/me"), *order = find("POST", "/orders");
    bj_route_t open = *find("POST", "/auth/login");
    bj_http_resp_t last;
    app_of(BJ_SCOPE_PROFILE | BJ_SCOPE_ORDERS_WRITE);
    gate.limits = bj_limits_new(rates[0], NULL);
    /* A token may come by itself meanwhile. */
    unsigned n = through(me, "token key:token", "10.0.0.1", 20, &last);
    BJ_CHECK(n >= 8 && n <= 9 && last.limit_burst == 8 && last.limit_left == 0);
    n = through(order, "token key:token", "10.0.0.1", 20, &last);
    BJ_CHECK(n >= 3 && n <= 4);
    app_caller.app_id = 8; /* another app of the same person has its own */
    n = through(order, "token key:token", "10.0.0.1", 20, &last);
    BJ_CHECK(n >= 3 && n <= 4 && last.limit_burst == 3);
    n = through(&open, NULL, "10.0.0.7", 20, &last);
    n = through(&open, "token x", "2001:db8:1:2:3::1", 20, &last);
    BJ_CHECK(n >= 5 && n <= 6);
    n = through(&open, "token x", "2001:db8:1:2:ffff::9", 20, &last); /* the same network */
    BJ_CHECK(n <= 1);
    n = through(&open, "token x", "2001:db8::a:1:1:1", 20, &last);
    BJ_CHECK(n >= 5 && n <= 6);
    n = through(&open, "token x", "2001:db8::b:1:1:1", 20, &last); /* likewise */
    BJ_CHECK(n <= 1);
    n = through(find("GET", "/health"), "token x", "2001:db8:1:2::1", 20, &last);
    BJ_CHECK(n == 20);
    n = through(find("GET", "/me"), "Bearer operator", "10.0.0.1", 99, &last);
    BJ_CHECK(n == 99);
    bj_limits_free(gate.limits);
    gate.limits = NULL;
}

static void test_deprecated(void) {
    static const bj_route_note_t notes[] = {
        {.method = "GET", .path = "/me", .deprecated_s = 1785577500, .sunset_s = 1793353500},
        {.method = NULL}};
    gate.notes = notes;
    bj_http_resp_t resp = app_ask(find("GET", "/me"), NULL, "10.0.0.1", NULL);
    BJ_CHECK(resp.code == 200 && resp.deprecated_s == 1785577500 && resp.sunset_s == 1793353500);
    resp = app_ask(find("GET", "/orders"), NULL, "10.0.0.1", NULL);
    BJ_CHECK(resp.code == 200 && resp.deprecated_s == 0 && resp.sunset_s == 0);
    gate.notes = NULL;
}

int main(void) {
    gate.buckets = bj_bucket_new();
    gate.routes = bj_routes;
    gate.kite_routes = bj_kite_routes;
    test_app_walk();
    test_app_token();
    test_app_addresses();
    test_app_key();
    test_limits();
    test_deprecated();
    bj_bucket_free(gate.buckets);
    return bj_test_end("test_bj_gate_apps");
}
