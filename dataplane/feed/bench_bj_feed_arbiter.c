/* ns per message of arbitration alone: in order, a second copy, and held behind a hole and let out
 * again. */
#include "dataplane/feed/bj_feed_arbiter.h"

#include <stdio.h>
#include <stdlib.h>
#include "dataplane/base/bj_time.h"

enum { STREAMS = 16, MESSAGES = 1 << 20, HELD = 1 << 16 };
static uint64_t applied;

static void on_apply(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    (void)ctx;
    applied += msg->seq ^ stream_idx;
}
static void on_gap(void *ctx, uint32_t stream_idx, uint32_t cnt) {
    (void)ctx, (void)stream_idx, (void)cnt;
}
static void on_reset(void *ctx, uint32_t stream_idx) { (void)ctx, (void)stream_idx; }
static void on_whole(void *ctx, uint32_t stream_idx, bool whole) {
    (void)ctx, (void)stream_idx, (void)whole;
}
static const bj_feed_arbiter_ops_t ops = {
    .apply = on_apply, .gap = on_gap, .reset = on_reset, .whole = on_whole};

static void give(bj_feed_arbiter_t *arbiter, uint32_t source, uint32_t s,
                 const bj_feed_msg_t *msg) {
    bj_feed_head_t *head = &bj_feed_arbiter_heads(arbiter)[s];
    bj_feed_glance_t glance = bj_feed_arbiter_glance(head, source, msg);
    if (glance == BJ_FEED_IN_ORDER) on_apply(NULL, s, msg);
    else if (glance == BJ_FEED_ASK) (void)bj_feed_arbiter_offer(arbiter, source, s, msg, 1);
}

static double best(double a, double b) { return a < b ? a : b; }

int main(void) {
    bj_feed_arbiter_config_t config = {.stream_cnt = STREAMS, .queue_max = HELD, .hole_max = 300000,
                                       .gap_wait_ns = 1000000000, .retry_ns = 1};
    bj_feed_msg_t *msgs = calloc(MESSAGES, sizeof *msgs);
    void *mem = aligned_alloc(64, (bj_feed_arbiter_footprint(&config) + 63) / 64 * 64);
    double order_ns = 1e9, copy_ns = 1e9, held_ns = 1e9;
    for (uint32_t i = 0; i < MESSAGES; i++)
        msgs[i] = (bj_feed_msg_t){.seq = i / STREAMS + 1, .exch_ns = i + 1, .kind = BJ_FEED_NEW};
    for (int round = 0; round < 7; round++) {
        bj_feed_arbiter_t *arbiter = bj_feed_arbiter_new(mem, &config, &ops, NULL);
        for (uint32_t source = 0; source < 2; source++) {
            int64_t from_ns = bj_clock_mono_ns();
            for (uint32_t i = 0; i < MESSAGES; i++) give(arbiter, source, i % STREAMS, &msgs[i]);
            double ns = (double)(bj_clock_mono_ns() - from_ns) / MESSAGES;
            if (source == 0) order_ns = best(order_ns, ns);
            else copy_ns = best(copy_ns, ns);
        }
        arbiter = bj_feed_arbiter_new(mem, &config, &ops, NULL);
        int64_t from_ns = bj_clock_mono_ns();
        for (uint32_t i = STREAMS; i < HELD; i++) give(arbiter, 0, i % STREAMS, &msgs[i]);
        for (uint32_t i = 0; i < STREAMS; i++) give(arbiter, 0, i, &msgs[i]);
        while (bj_feed_arbiter_held_cnt(arbiter)) bj_feed_arbiter_step(arbiter, 1);
        held_ns = best(held_ns, (double)(bj_clock_mono_ns() - from_ns) / HELD);
    }
    printf("mtbt_arbitrate_ns %.1f ns\nmtbt_arbitrate_copy_ns %.1f ns\n", order_ns, copy_ns);
    printf("mtbt_arbitrate_held_ns %.1f ns\n", held_ns);
    free(msgs), free(mem);
    return applied == 0;
}
