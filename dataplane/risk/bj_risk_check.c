/* The checks.  What a limit has against an order is a bit; bits lie in the order in which reasons
 * are given.  Before that the short way: what is inside every limit, as if each counted, needs no
 * reason; whatever is not goes the long way, which decides. */
#include "dataplane/risk/bj_risk_priv.h"

/* What a holder has against an order, in the order of bj_risk.h; each stage has a bit for what is
 * nobody's (a sum that does not fit, the instrument's own), account, desk and member. */
typedef enum stage {
    STAGE_SEGMENT, STAGE_BARRED, STAGE_BLOCKED,
    STAGE_ORDER_QTY, STAGE_ORDER_VALUE, STAGE_RATE, STAGE_OPEN_ORDERS, STAGE_OPEN_VALUE, STAGE_NET,
    STAGE_BANNED, STAGE_CLIENT_QTY, STAGE_GROSS, STAGE_UNDERLYING_NET, STAGE_UNDERLYING_GROSS,
    STAGE_MARGIN, STAGE_EXECUTIONS
} stage_t;

enum { LANES = 4, LANE_NOBODY = 0, ACCOUNT_IDX = (1 << 24) - 1 };
#define IF(condition, stage, lane) ((uint64_t)(condition) << ((unsigned)(stage) * LANES + (lane)))

#define ROW(stage, nobody, check)                                                    \
    [(stage) * LANES] = (nobody), [(stage) * LANES + 1] = BJ_REJ_ACCOUNT_##check,    \
    [(stage) * LANES + 2] = BJ_REJ_DESK_##check, [(stage) * LANES + 3] = BJ_REJ_MEMBER_##check
/* The account's names that are older than its levels. */
enum {
    BJ_REJ_ACCOUNT_ORDER_VALUE = BJ_REJ_ORDER_VALUE,
    BJ_REJ_ACCOUNT_RATE = BJ_REJ_RATE,
    BJ_REJ_ACCOUNT_OPEN_ORDERS = BJ_REJ_OPEN_ORDERS,
    BJ_REJ_ACCOUNT_OPEN_VALUE = BJ_REJ_OPEN_VALUE,
    BJ_REJ_ACCOUNT_NET = BJ_REJ_POSITION,
};
static const uint8_t reasons[64] = {
    ROW(STAGE_SEGMENT, BJ_OK, SEGMENT),
    ROW(STAGE_BARRED, BJ_OK, BARRED),
    ROW(STAGE_BLOCKED, BJ_OK, BLOCKED),
    ROW(STAGE_ORDER_QTY, BJ_OK, ORDER_QTY),
    ROW(STAGE_ORDER_VALUE, BJ_OK, ORDER_VALUE),
    ROW(STAGE_RATE, BJ_OK, RATE),
    ROW(STAGE_OPEN_ORDERS, BJ_OK, OPEN_ORDERS),
    ROW(STAGE_OPEN_VALUE, BJ_ERR_OVERFLOW, OPEN_VALUE),
    ROW(STAGE_NET, BJ_OK, NET),
    [STAGE_BANNED * LANES] = BJ_REJ_BANNED,
    [STAGE_CLIENT_QTY * LANES] = BJ_REJ_CLIENT_QTY,
    ROW(STAGE_GROSS, BJ_OK, GROSS),
    ROW(STAGE_UNDERLYING_NET, BJ_OK, UNDERLYING_NET),
    ROW(STAGE_UNDERLYING_GROSS, BJ_OK, UNDERLYING_GROSS),
    ROW(STAGE_MARGIN, BJ_ERR_OVERFLOW, MARGIN),
    ROW(STAGE_EXECUTIONS, BJ_OK, EXECUTIONS),
};
#undef ROW

static bj_status_t first_reason(uint64_t against) {
    return against ? (bj_status_t)reasons[__builtin_ctzll(against)] : BJ_OK;
}

