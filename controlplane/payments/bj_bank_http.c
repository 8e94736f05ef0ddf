/* /funds/banks and /admin/banks: bank accounts, as their owner and as staff has them. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/payments/bj_funds_http.h"
#include "controlplane/server/bj_routes.h"

static void answer_banks(bj_app_t *app, const bj_http_req_t *req, int code, bj_http_resp_t *resp) {
    bj_bank_t banks[BJ_BANKS_MAX];
    size_t cnt;
    bj_status_t status =
        bj_bank_list(app->payments, req->caller->user_id, banks, BJ_BANKS_MAX, &cnt);
    if (status == BJ_OK) {
        bj_http_ok(resp, code, json_pack("{s:o}", "banks", bj_banks_json(banks, cnt)));
    } else {
        bj_payments_refuse(resp, status, "account");
    }
}

static void refuse_bank(bj_http_resp_t *resp, bj_status_t status) {
    switch ((int)status) {
    case BJ_ERR_EXISTS:
        bj_http_fail(resp, 409, "conflict", "number", "that bank account is there already");
        break;
    case BJ_ERR_FULL:
        bj_http_fail(resp, 409, "conflict", "number", "a client may have %d bank accounts",
                     BJ_BANKS_MAX);
        break;
    case BJ_ERR_BAD_FIELD:
        bj_http_fail(resp, 409, "conflict", NULL, "a payout is on its way there");
        break;
    case BJ_ERR_SEQUENCE:
        bj_http_fail(resp, 409, "conflict", NULL, "your money goes there already");
        break;
    case BJ_ERR_DENIED:
        bj_http_fail(resp, 409, "conflict", NULL, "we could not make sure that it is yours");
        break;
    default:
        bj_payments_refuse(resp, status, "bank account");
    }
}

static bool read_bank(const bj_http_req_t *req, char number[BJ_BANK_NUMBER_BYTES],
                      char ifsc[BJ_IFSC_BYTES], bj_http_resp_t *resp) {
    char typed[BJ_BANK_TYPED_MAX + 1], code[BJ_BANK_TYPED_MAX + 1];
    const bj_field_t fields[] = {
        {.name = "number",
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = BJ_BANK_TYPED_MAX,
         .out = typed,
         .out_bytes = sizeof typed},
        {.name = "ifsc",
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = BJ_BANK_TYPED_MAX,
         .out = code,
         .out_bytes = sizeof code},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return false;
    bool good = bj_bank_number_read(typed, number);
    explicit_bzero(typed, sizeof typed);
    if (!good) {
        bj_http_fail(resp, 400, "bad_request", "number", BJ_BANK_NUMBER_WANTED);
    } else if (!bj_ifsc_read(code, ifsc)) {
        bj_http_fail(resp, 400, "bad_request", "ifsc", BJ_IFSC_WANTED);
        good = false;
    }
    return good;
}

static void post_bank(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char number[BJ_BANK_NUMBER_BYTES], ifsc[BJ_IFSC_BYTES];
    uint64_t bank_id;
    if (!bj_payments_person(req, resp) || !read_bank(req, number, ifsc, resp)) return;
    bj_status_t status =
        bj_bank_add(app->payments, req->caller, req->client, number, ifsc, &bank_id);
    explicit_bzero(number, sizeof number);
    if (status == BJ_OK)
        answer_banks(app, req, 201, resp);
    else
        refuse_bank(resp, status);
}

static void post_primary(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t id;
    if (!bj_payments_person(req, resp) || !bj_payments_number(req, "bank account", &id, resp))
        return;
    bj_status_t status = bj_bank_make_primary(app->payments, req->caller, req->client, id);
    if (status == BJ_OK)
        answer_banks(app, req, 200, resp);
    else
        refuse_bank(resp, status);
}

static void delete_bank(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t id;
    if (!bj_payments_person(req, resp) || !bj_payments_number(req, "bank account", &id, resp))
        return;
    bj_status_t status = bj_bank_remove(app->payments, req->caller, req->client, id);
    if (status == BJ_OK)
        answer_banks(app, req, 200, resp);
    else
        refuse_bank(resp, status);
}

/* --- bank accounts */

