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

/* --- the short ways.  Each is given the bucket in which its id should be. */

/* Where a new order will stand, if its page is at hand; false: look further. */
FORCED bool level_at_hand(bj_ladders_t *l, bj_ladder_t *ladder, uint32_t key, uint32_t *level_ref) {
    if (BJ_UNLIKELY(ladder->hot_prefix != key >> 12)) return false;
    bj_ladder_node_t *node = &l->node[ladder->hot_node_idx];
    uint32_t slot = key >> 6 & 63;
    uint64_t used = node->at[slot].used;
    if (BJ_UNLIKELY(!used)) return false;
    *level_ref = node->at[slot].child_idx << 6 | (key & 63);
    node->at[slot].used = used | UINT64_C(1) << (key & 63);
    if (key < ladder->best_key) {
        ladder->best_key = key;
        ladder->best_ref = *level_ref;
    }
    return true;
}

/* What stands in memory is read once, before the first store: the compiler cannot know that a
 * store changes none of it. */
FORCED bool new_plain(bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home) {
    bj_ladders_t *l = &m->ladders;
    uint32_t form = form_of(cmd), idx = cmd->instrument_idx;
    bool sell = form_sells(form);
    int32_t price_paise = cmd->price_paise, qty = cmd->qty;
    if (BJ_UNLIKELY(form != form_plain(sell) || !is_bare(cmd) || qty <= 0 ||
                    idx >= m->config.instrument_max))
        return false;
    uint64_t ladder_idx = 2 * (uint64_t)idx + sell;
    bj_ladder_t *ladder = &l->ladder[ladder_idx];
    const bj_ladder_t *other = &l->ladder[ladder_idx ^ 1];
    if (BJ_UNLIKELY(!may_trade_at(ladder, price_paise) || !bj_ladders_alike(ladder, other) ||
                    !bj_ladder_fits(ladder, price_paise)))
        return false;
    uint32_t key = bj_ladder_key(ladder, price_paise);
    if (other->best_key <= bj_key_mirrored(key)) return false;
    uint64_t order_id = cmd->order_id;
    bj_id_bucket_t *bucket = &m->ids.bucket[id_home];
    uint32_t lanes = bj_idmap_room_at(bucket, order_id), level_ref;
    if (BJ_UNLIKELY(!lanes || !l->free_order_cnt)) return false;
    if (BJ_UNLIKELY(!level_at_hand(l, ladder, key, &level_ref))) {
        if (!bj_ladder_room(l, ladder, key)) return false;
        level_ref = bj_ladder_level(l, ladder, key);
    }
    uint32_t handle = l->free_order[--l->free_order_cnt], ref = bj_ref_of_handle(l, handle);
    bj_order_t *order = bj_ladder_order(l, ref);
    bj_list_push(l, level_ref, order, ref);
    order->order_id = order_id;
    order->qty = qty;
    order->where = level_ref;
    order->id_slot = bj_idmap_put(bucket, id_home, bj_id_lane(lanes), order_id, ref);
    order->user = cmd->owner;
    if (BJ_UNLIKELY(has_names(cmd))) {
        order->where = level_ref | BJ_ORDER_MARK;
        m->cold[handle] =
            (cold_t){.account = cmd->account, .desk = cmd->desk, .type = BJ_LIMIT, .tif = BJ_DAY};
    }
    say_plain(m, cmd, (form & 0xff00) | KIND(BJ_MEV_ACCEPTED, 0, 0, BJ_MEF_RESTS), 0, qty, handle);
    return true;
}

/* A live order in a price level of an instrument that trades. */
typedef struct known {
    bj_order_t *order;
    uint16_t *tag; /* the id map's */
    uint32_t ref, where, ladder_idx;
} known_t;

