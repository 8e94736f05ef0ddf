/* Answers: status, headers and body in one buffer and one write, because two cost nearly twice. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "controlplane/server/bj_server_priv.h"

enum { HEAD_BYTES = 3072 };

typedef struct answer {
    struct lws    *wsi;
    unsigned char *mem, *at, *end;
    bool           failed;
} answer_t;

static void header(answer_t *a, const char *name, const char *value) {
    if (!value || a->failed) return;
    a->failed = lws_add_http_header_by_name(a->wsi, (const unsigned char *)name,
                                            (const unsigned char *)value, (int)strlen(value),
                                            &a->at, a->end) != 0;
}

static void begin(answer_t *a, const bj_server_t *server, struct lws *wsi, int code,
                  const char *type, size_t body_bytes) {
    *a = (answer_t){.wsi = wsi, .mem = malloc(LWS_PRE + HEAD_BYTES + body_bytes)};
    if (!a->mem) abort();
    a->at = a->mem + LWS_PRE;
    a->end = a->at + HEAD_BYTES;
    a->failed = lws_add_http_header_status(wsi, (unsigned)code, &a->at, a->end) != 0;
    /* 204 and 304 have no body, so they have neither type nor length. */
    if (code != 204 && code != 304) {
        header(a, "content-type:", type);
        a->failed |= lws_add_http_header_content_length(wsi, body_bytes, &a->at, a->end) != 0;
    }
    const char *const fixed[][2] = {
        {"content-security-policy:", server->csp},
        {"reporting-endpoints:", server->report_to},
        {"x-content-type-options:", "nosniff"},
        {"referrer-policy:", "no-referrer"},
        {"permissions-policy:",
         "camera=(), microphone=(), geolocation=(), payment=(), usb=(), "
         "publickey-credentials-create=(self), publickey-credentials-get=(self)"},
        {"cross-origin-opener-policy:", "same-origin"},
        {"cross-origin-resource-policy:", "same-origin"},
    };
    for (size_t i = 0; i < BJ_COUNT(fixed); i++) header(a, fixed[i][0], fixed[i][1]);
}

static int finish(answer_t *a, const void *body, size_t body_bytes, bool close) {
    if (close) header(a, "connection:", "close");
    if (!a->failed) a->failed = lws_finalize_http_header(a->wsi, &a->at, a->end) != 0;
    int rc = -1;
    if (!a->failed) {
        if (body_bytes) memcpy(a->at, body, body_bytes);
        unsigned char *start = a->mem + LWS_PRE;
        size_t all_bytes = (size_t)(a->at - start) + body_bytes;
        /* One write: libwebsockets keeps what the socket does not take. */
        if (lws_write(a->wsi, start, all_bytes,
                      (enum lws_write_protocol)(LWS_WRITE_HTTP_HEADERS |
                                                LWS_WRITE_H2_STREAM_END)) == (int)all_bytes) {
            rc = close || lws_http_transaction_completed(a->wsi) ? -1 : 0;
        }
    }
    free(a->mem);
    return rc;
}

static void count(bj_server_t *server, int code) {
    server->stats.requests++;
    if (code >= 500) server->stats.answers_5xx++;
    else if (code >= 400) server->stats.answers_4xx++;
}

static void number(answer_t *a, const char *name, const char *before, int64_t value) {
    char text[24];
    snprintf(text, sizeof text, "%s%lld", before, (long long)value);
    header(a, name, text);
}

/* RFC 9745 and RFC 8594: since when the route should not be used any more, and when it ends. */
static void age(answer_t *a, const bj_http_resp_t *resp) {
    char text[64];
    struct tm at;
    time_t sunset = (time_t)resp->sunset_s;
    if (resp->deprecated_s) number(a, "deprecation:", "@", resp->deprecated_s);
    if (!resp->sunset_s || !gmtime_r(&sunset, &at)) return;
    if (strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &at)) header(a, "sunset:", text);
}

static void limits(answer_t *a, const bj_http_resp_t *resp) {
    if (resp->retry_s) number(a, "retry-after:", "", resp->retry_s);
    if (!resp->limit_burst) return;
    number(a, "ratelimit-limit:", "", resp->limit_burst);
    number(a, "ratelimit-remaining:", "", resp->limit_left);
    if (resp->retry_s) number(a, "ratelimit-reset:", "", resp->retry_s);
}

int bj_answer_job(bj_server_t *server, struct lws *wsi, bj_job_t *job) {
    answer_t a;
    size_t text_bytes = job->text ? strlen(job->text) : 0;
    count(server, job->resp.code);
    begin(&a, server, wsi, job->resp.code, "application/json", text_bytes);
    header(&a, "cache-control:", "no-store");
    if (job->resp.cookie[0]) header(&a, "set-cookie:", job->resp.cookie);
    if (job->resp.device_cookie[0]) header(&a, "set-cookie:", job->resp.device_cookie);
    if (job->resp.challenge[0]) header(&a, "www-authenticate:", job->resp.challenge);
    limits(&a, &job->resp);
    age(&a, &job->resp);
    bool head = strcmp(job->method, "HEAD") == 0;
    return finish(&a, job->text, head ? 0 : text_bytes, job->close);
}

int bj_answer_error(bj_server_t *server, struct lws *wsi, int code, const char *name,
                    const char *text, bool close) {
    answer_t a;
    char body[256];
    int body_bytes = snprintf(body, sizeof body,
                              "{\"error\": {\"code\": \"%s\", \"text\": \"%s\"}}", name, text);
    count(server, code);
    begin(&a, server, wsi, code, "application/json", (size_t)body_bytes);
    header(&a, "cache-control:", "no-store");
    return finish(&a, body, (size_t)body_bytes, close);
}

/* True if one of the validators in If-None-Match is this one. */
static bool unchanged(struct lws *wsi, const char *etag) {
    char seen[256];
    int seen_bytes = lws_hdr_copy(wsi, seen, sizeof seen, WSI_TOKEN_HTTP_IF_NONE_MATCH);
    return seen_bytes > 0 && strstr(seen, etag);
}

int bj_answer_file(bj_server_t *server, struct lws *wsi, const bj_site_file_t *file, bool head,
                   bool close) {
    answer_t a;
    int code = unchanged(wsi, file->etag) ? 304 : 200;
    count(server, code);
    begin(&a, server, wsi, code, file->type, file->data_bytes);
    header(&a, "etag:", file->etag);
    header(&a, "cache-control:", file->cache);
    header(&a, "vary:", "accept-encoding");
    if (code == 200) header(&a, "content-encoding:", file->encoding);
    return finish(&a, file->data, code == 304 || head ? 0 : file->data_bytes, close);
}
