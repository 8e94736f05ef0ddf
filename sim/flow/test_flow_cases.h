#ifndef TEST_FLOW_CASES_H
#define TEST_FLOW_CASES_H

/* test_flow_cases - small flows with what must come of them, worked out by hand: a row or two for
 * each rule of docs/flow.md.  The reference and the engine must both get them right. */
#include "dataplane/base/bj_hash.h"
#include "sim/flow/bj_flow_ref.h"

enum { BUY = 0, SELL = 1 };
enum { CASE_OPS = 8, CASE_FILLS = 4, CASE_ORDERS = 5 };

typedef struct fill {
    uint64_t maker_id, taker_id;
    uint32_t price_ticks, qty;
} fill_t;
static_assert(sizeof(fill_t) == 24, "as it lies it is what the digest takes of a fill");

typedef struct flow_case { /* lists end with id 0 */
    const char *name;
    bj_flow_record_t flow[CASE_OPS + 1];
    fill_t   fills[CASE_FILLS + 1];
    bj_flow_ref_order_t book[CASE_ORDERS + 1]; /* symbols, bids best first, offers best first */
    uint64_t rejects;
} flow_case_t;

#define ADD(id, side, price, qty) {BJ_FLOW_ADD, side, 0, price, qty, id}
#define CANCEL(id) {BJ_FLOW_CANCEL, BUY, 0, 0, 0, id}
#define MODIFY(id, price, qty) {BJ_FLOW_MODIFY, BUY, 0, price, qty, id}
#define MARKET(id, side, qty) {BJ_FLOW_MARKET, side, 0, 0, qty, id}
#define IOC(id, side, price, qty) {BJ_FLOW_IOC, side, 0, price, qty, id}
#define RESTS(id, side, price, qty) {id, price, qty, 0, side}

