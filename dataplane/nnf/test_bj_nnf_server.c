/* The server's sessions with a back end that the test plays itself: who gets in, what is refused
 * and how, rates, heartbeats.  What it remembers is in test_bj_nnf_server_day.c; orders that trade
 * are in dataplane/gateway/test_bj_nnf_engine.c. */
#include "dataplane/nnf/test_nnf_server.h"

static member_t two;

/* --- who gets in --- */
static void test_boxes(void) {
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
    bj_nnf_msg_t got = member_box(&one, &bed, 77, "12345");
    BJ_CHECK(got.code == BJ_NNF_ROUTED && got.error == BJ_NNF_E_BOX && got.port == 0);
    got = member_box(&one, &bed, 7, "99999"); /* not that broker's */
    BJ_CHECK(got.code == BJ_NNF_ROUTED && got.error == BJ_NNF_E_BOX);

    member_connect(&one, &bed, BJ_NNF_PORT_BOX); /* no keys were handed out */
    bj_nnf_msg_t ask = {.code = BJ_NNF_BOX_REGISTER, .box_id = 7};
    member_say(&one, &ask);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_BOX_OFF && got.error != 0);
    BJ_CHECK(bj_nnf_server_finished(bed.server, one.conn, bed.now));
    member_drop(&one);

    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(bj_nnf_server_counters(bed.server)->boxes == 1);
    /* A second connection of the same box takes over; the first is told. */
    BJ_CHECK(member_box(&two, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_BOX_OFF && got.error == BJ_NNF_E_SIGNED_ON && got.box_id == 7);
    BJ_CHECK(bj_nnf_server_counters(bed.server)->boxes == 1);
    member_drop(&one);
    member_drop(&two);
    bj_nnf_server_free(bed.server);
}

/* A box with an address gets keys there and nowhere else, and must use them from there. */
static void test_box_address(void) {
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
    BJ_CHECK(member_box(&one, &bed, 10, "12345").error == BJ_NNF_E_IP); /* it is not said */
    bed.ip = "10.1.2.33";
    bj_nnf_msg_t got = member_box(&one, &bed, 10, "12345"), zero = {0};
    BJ_CHECK(got.code == BJ_NNF_ROUTED && got.error == BJ_NNF_E_IP);
    BJ_CHECK(!memcmp(got.crypto_key, zero.crypto_key, sizeof zero.crypto_key));
    bed.ip = "10.1.2.3";
    BJ_CHECK(member_box(&one, &bed, 10, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    member_drop(&one);
    bj_nnf_server_free(bed.server);
}

/* Who only connects takes no room from boxes, and is gone after a while. */
static void test_strangers(void) {
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    uint32_t conn[BJ_NNF_STRANGERS_MAX];
    for (size_t i = 0; i < BJ_COUNT(conn); i++) {
        bj_nnf_port_t port = i % 2 ? BJ_NNF_PORT_BOX : BJ_NNF_PORT_ROUTER;
        conn[i] = bj_nnf_server_connect(bed.server, port, bed.now);
        BJ_CHECK(conn[i] != BJ_NNF_NONE);
    }
    BJ_CHECK(bj_nnf_server_connect(bed.server, BJ_NNF_PORT_BOX, bed.now) == BJ_NNF_NONE);
    BJ_CHECK(bj_nnf_server_counters(bed.server)->refused == 1);
    bed_time(&bed, 9 * BJ_NS_PER_S);
    BJ_CHECK(!bj_nnf_server_finished(bed.server, conn[0], bed.now));
    bed_time(&bed, 2 * BJ_NS_PER_S);
    for (size_t i = 0; i < BJ_COUNT(conn); i++) {
        BJ_CHECK(bj_nnf_server_finished(bed.server, conn[i], bed.now));
        bj_nnf_server_disconnect(bed.server, conn[i], bed.now);
    }
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == 0); /* the box is still there */
    BJ_CHECK(bj_nnf_server_counters(bed.server)->connections == 1);
    finish();
}

static void test_box_with_old_keys(void) {
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_TAG);
    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    member_drop(&one);
    member_connect(&one, &bed, BJ_NNF_PORT_BOX); /* keys are good for one connection */
    bj_nnf_msg_t ask = {.code = BJ_NNF_BOX_REGISTER, .box_id = 7};
    member_say(&one, &ask);
    BJ_CHECK(member_hear(&one).code == BJ_NNF_BOX_OFF);
    member_drop(&one);
    bj_nnf_server_free(bed.server);
}

