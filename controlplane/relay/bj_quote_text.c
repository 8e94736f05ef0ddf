#include "controlplane/relay/bj_quote_text.h"

#include <inttypes.h>
#include <stdio.h>

#include "dataplane/base/bj_time.h"

static_assert((int)BJ_QUOTE_LEVELS <= (int)BJ_MARKET_LEVELS, "a row has the levels a quote wants");

static void copy_levels(const bj_market_level_t *from, bj_quote_level_t *to) {
    for (size_t i = 0; i < BJ_QUOTE_LEVELS; i++) {
        to[i] = (bj_quote_level_t){.price_paise = from[i].price_paise,
                                   .order_cnt = from[i].order_cnt, .qty = from[i].qty};
    }
}

void bj_quote_of_row(const bj_market_row_t *row, uint64_t update_cnt, uint32_t flags,
                     int64_t relay_ns, bj_quote_t *quote) {
    *quote = (bj_quote_t){
        .update_cnt = update_cnt, .exch_ns = row->exch_ns, .token = row->token, .flags = flags,
        .last_price_paise = row->last_price_paise, .last_qty = row->last_qty,
        .last_trade_ns = row->last_trade_ns, .open_paise = row->open_paise,
        .high_paise = row->high_paise, .low_paise = row->low_paise,
        .prev_close_paise = row->prev_close_paise, .average_paise = row->average_paise,
        .volume_qty = row->volume_qty, .total_buy_qty = row->total_buy_qty,
        .total_sell_qty = row->total_sell_qty, .relay_ns = relay_ns,
    };
    memcpy(quote->symbol, row->symbol, sizeof quote->symbol - 1); /* a share's fits */
    copy_levels(row->bid, quote->bid);
    copy_levels(row->ask, quote->ask);
}

static const char json_format[] =
    "{\"token\":%u,\"symbol\":\"%.15s\",\"last_paise\":%d,\"last_qty\":%d,\"bid_paise\":%d,"
    "\"bid_qty\":%" PRId64 ",\"ask_paise\":%d,\"ask_qty\":%" PRId64 ",\"open_paise\":%d,"
    "\"high_paise\":%d,\"low_paise\":%d,\"prev_close_paise\":%d,\"volume_qty\":%" PRId64
    ",\"time\":\"%s.%03dZ\",\"stale\":%s}";

size_t bj_quote_json(const bj_quote_t *quote, char out[BJ_QUOTE_JSON_BYTES]) {
    char time_text[40];
    struct tm tm;
    gmtime_r(&(time_t){quote->exch_ns / BJ_NS_PER_S}, &tm);
    strftime(time_text, sizeof time_text, "%Y-%m-%dT%H:%M:%S", &tm);
    int n = snprintf(out, BJ_QUOTE_JSON_BYTES, json_format, quote->token, quote->symbol,
                     quote->last_price_paise, quote->last_qty, quote->bid[0].price_paise,
                     quote->bid[0].qty, quote->ask[0].price_paise, quote->ask[0].qty,
                     quote->open_paise, quote->high_paise, quote->low_paise,
                     quote->prev_close_paise, quote->volume_qty, time_text,
                     (int)(quote->exch_ns / BJ_NS_PER_MS % 1000),
                     quote->flags & BJ_MARKET_STALE ? "true" : "false");
    assert(n > 0 && n < BJ_QUOTE_JSON_BYTES);
    return (size_t)n;
}
