#ifndef TEST_BJ_MODEL_H
#define TEST_BJ_MODEL_H

/* The plainest model of the engine's rules, for tests only: one array of orders searched from end
 * to end, exposure counted again for each check, nothing shared with the engine but the wire
 * records.  test_bj_model.c has the commands, test_bj_model_risk.c the limits,
 * test_bj_model_second.c what takes two people, test_bj_model_market.c what matching does. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { TOKENS = 3, ACCOUNTS = 4, SESSIONS = 4, ORDERS = 20 };
enum { TRADES = 4096 }; /* in a window: the model stops counting when it is full */
enum { DESKS = 12, UNDERLYINGS = 2, WINDOW_NS = 200000000, HOLDERS = 1024 };
enum { RATE_PER_S = 80, BURST = 10, EVENTS = 5 * ORDERS + 3 * TOKENS + 64 };
enum { TRADE_TO_TRADE = 1, NO_STOP_MARKET = 2, NEEDS_LAST = 4, LONG_ORDERS = 16, RULES = 31 };
enum { OPENING = 1, RESUMING = 2, CLOSING = 3 };

typedef struct plain { /* an open order */
    uint64_t order_id, client_order_id, place; /* place: who came first to the price */
    uint32_t account_id, token, owner, arrival;
    uint16_t session_id, day;
    uint8_t  side, order_type, tif, flags;
    int32_t  price_paise, limit_paise; /* as events say it; as risk counts it */
    int32_t  qty, cum_qty, shown_qty, trigger_paise, disclosed_qty, slices;
    bool     waits, queued;
} plain_t;

typedef struct row { /* an instrument */
    bool     known;
    bj_cmd_instrument_t def;
    uint32_t phase, auction, people; /* people: how often they set the phase */
    bool     held; /* people halted it, and have not opened it since */
    int32_t  reference, own_lo, own_hi; /* of the auction; hi 0: the day's band */
    int32_t  band_lo, band_hi, last, closing, prev_close;
    int64_t  window_value, window_qty;
    int64_t  client_qty; /* limits of it */
    int32_t  price_lo, price_hi, margin_buy, margin_sell, underlying, inverse, segment, blocked,
        banned;
    int32_t  protection_bp, protection_min;
    int64_t  trade_ns[TRADES], trade_price[TRADES], trade_qty[TRADES]; /* of this window */
    uint32_t trade_cnt;
    int64_t  window_ns, mean; /* mean: of the window before */
} row_t;

typedef struct holder { /* an account, a desk, the member */
    bool     known, full, first_fill; /* full: nothing was ever paid */
    int64_t  limit[BJ_LIMIT_EXECUTIONS + 1];
    uint32_t segments, barred[TOKENS + 1];
    int64_t  bought[TOKENS + 1], sold[TOKENS + 1];
    int64_t  rate, burst, credit, paid_at;
    int64_t  window_ns, fills;
} holder_t;

typedef struct model {
    row_t row[TOKENS + 1];
    bj_cmd_account_t account[ACCOUNTS + 1];
    holder_t holder[BJ_LEVEL_MEMBER + 1][HOLDERS]; /* by account, session, 0 */
    uint32_t desk_cnt, underlying_cnt;
    int32_t  underlying[UNDERLYINGS];
    unsigned unpaid; /* levels that could not pay for this message, as bits */
    plain_t order[ORDERS + 1]; /* in order of arrival */
    uint32_t order_cnt, arrival, today;
    uint64_t cmd_seq, event_seq, match_id, order_id, place;
    uint64_t active; /* the command's own order, until it rests */
    uint64_t line[ORDERS]; /* woken stops */
    uint32_t line_cnt;
    bj_status_t end_reason;
    bj_event_t event[EVENTS];
    size_t event_cnt;
    const bj_cmd_t *cmd;
} model_t;

/* The events of the command are then in m->event[0 .. m->event_cnt). */
void model_apply(model_t *m, const bj_cmd_t *c);

/* --- between the files */

bj_event_t *say(model_t *m, bj_event_type_t type);
bj_event_t *say_order(model_t *m, bj_event_type_t type, const plain_t *o);
void refuse(model_t *m, bj_status_t reason, const plain_t *o);
plain_t *find(model_t *m, uint64_t order_id);
void drop(model_t *m, uint64_t order_id);
void end(model_t *m, uint64_t order_id, bj_status_t reason);

static inline bool is_market(uint8_t order_type) {
    return order_type == BJ_MARKET || order_type == BJ_SL_M;
}
static inline bool is_auction(uint32_t phase) {
    return phase == BJ_STATE_AUCTION || phase == BJ_STATE_AUCTION_LIMIT;
}
static inline int32_t leaves(const plain_t *o) { return o->qty - o->cum_qty; }
static inline int32_t lowest(const row_t *r) {
    return is_auction(r->phase) && r->own_hi ? r->own_lo : r->band_lo;
}
static inline int32_t highest(const row_t *r) {
    return is_auction(r->phase) && r->own_hi ? r->own_hi : r->band_hi;
}

void model_begin(model_t *m);
void model_account(model_t *m, uint32_t account_id, const bj_cmd_account_t *a);
bool model_desk(model_t *m, uint32_t session_id); /* false: no room for another */
unsigned model_pay(model_t *m, const plain_t *o);
bj_status_t model_check_permission(model_t *m, const plain_t *n, const plain_t *old);
bj_status_t model_check_limits(model_t *m, const plain_t *n, const plain_t *old);
void model_traded(model_t *m, const plain_t *o, int64_t qty);
void model_protection(model_t *m, row_t *r, int64_t price, int64_t qty); /* a fill */
bool model_far(const model_t *m, const row_t *r, int32_t price);
void model_new_day(model_t *m);
/* False: refused, and said so. */
bool model_limit(model_t *m, const bj_cmd_limit_t *l, uint32_t account_id, uint32_t token);
bool model_block(model_t *m, const bj_cmd_t *c); /* a kill's */

/* test_bj_model_second.c: one person may not; refused, and said so. */
bool model_wants_second(model_t *m, const bj_cmd_t *c);

/* What matching has against an order as it shall be (old: the order as it is); BJ_OK: nothing. */
bj_status_t market_check(const model_t *m, const plain_t *o, const plain_t *old);
/* The order, with its terms, comes to the market: `type` is its first event. */
void market_enter(model_t *m, uint64_t order_id, bj_event_type_t type);
void market_command(model_t *m, const bj_cmd_t *c); /* PHASE .. KILL, INSTRUMENT_STATE */
/* What a close would fix, and an auction that begins. */
int32_t market_close(const row_t *r);
void market_begin(row_t *r, uint32_t kind, int32_t stated, uint32_t bp);
/* May it be cancelled now? */
bool market_lets_go(const model_t *m, const plain_t *o);

#endif /* TEST_BJ_MODEL_H */
