/* /me/contact: one's address and number, and their change; /auth/undo. */
#include <stdio.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_factor_drop.h"
#include "controlplane/identity/bj_contact.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

/* email or phone, from the path. */
static bool read_kind(const bj_http_req_t *req, bj_contact_kind_t *kind, bj_http_resp_t *resp) {
    if (!bj_is_person(req, resp)) return false;
    for (int k = 0; k < BJ_CONTACT_CNT; k++) {
        *kind = (bj_contact_kind_t)k;
        if (strcmp(req->param, bj_contact_name(*kind)) == 0) return true;
    }
    bj_http_fail(resp, 404, "not_found", NULL, "there is email and phone");
    return false;
}

static void refuse(bj_http_resp_t *resp, bj_contact_kind_t kind, bj_status_t status,
                   uint32_t retry_s) {
    const char *name = bj_contact_name(kind);
    if (status == BJ_ERR_DENIED && retry_s) {
        bj_too_many(resp, name, retry_s);
    } else if (status == BJ_ERR_DENIED) {
        bj_http_fail(resp, 403, "wrong_factor", "code", "this code is wrong");
    } else if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", name, "%s is yours already", name);
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 409, "conflict", "code",
                     "no code for your %s is in force: ask for a new one", name);
    } else {
        bj_identity_refuse(resp, status);
    }
}

static json_t *wait_json(const bj_contact_wait_t *wait) {
    char until[BJ_TIME_TEXT_BYTES];
    if (!wait->waits) return json_null();
    int64_t until_us = wait->sent_us + BJ_CONTACT_CODE_S * INT64_C(1000000);
    return json_pack("{s:s, s:s}", "to", wait->to, "until",
                     wait->sent_us ? bj_time_text(until_us * BJ_NS_PER_US, until) : "");
}

static void get_contact(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_contact_t contact;
    char verified[BJ_TIME_TEXT_BYTES] = "";
    if (!bj_is_person(req, resp)) return;
    bj_status_t status = bj_contact_get(app->identity, req->caller->user_id, &contact);
    if (status != BJ_OK) {
        bj_identity_refuse(resp, status);
        return;
    }
    if (contact.verified_us) bj_time_text(contact.verified_us * BJ_NS_PER_US, verified);
    bj_http_ok(resp, 200,
               json_pack("{s:{s:s, s:o}, s:{s:s, s:s, s:b, s:o}}", "email", "now",
                         req->caller->email, "wait", wait_json(&contact.wait[BJ_CONTACT_EMAIL]),
                         "phone", "now", contact.phone_hint, "verified", verified, "due",
                         contact.phone_due, "wait", wait_json(&contact.wait[BJ_CONTACT_PHONE])));
}

static bool read_to(const char *given, bj_contact_kind_t kind, char to[BJ_EMAIL_BYTES],
                    bj_http_resp_t *resp) {
    if (kind == BJ_CONTACT_EMAIL && bj_email_read(given, to)) return true;
    if (kind == BJ_CONTACT_PHONE && bj_phone_read(given, to)) return true;
    bj_http_fail(resp, 400, "bad_request", bj_contact_name(kind), "%s",
                 kind == BJ_CONTACT_EMAIL ? "email must be an address like you@b.in"
                                          : BJ_PHONE_WANTED);
    return false;
}

static void post_contact(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char given[BJ_EMAIL_BYTES], to[BJ_EMAIL_BYTES];
    bj_contact_kind_t kind;
    uint32_t retry_s;
    if (!read_kind(req, &kind, resp)) return;
    const bj_field_t fields[] = {
        {.name = bj_contact_name(kind),
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = kind == BJ_CONTACT_EMAIL ? BJ_EMAIL_BYTES - 1 : BJ_PHONE_TYPED_MAX,
         .out = given,
         .out_bytes = sizeof given}};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp) || !read_to(given, kind, to, resp)) {
        return;
    }
    bj_status_t status =
        bj_contact_ask(app->identity, req->caller, req->client, kind, to, &retry_s);
    if (status == BJ_OK)
        bj_http_ok(resp, 202, json_pack("{s:s}", "next", "code"));
    else if (status == BJ_ERR_NOT_FOUND)
        bj_identity_refuse(resp, status);
    else
        refuse(resp, kind, status, retry_s);
}

static void post_code(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_contact_kind_t kind;
    uint32_t retry_s;
    if (!read_kind(req, &kind, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status =
        bj_contact_again(app->identity, &who, req->caller->user_id, kind, &retry_s);
    if (status == BJ_OK)
        bj_http_ok(resp, 202, json_pack("{s:s}", "next", "code"));
    else
        refuse(resp, kind, status, retry_s);
}

static void post_confirm(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char code[17];
    bj_rotation_t rotation = {.caller = req->caller};
    bj_contact_kind_t kind;
    const bj_field_t fields[] = {{.name = "code",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = 16,
                                  .out = code,
                                  .out_bytes = sizeof code}};
    if (!read_kind(req, &kind, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_status_t status = bj_contact_confirm(app->identity, &rotation, req->client, kind, code);
    explicit_bzero(code, sizeof code);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:b}", "ok", 1));
    else
        refuse(resp, kind, status, 0);
    bj_rotation_answer(&rotation, resp);
}

static void delete_contact(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_contact_kind_t kind;
    if (!read_kind(req, &kind, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_contact_drop(app->identity, &who, req->caller->user_id, kind);
    if (status == BJ_OK)
        resp->code = 204;
    else
        refuse(resp, kind, status, 0);
}

static void post_undo(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char token[129];
    bj_contact_kind_t kind;
    const bj_field_t fields[] = {{.name = "token",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = 128,
                                  .out = token,
                                  .out_bytes = sizeof token}};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    /* Of another kind first: whose end has its entry where the link is neither. */
    bool kept = true;
    bj_status_t status = bj_factor_drop_keep(app->identity, &who, token);
    if (status == BJ_ERR_NOT_FOUND) {
        kept = false;
        status = bj_contact_undo(app->identity, &who, token, &kind);
    }
    explicit_bzero(token, sizeof token);
    if (status == BJ_OK && kept) {
        bj_http_ok(resp, 200, json_pack("{s:s}", "back", "factors"));
    } else if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s}", "back", bj_contact_name(kind)));
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 400, "bad_request", "token",
                     "this link has been used, is too old, or is not whole");
    } else if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", "token",
                     "another account has your old address or number by now, so nothing was "
                     "changed: write to our support. This link stays good until its seven days "
                     "are over");
    } else {
        bj_identity_refuse(resp, status);
    }
}

const bj_route_t bj_contact_routes[] = {
    {"GET", "/me/contact", BJ_POLICY_SELF_ENTER, get_contact, BJ_LANE_READ, 0, NULL},
    {"POST", "/me/contact/*", BJ_POLICY_SELF_SECURE, post_contact, BJ_LANE_READ, 30, "contact.ask"},
    {"DELETE", "/me/contact/*", BJ_POLICY_SELF_ENTER, delete_contact, BJ_LANE_READ, 0,
     "contact.drop"},
    {"POST", "/me/contact/*/code", BJ_POLICY_SELF_ENTER, post_code, BJ_LANE_READ, 30,
     "contact.code"},
    {"POST", "/me/contact/*/confirm", BJ_POLICY_SELF_ENTER, post_confirm, BJ_LANE_READ, 60,
     "contact.confirm"},
    {"POST", "/auth/undo", BJ_POLICY_PUBLIC, post_undo, BJ_LANE_PASSWORD, 20, "auth.undo"},
    {.method = NULL},
};
