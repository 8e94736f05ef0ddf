#ifndef TEST_MATCH_RANDOM_H
#define TEST_MATCH_RANDOM_H

/* What the files of test_match_random share: steps as data, the dice that make them (_roll.c), the
 * book rebuilt from the events (_follow.c), printing (_print.c). */
#include "dataplane/match/test_match_model.h"

enum { INSTRUMENT_MAX = 6, ORDER_MAX = 64 };

/* --- a run is data: steps, which any subset of can be played again */

enum { /* step_t.look: what is compared after it */
    LOOK_BOOK = 1 << 0,
    LOOK_HASH = 1 << 1,
    LOOK_SAVE = 1 << 2,
    LOOK_BROKEN = 1 << 3,
};

typedef struct step {
    bool defines;
    bool joined; /* applied in one call with the next command */
    uint8_t look;
    uint32_t instrument_idx; /* DEFINES */
    bj_match_instrument_t definition;
    bj_match_cmd_t cmd;
} step_t;

typedef struct shape { /* of a run */
    uint32_t instrument_cnt, order_max;
    int32_t base, spread; /* of prices */
    int32_t band_lo, band_hi, qty_max;
    bool large; /* quantities near the largest there is */
} shape_t;

typedef struct events {
    bj_match_event_t *event;
    size_t cnt, max;
} events_t;

/* The same seed, the same shape and steps; a step looks at the model only, so that a run can be
 * made without engines.  no: how many there were before it. */
shape_t shape_roll(uint64_t seed);
step_t step_roll(const shape_t *shape, const model_t *model, size_t no);

typedef struct follow_order {
    uint64_t order_id, place, arrival;
    uint32_t instrument_idx, handle;
    int32_t price, leaves, cum, trigger;
    model_where_t where;
    uint8_t side;
    bool live;
} follow_order_t;

typedef struct follow {
    follow_order_t order[ORDER_MAX];
    uint8_t phase[INSTRUMENT_MAX];
    uint64_t place;
    const char *wrong;
} follow_t;

void follow_open(follow_t *follow);
follow_order_t *follow_find(follow_t *follow, uint64_t order_id);
void follow_event(follow_t *follow, const bj_match_event_t *event);

static inline bool is_auction_phase(uint8_t phase) {
    return phase == BJ_PHASE_AUCTION || phase == BJ_PHASE_AUCTION_LIMIT;
}

/* On stderr. */
const char *event_name(unsigned type);
void print_events(const char *title, const events_t *list, uint64_t cmd_no); /* of one command */
void print_order(const char *who, const bj_match_order_t *order);
void print_step(size_t no, const step_t *step);

#endif /* TEST_MATCH_RANDOM_H */
