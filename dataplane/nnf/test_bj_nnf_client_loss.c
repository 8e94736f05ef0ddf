/* After a loss: what was in doubt, what came meanwhile, what is foreign, what is gone. */
#include "dataplane/nnf/test_nnf_orders.h"

static void lose(void) {
    ex_drop(&ex);
    ex_sign_on(&ex);
}

/* What was asked for does not explain an order: list and download once more, all of it. */
static void asked_anew(void) {
    static const uint8_t everything[8];
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_ASKS_LOCAL);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_LOCAL_ASK);
    ex_say_code(&ex, BJ_NNF_LOCAL_END);
    bj_nnf_msg_t msg = ex_hear(&ex);
    BJ_CHECK(msg.code == BJ_NNF_DOWNLOAD && !memcmp(msg.download_seq, everything, 8));
}

static void test_absent(void) {
    open_ready(BJ_NNF_CM);
    (void)confirmed(2, 11, 40);
    (void)ask(limit(1));
    (void)ask(change(BJ_CMD_CANCEL, 2));
    lose();
    BJ_CHECK(counted()->doubts == 2 && bj_nnf_client_doubts(ex.client) == 2);
    BJ_CHECK(bj_nnf_client_pending(ex.client) == 2);
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &(bj_nnf_msg_t){.code = BJ_NNF_KILL_DONE});
    ex_say_code(&ex, BJ_NNF_DOWNLOAD_END);
    ex_time(&ex, 1), ex_time(&ex, 1);
    BJ_CHECK(ex.answer_cnt == 1);
    asked_anew();
    ex_say_code(&ex, BJ_NNF_DOWNLOAD_END);
    ex_time(&ex, 1), ex_time(&ex, 1);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_SETTLES && ex.answer_cnt == 2);
    BJ_CHECK(ex.answers[1].kind == BJ_NNF_ENDED && ex.answers[1].order_id == 2); /* not listed */
    ex_time(&ex, 2 * BJ_NS_PER_S - 3);
    BJ_CHECK(ex_hear(&ex).code == 0 && bj_nnf_client_state(ex.client) == BJ_NNF_SETTLES);
    ex_time(&ex, 3);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_DOWNLOAD && ex.answer_cnt == 2);
    ex_downloaded(&ex);
    BJ_CHECK(last()->kind == BJ_NNF_REJECTED && last()->absent && last()->order_id == 1);
    BJ_CHECK(last()->reason == BJ_REJ_VENUE_AWAY && counted()->absent == 1);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY && ex_hear(&ex).code == 0);
    BJ_CHECK(!bj_nnf_client_doubts(ex.client) && !bj_nnf_client_pending(ex.client));
    ex_end(&ex);
}

static void test_resend(void) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    ex.config.settings.resend_new = true;
    ex_new(&ex);
    ex_ready(&ex);
    (void)ask(limit(1));
    lose();
    ex_downloaded(&ex);
    BJ_CHECK(ex_hear(&ex).code == 0); /* not before it is known to be absent */
    ex_time(&ex, 2 * BJ_NS_PER_S);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_DOWNLOAD);
    ex_downloaded(&ex);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_ORDER_TR && ex_hear(&ex).code == 0);
    BJ_CHECK(counted()->resent == 1 && ex.answer_cnt == 0);
    ex_end(&ex);
}

/* Trimmed orders in doubt that look alike: the exchange got the one that was sent first. */
static void test_alike(void) {
    open_ready(BJ_NNF_FO);
    bj_nnf_msg_t first = ask(limit(1));
    (void)ask(limit(2));
    lose();
    bj_nnf_msg_t other = ex_reply(&first, BJ_NNF_CONFIRM, 10, 49);
    other.price_paise = 9990; /* nobody's: foreign */
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &other);
    BJ_CHECK(last()->kind == BJ_NNF_FOREIGN && last()->order_id == 0 && last()->number == 10);
    bj_nnf_msg_t reply = ex_reply(&first, BJ_NNF_CONFIRM, 11, 50);
    memset(reply.account, 0, sizeof reply.account); /* nobody's in particular */
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_ACCEPTED && last()->order_id == 1 && last()->number == 11);
    reply = ex_reply(&first, BJ_NNF_REJECT, 0, 51);
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_REJECTED && last()->order_id == 2);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
    ex_end(&ex);
}

