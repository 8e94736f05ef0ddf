/* Any bytes as a datagram, as compressed bytes of an item, or as edits of a good message before it
 * is compressed: nothing is read or written past the ends, all is counted under one heading, and
 * compressed or not the same records come out. */
#include "dataplane/bcast/test_bcast_bed.h"

static void check_side(const bj_market_level_t *level, int sign) {
    for (int i = 0; i < BJ_BCAST_LEVELS; i++) {
        assert((level[i].qty > 0) == (level[i].price_paise > 0));
        assert((level[i].qty > 0) == (level[i].order_cnt > 0));
        if (!i || !level[i].qty) continue;
        assert(sign * level[i].price_paise > sign * level[i - 1].price_paise);
        assert(level[i - 1].qty > 0);
    }
}

static void check_seen(const bed_seen_t *seen, const bj_bcast_t *bcast) {
    assert(seen->mbp_cnt == bcast->mbp_records && seen->index_cnt == bcast->index_records);
    for (size_t i = 0; i < seen->mbp_cnt && i < 64; i++) {
        const bj_bcast_mbp_t *mbp = &seen->mbp[i];
        assert(mbp->token > 0 && mbp->token <= INT32_MAX && mbp->volume_qty >= 0);
        assert(mbp->last_paise >= 0 && mbp->low_paise >= 0 && mbp->low_paise <= mbp->high_paise);
        check_side(mbp->bid, -1);
        check_side(mbp->ask, 1);
    }
    for (size_t i = 0; i < seen->index_cnt && i < 64; i++) {
        const bj_bcast_index_t *index = &seen->index[i];
        assert(index->value_x100 > 0 && strnlen(index->name, sizeof index->name) < 22);
        assert(index->name[0] && index->low_x100 <= index->high_x100);
    }
}

static bed_seen_t one_datagram(const uint8_t *data, size_t data_bytes) {
    bj_bcast_t bcast = {0};
    bed_seen_t seen = {0};
    bj_status_t status = bj_bcast_datagram(&bcast, data, data_bytes, &bed_ops, &seen);
    assert((status != BJ_OK) == (bcast.bad_datagrams == 1) && bcast.datagrams == 1);
    assert(bcast.bad_items <= bcast.items);
    check_seen(&seen, &bcast);
    return seen;
}

/* Three bytes an edit: where, and what. */
static void edited(const uint8_t *data, size_t data_bytes, bj_segment_t segment, uint16_t code) {
    static bed_datagram_t plain, packed;
    uint8_t message[BED_ITEM_BYTES];
    size_t n = bed_message(message, code, segment);
    for (size_t i = 0; i + 3 <= data_bytes; i += 3) {
        message[(data[i] | (size_t)data[i + 1] << 8) % n] = data[i + 2];
    }
    bed_put(message + 38, n, 2); /* without a length the plain one cannot be framed */
    bed_begin(&plain, bed_net(segment), 1);
    bed_begin(&packed, bed_net(segment), 1);
    bed_item(&plain, message, n, false);
    bed_item(&packed, message, n, true);
    bed_seen_t a = one_datagram(plain.data, plain.bytes);
    bed_seen_t b = one_datagram(packed.data, packed.bytes);
    assert(!memcmp(&a, &b, sizeof a));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static uint8_t framed[6 + 65536];
    if (data_bytes < 1 || data_bytes > 65000) return 0;
    uint8_t how = data[0];
    bj_segment_t segment = how & 4 ? BJ_SEGMENT_CM : BJ_SEGMENT_FO;
    data++, data_bytes--;
    switch (how & 3) {
    case 0: one_datagram(data, data_bytes); break;
    case 1:
        framed[0] = bed_net(segment);
        bed_put(framed + 2, 1, 2);
        bed_put(framed + 4, data_bytes, 2);
        memcpy(framed + 6, data, data_bytes);
        one_datagram(framed, 6 + data_bytes);
        break;
    default: edited(data, data_bytes, segment, how & 1 ? 7208 : 7207);
    }
    return 0;
}
