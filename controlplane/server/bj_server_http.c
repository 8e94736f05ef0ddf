/* One HTTP request: read its headers, find its route, gather its body, hand it to a worker,
 * answer. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/server/bj_kite.h"
#include "controlplane/server/bj_refusal.h"
#include "controlplane/server/bj_server_priv.h"
#include "controlplane/text/bj_text.h"
#include "dataplane/base/bj_log.h"

/* One table of routes behind each; nginx puts the second before what comes to Kite's own port. */
static const char api_prefix[] = "/api/v1", kite_prefix[] = "/kite";

static const struct {
    enum lws_token_indexes token;
    const char *method;
} methods[] = {
    {WSI_TOKEN_GET_URI, "GET"},       {WSI_TOKEN_POST_URI, "POST"},
    {WSI_TOKEN_PUT_URI, "PUT"},       {WSI_TOKEN_PATCH_URI, "PATCH"},
    {WSI_TOKEN_DELETE_URI, "DELETE"}, {WSI_TOKEN_HEAD_URI, "HEAD"},
    {WSI_TOKEN_OPTIONS_URI, "OPTIONS"},
};

static const char *method_of(struct lws *wsi) {
    for (size_t i = 0; i < BJ_COUNT(methods); i++) {
        if (lws_hdr_total_length(wsi, methods[i].token) > 0) return methods[i].method;
    }
    return "?";
}

/* False: longer than out.  An absent header is "". */
static bool copy(struct lws *wsi, enum lws_token_indexes token, char *out, int out_bytes) {
    out[0] = '\0';
    if (lws_hdr_total_length(wsi, token) <= 0) return true;
    return lws_hdr_copy(wsi, out, out_bytes, token) >= 0;
}

static bool copy_named(struct lws *wsi, const char *name, char *out, int out_bytes) {
    out[0] = '\0';
    int name_bytes = (int)strlen(name);
    if (lws_hdr_custom_length(wsi, name, name_bytes) <= 0) return true;
    return lws_hdr_custom_copy(wsi, out, out_bytes, name, name_bytes) >= 0;
}

/* libwebsockets has cut the query at each & before it decoded the pieces. */
static bool copy_query(struct lws *wsi, char out[JOB_QUERY_BYTES]) {
    size_t at = 0;
    for (int i = 0; lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i) > 0; i++) {
        int room = (int)(JOB_QUERY_BYTES - 1 - at);
        if (room < 2) return false;
        int n = lws_hdr_copy_fragment(wsi, out + at, room, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (n < 0) return false;
        if (strlen(out + at) > 0) at += strlen(out + at) + 1;
    }
    out[at] = '\0';
    return true;
}

bj_job_t *bj_job_new(bj_server_t *server, bj_conn_t *conn, const char *path) {
    bj_job_t *job = calloc(1, sizeof *job);
    if (!job) return NULL;
    struct lws *wsi = conn->wsi;
    job->server = server;
    job->conn = conn;
    snprintf(job->method, sizeof job->method, "%s", method_of(wsi));
    char agent[1024];
    bool ok = strlen(path) < sizeof job->path && copy_query(wsi, job->query) &&
              copy(wsi, WSI_TOKEN_HTTP_COOKIE, job->cookie, sizeof job->cookie) &&
              copy(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, job->authorization,
                   sizeof job->authorization) &&
              copy(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, job->type, sizeof job->type) &&
              copy_named(wsi, "dpop:", job->proof, sizeof job->proof) &&
              copy_named(wsi, "x-device-serial:", job->device, sizeof job->device) &&
              copy_named(wsi, "x-csrf-token:", job->csrf, sizeof job->csrf) &&
              copy(wsi, WSI_TOKEN_HTTP_X_REAL_IP, job->client, sizeof job->client) &&
              copy_named(wsi, "x-kite-version:", job->kite_version, sizeof job->kite_version) &&
              copy(wsi, WSI_TOKEN_HTTP_USER_AGENT, agent, sizeof agent);
    if (!ok) {
        free(job);
        return NULL;
    }
    snprintf(job->path, sizeof job->path, "%s", path);
    snprintf(job->user_agent, sizeof job->user_agent, "%.200s", agent);
    if (!copy_named(wsi, "sec-ch-ua:", job->brands, sizeof job->brands)) job->brands[0] = '\0';
    if (!job->client[0]) snprintf(job->client, sizeof job->client, "127.0.0.1");
    return job;
}

