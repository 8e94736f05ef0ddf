#ifndef BJ_MATCH_H
#define BJ_MATCH_H

/* bj_match - price-time matching of one incoming order against a book.
 *
 * Rules      best price first, then first come; a trade is at the resting order's price.  A resting
 *            order of the taker's own account is cancelled instead of traded with (NSE's default:
 *            the passive order goes).
 * Units      paise, shares.
 * Ownership  the caller's books and its own orders behind bj_order_t.user; match keeps nothing.
 * Threads    one.
 * Errors     none: the caller has checked the taker.
 * Cost       what it fills and cancels, and nothing more. */
#include "dataplane/base/bj_status.h"
#include "dataplane/book/bj_book.h"

typedef struct bj_taker {
    uint32_t  book_idx;
    uint32_t  owner;        /* account, in whatever form ops->owner gives it */
    bj_side_t side;
    int32_t   limit_paise;  /* worst price it may trade at, > 0 */
    int32_t   qty;          /* > 0 */
} bj_taker_t;

/* Each call comes before the book changes: the maker is still whole.  After it, match takes the
 * quantity off the maker, or the maker off the book; the callee leaves the books alone. */
typedef struct bj_match_ops {
    uint32_t (*owner)(void *ctx, const bj_order_t *maker);
    void (*fill)(void *ctx, const bj_order_t *maker, int32_t price_paise, int32_t qty);
    void (*self)(void *ctx, const bj_order_t *maker); /* it is cancelled */
} bj_match_ops_t;

/* bj_match_take returns what is left of the taker. */
int32_t bj_match_take(bj_books_t *books, const bj_taker_t *taker, const bj_match_ops_t *ops,
                      void *ctx);

/* bj_match_limit is the worst price an order may trade at: its own limit; for a market order the
 * far end of the day's band. */
int32_t bj_match_limit(bj_order_type_t type, bj_side_t side, int32_t price_paise,
                       int32_t band_lo_paise, int32_t band_hi_paise);

/* bj_match_rest says what becomes of what is left: BJ_OK it rests, else the reason it ends. */
bj_status_t bj_match_rest(bj_order_type_t type, bj_tif_t tif);

#endif /* BJ_MATCH_H */
