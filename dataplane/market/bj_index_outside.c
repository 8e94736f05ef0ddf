/* Indices whose values come from outside. */
#include "dataplane/base/bj_time.h"
#include "dataplane/market/bj_index_priv.h"

#define LATE_NS_MAX (60 * BJ_NS_PER_S)

void bj_index_outside_new(bj_indices_t *indices, const bj_index_def_t *def, uint32_t idx) {
    bj_index_outside_t *outside = &indices->outside[idx];
    if (!def->outside_name[0]) return;
    memcpy(outside->name, def->outside_name, sizeof outside->name);
    outside->segment = def->outside_segment;
    outside->stale = true;
    indices->row[idx].flags = BJ_INDEX_BROADCAST | BJ_INDEX_STALE;
}

void bj_index_outside_fill(const bj_index_outside_t *value, bj_index_row_t *row) {
    row->value_x100 = value->value_x100;
    row->open_x100 = value->open_x100;
    row->high_x100 = value->high_x100;
    row->low_x100 = value->low_x100;
    row->prev_close_x100 = value->prev_close_x100;
    bj_index_set_change(row);
    row->exch_ns = value->exch_ns;
    row->flags = BJ_INDEX_BROADCAST | (value->stale ? BJ_INDEX_STALE : 0);
    row->update_cnt++;
}

static bj_index_outside_t *find(bj_indices_t *indices, const bj_index_outside_t *value) {
    for (uint32_t i = 0; i < indices->index_cnt; i++) {
        bj_index_outside_t *outside = &indices->outside[i];
        if (!outside->name[0] || outside->segment != value->segment) continue;
        if (strncmp(outside->name, value->name, sizeof outside->name) == 0) return outside;
    }
    return NULL;
}

bool bj_indices_outside(bj_indices_t *indices, const bj_index_outside_t *value) {
    bj_index_outside_t *outside = find(indices, value);
    if (!outside) return false;
    int64_t behind_ns = outside->exch_ns - value->exch_ns;
    if (behind_ns > 0 && behind_ns <= LATE_NS_MAX) return false;
    *outside = *value;
    outside->stale = false;
    bj_indices_mark(indices, &indices->sum[outside - indices->outside]);
    return true;
}

void bj_indices_outside_stale(bj_indices_t *indices, uint32_t segment) {
    for (uint32_t i = 0; i < indices->index_cnt; i++) {
        bj_index_outside_t *outside = &indices->outside[i];
        if (!outside->name[0] || outside->segment != segment || outside->stale) continue;
        outside->stale = true;
        bj_indices_mark(indices, &indices->sum[i]);
    }
}
