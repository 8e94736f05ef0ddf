/* Whose key a request shows, and that no proof comes twice. */
#include <stdio.h>
#include "controlplane/apps/bj_apps_priv.h"
#include "controlplane/apps/bj_dpop.h"
#include "controlplane/identity/bj_base64url.h"
#include "dataplane/base/bj_time.h"

enum { URL_BYTES = 1024 };
static_assert((int)BJ_JWT_KEY_BYTES == (int)BJ_CALLER_KEY_BYTES, "a key's name is copied whole");

/* In Redis, which every server asks: without it nobody can say, and apps that are bound wait. */
static bj_status_t use_once(bj_apps_t *apps, const bj_dpop_t *dpop) {
    char hex[BJ_HASH_HEX_BYTES], key[80];
    snprintf(key, sizeof key, "dpop:%s", bj_hash_hex(dpop->once, hex));
    return bj_cache_set_new(apps->config.cache, key, "1", 1, BJ_DPOP_ONCE_S);
}

const char *bj_apps_key_of(bj_apps_t *apps, const bj_api_shown_t *shown,
                           char key[BJ_JWT_KEY_BYTES], bj_status_t *status) {
    char url[URL_BYTES];
    bj_dpop_t dpop;
    const char *before = shown->kite ? apps->config.kite_url : apps->config.own_url;
    int n = snprintf(url, sizeof url, "%s%s", before ? before : "", shown->path);
    const char *token = shown->credential ? strchr(shown->credential, ':') : NULL;
    const bj_dpop_want_t want = {.method = shown->method, .url = url,
                                 .access_token = token ? token + 1 : NULL,
                                 .now_s = bj_clock_wall_ns() / BJ_NS_PER_S};
    key[0] = '\0';
    *status = BJ_ERR_DENIED;
    if (n < 0 || (size_t)n >= sizeof url) return "the address is too long";
    const char *wrong = bj_dpop_refused(shown->proof, &want, &dpop);
    if (wrong) return wrong;
    *status = use_once(apps, &dpop);
    if (*status == BJ_ERR_EXISTS) {
        *status = BJ_ERR_DENIED;
        return "it came before";
    }
    if (*status != BJ_OK) {
        *status = BJ_ERR_UNAVAILABLE;
        return "nobody can say whether it came before";
    }
    bj_base64url_write(dpop.print, sizeof dpop.print, key);
    return NULL;
}
