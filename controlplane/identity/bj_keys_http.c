/* /admin/keys: which keys there are, new ones, and what is sealed under old ones. */
#include <stdio.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_rehash.h"
#include "controlplane/identity/bj_reseal.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/text/bj_text.h"

enum { REASON_BYTES = 201 };

static void refuse(bj_http_resp_t *resp, bj_status_t status) {
    if (status == BJ_ERR_UNAVAILABLE || status == BJ_ERR_TIMEOUT || status == BJ_ERR_FULL) {
        bj_http_unavailable(resp, "the key service");
    } else {
        bj_http_fail(resp, 500, "internal", NULL, "something went wrong here");
    }
}

static bool reason_of(const bj_http_req_t *req, char reason[REASON_BYTES], bj_http_resp_t *resp) {
    const bj_field_t fields[] = {{.name = "reason",
                                  .kind = BJ_FIELD_TEXT,
                                  .min = 1,
                                  .max = REASON_BYTES - 1,
                                  .out = reason,
                                  .out_bytes = REASON_BYTES}};
    return bj_http_body(req, fields, BJ_COUNT(fields), resp);
}

/* Never the keys themselves, wrapped or not. */
static const char list_sql[] =
    "SELECT key_id, category, split_part(wrapped, ':', 1),"
    " (extract(epoch FROM created_at) * 1000000)::bigint,"
    " key_id = max(key_id) OVER (PARTITION BY category) FROM data_keys ORDER BY category, key_id";

static json_t *row_json(const bj_db_result_t *rows, size_t i) {
    char time[BJ_TIME_TEXT_BYTES];
    int64_t created_us = 0;
    bool newest = false;
    if (!bj_db_get_i64(rows, i, 3, &created_us) || !bj_db_get_bool(rows, i, 4, &newest)) {
        return NULL;
    }
    return json_pack("{s:s, s:s, s:s, s:s, s:b}", "id", bj_db_get_ref(rows, i, 0), "category",
                     bj_db_get_ref(rows, i, 1), "wrapped_by", bj_db_get_ref(rows, i, 2), "created",
                     bj_time_text(created_us * 1000, time), "newest", newest);
}

static void get_keys(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)req;
    BJ_DB_RESULT rows = NULL;
    bj_reseal_left_t left;
    bj_status_t status = bj_reseal_left(app->db, app->keys, &left);
    if (status == BJ_OK) status = bj_db_query(app->db, list_sql, BJ_DB_NO_PARAMS, &rows);
    if (status != BJ_OK) {
        refuse(resp, status);
        return;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < bj_db_rows(rows); i++)
        json_array_append_new(list, row_json(rows, i));
    bj_http_ok(resp, 200, json_pack("{s:o, s:I, s:I}", "keys", list, "left", (json_int_t)left.rows,
                                "passing", (json_int_t)left.passing));
}

static bool category_of(const bj_http_req_t *req, bj_keys_category_t *category,
                        bj_http_resp_t *resp) {
    for (unsigned i = 0; i < BJ_KEYS_CATEGORY_CNT; i++) {
        *category = (bj_keys_category_t)i;
        if (strcmp(req->param, bj_keys_category_name(*category)) == 0) return true;
    }
    bj_http_fail(resp, 404, "not_found", NULL,
                 "the categories are factors, contact, kyc, apps and lookup");
    return false;
}

static void post_rotate(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_BYTES];
    bj_keys_category_t category;
    uint16_t key_id;
    if (!category_of(req, &category, resp) || !reason_of(req, reason, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = category == BJ_KEYS_LOOKUP
                             ? bj_rehash_begin(app->keys, &who, reason, &key_id)
                             : bj_keys_rotate(app->keys, &who, category, reason, &key_id);
    if (status == BJ_OK) {
        bj_http_ok(resp, 201,
                   json_pack("{s:s, s:s}", "category", req->param, "id", bj_db_u64(key_id).text));
    } else if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", NULL,
                     "the change before is not through yet: keys reseal");
    } else {
        refuse(resp, status);
    }
}

static void post_reseal(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_BYTES];
    bj_reseal_left_t left;
    bj_reseal_t reseal = {.after = 0};
    if (!reason_of(req, reason, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_reseal_step(app->db, app->keys, &who, reason, 0, &reseal);
    if (status == BJ_OK) status = bj_reseal_left(app->db, app->keys, &left);
    if (status != BJ_OK) {
        refuse(resp, status);
        return;
    }
    bj_http_ok(resp, 200,
               json_pack("{s:I, s:I, s:I}", "done", (json_int_t)reseal.done, "failed",
                         (json_int_t)reseal.failed, "left", (json_int_t)left.rows));
}

static void post_rewrap(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[REASON_BYTES];
    size_t done_cnt;
    if (!reason_of(req, reason, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_keys_rewrap(app->keys, &who, reason, &done_cnt);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:I}", "done", (json_int_t)done_cnt));
    else if (status == BJ_ERR_NOT_FOUND || status == BJ_ERR_CORRUPT)
        bj_http_fail(resp, 409, "conflict", NULL,
                     "a data key cannot be unwrapped and stays as it was (the log says which); "
                     "the others are done: leave the old root key where it is");
    else
        refuse(resp, status);
}

const bj_route_t bj_keys_routes[] = {
    {"GET", "/admin/keys", BJ_POLICY_KEY_READ, get_keys, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/keys/reseal", BJ_POLICY_KEY_SET, post_reseal, BJ_LANE_READ, 0, "keys.reseal"},
    {"POST", "/admin/keys/rewrap", BJ_POLICY_KEY_SET, post_rewrap, BJ_LANE_READ, 0, "keys.rewrap"},
    {"POST", "/admin/keys/*/rotate", BJ_POLICY_KEY_SET, post_rotate, BJ_LANE_READ, 0,
     "keys.rotate"},
    {.method = NULL},
};
