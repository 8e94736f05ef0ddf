#include "dataplane/main/bj_session_config.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/gateway/bj_bucket.h"
#include "dataplane/main/bj_sources.h"

enum { WARN_PCT = 80, CUT_CNT = 1000 };

typedef struct word { /* what a string may be, and what it means */
    const char *text;
    uint8_t value;
} word_t;

static const word_t rights[] = {{"trade", BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_CANCEL},
                                {"cancel", BJ_GATEWAY_MAY_CANCEL},
                                {"admin", BJ_GATEWAY_MAY_ADMIN},
                                {"second", BJ_GATEWAY_MAY_SECOND},
                                {NULL, 0}};
static const word_t disconnects[] = {{"flagged", BJ_DISCONNECT_FLAGGED},
                                     {"all", BJ_DISCONNECT_ALL},
                                     {"never", BJ_DISCONNECT_NEVER},
                                     {NULL, 0}};

static const word_t *word_find(const word_t *words, const char *text) {
    while (words->text && strcmp(words->text, text) != 0)
        words++;
    return words->text ? words : NULL;
}

static bool name_read(const bj_config_t *item, bj_gateway_session_config_t *session) {
    const char *name = bj_config_str(item, "name");
    size_t cnt = strlen(name);
    if (cnt >= 1 && cnt < sizeof session->name) {
        memcpy(session->name, name, cnt);
        return true;
    }
    BJ_ERROR("gateway.sessions: name %s must have 1 to %zu characters", name,
             sizeof session->name - 1);
    return false;
}

static void key_read(const bj_config_t *item, bj_gateway_session_config_t *session) {
    char key[BJ_GATEWAY_KEY_MAX_BYTES + 1];
    bj_config_secret(item, "key_file", key, sizeof key);
    session->key_bytes = strlen(key);
    memcpy(session->key, key, session->key_bytes);
    memset(key, 0, sizeof key);
}

static bool rights_read(const bj_config_t *item, bool admin, bj_gateway_session_config_t *session) {
    size_t cnt = bj_config_cnt(item, "may");
    if (admin) session->may = BJ_GATEWAY_MAY_ADMIN;
    if (!cnt) session->may |= BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_CANCEL;
    for (size_t i = 0; i < cnt; i++) {
        const char *text = bj_config_item_str(item, "may", i);
        const word_t *right = word_find(rights, text);
        if (!right) {
            BJ_ERROR("gateway.sessions: %s: may has %s; it may have trade, cancel, admin, second",
                     session->name, text);
            return false;
        }
        session->may |= right->value;
    }
    return true;
}

static bool accounts_read(const bj_config_t *item, bool admin,
                          bj_gateway_session_config_t *session) {
    size_t cnt = bj_config_cnt(item, "accounts");
    uint32_t one = (uint32_t)bj_config_int_or(item, "account", 0, INT32_MAX, 0);
    session->all_accounts = bj_config_bool_or(item, "all_accounts", admin);
    if (cnt + (one != 0) > BJ_GATEWAY_ACCOUNTS_MAX) {
        BJ_ERROR("gateway.sessions: %s: accounts may have %d, more is all_accounts",
                 session->name, BJ_GATEWAY_ACCOUNTS_MAX);
        return false;
    }
    if (one) session->accounts[session->account_cnt++] = one;
    for (size_t i = 0; i < cnt; i++) {
        session->accounts[session->account_cnt++] =
            (uint32_t)bj_config_item_int(item, "accounts", i, 1, INT32_MAX);
    }
    bool needs_none = !(session->may & (BJ_GATEWAY_MAY_TRADE | BJ_GATEWAY_MAY_CANCEL));
    if (session->account_cnt || session->all_accounts || needs_none) return true;
    BJ_ERROR("gateway.sessions: %s: account, accounts or all_accounts must say whom it acts for",
             session->name);
    return false;
}

static bool sources_read(const bj_config_t *item, bj_gateway_session_config_t *session) {
    char whose[64];
    (void)snprintf(whose, sizeof whose, "gateway.sessions: %s: ", session->name);
    return bj_sources_read(item, "from", whose, session->sources, &session->source_cnt);
}

static bool disconnect_read(const bj_config_t *item, bj_gateway_session_config_t *session) {
    const char *text = bj_config_str_or(item, "cancel_on_disconnect", "flagged");
    const word_t *word = word_find(disconnects, text);
    if (word) {
        session->on_disconnect = word->value;
        return true;
    }
    BJ_ERROR("gateway.sessions: %s: cancel_on_disconnect is flagged, all or never, not %s",
             session->name, text);
    return false;
}

static uint32_t count_read(const bj_config_t *item, const char *path, uint32_t or_else) {
    return (uint32_t)bj_config_int_or(item, path, 1, BJ_BUCKET_MAX, or_else);
}

static bool throttle_read(const bj_config_t *item, bj_gateway_session_config_t *session) {
    static const char *needs_rate[] = {"burst", "cancel_rate_per_s", "cancel_burst", "warn_pct",
                                       "cut_refusals"};
    bj_gateway_throttle_t *throttle = &session->throttle;
    throttle->rate_per_s = count_read(item, "rate_per_s", 0);
    for (size_t i = 0; !throttle->rate_per_s && i < BJ_COUNT(needs_rate); i++) {
        if (bj_config_int_or(item, needs_rate[i], 0, INT32_MAX, -1) == -1) continue;
        BJ_ERROR("gateway.sessions: %s: %s needs a rate_per_s", session->name, needs_rate[i]);
        return false;
    }
    if (!throttle->rate_per_s) return true;
    throttle->burst = count_read(item, "burst", throttle->rate_per_s);
    throttle->cancel_rate_per_s = count_read(item, "cancel_rate_per_s", throttle->rate_per_s);
    throttle->cancel_burst = count_read(item, "cancel_burst", throttle->burst);
    throttle->warn_pct = (uint32_t)bj_config_int_or(item, "warn_pct", 1, 100, WARN_PCT);
    throttle->cut_cnt = (uint32_t)bj_config_int_or(item, "cut_refusals", 0, INT32_MAX, CUT_CNT);
    return true;
}

bool bj_session_config_read(const bj_config_t *item, bj_gateway_session_config_t *session) {
    *session = (bj_gateway_session_config_t){
        .id = (uint16_t)bj_config_int(item, "id", 1, BJ_GATEWAY_SESSION_ID_MAX),
        .clear = bj_config_bool_or(item, "clear", false)};
    bool admin = bj_config_bool_or(item, "admin", false);
    key_read(item, session);
    return name_read(item, session) && rights_read(item, admin, session) &&
           accounts_read(item, admin, session) && sources_read(item, session) &&
           disconnect_read(item, session) && throttle_read(item, session);
}
