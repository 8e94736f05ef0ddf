#include "sim/exchange/bj_exchange.h"

#include <poll.h>
#include <time.h>
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_time.h"

enum { STEPS_BEHIND_MAX = 50, POLL_MAX = 2 * BJ_SEGMENT_CNT + 2 };

int64_t bj_exchange_wall_ns(const bj_exchange_t *exchange) {
    return exchange->options.fast ? exchange->now_ns : bj_clock_wall_ns();
}

/* --- out */
void bj_exchange_send(void *ctx, uint32_t source, uint32_t stream_idx, const void *data,
                      size_t data_bytes, int64_t due_ns) {
    bj_exchange_t *exchange = ctx;
    int64_t time_ns = 0;
    if (exchange->options.fast) time_ns = due_ns;
    else if (exchange->options.capture[source]) time_ns = bj_clock_wall_ns();
    bj_out_put(exchange->out, source, stream_idx, data, data_bytes, time_ns);
}

static void put(bj_exchange_t *exchange, uint32_t stream_idx, const void *data, size_t data_bytes) {
    if (exchange->options.fast) {
        int64_t last_ns = exchange->step_ns + BJ_MODEL_STEP_NS - 1;
        exchange->now_ns += exchange->spacing_ns;
        if (exchange->now_ns > last_ns) exchange->now_ns = last_ns;
    }
    exchange->spoke_ns[stream_idx] = exchange->now_ns;
    bj_faults_put(exchange->faults, stream_idx, data, data_bytes, exchange->now_ns);
}

void bj_exchange_publish(void *ctx, uint32_t stream_idx, const void *data, size_t data_bytes) {
    bj_exchange_t *exchange = ctx;
    if (stream_idx >= bj_streams_ticks(&exchange->day.streams)) {
        bj_broadcast_see(exchange->broadcast, stream_idx, data, data_bytes,
                         bj_exchange_wall_ns(exchange));
        return;
    }
    if (exchange->log) bj_msglog_put(exchange->log, stream_idx, data, data_bytes);
    put(exchange, stream_idx, data, data_bytes);
}

void bj_exchange_broadcast(void *ctx, uint32_t stream_idx, const void *data, size_t data_bytes) {
    put(ctx, stream_idx, data, data_bytes);
}

static void beat(bj_exchange_t *exchange, uint32_t stream_idx) {
    bj_mtbt_heartbeat_t wire = {
        .header = {sizeof wire, exchange->day.streams.stream[stream_idx].stream_id, 0},
        .type = 'Z', .last_seq = bj_model_last_seq(exchange->model, stream_idx)};
    exchange->heartbeats++;
    put(exchange, stream_idx, &wire, sizeof wire);
}

/* --- a stream's beginning */
/* The picture of before would name a sequence of the run that is over. */
void bj_exchange_begin(bj_exchange_t *exchange, uint32_t stream_idx, bool full) {
    exchange->refresh_due_ns[stream_idx] =
        exchange->refresh_ns ? exchange->now_ns + exchange->refresh_ns : INT64_MAX;
    if (exchange->log) bj_msglog_begin(exchange->log, stream_idx);
    if (full) {
        exchange->refreshes++;
        bj_model_republish(exchange->model, stream_idx, bj_exchange_wall_ns(exchange));
    } else {
        bj_model_restart(exchange->model, stream_idx);
        beat(exchange, stream_idx);
    }
    if (exchange->pictures) (void)bj_pictures_take(exchange->pictures, stream_idx);
}

static void refresh_all(bj_exchange_t *exchange) {
    uint32_t cnt = bj_streams_ticks(&exchange->day.streams);
    for (uint32_t i = 0; i < cnt; i++) {
        bj_exchange_begin(exchange, i, true);
        if (!exchange->refresh_ns) continue;
        /* One after another from here on: a burst of all streams is seldom wanted. */
        exchange->refresh_due_ns[i] -= exchange->refresh_ns * i / cnt;
    }
}

/* The books that only the broadcast tells of are there from the start. */
static void begin_broadcasts(bj_exchange_t *exchange) {
    const bj_streams_t *streams = &exchange->day.streams;
    for (uint32_t i = bj_streams_ticks(streams); i < streams->cnt; i++) {
        bj_model_restart(exchange->model, i);
    }
    exchange->broadcast_ns = exchange->now_ns;
}

static void run_broadcasts(bj_exchange_t *exchange) {
    if (exchange->now_ns < exchange->broadcast_ns) return;
    exchange->broadcast_ns = exchange->now_ns + BJ_NS_PER_S;
    bj_broadcast_say(exchange->broadcast, bj_exchange_wall_ns(exchange));
}

/* --- what is due */
static void run_streams(bj_exchange_t *exchange, volatile int *refresh) {
    bool came = bj_out_listener_came(exchange->out);
    if (*refresh || came) {
        *refresh = 0;
        BJ_INFO("beginning every stream again, %s", came ? "for who came" : "as asked");
        refresh_all(exchange);
    }
    for (uint32_t i = 0; i < bj_streams_ticks(&exchange->day.streams); i++) {
        if (exchange->now_ns >= exchange->refresh_due_ns[i]) bj_exchange_begin(exchange, i, true);
        if (exchange->now_ns - exchange->spoke_ns[i] >= BJ_NS_PER_S) beat(exchange, i);
    }
}

