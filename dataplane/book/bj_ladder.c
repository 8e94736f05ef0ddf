#include "dataplane/book/bj_ladder.h"

enum { LADDER_MAX = 1 << 22, ORDER_MAX = 1 << 26, PAGE_MAX = 1 << 22 };
enum { PAGES_ALWAYS = 1 << 16, NODES_ALWAYS = 1 << 15 };
enum { HEIGHT_MAX = 5 }; /* 6 bits a height and 6 in the page: more than the 32 of a key */

/* --- memory */

static size_t line_up(size_t bytes) {
    return (bytes + BJ_LINE_BYTES - 1) & ~(size_t)(BJ_LINE_BYTES - 1);
}

/* Up to PAGES_ALWAYS every order may stand in a page of its own, and there is one more, so that an
 * order can move when all are taken; beyond that, an eighth of them, and some pages a ladder.  (Up
 * to NODES_ALWAYS, or where page_max is stated, pages find nodes wherever they lie.) */
uint32_t bj_ladders_page_max(uint32_t ladder_cnt, uint32_t order_max) {
    uint64_t cnt = (uint64_t)ladder_cnt * 8 + order_max / 8;
    if (cnt < PAGES_ALWAYS) cnt = PAGES_ALWAYS;
    if (cnt > order_max) cnt = (uint64_t)order_max + 1;
    return cnt > PAGE_MAX ? (uint32_t)PAGE_MAX : (uint32_t)cnt;
}

static uint32_t page_max_of(const bj_ladders_config_t *config) {
    return config->page_max ? config->page_max
                            : bj_ladders_page_max(config->ladder_cnt, config->order_max);
}

/* As many nodes as pages could need that lie as far apart as they can: at each height no more than
 * there are pages, nor than a ladder's prices have. */
static uint64_t nodes_for(uint64_t pages, uint64_t ladders) {
    uint64_t nodes = 0;
    for (uint32_t height = 1; height <= HEIGHT_MAX; height++) {
        uint32_t bits = 6 * height + 6 < 32 ? 32 - (6 * height + 6) : 0;
        uint64_t most = ladders << bits;
        nodes += pages < most ? pages : most;
    }
    return nodes;
}

/* Where that is too much memory: what books need whose orders stand near each other. */
static uint32_t node_max_of(const bj_ladders_config_t *config) {
    if (config->node_max) return config->node_max + 16;
    uint64_t pages = page_max_of(config), usual = 2 * (uint64_t)config->ladder_cnt + pages / 8;
    uint64_t most = nodes_for(pages, config->ladder_cnt);
    bool always = pages <= NODES_ALWAYS || config->page_max;
    return (uint32_t)(always || most < usual ? most : usual) + 16;
}

static size_t arena_units(const bj_ladders_config_t *config) {
    if (!config->order_max) return 0;
    size_t lists = (size_t)page_max_of(config) * 64 + config->queue_cnt;
    return (lists + 7) / 8 * 8 + ((size_t)config->order_max + 1) * BJ_ORDER_UNITS;
}

size_t bj_ladders_footprint(const bj_ladders_config_t *config) {
    bool ok = config->ladder_cnt && config->ladder_cnt <= LADDER_MAX &&
              config->order_max <= ORDER_MAX && config->queue_cnt <= LADDER_MAX &&
              config->page_max <= PAGE_MAX && config->node_max <= PAGE_MAX;
    bool alone = config->page_max && config->totals && !config->queue_cnt;
    if (!ok || (!config->order_max && !alone)) return 0;
    size_t pages = page_max_of(config), nodes = node_max_of(config);
    return line_up(arena_units(config) * sizeof(bj_link_t)) +
           line_up(config->ladder_cnt * sizeof(bj_ladder_t)) +
           line_up(pages * sizeof(bj_ladder_page_t)) + line_up(nodes * sizeof(bj_ladder_node_t)) +
           (config->totals ? line_up(pages * 64 * sizeof(bj_level_total_t)) : 0) +
           line_up(config->order_max * sizeof(uint32_t)) + line_up(pages * sizeof(uint32_t)) +
           line_up(nodes * sizeof(uint32_t));
}

