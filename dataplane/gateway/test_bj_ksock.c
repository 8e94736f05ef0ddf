/* Goal: every session a gateway holds, over the kernel's real TCP: all trade at once; the deaf, the
 * half and the flooding ones do not keep the others from their reports. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#define WORLD_EVENTS_MAX (1 << 17)
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/bj_ksock.h"
#include "dataplane/gateway/gateway_test.h"

enum { MANY = BJ_GATEWAY_SESSIONS_MAX, DEAF = 24, HALF = 96, FLOOD = 144, ROUNDS = 40 };

typedef struct peer {
    int fd;
    uint8_t got[1 << 16];
    size_t got_cnt;
    uint64_t seq, reports;
} peer_t;

static bj_gateway_session_config_t sessions[MANY];
static world_t world;
static bj_ksock_t *ksock;
static bj_gateway_tls_t *tls;
static peer_t peers[MANY];

static void turn(void) {
    static uint64_t cmd_seq;
    bj_cmd_t cmd;
    world.now.mono_ns += BJ_NS_PER_MS, world.now.wall_ns += BJ_NS_PER_MS;
    while (bj_ring_room(world.events) && world_cmd(&world, &cmd))
        BJ_CHECK(world_emit(&world, cmd.session_id, ++cmd_seq));
    atomic_store(&world.durable_seq, cmd_seq);
    (void)bj_gateway_step(world.gateway, world.now);
    (void)bj_ksock_step(ksock, world.now);
}

static uint16_t port_free(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    BJ_CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    BJ_CHECK(getsockname(fd, (struct sockaddr *)&address, &bytes) == 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void peer_connect(peer_t *peer, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int small = 4096, one = 1;
    peer->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small); /* so that deafness shows */
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    int rc = connect(peer->fd, (struct sockaddr *)&address, sizeof address);
    BJ_CHECK(rc == 0 || errno == EINPROGRESS);
}

static void peer_read(peer_t *peer) {
    ssize_t n = read(peer->fd, peer->got + peer->got_cnt, sizeof peer->got - peer->got_cnt);
    if (n > 0) peer->got_cnt += (size_t)n;
}

/* The next whole message; 0: none. */
static uint8_t peer_next(peer_t *peer, uint8_t *msg) {
    size_t bytes;
    peer_read(peer);
    if (bj_oe_frame_out(peer->got, peer->got_cnt, &bytes) != BJ_OK) return 0;
    memcpy(msg, peer->got, bytes);
    memmove(peer->got, peer->got + bytes, peer->got_cnt -= bytes);
    return msg[offsetof(bj_oe_header_t, type)];
}

static uint8_t peer_wait(peer_t *peer, uint8_t *msg) {
    for (int i = 0; i < 2000; i++) {
        uint8_t type = peer_next(peer, msg);
        if (type && type != BJ_OE_SERVER_HEARTBEAT) return type;
        turn();
    }
    return 0;
}

static void peer_login(peer_t *peer, uint32_t i) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    client_t client = {.world = &world};
    BJ_CHECK(peer_wait(peer, msg) == BJ_OE_CHALLENGE);
    memcpy(client.nonce, msg + offsetof(bj_oe_challenge_t, nonce), sizeof client.nonce);
    bj_oe_login_t login = client_login_msg(&client, (uint16_t)(i + 1), 1);
    login.heartbeat_ms = 60000;
    BJ_CHECK(write(peer->fd, &login, sizeof login) == sizeof login);
    BJ_CHECK(peer_wait(peer, msg) == BJ_OE_LOGIN_REPLY);
    bj_oe_login_reply_t reply;
    memcpy(&reply, msg, sizeof reply);
    BJ_CHECK(reply.status == BJ_OK && reply.session_id == i + 1);
}

static bool order_send(uint32_t i, size_t bytes) {
    bj_oe_new_t order = good_new(peers[i].seq + 1);
    order.account_id = 2000 + i;
    if (write(peers[i].fd, &order, bytes) != (ssize_t)bytes) return false;
    peers[i].seq++;
    return true;
}

