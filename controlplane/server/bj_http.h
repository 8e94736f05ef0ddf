#ifndef BJ_HTTP_H
#define BJ_HTTP_H

/* bj_http - a request and its answer as a handler sees them: nothing here knows the web server.
 *
 * Purpose    Handlers are functions from request to answer; the route table says who may call
 *            which.
 * Ownership  Everything in a request is borrowed for the call.  resp->json is owned by the answer.
 * Threads    A handler runs on a worker thread of its route's lane and may block (libpq, sockets).
 * Errors     bj_http_fail writes the error form of docs/protocols/api.md. */
#include <jansson.h>
#include "controlplane/access/bj_policy.h"

typedef struct bj_app bj_app_t; /* the parts a handler may use: controlplane/control/bj_app.h */

enum { BJ_HTTP_BODY_MAX_BYTES = 64 * 1024, BJ_HTTP_COOKIE_BYTES = 200, BJ_HTTP_PARAM_BYTES = 64,
       BJ_HTTP_CHALLENGE_BYTES = 240 };

/* The browser keeps cookies of this prefix only with Secure, Path=/ and without a Domain, so that
 * no other host and no page without TLS can plant one (RFC 6265bis, 4.1.3.2). */
#define BJ_COOKIE_SESSION "__Host-bj_session"
#define BJ_COOKIE_DEVICE "__Host-bj_device"

typedef struct bj_http_req {
    const char *method, *path; /* path: after /api/v1, without the query, decoded */
    const char *query; /* "name=value" strings, decoded, each NUL-ended; an empty one ends */
    const char *param;         /* what stands at the * of the route's pattern; "" if it has none */
    const char *body;
    size_t      body_bytes;
    const char *client; /* address, as nginx saw it */
    const char *user_agent;
    const char *device; /* the value of BJ_COOKIE_DEVICE; "" if there is none */
    const bj_caller_t *caller; /* from the session, never from the body */
    const char *act;           /* the route's */
    bj_context_t context; /* of the request, who asks or not */
    const char *proof; /* the header DPoP; NULL: none */
    const char *kite; /* NULL: asked our way; else Kite's, with this X-Kite-Version or "" */
} bj_http_req_t;

typedef struct bj_http_resp {
    int      code;
    json_t  *json;    /* NULL: no body, or text */
    char    *text;    /* a body that is JSON already, from malloc; instead of json */
    uint32_t retry_s; /* not 0: Retry-After */
    char     cookie[BJ_HTTP_COOKIE_BYTES]; /* not "": Set-Cookie */
    char     device_cookie[BJ_HTTP_COOKIE_BYTES]; /* likewise, a second one */
    char     challenge[BJ_HTTP_CHALLENGE_BYTES]; /* not "": WWW-Authenticate */
    uint32_t limit_burst, limit_left; /* burst not 0: RateLimit-Limit, -Remaining */
    int64_t  deprecated_s, sunset_s;  /* since 1970; not 0: Deprecation, Sunset */
    const char *malformed; /* not NULL: in a word, what no page of ours would send; for the log */
} bj_http_resp_t;

/* A lane is a set of threads with a queue of its own: what is slow cannot hold up what is not.
 * QUICK: waits for nobody, so that the loop itself runs it when it knows by itself who asks; else
 * it goes with READ.  Never of a route that asks for a fresh proof. */
typedef enum bj_lane {
    BJ_LANE_READ, BJ_LANE_ORDER, BJ_LANE_PASSWORD, BJ_LANE_QUICK, BJ_LANE_CNT
} bj_lane_t;

typedef void bj_handler_t(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp);

typedef struct bj_route {
    const char   *method, *path; /* at most one *, which stands for one whole segment */
    bj_policy_t   policy;        /* who may; none: nobody, and the server does not start */
    bj_handler_t *run;
    bj_lane_t     lane;
    uint32_t      per_min; /* calls a minute and client address; 0: no limit of its own */
    const char   *act; /* what the audit trail calls it, where it changes something; else NULL */
} bj_route_t;

