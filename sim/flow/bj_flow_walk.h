#ifndef BJ_FLOW_WALK_H
#define BJ_FLOW_WALK_H

/* bj_flow_walk - the middle of one symbol, op by op, along one of the generator's paths.
 *
 * Shape      home_ticks is where it starts; the middle stays within BJ_FLOW_WALK_SPAN of it.
 * Threads    one.
 * Cost       a roll or two a step. */
#include "sim/flow/bj_flow_dice.h"
#include "sim/flow/bj_flow_gen.h"

enum {
    BJ_FLOW_WALK_SPAN = 10000,
    BJ_FLOW_HOME_MIN = 12000, /* where a symbol may be at home */
    BJ_FLOW_HOME_MAX = 52000,
};

/* Who sweeps the book along with the middle. */
typedef enum bj_flow_rush { BJ_FLOW_NO_RUSH, BJ_FLOW_SELL_RUSH, BJ_FLOW_BUY_RUSH } bj_flow_rush_t;

typedef struct bj_flow_walk {
    uint32_t home_ticks, mid_ticks;
    uint32_t goal_ticks; /* crash: where the fall ends */
    uint32_t wait_ops;   /* swing, crash: until it begins */
    int32_t  way;        /* trend, swing: 1 up, -1 down */
    bj_flow_rush_t rush; /* crash */
} bj_flow_walk_t;

bj_flow_walk_t bj_flow_walk_start(bj_flow_path_t path, bj_dice_t *dice);
void bj_flow_walk_step(bj_flow_walk_t *walk, bj_flow_path_t path, bj_dice_t *dice);
/* A leap of 20 to 200 ticks, either way. */
void bj_flow_walk_leap(bj_flow_walk_t *walk, bj_dice_t *dice);

#endif /* BJ_FLOW_WALK_H */
