#include "dataplane/nnf/test_nnf_orders.h"

/* --- the way in --- */
static void test_sign_on(bj_nnf_cipher_t cipher) {
    const char *ip;
    uint16_t port;
    ex_config(&ex, BJ_NNF_FO, cipher);
    ex.streams = 2;
    ex_new(&ex);
    ex_time(&ex, 1);
    BJ_CHECK(bj_nnf_client_want(ex.client, &ip, &port) == BJ_NNF_WANT_ROUTER && port == 9601);
    ex_route(&ex);
    BJ_CHECK(bj_nnf_client_want(ex.client, &ip, &port) == BJ_NNF_WANT_BOX && port == 9602 &&
             !strcmp(ip, "10.0.0.2"));
    bj_nnf_msg_t msg = ex_hear(&ex);
    BJ_CHECK(msg.code == BJ_NNF_BOX_SIGN_ON && !memcmp(msg.session_key, "session", 8));
    BJ_CHECK(msg.box_id == 7 && !strcmp(msg.broker_id, "12345"));
    ex_say_code(&ex, BJ_NNF_BOX_SIGNED_ON);
    msg = ex_hear(&ex);
    BJ_CHECK(msg.code == BJ_NNF_SIGN_ON && !strcmp(msg.password, "Secret1"));
    BJ_CHECK(msg.sign_user_id == 501 && msg.user_id == 501 && msg.show_index == 'T');
    ex_say_code(&ex, BJ_NNF_SIGNED_ON);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_INFO_ASK);
    ex_say_code(&ex, BJ_NNF_INFO);
    msg = ex_hear(&ex);
    BJ_CHECK(msg.code == BJ_NNF_LOCAL_ASK && msg.open_orders == 'Y');
    ex_say_code(&ex, BJ_NNF_LOCAL_START);
    ex_say_code(&ex, BJ_NNF_LOCAL_END);
    for (int64_t stream = 1; stream <= 2; stream++) {
        msg = ex_hear(&ex);
        BJ_CHECK(msg.code == BJ_NNF_DOWNLOAD && msg.alpha0 == stream);
        BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_DOWNLOADS);
        ex_downloaded(&ex);
    }
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY && counted()->sign_ons == 1);
    BJ_CHECK(ex_hear(&ex).code == 0 && counted()->unknown == 0);
    ex_end(&ex);
}

static void refuse_user(int32_t error) {
    ex_route(&ex);
    (void)ex_hear(&ex);
    ex_say_code(&ex, BJ_NNF_BOX_SIGNED_ON);
    (void)ex_hear(&ex);
    bj_nnf_msg_t no = {.code = BJ_NNF_SIGNED_ON, .error = error};
    no.form_bytes = bj_nnf_layout(BJ_NNF_CM, BJ_NNF_ERROR, 0)->bytes;
    ex_say(&ex, &no);
    BJ_CHECK(bj_nnf_client_finished(ex.client) && bj_nnf_client_error(ex.client) == error);
    ex_drop(&ex);
}

static void test_refused(void) {
    const char *ip;
    uint16_t port;
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_STREAM);
    ex_new(&ex);
    ex_time(&ex, 1);
    refuse_user(BJ_NNF_E_SIGNED_ON); /* the last connection lingers: tried again */
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_AWAY);
    ex_time(&ex, 499 * BJ_NS_PER_MS);
    BJ_CHECK(bj_nnf_client_want(ex.client, &ip, &port) == BJ_NNF_WANT_NONE);
    ex_time(&ex, BJ_NS_PER_MS);
    BJ_CHECK(bj_nnf_client_want(ex.client, &ip, &port) == BJ_NNF_WANT_ROUTER);
    refuse_user(BJ_NNF_E_RATE); /* it counts what came over the last one: so too */
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_AWAY);
    ex_time(&ex, BJ_NS_PER_S);
    refuse_user(BJ_NNF_E_SIGN_ON); /* a wrong password is not */
    ex_time(&ex, 3600 * BJ_NS_PER_S);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_STOPPED && counted()->refused == 3);
    BJ_CHECK(bj_nnf_client_want(ex.client, &ip, &port) == BJ_NNF_WANT_NONE);
    bj_nnf_client_start(ex.client, ex.now);
    ex_ready(&ex);
    BJ_CHECK(bj_nnf_client_error(ex.client) == 0);
    ex_end(&ex);
}

