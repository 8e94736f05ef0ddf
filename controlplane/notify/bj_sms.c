#include "controlplane/notify/bj_sms.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/notify/bj_outbox.h"
#include "dataplane/base/bj_log.h"

enum { SEND_TIMEOUT_MS = 10000, WORD_BYTES = 256, TOKEN_BYTES = 512, TEXT_BYTES = 256 };

struct bj_sms {
    char url[WORD_BYTES], token[TOKEN_BYTES], sender[WORD_BYTES], entity_id[WORD_BYTES];
    char template_id[BJ_SMS_KIND_CNT][WORD_BYTES];
    bj_sms_config_t config; /* the same, as bj_sms_format wants it */
    bj_outbox_t *outbox;
};

static const struct {
    const char *name, *text;
} kinds[BJ_SMS_KIND_CNT] = {
#define X(kind, name, text) [BJ_SMS_##kind] = {name, text},
    BJ_SMS_LIST(X)
#undef X
};

const char *bj_sms_kind_name(bj_sms_kind_t kind) {
    return kinds[kind].name;
}

/* The one %s of a text, if it has one; no other format is in any. */
static bool fill(bj_sms_kind_t kind, const char *variable, char out[TEXT_BYTES]) {
    const char *text = kinds[kind].text, *slot = strstr(text, "%s");
    size_t before = slot ? (size_t)(slot - text) : strlen(text);
    int n = snprintf(out, TEXT_BYTES, "%.*s%s%s", (int)before, text, slot ? variable : "",
                     slot ? slot + 2 : "");
    return n > 0 && n < TEXT_BYTES;
}

size_t bj_sms_format(char *out, size_t out_bytes, const bj_sms_config_t *config, bj_sms_kind_t kind,
                     const char *to, const char *variable) {
    char text[TEXT_BYTES];
    if (!fill(kind, variable, text)) return 0;
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "to", to, "text", text, "sender", config->sender,
                  "entity_id", config->entity_id, "template_id", config->template_id[kind]);
    explicit_bzero(text, sizeof text);
    size_t n = json ? json_dumpb(json, out, out_bytes, JSON_COMPACT) : 0;
    json_decref(json);
    return n < out_bytes ? n : 0;
}

static size_t ignore(char *data, size_t size, size_t cnt, void *ctx) {
    (void)data, (void)ctx;
    return size * cnt;
}

static struct curl_slist *headers(const bj_sms_t *sms) {
    char line[TOKEN_BYTES + 32];
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
    list = curl_slist_append(list, "Expect:"); /* no gateway is to be asked first */
    if (!sms->token[0]) return list;
    snprintf(line, sizeof line, "Authorization: Bearer %s", sms->token);
    list = curl_slist_append(list, line);
    explicit_bzero(line, sizeof line);
    return list;
}

static void options(CURL *curl, const bj_sms_t *sms, const char *data, size_t data_bytes,
                    struct curl_slist *list) {
    curl_easy_setopt(curl, CURLOPT_URL, sms->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https"); /* bj_sms_new says which */
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)data_bytes);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, data);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)SEND_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
}

/* 400, 422: about this message.  All others are about us, or will pass. */
static bj_outbox_answer_t answer_of(CURLcode rc, long code) {
    if (rc == CURLE_OK && code / 100 == 2) return BJ_OUTBOX_TAKEN;
    return rc == CURLE_OK && (code == 400 || code == 422) ? BJ_OUTBOX_NEVER : BJ_OUTBOX_LATER;
}

static bj_outbox_answer_t deliver(void *ctx, const char *to, const char *data, size_t data_bytes) {
    const bj_sms_t *sms = ctx;
    long code = 0;
    (void)to; /* it is in the data */
    CURL *curl = curl_easy_init();
    if (!curl) return BJ_OUTBOX_LATER;
    struct curl_slist *list = headers(sms);
    options(curl, sms, data, data_bytes, list);
    CURLcode rc = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    bj_outbox_answer_t answer = answer_of(rc, code);
    if (answer != BJ_OUTBOX_TAKEN) {
        BJ_WARN("a text message was not taken: %s, %ld", curl_easy_strerror(rc), code);
    }
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
    return answer;
}

static bool copy(char *out, size_t out_bytes, const char *text) {
    return (size_t)snprintf(out, out_bytes, "%s", text ? text : "") < out_bytes;
}

/* A code in clear goes no further than this machine. */
static bool url_good(const char *url) {
    static const char *const local[] = {"http://127.0.0.1:", "http://localhost:"};
    for (size_t i = 0; i < BJ_COUNT(local); i++) {
        if (strncmp(url, local[i], strlen(local[i])) == 0) return true;
    }
    return strncmp(url, "https://", 8) == 0;
}

static bool read_config(bj_sms_t *sms, const bj_sms_config_t *config) {
    bool ok = url_good(config->url) && copy(sms->url, sizeof sms->url, config->url) &&
              copy(sms->token, sizeof sms->token, config->token) &&
              copy(sms->sender, sizeof sms->sender, config->sender) &&
              copy(sms->entity_id, sizeof sms->entity_id, config->entity_id);
    sms->config = (bj_sms_config_t){.sender = sms->sender, .entity_id = sms->entity_id};
    for (int i = 0; i < BJ_SMS_KIND_CNT; i++) {
        ok = ok && copy(sms->template_id[i], WORD_BYTES, config->template_id[i]);
        sms->config.template_id[i] = sms->template_id[i];
    }
    return ok;
}

bj_sms_t *bj_sms_new(const bj_sms_config_t *config) {
    bj_sms_t *sms = calloc(1, sizeof *sms);
    if (!sms) return NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (read_config(sms, config)) sms->outbox = bj_outbox_new("text message", deliver, sms);
    if (sms->outbox) return sms;
    bj_sms_free(sms);
    return NULL;
}

void bj_sms_free(bj_sms_t *sms) {
    if (!sms) return;
    bj_outbox_free(sms->outbox);
    explicit_bzero(sms->token, sizeof sms->token);
    free(sms);
}

bool bj_sms_send(bj_sms_t *sms, bj_sms_kind_t kind, const char *to, const char *variable) {
    char body[BJ_SMS_BODY_BYTES];
    size_t body_bytes = bj_sms_format(body, sizeof body, &sms->config, kind, to, variable);
    bool ok = bj_outbox_put(sms->outbox, to, body, body_bytes);
    explicit_bzero(body, sizeof body);
    return ok;
}

int64_t bj_sms_failed_cnt(bj_sms_t *sms) {
    return bj_outbox_failed_cnt(sms->outbox);
}
