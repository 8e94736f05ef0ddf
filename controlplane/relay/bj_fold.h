#ifndef BJ_FOLD_H
#define BJ_FOLD_H

/* bj_fold - many events in, the rows they leave behind out.  Pure: no clock, no database.
 *
 * Purpose    A market maker touches the same order again and again: a batch becomes one row an
 *            order.
 * Shape      at most BJ_FOLD_EVENTS_MAX events a batch, in sequence.
 * Ownership  bj_fold_t is about 2 MB: one, kept; rows are valid until the next bj_fold_batch.
 * Errors     BJ_ERR_SEQUENCE: not one after the other; BJ_ERR_BAD_FIELD: an event that no engine of
 *            ours writes (see bj_fold_batch); BJ_ERR_OVERFLOW.  The rows are then worth nothing. */
#include "dataplane/base/bj_status.h"
#include "dataplane/wire/bj_wire_cmd.h"

enum { BJ_FOLD_EVENTS_MAX = 5000, BJ_FOLD_SLOTS = 16384 };

typedef enum bj_row_state {
    BJ_ROW_OPEN,
    BJ_ROW_FILLED,
    BJ_ROW_CANCELLED,
    BJ_ROW_REJECTED
} bj_row_state_t;

typedef struct bj_fold_order {
    bj_event_t     last;       /* the newest event: all that a row needs but what is below */
    bj_row_state_t state;
    int64_t        created_ns; /* ACCEPTED's time, or the first event's if that came earlier */
    int64_t        value_paise; /* of this batch's trades: to be added to what is stored */
    bool           waiting;     /* a stop, and nothing here woke it: it waits if it did before */
    uint32_t       expiry_day;  /* good till date, if this batch mentions it; else 0 */
    uint32_t       app; /* that asked for it, if this batch has its beginning; else 0 */
} bj_fold_order_t;

typedef struct bj_fold_account {
    uint32_t account_id;
    uint64_t event_seq;
} bj_fold_account_t;

typedef struct bj_fold {
    size_t            order_cnt, trade_cnt, instrument_cnt, account_cnt, band_cnt;
    bj_fold_order_t   orders[BJ_FOLD_EVENTS_MAX];
    const bj_event_t *trades[BJ_FOLD_EVENTS_MAX];      /* into the caller's batch */
    const bj_event_t *instruments[BJ_FOLD_EVENTS_MAX]; /* the last of each token */
    const bj_event_t *bands[BJ_FOLD_EVENTS_MAX]; /* all: they are few.  Lower end in price_paise,
                                                  * upper in last_price_paise */
    bj_fold_account_t accounts[BJ_FOLD_EVENTS_MAX];
    uint32_t          slots[BJ_FOLD_SLOTS]; /* private: hash tables of index + 1 */
    uint32_t          account_slots[BJ_FOLD_SLOTS];
    uint32_t          instrument_slots[BJ_FOLD_SLOTS];
} bj_fold_t;

BJ_MUST_USE bj_status_t bj_fold_batch(bj_fold_t *fold, const bj_event_t *events, size_t event_cnt);

const char *bj_row_state_name(bj_row_state_t state); /* as the SQL type order_state has it */

#endif /* BJ_FOLD_H */
