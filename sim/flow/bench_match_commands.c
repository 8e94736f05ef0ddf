/* Single kinds of commands, straight into one engine with one instrument: does a long queue at a
 * price, a long ladder or a long sweep cost more an order than a short one? */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"
#include "dataplane/replay/bj_replay.h"
#include "sim/flow/bench_match.h"
#include "sim/flow/bj_flow_dice.h"

enum {
    ORDER_MAX = 1 << 18, PAGE_MAX = 1 << 13,
    RING_DEPTH = 1 << 16,
    BLOCK = 4096, /* commands built, then timed */
    BURST = 64,   /* commands of one call */
    BLOCKS = 200, /* in a run */
    RUNS = 7,
    BASE_PAISE = 100000, QTY = 10,
    SWEEP_MAKERS = 10000,
};

typedef struct bench {
    bj_match_t *match;
    void   *mem;
    size_t  mem_bytes;
    bj_match_ring_t *ring;
    bj_dice_t dice;
    uint64_t  next_id;
    uint32_t  slot_cnt; /* orders that rest, one a slot */
    bool      one_price; /* all slots at BASE_PAISE, or each a tick above the one before */
    uint64_t *slot_id;
} bench_t;

static uint32_t run_cnt(void) { return bench_quick() ? 1 : RUNS; }

/* --- an engine */
static void drain(void *ctx) {
    bj_match_ring_t *ring = ctx;
    const bj_match_event_t *events;
    for (size_t cnt; (cnt = bj_match_ring_look(ring, &events));) bj_match_ring_release(ring, cnt);
}

static void bench_open(bench_t *bench) {
    const bj_match_config_t config = {.instrument_max = 1, .order_max = ORDER_MAX,
                                      .page_max = PAGE_MAX};
    const bj_match_instrument_t plain = {.tick_paise = 1, .band_lo_paise = 1,
                                         .band_hi_paise = INT32_MAX,
                                         .prev_close_paise = BASE_PAISE};
    *bench = (bench_t){.mem_bytes = bj_match_footprint(&config), .next_id = 1};
    bench->mem = bj_replay_map(bench->mem_bytes);
    bench->match = bench->mem ? bj_match_new(bench->mem, &config) : NULL;
    bench->ring = bj_match_ring_new(bench_alloc(bj_match_ring_footprint(RING_DEPTH)), RING_DEPTH);
    bench->slot_id = bench_alloc(ORDER_MAX * sizeof *bench->slot_id);
    if (!bench->match) exit(1);
    bj_match_out(bench->match, bench->ring, drain, bench->ring);
    if (bj_match_define(bench->match, 0, &plain) != BJ_OK) exit(1);
}

static void bench_close(bench_t *bench) {
    free(bench->slot_id);
    free(bench->ring);
    bj_replay_unmap(bench->mem, bench->mem_bytes);
}

/* Returns how long it took; the events are thrown away afterwards. */
static int64_t apply(bench_t *bench, const bj_match_cmd_t *cmds, size_t cnt) {
    int64_t from_ns = bj_clock_mono_ns();
    for (size_t i = 0; i < cnt; i += BURST) {
        bj_match_apply(bench->match, &cmds[i], cnt - i < BURST ? cnt - i : BURST);
    }
    int64_t took_ns = bj_clock_mono_ns() - from_ns;
    drain(bench->ring);
    return took_ns;
}

/* --- commands */
static bj_match_cmd_t order(bench_t *bench, bj_side_t side, int32_t price_paise, int32_t qty) {
    return (bj_match_cmd_t){.op = BJ_OP_NEW, .order_id = bench->next_id++, .side = (uint8_t)side,
                            .type = BJ_LIMIT, .tif = BJ_DAY, .price_paise = price_paise,
                            .qty = qty};
}

static bj_match_cmd_t fill_slot(bench_t *bench, uint32_t slot) {
    bench->slot_id[slot] = bench->next_id;
    return order(bench, BJ_SELL, BASE_PAISE + (bench->one_price ? 0 : (int32_t)slot), QTY);
}

