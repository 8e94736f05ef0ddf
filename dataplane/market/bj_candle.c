#include "dataplane/market/bj_candle_priv.h"

#include <errno.h>
#include <stdlib.h>
#include "dataplane/base/bj_shm.h"

enum {
    STEP_MAX = 64,    /* candles a step looks at: the feed waits for us meanwhile */
    WALK_MAX = 1024, /* records back along a chain: more than a day has minutes */
};
#define PASS_NS INT64_C(1000000000)

static int64_t minute_of(int64_t exch_ns) { return exch_ns - exch_ns % (int64_t)BJ_CANDLE_NS; }

static bool queue_new(bj_candles_t *candles, uint32_t instrument_cnt) {
    uint32_t cnt = 2;
    while (cnt < instrument_cnt) cnt *= 2;
    candles->queue_mask = cnt - 1;
    candles->queue = calloc(cnt, sizeof *candles->queue);
    candles->queued = calloc(instrument_cnt, sizeof *candles->queued);
    return candles->queue && candles->queued;
}

bj_candles_t *bj_candles_create(const char *file, uint32_t instrument_cnt, uint64_t ring_depth,
                                int64_t market_start_ns) {
    size_t bytes = bj_candle_bytes(instrument_cnt, ring_depth);
    if (!bytes) {
        errno = EINVAL;
        return NULL;
    }
    bj_candles_t *candles = calloc(1, sizeof *candles);
    if (!candles) return NULL;
    candles->header = queue_new(candles, instrument_cnt) ? bj_shm_create(file, bytes) : NULL;
    if (!candles->header) {
        bj_candles_destroy(candles);
        return NULL;
    }
    candles->header->layout_version = BJ_CANDLE_VERSION;
    candles->header->instrument_cnt = instrument_cnt;
    candles->header->ring_depth = ring_depth;
    candles->header->start_ns = market_start_ns;
    candles->slot = bj_candle_slots(candles->header);
    candles->ring = bj_candle_ring(candles->header);
    __atomic_store_n(&candles->header->magic, BJ_CANDLE_MAGIC, __ATOMIC_RELEASE);
    return candles;
}

void bj_candles_destroy(bj_candles_t *candles) {
    if (!candles) return;
    if (candles->header) {
        bj_shm_close(candles->header, bj_candle_bytes(candles->header->instrument_cnt,
                                                      candles->header->ring_depth));
    }
    free(candles->queue);
    free(candles->queued);
    free(candles);
}

