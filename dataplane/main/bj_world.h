#ifndef BJ_WORLD_H
#define BJ_WORLD_H

/* bj_world - everything inside bijli-dataplane, made in one place and in one order:
 *
 *   bj_world_new     memory, rings, engine, gateway sessions   from the configuration
 *   bj_world_ports   DPDK and its ports; from then on the process is confined (bj_confine.h), and
 *                    nothing from outside has been read yet
 *   bj_world_recover journal -> engine, event log, gateway; then what the configuration asks for
 *                    and the engine does not know
 *   bj_world_replicate  a standby may follow; under policy `replica` wait for ready before opening
 *   bj_world_open    the recovered events are published; what the exchange may have of ours is
 *                    found in the journal; sockets, market table
 *   bj_world_start   one thread a loop
 *   bj_world_stop    loops end and publish their last counters; everything is closed
 *
 * Errors  each returns false after a sentence in the log; bj_world_stop may be called after any. */
#include <pthread.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/engine/bj_engine.h"
#include "dataplane/gateway/bj_gateway.h"
#include "dataplane/journal/bj_journal.h"
#include "dataplane/main/bj_audit_thread.h"
#include "dataplane/main/bj_feed_tile.h"
#include "dataplane/main/bj_gateway_tile.h"
#include "dataplane/main/bj_nse.h"
#include "dataplane/main/bj_replica_tile.h"
#include "dataplane/market/bj_evlog.h"
#include "dataplane/tile/bj_engine_tile.h"
#include "dataplane/tile/bj_journal_tile.h"
#include "dataplane/tile/bj_topo.h"

enum { BJ_PATH_BYTES = 512 };

typedef struct bj_recovery {
    uint64_t cmd_cnt, event_cnt; /* replayed */
    uint64_t snap_seq;           /* after this command, of a snapshot; 0: from the beginning */
    uint64_t state_hash;
    int64_t  took_ms;
    uint64_t torn_bytes;
    /* Those of sessions and of NNF's users; 0 once the replay set it up. */
    uint32_t account_ids[BJ_GATEWAY_SESSIONS_MAX * BJ_GATEWAY_ACCOUNTS_MAX +
                         BJ_NNF_DOORS * BJ_NNF_USERS_MAX];
    uint32_t account_cnt;
    int64_t  session_ns; /* time of the last step of the trading calendar; 0: none */
} bj_recovery_t;

typedef struct bj_world {
    const bj_config_t *config;
    const char  *run_dir, *data_dir;
    char         evlog_dir[BJ_PATH_BYTES], journal_dir[BJ_PATH_BYTES];
    bool         durable;
    bj_topo_t    topo;
    bj_pipe_t    pipe;
    void        *rings[BJ_LINK_CNT];
    void        *engine_mem;
    bj_engine_config_t engine_config;
    bj_engine_t *engine;
    bj_gateway_t *gateway;
    bj_gateway_session_config_t sessions[BJ_GATEWAY_SESSIONS_MAX];
    uint32_t     session_cnt;
    bj_journal_t *journal;
    bj_evlog_t   *evlog;
    bj_evlog_reader_t *evlog_reader; /* the gateway's */
    bj_recovery_t recovery;
    bj_audit_thread_t audit;
    bool         nic_started, confined;
    bj_hw_tile_t      card;
    bj_feed_tile_t    feed_tile;
    bj_gateway_tile_t gateway_tile;
    bj_engine_tile_t  engine_tile;
    bj_journal_tile_t journal_tile;
    bj_replica_tile_t replica;
    bj_nse_t     nse;
    void        *venue_ring; /* NULL: venue is internal */
    bj_loop_t    loops[BJ_TILE_CNT];
    pthread_t    threads[BJ_TILE_CNT];
    uint32_t     thread_cnt;
    _Atomic bool stop;
    _Atomic uint32_t failed_loops;
} bj_world_t;

bool bj_world_new(bj_world_t *world, const bj_config_t *config);
bool bj_world_ports(bj_world_t *world);
bool bj_world_recover(bj_world_t *world);
bool bj_world_replicate(bj_world_t *world);
/* True once clients may be told what the journal has: at once, but for policy `replica` with
 * dataplane.replica.lost `stop`, where a standby must have it first. */
bool bj_world_ready(const bj_world_t *world);
bool bj_world_open(bj_world_t *world);
bool bj_world_start(bj_world_t *world);
void bj_world_stop(bj_world_t *world);

/* run_dir/dataplane.status.json, from the published counters; any time after bj_world_recover. */
void bj_world_report(const bj_world_t *world);

#endif /* BJ_WORLD_H */
