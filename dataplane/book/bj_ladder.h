#ifndef BJ_LADDER_H
#define BJ_LADDER_H

/* bj_ladder - price ladders over one pool of orders: the structure under every book.
 *
 * Shape      A ladder is one side of one book: prices, best first, each a list of orders, first in
 *            first out.  64 neighbouring prices are a page of 8-byte levels; 64 pages hang under
 *            a node that has a bit for each price in use, 64 nodes under a node, and so on as far
 *            as the prices in use are apart.  Pages and nodes exist only where orders are.
 *            Best price: in the ladder's own line.  Next best: a count of trailing zeros.
 * Kinds      with orders: as above.  Levels alone (order_max 0): the orders are somebody else's,
 *            who keeps for each the reference of its level; a level is its quantity and count.
 *            When the unit changes, levels move, and a reference from before must follow its
 *            level (bj_level_follow) before anything else is done with it.
 * Units      price: any int32 above -2^31.  A ladder counts in `unit`s: prices that share a
 *            divisor (the tick) lie beside each other.
 * Links      A reference is an index of 8 bytes in one arena: a level is the head and tail of its
 *            list and a member of it, so linking and unlinking have no special cases.
 * Ownership  the caller owns the memory; everything is written once by bj_ladders_new.
 * Threads    one.
 * Cost       add, remove at a known place: O(1); a price that is new to its page or node: a little
 *            more, never more than eight nodes.  Nothing depends on how many orders or levels, but
 *            for a change of the unit, which lays the ladder out anew. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_parts.h"

#define BJ_NIL UINT32_MAX /* no reference, no index, the key of an empty ladder */

typedef struct bj_link {
    uint32_t next, prev; /* references */
} bj_link_t;

/* An order as the ladders keep it: two a cache line. */
typedef struct bj_order {
    bj_link_t link; /* first: an order's address is its link's */
    uint64_t order_id;
    int32_t qty;      /* what its level shows */
    uint32_t where;   /* its level's reference, bit 31 the user's own; BJ_NIL: not live */
    uint32_t id_slot; /* the id map's */
    uint32_t user;    /* the user's own */
} bj_order_t;
static_assert(sizeof(bj_order_t) == 32, "two orders a line");

enum { BJ_ORDER_UNITS = sizeof(bj_order_t) / sizeof(bj_link_t) };
#define BJ_ORDER_MARK (UINT32_C(1) << 31) /* of bj_order_t.where */

typedef struct bj_ladder {
    uint32_t best_key, best_ref; /* key: smaller is better; empty: both BJ_NIL */
    uint32_t hot_prefix;         /* key >> 12 of the node used last; BJ_NIL: none */
    uint32_t hot_node_idx;
    uint32_t root_idx, root_prefix; /* root_prefix: key >> 6 * (height + 1) */
    uint32_t mask;                  /* ~0: higher prices are better */
    uint32_t bias, unit;
    uint32_t user_key; /* the user's own, with those at the end: this line is at hand */
    uint64_t inverse;  /* 2^64 / unit, rounded up */
    int64_t qty;       /* with totals: sum of what is shown */
    uint32_t user_worst, user_cnt;
} bj_ladder_t;
static_assert(sizeof(bj_ladder_t) == 64, "one line");

typedef struct bj_ladder_page { /* about a page of levels, which themselves lie elsewhere */
    uint32_t ladder_idx, node_idx, key; /* key: of its first level */
    uint32_t moved_cnt; /* orders that have yet to follow its levels elsewhere; 0: they are here */
} bj_ladder_page_t;

typedef struct bj_ladder_node {
    alignas(BJ_LINE_BYTES) uint64_t live;     /* which children exist */
    uint32_t parent_idx, slot, height;        /* height 1: children are pages */
    struct {
        uint64_t used; /* height 1: which of its levels have orders; 0: there is no such page */
        uint32_t child_idx, reserved;
    } at[64];
} bj_ladder_node_t;

