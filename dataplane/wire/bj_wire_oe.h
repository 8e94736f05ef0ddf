#ifndef BJ_WIRE_OE_H
#define BJ_WIRE_OE_H

/* Bijli order entry, version 1: docs/protocols/order-entry.md says it in words.  Fixed-size,
 * little-endian, packed, over one TCP connection.  Reserved bytes are zero. */
#include "dataplane/base/bj_wire_check.h"

enum { BJ_OE_VERSION = 1, BJ_OE_NAME_BYTES = 16, BJ_OE_NONCE_BYTES = 32, BJ_OE_MAC_BYTES = 32 };

/* X(name, letter, struct, sequenced, text).  Client to server, then server to client. */
#define BJ_OE_IN_LIST(X)                                                  \
    X(BJ_OE_LOGIN, 'L', bj_oe_login_t, 0, "login")                        \
    X(BJ_OE_HEARTBEAT, 'H', bj_oe_header_t, 0, "heartbeat")               \
    X(BJ_OE_LOGOUT, 'O', bj_oe_header_t, 0, "logout")                     \
    X(BJ_OE_NEW, 'N', bj_oe_new_t, 1, "new order")                        \
    X(BJ_OE_MODIFY, 'M', bj_oe_modify_t, 1, "modify order")               \
    X(BJ_OE_CANCEL, 'X', bj_oe_cancel_t, 1, "cancel order")               \
    X(BJ_OE_MASS_CANCEL, 'K', bj_oe_mass_cancel_t, 1, "mass cancel")      \
    X(BJ_OE_ADMIN, 'A', bj_oe_admin_t, 1, "administrative command")
#define BJ_OE_OUT_LIST(X)                                                 \
    X(BJ_OE_CHALLENGE, 'C', bj_oe_challenge_t, 0, "challenge")            \
    X(BJ_OE_LOGIN_REPLY, 'l', bj_oe_login_reply_t, 0, "login reply")      \
    X(BJ_OE_SERVER_HEARTBEAT, 'h', bj_oe_header_t, 0, "heartbeat")        \
    X(BJ_OE_SESSION_REJECT, 'j', bj_oe_session_reject_t, 0, "message refused by the gateway") \
    X(BJ_OE_WARNING, 'y', bj_oe_warning_t, 0, "warning: soon too many messages")
/* ... and one bj_oe_report_t per event, sequenced, its type the letter of BJ_EVENT_LIST. */

enum {
#define X(name, letter, type, sequenced, text) name = (letter),
    BJ_OE_IN_LIST(X) BJ_OE_OUT_LIST(X)
#undef X
};

typedef struct __attribute__((packed)) bj_oe_header {
    uint16_t len_bytes; /* whole message, this header included */
    uint8_t  type;      /* a letter of the lists above */
    uint8_t  version;   /* BJ_OE_VERSION */
    uint32_t app;       /* BJ_OE_NEW of a session with the admin right: the number of the API app
                         * that asks, 0: none; all others: 0 */
    uint64_t seq; /* sequenced: from 1, each direction its own, no holes; heartbeat: last one sent;
                     other unsequenced: 0 */
} bj_oe_header_t;
BJ_WIRE_SIZE(bj_oe_header_t, 16);
BJ_WIRE_AT(bj_oe_header_t, type, 2);
BJ_WIRE_AT(bj_oe_header_t, seq, 8);

/* Version 1 stays: a client that does not ask for a later addition does not meet it. */
enum { BJ_OE_LOGIN_WARN = 1 << 0 }; /* login flag: warnings ('y') are wanted */

/* First word, from the server on connect. */
typedef struct __attribute__((packed)) bj_oe_challenge {
    bj_oe_header_t header;
    uint8_t nonce[BJ_OE_NONCE_BYTES]; /* fresh for each connection */
} bj_oe_challenge_t;
BJ_WIRE_SIZE(bj_oe_challenge_t, 48);

typedef struct __attribute__((packed)) bj_oe_login {
    bj_oe_header_t header;
    char     session[BJ_OE_NAME_BYTES]; /* name, padded with NUL, last byte NUL */
    uint8_t  mac[BJ_OE_MAC_BYTES];      /* HMAC-SHA256(key, nonce || session[16]) */
    uint64_t next_out_seq;              /* first report wanted, >= 1; 0: only what is new */
    uint32_t heartbeat_ms;              /* wished, [100, 60000]; silence of 3 ends the connection */
    uint32_t flags;                     /* BJ_OE_LOGIN_*; others 0 */
} bj_oe_login_t;
BJ_WIRE_SIZE(bj_oe_login_t, 80);
BJ_WIRE_AT(bj_oe_login_t, mac, 32);
BJ_WIRE_AT(bj_oe_login_t, next_out_seq, 64);

