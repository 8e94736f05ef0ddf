#include "sim/exchange/bj_msglog.h"

#include <stdlib.h>
#include "dataplane/wire/bj_wire_mtbt.h"

enum { SLOT_BYTES = 48 };
static_assert((int)SLOT_BYTES >= (int)BJ_MTBT_MOST_BYTES, "every message fits a slot");

typedef struct slot {
    uint8_t data[SLOT_BYTES];
} slot_t;

typedef struct stream {
    uint32_t last_seq;
    uint64_t run;
    slot_t  *slot; /* that of seq is seq % keep_cnt */
} stream_t;

struct bj_msglog {
    uint32_t stream_cnt, keep_cnt;
    stream_t stream[];
};

bj_msglog_t *bj_msglog_new(uint32_t stream_cnt, uint32_t keep_cnt) {
    if (!stream_cnt || !keep_cnt) return NULL;
    bj_msglog_t *log = calloc(1, sizeof *log + stream_cnt * sizeof(stream_t));
    if (!log) return NULL;
    log->stream_cnt = stream_cnt;
    log->keep_cnt = keep_cnt;
    for (uint32_t i = 0; i < stream_cnt; i++) {
        log->stream[i].slot = calloc(keep_cnt, sizeof(slot_t));
        if (log->stream[i].slot) continue;
        bj_msglog_free(log);
        return NULL;
    }
    return log;
}

void bj_msglog_free(bj_msglog_t *log) {
    if (!log) return;
    for (uint32_t i = 0; i < log->stream_cnt; i++) free(log->stream[i].slot);
    free(log);
}

void bj_msglog_begin(bj_msglog_t *log, uint32_t stream_idx) {
    log->stream[stream_idx].last_seq = 0;
    log->stream[stream_idx].run++;
}

void bj_msglog_put(bj_msglog_t *log, uint32_t stream_idx, const void *data, size_t data_bytes) {
    stream_t *stream = &log->stream[stream_idx];
    bj_mtbt_header_t header;
    assert(data_bytes >= sizeof header && data_bytes <= SLOT_BYTES);
    memcpy(&header, data, sizeof header);
    assert(header.seq == stream->last_seq + 1 && header.len_bytes == data_bytes);
    memcpy(stream->slot[header.seq % log->keep_cnt].data, data, data_bytes);
    stream->last_seq = header.seq;
}

bj_msglog_range_t bj_msglog_held(const bj_msglog_t *log, uint32_t stream_idx) {
    const stream_t *stream = &log->stream[stream_idx];
    uint32_t last_seq = stream->last_seq;
    uint32_t cnt = last_seq < log->keep_cnt ? last_seq : log->keep_cnt;
    return (bj_msglog_range_t){last_seq - cnt + 1, last_seq, stream->run};
}

uint64_t bj_msglog_cnt(const bj_msglog_t *log) {
    uint64_t cnt = 0;
    for (uint32_t i = 0; i < log->stream_cnt; i++) {
        uint32_t last_seq = log->stream[i].last_seq;
        cnt += last_seq < log->keep_cnt ? last_seq : log->keep_cnt;
    }
    return cnt;
}

const void *bj_msglog_at(const bj_msglog_t *log, uint32_t stream_idx, uint32_t seq,
                         size_t *data_bytes) {
    const slot_t *slot = &log->stream[stream_idx].slot[seq % log->keep_cnt];
    bj_mtbt_header_t header;
    memcpy(&header, slot->data, sizeof header);
    assert(header.seq == seq);
    *data_bytes = header.len_bytes;
    return slot->data;
}
