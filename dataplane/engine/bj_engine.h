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
 * Rules      Checks: the form of an order; bj_risk, in its order; room, client order id, slices;
 *            then those of docs/matching.md.  A rejected order has an order_id too.  What has not
 *            even the form of an order (side, type, validity not in their tables, price, trigger or
 *            disclosed quantity below 0, account 0) is answered REQUEST_REJECTED.  An order is
 *            changed and cancelled by the session that sent it: another session of the account gets
 *            BJ_REJ_NOT_PERMITTED, another account BJ_REJ_ORDER_UNKNOWN.  A mass cancel and a
 *            disconnect take a session's orders in order of arrival; one that its phase does not
 *            let go is answered REQUEST_REJECTED and stays.  BJ_CMD_KILL takes everyone's, in
 *            matching's order, in any phase.
 * Release    with venue: asks whoever speaks with the exchange to end an order whose trades are
 *            missing (docs/venue.md); answered MASS_DONE, and the order as the exchange says then.
 * Limits     BJ_CMD_LIMIT sets one, of an account, a desk, the member or an instrument, and is
 *            answered LIMIT.  A kill that blocks says so with a LIMIT first; it names one of
 *            account, desk, instrument or nothing (everybody), or an account in an instrument, and
 *            no side.
 * People     a command with BJ_FLAG_ONE_PERSON that would loosen what is in force is refused with
 *            BJ_REJ_SECOND_PERSON: a looser limit (bj_wire_limit.h), a phase that takes more
 *            than the one in force (CLOSED and HALTED nothing, then BUFFER, POST_CLOSE, trade and
 *            auctions), a reference or a closing price that is not the market's own, an auction's
 *            band beyond the day's, a wider band, any release.  The refusal says what is in force:
 *            of a limit as LIMIT does, with the value in force; of a band price_paise to
 *            last_price_paise; of a phase value (the first one's), client_order_id: 48 bits that
 *            change with which are loosened, with their phases, and each time people set one; of a
 *            phase for all also leaves_qty, cum_qty: how many of them are halted, and closed.
 * Halts      by people last until people end them: a PHASE (but to CLOSED) or UNCROSS for all that
 *            nobody stands behind, of BJ_SESSION_INTERNAL, passes over them, the day's end or not.
 * Modify     states price, whole quantity, trigger and disclosed quantity as they shall be; order
 *            type, validity 0 mean as before.  A waiting stop without a trigger becomes a plain
 *            order.
 * Owner      orders of one PAN key (or, without one, of one account) do not trade with each other.
 *            An order keeps the key it came with.
 * Events     A fill is two TRADE events: maker first, with BJ_FLAG_MAKER; in an auction the buyer
 *            first, both with BJ_FLAG_AUCTION and nobody the maker.  A stop that wakes is
 *            TRIGGERED; its order type stays SL or SL-M.  A market order that an auction or the
 *            close gave a price is a limit order, and MODIFIED says so.  INSTRUMENT says a phase in
 *            value, and in price_paise the auction's reference or the closing price; where it
 *            answers a definition, last_price_paise is the previous close.  UNCROSSED:
 *            last_price_paise and last_qty of the auction, price_paise the closing price, value
 *            which auction.  BAND: price_paise to last_price_paise.  The end of the day says
 *            INSTRUMENT of each instrument that it closed.  MASS_DONE ends what is for all.  LIMIT:
 *            value is the limit and, from bit 16, its level; qty the desk; client_order_id the
 *            limit's value as it was sent.
 * Sequence   session_seq is set in the command's own answer and in events of the order that it
 *            names or makes, until that rests.  It is 0 in all else: a maker's fill, a stop that
 *            another's trade woke, an auction's fills, a self-trade cancel of a resting order, the
 *            cancels of a disconnect, a kill, a band, the day's end.
 * Output     bj_engine_apply gives seq and returns the events of that one command, in an array the
 *            engine owns, valid until the next apply.  Every command has at least one event.
 * Bound      The array holds whatever one command can make: each live order ends at most once, and
 *            each slice of a disclosed order is used up at most once.  So slices are counted: all
 *            open orders together have at most order_max (else BJ_REJ_ENGINE_FULL), one order has
 *            at most BJ_ENGINE_SLICES_MAX (else BJ_REJ_DISCLOSED).
 * Venue      config.venue: orders go to an exchange (docs/venue.md).  The checks are the same, but
 *            for matching's.  An order, a modify, a cancel that passes is TO_VENUE (reason says
 *            which, as bj_cmd_type_t) and counts from then on; while a modify is on its way price
 *            and open quantity count at the larger of both.  The exchange's answers come as
 *            BJ_CMD_VENUE and give the usual events, with the session_seq of the request they
 *            answer; a fill is one TRADE, its match_id the exchange's fill number.  An answer that
 *            does not follow from what is known is REQUEST_REJECTED and changes nothing.  A modify
 *            or cancel of an order that has one on its way is refused (BJ_REJ_MODIFY). */
