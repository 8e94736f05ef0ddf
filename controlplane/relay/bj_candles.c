#include "controlplane/relay/bj_candles.h"

static bj_candle_t *find(bj_candles_t *candles, uint32_t instrument_idx, int64_t start_ns) {
    uint32_t at = candles->last[instrument_idx];
    while (at && candles->bars[at - 1].start_ns != start_ns) at = candles->bars[at - 1].before;
    return at ? &candles->bars[at - 1] : NULL;
}

static bj_candle_t *begin(bj_candles_t *candles, uint32_t instrument_idx, int64_t start_ns) {
    if (candles->bar_cnt == BJ_CANDLES_MAX) return NULL;
    bj_candle_t *bar = &candles->bars[candles->bar_cnt++];
    *bar = (bj_candle_t){.start_ns = start_ns, .before = candles->last[instrument_idx]};
    candles->last[instrument_idx] = (uint32_t)candles->bar_cnt;
    return bar;
}

void bj_candles_trade(bj_candles_t *candles, uint32_t instrument_idx, uint32_t token,
                      int64_t time_ns, int32_t price_paise, int32_t qty) {
    if (instrument_idx >= BJ_CANDLES_INSTRUMENTS_MAX || time_ns <= 0) return;
    if (price_paise <= 0 || qty <= 0) return;
    int64_t start_ns = time_ns - time_ns % BJ_CANDLE_NS;
    bj_candle_t *bar = find(candles, instrument_idx, start_ns);
    if (!bar) {
        bar = begin(candles, instrument_idx, start_ns);
        if (!bar) {
            candles->dropped_cnt++;
            return;
        }
        bar->token = token;
        bar->open_paise = bar->high_paise = bar->low_paise = price_paise;
    }
    if (price_paise > bar->high_paise) bar->high_paise = price_paise;
    if (price_paise < bar->low_paise) bar->low_paise = price_paise;
    bar->close_paise = price_paise;
    bar->volume_qty += qty;
}

void bj_candles_clear(bj_candles_t *candles) {
    candles->bar_cnt = 0;
    memset(candles->last, 0, sizeof candles->last);
}
