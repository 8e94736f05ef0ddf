/* Goal: paths, queries, cookies and bodies, each way they can be good or bad, one row each; then
 * every truncation of a body in a block of exactly that size. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/server/bj_http.h"
#include "controlplane/server/bj_kite.h"
#include "dataplane/base/bj_test.h"

static void nothing(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app, (void)req, (void)resp;
}

static const bj_route_t shop[] = {
    {"GET", "/orders", BJ_POLICY_SELF, nothing, BJ_LANE_READ, 0, NULL},
    {"POST", "/orders", BJ_POLICY_SELF, nothing, BJ_LANE_READ, 0, NULL},
    {"PATCH", "/orders/*", BJ_POLICY_SELF, nothing, BJ_LANE_READ, 0, NULL},
    {"POST", "/admin/*/halt", BJ_POLICY_SELF, nothing, BJ_LANE_READ, 0, NULL},
    {.method = NULL},
};
static bj_route_list_t lists[] = {shop, NULL};

static const struct {
    const char *method, *path;
    int         route; /* index in shop, or -1 */
    const char *param;
    int         code;
} paths[] = {
    {"GET", "/orders", 0, "", 0},
    {"HEAD", "/orders", 0, "", 0},
    {"POST", "/orders", 1, "", 0},
    {"DELETE", "/orders", -1, "", 405},
    {"get", "/orders", -1, "", 405},
    {"", "/orders", -1, "", 405},
    {"PATCH", "/orders/17", 2, "17", 0},
    {"PATCH", "/orders/", -1, "", 404},
    {"PATCH", "/orders/1/2", -1, "", 404},
    {"GET", "/orders/17", -1, "", 405},
    {"POST", "/admin/M&M/halt", 3, "M&M", 0},
    {"POST", "/admin//halt", -1, "", 404},
    {"POST", "/admin/M&M/resume", -1, "", 404},
    {"POST", "/admin/M&M/halt/", -1, "", 404},
    {"GET", "/order", -1, "", 404},
    {"GET", "/orders/", -1, "", 404},
    {"GET", "", -1, "", 404},
    {"PATCH", "/orders/123456789012345678901234567890123456789012345678901234567890123", 2,
     "123456789012345678901234567890123456789012345678901234567890123", 0},
    {"PATCH", "/orders/1234567890123456789012345678901234567890123456789012345678901234", -1, "",
     404},
};

static void test_paths(void) {
    for (size_t i = 0; i < BJ_COUNT(paths); i++) {
        char param[BJ_HTTP_PARAM_BYTES];
        int code = 0;
        unsigned fails = bj_fail_cnt;
        const bj_route_t *want = paths[i].route < 0 ? NULL : &shop[paths[i].route];
        BJ_CHECK(bj_route_find(lists, paths[i].method, paths[i].path, param, &code) == want);
        BJ_CHECK(strcmp(param, paths[i].param) == 0);
        BJ_CHECK(want || code == paths[i].code);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", paths[i].path);
    }
}

static const struct {
    const char *header;
    bool        found;
    const char *value;
} cookies[] = {
    {"bj_session=abc", true, "abc"},
    {"a=b; bj_session=abc", true, "abc"},
    {"bj_session=abc; a=b", true, "abc"},
    {"  bj_session=abc ;a=b", true, "abc "},
    {"xbj_session=abc", false, ""},
    {"bj_sessionx=abc", false, ""},
    {"bj_session", false, ""},
    {"bj_session=", true, ""},
    {"bj_session=a; bj_session=b", false, ""},
    {"bj_session=a;bj_session=a", false, ""},
    {"", false, ""},
    {";;;", false, ""},
    {"bj_session=12345678", false, ""}, /* does not fit in 8 */
    {"bj_session=1234567", true, "1234567"},
};

static void test_cookies(void) {
    for (size_t i = 0; i < BJ_COUNT(cookies); i++) {
        char value[8] = "";
        unsigned fails = bj_fail_cnt;
        bool found = bj_cookie_get(cookies[i].header, "bj_session", value, sizeof value);
        BJ_CHECK(found == cookies[i].found);
        if (found) BJ_CHECK(strcmp(value, cookies[i].value) == 0);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", cookies[i].header);
    }
}

