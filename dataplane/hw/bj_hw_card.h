#ifndef BJ_HW_CARD_H
#define BJ_HW_CARD_H

/* bj_hw_card - what a card is to its driver: a register window, a way for the host's frames, and
 * the answers that it writes into our memory.  Whatever has these is one: a board behind PCIe, or
 * the simulation behind shared memory (bj_hw_link.h).
 *
 * Registers  hw/regs.tbl, 32 bits.  A write is posted, in order with those before it; a read waits.
 * Frames     of the exchange come to the card by its wire; those of the host (a snapshot's orders)
 *            go through host_frame, in order.
 * Answers    one for each message of the exchange whose token the card has, N, M, X and T, in the
 *            order of the stream; none for the host's frames.
 * Threads    one: the driver's. */
#include "dataplane/base/bj_base.h"

enum { BJ_HW_LEVELS = 5, BJ_HW_TOKENS_MAX = 64 };

typedef struct bj_hw_level {
    int64_t qty; /* 0: there is no such level */
    int32_t price_paise, reserved;
} bj_hw_level_t;

typedef struct bj_hw_answer {
    uint32_t seq;       /* the message's */
    uint16_t idx;       /* the token's, as it was programmed */
    bool     is_void;   /* at the top or at the depth: then the levels say nothing */
    uint8_t  top_clocks, deep_clocks; /* from the message's last beat */
    uint8_t  reserved[7];
    bj_hw_level_t top[2]; /* bid, ask */
    bj_hw_level_t deep[2][BJ_HW_LEVELS];
} bj_hw_answer_t;
static_assert(sizeof(bj_hw_answer_t) == 16 + 12 * sizeof(bj_hw_level_t), "no holes");

typedef struct bj_hw_card_ops {
    /* Changes whenever the card has begun anew and forgotten everything; 0: it is not there. */
    uint32_t (*boots)(void *ctx);
    /* False: no answer in time, or no room in time. */
    bool (*read)(void *ctx, uint32_t at, uint32_t *value);
    bool (*write)(void *ctx, uint32_t at, uint32_t value);
    bool (*host_frame)(void *ctx, const uint8_t *frame, size_t frame_bytes); /* false: not now */
    bool (*host_done)(void *ctx); /* the design has had every frame of the host's */
    const bj_hw_answer_t *(*answer)(void *ctx); /* NULL: none; good until answer_done */
    void (*answer_done)(void *ctx);
} bj_hw_card_ops_t;

#endif /* BJ_HW_CARD_H */
