#include "controlplane/control/bj_settings.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include "controlplane/identity/bj_identity_repo.h"

bool bj_settings_simulated(const bj_config_t *config) {
    return bj_config_bool_or(config, "simulated", false);
}

/* --- whom it talks to */

enum { BARE = 1, CLEAR_HERE = 2, LOGIN = 4 };

/* BARE: no path, query or fragment; CLEAR_HERE: http to this machine only; LOGIN: may hold one. */
static const struct address {
    const char *path, *schemes, *may;
    unsigned rules;
} addresses[] = {
    {"web.origin", "https", "https://HOST or https://HOST:PORT", BARE},
    {"web.edge_url", "wss", "wss://HOST:PORT/", 0},
    {"apps.url", "https", "https://HOST:PORT", BARE},
    {"mail.smtp_url", "smtp smtps", "smtp://HOST:PORT or smtps://HOST:PORT", 0},
    {"sms.url", "https http", "https://HOST/PATH, or http:// to 127.0.0.1", CLEAR_HERE},
    {"keys.vault.url", "https", "https://HOST:PORT", BARE},
    {"nats.url", "nats tls", "nats://HOST:PORT or tls://HOST:PORT", BARE | LOGIN},
};

typedef struct parts {
    CURLU *url;
    char *scheme, *host, *path, *user, *query, *fragment;
} parts_t;

static void parts_free(parts_t *parts) {
    char *const texts[] = {parts->scheme, parts->host,  parts->path,
                           parts->user,   parts->query, parts->fragment};
    for (size_t i = 0; i < BJ_COUNT(texts); i++)
        curl_free(texts[i]);
    curl_url_cleanup(parts->url);
}

static bool parts_of(const char *text, parts_t *parts) {
    *parts = (parts_t){.url = curl_url()};
    if (!parts->url ||
        curl_url_set(parts->url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        return false;
    }
    (void)curl_url_get(parts->url, CURLUPART_USER, &parts->user, 0);
    (void)curl_url_get(parts->url, CURLUPART_QUERY, &parts->query, 0);
    (void)curl_url_get(parts->url, CURLUPART_FRAGMENT, &parts->fragment, 0);
    return curl_url_get(parts->url, CURLUPART_SCHEME, &parts->scheme, 0) == CURLUE_OK &&
           curl_url_get(parts->url, CURLUPART_HOST, &parts->host, 0) == CURLUE_OK &&
           curl_url_get(parts->url, CURLUPART_PATH, &parts->path, 0) == CURLUE_OK;
}

static bool is_word_of(const char *word, const char *words) {
    size_t n = strlen(word);
    const char *at = strstr(words, word);
    for (; at; at = strstr(at + 1, word)) {
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) return true;
    }
    return false;
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), end_n = strlen(end);
    return n >= end_n && strcmp(text + n - end_n, end) == 0;
}

