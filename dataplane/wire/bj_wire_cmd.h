#ifndef BJ_WIRE_CMD_H
#define BJ_WIRE_CMD_H

/* What goes into the engine and what comes out: fixed 128-byte records, two cache lines.  Commands
 * are what the journal keeps; events are what the event log, the gateway and the relay read.
 * Both are ours, version 1; they lie on disks: add in reserved bytes, never move a field. */
#include "dataplane/base/bj_wire_check.h"

/* X(name, value, text).  Never renumber: the values are in journals. */
#define BJ_CMD_LIST(X)                               \
    X(BJ_CMD_NEW, 1, "new order")                    \
    X(BJ_CMD_MODIFY, 2, "modify order")              \
    X(BJ_CMD_CANCEL, 3, "cancel order")              \
    X(BJ_CMD_MASS_CANCEL, 4, "mass cancel")          \
    X(BJ_CMD_INSTRUMENT, 5, "instrument definition") \
    X(BJ_CMD_INSTRUMENT_STATE, 6, "halt or resume")  \
    X(BJ_CMD_ACCOUNT, 7, "account and its limits")   \
    X(BJ_CMD_DISCONNECT, 8, "session was lost")

#define BJ_EVENT_LIST(X)                                      \
    X(BJ_EV_ACCEPTED, 1, 'a', "accepted")                     \
    X(BJ_EV_REJECTED, 2, 'r', "rejected")                     \
    X(BJ_EV_MODIFIED, 3, 'm', "modified")                     \
    X(BJ_EV_CANCELLED, 4, 'c', "cancelled")                   \
    X(BJ_EV_TRADE, 5, 't', "trade")                           \
    X(BJ_EV_REQUEST_REJECTED, 6, 'q', "modify or cancel refused") \
    X(BJ_EV_INSTRUMENT, 7, 'i', "instrument or its state set")    \
    X(BJ_EV_ACCOUNT, 8, 'u', "account set")                   \
    X(BJ_EV_MASS_DONE, 9, 'k', "mass cancel done")

typedef enum bj_cmd_type {
#define X(name, value, text) name = (value),
    BJ_CMD_LIST(X)
#undef X
} bj_cmd_type_t;

typedef enum bj_event_type {
#define X(name, value, letter, text) name = (value),
    BJ_EVENT_LIST(X)
#undef X
} bj_event_type_t;

typedef enum bj_side { BJ_BUY = 'B', BJ_SELL = 'S' } bj_side_t;
typedef enum bj_order_type {
    BJ_LIMIT = 1,
    BJ_MARKET = 2
} bj_order_type_t;                                       /* 3 SL, 4 SL-M: to come */
typedef enum bj_tif { BJ_DAY = 1, BJ_IOC = 2 } bj_tif_t; /* 3 GTD, 4 GTC: to come */
typedef enum bj_instrument_state {
    BJ_STATE_CLOSED,
    BJ_STATE_OPEN,
    BJ_STATE_HALTED
} bj_instrument_state_t;

enum {
    BJ_FLAG_MAKER = 1 << 0,                /* event TRADE: this order was resting */
    BJ_FLAG_CANCEL_ON_DISCONNECT = 1 << 1, /* command NEW */
};

enum { BJ_SESSION_INTERNAL = 0 }; /* session_id of commands the dataplane itself makes at start */

typedef struct bj_cmd_instrument { /* BJ_CMD_INSTRUMENT; prices in paise, quantities in shares */
    char    symbol[16];            /* padded with NUL; the last byte is NUL */
    int32_t tick_paise, lot_qty;
    int32_t band_lo_paise, band_hi_paise; /* inclusive */
    int32_t prev_close_paise;
    int32_t freeze_qty; /* largest quantity of one order */
} bj_cmd_instrument_t;

typedef struct bj_cmd_account { /* BJ_CMD_ACCOUNT; 0 in a limit means no orders at all */
    int64_t order_value_max_paise;
    int64_t open_value_max_paise; /* sum over open orders of leaves * price */
    int64_t position_max_qty;     /* per instrument: |position| + open quantity on that side */
    uint32_t open_orders_max;
    uint32_t blocked; /* 0 or 1 */
    uint64_t author;  /* user id of who asked; 0: the system */
} bj_cmd_account_t;

