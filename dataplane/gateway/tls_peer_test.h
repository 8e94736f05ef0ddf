#ifndef TLS_PEER_TEST_H
#define TLS_PEER_TEST_H

/* A gateway behind bj_gateway_tls, and clients that speak TLS with it through memory. */
#include "dataplane/gateway/bj_gateway_tls.h"
#include "dataplane/gateway/gateway_test.h"
#include "dataplane/wire/tls_test.h"

typedef struct peer {
    SSL     *ssl;
    uint32_t conn_idx;
    bool     deaf; /* takes nothing out of the connection */
    uint8_t  sent[1 << 18]; /* to the gateway, not taken yet */
    size_t   sent_cnt, heard_cnt; /* bytes on the wire */
    uint8_t  got[1 << 16];
    size_t   got_cnt;
} peer_t;

static world_t world;
static bj_gateway_tls_t *tls;
static bool inside; /* the gateway's side is at work */

/* Sessions of the test: only the desk may come in clear. */
static const bj_gateway_session_config_t tls_sessions[] = {
    {.id = 3, .name = "desk", .accounts = {901}, .account_cnt = 1, .may = BJ_GATEWAY_MAY_TRADE,
     .key = "key of desk", .key_bytes = 11},
    {.id = 2, .name = "maker", .accounts = {900}, .account_cnt = 1, .clear = true,
     .may = BJ_GATEWAY_MAY_TRADE, .key = "key of maker", .key_bytes = 12},
};

static inline void tls_open(uint64_t cmd_depth) {
    world_open_with(&world, tls_sessions, BJ_COUNT(tls_sessions), cmd_depth, 1 << 14);
    tls = bj_gateway_tls_new(world.gateway);
    bj_gateway_tls_renew(tls, tls_context("ca", "gateway", BJ_OE_TLS_GATEWAY));
}

static inline void tls_close(void) {
    bj_gateway_tls_free(tls);
    world_close(&world);
}

static inline const bj_gateway_tls_counters_t *figures(void) {
    return bj_gateway_tls_counters(tls);
}

/* cert NULL: it shows none. */
static inline SSL_CTX *client_context(const char *ca, const char *cert) {
    if (cert) return tls_context(ca, cert, BJ_OE_TLS_CLIENT);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    return context;
}

static inline bool peer_open(peer_t *peer, SSL_CTX *context) {
    memset(peer, 0, sizeof *peer);
    peer->conn_idx = bj_gateway_tls_connect(tls, world.peer_ip, true, world.now);
    if (peer->conn_idx == BJ_GATEWAY_NONE) return false;
    if (!context) return true;
    peer->ssl = SSL_new(context);
    SSL_set_bio(peer->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(peer->ssl);
    return true;
}

static inline void peer_close(peer_t *peer) {
    SSL_free(peer->ssl);
    peer->ssl = NULL;
    bj_gateway_tls_disconnect(tls, peer->conn_idx, world.now);
}

/* What the client has said lies in sent. */
static inline void peer_says(peer_t *peer) {
    int n = peer->ssl ? BIO_read(SSL_get_wbio(peer->ssl), peer->sent + peer->sent_cnt,
                                 (int)(sizeof peer->sent - peer->sent_cnt))
                      : 0;
    if (n > 0) peer->sent_cnt += (size_t)n;
}

static inline void peer_offer(peer_t *peer) {
    inside = true;
    size_t taken = bj_gateway_tls_input(tls, peer->conn_idx, peer->sent, peer->sent_cnt, world.now);
    inside = false;
    assert(taken <= peer->sent_cnt);
    peer->sent_cnt -= taken;
    memmove(peer->sent, peer->sent + taken, peer->sent_cnt);
}

static inline void peer_hear(peer_t *peer) {
    const uint8_t *data;
    inside = true;
    size_t due = bj_gateway_tls_output(tls, peer->conn_idx, &data, world.now);
    inside = false;
    if (!due || peer->deaf) return;
    if (peer->ssl) BIO_write(SSL_get_rbio(peer->ssl), data, (int)due);
    peer->heard_cnt += due;
    inside = true;
    bj_gateway_tls_sent(tls, peer->conn_idx, due, world.now);
    inside = false;
}

/* A turn of everything, 1 ms later: the client's, the gateway's, and what goes between. */
static inline void peer_turn(peer_t *peer) {
    world_wait(&world, BJ_NS_PER_MS);
    inside = true;
    bj_gateway_tls_step(tls, world.now);
    inside = false;
    if (peer->ssl && !SSL_is_init_finished(peer->ssl)) (void)SSL_do_handshake(peer->ssl);
    peer_says(peer);
    if (peer->sent_cnt) peer_offer(peer);
    peer_hear(peer);
    if (!peer->ssl) return;
    int n = SSL_read(peer->ssl, peer->got + peer->got_cnt, (int)(sizeof peer->got - peer->got_cnt));
    if (n > 0) peer->got_cnt += (size_t)n;
}

static inline bool peer_finished(const peer_t *peer) {
    return bj_gateway_tls_finished(tls, peer->conn_idx, world.now);
}

/* The next whole message, heartbeats left out; 0: none within 100 turns. */
static inline uint8_t peer_next(peer_t *peer, uint8_t *msg) {
    size_t bytes;
    for (int i = 0; i < 100; i++) {
        while (bj_oe_frame_out(peer->got, peer->got_cnt, &bytes) == BJ_OK) {
            memcpy(msg, peer->got, bytes);
            memmove(peer->got, peer->got + bytes, peer->got_cnt -= bytes);
            uint8_t type = msg[offsetof(bj_oe_header_t, type)];
            if (type != BJ_OE_SERVER_HEARTBEAT) return type;
        }
        peer_turn(peer);
    }
    return 0;
}

static inline void peer_say(peer_t *peer, const void *msg, size_t msg_bytes) {
    if (SSL_write(peer->ssl, msg, (int)msg_bytes) != (int)msg_bytes) abort();
}

/* Hands, challenge, login: the reply's status; BJ_ERR_UNAVAILABLE if there was none. */
static inline bj_status_t peer_login(peer_t *peer, uint16_t session_id) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    client_t client = {.world = &world};
    bj_oe_login_reply_t reply;
    if (peer_next(peer, msg) != BJ_OE_CHALLENGE) return BJ_ERR_UNAVAILABLE;
    memcpy(client.nonce, msg + offsetof(bj_oe_challenge_t, nonce), sizeof client.nonce);
    bj_oe_login_t login = client_login_msg(&client, session_id, 1);
    login.heartbeat_ms = 60000;
    peer_say(peer, &login, sizeof login);
    uint8_t type = peer_next(peer, msg);
    if (type == BJ_OE_SESSION_REJECT) type = peer_next(peer, msg);
    if (type != BJ_OE_LOGIN_REPLY) return BJ_ERR_UNAVAILABLE;
    memcpy(&reply, msg, sizeof reply);
    return (bj_status_t)reply.status;
}

#endif /* TLS_PEER_TEST_H */