/* An order as the checks see it: the wish, where it comes from, what it would replace. */
typedef struct wish {
    const bj_risk_t    *risk;
    const instrument_t *instrument;
    uint32_t  row, underlying_row; /* the latter BJ_RISK_NONE: none */
    holder_t *holder[LEVELS]; /* account, desk, member: by lane, less one */
    uint64_t  unpaid;         /* bits of STAGE_RATE */
    bool      buy, is_new;
    int32_t   price_paise; /* what it counts at: limit; a market order's: its end of the band */
    const bj_risk_terms_t *terms;
    int32_t   old_price_paise, old_qty; /* open now, if it is a change; else 0, 0 */
    /* what becomes of it, made once for all holders */
    int64_t   more_qty;  /* open */
    int64_t   value_paise, more_value_paise; /* of the whole order; open.  By weigh, as the rest */
    int32_t   grown_qty; /* the whole quantity, if it is more than it was; else 0 */
    bool      value_grows;
} wish_t;

static const bj_index_slot_t *find(bj_index_slot_t *slot, uint32_t slot_cnt, uint32_t key) {
    const bj_index_slot_t *found = key ? bj_index_find(slot, slot_cnt, key) : NULL;
    return found && found->key ? found : NULL;
}

/* --- message rate */

/* Every message costs, whatever becomes of it.  Cancels are free: a client must always be able to
 * get out.  A clock that goes back gives no credit. */
static bool pay(holder_t *holder, int64_t time_ns) {
    int64_t since_ns, credit_ns = 0;
    if (!holder->message_ns) return true;
    if (time_ns > holder->credit_at_ns) {
        if (__builtin_sub_overflow(time_ns, holder->credit_at_ns, &since_ns) ||
            __builtin_add_overflow(holder->credit_ns, since_ns, &credit_ns) ||
            credit_ns > holder->credit_max_ns) {
            credit_ns = holder->credit_max_ns;
        }
        holder->credit_ns = credit_ns;
        holder->credit_at_ns = time_ns;
    }
    if (holder->credit_ns < holder->message_ns) return false;
    holder->credit_ns -= holder->message_ns;
    return true;
}

static void pay_all(wish_t *w) {
#pragma GCC unroll 3
    for (unsigned lane = 1; lane <= LEVELS; lane++) {
        w->unpaid |= IF(!pay(w->holder[lane - 1], w->risk->now_ns), STAGE_RATE, lane);
    }
}

/* --- may it at all */

static bj_status_t check_instrument(const instrument_t *instrument) {
    if (!instrument) return BJ_REJ_INSTRUMENT_UNKNOWN;
    if (BJ_UNLIKELY(instrument->session.state != BJ_STATE_OPEN)) {
        if (instrument->session.state == BJ_STATE_CLOSED) return BJ_REJ_SESSION_CLOSED;
        if (instrument->session.state == BJ_STATE_HALTED) return BJ_REJ_INSTRUMENT_HALTED;
        if (instrument->session.state == BJ_STATE_BUFFER) return BJ_REJ_PHASE;
    }
    return instrument->terms.blocked ? BJ_REJ_INSTRUMENT_BLOCKED : BJ_OK;
}

/* Does what is open on that side, this included, do no more than bring the position down? */
static bool only_less(const wish_t *w, const position_t *p) {
    return w->more_qty <= 0 || side_qty(p, w->buy) + w->more_qty <= 0;
}

static bool is_barred(const wish_t *w, const holder_t *h) {
    uint32_t barred = rares_of(w->risk, h)[w->row].barred;
    return barred == 1 || (barred && !only_less(w, &positions_of(w->risk, h)[w->row]));
}

/* Nothing barred, nothing blocked, every segment mask has it. */
static bool permitted(const wish_t *w) {
    const holder_t *a = w->holder[0], *d = w->holder[1], *m = w->holder[2];
    int64_t bad = a->limit[BARS] | d->limit[BARS] | m->limit[BARS] | a->limit[BJ_LIMIT_BLOCKED] |
                  d->limit[BJ_LIMIT_BLOCKED] | m->limit[BJ_LIMIT_BLOCKED];
    int64_t segments = a->limit[BJ_LIMIT_SEGMENTS] & d->limit[BJ_LIMIT_SEGMENTS] &
                       m->limit[BJ_LIMIT_SEGMENTS];
    return !bad && segments >> w->instrument->terms.segment & 1;
}

