/* Goal: every route of the product, before every kind of caller, with and without the CSRF token;
 * the table of who may is written here once more, by hand, from docs/protocols/api.md.  Then the
 * session store's failures, the operator's token, rate limits, and that handlers see the caller of
 * the session.  API apps: test_bj_gate_apps.c. */
#include "controlplane/server/gate_test.h"

/* Who may, a letter a role: x anyone; else c client, d dealer, r risk, k compliance, s support,
 * a admin, u auditor, o who has the operator's token; "+": only who has proved it lately. */
#define ALL "cdrksauo"
static const struct {
    const char *method, *path, *who;
} api[] = {
    {"GET", "/health", "x"},
    {"POST", "/csp-reports", "x"},
    {"POST", "/auth/register", "x"},
    {"POST", "/auth/confirm", "x"},
    {"POST", "/auth/login", "x"},
    {"POST", "/auth/login/factor", "x"},
    {"POST", "/auth/logout", ALL},
    {"POST", "/auth/prove", ALL},
    {"POST", "/auth/password", ALL "+"},
    {"POST", "/auth/forgot", "x"},
    {"POST", "/auth/reset", "x"},
    {"GET", "/auth/security", ALL},
    {"POST", "/auth/totp", ALL "+"},
    {"POST", "/auth/totp/confirm", ALL "+"},
    {"DELETE", "/auth/totp", ALL "+"},
    {"POST", "/auth/recovery", ALL "+"},
    {"POST", "/auth/login/passkey/challenge", "x"},
    {"POST", "/auth/login/passkey", "x"},
    {"POST", "/auth/login/factor/challenge", "x"},
    {"POST", "/auth/login/factor/passkey", "x"},
    {"POST", "/auth/prove/challenge", ALL},
    {"GET", "/auth/passkeys", ALL},
    {"POST", "/auth/passkeys/challenge", ALL "+"},
    {"POST", "/auth/passkeys", ALL "+"},
    {"PATCH", "/auth/passkeys/7", ALL},
    {"DELETE", "/auth/passkeys/7", ALL "+"},
    {"GET", "/me", ALL},
    {"GET", "/me/devices", ALL},
    {"DELETE", "/me/devices/0123456789abcdef", ALL},
    {"GET", "/me/activity", ALL},
    {"GET", "/me/sessions", ALL},
    {"DELETE", "/me/sessions", ALL "+"},
    {"PATCH", "/me/sessions/0123456789abcdef", ALL},
    {"DELETE", "/me/sessions/0123456789abcdef", ALL "+"},
    {"GET", "/admin/sessions", "ksao"},
    {"POST", "/admin/sessions/0123456789abcdef/revoke", "sao"},
    {"POST", "/admin/sessions/revoke", "ao+"},
    {"GET", "/instruments", ALL},
    {"GET", "/market/quotes", ALL},
    {"GET", "/market/book/INFY", ALL},
    {"GET", "/market/candles/INFY", ALL},
    {"GET", "/market/ticket", ALL},
    {"GET", "/watchlist", ALL},
    {"PUT", "/watchlist", ALL},
    {"POST", "/orders", "cd"},
    {"GET", "/orders", ALL},
    {"PATCH", "/orders/7", "cd"},
    {"DELETE", "/orders/7", "cd"},
    {"GET", "/trades", ALL},
    {"GET", "/positions", ALL},
    {"GET", "/status", ALL},
    {"GET", "/admin/orders", "drkao"},
    {"POST", "/admin/instruments/INFY/halt", "ao+"},
    {"POST", "/admin/instruments/INFY/resume", "ao+"},
    {"POST", "/admin/instruments/INFY/phase", "ao+"},
    {"POST", "/admin/instruments/INFY/uncross", "ao+"},
    {"POST", "/admin/instruments/INFY/window", "ao+"},
    {"POST", "/admin/instruments/INFY/band", "ao+"},
    {"POST", "/admin/day-end", "o+"},
    {"POST", "/admin/kill", "rao+"},
    {"POST", "/admin/kill/member", "ro+"},
    {"POST", "/admin/limit", "rao+"}, {"POST", "/admin/limit/lift", ""},
    {"POST", "/admin/orders/release", ""},
    {"GET", "/admin/audit", "kauo"},
    {"GET", "/admin/audit/head", "kauo"},
    {"GET", "/admin/audit/17", "kauo"},
    {"GET", "/access", "drksauo"},
    {"GET", "/admin/users", "ksao"},
    {"GET", "/admin/users/1000", "ksao"},
    {"PATCH", "/admin/users/1000", ""}, /* only under an elevation: test_elevation */
    {"POST", "/admin/users/1000/reveal", ""},
    {"POST", "/admin/users/1000/drop-factors", ""},
    {"POST", "/admin/users/1000/suspend", "kao+"}, {"POST", "/admin/users/1000/resume", "kao+"},
    {"GET", "/elevations", "drksauo"},
    {"POST", "/elevations", "drksao"},
    {"POST", "/elevations/7/approve", "kao+"},
    {"POST", "/elevations/7/refuse", "kao+"},
    {"POST", "/elevations/7/end", "drksao"},
    {"GET", "/apps", ALL},
    {"POST", "/apps", ALL "+"},
    {"DELETE", "/apps/abcdefghijklmnop", ALL},
    {"POST", "/apps/abcdefghijklmnop/secret", ALL "+"},
    {"PUT", "/apps/abcdefghijklmnop/addresses", ALL "+"},
    {"PUT", "/apps/abcdefghijklmnop/library", ALL "+"},
    {"PUT", "/apps/abcdefghijklmnop/grant", ALL},
    {"DELETE", "/apps/abcdefghijklmnop/grant", ALL},
    {"GET", "/connect", ALL},
    {"POST", "/connect", ALL "+"},
    {"GET", "/admin/apps", "ksao"},
    {"POST", "/admin/apps/abcdefghijklmnop/revoke", "sao"},
    {"POST", "/admin/apps/abcdefghijklmnop/demand", "sao"},
    {"GET", "/me/work-devices", ALL},
    {"GET", "/admin/devices", "ksauo"},
    {"GET", "/admin/devices/7", "ksauo"},
    {"POST", "/admin/devices", "sao+"},
    {"POST", "/admin/devices/7/approve", "kao+"},
    {"POST", "/admin/devices/7/refuse", "kao+"},
    {"POST", "/admin/devices/7/revoke", "kao+"},
    {"GET", "/admin/keys", "kauo"},
    {"POST", "/admin/keys/reseal", "ao+"},
    {"POST", "/admin/keys/rewrap", "ao+"},
    {"POST", "/admin/keys/contact/rotate", "ao+"},
    {"PATCH", "/me", ALL "+"},
    {"GET", "/me/privacy", ALL},
    {"POST", "/me/export", ALL "+"},
    {"POST", "/me/consents", ALL},
    {"POST", "/me/erasure", ALL "+"},
    {"DELETE", "/me/erasure", ALL},
    {"POST", "/admin/privacy/run", "kao+"},
    {"GET", "/me/contact", ALL},
    {"POST", "/me/contact/email", ALL "+"},
    {"DELETE", "/me/contact/email", ALL},
    {"POST", "/me/contact/email/code", ALL},
    {"POST", "/me/contact/email/confirm", ALL},
    {"POST", "/auth/undo", "x"},
    {"GET", "/funds", ALL},
    {"GET", "/funds/payouts", ALL},
    {"GET", "/funds/ledger", ALL},
    {"POST", "/funds/payouts", "cd+"},
    {"DELETE", "/funds/payouts/0190f5c8-7d1a-7abc-9def-0123456789ab", ALL},
    {"POST", "/funds/banks", "cd+"},
    {"POST", "/funds/banks/7/primary", "cd+"},
    {"DELETE", "/funds/banks/7", "cd+"},
    {"GET", "/admin/payouts", "rksauo"},
    {"POST", "/admin/payouts/7/approve", "kao+"},
    {"POST", "/admin/payouts/7/take", "kao+"},
    {"POST", "/admin/payouts/7/untake", "kao+"},
    {"POST", "/admin/payouts/7/send", "kao+"},
    {"POST", "/admin/payouts/7/return", "kao+"},
    {"GET", "/admin/banks", "rksauo"},
    {"POST", "/admin/banks/7/confirm", "kao+"},
    {"POST", "/admin/banks/7/refuse", "kao+"},
    {"POST", "/admin/banks/7/reveal", "kao+"},
    {"GET", "/admin/receipts", "rksauo"},
    {"POST", "/admin/receipts", "kao+"},
    {"POST", "/admin/receipts/7/approve", "kao+"},
    {"POST", "/admin/receipts/7/refuse", "kao+"},
    {"GET", "/admin/funds/7", "rksauo"},
    {"GET", "/admin/ledger", "rksauo"},
};

