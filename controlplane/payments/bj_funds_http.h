#ifndef BJ_FUNDS_HTTP_H
#define BJ_FUNDS_HTTP_H

/* bj_funds_http - what the routes of clients and of staff say in the same words. */
#include <jansson.h>
#include "controlplane/payments/bj_payout.h"
#include "controlplane/server/bj_http.h"
#include "controlplane/text/bj_text.h"

/* "" for a time that is yet to come to pass. */
json_t *bj_payments_time(int64_t us);
json_t *bj_bank_json(const bj_bank_t *bank);
/* With whose it is, and what staff found. */
json_t *bj_banks_staff_json(const bj_bank_t *rows, size_t cnt);
json_t *bj_banks_json(const bj_bank_t *rows, size_t cnt);
/* As its owner sees it: nobody of staff is named. */
json_t *bj_payout_json(const bj_payout_t *payout);
json_t *bj_funds_json(const bj_funds_t *funds);
json_t *bj_ledger_lines_json(const bj_ledger_line_t *lines, size_t cnt);

/* 404, 409 or 503. */
void bj_payments_refuse(bj_http_resp_t *resp, bj_status_t status, const char *what);
void bj_payout_refuse(bj_http_resp_t *resp, bj_payout_why_t why);

/* False: what stands at the route's * is none, and the answer says so. */
BJ_MUST_USE bool bj_payout_id(const bj_http_req_t *req, bj_http_resp_t *resp);
/* False: the body's id is none. */
BJ_MUST_USE bool bj_good_uuid(const char *id, bj_http_resp_t *resp);
BJ_MUST_USE bool bj_payments_number(const bj_http_req_t *req, const char *what, uint64_t *id,
                                    bj_http_resp_t *resp);

/* False: the operator's token asks, which is nobody's and has no money. */
BJ_MUST_USE bool bj_payments_person(const bj_http_req_t *req, bj_http_resp_t *resp);

/* --- of staff's routes */

enum { BJ_MONEY_TEXT_MAX = 200 };
/* A field of the body that can be seen, into a text of BJ_MONEY_TEXT_MAX + 1. */
#define BJ_MONEY_FIELD(word, to)                                                                   \
    {                                                                                              \
        .name = (word), .kind = BJ_FIELD_NAME, .min = 1, .max = BJ_MONEY_TEXT_MAX, .out = (to),    \
        .out_bytes = sizeof(to)                                                                    \
    }

/* False: it is no bank's reference. */
BJ_MUST_USE bool bj_good_utr(const char *utr, bj_http_resp_t *resp);
/* ?user_id= (0: everybody's) and ?state=: 0 those that wait, 1 all. */
BJ_MUST_USE bool bj_money_filter(const bj_http_req_t *req, int64_t *user_id, int64_t *state,
                                 bj_http_resp_t *resp);
/* Takes more. */
void bj_json_merge(json_t *into, json_t *more);

#endif /* BJ_FUNDS_HTTP_H */
