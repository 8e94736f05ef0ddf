/* NNF's server and the real engine behind it: two users of one box trade a day, in both segments
 * and under both encryptions; what a member lost with its connection it finds again. */
#include "dataplane/engine/bj_engine.h"
#include "dataplane/nnf/test_nnf_bed.h"

#include "dataplane/base/bj_test.h"

enum { LONG_ORDERS = 1 << 4 }; /* BJ_MATCH_LONG_ORDERS: GTD and GTC are taken */

static bed_t bed;
static member_t box;
static bj_engine_t *engine;
static void *engine_mem;
static size_t applied_cnt;
static bool fo;

static void apply(bj_cmd_t cmd) {
    size_t cnt;
    const bj_event_t *events = bj_engine_apply(engine, &cmd, &cnt);
    assert(events && bed.event_cnt + cnt <= BED_EVENTS_MAX);
    memcpy(&bed.events[bed.event_cnt], events, cnt * sizeof *events);
    bed.event_cnt += cnt;
}

/* What was handed on is matched; then it is durable and may be told. */
static void pump(void) {
    for (; applied_cnt < bed.cmd_cnt; applied_cnt++)
        apply(bed.cmds[applied_cnt]);
    while (bed.told_cnt < bed.event_cnt)
        bj_nnf_server_event(bed.server, &bed.events[bed.told_cnt++], bed.now);
    bed_time(&bed, 10 * BJ_NS_PER_MS);
}

static void engine_new(void) {
    static const bj_engine_config_t config = {.instrument_max = 4, .account_max = 8,
                                              .order_max = 64};
    bj_cmd_t instrument = {.type = BJ_CMD_INSTRUMENT, .time_ns = 1,
                           .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                                               .band_lo_paise = 9000, .band_hi_paise = 11000,
                                               .prev_close_paise = 10000, .freeze_qty = 1000,
                                               .rules = LONG_ORDERS}};
    bj_cmd_t account = {.type = BJ_CMD_ACCOUNT, .time_ns = 1,
                        .body.account = {.order_value_max_paise = INT64_MAX / 4,
                                         .open_value_max_paise = INT64_MAX / 4,
                                         .position_max_qty = 1000000, .open_orders_max = 50}};
    engine_mem = aligned_alloc(64, (bj_engine_footprint(&config) + 63) / 64 * 64);
    engine = bj_engine_new(engine_mem, &config);
    assert(engine);
    for (instrument.token = 101; instrument.token <= 102; instrument.token++)
        apply(instrument);
    for (account.account_id = 1; account.account_id <= 4; account.account_id++)
        apply(account);
}

static void phase(bj_instrument_state_t state) {
    apply((bj_cmd_t){.type = BJ_CMD_PHASE, .time_ns = bed.now.wall_ns,
                     .body.phase = {.phase = (uint8_t)state}});
    pump();
}

static bj_nnf_msg_t sign_on(int32_t user) {
    return member_sign_on(&box, user, "Secret1", 'T');
}