static const struct {
    const char *token; /* in the cookie; NULL: no cookie */
    char        role;
} callers[] = {{NULL, 0},     {"gone", 0},       {"client", 'c'},  {"dealer", 'd'}, {"risk", 'r'},
               {"admin", 'a'}, {"compliance", 'k'}, {"support", 's'}, {"auditor", 'u'}};

static char answered[BJ_HTTP_COOKIE_BYTES]; /* the last answer's cookie */

/* The answer's code, the handler being a stub. */
static int ask(const bj_route_t *route, const char *method, const char *token, const char *bearer,
               const char *csrf) {
    char cookie[64] = "";
    if (token) snprintf(cookie, sizeof cookie, "__Host-bj_session=%s", token);
    bj_gate_headers_t headers = {
        .cookie = token ? cookie : NULL, .authorization = bearer, .csrf = csrf};
    bj_http_req_t req = {.method = method, .path = "", .query = "", .client = "10.0.0.1"};
    bj_http_resp_t resp = {.code = 0};
    bj_route_t tame = *route;
    tame.run = stub;
    tame.per_min = 0;
    bj_gate_run(&gate, &tame, &headers, &req, &resp);
    json_decref(resp.json);
    memcpy(answered, resp.cookie, sizeof answered);
    return resp.code;
}

