/* What the exchange has and the engine has not: what is told, counted, asked again.  The exchange
 * says just what the test wants. */
#include "dataplane/gateway/bj_uplink.h"
#include "dataplane/nnf/test_nnf_orders.h"

static bj_uplink_t *uplink;
static bj_cmd_t said[64];
static size_t said_cnt;

static bj_status_t on_command(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    if (said_cnt == BJ_COUNT(said)) return BJ_ERR_FULL;
    said[said_cnt++] = *cmd;
    return BJ_OK;
}
static const bj_uplink_ops_t uplink_ops = {on_command};

static void open_uplink(void) {
    const char *error;
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    uplink = bj_uplink_new(&ex.config, &uplink_ops, NULL, &error);
    BJ_CHECK(uplink && bj_uplink_start(uplink, ex.now) == BJ_OK);
    ex.client = bj_uplink_client(uplink, ex.now);
    said_cnt = 0;
    ex_ready(&ex);
}

static void close_uplink(void) {
    ex.client = NULL;
    ex_end(&ex);
    bj_uplink_free(uplink);
}

static bool strays_are(uint64_t orders, uint64_t ended, uint64_t fills, uint64_t fill_qty) {
    bj_uplink_strays_t strays = bj_uplink_strays(uplink);
    return strays.orders == orders && strays.ended == ended && strays.fills == fills &&
           strays.fill_qty == fill_qty;
}

/* An order of nobody's, as the exchange would confirm it. */
static bj_nnf_msg_t nobodys(int64_t number, int64_t activity_ref) {
    bj_nnf_msg_t msg = {.qty = 100, .left_qty = 100, .side = BJ_NNF_SELL, .price_paise = 10000,
                        .symbol = "DEMO", .series = "EQ", .account = "CLIENT1", .book = 1,
                        .disclosed_qty = 100};
    return ex_reply(&msg, BJ_NNF_CONFIRM_TR, number, activity_ref);
}

/* The engine's NEW 1, asked and confirmed as 11. */
static bj_nnf_msg_t ours(void) {
    bj_event_t event = {.type = BJ_EV_TO_VENUE, .reason = BJ_CMD_NEW, .account_id = 1,
                        .order_id = 1, .token = 101, .side = BJ_BUY, .qty = 100,
                        .price_paise = 10000, .order_type = BJ_LIMIT, .tif = BJ_DAY};
    BJ_CHECK(bj_uplink_event(uplink, &event, ex.now));
    ex_time(&ex, 1);
    bj_nnf_msg_t asked = ex_hear(&ex);
    bj_nnf_msg_t reply = ex_reply(&asked, BJ_NNF_CONFIRM_TR, 11, 50);
    ex_say(&ex, &reply);
    BJ_CHECK(said_cnt == 1 && said[0].body.venue.kind == BJ_VENUE_ACCEPTED);
    return reply;
}

/* First heard of when nothing of it is left: it ends once. */
static void test_filled_whole(void) {
    open_uplink();
    bj_nnf_msg_t order = nobodys(99, 50);
    bj_nnf_msg_t trade = ex_trade(&order, 100, 100, 51);
    ex_say_seq(&ex, 0, &trade);
    BJ_CHECK(strays_are(1, 1, 1, 100) && said_cnt == 0);
    order = nobodys(98, 52);
    ex_say_seq(&ex, 0, &order);
    BJ_CHECK(strays_are(2, 1, 1, 100));
    order = ex_reply(&order, BJ_NNF_CANCELLED_TR, 98, 53);
    ex_say_seq(&ex, 0, &order);
    BJ_CHECK(strays_are(2, 2, 1, 100));
    close_uplink();
}

/* A trade of an order of ours that has ended here: the engine has it no more. */
static void test_late_fill(bool anew) {
    open_uplink();
    bj_nnf_msg_t reply = ours();
    bj_nnf_msg_t gone = ex_reply(&reply, BJ_NNF_CANCELLED_TR, 11, 51);
    ex_say_seq(&ex, 0, &gone);
    BJ_CHECK(said_cnt == 2 && said[1].body.venue.kind == BJ_VENUE_CANCELLED);
    bj_nnf_msg_t trade = ex_trade(&reply, 30, anew ? 80 : 30, 52); /* 80: 50 are missing */
    ex_say_seq(&ex, 0, &trade);
    if (anew) {
        BJ_CHECK(bj_nnf_client_finished(ex.client) && strays_are(0, 0, 0, 0));
        ex_drop(&ex);
        ex_sign_on(&ex);
        trade.code = BJ_NNF_TRADE;
        ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &trade);
        ex_downloaded(&ex);
    }
    BJ_CHECK(said_cnt == 2 && strays_are(0, 0, 1, 30));
    close_uplink();
}

