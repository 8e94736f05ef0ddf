#ifndef BJ_BOOK_H
#define BJ_BOOK_H

/* bj_book - order-by-order price-time books over one pool of orders.  One structure, two users: the
 * matching engine (its own orders) and the feed (the exchange's orders).
 *
 * Shape      book_cnt books (instrument_idx in [0, book_cnt)), order_max live orders in all.
 * Units      price_paise int32 > 0, qty int64 > 0 in sums, shares.
 * Ownership  the caller owns the memory (aligned to 64); bj_books_new formats it; nothing is
 *            allocated later.  A bj_order_t pointer is valid until that order is removed.
 * Threads    one.
 * Errors     bj_status_t; on any error nothing has changed.
 * Order      within a level: first in, first out.  Iteration is by price, then by that order: never
 *            by address or hash, so two runs over the same calls agree.
 * Cost       find by id: one hash probe in the mean; add and remove at a known level: O(1) but for
 *            a level that is new on its side. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h" /* bj_side_t */

typedef struct bj_books bj_books_t;

/* An order as the book keeps it.  `user` is the caller's own: an index, never read here. */
typedef struct bj_order {
    uint64_t order_id;
    int32_t  price_paise;
    int32_t  qty; /* open now */
    uint32_t book_idx;
    uint32_t user;
    uint32_t next_idx, prev_idx; /* the book's own links */
    uint32_t level_idx;          /* the book's own */
    uint8_t  side;               /* bj_side_t */
    uint8_t  reserved[3];
} bj_order_t;

typedef struct bj_level {
    int32_t  price_paise;
    uint32_t order_cnt;
    int64_t  qty;
    uint32_t head_idx, tail_idx; /* the book's own */
} bj_level_t;

size_t bj_books_footprint(uint32_t book_cnt, uint32_t order_max); /* 0: a shape is not allowed */
bj_books_t *bj_books_new(void *mem, uint32_t book_cnt, uint32_t order_max);

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

/* Best level of a side, NULL if empty; then the next worse one, NULL at the end. */
const bj_level_t *bj_books_best(const bj_books_t *books, uint32_t book_idx, bj_side_t side);
const bj_level_t *bj_books_worse(const bj_books_t *books, uint32_t book_idx, bj_side_t side,
                                 const bj_level_t *level);
/* First order of a level, and the one behind an order in its level; NULL at the end. */
bj_order_t *bj_books_first(bj_books_t *books, const bj_level_t *level);
bj_order_t *bj_books_behind(bj_books_t *books, const bj_order_t *order);

uint32_t bj_books_order_cnt(const bj_books_t *books);
int64_t  bj_books_side_qty(const bj_books_t *books, uint32_t book_idx, bj_side_t side); /* O(1) */
/* FNV-1a over every live order, books ascending, best price first, first in first: for state
 * hashes. */
uint64_t bj_books_hash(const bj_books_t *books, uint64_t hash);

#endif /* BJ_BOOK_H */
