#ifndef BJ_FEED_PLAN_H
#define BJ_FEED_PLAN_H

/* bj_feed_plan - what a batch of messages needs, found out before any of it is applied: each step
 * fetches what the next one looks at.
 *
 * Steps      id bucket and slot; instrument, ladder, row; order, price's key, node, level of the
 *            row; level, page.  They do not ask what kind of message it is, but for trades, of
 *            which a list is kept: a line too many costs less than a branch nobody can foresee.
 * Holds      `order` is a guess, which whoever uses it looks at again; `price_key` is right until
 *            the ladder's unit changes, then plan_prices is called; all else stays right.
 * Threads    the books'. */
#include "dataplane/feed/bj_feed_books_priv.h"

/* What a loop needs, copied: it writes into the books, and the compiler could not know that these
 * stand. */
typedef struct batch {
    const bj_feed_item_t *items;
    plan_t  *plan;
    uint32_t cnt, trade_cnt;
    uint8_t  trade[BJ_FEED_BATCH]; /* which of them are trades */
} batch_t;

/* --- id bucket and slot */
FORCED void plan_ids(const bj_feed_books_t *books, batch_t *batch) {
    const bj_feed_orders_t orders = books->orders;
    const stream_words_t *words = books->words;
    const uint64_t *slots = books->slot;
    const uint32_t shift = books->slot_shift;
    uint32_t trade_cnt = 0;
    for (uint32_t i = 0; i < batch->cnt; i++) {
        const bj_feed_msg_t *msg = &batch->items[i].msg;
        const stream_words_t *stream = &words[batch->items[i].stream_idx];
        plan_t *plan = &batch->plan[i];
        uint64_t key = msg->order_id | stream->key;
        uint32_t home = bj_feed_order_home(&orders, key);
        plan->key[0] = key;
        plan->home[0] = home;
        __builtin_prefetch(&orders.bucket[home], 1);
        plan->slot = stream->slot | name_of(msg->token, 0, msg->spread) << INDEX_BITS;
        __builtin_prefetch(&slots[slot_at(shift, msg->token)]);
        batch->trade[trade_cnt] = (uint8_t)i;
        trade_cnt += msg->kind == BJ_FEED_TRADE;
    }
    batch->trade_cnt = trade_cnt;
    for (uint32_t t = 0; t < trade_cnt; t++) {
        const bj_feed_item_t *item = &batch->items[batch->trade[t]];
        plan_t *plan = &batch->plan[batch->trade[t]];
        plan->key[1] = item->msg.sell_order_id | words[item->stream_idx].key;
        plan->home[1] = bj_feed_order_home(&orders, plan->key[1]);
        __builtin_prefetch(&orders.bucket[plan->home[1]], 1);
    }
}

/* --- instrument, ladder, row */

/* It is not in the first slot.  None, or none of this stream, is counted. */
static __attribute__((noinline)) uint32_t plan_stray(bj_feed_books_t *books, uint64_t want,
                                                     uint32_t token) {
    const uint64_t name = want >> INDEX_BITS & NAME_MASK;
    for (uint32_t i = slot_at(books->slot_shift, token);; i = (i + 1) & (books->slot_cnt - 1)) {
        uint64_t slot = books->slot[i];
        if (!slot) break;
        if ((slot >> INDEX_BITS & NAME_MASK) != name) continue;
        if ((slot ^ want) >> INDEX_BITS == 0) return slot & (INSTRUMENT_MAX - 1);
        books->counters->bad_messages++;
        return NO_INSTRUMENT;
    }
    books->counters->unknown_tokens++;
    return NO_INSTRUMENT;
}

FORCED void fetch_row(const bj_feed_books_t *books, uint32_t idx) {
    __builtin_prefetch(&books->instrument[idx], 1);
    __builtin_prefetch(&books->shared[idx], 1);
}

FORCED void plan_instruments(bj_feed_books_t *books, const batch_t *batch, bool rows) {
    const bj_ladder_t *ladders = books->ladders.ladder;
    const uint64_t *slots = books->slot;
    const uint32_t shift = books->slot_shift;
    for (uint32_t i = 0; i < batch->cnt; i++) {
        const bj_feed_msg_t *msg = &batch->items[i].msg;
        plan_t *plan = &batch->plan[i];
        uint64_t off = slots[slot_at(shift, msg->token)] ^ plan->slot;
        uint32_t idx = (uint32_t)off, ladder_idx = 2 * idx + (msg->side == BJ_SELL);
        if (BJ_UNLIKELY(off >> INDEX_BITS)) {
            idx = plan_stray(books, plan->slot, msg->token);
            ladder_idx = idx == NO_INSTRUMENT ? 0 : 2 * idx + (msg->side == BJ_SELL);
        }
        plan->idx = idx;
        plan->ladder_idx = ladder_idx;
        __builtin_prefetch(&ladders[ladder_idx], 1);
        if (rows) fetch_row(books, ladder_idx >> 1);
    }
    for (uint32_t t = 0; t < batch->trade_cnt; t++) { /* a trade needs both sides */
        uint32_t ladder_idx = batch->plan[batch->trade[t]].ladder_idx;
        __builtin_prefetch(&ladders[ladder_idx ^ 1], 1);
        if (!rows) continue;
        __builtin_prefetch(&books->row[ladder_idx >> 1].last_price_paise, 1);
        __builtin_prefetch(&books->row[ladder_idx >> 1].trade_cnt, 1);
    }
}

