/* Whatever bytes come as path, cookie, query and body: no crash, and a refusal is a whole
 * answer. */
#include <stdlib.h>
#include "controlplane/server/bj_http.h"
#include "controlplane/server/bj_kite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static void nothing(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app, (void)req, (void)resp;
}

static const bj_route_t routes[] = {
    {"GET", "/a/*/b", BJ_POLICY_SELF, nothing, BJ_LANE_READ, 0, NULL},
    {"GET", "/a/*", BJ_POLICY_SELF, nothing, BJ_LANE_READ, 0, NULL},
    {.method = NULL}};
static bj_route_list_t lists[] = {routes, NULL};

static void try_body(const bj_http_req_t *req) {
    static const char *const words[] = {"BUY", "SELL", NULL};
    char text[16];
    int64_t n, word;
    uint64_t id;
    json_t *list = NULL;
    bj_http_resp_t resp = {.code = 0};
    const bj_field_t fields[] = {
        {.name = "t", .kind = BJ_FIELD_TEXT, .min = 0, .max = 15, .optional = true, .out = text,
         .out_bytes = sizeof text},
        {.name = "n", .kind = BJ_FIELD_INT, .min = 1, .max = 9, .optional = true, .out = &n},
        {.name = "w", .kind = BJ_FIELD_WORD, .words = words, .optional = true, .out = &word},
        {.name = "i", .kind = BJ_FIELD_ID, .optional = true, .out = &id},
        {.name = "l", .kind = BJ_FIELD_LIST, .max = 3, .optional = true, .out = &list},
    };
    if (!bj_http_body(req, fields, BJ_COUNT(fields), &resp)) {
        char *answer = json_dumps(resp.json, 0);
        if (resp.code != 400 || !answer) abort();
        free(answer);
    }
    json_decref(list);
    json_decref(resp.json);
}

static void try_query(const bj_http_req_t *req) {
    static const char *const words[] = {"all", "open", NULL};
    bj_http_resp_t resp = {.code = 0};
    int64_t n = 1, word = 0;
    bool ok = bj_query_int(req, "limit", 1, 500, &n, &resp);
    if (n < 1 || n > 500 || (!ok && resp.code != 400)) abort();
    ok = bj_query_word(req, "state", words, &word, &resp);
    if (word < 0 || word > 1 || (!ok && resp.code != 400)) abort();
    json_decref(resp.json);
}

/* What was taken as a form reads like a query: it ends, and inside of its place. */
static void try_form(const uint8_t *data, size_t data_bytes) {
    char form[64];
    if (!bj_kite_form((const char *)data, data_bytes, form, sizeof form)) return;
    const char *p = form;
    while (*p) p += strlen(p) + 1;
    if (p >= form + sizeof form) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char param[BJ_HTTP_PARAM_BYTES], cookie[44];
    int code;
    /* Two NULs behind it: a query's end. */
    char *text = calloc(1, data_bytes + 2);
    if (data_bytes) memcpy(text, data, data_bytes);
    const bj_route_t *route = bj_route_find(lists, "GET", text, param, &code);
    if (!route && code != 404) abort();
    if (bj_cookie_get(text, "bj_session", cookie, sizeof cookie) && strlen(cookie) > 43) abort();
    const bj_http_req_t req = {.query = text, .body = (const char *)data, .body_bytes = data_bytes};
    try_query(&req);
    try_body(&req);
    try_form(data, data_bytes);
    free(text);
    return 0;
}
