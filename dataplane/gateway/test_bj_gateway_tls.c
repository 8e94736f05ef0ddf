/* Goal: under TLS a session trades as in clear, and only as itself; a client that does not read,
 * says very much at once, goes politely or asks for new keys is treated as one in clear would be;
 * handshakes wait for each other and not trading for them; new certificates cut nobody; and once
 * hands are shaken a connection grows no more. */
#include <openssl/crypto.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/bj_gateway_certs.h"
#include "dataplane/gateway/tls_peer_test.h"

/* What OpenSSL has taken on the gateway's side and not given back; the most since it was 0. */
static long taken_cnt, taken_max_cnt;
static void *counted_malloc(size_t bytes, const char *file, int line) {
    (void)file, (void)line;
    taken_cnt += inside;
    if (taken_cnt > taken_max_cnt) taken_max_cnt = taken_cnt;
    return malloc(bytes);
}
static void *counted_realloc(void *at, size_t bytes, const char *file, int line) {
    (void)file, (void)line;
    taken_cnt += inside && !at;
    return realloc(at, bytes);
}
static void counted_free(void *at, const char *file, int line) {
    (void)file, (void)line;
    taken_cnt -= inside && at;
    free(at);
}

static SSL_CTX *desk, *maker;
static uint64_t cmd_seq;

/* Every command is done, and told. */
static unsigned engine_turn(uint16_t session_id) {
    bj_cmd_t cmd;
    unsigned cnt = 0;
    while (world_cmd(&world, &cmd)) {
        if (cmd.type == BJ_CMD_DISCONNECT) continue;
        BJ_CHECK(cmd.session_id == session_id && cmd.session_seq == cmd_seq + 1);
        BJ_CHECK(world_emit(&world, session_id, ++cmd_seq));
        cnt++;
    }
    atomic_store(&world.durable_seq, cmd_seq);
    return cnt;
}

static void test_trades(void) {
    static peer_t peer;
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    cmd_seq = 0;
    tls_open(64);
    BJ_CHECK(peer_open(&peer, desk));
    BJ_CHECK(peer_login(&peer, 3) == BJ_OK);
    BJ_CHECK(SSL_version(peer.ssl) == TLS1_3_VERSION && !SSL_session_reused(peer.ssl));
    for (uint64_t seq = 1; seq <= 200; seq++) {
        if (seq == 100) taken_cnt = taken_max_cnt = 0; /* it has found its shape */
        bj_oe_new_t order = good_new(seq);
        peer_say(&peer, &order, sizeof order);
        peer_turn(&peer);
        BJ_CHECK(engine_turn(3) == 1);
        BJ_CHECK(peer_next(&peer, msg) == 'a');
    }
    BJ_CHECK(taken_cnt == 0 && taken_max_cnt <= 4); /* for the length of a record */
    BJ_CHECK(figures()->handshakes == 1 && figures()->connections == 1 && !figures()->refused);
    BJ_CHECK(counters(&world)->commands == 200 && counters(&world)->logins == 1);
    peer_close(&peer);
    BJ_CHECK(figures()->connections == 0 && counters(&world)->connections == 0);
    tls_close();
}

/* Nothing that was said is on the wire as it was said. */
static void test_hides(void) {
    static peer_t peer;
    uint8_t wire[4096];
    tls_open(64);
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    bj_oe_new_t order = good_new(1);
    peer_say(&peer, &order, sizeof order);
    int bytes = BIO_read(SSL_get_wbio(peer.ssl), wire, sizeof wire);
    BJ_CHECK(bytes > (int)sizeof order);
    for (size_t at = 0; at + 8 <= sizeof order; at += 8)
        BJ_CHECK(!memmem(wire, (size_t)bytes, (const uint8_t *)&order + at, 8) ||
                 !memcmp((const uint8_t *)&order + at, "\0\0\0\0\0\0\0\0", 8));
    peer_close(&peer);
    tls_close();
}