static void start_with(bj_nnf_segment_t segment, bj_nnf_cipher_t cipher, bool volume_is_total) {
    bj_nnf_settings_t settings = bj_nnf_settings_usual;
    settings.volume_is_total = volume_is_total;
    fo = segment == BJ_NNF_FO;
    bed_open_with(&bed, segment, cipher, &settings);
    applied_cnt = 0;
    engine_new();
    phase(BJ_STATE_OPEN);
    BJ_CHECK(member_box(&box, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(sign_on(501).error == 0 && sign_on(502).error == 0);
}

static void start(bj_nnf_segment_t segment, bj_nnf_cipher_t cipher) {
    start_with(segment, cipher, true);
}

static void finish(void) {
    BJ_CHECK(bj_engine_broken(engine) == NULL);
    member_drop(&box);
    bj_nnf_server_free(bed.server);
    free(engine_mem);
}

static bj_nnf_msg_t order(int32_t user, int64_t side, int64_t qty, int64_t price_paise) {
    bj_nnf_msg_t msg = member_order(&box, side, qty, price_paise);
    msg.user_id = msg.trader_id = user;
    return msg;
}

static bj_nnf_msg_t change(int32_t user, const bj_nnf_msg_t *confirmed, int64_t code) {
    bj_nnf_msg_t msg = member_change(&box, confirmed, code);
    msg.user_id = msg.trader_id = user;
    return msg;
}

static bj_nnf_msg_t say(const bj_nnf_msg_t *msg) {
    member_say(&box, msg);
    pump();
    return member_hear(&box);
}

/* --- a day --- */
static void test_trade(void) {
    bj_nnf_msg_t sell = order(501, BJ_NNF_SELL, 100, 10000), buy, got;
    got = say(&sell);
    BJ_CHECK(got.code == BJ_NNF_CONFIRM_TR && got.error == 0 && box.got_seq == box.seq);
    BJ_CHECK(got.order_number == 1100000000000001 && got.left_qty == 100 && got.side == 2);
    BJ_CHECK(got.client_ref == 4711 && !strcmp(got.pan, "ABCDE1234F") && got.user_id == 501);
    BJ_CHECK(!strcmp(got.settlor, "PARTICIPANT1") && got.nnf_id == 111111111111100);
    BJ_CHECK(!strcmp(got.account, "CLIENT1") && got.branch_id == 3 && got.activity_ref > 0);
    BJ_CHECK(!strcmp(got.symbol, "DEMO") && (fo ? got.token == 101 : !strcmp(got.series, "EQ")));
    BJ_CHECK(got.entry_s == bj_nnf_seconds(bed.events[bed.event_cnt - 1].time_ns));

    buy = order(502, BJ_NNF_BUY, 60, 10000);
    buy.client_ref = 99;
    got = say(&buy);
    BJ_CHECK(got.code == BJ_NNF_CONFIRM_TR && got.user_id == 502 && got.client_ref == 99);
    bj_nnf_msg_t rest = got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_TRADE_TR && got.user_id == 501 && got.fill_qty == 60);
    BJ_CHECK(got.fill_price_paise == 10000 && got.left_qty == 40 && got.filled_qty == 60);
    BJ_CHECK(got.order_number == 1100000000000001 && got.fill_number == 1 && box.got_seq == 0);
    BJ_CHECK(got.qty == 100 && got.time_exch_ns > 0 && !strcmp(got.pan, "ABCDE1234F"));
    got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_TRADE_TR && got.user_id == 502 && got.left_qty == 0);
    BJ_CHECK(got.fill_number == 1 && box.got_seq == box.seq);
    BJ_CHECK(member_hear(&box).code == 0);
    bj_nnf_msg_t ask = change(501, &rest, BJ_NNF_CANCEL_TR); /* a fill's reference is the latest */
    BJ_CHECK(say(&ask).code == BJ_NNF_CANCELLED_TR);
}

static void test_modify_cancel(void) {
    bj_nnf_msg_t sell = order(501, BJ_NNF_SELL, 50, 10100), first, got, ask;
    bj_nnf_msg_t modify_no = {.code = fo ? BJ_NNF_MODIFY_REJECT : BJ_NNF_MODIFY_REJECT_TR};
    bj_nnf_msg_t cancel_no = {.code = fo ? BJ_NNF_CANCEL_REJECT : BJ_NNF_CANCEL_REJECT_TR};
    first = say(&sell);
    ask = change(501, &first, BJ_NNF_MODIFY_TR);
    ask.price_paise = 10105, ask.qty = ask.disclosed_qty = 70;
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_MODIFIED_TR && got.price_paise == 10105 && got.qty == 70);
    BJ_CHECK(got.left_qty == 70 && got.activity_ref > first.activity_ref && got.error == 0);
    BJ_CHECK(got.entry_s == first.entry_s && (got.flags1 & (fo ? 0x10 : 0x20))); /* modified */
    bj_nnf_msg_t now = got;

    got = say(&ask); /* what it knows is old */
    BJ_CHECK(got.code == modify_no.code && got.error == 16343);
    ask = change(501, &now, BJ_NNF_MODIFY_TR);
    got = say(&ask); /* nothing would change: the engine's word */
    BJ_CHECK(got.code == modify_no.code && got.error == 16346 && box.got_seq == box.seq);
    BJ_CHECK(got.activity_ref == now.activity_ref); /* so the order can still be got at */
    ask.side = BJ_NNF_BUY, ask.price_paise = 10110;
    BJ_CHECK(say(&ask).error == 16346);
    ask = change(502, &now, BJ_NNF_CANCEL_TR);
    got = say(&ask);
    BJ_CHECK(got.code == cancel_no.code && got.error == 16014);
    ask = change(501, &now, BJ_NNF_CANCEL_TR);
    ask.order_number = 1100000000000777;
    BJ_CHECK(say(&ask).error == 509);
    ask.order_number = 5;
    BJ_CHECK(say(&ask).error == 509);

    ask = change(501, &now, BJ_NNF_CANCEL_TR);
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_CANCELLED_TR && got.error == 0 && got.left_qty == 0);
    BJ_CHECK(got.mod_cxl_by == 'T' && got.price_paise == 10105);
    ask.activity_ref = got.activity_ref;
    got = say(&ask);
    BJ_CHECK(got.code == cancel_no.code && got.error == 16344);
}

