/* Goal: every field at its place, in both segments, compressed or not; each way a record, message,
 * item or datagram can be wrong, one row each; every truncation in a block of exactly that size. */
#include <math.h>

#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/bcast/test_bcast_bed.h"

static const bj_segment_t segments[] = {BJ_SEGMENT_CM, BJ_SEGMENT_FO};
static const uint16_t codes[] = {7208, 7207};

static void check_mbp(const bj_bcast_mbp_t *mbp, bj_segment_t segment, uint32_t token) {
    BJ_CHECK(mbp->token == token && mbp->segment == segment && mbp->exch_ns == BED_NS);
    BJ_CHECK(mbp->last_trade_ns == BED_NS - 3 * BJ_NS_PER_S && mbp->book_type == 1);
    BJ_CHECK(mbp->trading_status == 2 && mbp->volume_qty == 1234567);
    BJ_CHECK(mbp->last_paise == 152340 && mbp->last_qty == 25 && mbp->average_paise == 151902);
    BJ_CHECK(mbp->total_buy_qty == 777000 && mbp->total_sell_qty == 888000 && mbp->bits == 0x90);
    BJ_CHECK(mbp->prev_close_paise == 147770 && mbp->open_paise == 150815);
    BJ_CHECK(mbp->high_paise == 155385 && mbp->low_paise == 149295);
    BJ_CHECK(mbp->indicative_close_paise == (segment == BJ_SEGMENT_CM ? 152400 : 0));
    for (int i = 0; i < 5; i++) {
        BJ_CHECK(mbp->bid[i].price_paise == 152300 - 5 * i && mbp->bid[i].qty == 100 * (i + 1));
        BJ_CHECK(mbp->ask[i].price_paise == 152305 + 5 * i && mbp->ask[i].qty == 100 * (i + 1));
        BJ_CHECK(mbp->bid[i].order_cnt == (uint32_t)i + 1);
        BJ_CHECK(mbp->ask[i].order_cnt == (uint32_t)i + 1);
    }
}

static void check_index(const bj_bcast_index_t *index, bj_segment_t segment, int32_t r) {
    char name[22] = "Bharat 50";
    if (r) snprintf(name, sizeof name, "Bharat Ban%d", r);
    BJ_CHECK(!strcmp(index->name, name) && index->segment == segment && index->exch_ns == BED_NS);
    BJ_CHECK(index->value_x100 == 2448050 + r && index->high_x100 == 2455010 + r);
    BJ_CHECK(index->low_x100 == 2440005 + r && index->open_x100 == 2441000 + r);
    BJ_CHECK(index->prev_close_x100 == 2437000 + r);
    BJ_CHECK(index->change_x100 == (r % 2 ? -(45 + r) : 45 + r));
    BJ_CHECK(index->year_high_x100 == 2600000 + r && index->year_low_x100 == 2100000 + r);
    BJ_CHECK(index->up_cnt == 120 + r && index->down_cnt == 80 + r);
}

/* All messages of a segment in one datagram, each twice: as it is and compressed. */
static void test_good(bj_segment_t segment) {
    bed_datagram_t datagram;
    uint8_t message[BED_ITEM_BYTES];
    bj_bcast_t bcast = {0};
    bed_seen_t seen = {0};
    bed_begin(&datagram, bed_net(segment), 4);
    for (int i = 0; i < 4; i++) {
        size_t n = bed_message(message, codes[i / 2], segment);
        bed_item(&datagram, message, n, i % 2);
    }
    memset(datagram.data + datagram.bytes, 0x5a, 7); /* padding */
    size_t padded = datagram.bytes + 7;
    BJ_CHECK(bj_bcast_datagram(&bcast, datagram.data, padded, &bed_ops, &seen) == BJ_OK);
    BJ_CHECK(seen.mbp_cnt == 4 && seen.index_cnt == 12);
    for (uint32_t i = 0; i < 4; i++) check_mbp(&seen.mbp[i], segment, 101 + i % 2);
    for (int32_t i = 0; i < 12; i++) check_index(&seen.index[i], segment, i % 6);
    BJ_CHECK(bcast.datagrams == 1 && bcast.items == 4 && bcast.mbp_records == 4);
    BJ_CHECK(bcast.index_records == 12 && bcast.bad_datagrams == 0 && bcast.bad_items == 0);
    BJ_CHECK(bcast.bad_records == 0 && bcast.other_messages == 0);
    BJ_CHECK(bj_bcast_datagram(&bcast, datagram.data, datagram.bytes, &(bj_bcast_ops_t){0}, NULL) ==
             BJ_OK); /* nobody listens */
}

