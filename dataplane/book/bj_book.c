#include "dataplane/book/bj_book.h"

#include "dataplane/base/bj_hash.h"

#define NIL UINT32_MAX /* no index */
enum { BOOK_MAX = 1 << 20, ORDER_MAX = 1 << 26 };

/* The levels of a side are a treap keyed by price and threaded from best to worst.  A node's weight
 * is a fixed mix of its price, so the shape depends on the prices alone, not on the history; and
 * whoever picks prices to unbalance it is held by the band: monotone weights among n prices run to
 * about 2 * sqrt(n). */
typedef struct node {
    bj_level_t level; /* first: a level's address is its node's */
    uint32_t left_idx, right_idx;
    uint32_t better_idx, worse_idx;
} node_t;

typedef struct book_side {
    uint32_t root_idx, best_idx;
    int64_t  qty;
} book_side_t;

typedef struct slot { /* of the id table; order_idx NIL: empty */
    uint64_t order_id;
    uint32_t order_idx;
} slot_t;

struct bj_books {
    uint32_t book_cnt, order_max, order_cnt;
    uint32_t free_order_idx, free_node_idx;
    uint64_t slot_mask;
    bj_order_t *order;
    node_t     *node; /* as many as orders: a level holds at least one */
    book_side_t *side;
    slot_t     *slot;
};

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

/* At most half full, so that probes stay short. */
static uint64_t slot_cnt_for(uint32_t order_max) {
    uint64_t cnt = 8;
    while (cnt < 2 * (uint64_t)order_max) cnt *= 2;
    return cnt;
}

size_t bj_books_footprint(uint32_t book_cnt, uint32_t order_max) {
    if (!book_cnt || book_cnt > BOOK_MAX || !order_max || order_max > ORDER_MAX) return 0;
    return line_up(sizeof(bj_books_t)) + line_up(order_max * sizeof(bj_order_t)) +
           line_up(order_max * sizeof(node_t)) +
           line_up(2 * (size_t)book_cnt * sizeof(book_side_t)) +
           line_up(slot_cnt_for(order_max) * sizeof(slot_t));
}

static void *carve(uint8_t **at, size_t bytes) {
    void *mem = *at;
    *at += line_up(bytes);
    return mem;
}

/* Everything is written once here, so that no page is first touched while trading. */
bj_books_t *bj_books_new(void *mem, uint32_t book_cnt, uint32_t order_max) {
    size_t bytes = bj_books_footprint(book_cnt, order_max);
    if (!bytes) return NULL;
    memset(mem, 0, bytes);
    uint8_t *at = mem;
    bj_books_t *books = carve(&at, sizeof *books);
    books->book_cnt = book_cnt;
    books->order_max = order_max;
    books->slot_mask = slot_cnt_for(order_max) - 1;
    books->order = carve(&at, order_max * sizeof(bj_order_t));
    books->node = carve(&at, order_max * sizeof(node_t));
    books->side = carve(&at, 2 * (size_t)book_cnt * sizeof(book_side_t));
    books->slot = carve(&at, (books->slot_mask + 1) * sizeof(slot_t));
    for (uint32_t i = 0; i < order_max; i++) {
        books->order[i].next_idx = i + 1 < order_max ? i + 1 : NIL;
        books->node[i].worse_idx = books->order[i].next_idx;
    }
    for (uint32_t i = 0; i < 2 * book_cnt; i++) books->side[i] = (book_side_t){NIL, NIL, 0};
    for (uint64_t i = 0; i <= books->slot_mask; i++) books->slot[i].order_idx = NIL;
    return books;
}

/* --- ids: open addressing, linear probes, deletion by shifting back */

static uint64_t slot_home(const bj_books_t *books, uint64_t order_id) {
    uint64_t h = order_id * UINT64_C(0x9e3779b97f4a7c15);
    return (h ^ h >> 32) & books->slot_mask;
}

/* The slot of the id, or the empty one where it belongs. */
static uint64_t slot_find(const bj_books_t *books, uint64_t order_id) {
    uint64_t i = slot_home(books, order_id);
    while (books->slot[i].order_idx != NIL && books->slot[i].order_id != order_id) {
        i = (i + 1) & books->slot_mask;
    }
    return i;
}

