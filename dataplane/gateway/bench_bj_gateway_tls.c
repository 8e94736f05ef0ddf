/* What TLS adds to an order and its report, beside the same in clear in the same run: the gateway's
 * side alone is timed, the client's is not.  And what a handshake costs the gateway. */
#include <stdio.h>
#include "dataplane/base/bj_hist.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/gateway/tls_peer_test.h"

enum { ROUNDS = 50000, HANDS = 500, CLEAR_MAKER = 2, TLS_DESK = 3 };

static uint64_t cmd_seq;
static bj_hist_t clear_ns, tls_ns, hands_ns;

static void print(const char *name, const bj_hist_t *hist) {
    bj_hist_figures_t f = bj_hist_figures(hist);
    printf("%s_p50 %lu ns\n%s_p99 %lu ns\n", name, f.p50, name, f.p99);
}

static void engine_turn(uint16_t session_id) {
    bj_cmd_t cmd;
    while (world_cmd(&world, &cmd)) {
        bj_event_t event = {.seq = cmd_seq + 1, .cmd_seq = cmd_seq + 1, .type = BJ_EV_ACCEPTED,
                            .session_id = session_id, .order_id = cmd_seq + 1, .side = BJ_BUY};
        if (cmd.type == BJ_CMD_DISCONNECT) continue;
        cmd_seq++;
        if (!bj_ring_push(world.events, &event, sizeof event)) abort();
    }
    atomic_store(&world.durable_seq, cmd_seq);
}

/* An order's way in, and its report's way out. */
static void order_do(uint32_t conn_idx, const uint8_t *data, size_t data_bytes, uint16_t session_id,
                     bj_hist_t *hist, peer_t *peer) {
    const uint8_t *out;
    int64_t from_ns = bj_clock_mono_ns();
    if (bj_gateway_tls_input(tls, conn_idx, data, data_bytes, world.now) != data_bytes) abort();
    int64_t in_ns = bj_clock_mono_ns() - from_ns;
    engine_turn(session_id);
    from_ns = bj_clock_mono_ns();
    world_wait(&world, BJ_NS_PER_US);
    size_t due = bj_gateway_tls_output(tls, conn_idx, &out, world.now);
    in_ns += bj_clock_mono_ns() - from_ns;
    bj_hist_add(hist, (uint64_t)in_ns);
    if (peer) BIO_write(SSL_get_rbio(peer->ssl), out, (int)due);
    bj_gateway_tls_sent(tls, conn_idx, due, world.now);
}

static void rounds(peer_t *peer, client_t *client) {
    uint8_t wire[512], got[512];
    for (uint64_t seq = 1; seq <= ROUNDS; seq++) {
        bj_oe_new_t order = good_new(seq);
        order.account_id = 900;
        order_do(client->conn_idx, (const uint8_t *)&order, sizeof order, CLEAR_MAKER, &clear_ns,
                 NULL);
        order.account_id = 901;
        peer_say(peer, &order, sizeof order);
        int bytes = BIO_read(SSL_get_wbio(peer->ssl), wire, sizeof wire);
        order_do(peer->conn_idx, wire, (size_t)bytes, TLS_DESK, &tls_ns, peer);
        if (SSL_read(peer->ssl, got, sizeof got) <= 0) abort();
    }
}

static void hands(SSL_CTX *context) {
    static peer_t peer;
    for (int i = 0; i < HANDS; i++) {
        int64_t took_ns = 0;
        if (!peer_open(&peer, context)) abort();
        while (!SSL_is_init_finished(peer.ssl) || peer.sent_cnt) {
            world_wait(&world, BJ_NS_PER_MS);
            (void)SSL_do_handshake(peer.ssl);
            peer_says(&peer);
            int64_t from_ns = bj_clock_mono_ns();
            peer_offer(&peer);
            took_ns += bj_clock_mono_ns() - from_ns;
            peer_hear(&peer);
        }
        bj_hist_add(&hands_ns, (uint64_t)took_ns);
        peer_close(&peer);
    }
}

int main(void) {
    static peer_t peer;
    client_t client;
    bj_oe_login_reply_t reply;
    tls_make();
    SSL_CTX *desk = client_context("ca", "desk");
    world_open_with(&world, tls_sessions, BJ_COUNT(tls_sessions), 64, 1 << 20);
    tls = bj_gateway_tls_new(world.gateway);
    bj_gateway_tls_renew(tls, tls_context("ca", "gateway", BJ_OE_TLS_GATEWAY));
    if (!peer_open(&peer, desk) || peer_login(&peer, TLS_DESK) != BJ_OK) abort();
    if (client_login(&client, &world, CLEAR_MAKER, 1, &reply) != BJ_OK) abort();
    rounds(&peer, &client);
    hands(desk);
    print("gateway_order_clear", &clear_ns);
    print("gateway_order_tls", &tls_ns);
    print("gateway_tls_handshake", &hands_ns);
    printf("gateway_tls_cipher %s\n", SSL_get_cipher_name(peer.ssl));
    client_close(&client);
    peer_close(&peer);
    tls_close();
    SSL_CTX_free(desk);
    tls_unmake();
    return 0;
}
