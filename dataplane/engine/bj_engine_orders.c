#include "dataplane/engine/bj_engine_priv.h"

/* --- an order's end: exactly one of REJECTED, CANCELLED, or a TRADE that leaves nothing */

static void end_order(bj_engine_t *engine, order_t *order, bj_status_t reason, bool asked_for) {
    bj_risk_close(engine->risk, &order->risk);
    bj_event_t *event = bj_engine_emit_order(engine, BJ_EV_CANCELLED, order);
    event->reason = (uint16_t)reason;
    event->session_seq = asked_for ? engine->cmd->session_seq : 0;
    bj_engine_order_drop(engine, order);
}

/* --- matching */

typedef struct taking {
    bj_engine_t *engine;
    order_t     *taker;
} taking_t;

static uint32_t owner_of(void *ctx, const bj_order_t *maker) {
    const taking_t *taking = ctx;
    return taking->engine->order[maker->user].account_id;
}

static bj_event_t *emit_trade(bj_engine_t *engine, order_t *order, const order_t *contra,
                              int32_t price_paise, int32_t qty) {
    bj_risk_fill(engine->risk, &order->risk, qty);
    order->cum_qty += qty;
    bj_event_t *event = bj_engine_emit_order(engine, BJ_EV_TRADE, order);
    event->match_id = engine->match_id;
    event->contra_order_id = contra->order_id;
    event->last_price_paise = price_paise;
    event->last_qty = qty;
    return event;
}

static void on_fill(void *ctx, const bj_order_t *resting, int32_t price_paise, int32_t qty) {
    const taking_t *taking = ctx;
    bj_engine_t *engine = taking->engine;
    order_t *taker = taking->taker, *maker = &engine->order[resting->user];
    engine->match_id++;
    emit_trade(engine, maker, taker, price_paise, qty)->flags |= BJ_FLAG_MAKER;
    emit_trade(engine, taker, maker, price_paise, qty)->session_seq = engine->cmd->session_seq;
    if (!maker->risk.qty) bj_engine_order_drop(engine, maker);
}

static void on_self(void *ctx, const bj_order_t *resting) {
    const taking_t *taking = ctx;
    end_order(taking->engine, &taking->engine->order[resting->user], BJ_END_SELF_TRADE, false);
}

/* An order comes to the book: what it can take, and then it rests or ends. */
static void take(bj_engine_t *engine, order_t *order) {
    static const bj_match_ops_t ops = {owner_of, on_fill, on_self};
    bj_taker_t taker = {.book_idx = order->risk.instrument_idx, .owner = order->account_id,
                        .side = (bj_side_t)order->risk.side, .limit_paise = order->risk.price_paise,
                        .qty = order->risk.qty};
    taking_t taking = {engine, order};
    if (!bj_match_take(engine->books, &taker, &ops, &taking)) {
        bj_engine_order_drop(engine, order);
        return;
    }
    bj_status_t reason = bj_match_rest((bj_order_type_t)order->order_type, (bj_tif_t)order->tif);
    if (reason != BJ_OK) {
        end_order(engine, order, reason, true);
        return;
    }
    bj_order_t *resting;
    bj_status_t status = bj_books_add(engine->books, taker.book_idx, order->order_id, taker.side,
                                      taker.limit_paise, order->risk.qty,
                                      (uint32_t)(order - engine->order), &resting);
    assert(status == BJ_OK); /* as many places in the book as orders, and the id is fresh */
    (void)status;
}

/* --- commands */

static void reject(bj_engine_t *engine, const bj_cmd_t *cmd, bj_status_t reason) {
    engine->refused[reason]++;
    bj_event_t *event = bj_engine_emit(engine, BJ_EV_REJECTED);
    event->order_id = engine->order_id;
    event->client_order_id = cmd->client_order_id;
    event->session_seq = cmd->session_seq;
    event->account_id = cmd->account_id;
    event->token = cmd->token;
    event->price_paise = cmd->price_paise;
    event->qty = cmd->qty;
    event->trigger_price_paise = cmd->trigger_price_paise;
    event->disclosed_qty = cmd->disclosed_qty;
    event->session_id = cmd->session_id;
    event->reason = (uint16_t)reason;
    event->side = cmd->side;
    event->order_type = cmd->order_type;
    event->tif = cmd->tif;
    event->flags = cmd->flags;
}

static bj_status_t check_new(bj_engine_t *engine, const bj_cmd_t *cmd, bj_risk_order_t *order) {
    bj_status_t status = bj_risk_check_new(engine->risk, cmd, order);
    if (status != BJ_OK) return status;
    if (engine->free_idx == NIL) return BJ_REJ_ENGINE_FULL;
    bool used = bj_engine_client_id_used(engine, cmd->account_id, cmd->client_order_id);
    return used ? BJ_REJ_DUPLICATE : BJ_OK;
}

