#ifndef BJ_WIRE_NNF_FO_H
#define BJ_WIRE_NNF_FO_H

/* NNF, futures and options: the order messages.  Lists as bj_wire_nnf.h explains them.
 * Source: NSE's trimmed NNF protocol FO v9.46, tables of chapters 3 to 5 and 10.  The document
 * wins over this file.  There are no trimmed refusals in it: they come in the full form. */
#include "dataplane/wire/bj_wire_nnf.h"

/* 20000, 20400: an order without a trigger. */
#define BJ_NNF_FO_ORDER_LIST(X, T)                                                       \
    X(T, 0, I16, code, 1) X(T, 2, I32, user_id, 1) X(T, 6, I16, reason_code, 1)          \
    X(T, 8, I32, token, 1) BJ_NNF_CONTRACT_LIST(X, T, 12) X(T, 38, TXT, account, 10)     \
    X(T, 48, I16, book, 1) X(T, 50, I16, side, 1) X(T, 52, I32, disclosed_qty, 1)        \
    X(T, 56, I32, qty, 1) X(T, 60, I32, price_paise, 1) X(T, 64, I32, good_till_s, 1)    \
    X(T, 68, I8, flags0, 1) X(T, 69, I8, flags1, 1) X(T, 70, I16, branch_id, 1)          \
    X(T, 72, I32, trader_id, 1) X(T, 76, TXT, broker_id, 5) X(T, 81, I8, open_close, 1)  \
    X(T, 82, TXT, settlor, 12) X(T, 94, I16, pro_client, 1) X(T, 96, I8, more_flags, 1)  \
    X(T, 97, RES, reserved_97, 1) X(T, 98, I32, client_ref, 1) X(T, 102, F64, nnf_id, 1) \
    X(T, 110, TXT, pan, 10) X(T, 120, I32, algo_id, 1) X(T, 124, RES, reserved_124, 2)   \
    X(T, 126, RES, reserved_126, 32)
BJ_NNF_STRUCT(bj_nnf_fo_order_t, BJ_NNF_FO_ORDER_LIST, 158);

/* 20040, 20070, 20060, 20402, 20404: modify, cancel. */
#define BJ_NNF_FO_CHANGE_LIST(X, T)                                                          \
    X(T, 0, I16, code, 1) X(T, 2, I32, user_id, 1) X(T, 6, I8, mod_cxl_by, 1)                \
    X(T, 7, RES, reserved_7, 1) X(T, 8, I32, token, 1) BJ_NNF_CONTRACT_LIST(X, T, 12)        \
    X(T, 38, F64, order_number, 1) X(T, 46, TXT, account, 10) X(T, 56, I16, book, 1)         \
    X(T, 58, I16, side, 1) X(T, 60, I32, disclosed_qty, 1)                                   \
    X(T, 64, I32, disclosed_left_qty, 1) X(T, 68, I32, left_qty, 1) X(T, 72, I32, qty, 1)    \
    X(T, 76, I32, filled_qty, 1) X(T, 80, I32, price_paise, 1) X(T, 84, I32, good_till_s, 1) \
    X(T, 88, I32, entry_s, 1) X(T, 92, I32, modified_s, 1) X(T, 96, I8, flags0, 1)           \
    X(T, 97, I8, flags1, 1) X(T, 98, I16, branch_id, 1) X(T, 100, I32, trader_id, 1)         \
    X(T, 104, TXT, broker_id, 5) X(T, 109, I8, open_close, 1) X(T, 110, TXT, settlor, 12)    \
    X(T, 122, I16, pro_client, 1) X(T, 124, I8, more_flags, 1)                               \
    X(T, 125, RES, reserved_125, 1) X(T, 126, I32, client_ref, 1) X(T, 130, F64, nnf_id, 1)  \
    X(T, 138, TXT, pan, 10) X(T, 148, I32, algo_id, 1) X(T, 152, RES, reserved_152, 2)       \
    X(T, 154, I64, activity_ref, 1) X(T, 162, RES, reserved_162, 24)
BJ_NNF_STRUCT(bj_nnf_fo_change_t, BJ_NNF_FO_CHANGE_LIST, 186);

