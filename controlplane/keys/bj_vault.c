#include "controlplane/keys/bj_vault.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"

enum { TEXT_BYTES = 256, TOKEN_BYTES = 1024, ANSWER_MAX_BYTES = 8192 };

struct bj_vault {
    char url[TEXT_BYTES], key[64], token_file[TEXT_BYTES], ca_file[TEXT_BYTES], name_space[64];
    int32_t timeout_ms;
};

typedef struct answer {
    size_t bytes;
    char body[ANSWER_MAX_BYTES];
} answer_t;

static bool copy(char *out, size_t out_bytes, const char *text) {
    return (size_t)snprintf(out, out_bytes, "%s", text ? text : "") < out_bytes;
}

bj_vault_t *bj_vault_new(const bj_vault_config_t *config) {
    bj_vault_t *vault = calloc(1, sizeof *vault);
    if (!vault) return NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    vault->timeout_ms = config->timeout_ms;
    /* A name that is safe in a path: what is left of it stands where the key's name stands. */
    bool named =
        config->key[0] && strspn(config->key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
                                              "RSTUVWXYZ0123456789-_") == strlen(config->key);
    if (named && strncmp(config->url, "https://", 8) == 0 &&
        copy(vault->url, sizeof vault->url, config->url) &&
        copy(vault->key, sizeof vault->key, config->key) &&
        copy(vault->token_file, sizeof vault->token_file, config->token_file) &&
        copy(vault->ca_file, sizeof vault->ca_file, config->ca_file) &&
        copy(vault->name_space, sizeof vault->name_space, config->name_space)) {
        return vault;
    }
    free(vault);
    return NULL;
}

void bj_vault_free(bj_vault_t *vault) {
    free(vault);
}

static size_t take(char *data, size_t size, size_t cnt, void *ctx) {
    answer_t *answer = ctx;
    size_t n = size * cnt;
    if (n > sizeof answer->body - answer->bytes) return 0; /* ends the transfer */
    memcpy(answer->body + answer->bytes, data, n);
    answer->bytes += n;
    return n;
}

static bool token_header(const bj_vault_t *vault, char *out, size_t out_bytes) {
    char token[TOKEN_BYTES] = "";
    FILE *file = fopen(vault->token_file, "re");
    bool ok = file && fgets(token, sizeof token, file);
    if (file) fclose(file);
    token[strcspn(token, "\r\n")] = '\0';
    ok = ok && token[0] && (size_t)snprintf(out, out_bytes, "X-Vault-Token: %s", token) < out_bytes;
    explicit_bzero(token, sizeof token);
    return ok;
}

static struct curl_slist *headers(const bj_vault_t *vault) {
    char line[TOKEN_BYTES + 32];
    struct curl_slist *list = NULL;
    if (token_header(vault, line, sizeof line)) list = curl_slist_append(list, line);
    explicit_bzero(line, sizeof line);
    if (list && vault->name_space[0]) {
        snprintf(line, sizeof line, "X-Vault-Namespace: %s", vault->name_space);
        list = curl_slist_append(list, line);
    }
    return list ? curl_slist_append(list, "Content-Type: application/json") : NULL;
}

static void headers_free(struct curl_slist *list) {
    if (list) explicit_bzero(list->data, strlen(list->data));
    curl_slist_free_all(list);
}

static void options(CURL *curl, const bj_vault_t *vault, const char *url, const char *body,
                    struct curl_slist *list, answer_t *answer) {
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (vault->ca_file[0]) curl_easy_setopt(curl, CURLOPT_CAINFO, vault->ca_file);
    curl_easy_setopt(curl, CURLOPT_PROXY, ""); /* to Vault itself, whatever the environment says */
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)vault->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
}

static bj_status_t transfer(const bj_vault_t *vault, const char *url, const char *body,
                            answer_t *answer, long *http_code) {
    CURL *curl = curl_easy_init();
    struct curl_slist *list = curl ? headers(vault) : NULL;
    bj_status_t status = curl && list ? BJ_OK : BJ_ERR_UNAVAILABLE;
    if (curl && !list) BJ_WARN("vault: the token's file holds none");
    if (status == BJ_OK) {
        options(curl, vault, url, body, list, answer);
        CURLcode rc = curl_easy_perform(curl);
        if (rc != CURLE_OK) BJ_WARN("vault: %s", curl_easy_strerror(rc));
        if (rc != CURLE_OK) status = BJ_ERR_UNAVAILABLE;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http_code);
    }
    headers_free(list);
    curl_easy_cleanup(curl);
    return status;
}

/* {"give": text} to /v1/transit/VERB/KEY; out: data.want of the answer. */
static bj_status_t ask(const bj_vault_t *vault, const char *verb, const char *give,
                       const char *text, const char *want, char *out, size_t out_bytes) {
    char url[TEXT_BYTES + 96];
    answer_t answer = {.bytes = 0};
    long http_code = 0;
    json_t *json = json_pack("{s:s}", give, text);
    char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
    snprintf(url, sizeof url, "%s/v1/transit/%s/%s", vault->url, verb, vault->key);
    bj_status_t status =
        body ? transfer(vault, url, body, &answer, &http_code) : BJ_ERR_UNAVAILABLE;
    if (status == BJ_OK) {
        status = bj_vault_read(http_code, answer.body, answer.bytes, want, out, out_bytes);
        if (status != BJ_OK) BJ_WARN("vault: %s: answered %ld", verb, http_code);
    }
    explicit_bzero(&answer, sizeof answer);
    if (body) explicit_bzero(body, strlen(body));
    free(body);
    json_decref(json);
    return status;
}

bj_status_t bj_vault_wrap(bj_vault_t *vault, const void *plain, size_t plain_bytes,
                          char out[BJ_WRAPPED_BYTES]) {
    char text[(BJ_WRAP_PLAIN_MAX_BYTES + 2) / 3 * 4 + 1];
    if (plain_bytes > BJ_WRAP_PLAIN_MAX_BYTES) return BJ_ERR_BAD_FIELD;
    bj_base64_write(plain, plain_bytes, text);
    bj_status_t status =
        ask(vault, "encrypt", "plaintext", text, "ciphertext", out, BJ_WRAPPED_BYTES);
    explicit_bzero(text, sizeof text);
    return status == BJ_OK && !bj_vault_formed(out) ? BJ_ERR_CORRUPT : status;
}

bj_status_t bj_vault_unwrap(bj_vault_t *vault, const char *wrapped, void *plain,
                            size_t plain_bytes) {
    char text[BJ_WRAPPED_BYTES];
    bj_status_t status =
        ask(vault, "decrypt", "ciphertext", wrapped, "plaintext", text, sizeof text);
    if (status == BJ_OK && !bj_base64_read(text, plain, plain_bytes)) status = BJ_ERR_CORRUPT;
    explicit_bzero(text, sizeof text);
    return status;
}

bj_status_t bj_vault_rewrap(bj_vault_t *vault, const char *wrapped, char out[BJ_WRAPPED_BYTES]) {
    bj_status_t status =
        ask(vault, "rewrap", "ciphertext", wrapped, "ciphertext", out, BJ_WRAPPED_BYTES);
    return status == BJ_OK && !bj_vault_formed(out) ? BJ_ERR_CORRUPT : status;
}
