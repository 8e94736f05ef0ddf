#ifndef BJ_ENGINE_TILE_H
#define BJ_ENGINE_TILE_H

/* bj_engine_tile - takes commands, applies them, hands the outcome to the journal and the gateway.
 *
 * Backpressure  one command's outcome is handed on whole before the next command is taken; what
 *               does not fit waits here, and the engine with it.
 * Memory        under policy `memory` it acknowledges a command itself (pipe->in_memory), and wakes
 *               the journal only when that ring is full.
 * Time          the engine's clock never goes back: a command stamped before the last one gets the
 *               last one's time. */
#include "dataplane/base/bj_hist.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/tile/bj_pipe.h"
#include "dataplane/tile/bj_tile.h"

/* X(field, text) */
#define BJ_ENGINE_COUNTER_LIST(X)                               \
    X(commands, "commands applied since start")                 \
    X(events, "events made since start")                        \
    X(trades, "trades since start")                             \
    X(rejected, "orders and requests refused since start")      \
    X(backpressure, "steps that waited for the journal or the gateway") \
    X(cmd_seq, "last command's sequence")                       \
    X(event_seq, "last event's sequence")                       \
    X(live_orders, "orders open now")                           \
    X(instruments, "instruments known")                         \
    X(accounts, "accounts known")

/* X(name, word, text): where the time goes, in ns, while bj_stamp runs. */
#define BJ_ENGINE_HOP_LIST(X)                                              \
    X(BJ_ENGINE_HOP_RING, "ring", "command in the ring -> taken by the engine") \
    X(BJ_ENGINE_HOP_ENGINE, "engine", "taken -> done")
typedef enum bj_engine_hop {
#define X(name, word, text) name,
    BJ_ENGINE_HOP_LIST(X)
#undef X
    BJ_ENGINE_HOP_CNT
} bj_engine_hop_t;

enum { BJ_REASON_MAX = 140 }; /* refusals are below: bj_status.h */
static_assert((int)BJ_REJ_CLOSING_PRICE < (int)BJ_REASON_MAX, "the last of them");
typedef struct bj_engine_counters {
#define X(field, text) uint64_t field;
    BJ_ENGINE_COUNTER_LIST(X)
#undef X
    uint64_t refused[BJ_REASON_MAX]; /* by reason */
    bj_hist_figures_t hops[BJ_ENGINE_HOP_CNT];
} bj_engine_counters_t;
static_assert(sizeof(bj_engine_counters_t) <= BJ_METRICS_MAX * sizeof(uint64_t), "published whole");

typedef struct bj_engine_tile {
    bj_engine_t *engine;
    bj_pipe_t   *pipe;
    int64_t      last_time_ns; /* of the last command, also of an earlier run */
    /* the last command's outcome, as far as it is not handed on */
    const bj_event_t *events;
    size_t   event_cnt, record_idx, event_idx;
    bj_cmd_t cmd;
    bool     cmd_due;
    uint64_t in_stamp, done_stamp; /* of that command */
    bj_engine_counters_t counters;
    bj_hist_t            hops[BJ_ENGINE_HOP_CNT];
    uint32_t             hop_turn; /* whose figures are made next */
    bj_metrics_t         metrics;
} bj_engine_tile_t;

uint32_t bj_engine_tile_step(void *tile, bj_now_t now);
void bj_engine_tile_housekeep(void *tile, bj_now_t now);

#endif /* BJ_ENGINE_TILE_H */