/* 20073, 20074, 20075. */
#define BJ_NNF_FO_REPLY_LIST(X, T)                                                          \
    X(T, 0, I16, code, 1) X(T, 2, I32, log_s, 1) X(T, 6, I32, user_id, 1)                   \
    X(T, 10, I16, error, 1) X(T, 12, I64, jiffies, 1) X(T, 20, I8, stream, 1)               \
    X(T, 21, I8, mod_cxl_by, 1) X(T, 22, I16, reason_code, 1) X(T, 24, I32, token, 1)       \
    BJ_NNF_CONTRACT_LIST(X, T, 28) X(T, 54, I8, closeout_flag, 1)                           \
    X(T, 55, RES, reserved_55, 1) X(T, 56, F64, order_number, 1) X(T, 64, TXT, account, 10) \
    X(T, 74, I16, book, 1) X(T, 76, I16, side, 1) X(T, 78, I32, disclosed_qty, 1)           \
    X(T, 82, I32, disclosed_left_qty, 1) X(T, 86, I32, left_qty, 1) X(T, 90, I32, qty, 1)   \
    X(T, 94, I32, filled_qty, 1) X(T, 98, I32, price_paise, 1)                              \
    X(T, 102, I32, good_till_s, 1) X(T, 106, I32, entry_s, 1) X(T, 110, I32, modified_s, 1) \
    X(T, 114, I8, flags0, 1) X(T, 115, I8, flags1, 1) X(T, 116, I16, branch_id, 1)          \
    X(T, 118, I32, trader_id, 1) X(T, 122, TXT, broker_id, 5) X(T, 127, I8, open_close, 1)  \
    X(T, 128, TXT, settlor, 12) X(T, 140, I16, pro_client, 1) X(T, 142, I8, more_flags, 1)  \
    X(T, 143, RES, reserved_143, 1) X(T, 144, I32, client_ref, 1) X(T, 148, F64, nnf_id, 1) \
    X(T, 156, I64, time_exch_ns, 1) X(T, 164, TXT, pan, 10) X(T, 174, I32, algo_id, 1)      \
    X(T, 178, RES, reserved_178, 2) X(T, 180, I64, activity_ref, 1)                         \
    X(T, 188, RES, reserved_188, 52)
BJ_NNF_STRUCT(bj_nnf_fo_reply_t, BJ_NNF_FO_REPLY_LIST, 240);

/* 20222: a trade. */
#define BJ_NNF_FO_TRADE_LIST(X, T)                                                           \
    X(T, 0, I16, code, 1) X(T, 2, I32, log_s, 1) X(T, 6, I32, user_id, 1)                    \
    X(T, 10, I64, time_exch_ns, 1) X(T, 18, F64, jiffies, 1) X(T, 26, F64, stream, 1)        \
    X(T, 34, F64, order_number, 1) X(T, 42, TXT, broker_id, 5) X(T, 47, RES, reserved_47, 1) \
    X(T, 48, TXT, account, 10) X(T, 58, I16, side, 1) X(T, 60, I32, qty, 1)                  \
    X(T, 64, I32, disclosed_qty, 1) X(T, 68, I32, left_qty, 1)                               \
    X(T, 72, I32, disclosed_left_qty, 1) X(T, 76, I32, price_paise, 1)                       \
    X(T, 80, I8, flags0, 1) X(T, 81, I8, flags1, 1) X(T, 82, I32, good_till_s, 1)            \
    X(T, 86, I32, fill_number, 1) X(T, 90, I32, fill_qty, 1)                                 \
    X(T, 94, I32, fill_price_paise, 1) X(T, 98, I32, filled_qty, 1)                          \
    X(T, 102, TXT, activity_type, 2) X(T, 104, I32, activity_s, 1) X(T, 108, I32, token, 1)  \
    BJ_NNF_CONTRACT_LIST(X, T, 112) X(T, 138, I8, open_close, 1) X(T, 139, I8, book, 1)      \
    X(T, 140, TXT, participant, 12) X(T, 152, I8, more_flags, 1) X(T, 153, TXT, pan, 10)     \
    X(T, 163, RES, reserved_163, 1) X(T, 164, I32, algo_id, 1)                               \
    X(T, 168, RES, reserved_168, 2) X(T, 170, I64, activity_ref, 1)                          \
    X(T, 178, RES, reserved_178, 52)
BJ_NNF_STRUCT(bj_nnf_fo_trade_t, BJ_NNF_FO_TRADE_LIST, 230);

