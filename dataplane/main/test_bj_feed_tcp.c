/* Goal: recovery over real sockets: a whole answer comes through in pieces, no step takes longer or
 * more than it may, and a server that refuses, hangs up or says nothing costs nothing but time.
 * Method: a server in the same thread on the loopback, and the real clock but for the waits. */
#include "dataplane/main/bj_feed_tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "dataplane/base/bj_time.h"

enum { ORDERS = 100000 };
static struct bench {
    bj_feed_tcp_t tcp;
    int      listen_fd, fd; /* -1: none */
    uint32_t orders, orders_before, step_orders_max, messages, done, done_ok;
    int64_t  now_ns, step_ns_max;
    size_t   got, sent;
    bj_mtbt_request_t request;
} b;

static bool on_message(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    (void)ctx, (void)stream_idx;
    return msg->seq == ++b.messages;
}
static bool on_snapshot(void *ctx, uint32_t stream_idx, uint32_t last_seq) {
    (void)ctx, (void)stream_idx;
    return last_seq == 7;
}
static void on_order(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    (void)ctx, (void)stream_idx;
    BJ_CHECK(msg->order_id == ++b.orders);
}
static bool on_whole(void *ctx, uint32_t stream_idx) {
    (void)ctx, (void)stream_idx;
    return true;
}
static void on_done(void *ctx, uint32_t stream_idx, bj_feed_service_t service, bool ok) {
    (void)ctx, (void)stream_idx, (void)service;
    b.done++;
    b.done_ok += ok;
}

static int listen_on(uint16_t *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t address_bytes = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 1) != 0) abort();
    getsockname(fd, (struct sockaddr *)&address, &address_bytes);
    *port = ntohs(address.sin_port);
    return fd;
}

static void make(bj_feed_recovery_t **recovery) {
    static const bj_feed_recovery_sink_t sink = {on_message, on_snapshot, on_order,
                                                 on_whole, on_done};
    static uint8_t mem[1 << 16];
    uint16_t port;
    memset(&b, 0, sizeof b);
    b.now_ns = 1000;
    b.fd = -1;
    b.listen_fd = listen_on(&port);
    bj_feed_recovery_config_t config = {.stream_cnt = 1, .limits = bj_feed_recovery_limits,
                                        .ops = &bj_feed_tcp_ops, .ops_ctx = &b.tcp, .sink = &sink};
    BJ_CHECK(bj_feed_recovery_footprint(&config) <= sizeof mem);
    *recovery = b.tcp.recovery = bj_feed_recovery_new(mem, &config);
    bj_feed_recovery_name(*recovery, 0, BJ_SEGMENT_FO, 1);
    for (int i = 0; i < BJ_FEED_SERVICES; i++)
        b.tcp.address[BJ_SEGMENT_FO][i] = (bj_feed_tcp_address_t){INADDR_LOOPBACK, port};
}

static void end(void) {
    bj_feed_tcp_end(&b.tcp);
    if (b.fd >= 0) close(b.fd);
    if (b.listen_fd >= 0) close(b.listen_fd);
}

static void turn(int64_t pass_ns) {
    b.now_ns += pass_ns;
    int64_t from_ns = bj_clock_mono_ns();
    bj_feed_recovery_step(b.tcp.recovery, b.now_ns);
    bj_feed_tcp_step(&b.tcp, b.now_ns);
    int64_t took_ns = bj_clock_mono_ns() - from_ns;
    if (took_ns > b.step_ns_max) b.step_ns_max = took_ns;
    if (b.orders - b.orders_before > b.step_orders_max)
        b.step_orders_max = b.orders - b.orders_before;
    b.orders_before = b.orders;
}

/* Accepts, reads the request, sends as much as goes. */
static void serve(const uint8_t *data, size_t data_bytes) {
    if (b.fd < 0) {
        b.fd = accept4(b.listen_fd, NULL, NULL, SOCK_NONBLOCK);
        b.got = b.sent = 0;
    }
    if (b.fd < 0) return;
    ssize_t n = recv(b.fd, (uint8_t *)&b.request + b.got, sizeof b.request - b.got, 0);
    if (n > 0) b.got += (size_t)n;
    if (b.got < sizeof b.request || b.sent == data_bytes) return;
    n = send(b.fd, data + b.sent, data_bytes - b.sent, MSG_NOSIGNAL);
    if (n > 0) b.sent += (size_t)n;
}