static int expected(const char *who, bool changes, size_t caller, bool csrf) {
    if (*who == 'x') return 200;
    if (caller < 2) return 401;
    if (changes && !csrf) return 403;
    if (strchr(who, '+') && proof_age_ns >= BJ_PROOF_NS) return 403;
    return strchr(who, callers[caller].role) ? 200 : 403;
}

static void test_walk(void) {
    for (size_t i = 0; i < BJ_COUNT(api); i++) {
        const bj_route_t *route = find(api[i].method, api[i].path);
        BJ_CHECK(route);
        bool changes = strcmp(api[i].method, "GET") != 0;
        for (size_t c = 0; route && c < BJ_COUNT(callers) * 2; c++) {
            const char *csrf = c % 2 ? CSRF : NULL;
            char exact[BJ_CSRF_BYTES] = "";
            if (csrf) memcpy(exact, CSRF, BJ_CSRF_BYTES - 1);
            unsigned fails = bj_fail_cnt, ran = run_cnt;
            int code = ask(route, api[i].method, callers[c / 2].token, NULL, csrf ? exact : NULL);
            BJ_CHECK(code == expected(api[i].who, changes, c / 2, c % 2));
            BJ_CHECK(run_cnt - ran == (code == 200));
            int want = *api[i].who == 'x' || strchr(api[i].who, 'o') ? 200 : 403;
            BJ_CHECK(ask(route, api[i].method, NULL, "Bearer operator", NULL) == want);
            if (bj_fail_cnt != fails) {
                fprintf(stderr, "  %s %s as %s\n", api[i].method, api[i].path,
                        callers[c / 2].token);
            }
        }
    }
}

/* A proof too old: those of a capital letter say what is missing, and nothing else changes.  A copy
 * of the session that is too old by itself is looked up again. */
static bj_status_t session_again(void *ctx, const char *token, bj_caller_t *caller) {
    int64_t age_ns = proof_age_ns;
    proof_age_ns = 0;
    bj_status_t status = session(ctx, token, caller);
    proof_age_ns = age_ns;
    return status;
}

static void test_step_up(void) {
    proof_age_ns = BJ_PROOF_NS;
    test_walk();
    const bj_route_t *halt = find("POST", "/admin/instruments/INFY/halt");
    char csrf[BJ_CSRF_BYTES] = CSRF;
    bj_gate_headers_t headers = {.cookie = "__Host-bj_session=admin", .csrf = csrf};
    bj_http_req_t req = {.method = "POST", .path = "", .query = "", .client = "10.0.0.1"};
    bj_http_resp_t resp = {.code = 0};
    const char *word = "";
    bj_gate_run(&gate, halt, &headers, &req, &resp);
    BJ_CHECK(json_unpack(resp.json, "{s:{s:s}}", "error", "code", &word) == 0);
    BJ_CHECK(!strcmp(word, "step_up_required"));
    json_decref(resp.json);
    BJ_CHECK(ask(halt, "POST", NULL, "Bearer operator", NULL) == 200);
    gate.session_again = session_again;
    BJ_CHECK(ask(halt, "POST", "admin", NULL, csrf) == 200);
    BJ_CHECK(ask(halt, "POST", "client", NULL, csrf) == 403);
    away = true;
    BJ_CHECK(ask(halt, "POST", "admin", NULL, csrf) == 503);
    away = false;
    gate.session_again = NULL;
    proof_age_ns = 0;
}

