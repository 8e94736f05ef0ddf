#ifndef BJ_HTTP_ACT_H
#define BJ_HTTP_ACT_H

/* bj_http_act - whose account a request is about, and whether the caller may act for it.
 *
 * Purpose  A request may name an account; without one it is the caller's own.  Another's is looked
 *          up (branch, segments) and judged by bj_access_object.
 * Errors   false: refused, and the answer says so: 404 for what one may not know of.  What a member
 *          of staff was refused is in the audit trail.
 * Cost     nothing for one's own account; a query for another's. */
#include "controlplane/server/bj_http.h"

/* A verdict as an answer; false for BJ_MAY, which writes none. */
bool bj_http_refuse(bj_http_resp_t *resp, bj_verdict_t verdict);

/* object: segment and value as far as they are known; account_id 0: one's own.  The account comes
 * back in it. */
BJ_MUST_USE bool bj_http_act(bj_app_t *app, const bj_http_req_t *req, bj_policy_t policy,
                             bj_object_t *object, bj_http_resp_t *resp);

/* The account of ?account_id=, or one's own, for reading and for orders by their number. */
BJ_MUST_USE bool bj_http_account(bj_app_t *app, const bj_http_req_t *req, bj_policy_t policy,
                                 uint32_t *account_id, bj_http_resp_t *resp);

/* What is done for another's account: an entry of it before it is done.  Nothing for one's own. */
BJ_MUST_USE bool bj_http_act_note(bj_app_t *app, const bj_http_req_t *req, const char *act,
                                  uint32_t account_id, json_t *asked, bj_http_resp_t *resp);

#endif /* BJ_HTTP_ACT_H */