static void test_silence(void) {
    open_ready(BJ_NNF_CM);
    ex_time(&ex, 29 * BJ_NS_PER_S);
    BJ_CHECK(ex_hear(&ex).code == 0);
    ex_time(&ex, BJ_NS_PER_S);
    BJ_CHECK(ex_hear(&ex).code == BJ_NNF_HEARTBEAT && ex_hear(&ex).code == 0);
    ex_say_code(&ex, BJ_NNF_HEARTBEAT);
    ex_time(&ex, 60 * BJ_NS_PER_S);
    BJ_CHECK(!bj_nnf_client_finished(ex.client));
    ex_time(&ex, 1);
    BJ_CHECK(bj_nnf_client_finished(ex.client) && counted()->silent == 1);
    ex_drop(&ex);
    ex_time(&ex, BJ_NS_PER_S);
    ex_connect(&ex); /* nobody answers the query */
    ex_time(&ex, 10 * BJ_NS_PER_S + 1);
    BJ_CHECK(bj_nnf_client_finished(ex.client) && counted()->silent == 2);
    ex_end(&ex);
}

/* --- what is asked --- */
static void test_requests(bj_nnf_segment_t segment) {
    uint32_t flags;
    open_ready(segment);
    bj_cmd_t cmd = limit(0x123456789a);
    cmd.disclosed_qty = 10, cmd.flags = BJ_FLAG_STP_ACTIVE | BJ_FLAG_CANCEL_ON_DISCONNECT;
    bj_nnf_msg_t msg = ask(cmd);
    BJ_CHECK(msg.code == BJ_NNF_ORDER_TR && msg.qty == 100 && msg.disclosed_qty == 10);
    BJ_CHECK(msg.price_paise == 10000 && msg.side == BJ_NNF_BUY && msg.book == 1);
    BJ_CHECK(bj_nnf_flags_get(segment, &msg, &flags) &&
             flags == (1u << BJ_NNF_DAY | 1u << BJ_NNF_STPC));
    BJ_CHECK(msg.client_ref == 0x3456789a && !strcmp(msg.account, "CLIENT1"));
    BJ_CHECK(msg.nnf_id == 222222222222200 && msg.algo_id == 7 && !strcmp(msg.pan, "ABCDE1234F"));
    BJ_CHECK(msg.trader_id == 501 && msg.branch_id == 3 && !strcmp(msg.settlor, "PARTICIPANT1"));
    BJ_CHECK(segment == BJ_NNF_FO ? msg.token == 101 && msg.open_close == 'O' &&
                                        (msg.more_flags & BJ_NNF_MORE_COL)
                                  : !strcmp(msg.series, "EQ"));
    cmd = limit(5);
    cmd.account_id = 2, cmd.order_type = BJ_SL_M, cmd.price_paise = 0, cmd.tif = BJ_IOC;
    cmd.trigger_price_paise = 10100;
    msg = ask(cmd);
    BJ_CHECK(msg.code == BJ_NNF_ORDER && msg.trigger_paise == 10100 && msg.price_paise == 0);
    BJ_CHECK(!strcmp(msg.remarks, "BJ0000000000000005") && msg.book == BJ_NNF_BOOK_STOP);
    BJ_CHECK(bj_nnf_flags_get(segment, &msg, &flags) &&
             flags == (1u << BJ_NNF_IOC | 1u << BJ_NNF_STOP));
    BJ_CHECK(!strcmp(msg.account, "12345") && msg.pro_client == BJ_NNF_PRO);
    cmd = limit(6);
    cmd.tif = BJ_GTD, cmd.body.expiry_day = 20500;
    msg = ask(cmd);
    BJ_CHECK(msg.code == BJ_NNF_ORDER && bj_nnf_day(msg.good_till_s) == 20500);
    ex_end(&ex);
}

