#include "dataplane/feed/bj_feed_books.h"

#include "dataplane/base/bj_time.h"
#include "dataplane/book/bj_book.h"

enum {
    TICK_MAX = 1024, /* ticks of one turn; more are published early, after their rows */
    CROSSED_NS = 1000000,
    REBUILD_NS = 50000000, /* how long a cleared book may take to come back before it is shown */
};
enum { DIRTY_BID = 1, DIRTY_ASK = 2, DIRTY_FIGURES = 4 };

typedef struct top {
    int32_t bid_paise, ask_paise;
    int64_t bid_qty, ask_qty;
} top_t;

typedef struct instrument {
    uint32_t token;
    uint16_t stream_idx;
    uint8_t  segment, spread;
    uint8_t  dirty;
    top_t    top;        /* as last told in a tick */
    int64_t  crossed_ns; /* since when the book is crossed; 0: it is not */
    int64_t  hidden_ns;  /* until when the row is held back after a clear */
} instrument_t;

struct bj_feed_books {
    bj_market_t        *market;
    bj_books_t         *books;
    bj_feed_counters_t *counters;
    instrument_t       *instrument;
    uint32_t           *dirty_idx; /* instruments whose row waits to be written */
    uint32_t           *slot;      /* token hash: index + 1, 0 is empty */
    uint32_t            instrument_cnt, stream_cnt, dirty_cnt, slot_mask, tick_cnt;
    uint8_t             segment[BJ_FEED_STREAM_MAX]; /* of each stream */
    bj_market_tick_t    tick[TICK_MAX];
};

static uint32_t slot_cnt_of(uint32_t instrument_cnt) {
    uint32_t cnt = 4;
    while (cnt < 2 * instrument_cnt) cnt *= 2;
    return cnt;
}

/* --- the memory, in the order bj_feed_books_new lays it out */
size_t bj_feed_books_footprint(const bj_feed_config_t *config) {
    enum { INSTRUMENT_MAX = 1 << 16 };
    if (config->instrument_cnt < 1 || config->instrument_cnt > INSTRUMENT_MAX) return 0;
    size_t books_bytes = bj_books_footprint(config->instrument_cnt, config->order_max);
    if (!books_bytes) return 0;
    return bj_feed_line_up(sizeof(bj_feed_books_t)) +
           bj_feed_line_up(config->instrument_cnt * sizeof(instrument_t)) +
           bj_feed_line_up(config->instrument_cnt * sizeof(uint32_t)) +
           bj_feed_line_up(slot_cnt_of(config->instrument_cnt) * sizeof(uint32_t)) +
           bj_feed_line_up(books_bytes);
}

static void *take(uint8_t **at, size_t bytes) {
    uint8_t *mem = *at;
    memset(mem, 0, bj_feed_line_up(bytes));
    *at += bj_feed_line_up(bytes);
    return mem;
}

static bool is_named(const instrument_t *instrument, uint32_t token, uint8_t segment,
                     uint8_t spread) {
    return instrument->token == token && instrument->segment == segment &&
           instrument->spread == spread;
}

static uint32_t *slot_of(const bj_feed_books_t *books, uint32_t token, uint8_t segment,
                         uint8_t spread) {
    uint32_t i = (token ^ (uint32_t)segment << 28 ^ (uint32_t)spread << 27) *
                     UINT32_C(0x9e3779b1) & books->slot_mask;
    while (books->slot[i] &&
           !is_named(&books->instrument[books->slot[i] - 1], token, segment, spread)) {
        i = (i + 1) & books->slot_mask;
    }
    return &books->slot[i];
}

static bool add_instrument(bj_feed_books_t *books, uint32_t idx, const bj_feed_instrument_t *from) {
    if (from->token == 0 || from->stream_idx >= books->stream_cnt) return false;
    uint8_t segment = books->segment[from->stream_idx];
    uint32_t *slot = slot_of(books, from->token, segment, from->spread);
    if (*slot) return false;
    *slot = idx + 1;
    books->instrument[idx] = (instrument_t){.token = from->token,
                                            .stream_idx = from->stream_idx,
                                            .segment = segment,
                                            .spread = from->spread};
    return true;
}

