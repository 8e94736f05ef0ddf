#ifndef BJ_STATUS_H
#define BJ_STATUS_H

/* bj_status - what a call says of itself, and what the engine says of a command.
 *
 * One list; the enum, the names, the texts and the tests are all made from it.  The values go over
 * the order-entry wire as reasons and lie in the journal and the database: add at the end, never
 * renumber.  0 is success; [1, 99] is plumbing; [100, 199] is a risk or matching refusal;
 * [200, 299] says why an order that was accepted has ended. */
#define BJ_STATUS_LIST(X)                                                                   \
    X(BJ_OK, 0, "ok")                                                                       \
    X(BJ_ERR_TRUNCATED, 1, "input ends before the message does")                            \
    X(BJ_ERR_UNKNOWN_TYPE, 2, "message type is not in the table")                           \
    X(BJ_ERR_BAD_FIELD, 3, "a field is outside its documented range")                       \
    X(BJ_ERR_OVERFLOW, 4, "arithmetic would overflow")                                      \
    X(BJ_ERR_FULL, 5, "queue or table is full; try again later")                            \
    X(BJ_ERR_NOT_FOUND, 6, "no such row")                                                   \
    X(BJ_ERR_IO, 7, "the operating system refused the read or write")                       \
    X(BJ_ERR_CORRUPT, 8, "stored bytes do not match their checksum or shape")               \
    X(BJ_ERR_DB, 9, "the database refused the statement")                                   \
    X(BJ_ERR_UNAVAILABLE, 10, "a service this needs is not reachable")                      \
    X(BJ_ERR_CONFIG, 11, "the configuration lacks a key or has a bad value")                \
    X(BJ_ERR_EXISTS, 12, "a row with this key is already there")                            \
    X(BJ_ERR_DENIED, 13, "not allowed")                                                     \
    X(BJ_ERR_SEQUENCE, 14, "sequence number is not the one expected")                       \
    X(BJ_ERR_TIMEOUT, 15, "no answer in time")                                              \
    X(BJ_REJ_SESSION_CLOSED, 100, "trading is closed")                                      \
    X(BJ_REJ_INSTRUMENT_UNKNOWN, 101, "no such instrument")                                 \
    X(BJ_REJ_INSTRUMENT_HALTED, 102, "instrument is halted")                                \
    X(BJ_REJ_ACCOUNT_UNKNOWN, 103, "no such account")                                       \
    X(BJ_REJ_ACCOUNT_BLOCKED, 104, "account is blocked")                                    \
    X(BJ_REJ_NOT_PERMITTED, 105, "session may not act for this account or do this")         \
    X(BJ_REJ_TICK, 106, "price is not a multiple of the tick")                              \
    X(BJ_REJ_LOT, 107, "quantity is not a multiple of the lot")                             \
    X(BJ_REJ_PRICE_BAND, 108, "price is outside the day's band")                            \
    X(BJ_REJ_QTY, 109, "quantity must be positive")                                         \
    X(BJ_REJ_FREEZE_QTY, 110, "quantity is above the freeze quantity")                      \
    X(BJ_REJ_ORDER_VALUE, 111, "order value is above the account's limit")                  \
    X(BJ_REJ_OPEN_ORDERS, 112, "account has its maximum of open orders")                    \
    X(BJ_REJ_OPEN_VALUE, 113, "open order value is above the account's limit")              \
    X(BJ_REJ_POSITION, 114, "net position would pass the account's limit")                  \
    X(BJ_REJ_RATE, 115, "too many messages a second")                                       \
    X(BJ_REJ_ORDER_UNKNOWN, 116, "no such open order")                                      \
    X(BJ_REJ_ORDER_TYPE, 117, "order type, validity or side is not known")                  \
    X(BJ_REJ_PRICE, 118, "a limit order needs a positive price, a market order none")       \
    X(BJ_REJ_ENGINE_FULL, 119, "engine has its maximum of open orders")                     \
    X(BJ_REJ_DUPLICATE, 120, "client order id is in use by an open order of this account")  \
    X(BJ_REJ_FIELD, 121, "a field of the message is outside its documented range")          \
    X(BJ_REJ_UNCHANGED, 122, "modify changes nothing")                                      \
    X(BJ_REJ_LEAVES, 123, "new quantity is not above the quantity already traded")          \
    X(BJ_REJ_PHASE, 124, "this phase of the session does not take that")                    \
    X(BJ_REJ_TRIGGER, 125, "trigger price does not fit the limit price")                    \
    X(BJ_REJ_DISCLOSED, 126, "disclosed quantity is above the quantity or below its share") \
    X(BJ_REJ_TIF, 127, "validity is not taken here, or its day is past")                    \
    X(BJ_REJ_NO_REFERENCE, 128, "no last price to protect a market order by")               \
    X(BJ_REJ_MODIFY, 129, "this field of an order may not be changed")                      \
    X(BJ_REJ_TRADE_TO_TRADE, 130, "trade-to-trade: no intraday orders")                     \
    X(BJ_REJ_CLOSING_PRICE, 131, "after the close only the closing price is taken")         \
    X(BJ_REJ_INSTRUMENT_BLOCKED, 132, "instrument is blocked")                              \
    X(BJ_REJ_PRICE_PROTECTION, 133, "price is outside limit price protection")              \
    X(BJ_REJ_BANNED, 134, "instrument is banned: only less of a position")                  \
    X(BJ_REJ_CLIENT_QTY, 135, "position would pass the instrument's for a client")          \
    X(BJ_REJ_ACCOUNT_SEGMENT, 136, "segment is not permitted to the account")               \
    X(BJ_REJ_ACCOUNT_BARRED, 137, "instrument is barred to the account, or only less of it") \
    X(BJ_REJ_ACCOUNT_ORDER_QTY, 138, "quantity is above the account's for one order")       \
    X(BJ_REJ_ACCOUNT_GROSS, 139, "gross position would pass the account's limit")           \
    X(BJ_REJ_ACCOUNT_UNDERLYING_NET, 140, "underlying's net would pass the account's limit") \
    X(BJ_REJ_ACCOUNT_UNDERLYING_GROSS, 141, "underlying's gross would pass the account's limit") \
    X(BJ_REJ_ACCOUNT_MARGIN, 142, "margin would pass what the account has")                 \
    X(BJ_REJ_ACCOUNT_EXECUTIONS, 143, "account has too many executions")                    \
    X(BJ_REJ_DESK_BLOCKED, 144, "desk is blocked")                                          \
    X(BJ_REJ_DESK_SEGMENT, 145, "segment is not permitted to the desk")                     \
    X(BJ_REJ_DESK_BARRED, 146, "instrument is barred to the desk, or only less of it")      \
    X(BJ_REJ_DESK_ORDER_QTY, 147, "quantity is above the desk's for one order")             \
    X(BJ_REJ_DESK_ORDER_VALUE, 148, "order value is above the desk's limit")                \
    X(BJ_REJ_DESK_RATE, 149, "too many messages a second of the desk")                      \
    X(BJ_REJ_DESK_OPEN_ORDERS, 150, "desk has its maximum of open orders")                  \
    X(BJ_REJ_DESK_OPEN_VALUE, 151, "open order value is above the desk's limit")            \
    X(BJ_REJ_DESK_NET, 152, "net position would pass the desk's limit")                     \
    X(BJ_REJ_DESK_GROSS, 153, "gross position would pass the desk's limit")                 \
    X(BJ_REJ_DESK_UNDERLYING_NET, 154, "underlying's net would pass the desk's limit")      \
    X(BJ_REJ_DESK_UNDERLYING_GROSS, 155, "underlying's gross would pass the desk's limit")  \
    X(BJ_REJ_DESK_MARGIN, 156, "margin would pass what the desk has")                       \
    X(BJ_REJ_DESK_EXECUTIONS, 157, "desk has too many executions")                          \
    X(BJ_REJ_MEMBER_BLOCKED, 158, "member is blocked")                                      \
    X(BJ_REJ_MEMBER_SEGMENT, 159, "segment is not permitted to the member")                 \
    X(BJ_REJ_MEMBER_BARRED, 160, "instrument is barred to the member, or only less of it")  \
    X(BJ_REJ_MEMBER_ORDER_QTY, 161, "quantity is above the member's for one order")         \
    X(BJ_REJ_MEMBER_ORDER_VALUE, 162, "order value is above the member's limit")            \
    X(BJ_REJ_MEMBER_RATE, 163, "too many messages a second of the member")                  \
    X(BJ_REJ_MEMBER_OPEN_ORDERS, 164, "member has its maximum of open orders")              \
    X(BJ_REJ_MEMBER_OPEN_VALUE, 165, "open order value is above the member's limit")        \
    X(BJ_REJ_MEMBER_NET, 166, "net position would pass the member's limit")                 \
    X(BJ_REJ_MEMBER_GROSS, 167, "gross position would pass the member's limit")             \
    X(BJ_REJ_MEMBER_UNDERLYING_NET, 168, "underlying's net would pass the member's limit")  \
    X(BJ_REJ_MEMBER_UNDERLYING_GROSS, 169, "underlying's gross would pass the member's limit") \
    X(BJ_REJ_MEMBER_MARGIN, 170, "margin would pass what the member has")                   \
    X(BJ_REJ_MEMBER_EXECUTIONS, 171, "member has too many executions")                      \
    X(BJ_REJ_VENUE_AWAY, 172, "the exchange was not reached: it does not have this")        \
    X(BJ_REJ_SECOND_PERSON, 173, "looser than what is in force: needs a second person")     \
    X(BJ_END_USER, 200, "cancelled on request")                                             \
    X(BJ_END_MASS, 201, "cancelled by mass cancel")                                         \
    X(BJ_END_IOC, 202, "rest of an immediate-or-cancel order")                              \
    X(BJ_END_NO_LIQUIDITY, 203, "rest of a market order: nothing left inside the band")     \
    X(BJ_END_DISCONNECT, 204, "cancelled because its session was lost")                     \
    X(BJ_END_SELF_TRADE, 205, "cancelled: it would have traded with its own account")       \
    X(BJ_END_HALT, 206, "cancelled because trading was halted")                             \
    X(BJ_END_DAY, 207, "the day ended")                                                     \
    X(BJ_END_EXPIRED, 208, "its last day ended")                                            \
    X(BJ_END_BAND, 209, "its price came to lie outside the band")                           \
    X(BJ_END_PROTECTION, 210, "rest of a market order: the book is beyond its protection")  \
    X(BJ_END_AUCTION, 211, "not executed in the closing auction")

typedef enum bj_status {
#define X(name, value, text) name = (value),
    BJ_STATUS_LIST(X)
#undef X
} bj_status_t;

/* bj_status_name returns "BJ_ERR_FULL"; bj_status_text returns the sentence.
 * Neither returns NULL, for any int; both strings live forever. */
const char *bj_status_name(bj_status_t status);
const char *bj_status_text(bj_status_t status);

#endif /* BJ_STATUS_H */