/* A certificate is good for its session, and for no other's key. */
static void test_names(void) {
    static peer_t peer;
    client_t client;
    bj_oe_login_reply_t reply;
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    tls_open(64);
    BJ_CHECK(peer_open(&peer, maker) && peer_login(&peer, 3) == BJ_ERR_DENIED);
    BJ_CHECK(counters(&world)->denied_names == 1 && counters(&world)->login_failures == 1);
    for (int i = 0; i < 5 && !peer_finished(&peer); i++) peer_turn(&peer);
    BJ_CHECK(peer_finished(&peer));
    peer_close(&peer);
    BJ_CHECK(peer_open(&peer, maker) && peer_login(&peer, 2) == BJ_OK); /* clear true: also so */
    peer_close(&peer);
    /* In clear, with the right key: told why. */
    BJ_CHECK(client_connect(&client, &world));
    bj_oe_login_t login = client_login_msg(&client, 3, 1);
    client_send(&client, &login, sizeof login);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_SESSION_REJECT);
    BJ_CHECK(reject_reason(msg) == BJ_REJ_NOT_PERMITTED);
    BJ_CHECK(strcmp((char *)msg + offsetof(bj_oe_session_reject_t, text),
                    "session must log in under TLS") == 0);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_LOGIN_REPLY && counters(&world)->denied_clear == 1);
    client_close(&client);
    /* With a wrong key: not even that. */
    BJ_CHECK(client_connect(&client, &world));
    login = client_login_msg(&client, 3, 1);
    login.mac[0] ^= 1;
    client_send(&client, &login, sizeof login);
    BJ_CHECK(client_next(&client, msg) == BJ_OE_LOGIN_REPLY && counters(&world)->denied_clear == 1);
    client_close(&client);
    BJ_CHECK(client_login(&client, &world, 2, 1, &reply) == BJ_OK);
    client_close(&client);
    tls_close();
}

/* More in a record than the gateway has room for: it waits here, and what follows outside. */
static void test_big_record(void) {
    enum { CNT = 16384 / sizeof(bj_oe_new_t) };
    static peer_t peer;
    static bj_oe_new_t orders[CNT];
    unsigned done = 0;
    cmd_seq = 0;
    tls_open(16);
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    for (uint64_t i = 0; i < CNT; i++) orders[i] = good_new(i + 1);
    peer_say(&peer, orders, sizeof orders);
    peer_turn(&peer);
    BJ_CHECK(bj_gateway_tls_holds(tls, peer.conn_idx) && peer.sent_cnt == 0);
    peer_say(&peer, orders, sizeof orders[0]); /* said again: waits in the transport */
    peer_turn(&peer);
    BJ_CHECK(peer.sent_cnt > 0);
    for (int i = 0; i < 1000 && done < CNT; i++) {
        done += engine_turn(3);
        peer_turn(&peer);
    }
    BJ_CHECK(done == CNT && !bj_gateway_tls_holds(tls, peer.conn_idx) && peer.sent_cnt == 0);
    BJ_CHECK(counters(&world)->duplicates == 1);
    peer_close(&peer);
    tls_close();
}

/* Records of one byte: what it costs to open them is not paid at the others' expense. */
static void test_small_records(void) {
    enum { SMALL = 200, WIRE_BYTES = 23, AT_ONCE = 64 };
    static peer_t peer;
    bj_oe_new_t orders[SMALL / sizeof(bj_oe_new_t) + 1];
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    cmd_seq = 0;
    tls_open(64);
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    for (size_t i = 0; i < BJ_COUNT(orders); i++) orders[i] = good_new(i + 1);
    for (size_t i = 0; i < sizeof orders; i++) peer_say(&peer, (uint8_t *)orders + i, 1);
    peer_says(&peer);
    BJ_CHECK(peer.sent_cnt == sizeof orders * WIRE_BYTES);
    for (size_t at = AT_ONCE; at < sizeof orders; at += AT_ONCE) {
        peer_offer(&peer);
        BJ_CHECK(peer.sent_cnt == (sizeof orders - at) * WIRE_BYTES);
        peer_offer(&peer); /* not before the others had their turn */
        BJ_CHECK(peer.sent_cnt == (sizeof orders - at) * WIRE_BYTES);
        inside = true;
        bj_gateway_tls_step(tls, world.now);
        inside = false;
        BJ_CHECK(!bj_gateway_tls_holds(tls, peer.conn_idx));
    }
    peer_offer(&peer);
    BJ_CHECK(peer.sent_cnt == 0 && engine_turn(3) == BJ_COUNT(orders));
    for (size_t i = 0; i < BJ_COUNT(orders); i++) BJ_CHECK(peer_next(&peer, msg) == 'a');
    peer_close(&peer);
    tls_close();
}

static void test_deaf(void) {
    static peer_t peer;
    bool finished = false;
    tls_open(64);
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    peer.deaf = true;
    for (uint64_t seq = 1; seq <= 600; seq++) {
        if (!bj_ring_room(world.events)) world_wait(&world, BJ_NS_PER_MS);
        BJ_CHECK(world_emit(&world, 3, seq));
    }
    atomic_store(&world.durable_seq, 600);
    for (int i = 0; i < 13 && !finished; i++) {
        peer_turn(&peer);
        world_wait(&world, BJ_NS_PER_S);
        finished = peer_finished(&peer);
    }
    BJ_CHECK(finished && counters(&world)->cut == 1);
    peer_close(&peer);
    tls_close();
}

