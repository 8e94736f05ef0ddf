/* Goal: over a random walk of the feed, the quotes end where the feed is, never cross each other on
 * the way, stay within the rate, survive fills and refusals, and go when the feed does.  The other
 * side is a small honest exchange that applies each request in order. */
#include "sim/desk/bj_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { INSTRUMENTS = 3, ORDERS_MAX = 4096, QUEUE_MAX = 256, RATE = 60 };

typedef struct order {
    bool     live;
    uint64_t client_order_id;
    uint32_t token;
    int32_t  price_paise, qty, cum_qty;
    char     side;
} order_t;

typedef struct exchange {
    order_t  order[ORDERS_MAX]; /* order id is the index */
    uint32_t order_cnt;
    uint64_t seq;
    bool     shut, halted;
    struct { uint8_t type; uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES]; uint64_t seq; } queue[QUEUE_MAX];
    uint32_t queued;
    unsigned sent, refused, self_trades;
} exchange_t;

static bool send_request(void *ctx, uint8_t type, void *msg, uint64_t *seq) {
    exchange_t *exchange = ctx;
    size_t bytes = type == BJ_OE_MASS_CANCEL || type == BJ_OE_CANCEL ? sizeof(bj_oe_mass_cancel_t)
                                                                     : sizeof(bj_oe_new_t);
    if (exchange->shut || exchange->queued == QUEUE_MAX) return false;
    exchange->queue[exchange->queued].type = type;
    memcpy(exchange->queue[exchange->queued].msg, msg, bytes);
    exchange->queue[exchange->queued++].seq = *seq = ++exchange->seq;
    exchange->sent += type != BJ_OE_MASS_CANCEL;
    return true;
}

static void tell(bj_maker_t *maker, char type, uint64_t id, const order_t *order, uint64_t seq,
                 int64_t now_ns) {
    bj_oe_report_t report = {.header = {.type = (uint8_t)type}, .order_id = id, .request_seq = seq};
    if (order) {
        report.client_order_id = order->client_order_id;
        report.price_paise = order->price_paise;
        report.qty = order->qty;
        report.cum_qty = order->cum_qty;
        report.leaves_qty = order->live ? order->qty - order->cum_qty : 0;
    }
    bj_maker_report(maker, &report, now_ns);
}

/* Self-trade prevention, as the engine does it: the resting order goes. */
static void prevent(exchange_t *exchange, bj_maker_t *maker, const order_t *taker, int64_t now_ns) {
    for (uint32_t i = 0; i < exchange->order_cnt; i++) {
        order_t *maker_order = &exchange->order[i];
        if (!maker_order->live || maker_order->token != taker->token) continue;
        if (maker_order->side == taker->side) continue;
        if (taker->side == 'B' ? taker->price_paise < maker_order->price_paise
                               : taker->price_paise > maker_order->price_paise) continue;
        maker_order->live = false;
        exchange->self_trades++;
        tell(maker, 'c', i, maker_order, 0, now_ns);
    }
}

static void do_new(exchange_t *exchange, bj_maker_t *maker, const uint8_t *msg, uint64_t seq,
                   int64_t now_ns) {
    bj_oe_new_t w;
    memcpy(&w, msg, sizeof w);
    uint32_t id = exchange->order_cnt++;
    BJ_CHECK(id < ORDERS_MAX && w.qty > 0 && w.price_paise > 0);
    exchange->order[id] = (order_t){!exchange->halted, w.client_order_id, w.token, w.price_paise,
                                    w.qty, 0, (char)w.side};
    if (!exchange->halted) prevent(exchange, maker, &exchange->order[id], now_ns);
    tell(maker, exchange->halted ? 'r' : 'a', id, &exchange->order[id], seq, now_ns);
}

static void do_modify(exchange_t *exchange, bj_maker_t *maker, const uint8_t *msg, uint64_t seq,
                      int64_t now_ns) {
    bj_oe_modify_t w;
    memcpy(&w, msg, sizeof w);
    order_t *order = &exchange->order[w.order_id];
    if (!order->live || exchange->halted || w.qty <= order->cum_qty) {
        exchange->refused++;
        tell(maker, 'q', w.order_id, order, seq, now_ns);
        return;
    }
    order->price_paise = w.price_paise;
    order->qty = w.qty;
    prevent(exchange, maker, order, now_ns);
    tell(maker, 'm', w.order_id, order, seq, now_ns);
}

