/* What an app proves: who began a log-in (PKCE), its secret where it ends a token, its key where a
 * token is bound to one; and that it may what a person has left it.  By tests/with-pg. */
#include "controlplane/apps/apps_test.h"
#include "controlplane/apps/bj_apps_http.h"
#include "controlplane/apps/bj_pkce.h"
#include "controlplane/apps/dpop_test.h"
#include "controlplane/control/bj_app.h"
#include "controlplane/server/bj_routes.h"
#include "dataplane/base/bj_time.h"

/* RFC 7636, appendix B. */
#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
static const struct {
    const char *what;
    bool kite_library, challenged;
    const char *verifier;
    bool good;
} proofs[] = {
    {"as it should be", false, true, VERIFIER, true},
    {"another verifier", false, true, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl", false},
    {"the challenge itself", false, true, CHALLENGE, false},
    {"too short", false, true, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX", false},
    {"none for the challenge", false, true, NULL, false},
    {"an app with a library that sends one", true, true, VERIFIER, true},
    {"and then forgets it", true, true, NULL, false},
    {"one for no challenge", true, false, VERIFIER, false},
    {"a library of Kite's", true, false, NULL, true},
};

static bj_status_t set_library(uint64_t user_id, const char *api_key, bool kite_library,
                               const char *reason) {
    const bj_api_proofs_t demanded = {.kite_library = kite_library};
    return bj_apps_set_proofs(apps, &who, user_id, api_key, demanded, reason);
}

static bj_status_t prove(const bj_api_app_t *app, const char *secret, const char *request,
                         const char *verifier, char token[BJ_JWT_BYTES]) {
    char checksum[BJ_API_CHECKSUM_BYTES];
    bj_caller_t caller;
    bj_api_checksum(app->api_key, request, secret, checksum);
    const bj_api_exchange_t ex = {app->api_key, request, checksum, verifier, ""};
    bj_status_t status = bj_apps_session(apps, "10.0.0.2", &ex, &caller, token);
    BJ_CHECK(status == BJ_OK ? caller.app_id == app->app_id : caller.app_id == 0);
    BJ_CHECK((token[0] != '\0') == (status == BJ_OK));
    return status;
}

/* What the table is about: the challenge of the one verifier, by the one method. */
static void test_challenge(void) {
    uint8_t challenge[BJ_PKCE_BYTES];
    BJ_CHECK(!bj_pkce_challenge_refused(CHALLENGE, "S256", challenge));
    BJ_CHECK(bj_pkce_challenge_refused(CHALLENGE, "plain", challenge) != NULL);
}

/* Who brings a request token also began the log-in; a wrong try is the last. */
static void test_proof(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES], token[BJ_JWT_BYTES];
    uint8_t challenge[BJ_PKCE_BYTES];
    BJ_CHECK(!bj_pkce_challenge_refused(CHALLENGE, "S256", challenge));
    bj_api_app_t app = app_make(asha, secret);
    for (size_t i = 0; i < BJ_COUNT(proofs); i++) {
        app.kite_library = proofs[i].kite_library;
        BJ_CHECK(set_library(asha, app.api_key, app.kite_library, NULL) ==
                 BJ_OK);
        BJ_CHECK(bj_apps_consent(apps, &who, asha, &app, app.scopes,
                                 proofs[i].challenged ? challenge : NULL, request) == BJ_OK);
        bool good = prove(&app, secret, request, proofs[i].verifier, token) == BJ_OK;
        if (good != proofs[i].good) fprintf(stderr, "%s\n", proofs[i].what);
        BJ_CHECK(good == proofs[i].good);
        BJ_CHECK(prove(&app, secret, request, VERIFIER, token) == BJ_ERR_DENIED);
    }
    /* It owes a challenge, here and in the database; said after the yes, at the exchange. */
    BJ_CHECK(bj_apps_consent(apps, &who, asha, &app, app.scopes, NULL, request) == BJ_OK);
    BJ_CHECK(set_library(0, app.api_key, false, "walk") == BJ_OK);
    BJ_CHECK(prove(&app, secret, request, NULL, token) == BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_consent(apps, &who, asha, &app, app.scopes, NULL, request) ==
             BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_apps_find(apps, app.api_key, &app) == BJ_OK && !app.kite_library);
    BJ_CHECK(bj_apps_consent(apps, &who, asha, &app, app.scopes, NULL, request) == BJ_ERR_DENIED);
    BJ_CHECK(set_library(asha + 1, app.api_key, true, NULL) ==
             BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
}

/* A proof of ed's for a request of now; token: beside it, or NULL. */
static void show(EVP_PKEY *ed, const char *method, const char *url, const char *token,
                 char proof[BJ_DPOP_BYTES]) {
    char claims[400], ath[BJ_BASE64URL_BYTES(BJ_HASH_BYTES)];
    uint8_t hash[BJ_HASH_BYTES];
    static unsigned jti = 10000000;
    bj_token_hash(token ? token : "", hash);
    snprintf(claims, sizeof claims,
             "{'jti':'%u','htm':'%s','htu':'%s','iat':%lld,'ath':'%s'}", jti++, method, url,
             (long long)(bj_clock_wall_ns() / BJ_NS_PER_S),
             bj_base64url_write(hash, sizeof hash, ath));
    dpop_sign(ed, DPOP_HEAD, claims, proof);
}

/* What GET /me is told that comes with this proof, and that it is counted. */
static bj_dpop_wrong_t shown(const char *proof, bj_caller_t *caller) {
    const bj_http_req_t req = {.method = "GET", .path = "/me", .proof = proof};
    bj_http_resp_t resp = {.code = 0};
    int64_t before[BJ_DPOP_WRONG_CNT];
    for (bj_dpop_wrong_t i = 0; i < BJ_DPOP_WRONG_CNT; i++) {
        before[i] = bj_apps_refused_cnt(apps, i);
    }
    caller->proof_s = 0;
    bool ok = bj_apps_key_shown(apps, credential_of, caller, &req, &resp) &&
              (!caller->proof_s || bj_apps_key_spend(apps, caller, &resp));
    bj_dpop_wrong_t wrong = BJ_DPOP_GOOD;
    for (bj_dpop_wrong_t i = 0; i < BJ_DPOP_WRONG_CNT; i++) {
        if (bj_apps_refused_cnt(apps, i) == before[i]) continue;
        BJ_CHECK(!wrong && bj_apps_refused_cnt(apps, i) == before[i] + 1);
        wrong = i;
    }
    BJ_CHECK(ok == (wrong == BJ_DPOP_GOOD) && ok == (resp.code == 0));
    BJ_CHECK(ok || resp.code == (bj_dpop_for_now(wrong) ? 503 : 401));
    BJ_CHECK((resp.code == 401) == (strstr(resp.challenge, bj_dpop_text(wrong)) &&
                                    strncmp(resp.challenge, "DPoP error=\"", 12) == 0));
    BJ_CHECK((resp.retry_s > 0) == (resp.code == 503));
    json_decref(resp.json);
    return wrong;
}

/* What came once came once, at another server, after a restart and with Redis empty; and where
 * nobody remembers, none is taken that may have come. */
static void test_kept(const char *proof, bj_caller_t *caller) {
    bj_apps_t *first = apps;
    BJ_CHECK(bj_apps_tidy(apps) == BJ_OK);
    apps = bj_apps_new(&config);
    BJ_CHECK(apps && shown(proof, caller) == BJ_DPOP_REPLAY);
    bj_apps_free(apps);
    apps = first;
    force("DELETE FROM app_proofs");
    force("DELETE FROM app_proofs_since"); /* as a crash of PostgreSQL does */
    BJ_CHECK(shown(proof, caller) == BJ_DPOP_YOUNG);
    force("UPDATE app_proofs_since SET at = '-infinity'");
}

/* Room for two, in this process: the third is refused, not one of the others forgotten. */
static void test_full(EVP_PKEY *ed, const char *token, bj_caller_t *caller) {
    char proof[3][BJ_DPOP_BYTES];
    bj_apps_config_t small = config;
    bj_apps_t *first = apps;
    small.proofs_max = 2;
    apps = bj_apps_new(&small);
    for (size_t i = 0; i < BJ_COUNT(proof); i++) {
        show(ed, "GET", "https://own/me", token, proof[i]);
        BJ_CHECK(shown(proof[i], caller) == (i < 2 ? BJ_DPOP_GOOD : BJ_DPOP_FULL));
    }
    bj_apps_free(apps);
    apps = first;
    BJ_CHECK(shown(proof[0], caller) == BJ_DPOP_REPLAY && shown(proof[2], caller) == BJ_DPOP_GOOD);
}

/* A token that is bound opens nothing without its key, each proof is good once, and an app that is
 * bound gets no other. */
static void test_bound(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES], checksum[BJ_API_CHECKSUM_BYTES];
    char token[BJ_JWT_BYTES], key[BJ_JWT_KEY_BYTES], proof[BJ_DPOP_BYTES];
    uint8_t challenge[BJ_PKCE_BYTES];
    bj_caller_t caller;
    bj_dpop_t dpop;
    EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BJ_CHECK(!bj_pkce_challenge_refused(CHALLENGE, "S256", challenge));
    bj_api_app_t app = app_make(asha, secret);
    BJ_CHECK(log_in(&app, secret, asha) == BJ_OK && is_in(credential_of) == BJ_OK);
    const bj_api_proofs_t both = {.kite_library = true, .bound = true}, bound = {.bound = true};
    BJ_CHECK(bj_apps_set_proofs(apps, &who, asha, app.api_key, both, NULL) == BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_apps_set_proofs(apps, &who, asha, app.api_key, bound, NULL) == BJ_OK);
    BJ_CHECK(is_in(credential_of) == BJ_ERR_NOT_FOUND); /* it was nobody's in particular */
    BJ_CHECK(bj_apps_consent(apps, &who, asha, &app, app.scopes, challenge, request) == BJ_OK);
    BJ_CHECK(prove(&app, secret, request, VERIFIER, token) == BJ_ERR_DENIED);

    show(ed, "POST", "https://kite/session/token", NULL, proof);
    const bj_api_shown_t at_exchange = {"POST", "/session/token", proof, NULL, true};
    key[0] = '\0';
    BJ_CHECK(!bj_apps_key_of(apps, &at_exchange, key, &dpop) && strlen(key) == 43);
    BJ_CHECK(bj_apps_use_proof(apps, &dpop) == BJ_DPOP_GOOD);
    BJ_CHECK(bj_apps_use_proof(apps, &dpop) == BJ_DPOP_REPLAY);
    BJ_CHECK(bj_apps_consent(apps, &who, asha, &app, app.scopes, challenge, request) == BJ_OK);
    bj_api_checksum(app.api_key, request, secret, checksum);
    const bj_api_exchange_t ex = {app.api_key, request, checksum, VERIFIER, key};
    BJ_CHECK(bj_apps_session(apps, "-", &ex, &caller, token) == BJ_OK);
    snprintf(credential_of, sizeof credential_of, "%s:%s", app.api_key, token);
    for (int i = 0; i < 2; i++) { /* from the record, and from its copy */
        BJ_CHECK(bj_apps_caller(apps, credential_of, &caller) == BJ_OK);
        BJ_CHECK(strcmp(caller.key, key) == 0);
    }
    BJ_CHECK(shown(NULL, &caller) == BJ_DPOP_MISSING);
    BJ_CHECK(shown("x", &caller) == BJ_DPOP_FORM);
    show(ed, "GET", "https://own/me", token, proof);
    BJ_CHECK(shown(proof, &caller) == BJ_DPOP_GOOD);
    BJ_CHECK(shown(proof, &caller) == BJ_DPOP_REPLAY);
    test_kept(proof, &caller);
    show(other, "GET", "https://own/me", token, proof);
    BJ_CHECK(shown(proof, &caller) == BJ_DPOP_KEY);
    show(ed, "GET", "https://own/orders", token, proof);
    BJ_CHECK(shown(proof, &caller) == BJ_DPOP_HTU);
    show(ed, "POST", "https://own/me", token, proof);
    BJ_CHECK(shown(proof, &caller) == BJ_DPOP_HTM);
    show(ed, "GET", "https://own/me", request, proof);
    BJ_CHECK(shown(proof, &caller) == BJ_DPOP_ATH);
    test_full(ed, token, &caller);
    caller.key[0] = '\0';
    BJ_CHECK(shown(NULL, &caller) == BJ_DPOP_GOOD); /* a token that is bound to none */
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
    EVP_PKEY_free(ed);
    EVP_PKEY_free(other);
}

/* Where a key is demanded of every app: whoever has none gets no token, by whichever way, nor goes
 * on with one from before. */
static void test_demanded(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES], token[BJ_JWT_BYTES];
    uint8_t challenge[BJ_PKCE_BYTES];
    BJ_CHECK(!bj_pkce_challenge_refused(CHALLENGE, "S256", challenge));
    bj_api_app_t old = app_make(asha, secret), app = old;
    BJ_CHECK(log_in(&old, secret, asha) == BJ_OK && is_in(credential_of) == BJ_OK);
    bj_apps_config_t strict = config;
    bj_apps_t *chosen = apps;
    strict.bound_demanded = true;
    apps = bj_apps_new(&strict);
    BJ_CHECK(apps && is_in(credential_of) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(consent(asha, &old, request) == BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_consent(apps, &who, asha, &old, old.scopes, challenge, request) ==
             BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_create(apps, &who, &app, token) == BJ_ERR_BAD_FIELD);
    const bj_api_proofs_t loose[] = {{.kite_library = true}, {.kite_library = false}};
    for (size_t i = 0; i < BJ_COUNT(loose); i++) {
        BJ_CHECK(bj_apps_set_proofs(apps, &who, asha, old.api_key, loose[i], NULL) ==
                 BJ_ERR_BAD_FIELD);
    }
    /* Made so, or said yes to, before it was demanded. */
    const bj_api_proofs_t unbound = {.bound = false};
    BJ_CHECK(bj_apps_set_proofs(chosen, &who, asha, old.api_key, unbound, NULL) == BJ_OK);
    BJ_CHECK(bj_apps_find(apps, old.api_key, &old) == BJ_OK && !old.bound);
    BJ_CHECK(bj_apps_consent(apps, &who, asha, &old, old.scopes, challenge, request) == BJ_OK);
    BJ_CHECK(prove(&old, secret, request, VERIFIER, token) == BJ_ERR_DENIED);
    app.kite_library = false;
    BJ_CHECK(bj_apps_create(apps, &who, &app, token) == BJ_OK && app.bound);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
    bj_apps_free(apps);
    apps = chosen;
    BJ_CHECK(is_in(credential_of) == BJ_OK); /* nothing of it is kept */
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, old.api_key, NULL) == BJ_OK);
}