/* --- one field of a good message replaced */

enum { OK, BAD_RECORD, BAD_MESSAGE, OTHER };
#define CM BJ_SEGMENT_CM
#define FO BJ_SEGMENT_FO

static const struct {
    uint16_t     code;
    bj_segment_t segment;
    size_t       at, bytes; /* in the message */
    int64_t      put;
    int          want;
} cases[] = {
    {7208, CM, 10, 2, 7209, OTHER},
    {7208, CM, 10, 2, 0, OTHER},
    {7208, CM, 38, 2, 565, BAD_MESSAGE},
    {7208, CM, 38, 2, 567, BAD_MESSAGE},
    {7208, CM, 38, 2, 470, BAD_MESSAGE}, /* the other segment's */
    {7208, FO, 38, 2, 566, BAD_MESSAGE},
    {7208, CM, 38, 2, 0, BAD_MESSAGE},
    {7208, CM, 38, 2, -1, BAD_MESSAGE},
    {7208, CM, 40, 2, 3, BAD_MESSAGE},
    {7208, CM, 40, 2, -1, BAD_MESSAGE},
    {7208, CM, 4, 4, 0, OK}, /* no time: said as 0 */
    {7208, CM, 42, 4, 0, BAD_RECORD},
    {7208, CM, 42, 4, -1, BAD_RECORD},
    {7208, CM, 42, 4, INT32_MAX, OK},
    {7208, CM, 42 + 8, 8, -1, BAD_RECORD},
    {7208, CM, 42 + 8, 8, INT64_MAX, OK},
    {7208, CM, 42 + 16, 4, -1, BAD_RECORD},
    {7208, CM, 42 + 16, 4, 0, OK},
    {7208, CM, 42 + 26, 4, -1, BAD_RECORD},
    {7208, CM, 42 + 30, 4, 0, OK},
    {7208, CM, 42 + 34, 4, -1, BAD_RECORD},
    {7208, CM, 42 + 60, 8, 0, BAD_RECORD},           /* a price without a quantity */
    {7208, CM, 42 + 60, 8, -1, BAD_RECORD},
    {7208, CM, 42 + 68, 4, 0, BAD_RECORD},           /* a quantity without a price */
    {7208, CM, 42 + 68, 4, -5, BAD_RECORD},
    {7208, CM, 42 + 68, 4, 152295, BAD_RECORD},      /* the same price as the second */
    {7208, CM, 42 + 68, 4, 152294, BAD_RECORD},      /* a worse one */
    {7208, CM, 42 + 72, 2, 0, OK},
    {7208, CM, 42 + 60 + 5 * 16 + 8, 4, 152310, BAD_RECORD},
    {7208, CM, 42 + 224, 8, -1, BAD_RECORD},
    {7208, CM, 42 + 232, 8, -1, BAD_RECORD},
    {7208, CM, 42 + 242, 4, -1, BAD_RECORD},
    {7208, CM, 42 + 246, 4, -1, BAD_RECORD},
    {7208, CM, 42 + 250, 4, 149294, BAD_RECORD},     /* high below low */
    {7208, CM, 42 + 258, 4, -1, BAD_RECORD},
    {7208, FO, 42 + 8, 4, -1, OK},                   /* unsigned here */
    {7208, FO, 42 + 12, 4, -1, BAD_RECORD},
    {7208, FO, 42 + 56, 4, -1, BAD_RECORD},
    {7208, FO, 42 + 180, 8, 0x7ff8000000000000, BAD_RECORD},  /* NaN */
    {7208, FO, 42 + 180, 8, 0x7ff0000000000000, BAD_RECORD},  /* infinite */
    {7208, FO, 42 + 180, 8, 0x3fe0000000000000, BAD_RECORD},  /* 0.5 */
    {7208, FO, 42 + 180, 8, -0x4010000000000000, BAD_RECORD}, /* -1.0 */
    {7208, FO, 42 + 180, 8, 0x4340000000000000, BAD_RECORD},  /* 2^53 */
    {7208, FO, 42 + 188, 8, 0, OK},
    {7207, CM, 40, 2, 7, BAD_MESSAGE},
    {7207, CM, 42, 1, 7, BAD_RECORD}, /* a name that rings */
    {7207, CM, 42 + 22, 4, 0, BAD_RECORD},
    {7207, CM, 42 + 22, 4, -1, BAD_RECORD},
    {7207, CM, 42 + 26, 4, 1, BAD_RECORD},
    {7207, CM, 42 + 42, 4, INT32_MIN, BAD_RECORD},
    {7207, CM, 42 + 70, 1, 'x', BAD_RECORD},
    {7207, CM, 42 + 70, 1, ' ', OK},
    {7207, FO, 42 + 21, 4, 0, BAD_RECORD},
    {7207, FO, 42 + 69, 1, 'x', BAD_RECORD},
};