/* What the engine refuses, in NSE's words. */
static void test_engine_refusals(void) {
    static const struct { int64_t qty, price; int32_t cm, fo; } cases[] = {
        {10, 10001, 16283, 16283}, {10, 8000, 16284, 16284},  {10, 12000, 16284, 16284},
        {2000, 10000, 16307, 16606},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_nnf_msg_t ask = order(501, BJ_NNF_BUY, cases[i].qty, cases[i].price);
        bj_nnf_msg_t got = say(&ask);
        BJ_CHECK(got.code == (fo ? BJ_NNF_REJECT : BJ_NNF_REJECT_TR));
        BJ_CHECK(got.error == (fo ? cases[i].fo : cases[i].cm) && box.got_seq == box.seq);
        BJ_CHECK(got.qty == cases[i].qty && got.price_paise == cases[i].price);
        BJ_CHECK(!strcmp(got.pan, "ABCDE1234F") && got.order_number > 0);
    }
    phase(BJ_STATE_CLOSED);
    bj_nnf_msg_t ask = order(501, BJ_NNF_BUY, 10, 10000);
    BJ_CHECK(say(&ask).error == 16278);
    ask = (bj_nnf_msg_t){.code = BJ_NNF_INFO_ASK, .user_id = 501};
    bj_nnf_msg_t got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_INFO && got.market0 == BJ_NNF_IS_CLOSED && got.alpha0 == 1);
    phase(BJ_STATE_OPEN);
    BJ_CHECK(say(&ask).market0 == BJ_NNF_IS_OPEN);
}

static void test_ioc(void) {
    bj_nnf_msg_t ask = order(501, BJ_NNF_BUY, 10, 9500), got;
    bj_nnf_flags_set(bed.config.segment, &ask, 1u << BJ_NNF_IOC);
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_CONFIRM_TR && (got.flags0 & (fo ? 0x02 : 0x04)));
    got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_CANCELLED_TR && got.error == 16388 && got.mod_cxl_by == 'C');
}

/* A stop goes in by the full form, and all of its life is told in it. */
static void test_stop(void) {
    bj_nnf_msg_t stop = order(501, BJ_NNF_BUY, 20, 10300), got, buy, sell;
    stop.code = BJ_NNF_ORDER, stop.book = BJ_NNF_BOOK_STOP, stop.trigger_paise = 10250;
    snprintf(stop.remarks, sizeof stop.remarks, "MY STOP");
    bj_nnf_flags_set(bed.config.segment, &stop, 1u << BJ_NNF_DAY | 1u << BJ_NNF_STOP);
    bj_nnf_msg_t waits = say(&stop);
    BJ_CHECK(waits.code == BJ_NNF_CONFIRM && waits.book == 3 && waits.trigger_paise == 10250);
    BJ_CHECK((waits.flags0 & 0x20) && !strcmp(waits.remarks, "MY STOP") && waits.jiffies > 0);

    bj_nnf_msg_t ask = change(501, &waits, BJ_NNF_MODIFY); /* a full modification */
    ask.book = 3, ask.trigger_paise = 10200, ask.flags0 = stop.flags0, ask.flags1 = stop.flags1;
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_MODIFIED && got.trigger_paise == 10200 && got.error == 0);

    sell = order(502, BJ_NNF_SELL, 5, 10200), buy = order(501, BJ_NNF_BUY, 5, 10200);
    BJ_CHECK(say(&sell).code == BJ_NNF_CONFIRM_TR);
    BJ_CHECK(say(&buy).code == BJ_NNF_CONFIRM_TR);
    BJ_CHECK(member_hear(&box).code == BJ_NNF_TRADE_TR);
    BJ_CHECK(member_hear(&box).code == BJ_NNF_TRADE_TR);
    got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_TRIGGERED && got.order_number == waits.order_number);
    sell = order(502, BJ_NNF_SELL, 5, 10300);
    BJ_CHECK(say(&sell).code == BJ_NNF_CONFIRM_TR);
    got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_TRADE && got.fill_qty == 5 && got.left_qty == 15);
    bj_nnf_msg_t traded = got;
    got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_TRADE_TR && got.user_id == 502);
    ask = change(501, &traded, BJ_NNF_CANCEL);
    ask.side = BJ_NNF_BUY;
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_CANCELLED && got.filled_qty == 5 && got.book == 1);
}

