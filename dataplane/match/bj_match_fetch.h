#ifndef BJ_MATCH_FETCH_H
#define BJ_MATCH_FETCH_H

/* What later commands of a burst will need, fetched by the group, in steps: each step's address
 * lies in what the one before has fetched.  No step asks what kind of command it is: fetching a
 * line too many costs less than a branch that nobody can foresee. */
#include "dataplane/match/bj_match_priv.h"

enum { GROUP = 8, PLANS = BJ_COUNT(((bj_match_t *)0)->plan) };
static_assert(PLANS >= 5 * GROUP && PLANS % GROUP == 0,
              "what is fetched first, and the four groups after it; a group's plans in a row");

FORCED void fetch_id(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan) {
    uint64_t home = bj_idmap_home(&m->ids, cmd->order_id);
    plan->id_home = (uint32_t)home;
    __builtin_prefetch(&m->ids.bucket[home], 1);
}

FORCED void fetch_ladders(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan) {
    const bj_ladder_t *ladder = m->ladders.ladder;
    uint32_t idx = cmd->instrument_idx < m->config.instrument_max ? cmd->instrument_idx : 0;
    plan->ladder_idx = 2 * idx + (cmd->side == BJ_SELL);
    __builtin_prefetch(&ladder[2 * idx], 1);
    __builtin_prefetch(&ladder[2 * idx + 1], 1);
}

FORCED void fetch_order(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan) {
    uint32_t ref = bj_id_bucket_guess(&m->ids.bucket[plan->id_home], cmd->order_id);
    plan->order_ref = ref;
    __builtin_prefetch(bj_ladder_at(&m->ladders, ref), 1);
}

FORCED void fetch_node(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    const bj_ladder_t *ladder = &m->ladders.ladder[plan->ladder_idx];
    uint32_t slot = bj_ladder_key(ladder, cmd->price_paise) >> 6 & 63;
    __builtin_prefetch(&m->ladders.node[ladder->hot_node_idx].at[slot], 1);
}

/* The level of a new order; what stands before and behind an order that goes. */
FORCED void fetch_level(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan) {
    const bj_ladders_t *l = &m->ladders;
    const bj_ladder_t *ladder = &l->ladder[plan->ladder_idx];
    const bj_order_t *order = bj_ladder_order(l, plan->order_ref);
    uint32_t key = bj_ladder_key(ladder, cmd->price_paise);
    uint32_t page_idx = (order->where & ~BJ_ORDER_MARK) >> 6;
    /* Of an old node: anything. */
    uint32_t child = l->node[ladder->hot_node_idx].at[key >> 6 & 63].child_idx;
    plan->level_ref = (child < l->page_max ? child : 0) << 6 | (key & 63);
    __builtin_prefetch(bj_ladder_at(l, plan->level_ref), 1);
    __builtin_prefetch(bj_ladder_at(l, order->link.next), 1);
    __builtin_prefetch(bj_ladder_at(l, order->link.prev), 1);
    __builtin_prefetch(&l->page[page_idx < l->page_max ? page_idx : 0]);
}

/* The last order of the level that a new one will stand behind. */
FORCED void fetch_tail(bj_match_t *m, const struct plan *plan) {
    __builtin_prefetch(bj_ladder_at(&m->ladders, bj_ladder_at(&m->ladders, plan->level_ref)->prev),
                       1);
}

/* The step that is due for one command: 0 the first. */
FORCED void fetch_one(bj_match_t *m, const bj_match_cmd_t *cmd, struct plan *plan, unsigned step,
                      enum depth depth) {
    bool levels = depth == DEPTH_LEVELS;
    if (step == 0) fetch_id(m, cmd, plan);
    if (step == 0 && levels) fetch_ladders(m, cmd, plan);
    if (step == 1) fetch_order(m, cmd, plan);
    if (step == 1 && levels) fetch_node(m, cmd, plan);
    if (step == 2 && levels) fetch_level(m, cmd, plan);
    if (step == 3 && levels) fetch_tail(m, plan);
}

/* A burst's begin and end: seldom, so small. */
static __attribute__((noinline)) void fetch_some(bj_match_t *m, const bj_match_cmd_t *cmd,
                                                 size_t cnt, size_t idx, unsigned step) {
    struct plan *plan = &m->plan[idx % PLANS];
    for (size_t i = 0; i < GROUP && idx + i < cnt; i++)
        fetch_one(m, &cmd[idx + i], &plan[i], step, m->depth);
}

/* The same for the group at idx.  Most are whole, and then no loop is left of it. */
FORCED void fetch_group(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, size_t idx,
                        unsigned step, enum depth depth) {
    struct plan *plan = &m->plan[idx % PLANS];
    if (BJ_UNLIKELY(idx + GROUP > cnt)) {
        if (idx < cnt) fetch_some(m, cmd, cnt, idx, step);
        return;
    }
#pragma GCC unroll 8
    for (size_t i = 0; i < GROUP; i++)
        fetch_one(m, &cmd[idx + i], &plan[i], step, depth);
}

/* Before a burst's first command: what the groups would have had by then. */
static void fetch_begin(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt) {
    if (m->depth == DEPTH_NONE) return;
    for (unsigned step = 0; step < 4; step++) {
        for (size_t group = 0; group < 4 - step; group++)
            fetch_some(m, cmd, cnt, group * GROUP, step);
    }
}

/* Before the group at idx: one step for each of the four groups after it. */
FORCED void fetch_ahead(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, size_t idx,
                        enum depth depth) {
    fetch_group(m, cmd, cnt, idx + 4 * GROUP, 0, depth);
    fetch_group(m, cmd, cnt, idx + 3 * GROUP, 1, depth);
    if (depth == DEPTH_ORDERS) return;
    fetch_group(m, cmd, cnt, idx + 2 * GROUP, 2, depth);
    fetch_group(m, cmd, cnt, idx + GROUP, 3, depth);
}

#endif /* BJ_MATCH_FETCH_H */
