/* Goal: the client of the exchange's two TCP services asks as the exchange wants to be asked, takes
 * only what is right, and never hangs.  Method: a scripted server of a few lines and a fake clock;
 * every answer cut at every byte, every single byte of an answer wrong, every limit at its edge. */
#include "dataplane/feed/bj_feed_recovery.h"

#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/test_feed_bed.h"

enum { STREAMS = 20 };
static struct bench {
    bj_feed_recovery_t *recovery;
    int64_t  now_ns;
    bool     open[STREAMS], refuse_connect, refuse_snapshot, refuse_orders, refuse_message;
    uint32_t connects, closes;
    bj_feed_service_t service;
    uint32_t got[4096], got_cnt;   /* sequences; 0: a message of kind 0 */
    uint32_t orders, snapshots, last_seq;
    uint32_t done, done_ok;
} b;

static bool on_connect(void *ctx, uint32_t idx, bj_segment_t segment, bj_feed_service_t service) {
    BJ_CHECK(ctx == &b && !b.open[idx] && segment == (idx < 16 ? BJ_SEGMENT_CM : BJ_SEGMENT_FO));
    b.connects++;
    b.service = service;
    return b.open[idx] = !b.refuse_connect;
}
static void on_close(void *ctx, uint32_t idx) {
    BJ_CHECK(ctx == &b && b.open[idx]);
    b.open[idx] = false;
    b.closes++;
}
static bool on_message(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    BJ_CHECK(ctx == &b && msg->stream_id == stream_idx % 16 + 1);
    if (b.refuse_message) return false;
    b.got[b.got_cnt++ % 4096] = msg->kind ? msg->seq : 0;
    return true;
}
static bool on_snapshot(void *ctx, uint32_t stream_idx, uint32_t last_seq) {
    BJ_CHECK(ctx == &b && stream_idx == 0);
    b.snapshots++;
    b.last_seq = last_seq;
    return !b.refuse_snapshot;
}
static void on_order(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    BJ_CHECK(ctx == &b && stream_idx == 0 && msg->kind == BJ_FEED_NEW && msg->qty > 0);
    b.orders++;
}
static bool on_whole(void *ctx, uint32_t stream_idx) {
    BJ_CHECK(ctx == &b && stream_idx == 0 && b.open[0]);
    return !b.refuse_orders;
}
static void on_done(void *ctx, uint32_t stream_idx, bj_feed_service_t service, bool ok) {
    BJ_CHECK(ctx == &b && !b.open[stream_idx] && service <= BJ_FEED_SERVICE_SNAPSHOT);
    b.done++;
    b.done_ok += ok;
}
static const bj_feed_recovery_ops_t ops = {on_connect, on_close};
static const bj_feed_recovery_sink_t sink = {on_message, on_snapshot, on_order, on_whole, on_done};

static bj_feed_recovery_config_t config_of(const bj_feed_recovery_limits_t *limits) {
    return (bj_feed_recovery_config_t){.stream_cnt = STREAMS, .limits = *limits, .ops = &ops,
                                       .sink = &sink, .ops_ctx = &b, .sink_ctx = &b};
}

/* Streams 0 to 15 are CM 1 to 16, the others FO 1 to 4. */
static void make_with(const bj_feed_recovery_limits_t *limits) {
    bj_feed_recovery_config_t config = config_of(limits);
    free(b.recovery);
    b = (struct bench){.now_ns = 1000};
    b.recovery = bj_feed_recovery_new(malloc(bj_feed_recovery_footprint(&config)), &config);
    for (uint32_t i = 0; i < STREAMS; i++)
        bj_feed_recovery_name(b.recovery, i, i < 16 ? BJ_SEGMENT_CM : BJ_SEGMENT_FO,
                              (uint16_t)(i % 16 + 1));
}
static void make(void) { make_with(&bj_feed_recovery_limits); }

static void pass(int64_t ns) {
    b.now_ns += ns;
    bj_feed_recovery_step(b.recovery, b.now_ns);
}