/* Who owes a phone number places no order, and may do all else (test_bj_access); a copy of the
 * session from before it was verified is looked up again. */
static bj_status_t session_owing(void *ctx, const char *token, bj_caller_t *caller) {
    bj_status_t status = session(ctx, token, caller);
    caller->rights.phone_due = true;
    return status;
}

static void test_phone_due(void) {
    char csrf[BJ_CSRF_BYTES] = CSRF;
    gate.session = session_owing;
    BJ_CHECK(ask(find("POST", "/orders"), "POST", "client", NULL, csrf) == 403);
    BJ_CHECK(ask(find("POST", "/me/contact/phone"), "POST", "client", NULL, csrf) == 200);
    gate.session_again = session;
    BJ_CHECK(ask(find("POST", "/orders"), "POST", "client", NULL, csrf) == 200);
    gate.session_again = NULL;
    gate.session = session;
}

/* --- what the role alone does not do */

static unsigned looked_cnt;

static void elevate(void *ctx, bj_policy_t policy, bj_caller_t *caller) {
    (void)ctx;
    looked_cnt++;
    if (policy != BJ_POLICY_DAY_END && policy != BJ_POLICY_USER_SET) return;
    snprintf(caller->elevation, sizeof caller->elevation, "17");
    caller->elevated_policy = (int)policy;
}

/* Under an elevation a session gets another token, before the handler sees it; where that cannot
 * be, nothing is done. */
static unsigned rotate_cnt;
static bool     can_rotate = true;
static bool rotate(void *ctx, const char *address, bj_caller_t *caller,
                   char cookie[BJ_HTTP_COOKIE_BYTES]) {
    (void)ctx, (void)address;
    rotate_cnt++;
    caller->token_hash[0] = 7;
    snprintf(cookie, BJ_HTTP_COOKIE_BYTES, "another");
    return can_rotate;
}

static void test_rotation(void) {
    char csrf[BJ_CSRF_BYTES] = CSRF;
    const bj_route_t *day_end = find("POST", "/admin/day-end"), *me = find("GET", "/me");
    gate.elevate = elevate, gate.rotate = rotate;
    BJ_CHECK(ask(me, "GET", "admin", NULL, csrf) == 200 && rotate_cnt == 0 && !answered[0]);
    BJ_CHECK(ask(day_end, "POST", "admin", NULL, csrf) == 200 && rotate_cnt == 1);
    BJ_CHECK(!strcmp(answered, "another") && seen.token_hash[0] == 7);
    BJ_CHECK(ask(day_end, "POST", "admin", NULL, NULL) == 403 && rotate_cnt == 1);
    BJ_CHECK(ask(find("PATCH", "/admin/users/1000"), "PATCH", NULL, "Bearer operator", NULL) ==
             200);
    BJ_CHECK(rotate_cnt == 1); /* the operator has no session */
    can_rotate = false;
    unsigned before = run_cnt;
    BJ_CHECK(ask(day_end, "POST", "admin", NULL, csrf) == 503 && run_cnt == before);
    gate.elevate = NULL, gate.rotate = NULL;
}