void bj_job_free(bj_job_t *job) {
    json_decref(job->resp.json);
    free(job->resp.text);
    free(job->text);
    /* It may have held a password. */
    if (job->body) explicit_bzero(job->body, job->body_bytes);
    free(job->body);
    explicit_bzero(job->cookie, sizeof job->cookie);
    explicit_bzero(job->authorization, sizeof job->authorization);
    explicit_bzero(job->query, sizeof job->query); /* an app that logs out has its token there */
    free(job);
}

static void write_text(bj_job_t *job) {
    if (job->resp.text) {
        job->text = job->resp.text;
        job->resp.text = NULL;
        return;
    }
    if (job->is_kite) bj_kite_wrap(&job->resp);
    if (!job->resp.json) return;
    job->text = json_dumps(job->resp.json, JSON_COMPACT);
    json_decref(job->resp.json);
    job->resp.json = NULL;
}

static const char *or_null(const char *text) { return text[0] ? text : NULL; }

static bj_context_t context_of(const bj_job_t *job) {
    return (bj_context_t){.client = job->client,
                          .device = or_null(job->device),
                          .agent = job->user_agent,
                          .brands = or_null(job->brands)};
}

static bj_gate_headers_t headers_of(const bj_job_t *job) {
    return (bj_gate_headers_t){.cookie = or_null(job->cookie),
                               .authorization = or_null(job->authorization),
                               .csrf = or_null(job->csrf),
                               .content_type = or_null(job->type),
                               .context = context_of(job)};
}

static bj_http_req_t request_of(const bj_job_t *job) {
    return (bj_http_req_t){.method = job->method, .path = job->path, .query = job->query,
                           .param = job->param, .body = job->body ? job->body : "",
                           .body_bytes = job->body_bytes, .client = job->client,
                           .user_agent = job->user_agent, .context = context_of(job),
                           .proof = or_null(job->proof),
                           .kite = job->is_kite ? job->kite_version : NULL};
}

/* On a worker. */
void bj_job_run(bj_pool_job_t *link) {
    bj_job_t *job = (bj_job_t *)link;
    const bj_gate_t *gate = &job->server->config.gate;
    bj_gate_headers_t headers = headers_of(job);
    bj_http_req_t req = request_of(job);
    if (job->lives_only) {
        bool ended = gate->session_lives(gate->session_ctx, &job->caller) == BJ_ERR_NOT_FOUND;
        job->resp.code = ended ? 401 : 0;
    } else if (!job->route) {
        bj_status_t status = bj_gate_stream(gate, &headers, job->client, &job->caller);
        if (status != BJ_OK) job->resp.code = status == BJ_ERR_DENIED ? 403 : 503;
    } else {
        bj_gate_run(gate, job->route, &headers, &req, &job->resp);
        write_text(job);
    }
    bj_post_t *post = calloc(1, sizeof *post);
    if (!post) abort();
    *post = (bj_post_t){.kind = POST_JOB, .job = job};
    bj_server_post(job->server, post);
}

/* On the loop again. */
void bj_job_done(bj_job_t *job) {
    bj_conn_t *conn = job->conn;
    job->with_worker = false;
    if (conn && conn->is_stream) {
        if (bj_stream_who(conn, job)) return;
        conn = NULL;
    }
    if (!conn) {
        bj_job_free(job);
        return;
    }
    conn->answer_ready = true;
    lws_callback_on_writable(conn->wsi);
}

/* An answer made on the loop: it waits like any other for the body's end. */
static void refuse(bj_job_t *job, int code, const char *name, const char *text) {
    bj_http_fail(&job->resp, code, name, NULL, "%s", text);
    write_text(job);
}

