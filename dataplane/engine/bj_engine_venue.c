/* The exchange in matching's place: what passed the checks goes out, what the exchange says comes
 * back as commands.  What is on its way counts as if it were there. */
#include "dataplane/base/bj_hash.h"
#include "dataplane/engine/bj_engine_priv.h"

/* --- orders by number */

static uint32_t *bucket_of(const bj_engine_t *engine, uint64_t order_id) {
    return &engine->venue_bucket[(order_id * UINT64_C(0x9e3779b97f4a7c15) >> 32) &
                                 engine->bucket_mask];
}

void bj_engine_venue_clear(bj_engine_t *engine) {
    for (uint32_t i = 0; i <= engine->bucket_mask; i++) engine->venue_bucket[i] = NIL;
    for (uint32_t i = 0; i < engine->config.order_max; i++) engine->venue[i].id_next = i + 1;
    engine->venue[engine->config.order_max - 1].id_next = NIL;
}

uint32_t bj_engine_venue_find(const bj_engine_t *engine, uint64_t order_id) {
    uint32_t idx = *bucket_of(engine, order_id);
    while (idx != NIL && engine->order[idx].order_id != order_id) idx = engine->venue[idx].id_next;
    return idx;
}

static venue_order_t *venue_of(const bj_engine_t *engine, const order_t *order) {
    return &engine->venue[order - engine->order];
}

static order_t *add(bj_engine_t *engine) {
    uint32_t idx = engine->venue_free_idx;
    assert(idx != NIL); /* room was checked */
    uint32_t *bucket = bucket_of(engine, engine->order_id);
    engine->venue_free_idx = engine->venue[idx].id_next;
    engine->venue[idx] = (venue_order_t){.id_next = *bucket};
    *bucket = idx;
    return bj_engine_order_add(engine, idx);
}

static void drop(bj_engine_t *engine, order_t *order) {
    uint32_t idx = (uint32_t)(order - engine->order);
    uint32_t *link = bucket_of(engine, order->order_id);
    while (*link != idx) link = &engine->venue[*link].id_next;
    *link = engine->venue[idx].id_next;
    engine->venue[idx].id_next = engine->venue_free_idx;
    engine->venue_free_idx = idx;
    bj_engine_order_drop(engine, order);
}

/* --- what is counted: the larger of what is and what is asked for */

static bj_risk_order_t reserved(const venue_order_t *venue) {
    bj_risk_order_t both = venue->actual;
    if (venue->asked != BJ_CMD_MODIFY) return both;
    if (venue->want.price_paise > both.price_paise) both.price_paise = venue->want.price_paise;
    if (venue->want.qty > both.qty) both.qty = venue->want.qty;
    return both;
}

static void reserve(bj_engine_t *engine, order_t *order) {
    bj_risk_order_t both = reserved(venue_of(engine, order));
    bj_risk_change(engine->risk, &order->risk, &both);
}

/* --- events */

void bj_engine_venue_show(const bj_engine_t *engine, const order_t *order, bj_event_t *event) {
    const venue_order_t *venue = venue_of(engine, order);
    bool market = bj_engine_is_market(order->order_type);
    event->price_paise = market ? 0 : venue->actual.price_paise;
    event->leaves_qty = venue->actual.qty;
    event->qty = venue->actual.qty + order->cum_qty;
}

static bj_event_t *emit(bj_engine_t *engine, bj_event_type_t type, const order_t *order,
                        uint64_t session_seq) {
    bj_event_t *event = bj_engine_emit_order(engine, type, order);
    event->session_seq = session_seq;
    return event;
}