static void slot_free(bj_books_t *books, uint64_t hole) {
    for (uint64_t i = (hole + 1) & books->slot_mask; books->slot[i].order_idx != NIL;
         i = (i + 1) & books->slot_mask) {
        uint64_t home = slot_home(books, books->slot[i].order_id);
        /* An entry may fill the hole if its home does not lie behind the hole. */
        if (((i - home) & books->slot_mask) < ((i - hole) & books->slot_mask)) continue;
        books->slot[hole] = books->slot[i];
        hole = i;
    }
    books->slot[hole].order_idx = NIL;
}

/* --- levels */

static book_side_t *side_of(const bj_books_t *books, uint32_t book_idx, bj_side_t side) {
    return &books->side[2 * (size_t)book_idx + (side == BJ_SELL)];
}

/* Smaller is better, on either side. */
static int32_t key_of(bj_side_t side, int32_t price_paise) {
    return side == BJ_BUY ? -price_paise : price_paise;
}

/* A bijection: two prices never weigh the same. */
static uint32_t weight_of(int32_t price_paise) {
    uint32_t h = (uint32_t)price_paise;
    h = (h ^ h >> 16) * UINT32_C(0x7feb352d);
    h = (h ^ h >> 15) * UINT32_C(0x846ca68b);
    return h ^ h >> 16;
}

/* NIL if there is none; better and worse are then its neighbours to be. */
static uint32_t level_find(const bj_books_t *books, const book_side_t *s, bj_side_t side,
                           int32_t price_paise, uint32_t *better_idx, uint32_t *worse_idx) {
    int32_t key = key_of(side, price_paise);
    *better_idx = *worse_idx = NIL;
    for (uint32_t i = s->root_idx; i != NIL;) {
        const node_t *n = &books->node[i];
        if (n->level.price_paise == price_paise) return i;
        bool left = key < key_of(side, n->level.price_paise);
        *(left ? worse_idx : better_idx) = i;
        i = left ? n->left_idx : n->right_idx;
    }
    return NIL;
}

/* Puts a fresh node where its weight says, and splits what hung there around it. */
static void tree_insert(bj_books_t *books, book_side_t *s, bj_side_t side, uint32_t new_idx) {
    node_t *fresh = &books->node[new_idx];
    int32_t key = key_of(side, fresh->level.price_paise);
    uint32_t weight = weight_of(fresh->level.price_paise), *link = &s->root_idx;
    while (*link != NIL && weight_of(books->node[*link].level.price_paise) > weight) {
        node_t *n = &books->node[*link];
        link = key < key_of(side, n->level.price_paise) ? &n->left_idx : &n->right_idx;
    }
    uint32_t i = *link, *left = &fresh->left_idx, *right = &fresh->right_idx;
    *link = new_idx;
    while (i != NIL) {
        node_t *n = &books->node[i];
        uint32_t **end = key_of(side, n->level.price_paise) < key ? &left : &right;
        uint32_t *inner = end == &left ? &n->right_idx : &n->left_idx;
        **end = i;
        *end = inner;
        i = *inner;
    }
    *left = *right = NIL;
}

static void tree_remove(bj_books_t *books, book_side_t *s, bj_side_t side, uint32_t gone_idx) {
    node_t *gone = &books->node[gone_idx];
    int32_t key = key_of(side, gone->level.price_paise);
    uint32_t *link = &s->root_idx;
    while (*link != gone_idx) {
        node_t *n = &books->node[*link];
        link = key < key_of(side, n->level.price_paise) ? &n->left_idx : &n->right_idx;
    }
    uint32_t left_idx = gone->left_idx, right_idx = gone->right_idx;
    while (left_idx != NIL && right_idx != NIL) {
        node_t *l = &books->node[left_idx], *r = &books->node[right_idx];
        if (weight_of(l->level.price_paise) > weight_of(r->level.price_paise)) {
            *link = left_idx;
            link = &l->right_idx;
            left_idx = *link;
        } else {
            *link = right_idx;
            link = &r->left_idx;
            right_idx = *link;
        }
    }
    *link = left_idx != NIL ? left_idx : right_idx;
}

