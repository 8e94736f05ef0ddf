/* Goal: recovery over real sockets is what the specification says, byte for byte; each refusal is
 * seen; a slow reader costs nobody anything, and never gets what is wrong. */
#include "sim/exchange/test_service_bed.h"

/* --- recovery */
static void check_range(uint16_t stream_id, uint32_t start_seq, uint32_t end_seq) {
    const story_t *story = &world.story[stream_id - 1];
    size_t n = ask('R', stream_id, start_seq, end_seq);
    size_t want = story->at[end_seq] - story->at[start_seq - 1];
    BJ_CHECK(is_reply('Y', 'S', stream_id));
    BJ_CHECK(n == 10 + want && !memcmp(got + 10, story->data + story->at[start_seq - 1], want));
}

static void test_recovery(void) {
    bj_service_config_t config = config_of(&bj_recovery_ops);
    begin(SENT_MAX, &config, false);
    steps(200);
    for (uint16_t id = 1; id <= 2; id++) {
        uint32_t last = world.story[id - 1].cnt;
        check_range(id, 1, 1);
        check_range(id, last, last);
        check_range(id, 1, last);
        check_range(id, 17, 4711);
    }
    steps(4000);
    BJ_CHECK(world.story[0].cnt > BJ_MTBT_RECOVERY_MAX);
    check_range(1, 2, BJ_MTBT_RECOVERY_MAX + 1); /* as many as may be asked for */
    BJ_CHECK(bj_service_counters(world.service)->answers == 9);
    end();
}

static void test_refused_ranges(void) {
    bj_service_config_t config = config_of(&bj_recovery_ops);
    begin(1000, &config, false);
    steps(200);
    uint32_t last = world.story[0].cnt, first = last - 999;
    BJ_CHECK(bj_msglog_held(world.log, 0).first_seq == first && bj_msglog_cnt(world.log) > 2000);
    check_range(1, first, last);
    const struct { uint8_t type; uint16_t stream_id; uint32_t start_seq, end_seq; } bad[] = {
        {'R', 1, first - 1, last},  {'R', 1, 1, 1},        {'R', 1, last, last + 1},
        {'R', 1, last + 1, last + 1}, {'R', 1, 0, 1},      {'R', 1, 0, 0},
        {'R', 1, last, first},      {'R', 0, first, last}, {'R', 3, 1, 1}, /* FO's, not CM's */
        {'R', 65535, first, last},  {'O', 1, 0, 0},        {'r', 1, first, last},
        {0, 1, first, last},        {'R', 1, 1, UINT32_MAX}, {'R', 1, UINT32_MAX, UINT32_MAX},
    };
    for (size_t i = 0; i < BJ_COUNT(bad); i++) {
        size_t n = ask(bad[i].type, bad[i].stream_id, bad[i].start_seq, bad[i].end_seq);
        BJ_CHECK(n == 10 && is_reply('Y', 'E', bad[i].stream_id));
    }
    BJ_CHECK(bj_service_counters(world.service)->errors == BJ_COUNT(bad));
    end();
}

/* One more than may be asked for, though every message of it is held. */
static void test_too_many(void) {
    bj_mtbt_request_t request = {'R', 1, 1, BJ_MTBT_RECOVERY_MAX};
    uint32_t idx;
    BJ_CHECK(bj_recovery_request_ok(&request, 'R', &follow_streams, BJ_SEGMENT_CM, &idx));
    request.end_seq++;
    BJ_CHECK(!bj_recovery_request_ok(&request, 'R', &follow_streams, BJ_SEGMENT_CM, &idx));
}

