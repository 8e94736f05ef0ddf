/* /auth/... and /me. */
#include <stdio.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/server/bj_routes.h"

enum { LOGIN_PER_MIN = 10 };

/* Takes the password's bytes away however the handler ends. */
static void wipe(char (*text)[BJ_PASSWORD_MAX + 1]) { explicit_bzero(*text, sizeof *text); }
#define SECRET_TEXT __attribute__((cleanup(wipe))) char

static json_t *session_json(const bj_caller_t *caller) {
    char user_id[24], account_id[16];
    snprintf(user_id, sizeof user_id, "%llu", (unsigned long long)caller->user_id);
    snprintf(account_id, sizeof account_id, "%u", caller->account_id);
    return json_pack("{s:{s:s, s:s, s:s, s:s, s:s}, s:s}", "user", "id", user_id, "email",
                     caller->email, "name", caller->name, "role", bj_role_name(caller->role),
                     "account_id", account_id, "csrf", caller->csrf);
}

static void set_cookie(bj_http_resp_t *resp, const char *token, int64_t max_age_s) {
    snprintf(resp->cookie, sizeof resp->cookie,
             "bj_session=%s; Path=/; Max-Age=%lld; HttpOnly; Secure; SameSite=Strict", token,
             (long long)max_age_s);
}

static void refuse(bj_http_resp_t *resp, bj_status_t status) {
    switch ((int)status) {
    case BJ_ERR_UNAVAILABLE:
    case BJ_ERR_TIMEOUT:
    case BJ_ERR_FULL: bj_http_unavailable(resp, "the user database"); break;
    default: bj_http_fail(resp, 500, "internal", NULL, "something went wrong here"); break;
    }
}

static void post_register(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char given[BJ_EMAIL_BYTES], email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES];
    SECRET_TEXT password[BJ_PASSWORD_MAX + 1];
    const bj_field_t fields[] = {
        {.name = "email", .kind = BJ_FIELD_TEXT, .min = 3, .max = BJ_EMAIL_BYTES - 1, .out = given,
         .out_bytes = sizeof given},
        {.name = "password", .kind = BJ_FIELD_TEXT, .min = BJ_PASSWORD_MIN, .max = BJ_PASSWORD_MAX,
         .out = password, .out_bytes = sizeof password},
        {.name = "name", .kind = BJ_FIELD_TEXT, .min = 1, .max = 80, .out = name,
         .out_bytes = sizeof name},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_email_read(given, email)) {
        bj_http_fail(resp, 400, "bad_request", "email", "email must be an address like you@b.in");
        return;
    }
    const char *refused = bj_password_refused(password, email);
    if (refused) {
        bj_http_fail(resp, 400, "bad_request", "password", "password %s", refused);
        return;
    }
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_identity_register(app->identity, &who, email, name, password);
    if (status == BJ_OK) bj_http_ok(resp, 202, json_pack("{s:s}", "next", "confirm"));
    else refuse(resp, status);
}

static void post_confirm(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char token[129];
    const bj_field_t fields[] = {{.name = "token", .kind = BJ_FIELD_TEXT, .min = 1, .max = 128,
                                  .out = token, .out_bytes = sizeof token}};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_identity_confirm(app->identity, &who, token);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:b}", "ok", 1));
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 400, "bad_request", "token",
                     "this link has been used, is too old, or is not whole");
    } else {
        refuse(resp, status);
    }
}

static bool too_often(bj_app_t *app, const bj_http_req_t *req, const char *email,
                      bj_http_resp_t *resp) {
    char key[400];
    uint32_t retry_s;
    snprintf(key, sizeof key, "login %s %s", req->client, email);
    if (bj_bucket_take(app->buckets, key, LOGIN_PER_MIN, bj_clock_mono_ns(), &retry_s)) {
        return false;
    }
    bj_http_fail(resp, 429, "too_many", NULL, "too many tries; wait %u s", retry_s);
    resp->retry_s = retry_s;
    return true;
}

static void post_login(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char given[BJ_EMAIL_BYTES], email[BJ_EMAIL_BYTES], token[BJ_TOKEN_BYTES];
    SECRET_TEXT password[BJ_PASSWORD_MAX + 1];
    bj_caller_t caller;
    const bj_field_t fields[] = {
        {.name = "email", .kind = BJ_FIELD_TEXT, .min = 1, .max = BJ_EMAIL_BYTES - 1, .out = given,
         .out_bytes = sizeof given},
        {.name = "password", .kind = BJ_FIELD_TEXT, .min = 1, .max = BJ_PASSWORD_MAX,
         .out = password, .out_bytes = sizeof password},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    /* No address at all still costs a look-up and a hash. */
    if (!bj_email_read(given, email)) snprintf(email, sizeof email, "-");
    if (too_often(app, req, email, resp)) return;
    bj_status_t status = bj_identity_login(app->identity, email, password, req->client,
                                           req->user_agent, &caller, token);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, session_json(&caller));
        set_cookie(resp, token, BJ_SESSION_LIFE_NS / BJ_NS_PER_S);
    } else if (status == BJ_ERR_DENIED) {
        bj_http_fail(resp, 401, "not_logged_in", NULL,
                     "the e-mail address or the password is wrong, or not confirmed yet");
    } else {
        refuse(resp, status);
    }
    explicit_bzero(token, sizeof token);
}

static void post_logout(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_status_t status = req->caller->is_operator
                             ? BJ_OK
                             : bj_identity_logout(app->identity, req->caller, req->client);
    if (status != BJ_OK) {
        refuse(resp, status);
        return;
    }
    resp->code = 204;
    set_cookie(resp, "", 0);
}

static void get_me(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app;
    bj_http_ok(resp, 200, session_json(req->caller));
}

const bj_route_t bj_identity_routes[] = {
    {"POST", "/auth/register", BJ_WHO_ANYONE, post_register, BJ_LANE_PASSWORD, 10, "auth.register"},
    {"POST", "/auth/confirm", BJ_WHO_ANYONE, post_confirm, BJ_LANE_READ, 20, "auth.confirm"},
    {"POST", "/auth/login", BJ_WHO_ANYONE, post_login, BJ_LANE_PASSWORD, 60, "auth.login"},
    {"POST", "/auth/logout", BJ_WHO_USER, post_logout, BJ_LANE_READ, 0, "auth.logout"},
    {"GET", "/me", BJ_WHO_USER, get_me, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
