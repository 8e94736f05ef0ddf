#ifndef BJ_FLOW_BOOK_H
#define BJ_FLOW_BOOK_H

/* bj_flow_book - the generator's own books: as much matching as it takes to know who is live.
 *
 * Purpose    A cancel of the flow names an order that rests, a price knows where the touch is.  The
 *            rules are docs/flow.md's; there are no events and no digests.
 * Shape      symbol in [0, symbol_cnt); price_ticks in [1, BJ_FLOW_PRICE_MAX]; an order is known
 *            by its number, from 1 in the order of entry, 0: none.  Numbers are not used again.
 * Ownership  the books own their memory.
 * Threads    one.
 * Errors     only bj_flow_books_new can fail.  A book whose live list is full takes no more orders:
 *            who calls bj_flow_books_play looks first (bj_flow_book_full).
 * Cost       the touch is found with a bit a price.  Ladders are reserved address space, 1 MB a
 *            symbol, of which only the pages around used prices become memory. */
#include "dataplane/base/bj_base.h"

enum { BJ_FLOW_PRICE_MAX = 131071 };
enum { BJ_FLOW_BUY = 0, BJ_FLOW_SELL = 1 }; /* bj_flow_record_t.side */

typedef struct bj_flow_order {
    uint64_t order_id;
    uint32_t price_ticks;
    uint32_t qty;            /* open; 0: does not rest */
    uint32_t before, behind; /* its neighbours at its price */
    uint32_t live_idx;       /* its place in the live list */
    uint16_t symbol;
    uint8_t  side;
    uint8_t  reserved;
} bj_flow_order_t;

typedef struct bj_flow_book {
    uint32_t  best_ticks[2]; /* by side; 0: nobody */
    uint32_t  order_cnt[2];
    uint32_t  live_cnt, live_max;
    uint32_t *live;          /* who rests, in no order: to pick from */
} bj_flow_book_t;

typedef struct bj_flow_ladder bj_flow_ladder_t;

typedef struct bj_flow_books { /* to read; only the functions below write */
    uint32_t symbol_cnt, order_cnt, order_max;
    uint64_t trade_cnt, live_cnt, live_peak;
    bj_flow_order_t  *order; /* [1, order_cnt] */
    bj_flow_book_t   *book;  /* [symbol_cnt] */
    bj_flow_ladder_t *ladder;
    uint32_t         *live;  /* of all books */
} bj_flow_books_t;

/* live_max[symbol]: how many orders may rest in each book.  False: no memory; nothing is kept. */
BJ_MUST_USE bool bj_flow_books_new(bj_flow_books_t *books, uint32_t symbol_cnt,
                                   const uint32_t *live_max, uint32_t order_max);
void bj_flow_books_free(bj_flow_books_t *books);

static inline bool bj_flow_book_full(const bj_flow_book_t *book) {
    return book->live_cnt == book->live_max;
}

/* A new order's number.  It does not rest yet. */
uint32_t bj_flow_books_enter(bj_flow_books_t *books, uint16_t symbol, uint8_t side,
                             uint64_t order_id);
/* An order that does not rest trades as far as limit_ticks; if it may rest, its remainder does.
 * True: it rests. */
bool bj_flow_books_play(bj_flow_books_t *books, uint32_t number, uint32_t limit_ticks,
                        uint32_t qty, bool may_rest);
/* An order that rests gets a new price and quantity.  True: it rests behind its new neighbours. */
bool bj_flow_books_modify(bj_flow_books_t *books, uint32_t number, uint32_t price_ticks,
                          uint32_t qty);
void bj_flow_books_remove(bj_flow_books_t *books, uint32_t number); /* it rests */
/* Last in line at a side's best price; 0: nobody. */
uint32_t bj_flow_books_last_at_best(const bj_flow_books_t *books, uint16_t symbol, uint8_t side);

#endif /* BJ_FLOW_BOOK_H */
