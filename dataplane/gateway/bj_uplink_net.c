#include "dataplane/gateway/bj_uplink_net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { IN_BYTES = 16384 };
static const int64_t connect_wait_ns = 5 * BJ_NS_PER_S;

typedef enum net_state { NET_NONE, NET_CONNECTS, NET_SHAKES_HANDS, NET_OPEN } net_state_t;

struct bj_uplink_net {
    bj_nnf_client_t *client;
    SSL_CTX    *tls_config;
    SSL        *tls; /* of the router's connection */
    net_state_t state;
    bool        router;
    int         fd;
    int64_t     since_ns;
    uint64_t    failed_cnt;
    size_t      in_at, in_cnt; /* what the client has not taken yet */
    uint8_t     in[IN_BYTES];
};

bj_uplink_net_t *bj_uplink_net_new(bj_nnf_client_t *client, const char *ca_file,
                                   const char **error) {
    bj_uplink_net_t *net = calloc(1, sizeof *net);
    *error = "no memory";
    if (!net) return NULL;
    *net = (bj_uplink_net_t){.client = client, .fd = -1};
    net->tls_config = SSL_CTX_new(TLS_client_method());
    if (net->tls_config) {
        *error = "ca_file must be a readable PEM file of certificates";
        SSL_CTX_set_verify(net->tls_config, SSL_VERIFY_PEER, NULL);
        if (SSL_CTX_set_min_proto_version(net->tls_config, TLS1_3_VERSION) == 1 &&
            SSL_CTX_load_verify_locations(net->tls_config, ca_file, NULL) == 1)
            return net;
    }
    ERR_clear_error();
    bj_uplink_net_free(net);
    return NULL;
}

static void hang_up(bj_uplink_net_t *net) {
    SSL_free(net->tls);
    if (net->fd >= 0) close(net->fd);
    net->tls = NULL;
    net->fd = -1;
    net->state = NET_NONE;
    net->in_at = net->in_cnt = 0;
}

void bj_uplink_net_free(bj_uplink_net_t *net) {
    if (!net) return;
    hang_up(net);
    SSL_CTX_free(net->tls_config);
    free(net);
}

uint64_t bj_uplink_net_failed(const bj_uplink_net_t *net) { return net->failed_cnt; }

static void lose(bj_uplink_net_t *net, bj_now_t now) {
    net->failed_cnt += net->state != NET_OPEN;
    hang_up(net);
    bj_nnf_client_disconnected(net->client, now);
}

/* --- making a connection */
static bool dial(bj_uplink_net_t *net, const char *ip, uint16_t port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    if (inet_pton(AF_INET, ip, &to.sin_addr) != 1) return false;
    net->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (net->fd < 0) return false;
    (void)setsockopt(net->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return connect(net->fd, (struct sockaddr *)&to, sizeof to) == 0 || errno == EINPROGRESS;
}

static uint32_t begin(bj_uplink_net_t *net, bj_now_t now) {
    const char *ip;
    uint16_t port;
    bj_nnf_want_t want = bj_nnf_client_want(net->client, &ip, &port);
    if (want == BJ_NNF_WANT_NONE) return 0;
    net->router = want == BJ_NNF_WANT_ROUTER;
    net->since_ns = now.mono_ns;
    net->state = NET_CONNECTS;
    if (!dial(net, ip, port)) lose(net, now);
    return 1;
}

static void opened(bj_uplink_net_t *net, bj_now_t now) {
    net->state = NET_OPEN;
    bj_nnf_client_connected(net->client, now);
}

static uint32_t on_connects(bj_uplink_net_t *net, bj_now_t now) {
    struct pollfd look = {.fd = net->fd, .events = POLLOUT};
    int error = 0;
    socklen_t bytes = sizeof error;
    if (poll(&look, 1, 0) <= 0) return 0;
    if (getsockopt(net->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) != 0 || error) {
        lose(net, now);
        return 1;
    }
    if (!net->router) return opened(net, now), 1;
    net->tls = SSL_new(net->tls_config);
    if (!net->tls || SSL_set_fd(net->tls, net->fd) != 1) return lose(net, now), 1;
    net->state = NET_SHAKES_HANDS;
    return 1;
}

/* OpenSSL's word for "not now". */
static bool not_now(const bj_uplink_net_t *net, int result) {
    int error = SSL_get_error(net->tls, result);
    ERR_clear_error();
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static uint32_t on_shakes_hands(bj_uplink_net_t *net, bj_now_t now) {
    int result = SSL_connect(net->tls);
    if (result == 1) return opened(net, now), 1;
    if (not_now(net, result)) return 0;
    lose(net, now);
    return 1;
}

/* --- moving bytes: -1 the connection ended, 0 not now, else how many */
static ssize_t net_write(bj_uplink_net_t *net, const uint8_t *data, size_t n) {
    if (net->router) {
        int done = SSL_write(net->tls, data, (int)n);
        return done > 0 ? done : not_now(net, done) ? 0 : -1;
    }
    ssize_t done = send(net->fd, data, n, MSG_NOSIGNAL);
    return done >= 0 ? done : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

static ssize_t net_read(bj_uplink_net_t *net, uint8_t *data, size_t n) {
    if (net->router) {
        int done = SSL_read(net->tls, data, (int)n);
        return done > 0 ? done : not_now(net, done) ? 0 : -1;
    }
    ssize_t done = recv(net->fd, data, n, 0);
    if (done == 0) return -1;
    return done > 0 ? done : errno == EAGAIN || errno == EINTR ? 0 : -1;
}

/* False: the connection ended. */
static bool say(bj_uplink_net_t *net, uint32_t *moved, bj_now_t now) {
    const uint8_t *data;
    size_t n = bj_nnf_client_output(net->client, &data);
    if (!n) return true;
    ssize_t done = net_write(net, data, n);
    if (done > 0) bj_nnf_client_sent(net->client, (size_t)done, now);
    if (done > 0) *moved += (uint32_t)done;
    return done >= 0;
}

static bool hear(bj_uplink_net_t *net, uint32_t *moved, bj_now_t now) {
    if (net->in_at == net->in_cnt) {
        ssize_t done = net_read(net, net->in, sizeof net->in);
        if (done <= 0) return done == 0;
        net->in_at = 0, net->in_cnt = (size_t)done;
    }
    size_t took = bj_nnf_client_input(net->client, net->in + net->in_at,
                                      net->in_cnt - net->in_at, now);
    net->in_at += took;
    *moved += (uint32_t)took;
    return true;
}

static uint32_t on_open(bj_uplink_net_t *net, bj_now_t now) {
    uint32_t moved = 0;
    bool there = say(net, &moved, now) && hear(net, &moved, now);
    if (!there || bj_nnf_client_finished(net->client)) return lose(net, now), moved + 1;
    return moved;
}

uint32_t bj_uplink_net_step(bj_uplink_net_t *net, bj_now_t now) {
    bool slow = net->state == NET_CONNECTS || net->state == NET_SHAKES_HANDS;
    if (slow && now.mono_ns - net->since_ns > connect_wait_ns) return lose(net, now), 1;
    switch (net->state) {
    case NET_NONE: return begin(net, now);
    case NET_CONNECTS: return on_connects(net, now);
    case NET_SHAKES_HANDS: return on_shakes_hands(net, now);
    case NET_OPEN: return on_open(net, now);
    }
    return 0;
}
