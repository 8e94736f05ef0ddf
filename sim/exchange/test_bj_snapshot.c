/* Goal: a snapshot over a real socket is what the specification says, and whoever loads it and then
 * applies what came later has the model's books, with the same priority. */
#include "sim/exchange/test_service_bed.h"

/* When the order got its place: the time of its N, or of the last M that changed its price. */
static int64_t placed_ns(const story_t *story, uint32_t last_seq, double order_id) {
    int64_t ns = 0;
    int32_t price_paise = 0;
    for (uint32_t m = 0; m < last_seq; m++) {
        bj_mtbt_order_t order;
        memcpy(&order, story->data + story->at[m], sizeof order);
        bool is_order = order.type != 'T' && order.type != 'K' && order.type != 'C';
        if (!is_order || order.order_id != order_id || order.price_paise == price_paise) continue;
        ns = order.exch_ts_ns;
        price_paise = order.price_paise;
    }
    return ns;
}

static uint32_t load(follower_t *follower, const story_t *story, uint16_t stream_id, size_t n) {
    bj_mtbt_snapshot_t head = {0};
    bj_mtbt_snapshot_order_t order;
    BJ_CHECK(n >= 26 && is_reply('B', 'S', stream_id));
    memcpy(&head, got + 10, sizeof head);
    BJ_CHECK(head.transcode == 10501 && head.stream_id == stream_id);
    BJ_CHECK(head.size_bytes == n - 10 && head.size_bytes == 16 + 30 * head.record_cnt);
    for (uint32_t i = 0; i < head.record_cnt; i++) {
        memcpy(&order, got + 26 + 30 * i, sizeof order);
        if (story && i % 4 == 0) {
            BJ_CHECK(order.exch_ts_ns == placed_ns(story, head.last_seq, order.order_id));
        }
        follow_new(follower, order.type == 'G', order.token, order.order_id, order.side,
                   order.price_paise, order.qty);
    }
    return head.last_seq;
}

/* A late starter: its books are the model's after the snapshot and what was sent behind it. */
static void check_late_start(bj_segment_t segment) {
    static follower_t follower;
    follow_begin(&follower);
    for (uint32_t i = 0; i < FOLLOW_STREAMS; i++) {
        const bj_stream_t *stream = &follow_streams.stream[i];
        if (stream->segment != segment) { /* the other segment's from its messages alone */
            const story_t *story = &world.story[i];
            for (uint32_t m = 0; m < story->cnt; m++) {
                follow_message(&follower, story->data + story->at[m]);
            }
            continue;
        }
        const story_t *story = &world.story[i];
        size_t n = ask('O', stream->stream_id, 0, 0);
        uint32_t last_seq = load(&follower, story, stream->stream_id, n);
        BJ_CHECK(last_seq < story->cnt);
        for (uint32_t m = last_seq; m < story->cnt; m++) {
            follow_message(&follower, story->data + story->at[m]);
        }
    }
    BJ_CHECK(follower.bad == 0);
    BJ_CHECK(follow_hash(follower.books) == follow_hash(bj_model_books(world.model)));
    BJ_CHECK(follower.negative_cnt > 0 && follower.cnt['K'] > 0 && follower.cnt['C'] > 0);
    follow_end(&follower);
}

static void test_snapshot(bj_segment_t segment) {
    bj_service_config_t config = config_of(&bj_snapshot_ops);
    begin(1000, &config, false);
    world.snapshot.segment = segment;
    BJ_CHECK(ask('O', 1, 0, 0) == 10 && is_reply('B', 'E', 1)); /* none was taken yet */
    for (int round = 0; round < 5; round++) {
        steps(100);
        for (uint32_t i = 0; i < FOLLOW_STREAMS; i++) BJ_CHECK(bj_pictures_take(world.pictures, i));
        steps(30); /* the picture lags */
        check_late_start(segment);
    }
    const struct { uint8_t type; uint16_t stream_id; uint32_t start_seq, end_seq; } bad[] = {
        {'O', 0, 0, 0}, {'O', 3, 0, 0}, {'O', 1, 1, 0}, {'O', 1, 0, 1}, {'R', 1, 0, 0},
        {'B', 1, 0, 0}, {'o', 1, 0, 0}};
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        size_t n = ask(bad[i].type, bad[i].stream_id, bad[i].start_seq, bad[i].end_seq);
        BJ_CHECK(n == 10 && is_reply('B', 'E', bad[i].stream_id));
    }
    end();
}

static void test_snapshot_each_time(void) {
    bj_service_config_t config = config_of(&bj_snapshot_ops);
    static follower_t follower;
    begin(1000, &config, true);
    steps(50);
    follow_begin(&follower);
    BJ_CHECK(load(&follower, NULL, 1, ask('O', 1, 0, 0)) == world.story[0].cnt);
    begin_stream(0, false); /* another site: nothing sent, but everything lives */
    follow_forget(&follower, 0);
    BJ_CHECK(load(&follower, NULL, 1, ask('O', 1, 0, 0)) == 0);
    BJ_CHECK(bj_books_order_cnt(follower.books) == bj_model_order_cnt(world.model, 0));
    follow_end(&follower);
    end();
}

int main(void) {
    test_snapshot(BJ_SEGMENT_CM);
    test_snapshot(BJ_SEGMENT_FO);
    test_snapshot_each_time();
    return bj_test_end("test_bj_snapshot");
}
