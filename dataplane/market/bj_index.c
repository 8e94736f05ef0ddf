#include "dataplane/market/bj_index_priv.h"

#include <errno.h>
#include <stdlib.h>
#include "dataplane/base/bj_shm.h"

enum { BP2 = BJ_INDEX_BP_ONE * BJ_INDEX_BP_ONE };

/* --- what may be an index */
static int64_t weight_of(const bj_index_part_t *part) {
    return part->shares * part->float_bp * part->cap_bp;
}

static const char *part_check(const bj_index_part_t *part, uint32_t instrument_cnt) {
    if (part->instrument_idx >= instrument_cnt) return "a constituent is no instrument";
    if (part->prev_close_paise < 1) return "a constituent's previous close is not above 0";
    if (part->shares < 1 || part->shares > BJ_INDEX_SHARES_MAX)
        return "shares must be in [1, 90000000000]";
    if (part->float_bp < 1 || part->float_bp > BJ_INDEX_BP_ONE)
        return "float_bp must be in [1, 10000]";
    if (part->cap_bp < 1 || part->cap_bp > BJ_INDEX_BP_ONE) return "cap_bp must be in [1, 10000]";
    return NULL;
}

static void scale_of(const bj_index_def_t *def, int64_t *mul, bj_int128_t *div) {
    bj_int128_t cap = 0;
    for (uint32_t i = 0; i < def->part_cnt; i++)
        cap += (bj_int128_t)def->parts[i].prev_close_paise * weight_of(&def->parts[i]);
    *mul = def->divisor_paise ? 100 : def->base_value_x100;
    *div = def->divisor_paise    ? (bj_int128_t)def->divisor_paise * BP2
           : def->base_cap_paise ? (bj_int128_t)def->base_cap_paise * BP2
                                 : cap;
}

/* With every price at its highest the sum times mul must fit 127 bits, the value 63. */
static bool fits(const bj_index_def_t *def) {
    bj_int128_t weights = 0, most, div;
    int64_t mul;
    for (uint32_t i = 0; i < def->part_cnt; i++) weights += weight_of(&def->parts[i]);
    scale_of(def, &mul, &div);
    if (__builtin_mul_overflow(weights, (bj_int128_t)INT32_MAX * mul, &most)) return false;
    return !__builtin_add_overflow(most, div, &most) && most / div < INT64_MAX;
}

static const char *outside_check(const bj_index_def_t *def) {
    if (!memchr(def->outside_name, 0, sizeof def->outside_name))
        return "its name in the broadcast must have 1 to 31 bytes";
    if (def->part_cnt || def->base_value_x100 || def->base_cap_paise || def->divisor_paise)
        return "an index of the broadcast has no base, no divisor and no constituents";
    return NULL;
}

const char *bj_index_def_check(const bj_index_def_t *def, uint32_t instrument_cnt) {
    if (!def->name[0] || !memchr(def->name, 0, sizeof def->name))
        return "name must have 1 to 31 bytes";
    if (def->outside_name[0]) return outside_check(def);
    if (def->part_cnt < 1 || def->part_cnt > BJ_INDEX_PARTS_MAX)
        return "constituents must be 1 to 1024";
    bool by_base = def->base_value_x100 >= 1 && def->base_value_x100 <= BJ_INDEX_BASE_MAX &&
                   def->base_cap_paise >= 0 && def->divisor_paise == 0;
    bool by_divisor =
        def->base_value_x100 == 0 && def->base_cap_paise == 0 && def->divisor_paise >= 1;
    if (!by_base && !by_divisor)
        return "base_value_x100 must be in [1, 1000000000] and base_cap_paise not below 0, or "
               "divisor_paise alone be above 0";
    for (uint32_t i = 0; i < def->part_cnt; i++) {
        const char *wrong = part_check(&def->parts[i], instrument_cnt);
        if (wrong) return wrong;
        for (uint32_t j = 0; j < i; j++)
            if (def->parts[i].instrument_idx == def->parts[j].instrument_idx)
                return "a constituent is there twice";
    }
    return fits(def) ? NULL : "the weights are too large for the divisor";
}

