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

/* bj_key_fn of the gate (bj_gate.h). */
bj_status_t bj_apps_key_shown(void *apps, const char *credential, const bj_caller_t *caller,
                              const bj_http_req_t *req);

#endif /* BJ_APPS_HTTP_H */
