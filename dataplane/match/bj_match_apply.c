/* Commands in: the burst, and the short ways of what is most of the traffic. */
#include "dataplane/match/bj_match_priv.h"

/* Inlined by force: what is most of the traffic; and what only fetches has no effect that gcc knows
 * of, so a call of it would be dropped. */
#ifdef __OPTIMIZE__
#define FORCED static inline __attribute__((always_inline))
#else
#define FORCED static inline
#endif

static void on_unknown(bj_match_t *m, const bj_match_cmd_t *cmd) {
    bj_match_say_refused(m, cmd, BJ_ERR_UNKNOWN_TYPE);
}

static void (*const handlers[BJ_MATCH_OP_CNT])(bj_match_t *match, const bj_match_cmd_t *cmd) = {
    [0] = on_unknown,
    [BJ_OP_NEW] = bj_match_on_new,
    [BJ_OP_MODIFY] = bj_match_on_modify,
    [BJ_OP_CANCEL] = bj_match_on_cancel,
    [BJ_OP_MASS_CANCEL] = bj_match_on_mass_cancel,
    [BJ_OP_PHASE] = bj_match_on_phase,
    [BJ_OP_UNCROSS] = bj_match_on_uncross,
    [BJ_OP_BAND] = bj_match_on_band,
    [BJ_OP_WINDOW] = bj_match_on_window,
    [BJ_OP_DAY_END] = bj_match_on_day_end,
};

/* --- the short ways: plain limit orders in continuous trading, whose checks all pass.  What is not
 * so goes the long way, which decides everything again. */

/* Eight bytes of a command at once: the compiler does not join the comparisons by itself. */
static inline uint64_t word_of(const bj_match_cmd_t *cmd, size_t offset) {
    uint64_t word;
    memcpy(&word, (const uint8_t *)cmd + offset, sizeof word);
    return word;
}
static_assert(offsetof(bj_match_cmd_t, disclosed_qty) ==
                  offsetof(bj_match_cmd_t, trigger_paise) + 4,
              "one word");
static_assert(offsetof(bj_match_cmd_t, desk) == offsetof(bj_match_cmd_t, account) + 4, "one word");

/* No stop, nothing hidden, no flag. */
static inline bool is_bare(const bj_match_cmd_t *cmd) {
    return !(word_of(cmd, offsetof(bj_match_cmd_t, trigger_paise)) | cmd->flags);
}

/* An account or a desk: the order needs its cold half. */
static inline bool has_names(const bj_match_cmd_t *cmd) {
    const uint64_t account_desk = (UINT64_C(1) << 48) - 1;
    return word_of(cmd, offsetof(bj_match_cmd_t, account)) & account_desk;
}

static inline bool is_open(const instrument_t *instrument, const bj_match_cmd_t *cmd) {
    return (instrument->phase == BJ_PHASE_CONTINUOUS) & (cmd->qty > 0) &
           (cmd->price_paise >= instrument->band_lo_paise) &
           (cmd->price_paise <= instrument->band_hi_paise);
}

static inline void say_resting(bj_match_t *m, const bj_match_cmd_t *cmd, uint8_t type, uint8_t side,
                               uint8_t flags, int32_t cum_qty, uint32_t handle) {
    uint32_t qty = (uint32_t)cmd->qty;
    uint64_t word[4] = {two(cmd->instrument_idx, (uint32_t)cmd->price_paise), two(qty, qty),
                        two((uint32_t)cum_qty, qty), two(0, handle)};
    say_words(m, cmd->order_id, 0, word, last_word(BJ_HANDLE_NONE, type, side, 0, flags));
}

