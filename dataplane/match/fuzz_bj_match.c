/* Contract: whatever commands come, in whatever order, every invariant holds after each, every
 * command has an event, an order that was accepted ends exactly once, what its events say of it
 * adds up, and a picture of the state loads to the same state. */
#include <stdlib.h>
#include "dataplane/match/bj_match.h"

enum { INSTRUMENTS = 3, ORDERS = 24, IDS = 64, DEPTH = 64 };

typedef struct life { /* of an order id */
    bool live;
    int32_t leaves_qty, cum_qty;
} life_t;

typedef struct bed {
    bj_match_t *match;
    bj_match_ring_t *ring;
    life_t life[IDS];
    uint64_t last_cmd_no;
} bed_t;

/* The same quantity that the event says is left. */
static void follow(life_t *life, const bj_match_event_t *e, int32_t leaves_qty, int32_t cum_qty,
                   int32_t traded_qty) {
    assert(life->live);
    if (traded_qty) {
        assert(life->leaves_qty - traded_qty == leaves_qty);
        assert(life->cum_qty + traded_qty == cum_qty);
    }
    assert(leaves_qty >= 0 && cum_qty == (traded_qty ? cum_qty : life->cum_qty));
    life->leaves_qty = leaves_qty;
    life->cum_qty = cum_qty;
    life->live = leaves_qty > 0;
    (void)e;
}

static void on_event(bed_t *bed, const bj_match_event_t *e) {
    life_t *life = &bed->life[e->order_id % IDS], *contra = &bed->life[e->contra_id % IDS];
    assert(e->cmd_no >= bed->last_cmd_no);
    bed->last_cmd_no = e->cmd_no;
    switch ((bj_match_event_type_t)e->type) {
    case BJ_MEV_ACCEPTED:
        assert(!life->live && e->leaves_qty > 0 && e->cum_qty == 0);
        *life = (life_t){true, e->leaves_qty, 0};
        break;
    case BJ_MEV_MODIFIED:
        assert(life->live && e->leaves_qty > 0 && e->cum_qty == life->cum_qty);
        life->leaves_qty = e->leaves_qty;
        break;
    case BJ_MEV_TRADE:
        follow(life, e, e->leaves_qty, e->cum_qty, e->qty);
        follow(contra, e, e->contra_leaves_qty, e->contra_cum_qty, e->qty);
        break;
    case BJ_MEV_CANCELLED:
        assert(life->live && e->qty == life->leaves_qty && e->cum_qty == life->cum_qty);
        life->live = false;
        break;
    case BJ_MEV_TRIGGERED:
    case BJ_MEV_RESTED:
    case BJ_MEV_REPLENISHED:
    case BJ_MEV_PRICED:
        follow(life, e, e->leaves_qty, e->cum_qty, 0);
        break;
    case BJ_MEV_REJECTED:
    case BJ_MEV_REQUEST_REJECTED:
        assert(e->reason != 0);
        break;
    case BJ_MEV_PHASE:
    case BJ_MEV_UNCROSSED:
    case BJ_MEV_BAND:
    case BJ_MEV_DONE:
        break;
    }
}

static void drain(void *ctx) {
    bed_t *bed = ctx;
    const bj_match_event_t *event;
    for (size_t cnt; (cnt = bj_match_ring_look(bed->ring, &event));) {
        for (size_t i = 0; i < cnt; i++)
            on_event(bed, &event[i]);
        bj_match_ring_release(bed->ring, cnt);
    }
}

