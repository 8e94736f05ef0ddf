/* What is open and held, of everyone it counts for.  The checks have made sure that no sum of
 * values can overflow, but an auction may price a market order above what it was counted at: then a
 * sum may wrap, and comes back with its end. */
#include "dataplane/risk/bj_risk_priv.h"

typedef struct change { /* of one order: so much more of each */
    int64_t  open_qty, traded_qty, value_paise;
    uint32_t open_orders;
} change_t;

static inline void move(position_t *p, unsigned side, change_t change) {
    p->open_qty[side] += change.open_qty;
    p->traded_qty[side] += change.traded_qty;
}

static void margin_again(const bj_risk_t *risk, seat_t seat, uint32_t row, const terms_t *terms) {
    const position_t *p = &risk->position[seat.row + row];
    rare_t *rare = &risk->rare[seat.row + row];
    int64_t *sum_paise = &seat.holder->margin_paise, margin_paise;
    (void)margin_of(terms, side_qty(p, BUY_SIDE), side_qty(p, SELL_SIDE), &margin_paise);
    (void)__builtin_sub_overflow(*sum_paise, rare->margin_paise, sum_paise);
    (void)__builtin_add_overflow(*sum_paise, margin_paise, sum_paise);
    rare->margin_paise = margin_paise;
}

/* What only derivatives have. */
static void derive_one(const bj_risk_t *risk, seat_t seat, const bj_risk_order_t *order,
                       change_t change) {
    const instrument_t *instrument = &risk->instrument[order->instrument_idx];
    const terms_t *terms = &instrument->terms;
    if (terms->underlying_idx != BJ_RISK_NONE) {
        position_t *sum = &risk->position[seat.row + underlying_row(risk, instrument)];
        move(sum, side_of(order->side) ^ terms->inverse, change);
    }
    if (has_margin(terms)) margin_again(risk, seat, order->instrument_idx, terms);
}

static inline void apply_one(holder_t *holder, position_t *p, unsigned side, change_t change) {
    (void)__builtin_add_overflow(holder->open_value_paise, change.value_paise,
                                 &holder->open_value_paise);
    holder->open_orders += change.open_orders;
    move(p, side, change);
}

/* Everything is found before anything is written: the compiler does not know that these are
 * different places. */
static void apply(const bj_risk_t *risk, const bj_risk_order_t *order, change_t change) {
    const seat_t account = account_seat(risk, order->account_idx);
    const seat_t desk = desk_seat(risk, order->desk_idx), member = seat_at(risk, 0);
    const terms_t *terms = &risk->instrument[order->instrument_idx].terms;
    const bool derives = terms->underlying_idx != BJ_RISK_NONE || has_margin(terms);
    const unsigned side = side_of(order->side);
    position_t *p = &risk->position[order->instrument_idx];
    apply_one(account.holder, &p[account.row], side, change);
    apply_one(desk.holder, &p[desk.row], side, change);
    apply_one(member.holder, &p[member.row], side, change);
    if (BJ_LIKELY(!derives)) return;
    derive_one(risk, account, order, change);
    derive_one(risk, desk, order, change);
    derive_one(risk, member, order, change);
}

void bj_risk_open(bj_risk_t *risk, const bj_risk_order_t *order) {
    const change_t change = {.open_qty = order->qty, .open_orders = 1,
                             .value_paise = value_of(order->price_paise, order->qty)};
    apply(risk, order, change);
}

void bj_risk_change(bj_risk_t *risk, bj_risk_order_t *order, const bj_risk_order_t *changed) {
    const change_t change = {.open_qty = (int64_t)changed->qty - order->qty,
                             .value_paise = value_of(changed->price_paise, changed->qty) -
                                            value_of(order->price_paise, order->qty)};
    apply(risk, order, change);
    *order = *changed;
}

static inline void count_execution(const bj_risk_t *risk, holder_t *holder) {
    int64_t since_ns;
    if (BJ_UNLIKELY(__builtin_sub_overflow(risk->now_ns, holder->executions_from_ns, &since_ns) ||
                    since_ns >= risk->config.executions_ns)) {
        holder->executions_from_ns = risk->now_ns;
        holder->execution_cnt = 0;
    }
    if (BJ_LIKELY(holder->execution_cnt < UINT32_MAX)) holder->execution_cnt++;
}

