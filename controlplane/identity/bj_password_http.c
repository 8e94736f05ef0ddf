/* /auth/password, /auth/forgot, /auth/reset. */
#include <stdio.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/server/bj_routes.h"

#define PASSWORD_FIELD(name_, text_)                                                            \
    {.name = name_, .kind = BJ_FIELD_TEXT, .min = 1, .max = BJ_PASSWORD_MAX, .out = text_,      \
     .out_bytes = sizeof text_}

static void refuse_new(bj_http_resp_t *resp, const char *refused) {
    bj_http_fail(resp, 400, "bad_request", "password", "password %s", refused);
}

static void post_password(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char old[BJ_PASSWORD_MAX + 1], password[BJ_PASSWORD_MAX + 1];
    const char *refused = NULL;
    uint32_t retry_s = 0;
    const bj_field_t fields[] = {PASSWORD_FIELD("old", old), PASSWORD_FIELD("password", password)};
    if (req->caller->is_operator) {
        bj_http_fail(resp, 403, "not_allowed", NULL, "the operator's token has no password");
    } else if (bj_http_body(req, fields, BJ_COUNT(fields), resp)) {
        bj_rotation_t rotation = {.caller = req->caller};
        bj_status_t status = bj_change_password(app->identity, &rotation, req->client, old,
                                                password, &refused, &retry_s);
        if (status == BJ_OK) resp->code = 204;
        else if (status == BJ_ERR_BAD_FIELD && refused) refuse_new(resp, refused);
        else bj_factor_refuse(resp, status, "old", retry_s);
        bj_rotation_answer(&rotation, resp);
    }
    explicit_bzero(old, sizeof old);
    explicit_bzero(password, sizeof password);
}

/* The answer is the same for everybody, as for /auth/register. */
static void post_forgot(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char given[BJ_EMAIL_BYTES], email[BJ_EMAIL_BYTES];
    const bj_field_t fields[] = {{.name = "email", .kind = BJ_FIELD_TEXT, .min = 3,
                                  .max = BJ_EMAIL_BYTES - 1, .out = given,
                                  .out_bytes = sizeof given}};
    if (!bj_http_body(req, fields, 1, resp)) return;
    if (!bj_email_read(given, email)) {
        bj_http_fail(resp, 400, "bad_request", "email", "email must be an address like you@b.in");
        return;
    }
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_change_forgot(app->identity, &who, email);
    if (status == BJ_OK) bj_http_ok(resp, 202, json_pack("{s:s}", "next", "mail"));
    else bj_identity_refuse(resp, status);
}

static void post_reset(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char token[129], password[BJ_PASSWORD_MAX + 1];
    const char *refused = NULL;
    const bj_field_t fields[] = {{.name = "token", .kind = BJ_FIELD_TEXT, .min = 1, .max = 128,
                                  .out = token, .out_bytes = sizeof token},
                                 PASSWORD_FIELD("password", password)};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) {
        explicit_bzero(token, sizeof token);
        explicit_bzero(password, sizeof password);
        return;
    }
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_change_reset(app->identity, &who, token, password, &refused);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:b}", "ok", 1));
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 400, "bad_request", "token",
                     "this link has been used, is too old, or is not whole");
    } else if (status == BJ_ERR_BAD_FIELD && refused) {
        refuse_new(resp, refused);
    } else {
        bj_identity_refuse(resp, status);
    }
    explicit_bzero(token, sizeof token);
    explicit_bzero(password, sizeof password);
}

const bj_route_t bj_password_routes[] = {
    {"POST", "/auth/password", BJ_POLICY_SELF_SECURE, post_password, BJ_LANE_PASSWORD, 20,
     "auth.password"},
    {"POST", "/auth/forgot", BJ_POLICY_PUBLIC, post_forgot, BJ_LANE_READ, 10, "auth.forgot"},
    {"POST", "/auth/reset", BJ_POLICY_PUBLIC, post_reset, BJ_LANE_PASSWORD, 20, "auth.reset"},
    {.method = NULL},
};
