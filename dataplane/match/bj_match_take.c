/* A plain order that takes: immediate-or-cancel, market, or a limit that crosses.  It meets plain
 * makers here; at the first that needs more thought, or when nobody is left to meet, the long way
 * goes on with what is open. */
#include "dataplane/match/bj_match_plain.h"

typedef struct taking {
    uint32_t handle;
    int32_t leaves_qty, cum_qty;
    int32_t lo_paise, hi_paise; /* what it traded at; hi 0: nothing */
    uint32_t trade_cnt;
} taking_t;

/* By value: what has no address the compiler may keep in registers. */
static __attribute__((noinline)) void take_on(bj_match_t *m, const bj_match_cmd_t *cmd,
                                              taking_t taking, uint32_t limit_key, uint8_t event) {
    const taking_t *t = &taking;
    bj_order_t *order = bj_order_of_handle(&m->ladders, t->handle);
    incoming_t in = {.order_id = cmd->order_id,
                     .order = order,
                     .ref = bj_order_ref(&m->ladders, order),
                     .handle = t->handle,
                     .instrument_idx = cmd->instrument_idx,
                     .owner = cmd->owner,
                     .account = cmd->account,
                     .desk = cmd->desk,
                     .price_paise = cmd->price_paise,
                     .leaves_qty = t->leaves_qty,
                     .cum_qty = t->cum_qty,
                     .side = cmd->side,
                     .type = cmd->type,
                     .tif = cmd->tif,
                     .event = event,
                     .lo_paise = t->lo_paise,
                     .hi_paise = t->hi_paise};
    bj_match_trade_to(m, &in, limit_key);
}

/* Somebody's own order, or one with a slice to follow. */
static inline bool needs_thought(const bj_match_t *m, const bj_match_cmd_t *cmd,
                                 const bj_order_t *maker) {
    return (cmd->owner && maker->user == cmd->owner) || cold_of(m, maker)->hidden_qty;
}

/* The first of the list is filled, wholly or in part.  True: it is still there. */
FORCED bool fill_first(bj_match_t *m, const bj_match_cmd_t *cmd, taking_t *t, bj_order_t *maker,
                       int32_t price_paise, uint32_t kind) {
    bj_ladders_t *l = &m->ladders;
    uint32_t maker_handle = bj_order_handle(l, maker);
    int32_t qty = maker->qty < t->leaves_qty ? maker->qty : t->leaves_qty;
    int32_t left_qty = maker->qty - qty;
    int32_t maker_cum_qty = cold_of(m, maker)->cum_qty + qty;
    t->leaves_qty -= qty;
    t->cum_qty += qty;
    t->trade_cnt++;
    uint64_t word[4] = {two(cmd->instrument_idx, (uint32_t)price_paise),
                        two((uint32_t)qty, (uint32_t)left_qty),
                        two((uint32_t)maker_cum_qty, (uint32_t)t->leaves_qty),
                        two((uint32_t)t->cum_qty, maker_handle)};
    say_words(m, maker->order_id, cmd->order_id, word, two(t->handle, kind));
    if (left_qty) {
        maker->qty = left_qty;
        cold_make(m, maker)->cum_qty = maker_cum_qty;
        return true;
    }
    bj_idmap_remove(&m->ids, maker);
    bj_order_give_as(l, maker, maker_handle);
    return false;
}

/* Fills from the front of a level.  True: its first order needs more thought. */
FORCED bool take_level(bj_match_t *m, const bj_match_cmd_t *cmd, taking_t *t, uint32_t level_ref,
                       int32_t price_paise, uint32_t kind) {
    bj_ladders_t *l = &m->ladders;
    bj_link_t *list = bj_ladder_at(l, level_ref);
    int32_t before_qty = t->leaves_qty;
    uint32_t ref = list->next;
    bool stuck = false;
    do {
        bj_order_t *maker = bj_ladder_order(l, ref);
        uint32_t next_ref = maker->link.next;
        __builtin_prefetch(bj_ladder_at(l, next_ref), 1);
        stuck = BJ_UNLIKELY(needs_thought(m, cmd, maker));
        if (stuck || fill_first(m, cmd, t, maker, price_paise, kind)) break;
        ref = next_ref;
    } while (t->leaves_qty && ref != level_ref);
    list->next = ref;
    bj_ladder_at(l, ref)->prev = level_ref;
    if (ref == level_ref) bj_ladder_emptied(l, level_ref);
    if (before_qty != t->leaves_qty)
        bj_match_note_trades(m, cmd->instrument_idx, price_paise, before_qty - t->leaves_qty);
    return stuck;
}

