/* A batch of messages into the books: planned (bj_feed_plan.h), then applied in order. */
#include "dataplane/feed/bj_feed_plan.h"

/* --- what messages mean */

typedef struct apply { /* one message */
    bj_feed_books_t *books;
    const bj_feed_msg_t *msg;
    const plan_t *plan;
    bool rows; /* a constant where it is used */
    bool direct; /* the row follows at once; else it is apart */
} apply_t;

FORCED bj_feed_order_t *find_order(const bj_feed_books_t *books, const plan_t *plan,
                                   uint32_t which) {
    bj_feed_order_t *order = plan->order[which];
    if (BJ_LIKELY(order->key == plan->key[which])) return order;
    return bj_feed_order_find(&books->orders, plan->home[which], plan->key[which]);
}

static __attribute__((noinline)) uint32_t follow(bj_feed_books_t *books, bj_feed_order_t *order) {
    uint32_t level_ref = bj_level_follow(&books->ladders, bj_feed_order_where(order));
    bj_feed_order_move(order, level_ref);
    return level_ref;
}

FORCED uint32_t level_of(bj_feed_books_t *books, bj_feed_order_t *order) {
    uint32_t level_ref = bj_feed_order_where(order);
    if (BJ_UNLIKELY(bj_level_has_moved(&books->ladders, level_ref))) return follow(books, order);
    return level_ref;
}

FORCED uint32_t ladder_of(const bj_feed_books_t *books, uint32_t level_ref) {
    return books->ladders.page[level_ref >> 6].ladder_idx;
}

typedef enum shown { CHANGED, INSERTED, REMOVED } shown_t;

/* What a level of the ladder has gone through, in the row.  The top is told by who calls. */
FORCED void show(const apply_t *a, uint32_t ladder_idx, uint32_t level_ref, uint32_t key,
                 shown_t what) {
    if (!a->rows) return;
    bj_feed_books_t *books = a->books;
    bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    uint8_t *dirty = &books->instrument[ladder_idx >> 1].dirty;
    *dirty |= (uint8_t)((uint32_t)DIRTY_TOP * (key <= ladder->best_key) << (ladder_idx & 1));
    if (BJ_UNLIKELY(!a->direct)) {
        if (key > ladder->user_worst) ladder->user_worst = key;
        return;
    }
    if (what == CHANGED) depth_change(books, ladder_idx, level_ref, key);
    else if (what == INSERTED) bj_feed_depth_insert(books, ladder_idx, level_ref, key);
    else bj_feed_depth_remove(books, ladder_idx, key);
}

/* One order more at this price, which has room. */
FORCED void push(const apply_t *a, uint32_t ladder_idx, uint32_t key, bj_feed_order_t *order,
                 int32_t qty) {
    bj_feed_books_t *books = a->books;
    bj_ladders_t *l = &books->ladders;
    uint32_t level_ref = bj_ladder_level(l, &l->ladder[ladder_idx], key);
    order->qty = qty;
    bj_feed_order_move(order, level_ref);
    bj_ladder_count(l, &l->ladder[ladder_idx], level_ref, qty, 1);
    if (l->total[level_ref].order_cnt == 1) show(a, ladder_idx, level_ref, key, INSERTED);
    else show(a, ladder_idx, level_ref, key, CHANGED);
}

FORCED void pull(const apply_t *a, uint32_t ladder_idx, uint32_t level_ref, int32_t qty) {
    bj_ladders_t *l = &a->books->ladders;
    uint32_t key = bj_level_key(l, level_ref);
    bj_ladder_count(l, &l->ladder[ladder_idx], level_ref, -(int64_t)qty, -1);
    if (l->total[level_ref].order_cnt == 0) {
        bj_ladder_emptied(l, level_ref);
        show(a, ladder_idx, level_ref, key, REMOVED);
    } else {
        show(a, ladder_idx, level_ref, key, CHANGED);
    }
}

