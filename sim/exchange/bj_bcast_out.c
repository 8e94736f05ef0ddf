#include "sim/exchange/bj_bcast_out.h"

#include "dataplane/base/bj_time.h"

/* 0: no time, or one the wire cannot carry. */
static uint32_t exch_s(int64_t unix_ns) {
    int64_t s = unix_ns ? bj_time_to_exch_ns(unix_ns) / BJ_NS_PER_S : 0;
    return s > 0 && s <= UINT32_MAX ? (uint32_t)s : 0;
}
static bj_be32_t wire_time(int64_t unix_ns) { return bj_be32((int32_t)exch_s(unix_ns)); }

/* --- records */

#define COPY_MBP(w, mbp)                                                    \
    do {                                                                    \
        (w)->token = bj_be32((int32_t)(mbp)->token);                        \
        (w)->book_type = bj_be16((int16_t)(mbp)->book_type);                \
        (w)->trading_status = bj_be16((int16_t)(mbp)->trading_status);      \
        (w)->last_paise = bj_be32((mbp)->last_paise);                       \
        (w)->last_qty = bj_be32((mbp)->last_qty);                           \
        (w)->last_exch_s = wire_time((mbp)->last_trade_ns);                 \
        (w)->average_paise = bj_be32((mbp)->average_paise);                 \
        (w)->close_paise = bj_be32((mbp)->prev_close_paise);                \
        (w)->open_paise = bj_be32((mbp)->open_paise);                       \
        (w)->high_paise = bj_be32((mbp)->high_paise);                       \
        (w)->low_paise = bj_be32((mbp)->low_paise);                         \
        (w)->bits[0] = (mbp)->bits;                                         \
        int32_t moved_ = (mbp)->last_paise - (mbp)->prev_close_paise;       \
        (w)->net_change_sign = moved_ > 0 ? '+' : moved_ < 0 ? '-' : ' ';   \
        (w)->net_change_paise = bj_be32(moved_ < 0 ? -moved_ : moved_);     \
    } while (0)

static bool fits(const bj_bcast_mbp_t *mbp, int64_t qty_max) {
    for (int i = 0; i < BJ_BCAST_LEVELS; i++) {
        const bj_market_level_t *side[2] = {&mbp->bid[i], &mbp->ask[i]};
        for (int s = 0; s < 2; s++) {
            if (side[s]->qty < 0 || side[s]->qty > qty_max) return false;
            if (side[s]->order_cnt > INT16_MAX) return false;
        }
    }
    return mbp->last_paise >= 0 && mbp->prev_close_paise >= 0;
}

static bool put_mbp_cm(uint8_t *p, const bj_bcast_mbp_t *mbp) {
    bj_bcast_mbp_cm_t w;
    memset(&w, 0, sizeof w);
    if (!fits(mbp, INT64_MAX)) return false;
    COPY_MBP(&w, mbp);
    w.volume_qty = bj_be64(mbp->volume_qty);
    w.total_buy_qty = bj_be64(mbp->total_buy_qty);
    w.total_sell_qty = bj_be64(mbp->total_sell_qty);
    w.indicative_close_paise = bj_be32(mbp->indicative_close_paise);
    for (int i = 0; i < BJ_BCAST_LEVELS; i++) {
        w.bid[i].qty = bj_be64(mbp->bid[i].qty);
        w.bid[i].price_paise = bj_be32(mbp->bid[i].price_paise);
        w.bid[i].order_cnt = bj_be16((int16_t)mbp->bid[i].order_cnt);
        w.ask[i].qty = bj_be64(mbp->ask[i].qty);
        w.ask[i].price_paise = bj_be32(mbp->ask[i].price_paise);
        w.ask[i].order_cnt = bj_be16((int16_t)mbp->ask[i].order_cnt);
    }
    memcpy(p, &w, sizeof w);
    return true;
}

