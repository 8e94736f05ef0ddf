#ifndef BJ_FLOW_DICE_H
#define BJ_FLOW_DICE_H

/* bj_flow_dice - the generator's dice: splitmix64, integers only, the same on any machine.
 *
 * C leaves open in which order operands and arguments are evaluated: never two rolls in one
 * expression, or two compilers make two flows of one seed. */
#include "dataplane/base/bj_base.h"

typedef struct bj_dice {
    uint64_t state; /* the seed, to begin with */
} bj_dice_t;

static inline uint64_t bj_dice_roll(bj_dice_t *dice) {
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* In [0, sides); sides > 0. */
static inline uint32_t bj_dice_below(bj_dice_t *dice, uint32_t sides) {
    return (uint32_t)(((bj_dice_roll(dice) >> 32) * sides) >> 32);
}

static inline bool bj_dice_percent(bj_dice_t *dice, uint32_t percent) {
    return bj_dice_below(dice, 100) < percent;
}

static inline bool bj_dice_ppm(bj_dice_t *dice, uint32_t ppm) {
    return bj_dice_below(dice, 1000000) < ppm;
}

#endif /* BJ_FLOW_DICE_H */
