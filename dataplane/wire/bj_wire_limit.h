#ifndef BJ_WIRE_LIMIT_H
#define BJ_WIRE_LIMIT_H

/* Limits: what an order may not pass, and at which level it is counted.  One list makes the enum,
 * the names on the wire, in the API and on the command line, and the table that checks values.
 *
 * Levels     ACCOUNT  one account (cmd.account_id)
 *            DESK     all that one session sends (limit.desk)
 *            MEMBER   everybody together
 *            INSTRUMENT  what holds for everyone in one instrument (cmd.token)
 * Value      -1 takes the limit away, at every level; what it may be besides is in the list.
 * Looser     which way a value lets more through; what loosens takes two people (docs/risk.md).
 * Sources    which checks there must be: SEBI circular of 30 March 2012 on algorithmic trading
 *            (price, quantity, value, cumulative open value, position, automated execution), SEBI
 *            and NSE 2025 on retail algorithms (kill switch, rate).  Values are the member's. */
#include "dataplane/base/bj_wire_check.h"

typedef enum bj_limit_level {
    BJ_LEVEL_ACCOUNT = 1,
    BJ_LEVEL_DESK = 2,
    BJ_LEVEL_MEMBER = 3,
    BJ_LEVEL_INSTRUMENT = 4,
    BJ_LEVEL_END
} bj_limit_level_t;

#define BJ_LEVEL_WORDS "account", "desk", "member", "instrument"

enum { /* levels a limit has, as bits */
    BJ_LEVELS_A = 1 << BJ_LEVEL_ACCOUNT,
    BJ_LEVELS_I = 1 << BJ_LEVEL_INSTRUMENT,
    BJ_LEVELS_AD = BJ_LEVELS_A | 1 << BJ_LEVEL_DESK,
    BJ_LEVELS_ADM = BJ_LEVELS_AD | 1 << BJ_LEVEL_MEMBER,
    BJ_LEVELS_ADMI = BJ_LEVELS_ADM | BJ_LEVELS_I,
};

#define BJ_LIMIT_QTY_MAX (INT64_C(1) << 48)

typedef enum bj_looser { /* what lets more through */
    BJ_LOOSER_MORE = 1,
    BJ_LOOSER_LESS,
    BJ_LOOSER_BITS,   /* a bit that was not there */
    BJ_LOOSER_BAR,    /* more, and 0, which bars nothing, is above all */
    BJ_LOOSER_CHANGE, /* no direction: any other value */
} bj_looser_t;

/* X(name, value, word, levels, least, most, looser, text).  Never renumber: the values are in
 * journals. */