/* --- order, price's key, node, level of the row */
FORCED uint32_t plan_price(const bj_ladder_t *ladder, int32_t price_paise) {
    return bj_ladder_fits(ladder, price_paise) ? bj_ladder_key(ladder, price_paise) : BJ_NIL;
}

/* Where the row most likely shows a level so far from the best; those behind it move if it comes or
 * goes. */
FORCED void fetch_shown(const bj_feed_books_t *books, uint32_t ladder_idx, uint32_t far) {
    uint32_t rank = far < BJ_MARKET_LEVELS ? far : BJ_MARKET_LEVELS - 1;
    const bj_market_level_t *level = depth_of(books, ladder_idx) + rank;
    __builtin_prefetch(level, 1);
    __builtin_prefetch(level + 4, 1);
}

FORCED void plan_orders(const bj_feed_books_t *books, const batch_t *batch, bool rows) {
    const bj_feed_orders_t orders = books->orders;
    const bj_ladder_t *ladders = books->ladders.ladder;
    const bj_ladder_node_t *nodes = books->ladders.node;
    for (uint32_t i = 0; i < batch->cnt; i++) {
        plan_t *plan = &batch->plan[i];
        const bj_ladder_t *ladder = &ladders[plan->ladder_idx];
        const bj_ladder_node_t *node = &nodes[ladder->hot_node_idx];
        uint32_t key = plan_price(ladder, batch->items[i].msg.price_paise);
        plan->order[0] = bj_feed_order_guess(&orders, plan->home[0], plan->key[0]);
        plan->price_key = key;
        plan->page_idx = &node->at[key >> 6 & 63].child_idx;
        __builtin_prefetch(plan->page_idx, 1);
        if (rows) fetch_shown(books, plan->ladder_idx, key - ladder->best_key);
    }
    for (uint32_t t = 0; t < batch->trade_cnt; t++) {
        plan_t *plan = &batch->plan[batch->trade[t]];
        plan->order[1] = bj_feed_order_guess(&orders, plan->home[1], plan->key[1]);
        __builtin_prefetch(&books->ladders.total[bj_feed_order_where(plan->order[1])], 1);
    }
}

/* A ladder has another unit. */
static inline void plan_prices(bj_feed_books_t *books, const bj_feed_item_t *items, uint32_t cnt) {
    for (uint32_t i = 0; i < cnt; i++) {
        plan_t *plan = &books->plan[i];
        plan->price_key =
            plan_price(&books->ladders.ladder[plan->ladder_idx], items[i].msg.price_paise);
    }
}

/* --- the level of an order that is there; that of a new one.  If the price's page is none of ours,
 * or the order not where it is thought, the address is anybody's: it is only fetched. */
FORCED void fetch_levels(const bj_feed_books_t *books, const batch_t *batch) {
    const bj_ladder_page_t *pages = books->ladders.page;
    const bj_level_total_t *totals = books->ladders.total;
    for (uint32_t i = 0; i < batch->cnt; i++) {
        const plan_t *plan = &batch->plan[i];
        uint32_t is = bj_feed_order_where(plan->order[0]);
        uint32_t comes = *plan->page_idx << 6 | (plan->price_key & 63);
        uint32_t there = UINT32_C(0) - (batch->items[i].msg.kind != BJ_FEED_NEW); /* no branch */
        uint32_t level_ref = comes ^ ((comes ^ is) & there);
        __builtin_prefetch(&totals[level_ref], 1);
        __builtin_prefetch(&pages[level_ref >> 6]);
    }
}

FORCED void plan_all(bj_feed_books_t *books, const bj_feed_item_t *items, uint32_t cnt,
                     bool rows) {
    batch_t batch;
    batch.items = books->items = items;
    batch.cnt = books->item_cnt = cnt;
    batch.plan = books->plan;
    plan_ids(books, &batch);
    plan_instruments(books, &batch, rows);
    plan_orders(books, &batch, rows);
    fetch_levels(books, &batch);
}

#endif /* BJ_FEED_PLAN_H */