static bool put_mbp_fo(uint8_t *p, const bj_bcast_mbp_t *mbp) {
    bj_bcast_mbp_fo_t w;
    memset(&w, 0, sizeof w);
    const int64_t double_max = INT64_C(1) << 53;
    if (!fits(mbp, INT32_MAX) || mbp->volume_qty < 0 || mbp->volume_qty > UINT32_MAX) return false;
    if (mbp->total_buy_qty >= double_max || mbp->total_sell_qty >= double_max) return false;
    COPY_MBP(&w, mbp);
    w.volume_qty = bj_be32((int32_t)(uint32_t)mbp->volume_qty);
    w.total_buy_qty = bj_be64_double((double)mbp->total_buy_qty);
    w.total_sell_qty = bj_be64_double((double)mbp->total_sell_qty);
    for (int i = 0; i < BJ_BCAST_LEVELS; i++) {
        w.bid[i].qty = bj_be32((int32_t)mbp->bid[i].qty);
        w.bid[i].price_paise = bj_be32(mbp->bid[i].price_paise);
        w.bid[i].order_cnt = bj_be16((int16_t)mbp->bid[i].order_cnt);
        w.ask[i].qty = bj_be32((int32_t)mbp->ask[i].qty);
        w.ask[i].price_paise = bj_be32(mbp->ask[i].price_paise);
        w.ask[i].order_cnt = bj_be16((int16_t)mbp->ask[i].order_cnt);
    }
    memcpy(p, &w, sizeof w);
    return true;
}

#define COPY_INDEX(w, index)                                              \
    do {                                                                  \
        memset((w)->name, ' ', sizeof (w)->name);                         \
        memcpy((w)->name, (index)->name, strnlen((index)->name, sizeof (w)->name)); \
        (w)->value_x100 = bj_be32((index)->value_x100);                   \
        (w)->high_x100 = bj_be32((index)->high_x100);                     \
        (w)->low_x100 = bj_be32((index)->low_x100);                       \
        (w)->open_x100 = bj_be32((index)->open_x100);                     \
        (w)->close_x100 = bj_be32((index)->prev_close_x100);              \
        (w)->change_x100 = bj_be32((index)->change_x100);                 \
        (w)->year_high_x100 = bj_be32((index)->year_high_x100);           \
        (w)->year_low_x100 = bj_be32((index)->year_low_x100);             \
        (w)->up_cnt = bj_be32((index)->up_cnt);                           \
        (w)->down_cnt = bj_be32((index)->down_cnt);                       \
        (w)->sign = (index)->change_x100 < 0 ? '-' : (index)->change_x100 ? '+' : ' '; \
    } while (0)

static void put_index_cm(uint8_t *p, const bj_bcast_index_t *index) {
    bj_bcast_index_cm_t w;
    memset(&w, 0, sizeof w);
    COPY_INDEX(&w, index);
    memcpy(p, &w, sizeof w);
}
static void put_index_fo(uint8_t *p, const bj_bcast_index_t *index) {
    bj_bcast_index_fo_t w;
    memset(&w, 0, sizeof w);
    COPY_INDEX(&w, index);
    memcpy(p, &w, sizeof w);
}

/* --- messages and items */

static void put_header(bj_bcast_out_t *out, uint8_t *message, int16_t code, size_t bytes,
                       size_t record_cnt, int64_t exch_ns) {
    bj_bcast_header_t header;
    memset(&header, 0, sizeof header);
    header.log_exch_s = wire_time(exch_ns);
    header.transaction_code = bj_be16(code);
    header.seq = bj_be32((int32_t)(out->seq + 1));
    header.len_bytes = bj_be16((int16_t)bytes);
    memcpy(message, &header, sizeof header);
    bj_be16_t cnt = bj_be16((int16_t)record_cnt);
    memcpy(message + sizeof header, &cnt, sizeof cnt);
}

