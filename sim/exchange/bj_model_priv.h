#ifndef BJ_MODEL_PRIV_H
#define BJ_MODEL_PRIV_H

/* What the model's files share: bj_model.c has time and the start, bj_model_act.c what traders do,
 * bj_model_tell.c the books and the messages, bj_model_member.c members' orders. */
#include <math.h>
#include "dataplane/base/bj_time.h"
#include "sim/exchange/bj_model.h"

#define NO_IDX UINT32_MAX
#define OWNED (UINT32_C(1) << 31) /* of bj_order_t.user: a member's; the rest: where in owned */
enum {
    SIDE_ORDERS = 24,   /* what a side of a book is kept at */
    LIST_MAX = 4 * SIDE_ORDERS,
    RECENT_MAX = 16,
};

typedef struct instrument {
    bj_universe_row_t row;
    bj_model_row_t of;
    uint32_t follows_idx; /* a far leg: its near one; NO_IDX: none */
    double   basis;       /* a far leg: what it is off its near one, as a logarithm */
    double   fair_paise, step_vol; /* step_vol: of one step, as a fraction */
    double   order_qty;            /* mean */
    double   weight_to;            /* cumulated share of the messages, the last is 1 */
    uint32_t owned_cnt; /* members' orders in the book */
    uint32_t list_cnt;
    bj_order_t *list[LIST_MAX]; /* live orders in no order; order->user is the place here */
    int64_t  placed_ns[LIST_MAX]; /* the exchange's time of the N or M that gave its place */
} instrument_t;

typedef struct owned { /* what the book does not keep of a member's order */
    uint32_t ref, next_idx; /* next_idx: of the free ones */
    int32_t  hidden_qty, slice_qty;
    int64_t  placed_ns;
} owned_t;

typedef struct stream {
    uint32_t seq;
    bool     open; /* published at least once */
    uint64_t order_cnt;
    uint32_t recent_cnt; /* trades that may still be cancelled */
    bj_mtbt_trade_t recent[RECENT_MAX];
} stream_t;

struct bj_model {
    bj_model_config_t config;
    bj_model_stats_t  stats;
    uint64_t      rng;
    int64_t       now_ns, stamp_ns;
    bj_books_t   *books;
    uint64_t      act_cnt, told_cnt; /* what traders did, and the messages it took */
    uint32_t      instrument_cnt;
    bj_model_trade_fn *on_trade;
    void         *trade_ctx;
    owned_t      *owned;
    uint32_t      free_idx; /* of owned; NO_IDX: none */
    stream_t      stream[BJ_UNIVERSE_STREAM_MAX];
    instrument_t  instrument[];
};

/* --- dice: splitmix64, and what is made of it */
static inline uint64_t roll(bj_model_t *model) {
    uint64_t z = model->rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}
static inline double unit(bj_model_t *model) { /* in (0, 1] */
    return (double)((roll(model) >> 11) + 1) * 0x1p-53;
}
static inline uint32_t below(bj_model_t *model, uint32_t sides) {
    return (uint32_t)(roll(model) >> 32) % sides;
}
static inline double normal(bj_model_t *model) {
    double radius = sqrt(-2 * log(unit(model)));
    return radius * cos(6.283185307179586 * unit(model));
}
static inline double exponential(bj_model_t *model, double mean) {
    return -mean * log(unit(model));
}
static inline uint32_t poisson(bj_model_t *model, double mean) {
    if (mean > 30) { /* near enough to normal */
        double n = mean + sqrt(mean) * normal(model);
        return n > 0 ? (uint32_t)(n + 0.5) : 0;
    }
    uint32_t n = 0;
    for (double left = exp(-mean), p = unit(model); p > left; p *= unit(model)) n++;
    return n;
}

static inline instrument_t *instrument_of(bj_model_t *model, const bj_order_t *order) {
    return &model->instrument[bj_books_book_of(model->books, order)];
}

static inline int32_t price_of(const bj_model_t *model, const bj_order_t *order) {
    return bj_books_price_of(model->books, order);
}

static inline owned_t *owned_of(bj_model_t *model, const bj_order_t *order) {
    return order->user & OWNED ? &model->owned[order->user & ~OWNED] : NULL;
}

/* --- bj_model_tell.c: G for N and so on where the instrument is a spread */
void bj_model_tell_order(bj_model_t *model, uint8_t type, const bj_order_t *order);
int64_t *bj_model_placed(bj_model_t *model, const bj_order_t *order);
/* Tells it; who had part in it is reduced by the caller. */
void bj_model_trade(bj_model_t *model, const bj_order_t *maker, uint64_t taker_id,
                    uint32_t taker_ref, int32_t qty);
uint64_t bj_model_next_id(bj_model_t *model, const instrument_t *instrument);
bj_order_t *bj_model_add(bj_model_t *model, uint32_t idx, bj_side_t side, int32_t price_paise,
                         int32_t qty); /* NULL: no room, nothing is told */
void bj_model_cancel(bj_model_t *model, bj_order_t *order);
void bj_model_reduce(bj_model_t *model, bj_order_t *order, int32_t qty);

/* --- bj_model_member.c */
bool bj_model_owned_new(bj_model_t *model);
void bj_model_owned_drop(bj_model_t *model, const bj_order_t *order);
/* The next slice of an order whose shown quantity is used up; false: there is none. */
bool bj_model_refill(bj_model_t *model, bj_order_t *order);

/* --- bj_model_act.c */
void bj_model_act(bj_model_t *model, uint32_t idx);
void bj_model_place(bj_model_t *model, uint32_t idx, bj_side_t side, uint32_t ticks_behind);
uint32_t bj_model_ticks_behind(bj_model_t *model);

#endif /* BJ_MODEL_PRIV_H */
