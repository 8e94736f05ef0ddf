#ifndef BJ_BOOK_H
#define BJ_BOOK_H

/* bj_book - order-by-order price-time books for those who follow a market: orders come by id, each
 * level keeps its quantity and count.  The matching engine uses the ladders below it directly.
 *
 * Shape      book_cnt books (book_idx in [0, book_cnt)), order_max live orders in all.
 * Units      price_paise int32 > 0, qty int32 > 0, sums int64, shares.
 * Ownership  the caller owns the memory (aligned to 64); bj_books_new formats it and touches every
 *            page; nothing is allocated later.  A bj_order_t pointer is valid until that order is
 *            removed.
 * Threads    one.
 * Errors     bj_status_t; on any error no order has changed.
 * Order      within a level: first in, first out.  Iteration is by price, then by that order: never
 *            by address or hash, so two runs over the same calls agree.
 * Cost       find by id: two cache lines in the mean; add, move, remove: O(1), whatever the book
 *            holds; a first price off the tick: the whole side. */
#include "dataplane/base/bj_status.h"
#include "dataplane/book/bj_ladder.h"
#include "dataplane/wire/bj_wire_cmd.h" /* bj_side_t */

typedef struct bj_books bj_books_t;

typedef struct bj_level {
    int32_t  price_paise;
    uint32_t order_cnt;
    int64_t  qty;
    uint32_t ref; /* the book's own */
} bj_level_t;

size_t bj_books_footprint(uint32_t book_cnt, uint32_t order_max); /* 0: a shape is not allowed */
bj_books_t *bj_books_new(void *mem, uint32_t book_cnt, uint32_t order_max);
/* What the book's prices are multiples of: not a rule, but books are denser for it.  Prices that
 * are not are taken too. BJ_ERR_FULL: no room to lay the levels out again. */
BJ_MUST_USE bj_status_t bj_books_set_tick(bj_books_t *books, uint32_t book_idx, int32_t tick_paise);

/* bj_books_add puts an order at the back of its level.
 *   BJ_ERR_EXISTS the id is live; BJ_ERR_FULL no room; BJ_ERR_BAD_FIELD price, qty, side or book */
BJ_MUST_USE bj_status_t bj_books_add(bj_books_t *books, uint32_t book_idx, uint64_t order_id,
                                     bj_side_t side, int32_t price_paise, int32_t qty,
                                     uint32_t user, bj_order_t **order);
bj_order_t *bj_books_find(bj_books_t *books, uint64_t order_id); /* NULL: not live */
/* bj_books_set_qty keeps the order's place (a fill or a reduction); qty 0 removes the order. */
void bj_books_set_qty(bj_books_t *books, bj_order_t *order, int32_t qty);
/* bj_books_move gives a new price or quantity and the back of the level.  The pointer stays valid.
 * BJ_ERR_FULL, BJ_ERR_BAD_FIELD: nothing has changed. */
BJ_MUST_USE bj_status_t bj_books_move(bj_books_t *books, bj_order_t *order, int32_t price_paise,
                                      int32_t qty);
void bj_books_remove(bj_books_t *books, bj_order_t *order);
/* bj_books_clear removes every order of one book. */
void bj_books_clear(bj_books_t *books, uint32_t book_idx);

/* Where a live order stands. */
uint32_t  bj_books_book_of(const bj_books_t *books, const bj_order_t *order);
bj_side_t bj_books_side_of(const bj_books_t *books, const bj_order_t *order);
int32_t   bj_books_price_of(const bj_books_t *books, const bj_order_t *order);

/* Best level of a side; then, from a level, the next worse one.  False: there is none, *level is
 * zeros. */
bool bj_books_best(const bj_books_t *books, uint32_t book_idx, bj_side_t side, bj_level_t *level);
bool bj_books_worse(const bj_books_t *books, uint32_t book_idx, bj_side_t side, bj_level_t *level);
/* First order of a level, and the one behind an order in its level; NULL at the end. */
bj_order_t *bj_books_first(const bj_books_t *books, const bj_level_t *level);
bj_order_t *bj_books_behind(const bj_books_t *books, const bj_order_t *order);

uint32_t bj_books_order_cnt(const bj_books_t *books);
int64_t  bj_books_side_qty(const bj_books_t *books, uint32_t book_idx, bj_side_t side); /* O(1) */
/* FNV-1a over every live order, books ascending, best price first, first in first: for state
 * hashes. */
uint64_t bj_books_hash(const bj_books_t *books, uint64_t hash);

#endif /* BJ_BOOK_H */
