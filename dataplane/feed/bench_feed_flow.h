/* bench_feed_flow.h - a day's tick-by-tick messages made up, as the exchange would send them: every
 * one is valid, every cancel, modify and trade names live orders.
 *
 * Shape      First a new order each until so many are live: the start.  Then of a hundred messages
 *            45 new, 40 cancels, 10 modifies, 5 trades.  Symbols and the orders that go are drawn
 *            evenly, which is harder on caches than a market is.  Prices: 1 tick and more from the
 *            other side's best, 6 ticks in the mean.  Half of the modifies take quantity away, half
 *            go to another price.  Half of the trades have an aggressor that was published just
 *            before and crosses; the others' was a market order.
 * Bytes      messages of one stream a symbol belongs to, one behind the other; one a datagram. */
#ifndef BENCH_FEED_FLOW_H
#define BENCH_FEED_FLOW_H

#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/feed/bj_feed.h"

enum { FLOW_TICKS = 128, FLOW_TICK_PAISE = 5, FLOW_MID_PAISE = 100000, FLOW_STREAMS = 16 };
enum { FLOW_NEAR = 8, FLOW_FAR = FLOW_TICKS - 8 }; /* prices stay within */
#define FLOW_NONE UINT32_MAX
#define FLOW_NOW_NS (INT64_C(1746157500) * BJ_NS_PER_S)

typedef struct flow_order {
    uint64_t id;
    uint32_t symbol, next, prev, at; /* at: in the list of the live */
    int32_t qty;
    uint8_t side, tick; /* side: 0 buys */
} flow_order_t;

typedef struct flow_symbol {
    uint32_t head[2][FLOW_TICKS], tail[2][FLOW_TICKS];
    uint8_t best[2]; /* FLOW_TICKS + 1: none */
} flow_symbol_t;

typedef struct flow {
    uint32_t symbol_cnt, live_target;
    uint64_t message_cnt, start_cnt; /* the first start_cnt only fill the books */
    uint8_t *bytes;
    size_t byte_cnt, start_bytes;
    bj_feed_packet_t *packet; /* message_cnt */
    /* only while it is made */
    flow_order_t *order;
    flow_symbol_t *symbol;
    uint32_t *live, *free;
    uint32_t live_cnt, free_cnt;
    uint32_t seq[FLOW_STREAMS];
    uint64_t next_id[FLOW_STREAMS];
    uint64_t rng;
    int64_t now_ns;
} flow_t;

static inline uint32_t flow_dice(flow_t *flow, uint32_t sides) {
    flow->rng = flow->rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((flow->rng >> 32) * sides >> 32);
}
static inline uint32_t flow_stream(uint32_t symbol) { return symbol % FLOW_STREAMS; }
static inline uint32_t flow_token(uint32_t symbol) { return 1000 + symbol; }
static inline int32_t flow_price(uint8_t tick) {
    return FLOW_MID_PAISE + (tick - FLOW_TICKS / 2) * FLOW_TICK_PAISE;
}

/* --- bytes */
static inline void *flow_message(flow_t *flow, uint32_t symbol, uint16_t bytes, uint8_t type) {
    uint8_t *at = flow->bytes + flow->byte_cnt;
    uint32_t stream = flow_stream(symbol);
    bj_mtbt_header_t header = {bytes, (uint16_t)(stream + 1), ++flow->seq[stream]};
    int64_t exch_ts_ns = bj_time_to_exch_ns(flow->now_ns += 1 + flow_dice(flow, 300));
    memcpy(at, &header, sizeof header);
    at[BJ_MTBT_TYPE_AT] = type;
    memcpy(at + offsetof(bj_mtbt_order_t, exch_ts_ns), &exch_ts_ns, sizeof exch_ts_ns);
    flow->packet[flow->message_cnt++] = (bj_feed_packet_t){at, bytes};
    flow->byte_cnt += bytes;
    return at;
}

static inline void flow_say(flow_t *flow, uint8_t type, const flow_order_t *order) {
    bj_mtbt_order_t *wire =
        flow_message(flow, order->symbol, sizeof(bj_mtbt_order_t), type);
    wire->order_id = (double)order->id;
    wire->token = (int32_t)flow_token(order->symbol);
    wire->side = order->side ? 'S' : 'B';
    wire->price_paise = flow_price(order->tick);
    wire->qty = order->qty;
}