static void test_changes(bj_nnf_segment_t segment) {
    open_ready(segment);
    bj_nnf_msg_t reply = confirmed(1, 1100000000000009, 50);
    BJ_CHECK(last()->kind == BJ_NNF_ACCEPTED && last()->number == 1100000000000009);
    BJ_CHECK(last()->order_id == 1 && last()->asked && last()->place == 50);
    reply = ex_trade(&reply, 30, 30, 51);
    ex_say_seq(&ex, 0, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_FILLED && last()->fill_qty == 30 && last()->leaves_qty == 70);
    BJ_CHECK(last()->fill_price_paise == 9995 && last()->cum_qty == 30 && !last()->asked);
    bj_nnf_msg_t msg = ask(change(BJ_CMD_MODIFY, 1));
    BJ_CHECK(msg.code == BJ_NNF_MODIFY_TR && msg.activity_ref == 51 && msg.qty == 120);
    BJ_CHECK(msg.order_number == 1100000000000009 && msg.filled_qty == 30 && msg.left_qty == 70);
    reply = ex_reply(&msg, BJ_NNF_MODIFIED_TR, msg.order_number, 52);
    reply.left_qty = 90;
    ex_say(&ex, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_CHANGED_TERMS && last()->asked && last()->qty == 120);
    for (int again = 0; again < 2; again++)
        ex_say_seq(&ex, 0, &reply);
    BJ_CHECK(ex.answer_cnt == 3 && counted()->repeats == 2);
    msg = ask(change(BJ_CMD_CANCEL, 1));
    BJ_CHECK(msg.code == BJ_NNF_CANCEL_TR && msg.activity_ref == 52 && msg.price_paise == 10005);
    reply = ex_reply(&msg, BJ_NNF_CANCELLED_TR, msg.order_number, 53);
    ex_say(&ex, &reply);
    BJ_CHECK(last()->kind == BJ_NNF_ENDED && last()->asked && last()->leaves_qty == 0);
    BJ_CHECK(last()->reason == BJ_END_USER && ex.answer_cnt == 4 && counted()->repeats == 2);
    for (int again = 0; again < 2; again++) /* a repeat of it changes nothing */
        ex_say(&ex, &reply);
    BJ_CHECK(ex.answer_cnt == 4 && counted()->repeats == 4);
    ex_end(&ex);
}

