#include "dataplane/feed/bj_feed_decode.h"

#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

#ifdef __SSE4_1__
#include <smmintrin.h>
#endif

/* Every check leaves its answer in a word, below zero if it fails; the words are joined and asked
 * once: no branch for each field. */

/* A NaN, an infinity or anything past the range of the integer: converting it is undefined in C;
 * the processor makes it -2^63. */
static inline int64_t to_whole(double wire) {
#ifdef __SSE4_1__
    return _mm_cvttsd_si64(_mm_set_sd(wire));
#else
    return wire >= 0 && wire <= (double)BJ_MTBT_ORDER_ID_MAX ? (int64_t)wire : INT64_MIN;
#endif
}

/* A whole number in [1, 2^53). */
static inline int64_t whole_id(double wire, uint64_t *id) {
    int64_t whole = to_whole(wire);
    *id = (uint64_t)whole;
    int64_t same = BJ_LIKELY((double)whole == wire) ? 0 : -1;
    return same | (int64_t)(*id - 1) | (int64_t)(BJ_MTBT_ORDER_ID_MAX - *id);
}

/* The same in a trade: 0 is an order that was never published. */
static inline int64_t whole_id_or_0(double wire, uint64_t *id) {
    int64_t good = whole_id(wire, id);
    return wire == 0 ? 0 : good;
}

/* Inside [1980, 2200): there the sum with our epoch cannot overflow. */
static inline int64_t sane_time(int64_t exch_ts_ns) {
    const uint64_t max_ns = 220 * UINT64_C(366) * 86400 * BJ_NS_PER_S;
    return (int64_t)(((uint64_t)exch_ts_ns - 1) | (max_ns - (uint64_t)exch_ts_ns));
}

static inline int64_t above(int64_t value, int64_t bound) { return value - bound - 1; }

enum layout { NOTHING, ORDER, TRADE, HEARTBEAT };
enum { ORDER_BYTES = sizeof(bj_mtbt_order_t), TRADE_BYTES = sizeof(bj_mtbt_trade_t) };

/* The last word of a bj_feed_msg_t: kind and spread; the stream and the side are put in. */
#define TAIL(kind, spread) ((uint64_t)(kind) << 16 | (uint64_t)(spread) << 32)
static_assert(offsetof(bj_feed_msg_t, kind) == offsetof(bj_feed_msg_t, stream_id) + 2 &&
                  offsetof(bj_feed_msg_t, side) == offsetof(bj_feed_msg_t, stream_id) + 3 &&
                  offsetof(bj_feed_msg_t, spread) == offsetof(bj_feed_msg_t, stream_id) + 4 &&
                  sizeof(bj_feed_msg_t) == offsetof(bj_feed_msg_t, stream_id) + sizeof(uint64_t),
              "the tail is one word");

#define BOUNDS(price, qty) {-1, 0, price, qty}
#define ANY INT32_MIN

/* The protocol is this table.  A new message type is a wire struct, a decoder and a row.  Of a
 * cancel the id counts alone (MTBT specification, book building), price and quantity are
 * anything. */
static const struct entry {
    /* What nothing, token, price and quantity must be above.  A spread's price is a difference;
     * -2^31 is left to those who negate. */
    alignas(16) int32_t bound[4];
    uint64_t tail;
    uint16_t layout, wire_bytes; /* 0: no such message */
} table[256] = {
    ['N'] = {BOUNDS(0, 0), TAIL(BJ_FEED_NEW, 0), ORDER, ORDER_BYTES},
    ['M'] = {BOUNDS(0, -1), TAIL(BJ_FEED_MODIFY, 0), ORDER, ORDER_BYTES},
    ['X'] = {BOUNDS(ANY, ANY), TAIL(BJ_FEED_CANCEL, 0), ORDER, ORDER_BYTES},
    ['T'] = {BOUNDS(0, 0), TAIL(BJ_FEED_TRADE, 0), TRADE, TRADE_BYTES},
    ['C'] = {BOUNDS(0, 0), TAIL(BJ_FEED_TRADE_CANCEL, 0), TRADE, TRADE_BYTES},
    ['G'] = {BOUNDS(ANY, 0), TAIL(BJ_FEED_NEW, 1), ORDER, ORDER_BYTES},
    ['H'] = {BOUNDS(ANY, -1), TAIL(BJ_FEED_MODIFY, 1), ORDER, ORDER_BYTES},
    ['J'] = {BOUNDS(ANY, ANY), TAIL(BJ_FEED_CANCEL, 1), ORDER, ORDER_BYTES},
    ['K'] = {BOUNDS(ANY, 0), TAIL(BJ_FEED_TRADE, 1), TRADE, TRADE_BYTES},
    ['Z'] = {BOUNDS(0, -1), TAIL(BJ_FEED_HEARTBEAT, 0), HEARTBEAT, sizeof(bj_mtbt_heartbeat_t)},
};

