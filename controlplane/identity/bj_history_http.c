/* /me/devices, /me/activity: which browsers are known, and what happened with one's account. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/audit/bj_entry.h"
#include "controlplane/identity/bj_history.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

enum { ACTIVITY_MAX = 200 };

static json_t *device_json(const bj_device_row_t *row, const char *current) {
    char created[BJ_TIME_TEXT_BYTES], seen[BJ_TIME_TEXT_BYTES];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}", "id", row->id, "user_agent",
                     row->user_agent, "address", row->address, "created",
                     bj_time_text(row->created_us * BJ_NS_PER_US, created), "seen",
                     bj_time_text(row->seen_us * BJ_NS_PER_US, seen), "current",
                     strcmp(row->id, current) == 0);
}

/* "" for a request without one. */
static void current_device(const bj_http_req_t *req, char id[BJ_DEVICE_ID_BYTES]) {
    uint8_t hash[BJ_HASH_BYTES];
    char hex[BJ_HASH_HEX_BYTES];
    id[0] = '\0';
    if (!bj_token_formed(req->device)) return;
    bj_token_hash(req->device, hash);
    snprintf(id, BJ_DEVICE_ID_BYTES, "%.16s", bj_hash_hex(hash, hex));
}

static void get_devices(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_device_row_t rows[BJ_DEVICE_LIST_MAX];
    char current[BJ_DEVICE_ID_BYTES];
    size_t cnt;
    bj_status_t status = bj_devices_list(app->db, req->caller->user_id, rows, &cnt);
    if (status != BJ_OK) {
        bj_http_unavailable(resp, "the user database");
        return;
    }
    json_t *list = json_array();
    current_device(req, current);
    for (size_t i = 0; i < cnt; i++) json_array_append_new(list, device_json(&rows[i], current));
    bj_http_ok(resp, 200, json_pack("{s:o}", "devices", list));
}

static void delete_device(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = req->caller->is_operator || !bj_session_id_formed(req->param)
                             ? BJ_ERR_NOT_FOUND
                             : bj_device_forget(app->db, &who, req->caller->user_id, req->param);
    if (status == BJ_OK) {
        resp->code = 204;
    } else if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such device");
    } else {
        bj_http_unavailable(resp, "the user database");
    }
}

typedef struct activity {
    const char *self; /* "user:1001" */
    json_t     *list;
} activity_t;

/* Who else did it, and why, is not the person's to know. */
static const char *by_whom(const activity_t *activity, const char *actor) {
    if (strcmp(actor, activity->self) == 0) return "you";
    if (strcmp(actor, "nobody") == 0) return "unknown";
    return strcmp(actor, "server") == 0 ? "server" : "staff";
}

static void put_entry(void *ctx, const bj_trail_entry_t *entry) {
    activity_t *activity = ctx;
    char time[BJ_TIME_TEXT_BYTES];
    const char *by = by_whom(activity, entry->actor);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "time",
                             bj_time_text(entry->at_us * BJ_NS_PER_US, time), "act", entry->act,
                             "outcome", entry->outcome, "by", by);
    json_t *after = entry->after_json ? json_loads(entry->after_json, 0, NULL) : NULL;
    json_t *suspect = json_object_get(after, "suspect");
    bool staff = strcmp(by, "staff") == 0;
    if (!staff && entry->address) json_object_set_new(json, "address", json_string(entry->address));
    if (!staff && entry->reason) json_object_set_new(json, "reason", json_string(entry->reason));
    if (json_is_string(suspect)) json_object_set(json, "suspect", suspect);
    json_decref(after);
    json_array_append_new(activity->list, json);
}

static void get_activity(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char self[BJ_TRAIL_SUBJECT_BYTES];
    int64_t limit = 50;
    if (!bj_query_int(req, "limit", 1, ACTIVITY_MAX, &limit, resp)) return;
    if (req->caller->is_operator) {
        bj_http_ok(resp, 200, json_pack("{s:[]}", "activity"));
        return;
    }
    activity_t activity = {.self = bj_user_subject(req->caller->user_id, self),
                           .list = json_array()};
    bj_trail_filter_t filter = {.about = activity.self, .limit = (size_t)limit};
    bj_status_t status = bj_trail_select(app->db, &filter, false, put_entry, &activity);
    if (status == BJ_OK) bj_http_ok(resp, 200, json_pack("{s:O}", "activity", activity.list));
    else bj_http_unavailable(resp, "the audit trail");
    json_decref(activity.list);
}

const bj_route_t bj_history_routes[] = {
    {"GET", "/me/devices", BJ_POLICY_SELF, get_devices, BJ_LANE_READ, 0, NULL},
    {"DELETE", "/me/devices/*", BJ_POLICY_SELF, delete_device, BJ_LANE_READ, 0, "device.forget"},
    {"GET", "/me/activity", BJ_POLICY_SELF, get_activity, BJ_LANE_READ, 120, NULL},
    {.method = NULL},
};