/* At once, on the loop: libwebsockets turns in a circle while somebody who sends requests without
 * waiting for answers has one that waits for the socket.  And when one is answered at the end of
 * its body: that waits, so that what comes behind the body is seen first (bj_conn_body_end). */
static int answer(bj_job_t *job) {
    if (job->conn->body_ended) {
        job->conn->answer_ready = true;
        lws_callback_on_writable(job->conn->wsi);
        return 0;
    }
    job->conn->job = NULL;
    int rc = bj_answer_job(job->server, job->conn->wsi, job);
    bj_job_free(job);
    return rc;
}

/* Answered where it came, or false: the way to a worker and back costs more than such an answer. */
static bool run_here(bj_job_t *job, int *rc) {
    bj_gate_headers_t headers = headers_of(job);
    bj_http_req_t req = request_of(job);
    if (job->body_bytes ||
        !bj_gate_quick(&job->server->config.gate, job->route, &headers, &req, &job->resp)) {
        return false;
    }
    write_text(job);
    *rc = answer(job);
    return true;
}

static int submit(bj_job_t *job) {
    int rc;
    if (job->resp.code == 0) {
        bj_lane_t lane = job->route->lane;
        if (run_here(job, &rc)) return rc;
        if (lane == BJ_LANE_QUICK) lane = BJ_LANE_READ;
        job->with_worker = bj_pool_push(job->server->pool[lane], &job->link);
        if (job->with_worker) return 0;
        job->server->stats.too_busy++;
        refuse(job, 503, "unavailable", "too many requests wait already; try again soon");
        job->resp.retry_s = 1;
    }
    return answer(job);
}

/* How many bytes of body are to come, or -1 if nobody can say. */
static int64_t body_length(struct lws *wsi) {
    char text[24];
    uint64_t n;
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0) return -1;
    /* Neither header: there is none (RFC 9112, 6.3), as nginx says of a bare POST over HTTP/2. */
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0) return 0;
    if (lws_hdr_copy(wsi, text, sizeof text, WSI_TOKEN_HTTP_CONTENT_LENGTH) < 0) return -1;
    return bj_parse_u64(text, &n) && n <= INT64_MAX ? (int64_t)n : -1;
}

/* libwebsockets takes what follows a POST without a length for its body, so nothing may follow. */
static bool awaits_body(struct lws *wsi) {
    return lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) <= 0 &&
           (lws_hdr_total_length(wsi, WSI_TOKEN_POST_URI) > 0 ||
            lws_hdr_total_length(wsi, WSI_TOKEN_PUT_URI) > 0 ||
            lws_hdr_total_length(wsi, WSI_TOKEN_PATCH_URI) > 0);
}

static int serve_site(bj_server_t *server, bj_conn_t *conn, const char *path) {
    bj_site_file_t file;
    char accept[256];
    const char *method = method_of(conn->wsi);
    bool head = strcmp(method, "HEAD") == 0;
    /* The answer comes before the body, and what libwebsockets then still waits for would be in the
     * way of the next request: it turns in a circle for ever. */
    bool close = body_length(conn->wsi) != 0;
    if (!head && strcmp(method, "GET") != 0) {
        return bj_answer_error(server, conn->wsi, 405, "method", "only GET and HEAD here", true);
    }
    if (!copy(conn->wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, accept, sizeof accept)) accept[0] = '\0';
    if (!bj_site_find(server->site, path, accept, &file)) {
        return bj_answer_error(server, conn->wsi, 404, "not_found", "no such page", close);
    }
    return bj_answer_file(server, conn->wsi, &file, head, close);
}

/* client NULL: its headers did not fit, and that one was not read. */
static void unread(bj_server_t *server, const bj_route_t *route, const char *client, int code,
                   const char *word) {
    bj_refusal_unread(server->config.gate.buckets, route, client ? client : "-", code, word);
}

