#ifndef BJ_FLOW_GEN_H
#define BJ_FLOW_GEN_H

/* bj_flow_gen - order flow from a seed: what the matching engine is tested and measured with.
 *
 * Purpose    Records of FLOW (docs/flow.md) that look like a market's: arrivals around a price that
 *            moves, as many cancels, some modifies, some takers; few symbols have most of it.  A
 *            cancel names an order that really rests, but for the stale ones.
 * Shape      bj_flow_gen_config_t; prices in [1, 131071].  A flow begins with passive orders until
 *            the books are as full as asked for (at most half of the flow): the warm-up.
 * Ownership  the generator owns its memory, the caller the records.
 * Threads    one; several generators may run beside each other.
 * Errors     bj_flow_gen_check says what is wrong with a configuration.
 * Order      integers only: the same configuration gives the same bytes on any machine.
 * Cost       about as much as matching the flow; 32 bytes an op, some 14 KB a symbol. */
#include "dataplane/base/bj_base.h"
#include "dataplane/wire/bj_wire_flow.h"

/* How a symbol's middle moves.  X(name, word, text) */
#define BJ_FLOW_PATH_LIST(X)                                                                    \
    X(BJ_FLOW_CALM, calm, "a tick up or down, rarely")                                          \
    X(BJ_FLOW_TREND, trend, "steadily one way through thousands of ticks, then back")           \
    X(BJ_FLOW_SWING25, swing25, "25 ticks up, 25 down, every few hundred ops of the symbol")    \
    X(BJ_FLOW_SWING40, swing40, "40 ticks up, 40 down, every few hundred ops of the symbol")    \
    X(BJ_FLOW_CRASH, crash, "long calm, then sellers sweep thousands of ticks, then recovery")

/* X(name, word, text) */
#define BJ_FLOW_IDS_LIST(X)                                                                     \
    X(BJ_FLOW_DENSE, dense, "1, 2, 3 and so on")                                                \
    X(BJ_FLOW_SPARSE, sparse, "16 digits: a stream's prefix, then numbers with gaps")

/* X(name, word, text) */
#define BJ_FLOW_MODIFY_LIST(X)                                                                  \
    X(BJ_FLOW_CORE, core, "every modify changes the price")                                     \
    X(BJ_FLOW_FULL, full, "4 of 10 change the price, 3 only lower, 3 only raise the quantity")

#define X(name, word, text) name,
typedef enum bj_flow_path { BJ_FLOW_PATH_LIST(X) BJ_FLOW_PATH_CNT } bj_flow_path_t;
typedef enum bj_flow_ids { BJ_FLOW_IDS_LIST(X) BJ_FLOW_IDS_CNT } bj_flow_ids_t;
typedef enum bj_flow_modify_mix { BJ_FLOW_MODIFY_LIST(X) BJ_FLOW_MODIFY_CNT } bj_flow_modify_mix_t;
#undef X

enum {
    BJ_FLOW_OPS_MAX = 1 << 30,
    BJ_FLOW_SYMBOLS_MAX = 65535,
    BJ_FLOW_LIVE_MAX = 1 << 26,
    BJ_FLOW_PPM_MAX = 1000000,
};

typedef struct bj_flow_gen_config {
    uint64_t seed;
    uint64_t op_cnt;      /* [1, BJ_FLOW_OPS_MAX] */
    uint32_t symbol_cnt;  /* [1, BJ_FLOW_SYMBOLS_MAX] */
    uint32_t live_target; /* [1, BJ_FLOW_LIVE_MAX]: resting orders in all; 8 or more a symbol */
    bj_flow_ids_t        ids;
    bj_flow_modify_mix_t modify;
    bj_flow_path_t       path;
    uint32_t stale_ppm; /* of cancels and modifies: the order has ended or never was */
    uint32_t jump_ppm;  /* of ops: the symbol's middle leaps 20 to 200 ticks */
} bj_flow_gen_config_t;

typedef struct bj_flow_gen_stats { /* so far */
    uint64_t op_cnt[BJ_FLOW_OP_CNT]; /* by bj_flow_op_t */
    uint64_t warm_cnt;               /* records of the warm-up: a constant of the flow */
    uint64_t stale_cnt, trade_cnt;
    uint64_t live_cnt, live_peak;    /* resting orders: now, and the most there were */
} bj_flow_gen_stats_t;

typedef struct bj_flow_gen bj_flow_gen_t;

/* NULL, or which field is not allowed and what it may be. */
const char *bj_flow_gen_check(const bj_flow_gen_config_t *config);
/* NULL: bj_flow_gen_check has something to say, or there is no memory. */
bj_flow_gen_t *bj_flow_gen_new(const bj_flow_gen_config_t *config);
void bj_flow_gen_free(bj_flow_gen_t *gen);
/* The next records of the flow, at most cnt.  Returns how many; 0 at its end. */
size_t bj_flow_gen_fill(bj_flow_gen_t *gen, bj_flow_record_t *records, size_t cnt);
bj_flow_gen_stats_t bj_flow_gen_stats(const bj_flow_gen_t *gen);

#endif /* BJ_FLOW_GEN_H */
