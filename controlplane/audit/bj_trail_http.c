/* /admin/audit...: the trail, its proofs and its signed heads, for those whose duty it is to read
 * it.  Nothing here changes anything. */
#include "controlplane/audit/bj_trail_json.h"
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_time.h"

enum { LIST_MAX = 500, PROOFS_PER_MIN = 600 };

static void put_entry(void *ctx, const bj_trail_entry_t *entry) {
    json_array_append_new(ctx, bj_trail_entry_json(entry));
}

/* A moment, or a whole day of India's at its beginning. */
static bool read_time(const bj_http_req_t *req, const char *name, int64_t *time_us,
                      bj_http_resp_t *resp) {
    const char *text = bj_query_str(req, name);
    int64_t time_ns;
    uint32_t day;
    if (!text) return true;
    if (bj_parse_time(text, &time_ns)) {
        *time_us = time_ns / 1000;
        return true;
    }
    if (bj_parse_day(text, &day)) {
        *time_us = ((int64_t)day * 86400 - BJ_IST_OFFSET_S) * 1000000;
        return true;
    }
    bj_http_fail(resp, 400, "bad_request", name, "%s must be a date, as 2026-08-03, or a time, as "
                 "2026-08-03T09:15:00Z", name);
    return false;
}

/* Letters, digits, colon, point: what names an actor or an act. */
static bool read_name(const bj_http_req_t *req, const char *name, const char **out,
                      bj_http_resp_t *resp) {
    static const char known[] = "abcdefghijklmnopqrstuvwxyz0123456789:.";
    *out = bj_query_str(req, name);
    if (!*out || (**out && strspn(*out, known) == strlen(*out))) return true;
    bj_http_fail(resp, 400, "bad_request", name, "%s is small letters, digits, : and .", name);
    return false;
}

static bool read_filter(const bj_http_req_t *req, bj_trail_filter_t *filter, bool *oldest_first,
                        bj_http_resp_t *resp) {
    int64_t limit = 100, after = 0, before = 0;
    *filter = (bj_trail_filter_t){.limit = 0};
    if (!bj_query_int(req, "limit", 1, LIST_MAX, &limit, resp) ||
        !bj_query_int(req, "after", 0, INT64_MAX, &after, resp) ||
        !bj_query_int(req, "before", 1, INT64_MAX, &before, resp) ||
        !read_name(req, "actor", &filter->actor, resp) ||
        !read_name(req, "act", &filter->act, resp) ||
        !read_time(req, "from", &filter->from_us, resp) ||
        !read_time(req, "to", &filter->to_us, resp)) {
        return false;
    }
    filter->limit = (size_t)limit;
    filter->after = (uint64_t)after;
    filter->before = (uint64_t)before;
    *oldest_first = bj_query_str(req, "after") != NULL;
    return true;
}

static void get_audit(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_trail_filter_t filter;
    bool oldest_first;
    if (!read_filter(req, &filter, &oldest_first, resp)) return;
    json_t *list = json_array();
    bj_status_t status = bj_trail_select(app->db, &filter, oldest_first, put_entry, list);
    if (status == BJ_OK) bj_http_ok(resp, 200, json_pack("{s:O}", "entries", list));
    else bj_http_unavailable(resp, "the audit trail");
    json_decref(list);
}

static void get_head(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_trail_head_t head;
    char note[BJ_TRAIL_NOTE_BYTES];
    bj_merkle_proof_t proof;
    int64_t from = 0;
    if (!bj_query_int(req, "from", 1, INT64_MAX, &from, resp)) return;
    if (!bj_trail_keeper_head(app->trail, &head, note)) {
        bj_http_fail(resp, 404, "not_found", NULL, "no head was signed yet");
        return;
    }
    json_t *json = json_pack("{s:o}", "head", bj_trail_head_json(&head, note));
    if (from && (uint64_t)from > head.size) {
        bj_http_fail(resp, 400, "bad_request", "from", "from must be at most %llu, the head's size",
                     (unsigned long long)head.size);
    } else if (from && !bj_trail_keeper_consistency(app->trail, (uint64_t)from, head.size,
                                                    &proof)) {
        bj_http_unavailable(resp, "the tree of the audit trail");
    } else {
        if (from) json_object_set_new(json, "from", json_integer(from));
        if (from) json_object_set_new(json, "consistency", bj_trail_proof_json(&proof));
        bj_http_ok(resp, 200, json_incref(json));
    }
    json_decref(json);
}

/* The proof goes with the head that it leads to; an entry newer than that has none yet. */
static void add_proof(bj_app_t *app, uint64_t seq, json_t *json) {
    bj_trail_head_t head;
    char note[BJ_TRAIL_NOTE_BYTES];
    bj_merkle_proof_t proof;
    if (!bj_trail_keeper_head(app->trail, &head, note) || seq > head.size ||
        !bj_trail_keeper_inclusion(app->trail, seq, head.size, &proof)) {
        return;
    }
    json_object_set_new(json, "head", bj_trail_head_json(&head, note));
    json_object_set_new(json, "inclusion", bj_trail_proof_json(&proof));
}

static void get_entry(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t seq = 0;
    json_t *list = json_array();
    bool ok = bj_parse_u64(req->param, &seq) && seq > 0 && seq < INT64_MAX;
    bj_trail_filter_t filter = {.after = ok ? seq - 1 : 0, .before = seq + 1, .limit = 1};
    bj_status_t status = !ok ? BJ_OK : bj_trail_select(app->db, &filter, true, put_entry, list);
    if (status != BJ_OK) {
        bj_http_unavailable(resp, "the audit trail");
    } else if (json_array_size(list) == 0) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such entry");
    } else {
        json_t *json = json_pack("{s:O}", "entry", json_array_get(list, 0));
        add_proof(app, seq, json);
        bj_http_ok(resp, 200, json);
    }
    json_decref(list);
}

const bj_route_t bj_trail_routes[] = {
    {"GET", "/admin/audit", BJ_POLICY_AUDIT_READ, get_audit, BJ_LANE_READ, 0, NULL},
    {"GET", "/admin/audit/head", BJ_POLICY_AUDIT_READ, get_head, BJ_LANE_READ, PROOFS_PER_MIN,
     NULL},
    {"GET", "/admin/audit/*", BJ_POLICY_AUDIT_READ, get_entry, BJ_LANE_READ, PROOFS_PER_MIN, NULL},
    {.method = NULL},
};
