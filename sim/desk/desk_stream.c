/* A stream of orders for the crash test: whatever is acknowledged is written down before the next
 * step, so that after a kill the file can be held against what the engine still knows. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "sim/desk/desk.h"

enum { OPEN_MAX = 64, UNDER_WAY_MAX = 64 };
static const int64_t give_up_ns = 60 * BJ_NS_PER_S;

typedef struct open_order {
    uint64_t order_id;
    uint32_t token;
    int32_t  price_paise, tick_paise, qty;
} open_order_t;

typedef struct stream {
    const desk_t  *desk;
    bj_desk_link_t link;
    int      log_fd;
    uint32_t dice;
    uint64_t sent, acknowledged, first_seq; /* requests; the first one of this run */
    int64_t  last_ns;
    open_order_t open[OPEN_MAX];
    size_t   open_cnt;
} stream_t;

static uint32_t roll(stream_t *stream, uint32_t sides) {
    stream->dice = stream->dice * 1664525 + 1013904223;
    return (stream->dice >> 8) % sides;
}

/* write(2), not stdio: what is in the file is not lost when this process is. */
static void write_down(const stream_t *stream, const bj_oe_report_t *report) {
    char line[256];
    int n = snprintf(line, sizeof line,
                     "report=%" PRIu64 " event=%" PRIu64 " request=%" PRIu64
                     " type=%c order_id=%" PRIu64 " client_order_id=%" PRIu64
                     " leaves=%d cum=%d reason=%u\n",
                     report->header.seq, report->event_seq, report->request_seq,
                     report->header.type, report->order_id, report->client_order_id,
                     report->leaves_qty, report->cum_qty, report->reason);
    if (write(stream->log_fd, line, (size_t)n) != n) {
        fprintf(stderr, "bijli-desk: the log cannot be written\n");
        exit(1);
    }
}

static void forget(stream_t *stream, uint64_t order_id) {
    for (size_t i = 0; i < stream->open_cnt; i++) {
        if (stream->open[i].order_id == order_id)
            stream->open[i] = stream->open[--stream->open_cnt];
    }
}

static void remember(stream_t *stream, const bj_oe_report_t *report) {
    if (stream->open_cnt == OPEN_MAX) return;
    const desk_t *desk = stream->desk;
    for (size_t i = 0; i < desk->universe_cnt; i++) {
        if (desk->universe[i].token != report->token) continue;
        stream->open[stream->open_cnt++] =
            (open_order_t){report->order_id, report->token, report->price_paise,
                           desk->universe[i].tick_paise, report->qty};
    }
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    stream_t *stream = ctx;
    stream->last_ns = bj_clock_mono_ns();
    write_down(stream, report);
    if (report->header.type == 'a') remember(stream, report);
    else if (report->leaves_qty == 0) forget(stream, report->order_id);
    if (stream->first_seq && report->request_seq >= stream->first_seq) stream->acknowledged++;
}

static void on_reject(void *ctx, const bj_oe_session_reject_t *reject) {
    stream_t *stream = ctx;
    stream->last_ns = bj_clock_mono_ns();
    BJ_WARN("refused by the gateway: %s", reject->text);
    if (stream->first_seq && reject->ref_seq >= stream->first_seq) stream->acknowledged++;
}

/* Far below the market: it rests, so that there is something to modify and to cancel. */
static bj_status_t send_new(stream_t *stream, uint64_t *seq) {
    const bj_universe_row_t *row =
        &stream->desk->universe[roll(stream, (uint32_t)stream->desk->universe_cnt)];
    bj_oe_new_t msg = {
        .client_order_id = (uint64_t)bj_clock_wall_ns(), .account_id = stream->link.account_id,
        .token = row->token, .qty = (int32_t)(1 + roll(stream, 5)) * row->lot_qty, .side = BJ_BUY,
        .price_paise = row->band_lo_paise + (int32_t)roll(stream, 10) * row->tick_paise,
        .order_type = BJ_LIMIT, .tif = BJ_DAY};
    return bj_oe_client_request(stream->link.client, BJ_OE_NEW, &msg, seq);
}