static inline void put_tail(bj_feed_msg_t *msg, uint64_t tail) {
    memcpy(&msg->stream_id, &tail, sizeof tail);
}

/* Sequence, token, price and quantity, which lie side by side in our message.  Below zero: one is
 * not above its bound. */
static inline int64_t put_fields(const bj_mtbt_order_t *w, const struct entry *entry,
                                 bj_feed_msg_t *msg) {
#ifdef __SSE4_1__
    const uint8_t *last = (const uint8_t *)w + sizeof *w - 16; /* token 3 in, price 8, qty 12 */
    __m128i wire = _mm_loadu_si128((const __m128i *)(const void *)last);
    __m128i fields = _mm_shuffle_epi8(
        wire, _mm_setr_epi8(-1, -1, -1, -1, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14, 15));
    __m128i bounds = _mm_load_si128((const __m128i *)(const void *)entry->bound);
    int above_all = _mm_movemask_ps(_mm_castsi128_ps(_mm_cmpgt_epi32(fields, bounds)));
    fields = _mm_insert_epi32(fields, (int)w->header.seq, 0);
    _mm_storeu_si128((__m128i *)(void *)&msg->seq, fields);
    return above(w->header.seq, 0) | (above_all - 15);
#else
    msg->seq = w->header.seq;
    msg->token = (uint32_t)w->token;
    msg->price_paise = w->price_paise;
    msg->qty = w->qty;
    return above(w->header.seq, 0) | above(w->token, 0) | above(w->price_paise, entry->bound[2]) |
           above(w->qty, entry->bound[3]);
#endif
}
static_assert(offsetof(bj_feed_msg_t, qty) == offsetof(bj_feed_msg_t, seq) + 12 &&
                  offsetof(bj_feed_msg_t, token) == offsetof(bj_feed_msg_t, seq) + 4 &&
                  offsetof(bj_feed_msg_t, price_paise) == offsetof(bj_feed_msg_t, seq) + 8,
              "side by side");

/* Of a letter: 0 for the sides, else below 0. */
#define NONE_4 -1, -1, -1, -1
#define NONE_16 NONE_4, NONE_4, NONE_4, NONE_4
#define NONE_64 NONE_16, NONE_16, NONE_16, NONE_16
static const int8_t side_is_none[256] = {
    NONE_64,
    -1, -1, 0, -1, NONE_4, NONE_4, NONE_4, /* B */
    -1, -1, -1, 0, NONE_4, NONE_4, NONE_4, /* S */
    NONE_16, NONE_16,
    NONE_64, NONE_64};

/* Field by field into place: few values are held at a time, so none goes through the stack. */
static inline bj_status_t on_order(const uint8_t *p, const struct entry *entry,
                                   bj_feed_msg_t *msg) {
    const bj_mtbt_order_t *w = (const bj_mtbt_order_t *)(const void *)p; /* packed: any address */
    int64_t good = whole_id(w->order_id, &msg->order_id);
    good |= sane_time(w->exch_ts_ns);
    msg->exch_ns = (int64_t)((uint64_t)w->exch_ts_ns + (uint64_t)bj_time_from_exch_ns(0));
    msg->sell_order_id = 0;
    good |= put_fields(w, entry, msg) | above(w->header.stream_id, 0);
    good |= side_is_none[w->side];
    put_tail(msg, entry->tail | w->header.stream_id | (uint64_t)w->side << 24);
    return BJ_LIKELY(good >= 0) ? BJ_OK : BJ_ERR_BAD_FIELD;
}
static_assert(BJ_BUY == 'B' && BJ_SELL == 'S', "the wire's letters are ours");