static int put_library(uint64_t user_id, const char *api_key, const char *body) {
    bj_app_t app = {.apps = apps};
    const bj_caller_t caller = {.role = BJ_ROLE_CLIENT, .user_id = user_id};
    const bj_http_req_t req = {.method = "PUT",
                               .param = api_key,
                               .body = body,
                               .query = "",
                               .body_bytes = strlen(body),
                               .client = "-",
                               .caller = &caller};
    bj_http_resp_t resp = {.code = 0};
    const bj_route_t *route = bj_apps_routes;
    while (strcmp(route->path, "/apps/*/library") != 0)
        route++;
    route->run(&app, &req, &resp);
    json_decref(resp.json);
    return resp.code;
}

/* That a token is bound is not lost by saying nothing of it. */
static void test_library(uint64_t asha, uint64_t other) {
    char secret[BJ_TOKEN_BYTES];
    bj_api_app_t app = app_make(asha, secret);
    BJ_CHECK(put_library(asha, app.api_key, "{\"kite_library\":false,\"bound\":true}") == 200);
    BJ_CHECK(put_library(asha, app.api_key, "{\"kite_library\":false}") == 200);
    BJ_CHECK(bj_apps_find(apps, app.api_key, &app) == BJ_OK && app.bound && !app.kite_library);
    BJ_CHECK(put_library(asha, app.api_key, "{\"kite_library\":true}") == 400);
    BJ_CHECK(put_library(other, app.api_key, "{\"kite_library\":false,\"bound\":false}") == 404);
    BJ_CHECK(put_library(other, app.api_key, "{\"kite_library\":true}") == 404);
    BJ_CHECK(put_library(asha, "aaaaaaaaaaaaaaaa", "{\"kite_library\":false}") == 404);
    BJ_CHECK(bj_apps_find(apps, app.api_key, &app) == BJ_OK && app.bound);
    BJ_CHECK(put_library(asha, app.api_key, "{\"kite_library\":true,\"bound\":false}") == 200);
    BJ_CHECK(bj_apps_find(apps, app.api_key, &app) == BJ_OK && !app.bound && app.kite_library);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
}

