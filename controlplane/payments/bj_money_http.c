/* /admin/payouts, /admin/banks, /admin/receipts, /admin/funds, /admin/ledger: money as staff
 * handles it. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/payments/bj_funds_http.h"
#include "controlplane/payments/bj_receipt.h"
#include "controlplane/server/bj_routes.h"

enum { REASON_MAX = 200 };
#define TEXT_FIELD(word, to)                                                                       \
    {                                                                                              \
        .name = (word), .kind = BJ_FIELD_NAME, .min = 1, .max = REASON_MAX, .out = (to),           \
        .out_bytes = sizeof(to)                                                                    \
    }

static void merge(json_t *into, json_t *more) {
    json_object_update(into, more);
    json_decref(more);
}

/* --- payouts */

static json_t *payout_json(const bj_payout_t *p) {
    char user[BJ_ID_TEXT_BYTES], bank[BJ_ID_TEXT_BYTES];
    json_t *json = bj_payout_json(p);
    merge(json, json_pack("{s:s, s:s, s:b, s:s, s:o, s:s}", "user_id", bj_id_text(p->user_id, user),
                          "bank_id", bj_id_text(p->bank_id, bank), "two_people", p->two_people,
                          "approved_by", p->approved_by, "approved",
                          bj_payments_time(p->approved_us), "ended_by", p->ended_by));
    return json;
}

static bool read_list(const bj_http_req_t *req, int64_t *user_id, int64_t *state,
                      bj_http_resp_t *resp) {
    static const char *const states[] = {"waiting", "all", NULL};
    *user_id = *state = 0;
    return bj_query_int(req, "user_id", 1, INT64_MAX, user_id, resp) &&
           bj_query_word(req, "state", states, state, resp);
}

static void get_payouts(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t user_id, state;
    size_t cnt = 0;
    if (!read_list(req, &user_id, &state, resp)) return;
    bj_payout_t *rows = calloc(BJ_PAYMENTS_LIST_MAX, sizeof *rows);
    bj_status_t status = !rows ? BJ_ERR_UNAVAILABLE
                               : bj_payout_list(app->payments, (uint64_t)user_id, state == 0, rows,
                                                BJ_PAYMENTS_LIST_MAX, &cnt);
    if (status == BJ_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < cnt; i++)
            json_array_append_new(list, payout_json(&rows[i]));
        bj_http_ok(resp, 200, json_pack("{s:o}", "payouts", list));
    } else {
        bj_payments_refuse(resp, status, "payout");
    }
    free(rows);
}

static void answer_payout(bj_app_t *app, const bj_http_req_t *req, bj_status_t status,
                          bj_payout_why_t why, bj_http_resp_t *resp) {
    bj_payout_t row;
    if (status == BJ_ERR_DENIED) {
        bj_payout_refuse(resp, why);
        return;
    }
    if (status == BJ_OK) status = bj_payout_get(app->payments, req->param, &row);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:o}", "payout", payout_json(&row)));
    else
        bj_payments_refuse(resp, status, "payout");
}