static bj_status_t check_permission(const wish_t *w) {
    uint64_t against = 0;
    if (BJ_LIKELY(permitted(w))) return BJ_OK;
    for (unsigned lane = 1; lane <= LEVELS; lane++) {
        const holder_t *h = w->holder[lane - 1];
        bool barred = BJ_UNLIKELY(h->limit[BARS]) && is_barred(w, h);
        bool segment = h->limit[BJ_LIMIT_SEGMENTS] >> w->instrument->terms.segment & 1;
        against |= IF(!segment, STAGE_SEGMENT, lane) | IF(barred, STAGE_BARRED, lane) |
                   IF(h->limit[BJ_LIMIT_BLOCKED], STAGE_BLOCKED, lane);
    }
    return first_reason(against);
}

/* --- the order by itself */

/* What a market order may come to cost.  One that queues for an auction may be a limit order after
 * it, on either side at any price of the band. */
static int32_t counted_price(const instrument_t *instrument, bool buy,
                             const bj_risk_terms_t *terms) {
    const bj_risk_session_t *session = &instrument->session;
    if (BJ_LIKELY(!terms->market)) return terms->price_paise;
    bool auction =
        session->state == BJ_STATE_AUCTION || session->state == BJ_STATE_AUCTION_LIMIT;
    return auction || buy ? session->band_hi_paise : session->band_lo_paise;
}

/* After the close matching knows the one price there is. */
static bool in_band(const instrument_t *instrument, int32_t price_paise) {
    const bj_risk_session_t *session = &instrument->session;
    bool inside = price_paise >= session->band_lo_paise && price_paise <= session->band_hi_paise;
    return BJ_LIKELY(inside) || session->state == BJ_STATE_POST_CLOSE;
}

/* As it is now: of the window that has just ended, if nothing was traded since; 0: none. */
static int64_t reference_of(const instrument_t *instrument, int64_t now_ns) {
    const window_t *window = &instrument->window;
    int64_t since_ns;
    bool wild = __builtin_sub_overflow(now_ns, window->last_ns, &since_ns);
    if (!window->qty || wild || since_ns >= REFERENCE_OLD_NS) return 0;
    return window_over(window, now_ns) ? window->value_paise / window->qty
                                       : instrument->terms.reference_paise;
}

static bool near_reference(const wish_t *w) {
    const terms_t *terms = &w->instrument->terms;
    int64_t from_paise = reference_of(w->instrument, w->risk->now_ns);
    int64_t reach_paise = from_paise * terms->protection_bp / 10000;
    if (reach_paise < terms->protection_min_paise) reach_paise = terms->protection_min_paise;
    int64_t far_paise = w->terms->price_paise - from_paise;
    return !from_paise || (far_paise <= reach_paise && far_paise >= -reach_paise);
}

/* A stop is looked at when it wakes, by matching's protection: until then its price is far from
 * the market on purpose. */
static bool protected_price(const wish_t *w) {
    const terms_t *terms = &w->instrument->terms;
    bool inside = w->terms->price_paise >= terms->price_lo_paise &&
                  w->terms->price_paise <= terms->price_hi_paise;
    if (BJ_UNLIKELY(is_protected(terms))) inside = inside && near_reference(w);
    return inside || w->terms->market || w->terms->trigger_paise;
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
    if (!protected_price(w)) return BJ_REJ_PRICE_PROTECTION;
    if (t->qty <= 0) return BJ_REJ_QTY;
    if (t->qty > d->freeze_qty) return BJ_REJ_FREEZE_QTY;
    return BJ_OK;
}

/* --- the limits of one holder.  None refuses a change that lowers what it counts. */

static uint64_t against_value(const wish_t *w, const holder_t *h, unsigned lane) {
    int64_t total_paise;
    bool more = w->more_value_paise > 0;
    bool overflow =
        __builtin_add_overflow(h->open_value_paise, w->more_value_paise, &total_paise) && more;
    return IF(w->grown_qty > h->limit[BJ_LIMIT_ORDER_QTY], STAGE_ORDER_QTY, lane) |
           IF(w->value_grows && w->value_paise > h->limit[BJ_LIMIT_ORDER_VALUE],
              STAGE_ORDER_VALUE, lane) |
           IF(w->is_new && h->open_orders >= h->limit[BJ_LIMIT_OPEN_ORDERS], STAGE_OPEN_ORDERS,
              lane) |
           IF(overflow, STAGE_OPEN_VALUE, LANE_NOBODY) |
           IF(more && total_paise > h->limit[BJ_LIMIT_OPEN_VALUE], STAGE_OPEN_VALUE, lane);
}

