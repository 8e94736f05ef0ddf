/* /auth/passkeys, and logging in by one: /auth/login/passkey, /auth/login/factor/passkey. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_assertion_http.h"
#include "controlplane/identity/bj_identity_http.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

#define NAME_FIELD(name_)                                                                          \
    {                                                                                              \
        .name = "name", .kind = BJ_FIELD_NAME, .min = 1, .max = BJ_PASSKEY_NAME_MAX, .out = name_, \
        .out_bytes = sizeof name_                                                                  \
    }
#define PENDING_FIELD(pending_)                                                                    \
    {                                                                                              \
        .name = "pending", .kind = BJ_FIELD_TEXT, .min = 1, .max = BJ_TOKEN_BYTES - 1,             \
        .out = pending_, .out_bytes = sizeof pending_                                              \
    }

/* --- logging in */

static void post_login_challenge(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char challenge[BJ_TOKEN_BYTES];
    (void)req;
    bj_status_t status = bj_passkey_challenge(app->identity, BJ_PASSKEY_LOGIN, NULL, challenge);
    if (status == BJ_OK)
        bj_assertion_ask(app->identity, challenge, 0, resp);
    else
        bj_identity_refuse(resp, status);
}

static void post_login(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_assertion_body_t body = {.credential = ""};
    bj_login_t login = bj_login_of(req);
    const bj_field_t fields[] = {BJ_ASSERTION_ROWS(body, false)};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_assertion_read(&body, resp)) return;
    bj_status_t status = bj_login_passkey(app->identity, &body.assertion, &login);
    bj_login_end(&login, status, "this passkey is not known here, or that took too long: try again",
                 resp);
}

static void too_late(bj_http_resp_t *resp) {
    bj_http_fail(resp, 401, "not_logged_in", NULL,
                 "that took too long or too many tries: log in again");
}

static void post_factor_challenge(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char pending[BJ_TOKEN_BYTES], challenge[BJ_TOKEN_BYTES];
    uint64_t user_id = 0;
    const bj_field_t fields[] = {PENDING_FIELD(pending)};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_status_t status = bj_login_factor_challenge(app->identity, pending, challenge, &user_id);
    if (status == BJ_OK)
        bj_assertion_ask(app->identity, challenge, user_id, resp);
    else if (status == BJ_ERR_NOT_FOUND)
        too_late(resp);
    else
        bj_identity_refuse(resp, status);
    explicit_bzero(pending, sizeof pending);
}

static void post_factor(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char pending[BJ_TOKEN_BYTES];
    bj_assertion_body_t body = {.credential = ""};
    bj_login_t login = bj_login_of(req);
    const bj_field_t fields[] = {PENDING_FIELD(pending), BJ_ASSERTION_ROWS(body, false)};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_assertion_read(&body, resp)) return;
    bj_status_t status = bj_login_factor_passkey(app->identity, pending, &body.assertion, &login);
    if (status == BJ_OK)
        bj_login_answer(&login, resp);
    else if (status == BJ_ERR_NOT_FOUND)
        too_late(resp);
    else
        bj_factor_refuse(resp, status, "passkey", login.retry_s);
    bj_login_wipe(&login);
    explicit_bzero(pending, sizeof pending);
}

static void post_prove_challenge(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char challenge[BJ_TOKEN_BYTES];
    if (!bj_is_person(req, resp)) return;
    bj_status_t status =
        bj_passkey_challenge(app->identity, BJ_PASSKEY_PROVE, req->caller->session_hash, challenge);
    if (status == BJ_OK)
        bj_assertion_ask(app->identity, challenge, req->caller->user_id, resp);
    else
        bj_identity_refuse(resp, status);
}

/* --- one's own */

static json_t *row_json(const bj_passkey_row_t *row) {
    char created[BJ_TIME_TEXT_BYTES], used[BJ_TIME_TEXT_BYTES] = "", id[BJ_ID_TEXT_BYTES];
    if (row->used_us) bj_time_text(row->used_us * 1000, used);
    return json_pack("{s:s, s:s, s:s, s:s}", "id", bj_id_text(row->id, id), "name", row->name,
                     "created", bj_time_text(row->created_us * 1000, created), "used", used);
}

static void get_passkeys(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    size_t cnt = 0;
    if (!bj_is_person(req, resp)) return;
    bj_passkey_row_t *rows = calloc(BJ_PASSKEYS_MAX, sizeof *rows);
    bj_status_t status =
        rows ? bj_passkeys_list(app->db, req->caller->user_id, rows, &cnt) : BJ_ERR_FULL;
    if (status == BJ_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < cnt; i++)
            json_array_append_new(list, row_json(&rows[i]));
        bj_http_ok(resp, 200, json_pack("{s:o}", "passkeys", list));
    } else {
        bj_identity_refuse(resp, status);
    }
    free(rows);
}

/* What navigator.credentials.create needs. */
static void answer_creation(bj_app_t *app, const bj_http_req_t *req, const char *challenge,
                            const uint8_t *handle, bj_http_resp_t *resp) {
    char id[BJ_BASE64URL_BYTES(BJ_USER_HANDLE_BYTES)];
    json_t *exclude = bj_credentials_json(app->identity, req->caller->user_id, resp);
    if (!exclude) return;
    json_t *algs = json_array();
    for (const int32_t *alg = bj_webauthn_algs(app->identity->config.passkey_rsa); *alg; alg++) {
        json_array_append_new(algs, json_integer(*alg));
    }
    bj_base64url_write(handle, BJ_USER_HANDLE_BYTES, id);
    bj_http_ok(resp, 200,
               json_pack("{s:s, s:s, s:I, s:{s:s, s:s, s:s}, s:o, s:o}", "challenge", challenge,
                         "rp_id", app->identity->rp_id, "timeout_ms",
                         (json_int_t)BJ_CHALLENGE_S * 1000, "user", "id", id, "name",
                         req->caller->email, "display_name", req->caller->name, "algs", algs,
                         "exclude", exclude));
}

