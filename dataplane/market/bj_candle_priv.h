#ifndef BJ_CANDLE_PRIV_H
#define BJ_CANDLE_PRIV_H

/* bj_candle_priv - the file's shape, for its writer and its reader: header, slots, ring. */
#include "dataplane/market/bj_candle.h"

enum { BJ_CANDLE_INSTRUMENT_MAX = 1 << 17 };
#define BJ_CANDLE_RING_MAX (UINT64_C(1) << 26)

/* 0: a shape is not allowed. */
static inline size_t bj_candle_bytes(uint64_t instrument_cnt, uint64_t ring_depth) {
    bool ok = instrument_cnt >= 1 && instrument_cnt <= BJ_CANDLE_INSTRUMENT_MAX &&
              ring_depth >= 2 && ring_depth <= BJ_CANDLE_RING_MAX &&
              (ring_depth & (ring_depth - 1)) == 0;
    return ok ? sizeof(bj_candle_header_t) + instrument_cnt * sizeof(bj_candle_slot_t) +
                    ring_depth * sizeof(bj_share_record_t)
              : 0;
}
static inline bj_candle_slot_t *bj_candle_slots(const bj_candle_header_t *header) {
    return (bj_candle_slot_t *)(uintptr_t)(header + 1);
}
static inline bj_share_record_t *bj_candle_ring(const bj_candle_header_t *header) {
    return (bj_share_record_t *)(bj_candle_slots(header) + header->instrument_cnt);
}

static inline bj_candle_t bj_candle_of(const bj_candle_slot_t *slot, uint32_t idx) {
    return (bj_candle_t){.start_ns = slot->start_ns,
                         .instrument_idx = idx,
                         .open_paise = slot->open_paise,
                         .high_paise = slot->high_paise,
                         .low_paise = slot->low_paise,
                         .close_paise = slot->close_paise,
                         .volume_qty = slot->volume_qty,
                         .value_paise = slot->value_paise,
                         .trade_cnt = slot->trade_cnt,
                         .revision = slot->revision,
                         .flags = slot->is_open ? BJ_CANDLE_OPEN : 0};
}

#endif /* BJ_CANDLE_PRIV_H */
