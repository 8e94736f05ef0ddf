#ifndef BJ_ENGINE_H
#define BJ_ENGINE_H

/* bj_engine - the deterministic state machine: a command in, its events out.
 *
 * Purpose    Sequence, check risk, match.  The same commands give the same events and the same
 *            state hash on any machine: no clock (time is in the command), no allocation, no
 *            floating point, no order that depends on addresses.
 * Shape      see bj_engine_config; every table is sized once.
 * Ownership  the caller owns the memory (aligned to 64); bj_engine_new formats it.
 * Threads    one.
 * Errors     none to the caller: a refused command is an event with a reason.
 * Output     bj_engine_apply gives seq and returns the events of that one command, in an array the
 *            engine owns, valid until the next apply.  Every command has at least one event. */
#include "dataplane/base/bj_base.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_engine bj_engine_t;

typedef struct bj_engine_config {
    uint32_t instrument_max; /* instruments of this shard */
    uint32_t account_max;
    uint32_t order_max;      /* live orders */
} bj_engine_config_t;

typedef struct bj_engine_stats { /* for metrics and tests */
    uint64_t cmd_seq, event_seq, match_cnt;
    uint32_t live_orders, instruments, accounts;
} bj_engine_stats_t;

size_t bj_engine_footprint(const bj_engine_config_t *config); /* 0: a shape is not allowed */
bj_engine_t *bj_engine_new(void *mem, const bj_engine_config_t *config);

/* cmd->seq: 0 to be given the next number, or exactly the next number (replay). */
const bj_event_t *bj_engine_apply(bj_engine_t *engine, bj_cmd_t *cmd, size_t *event_cnt);

/* The whole state: orders, positions, limits, counters. */
uint64_t bj_engine_hash(const bj_engine_t *engine);
bj_engine_stats_t bj_engine_stats(const bj_engine_t *engine);
/* The highest session_seq seen from a session: what the gateway expects next is one more. */
uint64_t bj_engine_session_seq(const bj_engine_t *engine, uint16_t session_id);
/* What the engine knows of a token; false if nothing. */
bool bj_engine_instrument(const bj_engine_t *engine, uint32_t token,
                          bj_cmd_instrument_t *instrument, bj_instrument_state_t *state);

#endif /* BJ_ENGINE_H */
