#include "controlplane/identity/bj_base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const char *bj_base64url_write(const uint8_t *data, size_t data_bytes, char *out) {
    uint32_t bits = 0;
    unsigned bit_cnt = 0;
    char *at = out;
    for (size_t i = 0; i < data_bytes; i++) {
        bits = bits << 8 | data[i];
        for (bit_cnt += 8; bit_cnt >= 6; bit_cnt -= 6) {
            *at++ = alphabet[bits >> (bit_cnt - 6) & 63];
        }
    }
    if (bit_cnt) *at++ = alphabet[bits << (6 - bit_cnt) & 63];
    *at = '\0';
    return out;
}

bool bj_base64url_read(const char *text, uint8_t *out, size_t out_bytes, size_t *data_bytes) {
    uint32_t bits = 0;
    unsigned bit_cnt = 0;
    *data_bytes = 0;
    for (; *text; text++) {
        const char *digit = strchr(alphabet, *text);
        if (!digit) return false;
        bits = bits << 6 | (uint32_t)(digit - alphabet);
        if ((bit_cnt += 6) < 8) continue;
        bit_cnt -= 8;
        if (*data_bytes == out_bytes) return false;
        out[(*data_bytes)++] = (uint8_t)(bits >> bit_cnt);
    }
    /* Two texts of the same bytes would be two names of one thing. */
    return bit_cnt < 6 && (bits & ((1u << bit_cnt) - 1)) == 0;
}
