/* The checks' short way: yes, or not known.  A plain limit order is held against every limit as if
 * all that the limit counts grew: one compare each, hardly ever true, and no reasons.  What is not
 * known to be inside goes the long way (bj_risk_reason.c), which decides. */
#include "dataplane/risk/bj_risk_wish.h"

enum { ACCOUNT_IDX = (1 << 24) - 1 };

/* --- message rate */

/* Every message costs, whatever becomes of it.  Cancels are free: a client must always be able to
 * get out.  A clock that goes back gives no credit.  Credit never is above its maximum, so what is
 * missing fits, and so does, unsigned, any span of time. */
static inline bool pay(holder_t *holder, int64_t now_ns) {
    int64_t credit_ns = holder->credit_ns;
    if (!holder->message_ns) return true;
    if (BJ_LIKELY(now_ns > holder->credit_at_ns)) {
        uint64_t since_ns = (uint64_t)now_ns - (uint64_t)holder->credit_at_ns;
        uint64_t missing_ns = (uint64_t)(holder->credit_max_ns - credit_ns);
        credit_ns += (int64_t)(since_ns < missing_ns ? since_ns : missing_ns);
        holder->credit_at_ns = now_ns;
    }
    bool paid = BJ_LIKELY(credit_ns >= holder->message_ns);
    if (paid) credit_ns -= holder->message_ns;
    holder->credit_ns = credit_ns;
    return paid;
}

/* A bit for each that has no credit. */
static inline uint32_t pay_all(const bj_risk_t *risk, holder_t *account, holder_t *desk) {
    const int64_t now_ns = risk->now_ns;
    uint32_t unpaid = 0;
    if (!pay(account, now_ns)) unpaid |= 1 << 0;
    if (!pay(desk, now_ns)) unpaid |= 1 << 1;
    if (!pay(risk->member, now_ns)) unpaid |= 1 << 2;
    return unpaid;
}

/* --- the short way */

typedef struct plain { /* a limit order without any more to it */
    const bj_risk_t    *risk;
    const instrument_t *instrument;
    seat_t   account, desk;
    uint32_t row;
    unsigned side;
    int32_t  price_paise, qty;
    int64_t  more_qty;                      /* open */
    int64_t  value_paise, more_value_paise; /* of the whole order; open */
} plain_t;

static inline bool terms_inside(const plain_t *o) {
    const instrument_t *in = o->instrument;
    const bj_cmd_instrument_t *d = &in->definition;
    if (BJ_UNLIKELY(in->session.state != BJ_STATE_OPEN || in->terms.blocked || in->terms.banned))
        return false;
    if (BJ_UNLIKELY(o->price_paise <= 0 || o->qty <= 0 || o->qty > d->freeze_qty)) return false;
    if (BJ_UNLIKELY(o->price_paise < in->session.band_lo_paise)) return false;
    if (BJ_UNLIKELY(o->price_paise > in->session.band_hi_paise)) return false;
    if (BJ_UNLIKELY(o->price_paise < in->terms.price_lo_paise)) return false;
    if (BJ_UNLIKELY(o->price_paise > in->terms.price_hi_paise)) return false;
    if ((uint32_t)o->price_paise % (uint32_t)d->tick_paise) return false;
    if ((uint32_t)o->qty % (uint32_t)d->lot_qty) return false;
    return !is_protected(&in->terms) ||
           bj_risk_near_reference(in, o->price_paise, o->risk->now_ns);
}

/* Nothing barred, nothing blocked, every segment mask has it. */
static inline bool permitted(const plain_t *o) {
    const holder_t *a = o->account.holder, *d = o->desk.holder, *m = o->risk->member;
    int64_t bad = a->limit[BARS] | d->limit[BARS] | m->limit[BARS] | a->limit[BJ_LIMIT_BLOCKED] |
                  d->limit[BJ_LIMIT_BLOCKED] | m->limit[BJ_LIMIT_BLOCKED];
    int64_t segments = a->limit[BJ_LIMIT_SEGMENTS] & d->limit[BJ_LIMIT_SEGMENTS] &
                       m->limit[BJ_LIMIT_SEGMENTS];
    return BJ_LIKELY(!bad && segments >> o->instrument->terms.segment & 1);
}

/* Sums of values are compared unsigned: one that does not fit, or had wrapped, is above any limit,
 * for no limit is below 0. */
static inline bool inside(const plain_t *o, seat_t seat) {
    const holder_t *h = seat.holder;
    const position_t *p = &o->risk->position[seat.row + o->row];
    uint64_t open_paise = (uint64_t)h->open_value_paise + (uint64_t)o->more_value_paise;
    if (BJ_UNLIKELY(o->qty > h->limit[BJ_LIMIT_ORDER_QTY])) return false;
    if (BJ_UNLIKELY(o->value_paise > h->limit[BJ_LIMIT_ORDER_VALUE])) return false;
    if (BJ_UNLIKELY(h->open_orders >= h->limit[BJ_LIMIT_OPEN_ORDERS])) return false;
    if (BJ_UNLIKELY(open_paise > (uint64_t)h->limit[BJ_LIMIT_OPEN_VALUE])) return false;
    if (BJ_UNLIKELY(h->execution_cnt >= h->limit[BJ_LIMIT_EXECUTIONS])) return false;
    if (BJ_UNLIKELY(side_qty(p, o->side) + o->more_qty > h->limit[BJ_LIMIT_NET_QTY])) return false;
    return BJ_LIKELY(gross_qty(p) + o->more_qty <= h->limit[BJ_LIMIT_GROSS_QTY]);
}

