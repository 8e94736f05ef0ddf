/* Any bytes as a client's stream, frame after frame in a block of exactly that size; what was
 * decoded must lie inside it. */
#include <stdlib.h>

#include "controlplane/edge/bj_wish.h"
#include "controlplane/edge/bj_ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    static bj_wish_t wish;
    uint8_t *bytes = malloc(data_bytes ? data_bytes : 1);
    if (!bytes) return 0;
    memcpy(bytes, data, data_bytes);
    size_t at = 0;
    bj_ws_frame_t frame;
    uint16_t code = 0;
    while (bj_ws_decode(bytes + at, data_bytes - at, &frame, &code) == BJ_OK) {
        const char *error;
        if (frame.payload + frame.payload_bytes > bytes + data_bytes) abort();
        if (frame.payload_bytes > BJ_WS_PAYLOAD_MAX) abort();
        if (frame.opcode == BJ_WS_CLOSE) (void)bj_ws_close_code(frame.payload, frame.payload_bytes);
        if (frame.opcode == BJ_WS_TEXT && bj_utf8_valid(frame.payload, frame.payload_bytes)) {
            (void)bj_wish_parse((const char *)frame.payload, frame.payload_bytes, &wish, &error);
        }
        at += frame.frame_bytes;
    }
    free(bytes);
    return 0;
}
