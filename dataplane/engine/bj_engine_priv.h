#ifndef BJ_ENGINE_PRIV_H
#define BJ_ENGINE_PRIV_H

/* What the files of the engine share: its state, and the handlers its table names. */
#include "dataplane/engine/bj_engine.h"
#include "dataplane/match/bj_match.h"
#include "dataplane/risk/bj_risk.h"

#define NIL UINT32_MAX /* no index */
enum { REASON_MAX = 256, RING_DEPTH = 64 };
static_assert(NIL == BJ_HANDLE_NONE, "orders are indexed by matching's handles");

enum { ORDER_WAITS = 1 << 7 }; /* order_t.flags, beside BJ_FLAG_*: a stop that has not woken */

/* An open order: what matching does not keep, or not at hand.  Its index is matching's handle. */
typedef struct order {
    uint64_t order_id, client_order_id;
    bj_risk_order_t risk; /* whose it is, what it counts at, open quantity */
    int32_t  cum_qty, trigger_paise, disclosed_qty;
    uint32_t earlier_idx, later_idx; /* of the same session, in order of arrival */
    uint32_t chain_idx;              /* same bucket of client ids */
    uint16_t session_id, day;
    uint8_t  order_type, tif, flags;
    uint8_t  slice_cnt; /* that it may show one after the other; 0: it shows all */
} order_t;
static_assert(sizeof(order_t) == BJ_LINE_BYTES, "one line");

typedef struct session {
    uint32_t first_idx, last_idx;
    uint64_t session_seq;
} session_t;

typedef struct changes { /* what a modify that matching accepts leaves behind */
    uint16_t day;
    uint8_t  order_type, tif;
    int32_t  trigger_paise, disclosed_qty;
} changes_t;

/* With config.venue: an order and the exchange.  order_t.risk counts what is reserved. */
typedef struct venue_order {
    int64_t  number, activity_ref;
    uint64_t new_seq, modify_seq, cancel_seq; /* session_seq of the requests; 0: unasked */
    bj_risk_order_t actual;    /* as the exchange has it */
    bj_risk_order_t want;      /* of a modify on its way */
    changes_t       changes;
    uint32_t id_next;          /* same bucket of order ids; of a free one: the next free */
    uint16_t end_reason;       /* of a cancel that we asked for; BJ_OK: as the exchange says */
    uint8_t  asked;            /* BJ_CMD_NEW, BJ_CMD_MODIFY; 0: neither */
    bool     cancel;
    uint32_t app; /* that asked for it; 0: none */
} venue_order_t;
static_assert(sizeof(venue_order_t) == 96, "as snapshots have it");

struct bj_engine {
    bj_engine_config_t config;
    /* Last ones given.  What an event has side by side does not lie side by side here: one load of
     * two numbers, each just written, waits for both writes. */
    uint64_t cmd_seq, match_id, event_seq, order_id;
    uint64_t refused[REASON_MAX];
    uint32_t live_cnt, slice_cnt; /* of all orders */
    uint32_t bucket_mask;
    size_t   event_cnt, event_max;
    /* the command being applied */
    const bj_cmd_t *cmd;
    bj_risk_order_t pending;    /* NEW, MODIFY: what the checks allowed */
    changes_t       changes;    /* MODIFY */
    uint32_t        active_idx; /* the order it names or makes, until that rests; NIL: none */
    bj_status_t     end_reason; /* of its cancels; BJ_OK: as matching says */
    bj_risk_t  *risk;
    const uint32_t *account_id, *token; /* by risk's indexes; matching has the same instruments */
    bj_match_t *match;
    bj_match_ring_t *ring; /* matching's events, taken before the command is done */
    order_t    *order;
    uint32_t   *bucket; /* of (account, client order id) */
    session_t  *session;
    bj_event_t *event;
    /* venue only */
    venue_order_t *venue;        /* by the same index as order */
    uint32_t      *venue_bucket; /* of order ids */
    uint32_t       venue_free_idx;
};