static size_t put_reply(uint8_t *to, uint8_t type, uint8_t status) {
    bj_mtbt_reply_t wire = {.header = {sizeof wire, 1, 0}, .type = type, .status = status};
    memcpy(to, &wire, sizeof wire);
    return sizeof wire;
}

static size_t put_messages(uint8_t *to, uint32_t cnt) {
    size_t at = put_reply(to, 'Y', 'S');
    for (uint32_t i = 1; i <= cnt; i++, at += sizeof(bj_mtbt_order_t)) {
        bj_mtbt_order_t order = {{sizeof order, 1, i}, 'N', 1000000 + i, i, 1, 'B', 5, 5};
        memcpy(to + at, &order, sizeof order);
    }
    return at;
}

static void test_messages(void) {
    static uint8_t data[1 << 16];
    bj_feed_recovery_t *recovery;
    make(&recovery);
    size_t n = put_messages(data, 500);
    bj_feed_recovery_want(recovery, 0, 1, 500);
    for (int i = 0; i < 100000 && !b.done; i++) turn(1000), serve(data, n);
    BJ_CHECK(b.done_ok == 1 && b.messages == 500 && b.tcp.open == 0);
    BJ_CHECK(b.request.type == 'R' && b.request.start_seq == 1 && b.request.end_seq == 500);
    end();
}

/* 3 MB, never more than one read of it a step. */
static void test_snapshot(void) {
    size_t data_bytes = 26 + (size_t)ORDERS * 30, at;
    uint8_t *data = malloc(data_bytes);
    bj_feed_recovery_t *recovery;
    at = put_reply(data, 'B', 'S');
    bj_mtbt_snapshot_t head = {BJ_MTBT_SNAPSHOT_CODE, (uint32_t)data_bytes - 10, ORDERS, 7, 1};
    memcpy(data + at, &head, sizeof head);
    at += sizeof head;
    for (uint32_t i = 1; i <= ORDERS; i++, at += 30) {
        bj_mtbt_snapshot_order_t order = {'N', 1000000 + i, i, 1, 'B', 5, 5};
        memcpy(data + at, &order, sizeof order);
    }
    make(&recovery);
    bj_feed_recovery_want_snapshot(recovery, 0);
    for (int i = 0; i < 1000000 && !b.done; i++) turn(1000), serve(data, data_bytes);
    BJ_CHECK(b.done_ok == 1 && b.orders == ORDERS && b.tcp.open == 0);
    BJ_CHECK(b.step_orders_max <= BJ_FEED_TCP_READ_BYTES / 30 + 1);
    printf("longest step %lld us\n", (long long)(b.step_ns_max / 1000));
    end();
    free(data);
}

/* Nobody listens; the server hangs up at once, or in the middle; it says nothing. */
static void test_failures(void) {
    enum { NOBODY, HANGS_UP, IN_THE_MIDDLE, SAYS_NOTHING, WAYS };
    static uint8_t data[1 << 12];
    size_t n = put_messages(data, 50);
    for (int way = 0; way < WAYS; way++) {
        bj_feed_recovery_t *recovery;
        make(&recovery);
        if (way == NOBODY) close(b.listen_fd), b.listen_fd = -1;
        bj_feed_recovery_want(recovery, 0, 1, 100);
        for (int i = 0; i < 200000 && !b.done; i++) {
            turn(BJ_NS_PER_MS);
            if (way == NOBODY || way == SAYS_NOTHING) continue;
            serve(data, way == HANGS_UP ? 0 : n);
            if (b.fd >= 0 && b.got == sizeof b.request && b.sent == (way == HANGS_UP ? 0 : n))
                close(b.fd), b.fd = -1;
        }
        BJ_CHECK(b.done == 1 && b.done_ok == 0 && b.tcp.open == 0);
        BJ_CHECK(b.messages == (way == IN_THE_MIDDLE ? 50 : 0));
        end();
    }
}

int main(void) {
    test_messages();
    test_snapshot();
    test_failures();
    return bj_test_end("test_bj_feed_tcp");
}