FORCED bool new_plain(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    bool sell = cmd->side == BJ_SELL;
    if (BJ_UNLIKELY(cmd->instrument_idx >= m->config.instrument_max ||
                    !(is_bare(cmd) & (sell | (cmd->side == BJ_BUY)))) ||
        (cmd->type != BJ_LIMIT) | (cmd->tif != BJ_DAY) ||
        BJ_UNLIKELY(!is_open(&m->instrument[cmd->instrument_idx], cmd)))
        return false;
    bj_ladders_t *l = &m->ladders;
    bj_ladder_t *ladder = ladder_of(m, cmd->instrument_idx, sell);
    const bj_ladder_t *other = ladder_of(m, cmd->instrument_idx, !sell);
    uint32_t key = bj_ladder_key(ladder, cmd->price_paise);
    if (other->best_key <= bj_ladder_limit_key(other, cmd->price_paise)) return false;
    if (BJ_UNLIKELY(!bj_ladder_fits(ladder, cmd->price_paise) || !l->free_order_cnt ||
                    !bj_ladder_room(l, ladder, key)))
        return false;
    uint32_t handle = l->free_order[l->free_order_cnt - 1];
    bj_order_t *order = bj_order_of_handle(l, handle);
    uint32_t ref = bj_order_ref(l, order);
    if (BJ_UNLIKELY(!bj_idmap_add_plain(&m->ids, plan->id_home, order, cmd->order_id, ref)))
        return false;
    l->free_order_cnt--;
    order->order_id = cmd->order_id;
    order->qty = cmd->qty;
    order->user = cmd->owner;
    order->where = bj_ladder_place(l, ladder, key, order, ref);
    if (has_names(cmd)) {
        order->where |= BJ_ORDER_MARK;
        m->cold[handle] =
            (cold_t){.account = cmd->account, .desk = cmd->desk, .type = BJ_LIMIT, .tif = BJ_DAY};
    }
    say_resting(m, cmd, BJ_MEV_ACCEPTED, cmd->side, BJ_MEF_RESTS, 0, handle);
    return true;
}

/* A plain order that takes: immediate-or-cancel, market, or a limit that crosses. */
static bool take_plain(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    uint32_t idx = cmd->instrument_idx;
    bool known = (cmd->side == BJ_BUY) | (cmd->side == BJ_SELL), market = cmd->type == BJ_MARKET;
    if (idx >= m->config.instrument_max || !is_bare(cmd) || !known ||
        (cmd->tif != BJ_DAY && cmd->tif != BJ_IOC))
        return false;
    const instrument_t *instrument = &m->instrument[idx];
    bool ok = market ? instrument->phase == BJ_PHASE_CONTINUOUS && cmd->qty > 0 &&
                           !cmd->price_paise && instrument->last_paise
                     : cmd->type == BJ_LIMIT && is_open(instrument, cmd);
    if (!ok || !m->ladders.free_order_cnt ||
        bj_idmap_find_at(&m->ids, &m->ladders, plan->id_home, cmd->order_id))
        return false;
    bool sell = is_sell(cmd->side);
    if (!market && !bj_match_room(m, ladder_of(m, idx, sell), cmd->price_paise)) return false;
    bj_order_t *order = bj_order_take(&m->ladders);
    incoming_t in = {.order_id = cmd->order_id,
                     .order = order,
                     .ref = bj_order_ref(&m->ladders, order),
                     .handle = bj_order_handle(&m->ladders, order),
                     .instrument_idx = idx,
                     .owner = cmd->owner,
                     .account = cmd->account,
                     .desk = cmd->desk,
                     .price_paise = cmd->price_paise,
                     .leaves_qty = cmd->qty,
                     .side = cmd->side,
                     .type = cmd->type,
                     .tif = cmd->tif,
                     .event = BJ_MEV_ACCEPTED,
                     .lo_paise = INT32_MAX};
    bj_match_trade_in(m, &in);
    bj_match_run_line(m);
    return true;
}

/* What was seen ahead holds if it is still that order, and live. */
FORCED bj_order_t *find_planned(const bj_match_t *m, const bj_match_cmd_t *cmd,
                                const struct plan *plan) {
    uint32_t ref = plan->order_ref;
    if (ref == BJ_NIL)
        ref =
            bj_id_bucket_guess(&m->ids.bucket[plan->id_home], cmd->order_id, m->ladders.nobody_ref);
    bj_order_t *order = bj_ladder_order(&m->ladders, ref);
    if (BJ_LIKELY(order->order_id == cmd->order_id && bj_order_live(order))) return order;
    return bj_idmap_find_at(&m->ids, &m->ladders, plan->id_home, cmd->order_id);
}

