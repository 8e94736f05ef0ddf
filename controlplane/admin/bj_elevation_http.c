/* /elevations: ask, give, refuse, end. */
#include <stdlib.h>
#include "controlplane/admin/bj_elevation.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

enum { REASON_MAX = 200 };

#define REASON_FIELD(to)                                                                \
    {.name = "reason", .kind = BJ_FIELD_NAME, .min = 1, .max = REASON_MAX, .out = (to), \
     .out_bytes = sizeof(to)}

static bool failed(bj_http_resp_t *resp, bj_status_t status) {
    switch ((int)status) {
    case BJ_OK: return false;
    case BJ_ERR_NOT_FOUND:
        bj_http_fail(resp, 404, "not_found", NULL,
                     "there is no such elevation that waits or lasts");
        break;
    case BJ_ERR_DENIED:
        bj_http_fail(resp, 403, "not_allowed", NULL,
                     "what you asked for yourself is for somebody else to decide");
        break;
    case BJ_ERR_BAD_FIELD: /* the database's own rules: who may decide, and once */
        bj_http_fail(resp, 403, "not_allowed", NULL, "you may not decide this");
        break;
    default: bj_http_unavailable(resp, "the list of elevations");
    }
    return true;
}

/* "" for a time that is yet to come to pass. */
static const char *time_or_empty(int64_t us, char out[BJ_TIME_TEXT_BYTES]) {
    if (us == 0) out[0] = '\0';
    return us == 0 ? out : bj_time_text(us * BJ_NS_PER_US, out);
}

static json_t *row_json(const bj_elevation_t *e, const char *actor) {
    char id[BJ_ID_TEXT_BYTES], asked[BJ_TIME_TEXT_BYTES], decided[BJ_TIME_TEXT_BYTES],
        ends[BJ_TIME_TEXT_BYTES];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:b}", "id",
                     bj_id_text(e->id, id), "asker", e->asker, "asker_name", e->asker_name, "what",
                     e->what, "reason", e->reason, "minutes", (int)e->minutes, "state",
                     bj_elevation_state_name(e->state), "asked", time_or_empty(e->asked_us, asked),
                     "decider", e->decider, "decided", time_or_empty(e->decided_us, decided),
                     "ends", time_or_empty(e->ends_us, ends), "own", strcmp(e->asker, actor) == 0);
}

static bool may_decide(const bj_http_req_t *req) {
    return bj_access_check(BJ_POLICY_ELEVATION_DECIDE, req->caller, false, NULL,
                           req->caller->proved_ns) != BJ_MUST_NOT;
}

static void append(void *list, const char *what) {
    json_array_append_new(list, json_string(what));
}

/* Who decides, or reads the trail anyway, sees everybody's; the rest their own. */
static void get_elevations(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    static const char *const states[] = {"all", "open", NULL};
    int64_t state = 0;
    size_t cnt = 0;
    if (!bj_query_word(req, "state", states, &state, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bool all = may_decide(req) || req->caller->role == BJ_ROLE_AUDITOR;
    bj_elevation_t *rows = calloc(BJ_ELEVATIONS_LIST_MAX, sizeof *rows);
    bj_status_t status = !rows ? BJ_ERR_FULL
                               : bj_elevation_list(app->db, app->keys, all ? NULL : who.actor,
                                                   state == 1, rows, BJ_ELEVATIONS_LIST_MAX, &cnt);
    if (!failed(resp, status)) {
        json_t *list = json_array(), *may_ask = json_array();
        for (size_t i = 0; i < cnt; i++) json_array_append_new(list, row_json(&rows[i], who.actor));
        bj_elevation_each_askable(req->caller, append, may_ask);
        bj_http_ok(resp, 200, json_pack("{s:o, s:o, s:b}", "elevations", list, "may_ask", may_ask,
                                        "may_decide", may_decide(req)));
    }
    free(rows);
}

static void answer_one(bj_app_t *app, const bj_http_req_t *req, int code, uint64_t id,
                       bj_http_resp_t *resp) {
    bj_elevation_t row;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    if (failed(resp, bj_elevation_get(app->db, app->keys, id, &row))) return;
    bj_http_ok(resp, code, json_pack("{s:o}", "elevation", row_json(&row, who.actor)));
}

static void post_elevation(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char what[BJ_ELEVATION_WHAT_BYTES], reason[REASON_MAX + 1];
    int64_t minutes;
    uint64_t id;
    const bj_field_t fields[] = {
        {.name = "what", .kind = BJ_FIELD_TEXT, .min = 1, .max = sizeof what - 1, .out = what,
         .out_bytes = sizeof what},
        {.name = "minutes", .kind = BJ_FIELD_INT, .min = 1, .max = BJ_ELEVATION_MINUTES_MAX,
         .out = &minutes},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_elevation_askable(req->caller, what)) {
        bj_http_fail(resp, 400, "bad_request", "what",
                     "what is none of those that you may ask for: GET /elevations, may_ask");
        return;
    }
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_elevation_ask(app->db, &who, what, (uint32_t)minutes, reason, &id);
    if (!failed(resp, status)) answer_one(app, req, 201, id, resp);
}

static bool read_id(const bj_http_req_t *req, uint64_t *id, bj_http_resp_t *resp) {
    bool ok = bj_parse_u64(req->param, id) && *id > 0 && *id <= INT64_MAX;
    return ok || !failed(resp, BJ_ERR_NOT_FOUND);
}

static void decide(bj_app_t *app, const bj_http_req_t *req, bool yes, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1] = "";
    uint64_t id;
    bj_field_t fields[] = {REASON_FIELD(reason)};
    fields[0].optional = yes;
    if (!read_id(req, &id, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_elevation_decide(app->db, &who, id, yes, *reason ? reason : NULL);
    if (!failed(resp, status)) answer_one(app, req, 200, id, resp);
}

static void post_approve(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    decide(app, req, true, resp);
}

static void post_refuse(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    decide(app, req, false, resp);
}

static void post_end(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t id;
    if (!read_id(req, &id, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_elevation_end(app->db, &who, id, may_decide(req));
    if (!failed(resp, status)) answer_one(app, req, 200, id, resp);
}

const bj_route_t bj_elevation_routes[] = {
    {"GET", "/elevations", BJ_POLICY_ELEVATION_READ, get_elevations, BJ_LANE_READ, 0, NULL},
    {"POST", "/elevations", BJ_POLICY_ELEVATION_ASK, post_elevation, BJ_LANE_READ, 20,
     "elevation.ask"},
    {"POST", "/elevations/*/approve", BJ_POLICY_ELEVATION_DECIDE, post_approve, BJ_LANE_READ, 0,
     "elevation.approve"},
    {"POST", "/elevations/*/refuse", BJ_POLICY_ELEVATION_DECIDE, post_refuse, BJ_LANE_READ, 0,
     "elevation.refuse"},
    {"POST", "/elevations/*/end", BJ_POLICY_ELEVATION_ASK, post_end, BJ_LANE_READ, 0,
     "elevation.end"},
    {.method = NULL},
};
