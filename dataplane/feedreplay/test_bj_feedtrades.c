/* Goal: the list of trades and the candles made of it, by cases that captures made at random do not
 * reach: minutes that come back, cancels of equal trades, of a spread, and of none. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/feedreplay/bj_feedtrades.h"

enum { TOKEN = 7, OTHER = 8, TEXT_BYTES = 1024 };
static const int64_t nine_ns = INT64_C(1746156600) * BJ_NS_PER_S; /* 2025-05-02 09:00 in India */

typedef struct given {
    int32_t second, price_paise, qty;
    uint64_t buy_id;
    uint32_t token;
    bool spread, cancel;
} given_t;

static void see(bj_feedtrades_t *trades, const given_t *given) {
    const bj_feed_stream_t stream = {.segment = BJ_SEGMENT_FO, .stream_id = 3};
    bj_feed_msg_t msg = {.kind = given->cancel ? BJ_FEED_TRADE_CANCEL : BJ_FEED_TRADE,
                         .exch_ns = nine_ns + given->second * BJ_NS_PER_S,
                         .order_id = given->buy_id,
                         .sell_order_id = 9,
                         .token = given->token,
                         .price_paise = given->price_paise,
                         .qty = given->qty,
                         .spread = given->spread};
    bj_feedtrades_observe(trades, &stream, &msg);
}

static const given_t day[] = {
    {1, 100, 5, 1, TOKEN, false, false},   {2, 90, 5, 2, TOKEN, false, false},
    {61, 200, 5, 3, TOKEN, false, false},  {59, 110, 5, 4, TOKEN, false, false}, /* late */
    {62, 300, 5, 5, TOKEN, false, false},  {62, 300, 5, 5, TOKEN, false, false},
    {63, 300, 5, 5, TOKEN, false, true},   /* one of the two */
    {130, 400, 5, 6, TOKEN, false, false}, {130, 400, 5, 6, TOKEN, false, true}, /* none left */
    {5, -20, 5, 1, TOKEN, true, false},    {6, -20, 4, 1, TOKEN, true, true}, /* of no trade */
    {7, 100, 5, 1, OTHER, false, false},   /* not in the table */
};

static const char candles[] =
    "token,minute,open,high,low,close,volume,trades,segment\n"
    "7,2025-05-02T09:00,100,110,90,110,15,3,FO\n"
    "7,2025-05-02T09:01,200,300,200,300,10,2,FO\n"
    "7,2025-05-02T09:00,-20,-20,-20,-20,5,1,FO-SPREAD\n";

static void text_of(FILE *file, char text[TEXT_BYTES]) {
    rewind(file);
    size_t bytes = fread(text, 1, TEXT_BYTES - 1, file);
    text[bytes] = '\0';
    fclose(file);
}

int main(void) {
    char text[TEXT_BYTES];
    bj_feedscan_instrument_t instruments[] = {
        {.token = TOKEN, .stream_id = 3, .segment = BJ_SEGMENT_FO},
        {.token = TOKEN, .stream_id = 3, .segment = BJ_SEGMENT_FO, .spread = 1}};
    bj_feedscan_t scan = {.instruments = instruments, .instrument_cnt = 2, .trade_max = 32};
    bj_feedtrades_t trades;
    bj_feedtrades_new(&trades, &scan);
    for (size_t i = 0; i < BJ_COUNT(day); i++)
        see(&trades, &day[i]);
    bj_feedtrades_settle(&trades);
    BJ_CHECK(trades.cnt == 8);
    for (size_t i = 0; i < trades.cnt; i++) /* of equal trades the latest is the one undone */
        BJ_CHECK(trades.trade[i].cancelled == (i == 5 || i == 6));
    FILE *file = tmpfile();
    if (!file) return 1;
    bj_feedtrades_write_candles(&trades, file);
    text_of(file, text);
    BJ_CHECK(!strcmp(text, candles));
    if (strcmp(text, candles)) fputs(text, stderr);
    bj_feedtrades_free(&trades);
    return bj_test_end("test_bj_feedtrades");
}
