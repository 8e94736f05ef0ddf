/* Real sockets and real TLS: the client over bj_uplink_net signs on to the exchange's server behind
 * a router with a certificate, trades, loses its connection, comes back; and a router whose
 * certificate nobody vouched for gets no query. */
#include "dataplane/gateway/bj_uplink_net.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/gateway/test_nnf_uplink.h"
#include "dataplane/nnf/cert_test.h"

typedef struct peer { /* the exchange's end of one connection */
    int      fd;
    SSL     *tls;
    uint32_t conn;
} peer_t;

static int router_fd, box_fd;
static SSL_CTX *tls_config;
static peer_t router = {.fd = -1}, box = {.fd = -1};

static int listen_any(uint16_t *port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int bad = bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4) ||
              getsockname(fd, (struct sockaddr *)&at, &bytes);
    BJ_CHECK(fd >= 0 && !bad);
    *port = ntohs(at.sin_port);
    return fd;
}

/* A certificate into the server's TLS and a file. */
static SSL_CTX *certificate(const char *path) {
    char key_file[128];
    snprintf(key_file, sizeof key_file, "%s.key", path);
    BJ_CHECK(cert_test_make(path, key_file));
    SSL_CTX *config = SSL_CTX_new(TLS_server_method());
    BJ_CHECK(SSL_CTX_use_certificate_file(config, path, SSL_FILETYPE_PEM) == 1 &&
             SSL_CTX_use_PrivateKey_file(config, key_file, SSL_FILETYPE_PEM) == 1);
    unlink(key_file);
    return config;
}

static void peer_end(up_t *up, peer_t *peer) {
    if (peer->fd < 0) return;
    if (peer->tls) SSL_shutdown(peer->tls);
    SSL_free(peer->tls);
    close(peer->fd);
    bj_nnf_server_disconnect(up->server, peer->conn, up->now);
    *peer = (peer_t){.fd = -1};
}

static void peer_step(up_t *up, peer_t *peer, int listen_fd, bj_nnf_port_t port) {
    uint8_t in[8192];
    const uint8_t *out;
    if (peer->fd < 0) {
        peer->fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (peer->fd < 0) return;
        peer->conn = bj_nnf_server_connect(up->server, port, up->now);
        if (port == BJ_NNF_PORT_ROUTER) {
            peer->tls = SSL_new(tls_config);
            SSL_set_fd(peer->tls, peer->fd);
            SSL_set_accept_state(peer->tls);
        }
    }
    ssize_t n = peer->tls ? SSL_read(peer->tls, in, sizeof in)
                          : recv(peer->fd, in, sizeof in, 0);
    bool over = peer->tls ? n <= 0 && SSL_get_error(peer->tls, (int)n) != SSL_ERROR_WANT_READ
                          : n == 0;
    if (n > 0) (void)bj_nnf_server_input(up->server, peer->conn, in, (size_t)n, up->now);
    size_t have = bj_nnf_server_output(up->server, peer->conn, &out);
    if (have) n = peer->tls ? SSL_write(peer->tls, out, (int)have)
                            : send(peer->fd, out, have, MSG_NOSIGNAL);
    if (have && n > 0) bj_nnf_server_sent(up->server, peer->conn, (size_t)n, up->now);
    if (over || bj_nnf_server_finished(up->server, peer->conn, up->now)) peer_end(up, peer);
}

/* Until the client is in a state, or for a while. */
static bool run(up_t *up, bj_uplink_net_t *net, bj_nnf_client_state_t until, int step_max) {
    for (int i = 0; i < step_max; i++) {
        peer_step(up, &router, router_fd, BJ_NNF_PORT_ROUTER);
        peer_step(up, &box, box_fd, BJ_NNF_PORT_BOX);
        up_match(up, UP_CMDS_MAX);
        up_tell(up, UP_EVENTS_MAX);
        (void)bj_nnf_server_step(up->server, up->now);
        (void)bj_uplink_net_step(net, up->now);
        (void)bj_nnf_client_step(up->client, up->now);
        up_time(up, BJ_NS_PER_MS);
        if (bj_nnf_client_state(up->client) == until && !bj_nnf_client_pending(up->client))
            return true;
        usleep(200);
    }
    return false;
}

static void config_new(up_t *up) {
    bj_nnf_server_free(up->server);
    bj_nnf_client_free(up->client);
    router_fd = listen_any(&up->client_config.router_port);
    box_fd = listen_any(&up->server_config.port);
    const char *error;
    up->server = bj_nnf_server_new(&up->server_config, &error);
    assert(up->server);
    up_client_new(up);
    bj_nnf_client_start(up->client, up->now);
}

static void test_day(up_t *up, bj_uplink_net_t *net) {
    static const bj_cmd_t sell = {.token = 101, .side = BJ_SELL, .qty = 50, .price_paise = 10000,
                                  .order_type = BJ_LIMIT, .tif = BJ_DAY};
    BJ_CHECK(run(up, net, BJ_NNF_READY, 4000));
    up_order_t *first = up_new(up, sell), *second = up_new(up, sell);
    BJ_CHECK(run(up, net, BJ_NNF_READY, 4000) && first->answered && second->answered);
    up_other(up, BJ_BUY, 20, 10000, 101);
    peer_end(up, &box); /* the exchange drops the line before it tells of the fill */
    BJ_CHECK(run(up, net, BJ_NNF_AWAY, 4000) && first->fills.qty == 0);
    BJ_CHECK(run(up, net, BJ_NNF_READY, 8000) && first->fills.qty == 20);
    BJ_CHECK(up_change(up, second, BJ_CMD_CANCEL, 0, 0) == BJ_OK);
    BJ_CHECK(run(up, net, BJ_NNF_READY, 4000) && second->ended && !first->ended);
    BJ_CHECK(bj_uplink_net_failed(net) == 0);
    BJ_CHECK(bj_nnf_client_counters(up->client)->sign_ons == 2);
}

int main(void) {
    char good[] = "/tmp/bj-uplink-XXXXXX", other[] = "/tmp/bj-uplink-XXXXXX";
    const char *error = NULL;
    signal(SIGPIPE, SIG_IGN);
    close(mkstemp(good)), close(mkstemp(other));
    SSL_CTX *stranger = certificate(other);
    tls_config = certificate(good);
    up_t *up = up_open(5, BJ_NNF_FO, BJ_NNF_TAG);
    config_new(up);
    BJ_CHECK(!bj_uplink_net_new(up->client, "/nowhere", &error) && strstr(error, "ca_file"));
    bj_uplink_net_t *net = bj_uplink_net_new(up->client, other, &error); /* vouches for another */
    BJ_CHECK(!run(up, net, BJ_NNF_READY, 1500) && bj_uplink_net_failed(net) > 0);
    BJ_CHECK(bj_nnf_server_counters(up->server)->routed == 0);
    bj_uplink_net_free(net);
    peer_end(up, &router);
    bj_nnf_client_disconnected(up->client, up->now);
    net = bj_uplink_net_new(up->client, good, &error);
    BJ_CHECK(net != NULL);
    if (net) test_day(up, net);
    bj_uplink_net_free(net);
    peer_end(up, &router), peer_end(up, &box);
    up_close(up);
    SSL_CTX_free(stranger);
    SSL_CTX_free(tls_config);
    close(router_fd), close(box_fd);
    unlink(good), unlink(other);
    return bj_test_end("test_bj_uplink_net");
}
