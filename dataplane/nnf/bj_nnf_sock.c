#include "dataplane/nnf/bj_nnf_sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_tcp.h"

enum { EVENTS_MAX = 64, READ_BYTES = 4096, READS_MAX = 4, BACKLOG = 64 };

typedef struct sock_conn {
    int  fd; /* -1: not in use */
    uint32_t server_idx;
    uint32_t waiting_at, waiting_cnt; /* read, not yet taken by the server */
    bool readable, ended;
    SSL *ssl; /* the gateway router's; NULL: a box */
    uint8_t waiting[READ_BYTES];
} sock_conn_t;

struct bj_nnf_sock {
    bj_nnf_server_t *server;
    SSL_CTX *tls;
    int epoll_fd, listen_fd[2]; /* by bj_nnf_port_t */
    bool refuse; /* as a fault */
    sock_conn_t conns[BJ_NNF_CONNS_MAX];
};

/* --- listening --- */
static SSL_CTX *tls_new(const bj_nnf_sock_config_t *config) {
    SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
    if (!tls) return NULL;
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(tls, 0); /* nobody comes back on a session: a query is one of a kind */
    if (SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION) == 1 &&
        SSL_CTX_use_certificate_chain_file(tls, config->cert_file) == 1 &&
        SSL_CTX_use_PrivateKey_file(tls, config->key_file, SSL_FILETYPE_PEM) == 1 &&
        SSL_CTX_check_private_key(tls) == 1)
        return tls;
    BJ_ERROR("gateway router: certificate %s or key %s is no use: %s", config->cert_file,
             config->key_file, ERR_reason_error_string(ERR_peek_last_error()));
    ERR_clear_error();
    SSL_CTX_free(tls);
    return NULL;
}

static bool port_open(bj_nnf_sock_t *sock, bj_nnf_port_t port, const char *host, uint16_t number) {
    /* The two listeners are told from connections by where their pointers point. */
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = &sock->listen_fd[port]};
    sock->listen_fd[port] = bj_tcp_listen(host, number, BACKLOG);
    bool ok = sock->listen_fd[port] >= 0 &&
              epoll_ctl(sock->epoll_fd, EPOLL_CTL_ADD, sock->listen_fd[port], &want) == 0;
    if (!ok) BJ_ERROR("%s:%u cannot be listened on: %s", host, number, strerror(errno));
    return ok;
}

bj_nnf_sock_t *bj_nnf_sock_new(const bj_nnf_sock_config_t *config, bj_nnf_server_t *server) {
    bj_nnf_sock_t *sock = calloc(1, sizeof *sock);
    if (!sock) return NULL;
    sock->server = server;
    sock->listen_fd[0] = sock->listen_fd[1] = -1;
    for (size_t i = 0; i < BJ_COUNT(sock->conns); i++)
        sock->conns[i].fd = -1;
    sock->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    sock->tls = tls_new(config);
    if (sock->epoll_fd >= 0 && sock->tls &&
        port_open(sock, BJ_NNF_PORT_BOX, config->host, config->port) &&
        port_open(sock, BJ_NNF_PORT_ROUTER, config->host, config->router_port))
        return sock;
    bj_nnf_sock_free(sock, (bj_now_t){0});
    return NULL;
}

/* --- connections --- */
static void conn_close(bj_nnf_sock_t *sock, sock_conn_t *conn, bj_now_t now) {
    bj_nnf_server_disconnect(sock->server, conn->server_idx, now);
    if (conn->ssl) {
        if (SSL_is_init_finished(conn->ssl)) (void)SSL_shutdown(conn->ssl);
        SSL_free(conn->ssl);
        ERR_clear_error();
    }
    close(conn->fd); /* also takes it out of epoll */
    conn->fd = -1;
}

int bj_nnf_sock_fd(const bj_nnf_sock_t *sock) { return sock->epoll_fd; }
void bj_nnf_sock_refuse(bj_nnf_sock_t *sock, bool refuse) { sock->refuse = refuse; }

void bj_nnf_sock_drop(bj_nnf_sock_t *sock, bj_now_t now) {
    for (size_t i = 0; i < BJ_COUNT(sock->conns); i++) {
        if (sock->conns[i].fd >= 0) conn_close(sock, &sock->conns[i], now);
    }
}

void bj_nnf_sock_free(bj_nnf_sock_t *sock, bj_now_t now) {
    if (!sock) return;
    bj_nnf_sock_drop(sock, now);
    for (int i = 0; i < 2; i++) {
        if (sock->listen_fd[i] >= 0) close(sock->listen_fd[i]);
    }
    if (sock->epoll_fd >= 0) close(sock->epoll_fd);
    SSL_CTX_free(sock->tls);
    free(sock);
}

static SSL *tls_accept(bj_nnf_sock_t *sock, int fd) {
    SSL *ssl = SSL_new(sock->tls);
    if (ssl && SSL_set_fd(ssl, fd) == 1) {
        SSL_set_accept_state(ssl);
        return ssl;
    }
    SSL_free(ssl);
    return NULL;
}

