#ifndef BJ_MATCH_PRIV_H
#define BJ_MATCH_PRIV_H

/* What the files of the matching engine share: its state, and the small steps they are made of.
 *
 * An order has a hot half (bj_order_t: all that plain limit orders need) and a cold half, which
 * counts only if the hot one is marked.  Until then it is a DAY limit order that has not traded,
 * shows all and names no account. */
#include "dataplane/book/bj_idmap.h"
#include "dataplane/match/bj_match.h"

/* Inlined by force: what is most of the traffic; and what only fetches has no effect that gcc knows
 * of, so a call of it would be dropped. */
#ifdef __OPTIMIZE__
#define FORCED static inline __attribute__((always_inline))
#else
#define FORCED static inline
#endif

typedef struct cold {
    int32_t  cum_qty, hidden_qty, disclosed_qty;
    int32_t  other_paise; /* waiting stop: its limit, 0 for market; else the trigger it once had */
    uint32_t account;
    uint32_t arrival; /* in an auction; 0: not in one */
    uint16_t desk, day;
    uint8_t  type, tif, flags, reserved;
} cold_t;
static_assert(sizeof(cold_t) + sizeof(bj_order_t) == 64, "at most 64 bytes an order");

__extension__ typedef __int128 wide_t;

typedef struct instrument { /* what every command looks at */
    alignas(BJ_LINE_BYTES) int32_t band_lo_paise;
    int32_t band_hi_paise;
    int32_t last_paise;
    int32_t wake_buy_paise, wake_sell_paise; /* nearest waiting triggers; INT32_MAX, MIN: none */
    uint8_t phase, auction;
    bool    defined;
    uint8_t reserved;
    int64_t window_qty;
    wide_t  window_paise; /* a product of two int32 for each trade */
    int32_t closing_paise;
    int32_t auction_paise; /* reference */
    int32_t auction_lo_paise, auction_hi_paise; /* its own band; 0, 0: the day's */
} instrument_t;
static_assert(sizeof(instrument_t) == BJ_LINE_BYTES, "one line");

struct bj_match {
    bj_ladders_t ladders; /* bids and offers of each instrument, then their waiting stops */
    bj_idmap_t   ids;
    instrument_t *instrument;
    cold_t       *cold; /* by handle */
    bj_match_instrument_t *definition;
    /* events out */
    bj_match_ring_t *ring;
    bj_match_event_t *at;   /* the next event's slot */
    bj_match_event_t *turn; /* the slot at which to publish, and to see if there is room */
    uint64_t turn_head;     /* its number */
    uint64_t full_at;       /* the number at which the reader must be asked */
    void (*on_full)(void *ctx);
    void *on_full_ctx;
    uint64_t cmd_no;
    bj_match_stats_t stats;
    uint32_t arrival; /* last one given */
    uint32_t today;
    bj_match_config_t config;
    /* What is known of the next commands of the burst being applied.  But for the id's home, and
     * the order if it is still the one, it is only ever used to fetch. */
    struct plan {
        uint32_t id_home, order_ref, ladder_idx, level_ref;
    } plan[64];
    enum depth { DEPTH_NONE, DEPTH_ORDERS, DEPTH_LEVELS } depth; /* how much pays to fetch */
};

/* An order on its way to a book: new, changed, or woken. */
typedef struct incoming {
    uint64_t order_id;
    bj_order_t *order; /* from the pool; in no list */
    uint32_t ref, handle;
    uint32_t instrument_idx, owner, account;
    int32_t  price_paise, leaves_qty, cum_qty, trigger_paise, disclosed_qty;
    uint16_t desk, day;
    uint8_t  side, type, tif, flags;
    uint8_t  event;      /* its first event; 0: none (it was woken) */
    bool     known;      /* its id is in the map */
    bool     waits;      /* a stop that has not woken */
    bool     self_ended; /* by its own self-trade flag */
    int32_t  lo_paise, hi_paise; /* what it traded at; hi 0: nothing */
    uint32_t trade_cnt;
} incoming_t;

