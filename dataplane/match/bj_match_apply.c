/* Commands in: the burst, and the short ways of what is most of the traffic. */
#include "dataplane/match/bj_match_fetch.h"
#include "dataplane/match/bj_match_plain.h"

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

/* --- the short ways */

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
    if (BJ_UNLIKELY(!bj_ladders_alike(ladder, other) || !bj_ladder_fits(ladder, cmd->price_paise)))
        return false;
    if (other->best_key <= bj_key_mirrored(key)) return false;
    if (BJ_UNLIKELY(!l->free_order_cnt || !bj_ladder_room(l, ladder, key))) return false;
    uint32_t handle = l->free_order[l->free_order_cnt - 1], ref = bj_ref_of_handle(l, handle);
    bj_order_t *order = bj_ladder_order(l, ref);
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

/* What was seen ahead holds if it is still that order, and live. */
FORCED bj_order_t *find_planned(const bj_match_t *m, const bj_match_cmd_t *cmd,
                                const struct plan *plan) {
    bj_order_t *order = bj_ladder_order(&m->ladders, plan->order_ref);
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

FORCED void cancel_as(bj_match_t *m, const bj_match_cmd_t *cmd, bj_order_t *order,
                      uint32_t ladder_idx, const cold_t *cold) {
    bj_ladders_t *l = &m->ladders;
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
}

/* Apart, so that those without a cold half need not carry zeros about. */
static __attribute__((noinline)) void cancel_marked(bj_match_t *m, const bj_match_cmd_t *cmd,
                                                    bj_order_t *order, uint32_t ladder_idx) {
    cancel_as(m, cmd, order, ladder_idx, cold_of(m, order));
}

FORCED bool cancel_plain(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    uint32_t ladder_idx;
    bj_order_t *order = find_plain(m, cmd, plan, &ladder_idx);
    if (!order) return false;
    if (BJ_UNLIKELY(is_marked(order))) cancel_marked(m, cmd, order, ladder_idx);
    else cancel_as(m, cmd, order, ladder_idx, &COLD_PLAIN);
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
        if (BJ_LIKELY(new_plain(m, cmd, plan)) || bj_match_take_plain(m, cmd, plan)) return;
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

/* --- the burst */

FORCED void burst_one(bj_match_t *m, const bj_match_cmd_t *cmd, const struct plan *plan) {
    apply_one(m, cmd, plan);
#ifdef BJ_CHECK_INVARIANTS
    assert(!bj_match_broken(m));
#endif
}

/* Nothing was fetched for it. */
FORCED void burst_one_alone(bj_match_t *m, const bj_match_cmd_t *cmd) {
    struct plan plan = {.id_home = (uint32_t)bj_idmap_home(&m->ids, cmd->order_id)};
    plan.order_ref = bj_id_bucket_guess(&m->ids.bucket[plan.id_home], cmd->order_id,
                                        m->ladders.nobody_ref);
    burst_one(m, cmd, &plan);
}

void bj_match_burst_begin(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt) {
    fetch_begin(match, cmd, cnt, match->depth);
}

void bj_match_burst_one(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt, size_t idx) {
    if (match->depth == DEPTH_NONE) {
        burst_one_alone(match, &cmd[idx]);
    } else {
        if (idx % GROUP == 0) fetch_ahead(match, cmd, cnt, idx, match->depth);
        burst_one(match, &cmd[idx], &match->plan[idx % PLANS]);
    }
}

void bj_match_burst_end(bj_match_t *match) {
    publish(match);
}

FORCED void apply_groups(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, enum depth depth) {
    fetch_begin(m, cmd, cnt, depth);
    for (size_t idx = 0; idx < cnt; idx += GROUP) {
        fetch_ahead(m, cmd, cnt, idx, depth);
        const struct plan *plan = &m->plan[idx % PLANS];
        size_t end = idx + group_cnt(cnt, idx);
        for (size_t i = idx; i < end; i++)
            burst_one(m, &cmd[i], plan++);
    }
}

void bj_match_apply(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt) {
    if (match->depth == DEPTH_NONE || cnt == 1) {
        for (size_t i = 0; i < cnt; i++)
            burst_one_alone(match, &cmd[i]);
    } else if (match->depth == DEPTH_ORDERS) {
        apply_groups(match, cmd, cnt, DEPTH_ORDERS);
    } else {
        apply_groups(match, cmd, cnt, DEPTH_LEVELS);
    }
    publish(match);
}
