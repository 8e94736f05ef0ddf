#ifndef BJ_CELL_H
#define BJ_CELL_H

/* bj_cell - a text in a sealed column (bytea): two bytes of the key's number, highest first, then
 * what bj_seal.h says.  SQL's sealed_by (sql/0012) reads the number.
 *
 * Binding  "TABLE.COLUMN ROW": a cell copied to another row or column does not open.
 * Errors   bj_keys's.  BJ_ERR_BAD_FIELD: too long for a cell, or for out. */
#include "controlplane/keys/bj_keys.h"
#include "controlplane/store/bj_bytea.h"

typedef bj_bytea_text_t bj_cell_t; /* .text: as PostgreSQL reads it */

BJ_MUST_USE bj_status_t bj_cell_close(bj_keys_t *keys, bj_keys_category_t category,
                                      const char *column, uint64_t row_id, const char *text,
                                      bj_cell_t *out);
/* BJ_ERR_NOT_FOUND: the cell is NULL, or there is no such key. */
BJ_MUST_USE bj_status_t bj_cell_open(bj_keys_t *keys, bj_keys_category_t category,
                                     const char *column, uint64_t row_id,
                                     const bj_db_result_t *rows, size_t row, size_t col, char *out,
                                     size_t out_bytes);

#endif /* BJ_CELL_H */
