#ifndef BJ_REPLAY_H
#define BJ_REPLAY_H

/* bj_replay - a FLOW through the matching engine, timed, with the digests of docs/flow.md.
 *
 * Purpose    What bijli-replay prints and the benchmarks compare.
 * Ownership  the caller owns the records; memory for the engine is mapped and given back here.
 * Threads    one; several runs may go on beside each other in threads of their own.
 * Errors     bj_status_t; BJ_ERR_BAD_FIELD names the record and field in bad_record, bad_field;
 *            BJ_ERR_FULL: no memory, or an order found no room in order_max and page_max.
 * Timing     the engine's time only: record decode, id lookup, matching, events into the ring, in
 *            blocks of records; what reads the ring (digests, trades) runs in between, untimed. */
#include "dataplane/base/bj_status.h"
#include "dataplane/match/bj_match.h"
#include "dataplane/wire/bj_wire_flow.h"

typedef struct bj_replay_options {
    bool latency; /* time each command alone; ns_per_op then contains the timing's own cost */
    bool quiet;   /* no digests, state hash: they stay 0 */
    uint64_t skip_cnt; /* records before this one are applied but not timed (warm-up) */
    void (*on_trade)(void *ctx, const bj_match_event_t *trade); /* or NULL */
    void *ctx;
    bj_match_t **keep;       /* not NULL: the engine is handed over with its memory ... */
    void       **keep_mem;   /* ... which bj_replay_unmap gives back */
    uint32_t order_max, page_max; /* 0: counted from the flow before it runs */
} bj_replay_options_t;

typedef struct bj_replay_result {
    uint64_t ops, trades, traded_qty, rejects, live_orders;
    uint64_t digest, bbo_digest, depth_digest, state_hash;
    double   ns_per_op;
    uint64_t p50_ns, p99_ns, p999_ns, max_ns; /* latency only: the timer's own cost is in them */
    uint64_t timer_ns;                        /* ... and this is what it is */
    size_t   mem_bytes;
    uint32_t symbol_cnt;
    uint64_t bad_record;    /* BJ_ERR_BAD_FIELD: its number, from 0 */
    const char *bad_field;  /* ... and what it may be */
} bj_replay_result_t;

BJ_MUST_USE bj_status_t bj_replay_run(const bj_flow_record_t *records, size_t cnt,
                                      const bj_replay_options_t *options,
                                      bj_replay_result_t *result);

/* Memory for an engine: huge pages where the machine gives them, every page touched. NULL: none. */
void *bj_replay_map(size_t bytes);
void  bj_replay_unmap(void *mem, size_t bytes);

#endif /* BJ_REPLAY_H */
