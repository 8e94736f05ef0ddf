/* The rows of every message, made from the lists of the wire headers. */
#include "dataplane/nnf/bj_nnf_codec.h"
#include "dataplane/nnf/bj_nnf_kind.h"
#include "dataplane/wire/bj_wire_nnf_cm.h"
#include "dataplane/wire/bj_wire_nnf_fo.h"
#include "dataplane/wire/bj_wire_nnf_session.h"

#define MEMBER(name) offsetof(bj_nnf_msg_t, name), sizeof(((bj_nnf_msg_t *)0)->name)
#define ROW_I8(at, name, n) {#name, (at), 1, MEMBER(name), KIND_I8},
#define ROW_I16(at, name, n) {#name, (at), 2, MEMBER(name), KIND_I16},
#define ROW_I32(at, name, n) {#name, (at), 4, MEMBER(name), KIND_I32},
#define ROW_I64(at, name, n) {#name, (at), 8, MEMBER(name), KIND_I64},
#define ROW_F64(at, name, n) {#name, (at), 8, MEMBER(name), KIND_F64},
#define ROW_TXT(at, name, n) {#name, (at), (n), MEMBER(name), KIND_TXT},
#define ROW_RAW(at, name, n) {#name, (at), (n), MEMBER(name), KIND_RAW},
#define ROW_RES(at, name, n) {#name, (at), (n), 0, 0, KIND_RES},
#define ROW_ANY(at, name, n) {#name, (at), (n), 0, 0, KIND_ANY},
#define ROW(T, at, kind, name, n) ROW_##kind(at, name, n)

/* X(rows, list, struct) */
#define FORM_LIST(X)                                                      \
    X(cm_order, BJ_NNF_CM_ORDER_LIST, bj_nnf_cm_order_t)                  \
    X(cm_change, BJ_NNF_CM_CHANGE_LIST, bj_nnf_cm_change_t)               \
    X(cm_reply, BJ_NNF_CM_REPLY_LIST, bj_nnf_cm_reply_t)                  \
    X(cm_trade, BJ_NNF_CM_TRADE_LIST, bj_nnf_cm_trade_t)                  \
    X(cm_full, BJ_NNF_CM_FULL_LIST, bj_nnf_cm_full_t)                     \
    X(cm_full_trade, BJ_NNF_CM_FULL_TRADE_LIST, bj_nnf_cm_full_trade_t)   \
    X(cm_info, BJ_NNF_CM_INFO_LIST, bj_nnf_cm_info_t)                     \
    X(cm_error, BJ_NNF_CM_ERROR_LIST, bj_nnf_cm_error_t)                  \
    X(cm_sign_on, BJ_NNF_CM_SIGN_ON_LIST, bj_nnf_cm_sign_on_t)            \
    X(cm_signed, BJ_NNF_CM_SIGNED_LIST, bj_nnf_cm_signed_t)               \
    X(cm_local, BJ_NNF_CM_LOCAL_LIST, bj_nnf_cm_local_t)                  \
    X(fo_order, BJ_NNF_FO_ORDER_LIST, bj_nnf_fo_order_t)                  \
    X(fo_change, BJ_NNF_FO_CHANGE_LIST, bj_nnf_fo_change_t)               \
    X(fo_reply, BJ_NNF_FO_REPLY_LIST, bj_nnf_fo_reply_t)                  \
    X(fo_trade, BJ_NNF_FO_TRADE_LIST, bj_nnf_fo_trade_t)                  \
    X(fo_price, BJ_NNF_FO_PRICE_LIST, bj_nnf_fo_price_t)                  \
    X(fo_ack, BJ_NNF_FO_ACK_LIST, bj_nnf_fo_ack_t)                        \
    X(fo_full, BJ_NNF_FO_FULL_LIST, bj_nnf_fo_full_t)                     \
    X(fo_full_trade, BJ_NNF_FO_FULL_TRADE_LIST, bj_nnf_fo_full_trade_t)   \
    X(fo_info, BJ_NNF_FO_INFO_LIST, bj_nnf_fo_info_t)                     \
    X(fo_error, BJ_NNF_FO_ERROR_LIST, bj_nnf_fo_error_t)                  \
    X(fo_sign_on, BJ_NNF_FO_SIGN_ON_LIST, bj_nnf_fo_sign_on_t)            \
    X(fo_local, BJ_NNF_FO_LOCAL_LIST, bj_nnf_fo_local_t)                  \
    X(fo_info_ask, BJ_NNF_FO_INFO_ASK_LIST, bj_nnf_fo_info_ask_t)         \
    X(fo_signed_off, BJ_NNF_FO_SIGNED_OFF_LIST, bj_nnf_fo_signed_off_t)   \
    X(bare, BJ_NNF_BARE_LIST, bj_nnf_bare_t)                              \
    X(route, BJ_NNF_ROUTE_LIST, bj_nnf_route_t)                           \
    X(routed, BJ_NNF_ROUTED_LIST, bj_nnf_routed_t)                        \
    X(routed_tag, BJ_NNF_ROUTED_TAG_LIST, bj_nnf_routed_tag_t)            \
    X(box, BJ_NNF_BOX_LIST, bj_nnf_box_t)                                 \
    X(box_sign_on, BJ_NNF_BOX_SIGN_ON_LIST, bj_nnf_box_sign_on_t)         \
    X(box_signed, BJ_NNF_BOX_SIGNED_LIST, bj_nnf_box_signed_t)            \
    X(download, BJ_NNF_DOWNLOAD_LIST, bj_nnf_download_t)                  \
    X(local_end, BJ_NNF_LOCAL_END_LIST, bj_nnf_local_end_t)               \
    X(contingency, BJ_NNF_CONTINGENCY_LIST, bj_nnf_contingency_t)

