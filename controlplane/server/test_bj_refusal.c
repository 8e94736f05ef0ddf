/* Goal: input of a wrong form is refused, counted and named by its kind, whoever sends it; what
 * anybody may mistype is not. */
#include "controlplane/server/bj_gate.h"
#include "controlplane/server/bj_refusal.h"
#include "dataplane/base/bj_test.h"

/* As a handler with two fields. */
static void take(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    char name[8];
    bool flag;
    const bj_field_t fields[] = {{.name = "name", .kind = BJ_FIELD_TEXT, .min = 2, .max = 7,
                                  .out = name, .out_bytes = sizeof name},
                                 {.name = "flag", .kind = BJ_FIELD_BOOL, .optional = true,
                                  .out = &flag}};
    (void)app;
    if (req->body_bytes == 0 || bj_http_body(req, fields, BJ_COUNT(fields), resp)) resp->code = 200;
}

static const bj_route_t route = {.method = "POST", .path = "/x", .policy = BJ_POLICY_PUBLIC,
                                 .run = take};
static bj_gate_t gate = {.operator_token = "operator"};

static bj_http_resp_t ask(const char *type, const char *body, const char *query,
                          const char *kite) {
    bj_gate_headers_t headers = {.content_type = type};
    bj_http_req_t req = {.method = "POST", .path = "", .query = query, .client = "10.0.0.1",
                         .body = body, .body_bytes = strlen(body), .kite = kite};
    bj_http_resp_t resp = {.code = 0};
    bj_gate_run(&gate, &route, &headers, &req, &resp);
    json_decref(resp.json);
    resp.json = NULL;
    return resp;
}

static const struct {
    const char *body, *query, *kite;
    int         code;
    const char *malformed;
} inputs[] = {
    {"{\"name\":\"asha\"}", "", NULL, 200, NULL},
    {"{\"name\":\"a\"}", "", NULL, 400, NULL}, /* only too short */
    {"{\"name\":\"asha\"", "", NULL, 400, "no JSON object"},
    {"{\"name\":[]}", "", NULL, 400, "wrong kind"},
    {"{\"name\":\"asha\",\"flag\":1}", "", NULL, 400, "wrong kind"},
    {"{}", "", NULL, 400, "missing field"},
    {"{\"name\":\"asha\",\"more\":1}", "", NULL, 400, "unknown field"},
    {"{\"name\":\"asha\"}", "a=1\0a=2\0", NULL, 400, "query"},
    {"", "", "2", 400, "version"},
    {"", "", "3", 200, NULL},
};

static void test_inputs(void) {
    for (size_t i = 0; i < BJ_COUNT(inputs); i++) {
        int64_t before = bj_refusal_figures().malformed;
        bj_http_resp_t resp =
            ask("application/json", inputs[i].body, inputs[i].query, inputs[i].kite);
        const char *want = inputs[i].malformed;
        BJ_CHECK(resp.code == inputs[i].code);
        BJ_CHECK(want ? resp.malformed && !strcmp(resp.malformed, want) : !resp.malformed);
        BJ_CHECK(bj_refusal_figures().malformed - before == (want != NULL));
    }
    int64_t before = bj_refusal_figures().malformed;
    bj_refusal_unread(gate.buckets, &route, "10.0.0.1", 413, "body too large");
    bj_refusal_unread(gate.buckets, NULL, "-", 431, "header too large");
    BJ_CHECK(bj_refusal_figures().malformed - before == 2);
}

static void stub(bj_app_t *app, const bj_http_req_t *req, bj_http_resp_t *resp) {
    (void)app, (void)req;
    resp->code = 200;
}

/* What a form of a foreign page can send is not taken. */
static void test_body_type(void) {
    static const struct {
        const char *type;
        int         code;
    } cases[] = {
        {NULL, 415}, {"", 415}, {"text/plain", 415}, {"text/plain; application/json", 415},
        {"application/x-www-form-urlencoded", 415}, {"multipart/form-data; boundary=x", 415},
        {"application/jsonp", 415}, {"application/json", 200}, {"Application/JSON", 200},
        {"application/json; charset=utf-8", 200}, {"application/json ;x", 200},
    };
    bj_route_t any = route;
    any.run = stub;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_gate_headers_t headers = {.content_type = cases[i].type};
        bj_http_req_t req = {.method = "POST", .path = "", .query = "", .client = "10.0.0.1",
                             .body = "{}", .body_bytes = 2};
        bj_http_resp_t resp = {.code = 0};
        bj_gate_run(&gate, &any, &headers, &req, &resp);
        json_decref(resp.json);
        BJ_CHECK(resp.code == cases[i].code);
        BJ_CHECK((resp.malformed != NULL) == (resp.code == 415));
        req.body_bytes = 0; /* nothing to have a type */
        resp = (bj_http_resp_t){.code = 0};
        bj_gate_run(&gate, &any, &headers, &req, &resp);
        json_decref(resp.json);
        BJ_CHECK(resp.code == 200);
    }
}

/* A browser's report comes in types of its own, to its own route. */
static void test_report_type(void) {
    static const bj_route_note_t notes[] = {{.method = "POST", .path = "/x", .reports = true},
                                            {.method = NULL}};
    static const char body[] = "{\"name\":\"asha\"}";
    static const char *const types[] = {"application/csp-report", "application/reports+json",
                                        "application/json", "text/plain"};
    for (size_t i = 0; i < BJ_COUNT(types); i++) {
        gate.notes = i < 3 ? notes : NULL;
        BJ_CHECK(ask(types[i], body, "", NULL).code == (i < 3 ? 200 : 415));
        gate.notes = i < 3 ? NULL : notes;
        BJ_CHECK(ask(types[i], body, "", NULL).code == (i == 2 ? 200 : 415));
    }
    gate.notes = NULL;
}

int main(void) {
    gate.buckets = bj_bucket_new();
    test_inputs();
    test_body_type();
    test_report_type();
    bj_bucket_free(gate.buckets);
    return bj_test_end("test_bj_refusal");
}