static void test_query(void) {
    static const char *const words[] = {"all", "open", NULL};
    const bj_http_req_t req = {.query = "limit=20\0state=open\0bad=x1\0empty=\0limitless=9\0"};
    bj_http_resp_t resp = {.code = 0};
    int64_t n = 7, word = 0;
    BJ_CHECK(strcmp(bj_query_str(&req, "state"), "open") == 0);
    BJ_CHECK(strcmp(bj_query_str(&req, "empty"), "") == 0);
    BJ_CHECK(!bj_query_str(&req, "lim") && !bj_query_str(&req, "open"));
    BJ_CHECK(bj_query_int(&req, "none", 1, 5, &n, &resp) && n == 7);
    BJ_CHECK(!bj_query_doubled(&req));
    BJ_CHECK(bj_query_doubled(&(bj_http_req_t){.query = "a=1\0b=2\0a=\0"}));
    BJ_CHECK(bj_query_doubled(&(bj_http_req_t){.query = "a\0a=1\0"}));
    BJ_CHECK(!bj_query_doubled(&(bj_http_req_t){.query = "a=a\0aa=a\0"}));
    BJ_CHECK(!bj_query_doubled(&(bj_http_req_t){.query = ""}));
    BJ_CHECK(bj_query_int(&req, "limit", 1, 20, &n, &resp) && n == 20);
    BJ_CHECK(!bj_query_int(&req, "limit", 1, 19, &n, &resp) && resp.code == 400);
    BJ_CHECK(!bj_query_int(&req, "limit", 21, 30, &n, &resp));
    BJ_CHECK(!bj_query_int(&req, "bad", 1, 20, &n, &resp));
    BJ_CHECK(!bj_query_int(&req, "empty", 1, 20, &n, &resp) && n == 20);
    BJ_CHECK(bj_query_word(&req, "state", words, &word, &resp) && word == 1);
    BJ_CHECK(bj_query_word(&req, "none", words, &word, &resp) && word == 1);
    BJ_CHECK(!bj_query_word(&req, "limit", words, &word, &resp));
    json_decref(resp.json);
}

typedef struct values {
    char     name[8];
    int64_t  qty, side;
    uint64_t id;
    json_t  *list;
} values_t;

static bool read_body(const char *body, size_t body_bytes, values_t *v, bj_http_resp_t *resp) {
    static const char *const sides[] = {"BUY", "SELL", NULL};
    const bj_http_req_t req = {.body = body, .body_bytes = body_bytes};
    const bj_field_t fields[] = {
        {.name = "name", .kind = BJ_FIELD_TEXT, .min = 1, .max = 7, .out = v->name,
         .out_bytes = sizeof v->name},
        {.name = "qty", .kind = BJ_FIELD_INT, .min = 1, .max = 100, .out = &v->qty},
        {.name = "side", .kind = BJ_FIELD_WORD, .words = sides, .optional = true, .out = &v->side},
        {.name = "id", .kind = BJ_FIELD_ID, .optional = true, .out = &v->id},
        {.name = "list", .kind = BJ_FIELD_LIST, .max = 2, .optional = true, .out = &v->list},
    };
    *v = (values_t){.side = 9};
    return bj_http_body(&req, fields, BJ_COUNT(fields), resp);
}

