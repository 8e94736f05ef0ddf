/* test_service_bed.h - what the tests of the two services share: a market whose every message is
 * kept, a service over loopback, and a plain client in the same thread.  The clock is a number. */
#ifndef TEST_SERVICE_BED_H
#define TEST_SERVICE_BED_H

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "dataplane/base/bj_test.h"
#include "sim/exchange/bj_recovery.h"
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
static inline void hear(void *ctx, uint32_t stream_idx, const void *wire, size_t wire_bytes) {
    (void)ctx;
    story_t *story = &world.story[stream_idx];
    if (story->cnt == SENT_MAX) abort();
    memcpy(story->data + story->at[story->cnt], wire, wire_bytes);
    story->at[story->cnt + 1] = story->at[story->cnt] + (uint32_t)wire_bytes;
    story->cnt++;
    bj_msglog_put(world.log, stream_idx, wire, wire_bytes);
}

static inline void begin_stream(uint32_t stream_idx, bool full) {
    world.story[stream_idx].cnt = 0;
    bj_msglog_begin(world.log, stream_idx);
    if (full) bj_model_republish(world.model, stream_idx, world.market_ns);
    else bj_model_restart(world.model, stream_idx);
}

static inline void steps(int cnt) {
    while (cnt--) bj_model_step(world.model, world.market_ns += BJ_MODEL_STEP_NS);
}

static inline bj_service_config_t config_of(const bj_service_ops_t *ops) {
    bool snapshot = ops == &bj_snapshot_ops;
    bj_service_config_t config = {.ip = INADDR_LOOPBACK, .ops = ops};
    config.ctx = snapshot ? (void *)&world.snapshot : (void *)&world.recovery;
    bj_service_limits(&config);
    return config;
}

static inline void begin(uint32_t keep_cnt, const bj_service_config_t *config, bool every_request) {
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

static inline void end(void) {
    bj_service_close(world.service);
    bj_pictures_free(world.pictures);
    bj_model_free(world.model);
    bj_msglog_free(world.log);
}

/* --- the client's side */
static inline int dial_soon(void) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port = htons(bj_service_port(world.service))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) != 0) abort();
    bj_service_step(world.service, world.now_ns);
    return fd;
}

static inline int dial(void) {
    world.now_ns += 10 * BJ_NS_PER_MS;
    return dial_soon();
}

static inline void say(int fd, const void *data, size_t data_bytes) {
    if (send(fd, data, data_bytes, MSG_NOSIGNAL) != (ssize_t)data_bytes) abort();
    bj_service_step(world.service, world.now_ns);
}

/* Reads to the end of the connection; SIZE_MAX: it does not end. */
static inline size_t read_all(int fd) {
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

static inline size_t ask(uint8_t type, uint16_t stream_id, uint32_t start_seq, uint32_t end_seq) {
    bj_mtbt_request_t request = {type, stream_id, start_seq, end_seq};
    int fd = dial();
    say(fd, &request, sizeof request);
    return read_all(fd);
}

static inline bool is_reply(uint8_t type, uint8_t status, uint16_t stream_id) {
    const uint8_t want[10] = {10, 0, (uint8_t)stream_id, (uint8_t)(stream_id >> 8), 0, 0, 0, 0,
                              type, status};
    return !memcmp(got, want, sizeof want);
}

#endif /* TEST_SERVICE_BED_H */