/* An order of another instrument, under an id that this message uses. */
static __attribute__((noinline)) void pull_elsewhere(const apply_t *a, uint32_t ladder_idx,
                                                     uint32_t level_ref, int32_t qty) {
    apply_t elsewhere = *a;
    elsewhere.direct = false;
    bj_feed_rows_part(a->books, ladder_idx >> 1);
    pull(&elsewhere, ladder_idx, level_ref, qty);
}

FORCED void drop(const apply_t *a, uint32_t which, bj_feed_order_t *order) {
    uint32_t level_ref = level_of(a->books, order), ladder_idx = ladder_of(a->books, level_ref);
    int32_t qty = order->qty;
    bj_feed_order_remove(&a->books->orders, a->plan->home[which], order);
    if (a->rows && BJ_UNLIKELY(ladder_idx >> 1 != a->plan->idx))
        pull_elsewhere(a, ladder_idx, level_ref, qty);
    else
        pull(a, ladder_idx, level_ref, qty);
}

FORCED void set_qty(const apply_t *a, uint32_t ladder_idx, uint32_t level_ref,
                    bj_feed_order_t *order, int32_t qty) {
    bj_ladders_t *l = &a->books->ladders;
    bj_ladder_count(l, &l->ladder[ladder_idx], level_ref, (int64_t)qty - order->qty, 0);
    order->qty = qty;
    if (a->rows) show(a, ladder_idx, level_ref, bj_level_key(l, level_ref), CHANGED);
}

/* The ladder takes this price, and there is a page for it. */
static bool make_room(bj_feed_books_t *books, uint32_t ladder_idx, int32_t price_paise) {
    bj_ladders_t *l = &books->ladders;
    bj_ladder_t *ladder = &l->ladder[ladder_idx];
    if (!bj_ladder_fits(ladder, price_paise)) {
        if (!bj_ladder_admit(l, ladder, price_paise)) return false;
        plan_prices(books, books->items, books->item_cnt);
        if (books->row) bj_feed_depth_rekey(books, ladder_idx);
    }
    return bj_ladder_room(l, ladder, bj_ladder_key(ladder, price_paise));
}

FORCED bool has_room(const apply_t *a) {
    bj_feed_books_t *books = a->books;
    return BJ_LIKELY((a->plan->price_key != BJ_NIL) & !books->ladders.tight) ||
           make_room(books, a->plan->ladder_idx, a->msg->price_paise);
}

/* The order has no room: the book lacks it from now on, and no reader sees that without being
 * told. */
static void lose(const apply_t *a) {
    bj_feed_books_t *books = a->books;
    uint32_t idx = a->plan->idx;
    instrument_t *instrument = &books->instrument[idx];
    books->counters->gaps++;
    books->counters->gap_messages++;
    books->lost |= UINT64_C(1) << instrument->stream_idx;
    if (!a->direct) return; /* no row, or it is written after the whole stream has been flagged */
    instrument->flags |= BJ_MARKET_STALE;
    books->row[idx].flags = instrument->flags;
    bj_market_put_flags(&books->shared[idx], &books->row[idx]);
}

/* Whatever stands under the id goes first. */
static __attribute__((noinline)) void add_slowly(const apply_t *a) {
    bj_feed_books_t *books = a->books;
    bj_feed_orders_t *orders = &books->orders;
    uint32_t ladder_idx = a->plan->ladder_idx, home = a->plan->home[0];
    bj_feed_order_t *order = bj_feed_order_find(orders, home, a->plan->key[0]);
    if (order) drop(a, 0, order);
    if (orders->order_cnt == orders->order_max ||
        !make_room(books, ladder_idx, a->msg->price_paise)) {
        lose(a);
        return;
    }
    order = bj_feed_order_add(orders, home, a->plan->key[0]);
    push(a, ladder_idx, a->plan->price_key, order, a->msg->qty);
}

/* The short way: the id's home bucket says that it is new, and there is room. */
FORCED bool add_plainly(const apply_t *a) {
    bj_feed_books_t *books = a->books;
    if (BJ_UNLIKELY(books->ladders.tight | (a->plan->price_key == BJ_NIL))) return false;
    bj_feed_order_t *order =
        bj_feed_order_add_plain(&books->orders, a->plan->home[0], a->plan->key[0]);
    if (BJ_UNLIKELY(!order)) return false;
    push(a, a->plan->ladder_idx, a->plan->price_key, order, a->msg->qty);
    return true;
}

