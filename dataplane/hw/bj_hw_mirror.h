#ifndef BJ_HW_MIRROR_H
#define BJ_HW_MIRROR_H

/* bj_hw_mirror - the C book beside a card: the feed's own books (bj_feed_books) over the card's
 * tokens, fed with the very messages that the feed applied; and what the card should answer to
 * each.
 *
 * Shape      token_cnt tokens of one stream, at most BJ_HW_TOKENS_MAX; room for order_max orders;
 *            the last BJ_HW_DUE_MAX expected answers, older ones are forgotten.
 * Ownership  new allocates, free frees; nothing is allocated in between.
 * Threads    one.
 * Errors     apply: false when the books had no room: they are wrong until cleared. */
#include "dataplane/feed/bj_feed_books.h"
#include "dataplane/hw/bj_hw_card.h"

typedef struct bj_hw_mirror bj_hw_mirror_t;

typedef struct bj_hw_token {
    uint32_t token;
    int32_t  tick_paise;
} bj_hw_token_t;

typedef struct bj_hw_due { /* the answer to a message */
    int64_t  since_ns;
    uint32_t seq;
    uint16_t idx;
    bj_feed_card_depth_t depth; /* of the C book, behind this message */
} bj_hw_due_t;
enum { BJ_HW_DUE_MAX = 1 << 12 };

bj_hw_mirror_t *bj_hw_mirror_new(const bj_hw_token_t *tokens, uint32_t token_cnt,
                                 uint32_t order_max); /* NULL: no memory, or not possible */
void bj_hw_mirror_free(bj_hw_mirror_t *mirror);

/* A message of the stream, in order; seq 0: of a snapshot, nothing is expected. */
BJ_MUST_USE bool bj_hw_mirror_apply(bj_hw_mirror_t *mirror, const bj_feed_msg_t *msg,
                                    int64_t now_ns);
/* The stream's books have been emptied: no order, no position, nothing expected. */
void bj_hw_mirror_clear(bj_hw_mirror_t *mirror);
/* The number behind the last message; 0: not known since the books were emptied. */
uint32_t bj_hw_mirror_next(const bj_hw_mirror_t *mirror);
/* The first message since the books were emptied: those before it are in a snapshot's orders. */
uint32_t bj_hw_mirror_first(const bj_hw_mirror_t *mirror);

const bj_hw_due_t *bj_hw_mirror_due(const bj_hw_mirror_t *mirror); /* the oldest, or NULL */
void bj_hw_mirror_due_done(bj_hw_mirror_t *mirror);

/* The live orders of a token. */
typedef struct bj_hw_order {
    uint64_t order_id;
    int32_t  price_paise, qty;
    bool     ask;
} bj_hw_order_t;
/* How many, or order_max + 1 if there are more than that. */
uint32_t bj_hw_mirror_orders(bj_hw_mirror_t *mirror, uint32_t idx, bj_hw_order_t *orders,
                             uint32_t order_max);
/* Between the best prices, or at the only one; 0: the book is empty. */
int32_t bj_hw_mirror_mid(const bj_hw_mirror_t *mirror, uint32_t idx);
/* The last message of a token; 0: none since the books were emptied. */
uint32_t bj_hw_mirror_last(const bj_hw_mirror_t *mirror, uint32_t idx);
/* By the exchange's token; UINT32_MAX: the card does not have it. */
uint32_t bj_hw_mirror_find(const bj_hw_mirror_t *mirror, uint32_t token);

#endif /* BJ_HW_MIRROR_H */
