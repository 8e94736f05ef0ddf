/* /elevations: ask, give, refuse, end. */
#include <stdlib.h>
#include "controlplane/admin/bj_admin_msg.h"
#include "controlplane/admin/bj_admin_second_http.h"
#include "controlplane/admin/bj_elevation.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/orders/bj_orders_http.h"
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
                     "what you asked for, or what is about you, is for somebody else to decide");
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

static json_t *checks_json(const char *checks) {
    json_t *list = json_array();
    while (*checks) {
        size_t n = strcspn(checks, ",");
        json_array_append_new(list, json_stringn(checks, n));
        checks += n + (checks[n] == ',');
    }
    return list;
}

/* What it would do, what was in force, and what became of it. */
static void add_act(const bj_app_t *app, const bj_elevation_t *e, json_t *json) {
    bj_oe_admin_t msg;
    if (!bj_admin_msg_read(e->act, &msg)) return;
    json_object_set_new(json, "act", bj_admin_msg_words(app, &msg));
    json_object_set_new(json, "in_force", json_loads(e->in_force, 0, NULL));
    json_object_set_new(json, "outcome", json_string(e->outcome));
}

json_t *bj_elevation_json(const bj_app_t *app, const bj_elevation_t *e, const char *actor) {
    char about[BJ_ID_TEXT_BYTES], id[BJ_ID_TEXT_BYTES];
    char asked[BJ_TIME_TEXT_BYTES], decided[BJ_TIME_TEXT_BYTES], ends[BJ_TIME_TEXT_BYTES];
    const char *whom = e->about ? bj_id_text(e->about, about) : "";
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:b, s:s, s:o}", "id",
        bj_id_text(e->id, id), "asker", e->asker, "asker_name", e->asker_name, "what", e->what,
        "reason", e->reason, "minutes", (int)e->minutes, "state", bj_elevation_state_name(e->state),
        "asked", time_or_empty(e->asked_us, asked), "decider", e->decider, "decided",
        time_or_empty(e->decided_us, decided), "ends", time_or_empty(e->ends_us, ends), "own",
        strcmp(e->asker, actor) == 0, "about", whom, "checks", checks_json(e->checks));
    if (json && *e->act) add_act(app, e, json);
    return json;
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
        for (size_t i = 0; i < cnt; i++)
            json_array_append_new(list, bj_elevation_json(app, &rows[i], who.actor));
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
    bj_http_ok(resp, code,
               json_pack("{s:o}", "elevation", bj_elevation_json(app, &row, who.actor)));
}

/* False: something else was in the list. */
static bool put_checks(json_t *list, char out[BJ_ELEVATION_CHECKS_BYTES]) {
    size_t i, at = 0;
    json_t *item;
    out[0] = '\0';
    json_array_foreach(list, i, item) {
        const char *const *known = bj_elevation_checks;
        while (*known && strcmp(*known, json_string_value(item)) != 0) known++;
        if (!*known) return false;
        at += (size_t)snprintf(out + at, BJ_ELEVATION_CHECKS_BYTES - at, "%s%s", i ? "," : "",
                               *known);
        if (at >= BJ_ELEVATION_CHECKS_BYTES) return false;
    }
    return true;
}

#define FACTOR_DROP "right:factor_drop"

/* Whom it is about, and what was checked: for that right all of it, for others none. */
static bool judge_about(const bj_elevation_ask_t *ask, bool known, bj_http_resp_t *resp) {
    bool wants = strcmp(ask->what, FACTOR_DROP) == 0;
    const char *field = wants == (ask->about != 0) ? NULL : "about";
    if (!field && (!known || wants != (ask->checks != NULL))) field = "checks";
    if (!field) return true;
    bj_http_fail(resp, 400, "bad_request", field,
                 strcmp(field, "about") == 0
                     ? "about is the number of the person, with " FACTOR_DROP " and no other"
                     : "checks are of call_back, mail_word, video_document, in_person_document, "
                       "account_facts, with " FACTOR_DROP " and no other");
    return false;
}

static void ask(bj_app_t *app, const bj_http_req_t *req, const bj_elevation_ask_t *wanted,
                bj_http_resp_t *resp) {
    uint64_t id;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_elevation_ask(app->db, &who, wanted, &id);
    if (status == BJ_ERR_BAD_FIELD && wanted->about) {
        bj_http_fail(resp, 400, "bad_request", "checks",
                     "about is somebody else who is there, and checks have call_back and "
                     "mail_word, or in_person_document");
    } else if (!failed(resp, status)) {
        answer_one(app, req, 201, id, resp);
    }
}