#define X(form, LIST, T) static const bj_nnf_row_t rows_##form[] = {LIST(ROW, T)};
FORM_LIST(X)
#undef X
enum {
#define X(form, LIST, T) bytes_##form = sizeof(T),
    FORM_LIST(X)
#undef X
};

/* The usual form of a code first. */
#define HEAD(segment, code, form) \
    {#form, rows_##form, (code), BJ_COUNT(rows_##form), bytes_##form, (segment), true},
#define TRIM(segment, code, form) \
    {#form, rows_##form, (code), BJ_COUNT(rows_##form), bytes_##form, (segment), false},
#define BOTH(code, form) HEAD(BJ_NNF_CM, code, form) HEAD(BJ_NNF_FO, code, form)
#define FULL(code) HEAD(BJ_NNF_CM, code, cm_full) HEAD(BJ_NNF_FO, code, fo_full)

static const bj_nnf_layout_t layouts[] = {
    TRIM(BJ_NNF_CM, BJ_NNF_ORDER_TR, cm_order) TRIM(BJ_NNF_FO, BJ_NNF_ORDER_TR, fo_order)
    TRIM(BJ_NNF_CM, BJ_NNF_MODIFY_TR, cm_change) TRIM(BJ_NNF_FO, BJ_NNF_MODIFY_TR, fo_change)
    TRIM(BJ_NNF_CM, BJ_NNF_CANCEL_TR, cm_change) TRIM(BJ_NNF_FO, BJ_NNF_CANCEL_TR, fo_change)
    TRIM(BJ_NNF_FO, BJ_NNF_QUICK_CANCEL_TR, fo_change)
    TRIM(BJ_NNF_CM, BJ_NNF_CONFIRM_TR, cm_reply) TRIM(BJ_NNF_FO, BJ_NNF_CONFIRM_TR, fo_reply)
    TRIM(BJ_NNF_CM, BJ_NNF_MODIFIED_TR, cm_reply) TRIM(BJ_NNF_FO, BJ_NNF_MODIFIED_TR, fo_reply)
    TRIM(BJ_NNF_CM, BJ_NNF_CANCELLED_TR, cm_reply) TRIM(BJ_NNF_FO, BJ_NNF_CANCELLED_TR, fo_reply)
    TRIM(BJ_NNF_CM, BJ_NNF_PRICED_TR, cm_reply) TRIM(BJ_NNF_CM, BJ_NNF_REJECT_TR, cm_reply)
    TRIM(BJ_NNF_CM, BJ_NNF_MODIFY_REJECT_TR, cm_reply)
    TRIM(BJ_NNF_CM, BJ_NNF_CANCEL_REJECT_TR, cm_reply)
    TRIM(BJ_NNF_CM, BJ_NNF_TRADE_TR, cm_trade) TRIM(BJ_NNF_FO, BJ_NNF_TRADE_TR, fo_trade)
    HEAD(BJ_NNF_FO, BJ_NNF_PRICE_MODIFY, fo_price)
    TRIM(BJ_NNF_FO, BJ_NNF_ORDER_ACK, fo_ack) TRIM(BJ_NNF_FO, BJ_NNF_MODIFY_ACK, fo_ack)
    TRIM(BJ_NNF_FO, BJ_NNF_CANCEL_ACK, fo_ack) TRIM(BJ_NNF_FO, BJ_NNF_PRICE_ACK, fo_ack)
    FULL(BJ_NNF_ORDER) FULL(BJ_NNF_PRICED) FULL(BJ_NNF_MODIFY) FULL(BJ_NNF_MODIFY_REJECT)
    FULL(BJ_NNF_KILL) FULL(BJ_NNF_KILL_DONE) FULL(BJ_NNF_CANCEL) FULL(BJ_NNF_CANCEL_REJECT)
    FULL(BJ_NNF_CONFIRM) FULL(BJ_NNF_MODIFIED) FULL(BJ_NNF_CANCELLED) FULL(BJ_NNF_FROZEN)
    FULL(BJ_NNF_REJECT) FULL(BJ_NNF_BATCH_CANCEL)
    HEAD(BJ_NNF_CM, BJ_NNF_TRADE, cm_full_trade) HEAD(BJ_NNF_FO, BJ_NNF_TRADE, fo_full_trade)
    HEAD(BJ_NNF_CM, BJ_NNF_TRIGGERED, cm_full_trade)
    HEAD(BJ_NNF_FO, BJ_NNF_TRIGGERED, fo_full_trade)
    BOTH(BJ_NNF_HEARTBEAT, bare)
    BOTH(BJ_NNF_ROUTE, route) BOTH(BJ_NNF_ROUTED, routed) BOTH(BJ_NNF_ROUTED, routed_tag)
    BOTH(BJ_NNF_BOX_REGISTER, box) BOTH(BJ_NNF_BOX_REGISTERED, bare)
    BOTH(BJ_NNF_BOX_SIGN_ON, box_sign_on) BOTH(BJ_NNF_BOX_SIGNED_ON, box_signed)
    BOTH(BJ_NNF_BOX_OFF, box)
    HEAD(BJ_NNF_CM, BJ_NNF_SIGN_ON, cm_sign_on) HEAD(BJ_NNF_FO, BJ_NNF_SIGN_ON, fo_sign_on)
    HEAD(BJ_NNF_CM, BJ_NNF_SIGNED_ON, cm_signed) HEAD(BJ_NNF_FO, BJ_NNF_SIGNED_ON, fo_sign_on)
    BOTH(BJ_NNF_SIGN_OFF, bare)
    HEAD(BJ_NNF_CM, BJ_NNF_SIGNED_OFF, bare) HEAD(BJ_NNF_FO, BJ_NNF_SIGNED_OFF, bare)
    HEAD(BJ_NNF_FO, BJ_NNF_SIGNED_OFF, fo_signed_off)
    HEAD(BJ_NNF_CM, BJ_NNF_INFO_ASK, bare) HEAD(BJ_NNF_FO, BJ_NNF_INFO_ASK, fo_info_ask)
    HEAD(BJ_NNF_CM, BJ_NNF_INFO, cm_info) HEAD(BJ_NNF_FO, BJ_NNF_INFO, fo_info)
    HEAD(BJ_NNF_CM, BJ_NNF_LOCAL_ASK, cm_local) HEAD(BJ_NNF_FO, BJ_NNF_LOCAL_ASK, fo_local)
    BOTH(BJ_NNF_LOCAL_START, local_end) BOTH(BJ_NNF_LOCAL_END, local_end)
    BOTH(BJ_NNF_DOWNLOAD, download) BOTH(BJ_NNF_DOWNLOAD_START, bare)
    BOTH(BJ_NNF_DOWNLOAD_END, bare) BOTH(BJ_NNF_CONTINGENCY, contingency)
    HEAD(BJ_NNF_CM, BJ_NNF_ERROR, cm_error) HEAD(BJ_NNF_FO, BJ_NNF_ERROR, fo_error)
    HEAD(BJ_NNF_CM, BJ_NNF_BAD_LENGTH, cm_error) HEAD(BJ_NNF_FO, BJ_NNF_BAD_LENGTH, fo_error)
    /* The answers to a request that was refused come in the error's form. */
    HEAD(BJ_NNF_CM, BJ_NNF_SIGNED_ON, cm_error) HEAD(BJ_NNF_FO, BJ_NNF_SIGNED_ON, fo_error)
    HEAD(BJ_NNF_CM, BJ_NNF_INFO, cm_error) HEAD(BJ_NNF_FO, BJ_NNF_INFO, fo_error)
    HEAD(BJ_NNF_CM, BJ_NNF_SIGNED_OFF, cm_error) HEAD(BJ_NNF_FO, BJ_NNF_SIGNED_OFF, fo_error)
    HEAD(BJ_NNF_CM, BJ_NNF_DOWNLOAD_START, cm_error)
    HEAD(BJ_NNF_FO, BJ_NNF_DOWNLOAD_START, fo_error)
    HEAD(BJ_NNF_CM, BJ_NNF_LOCAL_START, cm_error) HEAD(BJ_NNF_FO, BJ_NNF_LOCAL_START, fo_error)
};

const bj_nnf_layout_t *bj_nnf_layouts(size_t *layout_cnt) {
    *layout_cnt = BJ_COUNT(layouts);
    return layouts;
}

const bj_nnf_layout_t *bj_nnf_layout(bj_nnf_segment_t segment, int64_t code, size_t bytes) {
    for (size_t i = 0; i < BJ_COUNT(layouts); i++) {
        const bj_nnf_layout_t *layout = &layouts[i];
        if (layout->code != code || layout->segment != segment) continue;
        if (!bytes || layout->bytes == bytes) return layout;
    }
    return NULL;
}

const char *bj_nnf_code_text(int64_t code) {
    switch ((bj_nnf_code_t)code) {
#define X(name, value, text) \
    case name:               \
        return text;
        BJ_NNF_CODE_LIST(X)
#undef X
    }
    return "unknown message";
}
