#ifndef BJ_WIRE_CMD_H
#define BJ_WIRE_CMD_H

/* What goes into the engine and what comes out: fixed 128-byte records, two cache lines.  Commands
 * are what the journal keeps; events are what the event log, the gateway and the relay read.
 * Both are ours, version 1; they lie on disks: add in reserved bytes, never move a field. */
#include "dataplane/base/bj_hash.h"
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/wire/bj_wire_limit.h"

/* X(name, value, text).  Never renumber: the values are in journals. */
#define BJ_CMD_LIST(X)                               \
    X(BJ_CMD_NEW, 1, "new order")                    \
    X(BJ_CMD_MODIFY, 2, "modify order")              \
    X(BJ_CMD_CANCEL, 3, "cancel order")              \
    X(BJ_CMD_MASS_CANCEL, 4, "mass cancel")          \
    X(BJ_CMD_INSTRUMENT, 5, "instrument definition") \
    X(BJ_CMD_INSTRUMENT_STATE, 6, "halt or resume")  \
    X(BJ_CMD_ACCOUNT, 7, "account and its limits")   \
    X(BJ_CMD_DISCONNECT, 8, "session was lost")      \
    X(BJ_CMD_PHASE, 9, "session phase")              \
    X(BJ_CMD_UNCROSS, 10, "auction matching")        \
    X(BJ_CMD_BAND, 11, "price band")                 \
    X(BJ_CMD_WINDOW, 12, "average price starts")     \
    X(BJ_CMD_DAY_END, 13, "end of day")              \
    X(BJ_CMD_KILL, 14, "operator's mass cancel")     \
    X(BJ_CMD_LIMIT, 15, "limit")                     \
    X(BJ_CMD_VENUE, 16, "the exchange's answer")     \
    X(BJ_CMD_RELEASE, 17, "order with trades missing shall end")

#define BJ_EVENT_LIST(X)                                      \
    X(BJ_EV_ACCEPTED, 1, 'a', "accepted")                     \
    X(BJ_EV_REJECTED, 2, 'r', "rejected")                     \
    X(BJ_EV_MODIFIED, 3, 'm', "modified")                     \
    X(BJ_EV_CANCELLED, 4, 'c', "cancelled")                   \
    X(BJ_EV_TRADE, 5, 't', "trade")                           \
    X(BJ_EV_REQUEST_REJECTED, 6, 'q', "modify or cancel refused") \
    X(BJ_EV_INSTRUMENT, 7, 'i', "instrument or its state set")    \
    X(BJ_EV_ACCOUNT, 8, 'u', "account set")                   \
    X(BJ_EV_MASS_DONE, 9, 'k', "mass cancel done")            \
    X(BJ_EV_TRIGGERED, 10, 'w', "stop order woke")            \
    X(BJ_EV_UNCROSSED, 11, 'e', "auction matched")            \
    X(BJ_EV_BAND, 12, 'b', "price band set")                  \
    X(BJ_EV_LIMIT, 13, 'g', "limit set")                      \
    X(BJ_EV_TO_VENUE, 14, 'v', "request to the exchange")

/* What the exchange says of an order, BJ_CMD_VENUE. */
#define BJ_VENUE_LIST(X)                                    \
    X(BJ_VENUE_ACCEPTED, 1, "order accepted")               \
    X(BJ_VENUE_REJECTED, 2, "order refused")                \
    X(BJ_VENUE_MODIFIED, 3, "order modified")               \
    X(BJ_VENUE_MODIFY_REFUSED, 4, "modification refused")   \
    X(BJ_VENUE_CANCELLED, 5, "order cancelled")             \
    X(BJ_VENUE_CANCEL_REFUSED, 6, "cancellation refused")   \
    X(BJ_VENUE_TRADE, 7, "trade")                           \
    X(BJ_VENUE_TRIGGERED, 8, "stop order woke")

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

typedef enum bj_venue_kind {
#define X(name, value, text) name = (value),
    BJ_VENUE_LIST(X)
#undef X
} bj_venue_kind_t;

typedef enum bj_side { BJ_BUY = 'B', BJ_SELL = 'S' } bj_side_t;
typedef enum bj_order_type { BJ_LIMIT = 1, BJ_MARKET = 2, BJ_SL = 3, BJ_SL_M = 4 } bj_order_type_t;
typedef enum bj_tif { BJ_DAY = 1, BJ_IOC = 2, BJ_GTD = 3, BJ_GTC = 4 } bj_tif_t;

/* The session phases of docs/matching.md; the first three are older and keep their names. */
typedef enum bj_instrument_state {
    BJ_STATE_CLOSED,
    BJ_STATE_OPEN,
    BJ_STATE_HALTED,
    BJ_STATE_AUCTION,
    BJ_STATE_AUCTION_LIMIT,
    BJ_STATE_BUFFER,
    BJ_STATE_POST_CLOSE,
    BJ_STATE_CNT
} bj_instrument_state_t;

