/* What the simulator says: answers to commands, and the health file. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_exchange.h"

__attribute__((format(printf, 2, 3))) static void say(char answer[BJ_CTL_ANSWER_BYTES],
                                                      const char *format, ...) {
    size_t used = strlen(answer);
    va_list args;
    va_start(args, format);
    vsnprintf(answer + used, BJ_CTL_ANSWER_BYTES - used, format, args);
    va_end(args);
}

/* --- answers */
static void say_status(const bj_exchange_t *exchange, char answer[BJ_CTL_ANSWER_BYTES]) {
    say(answer, "ok");
    for (uint32_t i = 0; i < bj_streams_ticks(&exchange->day.streams); i++) {
        char name[BJ_STREAM_NAME_BYTES];
        bj_streams_name(&exchange->day.streams.stream[i], name);
        say(answer, " %s=%" PRIu32, name, bj_model_last_seq(exchange->model, i));
    }
    for (uint32_t s = 0; s < BJ_SOURCES; s++) {
        for (bj_fault_kind_t kind = 0; kind < BJ_FAULT_KINDS; kind++) {
            uint64_t cnt = bj_faults_cnt(exchange->faults, s, kind);
            if (cnt) say(answer, " %s_%c=%" PRIu64, bj_fault_names[kind], 'a' + (int)s, cnt);
        }
    }
}

static bool do_nnf(bj_exchange_t *exchange, const bj_command_t *command,
                   char answer[BJ_CTL_ANSWER_BYTES]) {
    if (!exchange->nnf) {
        exchange->command_errors++;
        say(answer, "error: there are no members: exchange.nnf is not set");
        return false;
    }
    if (command->kind == BJ_COMMAND_NNF_DROP) bj_exchange_nnf_drop(exchange->nnf, bj_clock_now());
    else bj_exchange_nnf_refuse(exchange->nnf, command->fault.time_ns, bj_clock_now());
    return true;
}

static void do_streams(bj_exchange_t *exchange, const bj_command_t *command) {
    for (uint32_t i = 0; i < exchange->day.streams.cnt; i++) {
        if (!(command->fault.streams >> i & 1)) continue;
        if (i >= bj_streams_ticks(&exchange->day.streams)) continue; /* neither books nor a start */
        if (command->kind == BJ_COMMAND_PICTURE) {
            (void)bj_pictures_take(exchange->pictures, i);
            continue;
        }
        exchange->switches++;
        bj_exchange_begin(exchange, i, command->full);
    }
}

void bj_exchange_command(void *ctx, const char *line, char answer[BJ_CTL_ANSWER_BYTES]) {
    bj_exchange_t *exchange = ctx;
    char error[BJ_COMMAND_ERROR_BYTES];
    bj_command_t command;
    answer[0] = '\0';
    exchange->commands++;
    if (!bj_command_read(line, &exchange->day.streams, &command, error)) {
        exchange->command_errors++;
        say(answer, "error: %s", error);
        return;
    }
    BJ_INFO("command: %s", line);
    switch (command.kind) {
    case BJ_COMMAND_FAULT:
        bj_faults_set(exchange->faults, &command.fault, exchange->now_ns);
        break;
    case BJ_COMMAND_PICTURE:
        if (!exchange->pictures) {
            exchange->command_errors++;
            say(answer, "error: there is no snapshot service: exchange.snapshot_port is not set");
            return;
        }
        do_streams(exchange, &command);
        break;
    case BJ_COMMAND_SWITCH: do_streams(exchange, &command); break;
    case BJ_COMMAND_CLEAR:
        bj_faults_clear(exchange->faults, command.fault.who, command.fault.streams);
        break;
    case BJ_COMMAND_SEED: bj_faults_seed(exchange->faults, command.seed); break;
    case BJ_COMMAND_STATUS: break;
    case BJ_COMMAND_NNF_DROP:
    case BJ_COMMAND_NNF_REFUSE:
        if (!do_nnf(exchange, &command, answer)) return;
        break;
    }
    say_status(exchange, answer);
}

/* --- health */
static void figure(bj_health_t *health, int64_t value, const char *prefix, const char *name) {
    char text[32];
    snprintf(text, sizeof text, "%s%s", prefix, name);
    bj_health_figure(health, text, value);
}

static void put_faults(const bj_exchange_t *exchange, bj_health_t *health) {
    static const char *const sides[BJ_SOURCES] = {"_a", "_b"};
    for (bj_fault_kind_t kind = 0; kind < BJ_FAULT_KINDS; kind++) {
        for (uint32_t s = 0; s < BJ_SOURCES; s++) {
            figure(health, (int64_t)bj_faults_cnt(exchange->faults, s, kind), bj_fault_names[kind],
                   sides[s]);
        }
    }
    bj_health_figure(health, "switches", (int64_t)exchange->switches);
    bj_health_figure(health, "commands", (int64_t)exchange->commands);
    bj_health_figure(health, "command_errors", (int64_t)exchange->command_errors);
}

