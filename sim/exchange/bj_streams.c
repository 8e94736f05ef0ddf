#include "sim/exchange/bj_streams.h"

#include <stdio.h>
#include <stdlib.h>

void bj_streams_name(const bj_stream_t *stream, char out[BJ_STREAM_NAME_BYTES]) {
    const char *segment = bj_segment_name(stream->segment);
    if (stream->stream_id) snprintf(out, BJ_STREAM_NAME_BYTES, "%s:%u", segment, stream->stream_id);
    else snprintf(out, BJ_STREAM_NAME_BYTES, "%s:bcast", segment);
}

uint64_t bj_streams_mask(const bj_streams_t *streams, const char *text) {
    uint64_t mask = 0;
    bool all = !strcmp(text, "all");
    for (uint32_t i = 0; i < streams->cnt; i++) {
        char name[BJ_STREAM_NAME_BYTES];
        bj_streams_name(&streams->stream[i], name);
        bool segment = !strcmp(bj_segment_name(streams->stream[i].segment), text);
        if (all || segment || !strcmp(name, text)) mask |= UINT64_C(1) << i;
    }
    return mask;
}

uint32_t bj_streams_find(const bj_streams_t *streams, bj_segment_t segment, uint16_t stream_id) {
    for (uint32_t i = 0; i < bj_streams_ticks(streams); i++) {
        const bj_stream_t *stream = &streams->stream[i];
        if (stream->segment == segment && stream->stream_id == stream_id) return i;
    }
    return UINT32_MAX;
}

uint32_t bj_streams_broadcast(const bj_streams_t *streams, bj_segment_t segment) {
    for (uint32_t i = bj_streams_ticks(streams); i < streams->cnt; i++) {
        if (streams->stream[i].segment == segment) return i;
    }
    return UINT32_MAX;
}
