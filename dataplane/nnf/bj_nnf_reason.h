#ifndef BJ_NNF_REASON_H
#define BJ_NNF_REASON_H

/* bj_nnf_reason - our reasons and the exchange's error codes, one table for both segments and both
 * directions.
 *
 * X(status, CM error, FO error, reason code).  Several of ours share a code; on the way back the
 * first row that has it wins, and a code that no row has is BJ_ERR_DENIED.
 * Source: NSE's trimmed NNF protocols, CM v6.3 and FO v9.46, lists of error and reason codes.  Not
 * every one of our reasons has a code that means just that: those take the nearest, marked ~. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_nnf.h"

#define BJ_NNF_REASON_LIST(X)                                                              \
    X(BJ_OK, 0, 0, 0)                                                                      \
    X(BJ_REJ_SESSION_CLOSED, 16278, 16278, 0)        /* market not open */                 \
    X(BJ_REJ_INSTRUMENT_UNKNOWN, 16019, 16019, 5)    /* security not found */              \
    X(BJ_REJ_INSTRUMENT_HALTED, 16049, 16049, 5)     /* security suspended */              \
    X(BJ_REJ_ACCOUNT_UNKNOWN, 16042, 16042, 8)       /* user not found */                  \
    X(BJ_REJ_ACCOUNT_BLOCKED, 16134, 16134, 8)       /* user disabled */                   \
    X(BJ_REJ_NOT_PERMITTED, 16684, 16684, 8)         /* no authority */                    \
    X(BJ_REJ_TICK, 16283, 16283, 0)                  /* price off tick */                  \
    X(BJ_REJ_LOT, 16328, 16328, 0)                   /* not a lot multiple */              \
    X(BJ_REJ_PRICE_BAND, 16284, 16284, 17)           /* price outside day range */         \
    X(BJ_REJ_QTY, 16556, 16556, 0)                   /* quantity below minimum lot */      \
    X(BJ_REJ_FREEZE_QTY, 16307, 16606, 18)           /* ~CM: cancelled, quantity freeze */ \
    X(BJ_REJ_ORDER_VALUE, 16436, 16443, 0)           /* order value limit */               \
    X(BJ_REJ_OPEN_ORDERS, 16725, 16725, 8)           /* ~refused by the risk system */     \
    X(BJ_REJ_OPEN_VALUE, 16530, 16444, 8)            /* user value limit */                \
    X(BJ_REJ_POSITION, 17045, 17045, 8)              /* above the user's quantity limit */ \
    X(BJ_REJ_RATE, 17106, 17106, 0)                  /* box rate exceeded */               \
    X(BJ_REJ_ORDER_UNKNOWN, 509, 509, 11)            /* order not found */                 \
    X(BJ_REJ_ORDER_TYPE, 16414, 16415, 16)           /* book and instruction */            \
    X(BJ_REJ_PRICE, 16247, 16247, 0)                 /* invalid price */                   \
    X(BJ_REJ_ENGINE_FULL, 16104, 16104, 0)           /* system error */                    \
    X(BJ_REJ_FIELD, 16418, 16419, 0)                 /* bad data in order */               \
    X(BJ_REJ_DUPLICATE, 16418, 16419, 11)            /* ~bad data in order */              \
    X(BJ_REJ_MODIFY, 16346, 16346, 0)                /* cannot modify */                   \
    X(BJ_REJ_UNCHANGED, 16346, 16346, 0)             /* ~cannot modify */                  \
    X(BJ_REJ_LEAVES, 16346, 16346, 0)                /* ~cannot modify */                  \
    X(BJ_REJ_PHASE, 16441, 16447, 0)                 /* not allowed in pre-open */         \
    X(BJ_REJ_TRIGGER, 16315, 16315, 0)               /* limit worse than trigger */        \
    X(BJ_REJ_DISCLOSED, 16400, 16400, 0)             /* disclosed below minimum */         \
    X(BJ_REJ_TIF, 16667, 16667, 16)                  /* GTC, GTD not allowed */            \
    X(BJ_REJ_NO_REFERENCE, 17182, 17181, 0)          /* market order: not traded yet */    \
    X(BJ_REJ_TRADE_TO_TRADE, 16348, 16348, 5)        /* ~trading not allowed */            \
    X(BJ_REJ_CLOSING_PRICE, 16227, 16227, 0)         /* post-close: market only */         \
    X(BJ_REJ_INSTRUMENT_BLOCKED, 16330, 16330, 5)    /* security suspended */              \
    X(BJ_REJ_PRICE_PROTECTION, 16284, 17070, 17)     /* price protection; ~CM: range */    \
    X(BJ_REJ_BANNED, 16348, 16796, 5)                /* ~open interest; ~CM: not allowed */\
    X(BJ_REJ_CLIENT_QTY, 17045, 17045, 5)            /* ~above the user's limit */         \
    X(BJ_REJ_ACCOUNT_SEGMENT, 17184, 17184, 8)       /* user has no trading right */       \
    X(BJ_REJ_ACCOUNT_BARRED, 16387, 16387, 8)        /* contract not allowed */            \
    X(BJ_REJ_ACCOUNT_ORDER_QTY, 17045, 17045, 18)    /* above the user's quantity limit */ \
    X(BJ_REJ_ACCOUNT_GROSS, 17045, 17045, 8)         /* ~above the user's quantity limit */\
    X(BJ_REJ_ACCOUNT_UNDERLYING_NET, 17045, 17045, 8)/* ~above the user's limit */         \
    X(BJ_REJ_ACCOUNT_UNDERLYING_GROSS, 17045, 17045, 8) /* ~above the user's limit */      \
    X(BJ_REJ_ACCOUNT_MARGIN, 16725, 16725, 8)        /* ~refused by the risk system */     \
    X(BJ_REJ_ACCOUNT_EXECUTIONS, 16725, 16725, 8)    /* ~refused by the risk system */     \
    X(BJ_REJ_DESK_BLOCKED, 16134, 16134, 8)          /* user disabled */                   \
    X(BJ_REJ_DESK_SEGMENT, 17184, 17184, 8)          /* user has no trading right */       \
    X(BJ_REJ_DESK_BARRED, 16387, 16387, 8)           /* contract not allowed */            \
    X(BJ_REJ_DESK_ORDER_QTY, 17045, 17045, 18)       /* above the user's quantity limit */ \
    X(BJ_REJ_DESK_ORDER_VALUE, 16436, 16602, 8)      /* dealer value limit */              \
    X(BJ_REJ_DESK_RATE, 17106, 17106, 0)             /* box rate exceeded */               \
    X(BJ_REJ_DESK_OPEN_ORDERS, 16725, 16725, 8)      /* ~refused by the risk system */     \
    X(BJ_REJ_DESK_OPEN_VALUE, 16530, 16444, 8)       /* user value limit */                \
    X(BJ_REJ_DESK_NET, 17045, 17045, 8)              /* above the user's quantity limit */ \
    X(BJ_REJ_DESK_GROSS, 17045, 17045, 8)            /* ~above the user's quantity limit */\
    X(BJ_REJ_DESK_UNDERLYING_NET, 17045, 17045, 8)   /* ~above the user's limit */         \
    X(BJ_REJ_DESK_UNDERLYING_GROSS, 17045, 17045, 8) /* ~above the user's limit */         \
    X(BJ_REJ_DESK_MARGIN, 16725, 16725, 8)           /* ~refused by the risk system */     \
    X(BJ_REJ_DESK_EXECUTIONS, 16725, 16725, 8)       /* ~refused by the risk system */     \
    X(BJ_REJ_MEMBER_BLOCKED, 16798, 16798, 6)        /* broker suspended */                \
    X(BJ_REJ_MEMBER_SEGMENT, 17184, 17184, 6)        /* user has no trading right */       \
    X(BJ_REJ_MEMBER_BARRED, 16387, 16387, 6)         /* contract not allowed */            \
    X(BJ_REJ_MEMBER_ORDER_QTY, 17045, 17045, 18)     /* above the user's quantity limit */ \
    X(BJ_REJ_MEMBER_ORDER_VALUE, 16436, 16600, 6)    /* above the allowed maximum */       \
    X(BJ_REJ_MEMBER_RATE, 17106, 17106, 0)           /* box rate exceeded */               \
    X(BJ_REJ_MEMBER_OPEN_ORDERS, 16725, 16725, 6)    /* ~refused by the risk system */     \
    X(BJ_REJ_MEMBER_OPEN_VALUE, 16333, 16333, 6)     /* branch value limit */              \
    X(BJ_REJ_MEMBER_NET, 17045, 17045, 6)            /* above the user's quantity limit */ \
    X(BJ_REJ_MEMBER_GROSS, 17045, 17045, 6)          /* ~above the user's quantity limit */\
    X(BJ_REJ_MEMBER_UNDERLYING_NET, 17045, 17045, 6) /* ~above the user's limit */         \
    X(BJ_REJ_MEMBER_UNDERLYING_GROSS, 17045, 17045, 6) /* ~above the user's limit */       \
    X(BJ_REJ_MEMBER_MARGIN, 16725, 16725, 6)         /* ~refused by the risk system */     \
    X(BJ_REJ_MEMBER_EXECUTIONS, 16725, 16725, 6)     /* ~refused by the risk system */     \
    X(BJ_REJ_VENUE_AWAY, 16000, 16000, 0)            /* trading system not available */    \
    X(BJ_REJ_SECOND_PERSON, 16684, 16684, 8)         /* ~no authority */                   \
    X(BJ_ERR_UNAVAILABLE, 16000, 16000, 0)           /* trading system not available */    \
    X(BJ_ERR_SEQUENCE, 16343, 16343, 11)             /* order changed meanwhile */         \
    X(BJ_ERR_FULL, 16104, 16104, 0)                  /* system error */                    \
    X(BJ_END_USER, 0, 0, 0)                                                                \
    X(BJ_END_MASS, 0, 0, 0)                                                                \
    X(BJ_END_IOC, 16388, 16388, 0)                   /* cancelled by system */             \
    X(BJ_END_NO_LIQUIDITY, 16388, 16388, 0)          /* cancelled by system */             \
    X(BJ_END_DISCONNECT, 16388, 16388, 0)            /* cancelled by system */             \
    X(BJ_END_HALT, 16388, 16388, 0)                  /* cancelled by system */             \
    X(BJ_END_DAY, 16388, 16388, 0)                   /* cancelled by system */             \
    X(BJ_END_EXPIRED, 16388, 16388, 0)               /* cancelled by system */             \
    X(BJ_END_AUCTION, 16388, 16388, 0)               /* cancelled by system */             \
    X(BJ_END_SELF_TRADE, 17080, 17071, 0)            /* self-trade */                      \
    X(BJ_END_BAND, 16521, 17070, 17)                 /* outside revised price range */     \
    X(BJ_END_PROTECTION, 17183, 17182, 0)            /* market order: beyond mark-up */ \
    /* Limits of ours that the exchange does not tell apart: all ~. */                     \
    X(BJ_REJ_INSTRUMENT_BLOCKED, 16049, 16049, 5)                                       \
    X(BJ_REJ_PRICE_PROTECTION, 16284, 17070, 17)                                        \
    X(BJ_REJ_BANNED, 16348, 16348, 5)                                                   \
    X(BJ_REJ_CLIENT_QTY, 17045, 17045, 8)                                               \
    X(BJ_REJ_ACCOUNT_SEGMENT, 16684, 16684, 8)                                          \
    X(BJ_REJ_ACCOUNT_BARRED, 16684, 16684, 8)                                           \
    X(BJ_REJ_ACCOUNT_ORDER_QTY, 17045, 17045, 8)                                        \
    X(BJ_REJ_ACCOUNT_GROSS, 17045, 17045, 8)                                            \
    X(BJ_REJ_ACCOUNT_UNDERLYING_NET, 17045, 17045, 8)                                   \
    X(BJ_REJ_ACCOUNT_UNDERLYING_GROSS, 17045, 17045, 8)                                 \
    X(BJ_REJ_ACCOUNT_MARGIN, 16725, 16725, 8)                                           \
    X(BJ_REJ_ACCOUNT_EXECUTIONS, 16725, 16725, 8)                                       \
    X(BJ_REJ_DESK_BLOCKED, 16134, 16134, 8)                                             \
    X(BJ_REJ_DESK_SEGMENT, 16684, 16684, 8)                                             \
    X(BJ_REJ_DESK_BARRED, 16684, 16684, 8)                                              \
    X(BJ_REJ_DESK_ORDER_QTY, 17045, 17045, 8)                                           \
    X(BJ_REJ_DESK_ORDER_VALUE, 16436, 16443, 8)                                         \
    X(BJ_REJ_DESK_RATE, 17106, 17106, 8)                                                \
    X(BJ_REJ_DESK_OPEN_ORDERS, 16725, 16725, 8)                                         \
    X(BJ_REJ_DESK_OPEN_VALUE, 16530, 16444, 8)                                          \
    X(BJ_REJ_DESK_NET, 17045, 17045, 8)                                                 \
    X(BJ_REJ_DESK_GROSS, 17045, 17045, 8)                                               \
    X(BJ_REJ_DESK_UNDERLYING_NET, 17045, 17045, 8)                                      \
    X(BJ_REJ_DESK_UNDERLYING_GROSS, 17045, 17045, 8)                                    \
    X(BJ_REJ_DESK_MARGIN, 16725, 16725, 8)                                              \
    X(BJ_REJ_DESK_EXECUTIONS, 16725, 16725, 8)                                          \
    X(BJ_REJ_MEMBER_BLOCKED, 16134, 16134, 8)                                           \
    X(BJ_REJ_MEMBER_SEGMENT, 16684, 16684, 8)                                           \
    X(BJ_REJ_MEMBER_BARRED, 16684, 16684, 8)                                            \
    X(BJ_REJ_MEMBER_ORDER_QTY, 17045, 17045, 8)                                         \
    X(BJ_REJ_MEMBER_ORDER_VALUE, 16436, 16443, 8)                                       \
    X(BJ_REJ_MEMBER_RATE, 17106, 17106, 8)                                              \
    X(BJ_REJ_MEMBER_OPEN_ORDERS, 16725, 16725, 8)                                       \
    X(BJ_REJ_MEMBER_OPEN_VALUE, 16530, 16444, 8)                                        \
    X(BJ_REJ_MEMBER_NET, 17045, 17045, 8)                                               \
    X(BJ_REJ_MEMBER_GROSS, 17045, 17045, 8)                                             \
    X(BJ_REJ_MEMBER_UNDERLYING_NET, 17045, 17045, 8)                                    \
    X(BJ_REJ_MEMBER_UNDERLYING_GROSS, 17045, 17045, 8)                                  \
    X(BJ_REJ_MEMBER_MARGIN, 16725, 16725, 8)                                            \
    X(BJ_REJ_MEMBER_EXECUTIONS, 16725, 16725, 8)