/* An order adds to its own side: that side's product is what counts then, or the margin stays. */
static inline bool margin_inside(const plain_t *o, seat_t seat) {
    const holder_t *h = seat.holder;
    const position_t *p = &o->risk->position[seat.row + o->row];
    int64_t qty = side_qty(p, o->side) + o->more_qty, side_paise;
    if (qty < 0) qty = 0;
    bool wraps =
        __builtin_mul_overflow(qty, o->instrument->terms.margin_paise[o->side], &side_paise);
    if (BJ_UNLIKELY(wraps)) return false;
    uint64_t was_paise = (uint64_t)o->risk->rare[seat.row + o->row].margin_paise;
    uint64_t total_paise = (uint64_t)h->margin_paise + (uint64_t)side_paise - was_paise;
    return BJ_LIKELY(total_paise <= (uint64_t)h->limit[BJ_LIMIT_MARGIN]);
}

static inline bool underlying_inside(const plain_t *o, seat_t seat) {
    const holder_t *h = seat.holder;
    const position_t *p = &o->risk->position[seat.row + underlying_row(o->risk, o->instrument)];
    int64_t net_qty = side_qty(p, o->side ^ o->instrument->terms.inverse) + o->more_qty;
    if (BJ_UNLIKELY(net_qty > h->limit[BJ_LIMIT_UNDERLYING_NET])) return false;
    return BJ_LIKELY(gross_qty(p) + o->more_qty <= h->limit[BJ_LIMIT_UNDERLYING_GROSS]);
}

static inline bool all_inside(const plain_t *o) {
    const seat_t a = o->account, d = o->desk, m = seat_at(o->risk, 0);
    const terms_t *terms = &o->instrument->terms;
    int64_t client_qty = side_qty(&o->risk->position[a.row + o->row], o->side) + o->more_qty;
    if (!terms_inside(o) || !permitted(o)) return false;
    if (BJ_UNLIKELY(client_qty > terms->client_qty)) return false;
    if (!inside(o, a) || !inside(o, d) || !inside(o, m)) return false;
    if (has_margin(terms)) {
        if (!margin_inside(o, a) || !margin_inside(o, d) || !margin_inside(o, m)) return false;
    }
    if (terms->underlying_idx == BJ_RISK_NONE) return true;
    return underlying_inside(o, a) && underlying_inside(o, d) && underlying_inside(o, m);
}

/* --- new */

bool bj_risk_is_order(const bj_cmd_t *cmd) {
    return (cmd->side == BJ_BUY || cmd->side == BJ_SELL) && cmd->order_type >= BJ_LIMIT &&
           cmd->order_type <= BJ_SL_M && cmd->tif >= BJ_DAY && cmd->tif <= BJ_GTC;
}

/* Nothing that has a rule of its own. */
static inline bool cmd_plain(const bj_cmd_t *cmd) {
    return cmd->order_type == BJ_LIMIT && cmd->tif != BJ_GTD && !(cmd->flags & ~FLAGS_KNOWN) &&
           !(cmd->trigger_price_paise | cmd->disclosed_qty) && cmd->client_order_id;
}

static inline bool new_inside(const bj_risk_t *risk, const bj_cmd_t *cmd, uint32_t row,
                              seat_t account, seat_t desk) {
    int64_t value_paise = value_of(cmd->price_paise, cmd->qty);
    const plain_t plain = {
        .risk = risk, .instrument = &risk->instrument[row], .account = account, .desk = desk,
        .row = row, .side = side_of(cmd->side), .price_paise = cmd->price_paise, .qty = cmd->qty,
        .more_qty = cmd->qty, .value_paise = value_paise, .more_value_paise = value_paise};
    return cmd_plain(cmd) && all_inside(&plain);
}

/* The long way of a new order, apart: what it needs in memory the short way has in registers. */
static __attribute__((noinline, cold)) bj_status_t
new_reason(const bj_risk_t *risk, const bj_cmd_t *cmd, const bj_index_slot_t *token,
           holder_t *account, holder_t *desk, uint32_t unpaid, int32_t *price_paise) {
    const bj_risk_terms_t terms = {
        .price_paise = cmd->price_paise, .qty = cmd->qty,
        .trigger_paise = cmd->trigger_price_paise, .disclosed_qty = cmd->disclosed_qty,
        .market = cmd->order_type == BJ_MARKET || cmd->order_type == BJ_SL_M};
    wish_t wish = {.risk = risk, .terms = &terms,
                   .instrument = token->key ? &risk->instrument[token->idx] : NULL,
                   .holder = {account, desk, risk->member}, .unpaid = unpaid,
                   .side = side_of(cmd->side), .is_new = true, .row = token->idx};
    bj_status_t status = bj_risk_reason(&wish, cmd);
    *price_paise = wish.price_paise;
    return status;
}

