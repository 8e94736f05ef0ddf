/* Without a database: what may be a redirect, an address; Kite's checksum; a copy's way through
 * Redis.  With a PostgreSQL (BJ_TEST_PG_CONTROL; tests/with-pg starts one) and a Redis: a request
 * token is good once, for its app, in time and with the secret; a token ends at once by each way
 * that it can; addresses change once a week; nothing secret lies in the tables in clear. */
#include <pthread.h>
#include "controlplane/apps/apps_test.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_routes.h"

static void test_url(void) {
    static const struct {
        const char *url;
        bool ok;
    } cases[] = {
        {"https://b.in", true},
        {"https://b.in:8443/back?x=1&y=2", true},
        {"http://127.0.0.1:3000/", true},
        {"http://localhost", true},
        {"http://[::1]:9/x", true},
        {"http://b.in/", false},
        {"http://localhost.evil.in/", false},
        {"http://127.0.0.1.evil.in/", false},
        {"http://127.0.0.1@evil.in/", false},
        {"https://", false},
        {"https:///x", false},
        {"https://b.in@evil.in/", false},
        {"https://b.in\\evil", false},
        {"https://b.in:x/", false},
        {"https://b.in:123456/", false},
        {"https://b.in?x", false},
        {"https://b.in/#x", false},
        {"https://b.in/a b", false},
        {"https://b.in/\xc3\xa9", false},
        {"javascript:alert(1)", false},
        {"//b.in/", false},
        {"", false},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bool ok = !bj_api_url_refused(cases[i].url);
        BJ_CHECK(ok == cases[i].ok);
        if (ok != cases[i].ok) fprintf(stderr, "  %s\n", cases[i].url);
    }
}

static void test_address(void) {
    char out[BJ_ADDRESS_BYTES];
    BJ_CHECK(bj_api_address_read("10.0.0.1", out) && !strcmp(out, "10.0.0.1"));
    BJ_CHECK(bj_api_address_read("2001:DB8:0::1", out) && !strcmp(out, "2001:db8::1"));
    static const char *const bad[] = {"",     "10.0.0", "10.0.0.1/8", "10.0.0.01x",
                                      "b.in", "::/64",  "10.0.0.1 "};
    for (size_t i = 0; i < BJ_COUNT(bad); i++)
        BJ_CHECK(!bj_api_address_read(bad[i], out));
}

/* Source: spec/kite.md 1.2, "Vector". */
static void test_checksum(void) {
    char out[BJ_API_CHECKSUM_BYTES];
    bj_api_checksum("k", "rt", "secret", out);
    BJ_CHECK(!strcmp(out, "b455bfcd3303e9c818423de54b834568c1827a6a234238b16ba24458420c2e22"));
}

static void test_copy(void) {
    bj_caller_t caller = {.role = BJ_ROLE_CLIENT,
                          .user_id = 1001,
                          .account_id = 1000,
                          .app_id = 7,
                          .is_app = true,
                          .rights = {7, BJ_TRADES_CM, 500, 60, BJ_DAY_MINUTES},
                          .scopes = BJ_SCOPE_PROFILE | BJ_SCOPE_MARKET_READ,
                          .expires_ns = 12345,
                          .ips_for_all = true,
                          .email = "a@b.in",
                          .name = "Asha \"R\" \xe0\xa4\x85",
                          .ips = {"10.0.0.1", "2001:db8::1"}};
    bj_caller_t back;
    char text[BJ_API_COPY_BYTES];
    BJ_CHECK(bj_api_copy_write(&caller, text));
    size_t n = strlen(text);
    BJ_CHECK(bj_api_copy_read(text, n, &back));
    BJ_CHECK(back.role == caller.role && back.user_id == 1001 && back.account_id == 1000);
    BJ_CHECK(back.app_id == 7 && back.scopes == caller.scopes && back.expires_ns == 12345);
    BJ_CHECK(back.is_app && !memcmp(&back.rights, &caller.rights, sizeof back.rights));
    BJ_CHECK(back.ips_for_all && !memcmp(back.ips, caller.ips, sizeof back.ips));
    BJ_CHECK(!strcmp(back.email, caller.email) && !strcmp(back.name, caller.name));
    for (size_t i = 0; i < n; i++) {
        BJ_CHECK(!bj_api_copy_read(text, i, &back) && back.role == BJ_ROLE_NONE && !back.app_id);
    }
}

