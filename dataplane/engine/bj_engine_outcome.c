/* What matching says, one event after the other, becomes exposure in risk, orders in our tables and
 * events for the world. */
#include "dataplane/engine/bj_engine_priv.h"

/* --- an order's way.  Its events are asked for while it is the command's own and has not come to
 * rest. */

static void comes_to_rest(bj_engine_t *engine, const bj_match_event_t *ev) {
    const uint8_t rests = BJ_MEF_RESTS | BJ_MEF_KEPT | BJ_MEF_QUEUED;
    if (ev->handle == engine->active_idx && (ev->flags & rests)) engine->active_idx = NIL;
}

static void note_wait(order_t *order, const bj_match_event_t *ev) {
    order->flags &= (uint8_t)~ORDER_WAITS;
    if (ev->flags & BJ_MEF_WAITS) order->flags |= ORDER_WAITS;
}

/* After the close and after an auction there are no market orders: they have got a price. */
static void note_price(order_t *order, const bj_match_event_t *ev) {
    if (order->order_type != BJ_MARKET || !ev->price_paise) return;
    order->order_type = BJ_LIMIT;
    order->risk.price_paise = ev->price_paise;
}

static void on_accepted(bj_engine_t *engine, const bj_match_event_t *ev) {
    order_t *order = bj_engine_order_add(engine, ev->handle);
    engine->active_idx = ev->handle;
    note_wait(order, ev);
    note_price(order, ev);
    bj_risk_open(engine->risk, &order->risk);
    bj_event_t *event = bj_engine_emit_order(engine, BJ_EV_ACCEPTED, order);
    event->app = engine->cmd->body.opened.app;
    comes_to_rest(engine, ev);
}

static void on_modified(bj_engine_t *engine, const bj_match_event_t *ev) {
    order_t *order = &engine->order[ev->handle];
    const changes_t *changes = &engine->changes;
    bj_risk_order_t changed = engine->pending;
    if (ev->price_paise) changed.price_paise = ev->price_paise;
    bj_risk_change(engine->risk, &order->risk, &changed);
    order->order_type = changes->order_type;
    order->tif = changes->tif;
    order->day = changes->day;
    order->trigger_paise = changes->trigger_paise;
    order->disclosed_qty = changes->disclosed_qty;
    note_wait(order, ev);
    note_price(order, ev);
    bj_engine_set_slices(engine, order);
    bj_engine_emit_order(engine, BJ_EV_MODIFIED, order);
    comes_to_rest(engine, ev);
}

static void on_priced(bj_engine_t *engine, const bj_match_event_t *ev) {
    order_t *order = &engine->order[ev->handle];
    bj_risk_order_t changed = order->risk;
    changed.price_paise = ev->price_paise;
    bj_risk_change(engine->risk, &order->risk, &changed);
    note_price(order, ev);
    bj_engine_emit_order(engine, BJ_EV_MODIFIED, order);
}

static void on_triggered(bj_engine_t *engine, const bj_match_event_t *ev) {
    order_t *order = &engine->order[ev->handle];
    note_wait(order, ev);
    bj_engine_emit_order(engine, BJ_EV_TRIGGERED, order);
}

static void on_cancelled(bj_engine_t *engine, const bj_match_event_t *ev) {
    order_t *order = &engine->order[ev->handle];
    bj_event_t *event = bj_engine_emit_order(engine, BJ_EV_CANCELLED, order);
    bool ours = engine->end_reason != BJ_OK && ev->reason == BJ_END_USER;
    event->leaves_qty = 0;
    event->reason = ours ? (uint16_t)engine->end_reason : ev->reason;
    bj_risk_close(engine->risk, &order->risk);
    bj_engine_order_drop(engine, order);
}

static void fill(bj_engine_t *engine, order_t *order, const order_t *contra,
                 const bj_match_event_t *ev, uint8_t flags) {
    bj_risk_fill(engine->risk, &order->risk, ev->qty);
    order->cum_qty += ev->qty;
    bj_event_t *event = bj_engine_emit_order(engine, BJ_EV_TRADE, order);
    event->match_id = engine->match_id;
    event->contra_order_id = contra->order_id;
    event->last_price_paise = ev->price_paise;
    event->last_qty = ev->qty;
    event->flags |= flags;
}

static void on_trade(bj_engine_t *engine, const bj_match_event_t *ev) {
    order_t *first = &engine->order[ev->handle], *second = &engine->order[ev->contra_handle];
    bool auction = ev->flags & BJ_MEF_AUCTION;
    uint8_t both = (uint8_t)((auction ? BJ_FLAG_AUCTION : 0) |
                             (ev->flags & BJ_MEF_TRADE_TO_TRADE ? BJ_FLAG_TRADE_TO_TRADE : 0));
    engine->match_id++;
    bj_risk_traded(engine->risk, first->risk.instrument_idx, ev->price_paise, ev->qty);
    fill(engine, first, second, ev, (uint8_t)(both | (auction ? 0 : BJ_FLAG_MAKER)));
    fill(engine, second, first, ev, both);
    if (!first->risk.qty) bj_engine_order_drop(engine, first);
    if (!second->risk.qty) bj_engine_order_drop(engine, second);
}