void bj_risk_fill(bj_risk_t *risk, bj_risk_order_t *order, int32_t qty) {
    assert(qty > 0 && qty <= order->qty);
    const change_t change = {.open_qty = -(int64_t)qty, .traded_qty = qty,
                             .open_orders = qty == order->qty ? UINT32_MAX : 0, /* less one */
                             .value_paise = value_of(order->price_paise, -qty)};
    apply(risk, order, change);
    count_execution(risk, &risk->account[order->account_idx]);
    count_execution(risk, &risk->desk[order->desk_idx]);
    count_execution(risk, risk->member);
    order->qty -= qty;
}

void bj_risk_close(bj_risk_t *risk, bj_risk_order_t *order) {
    assert(order->qty > 0);
    const change_t change = {.open_qty = -(int64_t)order->qty, .open_orders = UINT32_MAX,
                             .value_paise = value_of(order->price_paise, -order->qty)};
    apply(risk, order, change);
    order->qty = 0;
}

/* The desk's and the member's are there, as a rule. */
void bj_risk_fetch(const bj_risk_t *risk, const bj_risk_order_t *order) {
    seat_t account = account_seat(risk, order->account_idx);
    __builtin_prefetch(&account.holder->open_value_paise, 1);
    __builtin_prefetch(&risk->position[account.row + order->instrument_idx], 1);
    __builtin_prefetch(&risk->instrument[order->instrument_idx].terms);
}

/* --- the reference of limit price protection */

void bj_risk_traded(bj_risk_t *risk, uint32_t instrument_idx, int32_t price_paise, int32_t qty) {
    instrument_t *instrument = &risk->instrument[instrument_idx];
    window_t *w = &instrument->window;
    if (BJ_LIKELY(!is_protected(&instrument->terms))) return;
    if (window_over(w, risk->now_ns)) {
        if (w->qty) instrument->terms.reference_paise = (int32_t)(w->value_paise / w->qty);
        *w = (window_t){.from_ns = risk->now_ns};
    }
    w->value_paise += value_of(price_paise, qty);
    w->qty += qty;
    w->last_ns = risk->now_ns;
}

/* --- everything again */

static const holder_t *holders_end(const bj_risk_t *risk) {
    return risk->account + risk->account_cnt;
}

void bj_risk_recount_margin(bj_risk_t *risk, uint32_t instrument_idx) {
    const terms_t *terms = &risk->instrument[instrument_idx].terms;
    size_t cnt = (size_t)(holders_end(risk) - risk->member);
    for (size_t i = 0; i < cnt; i++) margin_again(risk, seat_at(risk, i), instrument_idx, terms);
}

static void sum_add(position_t *sum, const position_t *p, bool inverse) {
    for (unsigned side = BUY_SIDE; side < SIDES; side++) {
        sum->traded_qty[side] += p->traded_qty[side ^ inverse];
        sum->open_qty[side] += p->open_qty[side ^ inverse];
    }
}

static void sum_underlyings(const bj_risk_t *risk, const holder_t *holder, position_t *sums) {
    const position_t *p = positions_of(risk, holder);
    memset(sums, 0, risk->config.underlying_max * sizeof *sums);
    for (uint32_t i = 0; i < risk->instrument_cnt; i++) {
        const terms_t *terms = &risk->instrument[i].terms;
        if (terms->underlying_idx == BJ_RISK_NONE) continue;
        sum_add(&sums[terms->underlying_idx], &p[i], terms->inverse);
    }
}

bool bj_risk_is_held(const bj_risk_t *risk, uint32_t instrument_idx) {
    for (const holder_t *h = risk->member; h < holders_end(risk); h++) {
        const position_t *p = &positions_of(risk, h)[instrument_idx];
        if (gross_qty(p) != 0) return true;
    }
    return false;
}

void bj_risk_recount_underlyings(bj_risk_t *risk) {
    for (const holder_t *h = risk->member; h < holders_end(risk); h++) {
        sum_underlyings(risk, h, positions_of(risk, h) + risk->config.instrument_max);
    }
}

static int64_t net_of(const position_t *p) {
    return p->traded_qty[BUY_SIDE] - p->traded_qty[SELL_SIDE];
}