typedef struct __attribute__((packed)) bj_oe_login_reply {
    bj_oe_header_t header;
    uint16_t status; /* bj_status_t; not BJ_OK: the server closes after it */
    uint16_t session_id;
    uint32_t heartbeat_ms; /* granted */
    uint64_t next_in_seq;  /* the sequence the server expects next from this session */
    uint64_t next_out_seq; /* replayed reports come first, below this; then live ones */
    int64_t  time_ns;
} bj_oe_login_reply_t;
BJ_WIRE_SIZE(bj_oe_login_reply_t, 48);
BJ_WIRE_AT(bj_oe_login_reply_t, next_in_seq, 24);

typedef struct __attribute__((packed)) bj_oe_new {
    bj_oe_header_t header;
    uint64_t client_order_id; /* > 0; unique among the account's open orders */
    uint32_t account_id;
    uint32_t token;
    int32_t  price_paise; /* limit: > 0; market: 0 */
    int32_t  qty;         /* > 0 */
    int32_t  trigger_price_paise; /* SL, SL-M: > 0; else 0 */
    int32_t  disclosed_qty;       /* 0: all is shown */
    uint8_t  side;       /* 'B' or 'S' */
    uint8_t  order_type; /* 1 limit, 2 market, 3 stop-loss limit (SL), 4 stop-loss market (SL-M) */
    uint8_t  tif;        /* 1 day, 2 immediate or cancel, 3 good till date, 4 good till cancelled */
    uint8_t  flags; /* bit 1: cancel on disconnect; 2: self-trade ends this order; 3: intraday */
    uint32_t expiry_day; /* good till date: days since 1970-01-01 (IST); else 0 */
} bj_oe_new_t;
BJ_WIRE_SIZE(bj_oe_new_t, 56);
BJ_WIRE_AT(bj_oe_new_t, account_id, 24);
BJ_WIRE_AT(bj_oe_new_t, side, 48);

typedef struct __attribute__((packed)) bj_oe_modify {
    bj_oe_header_t header;
    uint64_t order_id;
    uint64_t client_order_id; /* echoed in 'q' if no such order; else the order's own */
    uint32_t account_id;
    uint32_t token;
    int32_t  price_paise; /* > 0 */
    int32_t  qty;         /* new whole quantity, above what has traded */
    int32_t  trigger_price_paise, disclosed_qty;
} bj_oe_modify_t;
BJ_WIRE_SIZE(bj_oe_modify_t, 56);

typedef struct __attribute__((packed)) bj_oe_cancel {
    bj_oe_header_t header;
    uint64_t order_id;
    uint32_t account_id;
    uint32_t token;
} bj_oe_cancel_t;
BJ_WIRE_SIZE(bj_oe_cancel_t, 32);

typedef struct __attribute__((packed)) bj_oe_mass_cancel {
    bj_oe_header_t header;
    uint32_t account_id; /* 0: every account this session may act for, its own orders only */
    uint32_t token;      /* 0: every instrument */
    uint8_t  side;       /* 0: both */
    uint8_t  reserved[7];
} bj_oe_mass_cancel_t;
BJ_WIRE_SIZE(bj_oe_mass_cancel_t, 32);

/* What an admin session may ask for.  Fields that a kind does not name are 0. */
enum {
    BJ_OE_ADMIN_INSTRUMENT_STATE = 1, /* token, value */
    BJ_OE_ADMIN_ACCOUNT = 2,          /* account_id, value, the four limits, pan_key, how */
    BJ_OE_ADMIN_PHASE = 3,    /* token (0: all), value: phase, auction, reference_paise, band_bp */
    BJ_OE_ADMIN_UNCROSS = 4,  /* token (0: all), value: phase that follows, market_first */
    BJ_OE_ADMIN_BAND = 5,     /* token, reference_paise: lower end, hi_paise: upper end */
    BJ_OE_ADMIN_WINDOW = 6,   /* token (0: all) */
    BJ_OE_ADMIN_DAY_END = 7,  /* value: the day that ends, since 1970-01-01 (IST) */
    BJ_OE_ADMIN_KILL = 8,     /* token, account_id, value: session id, side: 0 is any; how */
    BJ_OE_ADMIN_LIMIT = 9,    /* level, limit, order_value_max_paise: its value; account_id, token,
                               * value: session id, as bj_wire_limit.h says */
    BJ_OE_ADMIN_RELEASE = 10, /* order_value_max_paise: the order */
};
/* how: two people stand behind it, of INSTRUMENT_STATE, ACCOUNT, PHASE, UNCROSS, BAND, LIMIT and
 * RELEASE; only from a session with the right `second`. */