static void fill_slots(bench_t *bench, uint32_t slot_cnt, bool one_price) {
    bench->slot_cnt = slot_cnt;
    bench->one_price = one_price;
    for (uint32_t slot = 0; slot < slot_cnt; slot++) {
        bj_match_cmd_t cmd = fill_slot(bench, slot);
        apply(bench, &cmd, 1);
    }
}

static void expect_live(const bench_t *bench, uint32_t live_orders) {
    if (bj_match_stats(bench->match).live_orders == live_orders) return;
    fputs("bench_match: the engine has not what it was given\n", stderr);
    exit(1);
}

/* --- add and cancel: a slot's order goes, another comes to the same price */
static int64_t replace_some(bench_t *bench) {
    static bj_match_cmd_t cmds[BLOCK];
    for (size_t i = 0; i < BLOCK; i += 2) {
        uint32_t slot = bj_dice_below(&bench->dice, bench->slot_cnt);
        cmds[i] = (bj_match_cmd_t){.op = BJ_OP_CANCEL, .order_id = bench->slot_id[slot]};
        cmds[i + 1] = fill_slot(bench, slot);
    }
    return apply(bench, cmds, BLOCK);
}

static void bench_replace(const char *name, uint32_t slot_cnt, bool one_price) {
    double ns[RUNS];
    bench_t bench;
    uint32_t blocks = bench_quick() ? 5 : BLOCKS;
    bench_open(&bench);
    fill_slots(&bench, slot_cnt, one_price);
    replace_some(&bench); /* caches are warm from here on */
    for (uint32_t run = 0; run < run_cnt(); run++) {
        int64_t took_ns = 0;
        for (uint32_t i = 0; i < blocks; i++) took_ns += replace_some(&bench);
        ns[run] = (double)took_ns / ((double)BLOCK * blocks);
    }
    expect_live(&bench, slot_cnt);
    bench_close(&bench);
    char figure[64];
    snprintf(figure, sizeof figure, "match_add_cancel_%s_%u_ns", name, slot_cnt);
    bench_say(figure, "ns_per_op", ns, run_cnt());
}

/* --- one order takes all */
static void bench_sweep(const char *name, bool one_price) {
    enum { SWEEPS = 3 * RUNS };
    double ns[SWEEPS];
    bench_t bench;
    uint32_t sweeps = bench_quick() ? 1 : SWEEPS;
    bench_open(&bench);
    for (uint32_t i = 0; i < sweeps; i++) {
        fill_slots(&bench, SWEEP_MAKERS, one_price);
        expect_live(&bench, SWEEP_MAKERS);
        bj_match_cmd_t taker = order(&bench, BJ_BUY, INT32_MAX, SWEEP_MAKERS * QTY);
        ns[i] = (double)apply(&bench, &taker, 1) / SWEEP_MAKERS;
        expect_live(&bench, 0);
    }
    bench_close(&bench);
    bench_say(name, "ns_per_fill", ns, sweeps);
}

static void bench_footprint(void) {
    const bj_match_config_t config = {.instrument_max = 64, .order_max = 1 << 20};
    size_t bytes = bj_match_footprint(&config);
    printf("match_bytes_per_order %.1f bytes\n", (double)bytes / config.order_max);
}

void bench_commands(void) {
    static const uint32_t queue_lengths[] = {1, 100, 10000};
    static const uint32_t ladder_ticks[] = {10, 100, 1000, 10000, 100000};
    for (size_t i = 0; i < BJ_COUNT(queue_lengths); i++) {
        bench_replace("queue", queue_lengths[i], true);
    }
    for (size_t i = 0; i < BJ_COUNT(ladder_ticks); i++) {
        bench_replace("ladder", ladder_ticks[i], false);
    }
    bench_sweep("match_sweep_one_price_ns", true);
    bench_sweep("match_sweep_10000_prices_ns", false);
    bench_footprint();
}
