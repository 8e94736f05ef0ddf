#include "sim/flow/bj_flow_book.h"

#include <stdlib.h>
#include <sys/mman.h>

/* One ladder serves both sides: a book never crosses, so what is used below the best offer is
 * bids. */
enum { WORD_BITS = 64, LADDER_WORDS = (BJ_FLOW_PRICE_MAX + 1) / WORD_BITS };

typedef struct level {
    uint32_t first, last;
} level_t;

struct bj_flow_ladder {
    uint64_t used[LADDER_WORDS]; /* a bit a price: somebody rests there */
    level_t  level[BJ_FLOW_PRICE_MAX + 1];
};

/* --- ladder */
static void mark(bj_flow_ladder_t *ladder, uint32_t price_ticks) {
    ladder->used[price_ticks / WORD_BITS] |= UINT64_C(1) << price_ticks % WORD_BITS;
}

static void unmark(bj_flow_ladder_t *ladder, uint32_t price_ticks) {
    ladder->used[price_ticks / WORD_BITS] &= ~(UINT64_C(1) << price_ticks % WORD_BITS);
}

/* The nearest used price below; there is one. */
static uint32_t used_below(const bj_flow_ladder_t *ladder, uint32_t price_ticks) {
    uint32_t word = price_ticks / WORD_BITS;
    uint64_t bits = ladder->used[word] & ((UINT64_C(1) << price_ticks % WORD_BITS) - 1);
    while (!bits) bits = ladder->used[--word];
    return word * WORD_BITS + (WORD_BITS - 1 - (uint32_t)__builtin_clzll(bits));
}

/* The nearest used price above; there is one. */
static uint32_t used_above(const bj_flow_ladder_t *ladder, uint32_t price_ticks) {
    uint32_t word = price_ticks / WORD_BITS;
    uint64_t bits = ladder->used[word] & ~((UINT64_C(2) << price_ticks % WORD_BITS) - 1);
    while (!bits) bits = ladder->used[++word];
    return word * WORD_BITS + (uint32_t)__builtin_ctzll(bits);
}

/* --- one order in, one order out */
static void list_live(bj_flow_books_t *books, uint32_t number) {
    bj_flow_order_t *order = &books->order[number];
    bj_flow_book_t *book = &books->book[order->symbol];
    order->live_idx = book->live_cnt;
    book->live[book->live_cnt++] = number;
    if (++books->live_cnt > books->live_peak) books->live_peak = books->live_cnt;
}

static void unlist_live(bj_flow_books_t *books, uint32_t number) {
    const bj_flow_order_t *order = &books->order[number];
    bj_flow_book_t *book = &books->book[order->symbol];
    uint32_t moved = book->live[--book->live_cnt];
    book->live[order->live_idx] = moved;
    books->order[moved].live_idx = order->live_idx;
    books->live_cnt--;
}

static void rest(bj_flow_books_t *books, uint32_t number, uint32_t price_ticks, uint32_t qty) {
    bj_flow_order_t *order = &books->order[number];
    bj_flow_book_t *book = &books->book[order->symbol];
    bj_flow_ladder_t *ladder = &books->ladder[order->symbol];
    level_t *level = &ladder->level[price_ticks];
    order->price_ticks = price_ticks;
    order->qty = qty;
    order->before = level->last;
    order->behind = 0;
    if (level->last) books->order[level->last].behind = number;
    else level->first = number;
    level->last = number;
    mark(ladder, price_ticks);
    uint32_t *best_ticks = &book->best_ticks[order->side];
    bool better = order->side == BJ_FLOW_BUY ? price_ticks > *best_ticks
                                             : price_ticks < *best_ticks;
    if (!book->order_cnt[order->side]++ || better) *best_ticks = price_ticks;
    list_live(books, number);
}

static void level_emptied(bj_flow_books_t *books, const bj_flow_order_t *order) {
    const bj_flow_book_t *book = &books->book[order->symbol];
    bj_flow_ladder_t *ladder = &books->ladder[order->symbol];
    uint32_t *best_ticks = &books->book[order->symbol].best_ticks[order->side];
    unmark(ladder, order->price_ticks);
    if (*best_ticks != order->price_ticks) return;
    if (!book->order_cnt[order->side]) *best_ticks = 0;
    else if (order->side == BJ_FLOW_BUY) *best_ticks = used_below(ladder, order->price_ticks);
    else *best_ticks = used_above(ladder, order->price_ticks);
}