typedef struct bj_level_total {
    union {
        struct {
            int32_t user; /* the user's own; moves with the level */
            uint32_t order_cnt;
        };
        uint64_t head; /* both, so that who goes on to read them waits for no narrower store */
    };
    int64_t qty; /* of a level that has moved: its new reference */
} bj_level_total_t;
static_assert(offsetof(bj_level_total_t, order_cnt) == 4, "the upper half of the head");

typedef struct bj_ladders_config {
    uint32_t ladder_cnt;
    uint32_t queue_cnt; /* lists that belong to no price */
    uint32_t order_max; /* 0: levels alone, with totals and page_max */
    uint32_t page_max; /* 0: bj_ladders_page_max */
    uint32_t node_max; /* 0: enough for pages that lie as far apart as they can, or as is usual */
    bool totals;       /* keep quantity and count of each level */
} bj_ladders_config_t;

typedef struct bj_ladders {
    bj_link_t *arena; /* levels, then queues, then orders; NULL: levels alone */
    bj_ladder_t *ladder;
    bj_ladder_page_t *page;
    bj_ladder_node_t *node;
    bj_level_total_t *total;                      /* by level reference; NULL without totals */
    uint32_t *free_order, *free_page, *free_node; /* stacks */
    uint32_t free_order_cnt, free_page_cnt, free_node_cnt;
    uint32_t queue_ref, order_ref; /* where those begin */
    uint32_t nobody_ref;           /* an order that is never live */
    uint32_t moved_page_cnt;       /* whose orders have yet to follow */
    bool tight;                    /* few pages or nodes are free: look before a price is new */
    uint32_t page_max, node_max;
    bj_ladders_config_t config;
} bj_ladders_t;

/* Enough pages for books whose orders stand near each other; order_max at most. */
uint32_t bj_ladders_page_max(uint32_t ladder_cnt, uint32_t order_max);
size_t bj_ladders_footprint(const bj_ladders_config_t *config); /* 0: a shape is not allowed */
void bj_ladders_new(bj_ladders_t *ladders, void *mem, const bj_ladders_config_t *config);

/* Adds what is state: see bj_parts.h. */
void bj_ladders_parts(bj_ladders_t *ladders, bj_parts_t *parts);

/* Which way a ladder runs: fixed before its first order. */
void bj_ladder_init(bj_ladders_t *ladders, uint32_t ladder_idx, bool higher_is_better);
/* Changes the unit to the greatest that fits both its orders and unit.  False: no room for the
 * pages that would take; nothing has changed. */
BJ_MUST_USE bool bj_ladder_fit(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t unit);
/* The same for a price that is not a multiple of the unit. */
BJ_MUST_USE bool bj_ladder_admit(bj_ladders_t *ladders, bj_ladder_t *ladder, int32_t price);

/* What the lines below leave to the source file. */
uint32_t bj_ladder_node_slow(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t key, bool make);
uint32_t bj_ladder_page_slow(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t node_idx,
                             uint32_t key);
void bj_ladder_page_emptied(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t page_idx);

/* --- references */

static inline bj_link_t *bj_ladder_at(const bj_ladders_t *l, uint32_t ref) {
    return &l->arena[ref];
}
static inline bj_order_t *bj_ladder_order(const bj_ladders_t *l, uint32_t ref) {
    return (bj_order_t *)(void *)&l->arena[ref];
}
static inline uint32_t bj_order_ref(const bj_ladders_t *l, const bj_order_t *order) {
    return (uint32_t)((const bj_link_t *)(const void *)order - l->arena);
}
static inline uint32_t bj_order_handle(const bj_ladders_t *l, const bj_order_t *order) {
    return (bj_order_ref(l, order) - l->order_ref) / BJ_ORDER_UNITS;
}
static inline uint32_t bj_handle_of_ref(const bj_ladders_t *l, uint32_t ref) {
    return (ref - l->order_ref) / BJ_ORDER_UNITS;
}
static inline uint32_t bj_ref_of_handle(const bj_ladders_t *l, uint32_t handle) {
    return l->order_ref + handle * BJ_ORDER_UNITS;
}
static inline bj_order_t *bj_order_of_handle(const bj_ladders_t *l, uint32_t handle) {
    return bj_ladder_order(l, bj_ref_of_handle(l, handle));
}
static inline bool bj_ref_is_level(const bj_ladders_t *l, uint32_t ref) {
    return ref < l->queue_ref;
}
static inline uint32_t bj_order_where(const bj_order_t *order) {
    return order->where & ~BJ_ORDER_MARK;
}
static inline uint32_t bj_queue_ref(const bj_ladders_t *l, uint32_t queue_idx) {
    return l->queue_ref + queue_idx;
}
static inline bool bj_list_empty(const bj_ladders_t *l, uint32_t ref) {
    return bj_ladder_at(l, ref)->next == ref;
}

