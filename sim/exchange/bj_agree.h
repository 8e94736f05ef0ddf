#ifndef BJ_AGREE_H
#define BJ_AGREE_H

/* bj_agree - do a member's engine and the exchange simulator know the same of every order?
 *
 * Purpose    Two ledgers, made from two streams of events that nothing of the way between them has
 *            touched: the dataplane's event log (venue nse) and the exchange's files of the day.
 * Joined     by the reference that goes with each order: the low 31 bits of our order number.
 *            NNF's full form has none (stops): such an order of theirs is joined to one of ours
 *            that it does not differ from.
 * Ownership  its own heap; zeroed at first, then bj_agree_free.
 * Threads    one.  Errors: false where there is no memory. */
#include "dataplane/wire/bj_wire_cmd.h"

typedef struct bj_agree_order {
    uint64_t order_id;  /* each side's own; 0: not known */
    bool     asked;     /* ours: it went out */
    bool     taken, refused, ended;
    uint8_t  side;
    uint8_t  answers;   /* to NEW */
    bool     twice;     /* theirs: two orders carry this reference */
    bool     joined;    /* theirs without a reference: to one of ours */
    uint32_t token;
    int32_t  price_paise, qty, cum_qty, leaves_qty;
    int64_t  fills, fill_qty, fill_value_paise, fill_numbers;
} bj_agree_order_t;

typedef struct bj_agree_ledger {
    bj_agree_order_t *order; /* by reference */
    uint32_t cnt;
} bj_agree_ledger_t;

enum { BJ_AGREE_SESSIONS = 1024 };

typedef struct bj_agree {
    bj_agree_ledger_t ours, theirs;
    bj_agree_ledger_t nameless; /* theirs without a reference, by the exchange's count */
    uint64_t last_match_id, between; /* theirs: trades of two orders of ours */
    uint8_t *answers[BJ_AGREE_SESSIONS]; /* to requests, by session_seq */
    uint64_t answers_cnt[BJ_AGREE_SESSIONS];
} bj_agree_t;

typedef struct bj_agree_sums {
    uint64_t orders, open, refused, fills, between, differences;
    uint64_t strays; /* the exchange had it, we did not, and it was cancelled there untraded */
} bj_agree_sums_t;

/* Every event of either, in sequence. */
BJ_MUST_USE bool bj_agree_our(bj_agree_t *agree, const bj_event_t *event);
BJ_MUST_USE bool bj_agree_their(bj_agree_t *agree, const bj_event_t *event);
/* say: each difference, one sentence; may be NULL. */
bj_agree_sums_t bj_agree_compare(bj_agree_t *agree,
                                 void (*say)(uint64_t order_id, const char *what));
void bj_agree_free(bj_agree_t *agree);

#endif /* BJ_AGREE_H */