FORCED bool find_plain(const bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home,
                       uint32_t mark, known_t *known) {
    const bj_ladders_t *l = &m->ladders;
    bj_id_bucket_t *bucket = &m->ids.bucket[id_home];
    uint32_t hits = bj_id_bucket_hits(bucket, bj_id_tag(cmd->order_id));
    if (BJ_UNLIKELY(!hits)) return false;
    known->tag = bj_id_lane_tag(bucket, bj_id_lane(hits));
    known->ref = *bj_id_lane_ref(bucket, bj_id_lane(hits));
    known->order = bj_ladder_order(l, known->ref);
    if (BJ_UNLIKELY(known->order->order_id != cmd->order_id)) return false;
    known->where = known->order->where & ~mark;
    if (BJ_UNLIKELY(!bj_ref_is_level(l, known->where))) return false;
    known->ladder_idx = l->page[known->where >> 6].ladder_idx;
    return known->ladder_idx >> 1 == cmd->instrument_idx &&
           may_trade(&l->ladder[known->ladder_idx]);
}

FORCED void cancel_as(bj_match_t *m, const bj_match_cmd_t *cmd, const known_t *known,
                      const cold_t *cold) {
    bj_ladders_t *l = &m->ladders;
    bj_order_t *order = known->order;
    const bj_ladder_t *ladder = &l->ladder[known->ladder_idx];
    uint32_t handle = bj_handle_of_ref(l, known->ref);
    bj_match_event_t *event = emit(m);
    event->cmd_no = m->cmd_no;
    event->order_id = cmd->order_id;
    event->contra_id = 0;
    event->instrument_idx = cmd->instrument_idx;
    event->price_paise = bj_ladder_price(ladder, bj_level_key(l, known->where));
    event->qty = order->qty + cold->hidden_qty;
    event->leaves_qty = 0;
    event->cum_qty = cold->cum_qty;
    event->contra_leaves_qty = 0;
    event->contra_cum_qty = cold->other_paise;
    event->handle = handle;
    event->contra_handle = BJ_HANDLE_NONE;
    event_kind(event, KIND(BJ_MEV_CANCELLED, BJ_BUY, BJ_END_USER, 0) +
                          (known->ladder_idx & 1) * SIDES_APART);
    *known->tag = 0; /* it is in its home bucket */
    if (bj_list_unlink(l, order)) bj_ladder_emptied(l, known->where);
    bj_order_give_as(l, order, handle);
}

/* Apart, so that those without a cold half need not carry zeros about. */
static __attribute__((noinline)) bool cancel_marked(bj_match_t *m, const bj_match_cmd_t *cmd,
                                                    uint64_t id_home) {
    known_t known;
    if (!find_plain(m, cmd, id_home, BJ_ORDER_MARK, &known)) return false;
    cancel_as(m, cmd, &known, cold_of(m, known.order));
    return true;
}

FORCED bool cancel_plain(bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home) {
    known_t known;
    if (BJ_UNLIKELY(!find_plain(m, cmd, id_home, 0, &known))) return cancel_marked(m, cmd, id_home);
    cancel_as(m, cmd, &known, &COLD_PLAIN);
    return true;
}

/* Only price and quantity change, of a DAY limit order that shows all. */
static bool modify_plain(bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home) {
    known_t known;
    if (!find_plain(m, cmd, id_home, BJ_ORDER_MARK, &known)) return false;
    bj_ladders_t *l = &m->ladders;
    bj_ladder_t *ladder = &l->ladder[known.ladder_idx];
    if (!is_bare(cmd) || cmd->account || cmd->qty <= 0 ||
        !may_trade_at(ladder, cmd->price_paise) || (cmd->type && cmd->type != BJ_LIMIT) ||
        (cmd->tif && cmd->tif != BJ_DAY))
        return false;
    bj_order_t *order = known.order;
    bool sell = known.ladder_idx & 1;
    const cold_t *cold = cold_of(m, order);
    bool plain = !cold->disclosed_qty && !cold->other_paise && !cold->flags && !cold->arrival &&
                 cold->tif == BJ_DAY && (!cmd->side || cmd->side == side_of(sell)) &&
                 cmd->qty <= INT32_MAX - cold->cum_qty;
    if (!plain) return false;
    uint32_t handle = bj_handle_of_ref(l, known.ref);
    uint32_t key = bj_ladder_key(ladder, cmd->price_paise);
    bool same_price =
        bj_ladder_fits(ladder, cmd->price_paise) && key == bj_level_key(l, known.where);
    if (same_price && cmd->qty <= order->qty) {
        order->qty = cmd->qty;
        say_resting(m, cmd, BJ_MEV_MODIFIED, side_of(sell), BJ_MEF_KEPT, cold->cum_qty, handle);
        return true;
    }
    const bj_ladder_t *other = &l->ladder[known.ladder_idx ^ 1];
    if (other->best_key <= bj_ladder_limit_key(other, cmd->price_paise) ||
        !bj_ladder_fits(ladder, cmd->price_paise) || !bj_ladder_room(l, ladder, key))
        return false;
    if (bj_list_unlink(l, order)) bj_ladder_emptied(l, known.where);
    order->qty = cmd->qty;
    bj_ladder_push(l, ladder, key, order, known.ref);
    say_resting(m, cmd, BJ_MEV_MODIFIED, side_of(sell), BJ_MEF_RESTS, cold->cum_qty, handle);
    return true;
}

