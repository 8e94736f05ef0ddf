/* The long way of the checks: it decides, and says why not.  What a limit has against an order is a
 * bit; bits lie in the order in which reasons are given. */
#include "dataplane/risk/bj_risk_wish.h"

/* What a holder has against an order, in the order of bj_risk.h; each stage has a bit for what is
 * nobody's (a sum that does not fit, the instrument's own), account, desk and member. */
typedef enum stage {
    STAGE_SEGMENT, STAGE_BARRED, STAGE_BLOCKED,
    STAGE_ORDER_QTY, STAGE_ORDER_VALUE, STAGE_RATE, STAGE_OPEN_ORDERS, STAGE_OPEN_VALUE, STAGE_NET,
    STAGE_BANNED, STAGE_CLIENT_QTY, STAGE_GROSS, STAGE_UNDERLYING_NET, STAGE_UNDERLYING_GROSS,
    STAGE_MARGIN, STAGE_EXECUTIONS
} stage_t;

enum { LANES = 4, LANE_NOBODY = 0 };
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

static void place(wish_t *w) {
    const terms_t *terms = &w->instrument->terms;
    w->price_paise = bj_risk_counted_price(w);
    w->more_qty = (int64_t)w->terms->qty - w->terms->cum_qty - w->old_qty;
    w->underlying_row = terms->underlying_idx == BJ_RISK_NONE
                            ? BJ_RISK_NONE : underlying_row(w->risk, w->instrument);
}

/* --- may it at all */

static bj_status_t check_instrument(const instrument_t *instrument) {
    if (!instrument) return BJ_REJ_INSTRUMENT_UNKNOWN;
    if (instrument->session.state == BJ_STATE_CLOSED) return BJ_REJ_SESSION_CLOSED;
    if (instrument->session.state == BJ_STATE_HALTED) return BJ_REJ_INSTRUMENT_HALTED;
    if (instrument->session.state == BJ_STATE_BUFFER) return BJ_REJ_PHASE;
    return instrument->terms.blocked ? BJ_REJ_INSTRUMENT_BLOCKED : BJ_OK;
}

/* Does what is open on that side, this included, do no more than bring the position down? */
static bool only_less(const wish_t *w, const position_t *p) {
    return w->more_qty <= 0 || side_qty(p, w->side) + w->more_qty <= 0;
}

static bool is_barred(const wish_t *w, const holder_t *h) {
    uint32_t barred = rares_of(w->risk, h)[w->row].barred;
    return barred == 1 || (barred && !only_less(w, &positions_of(w->risk, h)[w->row]));
}

static bj_status_t check_permission(const wish_t *w) {
    uint64_t against = 0;
    for (unsigned lane = 1; lane <= LEVELS; lane++) {
        const holder_t *h = w->holder[lane - 1];
        bool barred = h->limit[BARS] && is_barred(w, h);
        bool segment = h->limit[BJ_LIMIT_SEGMENTS] >> w->instrument->terms.segment & 1;
        against |= IF(!segment, STAGE_SEGMENT, lane) | IF(barred, STAGE_BARRED, lane) |
                   IF(h->limit[BJ_LIMIT_BLOCKED], STAGE_BLOCKED, lane);
    }
    return first_reason(against);
}

/* --- the order by itself */

/* A limit order counts at its limit, a market order at its end of the band.  One that queues for an
 * auction may be a limit order after it, on either side at any price of the band. */
int32_t bj_risk_counted_price(const wish_t *w) {
    const bj_risk_session_t *session = &w->instrument->session;
    if (!w->terms->market) return w->terms->price_paise;
    bool auction =
        session->state == BJ_STATE_AUCTION || session->state == BJ_STATE_AUCTION_LIMIT;
    return auction || w->side == BUY_SIDE ? session->band_hi_paise : session->band_lo_paise;
}

