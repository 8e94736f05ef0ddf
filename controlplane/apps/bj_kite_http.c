/* The first routes in Kite's way: an app's log-in and whom it acts for.
 * Source: ../shared/spec/kite.md 1.2; the answers' fields are those that its clients' own mocks
 * have. */
#include <stdio.h>
#include <time.h>
#include "controlplane/apps/bj_apps_http.h"
#include "controlplane/apps/bj_pkce.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_kite.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

enum { FORM_BYTES = 1280, IST_S = 19800, KITE_TIME_BYTES = 20 };

static const char *kite_time(int64_t time_s, char out[KITE_TIME_BYTES]) {
    time_t ist = (time_t)(time_s + IST_S);
    struct tm at;
    out[0] = '\0';
    if (gmtime_r(&ist, &at)) strftime(out, KITE_TIME_BYTES, "%Y-%m-%d %H:%M:%S", &at);
    return out;
}

/* Who it is and where to write, only for an app that was granted that; its fields stay, for Kite's
 * clients. */
static json_t *user_json(const bj_caller_t *caller) {
    char id[BJ_ID_TEXT_BYTES];
    bool tells = caller->scopes & BJ_SCOPE_PROFILE;
    const char *name = tells ? caller->name : "";
    size_t first_bytes = strcspn(name, " ");
    return json_pack("{s:s, s:s, s:s, s:s, s:s%, s:s, s:n, s:[s], s:[ss], s:[ssss], s:{s:s}}",
                     "user_id", bj_id_text(caller->user_id, id), "user_type", "individual", "email",
                     tells ? caller->email : "", "user_name", name, "user_shortname", name,
                     first_bytes, "broker", "BIJLI", "avatar_url", "exchanges", "NSE", "products",
                     "CNC", "MIS", "order_types", "MARKET", "LIMIT", "SL", "SL-M", "meta",
                     "demat_consent", "");
}

static json_t *session_json(const bj_caller_t *caller, const char *api_key,
                            const char *access_token) {
    char now[KITE_TIME_BYTES];
    json_t *json = user_json(caller);
    json_t *more = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "api_key", api_key, "access_token",
                             access_token, "public_token", "", "refresh_token", "", "enctoken", "",
                             "login_time", kite_time(bj_clock_wall_ns() / BJ_NS_PER_S, now));
    json_object_update(json, more);
    json_decref(more);
    return json;
}

/* A field of the form or the query that must be there.  NULL: resp says which is not. */
static const char *need(const bj_http_req_t *req, const char *name, bj_http_resp_t *resp) {
    const char *text = bj_query_str(req, name);
    if (text && *text) return text;
    bj_http_fail(resp, 400, "bad_request", name, "%s is missing", name);
    resp->malformed = "missing field";
    return NULL;
}

static void bad_token(bj_http_resp_t *resp) {
    bj_http_fail(resp, 401, "not_logged_in", NULL, "the token is invalid or has expired");
}

/* Absent it is NULL; what is no verifier need not be tried. */
static bool read_verifier(const bj_http_req_t *req, const char **verifier, bj_http_resp_t *resp) {
    *verifier = bj_query_str(req, "code_verifier");
    if (!*verifier || bj_pkce_verifier_formed(*verifier)) return true;
    bj_http_fail(resp, 400, "bad_request", "code_verifier",
                 "code_verifier must be %d to %d letters, digits and - . _ ~",
                 BJ_PKCE_VERIFIER_MIN, BJ_PKCE_VERIFIER_MAX);
    resp->malformed = "wrong kind";
    return false;
}

/* The key that the token is to be bound to, if one is shown. */
static bool read_key(bj_app_t *app, const bj_http_req_t *req, char key[BJ_JWT_KEY_BYTES],
                     bj_http_resp_t *resp) {
    bj_dpop_t dpop;
    key[0] = '\0';
    /* Before anything is used up: it may come again with one. */
    bool wanted = bj_apps_bound_demanded(app->apps);
    if (!req->proof && wanted) bj_apps_refuse_proof(resp, 400, bj_apps_no_proof(app->apps));
    if (!req->proof) return !wanted;
    const bj_api_shown_t shown = {req->method, req->path, req->proof, NULL, true};
    bj_dpop_wrong_t wrong = bj_apps_key_of(app->apps, &shown, key, &dpop);
    if (!wrong) wrong = bj_apps_use_proof(app->apps, &dpop);
    if (wrong) bj_apps_refuse_proof(resp, 400, wrong);
    return !wrong;
}