static void ask(bj_engine_t *engine, const order_t *order, bj_cmd_type_t type) {
    const venue_order_t *venue = venue_of(engine, order);
    bj_event_t *event = emit(engine, BJ_EV_TO_VENUE, order, 0);
    event->session_id = BJ_SESSION_INTERNAL;
    event->reason = (uint16_t)type;
    if (type != BJ_CMD_MODIFY) return;
    const changes_t *changes = &venue->changes;
    event->price_paise = bj_engine_is_market(changes->order_type) ? 0 : venue->want.price_paise;
    event->leaves_qty = venue->want.qty;
    event->qty = venue->want.qty + order->cum_qty;
    event->trigger_price_paise = changes->trigger_paise;
    event->disclosed_qty = changes->disclosed_qty;
    event->order_type = changes->order_type;
    event->tif = changes->tif;
    event->value = changes->day;
}

static void emit_refused(bj_engine_t *engine, const order_t *order, uint64_t session_seq,
                         uint16_t reason) {
    emit(engine, BJ_EV_REQUEST_REJECTED, order, session_seq)->reason = reason;
    if (reason < REASON_MAX) engine->refused[reason]++;
}

/* --- what goes out */

static bool is_stop(uint8_t order_type) { return order_type == BJ_SL || order_type == BJ_SL_M; }

void bj_engine_venue_new(bj_engine_t *engine) {
    order_t *order = add(engine);
    venue_order_t *venue = venue_of(engine, order);
    if (is_stop(order->order_type)) order->flags |= ORDER_WAITS;
    venue->actual = order->risk;
    venue->asked = BJ_CMD_NEW;
    venue->new_seq = engine->cmd->session_seq;
    venue->app = engine->cmd->body.opened.app;
    bj_risk_open(engine->risk, &order->risk);
    ask(engine, order, BJ_CMD_NEW);
}

bool bj_engine_venue_busy(const bj_engine_t *engine, const order_t *order) {
    if (!engine->venue) return false;
    const venue_order_t *venue = venue_of(engine, order);
    return venue->asked || venue->cancel;
}

void bj_engine_venue_modify(bj_engine_t *engine, order_t *order) {
    venue_order_t *venue = venue_of(engine, order);
    venue->asked = BJ_CMD_MODIFY;
    venue->want = engine->pending;
    venue->changes = engine->changes;
    venue->modify_seq = engine->cmd->session_seq;
    reserve(engine, order);
    ask(engine, order, BJ_CMD_MODIFY);
}

bool bj_engine_venue_cancel(bj_engine_t *engine, order_t *order, uint64_t session_seq,
                            bj_status_t reason) {
    venue_order_t *venue = venue_of(engine, order);
    if (venue->cancel) return false;
    venue->cancel = true;
    venue->cancel_seq = session_seq;
    venue->end_reason = (uint16_t)reason;
    ask(engine, order, BJ_CMD_CANCEL);
    return true;
}

static bool killed(const bj_engine_t *engine, const bj_cmd_t *cmd, const order_t *order) {
    return (!cmd->account_id || cmd->account_id == engine->account_id[order->risk.account_idx]) &&
           (!cmd->token || cmd->token == engine->token[order->risk.instrument_idx]) &&
           (!cmd->side || cmd->side == order->risk.side);
}

/* By session, in order of arrival. */
void bj_engine_venue_kill(bj_engine_t *engine, const bj_cmd_t *cmd) {
    uint16_t desk = cmd->body.kill.desk;
    uint32_t asked_cnt = 0;
    for (uint32_t s = 0; s < BJ_ENGINE_SESSION_MAX; s++) {
        if (desk && s != desk) continue;
        for (uint32_t i = engine->session[s].first_idx; i != NIL; i = engine->order[i].later_idx) {
            order_t *order = &engine->order[i];
            if (killed(engine, cmd, order))
                asked_cnt += bj_engine_venue_cancel(engine, order, 0, BJ_END_MASS);
        }
    }
    bj_event_t *event = bj_engine_emit_answer(engine, BJ_EV_MASS_DONE);
    event->side = cmd->side;
    event->reason = BJ_END_MASS;
    event->value = asked_cnt;
}

