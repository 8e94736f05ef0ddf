#ifndef BJ_FEED_RECOVERY_H
#define BJ_FEED_RECOVERY_H

/* bj_feed_recovery - the exchange's two TCP services beside the feed: messages by their sequence,
 * and order-book snapshots.  Bytes in, bytes out; the connections are the caller's.
 *
 * Purpose    bj_feed_recovery_want or _snapshot, once for a stream; then its messages or orders
 *            come out of the sink, then done.  Wanting something else of a stream drops what was
 *            wanted before.
 * Limits     the exchange's (NSE MTBT API v6.7): one request a connection, 300,000 messages a
 *            request (more are asked for one part after the other), 13 connections at once to a
 *            segment's services, 12 ms from one connect to the next (10 are allowed, and 100 a
 *            second), and the request within a second of connecting (it is sent at once).
 * Failures   refused, cut, silent for timeout_ns, longer than total_ns, or a wrong byte: the
 *            connection is closed and what is still missing asked for again after backoff_ns, twice
 *            that, and so on up to backoff_max_ns; after try_max tries in a row that brought
 *            nothing, done says so.  A snapshot that the sink finds too old is asked for again
 *            after old_wait_ns, old_max times at most.
 * Bad input  a message with a field out of range but well framed is handed on with kind 0: the
 *            exchange has no better one.  Such an order of a snapshot is counted and left out.
 * Shape      one connection a stream: conn_idx is the stream's index.
 * Ownership  the caller owns the memory; nothing is allocated later.
 * Threads    one.  Time comes in as an argument, ns; only differences matter.
 * Cost       a copy for messages that lie across two inputs; else they are read in place. */
#include "dataplane/base/bj_base.h"
#include "dataplane/feed/bj_feed_decode.h"

typedef enum bj_feed_service {
    BJ_FEED_SERVICE_RECOVERY,
    BJ_FEED_SERVICE_SNAPSHOT,
} bj_feed_service_t;
enum { BJ_FEED_SERVICES = 2 };

typedef struct bj_feed_recovery bj_feed_recovery_t;

typedef struct bj_feed_recovery_limits {
    uint32_t request_max;     /* messages */
    uint32_t connections_max; /* of a segment */
    uint32_t try_max, old_max;
    uint32_t snapshot_max_bytes;
    int64_t  connect_every_ns;
    int64_t  timeout_ns; /* to connect, and between two inputs */
    int64_t  total_ns;   /* of one connection */
    int64_t  backoff_ns, backoff_max_ns, old_wait_ns;
} bj_feed_recovery_limits_t;
extern const bj_feed_recovery_limits_t bj_feed_recovery_limits; /* the exchange's, our patience */

typedef struct bj_feed_recovery_ops {
    /* --- the caller's connections.  connect begins one (false: it cannot be had); then
     * bj_feed_recovery_connected or _closed tells how it went.  close ends it, at once. */
    bool (*connect)(void *ctx, uint32_t conn_idx, bj_segment_t segment, bj_feed_service_t service);
    void (*close)(void *ctx, uint32_t conn_idx);
} bj_feed_recovery_ops_t;

/* Where what was wanted goes.  Only done may ask for more. */
typedef struct bj_feed_recovery_sink {
    /* False: not what was asked for. */
    bool (*message)(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg);
    /* False: too old. */
    bool (*snapshot)(void *ctx, uint32_t stream_idx, uint32_t last_seq);
    void (*order)(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg); /* BJ_FEED_NEW */
    /* The snapshot's last order was that.  False: too old, as its orders show. */
    bool (*whole)(void *ctx, uint32_t stream_idx);
    void (*done)(void *ctx, uint32_t stream_idx, bj_feed_service_t service, bool ok);
} bj_feed_recovery_sink_t;

typedef struct bj_feed_recovery_counters {
    uint64_t connects, refused, cut, timeouts, malformed, bad_orders;
} bj_feed_recovery_counters_t;

typedef struct bj_feed_recovery_config {
    uint32_t stream_cnt;
    bj_feed_recovery_limits_t limits;
    const bj_feed_recovery_ops_t  *ops; /* with ops_ctx */
    const bj_feed_recovery_sink_t *sink; /* with sink_ctx */
    void *ops_ctx, *sink_ctx;
} bj_feed_recovery_config_t;

size_t bj_feed_recovery_footprint(const bj_feed_recovery_config_t *config); /* 0: not allowed */
bj_feed_recovery_t *bj_feed_recovery_new(void *mem, const bj_feed_recovery_config_t *config);
/* Once for each stream, before it is asked for anything. */
void bj_feed_recovery_name(bj_feed_recovery_t *recovery, uint32_t stream_idx, bj_segment_t segment,
                           uint16_t stream_id);

/* Both sequences included, from_seq <= to_seq. */
void bj_feed_recovery_want(bj_feed_recovery_t *recovery, uint32_t stream_idx, uint32_t from_seq,
                           uint32_t to_seq);
void bj_feed_recovery_want_snapshot(bj_feed_recovery_t *recovery, uint32_t stream_idx);
void bj_feed_recovery_cancel(bj_feed_recovery_t *recovery, uint32_t stream_idx); /* no done */

/* Begins connections, gives up silent ones. */
void bj_feed_recovery_step(bj_feed_recovery_t *recovery, int64_t now_ns);

/* --- from the caller's connections */
void bj_feed_recovery_connected(bj_feed_recovery_t *recovery, uint32_t conn_idx, int64_t now_ns);
/* What waits to be sent: *data stays valid until anything is called.  0: nothing. */
size_t bj_feed_recovery_output(const bj_feed_recovery_t *recovery, uint32_t conn_idx,
                               const uint8_t **data);
void bj_feed_recovery_sent(bj_feed_recovery_t *recovery, uint32_t conn_idx, size_t data_bytes);
/* All of data is taken; the connection may have been closed by then. */
void bj_feed_recovery_input(bj_feed_recovery_t *recovery, uint32_t conn_idx, const uint8_t *data,
                            size_t data_bytes, int64_t now_ns);
/* It ended, or could not be begun; close is not called for it any more. */
void bj_feed_recovery_closed(bj_feed_recovery_t *recovery, uint32_t conn_idx, int64_t now_ns);
/* True while there is a connection of ours on conn_idx. */
bool bj_feed_recovery_open(const bj_feed_recovery_t *recovery, uint32_t conn_idx);
bool bj_feed_recovery_connecting(const bj_feed_recovery_t *recovery, uint32_t conn_idx);

const bj_feed_recovery_counters_t *bj_feed_recovery_counters(const bj_feed_recovery_t *recovery);

#endif /* BJ_FEED_RECOVERY_H */
