/* Goal: the dataplane's own feed, made from a configuration with a second segment, takes two
 * captures of bijli-exchange as its ports would bring them (source A lossy), and every row, spreads
 * at prices below zero included, and every instrument's candles have the figures that a plain
 * reading of source B's capture gives.  A segment's group that another has is refused. */
#include "dataplane/main/bj_feed_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

enum { FRAMES_MAX = 1 << 20, BURST = 64, HEADERS = 42, MINUTES_MAX = 64, ROWS_MAX = 128 };
enum { CASH_ROWS = 61 }; /* the last only on the broadcast */

typedef struct capture {
    uint8_t *bytes;
    bj_feed_packet_t *frame;
    int64_t *time_ns;
    uint32_t cnt, at;
} capture_t;

/* An instrument, as source B tells it. */
typedef struct figures {
    uint32_t token;
    int64_t trade_cnt, qty, value, last, negative_cnt;
    bool fo, spread;
} figures_t;

static char dir[] = "/tmp/bj_feed_set_XXXXXX";
static figures_t figures[ROWS_MAX];
static uint32_t figures_cnt;
static uint64_t cancel_cnt, broadcast_cnt;
/* A cancel's time is its own here, so one whose minute has no such trade is in no candle. */
static uint64_t unmatched_cnt;

static const char *path(const char *name) {
    static char paths[4][128];
    static unsigned turn;
    char *out = paths[turn++ % 4];
    snprintf(out, sizeof paths[0], "%s/%s", dir, name);
    return out;
}

/* of_fo: where the second segment's streams go. */
static bj_config_t *configure(const char *of_fo) {
    static const char segment[] =
        "[{\"segment\": \"FO\", \"universe_csv\": \"sim/data/fo.csv\", \"stream_cnt\": 2,"
        " \"group_a\": \"%s\", \"port_a\": 16641, \"group_b\": \"239.70.70.31\","
        " \"port_b\": 10831, \"spreads\": ["
        " {\"token\": 900001, \"near\": 35001, \"far\": 35002, \"stream\": 1},"
        " {\"token\": 900002, \"near\": 35111, \"far\": 35112, \"stream\": 2}]}]";
    char segments[1024];
    FILE *out = fopen(path("config.json"), "w");
    if (!out) abort();
    snprintf(segments, sizeof segments, segment, of_fo);
    fprintf(out,
            "{\"run_dir\": \"%s\", \"universe_csv\": \"sim/data/universe.csv\","
            " \"indices_json\": \"dataplane/market/indices.json\","
            " \"dataplane\": {\"feed_order_max\": 65536},"
            " \"feed\": {\"segment\": \"CM\", \"stream_cnt\": 5, \"port_a\": 16641,"
            " \"port_b\": 10631, \"group_a\": \"239.60.60.41\", \"group_b\": \"239.60.60.31\","
            " \"broadcast\": [{\"segment\": \"CM\", \"group_a\": \"239.50.50.11\","
            " \"port_a\": 10811, \"group_b\": \"239.50.50.12\", \"port_b\": 10811}],"
            " \"gap_wait_us\": 20000, \"queue_messages\": 65536, \"segments\": %s},"
            " \"exchange\": {\"source_a\": \"10.60.1.1\", \"source_b\": \"10.60.2.1\","
            " \"seed\": 5, \"messages_per_s\": 3000, \"trade_cancels_per_10000\": 200,"
            " \"broadcast_indices\": [{\"segment\": \"CM\", \"name\": \"Bharat 61 Equal\","
            "  \"base_x100\": 2500000}],"
            " \"faults\": [\"drop a all permille 20\"], \"segments\": %s}}\n",
            dir, segments, segments);
    fclose(out);
    return bj_config_load(path("config.json"));
}

/* --- what was sent */
static void load(const char *file, capture_t *capture) {
    FILE *in = fopen(file, "r");
    uint32_t head[4];
    if (!in || fseek(in, 0, SEEK_END)) abort();
    long bytes = ftell(in);
    rewind(in);
    *capture = (capture_t){calloc(1, (size_t)bytes + sizeof(bj_mtbt_trade_t)),
                           calloc(FRAMES_MAX, sizeof *capture->frame),
                           calloc(FRAMES_MAX, sizeof *capture->time_ns), 0, 0};
    if (fread(capture->bytes, 1, (size_t)bytes, in) != (size_t)bytes) abort();
    fclose(in);
    for (long at = 24; at < bytes; at += (long)sizeof head + (long)head[2]) {
        memcpy(head, capture->bytes + at, sizeof head);
        if (capture->cnt == FRAMES_MAX) abort();
        capture->time_ns[capture->cnt] = head[0] * BJ_NS_PER_S + head[1];
        capture->frame[capture->cnt++] =
            (bj_feed_packet_t){capture->bytes + at + sizeof head, head[2]};
    }
}

