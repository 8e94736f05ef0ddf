/* /connect: saying yes to an app; /apps/KEY/grant: less than that, and no. */
#include <stdio.h>
#include "controlplane/apps/bj_apps_http.h"
#include "controlplane/apps/bj_pkce.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_routes.h"

enum { PARAMS_MAX = 400, CHALLENGE_MAX = 100 };

static json_t *asks_json(const bj_api_app_t *app) {
    return json_pack("{s:s, s:s, s:s, s:o, s:o}", "api_key", app->api_key, "name", app->name,
                     "redirect_url", app->redirect_url, "scopes",
                     bj_apps_scopes_json(app->scopes), "granted",
                     bj_apps_scopes_json(app->granted_scopes & app->scopes));
}

/* What an app sends along of PKCE (bj_pkce.h), by whichever way it came. */
static bool read_challenge(const bj_apps_t *apps, const bj_api_app_t *asks, const char *challenge,
                           const char *method, uint8_t bytes[BJ_PKCE_BYTES],
                           bj_http_resp_t *resp) {
    if (!bj_apps_library_fits(apps, asks->kite_library, 403, resp)) return false;
    const char *wrong = bj_pkce_challenge_refused(challenge, method, bytes);
    if (!wrong && !challenge && !asks->kite_library) {
        wrong = "code_challenge is missing: this app has to prove that it began the log-in";
    }
    if (!wrong) return true;
    bj_http_fail(resp, 400, "bad_request", "code_challenge", "%s", wrong);
    return false;
}

static void get_connect(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_api_app_t asks;
    uint8_t challenge[BJ_PKCE_BYTES];
    const char *api_key = bj_query_str(req, "api_key");
    if (!bj_apps_person(req, resp)) return;
    bj_status_t status =
        bj_apps_find_for(app->apps, req->caller->user_id, api_key ? api_key : "", &asks);
    if (status != BJ_OK) {
        bj_apps_refuse(resp, status);
    } else if (read_challenge(app->apps, &asks, bj_query_str(req, "code_challenge"),
                              bj_query_str(req, "code_challenge_method"), challenge, resp)) {
        bj_http_ok(resp, 200, json_pack("{s:o}", "app", asks_json(&asks)));
    }
}

/* A name in a query that is plain, and none of those that we send. */
static bool name_fits(const char *name, size_t name_bytes) {
    static const char *const ours[] = {"action", "type", "status", "request_token"};
    bool fits = !memchr(name, '%', name_bytes) && !memchr(name, '+', name_bytes);
    for (size_t i = 0; i < BJ_COUNT(ours); i++) {
        fits &= strlen(ours[i]) != name_bytes || memcmp(name, ours[i], name_bytes) != 0;
    }
    return fits;
}

/* What the app wants to have back beside the token, as a query has it.  Anybody can put it into a
 * link, and some programs take the last of two of one name: none of ours, however it is written. */
