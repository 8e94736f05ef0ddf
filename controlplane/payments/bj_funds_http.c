/* /funds: a client's money and payouts.  Bank accounts: bj_bank_http.c. */
#include <inttypes.h>
#include <stdlib.h>
#include "controlplane/control/bj_app.h"
#include "controlplane/payments/bj_funds_http.h"
#include "controlplane/server/bj_http_act.h"
#include "controlplane/server/bj_routes.h"

json_t *bj_payments_time(int64_t us) {
    char text[BJ_TIME_TEXT_BYTES];
    return us ? json_string(bj_time_text(us * BJ_NS_PER_US, text)) : json_string("");
}

json_t *bj_bank_json(const bj_bank_t *bank) {
    char id[BJ_ID_TEXT_BYTES];
    return json_pack("{s:s, s:s, s:s, s:b, s:s, s:o, s:o, s:s}", "id",
                     bj_id_text(bank->bank_id, id), "ifsc", bank->ifsc, "number", bank->hint,
                     "primary", bank->primary, "state", bj_bank_state_name(bank->state), "added",
                     bj_payments_time(bank->added_us), "usable", bj_payments_time(bank->usable_us),
                     "refused", bank->state == BJ_BANK_REFUSED ? bank->check_ref : "");
}

json_t *bj_payout_json(const bj_payout_t *p) {
    return json_pack("{s:s, s:I, s:s, s:o, s:o, s:o, s:s, s:s, s:{s:s, s:s}}", "id", p->id,
                     "amount_paise", (json_int_t)p->amount_paise, "state", p->state, "asked",
                     bj_payments_time(p->asked_us), "taken", bj_payments_time(p->taken_us), "ended",
                     bj_payments_time(p->ended_us), "utr", p->utr, "reason", p->reason, "bank",
                     "number", p->hint, "ifsc", p->ifsc);
}

json_t *bj_ledger_lines_json(const bj_ledger_line_t *lines, size_t cnt) {
    json_t *list = json_array();
    for (size_t i = 0; i < cnt; i++) {
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:s}", "id", lines[i].id, "what",
                      lines[i].what, "state", lines[i].state, "amount_paise",
                      (json_int_t)lines[i].amount_paise, "made", bj_payments_time(lines[i].made_us),
                      "ended", bj_payments_time(lines[i].ended_us), "corrects", lines[i].corrects));
    }
    return list;
}

json_t *bj_funds_json(const bj_funds_t *funds) {
    return json_pack("{s:I, s:I, s:I, s:I, s:I}", "balance_paise", (json_int_t)funds->balance_paise,
                     "held_paise", (json_int_t)funds->held_paise, "trades_paise",
                     (json_int_t)funds->trades_paise, "orders_paise",
                     (json_int_t)funds->orders_paise, "free_paise", (json_int_t)funds->free_paise);
}

void bj_payments_refuse(bj_http_resp_t *resp, bj_status_t status, const char *what) {
    if (status == BJ_ERR_NOT_FOUND) {
        bj_http_fail(resp, 404, "not_found", NULL, "there is no such %s", what);
    } else if (status == BJ_ERR_FULL) {
        bj_http_fail(resp, 409, "conflict", NULL,
                     "there are too many open orders to be sure what is free");
    } else {
        bj_http_unavailable(resp, "the ledger");
    }
}

/* Why a payout is not, or not so; what is only staff's is said to nobody else. */
static const struct {
    int code;
    const char *word, *field, *text;
} whys[] = {
    [BJ_PAYOUT_NO_BANK] = {409, "conflict", "bank",
                           "add a bank account first; we make sure that it is yours"},
    [BJ_PAYOUT_BANK_WAITS] = {409, "conflict", "bank",
                              "no payout goes to the bank account before its wait is over"},
    [BJ_PAYOUT_DAY_CNT] = {409, "conflict", "amount_paise",
                           "there were as many payouts today as one may ask for in a day"},
    [BJ_PAYOUT_DAY_PAISE] = {409, "conflict", "amount_paise",
                             "amount_paise is over what may be paid out in a day"},
    [BJ_PAYOUT_ID_TAKEN] = {409, "conflict", "id", "id is another request's: make a new one"},
    [BJ_PAYOUT_BUSY] = {409, "conflict", NULL,
                        "there are too many open orders to be sure what is free"},
    [BJ_PAYOUT_ENDED] = {409, "conflict", NULL, "the payout does not wait for that any more"},
    [BJ_PAYOUT_OWN] = {403, "not_allowed", NULL, "another person has to do this"},
    [BJ_PAYOUT_UNAPPROVED] = {409, "conflict", NULL, "another person has to approve it first"},
    [BJ_PAYOUT_NO_NEED] = {409, "conflict", NULL, "one person is enough: take it"},
    [BJ_PAYOUT_UTR_TAKEN] = {409, "conflict", "utr", "utr is another payout's"},
    [BJ_PAYOUT_USED] = {409, "conflict", NULL,
                        "by now trades and orders may need the money: return it, or wait"},
    [BJ_PAYOUT_BLOCKED] = {409, "conflict", NULL,
                           "the client is suspended, the bank account is gone, or you may not"},
    [BJ_PAYOUT_UNSURE] = {503, "unavailable", NULL,
                          "what orders may take is not known just now: try again in a moment"},
    [BJ_PAYOUT_MIN] = {400, "bad_request", "amount_paise",
                       "amount_paise is at least 100, or all that is free"},
    [BJ_PAYOUT_TAKEN] = {409, "conflict", NULL,
                         "it is being paid at the bank just now, and cannot be cancelled any more"},
    [BJ_PAYOUT_ANOTHERS] = {409, "conflict", NULL, "somebody else has taken it"},
    [BJ_PAYOUT_UNTAKEN] = {409, "conflict", NULL, "take it first: then pay it, and say so"},
    [BJ_PAYOUT_NOT_PRIMARY] = {409, "conflict", NULL,
                               "the client's money goes to another bank account by now: return it"},
};

