/* What is encoded is decoded unchanged: random records of both segments, compressed or not, as many
 * to a datagram as fit; and what the wire cannot carry is refused and leaves the datagram alone. */
#include <stdlib.h>

#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_bcast_out.h"

#define NOW_NS (INT64_C(1785728700) * BJ_NS_PER_S) /* 2026-08-03T09:15:00+05:30 */
enum { MOST = 64 };

typedef struct sent {
    bj_bcast_mbp_t   mbp[MOST];
    bj_bcast_index_t index[MOST];
    size_t mbp_cnt, index_cnt;     /* added */
    size_t mbp_seen, index_seen;   /* come back */
    uint64_t rng;
} sent_t;

static int32_t dice(sent_t *sent, int32_t sides) {
    sent->rng = sent->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int32_t)((uint32_t)(sent->rng >> 33) % (uint32_t)sides);
}

static void make_side(sent_t *sent, bj_market_level_t *level, int sign, int64_t qty_max) {
    int levels = dice(sent, 6);
    int32_t price = 150000 + sign * (1 + dice(sent, 50));
    memset(level, 0, 5 * sizeof *level);
    for (int i = 0; i < levels; i++, price += sign * (1 + dice(sent, 20))) {
        int64_t qty = 1 + dice(sent, INT32_MAX - 1) % qty_max;
        if (dice(sent, 20) == 0) qty = qty_max;
        level[i] = (bj_market_level_t){price, 1 + (uint32_t)dice(sent, INT16_MAX), qty};
    }
}

static bj_bcast_mbp_t make_mbp(sent_t *sent, bj_segment_t segment) {
    bool cm = segment == BJ_SEGMENT_CM;
    bj_bcast_mbp_t mbp = {
        .exch_ns = NOW_NS,
        .last_trade_ns = dice(sent, 4) ? NOW_NS - dice(sent, 900) * BJ_NS_PER_S : 0,
        .volume_qty = cm ? INT64_C(1) << dice(sent, 63) : (int64_t)1 << dice(sent, 32),
        .total_buy_qty = INT64_C(1) << dice(sent, cm ? 63 : 53),
        .total_sell_qty = dice(sent, 1000), .token = 1 + (uint32_t)dice(sent, INT32_MAX - 1),
        .last_paise = dice(sent, INT32_MAX), .last_qty = dice(sent, 1000),
        .average_paise = dice(sent, INT32_MAX), .open_paise = dice(sent, 1000),
        .low_paise = dice(sent, 1000), .prev_close_paise = dice(sent, INT32_MAX),
        .indicative_close_paise = cm ? dice(sent, 99999) : 0, .book_type = 1,
        .trading_status = (uint16_t)dice(sent, 7), .segment = (uint8_t)segment,
        .bits = (uint8_t)dice(sent, 256)};
    mbp.high_paise = mbp.low_paise + dice(sent, 1000);
    make_side(sent, mbp.bid, -1, cm ? INT64_MAX : INT32_MAX);
    make_side(sent, mbp.ask, 1, cm ? INT64_MAX : INT32_MAX);
    return mbp;
}

static bj_bcast_index_t make_index(sent_t *sent, bj_segment_t segment) {
    bj_bcast_index_t index = {
        .exch_ns = NOW_NS, .segment = (uint8_t)segment, .value_x100 = 1 + dice(sent, INT32_MAX - 1),
        .open_x100 = dice(sent, 1000), .low_x100 = dice(sent, 1000),
        .prev_close_x100 = dice(sent, 1000), .change_x100 = dice(sent, 2000) - 1000,
        .year_high_x100 = dice(sent, 1000), .year_low_x100 = dice(sent, 1000),
        .up_cnt = dice(sent, 1000), .down_cnt = dice(sent, 1000)};
    index.high_x100 = index.low_x100 + dice(sent, 10);
    int n = 1 + dice(sent, 21); /* the longest name fills its field */
    for (int i = 0; i < n; i++) index.name[i] = (char)('A' + dice(sent, 26));
    return index;
}