static bool params_fit(const char *params, bj_http_resp_t *resp) {
    static const char may[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              "-._~%+=&";
    bool fits = strspn(params, may) == strlen(params);
    for (const char *name = params; fits && *name;) {
        fits = name_fits(name, strcspn(name, "=&"));
        name += strcspn(name, "&");
        name += *name == '&';
    }
    if (fits) return true;
    bj_http_fail(resp, 400, "bad_request", "redirect_params",
                 "redirect_params must be a query in its encoded form, with plain names and "
                 "without action, type, status and request_token");
    return false;
}

static void answer_connect(const bj_api_app_t *asks, const char *token, const char *params,
                           bj_http_resp_t *resp) {
    char url[BJ_API_URL_BYTES + PARAMS_MAX + 160];
    snprintf(url, sizeof url, "%s%caction=login&type=login&status=success&request_token=%s%s%s",
             asks->redirect_url, strchr(asks->redirect_url, '?') ? '&' : '?', token,
             params[0] ? "&" : "", params);
    bj_http_ok(resp, 200, json_pack("{s:s}", "redirect", url));
    explicit_bzero(url, sizeof url);
}

typedef struct yes {
    char api_key[BJ_API_KEY_BYTES], params[PARAMS_MAX + 1];
    char challenge[CHALLENGE_MAX + 1], method[CHALLENGE_MAX + 1];
    json_t *scopes; /* NULL: all that it asks for */
} yes_t;

static bool read_yes(const bj_http_req_t *req, yes_t *yes, bj_http_resp_t *resp) {
    const bj_field_t fields[] = {{.name = "api_key",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = BJ_API_KEY_BYTES - 1,
                                  .out = yes->api_key,
                                  .out_bytes = sizeof yes->api_key},
                                 {.name = "redirect_params",
                                  .kind = BJ_FIELD_TEXT,
                                  .optional = true,
                                  .max = PARAMS_MAX,
                                  .out = yes->params,
                                  .out_bytes = sizeof yes->params},
                                 {.name = "code_challenge",
                                  .kind = BJ_FIELD_TEXT,
                                  .optional = true,
                                  .min = 1,
                                  .max = CHALLENGE_MAX,
                                  .out = yes->challenge,
                                  .out_bytes = sizeof yes->challenge},
                                 {.name = "code_challenge_method",
                                  .kind = BJ_FIELD_TEXT,
                                  .optional = true,
                                  .min = 1,
                                  .max = CHALLENGE_MAX,
                                  .out = yes->method,
                                  .out_bytes = sizeof yes->method},
                                 {.name = "scopes",
                                  .kind = BJ_FIELD_LIST,
                                  .optional = true,
                                  .max = BJ_SCOPE_CNT,
                                  .out = &yes->scopes}};
    return bj_http_body(req, fields, BJ_COUNT(fields), resp) && params_fit(yes->params, resp);
}

static bool read_granted(const yes_t *yes, const bj_api_app_t *asks, unsigned *scopes,
                         bj_http_resp_t *resp) {
    *scopes = asks->scopes;
    if (!yes->scopes) return true;
    if (!bj_apps_scopes_read(yes->scopes, scopes, resp)) return false;
    if (!(*scopes & ~asks->scopes)) return true;
    bj_http_fail(resp, 400, "bad_request", "scopes", "scopes must be some that the app asks for");
    return false;
}

static const char *or_null(const char *text) { return text[0] ? text : NULL; }

static void say_yes(bj_app_t *app, const bj_http_req_t *req, const yes_t *yes,
                    bj_http_resp_t *resp) {
    bj_api_app_t asks;
    char token[BJ_TOKEN_BYTES];
    uint8_t challenge[BJ_PKCE_BYTES];
    unsigned scopes;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_find(app->apps, yes->api_key, &asks);
    if (status != BJ_OK) {
        bj_apps_refuse(resp, status);
        return;
    }
    if (!read_challenge(app->apps, &asks, or_null(yes->challenge), or_null(yes->method), challenge,
                        resp) ||
        !read_granted(yes, &asks, &scopes, resp)) {
        return;
    }
    status = bj_apps_consent(app->apps, &who, req->caller->user_id, &asks, scopes,
                             yes->challenge[0] ? challenge : NULL, token);
    if (status == BJ_OK)
        answer_connect(&asks, token, yes->params, resp);
    else
        bj_apps_refuse(resp, status);
    explicit_bzero(token, sizeof token);
}

static void post_connect(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    yes_t yes = {.scopes = NULL};
    if (!bj_apps_person(req, resp)) return;
    if (read_yes(req, &yes, resp)) say_yes(app, req, &yes, resp);
    json_decref(yes.scopes);
}

/* --- less than yes, and no */

static void put_grant(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    json_t *list = NULL;
    unsigned scopes;
    const bj_field_t fields[] = {
        {.name = "scopes", .kind = BJ_FIELD_LIST, .max = BJ_SCOPE_CNT, .out = &list}};
    if (!bj_apps_person(req, resp)) return;
    bool ok = bj_http_body(req, fields, BJ_COUNT(fields), resp) &&
              bj_apps_scopes_read(list, &scopes, resp);
    json_decref(list);
    if (!ok) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status =
        bj_apps_narrow(app->apps, &who, req->caller->user_id, req->param, scopes);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:o}", "api_key", req->param, "granted",
                                        bj_apps_scopes_json(scopes)));
    } else if (status == BJ_ERR_DENIED) {
        bj_http_fail(resp, 409, "conflict", "scopes",
                     "scopes may only become fewer here; more the app has to ask for");
    } else {
        bj_apps_refuse(resp, status);
    }
}

static void delete_grant(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!bj_apps_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_ungrant(app->apps, &who, req->caller->user_id, req->param);
    if (status == BJ_OK)
        resp->code = 204;
    else
        bj_apps_refuse(resp, status);
}

const bj_route_t bj_connect_routes[] = {
    {"GET", "/connect", BJ_POLICY_SELF, get_connect, BJ_LANE_READ, 0, NULL},
    {"POST", "/connect", BJ_POLICY_SELF_SECURE, post_connect, BJ_LANE_READ, 60, "app.consent"},
    {"PUT", "/apps/*/grant", BJ_POLICY_SELF, put_grant, BJ_LANE_READ, 0, "app.narrow"},
    {"DELETE", "/apps/*/grant", BJ_POLICY_SELF, delete_grant, BJ_LANE_READ, 0, "app.ungrant"},
    {.method = NULL},
};
