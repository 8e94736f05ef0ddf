/* Goal: an order that takes and the trades behind it, handed in together, leave what they leave one
 * by one, rows, figures, counters and ticks: when it is filled, by one or by many; when something
 * is left of it; when the trades are of others, or name nobody. */
#include "dataplane/feed/test_feed_bed.h"

#include <inttypes.h>
#include "dataplane/base/bj_test.h"

enum { ROUNDS = 3000, BURST_MAX = 16, FRAME_BYTES = 64, ID_CNT = 120, MID = 100000, TICK = 10 };

typedef struct burst {
    uint8_t bytes[BURST_MAX][FRAME_BYTES];
    bj_feed_packet_t packet[BURST_MAX];
    uint32_t cnt;
} burst_t;

static uint64_t rng;
static uint32_t dice(uint32_t sides) {
    rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((rng >> 32) * sides >> 32);
}

static void put(burst_t *burst, const void *message, size_t bytes) {
    if (burst->cnt == BURST_MAX) return;
    memcpy(burst->bytes[burst->cnt], message, bytes);
    burst->packet[burst->cnt] = (bj_feed_packet_t){burst->bytes[burst->cnt], bytes};
    burst->cnt++;
}

static void put_order(burst_t *burst, bed_t *bed, char type, uint32_t idx, uint64_t id, bool sell,
                      int32_t price_paise, int32_t qty) {
    uint32_t seq = ++bed->seq[bed_tokens[idx].stream_idx];
    bj_mtbt_order_t order = bed_order((uint8_t)type, seq, bed->now_ns += 1000, idx, id,
                                      sell ? 'S' : 'B', price_paise, qty);
    put(burst, &order, sizeof order);
}

static void put_trade(burst_t *burst, bed_t *bed, uint32_t idx, bool sell, uint64_t taker_id,
                      uint64_t maker_id, int32_t qty) {
    uint32_t seq = ++bed->seq[bed_tokens[idx].stream_idx];
    bj_mtbt_trade_t trade = bed_trade(seq, bed->now_ns += 1000, idx, sell ? maker_id : taker_id,
                                      sell ? taker_id : maker_id, MID, qty);
    put(burst, &trade, sizeof trade);
}

/* Behind the middle, so that books are seldom crossed for long. */
static void put_maker(burst_t *burst, bed_t *bed, uint32_t idx) {
    bool sell = dice(2);
    int32_t away_paise = TICK * (int32_t)(1 + dice(25));
    put_order(burst, bed, "NNX"[dice(3)], idx, 1 + dice(ID_CNT), sell,
              sell ? MID + away_paise : MID - away_paise, 1 + (int32_t)dice(20));
}

/* Its id is a new one, or that of an order that stands. */
static void put_taker(burst_t *burst, bed_t *bed, uint32_t idx) {
    bool sell = dice(2), wrong_side = dice(12) == 0;
    uint64_t id = dice(8) ? 1000 + dice(50) : 1 + dice(ID_CNT);
    int32_t qty = 1 + (int32_t)dice(20), left_qty = qty + (int32_t)(dice(4) ? 0 : dice(3)) - 1;
    put_order(burst, bed, dice(10) ? 'N' : 'M', idx, id, sell,
              sell ? MID - TICK * 26 : MID + TICK * 26, qty);
    if (dice(15) == 0) put_maker(burst, bed, dice(BED_INSTRUMENTS));
    for (left_qty++; left_qty > 0;) {
        int32_t fill_qty = dice(3) ? left_qty : 1 + (int32_t)dice((uint32_t)left_qty);
        uint64_t maker_id = dice(20) ? 1 + dice(ID_CNT) : dice(2) ? id : 0;
        put_trade(burst, bed, dice(30) ? idx : dice(BED_INSTRUMENTS), sell ^ wrong_side,
                  dice(30) ? id : 0, maker_id, fill_qty);
        left_qty -= fill_qty;
    }
    if (dice(4) == 0) put_trade(burst, bed, idx, sell, id, 1 + dice(ID_CNT), 1); /* once more */
    if (dice(2)) put_order(burst, bed, 'X', idx, id, sell, MID, qty); /* gone, if it still stood */
}

static bool same_rows(bed_t *a, bed_t *b) {
    bool same = true;
    for (uint32_t i = 0; i < BED_INSTRUMENTS; i++) {
        bj_market_row_t x = bed_row(a, i), y = bed_row(b, i);
        x.version = y.version = 0; /* how often it was written is nobody's business */
        same &= !memcmp(&x, &y, sizeof x);
    }
    return same && !memcmp(bj_feed_counters(a->feed), bj_feed_counters(b->feed),
                           sizeof(bj_feed_counters_t));
}

static bool same_ticks(bed_t *a, bed_t *b, uint64_t *next_seq) {
    bj_market_tick_t x, y;
    for (uint64_t missed_cnt, other_seq = *next_seq;;) {
        bool one = bj_market_next(a->reader, next_seq, &x, &missed_cnt);
        if (one != bj_market_next(b->reader, &other_seq, &y, &missed_cnt) || missed_cnt)
            return false;
        if (!one) return true;
        if (memcmp(&x, &y, sizeof x)) return false;
    }
}

static void hand_in(bed_t *at_once, bed_t *singly, const burst_t *burst) {
    singly->now_ns = at_once->now_ns;
    bj_feed_datagrams(at_once->feed, 0, BJ_SEGMENT_CM, burst->packet, burst->cnt, at_once->now_ns);
    for (uint32_t i = 0; i < burst->cnt; i++)
        bed_datagram(singly, 0, burst->packet[i].data, burst->packet[i].data_bytes, singly->now_ns);
}

static void test_takers(uint64_t seed, uint32_t order_max) {
    static burst_t burst;
    bed_t at_once, singly;
    unsigned fails = bj_fail_cnt;
    uint64_t next_seq = 1;
    rng = seed;
    bed_open(&at_once, order_max);
    bed_open(&singly, order_max);
    for (int k = 0; k < ROUNDS && bj_fail_cnt == fails; k++) {
        uint32_t idx = dice(BED_INSTRUMENTS);
        burst.cnt = 0;
        for (uint32_t makers = dice(4); makers > 0; makers--)
            put_maker(&burst, &at_once, idx);
        put_taker(&burst, &at_once, idx);
        hand_in(&at_once, &singly, &burst);
        if (dice(5) == 0) at_once.now_ns += 2 * BED_GAP_WAIT_NS, singly.now_ns = at_once.now_ns;
        BJ_CHECK(same_rows(&at_once, &singly));
        BJ_CHECK(same_ticks(&at_once, &singly, &next_seq));
    }
    const bj_feed_counters_t *counters = bj_feed_counters(at_once.feed);
    BJ_CHECK(counters->trades > ROUNDS && counters->unknown_orders && counters->orders);
    BJ_CHECK(next_seq > ROUNDS);
    if (bj_fail_cnt != fails) fprintf(stderr, "  seed %" PRIu64 "\n", seed);
    bed_close(&at_once);
    bed_close(&singly);
}

int main(void) {
    for (uint64_t seed = 1; seed <= 8; seed++)
        test_takers(seed, 2 * ID_CNT);
    return bj_test_end("test_bj_feed_takers");
}