/* X: what is wrong with a command, and what is said. */
typedef struct wrong {
    bj_status_t status;
    bj_cmd_t cmd;
} wrong_t;
#define LIMIT .type = BJ_CMD_NEW, .account_id = 1, .token = 101, .side = BJ_BUY, .tif = BJ_DAY
static const wrong_t wrongs[] = {
    {BJ_REJ_FIELD, {LIMIT, .qty = 1, .price_paise = 1, .order_type = BJ_LIMIT}}, /* no order_id */
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .price_paise = 1, .order_type = BJ_LIMIT}},
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .qty = 1, .order_type = BJ_LIMIT}},
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .qty = 1, .price_paise = -5, .order_type = BJ_LIMIT}},
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .qty = 1, .price_paise = 1, .order_type = BJ_MARKET}},
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .qty = 1, .price_paise = 1, .order_type = BJ_SL}},
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .qty = 1, .price_paise = 1, .order_type = 5}},
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .qty = 1, .price_paise = 1, .order_type = BJ_LIMIT,
                    .disclosed_qty = 2}},
    {BJ_REJ_FIELD, {LIMIT, .order_id = 9, .qty = 1, .price_paise = 1, .order_type = BJ_LIMIT,
                    .trigger_price_paise = 1}},
    {BJ_REJ_FIELD, {.type = BJ_CMD_NEW, .account_id = 1, .token = 101, .side = 'X', .tif = BJ_DAY,
                    .order_id = 9, .qty = 1, .price_paise = 1, .order_type = BJ_LIMIT}},
    {BJ_REJ_FIELD, {.type = BJ_CMD_KILL, .order_id = 1}},
    {BJ_REJ_INSTRUMENT_UNKNOWN, {.type = BJ_CMD_NEW, .account_id = 1, .token = 7, .side = BJ_BUY,
                                 .tif = BJ_DAY, .order_id = 9, .qty = 1, .price_paise = 1,
                                 .order_type = BJ_LIMIT}},
    {BJ_REJ_ACCOUNT_UNKNOWN, {.type = BJ_CMD_NEW, .account_id = 3, .token = 101, .side = BJ_BUY,
                              .tif = BJ_DAY, .order_id = 9, .qty = 1, .price_paise = 1,
                              .order_type = BJ_LIMIT}},
    {BJ_ERR_EXISTS, {LIMIT, .order_id = 1, .qty = 1, .price_paise = 1, .order_type = BJ_LIMIT}},
    {BJ_ERR_EXISTS, {.type = BJ_CMD_MODIFY, .order_id = 2, .qty = 5, .price_paise = 5}},
    {BJ_REJ_ORDER_UNKNOWN, {.type = BJ_CMD_MODIFY, .order_id = 3, .qty = 5, .price_paise = 5}},
    {BJ_REJ_ORDER_UNKNOWN, {.type = BJ_CMD_CANCEL, .order_id = 4}},
    {BJ_REJ_FIELD, {.type = BJ_CMD_MODIFY, .order_id = 1, .qty = 0, .price_paise = 5}},
    {BJ_REJ_FIELD, {.type = BJ_CMD_MODIFY, .order_id = 1, .qty = 5, .price_paise = 0}},
};

/* 1 is open, 2 has a modification on its way, 3 is not confirmed, 4 is nobody. */
static void test_order_refusals(void) {
    open_ready(BJ_NNF_CM);
    (void)confirmed(1, 11, 50);
    (void)confirmed(2, 12, 51);
    (void)ask(change(BJ_CMD_MODIFY, 2));
    (void)ask(limit(3));
    for (size_t i = 0; i < BJ_COUNT(wrongs); i++) {
        bj_status_t got = bj_nnf_client_order(ex.client, &wrongs[i].cmd);
        if (got != wrongs[i].status) fprintf(stderr, "row %zu: %s\n", i, bj_status_name(got));
        BJ_CHECK(got == wrongs[i].status);
    }
    ex_time(&ex, 1);
    BJ_CHECK(ex_hear(&ex).code == 0 && ex.answer_cnt == 2);
    bj_cmd_t cmd = limit(100);
    for (; bj_nnf_client_order(ex.client, &cmd) == BJ_OK; cmd.order_id++) {
    }
    BJ_CHECK(cmd.order_id == 161); /* 64 in all */
    BJ_CHECK(bj_nnf_client_order(ex.client, &cmd) == BJ_REJ_ENGINE_FULL);
    ex_end(&ex);
}

static void test_rate(void) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_STREAM);
    ex.config.settings.rate_per_s = 30, ex.config.settings.burst_per_100ms = 10;
    ex_new(&ex);
    ex_ready(&ex);
    int64_t sent_ns[64];
    int sent = 0;
    for (uint64_t id = 1; id <= 64; id++) {
        bj_cmd_t cmd = limit(id);
        BJ_CHECK(bj_nnf_client_order(ex.client, &cmd) == BJ_OK);
    }
    for (int i = 0; i < 500 && sent < 64; i++) {
        ex_time(&ex, 10 * BJ_NS_PER_MS);
        while (ex_hear(&ex).code)
            sent_ns[sent++] = ex.now.mono_ns;
    }
    BJ_CHECK(sent == 64);
    for (int i = 0; i < 64; i++) {
        if (i >= 10) BJ_CHECK(sent_ns[i] - sent_ns[i - 10] >= 100 * BJ_NS_PER_MS);
        if (i >= 30) BJ_CHECK(sent_ns[i] - sent_ns[i - 30] >= BJ_NS_PER_S);
    }
    BJ_CHECK(sent_ns[63] - sent_ns[0] <= 2300 * BJ_NS_PER_MS); /* and no slower than it may */
    ex_end(&ex);
}