static void one_case(size_t i, bool compressed) {
    uint8_t message[BED_ITEM_BYTES];
    bed_datagram_t datagram;
    bj_bcast_t bcast = {0};
    bed_seen_t seen = {0};
    unsigned fails = bj_fail_cnt;
    size_t n = bed_message(message, cases[i].code, cases[i].segment);
    bed_put(message + cases[i].at, (uint64_t)cases[i].put, cases[i].bytes);
    bed_begin(&datagram, bed_net(cases[i].segment), 2);
    bed_item(&datagram, message, n, compressed);
    n = bed_message(message, cases[i].code, cases[i].segment); /* and a good one behind it */
    bed_item(&datagram, message, n, true);
    size_t all = cases[i].code == 7208 ? 2 : 6;
    int want = cases[i].want;
    bj_status_t status = bj_bcast_datagram(&bcast, datagram.data, datagram.bytes, &bed_ops, &seen);
    size_t got = seen.mbp_cnt + seen.index_cnt;
    bool lost = !compressed && cases[i].at == 38; /* the next item cannot be found */
    if (!lost) {
        BJ_CHECK(status == BJ_OK && bcast.items == 2);
        BJ_CHECK(got == all + (want == OK ? all : want == BAD_RECORD ? all - 1 : 0));
        BJ_CHECK(bcast.bad_items == (want == BAD_MESSAGE));
        BJ_CHECK(bcast.other_messages == (want == OTHER));
    } else {
        BJ_CHECK(got == 0 && bcast.bad_items + bcast.bad_datagrams > 0);
    }
    BJ_CHECK(bcast.bad_records == (want == BAD_RECORD));
    BJ_CHECK(got == bcast.mbp_records + bcast.index_records);
    if (bj_fail_cnt == fails) return;
    fprintf(stderr, "  case %zu: %d @%zu\n", i, cases[i].code, cases[i].at);
}

