#ifndef BJ_RISK_PRIV_H
#define BJ_RISK_PRIV_H

/* What bj_risk.c (memory, tables), bj_risk_limit.c (limits), bj_risk_exposure.c (what is open and
 * held), bj_risk_check.c and bj_risk_reason.c (the checks) share. */
#include "dataplane/base/bj_time.h"
#include "dataplane/risk/bj_index.h"
#include "dataplane/risk/bj_risk.h"

enum { BUY_SIDE, SELL_SIDE, SIDES }; /* what there is of both sides is indexed by these */

typedef struct terms { /* what holds for everyone in an instrument, besides its definition */
    alignas(BJ_LINE_BYTES) int64_t client_qty;
    int32_t  price_lo_paise, price_hi_paise;
    int32_t  margin_paise[SIDES]; /* of one bought, of one sold */
    uint32_t underlying;     /* token; 0: none */
    uint32_t underlying_idx; /* BJ_RISK_NONE: none */
    uint8_t  segment, inverse, blocked, banned;
    int32_t  protection_bp, protection_min_paise; /* both 0: no protection by reference */
    int32_t  reference_paise; /* average of the last window that had a trade; 0: none yet */
    uint8_t  reserved[16];
} terms_t;

/* What the next reference is made of; touched by trades of protected instruments only. */
typedef struct window {
    alignas(BJ_LINE_BYTES) int64_t from_ns;
    int64_t last_ns; /* the last trade */
    int64_t value_paise, qty;
    uint8_t reserved[32];
} window_t;

typedef struct instrument {
    alignas(BJ_LINE_BYTES) bj_cmd_instrument_t definition; /* as it was set */
    bj_risk_session_t session;
    uint32_t word;
    terms_t  terms;
    window_t window;
} instrument_t;
static_assert(sizeof(instrument_t) == 3 * BJ_LINE_BYTES, "three lines, and no padding to hash");

/* An account, a desk, or the member: who limits are for and exposure is counted of. */
typedef struct holder {
    /* By bj_limit_t; but for [ROW], [BARS]. */
    alignas(BJ_LINE_BYTES) int64_t limit[BJ_LIMIT_EXECUTIONS + 1];
    int64_t  open_value_paise, margin_paise;
    int64_t  message_ns, credit_max_ns; /* message rate: what one costs, what is saved at most; 0:
                                         * no limit */
    int64_t  credit_ns, credit_at_ns;   /* time gives credit; when it was last counted */
    int64_t  executions_from_ns;
    uint32_t execution_cnt, open_orders;
} holder_t;
static_assert(sizeof(holder_t) == 3 * BJ_LINE_BYTES, "no padding is hashed");

typedef struct position { /* of a holder in an instrument, or in all of one underlying */
    int64_t traded_qty[SIDES]; /* bought less sold is the position; since the day began */
    int64_t open_qty[SIDES];
} position_t;
static_assert(sizeof(position_t) == BJ_LINE_BYTES / 2, "never in two lines");

typedef struct rare { /* beside a position: looked at only where there is a margin or a bar */
    int64_t  margin_paise;
    uint32_t barred, reserved;
} rare_t;

/* Places in limit[] that are no limits: where the holder's positions begin (found so without a
 * division), and in how many instruments he is barred. */
enum { ROW = 0, BARS = BJ_LIMIT_BARRED };
enum { LEVELS = 3 }; /* account, desk, member: as bj_limit_level_t, less one */

struct bj_risk {
    bj_risk_config_t config;
    int64_t  now_ns;
    uint32_t instrument_cnt, account_cnt, desk_cnt, underlying_cnt;
    uint32_t token_slots, account_slots, underlying_slots;
    uint32_t row_max; /* positions of a holder: instruments, then underlyings */
    bj_index_slot_t *token_idx, *account_idx, *underlying_idx;
    uint32_t *token, *account_id, *owner; /* by index */
    uint16_t *desk_of;                    /* by session: its index and one; 0: none yet */
    instrument_t *instrument;
    holder_t     *member, *desk, *account; /* one after the other */
    position_t   *position;                /* [member, desks, accounts][row] */
    rare_t       *rare;                    /* the same */
};

static inline size_t holder_cnt(const bj_risk_config_t *config) {
    return (size_t)1 + config->desk_max + config->account_max;
}

static inline size_t position_cnt(const bj_risk_config_t *config) {
    return holder_cnt(config) * ((size_t)config->instrument_max + config->underlying_max);
}

/* The memory behind bj_risk_t, table by table, in this order.  The footprint, bj_risk_new and what
 * is saved all walk this list.  X(member, type, how many), with `config` at hand */
#define BJ_RISK_TABLES(X)                                                         \
    X(token_idx, bj_index_slot_t, bj_index_slots(config->instrument_max))         \
    X(account_idx, bj_index_slot_t, bj_index_slots(config->account_max))          \
    X(underlying_idx, bj_index_slot_t, bj_index_slots(config->underlying_max))    \
    X(token, uint32_t, config->instrument_max)                                    \
    X(account_id, uint32_t, config->account_max)                                  \
    X(owner, uint32_t, config->account_max)                                       \
    X(desk_of, uint16_t, BJ_RISK_SESSION_MAX)                                     \
    X(instrument, instrument_t, config->instrument_max)                           \
    X(member, holder_t, holder_cnt(config))                                       \
    X(position, position_t, position_cnt(config))                                 \
    X(rare, rare_t, position_cnt(config))