static void test_price_modify(void) {
    bj_nnf_msg_t ask = order(501, BJ_NNF_SELL, 30, 10500), got, first = say(&ask);
    ask = (bj_nnf_msg_t){.code = BJ_NNF_PRICE_MODIFY, .user_id = 501, .trader_id = 501,
                         .token = 101, .order_number = first.order_number, .side = BJ_NNF_SELL,
                         .price_paise = 10505, .qty = 30, .activity_ref = first.activity_ref};
    ask.qty = 29; /* not the latest */
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_MODIFY_REJECT && got.error == 16346);
    ask.qty = 30;
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_MODIFIED_TR && got.price_paise == 10505 && got.qty == 30);
}

static void test_kill(void) {
    bj_nnf_msg_t ask, got;
    for (int i = 0; i < 3; i++) {
        ask = order(501, BJ_NNF_BUY, 10, 9100 + 5 * i);
        BJ_CHECK(say(&ask).code == BJ_NNF_CONFIRM_TR);
    }
    ask = order(501, 0, 0, 0);
    ask.code = BJ_NNF_KILL, ask.token = -1, ask.symbol[0] = '\0', ask.trader_id = 502;
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_REJECT && got.error == 16684);
    ask.trader_id = 501;
    got = say(&ask);
    unsigned cancels = 0;
    for (; got.code == BJ_NNF_CANCELLED_TR; got = member_hear(&box))
        cancels += got.error == 0;
    BJ_CHECK(cancels >= 3);
    BJ_CHECK(got.code == (fo ? 0 : BJ_NNF_KILL_DONE));
    if (!fo) BJ_CHECK(box.got_seq == box.seq);
}

/* Managers: the branch's own dealers, or everybody of the broker's. */
static unsigned cancels_heard(bj_nnf_msg_t *last) {
    unsigned cancels = 0;
    for (*last = member_hear(&box); last->code; *last = member_hear(&box)) {
        if (last->code == BJ_NNF_CANCELLED_TR) {
            BJ_CHECK(box.got_seq == 0);
            cancels++;
        }
        if (last->code == BJ_NNF_KILL_DONE && box.got_seq) return cancels;
    }
    return cancels;
}

