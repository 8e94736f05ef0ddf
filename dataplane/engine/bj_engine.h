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
 * Rules      A rejected order has an order_id too.  What has not even the form of an order (side,
 *            type, validity not in their tables, price below 0, account 0) is answered
 *            REQUEST_REJECTED.  An order is changed and cancelled by the session that sent it:
 *            another session of the account gets BJ_REJ_NOT_PERMITTED, another account
 *            BJ_REJ_ORDER_UNKNOWN.  A fill is two TRADE events, maker first.  session_seq is set in
 *            events that the command asked for; it is 0 in a maker's fill, a self-trade cancel and
 *            the cancels of a disconnect.
 * Output     bj_engine_apply gives seq and returns the events of that one command, in an array the
 *            engine owns, valid until the next apply.  Every command has at least one event. */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_engine bj_engine_t;

typedef struct bj_engine_config {
    uint32_t instrument_max; /* instruments of this shard */
    uint32_t account_max;
    uint32_t order_max;      /* live orders */
    uint32_t message_rate_per_s; /* an account's new orders, modifies; 0: BJ_ENGINE_RATE_PER_S */
    uint32_t message_burst;      /* at once; 0: BJ_ENGINE_BURST */
} bj_engine_config_t;

enum {
    BJ_ENGINE_SESSION_MAX = 1024, /* session_id in [0, 1024); above: refused */
    BJ_ENGINE_RATE_PER_S = 1000,
    BJ_ENGINE_BURST = 1000,
};

typedef struct bj_engine_stats { /* for metrics and tests */
    uint64_t cmd_seq, event_seq, match_cnt;
    uint32_t live_orders, instruments, accounts;
} bj_engine_stats_t;

size_t bj_engine_footprint(const bj_engine_config_t *config); /* 0: a shape is not allowed */
bj_engine_t *bj_engine_new(void *mem, const bj_engine_config_t *config);

/* cmd->seq: 0 to be given the next number, or exactly the next number (replay).  Any other number
 * is refused: NULL, *event_cnt 0, and nothing has changed. */
const bj_event_t *bj_engine_apply(bj_engine_t *engine, bj_cmd_t *cmd, size_t *event_cnt);

/* How often a command was refused for this reason, since the first command. */
uint64_t bj_engine_refused(const bj_engine_t *engine, bj_status_t reason);
/* NULL, or the sentence of the first invariant that does not hold: the book is not crossed,
 * quantities are conserved, exposure equals a recount, every list has what it should.  For tests,
 * and asserted after each command with -DBJ_CHECK_INVARIANTS; it costs accounts * instruments *
 * orders. */
const char *bj_engine_broken(const bj_engine_t *engine);

/* The whole state: orders, positions, limits, counters. */
uint64_t bj_engine_hash(const bj_engine_t *engine);
bj_engine_stats_t bj_engine_stats(const bj_engine_t *engine);
/* The highest session_seq seen from a session: what the gateway expects next is one more. */
uint64_t bj_engine_session_seq(const bj_engine_t *engine, uint16_t session_id);
/* What the engine knows of a token; false if nothing. */
bool bj_engine_instrument(const bj_engine_t *engine, uint32_t token,
                          bj_cmd_instrument_t *instrument, bj_instrument_state_t *state);

#endif /* BJ_ENGINE_H */