static void post_approve(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_payout_why_t why;
    if (!bj_payout_id(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_payout_approve(app->payments, &who, req->param, &why);
    answer_payout(app, req, status, why, resp);
}

static bool good_utr(const char *utr, bj_http_resp_t *resp) {
    if (bj_utr_formed(utr)) return true;
    bj_http_fail(resp, 400, "bad_request", "utr", BJ_UTR_WANTED);
    return false;
}

static void post_send(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_payout_why_t why;
    char utr[REASON_MAX + 1];
    const bj_field_t fields[] = {TEXT_FIELD("utr", utr)};
    if (!bj_payout_id(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!good_utr(utr, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_payout_send(app->payments, &who, req->param, utr, &why);
    answer_payout(app, req, status, why, resp);
}

static void post_return(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_payout_why_t why;
    char reason[REASON_MAX + 1];
    const bj_field_t fields[] = {TEXT_FIELD("reason", reason)};
    if (!bj_payout_id(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_payout_return(app->payments, &who, req->param, reason, &why);
    answer_payout(app, req, status, why, resp);
}

/* --- bank accounts */

static json_t *bank_json(const bj_bank_t *bank) {
    char user[BJ_ID_TEXT_BYTES];
    json_t *json = bj_bank_json(bank);
    merge(json,
          json_pack("{s:s, s:b, s:s, s:s}", "user_id", bj_id_text(bank->user_id, user), "anothers",
                    bank->anothers, "checked_by", bank->checked_by, "reference", bank->check_ref));
    return json;
}

static json_t *banks_json(const bj_bank_t *rows, size_t cnt) {
    json_t *list = json_array();
    for (size_t i = 0; i < cnt; i++)
        json_array_append_new(list, bank_json(&rows[i]));
    return list;
}

static void get_banks(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)req;
    size_t cnt = 0;
    bj_bank_t *rows = calloc(BJ_PAYMENTS_LIST_MAX, sizeof *rows);
    bj_status_t status = !rows ? BJ_ERR_UNAVAILABLE
                               : bj_bank_list(app->payments, 0, rows, BJ_PAYMENTS_LIST_MAX, &cnt);
    if (status == BJ_OK)
        bj_http_ok(resp, 200, json_pack("{s:o}", "banks", banks_json(rows, cnt)));
    else
        bj_payments_refuse(resp, status, "bank account");
    free(rows);
}

static void check_bank(bj_app_t *app, const bj_http_req_t *req, bool ok, bj_http_resp_t *resp) {
    uint64_t id;
    char text[REASON_MAX + 1];
    const bj_field_t fields[] = {TEXT_FIELD(ok ? "reference" : "reason", text)};
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
    char reason[REASON_MAX + 1], number[BJ_BANK_NUMBER_BYTES];
    const bj_field_t fields[] = {TEXT_FIELD("reason", reason)};
    if (!bj_payments_number(req, "bank account", &id, resp)) return;
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_bank_reveal(app->payments, &who, id, reason, number);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:s, s:s}", "id", req->param, "number", number));
    } else {
        bj_payments_refuse(resp, status, "bank account");
    }
    explicit_bzero(number, sizeof number);
}

/* --- receipts */

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
    if (!read_list(req, &user_id, &state, resp)) return;
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
                         char utr[REASON_MAX + 1], char day[BJ_DAY_TEXT_BYTES],
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
         .max = REASON_MAX,
         .out = utr,
         .out_bytes = REASON_MAX + 1},
        {.name = "paid_on",
         .kind = BJ_FIELD_TEXT,
         .min = 10,
         .max = BJ_DAY_TEXT_BYTES - 1,
         .out = day,
         .out_bytes = BJ_DAY_TEXT_BYTES},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), resp)) return false;
    if (!bj_good_uuid(id, resp) || !good_utr(utr, resp)) return false;
    if (bj_parse_day(day, &paid_on) && paid_on <= bj_day_of(bj_clock_wall_ns())) return true;
    bj_http_fail(resp, 400, "bad_request", "paid_on",
                 "paid_on is a day, like 2026-08-03, that is "
                 "not to come");
    return false;
}

static void post_receipt(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char utr[REASON_MAX + 1], day[BJ_DAY_TEXT_BYTES], id[BJ_UUID_BYTES];
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
    char reason[REASON_MAX + 1];
    const bj_field_t fields[] = {TEXT_FIELD("reason", reason)};
    if (bj_http_body(req, fields, BJ_COUNT(fields), resp)) decide(app, req, reason, resp);
}

/* --- a person's money, and the house's */

static bj_status_t account_of(bj_app_t *app, uint64_t user_id, uint32_t *account_id) {
    BJ_DB_RESULT rows = NULL;
    bj_status_t status = bj_db_query(app->db, "SELECT account_id FROM users WHERE user_id = $1",
                                     BJ_DB_PARAMS(bj_db_u64(user_id).text), &rows);
    if (status != BJ_OK) return status;
    return bj_db_get_u32(rows, 0, 0, account_id) ? BJ_OK : BJ_ERR_NOT_FOUND;
}