static bj_status_t on_trade(const uint8_t *p, const struct entry *entry, bj_feed_msg_t *msg) {
    const bj_mtbt_trade_t *w = (const bj_mtbt_trade_t *)(const void *)p;
    int64_t good = whole_id_or_0(w->buy_order_id, &msg->order_id);
    good |= whole_id_or_0(w->sell_order_id, &msg->sell_order_id);
    good |= msg->order_id == msg->sell_order_id ? -1 : 0; /* both 0, or with itself */
    good |= sane_time(w->exch_ts_ns);
    msg->exch_ns = (int64_t)((uint64_t)w->exch_ts_ns + (uint64_t)bj_time_from_exch_ns(0));
    good |= above(w->header.seq, 0) | above(w->header.stream_id, 0);
    msg->seq = w->header.seq;
    good |= above(w->token, 0);
    msg->token = (uint32_t)w->token;
    good |= above(w->price_paise, entry->bound[2]);
    msg->price_paise = w->price_paise;
    good |= above(w->qty, entry->bound[3]);
    msg->qty = w->qty;
    put_tail(msg, entry->tail | w->header.stream_id);
    return good >= 0 ? BJ_OK : BJ_ERR_BAD_FIELD;
}

static bj_status_t on_heartbeat(const uint8_t *p, bj_feed_msg_t *msg) {
    bj_mtbt_heartbeat_t w;
    memcpy(&w, p, sizeof w);
    *msg = (bj_feed_msg_t){.seq = w.last_seq,
                           .stream_id = w.header.stream_id,
                           .kind = BJ_FEED_HEARTBEAT};
    return w.header.seq == 0 && w.header.stream_id ? BJ_OK : BJ_ERR_BAD_FIELD;
}

/* All but a well-framed order. */
static __attribute__((noinline)) bj_status_t decode_other(const uint8_t *data, size_t data_bytes,
                                                          bj_feed_msg_t *msg,
                                                          size_t *used_bytes) {
    *used_bytes = 0;
    if (data_bytes < BJ_MTBT_LEAST_BYTES) return BJ_ERR_TRUNCATED;
    const struct entry *entry = &table[data[BJ_MTBT_TYPE_AT]];
    const bj_mtbt_header_t *header = (const bj_mtbt_header_t *)(const void *)data;
    if (entry->layout == NOTHING) return BJ_ERR_UNKNOWN_TYPE;
    if (header->len_bytes != entry->wire_bytes) return BJ_ERR_BAD_FIELD;
    if (data_bytes < entry->wire_bytes) return BJ_ERR_TRUNCATED;
    *used_bytes = entry->wire_bytes;
    return entry->layout == TRADE ? on_trade(data, entry, msg) : on_heartbeat(data, msg);
}

static inline bool is_order(const uint8_t *data, size_t data_bytes) {
    const bj_mtbt_header_t *header = (const bj_mtbt_header_t *)(const void *)data;
    return data_bytes >= sizeof(bj_mtbt_order_t) &&
           (table[data[BJ_MTBT_TYPE_AT]].layout == ORDER) &
               (header->len_bytes == sizeof(bj_mtbt_order_t));
}

bj_status_t bj_feed_decode(const uint8_t *data, size_t data_bytes, bj_feed_msg_t *msg,
                           size_t *used_bytes) {
    if (BJ_UNLIKELY(!is_order(data, data_bytes)))
        return decode_other(data, data_bytes, msg, used_bytes);
    *used_bytes = sizeof(bj_mtbt_order_t);
    return on_order(data, &table[data[BJ_MTBT_TYPE_AT]], msg);
}

/* Kept out of the loop below, which is the orders'. */
static __attribute__((noinline)) bool one_trade(const bj_feed_packet_t *datagram,
                                                bj_feed_msg_t *msg) {
    size_t used_bytes;
    return decode_other(datagram->data, datagram->data_bytes, msg, &used_bytes) == BJ_OK &&
           used_bytes == datagram->data_bytes && msg->kind != BJ_FEED_HEARTBEAT;
}

uint32_t bj_feed_decode_run(const bj_feed_packet_t *datagrams, uint32_t cnt,
                            bj_feed_item_t *items) {
    for (uint32_t i = 0; i < cnt; i++) {
        const uint8_t *data = datagrams[i].data;
        if (BJ_LIKELY(datagrams[i].data_bytes == sizeof(bj_mtbt_order_t) &&
                      is_order(data, sizeof(bj_mtbt_order_t)))) {
            const struct entry *entry = &table[data[BJ_MTBT_TYPE_AT]];
            if (BJ_UNLIKELY(on_order(data, entry, &items[i].msg) != BJ_OK)) return i;
        } else if (!one_trade(&datagrams[i], &items[i].msg)) {
            return i;
        }
    }
    return cnt;
}
