#include "dataplane/market/bj_index_priv.h"

#include <stdlib.h>
#include <time.h>
#include "dataplane/base/bj_shm.h"

enum { SPINS_MAX = 128, SLEEPS_MAX = 256 }; /* as bj_market.c */

struct bj_indices_reader {
    const bj_index_header_t *header;
    const bj_index_row_t    *row;
    const bj_share_record_t       *ring;
    size_t mem_bytes;
};

static bool is_whole(const bj_index_header_t *header, size_t mem_bytes) {
    return mem_bytes >= sizeof *header &&
           __atomic_load_n(&header->magic, __ATOMIC_ACQUIRE) == BJ_INDEX_MAGIC &&
           header->layout_version == BJ_INDEX_VERSION &&
           bj_index_bytes(header->index_cnt, header->ring_depth) == mem_bytes;
}

bj_indices_reader_t *bj_indices_open(const char *file) {
    size_t mem_bytes;
    const bj_index_header_t *header = bj_shm_open(file, &mem_bytes);
    if (!header) return NULL;
    bj_indices_reader_t *reader = is_whole(header, mem_bytes) ? malloc(sizeof *reader) : NULL;
    if (!reader) {
        bj_shm_close(header, mem_bytes);
        return NULL;
    }
    *reader = (bj_indices_reader_t){header, bj_index_rows(header), bj_index_ring(header),
                                    mem_bytes};
    return reader;
}

void bj_indices_close(bj_indices_reader_t *reader) {
    if (!reader) return;
    bj_shm_close(reader->header, reader->mem_bytes);
    free(reader);
}

const bj_index_header_t *bj_indices_head(const bj_indices_reader_t *reader) {
    return reader->header;
}

uint32_t bj_indices_find(const bj_indices_reader_t *reader, const char *name) {
    for (uint32_t i = 0; i < reader->header->index_cnt; i++)
        if (!strncmp(reader->row[i].name, name, sizeof reader->row[i].name)) return i;
    return UINT32_MAX;
}

static bool try_read(const bj_index_row_t *shared, bj_index_row_t *row) {
    uint64_t version = __atomic_load_n(&shared->version, __ATOMIC_ACQUIRE);
    if (version & 1) return false;
    for (size_t i = 1; i < sizeof *row / sizeof(uint64_t); i++)
        ((uint64_t *)row)[i] = bj_word_load(shared, i);
    row->version = version;
    return __atomic_load_n(&shared->version, __ATOMIC_RELAXED) == version;
}

bool bj_indices_read(const bj_indices_reader_t *reader, uint32_t index_idx, bj_index_row_t *row) {
    if (index_idx >= reader->header->index_cnt) return false;
    const bj_index_row_t *shared = &reader->row[index_idx];
    for (int i = 0; i < SPINS_MAX + SLEEPS_MAX; i++) {
        if (BJ_LIKELY(try_read(shared, row))) return true;
        if (i < SPINS_MAX) bj_cpu_pause();
        else nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    return false;
}

bool bj_indices_next(const bj_indices_reader_t *reader, uint64_t *next_seq, bj_index_tick_t *tick,
                     uint64_t *missed_cnt) {
    return bj_share_next(reader->ring, reader->header->ring_depth, &reader->header->last_seq,
                         next_seq, tick, missed_cnt);
}