FORCED void on_new(const apply_t *a) {
    if (BJ_UNLIKELY(!add_plainly(a))) add_slowly(a);
}

/* What names an order that is not there, or is another instrument's or side's. */
static __attribute__((noinline)) void modify_slowly(const apply_t *a, bj_feed_order_t *order) {
    if (a->msg->qty) add_slowly(a);
    else if (order) drop(a, 0, order);
}

FORCED void on_modify(const apply_t *a) {
    bj_feed_books_t *books = a->books;
    bj_ladders_t *l = &books->ladders;
    const bj_feed_msg_t *msg = a->msg;
    uint32_t ladder_idx = a->plan->ladder_idx;
    bj_feed_order_t *order = find_order(books, a->plan, 0);
    uint32_t level_ref = order ? level_of(books, order) : 0;
    if (BJ_UNLIKELY(!order || !msg->qty || ladder_of(books, level_ref) != ladder_idx)) {
        modify_slowly(a, order);
        return;
    }
    if (a->plan->price_key == bj_level_key(l, level_ref)) {
        set_qty(a, ladder_idx, level_ref, order, msg->qty);
        return;
    }
    if (BJ_UNLIKELY(!has_room(a))) {
        lose(a);
        return;
    }
    pull(a, ladder_idx, level_of(books, order), order->qty);
    push(a, ladder_idx, a->plan->price_key, order, msg->qty);
}

FORCED void on_cancel(const apply_t *a) {
    bj_feed_order_t *order = find_order(a->books, a->plan, 0);
    if (BJ_LIKELY(order != NULL)) drop(a, 0, order);
    else a->books->counters->unknown_orders++;
}

FORCED void reduce(const apply_t *a, uint32_t side) {
    if (!(side == BID ? a->msg->order_id : a->msg->sell_order_id)) return;
    bj_feed_order_t *order = find_order(a->books, a->plan, side);
    uint32_t ladder_idx = 2 * a->plan->idx + side;
    uint32_t level_ref = order ? level_of(a->books, order) : 0;
    if (BJ_UNLIKELY(!order || ladder_of(a->books, level_ref) != ladder_idx)) {
        a->books->counters->unknown_orders++;
        return;
    }
    int32_t left = order->qty - a->msg->qty;
    if (left > 0) set_qty(a, ladder_idx, level_ref, order, left);
    else drop(a, side, order);
}

/* The sum of a day cannot come near 2^63 from an honest exchange; from another it stays there. */
static int64_t add_clamped(int64_t a, int64_t b) {
    int64_t sum;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? INT64_MAX : INT64_MIN;
}

static void add_figures(bj_market_row_t *row, const bj_feed_msg_t *msg) {
    int32_t price_paise = msg->price_paise;
    row->last_price_paise = price_paise;
    row->last_qty = msg->qty;
    row->last_trade_ns = msg->exch_ns;
    if (row->trade_cnt++ == 0) row->open_paise = row->high_paise = row->low_paise = price_paise;
    if (price_paise > row->high_paise) row->high_paise = price_paise;
    if (price_paise < row->low_paise) row->low_paise = price_paise;
    row->volume_qty = add_clamped(row->volume_qty, msg->qty);
    row->value_paise = add_clamped(row->value_paise, (int64_t)price_paise * msg->qty);
}

static void tell_trade(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg) {
    add_figures(&books->row[idx], msg);
    mark(books, idx, DIRTY_FIGURES);
    top_t top = bj_feed_rows_look(books, idx);
    bj_feed_rows_tick(books, idx, BJ_TICK_TRADE, &top, msg->price_paise, msg->qty);
    if (books->on_trade)
        books->on_trade(books->on_trade_ctx, idx, msg->exch_ns, msg->price_paise, msg->qty);
}

