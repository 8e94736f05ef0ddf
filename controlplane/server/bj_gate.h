#ifndef BJ_GATE_H
#define BJ_GATE_H

/* bj_gate - from a route and raw headers to an answer: who is asking, may they, how often; then the
 * handler.
 *
 * Purpose  All that every request has in common, in one place, without a web server.
 * Threads  any number of workers; the gate itself does not change after start. */
#include "controlplane/access/bj_bucket.h"
#include "controlplane/access/bj_limit.h"
#include "controlplane/server/bj_http.h"
#include "dataplane/base/bj_status.h"

enum { BJ_TOKEN_TEXT_BYTES = 44 }; /* 32 random bytes in base64url, and NUL */

/* bj_session_fn fills caller from a session's token.
 *   BJ_ERR_NOT_FOUND    no such session, or it has ended
 *   BJ_ERR_UNAVAILABLE  nobody can say now */
typedef bj_status_t bj_session_fn(void *ctx, const char *token, bj_caller_t *caller);

/* bj_seen_fn: has this process found that token to be a session's, without asking anybody?  Others
 * are looked up only for an address that has not used up what who is not logged in may. */
typedef bool bj_seen_fn(void *ctx, const char *token);

/* bj_lives_fn: does the session that caller came with, whatever its token by now, still live?
 *   BJ_ERR_NOT_FOUND    it has ended
 *   BJ_ERR_UNAVAILABLE  nobody can say now */
typedef bj_status_t bj_lives_fn(void *ctx, const bj_caller_t *caller);

/* bj_elevate_fn puts into caller an elevation that gives it the policy now, if there is one. */
typedef void bj_elevate_fn(void *ctx, bj_policy_t policy, bj_caller_t *caller);

/* bj_rotate_fn gives a session another token when it is first used under an elevation that has
 * begun since its token was made, and puts the cookie into cookie, "" if there is none; caller then
 * has the new token.  False: nobody can do that now. */
typedef bool bj_rotate_fn(void *ctx, const char *address, bj_caller_t *caller,
                          char cookie[BJ_HTTP_COOKIE_BYTES]);

/* bj_key_fn: does req show the key that the app's token is bound to, if it is bound to one?  Its
 * proof is then in caller.  False: resp says what is wrong. */
typedef bool bj_key_fn(void *ctx, const char *credential, bj_caller_t *caller,
                       const bj_http_req_t *req, bj_http_resp_t *resp);

/* bj_spend_fn: the proof in caller has now come.  False: it had before, or nobody can say; resp
 * says so.  After the limits, so that nobody fills what is to be remembered. */
typedef bool bj_spend_fn(void *ctx, const bj_caller_t *caller, bj_http_resp_t *resp);

/* bj_context_fn puts into caller how this request stands to its session; waits for nobody. */
typedef void bj_context_fn(void *ctx, const bj_context_t *context, bj_caller_t *caller);
/* bj_moved_fn keeps that caller's session was found elsewhere just now, and tells its owner. */
typedef void bj_moved_fn(void *ctx, const bj_context_t *context, const bj_caller_t *caller);

/* bj_unfit_fn keeps that caller's session was refused for its device or browser. */
typedef void bj_unfit_fn(void *ctx, const bj_context_t *context, const bj_caller_t *caller,
                         const char *why);

typedef struct bj_gate {
    bj_route_list_t *routes;
    bj_app_t      *app;
    bj_session_fn *session;
    void          *session_ctx;
    bj_session_fn *session_known; /* without waiting, or not at all; may be NULL */
    bj_seen_fn    *session_seen; /* may be NULL */
    bj_lives_fn   *session_lives; /* asked of open streams now and then; may be NULL */
    bj_session_fn *session_again; /* the same from the record, past every copy; may be NULL */
    bj_context_fn *context; /* ctx of both: session_ctx; may be NULL */
    bj_moved_fn   *moved;
    bj_unfit_fn   *unfit; /* likewise */
    bj_elevate_fn *elevate;       /* asked only where the role alone does not do; may be NULL */
    void          *elevate_ctx;
    bj_rotate_fn  *rotate; /* ctx: session_ctx; may be NULL */
    bj_session_fn *app_caller; /* of "API_KEY:ACCESS_TOKEN" of an API app; may be NULL */
    bj_key_fn     *app_key;    /* of the same; NULL: no token is bound */
    bj_spend_fn   *app_spend;  /* of the same */
    void          *app_ctx;
    bj_route_list_t *kite_routes; /* those that are asked in Kite's way */
    const bj_route_note_t *notes; /* of both; may be NULL: no app may call anything */
    bj_bucket_t   *buckets;
    bj_limits_t   *limits; /* may be NULL: none */
    bj_demands_t   demands; /* which second factor of whom */
    char           operator_token[129];
} bj_gate_t;

/* Headers that matter, NULL where absent. */
typedef struct bj_gate_headers {
    const char *cookie, *authorization, *csrf, *content_type;
    bj_context_t context;
} bj_gate_headers_t;

/* bj_gate_run answers req by route.  req->caller is set here. */
void bj_gate_run(const bj_gate_t *gate, const bj_route_t *route, const bj_gate_headers_t *headers,
                 bj_http_req_t *req, bj_http_resp_t *resp);

/* The same without waiting, for a route of BJ_LANE_QUICK.  False: it cannot be said who asks, and
 * nothing was done. */
BJ_MUST_USE bool bj_gate_quick(const bj_gate_t *gate, const bj_route_t *route,
                               const bj_gate_headers_t *headers, bj_http_req_t *req,
                               bj_http_resp_t *resp);

/* Who opens a stream with these headers: BJ_OK also for nobody (role none), which is counted
 * against the address; BJ_ERR_FULL: it is used up, and nobody was asked; BJ_ERR_UNAVAILABLE;
 * BJ_ERR_DENIED: not before the factor that is demanded. */
bj_status_t bj_gate_stream(const bj_gate_t *gate, const bj_gate_headers_t *headers,
                           const char *client, bj_caller_t *caller);

#endif /* BJ_GATE_H */