void bj_flow_books_remove(bj_flow_books_t *books, uint32_t number) {
    bj_flow_order_t *order = &books->order[number];
    level_t *level = &books->ladder[order->symbol].level[order->price_ticks];
    if (order->before) books->order[order->before].behind = order->behind;
    else level->first = order->behind;
    if (order->behind) books->order[order->behind].before = order->before;
    else level->last = order->before;
    order->qty = 0;
    books->book[order->symbol].order_cnt[order->side]--;
    unlist_live(books, number);
    if (!level->first) level_emptied(books, order);
}

/* --- matching */
static void fill(bj_flow_books_t *books, uint32_t number, uint32_t qty) {
    bj_flow_order_t *order = &books->order[number];
    books->trade_cnt++;
    if (order->qty == qty) bj_flow_books_remove(books, number);
    else order->qty -= qty;
}

/* What is left of qty when nobody is in reach any more. */
static uint32_t take(bj_flow_books_t *books, uint16_t symbol, uint8_t side, uint32_t limit_ticks,
                     uint32_t qty) {
    const uint32_t *best_ticks = &books->book[symbol].best_ticks[!side];
    while (qty && *best_ticks) {
        bool crosses = side == BJ_FLOW_BUY ? *best_ticks <= limit_ticks
                                           : *best_ticks >= limit_ticks;
        if (!crosses) break;
        uint32_t maker = books->ladder[symbol].level[*best_ticks].first;
        uint32_t open_qty = books->order[maker].qty;
        uint32_t traded_qty = open_qty < qty ? open_qty : qty;
        fill(books, maker, traded_qty);
        qty -= traded_qty;
    }
    return qty;
}

bool bj_flow_books_play(bj_flow_books_t *books, uint32_t number, uint32_t limit_ticks,
                        uint32_t qty, bool may_rest) {
    const bj_flow_order_t *order = &books->order[number];
    uint32_t left_qty = take(books, order->symbol, order->side, limit_ticks, qty);
    if (!left_qty || !may_rest) return false;
    rest(books, number, limit_ticks, left_qty);
    return true;
}

bool bj_flow_books_modify(bj_flow_books_t *books, uint32_t number, uint32_t price_ticks,
                          uint32_t qty) {
    bj_flow_order_t *order = &books->order[number];
    if (price_ticks == order->price_ticks && qty <= order->qty) {
        order->qty = qty;
        return false;
    }
    bj_flow_books_remove(books, number);
    return bj_flow_books_play(books, number, price_ticks, qty, true);
}

uint32_t bj_flow_books_last_at_best(const bj_flow_books_t *books, uint16_t symbol, uint8_t side) {
    uint32_t best_ticks = books->book[symbol].best_ticks[side];
    return best_ticks ? books->ladder[symbol].level[best_ticks].last : 0;
}

uint32_t bj_flow_books_enter(bj_flow_books_t *books, uint16_t symbol, uint8_t side,
                             uint64_t order_id) {
    uint32_t number = ++books->order_cnt;
    books->order[number] = (bj_flow_order_t){.order_id = order_id, .symbol = symbol, .side = side};
    return number;
}

/* --- memory */
/* Zero pages that become memory when they are written: most prices of a ladder never are. */
static bj_flow_ladder_t *reserve_ladders(uint32_t symbol_cnt) {
    void *mem = mmap(NULL, symbol_cnt * sizeof(bj_flow_ladder_t), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return mem == MAP_FAILED ? NULL : (bj_flow_ladder_t *)mem;
}

static void share_live_list(bj_flow_books_t *books, const uint32_t *live_max) {
    uint32_t *live = books->live;
    for (uint32_t i = 0; i < books->symbol_cnt; i++) {
        books->book[i].live = live;
        books->book[i].live_max = live_max[i];
        live += live_max[i];
    }
}

bool bj_flow_books_new(bj_flow_books_t *books, uint32_t symbol_cnt, const uint32_t *live_max,
                       uint32_t order_max) {
    size_t live_sum = 0;
    for (uint32_t i = 0; i < symbol_cnt; i++) live_sum += live_max[i];
    *books = (bj_flow_books_t){.symbol_cnt = symbol_cnt, .order_max = order_max};
    books->order = calloc((size_t)order_max + 1, sizeof *books->order);
    books->book = calloc(symbol_cnt, sizeof *books->book);
    books->live = calloc(live_sum, sizeof *books->live);
    books->ladder = reserve_ladders(symbol_cnt);
    if (!books->order || !books->book || !books->live || !books->ladder) {
        bj_flow_books_free(books);
        return false;
    }
    share_live_list(books, live_max);
    return true;
}

void bj_flow_books_free(bj_flow_books_t *books) {
    if (books->ladder) munmap(books->ladder, books->symbol_cnt * sizeof(bj_flow_ladder_t));
    free(books->live);
    free(books->book);
    free(books->order);
    *books = (bj_flow_books_t){0};
}