static void *carve(uint8_t **at, size_t bytes) {
    void *mem = *at;
    memset(mem, 0, line_up(bytes));
    *at += line_up(bytes);
    return mem;
}

/* The lowest index on top: what is used first lies together. */
static uint32_t fill_stack(uint32_t *stack, uint32_t cnt) {
    for (uint32_t i = 0; i < cnt; i++)
        stack[i] = cnt - 1 - i;
    return cnt;
}

/* What a price in a new place may take: a root that grows to cover all prices, the way down again,
 * and a page. */
static void look_at_room(bj_ladders_t *ladders) {
    ladders->tight = !ladders->free_page_cnt || ladders->free_node_cnt < 2 * HEIGHT_MAX;
}

void bj_ladders_new(bj_ladders_t *ladders, void *mem, const bj_ladders_config_t *config) {
    uint8_t *at = mem;
    uint32_t pages = page_max_of(config), nodes = node_max_of(config);
    *ladders = (bj_ladders_t){.config = *config, .page_max = pages, .node_max = nodes};
    ladders->arena = carve(&at, arena_units(config) * sizeof(bj_link_t));
    ladders->ladder = carve(&at, config->ladder_cnt * sizeof(bj_ladder_t));
    ladders->page = carve(&at, pages * sizeof(bj_ladder_page_t));
    ladders->node = carve(&at, nodes * sizeof(bj_ladder_node_t));
    if (config->totals) ladders->total = carve(&at, (size_t)pages * 64 * sizeof(bj_level_total_t));
    ladders->free_order = carve(&at, config->order_max * sizeof(uint32_t));
    ladders->free_page = carve(&at, pages * sizeof(uint32_t));
    ladders->free_node = carve(&at, nodes * sizeof(uint32_t));
    ladders->free_order_cnt = fill_stack(ladders->free_order, config->order_max);
    ladders->free_page_cnt = fill_stack(ladders->free_page, pages);
    ladders->free_node_cnt = fill_stack(ladders->free_node, nodes);
    ladders->queue_ref = pages * 64;
    ladders->order_ref = (ladders->queue_ref + config->queue_cnt + 7) / 8 * 8;
    ladders->nobody_ref = ladders->order_ref + config->order_max * BJ_ORDER_UNITS;
    look_at_room(ladders);
    if (!config->order_max) {
        ladders->arena = NULL;
        return;
    }
    for (uint32_t i = 0; i < ladders->order_ref; i++)
        ladders->arena[i] = (bj_link_t){i, i};
    for (uint32_t i = 0; i <= config->order_max; i++)
        *bj_order_of_handle(ladders, i) = (bj_order_t){.where = BJ_NIL};
}

void bj_ladders_parts(bj_ladders_t *ladders, bj_parts_t *parts) {
    const bj_ladders_config_t *c = &ladders->config;
    size_t pages = ladders->page_max, nodes = ladders->node_max;
    bj_parts_table(parts, ladders->arena, arena_units(c) * sizeof *ladders->arena);
    bj_parts_table(parts, ladders->ladder, c->ladder_cnt * sizeof *ladders->ladder);
    bj_parts_table(parts, ladders->page, pages * sizeof *ladders->page);
    bj_parts_table(parts, ladders->node, nodes * sizeof *ladders->node);
    if (c->totals) bj_parts_table(parts, ladders->total, pages * 64 * sizeof *ladders->total);
    bj_parts_table(parts, ladders->free_order, c->order_max * sizeof *ladders->free_order);
    bj_parts_table(parts, ladders->free_page, pages * sizeof *ladders->free_page);
    bj_parts_table(parts, ladders->free_node, nodes * sizeof *ladders->free_node);
    bj_parts_field(parts, &ladders->free_order_cnt, sizeof ladders->free_order_cnt);
    bj_parts_field(parts, &ladders->free_page_cnt, sizeof ladders->free_page_cnt);
    bj_parts_field(parts, &ladders->free_node_cnt, sizeof ladders->free_node_cnt);
    bj_parts_field(parts, &ladders->tight, sizeof ladders->tight);
}