void bj_payout_refuse(bj_http_resp_t *resp, bj_payout_why_t why) {
    if ((size_t)why >= BJ_COUNT(whys) || !whys[why].word) {
        bj_http_unavailable(resp, "the ledger");
        return;
    }
    bj_http_fail(resp, whys[why].code, whys[why].word, whys[why].field, "%s", whys[why].text);
}

bool bj_payout_id(const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (bj_uuid_formed(req->param)) return true;
    bj_payments_refuse(resp, BJ_ERR_NOT_FOUND, "payout");
    return false;
}

bool bj_good_uuid(const char *id, bj_http_resp_t *resp) {
    if (bj_uuid_formed(id)) return true;
    bj_http_fail(resp, 400, "bad_request", "id",
                 "id is a UUID that you make, in small letters: the same one again is the same "
                 "request");
    return false;
}

bool bj_payments_number(const bj_http_req_t *req, const char *what, uint64_t *id,
                        bj_http_resp_t *resp) {
    bool ok = bj_parse_u64(req->param, id) && *id > 0 && *id <= INT64_MAX;
    if (!ok) bj_payments_refuse(resp, BJ_ERR_NOT_FOUND, what);
    return ok;
}

bool bj_good_utr(const char *utr, bj_http_resp_t *resp) {
    if (bj_utr_formed(utr)) return true;
    bj_http_fail(resp, 400, "bad_request", "utr", BJ_UTR_WANTED);
    return false;
}

bool bj_money_filter(const bj_http_req_t *req, int64_t *user_id, int64_t *state,
                     bj_http_resp_t *resp) {
    static const char *const states[] = {"waiting", "all", NULL};
    *user_id = *state = 0;
    return bj_query_int(req, "user_id", 1, INT64_MAX, user_id, resp) &&
           bj_query_word(req, "state", states, state, resp);
}

void bj_json_merge(json_t *into, json_t *more) {
    json_object_update(into, more);
    json_decref(more);
}

bool bj_payments_person(const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!req->caller->is_operator) return true;
    bj_payments_refuse(resp, BJ_ERR_NOT_FOUND, "account");
    return false;
}

json_t *bj_banks_json(const bj_bank_t *rows, size_t cnt) {
    json_t *list = json_array();
    for (size_t i = 0; i < cnt; i++)
        json_array_append_new(list, bj_bank_json(&rows[i]));
    return list;
}

static json_t *limits_json(const bj_payments_rules_t *rules) {
    return json_pack("{s:i, s:i, s:I, s:I}", "new_bank_hours", (int)rules->new_bank_hours,
                     "day_max_count", (int)rules->day_max_cnt, "day_max_paise",
                     (json_int_t)rules->day_max_paise, "min_paise",
                     (json_int_t)BJ_PAYOUT_MIN_PAISE);
}

static void get_funds(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_funds_t funds;
    bj_bank_t banks[BJ_BANKS_MAX];
    size_t cnt;
    if (!bj_payments_person(req, resp)) return;
    bj_status_t status = bj_funds_of(app->payments, req->caller->account_id, &funds);
    if (status == BJ_OK) {
        status = bj_bank_list(app->payments, req->caller->user_id, banks, BJ_BANKS_MAX, &cnt);
    }
    if (status != BJ_OK) {
        bj_payments_refuse(resp, status, "account");
        return;
    }
    bj_http_ok(resp, 200,
               json_pack("{s:o, s:o, s:o}", "funds", bj_funds_json(&funds), "banks",
                         bj_banks_json(banks, cnt), "limits", limits_json(&app->payments->rules)));
}

