#include "controlplane/server/bj_gate.h"

#include <stdio.h>
#include <strings.h>
#include "controlplane/server/bj_http_act.h"
#include "dataplane/base/bj_time.h"

static const char bearer[] = "Bearer ";

static bj_status_t caller_by(const bj_gate_t *gate, bj_session_fn *session,
                             const bj_gate_headers_t *headers, bj_caller_t *caller) {
    char token[BJ_TOKEN_TEXT_BYTES];
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    if (headers->authorization &&
        strncmp(headers->authorization, bearer, sizeof bearer - 1) == 0) {
        const char *given = headers->authorization + sizeof bearer - 1;
        if (gate->operator_token[0] && bj_same_secret(given, gate->operator_token)) {
            caller->role = BJ_ROLE_ADMIN;
            caller->is_operator = true;
            snprintf(caller->name, sizeof caller->name, "operator");
        }
        return BJ_OK;
    }
    if (!headers->cookie || !bj_cookie_get(headers->cookie, "bj_session", token, sizeof token)) {
        return BJ_OK;
    }
    bj_status_t status = session(gate->session_ctx, token, caller);
    if (status == BJ_OK) return BJ_OK;
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    return status == BJ_ERR_NOT_FOUND ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

bj_status_t bj_gate_caller(const bj_gate_t *gate, const bj_gate_headers_t *headers,
                           bj_caller_t *caller) {
    return caller_by(gate, gate->session, headers, caller);
}

/* Clients and apps have no elevation. */
static bool may_be_elevated(const bj_gate_t *gate, bj_verdict_t verdict,
                            const bj_caller_t *caller) {
    return gate->elevate && (verdict == BJ_MUST_NOT || verdict == BJ_MUST_ASK) &&
           caller->role != BJ_ROLE_CLIENT && !caller->is_app;
}

static bj_verdict_t check(const bj_gate_t *gate, const bj_route_t *route, const char *csrf,
                          const bj_http_req_t *req, bj_caller_t *caller) {
    bool changes = strcmp(req->method, "GET") != 0 && strcmp(req->method, "HEAD") != 0;
    bj_verdict_t verdict =
        bj_access_check(route->policy, caller, changes, csrf, bj_clock_wall_ns());
    if (!may_be_elevated(gate, verdict, caller)) return verdict;
    gate->elevate(gate->elevate_ctx, route->policy, caller);
    return bj_access_check(route->policy, caller, changes, csrf, bj_clock_wall_ns());
}

static bj_verdict_t judge(const bj_gate_t *gate, const bj_route_t *route,
                          const bj_gate_headers_t *headers, const bj_http_req_t *req,
                          bj_caller_t *caller) {
    bj_verdict_t verdict = check(gate, route, headers->csrf, req, caller);
    if (verdict != BJ_MUST_PROVE || !gate->session_again) return verdict;
    /* A copy from before the proof may still be about. */
    if (caller_by(gate, gate->session_again, headers, caller) != BJ_OK) return verdict;
    return check(gate, route, headers->csrf, req, caller);
}

static bool too_often(const bj_gate_t *gate, const bj_route_t *route, const bj_http_req_t *req,
                      bj_http_resp_t *resp) {
    char key[160];
    if (!route->per_min) return false;
    snprintf(key, sizeof key, "%s %s", route->path, req->client);
    uint32_t retry_s;
    if (bj_bucket_take(gate->buckets, key, route->per_min, bj_clock_mono_ns(), &retry_s)) {
        return false;
    }
    bj_http_fail(resp, 429, "too_many", NULL, "too many tries; wait %u s", retry_s);
    resp->retry_s = retry_s;
    return true;
}

/* A foreign page cannot send a body of this type unless it asks first (CORS, which we never grant):
 * so its form cannot log a visitor in as somebody else. */
static bool is_json(const char *type) {
    static const char json[] = "application/json";
    size_t json_bytes = sizeof json - 1;
    return type && strncasecmp(type, json, json_bytes) == 0 && strchr("; \t", type[json_bytes]);
}

static bool wrong_type(const bj_gate_headers_t *headers, const bj_http_req_t *req,
                       bj_http_resp_t *resp) {
    if (req->body_bytes == 0 || is_json(headers->content_type)) return false;
    bj_http_fail(resp, 415, "bad_type", NULL, "a body needs Content-Type: application/json");
    return true;
}

void bj_gate_run(const bj_gate_t *gate, const bj_route_t *route, const bj_gate_headers_t *headers,
                 bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_caller_t caller;
    char device[BJ_TOKEN_TEXT_BYTES];
    if (wrong_type(headers, req, resp) || too_often(gate, route, req, resp)) return;
    if (bj_gate_caller(gate, headers, &caller) != BJ_OK && !bj_policy_rule(route->policy)->anyone) {
        bj_http_unavailable(resp, "the session store");
        return;
    }
    if (bj_http_refuse(resp, judge(gate, route, headers, req, &caller))) return;
    req->caller = &caller;
    req->act = route->act;
    bool has_device =
        headers->cookie && bj_cookie_get(headers->cookie, "bj_device", device, sizeof device);
    req->device = has_device ? device : "";
    route->run(gate->app, req, resp);
    req->caller = NULL;
    if (resp->code == 0) bj_http_fail(resp, 500, "internal", NULL, "no answer was made");
}

bool bj_gate_quick(const bj_gate_t *gate, const bj_route_t *route,
                   const bj_gate_headers_t *headers, bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_caller_t caller;
    if (route->lane != BJ_LANE_QUICK || !gate->session_known) return false;
    bj_gate_t knowing = *gate;
    knowing.session = gate->session_known;
    knowing.session_again = NULL;
    if (bj_gate_caller(&knowing, headers, &caller) != BJ_OK || caller.role == BJ_ROLE_NONE) {
        return false;
    }
    bj_gate_run(&knowing, route, headers, req, resp);
    return true;
}
