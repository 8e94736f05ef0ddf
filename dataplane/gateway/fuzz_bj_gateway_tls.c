/* The contract: whatever bytes come in at the port of TLS, before hands are shaken, in between or
 * after, in whatever pieces, the layer and the gateway stay whole, nobody is logged in who has not
 * proven who it is, and what is offered is taken or refused, never lost. */
#include "dataplane/gateway/tls_peer_test.h"

enum { RAW, INSTEAD, AFTER, INSIDE, WAYS };

static SSL_CTX *desk, *gateway;
static peer_t peer;

static void pieces_offer(const uint8_t *data, size_t data_bytes) {
    for (size_t at = 0, turns = 0; at < data_bytes && turns < 512; turns++) {
        size_t part = (data[at] & 127) + 1u;
        if (part > data_bytes - at) part = data_bytes - at;
        uint8_t *exact = malloc(part);
        memcpy(exact, data + at, part);
        size_t taken = bj_gateway_tls_input(tls, peer.conn_idx, exact, part, world.now);
        free(exact);
        assert(taken <= part);
        at += taken;
        world_wait(&world, BJ_NS_PER_MS);
        bj_gateway_tls_step(tls, world.now);
        peer_hear(&peer);
        if (peer_finished(&peer)) break;
    }
}

/* Encrypted as a good client would, so that it reaches the gateway. */
static void inside_offer(const uint8_t *data, size_t data_bytes) {
    bj_cmd_t cmd;
    if (data_bytes > 16384) data_bytes = 16384;
    peer_say(&peer, data, data_bytes);
    for (int i = 0; i < 8 && !peer_finished(&peer); i++) {
        while (world_cmd(&world, &cmd)) assert(cmd.session_id == 3);
        peer_turn(&peer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    if (!desk) {
        tls_make();
        desk = client_context("ca", "desk");
        gateway = tls_context("ca", "gateway", BJ_OE_TLS_GATEWAY);
        tls_unmake();
    }
    if (data_bytes < 2) return 0;
    int way = data[0] % WAYS;
    data++, data_bytes--;
    world_open_with(&world, tls_sessions, BJ_COUNT(tls_sessions), 16, 256);
    tls = bj_gateway_tls_new(world.gateway);
    SSL_CTX_up_ref(gateway);
    bj_gateway_tls_renew(tls, gateway);
    bool open = peer_open(&peer, desk);
    assert(open), (void)open;
    if (way == INSTEAD) { /* of the client's second flight */
        for (int i = 0; i < 1; i++) peer_turn(&peer);
        peer.sent_cnt = 0;
    }
    if (way == AFTER || way == INSIDE) {
        bj_status_t status = peer_login(&peer, 3);
        assert(status == BJ_OK), (void)status;
    }
    if (way == INSIDE) inside_offer(data, data_bytes);
    else pieces_offer(data, data_bytes);
    assert(way >= AFTER || counters(&world)->logins == 0);
    peer_close(&peer);
    tls_close();
    return 0;
}
