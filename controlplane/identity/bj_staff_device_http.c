/* /admin/devices, /me/work-devices: staff's computers. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_base64url.h"
#include "controlplane/identity/bj_staff_device.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

enum { REASON_MAX = 200, REQUEST_BYTES = BJ_BASE64URL_BYTES(BJ_DEVICE_REQUEST_MAX_BYTES) };

#define REASON_FIELD(to)                                                                           \
    {                                                                                              \
        .name = "reason", .kind = BJ_FIELD_NAME, .min = 1, .max = REASON_MAX, .out = (to),         \
        .out_bytes = sizeof(to)                                                                    \
    }

static bool failed(bj_http_resp_t *resp, bj_status_t status) {
    switch ((int)status) {
    case BJ_OK:
        return false;
    case BJ_ERR_NOT_FOUND:
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such device that waits or holds");
        break;
    case BJ_ERR_DENIED:
        bj_http_fail(resp, 403, "not_allowed", NULL,
                     "what you asked for, or what is your own, is for somebody else to decide; "
                     "where two people can, people do");
        break;
    default:
        bj_http_unavailable(resp, "the list of devices");
    }
    return true;
}

static bool read_id(const bj_http_req_t *req, uint64_t *device_id, bj_http_resp_t *resp) {
    bool ok = bj_parse_u64(req->param, device_id) && *device_id > 0 && *device_id <= INT64_MAX;
    return ok || !failed(resp, BJ_ERR_NOT_FOUND);
}

static json_t *list_of(bj_app_t *app, uint64_t user_id, uint64_t device_id, bj_http_resp_t *resp) {
    char *text = NULL;
    bj_status_t status = bj_staff_devices_json(app->db, user_id, device_id, &text);
    json_t *list = status == BJ_OK ? json_loads(text, 0, NULL) : NULL;
    free(text);
    if (!list) failed(resp, status == BJ_OK ? BJ_ERR_CORRUPT : status);
    return list;
}

static void answer_one(bj_app_t *app, uint64_t device_id, int code, bj_http_resp_t *resp) {
    json_t *list = list_of(app, 0, device_id, resp);
    if (!list) return;
    json_t *one = json_incref(json_array_get(list, 0));
    json_decref(list);
    if (one)
        bj_http_ok(resp, code, json_pack("{s:o}", "device", one));
    else
        failed(resp, BJ_ERR_NOT_FOUND);
}

static void get_devices(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t user_id = 0;
    if (!bj_query_int(req, "user_id", 1, INT64_MAX, &user_id, resp)) return;
    json_t *list = list_of(app, (uint64_t)user_id, 0, resp);
    if (list) bj_http_ok(resp, 200, json_pack("{s:o}", "devices", list));
}

static void get_own(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bool is_staff = !req->caller->is_operator && req->caller->role != BJ_ROLE_CLIENT;
    json_t *list = is_staff ? list_of(app, req->caller->user_id, 0, resp) : json_array();
    if (list) bj_http_ok(resp, 200, json_pack("{s:o}", "devices", list));
}

static void get_device(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t device_id;
    if (read_id(req, &device_id, resp)) answer_one(app, device_id, 200, resp);
}

static void post_ask(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char name[4 * BJ_DEVICE_NAME_MAX + 1], request[REQUEST_BYTES], reason[REASON_MAX + 1];
    uint64_t user_id, device_id;
    const bj_field_t fields[] = {
        {.name = "user_id", .kind = BJ_FIELD_ID, .out = &user_id},
        {.name = "name",
         .kind = BJ_FIELD_NAME,
         .min = 1,
         .max = BJ_DEVICE_NAME_MAX,
         .out = name,
         .out_bytes = sizeof name},
        {.name = "request",
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = REQUEST_BYTES - 1,
         .out = request,
         .out_bytes = sizeof request},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status =
        bj_staff_device_ask(app->identity, &who, user_id, name, request, reason, &device_id);
    if (status == BJ_OK) {
        answer_one(app, device_id, 201, resp);
    } else if (status == BJ_ERR_BAD_FIELD) {
        bj_http_fail(resp, 400, "bad_request", "request",
                     "request must be PKCS#10 with an ECDSA key of P-256 or P-384, DER as "
                     "base64url");
    } else if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", "request", "that key was asked for before: make one");
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", "user_id", "there is nobody of staff of that number");
    } else {
        failed(resp, status);
    }
}

static void post_approve(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t device_id;
    if (!read_id(req, &device_id, resp) || !bj_http_body(req, NULL, 0, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_staff_device_decide(app->identity, &who, device_id, true, NULL);
    if (!failed(resp, status)) answer_one(app, device_id, 200, resp);
}

static bool read_reason(const bj_http_req_t *req, uint64_t *device_id, char reason[REASON_MAX + 1],
                        bj_http_resp_t *resp) {
    const bj_field_t fields[] = {{.name = "reason",
                                  .kind = BJ_FIELD_NAME,
                                  .min = 1,
                                  .max = REASON_MAX,
                                  .out = reason,
                                  .out_bytes = REASON_MAX + 1}};
    return read_id(req, device_id, resp) && bj_http_body(req, fields, BJ_COUNT(fields), resp);
}

static void post_refuse(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    uint64_t device_id;
    if (!read_reason(req, &device_id, reason, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_staff_device_decide(app->identity, &who, device_id, false, reason);
    if (!failed(resp, status)) answer_one(app, device_id, 200, resp);
}

static void post_revoke(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    uint64_t device_id;
    if (!read_reason(req, &device_id, reason, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_staff_device_revoke(app->identity, &who, device_id, reason);
    if (!failed(resp, status)) answer_one(app, device_id, 200, resp);
}

const bj_route_t bj_staff_device_routes[] = {
    {"GET", "/me/work-devices", BJ_POLICY_SELF_ENTER, get_own, BJ_LANE_READ, 0, NULL},
    {"GET", "/admin/devices", BJ_POLICY_DEVICE_READ, get_devices, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/devices", BJ_POLICY_DEVICE_ASK, post_ask, BJ_LANE_READ, 60,
     "staff.device.ask"},
    {"GET", "/admin/devices/*", BJ_POLICY_DEVICE_READ, get_device, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/devices/*/approve", BJ_POLICY_DEVICE_DECIDE, post_approve, BJ_LANE_READ, 0,
     "staff.device.approve"},
    {"POST", "/admin/devices/*/refuse", BJ_POLICY_DEVICE_DECIDE, post_refuse, BJ_LANE_READ, 0,
     "staff.device.refuse"},
    {"POST", "/admin/devices/*/revoke", BJ_POLICY_DEVICE_REVOKE, post_revoke, BJ_LANE_READ, 0,
     "staff.device.revoke"},
    {.method = NULL},
};