FORCED void apply_one(bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home) {
    m->cmd_no++;
    switch (cmd->op) {
    case BJ_OP_NEW:
        if (BJ_LIKELY(new_plain(m, cmd, id_home)) || bj_match_take_plain(m, cmd, id_home)) return;
        break;
    case BJ_OP_CANCEL:
        if (BJ_LIKELY(cancel_plain(m, cmd, id_home))) return;
        break;
    case BJ_OP_MODIFY:
        if (BJ_LIKELY(modify_plain(m, cmd, id_home))) return;
        break;
    default:
        break;
    }
    handlers[cmd->op < BJ_MATCH_OP_CNT ? cmd->op : 0](m, cmd);
}

/* --- the burst */

FORCED void burst_one(bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home) {
    apply_one(m, cmd, id_home);
#ifdef BJ_CHECK_INVARIANTS
    assert(!bj_match_broken(m));
#endif
}

/* Nothing was fetched for it. */
FORCED void burst_one_alone(bj_match_t *m, const bj_match_cmd_t *cmd) {
    burst_one(m, cmd, bj_idmap_home(&m->ids, cmd->order_id));
}

void bj_match_burst_begin(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt) {
    fetch_begin(match, cmd, cnt);
}

void bj_match_burst_one(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt, size_t idx) {
    if (match->depth == DEPTH_NONE) {
        burst_one_alone(match, &cmd[idx]);
        return;
    }
    if (idx % GROUP == 0 && match->depth == DEPTH_ORDERS)
        fetch_ahead(match, cmd, cnt, idx, DEPTH_ORDERS);
    if (idx % GROUP == 0 && match->depth == DEPTH_LEVELS)
        fetch_ahead(match, cmd, cnt, idx, DEPTH_LEVELS);
    burst_one(match, &cmd[idx], match->plan[idx % PLANS].id_home);
}

void bj_match_burst_end(bj_match_t *match) {
    publish(match);
}

FORCED void apply_groups(bj_match_t *m, const bj_match_cmd_t *cmd, size_t cnt, enum depth depth) {
    fetch_begin(m, cmd, cnt);
    for (size_t idx = 0; idx < cnt; idx += GROUP) {
        fetch_ahead(m, cmd, cnt, idx, depth);
        const struct plan *plan = &m->plan[idx % PLANS];
        size_t end = idx + GROUP < cnt ? idx + GROUP : cnt;
        for (size_t i = idx; i < end; i++)
            burst_one(m, &cmd[i], plan++->id_home);
    }
}

void bj_match_apply(bj_match_t *match, const bj_match_cmd_t *cmd, size_t cnt) {
    if (match->depth == DEPTH_NONE || cnt == 1) {
        for (const bj_match_cmd_t *end = cmd + cnt; cmd < end; cmd++)
            burst_one_alone(match, cmd);
    } else if (match->depth == DEPTH_ORDERS) {
        apply_groups(match, cmd, cnt, DEPTH_ORDERS);
    } else {
        apply_groups(match, cmd, cnt, DEPTH_LEVELS);
    }
    publish(match);
}
