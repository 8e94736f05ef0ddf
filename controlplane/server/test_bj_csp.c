/* Goal: of what a browser reports only what says nothing of a person stays; of other origins'
 * pages, and of what is no report, nothing. */
#include <stdio.h>
#include "controlplane/server/bj_csp.h"
#include "dataplane/base/bj_test.h"

#define ORIGIN "https://b.in"
#define OLD(page, blocked)                                                                         \
    "{\"csp-report\":{\"document-uri\":\"" page "\",\"effective-directive\":\"script-src-elem\","  \
    "\"blocked-uri\":\"" blocked "\",\"script-sample\":\"secret\",\"referrer\":\"" page "\"}}"
#define NEW(type, page, blocked)                                                                   \
    "{\"type\":\"" type "\",\"age\":1,\"url\":\"x\",\"user_agent\":\"u\",\"body\":{"               \
    "\"documentURL\":\"" page "\",\"effectiveDirective\":\"img-src\",\"blockedURL\":\"" blocked    \
    "\",\"sample\":\"secret\"}}"

static const struct {
    const char *body;
    bool formed;
    size_t cnt;
    const char *directive, *blocked, *page; /* of the first */
} bodies[] = {
    {OLD("https://b.in/orders", "inline"), true, 1, "script-src-elem", "inline", "/orders"},
    {OLD("https://b.in/", "https://evil.example:8443/x.js?who=asha"), true, 1, "script-src-elem",
     "https://evil.example:8443", "/"},
    {OLD("https://b.in/undo?token=abc", "data"), true, 1, "script-src-elem", "data", "/undo"},
    {OLD("https://b.in/orders/17/x", "https://asha:pw@evil.example/"), true, 1, "script-src-elem",
     "https", "/orders/"},
    {OLD("https://b.in/a/tokEN", ""), true, 1, "script-src-elem", "?", "/a/"},
    {OLD("https://b.in", "Ab"), true, 1, "script-src-elem", "?", ""},
    {OLD("https://b.in.evil.example/", "inline"), true, 0, "", "", ""},
    {OLD("http://b.in/", "inline"), true, 0, "", "", ""},
    {"[" NEW("csp-violation", "https://b.in/x", "blob") "]", true, 1, "img-src", "blob", "/x"},
    {"[" NEW("deprecation", "https://b.in/", "eval") "," NEW("csp-violation", "https://b.in/y",
                                                             "eval") ",1,{}]",
     true, 1, "img-src", "eval", "/y"},
    {"{\"csp-report\":{\"document-uri\":\"https://b.in/\",\"violated-directive\":\"style-src 'self'"
     "\"}}",
     true, 1, "style-src", "?", "/"},
    {"{\"csp-report\":{\"document-uri\":7,\"effective-directive\":[]}}", true, 0, "", "", ""},
    {"{\"csp-report\":{\"document-uri\":\"https://b.in/\",\"effective-directive\":\"\\n\"}}", true,
     0, "", "", ""},
    {"{\"csp-report\":1}", false, 0, "", "", ""},
    {"[]", true, 0, "", "", ""},
    {"", false, 0, "", "", ""},
    {"{", false, 0, "", "", ""},
};

static void test_bodies(void) {
    for (size_t i = 0; i < BJ_COUNT(bodies); i++) {
        bj_csp_report_t got[BJ_CSP_REPORTS_MAX];
        size_t cnt;
        unsigned fails = bj_fail_cnt;
        bool formed = bj_csp_read(bodies[i].body, strlen(bodies[i].body), ORIGIN, got, &cnt);
        BJ_CHECK(formed == bodies[i].formed && cnt == bodies[i].cnt);
        if (cnt == 1) {
            BJ_CHECK(strcmp(got[0].directive, bodies[i].directive) == 0);
            BJ_CHECK(strcmp(got[0].blocked, bodies[i].blocked) == 0);
            BJ_CHECK(strcmp(got[0].page, bodies[i].page) == 0);
        }
        if (bj_fail_cnt != fails) fprintf(stderr, "  %s\n", bodies[i].body);
    }
}

static void test_many(void) {
    static char body[BJ_CSP_BODY_MAX_BYTES];
    bj_csp_report_t got[BJ_CSP_REPORTS_MAX];
    size_t cnt, at = (size_t)snprintf(body, sizeof body, "[1");
    for (int i = 0; i < 40; i++) {
        at += (size_t)snprintf(body + at, sizeof body - at, ",%s",
                               NEW("csp-violation", "https://b.in/", "inline"));
    }
    snprintf(body + at, sizeof body - at, "]");
    BJ_CHECK(bj_csp_read(body, strlen(body), ORIGIN, got, &cnt) && cnt == BJ_CSP_REPORTS_MAX);
    bj_bucket_t *buckets = bj_bucket_new();
    for (int i = 0; i < 5; i++)
        bj_csp_note(buckets, got, cnt);
    bj_csp_dropped();
    BJ_CHECK(bj_csp_figures().violations == 5 * BJ_CSP_REPORTS_MAX);
    BJ_CHECK(bj_csp_figures().dropped == 1);
    bj_bucket_free(buckets);
}

int main(void) {
    test_bodies();
    test_many();
    return bj_test_end("test_bj_csp");
}
