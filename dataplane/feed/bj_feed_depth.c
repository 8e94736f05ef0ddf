/* The 20 levels of a row, kept beside the ladder: where a level stands is counted in the ladder's
 * bits, and what comes up from below the last one is fetched from it. */
#include "dataplane/feed/bj_feed_books_priv.h"

enum { LAST = BJ_MARKET_LEVELS - 1 };

static void put(const bj_feed_books_t *books, bj_market_level_t *level, uint32_t level_ref,
                int32_t price_paise) {
    const bj_level_total_t *total = &books->ladders.total[level_ref];
    *level = (bj_market_level_t){price_paise, total->order_cnt, total->qty};
}

/* Bits rank to LAST. */
static uint32_t from_rank(uint32_t rank) { return (1u << BJ_MARKET_LEVELS) - (1u << rank); }

void bj_feed_depth_insert(bj_feed_books_t *books, uint32_t ladder_idx, uint32_t level_ref,
                          uint32_t key) {
    bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    uint32_t rank = BJ_MARKET_LEVELS;
    if (!depth_is_beyond(ladder, key)) {
        rank = bj_ladder_rank(&books->ladders, ladder, key, BJ_MARKET_LEVELS);
        bj_market_level_t *levels = depth_of(books, ladder_idx);
        uint32_t cnt = ladder->user_cnt;
        uint32_t moved = cnt < BJ_MARKET_LEVELS ? cnt - rank : LAST - rank;
        memmove(&levels[rank + 1], &levels[rank], moved * sizeof *levels);
        put(books, &levels[rank], level_ref, bj_ladder_price(ladder, key));
        ladder->user_bits |= from_rank(rank) & ((2u << (rank + moved)) - 1);
        depth_fetch(books, ladder_idx, rank);
        depth_fetch(books, ladder_idx, rank + moved);
        ladder->user_cnt += cnt < BJ_MARKET_LEVELS;
        ladder->user_key = bj_ladder_key(ladder, levels[LAST].price_paise);
    }
    depth_mark(books, ladder_idx, rank);
}

void bj_feed_depth_remove(bj_feed_books_t *books, uint32_t ladder_idx, uint32_t key) {
    const bj_ladders_t *l = &books->ladders;
    bj_ladder_t *ladder = &l->ladder[ladder_idx];
    uint32_t rank = BJ_MARKET_LEVELS;
    if (!depth_is_beyond(ladder, key)) {
        rank = bj_ladder_rank(l, ladder, key, BJ_MARKET_LEVELS);
        bj_market_level_t *levels = depth_of(books, ladder_idx);
        uint32_t cnt = --ladder->user_cnt;
        memmove(&levels[rank], &levels[rank + 1], (cnt - rank) * sizeof *levels);
        ladder->user_bits |= from_rank(rank) & ((2u << cnt) - 1);
        depth_fetch(books, ladder_idx, rank);
        depth_fetch(books, ladder_idx, cnt);
        levels[cnt] = (bj_market_level_t){0};
        uint32_t ref = BJ_NIL;
        if (cnt == LAST) /* behind the last one left, which is there: the ladder can look */
            ref = bj_ladder_worse(l, ladder, bj_ladder_key(ladder, levels[cnt - 1].price_paise));
        if (ref != BJ_NIL) {
            ladder->user_key = bj_level_key(l, ref);
            put(books, &levels[LAST], ref, bj_ladder_price(ladder, ladder->user_key));
            ladder->user_cnt++;
        }
    }
    depth_mark(books, ladder_idx, rank);
}

void bj_feed_depth_rekey(bj_feed_books_t *books, uint32_t ladder_idx) {
    bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    ladder->user_key = bj_ladder_key(ladder, depth_of(books, ladder_idx)[LAST].price_paise);
}

void bj_feed_depth_clear(bj_feed_books_t *books, uint32_t ladder_idx) {
    bj_ladder_t *ladder = &books->ladders.ladder[ladder_idx];
    memset(depth_of(books, ladder_idx), 0, BJ_MARKET_LEVELS * sizeof(bj_market_level_t));
    ladder->user_cnt = 0;
    ladder->user_bits = from_rank(0);
    depth_mark(books, ladder_idx, 0);
}