static void test_manager_kill(void) {
    static const struct {
        int32_t manager, trader, error;
        unsigned first, second; /* of the two users' orders: how many go */
    } cases[] = {
        {505, 502, 0, 0, 1},     {506, 501, 0, 1, 0}, {506, 502, 16684, 0, 0},
        {506, 0, 16684, 0, 0},   {505, 504, 16684, 0, 0}, {505, 999, 16042, 0, 0},
        {501, 502, 16684, 0, 0}, {505, 0, 0, 1, 1},
    };
    BJ_CHECK(sign_on(505).error == 0 && sign_on(506).error == 0);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        unsigned live = bj_engine_stats(engine).live_orders;
        bj_nnf_msg_t first = order(501, BJ_NNF_BUY, 10, 9110), got;
        bj_nnf_msg_t second = order(502, BJ_NNF_BUY, 10, 9115);
        BJ_CHECK(say(&first).code == BJ_NNF_CONFIRM_TR && say(&second).code == BJ_NNF_CONFIRM_TR);
        bj_nnf_msg_t ask = order(cases[i].manager, 0, 0, 0);
        ask.code = BJ_NNF_KILL, ask.token = -1, ask.symbol[0] = '\0';
        ask.trader_id = cases[i].trader;
        member_say(&box, &ask);
        uint32_t asked = box.seq;
        pump();
        unsigned gone = 0;
        if (cases[i].error) {
            got = member_hear(&box);
            BJ_CHECK(got.code == BJ_NNF_REJECT && got.error == cases[i].error);
        } else {
            gone = cancels_heard(&got);
            if (!fo) BJ_CHECK(got.code == BJ_NNF_KILL_DONE && box.got_seq == asked);
            if (!fo) BJ_CHECK(got.trader_id == cases[i].trader && got.user_id >= 505);
        }
        BJ_CHECK(gone == cases[i].first + cases[i].second);
        BJ_CHECK(bj_engine_stats(engine).live_orders == live + 2 - gone);
        while (member_hear(&box).code) /* what CM's dealers hear of it */
            continue;
        ask.user_id = 505, ask.trader_id = 0;
        member_say(&box, &ask), pump();
        while (member_hear(&box).code)
            continue;
        BJ_CHECK(bj_engine_stats(engine).live_orders == 0);
    }
}

/* --- the connection is lost with an order on its way --- */
static bj_nnf_msg_t found[64];
static size_t found_cnt;

static void found_note(const bj_nnf_msg_t *inner) {
    size_t i = 0;
    /* The stop as it was at first, though it has been changed and has woken since. */
    if (inner->code == BJ_NNF_CONFIRM && inner->trigger_paise == 10250)
        BJ_CHECK(inner->book == 3 && (inner->flags0 & 0x20) && !(inner->flags1 & 0x30));
    bool refused = inner->code == BJ_NNF_MODIFY_REJECT || inner->code == BJ_NNF_CANCEL_REJECT;
    if (!inner->order_number || refused) return; /* the order is as it was */
    while (i < found_cnt && found[i].order_number != inner->order_number)
        i++;
    if (i == found_cnt) found_cnt++;
    assert(found_cnt <= BJ_COUNT(found));
    found[i] = *inner;
}

/* The day as the download tells it: the last word on each order. */
static void day_download(int32_t user) {
    bj_nnf_msg_t ask = {.code = BJ_NNF_DOWNLOAD, .user_id = user, .alpha0 = 1}, got, inner;
    found_cnt = 0;
    member_say(&box, &ask);
    BJ_CHECK(member_hear(&box).code == BJ_NNF_DOWNLOAD_START);
    for (int turn = 0; turn < 10; turn++) {
        pump();
        while ((got = member_hear_record(&box, &inner)).code == BJ_NNF_DOWNLOAD_RECORD)
            found_note(&inner);
        if (got.code == BJ_NNF_DOWNLOAD_END) return;
    }
    BJ_CHECK(false); /* the download did not end */
}

static bool is_open(const bj_nnf_msg_t *msg) {
    return msg->left_qty > 0 && msg->code != BJ_NNF_CANCELLED && msg->code != BJ_NNF_REJECT;
}

