/* Goal: each operator's request as the command the engine gets, author and reason with it; each
 * wrong one is a 400 that names the field; the audit trail has it before it is sent, and the answer
 * after; what the trail does not keep is not sent.  Gateway and trail are played here. */
#include <stdlib.h>
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/orders/bj_orders_http.h"
#include "controlplane/server/bj_routes.h"
#include "dataplane/base/bj_test.h"

static bj_oe_admin_t got;
static uint64_t      got_author;
static char          got_reason[256];
static unsigned      got_cnt;
static bj_status_t   says;

/* The trail, as it was told: the last two entries. */
typedef struct told {
    char actor[32], act[32], subject[64], outcome[16], reason[64], before[256], after[256];
    unsigned sent_cnt; /* commands the engine had by then */
} told_t;

static told_t      told[2];
static unsigned    told_cnt;
static bj_status_t trail_says;

static void copy(char *out, size_t out_bytes, const char *text) {
    snprintf(out, out_bytes, "%s", text ? text : "");
    for (char *p = out; *p; p++) *p = *p == '"' ? '\'' : *p;
}

bj_status_t bj_trail_log(bj_trail_keeper_t *keeper, const bj_trail_who_t *who,
                         const bj_trail_act_t *act) {
    (void)keeper;
    if (trail_says != BJ_OK) return trail_says;
    told[0] = told[1];
    told_t *t = &told[1];
    copy(t->actor, sizeof t->actor, who->actor);
    copy(t->act, sizeof t->act, act->act);
    copy(t->subject, sizeof t->subject, act->subject);
    copy(t->outcome, sizeof t->outcome, act->outcome);
    copy(t->reason, sizeof t->reason, act->reason);
    copy(t->before, sizeof t->before, act->before_json);
    copy(t->after, sizeof t->after, act->after_json);
    t->sent_cnt = got_cnt;
    told_cnt++;
    return BJ_OK;
}

bj_status_t bj_orders_command(bj_orders_t *orders, const bj_oe_admin_t *command, uint64_t author,
                              const char *reason, bj_oe_report_t *report) {
    (void)orders;
    got = *command;
    got_author = author;
    snprintf(got_reason, sizeof got_reason, "%s", reason);
    got_cnt++;
    *report = (bj_oe_report_t){.header.type = command->kind == BJ_OE_ADMIN_UNCROSS ? 'e' : 'i',
                               .event_seq = 99, .last_price_paise = 5005, .last_qty = 60,
                               .value = 12};
    return says;
}

void bj_orders_refuse(bj_http_resp_t *resp, bj_status_t status) {
    bj_http_fail(resp, 422, "rejected", NULL, "%s", bj_status_text(status));
}

bool bj_orders_up(bj_orders_t *orders) {
    (void)orders;
    return true;
}

#define RELIANCE 2885
#define TCS 11536

