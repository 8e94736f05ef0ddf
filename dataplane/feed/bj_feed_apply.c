/* A batch of messages into the books: planned (bj_feed_plan.h), then applied in order. */
#include "dataplane/feed/bj_feed_plan.h"

/* --- what messages mean */

/* There is no row; it follows at once; it is apart. */
typedef enum row_mode { NO_ROW, FOLLOWS, APART } row_mode_t;

typedef struct apply { /* one message */
    bj_feed_books_t *books;
    const bj_feed_item_t *item;
    const bj_feed_msg_t *msg;
    const plan_t *plan;
    uint32_t tops; /* sides whose best level it has changed: 1 << side */
    row_mode_t mode; /* on the short way a constant, which is handed on beside it */
    uint64_t taker_key; /* an order that the next message ends: see takes_and_goes; 0: none */
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

/* An order comes, goes or changes: how many the level has then. */
FORCED uint32_t count(bj_ladder_t *ladder, bj_level_total_t *total, int64_t qty,
                      int32_t order_cnt) {
    uint64_t head = total->head + ((uint64_t)(uint32_t)order_cnt << 32);
    ladder->qty += qty;
    total->qty += qty;
    total->head = head;
    return (uint32_t)(head >> 32);
}

typedef enum shown { CHANGED, INSERTED, REMOVED } shown_t;

/* What a level of the ladder has gone through, in the row; order_cnt: how many orders more it has.
 * The top is told by who calls. */
FORCED void show(apply_t *a, row_mode_t mode, uint32_t ladder_idx, uint32_t level_ref,
                 uint32_t key, shown_t what, int32_t order_cnt) {
    if (mode == NO_ROW) return;
    bj_feed_books_t *books = a->books;
    bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    if (key <= ladder->best_key) a->tops |= 1u << (ladder_idx & 1);
    if (mode == APART) {
        if (key > ladder->user_worst) ladder->user_worst = key;
        return;
    }
    bj_market_put_total(&books->shared[ladder_idx >> 1], ladder_idx & 1, ladder->qty);
    if (what == CHANGED) depth_change(books, ladder_idx, level_ref, key, order_cnt);
    else if (what == INSERTED) bj_feed_depth_insert(books, ladder_idx, level_ref, key);
    else bj_feed_depth_remove(books, ladder_idx, key);
}

/* One order more at this price, which has room. */
FORCED void push(apply_t *a, row_mode_t mode, uint32_t ladder_idx, uint32_t key,
                 bj_feed_order_t *order, int32_t qty) {
    bj_feed_books_t *books = a->books;
    bj_ladders_t *l = &books->ladders;
    bj_ladder_t *ladder = &l->ladder[ladder_idx];
    uint32_t level_ref = bj_ladder_level(l, ladder, key);
    bj_level_total_t *total = &l->total[level_ref];
    order->qty = qty;
    bj_feed_order_move(order, level_ref);
    if (count(ladder, total, qty, 1) == 1) {
        total->user = a->msg->price_paise;
        show(a, mode, ladder_idx, level_ref, key, INSERTED, 1);
    } else {
        show(a, mode, ladder_idx, level_ref, key, CHANGED, 1);
    }
}

FORCED void pull(apply_t *a, row_mode_t mode, uint32_t ladder_idx, uint32_t level_ref,
                 int32_t qty) {
    bj_ladders_t *l = &a->books->ladders;
    uint32_t key = bj_level_key(l, level_ref);
    if (count(&l->ladder[ladder_idx], &l->total[level_ref], -(int64_t)qty, -1) == 0) {
        bj_ladder_emptied(l, level_ref);
        show(a, mode, ladder_idx, level_ref, key, REMOVED, -1);
    } else {
        show(a, mode, ladder_idx, level_ref, key, CHANGED, -1);
    }
}

/* An order of another instrument, under an id that this message uses. */
static __attribute__((noinline)) void pull_elsewhere(apply_t *a, uint32_t ladder_idx,
                                                     uint32_t level_ref, int32_t qty) {
    apply_t elsewhere = *a;
    elsewhere.mode = APART;
    elsewhere.tops = 0;
    bj_feed_rows_part(a->books, ladder_idx >> 1);
    pull(&elsewhere, APART, ladder_idx, level_ref, qty);
    a->books->instrument[ladder_idx >> 1].dirty |= (uint8_t)(elsewhere.tops * DIRTY_TOP);
}

FORCED void drop(apply_t *a, row_mode_t mode, uint32_t which, bj_feed_order_t *order) {
    uint32_t level_ref = level_of(a->books, order), ladder_idx = ladder_of(a->books, level_ref);
    int32_t qty = order->qty;
    bj_feed_order_remove(&a->books->orders, a->plan->home[which], order);
    if (mode != NO_ROW && BJ_UNLIKELY(ladder_idx >> 1 != a->plan->idx))
        pull_elsewhere(a, ladder_idx, level_ref, qty);
    else
        pull(a, mode, ladder_idx, level_ref, qty);
}

FORCED void set_qty(apply_t *a, row_mode_t mode, uint32_t ladder_idx, uint32_t level_ref,
                    bj_feed_order_t *order, int32_t qty) {
    bj_ladders_t *l = &a->books->ladders;
    (void)count(&l->ladder[ladder_idx], &l->total[level_ref], (int64_t)qty - order->qty, 0);
    order->qty = qty;
    if (mode == NO_ROW) return;
    show(a, mode, ladder_idx, level_ref, bj_level_key(l, level_ref), CHANGED, 0);
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

FORCED bool has_room(apply_t *a) {
    bj_feed_books_t *books = a->books;
    return BJ_LIKELY((a->plan->price_key != BJ_NIL) & !books->ladders.tight) ||
           make_room(books, a->plan->ladder_idx, a->msg->price_paise);
}

/* The order has no room: the book lacks it from now on, and no reader sees that without being
 * told. */
static void lose(apply_t *a) {
    bj_feed_books_t *books = a->books;
    uint32_t idx = a->plan->idx;
    instrument_t *instrument = &books->instrument[idx];
    books->counters->gaps++;
    books->counters->gap_messages++;
    books->lost |= UINT64_C(1) << instrument->stream_idx;
    /* There is no row, or it is written after the whole stream has been flagged. */
    if (a->mode != FOLLOWS) return;
    instrument->flags |= BJ_MARKET_STALE;
    books->row[idx].flags = instrument->flags;
    bj_market_put_flags(&books->shared[idx], &books->row[idx]);
}

/* Whatever stands under the id goes first. */
static __attribute__((noinline)) void add_slowly(apply_t *a) {
    bj_feed_books_t *books = a->books;
    bj_feed_orders_t *orders = &books->orders;
    uint32_t ladder_idx = a->plan->ladder_idx, home = a->plan->home[0];
    bj_feed_order_t *order = bj_feed_order_find(orders, home, a->plan->key[0]);
    if (order) drop(a, a->mode, 0, order);
    if (BJ_UNLIKELY(orders->order_cnt == orders->order_max && books->dead_cnt))
        bj_feed_books_sweep(books, books->sweep_left);
    if (orders->order_cnt == orders->order_max ||
        !make_room(books, ladder_idx, a->msg->price_paise)) {
        lose(a);
        return;
    }
    order = bj_feed_order_add(orders, home, a->plan->key[0]);
    push(a, a->mode, ladder_idx, a->plan->price_key, order, a->msg->qty);
}

/* The short way: the id's home bucket says that it is new, and there is room. */
FORCED bool add_plainly(apply_t *a, row_mode_t mode) {
    bj_feed_books_t *books = a->books;
    if (BJ_UNLIKELY(books->ladders.tight | (a->plan->price_key == BJ_NIL))) return false;
    bj_feed_order_t *order =
        bj_feed_order_add_plain(&books->orders, a->plan->home[0], a->plan->key[0]);
    if (BJ_UNLIKELY(!order)) return false;
    push(a, mode, a->plan->ladder_idx, a->plan->price_key, order, a->msg->qty);
    return true;
}

FORCED void on_new(apply_t *a, row_mode_t mode) {
    if (BJ_UNLIKELY(!add_plainly(a, mode))) add_slowly(a);
}

/* What names an order that is not there, or is another instrument's or side's. */
static __attribute__((noinline)) void modify_slowly(apply_t *a, bj_feed_order_t *order) {
    if (a->msg->qty) add_slowly(a);
    else if (order) drop(a, a->mode, 0, order);
}

FORCED void on_modify(apply_t *a, row_mode_t mode) {
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
        set_qty(a, mode, ladder_idx, level_ref, order, msg->qty);
        return;
    }
    if (BJ_UNLIKELY(!has_room(a))) {
        lose(a);
        return;
    }
    pull(a, mode, ladder_idx, level_of(books, order), order->qty);
    push(a, mode, ladder_idx, a->plan->price_key, order, msg->qty);
}

FORCED void on_cancel(apply_t *a, row_mode_t mode) {
    bj_feed_order_t *order = find_order(a->books, a->plan, 0);
    if (BJ_LIKELY(order != NULL)) drop(a, mode, 0, order);
    else a->books->counters->unknown_orders++;
}

FORCED void reduce(apply_t *a, row_mode_t mode, uint32_t side) {
    if (!(side == BID ? a->msg->order_id : a->msg->sell_order_id)) return;
    bj_feed_order_t *order = find_order(a->books, a->plan, side);
    uint32_t ladder_idx = 2 * a->plan->idx + side;
    uint32_t level_ref = order ? level_of(a->books, order) : 0;
    if (BJ_UNLIKELY(!order || ladder_of(a->books, level_ref) != ladder_idx)) {
        a->books->counters->unknown_orders++;
        return;
    }
    int32_t left = order->qty - a->msg->qty;
    if (left > 0) set_qty(a, mode, ladder_idx, level_ref, order, left);
    else drop(a, mode, side, order);
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

/* The day's figures: with the book in a row that follows, else when the row is written. */
FORCED void put_figures(apply_t *a, row_mode_t mode) {
    bj_feed_books_t *books = a->books;
    uint32_t idx = a->plan->idx;
    if (mode == NO_ROW) return;
    add_figures(&books->row[idx], a->msg);
    if (mode == FOLLOWS) bj_feed_rows_figures(books, idx);
    else mark(books, idx, DIRTY_FIGURES);
}

static void tell_trade(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg,
                       uint32_t tops) {
    top_t top = bj_feed_rows_look(books, idx, tops);
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

static void tell(const apply_t *a) {
    const bj_feed_msg_t *msg = a->msg;
    if (msg->kind == BJ_FEED_TRADE) tell_trade(a->books, a->plan->idx, msg, a->tops);
    else if (msg->kind == BJ_FEED_TRADE_CANCEL) tell_trade_cancel(a->books, a->plan->idx, msg);
}

/* True: this side of the trade is an order that never came into the book. */
FORCED bool has_passed(apply_t *a, uint32_t side) {
    if (BJ_LIKELY(!a->taker_key) || a->plan->key[side] != a->taker_key) return false;
    a->taker_key = 0;
    return true;
}

FORCED void on_trade(apply_t *a, row_mode_t mode) {
    if (!has_passed(a, BID)) reduce(a, mode, BID);
    if (!has_passed(a, ASK)) reduce(a, mode, ASK);
    put_figures(a, mode);
    a->books->counters->trades++;
    a->books->counters->traded_qty += (uint64_t)a->msg->qty;
}

/* The frequent ones first: a table's jump is foreseen worse. */
FORCED void into_book(apply_t *a, row_mode_t mode) {
    uint8_t kind = a->msg->kind;
    if (kind == BJ_FEED_NEW) on_new(a, mode);
    else if (kind == BJ_FEED_CANCEL) on_cancel(a, mode);
    else if (kind == BJ_FEED_MODIFY) on_modify(a, mode);
    else if (kind == BJ_FEED_TRADE) on_trade(a, mode);
}

/* An order at this price may cross the book. */
FORCED bool may_cross(const instrument_t *instrument, const apply_t *a) {
    uint32_t side = a->plan->ladder_idx & 1;
    int32_t price = a->msg->price_paise ^ -(int32_t)side;
    return (price >= instrument->limit[side]) & (a->msg->kind <= BJ_FEED_MODIFY);
}

/* A new order that crosses, and the trade behind it that leaves nothing of it: most that take are
 * such.  The book need not hear of it, and the row, which nobody would see between, need not part.
 * Of several trades each would tell a top that, one by one, is not told. */
static bool takes_and_goes(apply_t *a, const bj_feed_item_t *end) {
    const plan_t *plan = a->plan, *next = plan + 1;
    uint32_t side = plan->ladder_idx & 1;
    uint64_t key = plan->key[0];
    if (a->item + 1 == end || a->msg->kind != BJ_FEED_NEW || plan->price_key == BJ_NIL)
        return false;
    const bj_feed_msg_t *trade = &a->item[1].msg;
    bool its = trade->kind == BJ_FEED_TRADE && trade->qty == a->msg->qty &&
               next->idx == plan->idx && next->key[side] == key;
    if (!its || bj_feed_order_find(&a->books->orders, plan->home[0], key)) return false;
    a->taker_key = key;
    return true;
}

FORCED bj_market_stamp_t next_stamp(const apply_t *a, const bj_market_row_t *row) {
    return (bj_market_stamp_t){a->msg->exch_ns, row->update_cnt + 1};
}

typedef enum way { FOLLOW, PART, PASS } way_t;

/* What the ladder's line could not say. */
static __attribute__((noinline)) way_t way_of(apply_t *a, const bj_feed_item_t *end) {
    const instrument_t *instrument = &a->books->instrument[a->plan->idx];
    if (is_held(instrument)) return PART;
    if (!may_cross(instrument, a)) return FOLLOW;
    return takes_and_goes(a, end) ? PASS : PART;
}

/* The row is apart, or will be: its top may wait to be told since a message of another
 * instrument. */
static void into_row_apart(apply_t *a, int64_t now_ns) {
    instrument_t *instrument = &a->books->instrument[a->plan->idx];
    if (instrument->card && !instrument->card_ns) instrument->card_ns = now_ns + BJ_FEED_CARD_NS;
    bj_feed_rows_part(a->books, a->plan->idx);
    instrument->exch_ns = a->msg->exch_ns;
    instrument->unseen_cnt++;
    a->mode = APART;
    a->tops = (uint32_t)(instrument->dirty & DIRTY_TOPS) / DIRTY_TOP;
    into_book(a, APART);
    if (a->msg->kind >= BJ_FEED_TRADE) tell(a);
    if (a->tops) bj_feed_rows_top(a->books, a->plan->idx, a->tops, now_ns);
}

static __attribute__((noinline)) void into_row_slowly(apply_t *a, way_t way, int64_t now_ns) {
    if (way == PART) {
        into_row_apart(a, now_ns);
        return;
    }
    bj_market_row_t *row = &a->books->shared[a->plan->idx];
    bj_market_stamp_t stamp = next_stamp(a, row);
    bj_market_enter(row);
    bj_market_leave(row, &stamp);
}

/* A row that is not held cannot come to cross by an order no better than its own side's best, which
 * does not: most messages need not look at their instrument. */
FORCED bool must_look(const apply_t *a) {
    const bj_ladder_t *ladder = &a->books->ladders.ladder[a->plan->ladder_idx];
    uint32_t key = a->plan->price_key; /* BJ_NIL, which is not known yet: 0 below */
    bool better = (key + 1 <= ladder->best_key) & (a->msg->kind <= BJ_FEED_MODIFY);
    return better | (ladder->user_cnt >= DEPTH_HELD);
}

FORCED void into_row(apply_t *a, const bj_feed_item_t *end, int64_t now_ns) {
    bj_feed_books_t *books = a->books;
    uint32_t idx = a->plan->idx;
    bj_market_row_t *row = &books->shared[idx];
    way_t way = BJ_UNLIKELY(must_look(a)) ? way_of(a, end) : FOLLOW;
    if (BJ_UNLIKELY(way != FOLLOW)) {
        into_row_slowly(a, way, now_ns);
        return;
    }
    a->mode = FOLLOWS;
    a->tops = 0;
    bj_market_enter(row);
    into_book(a, FOLLOWS);
    bj_market_stamp_t stamp = next_stamp(a, row);
    bj_market_leave(row, &stamp);
    if (a->msg->kind >= BJ_FEED_TRADE) tell(a);
    if (!a->tops) return;
    if (BJ_LIKELY(a->tops != (1 << BID | 1 << ASK)))
        bj_feed_rows_top_plain(books, 2 * idx + a->tops - 1);
    else
        bj_feed_rows_top(books, idx, a->tops, now_ns);
}

/* --- all of a batch */

FORCED void apply_all(bj_feed_books_t *books, const bj_feed_item_t *items, uint32_t cnt,
                      int64_t now_ns, bool rows) {
    plan_all(books, items, cnt, rows);
    apply_t a = {.books = books, .item = items, .plan = books->plan, .mode = NO_ROW};
    for (const bj_feed_item_t *end = items + cnt; a.item < end; a.item++, a.plan++) {
        a.msg = &a.item->msg;
        if (BJ_UNLIKELY(a.plan->idx == NO_INSTRUMENT)) continue;
        if (rows) into_row(&a, end, now_ns);
        else into_book(&a, NO_ROW);
    }
}

uint64_t bj_feed_books_apply(bj_feed_books_t *books, const bj_feed_item_t *items, uint32_t cnt,
                             int64_t now_ns) {
    books->lost = 0;
    bj_feed_books_tidy(books);
    if (!books->row) {
        apply_all(books, items, cnt, now_ns, false);
        return books->lost;
    }
    if (books->tick_cnt + 2 * BJ_FEED_BATCH > TICK_MAX) bj_feed_books_flush(books, now_ns);
    apply_all(books, items, cnt, now_ns, true);
    return books->lost;
}
