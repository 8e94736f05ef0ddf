#include "dataplane/risk/bj_risk_priv.h"

/* An order as the checks see it: the wish, where it comes from, what it would replace. */
typedef struct wish {
    const instrument_t *instrument;
    const account_t    *account;
    const position_t   *position;
    bj_side_t side;
    bool      market, paid;
    int32_t   price_paise;     /* limit; a market order's: its end of the band */
    int32_t   sent_price_paise; /* as it came: 0 for a market order */
    int32_t   qty;             /* whole */
    int32_t   cum_qty;         /* of it traded already */
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
    if (instrument->state == BJ_STATE_CLOSED) return BJ_REJ_SESSION_CLOSED;
    if (instrument->state == BJ_STATE_HALTED) return BJ_REJ_INSTRUMENT_HALTED;
    if (!account) return BJ_REJ_ACCOUNT_UNKNOWN;
    if (account->limits.blocked) return BJ_REJ_ACCOUNT_BLOCKED;
    return BJ_OK;
}

static bj_status_t check_terms(const wish_t *w) {
    const bj_cmd_instrument_t *d = &w->instrument->definition;
    if (!w->market && w->sent_price_paise % d->tick_paise) return BJ_REJ_TICK;
    if (w->qty % d->lot_qty) return BJ_REJ_LOT;
    if (w->market ? w->sent_price_paise != 0 : w->sent_price_paise <= 0) return BJ_REJ_PRICE;
    if (w->price_paise < d->band_lo_paise || w->price_paise > d->band_hi_paise)
        return BJ_REJ_PRICE_BAND;
    if (w->qty <= 0) return BJ_REJ_QTY;
    if (w->qty > d->freeze_qty) return BJ_REJ_FREEZE_QTY;
    return BJ_OK;
}

static bj_status_t check_order_value(const wish_t *w) {
    int64_t value_paise = value_of(w->price_paise, w->qty);
    int64_t old_paise = w->old_qty ? value_of(w->old_price_paise, w->old_qty + w->cum_qty) : 0;
    bool grows = value_paise > old_paise;
    bool above = value_paise > w->account->limits.order_value_max_paise;
    return grows && above ? BJ_REJ_ORDER_VALUE : BJ_OK;
}

static bj_status_t check_open_value(const wish_t *w) {
    int64_t total_paise, more_paise = value_of(w->price_paise, w->qty - w->cum_qty) -
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
    int64_t more_qty = (int64_t)w->qty - w->cum_qty - w->old_qty, total_qty;
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
    return (cmd->side == BJ_BUY || cmd->side == BJ_SELL) &&
           (cmd->order_type == BJ_LIMIT || cmd->order_type == BJ_MARKET) &&
           (cmd->tif == BJ_DAY || cmd->tif == BJ_IOC);
}

/* Fields that version 1 has no use for must say so. */
static bool extras_ok(const bj_cmd_t *cmd) {
    return !cmd->trigger_price_paise && !cmd->disclosed_qty;
}

bj_status_t bj_risk_check_new(bj_risk_t *risk, const bj_cmd_t *cmd, bj_risk_order_t *order) {
    const bj_index_slot_t *token = find(risk->token_idx, risk->token_slots, cmd->token);
    const bj_index_slot_t *who = find(risk->account_idx, risk->account_slots, cmd->account_id);
    instrument_t *instrument = token ? &risk->instrument[token->idx] : NULL;
    account_t *account = who ? &risk->account[who->idx] : NULL;
    bool paid = account && pay(risk, account, cmd->time_ns);

    bj_status_t status = check_who(instrument, account);
    if (BJ_UNLIKELY(status != BJ_OK)) return status;
    bool fields_ok = extras_ok(cmd) && cmd->client_order_id &&
                     !(cmd->flags & ~BJ_FLAG_CANCEL_ON_DISCONNECT);
    if (BJ_UNLIKELY(!fields_ok)) return BJ_REJ_FIELD;

    bool market = cmd->order_type == BJ_MARKET;
    const bj_cmd_instrument_t *d = &instrument->definition;
    int32_t end_paise = cmd->side == BJ_BUY ? d->band_hi_paise : d->band_lo_paise;
    wish_t wish = {.instrument = instrument, .account = account, .side = (bj_side_t)cmd->side,
                   .position = position_of(risk, who->idx, token->idx), .market = market,
                   .paid = paid, .price_paise = market ? end_paise : cmd->price_paise,
                   .sent_price_paise = cmd->price_paise, .qty = cmd->qty};
    if ((status = check_terms(&wish)) != BJ_OK) return status;
    if ((status = check_limits(&wish)) != BJ_OK) return status;
    *order = (bj_risk_order_t){.account_idx = who->idx, .instrument_idx = token->idx,
                               .price_paise = wish.price_paise, .qty = cmd->qty, .side = cmd->side};
    return BJ_OK;
}

bj_status_t bj_risk_check_modify(bj_risk_t *risk, const bj_cmd_t *cmd, const bj_risk_order_t *order,
                                 int32_t cum_qty, bj_risk_order_t *changed) {
    const instrument_t *instrument = &risk->instrument[order->instrument_idx];
    account_t *account = &risk->account[order->account_idx];
    bool paid = pay(risk, account, cmd->time_ns);

    bj_status_t status = check_who(instrument, account);
    if (BJ_UNLIKELY(status != BJ_OK)) return status;
    if (BJ_UNLIKELY(!extras_ok(cmd))) return BJ_REJ_FIELD;
    wish_t wish = {.instrument = instrument, .account = account, .side = (bj_side_t)order->side,
                   .position = position_of(risk, order->account_idx, order->instrument_idx),
                   .paid = paid, .price_paise = cmd->price_paise,
                   .sent_price_paise = cmd->price_paise, .qty = cmd->qty, .cum_qty = cum_qty,
                   .old_price_paise = order->price_paise, .old_qty = order->qty};
    if ((status = check_terms(&wish)) != BJ_OK) return status;
    if (cmd->qty <= cum_qty) return BJ_REJ_LEAVES;
    if (cmd->price_paise == order->price_paise && cmd->qty - cum_qty == order->qty) {
        return BJ_REJ_UNCHANGED;
    }
    if ((status = check_limits(&wish)) != BJ_OK) return status;
    *changed = *order;
    changed->price_paise = cmd->price_paise;
    changed->qty = cmd->qty - cum_qty;
    return BJ_OK;
}
