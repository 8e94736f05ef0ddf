#ifndef BJ_PIPE_H
#define BJ_PIPE_H

/* bj_pipe - the way of an order between the tiles: the rings and the two words that close the
 * circle.
 *
 *   gateway --cmds--> engine --records--> journal --durable_seq--> gateway
 *                            \--events-------------------------->  (held there until durable)
 *   venue --venue_cmds--> engine     what the exchange says (docs/venue.md); else NULL
 *
 * Policy `memory`: the engine itself moves durable_seq, once a command's records are in their ring.
 *
 * A command's events go into the records ring before the command itself: whoever has taken the
 * command has all of its events, however many they are and however small the ring. */
#include "dataplane/base/bj_ring.h"
#include "dataplane/base/bj_wire_check.h"
#include "dataplane/tile/bj_bell.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef enum bj_record_kind { BJ_RECORD_EVENT = 1, BJ_RECORD_CMD = 2 } bj_record_kind_t;

typedef struct bj_record {
    alignas(BJ_LINE_BYTES) union {
        bj_cmd_t   cmd;
        bj_event_t event;
    } body;
    uint32_t kind; /* bj_record_kind_t */
    uint32_t reserved;
    uint64_t done_stamp; /* the engine was done; 0: none.  Beside it, never in the journal */
    uint8_t  reserved2[48];
} bj_record_t;
BJ_WIRE_SIZE(bj_record_t, 192);

/* Who must have a command before it counts as durable. */
typedef enum bj_durable_by { BJ_BY_DISK, BJ_BY_STANDBY, BJ_BY_BOTH } bj_durable_by_t;

/* What the replica's thread and the tiles tell each other (bj_replica_tile.h); all 0 without it. */
typedef struct bj_pipe_replica {
    alignas(BJ_PAIR_BYTES) _Atomic uint32_t durable_by; /* bj_durable_by_t */
    _Atomic uint64_t have_seq; /* what the standby has; durable_by looks at it */
    _Atomic bool     fenced;   /* a standby takes over: nothing more goes into the journal */
    _Atomic bool     state_wanted; /* the engine's state hash, when it has a moment */
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t written_seq; /* last command with the kernel */
    _Atomic bool     stopped;  /* the journal heard of the fence: it ends at written_seq */
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t state_seq; /* behind this command ... */
    _Atomic uint64_t state_hash; /* ... the engine was so */
} bj_pipe_replica_t;

typedef struct bj_pipe {
    bj_ring_t *cmds, *records, *events;
    bj_ring_t *venue_cmds; /* bare commands; NULL: our matching is the market */
    bj_bell_t *gateway_bell, *engine_bell, *journal_bell; /* of the loops they run on; NULL: none */
    bj_bell_t *uplink_bell; /* rung with durable_seq; NULL: none */
    /* Last command that may be acknowledged: on the disk, with the standby, or both. */
    alignas(BJ_PAIR_BYTES) _Atomic uint64_t durable_seq;
    _Atomic uint64_t durable_stamp; /* when that was said; set before it */
    /* Policy `memory`: the engine moves durable_seq, the journal writes behind it; set before the
     * loops run. */
    bool in_memory;
    _Atomic bool journal_lost; /* the disk said no: nothing will be acknowledged any more */
    bj_pipe_replica_t replica;
} bj_pipe_t;

#endif /* BJ_PIPE_H */
