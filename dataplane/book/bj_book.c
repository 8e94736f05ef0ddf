#include "dataplane/book/bj_book.h"

#include "dataplane/base/bj_hash.h"
#include "dataplane/book/bj_idmap.h"

struct bj_books {
    bj_ladders_t ladders; /* bids of book 0, its offers, bids of book 1 ... */
    bj_idmap_t ids;
    uint32_t book_cnt;
};

enum { BOOK_MAX = 1 << 20 };

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

static bj_ladders_config_t ladders_config(uint32_t book_cnt, uint32_t order_max) {
    return (bj_ladders_config_t){
        .ladder_cnt = 2 * book_cnt, .order_max = order_max, .totals = true};
}

size_t bj_books_footprint(uint32_t book_cnt, uint32_t order_max) {
    if (!book_cnt || book_cnt > BOOK_MAX) return 0;
    bj_ladders_config_t config = ladders_config(book_cnt, order_max);
    size_t ladders_bytes = bj_ladders_footprint(&config);
    if (!ladders_bytes) return 0;
    return line_up(sizeof(bj_books_t)) + ladders_bytes + bj_idmap_footprint(order_max);
}

bj_books_t *bj_books_new(void *mem, uint32_t book_cnt, uint32_t order_max) {
    if (!bj_books_footprint(book_cnt, order_max)) return NULL;
    bj_ladders_config_t config = ladders_config(book_cnt, order_max);
    uint8_t *at = mem;
    bj_books_t *books = mem;
    at += line_up(sizeof *books);
    *books = (bj_books_t){.book_cnt = book_cnt};
    bj_ladders_new(&books->ladders, at, &config);
    bj_idmap_new(&books->ids, at + bj_ladders_footprint(&config), order_max);
    for (uint32_t i = 0; i < 2 * book_cnt; i++)
        bj_ladder_init(&books->ladders, i, i % 2 == 0);
    return books;
}

static bj_ladder_t *ladder_of(const bj_books_t *books, uint32_t book_idx, bj_side_t side) {
    return &books->ladders.ladder[2 * (size_t)book_idx + (side == BJ_SELL)];
}

bj_status_t bj_books_set_tick(bj_books_t *books, uint32_t book_idx, int32_t tick_paise) {
    if (book_idx >= books->book_cnt || tick_paise <= 0) return BJ_ERR_BAD_FIELD;
    bool fit =
        bj_ladder_fit(&books->ladders, ladder_of(books, book_idx, BJ_BUY), (uint32_t)tick_paise) &&
        bj_ladder_fit(&books->ladders, ladder_of(books, book_idx, BJ_SELL), (uint32_t)tick_paise);
    return fit ? BJ_OK : BJ_ERR_FULL;
}

/* The ladder takes this price, and there is a page for it. */
static bool make_room(bj_books_t *books, bj_ladder_t *ladder, int32_t price_paise) {
    if (BJ_UNLIKELY(!bj_ladder_fits(ladder, price_paise)) &&
        !bj_ladder_admit(&books->ladders, ladder, price_paise))
        return false;
    return bj_ladder_room(&books->ladders, ladder, bj_ladder_key(ladder, price_paise));
}

bj_status_t bj_books_add(bj_books_t *books, uint32_t book_idx, uint64_t order_id, bj_side_t side,
                         int32_t price_paise, int32_t qty, uint32_t user, bj_order_t **order) {
    bool shape_ok = book_idx < books->book_cnt && (side == BJ_BUY || side == BJ_SELL) &&
                    price_paise > 0 && qty > 0;
    if (BJ_UNLIKELY(!shape_ok)) return BJ_ERR_BAD_FIELD;
    if (BJ_UNLIKELY(bj_idmap_find(&books->ids, &books->ladders, order_id) != NULL))
        return BJ_ERR_EXISTS;
    bj_ladder_t *ladder = ladder_of(books, book_idx, side);
    if (BJ_UNLIKELY(!books->ladders.free_order_cnt || !make_room(books, ladder, price_paise)))
        return BJ_ERR_FULL;
    bj_order_t *o = bj_order_take(&books->ladders);
    uint32_t ref = bj_order_ref(&books->ladders, o);
    *o = (bj_order_t){.order_id = order_id, .qty = qty, .user = user};
    bj_idmap_add(&books->ids, o, ref);
    bj_ladder_push(&books->ladders, ladder, bj_ladder_key(ladder, price_paise), o, ref);
    *order = o;
    return BJ_OK;
}

bj_order_t *bj_books_find(bj_books_t *books, uint64_t order_id) {
    return bj_idmap_find(&books->ids, &books->ladders, order_id);
}

void bj_books_set_qty(bj_books_t *books, bj_order_t *order, int32_t qty) {
    assert(qty >= 0);
    if (qty == 0) {
        bj_books_remove(books, order);
        return;
    }
    uint32_t level_ref = bj_order_where(order);
    bj_ladder_t *ladder = &books->ladders.ladder[books->ladders.page[level_ref >> 6].ladder_idx];
    bj_ladder_count(&books->ladders, ladder, level_ref, (int64_t)qty - order->qty, 0);
    order->qty = qty;
}

