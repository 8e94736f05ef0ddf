#include "controlplane/server/bj_csp.h"

#include <jansson.h>
#include <stdio.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { LINES_PER_MIN = 20 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyz-";

/* The two forms name the same things differently. */
static const char *text_of(json_t *report, const char *old_name, const char *name) {
    const char *text = json_string_value(json_object_get(report, old_name));
    if (!text) text = json_string_value(json_object_get(report, name));
    return text ? text : "";
}

/* What begins text and has only these bytes. */
static void words(char out[BJ_CSP_WORD_BYTES], const char *text, const char *of) {
    size_t n = strspn(text, of);
    snprintf(out, BJ_CSP_WORD_BYTES, "%.*s", n < BJ_CSP_WORD_BYTES ? (int)n : BJ_CSP_WORD_BYTES - 1,
             text);
}

/* A word ("inline", "eval", "trusted-types-sink"), a scheme, or a scheme and a host. */
static void blocked_of(char out[BJ_CSP_WORD_BYTES], const char *uri) {
    const char *behind = strstr(uri, "://");
    size_t scheme_bytes = strspn(uri, letters), host_bytes = 0;
    if (behind && uri + scheme_bytes == behind) {
        host_bytes = 3 + strspn(behind + 3, "abcdefghijklmnopqrstuvwxyz0123456789.-:[]");
        char end = behind[host_bytes];
        /* Else it stands before a name and a password, or is none. */
        if (end != '/' && end != '\0' && end != '?' && end != '#') host_bytes = 0;
    }
    size_t n = scheme_bytes + host_bytes;
    if (n >= BJ_CSP_WORD_BYTES) n = scheme_bytes < BJ_CSP_WORD_BYTES ? scheme_bytes : 0;
    snprintf(out, BJ_CSP_WORD_BYTES, "%.*s", n ? (int)n : 1, n ? uri : "?");
}

/* A path's words: a number, or a token in a mail's link, ends it. */
static bool page_of(char out[BJ_CSP_WORD_BYTES], const char *uri, const char *origin) {
    size_t n = strlen(origin);
    if (strncmp(uri, origin, n) != 0 || (uri[n] != '/' && uri[n] != '\0')) return false;
    words(out, uri + n, "abcdefghijklmnopqrstuvwxyz-/");
    char *last = strrchr(out, '/');
    char end = uri[n + strlen(out)];
    if (last && end != '\0' && end != '?' && end != '#') last[1] = '\0'; /* half a word */
    return true;
}

static bool read_one(json_t *report, const char *origin, bj_csp_report_t *out) {
    const char *directive = text_of(report, "effective-directive", "effectiveDirective");
    if (!*directive) directive = text_of(report, "violated-directive", "violatedDirective");
    if (!page_of(out->page, text_of(report, "document-uri", "documentURL"), origin)) return false;
    words(out->directive, directive, letters);
    blocked_of(out->blocked, text_of(report, "blocked-uri", "blockedURL"));
    return out->directive[0] != '\0';
}

bool bj_csp_read(const char *body, size_t body_bytes, const char *origin,
                 bj_csp_report_t out[BJ_CSP_REPORTS_MAX], size_t *cnt) {
    size_t i;
    json_t *item, *json = json_loadb(body, body_bytes, JSON_REJECT_DUPLICATES, NULL);
    json_t *one = json_object_get(json, "csp-report");
    *cnt = 0;
    if (json_is_object(one)) *cnt = read_one(one, origin, &out[0]);
    json_array_foreach(json, i, item) {
        const char *type = json_string_value(json_object_get(item, "type"));
        if (*cnt == BJ_CSP_REPORTS_MAX || !type || strcmp(type, "csp-violation") != 0) continue;
        *cnt += read_one(json_object_get(item, "body"), origin, &out[*cnt]);
    }
    bool formed = json_is_object(one) || json_is_array(json);
    json_decref(json);
    return formed;
}

static _Atomic int64_t violation_cnt, dropped_cnt;

void bj_csp_note(bj_bucket_t *buckets, const bj_csp_report_t *reports, size_t cnt) {
    uint32_t retry_s;
    for (size_t i = 0; i < cnt; i++) {
        violation_cnt++;
        if (!bj_bucket_take(buckets, "csp lines", LINES_PER_MIN, bj_clock_mono_ns(), &retry_s)) {
            continue;
        }
        BJ_WARN("a page's policy kept something out: %s, %s, at %s", reports[i].directive,
                reports[i].blocked, reports[i].page);
    }
}

void bj_csp_dropped(void) {
    dropped_cnt++;
}

bj_csp_figures_t bj_csp_figures(void) {
    return (bj_csp_figures_t){.violations = violation_cnt, .dropped = dropped_cnt};
}
