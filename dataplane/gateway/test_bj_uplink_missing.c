/* Goal: an order whose trades the exchange does not tell stays open in the engine, with its
 * quantity in the limits, through cancels, its end there and a restart; each request of it has one
 * answer; on a later day it ends.  The exchange says what the test wants; the engine is real. */
#include "dataplane/engine/bj_engine.h"
#include "dataplane/gateway/bj_uplink.h"
#include "dataplane/nnf/test_nnf_orders.h"

enum { DESK = 3, CMDS_MAX = 64, QTY = 100 };

static bj_uplink_t *uplink;
static bj_engine_t *engine;
static void *engine_mem;
static bj_cmd_t journal[CMDS_MAX];
static bj_event_t events[CMDS_MAX * 2];
static size_t cmd_cnt, event_cnt, taken_cnt;
static uint64_t desk_seq;

static const bj_engine_config_t shape = {.instrument_max = 4, .account_max = 4, .order_max = 16,
                                         .venue = true};

static void apply(bj_cmd_t cmd) {
    size_t cnt;
    cmd.seq = 0;
    if (!cmd.time_ns) cmd.time_ns = ex.now.wall_ns;
    const bj_event_t *made = bj_engine_apply(engine, &cmd, &cnt);
    assert(made && cmd_cnt < CMDS_MAX && event_cnt + cnt <= BJ_COUNT(events));
    journal[cmd_cnt++] = cmd;
    memcpy(&events[event_cnt], made, cnt * sizeof *made);
    event_cnt += cnt;
}

static bj_status_t on_command(void *ctx, const bj_cmd_t *cmd) {
    (void)ctx;
    apply(*cmd);
    return BJ_OK;
}
static const bj_uplink_ops_t uplink_ops = {on_command};

static void step(void) {
    while (taken_cnt < event_cnt && bj_uplink_event(uplink, &events[taken_cnt], ex.now))
        taken_cnt++;
    (void)bj_uplink_client(uplink, ex.now);
    ex_time(&ex, 1);
}

static void make(void) {
    const char *error;
    engine_mem = aligned_alloc(64, (bj_engine_footprint(&shape) + 63) / 64 * 64);
    engine = bj_engine_new(engine_mem, &shape);
    uplink = bj_uplink_new(&ex.config, &uplink_ops, NULL, &error);
    assert(engine && uplink);
    ex.client = bj_uplink_client(uplink, ex.now);
}

static void drop(void) {
    bj_uplink_free(uplink);
    free(engine_mem);
}

static void begin(void) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    cmd_cnt = event_cnt = taken_cnt = 0, desk_seq = 0;
    make();
    apply((bj_cmd_t){.type = BJ_CMD_INSTRUMENT, .token = 101,
                     .body.instrument = {.symbol = "DEMO", .tick_paise = 5, .lot_qty = 1,
                                         .band_lo_paise = 9000, .band_hi_paise = 11000,
                                         .prev_close_paise = 10000, .freeze_qty = 1000}});
    apply((bj_cmd_t){.type = BJ_CMD_ACCOUNT, .account_id = 1,
                     .body.account = {.order_value_max_paise = INT64_MAX / 4,
                                      .open_value_max_paise = INT64_MAX / 4,
                                      .position_max_qty = 150, .open_orders_max = 10}});
    apply((bj_cmd_t){.type = BJ_CMD_PHASE, .body.phase = {.phase = BJ_STATE_OPEN}});
    BJ_CHECK(bj_uplink_start(uplink, ex.now) == BJ_OK);
    ex_ready(&ex);
}

static void end_all(void) {
    BJ_CHECK(bj_engine_broken(engine) == NULL);
    drop();
    ex.client = NULL;
    ex_end(&ex);
}

/* The process dies; all of its journal is there. */
static void restart(void) {
    size_t cnt = cmd_cnt;
    drop();
    make();
    cmd_cnt = event_cnt = 0;
    while (cmd_cnt < cnt) {
        size_t before = event_cnt;
        const bj_cmd_t cmd = journal[cmd_cnt];
        apply(cmd);
        BJ_CHECK(bj_uplink_recover(uplink, &cmd, &events[before], event_cnt - before) == BJ_OK);
    }
    taken_cnt = event_cnt;
    BJ_CHECK(bj_uplink_start(uplink, ex.now) == BJ_OK);
}

/* --- the desk */
static uint64_t desk(bj_cmd_t cmd) {
    cmd.session_id = DESK, cmd.account_id = 1, cmd.session_seq = ++desk_seq;
    if (cmd.type == BJ_CMD_NEW) cmd.client_order_id = desk_seq;
    apply(cmd);
    step();
    return desk_seq;
}

static uint64_t desk_buy(int32_t qty) {
    return desk((bj_cmd_t){.type = BJ_CMD_NEW, .token = 101, .side = BJ_BUY, .qty = qty,
                           .price_paise = 10000, .order_type = BJ_LIMIT, .tif = BJ_DAY});
}