static inline void flow_say_trade(flow_t *flow, const flow_order_t *maker, uint64_t taker_id,
                                  int32_t qty) {
    bj_mtbt_trade_t *wire =
        flow_message(flow, maker->symbol, sizeof(bj_mtbt_trade_t), 'T');
    wire->buy_order_id = (double)(maker->side ? taker_id : maker->id);
    wire->sell_order_id = (double)(maker->side ? maker->id : taker_id);
    wire->token = (int32_t)flow_token(maker->symbol);
    wire->price_paise = flow_price(maker->tick);
    wire->qty = qty;
}

/* --- books: a list of orders a price */
static inline void flow_enter(flow_t *flow, uint32_t idx) {
    flow_order_t *order = &flow->order[idx];
    flow_symbol_t *symbol = &flow->symbol[order->symbol];
    uint32_t *tail = &symbol->tail[order->side][order->tick];
    order->next = FLOW_NONE;
    order->prev = *tail;
    if (*tail == FLOW_NONE) symbol->head[order->side][order->tick] = idx;
    else flow->order[*tail].next = idx;
    *tail = idx;
    uint8_t *best = &symbol->best[order->side];
    if (*best > FLOW_TICKS || (order->side ? order->tick < *best : order->tick > *best))
        *best = order->tick;
}

static inline void flow_leave(flow_t *flow, uint32_t idx) {
    flow_order_t *order = &flow->order[idx];
    flow_symbol_t *symbol = &flow->symbol[order->symbol];
    uint8_t side = order->side, tick = order->tick;
    if (order->prev == FLOW_NONE) symbol->head[side][tick] = order->next;
    else flow->order[order->prev].next = order->next;
    if (order->next == FLOW_NONE) symbol->tail[side][tick] = order->prev;
    else flow->order[order->next].prev = order->prev;
    if (symbol->best[side] != tick) return;
    while (tick < FLOW_TICKS && symbol->head[side][tick] == FLOW_NONE)
        tick = (uint8_t)(side ? tick + 1 : tick - 1); /* below 0: 255, none */
    symbol->best[side] = tick < FLOW_TICKS ? tick : UINT8_MAX;
}

static inline uint32_t flow_take(flow_t *flow, uint32_t symbol) {
    uint32_t idx = flow->free[--flow->free_cnt], stream = flow_stream(symbol);
    flow->order[idx] = (flow_order_t){
        .id = (1100 + stream) * UINT64_C(1000000000000) + ++flow->next_id[stream],
        .symbol = symbol, .qty = (int32_t)(1 + flow_dice(flow, 40)) * 25, .at = flow->live_cnt};
    flow->live[flow->live_cnt++] = idx;
    return idx;
}

static inline void flow_give(flow_t *flow, uint32_t idx) {
    uint32_t at = flow->order[idx].at, last = flow->live[--flow->live_cnt];
    flow->live[at] = last;
    flow->order[last].at = at;
    flow->free[flow->free_cnt++] = idx;
}

/* --- what happens */
static inline uint8_t flow_passive_tick(flow_t *flow, uint32_t symbol, uint8_t side) {
    uint8_t other = flow->symbol[symbol].best[!side];
    int tick = other < FLOW_TICKS ? other : FLOW_TICKS / 2, away = 1;
    while (flow_dice(flow, 6) && away < 60) away++;
    tick += side ? away : -away;
    if (!side && tick < FLOW_NEAR) tick = FLOW_NEAR < other ? FLOW_NEAR : other - 1;
    if (side && tick > FLOW_FAR)
        tick = other > FLOW_TICKS || FLOW_FAR > other ? FLOW_FAR : other + 1;
    return (uint8_t)tick;
}

static inline void flow_new(flow_t *flow, uint32_t symbol) {
    uint32_t idx = flow_take(flow, symbol);
    flow->order[idx].side = (uint8_t)flow_dice(flow, 2);
    flow->order[idx].tick = flow_passive_tick(flow, symbol, flow->order[idx].side);
    flow_enter(flow, idx);
    flow_say(flow, 'N', &flow->order[idx]);
}

