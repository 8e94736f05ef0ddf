/* Goal: the books agree with the plainest model there is, an array of orders in order of arrival
 * that is searched from end to end, through seeded random calls of every kind, bad ones included.
 */
#include "dataplane/book/bj_book.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_test.h"

enum { BOOKS = 3, ORDERS = 200, ROUNDS = 60000 };

typedef struct plain {
    uint64_t order_id;
    uint32_t book_idx, user;
    bj_side_t side;
    int32_t price_paise, qty;
} plain_t;

typedef struct model {
    plain_t  order[ORDERS]; /* in order of arrival at their level: a move goes to the end */
    uint32_t cnt;
} model_t;

static uint64_t rng = 88172645463325252;
static uint32_t any(uint32_t below) {
    rng ^= rng << 13, rng ^= rng >> 7, rng ^= rng << 17;
    return (uint32_t)(rng >> 32) % below;
}

static bj_books_t *books_new(uint32_t book_cnt, uint32_t order_max, void **mem) {
    *mem = aligned_alloc(64, bj_books_footprint(book_cnt, order_max));
    return bj_books_new(*mem, book_cnt, order_max);
}

static uint32_t model_find(const model_t *m, uint64_t order_id) {
    uint32_t i = 0;
    while (i < m->cnt && m->order[i].order_id != order_id) i++;
    return i;
}

static void model_remove(model_t *m, uint32_t idx) {
    for (m->cnt--; idx < m->cnt; idx++) m->order[idx] = m->order[idx + 1];
}

/* The best price of a side that is worse than `than` (0: any). */
static int32_t model_worse(const model_t *m, uint32_t book_idx, bj_side_t side, int32_t than) {
    int32_t best = 0;
    for (uint32_t i = 0; i < m->cnt; i++) {
        const plain_t *p = &m->order[i];
        if (p->book_idx != book_idx || p->side != side) continue;
        if (than && (side == BJ_BUY ? p->price_paise >= than : p->price_paise <= than)) continue;
        if (!best || (side == BJ_BUY ? p->price_paise > best : p->price_paise < best))
            best = p->price_paise;
    }
    return best;
}

static unsigned level_differs(const model_t *m, bj_books_t *books, uint32_t book_idx,
                              bj_side_t side, const bj_level_t *level, int64_t *side_qty) {
    unsigned bad = 0, cnt = 0;
    int64_t qty = 0;
    bj_order_t *o = bj_books_first(books, level);
    for (uint32_t i = 0; i < m->cnt; i++) {
        const plain_t *p = &m->order[i];
        if (p->book_idx != book_idx || p->side != side || p->price_paise != level->price_paise)
            continue;
        bad += !o || o->order_id != p->order_id || o->qty != p->qty || o->user != p->user ||
               bj_books_side_of(books, o) != side || bj_books_book_of(books, o) != book_idx ||
               bj_books_price_of(books, o) != p->price_paise;
        cnt++;
        qty += p->qty;
        o = o ? bj_books_behind(books, o) : NULL;
    }
    *side_qty += qty;
    return bad + (o != NULL) + (cnt != level->order_cnt) + (qty != level->qty);
}

static unsigned differs(const model_t *m, bj_books_t *books) {
    static const bj_side_t sides[] = {BJ_BUY, BJ_SELL};
    unsigned bad = bj_books_order_cnt(books) != m->cnt;
    for (uint32_t b = 0; b < BOOKS; b++) {
        for (size_t s = 0; s < 2; s++) {
            int64_t qty = 0;
            int32_t price = model_worse(m, b, sides[s], 0);
            bj_level_t level;
            bool more = bj_books_best(books, b, sides[s], &level);
            for (; more && price; price = model_worse(m, b, sides[s], price)) {
                bad += level.price_paise != price;
                bad += level_differs(m, books, b, sides[s], &level, &qty);
                more = bj_books_worse(books, b, sides[s], &level);
            }
            bad += more || price != 0 || qty != bj_books_side_qty(books, b, sides[s]);
        }
    }
    return bad;
}

