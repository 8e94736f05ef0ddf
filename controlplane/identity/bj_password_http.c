/* /auth/password, /auth/forgot, /auth/reset. */
#include <stdio.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_change.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_reset.h"
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

static void answer_reset(const bj_reset_t *reset, bj_http_resp_t *resp) {
    if (reset->next == BJ_RESET_DONE)
        bj_http_ok(resp, 200, json_pack("{s:b}", "ok", 1));
    else if (reset->next == BJ_RESET_CODE)
        bj_http_ok(resp, 202, json_pack("{s:s, s:s}", "next", "code", "sent_to", reset->sent_to));
    else
        bj_http_fail(resp, 403, "help_needed", NULL,
                     "this account has neither a second factor nor a verified number: a mail alone "
                     "sets no password; please call our support");
}

static void refuse_reset(bj_status_t status, const bj_reset_t *reset, bj_http_resp_t *resp) {
    if (status == BJ_ERR_NOT_FOUND)
        bj_http_fail(resp, 400, "bad_request", "token",
                     "this link has been used, is too old, or is not whole");
    else if (status == BJ_ERR_BAD_FIELD && reset->refused)
        refuse_new(resp, reset->refused);
    else if (status == BJ_ERR_DENIED && !reset->retry_s)
        bj_http_fail(resp, 400, "bad_request", "code",
                     "this code is wrong, older than ten minutes, or was tried five times");
    else
        bj_factor_refuse(resp, status, "code", reset->retry_s);
}

static void post_reset(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char token[129], password[BJ_PASSWORD_MAX + 1], code[33] = "";
    const bj_field_t fields[] = {
        {.name = "token", .kind = BJ_FIELD_TEXT, .min = 1, .max = 128, .out = token,
         .out_bytes = sizeof token},
        PASSWORD_FIELD("password", password),
        {.name = "code", .kind = BJ_FIELD_TEXT, .optional = true, .max = 32, .out = code,
         .out_bytes = sizeof code}};
    if (bj_http_body(req, fields, BJ_COUNT(fields), resp)) {
        bj_reset_t reset = {.token = token, .password = password, .code = code};
        bj_trail_who_t who = bj_trail_who(req->caller, req->client);
        bj_status_t status = bj_reset_password(app->identity, &who, &reset);
        if (status == BJ_OK)
            answer_reset(&reset, resp);
        else
            refuse_reset(status, &reset, resp);
    }
    explicit_bzero(token, sizeof token);
    explicit_bzero(password, sizeof password);
    explicit_bzero(code, sizeof code);
}

const bj_route_t bj_password_routes[] = {
    {"POST", "/auth/password", BJ_POLICY_SELF_SECURE, post_password, BJ_LANE_PASSWORD, 20,
     "auth.password"},
    {"POST", "/auth/forgot", BJ_POLICY_PUBLIC, post_forgot, BJ_LANE_READ, 10, "auth.forgot"},
    {"POST", "/auth/reset", BJ_POLICY_PUBLIC, post_reset, BJ_LANE_PASSWORD, 20, "auth.reset"},
    {.method = NULL},
};
