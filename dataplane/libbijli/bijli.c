#include "dataplane/libbijli/bijli_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include "dataplane/base/bj_time.h"

#define QUIET_NS (300 * BJ_NS_PER_MS) /* the writer beats every 100 ms */
#define DEAD_NS  (1 * BJ_NS_PER_S)
#define SILENT_NS (5 * BJ_NS_PER_S)
#define LOOK_NS  (100 * BJ_NS_PER_MS)

/* Coarse clocks: some ns to read and 4 ms off at most, which none of the above minds. */
static int64_t clock_ns(clockid_t clock) {
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * BJ_NS_PER_S + ts.tv_nsec;
}

uint32_t bijli_version(void) { return BIJLI_VERSION; }

const char *bijli_result_text(int result) {
    switch (result) {
    case BIJLI_OK: return "done";
    case BIJLI_NONE: return "nothing new";
    case BIJLI_STALE: return "stale: do not trade on it";
    case BIJLI_REOPENED: return "the writer began again: find your instruments again";
    case BIJLI_ERR_ABSENT: return "no market data there";
    case BIJLI_ERR_LAYOUT: return "market data of another version than this library";
    case BIJLI_ERR_ARG: return "an argument is NULL, too small or out of range";
    case BIJLI_ERR_NOT_FOUND: return "no such symbol, token or index";
    case BIJLI_ERR_TORN: return "the writer died inside it";
    case BIJLI_ERR_MEMORY: return "no memory";
    default: return "not a result of this library";
    }
}

bool bijli_give(void *out, uint32_t out_bytes, const void *is, size_t is_bytes) {
    if (out_bytes < STRUCT_BYTES_MIN) return false;
    if (is != out) memcpy(out, is, out_bytes < is_bytes ? out_bytes : is_bytes);
    if (out_bytes > is_bytes) memset((uint8_t *)out + is_bytes, 0, out_bytes - is_bytes);
    *(uint32_t *)out = out_bytes;
    return true;
}

/* --- open and open again */
static int why_not(const char *file) {
    struct { uint64_t magic; uint32_t version; } head = {0};
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return BIJLI_ERR_ABSENT;
    ssize_t got = pread(fd, &head, sizeof head, 0);
    close(fd);
    bool ours = got == (ssize_t)sizeof head && head.magic == BJ_MARKET_MAGIC;
    return ours && head.version != BJ_MARKET_VERSION ? BIJLI_ERR_LAYOUT : BIJLI_ERR_ABSENT;
}

static bool path_of(char *path, const char *dir, const char *name) {
    int n = snprintf(path, BIJLI_PATH_BYTES, "%s/%s", dir, name);
    return n > 0 && n < BIJLI_PATH_BYTES;
}

static uint64_t last_tick(const bijli_t *b) {
    return atomic_load_explicit(&bj_market_head(b->market)->tick_seq, memory_order_acquire);
}
static uint64_t last_candle(const bj_candles_reader_t *candles) {
    return __atomic_load_n(&bj_candles_head(candles)->last_seq, __ATOMIC_ACQUIRE);
}

int bijli_open(const char *run_dir, bijli_t **out) {
    if (!out) return BIJLI_ERR_ARG;
    *out = NULL;
    if (!run_dir) return BIJLI_ERR_ARG;
    bijli_t *b = calloc(1, sizeof *b);
    if (!b) return BIJLI_ERR_MEMORY;
    int result = BIJLI_ERR_ARG;
    if (path_of(b->market_file, run_dir, "market.shm") &&
        path_of(b->candles_file, run_dir, "candles.shm") &&
        path_of(b->indices_file, run_dir, "indices.shm")) {
        b->market = bj_market_open(b->market_file);
        result = b->market ? BIJLI_OK : why_not(b->market_file);
    }
    if (result != BIJLI_OK) {
        free(b);
        return result;
    }
    b->tick.next_seq = last_tick(b) + 1;
    b->candle.next_seq = bijli_candles_of(b) ? last_candle(b->candles) + 1 : 1;
    (void)bijli_indices_of(b);
    *out = b;
    return BIJLI_OK;
}

void bijli_close(bijli_t *b) {
    if (!b) return;
    bj_market_close(b->market);
    bj_candles_close(b->candles);
    bj_indices_close(b->indices);
    free(b->day);
    free(b);
}

/* A new ring begins at 1; what was not read of the old one is missed. */
static void turn_over(bijli_place_t *place, uint64_t last_seq) {
    if (last_seq >= place->next_seq) place->carried += last_seq + 1 - place->next_seq;
    place->next_seq = 1;
}

static void drop_candles(bijli_t *b) {
    if (!b->candles) return;
    turn_over(&b->candle, last_candle(b->candles));
    bj_candles_close(b->candles);
    b->candles = NULL;
}