/* --- where things are */

static inline bool is_sell(uint8_t side) { return side == BJ_SELL; }
static inline bj_ladder_t *ladder_of(const bj_match_t *m, uint32_t instrument_idx, bool sell) {
    return &m->ladders.ladder[2 * instrument_idx + sell];
}
/* Waiting buys run from the lowest trigger up, like offers; sells the other way. */
static inline bj_ladder_t *stops_of(const bj_match_t *m, uint32_t instrument_idx, bool sell) {
    return &m->ladders.ladder[2 * (m->config.instrument_max + instrument_idx) + sell];
}
static inline uint32_t queue_of(const bj_match_t *m, uint32_t instrument_idx, bool sell) {
    return bj_queue_ref(&m->ladders, 2 * instrument_idx + sell);
}
static inline uint32_t line_ref(const bj_match_t *m) { /* of woken stops */
    return bj_queue_ref(&m->ladders, 2 * m->config.instrument_max);
}

/* What an instrument's phase and band say to a plain limit order, in its ladders' own lines: prices
 * from user_worst on, user_cnt of them; 0: it does not trade.  Ladders of waiting stops: 0. */
static inline bool may_trade(const bj_ladder_t *ladder) { return ladder->user_cnt != 0; }
static inline bool may_trade_at(const bj_ladder_t *ladder, int32_t price_paise) {
    return (uint32_t)price_paise - ladder->user_worst < ladder->user_cnt;
}
/* After each change of phase or band. */
static inline void tell_ladders(bj_match_t *m, uint32_t instrument_idx) {
    const instrument_t *i = &m->instrument[instrument_idx];
    uint32_t cnt = (uint32_t)i->band_hi_paise - (uint32_t)i->band_lo_paise + 1;
    for (int sell = 0; sell < 2; sell++) {
        bj_ladder_t *ladder = ladder_of(m, instrument_idx, sell);
        ladder->user_worst = (uint32_t)i->band_lo_paise;
        ladder->user_cnt = i->phase == BJ_PHASE_CONTINUOUS ? cnt : 0;
    }
}

typedef struct place { /* of a live order */
    uint32_t instrument_idx;
    bool     sell, waits, queued;
} place_t;

static inline place_t place_of(const bj_match_t *m, const bj_order_t *order) {
    uint32_t where = bj_order_where(order), twice_max = 2 * m->config.instrument_max;
    if (!bj_ref_is_level(&m->ladders, where)) {
        uint32_t queue_idx = where - m->ladders.queue_ref;
        return (place_t){queue_idx / 2, queue_idx & 1, false, true};
    }
    uint32_t ladder_idx = m->ladders.page[where >> 6].ladder_idx;
    bool waits = ladder_idx >= twice_max;
    return (place_t){(waits ? ladder_idx - twice_max : ladder_idx) / 2, ladder_idx & 1, waits,
                     false};
}

static inline uint8_t trade_flags(const bj_match_t *m, uint32_t instrument_idx) {
    bool gross = m->definition[instrument_idx].flags & BJ_MATCH_TRADE_TO_TRADE;
    return gross ? BJ_MEF_TRADE_TO_TRADE : 0;
}

static inline int32_t auction_lo(const instrument_t *i) {
    return i->auction_hi_paise ? i->auction_lo_paise : i->band_lo_paise;
}
static inline int32_t auction_hi(const instrument_t *i) {
    return i->auction_hi_paise ? i->auction_hi_paise : i->band_hi_paise;
}

static inline uint8_t side_of(bool sell) { return sell ? BJ_SELL : BJ_BUY; }

/* --- the cold half */

static const cold_t COLD_PLAIN = {.type = BJ_LIMIT, .tif = BJ_DAY};

static inline bool is_marked(const bj_order_t *order) { return order->where & BJ_ORDER_MARK; }

