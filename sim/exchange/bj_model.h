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
 *            an id never published.
 * Shape      one stream's sequence starts at 1 with bj_model_republish, which publishes each live
 *            order as N.  Nothing is published before that.
 * Time       bj_model_step is always BJ_MODEL_STEP_NS of market time, whatever the clock did;
 *            now_ns only stamps the messages, which never run backwards.  The same seed and the
 *            same calls give the same messages.
 * Ownership  the model owns its memory; the sink's bytes are borrowed for the call.
 * Threads    one. */
#include "dataplane/base/bj_universe.h"
#include "dataplane/book/bj_book.h"

#define BJ_MODEL_STEP_NS INT64_C(10000000)

typedef void bj_model_sink_fn(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes);

typedef struct bj_model_config {
    const bj_universe_row_t *rows; /* copied */
    uint32_t row_cnt;
    uint32_t stream_cnt;     /* rows of other streams are left out */
    uint64_t seed;
    uint32_t messages_per_s; /* of all instruments together, in the mean */
    bj_model_sink_fn *sink;
    void    *ctx;
} bj_model_config_t;

typedef struct bj_model_stats {
    uint64_t news, modifies, cancels, trades; /* messages of each kind */
} bj_model_stats_t;

typedef struct bj_model bj_model_t;

bj_model_t *bj_model_new(const bj_model_config_t *config); /* NULL: no memory or a bad shape */
void bj_model_free(bj_model_t *model);
void bj_model_step(bj_model_t *model, int64_t now_ns);
/* The stream begins again at 1: every live order, books ascending, best price first, in their
 * order. It stands in for the exchange's snapshot service, and for its start of day. */
void bj_model_republish(bj_model_t *model, uint32_t stream_idx, int64_t now_ns);

uint32_t bj_model_last_seq(const bj_model_t *model, uint32_t stream_idx);
bj_model_stats_t bj_model_stats(const bj_model_t *model);
/* For tests and figures: the model's own books (book_idx as in rows). */
const bj_books_t *bj_model_books(const bj_model_t *model);

#endif /* BJ_MODEL_H */
