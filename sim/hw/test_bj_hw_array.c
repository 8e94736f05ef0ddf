/* The array that hw/fv proves bj_side equal to, beside the feed's own book: every state of a small
 * array, every operation on it.  With hw/fv that closes the chain: design, array, book.
 *
 *   test_bj_hw_array [TICKS QTY_MAX]
 *
 * An operation is what a message comes to on one side: so much off one level, so much onto another,
 * either or both.  Off alone: a trade, or a cancel where it is a whole order; onto alone: a new
 * order; both: a modify.  A level that something is taken from holds an order of just that size,
 * and another one for the rest. */
#include <stdlib.h>
#include <string.h>

#include "dataplane/base/bj_test.h"
#include "sim/hw/bj_hw_ref.h"

enum { TICKS_MAX = 8, BASE_PAISE = 10000, TICK_PAISE = 5, PROBE = 100 };

typedef struct step {
    int sub_tick, sub_qty, add_tick, add_qty; /* quantity 0: none */
    bool ask, trade;
} step_t;

static int ticks = 4, qty_max = 3;
static bj_hw_ref_t *ref;

static void send(char kind, uint64_t id, bool ask, int tick, int qty) {
    const bool trade = kind == 'T';
    const bj_hw_msg_t msg = {.kind = kind,
                             .order_id = trade && ask ? 0 : id,
                             .sell_order_id = trade && ask ? id : 0,
                             .seq = 1,
                             .token = bj_hw_ref_token(0),
                             .ask = ask,
                             .price_paise = BASE_PAISE + tick * TICK_PAISE,
                             .qty = qty};
    bj_hw_ref_apply(ref, &msg);
}

/* Ids: 1 + tick for what stays of a level, PROBE for the order that the step is about. */
static void build(const int level[], const step_t *step) {
    for (int t = 0; t < ticks; t++) {
        int rest = level[t] - (step->sub_qty && step->sub_tick == t ? step->sub_qty : 0);
        /* A trade takes a part of one order; the rest of the level is the same order's. */
        if (step->trade && step->sub_tick == t) rest = 0;
        if (rest) send('N', 1 + (uint64_t)t, step->ask, t, rest);
    }
    int whole = step->trade ? level[step->sub_tick] : step->sub_qty;
    if (step->sub_qty) send('N', PROBE, step->ask, step->sub_tick, whole);
}

static void act(const step_t *step) {
    if (step->sub_qty && step->add_qty)
        send('M', PROBE, step->ask, step->add_tick, step->add_qty);
    else if (step->add_qty)
        send('N', PROBE + 1, step->ask, step->add_tick, step->add_qty);
    else if (step->trade)
        send('T', PROBE, step->ask, step->sub_tick, step->sub_qty);
    else if (step->sub_qty)
        send('X', PROBE, step->ask, step->sub_tick, 1);
}

static void tear_down(bool ask) {
    for (int t = 0; t < ticks; t++)
        send('X', 1 + (uint64_t)t, ask, t, 1);
    send('X', PROBE, ask, 0, 1);
    send('X', PROBE + 1, ask, 0, 1);
}

/* The array's levels, best first, as fv_side finds them: by looking at all. */
static unsigned array_levels(const int level[], bool ask, bj_hw_level_t *out) {
    unsigned cnt = 0;
    for (int i = 0; i < ticks; i++) {
        int t = ask ? i : ticks - 1 - i;
        if (level[t]) out[cnt++] = (bj_hw_level_t){BASE_PAISE + t * TICK_PAISE, level[t]};
    }
    return cnt;
}

static void check_step(const int before[], const step_t *step) {
    int level[TICKS_MAX];
    memcpy(level, before, sizeof level);
    level[step->sub_tick] -= step->sub_qty;
    level[step->add_tick] += step->add_qty;
    build(before, step);
    act(step);
    bj_hw_level_t want[TICKS_MAX], is[TICKS_MAX];
    unsigned cnt = array_levels(level, step->ask, want);
    bool same = bj_hw_ref_levels(ref, 0, step->ask, is, TICKS_MAX) == cnt;
    for (unsigned i = 0; same && i < cnt; i++)
        same = is[i].price_paise == want[i].price_paise && is[i].qty == want[i].qty;
    BJ_CHECK(same);
    BJ_CHECK(bj_hw_ref_levels(ref, 0, !step->ask, is, TICKS_MAX) == 0);
    tear_down(step->ask);
}

static void check_state(const int level[]) {
    for (int side = 0; side < 2; side++) {
        for (int s = 0; s < ticks * (qty_max + 1); s++) {
            step_t step = {.sub_tick = s % ticks, .sub_qty = s / ticks, .ask = side};
            if (step.sub_qty > level[step.sub_tick]) continue;
            for (int a = 0; a < ticks * (qty_max + 1); a++) {
                step.add_tick = a % ticks;
                step.add_qty = a / ticks;
                check_step(level, &step);
            }
            step.add_qty = 0;
            step.trade = true;
            if (step.sub_qty) check_step(level, &step);
        }
    }
}

int main(int argc, char **argv) {
    if (argc == 3) ticks = (int)strtol(argv[1], NULL, 10), qty_max = (int)strtol(argv[2], NULL, 10);
    if (ticks < 1 || ticks > TICKS_MAX || qty_max < 1) return 2;
    const int32_t tick_paise = TICK_PAISE;
    ref = bj_hw_ref_new(1, &tick_paise, 64);
    int level[TICKS_MAX] = {0};
    for (int t = 0; t < ticks;) {
        check_state(level);
        for (t = 0; t < ticks && ++level[t] > qty_max; t++)
            level[t] = 0;
    }
    bj_hw_ref_free(ref);
    return bj_test_end("test_bj_hw_array");
}
