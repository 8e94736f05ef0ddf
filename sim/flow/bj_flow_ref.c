#include "sim/flow/bj_flow_ref.h"

#include <stdlib.h>
#include "dataplane/base/bj_hash.h"

enum { BUY = 0, SELL = 1 };

struct bj_flow_ref {
    bj_flow_ref_result_t result; /* without what is counted at the end */
    uint32_t symbol_cnt;
    size_t   live_cnt, order_max;
    bj_flow_ref_order_t live[]; /* in the order of their priority in time */
};

bj_flow_ref_t *bj_flow_ref_new(size_t order_max) {
    bj_flow_ref_t *ref = calloc(1, sizeof *ref + order_max * sizeof ref->live[0]);
    if (!ref) return NULL;
    ref->order_max = order_max;
    ref->result.digest = BJ_FNV_OFFSET;
    return ref;
}

void bj_flow_ref_free(bj_flow_ref_t *ref) { free(ref); }

/* --- looking at all of them; live_cnt: there is none */
static size_t find(const bj_flow_ref_t *ref, uint64_t order_id) {
    size_t i = 0;
    while (i < ref->live_cnt && ref->live[i].order_id != order_id) i++;
    return i;
}

static bool better(uint8_t side, uint32_t price_ticks, uint32_t than_ticks) {
    return side == BUY ? price_ticks > than_ticks : price_ticks < than_ticks;
}

/* The best price, and of equals the earliest: a later one must be better to win. */
static size_t best(const bj_flow_ref_t *ref, uint16_t symbol, uint8_t side) {
    size_t at = ref->live_cnt;
    for (size_t i = 0; i < ref->live_cnt; i++) {
        const bj_flow_ref_order_t *order = &ref->live[i];
        if (order->symbol != symbol || order->side != side) continue;
        if (at == ref->live_cnt || better(side, order->price_ticks, ref->live[at].price_ticks)) {
            at = i;
        }
    }
    return at;
}

static void leave(bj_flow_ref_t *ref, size_t at) {
    ref->live_cnt--;
    memmove(&ref->live[at], &ref->live[at + 1], (ref->live_cnt - at) * sizeof ref->live[0]);
}

static void rest(bj_flow_ref_t *ref, const bj_flow_ref_order_t *order) {
    assert(ref->live_cnt < ref->order_max);
    ref->live[ref->live_cnt++] = *order;
}

/* --- matching */
static void count_fill(bj_flow_ref_t *ref, const bj_flow_ref_order_t *maker, uint64_t taker_id,
                       uint32_t qty) {
    bj_flow_ref_result_t *result = &ref->result;
    result->trades++;
    result->traded_qty += qty;
    result->digest = bj_fnv1a(result->digest, &maker->order_id, sizeof maker->order_id);
    result->digest = bj_fnv1a(result->digest, &taker_id, sizeof taker_id);
    result->digest = bj_fnv1a(result->digest, &maker->price_ticks, sizeof maker->price_ticks);
    result->digest = bj_fnv1a(result->digest, &qty, sizeof qty);
}

static bool crosses(const bj_flow_ref_order_t *taker, const bj_flow_ref_order_t *maker) {
    return taker->side == BUY ? taker->price_ticks >= maker->price_ticks
                              : taker->price_ticks <= maker->price_ticks;
}

/* taker->qty becomes what is left. */
static void match(bj_flow_ref_t *ref, bj_flow_ref_order_t *taker, bool any_price) {
    while (taker->qty) {
        size_t at = best(ref, taker->symbol, taker->side == BUY ? SELL : BUY);
        if (at == ref->live_cnt) return;
        bj_flow_ref_order_t *maker = &ref->live[at];
        if (!any_price && !crosses(taker, maker)) return;
        uint32_t qty = maker->qty < taker->qty ? maker->qty : taker->qty;
        count_fill(ref, maker, taker->order_id, qty);
        taker->qty -= qty;
        maker->qty -= qty;
        if (!maker->qty) leave(ref, at);
    }
}

/* --- one record */
static void enter(bj_flow_ref_t *ref, bj_flow_ref_order_t order, uint8_t op) {
    match(ref, &order, op == BJ_FLOW_MARKET);
    if (op == BJ_FLOW_ADD && order.qty) rest(ref, &order);
}

/* Symbol and side are the order's own, whatever the record says. */
static void modify(bj_flow_ref_t *ref, size_t at, uint32_t price_ticks, uint32_t qty) {
    bj_flow_ref_order_t order = ref->live[at];
    if (price_ticks == order.price_ticks && qty <= order.qty) {
        ref->live[at].qty = qty;
        return;
    }
    leave(ref, at);
    order.price_ticks = price_ticks;
    order.qty = qty;
    enter(ref, order, BJ_FLOW_ADD);
}

