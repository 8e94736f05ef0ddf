#ifndef BJ_NSE_H
#define BJ_NSE_H

/* bj_nse - the venue's tile: our engine's orders to the exchange, what it says to our engine.
 *
 * Shape      bj_uplink and bj_uplink_net on a loop and a thread of their own, the kernel's sockets.
 * In         the event log: an event is published there when its command is durable, so nothing
 *            goes out that the journal does not have, and nothing is lost while the line is down.
 * Out        pipe->venue_cmds, a ring of its own into the engine: it has one producer, this.
 * Away       while the exchange is not READY, new orders and modifications are refused with
 *            BJ_REJ_VENUE_AWAY; cancels wait, and go out first thing.
 * Fenced     a standby that takes over signs on itself: the connection is ended and none is tried
 *            any more.
 * Start      bj_nse_recover reads the whole journal with its events, once those are published; then
 *            what was on its way is in doubt, and decided by the exchange's word.
 * Threads    its own after bj_nse_run; the counters are read from any.
 * Errors     false after a sentence in the log. */
#include <pthread.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/gateway/bj_uplink.h"
#include "dataplane/gateway/bj_uplink_net.h"
#include "dataplane/market/bj_evlog.h"
#include "dataplane/tile/bj_pipe.h"
#include "dataplane/tile/bj_tile.h"

/* X(field, text) */
#define BJ_NSE_COUNTER_LIST(X)                                                      \
    X(state, "bj_nnf_client_state_t")                                               \
    X(error, "the exchange's latest refusal of a session; 0: none")                 \
    X(on_the_way, "requests without an answer")                                     \
    X(in_doubt, "of them, those that a lost connection has left in doubt")          \
    X(reconciled, "doubts that were decided, since start")                          \
    X(reconnects, "sign-ons since start but for the first")                         \
    X(failed, "connections that could not be made")                                 \
    X(away_refused, "orders and modifications refused while the exchange was away") \
    X(unreadable, "1: the event log cannot be read, so nothing goes out any more")  \
    X(strays_open, "orders there that are not ours, their cancel on its way")

typedef struct bj_nse_counters {
#define X(field, text) uint64_t field;
    BJ_NSE_COUNTER_LIST(X)
#undef X
    bj_uplink_strays_t strays;
    bj_nnf_client_counters_t client;
} bj_nse_counters_t;
static_assert(sizeof(bj_nse_counters_t) <= BJ_METRICS_MAX * sizeof(uint64_t), "published whole");

enum { BJ_NSE_BATCH = 64 };

typedef struct bj_nse {
    bool         on; /* venue is nse */
    bj_pipe_t   *pipe;
    bj_uplink_t *uplink;
    bj_uplink_net_t   *net; /* NULL: fenced */
    bj_evlog_reader_t *reader;
    bj_event_t   events[BJ_NSE_BATCH];
    size_t       event_cnt, event_at;
    uint64_t     next_seq;
    uint64_t     away_refused, commands;
    uint64_t     recovered_doubts; /* that the journal left */
    bool         lost; /* the event log cannot be read: nothing goes out any more */
    bj_loop_t    loop;
    pthread_t    thread;
    bool         running;
    _Atomic bool stop;
    bj_metrics_t metrics;
} bj_nse_t;

/* From nse.* (bj_nse_setup.h).  Nothing happens, and nothing is read, unless on. */
bool bj_nse_new(bj_nse_t *nse, const bj_config_t *config, bj_pipe_t *pipe);
/* Once, whatever is in the journal; the events must have been published. */
bool bj_nse_recover(bj_nse_t *nse, const char *journal_dir, const char *evlog_dir);
bool bj_nse_run(bj_nse_t *nse);
void bj_nse_stop(bj_nse_t *nse);

/* For the loop, and for tests. */
uint32_t bj_nse_step(void *nse, bj_now_t now);
void bj_nse_housekeep(void *nse, bj_now_t now);

/* From the published counters: NULL, orders go out; else what is wrong, in text. */
const char *bj_nse_text(const bj_nse_counters_t *counters, char *text, size_t text_bytes);

#endif /* BJ_NSE_H */