/* --- the writer */
static int64_t value_of(const bj_index_sum_t *sum) {
    return (int64_t)((sum->cap * sum->mul + sum->div / 2) / sum->div);
}

/* Uses sorted by instrument: counted, summed up, filled. */
static bool uses_new(bj_indices_t *indices, const bj_index_def_t *defs, uint32_t instrument_cnt) {
    uint32_t cnt = 0;
    indices->first = calloc(instrument_cnt + 2, sizeof *indices->first);
    if (!indices->first) return false;
    for (uint32_t i = 0; i < indices->index_cnt; i++) {
        for (uint32_t j = 0; j < defs[i].part_cnt; j++, cnt++)
            indices->first[defs[i].parts[j].instrument_idx + 2]++;
    }
    for (uint32_t i = 2; i <= instrument_cnt + 1; i++) indices->first[i] += indices->first[i - 1];
    indices->use = calloc(cnt + 1, sizeof *indices->use);
    if (!indices->use) return false;
    for (uint32_t i = 0; i < indices->index_cnt; i++) {
        for (uint32_t j = 0; j < defs[i].part_cnt; j++) {
            const bj_index_part_t *part = &defs[i].parts[j];
            bj_index_use_t *use = &indices->use[indices->first[part->instrument_idx + 1]++];
            *use = (bj_index_use_t){.index_idx = i, .last_paise = part->prev_close_paise,
                                    .weight = weight_of(part)};
            indices->sum[i].cap += (bj_int128_t)part->prev_close_paise * use->weight;
        }
    }
    return true;
}

static void row_new(bj_indices_t *indices, const bj_index_def_t *def, uint32_t idx) {
    bj_index_sum_t *sum = &indices->sum[idx];
    bj_index_row_t *row = &indices->row[idx];
    memcpy(row->name, def->name, sizeof row->name);
    bj_index_outside_new(indices, def, idx);
    if (def->outside_name[0]) return;
    scale_of(def, &sum->mul, &sum->div);
    row->part_cnt = def->part_cnt;
    row->value_x100 = row->prev_close_x100 = value_of(sum);
}

static bool map_new(bj_indices_t *indices, const char *file, uint64_t ring_depth,
                    int64_t market_start_ns) {
    indices->header = bj_shm_create(file, bj_index_bytes(indices->index_cnt, ring_depth));
    if (!indices->header) return false;
    indices->header->layout_version = BJ_INDEX_VERSION;
    indices->header->index_cnt = indices->index_cnt;
    indices->header->ring_depth = ring_depth;
    indices->header->start_ns = market_start_ns;
    indices->row = bj_index_rows(indices->header);
    indices->ring = bj_index_ring(indices->header);
    return true;
}

bj_indices_t *bj_indices_create(const char *file, const bj_index_def_t *defs, uint32_t index_cnt,
                                uint32_t instrument_cnt, uint64_t ring_depth, int64_t interval_ns,
                                int64_t market_start_ns) {
    bool ok = bj_index_bytes(index_cnt, ring_depth) && instrument_cnt && interval_ns >= 0;
    for (uint32_t i = 0; ok && i < index_cnt; i++)
        ok = bj_index_def_check(&defs[i], instrument_cnt) == NULL;
    errno = EINVAL;
    bj_indices_t *indices = ok ? calloc(1, sizeof *indices) : NULL;
    if (!indices) return NULL;
    indices->index_cnt = index_cnt;
    indices->interval_ns = interval_ns;
    size_t sum_bytes = (index_cnt + 1) * sizeof *indices->sum;
    indices->sum = aligned_alloc(alignof(bj_index_sum_t), sum_bytes);
    if (indices->sum) memset(indices->sum, 0, sum_bytes);
    indices->outside = calloc(index_cnt + 1, sizeof *indices->outside);
    if (!indices->sum || !indices->outside || !uses_new(indices, defs, instrument_cnt) ||
        !map_new(indices, file, ring_depth, market_start_ns)) {
        bj_indices_destroy(indices);
        return NULL;
    }
    for (uint32_t i = 0; i < index_cnt; i++) row_new(indices, &defs[i], i);
    __atomic_store_n(&indices->header->magic, BJ_INDEX_MAGIC, __ATOMIC_RELEASE);
    return indices;
}

