#ifndef BJ_INDEX_PRIV_H
#define BJ_INDEX_PRIV_H

/* bj_index_priv - the file's shape, for its writer and its reader: header, rows, ring; and what the
 * writer's two files share. */
#include "dataplane/market/bj_index.h"

#define BJ_INDEX_RING_MAX (UINT64_C(1) << 24)

/* 0: a shape is not allowed. */
static inline size_t bj_index_bytes(uint64_t index_cnt, uint64_t ring_depth) {
    bool ok = index_cnt <= BJ_INDEX_MAX && ring_depth >= 2 && ring_depth <= BJ_INDEX_RING_MAX &&
              (ring_depth & (ring_depth - 1)) == 0;
    return ok ? sizeof(bj_index_header_t) + index_cnt * sizeof(bj_index_row_t) +
                    ring_depth * sizeof(bj_share_record_t)
              : 0;
}
static inline bj_index_row_t *bj_index_rows(const bj_index_header_t *header) {
    return (bj_index_row_t *)(uintptr_t)(header + 1);
}
static inline bj_share_record_t *bj_index_ring(const bj_index_header_t *header) {
    return (bj_share_record_t *)(bj_index_rows(header) + header->index_cnt);
}

static inline void bj_index_set_change(bj_index_row_t *row) {
    row->change_x100 = row->value_x100 - row->prev_close_x100;
    row->change_bp = row->prev_close_x100 ? (int64_t)((bj_int128_t)row->change_x100 *
                                                      BJ_INDEX_BP_ONE / row->prev_close_x100)
                                          : 0;
}

/* --- bj_index_outside.c */
void bj_index_outside_new(bj_indices_t *indices, const bj_index_def_t *def, uint32_t idx);
void bj_index_outside_fill(const bj_index_outside_t *value, bj_index_row_t *row);

#endif /* BJ_INDEX_PRIV_H */