/* What is to be said of a route besides: most have nothing, and then no app may call them. */
typedef struct bj_route_note {
    const char *method, *path; /* as in the route's list */
    unsigned    scope;         /* BJ_SCOPE_*: what an app needs to have been granted */
    bool        unlimited;     /* no request limit: who asks whether the server lives */
    bool        reports;       /* a browser's own report: of its types, and nobody is asked who */
    int64_t     deprecated_s, sunset_s; /* since when nobody should use it; when it ends */
} bj_route_note_t;

/* The note of a route, or NULL; notes end with one without a method, and may be NULL. */
const bj_route_note_t *bj_route_note(const bj_route_note_t *notes, const bj_route_t *route);

/* An order is kept, with all that was said of it, in the journal and the log of messages
 * (docs/audit.md): the trail has no entry of it. */
#define BJ_ACT_ORDER "order"

/* A domain's routes end with one without a method; the list of domains (bj_routes.h) with NULL. */
typedef const bj_route_t *const bj_route_list_t;

/* The route of method and path; param gets what stands at its *.  NULL: *code is 404 or 405. */
const bj_route_t *bj_route_find(bj_route_list_t *lists, const char *method, const char *path,
                                char param[BJ_HTTP_PARAM_BYTES], int *code);
/* The first route that names no policy, or NULL. */
const bj_route_t *bj_route_without_policy(bj_route_list_t *lists);

/* --- answers */
void bj_http_ok(bj_http_resp_t *resp, int code, json_t *json); /* takes json; NULL json: 500 */
/* An answer that is JSON already; takes text, from malloc. */
void bj_http_text(bj_http_resp_t *resp, int code, char *text);
/* field may be NULL.  Anything the handler had already put into the answer is dropped. */
__attribute__((format(printf, 5, 6))) void bj_http_fail(bj_http_resp_t *resp, int code,
                                                        const char *name, const char *field,
                                                        const char *format, ...);
void bj_http_unavailable(bj_http_resp_t *resp, const char *part);

/* --- input: each returns false after having written the 400.  What has the wrong form, and is not
 * only out of bounds, is said in resp->malformed too. */
typedef enum bj_field_kind {
    BJ_FIELD_TEXT, /* out: char[out_bytes]; min, max: length in bytes; UTF-8, no control characters
                    */
    BJ_FIELD_NAME, /* as TEXT, and all of it can be seen: bj_text_visible */
    BJ_FIELD_INT,  /* out: int64_t; min, max: value */
    BJ_FIELD_ID,   /* out: uint64_t; a string of digits, > 0 */
    BJ_FIELD_BOOL, /* out: bool */
    BJ_FIELD_WORD, /* out: int64_t, the index in `words` */
    BJ_FIELD_LIST, /* out: json_t*, an array of strings, the caller's to json_decref; max: items */
} bj_field_kind_t;

typedef struct bj_field {
    const char *name;
    bj_field_kind_t kind;
    bool    optional; /* absent: *out stays as it was */
    int64_t min, max;
    const char *const *words; /* WORD: NULL-ended */
    void   *out;
    size_t  out_bytes; /* TEXT, NAME */
} bj_field_t;

/* The body as one JSON object with these fields and no others, none twice. */
BJ_MUST_USE bool bj_http_body(const bj_http_req_t *req, const bj_field_t *fields, size_t field_cnt,
                              bj_http_resp_t *resp);

/* True if two parameters of the query have one name. */
bool bj_query_doubled(const bj_http_req_t *req);

/* The value of a query parameter, or NULL. */
const char *bj_query_str(const bj_http_req_t *req, const char *name);
BJ_MUST_USE bool bj_query_int(const bj_http_req_t *req, const char *name, int64_t min, int64_t max,
                              int64_t *value, bj_http_resp_t *resp);
/* *idx of the value in words; absent: *idx stays as it was. */
BJ_MUST_USE bool bj_query_word(const bj_http_req_t *req, const char *name, const char *const *words,
                               int64_t *idx, bj_http_resp_t *resp);

/* --- small parsers */
/* The value of cookie `name` in a Cookie header; false if absent, too long, or there twice. */
bool bj_cookie_get(const char *header, const char *name, char *out, size_t out_bytes);
#endif /* BJ_HTTP_H */