static void start(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_caller_t caller;
    char access_token[BJ_JWT_BYTES], key[BJ_JWT_KEY_BYTES];
    bj_api_exchange_t exchange = {.api_key = need(req, "api_key", resp), .key = key};
    if (exchange.api_key) exchange.request_token = need(req, "request_token", resp);
    if (exchange.request_token) exchange.checksum = need(req, "checksum", resp);
    if (!exchange.checksum || !read_verifier(req, &exchange.verifier, resp) ||
        !read_key(app, req, key, resp)) {
        return;
    }
    bj_status_t status =
        bj_apps_session(app->apps, req->client, &exchange, &caller, access_token);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, session_json(&caller, exchange.api_key, access_token));
    else if (status == BJ_ERR_DENIED)
        bad_token(resp);
    else
        bj_http_unavailable(resp, "the user database");
    explicit_bzero(access_token, sizeof access_token);
}

typedef void form_fn(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp);

/* The body's fields where need() looks for them. */
static void with_form(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp,
                      form_fn *run) {
    char form[FORM_BYTES];
    bj_http_req_t read = *req;
    read.query = form;
    if (!bj_kite_form(req->body, req->body_bytes, form, sizeof form)) {
        bj_http_fail(resp, 400, "bad_request", NULL, "the body must be a form of known fields");
        resp->malformed = "no form";
    } else if (bj_query_doubled(&read)) {
        bj_http_fail(resp, 400, "bad_request", NULL, "the body says something twice");
        resp->malformed = "field twice";
    } else {
        run(app, &read, resp);
    }
    explicit_bzero(form, sizeof form);
}

static void post_token(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    with_form(app, req, resp, start);
}

/* RFC 7009: the app proves who it is, and is told nothing of a token that is none. */
static void end(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    const char *api_key = need(req, "api_key", resp);
    const char *token = api_key ? need(req, "token", resp) : NULL;
    const char *checksum = token ? need(req, "checksum", resp) : NULL;
    if (!checksum) return;
    bj_status_t status = bj_apps_end_token(app->apps, req->client, api_key, token, checksum);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_true());
    else if (status == BJ_ERR_DENIED)
        bj_http_fail(resp, 401, "not_logged_in", NULL, "the key or the checksum is wrong");
    else
        bj_http_unavailable(resp, "the user database");
}

static void post_end(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    with_form(app, req, resp, end);
}

/* Kite's libraries end a token so: whoever has it may, and nothing else is asked for. */
static void delete_token(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    const char *api_key = need(req, "api_key", resp);
    const char *token = api_key ? need(req, "access_token", resp) : NULL;
    if (!token) return;
    bj_status_t status = bj_apps_logout(app->apps, req->client, api_key, token);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_true());
    else if (status == BJ_ERR_NOT_FOUND)
        bad_token(resp);
    else if (status == BJ_ERR_DENIED)
        bj_http_fail(resp, 403, "not_allowed", NULL,
                     "this app ends its tokens by POST /session/revoke, with a checksum");
    else
        bj_http_unavailable(resp, "the user database");
}

static void get_profile(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app;
    bj_http_ok(resp, 200, user_json(req->caller));
}

const bj_route_t bj_kite_session_routes[] = {
    {"POST", "/session/token", BJ_POLICY_PUBLIC, post_token, BJ_LANE_READ, 60, "app.session"},
    {"DELETE", "/session/token", BJ_POLICY_PUBLIC, delete_token, BJ_LANE_READ, 60, "app.logout"},
    {"POST", "/session/revoke", BJ_POLICY_PUBLIC, post_end, BJ_LANE_READ, 60, "app.logout"},
    {"GET", "/user/profile", BJ_POLICY_PROFILE_READ, get_profile, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
