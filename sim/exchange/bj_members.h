#ifndef BJ_MEMBERS_H
#define BJ_MEMBERS_H

/* bj_members - the orders of the exchange's members: commands in, events out, as the engine of the
 * dataplane has them (bj_wire_cmd.h), but in the books of the market model.
 *
 * Purpose    NEW, MODIFY, CANCEL, MASS_CANCEL and DISCONNECT of bj_nnf_server; ticks, lots, bands,
 *            quantities, disclosed quantities and validities are checked here, accounts are not.
 *            Stops wait here and wake by the last traded price of the whole market.
 * Shape      one segment; order_max orders a day, numbered id_base + 1, + 2, ...; open_max of them
 *            open at once.  Rows are the model's.
 * Rules      Price-time priority and what keeps an order's place: docs/matching.md 3 and 4.  A
 *            market order takes up to the band's end, its rest ends.  GTD and GTC are refused, as
 *            the cash market does (BJ_REJ_TIF).  No self-trade prevention: a command does not say
 *            whose PAN it is.
 * Events     are the whole state: told to a new bj_members_t in sequence they make it again, and
 *            bj_members_restore puts what is open back into the books.  They are kept here until
 *            bj_members_told: the caller makes them durable in between.
 * Ownership  its own heap; the model is the caller's and outlives this.
 * Threads    one.  Errors: a refused command is an event with a reason, and changed nothing.
 * Cost       an order: what it trades; MASS_CANCEL, DISCONNECT, the day's end: all orders of the
 *            day; a trade that may wake a stop: all that wait. */
#include "sim/exchange/bj_model.h"

typedef struct bj_members bj_members_t;

typedef struct bj_members_config {
    bj_model_t *model; /* its member_order_max is at least open_max */
    const bj_model_row_t *rows; /* the model's, copied */
    uint32_t row_cnt;
    uint64_t streams;   /* bit i: rows of stream_idx i may be traded, spreads never */
    uint32_t order_max; /* [1, 2^24] */
    uint32_t open_max;
    uint64_t id_base;
    uint8_t  disclosed_min_pct;
} bj_members_config_t;

typedef struct bj_members_stats {
    uint64_t orders, rejected, fills; /* of the day; rejected: orders and requests */
    uint32_t open, stops;
} bj_members_stats_t;

/* NULL: no memory. */
bj_members_t *bj_members_new(const bj_members_config_t *config);
void bj_members_free(bj_members_t *members);

/* At start: each event of an earlier run of the day, in sequence; then once restore, which gives
 * events if an order meets somebody on its way back. */
void bj_members_recover(bj_members_t *members, const bj_event_t *event);
void bj_members_restore(bj_members_t *members, int64_t now_ns);

/* What the model's traders do from here on happens at this time. */
void bj_members_time(bj_members_t *members, int64_t now_ns);
void bj_members_command(bj_members_t *members, const bj_cmd_t *cmd);
/* Wakes stops; to be called after commands and after each step of the model. */
void bj_members_stops(bj_members_t *members);
/* The first event of a day: the market is open. */
void bj_members_open_day(bj_members_t *members);
/* Every open order ends (BJ_END_DAY). */
void bj_members_end_day(bj_members_t *members);

/* Events since the last bj_members_told, in sequence; valid until the next call. */
const bj_event_t *bj_members_events(const bj_members_t *members, size_t *event_cnt);
void bj_members_told(bj_members_t *members);

bj_members_stats_t bj_members_stats(const bj_members_t *members);
/* NULL, or the sentence of an invariant that does not hold; costs all orders of the day. */
const char *bj_members_broken(const bj_members_t *members);

#endif /* BJ_MEMBERS_H */
