#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_run.h"
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_exchange.h"

enum { SPACING_MAX_NS = 1000 };

/* Fast: no network, no members. */
static bool nnf_asked(const bj_exchange_t *exchange, const bj_config_t *config) {
    return !exchange->options.fast && bj_nnf_setup_asked(config, BJ_EXCHANGE_NNF_AT);
}

static void make_nnf(bj_exchange_t *exchange, const bj_config_t *config) {
    if (!nnf_asked(exchange, config)) return;
    exchange->nnf =
        bj_exchange_nnf_open(config, &exchange->day, exchange->model, bj_clock_now());
    if (!exchange->nnf) bj_config_die("bijli-exchange: %s: see the log", BJ_EXCHANGE_NNF_AT);
}

static void make_model(bj_exchange_t *exchange, const bj_config_t *config) {
    uint64_t streams = 0;
    for (uint32_t i = 0; i < bj_streams_ticks(&exchange->day.streams); i++) {
        bj_segment_t segment = exchange->day.streams.stream[i].segment;
        /* CM since version 6.4 of the specification, FO since 6.5; the others have none. */
        if (segment == BJ_SEGMENT_CM || segment == BJ_SEGMENT_FO) streams |= UINT64_C(1) << i;
    }
    int64_t per_s = bj_config_int_or(config, "exchange.messages_per_s", 0, 2000000, 400);
    /* Fast: a burst of a microsecond a message, or what makes it end with the step's first half. */
    exchange->spacing_ns = BJ_MODEL_STEP_NS / (2 * (per_s / 100 + 1));
    if (exchange->spacing_ns > SPACING_MAX_NS) exchange->spacing_ns = SPACING_MAX_NS;
    exchange->model = bj_model_new(&(bj_model_config_t){
        .rows = exchange->day.row, .row_cnt = exchange->day.row_cnt,
        .stream_cnt = exchange->day.streams.cnt, .cancel_streams = streams,
        .cancel_per_10000 =
            (uint32_t)bj_config_int_or(config, "exchange.trade_cancels_per_10000", 0, 10000, 0),
        .seed = (uint64_t)bj_config_int_or(config, "exchange.seed", 0, INT64_MAX, 1),
        .messages_per_s = (uint32_t)per_s, .sink = bj_exchange_publish, .ctx = exchange,
        .member_order_max = nnf_asked(exchange, config) ? BJ_EXCHANGE_NNF_OPEN_MAX : 0});
    if (!exchange->model) bj_config_die("bijli-exchange: the market model does not fit in memory");
}

/* --- the broadcast and its indices */
static void make_broadcast(bj_exchange_t *exchange, const bj_config_t *config) {
    exchange->broadcast = bj_broadcast_new(&exchange->day, exchange->model, bj_exchange_broadcast,
                                           exchange);
    if (!exchange->broadcast) bj_config_die("bijli-exchange: no memory");
    for (size_t i = 0; i < bj_config_cnt(config, "exchange.broadcast_indices"); i++) {
        const bj_config_t *item = bj_config_item(config, "exchange.broadcast_indices", i);
        const char *segment = bj_config_str(item, "segment"), *name = bj_config_str(item, "name");
        int32_t base_x100 = (int32_t)bj_config_int(item, "base_x100", 1, 1000000000);
        if (!name[0] || strlen(name) > 21) {
            bj_config_die("configuration: exchange.broadcast_indices[%zu].name must have 1 to 21 "
                          "bytes, not '%s'",
                          i, name);
        }
        if (!bj_broadcast_index(exchange->broadcast, bj_segment_named(segment), name, base_x100)) {
            bj_config_die(
                "configuration: exchange.broadcast_indices[%zu].segment: %s has no entry in "
                "feed.broadcast, or there are more than %d indices",
                i, segment, BJ_BROADCAST_INDEX_MAX);
        }
    }
}

/* --- faults, also those that the configuration asks for from the first message on */
static void make_faults(bj_exchange_t *exchange, const bj_config_t *config) {
    int64_t delay_us = bj_config_int_or(config, "exchange.delay_us", 0, 1000000, 200);
    exchange->faults = bj_faults_new(&(bj_faults_config_t){
        .stream_cnt = exchange->day.streams.cnt,
        .seed = (uint64_t)bj_config_int_or(config, "exchange.seed", 0, INT64_MAX, 1),
        .delay_ns = {0, BJ_NS_PER_US * delay_us}, .send = bj_exchange_send, .ctx = exchange});
    if (!exchange->faults) bj_config_die("bijli-exchange: no memory");
    for (size_t i = 0; i < bj_config_cnt(config, "exchange.faults"); i++) {
        char error[BJ_COMMAND_ERROR_BYTES];
        bj_command_t command;
        const char *line = bj_config_item_str(config, "exchange.faults", i);
        if (!bj_command_read(line, &exchange->day.streams, &command, error)) {
            bj_config_die("configuration: exchange.faults[%zu]: %s", i, error);
        }
        if (command.kind == BJ_COMMAND_FAULT) {
            bj_faults_set(exchange->faults, &command.fault,
                          exchange->options.fast ? BJ_EXCHANGE_FAST_START_NS : bj_clock_mono_ns());
        } else if (command.kind == BJ_COMMAND_SEED) {
            bj_faults_seed(exchange->faults, command.seed);
        } else {
            bj_config_die("configuration: exchange.faults[%zu]: '%s' is neither a fault nor a seed",
                          i, line);
        }
    }
}