/* --- what comes back.  BJ_OK, or why it does not follow from what is known. */

static bj_status_t on_accepted(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    venue_order_t *venue = venue_of(engine, order);
    if (venue->asked != BJ_CMD_NEW) return BJ_REJ_DUPLICATE;
    if (cmd->qty != order->risk.qty || cmd->price_paise < 0) return BJ_REJ_FIELD;
    bool priced = !bj_engine_is_market(order->order_type) && cmd->price_paise;
    if (priced) venue->actual.price_paise = cmd->price_paise;
    venue->asked = 0;
    reserve(engine, order);
    emit(engine, BJ_EV_ACCEPTED, order, venue->new_seq)->app = venue->app;
    return BJ_OK;
}

static bj_status_t on_rejected(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    const venue_order_t *venue = venue_of(engine, order);
    uint16_t reason = cmd->body.venue.reason;
    if (venue->asked != BJ_CMD_NEW) return BJ_REJ_DUPLICATE;
    if (venue->cancel) emit_refused(engine, order, venue->cancel_seq, BJ_REJ_ORDER_UNKNOWN);
    bj_event_t *event = emit(engine, BJ_EV_REJECTED, order, venue->new_seq);
    event->app = venue->app;
    event->leaves_qty = 0;
    event->reason = reason;
    if (reason < REASON_MAX) engine->refused[reason]++;
    bj_risk_close(engine->risk, &order->risk);
    drop(engine, order);
    return BJ_OK;
}

/* Ours, or one that the exchange made, as when an auction prices an order. */
static bj_status_t on_modified(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    venue_order_t *venue = venue_of(engine, order);
    bool asked = (cmd->flags & BJ_VENUE_ASKED) && venue->asked == BJ_CMD_MODIFY;
    if (venue->asked == BJ_CMD_NEW) return BJ_REJ_ORDER_UNKNOWN;
    if (cmd->qty <= order->cum_qty || cmd->price_paise < 0) return BJ_REJ_FIELD;
    if (asked) {
        order->order_type = venue->changes.order_type;
        order->tif = venue->changes.tif;
        order->day = venue->changes.day;
        order->trigger_paise = venue->changes.trigger_paise;
        order->disclosed_qty = venue->changes.disclosed_qty;
        if (!is_stop(order->order_type)) order->flags &= (uint8_t)~ORDER_WAITS;
        venue->actual.price_paise = venue->want.price_paise; /* a market order's: its bound */
        venue->asked = 0;
        bj_engine_set_slices(engine, order);
    }
    venue->actual.qty = cmd->qty - order->cum_qty;
    if (cmd->price_paise) venue->actual.price_paise = cmd->price_paise;
    if (cmd->price_paise && order->order_type == BJ_MARKET) order->order_type = BJ_LIMIT;
    reserve(engine, order);
    emit(engine, BJ_EV_MODIFIED, order, asked ? venue->modify_seq : 0);
    return BJ_OK;
}

static bj_status_t on_modify_refused(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    venue_order_t *venue = venue_of(engine, order);
    if (venue->asked != BJ_CMD_MODIFY) return BJ_REJ_DUPLICATE;
    venue->asked = 0;
    reserve(engine, order);
    emit_refused(engine, order, venue->modify_seq, cmd->body.venue.reason);
    return BJ_OK;
}

static bj_status_t on_cancel_refused(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    venue_order_t *venue = venue_of(engine, order);
    if (!venue->cancel) return BJ_REJ_DUPLICATE;
    venue->cancel = false;
    venue->end_reason = BJ_OK;
    emit_refused(engine, order, venue->cancel_seq, cmd->body.venue.reason);
    return BJ_OK;
}