static void get_person(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    uint64_t user_id;
    bj_ledger_side_t side = {.kind = BJ_LEDGER_CLIENT};
    bj_funds_t funds;
    bj_bank_t banks[BJ_BANKS_MAX];
    bj_ledger_line_t lines[BJ_LEDGER_LIST_MAX];
    size_t bank_cnt, line_cnt;
    if (!bj_payments_number(req, "user", &user_id, resp)) return;
    bj_status_t status = account_of(app, user_id, &side.account_id);
    if (status == BJ_OK) status = bj_funds_of(app->payments, side.account_id, &funds);
    if (status == BJ_OK) {
        status = bj_bank_list(app->payments, user_id, banks, BJ_BANKS_MAX, &bank_cnt);
    }
    if (status == BJ_OK) {
        status = bj_ledger_lines(app->db, side, lines, BJ_LEDGER_LIST_MAX, &line_cnt);
    }
    if (status != BJ_OK) {
        bj_payments_refuse(resp, status, "user");
        return;
    }
    bj_http_ok(resp, 200,
               json_pack("{s:o, s:o, s:o}", "funds", bj_funds_json(&funds), "banks",
                         banks_json(banks, bank_cnt), "lines",
                         bj_ledger_lines_json(lines, line_cnt)));
}

static const char house_sql[] =
    "SELECT coalesce(sum(debits_posted - credits_posted) FILTER (WHERE kind = 'bank'), 0)::bigint,"
    " coalesce(sum(credits_posted - debits_posted) FILTER (WHERE kind = 'client'), 0)::bigint,"
    " coalesce(sum(credits_posted - debits_posted) FILTER (WHERE kind = 'suspense'), 0)::bigint,"
    " coalesce(sum(debits_pending) FILTER (WHERE kind = 'client'), 0)::bigint FROM ledger_accounts";

static void get_ledger(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)req;
    BJ_DB_RESULT rows = NULL;
    int64_t sums[4] = {0};
    uint64_t wrong;
    bj_status_t status = bj_db_query(app->db, house_sql, BJ_DB_NO_PARAMS, &rows);
    for (size_t i = 0; status == BJ_OK && i < BJ_COUNT(sums); i++) {
        if (!bj_db_get_i64(rows, 0, i, &sums[i])) status = BJ_ERR_BAD_FIELD;
    }
    if (status == BJ_OK) status = bj_ledger_wrong(app->db, &wrong);
    if (status != BJ_OK) {
        bj_payments_refuse(resp, status, "ledger");
        return;
    }
    bj_http_ok(resp, 200,
               json_pack("{s:I, s:I, s:I, s:I, s:I}", "bank_paise", (json_int_t)sums[0],
                         "clients_paise", (json_int_t)sums[1], "suspense_paise",
                         (json_int_t)sums[2], "held_paise", (json_int_t)sums[3], "wrong_accounts",
                         (json_int_t)wrong));
}

#define READ BJ_POLICY_FUNDS_READ
#define HANDLE BJ_POLICY_FUNDS_HANDLE
const bj_route_t bj_money_routes[] = {
    {"GET", "/admin/payouts", READ, get_payouts, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/payouts/*/approve", HANDLE, post_approve, BJ_LANE_READ, 0, "payout.approve"},
    {"POST", "/admin/payouts/*/send", HANDLE, post_send, BJ_LANE_READ, 0, "payout.send"},
    {"POST", "/admin/payouts/*/return", HANDLE, post_return, BJ_LANE_READ, 0, "payout.return"},
    {"GET", "/admin/banks", READ, get_banks, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/banks/*/confirm", HANDLE, post_confirm, BJ_LANE_READ, 0, "bank.check"},
    {"POST", "/admin/banks/*/refuse", HANDLE, post_refuse_bank, BJ_LANE_READ, 0, "bank.check"},
    {"POST", "/admin/banks/*/reveal", HANDLE, post_reveal, BJ_LANE_READ, 0, "bank.reveal"},
    {"GET", "/admin/receipts", READ, get_receipts, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/receipts", HANDLE, post_receipt, BJ_LANE_READ, 0, "receipt.record"},
    {"POST", "/admin/receipts/*/approve", HANDLE, post_approve_receipt, BJ_LANE_READ, 0,
     "receipt.approve"},
    {"POST", "/admin/receipts/*/refuse", HANDLE, post_refuse_receipt, BJ_LANE_READ, 0,
     "receipt.refuse"},
    {"GET", "/admin/funds/*", READ, get_person, BJ_LANE_READ, 0, NULL},
    {"GET", "/admin/ledger", READ, get_ledger, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
