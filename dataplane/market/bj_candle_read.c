#include "dataplane/market/bj_candle_priv.h"

#include <stdlib.h>
#include <time.h>
#include "dataplane/base/bj_shm.h"

enum {
    SPINS_MAX = 128,  /* looks at a line before sleeping: the writer is inside for some ns */
    SLEEPS_MAX = 256, /* then of 100 us each: a writer that lost its core comes back sooner */
};

struct bj_candles_reader {
    const bj_candle_header_t *header;
    const bj_candle_slot_t   *slot;
    const bj_share_record_t        *ring;
    size_t mem_bytes;
};

static bool is_whole(const bj_candle_header_t *header, size_t mem_bytes) {
    return mem_bytes >= sizeof *header &&
           __atomic_load_n(&header->magic, __ATOMIC_ACQUIRE) == BJ_CANDLE_MAGIC &&
           header->layout_version == BJ_CANDLE_VERSION &&
           bj_candle_bytes(header->instrument_cnt, header->ring_depth) == mem_bytes;
}

bj_candles_reader_t *bj_candles_open(const char *file) {
    size_t mem_bytes;
    const bj_candle_header_t *header = bj_shm_open(file, &mem_bytes);
    if (!header) return NULL;
    bj_candles_reader_t *reader = is_whole(header, mem_bytes) ? malloc(sizeof *reader) : NULL;
    if (!reader) {
        bj_shm_close(header, mem_bytes);
        return NULL;
    }
    *reader = (bj_candles_reader_t){header, bj_candle_slots(header), bj_candle_ring(header),
                                    mem_bytes};
    return reader;
}

void bj_candles_close(bj_candles_reader_t *reader) {
    if (!reader) return;
    bj_shm_close(reader->header, reader->mem_bytes);
    free(reader);
}

const bj_candle_header_t *bj_candles_head(const bj_candles_reader_t *reader) {
    return reader->header;
}

/* Field by field, each in the width it is stored in. */
static bool try_slot(const bj_candle_slot_t *slot, bj_candle_slot_t *copy) {
#define LOAD(field) copy->field = __atomic_load_n(&slot->field, __ATOMIC_ACQUIRE)
    LOAD(version);
    if (copy->version & 1) return false;
    LOAD(start_ns);
    LOAD(open_paise), LOAD(high_paise), LOAD(low_paise), LOAD(close_paise);
    LOAD(volume_qty), LOAD(value_paise), LOAD(trade_cnt);
    LOAD(revision), LOAD(is_open), LOAD(last_seq);
#undef LOAD
    return __atomic_load_n(&slot->version, __ATOMIC_RELAXED) == copy->version;
}

static bool read_slot(const bj_candle_slot_t *slot, bj_candle_slot_t *copy) {
    for (int i = 0; i < SPINS_MAX; i++) {
        if (BJ_LIKELY(try_slot(slot, copy))) return true;
        bj_cpu_pause();
    }
    for (int i = 0; i < SLEEPS_MAX; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        if (try_slot(slot, copy)) return true;
    }
    return false;
}

bool bj_candles_now(const bj_candles_reader_t *reader, uint32_t instrument_idx,
                    bj_candle_t *candle) {
    bj_candle_slot_t slot;
    if (instrument_idx >= reader->header->instrument_cnt) return false;
    if (!read_slot(&reader->slot[instrument_idx], &slot) || slot.start_ns == 0) return false;
    *candle = bj_candle_of(&slot, instrument_idx);
    return true;
}

/* candles is sorted, newest first, one a minute; who comes first is the newer revision. */
static size_t insert(bj_candle_t *candle, size_t cnt, size_t max, const bj_candle_t *fresh) {
    size_t at = cnt;
    while (at && candle[at - 1].start_ns < fresh->start_ns) at--;
    if (at == max || (at && candle[at - 1].start_ns == fresh->start_ns)) return cnt;
    if (cnt == max) cnt--;
    memmove(&candle[at + 1], &candle[at], (cnt - at) * sizeof *candle);
    candle[at] = *fresh;
    return cnt + 1;
}

static void turn_round(bj_candle_t *candle, size_t cnt) {
    for (size_t i = 0; i < cnt / 2; i++) {
        bj_candle_t swap = candle[i];
        candle[i] = candle[cnt - 1 - i];
        candle[cnt - 1 - i] = swap;
    }
}

size_t bj_candles_history(const bj_candles_reader_t *reader, uint32_t instrument_idx,
                          bj_candle_t *candle, size_t candle_max, bool *cut) {
    bj_candle_slot_t slot;
    bj_candle_t fresh;
    *cut = false;
    if (instrument_idx >= reader->header->instrument_cnt || !candle_max) return 0;
    if (!read_slot(&reader->slot[instrument_idx], &slot) || slot.start_ns == 0) return 0;
    fresh = bj_candle_of(&slot, instrument_idx);
    size_t cnt = insert(candle, 0, candle_max, &fresh);
    for (uint64_t seq = slot.last_seq; seq; seq = fresh.back ? seq - fresh.back : 0) {
        if (!bj_share_get(reader->ring, reader->header->ring_depth, seq, &fresh)) {
            *cut = true;
            break;
        }
        bool older = fresh.start_ns < candle[cnt - 1].start_ns;
        if (cnt == candle_max && older && !(fresh.flags & BJ_CANDLE_LATE)) break;
        cnt = insert(candle, cnt, candle_max, &fresh);
        if (fresh.back > seq) break;
    }
    turn_round(candle, cnt);
    return cnt;
}

bool bj_candles_next(const bj_candles_reader_t *reader, uint64_t *next_seq, bj_candle_t *candle,
                     uint64_t *missed_cnt) {
    return bj_share_next(reader->ring, reader->header->ring_depth, &reader->header->last_seq,
                         next_seq, candle, missed_cnt);
}
