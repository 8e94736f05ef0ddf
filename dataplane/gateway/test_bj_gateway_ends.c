/* Goal: where taking orders ends: a journal that is lost, another who took over, tables that are
 * full, a configuration that cannot be. */
#include "dataplane/gateway/gateway_test.h"

#include "dataplane/base/bj_test.h"

static uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];

static void test_journal_lost(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    atomic_store(&world.journal_lost, true);
    bj_oe_new_t order = good_new(1);
    client_send(&client, &order, sizeof order);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT &&
             reject_reason(msg) == BJ_ERR_UNAVAILABLE);
    BJ_CHECK(!world_cmd(&world, &cmd) && !client_finished(&client));
    client_close(&client);
    world_close(&world);
}

/* Nothing is answered from then on, so that the client says it again to whoever took over. */
static void test_handed_over(void) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    bj_cmd_t cmd;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_OK);
    atomic_store(&world.handed_over, true);
    world_wait(&world, 1);
    bj_oe_new_t order = good_new(1);
    client_send(&client, &order, sizeof order);
    BJ_CHECK(client_next(&client, msg) == 0 && client_finished(&client));
    BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT && !world_cmd(&world, &cmd));
    client_close(&client);
    BJ_CHECK(!client_connect(&client, &world) && counters(&world)->refused == 1);
    client_close(&client);
    world_close(&world);
}

/* --- bounds --- */
static void test_bounds(void) {
    world_t world;
    client_t client, clients[BJ_GATEWAY_CONNS_MAX];
    bj_oe_login_reply_t reply;
    world_open(&world, 64, 3);
    for (size_t i = 0; i < BJ_GATEWAY_CONNS_MAX; i++)
        BJ_CHECK(client_connect(&clients[i], &world));
    BJ_CHECK(!client_connect(&client, &world) && counters(&world)->refused == 1);
    client_close(&client);
    client_close(&clients[100]);
    BJ_CHECK(client_connect(&clients[100], &world));
    for (size_t i = 0; i < BJ_GATEWAY_CONNS_MAX; i++)
        client_close(&clients[i]);
    BJ_CHECK(counters(&world)->connections == 0);

    /* No room to remember a fourth report: rather no session than a hole in it. */
    for (uint64_t n = 1; n <= 4; n++)
        BJ_CHECK(world_emit(&world, 3, n));
    atomic_store(&world.durable_seq, 4);
    world_wait(&world, 1);
    BJ_CHECK(client_login(&client, &world, 3, 1, &reply) == BJ_ERR_FULL);
    client_close(&client);
    world_close(&world);
}

/* Who logs in makes room; another address has its own, one that is not known is not counted. */
static void test_crowd(void) {
    enum { MOST = 4 };
    world_t world;
    client_t clients[MOST], other, in;
    bj_oe_login_reply_t reply;
    world_unproven_max = MOST;
    world_open(&world, 64, 1024);
    BJ_CHECK(client_login(&in, &world, 3, 1, &reply) == BJ_OK);
    for (size_t i = 0; i < MOST; i++) BJ_CHECK(client_connect(&clients[i], &world));
    BJ_CHECK(!client_connect(&other, &world) && counters(&world)->crowded == 1);
    client_close(&other);
    BJ_CHECK(counters(&world)->refused == 0 && counters(&world)->connections == MOST + 1);
    world.peer_ip++;
    BJ_CHECK(client_connect(&other, &world));
    client_close(&other);
    world.peer_ip = 0;
    for (size_t i = 0; i < MOST + 1; i++) {
        BJ_CHECK(client_connect(&other, &world));
        free(other.got);
    }
    world.peer_ip = 0x7f000001;
    bj_oe_login_t login = client_login_msg(&clients[0], 2, 1);
    client_send(&clients[0], &login, sizeof login);
    BJ_CHECK(client_next(&clients[0], msg) == BJ_OE_LOGIN_REPLY);
    BJ_CHECK(client_connect(&other, &world));
    client_close(&other);
    client_close(&clients[1]);
    BJ_CHECK(client_connect(&clients[1], &world) && counters(&world)->crowded == 1);
    for (size_t i = 0; i < MOST; i++) client_close(&clients[i]);
    client_close(&in);
    world_close(&world);
    world_unproven_max = 0;
}

static void test_bad_configuration(void) {
    world_t world;
    bj_gateway_session_config_t sessions[2] = {test_sessions[1], test_sessions[2]};
    bj_gateway_config_t config = {.sessions = sessions,
                                  .session_cnt = 2,
                                  .report_max = 8,
                                  .nonce = world_nonce,
                                  .ctx = &world};
    bj_gateway_t *gateway = bj_gateway_new(&config);
    BJ_CHECK(gateway != NULL);
    bj_gateway_free(gateway);
    sessions[1].id = sessions[0].id;
    BJ_CHECK(!bj_gateway_new(&config));
    sessions[1] = test_sessions[2],
    memcpy(sessions[1].name, sessions[0].name, sizeof sessions[1].name);
    BJ_CHECK(!bj_gateway_new(&config));
    sessions[1] = test_sessions[2], sessions[1].key_bytes = 0;
    BJ_CHECK(!bj_gateway_new(&config));
    sessions[1] = test_sessions[2], sessions[1].id = 0;
    BJ_CHECK(!bj_gateway_new(&config));
    config.session_cnt = BJ_GATEWAY_SESSIONS_MAX + 1;
    BJ_CHECK(!bj_gateway_new(&config));
}

int main(void) {
    test_journal_lost();
    test_handed_over();
    test_bounds();
    test_crowd();
    test_bad_configuration();
    return bj_test_end("test_bj_gateway_ends");
}