static inline holder_t *holder_of(const bj_risk_t *risk, bj_limit_level_t level, uint32_t idx) {
    holder_t *const first[] = {risk->account, risk->desk, risk->member};
    return first[level - 1] + idx;
}

static inline position_t *positions_of(const bj_risk_t *risk, const holder_t *holder) {
    return &risk->position[holder->limit[ROW]];
}

static inline rare_t *rares_of(const bj_risk_t *risk, const holder_t *holder) {
    return &risk->rare[holder->limit[ROW]];
}

/* A holder and where its positions begin, by its place among all holders: nobody waits for the
 * holder's own line to find them. */
typedef struct seat {
    holder_t *holder;
    size_t    row;
} seat_t;

static inline seat_t seat_at(const bj_risk_t *risk, size_t place) {
    return (seat_t){risk->member + place, place * risk->row_max};
}

static inline seat_t account_seat(const bj_risk_t *risk, uint32_t account_idx) {
    return seat_at(risk, (size_t)1 + risk->config.desk_max + account_idx);
}

static inline seat_t desk_seat(const bj_risk_t *risk, uint32_t desk_idx) {
    return seat_at(risk, (size_t)1 + desk_idx);
}

static inline uint32_t underlying_row(const bj_risk_t *risk, const instrument_t *instrument) {
    return risk->config.instrument_max + instrument->terms.underlying_idx;
}

static inline bool is_protected(const terms_t *terms) {
    return terms->protection_bp | terms->protection_min_paise;
}

/* NSE, limit price protection: the reference is made anew every 30 s. */
#define REFERENCE_NS (30 * BJ_NS_PER_S)
#define REFERENCE_OLD_NS (15 * 60 * BJ_NS_PER_S)

/* Or nothing was traded in it yet.  A clock that went back, or out of all bounds, ends it. */
static inline bool window_over(const window_t *window, int64_t now_ns) {
    int64_t since_ns;
    bool wild = __builtin_sub_overflow(now_ns, window->from_ns, &since_ns);
    return wild || !window->qty || since_ns < 0 || since_ns >= REFERENCE_NS;
}

/* Two int32 multiplied always fit. */
static inline int64_t value_of(int32_t price_paise, int32_t qty) {
    return (int64_t)price_paise * qty;
}

static inline unsigned side_of(uint32_t side) { return side == BJ_SELL ? SELL_SIDE : BUY_SIDE; }

/* The most it can come to if all that is open on that side trades.  Sums of int32 quantities do not
 * reach 2^63 in any life of a process. */
static inline int64_t side_qty(const position_t *p, unsigned side) {
    return p->open_qty[side] + p->traded_qty[side] - p->traded_qty[!side];
}

static inline int64_t gross_qty(const position_t *p) {
    return p->traded_qty[0] + p->traded_qty[1] + p->open_qty[0] + p->open_qty[1];
}

/* True: it does not fit, and the result is the largest there is. */
static inline bool side_margin(int64_t qty, int32_t each_paise, int64_t *margin_paise) {
    if (qty <= 0) return *margin_paise = 0, false;
    if (!__builtin_mul_overflow(qty, (int64_t)each_paise, margin_paise)) return false;
    return *margin_paise = INT64_MAX, true;
}

/* What a position and what is open may come to, at the worse side. */
static inline bool margin_of(const terms_t *terms, int64_t long_qty, int64_t short_qty,
                             int64_t *margin_paise) {
    int64_t sold_paise;
    bool overflow = side_margin(long_qty, terms->margin_paise[BUY_SIDE], margin_paise);
    overflow |= side_margin(short_qty, terms->margin_paise[SELL_SIDE], &sold_paise);
    if (sold_paise > *margin_paise) *margin_paise = sold_paise;
    return overflow;
}

static inline bool has_margin(const terms_t *terms) {
    return terms->margin_paise[BUY_SIDE] | terms->margin_paise[SELL_SIDE];
}

/* bj_risk.c: a session's desk, made if there is none yet; NULL: no room. */
holder_t *bj_risk_desk(bj_risk_t *risk, uint32_t session_id);

/* bj_risk_limit.c: as it is when nobody has set anything. */
void bj_risk_holder_begin(const bj_risk_t *risk, holder_t *holder); /* but for its ROW */
int64_t bj_risk_unset(bj_limit_t limit); /* what a holder has; rates: 0 */
void bj_risk_set_rate(const bj_risk_t *risk, holder_t *holder);

/* bj_risk_exposure.c: after an instrument's margin or underlying changed. */
void bj_risk_recount_margin(bj_risk_t *risk, uint32_t instrument_idx);
void bj_risk_recount_underlyings(bj_risk_t *risk);
/* Has anyone a position, or anything open, in it? */
bool bj_risk_is_held(const bj_risk_t *risk, uint32_t instrument_idx);

#endif /* BJ_RISK_PRIV_H */
