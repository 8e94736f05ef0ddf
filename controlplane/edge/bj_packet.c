#include "controlplane/edge/bj_packet.h"

#include "dataplane/base/bj_time.h"

static void put16(uint8_t *at, uint32_t value) {
    if (value > INT16_MAX) value = INT16_MAX;
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, int64_t value) {
    if (value < 0) value = 0;
    if (value > INT32_MAX) value = INT32_MAX;
    at[0] = (uint8_t)(value >> 24);
    at[1] = (uint8_t)(value >> 16);
    at[2] = (uint8_t)(value >> 8);
    at[3] = (uint8_t)value;
}

static void put_levels(uint8_t *at, const bj_quote_level_t *levels) {
    for (size_t i = 0; i < BJ_QUOTE_LEVELS; i++, at += 12) {
        put32(at, levels[i].qty);
        put32(at + 4, levels[i].price_paise);
        put16(at + 8, levels[i].order_cnt);
        put16(at + 10, 0);
    }
}

void bj_packet_full(const bj_quote_t *quote, uint8_t out[BJ_PACKET_FULL]) {
    put32(out, bj_packet_token(quote->token));
    put32(out + 4, quote->last_price_paise);
    put32(out + 8, quote->last_qty);
    put32(out + 12, quote->average_paise);
    put32(out + 16, quote->volume_qty);
    put32(out + 20, quote->total_buy_qty);
    put32(out + 24, quote->total_sell_qty);
    put32(out + 28, quote->open_paise);
    put32(out + 32, quote->high_paise);
    put32(out + 36, quote->low_paise);
    put32(out + 40, quote->prev_close_paise);
    put32(out + 44, quote->last_trade_ns / BJ_NS_PER_S);
    memset(out + 48, 0, 12); /* open interest, and its day's high and low: shares have none */
    put32(out + 60, quote->exch_ns / BJ_NS_PER_S);
    put_levels(out + 64, quote->bid);
    put_levels(out + 124, quote->ask);
}