static inline void flow_cancel(flow_t *flow, uint32_t idx) {
    flow_say(flow, 'X', &flow->order[idx]);
    flow_leave(flow, idx);
    flow_give(flow, idx);
}

static inline void flow_modify(flow_t *flow, uint32_t idx) {
    flow_order_t *order = &flow->order[idx];
    if (flow_dice(flow, 2) && order->qty > 1) {
        order->qty -= order->qty / 2;
    } else {
        flow_leave(flow, idx);
        order->tick = flow_passive_tick(flow, order->symbol, order->side);
        flow_enter(flow, idx);
    }
    flow_say(flow, 'M', order);
}

/* The order that has waited longest at the best price; in half the cases for one just published,
 * which takes what it asks for or all there is of that order. */
static inline void flow_trade(flow_t *flow, uint32_t symbol) {
    uint8_t side = (uint8_t)flow_dice(flow, 2), tick = flow->symbol[symbol].best[side];
    if (tick >= FLOW_TICKS) return;
    uint32_t idx = flow->symbol[symbol].head[side][tick];
    flow_order_t taker = flow->order[idx], *maker = &flow->order[idx];
    uint64_t taker_id = 0;
    if (flow_dice(flow, 2)) taker.qty = (taker.qty + 1) / 2;
    if (flow_dice(flow, 2)) {
        uint32_t stream = flow_stream(symbol);
        taker.side = !side;
        taker.id = taker_id =
            (1100 + stream) * UINT64_C(1000000000000) + ++flow->next_id[stream];
        flow_say(flow, 'N', &taker);
    }
    flow_say_trade(flow, maker, taker_id, taker.qty);
    maker->qty -= taker.qty;
    if (maker->qty > 0) return;
    flow_leave(flow, idx);
    flow_give(flow, idx);
}

static inline void flow_any(flow_t *flow) {
    uint32_t r = flow_dice(flow, 1000), live = flow->live_cnt, target = flow->live_target;
    if (r < 50) {
        flow_trade(flow, flow_dice(flow, flow->symbol_cnt));
    } else if (r < 150) {
        flow_modify(flow, flow->live[flow_dice(flow, live)]);
    } else if (live < target - target / 100 || (live < target + target / 100 && r < 575)) {
        flow_new(flow, flow_dice(flow, flow->symbol_cnt));
    } else {
        flow_cancel(flow, flow->live[flow_dice(flow, live)]);
    }
}

/* --- all of it */
static inline void flow_rooms(flow_t *flow, uint32_t order_max) {
    flow->order = malloc(order_max * sizeof *flow->order);
    flow->symbol = malloc(flow->symbol_cnt * sizeof *flow->symbol);
    flow->live = malloc(order_max * sizeof *flow->live);
    flow->free = malloc(order_max * sizeof *flow->free);
    bool all = flow->bytes && flow->packet && flow->order && flow->symbol && flow->live;
    if (!all || !flow->free) abort();
    memset(flow->symbol, 0xff, flow->symbol_cnt * sizeof *flow->symbol);
    for (uint32_t i = 0; i < order_max; i++) flow->free[i] = i;
    flow->free_cnt = order_max;
}

static inline void flow_make(flow_t *flow, uint32_t symbol_cnt, uint32_t live_target,
                             uint64_t timed_cnt) {
    uint32_t order_max = live_target + live_target / 50 + 1024;
    *flow = (flow_t){.symbol_cnt = symbol_cnt, .live_target = live_target, .rng = 7,
                     .now_ns = FLOW_NOW_NS,
                     .packet = malloc((live_target + timed_cnt + 2) * sizeof *flow->packet),
                     .bytes = malloc((live_target + timed_cnt + 2) * BJ_MTBT_MOST_BYTES)};
    flow_rooms(flow, order_max);
    while (flow->live_cnt < live_target) flow_new(flow, flow->live_cnt % symbol_cnt);
    flow->start_cnt = flow->message_cnt;
    flow->start_bytes = flow->byte_cnt;
    while (flow->message_cnt < flow->start_cnt + timed_cnt) flow_any(flow);
    free(flow->order), free(flow->symbol), free(flow->live), free(flow->free);
}

static inline void flow_free(flow_t *flow) {
    free(flow->bytes);
    free(flow->packet);
}

#endif /* BENCH_FEED_FLOW_H */
