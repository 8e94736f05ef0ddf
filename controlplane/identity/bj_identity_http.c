/* /auth/... and /me. */
#include <stdio.h>
#include "controlplane/access/bj_policy.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_phone.h"
#include "controlplane/server/bj_routes.h"

enum { DEVICE_S = 180 * 24 * 3600 };

/* Takes the password's bytes away however the handler ends. */
static void wipe(char (*text)[BJ_PASSWORD_MAX + 1]) { explicit_bzero(*text, sizeof *text); }
#define SECRET_TEXT __attribute__((cleanup(wipe))) char

static json_t *session_json(const bj_caller_t *caller) {
    char user_id[24], account_id[16];
    snprintf(user_id, sizeof user_id, "%llu", (unsigned long long)caller->user_id);
    snprintf(account_id, sizeof account_id, "%u", caller->account_id);
    return json_pack("{s:{s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:b}, s:s}", "user", "id",
                     user_id, "email", caller->email, "name", caller->name, "role",
                     bj_role_name(caller->role), "account_id", account_id, "phone_due",
                     (int)caller->rights.phone_due, "factor_due",
                     bj_due_name(bj_access_due(caller)), "factor_demanded",
                     bj_demand_name(caller->demanded), "elsewhere",
                     (int)caller->is_elsewhere, "csrf", caller->csrf);
}

static void write_cookie(char cookie[BJ_HTTP_COOKIE_BYTES], const char *token,
                         int64_t max_age_s) {
    snprintf(cookie, BJ_HTTP_COOKIE_BYTES,
             BJ_COOKIE_SESSION "=%s; Path=/; Max-Age=%lld; HttpOnly; Secure; SameSite=Strict",
             token, (long long)max_age_s);
}

bj_login_t bj_login_of(const bj_http_req_t *req) {
    return (bj_login_t){.client = req->client, .device = req->device,
                        .user_agent = req->user_agent, .serial = req->context.device};
}

void bj_login_answer(const bj_login_t *login, bj_http_resp_t *resp) {
    if (login->pending[0]) {
        json_t *factors = json_array();
        if (login->by_code) json_array_append_new(factors, json_string("code"));
        if (login->by_passkey) json_array_append_new(factors, json_string("passkey"));
        bj_http_ok(resp, 202,
                   json_pack("{s:s, s:s, s:o}", "next", "factor", "pending", login->pending,
                             "factors", factors));
        return;
    }
    bj_http_ok(resp, 200, session_json(&login->caller));
    write_cookie(resp->cookie, login->token, BJ_SESSION_LIFE_NS / BJ_NS_PER_S);
    if (!login->new_device[0]) return;
    snprintf(resp->device_cookie, sizeof resp->device_cookie,
             BJ_COOKIE_DEVICE "=%s; Path=/; Max-Age=%d; HttpOnly; Secure; SameSite=Strict",
             login->new_device, DEVICE_S);
}

void bj_login_end(bj_login_t *login, bj_status_t status, const char *no, bj_http_resp_t *resp) {
    if (status == BJ_OK) {
        bj_login_answer(login, resp);
    } else if (status == BJ_ERR_DENIED && login->retry_s) {
        bj_too_many(resp, NULL, login->retry_s);
    } else if (status == BJ_ERR_DENIED) {
        bj_http_fail(resp, 401, "not_logged_in", NULL, "%s", no);
    } else {
        bj_identity_refuse(resp, status);
    }
    bj_login_wipe(login);
}

/* It lasts no longer than the session, as before. */
static void rotation_cookie(bj_rotation_t *rotation, char cookie[BJ_HTTP_COOKIE_BYTES]) {
    int64_t left_s = (rotation->caller->expires_ns - bj_clock_wall_ns()) / BJ_NS_PER_S;
    write_cookie(cookie, rotation->token, left_s > 0 ? left_s : 1);
    explicit_bzero(rotation->token, sizeof rotation->token);
}

void bj_rotation_answer(bj_rotation_t *rotation, bj_http_resp_t *resp) {
    if (rotation->token[0]) rotation_cookie(rotation, resp->cookie);
}

bool bj_identity_rotate(void *identity, const char *address, bj_caller_t *caller,
                        char cookie[BJ_HTTP_COOKIE_BYTES]) {
    bj_rotation_t rotation = {.caller = caller};
    uint8_t hash[BJ_HASH_BYTES];
    if (caller->rotated_ns >= caller->elevated_ns) return true;
    bj_trail_who_t who = bj_trail_who(caller, address);
    bj_status_t status = bj_rotate(identity, &who, &rotation);
    if (status == BJ_ERR_SEQUENCE) return true; /* another request was first: this one was let in */
    if (status != BJ_OK) return false;
    bj_token_hash(rotation.token, hash);
    rotation_cookie(&rotation, cookie);
    memcpy(caller->token_hash, hash, sizeof hash);
    return true;
}

void bj_too_many(bj_http_resp_t *resp, const char *field, uint32_t retry_s) {
    bj_http_fail(resp, 429, "too_many", field, "too many tries; wait %u s", retry_s);
    resp->retry_s = retry_s;
}

void bj_factor_refuse(bj_http_resp_t *resp, bj_status_t status, const char *field,
                      uint32_t retry_s) {
    if (status != BJ_ERR_DENIED) {
        bj_identity_refuse(resp, status);
    } else if (retry_s) {
        bj_too_many(resp, field, retry_s);
    } else {
        bj_http_fail(resp, 403, "wrong_factor", field, "this %s",
                     strcmp(field, "code") == 0      ? "code is wrong or was used before"
                     : strcmp(field, "passkey") == 0 ? "passkey is not known here, or that took "
                                                       "too long: try again"
                                                     : "password is wrong");
    }
}

