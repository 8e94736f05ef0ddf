/* Round trips, one at a time: an order far from the market and its acknowledgement, a cancel and
 * its acknowledgement; with --echo-port a trip to the dataplane's bare echo (bj_lwip_echo.h) after
 * each, so that both see the same machine. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"
#include "sim/desk/desk_rtt.h"

static const int64_t answer_max_ns = 5 * BJ_NS_PER_S;
/* From one trip to the next, of either kind, as asked for by --pause-us: a trip soon after another
 * finds warmer caches.  One of two trips is a new order at most, so that this one keeps within the
 * engine's limit for an account however long it runs (BJ_ENGINE_RATE_PER_S); without a pause its
 * burst lasts for BJ_ENGINE_BURST new orders. */
enum { PAUSE_US = 1250, PAUSE_MAX_US = 1000000 };

/* --- figures --- */
static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print_us(const char *name, const char *point, int64_t ns) {
    const char *sign = ns < 0 ? "-" : "";
    if (ns < 0) ns = -ns;
    printf("%s_%s_us %s%" PRId64 ".%02" PRId64 " us\n", name, point, sign, ns / 1000,
           ns % 1000 / 10);
    fflush(stdout);
}

static int64_t point_of(const int64_t *took_ns, size_t cnt, unsigned per_mille) {
    size_t at = cnt * per_mille / 1000;
    return took_ns[at < cnt ? at : cnt - 1];
}

int64_t desk_rtt_print(const char *name, int64_t *took_ns, size_t cnt) {
    static const struct {
        const char *name;
        unsigned per_mille;
    } points[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}, {"max", 1000}};
    if (!cnt) return 0;
    qsort(took_ns, cnt, sizeof *took_ns, by_value);
    for (size_t i = 0; i < BJ_COUNT(points); i++)
        print_us(name, points[i].name, point_of(took_ns, cnt, points[i].per_mille));
    return point_of(took_ns, cnt, 500);
}

/* --- trips --- */
typedef struct rtt {
    bj_desk_link_t link;
    uint64_t seq, order_id; /* of the request under way; of the last report */
    uint8_t  answer;        /* the report's letter */
    int      echo_fd;       /* -1: none */
    int64_t  next_ns, pause_ns; /* no trip before; from one to the next */
    size_t   cnt;           /* trips wanted of each kind */
    int64_t *order_ns, *echo_ns;
    size_t   order_cnt, echo_cnt;
} rtt_t;

static void on_report(void *ctx, const bj_oe_report_t *report) {
    rtt_t *rtt = ctx;
    if (!rtt->seq || report->request_seq != rtt->seq) return;
    rtt->answer = report->header.type;
    rtt->order_id = report->order_id;
}

/* Not by bj_desk_link_step: its poll would be timed with the orders, and not with the echo. */
static bool answer_take(rtt_t *rtt, int64_t from_ns, int64_t *took_ns) {
    uint8_t data[4096];
    while (!rtt->answer) {
        ssize_t n = bj_oe_sock_recv(&rtt->link.sock, data, sizeof data);
        *took_ns = bj_clock_mono_ns() - from_ns;
        if (n < 0 && errno == EAGAIN && *took_ns < answer_max_ns) continue;
        if (n <= 0) return false;
        if (!bj_oe_client_input(rtt->link.client, data, (size_t)n, from_ns + *took_ns))
            return false;
    }
    return true;
}

static void pause_until_due(rtt_t *rtt) {
    while (bj_clock_mono_ns() < rtt->next_ns) bj_desk_link_step(&rtt->link, 0);
    rtt->next_ns = bj_clock_mono_ns() + rtt->pause_ns;
}

static bool order_trip(rtt_t *rtt, uint8_t type, void *msg) {
    const uint8_t *data;
    pause_until_due(rtt);
    rtt->answer = 0;
    if (bj_oe_client_request(rtt->link.client, type, msg, &rtt->seq) != BJ_OK) return false;
    size_t data_bytes = bj_oe_client_output(rtt->link.client, &data);
    int64_t from_ns = bj_clock_mono_ns();
    if (bj_oe_sock_send(&rtt->link.sock, data, data_bytes) != (ssize_t)data_bytes) return false;
    bj_oe_client_sent(rtt->link.client, data_bytes);
    return answer_take(rtt, from_ns, &rtt->order_ns[rtt->order_cnt]) && ++rtt->order_cnt;
}