/* The next request; what keeps the line alive is none. */
static bj_nnf_msg_t hear_request(void) {
    bj_nnf_msg_t msg = ex_hear(&ex);
    while (msg.code == BJ_NNF_HEARTBEAT) msg = ex_hear(&ex);
    return msg;
}

static void refuse_cancel(void) {
    bj_nnf_msg_t asked = hear_request();
    BJ_CHECK(asked.code == BJ_NNF_CANCEL_TR && asked.order_number == 99);
    bj_nnf_msg_t no = ex_reply(&asked, BJ_NNF_CANCEL_REJECT_TR, 99, 50);
    no.error = BJ_NNF_E_CANNOT_MODIFY;
    ex_say(&ex, &no);
    BJ_CHECK(hear_request().code == 0);
}

/* A stray whose cancel is refused is asked again, after a while and after each sign-on. */
static void test_cancel_refused(void) {
    open_uplink();
    bj_nnf_msg_t order = nobodys(99, 50);
    ex_say_seq(&ex, 0, &order);
    ex_time(&ex, 1);
    for (uint64_t times = 1; times <= 3; times++) {
        refuse_cancel();
        BJ_CHECK(bj_uplink_strays(uplink).refused == times && strays_are(1, 0, 0, 0));
        ex_time(&ex, 1);
        ex_time(&ex, 29 * BJ_NS_PER_S);
        BJ_CHECK(hear_request().code == 0);
        ex_say_code(&ex, BJ_NNF_HEARTBEAT);
        ex_time(&ex, BJ_NS_PER_S);
        ex_time(&ex, 1);
    }
    refuse_cancel();
    ex_drop(&ex), ex_sign_on(&ex);
    order.code = BJ_NNF_CONFIRM;
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &order);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
    refuse_cancel();
    BJ_CHECK(said_cnt == 0 && counted()->requests == 5);
    close_uplink();
}

/* Orders that cannot be followed: of an instrument that is not configured, or no room for them. */
static void test_untracked(void) {
    open_uplink();
    bj_nnf_msg_t order = nobodys(99, 50), other = order;
    memcpy(other.symbol, "OTHER", 6);
    ex_say_seq(&ex, 0, &other);
    BJ_CHECK(counted()->untracked == 1 && strays_are(0, 0, 0, 0));
    for (int64_t i = 0; i < 65; i++) {
        order.order_number = 100 + i;
        ex_say_seq(&ex, 0, &order);
    }
    BJ_CHECK(counted()->untracked == 2 && strays_are(64, 0, 0, 0));
    close_uplink();
}

/* The journal's NEW of an order, and what it says of it: kind 0, nothing. */
static void recover_of(uint32_t account_id, uint64_t order_id, uint8_t kind, uint8_t flags) {
    bj_cmd_t cmd = {.type = BJ_CMD_NEW, .time_ns = ex.now.wall_ns, .order_id = order_id, .qty = 5,
                    .flags = flags};
    bj_event_t event = {.type = BJ_EV_TO_VENUE, .reason = BJ_CMD_NEW, .account_id = account_id,
                        .order_id = order_id, .token = 101, .side = BJ_BUY, .qty = 5,
                        .price_paise = 10000, .order_type = BJ_LIMIT, .tif = BJ_DAY};
    BJ_CHECK(bj_uplink_recover(uplink, &cmd, &event, 1) == BJ_OK);
    if (!kind) return;
    cmd.type = BJ_CMD_VENUE;
    cmd.body.venue = (bj_cmd_venue_t){.kind = kind, .reason = BJ_REJ_VENUE_AWAY};
    event.type = BJ_EV_REJECTED;
    BJ_CHECK(bj_uplink_recover(uplink, &cmd, &event, 1) == BJ_OK);
}

