#ifndef BJ_WIRE_NNF_H
#define BJ_WIRE_NNF_H

/* NNF, the exchange's own order-entry protocol: what both segments share.
 *
 * Big-endian; text is upper case, padded with blanks, without NUL; prices are paise; order numbers
 * are doubles that hold whole numbers; a time is seconds since 1980-01-01 in Indian time, or ns
 * where the name says so.  One message a packet, behind bj_nnf_prefix.
 * Source: NSE's trimmed NNF protocols, FO v9.46 (November 2025) and CM v6.3 (October 2025),
 * chapters 2, 3 and 10 and the appendices.  Those documents win over this file.
 *
 * A message is a list X(T, at, kind, name, n): field `name` lies at byte `at`.  One list makes the
 * struct, the assertion of every offset and the rows by which bj_nnf_codec reads and writes it.
 * What a field means is said once, at bj_nnf_msg_t (dataplane/nnf/bj_nnf_codec.h).
 * Kinds: I8, I16, I32, I64 numbers; F64 a double that is a whole number; TXT n characters; RAW n
 * bytes; RES n bytes that are 0 or blank; ANY n bytes that are not looked at and sent as 0. */
#include "dataplane/wire/bj_wire_be.h"

typedef enum bj_nnf_segment { BJ_NNF_CM, BJ_NNF_FO, BJ_NNF_SEGMENT_CNT } bj_nnf_segment_t;

enum {
    BJ_NNF_PREFIX_BYTES = 22,
    BJ_NNF_PACKET_MAX_BYTES = 1024, /* prefix included */
    BJ_NNF_DIGEST_BYTES = 16,
    BJ_NNF_HEADER_BYTES = 40,
    BJ_NNF_JIFFIES_PER_S = 65536,
};

/* Transaction codes: X(name, code, text). */
#define BJ_NNF_CODE_LIST(X)                                               \
    X(BJ_NNF_INFO_ASK, 1600, "system information request")                \
    X(BJ_NNF_INFO, 1601, "system information")                            \
    X(BJ_NNF_ORDER, 2000, "order")                                        \
    X(BJ_NNF_PRICED, 2012, "market order's price")                        \
    X(BJ_NNF_PRICE_MODIFY, 2013, "price modification")                    \
    X(BJ_NNF_MODIFY, 2040, "modification")                                \
    X(BJ_NNF_MODIFY_REJECT, 2042, "modification refused")                 \
    X(BJ_NNF_KILL_DONE, 2061, "quick cancel done")                        \
    X(BJ_NNF_KILL, 2062, "kill switch")                                   \
    X(BJ_NNF_CANCEL, 2070, "cancellation")                                \
    X(BJ_NNF_CANCEL_REJECT, 2072, "cancellation refused")                 \
    X(BJ_NNF_CONFIRM, 2073, "order confirmed")                            \
    X(BJ_NNF_MODIFIED, 2074, "order modified")                            \
    X(BJ_NNF_CANCELLED, 2075, "order cancelled")                          \
    X(BJ_NNF_FROZEN, 2170, "order frozen")                                \
    X(BJ_NNF_TRIGGERED, 2212, "stop order woke")                          \
    X(BJ_NNF_TRADE, 2222, "trade")                                        \
    X(BJ_NNF_REJECT, 2231, "order refused")                               \
    X(BJ_NNF_SIGN_ON, 2300, "sign on")                                    \
    X(BJ_NNF_SIGNED_ON, 2301, "signed on")                                \
    X(BJ_NNF_ERROR, 2302, "error")                                        \
    X(BJ_NNF_SIGN_OFF, 2320, "sign off")                                  \
    X(BJ_NNF_SIGNED_OFF, 2321, "signed off")                              \
    X(BJ_NNF_BAD_LENGTH, 2322, "message of a wrong length")               \
    X(BJ_NNF_ROUTE, 2400, "gateway router request")                       \
    X(BJ_NNF_ROUTED, 2401, "gateway router's answer")                     \
    X(BJ_NNF_CONTINGENCY, 5294, "outage of a stream")                     \
    X(BJ_NNF_DOWNLOAD, 7000, "download request")                          \
    X(BJ_NNF_DOWNLOAD_START, 7011, "download begins")                     \
    X(BJ_NNF_DOWNLOAD_RECORD, 7021, "download record")                    \
    X(BJ_NNF_DOWNLOAD_END, 7031, "download ends")                         \
    X(BJ_NNF_LOCAL_ASK, 7300, "local database request")                   \
    X(BJ_NNF_LOCAL_RECORD, 7304, "local database record")                 \
    X(BJ_NNF_LOCAL_START, 7307, "local database begins")                  \
    X(BJ_NNF_LOCAL_END, 7308, "local database ends")                      \
    X(BJ_NNF_BATCH_CANCEL, 9002, "order ended by the exchange")           \
    X(BJ_NNF_ORDER_TR, 20000, "order, trimmed")                           \
    X(BJ_NNF_PRICED_TR, 20012, "market order's price, trimmed")           \
    X(BJ_NNF_MODIFY_TR, 20040, "modification, trimmed")                   \
    X(BJ_NNF_MODIFY_REJECT_TR, 20042, "modification refused, trimmed")    \
    X(BJ_NNF_QUICK_CANCEL_TR, 20060, "quick cancellation, trimmed")       \
    X(BJ_NNF_CANCEL_TR, 20070, "cancellation, trimmed")                   \
    X(BJ_NNF_CANCEL_REJECT_TR, 20072, "cancellation refused, trimmed")    \
    X(BJ_NNF_CONFIRM_TR, 20073, "order confirmed, trimmed")               \
    X(BJ_NNF_MODIFIED_TR, 20074, "order modified, trimmed")               \
    X(BJ_NNF_CANCELLED_TR, 20075, "order cancelled, trimmed")             \
    X(BJ_NNF_TRADE_TR, 20222, "trade, trimmed")                           \
    X(BJ_NNF_REJECT_TR, 20231, "order refused, trimmed")                  \
    X(BJ_NNF_BOX_OFF, 20322, "box signed off")                            \
    X(BJ_NNF_ORDER_ACK, 20401, "order taken by the gateway")              \
    X(BJ_NNF_MODIFY_ACK, 20403, "modification taken by the gateway")      \
    X(BJ_NNF_CANCEL_ACK, 20405, "cancellation taken by the gateway")      \
    X(BJ_NNF_PRICE_ACK, 20407, "price modification taken by the gateway") \
    X(BJ_NNF_BOX_SIGN_ON, 23000, "box sign on")                           \
    X(BJ_NNF_BOX_SIGNED_ON, 23001, "box signed on")                       \
    X(BJ_NNF_BOX_REGISTER, 23008, "secure box registration")              \
    X(BJ_NNF_BOX_REGISTERED, 23009, "secure box registered")              \
    X(BJ_NNF_HEARTBEAT, 23506, "heartbeat")

