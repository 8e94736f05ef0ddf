#include "sim/exchange/bj_recovery.h"

bool bj_recovery_request_ok(const bj_mtbt_request_t *request, uint8_t type,
                            const bj_streams_t *streams, bj_segment_t segment,
                            uint32_t *stream_idx) {
    if (request->type != type) return false;
    *stream_idx = bj_streams_find(streams, segment, request->stream_id);
    if (*stream_idx == UINT32_MAX) return false;
    if (type == 'O') return request->start_seq == 0 && request->end_seq == 0;
    return request->start_seq >= 1 && request->end_seq >= request->start_seq &&
           request->end_seq - request->start_seq < BJ_MTBT_RECOVERY_MAX;
}

static bool ask(void *ctx, const bj_mtbt_request_t *request, bj_answer_t *answer) {
    const bj_recovery_t *recovery = ctx;
    if (!bj_recovery_request_ok(request, 'R', recovery->streams, recovery->segment,
                                &answer->stream_idx)) {
        return false;
    }
    bj_msglog_range_t held = bj_msglog_held(recovery->log, answer->stream_idx);
    if (request->start_seq < held.first_seq || request->end_seq > held.last_seq) return false;
    answer->run = held.run;
    answer->at = request->start_seq;
    answer->end = (uint64_t)request->end_seq + 1;
    return true;
}

static size_t give(void *ctx, bj_answer_t *answer, uint8_t *out, size_t room) {
    const bj_recovery_t *recovery = ctx;
    bj_msglog_range_t held = bj_msglog_held(recovery->log, answer->stream_idx);
    size_t used = 0;
    if (answer->at == answer->end) return 0;
    if (held.run != answer->run || answer->at < held.first_seq) return SIZE_MAX;
    for (; answer->at < answer->end; answer->at++) {
        size_t data_bytes;
        const void *data = bj_msglog_at(recovery->log, answer->stream_idx, (uint32_t)answer->at,
                                        &data_bytes);
        if (data_bytes > room - used) break;
        memcpy(out + used, data, data_bytes);
        used += data_bytes;
    }
    return used;
}

static void done(void *ctx, bj_answer_t *answer) { (void)ctx, (void)answer; }

const bj_service_ops_t bj_recovery_ops = {'Y', ask, give, done};
