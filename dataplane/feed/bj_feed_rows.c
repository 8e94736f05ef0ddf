/* What readers are told: a tick when the top changes, rows once a turn. */
#include "dataplane/feed/bj_feed_books_priv.h"

static bool same_top(const top_t *a, const top_t *b) {
    return ((a->price_paise[BID] ^ b->price_paise[BID]) |
            (a->price_paise[ASK] ^ b->price_paise[ASK]) | (a->qty[BID] ^ b->qty[BID]) |
            (a->qty[ASK] ^ b->qty[ASK])) == 0;
}

static bool is_crossed(const top_t *top) {
    return (top->price_paise[BID] >= top->price_paise[ASK]) & (top->qty[BID] > 0) &
           (top->qty[ASK] > 0);
}

/* Of the instrument's last message. */
static int64_t last_ns(const bj_feed_books_t *books, uint32_t idx) {
    const instrument_t *instrument = &books->instrument[idx];
    return instrument->dirty & DIRTY_BOOK ? instrument->exch_ns : books->shared[idx].exch_ns;
}

FORCED void put_tick(bj_feed_books_t *books, uint32_t idx, int64_t exch_ns, bj_tick_kind_t kind,
                     const top_t *top, uint64_t price_qty) {
    assert(books->tick_cnt < TICK_MAX);
    books->tick_cnt++;
    bj_market_ring_put(books->ring, exch_ns, idx,
                       (uint32_t)kind | books->instrument[idx].flags << 16, price_qty, top);
}

void bj_feed_rows_tick(bj_feed_books_t *books, uint32_t idx, bj_tick_kind_t kind, const top_t *top,
                       int32_t price_paise, int32_t qty) {
    put_tick(books, idx, last_ns(books, idx), kind, top,
             bj_market_two((uint32_t)price_paise, (uint32_t)qty));
}

/* True while the row and the top last told shall stand: just cleared, crossed for a moment, or the
 * card has yet to say the same. */
static bool must_wait(const instrument_t *instrument, int64_t now_ns) {
    return now_ns < instrument->hidden_ns || now_ns < instrument->card_ns ||
           (instrument->crossed_ns && now_ns - instrument->crossed_ns < CROSSED_NS);
}

/* Tells what was held back, if it may be told now. */
static void look_again(bj_feed_books_t *books, uint32_t idx, int64_t now_ns) {
    instrument_t *instrument = &books->instrument[idx];
    if (must_wait(instrument, now_ns)) return;
    instrument->watched = instrument->crossed_ns != 0 || instrument->card;
    if (!instrument->cleared && same_top(&instrument->top, &instrument->told)) return;
    instrument->cleared = false;
    instrument->told = instrument->top;
    bj_feed_rows_tick(books, idx, BJ_TICK_TOP, &instrument->top, 0, 0);
}

void bj_feed_rows_hold(bj_feed_books_t *books, uint32_t idx) {
    uint32_t held = is_held(&books->instrument[idx]) ? DEPTH_HELD : 0;
    bj_ladder_t *ladder = &books->ladders.ladder[2 * (size_t)idx];
    for (uint32_t side = BID; side <= ASK; side++)
        ladder[side].user_cnt = (ladder[side].user_cnt & ~DEPTH_HELD) | held;
}

void bj_feed_rows_part(bj_feed_books_t *books, uint32_t idx) {
    bj_ladder_t *ladder = &books->ladders.ladder[2 * (size_t)idx];
    if (!(books->instrument[idx].dirty & DIRTY_BOOK)) {
        ladder[BID].user_worst = ladder[ASK].user_worst = 0;
        books->instrument[idx].exch_ns = books->shared[idx].exch_ns;
    }
    mark(books, idx, DIRTY_BOOK);
    bj_feed_rows_hold(books, idx);
}

FORCED void look_at_side(const bj_feed_books_t *books, uint32_t ladder_idx, top_t *top) {
    uint32_t side = ladder_idx & 1, best_ref = books->ladders.ladder[ladder_idx].best_ref;
    bool some = best_ref != BJ_NIL;
    const bj_level_total_t *best = &books->ladders.total[some ? best_ref : 0];
    top->price_paise[side] = some ? best->user : 0;
    top->qty[side] = some ? best->qty : 0;
}

/* The other side's level need not be at hand. */
top_t bj_feed_rows_look(const bj_feed_books_t *books, uint32_t idx, uint32_t tops) {
    top_t top = books->instrument[idx].top;
    for (; tops; tops &= tops - 1)
        look_at_side(books, 2 * idx + (uint32_t)__builtin_ctz(tops), &top);
    return top;
}

/* What is not there lets every price through. */
FORCED void set_limit(instrument_t *instrument, uint32_t side) {
    int32_t price_paise = instrument->top.price_paise[side];
    bool some = instrument->top.qty[side] > 0;
    instrument->limit[side ^ 1] = some ? price_paise ^ ((int32_t)side - 1) : INT32_MAX;
}

void bj_feed_rows_set_top(instrument_t *instrument, const top_t *top) {
    instrument->top = *top;
    set_limit(instrument, BID);
    set_limit(instrument, ASK);
}