static bj_status_t model_add(model_t *m, const plain_t *p, uint32_t order_max) {
    if (p->book_idx >= BOOKS || (p->side != BJ_BUY && p->side != BJ_SELL)) return BJ_ERR_BAD_FIELD;
    if (p->price_paise <= 0 || p->qty <= 0) return BJ_ERR_BAD_FIELD;
    if (model_find(m, p->order_id) < m->cnt) return BJ_ERR_EXISTS;
    if (m->cnt == order_max) return BJ_ERR_FULL;
    m->order[m->cnt++] = *p;
    return BJ_OK;
}

/* Few prices or many, sparse ids or dense, some calls bad. */
static void random_add(model_t *m, bj_books_t *books, uint32_t prices, uint64_t spread) {
    plain_t p = {.order_id = (any(400) + 1) * spread, .book_idx = any(BOOKS), .user = any(1000),
                 .side = any(2) ? BJ_BUY : BJ_SELL, .price_paise = (int32_t)any(prices) + 1,
                 .qty = (int32_t)any(100) + 1};
    switch (any(50)) {
    case 0: p.price_paise = -(int32_t)any(2); break;
    case 1: p.qty = -(int32_t)any(2); break;
    case 2: p.side = (bj_side_t)0; break;
    case 3: p.book_idx = BOOKS + any(2); break;
    }
    bj_order_t *order = NULL;
    bj_status_t got =
        bj_books_add(books, p.book_idx, p.order_id, p.side, p.price_paise, p.qty, p.user, &order);
    BJ_CHECK(got == model_add(m, &p, ORDERS));
    BJ_CHECK((got == BJ_OK) == (order && order->order_id == p.order_id));
}

static void random_change(model_t *m, bj_books_t *books, uint32_t prices) {
    uint32_t i = any(m->cnt);
    plain_t p = m->order[i];
    bj_order_t *order = bj_books_find(books, p.order_id);
    BJ_CHECK(order && order->order_id == p.order_id);
    switch (any(4)) {
    case 0:
        bj_books_remove(books, order);
        model_remove(m, i);
        break;
    case 1: {
        int32_t qty = (int32_t)any((uint32_t)p.qty + 1);
        bj_books_set_qty(books, order, qty);
        if (qty) m->order[i].qty = qty;
        else model_remove(m, i);
        break;
    }
    case 2: {
        bool bad = any(20) == 0;
        int32_t price = bad && any(2) ? 0 : (int32_t)any(prices) + 1, qty = (int32_t)any(100) + 1;
        if (bad && price) qty = -qty;
        bj_status_t got = bj_books_move(books, order, price, qty);
        BJ_CHECK(got == (bad ? BJ_ERR_BAD_FIELD : BJ_OK));
        if (bad) break;
        model_remove(m, i);
        p.price_paise = price, p.qty = qty;
        m->order[m->cnt++] = p;
        BJ_CHECK(bj_books_find(books, p.order_id) == order); /* the pointer stays valid */
        break;
    }
    default: BJ_CHECK(!bj_books_find(books, UINT64_C(0xdead00000000) + i)); break;
    }
}

static void random_clear(model_t *m, bj_books_t *books) {
    uint32_t book_idx = any(BOOKS);
    bj_books_clear(books, book_idx);
    for (uint32_t i = 0; i < m->cnt;) {
        if (m->order[i].book_idx == book_idx) model_remove(m, i);
        else i++;
    }
}

/* A tick that all prices, some, or hardly any have: it must make no difference. */
static void random_tick(bj_books_t *books) {
    BJ_CHECK(bj_books_set_tick(books, any(BOOKS), 1 + (int32_t)any(6)) == BJ_OK);
}

static void test_against_model(uint32_t prices, uint64_t spread) {
    void *mem;
    bj_books_t *books = books_new(BOOKS, ORDERS, &mem);
    model_t *m = calloc(1, sizeof *m);
    unsigned fails = bj_fail_cnt, full_cnt = 0;
    for (int k = 0; k < ROUNDS && bj_fail_cnt == fails; k++) {
        if (any(4000) == 0) random_clear(m, books);
        else if (any(500) == 0) random_tick(books);
        else if (!m->cnt || any(100) < 60) random_add(m, books, prices, spread);
        else random_change(m, books, prices);
        full_cnt += m->cnt == ORDERS;
        if (k % 16 == 0) BJ_CHECK(differs(m, books) == 0);
    }
    BJ_CHECK(full_cnt > 100); /* the pool was full now and then */
    if (bj_fail_cnt != fails) fprintf(stderr, "  with %u prices\n", prices);
    free(m);
    free(mem);
}