bj_feed_books_t *bj_feed_books_new(void *mem, const bj_feed_config_t *config,
                                   bj_feed_counters_t *counters) {
    if (!bj_feed_books_footprint(config)) return NULL;
    uint8_t *at = mem;
    uint32_t cnt = config->instrument_cnt, slot_cnt = slot_cnt_of(cnt);
    bj_feed_books_t *books = take(&at, sizeof *books);
    books->market = config->market;
    books->counters = counters;
    books->instrument_cnt = cnt;
    books->stream_cnt = config->stream_cnt;
    for (uint32_t i = 0; i < config->stream_cnt; i++)
        books->segment[i] = (uint8_t)config->streams[i].segment;
    books->instrument = take(&at, cnt * sizeof *books->instrument);
    books->dirty_idx = take(&at, cnt * sizeof *books->dirty_idx);
    books->slot = take(&at, slot_cnt * sizeof *books->slot);
    books->slot_mask = slot_cnt - 1;
    books->books = bj_books_new(at, cnt, config->order_max);
    for (uint32_t i = 0; i < cnt; i++) {
        if (!add_instrument(books, i, &config->instruments[i])) return NULL;
    }
    return books->books ? books : NULL;
}

/* --- what changed */
static void mark(bj_feed_books_t *books, uint32_t idx, uint8_t what) {
    if (!books->instrument[idx].dirty) books->dirty_idx[books->dirty_cnt++] = idx;
    books->instrument[idx].dirty |= what;
}

static uint8_t dirty_of(bj_side_t side) { return side == BJ_BUY ? DIRTY_BID : DIRTY_ASK; }

static top_t top_of(const bj_feed_books_t *books, uint32_t idx) {
    bj_level_t bid, ask; /* zeros where there is none */
    bj_books_best(books->books, idx, BJ_BUY, &bid);
    bj_books_best(books->books, idx, BJ_SELL, &ask);
    return (top_t){.bid_paise = bid.price_paise, .bid_qty = bid.qty,
                   .ask_paise = ask.price_paise, .ask_qty = ask.qty};
}

static bool same_top(const top_t *a, const top_t *b) {
    return a->bid_paise == b->bid_paise && a->bid_qty == b->bid_qty &&
           a->ask_paise == b->ask_paise && a->ask_qty == b->ask_qty;
}

static bool is_crossed(const top_t *top) {
    return top->bid_paise && top->ask_paise && top->bid_paise >= top->ask_paise;
}

static void put_tick(bj_feed_books_t *books, uint32_t idx, bj_tick_kind_t kind, const top_t *top,
                     int32_t price_paise, int32_t qty) {
    const bj_market_row_t *row = bj_market_begin(books->market, idx);
    assert(books->tick_cnt < TICK_MAX);
    books->tick[books->tick_cnt++] = (bj_market_tick_t){
        .exch_ns = row->exch_ns, .instrument_idx = idx, .kind = (uint16_t)kind,
        .flags = (uint16_t)row->flags, .price_paise = price_paise, .qty = qty,
        .bid_paise = top->bid_paise, .ask_paise = top->ask_paise,
        .bid_qty = top->bid_qty, .ask_qty = top->ask_qty};
}

/* True while the row and the top last told shall stand: just cleared, or crossed for a moment. */
static bool is_held(const instrument_t *instrument, int64_t now_ns) {
    return now_ns < instrument->hidden_ns ||
           (instrument->crossed_ns && now_ns - instrument->crossed_ns < CROSSED_NS);
}

static void look_at_top(bj_feed_books_t *books, uint32_t idx, int64_t now_ns) {
    instrument_t *instrument = &books->instrument[idx];
    top_t top = top_of(books, idx);
    if (is_crossed(&top)) {
        if (!instrument->crossed_ns) instrument->crossed_ns = now_ns;
    } else {
        instrument->crossed_ns = 0;
    }
    if (is_held(instrument, now_ns) || same_top(&top, &instrument->top)) return;
    instrument->top = top;
    put_tick(books, idx, BJ_TICK_TOP, &top, 0, 0);
}

