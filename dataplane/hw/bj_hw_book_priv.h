#ifndef BJ_HW_BOOK_PRIV_H
#define BJ_HW_BOOK_PRIV_H

/* What the files of bj_hw_book share. */
#include "dataplane/base/bj_time.h"
#include "dataplane/hw/bj_hw_book.h"
#include "dataplane/hw/bj_hw_setup.h"
#include <bj_hw_regs.h>

enum { BJ_HW_LOAD_ORDERS = 1 << 14 }; /* of one token */

typedef enum load_phase {
    LOAD_NONE,
    LOAD_SWEEP,  /* the card empties the token */
    LOAD_FOLLOW, /* the C book must come to where the card is */
    LOAD_SEND,
    LOAD_TAKEN, /* the card takes the last frames */
    LOAD_GOOD,  /* the card decides */
} load_phase_t;

typedef struct load { /* one at a time */
    load_phase_t phase;
    uint32_t idx, from_seq, order_cnt, sent_cnt;
    int64_t  end_ns; /* of patience */
    bj_hw_window_t window;
    bj_hw_order_t  orders[BJ_HW_LOAD_ORDERS];
} load_t;

typedef struct token {
    bj_hw_token_t is;
    bool     exact;
    uint32_t from_seq; /* exact from this message on */
    uint32_t failures; /* in a row */
    int64_t  retry_ns; /* when it may be loaded */
} token_t;

struct bj_hw_book {
    bj_hw_book_config_t config;
    bj_hw_mirror_t  *mirror;
    bj_hw_figures_t  figures;
    bj_hw_token_figures_t token_figures[BJ_HW_TOKENS_MAX];
    token_t  token[BJ_HW_TOKENS_MAX];
    uint32_t boots;   /* of the card that we know; 0: none */
    int64_t  try_ns, look_ns, count_ns;
    int64_t  ahead_ns; /* since when the next answer has waited for the C book; 0: it does not */
    uint32_t counted[BJ_HW_COUNTER_CNT]; /* at the last look */
    load_t   load;
};

/* --- bj_hw_book.c */
bool bj_hw_get(bj_hw_book_t *book, uint32_t at, uint32_t *value);
bool bj_hw_put(bj_hw_book_t *book, uint32_t at, uint32_t value);
/* A command once the one before has been taken.  False: the card does not take it. */
bool bj_hw_command(bj_hw_book_t *book, uint32_t at, uint32_t idx);
void bj_hw_void(bj_hw_book_t *book, uint32_t idx, bj_hw_reason_t reason);
void bj_hw_void_all(bj_hw_book_t *book, bj_hw_reason_t reason);
/* What the card counts and which tokens it calls void; tokens that have become so, with why. */
bool bj_hw_look(bj_hw_book_t *book);

/* --- bj_hw_load.c */
bool bj_hw_program(bj_hw_book_t *book); /* a card that has just booted */
/* Of the token that is being loaded, for now; refused: not the card's doing. */
uint32_t bj_hw_give_up(bj_hw_book_t *book, int64_t now_ns, bool refused);
uint32_t bj_hw_load_step(bj_hw_book_t *book, int64_t now_ns);

#endif /* BJ_HW_BOOK_PRIV_H */
