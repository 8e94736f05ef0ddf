/* Any messages, answers and waits, on two streams with a small queue: each message comes out once
 * and in order, what is missing is told, what is asked for is what is missing, and part and whole
 * take turns. */
#include "dataplane/feed/bj_feed_arbiter.h"

#include <stdlib.h>

enum { STREAMS = 2 };
static struct stream {
    uint64_t next_seq; /* the next that may come out */
    uint64_t last_out, gap_end;
    bool     part, asked, loading, snapshot, gapped;
    uint32_t last_seq; /* of the snapshot */
} streams[STREAMS];

static void on_apply(void *ctx, uint32_t s, const bj_feed_msg_t *msg) {
    (void)ctx;
    struct stream *stream = &streams[s];
    assert(!stream->loading && msg->seq > stream->last_out && msg->seq <= stream->next_seq);
    assert(msg->seq == stream->next_seq || stream->gapped); /* given up, and there after all */
    stream->next_seq = (uint64_t)msg->seq + 1;
    stream->last_out = msg->seq;
    stream->gapped &= msg->seq + 1u < stream->gap_end;
}
static void on_gap(void *ctx, uint32_t s, uint32_t cnt) {
    (void)ctx;
    assert(cnt && streams[s].part);
    streams[s].next_seq += cnt;
    streams[s].gap_end = streams[s].next_seq;
    streams[s].gapped = true;
}
static void on_reset(void *ctx, uint32_t s) {
    (void)ctx;
    assert(!streams[s].snapshot);
    streams[s] = (struct stream){.next_seq = 1};
}
static void on_whole(void *ctx, uint32_t s, bool whole) {
    (void)ctx;
    assert(streams[s].part == whole && !(whole && streams[s].snapshot));
    streams[s].part = !whole;
}
static void on_want(void *ctx, uint32_t s, uint32_t from_seq, uint32_t to_seq) {
    (void)ctx;
    assert(from_seq == streams[s].next_seq && from_seq <= to_seq && streams[s].part);
    assert(!streams[s].snapshot);
    streams[s].asked = true; /* what was asked before is forgotten */
}
static void on_want_snapshot(void *ctx, uint32_t s) {
    (void)ctx;
    assert(streams[s].part);
    streams[s].asked = streams[s].snapshot = true;
}
static void on_cancel(void *ctx, uint32_t s) {
    (void)ctx;
    streams[s].asked = streams[s].snapshot = streams[s].loading = false;
}
static const bj_feed_arbiter_ops_t ops = {.apply = on_apply, .gap = on_gap, .reset = on_reset,
                                          .whole = on_whole, .want = on_want,
                                          .want_snapshot = on_want_snapshot, .cancel = on_cancel};

static void answer(bj_feed_arbiter_t *arbiter, uint32_t s, bool ok, int64_t now_ns) {
    struct stream *stream = &streams[s];
    if (!stream->asked) return;
    if (stream->loading && ok) {
        stream->next_seq = (uint64_t)stream->last_seq + 1;
        stream->last_out = stream->last_seq;
    }
    stream->asked = stream->snapshot = stream->loading = false;
    bj_feed_arbiter_answer(arbiter, s, ok, now_ns);
}

/* Four bytes: what, where, a sequence relative to the next, time. */
static void one(bj_feed_arbiter_t *arbiter, const uint8_t *op, int64_t *now_ns) {
    uint32_t s = op[0] >> 3 & 1, source = op[0] >> 4 & 1;
    struct stream *stream = &streams[s];
    int64_t at = (int64_t)stream->next_seq + (int8_t)op[1] * (op[0] & 0x80 ? 16 : 1);
    uint32_t seq = at < 1 ? 1 : (uint32_t)at;
    bj_feed_msg_t msg = {.seq = seq, .exch_ns = op[2] * 100 + seq, .kind = BJ_FEED_NEW};
    *now_ns += op[3] * 1000;
    switch (op[0] & 7) {
    case 0: case 1: case 2: (void)bj_feed_arbiter_offer(arbiter, source, s, &msg, *now_ns); break;
    case 3:
        msg.kind = BJ_FEED_HEARTBEAT;
        (void)bj_feed_arbiter_offer(arbiter, source, s, &msg, *now_ns);
        break;
    case 4:
        if (stream->asked && !stream->snapshot)
            (void)bj_feed_arbiter_recovered(arbiter, s, &msg, *now_ns);
        break;
    case 5:
        if (!stream->snapshot || !bj_feed_arbiter_snapshot(arbiter, s, seq, *now_ns)) break;
        stream->loading = true;
        stream->last_seq = seq;
        break;
    case 6: answer(arbiter, s, op[1] & 1, *now_ns); break;
    case 7: bj_feed_arbiter_step(arbiter, *now_ns); break;
    }
}

static void play(const uint8_t *data, size_t data_bytes) {
    uint8_t how = data[0];
    bj_feed_arbiter_config_t config = {
        .stream_cnt = STREAMS, .queue_max = 1 + (how >> 2) * 4, .hole_max = 300,
        .gap_wait_ns = 5000, .retry_ns = 100000, .late_ns = 50000,
        .recovered = how & 1 ? 3 : 0, .snapshotted = how & 2 ? 3 : 0};
    void *mem = aligned_alloc(64, (bj_feed_arbiter_footprint(&config) + 63) / 64 * 64);
    bj_feed_arbiter_t *arbiter = bj_feed_arbiter_new(mem, &config, &ops, NULL);
    int64_t now_ns = 1;
    for (uint32_t s = 0; s < STREAMS; s++) streams[s] = (struct stream){.next_seq = 1};
    for (size_t i = 1; i + 4 <= data_bytes; i += 4) one(arbiter, data + i, &now_ns);
    for (int i = 0; i < 20; i++) { /* nobody answers: what was held comes out, or was given up */
        for (uint32_t s = 0; s < STREAMS; s++) answer(arbiter, s, false, now_ns);
        bj_feed_arbiter_step(arbiter, now_ns += 10000);
    }
    free(mem);
}

/* What once broke: late messages behind a gap that was given up, while higher ones are held, then a
 * full queue and a snapshot that does not come. */
static const uint8_t late_then_full[] = {
    0x07, 0x02, 0x3c, 0x64, 0x08, 0x17, 0x01, 0x64, 0x0a, 0x88, 0x3d, 0x64, 0x05, 0x83, 0x0f, 0x64,
    0x09, 0x16, 0xf0, 0x64, 0x08, 0x1f, 0x02, 0x64, 0x0d, 0x06, 0x30, 0x64, 0x00, 0x0f, 0x02, 0x64,
    0x05, 0x01, 0x10, 0x64, 0x00, 0x00, 0x01, 0x64, 0x08, 0x12, 0x03, 0x64, 0x08, 0x02, 0xf0, 0x64,
    0x00, 0x03, 0x03, 0x64, 0x0d, 0x17, 0x00, 0xfc, 0x08, 0x08, 0x20, 0x64, 0x01, 0x89, 0x17, 0x64,
    0x00, 0x16, 0x02, 0x64, 0x0a, 0x01, 0x03, 0x64, 0x05,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bool begun;
    if (!begun) play(late_then_full, sizeof late_then_full);
    begun = true;
    if (data_bytes > 0) play(data, data_bytes);
    return 0;
}