static void test_sign_on_refusals(void) {
    static const struct {
        int32_t user;
        const char *password, *broker, *new_password;
        int32_t error;
    } cases[] = {
        {501, "secret1", "12345", "", BJ_NNF_E_SIGN_ON},
        {999, "Secret1", "12345", "", BJ_NNF_E_SIGN_ON},
        {503, "Secret1", "12345", "", BJ_NNF_E_DISABLED},
        {501, "Secret1", "54321", "", BJ_NNF_E_MEMBER},
        {504, "Secret1", "99999", "", BJ_NNF_E_BOX},
        {501, "Secret1", "12345", "NEW", BJ_NNF_E_AUTHORITY},
    };
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        bj_nnf_msg_t ask = {.code = BJ_NNF_SIGN_ON, .user_id = cases[i].user,
                            .sign_user_id = cases[i].user, .show_index = 'T'};
        snprintf(ask.password, sizeof ask.password, "%s", cases[i].password);
        snprintf(ask.new_password, sizeof ask.new_password, "%s", cases[i].new_password);
        snprintf(ask.broker_id, sizeof ask.broker_id, "%s", cases[i].broker);
        member_say(&one, &ask);
        bj_nnf_msg_t got = member_hear(&one);
        BJ_CHECK(got.code == BJ_NNF_SIGNED_ON && got.error == cases[i].error);
        BJ_CHECK(got.form_bytes == 180 && got.text[0]); /* the error's form says it in words */
    }
    BJ_CHECK(bj_nnf_server_counters(bed.server)->users == 0);
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == 0);
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == BJ_NNF_E_SIGNED_ON);
    BJ_CHECK(member_box(&two, &bed, 8, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    BJ_CHECK(member_sign_on(&two, 501, "Secret1", 'T').error == BJ_NNF_E_BOX); /* box 7 only */
    BJ_CHECK(member_sign_on(&two, 502, "Secret1", 'T').error == 0);
    member_drop(&two);
    finish();
}

/* Guessing ends after five; a minute later it may be tried again. */
static void test_guessing(void) {
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
    BJ_CHECK(member_box(&one, &bed, 7, "12345").code == BJ_NNF_BOX_SIGNED_ON);
    for (int i = 0; i < 5; i++)
        BJ_CHECK(member_sign_on(&one, 501, "guess", 'T').error == BJ_NNF_E_SIGN_ON);
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == BJ_NNF_E_DISABLED);
    bed_time(&bed, 55 * BJ_NS_PER_S);
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == BJ_NNF_E_DISABLED);
    bed_time(&bed, 6 * BJ_NS_PER_S);
    BJ_CHECK(member_sign_on(&one, 501, "Secret1", 'T').error == 0);
    finish();
}

/* --- what is wrong with an order is said by NSE's code, and nothing is handed on --- */
#define F(name, value) offsetof(bj_nnf_msg_t, name), (value)
static void test_order_refusals(void) {
    static const struct { size_t at; int64_t value; int32_t cm, fo; } cases[] = {
        {F(trader_id, 502), 16001, 16001}, {F(side, 3), 16405, 16405},
        {F(qty, 0), 16556, 16556},         {F(qty, -5), 16556, 16556},
        {F(disclosed_qty, -1), 16400, 16400}, {F(price_paise, -5), 16247, 16247},
        {F(book, 2), 16422, 16406},        {F(book, 3), 16422, 16406},
        {F(pro_client, 0), 16411, 16414},  {F(pro_client, 2), 16411, 16414},
        {F(flags0, 0), 16414, 16415},      {F(good_till_s, 1500000000), 16414, 16415},
        {F(algo_id, -1), 17179, 17179},    {F(expiry_s, 1), 0, 16012},
        {F(token, 102), 0, 16012},         {F(user_id, 502), 16683, 16683},
        {F(user_id, 900), 16042, 16042},
    };
    for (int segment = 0; segment < BJ_NNF_SEGMENT_CNT; segment++) {
        start((bj_nnf_segment_t)segment, BJ_NNF_STREAM);
        for (size_t i = 0; i < BJ_COUNT(cases); i++) {
            int32_t want = segment == BJ_NNF_CM ? cases[i].cm : cases[i].fo;
            bj_nnf_msg_t order = member_order(&one, BJ_NNF_BUY, 100, 10000);
            memcpy((uint8_t *)&order + cases[i].at, &cases[i].value, sizeof cases[i].value);
            if (!want) continue;
            bed.cmd_cnt = 0;
            member_say(&one, &order);
            bj_nnf_msg_t got = member_hear(&one);
            BJ_CHECK(got.error == want);
            if (got.error != want) fprintf(stderr, "  case %zu: %d\n", i, (int)got.error);
            BJ_CHECK(got.code == (segment == BJ_NNF_CM ? BJ_NNF_REJECT_TR : BJ_NNF_REJECT));
            BJ_CHECK(one.got_seq == one.seq && bed.cmd_cnt == 0 && got.order_number == 0);
            BJ_CHECK(got.client_ref == (segment == BJ_NNF_CM ? 4711 : 0) && got.qty == order.qty);
        }
        BJ_CHECK(bj_nnf_server_counters(bed.server)->rejected > 10);
        finish();
    }
}