static const struct {
    const char *body;
    bool        ok;
    const char *field; /* that is blamed; NULL: none */
    const char *malformed;
} bodies[] = {
    {"{\"name\":\"a\",\"qty\":1}", true, NULL, NULL},
    {" {\"qty\":100,\"name\":\"1234567\",\"side\":\"SELL\",\"id\":\"18446744073709551615\"} ", true,
     NULL, NULL},
    {"{\"name\":\"a\",\"qty\":1,\"list\":[\"x\",\"y\"]}", true, NULL, NULL},
    {"", false, NULL, "no JSON object"},
    {"[]", false, NULL, "no JSON object"},
    {"null", false, NULL, "no JSON object"},
    {"{\"name\":\"a\",\"qty\":1}{", false, NULL, "no JSON object"},
    {"{\"name\":\"a\",\"qty\":1,\"qty\":1}", false, NULL, "no JSON object"},
    {"{\"qty\":1}", false, "name", "missing field"},
    {"{\"name\":\"\",\"qty\":1}", false, "name", NULL},
    {"{\"name\":\"12345678\",\"qty\":1}", false, "name", NULL},
    {"{\"name\":1,\"qty\":1}", false, "name", "wrong kind"},
    {"{\"name\":null,\"qty\":1}", false, "name", "wrong kind"},
    {"{\"name\":\"a\\nb\",\"qty\":1}", false, "name", "control characters"},
    {"{\"name\":\"a\\u007fb\",\"qty\":1}", false, "name", "control characters"},
    {"{\"name\":\"a\\u0000b\",\"qty\":1}", false, NULL, "no JSON object"}, /* jansson refuses it */
    {"{\"name\":\"\xff\",\"qty\":1}", false, NULL, "no JSON object"},      /* not UTF-8 */
    {"{\"name\":\"a\",\"qty\":0}", false, "qty", NULL},
    {"{\"name\":\"a\",\"qty\":101}", false, "qty", NULL},
    {"{\"name\":\"a\",\"qty\":1.0}", false, "qty", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1e2}", false, "qty", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":\"1\"}", false, "qty", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":true}", false, "qty", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":99999999999999999999}", false, NULL, "no JSON object"},
    {"{\"name\":\"a\",\"qty\":1,\"side\":\"buy\"}", false, "side", "unknown word"},
    {"{\"name\":\"a\",\"qty\":1,\"side\":null}", false, "side", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1,\"id\":5}", false, "id", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1,\"id\":\"0\"}", false, "id", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1,\"id\":\"-1\"}", false, "id", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1,\"id\":\"18446744073709551616\"}", false, "id", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1,\"list\":[1]}", false, "list", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1,\"list\":{}}", false, "list", "wrong kind"},
    {"{\"name\":\"a\",\"qty\":1,\"list\":[\"a\",\"b\",\"c\"]}", false, "list", NULL},
    {"{\"name\":\"a\",\"qty\":1,\"colour\":\"red\"}", false, "colour", "unknown field"},
    {"{\"name\":\"a\",\"qty\":1,\"Name\":\"a\"}", false, "Name", "unknown field"},
};

static void test_bodies(void) {
    for (size_t i = 0; i < BJ_COUNT(bodies); i++) {
        values_t v;
        bj_http_resp_t resp = {.code = 0};
        unsigned fails = bj_fail_cnt;
        bool ok = read_body(bodies[i].body, strlen(bodies[i].body), &v, &resp);
        BJ_CHECK(ok == bodies[i].ok && resp.code == (ok ? 0 : 400));
        const char *field =
            json_string_value(json_object_get(json_object_get(resp.json, "error"), "field"));
        BJ_CHECK(bodies[i].field ? field && strcmp(field, bodies[i].field) == 0 : !field);
        const char *word = bodies[i].malformed;
        BJ_CHECK(word ? resp.malformed && !strcmp(resp.malformed, word) : !resp.malformed);
        json_decref(resp.json);
        json_decref(v.list);
        if (bj_fail_cnt != fails) fprintf(stderr, "  in case: %s\n", bodies[i].body);
    }
}

static void test_values(void) {
    values_t v;
    bj_http_resp_t resp = {.code = 0};
    static const char body[] =
        "{\"name\":\"asha\",\"qty\":42,\"side\":\"SELL\",\"id\":\"7\",\"list\":[\"x\"]}";
    BJ_CHECK(read_body(body, sizeof body - 1, &v, &resp));
    BJ_CHECK(strcmp(v.name, "asha") == 0 && v.qty == 42 && v.side == 1 && v.id == 7);
    BJ_CHECK(json_array_size(v.list) == 1);
    json_decref(v.list);
    BJ_CHECK(read_body("{\"name\":\"a\",\"qty\":1}", 20, &v, &resp) && v.side == 9 && !v.list);
}