static void get_payouts(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    size_t cnt;
    if (!bj_payments_person(req, resp)) return;
    bj_payout_t *rows = calloc(BJ_PAYMENTS_LIST_MAX, sizeof *rows);
    bj_status_t status = !rows ? BJ_ERR_UNAVAILABLE
                               : bj_payout_list(app->payments, req->caller->user_id, false, rows,
                                                BJ_PAYMENTS_LIST_MAX, &cnt);
    if (status == BJ_OK) {
        json_t *list = json_array();
        for (size_t i = 0; i < cnt; i++)
            json_array_append_new(list, bj_payout_json(&rows[i]));
        bj_http_ok(resp, 200, json_pack("{s:o}", "payouts", list));
    } else {
        bj_payments_refuse(resp, status, "account");
    }
    free(rows);
}

static void get_ledger(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_ledger_line_t lines[BJ_LEDGER_LIST_MAX];
    size_t cnt;
    if (!bj_payments_person(req, resp)) return;
    bj_status_t status = bj_ledger_lines(
        app->db,
        (bj_ledger_side_t){.kind = BJ_LEDGER_CLIENT, .account_id = req->caller->account_id}, lines,
        BJ_LEDGER_LIST_MAX, &cnt);
    if (status == BJ_OK) {
        bj_http_ok(resp, 200, json_pack("{s:o}", "lines", bj_ledger_lines_json(lines, cnt)));
    } else {
        bj_payments_refuse(resp, status, "account");
    }
}

static void answer_payout(bj_app_t *app, const char *id, int code, bj_http_resp_t *resp) {
    bj_payout_t row;
    bj_status_t status = bj_payout_get(app->payments, id, &row);
    if (status == BJ_OK) {
        bj_http_ok(resp, code, json_pack("{s:o}", "payout", bj_payout_json(&row)));
    } else {
        bj_payments_refuse(resp, status, "payout");
    }
}

static void refuse_ask(bj_http_resp_t *resp, bj_status_t status, bj_payout_why_t why,
                       const bj_funds_t *funds) {
    char sum[BJ_RUPEES_BYTES];
    if (status == BJ_ERR_BAD_FIELD) { /* the proof grew too old on the way */
        bj_http_refuse(resp, BJ_MUST_PROVE);
    } else if (status != BJ_ERR_DENIED) {
        bj_payments_refuse(resp, status, "account");
    } else if (why == BJ_PAYOUT_OVER_FREE) {
        bj_http_fail(resp, 409, "conflict", "amount_paise", "amount_paise is more than is free: %s",
                     bj_rupees_text(funds->free_paise, sum));
    } else {
        bj_payout_refuse(resp, why);
    }
}

static void post_payout(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char id[BJ_UUID_BYTES];
    int64_t amount_paise;
    bj_funds_t funds;
    bj_payout_why_t why;
    const bj_field_t fields[] = {
        {.name = "id",
         .kind = BJ_FIELD_TEXT,
         .min = 1,
         .max = sizeof id - 1,
         .out = id,
         .out_bytes = sizeof id},
        {.name = "amount_paise",
         .kind = BJ_FIELD_INT,
         .min = 1,
         .max = INT64_C(100000000000000),
         .out = &amount_paise},
    };
    if (!bj_payments_person(req, resp) || !bj_http_body(req, fields, BJ_COUNT(fields), resp))
        return;
    if (!bj_good_uuid(id, resp)) return;
    bj_status_t status =
        bj_payout_ask(app->payments, req->caller, req->client, id, amount_paise, &funds, &why);
    if (status == BJ_OK)
        answer_payout(app, id, 201, resp);
    else
        refuse_ask(resp, status, why, &funds);
}

static void delete_payout(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_payout_why_t why;
    if (!bj_payments_person(req, resp) || !bj_payout_id(req, resp)) return;
    bj_status_t status =
        bj_payout_cancel(app->payments, req->caller, req->client, req->param, &why);
    if (status == BJ_OK)
        answer_payout(app, req->param, 200, resp);
    else if (status == BJ_ERR_DENIED)
        bj_payout_refuse(resp, why);
    else
        bj_payments_refuse(resp, status, "payout");
}

const bj_route_t bj_funds_routes[] = {
    {"GET", "/funds", BJ_POLICY_SELF, get_funds, BJ_LANE_READ, 0, NULL},
    {"GET", "/funds/payouts", BJ_POLICY_SELF, get_payouts, BJ_LANE_READ, 0, NULL},
    {"GET", "/funds/ledger", BJ_POLICY_SELF, get_ledger, BJ_LANE_READ, 0, NULL},
    {"POST", "/funds/payouts", BJ_POLICY_PAYOUT_ASK, post_payout, BJ_LANE_READ, 20, "payout.ask"},
    {"DELETE", "/funds/payouts/*", BJ_POLICY_SELF, delete_payout, BJ_LANE_READ, 0, "payout.cancel"},
    {.method = NULL},
};
