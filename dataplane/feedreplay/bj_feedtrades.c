#include "dataplane/feedreplay/bj_feedtrades.h"

#include <inttypes.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"

enum { MINUTE_S = 60, TEXT_BYTES = 40 };

void bj_feedtrades_new(bj_feedtrades_t *trades, const bj_feedscan_t *scan) {
    *trades = (bj_feedtrades_t){.scan = scan, .room = scan->trade_max};
    size_t bytes = (trades->room + 1) * sizeof *trades->trade;
    trades->trade = bj_need(malloc(bytes));
    memset(trades->trade, 0, bytes); /* every page is there before the clock runs */
}

void bj_feedtrades_free(bj_feedtrades_t *trades) {
    free(trades->trade);
}

void bj_feedtrades_observe(void *ctx, const bj_feed_stream_t *stream, const bj_feed_msg_t *msg) {
    if (!msg) return;
    bj_feedtrades_t *trades = ctx;
    if (msg->kind != BJ_FEED_TRADE && msg->kind != BJ_FEED_TRADE_CANCEL) return;
    const bj_feedscan_instrument_t *instrument =
        bj_feedscan_find(trades->scan, msg->token, stream->segment, msg->spread);
    if (!instrument || instrument->stream_id != stream->stream_id) return;
    if (trades->cnt == trades->room) return; /* cannot be: the first pass counted every copy */
    trades->trade[trades->cnt] = (bj_feedtrade_t){.exch_ns = msg->exch_ns,
                                                  .buy_id = msg->order_id,
                                                  .sell_id = msg->sell_order_id,
                                                  .no = trades->cnt,
                                                  .token = msg->token,
                                                  .price_paise = msg->price_paise,
                                                  .qty = msg->qty,
                                                  .segment = (uint8_t)stream->segment,
                                                  .spread = msg->spread,
                                                  .cancel = msg->kind == BJ_FEED_TRADE_CANCEL};
    trades->cnt++;
}

#define COMPARE(field)                                                                             \
    if (a->field != b->field) return a->field < b->field ? -1 : 1

static int same_trade(const bj_feedtrade_t *a, const bj_feedtrade_t *b) {
    COMPARE(token);
    COMPARE(segment);
    COMPARE(spread);
    COMPARE(buy_id);
    COMPARE(sell_id);
    COMPARE(price_paise);
    COMPARE(qty);
    return 0;
}

static int by_trade(const void *a_, const void *b_) {
    const bj_feedtrade_t *a = a_, *b = b_;
    int same = same_trade(a, b);
    return same ? same : a->no < b->no ? -1 : 1;
}

static int by_no(const void *a_, const void *b_) {
    const bj_feedtrade_t *a = a_, *b = b_;
    COMPARE(no);
    return 0;
}

static int64_t minute_of(const bj_feedtrade_t *trade) {
    return (trade->exch_ns / BJ_NS_PER_S + BJ_IST_OFFSET_S) / MINUTE_S;
}

static int by_candle(const void *a_, const void *b_) {
    const bj_feedtrade_t *a = a_, *b = b_;
    COMPARE(token);
    COMPARE(segment);
    COMPARE(spread);
    if (minute_of(a) != minute_of(b)) return minute_of(a) < minute_of(b) ? -1 : 1;
    COMPARE(no);
    return 0;
}

static void sort(bj_feedtrades_t *trades, int (*order)(const void *, const void *)) {
    qsort(trades->trade, trades->cnt, sizeof *trades->trade, order);
}

/* Equal trades stand side by side, in order: a cancel undoes the latest before it that stands. */
static void undo(bj_feedtrades_t *trades) {
    size_t from = 0, top = 0; /* the first of the equal ones; 1 + the latest that stands, 0: none */
    for (size_t i = 0; i < trades->cnt; i++) {
        bj_feedtrade_t *trade = &trades->trade[i];
        if (same_trade(&trades->trade[from], trade)) from = i, top = 0;
        if (!trade->cancel) {
            trade->under = top;
            top = i + 1;
        } else if (top) {
            trades->trade[top - 1].cancelled = true;
            top = trades->trade[top - 1].under;
        }
    }
}