typedef enum bj_nnf_code {
#define X(name, value, text) name = (value),
    BJ_NNF_CODE_LIST(X)
#undef X
} bj_nnf_code_t;

/* Flags of an order, two bytes that differ by segment, the lower address first.
 * X(name, CM byte 0, CM byte 1, FO byte 0, FO byte 1, text); 0, 0: the segment has no such flag. */
#define BJ_NNF_FLAG_LIST(X)                                           \
    X(BJ_NNF_ATO, 0x80, 0, 0x80, 0, "at the opening")                 \
    X(BJ_NNF_MARKET, 0x40, 0, 0x40, 0, "at market price")             \
    X(BJ_NNF_STOP, 0x20, 0, 0x20, 0, "stop loss")                     \
    X(BJ_NNF_MIT, 0, 0, 0x10, 0, "market if touched")                 \
    X(BJ_NNF_DAY, 0x10, 0, 0x08, 0, "day")                            \
    X(BJ_NNF_GTC, 0x08, 0, 0x04, 0, "good till cancelled")            \
    X(BJ_NNF_IOC, 0x04, 0, 0x02, 0, "immediate or cancel")            \
    X(BJ_NNF_AON, 0x02, 0, 0x01, 0, "all or none")                    \
    X(BJ_NNF_MF, 0x01, 0, 0, 0x80, "minimum fill")                    \
    X(BJ_NNF_MATCHED, 0, 0x80, 0, 0x40, "matched")                    \
    X(BJ_NNF_TRADED, 0, 0x40, 0, 0x20, "traded")                      \
    X(BJ_NNF_CHANGED, 0, 0x20, 0, 0x10, "modified")                   \
    X(BJ_NNF_IS_FROZEN, 0, 0x10, 0, 0x08, "frozen")                   \
    X(BJ_NNF_PREOPEN, 0, 0x08, 0, 0x04, "entered before the opening") \
    X(BJ_NNF_STPC, 0, 0x02, 0, 0, "self-trade ends this order")

typedef enum bj_nnf_flag { /* a bit in bj_nnf_msg_t.flags */
#define X(name, cm0, cm1, fo0, fo1, text) name,
    BJ_NNF_FLAG_LIST(X)
#undef X
    BJ_NNF_FLAG_CNT
} bj_nnf_flag_t;

/* FO has a third byte for what CM has in the second, and more. */
enum {
    BJ_NNF_MORE_STPC = 0x10,
    BJ_NNF_MORE_COL = 0x02, /* cancel on logoff */
    BJ_NNF_MORE_BOC = 0x01,
};

enum { BJ_NNF_BUY = 1, BJ_NNF_SELL = 2, BJ_NNF_CLIENT = 1, BJ_NNF_PRO = 2 };

