#ifndef BJ_APPS_HTTP_H
#define BJ_APPS_HTTP_H

/* What the route files of apps share. */
#include "controlplane/apps/bj_apps.h"
#include "controlplane/server/bj_http.h"

void bj_apps_refuse(bj_http_resp_t *resp, bj_status_t status);
/* False: the operator's token, which is nobody's; resp says so. */
BJ_MUST_USE bool bj_apps_person(const bj_http_req_t *req, bj_http_resp_t *resp);
json_t *bj_apps_scopes_json(unsigned scopes);
/* A list of texts as one set, not empty; else resp says what is wrong. */
BJ_MUST_USE bool bj_apps_scopes_read(const json_t *list, unsigned *scopes, bj_http_resp_t *resp);

/* False: this server gives no tokens to apps with a library of Kite's; resp says so by code. */
BJ_MUST_USE bool bj_apps_library_fits(const bj_apps_t *apps, bool kite_library, int code,
                                      bj_http_resp_t *resp);

/* bj_key_fn and bj_spend_fn of the gate (bj_gate.h). */
bool bj_apps_key_shown(void *apps, const char *credential, bj_caller_t *caller,
                       const bj_http_req_t *req, bj_http_resp_t *resp);
bool bj_apps_key_spend(void *apps, const bj_caller_t *caller, bj_http_resp_t *resp);
/* The answer to a proof that is wrong so: code, or 503 where that is so for now only. */
void bj_apps_refuse_proof(bj_http_resp_t *resp, int code, bj_dpop_wrong_t wrong);

#endif /* BJ_APPS_HTTP_H */