static uint32_t level_add(bj_books_t *books, book_side_t *s, bj_side_t side, int32_t price_paise,
                          uint32_t better_idx, uint32_t worse_idx) {
    uint32_t i = books->free_node_idx;
    node_t *n = &books->node[i];
    books->free_node_idx = n->worse_idx;
    *n = (node_t){
        .level = {price_paise, 0, 0, NIL, NIL}, .better_idx = better_idx, .worse_idx = worse_idx};
    if (better_idx != NIL) books->node[better_idx].worse_idx = i;
    else s->best_idx = i;
    if (worse_idx != NIL) books->node[worse_idx].better_idx = i;
    tree_insert(books, s, side, i);
    return i;
}

static void level_remove(bj_books_t *books, book_side_t *s, bj_side_t side, uint32_t i) {
    node_t *n = &books->node[i];
    tree_remove(books, s, side, i);
    if (n->better_idx != NIL) books->node[n->better_idx].worse_idx = n->worse_idx;
    else s->best_idx = n->worse_idx;
    if (n->worse_idx != NIL) books->node[n->worse_idx].better_idx = n->better_idx;
    n->worse_idx = books->free_node_idx;
    books->free_node_idx = i;
}

/* --- orders in their level */

static void order_link(bj_books_t *books, bj_order_t *order) {
    book_side_t *s = side_of(books, order->book_idx, (bj_side_t)order->side);
    uint32_t idx = (uint32_t)(order - books->order), better_idx, worse_idx;
    uint32_t i =
        level_find(books, s, (bj_side_t)order->side, order->price_paise, &better_idx, &worse_idx);
    if (i == NIL)
        i = level_add(books, s, (bj_side_t)order->side, order->price_paise, better_idx, worse_idx);
    bj_level_t *level = &books->node[i].level;
    order->level_idx = i;
    order->prev_idx = level->tail_idx;
    order->next_idx = NIL;
    if (level->tail_idx != NIL) books->order[level->tail_idx].next_idx = idx;
    else level->head_idx = idx;
    level->tail_idx = idx;
    level->order_cnt++;
    level->qty += order->qty;
    s->qty += order->qty;
}

static void order_unlink(bj_books_t *books, bj_order_t *order) {
    book_side_t *s = side_of(books, order->book_idx, (bj_side_t)order->side);
    bj_level_t *level = &books->node[order->level_idx].level;
    if (order->prev_idx != NIL) books->order[order->prev_idx].next_idx = order->next_idx;
    else level->head_idx = order->next_idx;
    if (order->next_idx != NIL) books->order[order->next_idx].prev_idx = order->prev_idx;
    else level->tail_idx = order->prev_idx;
    level->qty -= order->qty;
    s->qty -= order->qty;
    if (!--level->order_cnt) level_remove(books, s, (bj_side_t)order->side, order->level_idx);
}

bj_status_t bj_books_add(bj_books_t *books, uint32_t book_idx, uint64_t order_id, bj_side_t side,
                         int32_t price_paise, int32_t qty, uint32_t user, bj_order_t **order) {
    bool shape_ok = book_idx < books->book_cnt && (side == BJ_BUY || side == BJ_SELL) &&
                    price_paise > 0 && qty > 0;
    if (BJ_UNLIKELY(!shape_ok)) return BJ_ERR_BAD_FIELD;
    slot_t *slot = &books->slot[slot_find(books, order_id)];
    if (BJ_UNLIKELY(slot->order_idx != NIL)) return BJ_ERR_EXISTS;
    if (BJ_UNLIKELY(books->free_order_idx == NIL)) return BJ_ERR_FULL;

    uint32_t idx = books->free_order_idx;
    bj_order_t *o = &books->order[idx];
    books->free_order_idx = o->next_idx;
    *o = (bj_order_t){.order_id = order_id, .price_paise = price_paise, .qty = qty,
                      .book_idx = book_idx, .user = user, .side = (uint8_t)side};
    *slot = (slot_t){order_id, idx};
    order_link(books, o);
    books->order_cnt++;
    *order = o;
    return BJ_OK;
}

