#include "sim/exchange/bj_streams.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {[BJ_SEGMENT_CM] = "CM", [BJ_SEGMENT_FO] = "FO",
                                    [BJ_SEGMENT_CD] = "CD", [BJ_SEGMENT_CO] = "CO"};

bj_segment_t bj_streams_segment(const char *text) {
    for (int i = 1; i <= BJ_SEGMENT_CNT; i++) {
        if (!strcmp(names[i], text)) return (bj_segment_t)i;
    }
    return (bj_segment_t)0;
}

const char *bj_streams_segment_name(bj_segment_t segment) { return names[segment]; }

void bj_streams_name(const bj_stream_t *stream, char out[BJ_STREAM_NAME_BYTES]) {
    snprintf(out, BJ_STREAM_NAME_BYTES, "%s:%u", names[stream->segment], stream->stream_id);
}

uint64_t bj_streams_mask(const bj_streams_t *streams, const char *text) {
    uint64_t mask = 0;
    bool all = !strcmp(text, "all");
    for (uint32_t i = 0; i < streams->cnt; i++) {
        char name[BJ_STREAM_NAME_BYTES];
        bj_streams_name(&streams->stream[i], name);
        bool segment = !strcmp(names[streams->stream[i].segment], text);
        if (all || segment || !strcmp(name, text)) mask |= UINT64_C(1) << i;
    }
    return mask;
}

uint32_t bj_streams_find(const bj_streams_t *streams, bj_segment_t segment, uint16_t stream_id) {
    for (uint32_t i = 0; i < streams->cnt; i++) {
        const bj_stream_t *stream = &streams->stream[i];
        if (stream->segment == segment && stream->stream_id == stream_id) return i;
    }
    return UINT32_MAX;
}
