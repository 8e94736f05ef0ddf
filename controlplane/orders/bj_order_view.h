#ifndef BJ_ORDER_VIEW_H
#define BJ_ORDER_VIEW_H

/* bj_order_view - an order and a trade as their owner sees them, and how a report changes one.
 *
 * Purpose  The same view from a row of PostgreSQL and from the gateway's reports, so that the page
 *          cannot tell them apart.
 * Units    paise, shares, ns since the UNIX epoch. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"
#include "dataplane/wire/bj_wire_oe.h"

typedef enum bj_order_state {
    BJ_ORDER_OPEN, /* a stop that waits is open, too */
    BJ_ORDER_FILLED,
    BJ_ORDER_CANCELLED,
    BJ_ORDER_REJECTED
} bj_order_state_t;

typedef struct bj_order_view {
    uint64_t order_id, client_order_id;
    uint32_t account_id, token;
    uint8_t  side, order_type, tif;
    bj_order_state_t state;
    bool     waiting; /* a stop whose trigger price was not reached yet */
    int32_t  price_paise, qty, filled_qty, leaves_qty;
    int32_t  trigger_price_paise, disclosed_qty; /* 0: none */
    uint32_t expiry_day; /* good till date: its last day, since 1970-01-01; else 0 */
    int64_t  value_paise; /* of what was filled; BJ_VALUE_UNKNOWN: a part of it was not seen */
    uint16_t reason;      /* bj_status_t */
    int64_t  created_ns, updated_ns;
    uint64_t event_seq; /* the event that last touched it */
    uint32_t app_id; /* of the app that placed it; 0: none did */
} bj_order_view_t;

#define BJ_VALUE_UNKNOWN INT64_MIN

typedef struct bj_trade_view {
    uint64_t match_id, order_id;
    uint32_t account_id, token;
    uint8_t  side;
    bool     maker, auction;
    int32_t  price_paise, qty;
    int64_t  time_ns;
} bj_trade_view_t;

/* The words of the API, NULL-ended: order type and validity n of the wire is word n - 1. */
extern const char *const bj_order_type_words[], *const bj_order_tif_words[];

const char *bj_order_state_name(bj_order_state_t state); /* "open" and the like */
/* False: not one of the names. */
BJ_MUST_USE bool bj_order_state_of(const char *name, bj_order_state_t *state);

/* As the API says it: the state's name, or "trigger_pending". */
const char *bj_order_state_word(const bj_order_view_t *view);

/* True if the report is about an order and changes it (accepted, rejected, modified, cancelled,
 * trade, triggered). */
bool bj_report_touches(const bj_oe_report_t *report);
/* bj_order_begin makes the view of an order never seen before out of its report. */
void bj_order_begin(const bj_oe_report_t *report, bj_order_view_t *view);
/* bj_order_apply moves a view on.  A report that is not newer changes nothing. */
void bj_order_apply(const bj_oe_report_t *report, bj_order_view_t *view);
void bj_trade_of(const bj_oe_report_t *report, bj_trade_view_t *trade);

/* Average price of what was filled, half a paisa rounded up; 0 if nothing was or nobody knows. */
int64_t bj_order_average_paise(const bj_order_view_t *view);

#endif /* BJ_ORDER_VIEW_H */