static bool same_mbp(const bj_bcast_mbp_t *a, const bj_bcast_mbp_t *b) {
    return a->exch_ns == b->exch_ns && a->last_trade_ns == b->last_trade_ns &&
           a->volume_qty == b->volume_qty && a->total_buy_qty == b->total_buy_qty &&
           a->total_sell_qty == b->total_sell_qty && a->token == b->token &&
           a->last_paise == b->last_paise && a->last_qty == b->last_qty &&
           a->average_paise == b->average_paise && a->open_paise == b->open_paise &&
           a->high_paise == b->high_paise && a->low_paise == b->low_paise &&
           a->prev_close_paise == b->prev_close_paise &&
           a->indicative_close_paise == b->indicative_close_paise &&
           a->book_type == b->book_type && a->trading_status == b->trading_status &&
           a->segment == b->segment && a->bits == b->bits &&
           !memcmp(a->bid, b->bid, sizeof a->bid) && !memcmp(a->ask, b->ask, sizeof a->ask);
}

static bool same_index(const bj_bcast_index_t *a, const bj_bcast_index_t *b) {
    return a->exch_ns == b->exch_ns && !strcmp(a->name, b->name) && a->segment == b->segment &&
           a->value_x100 == b->value_x100 && a->open_x100 == b->open_x100 &&
           a->high_x100 == b->high_x100 && a->low_x100 == b->low_x100 &&
           a->prev_close_x100 == b->prev_close_x100 && a->change_x100 == b->change_x100 &&
           a->year_high_x100 == b->year_high_x100 && a->year_low_x100 == b->year_low_x100 &&
           a->up_cnt == b->up_cnt && a->down_cnt == b->down_cnt;
}

static void on_mbp(void *ctx, const bj_bcast_mbp_t *mbp) {
    sent_t *sent = ctx;
    BJ_CHECK(sent->mbp_seen < sent->mbp_cnt && same_mbp(mbp, &sent->mbp[sent->mbp_seen]));
    sent->mbp_seen++;
}
static void on_index(void *ctx, const bj_bcast_index_t *index) {
    sent_t *sent = ctx;
    BJ_CHECK(sent->index_seen < sent->index_cnt);
    BJ_CHECK(same_index(index, &sent->index[sent->index_seen]));
    sent->index_seen++;
}

/* One message; false: the datagram is full. */
static bool add(sent_t *sent, bj_bcast_out_t *out, bj_segment_t segment) {
    bj_status_t status;
    size_t cnt;
    if (dice(sent, 2)) {
        cnt = 1 + (size_t)dice(sent, BJ_BCAST_MBP_MAX);
        for (size_t i = 0; i < cnt; i++) sent->mbp[sent->mbp_cnt + i] = make_mbp(sent, segment);
        status = bj_bcast_encode_mbp(out, &sent->mbp[sent->mbp_cnt], cnt, NOW_NS);
        if (status == BJ_OK) sent->mbp_cnt += cnt;
    } else {
        bj_bcast_index_t *index = &sent->index[sent->index_cnt];
        cnt = 1 + (size_t)dice(sent, BJ_BCAST_INDEX_MAX);
        for (size_t i = 0; i < cnt; i++) index[i] = make_index(sent, segment);
        status = bj_bcast_encode_indices(out, index, cnt, NOW_NS);
        if (status == BJ_OK) sent->index_cnt += cnt;
    }
    BJ_CHECK(status == BJ_OK || status == BJ_ERR_FULL);
    return status == BJ_OK;
}

