#include "dataplane/risk/bj_risk_priv.h"

/* An order as the checks see it: the wish, where it comes from, what it would replace. */
typedef struct wish {
    const instrument_t *instrument;
    const account_t    *account;
    const position_t   *position;
    bj_side_t side;
    bool      paid;
    int32_t   price_paise; /* what it counts at: limit; a market order's: its end of the band */
    const bj_risk_terms_t *terms;
    int32_t   old_price_paise, old_qty; /* open now, if it is a change; else 0, 0 */
} wish_t;

static const bj_index_slot_t *find(bj_index_slot_t *slot, uint32_t slot_cnt, uint32_t key) {
    const bj_index_slot_t *found = key ? bj_index_find(slot, slot_cnt, key) : NULL;
    return found && found->key ? found : NULL;
}

/* Every message of a known account costs, whatever becomes of it.  Cancels are free: a client must
 * always be able to get out.  A clock that goes back gives no credit. */
static bool pay(const bj_risk_t *risk, account_t *account, int64_t time_ns) {
    int64_t since_ns, credit_ns = 0;
    if (time_ns > account->credit_at_ns) {
        if (__builtin_sub_overflow(time_ns, account->credit_at_ns, &since_ns) ||
            __builtin_add_overflow(account->credit_ns, since_ns, &credit_ns) ||
            credit_ns > risk->credit_max_ns) {
            credit_ns = risk->credit_max_ns;
        }
        account->credit_ns = credit_ns;
        account->credit_at_ns = time_ns;
    }
    if (account->credit_ns < risk->message_ns) return false;
    account->credit_ns -= risk->message_ns;
    return true;
}

static bj_status_t check_who(const instrument_t *instrument, const account_t *account) {
    if (!instrument) return BJ_REJ_INSTRUMENT_UNKNOWN;
    if (BJ_UNLIKELY(instrument->session.state != BJ_STATE_OPEN)) {
        if (instrument->session.state == BJ_STATE_CLOSED) return BJ_REJ_SESSION_CLOSED;
        if (instrument->session.state == BJ_STATE_HALTED) return BJ_REJ_INSTRUMENT_HALTED;
        if (instrument->session.state == BJ_STATE_BUFFER) return BJ_REJ_PHASE;
    }
    if (!account) return BJ_REJ_ACCOUNT_UNKNOWN;
    if (account->limits.blocked) return BJ_REJ_ACCOUNT_BLOCKED;
    return BJ_OK;
}

/* What a market order may come to cost.  One that queues for an auction may be a limit order after
 * it, on either side at any price of the band. */
static int32_t counted_price(const instrument_t *instrument, bj_side_t side,
                             const bj_risk_terms_t *terms) {
    const bj_risk_session_t *session = &instrument->session;
    if (BJ_LIKELY(!terms->market)) return terms->price_paise;
    bool auction =
        session->state == BJ_STATE_AUCTION || session->state == BJ_STATE_AUCTION_LIMIT;
    return auction || side == BJ_BUY ? session->band_hi_paise : session->band_lo_paise;
}

/* After the close matching knows the one price there is. */
static bool in_band(const instrument_t *instrument, int32_t price_paise) {
    const bj_risk_session_t *session = &instrument->session;
    bool inside = price_paise >= session->band_lo_paise && price_paise <= session->band_hi_paise;
    return BJ_LIKELY(inside) || session->state == BJ_STATE_POST_CLOSE;
}

static bj_status_t check_terms(const wish_t *w) {
    const bj_cmd_instrument_t *d = &w->instrument->definition;
    const bj_risk_terms_t *t = w->terms;
    bool stop = BJ_UNLIKELY(t->trigger_paise != 0), part = BJ_UNLIKELY(t->disclosed_qty != 0);
    if (!t->market && t->price_paise % d->tick_paise) return BJ_REJ_TICK;
    if (stop && t->trigger_paise % d->tick_paise) return BJ_REJ_TICK;
    if (t->qty % d->lot_qty) return BJ_REJ_LOT;
    if (part && t->disclosed_qty % d->lot_qty) return BJ_REJ_LOT;
    if (t->market ? t->price_paise != 0 : t->price_paise <= 0) return BJ_REJ_PRICE;
    if (!t->market && !in_band(w->instrument, t->price_paise)) return BJ_REJ_PRICE_BAND;
    if (stop && !in_band(w->instrument, t->trigger_paise)) return BJ_REJ_PRICE_BAND;
    if (t->qty <= 0) return BJ_REJ_QTY;
    if (t->qty > d->freeze_qty) return BJ_REJ_FREEZE_QTY;
    return BJ_OK;
}

static bj_status_t check_order_value(const wish_t *w) {
    int64_t value_paise = value_of(w->price_paise, w->terms->qty);
    int64_t old_paise =
        w->old_qty ? value_of(w->old_price_paise, w->old_qty + w->terms->cum_qty) : 0;
    bool grows = value_paise > old_paise;
    bool above = value_paise > w->account->limits.order_value_max_paise;
    return grows && above ? BJ_REJ_ORDER_VALUE : BJ_OK;
}

static bj_status_t check_open_value(const wish_t *w) {
    int64_t total_paise, more_paise = value_of(w->price_paise, w->terms->qty - w->terms->cum_qty) -
                                      value_of(w->old_price_paise, w->old_qty);
    if (more_paise <= 0) return BJ_OK;
    if (__builtin_add_overflow(w->account->open_value_paise, more_paise, &total_paise)) {
        return BJ_ERR_OVERFLOW;
    }
    return total_paise > w->account->limits.open_value_max_paise ? BJ_REJ_OPEN_VALUE : BJ_OK;
}

