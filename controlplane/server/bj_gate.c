#include "controlplane/server/bj_gate.h"

#include <stdio.h>
#include <strings.h>
#include "controlplane/access/bj_scope.h"
#include "controlplane/server/bj_http_act.h"
#include "controlplane/server/bj_refusal.h"
#include "controlplane/store/bj_db.h"
#include "dataplane/base/bj_time.h"

static const char bearer[] = "Bearer ", app_word[] = "token ";

static bool address_left(const bj_gate_t *gate, const char *client, bj_limit_room_t *room) {
    char network[BJ_ADDRESS_BYTES];
    return bj_limits_left(gate->limits, BJ_TIER_ADDRESS, BJ_LOAD_READ,
                          bj_access_network(client, network), bj_clock_mono_ns(), room);
}

/* Whoever makes tokens up is not to make Redis and PostgreSQL work: what was never good here is
 * looked up only while the address has room.  client NULL: it was good a moment ago. */
static bool made_up(const bj_gate_t *gate, const char *token, const char *client) {
    bj_limit_room_t room;
    if (!gate->limits || !gate->session_seen || !client) return false;
    return !gate->session_seen(gate->session_ctx, token) && !address_left(gate, client, &room);
}

static bj_demand_t demand_of(const bj_gate_t *gate, const bj_caller_t *caller) {
    return caller->role == BJ_ROLE_CLIENT ? gate->demands.client : gate->demands.staff;
}