static const struct {
    const char   *path, *body;
    const char   *field; /* a 400 that names it; NULL: the command below, and the answer */
    bj_oe_admin_t want;
    const char   *answer;
} cases[] = {
    {"/admin/instruments/TCS/halt", "{'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_INSTRUMENT_STATE, .token = TCS, .value = BJ_STATE_HALTED},
     "{'state':'halted','symbol':'TCS'}"},
    {"/admin/instruments/TCS/resume", "{'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_INSTRUMENT_STATE, .token = TCS, .value = BJ_STATE_OPEN},
     "{'state':'open','symbol':'TCS'}"},
    {"/admin/instruments/TCS/halt", "{}", "reason", {.kind = 0}, NULL},
    {"/admin/instruments/ALL/phase", "{'phase':'halted','reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_PHASE, .value = BJ_STATE_HALTED}, "{'state':'halted','symbol':'ALL'}"},
    {"/admin/instruments/TCS/phase",
     "{'phase':'auction_limit','auction':'close','reference_paise':300000,'band_bp':300,"
     "'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_PHASE, .token = TCS, .value = BJ_STATE_AUCTION_LIMIT, .auction = 3,
      .reference_paise = 300000, .band_bp = 300},
     "{'state':'auction_limit','symbol':'TCS'}"},
    {"/admin/instruments/TCS/phase", "{'phase':'closed','reference_paise':5,'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_PHASE, .token = TCS, .value = BJ_STATE_CLOSED, .reference_paise = 5},
     "{'state':'closed','symbol':'TCS'}"},
    {"/admin/instruments/TCS/phase", "{'phase':'lunch','reason':'why'}", "phase", {.kind = 0},
     NULL},
    {"/admin/instruments/TCS/phase", "{'phase':'open','auction':'open','reason':'why'}", "auction",
     {.kind = 0}, NULL},
    {"/admin/instruments/TCS/phase", "{'phase':'halted','band_bp':300,'reason':'why'}", "band_bp",
     {.kind = 0}, NULL},
    {"/admin/instruments/TCS/phase", "{'phase':'open','reference_paise':5,'reason':'why'}",
     "reference_paise", {.kind = 0}, NULL},
    {"/admin/instruments/TCS/phase", "{'phase':'auction','auction':'','reason':'why'}", "auction",
     {.kind = 0}, NULL},
    {"/admin/instruments/ALL/uncross", "{'then':'open','market_first':true,'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_UNCROSS, .value = BJ_STATE_OPEN, .market_first = 1},
     "{'state':'open','symbol':'ALL'}"},
    {"/admin/instruments/TCS/uncross", "{'then':'buffer','reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_UNCROSS, .token = TCS, .value = BJ_STATE_BUFFER},
     "{'price_paise':5005,'qty':60,'state':'buffer','symbol':'TCS'}"},
    {"/admin/instruments/TCS/uncross", "{'then':'auction','reason':'why'}", "then", {.kind = 0},
     NULL},
    {"/admin/instruments/TCS/uncross", "{'then':'open','market_first':1,'reason':'why'}",
     "market_first", {.kind = 0}, NULL},
    {"/admin/instruments/TCS/band", "{'lo_paise':100,'hi_paise':200,'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_BAND, .token = TCS, .reference_paise = 100, .hi_paise = 200},
     "{'hi_paise':200,'lo_paise':100,'symbol':'TCS'}"},
    {"/admin/instruments/TCS/band", "{'lo_paise':200,'hi_paise':100,'reason':'why'}", "hi_paise",
     {.kind = 0}, NULL},
    {"/admin/instruments/ALL/window", "{'reason':'why'}", NULL, {.kind = BJ_OE_ADMIN_WINDOW},
     "{'symbol':'ALL'}"},
    {"/admin/instruments/TCS/window", "{'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_WINDOW, .token = TCS}, "{'symbol':'TCS'}"},
    {"/admin/instruments/TCS/window", "{}", "reason", {.kind = 0}, NULL},
    {"/admin/day-end", "{'date':'2026-08-03','reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_DAY_END, .value = 20668}, "{'ended':12}"},
    {"/admin/day-end", "{'date':'2026-08-32','reason':'why'}", "date", {.kind = 0}, NULL},
    {"/admin/orders/release", "{'order_id':'77','reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_RELEASE, .order_value_max_paise = 77, .how = BJ_OE_HOW_TWO},
     "{'asked':'77'}"},
    {"/admin/orders/release", "{'order_id':'0','reason':'why'}", "order_id", {.kind = 0}, NULL},
    {"/admin/orders/release", "{'order_id':'9223372036854775808','reason':'why'}", "order_id",
     {.kind = 0}, NULL},
    {"/admin/orders/release", "{'order_id':'77'}", "reason", {.kind = 0}, NULL},
    {"/admin/kill", "{'reason':'why'}", "account_id", {.kind = 0}, NULL},
    {"/admin/kill/member", "{'reason':'why'}", NULL, {.kind = BJ_OE_ADMIN_KILL}, "{'ended':12}"},
    {"/admin/kill",
     "{'account_id':'1001','session_id':3,'symbol':'RELIANCE','side':'SELL','reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_KILL, .token = RELIANCE, .account_id = 1001, .value = 3, .side = 'S'},
     "{'ended':12}"},
    {"/admin/kill/member", "{'side':'BUY','reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_KILL, .side = 'B'}, "{'ended':12}"},
    {"/admin/kill", "{'account_id':'1001','block':true,'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_KILL, .account_id = 1001, .how = 1}, "{'ended':12}"},
    {"/admin/kill/member", "{'side':'BUY','block':true,'reason':'why'}", "block", {.kind = 0},
     NULL},
    {"/admin/kill", "{'session_id':3,'symbol':'TCS','block':true,'reason':'why'}", "block",
     {.kind = 0}, NULL},
    {"/admin/limit",
     "{'level':'account','limit':'margin','value':5000,'account_id':'1001','reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_ACCOUNT, .limit = BJ_LIMIT_MARGIN,
      .account_id = 1001, .order_value_max_paise = 5000},
     "{'level':'account','limit':'margin','value':5000}"},
    /* What loosens, the engine says. */
    {"/admin/limit", "{'level':'desk','limit':'rate','value':-1,'session_id':3,'reason':'why'}",
     NULL, {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_DESK, .limit = BJ_LIMIT_RATE, .value = 3,
            .order_value_max_paise = -1}, "{'level':'desk','limit':'rate','value':-1}"},
    {"/admin/limit", "{'level':'desk','limit':'rate','value':-2,'session_id':3,'reason':'why'}",
     "value", {.kind = 0}, NULL},
    {"/admin/limit", "{'level':'instrument','limit':'banned','value':0,'symbol':'TCS',"
     "'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_INSTRUMENT, .limit = BJ_LIMIT_BANNED,
      .token = TCS}, "{'level':'instrument','limit':'banned','value':0}"},
    {"/admin/limit", "{'level':'member','limit':'order_qty','value':0,'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_MEMBER, .limit = BJ_LIMIT_ORDER_QTY},
     "{'level':'member','limit':'order_qty','value':0}"},
    {"/admin/limit/lift", "{'level':'desk','limit':'rate','value':5,'session_id':3,'reason':'why'}",
     "value", {.kind = 0}, NULL},
    {"/admin/limit/lift", "{'level':'desk','limit':'rate','session_id':3,'reason':'why'}",
     NULL, {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_DESK, .limit = BJ_LIMIT_RATE, .value = 3,
            .order_value_max_paise = -1, .how = BJ_OE_HOW_TWO},
     "{'level':'desk','limit':'rate','value':-1}"},
    {"/admin/limit", "{'level':'instrument','limit':'banned','value':1,'symbol':'TCS',"
     "'reason':'why'}", NULL,
     {.kind = BJ_OE_ADMIN_LIMIT, .level = BJ_LEVEL_INSTRUMENT, .limit = BJ_LIMIT_BANNED,
      .token = TCS, .order_value_max_paise = 1},
     "{'level':'instrument','limit':'banned','value':1}"},
    {"/admin/limit", "{'level':'desk','limit':'rate','value':5,'reason':'why'}", "session_id",
     {.kind = 0}, NULL},
    {"/admin/limit", "{'level':'member','limit':'rate','value':5,'symbol':'TCS','reason':'why'}",
     "symbol", {.kind = 0}, NULL},
    {"/admin/limit", "{'level':'member','limit':'luck','value':5,'reason':'why'}", "limit",
     {.kind = 0}, NULL},
    {"/admin/limit", "{'level':'member','limit':'rate','value':0,'reason':'why'}", "value",
     {.kind = 0}, NULL},
    {"/admin/limit", "{'level':'town','limit':'rate','value':5,'reason':'why'}", "level",
     {.kind = 0}, NULL},
    {"/admin/limit", "{'level':'member','limit':'banned','value':1,'reason':'why'}", "limit",
     {.kind = 0}, NULL},
    {"/admin/kill", "{'side':'BOTH','reason':'why'}", "side", {.kind = 0}, NULL},
    {"/admin/kill", "{'symbol':'NOSUCH','reason':'why'}", "symbol", {.kind = 0}, NULL},
    {"/admin/kill", "{'account_id':'4294967296','reason':'why'}", "account_id", {.kind = 0}, NULL},
};

static void ask(bj_app_t *app, const char *path, const char *body, bj_http_resp_t *resp) {
    static const bj_route_t *const lists[] = {bj_admin_engine_routes, NULL};
    const bj_caller_t admin = {.role = BJ_ROLE_ADMIN, .user_id = 77};
    char param[BJ_HTTP_PARAM_BYTES], text[256];
    int code;
    snprintf(text, sizeof text, "%s", body);
    for (char *p = text; *p; p++) *p = *p == '\'' ? '"' : *p;
    bj_http_req_t req = {.method = "POST", .path = path, .query = "", .param = param, .body = text,
                         .body_bytes = strlen(text), .caller = &admin, .client = "::1"};
    const bj_route_t *route = bj_route_find(lists, "POST", path, param, &code);
    req.act = route ? route->act : NULL;
    *resp = (bj_http_resp_t){.code = 0};
    BJ_CHECK(route && route->policy >= BJ_POLICY_MARKET_SET && route->policy <= BJ_POLICY_DAY_END);
    if (route) route->run(app, &req, resp);
}

static bool answered(const bj_http_resp_t *resp, const char *want) {
    char *text = json_dumps(resp->json, JSON_COMPACT | JSON_SORT_KEYS);
    for (char *p = text; p && *p; p++) *p = *p == '"' ? '\'' : *p;
    bool same = text && strcmp(text, want) == 0;
    if (!same) fprintf(stderr, "  got %s\n", text ? text : "nothing");
    free(text);
    return same;
}

static void test_case(bj_app_t *app, size_t i) {
    bj_http_resp_t resp;
    unsigned before = got_cnt, fails = bj_fail_cnt, told_before = told_cnt;
    ask(app, cases[i].path, cases[i].body, &resp);
    if (cases[i].field) {
        json_t *error = json_object_get(resp.json, "error");
        const char *field = json_string_value(json_object_get(error, "field"));
        BJ_CHECK(resp.code == 400 && field && strcmp(field, cases[i].field) == 0);
        BJ_CHECK(got_cnt == before && told_cnt == told_before);
    } else {
        BJ_CHECK(told_cnt == told_before + 2 && told[0].sent_cnt == before);
        BJ_CHECK(!strcmp(told[0].outcome, "asked") && !strcmp(told[1].outcome, "done"));
        BJ_CHECK(!strcmp(told[0].actor, "user:77") && !strcmp(told[0].reason, "why"));
        BJ_CHECK(!strcmp(told[0].act, told[1].act) && !strcmp(told[0].subject, told[1].subject));
        BJ_CHECK(!strncmp(told[0].after, told[1].after, 25)); /* {'ref':'0123456789abcdef' */
        BJ_CHECK(strstr(told[1].after, "'event_seq':99"));
        BJ_CHECK(resp.code / 100 == 2 && got_cnt == before + 1);
        BJ_CHECK(memcmp(&got, &cases[i].want, sizeof got) == 0);
        BJ_CHECK(got_author == 77 && strcmp(got_reason, "why") == 0);
        BJ_CHECK(answered(&resp, cases[i].answer));
    }
    if (bj_fail_cnt != fails) fprintf(stderr, "  %s %s\n", cases[i].path, cases[i].body);
    json_decref(resp.json);
}

/* What an auditor will read of it. */
static void test_told(bj_app_t *app) {
    static const struct {
        const char *path, *body, *act, *subject, *before, *after;
    } acts[] = {
        {"/admin/instruments/TCS/halt", "{'reason':'why'}", "instrument.halt", "instrument:TCS",
         "{'state':'closed'}", "}"},
        {"/admin/instruments/ALL/phase", "{'phase':'halted','reason':'why'}", "instrument.phase",
         "instrument:ALL", "{'closed':", ",'phase':'halted'}"},
        {"/admin/instruments/TCS/band", "{'lo_paise':100,'hi_paise':200,'reason':'why'}",
         "instrument.band", "instrument:TCS", "{'lo_paise':", ",'lo_paise':100,'hi_paise':200}"},
        {"/admin/day-end", "{'date':'2026-08-03','reason':'why'}", "day.end", "market", "",
         ",'date':'2026-08-03'}"},
        {"/admin/kill", "{'account_id':'1001','reason':'why'}", "orders.kill", "account:1001", "",
         ",'account_id':'1001'}"},
        {"/admin/kill", "{'session_id':3,'reason':'why'}", "orders.kill", "desk:3", "", "}"},
        {"/admin/kill", "{'symbol':'RELIANCE','reason':'why'}", "orders.kill",
         "instrument:RELIANCE", "", "}"},
        {"/admin/kill/member", "{'reason':'why'}", "orders.kill", "member", "", "}"},
        {"/admin/orders/release", "{'order_id':'77','reason':'why'}", "order.release", "order:77",
         "", ",'order_id':'77'}"},
    };
    for (size_t i = 0; i < BJ_COUNT(acts); i++) {
        bj_http_resp_t resp;
        unsigned fails = bj_fail_cnt;
        ask(app, acts[i].path, acts[i].body, &resp);
        BJ_CHECK(resp.code / 100 == 2 && !strcmp(told[0].act, acts[i].act));
        BJ_CHECK(!strcmp(told[0].subject, acts[i].subject));
        BJ_CHECK(!strncmp(told[0].before, acts[i].before, strlen(acts[i].before)));
        BJ_CHECK((told[0].before[0] == '\0') == (acts[i].before[0] == '\0'));
        BJ_CHECK(strstr(told[0].after, acts[i].after) && !strstr(told[0].after, "why"));
        if (bj_fail_cnt != fails) fprintf(stderr, "  %s: %s\n", acts[i].path, told[0].after);
        json_decref(resp.json);
    }
}

/* No entry, no command. */
static void test_no_trail(bj_app_t *app) {
    bj_http_resp_t resp;
    unsigned before = got_cnt;
    trail_says = BJ_ERR_IO;
    ask(app, "/admin/kill/member", "{'reason':'why'}", &resp);
    BJ_CHECK(resp.code == 503 && got_cnt == before);
    json_decref(resp.json);
    trail_says = BJ_OK;
}

static void test_refused(bj_app_t *app) {
    bj_http_resp_t resp;
    says = BJ_ERR_TIMEOUT;
    ask(app, "/admin/instruments/TCS/uncross", "{'then':'open','reason':'why'}", &resp);
    BJ_CHECK(!strcmp(told[1].outcome, "unknown"));
    json_decref(resp.json);
    says = BJ_REJ_PHASE;
    ask(app, "/admin/instruments/TCS/uncross", "{'then':'open','reason':'why'}", &resp);
    BJ_CHECK(resp.code == 422);
    BJ_CHECK(!strcmp(told[1].outcome, "refused") && strstr(told[1].after, "'BJ_REJ_PHASE'"));
    json_decref(resp.json);
    unsigned before = got_cnt;
    /* A band is one instrument's. */
    static const char *const nowhere[] = {"NOSUCH/phase", "NOSUCH/halt", "ALL/band", "ALL/halt"};
    static const char *const bodies[] = {
        "{'phase':'open','reason':'why'}", "{'reason':'why'}",
        "{'lo_paise':1,'hi_paise':2,'reason':'why'}", "{'reason':'why'}"};
    for (size_t i = 0; i < BJ_COUNT(nowhere); i++) {
        char path[64];
        snprintf(path, sizeof path, "/admin/instruments/%s", nowhere[i]);
        ask(app, path, bodies[i], &resp);
        BJ_CHECK(resp.code == 404 && got_cnt == before);
        json_decref(resp.json);
    }
}

int main(void) {
    bj_app_t app = {.instruments = bj_instruments_new("sim/data/universe.csv")};
    if (!app.instruments) abort();
    for (size_t i = 0; i < BJ_COUNT(cases); i++) test_case(&app, i);
    test_told(&app);
    test_no_trail(&app);
    test_refused(&app);
    bj_instruments_free(app.instruments);
    return bj_test_end("test_bj_admin_engine");
}