static const flow_case_t flow_cases[] = {
    {"the best price first, at the maker's price",
     .flow = {ADD(1, SELL, 102, 10), ADD(2, SELL, 101, 10), ADD(3, BUY, 103, 15)},
     .fills = {{2, 3, 101, 10}, {1, 3, 102, 5}}, .book = {RESTS(1, SELL, 102, 5)}},
    {"bids too: the highest first",
     .flow = {ADD(1, BUY, 98, 10), ADD(2, BUY, 99, 10), ADD(3, SELL, 90, 15)},
     .fills = {{2, 3, 99, 10}, {1, 3, 98, 5}}, .book = {RESTS(1, BUY, 98, 5)}},
    {"of one price the first in is first out",
     .flow = {ADD(1, SELL, 100, 5), ADD(2, SELL, 100, 5), ADD(3, BUY, 100, 7)},
     .fills = {{1, 3, 100, 5}, {2, 3, 100, 2}}, .book = {RESTS(2, SELL, 100, 3)}},
    {"prices that do not cross rest",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, SELL, 100, 6), ADD(3, BUY, 99, 7), ADD(4, BUY, 98, 1)},
     .book = {RESTS(1, BUY, 99, 5), RESTS(3, BUY, 99, 7), RESTS(4, BUY, 98, 1),
              RESTS(2, SELL, 100, 6)}},
    {"a remainder rests at the taker's own price, at the back",
     .flow = {ADD(1, SELL, 100, 5), ADD(2, BUY, 101, 8), ADD(3, BUY, 101, 4),
              ADD(4, SELL, 101, 4)},
     .fills = {{1, 2, 100, 5}, {2, 4, 101, 3}, {3, 4, 101, 1}}, .book = {RESTS(3, BUY, 101, 3)}},
    {"a partly filled maker keeps its place",
     .flow = {ADD(1, BUY, 100, 9), ADD(2, BUY, 100, 9), ADD(3, SELL, 100, 4),
              ADD(4, SELL, 100, 6)},
     .fills = {{1, 3, 100, 4}, {1, 4, 100, 5}, {2, 4, 100, 1}}, .book = {RESTS(2, BUY, 100, 8)}},
    {"a market order takes any price, its remainder is gone",
     .flow = {ADD(1, SELL, 100, 5), ADD(2, SELL, 100000, 5), MARKET(3, BUY, 20),
              ADD(4, SELL, 100, 1), CANCEL(3)},
     .fills = {{1, 3, 100, 5}, {2, 3, 100000, 5}}, .book = {RESTS(4, SELL, 100, 1)},
     .rejects = 1},
    {"a market sell, down to the lowest bid",
     .flow = {ADD(1, BUY, 1, 5), ADD(2, BUY, 70, 5), MARKET(3, SELL, 6)},
     .fills = {{2, 3, 70, 5}, {1, 3, 1, 1}}, .book = {RESTS(1, BUY, 1, 4)}},
    {"a market order into an empty book", .flow = {MARKET(1, BUY, 5)}},
    {"an IOC order goes to its limit, its remainder is gone",
     .flow = {ADD(1, SELL, 100, 5), ADD(2, SELL, 101, 5), IOC(3, BUY, 100, 8), CANCEL(3)},
     .fills = {{1, 3, 100, 5}}, .book = {RESTS(2, SELL, 101, 5)}, .rejects = 1},
    {"a cancel", .flow = {ADD(1, BUY, 99, 5), ADD(2, BUY, 99, 6), CANCEL(1)},
     .book = {RESTS(2, BUY, 99, 6)}},
    {"cancels for nobody: filled, cancelled, never seen",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, SELL, 99, 5), CANCEL(1), ADD(3, BUY, 99, 5), CANCEL(3),
              CANCEL(3), CANCEL(77)},
     .fills = {{1, 2, 99, 5}}, .rejects = 3},
    {"modifies for nobody",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, SELL, 99, 5), MODIFY(1, 99, 3), ADD(3, BUY, 99, 5),
              CANCEL(3), MODIFY(3, 99, 5), MODIFY(77, 99, 5)},
     .fills = {{1, 2, 99, 5}}, .rejects = 3},
    {"a lower quantity at the same price keeps the place",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, BUY, 99, 5), MODIFY(1, 99, 3), ADD(3, SELL, 99, 4)},
     .fills = {{1, 3, 99, 3}, {2, 3, 99, 1}}, .book = {RESTS(2, BUY, 99, 4)}},
    {"so does the same quantity",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, BUY, 99, 5), MODIFY(1, 99, 5)},
     .book = {RESTS(1, BUY, 99, 5), RESTS(2, BUY, 99, 5)}},
    {"a higher quantity loses it",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, BUY, 99, 5), MODIFY(1, 99, 6), ADD(3, SELL, 99, 7)},
     .fills = {{2, 3, 99, 5}, {1, 3, 99, 2}}, .book = {RESTS(1, BUY, 99, 4)}},
    {"the open quantity counts, not the one it came with",
     .flow = {ADD(1, BUY, 99, 9), ADD(2, BUY, 99, 5), ADD(3, SELL, 99, 6), MODIFY(1, 99, 4)},
     .fills = {{1, 3, 99, 6}}, .book = {RESTS(2, BUY, 99, 5), RESTS(1, BUY, 99, 4)}},
    {"another price loses it, also there and back",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, BUY, 99, 5), ADD(3, BUY, 98, 5), MODIFY(1, 98, 5),
              MODIFY(2, 97, 5), MODIFY(2, 99, 5)},
     .book = {RESTS(2, BUY, 99, 5), RESTS(3, BUY, 98, 5), RESTS(1, BUY, 98, 5)}},
    {"a modify that crosses takes, by the order's own side, and its remainder rests",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, SELL, 105, 9), MODIFY(2, 98, 7)},
     .fills = {{1, 2, 99, 5}}, .book = {RESTS(2, SELL, 98, 2)}},
    {"a modify that is filled whole is gone",
     .flow = {ADD(1, BUY, 99, 5), ADD(2, SELL, 105, 9), MODIFY(2, 99, 5), CANCEL(2)},
     .fills = {{1, 2, 99, 5}}, .rejects = 1},
    {"symbols do not meet",
     .flow = {{BJ_FLOW_ADD, BUY, 2, 99, 5, 1}, ADD(2, SELL, 90, 5)},
     .book = {RESTS(2, SELL, 90, 5), {1, 99, 5, 2, BUY}}},
    {"the largest quantities and prices",
     .flow = {ADD(1, SELL, INT32_MAX, INT32_MAX), ADD(2, SELL, INT32_MAX, INT32_MAX),
              ADD(UINT64_MAX, BUY, INT32_MAX, 1)},
     .fills = {{1, UINT64_MAX, INT32_MAX, 1}},
     .book = {RESTS(1, SELL, INT32_MAX, INT32_MAX - 1), RESTS(2, SELL, INT32_MAX, INT32_MAX)}},
};