/* After the close matching knows the one price there is. */
static bool in_band(const instrument_t *instrument, int32_t price_paise) {
    const bj_risk_session_t *session = &instrument->session;
    bool inside = price_paise >= session->band_lo_paise && price_paise <= session->band_hi_paise;
    return inside || session->state == BJ_STATE_POST_CLOSE;
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

bool bj_risk_near_reference(const instrument_t *instrument, int32_t price_paise, int64_t now_ns) {
    const terms_t *terms = &instrument->terms;
    int64_t from_paise = reference_of(instrument, now_ns);
    int64_t reach_paise = from_paise * terms->protection_bp / 10000;
    if (reach_paise < terms->protection_min_paise) reach_paise = terms->protection_min_paise;
    int64_t far_paise = price_paise - from_paise;
    return !from_paise || (far_paise <= reach_paise && far_paise >= -reach_paise);
}

/* A stop is looked at when it wakes, by matching's protection: until then its price is far from
 * the market on purpose. */
static bool protected_price(const wish_t *w) {
    const terms_t *terms = &w->instrument->terms;
    int32_t price_paise = w->terms->price_paise;
    bool inside = price_paise >= terms->price_lo_paise && price_paise <= terms->price_hi_paise;
    if (is_protected(terms))
        inside = inside && bj_risk_near_reference(w->instrument, price_paise, w->risk->now_ns);
    return inside || w->terms->market || w->terms->trigger_paise;
}

static bj_status_t check_terms(const wish_t *w) {
    const bj_cmd_instrument_t *d = &w->instrument->definition;
    const bj_risk_terms_t *t = w->terms;
    bool stop = t->trigger_paise != 0, part = t->disclosed_qty != 0;
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
    int64_t net_qty = side_qty(p, w->side) + w->more_qty;
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
    bool more = w->more_qty > 0;
    unsigned side = w->side ^ w->instrument->terms.inverse;
    return IF(more && side_qty(p, side) + w->more_qty > h->limit[BJ_LIMIT_UNDERLYING_NET],
              STAGE_UNDERLYING_NET, lane) |
           IF(more && gross_qty(p) + w->more_qty > h->limit[BJ_LIMIT_UNDERLYING_GROSS],
              STAGE_UNDERLYING_GROSS, lane);
}

static uint64_t against_margin(const wish_t *w, const holder_t *h, const position_t *p,
                               unsigned lane) {
    int64_t margin_paise, total_paise;
    int64_t long_qty = side_qty(p, BUY_SIDE) + (w->side == BUY_SIDE ? w->more_qty : 0);
    int64_t short_qty = side_qty(p, SELL_SIDE) + (w->side == SELL_SIDE ? w->more_qty : 0);
    bool overflow = margin_of(&w->instrument->terms, long_qty, short_qty, &margin_paise);
    int64_t was_paise = rares_of(w->risk, h)[w->row].margin_paise;
    bool more = margin_paise > was_paise;
    overflow |= __builtin_add_overflow(h->margin_paise, margin_paise - was_paise, &total_paise);
    return IF(more && overflow, STAGE_MARGIN, LANE_NOBODY) |
           IF(more && total_paise > h->limit[BJ_LIMIT_MARGIN], STAGE_MARGIN, lane);
}

static uint64_t against_executions(const wish_t *w, const holder_t *h, unsigned lane) {
    int64_t since_ns;
    if (h->execution_cnt < h->limit[BJ_LIMIT_EXECUTIONS]) return 0;
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

static uint64_t against_rate(const wish_t *w, unsigned lane) {
    return IF(w->unpaid >> (lane - 1) & 1, STAGE_RATE, lane);
}

static bj_status_t check_limits(const wish_t *w) {
    uint64_t against = 0;
    for (unsigned lane = 1; lane <= LEVELS; lane++) {
        const holder_t *h = w->holder[lane - 1];
        const position_t *p = positions_of(w->risk, h);
        against |= against_rate(w, lane) | against_value(w, h, lane) |
                   against_position(w, h, &p[w->row], lane) | against_executions(w, h, lane);
        if (w->underlying_row != BJ_RISK_NONE)
            against |= against_underlying(w, h, &p[w->underlying_row], lane);
        if (has_margin(&w->instrument->terms)) against |= against_margin(w, h, &p[w->row], lane);
    }
    return first_reason(against);
}

/* --- all of it */

/* A stop has a trigger, nothing else has; an order good till a day names it. */
static bool fields_ok(const bj_cmd_t *cmd) {
    bool stop = cmd->order_type == BJ_SL || cmd->order_type == BJ_SL_M;
    bool day_ok = cmd->tif != BJ_GTD ||
                  (cmd->body.expiry_day && cmd->body.expiry_day <= UINT16_MAX);
    return cmd->client_order_id && !(cmd->flags & ~FLAGS_KNOWN) && cmd->disclosed_qty >= 0 &&
           (stop ? cmd->trigger_price_paise > 0 : !cmd->trigger_price_paise) && day_ok;
}

static bj_status_t check_change(const bj_risk_terms_t *terms) {
    if (terms->qty <= terms->cum_qty) return BJ_REJ_LEAVES;
    return terms->changes ? BJ_OK : BJ_REJ_UNCHANGED;
}

bj_status_t bj_risk_reason(wish_t *w, const bj_cmd_t *cmd) {
    bj_status_t status = check_instrument(w->instrument);
    if (status != BJ_OK) return status;
    if (!w->holder[1]) return w->holder[0] ? BJ_ERR_FULL : BJ_REJ_ACCOUNT_UNKNOWN;
    place(w);
    if ((status = check_permission(w)) != BJ_OK) return status;
    bool ok = cmd ? fields_ok(cmd) : w->terms->trigger_paise >= 0 && w->terms->disclosed_qty >= 0;
    if (!ok) return BJ_REJ_FIELD;
    if ((status = check_terms(w)) != BJ_OK) return status;
    if (!cmd && (status = check_change(w->terms)) != BJ_OK) return status;
    weigh(w);
    return check_limits(w);
}
