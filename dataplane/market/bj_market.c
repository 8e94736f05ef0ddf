#include "dataplane/market/bj_market_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include "dataplane/base/bj_shm.h"

/* Shared memory is touched in 8-byte words: stores release, loads acquire, plain moves on x86.
 * That is a seqlock without fences: whoever has seen a new word also sees that the version had gone
 * odd. */
typedef uint64_t word_t;
enum {
    ROW_WORDS = sizeof(bj_market_row_t) / sizeof(word_t),
    TICK_WORDS = sizeof(bj_market_tick_t) / sizeof(word_t),
    INSTRUMENT_MAX = 1 << 17,
    SPINS_MAX = 128,  /* looks at a row before sleeping: the writer is inside for well under 1 us */
    SLEEPS_MAX = 256, /* then of 100 us each: a writer that lost its core comes back sooner */
};
#define RING_DEPTH_MAX (UINT64_C(1) << 24)
static_assert(offsetof(bj_market_row_t, token) == 4, "word 0 is version and token: never copied");
static_assert(offsetof(bj_market_tick_t, seq) == 0, "word 0 of a tick is its seq");

static word_t load_word(const void *base, size_t idx) {
    return __atomic_load_n((const word_t *)base + idx, __ATOMIC_ACQUIRE);
}
static void store_word(void *base, size_t idx, word_t value) {
    __atomic_store_n((word_t *)base + idx, value, __ATOMIC_RELEASE);
}

/* Header, rows, ticks, directory: two hash tables of index + 1, by token and by symbol; 0 is
 * empty. */
static uint32_t slot_cnt_of(uint64_t instrument_cnt) {
    uint32_t cnt = 4;
    while (cnt < 2 * instrument_cnt) cnt *= 2;
    return cnt;
}
static size_t file_bytes(uint64_t instrument_cnt, uint64_t ring_depth) {
    bool ok = instrument_cnt >= 1 && instrument_cnt <= INSTRUMENT_MAX && ring_depth >= 1 &&
              ring_depth <= RING_DEPTH_MAX && (ring_depth & (ring_depth - 1)) == 0;
    return ok ? sizeof(bj_market_header_t) + instrument_cnt * sizeof(bj_market_row_t) +
                    ring_depth * sizeof(bj_market_tick_t) +
                    2 * sizeof(uint32_t) * slot_cnt_of(instrument_cnt)
              : 0;
}
static bj_market_row_t *rows_of(const bj_market_header_t *header) {
    return (bj_market_row_t *)(uintptr_t)(header + 1);
}
static bj_market_tick_t *ticks_of(const bj_market_header_t *header) {
    return (bj_market_tick_t *)(rows_of(header) + header->instrument_cnt);
}
static uint32_t *token_slots_of(const bj_market_header_t *header) {
    return (uint32_t *)(ticks_of(header) + header->ring_depth);
}
static uint32_t *symbol_slots_of(const bj_market_header_t *header) {
    return token_slots_of(header) + slot_cnt_of(header->instrument_cnt);
}

/* --- the directory */
typedef struct name {
    uint32_t    token;
    uint8_t     segment, spread;
    const char *symbol; /* NULL: by token */
} name_t;

static bool is_named(const bj_market_row_t *row, const name_t *name) {
    if (name->symbol) return !strncmp(row->symbol, name->symbol, sizeof row->symbol);
    return row->token == name->token && row->segment == name->segment &&
           row->spread == name->spread;
}