void bj_flow_ref_apply(bj_flow_ref_t *ref, const bj_flow_record_t *record) {
    ref->result.ops++;
    if (record->symbol >= ref->symbol_cnt) ref->symbol_cnt = record->symbol + 1u;
    if (record->op != BJ_FLOW_CANCEL && record->op != BJ_FLOW_MODIFY) {
        bj_flow_ref_order_t order = {record->order_id, record->price_ticks, record->qty,
                                     record->symbol, record->side};
        enter(ref, order, record->op);
        return;
    }
    size_t at = find(ref, record->order_id);
    if (at == ref->live_cnt) ref->result.rejects++;
    else if (record->op == BJ_FLOW_CANCEL) leave(ref, at);
    else modify(ref, at, record->price_ticks, record->qty);
}

/* --- the books as they stand */
static uint64_t qty_at(const bj_flow_ref_t *ref, const bj_flow_ref_order_t *level) {
    uint64_t qty = 0;
    for (size_t i = 0; i < ref->live_cnt; i++) {
        const bj_flow_ref_order_t *order = &ref->live[i];
        bool there = order->symbol == level->symbol && order->side == level->side &&
                     order->price_ticks == level->price_ticks;
        if (there) qty += order->qty;
    }
    return qty;
}

bj_flow_ref_top_t bj_flow_ref_top(const bj_flow_ref_t *ref, uint16_t symbol) {
    bj_flow_ref_top_t top = {0};
    size_t bid = best(ref, symbol, BUY), ask = best(ref, symbol, SELL);
    if (bid < ref->live_cnt) {
        top.bid_ticks = ref->live[bid].price_ticks;
        top.bid_qty = qty_at(ref, &ref->live[bid]);
    }
    if (ask < ref->live_cnt) {
        top.ask_ticks = ref->live[ask].price_ticks;
        top.ask_qty = qty_at(ref, &ref->live[ask]);
    }
    return top;
}

static uint64_t bbo_digest(const bj_flow_ref_t *ref) {
    uint64_t hash = BJ_FNV_OFFSET;
    for (uint32_t symbol = 0; symbol < ref->symbol_cnt; symbol++) {
        bj_flow_ref_top_t top = bj_flow_ref_top(ref, (uint16_t)symbol);
        hash = bj_fnv1a(hash, &top.bid_ticks, sizeof top.bid_ticks);
        hash = bj_fnv1a(hash, &top.bid_qty, sizeof top.bid_qty);
        hash = bj_fnv1a(hash, &top.ask_ticks, sizeof top.ask_ticks);
        hash = bj_fnv1a(hash, &top.ask_qty, sizeof top.ask_qty);
    }
    return hash;
}

/* Takes the best order away again and again, out of a copy. */
static uint64_t hash_side(bj_flow_ref_t *copy, uint64_t hash, uint16_t symbol, uint8_t side) {
    uint32_t level_ticks = 0;
    for (size_t at; (at = best(copy, symbol, side)) < copy->live_cnt; leave(copy, at)) {
        const bj_flow_ref_order_t *order = &copy->live[at];
        if (order->price_ticks != level_ticks) {
            level_ticks = order->price_ticks;
            hash = bj_fnv1a(hash, &symbol, sizeof symbol);
            hash = bj_fnv1a(hash, &side, sizeof side);
            hash = bj_fnv1a(hash, &level_ticks, sizeof level_ticks);
        }
        hash = bj_fnv1a(hash, &order->order_id, sizeof order->order_id);
        hash = bj_fnv1a(hash, &order->qty, sizeof order->qty);
    }
    return hash;
}

static uint64_t depth_digest(const bj_flow_ref_t *ref) {
    uint64_t hash = BJ_FNV_OFFSET;
    bj_flow_ref_t *copy = bj_flow_ref_new(ref->live_cnt);
    if (!copy) abort();
    copy->live_cnt = ref->live_cnt;
    memcpy(copy->live, ref->live, ref->live_cnt * sizeof ref->live[0]);
    for (uint32_t symbol = 0; symbol < ref->symbol_cnt; symbol++) {
        hash = hash_side(copy, hash, (uint16_t)symbol, BUY);
        hash = hash_side(copy, hash, (uint16_t)symbol, SELL);
    }
    bj_flow_ref_free(copy);
    return hash;
}

const bj_flow_ref_order_t *bj_flow_ref_find(const bj_flow_ref_t *ref, uint64_t order_id) {
    size_t at = find(ref, order_id);
    return at < ref->live_cnt ? &ref->live[at] : NULL;
}

bj_flow_ref_result_t bj_flow_ref_result(const bj_flow_ref_t *ref) {
    bj_flow_ref_result_t result = ref->result;
    result.live_orders = ref->live_cnt;
    result.bbo_digest = bbo_digest(ref);
    result.depth_digest = depth_digest(ref);
    return result;
}
