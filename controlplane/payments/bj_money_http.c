/* /admin/payouts, /admin/funds, /admin/ledger: money out, and all of it, as staff sees it. */
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/payments/bj_funds_http.h"
#include "controlplane/server/bj_routes.h"

/* --- payouts */

static json_t *payout_json(const bj_payout_t *p) {
    char user[BJ_ID_TEXT_BYTES], bank[BJ_ID_TEXT_BYTES];
    json_t *json = bj_payout_json(p);
    bj_json_merge(json,
                  json_pack("{s:s, s:s, s:b, s:s, s:o, s:s, s:s}", "user_id",
                            bj_id_text(p->user_id, user), "bank_id", bj_id_text(p->bank_id, bank),
                            "two_people", p->two_people, "approved_by", p->approved_by, "approved",
                            bj_payments_time(p->approved_us), "ended_by", p->ended_by, "taken_by",
                            p->taken_by));
    return json;
}

static void get_payouts(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    int64_t user_id, state;
    size_t cnt = 0;
    if (!bj_money_filter(req, &user_id, &state, resp)) return;
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

static void post_take(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_payout_why_t why;
    if (!bj_payout_id(req, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_payout_take(app->payments, &who, req->param, &why);
    answer_payout(app, req, status, why, resp);
}

/* With a reason: given back, or returned to the client. */
static void end_with(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp,
                     bj_status_t end(const bj_payments_t *, const bj_trail_who_t *, const char *,
                                     const char *, bj_payout_why_t *)) {
    bj_payout_why_t why;
    char reason[BJ_MONEY_TEXT_MAX + 1];
    const bj_field_t fields[] = {BJ_MONEY_FIELD("reason", reason)};
    if (!bj_payout_id(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = end(app->payments, &who, req->param, reason, &why);
    answer_payout(app, req, status, why, resp);
}

static void post_untake(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    end_with(app, req, resp, bj_payout_untake);
}

static void post_send(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_payout_why_t why;
    char utr[BJ_MONEY_TEXT_MAX + 1];
    const bj_field_t fields[] = {BJ_MONEY_FIELD("utr", utr)};
    if (!bj_payout_id(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp)) return;
    if (!bj_good_utr(utr, resp)) return;
    bj_trail_who_t who = bj_trail_who(req->caller, req->client);
    bj_status_t status = bj_payout_send(app->payments, &who, req->param, utr, &why);
    answer_payout(app, req, status, why, resp);
}

static void post_return(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    end_with(app, req, resp, bj_payout_return);
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
                         bj_banks_staff_json(banks, bank_cnt), "lines",
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
    {"POST", "/admin/payouts/*/take", HANDLE, post_take, BJ_LANE_READ, 0, "payout.take"},
    {"POST", "/admin/payouts/*/untake", HANDLE, post_untake, BJ_LANE_READ, 0, "payout.untake"},
    {"POST", "/admin/payouts/*/send", HANDLE, post_send, BJ_LANE_READ, 0, "payout.send"},
    {"POST", "/admin/payouts/*/return", HANDLE, post_return, BJ_LANE_READ, 0, "payout.return"},
    {"GET", "/admin/funds/*", READ, get_person, BJ_LANE_READ, 0, NULL},
    {"GET", "/admin/ledger", READ, get_ledger, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