void bj_feedtrades_settle(bj_feedtrades_t *trades) {
    sort(trades, by_trade);
    undo(trades);
    sort(trades, by_no);
    size_t kept = 0;
    for (size_t i = 0; i < trades->cnt; i++) {
        if (!trades->trade[i].cancel) trades->trade[kept++] = trades->trade[i];
    }
    trades->cnt = kept;
}

/* In Indian time; with_ns false: the minute alone. */
static const char *time_text(int64_t unix_ns, bool with_ns, char text[TEXT_BYTES]) {
    time_t s = (time_t)(unix_ns / BJ_NS_PER_S + BJ_IST_OFFSET_S);
    struct tm tm;
    gmtime_r(&s, &tm);
    size_t at = strftime(text, TEXT_BYTES, with_ns ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%dT%H:%M", &tm);
    if (with_ns) snprintf(text + at, TEXT_BYTES - at, ".%09u", (unsigned)(unix_ns % BJ_NS_PER_S));
    return text;
}

static const char *kind_text(const bj_feedtrade_t *trade) {
    return trade->spread ? "-SPREAD" : "";
}

void bj_feedtrades_write(bj_feedtrades_t *trades, FILE *file) {
    char text[TEXT_BYTES];
    fputs("time,segment,token,price,qty,buy_order_id,sell_order_id,cancelled\n", file);
    for (size_t i = 0; i < trades->cnt; i++) {
        const bj_feedtrade_t *trade = &trades->trade[i];
        fprintf(file, "%s,%s%s,%" PRIu32 ",%" PRId32 ",%" PRId32 ",%" PRIu64 ",%" PRIu64 ",%d\n",
                time_text(trade->exch_ns, true, text), bj_segment_name(trade->segment),
                kind_text(trade), trade->token, trade->price_paise, trade->qty, trade->buy_id,
                trade->sell_id, trade->cancelled);
    }
}

typedef struct candle {
    const bj_feedtrade_t *first; /* NULL: none open */
    int64_t minute, volume, cnt;
    int32_t high, low, close;
} candle_t;

static void write_candle(const candle_t *candle, FILE *file) {
    char text[TEXT_BYTES];
    if (!candle->first) return;
    fprintf(file,
            "%" PRIu32 ",%s,%" PRId32 ",%" PRId32 ",%" PRId32 ",%" PRId32 ",%" PRId64 ",%" PRId64
            ",%s%s\n",
            candle->first->token, time_text(candle->first->exch_ns, false, text),
            candle->first->price_paise, candle->high, candle->low, candle->close, candle->volume,
            candle->cnt, bj_segment_name(candle->first->segment), kind_text(candle->first));
}

static bool is_of(const candle_t *candle, const bj_feedtrade_t *trade) {
    const bj_feedtrade_t *first = candle->first;
    return first && first->token == trade->token && first->segment == trade->segment &&
           first->spread == trade->spread && candle->minute == minute_of(trade);
}

void bj_feedtrades_write_candles(bj_feedtrades_t *trades, FILE *file) {
    candle_t candle = {0};
    fputs("token,minute,open,high,low,close,volume,trades,segment\n", file);
    sort(trades, by_candle);
    for (size_t i = 0; i < trades->cnt; i++) {
        const bj_feedtrade_t *trade = &trades->trade[i];
        int32_t price = trade->price_paise;
        if (trade->cancelled) continue;
        if (!is_of(&candle, trade)) {
            write_candle(&candle, file);
            candle = (candle_t){trade, minute_of(trade), 0, 0, price, price, price};
        }
        if (price > candle.high) candle.high = price;
        if (price < candle.low) candle.low = price;
        candle.close = price;
        candle.volume += trade->qty;
        candle.cnt++;
    }
    write_candle(&candle, file);
}