/* Errors of sessions and packets: both segments. */
#define BJ_NNF_ERROR_LIST(X)                                                 \
    X(BJ_NNF_E_NOT_AVAILABLE, 16000, "trading system not available")         \
    X(BJ_NNF_E_USER_DIFFERS, 16001, "header user differs from order user")   \
    X(BJ_NNF_E_CODE, 16003, "bad transaction code")                          \
    X(BJ_NNF_E_SIGNED_ON, 16004, "already signed on")                        \
    X(BJ_NNF_E_SIGN_ON, 16006, "bad sign-on")                                \
    X(BJ_NNF_E_SYMBOL, 16012, "bad symbol")                                  \
    X(BJ_NNF_E_ORDER_NUMBER, 16013, "bad order number")                      \
    X(BJ_NNF_E_NOT_YOURS, 16014, "order belongs to someone else")            \
    X(BJ_NNF_E_MEMBER, 16041, "member not found")                            \
    X(BJ_NNF_E_USER, 16042, "user not found")                                \
    X(BJ_NNF_E_VERSION, 16100, "client version too old")                     \
    X(BJ_NNF_E_SYSTEM, 16104, "system error")                                \
    X(BJ_NNF_E_DISABLED, 16134, "user disabled")                             \
    X(BJ_NNF_E_STALE, 16343, "order changed meanwhile")                      \
    X(BJ_NNF_E_CANNOT_CANCEL, 16344, "order cannot be cancelled")            \
    X(BJ_NNF_E_CANNOT_MODIFY, 16346, "order cannot be modified")             \
    X(BJ_NNF_E_LENGTH, 16573, "bad message length")                          \
    X(BJ_NNF_E_SIGNED_OFF, 16683, "user signed off")                         \
    X(BJ_NNF_E_AUTHORITY, 16684, "no authority")                             \
    X(BJ_NNF_E_IP, 16403, "login from wrong IP")                             \
    X(BJ_NNF_E_PACKET, 17101, "bad packet data")                             \
    X(BJ_NNF_E_SILENT, 17102, "heartbeat missing")                           \
    X(BJ_NNF_E_BOX, 17104, "bad box id")                                     \
    X(BJ_NNF_E_SEQUENCE, 17105, "sequence mismatch")                         \
    X(BJ_NNF_E_RATE, 17106, "box rate exceeded")                             \
    X(BJ_NNF_E_BEATS, 17107, "too many heartbeats")                          \
    X(BJ_NNF_E_USERS, 17142, "too many users on box")                        \
    X(BJ_NNF_E_PAN, 17177, "bad PAN")                                        \
    X(BJ_NNF_E_ALGO, 17179, "bad algo id")                                   \
    X(BJ_NNF_E_RESERVED, 17180, "reserved field not zero")                   \
    X(BJ_NNF_E_ROUTER_DIGEST, 19028, "checksum wrong at the gateway router") \
    X(BJ_NNF_E_ROUTER_AGAIN, 19029, "second query on one connection")        \
    X(BJ_NNF_E_ENCRYPTION, 19030, "encryption flag")                         \
    X(BJ_NNF_E_DIGEST, 19031, "checksum wrong")

enum {
#define X(name, value, text) name = (value),
    BJ_NNF_ERROR_LIST(X)
#undef X
};

/* The exchange's error of one of our reasons; one without a row gets "system error". */
int32_t bj_nnf_error(bj_nnf_segment_t segment, bj_status_t status);
/* The reason code beside it; 0 where there is none. */
int32_t bj_nnf_reason_code(bj_status_t status);
/* Ours of an error; BJ_OK for 0. */
bj_status_t bj_nnf_status(bj_nnf_segment_t segment, int32_t error);
/* A sentence for an error of BJ_NNF_ERROR_LIST, else our reason's text. */
const char *bj_nnf_error_text(bj_nnf_segment_t segment, int32_t error);

#endif /* BJ_NNF_REASON_H */