/* Of the only answer; 0: there is none, or more than one. */
static uint16_t answered(uint64_t seq, uint16_t *reason) {
    uint16_t type = 0, cnt = 0;
    for (size_t i = 0; i < event_cnt; i++) {
        if (events[i].session_id != DESK || events[i].session_seq != seq) continue;
        type = events[i].type, *reason = events[i].reason, cnt++;
    }
    return cnt == 1 ? type : 0;
}

static bool was_refused(uint64_t seq, uint16_t type, uint16_t reason) {
    uint16_t said = 0;
    return answered(seq, &said) == type && said == reason;
}

/* What the engine has of order 1: open, and what it knows of its trades. */
static bool is_open(int32_t cum_qty) {
    bj_engine_pending_t pending;
    int32_t known_qty = 0;
    for (size_t i = 0; i < event_cnt; i++) {
        if (events[i].type == BJ_EV_TRADE) known_qty = events[i].cum_qty;
        if (events[i].type == BJ_EV_CANCELLED) return false;
    }
    return known_qty == cum_qty && bj_engine_pending(engine, 1, &pending) && !pending.asked &&
           !pending.cancel;
}

/* --- the exchange */
static bj_nnf_msg_t reply, first, third; /* the second trade is never told */

/* 100 bought: 30 are told, 20 are not, then 10 are. */
static void missing(void) {
    begin();
    (void)desk_buy(QTY);
    bj_nnf_msg_t asked = ex_hear(&ex);
    reply = ex_reply(&asked, BJ_NNF_CONFIRM_TR, 11, 50);
    first = ex_trade(&reply, 30, 30, 51);
    third = ex_trade(&reply, 10, 60, 53);
    ex_say(&ex, &reply);
    ex_say_seq(&ex, 0, &first);
    BJ_CHECK(is_open(30));
    ex_say_seq(&ex, 0, &third);
    BJ_CHECK(bj_nnf_client_finished(ex.client));
    ex_drop(&ex);
}

static void downloads(const bj_nnf_msg_t *msgs, size_t cnt) {
    for (size_t i = 0; i < cnt; i++) {
        bj_nnf_msg_t msg = msgs[i];
        if (msg.code == BJ_NNF_TRADE_TR) msg.code = BJ_NNF_TRADE;
        if (msg.code == BJ_NNF_CONFIRM_TR) msg.code = BJ_NNF_CONFIRM;
        ex_say_record(&ex, BJ_NNF_DOWNLOAD_RECORD, &msg);
    }
}

static void lists(void) {
    bj_nnf_msg_t open = ex_reply(&reply, BJ_NNF_CONFIRM, 11, 53);
    open.filled_qty = 60, open.left_qty = 40;
    ex_say_record(&ex, BJ_NNF_LOCAL_RECORD, &open);
}

/* The client asks all anew, as what it got explains too little. */
static void anew(bool listed, const bj_nnf_msg_t *msgs, size_t cnt) {
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_LOCAL_ASK);
    if (listed) lists();
    ex_say_code(&ex, BJ_NNF_LOCAL_END);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_DOWNLOAD);
    downloads(msgs, cnt);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
}

static void sign_on_whole(void) {
    bj_nnf_msg_t told[] = {reply, first, third};
    ex_sign_on(&ex);
    lists();
    downloads(told, 3);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
}

/* Its limit is 150: 100 of the order count whatever became of them. */
static void counts_whole(void) {
    BJ_CHECK(was_refused(desk_buy(51), BJ_EV_REJECTED, BJ_REJ_POSITION));
}

static void test_stays_open(void) {
    missing();
    sign_on_whole();
    BJ_CHECK(is_open(30) && counted()->unexplained == 1);
    counts_whole();
    uint64_t cancel = desk((bj_cmd_t){.type = BJ_CMD_CANCEL, .order_id = 1});
    bj_nnf_msg_t asked = ex_hear(&ex);
    BJ_CHECK(asked.code == BJ_NNF_CANCEL_TR && asked.filled_qty == 60);
    bj_nnf_msg_t gone = ex_reply(&reply, BJ_NNF_CANCELLED_TR, 11, 54);
    gone.filled_qty = 60;
    ex_say(&ex, &gone);
    BJ_CHECK(was_refused(cancel, BJ_EV_REQUEST_REJECTED, BJ_REJ_ORDER_UNKNOWN) && is_open(30));
    cancel = desk((bj_cmd_t){.type = BJ_CMD_CANCEL, .order_id = 1});
    BJ_CHECK(was_refused(cancel, BJ_EV_REQUEST_REJECTED, BJ_REJ_ORDER_UNKNOWN) && is_open(30));
    counts_whole();
    BJ_CHECK(counted()->unexplained == 1);
    end_all();
}