/* plain: the bytes that are skipped, then the message. */
static bj_status_t add_item(bj_bcast_out_t *out, const uint8_t *plain, size_t plain_bytes) {
    uint8_t packed[BJ_BCAST_ITEM_MAX + BJ_BCAST_ITEM_MAX / 16 + 67]; /* LZO's worst case */
    lzo_uint bytes = plain_bytes;
    const uint8_t *item = plain;
    if (out->compressed) {
        int lzo = lzo1z_999_compress(plain, plain_bytes, packed, &bytes, out->work);
        if (lzo != LZO_E_OK) return BJ_ERR_BAD_FIELD;
        item = packed;
    }
    if (out->data_bytes + sizeof(bj_be16_t) + bytes > sizeof out->data) return BJ_ERR_FULL;
    bj_be16_t len = bj_be16(out->compressed ? (int16_t)bytes : 0);
    memcpy(out->data + out->data_bytes, &len, sizeof len);
    memcpy(out->data + out->data_bytes + sizeof len, item, bytes);
    out->data_bytes += sizeof len + bytes;
    out->item_cnt++;
    out->seq++;
    return BJ_OK;
}

void bj_bcast_begin(bj_bcast_out_t *out, bj_segment_t segment, bool compressed) {
    out->segment = (uint8_t)segment;
    out->compressed = compressed;
    out->item_cnt = 0;
    out->data_bytes = sizeof(bj_bcast_packet_t);
}

bj_status_t bj_bcast_encode_mbp(bj_bcast_out_t *out, const bj_bcast_mbp_t *mbp, size_t mbp_cnt,
                                int64_t exch_ns) {
    uint8_t plain[BJ_BCAST_SKIP_BYTES + BJ_BCAST_MBP_CM_BYTES] = {0};
    bool cm = out->segment == BJ_SEGMENT_CM;
    size_t bytes = cm ? BJ_BCAST_MBP_CM_BYTES : BJ_BCAST_MBP_FO_BYTES;
    uint8_t *at = plain + BJ_BCAST_SKIP_BYTES;
    if (mbp_cnt < 1 || mbp_cnt > BJ_BCAST_MBP_MAX || !exch_s(exch_ns)) return BJ_ERR_BAD_FIELD;
    put_header(out, at, BJ_BCAST_CODE_MBP, bytes, mbp_cnt, exch_ns);
    at += BJ_BCAST_MBP_AT;
    for (size_t i = 0; i < mbp_cnt; i++) {
        if (!(cm ? put_mbp_cm(at, &mbp[i]) : put_mbp_fo(at, &mbp[i]))) return BJ_ERR_BAD_FIELD;
        at += cm ? sizeof(bj_bcast_mbp_cm_t) : sizeof(bj_bcast_mbp_fo_t);
    }
    return add_item(out, plain, BJ_BCAST_SKIP_BYTES + bytes);
}

bj_status_t bj_bcast_encode_indices(bj_bcast_out_t *out, const bj_bcast_index_t *index,
                                    size_t index_cnt, int64_t exch_ns) {
    uint8_t plain[BJ_BCAST_SKIP_BYTES + BJ_BCAST_INDICES_CM_BYTES] = {0};
    bool cm = out->segment == BJ_SEGMENT_CM;
    size_t bytes = cm ? BJ_BCAST_INDICES_CM_BYTES : BJ_BCAST_INDICES_FO_BYTES;
    uint8_t *at = plain + BJ_BCAST_SKIP_BYTES;
    if (index_cnt < 1 || index_cnt > BJ_BCAST_INDEX_MAX || !exch_s(exch_ns)) {
        return BJ_ERR_BAD_FIELD;
    }
    put_header(out, at, BJ_BCAST_CODE_INDICES, bytes, index_cnt, exch_ns);
    at += BJ_BCAST_MBP_AT;
    for (size_t i = 0; i < index_cnt; i++) {
        if (cm) put_index_cm(at, &index[i]);
        else put_index_fo(at, &index[i]);
        at += cm ? sizeof(bj_bcast_index_cm_t) : sizeof(bj_bcast_index_fo_t);
    }
    return add_item(out, plain, BJ_BCAST_SKIP_BYTES + bytes);
}

size_t bj_bcast_end(bj_bcast_out_t *out) {
    bj_bcast_packet_t packet = {.item_cnt = bj_be16(out->item_cnt)};
    packet.net_id[0] = out->segment == BJ_SEGMENT_CM ? BJ_BCAST_NET_CM : BJ_BCAST_NET_FO;
    memcpy(out->data, &packet, sizeof packet);
    return out->item_cnt ? out->data_bytes : 0;
}