/* A machine that slept does not make up for it: the model's time is its own. */
static void run_model(bj_exchange_t *exchange) {
    if (exchange->now_ns - exchange->step_ns > STEPS_BEHIND_MAX * BJ_MODEL_STEP_NS) {
        exchange->step_ns = exchange->now_ns;
    }
    while (exchange->step_ns <= exchange->now_ns) {
        int64_t wall_ns = bj_clock_wall_ns();
        if (exchange->nnf) bj_exchange_nnf_before(exchange->nnf, wall_ns);
        bj_model_step(exchange->model, wall_ns);
        if (exchange->nnf) bj_exchange_nnf_stepped(exchange->nnf);
        exchange->step_ns += BJ_MODEL_STEP_NS;
    }
}

/* Members are told what is on the disk; the feed's datagrams of this turn wait for that, too. */
static void run_nnf(bj_exchange_t *exchange) {
    if (exchange->nnf) exchange->nnf_busy = bj_exchange_nnf_turn(exchange->nnf, bj_clock_now());
}

static void run_services(bj_exchange_t *exchange) {
    if (exchange->ctl) bj_ctl_step(exchange->ctl);
    if (exchange->pictures && exchange->now_ns >= exchange->picture_ns) {
        exchange->picture_ns = exchange->now_ns + exchange->snapshot_ns;
        for (uint32_t i = 0; i < bj_streams_ticks(&exchange->day.streams); i++) {
            (void)bj_pictures_take(exchange->pictures, i);
        }
    }
    for (uint32_t i = 0; i < 2 * BJ_SEGMENT_CNT; i++) {
        bj_service_t *service = exchange->service[i / BJ_SEGMENT_CNT][i % BJ_SEGMENT_CNT];
        if (service) bj_service_step(service, bj_clock_mono_ns());
    }
}

/* Until the next thing is due, or somebody asks; a signal ends it early. */
static void sleep_until_due(const bj_exchange_t *exchange) {
    struct pollfd asks[POLL_MAX];
    nfds_t cnt = 0;
    int64_t due_ns = exchange->step_ns, next_ns = bj_faults_next_ns(exchange->faults);
    if (next_ns < due_ns) due_ns = next_ns;
    int64_t left_ns = due_ns - bj_clock_mono_ns();
    if (left_ns < 0 || exchange->nnf_busy) left_ns = 0;
    if (exchange->nnf && bj_exchange_nnf_fd(exchange->nnf) >= 0)
        asks[cnt++] = (struct pollfd){.fd = bj_exchange_nnf_fd(exchange->nnf), .events = POLLIN};
    if (exchange->ctl) asks[cnt++] = (struct pollfd){.fd = bj_ctl_fd(exchange->ctl),
                                                     .events = POLLIN};
    for (uint32_t i = 0; i < 2 * BJ_SEGMENT_CNT; i++) {
        const bj_service_t *service = exchange->service[i / BJ_SEGMENT_CNT][i % BJ_SEGMENT_CNT];
        if (service) asks[cnt++] = (struct pollfd){.fd = bj_service_fd(service), .events = POLLIN};
    }
    (void)ppoll(asks, cnt, &(struct timespec){left_ns / BJ_NS_PER_S, left_ns % BJ_NS_PER_S}, NULL);
}

static void flush(bj_exchange_t *exchange) {
    for (uint32_t s = 0; s < BJ_SOURCES; s++) bj_out_flush(exchange->out, s);
}

static void run_live(bj_exchange_t *exchange, const volatile int *stop, volatile int *refresh) {
    exchange->now_ns = exchange->step_ns = bj_clock_mono_ns();
    exchange->stop_ns =
        exchange->options.run_ns ? exchange->now_ns + exchange->options.run_ns : INT64_MAX;
    begin_broadcasts(exchange);
    refresh_all(exchange);
    while (!*stop && exchange->now_ns < exchange->stop_ns) {
        exchange->now_ns = bj_clock_mono_ns();
        run_streams(exchange, refresh);
        run_model(exchange);
        run_nnf(exchange);
        run_broadcasts(exchange);
        bj_faults_due(exchange->faults, exchange->now_ns);
        flush(exchange);
        run_services(exchange);
        if (exchange->now_ns >= exchange->health_ns) bj_exchange_health(exchange);
        sleep_until_due(exchange);
    }
}

static void run_fast(bj_exchange_t *exchange, const volatile int *stop, volatile int *refresh) {
    exchange->now_ns = exchange->step_ns = BJ_EXCHANGE_FAST_START_NS;
    exchange->stop_ns = exchange->step_ns + exchange->options.run_ns;
    begin_broadcasts(exchange);
    refresh_all(exchange);
    for (exchange->step_ns += BJ_MODEL_STEP_NS; !*stop && exchange->step_ns < exchange->stop_ns;
         exchange->step_ns += BJ_MODEL_STEP_NS) {
        exchange->now_ns = exchange->step_ns;
        run_streams(exchange, refresh);
        bj_model_step(exchange->model, exchange->step_ns);
        run_broadcasts(exchange);
        bj_faults_due(exchange->faults, exchange->step_ns + BJ_MODEL_STEP_NS - 1);
        flush(exchange);
    }
}

void bj_exchange_run(bj_exchange_t *exchange, const volatile int *stop, volatile int *refresh) {
    if (exchange->options.fast) run_fast(exchange, stop, refresh);
    else run_live(exchange, stop, refresh);
    bj_faults_flush(exchange->faults);
    flush(exchange);
}