static json_t *staff_json(const bj_bank_t *bank) {
    char user[BJ_ID_TEXT_BYTES];
    json_t *json = bj_bank_json(bank);
    bj_json_merge(json, json_pack("{s:s, s:b, s:s, s:s}", "user_id",
                                  bj_id_text(bank->user_id, user), "anothers", bank->anothers,
                                  "checked_by", bank->checked_by, "reference", bank->check_ref));
    return json;
}

json_t *bj_banks_staff_json(const bj_bank_t *rows, size_t cnt) {
    json_t *list = json_array();
    for (size_t i = 0; i < cnt; i++)
        json_array_append_new(list, staff_json(&rows[i]));
    return list;
}

static void get_banks(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)req;
    size_t cnt = 0;
    bj_bank_t *rows = calloc(BJ_PAYMENTS_LIST_MAX, sizeof *rows);
    bj_status_t status = !rows ? BJ_ERR_UNAVAILABLE
                               : bj_bank_list(app->payments, 0, rows, BJ_PAYMENTS_LIST_MAX, &cnt);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:o}", "banks", bj_banks_staff_json(rows, cnt)));
    else
        bj_payments_refuse(resp, status, "bank account");
    free(rows);
}

static void check_bank(bj_app_t *app, const bj_http_req_t *req, bool ok, bj_http_resp_t *resp) {
    uint64_t id;
    char text[BJ_MONEY_TEXT_MAX + 1];
    const bj_field_t fields[] = {BJ_MONEY_FIELD(ok ? "reference" : "reason", text)};
    if (!bj_payments_number(req, "bank account", &id, resp)) return;
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_bank_check(app->payments, &who, id, ok, text);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:b}", "id", req->param, "confirmed", ok));
    } else if (status == BJ_ERR_BAD_FIELD) {
        bj_http_fail(resp, 403, "not_allowed", NULL, "another person has to do this");
    } else {
        bj_payments_refuse(resp, status, "bank account that waits");
    }
}

static void post_confirm(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    check_bank(app, req, true, resp);
}

static void post_refuse_bank(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    check_bank(app, req, false, resp);
}

static void post_reveal(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t id;
    char reason[BJ_MONEY_TEXT_MAX + 1], number[BJ_BANK_NUMBER_BYTES];
    const bj_field_t fields[] = {BJ_MONEY_FIELD("reason", reason)};
    if (!bj_payments_number(req, "bank account", &id, resp)) return;
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_bank_reveal(app->payments, &who, id, reason, number);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:s}", "id", req->param, "number", number));
    } else if (status == BJ_ERR_DENIED) {
        bj_http_fail(resp, 403, "not_allowed", NULL, "take a payout to it first: then it is shown");
    } else {
        bj_payments_refuse(resp, status, "bank account");
    }
    explicit_bzero(number, sizeof number);
}

#define READ BJ_POLICY_FUNDS_READ
#define HANDLE BJ_POLICY_FUNDS_HANDLE
const bj_route_t bj_banks_routes[] = {
    {"POST", "/funds/banks", BJ_POLICY_BANK_SET, post_bank, BJ_LANE_READ, 10, "bank.add"},
    {"POST", "/funds/banks/*/primary", BJ_POLICY_BANK_SET, post_primary, BJ_LANE_READ, 0,
     "bank.primary"},
    {"DELETE", "/funds/banks/*", BJ_POLICY_BANK_SET, delete_bank, BJ_LANE_READ, 0, "bank.remove"},
    {"GET", "/admin/banks", READ, get_banks, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/banks/*/confirm", HANDLE, post_confirm, BJ_LANE_READ, 0, "bank.check"},
    {"POST", "/admin/banks/*/refuse", HANDLE, post_refuse_bank, BJ_LANE_READ, 0, "bank.check"},
    {"POST", "/admin/banks/*/reveal", HANDLE, post_reveal, BJ_LANE_READ, 0, "bank.reveal"},
    {.method = NULL},
};