static void test_live_meanwhile(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t reply = confirmed(1, 11, 50);
    lose();
    bj_nnf_msg_t live = ex_trade(&reply, 50, 80, 52);
    ex_say_seq(&ex, 0, &live);
    BJ_CHECK(ex.answer_cnt == 1); /* the fill before it may be in the download */
    bj_nnf_msg_t older = ex_trade(&reply, 30, 30, 51);
    older.code = BJ_NNF_TRADE;
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &older);
    bj_nnf_msg_t again = live;
    again.code = BJ_NNF_TRADE;
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &again);
    BJ_CHECK(ex.answer_cnt == 3 && last()->cum_qty == 80);
    ex_downloaded(&ex);
    BJ_CHECK(ex.answer_cnt == 3 && counted()->repeats == 1 && counted()->unexplained == 0);
    asked_anew();
    ex_downloaded(&ex);
    BJ_CHECK(ex.answer_cnt == 4); /* it was not listed as open, and no cancel came */
    BJ_CHECK(last()->kind == BJ_NNF_ENDED && counted()->vanished == 1);
    BJ_CHECK(last()->unexplained && last()->untold_qty == 0 && counted()->unexplained == 1);
    ex_end(&ex);
}

/* The list, or a cancel, says that more was traded than any trade told; once all is downloaded the
 * trade is there, or the order is unexplained. */
static void test_more_traded(bool listed, bool there) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t reply = confirmed(1, 11, 50);
    bj_nnf_msg_t trade = ex_trade(&reply, 30, 30, 51);
    bj_nnf_msg_t open = ex_reply(&reply, BJ_NNF_CONFIRM, 11, 51);
    bj_nnf_msg_t gone = ex_reply(&reply, BJ_NNF_CANCELLED, 11, 52);
    trade.code = BJ_NNF_TRADE;
    open.filled_qty = gone.filled_qty = 30, open.left_qty = 70;
    lose();
    if (listed) {
        ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
        ex_downloaded(&ex);
    } else {
        ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &gone);
        BJ_CHECK(bj_nnf_client_finished(ex.client));
        ex_drop(&ex);
        ex_time(&ex, BJ_NS_PER_S);
        ex_sign_on(&ex);
    }
    BJ_CHECK(ex.answer_cnt == 1 && counted()->gaps == 1);
    if (listed) asked_anew(), ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
    if (there) ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &trade);
    if (!listed) ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &gone);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY && counted()->vanished == 0);
    BJ_CHECK(counted()->unexplained == !there && counted()->gaps == 1);
    BJ_CHECK(ex.answer_cnt == 1u + there + !listed);
    if (!listed) {
        BJ_CHECK(last()->kind == BJ_NNF_ENDED && last()->cum_qty == 30);
        BJ_CHECK(last()->unexplained == !there && last()->untold_qty == (there ? 0 : 30));
        ex_end(&ex);
        return;
    }
    lose(); /* known now: not once more */
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
    ex_downloaded(&ex);
    trade = ex_trade(&reply, 20, 50, 53);
    ex_say_seq(&ex, 0, &trade);
    BJ_CHECK(last()->kind == BJ_NNF_FILLED && last()->cum_qty == 50);
    BJ_CHECK(last()->untold_qty == (there ? 0 : 50) && counted()->unexplained == !there);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY && counted()->gaps == 1);
    ex_end(&ex);
}

/* A frozen order trades, and no download confirms it: it was accepted. */
static void test_trade_first(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t asked = ask(limit(1));
    bj_nnf_msg_t frozen = ex_reply(&asked, BJ_NNF_FROZEN, 11, 50);
    bj_nnf_msg_t trade = ex_trade(&frozen, 30, 30, 51);
    ex_say(&ex, &frozen);
    ex_say_seq(&ex, 0, &trade);
    BJ_CHECK(ex.answer_cnt == 0 && bj_nnf_client_finished(ex.client));
    lose();
    trade.code = BJ_NNF_TRADE;
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &trade);
    BJ_CHECK(ex.answer_cnt == 2 && ex.answers[0].kind == BJ_NNF_ACCEPTED && ex.answers[0].asked);
    BJ_CHECK(ex.answers[0].cum_qty == 0 && ex.answers[0].number == 11);
    BJ_CHECK(last()->kind == BJ_NNF_FILLED && last()->cum_qty == 30 && !last()->unexplained);
    ex_end(&ex);
}

