#include "dataplane/feed/bj_feed_decode.h"

#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

/* False: not a whole number in [0, 2^53).  The compare comes first: converting a NaN, an infinity
 * or anything past the range of the integer is undefined. */
static bool whole_id(double wire, uint64_t *id) {
    if (!(wire >= 0 && wire <= (double)BJ_MTBT_ORDER_ID_MAX)) return false;
    *id = (uint64_t)wire;
    return (double)*id == wire;
}

/* Inside [1980, 2200): the sum with our epoch cannot overflow. */
static bool sane_time(int64_t exch_ts_ns, int64_t *exch_ns) {
    const int64_t max_ns = 220 * INT64_C(366) * 86400 * BJ_NS_PER_S;
    if (exch_ts_ns <= 0 || exch_ts_ns > max_ns) return false;
    *exch_ns = bj_time_from_exch_ns(exch_ts_ns);
    return true;
}

/* A spread's price is a difference; -2^31 is left to those who negate it. */
static bool sane_price(int32_t price_paise, uint8_t spread) {
    return spread ? price_paise > INT32_MIN : price_paise > 0;
}

static bj_status_t on_order(const uint8_t *p, bj_feed_msg_t *msg) {
    bj_mtbt_order_t w;
    memcpy(&w, p, sizeof w);
    if (w.side != 'B' && w.side != 'S') return BJ_ERR_BAD_FIELD;
    if (!sane_price(w.price_paise, msg->spread) || w.token <= 0) return BJ_ERR_BAD_FIELD;
    if (w.qty < (msg->kind == BJ_FEED_NEW)) return BJ_ERR_BAD_FIELD;
    if (!whole_id(w.order_id, &msg->order_id) || msg->order_id == 0) return BJ_ERR_BAD_FIELD;
    if (!sane_time(w.exch_ts_ns, &msg->exch_ns)) return BJ_ERR_BAD_FIELD;
    msg->token = (uint32_t)w.token;
    msg->side = w.side == 'B' ? BJ_BUY : BJ_SELL;
    msg->price_paise = w.price_paise;
    msg->qty = w.qty;
    return BJ_OK;
}

static bj_status_t on_trade(const uint8_t *p, bj_feed_msg_t *msg) {
    bj_mtbt_trade_t w;
    memcpy(&w, p, sizeof w);
    if (!sane_price(w.price_paise, msg->spread) || w.token <= 0) return BJ_ERR_BAD_FIELD;
    if (w.qty <= 0) return BJ_ERR_BAD_FIELD;
    if (!whole_id(w.buy_order_id, &msg->order_id)) return BJ_ERR_BAD_FIELD;
    if (!whole_id(w.sell_order_id, &msg->sell_order_id)) return BJ_ERR_BAD_FIELD;
    if (msg->order_id == msg->sell_order_id) return BJ_ERR_BAD_FIELD; /* both 0, or with itself */
    if (!sane_time(w.exch_ts_ns, &msg->exch_ns)) return BJ_ERR_BAD_FIELD;
    msg->token = (uint32_t)w.token;
    msg->price_paise = w.price_paise;
    msg->qty = w.qty;
    return BJ_OK;
}

static bj_status_t on_heartbeat(const uint8_t *p, bj_feed_msg_t *msg) {
    bj_mtbt_heartbeat_t w;
    memcpy(&w, p, sizeof w);
    if (w.header.seq != 0) return BJ_ERR_BAD_FIELD;
    msg->seq = w.last_seq;
    return BJ_OK;
}

/* The protocol is this table.  A new message type is a wire struct, a decoder and a row. */
static const struct entry {
    size_t wire_bytes; /* 0: no such message */
    bj_feed_kind_t kind;
    uint8_t spread;
    bj_status_t (*decode)(const uint8_t *p, bj_feed_msg_t *msg);
} table[256] = {
    ['N'] = {sizeof(bj_mtbt_order_t), BJ_FEED_NEW, 0, on_order},
    ['M'] = {sizeof(bj_mtbt_order_t), BJ_FEED_MODIFY, 0, on_order},
    ['X'] = {sizeof(bj_mtbt_order_t), BJ_FEED_CANCEL, 0, on_order},
    ['T'] = {sizeof(bj_mtbt_trade_t), BJ_FEED_TRADE, 0, on_trade},
    ['C'] = {sizeof(bj_mtbt_trade_t), BJ_FEED_TRADE_CANCEL, 0, on_trade},
    ['G'] = {sizeof(bj_mtbt_order_t), BJ_FEED_NEW, 1, on_order},
    ['H'] = {sizeof(bj_mtbt_order_t), BJ_FEED_MODIFY, 1, on_order},
    ['J'] = {sizeof(bj_mtbt_order_t), BJ_FEED_CANCEL, 1, on_order},
    ['K'] = {sizeof(bj_mtbt_trade_t), BJ_FEED_TRADE, 1, on_trade},
    ['Z'] = {sizeof(bj_mtbt_heartbeat_t), BJ_FEED_HEARTBEAT, 0, on_heartbeat},
};

bj_status_t bj_feed_decode(const uint8_t *data, size_t data_bytes, bj_feed_msg_t *msg,
                           size_t *used_bytes) {
    *used_bytes = 0;
    if (data_bytes < BJ_MTBT_LEAST_BYTES) return BJ_ERR_TRUNCATED;
    const struct entry *entry = &table[data[BJ_MTBT_TYPE_AT]];
    if (!entry->decode) return BJ_ERR_UNKNOWN_TYPE;
    bj_mtbt_header_t header;
    memcpy(&header, data, sizeof header);
    if (header.len_bytes != entry->wire_bytes) return BJ_ERR_BAD_FIELD;
    if (data_bytes < entry->wire_bytes) return BJ_ERR_TRUNCATED;

    *used_bytes = entry->wire_bytes;
    *msg = (bj_feed_msg_t){.seq = header.seq,
                           .stream_id = header.stream_id,
                           .kind = (uint8_t)entry->kind,
                           .spread = entry->spread};
    if (header.stream_id == 0) return BJ_ERR_BAD_FIELD;
    if (header.seq == 0 && entry->kind != BJ_FEED_HEARTBEAT) return BJ_ERR_BAD_FIELD;
    return entry->decode(data, msg);
}
