#include "dataplane/base/bj_hash.h"
#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

uint32_t bj_crc32c(uint32_t crc, const void *data, size_t data_bytes) {
    const uint8_t *p = data;
    crc = ~crc;
#if defined(__SSE4_2__)
    uint64_t wide = crc;
    for (; data_bytes >= 8; data_bytes -= 8, p += 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; data_bytes; data_bytes--) crc = _mm_crc32_u8(crc, *p++);
#else
    for (; data_bytes; data_bytes--) {
        crc ^= *p++;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (UINT32_C(0x82f63b78) & -(crc & 1));
    }
#endif
    return ~crc;
}