/* Levels that are not there, and those that hide behind them. */
static void test_levels(void) {
    uint8_t message[BED_ITEM_BYTES];
    for (size_t levels = 0; levels <= 5; levels++) {
        bj_bcast_t bcast = {0};
        bed_seen_t seen = {0};
        size_t n = bed_mbp(message, BJ_SEGMENT_CM);
        memset(message + 42 + 60 + levels * 16, 0, (5 - levels) * 16);
        if (levels < 5) message[42 + 60 + levels * 16 + 13] = 3; /* orders of nothing */
        BJ_CHECK(bj_bcast_message(&bcast, BJ_SEGMENT_CM, message, n, &bed_ops, &seen) == BJ_OK);
        BJ_CHECK(seen.mbp_cnt == 2);
        for (size_t i = 0; i < 5; i++) BJ_CHECK((seen.mbp[0].bid[i].order_cnt > 0) == (i < levels));
        if (levels == 0 || levels > 3) continue;
        bed_put(message + 42 + 60 + 4 * 16, 10, 8); /* a fifth level behind a hole */
        bed_put(message + 42 + 60 + 4 * 16 + 8, 152000, 4);
        BJ_CHECK(bj_bcast_message(&bcast, BJ_SEGMENT_CM, message, n, &bed_ops, &seen) == BJ_OK);
        BJ_CHECK(bcast.bad_records == 1);
    }
    for (size_t hole = 5; hole < 9; hole++) { /* and of the asks, where the next price is higher */
        bj_bcast_t bcast = {0};
        bed_seen_t seen = {0};
        size_t n = bed_mbp(message, BJ_SEGMENT_CM);
        memset(message + 42 + 60 + hole * 16, 0, 16);
        BJ_CHECK(bj_bcast_message(&bcast, BJ_SEGMENT_CM, message, n, &bed_ops, &seen) == BJ_OK);
        BJ_CHECK(bcast.bad_records == 1 && seen.mbp_cnt == 1);
    }
}

/* --- datagrams */

static void test_truncations(bj_segment_t segment, uint16_t code, bool compressed) {
    uint8_t message[BED_ITEM_BYTES];
    bed_datagram_t datagram;
    size_t n = bed_message(message, code, segment);
    for (size_t cut = 0; cut < n; cut++) { /* of the message */
        bj_bcast_t bcast = {0};
        bed_seen_t seen = {0};
        uint8_t *exact = malloc(cut + !cut);
        memcpy(exact, message, cut);
        BJ_CHECK(bj_bcast_message(&bcast, segment, exact, cut, &bed_ops, &seen) ==
                 BJ_ERR_TRUNCATED);
        BJ_CHECK(seen.mbp_cnt + seen.index_cnt == 0);
        free(exact);
    }
    bed_begin(&datagram, bed_net(segment), 1);
    bed_item(&datagram, message, n, compressed);
    for (size_t cut = 0; cut < datagram.bytes; cut++) {
        bj_bcast_t bcast = {0};
        bed_seen_t seen = {0};
        uint8_t *exact = malloc(cut + !cut);
        memcpy(exact, datagram.data, cut);
        BJ_CHECK(bj_bcast_datagram(&bcast, exact, cut, &bed_ops, &seen) == BJ_ERR_TRUNCATED);
        BJ_CHECK(seen.mbp_cnt + seen.index_cnt == 0 && bcast.bad_datagrams == 1);
        free(exact);
    }
}