/* --- prices and keys */

static inline uint32_t bj_ladder_steps(const bj_ladder_t *ladder, uint32_t raw) {
    if (BJ_LIKELY(ladder->unit == 1)) return raw;
    __extension__ typedef unsigned __int128 wide_t;
    return (uint32_t)((wide_t)raw * ladder->inverse >> 64);
}

/* The key of a price that is a multiple of the unit. */
static inline uint32_t bj_ladder_key(const bj_ladder_t *ladder, int32_t price) {
    uint32_t steps = bj_ladder_steps(ladder, (uint32_t)price + ladder->bias);
    return (steps ^ ladder->mask) + ladder->mask; /* mask ~0: 2^32 - 2 - steps */
}

static inline int32_t bj_ladder_price(const bj_ladder_t *ladder, uint32_t key) {
    uint32_t steps = (key - ladder->mask) ^ ladder->mask;
    return (int32_t)(steps * ladder->unit - ladder->bias);
}

/* The worst key that an order of the other side with this limit may trade with. */
static inline uint32_t bj_ladder_limit_key(const bj_ladder_t *ladder, int32_t price) {
    uint32_t key = bj_ladder_key(ladder, price);
    if (BJ_LIKELY(ladder->unit == 1)) return key;
    uint32_t raw = (uint32_t)price + ladder->bias;
    bool between = bj_ladder_steps(ladder, raw) * ladder->unit != raw;
    return key - (between & ladder->mask); /* where higher is better, round the limit up */
}

/* Two sides of a book that count alike: a price's key on one is the mirror of its key on the
 * other. */
static inline bool bj_ladders_alike(const bj_ladder_t *a, const bj_ladder_t *b) {
    uint64_t x, y;
    memcpy(&x, &a->bias, sizeof x);
    memcpy(&y, &b->bias, sizeof y);
    return x == y;
}
static_assert(offsetof(bj_ladder_t, unit) == offsetof(bj_ladder_t, bias) + 4, "one word");
static inline uint32_t bj_key_mirrored(uint32_t key) { return UINT32_MAX - 1 - key; }

static inline bool bj_ladder_fits(const bj_ladder_t *ladder, int32_t price) {
    uint32_t raw = (uint32_t)price + ladder->bias;
    return ladder->unit == 1 || (raw <= (uint32_t)INT32_MAX + ladder->bias &&
                                 bj_ladder_steps(ladder, raw) * ladder->unit == raw);
}

/* --- lists */

static inline void bj_list_push(const bj_ladders_t *l, uint32_t list_ref, bj_order_t *order,
                                uint32_t ref) {
    bj_link_t *list = bj_ladder_at(l, list_ref);
    order->link = (bj_link_t){list_ref, list->prev};
    bj_ladder_at(l, list->prev)->next = ref;
    list->prev = ref;
}

/* True: its list is empty now. */
static inline bool bj_list_unlink(const bj_ladders_t *l, const bj_order_t *order) {
    /* Read apart: they were often written apart just now, and then cannot be read as one. */
    uint32_t next = order->link.next, prev = order->link.prev;
    bj_ladder_at(l, prev)->next = next;
    bj_ladder_at(l, next)->prev = prev;
    return next == prev;
}

/* --- levels */

static inline uint32_t bj_ladder_node_of(bj_ladders_t *l, bj_ladder_t *ladder, uint32_t key,
                                         bool make) {
    if (BJ_LIKELY(ladder->hot_prefix == key >> 12)) return ladder->hot_node_idx;
    return bj_ladder_node_slow(l, ladder, key, make);
}

