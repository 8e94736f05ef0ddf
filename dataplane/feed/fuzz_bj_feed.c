/* Any bytes, as a frame or as a datagram, from either source, over a feed that lives on: nothing is
 * read past the end, every message is counted under one heading, and the rows stay in order. */
#include "dataplane/feed/bj_feed.h"

#include "dataplane/feed/feed_test.h"

static void check_side(const bj_market_level_t *levels, int sign) {
    for (int i = 0; i < BJ_MARKET_LEVELS; i++) {
        assert((levels[i].price_paise > 0) == (levels[i].qty > 0));
        assert((levels[i].price_paise > 0) == (levels[i].order_cnt > 0));
        if (i && levels[i].price_paise) {
            assert(sign * levels[i].price_paise > sign * levels[i - 1].price_paise);
        }
    }
}

/* The first byte says how: bit 0 the source, bit 1 frame or datagram, the rest how much time passes.
 * In a frame the addresses are set right half of the time, or nothing would ever come through. */
static void one_input(bed_t *bed, const uint8_t *data, size_t data_bytes) {
    uint8_t how = data[0], frame[2048];
    uint32_t source = how & 1;
    bed->now_ns += (how >> 3) * INT64_C(100000);
    data++, data_bytes--;
    if (data_bytes > 1500) data_bytes = 1500;
    if (!(how & 2)) {
        bj_feed_datagram(bed->feed, source, data, data_bytes, bed->now_ns);
    } else if (how & 4) {
        bj_feed_frame(bed->feed, source, data, data_bytes, bed->now_ns);
    } else {
        size_t n = bed_frame(frame, source ? BED_GROUP_B : BED_GROUP_A, source ? 10631 : 16641, data,
                             data_bytes);
        bj_feed_frame(bed->feed, source, frame, n, bed->now_ns);
    }
    bj_feed_step(bed->feed, bed->now_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bed_t bed;
    static unsigned age;
    if (!bed.feed) bed_open(&bed, 64);
    if (data_bytes < 1) return 0;
    one_input(&bed, data, data_bytes);
    for (uint32_t i = 0; i < BED_INSTRUMENTS; i++) {
        bj_market_row_t row = bed_row(&bed, i);
        check_side(row.bid, -1);
        check_side(row.ask, 1);
        assert(row.volume_qty >= 0 && row.value_paise >= 0 && row.total_buy_qty >= 0);
    }
    if (++age % 4096 == 0) bed_close(&bed), bed.feed = NULL; /* now and then a fresh one */
    return 0;
}
