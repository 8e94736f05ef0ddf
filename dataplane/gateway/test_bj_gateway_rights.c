/* Goal: where a session may log in from, and what becomes of its orders when it is gone, is as its
 * settings say.  (What it may send: the table of test_bj_gateway.) */
#include "dataplane/gateway/gateway_test.h"

#include "dataplane/base/bj_test.h"

static uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];

/* --- where from --- */
static const struct {
    uint16_t session_id;
    uint32_t peer_ip;
    bj_status_t want;
} source_cases[] = {
    {4, 0x0a010000, BJ_OK}, {4, 0x0a01ffff, BJ_OK}, {4, 0x7f000001, BJ_OK},
    {4, 0x0a020000, BJ_ERR_DENIED}, {4, 0x0a00ffff, BJ_ERR_DENIED},
    {4, 0x7f000002, BJ_ERR_DENIED}, {6, 0x7f000002, BJ_OK},
    {4, 0, BJ_ERR_DENIED}, /* a transport that does not know cannot vouch for it, */
    {6, 0, BJ_ERR_DENIED}, /* not even for the network that is everywhere */
    {3, 0, BJ_OK}, {3, 0x0a010203, BJ_OK},
};

static void test_sources(void) {
    for (size_t i = 0; i < BJ_COUNT(source_cases); i++) {
        world_t world;
        client_t client;
        bool ok = source_cases[i].want == BJ_OK;
        world_open(&world, 64, 1024);
        world.peer_ip = source_cases[i].peer_ip;
        for (int wrong = 1; wrong >= 0; wrong--) { /* without the key it learns nothing */
            BJ_CHECK(client_connect(&client, &world));
            bj_oe_login_t login = client_login_msg(&client, source_cases[i].session_id, 1);
            login.mac[0] ^= (uint8_t)wrong;
            client_send(&client, &login, sizeof login);
            uint8_t type = client_next(&client, msg);
            if (!wrong && !ok) {
                BJ_CHECK(type == BJ_OE_SESSION_REJECT &&
                         reject_reason(msg) == BJ_REJ_NOT_PERMITTED);
                type = client_next(&client, msg);
            }
            BJ_CHECK(type == BJ_OE_LOGIN_REPLY && client_finished(&client) == (wrong || !ok));
            bj_oe_login_reply_t reply;
            memcpy(&reply, msg, sizeof reply);
            BJ_CHECK(reply.status == (wrong ? BJ_ERR_DENIED : source_cases[i].want));
            client_close(&client);
        }
        BJ_CHECK(bj_gateway_counters(world.gateway)->denied_sources == !ok);
        world_close(&world);
    }
}

/* --- the engine hears what is to become of a lost session's orders --- */
static void test_disconnect_setting(void) {
    static const struct {
        uint16_t session_id;
        uint8_t want;
    } settings[] = {{3, BJ_DISCONNECT_FLAGGED}, {4, BJ_DISCONNECT_ALL}, {5, BJ_DISCONNECT_NEVER}};
    for (size_t i = 0; i < BJ_COUNT(settings); i++) {
        world_t world;
        client_t client;
        bj_oe_login_reply_t reply;
        bj_cmd_t cmd;
        world_open(&world, 64, 1024);
        BJ_CHECK(client_login(&client, &world, settings[i].session_id, 1, &reply) == BJ_OK);
        client_close(&client);
        BJ_CHECK(world_cmd(&world, &cmd) && cmd.type == BJ_CMD_DISCONNECT);
        BJ_CHECK(cmd.body.disconnect == settings[i].want);
        bj_gateway_recover_seq(world.gateway, settings[i].session_id, 9); /* a crash is one too */
        world_wait(&world, 1);
        BJ_CHECK(world_cmd(&world, &cmd) && cmd.body.disconnect == settings[i].want);
        world_close(&world);
    }
}

/* --- for whom an app asks is said by who may administer, and by nobody else --- */
static void test_app(void) {
    static const uint16_t sessions[] = {1, 3}; /* the control plane's; a desk's */
    for (size_t i = 0; i < BJ_COUNT(sessions); i++) {
        world_t world;
        client_t client;
        bj_oe_login_reply_t reply;
        bj_cmd_t cmd;
        bj_oe_new_t order = good_new(1);
        order.header.app = 77;
        world_open(&world, 64, 1024);
        BJ_CHECK(client_login(&client, &world, sessions[i], 1, &reply) == BJ_OK);
        client_send(&client, &order, sizeof order);
        world_wait(&world, 1);
        bool came = world_cmd(&world, &cmd);
        BJ_CHECK(came == (i == 0) && (!came || cmd.body.opened.app == 77));
        if (i == 1) {
            BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT);
            BJ_CHECK(reject_reason(msg) == BJ_REJ_NOT_PERMITTED);
            order.header.app = 0, order.header.seq = 2;
            client_send(&client, &order, sizeof order);
            world_wait(&world, 1);
            BJ_CHECK(world_cmd(&world, &cmd) && cmd.body.opened.app == 0);
        }
        client_close(&client);
        world_close(&world);
    }
}

int main(void) {
    test_sources();
    test_app();
    test_disconnect_setting();
    return bj_test_end("test_bj_gateway_rights");
}
