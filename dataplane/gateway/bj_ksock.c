#include "dataplane/gateway/bj_ksock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_bits.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_tcp.h"

enum { EVENTS_MAX = 64, READ_BYTES = 4096, READS_MAX = 4, ACCEPTS_MAX = 16, BACKLOG = 128 };
enum { CONN_WORDS = BJ_GATEWAY_CONNS_MAX / 64 };
enum { CLEAR, TLS, DOORS };

static const int send_bytes = 128 << 10; /* the kernel takes twice as much */

typedef struct ksock_conn {
    int fd; /* -1: not in use */
    uint32_t waiting_at, waiting_cnt; /* read, not yet taken by the gateway */
    bool readable, writable, ended;
    uint8_t waiting[READ_BYTES];
} ksock_conn_t;

struct bj_ksock {
    bj_gateway_tls_t *gateway;
    int epoll_fd;
    int listen_fds[DOORS]; /* -1: not listened on */
    uint32_t turn;              /* whom a step begins with */
    uint64_t ready[CONN_WORDS]; /* read or to be read, or ended */
    ksock_conn_t conns[BJ_GATEWAY_CONNS_MAX]; /* by the gateway's number */
};

/* Port 0: no such door. */
static bool door_open(bj_ksock_t *ksock, int door, const char *host, uint16_t port) {
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = &ksock->listen_fds[door]};
    if (!port) return true;
    ksock->listen_fds[door] = bj_tcp_listen(host, port, BACKLOG);
    if (ksock->listen_fds[door] >= 0 &&
        epoll_ctl(ksock->epoll_fd, EPOLL_CTL_ADD, ksock->listen_fds[door], &want) == 0)
        return true;
    BJ_ERROR("%s:%u cannot be listened on: %s", host, port, strerror(errno));
    return false;
}

bj_ksock_t *bj_ksock_new(const char *host, uint16_t port, uint16_t tls_port,
                         bj_gateway_tls_t *gateway) {
    bj_ksock_t *ksock = calloc(1, sizeof *ksock);
    if (!ksock) return NULL;
    ksock->gateway = gateway;
    for (size_t i = 0; i < BJ_COUNT(ksock->conns); i++)
        ksock->conns[i].fd = -1;
    ksock->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    ksock->listen_fds[CLEAR] = ksock->listen_fds[TLS] = -1;
    if (ksock->epoll_fd >= 0 && door_open(ksock, CLEAR, host, port) &&
        door_open(ksock, TLS, host, tls_port))
        return ksock;
    bj_ksock_free(ksock);
    return NULL;
}

static uint32_t conn_index(const bj_ksock_t *ksock, const ksock_conn_t *conn) {
    return (uint32_t)(conn - ksock->conns);
}

static void conn_close(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    uint32_t idx = conn_index(ksock, conn);
    bj_gateway_tls_disconnect(ksock->gateway, idx, now);
    bj_bits_clear(ksock->ready, idx);
    close(conn->fd); /* also takes it out of epoll */
    conn->fd = -1;
}

void bj_ksock_free(bj_ksock_t *ksock) {
    if (!ksock) return;
    for (size_t i = 0; i < BJ_COUNT(ksock->conns); i++) {
        if (ksock->conns[i].fd >= 0) conn_close(ksock, &ksock->conns[i], bj_clock_now());
    }
    for (int i = 0; i < DOORS; i++)
        if (ksock->listen_fds[i] >= 0) close(ksock->listen_fds[i]);
    if (ksock->epoll_fd >= 0) close(ksock->epoll_fd);
    free(ksock);
}

/* False: nobody else is waiting. */
static bool conn_accept(bj_ksock_t *ksock, int door, bj_now_t now) {
    struct sockaddr_in peer = {0};
    socklen_t peer_bytes = sizeof peer;
    int one = 1, fd = accept4(ksock->listen_fds[door], (struct sockaddr *)&peer, &peer_bytes,
                              SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return false;
    uint32_t idx = bj_gateway_tls_connect(ksock->gateway, ntohl(peer.sin_addr.s_addr),
                                          door == TLS, now);
    if (idx == BJ_GATEWAY_NONE) {
        close(fd);
        return true;
    }
    ksock_conn_t *conn = &ksock->conns[idx];
    conn->fd = fd;
    conn->waiting_at = conn->waiting_cnt = 0;
    conn->readable = conn->ended = false;
    conn->writable = true;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* What a client does not read waits in the event log, not in the kernel, which would take
     * megabytes of it for each. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
    /* Edge-triggered: a connection whose input must wait, or whose client does not read, would
     * otherwise wake us all the time. */
    struct epoll_event want = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                               .data.ptr = conn};
    if (epoll_ctl(ksock->epoll_fd, EPOLL_CTL_ADD, fd, &want) != 0) conn_close(ksock, conn, now);
    return true;
}

