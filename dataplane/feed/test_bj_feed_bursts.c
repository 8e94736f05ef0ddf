/* Goal: a burst leaves what its frames or datagrams leave one by one: with copies and holes in its
 * midst, messages in the wrong group, trades, heartbeats, bytes that are none, and more of them
 * than a batch holds. */
#include "dataplane/feed/test_feed_bed.h"

#include <inttypes.h>
#include "dataplane/base/bj_test.h"

enum { BURST_MAX = 80, BURSTS = 600, FRAME_BYTES = 128 };

typedef struct burst {
    uint8_t frame[BURST_MAX][FRAME_BYTES];
    bj_feed_packet_t frames[BURST_MAX], datagrams[BURST_MAX];
    uint32_t cnt;
} burst_t;

static uint64_t rng;
static uint32_t dice(uint32_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((rng >> 32) * sides >> 32);
}

static void put(burst_t *burst, uint32_t group_idx, const void *payload, size_t bytes) {
    uint8_t *frame = burst->frame[burst->cnt];
    size_t frame_bytes = bed_frame(frame, BED_GROUP_A + group_idx, (uint16_t)(16641 + group_idx),
                                   payload, bytes);
    burst->frames[burst->cnt] = (bj_feed_packet_t){frame, frame_bytes};
    burst->datagrams[burst->cnt++] = (bj_feed_packet_t){frame + 42, frame_bytes - 42};
}

static void any_message(burst_t *burst, bed_t *bed, bool groups) {
    static const char types[] = "NNNXM";
    uint32_t idx = dice(BED_INSTRUMENTS), stream_idx = bed_tokens[idx].stream_idx;
    uint32_t group_idx = groups && dice(20) == 0 ? 1 - stream_idx : stream_idx;
    uint32_t seq = ++bed->seq[stream_idx];
    bed->now_ns += 1000;
    bj_mtbt_trade_t trade = bed_trade(seq, bed->now_ns, idx, 1 + dice(90), 100 + dice(90), 1000, 3);
    bj_mtbt_order_t order =
        bed_order((uint8_t)types[dice(5)], seq, bed->now_ns, idx, 1 + dice(190),
                  dice(2) ? 'B' : 'S', 100000 + 5 * (int32_t)dice(60), 1 + (int32_t)dice(50));
    bj_mtbt_heartbeat_t beat = {{sizeof beat, bed_streams[stream_idx].stream_id, 0}, 'Z', seq};
    uint32_t what = dice(40);
    if (what == 0) put(burst, group_idx, &beat, sizeof beat);
    else if (what == 1) order.qty = -1, put(burst, group_idx, &order, sizeof order);
    else if (what == 2) put(burst, group_idx, &order, 20);
    else if (what == 3) return; /* a hole */
    else if (what < 7) put(burst, group_idx, &trade, sizeof trade);
    else put(burst, group_idx, &order, sizeof order);
    bool again = dice(6) == 0 && burst->cnt < BURST_MAX;
    if (again) put(burst, group_idx, burst->datagrams[burst->cnt - 1].data,
                   burst->datagrams[burst->cnt - 1].data_bytes);
}

static bool same_rows(bed_t *a, bed_t *b) {
    bool same = true;
    for (uint32_t i = 0; i < BED_INSTRUMENTS; i++) {
        bj_market_row_t x = bed_row(a, i), y = bed_row(b, i);
        same &= !memcmp(x.bid, y.bid, sizeof x.bid) && !memcmp(x.ask, y.ask, sizeof x.ask) &&
                x.flags == y.flags && x.update_cnt == y.update_cnt && x.exch_ns == y.exch_ns &&
                x.volume_qty == y.volume_qty && x.total_buy_qty == y.total_buy_qty &&
                x.total_sell_qty == y.total_sell_qty;
    }
    const bj_feed_counters_t *x = bj_feed_counters(a->feed), *y = bj_feed_counters(b->feed);
    return same && !memcmp(x, y, sizeof *x);
}

static void hand_in(bed_t *at_once, bed_t *singly, const burst_t *burst, bool groups) {
    uint32_t source = dice(2) && !groups;
    singly->now_ns = at_once->now_ns;
    if (groups) bj_feed_frames(at_once->feed, 0, burst->frames, burst->cnt, at_once->now_ns);
    else
        bj_feed_datagrams(at_once->feed, source, BJ_SEGMENT_CM, burst->datagrams, burst->cnt,
                          at_once->now_ns);
    for (uint32_t i = 0; i < burst->cnt; i++) {
        const bj_feed_packet_t *frame = &burst->frames[i];
        if (groups)
            bj_feed_frame(singly->feed, 0, frame->data, frame->data_bytes, singly->now_ns);
        else
            bed_datagram(singly, source, burst->datagrams[i].data, burst->datagrams[i].data_bytes,
                         singly->now_ns);
    }
}

/* Good and in order, but in the other stream's group: bad, and still awaited. */
static void check_wrong_group(bed_t *bed) {
    static burst_t burst;
    const bj_feed_counters_t *counters = bj_feed_counters(bed->feed);
    bj_mtbt_order_t order = bed_order('N', bed->seq[0] + 1, bed->now_ns + 1, 0, 777, 'B', 9000, 1);
    for (uint32_t group_idx = 2; group_idx-- > 0;) {
        uint64_t bad = counters->bad_messages, good = counters->messages;
        burst.cnt = 0;
        put(&burst, group_idx, &order, sizeof order);
        bj_feed_frames(bed->feed, 0, burst.frames, 1, bed->now_ns + 1);
        BJ_CHECK(counters->bad_messages == bad + (group_idx == 1));
        if (group_idx == 1) BJ_CHECK(counters->messages == good); /* else behind a hole, perhaps */
    }
}

static void test_bursts(uint64_t seed, bool groups) {
    static burst_t burst;
    bed_t at_once, singly;
    unsigned fails = bj_fail_cnt;
    rng = seed;
    bed_open(&at_once, 300);
    bed_open(&singly, 300);
    for (int k = 0; k < BURSTS && bj_fail_cnt == fails; k++) {
        uint32_t want = 1 + dice(dice(4) ? 8 : BURST_MAX - 1);
        burst.cnt = 0;
        for (uint32_t i = 0; i < want && burst.cnt < BURST_MAX; i++)
            any_message(&burst, &at_once, groups);
        hand_in(&at_once, &singly, &burst, groups);
        if (dice(3) == 0) singly.now_ns = at_once.now_ns += BED_GAP_WAIT_NS;
        BJ_CHECK(same_rows(&at_once, &singly));
    }
    if (groups) check_wrong_group(&at_once);
    const bj_feed_counters_t *counters = bj_feed_counters(at_once.feed);
    BJ_CHECK(counters->duplicates && counters->gaps && counters->bad_messages && counters->trades);
    BJ_CHECK(counters->heartbeats && counters->bad_datagrams && counters->messages > 1000);
    if (bj_fail_cnt != fails) fprintf(stderr, "  seed %" PRIu64 ", groups %d\n", seed, groups);
    bed_close(&at_once);
    bed_close(&singly);
}

int main(void) {
    for (uint64_t seed = 1; seed <= 4; seed++) {
        test_bursts(seed, false);
        test_bursts(seed, true);
    }
    return bj_test_end("test_bj_feed_bursts");
}