static void test_gap(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t reply = confirmed(1, 11, 50);
    bj_nnf_msg_t trade = ex_trade(&reply, 50, 80, 52);
    ex_say_seq(&ex, 0, &trade);
    BJ_CHECK(ex.answer_cnt == 1 && counted()->gaps == 1 && bj_nnf_client_finished(ex.client));
    ex_drop(&ex);
    ex_time(&ex, BJ_NS_PER_S);
    ex_route(&ex);
    static const int32_t answers[] = {BJ_NNF_BOX_SIGNED_ON, BJ_NNF_SIGNED_ON, BJ_NNF_INFO};
    for (size_t i = 0; i < BJ_COUNT(answers); i++)
        (void)ex_hear(&ex), ex_say_code(&ex, answers[i]);
    (void)ex_hear(&ex);
    bj_nnf_msg_t open = ex_reply(&reply, BJ_NNF_CONFIRM, 11, 52);
    open.filled_qty = 80, open.left_qty = 20;
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
    ex_say_code(&ex, BJ_NNF_LOCAL_END);
    bj_nnf_msg_t msg = ex_hear(&ex);
    static const uint8_t everything[8];
    BJ_CHECK(msg.code == BJ_NNF_DOWNLOAD && !memcmp(msg.download_seq, everything, 8));
    trade.code = BJ_NNF_TRADE; /* it is not there either: the exchange's word counts */
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &trade);
    BJ_CHECK(last()->kind == BJ_NNF_FILLED && last()->cum_qty == 80 && last()->fill_qty == 50);
    BJ_CHECK(last()->unexplained && last()->untold_qty == 80 && counted()->unexplained == 1);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY && counted()->mismatches == 0);
    ex_end(&ex);
}

/* A refusal overtakes what the exchange has still to tell: it is no place to go on from. */
static void test_place(void) {
    open_ready(BJ_NNF_CM);
    (void)confirmed(1, 11, 40);
    bj_nnf_msg_t asked = ask(limit(2));
    bj_nnf_msg_t no = ex_reply(&asked, BJ_NNF_REJECT_TR, 0, 90);
    no.error = 16283;
    ex_say(&ex, &no);
    ex_drop(&ex);
    ex_time(&ex, BJ_NS_PER_S);
    ex_route(&ex);
    static const int32_t answers[] = {BJ_NNF_BOX_SIGNED_ON, BJ_NNF_SIGNED_ON, BJ_NNF_INFO,
                                      BJ_NNF_LOCAL_END};
    for (size_t i = 0; i < BJ_COUNT(answers); i++)
        (void)ex_hear(&ex), ex_say_code(&ex, answers[i]);
    bj_nnf_msg_t msg = ex_hear(&ex);
    bj_be64_t place = bj_nnf_whole(39); /* one jiffy early */
    BJ_CHECK(msg.code == BJ_NNF_DOWNLOAD && !memcmp(msg.download_seq, &place, 8));
    ex_end(&ex);
}

static void test_old_refusal(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t reply = confirmed(1, 11, 50);
    bj_nnf_msg_t asked = ask(change(BJ_CMD_MODIFY, 1));
    bj_nnf_msg_t no = ex_reply(&asked, BJ_NNF_MODIFY_REJECT_TR, 11, 50);
    no.error = BJ_NNF_E_CANNOT_MODIFY, no.jiffies = 60;
    ex_say(&ex, &no);
    BJ_CHECK(last()->kind == BJ_NNF_MODIFY_REFUSED);
    asked = ask(change(BJ_CMD_MODIFY, 1));
    lose();
    no.code = BJ_NNF_MODIFY_REJECT;
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &no);
    BJ_CHECK(ex.answer_cnt == 2 && counted()->repeats == 1);
    reply = ex_reply(&asked, BJ_NNF_MODIFIED, 11, 70);
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_CHANGED_TERMS && last()->asked && last()->qty == 120);
    ex_end(&ex);
}

/* A cancel that crossed a fill is asked again even if nothing is heard of the fill. */
static void test_stale_cancel(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t open = confirmed(1, 11, 50);
    bj_nnf_msg_t asked = ask(change(BJ_CMD_CANCEL, 1));
    bj_nnf_msg_t no = ex_reply(&asked, BJ_NNF_CANCEL_REJECT_TR, 11, 50);
    no.error = BJ_NNF_E_STALE;
    ex_say(&ex, &no);
    lose();
    open.code = BJ_NNF_CONFIRM; /* as after the list of open orders, which it was in */
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_CANCEL_TR && counted()->vanished == 0);
    ex_end(&ex);
}

