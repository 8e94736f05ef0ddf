/* /apps: a person's API apps; /admin/apps: everybody's.  Saying yes to one: bj_connect_http.c. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/apps/bj_apps_http.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

enum { REASON_MAX = 200 };

void bj_apps_refuse(bj_http_resp_t *resp, bj_status_t status) {
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
bool bj_apps_person(const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!req->caller->is_operator) return true;
    bj_apps_refuse(resp, BJ_ERR_NOT_FOUND);
    return false;
}

json_t *bj_apps_scopes_json(unsigned scopes) {
    json_t *list = json_array();
    for (unsigned i = 0; i < BJ_SCOPE_CNT; i++) {
        if (scopes >> i & 1) json_array_append_new(list, json_string(bj_scope_name(1u << i)));
    }
    return list;
}

bool bj_apps_scopes_read(const json_t *list, unsigned *scopes, bj_http_resp_t *resp) {
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
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:b,"
                     " s:o}",
                     "api_key", app->api_key, "name", app->name, "user_id",
                     bj_id_text(app->user_id, owner), "own", app->user_id == for_user_id,
                     "redirect_url", app->redirect_url, "scopes",
                     bj_apps_scopes_json(app->scopes), "ips", ips, "ips_for_all",
                     app->ips_for_all, "kite_library", app->kite_library, "bound",
                     app->bound, "created",
                     time_json(app->created_us), "secret_set", time_json(app->secret_us),
                     "ips_set", time_json(app->ips_us), "revoked", time_json(app->revoked_us),
                     "connected", app->granted, "granted",
                     bj_apps_scopes_json(app->granted ? app->granted_scopes : BJ_SCOPE_NONE));
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
            json_pack("{s:o, s:s, s:b}", "apps", list, "url", app->kite_url ? app->kite_url : "",
                      "bound_demanded", bj_apps_bound_demanded(app->apps)));
    } else {
        bj_apps_refuse(resp, status);
    }
    free(rows);
}

static void get_apps(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (bj_apps_person(req, resp)) answer_list(app, req->caller->user_id, resp);
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

bool bj_apps_library_fits(const bj_apps_t *apps, bool kite_library, int code,
                          bj_http_resp_t *resp) {
    if (!kite_library || !bj_apps_bound_demanded(apps)) return true;
    bj_http_fail(resp, code, code == 403 ? "not_allowed" : "bad_request", "kite_library",
                 "here an access token is bound to a key of the app's (DPoP), and Kite Connect's "
                 "libraries have none");
    return false;
}

static bool proofs_fit(const bj_apps_t *apps, bj_api_proofs_t proofs, bj_http_resp_t *resp) {
    if (!bj_apps_library_fits(apps, proofs.kite_library, 400, resp)) return false;
    if (!proofs.kite_library || !proofs.bound) return true;
    bj_http_fail(resp, 400, "bad_request", "bound",
                 "bound is not for apps with kite_library: those libraries have no key");
    return false;
}

static bool read_new(const bj_apps_t *apps, const bj_http_req_t *req, bj_api_app_t *app,
                     bj_http_resp_t *resp) {
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
        {.name = "kite_library",
         .kind = BJ_FIELD_BOOL,
         .optional = true,
         .out = &app->kite_library},
        {.name = "bound", .kind = BJ_FIELD_BOOL, .optional = true, .out = &app->bound},
    };
    bool ok = bj_http_body(req, fields, BJ_COUNT(fields), resp) &&
              bj_apps_scopes_read(scopes, &app->scopes, resp) && read_ips(ips, app, resp) &&
              proofs_fit(apps, (bj_api_proofs_t){app->kite_library, app->bound}, resp);
    const char *wrong = ok ? bj_api_url_refused(app->redirect_url) : NULL;
    if (wrong) bj_http_fail(resp, 400, "bad_request", "redirect_url", "redirect_url %s", wrong);
    json_decref(scopes);
    json_decref(ips);
    return ok && !wrong;
}

static void post_app(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_api_app_t made = {.user_id = req->caller->user_id};
    char secret[BJ_TOKEN_BYTES];
    if (!bj_apps_person(req, resp) || !read_new(app->apps, req, &made, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_create(app->apps, &who, &made, secret);
    if (status == BJ_OK) {
        bj_http_ok(
            resp, 201,
            json_pack("{s:o, s:s}", "app", app_json(&made, made.user_id), "api_secret", secret));
    } else {
        bj_apps_refuse(resp, status);
    }
    explicit_bzero(secret, sizeof secret);
}

static void post_secret(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char secret[BJ_TOKEN_BYTES];
    if (!bj_apps_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_rotate(app->apps, &who, req->caller->user_id, req->param, secret);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:s}", "api_key", req->param, "api_secret", secret));
    } else {
        bj_apps_refuse(resp, status);
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
    if (!bj_apps_person(req, resp)) return;
    /* A body that is refused at its second field has left its first one with us. */
    bool ok = bj_http_body(req, fields, BJ_COUNT(fields), resp) && read_ips(ips, &changed, resp);
    json_decref(ips);
    if (!ok) return;
    snprintf(changed.api_key, sizeof changed.api_key, "%.16s", req->param);
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_set_ips(app->apps, &who, &changed);
    if (status == BJ_OK) status = bj_apps_find(app->apps, changed.api_key, &changed);
    if (status != BJ_OK)
        bj_apps_refuse(resp, status);
    else
        bj_http_ok(resp, 200, json_pack("{s:o}", "app", app_json(&changed, changed.user_id)));
}

