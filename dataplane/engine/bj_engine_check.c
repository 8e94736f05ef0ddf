/* Invariants, by counting everything again in the slowest way. */
#include "dataplane/engine/bj_engine_priv.h"

static bool terms_agree(const order_t *order, const bj_match_order_t *view) {
    bool market = bj_engine_is_market(order->order_type);
    return view->side == order->risk.side && view->instrument_idx == order->risk.instrument_idx &&
           view->price_paise == (market ? 0 : order->risk.price_paise) &&
           view->type == (market ? BJ_MARKET : BJ_LIMIT) && view->tif == order->tif &&
           view->day == order->day && view->trigger_paise == order->trigger_paise &&
           view->disclosed_qty == order->disclosed_qty && view->dormant == bj_engine_waits(order) &&
           view->desk == order->session_id &&
           view->flags == bj_engine_match_flags(order->flags);
}

static bool may_rest(const bj_engine_t *engine, const order_t *order) {
    bool stop = order->order_type == BJ_SL || order->order_type == BJ_SL_M;
    bj_match_view_t view;
    if (bj_engine_waits(order)) return stop && order->trigger_paise > 0;
    if (order->tif == BJ_IOC || order->order_type == BJ_SL_M) return false;
    if (order->order_type != BJ_MARKET) return true;
    return bj_match_view(engine->match, order->risk.instrument_idx, &view) && view.auction;
}

static const char *order_broken(const bj_engine_t *engine, const order_t *order) {
    bj_match_order_t view;
    uint32_t account_id = engine->account_id[order->risk.account_idx];
    if (engine->venue) return bj_engine_venue_broken(engine, order);
    if (!bj_match_find(engine->match, order->order_id, &view) ||
        &engine->order[view.handle] != order)
        return "an open order is not in the book";
    if (view.leaves_qty != order->risk.qty || view.cum_qty != order->cum_qty ||
        order->risk.qty <= 0)
        return "an order's quantity is not conserved";
    if (!terms_agree(order, &view)) return "matching and the engine disagree on an order";
    if (!may_rest(engine, order)) return "an order rests that must not";
    if (view.account != account_id) return "matching and the engine disagree on an account";
    return bj_engine_client_id_used(engine, account_id, order->client_order_id)
               ? NULL : "a client order id is not in the index";
}

static const char *sessions_broken(const bj_engine_t *engine) {
    uint32_t cnt = 0, slice_cnt = 0;
    const char *why = NULL;
    for (uint32_t s = 0; s < BJ_ENGINE_SESSION_MAX && !why; s++) {
        for (uint32_t i = engine->session[s].first_idx; i != NIL && !why;
             i = engine->order[i].later_idx) {
            if (engine->order[i].session_id != s) return "an order is in another session's list";
            why = order_broken(engine, &engine->order[i]);
            slice_cnt += engine->order[i].slice_cnt;
            cnt++;
        }
    }
    if (why) return why;
    uint32_t book_cnt = bj_match_stats(engine->match).live_orders;
    if (book_cnt != (engine->venue ? 0 : cnt) || cnt != engine->live_cnt)
        return "the book has orders that nobody owns";
    bool slices_ok = slice_cnt == engine->slice_cnt && slice_cnt <= engine->config.order_max;
    return slices_ok ? NULL : "slices are not what a recount gives";
}

static const char *session_broken(const bj_engine_t *engine, uint32_t instrument_idx) {
    bj_match_view_t view;
    bool known = bj_match_view(engine->match, instrument_idx, &view);
    return known && view.phase == bj_risk_session(engine->risk, instrument_idx).state
               ? NULL : "risk and matching are in different phases";
}

/* Is this order counted there? */
static bool is_of(const bj_risk_order_t *o, bj_limit_level_t level, uint32_t idx) {
    return level == BJ_LEVEL_MEMBER ||
           (level == BJ_LEVEL_DESK ? o->desk_idx : o->account_idx) == idx;
}

/* What the open orders of one holder give, in all and in one instrument. */
static bj_risk_exposure_t recount(const bj_engine_t *engine, bj_limit_level_t level, uint32_t idx,
                                  uint32_t instrument_idx) {
    bj_risk_exposure_t sum = {0};
    for (uint32_t s = 0; s < BJ_ENGINE_SESSION_MAX; s++) {
        for (uint32_t i = engine->session[s].first_idx; i != NIL; i = engine->order[i].later_idx) {
            const bj_risk_order_t *o = &engine->order[i].risk;
            if (!is_of(o, level, idx)) continue;
            sum.open_orders++;
            (void)__builtin_add_overflow(sum.open_value_paise, (int64_t)o->price_paise * o->qty,
                                         &sum.open_value_paise); /* it may wrap: bj_risk.c */
            if (o->instrument_idx != instrument_idx) continue;
            *(o->side == BJ_BUY ? &sum.open_buy_qty : &sum.open_sell_qty) += o->qty;
        }
    }
    return sum;
}

static bool exposure_same(const bj_engine_t *engine, bj_limit_level_t level, uint32_t idx,
                          uint32_t instrument_idx) {
    bj_risk_exposure_t want = recount(engine, level, idx, instrument_idx);
    bj_risk_exposure_t have = bj_risk_exposure(engine->risk, level, idx, instrument_idx);
    return have.open_orders == want.open_orders &&
           have.open_value_paise == want.open_value_paise &&
           have.open_buy_qty == want.open_buy_qty && have.open_sell_qty == want.open_sell_qty;
}

static const char *exposure_broken(const bj_engine_t *engine, uint32_t instrument_idx) {
    const uint32_t cnt[] = {[BJ_LEVEL_ACCOUNT] = bj_risk_account_cnt(engine->risk),
                            [BJ_LEVEL_DESK] = bj_risk_desk_cnt(engine->risk),
                            [BJ_LEVEL_MEMBER] = 1};
    for (bj_limit_level_t level = BJ_LEVEL_ACCOUNT; level <= BJ_LEVEL_MEMBER; level++) {
        for (uint32_t i = 0; i < cnt[level]; i++) {
            if (!exposure_same(engine, level, i, instrument_idx))
                return "exposure is not what a recount gives";
        }
    }
    bj_risk_exposure_t all = bj_risk_exposure(engine->risk, BJ_LEVEL_MEMBER, 0, instrument_idx);
    bool inside = !engine->venue; /* both sides of a trade are ours */
    return inside && all.bought_qty != all.sold_qty ? "what was bought is not what was sold" : NULL;
}

const char *bj_engine_broken(const bj_engine_t *engine) {
    const char *why = bj_match_broken(engine->match);
    if (!why) why = sessions_broken(engine);
    if (!why) why = bj_risk_broken(engine->risk);
    for (uint32_t i = 0; i < bj_risk_instrument_cnt(engine->risk) && !why; i++) {
        why = session_broken(engine, i);
        if (!why) why = exposure_broken(engine, i);
    }
    return why;
}