static void set_unit(bj_ladder_t *ladder, uint32_t unit) {
    ladder->unit = unit;
    ladder->bias = INT32_MAX / unit * unit;
    ladder->inverse = unit == 1 ? 0 : UINT64_MAX / unit + 1;
}

void bj_ladder_init(bj_ladders_t *ladders, uint32_t ladder_idx, bool higher_is_better) {
    bj_ladder_t *ladder = &ladders->ladder[ladder_idx];
    *ladder = (bj_ladder_t){.best_key = BJ_NIL,
                            .best_ref = BJ_NIL,
                            .hot_prefix = BJ_NIL,
                            .root_idx = BJ_NIL,
                            .mask = higher_is_better ? UINT32_MAX : 0};
    set_unit(ladder, 1);
}

/* --- nodes and pages */

static uint32_t slot_of(uint32_t key, uint32_t height) {
    return key >> 6 * height & 63;
}

/* What of a key is above a node of this height: 0 where the node covers all keys. */
static uint32_t prefix_of(uint32_t key, uint32_t height) {
    return (uint32_t)((uint64_t)key >> (6 * height + 6));
}

static uint32_t node_new(bj_ladders_t *ladders, uint32_t parent_idx, uint32_t slot,
                         uint32_t height) {
    uint32_t idx = ladders->free_node[--ladders->free_node_cnt];
    bj_ladder_node_t *node = &ladders->node[idx];
    node->live = 0;
    node->parent_idx = parent_idx;
    node->slot = slot;
    node->height = height;
    if (parent_idx != BJ_NIL) {
        ladders->node[parent_idx].live |= UINT64_C(1) << slot;
        ladders->node[parent_idx].at[slot].child_idx = idx;
    }
    look_at_room(ladders);
    return idx;
}

/* A new root above the old one. */
static void root_grow(bj_ladders_t *ladders, bj_ladder_t *ladder) {
    uint32_t old_idx = ladder->root_idx, slot = ladder->root_prefix & 63;
    uint32_t height = ladders->node[old_idx].height + 1;
    uint32_t root_idx = node_new(ladders, BJ_NIL, 0, height);
    ladders->node[root_idx].live = UINT64_C(1) << slot;
    ladders->node[root_idx].at[slot].child_idx = old_idx;
    ladders->node[old_idx].parent_idx = root_idx;
    ladders->node[old_idx].slot = slot;
    ladder->root_idx = root_idx;
    ladder->root_prefix >>= 6;
}

static bool root_cover(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t key, bool make) {
    if (ladder->root_idx == BJ_NIL) {
        if (!make) return false;
        ladder->root_idx = node_new(ladders, BJ_NIL, 0, 1);
        ladder->root_prefix = prefix_of(key, 1);
    }
    while (prefix_of(key, ladders->node[ladder->root_idx].height) != ladder->root_prefix) {
        if (!make) return false;
        root_grow(ladders, ladder);
    }
    return true;
}

uint32_t bj_ladder_node_slow(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t key, bool make) {
    if (!root_cover(ladders, ladder, key, make)) return BJ_NIL;
    uint32_t idx = ladder->root_idx;
    for (uint32_t height; (height = ladders->node[idx].height) > 1;) {
        const bj_ladder_node_t *node = &ladders->node[idx];
        uint32_t slot = slot_of(key, height);
        if (node->live >> slot & 1)
            idx = node->at[slot].child_idx;
        else if (make)
            idx = node_new(ladders, idx, slot, height - 1);
        else
            return BJ_NIL;
    }
    ladder->hot_prefix = key >> 12;
    ladder->hot_node_idx = idx;
    return idx;
}

