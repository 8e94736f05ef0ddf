#ifndef BJ_WIRE_NNF_CM_H
#define BJ_WIRE_NNF_CM_H

/* NNF, cash market: the order messages.  Lists as bj_wire_nnf.h explains them.
 * Source: NSE's trimmed NNF protocol CM v6.3, tables of chapters 3 to 5 and 10.  The document
 * wins over this file.  It prints 110 as the place of the symbol in the trimmed trade; only 100
 * adds up to its 192 bytes. */
#include "dataplane/wire/bj_wire_nnf.h"

/* 20000: an order without a trigger. */
#define BJ_NNF_CM_ORDER_LIST(X, T)                                                      \
    X(T, 0, I16, code, 1) X(T, 2, I32, user_id, 1) X(T, 6, TXT, symbol, 10)             \
    X(T, 16, TXT, series, 2) X(T, 18, TXT, account, 10) X(T, 28, I16, book, 1)          \
    X(T, 30, I16, side, 1) X(T, 32, I32, disclosed_qty, 1) X(T, 36, I32, qty, 1)        \
    X(T, 40, I32, price_paise, 1) X(T, 44, I32, good_till_s, 1) X(T, 48, I8, flags0, 1) \
    X(T, 49, I8, flags1, 1) X(T, 50, I16, branch_id, 1) X(T, 52, I32, trader_id, 1)     \
    X(T, 56, TXT, broker_id, 5) X(T, 61, I8, suspended, 1) X(T, 62, TXT, settlor, 12)   \
    X(T, 74, I16, pro_client, 1) X(T, 76, F64, nnf_id, 1) X(T, 84, I32, client_ref, 1)  \
    X(T, 88, TXT, pan, 10) X(T, 98, I32, algo_id, 1) X(T, 102, RES, reserved_102, 2)    \
    X(T, 104, RES, reserved_104, 32)
BJ_NNF_STRUCT(bj_nnf_cm_order_t, BJ_NNF_CM_ORDER_LIST, 136);

/* 20040, 20070: modify, cancel. */
#define BJ_NNF_CM_CHANGE_LIST(X, T)                                                       \
    X(T, 0, I16, code, 1) X(T, 2, I32, log_s, 1) X(T, 6, I32, user_id, 1)                 \
    X(T, 10, I16, error, 1) X(T, 12, I64, jiffies, 1) X(T, 20, I8, stream, 1)             \
    X(T, 21, I8, mod_cxl_by, 1) X(T, 22, I16, reason_code, 1) X(T, 24, TXT, symbol, 10)   \
    X(T, 34, TXT, series, 2) X(T, 36, F64, order_number, 1) X(T, 44, TXT, account, 10)    \
    X(T, 54, I16, book, 1) X(T, 56, I16, side, 1) X(T, 58, I32, disclosed_qty, 1)         \
    X(T, 62, I32, disclosed_left_qty, 1) X(T, 66, I32, left_qty, 1) X(T, 70, I32, qty, 1) \
    X(T, 74, I32, filled_qty, 1) X(T, 78, I32, price_paise, 1) X(T, 82, I32, entry_s, 1)  \
    X(T, 86, I32, modified_s, 1) X(T, 90, I8, flags0, 1) X(T, 91, I8, flags1, 1)          \
    X(T, 92, I16, branch_id, 1) X(T, 94, I32, trader_id, 1) X(T, 98, TXT, broker_id, 5)   \
    X(T, 103, I8, suspended, 1) X(T, 104, TXT, settlor, 12) X(T, 116, I16, pro_client, 1) \
    X(T, 118, I16, settlement, 1) X(T, 120, F64, nnf_id, 1) X(T, 128, I32, client_ref, 1) \
    X(T, 132, TXT, pan, 10) X(T, 142, I32, algo_id, 1) X(T, 146, RES, reserved_146, 2)    \
    X(T, 148, I64, activity_ref, 1) X(T, 156, RES, reserved_156, 24)
BJ_NNF_STRUCT(bj_nnf_cm_change_t, BJ_NNF_CM_CHANGE_LIST, 180);

