/* /admin/receipts: money in, as staff records and approves it. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/payments/bj_funds_http.h"
#include "controlplane/payments/bj_receipt.h"
#include "controlplane/server/bj_routes.h"

static json_t *receipt_json(const bj_receipt_t *r) {
    char user[BJ_ID_TEXT_BYTES], bank[BJ_ID_TEXT_BYTES];
    return json_pack("{s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:{s:s, s:s}}",
                     "id", r->id, "user_id", bj_id_text(r->user_id, user), "bank_id",
                     bj_id_text(r->bank_id, bank), "amount_paise", (json_int_t)r->amount_paise,
                     "utr", r->utr, "paid_on", r->paid_on, "state", r->state, "asked_by",
                     r->asked_by, "decided_by", r->decided_by, "reason", r->reason, "asked",
                     bj_payments_time(r->asked_us), "decided", bj_payments_time(r->decided_us),
                     "bank", "number", r->hint, "ifsc", r->ifsc);
}

static void get_receipts(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t user_id, state;
    size_t cnt = 0;
    if (!bj_money_filter(req, &user_id, &state, resp)) return;
    bj_receipt_t *rows = calloc(BJ_PAYMENTS_LIST_MAX, sizeof *rows);
    bj_status_t status = !rows ? BJ_ERR_UNAVAILABLE
                               : bj_receipt_list(app->payments, (uint64_t)user_id, state == 0, rows,
                                                 BJ_PAYMENTS_LIST_MAX, &cnt);
    if (status == BJ_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < cnt; i++)
            json_array_append_new(list, receipt_json(&rows[i]));
        bj_http_ok(resp, 200, json_pack("{s:o}", "receipts", list));
    } else {
        bj_payments_refuse(resp, status, "receipt");
    }
    free(rows);
}

static void refuse_receipt(bj_http_resp_t *resp, bj_status_t status) {
    if (status == BJ_ERR_EXISTS) {
        bj_http_fail(resp, 409, "conflict", "utr", "utr, or the id, was recorded before");
    } else if (status == BJ_ERR_BAD_FIELD) {
        bj_http_fail(resp, 409, "conflict", "bank_id",
                     "the bank account is not confirmed, or another person has to do this");
    } else {
        bj_payments_refuse(resp, status, "receipt, or bank account");
    }
}

static bool read_receipt(const bj_http_req_t *req, bj_receipt_new_t *in, char id[BJ_UUID_BYTES],
                         char utr[BJ_MONEY_TEXT_MAX + 1], char day[BJ_DAY_TEXT_BYTES],
                         bj_http_resp_t *resp) {
    uint32_t paid_on;
    const bj_field_t fields[] = {
        {.name = "id",
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = BJ_UUID_BYTES - 1,
         .out = id,
         .out_bytes = BJ_UUID_BYTES},
        {.name = "bank_id", .kind = BJ_FIELD_ID, .out = &in->bank_id},
        {.name = "amount_paise",
         .kind = BJ_FIELD_INT,
         .min = 1,
         .max = INT64_C(100000000000000),
         .out = &in->amount_paise},
        {.name = "utr",
         .kind = BJ_FIELD_NAME,
         .min = 1,
         .max = BJ_MONEY_TEXT_MAX,
         .out = utr,
         .out_bytes = BJ_MONEY_TEXT_MAX + 1},
        {.name = "paid_on",
         .kind = BJ_FIELD_TEXT,
         .min = 10,
         .max = BJ_DAY_TEXT_BYTES - 1,
         .out = day,
         .out_bytes = BJ_DAY_TEXT_BYTES},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return false;
    if (!bj_good_uuid(id, resp) || !bj_good_utr(utr, resp)) return false;
    if (bj_parse_day(day, &paid_on) && paid_on <= bj_day_of(bj_clock_wall_ns())) return true;
    bj_http_fail(resp, 400, "bad_request", "paid_on",
                 "paid_on is a day, like 2026-08-03, that is "
                 "not to come");
    return false;
}

static void post_receipt(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char utr[BJ_MONEY_TEXT_MAX + 1], day[BJ_DAY_TEXT_BYTES], id[BJ_UUID_BYTES];
    bj_receipt_new_t in = {.id = id, .utr = utr, .paid_on = day};
    if (!read_receipt(req, &in, id, utr, day, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_receipt_record(app->payments, &who, &in);
    if (status == BJ_OK)
        bj_http_ok(resp, 201, json_pack("{s:s}", "id", id));
    else
        refuse_receipt(resp, status);
}

static void decide(bj_app_t *app, const bj_http_req_t *req, const char *reason,
                   bj_http_resp_t *resp) {
    if (!bj_uuid_formed(req->param)) {
        bj_payments_refuse(resp, BJ_ERR_NOT_FOUND, "receipt");
        return;
    }
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_receipt_decide(app->payments, &who, req->param, reason);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200,
                   json_pack("{s:s, s:b}", "id", req->param, "approved", reason == NULL));
    } else if (status == BJ_ERR_BAD_FIELD) {
        bj_http_fail(resp, 403, "not_allowed", NULL, "another person has to do this");
    } else {
        bj_payments_refuse(resp, status, "receipt that waits");
    }
}

static void post_approve_receipt(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    decide(app, req, NULL, resp);
}

static void post_refuse_receipt(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char reason[BJ_MONEY_TEXT_MAX + 1];
    const bj_field_t fields[] = {BJ_MONEY_FIELD("reason", reason)};
    if (bj_http_body(req, fields, BJ_COUNT(fields), resp)) decide(app, req, reason, resp);
}

#define READ BJ_POLICY_FUNDS_READ
#define HANDLE BJ_POLICY_FUNDS_HANDLE
const bj_route_t bj_receipts_routes[] = {
    {"GET", "/admin/receipts", READ, get_receipts, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/receipts", HANDLE, post_receipt, BJ_LANE_READ, 0, "receipt.record"},
    {"POST", "/admin/receipts/*/approve", HANDLE, post_approve_receipt, BJ_LANE_READ, 0,
     "receipt.approve"},
    {"POST", "/admin/receipts/*/refuse", HANDLE, post_refuse_receipt, BJ_LANE_READ, 0,
     "receipt.refuse"},
    {.method = NULL},
};