/* What the day has not traded cannot be taken out of it. */
static void tell_trade_cancel(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg) {
    bj_market_row_t *row = &books->row[idx];
    if (row->trade_cnt == 0 || row->volume_qty < msg->qty) return;
    row->trade_cnt--;
    row->volume_qty -= msg->qty;
    row->value_paise = add_clamped(row->value_paise, -(int64_t)msg->price_paise * msg->qty);
    mark(books, idx, DIRTY_FIGURES);
    if (books->on_trade_cancel)
        books->on_trade_cancel(books->on_trade_ctx, idx, msg->exch_ns, msg->price_paise, msg->qty);
}

FORCED void on_trade(const apply_t *a) {
    reduce(a, BID);
    reduce(a, ASK);
    a->books->counters->trades++;
    a->books->counters->traded_qty += (uint64_t)a->msg->qty;
}

/* The frequent ones first: a table's jump is foreseen worse. */
FORCED void into_book(const apply_t *a) {
    uint8_t kind = a->msg->kind;
    if (kind == BJ_FEED_NEW) on_new(a);
    else if (kind == BJ_FEED_CANCEL) on_cancel(a);
    else if (kind == BJ_FEED_MODIFY) on_modify(a);
    else if (kind == BJ_FEED_TRADE) on_trade(a);
}

/* An order at this price may cross the book. */
FORCED bool may_cross(const instrument_t *instrument, const apply_t *a) {
    uint32_t other = ~a->plan->ladder_idx & 1;
    int64_t price = a->msg->price_paise, best = instrument->top.price_paise[other];
    int64_t over = other == ASK ? price - best : best - price;
    return (over >= 0) & (instrument->top.qty[other] > 0) & (a->msg->kind <= BJ_FEED_MODIFY);
}

FORCED void into_row(apply_t *a, int64_t now_ns) {
    bj_feed_books_t *books = a->books;
    uint32_t idx = a->plan->idx;
    instrument_t *instrument = &books->instrument[idx];
    const bj_ladder_t *ladder = &books->ladders.ladder[2 * (size_t)idx];
    instrument->exch_ns = a->msg->exch_ns;
    instrument->update_cnt++;
    a->direct = !(instrument->watched | (instrument->dirty & DIRTY_BOOK) |
                  may_cross(instrument, a));
    if (BJ_LIKELY(a->direct)) {
        bj_market_enter(&books->shared[idx]);
        into_book(a);
        bj_market_stamp_t stamp = {instrument->exch_ns, instrument->update_cnt,
                                   {ladder[BID].qty, ladder[ASK].qty}};
        bj_market_leave(&books->shared[idx], &stamp);
    } else {
        bj_feed_rows_part(books, idx);
        into_book(a);
    }
    uint8_t kind = a->msg->kind;
    if (kind == BJ_FEED_TRADE) tell_trade(books, idx, a->msg);
    else if (BJ_UNLIKELY(kind == BJ_FEED_TRADE_CANCEL)) tell_trade_cancel(books, idx, a->msg);
    if (instrument->dirty & DIRTY_TOPS) bj_feed_rows_top(books, idx, now_ns);
}

/* --- all of a batch */

FORCED void apply_all(bj_feed_books_t *books, const bj_feed_item_t *items, uint32_t cnt,
                      int64_t now_ns, bool rows) {
    plan_all(books, items, cnt, rows);
    for (uint32_t i = 0; i < cnt; i++) {
        apply_t a = {books, &items[i].msg, &books->plan[i], rows, false};
        if (BJ_UNLIKELY(a.plan->idx == NO_INSTRUMENT)) continue;
        if (rows) into_row(&a, now_ns);
        else into_book(&a);
    }
}

uint64_t bj_feed_books_apply(bj_feed_books_t *books, const bj_feed_item_t *items, uint32_t cnt,
                             int64_t now_ns) {
    books->lost = 0;
    if (!books->row) {
        apply_all(books, items, cnt, now_ns, false);
        return books->lost;
    }
    if (books->tick_cnt + 2 * BJ_FEED_BATCH > TICK_MAX) bj_feed_books_flush(books, now_ns);
    apply_all(books, items, cnt, now_ns, true);
    return books->lost;
}