static void do_cancel(exchange_t *exchange, bj_maker_t *maker, const uint8_t *msg, uint64_t seq,
                      int64_t now_ns) {
    bj_oe_cancel_t w;
    memcpy(&w, msg, sizeof w);
    order_t *order = &exchange->order[w.order_id];
    bool was_live = order->live;
    order->live = false;
    tell(maker, was_live ? 'c' : 'q', w.order_id, order, seq, now_ns);
}

static void do_mass(exchange_t *exchange, bj_maker_t *maker, const uint8_t *msg, uint64_t seq,
                    int64_t now_ns) {
    bj_oe_mass_cancel_t w;
    memcpy(&w, msg, sizeof w);
    for (uint32_t i = 0; i < exchange->order_cnt; i++) {
        order_t *order = &exchange->order[i];
        if (!order->live || (w.token && w.token != order->token)) continue;
        order->live = false;
        tell(maker, 'c', i, order, seq, now_ns);
    }
    tell(maker, 'k', 0, NULL, seq, now_ns);
}

static void run_queue(exchange_t *exchange, bj_maker_t *maker, int64_t now_ns) {
    for (uint32_t i = 0; i < exchange->queued; i++) {
        const uint8_t *msg = exchange->queue[i].msg;
        uint64_t seq = exchange->queue[i].seq;
        if (exchange->queue[i].type == BJ_OE_NEW) do_new(exchange, maker, msg, seq, now_ns);
        else if (exchange->queue[i].type == BJ_OE_MODIFY)
            do_modify(exchange, maker, msg, seq, now_ns);
        else if (exchange->queue[i].type == BJ_OE_CANCEL)
            do_cancel(exchange, maker, msg, seq, now_ns);
        else do_mass(exchange, maker, msg, seq, now_ns);
    }
    exchange->queued = 0;
}

static uint32_t live_at(const exchange_t *exchange, uint32_t token, char side,
                        int32_t price_paise) {
    uint32_t cnt = 0;
    for (uint32_t i = 0; i < exchange->order_cnt; i++) {
        const order_t *order = &exchange->order[i];
        cnt += order->live && order->token == token && order->side == side &&
               (!price_paise || order->price_paise == price_paise);
    }
    return cnt;
}

static bj_market_row_t row_at(uint32_t token, int32_t mid_paise) {
    bj_market_row_t row = {.token = token, .tick_paise = 5};
    for (int i = 0; i < 5; i++) {
        row.bid[i] = (bj_market_level_t){mid_paise - 5 * (i + 1), 1, 100 * (i + 1)};
        row.ask[i] = (bj_market_level_t){mid_paise + 5 * (i + 1), 1, 100 * (i + 1)};
    }
    return row;
}

static void fill_one(exchange_t *exchange, bj_maker_t *maker, uint32_t i, int64_t now_ns) {
    order_t *order = &exchange->order[i % exchange->order_cnt];
    if (!order->live) return;
    int32_t left = order->qty - order->cum_qty;
    order->cum_qty += i % 3 ? (left + 1) / 2 : left;
    order->live = order->cum_qty < order->qty;
    tell(maker, 't', (uint64_t)(order - exchange->order), order, 0, now_ns);
}

static void round_all(bj_maker_t *maker, const int32_t mid[INSTRUMENTS], uint32_t flags,
                      int64_t now_ns) {
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        bj_market_row_t row = row_at(100 + i, mid[i]);
        row.flags = flags;
        bj_maker_quote(maker, i, &row, now_ns);
    }
}

static void settle(exchange_t *exchange, bj_maker_t *maker, const int32_t mid[INSTRUMENTS],
                   int64_t *now_ns) {
    for (int i = 0; i < 60; i++) {
        *now_ns += 200 * BJ_NS_PER_MS;
        round_all(maker, mid, 0, *now_ns);
        run_queue(exchange, maker, *now_ns);
    }
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        for (int level = 1; level <= BJ_MAKER_LEVELS; level++) {
            BJ_CHECK(live_at(exchange, 100 + i, 'B', mid[i] - 5 * level) == 1);
            BJ_CHECK(live_at(exchange, 100 + i, 'S', mid[i] + 5 * level) == 1);
        }
        BJ_CHECK(live_at(exchange, 100 + i, 'B', 0) == BJ_MAKER_LEVELS);
        BJ_CHECK(live_at(exchange, 100 + i, 'S', 0) == BJ_MAKER_LEVELS);
    }
}

