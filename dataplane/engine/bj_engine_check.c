/* Invariants, by counting everything again in the slowest way. */
#include "dataplane/engine/bj_engine_priv.h"

static const char *book_crossed(const bj_engine_t *engine, uint32_t book_idx) {
    const bj_level_t *bid = bj_books_best(engine->books, book_idx, BJ_BUY);
    const bj_level_t *ask = bj_books_best(engine->books, book_idx, BJ_SELL);
    return bid && ask && bid->price_paise >= ask->price_paise ? "a book is crossed" : NULL;
}

static const char *order_broken(const bj_engine_t *engine, const order_t *order) {
    const bj_order_t *resting = bj_books_find(engine->books, order->order_id);
    if (!resting || &engine->order[resting->user] != order)
        return "an open order is not in the book";
    if (resting->qty != order->risk.qty || resting->price_paise != order->risk.price_paise ||
        resting->side != order->risk.side || resting->book_idx != order->risk.instrument_idx) {
        return "the book and the engine disagree on an order";
    }
    if (order->risk.qty <= 0 || order->risk.qty + order->cum_qty != order->qty) {
        return "an order's quantity is not conserved";
    }
    if (order->order_type != BJ_LIMIT || order->tif != BJ_DAY)
        return "an order rests that must not";
    return bj_engine_client_id_used(engine, order->account_id, order->client_order_id)
               ? NULL : "a client order id is not in the index";
}

static const char *sessions_broken(const bj_engine_t *engine) {
    uint32_t cnt = 0;
    const char *why = NULL;
    for (uint32_t s = 0; s < BJ_ENGINE_SESSION_MAX && !why; s++) {
        for (uint32_t i = engine->session[s].first_idx; i != NIL && !why;
             i = engine->order[i].later_idx) {
            if (engine->order[i].session_id != s) return "an order is in another session's list";
            why = order_broken(engine, &engine->order[i]);
            cnt++;
        }
    }
    if (!why && cnt != bj_books_order_cnt(engine->books))
        return "the book has orders that nobody owns";
    return why;
}

/* What the open orders of one account give, in all and in one instrument. */
static bj_risk_exposure_t recount(const bj_engine_t *engine, uint32_t account_idx,
                                  uint32_t instrument_idx) {
    bj_risk_exposure_t sum = {0};
    for (uint32_t s = 0; s < BJ_ENGINE_SESSION_MAX; s++) {
        for (uint32_t i = engine->session[s].first_idx; i != NIL; i = engine->order[i].later_idx) {
            const bj_risk_order_t *o = &engine->order[i].risk;
            if (o->account_idx != account_idx) continue;
            sum.open_orders++;
            sum.open_value_paise += (int64_t)o->price_paise * o->qty;
            if (o->instrument_idx != instrument_idx) continue;
            *(o->side == BJ_BUY ? &sum.open_buy_qty : &sum.open_sell_qty) += o->qty;
        }
    }
    return sum;
}

static const char *exposure_broken(const bj_engine_t *engine, uint32_t instrument_idx) {
    int64_t net_qty = 0;
    for (uint32_t a = 0; a < bj_risk_account_cnt(engine->risk); a++) {
        bj_risk_exposure_t want = recount(engine, a, instrument_idx);
        bj_risk_exposure_t have = bj_risk_exposure(engine->risk, a, instrument_idx);
        net_qty += have.net_qty;
        if (have.open_orders != want.open_orders ||
            have.open_value_paise != want.open_value_paise ||
            have.open_buy_qty != want.open_buy_qty || have.open_sell_qty != want.open_sell_qty) {
            return "exposure is not what a recount gives";
        }
    }
    return net_qty ? "what was bought is not what was sold" : NULL;
}

const char *bj_engine_broken(const bj_engine_t *engine) {
    const char *why = sessions_broken(engine);
    for (uint32_t i = 0; i < bj_risk_instrument_cnt(engine->risk) && !why; i++) {
        why = book_crossed(engine, i);
        if (!why) why = exposure_broken(engine, i);
    }
    return why;
}
