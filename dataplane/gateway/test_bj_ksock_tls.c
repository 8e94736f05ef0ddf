/* Goal: our own client's socket and the kernel's driver under TLS, over real TCP: it logs in and
 * trades, in pieces of any size; it learns in words why it may not; what neither side expects ends
 * the connection without a signal; the port in clear stays as it was. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/bj_ksock.h"
#include "dataplane/gateway/tls_peer_test.h"
#include "dataplane/wire/bj_oe_client.h"
#include "dataplane/wire/bj_oe_sock.h"

static bj_ksock_t *ksock;
static uint16_t clear_port, tls_port;
static uint64_t cmd_seq, reports;

static uint16_t port_free(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    BJ_CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    BJ_CHECK(getsockname(fd, (struct sockaddr *)&at, &bytes) == 0);
    close(fd);
    return ntohs(at.sin_port);
}

static void turn(void) {
    bj_cmd_t cmd;
    world_wait(&world, BJ_NS_PER_MS);
    while (bj_ring_room(world.events) && world_cmd(&world, &cmd)) {
        if (cmd.type != BJ_CMD_DISCONNECT)
            BJ_CHECK(world_emit(&world, cmd.session_id, ++cmd_seq));
    }
    atomic_store(&world.durable_seq, cmd_seq);
    (void)bj_ksock_step(ksock, world.now);
}

static int dial(uint16_t port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    BJ_CHECK(connect(fd, (struct sockaddr *)&at, sizeof at) == 0);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    BJ_CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    (void)ctx;
    reports += report->header.type == 'a';
}

static bj_oe_client_t *client_new(const char *session, const char *key) {
    bj_oe_client_config_t config = {.key_bytes = strlen(key), .heartbeat_ms = 60000,
                                    .keep_max = 1024, .on_report = on_report};
    memcpy(config.key, key, config.key_bytes);
    snprintf(config.session, sizeof config.session, "%s", session);
    return bj_oe_client_new(&config);
}

/* One turn of the client's; false: it is over. */
static bool client_turn(bj_oe_client_t *client, bj_oe_sock_t *sock, size_t part_max) {
    uint8_t data[16384];
    const uint8_t *out;
    ssize_t n;
    while ((n = bj_oe_sock_recv(sock, data, sizeof data)) > 0) {
        if (!bj_oe_client_input(client, data, (size_t)n, world.now.mono_ns)) return false;
    }
    if (n == 0 || errno != EAGAIN) return false;
    size_t bytes = bj_oe_client_output(client, &out);
    if (bytes > part_max) bytes = part_max;
    if (!bytes) return true;
    n = bj_oe_sock_send(sock, out, bytes);
    if (n > 0) bj_oe_client_sent(client, (size_t)n);
    return n > 0 || errno == EAGAIN;
}

/* Turns until it is logged in, or it is over. */
static bool log_in(bj_oe_client_t *client, bj_oe_sock_t *sock) {
    bj_oe_client_connected(client, world.now.mono_ns);
    for (int i = 0; i < 300 && !bj_oe_client_ready(client); i++) {
        if (!client_turn(client, sock, SIZE_MAX)) return false;
        turn();
    }
    return bj_oe_client_ready(client);
}

static void setup(void) {
    clear_port = port_free(), tls_port = port_free();
    tls_open(4096);
    cmd_seq = reports = 0;
    ksock = bj_ksock_new("127.0.0.1", clear_port, tls_port, tls);
    BJ_CHECK(ksock != NULL);
}

static void teardown(void) {
    bj_ksock_free(ksock);
    tls_close();
}

static void test_trades(SSL_CTX *context, const char *session, const char *key,
                        uint32_t account_id) {
    enum { ORDERS = 300 };
    bj_oe_sock_t sock;
    uint64_t seq, sent = 0;
    setup();
    bj_oe_client_t *client = client_new(session, key);
    BJ_CHECK(bj_oe_sock_open(&sock, dial(context ? tls_port : clear_port), context) &&
             log_in(client, &sock));
    for (int i = 0; i < 20000 && reports < ORDERS; i++) {
        bj_oe_new_t order = good_new(sent + 1);
        order.account_id = account_id;
        if (sent < ORDERS && bj_oe_client_request(client, BJ_OE_NEW, &order, &seq) == BJ_OK) sent++;
        BJ_CHECK(client_turn(client, &sock, sent < ORDERS ? 1 + (size_t)i % 97 : SIZE_MAX));
        turn();
    }
    BJ_CHECK(reports == ORDERS && counters(&world)->commands == ORDERS);
    bj_oe_sock_close(&sock);
    BJ_CHECK(sock.fd == -1);
    for (int i = 0; i < 20 && counters(&world)->connections; i++) turn();
    BJ_CHECK(counters(&world)->connections == 0 && figures()->broken == 0);
    bj_oe_client_free(client);
    teardown();
}

/* Why, in words; nobody is logged in. */
static void refused(SSL_CTX *context, const char *words) {
    bj_oe_sock_t sock;
    setup();
    bj_oe_client_t *client = client_new("desk", "key of desk");
    BJ_CHECK(bj_oe_sock_open(&sock, dial(tls_port), context) && !log_in(client, &sock));
    BJ_CHECK(strstr(bj_oe_sock_why(), words) != NULL);
    if (!strstr(bj_oe_sock_why(), words)) fprintf(stderr, "  %s: %s\n", words, bj_oe_sock_why());
    BJ_CHECK(counters(&world)->logins == 0);
    bj_oe_sock_close(&sock);
    bj_oe_client_free(client);
    teardown();
}

/* The other side is gone in the middle: an error, no signal. */
static void test_gone(SSL_CTX *context) {
    bj_oe_sock_t sock;
    uint8_t data[64] = {0};
    setup();
    bj_oe_client_t *client = client_new("desk", "key of desk");
    BJ_CHECK(bj_oe_sock_open(&sock, dial(tls_port), context) && log_in(client, &sock));
    teardown();
    ssize_t n = 0;
    for (int i = 0; i < 100 && n >= 0; i++) {
        usleep(1000);
        n = bj_oe_sock_send(&sock, data, sizeof data);
    }
    BJ_CHECK(n == -1 && errno != EAGAIN);
    bj_oe_sock_close(&sock);
    bj_oe_client_free(client);
}

static void test_files(void) {
    const char *error;
    char ca[96], cert[96], key[96];
    tls_path(ca, "ca", "pem"), tls_path(cert, "desk", "pem"), tls_path(key, "maker", "key");
    const bj_oe_tls_files_t bad[] = {
        {"/nowhere", cert, cert}, {ca, "/nowhere", key}, {ca, cert, ca}, {ca, cert, key}};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        BJ_CHECK(!bj_oe_tls_context(&bad[i], BJ_OE_TLS_CLIENT, &error));
        BJ_CHECK(strstr(error, i == 0 ? "ca_file" : i == 1 ? "cert_file" : "key") != NULL);
        BJ_CHECK(!strstr(error, "/"));
    }
}

int main(void) {
    tls_make();
    SSL_CTX *desk = client_context("ca", "desk"), *stranger = client_context("ca2", "desk2");
    SSL_CTX *foreign = client_context("ca", "desk2");
    test_trades(desk, "desk", "key of desk", 901);
    test_trades(NULL, "maker", "key of maker", 900);
    refused(stranger, "certificate verify failed");
    refused(foreign, "alert");
    test_gone(desk);
    test_files();
    SSL_CTX_free(desk), SSL_CTX_free(stranger), SSL_CTX_free(foreign);
    tls_unmake();
    return bj_test_end("test_bj_ksock_tls");
}
