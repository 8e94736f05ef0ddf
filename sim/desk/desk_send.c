/* Single orders by hand: one request, its reports on stdout, the outcome in the exit code. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "sim/desk/desk.h"

static const int64_t answer_max_ns = 5 * BJ_NS_PER_S, quiet_ns = 150 * BJ_NS_PER_MS;

typedef struct asked {
    uint64_t seq, order_id;
    bool     answered, refused, ended;
    int64_t  last_ns;
} asked_t;

void desk_print_report(const bj_oe_report_t *report) {
    printf("report=%" PRIu64 " type=%c event=%" PRIu64 " order_id=%" PRIu64
           " client_order_id=%" PRIu64 " account=%u token=%u side=%c price_paise=%d qty=%d"
           " leaves=%d cum=%d last_price_paise=%d last_qty=%d match=%" PRIu64 " reason=%s"
           " order_type=%u tif=%u trigger_price_paise=%d disclosed_qty=%d\n",
           report->header.seq, report->header.type, report->event_seq, report->order_id,
           report->client_order_id, report->account_id, report->token,
           report->side ? report->side : '-', report->price_paise, report->qty, report->leaves_qty,
           report->cum_qty, report->last_price_paise, report->last_qty, report->match_id,
           bj_status_name((bj_status_t)report->reason), report->order_type, report->tif,
           report->trigger_price_paise, report->disclosed_qty);
    fflush(stdout);
}

static void on_report(void *ctx, const bj_oe_report_t *report) {
    asked_t *asked = ctx;
    bool answers = asked->seq && report->request_seq == asked->seq;
    if (!answers && !(asked->order_id && report->order_id == asked->order_id)) return;
    desk_print_report(report);
    asked->answered = true;
    asked->order_id = report->order_id;
    asked->last_ns = bj_clock_mono_ns();
    if (report->header.type == 'r' || report->header.type == 'q') asked->refused = true;
    asked->ended = asked->refused || report->leaves_qty == 0;
}

static void on_reject(void *ctx, const bj_oe_session_reject_t *reject) {
    asked_t *asked = ctx;
    if (reject->ref_seq != asked->seq) return;
    printf("refused=%s text=%s\n", bj_status_name((bj_status_t)reject->reason), reject->text);
    asked->answered = asked->refused = asked->ended = true;
}

static bool wait_ready(bj_desk_link_t *link) {
    int64_t until_ns = bj_clock_mono_ns() + answer_max_ns;
    while (!bj_oe_client_ready(link->client) && bj_clock_mono_ns() < until_ns && !desk_stop) {
        bj_desk_link_step(link, 50);
    }
    return bj_oe_client_ready(link->client);
}

/* Sends msg and waits for its answer, then for fills as long as they follow closely. */
static int ask(bj_desk_link_t *link, asked_t *asked, uint8_t type, void *msg) {
    bool sent = wait_ready(link) &&
                bj_oe_client_request(link->client, type, msg, &asked->seq) == BJ_OK;
    int64_t until_ns = bj_clock_mono_ns() + answer_max_ns;
    while (sent && !asked->ended && bj_clock_mono_ns() < until_ns && !desk_stop) {
        bj_desk_link_step(link, 20);
        if (asked->answered && bj_clock_mono_ns() - asked->last_ns > quiet_ns) break;
    }
    bj_desk_link_close(link);
    if (!asked->answered) fprintf(stderr, "bijli-desk: no answer from the gateway\n");
    return !asked->answered ? 3 : asked->refused;
}

static void open_link(const desk_t *desk, bj_desk_link_t *link, asked_t *asked) {
    const bj_oe_client_config_t wish = {.heartbeat_ms = 1000,
                                        .keep_max = 16,
                                        .on_report = on_report,
                                        .on_reject = on_reject,
                                        .ctx = asked};
    bj_desk_link_open(link, desk->config, desk->session, &wish);
}

static bool has_word(int argc, char **argv, const char *word) {
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], word) == 0) return true;
    }
    return false;
}

/* With a trigger price it is a stop of the same kind. */
static void read_options(int argc, char **argv, bj_oe_new_t *msg) {
    const char *trigger = desk_option(argc, argv, "--trigger");
    const char *disclosed = desk_option(argc, argv, "--disclosed");
    if (trigger) {
        msg->trigger_price_paise = (int32_t)desk_number(trigger, "trigger", 1, INT32_MAX);
        msg->order_type = msg->order_type == BJ_MARKET ? BJ_SL_M : BJ_SL;
    }
    if (disclosed) msg->disclosed_qty = (int32_t)desk_number(disclosed, "disclosed", 1, INT32_MAX);
    if (has_word(argc, argv, "--ioc")) msg->tif = BJ_IOC;
    if (has_word(argc, argv, "--gtc")) msg->tif = BJ_GTC;
}

int desk_send(const desk_t *desk, int argc, char **argv) {
    if (argc < 4) {
        fprintf(stderr, "usage: send SYMBOL buy|sell QTY PAISE|market [--trigger PAISE]"
                        " [--disclosed QTY] [--ioc|--gtc]\n");
        return 2;
    }
    const bj_universe_row_t *row = desk_find(desk, argv[0]);
    bool buy = strcmp(argv[1], "buy") == 0, market = strcmp(argv[3], "market") == 0;
    if (!row || (!buy && strcmp(argv[1], "sell") != 0)) {
        fprintf(stderr, "bijli-desk: SYMBOL must be in the universe, side buy or sell\n");
        return 2;
    }
    bj_oe_new_t msg = {
        .client_order_id = (uint64_t)bj_clock_wall_ns(), .token = row->token,
        .price_paise = market ? 0 : (int32_t)desk_number(argv[3], "price", 1, INT32_MAX),
        .qty = (int32_t)desk_number(argv[2], "quantity", 1, INT32_MAX),
        .side = buy ? BJ_BUY : BJ_SELL, .order_type = market ? BJ_MARKET : BJ_LIMIT,
        .tif = BJ_DAY};
    read_options(argc - 4, argv + 4, &msg);
    asked_t asked = {0};
    bj_desk_link_t link;
    open_link(desk, &link, &asked);
    msg.account_id = link.account_id;
    return ask(&link, &asked, BJ_OE_NEW, &msg);
}

int desk_cancel(const desk_t *desk, int argc, char **argv) {
    bj_oe_cancel_t msg = {
        .order_id = (uint64_t)desk_number(argc ? argv[0] : NULL, "ORDER_ID", 1, INT64_MAX)};
    asked_t asked = {0};
    bj_desk_link_t link;
    open_link(desk, &link, &asked);
    msg.account_id = link.account_id;
    return ask(&link, &asked, BJ_OE_CANCEL, &msg);
}

static void print_report(void *ctx, const bj_oe_report_t *report) {
    (void)ctx;
    desk_print_report(report);
}

int desk_listen(const desk_t *desk, int argc, char **argv) {
    const char *from = desk_option(argc, argv, "--from");
    const bj_oe_client_config_t wish = {
        .heartbeat_ms = 1000, .keep_max = 16, .resume = true, .on_report = print_report,
        .first_report = from ? (uint64_t)desk_number(from, "--from", 1, INT64_MAX) : 0};
    bj_desk_link_t link;
    bj_desk_link_open(&link, desk->config, desk->session, &wish);
    while (!desk_stop) bj_desk_link_step(&link, 200);
    bj_desk_link_close(&link);
    return 0;
}
