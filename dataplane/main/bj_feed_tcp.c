#include "dataplane/main/bj_feed_tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static uint64_t bit_of(uint32_t conn_idx) { return UINT64_C(1) << conn_idx; }

static void drop(bj_feed_tcp_t *tcp, uint32_t conn_idx) {
    close(tcp->fd[conn_idx]);
    tcp->open &= ~bit_of(conn_idx);
}

static bool on_connect(void *ctx, uint32_t conn_idx, bj_segment_t segment,
                       bj_feed_service_t service) {
    bj_feed_tcp_t *tcp = (bj_feed_tcp_t *)ctx;
    const bj_feed_tcp_address_t *to = &tcp->address[segment][service];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(to->port),
                                  .sin_addr.s_addr = htonl(to->ip)};
    if (!to->port) return false;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) {
        close(fd);
        return false;
    }
    tcp->fd[conn_idx] = fd;
    tcp->open |= bit_of(conn_idx);
    return true;
}

static void on_close(void *ctx, uint32_t conn_idx) { drop((bj_feed_tcp_t *)ctx, conn_idx); }

const bj_feed_recovery_ops_t bj_feed_tcp_ops = {on_connect, on_close};

static void lose(bj_feed_tcp_t *tcp, uint32_t conn_idx, int64_t now_ns) {
    drop(tcp, conn_idx);
    bj_feed_recovery_closed(tcp->recovery, conn_idx, now_ns);
}

static bool would_wait(void) {
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* A socket that can be written to has connected, or has not and never will. */
static void write_one(bj_feed_tcp_t *tcp, uint32_t conn_idx, int64_t now_ns) {
    int why = 0;
    socklen_t why_bytes = sizeof why;
    getsockopt(tcp->fd[conn_idx], SOL_SOCKET, SO_ERROR, &why, &why_bytes);
    if (why) {
        lose(tcp, conn_idx, now_ns);
        return;
    }
    const uint8_t *data;
    bj_feed_recovery_connected(tcp->recovery, conn_idx, now_ns);
    size_t due = bj_feed_recovery_output(tcp->recovery, conn_idx, &data);
    ssize_t sent = due ? send(tcp->fd[conn_idx], data, due, MSG_NOSIGNAL) : 0;
    if (sent > 0) bj_feed_recovery_sent(tcp->recovery, conn_idx, (size_t)sent);
    else if (sent < 0 && !would_wait()) lose(tcp, conn_idx, now_ns);
}

static void read_one(bj_feed_tcp_t *tcp, uint32_t conn_idx, int64_t now_ns) {
    ssize_t got = recv(tcp->fd[conn_idx], tcp->data, sizeof tcp->data, 0);
    if (got > 0) {
        bj_feed_recovery_input(tcp->recovery, conn_idx, tcp->data, (size_t)got, now_ns);
    } else if (got == 0 || !would_wait()) lose(tcp, conn_idx, now_ns);
}

/* Which are to be looked at for what: one that has sent its request has nothing more to write. */
static nfds_t look_at(const bj_feed_tcp_t *tcp, struct pollfd *polls, uint32_t *conn_idxs) {
    nfds_t cnt = 0;
    for (uint64_t open = tcp->open; open; open &= open - 1, cnt++) {
        uint32_t idx = (uint32_t)__builtin_ctzll(open);
        const uint8_t *data;
        bool writes = bj_feed_recovery_connecting(tcp->recovery, idx) ||
                      bj_feed_recovery_output(tcp->recovery, idx, &data) > 0;
        polls[cnt] = (struct pollfd){tcp->fd[idx], (short)(POLLIN | (writes ? POLLOUT : 0)), 0};
        conn_idxs[cnt] = idx;
    }
    return cnt;
}

uint32_t bj_feed_tcp_step(bj_feed_tcp_t *tcp, int64_t now_ns) {
    struct pollfd polls[BJ_FEED_STREAM_MAX];
    uint32_t conn_idxs[BJ_FEED_STREAM_MAX], done = 0;
    if (!tcp->open) return 0;
    nfds_t cnt = look_at(tcp, polls, conn_idxs);
    if (poll(polls, cnt, 0) <= 0) return 0;
    for (nfds_t i = 0; i < cnt; i++) {
        if (!(polls[i].events & polls[i].revents & POLLOUT)) continue;
        write_one(tcp, conn_idxs[i], now_ns);
        done++;
    }
    for (nfds_t i = 0; i < cnt; i++) {
        nfds_t at = (tcp->turn + i) % cnt;
        if (!(polls[at].revents & (POLLIN | POLLERR | POLLHUP))) continue;
        if (!(tcp->open & bit_of(conn_idxs[at]))) continue; /* closed just now */
        read_one(tcp, conn_idxs[at], now_ns);
        tcp->turn = (uint32_t)(at + 1);
        return done + 1;
    }
    return done;
}

void bj_feed_tcp_end(bj_feed_tcp_t *tcp) {
    for (; tcp->open; tcp->open &= tcp->open - 1)
        close(tcp->fd[__builtin_ctzll(tcp->open)]);
}