enum {
    BJ_FLAG_MAKER = 1 << 0,                /* event TRADE: this order was resting */
    BJ_FLAG_CANCEL_ON_DISCONNECT = 1 << 1, /* command NEW */
    BJ_FLAG_STP_ACTIVE = 1 << 2, /* command NEW: self-trade ends this order, not the resting one */
    BJ_FLAG_INTRADAY = 1 << 3,   /* command NEW: refused where trade is for delivery only */
    BJ_FLAG_AUCTION = 1 << 4,    /* event TRADE: at an auction's price, nobody was the maker */
    BJ_FLAG_TRADE_TO_TRADE = 1 << 5, /* event TRADE: settled by delivery, not netted */
    /* Command of an administrator: how many people stand behind it.  What loosens takes two: by one
     * it is refused (BJ_REJ_SECOND_PERSON).  Neither: nobody, as the dataplane's own clock, or it
     * is older than the rule; then it may. */
    BJ_FLAG_ONE_PERSON = 1 << 6,
    BJ_FLAG_TWO_PEOPLE = 1 << 7,
};

enum { BJ_SESSION_INTERNAL = 0 }; /* session_id of commands the dataplane itself makes at start */

typedef struct bj_cmd_instrument { /* BJ_CMD_INSTRUMENT; prices in paise, quantities in shares */
    char    symbol[16];            /* padded with NUL; the last byte is NUL */
    int32_t tick_paise, lot_qty;
    int32_t band_lo_paise, band_hi_paise; /* inclusive */
    int32_t prev_close_paise;
    int32_t freeze_qty; /* largest quantity of one order */
    /* Matching, all 0 by default: see bj_match_instrument_t. */
    uint16_t protection_bp;
    uint8_t  disclosed_min_pct, rules; /* rules: BJ_MATCH_* flags */
    int32_t  protection_min_paise;
} bj_cmd_instrument_t;
static_assert(sizeof(bj_cmd_instrument_t) == 48, "fits the command's body");

typedef struct bj_cmd_phase { /* BJ_CMD_PHASE, BJ_CMD_UNCROSS; token 0: every instrument */
    uint8_t  phase;        /* bj_instrument_state_t; UNCROSS: what follows */
    uint8_t  auction;      /* PHASE to an auction: 1 open, 2 resume, 3 close */
    uint8_t  market_first; /* UNCROSS: market orders before limit orders */
    uint8_t  reserved;
    int32_t  reference_paise; /* 0: by the rules */
    uint32_t band_bp;         /* an auction's own band around its reference; 0: the day's */
    uint32_t reserved2;
    uint64_t author;
    char     reason[BJ_LIMIT_REASON_BYTES]; /* ends in NUL; so in the others */
} bj_cmd_phase_t;

typedef struct bj_cmd_band { /* BJ_CMD_BAND */
    int32_t  lo_paise, hi_paise;
    uint64_t author;
    char     reason[BJ_LIMIT_REASON_BYTES];
} bj_cmd_band_t;

typedef struct bj_cmd_day { /* BJ_CMD_DAY_END */
    uint32_t day; /* since 1970-01-01, IST */
    uint32_t reserved;
    uint64_t author;
    char     reason[BJ_LIMIT_REASON_BYTES];
} bj_cmd_day_t;

typedef struct bj_cmd_state { /* BJ_CMD_INSTRUMENT_STATE, BJ_CMD_WINDOW */
    uint32_t state; /* bj_instrument_state_t; WINDOW: 0 */
    uint32_t reserved;
    uint64_t author;
    char     reason[BJ_LIMIT_REASON_BYTES];
} bj_cmd_state_t;

typedef struct bj_cmd_kill { /* BJ_CMD_KILL; account_id, token, side of the command: 0 is any */
    uint16_t desk; /* session_id whose orders go; 0: any */
    uint8_t  block; /* 1: and no new ones of that account, desk, instrument or, of none, anybody */
    uint8_t  reserved[5];
    uint64_t author;
    char     reason[BJ_LIMIT_REASON_BYTES];
} bj_cmd_kill_t;

typedef struct bj_cmd_release { /* BJ_CMD_RELEASE of order_id; venue nse */
    uint64_t author;
    char reason[BJ_LIMIT_REASON_BYTES];
} bj_cmd_release_t;

typedef struct bj_cmd_new { /* BJ_CMD_NEW */
    uint32_t expiry_day; /* GTD: its last day */
    uint32_t app;        /* number of the API app that asked; 0: none */
} bj_cmd_new_t;