/* --- what is answered --- */
static void test_refusals(bj_nnf_segment_t segment) {
    bool fo = segment == BJ_NNF_FO;
    open_ready(segment);
    bj_nnf_msg_t asked = ask(limit(1));
    bj_nnf_msg_t no = ex_reply(&asked, fo ? BJ_NNF_REJECT : BJ_NNF_REJECT_TR, 0, 50);
    no.error = 16283;
    ex_say(&ex, &no); /* FO's form has no reference: found by the packet's number */
    BJ_CHECK(last()->kind == BJ_NNF_REJECTED && last()->order_id == 1 && last()->asked);
    BJ_CHECK(last()->reason == BJ_REJ_TICK && last()->error == 16283 && last()->place == 0);
    asked = ask(limit(2));
    no = (bj_nnf_msg_t){.code = BJ_NNF_BAD_LENGTH, .error = BJ_NNF_E_LENGTH, .text = "no"};
    ex_say(&ex, &no);
    BJ_CHECK(last()->kind == BJ_NNF_REJECTED && last()->order_id == 2);
    bj_nnf_msg_t reply = confirmed(3, 11, 51);
    asked = ask(change(BJ_CMD_MODIFY, 3));
    no = ex_reply(&asked, fo ? BJ_NNF_MODIFY_REJECT : BJ_NNF_MODIFY_REJECT_TR, 11, 51);
    no.error = BJ_NNF_E_CANNOT_MODIFY;
    ex_say_seq(&ex, ex.got_seq - 1, &no); /* of another packet: not this request's */
    BJ_CHECK(last()->kind == BJ_NNF_ACCEPTED);
    ex_say(&ex, &no);
    BJ_CHECK(last()->kind == BJ_NNF_MODIFY_REFUSED && last()->price_paise == 10000);
    (void)reply;
    BJ_CHECK(ex.answer_cnt == 4 && bj_nnf_client_pending(ex.client) == 0);
    ex_end(&ex);
}

static void test_cancel_waits(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t asked = ask(limit(1));
    bj_cmd_t cancel = change(BJ_CMD_CANCEL, 1);
    BJ_CHECK(bj_nnf_client_order(ex.client, &cancel) == BJ_OK);
    ex_time(&ex, 1);
    BJ_CHECK(ex_hear(&ex).code == 0);
    bj_nnf_msg_t reply = ex_reply(&asked, BJ_NNF_CONFIRM_TR, 11, 50);
    ex_say(&ex, &reply);
    ex_time(&ex, 1);
    bj_nnf_msg_t sent = ex_hear(&ex);
    BJ_CHECK(sent.code == BJ_NNF_CANCEL_TR && sent.activity_ref == 50);
    bj_nnf_msg_t no = ex_reply(&sent, BJ_NNF_CANCEL_REJECT_TR, 11, 50);
    no.error = BJ_NNF_E_STALE; /* it crossed a fill: asked again when that is heard of */
    ex_say(&ex, &no);
    ex_time(&ex, 1);
    BJ_CHECK(ex_hear(&ex).code == 0 && last()->kind == BJ_NNF_ACCEPTED);
    reply = ex_trade(&reply, 30, 30, 51);
    ex_say_seq(&ex, 0, &reply);
    ex_time(&ex, 1);
    sent = ex_hear(&ex);
    BJ_CHECK(sent.code == BJ_NNF_CANCEL_TR && sent.activity_ref == 51 && sent.filled_qty == 30);
    ex_end(&ex);
}