/* --- routes */

static size_t alive_cnt; /* what jansson has and has not given back */

static void *counted(size_t bytes) {
    void *mem = malloc(bytes);
    alive_cnt += mem != NULL;
    return mem;
}

static void uncounted(void *mem) {
    alive_cnt -= mem != NULL;
    free(mem);
}

/* The answer's code of a route of list, as a person. */
static bj_http_resp_t ask(const bj_route_t *list, bj_app_t *app, const char *path,
                          const char *body) {
    char param[BJ_HTTP_PARAM_BYTES];
    int code;
    static const bj_caller_t person = {.role = BJ_ROLE_CLIENT, .user_id = 1001};
    bj_route_list_t lists[] = {list, NULL};
    const char *slash = strchr(path, ' ') + 1;
    char method[8];
    snprintf(method, sizeof method, "%.*s", (int)(slash - 1 - path), path);
    const bj_route_t *route = bj_route_find(lists, method, slash, param, &code);
    bj_http_req_t req = {.method = method, .path = slash, .query = "", .param = param,
                         .body = body, .body_bytes = strlen(body), .client = "10.0.0.1",
                         .caller = &person};
    bj_http_resp_t resp = {.code = 0};
    BJ_CHECK(route);
    if (route) route->run(app, &req, &resp);
    return resp;
}

/* A body that is refused leaves nothing behind, whichever of its fields was wrong. */
static void test_refused_bodies(void) {
    static const struct {
        const char *path, *body;
    } cases[] = {
        {"PUT /apps/aaaaaaaaaaaaaaaa/addresses", "{\"ips\":[\"10.0.0.1\"],\"x\":1}"},
        {"PUT /apps/aaaaaaaaaaaaaaaa/addresses", "{\"ips\":[\"10.0.0.1\"],\"ips_for_all\":1}"},
        {"PUT /apps/aaaaaaaaaaaaaaaa/addresses", "{\"ips\":[\"b.in\"]}"},
        {"POST /apps", "{\"name\":\"A\",\"redirect_url\":\"https://b.in\",\"scopes\":[\"profile\"],"
                       "\"ips\":[\"10.0.0.1\"],\"x\":1}"},
        {"POST /apps", "{\"name\":\"A\",\"redirect_url\":\"b.in\",\"scopes\":[\"profile\"]}"},
        {"POST /connect", "{\"api_key\":\"k\",\"redirect_params\":\"request_token=x\"}"},
        {"POST /connect", "{\"api_key\":\"k\",\"redirect_params\":\"a=b&request%5ftoken=x\"}"},
        {"POST /connect", "{\"api_key\":\"k\",\"redirect_params\":\"%72equest_token\"}"},
        {"POST /connect", "{\"api_key\":\"k\",\"redirect_params\":\"a=b&&status=failed\"}"},
        {"POST /connect", "{\"api_key\":\"k\",\"redirect_params\":\"a=#\"}"},
        {"POST /connect", "{\"api_key\":\"k\",\"scopes\":[\"profile\"],\"x\":1}"},
        {"POST /apps", "{\"name\":\"A\",\"redirect_url\":\"https://b.in\",\"scopes\":[\"profile\"],"
                       "\"kite_library\":\"no\"}"},
        {"PUT /apps/aaaaaaaaaaaaaaaa/library", "{}"},
        {"PUT /apps/aaaaaaaaaaaaaaaa/grant", "{\"scopes\":[]}"},
        {"PUT /apps/aaaaaaaaaaaaaaaa/grant", "{\"scopes\":[\"admin\"]}"},
        {"PUT /apps/aaaaaaaaaaaaaaaa/grant", "{\"scopes\":[\"profile\"],\"x\":1}"},
    };
    bj_app_t app = {.venue = ""};
    json_set_alloc_funcs(counted, uncounted);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        size_t before = alive_cnt;
        bool connects = strstr(cases[i].path, "/connect") || strstr(cases[i].path, "/grant");
        bj_http_resp_t resp = ask(connects ? bj_connect_routes : bj_apps_routes, &app,
                                  cases[i].path, cases[i].body);
        BJ_CHECK(resp.code == 400);
        json_decref(resp.json);
        BJ_CHECK(alive_cnt == before);
        if (alive_cnt != before) fprintf(stderr, "  %s\n", cases[i].body);
    }
    json_set_alloc_funcs(malloc, free);
}

