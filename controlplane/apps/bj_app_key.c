/* Whose key a request shows, and that no proof comes twice. */
#include <stdio.h>
#include "controlplane/apps/bj_apps_http.h"
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/identity/bj_base64url.h"
#include "dataplane/base/bj_time.h"

enum { URL_BYTES = 1024 };
static_assert((int)BJ_JWT_KEY_BYTES == (int)BJ_CALLER_KEY_BYTES, "a key's name is copied whole");
static_assert((int)BJ_DPOP_PRINT_BYTES == (int)BJ_TOKEN_HASH_BYTES, "a proof's is, too");

static bj_dpop_wrong_t counted(bj_apps_t *apps, bj_dpop_wrong_t wrong) {
    if (wrong) apps->refused_cnt[wrong]++;
    return wrong;
}

int64_t bj_apps_refused_cnt(const bj_apps_t *apps, bj_dpop_wrong_t wrong) {
    return apps->refused_cnt[wrong];
}

bj_dpop_wrong_t bj_apps_key_of(bj_apps_t *apps, const bj_api_shown_t *shown,
                               char key[BJ_JWT_KEY_BYTES], bj_dpop_t *dpop) {
    char url[URL_BYTES], by[BJ_JWT_KEY_BYTES];
    const char *before = shown->kite ? apps->config.kite_url : apps->config.own_url;
    int n = snprintf(url, sizeof url, "%s%s", before ? before : "", shown->path);
    const char *token = shown->credential ? strchr(shown->credential, ':') : NULL;
    const bj_dpop_want_t want = {.method = shown->method, .url = url,
                                 .access_token = token ? token + 1 : NULL,
                                 .now_s = bj_clock_wall_ns() / BJ_NS_PER_S};
    if (n < 0 || (size_t)n >= sizeof url) return counted(apps, BJ_DPOP_HTU);
    bj_dpop_wrong_t wrong = bj_dpop_refused(shown->proof, &want, dpop);
    if (wrong) return counted(apps, wrong);
    bj_base64url_write(dpop->print, sizeof dpop->print, by);
    if (key[0] && !bj_same_secret(key, by)) return counted(apps, BJ_DPOP_KEY);
    memcpy(key, by, sizeof by);
    return BJ_DPOP_GOOD;
}

bj_dpop_wrong_t bj_apps_no_proof(bj_apps_t *apps) { return counted(apps, BJ_DPOP_MISSING); }

bj_dpop_wrong_t bj_apps_use_proof(bj_apps_t *apps, const bj_dpop_t *dpop) {
    return counted(apps, bj_proofs_use(apps->proofs, dpop));
}

bj_status_t bj_apps_tidy(bj_apps_t *apps) { return bj_proofs_tidy(apps->proofs); }

/* RFC 9449 7.1: of a key that is another the token is said to be invalid. */
void bj_apps_refuse_proof(bj_http_resp_t *resp, int code, bj_dpop_wrong_t wrong) {
    static const uint32_t retry_s[] = {
        [BJ_DPOP_YOUNG] = BJ_DPOP_WINDOW_S, [BJ_DPOP_FULL] = 10, [BJ_DPOP_AWAY] = 2};
    const char *text = bj_dpop_text(wrong);
    if (bj_dpop_for_now(wrong)) {
        bj_http_fail(resp, 503, "unavailable", "DPoP", "DPoP: %s", text);
        resp->retry_s = retry_s[wrong];
        return;
    }
    const char *name = code == 401 ? "not_logged_in" : "bad_request";
    bj_http_fail(resp, code, name, "DPoP", "DPoP: %s", text);
    snprintf(resp->challenge, sizeof resp->challenge,
             "DPoP error=\"%s\", error_description=\"%s\", algs=\"ES256 EdDSA\"",
             wrong == BJ_DPOP_KEY ? "invalid_token" : "invalid_dpop_proof", text);
}

bool bj_apps_key_shown(void *ctx, const char *credential, bj_caller_t *caller,
                       const bj_http_req_t *req, bj_http_resp_t *resp) {
    bj_apps_t *apps = ctx;
    bj_dpop_t dpop;
    if (!caller->key[0]) return true;
    const bj_api_shown_t shown = {req->method, req->path, req->proof, credential, req->kite};
    bj_dpop_wrong_t wrong = bj_apps_key_of(apps, &shown, caller->key, &dpop);
    if (wrong) {
        bj_apps_refuse_proof(resp, 401, wrong);
        return false;
    }
    memcpy(caller->proof, dpop.once, sizeof caller->proof);
    caller->proof_s = dpop.made_s;
    return true;
}

bool bj_apps_key_spend(void *ctx, const bj_caller_t *caller, bj_http_resp_t *resp) {
    bj_dpop_t dpop = {.made_s = caller->proof_s};
    memcpy(dpop.once, caller->proof, sizeof dpop.once);
    bj_dpop_wrong_t wrong = bj_apps_use_proof(ctx, &dpop);
    if (wrong) bj_apps_refuse_proof(resp, 401, wrong);
    return !wrong;
}
