/* /apps: a person's API apps; /connect: saying yes to one; /admin/apps: everybody's. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/apps/bj_apps.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

enum { REASON_MAX = 200, PARAMS_MAX = 400 };

static void refuse(bj_http_resp_t *resp, bj_status_t status) {
    switch (status) {
    case BJ_ERR_NOT_FOUND:
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such app");
        break;
    case BJ_ERR_FULL:
        bj_http_fail(resp, 409, "conflict", NULL, "a person may have %d apps", BJ_API_APPS_MAX);
        break;
    case BJ_ERR_DENIED:
        bj_http_fail(
            resp, 409, "conflict", "ips",
            "the addresses were changed within a week: once a week is what the rules allow");
        break;
    default:
        bj_http_unavailable(resp, "the user database");
    }
}

/* The operator's token is nobody's. */
static bool is_person(const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!req->caller->is_operator) return true;
    refuse(resp, BJ_ERR_NOT_FOUND);
    return false;
}

static json_t *scopes_json(unsigned scopes) {
    json_t *list = json_array();
    for (unsigned i = 0; i < BJ_SCOPE_CNT; i++) {
        if (scopes >> i & 1) json_array_append_new(list, json_string(bj_scope_name(1u << i)));
    }
    return list;
}

static json_t *time_json(int64_t at_us) {
    char text[BJ_TIME_TEXT_BYTES];
    return at_us ? json_string(bj_time_text(at_us * 1000, text)) : json_null();
}

static json_t *app_json(const bj_api_app_t *app, uint64_t for_user_id) {
    char owner[BJ_ID_TEXT_BYTES];
    json_t *ips = json_array();
    for (size_t i = 0; i < BJ_CALLER_IPS && app->ips[i][0]; i++) {
        json_array_append_new(ips, json_string(app->ips[i]));
    }
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:b}", "api_key",
                     app->api_key, "name", app->name, "user_id", bj_id_text(app->user_id, owner),
                     "own", app->user_id == for_user_id, "redirect_url", app->redirect_url,
                     "scopes", scopes_json(app->scopes), "ips", ips, "ips_for_all",
                     app->ips_for_all, "created", time_json(app->created_us), "secret_set",
                     time_json(app->secret_us), "ips_set", time_json(app->ips_us), "revoked",
                     time_json(app->revoked_us), "connected", app->granted);
}

static void answer_list(bj_app_t *app, uint64_t user_id, bj_http_resp_t *resp) {
    size_t cnt = 0;
    bj_api_app_t *rows = calloc(BJ_API_LIST_MAX, sizeof *rows);
    bj_status_t status =
        rows ? bj_apps_list(app->apps, user_id, rows, BJ_API_LIST_MAX, &cnt) : BJ_ERR_UNAVAILABLE;
    if (status == BJ_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < cnt; i++) {
            json_array_append_new(list, app_json(&rows[i], user_id));
        }
        bj_http_ok(
            resp, 200,
            json_pack("{s:o, s:s}", "apps", list, "url", app->kite_url ? app->kite_url : ""));
    } else {
        refuse(resp, status);
    }
    free(rows);
}

static void get_apps(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (is_person(req, resp)) answer_list(app, req->caller->user_id, resp);
}

static bool read_scopes(const json_t *list, unsigned *scopes, bj_http_resp_t *resp) {
    *scopes = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        unsigned scope;
        const char *word = json_string_value(json_array_get(list, i));
        if (strchr(word, ' ') || !bj_scopes_read(word, &scope)) {
            bj_http_fail(resp, 400, "bad_request", "scopes",
                         "scopes may hold profile, orders.read, orders.write, portfolio.read, "
                         "market.read");
            return false;
        }
        *scopes |= scope;
    }
    if (*scopes) return true;
    bj_http_fail(resp, 400, "bad_request", "scopes", "scopes must hold one at least");
    return false;
}