static bj_mtbt_request_t request_of(uint32_t idx) {
    bj_mtbt_request_t request = {0};
    const uint8_t *data;
    bj_feed_recovery_connected(b.recovery, idx, b.now_ns);
    size_t n = bj_feed_recovery_output(b.recovery, idx, &data);
    BJ_CHECK(n == sizeof request);
    memcpy(&request, data, n);
    bj_feed_recovery_sent(b.recovery, idx, 4);
    BJ_CHECK(bj_feed_recovery_output(b.recovery, idx, &data) == n - 4);
    bj_feed_recovery_sent(b.recovery, idx, n - 4);
    BJ_CHECK(bj_feed_recovery_output(b.recovery, idx, &data) == 0);
    return request;
}

static size_t put(uint8_t *to, const void *from, size_t bytes) {
    memcpy(to, from, bytes);
    return bytes;
}
static size_t put_reply(uint8_t *to, uint8_t type, uint8_t status, uint16_t stream_id) {
    bj_mtbt_reply_t wire = {.header = {sizeof wire, stream_id, 0}, .type = type, .status = status};
    return put(to, &wire, sizeof wire);
}
static size_t put_message(uint8_t *to, uint32_t seq) {
    bj_mtbt_order_t order = bed_order('N', seq, BED_NOW_NS + seq, 0, seq + 1, 'B', 100000, 5);
    bj_mtbt_trade_t trade = bed_trade(seq, BED_NOW_NS + seq, 0, seq, 0, 100000, 5);
    return seq % 3 ? put(to, &order, sizeof order) : put(to, &trade, sizeof trade);
}
/* Y, S and sequences from to to. */
static size_t put_answer(uint8_t *to, uint32_t from_seq, uint32_t to_seq) {
    size_t at = put_reply(to, 'Y', 'S', 1);
    for (uint32_t seq = from_seq; seq <= to_seq; seq++) at += put_message(to + at, seq);
    return at;
}
static size_t put_snapshot(uint8_t *to, uint32_t order_cnt) {
    size_t at = put_reply(to, 'B', 'S', 1);
    bj_mtbt_snapshot_t head = {BJ_MTBT_SNAPSHOT_CODE, (uint32_t)sizeof head + order_cnt * 30,
                               order_cnt, 77, 1};
    at += put(to + at, &head, sizeof head);
    for (uint32_t i = 0; i < order_cnt; i++) {
        bj_mtbt_snapshot_order_t order = {.type = i % 2 ? 'G' : 'N', .order_id = 5.0 + i,
                                          .exch_ts_ns = bj_time_to_exch_ns(BED_NOW_NS),
                                          .token = 2885, .side = 'S', .price_paise = 100000,
                                          .qty = 10};
        at += put(to + at, &order, sizeof order);
    }
    return at;
}

/* In pieces of n bytes, each in a block of exactly that size. */
static void input(uint32_t idx, const uint8_t *data, size_t data_bytes, size_t n) {
    for (size_t at = 0; at < data_bytes && b.open[idx]; at += n) {
        size_t piece = data_bytes - at < n ? data_bytes - at : n;
        uint8_t *exact = malloc(piece);
        memcpy(exact, data + at, piece);
        bj_feed_recovery_input(b.recovery, idx, exact, piece, b.now_ns);
        free(exact);
    }
}

static void hang_up(uint32_t idx) {
    if (!b.open[idx]) return;
    b.open[idx] = false;
    bj_feed_recovery_closed(b.recovery, idx, b.now_ns);
}

static void test_messages(void) {
    uint8_t data[2048];
    for (size_t piece = 1; piece < 100; piece++) {
        make();
        bj_feed_recovery_want(b.recovery, 0, 5, 14);
        BJ_CHECK(b.connects == 0);
        pass(0);
        BJ_CHECK(b.connects == 1 && b.service == BJ_FEED_SERVICE_RECOVERY);
        bj_mtbt_request_t request = request_of(0);
        BJ_CHECK(request.type == 'R' && request.stream_id == 1);
        BJ_CHECK(request.start_seq == 5 && request.end_seq == 14);
        size_t n = put_answer(data, 5, 14);
        memset(data + n, 0xff, 60); /* behind the last one nothing counts */
        input(0, data, n + 60, piece);
        BJ_CHECK(b.got_cnt == 10 && b.got[0] == 5 && b.got[9] == 14);
        BJ_CHECK(b.done_ok == 1 && b.closes == 1 && !b.open[0]);
        pass(BJ_NS_PER_S);
        BJ_CHECK(b.connects == 1);
    }
}