/* True: bj_ladder_push at this key is sure to find its page and nodes. */
static inline bool bj_ladder_room(bj_ladders_t *l, bj_ladder_t *ladder, uint32_t key) {
    if (BJ_LIKELY(!l->tight)) return true;
    uint32_t node_idx = bj_ladder_node_of(l, ladder, key, false);
    return node_idx != BJ_NIL && (l->node[node_idx].live >> (key >> 6 & 63) & 1);
}

static inline void bj_ladder_count(bj_ladders_t *l, bj_ladder_t *ladder, uint32_t level_ref,
                                   int64_t qty, int32_t order_cnt) {
    if (!l->total) return;
    ladder->qty += qty;
    l->total[level_ref].qty += qty;
    l->total[level_ref].head += (uint64_t)(uint32_t)order_cnt << 32;
}

/* The level of a key is in use from now on: its reference. */
static inline uint32_t bj_ladder_level(bj_ladders_t *l, bj_ladder_t *ladder, uint32_t key) {
    uint32_t node_idx = bj_ladder_node_of(l, ladder, key, true), slot = key >> 6 & 63;
    bj_ladder_node_t *node = &l->node[node_idx];
    uint32_t page_idx = BJ_LIKELY(node->at[slot].used != 0)
                            ? node->at[slot].child_idx
                            : bj_ladder_page_slow(l, ladder, node_idx, key);
    uint32_t level_ref = page_idx << 6 | (key & 63);
    node->at[slot].used |= UINT64_C(1) << (key & 63);
    if (key < ladder->best_key) {
        ladder->best_key = key;
        ladder->best_ref = level_ref;
    }
    return level_ref;
}

/* To the back of its price; returns the level.  The order's `where` and the totals are left to the
 * caller. */
static inline uint32_t bj_ladder_place(bj_ladders_t *l, bj_ladder_t *ladder, uint32_t key,
                                       bj_order_t *order, uint32_t ref) {
    uint32_t level_ref = bj_ladder_level(l, ladder, key);
    bj_list_push(l, level_ref, order, ref);
    return level_ref;
}

/* The same with everything that goes with it.  The mark is kept. */
static inline void bj_ladder_push(bj_ladders_t *l, bj_ladder_t *ladder, uint32_t key,
                                  bj_order_t *order, uint32_t ref) {
    uint32_t level_ref = bj_ladder_place(l, ladder, key, order, ref);
    order->where = (order->where & BJ_ORDER_MARK) | level_ref;
    bj_ladder_count(l, ladder, level_ref, order->qty, 1);
}

/* The level has lost its last order. */
static inline void bj_ladder_emptied(bj_ladders_t *l, uint32_t level_ref) {
    uint32_t page_idx = level_ref >> 6;
    const bj_ladder_page_t *page = &l->page[page_idx];
    bj_ladder_t *ladder = &l->ladder[page->ladder_idx];
    uint64_t *bits = &l->node[page->node_idx].at[page->key >> 6 & 63].used;
    uint64_t used = *bits & ~(UINT64_C(1) << (level_ref & 63));
    *bits = used;
    if (BJ_UNLIKELY(!used)) {
        bj_ladder_page_emptied(l, ladder, page_idx);
        return;
    }
    uint32_t bit = (uint32_t)__builtin_ctzll(used);
    bool was_best = ladder->best_ref == level_ref;
    ladder->best_key = was_best ? page->key | bit : ladder->best_key;
    ladder->best_ref = was_best ? page_idx << 6 | bit : ladder->best_ref;
}

/* Off its level.  The order itself stays taken. */
static inline void bj_ladder_pull(bj_ladders_t *l, const bj_order_t *order) {
    uint32_t level_ref = bj_order_where(order);
    if (l->total) {
        bj_ladder_count(l, &l->ladder[l->page[level_ref >> 6].ladder_idx], level_ref,
                        -(int64_t)order->qty, -1);
    }
    if (bj_list_unlink(l, order)) bj_ladder_emptied(l, level_ref);
}

/* --- levels alone */

/* Forgets every level of the ladder; how many orders they had.  The orders are dead with them: none
 * follows its level any more. */