static uint32_t hash_of(const name_t *name) {
    uint32_t hash = name->token ^ (uint32_t)name->segment << 28 ^ (uint32_t)name->spread << 27;
    for (const char *c = name->symbol; c && *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619;
    hash *= UINT32_C(0x9e3779b1);
    return hash ^ hash >> 15;
}

/* The slot that holds the name, or the free one where it would be put.  Half of them are free; the
 * bounds stand against a file that was tampered with. */
static uint32_t slot_of(const bj_market_header_t *header, const uint32_t *slots,
                        const name_t *name) {
    const uint32_t mask = slot_cnt_of(header->instrument_cnt) - 1;
    uint32_t i = hash_of(name) & mask;
    for (uint32_t n = 0; n < mask && slots[i]; n++, i = (i + 1) & mask) {
        if (slots[i] > header->instrument_cnt) break;
        if (is_named(&rows_of(header)[slots[i] - 1], name)) break;
    }
    return i;
}

static uint32_t find(const bj_market_header_t *header, const uint32_t *slots, const name_t *name) {
    uint32_t at = slots[slot_of(header, slots, name)];
    bool found = at && at <= header->instrument_cnt && is_named(&rows_of(header)[at - 1], name);
    return found ? at - 1 : UINT32_MAX;
}

static void enter(const bj_market_header_t *header, uint32_t *slots, const name_t *name,
                  uint32_t idx) {
    uint32_t *slot = &slots[slot_of(header, slots, name)];
    if (!*slot) *slot = idx + 1; /* of two with one name the first stays */
}

static void fill_directory(const bj_market_header_t *header) {
    for (uint32_t i = 0; i < header->instrument_cnt; i++) {
        const bj_market_row_t *row = &rows_of(header)[i];
        enter(header, token_slots_of(header),
              &(name_t){.token = row->token, .segment = row->segment, .spread = row->spread}, i);
        enter(header, symbol_slots_of(header), &(name_t){.symbol = row->symbol}, i);
    }
}

/* --- the writer */
struct bj_market {
    bj_market_header_t *header;
    bj_market_row_t    *row;  /* shared */
    bj_market_row_t    *draft; /* the writer's own rows: what begin hands out */
    bj_market_ring_t    ring;  /* shared */
};

static void fill_row(bj_market_row_t *row, const bj_market_instrument_t *instrument) {
    uint8_t segment = instrument->segment ? instrument->segment : BJ_SEGMENT_CM;
    *row = (bj_market_row_t){.token = instrument->token,
                             .segment = segment,
                             .spread = instrument->spread,
                             .leg_token = {instrument->leg_token[0], instrument->leg_token[1]},
                             .units_per_rupee = segment == BJ_SEGMENT_CD ? 10000000 : 100,
                             .tick_paise = instrument->tick_paise,
                             .lot_qty = instrument->lot_qty,
                             .prev_close_paise = instrument->prev_close_paise,
                             .band_lo_paise = instrument->band_lo_paise,
                             .band_hi_paise = instrument->band_hi_paise};
    memcpy(row->symbol, instrument->symbol, sizeof row->symbol);
    row->symbol[sizeof row->symbol - 1] = '\0';
}

/* On large pages, if the system has any for us: the writer goes everywhere in it. */
static bj_market_row_t *draft_new(uint32_t instrument_cnt) {
    enum { LARGE_BYTES = 1 << 21 };
    size_t bytes = instrument_cnt * sizeof(bj_market_row_t), align = BJ_LINE_BYTES;
    if (bytes >= LARGE_BYTES) {
        bytes = (bytes + LARGE_BYTES - 1) / LARGE_BYTES * LARGE_BYTES;
        align = LARGE_BYTES;
    }
    bj_market_row_t *draft = aligned_alloc(align, bytes);
    if (draft && align == LARGE_BYTES) (void)madvise(draft, bytes, MADV_HUGEPAGE);
    return draft;
}

static bool map_new(bj_market_t *market, const char *file, uint32_t instrument_cnt,
                    uint64_t ring_depth, int64_t now_ns) {
    market->draft = draft_new(instrument_cnt);
    if (!market->draft) return false;
    market->header = bj_shm_create(file, file_bytes(instrument_cnt, ring_depth));
    if (!market->header) return false;
    market->header->layout_version = BJ_MARKET_VERSION;
    market->header->instrument_cnt = instrument_cnt;
    market->header->ring_depth = ring_depth;
    market->header->start_ns = now_ns;
    atomic_init(&market->header->heartbeat_ns, now_ns);
    market->row = rows_of(market->header);
    market->ring = (bj_market_ring_t){ticks_of(market->header), ring_depth - 1, 0};
    return true;
}

bj_market_t *bj_market_create(const char *file, const bj_market_instrument_t *instruments,
                              uint32_t instrument_cnt, uint64_t ring_depth, int64_t now_ns) {
    if (!file_bytes(instrument_cnt, ring_depth)) {
        errno = EINVAL;
        return NULL;
    }
    bj_market_t *market = calloc(1, sizeof *market);
    if (!market) return NULL;
    if (!map_new(market, file, instrument_cnt, ring_depth, now_ns)) {
        bj_market_destroy(market);
        return NULL;
    }
    for (uint32_t i = 0; i < instrument_cnt; i++) {
        fill_row(&market->draft[i], &instruments[i]);
        memcpy(&market->row[i], &market->draft[i], sizeof market->row[i]);
    }
    fill_directory(market->header);
    /* The magic is what a reader looks for: it comes when all the rest is there. */
    __atomic_store_n(&market->header->magic, BJ_MARKET_MAGIC, __ATOMIC_RELEASE);
    return market;
}

void bj_market_destroy(bj_market_t *market) {
    if (!market) return;
    if (market->header) {
        bj_shm_close(market->header,
                     file_bytes(market->header->instrument_cnt, market->header->ring_depth));
    }
    free(market->draft);
    free(market);
}

bj_market_row_t *bj_market_begin(bj_market_t *market, uint32_t instrument_idx) {
    assert(instrument_idx < market->header->instrument_cnt);
    return &market->draft[instrument_idx];
}

/* Only words that changed are stored: readers keep the other lines in their caches. */
void bj_market_end(bj_market_t *market, uint32_t instrument_idx) {
    bj_market_row_t *row = &market->row[instrument_idx];
    const word_t *draft = (const word_t *)&market->draft[instrument_idx];
    const word_t *shared = (const word_t *)row;
    uint32_t version = atomic_load_explicit(&row->version, memory_order_relaxed);
    atomic_store_explicit(&row->version, version + 1, memory_order_relaxed);
    for (size_t i = 1; i < ROW_WORDS; i++) {
        if (shared[i] != draft[i]) store_word(row, i, draft[i]);
    }
    atomic_store_explicit(&row->version, version + 2, memory_order_release);
}

bj_market_row_t *bj_market_shared(const bj_market_t *market) { return market->row; }

bj_market_ring_t *bj_market_ring(bj_market_t *market) { return &market->ring; }

void bj_market_ring_publish(bj_market_t *market) {
    atomic_store_explicit(&market->header->tick_seq, market->ring.seq, memory_order_release);
}

void bj_market_tick(bj_market_t *market, const bj_market_tick_t *tick) {
    const bj_market_top_t top = {{tick->bid_paise, tick->ask_paise},
                                 {tick->bid_qty, tick->ask_qty}};
    bj_market_ring_put(&market->ring, tick->exch_ns, tick->instrument_idx,
                       tick->kind | (uint32_t)tick->flags << 16,
                       bj_market_two((uint32_t)tick->price_paise, (uint32_t)tick->qty), &top);
    bj_market_ring_publish(market);
}

void bj_market_beat(bj_market_t *market, int64_t now_ns, int64_t feed_ns,
                    const bj_feed_counters_t *counters) {
    bj_market_header_t *header = market->header;
    for (size_t i = 0; i < sizeof *counters / sizeof(word_t); i++) {
        store_word(&header->counters, i, ((const word_t *)counters)[i]);
    }
    atomic_store_explicit(&header->feed_ns, feed_ns, memory_order_relaxed);
    atomic_store_explicit(&header->heartbeat_ns, now_ns, memory_order_release);
}

/* --- a reader */
struct bj_market_reader {
    const bj_market_header_t *header;
    const bj_market_row_t    *row;
    const bj_market_tick_t   *tick;
    size_t mem_bytes;
    char   file[];
};

static bool is_whole(const bj_market_header_t *header, size_t mem_bytes) {
    return mem_bytes >= sizeof *header &&
           __atomic_load_n(&header->magic, __ATOMIC_ACQUIRE) == BJ_MARKET_MAGIC &&
           header->layout_version == BJ_MARKET_VERSION &&
           file_bytes(header->instrument_cnt, header->ring_depth) == mem_bytes;
}

bj_market_reader_t *bj_market_open(const char *file) {
    size_t mem_bytes, name_bytes = strlen(file) + 1;
    const bj_market_header_t *header = bj_shm_open(file, &mem_bytes);
    if (!header) return NULL;
    bj_market_reader_t *reader =
        is_whole(header, mem_bytes) ? malloc(sizeof *reader + name_bytes) : NULL;
    if (!reader) {
        bj_shm_close(header, mem_bytes);
        return NULL;
    }
    *reader = (bj_market_reader_t){header, rows_of(header), ticks_of(header), mem_bytes};
    memcpy(reader->file, file, name_bytes);
    return reader;
}

void bj_market_close(bj_market_reader_t *reader) {
    if (!reader) return;
    bj_shm_close(reader->header, reader->mem_bytes);
    free(reader);
}

const bj_market_header_t *bj_market_head(const bj_market_reader_t *reader) {
    return reader->header;
}

/* Asks the file, not the mapping: the old one stays as the writer left it. */
bool bj_market_replaced(const bj_market_reader_t *reader) {
    bj_market_header_t header;
    int fd = open(reader->file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool got = pread(fd, &header, sizeof header, 0) == (ssize_t)sizeof header;
    close(fd);
    return got && header.magic == BJ_MARKET_MAGIC && header.start_ns != reader->header->start_ns;
}

static bool try_read(const bj_market_row_t *shared, bj_market_row_t *row) {
    uint32_t version = __atomic_load_n((const uint32_t *)&shared->version, __ATOMIC_ACQUIRE);
    if (version & 1) return false;
    for (size_t i = 1; i < ROW_WORDS; i++) ((word_t *)row)[i] = load_word(shared, i);
    row->token = shared->token;
    atomic_init(&row->version, version);
    return __atomic_load_n((const uint32_t *)&shared->version, __ATOMIC_RELAXED) == version;
}

bool bj_market_read(const bj_market_reader_t *reader, uint32_t instrument_idx,
                    bj_market_row_t *row) {
    if (instrument_idx >= reader->header->instrument_cnt) return false;
    const bj_market_row_t *shared = &reader->row[instrument_idx];
    for (int i = 0; i < SPINS_MAX; i++) {
        if (BJ_LIKELY(try_read(shared, row))) return true;
        bj_cpu_pause();
    }
    for (int i = 0; i < SLEEPS_MAX; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        if (try_read(shared, row)) return true;
    }
    return false;
}

uint32_t bj_market_find_symbol(const bj_market_reader_t *reader, const char *symbol) {
    return find(reader->header, symbol_slots_of(reader->header), &(name_t){.symbol = symbol});
}

uint32_t bj_market_find_in(const bj_market_reader_t *reader, bj_segment_t segment, uint32_t token,
                           bool spread) {
    return find(reader->header, token_slots_of(reader->header),
                &(name_t){.token = token, .segment = (uint8_t)segment, .spread = spread});
}

uint32_t bj_market_find_token(const bj_market_reader_t *reader, uint32_t token) {
    return bj_market_find_in(reader, BJ_SEGMENT_CM, token, false);
}

static bool try_tick(const bj_market_tick_t *slot, uint64_t seq, bj_market_tick_t *tick) {
    if (load_word(slot, 0) != seq) return false;
    for (size_t i = 1; i < TICK_WORDS; i++) ((word_t *)tick)[i] = load_word(slot, i);
    atomic_init(&tick->seq, seq);
    return __atomic_load_n((const word_t *)slot, __ATOMIC_RELAXED) == seq;
}

bool bj_market_next(const bj_market_reader_t *reader, uint64_t *next_seq, bj_market_tick_t *tick,
                    uint64_t *missed_cnt) {
    const uint64_t depth = reader->header->ring_depth;
    *missed_cnt = 0;
    uint64_t last = __atomic_load_n((const uint64_t *)&reader->header->tick_seq, __ATOMIC_ACQUIRE);
    if (*next_seq == 0) *next_seq = last + 1;
    for (uint64_t seq = *next_seq; seq <= last;) {
        if (last - seq >= depth) seq = last - depth + 1;
        if (try_tick(&reader->tick[seq & (depth - 1)], seq, tick)) {
            *missed_cnt = seq - *next_seq;
            *next_seq = seq + 1;
            return true;
        }
        /* Overwritten under our eyes: the writer has gone at least one further. */
        seq++;
        last = __atomic_load_n((const uint64_t *)&reader->header->tick_seq, __ATOMIC_ACQUIRE);
    }
    return false;
}