static void test_snapshot(void) {
    uint8_t data[4096];
    for (size_t piece = 1; piece < 100; piece++) {
        for (uint32_t cnt = 0; cnt < 40; cnt += 13) {
            make();
            bj_feed_recovery_want_snapshot(b.recovery, 0);
            pass(0);
            bj_mtbt_request_t request = request_of(0);
            BJ_CHECK(request.type == 'O' && request.start_seq == 0 && request.end_seq == 0);
            input(0, data, put_snapshot(data, cnt), piece);
            BJ_CHECK(b.snapshots == 1 && b.orders == cnt && b.last_seq == 77 && b.done_ok == 1);
        }
    }
    make(); /* too old: again after a while, and not for ever */
    b.refuse_snapshot = true;
    bj_feed_recovery_want_snapshot(b.recovery, 0);
    for (uint32_t i = 0; i <= bj_feed_recovery_limits.old_max; i++) {
        pass(bj_feed_recovery_limits.old_wait_ns - (i == 0 ? 0 : 1));
        BJ_CHECK(b.connects == (i ? i : 1));
        if (i) pass(1);
        BJ_CHECK(b.connects == i + 1);
        request_of(0);
        input(0, data, put_snapshot(data, 9), 1000);
        BJ_CHECK(b.orders == 0 && b.snapshots == i + 1);
    }
    BJ_CHECK(b.done == 1 && b.done_ok == 0);
    for (uint32_t cnt = 0; cnt <= 3; cnt += 3) { /* too old, as its orders show: the same */
        make();
        b.refuse_orders = true;
        bj_feed_recovery_want_snapshot(b.recovery, 0);
        pass(0);
        request_of(0);
        input(0, data, put_snapshot(data, cnt), 1000);
        BJ_CHECK(b.orders == cnt && b.done == 0 && !b.open[0]);
        b.refuse_orders = false;
        pass(bj_feed_recovery_limits.old_wait_ns - 1);
        BJ_CHECK(b.connects == 1);
        pass(1);
        request_of(0);
        input(0, data, put_snapshot(data, cnt), 1000);
        BJ_CHECK(b.orders == 2 * cnt && b.done == 1 && b.done_ok == 1);
    }
}

/* Cut at every byte: what came counts, the rest is asked for again. */
static void test_every_cut(void) {
    uint8_t data[512];
    size_t all = put_answer(data, 1, 5), snapshot_bytes;
    for (size_t cut = 0; cut < all; cut++) {
        make();
        bj_feed_recovery_want(b.recovery, 0, 1, 5);
        pass(0);
        request_of(0);
        input(0, data, cut, cut ? cut : 1);
        BJ_CHECK(b.done == 0);
        uint32_t had = b.got_cnt;
        hang_up(0);
        pass(bj_feed_recovery_limits.backoff_ns - 1);
        BJ_CHECK(b.connects == 1);
        pass(1);
        BJ_CHECK(b.connects == 2);
        BJ_CHECK(request_of(0).start_seq == had + 1);
        uint8_t rest[512];
        input(0, rest, put_answer(rest, had + 1, 5), 512);
        BJ_CHECK(b.done_ok == 1 && b.got_cnt == 5);
        for (uint32_t i = 0; i < 5; i++) BJ_CHECK(b.got[i] == i + 1);
    }
    snapshot_bytes = put_snapshot(data, 3);
    for (size_t cut = 0; cut < snapshot_bytes; cut++) {
        make();
        bj_feed_recovery_want_snapshot(b.recovery, 0);
        pass(0);
        request_of(0);
        input(0, data, cut, cut ? cut : 1);
        BJ_CHECK(b.done == 0 && b.orders <= 2);
        hang_up(0);
        pass(bj_feed_recovery_limits.backoff_ns);
        BJ_CHECK(b.connects == 2 && request_of(0).type == 'O');
        input(0, data, snapshot_bytes, 512);
        BJ_CHECK(b.done_ok == 1);
    }
}