/* Asks memory for the account's lines, all at once. */
static inline void fetch(const bj_risk_t *risk, seat_t account, uint32_t row) {
    __builtin_prefetch(&account.holder->open_value_paise, 1);
    __builtin_prefetch(&account.holder->limit[BJ_LIMIT_BLOCKED]);
    __builtin_prefetch(&account.holder->limit[BJ_LIMIT_OPEN_ORDERS]);
    __builtin_prefetch(&risk->position[account.row + row], 1);
}

bj_status_t bj_risk_check_new(bj_risk_t *risk, const bj_cmd_t *cmd, bj_risk_order_t *order) {
    const bj_index_slot_t *token = bj_index_find(risk->token_idx, risk->token_slots, cmd->token);
    const bj_index_slot_t *who =
        bj_index_find(risk->account_idx, risk->account_slots, cmd->account_id);
    seat_t account = account_seat(risk, who->idx);
    if (BJ_LIKELY(token->key && who->key)) fetch(risk, account, token->idx);
    holder_t *desk = who->key ? bj_risk_desk(risk, cmd->session_id) : NULL;
    uint32_t desk_idx = desk ? risk->desk_of[cmd->session_id] - 1U : 0;
    uint32_t unpaid = desk ? pay_all(risk, account.holder, desk) : 0;
    int32_t price_paise = cmd->price_paise;
    bool known = token->key && desk && !unpaid;
    if (BJ_UNLIKELY(!known || !new_inside(risk, cmd, token->idx, account,
                                          desk_seat(risk, desk_idx)))) {
        bj_status_t status = new_reason(risk, cmd, token, who->key ? account.holder : NULL, desk,
                                        unpaid, &price_paise);
        if (status != BJ_OK) return status;
    }
    const bj_risk_order_t passed = {
        .account_idx = who->idx & ACCOUNT_IDX, .side = cmd->side,
        .instrument_idx = (uint16_t)token->idx, .desk_idx = (uint16_t)desk_idx,
        .price_paise = price_paise, .qty = cmd->qty};
    *order = passed;
    return BJ_OK;
}

/* --- modify */

/* More that is open than before may be less than none. */
static inline bool modify_inside(const bj_risk_t *risk, const bj_risk_terms_t *terms,
                                 const bj_risk_order_t *order) {
    int32_t open_qty = terms->qty - terms->cum_qty;
    const plain_t plain = {
        .risk = risk, .instrument = &risk->instrument[order->instrument_idx],
        .account = account_seat(risk, order->account_idx),
        .desk = desk_seat(risk, order->desk_idx), .row = order->instrument_idx,
        .side = side_of(order->side), .price_paise = terms->price_paise, .qty = terms->qty,
        .more_qty = (int64_t)open_qty - order->qty,
        .value_paise = value_of(terms->price_paise, terms->qty),
        .more_value_paise = value_of(terms->price_paise, open_qty) -
                            value_of(order->price_paise, order->qty)};
    return !terms->market && !(terms->trigger_paise | terms->disclosed_qty) && terms->changes &&
           open_qty > 0 && all_inside(&plain);
}

static __attribute__((noinline, cold)) bj_status_t
modify_reason(const bj_risk_t *risk, const bj_risk_terms_t *terms, const bj_risk_order_t *order,
              uint32_t unpaid, int32_t *price_paise) {
    wish_t wish = {.risk = risk, .terms = terms,
                   .instrument = &risk->instrument[order->instrument_idx],
                   .holder = {&risk->account[order->account_idx], &risk->desk[order->desk_idx],
                              risk->member},
                   .unpaid = unpaid, .side = side_of(order->side), .row = order->instrument_idx,
                   .old_price_paise = order->price_paise, .old_qty = order->qty};
    bj_status_t status = bj_risk_reason(&wish, NULL);
    *price_paise = wish.price_paise;
    return status;
}

bj_status_t bj_risk_check_modify(bj_risk_t *risk, const bj_risk_terms_t *terms,
                                 const bj_risk_order_t *order, bj_risk_order_t *changed) {
    uint32_t unpaid = pay_all(risk, &risk->account[order->account_idx],
                              &risk->desk[order->desk_idx]);
    int32_t price_paise = terms->price_paise;
    if (BJ_UNLIKELY(unpaid || !modify_inside(risk, terms, order))) {
        bj_status_t status = modify_reason(risk, terms, order, unpaid, &price_paise);
        if (status != BJ_OK) return status;
    }
    *changed = *order;
    changed->price_paise = price_paise;
    changed->qty = terms->qty - terms->cum_qty;
    return BJ_OK;
}