static void test_goodbye(void) {
    static peer_t peer;
    tls_open(64);
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    BJ_CHECK(SSL_shutdown(peer.ssl) == 0); /* said; the other side's is not here yet */
    for (int i = 0; i < 5 && !peer_finished(&peer); i++) peer_turn(&peer);
    BJ_CHECK(peer_finished(&peer) && figures()->broken == 0);
    BJ_CHECK(SSL_get_shutdown(peer.ssl) & SSL_RECEIVED_SHUTDOWN);
    peer_close(&peer);
    /* The gateway's goodbye, after a logout. */
    bj_oe_header_t logout = {.len_bytes = sizeof logout, .type = BJ_OE_LOGOUT,
                             .version = BJ_OE_VERSION};
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    peer_say(&peer, &logout, sizeof logout);
    for (int i = 0; i < 5 && !peer_finished(&peer); i++) peer_turn(&peer);
    BJ_CHECK(peer_finished(&peer) && (SSL_get_shutdown(peer.ssl) & SSL_RECEIVED_SHUTDOWN));
    peer_close(&peer);
    tls_close();
}

/* New keys now and then are anybody's right; as a way to have us work they are not. */
static void test_new_keys(void) {
    static peer_t peer;
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    cmd_seq = 0;
    tls_open(64);
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    BJ_CHECK(SSL_renegotiate(peer.ssl) != 1); /* there is no such thing */
    for (uint64_t seq = 1; seq <= 8; seq++) {
        BJ_CHECK(SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED) == 1);
        bj_oe_new_t order = good_new(seq);
        peer_say(&peer, &order, sizeof order);
        peer_turn(&peer);
        BJ_CHECK(engine_turn(3) == 1 && peer_next(&peer, msg) == 'a');
    }
    world_wait(&world, 61 * BJ_NS_PER_S);
    bj_oe_header_t beat = {.len_bytes = sizeof beat, .type = BJ_OE_HEARTBEAT,
                           .version = BJ_OE_VERSION, .seq = 8};
    for (int i = 0; i < 100; i++) {
        if (SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED) != 1) break;
        if (SSL_write(peer.ssl, &beat, sizeof beat) != sizeof beat) break;
        if (i == 7) {
            peer_turn(&peer);
            BJ_CHECK(!peer_finished(&peer) && figures()->updates_cut == 0);
        }
    }
    for (int i = 0; i < 5 && !peer_finished(&peer); i++) peer_turn(&peer);
    BJ_CHECK(peer_finished(&peer) && figures()->updates_cut == 1 && figures()->broken == 0);
    peer_close(&peer);
    tls_close();
}

/* All at once: one piece of one a millisecond, and all are through long before their time is up. */
static void test_turns(void) {
    enum { MANY = 24 };
    static peer_t peers[MANY];
    int turns = 0;
    tls_open(64);
    for (int i = 0; i < MANY; i++) BJ_CHECK(peer_open(&peers[i], desk));
    for (; turns < 1000 && figures()->handshakes < MANY; turns++) {
        uint64_t before = figures()->handshakes;
        for (int i = 0; i < MANY; i++) {
            if (!SSL_is_init_finished(peers[i].ssl)) (void)SSL_do_handshake(peers[i].ssl);
            peer_says(&peers[i]);
            if (peers[i].sent_cnt) peer_offer(&peers[i]);
            peer_hear(&peers[i]);
        }
        BJ_CHECK(figures()->handshakes <= before + 1);
        world_wait(&world, BJ_NS_PER_MS);
    }
    BJ_CHECK(figures()->handshakes == MANY && figures()->waited > 0);
    BJ_CHECK(turns >= 2 * MANY - 1 && turns <= 3 * MANY);
    for (int i = 0; i < MANY; i++) peer_close(&peers[i]);
    tls_close();
}

/* A client's certificate alone, or its signature alone: we say nothing to it, and it is a piece. */
static void test_quiet_pieces(void) {
    static peer_t slow, other;
    size_t whole, part = 0;
    tls_open(64);
    BJ_CHECK(peer_open(&slow, desk) && peer_open(&other, desk));
    peer_turn(&slow); /* its hello, and our answer is heard */
    (void)SSL_do_handshake(slow.ssl), (void)SSL_do_handshake(other.ssl);
    peer_says(&slow), peer_says(&other);
    whole = slow.sent_cnt;
    BJ_CHECK(slow.sent[0] == SSL3_RT_CHANGE_CIPHER_SPEC);
    for (int i = 0; i < 3; i++) { /* that, the certificate, the signature */
        uint64_t waited = figures()->waited;
        world_wait(&world, BJ_NS_PER_MS);
        part = 5 + ((size_t)slow.sent[3] << 8) + slow.sent[4];
        BJ_CHECK(part < slow.sent_cnt);
        if (bj_gateway_tls_input(tls, slow.conn_idx, slow.sent, part, world.now) != part) abort();
        slow.sent_cnt -= part;
        memmove(slow.sent, slow.sent + part, slow.sent_cnt);
        BJ_CHECK(bj_gateway_tls_input(tls, other.conn_idx, other.sent, 4, world.now) ==
                 (i ? 0 : 4));
        BJ_CHECK(figures()->waited == waited + (i ? 1 : 0));
        if (!i) memmove(other.sent, other.sent + 4, other.sent_cnt -= 4);
    }
    BJ_CHECK(slow.sent_cnt && slow.sent_cnt < whole);
    BJ_CHECK(peer_login(&slow, 3) == BJ_OK && peer_login(&other, 3) == BJ_OK);
    peer_close(&slow), peer_close(&other);
    tls_close();
}

