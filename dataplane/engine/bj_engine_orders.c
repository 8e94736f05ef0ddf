/* Commands about orders: what is checked here and in risk before matching sees them. */
#include "dataplane/engine/bj_engine_priv.h"

/* --- new */

static bj_status_t check_new(bj_engine_t *engine, const bj_cmd_t *cmd) {
    bj_status_t status = bj_risk_check_new(engine->risk, cmd, &engine->pending);
    if (status != BJ_OK) return status;
    if (engine->live_cnt == engine->config.order_max) return BJ_REJ_ENGINE_FULL;
    bool used = bj_engine_client_id_used(engine, cmd->account_id, cmd->client_order_id);
    if (used) return BJ_REJ_DUPLICATE;
    return bj_engine_check_slices(engine, 0, bj_engine_slices(cmd->qty, cmd->disclosed_qty));
}

static uint8_t match_type(uint8_t order_type) {
    return bj_engine_is_market(order_type) ? BJ_MARKET : BJ_LIMIT;
}

void bj_engine_on_new(bj_engine_t *engine, const bj_cmd_t *cmd) {
    if (!bj_risk_is_order(cmd)) {
        bj_engine_refuse(engine, BJ_REJ_ORDER_TYPE, NULL);
        return;
    }
    if (cmd->price_paise < 0 || cmd->trigger_price_paise < 0 || cmd->disclosed_qty < 0 ||
        !cmd->account_id) {
        bj_engine_refuse(engine, BJ_REJ_FIELD, NULL);
        return;
    }
    engine->order_id++;
    bj_engine_fetch_bucket(engine, cmd->account_id, cmd->client_order_id);
    bj_status_t status = check_new(engine, cmd);
    if (status != BJ_OK) {
        bj_engine_reject(engine, status);
        return;
    }
    if (engine->venue) {
        bj_engine_venue_new(engine);
        return;
    }
    bj_match_cmd_t out = {
        .op = BJ_OP_NEW, .order_id = engine->order_id,
        .instrument_idx = engine->pending.instrument_idx, .price_paise = cmd->price_paise,
        .qty = cmd->qty, .trigger_paise = cmd->trigger_price_paise,
        .disclosed_qty = cmd->disclosed_qty,
        .owner = bj_risk_owner(engine->risk, engine->pending.account_idx),
        .account = cmd->account_id, .desk = cmd->session_id, .side = cmd->side,
        .day = cmd->tif == BJ_GTD ? (uint16_t)cmd->body.expiry_day : 0,
        .type = match_type(cmd->order_type), .tif = cmd->tif,
        .flags = bj_engine_match_flags(cmd->flags)};
    bj_engine_match(engine, &out);
}

/* --- modify and cancel */

/* The order that a command may act on; else the reason why not, and the order only if the sender
 * may know of it. */
static bj_status_t find_own(bj_engine_t *engine, const bj_cmd_t *cmd, order_t **order) {
    uint32_t idx = engine->venue ? bj_engine_venue_find(engine, cmd->order_id)
                                 : bj_match_handle(engine->match, cmd->order_id);
    *order = NULL;
    if (idx == NIL) return BJ_REJ_ORDER_UNKNOWN;
    order_t *found = &engine->order[idx];
    uint32_t account_id = engine->account_id[found->risk.account_idx];
    uint32_t token = engine->token[found->risk.instrument_idx];
    if (account_id != cmd->account_id) return BJ_REJ_ORDER_UNKNOWN;
    if (cmd->token && token != cmd->token) return BJ_REJ_ORDER_UNKNOWN;
    if (found->session_id != cmd->session_id) return BJ_REJ_NOT_PERMITTED;
    *order = found;
    return BJ_OK;
}

/* A waiting stop whose trigger is taken away is a plain order from then on. */
static uint8_t type_after(const order_t *order, const bj_cmd_t *cmd) {
    bool market = bj_engine_is_market(cmd->order_type ? cmd->order_type : order->order_type);
    bool was_stop = order->order_type == BJ_SL || order->order_type == BJ_SL_M;
    bool stop = was_stop && (!bj_engine_waits(order) || cmd->trigger_price_paise);
    if (stop) return market ? BJ_SL_M : BJ_SL;
    return market ? BJ_MARKET : BJ_LIMIT;
}

/* What the command leaves of the terms that risk does not keep. */
static bj_status_t read_changes(bj_engine_t *engine, const bj_cmd_t *cmd, const order_t *order) {
    changes_t *changes = &engine->changes;
    bool known = cmd->order_type <= BJ_SL_M && cmd->tif <= BJ_GTC;
    if (!known) return BJ_REJ_ORDER_TYPE;
    if (cmd->tif == BJ_GTD && (!cmd->body.expiry_day || cmd->body.expiry_day > UINT16_MAX))
        return BJ_REJ_FIELD;
    int64_t open_qty = (int64_t)cmd->qty - order->cum_qty;
    *changes = (changes_t){
        .day = cmd->tif == BJ_GTD ? (uint16_t)cmd->body.expiry_day : cmd->tif ? 0 : order->day,
        .order_type = type_after(order, cmd), .tif = cmd->tif ? cmd->tif : order->tif,
        .trigger_paise = bj_engine_waits(order) ? cmd->trigger_price_paise : order->trigger_paise,
        .disclosed_qty = cmd->disclosed_qty < open_qty ? cmd->disclosed_qty : (int32_t)open_qty};
    return BJ_OK;
}

