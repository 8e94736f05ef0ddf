/* bijli-exchange - stands in for NSE: publishes its tick-by-tick feed from two sources.
 *
 *   bijli-exchange --config FILE
 *
 * A seeded market model makes the messages; source A sends them, source B sends the same bytes
 * exchange.delay_us later.  An idle stream sends a heartbeat each second.  The model steps every
 * 10 ms and the process sleeps in between.
 *
 * Each stream begins again at sequence 1 with every live order as N every exchange.refresh_s
 * seconds (0: never), the streams one after another, and all of them on SIGUSR1 or SIGHUP, or when
 * a memif listener comes.  This stands in for the exchange's snapshot service: a listener that
 * started late or lost messages is whole again after it.  SIGTERM and SIGINT end the process. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_mtbt.h"
#include "sim/exchange/bj_model.h"
#include "sim/exchange/bj_out.h"

enum { ROWS_MAX = 4096, LATE_MAX = 1 << 16, STEPS_BEHIND_MAX = 50 };

/* What source B has still to send. */
typedef struct late {
    int64_t  due_ns;
    uint32_t stream_idx, data_bytes;
    uint8_t  data[BJ_OUT_BYTES_MAX];
} late_t;

typedef struct exchange {
    const char *run_dir;
    bj_out_t   *out;
    bj_model_t *model;
    uint32_t    stream_cnt;
    int64_t     delay_ns, refresh_ns;
    int64_t     mono_ns;                          /* time of this turn */
    int64_t step_ns, health_ns, said_ns; /* monotonic: when each is due; last health line */
    int64_t     spoke_ns[BJ_UNIVERSE_STREAM_MAX]; /* last datagram of the stream */
    int64_t     refresh_due_ns[BJ_UNIVERSE_STREAM_MAX];
    uint64_t    refreshes, heartbeats;
    size_t      late_head, late_tail; /* free-running */
    late_t      late[LATE_MAX];
} exchange_t;

static volatile sig_atomic_t stop_asked, refresh_asked;
static void on_stop(int signo) { (void)signo, stop_asked = 1; }
static void on_refresh(int signo) { (void)signo, refresh_asked = 1; }

/* --- out: A now, B later */
static void send_now(exchange_t *exchange, uint32_t source, uint32_t stream_idx, const void *data,
                     size_t data_bytes) {
    if (bj_out_put(exchange->out, source, stream_idx, data, data_bytes)) return;
    bj_out_flush(exchange->out, source);
    if (!bj_out_put(exchange->out, source, stream_idx, data, data_bytes)) abort();
}

static void send_due(exchange_t *exchange, int64_t mono_ns) {
    while (exchange->late_tail != exchange->late_head) {
        const late_t *late = &exchange->late[exchange->late_tail % LATE_MAX];
        if (late->due_ns > mono_ns) break;
        send_now(exchange, 1, late->stream_idx, late->data, late->data_bytes);
        exchange->late_tail++;
    }
    bj_out_flush(exchange->out, 1);
}

static void publish(void *ctx, uint32_t stream_idx, const void *data, size_t data_bytes) {
    exchange_t *exchange = ctx;
    exchange->spoke_ns[stream_idx] = exchange->mono_ns;
    send_now(exchange, 0, stream_idx, data, data_bytes);
    if (exchange->late_head - exchange->late_tail == LATE_MAX) send_due(exchange, INT64_MAX);
    late_t *late = &exchange->late[exchange->late_head++ % LATE_MAX];
    *late = (late_t){exchange->mono_ns + exchange->delay_ns, stream_idx, (uint32_t)data_bytes, {0}};
    memcpy(late->data, data, data_bytes);
}

static void beat(exchange_t *exchange, uint32_t stream_idx) {
    bj_mtbt_heartbeat_t wire = {
        .header = {sizeof wire, (uint16_t)(stream_idx + 1), 0}, .type = 'Z',
        .last_seq = bj_model_last_seq(exchange->model, stream_idx)};
    exchange->heartbeats++;
    publish(exchange, stream_idx, &wire, sizeof wire);
}

/* --- what is due */
static void refresh(exchange_t *exchange, uint32_t stream_idx) {
    exchange->refreshes++;
    exchange->refresh_due_ns[stream_idx] =
        exchange->refresh_ns ? exchange->mono_ns + exchange->refresh_ns : INT64_MAX;
    bj_model_republish(exchange->model, stream_idx, bj_clock_wall_ns());
}

static void refresh_all(exchange_t *exchange) {
    for (uint32_t i = 0; i < exchange->stream_cnt; i++) {
        refresh(exchange, i);
        if (!exchange->refresh_ns) continue;
        /* One after another from here on: a burst of all streams is seldom wanted. */
        exchange->refresh_due_ns[i] -= exchange->refresh_ns * i / exchange->stream_cnt;
    }
}

static void run_streams(exchange_t *exchange) {
    bool came = bj_out_listener_came(exchange->out);
    if (refresh_asked || came) {
        refresh_asked = 0;
        BJ_INFO("beginning every stream again, %s", came ? "for who came" : "as asked");
        refresh_all(exchange);
    }
    for (uint32_t i = 0; i < exchange->stream_cnt; i++) {
        if (exchange->mono_ns >= exchange->refresh_due_ns[i]) refresh(exchange, i);
        if (exchange->mono_ns - exchange->spoke_ns[i] >= BJ_NS_PER_S) beat(exchange, i);
    }
}

/* A machine that slept does not make up for it: the model's time is its own. */
static void run_model(exchange_t *exchange) {
    if (exchange->mono_ns - exchange->step_ns > STEPS_BEHIND_MAX * BJ_MODEL_STEP_NS) {
        exchange->step_ns = exchange->mono_ns;
    }
    while (exchange->step_ns <= exchange->mono_ns) {
        bj_model_step(exchange->model, bj_clock_wall_ns());
        exchange->step_ns += BJ_MODEL_STEP_NS;
    }
}