static void test_elevation(void) {
    char csrf[BJ_CSRF_BYTES] = CSRF;
    const bj_route_t *day_end = find("POST", "/admin/day-end");
    const bj_route_t *set = find("PATCH", "/admin/users/1000");
    gate.elevate = elevate;
    BJ_CHECK(ask(day_end, "POST", "admin", NULL, csrf) == 200 && !strcmp(seen.elevation, "17"));
    BJ_CHECK(ask(day_end, "POST", "admin", NULL, NULL) == 403); /* no token, no right */
    BJ_CHECK(ask(set, "PATCH", NULL, "Bearer operator", NULL) == 200 && seen.elevation[0] == '1');
    BJ_CHECK(ask(set, "PATCH", "support", NULL, csrf) == 403); /* may not have it given */
    unsigned before = looked_cnt;
    BJ_CHECK(ask(set, "PATCH", "client", NULL, csrf) == 403 && looked_cnt == before);
    /* What the role may by itself is not done under an elevation, and nobody looks for one. */
    BJ_CHECK(ask(day_end, "POST", NULL, "Bearer operator", NULL) == 200 && !seen.elevation[0]);
    BJ_CHECK(looked_cnt == before);
    gate.elevate = NULL;
    BJ_CHECK(ask(day_end, "POST", "admin", NULL, csrf) == 403);
}

static bool hashes_passwords(const char *path) {
    static const char *const paths[] = {"/auth/register", "/auth/login", "/auth/prove",
                                        "/auth/password", "/auth/reset", "/auth/undo"};
    for (size_t i = 0; i < BJ_COUNT(paths); i++) {
        if (strcmp(paths[i], path) == 0) return true;
    }
    return false;
}

/* A route that names no policy is found at start, and before nobody's eyes should it get by. */
static void test_no_policy(void) {
    static const bj_route_t bare[] = {{.method = "GET", .path = "/x", .run = stub},
                                      {.method = NULL}};
    static bj_route_list_t lists[] = {bare, NULL};
    BJ_CHECK(!bj_route_without_policy(bj_routes) && bj_route_without_policy(lists) == &bare[0]);
    BJ_CHECK(ask(&bare[0], "GET", "admin", NULL, NULL) == 403);
    BJ_CHECK(ask(&bare[0], "GET", NULL, "Bearer operator", NULL) == 403);
    BJ_CHECK(ask(&bare[0], "GET", NULL, NULL, NULL) == 401);
}

/* What only asks for a challenge is a POST, so that nobody keeps the answer; a browser's report is
 * counted, and that is all. */
static bool changes_something(const bj_route_t *route) {
    static const char challenge[] = "/challenge";
    size_t bytes = strlen(route->path), tail = sizeof challenge - 1;
    bool asks = bytes > tail && strcmp(route->path + bytes - tail, challenge) == 0;
    return strcmp(route->method, "GET") != 0 && !asks && strcmp(route->path, "/csp-reports") != 0;
}

/* No route that this test has not heard of. */
static void test_no_other_route(void) {
    size_t route_cnt = 0;
    for (bj_route_list_t *list = bj_routes; *list; list++) {
        for (const bj_route_t *route = *list; route->method; route++) {
            route_cnt++;
            size_t known = 0;
            for (size_t i = 0; i < BJ_COUNT(api); i++) {
                known += find(api[i].method, api[i].path) == route;
            }
            BJ_CHECK(known == 1);
            BJ_CHECK(route->run && route->path[0] == '/' && route->lane < BJ_LANE_CNT);
            /* What changes something has a name in the audit trail, and nothing else has. */
            BJ_CHECK(changes_something(route) == (route->act != NULL));
            /* What the loop runs cannot look a proof up. */
            BJ_CHECK(route->lane != BJ_LANE_QUICK || !bj_policy_rule(route->policy)->fresh_s);
            /* What hashes passwords has a lane and a limit of its own. */
            bool hashes = hashes_passwords(route->path);
            BJ_CHECK((route->lane == BJ_LANE_PASSWORD) == hashes && (!hashes || route->per_min));
        }
    }
    BJ_CHECK(route_cnt == BJ_COUNT(api));
}

static void test_operator(void) {
    const bj_route_t *halt = find("POST", "/admin/instruments/INFY/halt");
    BJ_CHECK(ask(halt, "POST", NULL, "Bearer operator", NULL) == 200);
    BJ_CHECK(seen.role == BJ_ROLE_ADMIN && seen.is_operator && seen.account_id == 0);
    BJ_CHECK(ask(halt, "POST", NULL, "Bearer operatos", NULL) == 401);
    BJ_CHECK(ask(halt, "POST", NULL, "Bearer ", NULL) == 401);
    BJ_CHECK(ask(halt, "POST", NULL, "Basic operator", NULL) == 401);
    BJ_CHECK(ask(find("POST", "/orders"), "POST", NULL, "Bearer operator", NULL) == 403);
    gate.operator_token[0] = '\0'; /* none was made: then nobody is the operator */
    BJ_CHECK(ask(halt, "POST", NULL, "Bearer ", NULL) == 401);
    memcpy(gate.operator_token, "operator", 9);
}