static void unload(capture_t *capture) {
    free(capture->bytes), free(capture->frame), free(capture->time_ns);
}

static figures_t *figures_of(uint32_t token, bool fo, bool spread) {
    for (uint32_t i = 0; i < figures_cnt; i++)
        if (figures[i].token == token && figures[i].fo == fo) return &figures[i];
    if (figures_cnt == ROWS_MAX) abort();
    figures[figures_cnt] = (figures_t){.token = token, .fo = fo, .spread = spread};
    return &figures[figures_cnt++];
}

static void hear(const uint8_t *message, bool fo) {
    bj_mtbt_order_t order;
    bj_mtbt_trade_t trade;
    memcpy(&order, message, sizeof order);
    memcpy(&trade, message, sizeof trade); /* behind the last frame there is room */
    if (order.type == 'Z') return;
    if (!strchr("TKC", order.type)) {
        figures_t *f = figures_of((uint32_t)order.token, fo, order.type <= 'J');
        f->negative_cnt += order.price_paise < 0;
        return;
    }
    int64_t sign = trade.type == 'C' ? -1 : 1;
    figures_t *f = figures_of((uint32_t)trade.token, fo, trade.type == 'K');
    f->trade_cnt += sign;
    f->qty += sign * trade.qty;
    f->value += sign * trade.price_paise * trade.qty;
    if (sign > 0) f->last = trade.price_paise;
    else cancel_cnt++;
}

static void read_plainly(const capture_t *capture) {
    for (uint32_t i = 0; i < capture->cnt; i++) {
        const uint8_t *frame = capture->frame[i].data;
        uint16_t bytes;
        broadcast_cnt += frame[31] == 50;
        if (frame[31] == 50) continue; /* 239.50.x.x */
        size_t end = HEADERS + ((size_t)frame[38] << 8 | frame[39]) - 8; /* UDP's own length */
        for (size_t at = HEADERS; at < end; at += bytes) {
            memcpy(&bytes, frame + at, sizeof bytes);
            hear(frame + at, frame[31] == 70); /* 239.70.x.x */
        }
    }
}

/* --- as the ports would bring it: what came in a millisecond, a burst of one, then of the other */
static void poll(bj_feed_set_t *set, uint32_t source, capture_t *capture, int64_t now_ns) {
    while (capture->at < capture->cnt && capture->time_ns[capture->at] <= now_ns) {
        uint32_t cnt = 0;
        while (cnt < BURST && capture->at + cnt < capture->cnt &&
               capture->time_ns[capture->at + cnt] <= now_ns)
            cnt++;
        bj_feed_frames(set->feed, source, capture->frame + capture->at, cnt, now_ns);
        capture->at += cnt;
    }
}

static int64_t play(bj_feed_set_t *set, capture_t captures[2]) {
    int64_t now_ns = captures[1].time_ns[0];
    while (captures[0].at < captures[0].cnt || captures[1].at < captures[1].cnt) {
        now_ns += BJ_NS_PER_MS;
        poll(set, 0, &captures[0], now_ns);
        poll(set, 1, &captures[1], now_ns);
        (void)bj_feed_set_step(set, now_ns);
    }
    (void)bj_feed_set_step(set, now_ns + 100 * BJ_NS_PER_MS);
    return now_ns;
}

/* --- what readers see */
static void check_candles(const bj_candles_reader_t *candles, uint32_t idx, const figures_t *f) {
    static bj_candle_t candle[MINUTES_MAX];
    bool cut = false;
    int64_t trade_cnt = 0, qty = 0, value = 0;
    size_t cnt = bj_candles_history(candles, idx, candle, MINUTES_MAX, &cut);
    for (size_t i = 0; i < cnt; i++) {
        trade_cnt += candle[i].trade_cnt;
        qty += candle[i].volume_qty;
        value += candle[i].value_paise;
    }
    BJ_CHECK(!cut && trade_cnt >= f->trade_cnt && qty >= f->qty);
    if (trade_cnt == f->trade_cnt) BJ_CHECK(qty == f->qty && value == f->value);
    unmatched_cnt += (uint64_t)(trade_cnt - f->trade_cnt);
}

