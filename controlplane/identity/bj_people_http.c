/* /admin/users: who there is and as what; /access: what each role may. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_factor_drop.h"
#include "controlplane/identity/bj_people.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

enum { REASON_MAX = 200, LIST_FIRST = 100 };

static bool failed(bj_http_resp_t *resp, bj_status_t status) {
    if (status == BJ_OK) return false;
    if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is nobody of that number");
    } else if (status == BJ_ERR_BAD_FIELD) {
        bj_http_fail(resp, 400, "bad_request", "to_minute",
                     "hours begin before they end, within 0 and 1440");
    } else {
        bj_http_unavailable(resp, "the user database");
    }
    return true;
}

static json_t *person_json(const bj_person_t *p) {
    char id[BJ_ID_TEXT_BYTES], account[BJ_ID_TEXT_BYTES], created[BJ_TIME_TEXT_BYTES];
    char suspended[BJ_TIME_TEXT_BYTES] = "";
    if (p->suspended_us) bj_time_text(p->suspended_us * BJ_NS_PER_US, suspended);
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:I, s:i, s:i, s:s, s:s, s:b, s:b, s:s, s:s, s:s,"
                     " s:s}",
                     "id",
                     bj_id_text(p->user_id, id), "account_id", bj_id_text(p->account_id, account),
                     "role", bj_role_name(p->role), "branch_id", (json_int_t)p->rights.branch_id,
                     "segments", p->segments, "order_max_paise",
                     (json_int_t)p->rights.order_max_paise, "from_minute", p->rights.from_minute,
                     "to_minute", p->rights.to_minute, "email", p->email_hint, "phone",
                     p->phone_hint, "phone_due", p->rights.phone_due, "confirmed", p->confirmed,
                     "created", bj_time_text(p->created_us * BJ_NS_PER_US, created), "suspended",
                     suspended, "suspended_by", p->suspended_by, "suspend_reason",
                     p->suspend_reason);
}

static bool read_filter(const bj_http_req_t *req, bj_people_filter_t *filter, int64_t *limit,
                        bj_http_resp_t *resp) {
    int64_t after = 0, branch_id = 0;
    *limit = LIST_FIRST;
    if (!bj_query_int(req, "after", 0, INT64_MAX, &after, resp) ||
        !bj_query_int(req, "branch_id", 1, UINT16_MAX, &branch_id, resp) ||
        !bj_query_int(req, "limit", 1, BJ_PEOPLE_LIST_MAX, limit, resp)) {
        return false;
    }
    *filter = (bj_people_filter_t){.after = (uint64_t)after, .branch_id = (uint32_t)branch_id,
                                   .role = bj_query_str(req, "role")};
    if (!filter->role || bj_role_of(filter->role) != BJ_ROLE_NONE) return true;
    bj_http_fail(resp, 400, "bad_request", "role", "role is none of ours");
    return false;
}

static void get_users(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_people_filter_t filter;
    int64_t limit;
    size_t cnt;
    if (!read_filter(req, &filter, &limit, resp)) return;
    bj_person_t *rows = calloc((size_t)limit, sizeof *rows);
    bj_status_t status =
        !rows ? BJ_ERR_FULL
              : bj_people_list(app->db, app->keys, &filter, rows, (size_t)limit, &cnt);
    if (!failed(resp, status)) {
        json_t *list = json_array();
        for (size_t i = 0; i < cnt; i++) json_array_append_new(list, person_json(&rows[i]));
        bj_http_ok(resp, 200, json_pack("{s:o}", "users", list));
    }
    free(rows);
}

static bool read_id(const bj_http_req_t *req, uint64_t *user_id, bj_http_resp_t *resp) {
    bool ok = bj_parse_u64(req->param, user_id) && *user_id > 0 && *user_id <= INT64_MAX;
    return ok || !failed(resp, BJ_ERR_NOT_FOUND);
}

static void answer_user(bj_app_t *app, uint64_t user_id, bj_http_resp_t *resp) {
    bj_person_t person;
    size_t cnt;
    const bj_people_filter_t filter = {.user_id = user_id};
    bj_status_t status = bj_people_list(app->db, app->keys, &filter, &person, 1, &cnt);
    if (status == BJ_OK && cnt == 0) status = BJ_ERR_NOT_FOUND;
    if (failed(resp, status)) return;
    bj_http_ok(resp, 200, json_pack("{s:o}", "user", person_json(&person)));
}

static void get_user(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t user_id;
    if (read_id(req, &user_id, resp)) answer_user(app, user_id, resp);
}

#define REASON_FIELD(to)                                                                \
    {.name = "reason", .kind = BJ_FIELD_TEXT, .min = 1, .max = REASON_MAX, .out = (to), \
     .out_bytes = sizeof(to)}

static void post_reveal(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1], email[BJ_EMAIL_BYTES], name[BJ_NAME_BYTES];
    char phone[BJ_PHONE_BYTES];
    uint64_t user_id;
    const bj_field_t fields[] = {REASON_FIELD(reason)};
    if (!read_id(req, &user_id, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status =
        bj_people_reveal(app->db, app->keys, &who, user_id, reason, email, name, phone);
    if (failed(resp, status)) return;
    bj_http_ok(resp, 200,
               json_pack("{s:s, s:s, s:s, s:s}", "id", req->param, "email", email, "name", name,
                         "phone", phone));
}

/* A list of segments into PostgreSQL's array; false: something else was in it. */
static bool put_segments(json_t *list, char out[24], bj_http_resp_t *resp) {
    size_t i, at = 1;
    json_t *item;
    bool ok = json_array_size(list) <= 4;
    out[0] = '{';
    json_array_foreach(list, i, item) {
        ok = ok && bj_segment_of(json_string_value(item));
        if (ok) at += (size_t)snprintf(out + at, 24 - at, "%s%s", i ? "," : "",
                                       json_string_value(item));
    }
    snprintf(out + at, 24 - at, "}");
    if (!ok) {
        bj_http_fail(resp, 400, "bad_request", "segments", "segments are of CM, FO, CD and CO");
    }
    return ok;
}