static bool read_ips(const json_t *list, bj_api_app_t *app, bj_http_resp_t *resp) {
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        bool ok = i < BJ_CALLER_IPS && bj_api_address_read(text, app->ips[i]) &&
                  (i == 0 || strcmp(app->ips[0], app->ips[1]) != 0);
        if (ok) continue;
        bj_http_fail(resp, 400, "bad_request", "ips",
                     "ips must be at most %d different addresses like 203.0.113.7", BJ_CALLER_IPS);
        return false;
    }
    if (app->ips[0][0] || !app->ips_for_all) return true;
    bj_http_fail(resp, 400, "bad_request", "ips_for_all",
                 "ips_for_all means something only with addresses in ips");
    return false;
}

static bool read_new(const bj_http_req_t *req, bj_api_app_t *app, bj_http_resp_t *resp) {
    json_t *scopes = NULL, *ips = NULL;
    const bj_field_t fields[] = {
        {.name = "name",
         .kind = BJ_FIELD_NAME,
         .min = 1,
         .max = BJ_API_NAME_MAX,
         .out = app->name,
         .out_bytes = sizeof app->name},
        {.name = "redirect_url",
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = BJ_API_URL_BYTES - 1,
         .out = app->redirect_url,
         .out_bytes = sizeof app->redirect_url},
        {.name = "scopes", .kind = BJ_FIELD_LIST, .max = BJ_SCOPE_CNT, .out = &scopes},
        {.name = "ips", .kind = BJ_FIELD_LIST, .max = BJ_CALLER_IPS, .optional = true, .out = &ips},
        {.name = "ips_for_all", .kind = BJ_FIELD_BOOL, .optional = true, .out = &app->ips_for_all},
    };
    bool ok = bj_http_body(req, fields, BJ_COUNT(fields), resp) &&
              read_scopes(scopes, &app->scopes, resp) && read_ips(ips, app, resp);
    const char *wrong = ok ? bj_api_url_refused(app->redirect_url) : NULL;
    if (wrong) bj_http_fail(resp, 400, "bad_request", "redirect_url", "redirect_url %s", wrong);
    json_decref(scopes);
    json_decref(ips);
    return ok && !wrong;
}