/* 2013, 20406: a new price for a regular order and nothing else. */
#define BJ_NNF_FO_PRICE_LIST(X, T)                                                      \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, token, 1) X(T, 44, I32, trader_id, 1)        \
    X(T, 48, F64, order_number, 1) X(T, 56, I16, side, 1) X(T, 58, I32, price_paise, 1) \
    X(T, 62, I32, qty, 1) X(T, 66, I32, modified_s, 1) X(T, 70, I32, client_ref, 1)     \
    X(T, 74, I64, activity_ref, 1) X(T, 82, RES, reserved_82, 24)
BJ_NNF_STRUCT(bj_nnf_fo_price_t, BJ_NNF_FO_PRICE_LIST, 106);

/* 20401 to 20407: the gateway has it; the answer proper follows. */
#define BJ_NNF_FO_ACK_LIST(X, T)                                                         \
    X(T, 0, I16, code, 1) X(T, 2, I32, user_id, 1) X(T, 6, I64, time_exch_ns, 1)         \
    X(T, 14, I32, client_ref, 1) X(T, 18, I16, error, 1) X(T, 20, I16, message_bytes, 1)
BJ_NNF_STRUCT(bj_nnf_fo_ack_t, BJ_NNF_FO_ACK_LIST, 22);

/* 2000, 2040, 2070, 2062 in; 2012, 2042, 2072 to 2075, 2170, 2231, 9002 out. */
#define BJ_NNF_FO_FULL_LIST(X, T)                                                            \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I8, participant_type, 1) X(T, 41, RES, reserved_41, 1) \
    X(T, 42, I16, competitor_period, 1) X(T, 44, I16, solicitor_period, 1)                   \
    X(T, 46, I8, mod_cxl_by, 1) X(T, 47, RES, reserved_47, 1) X(T, 48, I16, reason_code, 1)  \
    X(T, 50, RES, reserved_50, 4) X(T, 54, I32, token, 1) BJ_NNF_CONTRACT_LIST(X, T, 58)     \
    X(T, 84, I16, ca_level, 1) X(T, 86, TXT, cp_broker_id, 5) X(T, 91, RES, reserved_91, 1)  \
    X(T, 92, RES, reserved_92, 2) X(T, 94, I8, closeout_flag, 1)                             \
    X(T, 95, RES, reserved_95, 1) X(T, 96, I16, order_type, 1)                               \
    X(T, 98, F64, order_number, 1) X(T, 106, TXT, account, 10) X(T, 116, I16, book, 1)       \
    X(T, 118, I16, side, 1) X(T, 120, I32, disclosed_qty, 1)                                 \
    X(T, 124, I32, disclosed_left_qty, 1) X(T, 128, I32, left_qty, 1) X(T, 132, I32, qty, 1) \
    X(T, 136, I32, filled_qty, 1) X(T, 140, I32, price_paise, 1)                             \
    X(T, 144, I32, trigger_paise, 1) X(T, 148, I32, good_till_s, 1)                          \
    X(T, 152, I32, entry_s, 1) X(T, 156, I32, min_fill_qty, 1) X(T, 160, I32, modified_s, 1) \
    X(T, 164, I8, flags0, 1) X(T, 165, I8, flags1, 1) X(T, 166, I16, branch_id, 1)           \
    X(T, 168, I32, trader_id, 1) X(T, 172, TXT, broker_id, 5) X(T, 177, TXT, remarks, 24)    \
    X(T, 201, I8, open_close, 1) X(T, 202, TXT, settlor, 12) X(T, 214, I16, pro_client, 1)   \
    X(T, 216, I16, settlement, 1) X(T, 218, I8, more_flags, 1)                               \
    X(T, 219, RES, reserved_219, 1) X(T, 220, ANY, filler_bits, 2)                           \
    X(T, 222, ANY, filler17, 1) X(T, 223, ANY, filler18, 1) X(T, 224, F64, nnf_id, 1)        \
    X(T, 232, ANY, exec_stamp, 8) X(T, 240, TXT, pan, 10) X(T, 250, I32, algo_id, 1)         \
    X(T, 254, RES, reserved_254, 2) X(T, 256, I64, activity_ref, 1)                          \
    X(T, 264, RES, reserved_264, 52)
BJ_NNF_STRUCT(bj_nnf_fo_full_t, BJ_NNF_FO_FULL_LIST, 316);

