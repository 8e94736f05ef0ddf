/* test_bcast_bed.h - messages of the broadcast written byte by byte, at the offsets that the tables
 * of nse.md section 3 print: not by the structs of bj_wire_bcast.h, which are what is tested. */
#ifndef TEST_BCAST_BED_H
#define TEST_BCAST_BED_H

#include <lzo/lzo1z.h>
#include <stdio.h>
#include <stdlib.h>

#include "dataplane/bcast/bj_bcast_apply.h"

/* 2026-08-03T09:15:00+05:30: 1470215700 s since 1980 there. */
#define BED_EXCH_S 1470215700
#define BED_NS (INT64_C(1785728700) * 1000000000)
enum { BED_ITEM_BYTES = 600, BED_SKIP = 8 };

static inline void bed_put(uint8_t *at, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) at[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}
static inline void bed_put_double(uint8_t *at, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    bed_put(at, bits, 8);
}

static inline void bed_header(uint8_t *message, uint16_t code, uint16_t bytes, uint16_t cnt) {
    bed_put(message + 4, BED_EXCH_S, 4);
    bed_put(message + 10, code, 2);
    bed_put(message + 38, bytes, 2);
    bed_put(message + 40, cnt, 2);
}

/* One record: levels at `at`, each qty of q bytes, price i32, orders i16, flag i16. */
static inline void bed_levels(uint8_t *at, size_t q) {
    for (uint32_t i = 0; i < 10; i++, at += q + 8) {
        uint32_t depth = i % 5;
        bed_put(at, 100 * (depth + 1), q);
        bed_put(at + q, i < 5 ? 152300 - 5 * depth : 152305 + 5 * depth, 4);
        bed_put(at + q + 4, depth + 1, 2);
    }
}

/* 7208, two records: tokens 101 and 102.  Returns its length. */
static inline size_t bed_mbp(uint8_t *message, bj_segment_t segment) {
    bool cm = segment == BJ_SEGMENT_CM;
    size_t n = cm ? 566 : 470, each = cm ? 262 : 214;
    memset(message, 0, n);
    bed_header(message, 7208, (uint16_t)n, 2);
    for (uint32_t r = 0; r < 2; r++) {
        uint8_t *p = message + 42 + r * each, *q = cm ? p + 4 : p; /* past the wider volume */
        bed_put(p, 101 + r, 4);
        bed_put(p + 4, 1, 2);
        bed_put(p + 6, 2, 2);
        bed_put(p + 8, 1234567, cm ? 8 : 4);
        bed_put(q + 12, 152340, 4);
        q[16] = '+';
        bed_put(q + 22, 25, 4);
        bed_put(q + 26, BED_EXCH_S - 3, 4);
        bed_put(q + 30, 151902, 4);
        bed_levels(p + (cm ? 60 : 56), cm ? 8 : 4);
        if (cm) bed_put(p + 224, 777000, 8), bed_put(p + 232, 888000, 8);
        else bed_put_double(p + 180, 777000), bed_put_double(p + 188, 888000);
        p[cm ? 240 : 196] = 0x90;
        uint8_t *end = p + (cm ? 242 : 198);
        bed_put(end, 147770, 4), bed_put(end + 4, 150815, 4);
        bed_put(end + 8, 155385, 4), bed_put(end + 12, 149295, 4);
        if (cm) bed_put(end + 16, 152400, 4);
    }
    return n;
}

/* 7207, six records. */
static inline size_t bed_indices(uint8_t *message, bj_segment_t segment) {
    bool cm = segment == BJ_SEGMENT_CM;
    size_t n = cm ? 474 : 468, each = cm ? 72 : 71, pad = cm ? 1 : 0;
    memset(message, 0, n);
    bed_header(message, 7207, (uint16_t)n, 6);
    for (uint32_t r = 0; r < 6; r++) {
        uint8_t *p = message + 42 + r * each, *q = p + 21 + pad;
        char name[22];
        snprintf(name, sizeof name, "%-21s", r ? "Bharat Bank" : "Bharat 50");
        memcpy(p, name, 21);
        p[10] = r ? (uint8_t)('0' + r) : ' ';
        static const uint32_t values[] = {2448050, 2455010, 2440005, 2441000, 2437000, 45,
                                          2600000, 2100000, 120, 80};
        for (size_t i = 0; i < 10; i++) bed_put(q + 4 * i, values[i] + r, 4);
        bed_put_double(q + 40, 1.5e14);
        q[48] = r % 2 ? '-' : '+';
    }
    return n;
}

static inline size_t bed_message(uint8_t *message, uint16_t code, bj_segment_t segment) {
    return code == 7208 ? bed_mbp(message, segment) : bed_indices(message, segment);
}

/* A datagram being made. */
typedef struct bed_datagram {
    uint8_t data[4096];
    size_t  bytes;
} bed_datagram_t;

static inline void bed_begin(bed_datagram_t *datagram, uint8_t net_id, uint16_t item_cnt) {
    memset(datagram, 0, sizeof *datagram);
    datagram->data[0] = net_id;
    bed_put(datagram->data + 2, item_cnt, 2);
    datagram->bytes = 4;
}

/* The message as an item, compressed or not. */
static inline void bed_item(bed_datagram_t *datagram, const uint8_t *message, size_t bytes,
                            bool compressed) {
    static lzo_align_t work[LZO1Z_999_MEM_COMPRESS / sizeof(lzo_align_t) + 1];
    uint8_t plain[4096 + BED_SKIP] = {0};
    memcpy(plain + BED_SKIP, message, bytes);
    uint8_t *at = datagram->data + datagram->bytes;
    lzo_uint n = 0;
    if (compressed) {
        int lzo = lzo1z_999_compress(plain, bytes + BED_SKIP, at + 2, &n, work);
        assert(lzo == LZO_E_OK);
        (void)lzo;
        bed_put(at, n, 2);
    } else {
        n = bytes + BED_SKIP;
        memcpy(at + 2, plain, n);
        bed_put(at, 0, 2);
    }
    datagram->bytes += 2 + n;
}

static inline uint8_t bed_net(bj_segment_t segment) { return segment == BJ_SEGMENT_CM ? 4 : 2; }

/* What was handed on. */
typedef struct bed_seen {
    size_t mbp_cnt, index_cnt;
    bj_bcast_mbp_t   mbp[64];
    bj_bcast_index_t index[64];
} bed_seen_t;

static inline void bed_on_mbp(void *ctx, const bj_bcast_mbp_t *mbp) {
    bed_seen_t *seen = ctx;
    seen->mbp[seen->mbp_cnt++ % 64] = *mbp;
}
static inline void bed_on_index(void *ctx, const bj_bcast_index_t *index) {
    bed_seen_t *seen = ctx;
    seen->index[seen->index_cnt++ % 64] = *index;
}
static const bj_bcast_ops_t bed_ops = {.mbp = bed_on_mbp, .index = bed_on_index};

#endif /* TEST_BCAST_BED_H */