static void write_health(exchange_t *exchange) {
    bj_model_stats_t stats = bj_model_stats(exchange->model);
    uint64_t lost = bj_out_lost(exchange->out, 0) + bj_out_lost(exchange->out, 1);
    bj_health_t health = {.state = BJ_HEALTH_UP, .pid = getpid(), .time_ns = bj_clock_wall_ns()};
    snprintf(health.text, sizeof health.text, "publishing %" PRIu32 " streams from two sources",
             exchange->stream_cnt);
    bj_health_figure(&health, "sent_a", (int64_t)bj_out_sent(exchange->out, 0));
    bj_health_figure(&health, "sent_b", (int64_t)bj_out_sent(exchange->out, 1));
    bj_health_figure(&health, "lost", (int64_t)lost);
    bj_health_figure(&health, "news", (int64_t)stats.news);
    bj_health_figure(&health, "modifies", (int64_t)stats.modifies);
    bj_health_figure(&health, "cancels", (int64_t)stats.cancels);
    bj_health_figure(&health, "trades", (int64_t)stats.trades);
    bj_health_figure(&health, "heartbeats", (int64_t)exchange->heartbeats);
    bj_health_figure(&health, "refreshes", (int64_t)exchange->refreshes);
    bj_health_figure(&health, "orders",
                     bj_books_order_cnt(bj_model_books(exchange->model)));
    exchange->health_ns = exchange->mono_ns + BJ_NS_PER_S;
    if (bj_health_write(exchange->run_dir, "exchange", &health)) return;
    if (exchange->mono_ns - exchange->said_ns < 60 * BJ_NS_PER_S) return;
    exchange->said_ns = exchange->mono_ns;
    BJ_WARN("cannot write the health file in %s: %s", exchange->run_dir, strerror(errno));
}

static void sleep_until_due(const exchange_t *exchange) {
    int64_t due_ns = exchange->step_ns;
    if (exchange->late_tail != exchange->late_head) {
        int64_t late_ns = exchange->late[exchange->late_tail % LATE_MAX].due_ns;
        if (late_ns < due_ns) due_ns = late_ns;
    }
    struct timespec until = {due_ns / BJ_NS_PER_S, due_ns % BJ_NS_PER_S};
    /* A signal ends it early. */
    (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static void run(exchange_t *exchange) {
    exchange->mono_ns = exchange->step_ns = bj_clock_mono_ns();
    refresh_all(exchange);
    while (!stop_asked) {
        exchange->mono_ns = bj_clock_mono_ns();
        run_streams(exchange);
        run_model(exchange);
        bj_out_flush(exchange->out, 0);
        send_due(exchange, bj_clock_mono_ns());
        if (exchange->mono_ns >= exchange->health_ns) write_health(exchange);
        sleep_until_due(exchange);
    }
}

/* --- start */
static bj_model_t *make_model(const bj_config_t *config, exchange_t *exchange) {
    static bj_universe_row_t rows[ROWS_MAX];
    char error[512];
    size_t row_cnt;
    if (bj_universe_load(bj_config_str(config, "universe_csv"), rows, ROWS_MAX, &row_cnt, error,
                         sizeof error) != BJ_OK) {
        fprintf(stderr, "%s\n", error);
        exit(2);
    }
    size_t want_cnt = (size_t)bj_config_int_or(config, "exchange.instrument_cnt", 1, ROWS_MAX,
                                               ROWS_MAX);
    return bj_model_new(&(bj_model_config_t){
        .rows = rows, .row_cnt = (uint32_t)(want_cnt < row_cnt ? want_cnt : row_cnt),
        .stream_cnt = exchange->stream_cnt,
        .seed = (uint64_t)bj_config_int_or(config, "exchange.seed", 0, INT64_MAX, 1),
        .messages_per_s =
            (uint32_t)bj_config_int_or(config, "exchange.messages_per_s", 0, 2000000, 400),
        .sink = publish, .ctx = exchange});
}

static void catch_signals(void) {
    const struct sigaction stop = {.sa_handler = on_stop}, again = {.sa_handler = on_refresh};
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGUSR1, &again, NULL);
    sigaction(SIGHUP, &again, NULL);
}

int main(int argc, char **argv) {
    static exchange_t exchange;
    if (argc != 3 || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr, "usage: bijli-exchange --config FILE\n");
        return 2;
    }
    bj_log_init("bijli-exchange", BJ_LOG_INFO);
    catch_signals();
    bj_config_t *config = bj_config_load(argv[2]);
    exchange.run_dir = bj_config_str(config, "run_dir");
    exchange.stream_cnt =
        (uint32_t)bj_config_int(config, "feed.stream_cnt", 1, BJ_UNIVERSE_STREAM_MAX);
    exchange.delay_ns =
        BJ_NS_PER_US * bj_config_int_or(config, "exchange.delay_us", 0, 1000000, 200);
    exchange.refresh_ns = BJ_NS_PER_S * bj_config_int_or(config, "exchange.refresh_s", 0, 86400, 0);
    exchange.model = make_model(config, &exchange);
    if (!exchange.model) {
        fprintf(stderr, "bijli-exchange: the market model does not fit in memory\n");
        return 2;
    }
    exchange.out = bj_out_open(config, exchange.stream_cnt);
    BJ_INFO("publishing %u streams, %s", exchange.stream_cnt, bj_config_str(config, "feed.driver"));
    run(&exchange);
    bj_out_close(exchange.out);
    bj_model_free(exchange.model);
    bj_config_free(config);
    BJ_INFO("stopped");
    return 0;
}