static bool read_change(const bj_http_req_t *req, bj_people_change_t *change, char segments[24],
                        char reason[REASON_MAX + 1], bj_http_resp_t *resp) {
    json_t *list = NULL;
    int64_t role = -1;
    const bj_field_t fields[] = {
        {.name = "role", .kind = BJ_FIELD_WORD, .optional = true, .words = bj_role_words,
         .out = &role},
        {.name = "branch_id", .kind = BJ_FIELD_INT, .optional = true, .min = 1, .max = UINT16_MAX,
         .out = &change->branch_id},
        {.name = "segments", .kind = BJ_FIELD_LIST, .optional = true, .max = 4, .out = &list},
        {.name = "order_max_paise", .kind = BJ_FIELD_INT, .optional = true, .max = INT64_MAX,
         .out = &change->order_max_paise},
        {.name = "from_minute", .kind = BJ_FIELD_INT, .optional = true, .max = BJ_DAY_MINUTES,
         .out = &change->from_minute},
        {.name = "to_minute", .kind = BJ_FIELD_INT, .optional = true, .max = BJ_DAY_MINUTES,
         .out = &change->to_minute},
        {.name = "reason", .kind = BJ_FIELD_TEXT, .min = 1, .max = REASON_MAX, .out = reason,
         .out_bytes = REASON_MAX + 1},
    };
    bool ok = bj_http_body(req, fields, BJ_COUNT(fields), resp) &&
              (!list || put_segments(list, segments, resp));
    if (list) change->segments = segments;
    json_decref(list);
    if (role >= 0) change->role = bj_role_of(bj_role_words[role]);
    return ok;
}

static void patch_user(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1], segments[24];
    uint64_t user_id;
    bj_people_change_t change = {.branch_id = -1, .order_max_paise = -1, .from_minute = -1,
                                 .to_minute = -1};
    if (!read_id(req, &user_id, resp)) return;
    if (!read_change(req, &change, segments, reason, resp)) return;
    if (user_id == req->caller->user_id) {
        bj_http_fail(resp, 403, "not_allowed", NULL, "what you are is for somebody else to set");
        return;
    }
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_people_set(app->identity, &who, user_id, &change, reason);
    if (!failed(resp, status)) answer_user(app, user_id, resp);
}

