#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include "controlplane/keys/bj_vault.h"

static bj_status_t status_of(long http_code) {
    switch (http_code) {
    case 200:
        return BJ_OK;
    case 400:
    case 422:
        return BJ_ERR_CORRUPT;
    case 401:
    case 403:
        return BJ_ERR_DENIED;
    case 404:
        return BJ_ERR_NOT_FOUND;
    default:
        return BJ_ERR_UNAVAILABLE; /* 429, 472, 473, 500, 501, 503: not now */
    }
}

bj_status_t bj_vault_read(long http_code, const char *body, size_t body_bytes, const char *name,
                          char *out, size_t out_bytes) {
    bj_status_t status = status_of(http_code);
    if (status != BJ_OK) return status;
    json_t *json = json_loadb(body, body_bytes, JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(json_object_get(json, "data"), name));
    status = text && *text && strlen(text) < out_bytes ? BJ_OK : BJ_ERR_CORRUPT;
    if (status == BJ_OK) snprintf(out, out_bytes, "%s", text);
    json_decref(json);
    return status;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool base64_formed(const char *text) {
    size_t text_bytes = strlen(text), digit_cnt = strspn(text, digits);
    size_t pad_cnt = strspn(text + digit_cnt, "=");
    return text_bytes > 0 && text_bytes % 4 == 0 && pad_cnt <= 2 &&
           digit_cnt + pad_cnt == text_bytes;
}

bool bj_vault_formed(const char *wrapped) {
    size_t digit_cnt = strncmp(wrapped, "vault:v", 7) == 0 ? strspn(wrapped + 7, "0123456789") : 0;
    return digit_cnt > 0 && wrapped[7 + digit_cnt] == ':' && wrapped[7] != '0' &&
           strlen(wrapped) < BJ_WRAPPED_BYTES && base64_formed(wrapped + 8 + digit_cnt);
}

bool bj_base64_read(const char *text, uint8_t *out, size_t out_bytes) {
    uint8_t all[BJ_WRAPPED_BYTES];
    size_t text_bytes = strlen(text);
    if (!base64_formed(text) || text_bytes >= sizeof all) return false;
    size_t pad_cnt = text_bytes - strspn(text, digits);
    bool ok = text_bytes / 4 * 3 - pad_cnt == out_bytes &&
              EVP_DecodeBlock(all, (const uint8_t *)text, (int)text_bytes) >= 0;
    if (ok) memcpy(out, all, out_bytes);
    explicit_bzero(all, sizeof all);
    return ok;
}

void bj_base64_write(const void *data, size_t data_bytes, char *out) {
    EVP_EncodeBlock((uint8_t *)out, data, (int)data_bytes);
}