/* As if all that is open on this side had traded, and nothing on the other. */
static uint64_t against_position(const wish_t *w, const holder_t *h, const position_t *p,
                                 unsigned lane) {
    bool more = w->more_qty > 0;
    int64_t net_qty = side_qty(p, w->buy) + w->more_qty;
    uint64_t against =
        IF(more && net_qty > h->limit[BJ_LIMIT_NET_QTY], STAGE_NET, lane) |
        IF(more && gross_qty(p) + w->more_qty > h->limit[BJ_LIMIT_GROSS_QTY], STAGE_GROSS, lane);
    if (lane != BJ_LEVEL_ACCOUNT) return against;
    const terms_t *terms = &w->instrument->terms;
    return against | IF(terms->banned && net_qty > 0 && more, STAGE_BANNED, LANE_NOBODY) |
           IF(more && net_qty > terms->client_qty, STAGE_CLIENT_QTY, LANE_NOBODY);
}

static uint64_t against_underlying(const wish_t *w, const holder_t *h, const position_t *p,
                                   unsigned lane) {
    bool more = w->more_qty > 0, buy = w->buy != w->instrument->terms.inverse;
    return IF(more && side_qty(p, buy) + w->more_qty > h->limit[BJ_LIMIT_UNDERLYING_NET],
              STAGE_UNDERLYING_NET, lane) |
           IF(more && gross_qty(p) + w->more_qty > h->limit[BJ_LIMIT_UNDERLYING_GROSS],
              STAGE_UNDERLYING_GROSS, lane);
}

static uint64_t against_margin(const wish_t *w, const holder_t *h, const position_t *p,
                               unsigned lane) {
    int64_t margin_paise, total_paise;
    int64_t long_qty = side_qty(p, true) + (w->buy ? w->more_qty : 0);
    int64_t short_qty = side_qty(p, false) + (w->buy ? 0 : w->more_qty);
    bool overflow = margin_of(&w->instrument->terms, long_qty, short_qty, &margin_paise);
    int64_t was_paise = rares_of(w->risk, h)[w->row].margin_paise;
    bool more = margin_paise > was_paise;
    overflow |= __builtin_add_overflow(h->margin_paise, margin_paise - was_paise, &total_paise);
    return IF(more && overflow, STAGE_MARGIN, LANE_NOBODY) |
           IF(more && total_paise > h->limit[BJ_LIMIT_MARGIN], STAGE_MARGIN, lane);
}

static uint64_t against_executions(const wish_t *w, const holder_t *h, unsigned lane) {
    int64_t since_ns;
    if (BJ_LIKELY(h->execution_cnt < h->limit[BJ_LIMIT_EXECUTIONS])) return 0;
    bool past = __builtin_sub_overflow(w->risk->now_ns, h->executions_from_ns, &since_ns) ||
                since_ns >= w->risk->config.executions_ns;
    return IF(!past || !h->limit[BJ_LIMIT_EXECUTIONS], STAGE_EXECUTIONS, lane);
}

/* Quantities are known to be in their range by now. */
static void weigh(wish_t *w) {
    int32_t open_qty = w->terms->qty - w->terms->cum_qty, old_whole_qty = 0;
    int64_t old_paise = 0;
    if (w->old_qty) {
        old_whole_qty = w->old_qty + w->terms->cum_qty;
        old_paise = value_of(w->old_price_paise, old_whole_qty);
    }
    w->value_paise = value_of(w->price_paise, w->terms->qty);
    w->value_grows = w->value_paise > old_paise;
    w->grown_qty = w->terms->qty > old_whole_qty ? w->terms->qty : 0;
    w->more_value_paise =
        value_of(w->price_paise, open_qty) - value_of(w->old_price_paise, w->old_qty);
}

/* No branch, and as if every quantity grew: the way of nearly all orders.  Conditions are summed as
 * numbers: what is not inside counts. */