static void test_datagrams(void) {
    uint8_t message[4096] = {0};
    bed_datagram_t datagram;
    bj_bcast_t bcast = {0};
    bed_seen_t seen = {0};
    size_t n = bed_mbp(message, BJ_SEGMENT_CM);
    static const struct { uint8_t net_id; uint16_t item_cnt; bj_status_t want; } heads[] = {
        {4, 1, BJ_OK}, {4, 2, BJ_ERR_TRUNCATED}, {4, 0, BJ_ERR_BAD_FIELD},
        {4, 0xffff, BJ_ERR_BAD_FIELD}, {4, 0x7fff, BJ_ERR_TRUNCATED},
        {6, 1, BJ_ERR_UNKNOWN_TYPE}, {0, 1, BJ_ERR_UNKNOWN_TYPE}, {255, 1, BJ_ERR_UNKNOWN_TYPE},
        {2, 1, BJ_OK}}; /* the last: its length is not FO's, so the item is bad */
    for (size_t i = 0; i < BJ_COUNT(heads); i++) {
        bed_begin(&datagram, heads[i].net_id, heads[i].item_cnt);
        bed_item(&datagram, message, n, true);
        BJ_CHECK(bj_bcast_datagram(&bcast, datagram.data, datagram.bytes, &bed_ops, &seen) ==
                 heads[i].want);
    }
    BJ_CHECK(bcast.bad_items == 1 && seen.mbp_cnt == 6 && bcast.bad_datagrams == 7);
    /* What decompresses to more than any message: refused, not written past the end. */
    memset(message + n, 0, sizeof message - n);
    for (size_t bytes = BJ_BCAST_ITEM_MAX - 10; bytes < BJ_BCAST_ITEM_MAX + 10; bytes++) {
        bj_bcast_t long_ = {0};
        bed_begin(&datagram, 4, 1);
        bed_item(&datagram, message, bytes, true);
        BJ_CHECK(bj_bcast_datagram(&long_, datagram.data, datagram.bytes, &bed_ops, &seen) ==
                 BJ_OK);
        BJ_CHECK(long_.bad_items == (bytes + BED_SKIP > BJ_BCAST_ITEM_MAX));
    }
    /* An item shorter than what is skipped. */
    for (size_t bytes = 0; bytes < 8; bytes++) {
        bj_bcast_t short_ = {0};
        lzo_align_t work[LZO1Z_999_MEM_COMPRESS / sizeof(lzo_align_t) + 1];
        lzo_uint packed = 0;
        bed_begin(&datagram, 4, 1);
        BJ_CHECK(!lzo1z_999_compress(message, bytes, datagram.data + 6, &packed, work));
        bed_put(datagram.data + 4, packed, 2);
        BJ_CHECK(bj_bcast_datagram(&short_, datagram.data, 6 + packed, &bed_ops, &seen) == BJ_OK);
        BJ_CHECK(short_.bad_items == 1);
    }
}

/* Good datagrams with bytes flipped: nothing is read past the end (sanitizer), all is counted under
 * one heading, and what is let through keeps its promises. */
static void test_flips(uint64_t seed) {
    uint64_t rng = seed * 2 + 1;
    uint8_t message[BED_ITEM_BYTES];
    bed_datagram_t datagram;
    unsigned fails = bj_fail_cnt;
    for (int round = 0; round < 300; round++) {
        bj_bcast_t bcast = {0};
        bed_seen_t seen = {0};
        bj_segment_t segment = segments[round & 1];
        size_t n = bed_message(message, codes[round >> 1 & 1], segment);
        bed_begin(&datagram, bed_net(segment), 1);
        bed_item(&datagram, message, n, round & 4);
        uint8_t *exact = malloc(datagram.bytes);
        memcpy(exact, datagram.data, datagram.bytes);
        for (int k = 0; k <= round % 5; k++) {
            rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            exact[(rng >> 33) % datagram.bytes] ^= (uint8_t)(rng >> 24);
        }
        (void)bj_bcast_datagram(&bcast, exact, datagram.bytes, &bed_ops, &seen);
        BJ_CHECK(seen.mbp_cnt == bcast.mbp_records && seen.index_cnt == bcast.index_records);
        for (size_t i = 0; i < seen.mbp_cnt; i++) {
            const bj_bcast_mbp_t *mbp = &seen.mbp[i];
            BJ_CHECK(mbp->token > 0 && mbp->volume_qty >= 0 && mbp->total_buy_qty >= 0);
            for (int l = 1; l < 5; l++) {
                bool there = mbp->bid[l].qty > 0;
                BJ_CHECK(!there || mbp->bid[l].price_paise < mbp->bid[l - 1].price_paise);
            }
        }
        free(exact);
    }
    if (bj_fail_cnt != fails) fprintf(stderr, "  seed %llu\n", (unsigned long long)seed);
}

int main(void) {
    for (size_t s = 0; s < BJ_COUNT(segments); s++) {
        test_good(segments[s]);
        for (size_t c = 0; c < BJ_COUNT(codes); c++) {
            test_truncations(segments[s], codes[c], false);
            test_truncations(segments[s], codes[c], true);
        }
    }
    for (size_t i = 0; i < BJ_COUNT(cases); i++) one_case(i, false), one_case(i, true);
    test_levels();
    test_datagrams();
    for (uint64_t seed = 1; seed <= 20; seed++) test_flips(seed);
    return bj_test_end("test_bj_bcast");
}
