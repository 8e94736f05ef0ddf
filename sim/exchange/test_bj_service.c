/* Goal: recovery and snapshot over real sockets are what the specification says, byte for byte;
 * each refusal is seen; a slow reader costs nobody anything; and whoever loads a snapshot and then
 * applies what came later has the model's books, with the same priority.  The clock is a number. */
#include "sim/exchange/bj_recovery.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "sim/exchange/test_follower.h"

enum { SENT_MAX = 600000, ANSWER_MAX = 32 << 20 };

/* All that was ever sent on a stream since it began: the oracle of recovery. */
typedef struct story {
    uint32_t cnt;
    uint32_t at[SENT_MAX + 1];
    uint8_t  data[SENT_MAX * 45];
} story_t;

static struct {
    story_t        story[FOLLOW_STREAMS];
    bj_msglog_t   *log;
    bj_model_t    *model;
    bj_pictures_t *pictures;
    bj_recovery_t  recovery;
    bj_snapshot_t  snapshot;
    bj_service_t  *service;
    int64_t        now_ns; /* the services' */
    int64_t        market_ns;
} world;
static uint8_t got[ANSWER_MAX];

/* --- the exchange's side */
static void hear(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes) {
    (void)ctx;
    story_t *story = &world.story[stream_idx];
    if (story->cnt == SENT_MAX) abort();
    memcpy(story->data + story->at[story->cnt], wire, wire_bytes);
    story->at[story->cnt + 1] = story->at[story->cnt] + (uint32_t)wire_bytes;
    story->cnt++;
    bj_msglog_put(world.log, stream_idx, wire, wire_bytes);
}

static void begin_stream(uint32_t stream_idx, bool full) {
    world.story[stream_idx].cnt = 0;
    bj_msglog_begin(world.log, stream_idx);
    if (full) bj_model_republish(world.model, stream_idx, world.market_ns);
    else bj_model_restart(world.model, stream_idx);
}

static void steps(int cnt) {
    while (cnt--) bj_model_step(world.model, world.market_ns += BJ_MODEL_STEP_NS);
}

static bj_service_config_t config_of(const bj_service_ops_t *ops) {
    bool snapshot = ops == &bj_snapshot_ops;
    bj_service_config_t config = {.ip = INADDR_LOOPBACK, .ops = ops};
    config.ctx = snapshot ? (void *)&world.snapshot : (void *)&world.recovery;
    bj_service_limits(&config);
    return config;
}

static void begin(uint32_t keep_cnt, const bj_service_config_t *config, bool every_request) {
    static bj_model_row_t rows[FOLLOW_ROWS_MAX];
    uint32_t row_cnt = follow_rows(rows);
    world.now_ns = BJ_NS_PER_S;
    world.market_ns = FOLLOW_NOW_NS;
    world.log = bj_msglog_new(FOLLOW_STREAMS, keep_cnt);
    world.model = bj_model_new(&(bj_model_config_t){
        .rows = rows, .row_cnt = row_cnt, .stream_cnt = FOLLOW_STREAMS, .seed = 11,
        .messages_per_s = 20000, .cancel_streams = UINT64_MAX, .cancel_per_10000 = 500,
        .sink = hear});
    world.pictures = bj_pictures_new(&follow_streams, world.model, every_request);
    world.recovery = (bj_recovery_t){world.log, &follow_streams, BJ_SEGMENT_CM};
    world.snapshot = (bj_snapshot_t){world.pictures, BJ_SEGMENT_CM};
    world.service = bj_service_open(config);
    if (!world.log || !world.model || !world.pictures || !world.service) abort();
    for (uint32_t i = 0; i < FOLLOW_STREAMS; i++) begin_stream(i, true);
}

static void end(void) {
    bj_service_close(world.service);
    bj_pictures_free(world.pictures);
    bj_model_free(world.model);
    bj_msglog_free(world.log);
}

/* --- the client's side */
static int dial_soon(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(bj_service_port(world.service))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) abort();
    bj_service_step(world.service, world.now_ns);
    return fd;
}

static int dial(void) {
    world.now_ns += 10 * BJ_NS_PER_MS;
    return dial_soon();
}

static void say(int fd, const void *data, size_t data_bytes) {
    if (send(fd, data, data_bytes, MSG_NOSIGNAL) != (ssize_t)data_bytes) abort();
    bj_service_step(world.service, world.now_ns);
}

/* Reads to the end of the connection; SIZE_MAX: it does not end. */
static size_t read_all(int fd) {
    size_t used = 0;
    for (int idle = 0; idle < 1000;) {
        ssize_t n = recv(fd, got + used, sizeof got - used, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno == ECONNRESET)) {
            close(fd);
            return used;
        }
        idle = n > 0 ? 0 : idle + 1;
        if (n > 0) used += (size_t)n;
        else usleep(100);
        bj_service_step(world.service, world.now_ns);
    }
    close(fd);
    return SIZE_MAX;
}

static size_t ask(uint8_t type, uint16_t stream_id, uint32_t start_seq, uint32_t end_seq) {
    bj_mtbt_request_t request = {type, stream_id, start_seq, end_seq};
    int fd = dial();
    say(fd, &request, sizeof request);
    return read_all(fd);
}

static bool is_reply(uint8_t type, uint8_t status, uint16_t stream_id) {
    const uint8_t want[10] = {10, 0, (uint8_t)stream_id, (uint8_t)(stream_id >> 8), 0, 0, 0, 0,
                              type, status};
    return !memcmp(got, want, sizeof want);
}

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

/* --- snapshot */
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
    test_recovery();
    test_refused_ranges();
    test_too_many();
    test_request_time();
    test_connections(false);
    test_connections(true);
    test_slow();
    test_overtaken(false);
    test_overtaken(true);
    test_snapshot(BJ_SEGMENT_CM);
    test_snapshot(BJ_SEGMENT_FO);
    test_snapshot_each_time();
    return bj_test_end("test_bj_service");
}