/* As if all that is open on this side had traded, and nothing on the other. */
static bj_status_t check_position(const wish_t *w) {
    bool buy = w->side == BJ_BUY;
    int64_t more_qty = (int64_t)w->terms->qty - w->terms->cum_qty - w->old_qty, total_qty;
    int64_t open_qty = buy ? w->position->open_buy_qty : w->position->open_sell_qty;
    if (more_qty <= 0) return BJ_OK;
    if (__builtin_add_overflow(open_qty, more_qty, &total_qty)) return BJ_ERR_OVERFLOW;
    if (buy ? __builtin_add_overflow(total_qty, w->position->net_qty, &total_qty)
            : __builtin_sub_overflow(total_qty, w->position->net_qty, &total_qty)) {
        return BJ_ERR_OVERFLOW;
    }
    return total_qty > w->account->limits.position_max_qty ? BJ_REJ_POSITION : BJ_OK;
}

static bj_status_t check_limits(const wish_t *w) {
    bj_status_t status = check_order_value(w);
    if (status != BJ_OK) return status;
    if (!w->paid) return BJ_REJ_RATE;
    if (!w->old_qty && w->account->open_orders >= w->account->limits.open_orders_max) {
        return BJ_REJ_OPEN_ORDERS;
    }
    status = check_open_value(w);
    return status != BJ_OK ? status : check_position(w);
}

bool bj_risk_is_order(const bj_cmd_t *cmd) {
    return (cmd->side == BJ_BUY || cmd->side == BJ_SELL) && cmd->order_type >= BJ_LIMIT &&
           cmd->order_type <= BJ_SL_M && cmd->tif >= BJ_DAY && cmd->tif <= BJ_GTC;
}

/* A stop has a trigger, nothing else has; an order good till a day names it. */
static bool fields_ok(const bj_cmd_t *cmd) {
    const uint8_t known =
        BJ_FLAG_CANCEL_ON_DISCONNECT | BJ_FLAG_STP_ACTIVE | BJ_FLAG_INTRADAY;
    bool stop = cmd->order_type == BJ_SL || cmd->order_type == BJ_SL_M;
    bool day_ok = cmd->tif != BJ_GTD ||
                  (cmd->body.expiry_day && cmd->body.expiry_day <= UINT16_MAX);
    return cmd->client_order_id && !(cmd->flags & ~known) && cmd->disclosed_qty >= 0 &&
           (stop ? cmd->trigger_price_paise > 0 : !cmd->trigger_price_paise) && day_ok;
}

bj_status_t bj_risk_check_new(bj_risk_t *risk, const bj_cmd_t *cmd, bj_risk_order_t *order) {
    const bj_index_slot_t *token = find(risk->token_idx, risk->token_slots, cmd->token);
    const bj_index_slot_t *who = find(risk->account_idx, risk->account_slots, cmd->account_id);
    instrument_t *instrument = token ? &risk->instrument[token->idx] : NULL;
    account_t *account = who ? &risk->account[who->idx] : NULL;
    bool paid = account && pay(risk, account, cmd->time_ns);

    bj_status_t status = check_who(instrument, account);
    if (BJ_UNLIKELY(status != BJ_OK)) return status;
    if (BJ_UNLIKELY(!fields_ok(cmd))) return BJ_REJ_FIELD;

    const bj_risk_terms_t terms = {
        .price_paise = cmd->price_paise, .qty = cmd->qty,
        .trigger_paise = cmd->trigger_price_paise, .disclosed_qty = cmd->disclosed_qty,
        .market = cmd->order_type == BJ_MARKET || cmd->order_type == BJ_SL_M};
    wish_t wish = {.instrument = instrument, .account = account, .side = (bj_side_t)cmd->side,
                   .position = position_of(risk, who->idx, token->idx), .paid = paid,
                   .price_paise = counted_price(instrument, (bj_side_t)cmd->side, &terms),
                   .terms = &terms};
    if ((status = check_terms(&wish)) != BJ_OK) return status;
    if ((status = check_limits(&wish)) != BJ_OK) return status;
    *order = (bj_risk_order_t){.account_idx = who->idx, .instrument_idx = (uint16_t)token->idx,
                               .price_paise = wish.price_paise, .qty = cmd->qty, .side = cmd->side};
    return BJ_OK;
}

bj_status_t bj_risk_check_modify(bj_risk_t *risk, int64_t time_ns, const bj_risk_terms_t *terms,
                                 const bj_risk_order_t *order, bj_risk_order_t *changed) {
    const instrument_t *instrument = &risk->instrument[order->instrument_idx];
    account_t *account = &risk->account[order->account_idx];
    bool paid = pay(risk, account, time_ns);

    bj_status_t status = check_who(instrument, account);
    if (BJ_UNLIKELY(status != BJ_OK)) return status;
    if (BJ_UNLIKELY(terms->trigger_paise < 0 || terms->disclosed_qty < 0)) return BJ_REJ_FIELD;
    wish_t wish = {.instrument = instrument, .account = account, .side = (bj_side_t)order->side,
                   .position = position_of(risk, order->account_idx, order->instrument_idx),
                   .paid = paid, .terms = terms, .old_price_paise = order->price_paise,
                   .old_qty = order->qty};
    wish.price_paise = counted_price(instrument, wish.side, terms);
    if ((status = check_terms(&wish)) != BJ_OK) return status;
    if (terms->qty <= terms->cum_qty) return BJ_REJ_LEAVES;
    if (!terms->changes) return BJ_REJ_UNCHANGED;
    if ((status = check_limits(&wish)) != BJ_OK) return status;
    *changed = *order;
    changed->price_paise = wish.price_paise;
    changed->qty = terms->qty - terms->cum_qty;
    return BJ_OK;
}
