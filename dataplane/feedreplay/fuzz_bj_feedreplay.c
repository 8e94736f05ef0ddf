/* Any bytes as a capture file; or, cut into datagrams of a good capture, as what the exchange sent:
 * through the first pass and the whole run.  Nothing is read past the end, every message copy is
 * counted under one heading. */
#include <stdio.h>
#include <stdlib.h>
#include "dataplane/feedreplay/bj_feedreplay.h"

enum { FRAME_BYTES = 512 };

static size_t frame_of(uint8_t *frame, const uint8_t *data, size_t bytes) {
    static const uint8_t head[42] = {1,  0,    0x5e, 60, 60,  41, 2,  0,  0,    0, 0,    1, 8,
                                     0,  0x45, 0,    0,  0,   0,  0,  0,  0,    1, 17,   0, 0,
                                     10, 60,   1,    1,  239, 60, 60, 41, 0x41, 1, 0x41, 1};
    memcpy(frame, head, sizeof head);
    frame[16] = (uint8_t)((28 + bytes) >> 8), frame[17] = (uint8_t)(28 + bytes);
    frame[38] = (uint8_t)((8 + bytes) >> 8), frame[39] = (uint8_t)(8 + bytes);
    memcpy(frame + sizeof head, data, bytes);
    return sizeof head + bytes;
}

/* Each datagram: a byte for its length and source, then so many bytes. */
static FILE *capture_of(const uint8_t *data, size_t bytes, uint32_t source) {
    const uint32_t head[] = {0xa1b23c4d, 2 | 4 << 16, 0, 0, 65535, 1};
    FILE *file = tmpfile();
    if (!file) abort();
    fwrite(head, sizeof head, 1, file);
    for (size_t at = 0, no = 0; at < bytes; no++) {
        uint8_t frame[FRAME_BYTES], len = data[at] & 0x7f;
        bool mine = data[at++] >> 7 == source;
        size_t payload_bytes = len < bytes - at ? len : bytes - at;
        uint32_t frame_bytes = (uint32_t)frame_of(frame, data + at, payload_bytes);
        const uint32_t record[] = {1746157500, (uint32_t)no * 100000, frame_bytes, frame_bytes};
        at += payload_bytes;
        if (!mine) continue;
        fwrite(record, sizeof record, 1, file);
        fwrite(frame, frame_bytes, 1, file);
    }
    rewind(file);
    return file;
}

static bool read_all(bj_capture_t *capture, const uint8_t *data, size_t bytes) {
    char error[BJ_CAPTURE_TEXT_BYTES], note[BJ_CAPTURE_TEXT_BYTES];
    if (data[0] & 1) {
        FILE *file = fmemopen((void *)(uintptr_t)(data + 1), bytes - 1, "rb");
        return bj_capture_read_file(capture, file, "fuzz", 0, error, note) || *error == '\0';
    }
    bool ok = true;
    for (uint32_t s = 0; s < 2; s++)
        ok &= bj_capture_read_file(capture, capture_of(data + 1, bytes - 1, s), "fuzz", s, error,
                                   note);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes) {
    static bj_segments_t segments;
    char error[BJ_CAPTURE_TEXT_BYTES];
    bj_capture_t capture = {0};
    bj_feedscan_t scan = {0};
    if (bytes < 2) return 0;
    if (!segments.cnt) bj_segments_load_default(&segments);
    bool ok = read_all(&capture, data, bytes);
    bj_capture_merge(&capture);
    ok = ok && bj_feedscan_run(&scan, &capture, &segments, BJ_SEGMENT_CM, error);
    if (ok) {
        bj_feedreplay_t replay;
        bj_feedreplay_options_t options = {.gap_wait_ns = 1000000};
        if (bj_feedreplay_run(&replay, &scan, &capture, &options, error)) {
            const bj_feed_counters_t *c = &replay.counters;
            assert(c->datagrams_a + c->datagrams_b <= capture.frame_cnt);
            assert(c->trades <= c->messages && c->messages <= capture.used_bytes);
            bj_feedreplay_close(&replay);
        }
    }
    bj_feedscan_free(&scan);
    bj_capture_free(&capture);
    return 0;
}