/* 20073, 20074, 20075, 20012 and the refusals 20231, 20042, 20072. */
#define BJ_NNF_CM_REPLY_LIST(X, T)                                                        \
    X(T, 0, I16, code, 1) X(T, 2, I32, log_s, 1) X(T, 6, I32, user_id, 1)                 \
    X(T, 10, I16, error, 1) X(T, 12, I64, jiffies, 1) X(T, 20, I8, stream, 1)             \
    X(T, 21, I8, mod_cxl_by, 1) X(T, 22, I16, reason_code, 1) X(T, 24, TXT, symbol, 10)   \
    X(T, 34, TXT, series, 2) X(T, 36, F64, order_number, 1) X(T, 44, TXT, account, 10)    \
    X(T, 54, I16, book, 1) X(T, 56, I16, side, 1) X(T, 58, I32, disclosed_qty, 1)         \
    X(T, 62, I32, disclosed_left_qty, 1) X(T, 66, I32, left_qty, 1) X(T, 70, I32, qty, 1) \
    X(T, 74, I32, filled_qty, 1) X(T, 78, I32, price_paise, 1) X(T, 82, I32, entry_s, 1)  \
    X(T, 86, I32, modified_s, 1) X(T, 90, I8, flags0, 1) X(T, 91, I8, flags1, 1)          \
    X(T, 92, I16, branch_id, 1) X(T, 94, I32, trader_id, 1) X(T, 98, TXT, broker_id, 5)   \
    X(T, 103, I8, suspended, 1) X(T, 104, TXT, settlor, 12) X(T, 116, I16, pro_client, 1) \
    X(T, 118, I16, settlement, 1) X(T, 120, F64, nnf_id, 1) X(T, 128, I32, client_ref, 1) \
    X(T, 132, I64, time_exch_ns, 1) X(T, 140, TXT, pan, 10) X(T, 150, I32, algo_id, 1)    \
    X(T, 154, RES, reserved_154, 2) X(T, 156, I64, activity_ref, 1)                       \
    X(T, 164, RES, reserved_164, 52)
BJ_NNF_STRUCT(bj_nnf_cm_reply_t, BJ_NNF_CM_REPLY_LIST, 216);

/* 20222: a trade. */
#define BJ_NNF_CM_TRADE_LIST(X, T)                                                          \
    X(T, 0, I16, code, 1) X(T, 2, I32, log_s, 1) X(T, 6, I32, user_id, 1)                   \
    X(T, 10, I64, time_exch_ns, 1) X(T, 18, I64, jiffies, 1) X(T, 26, F64, order_number, 1) \
    X(T, 34, I8, stream, 1) X(T, 35, TXT, broker_id, 5) X(T, 40, I32, trader_id, 1)         \
    X(T, 44, I16, side, 1) X(T, 46, TXT, account, 10) X(T, 56, I32, qty, 1)                 \
    X(T, 60, I32, disclosed_qty, 1) X(T, 64, I32, left_qty, 1)                              \
    X(T, 68, I32, disclosed_left_qty, 1) X(T, 72, I32, price_paise, 1)                      \
    X(T, 76, I8, flags0, 1) X(T, 77, I8, flags1, 1) X(T, 78, I32, fill_number, 1)           \
    X(T, 82, I32, fill_qty, 1) X(T, 86, I32, fill_price_paise, 1)                           \
    X(T, 90, I32, filled_qty, 1) X(T, 94, TXT, activity_type, 2)                            \
    X(T, 96, I32, activity_s, 1) X(T, 100, TXT, symbol, 10) X(T, 110, TXT, series, 2)       \
    X(T, 112, I16, book, 1) X(T, 114, I16, pro_client, 1) X(T, 116, TXT, pan, 10)           \
    X(T, 126, I32, algo_id, 1) X(T, 130, RES, reserved_130, 2)                              \
    X(T, 132, I64, activity_ref, 1) X(T, 140, RES, reserved_140, 52)
BJ_NNF_STRUCT(bj_nnf_cm_trade_t, BJ_NNF_CM_TRADE_LIST, 192);

/* 2000, 2040, 2070, 2062 in; 2012, 2042, 2072 to 2075, 2170, 2231, 9002 out. */
#define BJ_NNF_CM_FULL_LIST(X, T)                                                            \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I8, participant_type, 1) X(T, 41, RES, reserved_41, 1) \
    X(T, 42, I16, competitor_period, 1) X(T, 44, I16, solicitor_period, 1)                   \
    X(T, 46, I8, mod_cxl_by, 1) X(T, 47, ANY, filler9, 1) X(T, 48, I16, reason_code, 1)      \
    X(T, 50, RES, reserved_50, 4) X(T, 54, TXT, symbol, 10) X(T, 64, TXT, series, 2)         \
    X(T, 66, I16, auction_number, 1) X(T, 68, TXT, cp_broker_id, 5)                          \
    X(T, 73, I8, suspended, 1) X(T, 74, F64, order_number, 1) X(T, 82, TXT, account, 10)     \
    X(T, 92, I16, book, 1) X(T, 94, I16, side, 1) X(T, 96, I32, disclosed_qty, 1)            \
    X(T, 100, I32, disclosed_left_qty, 1) X(T, 104, I32, left_qty, 1) X(T, 108, I32, qty, 1) \
    X(T, 112, I32, filled_qty, 1) X(T, 116, I32, price_paise, 1)                             \
    X(T, 120, I32, trigger_paise, 1) X(T, 124, I32, good_till_s, 1)                          \
    X(T, 128, I32, entry_s, 1) X(T, 132, I32, min_fill_qty, 1) X(T, 136, I32, modified_s, 1) \
    X(T, 140, I8, flags0, 1) X(T, 141, I8, flags1, 1) X(T, 142, I16, branch_id, 1)           \
    X(T, 144, I32, trader_id, 1) X(T, 148, TXT, broker_id, 5) X(T, 153, TXT, remarks, 25)    \
    X(T, 178, TXT, settlor, 12) X(T, 190, I16, pro_client, 1) X(T, 192, I16, settlement, 1)  \
    X(T, 194, F64, nnf_id, 1) X(T, 202, ANY, exec_stamp, 8) X(T, 210, RES, reserved_210, 4)  \
    X(T, 214, TXT, pan, 10) X(T, 224, I32, algo_id, 1) X(T, 228, RES, reserved_228, 2)       \
    X(T, 230, I64, activity_ref, 1) X(T, 238, RES, reserved_238, 52)
