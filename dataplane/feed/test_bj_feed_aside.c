/* What a feed leaves to others: groups on its ports that are not its own, rows of the market
 * without a stream. */
#include "dataplane/base/bj_test.h"
#include "dataplane/feed/test_feed_bed.h"

/* Another's groups on the same ports: any bytes go to its owner, from its own port only. */
typedef struct aside_seen {
    uint32_t cnt, source, aside_idx;
    size_t   bytes;
    uint8_t  first;
} aside_seen_t;

static void on_aside(void *ctx, uint32_t source, uint32_t aside_idx, const uint8_t *data,
                     size_t data_bytes, int64_t now_ns) {
    aside_seen_t *seen = ctx;
    BJ_CHECK(now_ns >= BED_NOW_NS);
    *seen = (aside_seen_t){seen->cnt + 1, source, aside_idx, data_bytes, data_bytes ? *data : 0};
}

static void test_asides(void) {
    static const bj_feed_aside_t asides[] = {{{{BED_GROUP_A, 10811}, {BED_GROUP_B, 10812}}},
                                             {{{BED_GROUP_A + 9, 10811}, {0, 0}}}};
    bed_t bed;
    bed_open(&bed, 100);
    aside_seen_t seen = {0};
    bj_feed_config_t config = bed_config(bed.market, 100);
    config.asides = asides, config.aside_cnt = 2;
    BJ_CHECK(!bj_feed_new(bed.feed, &config)); /* whose? */
    config.on_aside = on_aside, config.on_aside_ctx = &seen;
    bed.feed = bj_feed_new(bed.feed, &config);
    uint8_t frame[128];
    size_t n = bed_frame(frame, BED_GROUP_A, 10811, "any bytes", 9);
    bj_feed_frame(bed.feed, 0, frame, n, bed.now_ns);
    BJ_CHECK(seen.cnt == 1 && seen.source == 0 && seen.aside_idx == 0 && seen.bytes == 9);
    BJ_CHECK(seen.first == 'a' && bj_feed_counters(bed.feed)->datagrams_a == 0);
    bj_feed_frame(bed.feed, 1, frame, n, bed.now_ns); /* A's group on B's port */
    BJ_CHECK(seen.cnt == 1 && bj_feed_counters(bed.feed)->bad_datagrams == 1);
    n = bed_frame(frame, BED_GROUP_B, 10812, "", 0);
    bj_feed_frame(bed.feed, 1, frame, n, bed.now_ns);
    BJ_CHECK(seen.cnt == 2 && seen.source == 1 && seen.bytes == 0);
    n = bed_frame(frame, BED_GROUP_A + 9, 10811, "b", 1);
    bj_feed_frame(bed.feed, 0, frame, n, bed.now_ns);
    BJ_CHECK(seen.cnt == 3 && seen.aside_idx == 1);
    bj_mtbt_order_t one = bed_order('N', 1, bed.now_ns, 0, 11, 'B', 131500, 10);
    n = bed_frame(frame, BED_GROUP_A, 16641, &one, sizeof one);
    bj_feed_frame(bed.feed, 0, frame, n, bed.now_ns);
    BJ_CHECK(seen.cnt == 3 && bj_feed_counters(bed.feed)->messages == 1);
    static const bj_feed_aside_t taken[] = {{{{BED_GROUP_A, 16641}, {0, 0}}}};
    config.asides = taken, config.aside_cnt = 1;
    BJ_CHECK(!bj_feed_new(bed.feed, &config)); /* a stream's group */
    bed_close(&bed);
}

/* Somebody else writes row 1: a message of its token is unknown, and nothing is written there. */
static void test_no_stream(void) {
    bed_t bed;
    bed_open(&bed, 100);
    bj_feed_instrument_t instruments[BED_INSTRUMENTS];
    memcpy(instruments, bed_tokens, sizeof instruments);
    instruments[1].stream_idx = BJ_FEED_NO_STREAM;
    bj_feed_config_t config = bed_config(bed.market, 100);
    config.instruments = instruments;
    bed.feed = bj_feed_new(bed.feed, &config);
    BJ_CHECK(bed.feed != NULL);
    bj_market_begin(bed.market, 1)->flags = BJ_MARKET_BROADCAST;
    bj_market_end(bed.market, 1);
    bed_send_order(&bed, 'N', 1, 11, 'B', 112000, 10);
    bed_send_order(&bed, 'N', 0, 12, 'B', 131500, 10);
    BJ_CHECK(bj_feed_counters(bed.feed)->unknown_tokens == 1);
    bed.now_ns += 4 * BJ_NS_PER_S; /* its neighbours' stream is silent */
    bj_feed_step(bed.feed, bed.now_ns);
    BJ_CHECK(bed_row(&bed, 0).flags == BJ_MARKET_STALE);
    bj_market_row_t row = bed_row(&bed, 1);
    BJ_CHECK(row.flags == BJ_MARKET_BROADCAST && row.update_cnt == 0);
    bed_close(&bed);
}

int main(void) {
    test_asides();
    test_no_stream();
    return bj_test_end("test_bj_feed_aside");
}
