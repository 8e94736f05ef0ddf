#ifndef BJ_HW_BOOK_H
#define BJ_HW_BOOK_H

/* bj_hw_book - the book backend `hardware`: a card kept in step with the C book beside it.
 *
 * Purpose    Programs a card's tokens, loads their books into it, holds each answer against the C
 *            book at the same place of the stream, and says for whom the card may be believed.
 * States     A token is void, and the C book alone serves it, until its book has been loaded: LOAD,
 *            the C book's orders as frames, GOOD.  The card's place in the stream is read behind
 *            LOAD, and the orders are taken once the C book is there, with nothing of the token
 *            since; what the card hears of it meanwhile makes it refuse GOOD.  Both: tried again.
 *            Then it is exact, until the card says that it is not, an answer differs, is missing or
 *            is nobody's, the stream's books are emptied, or the card goes: void again, with the
 *            reason counted.
 * Input      bj_hw_book_message for each message that the feed applied, in order; bj_hw_book_step
 *            as often as possible.
 * Output     say: what who keeps the rows must know, in order.
 * Ownership  new allocates, free frees; the card is the caller's.
 * Threads    one.
 * Errors     a card that does not answer is not there: everything is void until it boots anew or
 *            answers again.
 * Cost       a message: the C book's, and its five best levels; a step waits for a card's reads. */
#include "dataplane/hw/bj_hw_card.h"
#include "dataplane/hw/bj_hw_mirror.h"

/* X(name, word, text) */
#define BJ_HW_REASON_LIST(X)                                        \
    X(START, "start", "not loaded since the start")                 \
    X(CLEARED, "cleared", "the stream began again, or a snapshot came") \
    X(CARD, "card", "the card went, or began anew")                 \
    X(GAP, "gap", "the card missed messages of both sources")       \
    X(FRAMES, "frames", "a frame of several messages, or bad after use") \
    X(ROOM, "room", "no room in the card for an order")             \
    X(OTHER, "other", "an order that was another token's")          \
    X(PRICE, "price", "a price with no place in the window")        \
    X(UNSAID, "unsaid", "the card says so, and not why")            \
    X(DIFFERS, "differs", "an answer was not the C book's")         \
    X(SILENT, "silent", "a message was not answered")               \
    X(STRAY, "stray", "an answer to no message")                    \
    X(FULL, "full", "the C book beside the card had no room")
typedef enum bj_hw_reason {
#define X(name, word, text) BJ_HW_REASON_##name,
    BJ_HW_REASON_LIST(X)
#undef X
    BJ_HW_REASON_CNT
} bj_hw_reason_t;
const char *bj_hw_reason_word(bj_hw_reason_t reason);

/* Both of uint64_t only.  X(field) */
#define BJ_HW_TOKEN_FIGURE_LIST(X) \
    X(exact) X(orders) X(compared) X(equal) X(different) X(loads) X(retries) X(refused) X(reason)
typedef struct bj_hw_token_figures {
#define X(field) uint64_t field;
    BJ_HW_TOKEN_FIGURE_LIST(X)
#undef X
    uint64_t voids[BJ_HW_REASON_CNT];
} bj_hw_token_figures_t;

#define BJ_HW_COUNTER_LIST(X)                                                             \
    X(KNOWN) X(BEAT) X(BAD) X(RESTART) X(GAP) X(DUP) X(LATE) X(TOKEN) X(ORDER) X(OTHER) \
    X(OFF) X(ROOM) X(POISON) X(MANY)
typedef enum bj_hw_counter {
#define X(name) BJ_HW_COUNTER_##name,
    BJ_HW_COUNTER_LIST(X)
#undef X
    BJ_HW_COUNTER_CNT
} bj_hw_counter_t;

#define BJ_HW_FIGURE_LIST(X)                                                              \
    X(ready) X(boots) X(shape) X(exact) X(compared) X(equal) X(different) X(voids) X(loads) \
    X(retries) X(refused) X(top_clocks_min) X(top_clocks_max) X(deep_clocks_min)         \
    X(deep_clocks_max) X(card_seq) X(book_seq) X(stash) X(timeouts) X(differs_ns) X(wrong) X(lost)
/* lost: 1 while the C book beside the card lacks something. */
typedef struct bj_hw_figures {
#define X(field) uint64_t field;
    BJ_HW_FIGURE_LIST(X)
#undef X
    uint64_t counters[BJ_HW_COUNTER_CNT]; /* the card's, as last read */
} bj_hw_figures_t;
enum { /* figures.wrong: why the card is not used */
    BJ_HW_RIGHT,
    BJ_HW_NO_CARD,   /* nothing boots, or it does not answer */
    BJ_HW_NOT_OURS,  /* its ID */
    BJ_HW_TOO_SMALL, /* its SHAPE: fewer tokens or other levels than we need */
    BJ_HW_STARTING,
};

typedef enum bj_hw_say { BJ_HW_SAY_EXACT, BJ_HW_SAY_VOID, BJ_HW_SAY_ANSWER } bj_hw_say_t;
/* seq and depth: of an answer that was found equal. */
typedef void bj_hw_on_say_t(void *ctx, uint32_t idx, bj_hw_say_t what, uint32_t seq,
                            const bj_feed_card_depth_t *depth);

typedef struct bj_hw_book_config {
    const bj_hw_token_t *tokens; /* copied */
    uint32_t token_cnt;          /* at most BJ_HW_TOKENS_MAX */
    uint32_t order_max;          /* of the C book beside the card */
    struct {
        uint32_t ip;
        uint16_t port;
    } source[2];                 /* where the stream goes */
    uint32_t far, wait;          /* registers FAR and WAIT */
    const bj_hw_card_ops_t *card;
    void    *card_ctx;
    bj_hw_on_say_t *say;
    void    *say_ctx;
} bj_hw_book_config_t;

typedef struct bj_hw_book bj_hw_book_t;
bj_hw_book_t *bj_hw_book_new(const bj_hw_book_config_t *config); /* NULL: no memory, or the shape */
void bj_hw_book_free(bj_hw_book_t *book);

/* NULL: the stream's books have been emptied. */
void bj_hw_book_message(bj_hw_book_t *book, const bj_feed_msg_t *msg, int64_t now_ns);
/* Messages went missing between the feed and here: all is void until the books are emptied. */
void bj_hw_book_lost(bj_hw_book_t *book);
/* Returns the work done. */
uint32_t bj_hw_book_step(bj_hw_book_t *book, int64_t now_ns);

/* By the exchange's token; UINT32_MAX: not the card's.  Any thread. */
uint32_t bj_hw_book_find(const bj_hw_book_t *book, uint32_t token);
const bj_hw_figures_t *bj_hw_book_figures(const bj_hw_book_t *book);
const bj_hw_token_figures_t *bj_hw_book_token(const bj_hw_book_t *book, uint32_t idx);

#endif /* BJ_HW_BOOK_H */