/* Twelve bytes a command; prices, ids and quantities few, so that they meet. */
static bj_match_cmd_t command_of(const uint8_t *b) {
    static const uint8_t sides[] = {BJ_BUY, BJ_SELL, 0, 'x'};
    bj_match_cmd_t cmd = {
        .op = b[0] % 11,
        .order_id = b[1] % IDS,
        .instrument_idx = b[2] & 3,
        .side = sides[b[3] % 16 < 14 ? b[3] & 1 : b[3] & 3],
        .type = (uint8_t)(b[4] & 3),
        .tif = (uint8_t)(b[4] >> 2 & 7),
        .flags = (uint8_t)(b[4] >> 5),
        .price_paise = b[5] ? 50 + b[5] % 40 + (b[5] > 250 ? INT32_MAX - 100 : 0) : 0,
        .qty = b[6] > 250 ? INT32_MAX - b[6] : b[6] % 32,
        .trigger_paise = b[7] > 200 ? 50 + b[7] % 40 : 0,
        .disclosed_qty = b[8] > 200 ? b[8] % 16 : 0,
        .owner = b[9] & 3,
        .account = b[9] >> 2 & 3,
        .desk = b[9] >> 4 & 3,
        .day = b[9] >> 6,
        .phase = b[10] & 7,
        .auction = b[10] >> 3 & 3,
        .market_first = b[10] >> 5 & 1,
        .band_bp = b[10] >> 6 == 3 ? 500 : 0,
        .lo_paise = 40 + b[11] % 30,
        .hi_paise = 60 + b[11] % 50,
    };
    if (b[2] > 240) cmd.instrument_idx = BJ_MATCH_ALL;
    return cmd;
}

static bj_match_instrument_t definition_of(const uint8_t *b) {
    return (bj_match_instrument_t){.tick_paise = 1 + b[5] % 7,
                                   .band_lo_paise = 1 + b[6] % 60,
                                   .band_hi_paise = b[7] > 250 ? INT32_MAX : 60 + b[7] % 60,
                                   .prev_close_paise = 1 + b[8] % 90,
                                   .protection_bp = b[9] % 3 * 500,
                                   .protection_min_paise = b[9] >> 6,
                                   .disclosed_min_pct = b[10] % 3 * 20,
                                   .stop_gap_max_paise = b[10] >> 5,
                                   .flags = b[11] & 31};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    enum { STEP = 12 };
    if (data_bytes < 1) return 0;
    bj_match_config_t config = {
        .instrument_max = INSTRUMENTS, .order_max = ORDERS, .fetch_depth = 1 + data[0] % 3};
    bed_t bed = {0};
    void *mem = aligned_alloc(64, bj_match_footprint(&config));
    void *ring_mem = aligned_alloc(128, bj_match_ring_footprint(DEPTH));
    bed.match = bj_match_new(mem, &config);
    bed.ring = bj_match_ring_new(ring_mem, DEPTH);
    bj_match_out(bed.match, bed.ring, drain, &bed);
    bj_match_instrument_t plain = {
        .tick_paise = 1, .band_lo_paise = 1, .band_hi_paise = INT32_MAX, .prev_close_paise = 70};
    for (uint32_t i = 0; i < INSTRUMENTS; i++)
        (void)!bj_match_define(bed.match, i, &plain);
    for (size_t at = 1; at + STEP <= data_bytes; at += STEP) {
        const uint8_t *b = data + at;
        bj_match_instrument_t definition = definition_of(b);
        if (b[0] % 11 == 10) (void)!bj_match_define(bed.match, b[2] & 3, &definition);
        bj_match_cmd_t cmd = command_of(b);
        bj_match_apply(bed.match, &cmd, 1);
        drain(&bed);
        assert(bed.last_cmd_no == bj_match_stats(bed.match).cmd_cnt);
        assert(!bj_match_broken(bed.match));
    }
    size_t bytes = bj_match_save(bed.match, NULL, 0);
    void *picture = malloc(bytes), *again_mem = aligned_alloc(64, bj_match_footprint(&config));
    bj_match_t *again = bj_match_new(again_mem, &config);
    assert(bj_match_save(bed.match, picture, bytes) == bytes);
    assert(bj_match_load(again, picture, bytes) == BJ_OK && !bj_match_broken(again));
    assert(bj_match_hash(again) == bj_match_hash(bed.match));
    free(again_mem);
    free(picture);
    free(ring_mem);
    free(mem);
    return 0;
}
