/* test_nnf_orders - an exchange that is signed on to, and orders that it says something about. */
#ifndef TEST_NNF_ORDERS_H
#define TEST_NNF_ORDERS_H
#include "dataplane/nnf/test_nnf_exchange.h"

#include "dataplane/base/bj_test.h"

static inline void ex_ready(ex_t *ex) {
    ex_sign_on(ex);
    ex_downloaded(ex);
    assert(bj_nnf_client_state(ex->client) == BJ_NNF_READY);
}

/* What the exchange says of an order that was asked for. */
static inline bj_nnf_msg_t ex_reply(const bj_nnf_msg_t *asked, int64_t code, int64_t number,
                             int64_t activity_ref) {
    bj_nnf_msg_t msg = *asked;
    msg.code = code, msg.order_number = number, msg.form_bytes = 0;
    msg.activity_ref = msg.jiffies = activity_ref, msg.stream = 1;
    if (!msg.left_qty) msg.left_qty = msg.qty - msg.filled_qty;
    msg.time_exch_ns = activity_ref * 1000, msg.entry_s = 5, msg.modified_s = 6;
    return msg;
}

static inline bj_nnf_msg_t ex_trade(const bj_nnf_msg_t *reply, int64_t qty, int64_t filled_qty,
                             int64_t activity_ref) {
    bj_nnf_msg_t msg = ex_reply(reply, BJ_NNF_TRADE_TR, reply->order_number, activity_ref);
    msg.fill_number = activity_ref, msg.fill_qty = qty, msg.fill_price_paise = 9995;
    msg.filled_qty = filled_qty, msg.left_qty = msg.qty - filled_qty;
    return msg;
}

static ex_t ex;

static inline void open_ready(bj_nnf_segment_t segment) {
    ex_config(&ex, segment, BJ_NNF_TAG);
    ex_new(&ex);
    ex_ready(&ex);
}

static inline bj_cmd_t limit(uint64_t order_id) {
    return (bj_cmd_t){.type = BJ_CMD_NEW, .order_id = order_id, .account_id = 1, .token = 101,
                      .side = BJ_BUY, .qty = 100, .price_paise = 10000, .order_type = BJ_LIMIT,
                      .tif = BJ_DAY};
}

static inline bj_cmd_t change(uint16_t type, uint64_t order_id) {
    return (bj_cmd_t){.type = type, .order_id = order_id, .qty = 120, .price_paise = 10005};
}

/* Asks, and returns what was sent. */
static inline bj_nnf_msg_t ask(bj_cmd_t cmd) {
    BJ_CHECK(bj_nnf_client_order(ex.client, &cmd) == BJ_OK);
    ex_time(&ex, 1);
    return ex_hear(&ex);
}

/* An order that is confirmed under a number, and what confirmed it. */
static inline bj_nnf_msg_t confirmed(uint64_t order_id, int64_t number, int64_t activity_ref) {
    bj_nnf_msg_t asked = ask(limit(order_id));
    bj_nnf_msg_t reply = ex_reply(&asked, BJ_NNF_CONFIRM_TR, number, activity_ref);
    ex_say(&ex, &reply);
    return reply;
}

static inline const bj_nnf_answer_t *last(void) { return &ex.answers[ex.answer_cnt - 1]; }

static inline const bj_nnf_client_counters_t *counted(void) {
    return bj_nnf_client_counters(ex.client);
}

#endif /* TEST_NNF_ORDERS_H */
