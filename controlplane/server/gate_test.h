#ifndef BJ_GATE_TEST_H
#define BJ_GATE_TEST_H

/* gate_test - a gate whose sessions are named after their roles, and handlers that only say that
 * they ran; for tests only. */
#include "controlplane/server/bj_gate.h"
#include "controlplane/server/bj_routes.h"
#include "dataplane/base/bj_test.h"

#define CSRF "ccccccccccccccccccccccccccccccccccccccccccc"

static unsigned run_cnt;
static bj_caller_t seen;

static inline void stub(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app;
    run_cnt++;
    seen = *req->caller;
    resp->code = 200;
}

static int64_t proof_age_ns;

static inline bj_status_t session(void *ctx, const char *token, bj_caller_t *caller) {
    if (*(const bool *)ctx) return BJ_ERR_UNAVAILABLE;
    caller->role = bj_role_of(token);
    caller->account_id = 1000;
    caller->rights = (bj_rights_t){.branch_id = 1, .to_minute = BJ_DAY_MINUTES};
    caller->proved_ns = bj_clock_wall_ns() - proof_age_ns;
    memcpy(caller->csrf, CSRF, BJ_CSRF_BYTES - 1);
    return caller->role ? BJ_OK : BJ_ERR_NOT_FOUND;
}

static bool away; /* the session store */
static bj_gate_t gate = {.session = session, .session_ctx = &away, .operator_token = "operator"};

static inline const bj_route_t *find(const char *method, const char *path) {
    char param[BJ_HTTP_PARAM_BYTES];
    int code;
    return bj_route_find(bj_routes, method, path, param, &code);
}

#endif /* BJ_GATE_TEST_H */
