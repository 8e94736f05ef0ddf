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

#endif /* BJ_FUNDS_HTTP_H */
