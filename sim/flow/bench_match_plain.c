/* A floor under the figures: the plainest ladder there can be, an array of prices for each side and
 * two levels of bits above it.  It has only what FLOW needs: no other rule, ids that are indices,
 * no event written, no check of what it is given.  What an engine costs beyond it is what its rules
 * and its output cost. */
#include "sim/flow/bench_match.h"

#include <stdlib.h>
#include <string.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/replay/bj_replay.h" /* bj_replay_map: memory in large pages */

enum { PRICES = 1 << 17, WORDS = PRICES / 64, TOPS = WORDS / 64, AHEAD = 16 };

typedef struct level { /* ids; 0: nobody */
    uint32_t first, last;
} level_t;

typedef struct side { /* prices count from the best: those of bids are mirrored */
    level_t level[PRICES];
    uint64_t word[WORDS], top[TOPS];
    uint32_t best; /* PRICES - 1: nobody */
} side_t;

typedef struct order {
    uint32_t next, prev; /* ids; 0: none */
    uint32_t side_idx, price, qty;
    bool live;
} order_t;

typedef struct plain {
    side_t *side; /* bids of symbol 0, its offers, ... */
    order_t *order;
    size_t side_bytes, order_bytes;
    uint64_t trade_cnt, reject_cnt;
} plain_t;

static uint32_t mirrored(uint32_t price, uint32_t side_idx) {
    return side_idx & 1 ? price : PRICES - 1 - price;
}

/* The first bit at or after `from`, in its word or those behind it; none: the last price of all. */
static uint32_t next_price(const side_t *side, uint32_t from) {
    uint32_t word = from / 64;
    uint64_t bits = side->word[word] >> from % 64;
    if (bits) return from + (uint32_t)__builtin_ctzll(bits);
    uint32_t top = ++word / 64;
    bits = top < TOPS ? side->top[top] >> word % 64 << word % 64 : 0;
    while (!bits && ++top < TOPS)
        bits = side->top[top];
    if (!bits) return PRICES - 1;
    word = top * 64 + (uint32_t)__builtin_ctzll(bits);
    return word * 64 + (uint32_t)__builtin_ctzll(side->word[word]);
}

static void level_emptied(side_t *side, uint32_t price) {
    uint32_t word = price / 64;
    side->word[word] &= ~(UINT64_C(1) << price % 64);
    if (!side->word[word]) side->top[word / 64] &= ~(UINT64_C(1) << word % 64);
    if (side->best == price) side->best = next_price(side, price);
}

static void rest(plain_t *p, uint32_t id, uint32_t side_idx, uint32_t price, uint32_t qty) {
    side_t *side = &p->side[side_idx];
    level_t *level = &side->level[price];
    p->order[id] = (order_t){0, level->last, side_idx, price, qty, true};
    if (level->last) {
        p->order[level->last].next = id;
    } else {
        level->first = id;
        side->word[price / 64] |= UINT64_C(1) << price % 64;
        side->top[price / 4096] |= UINT64_C(1) << price / 64 % 64;
        if (price < side->best) side->best = price;
    }
    level->last = id;
}

static void leave(plain_t *p, order_t *order) {
    side_t *side = &p->side[order->side_idx];
    level_t *level = &side->level[order->price];
    *(order->prev ? &p->order[order->prev].next : &level->first) = order->next;
    *(order->next ? &p->order[order->next].prev : &level->last) = order->prev;
    order->live = false;
    if (!level->first) level_emptied(side, order->price);
}

/* Meets the other side up to this price, which is counted as the order's own side counts. */
static uint32_t take(plain_t *p, uint32_t side_idx, uint32_t price, uint32_t qty) {
    side_t *other = &p->side[side_idx ^ 1];
    uint32_t limit = PRICES - 1 - price;
    while (qty && other->best <= limit && other->best != PRICES - 1) {
        order_t *maker = &p->order[other->level[other->best].first];
        uint32_t fill = qty < maker->qty ? qty : maker->qty;
        qty -= fill;
        maker->qty -= fill;
        p->trade_cnt++;
        if (!maker->qty) leave(p, maker);
    }
    return qty;
}

static void enter(plain_t *p, uint32_t id, uint32_t side_idx, uint32_t price, uint32_t qty) {
    uint32_t left = take(p, side_idx, price, qty);
    if (left) rest(p, id, side_idx, price, left);
}

static void modify(plain_t *p, const bj_flow_record_t *record) {
    uint32_t id = (uint32_t)record->order_id;
    order_t *order = &p->order[id];
    uint32_t price = mirrored(record->price_ticks, order->side_idx);
    if (order->price == price && record->qty <= order->qty) {
        order->qty = record->qty;
        return;
    }
    leave(p, order);
    enter(p, id, order->side_idx, price, record->qty);
}

static void apply(plain_t *p, const bj_flow_record_t *record) {
    uint32_t id = (uint32_t)record->order_id;
    uint32_t side_idx = 2u * record->symbol + (record->side & 1);
    bool names = record->op == BJ_FLOW_CANCEL || record->op == BJ_FLOW_MODIFY;
    if (names && !p->order[id].live)
        p->reject_cnt++;
    else if (record->op == BJ_FLOW_CANCEL)
        leave(p, &p->order[id]);
    else if (record->op == BJ_FLOW_MODIFY)
        modify(p, record);
    else if (record->op == BJ_FLOW_ADD)
        enter(p, id, side_idx, mirrored(record->price_ticks, side_idx), record->qty);
    else
        take(p, side_idx,
             record->op == BJ_FLOW_MARKET ? 1 : mirrored(record->price_ticks, side_idx),
             record->qty);
}

static void fetch(const plain_t *p, const bj_flow_record_t *record) {
    uint32_t side_idx = 2u * record->symbol + (record->side & 1);
    uint32_t price = mirrored(record->price_ticks & (PRICES - 1), side_idx);
    __builtin_prefetch(&p->order[record->order_id], 1);
    __builtin_prefetch(&p->side[side_idx].level[price], 1);
}

static int64_t run_ns(plain_t *p, const bench_flow_t *flow) {
    int64_t from_ns = 0;
    for (size_t i = 0; i < flow->cnt; i++) {
        if (i == flow->stats.warm_cnt) from_ns = bj_clock_mono_ns();
        if (i + AHEAD < flow->cnt) fetch(p, &flow->records[i + AHEAD]);
        apply(p, &flow->records[i]);
    }
    return bj_clock_mono_ns() - from_ns;
}

double bench_plain_ns(const bench_flow_t *flow, uint32_t symbol_cnt) {
    plain_t p = {.side_bytes = 2 * symbol_cnt * sizeof(side_t),
                 .order_bytes = (flow->cnt + 1) * sizeof(order_t)};
    p.side = bj_replay_map(p.side_bytes);
    p.order = bj_replay_map(p.order_bytes);
    if (!p.side || !p.order) bench_give_up("no memory");
    memset(p.side, 0, p.side_bytes);
    memset(p.order, 0, p.order_bytes);
    for (uint32_t i = 0; i < 2 * symbol_cnt; i++)
        p.side[i].best = PRICES - 1;
    int64_t took_ns = run_ns(&p, flow);
    if (p.trade_cnt != flow->stats.trade_cnt || p.reject_cnt != flow->stats.stale_cnt)
        bench_give_up("the plain ladder and the generator do not agree");
    bj_replay_unmap(p.side, p.side_bytes);
    bj_replay_unmap(p.order, p.order_bytes);
    return (double)took_ns / (double)(flow->cnt - flow->stats.warm_cnt);
}