/* Its own token an app ends by its secret; only Kite's libraries by the token itself. */
static void test_end_token(uint64_t asha) {
    char secret[BJ_TOKEN_BYTES], theirs[BJ_TOKEN_BYTES], checksum[BJ_API_CHECKSUM_BYTES];
    bj_api_app_t app = app_make(asha, secret), second = app_make(asha, theirs);
    BJ_CHECK(log_in(&app, secret, asha) == BJ_OK && is_in(credential_of) == BJ_OK);
    const char *token = strchr(credential_of, ':') + 1;
    bj_api_checksum(app.api_key, token, theirs, checksum);
    BJ_CHECK(bj_apps_end_token(apps, "-", app.api_key, token, checksum) == BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_end_token(apps, "-", app.api_key, token, "") == BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_end_token(apps, "-", "short", token, checksum) == BJ_ERR_DENIED);
    /* Another app, of the same owner, with its own secret: it is told nothing, and ends nothing. */
    bj_api_checksum(second.api_key, token, theirs, checksum);
    BJ_CHECK(bj_apps_end_token(apps, "-", second.api_key, token, checksum) == BJ_OK);
    BJ_CHECK(is_in(credential_of) == BJ_OK);
    BJ_CHECK(set_library(asha, app.api_key, false, NULL) == BJ_OK);
    BJ_CHECK(bj_apps_logout(apps, "-", app.api_key, token) == BJ_ERR_DENIED);
    BJ_CHECK(is_in(credential_of) == BJ_OK);
    bj_api_checksum(app.api_key, token, secret, checksum);
    BJ_CHECK(bj_apps_end_token(apps, "-", app.api_key, token, checksum) == BJ_OK);
    BJ_CHECK(is_in(credential_of) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_end_token(apps, "-", app.api_key, token, checksum) == BJ_OK);
    bj_api_checksum(app.api_key, "x", secret, checksum);
    BJ_CHECK(bj_apps_end_token(apps, "-", app.api_key, "x", checksum) == BJ_OK);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, second.api_key, NULL) == BJ_OK);
}