static bool is_quiet(const bijli_t *b) {
    const bj_market_header_t *head = bj_market_head(b->market);
    int64_t beat_ns = atomic_load_explicit(&head->heartbeat_ns, memory_order_acquire);
    return clock_ns(CLOCK_REALTIME_COARSE) - beat_ns > QUIET_NS;
}

int bijli_tend(bijli_t *b) {
    if (BJ_LIKELY(!is_quiet(b))) return BIJLI_OK;
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
    if (now_ns - b->looked_ns < LOOK_NS) return BIJLI_OK;
    b->looked_ns = now_ns;
    if (!bj_market_replaced(b->market)) return BIJLI_OK;
    bj_market_reader_t *fresh = bj_market_open(b->market_file);
    if (!fresh) return BIJLI_OK; /* not yet whole, or not ours: stale until it is */
    turn_over(&b->tick, last_tick(b));
    bj_market_close(b->market);
    b->market = fresh;
    drop_candles(b);
    bj_indices_close(b->indices);
    b->indices = NULL;
    b->looked_parts_ns = 0;
    b->reopened++;
    return BIJLI_REOPENED;
}

/* The parts are made beside the market file, a little after it: they must be of the same start. */
static void look_for_parts(bijli_t *b) {
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC_COARSE);
    if (b->looked_parts_ns && now_ns - b->looked_parts_ns < LOOK_NS) return;
    b->looked_parts_ns = now_ns;
    int64_t start_ns = bj_market_head(b->market)->start_ns;
    if (!b->candles) {
        b->candles = bj_candles_open(b->candles_file);
        if (b->candles && bj_candles_head(b->candles)->start_ns != start_ns) {
            bj_candles_close(b->candles);
            b->candles = NULL;
        }
    }
    if (!b->indices) {
        b->indices = bj_indices_open(b->indices_file);
        if (b->indices && bj_indices_head(b->indices)->start_ns != start_ns) {
            bj_indices_close(b->indices);
            b->indices = NULL;
        }
    }
}

bj_candles_reader_t *bijli_candles_of(bijli_t *b) {
    if (!b->candles) look_for_parts(b);
    return b->candles;
}
bj_indices_reader_t *bijli_indices_of(bijli_t *b) {
    if (!b->indices) look_for_parts(b);
    return b->indices;
}

/* --- how it stands */
uint32_t bijli_stale(const bijli_t *b) {
    const bj_market_header_t *head = bj_market_head(b->market);
    int64_t now_ns = clock_ns(CLOCK_REALTIME_COARSE);
    int64_t beat_ns = atomic_load_explicit(&head->heartbeat_ns, memory_order_acquire);
    int64_t feed_ns = atomic_load_explicit(&head->feed_ns, memory_order_relaxed);
    return (now_ns - beat_ns > DEAD_NS ? BIJLI_STALE_WRITER : 0u) |
           (now_ns - feed_ns > SILENT_NS ? BIJLI_STALE_FEED : 0u);
}

int bijli_status(bijli_t *b, bijli_status_t *status) {
    if (!b || !status) return BIJLI_ERR_ARG;
    if (bijli_tend(b) == BIJLI_REOPENED) return BIJLI_REOPENED;
    const bj_market_header_t *head = bj_market_head(b->market);
    const bj_indices_reader_t *indices = bijli_indices_of(b);
    bijli_status_t spare;
    const uint32_t bytes = status->struct_bytes;
    bijli_status_t *now = BIJLI_ROOM(status, spare);
    *now = (bijli_status_t){
        .stale = bijli_stale(b),
        .start_ns = head->start_ns,
        .heartbeat_ns = atomic_load_explicit(&head->heartbeat_ns, memory_order_acquire),
        .feed_ns = atomic_load_explicit(&head->feed_ns, memory_order_relaxed),
        .instruments = head->instrument_cnt,
        .indices = indices ? bj_indices_head(indices)->index_cnt : 0,
        .last_tick = last_tick(b),
        .ticks_missed = b->tick.missed + b->tick.carried,
        .candles_missed = b->candle.missed + b->candle.carried,
        .reopened = b->reopened};
    const uint32_t stale = now->stale;
    if (!bijli_give(status, bytes, now, sizeof *now)) return BIJLI_ERR_ARG;
    return stale ? BIJLI_STALE : BIJLI_OK;
}

static uint64_t oldest(uint64_t last_seq, uint64_t depth) {
    return last_seq >= depth ? last_seq - depth + 1 : 1;
}

int bijli_rewind(bijli_t *b) {
    if (!b) return BIJLI_ERR_ARG;
    b->tick.next_seq = oldest(last_tick(b), bj_market_head(b->market)->ring_depth);
    b->candle.next_seq = 1;
    if (bijli_candles_of(b)) {
        b->candle.next_seq =
            oldest(last_candle(b->candles), bj_candles_head(b->candles)->ring_depth);
    }
    b->tick.carried = b->candle.carried = 0;
    return BIJLI_OK;
}
