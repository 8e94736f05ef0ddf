#include "dataplane/gateway/bj_ksock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"

enum { EVENTS_MAX = 64, READ_BYTES = 4096, READS_MAX = 4, BACKLOG = 64 };

typedef struct ksock_conn {
    int fd; /* -1: not in use */
    uint32_t gateway_conn_idx;
    uint32_t waiting_at, waiting_cnt; /* read, not yet taken by the gateway */
    bool readable, ended;
    uint8_t waiting[READ_BYTES];
} ksock_conn_t;

struct bj_ksock {
    bj_gateway_t *gateway;
    int epoll_fd, listen_fd;
    ksock_conn_t conns[BJ_GATEWAY_CONNS_MAX];
};

static int listen_on(const char *host, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1;
    if (inet_pton(AF_INET, host, &address.sin_addr) != 1) {
        errno = EINVAL;
        return -1;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

bj_ksock_t *bj_ksock_new(const char *host, uint16_t port, bj_gateway_t *gateway) {
    bj_ksock_t *ksock = calloc(1, sizeof *ksock);
    if (!ksock) return NULL;
    ksock->gateway = gateway;
    for (size_t i = 0; i < BJ_COUNT(ksock->conns); i++)
        ksock->conns[i].fd = -1;
    ksock->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    ksock->listen_fd = listen_on(host, port);
    struct epoll_event want = {.events = EPOLLIN, .data.ptr = NULL};
    if (ksock->epoll_fd < 0 || ksock->listen_fd < 0 ||
        epoll_ctl(ksock->epoll_fd, EPOLL_CTL_ADD, ksock->listen_fd, &want) != 0) {
        BJ_ERROR("%s:%u cannot be listened on: %s", host, port, strerror(errno));
        bj_ksock_free(ksock);
        return NULL;
    }
    return ksock;
}

static void conn_close(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    bj_gateway_disconnect(ksock->gateway, conn->gateway_conn_idx, now);
    close(conn->fd); /* also takes it out of epoll */
    conn->fd = -1;
}

void bj_ksock_free(bj_ksock_t *ksock) {
    if (!ksock) return;
    for (size_t i = 0; i < BJ_COUNT(ksock->conns); i++) {
        if (ksock->conns[i].fd >= 0) conn_close(ksock, &ksock->conns[i], bj_clock_now());
    }
    if (ksock->listen_fd >= 0) close(ksock->listen_fd);
    if (ksock->epoll_fd >= 0) close(ksock->epoll_fd);
    free(ksock);
}

static ksock_conn_t *conn_free_slot(bj_ksock_t *ksock) {
    for (size_t i = 0; i < BJ_COUNT(ksock->conns); i++) {
        if (ksock->conns[i].fd < 0) return &ksock->conns[i];
    }
    return NULL;
}

static void conn_accept(bj_ksock_t *ksock, bj_now_t now) {
    int one = 1, fd = accept4(ksock->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;
    ksock_conn_t *conn = conn_free_slot(ksock);
    uint32_t idx = conn ? bj_gateway_connect(ksock->gateway, now) : BJ_GATEWAY_NONE;
    if (idx == BJ_GATEWAY_NONE) {
        close(fd);
        return;
    }
    *conn = (ksock_conn_t){.fd = fd, .gateway_conn_idx = idx};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* Edge-triggered: a connection whose input must wait would otherwise wake us all the time. */
    struct epoll_event want = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = conn};
    if (epoll_ctl(ksock->epoll_fd, EPOLL_CTL_ADD, fd, &want) != 0) conn_close(ksock, conn, now);
}

static bool would_block(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* Returns true while there may be more. */
static bool conn_read(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    if (!conn->waiting_cnt) {
        ssize_t got = read(conn->fd, conn->waiting, sizeof conn->waiting);
        if (got <= 0) {
            if (got == 0 || !would_block()) conn->ended = true;
            conn->readable = false;
            return false;
        }
        conn->waiting_at = 0;
        conn->waiting_cnt = (uint32_t)got;
    }
    size_t taken = bj_gateway_input(ksock->gateway, conn->gateway_conn_idx,
                                    conn->waiting + conn->waiting_at, conn->waiting_cnt, now);
    conn->waiting_at += (uint32_t)taken;
    conn->waiting_cnt -= (uint32_t)taken;
    return !conn->waiting_cnt;
}

static bool conn_write(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    const uint8_t *data;
    size_t due = bj_gateway_output(ksock->gateway, conn->gateway_conn_idx, &data);
    if (!due) return false;
    ssize_t sent = send(conn->fd, data, due, MSG_NOSIGNAL);
    if (sent < 0) {
        if (!would_block()) conn->ended = true;
        return false;
    }
    bj_gateway_sent(ksock->gateway, conn->gateway_conn_idx, (size_t)sent, now);
    return true;
}

static uint32_t conn_step(bj_ksock_t *ksock, ksock_conn_t *conn, bj_now_t now) {
    uint32_t done = 0;
    /* A few reads, then the others' turn. */
    for (int i = 0; i < READS_MAX && (conn->readable || conn->waiting_cnt); i++, done++) {
        if (!conn_read(ksock, conn, now)) break;
    }
    if (conn_write(ksock, conn, now)) done++;
    if (bj_gateway_finished(ksock->gateway, conn->gateway_conn_idx, now) ||
        (conn->ended && !conn->waiting_cnt)) {
        conn_close(ksock, conn, now);
        done++;
    }
    return done;
}

uint32_t bj_ksock_step(bj_ksock_t *ksock, bj_now_t now) {
    struct epoll_event events[EVENTS_MAX];
    uint32_t done = 0;
    int cnt = epoll_wait(ksock->epoll_fd, events, EVENTS_MAX, 0);
    for (int i = 0; i < cnt; i++) {
        ksock_conn_t *conn = (ksock_conn_t *)events[i].data.ptr;
        if (conn)
            conn->readable = true;
        else
            conn_accept(ksock, now);
        done++;
    }
    for (size_t i = 0; i < BJ_COUNT(ksock->conns); i++) {
        if (ksock->conns[i].fd >= 0) done += conn_step(ksock, &ksock->conns[i], now);
    }
    return done;
}