uint32_t bj_ladder_page_slow(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t node_idx,
                             uint32_t key) {
    uint32_t page_idx = ladders->free_page[--ladders->free_page_cnt], slot = slot_of(key, 1);
    bj_ladder_node_t *node = &ladders->node[node_idx];
    ladders->page[page_idx] = (bj_ladder_page_t){(uint32_t)(ladder - ladders->ladder), node_idx,
                                                 key & ~UINT32_C(63), 0};
    node->live |= UINT64_C(1) << slot;
    node->at[slot].used = 0;
    node->at[slot].child_idx = page_idx;
    look_at_room(ladders);
    return page_idx;
}

/* Bits beyond bit `slot`, on the worse side or the better. */
static uint64_t beyond(uint64_t bits, uint32_t slot, bool worse) {
    return bits & (worse ? ~UINT64_C(1) << slot : (UINT64_C(1) << slot) - 1);
}

static uint32_t nearest(uint64_t bits, bool worse) {
    return (uint32_t)(worse ? __builtin_ctzll(bits) : 63 - __builtin_clzll(bits));
}

/* The first level met when going into a child from outside. */
static uint32_t level_under(const bj_ladders_t *ladders, const bj_ladder_node_t *node,
                            uint32_t slot, bool worse) {
    while (node->height > 1) {
        node = &ladders->node[node->at[slot].child_idx];
        slot = nearest(node->live, worse);
    }
    return node->at[slot].child_idx << 6 | nearest(node->at[slot].used, worse);
}

/* The page leaves its ladder, and so does every node above it that has no other child. */
static void unhook(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t page_idx) {
    const bj_ladder_page_t *page = &ladders->page[page_idx];
    uint32_t idx = page->node_idx, slot = slot_of(page->key, 1);
    bool was_best = ladder->best_ref >> 6 == page_idx;
    ladders->node[idx].at[slot].used = 0;
    while (!(ladders->node[idx].live &= ~(UINT64_C(1) << slot))) {
        uint32_t gone_idx = idx;
        idx = ladders->node[gone_idx].parent_idx;
        slot = ladders->node[gone_idx].slot;
        ladders->free_node[ladders->free_node_cnt++] = gone_idx;
        if (ladder->hot_node_idx == gone_idx) ladder->hot_prefix = BJ_NIL;
        if (idx != BJ_NIL) continue;
        ladder->root_idx = ladder->best_key = ladder->best_ref = BJ_NIL;
        return;
    }
    if (!was_best) return;
    const bj_ladder_node_t *node = &ladders->node[idx];
    ladder->best_ref = level_under(ladders, node, nearest(node->live, true), true);
    ladder->best_key = bj_level_key(ladders, ladder->best_ref);
}

static void page_give(bj_ladders_t *ladders, uint32_t page_idx) {
    ladders->free_page[ladders->free_page_cnt++] = page_idx;
    look_at_room(ladders);
}

void bj_ladder_page_emptied(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t page_idx) {
    unhook(ladders, ladder, page_idx);
    page_give(ladders, page_idx);
}

/* --- looking */

/* Down to the key, keeping the deepest node that has something beyond it. */
static uint32_t neighbour(const bj_ladders_t *ladders, const bj_ladder_t *ladder, uint32_t key,
                          bool worse) {
    const bj_ladder_node_t *node = &ladders->node[ladder->root_idx], *turn = NULL;
    for (;;) {
        uint32_t slot = slot_of(key, node->height);
        if (beyond(node->live, slot, worse)) turn = node;
        if (node->height == 1) {
            uint64_t in_page = beyond(node->at[slot].used, key & 63, worse);
            if (in_page) return node->at[slot].child_idx << 6 | nearest(in_page, worse);
            break;
        }
        node = &ladders->node[node->at[slot].child_idx];
    }
    if (!turn) return BJ_NIL;
    uint64_t later = beyond(turn->live, slot_of(key, turn->height), worse);
    return level_under(ladders, turn, nearest(later, worse), worse);
}

uint32_t bj_ladder_worse(const bj_ladders_t *ladders, const bj_ladder_t *ladder, uint32_t key) {
    return neighbour(ladders, ladder, key, true);
}