static void check_rows(const bj_market_reader_t *market, const bj_candles_reader_t *candles) {
    uint32_t cm_cnt = 0, fo_cnt = 0, spread_cnt = 0;
    for (uint32_t i = 0; i < figures_cnt; i++) {
        const figures_t *f = &figures[i];
        bj_market_row_t row;
        uint32_t idx = bj_market_find_in(market, f->fo ? BJ_SEGMENT_FO : BJ_SEGMENT_CM, f->token,
                                         f->spread);
        BJ_CHECK(idx != UINT32_MAX && bj_market_read(market, idx, &row));
        if (idx == UINT32_MAX) continue;
        BJ_CHECK((idx < CASH_ROWS) == !f->fo && row.spread == f->spread && row.flags == 0);
        BJ_CHECK((int64_t)row.trade_cnt == f->trade_cnt && row.volume_qty == f->qty);
        BJ_CHECK(row.value_paise == f->value && row.last_price_paise == f->last);
        BJ_CHECK(row.bid[0].order_cnt && row.ask[0].order_cnt);
        check_candles(candles, idx, f);
        cm_cnt += !f->fo, fo_cnt += f->fo && !f->spread, spread_cnt += f->spread;
    }
    BJ_CHECK(cm_cnt == 60 && fo_cnt == 8 && spread_cnt == 2);
    BJ_CHECK(bj_market_head(market)->instrument_cnt == 71);
}

static void check_negative(const bj_market_reader_t *market, const bj_candles_reader_t *candles) {
    bj_market_row_t row;
    bj_candle_t candle;
    uint32_t idx = bj_market_find_symbol(market, "ITC-NOV/DEC");
    BJ_CHECK(bj_market_read(market, idx, &row) && row.token == 900002);
    BJ_CHECK(row.leg_token[0] == 35111 && row.leg_token[1] == 35112);
    BJ_CHECK(row.bid[0].price_paise < 0 && row.last_price_paise < 0 && row.low_paise < 0);
    BJ_CHECK(row.bid[0].price_paise < row.ask[0].price_paise && row.prev_close_paise == -25);
    BJ_CHECK(bj_candles_now(candles, idx, &candle) && candle.low_paise < 0);
    BJ_CHECK(figures_of(900002, true, true)->negative_cnt > 100);
    BJ_CHECK(figures_of(900002, true, true)->trade_cnt > 10);
}

/* What has no tick-by-tick: a row of the broadcast, with candles and an index of its own; in the
 * end, with nothing to be heard for more than 5 s, stale. */
static void check_broadcast(bj_feed_set_t *set, const bj_market_reader_t *market,
                            const bj_candles_reader_t *candles,
                            const bj_indices_reader_t *indices, int64_t now_ns) {
    bj_market_row_t row;
    bj_index_row_t index;
    bj_candle_t candle;
    bj_feed_bcast_counters_t c;
    uint32_t idx = bj_market_find_symbol(market, "BIJLIDEMO");
    uint32_t index_idx = bj_indices_find(indices, "BHARAT 61");
    bj_feed_bcast_counters(&set->bcast, &c);
    BJ_CHECK(idx == CASH_ROWS - 1 && bj_market_read(market, idx, &row));
    BJ_CHECK(row.flags == BJ_MARKET_BROADCAST && row.update_cnt > 100 && row.volume_qty > 0);
    BJ_CHECK(row.bid[4].qty && row.ask[4].qty && !row.bid[5].qty && row.trade_cnt == 0);
    BJ_CHECK(row.bid[0].price_paise < row.ask[0].price_paise);
    BJ_CHECK(row.low_paise <= row.last_price_paise && row.last_price_paise <= row.high_paise);
    BJ_CHECK(bj_candles_now(candles, idx, &candle) && candle.volume_qty > 0);
    BJ_CHECK(bj_indices_read(indices, index_idx, &index) && index.flags == BJ_INDEX_BROADCAST);
    BJ_CHECK(index.value_x100 != 2500000 && index.prev_close_x100 == 2500000);
    BJ_CHECK(index.low_x100 <= index.value_x100 && index.value_x100 <= index.high_x100);
    /* 130 datagrams, each twice but for what source A lost; A first or, where it lost one, B. */
    BJ_CHECK(c.decoded.datagrams == broadcast_cnt && broadcast_cnt >= 129);
    BJ_CHECK(c.copies > 110 && c.copies <= broadcast_cnt && c.applied.rows == broadcast_cnt);
    BJ_CHECK(c.index_values == broadcast_cnt && !c.decoded.bad_items && !c.decoded.bad_datagrams);
    (void)bj_feed_set_step(set, now_ns + 4 * BJ_NS_PER_S);
    BJ_CHECK(bj_market_read(market, idx, &row) && row.flags == BJ_MARKET_BROADCAST);
    (void)bj_feed_set_step(set, now_ns + 6 * BJ_NS_PER_S);
    (void)bj_feed_set_step(set, now_ns + 7 * BJ_NS_PER_S); /* the index's turn to be published */
    BJ_CHECK(bj_market_read(market, idx, &row) && row.flags & BJ_MARKET_STALE);
    BJ_CHECK(bj_indices_read(indices, index_idx, &index) && index.flags & BJ_INDEX_STALE);
}

