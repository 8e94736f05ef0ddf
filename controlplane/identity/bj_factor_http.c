/* The second factor's routes: /auth/login/factor, /auth/prove, /auth/security, /auth/totp,
 * /auth/recovery. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_assertion_http.h"
#include "controlplane/identity/bj_factor.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_password.h"
#include "controlplane/identity/bj_prove.h"
#include "controlplane/identity/bj_qr.h"
#include "controlplane/identity/bj_tell.h"
#include "controlplane/server/bj_routes.h"

enum { CODE_MAX = 64 };
#define CODE_FIELD(code_)                                                        \
    {.name = "code", .kind = BJ_FIELD_TEXT, .min = 1, .max = CODE_MAX, .out = code_, \
     .out_bytes = sizeof code_}

static void post_login_factor(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char pending[BJ_TOKEN_BYTES], code[CODE_MAX + 1];
    bj_login_t login = bj_login_of(req);
    const bj_field_t fields[] = {
        {.name = "pending", .kind = BJ_FIELD_TEXT, .min = 1, .max = BJ_TOKEN_BYTES - 1,
         .out = pending, .out_bytes = sizeof pending},
        CODE_FIELD(code),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_status_t status = bj_login_factor(app->identity, pending, code, &login);
    if (status == BJ_OK) {
        bj_login_answer(&login, resp);
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 401, "not_logged_in", NULL,
                     "that took too long or too many tries: log in again");
    } else {
        bj_factor_refuse(resp, status, "code", login.retry_s);
    }
    bj_login_wipe(&login);
    explicit_bzero(pending, sizeof pending);
    explicit_bzero(code, sizeof code);
}

static void get_security(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_factor_state_t state;
    if (!bj_is_person(req, resp)) return;
    bj_status_t status = bj_factor_state(app->identity, req->caller->user_id, &state);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200,
                   json_pack("{s:b, s:I, s:I}", "totp", (int)state.totp, "passkeys",
                             (json_int_t)state.passkey_cnt, "recovery_left",
                             (json_int_t)state.recovery_cnt));
    } else {
        bj_identity_refuse(resp, status);
    }
}

static void answer_enrolled(const bj_http_req_t *req, const char *secret, bj_http_resp_t *resp) {
    char uri[BJ_TOTP_URI_BYTES];
    char *svg = bj_totp_uri(secret, req->caller->email, uri) ? bj_qr_svg(uri) : NULL;
    if (svg) {
        bj_http_ok(resp, 200,
                   json_pack("{s:s, s:s, s:s}", "secret", secret, "uri", uri, "qr_svg", svg));
    } else {
        bj_http_unavailable(resp, "memory");
    }
    free(svg);
    explicit_bzero(uri, sizeof uri);
}

static void post_totp(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char secret[BJ_TOTP_TEXT_BYTES];
    if (!bj_is_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_factor_enrol(app->identity, &who, req->caller->user_id, secret);
    if (status == BJ_OK) {
        answer_enrolled(req, secret, resp);
    } else if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", NULL, "there is an app already: remove it first");
    } else {
        bj_identity_refuse(resp, status);
    }
    explicit_bzero(secret, sizeof secret);
}

static void answer_codes(bj_recovery_codes_t codes, bj_http_resp_t *resp) {
    json_t *list = json_array();
    for (size_t i = 0; i < BJ_RECOVERY_CNT; i++) {
        json_array_append_new(list, json_string(codes[i]));
    }
    bj_http_ok(resp, 200, json_pack("{s:o}", "recovery_codes", list));
}

static void refuse_missing(bj_http_resp_t *resp, bj_status_t status, uint32_t retry_s,
                           const char *missing) {
    if (status == BJ_ERR_NOT_FOUND) bj_http_fail(resp, 409, "conflict", NULL, "%s", missing);
    else bj_factor_refuse(resp, status, "code", retry_s);
}

static void post_totp_confirm(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char code[CODE_MAX + 1];
    bj_recovery_codes_t codes;
    uint32_t retry_s = 0;
    const bj_field_t fields[] = {CODE_FIELD(code)};
    if (!bj_is_person(req, resp) || !bj_http_body(req, fields, 1, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_rotation_t rotation = {.caller = req->caller};
    bj_status_t status = bj_factor_confirm(app->identity, &who, &rotation, req->device, code,
                                           codes, &retry_s);
    if (status == BJ_OK) {
        answer_codes(codes, resp);
        bj_tell(app->identity, req->caller->email, "An authenticator app was added",
                "An authenticator app was added to your Bijli account just now: a log-in needs its "
                "code beside the password.");
    } else {
        refuse_missing(resp, status, retry_s, "no app waits to be confirmed: begin again");
    }
    bj_rotation_answer(&rotation, resp);
    explicit_bzero(codes, sizeof codes);
}

static void post_recovery(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_recovery_codes_t codes;
    if (!bj_is_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_rotation_t rotation = {.caller = req->caller};
    bj_status_t status = bj_factor_renew(app->identity, &who, &rotation, codes);
    if (status == BJ_OK) {
        answer_codes(codes, resp);
        bj_tell(app->identity, req->caller->email, "New recovery codes were made",
                "New recovery codes were made for your Bijli account just now; the old ones are "
                "good for nothing any more.");
    } else {
        refuse_missing(resp, status, 0, "there is no factor to recover");
    }
    bj_rotation_answer(&rotation, resp);
    explicit_bzero(codes, sizeof codes);
}

static void delete_totp(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!bj_is_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_rotation_t rotation = {.caller = req->caller};
    bj_status_t status = bj_factor_remove(app->identity, &who, &rotation);
    if (status == BJ_OK) {
        resp->code = 204;
        bj_tell(app->identity, req->caller->email, "Your authenticator app was removed",
                "The authenticator app of your Bijli account was removed just now: a log-in needs "
                "no code of it any more.");
    } else {
        if (!bj_demand_refuse(req, resp, status)) {
            refuse_missing(resp, status, 0, "there is no app to remove");
        }
    }
    bj_rotation_answer(&rotation, resp);
}

static void post_prove(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char code[CODE_MAX + 1] = "", password[BJ_PASSWORD_MAX + 1] = "";
    uint32_t retry_s = 0;
    bj_assertion_body_t body = {.credential = ""};
    bj_proof_t proof = {.code = code, .password = password, .device = req->device,
                        .address = req->client};
    const bj_field_t fields[] = {
        {.name = "code", .kind = BJ_FIELD_TEXT, .optional = true, .min = 1, .max = CODE_MAX,
         .out = code, .out_bytes = sizeof code},
        {.name = "password", .kind = BJ_FIELD_TEXT, .optional = true, .min = 1,
         .max = BJ_PASSWORD_MAX, .out = password, .out_bytes = sizeof password},
        BJ_ASSERTION_ROWS(body, true),
    };
    if (!bj_is_person(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (bj_assertion_given(&body)) proof.passkey = &body.assertion;
    if (!bj_assertion_read(&body, resp)) return;
    bj_rotation_t rotation = {.caller = req->caller};
    bj_status_t status = bj_identity_prove(app->identity, &rotation, &proof, &retry_s);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200,
                   json_pack("{s:I}", "fresh_s", (json_int_t)(BJ_PROOF_NS / BJ_NS_PER_S)));
    } else if (status == BJ_ERR_BAD_FIELD && proof.missing) {
        bj_http_fail(resp, 400, "bad_request", proof.wants, "%s is needed", proof.wants);
    } else {
        bj_factor_refuse(resp, status, proof.wants, retry_s);
    }
    bj_rotation_answer(&rotation, resp);
    explicit_bzero(password, sizeof password);
    explicit_bzero(code, sizeof code);
}

/* Who could change these with a session left open somewhere could lock its owner out. */
const bj_route_t bj_factor_routes[] = {
    {"POST", "/auth/login/factor", BJ_POLICY_PUBLIC, post_login_factor, BJ_LANE_READ, 60,
     "auth.login"},
    {"POST", "/auth/prove", BJ_POLICY_SELF_ENTER, post_prove, BJ_LANE_PASSWORD, 60, "auth.prove"},
    {"GET", "/auth/security", BJ_POLICY_SELF_ENTER, get_security, BJ_LANE_READ, 0, NULL},
    {"POST", "/auth/totp", BJ_POLICY_SELF_ENROL, post_totp, BJ_LANE_READ, 20, "auth.factor.enrol"},
    {"POST", "/auth/totp/confirm", BJ_POLICY_SELF_ENROL, post_totp_confirm, BJ_LANE_READ, 60,
     "auth.factor.confirm"},
    {"DELETE", "/auth/totp", BJ_POLICY_SELF_SECURE, delete_totp, BJ_LANE_READ, 20,
     "auth.factor.remove"},
    {"POST", "/auth/recovery", BJ_POLICY_SELF_ENROL, post_recovery, BJ_LANE_READ, 20,
     "auth.factor.codes"},
    {.method = NULL},
};