/* --- the limits of connections */
static void test_request_time(void) {
    bj_service_config_t config = config_of(&bj_recovery_ops);
    begin(1000, &config, false);
    bj_mtbt_request_t request = {'R', 1, 1, 3};
    for (size_t n = 0; n < sizeof request; n++) { /* every truncation, and then nothing */
        int fd = dial();
        if (n) say(fd, &request, n);
        world.now_ns += config.request_ns - 1;
        bj_service_step(world.service, world.now_ns);
        BJ_CHECK(recv(fd, got, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN);
        world.now_ns++;
        bj_service_step(world.service, world.now_ns);
        BJ_CHECK(read_all(fd) == 0);
    }
    BJ_CHECK(bj_service_counters(world.service)->late == sizeof request);
    for (size_t n = 1; n < sizeof request; n++) { /* in two pieces it is a request */
        int fd = dial();
        say(fd, &request, n);
        say(fd, (const uint8_t *)&request + n, sizeof request - n);
        BJ_CHECK(read_all(fd) == 10 + world.story[0].at[3] && is_reply('Y', 'S', 1));
    }
    uint8_t two[2 * sizeof request + 1] = {0};
    memcpy(two, &request, sizeof request); /* what comes behind it is not looked at */
    int fd = dial();
    say(fd, two, sizeof two);
    BJ_CHECK(read_all(fd) == 10 + world.story[0].at[3]);
    end();
}

static void test_connections(bool refuse_with_error) {
    bj_service_config_t config = config_of(&bj_recovery_ops);
    config.refuse_with_error = refuse_with_error;
    begin(1000, &config, false);
    size_t refusal = refuse_with_error ? 10 : 0;
    int fd[BJ_MTBT_CONNECTIONS_MAX];
    for (int i = 0; i < BJ_MTBT_CONNECTIONS_MAX; i++) fd[i] = dial();
    BJ_CHECK(read_all(dial()) == refusal); /* one too many */
    BJ_CHECK(!refuse_with_error || is_reply('Y', 'E', 0));
    bj_mtbt_request_t request = {'R', 1, 1, 1};
    say(fd[0], &request, sizeof request);
    BJ_CHECK(read_all(fd[0]) == 10 + world.story[0].at[1]);
    fd[0] = dial(); /* its place is free again */
    for (int i = 0; i < BJ_MTBT_CONNECTIONS_MAX; i++) {
        say(fd[i], &request, sizeof request);
        BJ_CHECK(read_all(fd[i]) == 10 + world.story[0].at[1]);
    }
    world.now_ns += 10 * BJ_NS_PER_MS - 1; /* a nanosecond too soon after the last */
    BJ_CHECK(read_all(dial_soon()) == refusal);
    world.now_ns += 10 * BJ_NS_PER_MS;
    int late = dial_soon();
    say(late, &request, sizeof request);
    BJ_CHECK(read_all(late) > 10);
    BJ_CHECK(bj_service_counters(world.service)->refused == 2);
    end();
}

/* --- slow readers */
static void test_slow(void) {
    bj_service_config_t config = config_of(&bj_recovery_ops);
    begin(300000, &config, false);
    steps(3000);
    uint32_t last = world.story[0].cnt;
    bj_mtbt_request_t request = {'R', 1, last - 200000, last};
    int fd = dial();
    say(fd, &request, sizeof request);
    const bj_service_counters_t *counters = bj_service_counters(world.service);
    for (int i = 0; i < 100; i++) { /* the socket's room fills, then nothing moves */
        uint64_t before = counters->bytes;
        bj_service_step(world.service, world.now_ns);
        BJ_CHECK(counters->bytes - before <= BJ_SERVICE_TURN_BYTES + BJ_SERVICE_CHUNK_BYTES);
    }
    uint64_t filled = counters->bytes;
    BJ_CHECK(filled < world.story[0].at[last] && counters->cut == 0);
    check_range(2, 1, 100); /* others are served */
    world.now_ns += config.stall_ns;
    bj_service_step(world.service, world.now_ns);
    BJ_CHECK(counters->cut == 1);
    BJ_CHECK(read_all(fd) < world.story[0].at[last] - world.story[0].at[last - 200001]);
    end();
}

/* What a reader still takes is dropped by the log, or its stream begins again: cut, never wrong. */
static void test_overtaken(bool begins_again) {
    bj_service_config_t config = config_of(&bj_recovery_ops);
    begin(200000, &config, false);
    steps(2500);
    uint32_t last = world.story[0].cnt, first = bj_msglog_held(world.log, 0).first_seq;
    static uint8_t want[SENT_MAX * 45];
    size_t whole = world.story[0].at[last] - world.story[0].at[first - 1];
    memcpy(want, world.story[0].data + world.story[0].at[first - 1], whole);
    bj_mtbt_request_t request = {'R', 1, first, last};
    int fd = dial();
    say(fd, &request, sizeof request);
    if (begins_again) begin_stream(0, true);
    else steps(1500);
    size_t n = read_all(fd);
    BJ_CHECK(n > 10 && n < 10 + whole && !memcmp(got + 10, want, n - 10));
    BJ_CHECK(bj_service_counters(world.service)->cut == 1);
    end();
}

int main(void) {
    test_recovery();
    test_refused_ranges();
    test_too_many();
    test_request_time();
    test_connections(false);
    test_connections(true);
    test_slow();
    test_overtaken(false);
    test_overtaken(true);
    return bj_test_end("test_bj_service");
}
