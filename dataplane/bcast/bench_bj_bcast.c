/* ns per broadcast datagram of one compressed message: two records of market by price, or six
 * indices, decoded and handed on. */
#include "dataplane/base/bj_time.h"
#include "dataplane/bcast/test_bcast_bed.h"

static void on_mbp(void *ctx, const bj_bcast_mbp_t *mbp) { *(int64_t *)ctx += mbp->last_paise; }
static void on_index(void *ctx, const bj_bcast_index_t *i) { *(int64_t *)ctx += i->value_x100; }

static double best_ns(uint16_t code) {
    enum { DATAGRAMS = 20000, ROUNDS = 7 };
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

int main(void) {
    printf("bcast_mbp_datagram_ns %.0f ns\n", best_ns(7208));
    printf("bcast_indices_datagram_ns %.0f ns\n", best_ns(7207));
    return 0;
}