void bj_risk_new_day(bj_risk_t *risk) {
    for (const holder_t *h = risk->member; h < holders_end(risk); h++) {
        position_t *p = positions_of(risk, h);
        for (uint32_t i = 0; i < risk->instrument_cnt; i++) {
            int64_t net_qty = net_of(&p[i]);
            p[i].traded_qty[BUY_SIDE] = net_qty > 0 ? net_qty : 0;
            p[i].traded_qty[SELL_SIDE] = net_qty < 0 ? -net_qty : 0;
        }
    }
    bj_risk_recount_underlyings(risk);
}

/* --- looking */

bj_risk_exposure_t bj_risk_exposure(const bj_risk_t *risk, bj_limit_level_t level, uint32_t idx,
                                    uint32_t instrument_idx) {
    const holder_t *holder = holder_of(risk, level, idx);
    const position_t *p = &positions_of(risk, holder)[instrument_idx];
    return (bj_risk_exposure_t){holder->open_value_paise, holder->margin_paise, 
                                p->traded_qty[BUY_SIDE], p->traded_qty[SELL_SIDE],
                                p->open_qty[BUY_SIDE], p->open_qty[SELL_SIDE],
                                holder->open_orders};
}

static bool same_position(const position_t *a, const position_t *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

static const char *holder_broken(const bj_risk_t *risk, const holder_t *holder) {
    const position_t *p = positions_of(risk, holder);
    const rare_t *rare = rares_of(risk, holder);
    int64_t sum_paise = 0, margin_paise, bars = 0;
    for (uint32_t i = 0; i < risk->instrument_cnt; i++) {
        (void)margin_of(&risk->instrument[i].terms, side_qty(&p[i], BUY_SIDE),
                        side_qty(&p[i], SELL_SIDE),
                        &margin_paise);
        bars += rare[i].barred != 0;
        if (margin_paise != rare[i].margin_paise) return "a margin is not what its position gives";
        (void)__builtin_add_overflow(sum_paise, margin_paise, &sum_paise);
    }
    if (bars != holder->limit[BARS]) return "bars are not counted right";
    if (sum_paise != holder->margin_paise) return "margin is not the sum of its parts";
    for (uint32_t u = 0; u < risk->underlying_cnt; u++) {
        position_t sum = {0};
        for (uint32_t i = 0; i < risk->instrument_cnt; i++) {
            const terms_t *terms = &risk->instrument[i].terms;
            if (terms->underlying_idx == u) sum_add(&sum, &p[i], terms->inverse);
        }
        if (!same_position(&sum, &p[risk->config.instrument_max + u]))
            return "an underlying is not the sum of its instruments";
    }
    return NULL;
}

/* Do the holders of a level have, together, what the member has?  Gross positions begin anew each
 * day, each with his own net: they do not add up. */
static bool adds_up(const bj_risk_t *risk, const holder_t *first, uint32_t cnt, uint32_t row) {
    const position_t *member = &positions_of(risk, risk->member)[row];
    int64_t net_qty = net_of(member);
    int64_t buy_qty = member->open_qty[BUY_SIDE], sell_qty = member->open_qty[SELL_SIDE];
    for (const holder_t *h = first; h < first + cnt; h++) {
        const position_t *p = &positions_of(risk, h)[row];
        net_qty -= net_of(p);
        buy_qty -= p->open_qty[BUY_SIDE], sell_qty -= p->open_qty[SELL_SIDE];
    }
    return !net_qty && !buy_qty && !sell_qty;
}

const char *bj_risk_broken(const bj_risk_t *risk) {
    const char *why = NULL;
    for (const holder_t *h = risk->member; h < holders_end(risk) && !why; h++) {
        bool used = h < risk->desk + risk->desk_cnt || h >= risk->account;
        if (used) why = holder_broken(risk, h);
    }
    for (uint32_t i = 0; i < risk->instrument_cnt && !why; i++) {
        if (!adds_up(risk, risk->desk, risk->desk_cnt, i))
            why = "desks do not add up to the member";
        else if (!adds_up(risk, risk->account, risk->account_cnt, i))
            why = "accounts do not add up to the member";
    }
    return why;
}