static void test_text_refusals(void) {
    start(BJ_NNF_CM, BJ_NNF_STREAM);
    static const struct {
        const char *pan, *broker, *symbol, *series, *account;
        int32_t error;
    } c[] = {
        {"ABCDE1234F", "12345", "DEMO", "EQ", "CLIENT1", 0},
        {"PAN_EXEMPT", "12345", "DEMO", "EQ", "CLIENT1", 0},
        {"", "12345", "DEMO", "EQ", "CLIENT1", 17177},
        {"ABCDE12345", "12345", "DEMO", "EQ", "CLIENT1", 17177},
        {"abcde1234f", "12345", "DEMO", "EQ", "CLIENT1", 17177},
        {"ABCDE1234F", "99999", "DEMO", "EQ", "CLIENT1", 16041},
        {"ABCDE1234F", "12345", "DEMO", "XX", "CLIENT1", 16012},
        {"ABCDE1234F", "12345", "", "", "CLIENT1", 16012},
        {"ABCDE1234F", "12345", "DEMO", "EQ", "CLIENT2", 16411},
    };
    for (size_t i = 0; i < BJ_COUNT(c); i++) {
        bj_nnf_msg_t order = member_order(&one, BJ_NNF_SELL, 10, 500);
        snprintf(order.pan, sizeof order.pan, "%s", c[i].pan);
        snprintf(order.broker_id, sizeof order.broker_id, "%s", c[i].broker);
        snprintf(order.symbol, sizeof order.symbol, "%s", c[i].symbol);
        snprintf(order.series, sizeof order.series, "%s", c[i].series);
        snprintf(order.account, sizeof order.account, "%s", c[i].account);
        bed.cmd_cnt = 0;
        member_say(&one, &order);
        bj_nnf_msg_t got = member_hear(&one);
        BJ_CHECK(got.error == c[i].error && bed.cmd_cnt == (c[i].error == 0));
    }
    finish();
}

/* --- messages that are none --- */
static void test_bad_messages(void) {
    uint8_t msg[200] = {0x4e, 0x20}; /* 20000 of a wrong length */
    start(BJ_NNF_CM, BJ_NNF_STREAM);
    member_raw(&one, msg, 135);
    bj_nnf_msg_t got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_BAD_LENGTH && got.error == BJ_NNF_E_LENGTH);
    msg[1] = 0x21; /* no such code */
    member_raw(&one, msg, 40);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_ERROR && got.error == BJ_NNF_E_CODE);
    bj_nnf_msg_t order = member_order(&one, BJ_NNF_BUY, 1, 100);
    BJ_CHECK(bj_nnf_encode(BJ_NNF_CM, &order, msg, sizeof msg) == 136);
    msg[120] = 1; /* reserved */
    member_raw(&one, msg, 136);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_REJECT_TR && got.error == BJ_NNF_E_RESERVED);
    BJ_CHECK(bed.cmd_cnt == 0);

    uint8_t wire[BJ_NNF_PACKET_MAX_BYTES];
    size_t n = bj_nnf_pack(&one.out, 1, msg, 136, wire, sizeof wire);
    wire[8] ^= 1; /* the MD5 */
    BJ_CHECK(bj_nnf_server_input(bed.server, one.conn, wire, n, bed.now) == n);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_BOX_OFF && got.error == BJ_NNF_E_DIGEST && got.box_id == 7);
    BJ_CHECK(bj_nnf_server_finished(bed.server, one.conn, bed.now));
    finish();
}