/* One byte wrong in the answer's frame: nothing is taken from there on. */
static void test_every_byte(void) {
    uint8_t data[512];
    for (int snapshot = 0; snapshot < 2; snapshot++) {
        size_t all = snapshot ? put_snapshot(data, 2) : put_answer(data, 1, 2);
        for (size_t at = 0; at < (snapshot ? 26u : 19u); at++) {
            if (snapshot && at >= 20 && at < 24) continue; /* last_seq may be anything */
            make();
            if (snapshot) bj_feed_recovery_want_snapshot(b.recovery, 0);
            else bj_feed_recovery_want(b.recovery, 0, 1, 2);
            pass(0);
            request_of(0);
            data[at] ^= 0x81;
            input(0, data, all, all);
            data[at] ^= 0x81;
            BJ_CHECK(b.got_cnt == 0 && b.orders == 0 && b.done == 0 && !b.open[0]);
            BJ_CHECK(bj_feed_recovery_counters(b.recovery)->malformed == 1);
        }
    }
}

static void test_strange_answers(void) {
    uint8_t data[1024];
    static const struct { const char *name; uint32_t first, second; uint32_t got; } cases[] = {
        {"one left out", 1, 3, 1}, {"twice the same", 1, 1, 1}, {"backwards", 2, 1, 0},
        {"as asked", 1, 2, 2}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        make();
        bj_feed_recovery_want(b.recovery, 0, 1, 9);
        pass(0);
        request_of(0);
        size_t n = put_reply(data, 'Y', 'S', 1);
        n += put_message(data + n, cases[i].first);
        n += put_message(data + n, cases[i].second);
        input(0, data, n, n);
        BJ_CHECK(b.got_cnt == cases[i].got && b.open[0] == (cases[i].got == 2));
    }
    make(); /* bad fields: a message that says nothing; heartbeats say nothing either */
    bj_feed_recovery_want(b.recovery, 0, 1, 2);
    pass(0);
    request_of(0);
    size_t n = put_reply(data, 'Y', 'S', 1);
    bj_mtbt_order_t bad = bed_order('N', 1, BED_NOW_NS, 0, 9, '?', 100000, 5);
    bj_mtbt_heartbeat_t beat = {.header = {13, 1, 0}, .type = 'Z', .last_seq = 9};
    n += put(data + n, &bad, sizeof bad);
    n += put(data + n, &beat, sizeof beat);
    n += put_message(data + n, 2);
    input(0, data, n, 7);
    BJ_CHECK(b.got_cnt == 2 && b.got[0] == 0 && b.got[1] == 2 && b.done_ok == 1);

    make(); /* a bad order is left out */
    bj_feed_recovery_want_snapshot(b.recovery, 0);
    pass(0);
    request_of(0);
    n = put_snapshot(data, 3);
    data[26 + 30 + 21] = 'x';
    input(0, data, n, n);
    BJ_CHECK(b.orders == 2 && b.done_ok == 1);
    BJ_CHECK(bj_feed_recovery_counters(b.recovery)->bad_orders == 1);

    make(); /* what the sink does not believe is asked for again */
    b.refuse_message = true;
    bj_feed_recovery_want(b.recovery, 0, 1, 2);
    pass(0);
    request_of(0);
    input(0, data, put_answer(data, 1, 2), 1000);
    BJ_CHECK(!b.open[0] && b.done == 0);
    pass(bj_feed_recovery_limits.backoff_ns);
    BJ_CHECK(b.connects == 2 && request_of(0).start_seq == 1);
}

