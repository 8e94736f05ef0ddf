/* The 20 levels of a row follow their ladder: where a level stands is counted in the ladder's bits,
 * and what comes up from below the last one is fetched from it. */
#include "dataplane/feed/bj_feed_books_priv.h"

enum { LAST = BJ_MARKET_LEVELS - 1 };

static void put(const bj_feed_books_t *books, bj_market_level_t *level, uint32_t level_ref) {
    const bj_level_total_t *total = &books->ladders.total[level_ref];
    bj_market_put_level_words(level, total->head, (uint64_t)total->qty);
}

void bj_feed_depth_insert(bj_feed_books_t *books, uint32_t ladder_idx, uint32_t level_ref,
                          uint32_t key) {
    bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    if (depth_is_beyond(ladder, key)) return;
    uint32_t rank = bj_ladder_rank(&books->ladders, ladder, key, BJ_MARKET_LEVELS);
    bj_market_level_t *levels = depth_of(books, ladder_idx);
    uint32_t cnt = ladder->user_cnt;
    bj_market_move_down(levels, rank, cnt < LAST ? cnt : LAST);
    put(books, &levels[rank], level_ref);
    ladder->user_cnt += cnt < BJ_MARKET_LEVELS;
    if (cnt >= LAST) ladder->user_key = bj_ladder_key(ladder, levels[LAST].price_paise);
}

void bj_feed_depth_remove(bj_feed_books_t *books, uint32_t ladder_idx, uint32_t key) {
    const bj_ladders_t *l = &books->ladders;
    bj_ladder_t *ladder = &l->ladder[ladder_idx];
    if (depth_is_beyond(ladder, key)) return;
    uint32_t rank = bj_ladder_rank(l, ladder, key, BJ_MARKET_LEVELS), cnt = --ladder->user_cnt;
    bj_market_level_t *levels = depth_of(books, ladder_idx);
    bj_market_move_up(levels, rank, cnt);
    uint32_t ref = BJ_NIL;
    if (cnt == LAST) /* behind the last one left, which is there: the ladder can look */
        ref = bj_ladder_worse(l, ladder, bj_ladder_key(ladder, levels[cnt - 1].price_paise));
    if (ref == BJ_NIL) {
        bj_market_put_level(&levels[cnt], (bj_market_level_t){0});
        return;
    }
    ladder->user_key = bj_level_key(l, ref);
    put(books, &levels[LAST], ref);
    ladder->user_cnt++;
}

void bj_feed_depth_rekey(bj_feed_books_t *books, uint32_t ladder_idx) {
    bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    ladder->user_key = bj_ladder_key(ladder, depth_of(books, ladder_idx)[LAST].price_paise);
    ladder->user_worst = BJ_NIL;
}

void bj_feed_depth_change(const bj_feed_books_t *books, uint32_t ladder_idx, uint32_t level_ref,
                          uint32_t key) {
    const bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    uint32_t rank = bj_ladder_rank(&books->ladders, ladder, key, BJ_MARKET_LEVELS);
    if (rank < BJ_MARKET_LEVELS) put(books, &depth_of(books, ladder_idx)[rank], level_ref);
}

/* --- a row that went its own way */

static uint32_t next_ref(const bj_ladders_t *l, const bj_ladder_t *ladder, uint32_t level_ref) {
    const bj_ladder_page_t *page = &l->page[level_ref >> 6];
    uint64_t used = l->node[page->node_idx].at[page->key >> 6 & 63].used;
    uint64_t later = used & ~UINT64_C(1) << (level_ref & 63);
    if (BJ_LIKELY(later != 0)) return (level_ref & ~63u) | (uint32_t)__builtin_ctzll(later);
    return bj_ladder_worse(l, ladder, bj_level_key(l, level_ref));
}

/* Behind the worst level that has changed the row agrees from the first level on that does. */
void bj_feed_depth_catch_up(bj_feed_books_t *books, uint32_t ladder_idx) {
    const bj_ladders_t *l = &books->ladders;
    bj_ladder_t *ladder = &l->ladder[ladder_idx];
    bj_market_level_t *levels = depth_of(books, ladder_idx);
    uint32_t rank = 0, key = 0;
    for (uint32_t ref = ladder->best_ref; ref != BJ_NIL && rank < BJ_MARKET_LEVELS; rank++) {
        key = bj_level_key(l, ref);
        int32_t price_paise = l->total[ref].user;
        bool there = levels[rank].order_cnt && levels[rank].price_paise == price_paise;
        if (key > ladder->user_worst && there) return;
        put(books, &levels[rank], ref);
        ref = next_ref(l, ladder, ref);
    }
    ladder->user_cnt = rank;
    ladder->user_key = key;
    for (; rank < BJ_MARKET_LEVELS && levels[rank].order_cnt; rank++)
        bj_market_put_level(&levels[rank], (bj_market_level_t){0});
}