/* 2222, 2212: a trade, or a stop order that woke. */
#define BJ_NNF_FO_FULL_TRADE_LIST(X, T)                                                      \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, F64, order_number, 1) X(T, 48, TXT, broker_id, 5)      \
    X(T, 53, RES, reserved_53, 1) X(T, 54, I32, trader_id, 1) X(T, 58, TXT, account, 10)     \
    X(T, 68, I16, side, 1) X(T, 70, I32, qty, 1) X(T, 74, I32, disclosed_qty, 1)             \
    X(T, 78, I32, left_qty, 1) X(T, 82, I32, disclosed_left_qty, 1)                          \
    X(T, 86, I32, price_paise, 1) X(T, 90, I8, flags0, 1) X(T, 91, I8, flags1, 1)            \
    X(T, 92, I32, good_till_s, 1) X(T, 96, I32, fill_number, 1) X(T, 100, I32, fill_qty, 1)  \
    X(T, 104, I32, fill_price_paise, 1) X(T, 108, I32, filled_qty, 1)                        \
    X(T, 112, TXT, activity_type, 2) X(T, 114, I32, activity_s, 1)                           \
    X(T, 118, ANY, cp_order_number, 8) X(T, 126, TXT, cp_broker_id, 5)                       \
    X(T, 131, RES, reserved_131, 1) X(T, 132, I32, token, 1) BJ_NNF_CONTRACT_LIST(X, T, 136) \
    X(T, 162, I16, ca_level, 1) X(T, 164, I8, open_close, 1)                                 \
    X(T, 165, ANY, old_open_close, 1) X(T, 166, I8, book, 1) X(T, 167, RES, reserved_167, 1) \
    X(T, 168, RES, reserved_168, 4) X(T, 172, ANY, old_account, 10)                          \
    X(T, 182, TXT, participant, 12) X(T, 194, ANY, old_participant, 12)                      \
    X(T, 206, I8, more_flags, 1) X(T, 207, RES, reserved_207, 3) X(T, 210, TXT, pan, 10)     \
    X(T, 220, ANY, old_pan, 10) X(T, 230, I32, algo_id, 1) X(T, 234, RES, reserved_234, 2)   \
    X(T, 236, I64, activity_ref, 1) X(T, 244, RES, reserved_244, 52)
BJ_NNF_STRUCT(bj_nnf_fo_full_trade_t, BJ_NNF_FO_FULL_TRADE_LIST, 296);

/* 1601.  market, exercise and position 0..3: normal, odd lot, spot, auction.  Not packed to 2
 * bytes: only so do the fields reach the 106 bytes stated, with one left over. */
#define BJ_NNF_FO_INFO_LIST(X, T)                                                            \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, market0, 1) X(T, 42, I16, market1, 1)             \
    X(T, 44, I16, market2, 1) X(T, 46, I16, market3, 1) X(T, 48, I16, exercise0, 1)          \
    X(T, 50, I16, exercise1, 1) X(T, 52, I16, exercise2, 1) X(T, 54, I16, exercise3, 1)      \
    X(T, 56, I16, position0, 1) X(T, 58, I16, position1, 1) X(T, 60, I16, position2, 1)      \
    X(T, 62, I16, position3, 1) X(T, 64, I8, update_portfolio, 1)                            \
    X(T, 65, I32, market_index, 1) X(T, 69, I16, settle_normal, 1)                           \
    X(T, 71, I16, settle_spot, 1) X(T, 73, I16, settle_auction, 1)                           \
    X(T, 75, I16, competitor_period, 1) X(T, 77, I16, solicitor_period, 1)                   \
    X(T, 79, I16, warning_pct, 1) X(T, 81, I16, freeze_pct, 1)                               \
    X(T, 83, I16, snap_quote_s, 1) X(T, 85, RES, reserved_85, 2) X(T, 87, I32, lot_qty, 1)   \
    X(T, 91, I32, tick_paise, 1) X(T, 95, I16, gtc_days, 1) X(T, 97, ANY, security_flags, 2) \
    X(T, 99, I16, disclosed_min_pct, 1) X(T, 101, I32, risk_free_rate, 1)                    \
    X(T, 105, RES, reserved_105, 1)
BJ_NNF_STRUCT(bj_nnf_fo_info_t, BJ_NNF_FO_INFO_LIST, 106);

/* Any answer that says only what was wrong. */
#define BJ_NNF_FO_ERROR_LIST(X, T)                                           \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, ANY, key, 14) X(T, 54, TXT, text, 128)
BJ_NNF_STRUCT(bj_nnf_fo_error_t, BJ_NNF_FO_ERROR_LIST, 182);

#endif /* BJ_WIRE_NNF_FO_H */
