/* bijli-relay --config FILE: the event log and the market table, to PostgreSQL, NATS and Redis. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "controlplane/relay/bj_relay.h"
#include "dataplane/base/bj_config.h"
#include "dataplane/base/bj_health.h"
#include "dataplane/base/bj_log.h"
#include "dataplane/base/bj_sandbox.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"

enum { NAP_MAX_MS = 100, LAG_MAX_EVENTS = 50000, DB_TIMEOUT_MS = 5000 };

void bj_relay_nap(const bj_relay_t *relay, int64_t wait_ms) {
    while (wait_ms > 0 && !relay->stop) {
        int64_t ms = wait_ms < NAP_MAX_MS ? wait_ms : NAP_MAX_MS;
        usleep((useconds_t)ms * 1000);
        wait_ms -= ms;
    }
}

/* The first thing that is wrong, as a sentence; NULL: nothing. */
static const char *trouble(bj_relay_t *relay, int64_t lag_events) {
    const struct {
        bool        wrong;
        const char *text;
    } table[] = {
        {!bj_db_pool_up(relay->pool), "database is away: order history and candles wait"},
        {!bj_bus_up(relay->bus), "bus is away: live prices are not sent"},
        {!bj_cache_up(relay->cache) && relay->market_open, "cache is away"},
        {!relay->log_open, "there is no event log yet"},
        {!relay->market_open, "there is no market table yet"},
        {relay->orders_status != BJ_OK, "events cannot be stored: see the log"},
        {lag_events < 0, "the event log is shorter than what was stored: it is being replayed"},
        {lag_events > LAG_MAX_EVENTS, "order history is behind"},
        {!relay->copies_ok, "copies of events are refused: see the log"},
    };
    for (size_t i = 0; i < BJ_COUNT(table); i++) {
        if (table[i].wrong) return table[i].text;
    }
    return NULL;
}

static void write_health(bj_relay_t *relay) {
    bj_health_t health = {0};
    bj_relay_figures_t *f = &relay->figures;
    int64_t lag_events = f->events_published - f->event_seq;
    const char *text = trouble(relay, lag_events);
    health.state = text ? BJ_HEALTH_DEGRADED : BJ_HEALTH_UP;
    snprintf(health.text, sizeof health.text, "%s",
             text ? text : "events and prices are passed on");
#define X(name) bj_health_figure(&health, #name, f->name);
    BJ_RELAY_FIGURE_LIST(X)
#undef X
    bj_health_figure(&health, "lag_events", lag_events);
    bj_health_figure(&health, "pg_up", bj_db_pool_up(relay->pool));
    bj_health_figure(&health, "redis_up", bj_cache_up(relay->cache));
    bj_health_figure(&health, "nats_up", bj_bus_up(relay->bus));
    if (!bj_health_write(relay->run_dir, "relay", &health)) BJ_WARN("health file not written");
}

static void set_up(bj_relay_t *relay, const bj_config_t *config) {
    static char events_dir[512];
    relay->run_dir = bj_config_str(config, "run_dir");
    relay->universe_csv = bj_config_str(config, "universe_csv");
    snprintf(events_dir, sizeof events_dir, "%s/events", bj_config_str(config, "data_dir"));
    relay->events_dir = events_dir;
    snprintf(relay->market_file, sizeof relay->market_file, "%s/market.shm", relay->run_dir);
    relay->interval_ms = bj_config_int_or(config, "relay.interval_ms", 10, 10000, 100);
    relay->stream_max_bytes =
        bj_config_int_or(config, "relay.stream_max_bytes", 1 << 20, INT64_C(1) << 40, 256 << 20);
    relay->pool = bj_db_pool_new(bj_config_str(config, "postgres.relay"), 2, DB_TIMEOUT_MS);
    relay->cache = bj_cache_new(bj_config_str(config, "redis.socket"));
    relay->bus = bj_bus_open_as(config, "relay");
    relay->candles_fill = calloc(1, sizeof *relay->candles_fill);
    relay->candles_store = calloc(1, sizeof *relay->candles_store);
    if (!relay->pool || !relay->cache || !relay->bus || !relay->candles_fill ||
        !relay->candles_store) {
        BJ_ERROR("cannot start: out of memory, or nats.url is not a URL");
        exit(2);
    }
    pthread_mutex_init(&relay->candles_lock, NULL);
}

static void *(*const bodies[])(void *) = {bj_relay_orders_run, bj_relay_copies_run,
                                          bj_relay_market_run, bj_relay_candles_run};

static void run(bj_relay_t *relay) {
    sigset_t signals;
    pthread_t threads[BJ_COUNT(bodies)];
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    for (size_t i = 0; i < BJ_COUNT(bodies); i++) {
        if (pthread_create(&threads[i], NULL, bodies[i], relay) != 0) abort();
    }
    do {
        write_health(relay);
    } while (sigtimedwait(&signals, NULL, &(struct timespec){.tv_sec = 1}) < 0);
    relay->stop = true;
    for (size_t i = 0; i < BJ_COUNT(bodies); i++) pthread_join(threads[i], NULL);
}

/* Blocked before any thread begins, the bus's own too: only run() takes them. */
static void block_signals(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Of data_dir the events, which the dataplane may not have begun yet. */
static const bj_sandbox_rule_t touches[] = {
    {"run_dir", BJ_MAY_READ}, {"data_dir", BJ_MAY_READ}, {"universe_csv", BJ_MAY_READ},
    {"postgres.relay", BJ_MAY_READ}, {"nats.relay", BJ_MAY_READ}, {"nats.ca_file", BJ_MAY_READ}};

int main(int argc, char **argv) {
    static bj_relay_t relay;
    if (argc != 3 || strcmp(argv[1], "--config") != 0) {
        fprintf(stderr, "usage: bijli-relay --config FILE\n");
        return 2;
    }
    bj_log_init("relay", BJ_LOG_INFO);
    block_signals();
    bj_config_t *config = bj_config_load(argv[2]);
    if (!bj_sandbox_enter(config, "relay", touches, BJ_COUNT(touches))) return 1;
    set_up(&relay, config);
    run(&relay);
    bj_bus_close(relay.bus);
    bj_cache_free(relay.cache);
    bj_db_pool_free(relay.pool);
    free(relay.candles_fill);
    free(relay.candles_store);
    bj_config_free(config);
    BJ_INFO("stopped");
    return 0;
}
