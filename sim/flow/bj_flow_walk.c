#include "sim/flow/bj_flow_walk.h"

enum {
    CALM_OPS = 256, /* a tick in so many ops, in the mean */
    LEAP_MIN = 20, LEAP_MAX = 200,
    TREND_OPS = 4,
    TREND_TICKS = 4000, /* from home to where it turns */
    SWING_OPS_MIN = 200, SWING_OPS_MAX = 400,
    CRASH_OPS_MIN = 4000, CRASH_OPS_MAX = 10000,
    CRASH_TICKS_MIN = 2000, CRASH_TICKS_MAX = 5000,
    FALL_TICKS = 8, /* an op */
    RECOVER_TICKS = 2,
};

static uint32_t between(bj_dice_t *dice, uint32_t min, uint32_t max) {
    return min + bj_dice_below(dice, max - min + 1);
}

static int32_t either_way(bj_dice_t *dice) { return bj_dice_below(dice, 2) ? 1 : -1; }

/* A move that would leave the span is not made. */
static void move(bj_flow_walk_t *walk, int32_t ticks) {
    int32_t mid_ticks = (int32_t)walk->mid_ticks + ticks;
    int32_t away_ticks = mid_ticks - (int32_t)walk->home_ticks;
    if (away_ticks < -BJ_FLOW_WALK_SPAN || away_ticks > BJ_FLOW_WALK_SPAN) return;
    walk->mid_ticks = (uint32_t)mid_ticks;
}

static void walk_calm(bj_flow_walk_t *walk, bj_dice_t *dice) {
    if (bj_dice_below(dice, CALM_OPS) == 0) move(walk, either_way(dice));
}

static void walk_trend(bj_flow_walk_t *walk, bj_dice_t *dice) {
    if (bj_dice_below(dice, TREND_OPS) != 0) return;
    move(walk, walk->way);
    if (walk->mid_ticks >= walk->home_ticks + TREND_TICKS) walk->way = -1;
    if (walk->mid_ticks <= walk->home_ticks - TREND_TICKS) walk->way = 1;
}

static void swing(bj_flow_walk_t *walk, bj_dice_t *dice, int32_t ticks) {
    walk_calm(walk, dice);
    if (walk->wait_ops) {
        walk->wait_ops--;
        return;
    }
    move(walk, walk->way * ticks);
    walk->way = -walk->way;
    walk->wait_ops = between(dice, SWING_OPS_MIN, SWING_OPS_MAX);
}

static void walk_swing25(bj_flow_walk_t *walk, bj_dice_t *dice) { swing(walk, dice, 25); }
static void walk_swing40(bj_flow_walk_t *walk, bj_dice_t *dice) { swing(walk, dice, 40); }

/* Calm until wait_ops are over, down to the goal, up to home again. */
static void walk_crash(bj_flow_walk_t *walk, bj_dice_t *dice) {
    if (walk->rush == BJ_FLOW_SELL_RUSH) {
        move(walk, -FALL_TICKS);
        if (walk->mid_ticks <= walk->goal_ticks) walk->rush = BJ_FLOW_BUY_RUSH;
    } else if (walk->rush == BJ_FLOW_BUY_RUSH) {
        move(walk, RECOVER_TICKS);
        if (walk->mid_ticks < walk->home_ticks) return;
        walk->rush = BJ_FLOW_NO_RUSH;
        walk->wait_ops = between(dice, CRASH_OPS_MIN, CRASH_OPS_MAX);
    } else if (walk->wait_ops) {
        walk->wait_ops--;
        walk_calm(walk, dice);
    } else {
        walk->rush = BJ_FLOW_SELL_RUSH;
        walk->goal_ticks = walk->home_ticks - between(dice, CRASH_TICKS_MIN, CRASH_TICKS_MAX);
    }
}

/* Symbols do not turn, swing or crash all at once: each has its own start. */
bj_flow_walk_t bj_flow_walk_start(bj_flow_path_t path, bj_dice_t *dice) {
    bj_flow_walk_t walk = {0};
    walk.home_ticks = walk.mid_ticks = between(dice, BJ_FLOW_HOME_MIN, BJ_FLOW_HOME_MAX);
    walk.way = either_way(dice);
    walk.wait_ops = bj_dice_below(dice, path == BJ_FLOW_CRASH ? CRASH_OPS_MAX : SWING_OPS_MAX);
    return walk;
}

void bj_flow_walk_step(bj_flow_walk_t *walk, bj_flow_path_t path, bj_dice_t *dice) {
    static void (*const step[BJ_FLOW_PATH_CNT])(bj_flow_walk_t *, bj_dice_t *) = {
#define X(name, word, text) [name] = walk_##word,
        BJ_FLOW_PATH_LIST(X)
#undef X
    };
    step[path](walk, dice);
}

void bj_flow_walk_leap(bj_flow_walk_t *walk, bj_dice_t *dice) {
    int32_t ticks = (int32_t)between(dice, LEAP_MIN, LEAP_MAX);
    move(walk, ticks * either_way(dice));
}