static void test_every_truncation(void) {
    static const char body[] = "{\"name\":\"asha\",\"qty\":42,\"side\":\"SELL\",\"list\":[\"x\"]}";
    for (size_t n = 0; n < sizeof body - 1; n++) {
        values_t v;
        bj_http_resp_t resp = {.code = 0};
        char *exact = malloc(n);
        if (n) memcpy(exact, body, n);
        BJ_CHECK(!read_body(exact, n, &v, &resp) && resp.code == 400);
        json_decref(resp.json);
        free(exact);
    }
}

/* What is echoed may not break the answer. */
static void test_odd_keys(void) {
    char body[2048];
    for (size_t n = 55; n < 70; n++) {
        values_t v;
        bj_http_resp_t resp = {.code = 0};
        char key[256];
        size_t at = 0;
        while (at < n) at += (size_t)snprintf(key + at, sizeof key - at, "%s", "\xe0\xa4\xac");
        int body_bytes = snprintf(body, sizeof body, "{\"name\":\"a\",\"qty\":1,\"%s\":1}", key);
        BJ_CHECK(!read_body(body, (size_t)body_bytes, &v, &resp));
        char *text = json_dumps(resp.json, 0);
        BJ_CHECK(text && strstr(text, "\"text\"") && strstr(text, "bad_request"));
        free(text);
        json_decref(resp.json);
    }
}

static void test_kite_form(void) {
    static const struct {
        const char *body, *query; /* the query's pairs with a | behind each; NULL: refused */
    } cases[] = {
        {"", ""},
        {"a=1", "a=1|"},
        {"a=1&b=2", "a=1|b=2|"},
        {"&&a=1&&b=2&", "a=1|b=2|"},
        {"a=x%20y+z%3d%26", "a=x y z=&|"},
        {"a=%e0%a4%85", "a=\xe0\xa4\x85|"},
        {"a=%", NULL},
        {"a=%4", NULL},
        {"a=%zz", NULL},
        {"a=%00", NULL},
        {"a=123456789012345678901234567", "a=123456789012345678901234567|"},
        {"a=12345678901234567890123456789", NULL},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char form[32], text[64] = "";
        bool ok = bj_kite_form(cases[i].body, strlen(cases[i].body), form, sizeof form);
        size_t at = 0;
        for (const char *p = form; ok && *p; p += strlen(p) + 1) {
            at += (size_t)snprintf(text + at, sizeof text - at, "%s|", p);
        }
        BJ_CHECK(ok == (cases[i].query != NULL));
        if (ok) BJ_CHECK(!strcmp(text, cases[i].query));
    }
}

static void test_kite_wrap(void) {
    static const struct {
        int         code, kite_code;
        const char *type;
    } cases[] = {{400, 400, "InputException"},  {401, 403, "TokenException"},
                 {403, 403, "PermissionException"}, {404, 404, "GeneralException"},
                 {429, 429, "NetworkException"}, {500, 500, "GeneralException"},
                 {503, 503, "NetworkException"}, {418, 418, "GeneralException"}};
    const char *status, *message, *type;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_http_resp_t resp = {.code = 0};
        bj_http_fail(&resp, cases[i].code, "x", "f", "why");
        bj_kite_wrap(&resp);
        BJ_CHECK(resp.code == cases[i].kite_code);
        BJ_CHECK(json_unpack_ex(resp.json, NULL, JSON_STRICT, "{s:s, s:s, s:s, s:n}", "status",
                                &status, "message", &message, "error_type", &type, "data") == 0);
        BJ_CHECK(!strcmp(status, "error") && !strcmp(message, "why"));
        BJ_CHECK(!strcmp(type, cases[i].type));
        json_decref(resp.json);
    }
    bj_http_resp_t resp = {.code = 0};
    int n = 0;
    bj_http_ok(&resp, 200, json_pack("{s:i}", "n", 7));
    bj_kite_wrap(&resp);
    BJ_CHECK(json_unpack(resp.json, "{s:s, s:{s:i}}", "status", &status, "data", "n", &n) == 0);
    BJ_CHECK(resp.code == 200 && n == 7 && !strcmp(status, "success"));
    json_decref(resp.json);
}

int main(void) {
    test_kite_form();
    test_kite_wrap();
    test_paths();
    test_cookies();
    test_query();
    test_bodies();
    test_values();
    test_every_truncation();
    test_odd_keys();
    return bj_test_end("test_bj_http");
}
