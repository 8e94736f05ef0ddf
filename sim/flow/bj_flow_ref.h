#ifndef BJ_FLOW_REF_H
#define BJ_FLOW_REF_H

/* bj_flow_ref - FLOW by the letter of docs/flow.md: what the real engine is compared with.
 *
 * Purpose    To be obviously right.  All resting orders are one array, the earlier in front of the
 *            later; whoever is wanted is found by looking at all of them.  Tests only.
 * Ownership  the reference owns its memory.
 * Threads    one.
 * Errors     bj_flow_ref_new returns NULL: no memory.
 * Cost       each record looks at every resting order: for small flows. */
#include "dataplane/base/bj_base.h"
#include "dataplane/wire/bj_wire_flow.h"

typedef struct bj_flow_ref_order {
    uint64_t order_id;
    uint32_t price_ticks, qty; /* open */
    uint16_t symbol;
    uint8_t  side;
} bj_flow_ref_order_t;

typedef struct bj_flow_ref_top { /* zeros: that side is empty */
    uint32_t bid_ticks, ask_ticks;
    uint64_t bid_qty, ask_qty;
} bj_flow_ref_top_t;

typedef struct bj_flow_ref_result {
    uint64_t ops, trades, traded_qty, rejects, live_orders;
    uint64_t digest, bbo_digest, depth_digest;
} bj_flow_ref_result_t;

typedef struct bj_flow_ref bj_flow_ref_t;

bj_flow_ref_t *bj_flow_ref_new(size_t order_max); /* order_max: how many may rest at once */
void bj_flow_ref_free(bj_flow_ref_t *ref);
void bj_flow_ref_apply(bj_flow_ref_t *ref, const bj_flow_record_t *record);
bj_flow_ref_result_t bj_flow_ref_result(const bj_flow_ref_t *ref);

/* NULL: it does not rest.  The pointer is good until the next record. */
const bj_flow_ref_order_t *bj_flow_ref_find(const bj_flow_ref_t *ref, uint64_t order_id);
bj_flow_ref_top_t bj_flow_ref_top(const bj_flow_ref_t *ref, uint16_t symbol);

#endif /* BJ_FLOW_REF_H */