/* bj_engine_orders.c */
void bj_engine_on_new(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_modify(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_cancel(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_mass_cancel(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_disconnect(bj_engine_t *engine, const bj_cmd_t *cmd);

/* bj_engine_market.c */
void bj_engine_on_instrument(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_instrument_state(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_account(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_phase(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_uncross(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_band(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_window(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_day_end(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_kill(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_limit(bj_engine_t *engine, const bj_cmd_t *cmd);
/* Risk trades by the phase and the band that matching has. */
void bj_engine_sync(bj_engine_t *engine, uint32_t instrument_idx);

/* bj_engine_second.c: one person stands behind a command that takes two; refused, and said so. */
bool bj_engine_wants_second(bj_engine_t *engine, const bj_cmd_t *cmd);
/* The command being applied has set an instrument's phase: kept, if it was people's. */
void bj_engine_note_people(bj_engine_t *engine, uint32_t instrument_idx, uint32_t phase);
/* People halted it, and people have not ended that; it may be CLOSED since. */
bool bj_engine_held(const bj_engine_t *engine, uint32_t instrument_idx);
bool bj_engine_is_clock(const bj_cmd_t *cmd); /* nobody stands behind it */

/* bj_engine_venue.c: the exchange in matching's place.  Checks have passed. */
void bj_engine_venue_clear(bj_engine_t *engine);
uint32_t bj_engine_venue_find(const bj_engine_t *engine, uint64_t order_id); /* or NIL */
void bj_engine_venue_new(bj_engine_t *engine);
void bj_engine_venue_modify(bj_engine_t *engine, order_t *order);
/* False: one is on its way already. */
bool bj_engine_venue_cancel(bj_engine_t *engine, order_t *order, uint64_t session_seq,
                            bj_status_t reason);
bool bj_engine_venue_busy(const bj_engine_t *engine, const order_t *order);
void bj_engine_venue_kill(bj_engine_t *engine, const bj_cmd_t *cmd);
/* An order's event: as the exchange has it, not as it counts. */
void bj_engine_venue_show(const bj_engine_t *engine, const order_t *order, bj_event_t *event);
void bj_engine_on_venue(bj_engine_t *engine, const bj_cmd_t *cmd);
void bj_engine_on_release(bj_engine_t *engine, const bj_cmd_t *cmd);
uint64_t bj_engine_venue_hash(const bj_engine_t *engine, const order_t *order, uint64_t hash);
const char *bj_engine_venue_broken(const bj_engine_t *engine, const order_t *order);

/* bj_engine_outcome.c: gives matching a command and makes events of what it says. */
void bj_engine_match(bj_engine_t *engine, const bj_match_cmd_t *cmd);
void bj_engine_drain(void *engine);

/* bj_engine_table.c: open orders by session and by client id; slices of disclosed orders */
order_t *bj_engine_order_add(bj_engine_t *engine, uint32_t idx);
void bj_engine_order_drop(bj_engine_t *engine, order_t *order);
bool bj_engine_client_id_used(const bj_engine_t *engine, uint32_t account_id,
                              uint64_t client_order_id);
/* Asks memory for what adding or dropping an order will touch, while something else is done. */
void bj_engine_fetch_bucket(const bj_engine_t *engine, uint32_t account_id,
                            uint64_t client_order_id);
void bj_engine_fetch_neighbours(const bj_engine_t *engine, const order_t *order);
uint32_t bj_engine_slices(int32_t open_qty, int32_t disclosed_qty);
bj_status_t bj_engine_check_slices(const bj_engine_t *engine, uint32_t old_cnt, uint32_t new_cnt);
void bj_engine_set_slices(bj_engine_t *engine, order_t *order);

/* bj_engine.c: events.  Fields not set by these are 0. */
/* The command's own answer: with its session, sequence, account, token. */
bj_event_t *bj_engine_emit_answer(bj_engine_t *engine, bj_event_type_t type);
/* An order's, as it is; session_seq if it is the active one. */
bj_event_t *bj_engine_emit_order(bj_engine_t *engine, bj_event_type_t type, const order_t *order);
/* The command is refused: REQUEST_REJECTED, with what is known of the order if it is his. */
bj_event_t *bj_engine_refuse(bj_engine_t *engine, bj_status_t reason, const order_t *order);
/* The order that the command would have made is refused: REJECTED. */
void bj_engine_reject(bj_engine_t *engine, bj_status_t reason);

static inline bool bj_engine_waits(const order_t *order) { return order->flags & ORDER_WAITS; }

static inline bool bj_engine_is_market(uint8_t order_type) {
    return order_type == BJ_MARKET || order_type == BJ_SL_M;
}

/* An order's flags as matching knows them. */
static inline uint8_t bj_engine_match_flags(uint8_t flags) {
    return (uint8_t)((flags & BJ_FLAG_STP_ACTIVE ? BJ_MATCH_STP_ACTIVE : 0) |
                     (flags & BJ_FLAG_INTRADAY ? BJ_MATCH_INTRADAY : 0));
}

#endif /* BJ_ENGINE_PRIV_H */