static void recover(uint64_t order_id, uint8_t kind, uint8_t flags) {
    recover_of(1, order_id, kind, flags);
}

/* A day of refused orders, more than there is room for: it starts, knows what may be at the
 * exchange, and has room for new ones. */
static void test_restart_refused(void) {
    const char *error;
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    ex.config.order_max = 8;
    uplink = bj_uplink_new(&ex.config, &uplink_ops, NULL, &error);
    said_cnt = 0;
    for (uint64_t id = 1; id <= 40; id++) {
        bool sent = id % 20 == 0; /* two, and not answered */
        recover(id, sent ? 0 : BJ_VENUE_REJECTED, BJ_VENUE_ASKED | BJ_VENUE_ABSENT);
    }
    BJ_CHECK(bj_uplink_start(uplink, ex.now) == BJ_OK && said_cnt == 0);
    ex.client = bj_uplink_client(uplink, ex.now);
    BJ_CHECK(bj_nnf_client_doubts(ex.client) == 2);
    for (uint64_t id = 51; id <= 54; id++) { /* of 8: 2 in doubt, 3 that were refused */
        bj_cmd_t cmd = limit(id);
        BJ_CHECK(bj_nnf_client_order(ex.client, &cmd) == (id < 54 ? BJ_OK : BJ_REJ_ENGINE_FULL));
    }
    bj_cmd_t cmd = limit(39); /* the latest of them are known */
    BJ_CHECK(bj_nnf_client_order(ex.client, &cmd) == BJ_ERR_EXISTS);
    close_uplink();
}

/* Requests that the client would not take then and will not take now, more than there is room for
 * in the way into the engine: what fits is handed in, the rest later, each once, and nothing goes
 * out before. */
static void test_restart_many(void) {
    enum { CNT = 3 * BJ_COUNT(said) / 2 };
    const char *error;
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    uplink = bj_uplink_new(&ex.config, &uplink_ops, NULL, &error);
    said_cnt = 0;
    for (uint64_t id = 1; id <= CNT; id++) recover_of(id == 7 ? 1 : 9, id, 0, 0);
    BJ_CHECK(bj_uplink_start(uplink, ex.now) == BJ_OK && said_cnt == BJ_COUNT(said));
    BJ_CHECK(bj_nnf_client_doubts(bj_uplink_client(uplink, ex.now)) == 1);
    bj_event_t event = {.type = BJ_EV_TO_VENUE, .reason = BJ_CMD_NEW, .account_id = 9,
                        .order_id = CNT + 1, .token = 101, .side = BJ_BUY, .qty = 5,
                        .price_paise = 10000, .order_type = BJ_LIMIT, .tif = BJ_DAY};
    BJ_CHECK(!bj_uplink_event(uplink, &event, ex.now));
    BJ_CHECK(!bj_uplink_refuse(uplink, &event, BJ_REJ_VENUE_AWAY, ex.now));
    BJ_CHECK(bj_uplink_step(uplink, ex.now) == 0);
    uint64_t next_id = 1;
    for (int times = 0; times < 2; times++) {
        for (size_t i = 0; i < said_cnt; i++) {
            next_id += next_id == 7;
            BJ_CHECK(said[i].order_id == next_id++ && said[i].type == BJ_CMD_VENUE);
            BJ_CHECK(said[i].body.venue.kind == BJ_VENUE_REJECTED &&
                     said[i].body.venue.reason == BJ_REJ_ACCOUNT_UNKNOWN);
        }
        said_cnt = 0;
        BJ_CHECK(bj_uplink_step(uplink, ex.now) == (times ? 0 : CNT - 1 - BJ_COUNT(said)));
    }
    BJ_CHECK(next_id == CNT + 1 && said_cnt == 0);
    BJ_CHECK(bj_uplink_event(uplink, &event, ex.now) && said_cnt == 1);
    bj_uplink_free(uplink);
}

int main(void) {
    test_restart_many();
    test_restart_refused();
    test_cancel_refused();
    test_untracked();
    test_filled_whole();
    test_late_fill(false);
    test_late_fill(true);
    return bj_test_end("test_bj_uplink_stray");
}
