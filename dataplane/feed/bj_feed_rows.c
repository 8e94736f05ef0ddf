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

void bj_feed_rows_tick(bj_feed_books_t *books, uint32_t idx, bj_tick_kind_t kind, const top_t *top,
                       int32_t price_paise, int32_t qty) {
    const instrument_t *instrument = &books->instrument[idx];
    assert(books->tick_cnt < TICK_MAX);
    books->tick[books->tick_cnt++] = (bj_market_tick_t){
        .exch_ns = instrument->exch_ns, .instrument_idx = idx, .kind = (uint16_t)kind,
        .flags = (uint16_t)instrument->flags, .price_paise = price_paise, .qty = qty,
        .bid_paise = top->price_paise[BID], .ask_paise = top->price_paise[ASK],
        .bid_qty = top->qty[BID], .ask_qty = top->qty[ASK]};
}

/* True while the row and the top last told shall stand: just cleared, or crossed for a moment. */
static bool is_held(const instrument_t *instrument, int64_t now_ns) {
    return now_ns < instrument->hidden_ns ||
           (instrument->crossed_ns && now_ns - instrument->crossed_ns < CROSSED_NS);
}

/* Tells what was held back, if it may be told now. */
static void look_again(bj_feed_books_t *books, uint32_t idx, int64_t now_ns) {
    instrument_t *instrument = &books->instrument[idx];
    if (is_held(instrument, now_ns)) return;
    instrument->watched = instrument->crossed_ns != 0;
    if (!instrument->cleared && same_top(&instrument->top, &instrument->told)) return;
    instrument->cleared = false;
    instrument->told = instrument->top;
    bj_feed_rows_tick(books, idx, BJ_TICK_TOP, &instrument->top, 0, 0);
}

void bj_feed_rows_top(bj_feed_books_t *books, uint32_t idx, int64_t now_ns) {
    instrument_t *instrument = &books->instrument[idx];
    const bj_market_row_t *row = &books->row[idx];
    top_t was = instrument->top;
    instrument->dirty &= (uint8_t)~DIRTY_TOPS;
    instrument->top = (top_t){{row->bid[0].price_paise, row->ask[0].price_paise},
                              {row->bid[0].qty, row->ask[0].qty}};
    if (same_top(&instrument->top, &was)) return;
    bool crossed = is_crossed(&instrument->top);
    if (BJ_LIKELY(!instrument->watched & !crossed)) {
        bj_feed_rows_tick(books, idx, BJ_TICK_TOP, &instrument->top, 0, 0);
        return;
    }
    if (!instrument->watched) instrument->told = was;
    instrument->watched = true;
    if (!crossed) instrument->crossed_ns = 0;
    else if (!instrument->crossed_ns) instrument->crossed_ns = now_ns;
    look_again(books, idx, now_ns);
}

/* --- rows out */
static void take_part(bj_feed_books_t *books, uint32_t idx, bj_market_part_t *part) {
    instrument_t *instrument = &books->instrument[idx];
    bj_ladder_t *ladder = &books->ladders.ladder[2 * (size_t)idx];
    bool figures = instrument->dirty & DIRTY_FIGURES;
    *part = (bj_market_part_t){.instrument_idx = idx,
                               .figures = figures,
                               .exch_ns = instrument->exch_ns,
                               .update_cnt = instrument->update_cnt,
                               .total_qty = {ladder[BID].qty, ladder[ASK].qty},
                               .levels = ladder[BID].user_bits |
                                         (uint64_t)ladder[ASK].user_bits << BJ_MARKET_LEVELS};
    if (BJ_UNLIKELY(figures)) {
        bj_market_row_t *row = &books->row[idx];
        row->flags = instrument->flags;
        row->average_paise = row->volume_qty ? (int32_t)(row->value_paise / row->volume_qty) : 0;
    }
    ladder[BID].user_bits = ladder[ASK].user_bits = 0;
    instrument->dirty = 0;
}

/* False: the row stays as readers know it, for now. */
static bool may_write(bj_feed_books_t *books, uint32_t idx, int64_t now_ns) {
    instrument_t *instrument = &books->instrument[idx];
    if (BJ_LIKELY(!(instrument->watched | (instrument->dirty & DIRTY_TOPS)))) return true;
    if (is_held(instrument, now_ns)) return false;
    if (instrument->dirty & DIRTY_TOPS) bj_feed_rows_top(books, idx, now_ns);
    if (instrument->watched) look_again(books, idx, now_ns);
    return true;
}

/* Rows first: whoever is told finds what he was told of. */
static void publish(bj_feed_books_t *books, const bj_market_part_t *parts, uint32_t part_cnt) {
    bj_market_end_parts(books->market, parts, part_cnt);
    if (books->tick_cnt) bj_market_ticks(books->market, books->tick, books->tick_cnt);
    books->tick_cnt = 0;
}

/* True: some rows wait for room for their tick. */
static bool flush_once(bj_feed_books_t *books, int64_t now_ns) {
    bool full = false;
    enum { PARTS = 32 };
    bj_market_part_t parts[PARTS];
    uint32_t kept = 0, part_cnt = 0;
    for (uint32_t i = 0; i < books->dirty_cnt; i++) {
        uint32_t idx = books->dirty_idx[i];
        instrument_t *instrument = &books->instrument[idx];
        uint8_t was = instrument->dirty;
        bool tells = instrument->watched | (was & DIRTY_TOPS);
        bool room = !tells || books->tick_cnt < TICK_MAX;
        bool may = room && may_write(books, idx, now_ns);
        full |= !room;
        if (!may) books->dirty_idx[kept++] = idx;
        /* That it is stale is said at once. */
        if (!may && !((was & DIRTY_FIGURES) && (instrument->flags & BJ_MARKET_STALE))) continue;
        take_part(books, idx, &parts[part_cnt++]);
        if (!may) instrument->dirty = was & (uint8_t)~DIRTY_FIGURES;
        if (part_cnt < PARTS) continue;
        bj_market_end_parts(books->market, parts, part_cnt);
        part_cnt = 0;
    }
    books->dirty_cnt = kept;
    publish(books, parts, part_cnt);
    return full;
}

void bj_feed_books_flush(bj_feed_books_t *books, int64_t now_ns) {
    while (flush_once(books, now_ns)) {}
}