static void post_challenge(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char challenge[BJ_TOKEN_BYTES];
    uint8_t handle[BJ_USER_HANDLE_BYTES];
    if (!bj_is_person(req, resp)) return;
    bj_status_t status = bj_user_handle(app->db, req->caller->user_id, handle);
    if (status == BJ_OK) {
        status = bj_passkey_challenge(app->identity, BJ_PASSKEY_ADD, req->caller->session_hash,
                                      challenge);
    }
    if (status == BJ_OK)
        answer_creation(app, req, challenge, handle, resp);
    else
        bj_identity_refuse(resp, status);
}

static void answer_added(const bj_passkey_add_t *add, bj_http_resp_t *resp) {
    char id[BJ_ID_TEXT_BYTES];
    json_t *codes = json_array();
    for (size_t i = 0; add->first && i < BJ_RECOVERY_CNT; i++) {
        json_array_append_new(codes, json_string(add->codes[i]));
    }
    bj_http_ok(resp, 201,
               json_pack("{s:s, s:s, s:o}", "id", bj_id_text(add->id, id), "name", add->name,
                         "recovery_codes", codes));
}

static void post_passkey(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char name[BJ_PASSKEY_NAME_MAX + 1];
    bj_assertion_body_t body = {.credential = ""};
    bj_passkey_add_t add = {.name = name};
    const bj_field_t fields[] = {NAME_FIELD(name), BJ_CREATION_ROWS(body)};
    if (!bj_is_person(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_assertion_read(&body, resp)) return;
    add.said = body.assertion.said;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_rotation_t rotation = {.caller = req->caller};
    bj_status_t status = bj_passkey_add(app->identity, &who, &rotation, &add);
    if (status == BJ_OK) {
        answer_added(&add, resp);
        bj_rotation_answer(&rotation, resp);
    } else if (status == BJ_ERR_EXISTS && !add.full) {
        bj_http_fail(resp, 409, "conflict", NULL, "this passkey is known already");
    } else if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", NULL, "there are %d passkeys: remove one first",
                     BJ_PASSKEYS_MAX);
    } else {
        bj_factor_refuse(resp, status, "passkey", 0);
    }
    explicit_bzero(&add, sizeof add);
}

static bool read_id(const bj_http_req_t *req, uint64_t *id, bj_http_resp_t *resp) {
    if (bj_parse_u64(req->param, id) && *id > 0 && *id <= INT64_MAX) return true;
    bj_http_fail(resp, 404, "not_found", NULL, "there is no such passkey");
    return false;
}

static void refuse(bj_http_resp_t *resp, bj_status_t status) {
    if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such passkey");
    } else {
        bj_identity_refuse(resp, status);
    }
}

static void patch_passkey(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char name[BJ_PASSKEY_NAME_MAX + 1];
    uint64_t id;
    const bj_field_t fields[] = {NAME_FIELD(name)};
    if (!bj_is_person(req, resp) || !read_id(req, &id, resp)) return;
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_passkey_name(app->identity, &who, req->caller->user_id, id, name);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:s}", "id", req->param, "name", name));
    } else {
        refuse(resp, status);
    }
}

static void delete_passkey(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t id;
    if (!bj_is_person(req, resp) || !read_id(req, &id, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_rotation_t rotation = {.caller = req->caller};
    bj_status_t status = bj_passkey_remove(app->identity, &who, &rotation, id);
    bj_rotation_answer(&rotation, resp);
    if (status == BJ_OK)
        resp->code = 204;
    else if (!bj_demand_refuse(req, resp, status))
        refuse(resp, status);
}

const bj_route_t bj_passkey_routes[] = {
    {"POST", "/auth/login/passkey/challenge", BJ_POLICY_PUBLIC, post_login_challenge, BJ_LANE_READ,
     60, NULL},
    {"POST", "/auth/login/passkey", BJ_POLICY_PUBLIC, post_login, BJ_LANE_READ, 60, "auth.login"},
    {"POST", "/auth/login/factor/challenge", BJ_POLICY_PUBLIC, post_factor_challenge, BJ_LANE_READ,
     60, NULL},
    {"POST", "/auth/login/factor/passkey", BJ_POLICY_PUBLIC, post_factor, BJ_LANE_READ, 60,
     "auth.login"},
    {"POST", "/auth/prove/challenge", BJ_POLICY_SELF_ENTER, post_prove_challenge, BJ_LANE_READ,
     60, NULL},
    {"GET", "/auth/passkeys", BJ_POLICY_SELF_ENTER, get_passkeys, BJ_LANE_READ, 0, NULL},
    {"POST", "/auth/passkeys/challenge", BJ_POLICY_SELF_ENROL, post_challenge, BJ_LANE_READ, 60,
     NULL},
    {"POST", "/auth/passkeys", BJ_POLICY_SELF_ENROL, post_passkey, BJ_LANE_READ, 20,
     "auth.passkey.add"},
    {"PATCH", "/auth/passkeys/*", BJ_POLICY_SELF, patch_passkey, BJ_LANE_READ, 60,
     "auth.passkey.name"},
    {"DELETE", "/auth/passkeys/*", BJ_POLICY_SELF_SECURE, delete_passkey, BJ_LANE_READ, 20,
     "auth.passkey.remove"},
    {.method = NULL},
};