/* Refused, cut, silent: try_max times, each wait twice the one before. */
static void test_tries(void) {
    enum { NO_CONNECT, CUT_CONNECTING, REFUSED, SILENT_CONNECTING, SILENT, WAYS };
    const bj_feed_recovery_limits_t *limits = &bj_feed_recovery_limits;
    for (int way = 0; way < WAYS; way++) {
        make();
        b.refuse_connect = way == NO_CONNECT;
        bj_feed_recovery_want(b.recovery, 0, 1, 2);
        int64_t wait_ns = 0;
        for (uint32_t i = 0; i < limits->try_max; i++) {
            uint8_t data[16];
            if (wait_ns) pass(wait_ns - 1);
            BJ_CHECK(b.connects == i && b.done == 0);
            pass(wait_ns ? 1 : 0);
            BJ_CHECK(b.connects == i + 1);
            wait_ns = wait_ns ? 2 * wait_ns : limits->backoff_ns;
            if (wait_ns > limits->backoff_max_ns) wait_ns = limits->backoff_max_ns;
            if (way == CUT_CONNECTING) hang_up(0);
            if (way == REFUSED || way == SILENT) request_of(0);
            if (way == REFUSED) input(0, data, put_reply(data, 'Y', 'E', 1), 3);
            if (way != SILENT && way != SILENT_CONNECTING) continue;
            pass(limits->timeout_ns - 1);
            BJ_CHECK(b.open[0]);
            pass(1);
            BJ_CHECK(!b.open[0]);
        }
        BJ_CHECK(b.done == 1 && b.done_ok == 0 && b.connects == limits->try_max);
        pass(100 * BJ_NS_PER_S);
        BJ_CHECK(b.done == 1 && b.connects == limits->try_max);
    }
}

/* One message a connection is progress, however often it is cut. */
static void test_cut_and_cut(void) {
    uint8_t data[512];
    enum { MANY = 50 };
    make();
    bj_feed_recovery_want(b.recovery, 0, 1, MANY);
    for (uint32_t i = 1; i <= MANY; i++) {
        pass(bj_feed_recovery_limits.backoff_ns);
        BJ_CHECK(request_of(0).start_seq == i);
        input(0, data, put_answer(data, i, i), 512);
        hang_up(0);
    }
    BJ_CHECK(b.done_ok == 1 && b.connects == MANY);
}

/* A byte now and then is not silence, but there is an end to it. */
static void test_slow(void) {
    uint8_t data[128];
    make();
    bj_feed_recovery_want(b.recovery, 0, 1, 2);
    pass(0);
    request_of(0);
    size_t n = put_answer(data, 1, 2);
    int64_t from_ns = b.now_ns;
    for (size_t i = 0; i < n && b.open[0]; i++) {
        input(0, data + i, 1, 1);
        pass(bj_feed_recovery_limits.timeout_ns - 1);
    }
    BJ_CHECK(b.connects == 1 && b.now_ns - from_ns >= bj_feed_recovery_limits.total_ns);
    BJ_CHECK(bj_feed_recovery_counters(b.recovery)->timeouts == 1);
}

/* 300,000 a request; the parts follow each other. */
static void test_parts(void) {
    bj_feed_recovery_limits_t limits = bj_feed_recovery_limits;
    static const struct { uint32_t from, to, part_to; } cases[] = {
        {1, 300000, 300000}, {1, 300001, 300000}, {7, 900000, 300006},
        {UINT32_MAX - 5, UINT32_MAX, UINT32_MAX}, {1, UINT32_MAX, 300000}};
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        make();
        bj_feed_recovery_want(b.recovery, 0, cases[i].from, cases[i].to);
        pass(0);
        bj_mtbt_request_t request = request_of(0);
        BJ_CHECK(request.start_seq == cases[i].from && request.end_seq == cases[i].part_to);
    }
    limits.request_max = 4;
    make_with(&limits);
    bj_feed_recovery_want(b.recovery, 0, 1, 10);
    for (uint32_t from = 1; from <= 10; from += 4) {
        uint8_t data[512];
        uint32_t to = from + 3 < 10 ? from + 3 : 10;
        pass(limits.connect_every_ns);
        bj_mtbt_request_t request = request_of(0);
        BJ_CHECK(request.start_seq == from && request.end_seq == to);
        input(0, data, put_answer(data, from, to), 64);
        BJ_CHECK(!b.open[0] && b.got_cnt == to);
    }
    BJ_CHECK(b.done_ok == 1);
}