/* A live order in a price level of an instrument that trades; NULL: not so. */
FORCED bj_order_t *find_plain(const bj_match_t *m, const bj_match_cmd_t *cmd,
                              const struct plan *plan, uint32_t *ladder_idx) {
    bj_order_t *order = find_planned(m, cmd, plan);
    if (!order) return NULL;
    uint32_t where = bj_order_where(order);
    if (!bj_ref_is_level(&m->ladders, where)) return NULL;
    *ladder_idx = m->ladders.page[where >> 6].ladder_idx;
    bool named = *ladder_idx >> 1 == cmd->instrument_idx &&
                 cmd->instrument_idx < m->config.instrument_max; /* beyond are waiting stops */
    return named && m->instrument[cmd->instrument_idx].phase == BJ_PHASE_CONTINUOUS ? order : NULL;
}

FORCED bool cancel_plain(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    uint32_t ladder_idx;
    bj_order_t *order = find_plain(m, cmd, plan, &ladder_idx);
    if (!order) return false;
    bj_ladders_t *l = &m->ladders;
    const cold_t *cold = cold_of(m, order);
    uint32_t where = bj_order_where(order), handle = bj_order_handle(l, order);
    int32_t price_paise = bj_ladder_price(&l->ladder[ladder_idx], bj_level_key(l, where));
    uint64_t word[4] = {two(cmd->instrument_idx, (uint32_t)price_paise),
                        (uint32_t)(order->qty + cold->hidden_qty), (uint32_t)cold->cum_qty,
                        two((uint32_t)cold->other_paise, handle)};
    say_words(m, cmd->order_id, 0, word,
              last_word(BJ_HANDLE_NONE, BJ_MEV_CANCELLED, side_of(ladder_idx & 1), BJ_END_USER, 0));
    bj_idmap_remove(&m->ids, order);
    if (bj_list_unlink(l, order)) bj_ladder_emptied(l, where);
    bj_order_give_as(l, order, handle);
    return true;
}

/* Only price and quantity change, of a DAY limit order that shows all. */
static inline bool modify_plain(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    uint32_t ladder_idx;
    bj_order_t *order = find_plain(m, cmd, plan, &ladder_idx);
    if (!order || !is_bare(cmd) || cmd->account ||
        !is_open(&m->instrument[cmd->instrument_idx], cmd) ||
        (cmd->type && cmd->type != BJ_LIMIT) || (cmd->tif && cmd->tif != BJ_DAY))
        return false;
    bool sell = ladder_idx & 1;
    const cold_t *cold = cold_of(m, order);
    bool plain = !cold->disclosed_qty && !cold->other_paise && !cold->flags && !cold->arrival &&
                 cold->tif == BJ_DAY && (!cmd->side || cmd->side == side_of(sell)) &&
                 cmd->qty <= INT32_MAX - cold->cum_qty;
    if (!plain) return false;
    bj_ladders_t *l = &m->ladders;
    bj_ladder_t *ladder = &l->ladder[ladder_idx];
    uint32_t handle = bj_order_handle(l, order), key = bj_ladder_key(ladder, cmd->price_paise);
    bool same_price =
        bj_ladder_fits(ladder, cmd->price_paise) && key == bj_level_key(l, bj_order_where(order));
    if (same_price && cmd->qty <= order->qty) {
        order->qty = cmd->qty;
        say_resting(m, cmd, BJ_MEV_MODIFIED, side_of(sell), BJ_MEF_KEPT, cold->cum_qty, handle);
        return true;
    }
    const bj_ladder_t *other = &l->ladder[ladder_idx ^ 1];
    if (other->best_key <= bj_ladder_limit_key(other, cmd->price_paise) ||
        !bj_ladder_fits(ladder, cmd->price_paise) || !bj_ladder_room(l, ladder, key))
        return false;
    if (bj_list_unlink(l, order)) bj_ladder_emptied(l, bj_order_where(order));
    order->qty = cmd->qty;
    bj_ladder_push(l, ladder, key, order, bj_order_ref(l, order));
    say_resting(m, cmd, BJ_MEV_MODIFIED, side_of(sell), BJ_MEF_RESTS, cold->cum_qty, handle);
    return true;
}

