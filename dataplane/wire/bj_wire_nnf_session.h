#ifndef BJ_WIRE_NNF_SESSION_H
#define BJ_WIRE_NNF_SESSION_H

/* NNF, both segments: what is said before orders and around them.  Lists as bj_wire_nnf.h explains
 * them.  Source: NSE's trimmed NNF protocols, FO v9.46 and CM v6.3, chapters 3 and 10.  The
 * documents win over this file. */
#include "dataplane/wire/bj_wire_nnf.h"

/* 2400, to the gateway router, over TLS 1.3. */
#define BJ_NNF_ROUTE_LIST(X, T)                                                   \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, box_id, 1) X(T, 42, TXT, broker_id, 5) \
    X(T, 47, ANY, filler, 1)
BJ_NNF_STRUCT(bj_nnf_route_t, BJ_NNF_ROUTE_LIST, 48);

/* 2401 of the existing encryption. */
#define BJ_NNF_ROUTED_LIST(X, T)                                                  \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, box_id, 1) X(T, 42, TXT, broker_id, 5) \
    X(T, 47, ANY, filler, 1) X(T, 48, TXT, ip, 16) X(T, 64, I32, port, 1)         \
    X(T, 68, RAW, session_key, 8) X(T, 76, RAW, crypto_key, 32)                   \
    X(T, 108, RAW, crypto_iv, 16)
BJ_NNF_STRUCT(bj_nnf_routed_t, BJ_NNF_ROUTED_LIST, 124);

/* 2401 of the newer encryption; additional_key is what is authenticated beside the message. */
#define BJ_NNF_ROUTED_TAG_LIST(X, T)                                                         \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, box_id, 1) X(T, 42, TXT, broker_id, 5)            \
    X(T, 47, ANY, filler, 1) X(T, 48, TXT, ip, 16) X(T, 64, I32, port, 1)                    \
    X(T, 68, RAW, session_key, 8) X(T, 76, RAW, crypto_key, 32) X(T, 108, RAW, static_iv, 8) \
    X(T, 116, I64, dynamic_iv, 1) X(T, 124, RAW, additional_key, 12)
BJ_NNF_STRUCT(bj_nnf_routed_tag_t, BJ_NNF_ROUTED_TAG_LIST, 136);

/* 23008, in clear; 20322, with the reason as error. */
#define BJ_NNF_BOX_LIST(X, T)                         \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, box_id, 1)
BJ_NNF_STRUCT(bj_nnf_box_t, BJ_NNF_BOX_LIST, 42);

/* 23000, the first that is encrypted. */
#define BJ_NNF_BOX_SIGN_ON_LIST(X, T)                                             \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, box_id, 1) X(T, 42, TXT, broker_id, 5) \
    X(T, 47, RES, reserved_47, 5) X(T, 52, RAW, session_key, 8)
BJ_NNF_STRUCT(bj_nnf_box_sign_on_t, BJ_NNF_BOX_SIGN_ON_LIST, 60);

/* 23001.  A list of lengths of the FO document says 54. */
#define BJ_NNF_BOX_SIGNED_LIST(X, T)                                                 \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, box_id, 1) X(T, 42, RES, reserved_42, 10)
BJ_NNF_STRUCT(bj_nnf_box_signed_t, BJ_NNF_BOX_SIGNED_LIST, 52);

/* 2300 and 2301, FO. */
#define BJ_NNF_FO_SIGN_ON_LIST(X, T)                                                         \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, sign_user_id, 1) X(T, 44, RES, reserved_44, 8)    \
    X(T, 52, TXT, password, 8) X(T, 60, RES, reserved_60, 8) X(T, 68, TXT, new_password, 8)  \
    X(T, 76, TXT, trader_name, 26) X(T, 102, I32, password_change_s, 1)                      \
    X(T, 106, TXT, broker_id, 5) X(T, 111, RES, reserved_111, 1)                             \
    X(T, 112, I16, branch_id, 1) X(T, 114, I32, version, 1) X(T, 118, I32, end_time_s, 1)    \
    X(T, 122, I8, host_switch, 1) X(T, 123, ANY, colour, 50) X(T, 173, RES, reserved_173, 1) \
    X(T, 174, I16, user_type, 1) X(T, 176, F64, sequence, 1) X(T, 184, TXT, workstation, 14) \
    X(T, 198, I8, broker_status, 1) X(T, 199, I8, show_index, 1)                             \
    X(T, 200, I8, eligibility0, 1) X(T, 201, I8, eligibility1, 1)                            \
    X(T, 202, I16, member_type, 1) X(T, 204, I8, clearing_status, 1)                         \
    X(T, 205, TXT, broker_name, 25) X(T, 230, RES, reserved_230, 48)
BJ_NNF_STRUCT(bj_nnf_fo_sign_on_t, BJ_NNF_FO_SIGN_ON_LIST, 278);

/* 2300, CM. */
#define BJ_NNF_CM_SIGN_ON_LIST(X, T)                                                         \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, sign_user_id, 1) X(T, 44, RES, reserved_44, 8)    \
    X(T, 52, TXT, password, 8) X(T, 60, RES, reserved_60, 8) X(T, 68, TXT, new_password, 8)  \
    X(T, 76, TXT, trader_name, 26) X(T, 102, I32, password_change_s, 1)                      \
    X(T, 106, TXT, broker_id, 5) X(T, 111, RES, reserved_111, 1)                             \
    X(T, 112, I16, branch_id, 1) X(T, 114, I32, version, 1) X(T, 118, RES, reserved_118, 56) \
    X(T, 174, I16, user_type, 1) X(T, 176, F64, sequence, 1) X(T, 184, TXT, workstation, 14) \
    X(T, 198, I8, broker_status, 1) X(T, 199, I8, show_index, 1)                             \
    X(T, 200, I8, eligibility0, 1) X(T, 201, I8, eligibility1, 1)                            \
    X(T, 202, TXT, broker_name, 26) X(T, 228, RES, reserved_228, 48)