static void post_elevation(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char what[BJ_ELEVATION_WHAT_BYTES], reason[REASON_MAX + 1];
    char checks[BJ_ELEVATION_CHECKS_BYTES] = "";
    int64_t minutes;
    uint64_t about = 0;
    json_t *list = NULL;
    const bj_field_t fields[] = {
        {.name = "what", .kind = BJ_FIELD_TEXT, .min = 1, .max = sizeof what - 1, .out = what,
         .out_bytes = sizeof what},
        {.name = "minutes", .kind = BJ_FIELD_INT, .min = 1, .max = BJ_ELEVATION_MINUTES_MAX,
         .out = &minutes},
        {.name = "about", .kind = BJ_FIELD_ID, .optional = true, .out = &about},
        {.name = "checks", .kind = BJ_FIELD_LIST, .optional = true, .max = 5, .out = &list},
        REASON_FIELD(reason),
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bool known = put_checks(list, checks);
    const bj_elevation_ask_t wanted = {.what = what, .reason = reason, .about = about,
                                       .minutes = (uint32_t)minutes,
                                       .checks = list ? checks : NULL};
    json_decref(list);
    if (!bj_elevation_askable(req->caller, what)) {
        bj_http_fail(resp, 400, "bad_request", "what",
                     "what is none of those that you may ask for: GET /elevations, may_ask");
    } else if (judge_about(&wanted, known, resp)) {
        ask(app, req, &wanted, resp);
    }
}

static bool read_id(const bj_http_req_t *req, uint64_t *id, bj_http_resp_t *resp) {
    bool ok = bj_parse_u64(req->param, id) && *id > 0 && *id <= INT64_MAX;
    return ok || !failed(resp, BJ_ERR_NOT_FOUND);
}

/* The database looks again (elevation_by_people). */
static bool operator_gives(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bool may = true;
    bj_status_t status =
        req->caller->is_operator ? bj_elevation_by_operator(app->db, &may) : BJ_OK;
    if (failed(resp, status)) return false;
    if (!may) {
        bj_http_fail(resp, 403, "not_allowed", NULL,
                     "people give this: there are two or more of compliance and admins who can");
    }
    return may;
}

/* What was asked for in one act is done at once.  The row: as it was before the yes. */
static bool carried_out(bj_app_t *app, const bj_http_req_t *req, const bj_elevation_t *row,
                        bj_http_resp_t *resp) {
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = *row->act ? bj_admin_second_send(app, &who, row) : BJ_OK;
    if (status == BJ_REJ_SECOND_PERSON) {
        bj_http_fail(resp, 409, "conflict", NULL,
                     "what is in force has changed since this was asked for: nothing was done, "
                     "ask for it anew");
    } else if (status != BJ_OK) {
        bj_orders_refuse(resp, status);
    }
    return status == BJ_OK;
}

/* A yes is said once: not while nothing could come of it. */
static bool can_be_done(bj_app_t *app, uint64_t id, bj_elevation_t *row, bj_http_resp_t *resp) {
    if (failed(resp, bj_elevation_get(app->db, app->keys, id, row))) return false;
    if (!*row->act || bj_orders_up(app->orders)) return true;
    bj_http_unavailable(resp, "the order gateway");
    return false;
}

static void decide(bj_app_t *app, const bj_http_req_t *req, bool yes, bj_http_resp_t *resp) {
    char reason[REASON_MAX + 1] = "";
    uint64_t id;
    bj_field_t fields[] = {REASON_FIELD(reason)};
    fields[0].optional = yes;
    if (!read_id(req, &id, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_elevation_t row;
    if (yes && (!operator_gives(app, req, resp) || !can_be_done(app, id, &row, resp))) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_elevation_decide(app->db, &who, id, yes, *reason ? reason : NULL);
    if (failed(resp, status) || (yes && !carried_out(app, req, &row, resp))) return;
    answer_one(app, req, 200, id, resp);
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
    {"POST", "/elevations/*/approve", BJ_POLICY_ELEVATION_DECIDE, post_approve, BJ_LANE_ORDER, 0,
     "elevation.approve"},
    {"POST", "/elevations/*/refuse", BJ_POLICY_ELEVATION_DECIDE, post_refuse, BJ_LANE_READ, 0,
     "elevation.refuse"},
    {"POST", "/elevations/*/end", BJ_POLICY_ELEVATION_ASK, post_end, BJ_LANE_READ, 0,
     "elevation.end"},
    {.method = NULL},
};
