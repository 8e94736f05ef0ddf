#ifndef BJ_FLOW_H
#define BJ_FLOW_H

/* bj_flow - FLOW records at the engine's edge: records to commands, events and books to digests.
 *
 * Units      ticks for prices: the engine's price unit is whatever it is given.
 * Threads    any; no state but the caller's.
 * Errors     bj_flow_bad names the field of a bad record.
 * Source     docs/flow.md, version 1. */
#include "dataplane/match/bj_match.h"
#include "dataplane/wire/bj_wire_flow.h"

/* NULL, or the field that is outside its range, and what it may be. */
const char *bj_flow_bad(const bj_flow_record_t *record);

/* What an instrument of a flow is: no bands, no ticks. */
bj_match_instrument_t bj_flow_instrument(void);

/* What a record's op alone says of its command. */
extern const bj_match_cmd_t bj_flow_command[BJ_FLOW_OP_CNT];

/* One record, which is good, as a command.  Here for the compiler to see: decoding is timed. */
static inline void bj_flow_decode(const bj_flow_record_t *record, bj_match_cmd_t *cmd) {
    *cmd = bj_flow_command[record->op];
    cmd->order_id = record->order_id;
    cmd->instrument_idx = record->symbol;
    cmd->price_paise &= (int32_t)record->price_ticks; /* all ones, or 0 where there is none */
    cmd->qty = (int32_t)record->qty;
    cmd->side &= record->side ? BJ_SELL : BJ_BUY; /* a modify does not state it */
}

uint64_t bj_flow_digest(uint64_t digest, const bj_match_event_t *trade);
uint64_t bj_flow_bbo_digest(const bj_match_t *match, uint32_t symbol_cnt);
uint64_t bj_flow_depth_digest(const bj_match_t *match, uint32_t symbol_cnt);

#endif /* BJ_FLOW_H */