void bj_indices_destroy(bj_indices_t *indices) {
    if (!indices) return;
    if (indices->header)
        bj_shm_close(indices->header,
                     bj_index_bytes(indices->index_cnt, indices->header->ring_depth));
    free(indices->first);
    free(indices->use);
    free(indices->sum);
    free(indices->outside);
    free(indices);
}

void bj_indices_stale(bj_indices_t *indices, uint32_t instrument_idx, bool stale) {
    uint32_t end = indices->first[instrument_idx + 1];
    for (uint32_t i = indices->first[instrument_idx]; i < end; i++) {
        bj_index_use_t *use = &indices->use[i];
        bj_index_sum_t *sum = &indices->sum[use->index_idx];
        if (use->stale == stale) continue;
        use->stale = stale;
        sum->stale_cnt = stale ? sum->stale_cnt + 1 : sum->stale_cnt - 1;
        bj_indices_mark(indices, sum);
    }
}

static void fill(const bj_index_sum_t *sum, bj_index_row_t *row, int64_t now_ns) {
    int64_t value = value_of(sum);
    row->value_x100 = value;
    bj_index_set_change(row);
    if (sum->traded_cnt) {
        if (!row->traded_cnt) row->open_x100 = row->high_x100 = row->low_x100 = value;
        if (value > row->high_x100) row->high_x100 = value;
        if (value < row->low_x100) row->low_x100 = value;
        row->exch_ns = now_ns;
    }
    row->traded_cnt = sum->traded_cnt;
    row->stale_cnt = sum->stale_cnt;
    row->flags = sum->stale_cnt ? BJ_INDEX_STALE : 0;
    row->update_cnt++;
}

static void publish(bj_indices_t *indices, uint32_t idx, int64_t now_ns) {
    bj_index_row_t *row = &indices->row[idx], fresh = *row;
    if (indices->outside[idx].name[0]) bj_index_outside_fill(&indices->outside[idx], &fresh);
    else fill(&indices->sum[idx], &fresh, now_ns);
    __atomic_store_n(&row->version, fresh.version + 1, __ATOMIC_RELAXED);
    for (size_t i = 1; i < sizeof fresh / sizeof(uint64_t); i++)
        bj_word_store(row, i, ((const uint64_t *)&fresh)[i]);
    __atomic_store_n(&row->version, fresh.version + 2, __ATOMIC_RELEASE);
    bj_index_tick_t tick = {.exch_ns = fresh.exch_ns, .index_idx = idx, .flags = fresh.flags,
                            .value_x100 = fresh.value_x100, .change_x100 = fresh.change_x100};
    bj_share_put(indices->ring, indices->header->ring_depth, &indices->header->last_seq,
                 indices->header->last_seq + 1, &tick);
}

uint32_t bj_indices_step(bj_indices_t *indices, int64_t now_ns) {
    uint32_t done = 0;
    if (BJ_LIKELY(!indices->dirty_cnt)) return 0;
    for (uint32_t i = 0; i < indices->index_cnt; i++) {
        bj_index_sum_t *sum = &indices->sum[i];
        bool set_back = now_ns < sum->due_ns - indices->interval_ns; /* the clock */
        if (!sum->dirty || (now_ns < sum->due_ns && !set_back)) continue;
        sum->due_ns = now_ns + indices->interval_ns;
        sum->dirty = false;
        indices->dirty_cnt--;
        publish(indices, i, now_ns);
        done++;
    }
    return done;
}
