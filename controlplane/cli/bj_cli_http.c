#include "controlplane/cli/bj_cli_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

enum { ANSWER_MAX = 16 << 20 };

typedef struct buffer {
    char  *data;
    size_t data_bytes;
} buffer_t;

static size_t on_data(char *data, size_t one, size_t cnt, void *ctx) {
    buffer_t *buffer = ctx;
    size_t n = one * cnt;
    if (buffer->data_bytes + n > ANSWER_MAX) return 0; /* curl reports a write error */
    char *grown = realloc(buffer->data, buffer->data_bytes + n);
    if (!grown) return 0;
    memcpy(grown + buffer->data_bytes, data, n);
    buffer->data = grown;
    buffer->data_bytes += n;
    return n;
}

static struct curl_slist *headers_of(const bj_config_t *config) {
    char token[128], line[192];
    bj_config_secret(config, "control.operator_token_file", token, sizeof token);
    snprintf(line, sizeof line, "Authorization: Bearer %s", token);
    struct curl_slist *headers = curl_slist_append(NULL, line);
    return curl_slist_append(headers, "Content-Type: application/json");
}

bj_status_t bj_cli_request(const bj_config_t *config, const char *method, const char *path,
                           json_t *body, long *http_code, json_t **answer) {
    char url[512];
    buffer_t buffer = {0};
    snprintf(url, sizeof url, "http://localhost/api/v1%s", path);
    char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;
    struct curl_slist *headers = headers_of(config);
    *answer = NULL;
    *http_code = 0;

    CURL *curl = curl_easy_init();
    if (!curl) return BJ_ERR_UNAVAILABLE;
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, bj_config_str(config, "control.socket"));
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*"); /* no proxy has a say */
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 8000L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &buffer);
    if (text) curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text);
    CURLcode sent = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http_code);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    free(text);

    if (sent == CURLE_OK) *answer = json_loadb(buffer.data, buffer.data_bytes, 0, NULL);
    free(buffer.data);
    return sent != CURLE_OK ? BJ_ERR_UNAVAILABLE : *answer ? BJ_OK : BJ_ERR_CORRUPT;
}
