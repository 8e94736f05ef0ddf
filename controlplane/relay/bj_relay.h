#ifndef BJ_RELAY_H
#define BJ_RELAY_H

/* bj_relay - the process between the dataplane's files and everybody else.
 *
 * Threads    orders   event log -> PostgreSQL, then a hint to NATS for each account touched
 *            copies   event log -> JetStream
 *            market   market table -> NATS and Redis; ticks -> candles
 *            candles  candles -> PostgreSQL
 *            So none of the others waits for a database that is slow or frozen; each goes on from
 *            where it was when what it needs is there again.
 * Figures    each has one writer; the main thread reads them for the health file. */
#include <pthread.h>

#include "controlplane/bus/bj_bus.h"
#include "controlplane/relay/bj_candles.h"
#include "controlplane/store/bj_cache.h"
#include "controlplane/store/bj_db.h"
#include "dataplane/base/bj_base.h"

/* X(name in the health file) */
#define BJ_RELAY_FIGURE_LIST(X) \
    X(event_seq)                \
    X(events_published)         \
    X(events_applied)           \
    X(batches_applied)          \
    X(orders_errors)            \
    X(copied_seq)               \
    X(copies_errors)            \
    X(quotes_published)         \
    X(quotes_cached)            \
    X(quotes_stale)             \
    X(ticks_missed)             \
    X(candles_written)          \
    X(candles_dropped)          \
    X(candles_waiting)

typedef struct bj_relay_figures {
#define X(name) _Atomic int64_t name;
    BJ_RELAY_FIGURE_LIST(X)
#undef X
} bj_relay_figures_t;

typedef struct bj_relay {
    const char *run_dir, *events_dir, *universe_csv; /* borrowed from the configuration */
    char        market_file[512];
    int64_t     interval_ms;       /* of quotes */
    int64_t     stream_max_bytes;  /* of copies */
    bj_db_pool_t *pool;
    bj_cache_t   *cache;
    bj_bus_t     *bus;
    _Atomic bool  stop;
    _Atomic bool  log_open, market_open, copies_ok; /* for the health file */
    _Atomic int   orders_status;                    /* bj_status_t of the last try */
    bj_relay_figures_t figures;

    pthread_mutex_t candles_lock; /* of what follows */
    bool            place_known;  /* by the database; until then no tick is looked at */
    bj_candles_place_t place;     /* where to begin */
    bj_candles_t   *candles_fill, *candles_store;
} bj_relay_t;

/* Thread bodies: ctx is the relay; they return when stop is set. */
void *bj_relay_orders_run(void *ctx);
void *bj_relay_copies_run(void *ctx);
void *bj_relay_market_run(void *ctx);
void *bj_relay_candles_run(void *ctx);

/* Sleeps, or less when stop is set. */
void bj_relay_nap(const bj_relay_t *relay, int64_t wait_ms);

#endif /* BJ_RELAY_H */
