/* Any 11 bytes as a request, to either service, over a log that has already dropped its beginning:
 * it is refused, or every byte that is given is a whole message of the range, and no more. */
#include "sim/exchange/bj_recovery.h"

enum { KEEP = 500, SENT = 1300 };

static const bj_streams_t streams = {
    2, {{BJ_SEGMENT_CM, 1, {{0}}}, {BJ_SEGMENT_FO, 7, {{0}}}}, 0};

static bj_msglog_t *make_log(void) {
    bj_msglog_t *log = bj_msglog_new(2, KEEP);
    for (uint32_t seq = 1; seq <= SENT; seq++) {
        uint16_t bytes = seq % 3 ? 38 : 45;
        uint8_t data[45] = {0};
        bj_mtbt_header_t header = {bytes, 1, seq};
        memcpy(data, &header, sizeof header);
        bj_msglog_put(log, 0, data, bytes);
    }
    return log;
}

static void take(const bj_msglog_t *log, const bj_mtbt_request_t *request, size_t room) {
    static uint8_t out[BJ_SERVICE_CHUNK_BYTES];
    bj_recovery_t recovery = {log, &streams, BJ_SEGMENT_CM};
    bj_answer_t answer = {.stream_id = request->stream_id};
    if (!bj_recovery_ops.ask(&recovery, request, &answer)) return;
    assert(request->type == 'R' && request->stream_id == 1 && request->end_seq <= SENT);
    assert(request->start_seq > SENT - KEEP && request->start_seq <= request->end_seq);
    uint32_t seq = request->start_seq;
    for (size_t n; (n = bj_recovery_ops.give(&recovery, &answer, out, room)) != 0;) {
        assert(n <= room);
        for (size_t at = 0; at < n; seq++) {
            bj_mtbt_header_t header;
            memcpy(&header, out + at, sizeof header);
            assert(header.seq == seq);
            at += header.len_bytes;
            assert(at <= n);
        }
    }
    assert(seq == request->end_seq + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bj_msglog_t *log;
    bj_mtbt_request_t request;
    if (!log) log = make_log();
    if (data_bytes < sizeof request + 1) return 0;
    memcpy(&request, data, sizeof request);
    take(log, &request, 45u + data[sizeof request]);
    /* What the fuzzer would seldom hit: a range near what is held. */
    request.type = 'R';
    request.stream_id = 1;
    request.start_seq = SENT - KEEP + request.start_seq % 600;
    request.end_seq = request.start_seq + request.end_seq % 600;
    take(log, &request, 45u + data[sizeof request]);
    uint32_t idx;
    request.type = data[0];
    if (bj_recovery_request_ok(&request, 'O', &streams, BJ_SEGMENT_FO, &idx)) {
        assert(request.type == 'O' && idx == 1);
    }
    return 0;
}