BJ_NNF_STRUCT(bj_nnf_cm_sign_on_t, BJ_NNF_CM_SIGN_ON_LIST, 276);

/* 2301, CM. */
#define BJ_NNF_CM_SIGNED_LIST(X, T)                                                         \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, sign_user_id, 1) X(T, 44, RES, reserved_44, 8)   \
    X(T, 52, TXT, password, 8) X(T, 60, RES, reserved_60, 8) X(T, 68, TXT, new_password, 8) \
    X(T, 76, TXT, trader_name, 26) X(T, 102, I32, password_change_s, 1)                     \
    X(T, 106, TXT, broker_id, 5) X(T, 111, RES, reserved_111, 1)                            \
    X(T, 112, I16, branch_id, 1) X(T, 114, I32, version, 1) X(T, 118, I32, end_time_s, 1)   \
    X(T, 122, RES, reserved_122, 52) X(T, 174, I16, user_type, 1)                           \
    X(T, 176, F64, sequence, 1) X(T, 184, TXT, workstation, 14)                             \
    X(T, 198, I8, broker_status, 1) X(T, 199, I8, show_index, 1)                            \
    X(T, 200, I8, eligibility0, 1) X(T, 201, I8, eligibility1, 1)                           \
    X(T, 202, TXT, broker_name, 26) X(T, 228, RES, reserved_228, 48)
BJ_NNF_STRUCT(bj_nnf_cm_signed_t, BJ_NNF_CM_SIGNED_LIST, 276);

/* 2320, 23009, 23506, 7011, 7031, CM: 1600, 2321. */
#define BJ_NNF_BARE_LIST(X, T) BJ_NNF_HEADER_LIST(X, T)
BJ_NNF_STRUCT(bj_nnf_bare_t, BJ_NNF_BARE_LIST, 40);

/* 2321, FO: 40 in one list, 190 in another; both are read. */
#define BJ_NNF_FO_SIGNED_OFF_LIST(X, T)                                                     \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, sign_user_id, 1) X(T, 44, RES, reserved_44, 146)
BJ_NNF_STRUCT(bj_nnf_fo_signed_off_t, BJ_NNF_FO_SIGNED_OFF_LIST, 190);

/* 1600, FO. */
#define BJ_NNF_FO_INFO_ASK_LIST(X, T)                      \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, portfolio_s, 1)
BJ_NNF_STRUCT(bj_nnf_fo_info_ask_t, BJ_NNF_FO_INFO_ASK_LIST, 44);

/* 7000: sequence is the jiffies of the last message received, 0 for the whole day; alpha0 the
 * stream. */
#define BJ_NNF_DOWNLOAD_LIST(X, T)                          \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, RAW, download_seq, 8)
BJ_NNF_STRUCT(bj_nnf_download_t, BJ_NNF_DOWNLOAD_LIST, 48);

/* 7300, CM.  open_orders: 'G' and 'Y' ask for what rests from earlier. */
#define BJ_NNF_CM_LOCAL_LIST(X, T)                                                        \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, security_s, 1) X(T, 44, I32, participant_s, 1) \
    X(T, 48, I8, open_orders, 1) X(T, 49, RES, reserved_49, 1) X(T, 50, I16, market0, 1)  \
    X(T, 52, I16, market1, 1) X(T, 54, I16, market2, 1) X(T, 56, I16, market3, 1)         \
    X(T, 58, I16, market4, 1) X(T, 60, I16, market5, 1)
BJ_NNF_STRUCT(bj_nnf_cm_local_t, BJ_NNF_CM_LOCAL_LIST, 62);

/* 7300, FO. */
#define BJ_NNF_FO_LOCAL_LIST(X, T)                                                        \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I32, security_s, 1) X(T, 44, I32, participant_s, 1) \
    X(T, 48, I32, instrument_s, 1) X(T, 52, I32, index_s, 1) X(T, 56, I8, open_orders, 1) \
    X(T, 57, RES, reserved_57, 1) X(T, 58, I16, market0, 1) X(T, 60, I16, market1, 1)     \
    X(T, 62, I16, market2, 1) X(T, 64, I16, market3, 1) X(T, 66, I16, exercise0, 1)       \
    X(T, 68, I16, exercise1, 1) X(T, 70, I16, exercise2, 1) X(T, 72, I16, exercise3, 1)   \
    X(T, 74, I16, position0, 1) X(T, 76, I16, position1, 1) X(T, 78, I16, position2, 1)   \
    X(T, 80, I16, position3, 1)
BJ_NNF_STRUCT(bj_nnf_fo_local_t, BJ_NNF_FO_LOCAL_LIST, 82);

/* 7307, 7308: around the records of a local database. */
#define BJ_NNF_LOCAL_END_LIST(X, T)                        \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, RES, reserved_40, 2)
BJ_NNF_STRUCT(bj_nnf_local_end_t, BJ_NNF_LOCAL_END_LIST, 42);

/* 5294: outage_status 1, a stream is out and its orders are gone without a word; 0, it is back. */
#define BJ_NNF_CONTINGENCY_LIST(X, T)                                                    \
    BJ_NNF_HEADER_LIST(X, T) X(T, 40, I16, outage_stream, 1) X(T, 42, I16, outage_status, 1) \
    X(T, 44, ANY, reserved_44, 200)
BJ_NNF_STRUCT(bj_nnf_contingency_t, BJ_NNF_CONTINGENCY_LIST, 244);

#endif /* BJ_WIRE_NNF_SESSION_H */
