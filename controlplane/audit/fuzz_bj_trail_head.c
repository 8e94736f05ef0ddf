/* Contract: any bytes are a head or are not, never a crash; what is one has a size and a time; the
 * notes of a file, whole and torn, are no more than it has bytes. */
#include <stdlib.h>
#include "controlplane/audit/bj_trail_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes) {
    char note[BJ_TRAIL_NOTE_BYTES];
    size_t torn_cnt = 0, cnt = 0;
    bj_trail_head_t head;
    char *text = malloc(data_bytes + 1);
    if (!text) return 0;
    if (data_bytes) memcpy(text, data, data_bytes);
    text[data_bytes] = '\0';
    if (bj_trail_head_open(text, NULL, &head) == BJ_OK) {
        assert(head.size > 0 && head.size <= BJ_MERKLE_LEAVES_MAX && head.time_ns > 0);
    }
    FILE *file = data_bytes ? fmemopen(text, data_bytes, "r") : NULL;
    while (file && bj_trail_note_next(file, note, &torn_cnt)) {
        cnt++;
        assert(strlen(note) < BJ_TRAIL_NOTE_BYTES);
        bj_status_t status = bj_trail_head_open(note, NULL, &head);
        assert(status == BJ_OK || status == BJ_ERR_CORRUPT);
    }
    if (file) fclose(file);
    assert(cnt + torn_cnt <= data_bytes);
    free(text);
    return 0;
}
