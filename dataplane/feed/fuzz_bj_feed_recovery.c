/* Any bytes as the answers of the two services, in any pieces, with time passing and connections
 * ending between: nothing is read past the end, messages come in order and once, no connection is
 * left open that is not wanted, and in the end done was said once. */
#include "dataplane/feed/bj_feed_recovery.h"

#include <stdlib.h>
#include "dataplane/base/bj_time.h"

enum { FROM = 3, TO = 40 };
static struct state {
    bool     open, answered;
    uint32_t next_seq;
} s;

static bool on_connect(void *ctx, uint32_t idx, bj_segment_t segment, bj_feed_service_t service) {
    (void)ctx, (void)segment, (void)service;
    assert(idx == 0 && !s.open && !s.answered);
    return s.open = true;
}
static void on_close(void *ctx, uint32_t idx) {
    (void)ctx;
    assert(idx == 0 && s.open);
    s.open = false;
}
static bool on_message(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    (void)ctx, (void)stream_idx;
    assert(msg->seq == s.next_seq++ && msg->seq <= TO && !s.answered && msg->stream_id == 1);
    return msg->qty != 77;
}
static bool on_snapshot(void *ctx, uint32_t stream_idx, uint32_t last_seq) {
    (void)ctx, (void)stream_idx;
    assert(!s.answered);
    return last_seq % 4;
}
static void on_order(void *ctx, uint32_t stream_idx, const bj_feed_msg_t *msg) {
    (void)ctx, (void)stream_idx;
    assert(msg->kind == BJ_FEED_NEW && msg->qty > 0 && msg->token && !s.answered);
}
static bool on_whole(void *ctx, uint32_t stream_idx) {
    (void)ctx, (void)stream_idx;
    return true;
}
static void on_done(void *ctx, uint32_t stream_idx, bj_feed_service_t service, bool ok) {
    (void)ctx, (void)stream_idx;
    assert(!s.answered && !s.open);
    if (ok && service == BJ_FEED_SERVICE_RECOVERY) assert(s.next_seq == TO + 1);
    s.answered = true;
}

/* A good start of an answer, so that the fuzzer need not guess it. */
static size_t good_start(uint8_t *to, bool snapshot) {
    bj_mtbt_reply_t reply = {
        .header = {sizeof reply, 1, 0}, .type = snapshot ? 'B' : 'Y', .status = 'S'};
    memcpy(to, &reply, sizeof reply);
    if (!snapshot) return sizeof reply;
    bj_mtbt_snapshot_t head = {BJ_MTBT_SNAPSHOT_CODE, 16 + 30 * 5, 5, 99, 1};
    memcpy(to + sizeof reply, &head, sizeof head);
    return sizeof reply + sizeof head;
}

static void one_piece(bj_feed_recovery_t *recovery, uint8_t how, const uint8_t *data,
                      size_t data_bytes, bool snapshot, int64_t now_ns) {
    uint8_t start[32];
    const uint8_t *out;
    bj_feed_recovery_connected(recovery, 0, now_ns);
    size_t due = bj_feed_recovery_output(recovery, 0, &out);
    if (due) bj_feed_recovery_sent(recovery, 0, due);
    if (how & 1) bj_feed_recovery_input(recovery, 0, start, good_start(start, snapshot), now_ns);
    uint8_t *exact = malloc(data_bytes ? data_bytes : 1);
    memcpy(exact, data, data_bytes);
    if (s.open && data_bytes) bj_feed_recovery_input(recovery, 0, exact, data_bytes, now_ns);
    free(exact);
    if ((how & 2) && s.open) {
        s.open = false;
        bj_feed_recovery_closed(recovery, 0, now_ns);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static const bj_feed_recovery_ops_t ops = {on_connect, on_close};
    static const bj_feed_recovery_sink_t sink = {on_message, on_snapshot, on_order,
                                                 on_whole, on_done};
    bj_feed_recovery_config_t config = {.stream_cnt = 1, .limits = bj_feed_recovery_limits,
                                        .ops = &ops, .sink = &sink};
    if (data_bytes < 1) return 0;
    bool snapshot = *data++ & 1;
    data_bytes--;
    s = (struct state){.next_seq = FROM};
    bj_feed_recovery_t *recovery =
        bj_feed_recovery_new(malloc(bj_feed_recovery_footprint(&config)), &config);
    bj_feed_recovery_name(recovery, 0, BJ_SEGMENT_CM, 1);
    if (snapshot) bj_feed_recovery_want_snapshot(recovery, 0);
    else bj_feed_recovery_want(recovery, 0, FROM, TO);
    int64_t now_ns = 0;
    while (data_bytes > 2 && !s.answered) { /* how, how long, how many bytes, the bytes */
        uint8_t how = data[0];
        size_t n = data[1];
        now_ns += (how >> 2) * 200 * BJ_NS_PER_MS;
        bj_feed_recovery_step(recovery, now_ns);
        data += 2, data_bytes -= 2;
        if (n > data_bytes) n = data_bytes;
        if (s.open) one_piece(recovery, how, data, n, snapshot, now_ns);
        data += n, data_bytes -= n;
    }
    for (int i = 0; i < 10000 && !s.answered; i++) {
        now_ns += 1000 * BJ_NS_PER_MS;
        bj_feed_recovery_step(recovery, now_ns);
    }
    assert(s.answered && !s.open);
    free(recovery);
    return 0;
}
