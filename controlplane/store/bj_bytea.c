#include "controlplane/store/bj_bytea.h"

#include <stdlib.h>

const char *bj_bytea_write(const uint8_t *data, size_t data_bytes, char *out) {
    memcpy(out, "\\x", 3);
    for (size_t i = 0; i < data_bytes; i++) {
        out[2 + 2 * i] = "0123456789abcdef"[data[i] >> 4];
        out[3 + 2 * i] = "0123456789abcdef"[data[i] & 15];
        out[4 + 2 * i] = '\0';
    }
    return out;
}

bj_bytea_text_t bj_bytea(const uint8_t *data, size_t data_bytes) {
    bj_bytea_text_t out;
    if (data_bytes > BJ_BYTEA_MAX_BYTES) abort();
    bj_bytea_write(data, data_bytes, out.text);
    return out;
}

static int nibble(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool bj_bytea_get(const bj_db_result_t *rows, size_t row, size_t col, uint8_t *out,
                  size_t out_bytes, size_t *data_bytes) {
    const char *text = bj_db_get_ref(rows, row, col);
    if (!text || text[0] != '\\' || text[1] != 'x') return false;
    size_t digit_cnt = strlen(text += 2);
    if (digit_cnt % 2 || digit_cnt / 2 > out_bytes) return false;
    for (size_t i = 0; i < digit_cnt / 2; i++) {
        int hi = nibble(text[2 * i]), lo = nibble(text[2 * i + 1]);
        if (hi < 0 || lo < 0) return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    *data_bytes = digit_cnt / 2;
    return true;
}