bj_order_t *bj_books_find(bj_books_t *books, uint64_t order_id) {
    const slot_t *slot = &books->slot[slot_find(books, order_id)];
    return slot->order_idx == NIL ? NULL : &books->order[slot->order_idx];
}

void bj_books_set_qty(bj_books_t *books, bj_order_t *order, int32_t qty) {
    assert(qty >= 0);
    if (qty == 0) {
        bj_books_remove(books, order);
        return;
    }
    int64_t change_qty = (int64_t)qty - order->qty;
    order->qty = qty;
    books->node[order->level_idx].level.qty += change_qty;
    side_of(books, order->book_idx, (bj_side_t)order->side)->qty += change_qty;
}

/* Unlinked first: a level that empties gives its node to the new one, so there is always room. */
bj_status_t bj_books_move(bj_books_t *books, bj_order_t *order, int32_t price_paise, int32_t qty) {
    if (BJ_UNLIKELY(price_paise <= 0 || qty <= 0)) return BJ_ERR_BAD_FIELD;
    order_unlink(books, order);
    order->price_paise = price_paise;
    order->qty = qty;
    order_link(books, order);
    return BJ_OK;
}

void bj_books_remove(bj_books_t *books, bj_order_t *order) {
    slot_free(books, slot_find(books, order->order_id));
    order_unlink(books, order);
    order->next_idx = books->free_order_idx;
    books->free_order_idx = (uint32_t)(order - books->order);
    books->order_cnt--;
}

void bj_books_clear(bj_books_t *books, uint32_t book_idx) {
    static const bj_side_t sides[] = {BJ_BUY, BJ_SELL};
    for (size_t i = 0; i < BJ_COUNT(sides); i++) {
        const bj_level_t *level;
        while ((level = bj_books_best(books, book_idx, sides[i]))) {
            bj_books_remove(books, bj_books_first(books, level));
        }
    }
}

/* --- looking */

const bj_level_t *bj_books_best(const bj_books_t *books, uint32_t book_idx, bj_side_t side) {
    uint32_t i = side_of(books, book_idx, side)->best_idx;
    return i == NIL ? NULL : &books->node[i].level;
}

const bj_level_t *bj_books_worse(const bj_books_t *books, uint32_t book_idx, bj_side_t side,
                                 const bj_level_t *level) {
    (void)book_idx, (void)side; /* the thread knows */
    uint32_t i = ((const node_t *)level)->worse_idx;
    return i == NIL ? NULL : &books->node[i].level;
}

bj_order_t *bj_books_first(bj_books_t *books, const bj_level_t *level) {
    return &books->order[level->head_idx]; /* a level is never empty */
}

bj_order_t *bj_books_behind(bj_books_t *books, const bj_order_t *order) {
    return order->next_idx == NIL ? NULL : &books->order[order->next_idx];
}

uint32_t bj_books_order_cnt(const bj_books_t *books) { return books->order_cnt; }

int64_t bj_books_side_qty(const bj_books_t *books, uint32_t book_idx, bj_side_t side) {
    return side_of(books, book_idx, side)->qty;
}

static uint64_t order_hash(const bj_order_t *order, uint64_t hash) {
    hash = bj_fnv1a(hash, &order->order_id, sizeof order->order_id);
    hash = bj_fnv1a(hash, &order->price_paise, sizeof order->price_paise);
    hash = bj_fnv1a(hash, &order->qty, sizeof order->qty);
    hash = bj_fnv1a(hash, &order->book_idx, sizeof order->book_idx);
    return bj_fnv1a(hash, &order->side, sizeof order->side);
}

uint64_t bj_books_hash(const bj_books_t *books, uint64_t hash) {
    for (uint32_t s = 0; s < 2 * books->book_cnt; s++) {
        for (uint32_t l = books->side[s].best_idx; l != NIL; l = books->node[l].worse_idx) {
            for (uint32_t o = books->node[l].level.head_idx; o != NIL;
                 o = books->order[o].next_idx) {
                hash = order_hash(&books->order[o], hash);
            }
        }
    }
    return hash;
}