static void test_lost(void) {
    bj_nnf_msg_t ask = order(501, BJ_NNF_BUY, 10, 9200), got;
    ask.client_ref = 777;
    member_say(&box, &ask); /* the order is there, its confirmation never arrives */
    member_drop(&box);
    pump();
    BJ_CHECK(member_box(&box, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(sign_on(502).error == 0);
    ask = order(502, BJ_NNF_SELL, 4, 9200); /* it trades while its user is away */
    bj_nnf_flags_set(bed.config.segment, &ask, 1u << BJ_NNF_IOC);
    BJ_CHECK(say(&ask).code == BJ_NNF_CONFIRM_TR && member_hear(&box).code == BJ_NNF_TRADE_TR);
    BJ_CHECK(member_hear(&box).code == 0);

    BJ_CHECK(sign_on(501).error == 0);
    day_download(501);
    const bj_nnf_msg_t *mine = NULL;
    size_t open = 0;
    for (size_t i = 0; i < found_cnt; i++) {
        open += is_open(&found[i]);
        if (is_open(&found[i]) && found[i].price_paise == 9200) mine = &found[i];
    }
    BJ_CHECK(mine && mine->left_qty == 6 && mine->filled_qty == 4 && mine->code == BJ_NNF_TRADE);
    BJ_CHECK(open == bj_engine_stats(engine).live_orders); /* no order is in doubt */
    if (!mine) return;
    ask = change(501, mine, BJ_NNF_CANCEL_TR);
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_CANCELLED_TR && got.client_ref == 777 && got.error == 0);
}

/* Cancel on logoff: the order's own flag in FO. */
static void test_logoff(void) {
    bj_nnf_msg_t ask = order(501, BJ_NNF_BUY, 10, 9300), keep = order(501, BJ_NNF_BUY, 10, 9305);
    ask.more_flags = BJ_NNF_MORE_COL;
    BJ_CHECK(say(&ask).error == 0 && say(&keep).error == 0);
    ask = (bj_nnf_msg_t){.code = BJ_NNF_SIGN_OFF, .user_id = 501};
    BJ_CHECK(say(&ask).code == BJ_NNF_SIGNED_OFF);
    pump();
    BJ_CHECK(bj_engine_stats(engine).live_orders == 1);
    BJ_CHECK(sign_on(501).error == 0);
    day_download(501);
    size_t open = 0;
    for (size_t i = 0; i < found_cnt; i++)
        open += is_open(&found[i]);
    BJ_CHECK(open == 1);
}

/* --- the whole again from the same commands and events --- */
static void test_again(void) {
    const char *error;
    static bj_nnf_msg_t before[64];
    size_t before_cnt;
    day_download(501);
    before_cnt = found_cnt;
    memcpy(before, found, sizeof before);
    member_drop(&box);
    pump();
    bj_nnf_server_free(bed.server);
    bed.server = bj_nnf_server_new(&bed.config, &error);
    for (size_t i = 0; i < bed.event_cnt; i++)
        bj_nnf_server_recover_event(bed.server, &bed.events[i]);
    for (uint16_t id = 21; id <= 22; id++)
        bj_nnf_server_recover_seq(bed.server, id, bj_engine_session_seq(engine, id));
    pump();
    BJ_CHECK(member_box(&box, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(sign_on(501).error == 0);
    day_download(501);
    BJ_CHECK(found_cnt == before_cnt && before_cnt > 5);
    for (size_t i = 0; i < found_cnt && i < before_cnt; i++) {
        BJ_CHECK(found[i].order_number == before[i].order_number);
        BJ_CHECK(found[i].activity_ref == before[i].activity_ref);
        BJ_CHECK(found[i].left_qty == before[i].left_qty && found[i].code == before[i].code);
        BJ_CHECK(found[i].price_paise == before[i].price_paise);
        BJ_CHECK(before[i].pan[0] && !found[i].pan[0]); /* known only to the request */
    }
    bj_nnf_msg_t ask = order(501, BJ_NNF_BUY, 10, 9400);
    BJ_CHECK(say(&ask).code == BJ_NNF_CONFIRM_TR); /* and goes on */
}

/* --- ends that nobody asked for --- */
static void test_self_trade(void) {
    bj_nnf_msg_t rests = order(501, BJ_NNF_SELL, 10, 10400);
    bj_nnf_msg_t comes = order(501, BJ_NNF_BUY, 10, 10400);
    rests = say(&rests);
    BJ_CHECK(rests.code == BJ_NNF_CONFIRM_TR);
    bj_nnf_msg_t got = say(&comes), ask;
    BJ_CHECK(got.code == BJ_NNF_CONFIRM_TR);
    bj_nnf_msg_t waits = got;
    got = member_hear(&box); /* by default what rests goes */
    BJ_CHECK(got.code == BJ_NNF_CANCELLED_TR && got.order_number == rests.order_number);
    BJ_CHECK(got.error == (fo ? 17071 : 17080) && got.mod_cxl_by == 'C' && box.got_seq == 0);
    ask = change(501, &waits, BJ_NNF_CANCEL_TR);
    BJ_CHECK(say(&ask).code == BJ_NNF_CANCELLED_TR);
    rests = order(501, BJ_NNF_SELL, 10, 10400);
    rests = say(&rests);
    comes = order(501, BJ_NNF_BUY, 10, 10400); /* and by the flag what comes */
    bj_nnf_flags_set(bed.config.segment, &comes, 1u << BJ_NNF_DAY | 1u << BJ_NNF_STPC);
    got = say(&comes);
    BJ_CHECK(got.code == BJ_NNF_CONFIRM_TR);
    bool stpc = fo ? got.more_flags & BJ_NNF_MORE_STPC : got.flags1 & 0x02;
    BJ_CHECK(stpc);
    int64_t number = got.order_number;
    got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_CANCELLED_TR && got.order_number == number);
    ask = change(501, &rests, BJ_NNF_CANCEL_TR);
    BJ_CHECK(say(&ask).code == BJ_NNF_CANCELLED_TR);
}

static void test_day_end(void) {
    bj_nnf_msg_t ask = order(501, BJ_NNF_BUY, 10, 9800), got;
    int64_t day_s = bj_nnf_from_day(bj_nnf_day(bj_nnf_seconds(bed.now.wall_ns)));
    bj_nnf_msg_t first = say(&ask);
    ask = order(501, BJ_NNF_BUY, 10, 9805); /* good till tomorrow */
    bj_nnf_flags_set(bed.config.segment, &ask, 0);
    ask.good_till_s = day_s + 86400;
    if (!fo) ask.code = BJ_NNF_ORDER; /* CM's trimmed answer has no such field */
    bj_nnf_msg_t stays = say(&ask);
    BJ_CHECK(stays.error == 0 && stays.good_till_s == day_s + 86400);
    phase(BJ_STATE_CLOSED);
    apply((bj_cmd_t){.type = BJ_CMD_DAY_END, .time_ns = bed.now.wall_ns,
                     .body.day.day = (uint32_t)bj_nnf_day(day_s)});
    pump();
    bool ended = false;
    while ((got = member_hear(&box)).code) {
        BJ_CHECK(got.code == BJ_NNF_BATCH_CANCEL && got.order_number != stays.order_number);
        BJ_CHECK(got.error == 16388 && got.mod_cxl_by == 'C' && got.left_qty == 0);
        ended = ended || got.order_number == first.order_number;
    }
    BJ_CHECK(ended && bj_engine_stats(engine).live_orders == 1);
}

/* Where a modification's quantity is what shall be open. */
static void test_open_volume(bj_nnf_segment_t segment) {
    start_with(segment, BJ_NNF_TAG, false);
    bj_nnf_msg_t ask = order(501, BJ_NNF_SELL, 100, 10000), got;
    BJ_CHECK(say(&ask).code == BJ_NNF_CONFIRM_TR);
    ask = order(502, BJ_NNF_BUY, 60, 10000);
    BJ_CHECK(say(&ask).code == BJ_NNF_CONFIRM_TR);
    got = member_hear(&box);
    BJ_CHECK(got.code == BJ_NNF_TRADE_TR && got.left_qty == 40);
    BJ_CHECK(member_hear(&box).code == BJ_NNF_TRADE_TR);
    ask = change(501, &got, BJ_NNF_MODIFY_TR);
    ask.qty = ask.disclosed_qty = 50;
    got = say(&ask);
    BJ_CHECK(got.code == BJ_NNF_MODIFIED_TR && got.left_qty == 50 && got.qty == 110);
    finish();
}

static void a_day(bj_nnf_segment_t segment, bj_nnf_cipher_t cipher) {
    unsigned fails = bj_fail_cnt;
    start(segment, cipher);
    test_trade();
    test_modify_cancel();
    test_engine_refusals();
    test_ioc();
    test_self_trade();
    test_stop();
    if (fo) test_price_modify();
    test_kill();
    test_manager_kill();
    test_lost();
    if (fo) test_logoff();
    test_again();
    test_day_end();
    finish();
    if (bj_fail_cnt != fails) fprintf(stderr, "  segment %d, cipher %d\n", segment, cipher);
}

int main(void) {
    a_day(BJ_NNF_CM, BJ_NNF_STREAM);
    a_day(BJ_NNF_CM, BJ_NNF_TAG);
    a_day(BJ_NNF_FO, BJ_NNF_STREAM);
    a_day(BJ_NNF_FO, BJ_NNF_TAG);
    test_open_volume(BJ_NNF_CM);
    test_open_volume(BJ_NNF_FO);
    return bj_test_end("test_bj_nnf_engine");
}