bool bj_demand_refuse(const bj_http_req_t *req, bj_http_resp_t *resp, bj_status_t status) {
    if (status != BJ_ERR_DENIED) return false;
    bj_http_fail(resp, 409, "conflict", NULL,
                 "a %s is demanded of you, and this is the last one: add another first",
                 req->caller->demanded == BJ_DEMAND_PASSKEY ? "passkey" : "second factor");
    return true;
}

bool bj_is_person(const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!req->caller->is_operator) return true;
    bj_http_fail(resp, 403, "not_allowed", NULL, "the operator's token has no factors");
    return false;
}

void bj_identity_refuse(bj_http_resp_t *resp, bj_status_t status) {
    switch ((int)status) {
    case BJ_ERR_UNAVAILABLE:
    case BJ_ERR_TIMEOUT:
    case BJ_ERR_FULL: bj_http_unavailable(resp, "the user database"); break;
    /* Session or user went while the request was under way. */
    case BJ_ERR_SEQUENCE:
    case BJ_ERR_NOT_FOUND: bj_http_fail(resp, 401, "not_logged_in", NULL, "log in first"); break;
    default: bj_http_fail(resp, 500, "internal", NULL, "something went wrong here"); break;
    }
}

static void post_register(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char given[BJ_EMAIL_BYTES], email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES];
    char typed[BJ_PHONE_TYPED_MAX + 1], phone[BJ_PHONE_BYTES];
    SECRET_TEXT password[BJ_PASSWORD_MAX + 1];
    const bj_field_t fields[] = {
        {.name = "email",
         .kind = BJ_FIELD_TEXT,
         .min = 3,
         .max = BJ_EMAIL_BYTES - 1,
         .out = given,
         .out_bytes = sizeof given},
        {.name = "password",
         .kind = BJ_FIELD_TEXT,
         .min = BJ_PASSWORD_MIN,
         .max = BJ_PASSWORD_MAX,
         .out = password,
         .out_bytes = sizeof password},
        {.name = "name",
         .kind = BJ_FIELD_NAME,
         .min = 1,
         .max = 80,
         .out = name,
         .out_bytes = sizeof name},
        {.name = "phone",
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = BJ_PHONE_TYPED_MAX,
         .out = typed,
         .out_bytes = sizeof typed},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_email_read(given, email)) {
        bj_http_fail(resp, 400, "bad_request", "email", "email must be an address like you@b.in");
        return;
    }
    if (!bj_phone_read(typed, phone)) {
        bj_http_fail(resp, 400, "bad_request", "phone", BJ_PHONE_WANTED);
        return;
    }
    const char *refused = bj_password_refused(password, email);
    if (refused) {
        bj_http_fail(resp, 400, "bad_request", "password", "password %s", refused);
        return;
    }
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_identity_register(app->identity, &who, email, name, phone, password);
    if (status == BJ_OK) bj_http_ok(resp, 202, json_pack("{s:s}", "next", "confirm"));
    else bj_identity_refuse(resp, status);
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
        bj_identity_refuse(resp, status);
    }
}

static void post_login(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char given[BJ_EMAIL_BYTES], email[BJ_EMAIL_BYTES];
    SECRET_TEXT password[BJ_PASSWORD_MAX + 1];
    bj_login_t login = bj_login_of(req);
    const bj_field_t fields[] = {
        {.name = "email", .kind = BJ_FIELD_TEXT, .min = 1, .max = BJ_EMAIL_BYTES - 1, .out = given,
         .out_bytes = sizeof given},
        {.name = "password", .kind = BJ_FIELD_TEXT, .min = 1, .max = BJ_PASSWORD_MAX,
         .out = password, .out_bytes = sizeof password},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    /* No address at all still costs a look-up and a hash. */
    if (!bj_email_read(given, email)) snprintf(email, sizeof email, "-");
    bj_status_t status = bj_login_password(app->identity, email, password, &login);
    bj_login_end(&login, status,
                 "the e-mail address or the password is wrong, or not confirmed yet", resp);
}

static void post_logout(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_status_t status = req->caller->is_operator
                             ? BJ_OK
                             : bj_identity_logout(app->identity, req->caller, req->client);
    if (status != BJ_OK) {
        bj_identity_refuse(resp, status);
        return;
    }
    resp->code = 204;
    write_cookie(resp->cookie, "", 0);
}

static void get_me(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app;
    bj_http_ok(resp, 200, session_json(req->caller));
}

const bj_route_t bj_identity_routes[] = {
    {"POST", "/auth/register", BJ_POLICY_PUBLIC, post_register, BJ_LANE_PASSWORD, 10,
     "auth.register"},
    {"POST", "/auth/confirm", BJ_POLICY_PUBLIC, post_confirm, BJ_LANE_READ, 20, "auth.confirm"},
    {"POST", "/auth/login", BJ_POLICY_PUBLIC, post_login, BJ_LANE_PASSWORD, 60, "auth.login"},
    {"POST", "/auth/logout", BJ_POLICY_SELF_ENTER, post_logout, BJ_LANE_READ, 0, "auth.logout"},
    {"GET", "/me", BJ_POLICY_PROFILE_READ, get_me, BJ_LANE_QUICK, 0, NULL},
    {.method = NULL},
};