/* --- what the messages mean */

/* Does the order stand in this book, on this side? */
static bool is_of(const bj_feed_books_t *books, const bj_order_t *order, uint32_t idx,
                  bj_side_t side) {
    return bj_books_book_of(books->books, order) == idx &&
           bj_books_side_of(books->books, order) == side;
}

static bool add_order(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg) {
    bj_order_t *order;
    mark(books, idx, dirty_of((bj_side_t)msg->side));
    return bj_books_add(books->books, idx, msg->order_id, (bj_side_t)msg->side, msg->price_paise,
                        msg->qty, 0, &order) == BJ_OK;
}

static void drop_order(bj_feed_books_t *books, bj_order_t *order) {
    mark(books, bj_books_book_of(books->books, order),
         dirty_of(bj_books_side_of(books->books, order)));
    bj_books_remove(books->books, order);
}

static bool on_new(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg) {
    bj_order_t *order = bj_books_find(books->books, msg->order_id);
    if (BJ_UNLIKELY(order != NULL)) drop_order(books, order);
    return add_order(books, idx, msg);
}

static bool on_modify(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg) {
    bj_order_t *order = bj_books_find(books->books, msg->order_id);
    if (!order) return msg->qty == 0 || add_order(books, idx, msg);
    if (msg->qty == 0) {
        drop_order(books, order);
        return true;
    }
    if (!is_of(books, order, idx, (bj_side_t)msg->side)) return on_new(books, idx, msg);
    mark(books, idx, dirty_of((bj_side_t)msg->side));
    if (bj_books_price_of(books->books, order) == msg->price_paise && msg->qty <= order->qty) {
        bj_books_set_qty(books->books, order, msg->qty);
        return true;
    }
    return bj_books_move(books->books, order, msg->price_paise, msg->qty) == BJ_OK;
}

static bool on_cancel(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg) {
    (void)idx;
    bj_order_t *order = bj_books_find(books->books, msg->order_id);
    if (order) drop_order(books, order);
    else books->counters->unknown_orders++;
    return true;
}

static void reduce(bj_feed_books_t *books, uint32_t idx, uint64_t order_id, bj_side_t side,
                   int32_t qty) {
    if (order_id == 0) return;
    bj_order_t *order = bj_books_find(books->books, order_id);
    if (!order || !is_of(books, order, idx, side)) {
        books->counters->unknown_orders++;
        return;
    }
    mark(books, idx, dirty_of(side));
    bj_books_set_qty(books->books, order, order->qty > qty ? order->qty - qty : 0);
}

/* The sum of a day cannot come near 2^63 from an honest exchange; from another it stays there. */
static int64_t add_clamped(int64_t a, int64_t b) {
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
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
    row->average_paise = (int32_t)(row->value_paise / row->volume_qty);
}

static bool on_trade(bj_feed_books_t *books, uint32_t idx, const bj_feed_msg_t *msg) {
    reduce(books, idx, msg->order_id, BJ_BUY, msg->qty);
    reduce(books, idx, msg->sell_order_id, BJ_SELL, msg->qty);
    add_figures(bj_market_begin(books->market, idx), msg);
    mark(books, idx, DIRTY_FIGURES);
    top_t top = top_of(books, idx);
    put_tick(books, idx, BJ_TICK_TRADE, &top, msg->price_paise, msg->qty);
    books->counters->trades++;
    return true;
}

static bool (*const apply_table[])(bj_feed_books_t *, uint32_t, const bj_feed_msg_t *) = {
    [BJ_FEED_NEW] = on_new,
    [BJ_FEED_MODIFY] = on_modify,
    [BJ_FEED_CANCEL] = on_cancel,
    [BJ_FEED_TRADE] = on_trade,
};