uint32_t bj_ladder_better(const bj_ladders_t *ladders, const bj_ladder_t *ladder, uint32_t key) {
    if (ladder->root_idx == BJ_NIL) return BJ_NIL;
    const bj_ladder_node_t *root = &ladders->node[ladder->root_idx];
    if (key == BJ_NIL) return level_under(ladders, root, nearest(root->live, false), false);
    return neighbour(ladders, ladder, key, false);
}

uint32_t bj_ladder_rank_far(const bj_ladders_t *ladders, const bj_ladder_t *ladder, uint32_t key,
                            uint32_t most) {
    uint32_t rank = 0;
    for (uint32_t ref = ladder->best_ref; ref != BJ_NIL && rank <= most; rank++) {
        uint32_t at = bj_level_key(ladders, ref);
        if (at >= key) return rank;
        ref = bj_ladder_worse(ladders, ladder, at);
    }
    return rank;
}

/* --- units */

static uint32_t divisor_of(uint32_t a, uint32_t b) {
    while (b) {
        uint32_t rest = a % b;
        a = b, b = rest;
    }
    return a;
}

/* Would the ladder's prices, counted in the new unit, find pages and nodes?  The walk is by price,
 * so each new prefix is counted once. */
static bool fits_in(const bj_ladders_t *ladders, const bj_ladder_t *ladder,
                    const bj_ladder_t *wanted) {
    uint32_t last = 0, pages = 0, nodes = 0, old_pages = 0, old_page = BJ_NIL;
    for (uint32_t ref = ladder->best_ref; ref != BJ_NIL;
         ref = bj_ladder_worse(ladders, ladder, bj_level_key(ladders, ref))) {
        uint32_t key = bj_ladder_key(wanted, bj_level_price(ladders, ref));
        for (uint32_t height = 0; height <= HEIGHT_MAX; height++) {
            bool fresh =
                ref == ladder->best_ref || prefix_of(key, height) != prefix_of(last, height);
            *(height ? &nodes : &pages) += fresh;
        }
        old_pages += ref >> 6 != old_page;
        old_page = ref >> 6;
        last = key;
    }
    if (!ladders->arena) old_pages = 0; /* they stay until the last order has followed */
    return pages <= ladders->free_page_cnt + old_pages && nodes + 1 <= ladders->free_node_cnt;
}

/* All orders come out in order, then go back in under the other unit.  Out of the ladder an order's
 * `prev` holds its price. */
static void rebuild(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t unit) {
    uint32_t first = BJ_NIL, *end = &first;
    while (ladder->best_ref != BJ_NIL) {
        uint32_t ref = bj_ladder_at(ladders, ladder->best_ref)->next;
        bj_order_t *order = bj_ladder_order(ladders, ref);
        int32_t price = bj_ladder_price(ladder, ladder->best_key);
        bj_ladder_pull(ladders, order);
        order->link = (bj_link_t){BJ_NIL, (uint32_t)price};
        *end = ref;
        end = &order->link.next;
    }
    set_unit(ladder, unit);
    for (uint32_t ref = first; ref != BJ_NIL;) {
        bj_order_t *order = bj_ladder_order(ladders, ref);
        uint32_t next = order->link.next;
        bj_ladder_push(ladders, ladder, bj_ladder_key(ladder, (int32_t)order->link.prev), order,
                       ref);
        ref = next;
    }
}

/* --- levels alone */

/* The levels of a page to where the ladder as it is now has them.  `was` is the ladder before. */
static void move_page(bj_ladders_t *ladders, bj_ladder_t *ladder, const bj_ladder_t *was,
                      uint32_t page_idx) {
    bj_ladder_page_t *page = &ladders->page[page_idx];
    uint64_t used = ladders->node[page->node_idx].at[slot_of(page->key, 1)].used;
    for (; used; used &= used - 1) {
        uint32_t at = (uint32_t)__builtin_ctzll(used);
        bj_level_total_t *from = &ladders->total[page_idx << 6 | at];
        int32_t price = bj_ladder_price(was, page->key | at);
        uint32_t to_ref = bj_ladder_level(ladders, ladder, bj_ladder_key(ladder, price));
        ladders->total[to_ref] = *from;
        from->qty = to_ref;
        page->moved_cnt += from->order_cnt;
    }
    ladders->moved_page_cnt++;
}