#include "dataplane/base/bj_base.h"
#include "dataplane/base/bj_parts.h"
#include "dataplane/base/bj_status.h"
#include "dataplane/base/bj_time.h"
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_engine bj_engine_t;

typedef struct bj_engine_config {
    uint32_t instrument_max; /* instruments of this shard */
    uint32_t account_max;
    uint32_t order_max;      /* live orders */
    uint32_t message_rate_per_s; /* an account's new orders, modifies; 0: BJ_ENGINE_RATE_PER_S */
    uint32_t message_burst;      /* at once; 0: BJ_ENGINE_BURST */
    uint32_t desk_max;       /* sessions that send orders; 0: BJ_ENGINE_DESKS */
    uint32_t underlying_max; /* that positions are summed under; 0: BJ_ENGINE_UNDERLYINGS */
    bool     venue;          /* orders go to an exchange */
    int64_t  executions_ns;  /* window of the limit on executions; 0: BJ_ENGINE_EXECUTIONS_NS */
} bj_engine_config_t;

enum {
    BJ_ENGINE_SLICES_MAX = 50, /* an order shows at least a fiftieth at once */
    BJ_ENGINE_SESSION_MAX = 1024, /* session_id in [0, 1024); above: refused */
    BJ_ENGINE_RATE_PER_S = 1000,
    BJ_ENGINE_BURST = 1000,
    BJ_ENGINE_DESKS = 512,
    BJ_ENGINE_UNDERLYINGS = 64,
};
#define BJ_ENGINE_EXECUTIONS_NS (60 * BJ_NS_PER_S)

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
/* NULL, or the sentence of the first invariant that does not hold: those of bj_match_broken,
 * matching and engine agree on every order, quantities are conserved, exposure equals a recount,
 * risk and matching are in the same phase, every list has what it should.  For tests, and asserted
 * after each command with -DBJ_CHECK_INVARIANTS; it costs accounts * instruments * orders. */
const char *bj_engine_broken(const bj_engine_t *engine);

/* The whole state: orders, positions, limits, counters. */
uint64_t bj_engine_hash(const bj_engine_t *engine);
bj_engine_stats_t bj_engine_stats(const bj_engine_t *engine);
/* Where the whole state lies, between two commands: what bj_snap.h saves.  Copied into a new
 * engine of the same config, wherever it is, it is the same engine, down to the pages of its books:
 * every later command gives the same events. */
void bj_engine_parts(bj_engine_t *engine, bj_parts_t *parts);
/* The highest session_seq seen from a session: what the gateway expects next is one more. */
uint64_t bj_engine_session_seq(const bj_engine_t *engine, uint16_t session_id);
/* With venue: how an open order stands with the exchange.  False: no such open order. */
typedef struct bj_engine_pending {
    uint64_t order_id;
    int64_t  number, activity_ref; /* 0: not confirmed */
    uint16_t asked;  /* BJ_CMD_NEW, BJ_CMD_MODIFY; 0: neither */
    bool     cancel; /* a cancel is on its way */
} bj_engine_pending_t;
bool bj_engine_pending(const bj_engine_t *engine, uint64_t order_id, bj_engine_pending_t *pending);
/* What the engine knows of a token, as it was defined; false if nothing. */
bool bj_engine_instrument(const bj_engine_t *engine, uint32_t token,
                          bj_cmd_instrument_t *instrument, bj_instrument_state_t *state);
/* What it is besides, by the limits `segment`, `underlying` and `inverse`; BJ_LIMIT_NONE: not
 * known. */
int64_t bj_engine_instrument_limit(const bj_engine_t *engine, uint32_t token, bj_limit_t limit);

#endif /* BJ_ENGINE_H */