typedef struct bj_cmd {
    uint64_t seq;        /* given by the engine, from 1, no holes */
    int64_t  time_ns;    /* UNIX, UTC, taken by the gateway: the engine's only clock */
    uint16_t type;       /* bj_cmd_type_t */
    uint16_t session_id; /* who sent it */
    uint32_t account_id;
    uint64_t session_seq; /* the client's own sequence number of the request */
    uint64_t order_id;    /* MODIFY, CANCEL */
    uint64_t client_order_id;
    uint32_t token;
    int32_t  price_paise; /* 0 for a market order */
    int32_t  qty;         /* NEW: quantity; MODIFY: new total quantity, traded part included */
    int32_t  trigger_price_paise;
    int32_t  disclosed_qty;
    uint8_t  side;       /* bj_side_t; MASS_CANCEL: 0 is both */
    uint8_t  order_type; /* bj_order_type_t */
    uint8_t  tif;        /* bj_tif_t */
    uint8_t  flags;
    union {
        bj_cmd_instrument_t instrument;
        bj_cmd_account_t    account;
        uint32_t            state; /* INSTRUMENT_STATE: bj_instrument_state_t */
        uint8_t             bytes[48];
    } body;
    uint8_t  reserved[4];
    uint32_t check; /* CRC32C of the 124 bytes before it; set and checked by the journal */
} bj_cmd_t;
BJ_WIRE_SIZE(bj_cmd_t, 128);
BJ_WIRE_AT(bj_cmd_t, session_seq, 24);
BJ_WIRE_AT(bj_cmd_t, order_id, 32);
BJ_WIRE_AT(bj_cmd_t, token, 48);
BJ_WIRE_AT(bj_cmd_t, side, 68);
BJ_WIRE_AT(bj_cmd_t, body, 72);
BJ_WIRE_AT(bj_cmd_t, check, 124);

typedef struct bj_event {
    uint64_t seq;     /* from 1, no holes */
    uint64_t cmd_seq; /* the command that caused it */
    int64_t  time_ns; /* that command's time */
    uint64_t order_id;
    uint64_t client_order_id;
    uint64_t match_id;        /* TRADE: the same on both sides' events, from 1 */
    uint64_t contra_order_id; /* TRADE */
    uint64_t session_seq;     /* of the request this answers; 0 if unasked for (a maker's fill) */
    uint32_t account_id;
    uint32_t token;
    int32_t  price_paise; /* the order's limit; 0 for market */
    int32_t  qty;         /* the order's whole quantity */
    int32_t  leaves_qty;  /* open after this event */
    int32_t  cum_qty;     /* traded so far */
    int32_t  last_price_paise, last_qty; /* TRADE */
    int32_t  trigger_price_paise;
    int32_t  disclosed_qty;
    uint16_t type;       /* bj_event_type_t */
    uint16_t session_id; /* whose order it is: who is told */
    uint16_t reason;     /* bj_status_t: why rejected, why ended */
    uint8_t  side, order_type, tif, flags;
    uint8_t  reserved[2];
    uint32_t value; /* INSTRUMENT: state; MASS_DONE: orders cancelled; ACCOUNT: blocked */
    uint8_t  reserved2[4];
    uint32_t check; /* CRC32C of the 124 bytes before it; set by the event log */
} bj_event_t;
BJ_WIRE_SIZE(bj_event_t, 128);
BJ_WIRE_AT(bj_event_t, match_id, 40);
BJ_WIRE_AT(bj_event_t, account_id, 64);
BJ_WIRE_AT(bj_event_t, last_price_paise, 88);
BJ_WIRE_AT(bj_event_t, type, 104);
BJ_WIRE_AT(bj_event_t, side, 110);
BJ_WIRE_AT(bj_event_t, value, 116);
BJ_WIRE_AT(bj_event_t, check, 124);

#endif /* BJ_WIRE_CMD_H */