static inline const cold_t *cold_of(const bj_match_t *m, const bj_order_t *order) {
    return is_marked(order) ? &m->cold[bj_order_handle(&m->ladders, order)] : &COLD_PLAIN;
}
/* To write to. */
static inline cold_t *cold_make(bj_match_t *m, bj_order_t *order) {
    cold_t *cold = &m->cold[bj_order_handle(&m->ladders, order)];
    if (!is_marked(order)) *cold = COLD_PLAIN;
    order->where |= BJ_ORDER_MARK;
    return cold;
}
static inline int32_t leaves_of(const bj_match_t *m, const bj_order_t *order) {
    return order->qty + cold_of(m, order)->hidden_qty;
}
/* A waiting stop's trigger is its level; any other order may remember one. */
static inline int32_t trigger_of(const bj_match_t *m, const bj_order_t *order) {
    return place_of(m, order).waits ? bj_level_price(&m->ladders, bj_order_where(order))
                                    : cold_of(m, order)->other_paise;
}
static inline int32_t slice_of(int32_t disclosed_qty, int32_t leaves_qty) {
    return disclosed_qty && disclosed_qty < leaves_qty ? disclosed_qty : leaves_qty;
}

/* --- events */

void bj_match_turn(bj_match_t *match); /* publishes; when it returns there is room */

static inline void publish(bj_match_t *m) {
    uint64_t head = m->turn_head - (uint64_t)(m->turn - m->at);
    atomic_store_explicit(&m->ring->head, head, memory_order_release);
}

static inline bj_match_event_t *emit(bj_match_t *m) {
    if (BJ_UNLIKELY(m->at == m->turn)) bj_match_turn(m);
    return m->at++;
}
/* The event that was emitted last.  No other end comes between: the ring ends where there is a
 * turn. */
static inline bj_match_event_t *emitted(const bj_match_t *m) { return m->at - 1; }

/* An event in eight words, as it lies in memory: gcc writes the struct in three times as many
 * steps. */
static inline uint64_t two(uint32_t first, uint32_t second) {
    return (uint64_t)second << 32 | first;
}
static inline uint64_t last_word(uint32_t contra_handle, uint8_t type, uint8_t side, uint8_t reason,
                                 uint8_t flags) {
    uint32_t kind = type | (uint32_t)side << 8 | (uint32_t)reason << 16 | (uint32_t)flags << 24;
    return two(contra_handle, kind);
}
static inline void say_words(bj_match_t *m, uint64_t order_id, uint64_t contra_id,
                             const uint64_t word[4], uint64_t last) {
    typedef uint64_t __attribute__((may_alias)) word_t;
    word_t *at = (word_t *)(void *)emit(m);
    at[0] = m->cmd_no;
    at[1] = order_id;
    at[2] = contra_id;
    at[3] = word[0];
    at[4] = word[1];
    at[5] = word[2];
    at[6] = word[3];
    at[7] = last;
}
static_assert(offsetof(bj_match_event_t, instrument_idx) == 24 &&
                  offsetof(bj_match_event_t, cum_qty) == 40 &&
                  offsetof(bj_match_event_t, contra_handle) == 56 &&
                  offsetof(bj_match_event_t, flags) == 63,
              "the words are these fields");

/* bj_match_event.c */
void bj_match_say_incoming(bj_match_t *match, const incoming_t *in, uint8_t type, uint8_t flags,
                           int32_t shown_qty);
void bj_match_say_refused(bj_match_t *match, const bj_match_cmd_t *cmd, bj_status_t reason);
void bj_match_say_rejected(bj_match_t *match, const bj_match_cmd_t *cmd, bj_status_t reason);
void bj_match_say_control(bj_match_t *match, uint8_t type, uint32_t instrument_idx,
                          int32_t price_paise, int32_t qty, int32_t leaves_qty, int32_t cum_qty,
                          uint8_t reason);
void bj_match_say_order(bj_match_t *match, const bj_order_t *order, uint8_t type, uint8_t flags,
                        int32_t shown_qty);

/* --- orders */