static bj_status_t caller_by(const bj_gate_t *gate, bj_session_fn *session,
                             const bj_gate_headers_t *headers, const char *client,
                             bj_caller_t *caller) {
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
    if (!headers->cookie ||
        !bj_cookie_get(headers->cookie, BJ_COOKIE_SESSION, token, sizeof token)) {
        return BJ_OK;
    }
    if (made_up(gate, token, client)) return BJ_ERR_FULL;
    bj_status_t status = session(gate->session_ctx, token, caller);
    caller->demanded = demand_of(gate, caller);
    if (status == BJ_OK) {
        if (gate->context) gate->context(gate->session_ctx, &headers->context, caller);
        return BJ_OK;
    }
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    return status == BJ_ERR_NOT_FOUND ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

/* Seen elsewhere, and nobody has written it down yet. */
static bool moves(const bj_caller_t *caller) { return caller->is_elsewhere && !caller->moved_ns; }

static void keep_move(const bj_gate_t *gate, const bj_gate_headers_t *headers,
                      const bj_caller_t *caller) {
    if (gate->moved && moves(caller)) gate->moved(gate->session_ctx, &headers->context, caller);
}

static void keep_unfit(const bj_gate_t *gate, const bj_gate_headers_t *headers,
                       const bj_caller_t *caller, bj_verdict_t verdict) {
    bool is_unfit = verdict == BJ_MUST_DEVICE || verdict == BJ_MUST_UPDATE;
    if (!gate->unfit || !is_unfit) return;
    gate->unfit(gate->session_ctx, &headers->context, caller,
                verdict == BJ_MUST_DEVICE ? "not by its device" : "by a browser too old");
}

bj_status_t bj_gate_stream(const bj_gate_t *gate, const bj_gate_headers_t *headers,
                           const char *client, bj_caller_t *caller) {
    char network[BJ_ADDRESS_BYTES];
    bj_limit_room_t room;
    bj_status_t status = caller_by(gate, gate->session, headers, client, caller);
    if (status == BJ_OK && caller->role != BJ_ROLE_NONE) {
        keep_move(gate, headers, caller);
        bj_verdict_t verdict =
            bj_access_check(BJ_POLICY_BOOK_READ, caller, false, NULL, bj_clock_wall_ns());
        return verdict == BJ_MAY ? BJ_OK : BJ_ERR_DENIED;
    }
    if (status != BJ_OK || !gate->limits) return status;
    bool ok = bj_limits_take(gate->limits, BJ_TIER_ADDRESS, BJ_LOAD_READ,
                             bj_access_network(client, network), bj_clock_mono_ns(), &room);
    return ok ? BJ_OK : BJ_ERR_FULL;
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

static const char *app_credential(const bj_gate_headers_t *headers) {
    const char *given = headers->authorization;
    bool is_app = given && strncmp(given, app_word, sizeof app_word - 1) == 0;
    return is_app ? given + sizeof app_word - 1 : NULL;
}

/* Who asks for this route.  An app is asked for nothing but its token, a cookie beside it is not
 * looked at; in Kite's way only apps come.  An answer in resp: it has not shown its token's key. */
static bj_status_t route_caller(const bj_gate_t *gate, const bj_route_t *route,
                                const bj_gate_headers_t *headers, const bj_http_req_t *req,
                                bj_caller_t *caller, bj_http_resp_t *resp) {
    const char *credential = app_credential(headers);
    const bj_route_note_t *note = bj_route_note(gate->notes, route);
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    if (note && note->reports) return BJ_OK;
    if (!credential && !req->kite) {
        return caller_by(gate, gate->session, headers, req->client, caller);
    }
    if (!credential || !gate->app_caller || bj_policy_rule(route->policy)->anyone) return BJ_OK;
    bj_status_t status = gate->app_caller(gate->app_ctx, credential, caller);
    caller->demanded = demand_of(gate, caller);
    bool shown = status != BJ_OK || !gate->app_key ||
                 gate->app_key(gate->app_ctx, credential, caller, req, resp);
    if (status == BJ_OK && shown) return BJ_OK;
    *caller = (bj_caller_t){.role = BJ_ROLE_NONE};
    return status == BJ_OK || status == BJ_ERR_NOT_FOUND ? BJ_OK : BJ_ERR_UNAVAILABLE;
}

static bool is_order(const bj_route_t *route) {
    return route->act && strcmp(route->act, BJ_ACT_ORDER) == 0;
}

static bool from_listed(const bj_caller_t *caller, const char *client) {
    for (size_t i = 0; i < BJ_CALLER_IPS; i++) {
        if (caller->ips[i][0] && strcmp(caller->ips[i], client) == 0) return true;
    }
    return false;
}

/* An app may what it was granted, from where its owner has said. */
static bool app_may_not(const bj_route_t *route, const bj_route_note_t *note,
                        const bj_caller_t *caller, const bj_http_req_t *req,
                        bj_http_resp_t *resp) {
    unsigned scope = note ? note->scope : BJ_SCOPE_NONE;
    if (!caller->is_app) return false;
    if (!(caller->scopes & scope)) {
        bj_http_fail(resp, 403, "not_allowed", NULL,
                     scope ? "this app was not granted %s" : "apps may not do this",
                     bj_scope_name(scope));
        return true;
    }
    bool asks_where = caller->ips[0][0] && (is_order(route) || caller->ips_for_all);
    if (!asks_where || from_listed(caller, req->client)) return false;
    bj_http_fail(resp, 403, "wrong_address", NULL,
                 "this address is not one of those that the app's owner has listed");
    return true;
}

static void refuse_load(bj_tier_t tier, bj_load_t load, const bj_limit_room_t *room,
                        bj_http_resp_t *resp) {
    bj_http_fail(resp, 429, "too_many", NULL, "too many %s for this %s; wait %u s",
                 load == BJ_LOAD_ORDER ? "orders" : "requests", bj_tier_name(tier),
                 room->retry_s);
    resp->retry_s = room->retry_s;
    resp->limit_burst = room->burst;
    resp->limit_left = room->left;
}

/* Not a 401: it may be a session that this process has not met. */
static void refuse_unlooked(const bj_gate_t *gate, const bj_http_req_t *req,
                            bj_http_resp_t *resp) {
    bj_limit_room_t room;
    if (address_left(gate, req->client, &room)) room.retry_s = 1;
    refuse_load(BJ_TIER_ADDRESS, BJ_LOAD_READ, &room, resp);
}

static bool take(const bj_gate_t *gate, bj_tier_t tier, bj_load_t load, const char *who,
                 bj_http_resp_t *resp) {
    bj_limit_room_t room;
    bool ok = bj_limits_take(gate->limits, tier, load, who, bj_clock_mono_ns(), &room);
    if (!ok) refuse_load(tier, load, &room, resp);
    /* A page of ours has no use for the figures until it is refused. */
    if (tier == BJ_TIER_APP) {
        resp->limit_burst = room.burst;
        resp->limit_left = room.left;
    }
    return ok;
}

/* Where nobody may wait for Redis.  -1: it cannot be said here; 0: refused. */
static int take_now(const bj_gate_t *gate, const bj_caller_t *caller, bj_http_resp_t *resp) {
    char who[24];
    bj_limit_room_t room;
    if (!gate->limits || caller->is_operator) return 1;
    snprintf(who, sizeof who, "%llu", (unsigned long long)caller->user_id);
    int taken = bj_limits_take_now(gate->limits, BJ_TIER_USER, BJ_LOAD_READ, who,
                                   bj_clock_mono_ns(), &room);
    if (taken == 0) refuse_load(BJ_TIER_USER, BJ_LOAD_READ, &room, resp);
    return taken;
}

/* By whom it is: an app and the person it acts for each have their own; the operator has none. */
static bool over_limit(const bj_gate_t *gate, const bj_route_t *route, const bj_route_note_t *note,
                       const bj_caller_t *caller, const bj_http_req_t *req,
                       bj_http_resp_t *resp) {
    char who[BJ_ADDRESS_BYTES];
    bj_load_t load = is_order(route) ? BJ_LOAD_ORDER : BJ_LOAD_READ;
    if (!gate->limits || caller->is_operator || (note && note->unlimited)) return false;
    if (caller->role == BJ_ROLE_NONE) {
        return !take(gate, BJ_TIER_ADDRESS, load, bj_access_network(req->client, who), resp);
    }
    if (caller->is_app) {
        snprintf(who, sizeof who, "%llu", (unsigned long long)caller->app_id);
        if (!take(gate, BJ_TIER_APP, load, who, resp)) return true;
    }
    snprintf(who, sizeof who, "%llu", (unsigned long long)caller->user_id);
    return !take(gate, BJ_TIER_USER, load, who, resp);
}

static bj_verdict_t judge(const bj_gate_t *gate, const bj_route_t *route,
                          const bj_gate_headers_t *headers, const bj_http_req_t *req,
                          bj_caller_t *caller) {
    bj_verdict_t verdict = check(gate, route, headers->csrf, req, caller);
    bool may_be_old = verdict == BJ_MUST_PROVE || verdict == BJ_MUST_PROVE_HERE ||
                      verdict == BJ_MUST_VERIFY;
    if (!may_be_old || !gate->session_again || caller->is_app) return verdict;
    /* A copy from before the proof, or the number, may still be about. */
    if (caller_by(gate, gate->session_again, headers, NULL, caller) != BJ_OK) return verdict;
    return check(gate, route, headers->csrf, req, caller);
}

static bool too_often(const bj_gate_t *gate, const bj_route_t *route, const bj_http_req_t *req,
                      bj_http_resp_t *resp) {
    char key[160], network[BJ_ADDRESS_BYTES];
    if (!route->per_min) return false;
    /* Two methods of one path are two routes, each with a number of its own. */
    snprintf(key, sizeof key, "%s %s %s", route->method, route->path,
             bj_access_network(req->client, network));
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

static bool is_report(const char *type) {
    return type && (strcasecmp(type, "application/csp-report") == 0 ||
                    strcasecmp(type, "application/reports+json") == 0);
}

static bool wrong_type(const bj_gate_headers_t *headers, const bj_route_note_t *note,
                       const bj_http_req_t *req, bj_http_resp_t *resp) {
    /* In Kite's way forms are what is sent, and no cookie is looked at. */
    if (req->kite || req->body_bytes == 0 || is_json(headers->content_type)) return false;
    if (note && note->reports && is_report(headers->content_type)) return false;
    bj_http_fail(resp, 415, "bad_type", NULL, "a body needs Content-Type: application/json");
    resp->malformed = "content type";
    return true;
}

/* Who takes the first of two and who takes the last would each read another request. */
static bool doubled(const bj_http_req_t *req, bj_http_resp_t *resp) {
    /* Kite's way knows lists: i=A&i=B. */
    if (req->kite || !bj_query_doubled(req)) return false;
    bj_http_fail(resp, 400, "bad_request", NULL, "the query says something twice");
    resp->malformed = "query";
    return true;
}

static bool wrong_version(const bj_http_req_t *req, bj_http_resp_t *resp) {
    if (!req->kite || !req->kite[0] || strcmp(req->kite, "3") == 0) return false;
    bj_http_fail(resp, 400, "bad_request", "X-Kite-Version", "X-Kite-Version must be 3");
    resp->malformed = "version";
    return true;
}

/* Whatever the handler asks of the database it asks as this person. */
static void run_as(const bj_gate_t *gate, const bj_route_t *route, bj_http_req_t *req,
                   bj_http_resp_t *resp) {
    static const bj_db_reach_t reaches[] = {[BJ_REACH_SERVER] = BJ_DB_SERVER,
                                            [BJ_REACH_ALL] = BJ_DB_ALL,
                                            [BJ_REACH_BRANCH] = BJ_DB_BRANCH,
                                            [BJ_REACH_OWN] = BJ_DB_OWN};
    const bj_caller_t *caller = req->caller;
    bj_db_acting_t acting = {.reach = reaches[bj_access_reach(route->policy, caller)]};
    if (acting.reach != BJ_DB_SERVER) {
        acting.user_id = caller->user_id;
        acting.account_id = caller->account_id;
        acting.branch_id = caller->rights.branch_id;
    }
    bj_db_act_as(&acting);
    route->run(gate->app, req, resp);
    bj_db_act_as(NULL);
}

/* Before anybody is looked up. */
static bool refused_unseen(const bj_gate_t *gate, const bj_route_t *route,
                           const bj_gate_headers_t *headers, const bj_http_req_t *req,
                           bj_http_resp_t *resp) {
    const bj_route_note_t *note = bj_route_note(gate->notes, route);
    resp->deprecated_s = note ? note->deprecated_s : 0;
    resp->sunset_s = note ? note->sunset_s : 0;
    return wrong_version(req, resp) || wrong_type(headers, note, req, resp) || doubled(req, resp) ||
           too_often(gate, route, req, resp);
}

static void run_for(const bj_gate_t *gate, const bj_route_t *route,
                    const bj_gate_headers_t *headers, bj_caller_t *caller, bj_http_req_t *req,
                    bj_http_resp_t *resp) {
    char device[BJ_TOKEN_TEXT_BYTES];
    const bj_route_note_t *note = bj_route_note(gate->notes, route);
    if (over_limit(gate, route, note, caller, req, resp)) return;
    /* Somebody's token without its key, which counts against the address, or a proof once more. */
    if (resp->code) return;
    if (caller->proof_s && !gate->app_spend(gate->app_ctx, caller, resp)) return;
    if (app_may_not(route, note, caller, req, resp)) return;
    bj_verdict_t verdict = judge(gate, route, headers, req, caller);
    keep_move(gate, headers, caller);
    keep_unfit(gate, headers, caller, verdict);
    if (bj_http_refuse(resp, verdict)) return;
    req->caller = caller;
    req->act = route->act;
    char cookie[BJ_HTTP_COOKIE_BYTES] = "";
    if (gate->rotate && caller->elevation[0] && !caller->is_operator &&
        !gate->rotate(gate->session_ctx, req->client, caller, cookie)) {
        bj_http_unavailable(resp, "the session store");
        return;
    }
    bool has_device =
        headers->cookie && bj_cookie_get(headers->cookie, BJ_COOKIE_DEVICE, device, sizeof device);
    req->device = has_device ? device : "";
    run_as(gate, route, req, resp);
    if (cookie[0] && !resp->cookie[0]) memcpy(resp->cookie, cookie, sizeof cookie);
    explicit_bzero(cookie, sizeof cookie);
    req->caller = NULL;
    if (resp->code == 0) bj_http_fail(resp, 500, "internal", NULL, "no answer was made");
}

static void note(const bj_gate_t *gate, const bj_route_t *route, const bj_gate_headers_t *headers,
                 const bj_caller_t *caller, const bj_http_req_t *req, const bj_http_resp_t *resp) {
    bj_refusal_note(gate->buckets, route, caller, headers->authorization != NULL, req, resp);
}

void bj_gate_run(const bj_gate_t *gate, const bj_route_t *route, const bj_gate_headers_t *headers,
                 bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_caller_t caller = {.role = BJ_ROLE_NONE};
    if (refused_unseen(gate, route, headers, req, resp)) {
        note(gate, route, headers, &caller, req, resp);
        return;
    }
    bj_status_t status = route_caller(gate, route, headers, req, &caller, resp);
    bool anyone = bj_policy_rule(route->policy)->anyone;
    if (status == BJ_ERR_FULL && !anyone) {
        refuse_unlooked(gate, req, resp);
        note(gate, route, headers, &caller, req, resp);
        return;
    }
    if (status != BJ_OK && !anyone) {
        bj_http_unavailable(resp, "the session store");
        return;
    }
    run_for(gate, route, headers, &caller, req, resp);
    note(gate, route, headers, &caller, req, resp);
}

bool bj_gate_quick(const bj_gate_t *gate, const bj_route_t *route,
                   const bj_gate_headers_t *headers, bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_caller_t caller;
    /* What an app's token is worth is asked of Redis. */
    if (route->lane != BJ_LANE_QUICK || !gate->session_known || req->kite ||
        app_credential(headers)) {
        return false;
    }
    bj_gate_t knowing = *gate;
    knowing.session = gate->session_known;
    knowing.session_again = NULL;
    knowing.elevate = NULL; /* would wait for the database; quick routes are everybody's */
    if (caller_by(&knowing, knowing.session, headers, NULL, &caller) != BJ_OK ||
        caller.role == BJ_ROLE_NONE || moves(&caller) || caller.device_due ||
        caller.browser_old) {
        return false;
    }
    int taken = take_now(gate, &caller, resp);
    knowing.limits = NULL;
    /* Not bj_gate_run: what was known a moment ago may not be any more, and that is no 401. */
    if (taken > 0 && !refused_unseen(&knowing, route, headers, req, resp)) {
        run_for(&knowing, route, headers, &caller, req, resp);
    }
    return taken >= 0;
}