static int serve_api(bj_server_t *server, bj_conn_t *conn, bj_route_list_t *routes,
                     const char *path) {
    int code;
    bj_job_t *job = bj_job_new(server, conn, path);
    if (!job) {
        unread(server, NULL, NULL, 431, "header too large");
        return bj_answer_error(server, conn->wsi, 431, "too_large", "a header is too long", true);
    }
    int64_t want = body_length(conn->wsi);
    if (want < 0) {
        unread(server, NULL, job->client, 411, "no length");
        bj_job_free(job);
        return bj_answer_error(server, conn->wsi, 411, "bad_request", "Content-Length is needed",
                               true);
    }
    conn->job = job;
    job->is_kite = routes == server->config.gate.kite_routes;
    job->body_want_bytes = (size_t)want;
    job->close = want > JOB_DRAIN_MAX_BYTES || awaits_body(conn->wsi);
    job->route = bj_route_find(routes, job->method, path, job->param, &code);
    if (!job->route) {
        refuse(job, code, code == 405 ? "method" : "not_found",
               code == 405 ? "this path does not know that method" : "no such path");
    } else if (job->body_want_bytes > BJ_HTTP_BODY_MAX_BYTES) {
        unread(server, job->route, job->client, 413, "body too large");
        refuse(job, 413, "too_large", "a body may have 64 KiB");
    } else if (job->body_want_bytes && !(job->body = malloc(job->body_want_bytes))) {
        refuse(job, 503, "unavailable", "no memory");
    }
    if (job->body_want_bytes == 0 || job->body_want_bytes > JOB_DRAIN_MAX_BYTES) return submit(job);
    return 0; /* the body comes first */
}

/* What of path stands behind a prefix, from its slash; or NULL. */
static const char *behind(const char *path, const char *prefix) {
    size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 && path[n] == '/' ? path + n : NULL;
}

int bj_conn_request(bj_server_t *server, bj_conn_t *conn, const char *path) {
    if (conn->job) return -1; /* the next request before the answer to this one */
    conn->body_ended = false;
    const bj_gate_t *gate = &server->config.gate;
    const char *rest = behind(path, api_prefix);
    if (rest) return serve_api(server, conn, gate->routes, rest);
    rest = behind(path, kite_prefix);
    if (rest) return serve_api(server, conn, gate->kite_routes, rest);
    return serve_site(server, conn, path);
}

int bj_conn_body(bj_conn_t *conn, const void *data, size_t data_bytes) {
    bj_job_t *job = conn->job;
    if (!job) return -1;
    if (!job->body || job->resp.code) return 0; /* refused: read it and drop it */
    if (data_bytes > job->body_want_bytes - job->body_bytes) return -1;
    memcpy(job->body + job->body_bytes, data, data_bytes);
    job->body_bytes += data_bytes;
    return 0;
}

int bj_conn_body_end(bj_conn_t *conn) {
    /* It says so once more when something comes behind the body, and would for ever. */
    if (conn->body_ended) return -1;
    conn->body_ended = true;
    /* Nothing more was to come: it went to its worker, or was answered, with the headers. */
    if (!conn->job || conn->job->body_want_bytes == 0) return 0;
    return submit(conn->job);
}

int bj_conn_writable(bj_server_t *server, bj_conn_t *conn) {
    if (!conn->job || !conn->answer_ready) return 0;
    bj_job_t *job = conn->job;
    conn->job = NULL;
    conn->answer_ready = false;
    int rc = bj_answer_job(server, conn->wsi, job);
    bj_job_free(job);
    return rc;
}

void bj_conn_gone(bj_conn_t *conn) {
    if (!conn->job) return;
    conn->job->conn = NULL;
    if (!conn->job->with_worker) bj_job_free(conn->job); /* else when it comes back */
    conn->job = NULL;
}

/* Requests sent without waiting for answers, which nginx never does: libwebsockets gives the memory
 * of the second one back when the first is answered, while a worker has the second. */
void bj_conn_drop(struct lws *wsi, bj_conn_t *conn) {
    if (!conn->job) return;
    bj_conn_gone(conn);
    lws_set_timeout(wsi, PENDING_TIMEOUT_CLOSE_SEND, LWS_TO_KILL_ASYNC);
}
