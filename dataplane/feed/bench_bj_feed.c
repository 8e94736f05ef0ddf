/* ns per message: one order or trade a datagram, as the exchange sends it, through decode,
 * arbitration and book, with a step (rows and ticks out) every 32 datagrams; and the second
 * copy. */
#include "dataplane/feed/bj_feed.h"

#include "dataplane/feed/test_feed_bed.h"

enum { MESSAGES = 1 << 18, BURST = 32, LIVE = 4096 };

typedef struct wire { uint8_t bytes[45]; uint8_t len; } wire_t;

/* Adds, then in turn: an add, a modify, a cancel or a trade of an old one; prices near 1000
 * rupees. */
static void make(wire_t *wire) {
    uint64_t rng = 7;
    uint32_t seq[BED_STREAMS] = {0};
    for (uint32_t i = 0; i < MESSAGES; i++) {
        rng = rng * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        uint32_t r = (uint32_t)(rng >> 33), idx = i % BED_INSTRUMENTS;
        uint8_t side = i & 4 ? 'B' : 'S';
        int32_t price = 100000 + (side == 'B' ? -10 : 10) * (int32_t)(1 + r % 30);
        uint32_t of = ++seq[bed_tokens[idx].stream_idx];
        bool old = i >= LIVE && i % 2;
        uint64_t id = old ? i - LIVE + 1 : i + 1;
        uint8_t type = !old ? 'N' : (r >> 8) % 4 ? 'X' : 'M';
        bj_mtbt_order_t order =
            bed_order(type, of, BED_NOW_NS + i, idx, id, side, price, (int32_t)(1 + r % 500));
        memcpy(wire[i].bytes, &order, wire[i].len = sizeof order);
    }
}

int main(void) {
    wire_t *wire = malloc(MESSAGES * sizeof *wire);
    bed_t bed;
    make(wire);
    double best_ns = 1e9, copy_ns = 1e9;
    uint64_t messages = 0;
    for (int round = 0; round < 5; round++) {
        bed_open(&bed, 1 << 18);
        for (uint32_t source = 0; source < 2; source++) {
            int64_t from_ns = bj_clock_mono_ns();
            for (uint32_t i = 0; i < MESSAGES; i++) {
                bed_datagram(&bed, source, wire[i].bytes, wire[i].len, BED_NOW_NS + i);
                if (i % BURST == BURST - 1) bj_feed_step(bed.feed, BED_NOW_NS + i);
            }
            double ns = (double)(bj_clock_mono_ns() - from_ns) / MESSAGES;
            if (source == 0 && ns < best_ns) best_ns = ns;
            if (source == 1 && ns < copy_ns) copy_ns = ns;
        }
        messages = bj_feed_counters(bed.feed)->messages;
        bed_close(&bed);
    }
    printf("mtbt_message_ns %.1f ns\nmtbt_second_copy_ns %.1f ns\n", best_ns, copy_ns);
    free(wire);
    return messages != MESSAGES;
}