static void many_open(void) {
    uint16_t port = port_free();
    struct rlimit files = {4096, 4096};
    (void)setrlimit(RLIMIT_NOFILE, &files);
    for (uint32_t i = 0; i < MANY; i++) {
        sessions[i] = (bj_gateway_session_config_t){
            .id = (uint16_t)(i + 1), .clear = true, .accounts = {2000 + i}, .account_cnt = 1,
            .may = BJ_GATEWAY_MAY_TRADE, .sources = {{0x7f000001, UINT32_MAX}}, .source_cnt = 1,
            .key = "key of many", .key_bytes = 11};
        snprintf(sessions[i].name, sizeof sessions[i].name, "many-%u", i);
    }
    world_open_with(&world, sessions, MANY, 4096, 8192);
    tls = bj_gateway_tls_new(world.gateway);
    ksock = bj_ksock_new("127.0.0.1", port, 0, tls);
    BJ_CHECK(ksock != NULL);
    for (uint32_t i = 0; i < MANY; i++) {
        peer_connect(&peers[i], port);
        turn();
    }
    for (uint32_t i = 0; i < MANY; i++)
        peer_login(&peers[i], i);
    BJ_CHECK(bj_gateway_counters(world.gateway)->sessions == MANY);
}

static void misbehave(int round) {
    for (uint32_t i = 0; i < DEAF; i++) { /* asks, and reads nothing of what it gets */
        for (int n = 0; n < 100; n++)
            (void)order_send(i, sizeof(bj_oe_new_t));
    }
    for (uint32_t i = DEAF; round == 0 && i < HALF; i++)
        (void)order_send(i, 20);
    for (uint32_t i = HALF; i < FLOOD; i++) { /* repeats itself as fast as it is let */
        static const bj_oe_header_t beats[64];
        bj_oe_header_t beat = {.len_bytes = sizeof beat, .type = BJ_OE_HEARTBEAT,
                               .version = BJ_OE_VERSION};
        uint8_t flood[sizeof beats];
        for (size_t k = 0; k < BJ_COUNT(beats); k++)
            memcpy(flood + k * sizeof beat, &beat, sizeof beat);
        (void)!write(peers[i].fd, flood, sizeof flood);
    }
}

static void test_good_ones_beside_bad_ones(void) {
    uint8_t msg[BJ_OE_MESSAGE_MAX_BYTES];
    for (int round = 0; round < ROUNDS; round++) {
        misbehave(round);
        for (uint32_t i = FLOOD; i < MANY; i++)
            BJ_CHECK(order_send(i, sizeof(bj_oe_new_t)));
        for (uint32_t i = FLOOD; i < MANY; i++) {
            BJ_CHECK(peer_wait(&peers[i], msg) == 'a');
            peers[i].reports++;
        }
    }
    const bj_gateway_counters_t *counters = bj_gateway_counters(world.gateway);
    BJ_CHECK(counters->sessions == MANY && counters->cut == 0 && counters->slow > 0);
    for (uint32_t i = 0; i < DEAF; i++) { /* and who begins to read after all has missed nothing */
        while (peers[i].reports < peers[i].seq && peer_wait(&peers[i], msg) == 'a')
            peers[i].reports++;
        BJ_CHECK(peers[i].reports == peers[i].seq && peers[i].seq > 400);
    }
}

static void test_all_leave(void) {
    bj_cmd_t cmd;
    uint32_t lost = 0;
    for (uint32_t i = 0; i < MANY; i++)
        close(peers[i].fd);
    for (int i = 0; i < 50; i++) {
        world.now.mono_ns += BJ_NS_PER_MS;
        (void)bj_ksock_step(ksock, world.now);
        while (world_cmd(&world, &cmd))
            lost += cmd.type == BJ_CMD_DISCONNECT;
    }
    BJ_CHECK(lost == MANY && bj_gateway_counters(world.gateway)->connections == 0);
}

int main(void) {
    bj_log_init("test", BJ_LOG_ERROR);
    many_open();
    test_good_ones_beside_bad_ones();
    test_all_leave();
    bj_ksock_free(ksock);
    bj_gateway_tls_free(tls);
    world_close(&world);
    return bj_test_end("test_bj_ksock");
}