uint64_t bj_ladder_clear(bj_ladders_t *ladders, bj_ladder_t *ladder);
/* Before that: pages that still wait for orders of these ladders do not any more.  It looks at
 * every page if any page waits, else at none. */
typedef bool bj_ladder_is_t(void *ctx, uint32_t ladder_idx);
void bj_ladders_forget_moved(bj_ladders_t *ladders, bj_ladder_is_t *is_one, void *ctx);
/* One order follows its level, which has moved: the new reference. */
uint32_t bj_level_follow(bj_ladders_t *ladders, uint32_t level_ref);
static inline bool bj_level_has_moved(const bj_ladders_t *l, uint32_t level_ref) {
    return l->page[level_ref >> 6].moved_cnt != 0;
}

/* The next level worse than the level at key, or better (from BJ_NIL: the worst); BJ_NIL: none. */
uint32_t bj_ladder_worse(const bj_ladders_t *ladders, const bj_ladder_t *ladder, uint32_t key);
uint32_t bj_ladder_better(const bj_ladders_t *ladders, const bj_ladder_t *ladder, uint32_t key);

/* How many levels are better than key, at least up to most: beyond that, any number above it. */
uint32_t bj_ladder_rank_far(const bj_ladders_t *ladders, const bj_ladder_t *ladder, uint32_t key,
                            uint32_t most);
static inline uint32_t bj_ladder_rank(const bj_ladders_t *l, const bj_ladder_t *ladder,
                                      uint32_t key, uint32_t most) {
    uint32_t best = ladder->best_key;
    if (BJ_UNLIKELY((key ^ best) >> 12 | (best == BJ_NIL)))
        return bj_ladder_rank_far(l, ladder, key, most);
    uint32_t node_idx = BJ_LIKELY(ladder->hot_prefix == key >> 12)
                            ? ladder->hot_node_idx
                            : l->page[ladder->best_ref >> 6].node_idx;
    const bj_ladder_node_t *node = &l->node[node_idx]; /* of a page that is not there: used 0 */
    uint32_t slot = key >> 6 & 63, first = best >> 6 & 63;
    uint64_t better = node->at[slot].used & ((UINT64_C(1) << (key & 63)) - 1);
    /* A branch would be a toss. */
    uint64_t before = node->at[first].used & (UINT64_C(0) - (first != slot));
    uint32_t rank = (uint32_t)__builtin_popcountll(better) + (uint32_t)__builtin_popcountll(before);
    for (uint32_t i = first + 1; BJ_UNLIKELY(i < slot) && rank <= most; i++)
        rank += (uint32_t)__builtin_popcountll(node->at[i].used);
    return rank & (UINT32_C(0) - (key > best)); /* a better one: it was just removed */
}

static inline uint32_t bj_level_key(const bj_ladders_t *l, uint32_t level_ref) {
    return l->page[level_ref >> 6].key | (level_ref & 63);
}
static inline int32_t bj_level_price(const bj_ladders_t *l, uint32_t level_ref) {
    const bj_ladder_page_t *page = &l->page[level_ref >> 6];
    return bj_ladder_price(&l->ladder[page->ladder_idx], page->key | (level_ref & 63));
}

/* --- orders: taken from the pool, given back */

static inline bj_order_t *bj_order_take(bj_ladders_t *l) { /* free_order_cnt > 0 */
    return bj_order_of_handle(l, l->free_order[--l->free_order_cnt]);
}
static inline void bj_order_give_as(bj_ladders_t *l, bj_order_t *order, uint32_t handle) {
    order->where = BJ_NIL;
    l->free_order[l->free_order_cnt++] = handle;
}
static inline void bj_order_give(bj_ladders_t *l, bj_order_t *order) {
    bj_order_give_as(l, order, bj_order_handle(l, order));
}
static inline bool bj_order_live(const bj_order_t *order) {
    return order->where != BJ_NIL;
}
static inline uint32_t bj_ladders_live(const bj_ladders_t *l) {
    return l->config.order_max - l->free_order_cnt;
}

#endif /* BJ_LADDER_H */