enum { BJ_OE_HOW_TWO = 2 };
typedef struct __attribute__((packed)) bj_oe_admin { /* only for sessions with the admin right */
    bj_oe_header_t header;
    uint16_t kind; /* BJ_OE_ADMIN_* */
    uint8_t  auction;      /* PHASE: 1 open, 2 resume, 3 close */
    uint8_t  market_first; /* UNCROSS */
    uint32_t token;
    uint32_t account_id;
    uint32_t value;      /* INSTRUMENT_STATE: 1 open, 2 halted; ACCOUNT: 1 blocked; others above */
    int64_t  order_value_max_paise, open_value_max_paise, position_max_qty;
    uint32_t open_orders_max;
    uint32_t pan_key; /* ACCOUNT: accounts of one PAN share it; 0: none */
    uint64_t author;  /* user id */
    char     reason[24]; /* goes to the journal with the command; NUL-padded */
    int32_t  reference_paise, hi_paise;
    uint32_t band_bp; /* PHASE: an auction's own band around its reference; 0: the day's */
    uint8_t  side;    /* KILL: 'B', 'S' or 0 */
    uint8_t  level;   /* LIMIT: bj_limit_level_t */
    uint8_t  limit;   /* LIMIT: bj_limit_t */
    uint8_t  how;     /* KILL: 1: and no new orders; ACCOUNT: 1: only if the account is new; what
                       * can loosen, these two beside: BJ_OE_HOW_TWO */
} bj_oe_admin_t;
BJ_WIRE_SIZE(bj_oe_admin_t, 112);
BJ_WIRE_AT(bj_oe_admin_t, order_value_max_paise, 32);

/* The gateway could not make a command of a message; nothing was sequenced, nothing changed, but
 * the message's sequence number is used up. */
typedef struct __attribute__((packed)) bj_oe_session_reject {
    bj_oe_header_t header;
    uint64_t ref_seq;
    uint64_t client_order_id; /* if the message had one */
    uint16_t reason;          /* bj_status_t */
    uint8_t  ref_type;
    uint8_t  reserved[5];
    char     text[40]; /* which field and what it may be; NUL-terminated */
} bj_oe_session_reject_t;
BJ_WIRE_SIZE(bj_oe_session_reject_t, 80);

/* Most of the session's allowance of messages is used; only to who asked for it at login, and at
 * most once a second. */
typedef struct __attribute__((packed)) bj_oe_warning {
    bj_oe_header_t header;
    uint64_t ref_seq;           /* the request that used it this far */
    uint32_t rate_per_s, burst; /* the allowance */
    uint16_t used_pct;          /* of burst */
    uint8_t  reserved[6];
    char     text[40]; /* NUL-terminated */
} bj_oe_warning_t;
BJ_WIRE_SIZE(bj_oe_warning_t, 80);
BJ_WIRE_AT(bj_oe_warning_t, rate_per_s, 24);
BJ_WIRE_AT(bj_oe_warning_t, used_pct, 32);
BJ_WIRE_AT(bj_oe_warning_t, text, 40);

/* An event as its owner sees it.  Sent only when the command behind it is durable. */
typedef struct __attribute__((packed)) bj_oe_report {
    bj_oe_header_t header; /* type: letter of BJ_EVENT_LIST; seq: this session's report number */
    int64_t  time_ns;
    uint64_t order_id, client_order_id, match_id;
    uint64_t event_seq;   /* the event's place in the whole market's log */
    uint64_t request_seq; /* your sequence number it answers; 0 if unasked for */
    uint32_t account_id, token;
    int32_t  price_paise, qty, leaves_qty, cum_qty;
    int32_t  last_price_paise, last_qty; /* trade */
    int32_t  trigger_price_paise, disclosed_qty;
    uint16_t reason; /* bj_status_t */
    uint8_t  side, order_type, tif, flags;
    uint8_t  reserved[2];
    uint32_t value;
    uint32_t app; /* 'a', 'r': the app that asked for the order; else 0 */
} bj_oe_report_t;
BJ_WIRE_SIZE(bj_oe_report_t, 120);
BJ_WIRE_AT(bj_oe_report_t, order_id, 24);
BJ_WIRE_AT(bj_oe_report_t, account_id, 64);
BJ_WIRE_AT(bj_oe_report_t, last_price_paise, 88);
BJ_WIRE_AT(bj_oe_report_t, reason, 104);
BJ_WIRE_AT(bj_oe_report_t, value, 112);

enum { BJ_OE_MESSAGE_MAX_BYTES = 128 };

#endif /* BJ_WIRE_OE_H */
