/* Round trips, one at a time: an order far from the market and its durable acknowledgement, a
 * cancel and its acknowledgement; and the same sizes over a bare TCP echo on the same path. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "sim/desk/desk.h"

static const int64_t answer_max_ns = 5 * BJ_NS_PER_S;
/* One order and its cancel each: 400 new orders a second, well below the engine's rate limit. */
static const int64_t pair_ns = 2500 * BJ_NS_PER_US;

/* --- figures --- */
static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_figures(const char *name, int64_t *took_ns, size_t cnt) {
    static const struct {
        const char *name;
        unsigned per_mille;
    } points[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"max", 1000}};
    if (!cnt) return;
    qsort(took_ns, cnt, sizeof *took_ns, by_value);
    for (size_t i = 0; i < BJ_COUNT(points); i++) {
        size_t at = cnt * points[i].per_mille / 1000;
        int64_t ns = took_ns[at < cnt ? at : cnt - 1];
        printf("%s_%s_us %" PRId64 ".%02" PRId64 " us\n", name, points[i].name, ns / 1000,
               ns % 1000 / 10);
    }
    fflush(stdout);
}

/* --- orders --- */
typedef struct trip {
    uint64_t seq, order_id;
    uint8_t  answer; /* the report's letter */
} trip_t;

static void on_report(void *ctx, const bj_oe_report_t *report) {
    trip_t *trip = ctx;
    if (!trip->seq || report->request_seq != trip->seq) return;
    trip->answer = report->header.type;
    trip->order_id = report->order_id;
}

/* Spins: a sleeping client would measure its own waking. */
static bool round_trip(bj_desk_link_t *link, trip_t *trip, uint8_t type, void *msg,
                       int64_t *took_ns) {
    trip->answer = 0;
    int64_t from_ns = bj_clock_mono_ns();
    if (bj_oe_client_request(link->client, type, msg, &trip->seq) != BJ_OK) return false;
    while (!trip->answer && bj_clock_mono_ns() - from_ns < answer_max_ns)
        bj_desk_link_step(link, 0);
    *took_ns = bj_clock_mono_ns() - from_ns;
    return trip->answer != 0;
}

static size_t measure(bj_desk_link_t *link, trip_t *trip, const bj_universe_row_t *row,
                      int64_t *took_ns, size_t cnt) {
    size_t done = 0;
    int64_t next_ns = bj_clock_mono_ns();
    while (done + 1 < cnt && !desk_stop) {
        while (bj_clock_mono_ns() < next_ns) bj_desk_link_step(link, 0);
        next_ns += pair_ns;
        bj_oe_new_t order = {.client_order_id = (uint64_t)bj_clock_wall_ns(),
                             .account_id = link->account_id, .token = row->token,
                             .price_paise = row->band_lo_paise, .qty = row->lot_qty, .side = BJ_BUY,
                             .order_type = BJ_LIMIT, .tif = BJ_DAY};
        if (!round_trip(link, trip, BJ_OE_NEW, &order, &took_ns[done])) break;
        if (trip->answer != 'a') break;
        done++;
        bj_oe_cancel_t cancel = {.order_id = trip->order_id, .account_id = link->account_id,
                                 .token = row->token};
        if (!round_trip(link, trip, BJ_OE_CANCEL, &cancel, &took_ns[done])) break;
        done++;
    }
    return done;
}

int desk_rtt(const desk_t *desk, int argc, char **argv) {
    size_t cnt = (size_t)desk_number(desk_option(argc, argv, "--count"), "--count", 2, 10000000);
    int64_t *took_ns = calloc(cnt, sizeof *took_ns);
    trip_t trip = {0};
    const bj_oe_client_config_t wish = {
        .heartbeat_ms = 1000, .keep_max = 16, .on_report = on_report, .ctx = &trip};
    bj_desk_link_t link;
    bj_desk_link_open(&link, desk->config, desk->session, &wish);
    int64_t until_ns = bj_clock_mono_ns() + answer_max_ns;
    while (!bj_oe_client_ready(link.client) && bj_clock_mono_ns() < until_ns) {
        bj_desk_link_step(&link, 50);
    }
    size_t done = took_ns ? measure(&link, &trip, &desk->universe[0], took_ns, cnt) : 0;
    print_figures("order_rtt", took_ns, done);
    if (done + 1 < cnt) {
        fprintf(stderr, "bijli-desk: %zu of %zu round trips; last answer '%c'\n", done, cnt,
                trip.answer ? trip.answer : '-');
    }
    bj_desk_link_close(&link);
    free(took_ns);
    return done + 1 < cnt;
}

/* --- the bare echo: a new order's bytes there, a report's bytes back --- */
static int echo_socket(int argc, char **argv, struct sockaddr_in *at) {
    const char *host = desk_option(argc, argv, "--host");
    int64_t port = desk_number(desk_option(argc, argv, "--port"), "--port", 1, 65535);
    *at = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (!host || inet_pton(AF_INET, host, &at->sin_addr) != 1) {
        fprintf(stderr, "bijli-desk: --host must be an IPv4 address\n");
        exit(2);
    }
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static bool take_all(int fd, uint8_t *data, size_t want_bytes) {
    for (size_t got = 0; got < want_bytes && !desk_stop;) {
        ssize_t n = recv(fd, data + got, want_bytes - got, MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) continue; /* spins like the other one */
        if (n <= 0) return false;
        got += (size_t)n;
    }
    return !desk_stop;
}

int desk_echo_rtt(const desk_t *desk, int argc, char **argv) {
    (void)desk;
    struct sockaddr_in at;
    size_t cnt = (size_t)desk_number(desk_option(argc, argv, "--count"), "--count", 2, 10000000);
    int fd = echo_socket(argc, argv, &at), on = 1;
    uint8_t order[sizeof(bj_oe_new_t)] = {0}, report[sizeof(bj_oe_report_t)];
    int64_t *took_ns = calloc(cnt, sizeof *took_ns);
    size_t done = 0;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!took_ns || connect(fd, (struct sockaddr *)&at, sizeof at) != 0) {
        fprintf(stderr, "bijli-desk: no echo there: %s\n", strerror(errno));
        return 3;
    }
    for (; done < cnt; done++) {
        int64_t from_ns = bj_clock_mono_ns();
        if (send(fd, order, sizeof order, MSG_NOSIGNAL) != sizeof order) break;
        if (!take_all(fd, report, sizeof report)) break;
        took_ns[done] = bj_clock_mono_ns() - from_ns;
    }
    print_figures("tcp_echo_rtt", took_ns, done);
    free(took_ns);
    close(fd);
    return done < cnt;
}

int desk_echo_serve(const desk_t *desk, int argc, char **argv) {
    (void)desk;
    struct sockaddr_in at;
    int listener = echo_socket(argc, argv, &at), on = 1;
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