/* BJ_CMD_DISCONNECT: which of the session's orders go; above: as the first. */
typedef enum bj_disconnect {
    BJ_DISCONNECT_FLAGGED, /* those with BJ_FLAG_CANCEL_ON_DISCONNECT */
    BJ_DISCONNECT_ALL,
    BJ_DISCONNECT_NEVER,
} bj_disconnect_t;

typedef struct bj_cmd_account { /* BJ_CMD_ACCOUNT; 0 in a limit means no orders at all */
    int64_t order_value_max_paise;
    int64_t open_value_max_paise; /* sum over open orders of leaves * price */
    int64_t position_max_qty;     /* per instrument: |position| + open quantity on that side */
    uint32_t open_orders_max;
    uint32_t blocked; /* 0 or 1 */
    uint64_t author;  /* user id of who asked; 0: the system */
    uint32_t pan_key; /* accounts of one PAN have one key, below 2^31; 0: this account alone */
    uint32_t first;   /* 1: only if the account is new; else nothing changes */
} bj_cmd_account_t;

enum { /* BJ_CMD_VENUE flags */
    BJ_VENUE_ASKED = 1 << 0,  /* it answers the order's request */
    BJ_VENUE_ABSENT = 1 << 1, /* the request never reached the exchange */
    BJ_VENUE_WOKE = 1 << 2,   /* the order is a stop that has woken */
};

/* BJ_CMD_VENUE: what the exchange says of order_id; price, whole quantity, trigger and disclosed
 * quantity of the command are the order's after it. */
typedef struct bj_cmd_venue {
    int64_t  number;       /* the exchange's order number; 0: none */
    int64_t  activity_ref; /* of the order's latest event there */
    int64_t  place;        /* in the download of its stream; a refusal's is none to go on from */
    int32_t  fill_number, fill_qty, fill_price_paise; /* TRADE */
    int32_t  cum_qty;      /* traded after it */
    uint16_t reason;       /* bj_status_t: why refused, why ended */
    uint8_t  kind;         /* bj_venue_kind_t */
    uint8_t  stream;
    uint8_t  reserved[4];
} bj_cmd_venue_t;
static_assert(sizeof(bj_cmd_venue_t) == 48, "fits the command's body");

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
        bj_cmd_phase_t      phase;
        bj_cmd_band_t       band;
        bj_cmd_day_t        day;
        bj_cmd_kill_t       kill;
        bj_cmd_release_t release;
        bj_cmd_limit_t      limit;
        bj_cmd_venue_t      venue;
        bj_cmd_new_t        opened;
        uint32_t            expiry_day; /* NEW, MODIFY with GTD: its last day */
        uint8_t             disconnect; /* DISCONNECT: bj_disconnect_t */
        uint32_t            state; /* INSTRUMENT_STATE: bj_instrument_state_t */
        bj_cmd_state_t      set_state; /* the same, with its author */
        uint8_t             bytes[48];
    } body;
    uint32_t group_idx; /* its place, from 0, among those that became durable together; set by the
                           journal, for whoever finds a hole; 0 on the way there */
    uint32_t check; /* CRC32C of the 124 bytes before it; set and checked by the journal */
} bj_cmd_t;
BJ_WIRE_SIZE(bj_cmd_t, 128);
BJ_WIRE_AT(bj_cmd_t, session_seq, 24);
BJ_WIRE_AT(bj_cmd_t, order_id, 32);
BJ_WIRE_AT(bj_cmd_t, token, 48);
BJ_WIRE_AT(bj_cmd_t, side, 68);
BJ_WIRE_AT(bj_cmd_t, body, 72);
BJ_WIRE_AT(bj_cmd_t, group_idx, 120);
BJ_WIRE_AT(bj_cmd_t, check, 124);

/* What `check` must say. */
static inline uint32_t bj_cmd_check(const bj_cmd_t *cmd) {
    return bj_crc32c(0, cmd, offsetof(bj_cmd_t, check));
}

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
    int32_t  last_price_paise, last_qty; /* TRADE; INSTRUMENT defined: the previous close, 0 */
    int32_t  trigger_price_paise;
    int32_t  disclosed_qty;
    uint16_t type;       /* bj_event_type_t */
    uint16_t session_id; /* whose order it is: who is told */
    uint16_t reason;     /* bj_status_t: why rejected, why ended; TO_VENUE: bj_cmd_type_t asked */
    uint8_t  side, order_type, tif, flags;
    uint8_t  reserved[2];
    uint32_t value; /* INSTRUMENT: state; MASS_DONE: orders cancelled; ACCOUNT: blocked;
                       UNCROSSED: 1 open, 2 resume, 3 close; GTD orders: their last day */
    uint32_t app;   /* ACCEPTED, REJECTED: number of the API app that asked; else 0 */
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