/* The order has ended: requests that are on their way for it will have no other answer. */
static void requests_end(bj_engine_t *engine, order_t *order, bool cancel_too) {
    venue_order_t *venue = venue_of(engine, order);
    if (venue->asked == BJ_CMD_MODIFY)
        emit_refused(engine, order, venue->modify_seq, BJ_REJ_ORDER_UNKNOWN);
    if (venue->cancel && cancel_too && venue->cancel_seq)
        emit_refused(engine, order, venue->cancel_seq, BJ_REJ_ORDER_UNKNOWN);
}

static bj_status_t on_cancelled(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    const venue_order_t *venue = venue_of(engine, order);
    uint16_t reason = cmd->body.venue.reason;
    bool asked = venue->cancel && (cmd->flags & BJ_VENUE_ASKED);
    if (asked && reason == BJ_END_USER && venue->end_reason) reason = venue->end_reason;
    requests_end(engine, order, !asked);
    uint64_t seq = asked ? venue->cancel_seq : venue->asked == BJ_CMD_NEW ? venue->new_seq : 0;
    bj_event_t *event = emit(engine, BJ_EV_CANCELLED, order, seq);
    event->leaves_qty = 0;
    event->reason = reason;
    bj_risk_close(engine->risk, &order->risk);
    drop(engine, order);
    return BJ_OK;
}

static bj_status_t on_trade(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    const bj_cmd_venue_t *body = &cmd->body.venue;
    venue_order_t *venue = venue_of(engine, order);
    if (venue->asked == BJ_CMD_NEW) return BJ_REJ_ORDER_UNKNOWN;
    if (body->fill_qty <= 0 || body->fill_price_paise <= 0) return BJ_REJ_FIELD;
    if (body->fill_qty > venue->actual.qty) return BJ_REJ_LEAVES;
    if (body->cum_qty != order->cum_qty + body->fill_qty) return BJ_ERR_SEQUENCE;
    bj_risk_fill(engine->risk, &order->risk, body->fill_qty);
    order->cum_qty += body->fill_qty;
    venue->actual.qty -= body->fill_qty;
    bool ends = !venue->actual.qty;
    if (venue->asked) venue->want.qty -= body->fill_qty; /* a whole quantity was asked for */
    bj_event_t *event = emit(engine, BJ_EV_TRADE, order, 0);
    event->match_id = (uint64_t)body->fill_number;
    event->last_price_paise = body->fill_price_paise;
    event->last_qty = body->fill_qty;
    engine->match_id++;
    if (!ends) {
        bj_engine_set_slices(engine, order);
        return BJ_OK;
    }
    requests_end(engine, order, true);
    if (order->risk.qty) bj_risk_close(engine->risk, &order->risk);
    drop(engine, order);
    return BJ_OK;
}

static bj_status_t on_triggered(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) {
    (void)cmd;
    if (venue_of(engine, order)->asked == BJ_CMD_NEW) return BJ_REJ_ORDER_UNKNOWN;
    if (!bj_engine_waits(order)) return BJ_REJ_DUPLICATE;
    order->flags &= (uint8_t)~ORDER_WAITS;
    emit(engine, BJ_EV_TRIGGERED, order, 0);
    return BJ_OK;
}

static bj_status_t (*const takers[])(bj_engine_t *engine, order_t *order, const bj_cmd_t *cmd) = {
    [BJ_VENUE_ACCEPTED] = on_accepted,
    [BJ_VENUE_REJECTED] = on_rejected,
    [BJ_VENUE_MODIFIED] = on_modified,
    [BJ_VENUE_MODIFY_REFUSED] = on_modify_refused,
    [BJ_VENUE_CANCELLED] = on_cancelled,
    [BJ_VENUE_CANCEL_REFUSED] = on_cancel_refused,
    [BJ_VENUE_TRADE] = on_trade,
    [BJ_VENUE_TRIGGERED] = on_triggered,
};