static void set_suspended(bj_app_t *app, const bj_http_req_t *req, bool suspended,
                          bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1];
    uint64_t user_id;
    const bj_field_t fields[] = {REASON_FIELD(reason)};
    if (!read_id(req, &user_id, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bool self = user_id == req->caller->user_id;
    bj_status_t status =
        self ? BJ_ERR_BAD_FIELD
             : bj_people_suspend(app->identity, &who, user_id, suspended, reason);
    if (status == BJ_ERR_SEQUENCE) {
        bj_http_fail(resp, 409, "conflict", NULL, "it is %ssuspended %s",
                     suspended ? "" : "not ", suspended ? "already" : "now");
    } else if (status == BJ_ERR_BAD_FIELD) {
        bj_http_fail(resp, 403, "not_allowed", NULL, "%s",
                     self ? "nobody suspends or resumes oneself"
                          : "the last admin who is not suspended stays");
    } else if (!failed(resp, status)) {
        answer_user(app, user_id, resp);
    }
}

static void post_suspend(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    set_suspended(app, req, true, resp);
}

static void post_resume(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    set_suspended(app, req, false, resp);
}

static void post_drop_factors(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1], due[BJ_TIME_TEXT_BYTES];
    uint64_t user_id;
    int64_t due_us;
    const bj_field_t fields[] = {REASON_FIELD(reason)};
    if (!read_id(req, &user_id, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_factor_drop_ask(app->identity, &who, user_id, reason, &due_us);
    if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", NULL, "it was asked for already, and waits");
    } else if (status == BJ_ERR_BAD_FIELD) {
        bj_http_fail(resp, 403, "not_allowed", NULL,
                     "it was approved for somebody else, or is about oneself");
    } else if (!failed(resp, status)) {
        bj_http_ok(resp, 202, json_pack("{s:s, s:s}", "id", req->param, "due",
                                        bj_time_text(due_us * BJ_NS_PER_US, due)));
    }
}

static json_t *roles_json(unsigned roles) {
    json_t *list = json_array();
    for (size_t i = 0; bj_role_words[i]; i++) {
        if (roles & bj_role_of(bj_role_words[i])) {
            json_array_append_new(list, json_string(bj_role_words[i]));
        }
    }
    if (roles & BJ_ROLE_OPERATOR) json_array_append_new(list, json_string("operator"));
    return list;
}

/* The table of bj_policy.c, for whoever asks what a role may. */
static void get_access(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app, (void)req;
    json_t *list = json_array();
    for (int p = BJ_POLICY_NONE + 1; p < BJ_POLICY_CNT; p++) {
        const bj_policy_rule_t *rule = bj_policy_rule((bj_policy_t)p);
        json_array_append_new(
            list, json_pack("{s:s, s:b, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:b}", "name",
                            rule->name, "anyone", rule->anyone, "own", roles_json(rule->own),
                            "branch", roles_json(rule->branch), "any", roles_json(rule->all),
                            "elevated", roles_json(rule->elevated), "fresh", rule->fresh_s != 0,
                            "limits", rule->limits, "phone", rule->phone, "hours", rule->hours));
    }
    bj_http_ok(resp, 200, json_pack("{s:o}", "policies", list));
}

const bj_route_t bj_people_routes[] = {
    {"GET", "/access", BJ_POLICY_STATUS_DETAIL, get_access, BJ_LANE_READ, 0, NULL},
    {"GET", "/admin/users", BJ_POLICY_USER_READ, get_users, BJ_LANE_READ, 0, NULL},
    {"GET", "/admin/users/*", BJ_POLICY_USER_READ, get_user, BJ_LANE_READ, 0, NULL},
    {"PATCH", "/admin/users/*", BJ_POLICY_USER_SET, patch_user, BJ_LANE_READ, 0, "user.set"},
    {"POST", "/admin/users/*/reveal", BJ_POLICY_USER_REVEAL, post_reveal, BJ_LANE_READ, 0,
     "user.reveal"},
    {"POST", "/admin/users/*/suspend", BJ_POLICY_USER_SUSPEND, post_suspend, BJ_LANE_READ, 0,
     "user.suspend"},
    {"POST", "/admin/users/*/resume", BJ_POLICY_USER_SUSPEND, post_resume, BJ_LANE_READ, 0,
     "user.resume"},
    {"POST", "/admin/users/*/drop-factors", BJ_POLICY_FACTOR_DROP, post_drop_factors, BJ_LANE_READ,
     0, "auth.factor.drop"},
    {.method = NULL},
};