/* A change of it is known here and there; all that follows trades it whole. */
static void test_changed(void) {
    missing();
    sign_on_whole();
    uint64_t modify = desk((bj_cmd_t){.type = BJ_CMD_MODIFY, .order_id = 1, .qty = 90,
                                      .price_paise = 10000});
    bj_nnf_msg_t asked = ex_hear(&ex);
    bj_nnf_msg_t changed = ex_reply(&asked, BJ_NNF_MODIFIED_TR, 11, 54);
    changed.left_qty = 30;
    ex_say(&ex, &changed);
    BJ_CHECK(was_refused(modify, BJ_EV_MODIFIED, BJ_OK) && is_open(30));
    modify = desk((bj_cmd_t){.type = BJ_CMD_MODIFY, .order_id = 1, .qty = 95,
                             .price_paise = 10000});
    bj_nnf_msg_t last_one = ex_trade(&changed, 30, 90, 55);
    ex_say_seq(&ex, 0, &last_one);
    BJ_CHECK(was_refused(modify, BJ_EV_REQUEST_REJECTED, BJ_REJ_ORDER_UNKNOWN) && is_open(30));
    end_all();
}

/* A restart asks all again, and says it again; what the exchange then tells is taken. */
static void test_restart(bool told_now) {
    missing();
    bj_nnf_msg_t second = ex_trade(&reply, 20, 50, 52);
    bj_nnf_msg_t told[] = {reply, first, third}, all[] = {reply, first, second, third};
    sign_on_whole();
    restart();
    ex_sign_on(&ex);
    lists();
    ex_downloaded(&ex);
    anew(true, told_now ? all : told, told_now ? 4 : 3);
    BJ_CHECK(counted()->unexplained == !told_now && is_open(told_now ? 60 : 30));
    counts_whole();
    end_all();
}

/* Gone without a word: open for the day, and as no download tells of it on the next, ended. */
static void test_gone(void) {
    missing();
    ex_sign_on(&ex);
    bj_nnf_msg_t told[] = {reply, first};
    downloads(told, 2);
    ex_downloaded(&ex);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
    BJ_CHECK(counted()->unexplained == 1 && is_open(30));
    counts_whole();
    restart();
    ex_sign_on(&ex);
    ex_downloaded(&ex);
    anew(false, told, 2);
    BJ_CHECK(counted()->unexplained == 1 && is_open(30));
    ex.now.wall_ns += 86400 * BJ_NS_PER_S;
    restart();
    ex_sign_on(&ex);
    ex_downloaded(&ex);
    anew(false, NULL, 0);
    BJ_CHECK(counted()->unexplained == 1 && !is_open(30));
    const bj_event_t *ended = &events[event_cnt - 1];
    BJ_CHECK(ended->type == BJ_EV_CANCELLED && ended->reason == BJ_END_HALT);
    BJ_CHECK(ended->cum_qty == 30);
    end_all();
}

/* --- an operator ends it */
static void release(void) {
    apply((bj_cmd_t){.type = BJ_CMD_RELEASE, .session_id = 1, .order_id = 1, .session_seq = 1});
    step();
}

static bool has_ended(void) {
    const bj_event_t *last = &events[event_cnt - 1];
    bj_engine_pending_t pending;
    return last->type == BJ_EV_CANCELLED && last->reason == BJ_END_HALT && last->cum_qty == 30 &&
           !last->leaves_qty && !bj_engine_pending(engine, 1, &pending);
}

/* Only what is missing, and not while it is open there; then the limits are free, and so they are
 * after a restart, when what trades of it after all is in no position. */
static void test_released(void) {
    begin();
    (void)desk_buy(QTY);
    bj_nnf_msg_t asked = ex_hear(&ex);
    reply = ex_reply(&asked, BJ_NNF_CONFIRM_TR, 11, 50);
    ex_say(&ex, &reply);
    release();
    BJ_CHECK(is_open(0));
    end_all();
    missing();
    sign_on_whole();
    release();
    BJ_CHECK(is_open(30)); /* it is open at the exchange */
    (void)desk((bj_cmd_t){.type = BJ_CMD_CANCEL, .order_id = 1});
    (void)ex_hear(&ex);
    bj_nnf_msg_t gone = ex_reply(&reply, BJ_NNF_CANCELLED_TR, 11, 54);
    gone.filled_qty = 60;
    ex_say(&ex, &gone);
    BJ_CHECK(is_open(30));
    counts_whole();
    release();
    BJ_CHECK(has_ended());
    uint16_t said;
    BJ_CHECK(answered(desk_buy(51), &said) == 0); /* on its way */
    (void)ex_hear(&ex);
    release();
    BJ_CHECK(events[event_cnt - 1].type == BJ_EV_REQUEST_REJECTED);
    uint64_t before = bj_engine_hash(engine);
    restart();
    BJ_CHECK(bj_engine_hash(engine) == before);
    bj_nnf_msg_t second = ex_trade(&reply, 20, 50, 55);
    bj_nnf_msg_t told[] = {reply, first, second};
    ex_sign_on(&ex);
    downloads(told, 3);
    ex_downloaded(&ex);
    BJ_CHECK(bj_uplink_strays(uplink).fills == 1 && bj_uplink_strays(uplink).fill_qty == 20);
    end_all();
}

int main(void) {
    test_released();
    test_stays_open();
    test_changed();
    test_restart(false);
    test_restart(true);
    test_gone();
    return bj_test_end("test_bj_uplink_missing");
}
