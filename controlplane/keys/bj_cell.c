#include "controlplane/keys/bj_cell.h"

#include <inttypes.h>
#include <stdio.h>

enum { ID_BYTES = 2, WHAT_BYTES = 80 };
static_assert((int)ID_BYTES + (int)BJ_SEALED_MAX_BYTES <= (int)BJ_BYTEA_MAX_BYTES,
              "a cell is written at once");

static const char *bound(const char *column, uint64_t row_id, char out[WHAT_BYTES]) {
    snprintf(out, WHAT_BYTES, "%.48s %" PRIu64, column, row_id);
    return out;
}

bj_status_t bj_cell_close(bj_keys_t *keys, bj_keys_category_t category, const char *column,
                          uint64_t row_id, const char *text, bj_cell_t *out) {
    bj_sealed_t sealed;
    char what[WHAT_BYTES];
    uint8_t data[ID_BYTES + BJ_SEALED_MAX_BYTES];
    size_t text_bytes = strlen(text);
    if (text_bytes > BJ_SEAL_PLAIN_MAX_BYTES) return BJ_ERR_BAD_FIELD;
    bj_status_t status =
        bj_keys_close(keys, category, bound(column, row_id, what), text, text_bytes, &sealed);
    if (status != BJ_OK) return status;
    data[0] = (uint8_t)(sealed.key_id >> 8);
    data[1] = (uint8_t)sealed.key_id;
    memcpy(data + ID_BYTES, sealed.data, sealed.data_bytes);
    *out = bj_bytea(data, ID_BYTES + sealed.data_bytes);
    return BJ_OK;
}

bj_status_t bj_cell_open(bj_keys_t *keys, bj_keys_category_t category, const char *column,
                         uint64_t row_id, const bj_db_result_t *rows, size_t row, size_t col,
                         char *out, size_t out_bytes) {
    bj_sealed_t sealed;
    char what[WHAT_BYTES];
    uint8_t data[ID_BYTES + BJ_SEALED_MAX_BYTES];
    size_t data_bytes;
    if (bj_db_null(rows, row, col)) return BJ_ERR_NOT_FOUND;
    if (!bj_bytea_get(rows, row, col, data, sizeof data, &data_bytes) ||
        data_bytes < ID_BYTES + BJ_SEAL_MORE_BYTES) {
        return BJ_ERR_CORRUPT;
    }
    sealed.key_id = (uint16_t)(data[0] << 8 | data[1]);
    sealed.data_bytes = data_bytes - ID_BYTES;
    memcpy(sealed.data, data + ID_BYTES, sealed.data_bytes);
    size_t text_bytes = sealed.data_bytes - BJ_SEAL_MORE_BYTES;
    if (text_bytes >= out_bytes) return BJ_ERR_BAD_FIELD;
    bj_status_t status =
        bj_keys_open(keys, category, bound(column, row_id, what), &sealed, out, text_bytes);
    out[status == BJ_OK ? text_bytes : 0] = '\0';
    return status;
}
