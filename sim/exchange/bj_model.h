#ifndef BJ_MODEL_H
#define BJ_MODEL_H

/* bj_model - a market that looks like one: what the exchange simulator publishes.
 *
 * Purpose    For each instrument a fair price that wanders with the instrument's own volatility
 *            inside its band, and around it an order book of its own: arrivals, cancels, modifies,
 *            aggressive limit orders and market orders, in the proportion of the day's trades.
 * Output     wire messages (bj_wire_mtbt.h), each complete with sequence and time, one call of the
 *            sink each.  They tell a whole story: whoever applies them all has exactly the model's
 *            books. An aggressive limit order is N, then T; a market order is only T, with id 0 or
 *            an id never published.  A trade cancel (C) names a trade of a moment ago.
 * Spreads    a calendar spread is an instrument whose price is its far leg's less its near leg's,
 *            and may be negative: G, H, J, K.  The model's books cannot hold such a price: they
 *            hold it with the row's bias_paise added.  A far leg follows its near one.
 * Shape      one stream's sequence starts at 1 with bj_model_republish, which publishes each live
 *            order as N, or with bj_model_restart, which publishes none.  Nothing is published
 *            before that.
 * Time       bj_model_step is always BJ_MODEL_STEP_NS of market time, whatever the clock did;
 *            now_ns only stamps the messages, which never run backwards.  The same seed and the
 *            same calls give the same messages.
 * Members    orders of others live in the same books, if config.member_order_max allows any: told
 *            like the model's own, hit by its traders, and never moved or cancelled by them.  While
 *            no member trades the messages are what they were without members.
 * Ownership  the model owns its memory; the sink's bytes are borrowed for the call.
 * Threads    one. */
#include "dataplane/base/bj_universe.h"
#include "dataplane/book/bj_book.h"
#include "dataplane/wire/bj_wire_mtbt.h"

#define BJ_MODEL_STEP_NS INT64_C(10000000)

typedef void bj_model_sink_fn(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes);

typedef struct bj_model_row {
    bj_universe_row_t row; /* stream: the number on the wire; a spread's prices: with the bias */
    uint32_t stream_idx;
    uint32_t near_idx, far_idx; /* of a spread: the rows of its legs */
    int32_t  bias_paise;
    bool     spread;
} bj_model_row_t;

typedef struct bj_model_config {
    const bj_model_row_t *rows; /* copied */
    uint32_t row_cnt;
    uint32_t stream_cnt;     /* each row's stream_idx is below it */
    uint64_t cancel_streams; /* bit i: trades of stream i may be cancelled */
    uint32_t cancel_per_10000; /* so many of 10,000 trades are */
    uint64_t seed;
    uint32_t messages_per_s; /* of all instruments together, in the mean */
    bj_model_sink_fn *sink;
    void    *ctx;
    uint32_t member_order_max; /* of members' orders in the books at once */
} bj_model_config_t;

typedef struct bj_model_stats {
    uint64_t news, modifies, cancels, trades, trade_cancels; /* messages of each kind */
} bj_model_stats_t;

typedef struct bj_model bj_model_t;

bj_model_t *bj_model_new(const bj_model_config_t *config); /* NULL: no memory or a bad shape */
void bj_model_free(bj_model_t *model);
void bj_model_step(bj_model_t *model, int64_t now_ns);
/* The stream begins again at 1: every live order, books ascending, best price first, in their
 * order. It stands in for the exchange's snapshot service, and for its start of day. */
void bj_model_republish(bj_model_t *model, uint32_t stream_idx, int64_t now_ns);

/* The stream begins again at 1 and says nothing of what is live: a switch to the other site. */
void bj_model_restart(bj_model_t *model, uint32_t stream_idx);

/* Every live order of a stream in the order that republish has: whoever adds them one after another
 * has the same books with the same priority.  exch_ts_ns is of the N or M that gave its place. */
typedef void bj_model_order_fn(void *ctx, const bj_mtbt_snapshot_order_t *order);
void bj_model_each_order(const bj_model_t *model, uint32_t stream_idx, bj_model_order_fn *fn,
                         void *ctx);
uint32_t bj_model_order_cnt(const bj_model_t *model, uint32_t stream_idx);

/* --- members */
#define BJ_MODEL_NOBODY UINT32_MAX /* in the place of a member's reference: the model's own */

typedef struct bj_model_trade {
    uint32_t  row_idx, maker_ref, taker_ref;
    uint64_t  maker_id, taker_id; /* 0: a market order of the model's */
    bj_side_t taker_side;
    int32_t   price_paise, qty;
} bj_model_trade_t;

/* Every trade, members' or not, while it happens: nothing may be asked of the model then. */
typedef void bj_model_trade_fn(void *ctx, const bj_model_trade_t *trade);
void bj_model_on_trade(bj_model_t *model, bj_model_trade_fn *fn, void *ctx);

typedef struct bj_model_entry {
    uint64_t  order_id; /* not one of the model's, and on the feed */
    uint32_t  row_idx, ref; /* ref: the caller's name for it, in bj_model_trade_t */
    bj_side_t side;
    int32_t   limit_paise; /* the worst price it takes */
    int32_t   qty, slice_qty; /* slice_qty: shown at once; 0: all */
    bool      rests; /* what does not trade stays in the book; else it is the caller's again */
} bj_model_entry_t;

/* BJ_ERR_FULL: the book has no room; what was not traded is not in it. */
BJ_MUST_USE bj_status_t bj_model_enter(bj_model_t *model, const bj_model_entry_t *entry,
                                       int64_t now_ns);
/* A live order comes again as `entry` says, behind its level.  Errors as above: it is gone. */
BJ_MUST_USE bj_status_t bj_model_reenter(bj_model_t *model, const bj_model_entry_t *entry,
                                         int64_t now_ns);
/* In its place: so much is shown (no more than before), so much behind it. */
void bj_model_lessen(bj_model_t *model, uint64_t order_id, int32_t shown_qty, int32_t hidden_qty,
                     int32_t slice_qty, int64_t now_ns);
void bj_model_withdraw(bj_model_t *model, uint64_t order_id, int64_t now_ns);

uint32_t bj_model_last_seq(const bj_model_t *model, uint32_t stream_idx);
bj_model_stats_t bj_model_stats(const bj_model_t *model);
/* For tests and figures: the model's own books (book_idx as in rows). */
const bj_books_t *bj_model_books(const bj_model_t *model);

#endif /* BJ_MODEL_H */
