#ifndef BJ_HASH_H
#define BJ_HASH_H

/* bj_hash - FNV-1a 64 for state and digests, CRC32C (Castagnoli) for what lies on a disk. */
#include "dataplane/base/bj_base.h"

#define BJ_FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define BJ_FNV_PRIME UINT64_C(0x100000001b3)

static inline uint64_t bj_fnv1a(uint64_t hash, const void *data, size_t data_bytes) {
    const uint8_t *p = (const uint8_t *)data;
    for (size_t i = 0; i < data_bytes; i++) hash = (hash ^ p[i]) * BJ_FNV_PRIME;
    return hash;
}

/* bj_crc32c continues crc over data; start with 0.  Hardware instruction where there is one. */
uint32_t bj_crc32c(uint32_t crc, const void *data, size_t data_bytes);

#endif /* BJ_HASH_H */