static inline size_t case_cnt(const flow_case_t *row) {
    size_t cnt = 0;
    while (row->flow[cnt].order_id) cnt++;
    return cnt;
}

static inline uint64_t case_digest(const flow_case_t *row) {
    uint64_t hash = BJ_FNV_OFFSET;
    for (const fill_t *fill = row->fills; fill->maker_id; fill++) {
        hash = bj_fnv1a(hash, fill, sizeof *fill);
    }
    return hash;
}

static inline uint64_t case_depth(const flow_case_t *row) {
    uint64_t hash = BJ_FNV_OFFSET;
    for (const bj_flow_ref_order_t *order = row->book, *last = NULL; order->order_id; order++) {
        bool same = last && last->symbol == order->symbol && last->side == order->side &&
                    last->price_ticks == order->price_ticks;
        if (!same) {
            hash = bj_fnv1a(hash, &order->symbol, 2);
            hash = bj_fnv1a(hash, &order->side, 1);
            hash = bj_fnv1a(hash, &order->price_ticks, 4);
        }
        hash = bj_fnv1a(hash, &order->order_id, 8);
        hash = bj_fnv1a(hash, &order->qty, 4);
        last = order;
    }
    return hash;
}

/* The book is listed best first: the first of a side has the price, all of that price the sum. */
static inline uint64_t case_best(const flow_case_t *row, uint16_t symbol, uint8_t side,
                                 uint64_t hash) {
    uint32_t price_ticks = 0;
    uint64_t qty = 0;
    for (const bj_flow_ref_order_t *order = row->book; order->order_id; order++) {
        if (order->symbol != symbol || order->side != side) continue;
        if (!price_ticks) price_ticks = order->price_ticks;
        if (order->price_ticks == price_ticks) qty += order->qty;
    }
    hash = bj_fnv1a(hash, &price_ticks, 4);
    return bj_fnv1a(hash, &qty, 8);
}

static inline uint64_t case_bbo(const flow_case_t *row) {
    uint64_t hash = BJ_FNV_OFFSET;
    uint32_t symbol_cnt = 0;
    for (const bj_flow_record_t *record = row->flow; record->order_id; record++) {
        if (record->symbol >= symbol_cnt) symbol_cnt = record->symbol + 1u;
    }
    for (uint32_t i = 0; i < symbol_cnt; i++) {
        hash = case_best(row, (uint16_t)i, BUY, hash);
        hash = case_best(row, (uint16_t)i, SELL, hash);
    }
    return hash;
}

static inline bj_flow_ref_result_t case_want(const flow_case_t *row) {
    bj_flow_ref_result_t want = {.ops = case_cnt(row), .rejects = row->rejects,
                                 .digest = case_digest(row), .bbo_digest = case_bbo(row),
                                 .depth_digest = case_depth(row)};
    for (const fill_t *fill = row->fills; fill->maker_id; fill++) {
        want.trades++;
        want.traded_qty += fill->qty;
    }
    while (row->book[want.live_orders].order_id) want.live_orders++;
    return want;
}

#endif /* TEST_FLOW_CASES_H */
