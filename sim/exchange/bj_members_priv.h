#ifndef BJ_MEMBERS_PRIV_H
#define BJ_MEMBERS_PRIV_H

/* What the files of bj_members share: bj_members.c (events, start, fills), _order.c (commands),
 * _check.c (what is refused), _stop.c (stops). */
#include "sim/exchange/bj_members.h"

enum { NO_ROW = UINT32_MAX };

typedef enum order_state { ORDER_NONE, ORDER_BOOK, ORDER_WAITS, ORDER_ENDED } order_state_t;

typedef struct order {
    uint64_t client_order_id;
    uint64_t place_seq; /* the event that gave it its place */
    uint32_t row_idx, account_id;
    uint32_t stop_at; /* in stops, while it waits */
    int32_t  price_paise, leaves_qty, cum_qty, trigger_paise, disclosed_qty, shown_qty;
    uint16_t session_id;
    uint8_t  side, type, tif, flags;
    uint8_t  state; /* order_state_t */
    bool     kept;  /* the last modification kept its place */
} order_t;

typedef struct row {
    bj_universe_row_t of;
    bool     traded_here;
    uint32_t stop_cnt;
    int32_t  last_paise, lo_paise, hi_paise; /* lo, hi: of trades since stops were looked at */
} row_t;

struct bj_members {
    bj_members_config_t config;
    int64_t  now_ns;
    uint64_t event_seq, cmd_seq, match_id;
    uint32_t order_cnt, active; /* active: the order that a command is about; 0: none */
    uint64_t active_seq;
    order_t *orders; /* [order_max + 1], by number; 0 is none */
    uint32_t *stops, stop_cnt;
    bool     due;    /* a trade may have woken a stop */
    row_t   *rows;
    bj_event_t *events;
    size_t   event_cnt, event_max;
    bj_members_stats_t stats;
};

/* An order's terms as they shall be. */
typedef struct terms {
    uint32_t row_idx;
    int32_t  price_paise, qty, cum_qty, trigger_paise, disclosed_qty;
    uint8_t  side, type, tif;
    bool     stop; /* it waits for its trigger */
} terms_t;

static inline bool is_stop(uint8_t type) { return type == BJ_SL || type == BJ_SL_M; }
static inline bool is_open(const order_t *order) {
    return order->state == ORDER_BOOK || order->state == ORDER_WAITS;
}
static inline int32_t slice_of(int32_t disclosed_qty, int32_t leaves_qty) {
    return disclosed_qty && disclosed_qty < leaves_qty ? disclosed_qty : leaves_qty;
}
static inline uint64_t id_of(const bj_members_t *members, uint32_t n) {
    return members->config.id_base + n;
}

/* bj_members.c.  begin: an event that says how the order is; put: what it says, is. */
bj_event_t members_begin(const bj_members_t *members, bj_event_type_t type, uint32_t n);
bj_event_t members_answer(const bj_members_t *members, bj_event_type_t type, const bj_cmd_t *cmd);
void members_put(bj_members_t *members, bj_event_t *event);
void members_end(bj_members_t *members, uint32_t n, bj_status_t reason);
uint32_t members_row_of(const bj_members_t *members, uint32_t token);

/* bj_members_order.c.  Into the books; again: it is there and loses its place. */
void members_enter(bj_members_t *members, uint32_t n, bool again);
void members_cancel(bj_members_t *members, uint32_t n, bj_status_t reason);

/* bj_members_check.c */
bj_status_t members_check(const bj_members_t *members, const terms_t *terms);

/* bj_members_stop.c */
void members_stop_add(bj_members_t *members, uint32_t n);
void members_stop_drop(bj_members_t *members, uint32_t n);
void members_traded_at(bj_members_t *members, uint32_t row_idx, int32_t price_paise);

#endif /* BJ_MEMBERS_PRIV_H */