/* Books; and the state of a market as 1601 says it. */
enum {
    BJ_NNF_BOOK_REGULAR = 1, BJ_NNF_BOOK_SPECIAL = 2, BJ_NNF_BOOK_STOP = 3,
    BJ_NNF_BOOK_NEGOTIATED = 4, BJ_NNF_BOOK_ODD_LOT = 5, BJ_NNF_BOOK_SPOT = 6,
    BJ_NNF_BOOK_AUCTION = 7, BJ_NNF_BOOK_CALL_1 = 11, BJ_NNF_BOOK_CALL_2 = 12,
    BJ_NNF_IS_PREOPEN = 0, BJ_NNF_IS_OPEN = 1, BJ_NNF_IS_CLOSED = 2, BJ_NNF_IS_PREOPEN_END = 3,
    BJ_NNF_IS_POST_CLOSE = 4,
};

enum { BJ_NNF_DEALER = 0, BJ_NNF_CORPORATE_MANAGER = 4, BJ_NNF_BRANCH_MANAGER = 5 };

/* --- from a list to a struct with every offset asserted --- */
#define BJ_NNF_MEMBER_I8(name, n) uint8_t name;
#define BJ_NNF_MEMBER_I16(name, n) bj_be16_t name;
#define BJ_NNF_MEMBER_I32(name, n) bj_be32_t name;
#define BJ_NNF_MEMBER_I64(name, n) bj_be64_t name;
#define BJ_NNF_MEMBER_F64(name, n) bj_be64_t name;
#define BJ_NNF_MEMBER_TXT(name, n) char name[n];
#define BJ_NNF_MEMBER_RAW(name, n) uint8_t name[n];
#define BJ_NNF_MEMBER_RES(name, n) uint8_t name[n];
#define BJ_NNF_MEMBER_ANY(name, n) uint8_t name[n];
#define BJ_NNF_MEMBER(T, at, kind, name, n) BJ_NNF_MEMBER_##kind(name, n)
#define BJ_NNF_AT(T, at, kind, name, n) BJ_WIRE_AT(T, name, at);
#define BJ_NNF_STRUCT(T, LIST, bytes)                        \
    typedef struct T {                                       \
        LIST(BJ_NNF_MEMBER, T)                               \
    } T;                                                     \
    LIST(BJ_NNF_AT, T)                                       \
    BJ_WIRE_SIZE(T, bytes)

/* In front of every message, both ways. */
typedef struct bj_nnf_prefix {
    bj_be16_t len_bytes; /* prefix and message */
    bj_be32_t seq;       /* a reply carries its request's */
    uint8_t   digest[BJ_NNF_DIGEST_BYTES]; /* MD5 of the message before encryption; or GCM's tag */
} bj_nnf_prefix_t;
BJ_WIRE_SIZE(bj_nnf_prefix_t, BJ_NNF_PREFIX_BYTES);
BJ_WIRE_AT(bj_nnf_prefix_t, len_bytes, 0);
BJ_WIRE_AT(bj_nnf_prefix_t, seq, 2);
BJ_WIRE_AT(bj_nnf_prefix_t, digest, 6);

/* Trimmed order messages begin with the code and have no header. */
#define BJ_NNF_HEADER_LIST(X, T)                                                      \
    X(T, 0, I16, code, 1) X(T, 2, I32, log_s, 1) X(T, 6, I8, alpha0, 1)               \
    X(T, 7, I8, alpha1, 1) X(T, 8, I32, user_id, 1) X(T, 12, I16, error, 1)           \
    X(T, 14, I64, time_exch_ns, 1) X(T, 22, I64, jiffies, 1) X(T, 30, ANY, stamp2, 7) \
    X(T, 37, I8, stream, 1) X(T, 38, I16, message_bytes, 1)
BJ_NNF_STRUCT(bj_nnf_header_t, BJ_NNF_HEADER_LIST, BJ_NNF_HEADER_BYTES);

/* In place of the header in what a record of 7021 or 7304 wraps. */
#define BJ_NNF_INNER_LIST(X, T)                                                       \
    X(T, 0, I32, user_id, 1) X(T, 4, I32, log_s, 1) X(T, 8, I8, alpha0, 1)            \
    X(T, 9, I8, alpha1, 1) X(T, 10, I16, code, 1) X(T, 12, I16, error, 1)             \
    X(T, 14, I64, time_exch_ns, 1) X(T, 22, I64, jiffies, 1) X(T, 30, ANY, stamp2, 7) \
    X(T, 37, I8, stream, 1) X(T, 38, I16, message_bytes, 1)
BJ_NNF_STRUCT(bj_nnf_inner_t, BJ_NNF_INNER_LIST, BJ_NNF_HEADER_BYTES);

/* FO's contract; the full form has a level of corporate action behind it. */
#define BJ_NNF_CONTRACT_LIST(X, T, at)                                                \
    X(T, (at) + 0, TXT, instrument, 6) X(T, (at) + 6, TXT, symbol, 10)                \
    X(T, (at) + 16, I32, expiry_s, 1) X(T, (at) + 20, I32, strike_paise, 1)           \
    X(T, (at) + 24, TXT, option_type, 2)

#endif /* BJ_WIRE_NNF_H */