static void test_renewed(void) {
    static peer_t old, late, fresh;
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    SSL_CTX *desk2 = client_context("ca2", "desk2"), *stale = client_context("ca2", "desk");
    cmd_seq = 0;
    tls_open(64);
    BJ_CHECK(peer_open(&old, desk) && peer_login(&old, 3) == BJ_OK);
    bj_gateway_tls_renew(tls, tls_context("ca", "gateway", BJ_OE_TLS_GATEWAY)); /* never used */
    bj_gateway_tls_renew(tls, tls_context("ca2", "gateway2", BJ_OE_TLS_GATEWAY));
    BJ_CHECK(peer_open(&late, stale) && peer_login(&late, 3) == BJ_ERR_UNAVAILABLE);
    bj_oe_new_t order = good_new(1);
    peer_say(&old, &order, sizeof order);
    peer_turn(&old);
    BJ_CHECK(engine_turn(3) == 1 && peer_next(&old, msg) == 'a');
    BJ_CHECK(peer_open(&fresh, desk2) && peer_login(&fresh, 3) == BJ_OK); /* takes it over */
    peer_close(&old), peer_close(&late), peer_close(&fresh);
    tls_close();
    SSL_CTX_free(desk2), SSL_CTX_free(stale);
}

static void copy(const char *from, const char *to, const char *ending) {
    char path[96], other[96], command[512];
    tls_path(path, from, ending), tls_path(other, to, ending);
    snprintf(command, sizeof command, "cp %s %s.new && mv %s.new %s", path, other, other, other);
    BJ_CHECK(system(command) == 0);
}

/* Files that are replaced are read again, and used as soon as they fit each other. */
static void test_files(void) {
    static peer_t peer;
    char paths[3][96];
    SSL_CTX *desk2 = client_context("ca2", "desk2");
    bj_gateway_certs_t certs = {0};
    tls_path(paths[0], "own-ca", "pem"), tls_path(paths[1], "own", "pem");
    tls_path(paths[2], "own", "key");
    const bj_oe_tls_files_t files = {paths[0], paths[1], paths[2]};
    tls_open(64);
    BJ_CHECK(!bj_gateway_certs_open(&certs, &files, tls)); /* there are none */
    copy("ca", "own-ca", "pem"), copy("gateway", "own", "pem");
    copy("gateway2", "own", "key");
    BJ_CHECK(!bj_gateway_certs_open(&certs, &files, tls)); /* another's key */
    copy("gateway", "own", "key");
    BJ_CHECK(bj_gateway_certs_open(&certs, &files, tls));
    copy("ca2", "own-ca", "pem"), copy("gateway2", "own", "pem");
    bj_gateway_certs_look(&certs, tls); /* half of the new ones: the old stay */
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_OK);
    peer_close(&peer);
    copy("gateway2", "own", "key");
    bj_gateway_certs_look(&certs, tls);
    BJ_CHECK(peer_open(&peer, desk) && peer_login(&peer, 3) == BJ_ERR_UNAVAILABLE);
    peer_close(&peer);
    BJ_CHECK(peer_open(&peer, desk2) && peer_login(&peer, 3) == BJ_OK);
    peer_close(&peer);
    tls_close();
    SSL_CTX_free(desk2);
}

static void test_none(void) {
    static peer_t peer;
    world_open_with(&world, tls_sessions, BJ_COUNT(tls_sessions), 16, 1 << 14);
    tls = bj_gateway_tls_new(world.gateway);
    BJ_CHECK(!peer_open(&peer, NULL)); /* no certificate yet */
    BJ_CHECK(counters(&world)->connections == 0);
    tls_close();
}

int main(void) {
    if (!CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free)) return 1;
    bj_log_init("test", (bj_log_level_t)(BJ_LOG_ERROR + 1));
    tls_make();
    desk = client_context("ca", "desk"), maker = client_context("ca", "maker");
    test_trades();
    test_hides();
    test_names();
    test_big_record();
    test_small_records();
    test_deaf();
    test_goodbye();
    test_new_keys();
    test_turns();
    test_quiet_pieces();
    test_renewed();
    test_files();
    test_none();
    SSL_CTX_free(desk), SSL_CTX_free(maker);
    tls_unmake();
    return bj_test_end("test_bj_gateway_tls");
}