/* One line each over all segments. */
static void put_services(const bj_exchange_t *exchange, bj_health_t *health) {
    static const char *const names[2] = {"recovery_", "snapshot_"};
    for (uint32_t kind = 0; kind < 2; kind++) {
        bj_service_counters_t sum = {0};
        for (uint32_t i = 0; i < BJ_SEGMENT_CNT; i++) {
            if (!exchange->service[kind][i]) continue;
            const bj_service_counters_t *one = bj_service_counters(exchange->service[kind][i]);
            sum.connects += one->connects, sum.refused += one->refused, sum.late += one->late;
            sum.errors += one->errors, sum.answers += one->answers, sum.cut += one->cut;
        }
        figure(health, (int64_t)sum.connects, names[kind], "connects");
        figure(health, (int64_t)sum.refused, names[kind], "refused");
        figure(health, (int64_t)sum.late, names[kind], "late");
        figure(health, (int64_t)sum.errors, names[kind], "errors");
        figure(health, (int64_t)sum.answers, names[kind], "answers");
        figure(health, (int64_t)sum.cut, names[kind], "cut");
    }
    if (exchange->log) {
        bj_health_figure(health, "log_messages", (int64_t)bj_msglog_cnt(exchange->log));
    }
    if (exchange->pictures) {
        bj_health_figure(health, "pictures", (int64_t)bj_pictures_cnt(exchange->pictures));
    }
}

static void put_nnf(const bj_exchange_t *exchange, bj_health_t *health) {
    if (!exchange->nnf) return;
    bj_exchange_nnf_stats_t stats = bj_exchange_nnf_stats(exchange->nnf);
#define X(field, text) bj_health_figure(health, "nnf_" #field, (int64_t)stats.server.field);
    BJ_NNF_COUNTER_LIST(X)
#undef X
    bj_health_figure(health, "nnf_orders", (int64_t)stats.members.orders);
    bj_health_figure(health, "nnf_open_orders", stats.members.open);
    bj_health_figure(health, "nnf_stops", stats.members.stops);
    bj_health_figure(health, "nnf_fills", (int64_t)stats.members.fills);
    bj_health_figure(health, "nnf_refused_orders", (int64_t)stats.members.rejected);
    bj_health_figure(health, "nnf_events", (int64_t)stats.events);
    bj_health_figure(health, "nnf_commits", (int64_t)stats.commits);
    bj_health_figure(health, "nnf_drops", (int64_t)stats.drops);
    bj_health_figure(health, "nnf_refusing", stats.refusing);
    bj_health_figure(health, "nnf_lost", stats.lost);
}

void bj_exchange_health(bj_exchange_t *exchange) {
    bj_model_stats_t stats = bj_model_stats(exchange->model);
    uint64_t lost = bj_out_lost(exchange->out, 0) + bj_out_lost(exchange->out, 1);
    bj_health_t health = {.state = BJ_HEALTH_UP, .pid = getpid(), .time_ns = bj_clock_wall_ns()};
    snprintf(health.text, sizeof health.text, "publishing %" PRIu32 " streams from two sources",
             exchange->day.streams.cnt);
    bj_health_figure(&health, "sent_a", (int64_t)bj_out_sent(exchange->out, 0));
    bj_health_figure(&health, "sent_b", (int64_t)bj_out_sent(exchange->out, 1));
    bj_health_figure(&health, "lost", (int64_t)lost);
    bj_health_figure(&health, "news", (int64_t)stats.news);
    bj_health_figure(&health, "modifies", (int64_t)stats.modifies);
    bj_health_figure(&health, "cancels", (int64_t)stats.cancels);
    bj_health_figure(&health, "trades", (int64_t)stats.trades);
    bj_health_figure(&health, "trade_cancels", (int64_t)stats.trade_cancels);
    bj_health_figure(&health, "broadcasts", (int64_t)bj_broadcast_cnt(exchange->broadcast));
    bj_health_figure(&health, "heartbeats", (int64_t)exchange->heartbeats);
    bj_health_figure(&health, "refreshes", (int64_t)exchange->refreshes);
    bj_health_figure(&health, "orders", bj_books_order_cnt(bj_model_books(exchange->model)));
    put_faults(exchange, &health);
    put_services(exchange, &health);
    put_nnf(exchange, &health);
    exchange->health_ns = exchange->now_ns + BJ_NS_PER_S;
    if (bj_health_write(exchange->run_dir, "exchange", &health)) return;
    if (exchange->now_ns - exchange->said_ns < 60 * BJ_NS_PER_S) return;
    exchange->said_ns = exchange->now_ns;
    BJ_WARN("cannot write the health file in %s: %s", exchange->run_dir, strerror(errno));
}
