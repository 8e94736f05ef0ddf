/* /me/sessions, /admin/sessions: where somebody is logged in, and the end of it. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_identity_priv.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

enum { REASON_MAX = 200 };

static bool failed(bj_http_resp_t *resp, bj_status_t status) {
    if (status == BJ_OK) return false;
    if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such session");
    } else {
        bj_http_unavailable(resp, "the user database");
    }
    return true;
}

static json_t *row_json(const bj_session_row_t *row, const char *current) {
    char created[BJ_TIME_TEXT_BYTES], seen[BJ_TIME_TEXT_BYTES], expires[BJ_TIME_TEXT_BYTES];
    char idle[BJ_TIME_TEXT_BYTES], user_id[BJ_ID_TEXT_BYTES];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "id", row->id, "user_id",
                     bj_id_text(row->user_id, user_id), "name", row->name, "user_agent",
                     row->user_agent, "address", row->address, "created",
                     bj_time_text(row->created_us * 1000, created), "seen",
                     bj_time_text(row->seen_us * 1000, seen), "expires",
                     bj_time_text(row->expires_us * 1000, expires), "idle_until",
                     bj_time_text(row->seen_us * 1000 + BJ_SESSION_IDLE_NS, idle), "current",
                     strcmp(row->id, current) == 0);
}

static void answer_list(bj_app_t *app, const bj_http_req_t *req, uint64_t user_id,
                        bj_http_resp_t *resp) {
    char current[BJ_SESSION_ID_BYTES];
    size_t cnt = 0;
    bj_session_row_t *rows = calloc(BJ_SESSION_LIST_MAX, sizeof *rows);
    bj_status_t status =
        !rows ? BJ_ERR_FULL : bj_sessions_list(app->db, user_id, rows, BJ_SESSION_LIST_MAX, &cnt);
    if (!failed(resp, status)) {
        json_t *list = json_array();
        bj_session_id(req->caller->session_hash, current);
        for (size_t i = 0; i < cnt; i++) json_array_append_new(list, row_json(&rows[i], current));
        bj_http_ok(resp, 200, json_pack("{s:o}", "sessions", list));
    }
    free(rows);
}

static void get_sessions(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (req->caller->is_operator) bj_http_ok(resp, 200, json_pack("{s:[]}", "sessions"));
    else answer_list(app, req, req->caller->user_id, resp);
}

static bool read_id(const bj_http_req_t *req, bj_http_resp_t *resp) {
    return bj_session_id_formed(req->param) || !failed(resp, BJ_ERR_NOT_FOUND);
}

/* The operator's token is no session, and nobody's. */
static bool is_person(const bj_http_req_t *req, bj_http_resp_t *resp) {
    return !req->caller->is_operator || !failed(resp, BJ_ERR_NOT_FOUND);
}

static void patch_session(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char name[4 * BJ_SESSION_NAME_MAX + 1];
    const bj_field_t fields[] = {{.name = "name", .kind = BJ_FIELD_NAME, .min = 0,
                                  .max = BJ_SESSION_NAME_MAX, .out = name,
                                  .out_bytes = sizeof name}};
    if (!is_person(req, resp) || !read_id(req, resp)) return;
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status =
        bj_session_rename(app->db, &who, req->caller->user_id, req->param, name);
    if (!failed(resp, status)) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:s}", "id", req->param, "name", name));
    }
}

static void delete_session(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!is_person(req, resp) || !read_id(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_identity_revoke(app->identity, &who, req->caller->user_id, req->param,
                                            NULL);
    if (!failed(resp, status)) resp->code = 204;
}

static void delete_sessions(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    size_t ended_cnt;
    if (!is_person(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_identity_revoke_others(app->identity, &who, req->caller, &ended_cnt);
    if (!failed(resp, status)) {
        bj_http_ok(resp, 200, json_pack("{s:I}", "ended", (json_int_t)ended_cnt));
    }
}

static void get_all_sessions(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t user_id = 0;
    if (bj_query_int(req, "user_id", 1, INT64_MAX, &user_id, resp)) {
        answer_list(app, req, (uint64_t)user_id, resp);
    }
}

static void post_revoke(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    const bj_field_t fields[] = {{.name = "reason", .kind = BJ_FIELD_TEXT, .min = 1,
                                  .max = REASON_MAX, .out = reason, .out_bytes = sizeof reason}};
    if (!read_id(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_identity_revoke(app->identity, &who, 0, req->param, reason);
    if (!failed(resp, status)) bj_http_ok(resp, 200, json_pack("{s:s}", "id", req->param));
}

static void post_revoke_all(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    int64_t role = -1;
    size_t ended_cnt, apps_cnt;
    const bj_field_t fields[] = {{.name = "reason", .kind = BJ_FIELD_TEXT, .min = 1,
                                  .max = REASON_MAX, .out = reason, .out_bytes = sizeof reason},
                                 {.name = "role", .kind = BJ_FIELD_WORD, .optional = true,
                                  .words = bj_role_words, .out = &role}};
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    const char *whose = role < 0 ? NULL : bj_role_words[role];
    bj_status_t status = bj_identity_revoke_all(app->identity, &who, req->caller, whose, reason,
                                                &ended_cnt, &apps_cnt);
    if (failed(resp, status)) return;
    bj_http_ok(resp, 200,
               json_pack("{s:I, s:I}", "ended", (json_int_t)ended_cnt, "apps_ended",
                         (json_int_t)apps_cnt));
}

const bj_route_t bj_session_routes[] = {
    {"GET", "/me/sessions", BJ_POLICY_SELF_ENTER, get_sessions, BJ_LANE_READ, 0, NULL},
    {"DELETE", "/me/sessions", BJ_POLICY_SELF_END, delete_sessions, BJ_LANE_READ, 0,
     "session.revoke.others"},
    {"PATCH", "/me/sessions/*", BJ_POLICY_SELF_ENTER, patch_session, BJ_LANE_READ, 0,
     "session.name"},
    {"DELETE", "/me/sessions/*", BJ_POLICY_SELF_END, delete_session, BJ_LANE_READ, 0,
     "session.revoke"},
    {"GET", "/admin/sessions", BJ_POLICY_SESSION_READ, get_all_sessions, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/sessions/*/revoke", BJ_POLICY_SESSION_REVOKE, post_revoke, BJ_LANE_READ, 0,
     "session.revoke"},
    {"POST", "/admin/sessions/revoke", BJ_POLICY_SESSION_END_ALL, post_revoke_all, BJ_LANE_READ,
     0, "session.revoke.all"},
    {.method = NULL},
};
