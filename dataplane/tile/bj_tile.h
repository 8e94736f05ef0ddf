#ifndef BJ_TILE_H
#define BJ_TILE_H

/* bj_tile - a step function, and the loop around one or more of them.
 *
 * Step     (ctx, now) -> work done; bounded work, never waits.  Thread, clock, pinning and idle
 *          policy stand outside, so a test or a simulation drives the same steps.
 * Idle     spin: never leaves the core.  sleep: after work of an eager tile look again without a
 *          pause for a moment, then wait, longer and longer up to sleep_max_ns or the bell.
 * Metrics  a tile counts in plain variables of its own; housekeep publishes them, ten times a
 *          second and once more when the loop ends. */
#include "dataplane/base/bj_time.h"
#include "dataplane/tile/bj_bell.h"

typedef struct bj_tile {
    const char *name;
    void       *ctx;
    uint32_t (*step)(void *ctx, bj_now_t now);
    void (*housekeep)(void *ctx, bj_now_t now); /* may be NULL; may be slow-ish */
    bool eager; /* someone waits for its work, and more tends to follow within microseconds */
} bj_tile_t;

enum { BJ_LOOP_TILES_MAX = 8 };
typedef enum bj_idle { BJ_IDLE_SPIN, BJ_IDLE_SLEEP } bj_idle_t;

typedef struct bj_loop {
    const char *name;
    bj_tile_t   tiles[BJ_LOOP_TILES_MAX];
    uint32_t    tile_cnt;
    int         core; /* -1: floats */
    bj_idle_t   idle;
    int64_t     sleep_max_ns;
    bool (*enter)(void); /* on the loop's thread, first; false: it cannot run.  May be NULL */
    void (*leave)(void); /* ... and last */
    bj_bell_t   bell;
    /* the loop's own */
    int64_t     housekeep_ns, busy_ns, wait_ns;
} bj_loop_t;

/* One turn: every tile once.  *eager says whether an eager tile had work. */
uint32_t bj_loop_step(bj_loop_t *loop, bj_now_t now, bool *eager);
/* How long to wait after a turn; 0: not at all.  A function of the policy and the past only. */
int64_t bj_loop_wait_ns(bj_loop_t *loop, uint32_t work, bool eager, bj_now_t now);
/* Pins the calling thread, turns until *stop, then housekeeps a last time.  False: could not
 * run. */
bool bj_loop_run(bj_loop_t *loop, const _Atomic bool *stop);

/* --- metrics --- */
enum { BJ_METRICS_MAX = 192 };
typedef struct bj_metrics { /* monitors read these lines and no others */
    alignas(BJ_PAIR_BYTES) _Atomic int64_t heartbeat_ns; /* monotonic */
    _Atomic uint64_t value[BJ_METRICS_MAX];
} bj_metrics_t;

/* counters is a struct of uint64_t only. */
void bj_metrics_publish(bj_metrics_t *metrics, const void *counters, size_t counters_bytes,
                        bj_now_t now);
void bj_metrics_read(const bj_metrics_t *metrics, void *counters, size_t counters_bytes);

#endif /* BJ_TILE_H */