/* Price as events say it: 0 for market orders and market stops. */
int32_t bj_match_price_of(const bj_match_t *match, const bj_order_t *order);
/* Takes a live order out of its list; it keeps its handle and its id. */
void bj_match_pull(bj_match_t *match, bj_order_t *order);
/* Its end: CANCELLED. */
void bj_match_end(bj_match_t *match, bj_order_t *order, bj_status_t reason);
/* The end of one that is in no list. */
void bj_match_end_incoming(bj_match_t *match, const incoming_t *in, bj_status_t reason);
/* A live order, out of its list, with its terms. */
void bj_match_lift(bj_match_t *match, bj_order_t *order, incoming_t *in);

/* --- the ways into a book (bj_match_enter.c, bj_match_stop.c, bj_match_auction.c) */

void bj_match_enter(bj_match_t *match, incoming_t *in); /* by the instrument's phase */
void bj_match_trade_in(bj_match_t *match, incoming_t *in);
/* The same up to a limit that was found before: a market order's moves with the last price. */
void bj_match_trade_to(bj_match_t *match, incoming_t *in, uint32_t limit_key);
/* What a market order may pay or take, at most. */
int32_t bj_match_market_limit(const bj_match_t *match, uint32_t instrument_idx, bool sell);
void bj_match_rest(bj_match_t *match, incoming_t *in, bool tell);
void bj_match_hold(bj_match_t *match, incoming_t *in); /* a stop that waits */
void bj_match_wake(bj_match_t *match, uint32_t instrument_idx, int32_t lo_paise, int32_t hi_paise);
void bj_match_run_line(bj_match_t *match);
void bj_match_nearest(bj_match_t *match, uint32_t instrument_idx);
void bj_match_note_trades(bj_match_t *match, uint32_t instrument_idx, int32_t price_paise,
                          int64_t qty);
bool bj_match_is_crossed(const bj_match_t *match, uint32_t instrument_idx);
void bj_match_uncross(bj_match_t *match, uint32_t instrument_idx, bool market_first);

/* Is there a place for this price?  Lays the ladder out anew if its unit must change. */
static inline bool bj_match_room(bj_match_t *m, bj_ladder_t *ladder, int32_t price_paise) {
    if (BJ_UNLIKELY(!bj_ladder_fits(ladder, price_paise)) &&
        !bj_ladder_admit(&m->ladders, ladder, price_paise))
        return false;
    return bj_ladder_room(&m->ladders, ladder, bj_ladder_key(ladder, price_paise));
}

/* --- commands (bj_match_new.c, bj_match_modify.c, bj_match_phase.c) */

bj_status_t bj_match_check_phase(const instrument_t *instrument);
/* The terms of an order that may rest or trade now: validity, closing price, band, stop, disclosed,
 * reference. */
typedef struct terms {
    int32_t price_paise, qty, trigger_paise, disclosed_qty;
    uint16_t day;
    uint8_t side, type, tif, flags;
    bool    is_stop, is_new, check_disclosed;
} terms_t;
bj_status_t bj_match_check_terms(const bj_match_t *match, uint32_t instrument_idx,
                                 const terms_t *terms);
/* The form of an order: tables, quantity, price, trigger, disclosed, flags. */
bj_status_t bj_match_check_form(const terms_t *terms);

void bj_match_on_new(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_modify(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_cancel(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_mass_cancel(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_phase(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_uncross(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_band(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_window(bj_match_t *match, const bj_match_cmd_t *cmd);
void bj_match_on_day_end(bj_match_t *match, const bj_match_cmd_t *cmd);

/* Ends the orders of one instrument for which `wanted` gives a reason, in the order of
 * bj_match_each; returns how many. */
uint32_t bj_match_end_each(bj_match_t *match, uint32_t instrument_idx,
                           bj_status_t (*wanted)(const bj_match_t *match, const bj_order_t *order,
                                                 const void *ctx),
                           const void *ctx);

static inline bool instrument_known(const bj_match_t *m, uint32_t instrument_idx) {
    return instrument_idx < m->config.instrument_max && m->instrument[instrument_idx].defined;
}

#endif /* BJ_MATCH_PRIV_H */
