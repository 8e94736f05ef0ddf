/* A bare TCP echo over the kernel's sockets on both sides, and a client of it: a new order's bytes
 * there, a report's bytes back. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "sim/desk/desk_rtt.h"

static int echo_socket(const char *host, int64_t port, struct sockaddr_in *at) {
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (!host || inet_pton(AF_INET, host, &at->sin_addr) != 1) {
        fprintf(stderr, "bijli-desk: --host must be an IPv4 address\n");
        exit(2);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

static bool take_all(int fd, uint8_t *data, size_t want_bytes) {
    for (size_t got = 0; got < want_bytes && !desk_stop;) {
        ssize_t n = recv(fd, data + got, want_bytes - got, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) continue;
        if (n <= 0) return false;
        got += (size_t)n;
    }
    return !desk_stop;
}

int desk_echo_dial(const char *host, int64_t port) {
    struct sockaddr_in at;
    int fd = echo_socket(host, port, &at);
    if (connect(fd, (struct sockaddr *)&at, sizeof at) == 0) return fd;
    fprintf(stderr, "bijli-desk: no echo at %s:%d: %s\n", host, (int)port, strerror(errno));
    exit(3);
}

bool desk_echo_trip(int fd, int64_t *took_ns) {
    static const uint8_t order[sizeof(bj_oe_new_t)];
    uint8_t report[sizeof(bj_oe_report_t)];
    int64_t from_ns = bj_clock_mono_ns();
    bool ok = send(fd, order, sizeof order, MSG_NOSIGNAL) == sizeof order &&
              take_all(fd, report, sizeof report);
    *took_ns = bj_clock_mono_ns() - from_ns;
    return ok;
}

int desk_echo_rtt(const desk_t *desk, int argc, char **argv) {
    (void)desk;
    size_t cnt = (size_t)desk_number(desk_option(argc, argv, "--count"), "--count", 2, 10000000);
    int64_t port = desk_number(desk_option(argc, argv, "--port"), "--port", 1, 65535);
    int fd = desk_echo_dial(desk_option(argc, argv, "--host"), port);
    int64_t *took_ns = calloc(cnt, sizeof *took_ns);
    size_t done = 0;
    while (took_ns && done < cnt && desk_echo_trip(fd, &took_ns[done])) done++;
    (void)desk_rtt_print("tcp_echo_rtt", took_ns, done);
    free(took_ns);
    close(fd);
    return done < cnt;
}

int desk_echo_serve(const desk_t *desk, int argc, char **argv) {
    (void)desk;
    struct sockaddr_in at;
    int64_t port = desk_number(desk_option(argc, argv, "--port"), "--port", 1, 65535);
    int listener = echo_socket(desk_option(argc, argv, "--host"), port, &at), on = 1;
    uint8_t order[sizeof(bj_oe_new_t)], report[sizeof(bj_oe_report_t)] = {0};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) != 0 || listen(listener, 1) != 0) {
        fprintf(stderr, "bijli-desk: cannot listen there: %s\n", strerror(errno));
        return 3;
    }
    while (!desk_stop) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) break;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        while (take_all(fd, order, sizeof order) &&
               send(fd, report, sizeof report, MSG_NOSIGNAL) == sizeof report) {}
        close(fd);
    }
    close(listener);
    return 0;
}