static bj_status_t send_modify(stream_t *stream, uint64_t *seq) {
    open_order_t *order = &stream->open[roll(stream, (uint32_t)stream->open_cnt)];
    order->price_paise += order->tick_paise;
    bj_oe_modify_t msg = {.order_id = order->order_id, .account_id = stream->link.account_id,
                          .token = order->token, .price_paise = order->price_paise,
                          .qty = order->qty};
    return bj_oe_client_request(stream->link.client, BJ_OE_MODIFY, &msg, seq);
}

static bj_status_t send_cancel(stream_t *stream, uint64_t *seq) {
    open_order_t order = stream->open[roll(stream, (uint32_t)stream->open_cnt)];
    bj_oe_cancel_t msg = {.order_id = order.order_id, .account_id = stream->link.account_id,
                          .token = order.token};
    bj_status_t status = bj_oe_client_request(stream->link.client, BJ_OE_CANCEL, &msg, seq);
    if (status == BJ_OK) forget(stream, order.order_id);
    return status;
}

static void send_next(stream_t *stream) {
    uint64_t seq;
    uint32_t kind = roll(stream, 10);
    bj_status_t status = stream->open_cnt > OPEN_MAX / 2  ? send_cancel(stream, &seq)
                         : !stream->open_cnt || kind < 5 ? send_new(stream, &seq)
                         : kind < 8                      ? send_modify(stream, &seq)
                                                         : send_cancel(stream, &seq);
    if (status != BJ_OK) return; /* not logged in, or enough under way: later */
    if (!stream->first_seq) stream->first_seq = seq;
    stream->sent++;
}

static bool run(stream_t *stream, uint64_t count, int64_t pause_ns) {
    int64_t next_ns = bj_clock_mono_ns();
    stream->last_ns = next_ns;
    while (stream->acknowledged < count && !desk_stop) {
        int64_t now_ns = bj_clock_mono_ns();
        bj_desk_link_step(&stream->link, stream->sent < count && now_ns >= next_ns ? 0 : 1);
        if (now_ns - stream->last_ns > give_up_ns) return false;
        if (stream->sent == count || now_ns < next_ns) continue;
        next_ns += pause_ns;
        if (next_ns < now_ns - BJ_NS_PER_S) next_ns = now_ns; /* the gateway was away: no burst */
        send_next(stream);
    }
    return stream->acknowledged >= count;
}

int desk_stream(const desk_t *desk, int argc, char **argv) {
    static stream_t stream;
    int64_t rate = desk_number(desk_option(argc, argv, "--rate"), "--rate", 1, 1000000);
    int64_t count = desk_number(desk_option(argc, argv, "--count"), "--count", 1, INT32_MAX);
    const char *file = desk_option(argc, argv, "--log"), *seed = desk_option(argc, argv, "--seed");
    if (!file) {
        fprintf(stderr, "bijli-desk: --log FILE is missing\n");
        return 2;
    }
    const bj_oe_client_config_t wish = {.heartbeat_ms = 1000, .keep_max = UNDER_WAY_MAX,
                                        .resume = true, .on_report = on_report,
                                        .on_reject = on_reject, .ctx = &stream};
    stream.desk = desk;
    stream.dice = (uint32_t)(seed ? desk_number(seed, "--seed", 0, UINT32_MAX) : 1);
    stream.log_fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (stream.log_fd < 0) {
        fprintf(stderr, "bijli-desk: --log: %s cannot be written\n", file);
        return 2;
    }
    bj_desk_link_open(&stream.link, desk->config, desk->session, &wish);
    bool all = run(&stream, (uint64_t)count, BJ_NS_PER_S / rate);
    bj_oe_client_stats_t stats = bj_oe_client_stats(stream.link.client);
    printf("sent %" PRIu64 "\nacknowledged %" PRIu64 "\nlogins %" PRIu64 "\nresent %" PRIu64
           "\ndoubles %" PRIu64 "\nholes %" PRIu64 "\ngiven_up %" PRIu64 "\n",
           stream.sent, stream.acknowledged, stats.logins, stats.resent, stats.doubles, stats.holes,
           stats.given_up);
    bj_desk_link_close(&stream.link);
    close(stream.log_fd);
    return all && !stats.holes ? 0 : 1;
}
