/* With a PostgreSQL (BJ_TEST_PG_CONTROL; tests/with-pg starts one): every route that changes
 * something is called through the gate, and the audit trail has an entry of it, by its name, by
 * whom, from where; and nowhere in the trail is a password, a token, an address or a name.  A route
 * that this test has not heard of fails it.  There is no gateway: the engine's commands are asked
 * for and refused. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include "controlplane/admin/bj_elevation.h"
#include "controlplane/apps/bj_apps.h"
#include "controlplane/audit/bj_trail_keeper.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/identity/bj_identity.h"
#include "controlplane/identity/bj_identity_repo.h"
#include "controlplane/identity/bj_session_repo.h"
#include "controlplane/identity/bj_base64url.h"
#include "controlplane/identity/bj_totp.h"
#include "controlplane/identity/device_test.h"
#include "controlplane/instruments/bj_instruments.h"
#include "controlplane/orders/bj_orders.h"
#include "controlplane/payments/bj_payments.h"
#include "controlplane/server/bj_gate.h"
#include "controlplane/server/bj_kite.h"
#include "controlplane/server/bj_routes.h"
#include "controlplane/store/child_test.h"
#include "controlplane/keys/keys_test.h"
#include "dataplane/base/bj_test.h"

#define ADDRESS "10.9.8.7"
#define PASSWORD "correct horse battery"
#define OTHER "a heron in the harbour"
/* Of the right form, and of nobody: the client data is {}. */
#define ASSERTION                                                                            \
    "'credential':'AAAAAAAAAAAAAAAAAAAAAA','client_data':'e30','authenticator_data':'AA',"    \
    "'signature':'AA'"
#define OPERATOR "operatorstoken0123456789"
#define ACCOUNT "50100012345678"
#define ID "00000000-0000-4000-8000-00000000000"

static bj_app_t  app;
static bj_mail_t *mail;
static bj_seal_t *seal;
static bj_device_ca_t *ca;
static bj_gate_t gate = {.session = bj_identity_session, .app = &app,
                         .elevate = bj_elevation_give, .operator_token = OPERATOR};
static char      token[BJ_TOKEN_TEXT_BYTES], csrf[BJ_CSRF_BYTES];
static uint8_t   session_hash[BJ_HASH_BYTES]; /* of the token that its log-in gave */
static char      secret[64], pending[64], recovery[64]; /* as the answers had them */
static char      api_key[64], api_secret[64], request_token[64], access_token[BJ_JWT_BYTES];

typedef enum as { AS_NOBODY, AS_USER, AS_OPERATOR } as_t;

/* In this order: a log-in makes the session that the rest has; @ stands for its id, # for the last
 * app's key, /kite/ is the other way to ask.  In a body PENDING is the log-in that waits for its
 * factor, CODE the app's code of now and AGAIN the same, as if none had been used. */