void bj_engine_on_new(bj_engine_t *engine, const bj_cmd_t *cmd) {
    if (!bj_risk_is_order(cmd)) {
        bj_engine_refuse(engine, BJ_REJ_ORDER_TYPE, NULL);
        return;
    }
    if (cmd->price_paise < 0 || !cmd->account_id) {
        bj_engine_refuse(engine, BJ_REJ_FIELD, NULL);
        return;
    }
    bj_risk_order_t risk;
    engine->order_id++;
    bj_status_t status = check_new(engine, cmd, &risk);
    if (status != BJ_OK) {
        reject(engine, cmd, status);
        return;
    }
    order_t *order = bj_engine_order_add(engine, cmd, &risk);
    bj_risk_open(engine->risk, &order->risk);
    bj_engine_emit_order(engine, BJ_EV_ACCEPTED, order)->session_seq = cmd->session_seq;
    take(engine, order);
}

/* The order that a command may act on; else the reason why not, and the order only if the sender
 * may know of it. */
static bj_status_t find_own(bj_engine_t *engine, const bj_cmd_t *cmd, bj_order_t **resting,
                            order_t **order) {
    *order = NULL;
    *resting = bj_books_find(engine->books, cmd->order_id);
    if (!*resting) return BJ_REJ_ORDER_UNKNOWN;
    order_t *found = &engine->order[(*resting)->user];
    if (found->account_id != cmd->account_id) return BJ_REJ_ORDER_UNKNOWN;
    if (cmd->token && found->token != cmd->token) return BJ_REJ_ORDER_UNKNOWN;
    if (found->session_id != cmd->session_id) return BJ_REJ_NOT_PERMITTED;
    *order = found;
    return BJ_OK;
}

void bj_engine_on_modify(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_order_t *resting;
    order_t *order;
    bj_risk_order_t changed;
    bj_status_t status = find_own(engine, cmd, &resting, &order);
    if (status == BJ_OK) {
        status = bj_risk_check_modify(engine->risk, cmd, &order->risk, order->cum_qty, &changed);
    }
    if (status != BJ_OK) {
        bj_engine_refuse(engine, status, order);
        return;
    }
    bool keeps_place =
        changed.price_paise == order->risk.price_paise && changed.qty < order->risk.qty;
    bj_risk_change(engine->risk, &order->risk, &changed);
    order->qty = cmd->qty;
    bj_engine_emit_order(engine, BJ_EV_MODIFIED, order)->session_seq = cmd->session_seq;
    if (keeps_place) {
        bj_books_set_qty(engine->books, resting, changed.qty);
        return;
    }
    bj_books_remove(engine->books, resting);
    take(engine, order);
}

void bj_engine_on_cancel(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_order_t *resting;
    order_t *order;
    bj_status_t status = find_own(engine, cmd, &resting, &order);
    if (status != BJ_OK) {
        bj_engine_refuse(engine, status, order);
        return;
    }
    bj_books_remove(engine->books, resting);
    end_order(engine, order, BJ_END_USER, true);
}

static bool wanted(const bj_cmd_t *cmd, const order_t *order) {
    if (cmd->type == BJ_CMD_DISCONNECT) return order->flags & BJ_FLAG_CANCEL_ON_DISCONNECT;
    return (!cmd->account_id || cmd->account_id == order->account_id) &&
           (!cmd->token || cmd->token == order->token) &&
           (!cmd->side || cmd->side == order->risk.side);
}

/* In order of arrival. */
static void cancel_wanted(bj_engine_t *engine, const bj_cmd_t *cmd, bj_status_t reason) {
    uint32_t cnt = 0, later_idx;
    for (uint32_t i = engine->session[cmd->session_id].first_idx; i != NIL; i = later_idx) {
        order_t *order = &engine->order[i];
        later_idx = order->later_idx;
        if (!wanted(cmd, order)) continue;
        bj_books_remove(engine->books, bj_books_find(engine->books, order->order_id));
        end_order(engine, order, reason, reason == BJ_END_MASS);
        cnt++;
    }
    bj_event_t *event = bj_engine_emit(engine, BJ_EV_MASS_DONE);
    event->session_id = cmd->session_id;
    event->session_seq = cmd->session_seq;
    event->account_id = cmd->account_id;
    event->token = cmd->token;
    event->side = cmd->side;
    event->reason = (uint16_t)reason;
    event->value = cnt;
}

void bj_engine_on_mass_cancel(bj_engine_t *engine, const bj_cmd_t *cmd) {
    if (cmd->side && cmd->side != BJ_BUY && cmd->side != BJ_SELL) {
        bj_engine_refuse(engine, BJ_REJ_FIELD, NULL);
        return;
    }
    cancel_wanted(engine, cmd, BJ_END_MASS);
}

void bj_engine_on_disconnect(bj_engine_t *engine, const bj_cmd_t *cmd) {
    cancel_wanted(engine, cmd, BJ_END_DISCONNECT);
}
