#include "controlplane/server/bj_http.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/text/bj_text.h"

void bj_http_ok(bj_http_resp_t *resp, int code, json_t *json) {
    if (!json) {
        bj_http_fail(resp, 500, "internal", NULL, "the answer could not be made");
        return;
    }
    json_decref(resp->json);
    resp->code = code;
    resp->json = json;
}

void bj_http_text(bj_http_resp_t *resp, int code, char *text) {
    json_decref(resp->json);
    resp->json = NULL;
    free(resp->text);
    resp->text = text;
    resp->code = code;
}

void bj_http_fail(bj_http_resp_t *resp, int code, const char *name, const char *field,
                  const char *format, ...) {
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_decref(resp->json);
    free(resp->text);
    resp->text = NULL;
    json_t *error = json_pack("{s:s}", "code", name);
    if (field) json_object_set_new(error, "field", json_string(field));
    /* A text with half a character in it (cut above) is not JSON: say less rather than nothing. */
    json_t *sentence = json_string(text);
    json_object_set_new(error, "text", sentence ? sentence : json_string("bad value"));
    resp->code = code;
    resp->json = json_pack("{s:o}", "error", error);
    resp->cookie[0] = resp->device_cookie[0] = resp->challenge[0] = '\0';
}

void bj_http_unavailable(bj_http_resp_t *resp, const char *part) {
    bj_http_fail(resp, 503, "unavailable", NULL, "%s is away; try again soon", part);
    resp->retry_s = 2;
}

/* True if path has pattern's form; param gets the segment at its star. */
static bool matches(const char *pattern, const char *path, char param[BJ_HTTP_PARAM_BYTES]) {
    const char *star = strchr(pattern, '*');
    param[0] = '\0';
    if (!star) return strcmp(pattern, path) == 0;
    size_t head_bytes = (size_t)(star - pattern);
    if (strncmp(pattern, path, head_bytes) != 0) return false;
    const char *segment = path + head_bytes;
    size_t segment_bytes = strcspn(segment, "/");
    if (segment_bytes == 0 || segment_bytes >= BJ_HTTP_PARAM_BYTES) return false;
    if (strcmp(star + 1, segment + segment_bytes) != 0) return false;
    memcpy(param, segment, segment_bytes);
    param[segment_bytes] = '\0';
    return true;
}

const bj_route_t *bj_route_find(bj_route_list_t *lists, const char *method, const char *path,
                                char param[BJ_HTTP_PARAM_BYTES], int *code) {
    *code = 404;
    bool head = strcmp(method, "HEAD") == 0;
    for (bj_route_list_t *list = lists; *list; list++) {
        for (const bj_route_t *route = *list; route->method; route++) {
            if (!matches(route->path, path, param)) continue;
            if (strcmp(route->method, head ? "GET" : method) == 0) return route;
            *code = 405;
        }
    }
    param[0] = '\0';
    return NULL;
}

const bj_route_t *bj_route_without_policy(bj_route_list_t *lists) {
    for (bj_route_list_t *list = lists; *list; list++) {
        for (const bj_route_t *route = *list; route->method; route++) {
            if (route->policy == BJ_POLICY_NONE || route->policy >= BJ_POLICY_CNT) return route;
        }
    }
    return NULL;
}

const bj_route_note_t *bj_route_note(const bj_route_note_t *notes, const bj_route_t *route) {
    for (const bj_route_note_t *note = notes; note && note->method; note++) {
        if (strcmp(note->path, route->path) == 0 && strcmp(note->method, route->method) == 0) {
            return note;
        }
    }
    return NULL;
}

const char *bj_query_str(const bj_http_req_t *req, const char *name) {
    size_t name_bytes = strlen(name);
    for (const char *p = req->query; *p; p += strlen(p) + 1) {
        if (strncmp(p, name, name_bytes) == 0 && p[name_bytes] == '=') return p + name_bytes + 1;
    }
    return NULL;
}

bool bj_query_doubled(const bj_http_req_t *req) {
    for (const char *p = req->query; *p; p += strlen(p) + 1) {
        size_t name_bytes = strcspn(p, "=");
        for (const char *q = p + strlen(p) + 1; *q; q += strlen(q) + 1) {
            if (strcspn(q, "=") == name_bytes && memcmp(p, q, name_bytes) == 0) return true;
        }
    }
    return false;
}

bool bj_query_int(const bj_http_req_t *req, const char *name, int64_t min, int64_t max,
                  int64_t *value, bj_http_resp_t *resp) {
    const char *text = bj_query_str(req, name);
    uint64_t got;
    if (!text) return true;
    if (!bj_parse_u64(text, &got) || got > INT64_MAX || (int64_t)got < min || (int64_t)got > max) {
        bj_http_fail(resp, 400, "bad_request", name, "%s must be a whole number from %lld to %lld",
                     name, (long long)min, (long long)max);
        resp->malformed = "query";
        return false;
    }
    *value = (int64_t)got;
    return true;
}

bool bj_query_word(const bj_http_req_t *req, const char *name, const char *const *words,
                   int64_t *idx, bj_http_resp_t *resp) {
    const char *text = bj_query_str(req, name);
    if (!text) return true;
    for (int64_t i = 0; words[i]; i++) {
        if (strcmp(words[i], text) == 0) {
            *idx = i;
            return true;
        }
    }
    bj_http_fail(resp, 400, "bad_request", name, "%s is not one of the values this knows", name);
    resp->malformed = "query";
    return false;
}

bool bj_cookie_get(const char *header, const char *name, char *out, size_t out_bytes) {
    size_t name_bytes = strlen(name), found_cnt = 0;
    for (const char *p = header; *p;) {
        p += strspn(p, "; \t");
        size_t pair_bytes = strcspn(p, ";");
        if (pair_bytes > name_bytes && strncmp(p, name, name_bytes) == 0 && p[name_bytes] == '=') {
            size_t value_bytes = pair_bytes - name_bytes - 1;
            /* Two of them: somebody planted one, and nobody can say which. */
            if (++found_cnt > 1 || value_bytes >= out_bytes) return false;
            memcpy(out, p + name_bytes + 1, value_bytes);
            out[value_bytes] = '\0';
        }
        p += pair_bytes;
    }
    return found_cnt == 1;
}