static void test_walk(uint32_t seed) {
    static exchange_t exchange;
    memset(&exchange, 0, sizeof exchange);
    bj_maker_t *maker = bj_maker_new(INSTRUMENTS, 900, RATE, send_request, &exchange);
    int32_t mid[INSTRUMENTS] = {100000, 5000, 20000};
    int64_t now_ns = 1000 * BJ_NS_PER_S, from_ns = now_ns;
    uint32_t dice = seed * 2 + 1;
    unsigned fails = bj_fail_cnt;
    round_all(maker, mid, 0, now_ns);
    BJ_CHECK(exchange.sent == 0); /* nothing before the mass cancel is done */
    run_queue(&exchange, maker, now_ns);
    for (int step = 0; step < 300; step++) {
        now_ns += 100 * BJ_NS_PER_MS;
        dice = dice * 1664525 + 1013904223;
        mid[dice >> 8 & 1] += ((int32_t)(dice >> 20 & 15) - 7) * 5;
        exchange.shut = (dice >> 28) == 0;
        exchange.halted = (dice >> 27) == 3;
        round_all(maker, mid, 0, now_ns);
        if (dice >> 30 == 1 && exchange.order_cnt) fill_one(&exchange, maker, dice >> 4, now_ns);
        if (dice >> 26 & 1) run_queue(&exchange, maker, now_ns); /* sometimes late */
    }
    BJ_CHECK(exchange.sent <= RATE + RATE * (uint64_t)((now_ns - from_ns) / BJ_NS_PER_S));
    BJ_CHECK(exchange.self_trades <= exchange.refused); /* only where a move was refused */
    exchange.shut = exchange.halted = false;
    run_queue(&exchange, maker, now_ns);
    now_ns += 10 * BJ_NS_PER_S;
    settle(&exchange, maker, mid, &now_ns);

    bj_market_row_t thin = row_at(100, mid[0]); /* one level is all that is left of a side */
    thin.bid[1].price_paise = thin.bid[2].price_paise = 0;
    for (int i = 0; i < 5; i++) {
        bj_maker_quote(maker, 0, &thin, now_ns += 2 * BJ_NS_PER_S);
        run_queue(&exchange, maker, now_ns);
    }
    BJ_CHECK(live_at(&exchange, 100, 'B', 0) == 1 && live_at(&exchange, 100, 'S', 0) == 3);
    settle(&exchange, maker, mid, &now_ns);

    round_all(maker, mid, BJ_MARKET_STALE, now_ns += 2 * BJ_NS_PER_S);
    round_all(maker, mid, BJ_MARKET_STALE, now_ns += 2 * BJ_NS_PER_S);
    BJ_CHECK(exchange.queued == INSTRUMENTS); /* one mass cancel each, once */
    run_queue(&exchange, maker, now_ns);
    BJ_CHECK(bj_maker_stats(maker).open_quotes == 0 && live_at(&exchange, 100, 'B', 0) == 0);
    settle(&exchange, maker, mid, &now_ns);

    bj_maker_withdraw(maker);
    bj_maker_withdraw(maker);
    run_queue(&exchange, maker, now_ns);
    BJ_CHECK(bj_maker_stats(maker).open_quotes == 0 && live_at(&exchange, 101, 'S', 0) == 0);
    settle(&exchange, maker, mid, &now_ns);
    bj_maker_restart(maker); /* a new login finds the old quotes and clears them */
    settle(&exchange, maker, mid, &now_ns);
    if (bj_fail_cnt != fails) fprintf(stderr, "  replay with seed %u\n", seed);
    bj_maker_free(maker);
}

int main(void) {
    for (uint32_t seed = 1; seed <= 40; seed++) test_walk(seed);
    return bj_test_end("test_bj_maker");
}