static bool echo_trip(rtt_t *rtt) {
    if (rtt->echo_fd < 0) return true;
    pause_until_due(rtt);
    return desk_echo_trip(rtt->echo_fd, &rtt->echo_ns[rtt->echo_cnt]) && ++rtt->echo_cnt;
}

static void measure(rtt_t *rtt, const bj_universe_row_t *row) {
    rtt->next_ns = bj_clock_mono_ns();
    while (rtt->order_cnt + 1 < rtt->cnt && !desk_stop) {
        bj_oe_new_t order = {.client_order_id = (uint64_t)bj_clock_wall_ns(),
                             .account_id = rtt->link.account_id, .token = row->token,
                             .price_paise = row->band_lo_paise, .qty = row->lot_qty, .side = BJ_BUY,
                             .order_type = BJ_LIMIT, .tif = BJ_DAY};
        if (!order_trip(rtt, BJ_OE_NEW, &order) || rtt->answer != 'a' || !echo_trip(rtt)) return;
        bj_oe_cancel_t cancel = {.order_id = rtt->order_id, .account_id = rtt->link.account_id,
                                 .token = row->token};
        if (!order_trip(rtt, BJ_OE_CANCEL, &cancel) || !echo_trip(rtt)) return;
    }
}

static bool log_in(rtt_t *rtt) {
    int64_t until_ns = bj_clock_mono_ns() + answer_max_ns;
    while (!bj_oe_client_ready(rtt->link.client) && bj_clock_mono_ns() < until_ns)
        bj_desk_link_step(&rtt->link, 50);
    return bj_oe_client_ready(rtt->link.client);
}

static void print_all(rtt_t *rtt) {
    int64_t order_ns = desk_rtt_print("order_rtt", rtt->order_ns, rtt->order_cnt);
    if (rtt->echo_fd < 0) return;
    int64_t echo_ns = desk_rtt_print("lwip_echo_rtt", rtt->echo_ns, rtt->echo_cnt);
    print_us("order_above_echo", "p50", order_ns - echo_ns);
}

int desk_rtt(const desk_t *desk, int argc, char **argv) {
    const char *echo_port = desk_option(argc, argv, "--echo-port");
    const char *pause_us = desk_option(argc, argv, "--pause-us");
    rtt_t rtt = {.echo_fd = -1};
    rtt.cnt = (size_t)desk_number(desk_option(argc, argv, "--count"), "--count", 2, 10000000);
    int64_t port = echo_port ? desk_number(echo_port, "--echo-port", 1, 65535) : 0;
    rtt.pause_ns = BJ_NS_PER_US *
                   (pause_us ? desk_number(pause_us, "--pause-us", 0, PAUSE_MAX_US) : PAUSE_US);
    const bj_oe_client_config_t wish = {
        .heartbeat_ms = 1000, .keep_max = 16, .on_report = on_report, .ctx = &rtt};
    rtt.order_ns = calloc(rtt.cnt, sizeof *rtt.order_ns);
    rtt.echo_ns = calloc(rtt.cnt, sizeof *rtt.echo_ns);
    bj_desk_link_open(&rtt.link, desk->config, desk->session, &wish);
    if (port) rtt.echo_fd = desk_echo_dial(rtt.link.way.host, port);
    if (rtt.order_ns && rtt.echo_ns && log_in(&rtt)) measure(&rtt, &desk->universe[0]);
    print_all(&rtt);
    bool whole = rtt.order_cnt + 1 >= rtt.cnt;
    if (!whole) {
        fprintf(stderr, "bijli-desk: %zu of %zu round trips; last answer '%c'\n", rtt.order_cnt,
                rtt.cnt, rtt.answer ? rtt.answer : '-');
    }
    bj_desk_link_close(&rtt.link);
    if (rtt.echo_fd >= 0) close(rtt.echo_fd);
    free(rtt.order_ns), free(rtt.echo_ns);
    return !whole;
}
