#include "sim/exchange/bj_members_priv.h"

static bool rests(const order_t *order) { return order->price_paise && order->tif != BJ_IOC; }

void members_enter(bj_members_t *members, uint32_t n, bool again) {
    const order_t *order = &members->orders[n];
    const bj_universe_row_t *row = &members->rows[order->row_idx].of;
    int32_t end_paise = order->side == BJ_BUY ? row->band_hi_paise : row->band_lo_paise;
    bool sliced = order->disclosed_qty && order->disclosed_qty < order->leaves_qty;
    bj_model_entry_t entry = {
        .order_id = id_of(members, n), .row_idx = order->row_idx, .ref = n,
        .side = (bj_side_t)order->side, .qty = order->leaves_qty, .rests = rests(order),
        .limit_paise = order->price_paise ? order->price_paise : end_paise,
        .slice_qty = sliced ? order->disclosed_qty : 0};
    bj_status_t status = again
                             ? bj_model_reenter(members->config.model, &entry, members->now_ns)
                             : bj_model_enter(members->config.model, &entry, members->now_ns);
    if (!is_open(order)) return;
    if (status != BJ_OK) members_end(members, n, BJ_REJ_ENGINE_FULL);
    else if (!entry.rests)
        members_end(members, n, order->price_paise ? BJ_END_IOC : BJ_END_NO_LIQUIDITY);
}

void members_cancel(bj_members_t *members, uint32_t n, bj_status_t reason) {
    if (members->orders[n].state == ORDER_BOOK)
        bj_model_withdraw(members->config.model, id_of(members, n), members->now_ns);
    members_end(members, n, reason);
}

/* --- new --- */
static bj_status_t new_wrong(const bj_members_t *members, const terms_t *terms) {
    bj_status_t status = members_check(members, terms);
    if (status != BJ_OK) return status;
    if (!terms->stop && terms->trigger_paise) return BJ_REJ_FIELD;
    return members->stats.open >= members->config.open_max ? BJ_REJ_ENGINE_FULL : BJ_OK;
}

static bj_event_t said(const bj_members_t *members, bj_event_type_t type, const bj_cmd_t *cmd) {
    bj_event_t event = members_answer(members, type, cmd);
    event.price_paise = cmd->price_paise;
    event.qty = cmd->qty;
    event.trigger_price_paise = cmd->trigger_price_paise;
    event.disclosed_qty = cmd->disclosed_qty;
    event.side = cmd->side;
    event.order_type = cmd->order_type;
    event.tif = cmd->tif;
    event.flags = cmd->flags;
    return event;
}

static void refuse(bj_members_t *members, const bj_cmd_t *cmd, uint32_t n, bj_status_t reason) {
    bj_event_t event = n ? members_begin(members, BJ_EV_REQUEST_REJECTED, n)
                         : members_answer(members, BJ_EV_REQUEST_REJECTED, cmd);
    event.session_id = cmd->session_id;
    event.session_seq = cmd->session_seq;
    event.reason = (uint16_t)reason;
    members_put(members, &event);
}

/* One that its trigger has been reached for already wakes at once. */
static void wait_for_trigger(bj_members_t *members, uint32_t n) {
    uint32_t row_idx = members->orders[n].row_idx;
    int32_t last_paise = members->rows[row_idx].last_paise;
    if (last_paise) members_traded_at(members, row_idx, last_paise);
}

static void on_new(bj_members_t *members, const bj_cmd_t *cmd) {
    terms_t terms = {.row_idx = members_row_of(members, cmd->token), .side = cmd->side,
                     .price_paise = cmd->price_paise, .qty = cmd->qty, .type = cmd->order_type,
                     .trigger_paise = cmd->trigger_price_paise, .tif = cmd->tif,
                     .disclosed_qty = cmd->disclosed_qty, .stop = is_stop(cmd->order_type)};
    if (members->order_cnt == members->config.order_max) {
        refuse(members, cmd, 0, BJ_REJ_ENGINE_FULL);
        return;
    }
    uint32_t n = members->order_cnt + 1;
    bj_status_t status = new_wrong(members, &terms);
    bj_event_t event = said(members, status == BJ_OK ? BJ_EV_ACCEPTED : BJ_EV_REJECTED, cmd);
    event.order_id = id_of(members, n);
    event.reason = (uint16_t)status;
    if (status == BJ_OK) event.leaves_qty = cmd->qty;
    members_put(members, &event);
    if (status != BJ_OK) return;
    members->active = n;
    if (terms.stop) wait_for_trigger(members, n);
    else members_enter(members, n, false);
}