/* --- with the stores */

static void test_request(uint64_t asha, uint64_t other) {
    char secret[BJ_TOKEN_BYTES], theirs[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES];
    char checksum[BJ_API_CHECKSUM_BYTES], token[BJ_JWT_BYTES], text[BJ_JWT_BYTES + 20];
    bj_caller_t caller;
    bj_api_app_t app = app_make(asha, secret), second = app_make(other, theirs);
    BJ_CHECK(consent(other, &app, request) == BJ_OK);
    /* With another app's secret, and by that app itself: refused, and not used up. */
    bj_api_checksum(app.api_key, request, theirs, checksum);
    BJ_CHECK(exchange(app.api_key, request, checksum, &caller, token) ==
             BJ_ERR_DENIED);
    bj_api_checksum(second.api_key, request, theirs, checksum);
    BJ_CHECK(exchange(second.api_key, request, checksum, &caller, token) ==
             BJ_ERR_DENIED);
    BJ_CHECK(exchange("short", request, checksum, &caller, token) ==
             BJ_ERR_DENIED);
    BJ_CHECK(exchange(app.api_key, request, "", &caller, token) == BJ_ERR_DENIED);
    BJ_CHECK(token[0] == '\0');
    bj_api_checksum(app.api_key, request, secret, checksum);
    BJ_CHECK(exchange(app.api_key, request, checksum, &caller, token) == BJ_OK);
    BJ_CHECK(caller.user_id == other && caller.app_id == app.app_id);
    snprintf(text, sizeof text, "%s:%s", app.api_key, token);
    BJ_CHECK(is_in(text) == BJ_OK && is_in(text) == BJ_OK);
    BJ_CHECK(bj_apps_caller(apps, text, &caller) == BJ_OK && caller.user_id == other &&
             caller.scopes == app.scopes && caller.role == BJ_ROLE_CLIENT);
    snprintf(text, sizeof text, "%s:%s", second.api_key, token);
    BJ_CHECK(is_in(text) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(is_in(token) == BJ_ERR_NOT_FOUND && is_in("") == BJ_ERR_NOT_FOUND);
    /* A second time, and too late. */
    BJ_CHECK(exchange(app.api_key, request, checksum, &caller, token) ==
             BJ_ERR_DENIED);
    BJ_CHECK(consent(other, &app, request) == BJ_OK);
    force("UPDATE app_requests SET expires_at = now() - interval '1 second'");
    bj_api_checksum(app.api_key, request, secret, checksum);
    BJ_CHECK(exchange(app.api_key, request, checksum, &caller, token) ==
             BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_revoke(apps, &who, 0, app.api_key, "test") == BJ_OK);
    BJ_CHECK(bj_apps_revoke(apps, &who, 0, second.api_key, NULL) == BJ_OK);
}

/* Each way in which a token ends: at once, though Redis has a copy of it. */
static void test_ends(uint64_t asha, uint64_t other) {
    char secret[BJ_TOKEN_BYTES], fresh[BJ_TOKEN_BYTES], first[sizeof credential_of];
    bj_api_app_t app = app_make(asha, secret);
    BJ_CHECK(log_in(&app, secret, other) == BJ_OK && is_in(credential_of) == BJ_OK);
    memcpy(first, credential_of, sizeof first);
    BJ_CHECK(log_in(&app, secret, other) == BJ_OK);
    BJ_CHECK(is_in(first) == BJ_ERR_NOT_FOUND && is_in(credential_of) == BJ_OK);
    BJ_CHECK(bj_apps_logout(apps, "-", app.api_key, strchr(credential_of, ':') + 1) == BJ_OK);
    BJ_CHECK(is_in(credential_of) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_logout(apps, "-", app.api_key, strchr(credential_of, ':') + 1) ==
             BJ_ERR_NOT_FOUND);
    BJ_CHECK(log_in(&app, secret, other) == BJ_OK && is_in(credential_of) == BJ_OK);
    BJ_CHECK(bj_apps_ungrant(apps, &who, asha, app.api_key) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_ungrant(apps, &who, other, app.api_key) == BJ_OK);
    BJ_CHECK(is_in(credential_of) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(log_in(&app, secret, other) == BJ_OK && is_in(credential_of) == BJ_OK);
    BJ_CHECK(bj_apps_rotate(apps, &who, other, app.api_key, fresh) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_rotate(apps, &who, asha, app.api_key, fresh) == BJ_OK);
    BJ_CHECK(is_in(credential_of) == BJ_ERR_NOT_FOUND && strcmp(fresh, secret) != 0);
    BJ_CHECK(log_in(&app, secret, other) == BJ_ERR_DENIED);
    BJ_CHECK(log_in(&app, fresh, other) == BJ_OK && is_in(credential_of) == BJ_OK);
    BJ_CHECK(bj_apps_revoke(apps, &who, other, app.api_key, NULL) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
    BJ_CHECK(is_in(credential_of) == BJ_ERR_NOT_FOUND);
    char request[BJ_TOKEN_BYTES];
    BJ_CHECK(consent(other, &app, request) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_find(apps, app.api_key, &app) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_rotate(apps, &who, asha, app.api_key, fresh) == BJ_ERR_NOT_FOUND);
}

typedef struct rotation {
    const char *api_key;
    uint64_t user_id;
    bj_status_t status;
} rotation_t;

static void *rotate(void *arg) {
    rotation_t *rotation = arg;
    char secret[BJ_TOKEN_BYTES];
    rotation->status = bj_apps_rotate(apps, &who, rotation->user_id, rotation->api_key, secret);
    return NULL;
}

static uint64_t number(const char *sql) {
    BJ_DB_RESULT rows = NULL;
    uint64_t n = 0;
    BJ_CHECK(bj_db_query(owner, sql, BJ_DB_NO_PARAMS, &rows) == BJ_OK);
    BJ_CHECK(bj_db_get_u64(rows, 0, 0, &n));
    return n;
}

/* A token that is being made of a request while the secret changes ends with those before it. */
static void test_race(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES];
    pthread_t thread;
    BJ_DB_CONN db = NULL;
    bj_api_app_t app = app_make(asha, secret);
    rotation_t rotation = {app.api_key, asha, BJ_ERR_UNAVAILABLE};
    BJ_CHECK(consent(asha, &app, request) == BJ_OK);
    BJ_CHECK(bj_db_take(owner, &db) == BJ_OK && bj_db_begin(db) == BJ_OK);
    BJ_CHECK(bj_db_script(db, "SET LOCAL session_replication_role = replica;"
                              " WITH used AS (DELETE FROM app_requests RETURNING app_id, user_id)"
                              " INSERT INTO app_tokens (app_id, user_id, token_hash, expires_at)"
                              " SELECT app_id, user_id, sha256('race'), now() + interval '1 hour'"
                              " FROM used") == BJ_OK);
    pthread_create(&thread, NULL, rotate, &rotation);
    CHILD_CHECK_SOON(2500, number("SELECT count(*) FROM pg_stat_activity WHERE"
                                  " wait_event_type = 'Lock'") > 0);
    BJ_CHECK(bj_db_commit(db) == BJ_OK);
    pthread_join(thread, NULL);
    BJ_CHECK(rotation.status == BJ_OK);
    BJ_CHECK(number("SELECT count(*) FROM app_tokens WHERE token_hash = sha256('race')") == 0);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
}

/* Who takes back what was said yes to a moment ago means that too. */
static void test_take_back(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES], checksum[BJ_API_CHECKSUM_BYTES];
    char token[BJ_JWT_BYTES];
    bj_caller_t caller;
    bj_api_app_t app = app_make(asha, secret);
    BJ_CHECK(consent(asha, &app, request) == BJ_OK);
    BJ_CHECK(bj_apps_ungrant(apps, &who, asha, app.api_key) == BJ_OK);
    BJ_CHECK(bj_apps_ungrant(apps, &who, asha, app.api_key) == BJ_ERR_NOT_FOUND);
    bj_api_checksum(app.api_key, request, secret, checksum);
    BJ_CHECK(exchange(app.api_key, request, checksum, &caller, token) ==
             BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
}

/* Whose token it is an app learns; name and address of mail only if it was granted them. */
static void test_profile(uint64_t asha) {
    static const unsigned scopes[] = {BJ_SCOPE_ORDERS_READ, BJ_SCOPE_PROFILE};
    char secret[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES], checksum[BJ_API_CHECKSUM_BYTES];
    char body[256];
    bj_app_t app = {.apps = apps};
    for (size_t i = 0; i < BJ_COUNT(scopes); i++) {
        const char *email = "", *name = "", *short_name = "", *user_id = "";
        bj_api_app_t asks = {.user_id = asha, .name = "Robot", .scopes = scopes[i],
                             .kite_library = true, .redirect_url = "https://b.in/back"};
        BJ_CHECK(bj_apps_create(apps, &who, &asks, secret) == BJ_OK);
        BJ_CHECK(consent(asha, &asks, request) == BJ_OK);
        bj_api_checksum(asks.api_key, request, secret, checksum);
        snprintf(body, sizeof body, "api_key=%s&request_token=%s&checksum=%s", asks.api_key,
                 request, checksum);
        bj_http_resp_t resp = ask(bj_kite_session_routes, &app, "POST /session/token", body);
        BJ_CHECK(resp.code == 200);
        BJ_CHECK(json_unpack(resp.json, "{s:s, s:s, s:s, s:s}", "email", &email, "user_name", &name,
                             "user_shortname", &short_name, "user_id", &user_id) == 0);
        bool tells = scopes[i] == BJ_SCOPE_PROFILE;
        BJ_CHECK(strcmp(email, tells ? "asha@b.in" : "") == 0 && user_id[0]);
        BJ_CHECK(strcmp(name, tells ? "Asha Rao" : "") == 0);
        BJ_CHECK(strcmp(short_name, tells ? "Asha" : "") == 0);
        json_decref(resp.json);
        BJ_CHECK(bj_apps_revoke(apps, &who, asha, asks.api_key, NULL) == BJ_OK);
    }
}

static void test_addresses(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES];
    bj_caller_t caller;
    bj_api_app_t app = app_make(asha, secret), now;
    BJ_CHECK(log_in(&app, secret, asha) == BJ_OK && is_in(credential_of) == BJ_OK);
    snprintf(app.ips[0], BJ_ADDRESS_BYTES, "10.0.0.1");
    snprintf(app.ips[1], BJ_ADDRESS_BYTES, "2001:db8::1");
    BJ_CHECK(bj_apps_set_ips(apps, &who, &app) == BJ_OK);
    BJ_CHECK(bj_apps_find(apps, app.api_key, &now) == BJ_OK && now.ips_us > 0);
    BJ_CHECK(!memcmp(now.ips, app.ips, sizeof now.ips));
    /* The token that is out obeys them at once. */
    BJ_CHECK(bj_apps_caller(apps, credential_of, &caller) == BJ_OK);
    BJ_CHECK(!strcmp(caller.ips[0], "10.0.0.1") && !strcmp(caller.ips[1], "2001:db8::1"));
    BJ_CHECK(bj_apps_set_ips(apps, &who, &app) == BJ_OK); /* the same: no change */
    app.ips_for_all = true;
    BJ_CHECK(bj_apps_set_ips(apps, &who, &app) == BJ_ERR_DENIED);
    force("UPDATE apps SET ips_at = now() - interval '7 days 1 second'");
    BJ_CHECK(bj_apps_set_ips(apps, &who, &app) == BJ_OK);
    BJ_CHECK(bj_apps_caller(apps, credential_of, &caller) == BJ_OK && caller.ips_for_all);
    app.user_id++;
    BJ_CHECK(bj_apps_set_ips(apps, &who, &app) == BJ_ERR_NOT_FOUND);
}

static void test_list(uint64_t asha, uint64_t other) {
    char secret[BJ_TOKEN_BYTES];
    size_t cnt, all_cnt;
    bj_api_app_t rows[BJ_API_LIST_MAX], app = app_make(asha, secret);
    BJ_CHECK(bj_apps_list(apps, other, rows, BJ_COUNT(rows), &cnt) == BJ_OK && cnt == 0);
    BJ_CHECK(log_in(&app, secret, other) == BJ_OK);
    BJ_CHECK(bj_apps_list(apps, other, rows, BJ_COUNT(rows), &cnt) == BJ_OK && cnt == 1);
    BJ_CHECK(rows[0].granted && rows[0].user_id == asha);
    BJ_CHECK(bj_apps_list(apps, 0, rows, BJ_COUNT(rows), &all_cnt) == BJ_OK && all_cnt >= 5);
    BJ_CHECK(bj_apps_list(apps, asha, rows, BJ_COUNT(rows), &cnt) == BJ_OK && cnt < all_cnt);
    for (; cnt < BJ_API_APPS_MAX; cnt++)
        app_make(asha, secret);
    BJ_CHECK(bj_apps_create(apps, &who, &app, secret) == BJ_ERR_FULL);
}

/* What a thief of the tables has: neither secrets nor tokens. */
static void test_no_secret(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES], like[80];
    uint64_t found_cnt = 9;
    BJ_DB_RESULT rows = NULL;
    BJ_CHECK(bj_apps_list(apps, asha, &(bj_api_app_t){0}, 1, &(size_t){0}) == BJ_OK);
    force("UPDATE apps SET revoked_at = now() WHERE revoked_at IS NULL AND ctid IN"
          " (SELECT ctid FROM apps WHERE revoked_at IS NULL LIMIT 1)");
    bj_api_app_t app = app_make(asha, secret);
    BJ_CHECK(log_in(&app, secret, asha) == BJ_OK);
    const char *const made[] = {secret, strchr(credential_of, ':') + 1};
    for (size_t i = 0; i < BJ_COUNT(made); i++) {
        bj_db_result_free(rows);
        rows = NULL;
        snprintf(like, sizeof like, "%.40s", made[i] + (i ? 60 : 0));
        BJ_CHECK(
            bj_db_query(owner,
                        "SELECT (SELECT count(*) FROM apps a WHERE position($1 in a::text) > 0"
                        "  OR position(encode($1::bytea, 'hex') in a::text) > 0)"
                        " + (SELECT count(*) FROM app_tokens t WHERE position($1 in t::text) > 0)"
                        " + (SELECT count(*) FROM audit_entries e"
                        "     WHERE position($1 in e::text) > 0)",
                        BJ_DB_PARAMS(like), &rows) == BJ_OK);
        BJ_CHECK(bj_db_get_u64(rows, 0, 0, &found_cnt) && found_cnt == 0);
    }
}

static void test_stores(const char *dir) {
    apps_world_t world;
    apps_begin(&world, dir);
    uint64_t asha = user_make("asha@b.in"), other = user_make("other@b.in");
    test_request(asha, other);
    test_ends(asha, other);
    test_race(asha);
    test_take_back(asha);
    test_profile(asha);
    test_addresses(asha);
    test_list(asha, other);
    test_no_secret(asha);
    BJ_CHECK(is_in(credential_of) == BJ_OK);
    child_stop(world.redis, SIGKILL);
    BJ_CHECK(is_in(credential_of) == BJ_OK); /* the record says so */
    apps_end(&world);
}

int main(void) {
    char dir[64];
    signal(SIGPIPE, SIG_IGN);
    test_url();
    test_address();
    test_checksum();
    test_copy();
    test_refused_bodies();
    if (!getenv("BJ_TEST_PG_CONTROL")) {
        fprintf(stderr, "test_bj_apps: SKIPPED in part: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        return bj_test_end("test_bj_apps (without BJ_TEST_PG)");
    }
    if (!child_mkdir(dir, sizeof dir)) abort();
    test_stores(dir);
    child_rmdir(dir);
    return bj_test_end("test_bj_apps");
}