static void test_round_trip(bj_bcast_out_t *out, uint64_t seed) {
    static const bj_bcast_ops_t ops = {.mbp = on_mbp, .index = on_index};
    static sent_t sent;
    unsigned fails = bj_fail_cnt;
    sent.rng = seed * 2 + 1;
    for (int round = 0; round < 20; round++) {
        bj_segment_t segment = round & 1 ? BJ_SEGMENT_CM : BJ_SEGMENT_FO;
        sent.mbp_cnt = sent.index_cnt = sent.mbp_seen = sent.index_seen = 0;
        bj_bcast_begin(out, segment, round & 2);
        int messages = 0;
        while (messages < 10 && add(&sent, out, segment)) messages++;
        bj_bcast_t bcast = {0};
        size_t n = bj_bcast_end(out);
        uint8_t *exact = malloc(n);
        memcpy(exact, out->data, n);
        BJ_CHECK(n <= BJ_BCAST_DATAGRAM_MAX && messages >= 2);
        BJ_CHECK(bj_bcast_datagram(&bcast, exact, n, &ops, &sent) == BJ_OK);
        BJ_CHECK(sent.mbp_seen == sent.mbp_cnt && sent.index_seen == sent.index_cnt);
        BJ_CHECK(bcast.items == (uint64_t)messages && bcast.bad_records == 0);
        free(exact);
    }
    if (bj_fail_cnt != fails) fprintf(stderr, "  seed %llu\n", (unsigned long long)seed);
}

static void test_refused(bj_bcast_out_t *out) {
    sent_t sent = {.rng = 5};
    for (int s = BJ_SEGMENT_CM; s <= BJ_SEGMENT_FO; s++) {
        bj_segment_t segment = (bj_segment_t)s;
        bj_bcast_mbp_t good = make_mbp(&sent, segment), bad[6];
        bj_bcast_index_t index = make_index(&sent, segment);
        for (size_t i = 0; i < BJ_COUNT(bad); i++) bad[i] = good;
        bad[0].bid[0] = (bj_market_level_t){100, INT16_MAX + 1, 5};
        bad[1].ask[4].qty = -1;
        bad[2].last_paise = -1;
        bad[3].ask[0].qty = INT64_C(1) << 31; /* from here on only FO is too narrow */
        bad[4].volume_qty = INT64_C(1) << 32;
        bad[5].total_sell_qty = INT64_C(1) << 53;
        bj_bcast_begin(out, segment, false);
        BJ_CHECK(bj_bcast_end(out) == 0);
        for (size_t i = 0; i < BJ_COUNT(bad); i++) {
            bool carries = segment == BJ_SEGMENT_CM && i >= 3;
            bj_bcast_begin(out, segment, false);
            BJ_CHECK(bj_bcast_encode_mbp(out, &bad[i], 1, NOW_NS) ==
                     (carries ? BJ_OK : BJ_ERR_BAD_FIELD));
            BJ_CHECK((bj_bcast_end(out) > 0) == carries);
        }
        bj_bcast_begin(out, segment, true);
        BJ_CHECK(bj_bcast_encode_mbp(out, &good, 0, NOW_NS) == BJ_ERR_BAD_FIELD);
        BJ_CHECK(bj_bcast_encode_mbp(out, &good, 3, NOW_NS) == BJ_ERR_BAD_FIELD);
        BJ_CHECK(bj_bcast_encode_mbp(out, &good, 1, 0) == BJ_ERR_BAD_FIELD);
        BJ_CHECK(bj_bcast_encode_indices(out, &index, 0, NOW_NS) == BJ_ERR_BAD_FIELD);
        BJ_CHECK(bj_bcast_encode_indices(out, &index, 7, NOW_NS) == BJ_ERR_BAD_FIELD);
        BJ_CHECK(bj_bcast_encode_indices(out, &index, 1, -1) == BJ_ERR_BAD_FIELD); /* 1969 */
        BJ_CHECK(bj_bcast_end(out) == 0);
    }
}

int main(void) {
    bj_bcast_out_t *out = calloc(1, sizeof *out);
    for (uint64_t seed = 1; seed <= 50; seed++) test_round_trip(out, seed);
    test_refused(out);
    free(out);
    return bj_test_end("test_bj_bcast_out");
}