static void test_foreign(bool cancel) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_STREAM);
    ex.config.settings.foreign_cancel = cancel;
    ex_new(&ex);
    ex_sign_on(&ex);
    bj_nnf_msg_t msg = {.qty = 100, .left_qty = 60, .filled_qty = 40, .side = BJ_NNF_SELL,
                        .price_paise = 10000, .symbol = "DEMO", .series = "EQ",
                        .account = "CLIENT1", .book = 1, .disclosed_qty = 100};
    msg = ex_reply(&msg, BJ_NNF_CONFIRM, 11, 50);
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &msg);
    BJ_CHECK(ex.answer_cnt == 1 && last()->kind == BJ_NNF_FOREIGN && last()->number == 11);
    BJ_CHECK(last()->leaves_qty == 60 && last()->cum_qty == 40 && last()->side == BJ_SELL);
    BJ_CHECK(last()->account_id == 1 && last()->token == 101 && counted()->foreign == 1);
    BJ_CHECK(last()->stray);
    BJ_CHECK(bj_nnf_client_adopt(ex.client, 12, 900, 1) == BJ_ERR_NOT_FOUND);
    BJ_CHECK(bj_nnf_client_adopt(ex.client, 11, 900, 9) == BJ_REJ_ACCOUNT_UNKNOWN);
    BJ_CHECK(bj_nnf_client_adopt(ex.client, 11, 900, 1) == BJ_OK);
    BJ_CHECK(bj_nnf_client_adopt(ex.client, 11, 901, 1) == BJ_ERR_NOT_FOUND);
    ex_downloaded(&ex);
    ex_time(&ex, 1);
    bj_nnf_msg_t sent = ex_hear(&ex);
    BJ_CHECK(sent.code == (cancel ? BJ_NNF_CANCEL_TR : 0));
    if (cancel) BJ_CHECK(sent.order_number == 11 && sent.activity_ref == 50);
    bj_nnf_msg_t trade = ex_trade(&msg, 60, 100, 51);
    ex_say_seq(&ex, 0, &trade);
    BJ_CHECK(last()->kind == BJ_NNF_FILLED && last()->order_id == 900 && last()->fill_qty == 60);
    BJ_CHECK(!last()->stray); /* it was adopted */
    ex_end(&ex);
}

static void test_surfaced(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t asked = ask(limit(1));
    lose();
    ex_downloaded(&ex);
    ex_time(&ex, 2 * BJ_NS_PER_S);
    (void)ex_hear(&ex);
    ex_downloaded(&ex);
    BJ_CHECK(last()->absent);
    bj_nnf_msg_t reply = ex_reply(&asked, BJ_NNF_CONFIRM_TR, 11, 50);
    ex_say_seq(&ex, 0, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_FOREIGN && last()->order_id == 1 && last()->leaves_qty == 100);
    BJ_CHECK(counted()->surfaced == 1);
    bj_nnf_msg_t part = ex_trade(&reply, 30, 30, 51);
    ex_say_seq(&ex, 0, &part);
    BJ_CHECK(last()->kind == BJ_NNF_FILLED && last()->stray && last()->fill_qty == 30);
    BJ_CHECK(ask(change(BJ_CMD_CANCEL, 1)).code == BJ_NNF_CANCEL_TR);
    ex_end(&ex);
}

static void test_outage(void) {
    open_ready(BJ_NNF_FO);
    bj_nnf_msg_t one = confirmed(1, 11, 50);
    (void)confirmed(2, 12, 51);
    bj_nnf_msg_t msg = {.code = BJ_NNF_CONTINGENCY, .outage_stream = 1, .outage_status = 1};
    ex_say_seq(&ex, 0, &msg);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_OUTAGE && counted()->outages == 1);
    bj_cmd_t cmd = limit(3);
    BJ_CHECK(bj_nnf_client_order(ex.client, &cmd) == BJ_OK);
    ex_time(&ex, 1);
    BJ_CHECK(ex_hear(&ex).code == 0); /* waits */
    msg.outage_status = 0;
    ex_say_seq(&ex, 0, &msg);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_LOCAL_ASK);
    one.code = BJ_NNF_CONFIRM;
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &one);
    ex_say_code(&ex, BJ_NNF_LOCAL_END);
    (void)ex_hear(&ex);
    ex_downloaded(&ex);
    BJ_CHECK(last()->kind == BJ_NNF_ENDED && last()->order_id == 2 && last()->time_ns == 0);
    BJ_CHECK(counted()->vanished == 1 && ex.answer_cnt == 3);
    BJ_CHECK(!last()->unexplained && counted()->unexplained == 0); /* that is what an outage does */
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_ORDER_TR);
    ex_end(&ex);
}