/* All that it trades with plain makers.  The prices it meets run one way: away from it. */
FORCED void take_levels(bj_match_t *m, const bj_match_cmd_t *cmd, taking_t *t,
                        const bj_ladder_t *other, uint32_t limit_key) {
    bool stuck = false;
    uint32_t kind = BJ_MEV_TRADE | (uint32_t)side_of(!is_sell(cmd->side)) << 8 |
                    (uint32_t)trade_flags(m, cmd->instrument_idx) << 24;
    int32_t first_paise = bj_ladder_price(other, other->best_key), last_paise = first_paise;
    do {
        int32_t price_paise = bj_ladder_price(other, other->best_key);
        uint32_t before_cnt = t->trade_cnt;
        stuck = take_level(m, cmd, t, other->best_ref, price_paise, kind);
        if (t->trade_cnt != before_cnt) last_paise = price_paise;
    } while (t->leaves_qty && !stuck && other->best_key <= limit_key);
    if (!t->trade_cnt) return;
    t->lo_paise = first_paise < last_paise ? first_paise : last_paise;
    t->hi_paise = first_paise < last_paise ? last_paise : first_paise;
    m->stats.trade_cnt += t->trade_cnt;
}

static bool may_take(const bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home) {
    uint32_t idx = cmd->instrument_idx;
    bool known = (cmd->side == BJ_BUY) | (cmd->side == BJ_SELL);
    if (idx >= m->config.instrument_max || !is_bare(cmd) || !known ||
        (cmd->tif != BJ_DAY && cmd->tif != BJ_IOC))
        return false;
    const instrument_t *instrument = &m->instrument[idx];
    bool ok = cmd->type == BJ_MARKET
                  ? instrument->phase == BJ_PHASE_CONTINUOUS && cmd->qty > 0 &&
                        !cmd->price_paise && instrument->last_paise
                  : cmd->type == BJ_LIMIT && cmd->qty > 0 &&
                        may_trade_at(ladder_of(m, idx, false), cmd->price_paise);
    return ok && m->ladders.free_order_cnt &&
           !bj_idmap_find_at(&m->ids, &m->ladders, id_home, cmd->order_id);
}

bool bj_match_take_plain(bj_match_t *m, const bj_match_cmd_t *cmd, uint64_t id_home) {
    if (!may_take(m, cmd, id_home)) return false;
    bj_ladders_t *l = &m->ladders;
    uint32_t idx = cmd->instrument_idx;
    bool sell = is_sell(cmd->side), market = cmd->type == BJ_MARKET;
    if (!market && !bj_match_room(m, ladder_of(m, idx, sell), cmd->price_paise)) return false;
    const bj_ladder_t *other = ladder_of(m, idx, !sell);
    int32_t limit_paise = market ? bj_match_market_limit(m, idx, sell) : cmd->price_paise;
    uint32_t limit_key = bj_ladder_limit_key(other, limit_paise);
    taking_t t = {.handle = l->free_order[--l->free_order_cnt],
                  .leaves_qty = cmd->qty,
                  .lo_paise = INT32_MAX};
    if (other->best_key > limit_key) {
        take_on(m, cmd, t, limit_key, BJ_MEV_ACCEPTED);
    } else {
        say_plain(m, cmd, KIND(BJ_MEV_ACCEPTED, cmd->side, 0, 0), 0, 0, t.handle);
        take_levels(m, cmd, &t, other, limit_key);
        if (t.leaves_qty) {
            take_on(m, cmd, t, limit_key, 0);
        } else {
            const instrument_t *instrument = &m->instrument[idx];
            bj_order_give_as(l, bj_order_of_handle(l, t.handle), t.handle);
            if (t.hi_paise >= instrument->wake_buy_paise ||
                t.lo_paise <= instrument->wake_sell_paise)
                bj_match_wake(m, idx, t.lo_paise, t.hi_paise);
        }
    }
    if (BJ_UNLIKELY(!bj_list_empty(l, line_ref(m)))) bj_match_run_line(m);
    return true;
}