bj_status_t bj_books_move(bj_books_t *books, bj_order_t *order, int32_t price_paise, int32_t qty) {
    if (BJ_UNLIKELY(price_paise <= 0 || qty <= 0)) return BJ_ERR_BAD_FIELD;
    bj_ladder_t *ladder =
        ladder_of(books, bj_books_book_of(books, order), bj_books_side_of(books, order));
    if (BJ_UNLIKELY(!make_room(books, ladder, price_paise))) return BJ_ERR_FULL;
    bj_ladder_pull(&books->ladders, order);
    order->qty = qty;
    bj_ladder_push(&books->ladders, ladder, bj_ladder_key(ladder, price_paise), order,
                   bj_order_ref(&books->ladders, order));
    return BJ_OK;
}

void bj_books_remove(bj_books_t *books, bj_order_t *order) {
    bj_idmap_remove(&books->ids, order);
    bj_ladder_pull(&books->ladders, order);
    bj_order_give(&books->ladders, order);
}

void bj_books_clear(bj_books_t *books, uint32_t book_idx) {
    static const bj_side_t sides[] = {BJ_BUY, BJ_SELL};
    for (size_t i = 0; i < BJ_COUNT(sides); i++) {
        for (bj_level_t level; bj_books_best(books, book_idx, sides[i], &level);) {
            bj_books_remove(books, bj_books_first(books, &level));
        }
    }
}

/* --- looking */

static uint32_t ladder_idx_of(const bj_books_t *books, const bj_order_t *order) {
    return books->ladders.page[bj_order_where(order) >> 6].ladder_idx;
}

uint32_t bj_books_book_of(const bj_books_t *books, const bj_order_t *order) {
    return ladder_idx_of(books, order) / 2;
}

bj_side_t bj_books_side_of(const bj_books_t *books, const bj_order_t *order) {
    return ladder_idx_of(books, order) % 2 ? BJ_SELL : BJ_BUY;
}

int32_t bj_books_price_of(const bj_books_t *books, const bj_order_t *order) {
    return bj_level_price(&books->ladders, bj_order_where(order));
}

static bool level_at(const bj_books_t *books, uint32_t ref, bj_level_t *level) {
    *level = (bj_level_t){0};
    if (ref == BJ_NIL) return false;
    const bj_level_total_t *total = &books->ladders.total[ref];
    *level = (bj_level_t){bj_level_price(&books->ladders, ref), total->order_cnt, total->qty, ref};
    return true;
}

bool bj_books_best(const bj_books_t *books, uint32_t book_idx, bj_side_t side, bj_level_t *level) {
    return level_at(books, ladder_of(books, book_idx, side)->best_ref, level);
}

bool bj_books_worse(const bj_books_t *books, uint32_t book_idx, bj_side_t side, bj_level_t *level) {
    uint32_t key = bj_level_key(&books->ladders, level->ref);
    return level_at(books, bj_ladder_worse(&books->ladders, ladder_of(books, book_idx, side), key),
                    level);
}

bj_order_t *bj_books_first(const bj_books_t *books, const bj_level_t *level) {
    return bj_ladder_order(&books->ladders, bj_ladder_at(&books->ladders, level->ref)->next);
}

bj_order_t *bj_books_behind(const bj_books_t *books, const bj_order_t *order) {
    if (bj_ref_is_level(&books->ladders, order->link.next)) return NULL;
    return bj_ladder_order(&books->ladders, order->link.next);
}

uint32_t bj_books_order_cnt(const bj_books_t *books) {
    return bj_ladders_live(&books->ladders);
}

int64_t bj_books_side_qty(const bj_books_t *books, uint32_t book_idx, bj_side_t side) {
    return ladder_of(books, book_idx, side)->qty;
}

static uint64_t order_hash(const bj_books_t *books, const bj_order_t *order, uint64_t hash) {
    int32_t price_paise = bj_books_price_of(books, order);
    uint32_t ladder_idx = ladder_idx_of(books, order);
    hash = bj_fnv1a(hash, &order->order_id, sizeof order->order_id);
    hash = bj_fnv1a(hash, &price_paise, sizeof price_paise);
    hash = bj_fnv1a(hash, &order->qty, sizeof order->qty);
    return bj_fnv1a(hash, &ladder_idx, sizeof ladder_idx);
}

static uint64_t side_hash(const bj_books_t *books, uint32_t book_idx, bj_side_t side,
                          uint64_t hash) {
    bj_level_t level;
    for (bool more = bj_books_best(books, book_idx, side, &level); more;
         more = bj_books_worse(books, book_idx, side, &level)) {
        for (const bj_order_t *o = bj_books_first(books, &level); o; o = bj_books_behind(books, o))
            hash = order_hash(books, o, hash);
    }
    return hash;
}

uint64_t bj_books_hash(const bj_books_t *books, uint64_t hash) {
    for (uint32_t i = 0; i < books->book_cnt; i++) {
        hash = side_hash(books, i, BJ_BUY, hash);
        hash = side_hash(books, i, BJ_SELL, hash);
    }
    return hash;
}
