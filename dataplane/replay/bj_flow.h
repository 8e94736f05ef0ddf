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

/* What a record's op alone says of its command: op, side, type and validity, of each side; and all
 * ones where it has a price. */
typedef struct bj_flow_form {
    uint32_t form[2], price_mask;
} bj_flow_form_t;
extern const bj_flow_form_t bj_flow_form[BJ_FLOW_OP_CNT];

/* One record, which is good, as a command.  Here for the compiler to see: decoding is timed. */
static inline void bj_flow_decode(const bj_flow_record_t *record, bj_match_cmd_t *cmd) {
    const bj_flow_form_t *form = &bj_flow_form[record->op];
    uint64_t words[8] = {record->order_id,
                         record->symbol | (uint64_t)(record->price_ticks & form->price_mask) << 32,
                         record->qty,
                         0,
                         0,
                         form->form[record->side & 1],
                         0,
                         0};
    static_assert(sizeof words == sizeof *cmd && offsetof(bj_match_cmd_t, instrument_idx) == 8 &&
                      offsetof(bj_match_cmd_t, price_paise) == 12 &&
                      offsetof(bj_match_cmd_t, qty) == 16 && offsetof(bj_match_cmd_t, op) == 40 &&
                      offsetof(bj_match_cmd_t, tif) == 43,
                  "the words are these fields");
    memcpy(cmd, words, sizeof words);
}

uint64_t bj_flow_digest(uint64_t digest, const bj_match_event_t *trade);
uint64_t bj_flow_bbo_digest(const bj_match_t *match, uint32_t symbol_cnt);
uint64_t bj_flow_depth_digest(const bj_match_t *match, uint32_t symbol_cnt);

#endif /* BJ_FLOW_H */