FORCED void apply_one(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    m->cmd_no++;
    switch (cmd->op) {
    case BJ_OP_NEW:
        if (BJ_LIKELY(new_plain(m, cmd, plan)) || take_plain(m, cmd, plan)) return;
        break;
    case BJ_OP_CANCEL:
        if (BJ_LIKELY(cancel_plain(m, cmd, plan))) return;
        break;
    case BJ_OP_MODIFY:
        if (BJ_LIKELY(modify_plain(m, cmd, plan))) return;
        break;
    default:
        break;
    }
    handlers[cmd->op < BJ_MATCH_OP_CNT ? cmd->op : 0](m, cmd);
}

/* --- what later commands will need, fetched by the group, in steps: each step's address lies in
 * what the one before has fetched.  No step asks what kind of command it is: fetching a line too
 * many costs less than a branch that nobody can foresee. */

enum { GROUP = 8, PLANS = BJ_COUNT(((bj_match_t *)0)->plan) };
static_assert(PLANS >= 5 * GROUP, "what is fetched first, and the four groups after it");

FORCED void fetch_ids(bj_match_t *m, const bj_match_cmd_t *cmd, size_t from, size_t end) {
    const bj_idmap_t ids = m->ids;
    for (size_t i = from; i < end; i++) {
        uint64_t home = bj_idmap_home(&ids, cmd[i].order_id);
        m->plan[i % PLANS].id_home = (uint32_t)home;
        __builtin_prefetch(&ids.bucket[home], 1);
    }
}

FORCED void fetch_ladders(bj_match_t *m, const bj_match_cmd_t *cmd, size_t from, size_t end) {
    const bj_ladder_t *ladder = m->ladders.ladder;
    uint32_t max = m->config.instrument_max;
    for (size_t i = from; i < end; i++) {
        uint32_t idx = cmd[i].instrument_idx < max ? cmd[i].instrument_idx : 0;
        m->plan[i % PLANS].ladder_idx = 2 * idx + (cmd[i].side == BJ_SELL);
        __builtin_prefetch(&ladder[2 * idx], 1);
        __builtin_prefetch(&ladder[2 * idx + 1], 1);
    }
}

FORCED void fetch_orders(bj_match_t *m, const bj_match_cmd_t *cmd, size_t from, size_t end) {
    const bj_id_bucket_t *bucket = m->ids.bucket;
    const bj_link_t *arena = m->ladders.arena;
    uint32_t nobody_ref = m->ladders.nobody_ref;
    for (size_t i = from; i < end; i++) {
        struct plan *plan = &m->plan[i % PLANS];
        uint32_t ref = bj_id_bucket_guess(&bucket[plan->id_home], cmd[i].order_id, nobody_ref);
        plan->order_ref = ref;
        __builtin_prefetch(&arena[ref], 1);
    }
}

FORCED void fetch_nodes(bj_match_t *m, const bj_match_cmd_t *cmd, size_t from, size_t end) {
    const bj_ladder_t *ladders = m->ladders.ladder;
    const bj_ladder_node_t *nodes = m->ladders.node;
    for (size_t i = from; i < end; i++) {
        const bj_ladder_t *ladder = &ladders[m->plan[i % PLANS].ladder_idx];
        const bj_ladder_node_t *node = &nodes[ladder->hot_node_idx];
        uint32_t slot = bj_ladder_key(ladder, cmd[i].price_paise) >> 6 & 63;
        __builtin_prefetch(&node->used[slot], 1);
        __builtin_prefetch(&node->child_idx[slot]);
    }
}

/* The level of a new order; what stands before and behind an order that goes. */
FORCED void fetch_levels(bj_match_t *m, const bj_match_cmd_t *cmd, size_t from, size_t end) {
    const bj_ladder_t *ladders = m->ladders.ladder;
    const bj_ladder_node_t *nodes = m->ladders.node;
    const bj_ladder_page_t *page = m->ladders.page;
    const bj_link_t *arena = m->ladders.arena;
    uint32_t page_max = m->ladders.page_max;
    for (size_t i = from; i < end; i++) {
        struct plan *plan = &m->plan[i % PLANS];
        const bj_ladder_t *ladder = &ladders[plan->ladder_idx];
        const bj_ladder_node_t *node = &nodes[ladder->hot_node_idx];
        const bj_order_t *order = (const bj_order_t *)(const void *)&arena[plan->order_ref];
        uint32_t key = bj_ladder_key(ladder, cmd[i].price_paise);
        uint32_t page_idx = (order->where & ~BJ_ORDER_MARK) >> 6;
        uint32_t child = node->child_idx[key >> 6 & 63]; /* of an old node: anything */
        plan->level_ref = (child < page_max ? child : 0) << 6 | (key & 63);
        __builtin_prefetch(&arena[plan->level_ref], 1);
        __builtin_prefetch(&arena[order->link.next], 1);
        __builtin_prefetch(&arena[order->link.prev], 1);
        __builtin_prefetch(&page[page_idx < page_max ? page_idx : 0]);
    }
}