BJ_NNF_STRUCT(bj_nnf_cm_full_t, BJ_NNF_CM_FULL_LIST, 290);

/* 2222, 2212: a trade, or a stop order that woke. */
#define BJ_NNF_CM_FULL_TRADE_LIST(X, T)                                                     \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, F64, order_number, 1) X(T, 48, TXT, broker_id, 5)     \
    X(T, 53, RES, reserved_53, 1) X(T, 54, I32, trader_id, 1) X(T, 58, TXT, account, 10)    \
    X(T, 68, I16, side, 1) X(T, 70, I32, qty, 1) X(T, 74, I32, disclosed_qty, 1)            \
    X(T, 78, I32, left_qty, 1) X(T, 82, I32, disclosed_left_qty, 1)                         \
    X(T, 86, I32, price_paise, 1) X(T, 90, I8, flags0, 1) X(T, 91, I8, flags1, 1)           \
    X(T, 92, I32, good_till_s, 1) X(T, 96, I32, fill_number, 1) X(T, 100, I32, fill_qty, 1) \
    X(T, 104, I32, fill_price_paise, 1) X(T, 108, I32, filled_qty, 1)                       \
    X(T, 112, TXT, activity_type, 2) X(T, 114, I32, activity_s, 1)                          \
    X(T, 118, ANY, cp_order_number, 8) X(T, 126, TXT, cp_broker_id, 5)                      \
    X(T, 131, TXT, symbol, 10) X(T, 141, TXT, series, 2) X(T, 143, RES, reserved_143, 1)    \
    X(T, 144, I16, book, 1) X(T, 146, ANY, new_qty, 4) X(T, 150, I16, pro_client, 1)        \
    X(T, 152, TXT, pan, 10) X(T, 162, I32, algo_id, 1) X(T, 166, RES, reserved_166, 2)      \
    X(T, 168, I64, activity_ref, 1) X(T, 176, RES, reserved_176, 52)
BJ_NNF_STRUCT(bj_nnf_cm_full_trade_t, BJ_NNF_CM_FULL_TRADE_LIST, 228);

/* 1601.  market0..5: normal, odd lot, spot, auction, call auction 1 and 2.  The list of
 * lengths says 90, the table 94. */
#define BJ_NNF_CM_INFO_LIST(X, T)                                                            \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, market0, 1) X(T, 42, I16, market1, 1)             \
    X(T, 44, I16, market2, 1) X(T, 46, I16, market3, 1) X(T, 48, I16, market4, 1)            \
    X(T, 50, I16, market5, 1) X(T, 52, I32, market_index, 1) X(T, 56, I16, settle_normal, 1) \
    X(T, 58, I16, settle_spot, 1) X(T, 60, I16, settle_auction, 1)                           \
    X(T, 62, I16, competitor_period, 1) X(T, 64, I16, solicitor_period, 1)                   \
    X(T, 66, I16, warning_pct, 1) X(T, 68, I16, freeze_pct, 1) X(T, 70, RES, reserved_70, 2) \
    X(T, 72, I16, idle_min, 1) X(T, 74, I32, lot_qty, 1) X(T, 78, I32, tick_paise, 1)        \
    X(T, 82, I16, gtc_days, 1) X(T, 84, ANY, security_flags, 2)                              \
    X(T, 86, I16, disclosed_min_pct, 1) X(T, 88, RES, reserved_88, 6)
BJ_NNF_STRUCT(bj_nnf_cm_info_t, BJ_NNF_CM_INFO_LIST, 94);

/* Any answer that says only what was wrong. */
#define BJ_NNF_CM_ERROR_LIST(X, T)                                              \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, TXT, symbol, 10) X(T, 50, TXT, series, 2) \
    X(T, 52, TXT, text, 128)
BJ_NNF_STRUCT(bj_nnf_cm_error_t, BJ_NNF_CM_ERROR_LIST, 180);

#endif /* BJ_WIRE_NNF_CM_H */