bool bj_feed_books_apply(bj_feed_books_t *books, uint32_t stream_idx, const bj_feed_msg_t *msg,
                         int64_t now_ns) {
    if (msg->kind >= BJ_COUNT(apply_table)) return true;
    uint32_t found = *slot_of(books, msg->token, books->segment[stream_idx], msg->spread);
    if (BJ_UNLIKELY(!found)) {
        books->counters->unknown_tokens++;
        return true;
    }
    uint32_t idx = found - 1;
    if (BJ_UNLIKELY(books->instrument[idx].stream_idx != stream_idx)) {
        books->counters->bad_messages++;
        return true;
    }
    if (books->tick_cnt + 2 > TICK_MAX) bj_feed_books_flush(books, now_ns);
    bj_market_row_t *row = bj_market_begin(books->market, idx);
    row->exch_ns = msg->exch_ns;
    row->update_cnt++;
    bool applied = apply_table[msg->kind](books, idx, msg);
    look_at_top(books, idx, now_ns);
    return applied;
}

/* --- rows and ticks out */
static void write_side(const bj_feed_books_t *books, uint32_t idx, bj_side_t side,
                       bj_market_level_t *levels) {
    bj_level_t level;
    bool more = bj_books_best(books->books, idx, side, &level);
    for (int i = 0; i < BJ_MARKET_LEVELS; i++) {
        levels[i] = (bj_market_level_t){0};
        if (!more) continue;
        levels[i] = (bj_market_level_t){level.price_paise, level.order_cnt, level.qty};
        more = bj_books_worse(books->books, idx, side, &level);
    }
}

static void write_row(bj_feed_books_t *books, uint32_t idx) {
    instrument_t *instrument = &books->instrument[idx];
    bj_market_row_t *row = bj_market_begin(books->market, idx);
    if (instrument->dirty & DIRTY_BID) {
        write_side(books, idx, BJ_BUY, row->bid);
        row->total_buy_qty = bj_books_side_qty(books->books, idx, BJ_BUY);
    }
    if (instrument->dirty & DIRTY_ASK) {
        write_side(books, idx, BJ_SELL, row->ask);
        row->total_sell_qty = bj_books_side_qty(books->books, idx, BJ_SELL);
    }
    bj_market_end(books->market, idx);
    instrument->dirty = 0;
}

void bj_feed_books_flush(bj_feed_books_t *books, int64_t now_ns) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < books->dirty_cnt; i++) {
        uint32_t idx = books->dirty_idx[i];
        if (is_held(&books->instrument[idx], now_ns)) {
            books->dirty_idx[kept++] = idx;
            continue;
        }
        if (books->tick_cnt < TICK_MAX) look_at_top(books, idx, now_ns);
        write_row(books, idx);
    }
    books->dirty_cnt = kept;
    for (uint32_t i = 0; i < books->tick_cnt; i++) bj_market_tick(books->market, &books->tick[i]);
    books->tick_cnt = 0;
}

/* The top is forgotten too, so that a tick tells readers when the book is back. */
void bj_feed_books_clear(bj_feed_books_t *books, uint32_t stream_idx, int64_t now_ns) {
    for (uint32_t i = 0; i < books->instrument_cnt; i++) {
        if (books->instrument[i].stream_idx != stream_idx) continue;
        bj_books_clear(books->books, i);
        books->instrument[i].crossed_ns = 0;
        books->instrument[i].hidden_ns = now_ns + REBUILD_NS;
        books->instrument[i].top = (top_t){0};
        mark(books, i, DIRTY_BID | DIRTY_ASK);
    }
}

void bj_feed_books_stale(bj_feed_books_t *books, uint32_t stream_idx, bool stale) {
    for (uint32_t i = 0; i < books->instrument_cnt; i++) {
        if (books->instrument[i].stream_idx != stream_idx) continue;
        bj_market_row_t *row = bj_market_begin(books->market, i);
        row->flags = stale ? row->flags | BJ_MARKET_STALE : row->flags & ~(uint32_t)BJ_MARKET_STALE;
        row->update_cnt++;
        mark(books, i, DIRTY_FIGURES);
        if (books->tick_cnt == TICK_MAX) bj_feed_books_flush(books, 0);
        put_tick(books, i, BJ_TICK_STALE, &books->instrument[i].top, 0, 0);
    }
}

uint32_t bj_feed_books_order_cnt(const bj_feed_books_t *books) {
    return bj_books_order_cnt(books->books);
}