#define BJ_LIMIT_LIST(X)                                                                          \
    X(BJ_LIMIT_BLOCKED, 1, "blocked", BJ_LEVELS_ADMI, 0, 1, BJ_LOOSER_LESS,                       \
      "1: no order, no change")                                                                   \
    X(BJ_LIMIT_BARRED, 2, "barred", BJ_LEVELS_ADM, 0, 2, BJ_LOOSER_BAR,                           \
      "in one instrument: 1 no order, 2 only what brings a position down")                        \
    X(BJ_LIMIT_SEGMENTS, 3, "segments", BJ_LEVELS_ADM, 0, 255, BJ_LOOSER_BITS,                    \
      "a bit for each segment allowed")                                                           \
    X(BJ_LIMIT_ORDER_QTY, 4, "order_qty", BJ_LEVELS_ADM, 0, INT32_MAX, BJ_LOOSER_MORE,            \
      "of one order")                                                                             \
    X(BJ_LIMIT_ORDER_VALUE, 5, "order_value", BJ_LEVELS_ADM, 0, INT64_MAX, BJ_LOOSER_MORE,        \
      "of one order, paise")                                                                      \
    X(BJ_LIMIT_RATE, 6, "rate", BJ_LEVELS_ADM, 1, 1000000000, BJ_LOOSER_MORE,                     \
      "new orders and changes a second")                                                          \
    X(BJ_LIMIT_BURST, 7, "burst", BJ_LEVELS_ADM, 1, 1000000000, BJ_LOOSER_MORE,                   \
      "of them at once")                                                                          \
    X(BJ_LIMIT_OPEN_ORDERS, 8, "open_orders", BJ_LEVELS_ADM, 0, UINT32_MAX, BJ_LOOSER_MORE,       \
      "at once")                                                                                  \
    X(BJ_LIMIT_OPEN_VALUE, 9, "open_value", BJ_LEVELS_ADM, 0, INT64_MAX, BJ_LOOSER_MORE,          \
      "leaves times price of all open orders, paise")                                             \
    X(BJ_LIMIT_NET_QTY, 10, "net_qty", BJ_LEVELS_ADM, 0, INT64_MAX, BJ_LOOSER_MORE,               \
      "position and open quantity of a side, in an instrument")                                   \
    X(BJ_LIMIT_GROSS_QTY, 11, "gross_qty", BJ_LEVELS_ADM, 0, INT64_MAX, BJ_LOOSER_MORE,           \
      "bought, sold and open, in an instrument")                                                  \
    X(BJ_LIMIT_UNDERLYING_NET, 12, "underlying_net", BJ_LEVELS_ADM, 0, INT64_MAX, BJ_LOOSER_MORE, \
      "as net_qty, over all of one underlying")                                                   \
    X(BJ_LIMIT_UNDERLYING_GROSS, 13, "underlying_gross", BJ_LEVELS_ADM, 0, INT64_MAX,             \
      BJ_LOOSER_MORE, "as gross_qty, over all of one underlying")                                 \
    X(BJ_LIMIT_MARGIN, 14, "margin", BJ_LEVELS_ADM, 0, INT64_MAX, BJ_LOOSER_MORE,                 \
      "that may be blocked, paise")                                                               \
    X(BJ_LIMIT_EXECUTIONS, 15, "executions", BJ_LEVELS_ADM, 0, UINT32_MAX, BJ_LOOSER_MORE,        \
      "fills in a window of time")                                                                \
    X(BJ_LIMIT_SEGMENT, 32, "segment", BJ_LEVELS_I, 0, 7, BJ_LOOSER_CHANGE,                       \
      "0 CM, 1 FO, 2 CD, 3 CO")                                                                   \
    X(BJ_LIMIT_UNDERLYING, 33, "underlying", BJ_LEVELS_I, 0, INT32_MAX, BJ_LOOSER_CHANGE,         \
      "token that positions are summed under")                                                    \
    X(BJ_LIMIT_INVERSE, 34, "inverse", BJ_LEVELS_I, 0, 1, BJ_LOOSER_CHANGE,                       \
      "1: a put, whose buyer is short of the underlying")                                         \
    X(BJ_LIMIT_MARGIN_BUY, 35, "margin_buy", BJ_LEVELS_I, 0, INT32_MAX, BJ_LOOSER_LESS,           \
      "of one bought, paise")                                                                     \
    X(BJ_LIMIT_MARGIN_SELL, 36, "margin_sell", BJ_LEVELS_I, 0, INT32_MAX, BJ_LOOSER_LESS,         \
      "of one sold, paise")                                                                       \
    X(BJ_LIMIT_PRICE_LO, 37, "price_lo", BJ_LEVELS_I, 0, INT32_MAX, BJ_LOOSER_LESS,               \
      "limit price protection: the lowest price an order may name, paise")                        \
    X(BJ_LIMIT_PRICE_HI, 38, "price_hi", BJ_LEVELS_I, 0, INT32_MAX, BJ_LOOSER_MORE,               \
      "and the highest")                                                                          \
    X(BJ_LIMIT_BANNED, 39, "banned", BJ_LEVELS_I, 0, 1, BJ_LOOSER_LESS,                           \
      "1: only what brings an account's position down")                                           \
    X(BJ_LIMIT_CLIENT_QTY, 40, "client_qty", BJ_LEVELS_I, 0, INT64_MAX, BJ_LOOSER_MORE,           \
      "as net_qty, for every account")                                                            \
    X(BJ_LIMIT_PROTECTION_BP, 41, "protection_bp", BJ_LEVELS_I, 0, 10000, BJ_LOOSER_MORE,         \
      "limit price protection: how far from the reference, 0.01 %")                               \
    X(BJ_LIMIT_PROTECTION_MIN, 42, "protection_min", BJ_LEVELS_I, 0, INT32_MAX, BJ_LOOSER_MORE,   \
      "and at least so far, paise")

typedef enum bj_limit {
#define X(name, value, word, levels, least, most, looser, text) name = (value),
    BJ_LIMIT_LIST(X)
#undef X
    BJ_LIMIT_END /* above all */
} bj_limit_t;

enum { BJ_LIMIT_NONE = -1, BJ_LIMIT_REASON_BYTES = 24 };

typedef struct bj_cmd_limit { /* the body of BJ_CMD_LIMIT */
    uint16_t limit;    /* bj_limit_t */
    uint8_t  level;    /* bj_limit_level_t */
    uint8_t  reserved;
    uint32_t desk;     /* level DESK: session_id, from 1 */
    int64_t  value;    /* or BJ_LIMIT_NONE */
    uint64_t author;   /* user id of who asked; 0: the system */
    char     reason[BJ_LIMIT_REASON_BYTES]; /* ends in NUL */
} bj_cmd_limit_t;
BJ_WIRE_SIZE(bj_cmd_limit_t, 48);
BJ_WIRE_AT(bj_cmd_limit_t, value, 8);
BJ_WIRE_AT(bj_cmd_limit_t, reason, 24);

/* The limit of that word, 0: none; the word of a limit, NULL: none such. */
unsigned    bj_limit_by_word(const char *word);
const char *bj_limit_word(unsigned limit);

/* Does `to` let more through than `from`?  Both as they are in force: INT64_MAX where there is no
 * most, 0 where there is no least and nothing is barred. */
bool bj_limit_looser(bj_limit_t limit, int64_t from, int64_t to);

/* NULL, or what is wrong with it, a sentence that names the field.  token and account_id: of the
 * command around it. */
const char *bj_limit_wrong(const bj_cmd_limit_t *limit, uint32_t account_id, uint32_t token);

#endif /* BJ_WIRE_LIMIT_H */