static void test_restart(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t reply = confirmed(1, 11, 50);
    bj_nnf_msg_t trade = ex_trade(&reply, 30, 30, 51);
    ex_say_seq(&ex, 0, &trade);
    bj_nnf_answer_t known = *last();
    ex_end(&ex);
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    const char *error;
    ex.client = bj_nnf_client_new(&ex.config, &error);
    bj_cmd_t one = limit(1), two = limit(2);
    BJ_CHECK(bj_nnf_client_recover(ex.client, &one, &known, NULL, true) == BJ_OK);
    BJ_CHECK(bj_nnf_client_recover(ex.client, &two, NULL, NULL, false) == BJ_OK);
    BJ_CHECK(bj_nnf_client_recover(ex.client, &two, NULL, NULL, false) == BJ_ERR_EXISTS);
    bj_nnf_client_recover_place(ex.client, 1, 51);
    bj_nnf_client_start(ex.client, ex.now);
    ex_sign_on(&ex);
    trade.code = BJ_NNF_TRADE;
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &trade);
    BJ_CHECK(ex.answer_cnt == 0 && counted()->repeats == 1);
    bj_nnf_msg_t gone = ex_reply(&reply, BJ_NNF_CANCELLED, 11, 52);
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &gone);
    BJ_CHECK(last()->kind == BJ_NNF_ENDED && last()->order_id == 1 && last()->asked);
    reply = ex_reply(&reply, BJ_NNF_CONFIRM, 12, 53);
    ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_ACCEPTED && last()->order_id == 2);
    ex_end(&ex);
}

/* As far as the list of open orders, which is asked for. */
static void sign_on_to_list(void) {
    static const int32_t answers[] = {BJ_NNF_BOX_SIGNED_ON, BJ_NNF_SIGNED_ON, BJ_NNF_INFO};
    ex_time(&ex, BJ_NS_PER_S);
    ex_route(&ex);
    for (size_t i = 0; i < BJ_COUNT(answers); i++)
        (void)ex_hear(&ex), ex_say_code(&ex, answers[i]);
}

/* The list of open orders is as long as there are orders. */
static void test_many_open(bj_nnf_segment_t segment) {
    enum { CNT = 4000 };
    const char *error;
    open_ready(segment);
    bj_nnf_msg_t open = confirmed(1, 11, 50);
    bj_nnf_answer_t known = *last();
    ex_end(&ex);
    ex_config(&ex, segment, BJ_NNF_TAG);
    ex.config.order_max = CNT;
    ex.client = bj_nnf_client_new(&ex.config, &error);
    for (uint64_t i = 0; i < CNT; i++) {
        bj_cmd_t cmd = limit(1 + i);
        known.order_id = 1 + i, known.number = 11 + (int64_t)i;
        BJ_CHECK(bj_nnf_client_recover(ex.client, &cmd, &known, NULL, false) == BJ_OK);
    }
    bj_nnf_client_start(ex.client, ex.now);
    sign_on_to_list();
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_LOCAL_ASK);
    open.code = BJ_NNF_CONFIRM, open.form_bytes = 0;
    for (int i = 0; i < CNT; i++) {
        open.order_number = 11 + i;
        ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
    }
    ex_say_code(&ex, BJ_NNF_LOCAL_END);
    (void)ex_hear(&ex);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY && counted()->overflows == 0);
    BJ_CHECK(counted()->vanished == 0 && counted()->mismatches == 0 && ex.answer_cnt == 0);
    ex_end(&ex);
}

/* More than is kept, each time again: not without end. */
static void test_overflows(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t open = confirmed(1, 11, 50);
    ex_drop(&ex);
    sign_on_to_list();
    open.code = BJ_NNF_CONFIRM;
    for (int times = 1; times <= 3; times++) {
        BJ_CHECK(ex_hear(&ex).code == BJ_NNF_LOCAL_ASK && !bj_nnf_client_finished(ex.client));
        for (int i = 0; i < 3300; i++)
            ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
        ex_say_code(&ex, BJ_NNF_LOCAL_END);
        (void)ex_hear(&ex);
        ex_say_code(&ex, BJ_NNF_DOWNLOAD_END);
        BJ_CHECK(counted()->overflows == (uint64_t)times);
    }
    BJ_CHECK(bj_nnf_client_finished(ex.client));
    lose();
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
    ex_end(&ex);
}

int main(void) {
    test_many_open(BJ_NNF_CM);
    test_many_open(BJ_NNF_FO);
    test_overflows();
    test_absent();
    test_resend();
    test_alike();
    test_live_meanwhile();
    test_gap();
    for (int i = 0; i < 4; i++) test_more_traded(i & 1, i & 2);
    test_trade_first();
    test_foreign(false);
    test_foreign(true);
    test_surfaced();
    test_outage();
    test_restart();
    test_place();
    test_old_refusal();
    test_stale_cancel();
    return bj_test_end("test_bj_nnf_client_loss");
}