static void on_request_rejected(bj_engine_t *engine, const bj_match_event_t *ev) {
    const order_t *order = ev->handle == NIL ? NULL : &engine->order[ev->handle];
    bj_event_t *event = bj_engine_refuse(engine, (bj_status_t)ev->reason, order);
    if (!order && ev->instrument_idx < bj_risk_instrument_cnt(engine->risk))
        event->token = engine->token[ev->instrument_idx];
}

/* --- the market's */

static bj_event_t *emit_instrument(bj_engine_t *engine, bj_event_type_t type,
                                   uint32_t instrument_idx) {
    bj_event_t *event = bj_engine_emit_answer(engine, type);
    event->token = engine->token[instrument_idx];
    return event;
}

static void on_phase(bj_engine_t *engine, const bj_match_event_t *ev) {
    bj_engine_sync(engine, ev->instrument_idx);
    bj_engine_note_people(engine, ev->instrument_idx, (uint32_t)ev->qty);
    bj_event_t *event = emit_instrument(engine, BJ_EV_INSTRUMENT, ev->instrument_idx);
    event->price_paise = ev->price_paise;
    event->value = (uint32_t)ev->qty;
}

static void on_uncrossed(bj_engine_t *engine, const bj_match_event_t *ev) {
    bj_event_t *event = emit_instrument(engine, BJ_EV_UNCROSSED, ev->instrument_idx);
    event->last_price_paise = ev->price_paise;
    event->last_qty = ev->qty;
    event->price_paise = ev->cum_qty; /* the closing price */
    event->value = (uint32_t)ev->leaves_qty;
}

static void on_band(bj_engine_t *engine, const bj_match_event_t *ev) {
    bj_engine_sync(engine, ev->instrument_idx);
    bj_event_t *event = emit_instrument(engine, BJ_EV_BAND, ev->instrument_idx);
    event->price_paise = ev->price_paise;
    event->last_price_paise = ev->qty;
}

/* The day's end closes instruments without a word of matching's. */
static void day_ended(bj_engine_t *engine) {
    bj_risk_new_day(engine->risk);
    for (uint32_t i = 0; i < bj_risk_instrument_cnt(engine->risk); i++) {
        uint32_t before = bj_risk_session(engine->risk, i).state;
        bj_engine_sync(engine, i);
        uint32_t state = bj_risk_session(engine->risk, i).state;
        if (state != before) emit_instrument(engine, BJ_EV_INSTRUMENT, i)->value = state;
    }
}

static void on_done(bj_engine_t *engine, const bj_match_event_t *ev) {
    if (engine->cmd->type == BJ_CMD_DAY_END) day_ended(engine);
    bj_event_t *event = bj_engine_emit_answer(engine, BJ_EV_MASS_DONE);
    event->side = ev->side;
    event->reason = ev->reason;
    event->value = (uint32_t)ev->qty;
}

/* --- taking them, the most frequent first */

static void take(bj_engine_t *engine, const bj_match_event_t *ev) {
    switch ((bj_match_event_type_t)ev->type) {
    case BJ_MEV_ACCEPTED: on_accepted(engine, ev); return;
    case BJ_MEV_CANCELLED: on_cancelled(engine, ev); return;
    case BJ_MEV_TRADE: on_trade(engine, ev); return;
    case BJ_MEV_MODIFIED: on_modified(engine, ev); return;
    case BJ_MEV_RESTED:
    case BJ_MEV_REPLENISHED: comes_to_rest(engine, ev); return;
    case BJ_MEV_REJECTED: bj_engine_reject(engine, (bj_status_t)ev->reason); return;
    case BJ_MEV_REQUEST_REJECTED: on_request_rejected(engine, ev); return;
    case BJ_MEV_TRIGGERED: on_triggered(engine, ev); return;
    case BJ_MEV_PRICED: on_priced(engine, ev); return;
    case BJ_MEV_PHASE: on_phase(engine, ev); return;
    case BJ_MEV_UNCROSSED: on_uncrossed(engine, ev); return;
    case BJ_MEV_BAND: on_band(engine, ev); return;
    case BJ_MEV_DONE: on_done(engine, ev); return;
    }
}

void bj_engine_drain(void *ctx) {
    bj_engine_t *engine = (bj_engine_t *)ctx;
    const bj_match_event_t *from;
    for (size_t cnt; (cnt = bj_match_ring_look(engine->ring, &from));) {
        for (size_t i = 0; i < cnt; i++) take(engine, &from[i]);
        bj_match_ring_release(engine->ring, cnt);
    }
}

void bj_engine_match(bj_engine_t *engine, const bj_match_cmd_t *cmd) {
    bj_match_apply(engine->match, cmd, 1);
    bj_engine_drain(engine);
}