/* The trigger of a stop that has woken may be said again, and is for matching to refuse else. */
static bool is_change(const bj_engine_t *engine, const bj_cmd_t *cmd, const order_t *order) {
    const changes_t *c = &engine->changes;
    bool stated = bj_engine_waits(order) || cmd->trigger_price_paise;
    int32_t trigger_paise = stated ? cmd->trigger_price_paise : order->trigger_paise;
    int32_t price_paise =
        bj_engine_is_market(order->order_type) ? 0 : order->risk.price_paise;
    return cmd->price_paise != price_paise || cmd->qty != order->risk.qty + order->cum_qty ||
           cmd->disclosed_qty != order->disclosed_qty || trigger_paise != order->trigger_paise ||
           c->order_type != order->order_type || c->tif != order->tif || c->day != order->day;
}

static bj_status_t check_modify(bj_engine_t *engine, const bj_cmd_t *cmd, const order_t *order) {
    bj_status_t status = read_changes(engine, cmd, order);
    if (status != BJ_OK) return status;
    bj_risk_terms_t terms = {
        .price_paise = cmd->price_paise, .qty = cmd->qty, .cum_qty = order->cum_qty,
        .trigger_paise = bj_engine_waits(order) ? cmd->trigger_price_paise : 0,
        .disclosed_qty = cmd->disclosed_qty,
        .market = bj_engine_is_market(engine->changes.order_type),
        .changes = is_change(engine, cmd, order)};
    status = bj_risk_check_modify(engine->risk, &terms, &order->risk, &engine->pending);
    if (status != BJ_OK) return status;
    uint32_t slice_cnt = bj_engine_slices(engine->pending.qty, cmd->disclosed_qty);
    return bj_engine_check_slices(engine, order->slice_cnt, slice_cnt);
}

void bj_engine_on_modify(bj_engine_t *engine, const bj_cmd_t *cmd) {
    order_t *order;
    bj_status_t status = find_own(engine, cmd, &order);
    if (status == BJ_OK && bj_engine_venue_busy(engine, order)) status = BJ_REJ_MODIFY;
    if (status == BJ_OK) status = check_modify(engine, cmd, order);
    if (status != BJ_OK) {
        bj_engine_refuse(engine, status, order);
        return;
    }
    if (engine->venue) {
        bj_engine_venue_modify(engine, order);
        return;
    }
    bj_match_cmd_t out = {
        .op = BJ_OP_MODIFY, .order_id = order->order_id,
        .instrument_idx = order->risk.instrument_idx, .price_paise = cmd->price_paise,
        .qty = engine->pending.qty, .trigger_paise = cmd->trigger_price_paise,
        .disclosed_qty = cmd->disclosed_qty, .day = engine->changes.day,
        .type = cmd->order_type ? match_type(cmd->order_type) : 0, .tif = cmd->tif,
        .flags = bj_engine_match_flags(order->flags)};
    engine->active_idx = (uint32_t)(order - engine->order);
    bj_engine_match(engine, &out);
}

static void cancel(bj_engine_t *engine, const order_t *order) {
    bj_match_cmd_t out = {.op = BJ_OP_CANCEL, .order_id = order->order_id,
                          .instrument_idx = order->risk.instrument_idx};
    bj_engine_fetch_neighbours(engine, order);
    bj_engine_match(engine, &out);
}

void bj_engine_on_cancel(bj_engine_t *engine, const bj_cmd_t *cmd) {
    order_t *order;
    bj_status_t status = find_own(engine, cmd, &order);
    if (status != BJ_OK) {
        bj_engine_refuse(engine, status, order);
        return;
    }
    if (engine->venue) {
        if (!bj_engine_venue_cancel(engine, order, cmd->session_seq, BJ_OK))
            bj_engine_refuse(engine, BJ_REJ_MODIFY, order);
        return;
    }
    engine->active_idx = (uint32_t)(order - engine->order);
    cancel(engine, order);
}

/* --- many at once */

static bool goes_with_session(const bj_cmd_t *cmd, const order_t *order) {
    if (cmd->body.disconnect == BJ_DISCONNECT_ALL) return true;
    if (cmd->body.disconnect == BJ_DISCONNECT_NEVER) return false;
    return order->flags & BJ_FLAG_CANCEL_ON_DISCONNECT;
}

static bool wanted(const bj_engine_t *engine, const bj_cmd_t *cmd, const order_t *order) {
    if (cmd->type == BJ_CMD_DISCONNECT) return goes_with_session(cmd, order);
    return (!cmd->account_id || cmd->account_id == engine->account_id[order->risk.account_idx]) &&
           (!cmd->token || cmd->token == engine->token[order->risk.instrument_idx]) &&
           (!cmd->side || cmd->side == order->risk.side);
}

/* In order of arrival.  An order that its phase does not let go is refused and stays. */
static void cancel_wanted(bj_engine_t *engine, const bj_cmd_t *cmd, bj_status_t reason) {
    uint32_t before_cnt = engine->live_cnt, asked_cnt = 0, later_idx;
    engine->end_reason = reason;
    for (uint32_t i = engine->session[cmd->session_id].first_idx; i != NIL; i = later_idx) {
        order_t *order = &engine->order[i];
        later_idx = order->later_idx;
        if (!wanted(engine, cmd, order)) continue;
        if (engine->venue) {
            asked_cnt += bj_engine_venue_cancel(engine, order, 0, reason);
            continue;
        }
        engine->active_idx = reason == BJ_END_MASS ? i : NIL;
        cancel(engine, order);
    }
    bj_event_t *event = bj_engine_emit_answer(engine, BJ_EV_MASS_DONE);
    event->side = cmd->side;
    event->reason = (uint16_t)reason;
    event->value = engine->venue ? asked_cnt : before_cnt - engine->live_cnt;
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