/* At least 10 ms from one connect to the next and 13 at once, of a segment. */
static void test_limits(void) {
    int64_t every_ns = bj_feed_recovery_limits.connect_every_ns;
    BJ_CHECK(every_ns >= 10 * BJ_NS_PER_MS);
    make();
    for (uint32_t i = 0; i < STREAMS; i++) bj_feed_recovery_want(b.recovery, i, 1, 2);
    pass(0);
    BJ_CHECK(b.connects == 2 && b.open[0] && b.open[16]); /* one a segment */
    pass(every_ns - 1);
    BJ_CHECK(b.connects == 2);
    pass(1);
    BJ_CHECK(b.connects == 4);
    for (int i = 0; i < 100; i++) pass(every_ns);
    BJ_CHECK(b.connects == 13 + 4);
    bj_feed_recovery_cancel(b.recovery, 3); /* one less: room for one more */
    BJ_CHECK(!b.open[3]);
    for (int i = 0; i < 10; i++) pass(every_ns);
    BJ_CHECK(b.connects == 14 + 4 && b.done == 0);
    hang_up(4); /* comes again */
    for (int i = 0; i < 20; i++) pass(every_ns);
    BJ_CHECK(b.connects == 15 + 4);
}

/* Who always wants more does not keep the others waiting. */
static void test_turns(void) {
    bj_feed_recovery_limits_t limits = bj_feed_recovery_limits;
    uint8_t data[512];
    limits.connections_max = 1;
    make_with(&limits);
    bj_feed_recovery_want(b.recovery, 0, 1, 1);
    bj_feed_recovery_want(b.recovery, 5, 1, 1);
    pass(0);
    BJ_CHECK(b.open[0]);
    request_of(0);
    input(0, data, put_answer(data, 1, 1), 512);
    BJ_CHECK(b.done_ok == 1);
    bj_feed_recovery_want(b.recovery, 0, 2, 2);
    pass(limits.connect_every_ns);
    BJ_CHECK(!b.open[0] && b.open[5]);
}

static void test_changes_of_mind(void) {
    make();
    bj_feed_recovery_want(b.recovery, 0, 1, 2);
    pass(0);
    BJ_CHECK(request_of(0).type == 'R');
    bj_feed_recovery_want_snapshot(b.recovery, 0); /* instead */
    BJ_CHECK(!b.open[0] && b.done == 0);
    pass(bj_feed_recovery_limits.connect_every_ns);
    BJ_CHECK(b.open[0] && request_of(0).type == 'O');
    bj_feed_recovery_cancel(b.recovery, 0);
    bj_feed_recovery_cancel(b.recovery, 0);
    pass(BJ_NS_PER_S);
    BJ_CHECK(!b.open[0] && b.connects == 2 && b.done == 0);
    bj_feed_recovery_closed(b.recovery, 0, b.now_ns); /* late news of what is gone */
    bj_feed_recovery_connected(b.recovery, 0, b.now_ns);
    bj_feed_recovery_input(b.recovery, 0, (const uint8_t *)"x", 1, b.now_ns);
    BJ_CHECK(b.done == 0 && !bj_feed_recovery_open(b.recovery, 0));
}

static void test_shapes(void) {
    static const bj_feed_recovery_limits_t good = {1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0};
    bj_feed_recovery_limits_t bad[] = {good, good, good, good, good, good};
    bad[0].request_max = 0, bad[1].connections_max = 0, bad[2].try_max = 0;
    bad[3].timeout_ns = 0, bad[4].total_ns = 0, bad[5].backoff_ns = -1;
    bj_feed_recovery_config_t config = config_of(&good);
    BJ_CHECK(bj_feed_recovery_footprint(&config));
    config.stream_cnt = 0;
    BJ_CHECK(!bj_feed_recovery_footprint(&config));
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        config = config_of(&bad[i]);
        BJ_CHECK(!bj_feed_recovery_footprint(&config));
    }
}

int main(void) {
    test_messages();
    test_snapshot();
    test_every_cut();
    test_every_byte();
    test_strange_answers();
    test_tries();
    test_cut_and_cut();
    test_slow();
    test_parts();
    test_limits();
    test_turns();
    test_changes_of_mind();
    test_shapes();
    free(b.recovery);
    return bj_test_end("test_bj_feed_recovery");
}