/* The last order of the level that a new one will stand behind. */
FORCED void fetch_tails(bj_match_t *m, size_t from, size_t end) {
    const bj_link_t *arena = m->ladders.arena;
    for (size_t i = from; i < end; i++)
        __builtin_prefetch(&arena[arena[m->plan[i % PLANS].level_ref].prev], 1);
}

static inline size_t within(size_t idx, size_t cnt) {
    return idx < cnt ? idx : cnt;
}

FORCED void fetch_first(bj_match_t *m, const bj_match_cmd_t *cmd, size_t from, size_t end,
                        enum depth depth) {
    fetch_ids(m, cmd, from, end);
    if (depth == DEPTH_LEVELS) fetch_ladders(m, cmd, from, end);
}

FORCED void fetch_second(bj_match_t *m, const bj_match_cmd_t *cmd, size_t from, size_t end,
                         enum depth depth) {
    fetch_orders(m, cmd, from, end);
    if (depth == DEPTH_LEVELS) fetch_nodes(m, cmd, from, end);
}

FORCED void burst_begin(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, enum depth depth) {
    if (depth == DEPTH_NONE) return;
    fetch_first(m, cmd, 0, within(4 * GROUP, cnt), depth);
    fetch_second(m, cmd, 0, within(3 * GROUP, cnt), depth);
    if (depth != DEPTH_LEVELS) return;
    fetch_levels(m, cmd, 0, within(2 * GROUP, cnt));
    fetch_tails(m, 0, within(GROUP, cnt));
}

FORCED void look_ahead(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, size_t idx,
                       enum depth depth) {
    size_t first = within(idx + GROUP, cnt), second = within(idx + 2 * GROUP, cnt);
    size_t third = within(idx + 3 * GROUP, cnt), fourth = within(idx + 4 * GROUP, cnt);
    fetch_first(m, cmd, fourth, within(idx + 5 * GROUP, cnt), depth);
    fetch_second(m, cmd, third, fourth, depth);
    if (depth != DEPTH_LEVELS) return;
    fetch_levels(m, cmd, second, third);
    fetch_tails(m, first, second);
}

FORCED void burst_one(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, size_t idx,
                      enum depth depth) {
    if (depth == DEPTH_NONE) {
        struct plan plan = {.id_home = (uint32_t)bj_idmap_home(&m->ids, cmd[idx].order_id),
                            .order_ref = BJ_NIL}; /* not looked for yet */
        apply_one(m, &cmd[idx], &plan);
    } else {
        if (idx % GROUP == 0) look_ahead(m, cmd, cnt, idx, depth);
        apply_one(m, &cmd[idx], &m->plan[idx % PLANS]);
    }
#ifdef BJ_CHECK_INVARIANTS
    assert(!bj_match_broken(m));
#endif
}

void bj_match_burst_begin(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt) {
    burst_begin(match, cmd, cnt, match->depth);
}

void bj_match_burst_one(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt, size_t idx) {
    burst_one(match, cmd, cnt, idx, match->depth);
}

void bj_match_burst_end(bj_match_t *match) {
    publish(match);
}

FORCED void apply_all(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, enum depth depth) {
    burst_begin(m, cmd, cnt, depth);
    for (size_t i = 0; i < cnt; i++)
        burst_one(m, cmd, cnt, i, depth);
}

void bj_match_apply(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt) {
    if (match->depth == DEPTH_NONE || cnt == 1)
        apply_all(match, cmd, cnt, DEPTH_NONE);
    else if (match->depth == DEPTH_ORDERS)
        apply_all(match, cmd, cnt, DEPTH_ORDERS);
    else
        apply_all(match, cmd, cnt, DEPTH_LEVELS);
    publish(match);
}