static bool would_block(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Returns true while there may be more. */
static bool conn_read(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    if (!conn->waiting_cnt) {
        bj_gateway_tls_arrived(ksock->gateway);
        ssize_t got = read(conn->fd, conn->waiting, sizeof conn->waiting);
        if (got <= 0) {
            if (got == 0 || !would_block()) conn->ended = true;
            conn->readable = false;
            return false;
        }
        conn->waiting_at = 0;
        conn->waiting_cnt = (uint32_t)got;
    }
    size_t taken = bj_gateway_tls_input(ksock->gateway, conn_index(ksock, conn),
                                    conn->waiting + conn->waiting_at, conn->waiting_cnt, now);
    conn->waiting_at += (uint32_t)taken;
    conn->waiting_cnt -= (uint32_t)taken;
    return !conn->waiting_cnt;
}

static bool conn_write(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    const uint8_t *data;
    uint32_t idx = conn_index(ksock, conn);
    size_t due = bj_gateway_tls_output(ksock->gateway, idx, &data, now);
    if (!due || !conn->writable) return false;
    ssize_t sent = send(conn->fd, data, due, MSG_NOSIGNAL);
    if (sent < 0) {
        conn->writable = errno == EINTR; /* else an edge will say when */
        if (!would_block()) conn->ended = true;
        return false;
    }
    bj_gateway_tls_sent(ksock->gateway, idx, (size_t)sent, now);
    return true;
}

static uint32_t conn_step(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    uint32_t done = 0;
    /* A few reads, then the others' turn. */
    for (int i = 0; i < READS_MAX && (conn->readable || conn->waiting_cnt); i++, done++) {
        if (!conn_read(ksock, conn, now)) break;
    }
    if (conn_write(ksock, conn, now)) done++;
    if (bj_gateway_tls_finished(ksock->gateway, conn_index(ksock, conn), now) ||
        (conn->ended && !conn->waiting_cnt &&
         !bj_gateway_tls_holds(ksock->gateway, conn_index(ksock, conn)))) {
        conn_close(ksock, conn, now);
        done++;
    } else if (!conn->readable && !conn->waiting_cnt && !conn->ended) {
        bj_bits_clear(ksock->ready, conn_index(ksock, conn));
    }
    return done;
}

static uint32_t conns_step(bj_ksock_t *ksock, const uint64_t *todo, uint32_t from, uint32_t to,
                           bj_now_t now) {
    uint32_t done = 0;
    for (uint32_t i = from; (i = bj_bits_next(todo, BJ_GATEWAY_CONNS_MAX, i)) < to; i++) {
        if (ksock->conns[i].fd >= 0) done += conn_step(ksock, &ksock->conns[i], now);
    }
    return done;
}

static void event_take(bj_ksock_t *ksock, const struct epoll_event *event, bj_now_t now) {
    for (int door = 0; door < DOORS; door++) {
        if (event->data.ptr != &ksock->listen_fds[door]) continue;
        for (int i = 0; i < ACCEPTS_MAX && conn_accept(ksock, door, now); i++) {
        }
        return;
    }
    ksock_conn_t *conn = (ksock_conn_t *)event->data.ptr;
    if (event->events & EPOLLOUT) conn->writable = true;
    if (event->events & ~(uint32_t)EPOLLOUT) {
        conn->readable = true;
        bj_bits_set(ksock->ready, conn_index(ksock, conn));
    }
}

uint32_t bj_ksock_step(bj_ksock_t *ksock, bj_now_t now) {
    struct epoll_event events[EVENTS_MAX];
    uint32_t done = 0;
    bj_gateway_tls_step(ksock->gateway, now);
    int cnt = epoll_wait(ksock->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < cnt; i++, done++)
        event_take(ksock, &events[i], now);
    uint64_t todo[CONN_WORDS];
    memcpy(todo, ksock->ready, sizeof todo);
    bj_gateway_tls_due(ksock->gateway, todo);
    uint32_t turn = ksock->turn++ % BJ_GATEWAY_CONNS_MAX;
    done += conns_step(ksock, todo, turn, BJ_GATEWAY_CONNS_MAX, now);
    return done + conns_step(ksock, todo, 0, turn, now);
}
