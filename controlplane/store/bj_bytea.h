#ifndef BJ_BYTEA_H
#define BJ_BYTEA_H

/* bj_bytea - bytes as PostgreSQL writes and reads them ("\x00ff").
 * Use as bj_bytea(hash, 32).text inside the call: it lives until the call has returned. */
#include "controlplane/store/bj_db.h"

enum { BJ_BYTEA_MAX_BYTES = 384 };
#define BJ_BYTEA_TEXT_BYTES(data_bytes) (2 + 2 * (data_bytes) + 1)

typedef struct bj_bytea_text {
    char text[BJ_BYTEA_TEXT_BYTES(BJ_BYTEA_MAX_BYTES)];
} bj_bytea_text_t;

bj_bytea_text_t bj_bytea(const uint8_t *data, size_t data_bytes); /* at most BJ_BYTEA_MAX_BYTES */

/* The same of any length; returns out, which holds BJ_BYTEA_TEXT_BYTES of them. */
const char *bj_bytea_write(const uint8_t *data, size_t data_bytes, char *out);

/* The bytes of a column.  False: NULL, or longer than out. */
BJ_MUST_USE bool bj_bytea_get(const bj_db_result_t *rows, size_t row, size_t col, uint8_t *out,
                              size_t out_bytes, size_t *data_bytes);

#endif /* BJ_BYTEA_H */
