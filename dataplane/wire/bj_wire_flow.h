#ifndef BJ_WIRE_FLOW_H
#define BJ_WIRE_FLOW_H

/* The neutral order-flow format FLOW, version 1: a file of 20-byte records without a header, for
 * comparing matching engines.  Little-endian, packed.  docs/flow.md has its matching rules and
 * digests. */
#include "dataplane/base/bj_wire_check.h"

/* X(name, value, text) */
#define BJ_FLOW_OP_LIST(X)                                                     \
    X(BJ_FLOW_ADD, 0, "limit order")                                           \
    X(BJ_FLOW_CANCEL, 1, "cancel")                                             \
    X(BJ_FLOW_MODIFY, 2, "modify: qty is the new open quantity")               \
    X(BJ_FLOW_MARKET, 3, "market order")                                       \
    X(BJ_FLOW_IOC, 4, "immediate-or-cancel limit order")

typedef enum bj_flow_op {
#define X(name, value, text) name = (value),
    BJ_FLOW_OP_LIST(X)
#undef X
    BJ_FLOW_OP_CNT
} bj_flow_op_t;

typedef struct __attribute__((packed)) bj_flow_record {
    uint8_t  op;          /* bj_flow_op_t */
    uint8_t  side;        /* 0 buy, 1 sell; CANCEL: ignored; MODIFY: the order's */
    uint16_t symbol;
    uint32_t price_ticks; /* [1, 2^31 - 1]; ignored for CANCEL and MARKET */
    uint32_t qty;         /* [1, 2^31 - 1]; ignored for CANCEL */
    uint64_t order_id;    /* new and unique for ADD, MARKET, IOC; a prior order's for the others */
} bj_flow_record_t;
BJ_WIRE_SIZE(bj_flow_record_t, 20);
BJ_WIRE_AT(bj_flow_record_t, symbol, 2);
BJ_WIRE_AT(bj_flow_record_t, price_ticks, 4);
BJ_WIRE_AT(bj_flow_record_t, qty, 8);
BJ_WIRE_AT(bj_flow_record_t, order_id, 12);

#endif /* BJ_WIRE_FLOW_H */