static inline unsigned outside(const wish_t *w, const holder_t *h) {
    const position_t *p = &positions_of(w->risk, h)[w->row];
    int64_t total_paise, net_qty = side_qty(p, w->buy) + w->more_qty;
    unsigned cnt =
        __builtin_add_overflow(h->open_value_paise, w->more_value_paise, &total_paise);
    cnt += w->terms->qty > h->limit[BJ_LIMIT_ORDER_QTY];
    cnt += w->value_paise > h->limit[BJ_LIMIT_ORDER_VALUE];
    cnt += h->open_orders >= h->limit[BJ_LIMIT_OPEN_ORDERS];
    cnt += total_paise > h->limit[BJ_LIMIT_OPEN_VALUE];
    cnt += net_qty > h->limit[BJ_LIMIT_NET_QTY];
    cnt += gross_qty(p) + w->more_qty > h->limit[BJ_LIMIT_GROSS_QTY];
    cnt += h->execution_cnt >= h->limit[BJ_LIMIT_EXECUTIONS];
    return cnt;
}

/* What only derivatives have.  A product that does not fit, or a sum, is outside. */
static inline unsigned derivative_outside(const wish_t *w, const holder_t *h) {
    const terms_t *terms = &w->instrument->terms;
    const position_t *p = positions_of(w->risk, h), *own = &p[w->row];
    int64_t side = side_qty(own, w->buy) + w->more_qty, other = side_qty(own, !w->buy);
    int64_t margin_paise, total_paise;
    unsigned cnt = margin_of(terms, w->buy ? side : other, w->buy ? other : side, &margin_paise);
    margin_paise -= rares_of(w->risk, h)[w->row].margin_paise;
    cnt += __builtin_add_overflow(h->margin_paise, margin_paise, &total_paise);
    cnt += total_paise > h->limit[BJ_LIMIT_MARGIN];
    if (w->underlying_row == BJ_RISK_NONE) return cnt;
    const position_t *sum = &p[w->underlying_row];
    bool buy = w->buy != terms->inverse;
    cnt += side_qty(sum, buy) + w->more_qty > h->limit[BJ_LIMIT_UNDERLYING_NET];
    cnt += gross_qty(sum) + w->more_qty > h->limit[BJ_LIMIT_UNDERLYING_GROSS];
    return cnt;
}

static bool all_inside(const wish_t *w) {
    const holder_t *a = w->holder[0], *d = w->holder[1], *m = w->holder[2];
    const terms_t *terms = &w->instrument->terms;
    int64_t client_qty = side_qty(&positions_of(w->risk, a)[w->row], w->buy) + w->more_qty;
    unsigned cnt = outside(w, a) + outside(w, d) + outside(w, m);
    cnt += w->unpaid != 0;
    cnt += terms->banned;
    cnt += client_qty > terms->client_qty;
    bool derivative = w->underlying_row != BJ_RISK_NONE ||
                      terms->margin_buy_paise | terms->margin_sell_paise;
    if (derivative)
        cnt += derivative_outside(w, a) + derivative_outside(w, d) + derivative_outside(w, m);
    return !cnt;
}

static bj_status_t check_limits(wish_t *w) {
    const terms_t *terms = &w->instrument->terms;
    bool margin = terms->margin_buy_paise | terms->margin_sell_paise;
    weigh(w);
    if (BJ_LIKELY(all_inside(w))) return BJ_OK;
    uint64_t against = w->unpaid;
    for (unsigned lane = 1; lane <= LEVELS; lane++) {
        const holder_t *h = w->holder[lane - 1];
        const position_t *p = positions_of(w->risk, h);
        against |= against_value(w, h, lane) | against_position(w, h, &p[w->row], lane) |
                   against_executions(w, h, lane);
        if (w->underlying_row != BJ_RISK_NONE)
            against |= against_underlying(w, h, &p[w->underlying_row], lane);
        if (margin) against |= against_margin(w, h, &p[w->row], lane);
    }
    return first_reason(against);
}

/* --- both kinds of order */

/* Field by field: clearing all of it first is an instruction that is slow to begin. */
static inline void begin(wish_t *w, const bj_risk_t *risk, bool buy, const bj_risk_terms_t *terms) {
    w->risk = risk;
    w->terms = terms;
    w->unpaid = 0;
    w->buy = buy;
    w->is_new = true;
    w->old_price_paise = w->old_qty = 0;
}

