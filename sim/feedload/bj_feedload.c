#include "sim/feedload/bj_feedload.h"

#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_frame.h"

enum { SYMBOL_MAX = 100000, PRICE_MID = 100000, PRICE_STEPS = 40 };

typedef struct order {
    uint64_t id;
    uint32_t symbol;
    int32_t price_paise, qty;
    uint8_t side;
} order_t;

typedef struct maker {
    bj_feedload_t *load;
    order_t *live;
    size_t live_cnt;
    uint32_t symbol_cnt;
    uint64_t next_id, rng;
} maker_t;

static uint32_t dice(maker_t *maker, uint32_t sides) {
    maker->rng = maker->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((maker->rng >> 32) * sides >> 32);
}

/* --- frames */
uint32_t bj_feedload_group(uint32_t source, uint32_t stream) {
    return UINT32_C(0xef3c3c00) + (source ? 31 : 41) + stream; /* 239.60.60.41, .31 */
}
uint16_t bj_feedload_port(uint32_t source, uint32_t stream) {
    return (uint16_t)((source ? 10631 : 16641) + stream);
}

/* Frame and message; the UDP checksum is 0, not used: sequence and time are stamped later. */
static size_t write_frame(uint8_t *to, uint32_t source, uint32_t stream, const void *message,
                          size_t bytes) {
    enum { CHECKSUM_AT = BJ_FEEDLOAD_HEAD_BYTES - 2 };
    size_t frame_bytes =
        bj_frame_write(to, UINT32_C(0x0a3c0101) + source, bj_feedload_group(source, stream),
                       bj_feedload_port(source, stream), message, bytes);
    memset(to + CHECKSUM_AT, 0, 2);
    return frame_bytes;
}

void bj_feedload_stamp(uint8_t *to, const bj_feedload_frame_t *frame, uint32_t source, uint32_t seq,
                       int64_t unix_ns) {
    int64_t exch_ns = bj_time_to_exch_ns(unix_ns);
    uint8_t *message = to + BJ_FEEDLOAD_HEAD_BYTES;
    memcpy(to, frame->bytes, sizeof frame->bytes);
    if (source) memcpy(to, frame->head_b, sizeof frame->head_b);
    memcpy(message + offsetof(bj_mtbt_header_t, seq), &seq, sizeof seq);
    memcpy(message + offsetof(bj_mtbt_order_t, exch_ts_ns), &exch_ns, sizeof exch_ns);
}

size_t bj_feedload_beat(uint8_t *to, uint32_t source, uint32_t stream, uint32_t last_seq) {
    bj_mtbt_heartbeat_t beat = {{sizeof beat, (uint16_t)(stream + 1), 0}, 'Z', last_seq};
    return write_frame(to, source, stream, &beat, sizeof beat);
}

static void add_frame(maker_t *maker, uint32_t symbol, void *message, size_t bytes) {
    bj_feedload_frame_t *frame = &maker->load->frames[maker->load->cnt++];
    bj_mtbt_header_t header = {(uint16_t)bytes, (uint16_t)(symbol % BJ_FEEDLOAD_STREAMS + 1), 0};
    memcpy(message, &header, sizeof header);
    frame->stream = (uint16_t)(symbol % BJ_FEEDLOAD_STREAMS);
    frame->len_bytes = (uint16_t)(BJ_FEEDLOAD_HEAD_BYTES + bytes);
    (void)write_frame(frame->bytes, 1, frame->stream, message, bytes);
    memcpy(frame->head_b, frame->bytes, sizeof frame->head_b);
    (void)write_frame(frame->bytes, 0, frame->stream, message, bytes);
}

/* --- the flow */
static void say(maker_t *maker, uint8_t type, const order_t *order) {
    bj_mtbt_order_t message = {.type = type,
                               .order_id = (double)order->id,
                               .token = (int32_t)order->symbol + 1,
                               .side = order->side,
                               .price_paise = order->price_paise,
                               .qty = order->qty};
    add_frame(maker, order->symbol, &message, sizeof message);
}

static int32_t price(maker_t *maker, uint8_t side) {
    int32_t steps =
        (int32_t)(1 + dice(maker, PRICE_STEPS) * dice(maker, PRICE_STEPS) / PRICE_STEPS);
    return PRICE_MID + 5 * (side == 'B' ? -steps : steps);
}

static void enter(maker_t *maker) {
    order_t *order = &maker->live[maker->live_cnt++];
    *order = (order_t){.id = UINT64_C(1100000000000000) + ++maker->next_id,
                       .symbol = dice(maker, maker->symbol_cnt),
                       .side = dice(maker, 2) ? 'B' : 'S',
                       .qty = (int32_t)(1 + dice(maker, 1000))};
    order->price_paise = price(maker, order->side);
    say(maker, 'N', order);
}

static void leave(maker_t *maker, size_t i) {
    maker->live[i] = maker->live[--maker->live_cnt];
}

/* Against a market order, which is never published. */
static void trade(maker_t *maker, size_t i) {
    order_t *order = &maker->live[i];
    int32_t qty = 1 + (int32_t)dice(maker, (uint32_t)order->qty);
    bool buy = order->side == 'B';
    bj_mtbt_trade_t message = {.type = 'T',
                               .buy_order_id = buy ? (double)order->id : 0,
                               .sell_order_id = buy ? 0 : (double)order->id,
                               .token = (int32_t)order->symbol + 1,
                               .price_paise = order->price_paise,
                               .qty = qty};
    add_frame(maker, order->symbol, &message, sizeof message);
    order->qty -= qty;
    if (!order->qty) leave(maker, i);
}

static void act(maker_t *maker, size_t live_max) {
    uint32_t what = dice(maker, 100);
    /* The book fills up first, then as many come as go. */
    uint32_t news = maker->live_cnt * 10 < live_max * 9 ? 80 : 45;
    if (!maker->live_cnt || (what < news && maker->live_cnt < live_max)) {
        enter(maker);
        return;
    }
    size_t i = dice(maker, (uint32_t)maker->live_cnt);
    order_t *order = &maker->live[i];
    if (what < 85) {
        say(maker, 'X', order);
        leave(maker, i);
    } else if (what < 94) {
        order->price_paise = price(maker, order->side);
        order->qty = (int32_t)(1 + dice(maker, 1000));
        say(maker, 'M', order);
    } else {
        trade(maker, i);
    }
}

bool bj_feedload_make(bj_feedload_t *load, uint32_t symbol_cnt, uint32_t live_cnt,
                      size_t message_cnt, uint64_t seed) {
    *load = (bj_feedload_t){0};
    if (symbol_cnt < 1 || symbol_cnt > SYMBOL_MAX || live_cnt < 1 || message_cnt < 2) return false;
    if (live_cnt > message_cnt / 2) live_cnt = (uint32_t)(message_cnt / 2);
    maker_t maker = {.load = load, .symbol_cnt = symbol_cnt, .rng = seed};
    load->frames = calloc(message_cnt, sizeof *load->frames);
    maker.live = malloc(live_cnt * sizeof *maker.live);
    bool ok = load->frames && maker.live;
    while (ok && load->cnt + maker.live_cnt < message_cnt) {
        if (load->cnt + maker.live_cnt + 2 > message_cnt) break;
        act(&maker, live_cnt);
    }
    while (ok && maker.live_cnt) {
        say(&maker, 'X', &maker.live[maker.live_cnt - 1]);
        leave(&maker, maker.live_cnt - 1);
    }
    free(maker.live);
    return ok;
}

void bj_feedload_free(bj_feedload_t *load) {
    free(load->frames);
}