static void test_shapes(void) {
    static const struct { uint32_t book_cnt, order_max; bool ok; } shapes[] = {
        {1, 1, true}, {0, 1, false}, {1, 0, false}, {UINT32_MAX, 1, false}, {1, UINT32_MAX, false},
    };
    for (size_t i = 0; i < BJ_COUNT(shapes); i++) {
        size_t bytes = bj_books_footprint(shapes[i].book_cnt, shapes[i].order_max);
        BJ_CHECK((bytes > 0) == shapes[i].ok);
        BJ_CHECK(bytes % 64 == 0);
        if (!shapes[i].ok) BJ_CHECK(!bj_books_new(NULL, shapes[i].book_cnt, shapes[i].order_max));
    }
}

/* The hash sees what rests and its order, not how it came to rest, nor where in memory. */
static void test_hash(void) {
    void *mem_a, *mem_b;
    bj_books_t *a = books_new(2, 8, &mem_a), *b = books_new(2, 16, &mem_b);
    bj_order_t *o;
    BJ_CHECK(bj_books_hash(a, 1) == bj_books_hash(b, 1));
    BJ_CHECK(bj_books_add(a, 0, 5, BJ_BUY, 100, 7, 0, &o) == BJ_OK);
    uint64_t one = bj_books_hash(a, 1);
    BJ_CHECK(one != bj_books_hash(b, 1));
    BJ_CHECK(bj_books_add(a, 0, 6, BJ_BUY, 100, 7, 0, &o) == BJ_OK);
    BJ_CHECK(bj_books_add(b, 0, 6, BJ_BUY, 100, 7, 3, &o) == BJ_OK);
    BJ_CHECK(bj_books_add(b, 0, 5, BJ_BUY, 100, 7, 0, &o) == BJ_OK);
    BJ_CHECK(bj_books_hash(a, 1) != bj_books_hash(b, 1)); /* 5 before 6, 6 before 5 */
    BJ_CHECK(bj_books_move(b, bj_books_find(b, 6), 100, 7) == BJ_OK);
    BJ_CHECK(bj_books_hash(a, 1) == bj_books_hash(b, 1));
    bj_books_set_qty(b, bj_books_find(b, 6), 6);
    BJ_CHECK(bj_books_hash(a, 1) != bj_books_hash(b, 1));
    bj_books_remove(a, bj_books_find(a, 6));
    BJ_CHECK(bj_books_hash(a, 1) == one);
    free(mem_a);
    free(mem_b);
}

/* Every order at a price of its own, a full pool, and a move among them: levels never run out. */
static void test_full_of_levels(void) {
    void *mem;
    bj_books_t *books = books_new(1, 64, &mem);
    bj_order_t *o;
    for (uint32_t i = 0; i < 64; i++) {
        BJ_CHECK(bj_books_add(books, 0, i, BJ_SELL, (int32_t)(i * 37 % 64) + 1, 1, 0, &o) == BJ_OK);
    }
    BJ_CHECK(bj_books_add(books, 0, 99, BJ_SELL, 1, 1, 0, &o) == BJ_ERR_FULL);
    BJ_CHECK(bj_books_move(books, bj_books_find(books, 0), 1000, INT32_MAX) == BJ_OK);
    BJ_CHECK(bj_books_side_qty(books, 0, BJ_SELL) == 63 + (int64_t)INT32_MAX);
    int32_t cnt = 0, last = 0;
    bj_level_t level;
    for (bool more = bj_books_best(books, 0, BJ_SELL, &level); more;
         more = bj_books_worse(books, 0, BJ_SELL, &level), cnt++) {
        BJ_CHECK(level.price_paise > last);
        last = level.price_paise;
    }
    BJ_CHECK(cnt == 64 && last == 1000);
    free(mem);
}

int main(void) {
    test_shapes();
    test_hash();
    test_full_of_levels();
    test_against_model(3, 1);
    test_against_model(40, 1);
    test_against_model(9000, 1); /* some nodes */
    test_against_model(INT32_MAX, UINT64_C(1) << 55); /* ids that differ in high bits only */
    return bj_test_end("test_bj_book");
}