static unsigned scopes_of(const char *credential) {
    bj_caller_t caller;
    return bj_apps_caller(apps, credential, &caller) == BJ_OK ? caller.scopes : BJ_SCOPE_NONE;
}

/* Yes to some of it; and less of it while the token is out, which obeys at once. */
static void test_narrow(uint64_t asha, uint64_t other) {
    char secret[BJ_TOKEN_BYTES], request[BJ_TOKEN_BYTES], token[BJ_JWT_BYTES];
    char first[sizeof credential_of];
    const unsigned both = BJ_SCOPE_PROFILE | BJ_SCOPE_ORDERS_READ;
    bj_api_app_t app = app_make(asha, secret), now;
    BJ_CHECK(bj_apps_narrow(apps, &who, other, app.api_key, both) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(log_in(&app, secret, other) == BJ_OK && scopes_of(credential_of) == both);
    BJ_CHECK(bj_apps_narrow(apps, &who, asha, app.api_key, BJ_SCOPE_PROFILE) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_apps_narrow(apps, &who, other, app.api_key, BJ_SCOPE_PROFILE) == BJ_OK);
    BJ_CHECK(scopes_of(credential_of) == BJ_SCOPE_PROFILE);
    BJ_CHECK(bj_apps_narrow(apps, &who, other, app.api_key, BJ_SCOPE_PROFILE) == BJ_OK);
    BJ_CHECK(bj_apps_narrow(apps, &who, other, app.api_key, both) == BJ_ERR_DENIED);
    BJ_CHECK(bj_apps_find_for(apps, other, app.api_key, &now) == BJ_OK &&
             now.granted_scopes == BJ_SCOPE_PROFILE);
    BJ_CHECK(bj_apps_find_for(apps, asha, app.api_key, &now) == BJ_OK && !now.granted_scopes);
    /* The next yes may be to all of it again: for the next token, and for the one before it. */
    memcpy(first, credential_of, sizeof first);
    BJ_CHECK(bj_apps_consent(apps, &who, other, &app, BJ_SCOPE_ORDERS_READ, NULL, request) ==
             BJ_OK);
    BJ_CHECK(scopes_of(first) == BJ_SCOPE_ORDERS_READ);
    BJ_CHECK(prove(&app, secret, request, NULL, token) == BJ_OK);
    snprintf(credential_of, sizeof credential_of, "%s:%s", app.api_key, token);
    BJ_CHECK(scopes_of(credential_of) == BJ_SCOPE_ORDERS_READ && !scopes_of(first));
    /* A token may no more than it was made for, whatever is granted by now. */
    BJ_CHECK(bj_apps_consent(apps, &who, other, &app, both, NULL, request) == BJ_OK);
    BJ_CHECK(scopes_of(credential_of) == BJ_SCOPE_ORDERS_READ);
    /* Nor may anybody grant what the app does not ask for: the database says no. */
    BJ_CHECK(bj_apps_consent(apps, &who, other, &app, BJ_SCOPE_ORDERS_WRITE, NULL, request) ==
             BJ_ERR_BAD_FIELD);
    BJ_CHECK(bj_apps_ungrant(apps, &who, other, app.api_key) == BJ_OK);
    BJ_CHECK(bj_apps_find_for(apps, other, app.api_key, &now) == BJ_OK && !now.granted_scopes);
    BJ_CHECK(bj_apps_revoke(apps, &who, asha, app.api_key, NULL) == BJ_OK);
}

int main(void) {
    char dir[64];
    apps_world_t world;
    signal(SIGPIPE, SIG_IGN);
    test_challenge();
    if (!getenv("BJ_TEST_PG_CONTROL")) {
        fprintf(stderr, "test_bj_app_proofs: SKIPPED in part: BJ_TEST_PG_CONTROL is not set; run "
                        "it by tests/with-pg\n");
        return bj_test_end("test_bj_app_proofs (without BJ_TEST_PG)");
    }
    if (!child_mkdir(dir, sizeof dir)) abort();
    apps_begin(&world, dir);
    uint64_t asha = user_make("asha@b.in"), other = user_make("other@b.in");
    test_proof(asha);
    test_bound(asha);
    test_demanded(asha);
    test_library(asha, other);
    test_end_token(asha);
    test_narrow(asha, other);
    child_stop(world.redis, SIGKILL);
    apps_end(&world);
    child_rmdir(dir);
    return bj_test_end("test_bj_app_proofs");
}
