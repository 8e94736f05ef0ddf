/* Any bytes, as a frame or as a datagram, from either source, over a feed that lives on: nothing is
 * read past the end, every message is counted under one heading, and the rows stay in order. */
#include "dataplane/feed/bj_feed.h"

#include "dataplane/feed/test_feed_bed.h"

static void check_side(const bj_market_level_t *levels, int sign) {
    for (int i = 0; i < BJ_MARKET_LEVELS; i++) {
        assert((levels[i].price_paise > 0) == (levels[i].qty > 0));
        assert((levels[i].price_paise > 0) == (levels[i].order_cnt > 0));
        if (i && levels[i].price_paise) {
            assert(sign * levels[i].price_paise > sign * levels[i - 1].price_paise);
        }
    }
}

/* Eight bytes of input to a message that is good but for what the bytes say: without these the
 * fuzzer would seldom meet a sequence, a time and an order id that fit together. */
static void one_message(bed_t *bed, uint32_t source, const uint8_t *op) {
    static const uint8_t types[] = {'N', 'M', 'X', 'T'};
    uint32_t idx = op[0] % BED_INSTRUMENTS, stream_idx = bed_tokens[idx].stream_idx;
    uint64_t id = op[1] % 100u, other = op[2] % 100u;
    int32_t price_paise = 100000 + op[3] * 10, qty = op[4];
    uint32_t seq = bed->seq[stream_idx] + (uint32_t)(int8_t)op[5];
    int64_t exch_ns = bed->now_ns + (int8_t)op[6] * 1000;
    uint8_t type = types[op[7] % 4];
    bj_mtbt_order_t order =
        bed_order(type, seq, exch_ns, idx, id, op[7] & 4 ? 'B' : 'S', price_paise, qty);
    bj_mtbt_trade_t trade = bed_trade(seq, exch_ns, idx, id, other, price_paise, qty);
    bed->seq[stream_idx] = seq;
    bed->now_ns += 1000;
    if (type == 'T') {
        bed_datagram(bed, source, &trade, sizeof trade, bed->now_ns);
    } else {
        bed_datagram(bed, source, &order, sizeof order, bed->now_ns);
    }
}

/* The first byte says how: bit 0 the source, bits 1 and 2 what the rest is, bits 3 to 7 how much
 * time has passed. */
static void one_input(bed_t *bed, const uint8_t *data, size_t data_bytes) {
    enum { DATAGRAM, FRAME, PAYLOAD, MESSAGES };
    uint8_t how = data[0], frame[2048];
    uint32_t source = how & 1;
    size_t n;
    bed->now_ns += (how >> 3) * INT64_C(100000);
    data++, data_bytes--;
    if (data_bytes > 1500) data_bytes = 1500;
    switch (how >> 1 & 3) {
    case DATAGRAM: bed_datagram(bed, source, data, data_bytes, bed->now_ns); break;
    case FRAME: bj_feed_frame(bed->feed, source, data, data_bytes, bed->now_ns); break;
    case PAYLOAD:
        n = bed_frame(frame, source ? BED_GROUP_B : BED_GROUP_A, source ? 10631 : 16641, data,
                      data_bytes);
        bj_feed_frame(bed->feed, source, frame, n, bed->now_ns);
        break;
    case MESSAGES:
        for (size_t i = 0; i + 8 <= data_bytes; i += 8) one_message(bed, source, data + i);
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
