/* Whatever Vault, or whoever is there in its place, answers: what is taken is a text that fits, and
 * what is taken for a wrapped key can stand in a row of data_keys. */
#include <stdio.h>
#include <stdlib.h>
#include "controlplane/keys/bj_vault.h"

static void check_text(const char *text) {
    uint8_t plain[8];
    if (bj_vault_formed(text)) {
        size_t text_bytes = strlen(text);
        if (strncmp(text, "vault:v", 7) != 0 || strpbrk(text, "'\"\\ \n\t")) abort();
        if (text_bytes >= BJ_WRAPPED_BYTES || !strchr(text + 7, ':')) abort();
    }
    /* 8 bytes are 12 characters of base64 */
    if (bj_base64_read(text, plain, sizeof plain) && strlen(text) != 12) abort();
}

static void check_answer(const char *body, size_t body_bytes) {
    char out[64];
    memset(out, 'x', sizeof out);
    bj_status_t status = bj_vault_read(200, body, body_bytes, "ciphertext", out, sizeof out);
    if (status != BJ_OK && status != BJ_ERR_CORRUPT) abort();
    if (status != BJ_OK) return;
    size_t out_bytes = strnlen(out, sizeof out);
    if (out_bytes == 0 || out_bytes == sizeof out) abort();
    check_text(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char text[600], body[640];
    check_answer((const char *)data, data_bytes);
    if (data_bytes >= sizeof text) return 0;
    memcpy(text, data, data_bytes);
    text[data_bytes] = '\0';
    check_text(text);
    int n = snprintf(body, sizeof body, "{\"data\":{\"ciphertext\":\"%s\"}}", text);
    if (n > 0 && (size_t)n < sizeof body) check_answer(body, (size_t)n);
    return 0;
}
