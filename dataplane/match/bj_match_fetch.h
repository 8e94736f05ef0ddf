#ifndef BJ_MATCH_FETCH_H
#define BJ_MATCH_FETCH_H

/* What later commands of a burst will need, fetched by the group, in steps: each step's address
 * lies in what the one before has fetched.  No step asks what kind of command it is: fetching a
 * line too many costs less than a branch that nobody can foresee. */
#include "dataplane/match/bj_match_priv.h"

enum { GROUP = 8, PLANS = BJ_COUNT(((bj_match_t *)0)->plan) };
static_assert(PLANS >= 5 * GROUP && PLANS % GROUP == 0,
              "what is fetched first, and the four groups after it; a group's plans in a row");

FORCED void fetch_ids(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan, size_t cnt) {
    const bj_idmap_t ids = m->ids;
    for (size_t i = 0; i < cnt; i++) {
        uint64_t home = bj_idmap_home(&ids, cmd[i].order_id);
        plan[i].id_home = (uint32_t)home;
        __builtin_prefetch(&ids.bucket[home], 1);
    }
}

FORCED void fetch_ladders(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan,
                          size_t cnt) {
    const bj_ladder_t *ladder = m->ladders.ladder;
    uint32_t max = m->config.instrument_max;
    for (size_t i = 0; i < cnt; i++) {
        uint32_t idx = cmd[i].instrument_idx < max ? cmd[i].instrument_idx : 0;
        plan[i].ladder_idx = 2 * idx + (cmd[i].side == BJ_SELL);
        __builtin_prefetch(&ladder[2 * idx], 1);
        __builtin_prefetch(&ladder[2 * idx + 1], 1);
    }
}

FORCED void fetch_orders(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan, size_t cnt) {
    bj_id_bucket_t *bucket = m->ids.bucket;
    const bj_link_t *arena = m->ladders.arena;
    for (size_t i = 0; i < cnt; i++) {
        uint32_t ref = bj_id_bucket_guess(&bucket[plan[i].id_home], cmd[i].order_id);
        plan[i].order_ref = ref;
        __builtin_prefetch(&arena[ref], 1);
    }
}

FORCED void fetch_nodes(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan,
                        size_t cnt) {
    const bj_ladder_t *ladders = m->ladders.ladder;
    const bj_ladder_node_t *nodes = m->ladders.node;
    for (size_t i = 0; i < cnt; i++) {
        const bj_ladder_t *ladder = &ladders[plan[i].ladder_idx];
        const bj_ladder_node_t *node = &nodes[ladder->hot_node_idx];
        uint32_t slot = bj_ladder_key(ladder, cmd[i].price_paise) >> 6 & 63;
        __builtin_prefetch(&node->at[slot], 1);
    }
}

/* The level of a new order; what stands before and behind an order that goes. */
FORCED void fetch_levels(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan, size_t cnt) {
    const bj_ladder_t *ladders = m->ladders.ladder;
    const bj_ladder_node_t *nodes = m->ladders.node;
    const bj_ladder_page_t *page = m->ladders.page;
    const bj_link_t *arena = m->ladders.arena;
    uint32_t page_max = m->ladders.page_max;
    for (size_t i = 0; i < cnt; i++) {
        const bj_ladder_t *ladder = &ladders[plan[i].ladder_idx];
        const bj_ladder_node_t *node = &nodes[ladder->hot_node_idx];
        const bj_order_t *order = (const bj_order_t *)(const void *)&arena[plan[i].order_ref];
        uint32_t key = bj_ladder_key(ladder, cmd[i].price_paise);
        uint32_t page_idx = (order->where & ~BJ_ORDER_MARK) >> 6;
        uint32_t child = node->at[key >> 6 & 63].child_idx; /* of an old node: anything */
        plan[i].level_ref = (child < page_max ? child : 0) << 6 | (key & 63);
        __builtin_prefetch(&arena[plan[i].level_ref], 1);
        __builtin_prefetch(&arena[order->link.next], 1);
        __builtin_prefetch(&arena[order->link.prev], 1);
        __builtin_prefetch(&page[page_idx < page_max ? page_idx : 0]);
    }
}

/* The last order of the level that a new one will stand behind. */
FORCED void fetch_tails(bj_match_t *m, const struct plan *plan, size_t cnt) {
    const bj_link_t *arena = m->ladders.arena;
    for (size_t i = 0; i < cnt; i++)
        __builtin_prefetch(&arena[arena[plan[i].level_ref].prev], 1);
}

/* How many commands the group at idx has; 0 beyond the burst's end. */
static inline size_t group_cnt(size_t cnt, size_t idx) {
    size_t left = idx < cnt ? cnt - idx : 0;
    return left < GROUP ? left : GROUP;
}

/* The step that is due for the group at idx: 0 the first. */
FORCED void fetch_step(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, size_t idx,
                       unsigned step, enum depth depth) {
    struct plan *plan = &m->plan[idx % PLANS];
    size_t n = group_cnt(cnt, idx);
    bool levels = depth == DEPTH_LEVELS;
    if (step == 0) fetch_ids(m, cmd + idx, plan, n);
    if (step == 0 && levels) fetch_ladders(m, cmd + idx, plan, n);
    if (step == 1) fetch_orders(m, cmd + idx, plan, n);
    if (step == 1 && levels) fetch_nodes(m, cmd + idx, plan, n);
    if (step == 2 && levels) fetch_levels(m, cmd + idx, plan, n);
    if (step == 3 && levels) fetch_tails(m, plan, n);
}

/* Before a burst's first command: what the groups would have had by then. */
FORCED void fetch_begin(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, enum depth depth) {
    if (depth == DEPTH_NONE) return;
    for (unsigned step = 0; step < 4; step++) {
        for (size_t group = 0; group < 4 - step; group++)
            fetch_step(m, cmd, cnt, group * GROUP, step, depth);
    }
}

/* Before the group at idx: one step for each of the four groups after it. */
FORCED void fetch_ahead(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, size_t idx,
                        enum depth depth) {
    fetch_step(m, cmd, cnt, idx + 4 * GROUP, 0, depth);
    fetch_step(m, cmd, cnt, idx + 3 * GROUP, 1, depth);
    fetch_step(m, cmd, cnt, idx + 2 * GROUP, 2, depth);
    fetch_step(m, cmd, cnt, idx + GROUP, 3, depth);
}

#endif /* BJ_MATCH_FETCH_H */
