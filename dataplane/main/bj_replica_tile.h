#ifndef BJ_REPLICA_TILE_H
#define BJ_REPLICA_TILE_H

/* bj_replica_tile - the primary's end of replication on its own thread and the kernel's sockets:
 * what the journal tile has written goes out, what the standby has comes back to the journal tile.
 *
 * Policies   dataplane.durability `replica`: a command counts as durable when the standby has it;
 *            `replica+disk`: when the disk has it too; `disk`, `memory`: the standby follows, and
 *            nobody waits for it.
 * Lost       dataplane.replica.lost: `stop` (nothing is acknowledged until a standby is back) or
 *            `disk` (as with `disk` until then).  Either is an error in the log, and the status
 *            says it until it is over.
 * Start      under `replica` a power failure may have cost this journal what only the standby has:
 *            not ready before a standby has all of it; with lost `disk`, or lost_ms went by and
 *            none came that has more.  With `replica+disk` and `stop`, not before one is there.
 * TLS        1.3, certificates on both sides (bj_oe_tls.h): dataplane.replica.ca_file, cert_file,
 *            cert_key_file, looked at once a second while connections come; files that do not fit
 *            are not used, and the log says so.  Hands are shaken in this thread, a piece a
 *            millisecond.  In clear only with dataplane.replica.clear.
 * Sources    dataplane.replica.from: a connection from elsewhere is closed as it comes.
 * Threads    its own; bj_replica_tile_written and _digest from the journal tile's.
 * Cost       of _written: one store, and a syscall if the thread sleeps. */
#include <pthread.h>
#include "dataplane/base/bj_config.h"
#include "dataplane/gateway/bj_gateway.h"
#include "dataplane/journal/bj_journal_tail.h"
#include "dataplane/replica/bj_replica.h"
#include "dataplane/tile/bj_pipe.h"
#include "dataplane/tile/bj_tile.h"
#include "dataplane/wire/bj_oe_sock.h"
#include "dataplane/wire/bj_oe_way.h"

typedef struct bj_replica_tile_counters {
    uint64_t following, whole, lost, fenced, have_seq, epoch, differs_seq, ahead_seq, state_hashes;
    bj_replica_counters_t core;
} bj_replica_tile_counters_t;

typedef struct bj_replica_tile {
    bool          on;          /* dataplane.replica.port is set */
    bj_durable_by_t durable_by; /* as configured */
    bool          lost_to_disk;
    uint32_t      hash_every;
    int64_t       idle_ns; /* nothing written for so long: the state is asked for; 0: never */
    const char   *data_dir;
    bj_pipe_t    *pipe;
    bj_replica_t *replica;
    bj_journal_tail_t *tail;
    bj_ring_t    *digests; /* journal tile -> here */
    int           listen_fd, wake_fd;
    bj_oe_tls_files_t files;                   /* ca NULL: in clear */
    SSL_CTX      *tls;                         /* of the files as they last fitted */
    uint64_t      certs_stamp;
    int64_t       certs_ns, hands_ns;          /* not looked at, no piece of a handshake before */
    uint32_t      turn;
    bj_gateway_source_t sources[BJ_GATEWAY_SOURCES_MAX]; /* a standby may connect from; */
    uint32_t      source_cnt;                            /* 0: from anywhere */
    bj_oe_sock_t  socks[BJ_REPLICA_CONNS_MAX]; /* by connection; .fd -1: none */
    uint64_t      written_seen, state_asked_seq, state_said_seq;
    int64_t       written_ns, publish_ns, start_ns, lost_ns;
    uint64_t      state_hashes, epoch;
    _Atomic bool  ready; /* the standby has had all of the journal, or need not */
    _Atomic bool  asleep, stop;
    bool          running;
    pthread_t     thread;
    bj_metrics_t  metrics;
} bj_replica_tile_t;

/* From dataplane.durability and dataplane.replica.*, and whose turn it is from data_dir.  False,
 * after a sentence in the log: a value, or this data is a standby's. */
bool bj_replica_tile_read(bj_replica_tile_t *tile, const bj_config_t *config, const char *data_dir);

typedef struct bj_replica_tile_start {
    bj_pipe_t  *pipe; /* its durable_seq: as recovered */
    const char *journal_dir;
    uint64_t    journal_id;
    bj_engine_config_t shape;
} bj_replica_tile_start_t;
/* Listens and runs.  Does nothing unless on.  The bells of the pipe must be there. */
bool bj_replica_tile_start(bj_replica_tile_t *tile, const bj_config_t *config,
                           const bj_replica_tile_start_t *start);
void bj_replica_tile_stop(bj_replica_tile_t *tile);

/* The journal tile's side. */
void bj_replica_tile_written(bj_replica_tile_t *tile, uint64_t seq);
void bj_replica_tile_digest(bj_replica_tile_t *tile, const bj_digest_t *digest);

#endif /* BJ_REPLICA_TILE_H */