/* --- rates --- */
static void test_rate(void) {
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
    BJ_CHECK(member_box(&one, &bed, 8, "12345").code == BJ_NNF_BOX_SIGNED_ON); /* 10 a second */
    bj_nnf_msg_t ask = {.code = BJ_NNF_SIGN_ON, .user_id = 502, .sign_user_id = 502,
                        .broker_id = "12345", .password = "Secret1"}, got;
    member_say(&one, &ask);
    BJ_CHECK(member_hear(&one).error == 0);
    ask = (bj_nnf_msg_t){.code = BJ_NNF_INFO_ASK, .user_id = 502};
    for (int i = 1; i < 10; i++) { /* the sign-on was the first of the ten */
        member_say(&one, &ask);
        BJ_CHECK(member_hear(&one).error == 0);
    }
    member_say(&one, &ask);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_INFO && got.error == BJ_NNF_E_RATE);
    bed_time(&bed, BJ_NS_PER_S);
    member_say(&one, &ask);
    BJ_CHECK(member_hear(&one).error == 0);
    for (int i = 0; i < 10; i++) /* the eleventh is refused, the twelfth is too much */
        member_say(&one, &ask);
    for (int i = 0; i < 10; i++)
        got = member_hear(&one);
    BJ_CHECK(got.error == BJ_NNF_E_RATE);
    member_say(&one, &ask);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_BOX_OFF && got.error == BJ_NNF_E_RATE);
    BJ_CHECK(bj_nnf_server_counters(bed.server)->rate_cut == 1);
    finish();
}

/* --- heartbeats --- */
static void test_heartbeats(void) {
    bj_nnf_msg_t beat = {.code = BJ_NNF_HEARTBEAT}, got;
    start(BJ_NNF_FO, BJ_NNF_TAG);
    for (int i = 0; i < 5; i++) {
        bed_time(&bed, 30 * BJ_NS_PER_S);
        member_say(&one, &beat);
        BJ_CHECK(member_hear(&one).code == BJ_NNF_HEARTBEAT);
    }
    member_say(&one, &beat); /* one too many is not answered */
    BJ_CHECK(member_hear(&one).code == 0);
    for (int i = 0; i < 9; i++)
        member_say(&one, &beat);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_BOX_OFF && got.error == BJ_NNF_E_BEATS);
    BJ_CHECK(last_cmd()->type == BJ_CMD_DISCONNECT && last_cmd()->session_id == 21);
    finish();

    start(BJ_NNF_FO, BJ_NNF_TAG);
    bed_time(&bed, 60 * BJ_NS_PER_S);
    BJ_CHECK(member_hear(&one).code == 0); /* two are missing only now */
    bed_time(&bed, 1 * BJ_NS_PER_S);
    got = member_hear(&one);
    BJ_CHECK(got.code == BJ_NNF_BOX_OFF && got.error == BJ_NNF_E_SILENT);
    finish();
}

/* --- configurations that may not be --- */
static void test_config(void) {
    static const struct { size_t at; int64_t value; const char *error; } cases[] = {
        {offsetof(bj_nnf_config_t, cipher), BJ_NNF_CLEAR, "cipher must be stream or tag"},
        {offsetof(bj_nnf_config_t, order_max), 0, "order_max must be in [1, 2^24]"},
        {offsetof(bj_nnf_config_t, report_max), 0, "report_max must be above 0"},
        {offsetof(bj_nnf_config_t, user_cnt), 65, "at most 64 users"},
    };
    for (size_t i = 0; i < BJ_COUNT(cases); i++) {
        const char *error = NULL;
        bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
        bj_nnf_config_t config = bed.config;
        uint32_t value = (uint32_t)cases[i].value;
        memcpy((uint8_t *)&config + cases[i].at, &value, sizeof value);
        BJ_CHECK(!bj_nnf_server_new(&config, &error) && strcmp(error, cases[i].error) == 0);
        bj_nnf_server_free(bed.server);
    }
    const char *error = NULL;
    bed_open(&bed, BJ_NNF_CM, BJ_NNF_STREAM);
    bj_nnf_user_t twice[2] = {bed_users[0], bed_users[1]};
    twice[1].session_id = twice[0].session_id;
    bed.config.users = twice, bed.config.user_cnt = 2;
    BJ_CHECK(!bj_nnf_server_new(&bed.config, &error));
    BJ_CHECK(strcmp(error, "user: session_id is there twice") == 0);
    bj_nnf_server_free(bed.server);
}

int main(void) {
    test_boxes();
    test_box_address();
    test_strangers();
    test_box_with_old_keys();
    test_sign_on_refusals();
    test_guessing();
    test_order_refusals();
    test_text_refusals();
    test_bad_messages();
    test_rate();
    test_heartbeats();
    test_config();
    return bj_test_end("test_bj_nnf_server");
}