static const struct {
    const char *method, *path, *body;
    as_t        as;
    int         code;
    const char *outcome; /* of the newest entry */
} calls[] = {
    {"POST", "/auth/register",
     "{'email':'Walk@b.in','password':'" PASSWORD "','name':'Asha Rao',"
     "'phone':'098765 43210'}",
     AS_NOBODY, 202, "done"},
    {"POST", "/auth/confirm", "{'token':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}", AS_NOBODY,
     400, "refused"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'not the password'}", AS_NOBODY, 401,
     "refused"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'" PASSWORD "'}", AS_NOBODY, 200,
     "done"},
    {"PUT", "/watchlist", "{'symbols':['INFY','TCS']}", AS_USER, 200, "done"},
    {"POST", "/elevations", "{'what':'right:user_set','minutes':5,'reason':'walk'}", AS_OPERATOR,
     201, "asked"},
    {"POST", "/elevations/1/approve", "{}", AS_OPERATOR, 403, "refused"},
    {"POST", "/elevations/1/approve", "{}", AS_USER, 200, "done"},
    {"PATCH", "/admin/users/1001", "{'branch_id':2,'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/elevations/1/end", "", AS_OPERATOR, 200, "done"},
    {"POST", "/elevations", "{'what':'right:user_reveal','minutes':5,'reason':'walk'}", AS_OPERATOR,
     201, "asked"},
    {"POST", "/elevations/2/approve", "{}", AS_USER, 200, "done"},
    {"POST", "/admin/users/1001/reveal", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/users/1001/suspend", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/users/1001/resume", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/elevations", "{'what':'right:user_set','minutes':5,'reason':'walk'}", AS_OPERATOR,
     201, "asked"},
    {"POST", "/elevations/3/refuse", "{'reason':'walk'}", AS_USER, 200, "done"},
    {"POST", "/elevations", "{'what':'right:factor_drop','minutes':5,'about':'1001','checks':"
     "['call_back','mail_word'],'reason':'walk'}", AS_OPERATOR,
     201, "asked"},
    {"POST", "/elevations/4/approve", "{}", AS_USER, 200, "done"},
    {"POST", "/admin/users/1001/drop-factors", "{'reason':'walk'}", AS_OPERATOR, 202, "asked"},
    {"POST", "/admin/devices", "{'user_id':'OPS','name':'Desk','request':'CSR','reason':'walk'}",
     AS_USER, 201, "asked"},
    {"POST", "/admin/devices/1/approve", "{}", AS_USER, 403, "refused"},
    {"POST", "/admin/devices/1/approve", "{}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/devices/1/revoke", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/devices", "{'user_id':'OPS','name':'Desk','request':'CSR','reason':'walk'}",
     AS_OPERATOR, 201, "asked"},
    {"POST", "/admin/devices/2/refuse", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/instruments/TCS/halt", "{'reason':'walk'}", AS_OPERATOR, 503, "refused"},
    {"POST", "/admin/instruments/TCS/resume", "{'reason':'walk'}", AS_OPERATOR, 503, "refused"},
    {"POST", "/admin/instruments/ALL/phase", "{'phase':'halted','reason':'walk'}", AS_USER, 503,
     "refused"},
    {"POST", "/admin/instruments/TCS/uncross", "{'then':'open','reason':'walk'}", AS_OPERATOR, 503,
     "refused"},
    {"POST", "/admin/instruments/TCS/band", "{'lo_paise':1,'hi_paise':2,'reason':'walk'}",
     AS_OPERATOR, 503, "refused"},
    {"POST", "/admin/instruments/TCS/window", "{'reason':'walk'}", AS_OPERATOR, 503, "refused"},
    {"POST", "/admin/day-end", "{'date':'2026-08-03','reason':'walk'}", AS_OPERATOR, 503,
     "refused"},
    {"POST", "/admin/kill", "{'account_id':'1','reason':'walk'}", AS_OPERATOR, 503, "refused"},
    {"POST", "/admin/kill/member", "{'reason':'walk'}", AS_OPERATOR, 503, "refused"},
    {"POST", "/admin/limit", "{'level':'member','limit':'rate','value':5,'reason':'walk'}", AS_USER,
     503, "refused"},
    {"POST", "/elevations", "{'what':'right:limit_lift','minutes':5,'reason':'walk'}", AS_OPERATOR,
     201, "asked"},
    {"POST", "/elevations/5/approve", "{}", AS_USER, 200, "done"},
    {"POST", "/admin/limit/lift", "{'level':'member','limit':'rate','reason':'walk'}", AS_OPERATOR,
     503, "refused"},
    {"POST", "/admin/orders/release", "{'order_id':'1','reason':'walk'}", AS_OPERATOR, 503,
     "refused"},
    {"POST", "/auth/prove", "{'password':'not the password'}", AS_USER, 403, "refused"},
    {"POST", "/auth/prove", "{'password':'" PASSWORD "'}", AS_USER, 200, "done"},
    {"POST", "/apps",
     "{'name':'Walk','redirect_url':'https://b.in/back','scopes':['profile','orders.read']}",
     AS_USER, 201, "done"},
    {"PUT", "/apps/#/library", "{'kite_library':true}", AS_USER, 200, "done"},
    {"PUT", "/apps/#/addresses", "{'ips':['10.0.0.1']}", AS_USER, 200, "done"},
    {"POST", "/connect", "{'api_key':'KEY'}", AS_USER, 200, "done"},
    {"PUT", "/apps/#/grant", "{'scopes':['profile']}", AS_USER, 200, "done"},
    {"POST", "/kite/session/token", "api_key=KEY&request_token=REQUEST&checksum=CHECKSUM",
     AS_NOBODY, 200, "done"},
    {"DELETE", "/apps/#/grant", "", AS_USER, 204, "done"},
    {"POST", "/kite/session/token", "api_key=KEY&request_token=REQUEST&checksum=CHECKSUM",
     AS_NOBODY, 403, "refused"},
    {"POST", "/apps/#/secret", "", AS_USER, 200, "done"},
    {"POST", "/connect", "{'api_key':'KEY'}", AS_USER, 200, "done"},
    {"POST", "/kite/session/token", "api_key=KEY&request_token=REQUEST&checksum=CHECKSUM",
     AS_NOBODY, 200, "done"},
    {"DELETE", "/kite/session/token", "", AS_NOBODY, 200, "done"},
    {"POST", "/admin/apps/#/demand", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/kite/session/revoke", "api_key=KEY&token=x&checksum=CHECKSUM", AS_NOBODY, 403,
     "refused"},
    {"DELETE", "/apps/#", "", AS_USER, 204, "done"},
    {"POST", "/apps", "{'name':'Walk','redirect_url':'https://b.in/back','scopes':['profile']}",
     AS_USER, 201, "done"},
    {"POST", "/admin/apps/#/revoke", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/auth/totp/confirm", "{'code':'123456'}", AS_USER, 409, "refused"},
    {"POST", "/auth/recovery", "", AS_USER, 409, "refused"},
    {"DELETE", "/auth/totp", "", AS_USER, 409, "refused"},
    {"POST", "/auth/totp", "", AS_USER, 200, "done"},
    {"POST", "/auth/totp/confirm", "{'code':'wrong'}", AS_USER, 403, "refused"},
    {"POST", "/auth/totp/confirm", "{'code':'CODE'}", AS_USER, 200, "done"},
    {"POST", "/auth/totp", "", AS_USER, 409, "refused"},
    {"POST", "/auth/recovery", "", AS_USER, 200, "done"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'" PASSWORD "'}", AS_NOBODY, 202,
     "asked"},
    {"POST", "/auth/login/factor", "{'pending':'PENDING','code':'wrong'}", AS_NOBODY, 403,
     "refused"},
    {"POST", "/auth/login/factor/passkey", "{'pending':'PENDING'," ASSERTION "}", AS_NOBODY, 403,
     "refused"},
    {"POST", "/auth/login/passkey", "{" ASSERTION "}", AS_NOBODY, 401, "refused"},
    {"POST", "/auth/login/factor", "{'pending':'PENDING','code':'AGAIN'}", AS_NOBODY, 200, "done"},
    {"POST", "/auth/passkeys", "{'name':'Phone','client_data':'e30','authenticator_data':'AA'}",
     AS_USER, 403, "refused"},
    {"PATCH", "/auth/passkeys/7", "{'name':'Phone'}", AS_USER, 404, "refused"},
    {"DELETE", "/auth/passkeys/7", "", AS_USER, 404, "refused"},
    {"DELETE", "/auth/totp", "", AS_USER, 204, "done"},
    {"DELETE", "/me/devices/~", "", AS_USER, 204, "done"},
    {"PATCH", "/me/sessions/@", "{'name':'Desk 3'}", AS_USER, 200, "done"},
    {"DELETE", "/me/sessions", "", AS_USER, 200, "done"},
    {"POST", "/auth/password", "{'old':'not the password','password':'" OTHER "'}", AS_USER, 403,
     "refused"},
    {"POST", "/auth/password", "{'old':'" PASSWORD "','password':'" OTHER "'}", AS_USER, 204,
     "done"},
    {"POST", "/auth/forgot", "{'email':'nobody@b.in'}", AS_NOBODY, 202, "refused"},
    {"POST", "/auth/forgot", "{'email':'ops@b.in'}", AS_NOBODY, 202, "done"},
    {"POST", "/auth/reset",
     "{'token':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA','password':'" PASSWORD "'}", AS_NOBODY,
     400, "refused"},
    {"POST", "/me/contact/phone", "{'phone':'+91 98765 43210'}", AS_USER, 202, "asked"},
    {"POST", "/me/contact/phone/code", "", AS_USER, 202, "asked"},
    {"POST", "/me/contact/phone/confirm", "{'code':'wrong'}", AS_USER, 403, "refused"},
    {"DELETE", "/me/contact/phone", "", AS_USER, 204, "done"},
    {"POST", "/me/contact/email", "{'email':'Other@b.in'}", AS_USER, 202, "asked"},
    {"POST", "/auth/undo", "{'token':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}", AS_NOBODY,
     400, "refused"},
    {"PATCH", "/me", "{'name':'Asha R. Ops'}", AS_USER, 200, "done"},
    {"POST", "/me/export", "{'format':'json'}", AS_USER, 200, "done"},
    {"POST", "/me/export", "{'format':'pdf'}", AS_USER, 200, "done"},
    {"POST", "/me/consents", "{'purpose':'product_news','version':1,'given':true}", AS_USER, 200,
     "done"},
    {"POST", "/me/erasure", "", AS_USER, 202, "asked"},
    {"DELETE", "/me/erasure", "", AS_USER, 204, "done"},
    {"POST", "/admin/privacy/run", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/keys/contact/rotate", "{'reason':'walk'}", AS_OPERATOR, 201, "done"},
    {"POST", "/admin/keys/reseal", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/keys/rewrap", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/auth/login", "{'email':'client@b.in','password':'" PASSWORD "'}", AS_NOBODY, 200,
     "done"},
    {"POST", "/funds/banks", "{'number':'" ACCOUNT "','ifsc':'HDFC0001234'}", AS_USER, 201, "done"},
    {"POST", "/funds/banks", "{'number':'123456789','ifsc':'SBIN0000001'}", AS_USER, 201, "done"},
    {"POST", "/funds/banks/1001/primary", "", AS_USER, 200, "done"},
    {"POST", "/funds/banks/1000/primary", "", AS_USER, 200, "done"},
    {"POST", "/admin/banks/1000/reveal", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/banks/1000/confirm", "{'reference':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/banks/1000/reveal", "{'reason':'walk'}", AS_OPERATOR, 403, "refused"},
    {"POST", "/admin/banks/1001/refuse", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"DELETE", "/funds/banks/1001", "", AS_USER, 200, "done"},
    {"POST", "/admin/receipts", "{'id':'" ID "1','bank_id':'1000','amount_paise':9000,"
     "'utr':'WALK000000001','paid_on':'2026-01-05'}", AS_OPERATOR, 201, "done"},
    {"POST", "/admin/receipts", "{'id':'" ID "2','bank_id':'1000','amount_paise':9000,"
     "'utr':'WALK000000002','paid_on':'2026-01-05'}", AS_OPERATOR, 201, "done"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'" OTHER "'}", AS_NOBODY, 200, "done"},
    {"POST", "/admin/receipts/" ID "1/approve", "", AS_USER, 200, "done"},
    {"POST", "/admin/receipts/" ID "2/refuse", "{'reason':'walk'}", AS_USER, 200, "done"},
    {"POST", "/auth/login", "{'email':'client@b.in','password':'" PASSWORD "'}", AS_NOBODY, 200,
     "done"},
    {"POST", "/funds/payouts", "{'id':'" ID "3','amount_paise':500}", AS_USER, 201, "done"},
    {"POST", "/funds/payouts", "{'id':'" ID "4','amount_paise':2000}", AS_USER, 201, "done"},
    {"POST", "/funds/payouts", "{'id':'" ID "5','amount_paise':600}", AS_USER, 201, "done"},
    {"DELETE", "/funds/payouts/" ID "5", "", AS_USER, 200, "done"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'" OTHER "'}", AS_NOBODY, 200, "done"},
    {"POST", "/admin/payouts/" ID "3/approve", "", AS_USER, 200, "done"},
    {"POST", "/admin/payouts/" ID "3/take", "", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/banks/1000/reveal", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/payouts/" ID "3/send", "{'utr':'WALK000000003'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/payouts/" ID "4/approve", "", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/payouts/" ID "4/take", "", AS_USER, 200, "done"},
    {"POST", "/admin/payouts/" ID "4/untake", "{'reason':'walk'}", AS_USER, 200, "done"},
    {"POST", "/admin/payouts/" ID "4/return", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/admin/sessions/@/revoke", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'" OTHER "'}", AS_NOBODY, 200, "done"},
    {"DELETE", "/me/sessions/@", "", AS_USER, 204, "done"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'" OTHER "'}", AS_NOBODY, 200, "done"},
    {"POST", "/admin/sessions/revoke", "{'reason':'walk'}", AS_OPERATOR, 200, "done"},
    {"POST", "/auth/login", "{'email':'ops@b.in','password':'" OTHER "'}", AS_NOBODY, 200, "done"},
    {"POST", "/auth/logout", "", AS_USER, 204, "done"},
};

typedef struct seen {
    size_t   cnt, named_cnt;
    uint64_t last;
    const char *act;
    char     actor[64], outcome[16], all[65536];
} seen_t;

static void look(void *ctx, const bj_trail_entry_t *e) {
    seen_t *seen = ctx;
    size_t at = strlen(seen->all);
    seen->cnt++;
    seen->last = e->seq;
    seen->named_cnt += seen->act && strcmp(seen->act, e->act) == 0 &&
                       strcmp(e->address, ADDRESS) == 0;
    snprintf(seen->actor, sizeof seen->actor, "%s", e->actor);
    snprintf(seen->outcome, sizeof seen->outcome, "%s", e->outcome);
    snprintf(seen->all + at, sizeof seen->all - at, "%s %s %s %s %s\n", e->actor, e->subject,
             e->reason ? e->reason : "", e->before_json ? e->before_json : "",
             e->after_json ? e->after_json : "");
}

static seen_t since(uint64_t seq, const char *act) {
    seen_t seen = {.last = seq, .act = act};
    bj_trail_filter_t filter = {.after = seq, .limit = 500};
    BJ_CHECK(bj_trail_select(app.db, &filter, true, look, &seen) == BJ_OK);
    return seen;
}

static char device[64]; /* the id of the last one that was new */
static void keep_device(const bj_http_resp_t *resp) {
    uint8_t hash[BJ_HASH_BYTES];
    char text[BJ_TOKEN_BYTES];
    const char *at = strstr(resp->device_cookie, "bj_device=");
    if (!at) return;
    snprintf(text, sizeof text, "%.43s", at + 10);
    bj_token_hash(text, hash);
    bj_session_id(hash, device);
}

static void keep_text(const json_t *json, const char *name, char out[64]) {
    const char *text = json_string_value(json_object_get(json, name));
    if (text) snprintf(out, 64, "%s", text);
}

/* What the secret's owner has in the app. */
static void write_code(char out[8]) {
    uint8_t raw[BJ_TOTP_SECRET_BYTES] = {0};
    for (size_t i = 0; secret[i]; i++) {
        unsigned digit = (unsigned)(secret[i] >= 'A' ? secret[i] - 'A' : secret[i] - '2' + 26);
        for (size_t b = 0; b < 5; b++) {
            size_t bit = i * 5 + b;
            if (digit >> (4 - b) & 1) raw[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        }
    }
    uint64_t step = (uint64_t)(bj_clock_wall_ns() / BJ_NS_PER_S / BJ_TOTP_STEP_S);
    snprintf(out, 8, "%06u", bj_totp_code(raw, sizeof raw, step, BJ_TOTP_DIGITS) % 1000000);
}

static char ops_id[24]; /* of who AS_USER is */

static void fill(char *body, size_t body_bytes, const char *word, const char *text) {
    char *at = strstr(body, word), rest[256];
    if (!at) return;
    snprintf(rest, sizeof rest, "%s", at + strlen(word));
    snprintf(at, body_bytes - (size_t)(at - body), "%s%s", text, rest);
}

/* Each of another key. */
static void write_request(char out[512]) {
    uint8_t der[BJ_DEVICE_REQUEST_MAX_BYTES];
    bj_base64url_write(der, device_test_request(EVP_EC_gen("P-256"), der), out);
}

static void write_body(const char *from, char *body, size_t body_bytes) {
    char code[8];
    snprintf(body, body_bytes, "%s", from);
    for (char *p = body; *p; p++) *p = *p == '\'' ? '"' : *p;
    fill(body, body_bytes, "PENDING", pending);
    write_code(code);
    fill(body, body_bytes, "CODE", code);
    if (strstr(body, "AGAIN")) {
        BJ_CHECK(bj_db_query(app.db, "UPDATE totp_factors SET last_step = 1", BJ_DB_NO_PARAMS,
                             NULL) == BJ_OK);
    }
    fill(body, body_bytes, "AGAIN", code);
    char checksum[BJ_API_CHECKSUM_BYTES];
    bj_api_checksum(api_key, request_token, api_secret, checksum);
    fill(body, body_bytes, "KEY", api_key);
    fill(body, body_bytes, "REQUEST", request_token);
    fill(body, body_bytes, "CHECKSUM", checksum);
    char csr[512];
    write_request(csr);
    fill(body, body_bytes, "OPS", ops_id);
    fill(body, body_bytes, "CSR", csr);
}

/* The cookie and the token of a log-in, for what comes after it. */
static void keep_session(const bj_http_resp_t *resp) {
    const char *word;
    keep_text(resp->json, "secret", secret);
    keep_text(resp->json, "pending", pending);
    const json_t *codes = json_object_get(resp->json, "recovery_codes");
    word = json_string_value(json_array_get(codes, 0));
    if (word) snprintf(recovery, sizeof recovery, "%s", word);
    const char *at = strstr(resp->cookie, "bj_session=");
    if (!at || at[11] == ';') return;
    snprintf(token, sizeof token, "%.43s", at + 11);
    /* Another token for the same session says nothing else. */
    word = json_string_value(json_object_get(resp->json, "csrf"));
    if (!word) return;
    snprintf(csrf, sizeof csrf, "%s", word);
    bj_token_hash(token, session_hash);
}

/* What an app is given, for what it does with that. */
static void keep_app(const bj_http_resp_t *resp) {
    const char *at = json_string_value(json_object_get(resp->json, "redirect"));
    keep_text(json_object_get(resp->json, "app"), "api_key", api_key);
    keep_text(resp->json, "api_secret", api_secret);
    at = at ? strstr(at, "request_token=") : NULL;
    if (at) snprintf(request_token, sizeof request_token, "%.43s", at + 14);
    at = json_string_value(json_object_get(json_object_get(resp->json, "data"), "access_token"));
    if (at) snprintf(access_token, sizeof access_token, "%s", at);
}

static bool is_kite(size_t i) { return strncmp(calls[i].path, "/kite/", 6) == 0; }

/* An app says in the query what it has and what it wants to end. */
static void write_query(char query[1024]) {
    int n = snprintf(query, 1000, "api_key=%s", api_key);
    n += 1 + snprintf(query + n + 1, (size_t)(1000 - n), "access_token=%s", access_token);
    query[n + 1] = '\0';
}

static int call(size_t i, const bj_route_t *route, const char *param) {
    char body[512], cookie[128], query[1024] = "";
    write_body(calls[i].body, body, sizeof body);
    snprintf(cookie, sizeof cookie, "__Host-bj_session=%s", token);
    bj_gate_headers_t headers = {
        .content_type = "application/json",
        .cookie = calls[i].as == AS_USER ? cookie : NULL,
        .csrf = calls[i].as == AS_USER ? csrf : NULL,
        .authorization = calls[i].as == AS_OPERATOR ? "Bearer " OPERATOR : NULL};
    bj_http_req_t req = {.method = calls[i].method, .path = calls[i].path, .query = query,
                         .param = param, .body = body, .body_bytes = strlen(body),
                         .client = ADDRESS, .user_agent = "walker",
                         .kite = is_kite(i) ? "3" : NULL};
    bj_http_resp_t resp = {.code = 0};
    if (is_kite(i)) write_query(query);
    bj_gate_run(&gate, route, &headers, &req, &resp);
    if (is_kite(i)) bj_kite_wrap(&resp);
    keep_session(&resp);
    keep_app(&resp);
    keep_device(&resp);
    json_decref(resp.json);
    free(resp.text);
    return resp.code;
}

static void path_of(const char *path, char *out, size_t out_bytes) {
    char id[BJ_SESSION_ID_BYTES];
    const char *at = strpbrk(path, "@#~");
    const char *in = !at          ? ""
                     : *at == '#' ? api_key
                     : *at == '~' ? device
                                  : bj_session_id(session_hash, id);
    snprintf(out, out_bytes, "%.*s%s%s", at ? (int)(at - path) : (int)strlen(path), path,
             at ? in : "", at ? at + 1 : "");
}

static void test_call(size_t i, const bj_route_t **called) {
    char param[BJ_HTTP_PARAM_BYTES], path[128];
    unsigned fails = bj_fail_cnt;
    int code;
    path_of(calls[i].path, path, sizeof path);
    uint64_t before = since(0, NULL).last;
    *called = is_kite(i) ? bj_route_find(bj_kite_routes, calls[i].method, path + 5, param, &code)
                         : bj_route_find(bj_routes, calls[i].method, path, param, &code);
    BJ_CHECK(*called);
    if (!*called) return;
    code = call(i, *called, param);
    seen_t seen = since(before, (*called)->act);
    BJ_CHECK(code == calls[i].code);
    BJ_CHECK(seen.named_cnt > 0 && seen.named_cnt == seen.cnt);
    BJ_CHECK(!strcmp(seen.outcome, calls[i].outcome));
    const char *actor = calls[i].as == AS_OPERATOR ? "operator"
                        : calls[i].as == AS_USER || calls[i].code == 200 ? "user:" : "nobody";
    BJ_CHECK(!strncmp(seen.actor, actor, strlen(actor)));
    if (bj_fail_cnt != fails) {
        fprintf(stderr, "  %s %s: %d %s\n%s", calls[i].method, calls[i].path, code, seen.outcome,
                seen.all);
    }
}

static void test_called(bj_route_list_t *lists, const bj_route_t *const *called) {
    for (bj_route_list_t *list = lists; *list; list++) {
        for (const bj_route_t *route = *list; route->method; route++) {
            size_t cnt = 0;
            if (!route->act || strcmp(route->act, BJ_ACT_ORDER) == 0) continue;
            for (size_t i = 0; i < BJ_COUNT(calls); i++) cnt += called[i] == route;
            BJ_CHECK(cnt > 0);
            if (!cnt) fprintf(stderr, "  nobody calls %s %s\n", route->method, route->path);
        }
    }
}

static void test_every_route(void) {
    const bj_route_t *called[BJ_COUNT(calls)];
    for (size_t i = 0; i < BJ_COUNT(calls); i++) test_call(i, &called[i]);
    test_called(bj_routes, called);
    test_called(bj_kite_routes, called);
}

/* What is no number is no entry. */
static void test_get_entry(void) {
    static const struct {
        const char *seq;
        int         code;
    } cases[] = {{"1", 200}, {"0", 404}, {"abc", 404}, {"-1", 404}, {"1x", 404},
                 {"99999999", 404}, {"9223372036854775807", 404}, {"18446744073709551616", 404}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char path[64], param[BJ_HTTP_PARAM_BYTES];
        int code;
        snprintf(path, sizeof path, "/admin/audit/%s", cases[i].seq);
        const bj_route_t *route = bj_route_find(bj_routes, "GET", path, param, &code);
        bj_gate_headers_t headers = {.authorization = "Bearer " OPERATOR};
        bj_http_req_t req = {.method = "GET", .path = path, .query = "", .param = param,
                             .body = "", .client = ADDRESS, .user_agent = "walker"};
        bj_http_resp_t resp = {.code = 0};
        bj_gate_run(&gate, route, &headers, &req, &resp);
        json_decref(resp.json);
        free(resp.text);
        BJ_CHECK(resp.code == cases[i].code);
    }
}

static bj_status_t ended_session(void *user_id, const char *text, bj_caller_t *caller) {
    *caller = (bj_caller_t){.role = BJ_ROLE_ADMIN, .user_id = *(const uint64_t *)user_id,
                            .proved_ns = bj_clock_wall_ns()};
    snprintf(caller->csrf, sizeof caller->csrf, "%s", csrf);
    (void)text;
    return BJ_OK;
}

/* Whose session ends while the request is under way is told to log in, whatever it asked for. */
static void test_ended_session(void) {
    static const struct {
        const char *path, *body;
    } cases[] = {{"/auth/prove", "{\"password\":\"" OTHER "\"}"},
                 {"/auth/password", "{\"old\":\"" OTHER "\",\"password\":\"" PASSWORD "\"}"}};
    bj_user_t user = {.user_id = 0};
    BJ_CHECK(bj_user_by_email(app.db, app.keys, "ops@b.in", &user) == BJ_OK);
    bj_gate_t late = gate;
    late.session = ended_session;
    late.session_ctx = &user.user_id;
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        char param[BJ_HTTP_PARAM_BYTES];
        int code;
        const bj_route_t *route = bj_route_find(bj_routes, "POST", cases[i].path, param, &code);
        bj_gate_headers_t headers = {.cookie = "__Host-bj_session=x", .csrf = csrf,
                                     .content_type = "application/json"};
        bj_http_req_t req = {.method = "POST", .path = cases[i].path, .query = "",
                             .param = param, .body = cases[i].body,
                             .body_bytes = strlen(cases[i].body), .client = ADDRESS,
                             .user_agent = "walker"};
        bj_http_resp_t resp = {.code = 0};
        bj_gate_run(&late, route, &headers, &req, &resp);
        json_decref(resp.json);
        free(resp.text);
        BJ_CHECK(resp.code == 401);
        if (resp.code != 401) fprintf(stderr, "  %s: %d\n", cases[i].path, resp.code);
    }
}

static void test_no_secret(void) {
    static const char *const never[] = {PASSWORD, OTHER,  "not the password", OPERATOR,
                                        "b.in",   "Asha", "AAAAAAAA",         "argon2",
                                        "98765",  "43210", ACCOUNT, "123456789"};
    seen_t seen = since(0, NULL);
    BJ_CHECK(strlen(token) == 43 && strlen(csrf) == 43 && strlen(seen.all) > 500);
    for (size_t i = 0; i < BJ_COUNT(never); i++) BJ_CHECK(!strstr(seen.all, never[i]));
    const char *const made[] = {token, csrf, secret, pending, recovery, api_secret, request_token,
                                access_token};
    for (size_t i = 0; i < BJ_COUNT(made); i++) {
        BJ_CHECK(strlen(made[i]) > 20 && !strstr(seen.all, made[i]));
    }
}

/* Nothing that it missed: there is no gateway. */
static bool whole(bj_orders_t *orders) {
    (void)orders;
    return true;
}

static void open_app(const char *control, const char *dir) {
    char key_file[96];
    uint32_t account_id;
    snprintf(key_file, sizeof key_file, "%s/key", dir);
    FILE *file = fopen(key_file, "w");
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    if (!file || !pkey || !PEM_write_PrivateKey(file, pkey, NULL, NULL, 0, NULL, NULL)) abort();
    fclose(file);
    EVP_PKEY_free(pkey);
    app.db = bj_db_pool_new(control, 4, 3000);
    gate.elevate_ctx = app.db;
    app.cache = bj_cache_new("/nonexistent/redis.sock");
    app.buckets = gate.buckets = bj_bucket_new();
    app.instruments = bj_instruments_new("sim/data/universe.csv");
    bj_trail_keeper_config_t trail = {.db = app.db, .dir = dir, .key_file = key_file,
                                      .head_every_cnt = 100, .head_every_ns = BJ_NS_PER_S};
    app.trail = bj_trail_keeper_new(&trail);
    bj_orders_config_t orders = {.db = app.db, .instruments = app.instruments,
                                 .way = {.host = "127.0.0.1", .port = 1},
                                 .session = "control", .key = "00"};
    app.orders = bj_orders_new(&orders);
    mail = bj_mail_new("smtp://127.0.0.1:1", "no-reply@b.in");
    app.keys = keys_test_new(app.db, "1 " KEYS_TEST_A "\n", &seal);
    char ca_file[96], ca_key_file[96], error[BJ_DEVICE_ERROR_BYTES];
    snprintf(ca_file, sizeof ca_file, "%s/ca", dir);
    snprintf(ca_key_file, sizeof ca_key_file, "%s/ca.key", dir);
    device_test_ca(ca_file, ca_key_file, "CA:TRUE");
    ca = bj_device_ca_new(ca_file, ca_key_file, error);
    bj_identity_config_t identity = {.db = app.db,
                                     .device_ca = ca,
                                     .cache = app.cache,
                                     .mail = mail,
                                     .buckets = app.buckets,
                                     .origin = "https://localhost",
                                     .totp_late_steps = 1, /* a step may end meanwhile */
                                     .keys = app.keys};
    gate.session_ctx = app.identity = bj_identity_new(&identity);
    bj_apps_config_t apps = {
        .db = app.db, .cache = app.cache, .keys = app.keys, .token_key_file = key_file};
    gate.app_ctx = app.apps = bj_apps_new(&apps);
    gate.app_caller = bj_apps_caller;
    if (!app.apps) abort();
    if (!app.trail || !app.orders || !app.identity || !mail) abort();
    uint16_t key_id; /* made now: else the first route that needs it makes it, with an entry */
    BJ_CHECK(bj_keys_newest(app.keys, BJ_KEYS_FACTORS, &key_id) == BJ_OK);
    BJ_CHECK(bj_keys_newest(app.keys, BJ_KEYS_APPS, &key_id) == BJ_OK);
    BJ_CHECK(bj_keys_newest(app.keys, BJ_KEYS_KYC, &key_id) == BJ_OK);
    BJ_CHECK(bj_identity_add(app.identity, "ops@b.in", "Asha Ops", BJ_ROLE_ADMIN, PASSWORD,
                             &account_id) == BJ_OK);
    BJ_CHECK(bj_identity_add(app.identity, "client@b.in", "Asha Client", BJ_ROLE_CLIENT, PASSWORD,
                             &account_id) == BJ_OK);
    static bj_payments_t payments;
    payments = (bj_payments_t){.db = app.db, .keys = app.keys, .identity = app.identity,
                               .instruments = app.instruments, .orders = app.orders,
                               .orders_whole = whole,
                               .rules = {.day_max_cnt = 9, .day_max_paise = 100000,
                                         .one_person_max_paise = 1000}};
    app.payments = &payments;
    seen_t seen = since(0, NULL);
    BJ_CHECK(!strcmp(seen.actor, "setup") && !strcmp(seen.outcome, "done"));
    bj_user_t ops;
    BJ_CHECK(bj_user_by_email(app.db, app.keys, "ops@b.in", &ops) == BJ_OK);
    snprintf(ops_id, sizeof ops_id, "%llu", (unsigned long long)ops.user_id);
}

static void close_app(void) {
    bj_trail_keeper_free(app.trail);
    bj_orders_free(app.orders);
    bj_apps_free(app.apps);
    bj_identity_free(app.identity);
    bj_mail_free(mail);
    bj_keys_free(app.keys);
    bj_seal_free(seal);
    bj_device_ca_free(ca);
    bj_bucket_free(app.buckets);
    bj_cache_free(app.cache);
    bj_db_pool_free(app.db);
    bj_instruments_free(app.instruments);
}

int main(void) {
    const char *control = getenv("BJ_TEST_PG_CONTROL");
    char dir[64];
    if (!control) {
        fprintf(stderr, "test_bj_trail_routes: SKIPPED: BJ_TEST_PG_CONTROL is not set; run it by "
                        "tests/with-pg\n");
        BJ_CHECK(bj_routes[0]);
        return bj_test_end("test_bj_trail_routes (without BJ_TEST_PG)");
    }
    if (!child_mkdir(dir, sizeof dir)) abort();
    open_app(control, dir);
    test_every_route();
    test_get_entry();
    test_ended_session();
    test_no_secret();
    close_app();
    child_rmdir(dir);
    return bj_test_end("test_bj_trail_routes");
}