static void test_back_side_full(void) {
    open_ready(BJ_NNF_CM);
    bj_nnf_msg_t asked = ask(limit(1));
    bj_nnf_msg_t reply = ex_reply(&asked, BJ_NNF_CONFIRM_TR, 11, 50);
    ex.full = true;
    ex_say(&ex, &reply);
    bj_nnf_msg_t trade = ex_trade(&reply, 100, 100, 51);
    ex_say_seq(&ex, 0, &trade);
    ex_time(&ex, 1);
    BJ_CHECK(ex.answer_cnt == 0 && counted()->held > 0);
    ex.full = false;
    ex_time(&ex, 1);
    BJ_CHECK(ex.answer_cnt == 2 && ex.answers[0].kind == BJ_NNF_ACCEPTED);
    BJ_CHECK(last()->kind == BJ_NNF_FILLED && last()->leaves_qty == 0);
    ex_end(&ex);
}

/* Every message of the protocol, cut short anywhere: none is taken for an answer. */
static void test_truncated(bj_nnf_segment_t segment) {
    size_t cnt, cuts = 0;
    const bj_nnf_layout_t *layouts = bj_nnf_layouts(&cnt);
    open_ready(segment);
    bj_nnf_msg_t reply = confirmed(1, 11, 50);
    for (size_t i = 0; i < cnt; i++) {
        uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
        bj_nnf_msg_t msg = ex_reply(&reply, layouts[i].code, 11, 60);
        msg.form_bytes = layouts[i].bytes, msg.error = 0;
        if (layouts[i].segment != segment) continue;
        size_t n = bj_nnf_encode(segment, &msg, wire, sizeof wire);
        BJ_CHECK(n == layouts[i].bytes);
        for (size_t k = 2; k < n; k++) {
            if (bj_nnf_layout(segment, layouts[i].code, k)) continue; /* another form's length */
            ex_say_bytes(&ex, 0, wire, k);
            cuts++;
        }
    }
    BJ_CHECK(ex.answer_cnt == 1 && counted()->unknown == cuts && cuts > 5000);
    BJ_CHECK(bj_nnf_client_state(ex.client) == BJ_NNF_READY);
    ex_end(&ex);
}

/* --- configuration --- */
static void wrong_config(const bj_nnf_client_config_t *config, const char *text) {
    const char *error = NULL;
    bj_nnf_client_t *client = bj_nnf_client_new(config, &error);
    BJ_CHECK(!client && error && strstr(error, text));
    bj_nnf_client_free(client);
}

#define WRONG(text, change)                        \
    do {                                           \
        bj_nnf_client_config_t config = ex.config; \
        change;                                    \
        wrong_config(&config, text);               \
    } while (0)

static void others_set(bj_nnf_client_config_t *config, const char *account) {
    config->others.pro_client = BJ_NNF_CLIENT;
    memcpy(config->others.account, account, strlen(account) + 1);
}