static void count(uint64_t *counter) {
    __atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

static void put_slot(bj_candle_slot_t *slot, const bj_candle_slot_t *fresh) {
    uint64_t version = slot->version;
    __atomic_store_n(&slot->version, version + 1, __ATOMIC_RELAXED);
    for (size_t i = 1; i < sizeof *slot / sizeof(uint64_t); i++)
        bj_word_store(slot, i, ((const uint64_t *)fresh)[i]);
    __atomic_store_n(&slot->version, version + 2, __ATOMIC_RELEASE);
}

/* The ring before the slot: a reader that follows the slot's last_seq finds the record. */
static void append(bj_candles_t *candles, bj_candle_t *candle, bj_candle_slot_t *fresh) {
    uint64_t seq = candles->header->last_seq + 1, back = seq - fresh->last_seq;
    bool linked = fresh->last_seq && back < candles->header->ring_depth;
    /* One that is overwritten by now is still said to have been: back is then the whole ring. */
    candle->back = linked             ? (uint32_t)back
                   : fresh->last_seq ? (uint32_t)candles->header->ring_depth
                                     : 0;
    if (candle->revision < UINT16_MAX) candle->revision++;
    candle->flags &= (uint16_t)~BJ_CANDLE_OPEN;
    bj_share_put(candles->ring, candles->header->ring_depth, &candles->header->last_seq, seq,
                 candle);
    fresh->last_seq = seq;
}

static void close_slot(bj_candles_t *candles, uint32_t idx) {
    bj_candle_slot_t fresh = candles->slot[idx];
    bj_candle_t candle = bj_candle_of(&fresh, idx);
    append(candles, &candle, &fresh);
    fresh.revision = candle.revision;
    fresh.is_open = 0;
    put_slot(&candles->slot[idx], &fresh);
}

static void enqueue(bj_candles_t *candles, uint32_t idx) {
    if (candles->queued[idx]) return;
    candles->queued[idx] = 1;
    candles->queue[(candles->queue_at + candles->queue_cnt++) & candles->queue_mask] = idx;
}

static void reopen(bj_candles_t *candles, uint32_t idx) {
    bj_candle_slot_t fresh = candles->slot[idx];
    fresh.is_open = 1;
    put_slot(&candles->slot[idx], &fresh);
    enqueue(candles, idx);
}

static void begin(bj_candles_t *candles, uint32_t idx, int64_t start_ns, int32_t price,
                  int32_t qty) {
    bj_candle_slot_t fresh = {.start_ns = start_ns,
                              .open_paise = price,
                              .high_paise = price,
                              .low_paise = price,
                              .close_paise = price,
                              .volume_qty = qty,
                              .value_paise = (int64_t)price * qty,
                              .trade_cnt = 1,
                              .is_open = 1,
                              .last_seq = candles->slot[idx].last_seq};
    put_slot(&candles->slot[idx], &fresh);
    enqueue(candles, idx);
}

/* The instrument's newest record of a minute.  Records that are not late lie in the order of their
 * minutes, so an older one ends the walk.  False: none; *lost if the ring no longer knows. */
static bool find_record(const bj_candles_t *candles, uint32_t idx, int64_t start_ns,
                        bj_candle_t *candle, bool *lost) {
    uint64_t seq = candles->slot[idx].last_seq;
    *lost = false;
    for (int i = 0; seq; i++) {
        if (i == WALK_MAX ||
            !bj_share_get(candles->ring, candles->header->ring_depth, seq, candle)) {
            *lost = true;
            return false;
        }
        if (candle->start_ns == start_ns) return true;
        if (candle->start_ns < start_ns && !(candle->flags & BJ_CANDLE_LATE)) return false;
        seq = candle->back ? seq - candle->back : 0;
    }
    return false;
}

static void append_late(bj_candles_t *candles, bj_candle_t *candle) {
    bj_candle_slot_t fresh = candles->slot[candle->instrument_idx];
    candle->flags |= BJ_CANDLE_LATE;
    append(candles, candle, &fresh);
    put_slot(&candles->slot[candle->instrument_idx], &fresh);
}

static void late(bj_candles_t *candles, uint32_t idx, int64_t start_ns, int32_t price,
                 int32_t qty) {
    bj_candle_t candle;
    bool lost;
    count(&candles->header->counters.late);
    if (!find_record(candles, idx, start_ns, &candle, &lost)) {
        if (lost) {
            count(&candles->header->counters.late_lost);
            return;
        }
        candle = (bj_candle_t){.start_ns = start_ns, .instrument_idx = idx, .open_paise = price,
                               .high_paise = price, .low_paise = price, .close_paise = price};
    }
    if (price > candle.high_paise) candle.high_paise = price;
    if (price < candle.low_paise) candle.low_paise = price;
    candle.volume_qty = bj_candle_add(candle.volume_qty, qty);
    candle.value_paise = bj_candle_add(candle.value_paise, (int64_t)price * qty);
    candle.trade_cnt++;
    append_late(candles, &candle);
}

void bj_candles_turn(bj_candles_t *candles, uint32_t instrument_idx, int64_t exch_ns, int32_t price,
                     int32_t qty) {
    const bj_candle_slot_t *slot = &candles->slot[instrument_idx];
    int64_t start_ns = minute_of(exch_ns);
    if (start_ns < slot->start_ns) {
        late(candles, instrument_idx, start_ns, price, qty);
    } else if (start_ns == slot->start_ns) {
        reopen(candles, instrument_idx);
        bj_candles_trade(candles, instrument_idx, exch_ns, price, qty);
    } else {
        if (slot->is_open) close_slot(candles, instrument_idx);
        begin(candles, instrument_idx, start_ns, price, qty);
    }
}

/* True if such a trade can be among those of the candle; it is taken out then. */
static bool take_out(int64_t *volume_qty, int64_t *value_paise, uint32_t *trade_cnt, int32_t price,
                     int32_t qty) {
    if (*trade_cnt == 0 || *volume_qty - qty < (int64_t)*trade_cnt - 1) return false;
    if (*trade_cnt == 1 && *volume_qty != qty) return false;
    *volume_qty -= qty;
    *value_paise = bj_candle_add(*value_paise, -(int64_t)price * qty);
    --*trade_cnt;
    return true;
}

void bj_candles_cancel(bj_candles_t *candles, uint32_t instrument_idx, int64_t exch_ns,
                       int32_t price, int32_t qty) {
    bj_candle_slot_t fresh = candles->slot[instrument_idx];
    bj_candle_t candle;
    bool lost, done = false;
    int64_t start_ns = minute_of(exch_ns);
    count(&candles->header->counters.cancels);
    if (start_ns == fresh.start_ns) {
        done = take_out(&fresh.volume_qty, &fresh.value_paise, &fresh.trade_cnt, price, qty);
        fresh.is_open |= done;
        put_slot(&candles->slot[instrument_idx], &fresh);
        if (done) enqueue(candles, instrument_idx);
    } else if (start_ns < fresh.start_ns &&
               find_record(candles, instrument_idx, start_ns, &candle, &lost)) {
        done = take_out(&candle.volume_qty, &candle.value_paise, &candle.trade_cnt, price, qty);
        if (done) append_late(candles, &candle);
    }
    if (!done) count(&candles->header->counters.cancels_unmatched);
}

/* One look at the head of the queue: closed and gone from it, or to its end.  How many closed. */
static uint32_t look(bj_candles_t *candles, int64_t close_before_ns) {
    uint32_t idx = candles->queue[candles->queue_at++ & candles->queue_mask];
    candles->queue_cnt--;
    candles->queued[idx] = 0;
    if (candles->slot[idx].start_ns > close_before_ns - (int64_t)BJ_CANDLE_NS) {
        enqueue(candles, idx);
        return 0;
    }
    close_slot(candles, idx);
    return 1;
}

uint32_t bj_candles_step(bj_candles_t *candles, int64_t now_ns) {
    uint32_t closed = 0;
    if (!candles->pass_left) {
        if (BJ_LIKELY(now_ns < candles->next_pass_ns)) return 0;
        candles->next_pass_ns = now_ns + PASS_NS;
        candles->close_before_ns = now_ns - BJ_CANDLE_GRACE_NS;
        candles->pass_left = candles->queue_cnt;
    }
    for (int i = 0; i < STEP_MAX && candles->pass_left; i++, candles->pass_left--)
        closed += look(candles, candles->close_before_ns);
    return closed;
}

void bj_candles_end(bj_candles_t *candles) {
    while (candles->queue_cnt) (void)look(candles, INT64_MAX);
    candles->pass_left = 0;
}
