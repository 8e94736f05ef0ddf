/* Rows that wait for a card, and what is asked of books that stand beside one. */
#include "dataplane/feed/bj_feed_books_priv.h"

void bj_feed_books_card(bj_feed_books_t *books, uint32_t idx, bool on) {
    instrument_t *instrument = &books->instrument[idx];
    if (on && !instrument->watched) instrument->told = instrument->top;
    instrument->watched |= on;
    instrument->card = on;
    bj_feed_rows_hold(books, idx);
    instrument->card_ns = 0;
}

bool bj_feed_books_card_row(bj_feed_books_t *books, uint32_t idx,
                            const bj_feed_card_depth_t *depth) {
    bool same = true;
    for (uint32_t side = BID; side <= ASK; side++) {
        bj_feed_card_level_t own[BJ_FEED_CARD_LEVELS];
        bj_feed_books_levels(books, idx, side, own, BJ_FEED_CARD_LEVELS);
        for (uint32_t i = 0; i < BJ_FEED_CARD_LEVELS; i++)
            same &= own[i].qty == depth->side[side][i].qty &&
                    (!own[i].qty || own[i].price_paise == depth->side[side][i].price_paise);
    }
    if (same) books->instrument[idx].card_ns = 0;
    return same;
}

uint64_t bj_feed_books_card_late(const bj_feed_books_t *books) {
    return books->card_late;
}

void bj_feed_books_levels(const bj_feed_books_t *books, uint32_t idx, uint32_t side,
                          bj_feed_card_level_t *levels, uint32_t cnt) {
    const bj_ladders_t *l = &books->ladders;
    const bj_ladder_t *ladder = &l->ladder[2 * (size_t)idx + side];
    uint32_t level_ref = ladder->best_ref, i = 0;
    for (; i < cnt && level_ref != BJ_NIL; i++) {
        levels[i] = (bj_feed_card_level_t){l->total[level_ref].qty, l->total[level_ref].user};
        if (i + 1 < cnt) level_ref = bj_ladder_worse(l, ladder, bj_level_key(l, level_ref));
    }
    for (; i < cnt; i++)
        levels[i] = (bj_feed_card_level_t){0};
}

/* The order's level may have gone elsewhere since somebody last asked. */
static uint32_t level_now(bj_feed_books_t *books, bj_feed_order_t *order) {
    uint32_t level_ref = bj_feed_order_where(order);
    if (!bj_level_has_moved(&books->ladders, level_ref)) return level_ref;
    level_ref = bj_level_follow(&books->ladders, level_ref);
    bj_feed_order_move(order, level_ref);
    return level_ref;
}

bool bj_feed_books_orders(bj_feed_books_t *books, uint32_t idx, bj_feed_on_order_t *on_order,
                          void *ctx) {
    const uint64_t run = books->words[books->instrument[idx].stream_idx].key;
    for (size_t i = 0; i < (size_t)books->orders.bucket_cnt * BJ_FEED_LANES; i++) {
        bj_feed_order_t *order = &books->orders.bucket[i / BJ_FEED_LANES].order[i % BJ_FEED_LANES];
        if (!order->key || (order->key ^ run) >> BJ_FEED_RUN_AT) continue;
        uint32_t level_ref = level_now(books, order);
        uint32_t ladder_idx = books->ladders.page[level_ref >> 6].ladder_idx;
        if (ladder_idx >> 1 != idx) continue;
        if (!on_order(ctx, order->key ^ run, ladder_idx & 1, books->ladders.total[level_ref].user,
                      order->qty))
            return false;
    }
    return true;
}
