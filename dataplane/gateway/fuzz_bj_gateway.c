/* The contract: whatever bytes a logged-in client sends, in whatever pieces, the gateway stays
 * whole, hands on only commands of that session with its sequences in order, and answers in whole
 * messages. */
#include <stdio.h>
#include "dataplane/gateway/gateway_test.h"

static void commands_check(world_t *world, uint64_t *last_seq) {
    bj_cmd_t cmd;
    while (world_cmd(world, &cmd)) {
        assert(cmd.session_id == 3 && cmd.time_ns == world->now.wall_ns && cmd.seq == 0);
        if (cmd.type == BJ_CMD_DISCONNECT) continue;
        assert(cmd.session_seq > *last_seq); /* a refused message's sequence is skipped */
        assert(cmd.account_id == 901 || cmd.type == BJ_CMD_MASS_CANCEL);
        assert(cmd.type >= BJ_CMD_NEW && cmd.type <= BJ_CMD_MASS_CANCEL);
        *last_seq = cmd.session_seq;
    }
}

static void answers_check(client_t *client) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    size_t msg_bytes;
    while (client_next(client, msg)) {
        bj_oe_header_t header;
        memcpy(&header, msg, sizeof header);
        assert(bj_oe_frame_out(msg, header.len_bytes, &msg_bytes) == BJ_OK);
        assert(msg_bytes == header.len_bytes);
    }
    assert(client->got_cnt == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    world_t world;
    client_t client;
    bj_oe_login_reply_t reply;
    uint64_t last_seq = 0;
    world_open(&world, 4, 64);
    bool logged_in = client_login(&client, &world, 3, 1, &reply) == BJ_OK;
    assert(logged_in), (void)logged_in;
    for (size_t at = 0, turns = 0; at < data_bytes && turns < 4096; turns++) {
        size_t part = (data[at] & 63) + 1u; /* pieces of any size, chosen by the bytes themselves */
        if (part > data_bytes - at) part = data_bytes - at;
        uint8_t *exact = malloc(part);
        memcpy(exact, data + at, part);
        size_t taken = client_send(&client, exact, part);
        free(exact);
        assert(taken <= part);
        at += taken;
        world_wait(&world, 0);
        answers_check(&client);
        commands_check(&world, &last_seq);
    }
    client_close(&client);
    commands_check(&world, &last_seq);
    world_close(&world);
    return 0;
}