/* --- change --- */
static uint32_t find(const bj_members_t *members, const bj_cmd_t *cmd) {
    uint64_t n = cmd->order_id - members->config.id_base;
    if (!n || n > members->order_cnt) return 0;
    const order_t *order = &members->orders[n];
    return is_open(order) && order->session_id == cmd->session_id ? (uint32_t)n : 0;
}

static uint8_t plain(int32_t price_paise) { return price_paise ? BJ_LIMIT : BJ_MARKET; }

/* Type, validity 0: as before.  A waiting stop without a trigger becomes a plain order. */
static bj_status_t change_read(const bj_cmd_t *cmd, const order_t *order, terms_t *terms) {
    bool waits = order->state == ORDER_WAITS, stays = waits && cmd->trigger_price_paise;
    *terms = (terms_t){.row_idx = order->row_idx, .side = order->side, .cum_qty = order->cum_qty,
                       .price_paise = cmd->price_paise, .qty = cmd->qty, .stop = stays,
                       .trigger_paise = waits ? cmd->trigger_price_paise : order->trigger_paise,
                       .disclosed_qty = cmd->disclosed_qty,
                       .type = cmd->order_type ? cmd->order_type : order->type,
                       .tif = cmd->tif ? cmd->tif : order->tif};
    if (waits && !stays && !cmd->order_type) terms->type = plain(cmd->price_paise);
    if (waits && is_stop(terms->type) != stays) return BJ_REJ_TRIGGER;
    if (waits) return BJ_OK;
    bool new_stop = is_stop(terms->type) && terms->type != order->type;
    bool new_trigger = cmd->trigger_price_paise &&
                       cmd->trigger_price_paise != order->trigger_paise;
    return new_stop || new_trigger ? BJ_REJ_MODIFY : BJ_OK;
}

static bool is_as_before(const terms_t *terms, const order_t *order) {
    return terms->price_paise == order->price_paise && terms->tif == order->tif &&
           terms->qty == order->leaves_qty + order->cum_qty && terms->type == order->type &&
           terms->trigger_paise == order->trigger_paise &&
           terms->disclosed_qty == order->disclosed_qty;
}

static bj_status_t change_wrong(const bj_members_t *members, const bj_cmd_t *cmd,
                                const order_t *order, terms_t *terms) {
    bj_status_t status = change_read(cmd, order, terms);
    if (status == BJ_OK) status = members_check(members, terms);
    if (status != BJ_OK) return status;
    if (terms->qty <= terms->cum_qty) return BJ_REJ_LEAVES;
    return is_as_before(terms, order) ? BJ_REJ_UNCHANGED : BJ_OK;
}

static void changed(bj_members_t *members, uint32_t n, bool waited) {
    const order_t *order = &members->orders[n];
    if (order->state == ORDER_WAITS) wait_for_trigger(members, n);
    else if (waited) members_enter(members, n, false);
    else if (!order->kept) members_enter(members, n, true);
    else bj_model_lessen(members->config.model, id_of(members, n), order->shown_qty,
                         order->leaves_qty - order->shown_qty, order->disclosed_qty,
                         members->now_ns);
}

static void on_modify(bj_members_t *members, const bj_cmd_t *cmd) {
    uint32_t n = find(members, cmd);
    terms_t terms;
    bj_status_t status = n ? change_wrong(members, cmd, &members->orders[n], &terms)
                           : BJ_REJ_ORDER_UNKNOWN;
    if (status != BJ_OK) {
        refuse(members, cmd, n, status);
        return;
    }
    members->active = n;
    bool waited = members->orders[n].state == ORDER_WAITS;
    bj_event_t event = members_begin(members, BJ_EV_MODIFIED, n);
    event.price_paise = terms.price_paise;
    event.qty = terms.qty;
    event.leaves_qty = terms.qty - terms.cum_qty;
    event.trigger_price_paise = terms.trigger_paise;
    event.disclosed_qty = terms.disclosed_qty;
    event.order_type = terms.type;
    event.tif = terms.tif;
    members_put(members, &event);
    changed(members, n, waited);
}