/* What the body does not speak of stays as it is in proofs. */
static bool read_library(const bj_http_req_t *req, bj_api_proofs_t *proofs, bj_http_resp_t *resp) {
    const bj_field_t fields[] = {
        {.name = "kite_library", .kind = BJ_FIELD_BOOL, .out = &proofs->kite_library},
        {.name = "bound", .kind = BJ_FIELD_BOOL, .optional = true, .out = &proofs->bound}};
    return bj_http_body(req, fields, BJ_COUNT(fields), resp);
}

static void put_library(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_api_proofs_t proofs = {.bound = false};
    bj_api_app_t now;
    if (!bj_apps_person(req, resp) || !read_library(req, &proofs, resp)) return;
    bj_status_t status = bj_apps_find(app->apps, req->param, &now);
    if (status == BJ_OK && now.user_id != req->caller->user_id) status = BJ_ERR_NOT_FOUND;
    if (status != BJ_OK) {
        bj_apps_refuse(resp, status);
        return;
    }
    proofs.bound = now.bound;
    if (!read_library(req, &proofs, resp) || !proofs_fit(app->apps, proofs, resp)) return;
    proofs.bound |= bj_apps_bound_demanded(app->apps);
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    status = bj_apps_set_proofs(app->apps, &who, req->caller->user_id, req->param, proofs, NULL);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200,
                   json_pack("{s:s, s:b, s:b}", "api_key", req->param, "kite_library",
                             proofs.kite_library, "bound", proofs.bound));
    } else {
        bj_apps_refuse(resp, status);
    }
}

static void delete_app(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!bj_apps_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_revoke(app->apps, &who, req->caller->user_id, req->param, NULL);
    if (status == BJ_OK)
        resp->code = 204;
    else
        bj_apps_refuse(resp, status);
}

/* --- an operator's */

static void get_all_apps(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t user_id = 0;
    if (bj_query_int(req, "user_id", 1, INT64_MAX, &user_id, resp)) {
        answer_list(app, (uint64_t)user_id, resp);
    }
}

static bool read_reason(const bj_http_req_t *req, char reason[REASON_MAX + 1],
                        bj_http_resp_t *resp) {
    const bj_field_t fields[] = {{.name = "reason",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = REASON_MAX,
                                  .out = reason,
                                  .out_bytes = REASON_MAX + 1}};
    return bj_http_body(req, fields, BJ_COUNT(fields), resp);
}

static void answer_key(const bj_http_req_t *req, bj_status_t status, bj_http_resp_t *resp) {
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:s}", "api_key", req->param));
    else
        bj_apps_refuse(resp, status);
}

static void post_revoke(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    if (!read_reason(req, reason, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    answer_key(req, bj_apps_revoke(app->apps, &who, 0, req->param, reason), resp);
}

/* Only to the stricter side: that it needs less is for its owner to say. */
static void post_demand(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    if (!read_reason(req, reason, resp)) return;
    bj_api_app_t asks;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_apps_find(app->apps, req->param, &asks);
    if (status == BJ_OK) {
        const bj_api_proofs_t proofs = {
            .bound = asks.bound || bj_apps_bound_demanded(app->apps)};
        status = bj_apps_set_proofs(app->apps, &who, 0, req->param, proofs, reason);
    }
    answer_key(req, status, resp);
}

const bj_route_t bj_apps_routes[] = {
    {"GET", "/apps", BJ_POLICY_SELF, get_apps, BJ_LANE_READ, 0, NULL},
    {"POST", "/apps", BJ_POLICY_SELF_SECURE, post_app, BJ_LANE_READ, 60, "app.create"},
    {"DELETE", "/apps/*", BJ_POLICY_SELF, delete_app, BJ_LANE_READ, 0, "app.revoke"},
    {"POST", "/apps/*/secret", BJ_POLICY_SELF_SECURE, post_secret, BJ_LANE_READ, 60,
     "app.rotate"},
    {"PUT", "/apps/*/addresses", BJ_POLICY_SELF_SECURE, put_addresses, BJ_LANE_READ, 0,
     "app.addresses"},
    {"PUT", "/apps/*/library", BJ_POLICY_SELF_SECURE, put_library, BJ_LANE_READ, 0,
     "app.library"},
    {"GET", "/admin/apps", BJ_POLICY_SESSION_READ, get_all_apps, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/apps/*/revoke", BJ_POLICY_SESSION_REVOKE, post_revoke, BJ_LANE_READ, 0,
     "app.revoke"},
    {"POST", "/admin/apps/*/demand", BJ_POLICY_SESSION_REVOKE, post_demand, BJ_LANE_READ, 0,
     "app.library"},
    {.method = NULL},
};
