/* ns per broadcast datagram of one compressed message: two records of market by price, or six
 * indices, decoded and handed on; and of its decompression alone, ours and the library's. */
#include "dataplane/base/bj_time.h"
#include "dataplane/bcast/bj_lzo1z.h"
#include "dataplane/bcast/test_bcast_bed.h"

enum { DATAGRAMS = 20000, ROUNDS = 7 };

static void on_mbp(void *ctx, const bj_bcast_mbp_t *mbp) { *(int64_t *)ctx += mbp->last_paise; }
static void on_index(void *ctx, const bj_bcast_index_t *i) { *(int64_t *)ctx += i->value_x100; }

static double best_ns(uint16_t code) {
    static const bj_bcast_ops_t ops = {.mbp = on_mbp, .index = on_index};
    uint8_t message[BED_ITEM_BYTES];
    bed_datagram_t datagram;
    bj_bcast_t bcast = {0};
    int64_t sum = 0, best = INT64_MAX;
    bed_begin(&datagram, 4, 1);
    bed_item(&datagram, message, bed_message(message, code, BJ_SEGMENT_CM), true);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t from_ns = bj_clock_mono_ns();
        for (int i = 0; i < DATAGRAMS; i++) {
            if (bj_bcast_datagram(&bcast, datagram.data, datagram.bytes, &ops, &sum)) abort();
        }
        int64_t ns = bj_clock_mono_ns() - from_ns;
        if (ns < best) best = ns;
    }
    return sum ? (double)best / DATAGRAMS : 0;
}

/* --- decompression alone */
static bool unpack_ours(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t *out_bytes) {
    return bj_lzo1z_decompress(in, in_bytes, out, out_bytes) == BJ_OK;
}
static bool unpack_theirs(const uint8_t *in, size_t in_bytes, uint8_t *out, size_t *out_bytes) {
    return lzo1z_decompress_safe(in, in_bytes, out, out_bytes, NULL) == LZO_E_OK;
}

static double unpack_ns(uint16_t code, bool unpack(const uint8_t *, size_t, uint8_t *, size_t *)) {
    enum { ITEM_AT = 6 }; /* behind the packet's head and the item's length */
    uint8_t message[BED_ITEM_BYTES], out[BED_ITEM_BYTES + BED_SKIP];
    bed_datagram_t datagram;
    int64_t best = INT64_MAX;
    bed_begin(&datagram, 4, 1);
    bed_item(&datagram, message, bed_message(message, code, BJ_SEGMENT_CM), true);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t from_ns = bj_clock_mono_ns();
        for (int i = 0; i < DATAGRAMS; i++) {
            size_t bytes = sizeof out;
            if (!unpack(datagram.data + ITEM_AT, datagram.bytes - ITEM_AT, out, &bytes)) abort();
        }
        int64_t ns = bj_clock_mono_ns() - from_ns;
        if (ns < best) best = ns;
    }
    return (double)best / DATAGRAMS;
}

int main(void) {
    printf("bcast_mbp_unpack_ns %.0f ns\n", unpack_ns(7208, unpack_ours));
    printf("bcast_mbp_unpack_liblzo2_ns %.0f ns\n", unpack_ns(7208, unpack_theirs));
    printf("bcast_indices_unpack_ns %.0f ns\n", unpack_ns(7207, unpack_ours));
    printf("bcast_indices_unpack_liblzo2_ns %.0f ns\n", unpack_ns(7207, unpack_theirs));
    printf("bcast_mbp_datagram_ns %.0f ns\n", best_ns(7208));
    printf("bcast_indices_datagram_ns %.0f ns\n", best_ns(7207));
    return 0;
}