static void post_app(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_api_app_t made = {.user_id = req->caller->user_id};
    char secret[BJ_TOKEN_BYTES];
    if (!is_person(req, resp) || !read_new(req, &made, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_create(app->apps, &who, &made, secret);
    if (status == BJ_OK) {
        bj_http_ok(
            resp, 201,
            json_pack("{s:o, s:s}", "app", app_json(&made, made.user_id), "api_secret", secret));
    } else {
        refuse(resp, status);
    }
    explicit_bzero(secret, sizeof secret);
}

static void post_secret(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char secret[BJ_TOKEN_BYTES];
    if (!is_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_rotate(app->apps, &who, req->caller->user_id, req->param, secret);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:s}", "api_key", req->param, "api_secret", secret));
    } else {
        refuse(resp, status);
    }
    explicit_bzero(secret, sizeof secret);
}

static void put_addresses(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_api_app_t changed = {.user_id = req->caller->user_id};
    json_t *ips = NULL;
    const bj_field_t fields[] = {
        {.name = "ips", .kind = BJ_FIELD_LIST, .max = BJ_CALLER_IPS, .out = &ips},
        {.name = "ips_for_all",
         .kind = BJ_FIELD_BOOL,
         .optional = true,
         .out = &changed.ips_for_all},
    };
    if (!is_person(req, resp)) return;
    /* A body that is refused at its second field has left its first one with us. */
    bool ok = bj_http_body(req, fields, BJ_COUNT(fields), resp) && read_ips(ips, &changed, resp);
    json_decref(ips);
    if (!ok) return;
    snprintf(changed.api_key, sizeof changed.api_key, "%.16s", req->param);
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_set_ips(app->apps, &who, &changed);
    if (status == BJ_OK) status = bj_apps_find(app->apps, changed.api_key, &changed);
    if (status != BJ_OK)
        refuse(resp, status);
    else
        bj_http_ok(resp, 200, json_pack("{s:o}", "app", app_json(&changed, changed.user_id)));
}

static void delete_app(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!is_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_revoke(app->apps, &who, req->caller->user_id, req->param, NULL);
    if (status == BJ_OK)
        resp->code = 204;
    else
        refuse(resp, status);
}

static void delete_grant(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!is_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_ungrant(app->apps, &who, req->caller->user_id, req->param);
    if (status == BJ_OK)
        resp->code = 204;
    else
        refuse(resp, status);
}

/* --- saying yes */

static json_t *asks_json(const bj_api_app_t *app) {
    return json_pack("{s:s, s:s, s:s, s:o}", "api_key", app->api_key, "name", app->name,
                     "redirect_url", app->redirect_url, "scopes", scopes_json(app->scopes));
}

static void get_connect(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_api_app_t asks;
    const char *api_key = bj_query_str(req, "api_key");
    if (!is_person(req, resp)) return;
    bj_status_t status = bj_apps_find(app->apps, api_key ? api_key : "", &asks);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:o}", "app", asks_json(&asks)));
    else
        refuse(resp, status);
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

static void post_connect(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_api_app_t asks;
    char api_key[BJ_API_KEY_BYTES], params[PARAMS_MAX + 1] = "", token[BJ_TOKEN_BYTES];
    const bj_field_t fields[] = {{.name = "api_key",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = BJ_API_KEY_BYTES - 1,
                                  .out = api_key,
                                  .out_bytes = sizeof api_key},
                                 {.name = "redirect_params",
                                  .kind = BJ_FIELD_TEXT,
                                  .optional = true,
                                  .max = PARAMS_MAX,
                                  .out = params,
                                  .out_bytes = sizeof params}};
    if (!is_person(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!params_fit(params, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_find(app->apps, api_key, &asks);
    if (status == BJ_OK) {
        status = bj_apps_consent(app->apps, &who, req->caller->user_id, &asks, token);
    }
    if (status == BJ_OK)
        answer_connect(&asks, token, params, resp);
    else
        refuse(resp, status);
    explicit_bzero(token, sizeof token);
}

/* --- an operator's */

static void get_all_apps(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t user_id = 0;
    if (bj_query_int(req, "user_id", 1, INT64_MAX, &user_id, resp)) {
        answer_list(app, (uint64_t)user_id, resp);
    }
}

static void post_revoke(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    const bj_field_t fields[] = {{.name = "reason",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = REASON_MAX,
                                  .out = reason,
                                  .out_bytes = sizeof reason}};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_revoke(app->apps, &who, 0, req->param, reason);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:s}", "api_key", req->param));
    else
        refuse(resp, status);
}

const bj_route_t bj_apps_routes[] = {
    {"GET", "/apps", BJ_POLICY_SELF, get_apps, BJ_LANE_READ, 0, NULL},
    {"POST", "/apps", BJ_POLICY_SELF_SECURE, post_app, BJ_LANE_READ, 60, "app.create"},
    {"DELETE", "/apps/*", BJ_POLICY_SELF, delete_app, BJ_LANE_READ, 0, "app.revoke"},
    {"POST", "/apps/*/secret", BJ_POLICY_SELF_SECURE, post_secret, BJ_LANE_READ, 60,
     "app.rotate"},
    {"PUT", "/apps/*/addresses", BJ_POLICY_SELF_SECURE, put_addresses, BJ_LANE_READ, 0,
     "app.addresses"},
    {"DELETE", "/apps/*/grant", BJ_POLICY_SELF, delete_grant, BJ_LANE_READ, 0, "app.ungrant"},
    {"GET", "/connect", BJ_POLICY_SELF, get_connect, BJ_LANE_READ, 0, NULL},
    {"POST", "/connect", BJ_POLICY_SELF_SECURE, post_connect, BJ_LANE_READ, 60, "app.consent"},
    {"GET", "/admin/apps", BJ_POLICY_SESSION_READ, get_all_apps, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/apps/*/revoke", BJ_POLICY_SESSION_REVOKE, post_revoke, BJ_LANE_READ, 0,
     "app.revoke"},
    {.method = NULL},
};