/* The number comes first: an order's end takes its place. */
static bj_status_t take(bj_engine_t *engine, const bj_cmd_t *cmd) {
    const bj_cmd_venue_t *body = &cmd->body.venue;
    uint32_t idx = bj_engine_venue_find(engine, cmd->order_id);
    if (body->kind >= BJ_COUNT(takers) || !takers[body->kind]) return BJ_REJ_FIELD;
    if (idx == NIL) return BJ_REJ_ORDER_UNKNOWN;
    venue_order_t *venue = &engine->venue[idx], before = *venue;
    if (body->number) venue->number = body->number;
    if (body->activity_ref) venue->activity_ref = body->activity_ref;
    bj_status_t status = takers[body->kind](engine, &engine->order[idx], cmd);
    if (status != BJ_OK) *venue = before;
    return status;
}

void bj_engine_on_venue(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bool ours = engine->venue && cmd->session_id == BJ_SESSION_INTERNAL;
    bj_status_t status = ours ? take(engine, cmd) : BJ_REJ_NOT_PERMITTED;
    if (status != BJ_OK) bj_engine_refuse(engine, status, NULL);
}

/* Whoever speaks with the exchange knows whether trades are missing, and ends the order if so. */
void bj_engine_on_release(bj_engine_t *engine, const bj_cmd_t *cmd) {
    uint32_t idx = engine->venue ? bj_engine_venue_find(engine, cmd->order_id) : NIL;
    if (idx == NIL) {
        bj_engine_refuse(engine, BJ_REJ_ORDER_UNKNOWN, NULL);
        return;
    }
    ask(engine, &engine->order[idx], BJ_CMD_RELEASE);
    bj_engine_emit_answer(engine, BJ_EV_MASS_DONE)->value = 1;
}

/* --- looking */

bool bj_engine_pending(const bj_engine_t *engine, uint64_t order_id, bj_engine_pending_t *pending) {
    uint32_t idx = engine->venue ? bj_engine_venue_find(engine, order_id) : NIL;
    if (idx == NIL) return false;
    const venue_order_t *venue = &engine->venue[idx];
    *pending = (bj_engine_pending_t){.order_id = order_id, .number = venue->number,
                                     .activity_ref = venue->activity_ref,
                                     .asked = venue->asked, .cancel = venue->cancel};
    return true;
}

uint64_t bj_engine_venue_hash(const bj_engine_t *engine, const order_t *order, uint64_t hash) {
    const venue_order_t *venue = venue_of(engine, order);
    const int64_t words[] = {
        venue->number, venue->activity_ref, (int64_t)venue->new_seq, (int64_t)venue->modify_seq,
        (int64_t)venue->cancel_seq, venue->actual.price_paise, venue->actual.qty,
        venue->want.price_paise, venue->want.qty, venue->end_reason, venue->asked, venue->cancel,
        order->risk.qty, order->cum_qty, order->trigger_paise, order->disclosed_qty, order->tif,
        order->day, venue->changes.day, venue->changes.order_type, venue->changes.tif,
        venue->changes.trigger_paise, venue->changes.disclosed_qty};
    return bj_fnv1a(hash, words, sizeof words);
}

const char *bj_engine_venue_broken(const bj_engine_t *engine, const order_t *order) {
    const venue_order_t *venue = venue_of(engine, order);
    bj_risk_order_t both = reserved(venue);
    uint32_t account_id = engine->account_id[order->risk.account_idx];
    if (bj_engine_venue_find(engine, order->order_id) != (uint32_t)(order - engine->order))
        return "an open order is not found by its number";
    if (venue->actual.qty <= 0 || order->cum_qty < 0) return "an open order has nothing open";
    if (order->risk.qty != both.qty || order->risk.price_paise != both.price_paise)
        return "an order does not count at the larger of what is and what is asked";
    if (bj_engine_waits(order) && !is_stop(order->order_type)) return "no stop, and it waits";
    return bj_engine_client_id_used(engine, account_id, order->client_order_id)
               ? NULL : "a client order id is not in the index";
}
