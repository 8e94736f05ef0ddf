/* /csp-reports: what browsers tell of the pages' policy.  From anybody, and nobody is asked who. */
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_csp.h"
#include "controlplane/server/bj_routes.h"

static void post_reports(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_csp_report_t reports[BJ_CSP_REPORTS_MAX];
    size_t cnt = 0;
    if (req->body_bytes > BJ_CSP_BODY_MAX_BYTES) {
        bj_csp_dropped();
        bj_http_fail(resp, 413, "too_large", NULL, "a report may have 16 KiB");
        return;
    }
    bool formed = bj_csp_read(req->body, req->body_bytes, app->origin, reports, &cnt);
    bj_csp_note(app->buckets, reports, cnt);
    if (cnt == 0) bj_csp_dropped();
    if (formed) {
        resp->code = 204;
        return;
    }
    bj_http_fail(resp, 400, "bad_request", NULL,
                 "a report is {\"csp-report\": {}} or a list of {\"type\", \"body\"}");
    resp->malformed = "no report";
}

const bj_route_t bj_csp_routes[] = {
    {"POST", "/csp-reports", BJ_POLICY_PUBLIC, post_reports, BJ_LANE_READ, 60, NULL},
    {.method = NULL},
};