void bj_feed_rows_top_plain(bj_feed_books_t *books, uint32_t ladder_idx) {
    instrument_t *instrument = &books->instrument[ladder_idx >> 1];
    uint32_t side = ladder_idx & 1;
    int32_t price_was_paise = instrument->top.price_paise[side];
    int64_t qty_was = instrument->top.qty[side];
    look_at_side(books, ladder_idx, &instrument->top);
    bool same = (instrument->top.price_paise[side] == price_was_paise) &
                (instrument->top.qty[side] == qty_was);
    if (BJ_UNLIKELY(same)) return;
    set_limit(instrument, side);
    put_tick(books, ladder_idx >> 1, books->shared[ladder_idx >> 1].exch_ns, BJ_TICK_TOP,
             &instrument->top, 0);
}

void bj_feed_rows_top(bj_feed_books_t *books, uint32_t idx, uint32_t tops, int64_t now_ns) {
    instrument_t *instrument = &books->instrument[idx];
    top_t was = instrument->top, is = bj_feed_rows_look(books, idx, tops);
    instrument->dirty &= (uint8_t)~DIRTY_TOPS;
    if (same_top(&is, &was)) return;
    bj_feed_rows_set_top(instrument, &is);
    bool crossed = is_crossed(&is);
    if (BJ_LIKELY(!instrument->watched & !crossed)) {
        bj_feed_rows_tick(books, idx, BJ_TICK_TOP, &is, 0, 0);
        return;
    }
    if (!instrument->watched) instrument->told = was;
    instrument->watched = true; /* its row is apart: held already */
    if (!crossed) instrument->crossed_ns = 0;
    else if (!instrument->crossed_ns) instrument->crossed_ns = now_ns;
    look_again(books, idx, now_ns);
}

/* --- rows out */
void bj_feed_rows_flag(bj_feed_books_t *books, uint32_t idx) {
    bj_market_row_t *shared = &books->shared[idx];
    books->row[idx].flags = books->instrument[idx].flags;
    bj_market_enter(shared);
    bj_market_put_flags(shared, &books->row[idx]);
    bj_market_exit(shared);
}

static void write_row(bj_feed_books_t *books, uint32_t idx) {
    instrument_t *instrument = &books->instrument[idx];
    const bj_ladder_t *ladder = &books->ladders.ladder[2 * (size_t)idx];
    bj_market_row_t *shared = &books->shared[idx];
    bj_market_stamp_t stamp = {last_ns(books, idx), shared->update_cnt + instrument->unseen_cnt};
    bj_market_enter(shared);
    if (BJ_UNLIKELY(instrument->dirty & DIRTY_BOOK)) {
        bj_feed_depth_catch_up(books, 2 * idx + BID);
        bj_feed_depth_catch_up(books, 2 * idx + ASK);
        bj_market_put_total(shared, BID, ladder[BID].qty);
        bj_market_put_total(shared, ASK, ladder[ASK].qty);
    }
    if (instrument->dirty & DIRTY_FIGURES) {
        books->row[idx].flags = instrument->flags;
        bj_feed_rows_figures(books, idx);
    }
    bj_market_leave(shared, &stamp);
    instrument->unseen_cnt = 0;
    instrument->dirty = 0;
    bj_feed_rows_hold(books, idx);
}

/* False: the row stays as readers know it, for now. */
static bool may_write(bj_feed_books_t *books, uint32_t idx, int64_t now_ns) {
    instrument_t *instrument = &books->instrument[idx];
    if (BJ_LIKELY(!(instrument->watched | (instrument->dirty & DIRTY_TOPS)))) return true;
    if (must_wait(instrument, now_ns)) return false;
    books->card_late += instrument->card_ns != 0;
    instrument->card_ns = 0;
    uint32_t tops = (uint32_t)(instrument->dirty & DIRTY_TOPS) / DIRTY_TOP;
    if (tops) bj_feed_rows_top(books, idx, tops, now_ns);
    if (instrument->watched) look_again(books, idx, now_ns);
    return true;
}

/* A row that may be held back, or whose top waits to be told.  False: it waits. */
static __attribute__((noinline)) bool flush_watched(bj_feed_books_t *books, uint32_t idx,
                                                    int64_t now_ns, bool *full) {
    instrument_t *instrument = &books->instrument[idx];
    uint8_t was = instrument->dirty;
    bool room = books->tick_cnt < TICK_MAX;
    bool may = room && may_write(books, idx, now_ns);
    *full |= !room;
    /* That it is stale is said at once. */
    bool stale = (was & DIRTY_FIGURES) && (instrument->flags & BJ_MARKET_STALE);
    if (may || stale) write_row(books, idx);
    if (!may && stale) {
        instrument->dirty = was & (uint8_t)~DIRTY_FIGURES;
        bj_feed_rows_hold(books, idx);
    }
    return may;
}

/* Rows first: whoever is told finds what he was told of. */
static void publish(bj_feed_books_t *books) {
    if (books->tick_cnt) bj_market_ring_publish(books->market);
    books->tick_cnt = 0;
}

/* True: some rows wait for room for their tick. */
static bool flush_once(bj_feed_books_t *books, int64_t now_ns) {
    bool full = false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < books->dirty_cnt; i++) {
        uint32_t idx = books->dirty_idx[i];
        const instrument_t *instrument = &books->instrument[idx];
        if (BJ_LIKELY(!(instrument->watched | (instrument->dirty & DIRTY_TOPS))))
            write_row(books, idx);
        else if (!flush_watched(books, idx, now_ns, &full))
            books->dirty_idx[kept++] = idx;
    }
    books->dirty_cnt = kept;
    publish(books);
    return full;
}

void bj_feed_books_flush(bj_feed_books_t *books, int64_t now_ns) {
    while (flush_once(books, now_ns)) {}
}