/* --- the services beside the feed */
static uint32_t host_of(const bj_config_t *config, const char *path) {
    struct in_addr ip;
    const char *text = bj_config_str(config, path);
    if (inet_pton(AF_INET, text, &ip) != 1) {
        bj_config_die("configuration: %s must be an IPv4 address, not '%s'", path, text);
    }
    return ntohl(ip.s_addr);
}

static bool refuse_with_error(const bj_config_t *config) {
    const char *how = bj_config_str_or(config, "exchange.refuse", "close");
    if (strcmp(how, "close") && strcmp(how, "error")) {
        bj_config_die("configuration: exchange.refuse must be close or error, not '%s'", how);
    }
    return !strcmp(how, "error");
}

static bj_service_t *open_service(const bj_config_t *config, const char *host_path, uint16_t port,
                                  const bj_service_ops_t *ops, void *ctx) {
    bj_service_config_t service = {.ip = host_of(config, host_path), .port = port, .ops = ops,
                                   .ctx = ctx, .refuse_with_error = refuse_with_error(config)};
    bj_service_limits(&service);
    bj_service_t *made = bj_service_open(&service);
    if (!made) {
        bj_config_die("bijli-exchange: %s %s, port %u: %s", host_path,
                      bj_config_str(config, host_path), port, strerror(errno));
    }
    return made;
}

static void make_services(bj_exchange_t *exchange, const bj_config_t *config) {
    const bj_streams_t *streams = &exchange->day.streams;
    bool recovery = false, snapshot = false;
    for (uint32_t i = 0; i < exchange->day.segment_cnt; i++) {
        recovery |= exchange->day.segment[i].recovery_port != 0;
        snapshot |= exchange->day.segment[i].snapshot_port != 0;
    }
    int64_t keep_cnt = bj_config_int_or(config, "exchange.log_messages", 1, 100000000, 400000);
    int64_t snapshot_s = bj_config_int_or(config, "exchange.snapshot_s", 0, 86400, 30);
    exchange->snapshot_ns = snapshot_s ? snapshot_s * BJ_NS_PER_S : INT64_MAX / 2;
    if (recovery) exchange->log = bj_msglog_new(streams->cnt, (uint32_t)keep_cnt);
    if (snapshot) {
        exchange->pictures = bj_pictures_new(streams, exchange->model, snapshot_s == 0);
    }
    if ((recovery && !exchange->log) || (snapshot && !exchange->pictures)) {
        bj_config_die("bijli-exchange: no memory for exchange.log_messages %lld",
                      (long long)keep_cnt);
    }
    for (uint32_t i = 0; i < exchange->day.segment_cnt; i++) {
        const bj_day_segment_t *segment = &exchange->day.segment[i];
        exchange->recovery[i] = (bj_recovery_t){exchange->log, streams, segment->segment};
        exchange->snapshot[i] = (bj_snapshot_t){exchange->pictures, segment->segment};
        if (segment->recovery_port) {
            exchange->service[0][i] =
                open_service(config, "exchange.recovery_host", segment->recovery_port,
                             &bj_recovery_ops, &exchange->recovery[i]);
        }
        if (segment->snapshot_port) {
            exchange->service[1][i] =
                open_service(config, "exchange.snapshot_host", segment->snapshot_port,
                             &bj_snapshot_ops, &exchange->snapshot[i]);
        }
    }
    if (recovery) BJ_INFO("tick recovery: the last %lld messages of each stream",
                          (long long)keep_cnt);
    if (snapshot) BJ_INFO("snapshots: taken every %lld s (0: as asked for)", (long long)snapshot_s);
}

static void make_ctl(bj_exchange_t *exchange) {
    char file[512];
    if (bj_run_file(file, sizeof file, exchange->run_dir, "exchange.ctl"))
        exchange->ctl = bj_ctl_open(file, bj_exchange_command, exchange);
    if (!exchange->ctl) bj_config_die("bijli-exchange: %s: %s", file, strerror(errno));
}

void bj_exchange_open(bj_exchange_t *exchange, const bj_config_t *config,
                      const bj_exchange_options_t *options) {
    exchange->options = *options;
    exchange->run_dir = bj_config_str(config, "run_dir");
    exchange->refresh_ns =
        BJ_NS_PER_S * bj_config_int_or(config, "exchange.refresh_s", 0, 86400, 0);
    bj_day_read(config, &exchange->day);
    make_model(exchange, config);
    make_broadcast(exchange, config);
    make_faults(exchange, config);
    exchange->out = bj_out_open(config, &exchange->day.streams, !options->fast);
    for (uint32_t s = 0; s < BJ_SOURCES; s++) {
        if (options->capture[s]) bj_out_capture(exchange->out, s, options->capture[s]);
    }
    if (options->fast) return;
    make_services(exchange, config);
    make_nnf(exchange, config);
    make_ctl(exchange);
}

bool bj_exchange_close(bj_exchange_t *exchange) {
    bj_ctl_close(exchange->ctl);
    bj_exchange_nnf_close(exchange->nnf, bj_clock_now());
    for (uint32_t i = 0; i < 2 * BJ_SEGMENT_CNT; i++) {
        bj_service_close(exchange->service[i / BJ_SEGMENT_CNT][i % BJ_SEGMENT_CNT]);
    }
    bj_pictures_free(exchange->pictures);
    bj_msglog_free(exchange->log);
    bj_faults_free(exchange->faults);
    bj_broadcast_free(exchange->broadcast);
    bj_model_free(exchange->model);
    return bj_out_close(exchange->out);
}