static void move_levels(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t unit) {
    bj_ladder_t was = *ladder;
    ladder->best_key = ladder->best_ref = ladder->hot_prefix = ladder->root_idx = BJ_NIL;
    set_unit(ladder, unit);
    while (was.best_ref != BJ_NIL) {
        uint32_t page_idx = was.best_ref >> 6;
        move_page(ladders, ladder, &was, page_idx);
        unhook(ladders, &was, page_idx);
    }
    look_at_room(ladders);
}

uint32_t bj_level_follow(bj_ladders_t *ladders, uint32_t level_ref) {
    while (bj_level_has_moved(ladders, level_ref)) {
        bj_ladder_page_t *page = &ladders->page[level_ref >> 6];
        bj_level_total_t *total = &ladders->total[level_ref];
        uint32_t to_ref = (uint32_t)total->qty;
        if (!--total->order_cnt) total->qty = 0; /* a page is given back as it was taken */
        if (!--page->moved_cnt) {
            ladders->moved_page_cnt--;
            page_give(ladders, level_ref >> 6);
        }
        level_ref = to_ref;
    }
    return level_ref;
}

/* A page goes as it was taken. */
static void wipe(bj_ladders_t *ladders, uint32_t page_idx) {
    memset(&ladders->total[(size_t)page_idx << 6], 0, 64 * sizeof *ladders->total);
}

void bj_ladders_forget_moved(bj_ladders_t *ladders, bj_ladder_is_t *is_one, void *ctx) {
    uint32_t left = ladders->moved_page_cnt;
    for (uint32_t i = 0; left && i < ladders->page_max; i++) {
        bj_ladder_page_t *page = &ladders->page[i];
        if (!page->moved_cnt) continue;
        left--;
        if (!is_one(ctx, page->ladder_idx)) continue;
        page->moved_cnt = 0;
        ladders->moved_page_cnt--;
        wipe(ladders, i);
        page_give(ladders, i);
    }
}

uint64_t bj_ladder_clear(bj_ladders_t *ladders, bj_ladder_t *ladder) {
    uint64_t order_cnt = 0;
    while (ladder->best_ref != BJ_NIL) {
        uint32_t page_idx = ladder->best_ref >> 6;
        const bj_ladder_page_t *page = &ladders->page[page_idx];
        uint64_t used = ladders->node[page->node_idx].at[slot_of(page->key, 1)].used;
        for (; used; used &= used - 1)
            order_cnt += ladders->total[page_idx << 6 | (uint32_t)__builtin_ctzll(used)].order_cnt;
        wipe(ladders, page_idx);
        bj_ladder_page_emptied(ladders, ladder, page_idx);
    }
    ladder->qty = 0;
    return order_cnt;
}

bool bj_ladder_admit(bj_ladders_t *ladders, bj_ladder_t *ladder, int32_t price) {
    uint32_t distance = price < 0 ? 0 - (uint32_t)price : (uint32_t)price;
    return bj_ladder_fit(ladders, ladder, divisor_of(ladder->unit, distance));
}

bool bj_ladder_fit(bj_ladders_t *ladders, bj_ladder_t *ladder, uint32_t unit) {
    if (ladder->best_ref == BJ_NIL) {
        set_unit(ladder, unit);
        return true;
    }
    uint32_t common = divisor_of(ladder->unit, unit);
    if (common == ladder->unit) return true;
    bj_ladder_t wanted = *ladder;
    set_unit(&wanted, common);
    if (!fits_in(ladders, ladder, &wanted)) return false;
    if (ladders->arena) rebuild(ladders, ladder, common);
    else move_levels(ladders, ladder, common);
    return true;
}