static void on_cancel(bj_members_t *members, const bj_cmd_t *cmd) {
    uint32_t n = find(members, cmd);
    if (!n) {
        refuse(members, cmd, 0, BJ_REJ_ORDER_UNKNOWN);
        return;
    }
    members->active = n;
    members_cancel(members, n, BJ_END_USER);
}

/* --- many at once --- */
static void end_many(bj_members_t *members, const bj_cmd_t *cmd, uint8_t flags,
                     bj_status_t reason) {
    uint32_t row_idx = cmd->token ? members_row_of(members, cmd->token) : NO_ROW;
    bj_event_t done = members_answer(members, BJ_EV_MASS_DONE, cmd);
    for (uint32_t n = 1; n <= members->order_cnt; n++) {
        const order_t *order = &members->orders[n];
        bool wanted = is_open(order) && order->session_id == cmd->session_id &&
                      (!cmd->token || order->row_idx == row_idx) &&
                      (!cmd->side || order->side == cmd->side) &&
                      (order->flags & flags) == flags;
        if (!wanted) continue;
        members->active = n;
        members_cancel(members, n, reason);
        done.value++;
    }
    done.side = cmd->side;
    done.reason = (uint16_t)reason;
    members_put(members, &done);
}

static void on_mass_cancel(bj_members_t *members, const bj_cmd_t *cmd) {
    end_many(members, cmd, 0, BJ_END_MASS);
}

static void on_disconnect(bj_members_t *members, const bj_cmd_t *cmd) {
    static const uint8_t never = 0xff; /* no order has all flags */
    static const uint8_t flags[] = {[BJ_DISCONNECT_FLAGGED] = BJ_FLAG_CANCEL_ON_DISCONNECT,
                                    [BJ_DISCONNECT_ALL] = 0, [BJ_DISCONNECT_NEVER] = never};
    uint8_t how = cmd->body.disconnect < BJ_COUNT(flags) ? cmd->body.disconnect : 0;
    members->active_seq = 0; /* nobody asked */
    end_many(members, cmd, flags[how], BJ_END_DISCONNECT);
}

void bj_members_command(bj_members_t *members, const bj_cmd_t *cmd) {
    static void (*const handlers[])(bj_members_t *, const bj_cmd_t *) = {
        [BJ_CMD_NEW] = on_new, [BJ_CMD_MODIFY] = on_modify, [BJ_CMD_CANCEL] = on_cancel,
        [BJ_CMD_MASS_CANCEL] = on_mass_cancel, [BJ_CMD_DISCONNECT] = on_disconnect};
    members->cmd_seq++;
    members->active = 0;
    members->active_seq = cmd->session_seq;
    if (cmd->type < BJ_COUNT(handlers) && handlers[cmd->type]) handlers[cmd->type](members, cmd);
    else refuse(members, cmd, 0, BJ_REJ_NOT_PERMITTED);
    members->active = 0;
    bj_members_stops(members);
}

const char *bj_members_broken(const bj_members_t *members) {
    bj_books_t *books = (bj_books_t *)(uintptr_t)bj_model_books(members->config.model);
    uint32_t open_cnt = 0, stop_cnt = 0;
    for (uint32_t n = 1; n <= members->order_cnt; n++) {
        const order_t *order = &members->orders[n];
        const bj_order_t *there = bj_books_find(books, id_of(members, n));
        open_cnt += is_open(order);
        stop_cnt += order->state == ORDER_WAITS;
        if (!there != (order->state != ORDER_BOOK)) return "an order is not where it should be";
        if (!there) continue;
        if (there->qty != order->shown_qty) return "the book shows another quantity";
        if (bj_books_price_of(books, there) != order->price_paise) return "another price";
        if (order->leaves_qty < order->shown_qty) return "more is shown than there is";
    }
    if (open_cnt != members->stats.open) return "open orders are miscounted";
    return stop_cnt == members->stop_cnt ? NULL : "stops are miscounted";
}
