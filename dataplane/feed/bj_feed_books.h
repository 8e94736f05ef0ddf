#ifndef BJ_FEED_BOOKS_H
#define BJ_FEED_BOOKS_H

/* bj_feed_books - what the exchange's messages mean: order-by-order books, the day's figures, and
 * from both the market's rows and ticks.  Part of bj_feed; messages come here once and in order, by
 * the batch: what one needs from memory is fetched while those before it are applied.
 *
 * Meaning    New, modify: the order stands at this price with this quantity from now on; a modify
 *            of an unknown order is a new one.  Cancel: by the id alone; unknown: counted.  Trade:
 *            reduces both orders it names; an id that is 0 or unknown (market orders are never
 *            published) leaves the other side's reduction in force.  A new order whose id is live
 *            replaces it.  Trade cancel: takes its quantity and value out of the day's figures;
 *            open, high, low and last stand, and no quantity goes back into the book.  Ids of two
 *            streams are two orders.
 *            Who stands before whom at a price is not kept: no row shows it.
 * Memory     an order: 48 bytes (bj_feed_orders.h); an instrument: about 7 KB of levels. */
#include "dataplane/feed/bj_feed.h"
#include "dataplane/feed/bj_feed_decode.h"

typedef struct bj_feed_books bj_feed_books_t;

enum { BJ_FEED_BATCH = 32 }; /* more would push each other's lines out of the first cache */

/* Every part of the feed's memory starts on its own line. */
static inline size_t bj_feed_line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

size_t bj_feed_books_footprint(const bj_feed_config_t *config);
bj_feed_books_t *bj_feed_books_new(void *mem, const bj_feed_config_t *config,
                                   bj_feed_counters_t *counters);

/* cnt in [0, BJ_FEED_BATCH].  Returns a bit for each stream that lost an order for want of room:
 * its books now lack it. */
BJ_MUST_USE uint64_t bj_feed_books_apply(bj_feed_books_t *books, const bj_feed_item_t *items,
                                         uint32_t cnt, int64_t now_ns);
/* Forgets every order of a stream; the day's figures stay.  It takes as long as the stream has
 * levels and instruments; the orders' places come free over the next turns. */
void bj_feed_books_clear(bj_feed_books_t *books, uint32_t stream_idx, int64_t now_ns);
void bj_feed_books_stale(bj_feed_books_t *books, uint32_t stream_idx, bool stale);
/* Writes what was held back, then publishes the ticks that wait. */
void bj_feed_books_flush(bj_feed_books_t *books, int64_t now_ns);
/* Some of what clearing has left to do; once a turn. */
void bj_feed_books_tidy(bj_feed_books_t *books);
/* bj_feed.h: bj_feed_card */
void bj_feed_books_card(bj_feed_books_t *books, uint32_t idx, bool on);
BJ_MUST_USE bool bj_feed_books_card_row(bj_feed_books_t *books, uint32_t idx,
                                        const bj_feed_card_depth_t *depth);
uint64_t bj_feed_books_card_late(const bj_feed_books_t *books);
/* Price and quantity of up to cnt levels, best first; what is not there has quantity 0. */
void bj_feed_books_levels(const bj_feed_books_t *books, uint32_t idx, uint32_t side,
                          bj_feed_card_level_t *levels, uint32_t cnt);
/* Each live order of an instrument, until the callback says false; it reads all of the table, so it
 * is for books of few orders.  False: it was told to stop. */
typedef bool bj_feed_on_order_t(void *ctx, uint64_t order_id, bool ask, int32_t price_paise,
                                int32_t qty);
bool bj_feed_books_orders(bj_feed_books_t *books, uint32_t idx, bj_feed_on_order_t *on_order,
                          void *ctx);
uint32_t bj_feed_books_order_cnt(const bj_feed_books_t *books);

#endif /* BJ_FEED_BOOKS_H */