static bool is_here(const char *host) {
    return strcmp(host, "localhost") == 0 || ends_with(host, ".localhost") ||
           strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

/* No machine to talk to: nowhere, everybody, many, or the link's own (where clouds answer with
 * a machine's credentials: 169.254.169.254). */
static bool host_meant(const char *host) {
    uint8_t v4[4], v6[16];
    char bare[64];
    size_t n = strlen(host);
    if (n == 0) return false;
    if (strcmp(host, "[::1]") == 0) return true;
    if (inet_pton(AF_INET, host, v4) == 1) {
        return v4[0] != 0 && v4[0] < 224 && !(v4[0] == 169 && v4[1] == 254);
    }
    if (host[0] != '[') return strspn(host, "0123456789.") != n; /* 2852039166 is an address too */
    if (n >= sizeof bare) return false;
    snprintf(bare, sizeof bare, "%.*s", (int)n - 2, host + 1);
    static const uint8_t nowhere[16];
    return inet_pton(AF_INET6, bare, v6) == 1 && memcmp(v6, nowhere, sizeof v6) != 0 &&
           v6[0] != 0xFF && !(v6[0] == 0xFE && (v6[1] & 0xC0) == 0x80) &&
           memcmp(v6, nowhere, 10) != 0;
}

static bool is_bare(const parts_t *parts) {
    return strcmp(parts->path, "/") == 0 && !parts->query && !parts->fragment;
}

static bool address_good(const struct address *address, const char *text) {
    parts_t parts;
    bool ok = parts_of(text, &parts) && is_word_of(parts.scheme, address->schemes) &&
              host_meant(parts.host) && (!(address->rules & BARE) || is_bare(&parts)) &&
              (!parts.user || address->rules & LOGIN) &&
              (!(address->rules & CLEAR_HERE) || strcmp(parts.scheme, "http") != 0 ||
               is_here(parts.host));
    parts_free(&parts);
    return ok;
}

static bool addresses_good(const bj_config_t *config, char error[BJ_SETTINGS_ERROR_BYTES]) {
    for (size_t i = 0; i < BJ_COUNT(addresses); i++) {
        const char *text = bj_config_str_or(config, addresses[i].path, "");
        if (!*text || address_good(&addresses[i], text)) continue;
        snprintf(error, BJ_SETTINGS_ERROR_BYTES, "%s must be %s", addresses[i].path,
                 addresses[i].may);
        return false;
    }
    const char *redis = bj_config_str_or(config, "redis.socket", "/");
    const char *postgres = bj_config_str_or(config, "postgres.control", "host=/");
    bool far = !strstr(postgres, "host=/") && !strstr(postgres, "sslmode=verify-full");
    if (*redis == '/' && !far) return true;
    snprintf(error, BJ_SETTINGS_ERROR_BYTES, "%s",
             far ? "postgres.control must be host=/FOLDER of a socket, or have sslmode=verify-full"
                 : "redis.socket must be a socket's whole path");
    return false;
}

/* --- nothing of the development world */

typedef enum is { IS_THERE, IS_TEXT, IS_HERE, HAS, ENDS } is_t;

static const struct rule {
    const char *path;
    is_t is;
    const char *value, *why;
} rules[] = {
    {"exchange", IS_THERE, "", "the simulated exchange's"},
    {"maker", IS_THERE, "", "the simulated market maker's"},
    {"mail.dir", HAS, "/", "the stand-in's for mail"},
    {"sms.url", IS_HERE, "", "a stand-in's for text messages"},
    {"mail.from", ENDS, ".localhost", "a name of one machine only"},
    {"web.origin", IS_HERE, "", "a name of one machine only"},
    {"web.edge_url", IS_HERE, "", "a name of one machine only"},
    {"apps.url", IS_HERE, "", "a name of one machine only"},
    {"universe_csv", HAS, "/sim/", "made-up instruments"},
    {"identity.demand.client", IS_TEXT, "none", "a log-in without a second factor"},
    {"identity.demand.staff", IS_TEXT, "none", "a log-in without a second factor"},
};

static bool text_is_here(const char *text) {
    parts_t parts;
    bool here = parts_of(text, &parts) && is_here(parts.host);
    parts_free(&parts);
    return here;
}

static bool holds(const bj_config_t *config, const struct rule *rule) {
    if (rule->is == IS_THERE) return !bj_config_only(config, rule->path, NULL, 0);
    const char *text = bj_config_str_or(config, rule->path, "");
    switch (rule->is) {
    case IS_TEXT:
        return strcmp(text, rule->value) == 0;
    case IS_HERE:
        return *text && text_is_here(text);
    case HAS:
        return strstr(text, rule->value) != NULL;
    case ENDS:
        return ends_with(text, rule->value);
    case IS_THERE:
        break;
    }
    return false;
}

bool bj_settings_good(const bj_config_t *config, char error[BJ_SETTINGS_ERROR_BYTES]) {
    if (!addresses_good(config, error)) return false;
    if (bj_settings_simulated(config)) return true;
    for (size_t i = 0; i < BJ_COUNT(rules); i++) {
        if (!holds(config, &rules[i])) continue;
        snprintf(error, BJ_SETTINGS_ERROR_BYTES,
                 "%s is of the development world (%s): take it away, or say \"simulated\": true",
                 rules[i].path, rules[i].why);
        return false;
    }
    return true;
}

/* deploy/dev/up makes these. */
static const char *const demo_emails[] = {"client@bijli.localhost", "dealer@bijli.localhost",
                                          "compliance@bijli.localhost", "admin@bijli.localhost"};

bj_status_t bj_settings_demo(bj_db_pool_t *db, bj_keys_t *keys, const char **email) {
    bj_user_t user;
    *email = NULL;
    for (size_t i = 0; i < BJ_COUNT(demo_emails); i++) {
        bj_status_t status = bj_user_by_email(db, keys, demo_emails[i], &user);
        if (status != BJ_OK && status != BJ_ERR_NOT_FOUND) return status;
        if (status != BJ_OK || user.suspended) continue;
        *email = demo_emails[i];
        break;
    }
    return BJ_OK;
}
