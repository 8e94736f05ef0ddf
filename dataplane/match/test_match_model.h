#ifndef TEST_MATCH_MODEL_H
#define TEST_MATCH_MODEL_H

/* test_match_model - docs/matching.md once more, as slowly and plainly as it can be said: one flat
 * array of orders, searched from end to end for everything.  It shares with the engine only the
 * public structs, and it was written from the text alone; where both agree, the text was clear. */
#include "dataplane/match/bj_match.h"

__extension__ typedef unsigned __int128 model_wide_t;

typedef enum model_where {
    MODEL_NOWHERE, /* it is just coming */
    MODEL_LEVEL,
    MODEL_QUEUE,
    MODEL_WAITING,
    MODEL_LINE, /* woken, its turn is near */
} model_where_t;

typedef struct model_order {
    bool live;
    model_where_t where;
    uint64_t place;   /* time priority where it is: lower is first */
    uint64_t arrival; /* in an AUCTION phase; 0: at another time, which is earlier */
    uint64_t order_id;
    uint32_t instrument_idx, owner, account;
    int32_t  price, shown, leaves, cum, trigger, disclosed;
    uint16_t desk, day;
    uint8_t  side, type, tif, flags;
} model_order_t;

typedef struct model_instrument {
    bool defined;
    bj_match_instrument_t def;
    uint8_t  phase, auction;
    int32_t  reference; /* of the auction that is being collected */
    int64_t  auction_lo, auction_hi; /* 0, 0: the day's band */
    int32_t  last, closing;
    model_wide_t window_value;
    uint64_t window_qty;
} model_instrument_t;

typedef struct model {
    uint32_t instrument_max, order_max;
    model_instrument_t *instrument;
    model_order_t *order;
    uint64_t cmd_cnt, trade_cnt, traded_qty, reject_cnt;
    uint64_t place; /* the next one */
    uint32_t today;
    bj_match_event_t *event; /* of the latest command; handles are BJ_HANDLE_NONE */
    size_t event_cnt, event_max;
} model_t;

model_t *model_new(uint32_t instrument_max, uint32_t order_max);
void model_free(model_t *model);

bj_status_t model_define(model_t *model, uint32_t instrument_idx,
                         const bj_match_instrument_t *definition);
void model_apply(model_t *model, const bj_match_cmd_t *cmd);

/* As the engine's functions of the same names; handles are BJ_HANDLE_NONE. */
bj_match_top_t model_top(const model_t *model, uint32_t instrument_idx);
bool model_view(const model_t *model, uint32_t instrument_idx, bj_match_view_t *view);
bool model_find(const model_t *model, uint64_t order_id, bj_match_order_t *order);
bj_match_equilibrium_t model_equilibrium(const model_t *model, uint32_t instrument_idx);
void model_each(const model_t *model, uint32_t instrument_idx,
                void (*fn)(void *ctx, const bj_match_order_t *order), void *ctx);
uint32_t model_live(const model_t *model);

#endif /* TEST_MATCH_MODEL_H */
