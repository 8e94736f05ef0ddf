/* Waiting: for an exchange that does not go on, and requests that wait for the rate. */
#include "dataplane/nnf/test_nnf_orders.h"

static void lose(void) {
    ex_drop(&ex);
    ex_sign_on(&ex);
}

static bj_nnf_msg_t listed(void) {
    bj_nnf_msg_t msg = {.qty = 100, .left_qty = 100, .side = BJ_NNF_SELL, .price_paise = 10000,
                        .symbol = "DEMO", .series = "EQ", .account = "CLIENT1", .book = 1,
                        .disclosed_qty = 100};
    return ex_reply(&msg, BJ_NNF_CONFIRM, 11, 50);
}

/* A list or a download that stops, while heartbeats come: counted from its latest record. */
static void test_download_stops(bool list) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    ex_new(&ex);
    ex_time(&ex, BJ_NS_PER_S);
    ex_route(&ex);
    static const int32_t answers[] = {BJ_NNF_BOX_SIGNED_ON, BJ_NNF_SIGNED_ON, BJ_NNF_INFO,
                                      BJ_NNF_LOCAL_END};
    for (size_t i = 0; i < BJ_COUNT(answers) - list; i++)
        (void)ex_hear(&ex), ex_say_code(&ex, answers[i]);
    bj_nnf_msg_t msg = listed();
    for (int i = 0; i < 3; i++) {
        ex_time(&ex, 9 * BJ_NS_PER_S);
        ex_say_record(&ex, list ? BJ_NNF_LOCAL_RECORD : BJ_NNF_DOWNLOAD_RECORD, &msg);
    }
    ex_time(&ex, 9 * BJ_NS_PER_S);
    ex_say_code(&ex, BJ_NNF_HEARTBEAT);
    BJ_CHECK(!bj_nnf_client_finished(ex.client) && counted()->silent == 0);
    BJ_CHECK(bj_nnf_client_state(ex.client) == (list ? BJ_NNF_ASKS_LOCAL : BJ_NNF_DOWNLOADS));
    ex_time(&ex, BJ_NS_PER_S + 1);
    BJ_CHECK(bj_nnf_client_finished(ex.client) && counted()->silent == 1);
    ex_end(&ex);
}

/* It is we who do not listen: the back side takes nothing. */
static void test_download_held(void) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    ex_new(&ex);
    ex_sign_on(&ex);
    ex.full = true;
    bj_nnf_msg_t msg = listed();
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &msg);
    ex_time(&ex, 100 * BJ_NS_PER_S);
    BJ_CHECK(!bj_nnf_client_finished(ex.client) && ex.answer_cnt == 0);
    ex.full = false;
    ex_say_code(&ex, BJ_NNF_DOWNLOAD_END);
    ex_time(&ex, 1), ex_time(&ex, 1), ex_time(&ex, 1);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY && ex.answer_cnt == 1);
    ex_end(&ex);
}

/* A line that dies in the middle of a packet. */
static void test_silence_within(void) {
    static const uint8_t half[10] = {0, 100};
    open_ready(BJ_NNF_CM);
    BJ_CHECK(bj_nnf_client_input(ex.client, half, sizeof half, ex.now) == sizeof half);
    ex_time(&ex, 60 * BJ_NS_PER_S + 1);
    BJ_CHECK(bj_nnf_client_finished(ex.client) && counted()->silent == 1);
    BJ_CHECK(counted()->garbage == 0);
    ex_end(&ex);
}

/* One message a second: order 1 is open, 2 is sent; what waits behind it. */
static bj_nnf_msg_t open_slow(void) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    ex.config.settings.rate_per_s = ex.config.settings.burst_per_100ms = 1;
    ex.config.settings.drop_unsent = true;
    ex_new(&ex);
    ex_ready(&ex);
    bj_nnf_msg_t open = confirmed(1, 11, 50);
    ex_time(&ex, BJ_NS_PER_S);
    BJ_CHECK(ask(limit(2)).code == BJ_NNF_ORDER_TR);
    return open;
}

/* What had not gone out when the line broke does not go out when it is back. */
static void test_unsent(void) {
    bj_nnf_msg_t open = open_slow();
    BJ_CHECK(ask(limit(3)).code == 0 && ask(change(BJ_CMD_MODIFY, 1)).code == 0);
    lose();
    open.code = BJ_NNF_CONFIRM;
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
    BJ_CHECK(ex.answer_cnt == 1);
    ex.full = true;
    ex_downloaded(&ex);
    ex.full = false;
    ex_time(&ex, 1), ex_time(&ex, 1);
    BJ_CHECK(ex.answer_cnt == 3 && counted()->unsent == 2 && counted()->absent == 0);
    BJ_CHECK(ex.answers[1].kind == BJ_NNF_MODIFY_REFUSED && ex.answers[1].order_id == 1);
    BJ_CHECK(last()->kind == BJ_NNF_REJECTED && last()->order_id == 3 && last()->absent);
    BJ_CHECK(last()->reason == BJ_REJ_VENUE_AWAY && last()->asked);
    ex_time(&ex, 2 * BJ_NS_PER_S);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_DOWNLOAD);
    ex_downloaded(&ex);
    BJ_CHECK(last()->order_id == 2 && last()->absent && counted()->absent == 1);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
    for (int i = 0; i < 5; i++) {
        ex_time(&ex, BJ_NS_PER_S);
        BJ_CHECK(ex_hear(&ex).code == 0);
    }
    BJ_CHECK(counted()->requests == 2 && bj_nnf_client_pending(ex.client) == 0);
    ex_end(&ex);
}

/* A cancel of what has not gone out: it never does. */
static void test_unsent_cancel(void) {
    (void)open_slow();
    BJ_CHECK(ask(limit(3)).code == 0 && ask(change(BJ_CMD_MODIFY, 1)).code == 0);
    BJ_CHECK(ask(change(BJ_CMD_CANCEL, 3)).code == 0);
    BJ_CHECK(last()->kind == BJ_NNF_REJECTED && last()->order_id == 3 && last()->absent);
    BJ_CHECK(last()->reason == BJ_REJ_RATE && last()->asked && ex.answer_cnt == 2);
    BJ_CHECK(ask(change(BJ_CMD_CANCEL, 1)).code == 0);
    BJ_CHECK(last()->kind == BJ_NNF_MODIFY_REFUSED && last()->order_id == 1);
    BJ_CHECK(ask(limit(4)).code == 0);
    ex.full = true;
    BJ_CHECK(ask(change(BJ_CMD_CANCEL, 4)).code == 0); /* answered when there is room */
    ex.full = false;
    ex_time(&ex, BJ_NS_PER_S);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_CANCEL_TR); /* of 1, once */
    for (int i = 0; i < 5; i++) {
        ex_time(&ex, BJ_NS_PER_S);
        BJ_CHECK(ex_hear(&ex).code == 0);
    }
    BJ_CHECK(last()->kind == BJ_NNF_REJECTED && last()->order_id == 4 && ex.answer_cnt == 4);
    BJ_CHECK(counted()->requests == 3 && counted()->unsent == 3);
    ex_end(&ex);
}

int main(void) {
    test_silence_within();
    test_download_stops(true);
    test_download_stops(false);
    test_download_held();
    test_unsent();
    test_unsent_cancel();
    return bj_test_end("test_bj_nnf_client_wait");
}