static void test_store_away(void) {
    away = true;
    BJ_CHECK(ask(find("GET", "/me"), "GET", "client", NULL, NULL) == 503);
    BJ_CHECK(ask(find("GET", "/me"), "GET", NULL, NULL, NULL) == 401);
    BJ_CHECK(ask(find("GET", "/health"), "GET", "client", NULL, NULL) == 200);
    away = false;
    BJ_CHECK(ask(find("GET", "/me"), "GET", "client", NULL, NULL) == 200);
    BJ_CHECK(seen.account_id == 1000 && seen.role == BJ_ROLE_CLIENT);
}

static void test_rate(void) {
    bj_gate_headers_t headers = {.cookie = NULL};
    bj_route_t route = *find("POST", "/auth/login");
    route.run = stub;
    int refused = 0;
    for (uint32_t i = 0; i < route.per_min + 3; i++) {
        char client[BJ_ADDRESS_BYTES]; /* each another one of the same network */
        snprintf(client, sizeof client, "2001:db8:1:2::%x", i + 1);
        bj_http_req_t req = {.method = "POST", .path = "", .query = "", .client = client};
        bj_http_resp_t resp = {.code = 0};
        bj_gate_run(&gate, &route, &headers, &req, &resp);
        if (resp.code == 429) refused += resp.retry_s > 0;
        json_decref(resp.json);
    }
    BJ_CHECK(refused >= 2); /* one may have been earned back meanwhile */
    bj_http_req_t req = {.method = "POST", .path = "", .query = "", .client = "10.0.0.3"};
    bj_http_resp_t resp = {.code = 0};
    bj_gate_run(&gate, &route, &headers, &req, &resp);
    BJ_CHECK(resp.code == 200);
}

/* Known once, as if its second were over right then. */
static unsigned known_cnt;

static bj_status_t known_once(void *ctx, const char *token, bj_caller_t *caller) {
    return known_cnt++ ? BJ_ERR_NOT_FOUND : session(ctx, token, caller);
}

/* On the loop only what is quick, and only for who is known without asking. */
static void test_quick(void) {
    bj_route_t route = *find("GET", "/me"), slow = *find("GET", "/me/sessions");
    route.run = slow.run = stub;
    const struct {
        const bj_route_t *route;
        const char       *cookie;
        bool              knows, done;
    } cases[] = {{&route, "__Host-bj_session=client", true, true},
                 {&route, "__Host-bj_session=gone", true, false},
                 {&route, NULL, true, false},
                 {&slow, "__Host-bj_session=client", true, false},
                 {&route, "__Host-bj_session=client", false, false}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_gate_headers_t headers = {.cookie = cases[i].cookie};
        bj_http_req_t req = {.method = "GET", .path = "", .query = "", .client = "10.0.0.1"};
        bj_http_resp_t resp = {.code = 0};
        gate.session_known = cases[i].knows ? session : NULL;
        unsigned ran = run_cnt;
        BJ_CHECK(bj_gate_quick(&gate, cases[i].route, &headers, &req, &resp) == cases[i].done);
        BJ_CHECK(run_cnt - ran == cases[i].done && resp.code == (cases[i].done ? 200 : 0));
    }
    bj_gate_headers_t headers = {.cookie = "__Host-bj_session=client"};
    bj_http_req_t req = {.method = "GET", .path = "", .query = "", .client = "10.0.0.1"};
    bj_http_resp_t resp = {.code = 0};
    gate.session_known = known_once;
    BJ_CHECK(bj_gate_quick(&gate, &route, &headers, &req, &resp) && resp.code == 200);
    json_decref(resp.json);
    gate.session_known = NULL;
}

int main(void) {
    gate.buckets = bj_bucket_new();
    gate.routes = bj_routes;
    gate.kite_routes = bj_kite_routes;
    test_walk();
    test_step_up();
    test_phone_due();
    test_elevation();
    test_rotation();
    test_no_policy();
    test_no_other_route();
    test_operator();
    test_store_away();
    test_rate();
    test_quick();
    bj_bucket_free(gate.buckets);
    return bj_test_end("test_bj_gate");
}