static void check_counters(const bj_feed_set_t *set) {
    const bj_feed_counters_t *c = bj_feed_counters(set->feed);
    bj_feed_parts_figures_t parts;
    bj_feed_parts_figures(&set->parts, &parts);
    BJ_CHECK(c->gaps == 0 && c->bad_datagrams == 0 && c->bad_messages == 0);
    BJ_CHECK(c->unknown_tokens == 0); /* orders: a market order trades without an N */
    BJ_CHECK(c->datagrams_a > 10000 && c->datagrams_a < c->datagrams_b && c->duplicates > 10000);
    BJ_CHECK(parts.candles_cancels == cancel_cnt && cancel_cnt > 1000);
    BJ_CHECK(parts.candles_lost == unmatched_cnt && unmatched_cnt < 20);
    BJ_CHECK(parts.candles_closed > 70 && parts.index_values > 10);
}

static void test_live(void) {
    static bj_feed_set_t set;
    char command[512];
    capture_t captures[2];
    bj_config_t *config = configure("239.70.70.41");
    snprintf(command, sizeof command,
             BIJLI_EXCHANGE " --config %s --pcap %s,%s --seconds 130 --fast",
             path("config.json"), path("a"), path("b"));
    if (system(command) || !bj_feed_set_open(&set, config)) abort();
    bj_market_reader_t *market = bj_market_open(path("market.shm"));
    bj_candles_reader_t *candles = bj_candles_open(path("candles.shm"));
    bj_indices_reader_t *indices = bj_indices_open(path("indices.shm"));
    bj_index_row_t index;
    if (!market || !candles || !indices) abort();
    for (int s = 0; s < 2; s++)
        load(path(s ? "b" : "a"), &captures[s]);
    read_plainly(&captures[1]);
    int64_t end_ns = play(&set, captures);
    check_rows(market, candles);
    check_negative(market, candles);
    check_counters(&set);
    BJ_CHECK(bj_indices_read(indices, 0, &index) && index.traded_cnt == 60);
    check_broadcast(&set, market, candles, indices, end_ns);
    BJ_CHECK(index.flags == 0 && index.value_x100 != index.prev_close_x100);
    bj_market_close(market), bj_candles_close(candles), bj_indices_close(indices);
    unload(&captures[0]), unload(&captures[1]);
    bj_feed_set_close(&set);
    bj_config_free(config);
}

static void test_refused(void) {
    static bj_feed_set_t set;
    bj_config_t *config = configure("239.60.60.41"); /* the cash segment's, on the same ports */
    BJ_CHECK(!bj_feed_set_open(&set, config));
    bj_feed_set_close(&set);
    bj_config_free(config);
}

int main(void) {
    static const char *const names[] = {"config.json", "a",           "b",
                                        "market.shm",  "candles.shm", "indices.shm"};
    if (!mkdtemp(dir)) return 1;
    test_live();
    test_refused();
    for (size_t i = 0; i < BJ_COUNT(names); i++)
        unlink(path(names[i]));
    BJ_CHECK(rmdir(dir) == 0);
    return bj_test_end("test_bj_feed_set");
}