static void test_config(void) {
    static const bj_nnf_party_t nobody[] = {{.account_id = 0, .pro_client = 1}};
    static const bj_nnf_party_t twice[] = {{.account_id = 1, .pro_client = 1},
                                           {.account_id = 1, .pro_client = 2}};
    static const bj_nnf_party_t neither[] = {{.account_id = 1}};
    static const bj_nnf_instrument_t tokens[] = {{.token = 5}, {.token = 5}};
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_STREAM);
    WRONG("segment", config.segment = BJ_NNF_SEGMENT_CNT);
    WRONG("iv_bytes", config.iv_bytes = 13);
    WRONG("box_id", config.box_id = 0);
    WRONG("user_id", config.user_id = 0);
    WRONG("broker_id", config.broker_id[0] = '\0');
    WRONG("password", config.password[0] = '\0');
    WRONG("router", config.router_port = 0);
    WRONG("order_max", config.order_max = 0);
    WRONG("party", config.party_cnt = 0);
    WRONG("account_id must", (config.parties = nobody, config.party_cnt = 1));
    WRONG("there twice", (config.parties = twice, config.party_cnt = 2));
    WRONG("others", others_set(&config, "CLIENT"));
    WRONG("others", (others_set(&config, "C##"), config.others.pro_client = 3));
    WRONG("pro_client", (config.parties = neither, config.party_cnt = 1));
    WRONG("token is there twice", (config.instruments = tokens, config.instrument_cnt = 2));
    WRONG("rate_per_s", config.settings.rate_per_s = 0);
    WRONG("burst", config.settings.burst_per_100ms = 91);
    WRONG("heartbeat", config.settings.heartbeat_ns = 0);
    WRONG("answer wait", config.settings.answer_wait_ns = 0);
    WRONG("settle", config.settings.settle_ns = 0);
    WRONG("retry", config.settings.retry_max_ns = 1);
    for (int i = 0; i < BJ_NNF_CLIENT_STATE_CNT; i++)
        BJ_CHECK(bj_nnf_client_state_text((bj_nnf_client_state_t)i)[0]);
}

/* Accounts that nobody listed: by a pattern, both ways. */
static void test_others(void) {
    ex_config(&ex, BJ_NNF_CM, BJ_NNF_TAG);
    ex.config.party_cnt = 1;
    ex.config.others = (bj_nnf_party_t){.account = "C####X", .pan = "PAN_EXEMPT",
                                        .pro_client = BJ_NNF_CLIENT, .nnf_id = 333333333333300};
    ex_new(&ex);
    ex_ready(&ex);
    bj_cmd_t cmd = limit(1);
    cmd.account_id = 77;
    bj_nnf_msg_t sent = ask(cmd);
    BJ_CHECK(strcmp(sent.account, "C0077X") == 0 && sent.nnf_id == INT64_C(333333333333300));
    BJ_CHECK(sent.pro_client == BJ_NNF_CLIENT && strcmp(sent.pan, "PAN_EXEMPT") == 0);
    cmd = limit(2), cmd.account_id = 2;
    BJ_CHECK(strcmp(ask(cmd).account, "12345") == 0); /* this one is listed */
    cmd = limit(3), cmd.account_id = 12345;
    BJ_CHECK(bj_nnf_client_order(ex.client, &cmd) == BJ_REJ_ACCOUNT_UNKNOWN);
    static const struct {
        const char *account;
        uint32_t id;
    } names[] = {{"C0123X", 123}, {"C0123", 2}, {"D0123X", 2}, {"C01a3X", 2}, {"C0000X", 2}};
    for (size_t i = 0; i < BJ_COUNT(names); i++) { /* 2: nobody's, so the first one's */
        bj_nnf_msg_t other = ex_reply(&sent, BJ_NNF_CONFIRM_TR, 20 + (int64_t)i, 50 + (int64_t)i);
        other.client_ref = 900;
        memset(other.account, 0, sizeof other.account);
        memcpy(other.account, names[i].account, strlen(names[i].account));
        ex_say_seq(&ex, 0, &other);
        BJ_CHECK(last()->kind == BJ_NNF_FOREIGN && last()->account_id == names[i].id);
    }
    ex_end(&ex);
}

int main(void) {
    test_sign_on(BJ_NNF_STREAM);
    test_sign_on(BJ_NNF_TAG);
    test_refused();
    test_silence();
    for (bj_nnf_segment_t segment = BJ_NNF_CM; segment <= BJ_NNF_FO; segment++) {
        test_requests(segment);
        test_changes(segment);
        test_refusals(segment);
        test_truncated(segment);
    }
    test_order_refusals();
    test_rate();
    test_cancel_waits();
    test_back_side_full();
    test_config();
    test_others();
    return bj_test_end("test_bj_nnf_client");
}