static void conn_accept(bj_nnf_sock_t *sock, bj_nnf_port_t port, bj_now_t now) {
    struct sockaddr_in from = {0};
    socklen_t from_bytes = sizeof from;
    char ip[INET_ADDRSTRLEN] = "";
    int one = 1, fd = accept4(sock->listen_fd[port], (struct sockaddr *)&from, &from_bytes,
                              SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    if (sock->refuse) {
        close(fd);
        return;
    }
    sock_conn_t *conn = NULL;
    for (size_t i = 0; i < BJ_COUNT(sock->conns) && !conn; i++) {
        if (sock->conns[i].fd < 0) conn = &sock->conns[i];
    }
    SSL *ssl = port == BJ_NNF_PORT_ROUTER ? tls_accept(sock, fd) : NULL;
    bool able = conn && (ssl || port == BJ_NNF_PORT_BOX);
    uint32_t idx = able ? bj_nnf_server_connect(sock->server, port, now) : BJ_NNF_NONE;
    if (idx == BJ_NNF_NONE) {
        SSL_free(ssl);
        close(fd);
        return;
    }
    *conn = (sock_conn_t){.fd = fd, .server_idx = idx, .ssl = ssl};
    if (inet_ntop(AF_INET, &from.sin_addr, ip, sizeof ip))
        bj_nnf_server_peer(sock->server, idx, ip);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* Edge-triggered: a connection whose input must wait would otherwise wake us all the time. */
    struct epoll_event want = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                               .data.ptr = conn};
    if (epoll_ctl(sock->epoll_fd, EPOLL_CTL_ADD, fd, &want) != 0) conn_close(sock, conn, now);
}

static bool would_block(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* What came; 0: nothing just now; -1: nothing more ever. */
static int bytes_in(sock_conn_t *conn, uint8_t *data, int data_bytes) {
    if (!conn->ssl) {
        ssize_t got = read(conn->fd, data, (size_t)data_bytes);
        return got > 0 ? (int)got : got < 0 && would_block() ? 0 : -1;
    }
    ERR_clear_error();
    int got = SSL_read(conn->ssl, data, data_bytes);
    if (got > 0) return got;
    int why = SSL_get_error(conn->ssl, got);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static int bytes_out(sock_conn_t *conn, const uint8_t *data, size_t data_bytes) {
    if (!conn->ssl) {
        ssize_t sent = send(conn->fd, data, data_bytes, MSG_NOSIGNAL);
        return sent >= 0 ? (int)sent : would_block() ? 0 : -1;
    }
    ERR_clear_error();
    int sent = SSL_write(conn->ssl, data, (int)data_bytes);
    if (sent > 0) return sent;
    int why = SSL_get_error(conn->ssl, sent);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

/* True while there may be more. */
static bool conn_read(bj_nnf_sock_t *sock, sock_conn_t *conn, bj_now_t now) {
    if (!conn->waiting_cnt) {
        int got = bytes_in(conn, conn->waiting, sizeof conn->waiting);
        if (got <= 0) {
            if (got < 0) conn->ended = true;
            conn->readable = false;
            return false;
        }
        conn->waiting_at = 0;
        conn->waiting_cnt = (uint32_t)got;
    }
    size_t taken = bj_nnf_server_input(sock->server, conn->server_idx,
                                       conn->waiting + conn->waiting_at, conn->waiting_cnt, now);
    conn->waiting_at += (uint32_t)taken;
    conn->waiting_cnt -= (uint32_t)taken;
    return !conn->waiting_cnt;
}

static bool conn_write(bj_nnf_sock_t *sock, sock_conn_t *conn, bj_now_t now) {
    const uint8_t *data;
    size_t due = bj_nnf_server_output(sock->server, conn->server_idx, &data);
    if (!due) return false;
    int sent = bytes_out(conn, data, due);
    if (sent < 0) conn->ended = true;
    if (sent <= 0) return false;
    bj_nnf_server_sent(sock->server, conn->server_idx, (size_t)sent, now);
    return true;
}

static uint32_t conn_step(bj_nnf_sock_t *sock, sock_conn_t *conn, bj_now_t now) {
    uint32_t done = 0;
    /* A few reads, then the others' turn. */
    for (int i = 0; i < READS_MAX && (conn->readable || conn->waiting_cnt); i++, done++) {
        if (!conn_read(sock, conn, now)) break;
    }
    if (conn_write(sock, conn, now)) done++;
    if (bj_nnf_server_finished(sock->server, conn->server_idx, now) ||
        (conn->ended && !conn->waiting_cnt)) {
        conn_close(sock, conn, now);
        done++;
    }
    return done;
}

uint32_t bj_nnf_sock_step(bj_nnf_sock_t *sock, bj_now_t now) {
    struct epoll_event events[EVENTS_MAX];
    uint32_t done = 0;
    int cnt = epoll_wait(sock->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < cnt; i++) {
        void *from = events[i].data.ptr;
        if (from == &sock->listen_fd[BJ_NNF_PORT_BOX])
            conn_accept(sock, BJ_NNF_PORT_BOX, now);
        else if (from == &sock->listen_fd[BJ_NNF_PORT_ROUTER])
            conn_accept(sock, BJ_NNF_PORT_ROUTER, now);
        else
            ((sock_conn_t *)from)->readable = true;
        done++;
    }
    for (size_t i = 0; i < BJ_COUNT(sock->conns); i++) {
        if (sock->conns[i].fd >= 0) done += conn_step(sock, &sock->conns[i], now);
    }
    return done;
}