static void place(wish_t *w, const instrument_t *instrument, uint32_t row) {
    w->instrument = instrument;
    w->row = row;
    w->price_paise = counted_price(instrument, w->buy, w->terms);
    w->more_qty = (int64_t)w->terms->qty - w->terms->cum_qty - w->old_qty;
    w->underlying_row = instrument->terms.underlying_idx == BJ_RISK_NONE
                            ? BJ_RISK_NONE : underlying_row(w->risk, instrument);
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

/* --- new */

static bj_status_t check_wish(wish_t *w, const bj_cmd_t *cmd) {
    bj_status_t status = check_permission(w);
    if (BJ_UNLIKELY(status != BJ_OK)) return status;
    if (BJ_UNLIKELY(!fields_ok(cmd))) return BJ_REJ_FIELD;
    if ((status = check_terms(w)) != BJ_OK) return status;
    return check_limits(w);
}

bj_status_t bj_risk_check_new(bj_risk_t *risk, const bj_cmd_t *cmd, bj_risk_order_t *order) {
    const bj_index_slot_t *token = find(risk->token_idx, risk->token_slots, cmd->token);
    const bj_index_slot_t *who = find(risk->account_idx, risk->account_slots, cmd->account_id);
    const instrument_t *instrument = token ? &risk->instrument[token->idx] : NULL;
    holder_t *desk = who ? bj_risk_desk(risk, cmd->session_id) : NULL;
    const bj_risk_terms_t terms = {
        .price_paise = cmd->price_paise, .qty = cmd->qty,
        .trigger_paise = cmd->trigger_price_paise, .disclosed_qty = cmd->disclosed_qty,
        .market = cmd->order_type == BJ_MARKET || cmd->order_type == BJ_SL_M};
    wish_t wish;
    begin(&wish, risk, cmd->side == BJ_BUY, &terms);
    if (desk) {
        if (token) __builtin_prefetch(&positions_of(risk, &risk->account[who->idx])[token->idx]);
        wish.holder[0] = &risk->account[who->idx];
        wish.holder[1] = desk, wish.holder[2] = risk->member;
        pay_all(&wish);
    }
    bj_status_t status = check_instrument(instrument);
    if (BJ_UNLIKELY(status != BJ_OK)) return status;
    if (BJ_UNLIKELY(!desk)) return who ? BJ_ERR_FULL : BJ_REJ_ACCOUNT_UNKNOWN;
    place(&wish, instrument, token->idx);
    if ((status = check_wish(&wish, cmd)) != BJ_OK) return status;
    *order = (bj_risk_order_t){.account_idx = who->idx & ACCOUNT_IDX, .side = cmd->side,
                               .instrument_idx = (uint16_t)token->idx,
                               .desk_idx = (uint16_t)(desk - risk->desk),
                               .price_paise = wish.price_paise, .qty = cmd->qty};
    return BJ_OK;
}

/* --- modify */

bj_status_t bj_risk_check_modify(bj_risk_t *risk, const bj_risk_terms_t *terms,
                                 const bj_risk_order_t *order, bj_risk_order_t *changed) {
    const instrument_t *instrument = &risk->instrument[order->instrument_idx];
    wish_t wish;
    begin(&wish, risk, order->side == BJ_BUY, terms);
    wish.is_new = false;
    wish.holder[0] = &risk->account[order->account_idx];
    wish.holder[1] = &risk->desk[order->desk_idx], wish.holder[2] = risk->member;
    wish.old_price_paise = order->price_paise, wish.old_qty = order->qty;
    pay_all(&wish);
    place(&wish, instrument, order->instrument_idx);
    bj_status_t status = check_instrument(instrument);
    if (status == BJ_OK) status = check_permission(&wish);
    if (BJ_UNLIKELY(status != BJ_OK)) return status;
    if (BJ_UNLIKELY(terms->trigger_paise < 0 || terms->disclosed_qty < 0)) return BJ_REJ_FIELD;
    if ((status = check_terms(&wish)) != BJ_OK) return status;
    if (terms->qty <= terms->cum_qty) return BJ_REJ_LEAVES;
    if (!terms->changes) return BJ_REJ_UNCHANGED;
    if ((status = check_limits(&wish)) != BJ_OK) return status;
    *changed = *order;
    changed->price_paise = wish.price_paise;
    changed->qty = terms->qty - terms->cum_qty;
    return BJ_OK;
}
